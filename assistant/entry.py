"""Passages under a heading that is itself a question: how like it is to the question asked.

A page of questions answers each under its heading, and so do many pages of the web. What stands
there answers that question and hardly a neighbouring one, however many words it shares.
"""

import re
from collections.abc import Mapping, Sequence

from assistant.asked import Encode
from assistant.features import Asked, agreement
from assistant.retrieve import Hit
from ingest.keywords import analyse

QUESTION = re.compile(r"\w\W*\?$")
# The cosine at which the heading speaks neither for nor against the passage, and the lowest that
# counts, scaled to 1 for the same question. Chosen with `python -m eval.passages` (docs/
# benchmarks.md, "The passage").
BESIDE, LEAST = 0.62, -0.6


def question_of(hit: Hit) -> str:
    """Give the question that a passage stands under; empty for another heading."""
    path = hit.entry.passage.heading_path
    return path[-1] if path and QUESTION.search(path[-1]) else ""


def likeness(asked: Asked, hits: Sequence[Hit], encode: Encode | None) -> Mapping[str, float]:
    """Say of each passage under a question how much that asks the same, by passage id.

    From -0.6 for another question to 1 for the same one; by meaning, or without vectors by the
    share of words that both have in common.
    """
    titles = {hit.id: title for hit in hits if (title := question_of(hit))}
    if not titles:
        return {}
    if encode is None:
        alike = [agreement(asked.words, frozenset(analyse(t))) for t in titles.values()]
    else:
        vectors = encode([asked.part.text, *titles.values()])
        alike = (vectors[1:] @ vectors[0]).tolist()
    return {id: scaled(value) for id, value in zip(titles, alike, strict=True)}


def scaled(cosine: float) -> float:
    """Scale a likeness so that 0 speaks neither for nor against and 1 is the same question."""
    return min(1.0, max(LEAST, (cosine - BESIDE) / (1 - BESIDE)))
