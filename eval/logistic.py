"""A small logistic regression whose weights may be held to a sign, and its cross-validation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Model:
    """Weights (d,) and bias of log-odds that are linear in the signals."""

    weights: Rows
    bias: float

    def scores(self, rows: Rows) -> Rows:
        """Give the log-odds of rows (n, d)."""
        return np.asarray(rows @ self.weights + self.bias, dtype=np.float64)


def fit(rows: Rows, labels: Rows, worth: Rows, signs: Sequence[int], ridge: float) -> Model:
    """Fit rows (n, d) to labels 0 or 1, each row counted `worth` times.

    A weight is held to at least 0 (sign 1), at most 0 (sign -1) or is free (sign 0). `ridge`
    pulls weights to 0, each in units of its column's standard deviation.
    """
    from scipy.optimize import minimize

    spread = rows.std(axis=0)
    spread[spread == 0] = 1.0
    scaled, total = rows / spread, worth.sum()

    def loss(values: Rows) -> tuple[float, Rows]:
        weights, bias = values[:-1], values[-1]
        odds = scaled @ weights + bias
        error = worth * (1 / (1 + np.exp(-np.clip(odds, -60, 60))) - labels)
        cost = worth @ (np.logaddexp(0, odds) - labels * odds) / total + ridge * weights @ weights
        slope = scaled.T @ error / total + 2 * ridge * weights
        return float(cost), np.append(slope, error.sum() / total)

    limits = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}
    bounds = [*(limits[sign] for sign in signs), (None, None)]
    found = minimize(loss, np.zeros(rows.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds)
    return Model(found.x[:-1] / spread, float(found.x[-1]))


def folds(groups: Sequence[str], count: int, seed: int = 0) -> NDArray[np.int64]:
    """Deal groups into `count` folds of like size; gives the fold of each row (n,)."""
    names, sizes = np.unique(np.array(groups), return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(-sizes[order], kind="stable")]
    load, fold_of = [0] * count, {}
    for place in order:
        lightest = min(range(count), key=lambda f: load[f])
        fold_of[str(names[place])] = lightest
        load[lightest] += int(sizes[place])
    return np.array([fold_of[group] for group in groups])


def held_out(
    rows: Rows,
    labels: Rows,
    worth: Rows,
    fold: NDArray[np.int64],
    train: Callable[[Rows, Rows, Rows, NDArray[np.int64]], Model],
) -> Rows:
    """Score each row by a model that has seen no row of its fold; log-odds (n,).

    `train` gets rows, labels, worth and the folds of the rows it may see, for its own inner folds.
    """
    scores = np.zeros(len(rows))
    for out in np.unique(fold):
        seen, unseen = fold != out, fold == out
        scores[unseen] = train(rows[seen], labels[seen], worth[seen], fold[seen]).scores(
            rows[unseen]
        )
    return scores


def choose_ridge(
    rows: Rows,
    labels: Rows,
    worth: Rows,
    fold: NDArray[np.int64],
    signs: Sequence[int],
    ridges: Sequence[float],
) -> float:
    """Choose the ridge with the least held-out log loss over the folds given."""

    def loss(ridge: float) -> float:
        scores = held_out(rows, labels, worth, fold, lambda r, t, w, _: fit(r, t, w, signs, ridge))
        return float(worth @ (np.logaddexp(0, scores) - labels * scores))

    return min(ridges, key=loss)


def auc(scores: Rows, labels: Rows) -> float:
    """Give the chance that a row labelled 1 scores above one labelled 0; ties count half."""
    high, low = scores[labels == 1], scores[labels == 0]
    above = (high[:, None] > low[None, :]).sum() + 0.5 * (high[:, None] == low[None, :]).sum()
    return float(above / max(1, len(high) * len(low)))
