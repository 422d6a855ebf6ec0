"""Answer the development questions and measure what can be measured without reading them.

    python -m eval.answers --home HOME [--show] [--only WORD]

Key-point recall is the share of a question's key points whose words the answer holds. Refusals are
counted per outcome: precision (of those refused, how many should be) and recall.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.answer import Answer
from assistant.ask import Assistant
from assistant.settings import load_settings
from eval.fusion import DEV
from eval.questions import Question, covered, load, resolve, rows
from ingest.library import open_library


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question with its answer, its key points met, and whether the library can answer it."""

    question: Question
    answer: Answer
    met: tuple[bool, ...]
    answerable: bool

    @property
    def right_section(self) -> bool:
        """Whether the first section named is one of the question's."""
        return bool(set(self.answer.sections[:1]) & set(self.question.section_ids))


def run(assistant: Assistant, questions: Sequence[Question], checkable: set[str]) -> list[Outcome]:
    """Ask every question that is a refusal or that the library holds evidence for."""
    outcomes = []
    for question in questions:
        if question.refuse is None and question.id not in checkable:
            continue
        answer = assistant.ask(question.question)
        text = "\n".join(s.text for s in answer.sentences)
        met = covered(question, text) if question.key_points else ()
        outcomes.append(Outcome(question, answer, met, question.refuse is None))
    return outcomes


def report(outcomes: Sequence[Outcome]) -> str:
    """Write the figures as Markdown."""
    answerable = [o for o in outcomes if o.answerable]
    unanswerable = [o for o in outcomes if not o.answerable]
    recalls = [sum(o.met) / len(o.met) for o in answerable if o.met]
    refused = [o for o in outcomes if o.answer.refused]
    right_sections = sum(o.right_section for o in answerable)
    right = [o for o in refused if not o.answerable]
    times = sorted(o.answer.timings.total for o in outcomes)
    lines = [
        "| Measure | Value |",
        "|---|---|",
        f"| answerable questions | {len(answerable)} |",
        f"| … answered | {share(sum(not o.answer.refused for o in answerable), len(answerable))} |",
        f"| key-point recall | {sum(recalls) / max(1, len(recalls)):.3f} |",
        f"| … of those answered | {answered_recall(answerable):.3f} |",
        f"| first section right | {share(right_sections, len(answerable))} |",
        f"| refusal precision | {share(len(right), len(refused))} |",
        f"| refusal recall | {share(len(right), len(unanswerable))} |",
    ]
    for reason in ("off_path", "not_covered"):
        group = [o for o in unanswerable if o.question.refuse == reason]
        hits = sum(o.answer.refused for o in group)
        lines.append(f"| … of {reason} questions refused | {share(hits, len(group))} |")
    lines.append(f"| answer time p50, p95 (ms) | {at(times, 0.5):.0f}, {at(times, 0.95):.0f} |")
    return "\n".join(lines)


def answered_recall(outcomes: Sequence[Outcome]) -> float:
    """Average key-point recall over the answered questions."""
    values = [sum(o.met) / len(o.met) for o in outcomes if o.met and not o.answer.refused]
    return sum(values) / max(1, len(values))


def share(part: int, whole: int) -> str:
    """Write a share with its counts."""
    return f"{part / whole:.3f} ({part}/{whole})" if whole else "no cases"


def at(values: Sequence[float], quantile: float) -> float:
    """Read a quantile off sorted values."""
    return values[min(len(values) - 1, int(quantile * len(values)))] if values else 0.0


def shown(outcome: Outcome) -> str:
    """Write one question with its answer for reading."""
    answer, points = outcome.answer, f"{sum(outcome.met)}/{len(outcome.met)}"
    head = f"## {outcome.question.id} [{outcome.question.refuse or outcome.question.type}] {points}"
    lines = [head, f"Q: {answer.question}"]
    if answer.refused:
        lines.append(f"REFUSED {answer.reason}")
    lines += [f"  {s.text} {list(s.citations)} ({s.relevance})" for s in answer.sentences]
    lines += [f"  [{c.n}] {c.title} | {c.where} | {c.deep_link}" for c in answer.citations]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Print the figures, and with --show every answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home")
    parser.add_argument("--questions", type=Path, default=DEV)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args(arguments)
    settings = load_settings(options.home)
    questions = load(options.questions)
    with open_library(settings.home) as library:
        relevance = resolve(questions, rows(library))
    checkable = {i for i, passages in relevance.grades.items() if passages}
    chosen = [q for q in questions if options.only in f"{q.id} {q.type} {q.refuse}"]
    outcomes = run(Assistant(settings), chosen, checkable)
    if options.show:
        sys.stdout.write("\n\n".join(shown(o) for o in outcomes) + "\n\n")
    sys.stdout.write(report(outcomes) + "\n")


if __name__ == "__main__":
    main()
