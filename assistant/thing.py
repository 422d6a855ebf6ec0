"""The thing that a question on how it does something is about.

"How does gradient descent find the minimum?" has all its words as its subject, since no grammar is
read. A heading of just "Gradient descent" in what was found tells where the thing ends.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.question import Part
from assistant.retrieve import Hit
from ingest.keywords import analyse

# "How does PCA work?" asks how a thing works, "how do I use PCA?" how something is done.
OF_A_THING = re.compile(r"\bhow (?:does|is|are|did|do(?! (?:i|we|you|one)\b))\b", re.I)
JOINED = ("and", "or", "vs")  # after these the thing goes on
OPENING = re.compile(r"^(?:an?|the) ", re.I)


def narrowed(part: Part, hits: Sequence[Hit]) -> Part | None:
    """Give a part with the thing it is about as its subject; None where no heading names it."""
    if part.sides or not OF_A_THING.search(part.text):
        return None
    words = OPENING.sub("", part.subject).split()
    headings = {frozenset(analyse(*hit.entry.passage.heading_path[-1:] or [""])) for hit in hits}
    for end in range(len(words), 0, -1):
        thing = " ".join(words[:end])
        stems = frozenset(analyse(thing))
        if stems in headings and words[end - 1] not in JOINED:
            whole = end == len(words) or words[end] in JOINED
            return None if whole else replace(part, subject=thing)
    return None
