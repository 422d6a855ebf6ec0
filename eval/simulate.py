"""Does our plan bring learners further than the path in order? Simulated learners try.

    python -m eval.simulate [--learners 200] [--days 168] [--seed 1] [--plot docs/simulation.svg]
    python -m eval.simulate --sensitivity

Each learner lives the same days under every policy: the same minutes, missed days, abilities,
forgetting and luck (`eval/simulated.py`, `eval/policies.py`). Reported are the days until
80 % of the path's topics are commanded, and what is still known 30 days after the last day of
study, with 95 % intervals by bootstrap over learners; differences are within learners.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from assistant.horizon import calendar
from assistant.learner import Rhythm
from assistant.material import Material, load_material
from eval.policies import Desk, Policy, at_random, desk, in_order, place, planning, walking
from eval.simulated import Assumptions, Row, World, draw, known, world_of

LEVEL = 0.6  # true mastery from which a topic counts as commanded
WHOLE = 0.8  # the share of topics that makes the path mastered
LATER = 30  # days without study
POLICIES = ("plan", "path order", "random order")
PLACED = ("plan, placed", "path order, placed")
RESAMPLES = 2000
DAYS, WEEK = 168, 7


@dataclass(frozen=True, slots=True)
class Life:
    """One learner under one policy.

    `mastered` is the day on which the path was mastered, None for not within the days simulated;
    `levels` is the share of topics commanded at the end of each day. `retained` is the mean true
    mastery after LATER days without study, `lasting` the share of topics still commanded then.
    """

    mastered: int | None
    levels: Row
    retained: float
    lasting: float
    minutes: int
    reviews: int
    free: int


@cache
def ground() -> tuple[Material, World]:
    """Load the path that ships, once in a process."""
    material = load_material(Path("no-home"))
    return material, world_of(material)


def policy_of(name: str, one: Desk, seed: int) -> Policy:
    """Give a policy by its name; those that place begin with the placement test."""
    known_ids = place(one) if name in PLACED else frozenset[str]()
    if name.startswith("plan"):
        return planning(one)
    if name == "random order":
        return walking(one, at_random(one, np.random.default_rng([seed, 3])))
    return walking(one, in_order(one, known_ids))


def life(name: str, seed: int, days: int, assumed: Assumptions, reviews: float) -> Life:
    """Let one learner study for some days under one policy."""
    material, world = ground()
    week = calendar(material.curriculum.schedule, Rhythm())
    traits = draw(world, week, seed, assumed)
    one = desk(material, world, traits, assumed, reviews)
    spend = policy_of(name, one, seed)
    missed = np.random.default_rng([seed, 2]).random(days) < traits.missed
    levels = np.zeros(days)
    for day in range(days):
        one.day = day
        minutes = 0 if missed[day] else traits.minutes[day % len(traits.minutes)]
        paid = min(one.owed, minutes)
        one.owed -= paid
        one.spent += paid
        if minutes > paid:
            spend(minutes - paid)
        levels[day] = (known(one.memory, traits, day) >= LEVEL).mean()
    later = known(one.memory, traits, days - 1 + LATER)
    reached = np.flatnonzero(levels >= WHOLE)
    return Life(
        mastered=int(reached[0]) if len(reached) else None,
        levels=levels,
        retained=float(later.mean()),
        lasting=float((later >= LEVEL).mean()),
        minutes=one.spent,
        reviews=one.reviewed,
        free=one.free,
    )


def lives(
    names: Sequence[str], learners: Sequence[int], days: int, assumed: Assumptions,
    reviews: float = 0.5, processes: int = 1,
) -> Mapping[str, list[Life]]:  # fmt: skip
    """Let every learner live under every policy."""
    jobs = [(name, seed, days, assumed, reviews) for seed in learners for name in names]
    if processes == 1:
        found = [life(*job) for job in jobs]
    else:
        with ProcessPoolExecutor(processes) as pool:
            found = list(pool.map(life, *map(list, zip(*jobs, strict=True)), chunksize=5))
    return {name: found[i :: len(names)] for i, name in enumerate(names)}


# ── figures ─────────────────────────────────────────────────────────────────────────────────────


def days_to(one: Life) -> float:
    """Give the days until the path was mastered, those beyond the end cut off there."""
    return float(len(one.levels) if one.mastered is None else one.mastered + 1)


MEASURES: Mapping[str, Callable[[Life], float]] = {
    "days to mastery, restricted mean": days_to,
    "share that mastered the path": lambda one: float(one.mastered is not None),
    "mean mastery after 30 days without study": lambda one: one.retained,
    "topics commanded after 30 days": lambda one: one.lasting,
    "topics commanded, mean over all days": lambda one: float(one.levels.mean()),
    "reviews": lambda one: float(one.reviews),
    "hours": lambda one: one.minutes / 60,
    "… of them left free by the plan": lambda one: one.free / 60,
}


def interval(values: Row, seed: int = 0) -> tuple[float, float, float]:
    """Give a mean and its 95 % interval by bootstrap over learners."""
    rng = np.random.default_rng(seed)
    means = values[rng.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(values.mean()), float(low), float(high)


def cell(values: Row) -> str:
    """Write a mean with its interval."""
    mean, low, high = interval(values)
    digits = 1 if abs(mean) >= 10 or max(abs(low), abs(high)) >= 10 else 3
    return f"{mean:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def table(found: Mapping[str, Sequence[Life]], against: str = "path order") -> str:
    """Write every measure by policy, and what the others differ from one within learners."""
    others = [name for name in found if name != against]
    rows = [["Measure", *found, *(f"{name} − {against}" for name in others)]]
    for words, measure in MEASURES.items():
        values = {name: np.array([measure(one) for one in own]) for name, own in found.items()}
        differences = [cell(values[name] - values[against]) for name in others]
        rows.append([words, *(cell(own) for own in values.values()), *differences])
    return markdown(rows)


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Write rows as a table, the first as its head."""
    head, *rest = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rest))


# What is varied: words, assumptions, and the largest share of a day for reviews.
VARIED: tuple[tuple[str, Assumptions, float], ...] = (
    ("as assumed", Assumptions(), 0.5),
    ("prerequisites do not matter (need 0)", Assumptions(need=0.0), 0.5),
    ("prerequisites matter more (need 0.95)", Assumptions(need=0.95), 0.5),
    ("half the forgetting", Assumptions(forgetting=0.5), 0.5),
    ("half as much again", Assumptions(forgetting=1.5), 0.5),
    ("no reviews at all", Assumptions(), 0.0),
)


def sensitivity(learners: Sequence[int], days: int, processes: int) -> str:
    """Write what the plan gains over path order under other assumptions."""
    rows = [["Assumption", *(f"{words}: plan − path order" for words in tuple(MEASURES)[:4])]]
    for words, assumed, reviews in VARIED:
        found = lives(("plan", "path order"), learners, days, assumed, reviews, processes)
        pairs = list(zip(found["plan"], found["path order"], strict=True))
        rows.append([words])
        for measure in tuple(MEASURES.values())[:4]:
            rows[-1].append(cell(np.array([measure(plan) - measure(path) for plan, path in pairs])))
    return markdown(rows)


def draw_curves(found: Mapping[str, Sequence[Life]], file: Path) -> None:
    """Draw the share of topics commanded by day, and its difference to path order, as SVG."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "studypath"  # the same figures give the same file
    matplotlib.rcParams["svg.fonttype"] = "none"  # words stay words, and the file small
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4))
    curves = {name: np.array([one.levels for one in own]) for name, own in found.items()}
    for name, levels in curves.items():
        days = np.arange(0, levels.shape[1], WEEK)
        left.plot(days, levels[:, days].mean(axis=0), label=name)
        if name != "path order":
            gains = (levels - curves["path order"])[:, days]
            low, high = np.array([interval(gains[:, i])[1:] for i in range(len(days))]).T
            right.plot(days, gains.mean(axis=0), label=f"{name} − path order")
            right.fill_between(days, low, high, alpha=0.25)
    left.axhline(WHOLE, color="gray", linestyle=":")
    left.set(xlabel="day", ylabel=f"share of topics at {LEVEL} or above", ylim=(0, 1))
    right.axhline(0, color="gray", linestyle=":")
    right.set(xlabel="day", ylabel="difference within learners, 95 %")
    for panel in (left, right):
        panel.grid(alpha=0.3)
        panel.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(file, format="svg", metadata={"Date": None})
    pyplot.close(figure)


def main(arguments: list[str] | None = None) -> None:
    """Print the tables, and draw the curves where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=200)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--seed", type=int, default=1, help="number of the first learner")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--sensitivity", action="store_true")
    options = parser.parse_args(arguments)
    learners = range(options.seed, options.seed + options.learners)
    if options.sensitivity:
        sys.stdout.write(sensitivity(learners, options.days, options.processes) + "\n")
        return
    names = (*POLICIES, *PLACED)
    found = lives(names, learners, options.days, Assumptions(), processes=options.processes)
    sys.stdout.write(table({name: found[name] for name in POLICIES}) + "\n\n")
    placed = {name: found[name] for name in ("path order", *PLACED)}
    sys.stdout.write(table(placed) + "\n")
    if options.plot:
        draw_curves({name: found[name] for name in POLICIES}, options.plot)


if __name__ == "__main__":
    main()
