"""Fit the weights of assistant/features.py on the labelled leads, and measure them held out.

    python -m eval.fit_leads collect --home HOME [--home HOME ...]
    python -m eval.fit_leads report [--by section]
    python -m eval.fit_leads choose
    python -m eval.fit_leads write

`collect` finds the labelled candidates in libraries and keeps their features, numbers alone, in
eval/golden/leads.npz; `report` compares rankings by cross-validation; `choose` tries strengths of
the prior, and leaves out each feature in turn; `write` writes assistant/weights.py. Only `collect`
needs libraries.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.leads import fits, on_subject
from assistant.search import Searcher
from assistant.settings import load_settings
from eval.leads import (
    LABELS,
    Labelled,
    load_labels,
    place_of,
    pool_for,
    remembering,
    words_score,
)
from eval.ranking import (
    Floats,
    Ints,
    Prior,
    Rows,
    Weights,
    fit,
    held_out_scores,
    interval,
    measure,
)

FEATURES = LABELS.with_suffix(".npz")
WEIGHTS = Path(__file__).parents[1] / "assistant" / "weights.py"
KINDS = ("what", "how", "why", "when", "compare", "list", "check")
FOLDS, SEED = 5, 11
NOT_ADMITTED = -1e9  # what may open no answer comes last

# What the weights are drawn to where labels are few: the values set by hand before there were any,
# on the same scale as the scores (a lead of 9.5 is as good as they get).
HAND: Mapping[str, float] = {
    "defines": 0.9,
    "heading": 0.78,
    "heading_kind": 0.9,
    "opens_section": 0.9,
    "subject": 1.2,
    "coverage": 0.6,
    "similarity": 0.77,
    "explains": 0.6,
    "passage": 1.88,
    "note": 0.35,
    "dangling": -1.5,
    "about_text": -1.3,
    "first_person": -0.35,
    "question": -1.5,
    "length": -1.44,
    "untidy": -1.0,
}
HAND_KINDS: Mapping[str, Mapping[str, float]] = {
    "what": {"defines": 1.0},
    "list": {"defines": -0.5, "explains": 0.6},
    "how": {"defines": -1.8, "explains": 0.9, "opens_steps": 1.2},
    "why": {"defines": -1.0, "explains": 1.2},
    "when": {"defines": -1.2, "explains": 1.6},
    "compare": {"defines": -0.8, "explains": 0.9},
    "check": {"defines": -0.9, "similarity": 0.6},
}
# Conditions of a lead, not merits (see `fits` in assistant/leads.py): their weight stays 0.
CONDITIONS = ("about", "name", "together")
BAD = ("dangling", "about_text", "first_person", "question", "length", "untidy")
EITHER = ("note", "listed")  # features that may count for or against a lead; all others count for
# Chosen by cross-validation, see docs/benchmarks.md, "Answers": `choose`.
STRENGTH, KIND_STRENGTH, SCALE = 0.001, 0.003, 1.0
STRENGTHS, KIND_STRENGTHS, SCALES = (0.0003, 0.001, 0.003), (0.001, 0.003, 0.01), (0.0, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Collected:
    """The labelled candidates found in libraries, with what other rankings make of them.

    `asked` (n,) numbers the question whatever the library, `rows.question` question and library
    together. `admitted` are the candidates that may open an answer, `words` their BM25.
    """

    names: tuple[str, ...]
    rows: Rows
    asked: Ints
    words: Floats
    admitted: NDArray[np.bool_]
    fingerprint: str


def fingerprint(path: Path = LABELS) -> str:
    """Name the state of the labels."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One labelled candidate found in a library."""

    library: int
    question: int
    kind: str
    grade: int
    features: Mapping[str, float]
    words: float
    admitted: bool


def collect(homes: Sequence[str]) -> Collected:
    """Find the labelled candidates in libraries and describe them."""
    items = load_labels()
    found = [
        candidate
        for number, home in enumerate(homes)
        for candidate in candidates_in(Searcher(load_settings(home)), number, items)
    ]
    return put_together(found, items)


def candidates_in(
    searcher: Searcher, library: int, items: Sequence[Labelled]
) -> Iterator[Candidate]:
    """Find the labelled candidates of one library."""
    encode = remembering(searcher.encode, {})
    for number, item in enumerate(items):
        grades = dict(item.labels)
        pool = pool_for(item.question, searcher, encode) if grades else None
        if pool is None or pool.asked.part.kind not in KINDS:
            continue
        kind, words = pool.asked.part.kind, words_score(pool)
        for one in pool.ranked:
            grade = grades.get(place_of(one))
            if grade is not None:
                admitted = fits(one, kind) and on_subject(one, pool.asked, kind)
                yield Candidate(library, number, kind, grade, one.features, words(one), admitted)


def put_together(found: Sequence[Candidate], items: Sequence[Labelled]) -> Collected:
    """Turn candidates into arrays."""
    sections = sorted({item.section for item in items})
    names = tuple(found[0].features)
    asked = np.array([c.question for c in found])
    rows = Rows(
        features=np.array([[c.features[name] for name in names] for c in found]),
        question=asked + len(items) * np.array([c.library for c in found]),
        kind=np.array([KINDS.index(c.kind) for c in found]),
        grade=np.array([c.grade for c in found]),
        section=np.array([sections.index(items[n].section) for n in asked]),
    )
    words = np.array([c.words for c in found])
    admitted = np.array([c.admitted for c in found])
    return Collected(names, rows, asked, words, admitted, fingerprint())


def save(collected: Collected, path: Path = FEATURES) -> None:
    """Keep the numbers; three decimals are enough."""
    rows = collected.rows
    np.savez_compressed(
        path,
        names=np.array(collected.names),
        features=np.rint(rows.features * 1000).astype(np.int16),
        question=rows.question.astype(np.int16),
        kind=rows.kind.astype(np.int8),
        grade=rows.grade.astype(np.int8),
        section=rows.section.astype(np.int8),
        asked=collected.asked.astype(np.int16),
        words=collected.words.astype(np.float16),
        admitted=collected.admitted,
        fingerprint=np.array(collected.fingerprint),
    )


def read(path: Path = FEATURES) -> Collected:
    """Read what `save` kept."""
    with np.load(path) as kept:
        rows = Rows(
            kept["features"].astype(np.float64) / 1000,
            *(kept[name].astype(np.int64) for name in ("question", "kind", "grade", "section")),
        )
        return Collected(
            tuple(str(name) for name in kept["names"]),
            rows,
            kept["asked"].astype(np.int64),
            kept["words"].astype(np.float64),
            kept["admitted"],
            str(kept["fingerprint"]),
        )


def prior_for(
    names: Sequence[str],
    strength: float = STRENGTH,
    kind_strength: float = KIND_STRENGTH,
    scale: float = SCALE,
) -> Prior:
    """Draw weights to the hand-set ones times `scale`, with the signs that sense demands."""
    shared = np.array([scale * HAND.get(name, 0.0) for name in names])
    kinds = np.array(
        [[scale * HAND_KINDS[kind].get(name, 0.0) for name in names] for kind in KINDS]
    )
    signs = np.array([-1.0 if name in BAD else 0.0 if name in EITHER else 1.0 for name in names])
    return Prior(shared, kinds, signs, strength, kind_strength)


def hand_weights(names: Sequence[str]) -> Weights:
    """Give the weights that were set by hand."""
    prior = prior_for(names, scale=1.0)
    return Weights(prior.shared, prior.shared + prior.kinds)


def usable(collected: Collected, without: Sequence[str] = ()) -> Rows:
    """Give the rows with the features that may weigh; the others are set to 0."""
    left_out = [name in CONDITIONS or name in without for name in collected.names]
    features = np.where(np.array(left_out), 0.0, collected.rows.features)
    return replace(collected.rows, features=features)


def levelled(weights: Weights, rows: Rows, hand: Weights) -> tuple[Weights, float]:
    """Scale weights and give a base, so that best leads score as high and as far apart as before.

    The thresholds of assistant/leads.py (LEAST, SECOND, FULL) then keep their meaning.
    """

    def tops(w: Weights) -> Floats:
        scores = w.scores(rows)
        return np.array([scores[rows.question == q].max() for q in np.unique(rows.question)])

    before, now = tops(hand), tops(weights)
    scale = float(before.std() / now.std())
    return Weights(weights.shared * scale, weights.kinds * scale), float(
        before.mean() - scale * now.mean()
    )


def fitted(collected: Collected) -> tuple[Weights, float]:
    """Fit the weights that ship, with their base."""
    rows = usable(collected).where(collected.admitted)
    weights = fit(rows, prior_for(collected.names))
    return levelled(weights, rows, hand_weights(collected.names))


def held_out(
    collected: Collected, prior: Prior, by_section: bool = False, without: Sequence[str] = ()
) -> Floats:
    """Score all rows by weights that never saw their question, or none of its section."""
    rows = usable(collected, without)
    groups = rows.section if by_section else collected.asked
    kept = collected.admitted
    scores = np.full(len(rows.grade), NOT_ADMITTED)
    scores[kept] = held_out_scores(rows.where(kept), groups[kept], prior, FOLDS, SEED)
    return scores


def rankings(collected: Collected, by_section: bool) -> dict[str, Floats]:
    """Score all rows in each way that is compared."""
    rows, names = usable(collected), list(collected.names)
    hand = np.where(collected.admitted, hand_weights(names).scores(rows), NOT_ADMITTED)
    alike = rows.features[:, names.index("similarity")]
    return {
        "fitted, held out": held_out(collected, prior_for(names), by_section),
        "set by hand": hand,
        "likeness, of admitted": np.where(collected.admitted, alike, NOT_ADMITTED),
        "likeness alone": alike,
        "BM25 alone": collected.words,
    }


def table(collected: Collected, ways: Mapping[str, Floats]) -> str:
    """Write the measures of rankings as Markdown, with 95 % intervals over questions.

    A question asked of two libraries is one question: its values are averaged.
    """
    rows = collected.rows
    asked_of = dict(zip(rows.question.tolist(), collected.asked.tolist(), strict=True))
    lines = ["| Ranking | NDCG@1 | first lead answers | pairs in order |", "|---|---|---|---|"]
    ndcg: dict[str, Floats] = {}
    for name, scores in ways.items():
        found = measure(rows, scores)
        asked = np.array([asked_of[q] for q in found.question.tolist()])
        each = [averaged(v, asked) for v in (found.ndcg, found.first, found.pairwise)]
        ndcg[name] = each[0]
        lines.append(f"| {name} | {' | '.join(told(values) for values in each)} |")
    first, second = list(ndcg)[:2]
    gain = told(ndcg[first] - ndcg[second])
    return "\n".join([*lines, "", f"NDCG@1 gained over {second}: {gain}"])


def averaged(values: Floats, groups: Ints) -> Floats:
    """Average values by group."""
    return np.array([values[groups == group].mean() for group in np.unique(groups)])


def told(values: Floats) -> str:
    """Write a mean with its 95 % interval."""
    low, high = interval(values)
    return f"{values.mean():.3f} ({low:.3f} to {high:.3f})"


def trials(collected: Collected) -> Iterator[str]:
    """Measure strengths of the prior, and the features left out in turn, as lines of Markdown."""

    def line(name: str, prior: Prior, without: Sequence[str] = ()) -> str:
        found = measure(collected.rows, held_out(collected, prior, without=without))
        values = (found.ndcg, found.first, found.pairwise)
        return f"| {name} | {' | '.join(f'{v.mean():.3f}' for v in values)} |"

    names = collected.names
    for strength, kind_strength, scale in product(STRENGTHS, KIND_STRENGTHS, SCALES):
        prior = prior_for(names, strength, kind_strength, scale)
        yield line(f"{strength}, {kind_strength}, {scale}", prior)
    for name in names:
        if name not in CONDITIONS:
            yield line(f"without {name}", prior_for(names), (name,))


def written(names: Sequence[str], weights: Weights, base: float, state: str) -> str:
    """Write the weights as a Python module."""
    shared = {name: round(float(w), 2) for name, w in zip(names, weights.shared, strict=True)}
    lines = [
        '"""Weights of the features of a lead; made by `python -m eval.fit_leads write`."""',
        "",
        "from collections.abc import Mapping",
        "",
        f'LABELS = "{state}"  # fingerprint of eval/golden/leads.jsonl',
        f"BASE = {base:.2f}",
        "WEIGHTS: Mapping[str, float] = {",
        *(f'    "{name}": {value},' for name, value in shared.items()),
        "}",
        "# What a kind of question asks of its lead, beyond the common weights.",
        "KIND_WEIGHTS: Mapping[str, Mapping[str, float]] = {",
    ]
    for kind, own in zip(KINDS, weights.kinds, strict=True):
        extra = {n: round(float(w) - shared[n], 2) for n, w in zip(names, own, strict=True)}
        kept = {n: value for n, value in extra.items() if abs(value) >= 0.01}
        lines += [f'    "{kind}": {{', *(f'        "{n}": {v},' for n, v in kept.items()), "    },"]
    return "\n".join([*lines, "}", ""])


def main(arguments: list[str] | None = None) -> None:
    """Collect features, report on rankings, or write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("collect", "report", "choose", "write"))
    parser.add_argument("--home", action="append", default=[])
    parser.add_argument("--by", choices=("question", "section"), default="question")
    options = parser.parse_args(arguments)
    if options.what == "collect":
        save(collect(options.home))
        return
    collected = read()
    if options.what == "report":
        ways = rankings(collected, options.by == "section")
        sys.stdout.write(table(collected, ways) + "\n")
    elif options.what == "choose":
        for line in trials(collected):
            sys.stdout.write(line + "\n")
    else:
        weights, base = fitted(collected)
        text = written(collected.names, weights, base, collected.fingerprint)
        WEIGHTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
