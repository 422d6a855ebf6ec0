"""How far a learner has come: mastery by section, hours planned and done, reviews, what is next.

Only numbers and words are put together here; `ui/report_page.py` and `ui/report_text.py` write it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from assistant.cards import RIGHT, cards_of, forecast
from assistant.learner import Attempt, Deed, Event, Known, Practised, Reviewed, Rhythm, Studied
from assistant.mastery import MASTERED, WEAK, Mastery, masteries
from assistant.prerequisites import Place, Prerequisites
from assistant.quiz import Item
from assistant.timetable import Remaining, finished, minutes_by_section, remaining, week_minutes
from ingest.curriculum import Curriculum, Section

WEEKS = 8  # shown, this one included
FORECAST = 14  # days
LATELY = 10  # lines
COMING = 3  # sections


@dataclass(frozen=True, slots=True)
class Standing:
    """A section with the learner's mastery of it; `state` is done, known, begun or not begun.

    `estimate` is the path's (least, most) hours, None where it names none; `minutes` were told.
    """

    section_id: str
    title: str
    month: str
    state: str
    mastery: Mastery
    minutes: float
    estimate: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class WeekOfStudy:
    """A week from its Monday, with the minutes that the rhythm plans and those that were timed."""

    monday: date
    planned: float
    done: float


@dataclass(frozen=True, slots=True)
class Done:
    """Something done on a day, in words; deeds of one kind and section are one line."""

    day: date
    words: str


@dataclass(frozen=True, slots=True)
class Coming:
    """A section that comes next, with what is left of it and what it builds on that is weak.

    `place` is its month and week in words, empty in a path without.
    """

    section_id: str
    title: str
    place: str
    minutes: float | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All that a progress report says; days are the learner's own."""

    path: str
    learner: str
    day: date
    standings: tuple[Standing, ...]
    weeks: tuple[WeekOfStudy, ...]
    untimed: int
    cards: int
    dues: tuple[tuple[date, int], ...]
    lately: tuple[Done, ...]
    coming: tuple[Coming, ...]

    @property
    def finished(self) -> int:
        """Count the sections that are done or known."""
        return sum(standing.state in ("done", "known") for standing in self.standings)

    @property
    def begun(self) -> tuple[Standing, ...]:
        """Give the sections of which something was done, told or observed."""
        return tuple(s for s in self.standings if s.state != "not begun" or s.mastery.count)

    @property
    def observed(self) -> tuple[Standing, ...]:
        """Give the sections of which something was observed."""
        return tuple(s for s in self.standings if s.mastery.count)

    @property
    def mastered(self) -> int:
        """Count the sections whose mastery is high enough, of those observed."""
        return sum(s.mastery.value >= MASTERED for s in self.observed)


def report_of(
    events: Sequence[Event],
    rhythm: Rhythm,
    learner: str,
    curriculum: Curriculum,
    items: Mapping[str, Item],
    prerequisites: Prerequisites,
    now: datetime,
) -> Report:
    """Work a report out from the record."""
    zone = ZoneInfo(rhythm.zone)
    today = now.astimezone(zone).date()
    mastery = masteries(events, curriculum, items, now)
    cards = cards_of(events, rhythm.retention)
    dues = forecast(cards, today, rhythm.zone, FORECAST)
    return Report(
        path=curriculum.title,
        learner=learner,
        day=today,
        standings=standings(events, curriculum, mastery),
        weeks=weeks_of(events, week_minutes(rhythm, curriculum.schedule), rhythm, today, zone),
        untimed=sum(
            minutes_of(e.deed) is None for e in events if isinstance(e.deed, Studied | Practised)
        ),
        cards=len(cards),
        dues=tuple((today + timedelta(days=n), count) for n, count in enumerate(dues)),
        lately=lately(events, curriculum, zone),
        coming=all_coming(
            remaining(events, curriculum)[:COMING],
            curriculum,
            mastery,
            prerequisites.within(curriculum),
            finished(events),
        ),
    )


def standings(
    events: Sequence[Event], curriculum: Curriculum, mastery: Mapping[Place, Mastery]
) -> tuple[Standing, ...]:
    """Say of every section where the learner stands."""
    states = states_of(events)
    spent = minutes_by_section(events)
    months = {
        section.id: f"Month {month.number}: {month.title}" if month.number else month.title
        for month in curriculum.months
        for week in month.weeks
        for section in week.sections
    }
    return tuple(
        Standing(
            section_id=section.id,
            title=section.title,
            month=months[section.id].rstrip(": "),
            state=states.get(section.id, "not begun"),
            mastery=mastery[Place(section.id)],
            minutes=spent.get(section.id, 0.0),
            estimate=(section.hours.low, section.hours.high) if section.hours else None,
        )
        for section in curriculum.sections
    )


def states_of(events: Sequence[Event]) -> Mapping[str, str]:
    """Give the state of every section that was touched."""
    over = finished(events)
    states: dict[str, str] = {}
    for event in events:
        match event.deed:
            case Known(section_id=section_id) if section_id in over:
                states.setdefault(section_id, "known")
            case Studied(section_id=section_id) | Practised(section_id=section_id):
                states[section_id] = "done" if section_id in over else "begun"
    return states


def weeks_of(
    events: Sequence[Event],
    minutes: Sequence[int],
    rhythm: Rhythm,
    today: date,
    zone: ZoneInfo,
) -> tuple[WeekOfStudy, ...]:
    """Set the minutes planned beside those done, week by week since the start."""
    done: defaultdict[date, float] = defaultdict(float)
    for event in events:
        day = event.at.astimezone(zone).date()
        done[monday_of(day)] += minutes_of(event.deed) or 0.0
    first_deed = events[0].at.astimezone(zone).date() if events else today
    start = min(first_deed, rhythm.start or first_deed, today)
    first = max(monday_of(start), monday_of(today) - timedelta(weeks=WEEKS - 1))
    count = (monday_of(today) - first).days // 7 + 1
    mondays = [first + timedelta(weeks=n) for n in range(count)]
    planned_from = rhythm.start or first_deed
    return tuple(
        WeekOfStudy(
            monday,
            float(
                sum(m for n, m in enumerate(minutes) if monday + timedelta(days=n) >= planned_from)
            ),
            done[monday],
        )
        for monday in mondays
    )


def monday_of(day: date) -> date:
    """Give the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def minutes_of(deed: Deed) -> float | None:
    """Give the minutes that a deed took, None when they were not told."""
    match deed:
        case Studied(minutes=minutes) | Practised(minutes=minutes):
            return minutes
        case Attempt(seconds=seconds) | Reviewed(seconds=seconds):
            return None if seconds is None else seconds / 60
    return None


def lately(events: Sequence[Event], curriculum: Curriculum, zone: ZoneInfo) -> tuple[Done, ...]:
    """Say what was done last, newest first."""
    groups: dict[tuple[date, str, str], list[Deed]] = {}
    for event in events:
        kind, subject = subject_of(event.deed)
        if kind:
            # What was touched again later that day moves to its later place.
            key = (event.at.astimezone(zone).date(), kind, subject)
            groups[key] = [*groups.pop(key, []), event.deed]
    titles = {section.id: section.title for section in curriculum.sections}
    resources = {resource.id: resource.title for resource in curriculum.resources}
    told = [Done(day, words_of(deeds, titles, resources)) for (day, _, _), deeds in groups.items()]
    return tuple(reversed(told[-LATELY:]))


def subject_of(deed: Deed) -> tuple[str, str]:
    """Give the kind and the subject under which a deed is told; no kind for one that is not."""
    match deed:
        case Studied(section_id=section_id, resource_id=resource_id):
            return "studied", f"{section_id} {resource_id}"
        case Practised(section_id=section_id, exercise=exercise):
            return "practised", f"{section_id} {exercise}"
        case Attempt(item_id=item_id, during=during):
            return during, section_of(item_id)
        case Reviewed():
            return "reviewed", ""
        case Known(section_id=section_id):
            return "known", section_id
    return "", ""


def section_of(item_id: str) -> str:
    """Give the section of a quiz item."""
    return item_id.partition("/")[0]


def words_of(deeds: Sequence[Deed], titles: Mapping[str, str], resources: Mapping[str, str]) -> str:
    """Tell deeds of one kind and subject in one line."""
    match deeds[-1]:
        case Studied(section_id=section_id, resource_id=resource_id, state=state):
            section = titles.get(section_id, section_id)
            what = f"{resources.get(resource_id, resource_id)}, in {section}"
            return f"{state.capitalize()}: {what if resource_id else section}"
        case Practised(section_id=section_id, exercise=exercise):
            return f"Practised: {exercise}, in {titles.get(section_id, section_id)}"
        case Attempt(item_id=item_id, during=during):
            right = sum(isinstance(d, Attempt) and d.share >= RIGHT for d in deeds)
            name = "Placement" if during == "placement" else "Quiz"
            section = titles.get(section_of(item_id), section_of(item_id))
            return f"{name}: {right} of {len(deeds)} right, in {section}"
        case Reviewed():
            again = sum(isinstance(d, Reviewed) and d.rating == 1 for d in deeds)
            forgotten = f", {again} forgotten" if again else ""
            return f"Reviewed {len(deeds)} card{'' if len(deeds) == 1 else 's'}{forgotten}"
        case Known(section_id=section_id, known=known):
            return f"Marked as {'' if known else 'not '}known: {titles.get(section_id, section_id)}"
    return ""


def all_coming(
    sections: Sequence[Remaining],
    curriculum: Curriculum,
    mastery: Mapping[Place, Mastery],
    prerequisites: Prerequisites,
    over: frozenset[str],
) -> tuple[Coming, ...]:
    """Say what comes next; that a section waits for one just before it needs no words."""
    told: list[Coming] = []
    for one in sections:
        told.append(coming(one, curriculum, mastery, prerequisites, over))
        over |= {one.section.id}
    return tuple(told)


def coming(
    one: Remaining,
    curriculum: Curriculum,
    mastery: Mapping[Place, Mastery],
    prerequisites: Prerequisites,
    over: frozenset[str],
) -> Coming:
    """Say what is left of a section, and which of what it builds on is weak or not done."""
    section: Section = one.section
    reasons = []
    for need in prerequisites.of(section.id):
        known = mastery.get(need.place)
        title = curriculum.section(need.place.section_id).title
        if known and known.count and known.value < WEAK:
            reasons.append(f"builds on {title}, your mastery of it is {known.value:.2f}")
        elif need.place.section_id not in over:
            reasons.append(f"builds on {title}, which is not done")
    place = curriculum.place(section.id).removesuffix(section.title).rstrip(" ·")
    return Coming(section.id, section.title, place, one.minutes, tuple(reasons))
