"""Fit and measure the verdict on whether a quote says a sentence.

    python -m eval.grounding [--fit] [--test] [--wrong] [--plot FILE]

Weights and thresholds come from the dev claims alone: predictions for a section are made by a model
that was fitted without it, and the thresholds are chosen on those. --fit writes the model,
--test scores the sections held back, --wrong lists the claims judged wrongly.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import corpus
from assistant.asked import Encode
from assistant.features import plain
from assistant.settings import load_settings
from assistant.support import (
    FITTED,
    Idf,
    Model,
    Thresholds,
    coverage,
    readings_of,
    remembered,
    verbatim,
    verdict_of,
)
from assistant.wording import read, stems_of
from eval.claims import LABELS, Claim, load_claims, note_paragraphs, rarity
from eval.roc import roc_svg
from eval.signed_fit import area, fit
from ingest.embed import question_embedder

FOLDS = 6
WEAK_TARGET = 0.2  # what a half-said sentence counts for in the fit
RIDGE = 0.001  # per claim; of 0.0005 to 0.004, out of fold
FALSE_SUPPORTED = 0.02  # of the unsupported dev claims, so that 0.05 holds on others
FALSE_DROPPED = 0.05  # of the supported dev claims that may be called unsupported
# A feature can only speak for support, or only against it.
FOR = ("coverage", "known", "kin", "clause", "head", "similarity", "linked")
AGAINST = (
    *("number", "name", "negation", "opposite", "quantifier", "roles", "grave"),
    *("light quantifier", "light place", "light subject"),
    *("turned", "substituted", "repeats but", "scrambled", "one new", "only one new"),
)


@dataclass(frozen=True, slots=True)
class Scored:
    """A claim with its score by some method."""

    claim: Claim
    score: float


def features_of(
    claims: Sequence[Claim], encode: Encode | None, idf: Idf
) -> list[Mapping[str, float]]:
    """Describe every claim beside its quote."""
    found = []
    for claim in claims:
        readings = readings_of(plain(claim.sentence), [claim.quote], encode, idf)
        found.append(readings[0].features)
    return found


def fitted(described: Sequence[Mapping[str, float]], claims: Sequence[Claim]) -> Model:
    """Fit a logistic model whose weights keep their sign; a half-said sentence counts a little."""
    target = [{"supported": 1.0, "weak": WEAK_TARGET}.get(c.label, 0.0) for c in claims]
    bias, weights = fit(described, target, FOR, AGAINST, RIDGE)
    return Model(bias, weights, Thresholds(0.5, 0.2))


def out_of_fold(described: Sequence[Mapping[str, float]], claims: Sequence[Claim]) -> list[Scored]:
    """Score every claim with a model that saw no claim of its note."""
    notes = sorted({c.note for c in claims})
    fold = {note: n % FOLDS for n, note in enumerate(notes)}
    scores = [0.0] * len(claims)
    for left_out in range(FOLDS):
        inside = [i for i, c in enumerate(claims) if fold[c.note] != left_out]
        model = fitted([described[i] for i in inside], [claims[i] for i in inside])
        for i, claim in enumerate(claims):
            if fold[claim.note] == left_out:
                scores[i] = model.score(described[i])
    return scored(claims, scores)


def scored(claims: Sequence[Claim], scores: Sequence[float]) -> list[Scored]:
    """Pair claims with scores; a verbatim quotation is certain."""
    return [
        Scored(c, 1.0 if verbatim(plain(c.sentence), [c.quote]) else s)
        for c, s in zip(claims, scores, strict=True)
    ]


def choose_thresholds(found: Sequence[Scored]) -> Thresholds:
    """Take the lowest bar for "supported" that keeps the promise, then that for "weak"."""
    bad = sorted((s.score for s in found if s.claim.label == "unsupported"), reverse=True)
    good = sorted(s.score for s in found if s.claim.label == "supported")
    # Right above the score of the first unsupported claim that must not pass.
    bar = bad[int(FALSE_SUPPORTED * len(bad))] + 1e-3
    weak = min(bar, good[int(FALSE_DROPPED * len(good))])
    return Thresholds(round(min(1.0, bar), 4), round(weak - 5e-5, 4))


def sides_of(found: Sequence[Scored]) -> tuple[list[float], list[float]]:
    """Give the scores of supported and of unsupported claims."""
    good, bad = (
        [s.score for s in found if s.claim.label == label] for label in ("supported", "unsupported")
    )
    return good, bad


def auc(found: Sequence[Scored]) -> float:
    """Give the chance that a supported claim scores above an unsupported one (ROC AUC)."""
    return area(*sides_of(found))


def rates(found: Sequence[Scored], bar: float) -> tuple[float, float, float, float]:
    """Give recall of supported, false-supported rate, weak shown as supported, and precision."""
    passed = [s.claim.label for s in found if s.score >= bar]
    every = [s.claim.label for s in found]
    shares = [passed.count(label) / max(1, every.count(label)) for label in LABELS]
    precision = passed.count("supported") / len(passed) if passed else 1.0
    return shares[0], shares[2], shares[1], precision


def curve(found: Sequence[Scored]) -> str:
    """Write the ROC and precision curve as a table, by the false-supported rate allowed."""
    lines = [
        "| Bar | Supported found | Unsupported shown as supported | Weak shown as supported"
        " | Precision |",
        "|---|---|---|---|---|",
    ]
    for bar in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        recall, false, weak, precision = rates(found, bar)
        lines.append(f"| {bar} | {recall:.3f} | {false:.3f} | {weak:.3f} | {precision:.3f} |")
    return "\n".join(lines)


def summary(name: str, found: Sequence[Scored], thresholds: Thresholds) -> str:
    """Write one method's figures as a row: area, accuracy, and the two errors that matter."""
    verdicts = [verdict_of(s.score, thresholds) for s in found]
    right = sum(v == s.claim.label for v, s in zip(verdicts, found, strict=True))
    decided = [(v, s.claim.label) for v, s in zip(verdicts, found, strict=True)]

    def share(verdict: str, label: str) -> str:
        of = [v for v, gold in decided if gold == label]
        return f"{of.count(verdict)}/{len(of)}"

    cells = (
        name,
        f"{auc(found):.3f}",
        f"{right / len(found):.3f}",
        share("supported", "unsupported"),
        share("supported", "supported"),
        share("unsupported", "supported"),
        share("unsupported", "unsupported"),
        share("supported", "weak"),
    )
    return "| " + " | ".join(cells) + " |"


HEAD = (
    "| Method | ROC AUC | Three-way accuracy | Unsupported shown as supported | Supported found"
    " | Supported called unsupported | Unsupported found | Weak shown as supported |\n"
    "|---|---|---|---|---|---|---|---|"
)


def by_kind(found: Sequence[Scored], thresholds: Thresholds) -> str:
    """Write the verdicts for every kind of claim."""
    lines = ["| Label | Kind | supported | weak | unsupported |", "|---|---|---|---|---|"]
    for label in LABELS:
        for kind in sorted({s.claim.kind for s in found if s.claim.label == label}):
            verdicts = [verdict_of(s.score, thresholds) for s in found if s.claim.kind == kind]
            counts = " | ".join(str(verdicts.count(v)) for v in LABELS)
            lines.append(f"| {label} | {kind} | {counts} |")
    return "\n".join(lines)


def baselines(encode: Encode, idf: Idf) -> Mapping[str, Callable[[Claim], float]]:
    """Give the two simple ways: the cosine of both texts, and the words they share."""

    def similarity(claim: Claim) -> float:
        rows = encode([plain(claim.sentence), claim.quote])
        return float(rows[0] @ rows[1])

    def words(claim: Claim) -> float:
        return coverage(read(plain(claim.sentence)), stems_of(read(claim.quote)), idf)

    return {"embedding similarity alone": similarity, "lexical overlap alone": words}


@dataclass(frozen=True, slots=True)
class Method:
    """A way to judge: what it says of the dev claims out of fold, and of those held back."""

    name: str
    dev: tuple[Scored, ...]
    held: tuple[Scored, ...]
    thresholds: Thresholds
    model: Model | None = None


def methods(
    dev: Sequence[Claim], held: Sequence[Claim], encode: Encode, idf: Idf
) -> Iterator[Method]:
    """Judge by the fitted models, then by the two baselines."""
    for name, encoder in (("by_meaning", encode), ("by_words", None)):
        described = features_of(dev, encoder, idf)
        found = out_of_fold(described, dev)
        model = replace(fitted(described, dev), thresholds=choose_thresholds(found))
        scores = [model.score(d) for d in features_of(held, encoder, idf)]
        judged = tuple(scored(held, scores))
        yield Method(name, tuple(found), judged, model.thresholds, model)
    for name, method in baselines(encode, idf).items():
        known, unknown = (tuple(Scored(c, method(c)) for c in claims) for claims in (dev, held))
        yield Method(name, known, unknown, choose_thresholds(known))


def report(found: Sequence[Method]) -> str:
    """Write the figures of all methods, and curve and kinds of the fitted ones."""
    lines = [f"## Dev ({len(found[0].dev)} claims, out of fold)", "", HEAD]
    lines += [summary(m.name, m.dev, m.thresholds) for m in found]
    if found[0].held:
        lines += ["", f"## Test ({len(found[0].held)} claims)", "", HEAD]
        lines += [summary(m.name, m.held, m.thresholds) for m in found]
    for method in found:
        if method.model is not None:
            told = (curve(method.dev), by_kind(method.dev, method.thresholds))
            lines += ["", f"### {method.name}", "", *told[:1], "", *told[1:]]
            if method.held:
                lines += [
                    "",
                    f"### {method.name}, test",
                    "",
                    by_kind(method.held, method.thresholds),
                ]
    return "\n".join(lines)


def wrong(method: Method) -> str:
    """List the dev claims that a method judges wrongly, with score and verdict."""
    lines = []
    for item in sorted(method.dev, key=lambda s: -s.score):
        verdict = verdict_of(item.score, method.thresholds)
        if verdict != item.claim.label:
            claim = item.claim
            lines.append(
                f"{item.score:.3f} {verdict} | {claim.label}/{claim.kind} | {claim.sentence}"
            )
    return "\n".join(lines)


def written(found: Sequence[Method]) -> str:
    """Write the fitted models as the JSON that assistant/support.py reads."""
    models = {m.name: asdict(m.model) for m in found if m.model is not None}
    return json.dumps(models, indent=2) + "\n"


def main(arguments: list[str] | None = None) -> None:
    """Print curve and figures; with --fit write the models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--plot", type=Path, help="where to write the ROC curve on dev, as SVG")
    options = parser.parse_args(arguments)
    settings = load_settings()
    encode = remembered(question_embedder(settings.model, settings.cache).encode)
    claims = load_claims()
    dev = [c for c in claims if c.split == "dev"]
    held = [c for c in claims if c.split == "test"] if options.test else []
    found = list(methods(dev, held, encode, rarity(note_paragraphs(corpus.notes()))))
    sys.stdout.write(report(found) + "\n")
    if options.wrong:
        sys.stdout.write(f"\n{wrong(found[0])}\n")
    if options.plot:
        axes = ("unsupported shown as supported", "supported found")
        curves = {m.name.replace("_", " "): sides_of(m.dev) for m in found}
        options.plot.write_text(roc_svg(curves, *axes), encoding="utf-8")
    if options.fit:
        FITTED.write_text(written(found), encoding="utf-8")


if __name__ == "__main__":
    main()
