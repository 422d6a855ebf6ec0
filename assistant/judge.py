"""Whether what was found answers the question, decided before anything is said."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.question import Question
from assistant.retrieve import Found
from ingest.keywords import analyse

# Chosen on the dev questions of eval/golden/dev.yaml with `python -m eval.answers`: the curve is
# in docs/benchmarks.md, "Refusals". A question near the path's matter has a passage this similar.
NEAR = 0.42
FAR = 0.22
# Share of the question's terms, weighed by rarity, that one passage must hold.
COVERED = 0.5


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether to answer, and if not the reason: "off_path" or "not_covered"."""

    answerable: bool
    reason: str | None = None


def judge(question: Question, found: Found, idf: Callable[[str], float]) -> Judgement:
    """Decide from retrieval alone whether the library can answer."""
    if not found.hits:
        return Judgement(False, "off_path")
    nearest = max(hit.similarity for hit in found.hits)
    covered = max(hit.coverage for hit in found.hits)
    if found.vector is not None and nearest < FAR and covered < 0.99:
        return Judgement(False, "off_path")
    if covered < COVERED and nearest < NEAR:
        return Judgement(False, "off_path" if nearest < (FAR + NEAR) / 2 else "not_covered")
    if unknown_subject(question, found):
        return Judgement(False, "not_covered")
    return Judgement(True)


def unknown_subject(question: Question, found: Found) -> bool:
    """Say whether the term the question is about occurs nowhere in the library."""
    unknown = frozenset(found.unknown)
    subject = [frozenset(analyse(part.subject)) for part in question.parts if part.subject]
    return bool(subject) and all(stems and stems <= unknown for stems in subject)
