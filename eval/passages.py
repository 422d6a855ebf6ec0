"""Fit and measure which passage an answer is taken from (assistant/passage.py).

    python -m eval.passages --home FULL --home NOTES

Each passage that is read for a question is described as in `assistant.passage.describe`. What
answers is known of two kinds of questions: those of eval/golden/asked.jsonl, written without
knowing our notes and then read against them, name headings of notes that answer alone; those of
eval/golden/dev.yaml name their evidence, mostly in linked pages. Passages that help, and those that
nobody judged although they are near, are left out. A conditional logit (McFadden, "Conditional
logit analysis of qualitative choice behavior", 1974) is fitted on which passages hold the answer,
and compared by five folds over the questions with the order of search and with that of the leads.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.extractive import read_from
from assistant.passage import ALONE, WEIGHTS, describe, grouped
from assistant.question import read_question
from assistant.read import look, read_each
from assistant.retrieve import Hit
from assistant.search import Searcher
from assistant.settings import load_settings
from eval.fusion import DEV
from eval.logistic import folds
from eval.questions import load, resolve, rows
from eval.ranking import interval
from eval.remember import Remembering
from ingest.embed import question_embedder
from ingest.known import name_of

Rows = NDArray[np.float64]
ASKED = DEV.with_name("asked.jsonl")
# Likeness to the question from which a passage that nobody judged may answer it: of a linked page
# its own, of a note that of its nearest known question.
NEAR_PAGE, NEAR_NOTE = 0.5, 0.6
RIDGE = 0.01
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question with what is known of its answers: passages, or headings of our notes.

    What `helps` answers a part.
    """

    question: str
    passages: frozenset[str] = frozenset()
    headings: frozenset[str] = frozenset()
    helps: frozenset[str] = frozenset()

    def verdict(self, hit: Hit) -> bool | None:
        """Say whether a passage answers; None where nobody knows."""
        heading = name_of("".join(hit.entry.passage.heading_path[-1:]))
        ours = hit.entry.kind == "note"
        if hit.id in self.passages or (ours and heading in self.headings):
            return True
        if ours and self.headings:
            return None if heading in self.helps else False
        near = hit.known.nearest >= NEAR_NOTE if ours else hit.similarity >= NEAR_PAGE
        return None if near else False


@dataclass(frozen=True, slots=True)
class Choice:
    """The passages read for one question: features (n, d), and which of them answer (n,)."""

    question: str
    rows: Rows
    answers: NDArray[np.bool_]


def asked() -> list[Labelled]:
    """Read the questions whose answers are headings of our notes."""
    lines = map(json.loads, ASKED.read_text(encoding="utf-8").splitlines())
    return [
        Labelled(
            row["question"],
            headings=frozenset(map(name_of, row["answers"])),
            helps=frozenset(map(name_of, row["helps"])),
        )
        for row in lines
    ]


def golden(searcher: Searcher) -> list[Labelled]:
    """Read the development questions whose evidence this library holds."""
    questions = load(DEV)
    grades = resolve(questions, rows(searcher.library)).grades
    return [
        Labelled(question.question, passages=frozenset(grades[question.id]))
        for question in questions
        if grades.get(question.id)
    ]


def choices(searcher: Searcher, questions: Sequence[Labelled]) -> list[Choice]:
    """Describe the passages of every question that one of them answers."""
    found = (choice(question, searcher) for question in questions)
    return [one for one in found if one is not None and one.answers.any()]


def choice(labelled: Labelled, searcher: Searcher) -> Choice | None:
    """Describe the passages that are read for the first part of one question."""
    question = read_question(labelled.question)
    read = next(
        (r for r in read_each(searcher, question, look(searcher, question)) if r.readings), None
    )
    if read is None:
        return None
    reading, described, answers = read.readings[0], [], []
    leads = grouped(reading.leads)
    for hit in read_from(read.found.hits, read.question):
        verdict = labelled.verdict(hit)
        if verdict is not None:
            best = max((lead.score for lead in leads.get(hit.id, ())), default=0.0)
            features_of = describe(hit, best, reading.asked.part.kind)
            described.append([features_of[name] for name in WEIGHTS])
            answers.append(verdict)
    features = np.array(described).reshape(-1, len(WEIGHTS))
    return Choice(labelled.question, features, np.array(answers, bool))


def fit(seen: Sequence[Choice], columns: Sequence[int]) -> Rows:
    """Fit weights (d,), 0 but for some columns, so that what answers is likely to be chosen."""
    from scipy.optimize import minimize

    everything = np.concatenate([one.rows[:, columns] for one in seen])
    spread = everything.std(axis=0) + 1e-9

    def loss(weights: Rows) -> tuple[float, Rows]:
        cost, slope = RIDGE * float(weights @ weights), 2 * RIDGE * weights
        for one in seen:
            scaled = one.rows[:, columns] / spread
            odds = scaled @ weights
            share = np.exp(odds - odds.max())
            share /= share.sum()
            right = share * one.answers
            total = max(float(right.sum()), 1e-12)
            cost -= float(np.log(total)) / len(seen)
            slope = slope + scaled.T @ (share - right / total) / len(seen)
        return cost, slope

    found = minimize(loss, np.zeros(len(columns)), jac=True, method="L-BFGS-B")
    weights = np.zeros(len(WEIGHTS))
    weights[list(columns)] = found.x / spread
    return weights


def first_answers(one: Choice, weights: Rows) -> float:
    """Say whether the passage that is taken answers."""
    return float(one.answers[int(np.argmax(one.rows @ weights))])


def held_out(all_of: Sequence[Choice], columns: Sequence[int]) -> list[float]:
    """Choose for each question by weights that have not seen it."""
    fold = folds([one.question for one in all_of], FOLDS)
    fitted = {
        out: fit([c for c, f in zip(all_of, fold, strict=True) if f != out], columns)
        for out in set(fold)
    }
    return [first_answers(c, fitted[f]) for c, f in zip(all_of, fold, strict=True)]


def columns_of(weights: Mapping[str, float]) -> list[int]:
    """Give the places of some features among all of them."""
    return [place for place, name in enumerate(WEIGHTS) if name in weights]


def table(all_of: Sequence[Choice]) -> str:
    """Compare the ways to choose, with 95 % intervals over questions."""
    one_of = dict(zip(WEIGHTS, np.eye(len(WEIGHTS)), strict=True))
    shipped = np.array(list(WEIGHTS.values()))
    alone = np.array([ALONE.get(name, 0.0) for name in WEIGHTS])
    ways = {
        "order of search": [first_answers(c, one_of["score"]) for c in all_of],
        "best lead": [first_answers(c, one_of["lead"]) for c in all_of],
        "worth without known questions, as it ships": [first_answers(c, alone) for c in all_of],
        "… fitted without them, held out": held_out(all_of, columns_of(ALONE)),
        "worth, as it ships": [first_answers(c, shipped) for c in all_of],
        "worth, fitted, held out": held_out(all_of, columns_of(WEIGHTS)),
    }
    lines = ["| Passage taken by | it answers |", "|---|---|"]
    for name, values in ways.items():
        low, high = interval(np.array(values))
        lines.append(f"| {name} | {np.mean(values):.3f} ({low:.3f} to {high:.3f}) |")
    return "\n".join(lines)


def named(weights: Rows) -> dict[str, float]:
    """Name fitted weights, rounded to what matters."""
    return {n: round(float(w), 2) for n, w in zip(WEIGHTS, weights, strict=True) if w}


def main(arguments: list[str] | None = None) -> None:
    """Print the comparison for both sets of questions in each home, and the fitted weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", action="append", required=True)
    seen: list[Choice] = []
    for home in parser.parse_args(arguments).home:
        settings = load_settings(home)
        memory = Remembering(
            question_embedder(settings.model, settings.cache), settings.cache / "eval-refusal.npz"
        )
        searcher = Searcher(settings, memory)
        for name, questions in (("asked", asked()), ("development", golden(searcher))):
            found = choices(searcher, questions)
            memory.save()
            sys.stdout.write(f"{home}, {name}: {len(found)} read\n\n{table(found)}\n\n")
            seen += found
    for weights in (WEIGHTS, ALONE):
        sys.stdout.write(f"{named(fit(seen, columns_of(weights)))}\n")


if __name__ == "__main__":
    main()
