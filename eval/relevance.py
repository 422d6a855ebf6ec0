"""Fit and measure relevance: the chance that a sentence answers a question.

    python -m eval.relevance --home HOME [--fit]

The development questions say where their answers stand and which words a right answer holds. A
sentence of such a place with words of a key point answers its question, and not another one: "near"
are questions of the same section, "far" those of others. Figures are for questions left out of the
fit.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from assistant.asked import Encode
from assistant.features import plain
from assistant.question import read_question
from assistant.relevance import FITTED, relevance_features, seek
from assistant.search import Searcher
from assistant.settings import load_settings
from assistant.spans import spans_of
from assistant.support import Model, Thresholds, remembered
from eval.fusion import DEV
from eval.questions import Question, covered, load, resolve, rows
from eval.signed_fit import area, fit
from ingest.embed import question_embedder
from ingest.library import Entry

EACH = 8  # sentences of each kind that are set beside one question at most
FOLDS = 5
RIDGE = 0.002
WORDS = range(5, 61)
LEFT_OUT = ("where", "how-long", "what-first")  # answered from the path, not by sentences
# What a passage or a list brings is not known of a bare sentence.
UNKNOWN = ("passage", "note", "opens_steps", "opens_section", "heading_kind")
SPEAKS_FOR = (
    *("defines", "heading", "subject", "about", "together", "name", "coverage", "similarity"),
    "explains",
)
AGAINST = ("dangling", "about_text", "first_person", "question", "length", "untidy")


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence beside a question, described.

    `kind` is "answers", or "near" or "far" when it answers another question of the section, or of
    another one.
    """

    question_id: str
    sentence: str
    features: Mapping[str, float]
    kind: str

    @property
    def answers(self) -> bool:
        """Whether the sentence answers the question."""
        return self.kind == "answers"


def examples_of(
    questions: Sequence[Question],
    grades: Mapping[str, Mapping[str, int]],
    searcher: Searcher,
    encode: Encode | None,
) -> list[Example]:
    """Set each question beside its own answering sentences and beside those of others."""
    answering = {q.id: answers_of(q, grades[q.id], searcher) for q in questions}
    examples = []
    for n, question in enumerate(questions):
        others = [*questions[n + 1 :], *questions[:n]]
        near = [q for q in others if set(q.section_ids) & set(question.section_ids)]
        far = [q for q in others if q not in near]
        sought = seek(read_question(question.question), searcher.idf, encode)
        for kind, sources in (("answers", [question]), ("near", near), ("far", far)):
            each = EACH if kind == "answers" else 2
            told = [s for q in sources for s in answering[q.id][:each]]
            if kind != "answers":  # what holds its key points might answer it as well
                told = [s for s in told if not any(covered(question, s[0]))]
            for text, context in told[:EACH]:
                described = [relevance_features(text, p, encode, context) for p in sought.parts]
                best = max(described, key=lambda d: d["coverage"], default={})
                named = {k: v for k, v in best.items() if k not in UNKNOWN}
                examples.append(Example(question.id, text, named, kind))
    return examples


def answers_of(
    question: Question, grades: Mapping[str, int], searcher: Searcher
) -> list[tuple[str, str]]:
    """Give the sentences with words of a key point where the question's answer stands."""
    entries = searcher.library.entries(list(grades)).values()
    return [s for e in entries for s in sentences_of(e) if any(covered(question, s[0]))]


def sentences_of(entry: Entry) -> list[tuple[str, str]]:
    """Give the sentences of a passage, each with its headings and the sentence before."""
    spans = [s for s in spans_of(entry.passage.text) if s.kind not in ("code", "table")]
    headings = " ".join(entry.passage.heading_path[-2:])
    before = ["", *(a.text for a, _ in pairwise(spans))]
    return [
        (plain(span.text), f"{headings} {last}")
        for span, last in zip(spans, before, strict=False)
        if len(span.text.split()) in WORDS
    ]


def fitted(examples: Sequence[Example]) -> Model:
    """Fit the chance that a sentence answers."""
    described = [e.features for e in examples]
    target = [float(e.answers) for e in examples]
    bias, weights = fit(described, target, SPEAKS_FOR, AGAINST, RIDGE)
    return Model(bias, weights, Thresholds(1.0, 1.0))


def out_of_fold(examples: Sequence[Example]) -> list[float]:
    """Score every sentence with a model that saw none of its question's."""
    fold = {q: n % FOLDS for n, q in enumerate(sorted({e.question_id for e in examples}))}
    scores = [0.0] * len(examples)
    for left_out in range(FOLDS):
        model = fitted([e for e in examples if fold[e.question_id] != left_out])
        for i, example in enumerate(examples):
            if fold[example.question_id] == left_out:
                scores[i] = model.score(example.features)
    return scores


def report(name: str, examples: Sequence[Example], scores: Sequence[float]) -> str:
    """Write the area under the curve and how often a sentence of each score answers."""
    by_kind = {
        kind: [s for s, e in zip(scores, examples, strict=True) if e.kind == kind]
        for kind in ("answers", "near", "far")
    }
    counts = ", ".join(f"{len(found)} {kind}" for kind, found in by_kind.items())
    near, far = (area(by_kind["answers"], by_kind[kind]) for kind in ("near", "far"))
    lines = [
        f"### {name}: {counts}",
        f"\nROC AUC {near:.3f} against near ones, {far:.3f} against far ones\n",
        "| Relevance | Sentences | Mean relevance | Share that answers |",
        "|---|---|---|---|",
    ]
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = [
            (s, e.answers)
            for s, e in zip(scores, examples, strict=True)
            if low <= s < low + 0.2 or (low == 0.8 and s >= 1)
        ]
        if inside:
            mean = sum(s for s, _ in inside) / len(inside)
            share = sum(a for _, a in inside) / len(inside)
            lines.append(
                f"| {low:.1f} to {low + 0.2:.1f} | {len(inside)} | {mean:.2f} | {share:.2f} |"
            )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Print how well relevance tells and how well it is calibrated; with --fit write the models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home")
    parser.add_argument("--questions", type=Path, default=DEV)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args(arguments)
    settings = load_settings(options.home)
    # The home may be without vectors: sentences are compared by meaning all the same.
    searcher = Searcher(settings)
    meaning = remembered(question_embedder(settings.model, settings.cache).encode)
    questions = load(options.questions)
    grades = resolve(questions, rows(searcher.library)).grades
    chosen = [
        q
        for q in questions
        if grades.get(q.id) and q.type not in LEFT_OUT and read_question(q.question).parts
    ]
    models = {}
    for name, encode in (("by_meaning", meaning), ("by_words", None)):
        examples = examples_of(chosen, grades, searcher, encode)
        sys.stdout.write(report(name, examples, out_of_fold(examples)) + "\n\n")
        model = fitted(examples)
        models[name] = {"bias": model.bias, "weights": dict(model.weights)}
    if options.fit:
        FITTED.write_text(json.dumps(models, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
