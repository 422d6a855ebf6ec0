"""Questions to begin with: made from the headings of notes, of the learner's current section."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import corpus
from assistant.ask import Assistant
from assistant.learner import Learner, Studied
from assistant.settings import load_settings
from ingest.curriculum import load, parse
from ui.chat import greeting
from ui.cli import main
from ui.path_study import Study
from ui.starters import COUNT, Starters, Welcome, about, concepts, starters

CURRICULUM = load(corpus.learning_path())
NOTES = {file.stem: file.read_text(encoding="utf-8") for file in corpus.notes()}
NOTE = """# Sailing

## Knots

### Bowline

A bowline is a knot that makes a loop.

```python
### no heading
```

### Reef knot vs granny knot

They differ in how the ends cross.

## Wind

### Apparent wind

Apparent wind is what a moving boat feels.

### How a sail works

It bends the air.

### Beaufort

Beaufort is a scale. The scale of Beaufort has thirteen steps.

### Odds and ends

This and that.

## Exercises

### Exercise: Tie a bowline

Do it.
"""


def test_headings_become_questions() -> None:
    assert [(c.topic, c.kind, c.question) for c in concepts(NOTE)] == [
        ("Knots", "what", "What is a bowline?"),
        ("Knots", "compare", "What is the difference between reef knot and granny knot?"),
        ("Wind", "what", "What is apparent wind?"),
        ("Wind", "how", "How does a sail work?"),
        ("Wind", "what", "What is Beaufort?"),
    ]


def test_a_section_begins_with_its_topics_in_order() -> None:
    section = CURRICULUM.sections[0]
    assert starters(section, NOTE) == (
        "What is a bowline?",
        "What is the difference between reef knot and granny knot?",
        "How does a sail work?",
    )


@pytest.mark.parametrize("section", CURRICULUM.sections, ids=lambda section: section.id)
def test_every_section_has_three(section: Any) -> None:
    questions = starters(section, NOTES[section.id])
    assert len(set(questions)) == COUNT
    assert all(q.endswith("?") and len(q) < 90 and " vs " not in q for q in questions)


def test_a_section_without_notes_is_asked_about_as_part_of_the_path() -> None:
    section = CURRICULUM.sections[0]
    first, *rest = starters(section, "")
    assert first == "Where do I learn about Basic ML Concepts, and what first?"
    assert len(rest) == COUNT - 1


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_heading_is_asked_about_in_one_line(heading: str, below: str) -> None:
    asked = about(heading, below)
    assert asked.endswith("?")
    assert len(asked.splitlines()) == 1
    concepts(f"## {heading}\n### {below}\n{heading}")


# ── whose section it is ─────────────────────────────────────────────────────────────────────────


class Shelf:
    """Stands for a keeper with the notes that ship."""

    def __init__(self, home: Path, curriculum: Any = CURRICULUM) -> None:
        self.settings = SimpleNamespace(home=home)
        self.curriculum = curriculum

    def document(self, doc_id: str) -> tuple[str, str, tuple[str | None, ...]] | None:
        text = NOTES.get(doc_id.removeprefix("note/"))
        return ("Title", text, ()) if text else None


def made(shelf: Any) -> Starters:
    return Starters(shelf, Study(shelf.settings.home))


def test_a_new_learner_begins_with_the_first_section(tmp_path: Path) -> None:
    welcome = made(Shelf(tmp_path)).welcome("me")
    assert welcome.where == "Month 1 · Week 1 · Basic ML Concepts"
    assert len(welcome.questions) == COUNT
    assert not (tmp_path / "learners").exists()  # who only looks has no record


def test_the_section_is_the_one_the_plan_goes_on_with(tmp_path: Path) -> None:
    then = datetime.now(UTC) - timedelta(days=1)
    with Learner(tmp_path, then) as record:
        record.add(then, *(Studied(s.id) for s in CURRICULUM.sections[:3]))
    starter = made(Shelf(tmp_path))
    assert starter.welcome("me").where.endswith(CURRICULUM.sections[3].title)
    assert starter.welcome("somebody").where.endswith(CURRICULUM.sections[0].title)


def test_a_plain_collection_is_greeted_without_questions(tmp_path: Path) -> None:
    assert made(Shelf(tmp_path, None)).welcome("me") == Welcome()
    assert "From where you are" not in greeting(Welcome())


def test_a_title_of_the_path_is_text_in_the_greeting() -> None:
    hostile = parse("## Week 1\n\n### A <img src=x> `![i](b)` *c*\n\n- [B](https://b.example)\n")
    where = hostile.place(hostile.sections[0].id)
    shown = greeting(Welcome(where, ("Why?",)))
    assert "<img" not in shown
    assert "![" not in shown


@pytest.mark.slow
def test_none_of_them_is_refused(tmp_path: Path) -> None:
    """Ask all of them of the notes alone; each is answered, and out of its own section."""
    home = tmp_path / "home"
    assert main(["ingest", "--offline", "--json", "--home", str(home)]) == 0
    assistant = Assistant(load_settings(str(home)))
    wrong = []
    for section in CURRICULUM.sections:
        for question in starters(section, NOTES[section.id]):
            answer = assistant.ask(question)
            cited = {place for citation in answer.citations for place in citation.section_ids}
            if answer.refused or section.id not in {*cited, *answer.sections[:1]}:
                wrong.append((section.id, question))
    assistant.close()
    assert wrong == []
