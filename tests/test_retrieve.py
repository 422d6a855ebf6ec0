"""Two legs, their fusion, the caps, and search as a whole on real vectors."""

import json
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from assistant.ask import Assistant
from assistant.rank import PER_SOURCE, cap_sources, distinct
from assistant.retrieve import (
    EMPTY,
    Fused,
    Hit,
    Leg,
    best_per_document,
    fuse,
    min_max,
    reciprocal_ranks,
    three_deviations,
    vector_leg,
)
from assistant.search import Searcher
from assistant.settings import Settings
from ingest.build import BuildOptions, build_library, reindex
from ingest.embed import MODEL, Embedder
from ingest.errors import LibraryError
from ingest.library import Entry, open_library
from ingest.progress import Progress
from ingest.split import Passage


def quiet(_: Progress) -> None:
    pass


# ── fusion ──────────────────────────────────────────────────────────────────────────────────────

METHODS = ("convex", "distribution", "rrf")
scores = st.floats(-5, 5).map(lambda value: round(value, 3))
legs = st.dictionaries(st.sampled_from("abcdefgh"), scores, max_size=6)
methods = st.sampled_from(METHODS)
alphas = st.floats(0.05, 0.95)


def leg(by_id: dict[str, float]) -> Leg:
    order = sorted(by_id, key=lambda i: (-by_id[i], i))
    return Leg(tuple(order), np.array([by_id[i] for i in order], dtype=np.float64))


@given(legs, legs, methods, alphas)
def test_everything_found_is_kept_once_in_order_with_who_found_it(
    words: dict[str, float], meaning: dict[str, float], method: str, alpha: float
) -> None:
    fused = fuse(leg(words), leg(meaning), method, alpha)
    assert sorted(f.id for f in fused) == sorted({*words, *meaning})
    assert list(fused) == sorted(fused, key=lambda f: (-f.score, f.id))
    for item in fused:
        assert item.found_by == ("bm25",) * (item.id in words) + ("vector",) * (item.id in meaning)
        assert -1e-9 <= item.score <= 1 + 1e-9


def rank(fused: Sequence[Fused], wanted: str) -> int:
    """Count the ids that are better than the wanted one."""
    own = next(f.score for f in fused if f.id == wanted)
    return sum(f.score > own + 1e-9 for f in fused)


@given(legs, legs, st.sampled_from(["convex", "rrf"]), alphas, st.data())
def test_a_better_score_never_costs_a_passage_its_place(
    words: dict[str, float],
    meaning: dict[str, float],
    method: str,
    alpha: float,
    data: st.DataObject,
) -> None:
    assume(words)
    raised = data.draw(st.sampled_from(sorted(words)))
    better = {**words, raised: words[raised] + data.draw(st.sampled_from([0.1, 1.0, 20.0]))}
    before = fuse(leg(words), leg(meaning), method, alpha)
    after = fuse(leg(better), leg(meaning), method, alpha)
    assert rank(after, raised) <= rank(before, raised)


@given(legs, legs, alphas)
def test_convex_fusion_forgets_the_units_of_a_leg(
    words: dict[str, float], meaning: dict[str, float], alpha: float
) -> None:
    plain = fuse(leg(words), leg(meaning), "convex", alpha)
    scaled = fuse(
        leg({i: 8 * score + 2 for i, score in words.items()}), leg(meaning), "convex", alpha
    )
    one, other = ({f.id: f.score for f in fused} for fused in (plain, scaled))
    assert one == pytest.approx(other)


@given(legs, methods)
def test_one_leg_alone_keeps_its_order(words: dict[str, float], method: str) -> None:
    for fused in (fuse(leg(words), EMPTY, method), fuse(EMPTY, leg(words), method)):
        given_ = [words[f.id] for f in fused]
        # Scores at the very ends may be cut to the same value; then ids decide.
        if method != "distribution":
            assert given_ == sorted(given_, reverse=True)
    assert fuse(EMPTY, EMPTY, method) == ()


def test_convex_fusion_by_hand() -> None:
    words = Leg(("a", "b", "c"), np.array([4.0, 3.0, 2.0]))
    meaning = Leg(("b", "d"), np.array([0.9, 0.5]))
    fused = fuse(words, meaning, "convex", 0.6)
    assert [f.id for f in fused] == ["b", "a", "c", "d"]
    assert [f.score for f in fused] == pytest.approx([0.8, 0.4, 0.0, 0.0])


def test_rank_fusion_by_hand() -> None:
    fused = fuse(Leg(("a", "b"), np.array([9.0, 1.0])), Leg(("b",), np.array([0.1])), "rrf")
    assert [f.id for f in fused] == ["b", "a"]
    assert [f.score for f in fused] == pytest.approx([1 / 62 + 1 / 61, 1 / 61])


@pytest.mark.parametrize(
    ("given_", "scaled"),
    [
        ([], []),
        ([3.0], [1.0]),
        ([2.0, 2.0], [1.0, 1.0]),
        ([0.0, 0.0], [1.0, 1.0]),
        ([5.0, 3.0, 1.0], [1.0, 0.5, 0.0]),
        ([-1.0, -3.0], [1.0, 0.0]),
    ],
)
def test_min_max(given_: list[float], scaled: list[float]) -> None:
    assert min_max(np.array(given_)).tolist() == pytest.approx(scaled)


@given(st.lists(scores, max_size=20).map(lambda found: sorted(found, reverse=True)))
def test_every_scale_stays_within_0_and_1_and_in_order(found: list[float]) -> None:
    for scale in (min_max, three_deviations, reciprocal_ranks):
        scaled = scale(np.array(found))
        assert len(scaled) == len(found)
        assert np.isfinite(scaled).all()
        assert ((scaled >= 0) & (scaled <= 1)).all()
        assert (np.diff(scaled) <= 1e-12).all()


# ── legs ────────────────────────────────────────────────────────────────────────────────────────


class Windows:
    """Stands for a vector index that finds given windows."""

    def __init__(self, *found: tuple[str, float]) -> None:
        self.found = found

    def search(self, vector: NDArray[np.float32], k: int) -> tuple[list[str], NDArray[np.float64]]:
        best = self.found[:k]
        return [name for name, _ in best], np.array([score for _, score in best])


def test_a_passage_counts_with_its_best_window() -> None:
    index = Windows(("long#7", 0.9), ("a#b#0", 0.8), ("long#0", 0.7), ("last#1", 0.1))
    found = vector_leg(index, np.zeros(3, dtype=np.float32), 10)  # type: ignore[arg-type]
    assert found.as_dict() == {"long": 0.9, "a#b": 0.8, "last": 0.1}
    assert vector_leg(index, np.zeros(3, dtype=np.float32), 2).ids == ("long", "a#b")  # type: ignore[arg-type]


def test_each_document_is_kept_with_its_best_passage() -> None:
    found = Leg(("p1", "p2", "q1", "gone", "p3"), np.array([5.0, 4.0, 3.0, 2.0, 1.0]))
    documents = {"p1": "p", "p2": "p", "p3": "p", "q1": "q"}
    assert best_per_document(found, documents).as_dict() == {"p1": 5.0, "q1": 3.0}
    assert best_per_document(EMPTY, documents).ids == ()


# ── caps ────────────────────────────────────────────────────────────────────────────────────────


def hit(doc_id: str, number: int, score: float, content: str = "") -> Hit:
    passage = Passage(
        id=f"{doc_id}-{number}",
        doc_id=doc_id,
        ordinal=number,
        text=content or f"{doc_id} {number}",
        start=0,
        end=1,
        heading_path=(),
        anchor=None,
        content_hash=content or f"{doc_id} {number}",
        tokens=2,
    )
    return Hit(Entry(passage, doc_id, "article", "", "", ()), score, ("bm25",), 0.0, 0.0)


@given(st.lists(st.sampled_from("abc"), max_size=25), st.integers(1, 30), st.integers(1, 5))
def test_a_source_fills_only_what_no_other_can(sources: list[str], k: int, most: int) -> None:
    hits = [hit(source, n, 1 - n / 100) for n, source in enumerate(sources)]
    taken = cap_sources(hits, k, most)
    assert len(taken) == min(k, len(hits))
    assert len({h.id for h in taken}) == len(taken)
    counts = Counter(h.entry.passage.doc_id for h in taken)
    waiting = Counter(sources)
    for source, count in counts.items():
        if count > most:  # then every other source is there as far as it may be
            assert all(counts[s] >= min(most, waiting[s]) for s in waiting)
        own = [h.score for h in taken if h.entry.passage.doc_id == source]
        assert own == sorted(own, reverse=True)


def test_the_fourth_of_a_source_waits() -> None:
    hits = [hit("book", n, 1 - n / 10) for n in range(5)] + [hit("page", 0, 0.1)]
    ids = [h.id for h in cap_sources(hits, 6)]
    assert PER_SOURCE == 3
    assert ids == ["book-0", "book-1", "book-2", "page-0", "book-3", "book-4"]
    assert [h.id for h in cap_sources(iter(hits), 2)] == ["book-0", "book-1"]


def test_the_same_words_are_given_once() -> None:
    hits = [hit("a", 0, 0.9, "same"), hit("b", 0, 0.8, "other"), hit("c", 0, 0.7, "same")]
    assert [h.id for h in distinct(hits)] == ["a-0", "b-0"]


# ── search on what ships ────────────────────────────────────────────────────────────────────────


def cache_of(folder: Path) -> Path:
    return Path(os.environ.get("STUDYPATH_CACHE", folder / "cache"))


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return a home with what ships, found by words and by meaning; embedded once a session."""
    home = tmp_path_factory.getbasetemp() / "shipped"
    cache = cache_of(home.parent)
    if not home.exists():
        build_library(home, BuildOptions(MODEL, cache, offline=True), quiet)
    return Settings(home=home, cache=cache)


@pytest.fixture(scope="session")
def assistant(shipped: Settings) -> Assistant:
    return Assistant(shipped)


@pytest.fixture(scope="session")
def embedder(assistant: Assistant) -> Embedder:
    found = assistant._searcher.embedder
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("HNSW", "HNSW"),
        ("how are near neighbours found by walking a layered graph", "HNSW"),
        ("splitting a collection over several machines", "Sharding and replication"),
        ("learning noise of the training data instead of the pattern", "verfitting"),
    ],
)
def test_words_and_meaning_lead_to_the_right_heading(
    assistant: Assistant, question: str, heading: str
) -> None:
    hits = assistant.search(question, 5).found.hits
    assert len(hits) == 5
    headings = [" ".join(h.entry.passage.heading_path) for h in hits]
    assert any(heading in h for h in headings), headings
    assert hits[0].score == max(h.score for h in hits)
    for h in hits:
        assert set(h.found_by) <= {"bm25", "vector"}
        assert h.found_by
        assert 0 <= h.coverage <= 1
        assert -1 <= h.similarity <= 1
        assert ("vector" in h.found_by) or h.similarity == 0
    assert any(h.found_by == ("bm25", "vector") for h in hits)


def test_search_gives_the_same_each_time_and_says_what_it_read(assistant: Assistant) -> None:
    one, other = (assistant.search("overfiting", 5).found for _ in range(2))
    assert [h.id for h in one.hits] == [h.id for h in other.hits]
    assert one.corrections == (("overfiting", "overfitting"),)
    assert one.vector is not None
    assert assistant.search("zyxwvut", 5).found.unknown


def test_one_source_does_not_fill_the_page(assistant: Assistant) -> None:
    hits = assistant.search("vector database index", 10).found.hits
    counts = Counter(h.entry.passage.doc_id for h in hits)
    assert max(counts.values()) <= PER_SOURCE


def test_no_words_are_given_twice(assistant: Assistant) -> None:
    hits = assistant.search("vector database index", 10).found.hits
    assert len({h.entry.passage.content_hash for h in hits}) == len(hits) == 10


@pytest.mark.parametrize("query", ["", " \n", "\x00\x01", "?!…", "x" * 10_000, "the " * 3_000])
def test_odd_queries_find_something_or_nothing(assistant: Assistant, query: str) -> None:
    result = assistant.search(query, 3)
    assert result.query == query
    assert len(result.found.hits) <= 3


def test_half_a_character_is_no_fault(assistant: Assistant) -> None:
    assert len(assistant.search("overfitting \udcff", 3).found.hits) == 3


def test_another_models_vectors_are_refused_and_reindex_cures_it(
    shipped: Settings, tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(model: str) -> Embedder:
        raise AssertionError("every text was embedded before")

    home = tmp_path / "home"
    shutil.copytree(shipped.home, home)
    with sqlite3.connect(home / "library.db") as database:
        database.execute("UPDATE meta SET value = 'other@1' WHERE key = 'model'")
    settings = Settings(home=home, cache=shipped.cache)
    with pytest.raises(LibraryError, match=r"indexed with other@1.*studypath reindex") as raised:
        Searcher(settings, embedder)
    assert raised.value.exit_code == 2
    monkeypatch.setattr("ingest.indexing.passage_embedder", refuse)
    reindex(home, BuildOptions(MODEL, shipped.cache), quiet)
    searcher = Searcher(settings, embedder)
    assert searcher.find("HNSW", 3).hits
    assert searcher.library.generation == 2


# ── search in collections ───────────────────────────────────────────────────────────────────────

ROWS = [(f"metal {i}", f"alloy number {i} melts at {900 + i} degrees") for i in range(120)]
TABLE = "\n".join(
    [
        "# Melting points",
        "",
        "| material | remark |",
        "|---|---|",
        *(f"| {name} | {remark} |" for name, remark in ROWS),
        "| quokka | a small marsupial that lives on an island and is known for its smile |",
    ]
)
LISTING = "\n".join(
    [
        "# Setting up",
        "",
        "```python",
        *(f"register_plugin('plugin_{i}', priority={i}, enabled=True)" for i in range(45)),
        "def rescue_penguin(ship): return ship.send_lifeboat(target='penguin')",
        "```",
    ]
)


@pytest.fixture(scope="session")
def tables(
    assistant: Assistant, tmp_path_factory: pytest.TempPathFactory, embedder: Embedder
) -> Assistant:
    """Return a collection with one long table, one long listing and an empty document."""
    folder = tmp_path_factory.mktemp("tables")
    documents = folder / "documents"
    documents.mkdir()
    (documents / "table.md").write_text(TABLE, encoding="utf-8")
    (documents / "listing.md").write_text(LISTING, encoding="utf-8")
    (documents / "empty.md").write_text("", encoding="utf-8")
    cache = assistant.settings.cache
    options = BuildOptions(MODEL, cache, documents=documents)
    build_library(folder / "home", options, quiet)
    return Assistant(Settings(home=folder / "home", cache=cache))


@pytest.mark.parametrize(
    ("question", "document", "words"),
    [
        ("quokka", "table.md", "marsupial"),
        ("which happy animal is at home on an isle?", "table.md", "marsupial"),
        ("rescue penguin", "listing.md", "lifeboat"),
        ("how is a bird at sea saved by a boat?", "listing.md", "lifeboat"),
    ],
)
def test_the_tail_of_a_long_table_and_listing_is_found(
    tables: Assistant, question: str, document: str, words: str
) -> None:
    first = tables.search(question, 5).found.hits[0]
    assert first.entry.passage.doc_id == document
    assert words in first.entry.passage.text
    assert "vector" in first.found_by


def test_a_long_listing_is_one_passage_read_in_windows(tables: Assistant) -> None:
    with open_library(tables.settings.home) as library:
        entries = library.entries(library.passages_of("listing.md"))
        vectors = library.vectors()
        status = library.status()
        for entry in library.entries(library.passages_of("table.md")).values():
            assert all(line.startswith("|") for line in entry.passage.text.splitlines())
    (listing,) = (e.passage for e in entries.values() if "lifeboat" in e.passage.text)
    assert listing.tokens > 256
    assert listing.text.startswith("```python")
    assert listing.text.endswith("```")
    assert vectors is not None
    assert len(vectors) > status.passages


def plain(folder: Path, documents: Sequence[object]) -> Assistant:
    """Index documents for keyword search and open them."""
    file = folder / "docs.jsonl"
    file.write_text("\n".join(json.dumps(d) for d in documents), encoding="utf-8")
    options = BuildOptions(MODEL, folder, documents=file, vectors=False)
    build_library(folder / "home", options, quiet)
    return Assistant(Settings(home=folder / "home", cache=folder))


def filler(words: str, count: int) -> str:
    return "\n\n".join(f"{words} {' '.join(f'w{n}x{i}' for i in range(80))}" for n in range(count))


def test_k_counts_documents_with_their_own_ids(tmp_path: Path) -> None:
    documents = [
        {"id": "book", "text": filler("alpha alpha", 12)},
        {"id": "note", "text": "alpha in a note"},
        {"id": "same", "text": "alpha in a note"},
        {"id": 42, "text": "alpha among many other words that have nothing to do with it"},
        {"id": "none", "text": "nothing of it"},
        {"id": "empty", "text": ""},
    ]
    assistant = plain(tmp_path, documents)
    hits = assistant.search("alpha", 10).found.hits
    ids = [h.entry.passage.doc_id for h in hits]
    assert sorted(ids) == ["42", "book", "note", "same"]
    assert [len(assistant.search("alpha", k).found.hits) for k in (1, 2, 3)] == [1, 2, 3]
    assert all(h.found_by == ("bm25",) for h in hits)
    assert assistant.search("absent", 10).found.hits == ()


def test_a_document_is_shown_by_its_best_passage(tmp_path: Path) -> None:
    text = filler("river", 5) + "\n\nalpha beta\n\n" + filler("alpha", 5)
    assistant = plain(tmp_path, [{"id": "a", "text": text}, {"id": "b", "text": "alpha"}])
    (shown,) = (
        h for h in assistant.search("alpha beta", 5).found.hits if h.entry.passage.doc_id == "a"
    )
    assert "alpha beta" in shown.entry.passage.text


def test_one_long_document_does_not_hide_the_others(tmp_path: Path) -> None:
    documents: list[object] = [{"id": "book", "text": filler("alpha alpha alpha", 150)}]
    documents += [{"id": f"d{i}", "text": filler("river", 1) + " alpha"} for i in range(5)]
    assistant = plain(tmp_path, documents)
    assert len(assistant.search("alpha", 6).found.hits) == 6


def test_a_hundred_documents_are_ranked(tmp_path: Path) -> None:
    documents = [{"id": str(i), "text": "alpha " * (i % 7 + 1) + "river " * 30} for i in range(150)]
    hits = plain(tmp_path, documents).search("alpha", 100).found.hits
    assert len({h.entry.passage.doc_id for h in hits}) == 100
    counts = [h.entry.passage.text.count("alpha") for h in hits]
    assert counts == sorted(counts, reverse=True)


def test_a_published_generation_is_followed(tmp_path: Path) -> None:
    assistant = plain(tmp_path, [{"id": "a", "text": "alpha one"}])
    assert [h.id for h in assistant.search("alpha", 5).found.hits]
    plain(tmp_path, [{"id": "b", "text": "alpha two"}])
    (now,) = assistant.search("alpha", 5).found.hits
    assert now.entry.passage.text == "alpha two"
    assistant.close()
