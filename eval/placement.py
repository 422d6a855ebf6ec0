"""Simulated learners take the placement test: what it marks as known against what they know.

    python -m eval.placement [--learners 200] [--seed 1]

Their model is not the test's: every section has an ability of its own (high before a frontier, low
behind it, some sections out of line), answers have slips, another slope, and items are harder or
easier than the bank says. A section is mastered when its learner answers a middling item in 80 % of
cases without guessing, and weak below 60 %, as elsewhere.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

import corpus
from assistant.items import load_items
from assistant.mastery import MASTERED, WEAK, difficulty_of, guess_of
from assistant.placement import MOST, answered, begin, following, placed
from assistant.prerequisites import Prerequisites, shipped_prerequisites
from assistant.quiz import Item
from ingest.curriculum import Curriculum, load

SLOPE, SLIP = 1.2, 0.05
OUT_OF_LINE = 0.1  # of the sections before the frontier not known, and of those behind it known
ITEM_NOISE = 0.5


@dataclass(frozen=True, slots=True)
class Learner:
    """A simulated learner: the ability in each section, and the surprise in each item."""

    abilities: Mapping[str, float]
    surprises: Mapping[str, float]

    def chance(self, item: Item) -> float:
        """Give the chance of a right answer."""
        hard = difficulty_of(item) + self.surprises[item.id]
        knows = 1 / (1 + np.exp(-SLOPE * (self.abilities[item.section_id] - hard)))
        guess = guess_of(item)
        return float(guess + (1 - guess - SLIP) * knows)

    def mastery(self, section_id: str) -> float:
        """Give the chance to answer a middling item without guessing."""
        return float(1 / (1 + np.exp(-SLOPE * self.abilities[section_id])))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One learner's test: sections marked, weak ones among them, mastered ones, found, answers."""

    marked: int
    weak_marked: int
    asked_marked: int
    asked_weak: int
    mastered: int
    mastered_marked: int
    answers: int


def learner(rng: np.random.Generator, curriculum: Curriculum, items: Mapping[str, Item]) -> Learner:
    """Draw a learner who knows the path up to somewhere, with exceptions."""
    ids = [section.id for section in curriculum.sections]
    frontier = rng.integers(0, len(ids) + 1)
    knows = (np.arange(len(ids)) < frontier) ^ (rng.random(len(ids)) < OUT_OF_LINE)
    abilities = np.where(knows, rng.normal(2.2, 0.6, len(ids)), rng.normal(-1.2, 0.8, len(ids)))
    surprises = rng.normal(0, ITEM_NOISE, len(items))
    return Learner(
        dict(zip(ids, map(float, abilities), strict=True)),
        dict(zip(sorted(items), map(float, surprises), strict=True)),
    )


def tested(
    one: Learner,
    rng: np.random.Generator,
    curriculum: Curriculum,
    items: Mapping[str, Item],
    prerequisites: Prerequisites,
    most: int,
) -> Outcome:
    """Let a learner take the test."""
    test = begin(curriculum, items, prerequisites, most)
    while item := following(test):
        test = answered(test, item, float(rng.random() < one.chance(item)))
    marked = [found for found in placed(test) if found.known]
    ids = {found.section_id for found in marked}
    weak = {s for s in test.sections if one.mastery(s) < WEAK}
    mastered = {s for s in test.sections if one.mastery(s) >= MASTERED}
    asked = {found.section_id for found in marked if found.asked}
    return Outcome(
        marked=len(ids),
        weak_marked=len(ids & weak),
        asked_marked=len(asked),
        asked_weak=len(asked & weak),
        mastered=len(mastered),
        mastered_marked=len(mastered & ids),
        answers=len(test.answers),
    )


def report(outcomes: list[Outcome]) -> str:
    """Write the rates as a Markdown table, with the spread over learners where it matters."""

    def rate(part: str, whole: str) -> str:
        parts = sum(getattr(o, part) for o in outcomes)
        of = sum(getattr(o, whole) for o in outcomes)
        return f"{parts / of:.3f} ({parts} of {of})" if of else "none"

    answers = sorted(o.answers for o in outcomes)
    unasked = [(o.weak_marked - o.asked_weak, o.marked - o.asked_marked) for o in outcomes]
    weak, marked = (sum(pair[n] for pair in unasked) for n in (0, 1))
    return "\n".join(
        (
            "| Measure | Value |",
            "|---|---|",
            f"| learners | {len(outcomes)} |",
            f"| answers, median and 90th percentile | {answers[len(answers) // 2]},"
            f" {answers[int(0.9 * len(answers))]} |",
            f"| marked sections that are weak | {rate('weak_marked', 'marked')} |",
            f"| … of those asked about | {rate('asked_weak', 'asked_marked')} |",
            f"| … of those concluded | {weak / max(1, marked):.3f} ({weak} of {marked}) |",
            f"| mastered sections that are marked | {rate('mastered_marked', 'mastered')} |",
        )
    )


def main(arguments: list[str] | None = None) -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=MOST)
    options = parser.parse_args(arguments)
    curriculum = load(corpus.learning_path())
    items, prerequisites = load_items(), shipped_prerequisites()
    rng = np.random.default_rng(options.seed)
    outcomes = [
        tested(learner(rng, curriculum, items), rng, curriculum, items, prerequisites, options.most)
        for _ in range(options.learners)
    ]
    sys.stdout.write(report(outcomes) + "\n")


if __name__ == "__main__":
    main()
