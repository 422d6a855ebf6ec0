"""A ranking learnt from grades: pairwise logistic regression, and measures of a ranking.

Pure mathematics on arrays. A row is a candidate: its features, its question (rows of one question
are compared with each other only), its kind of question, and its grade.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STEPS = 3000
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Rows:
    """Candidates to be ranked: features (n, f), question (n,), kind (n,) and grade (n,).

    `section` (n,) is a coarser group of questions than `question`.
    """

    features: Floats
    question: Ints
    kind: Ints
    grade: Ints
    section: Ints

    def where(self, mask: NDArray[np.bool_]) -> "Rows":
        """Keep some of the rows."""
        return Rows(
            self.features[mask],
            self.question[mask],
            self.kind[mask],
            self.grade[mask],
            self.section[mask],
        )


@dataclass(frozen=True, slots=True)
class Prior:
    """What the weights are drawn to, (f,) and (kinds, f), how hard, and which signs they may have.

    `signs` (f,) holds 1 (not below 0), -1 (not above 0) or 0 (either).
    """

    shared: Floats
    kinds: Floats
    signs: Floats
    strength: float
    kind_strength: float


@dataclass(frozen=True, slots=True)
class Weights:
    """Shared weights (f,), and the weights of each kind of question (kinds, f)."""

    shared: Floats
    kinds: Floats

    def scores(self, rows: Rows) -> Floats:
        """Score rows, (n,)."""
        return np.asarray((rows.features * self.kinds[rows.kind]).sum(axis=1), dtype=np.float64)


def pairs_of(rows: Rows) -> tuple[Floats, Ints, Floats]:
    """Pair each row with every lower graded one of its question.

    Gives the difference of features (p, f), the kind (p,) and the pair's share (p,): a question
    counts once, however many pairs it has, and two grades apart count twice as much as one.
    """
    differences, kinds, shares = [], [], []
    for question in np.unique(rows.question):
        mine = np.flatnonzero(rows.question == question)
        above, below = np.nonzero(rows.grade[mine][:, None] > rows.grade[mine][None, :])
        if not len(above):
            continue
        differences.append(rows.features[mine[above]] - rows.features[mine[below]])
        kinds.append(rows.kind[mine[above]])
        apart = (rows.grade[mine[above]] - rows.grade[mine[below]]).astype(np.float64)
        shares.append(apart / apart.sum())
    if not differences:
        width = rows.features.shape[1]
        return np.zeros((0, width)), np.zeros(0, dtype=np.int64), np.zeros(0)
    return np.concatenate(differences), np.concatenate(kinds), np.concatenate(shares)


def fit(rows: Rows, prior: Prior) -> Weights:
    """Fit weights by pairwise logistic loss with L2 to the prior, under the prior's signs.

    Loss: the mean over questions of log(1 + exp(-(better - worse))), plus strength * |shared -
    prior|² and, per kind, kind_strength * |(kind - shared) - prior of the kind|². It is convex;
    accelerated projected gradient descent (Beck and Teboulle, 2009) finds its one minimum.
    """
    differences, kinds, shares = pairs_of(rows)
    shares = shares / max(1.0, shares.sum())
    number = len(prior.kinds)
    low = np.where(prior.signs > 0, 0.0, -np.inf)
    high = np.where(prior.signs < 0, 0.0, np.inf)
    of_kind = [np.flatnonzero(kinds == kind) for kind in range(number)]
    parts = [(differences[pick], shares[pick]) for pick in of_kind]
    steep = 0.25 * max(float(np.linalg.norm((d * s[:, None]).T @ d, 2)) for d, s in parts)
    step = 1.0 / (steep + 2 * prior.strength + 2 * (number + 1) * prior.kind_strength)

    def gradient(all_weights: Floats) -> Floats:
        shared, own = all_weights[0], all_weights[1:]
        slope = np.stack(
            [
                -(s / (1 + np.exp(np.clip(d @ w, -500, 500)))) @ d
                for (d, s), w in zip(parts, own, strict=True)
            ]
        )
        apart = 2 * prior.kind_strength * (own - shared - prior.kinds)
        common = 2 * prior.strength * (shared - prior.shared) - apart.sum(axis=0)
        return np.vstack([common, slope + apart])

    current = np.clip(np.vstack([prior.shared, prior.shared + prior.kinds]), low, high)
    ahead, momentum = current, 1.0
    for _ in range(STEPS):
        following = np.clip(ahead - step * gradient(ahead), low, high)
        if np.vdot(ahead - following, following - current) > 0:
            momentum = 1.0  # overshot: begin anew from here
        faster = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = following + (momentum - 1) / faster * (following - current)
        moved = float(np.abs(following - current).max())
        current, momentum = following, faster
        if moved < TOLERANCE:
            break
    return Weights(current[0], current[1:])


def folds(groups: Ints, number: int, seed: int) -> Iterator[NDArray[np.bool_]]:
    """Split rows into held-out parts so that no group is torn apart; gives masks (n,)."""
    order = np.random.default_rng(seed).permutation(np.unique(groups))
    for part in np.array_split(order, number):
        yield np.isin(groups, part)


def held_out_scores(rows: Rows, groups: Ints, prior: Prior, number: int, seed: int) -> Floats:
    """Score every row by weights that were fitted without its group."""
    scores = np.zeros(len(rows.grade))
    for mask in folds(groups, number, seed):
        scores[mask] = fit(rows.where(~mask), prior).scores(rows.where(mask))
    return scores


@dataclass(frozen=True, slots=True)
class Measured:
    """Measures of one ranking, one value for each `question` that has something to be found."""

    question: Ints
    ndcg: Floats
    first: Floats
    pairwise: Floats


def measure(rows: Rows, scores: Floats) -> Measured:
    """Measure a ranking: NDCG@1, whether the first answers (grade 2), the pairs in right order.

    Questions whose candidates are all graded alike say nothing and are left out.
    """
    asked, ndcg, first, pairwise = [], [], [], []
    for question in np.unique(rows.question):
        mine = np.flatnonzero(rows.question == question)
        grades, mine_scores = rows.grade[mine], scores[mine]
        if grades.min() == grades.max():
            continue
        asked.append(question)
        top = grades[mine_scores.argmax()]
        ndcg.append((2.0**top - 1) / (2.0 ** grades.max() - 1))
        first.append(float(top == 2))
        above, below = np.nonzero(grades[:, None] > grades[None, :])
        pairwise.append(float((mine_scores[above] > mine_scores[below]).mean()))
    return Measured(np.array(asked), np.array(ndcg), np.array(first), np.array(pairwise))


def interval(
    values: Floats,
    statistic: Callable[[Floats], float] = lambda v: float(v.mean()),
    times: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """Give the 95 % interval of a statistic by bootstrap over its values."""
    chance = np.random.default_rng(seed)
    drawn = chance.integers(0, len(values), (times, len(values)))
    found = sorted(statistic(values[row]) for row in drawn)
    return found[int(0.025 * times)], found[int(0.975 * times)]
