"""Which passage an answer is taken from: search and its best lead decide, not one like sentence."""

from dataclasses import replace

import numpy as np
import pytest

from assistant.asked import Evidence
from assistant.extractive import choose_quotes, read_hits
from assistant.known import Nearness
from assistant.passage import promised, worth
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


def test_a_passage_known_to_answer_such_a_question_comes_first() -> None:
    best, other = found(LEE, 0.9, 0.7, "How to sail closer"), found(KEEL, 0.4, 0.4, "Keel")
    near = replace(other, known=Nearness(0.9, 0.5, 0.8))
    far = replace(best, known=Nearness(0.3, 0.2, 0.2))
    assert read(SITUATION, far, near)[0] == KEEL
    assert read("What is a keel?", far, near) == [KEEL]
    assert read(SITUATION, far, replace(near, known=far.known))[0] == LEE


def test_its_first_sentence_opens_the_answer_though_it_names_nothing_that_was_asked() -> None:
    question = "What is the Optimist keel?"
    plain = found(KEEL.replace("keel", "fin below"), 0.9, 0.7, "Fins")
    assert read(question, plain) == []
    assert len(read(question, replace(plain, known=Nearness(0.8, 0.5, 0.8)))) == 1


def test_what_is_known_to_tell_a_comparison_comes_before_its_sides() -> None:
    told = "For open water take the first, and where beaches are near take the second."
    board = "A centreboard is a board under the hull that swings up."
    which = replace(found(told, 0.5, 0.5, "Choosing"), known=Nearness(0.8, 0.5, 0.8))
    hits = (found(KEEL, 0.9, 0.7, "Keel"), found(board, 0.8, 0.7, "Centreboard"), which)
    question = read_question("What is the difference between a keel and a centreboard?")
    evidence = Evidence(hits, lambda stem: 1.0, lambda texts: np.ones((len(texts), 1), np.float32))
    quotes = [quote.spans[0].text for quote in choose_quotes(question, evidence)]
    assert quotes[0] == told
    assert KEEL in quotes


@pytest.mark.parametrize(
    "better", ["score", "similarity", "coverage", "nearest", "mean", "said", "lead"]
)
def test_worth_grows_with_all_that_speaks_for_a_passage(better: str) -> None:
    plain = found(KEEL, 0.4, 0.4, "Keel")
    changed = {
        "score": (replace(plain, score=0.6), 3.0),
        "coverage": (replace(plain, coverage=0.6), 3.0),
        "similarity": (replace(plain, similarity=0.9), 3.0),
        "nearest": (replace(plain, known=Nearness(nearest=0.6)), 3.0),
        "mean": (replace(plain, known=Nearness(mean=0.6)), 3.0),
        "said": (replace(plain, known=Nearness(said=0.6)), 3.0),
        "lead": (plain, 4.0),
    }
    assert worth(*changed[better], "why") > worth(plain, 3.0, "why")


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("How to trim a keel", "how"),
        ("Keel vs centreboard", "compare"),
        ("Why does a keel stop drifting?", "why"),
        ("Should I buy a keel boat?", "check"),
        ("Keel", "what"),
        ("", ""),
    ],
)
def test_a_heading_promises_a_kind_of_answer(heading: str, kind: str) -> None:
    assert promised(heading) == kind
    plain = found(KEEL, 0.4, 0.4, heading)
    assert worth(plain, 3.0, kind) > worth(plain, 3.0, "list") or not kind
