"""Fit and measure the verdict on whether a quote says a sentence.

    python -m eval.grounding [--fit] [--test] [--wrong]

Weights and thresholds come from the dev claims alone: predictions for a section are made by a model
that was fitted without it, and the thresholds are chosen on those. --fit writes the model,
--test scores the sections held back, --wrong lists the claims judged wrongly.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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
from eval.logistic import area, fit
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


def auc(found: Sequence[Scored]) -> float:
    """Give the chance that a supported claim scores above an unsupported one (ROC AUC)."""
    good, bad = (
        [s.score for s in found if s.claim.label == label] for label in ("supported", "unsupported")
    )
    return area(good, bad)


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


def main(arguments: list[str] | None = None) -> None:
    """Print curve and figures; with --fit write the models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--wrong", action="store_true")
    options = parser.parse_args(arguments)
    settings = load_settings()
    encode = remembered(question_embedder(settings.model, settings.cache).encode)
    idf = rarity(note_paragraphs(corpus.notes()))
    claims = load_claims()
    dev = [c for c in claims if c.split == "dev"]
    held = [c for c in claims if c.split == "test"] if options.test else []
    out, tests, wrong = [f"## Dev ({len(dev)} claims, out of fold)\n\n{HEAD}"], [HEAD], []
    models = {}
    details = []
    for name, encoder in (("by_meaning", encode), ("by_words", None)):
        described = features_of(dev, encoder, idf)
        found = out_of_fold(described, dev)
        thresholds = choose_thresholds(found)
        model = fitted(described, dev)
        models[name] = Model(model.bias, model.weights, thresholds)
        out.append(summary(name, found, thresholds))
        details.append(f"\n### {name}\n\n{curve(found)}\n\n{by_kind(found, thresholds)}")
        wrong += [(name, s, thresholds) for s in found]
        if held:
            scores = [models[name].score(d) for d in features_of(held, encoder, idf)]
            judged = scored(held, scores)
            tests += [summary(name, judged, thresholds)]
            details.append(f"\n### {name}, test\n\n{by_kind(judged, thresholds)}")
    for name, method in baselines(encode, idf).items():
        found = [Scored(c, method(c)) for c in dev]
        thresholds = choose_thresholds(found)
        out.append(summary(name, found, thresholds))
        if held:
            tests.append(summary(name, [Scored(c, method(c)) for c in held], thresholds))
    sys.stdout.write("\n".join([*out, *details]) + "\n")
    if held:
        sys.stdout.write(f"\n## Test ({len(held)} claims)\n\n" + "\n".join(tests) + "\n")
    if options.wrong:
        for name, s, thresholds in wrong:
            verdict = verdict_of(s.score, thresholds)
            if name == "by_meaning" and verdict != s.claim.label:
                sys.stdout.write(
                    f"{s.score:.3f} {verdict} | {s.claim.label}/{s.claim.kind} | {s.claim.sentence}"
                    f"\n      {features_of([s.claim], encode, idf)[0]}\n"
                )
    if options.fit:
        FITTED.write_text(
            json.dumps(
                {
                    name: {
                        "bias": m.bias,
                        "weights": dict(m.weights),
                        "thresholds": {
                            "supported": m.thresholds.supported,
                            "weak": m.thresholds.weak,
                        },
                    }
                    for name, m in models.items()
                },
                indent=2,
            )
            + "\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
