"""The calendar of a week, the ends it gives, and what slips."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import corpus
from assistant.horizon import calendar, endings, say
from assistant.learner import Rhythm
from ingest.curriculum import load, parse

MONDAY = date(2026, 3, 2)


def week_of(schedule: str) -> tuple[int, ...]:
    text = f"# P\n\n## Weekly schedule\n\n{schedule}\n\n## Links\n\n- [A](https://example.org/a)\n"
    return calendar(parse(text).schedule, Rhythm())


def test_the_path_s_schedule_takes_what_its_weeks_take() -> None:
    curriculum = load(corpus.learning_path())
    week = calendar(curriculum.schedule, Rhythm())
    assert week == (60, 60, 60, 60, 60, 180, 180)
    hours = curriculum.months[0].weeks[0].hours
    assert hours
    assert hours.low <= sum(week) / 60 <= hours.high


def test_the_learner_s_minutes_go_first() -> None:
    assert calendar((), Rhythm(minutes=(1, 2, 3, 4, 5, 6, 7))) == (1, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize(
    ("schedule", "week"),
    [
        ("- **Weekdays:**\n    - **30-45 minutes:** Read", (30,) * 5 + (0, 0)),
        ("- **Every day:**\n    - **20 minutes:** Read", (20,) * 7),
        (
            "### Monday\n\n- **1 hour:** Read\n\n### Weekend\n\n- **2 hours:** Do",
            (60, 0, 0, 0, 0, 120, 120),
        ),
        ("Whenever you can.", (60,) * 7),
    ],
)  # fmt: skip
def test_schedules_of_other_paths(schedule: str, week: tuple[int, ...]) -> None:
    assert week_of(schedule) == week


def test_parts_end_on_the_days_that_their_minutes_take() -> None:
    week = (60, 60, 60, 60, 60, 180, 180)
    found = endings([("a", 60), ("b", 61), ("c", 0)], week, MONDAY)
    assert found == {"a": MONDAY, "b": date(2026, 3, 4), "c": date(2026, 3, 4)}
    assert endings([("a", 60)], week, MONDAY, first=0.0) == {"a": date(2026, 3, 3)}


def test_what_never_ends_has_no_date() -> None:
    assert endings([("a", 60)], (0,) * 7, MONDAY) == {}


@given(
    parts=st.lists(st.floats(0, 2000), max_size=12),
    week=st.lists(st.integers(0, 300), min_size=7, max_size=7).filter(any),
    more=st.integers(1, 100),
)
def test_ends_follow_each_other_and_more_time_ends_sooner(
    parts: list[float], week: list[int], more: int
) -> None:
    named = [(str(n), minutes) for n, minutes in enumerate(parts)]
    found = list(endings(named, week, MONDAY).values())
    assert found == sorted(found)
    sooner = endings(named, [minutes + more for minutes in week], MONDAY).values()
    assert all(new <= old for new, old in zip(sooner, found, strict=False))


def test_dates_are_said_alike_in_every_language_of_the_machine() -> None:
    assert say(date(2026, 3, 8)) == "Sunday, 8 March 2026"
