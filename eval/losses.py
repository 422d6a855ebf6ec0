"""Find where answers are lost between the search and the page, on the golden questions.

    python -m eval.losses [--home HOME] [--split dev] [--show]

For every question with a passage that answers it in this library: is that passage found, is it
among those read for the answer, does the answer open with it, cite it later, or not at all, or is
the question refused? Follow-ups, questions over two sections and those about the path itself are
left out, since one passage alone does not answer them.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.ask import Assistant
from assistant.extractive import read_from
from assistant.question import read_question
from assistant.read import look
from assistant.search import Searcher
from assistant.settings import load_settings
from eval.golden_places import resolve_golden
from eval.golden_set import GoldenQuestion, load_golden, shown

NOT_ONE_PASSAGE = ("where", "multi-hop", "false-premise", "follow-up")
# From the best end to the worst; the last three are lost before an answer is chosen.
ENDS = {
    "first": "the answer opens with it",
    "later": "the answer cites it later",
    "passed over": "it was read, and something else is said",
    "refused": "it was read, and the question is refused",
    "not read": "it was found behind those that are read",
    "not found": "it was not found",
}


@dataclass(frozen=True, slots=True)
class Loss:
    """How one question ended, the rank of its best answering passage, and its key points shown.

    `rank` counts from 1 and is 0 for a passage that was not found; `points` is 0 for a refusal.
    """

    question: GoldenQuestion
    end: str
    rank: int
    points: float


def losses(
    questions: Sequence[GoldenQuestion], assistant: Assistant, searcher: Searcher
) -> list[Loss]:
    """Ask every question that one passage of the library answers."""
    alone = [
        q for q in questions if not q.refuse and q.type not in NOT_ONE_PASSAGE and not q.before
    ]
    grades = resolve_golden(alone, searcher.library).grades
    return [
        loss_of(question, answering(grades[question.id]), assistant, searcher)
        for question in alone
        if question.id in grades
    ]


def answering(grades: Mapping[str, int]) -> frozenset[str]:
    """Keep the passages with the best grade there is."""
    return frozenset(p for p, grade in grades.items() if grade == max(grades.values()))


def loss_of(
    question: GoldenQuestion, good: frozenset[str], assistant: Assistant, searcher: Searcher
) -> Loss:
    """Ask one question and follow the passages that answer it."""
    asked = read_question(question.question)
    hits = look(searcher, asked).hits
    read = {hit.id for hit in read_from(hits, asked)}
    rank = min((place for place, hit in enumerate(hits, 1) if hit.id in good), default=0)
    answer = assistant.ask(question.question)
    met = shown(question, " ".join(s.text for s in answer.sentences))
    cited = [citation.passage_id for citation in answer.citations]
    return Loss(
        question,
        end_of(cited, good, bool(rank), not read.isdisjoint(good), answer.refused),
        rank,
        0.0 if answer.refused or not met else sum(met) / len(met),
    )


def end_of(
    cited: Sequence[str], good: frozenset[str], found: bool, read: bool, refused: bool
) -> str:
    """Name how far the passages that answer came."""
    if cited and cited[0] in good:
        return "first"
    if not good.isdisjoint(cited):
        return "later"
    if not read:
        return "not read" if found else "not found"
    return "refused" if refused else "passed over"


def table(found: Sequence[Loss]) -> str:
    """Write the ends as a table, best first, with the key points shown."""
    counts = Counter(loss.end for loss in found)
    lines = ["| The passage that answers | Questions | Key points shown |", "|---|---|---|"]
    for end, words in ENDS.items():
        points = [loss.points for loss in found if loss.end == end]
        mean = f"{sum(points) / len(points):.2f}" if points else ""
        lines.append(f"| {words} | {counts[end]} | {mean} |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Print the table, and with --show each question that does not open with its passage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home")
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args(arguments)
    settings = load_settings(options.home)
    found = losses(load_golden(options.split), Assistant(settings), Searcher(settings))
    sys.stdout.write(table(found) + "\n")
    for loss in found if options.show else ():
        if loss.end != "first":
            asked = f"[{loss.question.type}] {loss.question.question}"
            sys.stdout.write(f"{loss.end:11} rank {loss.rank:2} {loss.points:.2f} {asked}\n")


if __name__ == "__main__":
    main()
