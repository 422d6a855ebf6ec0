"""Fit and measure the decision between an answer and a refusal (docs/refusals.md).

    python -m eval.refusal --home FULL --home NOTES            measure, by nested cross-validation
    python -m eval.refusal --home FULL --home NOTES --fit      … and write assistant/judge.json
    … --curve docs/refusals.svg                                … and draw the curve
    … --test                                                   score the weights on test questions

Signals are read off the real pipeline, home by home. What is encoded is remembered in the cache
folder, so a second run takes minutes. The decision must hold for all homes: they are fitted
together, and the cases of one subject in all homes are in one fold. Each home is read three times:
as it is, as if no question were known that it answers, and without its vectors.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.judge import ALONE, BY_WORDS, WEIGHTS, Weights, judge, way_of
from assistant.settings import load_settings
from eval.fusion import DEV
from eval.logistic import Rows
from eval.questions import load
from eval.refusal_cases import LONG, REFUSALS, SITUATED, Case, gather, learners_questions
from eval.refusal_fit import (
    ANSWER,
    ANSWER_BY_KNOWN,
    ANSWER_BY_WORDS,
    ANSWERED,
    ANSWERED_ALONE,
    OFF_PATH,
    OFF_PATH_BY_WORDS,
    Shares,
    data_of,
    nested,
    train,
    weights_of,
    zero_line,
)
from eval.refusal_report import curve_table, draw, outcomes_table, sets_table

# The rules that came before, for comparison: thresholds set by hand on retrieval alone.
NEAR, FAR, COVERED = 0.42, 0.22, 0.5


def former(case: Case) -> bool:
    """Answer as the rules did that came before."""
    nearest, covered = case.signals["nearest"], case.signals["covered"]
    if nearest < FAR and covered < 0.99:
        return False
    near = covered >= COVERED or nearest >= NEAR
    return near and not case.unknown_subject and case.strict and case.quotable


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the two decisions weigh, with the signs; `way` ends their names in the file.

    `answered` is the share of answerable questions that is to be answered.
    """

    way: str
    answer: Mapping[str, int]
    kind: Mapping[str, int]
    answered: Shares


WAYS = (
    Decisions("", ANSWER_BY_KNOWN, OFF_PATH, ANSWERED),
    Decisions(ALONE, ANSWER, OFF_PATH, ANSWERED_ALONE),
    Decisions(BY_WORDS, ANSWER_BY_WORDS, OFF_PATH_BY_WORDS, ANSWERED_ALONE),
)


def by_cover(case: Case) -> bool:
    """Answer by words as the rule did that came before."""
    return case.signals["covered"] >= COVERED and case.signals["strict"] > 0 and case.quotable


def cases_of(cases: Sequence[Case], decisions: Decisions) -> list[Case]:
    """Keep the cases that these decisions are for."""
    return [c for c in cases if way_of(c.signals) == decisions.way]


def cross_validated(cases: Sequence[Case], decisions: Decisions) -> tuple[Rows, list[str]]:
    """Decide on every case by weights that have seen nothing of its subject.

    Gives the log-odds for an answer, and what was decided.
    """
    signs = decisions.answer
    data = data_of(cases, list(signs), "answered")
    answered = nested(data, list(signs.values()), decisions.answered)
    answered[[not c.quotable for c in cases]] = min(answered.min(), -1.0)
    refused = [c.outcome != "answered" for c in cases]
    kinds = nested_kinds(cases, np.array(refused), decisions.kind)
    said = [
        "answered" if odds > 0 else "off_path" if far > 0 else "not_covered"
        for odds, far in zip(answered, kinds, strict=True)
    ]
    return answered, said


def nested_kinds(
    cases: Sequence[Case], refused: NDArray[np.bool_], signs: Mapping[str, int]
) -> Rows:
    """Tell off_path from not_covered, fitted on what must be refused; log-odds for all cases."""
    data = data_of(cases, list(signs), "off_path")
    scores = np.zeros(len(cases))
    for out in np.unique(data.fold):
        model = train(data.only((data.fold != out) & refused), list(signs.values()), None)
        scores[data.fold == out] = model.scores(data.rows[data.fold == out])
    return scores


def by_similarity(cases: Sequence[Case]) -> Rows:
    """Score by the best similarity alone, 0 where each home answers enough."""
    data = data_of(cases, ["nearest", "size"], "answered")
    slope, zero = zero_line(data.rows[:, 0], data, ANSWERED)
    return np.asarray(data.rows[:, 0] - slope * data.rows[:, 1] - zero, dtype=np.float64)


def fitted(cases: Sequence[Case]) -> Mapping[str, Weights]:
    """Fit all decisions on all cases."""
    weights: dict[str, Weights] = {}
    for decisions in WAYS:
        mine = cases_of(cases, decisions)
        refused = [c for c in mine if c.outcome != "answered"]
        signs = decisions.answer
        data = data_of(mine, list(signs), "answered")
        answer = train(data, list(signs.values()), decisions.answered)
        weights["answered" + decisions.way] = weights_of(answer, list(signs))
        signs = decisions.kind
        kind = train(data_of(refused, list(signs), "off_path"), list(signs.values()), None)
        weights["off_path" + decisions.way] = weights_of(kind, list(signs))
    return weights


def write(weights: Mapping[str, Weights], file: Path) -> None:
    """Write weights as JSON; a reader sees the old file or the new one."""
    named = {name: {"bias": w.bias, "weights": dict(w.weights)} for name, w in weights.items()}
    beside = file.with_suffix(".part")
    beside.write_text(json.dumps(named, indent=1) + "\n", encoding="utf-8")
    beside.replace(file)


def judged(cases: Sequence[Case]) -> list[str]:
    """Decide on every case by the weights that ship."""
    said = []
    for case in cases:
        judgement = judge(case.signals)
        answer = judgement.answerable and case.quotable
        said.append("answered" if answer else judgement.reason or "not_covered")
    return said


def report(cases: Sequence[Case], curve: Path | None) -> str:
    """Measure by nested cross-validation, beside the best single threshold and the former rules."""
    meant, alone_of, worded = (cases_of(cases, decisions) for decisions in WAYS)
    odds, said = cross_validated(meant, WAYS[0])
    alone = by_similarity(meant)
    ways = {"best similarity": alone, "model": odds}
    if curve:
        draw(meant, ways, "model", curve)
    texts = [
        f"{len(cases)} cases",
        "## Model, nested cross-validation",
        outcomes_table(meant, said),
        sets_table(meant, said),
        "## Model without known questions, nested cross-validation",
        outcomes_table(alone_of, cross_validated(alone_of, WAYS[1])[1]),
        "## Model by words, nested cross-validation",
        outcomes_table(worded, cross_validated(worded, WAYS[2])[1]),
    ]
    texts += ["## Best similarity alone", outcomes_table(meant, words((alone > 0).tolist()))]
    texts += ["## Former rules", outcomes_table(meant, words(former(c) for c in meant))]
    texts += ["## Former rules by words", outcomes_table(worded, words(map(by_cover, worded)))]
    for home in sorted({c.home for c in meant}):
        texts += [f"## Near-misses and off-path answered, {home}", curve_table(meant, ways, home)]
    return "\n\n".join(texts)


def words(answered: Iterable[bool]) -> list[str]:
    """Name decisions that know no second code."""
    return ["answered" if yes else "not_covered" for yes in answered]


def main(arguments: list[str] | None = None) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", action="append", required=True)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--curve", type=Path)
    parser.add_argument("--test", action="store_true")
    options = parser.parse_args(arguments)
    questions = [*load(DEV), *load(REFUSALS), *load(SITUATED), *load(LONG), *learners_questions()]
    wanted = "test" if options.test else "dev"
    questions = [q for q in questions if q.split == wanted]
    cases = [
        case
        for home in options.home
        for meaning, known in ((True, True), (True, False), (False, False))
        for case in gather(load_settings(home), questions, meaning=meaning, known=known)
    ]
    if options.test:
        meant = cases_of(cases, WAYS[0])
        texts = ["## Model", outcomes_table(cases, judged(cases)), sets_table(meant, judged(meant))]
        texts += ["## Former rules", outcomes_table(meant, words(former(c) for c in meant))]
        sys.stdout.write("\n\n".join(texts) + "\n")
        return
    sys.stdout.write(report(cases, options.curve) + "\n")
    if options.fit:
        write(fitted(cases), WEIGHTS)


if __name__ == "__main__":
    main()
