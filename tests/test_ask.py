"""Questions to cited answers, on what ships with studypath and the real model."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.answer import Answer
from assistant.ask import Assistant
from assistant.retrieve import Leg, fuse
from assistant.settings import Settings
from ingest.build import BuildOptions, build_library
from ingest.embed import MODEL
from ingest.library import open_library


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ask")
    cache = Path(os.environ.get("STUDYPATH_CACHE", folder / "cache"))
    options = BuildOptions(MODEL, cache, offline=True)
    build_library(folder / "home", options, lambda _: None)
    return folder / "home"


@pytest.fixture(scope="module")
def assistant(home: Path) -> Assistant:
    cache = Path(os.environ.get("STUDYPATH_CACHE", home.parent / "cache"))
    return Assistant(Settings(home=home, cache=cache))


def said(answer: Answer) -> str:
    return " ".join(sentence.text for sentence in answer.sentences)


def check_citations(answer: Answer, home: Path) -> None:
    """Every sentence stands in its quote, every quote verbatim in its document."""
    quotes = {c.n: c for c in answer.citations}
    with open_library(home) as library:
        for cited in answer.citations:
            entry = library.entries([cited.passage_id])[cited.passage_id]
            document = library.document(entry.passage.doc_id)
            assert document is not None
            assert document.text[cited.start : cited.end] == cited.quote
            assert cited.deep_link
            assert cited.where
    for sentence in answer.sentences:
        assert sentence.citations
        assert all(n in quotes for n in sentence.citations)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is overfitting?", ["Overfitting is"]),
        ("How does HNSW work?", ["top layer", "neighbor"]),
        ("What is the difference between HNSW and IVF?", ["HNSW", "IVF", "memory"]),
        ("precision vs recall", ["Precision", "recall", "| Aspect |"]),
        ("whats recal", ["Recall"]),
        ("When should I use pgvector?", ["Use pgvector when"]),
        ("What is product quantization?", ["Product quantization (PQ) is"]),
        ("How do I compute precision and recall in Python?", ["precision_score"]),
        ("What does ANN stand for?", ["pproximate nearest neighbor"]),
    ],
)
def test_questions_on_our_notes_are_answered(
    assistant: Assistant, home: Path, question: str, words: list[str]
) -> None:
    answer = assistant.ask(question)
    assert not answer.refused
    text = said(answer)
    for word in words:
        assert word in text
    check_citations(answer, home)
    for sentence in answer.sentences:
        if not sentence.block:
            quote = answer.citations[sentence.citations[0] - 1].quote
            assert " ".join(sentence.text.split()) in " ".join(quote.split())


@pytest.mark.parametrize(
    ("question", "section"),
    [
        ("Where do I learn about vector databases, and what first?", "m2w3-vector-database"),
        ("Which week covers drift detection?", "m3w1-data-model-drift"),
        ("Where can I learn LoRA?", "m3w3-parameter-efficient"),
        ("How long does the part on feature engineering take?", "m1w2-feature-engineering"),
        ("Where do I learn about circuit breakers?", "m4w3-resilience"),
        ("In which week do I learn transformers?", "m2w2-transformer"),
        ("What should I learn first?", "m1w1-basic-ml-concepts"),
    ],
)
def test_questions_about_the_path(
    assistant: Assistant, home: Path, question: str, section: str
) -> None:
    answer = assistant.ask(question)
    assert not answer.refused
    assert answer.citations[0].section_ids[0].startswith(section)
    assert any(c.deep_link.startswith("https://") for c in answer.citations)
    check_citations(answer, home)


@pytest.mark.parametrize(
    "question",
    ["How do I bake bread?", "Who won the world cup in 2010?", "Explain the CAP theorem"],
)
def test_what_the_path_does_not_cover_is_refused(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.refused
    assert answer.reason in ("off_path", "not_covered")
    assert answer.citations == answer.sentences == ()
    assert answer.message


@pytest.mark.parametrize("question", ["", "  ", "Was ist der Unterschied zwischen A und B?"])
def test_what_cannot_be_read_is_said_kindly(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.refused
    assert answer.reason == "unclear"


def test_a_corrected_word_is_told(assistant: Assistant) -> None:
    assert "overfitting" in assistant.ask("What is overfiting?").message


def test_the_same_question_gets_the_same_answer(assistant: Assistant) -> None:
    one, other = (assistant.ask("How does IVF work?") for _ in range(2))
    assert one.sentences == other.sentences


@given(st.text(max_size=200))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_text_breaks_it(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.refused == (not answer.sentences)


def test_ten_thousand_characters(assistant: Assistant) -> None:
    answer = assistant.ask("I tried a lot of things. " * 400 + "What is overfitting?")
    assert "Overfitting is" in said(answer)
    assert answer.message


legs = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(-5, 5), max_size=6)


@given(legs, legs, st.sampled_from(["convex", "distribution", "rrf"]), st.floats(0.1, 0.9))
def test_fusion_orders_and_says_who_found_what(
    one: dict[str, float], other: dict[str, float], method: str, alpha: float
) -> None:
    first, second = (
        Leg(tuple(sorted(s, key=lambda i: -s[i])), np.array(sorted(s.values(), reverse=True)))
        for s in (one, other)
    )
    fused = fuse(first, second, method, alpha)
    assert {f.id for f in fused} == set(one) | set(other)
    assert [f.score for f in fused] == sorted((f.score for f in fused), reverse=True)
    for item in fused:
        assert ("bm25" in item.found_by) == (item.id in one)
        assert ("vector" in item.found_by) == (item.id in other)


def test_convex_fusion_by_hand() -> None:
    words = Leg(("a", "b", "c"), np.array([4.0, 3.0, 2.0]))
    meaning = Leg(("b", "d"), np.array([0.9, 0.5]))
    fused = {f.id: f.score for f in fuse(words, meaning, "convex", 0.6)}
    assert fused == pytest.approx({"a": 0.4, "b": 0.8, "c": 0.0, "d": 0.0})
