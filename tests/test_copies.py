"""Copies of all that a learner cannot make again: taken at once, put back whole or not at all."""

import json
import shlex
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import ui.cli
from assistant import precious
from assistant.answer import Answer
from assistant.conversation import Conversations
from assistant.copies import copies_of, copy_all, put_back
from assistant.learner import Known, Learner
from assistant.precious import learner_folder, restore
from ingest.errors import InputError, LearnerError

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give a home with a record of one deed and one conversation."""
    note(tmp_path, "m1w1-basic-ml-concepts")
    Conversations(tmp_path).append("", Answer("What is a keel?", ()))
    return tmp_path


def note(home: Path, section_id: str) -> None:
    with Learner(home, NOW) as record:
        record.add(NOW, Known(section_id))


def state(home: Path) -> tuple[int, tuple[str, ...]]:
    """Count the deeds and give the titles of the conversations."""
    with Learner(home, NOW) as record:
        return len(record.events()), tuple(c.title for c in Conversations(home).listed())


def change(home: Path) -> None:
    note(home, "m1w2-data-preprocessing")
    Conversations(home).append("", Answer("What is a mast?", ()))


def test_both_are_copied_and_put_back(home: Path) -> None:
    folder = learner_folder(home)
    before = state(home)
    copied = copy_all(folder, NOW)
    assert [one.what for one in copied] == ["record", "conversations"]
    change(home)
    after = state(home)
    done = put_back(folder, [one.file for one in copied], LATER)
    assert state(home) == before
    assert all(one.aside and one.aside.exists() for one in done)
    # What stood there can be put back, too.
    put_back(folder, [one.aside for one in done if one.aside], LATER + timedelta(minutes=1))
    assert state(home) == after


def test_one_of_them_is_put_back_alone(home: Path) -> None:
    folder = learner_folder(home)
    _, conversations = copy_all(folder, NOW)
    change(home)
    put_back(folder, [conversations.file], LATER)
    assert state(home) == (2, ("What is a keel?",))


def test_what_is_no_copy_or_comes_twice_changes_nothing(home: Path, tmp_path: Path) -> None:
    folder = learner_folder(home)
    record, conversations = copy_all(folder, NOW)
    change(home)
    before = state(home)
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE x (y)")
    for bad in (other, tmp_path / "nowhere.db", home / "learners"):
        with pytest.raises(InputError, match="is no whole copy"):
            put_back(folder, [record.file, bad], LATER)
    with pytest.raises(InputError, match="copies of the same"):
        put_back(folder, [record.file, conversations.file, record.file], LATER)
    conversations.file.write_bytes(conversations.file.read_bytes()[:5000])
    with pytest.raises(InputError, match="is no whole copy"):
        put_back(folder, [record.file, conversations.file], LATER)
    assert state(home) == before
    assert [whole for _, whole in copies_of(folder)] == [True, False]


@pytest.mark.parametrize("step", ["set_aside", "replace"])
def test_a_kill_while_a_copy_is_put_back_leaves_what_was_there(
    home: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    folder = learner_folder(home)
    record, _ = copy_all(folder, NOW)
    change(home)
    before = state(home)

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        if step == "set_aside":
            patched.setattr(precious, "set_aside", killed)
        else:
            patched.setattr(Path, "replace", killed)
        with pytest.raises(SystemExit):
            restore(folder / "learner.db", record.file, LATER)
    assert state(home) == before
    restore(folder / "learner.db", record.file, LATER + timedelta(minutes=1))
    assert state(home) == (1, before[1])


def test_what_is_still_beside_a_file_is_kept_with_it(home: Path) -> None:
    """A reader holds the write-ahead log back: what was committed last stands only there."""
    file = learner_folder(home) / "learner.db"
    record, _ = copy_all(file.parent, NOW)
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchone()
        note(home, "m1w2-data-preprocessing")
        aside = restore(file, record.file, LATER)
    assert aside is not None
    with closing(sqlite3.connect(aside)) as old:
        assert old.execute("SELECT count(*) FROM events").fetchone() == (2,)
    assert state(home)[0] == 1


# ── as typed ────────────────────────────────────────────────────────────────────────────────────


def test_the_command_copies_to_a_file_and_one_beside_it_and_puts_both_back(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state(home)
    target = tmp_path / "copies" / "mine.db"
    assert ui.cli.main(["backup", str(target), "--json", "--home", str(home)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["file"] == str(target)
    beside = target.with_name("mine-conversations.db")
    assert [one["file"] for one in told["files"]] == [str(target), str(beside)]
    change(home)
    words = ["backup", "--restore", str(target), str(beside), "--home", str(home)]
    assert ui.cli.main(words) == 0
    said = capsys.readouterr().out
    assert "Put back: your record." in said
    assert "Put back: your conversations." in said
    assert state(home) == before


def test_the_cure_of_damaged_conversations_works(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state(home)
    copy_all(learner_folder(home), NOW)
    file = learner_folder(home) / "conversations.db"
    for tail in ("-wal", "-shm"):
        file.with_name(file.name + tail).unlink(missing_ok=True)
    file.write_bytes(b"no database" * 999)
    with pytest.raises(LearnerError) as told:
        Conversations(home).listed()
    command = str(told.value).split("`")[1]
    assert ui.cli.main(shlex.split(command)[1:]) == 0
    capsys.readouterr()
    assert state(home) == before
