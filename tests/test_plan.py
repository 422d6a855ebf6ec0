"""The plan of a day: its order, its bounds, its reasons, and what it never does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.learner import (
    Attempt,
    Deed,
    Event,
    Known,
    Practised,
    Reviewed,
    Rhythm,
    Studied,
)
from assistant.material import Material, load_material
from assistant.needs import ancestors
from assistant.plan import StudyPlan, plan
from assistant.standing import standing
from ingest.errors import InputError

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)
USUAL = Rhythm()
PREPROCESSING = "m1w2-data-preprocessing"
BASICS, PYTHON = "m1w1-basic-ml-concepts", "m1w1-python-for-ml-implementation"
VECTORS = "m2w3-vector-database-fundamentals"
RAG = "m4w1-rag-optimization-evaluation"


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return load_material(tmp_path_factory.mktemp("none"))


Timed = tuple[datetime, Deed]
Made = Callable[..., StudyPlan]


@pytest.fixture
def made(material: Material) -> Made:
    """Give a function that plans from timed deeds."""

    def plan_of(
        *deeds: Timed, minutes: int = 40, now: datetime = NOW, rhythm: Rhythm = USUAL
    ) -> StudyPlan:
        events = tuple(Event(n, at, deed) for n, (at, deed) in enumerate(deeds, 1))
        return planned(material, events, minutes, now, rhythm)

    return plan_of


def planned(
    material: Material, events: tuple[Event, ...], minutes: int, now: datetime, rhythm: Rhythm
) -> StudyPlan:
    return plan(material.basis(events, rhythm, now), minutes)


def done(*ids: str, at: datetime = NOW) -> list[Timed]:
    return [(at, Studied(section_id)) for section_id in ids]


def answered(
    material: Material, section_id: str, shares: list[float], at: datetime = NOW
) -> list[Timed]:
    items = [item for item in material.items.values() if item.section_id == section_id]
    return [
        (at, Attempt(item.id, item.topic, share))
        for item, share in zip(items, shares, strict=False)
    ]


# ── order and reasons ───────────────────────────────────────────────────────────────────────────


def test_a_new_learner_begins_at_the_beginning_with_its_first_resource(made: Made) -> None:
    (line,) = made().items
    assert (line.action, line.section_id, line.minutes, line.of) == ("watch", BASICS, 40, 71)
    assert line.title == "StatQuest ML Fundamentals Playlist"
    assert line.url
    assert line.reason == "next in Month 1 · Week 1 · Basic ML Concepts"


def test_a_long_day_goes_from_video_to_reading_to_practice_to_exercise_to_quiz(made: Made) -> None:
    actions = [line.action for line in made(minutes=345).items if line.section_id == BASICS]
    assert actions == ["watch", "read", "practise", "exercise", "exercise", "quiz"]


def test_half_a_quiz_failed_on_the_second_week(made: Made, material: Material) -> None:
    deeds = done(BASICS, PYTHON) + answered(material, PREPROCESSING, [1, 0] * 3)
    review, check, watch = made(*deeds, now=NOW + DAY).items
    assert (review.action, review.reason) == ("review", "3 reviews due")
    assert (check.action, check.section_id, check.count) == ("quiz", BASICS, 5)
    assert "marked Basic ML Concepts done" in check.reason
    assert (watch.action, watch.section_id) == ("watch", PREPROCESSING)
    assert "weakest in " in watch.reason


def test_a_weak_prerequisite_comes_before_what_needs_it(made: Made, material: Material) -> None:
    deeds = (
        done(BASICS, PYTHON)
        + answered(material, BASICS, [0, 1, 0, 0, 0, 0])
        + answered(material, PYTHON, [1] * 8)
    )
    items = made(*deeds).items
    assert items[0].section_id == BASICS
    assert items[0].action == "read"
    assert items[0].topic
    assert items[0].reason.startswith("needed for Data Preprocessing; your mastery of ")
    assert items[-1].section_id == PREPROCESSING


def test_few_right_answers_are_no_reason_to_read_again(made: Made, material: Material) -> None:
    deeds = (
        done(BASICS, PYTHON)
        + answered(material, BASICS, [1] * 5)
        + answered(material, PYTHON, [1] * 5)
    )
    assert {line.section_id for line in made(*deeds).items} == {PREPROCESSING}


def test_a_topic_read_again_is_asked_and_not_read_once_more(made: Made, material: Material) -> None:
    deeds = (
        done(BASICS, PYTHON)
        + answered(material, BASICS, [0] * 12)
        + answered(material, PYTHON, [1] * 5)
    )
    again = (NOW + timedelta(hours=1), Studied(BASICS, f"note/{BASICS}"))
    first = made(*deeds, now=NOW + timedelta(hours=2)).items[0]
    then = made(*deeds, again, now=NOW + timedelta(hours=2)).items[0]
    assert (first.action, first.section_id) == ("read", BASICS)
    assert (then.action, then.topic) == ("quiz", first.topic)


def test_a_skipped_prerequisite_shares_the_time_with_what_was_chosen(made: Made) -> None:
    first, second, *_ = made((NOW, Studied(RAG, "", "started")), minutes=60).items
    assert first.section_id == BASICS
    assert "needed for RAG Optimization & Evaluation" in first.reason
    assert second.section_id == RAG


def test_at_most_one_finished_section_is_checked(made: Made, material: Material) -> None:
    ids = [section.id for section in material.curriculum.sections[:6]]
    items = made(*done(*ids), minutes=120).items
    assert sum("no answer has checked it yet" in line.reason for line in items) == 1


def test_what_is_begun_goes_on_where_it_stopped(made: Made, material: Material) -> None:
    video = material.curriculum.section(BASICS).resources[0].id
    line = made((NOW, Studied(BASICS, video, "started", 40.0)), minutes=20).items[0]
    assert (line.resource_id, line.minutes, line.of) == (video, 20, 71)
    assert "after 40 min" in line.reason
    rest = made((NOW, Studied(BASICS, video, "started", 40.0)), minutes=90).items[0]
    assert rest.minutes == 31
    over = made((NOW, Studied(BASICS, video, "started", 90.0)), minutes=90).items[0]
    assert "longer than estimated" in over.reason


def test_what_is_known_is_skipped_and_needs_no_check(made: Made) -> None:
    items = made((NOW, Known(BASICS)), (NOW, Known(PYTHON))).items
    assert {line.section_id for line in items} == {PREPROCESSING}


def test_a_goal_brings_only_what_it_needs(made: Made, material: Material) -> None:
    wanted = {VECTORS, *ancestors(material.prerequisites, VECTORS)}
    result = made(minutes=600, rhythm=Rhythm(goal=VECTORS))
    assert {line.section_id for line in result.items} <= wanted
    assert "your goal (Vector Database Fundamentals)" in result.words[0]
    reached = made(*done(VECTORS), rhythm=Rhythm(goal=VECTORS))
    assert [line.action for line in reached.items] == ["quiz"]
    assert "Nothing new is left of your goal" in reached.words[0]


def test_a_path_that_is_done_leaves_reviews_and_what_is_weakest(
    made: Made, material: Material
) -> None:
    ids = [section.id for section in material.curriculum.sections]
    deeds = done(*ids) + answered(material, BASICS, [0] * 8)
    items = made(*deeds, minutes=60, now=NOW + 3 * DAY).items
    assert items[0].action == "review"
    assert any("your mastery of " in line.reason for line in items[1:])


def test_a_section_reopened_is_planned_again(made: Made) -> None:
    deeds = [*done(BASICS), (NOW + DAY, Studied(BASICS, "", "reopened"))]
    assert made(*deeds, now=NOW + DAY).items[0].section_id == BASICS


def test_a_section_whose_steps_are_all_done_still_wants_its_quiz(
    made: Made, material: Material
) -> None:
    section = material.curriculum.section(BASICS)
    deeds: list[Timed] = [(NOW, Studied(BASICS, r.id)) for r in section.resources]
    deeds += [(NOW, Practised(BASICS, e.text)) for e in section.exercises]
    first = made(*deeds, minutes=60).items[0]
    assert (first.action, first.section_id, first.count) == ("quiz", BASICS, 8)
    passed = answered(material, BASICS, [1] * 8)
    assert made(*deeds, *passed, minutes=60).items[0].section_id == PYTHON


def test_a_section_passed_once_stays_passed(made: Made, material: Material) -> None:
    section = material.curriculum.section(BASICS)
    deeds: list[Timed] = [(NOW, Studied(BASICS, r.id)) for r in section.resources]
    deeds += [(NOW, Practised(BASICS, e.text)) for e in section.exercises]
    deeds += answered(material, BASICS, [1] * 8)
    deeds += answered(material, BASICS, [0] * 8, at=NOW + DAY)
    result = made(*deeds, minutes=120, now=NOW + DAY)
    assert result.words[0].startswith("1 of the 31 sections")
    assert {line.topic != "" for line in result.items if line.section_id == BASICS} == {True}


# ── time ────────────────────────────────────────────────────────────────────────────────────────


def test_reviews_stay_within_their_cap_but_fill_a_short_time(
    made: Made, material: Material
) -> None:
    deeds = done(BASICS) + answered(material, BASICS, [0, 1] * 10)
    later = NOW + 30 * DAY
    some = made(*deeds, now=later, minutes=12, rhythm=Rhythm(reviews=0.25)).items[0]
    assert (some.action, some.minutes, some.count) == ("review", 3, 4)
    assert "4 of them fit" in some.reason
    assert [line.action for line in made(*deeds, now=later, minutes=5).items] == ["review"]
    none = made(*deeds, now=later, minutes=40, rhythm=Rhythm(reviews=0.0)).items
    assert "review" not in [line.action for line in none]


def test_the_pace_of_reviews_is_learnt_from_timed_ones(made: Made, material: Material) -> None:
    deeds = answered(material, BASICS, [0.0] * 12)
    slow = [(at, Reviewed(d.item_id, d.topic, 1, 120.0)) for at, d in deeds]
    first = made(*deeds, *slow, now=NOW + 3 * DAY, minutes=60).items[0]
    assert first.minutes == 2 * first.count


def test_the_day_is_that_of_the_learner_s_zone(made: Made) -> None:
    assert made().date.isoformat() == "2026-03-02"
    assert made(rhythm=Rhythm(zone="Pacific/Auckland")).date.isoformat() == "2026-03-03"


@pytest.mark.parametrize("minutes", [0, -5])
def test_no_time_is_no_plan(made: Made, minutes: int) -> None:
    with pytest.raises(InputError, match=f"{minutes} minutes hold no plan"):
        made(minutes=minutes)


def test_missed_days_are_told_with_their_dates(made: Made) -> None:
    rhythm = Rhythm(start=NOW.date())
    assert made(now=NOW, rhythm=rhythm).slips == ()
    week, path = made(*done(BASICS), now=NOW + 10 * DAY, rhythm=rhythm).slips
    assert week.words() == (
        "Month 1 · Week 1 now ends on Sunday, 15 March 2026: 7 days later than planned"
        " (Sunday, 8 March 2026)"
    )
    assert path.what == "the path"


# ── properties ──────────────────────────────────────────────────────────────────────────────────


@st.composite
def histories(draw: st.DrawFn, material: Material) -> tuple[Event, ...]:
    """Draw a record of up to 25 deeds over some weeks."""
    sections = material.curriculum.sections[:8]
    at, events = NOW - 60 * DAY, []
    for number in range(draw(st.integers(0, 25))):
        at += timedelta(hours=draw(st.integers(0, 60)))
        section = draw(st.sampled_from(sections))
        resource = draw(st.sampled_from([r.id for r in section.resources] + [""]))
        state = draw(st.sampled_from(["started", "done", "done", "reopened"]))
        items = [item for item in material.items.values() if item.section_id == section.id]
        item = draw(st.sampled_from(items))
        share = draw(st.sampled_from([0.0, 0.5, 1.0]))
        minutes = draw(st.sampled_from([None, 5.0, 200.0]))
        exercise = draw(st.sampled_from(section.exercises)).text
        deeds: list[Deed] = [
            Studied(section.id, resource, state, minutes),
            Attempt(item.id, item.topic, share),
            Reviewed(item.id, item.topic, draw(st.integers(1, 4))),
            Practised(section.id, exercise, minutes),
            Known(section.id, draw(st.booleans())),
        ]
        events.append(Event(number + 1, at, draw(st.sampled_from(deeds))))
    return tuple(events)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), minutes=st.integers(1, 600), cap=st.sampled_from([0.0, 0.5, 1.0]))
def test_what_holds_for_every_plan(
    material: Material, data: st.DataObject, minutes: int, cap: float
) -> None:
    events = data.draw(histories(material))
    goal = data.draw(st.sampled_from(["", VECTORS, PYTHON]))
    rhythm = Rhythm(reviews=cap, goal=goal)
    result = planned(material, events, minutes, NOW, rhythm)

    assert planned(material, events, minutes, NOW, replace(rhythm)) == result
    assert sum(line.minutes for line in result.items) <= minutes
    assert all(line.minutes >= 1 for line in result.items)
    assert all(line.reason.strip() and line.title.strip() for line in result.items)
    keys = [(line.action, line.section_id, line.topic, line.title) for line in result.items]
    assert len(keys) == len(set(keys))
    stands = standing(events)
    for line in result.items:
        if line.reason.startswith("next in "):
            assert not stands.finished(line.section_id)
            assert line.resource_id not in stands.done
            assert (line.section_id, line.title) not in stands.exercises
    order = [line.section_id for line in result.items if line.section_id]
    for place, section_id in enumerate(order):
        before = ancestors(material.prerequisites, section_id)
        assert not before & set(order[place + 1 :]), "a prerequisite comes after what needs it"


def test_a_path_of_one_s_own_without_notes_hours_or_quiz_is_planned(tmp_path: Path) -> None:
    from ingest.curriculum import parse

    text = "## Month 1: A\n\n### Week 1: B\n\n#### Wind\n\n- [Sails](https://example.org/sails)\n"
    shipped = load_material(tmp_path)
    material = replace(
        shipped, curriculum=parse(text), items={}, note_words={},
        prerequisites=shipped.prerequisites.within(parse(text)),
    )  # fmt: skip
    (line,) = planned(material, (), 30, NOW, Rhythm()).items
    assert (line.title, line.minutes, line.of) == ("Sails", 30, 120)
    assert line.source == "a share of two hours a section, since the path names none"
