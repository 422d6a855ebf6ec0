"""Compare the ways of fusing both searches on the development questions.

    python -m eval.fusion --home HOME
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from assistant.retrieve import DEPTH, Leg, fuse, search_legs
from assistant.search import Searcher
from assistant.settings import load_settings
from eval.questions import Question, load, resolve, rows
from eval.retrieval import compare_fusions, fusion_methods, table

DEV = Path(__file__).parent / "golden" / "dev.yaml"


def legs_of(searcher: Searcher, questions: tuple[Question, ...]) -> Mapping[str, tuple[Leg, Leg]]:
    """Run both searches for every question, each DEPTH deep."""
    found = {}
    for question in questions:
        legs = search_legs(
            question.question, searcher.index, searcher.ids, searcher.vectors, searcher, DEPTH
        )
        found[question.id] = (legs.keywords, legs.vectors)
    return found


def main(arguments: list[str] | None = None) -> None:
    """Print the comparison as a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home")
    parser.add_argument("--questions", type=Path, default=DEV)
    options = parser.parse_args(arguments)
    searcher = Searcher(load_settings(options.home))
    questions = load(options.questions)
    relevance = resolve(questions, rows(searcher.library))
    judged = tuple(q for q in questions if relevance.grades.get(q.id))
    methods = fusion_methods(
        lambda k, v, method, alpha: [f.id for f in fuse(k, v, method, alpha)],
        lambda k, _: k.ids,
        lambda _, v: v.ids,
    )
    comparison = compare_fusions(legs_of(searcher, judged), relevance.grades, methods)
    sys.stdout.write(table(comparison) + "\n")


if __name__ == "__main__":
    main()
