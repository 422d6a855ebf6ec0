"""What other passages add to an answer: only what is nearly as good, new and short."""

from dataclasses import replace

import numpy as np

from assistant.asked import Evidence
from assistant.extractive import answer_reading, read_hits
from assistant.fuller import BUDGET, MOST, fuller, words_of
from assistant.leads import Reading
from assistant.question import read_question
from assistant.retrieve import Hit
from tests.passages import hit

ASKED = "Our old wooden boat leaks along the keel after the winter, what should we do about it?"
FIRST = "A leak along the keel of a wooden boat closes by itself once the planks have swollen."
SECOND = (
    "Old caulking in a seam is raked out and replaced by new cotton before the boat is launched."
)
THIRD = "Keel bolts of a wooden boat rust from the inside, so draw one of them every few years."
REPEAT = "A leak along the keel of a wooden boat closes once the planks have swollen in the water."


def found(text: str, score: float, heading: str) -> Hit:
    made = hit(text, headings=(heading,))
    return replace(made, score=score, coverage=score)


def reading(*hits: Hit) -> Reading:
    evidence = Evidence(hits, lambda stem: 1.0, lambda texts: np.ones((len(texts), 1), np.float32))
    return read_hits(read_question(ASKED), evidence)[0]


def told(read: Reading, budget: int = BUDGET) -> list[str]:
    return [q.spans[0].text for q in fuller(answer_reading(read)[:1], read, budget)]


def test_the_next_best_passages_are_added_in_their_order() -> None:
    read = reading(
        found(FIRST, 0.9, "Leaks"), found(SECOND, 0.8, "Seams"), found(THIRD, 0.8, "Bolts")
    )
    assert told(read) == [FIRST, SECOND, THIRD][: 1 + MOST]


def test_nothing_is_added_that_is_far_behind_or_said_already() -> None:
    assert told(reading(found(FIRST, 0.9, "Leaks"), found(SECOND, 0.2, "Seams"))) == [FIRST]
    assert told(reading(found(FIRST, 0.9, "Leaks"), found(REPEAT, 0.85, "Leaks again"))) == [FIRST]


def test_a_long_answer_stays_as_it_is() -> None:
    read = reading(found(FIRST, 0.9, "Leaks"), found(SECOND, 0.85, "Seams"))
    assert told(read, budget=5) == [FIRST]
    assert words_of(answer_reading(read)[:1]) == len(FIRST.split())
