"""How much of a day is studied already, told or estimated, and what was done on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from assistant.horizon import calendar
from assistant.learner import Attempt, Event, Practised, Reviewed, Studied
from assistant.material import Basis
from assistant.minutes import Estimate, exercise_key


@dataclass(frozen=True, slots=True)
class Budget:
    """Minutes of a day: those of the learner's calendar, and those studied already."""

    minutes: int
    studied: int

    @property
    def left(self) -> int:
        """The minutes that are left, none when more was studied."""
        return max(0, self.minutes - self.studied)


@dataclass(frozen=True, slots=True)
class DoneToday:
    """A resource, or an exercise by its key, that was done on a day and not taken back."""

    section_id: str
    key: str


def local_date(now: datetime, zone: str) -> date:
    """Give the learner's day at a time."""
    return now.astimezone(ZoneInfo(zone)).date()


def budget(basis: Basis) -> Budget:
    """Say how much time the learner's calendar gives today, and how much of it is used."""
    today = local_date(basis.now, basis.rhythm.zone)
    week = calendar(basis.curriculum.schedule, basis.rhythm)
    used = studied(basis.events, basis.estimates, today, basis.rhythm.zone)
    return Budget(week[today.weekday()], round(used))


def done_on(events: Iterable[Event], day: date, zone: str) -> tuple[DoneToday, ...]:
    """List what was done on a day, in its order; a whole section is no piece of a day's work."""
    return tuple(DoneToday(section_id, key) for section_id, key in _read(events, day, zone).done)


def studied(
    events: Iterable[Event], estimates: Mapping[str, Estimate], day: date, zone: str
) -> float:
    """Add up the minutes of a day: those told or timed, and of what is done without, the estimate.

    A whole section that is marked done counts only what was told: most of it was done before.
    What was taken back counts nothing.
    """
    found = _read(events, day, zone)
    untold = sum(
        max(0.0, estimates[key].minutes - found.before.get(key, 0.0))
        for section_id, key in found.done
        if key in estimates and not found.told.get((section_id, key))
    )
    return found.timed + sum(found.told.values()) + untold


class _Day:
    """A day while it is read: minutes of answers, minutes told and things done by (section, key).

    `before` are the minutes told of a thing on earlier days.
    """

    def __init__(self) -> None:
        self.timed = 0.0
        self.told: dict[tuple[str, str], float] = {}
        self.done: dict[tuple[str, str], None] = {}
        self.before: dict[str, float] = {}

    def reopen(self, section_id: str, key: str) -> None:
        """Take a thing back; a section with all that belongs to it."""
        for kept in (self.told, self.done):
            for one in [
                o for o in kept if o == (section_id, key) or (not key and o[0] == section_id)
            ]:
                del kept[one]


def _read(events: Iterable[Event], day: date, zone: str) -> _Day:
    found = _Day()
    for event in events:
        today = local_date(event.at, zone) == day
        match event.deed:
            case Attempt(seconds=seconds) | Reviewed(seconds=seconds) if today:
                found.timed += (seconds or 0.0) / 60
            case Practised(section_id=section_id, exercise=words, minutes=minutes):
                _note(found, section_id, exercise_key(section_id, words), "done", minutes, today)
            case Studied(section_id=section_id, resource_id=key, state=state, minutes=minutes):
                _note(found, section_id, key, state, minutes, today)
    return found


def _note(
    day: _Day, section_id: str, key: str, state: str, minutes: float | None, today: bool
) -> None:
    if state == "reopened":
        day.reopen(section_id, key)
    elif not today:
        day.before[key] = day.before.get(key, 0.0) + (minutes or 0.0)
    else:
        one = (section_id, key)
        if minutes:
            day.told[one] = day.told.get(one, 0.0) + minutes
        if state == "done" and key:
            day.done[one] = None
