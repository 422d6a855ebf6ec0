"""The quiz bank: its form, and that the notes prove every answer."""

from pathlib import Path

import pytest

from assistant.quiz import Choice, Item, Order, Short, compute, load_quiz, plain
from ingest.curriculum import load
from ingest.errors import InputError

ROOT = Path(__file__).resolve().parent.parent
FILES = tuple(sorted((ROOT / "corpus" / "quiz").glob("*.yaml")))
LEAST = 10  # items of a section

every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def note_parts(section_id: str) -> dict[str, str]:
    """Map each heading of a note to the text between it and the next heading."""
    parts: dict[str, str] = {}
    heading, fenced = "", False
    body = (ROOT / "corpus" / "notes" / f"{section_id}.md").read_text(encoding="utf-8")
    for line in body.split("---\n", 2)[2].splitlines():
        fenced ^= line.startswith("```")
        if line.startswith("#") and not fenced:
            heading = line.lstrip("# ").strip()
            parts[heading] = ""
        else:
            parts[heading] = f"{parts.get(heading, '')}\n{line}"
    return parts


@every_file
def test_a_section_has_a_quiz_spread_over_topics_levels_and_kinds(file: Path) -> None:
    items = load_quiz(file)
    section = load(ROOT / "corpus" / "learning_path.md").section(file.stem)
    topics = {t.text for t in section.topics} or {e.text for e in section.exercises}
    assert {item.section_id for item in items} == {file.stem}
    assert len(items) >= LEAST
    assert {item.topic for item in items} <= topics, "a topic is worded as in the path"
    if section.topics:
        assert {item.topic for item in items} == topics
    assert {item.level for item in items} == {"recall", "understanding", "application"}
    assert len({type(item.expected) for item in items}) >= 3
    assert len({plain(item.question) for item in items}) == len(items)


@every_file
def test_the_notes_prove_every_answer(file: Path) -> None:
    parts = note_parts(file.stem)
    for item in load_quiz(file):
        assert item.evidence in parts, f"{item.id}: no heading {item.evidence!r}"
        told = plain(parts[item.evidence])
        missing = [point for point in item.points if plain(point) not in told]
        assert missing == [], f"{item.id}: not under {item.evidence!r}"


def all_items() -> list[Item]:
    return [item for file in FILES for item in load_quiz(file)]


def test_ids_are_unique_over_the_bank() -> None:
    ids = [item.id for item in all_items()]
    assert len(ids) == len(set(ids))


def test_the_key_is_not_given_away_by_its_length() -> None:
    choices = [i.expected for i in all_items() if isinstance(i.expected, Choice)]
    if len(choices) < 30:
        pytest.skip("too few choices to tell from chance")
    longest = sum(len(c.key) > max(len(d.text) for d in c.distractors) for c in choices)
    shortest = sum(len(c.key) < min(len(d.text) for d in c.distractors) for c in choices)
    assert longest <= 0.25 * len(choices)
    assert shortest <= 0.35 * len(choices)


def test_a_question_does_not_hold_its_own_answer() -> None:
    for item in all_items():
        if isinstance(item.expected, Short):
            said = [a for a in item.expected.accepted if len(a) > 3 and a.casefold() in
                    item.question.casefold().split()]  # fmt: skip
            assert not said, item.id


def test_steps_are_shown_in_words_that_do_not_number_them() -> None:
    for item in all_items():
        if isinstance(item.expected, Order):
            assert not any(step[:1].isdigit() for step in item.expected.steps), item.id


@pytest.mark.parametrize(
    ("formula", "value"),
    [("60 / (60 + 20)", 0.75), ("-2 ** 2", -4), ("sqrt(9) + log2(8)", 6), ("max(1, 2) * 3", 6)],
)
def test_arithmetic_is_computed(formula: str, value: float) -> None:
    assert compute(formula) == pytest.approx(value)


@pytest.mark.parametrize("formula", ["1 / 0", "open('x')", "().__class__", "1 +", "x", "'a' * 3"])
def test_nothing_else_is_computed(formula: str) -> None:
    with pytest.raises(InputError, match="cannot compute"):
        compute(formula)


GOOD = """
section: m1w1-basic-ml-concepts
items:
  - id: a
    topic: Overfitting and underfitting
    level: recall
    difficulty: 1
    kind: numeric
    question: How much is it?
    answer: 0.75
    tolerance: 0.01
    formula: 60 / 80
    evidence: Overfitting
    points: [noise]
"""


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("0.75", "0.5", "is 0.75, not 0.5"),
        ("numeric", "essay", "kind is one of"),
        ("recall", "hard", "level is one of"),
        ("points: [noise]", "points: []", "points must be a list"),
        ("    answer: 0.75\n", "", "missing"),
        ("tolerance: 0.01", "tolerance: a", "are numbers"),
        ("section: m1w1-basic-ml-concepts\n", "", "expected `section`"),
        ("id: a", "name: a", "needs an id"),
        ("items:", "items: {", "not YAML"),
    ],
)
def test_a_bad_item_is_told(tmp_path: Path, was: str, now: str, said: str) -> None:
    file = tmp_path / "quiz.yaml"
    file.write_text(GOOD, encoding="utf-8")
    assert len(load_quiz(file)) == 1
    file.write_text(GOOD.replace(was, now, 1), encoding="utf-8")
    with pytest.raises(InputError, match=said) as raised:
        load_quiz(file)
    assert "\n" not in str(raised.value)
