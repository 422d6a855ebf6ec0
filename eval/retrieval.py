"""How well a ranked list finds the answering passages, and which way of fusing finds them best."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from eval.figures import interval
from eval.ir import score

L = TypeVar("L")  # one leg's result; only the fusion callables look inside

# Weights of the vector leg that are compared: outside 0.3..0.8 one leg all but decides alone.
ALPHAS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
MEASURES = {"hit5": "Success@5", "mrr10": "RR@10", "ndcg10": "nDCG@10", "recall50": "R@50"}


@dataclass(frozen=True, slots=True)
class Scores:
    """hit@5, MRR@10, nDCG@10 and recall@50, each 0..1, of one question or averaged over many.

    nDCG takes the grades (1 or 2) as linear gains; the other three count any grade alike.
    """

    hit5: float
    mrr10: float
    ndcg10: float
    recall50: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How much one method beats another per question: mean, and its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Method:
    """One way of ranking: its average scores, and the best method's lead over it in nDCG@10."""

    name: str
    scores: Scores
    behind: Difference


@dataclass(frozen=True, slots=True)
class Comparison:
    """All methods over the same questions, best nDCG@10 first."""

    questions: int
    methods: tuple[Method, ...]


def measure(
    rankings: Mapping[str, Sequence[str]], grades: Mapping[str, Mapping[str, int]]
) -> Mapping[str, Scores]:
    """Score each judged question's ranked passage ids, best first; a missing ranking scores 0."""
    values = score(rankings, grades, MEASURES)
    return MappingProxyType({question: Scores(**scores) for question, scores in values.items()})


def average(scores: Mapping[str, Scores]) -> Scores:
    """Average over questions; all zeros when there are none."""
    names = [field.name for field in fields(Scores)]
    columns = {name: [getattr(one, name) for one in scores.values()] for name in names}
    return Scores(**{name: float(np.mean(column or [0.0])) for name, column in columns.items()})


def fusion_methods(
    fuse: Callable[[L, L, str, float], Sequence[str]],
    keywords_only: Callable[[L, L], Sequence[str]],
    vectors_only: Callable[[L, L], Sequence[str]],
    alphas: Sequence[float] = ALPHAS,
) -> Mapping[str, Callable[[L, L], Sequence[str]]]:
    """Name every method to compare: each leg alone, rank fusion, and two scalings per alpha.

    `fuse(keywords, vectors, method, alpha)` gives passage ids, best first; methods are "rrf",
    "convex" and "distribution", alpha the weight of the vectors (rrf pays no heed to it).
    """

    def fused(method: str, alpha: float) -> Callable[[L, L], Sequence[str]]:
        return lambda keywords, vectors: fuse(keywords, vectors, method, alpha)

    methods = {"bm25": keywords_only, "vectors": vectors_only, "rrf": fused("rrf", 0.5)}
    for method in ("convex", "distribution"):
        methods |= {f"{method} {alpha:g}": fused(method, alpha) for alpha in alphas}
    return MappingProxyType(methods)


def compare_fusions(
    legs: Mapping[str, tuple[L, L]],
    grades: Mapping[str, Mapping[str, int]],
    methods: Mapping[str, Callable[[L, L], Sequence[str]]],
) -> Comparison:
    """Rank every judged question by every method and put the methods in order.

    `legs` maps question id to (keyword leg, vector leg), both as deep as they are to be fused.
    """
    judged = {question: grades[question] for question in legs if question in grades}
    results = {
        name: measure({q: method(*legs[q]) for q in judged}, judged)
        for name, method in methods.items()
    }
    columns = {
        name: np.array([scores[q].ndcg10 for q in judged]) for name, scores in results.items()
    }
    order = sorted(columns, key=lambda name: -float(columns[name].sum()))
    return Comparison(
        questions=len(judged),
        methods=tuple(
            Method(name, average(results[name]), difference(columns[order[0]], columns[name]))
            for name in order
        ),
    )


def difference(
    first: NDArray[np.float64], second: NDArray[np.float64], seed: int = 0
) -> Difference:
    """Bootstrap the mean of the paired differences first - second, one value per question.

    Percentile interval (Efron & Tibshirani, 1993). It says how sure the difference is on questions
    like these; it knows nothing of settings chosen on the same questions.
    """
    paired = first - second
    if not len(paired):
        return Difference(0.0, 0.0, 0.0)
    return Difference(float(paired.mean()), *interval(paired, seed))


def table(comparison: Comparison) -> str:
    """Write a comparison as a Markdown table; the last column is the best method's lead."""
    lines = [
        f"| Fusion ({comparison.questions} questions) | hit@5 | MRR@10 | nDCG@10 | recall@50 "
        "| best leads by (95 % interval) |",
        "|---|---|---|---|---|---|",
    ]
    for place, method in enumerate(comparison.methods):
        numbers = [f"{getattr(method.scores, field.name):.3f}" for field in fields(Scores)]
        behind = method.behind
        lead = f"{behind.mean:.3f} ({behind.low:+.3f} to {behind.high:+.3f})" if place else "best"
        lines.append(f"| {' | '.join([method.name, *numbers, lead])} |")
    return "\n".join(lines)
