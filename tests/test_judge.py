"""Answering or refusing: the two decisions, their weights, and the words of a refusal."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.asked import Evidence
from assistant.extractive import quotes_of, read_hits
from assistant.field import Field, read_field
from assistant.judge import WEIGHTS, Weights, judge, weights
from assistant.question import read_question
from assistant.refuse import refusal_words
from assistant.retrieve import Found, Hit
from assistant.signals import SIGNALS, Signals, answering, signals_of
from ingest.analysis import words as read_words
from ingest.extract import read_markdown
from ingest.keywords import analyse
from ingest.library import Entry
from ingest.split import split

TEA = (
    "# Tea\n\n## Steaming\n\nSteaming is the step that stops green leaves from oxidising, so that"
    " they keep their colour.\n\n## Rolling\n\nRolling breaks the cells of the leaves and shapes"
    " them.\n"
)


def hits(text: str, similarity: float = 0.6) -> tuple[Hit, ...]:
    document = read_markdown(text, id="d", url="", title="Tea", kind="article", fetched_at="")
    return tuple(
        Hit(Entry(p, "Tea", "article", "", "", ()), 0.9, ("bm25",), similarity, 0.9)
        for p in split(document, lambda words: len(words.split()))
    )


def found(text: str, *, meaning: bool = True, unknown: str = "") -> Found:
    vector = np.ones(2, dtype=np.float32) if meaning else None
    return Found(hits(text), (), tuple(analyse(unknown)), (), (), vector)


def signals(question: str, evidence: Found) -> Signals:
    asked = read_question(question)
    read = Evidence(evidence.hits, lambda stem: 1.0, None)
    return signals_of(evidence, read_hits(asked, read), read)


@pytest.mark.parametrize("question", ["What is steaming?", "steaming", "Rolling or steaming?", "x"])
def test_every_signal_is_there_and_in_its_range(question: str) -> None:
    for evidence in (found(TEA), replace(found(TEA), hits=())):
        named = signals(question, evidence)
        assert set(named) == set(SIGNALS)
        assert all(0 <= value <= 1 for value in named.values()), named


def test_what_a_long_question_shares_counts_by_how_much_it_tells() -> None:
    words = "We steam green leaves for ninety seconds and the cells still brown within an hour"
    short, long = (
        replace(found(TEA), words=tuple(read_words(text))) for text in ("steam leaves", words)
    )
    named = [signals("What is steaming?", evidence) for evidence in (short, long)]
    assert named[0]["covered"] == named[1]["covered"] > 0
    assert named[0]["long"] < named[1]["long"] <= 1
    for one in named:
        assert one["covered_long"] == pytest.approx(one["covered"] * one["long"])
        assert one["told_long"] == 0  # no question is known here


def test_nothing_found_is_off_the_path() -> None:
    judgement = judge(signals("What is a volcano?", replace(found(TEA), hits=())))
    assert (judgement.answerable, judgement.reason) == (False, "off_path")


def test_words_alone_decide_while_there_are_no_vectors() -> None:
    assert judge(signals("What is steaming?", found(TEA, meaning=False))).answerable
    refused = judge(signals("What is a volcano?", found(TEA, meaning=False)))
    assert not refused.answerable
    assert refused.reason in ("off_path", "not_covered")


def test_a_name_that_a_sentence_only_lists_is_not_at_its_front() -> None:
    says = "Oolong is a half-dark tea that is rolled and dried twice."
    lists = (
        "Many shops in this town sell teas such as Assam, Keemun, Sencha and Oolong to visitors."
    )
    about, listed = (
        signals("What is Oolong?", found(f"# Tea\n\n## Leaves\n\n{text}\n"))
        for text in (says, lists)
    )
    assert (about["front"], about["crowd"]) == (1.0, 0.0)
    assert listed["front"] == 0.0
    assert listed["crowd"] == pytest.approx(2 / 6)


def test_the_field_is_read_only_for_the_reason_of_a_refusal() -> None:
    read: list[int] = []

    def field() -> Field:
        read.append(1)
        return read_field(None)

    named = signals("What is steaming?", replace(found(TEA), field=field))
    assert judge(named).answerable
    assert not read
    assert dict(named)["field_words"] == 0.0
    assert judge(named).answerable
    assert read == [1]


def test_the_shipped_weights_name_known_signals_only() -> None:
    assert set(weights()) == {
        "answered", "off_path", "answered_alone", "off_path_alone", "answered_by_words",
        "off_path_by_words",
    }  # fmt: skip
    for decision in weights().values():
        assert decision.weights.keys() <= set(SIGNALS)
        assert all(np.isfinite(w) for w in decision.weights.values())
    assert json.loads(WEIGHTS.read_text(encoding="utf-8")).keys() == weights().keys()


@given(
    st.dictionaries(st.sampled_from(sorted(SIGNALS)), st.floats(0, 1)),
    st.sampled_from(sorted(SIGNALS)),
)
def test_odds_are_linear_and_a_missing_signal_is_zero(named: dict[str, float], one: str) -> None:
    plain = Weights(-1.0, {one: 2.0})
    assert plain.odds(named) == pytest.approx(-1.0 + 2.0 * named.get(one, 0.0))


def test_the_decision_is_steady_in_what_speaks_for_an_answer() -> None:
    base = dict.fromkeys(SIGNALS, 0.5) | {"found": 1.0, "by_meaning": 1.0}
    odds = weights()["answered"]
    for name in ("near", "covered", "lead", "similarity", "defines", "front"):
        assert odds.odds(base | {name: 1.0}) >= odds.odds(base | {name: 0.0})
    assert odds.odds(base | {"unknown": 1.0}) <= odds.odds(base | {"unknown": 0.0})


def test_a_refusal_says_what_would_help() -> None:
    said = refusal_words("not_covered", read_question("What is speculative decoding?"), "Serving")
    assert "“speculative decoding”" in said
    assert "`studypath add`" in said
    assert "“Serving”" in said
    assert len(said) < 200


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("compare pods with nodes", "on “pods” and “nodes” with"),
        ("How does a pod find a node?", "Add a source that does with"),
        ("Does a pod have a name?", "Add a source that does with"),
        ("What is <script>alert(1)</script>?", "Add a source that does with"),
        ("Give me a carbonara recipe", "on “carbonara recipe” with"),
        ("knowledge tracing for students", "on “knowledge tracing for students” with"),
        ("What is HNSW, and how does HNSW work?", "on “HNSW” with"),
        ("What is HNSW and how does Raft elect a leader?", "Add a source that does with"),
        ("Explain how bees dance", "Add a source that does with"),
        ("What is my name and how old am I?", "Add a source that does with"),
        ("I feel lonely, will you be my friend?", "Add a source that does with"),
    ],
)
def test_only_a_term_is_named(question: str, names: str) -> None:
    assert names in refusal_words("not_covered", read_question(question))


@pytest.mark.parametrize("reason", ["off_path", "not_covered", "flagged_only"])
@pytest.mark.parametrize(
    "question", ["a or b?", "x" * 900, "why do the leaves " * 9, "compare [x](y) with <b>z</b>"]
)
def test_a_refusal_stays_short(reason: str, question: str) -> None:
    said = refusal_words(reason, read_question(question), "Section")
    assert said.endswith(".")
    assert len(said) < 320


def test_what_names_nothing_asked_is_not_quoted() -> None:
    evidence = Evidence(hits(TEA), lambda stem: 1.0, None)
    readings = read_hits(read_question("What is a volcano?"), evidence)
    assert not any(reading.on_subject for reading in readings)
    assert quotes_of(r for r in answering(readings) if r.on_subject) == ()
