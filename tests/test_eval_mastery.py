"""Recovery of mastery: the measures, the histories, and that our estimate beats percent correct."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.mastery import CONSTANTS, topics_of
from eval.estimators import (
    Answer,
    History,
    answers_only,
    by_topic,
    elo,
    last_five,
    ours,
    percent,
    smoothed,
    without_luck,
)
from eval.mastery import (
    GROUPS,
    MEASURES,
    OURS,
    answers_of,
    auc,
    changed,
    draw_errors,
    log_loss,
    mae,
    ranks,
    report,
    rmse,
    told,
)
from eval.simulate import ground

TOPICS = topics_of(ground()[0].curriculum)
NAMES = (OURS, "percent correct", "… add-one smoothing", "Elo")
WAYS = (ours(TOPICS), by_topic(percent), by_topic(smoothed), elo(0.5, 0.4))


@pytest.fixture(scope="module")
def histories() -> list[History]:
    return [answers_of(seed) for seed in (1001, 1002, 1003, 1004)]


def test_a_history_is_that_of_its_learner_and_goes_on_in_time(histories: list[History]) -> None:
    answers_of.cache_clear()
    assert answers_of(1001) == histories[0]
    for told_by_one in histories:
        times = [one.at for one in told_by_one]
        assert times == sorted(times)
        assert len(told_by_one) > 50
        assert all(0 <= one.truth <= 1 for one in told_by_one)
        assert any(one.before for one in told_by_one)


def test_our_estimate_beats_percent_correct(histories: list[History]) -> None:
    seen = told(histories, WAYS)
    kept = seen.count >= 1
    weights = np.ones(int(kept.sum()))
    errors = [rmse(own[kept], seen.truth[kept], weights) for own in seen.mastery]
    losses = [log_loss(own[kept], seen.right[kept], weights) for own in seen.foretold]
    assert errors[0] < errors[1] - 0.05
    assert errors[0] < errors[2]
    assert losses[0] < losses[1]


def test_nothing_foreseen_depends_on_what_comes_after(histories: list[History]) -> None:
    first = histories[0][:30]
    turned = [*first[:-1], replace(first[-1], right=not first[-1].right)]
    for way in (*WAYS, answers_only(WAYS[0])):
        assert list(way(first)) == list(way(turned))


def test_simple_estimates_are_what_their_names_say(histories: list[History]) -> None:
    def row(*right: bool) -> list[Answer]:
        return [replace(histories[0][0], right=one) for one in right]

    assert percent(row(True, False, True, True)) == 0.75
    assert smoothed(row(True)) == pytest.approx(2 / 3)
    assert last_five(row(*[False] * 5, *[True] * 5)) == 1
    assert without_luck(row(False, False)) == 0
    assert without_luck(row(True)) == 1


def test_measures_have_their_known_values() -> None:
    truth, said, ones = np.array([0.0, 1.0]), np.array([0.3, 0.6]), np.ones(2)
    assert rmse(said, truth, ones) == pytest.approx(np.sqrt((0.09 + 0.16) / 2))
    assert mae(said, truth, ones) == pytest.approx(0.35)
    assert log_loss(said, truth, ones) == pytest.approx(-(np.log(0.7) + np.log(0.6)) / 2)
    assert rmse(said, truth, np.array([2.0, 0.0])) == pytest.approx(0.3)


@given(
    st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=2, max_size=30).filter(
        lambda pairs: len({right for _, right in pairs}) == 2
    )
)
def test_auc_counts_pairs(pairs: list[tuple[int, bool]]) -> None:
    chance = np.array([c / 10 for c, _ in pairs])
    right = np.array([float(r) for _, r in pairs])
    good, bad = chance[right == 1], chance[right == 0]
    counted = np.mean([(g > b) + (g == b) / 2 for g in good for b in bad])
    assert auc(chance, right, np.ones(len(pairs))) == pytest.approx(counted)
    assert auc(ranks(chance), right, np.ones(len(pairs))) == pytest.approx(counted)


def test_another_constant_changes_what_is_said(histories: list[History]) -> None:
    higher = changed(CONSTANTS, "mean", CONSTANTS.mean + 0.5)
    usual, raised = (next(ours(TOPICS, c)(histories[0][:1])) for c in (CONSTANTS, higher))
    assert usual
    assert raised
    assert raised.mastery > usual.mastery


def test_the_report_has_every_estimate_and_the_picture_is_the_same_twice(
    histories: list[History], tmp_path: Path
) -> None:
    seen = told(histories, WAYS)
    text = report(seen, NAMES)
    assert all(text.count(f"| {name} |") == 2 for name in NAMES)
    assert all(measure in text for measure in (*MEASURES, *GROUPS))
    draw_errors(seen, NAMES, tmp_path / "one.svg")
    draw_errors(seen, NAMES, tmp_path / "two.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
