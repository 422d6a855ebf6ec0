"""What is read for an answer beyond the best passages, and what need not be named again."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.asked import Evidence
from assistant.extractive import HEADED, POOL, choose_quotes, headed, read_from
from assistant.question import read_question
from assistant.retrieve import Hit
from ingest.extract import read_markdown
from ingest.library import Entry
from ingest.split import split

CROWD = "The learning rate of run {} was small, and the loss fell for a while before it rose.\n"
SECTION = "# Training\n\n## Learning rate\n\nThe learning rate scales every step of training.\n"


def hits(*pages: str) -> tuple[Hit, ...]:
    found: list[Hit] = []
    for number, text in enumerate(pages):
        document = read_markdown(
            text, id=f"d{number}", url="", title=f"Page {number}", kind="article", fetched_at=""
        )
        for passage in split(document, lambda words: len(words.split())):
            entry = Entry(passage, document.title, "article", "", "", ())
            found.append(Hit(entry, max(0.1, 1.0 - len(found) / 50), ("bm25",), 0.0, 1.0))
    return tuple(found)


def ids(found: Sequence[Hit]) -> list[str]:
    return [hit.entry.passage.doc_id for hit in found]


@pytest.mark.parametrize("typed", ["What does the learning rate control?", "learning rates"])
def test_a_section_about_the_subject_is_read_from_behind_a_crowd(typed: str) -> None:
    crowd = [f"# Run {n}\n\n{CROWD.format(n)}" for n in range(POOL + 8)]
    found = hits(*crowd, SECTION)
    read = read_from(found, read_question(typed))
    assert len(read) == POOL + 1
    assert ids(read)[-1] == f"d{len(crowd)}"


def test_only_a_few_are_read_for_their_heading_alone() -> None:
    found = hits(*(SECTION.replace("every", f"each {n}") for n in range(POOL + 9)))
    assert len(read_from(found, read_question("What is the learning rate?"))) == POOL + HEADED


def test_a_heading_that_says_more_or_less_is_another_section() -> None:
    others = ("Learning rate schedule", "Learning", "Rate")
    found = hits(*(SECTION.replace("Learning rate\n", f"{title}\n") for title in others))
    assert headed(found, read_question("What is the learning rate?")) == ()
    assert headed(found, read_question("???")) == ()


# ── names ───────────────────────────────────────────────────────────────────────────────────────

IMAGES = """# Docker

## Commands

Docker builds an image from a file of instructions.

## Size

A slim base and a second stage without compilers reduce the size of what is shipped.
"""
BOATS = IMAGES.replace("Docker", "The shipyard")


def alike(*likes: str) -> Evidence:
    """Evidence in which sentences with these words mean what is asked, and others do not."""

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        near = [n == 0 or any(like in text for like in likes) for n, text in enumerate(texts)]
        return np.array([[1.0, 0.0] if one else [0.0, 1.0] for one in near], dtype=np.float32)

    return Evidence((), lambda stem: 1.0, encode)


def said(question: str, page: str, *likes: str) -> str:
    known = alike(*likes)
    evidence = Evidence(hits(page), known.idf, known.encode)
    return " ".join(
        s.text for q in choose_quotes(read_question(question), evidence) for s in q.spans
    )


def test_a_document_on_a_name_need_not_say_it_in_each_section() -> None:
    asked = "How do I keep the size of a Docker build small?"
    assert "slim base" in said(asked, IMAGES, "slim base")
    assert "slim base" not in said(asked, BOATS, "slim base")  # it speaks of something else


def test_what_a_thing_is_has_to_be_said_of_its_name() -> None:
    assert "slim base" not in said("What is Docker?", IMAGES, "slim base")


WITHIN = """# Training in Keras

Keras trains a model by one call.

## Callback

A callback is an object whose methods a trainer calls.
"""


def test_a_thing_within_another_may_stand_under_its_own_name() -> None:
    assert said("What is a callback in Keras?", WITHIN).startswith("A callback is an object")
    assert said("What is a callback in Unity?", WITHIN) == ""


# ── comparisons ─────────────────────────────────────────────────────────────────────────────────

TOLD = "# Training\n\nBackpropagation finds the slope, whereas gradient descent walks along it.\n"


def test_a_side_by_another_name_does_not_hide_the_sentence_that_compares() -> None:
    asked = "backprop vs gradient descent, who does what?"
    assert "whereas" in said(asked, TOLD, "whereas")
    assert said(asked, TOLD) == ""  # by its words alone it may compare other things
