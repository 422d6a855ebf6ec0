"""How often the section of a question is found, by each signal alone and by all together.

    python -m eval.sections --home HOME [--home ANOTHER] [--fit]

The questions are those of eval/golden/dev.yaml that have sections. A question counts as found at 1
when the first section named is one of its own, at 3 when one of the first three is. With --fit the
weights of `assistant/sections.py`, of the signals that have one there, are fitted on all homes at
once: a softmax over the sections whose loss is the share given to wrong ones (McFadden,
"Conditional Logit Analysis", 1974), with a small penalty on large weights, every weight at least 0.
Held out: ten folds of whole sections, so that a question is judged by weights that have seen no
question of its section.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.parts import read_parts
from assistant.question import read_question
from assistant.read import look
from assistant.search import Searcher
from assistant.sections import SIGNALS, WEIGHTS, asked_words, read_guide, signals
from assistant.settings import load_settings
from eval.fusion import DEV
from eval.questions import Question, load
from ingest.curriculum import parse

FOLDS = 10
# Of 0.003, 0.01, 0.03 and 0.1 with the notes alone: held-out figures of all four lie within two of
# 215 questions at 1, and within four at 3.
PENALTY = 0.01
COMBINED = np.array([name in WEIGHTS for name in SIGNALS])
STEPS, PACE = 400, 0.2  # Adam; 800 more steps move no weight by more than 0.06

Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """A question in one home: `scores` (sections, signals) and which sections are right."""

    question: Question
    scores: Table
    right: NDArray[np.bool_]


def cases_of(searcher: Searcher, questions: Sequence[Question]) -> list[Case]:
    """Run the retrieval of every question that has sections, and keep what each signal says."""
    curriculum = parse(searcher.library.path_text)
    guide = read_guide(
        curriculum,
        searcher.library,
        searcher.index,
        searcher.ids,
        searcher.vectors,
        searcher.encode,
    )
    cases = []
    for golden in questions:
        right = np.array([section_id in golden.section_ids for section_id in guide.ids])
        if golden.refuse or not right.any():
            continue
        question = read_question(golden.question)
        found = look(searcher, question)
        parts = read_parts(found.corrected) if found.corrections else question.parts
        words = asked_words(parts, found.corrected)
        scores = signals(words, found.vector, found.hits, guide, searcher.idf)
        cases.append(Case(golden, np.stack([scores[name] for name in SIGNALS], axis=1), right))
    return cases


def fit(cases: Sequence[Case], penalty: float = PENALTY) -> NDArray[np.float64]:
    """Fit one weight for each signal by Adam on the mean loss."""
    x = np.stack([case.scores for case in cases])
    right = np.stack([case.right for case in cases])
    weights: NDArray[np.float64]
    weights, mean, spread = COMBINED * 1.0, np.zeros(x.shape[2]), np.zeros(x.shape[2])
    for step in range(1, STEPS + 1):
        shares = softmax(x @ weights)
        wanted = np.where(right, shares, 0.0)
        wanted /= wanted.sum(axis=1, keepdims=True)
        slope = ((shares - wanted)[:, :, None] * x).sum(axis=(0, 1)) / len(cases)
        slope += penalty * weights
        mean = 0.9 * mean + 0.1 * slope
        spread = 0.999 * spread + 0.001 * slope**2
        move = mean / (1 - 0.9**step) / (np.sqrt(spread / (1 - 0.999**step)) + 1e-8)
        weights = COMBINED * np.maximum(0.0, weights - PACE * move / np.sqrt(step))
    return np.asarray(weights)


def softmax(strength: Table) -> Table:
    """Turn each row into shares of 1."""
    shares = np.exp(strength - strength.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def held_out(cases: Sequence[Case]) -> list[Table]:
    """Score every case by weights fitted without the sections of its fold."""
    sections = sorted({case.question.section_ids[0] for case in cases})
    fold = {section_id: n % FOLDS for n, section_id in enumerate(sections)}
    folds = np.array([fold[case.question.section_ids[0]] for case in cases])
    fitted = {
        n: fit([c for c, f in zip(cases, folds, strict=True) if f != n])
        for n in set(folds.tolist())
    }
    return [case.scores @ fitted[n] for case, n in zip(cases, folds.tolist(), strict=True)]


def found_at(strengths: Sequence[Table], cases: Sequence[Case], k: int) -> int:
    """Count the questions with a right section among the first k; equals keep the path's order."""
    count = 0
    for strength, case in zip(strengths, cases, strict=True):
        count += bool(case.right[np.argsort(-strength, kind="stable")[:k]].any())
    return count


def rows_of(homes: Sequence[Sequence[Case]], held: bool) -> Mapping[str, list[list[Table]]]:
    """Give the strengths by every signal alone, by all together and, with `held`, held out."""
    current = np.array([WEIGHTS.get(name, 0.0) for name in SIGNALS])
    rows = {
        name: [[case.scores[:, n] for case in cases] for cases in homes]
        for n, name in enumerate(SIGNALS)
    }
    rows["all together"] = [[case.scores @ current for case in cases] for cases in homes]
    if held:
        every = held_out([case for cases in homes for case in cases])
        ends = np.cumsum([0, *(len(cases) for cases in homes)])
        rows["… held out"] = [every[a:b] for a, b in pairwise(ends.tolist())]
    return rows


def table(names: Sequence[str], homes: Sequence[Sequence[Case]], held: bool) -> str:
    """Write the figures as a Markdown table, two columns for each home."""
    heads = [
        f"{name}, {len(cases)} questions: @{k}"
        for name, cases in zip(names, homes, strict=True)
        for k in (1, 3)
    ]
    lines = [f"| Signal | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for name, strengths in rows_of(homes, held).items():
        cells = [
            f"{found_at(s, cases, k) / len(cases):.3f} ({found_at(s, cases, k)})"
            for s, cases in zip(strengths, homes, strict=True)
            for k in (1, 3)
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Print the table, and with --fit the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", action="append", required=True)
    parser.add_argument("--questions", type=Path, default=DEV)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args(arguments)
    questions = load(options.questions)
    homes = [cases_of(Searcher(load_settings(home)), questions) for home in options.home]
    names = [Path(home).name for home in options.home]
    sys.stdout.write(table(names, homes, options.fit) + "\n")
    if options.fit:
        weights = fit([case for cases in homes for case in cases])
        for name, weight in zip(SIGNALS, weights.tolist(), strict=True):
            sys.stdout.write(f"{name}: {weight:.2f}\n")


if __name__ == "__main__":
    main()
