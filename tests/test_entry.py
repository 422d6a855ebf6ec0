"""What stands under a question answers that one, and is quoted whole."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from assistant.asked import Evidence
from assistant.entry import is_question
from assistant.extractive import choose_quotes
from assistant.question import read_question
from assistant.retrieve import Hit
from tests.passages import hit

WHY = "Why does a keel stop a boat from drifting?"
ANSWER = (
    "A keel stops a boat from drifting because it meets the water sideways with its whole area."
    " A longer keel meets more water. A keel that stands still in the water stops nothing. The"
    " keel of a fast boat can be short. A keel of lead also keeps the boat upright. A keel that"
    " swings up lets the boat land on a beach."
)


def under(heading: str, text: str = ANSWER, kind: str = "note") -> Hit:
    made = hit(text, headings=("Boats", heading))
    return replace(made, entry=replace(made.entry, kind=kind), score=0.8, coverage=0.8)


def alike(cosine: float) -> object:
    def encode(texts: list[str]) -> NDArray[np.float32]:
        rows = [(1.0, 0.0), *[(cosine, (1 - cosine**2) ** 0.5)] * (len(texts) - 1)]
        return np.array(rows, np.float32)

    return encode


def read(question: str, *hits: Hit, cosine: float = 0.6) -> list[str]:
    evidence = Evidence(hits, lambda stem: 1.0, alike(cosine))  # type: ignore[arg-type]
    quotes = choose_quotes(read_question(question), evidence)
    return [" ".join(span.text for span in quote.spans) for quote in quotes]


def test_only_a_question_is_a_question() -> None:
    assert is_question(under(WHY))
    assert not is_question(under("How to trim a keel"))
    assert not is_question(under("Keel"))
    assert not is_question(hit(ANSWER))


def test_our_own_answers_are_quoted_from_their_first_sentence_to_their_last() -> None:
    assert read(WHY, under(WHY)) == [ANSWER]
    assert read("Does a keel of lead keep the boat upright?", under(WHY))[0] == ANSWER


def test_a_page_of_others_is_quoted_as_any_other() -> None:
    assert ANSWER not in read(WHY, under(WHY, kind="article"))


REPLY = (
    "No: a longer keel does not always make a boat faster, because more of it drags in the water."
    " A short keel of the same area is deeper and lifts better."
)


def test_a_reply_is_given_only_to_its_own_claim() -> None:
    heading = "Does a longer keel always make a boat faster?"
    assert read(heading, under(heading, REPLY), cosine=0.9) == [REPLY]
    neighbour = "What is the difference between a short keel and a deep one?"
    assert all("No:" not in quote for quote in read(neighbour, under(heading, REPLY), cosine=0.5))
