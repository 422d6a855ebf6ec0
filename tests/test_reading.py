"""Reading as a job of the page: what is read, on a real library, and the words for its end."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

import ui.cli
import ui.reading
from ingest.library import Library, SourceRow, open_library
from ingest.progress import Progress
from ui.job_words import jobs_told
from ui.jobs import Jobs
from ui.markup import one_line
from ui.progress import STAGES, progress_line, step_of, time_left
from ui.reading import READ, command, has_failed, is_link, is_unread, outcome, reading
from ui.sources_page import reads_html
from ui.sources_passages import held_html, passages_html

ROW = SourceRow(
    "m1w1-wind/sails", "video", "Sails", "https://example.org/sails", None, ("m1w1-wind",),
    "indexed", "", 3, 10, "2026-11-14T08:00:00+00:00",
)  # fmt: skip
NEW = replace(ROW, status="postponed", passages=0, reason="not chosen so far")
GONE = replace(ROW, resource_id="m1w1-wind/gone", status="not-found", passages=0, reason="gone")
FORUM = replace(ROW, resource_id="m1w1-wind/forum", status="skipped", passages=0)
NOTE = replace(ROW, resource_id="note/m1w1-wind", url="studypath://notes/m1w1-wind")
FILE = replace(NOTE, resource_id="added/abc", url="studypath://added/abc", status="no-text",
               passages=0)  # fmt: skip


class Shelf:
    """Stands for a keeper of one home, whose library is always the newest."""

    curriculum = None

    def __init__(self, home: Path) -> None:
        self.settings = SimpleNamespace(home=home)

    def readiness(self) -> SimpleNamespace:
        return SimpleNamespace(settled=True)

    def sources(self) -> tuple[SourceRow, ...]:
        with open_library(self.settings.home) as library:
            return library.sources()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small library; what is read into it is indexed for keyword search only."""
    monkeypatch.setattr(ui.reading, "INGEST", ("ingest", "--offline", "--no-vectors"))
    path = tmp_path / "path.md"
    path.write_text(
        "# Sailing\n\n## Month 1: Water\n\n### Week 1: Trips\n\n#### Wind\n\n- **Resources:**\n"
        "    - **Video:** [Sails](https://example.org/sails)\n"
        "    - **Reading:** [Knots](https://example.org/knots)\n",
        encoding="utf-8",
    )
    folder = tmp_path / "home"
    arguments = ["ingest", "--path", str(path), "--offline", "--no-vectors", "--json"]
    assert ui.cli.main([*arguments, "--home", str(folder)]) == 0
    return folder


@pytest.fixture
def jobs(home: Path) -> Iterator[Jobs]:
    keeper: Any = Shelf(home)
    made = Jobs(home, {READ: reading(keeper)})
    yield made
    made.close()


def ended(jobs: Jobs) -> list[str]:
    """Wait until nothing is read any more and give the lines of what was."""
    for _ in range(600):
        told = jobs_told(jobs.of("me", READ), jobs.busy(READ))
        if not any(job["state"] in ("waiting", "running") for job in told):
            return [job["line"] for job in told]
        time.sleep(0.1)
    pytest.fail(f"it never ended: {told}")


def ids(home: Path) -> dict[str, str]:
    with open_library(home) as library:
        return {row.title: row.resource_id for row in library.sources()}


# ── a real library ──────────────────────────────────────────────────────────────────────────────


def test_all_links_or_one_are_read_and_the_end_is_told(home: Path, jobs: Jobs) -> None:
    sails = ids(home)["Sails"]
    jobs.start(READ, command([sails]), "me", [sails])
    (line,) = ended(jobs)
    assert line.startswith("“Sails” was not read: ")
    jobs.dismiss(jobs.of("me", READ)[0].id, "me")
    jobs.start(READ, command(), "me")
    (line,) = ended(jobs)
    assert line.startswith("Read: 0 new or changed, ")
    assert line.endswith(" passages.")


def test_what_the_library_refuses_is_one_line_and_can_be_tried_again(
    home: Path, jobs: Jobs
) -> None:
    with FileLock(home / "write.lock"):
        jobs.start(READ, command(), "me")
        (line,) = ended(jobs)
    assert "another studypath is writing" in line.lower()
    assert not line.startswith("studypath:")
    jobs.again(jobs.of("me", READ)[0].id, "me")
    assert ended(jobs)[0].startswith("Read: ")


def test_cancelling_lets_go_of_the_library(home: Path, jobs: Jobs) -> None:
    job = jobs.start(READ, command(), "me")
    while jobs.busy(READ) is None:
        time.sleep(0.01)
    assert job is not None
    jobs.cancel(job.id, "me")
    assert ended(jobs)[0].startswith("Stopped")
    with FileLock(home / "write.lock", timeout=0):
        pass  # nobody writes any more


def test_an_id_that_is_not_there_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ui.cli.main(["ingest", "--link", "m1w1-wind/sail", "--home", str(home)]) == 2
    told = capsys.readouterr().err
    assert "no resource has the id 'm1w1-wind/sail': there is m1w1-wind/sails" in told


# ── which links ─────────────────────────────────────────────────────────────────────────────────


def test_links_are_what_can_be_asked_for() -> None:
    rows = (ROW, NEW, GONE, FORUM, NOTE, FILE)
    assert [row for row in rows if is_link(row)] == [ROW, NEW, GONE, FILE]
    assert [row for row in rows if has_failed(row)] == [NEW, GONE, FILE]
    assert [row for row in rows if is_unread(row)] == [NEW]


def test_the_buttons_say_what_they_read_and_how_much() -> None:
    assert "Read the path’s links (2)" in reads_html([NEW, NEW, NOTE])
    assert "missing" not in reads_html([NEW, NEW, NOTE])
    html = reads_html([ROW, GONE, NOTE, FORUM])
    assert "Read all again (2)" in html
    assert "Read what is missing (1)" in html
    assert reads_html([NOTE, FORUM]) == ""


def test_few_sources_are_named_and_many_are_counted() -> None:
    rows = (ROW, GONE, replace(FILE, title="Notes"))
    assert outcome([ROW.resource_id], {}, rows) == "Read “Sails”: indexed, 3 passages."
    assert outcome([GONE.resource_id], {}, rows) == "“Sails” was not read: gone."
    assert outcome(["added/abc"], {}, rows) == "Added “Notes”, but not read: no-text."
    assert outcome(["elsewhere"], {}, rows) == "The library is up to date."
    said = {"indexed": 1_200, "unchanged": 2, "failed": 0, "seconds": "many"}
    assert outcome([], said, rows) == (
        "Read: 1,200 new or changed, 2 unchanged, 0 without text. The library holds 3 passages."
    )
    assert outcome(["x"] * 4, {}, rows) == "Read: all. The library holds 3 passages."


# ── progress lines ──────────────────────────────────────────────────────────────────────────────


@given(
    st.sampled_from([*STAGES]),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.none() | st.floats(0, 100_000),
)
def test_a_progress_line_is_read_back(
    stage: str, done: int, total: int, message: str, left: float | None
) -> None:
    step = step_of(one_line(progress_line(Progress(stage, done, total, message, left))))
    assert step is not None
    assert step.stage == stage
    assert (step.done, step.total) == ((done, total) if total > 1 else (0, 0))
    assert step.left == (time_left(left) if left else "")


@given(st.text())
def test_no_line_breaks_the_reader(line: str) -> None:
    step_of(line)


def test_what_is_no_progress_is_none() -> None:
    for line in ("", "studypath: no", "Traceback (most recent call last):", "Readings 1/2"):
        assert step_of(line) is None


# ── passages ────────────────────────────────────────────────────────────────────────────────────


def test_the_passages_of_a_source_stand_on_pages_with_their_links(home: Path) -> None:
    library = Library(home)
    card = next(row for row in library.sources() if row.passages)
    found = library.passages_from(card.resource_id)
    assert len(found) == card.passages
    entries = tuple(library.entries(found).values())
    html = passages_html(entries, 0, len(found), card.resource_id)
    assert "Open the section" in html
    assert "data-page" not in html
    paged = passages_html(entries, 10, 25, 'a"b')
    assert "Passages 11 to 12 of 25" in paged
    assert 'data-page="0" data-of="a&quot;b"' in paged
    assert library.passages_from("nowhere") == ()
    assert "reload the page" in passages_html((), 0, 0, "x")
    library.close()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_held_back_is_text_alone(words: str) -> None:
    passage = SimpleNamespace(
        text=f"{words}<img src=x>", heading_path=(words,), flag=words, fragments=(), anchor=None
    )
    entry = SimpleNamespace(passage=passage, title="T", kind="page", url="https://example.org")
    row: Any = SimpleNamespace(entry=entry, title=words)
    html = held_html([row], 0, 1)
    for tag in ("<img", "<a ", "<script", "<mark"):
        assert tag not in html
    assert html.count("<pre") == 1
