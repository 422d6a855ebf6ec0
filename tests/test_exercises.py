"""Hints before solutions, one at a time, read off the conversation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.exercises import (
    Help,
    Progress,
    Task,
    Wish,
    help_in,
    helped,
    read_wish,
    so_far,
)
from assistant.manner import Turn
from ingest.library import Entry
from ingest.split import Passage

NOTE = """Wind is felt before it is seen.

Hint 1: Look at the flag. It turns first.

Hint 2: Feel the wind on both cheeks.

Solution sketch: Turn until both cheeks feel the same wind. Write the angle down.

```python
print("north")
```
"""


def entry(text: str = NOTE, name: str = "Find the wind") -> Entry:
    path = ("Exercises", f"Exercise: {name}")
    passage = Passage("p", "note/m1w1-a", 0, text, 0, len(text), path, None, "h", 9)
    return Entry(passage, "Wind", "note", "studypath://notes/m1w1-a", "", ("m1w1-a",))


HINTS, SOLUTION = help_in([entry()])
WIND = Task("m1w1-a", 1, "exercise", "Find the wind without instruments", HINTS, SOLUTION)
KNOT = Task("m1w1-a", 2, "exercise", "Tie a bowline with one hand")
CHART = Task("m2w1-b", 1, "exercise", "Draw a chart of your harbor")
TASKS = (WIND, KNOT, CHART)


def idf(_: str) -> float:
    return 1.0


def said(help: Help | None) -> str:
    assert help is not None
    return " ".join(span.text for quote in help.quotes for span in quote.spans)


def test_hints_and_solution_are_sorted_out_of_a_note() -> None:
    assert [said(Help(h, "", Progress())) for h in HINTS] == [
        "Hint 1: Look at the flag. It turns first.",
        "Hint 2: Feel the wind on both cheeks.",
    ]
    told = said(Help(SOLUTION, "", Progress()))
    assert told.startswith("Solution sketch: Turn until")
    assert 'print("north")' in told
    for quote in (*HINTS[0], *HINTS[1], *SOLUTION):
        assert quote.hit.entry.passage.text[quote.start : quote.end].startswith(quote.spans[0].text)


@pytest.mark.parametrize(
    ("text", "task", "wants"),
    [
        ("help me with the exercise on finding the wind", WIND, "hint"),
        ("How do I solve: Tie a bowline with one hand?", KNOT, "solution"),
        ("Draw a chart of your harbor", CHART, "help"),
        ("I'm stuck on the bowline exercise", KNOT, "hint"),
        ("give me the solution of “Draw a chart of your harbor”", CHART, "solution"),
        ("next hint", None, "hint"),
        ("can I have another hint please?", None, "hint"),
        ("more", None, "hint"),
        ("I give up", None, "solution"),
        ("Show me the solution now", None, "solution"),
    ],
)
def test_what_is_wanted_of_which_exercise(text: str, task: Task | None, wants: str) -> None:
    assert read_wish(text, TASKS, (), idf) == Wish(task, wants)


@pytest.mark.parametrize(
    "text",
    [
        "What is a bowline?",
        "What is the solution to weather helm?",
        "How do I draw?",
        "Does a keel help against drift?",
        "When do I tie a knot with one hand or two?",
        "Tie a bowline with one hand vs a knot",
        "",
    ],
)
def test_other_questions_are_left_alone(text: str) -> None:
    assert read_wish(text, TASKS, (), idf) is None


@pytest.mark.parametrize("text", ["a bowline with one hand", "how do I cut a bowline, one hand?"])
def test_what_names_all_but_what_is_to_be_done_is_another_question(text: str) -> None:
    def rare(stem: str) -> float:
        return 0.2 if stem in ("tie", "cut") else 1.0

    assert read_wish(text, TASKS, (), rare) is None
    assert read_wish(f"tie {text.partition('cut ')[2] or text}", TASKS, (), rare) is not None


def test_exercises_of_a_place_are_counted_through() -> None:
    within = ("m1w1-a",)
    assert read_wish("help with exercise 2", TASKS, within, idf) == Wish(KNOT, "hint")
    assert read_wish("solve the first exercise", TASKS, within, idf) == Wish(WIND, "solution")
    assert read_wish("the last exercise", TASKS, within, idf) == Wish(KNOT, "help")
    assert read_wish("help with exercise 7", TASKS, within, idf) is None
    assert read_wish("help with exercise 2", TASKS, (), idf) is None


def talk(*asked: str, hints: bool) -> list[Help | None]:
    """Ask one after the other, each with the turns before it."""
    history: list[Turn] = []
    given: list[Help | None] = []

    def wish_of(text: str) -> Wish | None:
        return read_wish(text, TASKS, (), idf)

    for text in asked:
        wish = wish_of(text)
        answer = helped(wish, so_far(history, wish_of, hints=hints), hints=hints) if wish else None
        given.append(answer)
        history.append(Turn(text, refused=wish is not None and answer is None))
    return given


def test_hints_come_one_at_a_time_and_before_the_solution() -> None:
    first, early, other, last, solution = talk(
        "help me to find the wind without instruments, an exercise",
        "give me the solution",
        "what is a keel?",
        "another hint",
        "solution",
        hints=True,
    )
    assert said(first).startswith("Hint 1")
    assert said(early).startswith("Hint 2")
    assert early is not None
    assert "hint 2 of 2" in early.message
    assert other is None
    assert last is not None
    assert "last of 2 hints" in last.message
    assert said(solution).startswith("Solution sketch")


def test_without_the_switch_who_asks_for_the_solution_gets_it() -> None:
    hint, solution = talk("hint for: find the wind without instruments", "solution", hints=False)
    assert said(hint).startswith("Hint 1")
    assert said(solution).startswith("Solution sketch")
    (pasted,) = talk("Find the wind without instruments", hints=False)
    assert said(pasted).startswith("Solution sketch")
    (switched,) = talk("Find the wind without instruments", hints=True)
    assert said(switched).startswith("Hint 1")


def test_another_exercise_begins_with_its_first_hint() -> None:
    _, bare, back = talk(
        "hint for the exercise: find the wind without instruments",
        "hint for the exercise: tie a bowline with one hand",
        "hint for the exercise: find the wind without instruments",
        hints=True,
    )
    assert bare is not None
    assert (bare.quotes, bare.progress.task) == ((), KNOT)
    assert said(back).startswith("Hint 1")


def test_without_an_exercise_at_hand_nothing_is_given() -> None:
    assert talk("next hint", "solution", "more", hints=True) == [None, None, None]


WORDS = ["next hint", "solution", "Find the wind without instruments", "what is a keel?", "more"]


@given(st.lists(st.sampled_from(WORDS), max_size=8))
def test_with_the_switch_no_solution_stands_before_all_hints(asked: list[str]) -> None:
    hints_seen: set[str] = set()
    for answer in talk(*asked, hints=True):
        if answer is None or not answer.quotes:
            continue
        if said(answer).startswith("Solution"):
            assert len(hints_seen) == len(HINTS)
        else:
            hints_seen.add(said(answer))
