"""Fit the two decisions of `assistant/judge.py` on signals, with nested cross-validation.

The outer folds measure; inside each, the inner ones choose the ridge and the point at which to
answer. All cases of one subject, in whatever home, are in one fold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.judge import Weights
from eval.logistic import Model, Rows, choose_ridge, fit, folds, held_out
from eval.refusal_cases import Case

# What each decision weighs, and the sign a weight is held to: more of what speaks for an answer
# must never speak against it.
ANSWER = {
    "near": 1, "nearest": 1, "covered": 1, "unknown": -1, "lead": 1, "strict": 1, "subject": 1,
    "about": 1, "together": 1, "name": 1, "defines": 1, "heading": 1, "heading_kind": 1,
    "similarity": 1, "coverage": 1, "explains": 1, "passage": 1, "sources": 1, "said": 1,
    "headed": 1, "headings": 1, "held": 1, "names": -1, "verb": 1, "untidy": -1, "headless": -1,
    "passing": -1, "undefined": -1, "beside": -1, "clause": 0, "missing": -1,
}  # fmt: skip
OFF_PATH = {
    "near": -1, "nearest": -1, "covered": -1, "unknown": 0, "similarity": -1, "coverage": -1,
    "held": -1, "names": 0,
}  # fmt: skip
FOLDS = 5
RIDGES = (0.0003, 0.001, 0.003, 0.01, 0.03)
# The share of answerable questions that must be answered in every home: the curve in
# docs/refusals.md bends here.
ANSWERED = 0.95
OFF_PATH_WORTH = 0.5  # they are many and easy; near-misses must not be drowned by them


@dataclass(frozen=True, slots=True)
class Data:
    """Cases as numbers: signals (n, d), labels (n,) of what is to be found, and fold (n,)."""

    rows: Rows
    labels: Rows
    worth: Rows
    homes: NDArray[np.str_]
    fold: NDArray[np.int64]

    def only(self, kept: NDArray[np.bool_]) -> "Data":
        """Keep some cases."""
        return Data(
            self.rows[kept], self.labels[kept], self.worth[kept], self.homes[kept], self.fold[kept]
        )


def data_of(cases: Sequence[Case], names: Sequence[str], wanted: str) -> Data:
    """Write cases as numbers; the label 1 is the outcome `wanted`."""
    labels = np.array([float(c.outcome == wanted) for c in cases])
    homes = np.array([c.home for c in cases])
    worth = np.array([OFF_PATH_WORTH if c.outcome == "off_path" else 1.0 for c in cases])
    for home in np.unique(homes):
        for label in (0.0, 1.0):
            here = (homes == home) & (labels == label)
            worth[here] /= max(worth[here].sum(), 1e-9)  # both sides of every home weigh the same
    rows = np.array([[c.signals[n] for n in names] for c in cases])
    return Data(rows, labels, worth * len(cases), homes, folds([c.subject for c in cases], FOLDS))


def train(data: Data, signs: Sequence[int], answered: float | None) -> Model:
    """Fit one decision; with `answered` its zero lies where that share of label 1 is above it."""
    one = (data.rows, data.labels, data.worth, data.fold)
    ridge = choose_ridge(*one, signs, RIDGES)
    model = fit(*one[:3], signs, ridge)
    scores = held_out(*one, lambda r, t, w, _: fit(r, t, w, signs, ridge))
    zero = 0.0 if answered is None else point(scores, data, answered)
    return Model(model.weights, model.bias - zero)


def point(scores: Rows, data: Data, answered: float) -> float:
    """Find the highest score above which every home answers that share of what it can."""
    points = [
        np.quantile(scores[(data.homes == home) & (data.labels == 1)], 1 - answered)
        for home in np.unique(data.homes)
    ]
    return float(min(points))


def nested(data: Data, signs: Sequence[int], answered: float | None) -> Rows:
    """Score every case by a model, and a point chosen, without its fold; above 0 is label 1."""
    scores = np.zeros(len(data.rows))
    for out in np.unique(data.fold):
        seen = data.fold != out
        model = train(data.only(seen), signs, answered)
        scores[~seen] = model.scores(data.rows[~seen])
    return scores


def weights_of(model: Model, names: Sequence[str]) -> Weights:
    """Name the weights of a model, rounded to what matters; signals without weight are left out."""
    named = {n: round(float(w), 3) for n, w in zip(names, model.weights, strict=True)}
    return Weights(round(model.bias, 3), {n: w for n, w in named.items() if w})
