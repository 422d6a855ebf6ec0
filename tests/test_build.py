"""From a path to a library: the ledger, resuming, swapping, and plain collections."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.build import BuildOptions, BuildSummary, build_library, reindex
from ingest.embed import MODEL
from ingest.errors import InputError, LibraryError
from ingest.library import Library, open_library
from ingest.progress import Progress
from ingest.writer import writing

STATUSES = {
    "indexed",
    "unchanged",
    "partial",
    "robots-denied",
    "not-found",
    "login-wall",
    "no-text",
    "no-captions",
    "unreachable",
    "not-in-archive",
    "skipped",
}
PATH = """# A small path
## Month 1: One
### Week 1: First
#### Trees (2 hours)
- **Topics:**
  - Decision trees
- **Resources:**
  - **Reading:** [Preprocessing](https://scikit-learn.org/stable/modules/preprocessing.html)
  - **Reading:** [Gone](https://example.org/gone)
"""


def quiet(_: Progress) -> None:
    pass


def build(home: Path, cache: Path, **options: object) -> BuildSummary:
    chosen = BuildOptions(MODEL, cache, offline=True, vectors=False, **options)  # type: ignore[arg-type]
    return build_library(home, chosen, quiet)


@pytest.fixture(scope="module")
def ledger(small_warc: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("ledger") / "home"
    build(home, home / "cache", archive=small_warc)
    return home


def test_no_link_disappears(ledger: Path) -> None:
    with open_library(ledger) as library:
        rows = [row for row in library.sources() if row.kind not in ("path", "note")]
    assert len([row for row in rows if row.url]) == 133
    assert len({row.resource_id for row in rows}) == len(rows)
    assert {row.status for row in rows} <= STATUSES
    assert all(row.reason for row in rows if row.status not in ("indexed", "unchanged"))
    assert all(row.passages > 0 for row in rows if row.status == "indexed")
    assert all(row.passages == 0 for row in rows if row.status in ("skipped", "not-in-archive"))


def test_real_pages_become_passages_without_their_frame(ledger: Path) -> None:
    with open_library(ledger) as library:
        entries = library.entries(library.passage_ids()).values()
    texts = [entry.passage.text.lower() for entry in entries if entry.kind != "note"]
    assert len(texts) > 500
    for words in ("accept all cookies", "subscribe to our newsletter", "edit this page", "skip to"):
        assert not [text[:80] for text in texts if words in text], words


def test_passages_are_exact_stretches_of_their_document(ledger: Path) -> None:
    with open_library(ledger) as library:
        for passage_id in library.passage_ids()[::25]:
            passage = library.entries([passage_id])[passage_id].passage
            document = library.document(passage.doc_id)
            assert document is not None
            assert document.text[passage.start : passage.end] == passage.text


def test_an_unchanged_archive_changes_nothing(ledger: Path, small_warc: Path) -> None:
    before = Library(ledger)
    summary = build(ledger, ledger / "cache", archive=small_warc)
    assert summary.indexed == 0
    assert summary.unchanged > 30
    assert before.is_current()


def test_what_cannot_be_read_now_is_kept(tmp_path: Path, small_warc: Path) -> None:
    home, path = tmp_path / "home", tmp_path / "path.md"
    path.write_text(PATH, encoding="utf-8")
    first = build(home, tmp_path, path=path, archive=small_warc)
    again = build(home, tmp_path)  # offline, and the home has no archive of its own
    assert again.passages == first.passages
    with open_library(home) as library:
        row = next(r for r in library.sources() if r.title == "Preprocessing")
    assert row.status == "unchanged"
    assert "kept" in row.reason


def test_a_resource_that_leaves_the_path_leaves_the_index(tmp_path: Path, small_warc: Path) -> None:
    home, path = tmp_path / "home", tmp_path / "path.md"
    path.write_text(PATH, encoding="utf-8")
    build(home, tmp_path, path=path, archive=small_warc)
    path.write_text(
        PATH.replace("stable/modules/preprocessing.html", "stable/x.html"), encoding="utf-8"
    )
    build(home, tmp_path, path=path, archive=small_warc)
    with open_library(home) as library:
        kinds = {entry.kind for entry in library.entries(library.passage_ids()).values()}
    assert kinds == {"path"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("# Title\n\nNo link at all.\n", "no http"),
        (PATH + PATH.split("### Week 1: First\n")[1], "Trees"),
    ],
)
def test_bad_paths_get_one_line_and_nothing_is_written(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "path.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said) as raised:
        build(tmp_path / "home", tmp_path, path=path)
    assert "\n" not in str(raised.value)
    with pytest.raises(LibraryError):
        Library(tmp_path / "home")


def jsonl(file: Path, *documents: object) -> Path:
    file.write_text("\n".join(json.dumps(d) for d in documents), encoding="utf-8")
    return file


def test_a_collection_keeps_its_ids_and_its_empty_documents(tmp_path: Path) -> None:
    file = jsonl(
        tmp_path / "docs.jsonl",
        {"id": "a", "title": "Bread", "text": "Sourdough bread needs a starter."},
        {"_id": 7, "title": "Only a title", "text": ""},
        {"id": "c", "title": "", "text": ""},
        {"id": "d", "title": "Bread", "text": "Sourdough bread needs a starter."},
    )
    summary = build(tmp_path / "home", tmp_path, documents=file)
    assert summary.resources == 4
    assert summary.passages == 3
    with open_library(tmp_path / "home") as library:
        index, ids = library.keywords()
        entries = library.entries([str(ids[r]) for r in index.search("sourdough", 10).rows])
    assert {entry.passage.doc_id for entry in entries.values()} == {"a", "d"}


@pytest.mark.parametrize(
    ("line", "said"),
    [("{broken", ":2: not JSON"), ('{"text": "x"}', ":2: expected"), ('{"id": "a"}', "twice")],
)
def test_a_broken_collection_names_the_line(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "docs.jsonl"
    file.write_text('{"id": "a", "text": "one"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=said):
        build(tmp_path / "home", tmp_path, documents=file)


def test_a_path_and_a_collection_do_not_mix(tmp_path: Path) -> None:
    file = jsonl(tmp_path / "docs.jsonl", {"id": "a", "text": "one"})
    build(tmp_path / "home", tmp_path, documents=file)
    with pytest.raises(InputError, match="already holds documents"):
        build(tmp_path / "home", tmp_path)


def test_another_models_library_is_recognised(tmp_path: Path) -> None:
    file = jsonl(tmp_path / "docs.jsonl", {"id": "a", "text": "one"})
    home = tmp_path / "home"
    build(home, tmp_path, documents=file)
    with sqlite3.connect(home / "library.db") as database:
        database.execute("UPDATE meta SET value = 'other@1' WHERE key = 'model'")
    with pytest.raises(LibraryError, match="studypath reindex"):
        build(home, tmp_path, documents=file)
    reindex(home, BuildOptions(MODEL, tmp_path, vectors=False), quiet)
    assert build(home, tmp_path, documents=file).unchanged == 1


def test_a_second_writer_gets_one_clear_line(tmp_path: Path) -> None:
    with (
        writing(tmp_path),
        pytest.raises(LibraryError, match="another studypath"),
        writing(tmp_path),
    ):
        pass


def test_a_reader_keeps_its_generation_while_a_writer_works(tmp_path: Path) -> None:
    home = tmp_path / "home"
    build(home, tmp_path, documents=jsonl(tmp_path / "d.jsonl", {"id": "a", "text": "first"}))
    reader = Library(home)
    build(home, tmp_path, documents=jsonl(tmp_path / "d.jsonl", {"id": "a", "text": "second"}))
    assert [e.passage.text for e in reader.entries(reader.passage_ids()).values()] == ["first"]
    assert not reader.is_current()
    now = Library(home)
    assert [e.passage.text for e in now.entries(now.passage_ids()).values()] == ["second"]


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.8, 2.0, 6.0])
def test_a_killed_ingest_leaves_the_last_library_and_resumes(tmp_path: Path, after: float) -> None:
    home = tmp_path / "home"
    documents = [
        {"id": str(i), "text": f"Document {i} tells of topic {i}. " * 6} for i in range(400)
    ]
    build(home, tmp_path, documents=jsonl(tmp_path / "d.jsonl", *documents[:5]))
    jsonl(tmp_path / "d.jsonl", *documents)
    command = [sys.executable, "-m", "ui.cli", "ingest", "--home", str(home)]
    command += ["--documents", str(tmp_path / "d.jsonl")]
    environment = {**os.environ, "STUDYPATH_CACHE": str(tmp_path / "cache")}
    root = Path(__file__).resolve().parents[1]
    process = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with open_library(home) as library:
        assert len(library.passage_ids()) in (5, 400)
        index, _ = library.keywords()
        assert len(index.search("topic 3", 5).rows)
    build(home, tmp_path, documents=tmp_path / "d.jsonl")
    with open_library(home) as library:
        ids = library.passage_ids()
    assert len(ids) == len(set(ids)) == 400
