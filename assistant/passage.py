"""Which passage an answer is taken from, before which of its sentences opens it.

A question is near to many sentences by single words, but the passage that answers it is mostly
among the first that search found. So passages are ordered by what search says of them, by the
questions that they are known to answer, by whether their heading promises what is asked, and by
the best lead that they have; a sentence competes within its passage. The weights are fitted on
eval/golden/asked.jsonl and eval/golden/dev.yaml with

    python -m eval.passages --home FULL --home NOTES

and docs/benchmarks.md, "The passage", says what they are worth.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from assistant.exercises import TASK
from assistant.features import Asked
from assistant.leads import Lead
from assistant.question import read_question
from assistant.retrieve import Hit
from assistant.thing import TASK as HOW_TO

# Log-odds of being the passage that answers, for each unit of a feature (see `describe`). A passage
# of a linked page has no known questions: what those of a note give on the average is taken off it.
WEIGHTS: Mapping[str, float] = {
    "score": 1.7,
    "similarity": 1.3,
    "coverage": 0.8,
    "nearest": 5.3,
    "mean": 4.1,
    "said": 4.2,
    "lead": 0.2,
    "task": 0.35,
    "kind": 0.45,
    "length": 1.85,
    "note": -4.8,
}
# … and where no passage is known to answer anything, as in a library without our notes.
ALONE: Mapping[str, float] = {
    "score": 3.3,
    "similarity": 3.0,
    "coverage": 1.6,
    "lead": 0.45,
    "task": 0.7,
    "kind": 0.45,
    "length": 2.4,
}
EXERCISE = -1.0  # what is under an exercise answers that one, and gives it away; set by hand
LONG = 200  # words of a passage that says as much as one can


def worth(hit: Hit, lead: float, kind: str, weights: Mapping[str, float] = WEIGHTS) -> float:
    """Say how likely a passage holds the answer to a question of a kind, as log-odds.

    `lead` is the score of its best lead.
    """
    described = describe(hit, lead, kind)
    odds = sum(weight * described[name] for name, weight in weights.items())
    return odds + EXERCISE * any(TASK.match(h) for h in hit.entry.passage.heading_path)


def describe(hit: Hit, lead: float, kind: str) -> dict[str, float]:
    """Describe a passage by search, the questions it answers, its heading, length and lead."""
    known, passage = hit.known, hit.entry.passage
    return {
        "score": hit.score,
        "similarity": hit.similarity,
        "coverage": hit.coverage,
        "nearest": known.nearest,
        "mean": known.mean,
        "said": known.said,
        "lead": lead,
        "task": float(is_task(hit)),
        "kind": float(promised("".join(passage.heading_path[-1:])) == kind),
        "length": min(1.0, len(passage.text.split()) / LONG),
        "note": float(hit.entry.kind == "note"),
    }


def is_task(hit: Hit) -> bool:
    """Say whether a passage stands under a task ("How to …")."""
    return bool(HOW_TO.match("".join(hit.entry.passage.heading_path[-1:])))


@lru_cache(maxsize=8_000)
def promised(heading: str) -> str:
    """Say what kind of question is answered under a heading; "" for none."""
    parts = read_question(HOW_TO.sub("how do I", heading)).parts
    return parts[0].kind if parts else ""


def by_passage(leads: Iterable[Lead], asked: Asked) -> list[Lead]:
    """Order leads by the worth of their passages, and within a passage by their score."""
    return [
        lead
        for _, group in valued(leads, asked)
        for lead in sorted(group, key=lambda lead: -lead.score)
    ]


def valued(leads: Iterable[Lead], asked: Asked) -> list[tuple[float, list[Lead]]]:
    """Put the leads of each passage together, with what it is worth, the best first."""
    groups = grouped(leads).values()
    known = any(group[0].item.hit.known.nearest for group in groups)
    weights = WEIGHTS if known else ALONE
    kind = asked.part.kind
    values = [
        worth(group[0].item.hit, max(lead.score for lead in group), kind, weights)
        for group in groups
    ]
    return sorted(zip(values, groups, strict=True), key=lambda pair: -pair[0])


def grouped(leads: Iterable[Lead]) -> dict[str, list[Lead]]:
    """Put the leads of each passage together."""
    of_passage: dict[str, list[Lead]] = {}
    for lead in leads:
        of_passage.setdefault(lead.item.hit.id, []).append(lead)
    return of_passage
