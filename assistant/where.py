"""Where in the path something is taught, how long it takes and what comes first.

The answer is read off the path itself: a few plain sentences, each with the path's own lines as
its quote, and links to the resources in the order in which the path gives them.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.question import Part, where_subject
from assistant.retrieve import Hit
from ingest.curriculum import GENERAL, OWN, Curriculum, Resource, Section
from ingest.keywords import analyse
from ingest.own import hours_text, schedule_text

SHOWN = 2  # sections named in full; more is a syllabus, not an answer
FIRST = 3  # resources named of the best section
# A section counts when it holds half of what was asked, weighed by rarity; below that the vote of
# the retrieved passages decides alone.
ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class PathQuote:
    """A sentence about the path with the lines of one section card that back it.

    `quote` is looked up in the card of `section_id`; `resource` is set when the sentence names it.
    """

    text: str
    section_id: str
    quote: str
    resource: Resource | None = None


def rank_sections(
    words: Sequence[str], curriculum: Curriculum, hits: Sequence[Hit], idf: Callable[[str], float]
) -> list[tuple[str, float]]:
    """Order sections by how well title, topics and the passages found fit; scores in 0..1."""
    votes = vote(hits)
    wanted = frozenset(words)
    scores: dict[str, float] = {}
    for section in curriculum.sections:
        named = 0.0
        if wanted:
            named = max(
                0.6 * held(wanted, section.title, idf)
                + 0.4 * held(wanted, everything(section), idf),
                max((fit(wanted, topic.text, idf) for topic in section.topics), default=0.0),
            )
        scores[section.id] = 0.65 * named + 0.35 * votes.get(section.id, 0.0)
    return sorted(scores.items(), key=lambda pair: -pair[1])


def vote(hits: Sequence[Hit]) -> dict[str, float]:
    """Let the best passages vote for their sections, the first the most; the winner has 1."""
    votes: Counter[str] = Counter()
    for rank, hit in enumerate(hits[:10]):
        for section_id in hit.entry.section_ids:
            if section_id not in (GENERAL, OWN):
                votes[section_id] += hit.score / (1 + 0.3 * rank)  # type: ignore[assignment]
    top = max(votes.values(), default=0.0)
    return {section_id: value / top for section_id, value in votes.items()} if top else {}


def everything(section: Section) -> str:
    """Join all that a section says of itself."""
    parts = [section.title, section.concept, *(t.text for t in section.topics)]
    parts += [e.text for e in section.exercises] + [r.title for r in section.resources]
    return "\n".join(parts)


def held(wanted: frozenset[str], text: str, idf: Callable[[str], float]) -> float:
    """Give the idf-weighted share of the wanted stems in a text."""
    present = frozenset(analyse(text))
    total = sum(idf(s) for s in wanted)
    return sum(idf(s) for s in wanted & present) / total if total else 0.0


def fit(wanted: frozenset[str], text: str, idf: Callable[[str], float]) -> float:
    """Weigh how much of the question a topic names, and a little how much else it names."""
    present = frozenset(analyse(text))
    return held(wanted, text, idf) * (0.85 + 0.15 * len(wanted & present) / max(1, len(present)))


def answer_where(
    part: Part, curriculum: Curriculum, hits: Sequence[Hit], idf: Callable[[str], float]
) -> list[PathQuote]:
    """Answer a question about the path; empty when the path has nothing on it."""
    if not curriculum.sections:
        return []
    placed = by_position(part.text, curriculum)
    if placed:
        return [
            line
            for section in placed
            for line in (place_line(curriculum, section), topics_line(section))
        ]
    if re.search(
        r"\b(?:weekdays?|weekends?|saturdays?|sundays?|schedule|each day|per day)\b",
        part.text,
        re.I,
    ):
        return schedule_lines(curriculum, part.text)
    words = analyse(where_subject(part.text)) if where_subject(part.text) else []
    if not words:
        return whole_path(part.text, curriculum)
    ranked = rank_sections(words, curriculum, hits, idf)
    best = curriculum.section(ranked[0][0])
    if max(held(frozenset(words), everything(best), idf), ranked[0][1]) < ENOUGH:
        return []
    lines = [place_line(curriculum, best), topics_line(best), *resource_lines(best)]
    for section_id, value in ranked[1:SHOWN]:
        if value >= 0.6 * ranked[0][1]:
            lines.append(place_line(curriculum, curriculum.section(section_id), lead="See also"))
    before = previous(curriculum, best)
    if before and re.search(r"\b(?:first|before|prerequisites?|know)\b", part.text, re.I):
        lines.append(place_line(curriculum, before, lead="The path puts before it"))
    return lines


def by_position(text: str, curriculum: Curriculum) -> list[Section]:
    """Find the sections of a place named in the question, such as "week 3 of month 2"."""
    month = re.search(r"\bmonth (\d+)\b", text, re.I)
    week = re.search(r"\bweek (\d+)\b", text, re.I)
    if not month:
        return []
    return [
        section
        for section in curriculum.sections
        if section.month == int(month[1]) and (not week or section.week == int(week[1]))
    ]


def whole_path(text: str, curriculum: Curriculum) -> list[PathQuote]:
    """Answer a question about the whole path: how long it is, or where it begins."""
    first = curriculum.sections[0]
    lines = [place_line(curriculum, first, lead="The path begins with"), *resource_lines(first)]
    if re.search(r"\b(?:how long|how many|how much)\b", text, re.I):
        hours = [s.hours for s in curriculum.sections if s.hours]
        low, high = sum(h.low for h in hours), sum(h.high for h in hours)
        lines.insert(
            0,
            PathQuote(
                f"The path has {len(curriculum.months)} months and {len(curriculum.sections)}"
                f" sections; their hours add up to {low:g}–{high:g}.",
                first.id,
                place_quote(curriculum, first),
            ),
        )
    return lines


def schedule_lines(curriculum: Curriculum, text: str) -> list[PathQuote]:
    """Read the lines of the weekly schedule, those of the days named in the question if any."""
    named = frozenset(analyse(text))
    lines = [
        PathQuote(f"{said}.", "schedule", said)
        for said in (schedule_text(line) for line in curriculum.schedule)
    ]
    chosen = [line for line in lines if named & frozenset(analyse(line.quote.split(":")[0]))]
    return chosen or lines


def previous(curriculum: Curriculum, section: Section) -> Section | None:
    """Find the section that stands before this one in the path."""
    order = curriculum.sections
    position = order.index(section)
    return order[position - 1] if position else None


def place_quote(curriculum: Curriculum, section: Section) -> str:
    """Give the line of the section's card that says where it stands and how long it takes."""
    hours = f" · {hours_text(section.hours)}" if section.hours else ""
    return f"{curriculum.place(section.id)}{hours}"


def place_line(curriculum: Curriculum, section: Section, lead: str = "") -> PathQuote:
    """Say where a section stands."""
    place = curriculum.place(section.id).removesuffix(section.title).rstrip(" ·")
    hours = f", {hours_text(section.hours)}" if section.hours else ""
    text = f"{lead}: {section.title}" if lead else section.title
    return PathQuote(f"{text} ({place}{hours}).", section.id, place_quote(curriculum, section))


def topics_line(section: Section) -> PathQuote:
    """Say what a section covers."""
    topics = [t.text for t in section.topics] or [e.text for e in section.exercises]
    quote = "\n".join(f"- {topic}" for topic in topics)
    if not topics:
        return PathQuote(f"Its goal: {section.concept}", section.id, section.concept)
    return PathQuote(f"It covers: {'; '.join(topics)}.", section.id, quote)


def resource_lines(section: Section) -> list[PathQuote]:
    """Name the first resources of a section in the order in which the path gives them."""
    linked = [r for r in section.resources if r.url][:FIRST]
    words = ("Start with", "then", "then")
    lines = []
    for word, resource in zip(words, linked, strict=False):
        text = f"{word} the {resource.kind} “{resource.title}”."
        quote = f"{resource.kind.capitalize()}: {resource.title}"
        lines.append(PathQuote(text[0].upper() + text[1:], section.id, quote, resource))
    return lines
