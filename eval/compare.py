"""Two runs held against each other, question by question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import comb

import numpy as np

from eval.ablation import PRODUCT
from eval.records import Run
from eval.retrieval import Difference, Scores, difference
from eval.summary import ANSWERS, HEADLINE, RETRIEVAL, SEARCHED, markdown

# Scores of single questions that are only true or false: a change of one is a flip.
YES_OR_NO = ("hit5", "right", "answered", "refused", "section@1", "section@3")
FLIPS = ("hit5", "right")
NAMES = {**RETRIEVAL, **HEADLINE, **ANSWERS, "right": "right answer or refusal",
         "refused": "refused as it must be"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class McNemar:
    """How many questions were won and lost, and the chance of a split so uneven by luck alone.

    Exact and two-sided (McNemar, 1947, by the binomial distribution).
    """

    won: int
    lost: int
    p: float


@dataclass(frozen=True, slots=True)
class Change:
    """One score over the questions that both runs have: second minus first, with its interval."""

    name: str
    mode: str
    n: int
    first: float
    second: float
    difference: Difference
    mcnemar: McNemar | None = None


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that was won or lost from the first run to the second."""

    name: str
    mode: str
    id: str
    question: str
    won: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """All changes between two runs; `remarks` say what makes them hard to compare."""

    first: str
    second: str
    changes: tuple[Change, ...]
    flips: tuple[Flip, ...]
    remarks: tuple[str, ...] = ()


Values = Mapping[tuple[str, str], Mapping[str, float]]  # (mode, score) -> question -> value


def compare(first: Run, second: Run) -> Compared:
    """Compare what both runs scored; questions that only one of them has are left out."""
    before, after = values_of(first), values_of(second)
    changes: list[Change] = []
    flips: list[Flip] = []
    asked = {row.id: row.question for run in (first, second) for row in run.answers}
    for key in before:
        mode, name = key
        ids = [i for i in before[key] if i in after.get(key, {})]
        if not ids:
            continue
        old = np.array([before[key][i] for i in ids])
        new = np.array([after[key][i] for i in ids])
        test = mcnemar(old.tolist(), new.tolist()) if name in YES_OR_NO else None
        means = float(old.mean()), float(new.mean())
        changes.append(Change(name, mode, len(ids), *means, difference(new, old), test))
        if name in FLIPS:
            flips += [
                Flip(name, mode, i, asked.get(i, ""), after[key][i] > before[key][i])
                for i in ids
                if after[key][i] != before[key][i]
            ]
    return Compared(first.id, second.id, tuple(changes), tuple(flips), remarks_on(first, second))


def values_of(run: Run) -> Values:
    """Collect every score of every question: those of the product's search, and of answers."""
    values: dict[tuple[str, str], dict[str, float]] = {}
    for mode, measured in run.measured.items():
        for question, scores in measured.get(PRODUCT, {}).items():
            for field in fields(Scores):
                value = float(getattr(scores, field.name))
                values.setdefault((mode, field.name), {})[question] = value
    for row in run.answers:
        for name, value in row.scores.items():
            values.setdefault((row.mode, name), {})[row.id] = value
    return values


def mcnemar(old: Sequence[float], new: Sequence[float]) -> McNemar:
    """Test paired yes-or-no values."""
    won = sum(b > a for a, b in zip(old, new, strict=True))
    lost = sum(b < a for a, b in zip(old, new, strict=True))
    count, few = won + lost, min(won, lost)
    tail = sum(comb(count, k) for k in range(few + 1)) / 2**count
    return McNemar(won, lost, min(1.0, 2 * tail) if count else 1.0)


def remarks_on(first: Run, second: Run) -> tuple[str, ...]:
    """Say what else than the code differs between two runs."""
    remarks = []
    for part, words in (
        ("golden", "the questions differ: only those of one id in both are compared"),
        ("library", "the libraries differ"),
        ("config", "the configurations differ"),
    ):
        if first.about[part] != second.about[part]:
            remarks.append(f"{words} ({told(first.about[part], second.about[part])})")
    if first.about["model"] != second.about["model"]:
        remarks.append(f"the models differ ({first.about['model']}, {second.about['model']})")
    return tuple(remarks)


def told(one: Mapping[str, object], other: Mapping[str, object]) -> str:
    """Name what differs between two descriptions."""
    names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    return "; ".join(f"{name}: {one.get(name)} → {other.get(name)}" for name in names)


def compared_text(found: Compared) -> str:
    """Write a comparison as Markdown."""
    rows = [
        [
            NAMES.get(change.name, change.name),
            SEARCHED.get(change.mode, change.mode),
            str(change.n),
            f"{change.first:.3f}",
            f"{change.second:.3f}",
            f"{change.difference.mean:+.3f} ({change.difference.low:+.3f} to"
            f" {change.difference.high:+.3f})",
            test_words(change.mcnemar),
        ]
        for change in found.changes
    ]
    heads = ["", "searched", "questions", "before", "after", "difference (95 %)", "McNemar"]
    parts = [f"# {found.first} → {found.second}", *found.remarks, markdown(heads, rows)]
    for won, words in ((True, "Won"), (False, "Lost")):
        flips = [flip for flip in found.flips if flip.won is won]
        lines = [
            f"- {NAMES[f.name]}, {SEARCHED.get(f.mode, f.mode)}: {f.id}"
            + (f" “{f.question}”" if f.question else "")
            for f in flips
        ]
        parts.append(f"## {words} ({len(flips)})\n\n" + ("\n".join(lines) or "none"))
    return "\n\n".join(parts) + "\n"


def test_words(test: McNemar | None) -> str:
    """Write a test of McNemar."""
    return "" if test is None else f"+{test.won} −{test.lost}, p = {test.p:.3f}"
