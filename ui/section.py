"""A section's card as a terminal prints it and as JSON; pure."""

from assistant.prerequisites import Need
from assistant.section import SectionCard
from ingest.curriculum import Curriculum
from ingest.library import SourceRow
from ingest.own import hours_text
from ui.ledger import source_json
from ui.markup import one_line
from ui.render import SCHEMA, kind_words

EXERCISES = {"exercise": "Exercises", "requirement": "Requirements", "deliverable": "Deliverables"}


def section_text(card: SectionCard, curriculum: Curriculum) -> str:
    """Write a card as plain text: where it stands, what comes before it, what it holds."""
    hours = hours_text(card.hours) if card.hours else ""
    blocks = [[" · ".join(filter(None, (card.where, hours))), card.id]]
    if card.concept:
        blocks.append([one_line(card.concept)])
    before = [f"{curriculum.place(n.place.section_id)}: {n.reason}" for n in card.requires]
    blocks.append(listed("Builds on", before or ["nothing before it"]))
    after = [curriculum.place(section_id) for section_id in card.needed_for]
    blocks.append(listed("Needed for", after))
    blocks.append(listed("Topics", [topic for topic, _ in card.topics]))
    if card.note:
        blocks.append(listed("Notes", [f"{card.note.title} ({passages(card.note)})"]))
    blocks.append(listed("Resources", [resource_line(row) for row in card.resources]))
    for kind, heading in EXERCISES.items():
        blocks.append(listed(heading, [words for k, words in card.exercises if k == kind]))
    return "\n\n".join("\n".join(block) for block in blocks if block)


def listed(heading: str, items: list[str]) -> list[str]:
    """Write a headed list, or nothing for no items."""
    return [heading, *(f"  - {one_line(item)}" for item in items)] if items else []


def resource_line(row: SourceRow) -> str:
    """Write a link with what became of it: its passages, or the reason why there are none."""
    state = passages(row) if row.passages else f"{row.status}: {row.reason}".rstrip(": ")
    return f"{kind_words(row.kind)}: {row.title} ({state})" + (f" {row.url}" if row.url else "")


def passages(row: SourceRow) -> str:
    """Count the passages of a source in words."""
    return f"{row.passages} passage{'' if row.passages == 1 else 's'}"


def section_json(card: SectionCard) -> dict[str, object]:
    """Write a card as one object."""
    return {
        "schema": SCHEMA,
        "section_id": card.id,
        "title": card.title,
        "where": card.where,
        "hours": [card.hours.low, card.hours.high] if card.hours else None,
        "concept": card.concept,
        "topics": [
            {"topic": topic, "requires": [need_json(need) for need in needs]}
            for topic, needs in card.topics
        ],
        "exercises": [{"kind": kind, "text": words} for kind, words in card.exercises],
        "note": source_json(card.note) if card.note else None,
        "resources": [source_json(row) for row in card.resources],
        "requires": [need_json(need) for need in card.requires],
        "needed_for": list(card.needed_for),
    }


def need_json(need: Need) -> dict[str, object]:
    """Write one edge of the prerequisites."""
    return {
        "section_id": need.place.section_id,
        "topic": need.place.topic or None,
        "reason": need.reason,
    }
