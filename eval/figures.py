"""Averages with their noise: what a run says in numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000  # put the ends of a 95 % interval within about 0.001 between seeds
INTERVAL = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Figure:
    """One average over `n` questions with its 95 % bootstrap interval.

    `mode` says what was searched, `by` and `key` name a part of the questions, such as "section"
    and its id; both are empty for all. Without a question the figure does not apply: n is 0, and
    `why` says why.
    """

    name: str
    mode: str
    value: float
    n: int
    low: float
    high: float
    by: str = ""
    key: str = ""
    why: str = ""


def figure(
    name: str, mode: str, values: Sequence[float], by: str = "", key: str = "", why: str = ""
) -> Figure:
    """Average values, one for each question."""
    if not values:
        return Figure(name, mode, 0.0, 0, 0.0, 0.0, by, key, why or "no question of this kind")
    column = np.array(values, dtype=np.float64)
    low, high = interval(column)
    return Figure(name, mode, float(column.mean()), len(values), low, high, by, key)


def interval(column: NDArray[np.float64], seed: int = 0) -> tuple[float, float]:
    """Bootstrap the mean of values (percentiles; Efron & Tibshirani, 1993)."""
    means = column[picks(len(column), seed)].mean(axis=1)
    low, high = np.quantile(means, INTERVAL)
    return float(low), float(high)


def picks(count: int, seed: int = 0) -> NDArray[np.int64]:
    """Draw the questions of every resample, (r, count); fewer resamples of very many questions."""
    rounds = max(1_000, min(RESAMPLES, 4_000_000 // max(1, count)))
    return np.random.default_rng(seed).integers(count, size=(rounds, count))


def parted(
    name: str, mode: str, values: Mapping[str, float], parts: Mapping[str, Sequence[str]], by: str
) -> list[Figure]:
    """Average values by question for each part; a question may belong to several parts."""
    columns: dict[str, list[float]] = {}
    for question, value in values.items():
        for key in dict.fromkeys(parts.get(question, ())):
            columns.setdefault(key, []).append(value)
    return [figure(name, mode, columns[key], by, key) for key in sorted(columns)]


def share(name: str, mode: str, flags: Sequence[bool], by: str = "", key: str = "") -> Figure:
    """Give the share of those that hold, as an average of ones and zeros."""
    return figure(name, mode, [float(flag) for flag in flags], by, key)
