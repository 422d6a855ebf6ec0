"""How well mastery is recovered: our estimate against simple ones, on simulated learners.

    python -m eval.mastery [--learners 400] [--fit] [--plot docs/learner-model.svg]

Learners with odd numbers serve to choose constants (`--fit` tries others one at a time), those
with even numbers to report. Errors are to the true mastery just before an answer; AUC and log loss
judge the chance foretold of that answer. Intervals are of 95 %, by bootstrap over learners.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np

from assistant.horizon import calendar
from assistant.learner import Rhythm
from assistant.mastery import CONSTANTS, Constants, topics_of
from eval.estimators import (
    NEVER,
    SURELY,
    Estimator,
    History,
    answers_only,
    by_topic,
    elo,
    history,
    last_five,
    ours,
    percent,
    shrunk,
    smoothed,
    without_luck,
)
from eval.simulate import ground, markdown
from eval.simulated import Assumptions, Row

GROUPS: Mapping[str, Callable[[int], bool]] = {
    "1": lambda n: n == 1,
    "2": lambda n: n == 2,
    "3–5": lambda n: 3 <= n <= 5,
    "6+": lambda n: n >= 6,
    "all": lambda n: n >= 1,
}
RESAMPLES = 200
OURS = "our estimate"
# What was tried of each constant; the others stay as they are.
TRIED: Mapping[str, Sequence[float]] = {
    "studied": (0.0, 0.1, 0.2, 0.4, 0.8),
    "mean": (-1.2, -0.8, -0.5, -0.2, 0.0),
    "spread": (0.5, 0.7, 0.9, 1.1, 1.4),
    "slope": (1.0, 1.3, 1.7, 2.2),
    "neighbours": (0.1, 0.25, 0.4, 0.6),
    "later": (0.9, 0.94, 0.97, 1.0),
    "half_life": (15.0, 30.0, 60.0, 120.0),
    "growth": (1.3, 1.6, 2.0),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of all answers of some learners; arrays are by answer.

    `count` is the number of answers to the topic before, `mastery` and `foretold` hold a row for
    each estimator, NaN where it says nothing.
    """

    learner: Row
    count: Row
    truth: Row
    right: Row
    mastery: Row
    foretold: Row


@cache
def answers_of(seed: int) -> History:
    """Let one learner answer over some weeks."""
    material, world = ground()
    week = calendar(material.curriculum.schedule, Rhythm())
    return history(world, material.curriculum, week, seed, Assumptions())


def told(found: Sequence[History], ways: Sequence[Estimator]) -> Told:
    """Ask every estimator before every answer."""
    rows: list[tuple[float, ...]] = []
    for learner, answers in enumerate(found):
        counts: Counter[tuple[str, str]] = Counter()
        for one, *guesses in zip(answers, *(way(answers) for way in ways), strict=True):
            place = (one.item.section_id, one.item.topic)
            rows.append((
                learner, counts[place], one.truth, one.right,
                *(g.mastery if g else np.nan for g in guesses),
                *(g.right if g else np.nan for g in guesses),
            ))  # fmt: skip
            counts[place] += 1
    columns = np.array(rows, float).T
    many = len(ways)
    learners, counted, truth, right = columns[:4]
    return Told(learners, counted, truth, right, columns[4 : 4 + many], columns[4 + many :])


# ── figures ─────────────────────────────────────────────────────────────────────────────────────


def rmse(estimate: Row, truth: Row, weights: Row) -> float:
    """Give the root of the mean squared error."""
    return float(np.sqrt(np.average((estimate - truth) ** 2, weights=weights)))


def mae(estimate: Row, truth: Row, weights: Row) -> float:
    """Give the mean absolute error."""
    return float(np.average(np.abs(estimate - truth), weights=weights))


def log_loss(chance: Row, right: Row, weights: Row) -> float:
    """Give the mean negative logarithm of the chance given to what happened."""
    safe = np.clip(chance, NEVER, SURELY)
    return float(np.average(-np.log(np.where(right > 0, safe, 1 - safe)), weights=weights))


def auc(chance: Row, right: Row, weights: Row) -> float:
    """Give the chance that a right answer was foretold with more confidence than a wrong one.

    `chance` may be ranks, which is faster where many weights are tried (see `ranks`).
    """
    place = chance.astype(int) if chance.max() > 1 else ranks(chance).astype(int)
    good = np.bincount(place, weights * right)
    bad = np.bincount(place, weights * (1 - right))
    below = np.cumsum(bad) - bad / 2
    return float((good * below).sum() / (good.sum() * bad.sum()))


def ranks(chance: Row) -> Row:
    """Put whole numbers in place of chances, in the same order; equal ones stay equal."""
    return np.unique(chance, return_inverse=True)[1].astype(float)


Measure = Callable[[Row, Row, Row], float]
# Each with whether it is of the mastery told, else of the chance foretold.
MEASURES: Mapping[str, tuple[Measure, bool]] = {
    "RMSE": (rmse, True),
    "MAE": (mae, True),
    "AUC": (auc, False),
    "log loss": (log_loss, False),
}


def values(found: Told, way: int, measure: str, group: str, draws: Sequence[Row]) -> Row:
    """Give a measure of one estimator, for the learners as they are and for every draw of them."""
    kept = np.array([GROUPS[group](int(n)) for n in found.count])
    figure, is_mastery = MEASURES[measure]
    said = (found.mastery if is_mastery else found.foretold)[way][kept]
    aim = (found.truth if is_mastery else found.right)[kept]
    said = ranks(said) if figure is auc else said
    learner = found.learner[kept].astype(int)
    return np.array([figure(said, aim, draw[learner]) for draw in draws])


def resampled(learners: int) -> list[Row]:
    """Draw how often each learner counts; in the first draw each counts once."""
    rng = np.random.default_rng(0)
    draws = [np.ones(learners)]
    for _ in range(RESAMPLES):
        drawn = rng.integers(0, learners, learners)
        draws.append(np.bincount(drawn, minlength=learners).astype(float))
    return draws


def cell(figures: Row) -> str:
    """Write a figure with the interval of its draws."""
    low, high = np.quantile(figures[1:], (0.025, 0.975))
    return f"{figures[0]:.3f} [{low:.3f}, {high:.3f}]"


def report(found: Told, names: Sequence[str]) -> str:
    """Write all measures of all estimators, and the errors by number of observations."""
    draws = resampled(int(found.learner.max()) + 1)
    whole = {
        (name, measure): values(found, way, measure, "all", draws)
        for way, name in enumerate(names)
        for measure in MEASURES
    }
    head = ["Estimate", *MEASURES, f"RMSE − {OURS}"]
    rows = [head]
    for name in names:
        gain = whole[name, "RMSE"] - whole[OURS, "RMSE"]
        rows.append([name, *(cell(whole[name, measure]) for measure in MEASURES), cell(gain)])
    groups = [["RMSE by answers to the topic so far", *GROUPS]]
    for way, name in enumerate(names):
        groups.append([name, *(cell(values(found, way, "RMSE", g, draws)) for g in GROUPS)])
    return f"{markdown(rows)}\n\n{markdown(groups)}"


# ── choosing constants ──────────────────────────────────────────────────────────────────────────


def squares(constants: Constants, seed: int) -> tuple[float, int]:
    """Sum up the squared errors for one learner, topics never asked about included."""
    topics = topics_of(ground()[0].curriculum)
    answers = answers_of(seed)
    said = ours(topics, constants)(answers)
    wrong = [(g.mastery - one.truth) ** 2 for g, one in zip(said, answers, strict=True) if g]
    return sum(wrong), len(wrong)


def error(constants: Constants, learners: Sequence[int], pool: ProcessPoolExecutor) -> float:
    """Give the root of the mean squared error for some learners."""
    sums = pool.map(partial(squares, constants), learners, chunksize=10)
    total, count = np.array(list(sums)).sum(axis=0)
    return float(np.sqrt(total / count))


def fit(learners: Sequence[int], pool: ProcessPoolExecutor) -> str:
    """Try other values of our constants, one after the other; writes every step."""
    best = CONSTANTS
    rows = [["Constant", "Value: RMSE", "Best"]]
    for name, tried in TRIED.items():
        tries = [changed(best, name, value) for value in tried]
        errors = [error(constants, learners, pool) for constants in tries]
        at = int(np.argmin(errors))
        best = tries[at]
        cells = (f"{value:g}: {wrong:.4f}" for value, wrong in zip(tried, errors, strict=True))
        rows.append([name, ", ".join(cells), f"{tried[at]:g}"])
    return markdown(rows)


def changed(constants: Constants, name: str, value: float) -> Constants:
    """Give constants with another value of one."""
    values = asdict(constants) | {name: value}
    return Constants(*values.values())


def simple(train: Sequence[History]) -> dict[str, Estimator]:
    """Give what ours is compared with; what they have to choose is chosen on the same learners."""
    answers = [one for own in train for one in own]
    usual = sum(one.right for one in answers) / len(answers)

    def wrong(way: Estimator) -> float:
        seen = told(train, [way])
        kept = ~np.isnan(seen.mastery[0])
        return rmse(seen.mastery[0][kept], seen.truth[kept], kept[kept].astype(float))

    ratings = [elo(start, step) for start in (-0.5, 0.0, 0.5, 1.0) for step in (0.2, 0.4, 0.8)]
    pulled = [by_topic(shrunk(usual, weight)) for weight in (1.0, 2.0, 4.0, 8.0)]
    return {
        "percent correct": by_topic(percent),
        "… add-one smoothing": by_topic(smoothed),
        "… less guessing": by_topic(without_luck),
        "… pulled to the usual": min(pulled, key=wrong),
        "last five": by_topic(last_five),
        "Elo": min(ratings, key=wrong),
    }


def draw_errors(found: Told, names: Sequence[str], file: Path) -> None:
    """Draw the error by number of answers, and what is estimated against what is true, as SVG."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "studypath"  # the same figures give the same file
    matplotlib.rcParams["svg.fonttype"] = "none"  # words stay words, and the file small
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4))
    counts = np.arange(1, 9)
    for way, name in enumerate(names):
        if name == "… less guessing":
            continue  # hardly another curve than percent correct
        errors = []
        for count in counts:
            kept = found.count == count if count < counts[-1] else found.count >= count
            weights = np.ones(int(kept.sum()))
            errors.append(rmse(found.mastery[way][kept], found.truth[kept], weights))
        left.plot(counts, errors, "o-", label=name, linewidth=2.5 if name == OURS else 1)
    edges = np.linspace(0, 1, 11)
    for way, name in enumerate(names):
        if name not in (OURS, "percent correct", "Elo"):
            continue  # the right panel is for few
        kept = found.count >= 1
        said, truth = found.mastery[way][kept], found.truth[kept]
        bins = np.clip(np.digitize(said, edges) - 1, 0, 9)
        many = [i for i in range(10) if (bins == i).sum() >= 50]
        right.plot(
            [said[bins == i].mean() for i in many],
            [truth[bins == i].mean() for i in many],
            "o-",
            label=name,
        )
    right.plot([0, 1], [0, 1], ":", color="gray")
    left.set(xlabel="answers to the topic so far (8: or more)", ylabel="RMSE to true mastery")
    right.set(xlabel="mastery estimated", ylabel="true mastery, mean")
    for panel in (left, right):
        panel.grid(alpha=0.3)
        panel.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(file, format="svg", metadata={"Date": None})
    pyplot.close(figure)


def main(arguments: list[str] | None = None) -> None:
    """Print the tables, and draw the errors where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=400)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args(arguments)
    train = range(1, options.learners + 1, 2)
    with ProcessPoolExecutor(options.processes) as pool:
        if options.fit:
            sys.stdout.write(fit(train, pool) + "\n\n")
            return
        found = list(pool.map(answers_of, range(1, options.learners + 1), chunksize=10))
    topics = topics_of(ground()[0].curriculum)
    ways = {
        OURS: ours(topics),
        "… where no exercise is told": answers_only(ours(topics)),
        "… where study counts": ours(topics, changed(CONSTANTS, "studied", 0.4)),
        **simple(found[::2]),
    }
    names = list(ways)
    seen = told(found[1::2], list(ways.values()))
    sys.stdout.write(report(seen, names) + "\n")
    if options.plot:
        draw_errors(seen, names, options.plot)


if __name__ == "__main__":
    main()
