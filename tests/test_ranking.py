"""A ranking learnt from grades: what is recovered, what is held, and what is measured."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.ranking import (
    Prior,
    Rows,
    Weights,
    fit,
    folds,
    held_out_scores,
    interval,
    measure,
    pairs_of,
)

TRUE = np.array([2.0, -1.5, 0.0, 1.0])


def made(questions: int, seed: int = 3, kinds: int = 2, noise: float = 0.3) -> Rows:
    """Make candidates whose grades follow TRUE; the second kind has no use for the last feature."""
    chance = np.random.default_rng(seed)
    question = np.repeat(np.arange(questions), 8)
    features = chance.random((len(question), len(TRUE)))
    kind = question % kinds
    weights = np.stack([TRUE, TRUE * [1, 1, 1, 0]])[kind]
    value = (features * weights).sum(axis=1) + noise * chance.normal(size=len(question))
    grade = np.digitize(value, [0.8, 1.6])
    return Rows(features, question, kind, grade, question % 5)


def flat(kinds: int = 2, strength: float = 1e-4, kind_strength: float = 1e-4) -> Prior:
    zero = np.zeros(len(TRUE))
    return Prior(zero, np.zeros((kinds, len(TRUE))), zero, strength, kind_strength)


def test_weights_that_made_the_grades_are_recovered() -> None:
    weights = fit(made(300), flat())
    first, second = (row / row[0] for row in weights.kinds)
    assert first == pytest.approx(TRUE / TRUE[0], abs=0.12)
    assert second == pytest.approx(TRUE * [1, 1, 1, 0] / TRUE[0], abs=0.12)
    assert weights.shared[0] > 1


def test_signs_are_held() -> None:
    prior = flat()
    signed = Prior(prior.shared, prior.kinds, np.array([-1.0, 1.0, 0.0, 1.0]), 1e-4, 1e-4)
    weights = fit(made(100), signed)
    for row in (weights.shared, *weights.kinds):
        assert row[0] <= 0
        assert row[1] >= 0
        assert row[3] >= 0


def test_without_labels_the_prior_stays() -> None:
    rows = made(10)
    alike = Rows(rows.features, rows.question, rows.kind, np.ones_like(rows.grade), rows.section)
    prior = Prior(TRUE, np.array([[0, 0, 0, 0], [0, 0.5, 0, 0]]), np.zeros(4), 0.1, 0.1)
    weights = fit(alike, prior)
    assert weights.shared == pytest.approx(TRUE, abs=1e-4)
    assert weights.kinds[1] == pytest.approx([2.0, -1.0, 0.0, 1.0], abs=1e-4)


def test_a_strong_prior_outweighs_labels() -> None:
    prior = Prior(-TRUE, np.zeros((2, 4)), np.zeros(4), 1e3, 1e3)
    assert fit(made(50), prior).shared == pytest.approx(-TRUE, abs=0.01)


def test_pairs_stay_within_a_question_and_count_once() -> None:
    rows = made(20)
    differences, kinds, shares = pairs_of(rows)
    assert len(differences) == len(kinds) == len(shares)
    asked = sum(
        rows.grade[rows.question == q].min() < rows.grade[rows.question == q].max()
        for q in range(20)
    )
    assert shares.sum() == pytest.approx(asked)


@given(st.integers(2, 6), st.integers(0, 5))
@settings(max_examples=20, deadline=None)
def test_folds_tear_no_group_apart(number: int, seed: int) -> None:
    groups = np.repeat(np.arange(9), 3)
    masks = list(folds(groups, number, seed))
    assert np.sum(masks, axis=0).tolist() == [1] * 27
    for mask in masks:
        assert not set(groups[mask]) & set(groups[~mask])


def test_held_out_scores_rank_nearly_as_well_as_the_truth() -> None:
    rows = made(120)
    scores = held_out_scores(rows, rows.question, flat(), 5, 1)
    truth = Weights(TRUE, np.stack([TRUE, TRUE * [1, 1, 1, 0]])).scores(rows)
    found, best = measure(rows, scores), measure(rows, truth)
    assert found.pairwise.mean() > best.pairwise.mean() - 0.02
    assert measure(rows, -truth).ndcg.mean() < 0.4


def test_measures_by_hand() -> None:
    rows = Rows(
        np.zeros((6, 1)),
        np.array([0, 0, 0, 1, 1, 2]),
        np.zeros(6, dtype=np.int64),
        np.array([2, 0, 1, 1, 0, 2]),
        np.zeros(6, dtype=np.int64),
    )
    found = measure(rows, np.array([0.1, 0.2, 0.9, 0.9, 0.1, 1.0]))
    assert found.ndcg == pytest.approx([1 / 3, 1.0])  # the third question has nothing to order
    assert found.first == pytest.approx([0.0, 0.0])
    assert found.pairwise == pytest.approx([1 / 3, 1.0])


def test_an_interval_holds_its_mean() -> None:
    values = np.random.default_rng(0).random(200)
    low, high = interval(values)
    assert low < values.mean() < high
    assert high - low < 0.1
