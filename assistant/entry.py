"""Passages that stand under a question, as all of a page of questions do.

What stands there was written as the answer to that question, and is quoted whole; a neighbouring
question it hardly answers, however many words both share. That the heading is like what was asked
says little beyond what search knows of the passage: of 1,155 labelled pairs of a question and such
a heading it tells those that answer with an AUC of 0.71, the score of the search with 0.82
(docs/benchmarks.md, "The passage").
"""

import re

from assistant.retrieve import Hit

QUESTION = re.compile(r"\w\W*\?$")


def is_question(hit: Hit) -> bool:
    """Say whether the nearest heading of a passage is a question."""
    path = hit.entry.passage.heading_path
    return bool(path and QUESTION.search(path[-1]))


def is_entry(hit: Hit) -> bool:
    """Say whether a passage is an answer of our own pages of questions."""
    return hit.entry.kind == "note" and is_question(hit)
