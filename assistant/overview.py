"""The whole path at a glance: each section's state, mastery, hours and end, and reviews to come."""

from dataclasses import dataclass
from datetime import date

from assistant.cards import cards_of, forecast
from assistant.horizon import Slip, slips
from assistant.mastery import Mastery
from assistant.material import Basis
from assistant.prerequisites import Place
from assistant.today import local_date
from assistant.view import (
    View,
    is_finished,
    outlook,
    situation,
    study_order,
    view,
)
from ingest.curriculum import Section

FORECAST = 14  # days


@dataclass(frozen=True, slots=True)
class SectionState:
    """A section: `state` is known, done, begun or open; `planned` and `expected` are its ends.

    `hours` are those of the plan, `left` those still to do, `recorded` those the learner told.
    Sections that a goal leaves out have no ends and take no hours. Without any answer on its topics
    a section's mastery is what is assumed of everybody; `mastery.count` is then 0.
    """

    section_id: str
    title: str
    where: str
    state: str
    mastery: Mastery
    hours: float
    left: float
    recorded: float
    planned: date | None
    expected: date | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Where a learner stands on a day; `due` counts the reviews of each of the next FORECAST days.

    What is overdue counts on the first day.
    """

    date: date
    sections: tuple[SectionState, ...]
    due: tuple[int, ...]
    slips: tuple[Slip, ...]
    words: tuple[str, ...]


def overview(basis: Basis, seen: View | None = None) -> Overview:
    """Sum up a record; `seen` is the view of the basis, for who has it already."""
    curriculum, rhythm = basis.curriculum, basis.rhythm
    seen = seen or view(basis)
    today = local_date(basis.now, rhythm.zone)
    found = outlook(seen, basis)
    ends = {one.section_id: one for one in found}
    cards = [
        card for card in cards_of(basis.events, rhythm.retention) if card.item_id in basis.items
    ]
    sections = []
    for section in curriculum.sections:
        end = ends.get(section.id)
        sections.append(
            SectionState(
                section_id=section.id,
                title=section.title,
                where=curriculum.place(section.id),
                state=state_of(seen, section),
                mastery=seen.masteries[Place(section.id)],
                hours=end.minutes / 60 if end else 0.0,
                left=end.left / 60 if end else 0.0,
                recorded=seen.standing.minutes.get(section.id, 0.0) / 60,
                planned=end.planned if end else None,
                expected=end.expected if end else None,
            )
        )
    return Overview(
        date=today,
        sections=tuple(sections),
        due=forecast(cards, today, rhythm.zone, FORECAST),
        slips=slips(curriculum, found, rhythm.goal),
        words=situation(seen, study_order(seen), found),
    )


def state_of(seen: View, section: Section) -> str:
    """Say in one word how far a section is."""
    standing = seen.standing
    if section.id in standing.known:
        return "known"
    if is_finished(seen, section):
        return "done"
    touched = standing.minutes.get(section.id) or section.id in standing.begun
    steps = {step.key for step in seen.steps[section.id]}
    exercises = {name for name, _ in standing.exercises}
    if touched or steps & (standing.done | standing.begun) or section.id in exercises:
        return "begun"
    return "open"
