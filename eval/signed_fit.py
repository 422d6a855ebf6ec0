"""A small logistic model: fitted with a ridge and with signs that are known beforehand."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SMALLEST = 5e-4  # a weight below it is none


def fit(
    described: Sequence[Mapping[str, float]],
    target: Sequence[float],
    speaks_for: Sequence[str],
    against: Sequence[str],
    ridge: float,
) -> tuple[float, dict[str, float]]:
    """Fit bias and weights: what speaks for it weighs at least 0, what is against it at most 0.

    `target` is in 0..1. A name in both lists may weigh either way. `ridge` is per example.
    """
    from scipy.optimize import minimize

    names = tuple(dict.fromkeys((*speaks_for, *against)))
    rows = np.array([[d.get(n, 0.0) for n in names] for d in described])
    wanted = np.array(target)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        value = rows @ parameters[1:] + parameters[0]
        slope = (1 / (1 + np.exp(-value)) - wanted) / len(wanted)
        each = np.logaddexp(0, value) - wanted * value
        gradient = np.concatenate(([slope.sum()], rows.T @ slope + ridge * parameters[1:]))
        return float(each.mean() + ridge / 2 * (parameters[1:] ** 2).sum()), gradient

    bounds = [
        (0 if n in speaks_for and n not in against else None,
         0 if n in against and n not in speaks_for else None)
        for n in names
    ]  # fmt: skip
    start = np.zeros(len(names) + 1)
    found = minimize(loss, start, jac=True, bounds=[(None, None), *bounds], method="L-BFGS-B").x
    weights = {n: round(float(w), 3) for n, w in zip(names, found[1:], strict=True)}
    return round(float(found[0]), 3), {n: w for n, w in weights.items() if abs(w) > SMALLEST}


def area(good: Sequence[float], bad: Sequence[float]) -> float:
    """Give the chance that a good one scores above a bad one (ROC AUC); ties count half."""
    one, other = np.array(good)[:, None], np.array(bad)[None, :]
    return float((one > other).mean() + (one == other).mean() / 2)
