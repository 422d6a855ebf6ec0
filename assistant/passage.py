"""Which passage an answer is taken from, before which of its sentences opens it.

A question that tells a situation ("I have 600 labelled mails, is it better to …") is near to many
sentences by single words, but the passage that answers it is mostly among the first that search
found. So passages are ordered by what search says of them and by the best lead that they have; a
sentence competes within its passage. The weights are fitted on eval/golden/situated.jsonl with

    python -m eval.passages --home FULL

and docs/benchmarks.md, "The passage", says what they are worth.
"""

from collections.abc import Iterable

from assistant.entry import is_question
from assistant.exercises import TASK
from assistant.features import Asked
from assistant.leads import Lead, says_name
from assistant.retrieve import Hit
from assistant.thing import TASK as HOW_TO

# Log-odds of being the passage that answers, for each unit. A note is written to be quoted; its
# fitted weight is larger, since the labels name headings of notes alone.
SCORE, COVERAGE, NOTE, LEAD = 2.6, 2.4, 1.5, 0.5
NAMED = 1.0  # a lead of it says the name that was asked
TASK_TOLD = 1.2  # it stands under a task: a situation mostly asks what to do
QUESTION = -1.2  # it stands under a question of its own, which is near to many by its words
EXERCISE = -1.0  # what is under an exercise answers that one, and gives it away; set by hand


def worth(hit: Hit, lead: float) -> float:
    """Say how likely a passage holds the answer, from search and the score of its best lead."""
    own = NOTE if hit.entry.kind == "note" else 0.0
    if any(TASK.match(heading) for heading in hit.entry.passage.heading_path):
        own += EXERCISE
    own += TASK_TOLD * is_task(hit) + QUESTION * is_question(hit)
    return SCORE * hit.score + COVERAGE * hit.coverage + LEAD * lead + own


def is_task(hit: Hit) -> bool:
    """Say whether a passage stands under a task ("How to …")."""
    return bool(HOW_TO.match("".join(hit.entry.passage.heading_path[-1:])))


def by_passage(leads: Iterable[Lead], asked: Asked) -> list[Lead]:
    """Order leads by the worth of their passages, and within a passage by their score."""
    kept = list(leads)
    best: dict[str, float] = {}
    for lead in kept:
        item = lead.item
        value = worth(item.hit, lead.score) + NAMED * says_name(item, asked, asked.part.kind)
        best[item.hit.id] = max(best.get(item.hit.id, value), value)
    return sorted(kept, key=lambda lead: (-best[lead.item.hit.id], -lead.score))
