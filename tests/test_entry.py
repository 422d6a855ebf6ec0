"""What stands under a question answers that one, and is quoted whole."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.asked import Evidence
from assistant.entry import LEAST, likeness, question_of, scaled
from assistant.extractive import choose_quotes, read_hits
from assistant.question import read_question
from assistant.retrieve import Hit
from tests.passages import hit

WHY = "Why does a keel stop a boat from drifting?"
ANSWER = (
    "A keel stops a boat from drifting because it meets the water sideways with its whole area."
    " A longer keel meets more water. A keel that stands still in the water stops nothing. The"
    " keel of a fast boat can be short."
)


def under(heading: str, text: str = ANSWER, kind: str = "note") -> Hit:
    made = hit(text, headings=("Boats", heading))
    return replace(made, entry=replace(made.entry, kind=kind), score=0.8, coverage=0.8)


def encoder(same: dict[str, float]) -> object:
    def encode(texts: list[str]) -> NDArray[np.float32]:
        rows = []
        for text in texts:
            cosine = same.get(text, 0.5)
            rows.append((cosine, np.sqrt(1 - cosine**2)))
        return np.array(rows, np.float32)

    return encode


def read(question: str, hits: list[Hit], same: dict[str, float] | None = None) -> list[str]:
    asked = read_question(question)
    known = {asked.parts[0].text: 1.0, **(same or {})}
    evidence = Evidence(tuple(hits), lambda stem: 1.0, encoder(known))  # type: ignore[arg-type]
    return ["".join(s.text + " " for s in q.spans).strip() for q in choose_quotes(asked, evidence)]


def test_only_a_question_is_a_question() -> None:
    assert question_of(under(WHY)) == WHY
    assert question_of(under("How to trim a keel")) == question_of(under("Keel")) == ""
    assert question_of(hit(ANSWER)) == ""


@pytest.mark.parametrize(
    ("cosine", "value"), [(1.0, 1.0), (0.62, 0.0), (0.1, LEAST), (-1.0, LEAST)]
)
def test_likeness_is_bounded(cosine: float, value: float) -> None:
    assert scaled(cosine) == pytest.approx(value)


def test_without_vectors_words_are_compared() -> None:
    asked = read_hits(read_question(WHY), Evidence((under(WHY),), lambda stem: 1.0, None))[0].asked
    other = under("Who painted the hull?", "A hull is painted once a year by its owner.")
    alike = likeness(asked, [under(WHY), other], None)
    assert alike[under(WHY).id] == pytest.approx(1.0)
    assert alike[other.id] == LEAST
    assert likeness(asked, [under("Keel")], None) == {}


def test_our_own_answers_are_quoted_from_their_first_sentence_to_their_last() -> None:
    assert read(WHY, [under(WHY)], {WHY: 1.0}) == [ANSWER]


def test_a_page_of_others_is_quoted_whole_only_under_the_same_question() -> None:
    other = "Which boats have a keel, and which a centreboard, and what of rivers?"
    assert read(WHY, [under(WHY, kind="article")], {WHY: 1.0}) == [ANSWER]
    assert read(WHY, [under(other, kind="article")], {other: 0.3}) != [ANSWER]


def test_the_same_question_goes_before_another_one() -> None:
    other = "Why does a keel make a boat fast?"
    there = ANSWER.replace("meets more water", "makes more speed")
    hits = [under(other, there), under(WHY)]
    first = read(WHY, hits, {WHY: 0.99, other: 0.55})[0]
    assert first == ANSWER
