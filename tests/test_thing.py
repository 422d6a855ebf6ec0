"""Of which thing a question asks how it does something."""

from dataclasses import replace

import pytest

from assistant.part import kind_of
from assistant.parts import read_parts
from assistant.retrieve import Hit
from assistant.thing import doing, keeps_promise, narrowed
from ingest.keywords import analyse
from tests.passages import hit

HEADINGS = ("Gradient descent", "PCA", "Learning rate", "")


def hits() -> tuple[Hit, ...]:
    return tuple(hit(f"On {h}.", headings=(h,) if h else ()) for h in HEADINGS)


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("How does gradient descent find the minimum?", "gradient descent"),
        ("How does the learning rate decay over time?", "learning rate"),
        ("How do PCA and t-SNE place the points?", None),
        ("How does PCA reduce the number of columns?", "PCA"),
        ("How does gradient descent work?", None),  # all of it is the thing
        ("How do I use gradient descent on my data?", None),  # something is done with it
        ("How does a transformer read a text?", None),  # no heading names it
        ("What is gradient descent good for?", None),
        ("gradient descent vs PCA", None),
    ],
)
def test_the_thing_is_named_by_a_heading(question: str, thing: str | None) -> None:
    part = read_parts(question)[0]
    found = narrowed(part, hits())
    assert (found.subject if found else None) == thing
    if found:
        assert replace(found, subject=part.subject) == part


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How does early stopping decide when to stop?", "how"),
        ("How do I know when to retrain?", "how"),
        ("When should I retrain?", "when"),
        ("I wonder when to retrain", "when"),
    ],
)
def test_a_question_that_opens_with_how_asks_how(question: str, kind: str) -> None:
    assert kind_of(question) == kind


@pytest.mark.parametrize(
    ("question", "title", "span", "kept"),
    [
        ("How do I choose a threshold?", "Threshold", "Choose the threshold on new rows.", 1),
        ("How do I load a file?", "How to read a file", "To read or load a file, call it.", 1),
        ("How do I choose a threshold?", "How to change the threshold", "Take the scores.", -1),
        ("How do I choose a threshold?", "Threshold", "A threshold is a score.", 0),
        ("How do I compute recall?", "How to get recall", "To print recall, pass labels.", 1),
        ("How do I compute recall?", "How to find a limit", "To find a limit, scan.", 0),
        ("How does t-SNE work?", "How to draw a t-SNE plot", "To draw a t-SNE plot, scale.", -1),
        ("Why does my service freeze?", "How to load a model once", "To load a model, wait.", -1),
        ("What is a threshold?", "How to change the threshold", "To change it, wait.", -1),
        ("When should I retrain?", "How to retrain by a trigger", "To retrain, wait.", 0),
    ],
)
def test_a_task_answers_who_asks_for_that_task(
    question: str, title: str, span: str, kept: int
) -> None:
    part = read_parts(question)[0]
    headed, stems = frozenset(analyse(title)), frozenset(analyse(span))
    assert keeps_promise(doing(part), title, headed, span, stems) == kept
