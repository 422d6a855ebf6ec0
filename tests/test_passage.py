"""Which passage an answer is taken from: search and its best lead decide, not one like sentence."""

from dataclasses import replace

import numpy as np
import pytest

from assistant.asked import Evidence
from assistant.extractive import choose_quotes, read_hits
from assistant.passage import worth
from assistant.question import read_question
from assistant.retrieve import Hit
from tests.passages import hit

KEEL = "A keel is a fin under the hull that stops a boat from slipping sideways."
LEE = "To stop a boat from drifting to leeward, lower the board and flatten the sail."


def found(text: str, score: float, coverage: float, heading: str, kind: str = "article") -> Hit:
    made = hit(text, headings=(heading,))
    return replace(made, entry=replace(made.entry, kind=kind), score=score, coverage=coverage)


def read(question: str, *hits: Hit) -> list[str]:
    # All sentences mean as much the same: what is under test is everything else.
    evidence = Evidence(hits, lambda stem: 1.0, lambda texts: np.ones((len(texts), 1), np.float32))
    return [
        lead.spans[0].text for r in read_hits(read_question(question), evidence) for lead in r.leads
    ]


SITUATION = (
    "I sail an old dinghy on a small lake and in strong wind she slips away to the side all the"
    " time, so what could I try before I buy a new one?"
)


def test_a_situation_is_answered_from_what_search_found_best() -> None:
    best = found(LEE, 0.9, 0.7, "How to sail closer")
    other = found(KEEL.replace("sideways", "to the side all the time"), 0.3, 0.3, "Keel")
    assert read(SITUATION, best, other)[0] == LEE
    swapped = (replace(best, score=0.2, coverage=0.2), replace(other, score=0.9, coverage=0.8))
    assert read(SITUATION, *swapped)[0] != LEE


def test_a_name_that_is_beside_the_question_does_not_veto() -> None:
    question = SITUATION.replace("an old dinghy", "an old Optimist")
    assert read(question, found(LEE, 0.9, 0.7, "How to sail closer")) == [LEE]
    # Of a term it does: what is not said of it by name is said of something else.
    term = read_question("What is the Optimist keel?")
    evidence = Evidence((found(KEEL, 0.9, 0.7, "Keel"),), lambda stem: 1.0, None)
    assert choose_quotes(term, evidence) == ()


def test_what_says_the_name_comes_first_among_like_passages() -> None:
    question = SITUATION.replace("an old dinghy", "an old Optimist")
    named = found(LEE.replace("a boat", "an Optimist"), 0.9, 0.7, "How to sail closer")
    assert read(question, found(LEE, 0.9, 0.7, "How to sail closer"), named)[0] != LEE


@pytest.mark.parametrize("better", ["score", "coverage", "kind", "lead"])
def test_worth_grows_with_all_that_speaks_for_a_passage(better: str) -> None:
    plain = found(KEEL, 0.4, 0.4, "Keel")
    changed = {
        "score": (replace(plain, score=0.6), 3.0),
        "coverage": (replace(plain, coverage=0.6), 3.0),
        "kind": (replace(plain, entry=replace(plain.entry, kind="note")), 3.0),
        "lead": (plain, 4.0),
    }
    assert worth(*changed[better]) > worth(plain, 3.0)
