"""What a question on how is about: the thing that does something, or what is to be done.

"How does gradient descent find the minimum?" has all its words as its subject, since no grammar is
read. A heading of just "Gradient descent" in what was found tells where the thing ends.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.part import Part
from assistant.retrieve import Hit
from ingest.keywords import analyse

Stems = frozenset[str]

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


def heading_of(hit: Hit) -> Stems:
    """Give the stems of the nearest heading of a hit; none without one."""
    return frozenset(analyse(*hit.entry.passage.heading_path[-1:] or [""]))


def narrowed(part: Part, hits: Sequence[Hit]) -> Part | None:
    """Give a part with the thing it is about as its subject; None where no heading names it."""
    if part.sides or not OF_A_THING.search(part.text):
        return None
    words = OPENING.sub("", part.subject).split()
    headings = {heading_of(hit) for hit in hits}
    for end in range(len(words), 0, -1):
        thing = " ".join(words[:end])
        stems = frozenset(analyse(thing))
        if stems in headings and words[end - 1] not in JOINED:
            whole = end == len(words) or words[end] in JOINED
            return None if whole else replace(part, subject=thing)
    return None


@dataclass(frozen=True, slots=True)
class Doing:
    """What a part asks to have done, as stems: the verb and what it is done to.

    Without a verb nothing is to be done; a task is `beside` what is asked where none can answer.
    """

    verb: Stems = frozenset()
    what: Stems = frozenset()
    beside: bool = False


def doing(part: Part) -> Doing:
    """Read what a part asks to have done ("how do I choose …")."""
    of_a_thing = bool(OF_A_THING.search(part.text))
    if part.kind != "how" or part.sides or of_a_thing:
        return Doing(beside=part.kind in NOT_DOING or of_a_thing)
    verb = frozenset(analyse(*part.subject.split()[:1] or [""]))
    return Doing(verb, frozenset(analyse(part.subject)) - verb)


def keeps_promise(asked: Doing, title: str, headed: Stems, text: str, stems: Stems) -> float:
    """Say whether a span tells how the very thing asked is done (1), or another one (-1).

    `title` is the heading above with its stems `headed`; `stems` are those of the span. "How to
    change the threshold" is not how to choose it, and not what a threshold is.
    """
    task = bool(TASK.match(title))
    if not asked.verb:
        return -1.0 if asked.beside and task else 0.0
    opening = text.split()[:TO_DO]
    told = opening if opening[:1] == ["To"] else opening[:1]
    if asked.verb <= frozenset(analyse(" ".join(told))):
        return 1.0
    if task and text.startswith("To ") and same_task(asked, headed):
        return 1.0
    return -1.0 if task and not asked.verb <= stems | headed | ANY_VERB else 0.0


def same_task(asked: Doing, headed: Stems) -> bool:
    """Say whether a heading ("How to get precision and recall") tells how they are computed."""
    alike = asked.verb <= ANY_VERB and bool(headed & ANY_VERB)
    return alike and bool(asked.what) and asked.what <= headed
