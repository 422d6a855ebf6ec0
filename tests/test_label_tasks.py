"""Tasks of the notes named as evidence: by one rule, in the file's own form, and only once."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from eval.golden_set import FILES
from eval.label_tasks import Asked, Label, added, entry_of, labels, tasks_of, words_of
from eval.questions import Row

TEXT = """# What is asked.
- id: one
  question: "How do I cut a rope?"
  type: how-to
  evidence:
    - url: https://example.org/
      heading: Ropes
      contains: [rope]
  key_points:
    - [knife]

- id: one-more
  question: "Off?"
  type: how-to
  evidence:
    - url: https://example.org/
      heading: Ropes
      contains: [rope]
"""
POINTS = (("knife", "blade"), ("rope",))


def asked(file: str = "dev.yaml", *named: tuple[str, str]) -> Asked:
    return Asked(Path(file), "one", "How do I cut a rope?", ("s1",), POINTS, frozenset(named))


def passage(title: str, text: str, section: str = "s1", kind: str = "note") -> Row:
    return Row(title, (), "Cordage", kind, (section,), ("How to: Cordage", title), text)


CUT = passage("How to cut a rope", "Lay the rope on wood and press the blade down.")
TASKS = tasks_of(
    [
        CUT,
        passage("How to splice a rope", "Open the strands of the rope."),
        passage("How to cut a rope", "A knife cuts a rope.", "s2"),
        passage("What a rope is", "A rope and a knife."),
        passage("How to cut a rope", "A knife cuts a rope.", "s1", "article"),
    ]
)


def alike(texts: Sequence[str], by: float = 1.0) -> NDArray[np.float32]:
    return np.full((len(texts), 1), by, dtype=np.float32)


def test_a_task_of_the_section_that_shows_every_point_is_named_once() -> None:
    (label,) = labels([asked()], TASKS, alike)
    assert (label.section_id, label.title) == ("s1", "How to cut a rope")
    assert label.words == ("blade", "rope")
    assert labels([asked("dev.yaml", ("note:s1", "How to cut a rope"))], TASKS, alike) == ()
    assert labels([asked()], TASKS, partial(alike, by=0.5)) == ()


def test_points_in_two_passages_are_not_shown_together() -> None:
    halves = [passage("How to cut", "The blade."), passage("How to cut", "The rope.")]
    assert words_of(POINTS, halves) == ()


@pytest.mark.parametrize(
    ("file", "keys"),
    [(Path("dev.yaml"), {"url", "heading", "contains"}), (FILES["test"], {"url", "heading"})],
)
def test_an_entry_stands_behind_the_others_and_all_else_stays(file: Path, keys: set[str]) -> None:
    label = Label(asked(str(file)), "s1", 'How to cut a "rope"', 0.9, ("blade", "HEAD~1"))
    text = added(TEXT, label, entry_of)
    first, second = yaml.safe_load(text)
    assert [entry["url"] for entry in first["evidence"]] == ["https://example.org/", "note:s1"]
    assert first["evidence"][1]["heading"] == 'How to cut a "rope"'
    assert set(first["evidence"][1]) == keys
    assert second == yaml.safe_load(TEXT)[1]
    assert text.replace(entry_of(label), "") == TEXT


def test_a_question_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="no evidence of one"):
        added("- id: other\n", Label(asked(), "s1", "How to", 0.9, ("a",)), entry_of)
