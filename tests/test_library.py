"""The store: what is written is read back, generations swap whole, and damage is told."""

import shutil
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.errors import InputError, LibraryError
from ingest.extract import Document, read_markdown
from ingest.indexing import publish_keywords
from ingest.library import BATCH, Library, SourceRow, open_library
from ingest.split import Passage, split
from ingest.vectors import VectorIndex, write_vectors
from ingest.writer import LibraryWriter, writing

LIKE = (
    "A learning rate sets how far each step goes; a large one overshoots the valley and a small"
    " one takes very many steps to reach the bottom, so most people try several and watch the loss."
)


def document(doc_id: str, text: str, title: str = "") -> Document:
    return read_markdown(
        text,
        id=doc_id,
        url=f"https://example.org/{doc_id}",
        title=title or doc_id,
        kind="article",
        fetched_at="2026-01-02T03:04:05Z",
    )


def passages(of: Document) -> tuple[Passage, ...]:
    return split(of, lambda text: len(text.split()))


def row(resource_id: str, *section_ids: str) -> SourceRow:
    return SourceRow(
        resource_id=resource_id,
        kind="reading",
        title=resource_id.title(),
        url=f"https://example.org/{resource_id}",
        resolved_url=f"https://example.org/{resource_id}",
        section_ids=section_ids or ("m1w1-one",),
        status="indexed",
        reason="",
        passages=0,
        bytes=7,
        fetched_at="2026-01-02T03:04:05Z",
    )


def stage(writer: LibraryWriter, texts: Mapping[str, str]) -> None:
    """Stage one document per resource, both under the same name."""
    for ordinal, (name, text) in enumerate(texts.items()):
        made = document(name, text)
        writer.replace(row(name), ordinal, made.content_hash, [(made, passages(made))])
    writer.keep_only(list(texts))


def publish(home: Path, texts: Mapping[str, str]) -> None:
    with writing(home) as writer:
        stage(writer, texts)
        publish_keywords(writer, {"collection": "0", "model": "m@1"}, lambda _: None)


def texts_of(library: Library) -> list[str]:
    entries = library.entries(library.passage_ids())
    return [entries[i].passage.text for i in library.passage_ids()]


def found(library: Library, question: str) -> list[str]:
    index, ids = library.keywords()
    entries = library.entries([str(ids[r]) for r in index.search(question, 10).rows])
    return sorted(entry.passage.doc_id for entry in entries.values())


# ── what cannot be opened ───────────────────────────────────────────────────────────────────────


def test_an_empty_home_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"no library yet.*studypath ingest") as raised:
        Library(tmp_path)
    assert isinstance(raised.value, InputError)
    assert raised.value.exit_code == 2


def test_an_unfinished_first_ingest_is_no_library(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        stage(writer, {"a": "Staged, never published."})
    with pytest.raises(LibraryError, match=r"first ingest.*studypath ingest"):
        Library(tmp_path)


def test_another_layout_is_told_to_readers_and_writers(tmp_path: Path) -> None:
    publish(tmp_path, {"a": "Some words."})
    with sqlite3.connect(tmp_path / "library.db") as database:
        database.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    with pytest.raises(LibraryError, match="layout 99"):
        Library(tmp_path)
    with pytest.raises(LibraryError, match="layout 99"), writing(tmp_path):
        pass


def test_a_damaged_database_is_told_and_the_lock_let_go(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_bytes(b"this is no database at all " * 100)
    with pytest.raises(LibraryError, match="damaged"):
        Library(tmp_path)
    for _ in range(2):  # the second time would say "another studypath" if the lock were kept
        with pytest.raises(LibraryError, match="damaged") as raised, writing(tmp_path):
            pass
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["postings.npz", "ids.npy"])
@pytest.mark.parametrize("damage", ["missing", "cut", "noise"])
def test_damaged_postings_name_their_remedy(tmp_path: Path, name: str, damage: str) -> None:
    publish(tmp_path, {"a": "Some words about gradients."})
    file = tmp_path / "keywords-1" / name
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:40] if damage == "cut" else b"\x00noise" * 50)
    with open_library(tmp_path) as library, pytest.raises(LibraryError, match="studypath reindex"):
        library.keywords()


def test_damaged_postings_are_made_again_by_the_next_ingest(tmp_path: Path) -> None:
    publish(tmp_path, {"a": "Some words about gradients."})
    (tmp_path / "keywords-1" / "postings.npz").write_bytes(b"noise")
    publish(tmp_path, {"a": "Some words about gradients."})
    with open_library(tmp_path) as library:
        assert found(library, "gradients") == ["a"]


# ── what is written is read back ────────────────────────────────────────────────────────────────


def test_documents_and_passages_come_back_as_they_were(tmp_path: Path) -> None:
    text = (
        "# Trees'); DROP TABLE documents;--\n\nÄpfel, 🌳 and \x00 bytes.\n\n## Code\n\n"
        "```python\nx = {'a': \"b\"}\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    made = document('it\'s "odd" %_?', text, title="'; --")
    with writing(tmp_path) as writer:
        writer.replace(row("r"), 0, "f", [(made, passages(made))])
        publish_keywords(writer, {"collection": "0"}, lambda _: None)
        assert list(writer.documents()) == [made]
    with open_library(tmp_path) as library:
        assert library.document(made.id) == made
        ids = library.passages_of(made.id)
        entries = library.entries(ids)
        assert tuple(entries[i].passage for i in ids) == passages(made)
        for entry in entries.values():
            held = entry.passage
            assert made.text[held.start : held.end] == held.text
            assert (entry.title, entry.kind, entry.url) == (made.title, made.kind, made.url)


def test_the_ledger_comes_back_in_the_order_of_the_path(tmp_path: Path) -> None:
    rows = [replace(row(name), reason=f"why {name}") for name in ("zeta", "alpha", "mid")]
    with writing(tmp_path) as writer:
        for ordinal, one in enumerate(rows):
            made = document(one.resource_id, "Three words here.")
            writer.replace(one, ordinal, "f", [(made, passages(made))])
        publish_keywords(writer, {"collection": "0"}, lambda _: None)
    with open_library(tmp_path) as library:
        assert library.sources() == tuple(replace(one, passages=1) for one in rows)


def test_many_passages_are_read_in_several_statements(tmp_path: Path) -> None:
    names = [f"d{i}" for i in range(BATCH + 107)]
    publish(tmp_path, {name: f"The document called {name} says little." for name in names})
    with open_library(tmp_path) as library:
        ids = library.passage_ids()
        assert len(ids) == len(names)
        assert set(library.entries(ids)) == set(ids)
        assert len(library.sections_of(names)) == len(names)
        assert library.entries(["no such passage"]) == {}
        assert library.document("no such document") is None


def test_a_document_names_every_section_that_links_to_it_once_in_path_order(
    tmp_path: Path,
) -> None:
    made = document("shared", "One page that two sections link to.")
    with writing(tmp_path) as writer:
        for ordinal, sections in enumerate((("m1w2-b", "m1w1-a"), ("m2w1-c", "m1w1-a"))):
            writer.replace(row(f"r{ordinal}", *sections), ordinal, "f", [(made, passages(made))])
        publish_keywords(writer, {"collection": "0"}, lambda _: None)
    with open_library(tmp_path) as library:
        assert library.sections_of(["shared"]) == {"shared": ("m1w2-b", "m1w1-a", "m2w1-c")}
        assert len(library.passage_ids()) == 1


def test_near_identical_passages_are_found_once_with_all_their_sources(tmp_path: Path) -> None:
    texts = {"first": LIKE, "other": "Trees split on one feature.", "copy": LIKE + " Really."}
    publish(tmp_path, texts)
    with open_library(tmp_path) as library:
        assert found(library, "learning rate overshoots") == ["first"]
        (kept,) = library.entries(library.passages_of("first")).values()
        assert [twin.doc_id for twin in kept.also_in] == ["copy"]
        assert kept.also_in[0].url == "https://example.org/copy"
        assert kept.also_in[0].section_ids == ("m1w1-one",)
    publish(tmp_path, {name: text for name, text in texts.items() if name != "first"})
    with open_library(tmp_path) as library:
        assert found(library, "learning rate overshoots") == ["copy"]
        (kept,) = library.entries(library.passages_of("copy")).values()
        assert kept.also_in == ()


# ── generations ─────────────────────────────────────────────────────────────────────────────────


def test_staged_work_is_seen_by_nobody_before_it_is_published(tmp_path: Path) -> None:
    publish(tmp_path, {"a": "The first words.", "b": "Stays as it is."})
    with open_library(tmp_path) as reader, writing(tmp_path) as writer:
        stage(writer, {"a": "The second words.", "b": "Stays as it is."})
        assert reader.is_current()
        assert texts_of(reader) == ["The first words.", "Stays as it is."]
        with open_library(tmp_path) as another:
            assert texts_of(another) == ["The first words.", "Stays as it is."]
            assert found(another, "second") == []
        publish_keywords(writer, {"collection": "0"}, lambda _: None)
        assert not reader.is_current()
        assert texts_of(reader) == ["The first words.", "Stays as it is."]
        assert found(reader, "first") == ["a"]
        with open_library(tmp_path) as another:
            assert sorted(texts_of(another)) == ["Stays as it is.", "The second words."]


def test_a_changed_document_keeps_the_ids_of_what_did_not_change(tmp_path: Path) -> None:
    kept, lost, new = (f"## {word}\n\n{word.lower()} " * 50 for word in ("Kept", "Lost", "New"))
    publish(tmp_path, {"a": f"{kept}\n\n{lost}"})
    with open_library(tmp_path) as library:
        before = set(library.passage_ids())
    publish(tmp_path, {"a": f"{new}\n\n{kept}"})
    with open_library(tmp_path) as library:
        after = set(library.passage_ids())
        assert found(library, "lost") == []
        assert library.entries(list(before - after)) == {}
    assert before & after


def test_a_document_leaves_with_the_last_resource_that_links_to_it(tmp_path: Path) -> None:
    made = document("shared", "One page that two sections link to.")
    publish(tmp_path, {"x": "Something that stays."})
    with writing(tmp_path) as writer:
        for name in ("one", "two"):
            writer.replace(row(name), 1, "f", [(made, passages(made))])
        publish_keywords(writer, {"collection": "0"}, lambda _: None)
        for left, held in ((["x", "two"], True), (["x"], False)):
            writer.keep_only(left)
            publish_keywords(writer, {"collection": "0"}, lambda _: None)
            with open_library(tmp_path) as library:
                assert (library.document("shared") is not None) == held
                assert bool(found(library, "sections link")) == held
                assert [source.resource_id for source in library.sources()] == left


def test_nothing_new_makes_no_generation(tmp_path: Path) -> None:
    publish(tmp_path, {"a": "Some words."})
    with open_library(tmp_path) as reader, writing(tmp_path) as writer:
        writer.record(row("a"), 0)
        publish_keywords(writer, {"collection": "0", "model": "m@1"}, lambda _: None)
        assert not writer.has_changes()
        assert reader.is_current()
        writer.tell({"path_text": "another"})
        assert not reader.is_current()


def test_old_generations_are_swept(tmp_path: Path) -> None:
    for number in range(4):
        publish(tmp_path, {"a": f"Words of version {number}."})
    assert sorted(p.name for p in tmp_path.glob("keywords-*")) == ["keywords-3", "keywords-4"]
    with sqlite3.connect(tmp_path / "library.db") as database:
        assert database.execute("SELECT count(*) FROM documents").fetchone()[0] == 2
        assert database.execute("SELECT count(*) FROM passages").fetchone()[0] == 2


def test_readers_answer_while_a_writer_works(tmp_path: Path) -> None:
    def version(number: int) -> dict[str, str]:
        return {f"d{i}": f"Version {number} of document {i} about gradients." for i in range(30)}

    publish(tmp_path, version(0))
    done, wrong = threading.Event(), []

    def read() -> None:
        while not done.is_set():
            with open_library(tmp_path) as library:
                try:
                    texts = texts_of(library)
                except LibraryError as error:
                    wrong.append(str(error))
                    return
            # Two more generations may have swept what this reader was looking at; a mixture of
            # two generations is never seen.
            if len({text.split()[1] for text in texts}) > 1 or len(texts) not in (0, 30):
                wrong.append(f"{len(texts)}: {texts[:3]}")

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for number in range(1, 6):
            publish(tmp_path, version(number))
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert wrong == []
    with open_library(tmp_path) as library:
        assert texts_of(library)[0].startswith("Version 5")


def test_a_second_writer_gets_one_clear_line(tmp_path: Path) -> None:
    refused = pytest.raises(LibraryError, match="another studypath is writing")
    with writing(tmp_path), refused as raised, writing(tmp_path):
        pass
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == 2
    with writing(tmp_path) as writer:  # let go of: the next one may
        assert writer.generation == 1


# ── vectors ─────────────────────────────────────────────────────────────────────────────────────


def unit_rows(count: int, seed: int = 1) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(count, 24)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def test_the_index_finds_what_an_exact_product_finds(tmp_path: Path) -> None:
    vectors, questions = unit_rows(400), unit_rows(10, seed=2)
    names = [f"p{i}#0" for i in range(400)]
    write_vectors(tmp_path / "vectors-1", names, vectors)
    index = VectorIndex(tmp_path / "vectors-1")
    assert len(index) == 400
    for question in questions:
        ids, similarities = index.search(question, 20)
        exact = vectors @ question
        assert ids == [names[i] for i in np.argsort(-exact)[:20]]
        assert similarities == pytest.approx(np.sort(exact)[::-1][:20], abs=1e-5)


def test_more_than_there_are_nothing_and_none(tmp_path: Path) -> None:
    write_vectors(tmp_path / "few", ["a#0", "b#0"], unit_rows(2))
    write_vectors(tmp_path / "none", [], unit_rows(0))
    few, none = VectorIndex(tmp_path / "few"), VectorIndex(tmp_path / "none")
    assert len(few.search(unit_rows(1)[0], 50)[0]) == 2
    for index, k in ((few, 0), (none, 5)):
        ids, similarities = index.search(unit_rows(1)[0], k)
        assert ids == []
        assert similarities.shape == (0,)
    with pytest.raises(ValueError, match="unique"):
        write_vectors(tmp_path / "twice", ["a#0", "a#0"], unit_rows(2))


def test_a_missing_or_damaged_vector_folder_names_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="studypath reindex"):
        VectorIndex(tmp_path / "gone")
    (tmp_path / "empty").mkdir()
    with pytest.raises(LibraryError, match="studypath reindex"):
        VectorIndex(tmp_path / "empty")
    (tmp_path / "noise").mkdir()
    (tmp_path / "noise" / "chroma.sqlite3").write_bytes(b"no database " * 400)
    with pytest.raises(LibraryError, match="studypath reindex"):
        VectorIndex(tmp_path / "noise")


def test_vectors_swap_whole_and_old_readers_keep_theirs(tmp_path: Path) -> None:
    publish(tmp_path, {"a": "Some words."})
    question = unit_rows(1, seed=3)[0]
    with writing(tmp_path) as writer:
        assert not writer.vectors_are_current()
        with open_library(tmp_path) as library:
            assert library.vectors() is None
        opened = []
        for number in (1, 2, 3):
            writer.publish_vectors([f"v{number}#0"], unit_rows(1, number), {"model": "m@1"})
            assert writer.vectors_are_current()
            with open_library(tmp_path) as library:
                opened.append(library.vectors())
        kept = sorted(p.name for p in tmp_path.glob("vectors-*"))
        assert kept == ["vectors-2", "vectors-3"]
        for number, index in zip((2, 3), opened[1:], strict=True):
            assert index is not None
            assert index.search(question, 1)[0] == [f"v{number}#0"]
        stage(writer, {"a": "Other words."})
        publish_keywords(writer, {"collection": "0", "model": "m@1"}, lambda _: None)
        assert not writer.vectors_are_current()
        writer.forget_vectors()
    with open_library(tmp_path) as library:
        assert library.vectors() is None


def test_vectors_are_kept_by_text_and_model(tmp_path: Path) -> None:
    one, other = unit_rows(3, seed=4), unit_rows(3, seed=5)
    with writing(tmp_path) as writer:
        writer.keep_vectors("m@1", ["x", "y", "z"], one, 3)
        writer.keep_vectors("m@2", ["x", "y", "z"], other, 3)
    with writing(tmp_path) as writer:  # still there for the next run
        assert writer.known_vectors("m@1") == {"x", "y", "z"}
        assert writer.known_vectors("m@3") == set()
        assert np.array_equal(writer.load_vectors("m@1", ["z", "x", "z"]), one[[2, 0, 2]])
        assert np.array_equal(writer.load_vectors("m@2", ["y"]), other[[1]])
        assert len(writer.load_vectors("m@1", [])) == 0


def test_each_embedded_batch_is_counted_but_reopens_no_reader(tmp_path: Path) -> None:
    publish(tmp_path, {"a": "Some words.", "b": "Other words.", "c": "Third words."})
    with open_library(tmp_path) as reader, writing(tmp_path) as writer:
        assert reader.status().embedded == 0
        writer.keep_vectors("m@1", ["x", "y"], unit_rows(2), 2)
        assert reader.status().embedded == 2
        assert reader.is_current()
        ids = [f"{i}#0" for i in reader.passage_ids()]
        writer.publish_vectors(ids, unit_rows(3), {"model": "m@1"})
        assert not reader.is_current()
        assert reader.status().embedded == reader.status().passages == 3


def test_a_copied_home_is_a_library_of_its_own(tmp_path: Path) -> None:
    publish(tmp_path / "one", {"a": "Some words."})
    with writing(tmp_path / "one") as writer:
        writer.publish_vectors(["p#0"], unit_rows(1), {"model": "m@1"})
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    publish(tmp_path / "two", {"a": "Other words."})
    names: Sequence[str] = ("one", "two")
    said = []
    for name in names:
        with open_library(tmp_path / name) as library:
            said += texts_of(library)
            index = library.vectors()
            assert index is not None
            assert len(index) == 1
    assert said == ["Some words.", "Other words."]
