"""Fit and measure which passage an answer is taken from (assistant/passage.py).

    python -m eval.passages --home FULL

Each passage that is read for a question is described by what search says of it, by its best lead
and by its heading. What answers is what the question names as its evidence, and of the pages of
tasks and questions what eval/golden/entries.jsonl says of each pair (2 answers, 1 helps, 0 does
not); passages that help, or that nobody judged although they are near, are left out. A conditional
logit (McFadden, "Conditional logit analysis of qualitative choice behavior", 1974) is fitted on
which of them hold the answer, and compared by five folds over the questions with the order of
search, with that of the leads, and with the weights that ship.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.entry import is_question
from assistant.extractive import read_from
from assistant.leads import Reading, says_name
from assistant.passage import (
    COVERAGE,
    LEAD,
    NAMED,
    NOTE,
    QUESTION,
    SCORE,
    TASK_TOLD,
    is_task,
)
from assistant.question import read_question
from assistant.read import look, read_each
from assistant.retrieve import Hit
from assistant.search import Searcher
from assistant.settings import load_settings
from eval.fusion import DEV
from eval.logistic import folds
from eval.questions import Question, load, resolve, rows
from eval.ranking import interval
from eval.refusal_cases import SITUATED
from eval.remember import Remembering
from ingest.embed import question_embedder

Rows = NDArray[np.float64]
FEATURES = ("score", "coverage", "note", "lead", "named", "task", "question")
SHIPPED = np.array([SCORE, COVERAGE, NOTE, LEAD, NAMED, TASK_TOLD, QUESTION])
BOUNDS = [(0.0, None)] * (len(FEATURES) - 1) + [(None, None)]
ENTRIES = SITUATED.with_name("entries.jsonl")
NEAR = 0.45  # similarity of passage and question from which an entry that nobody judged is unknown
ANSWERS = 2
Judged = Mapping[tuple[str, str], int]
RIDGE = 0.01
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """The passages read for one question: features (n, 7), and which of them answer (n,)."""

    question: Question
    rows: Rows
    answers: NDArray[np.bool_]


def judged_entries() -> Judged:
    """Read how well tasks and questions of our notes answer what was asked, by both texts."""
    rows_of = map(json.loads, ENTRIES.read_text(encoding="utf-8").splitlines())
    return {(row["question"], row["heading"]): row["answers"] for row in rows_of}


def choices(searcher: Searcher, questions: Sequence[Question]) -> list[Choice]:
    """Describe the passages of every question that one of them answers."""
    grades, judged = resolve(questions, rows(searcher.library)).grades, judged_entries()
    found = (choice(q, grades[q.id], judged, searcher) for q in questions if grades.get(q.id))
    return [one for one in found if one.answers.any()]


def choice(
    golden: Question, grades: Mapping[str, int], judged: Judged, searcher: Searcher
) -> Choice:
    """Describe the passages that are read for the first part of one question."""
    question = read_question(golden.question)
    read = read_each(searcher, question, look(searcher, question))[0]
    reading, described, answers = read.readings[0], [], []
    for hit in read_from(read.found.hits, read.question):
        verdict = judged.get(
            (reading.asked.part.text, "".join(hit.entry.passage.heading_path[-1:]))
        )
        named = hit.id in grades or verdict == ANSWERS
        entry = is_task(hit) or is_question(hit)
        if not named and (verdict or (verdict is None and entry and hit.similarity >= NEAR)):
            continue
        described.append(describe(hit, reading))
        answers.append(named)
    return Choice(golden, np.array(described).reshape(-1, len(FEATURES)), np.array(answers, bool))


def describe(hit: Hit, reading: Reading) -> list[float]:
    """Describe one passage by search and by its best lead."""
    leads = [lead for lead in reading.leads if lead.item.hit.id == hit.id]
    asked = reading.asked
    named = any(says_name(lead.item, asked, asked.part.kind) for lead in leads)
    best = max((lead.score for lead in leads), default=0.0)
    own = float(hit.entry.kind == "note")
    headed = [float(is_task(hit)), float(is_question(hit))]
    return [hit.score, hit.coverage, own, best, float(named), *headed]


def fit(seen: Sequence[Choice]) -> Rows:
    """Fit weights (7,), none but the last below 0, so that what answers is likely to be chosen."""
    from scipy.optimize import minimize

    def loss(weights: Rows) -> tuple[float, Rows]:
        cost, slope = RIDGE * float(weights @ weights), 2 * RIDGE * weights
        for one in seen:
            odds = one.rows @ weights
            share = np.exp(odds - odds.max())
            share /= share.sum()
            right = share * one.answers
            cost -= float(np.log(right.sum())) / len(seen)
            slope = slope + one.rows.T @ (share - right / right.sum()) / len(seen)
        return cost, slope

    found = minimize(loss, SHIPPED, jac=True, method="L-BFGS-B", bounds=BOUNDS)
    return np.asarray(found.x, dtype=np.float64)


def first_answers(one: Choice, weights: Rows) -> float:
    """Say whether the passage that is taken answers."""
    return float(one.answers[int(np.argmax(one.rows @ weights))])


def held_out(all_of: Sequence[Choice]) -> list[float]:
    """Choose for each question by weights that have not seen it."""
    fold = folds([one.question.id for one in all_of], FOLDS)
    fitted = {
        out: fit([c for c, f in zip(all_of, fold, strict=True) if f != out]) for out in set(fold)
    }
    return [first_answers(c, fitted[f]) for c, f in zip(all_of, fold, strict=True)]


def table(all_of: Sequence[Choice]) -> str:
    """Compare the ways to choose, with 95 % intervals over questions."""
    by_search, by_lead = np.eye(len(FEATURES))[[0, FEATURES.index("lead")]]
    ways = {
        "order of search": [first_answers(c, by_search) for c in all_of],
        "best lead": [first_answers(c, by_lead) for c in all_of],
        "worth, as it ships": [first_answers(c, SHIPPED) for c in all_of],
        "worth, fitted, held out": held_out(all_of),
    }
    lines = ["| Passage taken by | it answers |", "|---|---|"]
    for name, values in ways.items():
        low, high = interval(np.array(values))
        lines.append(f"| {name} | {np.mean(values):.3f} ({low:.3f} to {high:.3f}) |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Print the comparison for both sets of questions, and the fitted weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", required=True)
    settings = load_settings(parser.parse_args(arguments).home)
    memory = Remembering(
        question_embedder(settings.model, settings.cache), settings.cache / "eval-refusal.npz"
    )
    searcher = Searcher(settings, memory)
    for name, file in (("situations", SITUATED), ("development questions", DEV)):
        asked = choices(searcher, load(file))
        memory.save()
        weights = dict(zip(FEATURES, fit(asked).round(2).tolist(), strict=True))
        sys.stdout.write(
            f"{name}, {len(asked)} with an answer read\n\n{table(asked)}\n\n{weights}\n\n"
        )


if __name__ == "__main__":
    main()
