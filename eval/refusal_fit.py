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
# must never speak against it. The size of the library stands last.
ANSWER = {
    "near": 1, "nearest": 1, "near_lead": 1, "covered": 1, "unknown": -1, "lead": 1, "strict": 1,
    "together": 1, "name": 1, "names": -1, "defines": 1, "undefined": -1, "heading_kind": 1,
    "similarity": 1, "coverage": 1, "beside": -1, "said": 1, "front": 1, "crowd": -1,
    "headings": 1, "sources": 1, "situation": 0, "unnamed": -1, "long": 0, "covered_long": 1,
    "size": 0,
}  # fmt: skip
# … and where some passages are known to answer this and that.
ANSWER_BY_KNOWN = {"known": 1, "told": 1, "told_long": 1, "known_lead": 1, **ANSWER}
OFF_PATH = {
    "near": -1, "nearest": -1, "covered": -1, "unknown": 0, "held": -1, "names": 0, "field": -1,
    "elsewhere": 1, "field_words": -1, "other_words": 1, "marked": -1, "size": 0,
}  # fmt: skip
BY_MEANING = frozenset(("near", "nearest", "near_lead", "similarity", "field", "elsewhere"))
ANSWER_BY_WORDS = {
    **{name: sign for name, sign in ANSWER.items() if name not in BY_MEANING | {"size"}},
    "field_words": 1, "other_words": -1, "size": 0,
}  # fmt: skip
OFF_PATH_BY_WORDS = {n: sign for n, sign in OFF_PATH.items() if n not in BY_MEANING}
FOLDS = 5
RIDGES = (0.0003, 0.001, 0.003, 0.01, 0.03)
# The share of answerable questions to be answered, by our notes alone and by whole sites: where
# some passages are known to answer, and where none are, which tells less. A hundredth more lets one
# to three of a hundred near-misses more through (docs/refusals.md, "The curve").
Shares = tuple[float, float]
ANSWERED: Shares = (0.95, 0.95)
ANSWERED_ALONE: Shares = (0.92, 0.92)
# Off-path questions are half as many as near-misses and easy to tell, but an answer to one is
# absurd. At shares of 0.91 and 0.90, 0.945 of them were refused by whole sites with 2 and with 3,
# and 0.959 with 4, which let two hundredths more of the near-misses through than 2.
OFF_PATH_WORTH = 3.0


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
    if wanted == "off_path":  # as often as they come, for the code must be right when it is given
        rows = np.array([[c.signals[n] for n in names] for c in cases])
        fold = folds([c.subject for c in cases], FOLDS)
        return Data(rows, labels, np.ones(len(cases)), homes, fold)
    worth = np.array([OFF_PATH_WORTH if c.outcome == "off_path" else 1.0 for c in cases])
    for home in np.unique(homes):
        for label in (0.0, 1.0):
            here = (homes == home) & (labels == label)
            worth[here] /= max(worth[here].sum(), 1e-9)  # both sides of every home weigh the same
    rows = np.array([[c.signals[n] for n in names] for c in cases])
    return Data(rows, labels, worth * len(cases), homes, folds([c.subject for c in cases], FOLDS))


def train(data: Data, signs: Sequence[int], answered: Shares | None) -> Model:
    """Fit one decision; with `answered` its zero lies where that share of label 1 is above it.

    The last column is the size of the library. It takes no part in the fit then, but moves the
    zero, so that small and large libraries answer the same share.
    """
    columns = slice(None) if answered is None else slice(-1)
    rows, some = data.rows[:, columns], signs[columns]
    ridge = choose_ridge(rows, data.labels, data.worth, data.fold, some, RIDGES)
    model = fit(rows, data.labels, data.worth, some, ridge)
    if answered is None:
        return model

    def again(rows: Rows, labels: Rows, worth: Rows, _: NDArray[np.int64]) -> Model:
        return fit(rows, labels, worth, some, ridge)

    scores = held_out(rows, data.labels, data.worth, data.fold, again)
    slope, zero = zero_line(scores, data, answered)
    return Model(np.append(model.weights, -slope), model.bias - zero)


def zero_line(scores: Rows, data: Data, answered: Shares) -> tuple[float, float]:
    """Lay a line over the sizes of the homes through the score above which each answers enough."""
    homes = np.unique(data.homes)
    at = [data.homes == home for home in homes]
    sizes = [float(data.rows[here, -1].mean()) for here in at]
    shares = np.interp(sizes, (0.0, 1.0), answered)
    points = [
        np.quantile(scores[here & (data.labels == 1)], 1 - share)
        for here, share in zip(at, shares, strict=True)
    ]
    if np.ptp(sizes) < 0.1:
        return 0.0, float(min(points))
    slope, zero = np.polyfit(sizes, points, 1)
    return float(slope), float(zero)


def nested(data: Data, signs: Sequence[int], answered: Shares | None) -> Rows:
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
