"""The simulation: what must hold of learners, and what makes the comparison of policies fair."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.plan import lines_of, plan
from eval import simulate
from eval.policies import Desk, desk, planning
from eval.simulate import POLICIES, WHOLE, Life, days_to, draw_curves, ground, interval, life, table
from eval.simulated import (
    Assumptions,
    answered,
    at_hand,
    beginning,
    chance_right,
    draw,
    known,
    studied,
)

USUAL = Assumptions()
WEEK = (60, 60, 60, 60, 60, 180, 180)
MATERIAL, WORLD = ground()
DAYS = 21


def seated(seed: int = 1, reviews: float = 0.5) -> Desk:
    return desk(MATERIAL, WORLD, draw(WORLD, WEEK, seed, USUAL), USUAL, reviews)


@pytest.fixture(scope="module")
def found() -> dict[str, list[Life]]:
    return dict(simulate.lives(POLICIES, (1, 2), DAYS, USUAL))


# ── learners ────────────────────────────────────────────────────────────────────────────────────


def test_a_learner_is_drawn_from_the_seed_alone() -> None:
    one, same, other = (draw(WORLD, WEEK, seed, USUAL) for seed in (3, 3, 4))
    assert (one.pace == same.pace).all()
    assert one.luck.keys() == same.luck.keys()
    assert not (one.pace == other.pace).any()


def test_who_does_not_study_learns_nothing_and_forgets() -> None:
    traits = draw(WORLD, WEEK, 1, USUAL)
    memory = beginning(traits)
    levels = np.array([known(memory, traits, day) for day in range(0, 200, 10)])
    assert (np.diff(levels, axis=0) <= 0).all()
    assert levels[-1].mean() < levels[0].mean()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(1, 50), topic=st.integers(0, 122), minutes=st.floats(1, 300))
def test_study_teaches_its_topics_and_no_other(seed: int, topic: int, minutes: float) -> None:
    traits = draw(WORLD, WEEK, seed, USUAL)
    memory, topics = beginning(traits), np.array([topic])
    before = known(memory, traits, 5)
    after = known(studied(memory, traits, WORLD, USUAL, topics, minutes, 5), traits, 5)
    assert before[topic] < after[topic] <= 1
    rest = np.arange(len(before)) != topic
    assert (before[rest] == after[rest]).all()


def test_a_weak_prerequisite_slows_learning_and_only_where_it_is_assumed_to() -> None:
    traits = draw(WORLD, WEEK, 1, USUAL)
    topics = np.array([40])
    weak = beginning(replace(traits, acquired=np.zeros_like(traits.acquired)))
    firm_before = np.where(WORLD.before[40] > 0, 1.0, 0.0)
    firm = beginning(replace(traits, acquired=firm_before))

    def gain(memory_weak: bool, need: float) -> float:
        memory = weak if memory_weak else firm
        assumed = Assumptions(need=need)
        return float(studied(memory, traits, WORLD, assumed, topics, 60, 0).acquired[40])

    assert gain(True, 0.7) < gain(False, 0.7)
    assert gain(True, 0.0) == pytest.approx(gain(False, 0.0))


def test_answers_keep_from_forgetting() -> None:
    traits = draw(WORLD, WEEK, 1, USUAL)
    topics = np.array([0])
    memory = studied(beginning(traits), traits, WORLD, USUAL, topics, 200, 0)
    reviewed = memory
    for day in (3, 10, 30):
        reviewed = answered(reviewed, traits, USUAL, topics, day)
    assert at_hand(reviewed, traits, 90)[0] > at_hand(memory, traits, 90)[0] + 0.05


def test_chances_rise_with_what_is_known_and_lie_between_guess_and_slip() -> None:
    traits = draw(WORLD, WEEK, 1, USUAL)
    for item in list(MATERIAL.items.values())[::20]:
        none, half, whole = (
            chance_right(WORLD, traits, np.full(len(WORLD.places), share), item)
            for share in (0.0, 0.5, 1.0)
        )
        assert none == pytest.approx(traits.guesses[item.id])
        assert none < half < whole
        assert whole == pytest.approx(1 - traits.slip)


# ── policies ────────────────────────────────────────────────────────────────────────────────────


def test_every_policy_gets_the_same_minutes_on_every_day(found: dict[str, list[Life]]) -> None:
    for lives in zip(*found.values(), strict=True):
        assert len({one.minutes for one in lives}) == 1
    missed = np.random.default_rng([1, 2]).random(DAYS)
    traits = draw(WORLD, WEEK, 1, USUAL)
    given_minutes = sum(
        traits.minutes[day % 7] for day in range(DAYS) if missed[day] >= traits.missed
    )
    assert found["plan"][0].minutes == given_minutes


def test_the_same_learner_under_the_same_policy_lives_the_same_life(
    found: dict[str, list[Life]],
) -> None:
    again = life("plan", 1, DAYS, USUAL, 0.5)
    assert (again.levels == found["plan"][0].levels).all()
    assert again.retained == found["plan"][0].retained
    assert (found["random order"][0].levels != found["path order"][0].levels).any()


def test_retention_falls_without_reviews() -> None:
    for name in ("plan", "path order"):
        with_reviews, without = (
            np.mean([life(name, seed, 60, USUAL, share).retained for seed in (1, 2, 3)])
            for share in (0.3, 0.0)
        )
        assert with_reviews > without


def test_reviews_obey_the_cap() -> None:
    assert life("path order", 1, DAYS, USUAL, 0.0).reviews == 0
    assert life("plan", 1, DAYS, USUAL, 0.0).reviews == 0


def test_placement_is_paid_for_in_minutes(found: dict[str, list[Life]]) -> None:
    assert life("plan, placed", 1, DAYS, USUAL, 0.5).minutes == found["plan"][0].minutes


def test_the_plan_that_is_simulated_is_the_one_that_learners_get() -> None:
    one = seated(5)
    spend = planning(one)
    for day in range(30):
        one.day = day
        spend(120)
    one.day = 31
    events = tuple(one.events)
    real = plan(MATERIAL.basis(events, one.rhythm, one.now), 90)
    ours = lines_of(one.view(), one.rhythm, 90)
    assert len(events) > 50
    assert [(x.action, x.section_id, x.topic, x.title, x.minutes) for x in real.items] == [
        (x.action, x.section_id, x.topic, x.title, x.minutes) for x in ours
    ]
    assert one.now - events[0].at == timedelta(days=31)


# ── figures ─────────────────────────────────────────────────────────────────────────────────────


def made(mastered: int | None) -> Life:
    levels = np.zeros(10)
    if mastered is not None:
        levels[mastered:] = WHOLE
    return Life(mastered, levels, 0.5, 0.5, 60, 3, 0)


def test_who_never_masters_the_path_counts_with_all_the_days() -> None:
    assert [days_to(made(day)) for day in (0, 4, None)] == [1, 5, 10]


def test_an_interval_holds_its_mean_and_narrows_with_learners() -> None:
    rng = np.random.default_rng(1)
    few, many = rng.normal(1, 1, 20), rng.normal(1, 1, 2000)
    for values in (few, many):
        mean, low, high = interval(values)
        assert low < mean < high
    assert interval(many)[2] - interval(many)[1] < interval(few)[2] - interval(few)[1]


def test_the_table_and_the_curves_are_written(found: dict[str, list[Life]], tmp_path: Path) -> None:
    rows = table(found).splitlines()
    assert {row.count("|") for row in rows} == {7}
    assert "plan − path order" in rows[0]
    draw_curves(found, tmp_path / "one.svg")
    draw_curves(found, tmp_path / "two.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
