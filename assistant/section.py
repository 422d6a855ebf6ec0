"""One section of the path at a glance: its parts, what became of its links, what comes first."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.prerequisites import Need, Prerequisites
from ingest.curriculum import Curriculum, Hours
from ingest.library import SourceRow


@dataclass(frozen=True, slots=True)
class SectionCard:
    """A section with its topics (each with what it builds on), notes, links and exercises.

    `topics` are (words, needs), `exercises` are (kind, words); `note` is the ledger row of our own
    notes, None where they have none; `needed_for` are ids of sections that build on this one.
    """

    id: str
    title: str
    where: str
    hours: Hours | None
    concept: str
    topics: tuple[tuple[str, tuple[Need, ...]], ...]
    exercises: tuple[tuple[str, str], ...]
    note: SourceRow | None
    resources: tuple[SourceRow, ...]
    requires: tuple[Need, ...]
    needed_for: tuple[str, ...]


def section_card(
    section_id: str,
    curriculum: Curriculum,
    prerequisites: Prerequisites,
    ledger: Sequence[SourceRow],
) -> SectionCard:
    """Put a section's card together; raises InputError with the nearest ids for an unknown one."""
    section = curriculum.section(section_id)
    known = prerequisites.within(curriculum)
    rows = [row for row in ledger if section_id in row.section_ids]
    return SectionCard(
        id=section.id,
        title=section.title,
        where=curriculum.place(section_id),
        hours=section.hours,
        concept=section.concept,
        topics=tuple((topic.text, known.of(section_id, topic.text)) for topic in section.topics),
        exercises=tuple((exercise.kind, exercise.text) for exercise in section.exercises),
        note=next((row for row in rows if row.kind == "note"), None),
        resources=tuple(row for row in rows if row.kind not in ("note", "path")),
        requires=known.of(section_id),
        needed_for=known.needed_for(section_id),
    )
