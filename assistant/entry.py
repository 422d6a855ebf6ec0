"""Passages that stand under a question, as all of a page of questions do.

What stands there was written as the answer to that question; a neighbouring one it hardly answers,
however many words both share.
"""

import re

from assistant.retrieve import Hit

QUESTION = re.compile(r"\w\W*\?$")


def is_question(hit: Hit) -> bool:
    """Say whether the nearest heading of a passage is a question."""
    path = hit.entry.passage.heading_path
    return bool(path and QUESTION.search(path[-1]))
