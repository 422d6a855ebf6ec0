"""From a path to a library: the ledger, changes, bad input, kills, and plain collections."""

import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

import ingest.indexing
import ui.cli
from corpus import learning_path
from ingest.archive import ArchiveWriter
from ingest.build import BuildOptions, BuildSummary, build_library, plan_library, reindex
from ingest.choice import EVERYTHING, Choice, begins
from ingest.curriculum import Hours, Resource, load, parse
from ingest.embed import MODEL, Embedder, passage_embedder
from ingest.errors import InputError, LibraryError
from ingest.fetch import Response, Transport
from ingest.library import Library, LibraryStatus, SourceRow, open_library
from ingest.own import hours_text, own_documents
from ingest.progress import Progress
from ingest.sources import Fetched, fetch_resource
from ingest.split import Passage, split

ROOT = Path(__file__).resolve().parents[1]
STATUSES = {
    "indexed", "unchanged", "partial", "robots-denied", "not-found", "login-wall", "no-text",
    "no-captions", "unreachable", "postponed", "not-in-archive", "skipped",
}  # fmt: skip
PATH = """# A small path
## Month 1: One
### Week 1: First
#### Trees (2 hours)
- **Topics:**
  - Decision trees
- **Resources:**
  - **Reading:** [On splits](https://example.org/splits)
  - **Video:** [A talk](https://www.youtube.com/watch?v=abc)
  - **Reading:** A book about forests
#### Forests (3–4 hours)
- **Topics:**
  - Bagging
- **Resources:**
  - **Reading:** [On bagging](https://example.org/bagging)
  - **Reading:** [On splits, again](https://example.org/splits)
"""
SPLITS = "https://example.org/splits"
BAGGING = "https://example.org/bagging"


def quiet(_: Progress) -> None:
    pass


def build(
    home: Path,
    *,
    path: Path | None = None,
    documents: Path | None = None,
    archive: Path | None = None,
    choice: Choice = EVERYTHING,
    minutes: float | None = None,
) -> BuildSummary:
    """Ingest without vectors and without the network."""
    options = BuildOptions(
        MODEL, home.parent, path, documents, archive,
        offline=True, vectors=False, choice=choice, max_minutes=minutes,
    )  # fmt: skip
    return build_library(home, options, quiet)


def page(*paragraphs: str) -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return f"<html><head><title>A page</title></head><body><article><h1>A page</h1>{body}</article>"


SPLIT_WORDS = "A split sends each row of the data to the left or to the right by one feature alone."
BAG_WORDS = "Bagging trains every tree on its own random sample of the rows, drawn with repeats."


def warc(file: Path, pages: dict[str, str]) -> Path:
    """Write an archive in which each address answers with its page."""
    file.unlink(missing_ok=True)
    writer = ArchiveWriter(file)
    html = (("Content-Type", "text/html; charset=utf-8"),)
    for url, text in pages.items():
        writer.append(Response(url, 200, "OK", html, text.encode(), "2026-01-02T03:04:05Z"))
    writer.close()
    return file


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a home with the small path and two pages."""
    (tmp_path / "path.md").write_text(PATH, encoding="utf-8")
    pages = {SPLITS: page(SPLIT_WORDS, BAG_WORDS), BAGGING: page(BAG_WORDS)}
    archive = warc(tmp_path / "pages.warc.gz", pages)
    build(tmp_path / "home", path=tmp_path / "path.md", archive=archive)
    return tmp_path / "home"


def ledger(home: Path) -> dict[str, SourceRow]:
    with open_library(home) as library:
        return {row.title: row for row in library.sources()}


def state(home: Path) -> tuple[LibraryStatus, tuple[SourceRow, ...], tuple[str, ...]]:
    with open_library(home) as library:
        return library.status(), library.sources(), library.passage_ids()


def found(home: Path, question: str) -> list[str]:
    """Give the texts that keyword search finds, best first."""
    with open_library(home) as library:
        index, ids = library.keywords()
        names = [str(ids[row]) for row in index.search(question, 10).rows]
        entries = library.entries(names)
        return [entries[name].passage.text for name in names]


# ── real pages ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def captured(small_warc: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with the small capture, for keyword search."""
    home = tmp_path_factory.getbasetemp() / "captured"
    if not home.exists():
        build(home, archive=small_warc)
    return home


def test_every_resource_ends_as_one_row_in_path_order(captured: Path) -> None:
    with open_library(captured) as library:
        rows = [row for row in library.sources() if row.kind not in ("path", "note")]
    resources = load(learning_path()).resources
    assert [row.resource_id for row in rows] == [resource.id for resource in resources]
    assert [row.url for row in rows] == [resource.url for resource in resources]
    assert len([row for row in rows if row.url]) == 133
    assert len({row.resource_id for row in rows}) == len(rows) > 133


def test_each_row_says_what_became_of_it(captured: Path) -> None:
    with open_library(captured) as library:
        rows = [row for row in library.sources() if row.kind not in ("path", "note")]
    assert {row.status for row in rows} <= STATUSES
    for row in rows:
        read = row.status in ("indexed", "partial", "unchanged")
        assert bool(row.passages) == read
        assert bool(row.bytes and row.fetched_at and row.resolved_url) or not read
        assert row.reason or row.status in ("indexed", "unchanged")
        assert row.url or row.status == "skipped"
        assert "\n" not in row.reason
    by_url = {row.url: row.status for row in rows}
    assert by_url["https://projector.tensorflow.org/"] == "no-text"
    assert by_url["https://github.com/facebookresearch/nsfr"] == "not-found"
    assert by_url["https://www.pinecone.io/learn/advanced-rag/"] == "not-in-archive"
    (garbled,) = [row for row in rows if "garbled" in row.reason]
    assert garbled.status == "not-found"
    assert "“Youtube” stands inside the word “Youtubeing”" in garbled.reason
    assert by_url["https://www.reddit.com/r/MachineLearning/"] == "skipped"
    assert by_url["https://scikit-learn.org/stable/modules/preprocessing.html"] == "indexed"
    assert len([status for status in by_url.values() if status == "no-captions"]) > 25


def test_passages_are_exact_and_stand_in_their_sections(captured: Path) -> None:
    with open_library(captured) as library:
        ids = library.passage_ids()
        entries = library.entries(ids)
        texts = {
            doc_id: document.text
            for doc_id in {entry.passage.doc_id for entry in entries.values()}
            if (document := library.document(doc_id))
        }
    assert len(ids) == len(set(ids)) == len(entries) > 500
    for entry in entries.values():
        held = entry.passage
        assert texts[held.doc_id][held.start : held.end] == held.text
        assert held.text.strip()
        assert entry.section_ids or held.doc_id == "path/schedule"
        assert entry.title


def test_the_frame_of_real_pages_does_not_become_passages(captured: Path) -> None:
    with open_library(captured) as library:
        entries = library.entries(library.passage_ids()).values()
    texts = [e.passage.text.lower() for e in entries if e.kind not in ("note", "path")]
    for words in (
        "cookie", "newsletter", "edit this page", "edit on github", "skip to content",
        "table of contents", "privacy policy", "all rights reserved", "next page", "sign up",
        "share on",
    ):  # fmt: skip
        assert not [text[:80] for text in texts if words in text], words
    bare = {"previous", "next", "previous next", "home", "menu", "search", "toggle navigation"}
    assert not [text for text in texts if text.strip(" \n«»‹›<>|·") in bare]


def test_an_unchanged_archive_changes_nothing(captured: Path, small_warc: Path) -> None:
    before, reader = state(captured), Library(captured)
    summary = build(captured, archive=small_warc)
    status, rows, ids = state(captured)
    assert summary.indexed == 0
    assert summary.unchanged == len([r for r in before[1] if r.status in ("indexed", "unchanged")])
    assert (status, ids) == (before[0], before[2])
    assert reader.is_current()
    assert {r.status for r in rows if r.passages} == {"unchanged"}
    assert [r.bytes for r in rows] == [r.bytes for r in before[1]]
    reader.close()


def test_what_was_read_of_real_pages_is_kept_when_they_cannot_be_read(
    tmp_path: Path, small_warc: Path
) -> None:
    path = tmp_path / "path.md"
    path.write_text(PATH.replace(SPLITS, "https://arxiv.org/abs/2106.09685"), encoding="utf-8")
    build(tmp_path / "home", path=path, archive=small_warc)
    before = ledger(tmp_path / "home")["On splits"]
    assert before.status == "indexed"
    again = build(tmp_path / "home")  # offline, and the home has no archive of its own
    row = ledger(tmp_path / "home")["On splits"]
    assert again.unchanged >= 3
    assert row.status == "unchanged"
    assert "kept" in row.reason
    assert (row.passages, row.bytes, row.fetched_at, row.resolved_url) == (
        before.passages, before.bytes, before.fetched_at, before.resolved_url,
    )  # fmt: skip
    assert found(tmp_path / "home", "low-rank adaptation")


@pytest.mark.parametrize("damage", ["cut", "hole"])
def test_the_good_records_of_a_damaged_archive_are_used(
    tmp_path: Path, small_warc: Path, damage: str
) -> None:
    content = bytearray(small_warc.read_bytes())
    if damage == "cut":
        content = content[: len(content) * 2 // 3]
    else:
        content[300_000:330_000] = bytes(30_000)
    archive = tmp_path / "damaged.warc.gz"
    archive.write_bytes(content)
    path = tmp_path / "path.md"
    path.write_text(PATH.replace(SPLITS, "https://arxiv.org/abs/2106.09685"), encoding="utf-8")
    summary = build(tmp_path / "home", path=path, archive=archive)
    assert len(summary.problems) >= 1
    assert all("damaged.warc.gz: byte" in problem for problem in summary.problems)
    with open_library(tmp_path / "home") as library:
        assert library.status().documents >= 2
    assert {row.status for row in ledger(tmp_path / "home").values()} <= STATUSES


# ── changes ─────────────────────────────────────────────────────────────────────────────────────


def test_a_small_path_ends_as_one_row_each(small: Path) -> None:
    rows = ledger(small)
    assert {title: row.status for title, row in rows.items()} == {
        "Trees": "indexed",
        "Forests": "indexed",
        "On splits": "indexed",
        "A talk": "no-captions",
        "A book about forests": "skipped",
        "On bagging": "indexed",
        "On splits, again": "indexed",
    }
    assert rows["On splits"].section_ids == ("m1w1-trees",)
    assert rows["On splits"].fetched_at == "2026-01-02T03:04:05Z"


def test_a_page_linked_twice_stands_in_both_sections_once(small: Path) -> None:
    with open_library(small) as library:
        entries = library.entries(library.passage_ids()).values()
    (splits,) = (entry for entry in entries if entry.passage.text.startswith(SPLIT_WORDS))
    assert splits.section_ids == ("m1w1-trees", "m1w1-forests")


def test_a_changed_page_replaces_its_passages(small: Path) -> None:
    assert found(small, "split feature")
    words = "Pruning cuts back a tree that follows the noise too closely, leaf by leaf, until done."
    archive = warc(small.parent / "pages.warc.gz", {SPLITS: page(words), BAGGING: page(BAG_WORDS)})
    summary = build(small, archive=archive)
    assert (summary.indexed, summary.unchanged) == (2, 3)  # two resources link to the page
    assert not [text for text in found(small, "split feature") if SPLIT_WORDS in text]
    assert "Pruning" in found(small, "pruning noise")[0]
    assert found(small, "bagging random sample")


def test_a_page_that_is_gone_keeps_what_was_read(small: Path) -> None:
    before = state(small)
    archive = warc(small.parent / "pages.warc.gz", {BAGGING: page(BAG_WORDS)})
    build(small, archive=archive)
    after = state(small)
    assert (after[0], after[2]) == (before[0], before[2])
    row = ledger(small)["On splits"]
    assert row.status == "unchanged"
    assert "kept" in row.reason
    assert row.fetched_at == "2026-01-02T03:04:05Z"


def test_what_leaves_the_path_leaves_the_index(small: Path) -> None:
    path = small.parent / "path.md"
    once = PATH.replace("  - **Reading:** [On splits](https://example.org/splits)\n", "")
    for text, held in ((once, True), (once.replace(SPLITS, "https://example.org/other"), False)):
        path.write_text(text, encoding="utf-8")
        build(small, path=path, archive=small.parent / "pages.warc.gz")
        assert any(SPLIT_WORDS in found for found in found(small, "split feature")) == held
        assert "On splits" not in ledger(small)
    assert found(small, "bagging random sample")


def test_a_new_address_is_told_even_when_no_text_changed(small: Path) -> None:
    path = small.parent / "path.md"
    path.write_text(PATH.replace("v=abc", "v=xyz"), encoding="utf-8")
    reader = Library(small)
    build(small, path=path, archive=small.parent / "pages.warc.gz")
    assert not reader.is_current()
    reader.close()
    with open_library(small) as library:
        assert "v=xyz" in library.path_text
        assert library.generation == 1


def test_the_path_is_remembered(small: Path) -> None:
    summary = build(small, archive=small.parent / "pages.warc.gz")
    assert (summary.indexed, summary.unchanged) == (0, 5)
    assert set(ledger(small)) >= {"Trees", "On bagging"}


def test_what_is_staged_but_not_published_is_published_by_the_next_run(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = warc(small.parent / "pages.warc.gz", {SPLITS: page(BAG_WORDS + " " + SPLIT_WORDS)})
    before = state(small)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("ingest.build.publish_keywords", fail)
        with pytest.raises(KeyboardInterrupt):
            build(small, archive=archive)
    assert state(small)[0] == before[0]
    assert state(small)[2] == before[2]
    assert build(small, archive=archive).indexed == 0
    assert state(small)[0].generation == 2
    assert any(text.endswith(SPLIT_WORDS) for text in found(small, "split feature"))


def test_a_change_that_fails_half_way_leaves_the_page_as_it_was(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, row = state(small), ledger(small)["On splits"]
    archive = warc(
        small.parent / "pages.warc.gz",
        {SPLITS: page(*(f"{SPLIT_WORDS} So says {n} of them." for n in range(3)))},
    )

    def with_a_poisoned_end(*arguments: object) -> tuple[Passage, ...]:
        first, *_ = split(*arguments)  # type: ignore[arg-type]
        return (first, replace(first, ordinal=first.ordinal + 1, content_hash=None))  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr("ingest.reading.split", with_a_poisoned_end)
        with pytest.raises(sqlite3.IntegrityError):
            build(small, archive=archive)
    after = state(small)
    assert (after[0], after[2], ledger(small)["On splits"]) == (before[0], before[2], row)
    assert any(SPLIT_WORDS in text for text in found(small, "split feature"))
    build(small, archive=archive)
    assert any("So says 2" in text for text in found(small, "split feature"))


def test_progress_goes_forward(small: Path) -> None:
    steps: list[Progress] = []
    file = jsonl(small.parent / "d.jsonl", *FEW)
    options = BuildOptions(MODEL, small, documents=file, vectors=False)
    build_library(small.parent / "new", options, steps.append)
    assert [step.stage for step in steps][-3:] == ["keywords", "keywords", "done"]
    assert all(0 <= step.done <= max(1, step.total) for step in steps)


def test_the_state_of_every_resource_is_told(small: Path) -> None:
    archive = warc(small.parent / "pages.warc.gz", {SPLITS: page(BAG_WORDS + " " + SPLIT_WORDS)})
    steps: list[Progress] = []
    options = BuildOptions(MODEL, small, archive=archive, offline=True, vectors=False)
    build_library(small, options, steps.append)
    told: dict[str, list[str]] = {}
    for step in steps:
        if step.state:
            told.setdefault(step.message, []).append(step.state)
            assert bool(step.reason) == (step.state in ("no-captions", "skipped") or (
                step.message == "On bagging" and step.state == "unchanged"
            ))  # fmt: skip
    assert told == {
        "On splits": ["fetching", "reading", "indexed"],
        "A talk": ["fetching", "no-captions"],
        "A book about forests": ["fetching", "skipped"],
        "On bagging": ["fetching", "unchanged"],
        "On splits, again": ["fetching", "reading", "indexed"],
    }
    last = [step for step in steps if step.state][-1]
    assert (last.done, last.total) == (5, 5)


# ── a part of it ────────────────────────────────────────────────────────────────────────────────

NEW_WORDS = "Pruning cuts back a tree that follows the noise too closely, leaf by leaf, until done."


@pytest.fixture
def changed(small: Path) -> Path:
    """Return an archive in which both pages of the small path have changed."""
    pages = {SPLITS: page(NEW_WORDS), BAGGING: page(BAG_WORDS, NEW_WORDS)}
    return warc(small.parent / "pages.warc.gz", pages)


@pytest.mark.parametrize(
    ("choice", "indexed", "others"),
    [
        (Choice(sections=("m1w1-for",)), {"On bagging", "On splits, again"}, set()),
        (Choice(sections=("m1w1-trees",)), {"On splits"}, {"A talk", "A book about forests"}),
        (Choice(sections=("m1w1-trees", "m1w1-for"), kinds=("reading",)),
         {"On splits", "On bagging", "On splits, again"}, {"A book about forests"}),
        (Choice(kinds=("video",)), set(), {"A talk"}),
        (Choice(ids=()), set(), set()),
    ],
)  # fmt: skip
def test_what_is_not_chosen_stays_exactly_as_it_was(
    small: Path, changed: Path, choice: Choice, indexed: set[str], others: set[str]
) -> None:
    with sqlite3.connect(small / "library.db") as database:
        database.execute("UPDATE resources SET status = 'partial', reason = 'so far'")
    before, texts = ledger(small), found(small, "split feature bagging")
    summary = build(small, archive=changed, choice=choice)
    after = ledger(small)
    links = [title for title in after if title not in ("Trees", "Forests")]
    assert {title for title in links if after[title].status == "indexed"} == indexed
    assert {title for title in links if after[title].reason != "so far"} == indexed | others
    for title in set(links) - indexed - others:
        # Two links share a page, and so its passages.
        assert replace(after[title], passages=before[title].passages) == before[title]
    assert list(after) == list(before)
    assert summary.indexed == len(indexed)
    assert summary.resources == len(before)
    if not indexed:
        assert found(small, "split feature bagging") == texts
    assert build(small, archive=changed).indexed == 3 - len(indexed)


def test_a_first_ingest_of_a_part_tells_of_the_rest(small: Path, tmp_path: Path) -> None:
    home = tmp_path / "part"
    build(
        home, path=small.parent / "path.md", archive=small.parent / "pages.warc.gz",
        choice=Choice(sections=("m1w1-forests",)),
    )  # fmt: skip
    rows = ledger(home)
    assert {title: row.status for title, row in rows.items()} == {
        "Trees": "indexed",
        "Forests": "indexed",
        "On splits": "postponed",
        "A talk": "postponed",
        "A book about forests": "skipped",
        "On bagging": "indexed",
        "On splits, again": "indexed",
    }
    assert rows["A talk"].reason
    build(home, archive=small.parent / "pages.warc.gz")
    assert {r.status for r in ledger(home).values()} == {
        "indexed", "unchanged", "no-captions", "skipped"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (Choice(sections=("m2",)), r"begins with 'm2': there are .*m1w1-"),
        (Choice(kinds=("own",)), r"kind 'own': there are reading, video"),
        (Choice(sections=("",), kinds=("Video",)), "kind 'Video'"),
    ],
)
def test_a_part_that_is_not_there_is_bad_input(
    small: Path, tmp_path: Path, choice: Choice, said: str
) -> None:
    before = state(small)
    for home, path in ((small, None), (tmp_path / "new", small.parent / "path.md")):
        with pytest.raises(InputError, match=said):
            build(home, path=path, choice=choice)
    assert state(small) == before
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("section", "prefix", "begun"),
    [
        ("m2w3-x", "m2w3", True), ("m2w3-x", "m2", True), ("m2w3-x", "", True),
        ("m1w10-x", "m1w1", False), ("m12w1-x", "m1", False), ("m1w1-4-trees", "m1w1-", True),
        ("m1w1-x", "m1w1-x", True), ("m1w1-x", "w1", False), ("own", "own", True),
    ],
)  # fmt: skip
def test_a_prefix_does_not_end_inside_a_number(section: str, prefix: str, begun: bool) -> None:
    assert begins(section, prefix) is begun


def test_when_time_is_over_the_rest_is_postponed(
    small: Path, changed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was read of two links; they come first, and then time is over."""
    with sqlite3.connect(small / "library.db") as database:
        database.execute(
            "UPDATE resources SET fingerprint = '', status = 'unreachable', reason = 'no answer'"
            " WHERE title IN ('On bagging', 'A talk')"
        )
    before = ledger(small)
    now = 0.0

    def a_minute_each(
        resource: Resource, transport: Transport, transcripts: Path | None = None
    ) -> Fetched:
        nonlocal now
        now += 60
        return fetch_resource(resource, transport, transcripts=transcripts)

    monkeypatch.setattr("ingest.reading.fetch_resource", a_minute_each)

    def clock() -> float:
        nonlocal now
        now += 1
        return now

    clocks = SimpleNamespace(monotonic=clock, perf_counter=time.perf_counter)
    monkeypatch.setattr("ingest.staging.time", clocks)
    summary = build(small, archive=changed, minutes=1.5)
    rows = ledger(small)
    assert rows["On bagging"].status == "indexed"
    assert found(small, "pruning noise")
    # These were read before: they stay as they were.
    for title in ("On splits", "On splits, again"):
        assert rows[title] == before[title]
    assert any(SPLIT_WORDS in text for text in found(small, "split feature"))
    assert (summary.indexed, summary.failed) == (1, 1)  # the talk was tried and has no captions
    with sqlite3.connect(small / "library.db") as database:
        database.execute(
            "UPDATE resources SET fingerprint = '', status = 'unreachable', reason = 'no answer'"
            " WHERE title IN ('On bagging', 'A talk')"
        )
    assert build(small, archive=changed, minutes=1e-9).failed == 0
    row = ledger(small)["A talk"]
    assert row.status == "postponed"
    assert "1e-09 minutes" in row.reason
    assert "last time unreachable: no answer" in row.reason
    assert ledger(small)["A book about forests"].status == "skipped"
    build(small, archive=changed, minutes=1e-9)
    assert "last time" not in ledger(small)["A talk"].reason


def files_of(home: Path) -> dict[str, bytes]:
    """Give the files of a home but for SQLite's own, which come and go with any reader."""
    return {
        str(file): file.read_bytes()
        for file in sorted(home.rglob("*"))
        if file.is_file() and not file.name.endswith(("-wal", "-shm"))
    }


def test_a_plan_says_what_would_be_done_and_does_nothing(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a plan asks nobody")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    before = files_of(small)
    options = BuildOptions(MODEL, small, choice=Choice(sections=("m1w1-trees",)))
    assert {s.resource.title: s.action for s in plan_library(small, options)} == {
        "On splits": "conditional",
        "A talk": "fetch",
        "A book about forests": "skip",
        "On bagging": "not chosen",
        "On splits, again": "not chosen",
    }
    assert files_of(small) == before
    path = small.parent / "other.md"
    chat = "https://discord.gg/x"
    path.write_text(PATH.replace(BAGGING, chat), encoding="utf-8")
    fresh = plan_library(small.parent / "new", BuildOptions(MODEL, small, path=path))
    assert Counter(step.action for step in fresh) == {"fetch": 3, "skip": 2}
    assert all(step.reason for step in fresh if step.action == "skip")
    assert not (small.parent / "new").exists()


def test_a_killed_first_ingest_remembers_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "path.md").write_text(PATH, encoding="utf-8")
    with monkeypatch.context() as patched:
        patched.setattr("ingest.build.stage_resources", fail)
        with pytest.raises(KeyboardInterrupt):
            build(tmp_path / "home", path=tmp_path / "path.md")
    steps = plan_library(tmp_path / "home", BuildOptions(MODEL, tmp_path))
    assert {step.resource.title for step in steps} >= {"On splits", "On bagging"}
    build(tmp_path / "home")
    assert "On bagging" in ledger(tmp_path / "home")


# ── bad input ───────────────────────────────────────────────────────────────────────────────────


def bad_paths() -> list[tuple[bytes, str]]:
    week = PATH.split("### Week 1: First\n")[1]
    return [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n\n", "empty"),
        (b"# Title\n\nNo link at all.\n", "no http"),
        ((PATH + week.split("#### Forests")[0]).encode(), "Trees"),
        (b"# A path\n\n- [caf\xe9](https://example.org/)\n", r"path\.md:3: byte 0xE9 is not UTF-8"),
    ]


@pytest.mark.parametrize(("content", "said"), bad_paths())
def test_bad_paths_get_one_line_and_nothing_is_written(
    tmp_path: Path, small: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "path.md"
    path.write_bytes(content)
    before = state(small)
    for home in (tmp_path / "new", small):
        with pytest.raises(InputError, match=said) as raised:
            build(home, path=path)
        assert "\n" not in str(raised.value)
        assert raised.value.exit_code == 2
    assert not (tmp_path / "new").exists()
    assert state(small) == before


def test_a_missing_path_and_a_folder_are_told(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.md", tmp_path):
        with pytest.raises(InputError, match=str(path)):
            build(tmp_path / "new", path=path)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("content", [b"", b"<html>no archive</html>", b"\x1f\x8b\x08 nor this"])
def test_what_is_no_archive_is_bad_input(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pages.warc.gz"
    file.write_bytes(content)
    arguments = ["ingest", "--archive", str(file), "--home", str(tmp_path / "new"), "--no-vectors"]
    assert ui.cli.main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert str(file) in line
    with pytest.raises(InputError, match="no such file"):
        build(tmp_path / "new", archive=tmp_path / "gone.warc.gz")
    assert not (tmp_path / "new").exists()


def test_a_path_and_documents_do_not_mix(tmp_path: Path, small: Path) -> None:
    file = jsonl(tmp_path / "docs.jsonl", *FEW)
    build(tmp_path / "plain", documents=file)
    for home, path, documents in (
        (small, None, file),
        (tmp_path / "plain", tmp_path / "path.md", None),
        (tmp_path / "plain", None, None),
    ):
        before = state(home)
        with pytest.raises(InputError, match=r"already holds.*--home"):
            build(home, path=path, documents=documents)
        assert state(home) == before


def test_another_models_library_is_cured_by_reindex(small: Path) -> None:
    archive = small.parent / "pages.warc.gz"
    before = state(small)
    with sqlite3.connect(small / "library.db") as database:
        database.execute("UPDATE meta SET value = 'other@1' WHERE key = 'model'")
    with pytest.raises(LibraryError, match=r"indexed with other@1.*studypath reindex"):
        build(small, archive=archive)
    assert state(small)[1:] == before[1:]
    steps: list[Progress] = []
    options = BuildOptions(MODEL, small, offline=True, vectors=False)
    summary = reindex(small, options, steps.append)
    assert summary.passages == len(before[2])
    assert {"split", "keywords", "done"} <= {step.stage for step in steps}
    status, rows, ids = state(small)
    assert (status.model, status.generation) == (before[0].model, 2)
    assert set(ids) == set(before[2])
    assert rows == before[1]
    assert build(small, archive=archive).indexed == 0


def test_reindex_needs_a_library(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="studypath ingest"):
        reindex(tmp_path / "gone", BuildOptions(MODEL, tmp_path), quiet)
    assert not (tmp_path / "gone").exists()


# ── collections ─────────────────────────────────────────────────────────────────────────────────

FEW: tuple[object, ...] = (
    {"id": "a", "title": "Bread", "text": "Sourdough bread needs a starter."},
    {"_id": 7, "title": "Only a title", "text": ""},
    {"id": "c", "title": "", "text": " \n"},
    {"id": "d", "title": "Bread", "text": "Sourdough bread needs a starter."},
    {"id": "e", "text": "No title at all."},
    {"id": "f", "title": None, "text": None, "metadata": {"x": 1}},
)


def jsonl(file: Path, *documents: object) -> Path:
    file.write_text("\n".join(json.dumps(d) for d in documents), encoding="utf-8")
    return file


def test_a_collection_keeps_its_ids_and_its_empty_documents(tmp_path: Path) -> None:
    home = tmp_path / "home"
    summary = build(home, documents=jsonl(tmp_path / "docs.jsonl", *FEW))
    assert (summary.resources, summary.passages) == (6, 4)
    with open_library(home) as library:
        assert library.is_collection
        assert library.path_text == ""
        index, ids = library.keywords()
        entries = library.entries([str(ids[r]) for r in index.search("sourdough", 10).rows])
        assert {entry.passage.doc_id for entry in entries.values()} == {"a", "d"}
        rows = {row.resource_id: (row.status, row.passages) for row in library.sources()}
        empty = library.document("c")
    assert rows["7"] == ("indexed", 1)
    assert rows["c"] == rows["f"] == ("no-text", 0)
    assert empty is not None
    assert found(home, "only a title")[0] == "Only a title"


def test_a_collection_follows_its_file(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "docs.jsonl"
    build(home, documents=jsonl(file, *FEW))
    before = state(home)[0]
    assert build(home, documents=file).unchanged == 6
    assert state(home)[0] == before
    jsonl(file, {"id": "a", "title": "Bread", "text": "Rye bread keeps for long."}, *FEW[1:3])
    assert build(home, documents=file).indexed == 1
    with open_library(home) as library:
        assert [row.resource_id for row in library.sources()] == ["a", "7", "c"]
    assert found(home, "sourdough") == []
    assert found(home, "rye") == ["Rye bread keeps for long."]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"id": "a", "text": "x"}\n\n{"id": ', r"docs\.jsonl:3: not JSON"),
        (b'{"id": "a", "text": "x"}\n["id"]', r"docs\.jsonl:2: expected"),
        (b'{"title": "no id"}', r"docs\.jsonl:1: expected"),
        (b'{"id": null, "text": "x"}', r"docs\.jsonl:1: expected"),
        (b'{"id": {"a": 1}, "text": "x"}', r"docs\.jsonl:1: expected"),
        (b'{"id": "a", "text": ["x"]}', r"docs\.jsonl:1: .*strings"),
        (b'{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}', "'a' comes twice"),
        (b'{"id": 1, "text": "x"}\n{"id": "1", "text": "y"}', "'1' comes twice"),
        (b'{"id": "a", "text": "caf\xe9"}', "not UTF-8"),
        (b"\n \n", "no documents"),
    ],
)
def test_bad_collections_get_one_line_and_nothing_is_written(
    tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "docs.jsonl"
    file.write_bytes(content)
    with pytest.raises(InputError, match=said) as raised:
        build(tmp_path / "home", documents=file)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "home").exists()


def test_missing_and_empty_folders_are_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "photo.png").write_bytes(b"\x89PNG")
    for name in ("gone", "empty"):
        with pytest.raises(InputError, match=f"--documents .*{name}"):
            build(tmp_path / "home", documents=tmp_path / name)


def test_odd_characters_of_a_collection_are_kept_or_replaced(tmp_path: Path) -> None:
    odd = "nul\x00 '\"%/.."
    documents = (
        {"id": "half", "title": "\ud800", "text": "Half a \udfff character about badgers."},
        {"id": odd, "title": "'); DROP TABLE passages;--", "text": "Otters \x00 swim."},
        {"id": "lines", "text": "One\u2028two\x85three\x0bfour ferrets"},
    )
    home = tmp_path / "home"
    assert build(home, documents=jsonl(tmp_path / "docs.jsonl", *documents)).passages == 3
    assert found(home, "badgers") == ["Half a \N{REPLACEMENT CHARACTER} character about badgers."]
    assert found(home, "otters") == ["Otters  swim."]
    assert found(home, "ferrets") == ["One\u2028two\nthree\nfour ferrets"]
    with open_library(home) as library:
        assert library.document(odd) is not None


def test_a_folder_is_a_collection_of_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / ".git").mkdir()
    files = {
        "a.md": b"# Herons\n\nA heron stands still for long.\n\n```python\nx = 1\n```\n",
        "sub/b.TXT": "Ein Reiher fängt Frösche.".encode("latin-1"),
        "sub/c.html": page("A stork builds its nest on a chimney.").encode(),
        "sub/d.jsonl": b'{"id": "crane", "text": "Cranes fly in a wedge."}',
        "empty.md": b"",
        ".git/hidden.md": b"Hidden words.",
        "photo.png": b"\x89PNG",
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    home = tmp_path / "home"
    build(home, documents=folder)
    with open_library(home) as library:
        rows = {row.resource_id: row.status for row in library.sources()}
        herons = library.document("a.md")
    assert rows == {
        "a.md": "indexed",
        "empty.md": "no-text",
        "sub/b.TXT": "indexed",
        "sub/c.html": "indexed",
        "crane": "indexed",
    }
    assert herons is not None
    assert (herons.title, "```python\nx = 1\n```" in herons.text) == ("Herons", True)
    assert "Frösche" in found(home, "Reiher")[0]
    assert "chimney" in found(home, "stork nest")[0]
    assert found(home, "hidden words") == []


# ── what ships ──────────────────────────────────────────────────────────────────────────────────


def test_every_section_has_a_card_that_says_all_of_it() -> None:
    text = learning_path().read_text(encoding="utf-8")
    curriculum = parse(text)
    documents = {d.id: (row, d) for row, d in own_documents(curriculum, text)}
    for section in curriculum.sections:
        row, card = documents[f"path/{section.id}"]
        assert (row.section_ids, row.status, card.kind) == ((section.id,), "indexed", "path")
        assert curriculum.place(section.id) in card.text
        # Markdown may be written another way; the words and their order may not change.
        words = " ".join("".join(c if c.isalnum() else " " for c in card.text).split())
        said = [topic.text for topic in section.topics]
        said += [exercise.text for exercise in section.exercises]
        said += [resource.title for resource in section.resources]
        for line in said:
            wanted = " ".join("".join(c if c.isalnum() else " " for c in line).split())
            assert wanted in words
        assert "http" not in card.text
    assert documents["path/schedule"][0].section_ids == ()
    notes = [d for _, d in documents.values() if d.kind == "note"]
    known = {section.id for section in curriculum.sections}
    assert {d.id.removeprefix("note/") for d in notes} <= known
    assert {"note/m1w1-basic-ml-concepts", "note/m2w3-vector-database-fundamentals"} <= set(
        documents
    )


def test_only_notes_of_the_paths_own_sections_are_read() -> None:
    kinds = Counter(document.kind for _, document in own_documents(parse(PATH), PATH))
    assert kinds == {"path": 2}


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (Hours(5, 6), "5–6 hours"),
        (Hours(1, 1), "1 hour"),
        (Hours(2, 2), "2 hours"),
        (Hours(1.5, 2.5), "1.5–2.5 hours"),
        (Hours(0.5, 1.5), "30–90 minutes"),
        (Hours(0.75, 0.75), "45 minutes"),
    ],
)
def test_hours_are_said_in_words(hours: Hours, said: str) -> None:
    assert hours_text(hours) == said


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with what ships, found by words and by meaning; embedded once a session."""
    home = tmp_path_factory.getbasetemp() / "shipped"
    cache = Path(os.environ.get("STUDYPATH_CACHE", home.parent / "cache"))
    if not home.exists():
        build_library(home, BuildOptions(MODEL, cache, offline=True), quiet)
    return home


def embedded(home: Path) -> int:
    """Count the kept vectors."""
    if not (home / "library.db").exists():
        return 0
    with sqlite3.connect(home / "library.db", timeout=30) as database:
        tables = database.execute("SELECT name FROM sqlite_master").fetchall()
        if ("embeddings",) not in tables:
            return 0
        return int(database.execute("SELECT count(*) FROM embeddings").fetchone()[0])


def test_every_passage_has_a_vector_and_a_second_run_makes_none(
    shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(model: str) -> Embedder:
        raise AssertionError(f"{model} was loaded although everything is embedded")

    monkeypatch.setattr("ingest.indexing.passage_embedder", refuse)
    before, count = state(shipped), embedded(shipped)
    summary = build_library(shipped, BuildOptions(MODEL, shipped, offline=True), quiet)
    assert (summary.indexed, summary.seconds_embedding) == (0, 0.0)
    assert (state(shipped)[0], embedded(shipped)) == (before[0], count)
    with open_library(shipped) as library:
        status, vectors = library.status(), library.vectors()
        assert status.embedded == status.passages
        assert vectors is not None
        (dropped,) = library._rows("SELECT count(*) FROM twins")[0]
        assert len(vectors) >= status.passages - dropped
        windows = library._connection.execute("SELECT model, vector FROM embeddings").fetchall()
    assert {row["model"] for row in windows} == {status.model}
    lengths = [np.linalg.norm(np.frombuffer(row["vector"], np.float32)) for row in windows]
    assert lengths == pytest.approx(np.ones(len(windows)), abs=1e-3)


def test_a_collection_of_empty_documents_can_be_embedded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.indexing.export_onnx", lambda model, cache: None)
    file = jsonl(tmp_path / "docs.jsonl", {"id": "a", "text": ""}, {"id": "b", "text": " "})
    build_library(tmp_path / "home", BuildOptions(MODEL, tmp_path, documents=file), quiet)
    with open_library(tmp_path / "home") as library:
        vectors = library.vectors()
        assert vectors is not None
        assert len(vectors) == 0
        assert len(library.sources()) == 2


# ── kills ───────────────────────────────────────────────────────────────────────────────────────

# An ingest whose model is replaced by a slow and simple one; everything else is as it is. It says
# each step, and each batch before it is embedded.
SLOW_INGEST = """
import hashlib, sys, time
from pathlib import Path
import numpy as np
from ingest import build, indexing
from ingest.embed import MODEL

class Slow:
    name, dimension = MODEL, 16
    def encode(self, texts):
        print("encode", len(texts), flush=True)
        time.sleep(0.01 * len(texts))
        rows = [np.frombuffer(hashlib.sha512(t.encode()).digest(), np.uint32) for t in texts]
        rows = np.array(rows).astype(np.float32) / 2**32 - 0.5
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

indexing.passage_embedder = lambda model: Slow()
indexing.export_onnx = lambda model, cache: None
indexing.FIRST_BATCH = indexing.EMBED_BATCH = 16
home, documents = Path(sys.argv[1]), Path(sys.argv[2])

def say(step):
    print(step.stage, step.done, flush=True)
    if step.stage == "read":
        time.sleep(0.005)

build.build_library(home, build.BuildOptions(MODEL, home, documents=documents), say)
"""
MANY = 160


def facts(count: int) -> list[dict[str, str]]:
    """Make short documents that no two of are alike."""
    words = [hashlib.sha256(str(i).encode()).hexdigest() for i in range(count)]
    return [
        {"id": str(i), "text": f"Item {i} is known as {w[:8]} and lives near {w[8:16]} by the sea."}
        for i, w in enumerate(words)
    ]


@contextmanager
def running(command: Sequence[str], cache: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run a command in this environment, and never leave it behind."""
    environment = dict(os.environ)
    if cache is not None:
        environment["STUDYPATH_CACHE"] = str(cache)
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def slow_ingest(home: Path, file: Path, until: Callable[[str], bool]) -> list[str]:
    """Run the slow ingest until it says a line, then kill it a little later; give its lines."""
    said: list[str] = []
    with running([sys.executable, "-c", SLOW_INGEST, str(home), str(file)]) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.strip())
            if until(said[-1]):
                time.sleep(random.uniform(0, 0.08))
                process.send_signal(signal.SIGKILL)
                break
        said += [line.strip() for line in process.stdout]
        assert process.wait() in (0, -signal.SIGKILL)
    return said


def encoded(said: Sequence[str]) -> int:
    return sum(int(line.split()[1]) for line in said if line.startswith("encode"))


@pytest.mark.slow
def test_killed_again_and_again_it_answers_and_goes_on(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "docs.jsonl"
    documents = facts(MANY)
    build(home, documents=jsonl(file, *documents[:20]))
    old = found(home, "item")
    jsonl(file, *documents)
    for stop in ("read 100", "keywords 0", "embed 96", "vectors 0"):
        kept = embedded(home)
        said = slow_ingest(home, file, lambda line, stop=stop: line == stop)  # type: ignore[misc]
        # Only the last kill can come too late: then everything is there, and nothing in between.
        assert "done 1" not in said or stop == "vectors 0"
        assert kept <= embedded(home) <= kept + encoded(said)
        with open_library(home) as library:
            status = library.status()
            assert status.passages in (20, MANY)
            vectors = library.vectors()
            assert vectors is None or (stop == "vectors 0" and len(vectors) == MANY)
        if status.passages == 20:
            assert found(home, "item") == old
        assert found(home, documents[3]["text"].split()[5]) == [documents[3]["text"]]
    kept = embedded(home)
    assert kept >= 96
    said = slow_ingest(home, file, lambda line: False)
    assert said[-1] == "done 1"
    assert encoded(said) == MANY - kept
    with open_library(home) as library:
        ids = library.passage_ids()
        vectors = library.vectors()
        assert len(ids) == len(set(ids)) == MANY
        assert vectors is not None
        assert len(vectors) == embedded(home) == MANY
        assert library.status().embedded == MANY


@pytest.mark.slow
def test_while_one_writes_others_read_and_a_second_writer_is_told(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "docs.jsonl"
    documents = facts(MANY)
    build(home, documents=jsonl(file, *documents[:20]))
    jsonl(file, *documents)
    with running([sys.executable, "-c", SLOW_INGEST, str(home), str(file)]) as process:
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            if line.split()[0] in ("encode", "keywords", "embed"):
                with open_library(home) as library:
                    seen.append(library.status().passages)
                with pytest.raises(LibraryError, match="another studypath is writing") as raised:
                    build(home, documents=file)
                assert "\n" not in str(raised.value)
        assert process.wait() == 0
    assert seen[0] == 20
    assert seen == sorted(seen)
    assert seen[-1] == MANY


class Counting:
    """The real model, counting what it is given."""

    def __init__(self, model: str) -> None:
        self._model = passage_embedder(model)
        self.name, self.dimension = self._model.name, self._model.dimension
        self.texts = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += len(texts)
        return self._model.encode(texts)

    def is_word(self, lower: str) -> bool:
        return self._model.is_word(lower)


@pytest.mark.slow
def test_a_real_ingest_killed_while_it_embeds_is_resumed(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipped library comes first, so that the model is exported already."""
    home, file = tmp_path / "home", tmp_path / "docs.jsonl"
    jsonl(file, *facts(60))
    cache = Path(os.environ.get("STUDYPATH_CACHE", shipped.parent / "cache"))
    command = [sys.executable, "-m", "ui.cli", "ingest", "--home", str(home)]
    command += ["--documents", str(file)]
    deadline = time.monotonic() + 120
    with running(command, cache) as process:
        while not embedded(home) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    kept = embedded(home)
    assert kept == ingest.indexing.FIRST_BATCH
    assert len(found(home, "item")) == 10
    made: list[Counting] = []

    def counting(model: str) -> Embedder:
        made.append(Counting(model))
        return made[-1]

    monkeypatch.setattr("ingest.indexing.passage_embedder", counting)
    build_library(home, BuildOptions(MODEL, cache, documents=file), quiet)
    assert [model.texts for model in made] == [60 - kept]
    with open_library(home) as library:
        vectors = library.vectors()
        assert vectors is not None
        assert len(vectors) == len(set(library.passage_ids())) == 60
