"""Questions that our notes are known to answer: their pages, their vectors, what they change."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml

import corpus
from assistant.known import NOTHING, UNKNOWN, Known
from assistant.retrieve import Fused, lifted
from assistant.search import Searcher
from assistant.settings import load_settings
from eval.fusion import DEV
from eval.passages import asked
from ingest.embed import MODEL, model_id, passage_embedder
from ingest.known import Answered, answered_by, name_of, read_known, write_known
from tests.served import ingest

REMEDY = "corpus/known changed: run `make vectors` and commit corpus/known.npz"
FEWEST = 2  # questions besides the heading
SAMPLED = 24
GOLDEN = (
    "dev", "refusals", "situated", "long", "reading", "questions_dev", "questions_test",
)  # fmt: skip
PAGE = """## The `keel` of a boat

- what is a keel
- why does my boat slip sideways

## Sail

- what does a sail do
"""
ENTRIES = (
    Answered("s1", "Keel", ("Keel", "why does my boat slip sideways")),
    Answered("s1", "Sail", ("Sail",)),
    Answered("s2", "Keel", ("Keel", "keel of a toy")),
)
ROWS = np.eye(5, dtype=np.float32)


def words_of(question: str) -> str:
    """Write a question without its marks and capitals."""
    return " ".join(re.findall(r"\w+", question.lower()))


def entries_of(page: Path) -> set[str]:
    """Name what stands under a heading of a section's note, tasks and questions."""
    names: set[str] = set()
    note = corpus.notes()[0].parent / page.name
    for file in (note, corpus.how_to(page.stem), corpus.questions(page.stem)):
        text = re.sub(r"^```.*?^```", "", file.read_text("utf-8"), flags=re.M | re.S)
        names |= {name_of(heading) for heading in re.findall(r"^#{2,4} (.+)$", text, re.M)}
    return names


# ── the pages ───────────────────────────────────────────────────────────────────────────────────


def test_a_page_is_read_entry_by_entry(tmp_path: Path) -> None:
    page = tmp_path / "m9w9-boats.md"
    page.write_text(PAGE, encoding="utf-8")
    first, second = answered_by(page)
    assert first.section_id == "m9w9-boats"
    assert first.heading == "The keel of a boat"
    assert first.questions == (
        "The keel of a boat",
        "what is a keel",
        "why does my boat slip sideways",
    )
    assert second.questions == ("Sail", "what does a sail do")


@pytest.mark.parametrize("page", corpus.known(), ids=lambda page: page.stem)
def test_each_entry_exists_and_is_asked_in_several_ways(page: Path) -> None:
    answered = answered_by(page)
    assert {one.heading for one in answered} <= entries_of(page)
    assert len({one.heading for one in answered}) == len(answered)
    assert [one.heading for one in answered if len(one.questions) <= FEWEST] == []
    words = Counter(words_of(question) for one in answered for question in one.questions[1:])
    assert [question for question, times in words.items() if times > 1] == []


def test_what_is_measured_with_is_in_no_list() -> None:
    """A golden question that leads to its answer by being listed would measure nothing."""
    measured = {
        words_of(question["question"])
        for name in GOLDEN
        for question in yaml.safe_load(DEV.with_name(f"{name}.yaml").read_text("utf-8"))
    } | {words_of(one.question) for one in asked()}
    assert len(measured) > 2_000
    listed = [q for page in corpus.known() for one in answered_by(page) for q in one.questions[1:]]
    assert [question for question in listed if words_of(question) in measured] == []


def test_every_section_has_its_page() -> None:
    assert [page.stem for page in corpus.known()] == [note.stem for note in corpus.notes()]


# ── the file ────────────────────────────────────────────────────────────────────────────────────


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "known.npz"
    write_known(file, "a model", ENTRIES, ROWS)
    known = read_known("a model", file)
    assert known.entries == (("s1", "Keel"), ("s1", "Sail"), ("s2", "Keel"))
    assert known.texts == tuple(entry.questions for entry in ENTRIES)
    assert np.allclose(known.vectors @ known.basis.T, ROWS, atol=0.01)
    nearest, mean = known.likeness(ROWS[1])
    assert np.allclose(nearest, [1, 0, 0], atol=0.01)
    assert np.allclose(mean, [0.5, 0, 0], atol=0.01)


def test_another_model_and_a_missing_file_know_nothing(tmp_path: Path) -> None:
    file = tmp_path / "known.npz"
    assert read_known("a model", file).entries == ()
    write_known(file, "a model", ENTRIES, ROWS)
    assert read_known("another", file).entries == ()


def test_the_shipped_file_holds_the_pages_questions() -> None:
    known = read_known(model_id(MODEL))
    written = [entry for page in corpus.known() for entry in answered_by(page)]
    assert known.texts == tuple(entry.questions for entry in written), REMEDY
    assert [section for section, _ in known.entries] == [one.section_id for one in written], REMEDY


def test_the_shipped_vectors_are_what_the_model_says() -> None:
    known = read_known(model_id(MODEL))
    texts = [text for questions in known.texts for text in questions]
    sample = range(0, len(texts), len(texts) // SAMPLED)
    own = np.asarray(passage_embedder(MODEL).encode([texts[row] for row in sample]))
    shipped = known.vectors[list(sample)] @ known.basis.T
    assert (shipped * own).sum(axis=1).min() >= 0.95, REMEDY


# ── a question beside them ──────────────────────────────────────────────────────────────────────


@pytest.fixture
def known(tmp_path: Path) -> Known:
    write_known(tmp_path / "known.npz", "a model", ENTRIES, ROWS)
    places = {
        "s1": [("p1", ("Boats", "Keel")), ("p2", ("`Sail`",)), ("p3", ("Mast",)), ("p4", ())],
        "s3": [("p5", ("Keel",))],
    }
    return Known(read_known("a model", tmp_path / "known.npz"), places)


def test_a_passage_is_near_by_meaning_and_by_words(known: Known) -> None:
    near = known.near(ROWS[1], "Why does a boat slip?", lambda stem: 1.0)
    first = near.of("p1")
    assert first.nearest == pytest.approx(1.0, abs=0.01)
    assert first.mean == pytest.approx(0.5, abs=0.01)
    assert first.said == 1.0
    assert near.of("p2").said == 0.0
    rare = known.near(ROWS[1], "boat anchor", {"boat": 1.0, "anchor": 3.0}.__getitem__)
    assert rare.of("p1").said == 0.25
    for passage in ("p3", "p4", "p5", "nobody"):  # no such entry, no heading, another section
        assert near.of(passage) == UNKNOWN
    assert near.lifts() == {"p1": pytest.approx(1.0, abs=0.02)}


def test_nothing_is_near_without_a_vector_or_known_questions(known: Known) -> None:
    for near in (known.near(None, "keel", float), NOTHING.near(ROWS[0], "keel", float)):
        assert near.lifts() == {}
        assert near.of("p1") == UNKNOWN


def test_what_answers_such_a_question_moves_up_or_is_added() -> None:
    fused = (Fused("a", 0.9, ("bm25",)), Fused("b", 0.5, ("vector",)), Fused("c", 0.4, ("bm25",)))
    assert lifted(fused, {}) == fused
    order = lifted(fused, {"c": 0.3, "d": 0.95})
    assert [item.id for item in order] == ["d", "a", "c", "b"]
    assert order[0] == Fused("d", 0.0, ("known",))
    assert order[2].score == 0.4


# ── on the notes ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    home = tmp_path_factory.mktemp("known") / "home"
    ingest(home, vectors=True)
    return Searcher(load_settings(home))


def test_every_entry_has_its_passages(searcher: Searcher) -> None:
    found = {searcher.known().questions.entries[row] for row in searcher.known().row_of.values()}
    missing = set(searcher.known().questions.entries) - found
    assert missing == set()


def test_a_known_question_finds_its_passage_among_the_first(searcher: Searcher) -> None:
    questions = searcher.known().questions
    for row in range(7, len(questions.entries), len(questions.entries) // 20):
        hits = searcher.find_answers(questions.texts[row][1], 3).hits
        assert max(hit.known.nearest for hit in hits) > 0.95, questions.texts[row][1]


def test_without_known_questions_the_legs_decide(searcher: Searcher) -> None:
    plain = Searcher(searcher.settings, searcher.embedder, known=NOTHING)
    question = "What is overfitting?"
    for found in (plain.find_answers(question, 5), searcher.find(question, 5)):
        assert found.by_known is False
        assert {hit.known for hit in found.hits} == {UNKNOWN}
        assert [hit.id for hit in found.hits] == [hit.id for hit in plain.find(question, 5).hits]
    assert searcher.find_answers(question, 5).by_known is True


def test_a_scope_and_what_is_left_out_hold_for_known_passages(searcher: Searcher) -> None:
    question = "What is overfitting?"
    first = searcher.find_answers(question, 1).hits[0]
    within = searcher.find_answers(question, 20, ["m4w1-rag-architecture-components"]).hits
    assert {hit.entry.section_ids for hit in within} == {("m4w1-rag-architecture-components",)}
    without = Searcher(searcher.settings, searcher.embedder, frozenset([first.id]))
    assert first.id not in {hit.id for hit in without.find_answers(question, 50).hits}
    assert without.find_answers(question, 5).by_known is True
    ours = frozenset(searcher.known().row_of)
    silent = Searcher(searcher.settings, searcher.embedder, ours)
    assert silent.find_answers(question, 5).by_known is False  # nothing is known of what is left
