"""The command: what it writes where, what it refuses to write over, and what it says."""

import json
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

import ui.cli
import ui.export
from assistant.export import ANKI, CALENDAR, KINDS, REPORT, Kind, check_target, write_whole
from assistant.learner import Attempt, Learner, Rhythm
from ingest.errors import InputError

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ITEM = "m1w1-basic-ml-concepts/which-kind-of-learning"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with what ships and the record of a learner who answered one item."""
    folder = tmp_path_factory.mktemp("export") / "home"
    arguments = ["ingest", "--offline", "--no-vectors", "--home", str(folder), "--json"]
    assert ui.cli.main(arguments) == 0
    with Learner(folder, NOW) as learner:
        learner.set_rhythm(Rhythm(zone="Europe/Berlin"))
        learner.add(NOW, Attempt(ITEM, "Supervised vs unsupervised learning", 1.0))
    with Learner(folder, NOW, "idle") as learner:
        learner.set_rhythm(Rhythm(minutes=(0,) * 7))
    return folder


@pytest.fixture(autouse=True)
def at_a_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let every export be made at one time, in an empty folder."""
    monkeypatch.setattr(ui.export, "present", lambda: NOW)
    monkeypatch.chdir(tmp_path)


def run(home: Path, *arguments: str) -> int:
    return ui.cli.main(["export", *arguments, "--home", str(home)])


@pytest.mark.parametrize(
    ("what", "file"),
    [("anki", "studypath.apkg"), ("calendar", "studypath.ics"), ("report", "studypath.html")],
)
def test_each_kind_is_written_and_written_again(
    home: Path, capsys: pytest.CaptureFixture[str], what: str, file: str
) -> None:
    assert run(home, what) == 0
    assert str(Path(file).resolve()) in capsys.readouterr().out
    first = Path(file).read_bytes()
    assert run(home, what, file) == 0
    assert Path(file).read_bytes() == first
    assert list(Path().iterdir()) == [Path(file)]


def test_json_says_where_and_how_much(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "anki", "--section", "m1w1-basic-ml-concepts", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    file = Path(told["file"])
    assert told == {
        "schema": 1, "kind": "anki", "file": str(Path("studypath.apkg").resolve()),
        "bytes": file.stat().st_size, "cards": told["cards"],
    }  # fmt: skip
    assert 10 <= told["cards"] < 50


def test_only_the_learner_s_cards(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "anki", "--mine", "--json") == 0
    assert json.loads(capsys.readouterr().out)["cards"] == 1


def test_a_report_is_markdown_by_its_name(home: Path) -> None:
    assert run(home, "report", "progress.md") == 0
    assert "# Progress: " in Path("progress.md").read_text(encoding="utf-8")


def test_weeks_and_start_shape_the_calendar(home: Path) -> None:
    assert run(home, "calendar", "--weeks", "1", "--start", "06:30") == 0
    text = Path("studypath.ics").read_text(encoding="utf-8")
    assert "DTSTART;TZID=Europe/Berlin:20260303T063000" in text
    assert "20260310T" not in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["anki", "--section", "m1w1-basic"], "did you mean m1w1-basic-ml-concepts"),
        (["anki", "deck.zip"], "does not end in .apkg"),
        (["report", "report.txt"], "does not end in .html or .md"),
        (["calendar", "nowhere/x.ics"], "there is no folder"),
        (["calendar", "--section", "m1w1-basic-ml-concepts"], "--section is for `export anki`"),
        (["anki", "--weeks", "2"], "--weeks is for `export calendar`"),
        (["calendar", "--learner", "idle"], "nothing is planned in the coming 4 weeks"),
        (["report", "--learner", "nobody"], "no record of a learner 'nobody'"),
        (["report", "--learner", "../me"], "is no learner's id"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert run(home, *arguments) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("option", [["--weeks", "0"], ["--weeks", "-1"], ["--start", "25:00"]])
def test_numbers_out_of_range_are_refused(home: Path, option: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(home, "calendar", *option)
    assert stopped.value.code == 2


def test_an_export_makes_no_record(home: Path, tmp_path: Path) -> None:
    import shutil

    other = tmp_path / "other"
    shutil.copytree(home, other, ignore=shutil.ignore_patterns("learners"))
    assert run(other, "report") == 0
    assert not (other / "learners").exists()


# ── files ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_somebody_else_s_file_is_kept(kind: Kind, tmp_path: Path) -> None:
    for suffix in kind.suffixes:
        file = tmp_path / f"mine{suffix}"
        file.write_bytes(b"mine")
        with pytest.raises(InputError, match="--force"):
            write_whole(file, kind, b"ours")
        assert file.read_bytes() == b"mine"
        write_whole(file, kind, kind.mark, force=True)
        write_whole(file, kind, kind.mark + b" again")
        assert file.read_bytes() == kind.mark + b" again"


def test_kinds_do_not_take_each_other_s_files(home: Path) -> None:
    assert run(home, "report") == 0
    with pytest.raises(InputError):
        check_target(Path("studypath.html").rename("studypath.ics"), CALENDAR)


def test_a_folder_is_not_replaced_even_by_force(tmp_path: Path) -> None:
    (tmp_path / "x.ics").mkdir()
    with pytest.raises(InputError, match="no file"):
        write_whole(tmp_path / "x.ics", CALENDAR, b"", force=True)


def test_a_link_is_followed(tmp_path: Path) -> None:
    real = tmp_path / "real.html"
    real.write_bytes(REPORT.mark)
    link = tmp_path / "link.html"
    link.symlink_to(real)
    assert write_whole(link, REPORT, REPORT.mark + b"2") == real
    assert link.is_symlink()
    assert real.read_bytes() == REPORT.mark + b"2"


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "x.apkg"
    file.write_bytes(ANKI.mark)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left"):
        write_whole(file, ANKI, b"new")
    assert file.read_bytes() == ANKI.mark
    assert list(tmp_path.iterdir()) == [file]


def test_a_deck_is_a_whole_archive(home: Path) -> None:
    assert run(home, "anki", "deck.apkg") == 0
    with zipfile.ZipFile("deck.apkg") as deck:
        assert deck.testzip() is None
        assert deck.namelist() == ["collection.anki2", "media"]
        assert json.loads(deck.read("media")) == {}
