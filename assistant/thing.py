"""What a question on how is about: the thing that does something, or what is to be done.

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
TASK = re.compile(r"how to\b", re.I)  # the heading of a task
# What these ask for is as often told with another of them: compute, get, print.
ANY_VERB = frozenset(
    analyse(
        "add apply build calculate check compute create do evaluate find get handle implement make"
        " measure plot print run see set show tell use work write"
    )
)
NOT_DOING = ("what", "why", "compare", "check")  # kinds of question that no task answers
TO_DO = 6  # words within which "To read or load a file, …" says what is done
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


def verb_of(part: Part) -> frozenset[str]:
    """Give the stem of what is to be done ("how do I choose …"); empty where nothing is."""
    if part.kind != "how" or part.sides or OF_A_THING.search(part.text):
        return frozenset()
    return frozenset(analyse(*part.subject.split()[:1] or [""]))


def same_task(part: Part, verb: frozenset[str], title: str, text: str) -> bool:
    """Say whether "How to get precision and recall" tells how they are computed."""
    if not (TASK.match(title) and text.startswith("To ") and verb <= ANY_VERB):
        return False
    headed, what = frozenset(analyse(title)), frozenset(analyse(part.subject)) - verb
    return bool(what) and what <= headed and bool(headed & ANY_VERB)


def keeps_promise(part: Part, title: str, text: str, stems: frozenset[str]) -> float:
    """Say whether a span tells how the very thing asked is done (1), or another one (-1).

    `title` is the heading above, `stems` those of the span. "How to change the threshold" is not
    how to choose it, and not what a threshold is.
    """
    verb, opening = verb_of(part), text.split()[:TO_DO]
    if not verb:
        aside = part.kind in NOT_DOING or OF_A_THING.search(part.text)
        return -1.0 if aside and TASK.match(title) else 0.0
    told = opening if opening[:1] == ["To"] else opening[:1]
    if verb <= frozenset(analyse(" ".join(told))) or same_task(part, verb, title, text):
        return 1.0
    other = TASK.match(title) and not verb <= stems | frozenset(analyse(title)) | ANY_VERB
    return -1.0 if other else 0.0
