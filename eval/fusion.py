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
            question.question,
            searcher.index,
            searcher.ids,
            searcher.vectors,
            searcher.embedder,
            DEPTH,
        )
        found[question.id] = (legs.keywords, legs.vectors)
    return found


def fused_ids(keywords: Leg, vectors: Leg, method: str, alpha: float) -> tuple[str, ...]:
    """Rank by both legs."""
    return tuple(item.id for item in fuse(keywords, vectors, method, alpha))


def keyword_ids(keywords: Leg, _: Leg) -> tuple[str, ...]:
    """Rank by the keyword leg alone."""
    return keywords.ids


def vector_ids(_: Leg, vectors: Leg) -> tuple[str, ...]:
    """Rank by the vector leg alone."""
    return vectors.ids


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
    methods = fusion_methods(fused_ids, keyword_ids, vector_ids)
    comparison = compare_fusions(legs_of(searcher, judged), relevance.grades, methods)
    sys.stdout.write(table(comparison) + "\n")


if __name__ == "__main__":
    main()
