"""Which days a learner studies, for how long, and what for: the coming weeks in path order.

The calendar and the report show this; it takes the rhythm as it is set, else the path's own weekly
schedule. Cards that come due are reviewed first, within the share of a day that they may take.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from assistant.cards import GOOD, Card, cards_of, due, end_of_day, reviewed
from assistant.learner import Event, Known, Practised, Reviewed, Rhythm, Studied
from ingest.curriculum import Curriculum, ScheduleLine, Section

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
STARTS = time(18, 0)
REVIEW_SECONDS = 30.0  # for a card: a guess until the learner's own reviews tell
STEP = 5  # minutes that a day's study is rounded to
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """Minutes of a block that go to one section; `last` when the section is then through."""

    section_id: str
    title: str
    minutes: int
    last: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A time to study: reviews of `cards` cards, or with none of them the parts of sections.

    `start` is in the learner's zone and exists there, also on a day when the clocks change.
    """

    start: datetime
    minutes: int
    cards: int
    parts: tuple[Part, ...] = ()

    @property
    def kind(self) -> str:
        """Give "review" or "study"."""
        return "review" if self.cards else "study"


@dataclass(frozen=True, slots=True)
class Remaining:
    """A section that is not done, with the minutes it still takes; None without an estimate."""

    section: Section
    minutes: float | None


def week_minutes(rhythm: Rhythm, schedule: Sequence[ScheduleLine]) -> tuple[int, ...]:
    """Give the minutes of Monday to Sunday: the learner's, else the middle of the path's."""
    if rhythm.minutes:
        return rhythm.minutes
    return tuple(day_minutes(day, schedule) for day in range(7))


def day_minutes(day: int, schedule: Sequence[ScheduleLine]) -> int:
    """Give a weekday's minutes (0 is Monday) by the lines that name it most narrowly."""
    group = "weekend" if day >= 5 else "weekday"
    for name in (DAYS[day], group, "every day|daily"):
        named = [line for line in schedule if re.search(rf"(?i)\b(?:{name})s?\b", line.day)]
        timed = [line for line in named if line.minutes]
        # A budget in the heading is the sum of the lines below it.
        budget = [line for line in timed if line.text == "per day"]
        spans = [line.minutes for line in budget or timed if line.minutes]
        if spans:
            middle = sum(low + high for low, high in spans) / 2
            return round(middle / STEP) * STEP
    return 0


def remaining(events: Sequence[Event], curriculum: Curriculum) -> tuple[Remaining, ...]:
    """List the sections still to do in path order, with the path's hours less those spent."""
    over = finished(events)
    spent = minutes_by_section(events)
    return tuple(
        Remaining(section, left(section, spent.get(section.id, 0.0)))
        for section in curriculum.sections
        if section.id not in over
    )


def finished(events: Sequence[Event]) -> frozenset[str]:
    """Name the sections that are done, or known without."""
    done: set[str] = set()
    known: set[str] = set()
    for event in events:
        match event.deed:
            case Studied(section_id=section_id, resource_id="", state="done"):
                done.add(section_id)
            case Studied(section_id=section_id, resource_id="", state="reopened"):
                done.discard(section_id)
                known.discard(section_id)
            case Known(section_id=section_id, known=True):
                known.add(section_id)
            case Known(section_id=section_id):
                known.discard(section_id)
    return frozenset(done | known)


def minutes_by_section(events: Sequence[Event]) -> Mapping[str, float]:
    """Sum up the minutes that were told for each section."""
    spent: dict[str, float] = {}
    for event in events:
        if isinstance(event.deed, Studied | Practised) and event.deed.minutes:
            section_id = event.deed.section_id
            spent[section_id] = spent.get(section_id, 0.0) + event.deed.minutes
    return spent


def left(section: Section, spent: float) -> float | None:
    """Give the minutes a section still takes; one that took longer than planned takes a step."""
    if section.hours is None:
        return None
    middle = (section.hours.low + section.hours.high) / 2 * 60
    return max(float(STEP), middle - spent)


def review_seconds(events: Sequence[Event]) -> float:
    """Estimate the seconds that a card takes by the middle of the learner's own times."""
    timed = sorted(
        e.deed.seconds for e in events if isinstance(e.deed, Reviewed) and e.deed.seconds
    )
    return max(1.0, timed[len(timed) // 2]) if timed else REVIEW_SECONDS


def review_minutes(cards: int, seconds: float) -> int:
    """Give the whole minutes that reviewing some cards takes."""
    return max(1, math.ceil(cards * seconds / 60)) if cards else 0


def timetable(
    events: Sequence[Event],
    rhythm: Rhythm,
    curriculum: Curriculum,
    now: datetime,
    weeks: int,
    starts: time = STARTS,
) -> tuple[Block, ...]:
    """Plan the blocks of the coming weeks from now on, a review and a study block a day at most.

    Cards that do not fit into a day's reviews, or come due on a day off, wait for the next one.
    Reviews planned here are taken to go well; those that do not bring their cards back sooner.
    """
    zone = ZoneInfo(rhythm.zone)
    today = now.astimezone(zone).date()
    first = max(today, rhythm.start or today)
    minutes = week_minutes(rhythm, curriculum.schedule)
    days = [today + timedelta(days=n) for n in range(7 * weeks)]
    cards = cards_of(events, rhythm.retention)
    sections = remaining(events, curriculum)
    seconds = review_seconds(events)
    blocks: list[Block] = []
    for day in days:
        available = minutes[day.weekday()]
        if day < first or at(day, starts, zone, available) <= now:
            continue
        begins = at(day, starts, zone)
        waiting = due(cards, begins, end_of_day(day, rhythm.zone))
        review = waiting[: fitting(len(waiting), seconds, available * rhythm.reviews)]
        taken = review_minutes(len(review), seconds)
        if review:
            blocks.append(Block(begins, taken, len(review)))
            cards = remembered(cards, review, begins, rhythm.retention)
        parts, sections = parted(sections, available - taken)
        if parts:
            blocks.append(Block(at(day, starts, zone, taken), available - taken, 0, parts))
    return tuple(blocks)


def remembered(
    cards: Sequence[Card], review: Sequence[Card], begins: datetime, retention: float
) -> tuple[Card, ...]:
    """Give the cards as they are when those reviewed were all remembered well."""
    moment = begins.astimezone(UTC)
    done = {card.item_id: reviewed(card, card.item_id, GOOD, moment, retention) for card in review}
    return tuple(done.get(card.item_id, card) for card in cards)


def fitting(waiting: int, seconds: float, minutes: float) -> int:
    """Give how many of the waiting cards fit into minutes."""
    return min(waiting, int(math.floor(minutes) * 60 / seconds))


def at(day: date, starts: time, zone: ZoneInfo, later: int = 0) -> datetime:
    """Give the moment of a time of a day, and minutes later; a time that is skipped moves on."""
    begins = datetime.combine(day, starts, zone).astimezone(UTC) + timedelta(minutes=later)
    return begins.astimezone(zone)


def parted(
    sections: tuple[Remaining, ...], minutes: int
) -> tuple[tuple[Part, ...], tuple[Remaining, ...]]:
    """Spend a day's minutes on the sections in order; gives the parts and what then remains.

    A section without an estimate takes one day.
    """
    parts: list[Part] = []
    while sections and minutes >= STEP:
        section, need = sections[0].section, sections[0].minutes
        used = minutes if need is None else min(minutes, max(STEP, round(need)))
        last = need is None or need - used < STEP * HALF
        parts.append(Part(section.id, section.title, used, last))
        rest = () if last or need is None else (Remaining(section, need - used),)
        sections = (*rest, *sections[1:])
        minutes -= used
    return tuple(parts), sections
