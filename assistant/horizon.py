"""The calendar: minutes of each weekday, when each section ends at that rhythm, and what slips.

Nothing is stored: the plan as it was first is worked out again from the day of the start.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.learner import Rhythm
from assistant.minutes import Estimate, section_minutes
from assistant.standing import Standing
from assistant.steps import Step, is_done
from ingest.curriculum import Curriculum, ScheduleLine, Section

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# Where neither the learner nor the path names any time.
USUAL = 60
FARTHEST = 20 * 366  # days; what ends later has no date
# Of what is done in part, so much at least is still to do: its end is not behind us.
REST = 0.05


@dataclass(frozen=True, slots=True)
class Ending:
    """When a section ends: as planned at the start, and as it looks now; None for never so."""

    section_id: str
    planned: date | None
    expected: date | None
    minutes: float
    left: float


@dataclass(frozen=True, slots=True)
class Slip:
    """Something that now ends later than planned."""

    what: str
    planned: date
    expected: date

    def words(self) -> str:
        """Say it: "Month 1 · Week 2 now ends on Sunday, 8 March: 3 days later than planned …"."""
        days = (self.expected - self.planned).days
        late = f"{days} day{'' if days == 1 else 's'} later than planned"
        return f"{self.what} now ends on {say(self.expected)}: {late} ({say(self.planned)})"


def say(day: date) -> str:
    """Write a date in words, with its year: "Sunday, 8 March 2026"."""
    return f"{DAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"


def calendar(schedule: Sequence[ScheduleLine], rhythm: Rhythm) -> tuple[int, ...]:
    """Give the minutes of Monday to Sunday: the learner's own, else the least the path names."""
    if rhythm.minutes:
        return rhythm.minutes
    # The least: for the path that ships that is 11 hours a week, and its weeks take 10 to 12.
    timed = [line for line in schedule if line.minutes]
    if not timed:
        return (USUAL,) * 7
    return tuple(minutes_of(timed, day) for day in range(7))


def minutes_of(timed: Sequence[ScheduleLine], day: int) -> int:
    """Give the minutes of a weekday (0 is Monday): its own lines go before those of its group."""
    group = r"weekends?" if day >= 5 else r"weekdays?"
    for name in (rf"{DAYS[day]}s?", group, r"every day|daily|every week"):
        lines = [line for line in timed if re.search(rf"\b(?:{name})\b", line.day, re.IGNORECASE)]
        budget = [line for line in lines if line.text.lower() == "per day"]
        if lines:
            return sum(line.minutes[0] for line in budget[:1] or lines if line.minutes)
    return 0


def endings(
    parts: Iterable[tuple[str, float]], week: Sequence[int], start: date, first: float | None = None
) -> Mapping[str, date]:
    """Lay parts (id, minutes) one after the other from a day on; gives the day each one ends.

    `first` are the minutes of the first day when they are not those of its weekday. What ends after
    FARTHEST days is left out.
    """
    found: dict[str, date] = {}
    day, free = 0, float(week[start.weekday()]) if first is None else first
    for name, minutes in parts:
        need = minutes
        while need > free + 1e-9:
            need -= free
            day += 1
            if day > FARTHEST:
                return found
            free = float(week[(start.weekday() + day) % 7])
        free -= need
        found[name] = start + timedelta(days=day)
    return found


def horizon(
    curriculum: Curriculum,
    sections: Sequence[Section],
    steps: Mapping[str, Sequence[Step]],
    standing: Standing,
    rhythm: Rhythm,
    today: date,
    spent_today: float = 0.0,
    finished: frozenset[str] = frozenset(),
) -> tuple[Ending, ...]:
    """Say for each section when it was to end and when it will; known ones take no time.

    `sections` are those aimed at in the order of study, `steps` those of each, `finished` those of
    which nothing is left though nobody marked them. The path's hours are
    taken to hold its reviews, as its own schedule does. Without a start today is the first day.
    """
    week = calendar(curriculum.schedule, rhythm)
    whole = {s.id: section_minutes(curriculum, s)[0] for s in sections}
    whole |= dict.fromkeys(standing.known & whole.keys(), 0.0)
    left = {
        s.id: 0.0 if s.id in finished else left_of(s, whole[s.id], steps[s.id], standing)
        for s in sections
    }
    planned = endings(whole.items(), week, rhythm.start or today)
    free = max(0.0, week[today.weekday()] - spent_today)
    to_do = [(name, minutes) for name, minutes in left.items() if minutes]
    expected = endings(to_do, week, today, free)
    return tuple(
        Ending(s.id, planned.get(s.id), expected.get(s.id), whole[s.id], left[s.id])
        for s in sections
    )


def left_of(section: Section, whole: float, steps: Sequence[Step], standing: Standing) -> float:
    """Give the minutes that a section still takes: its whole time less the part that is done."""
    if standing.finished(section.id):
        return 0.0
    total = sum(step.estimate.minutes for step in steps)
    done = sum(
        part_done(step.key, step.estimate, is_done(step, standing), standing) for step in steps
    )
    return whole * max(REST, 1 - done / total) if total else whole


def part_done(key: str, estimate: Estimate, done: bool, standing: Standing) -> float:
    """Give how many of a step's estimated minutes are behind the learner."""
    return estimate.minutes if done else min(standing.spent.get(key, 0.0), estimate.minutes)


def slips(curriculum: Curriculum, found: Sequence[Ending], goal: str) -> tuple[Slip, ...]:
    """Say what ends later than planned: the week that is being studied, and the whole."""
    open_ones = [one for one in found if one.left and one.planned and one.expected]
    if not open_ones:
        return ()
    current = curriculum.section(open_ones[0].section_id)
    this_week = [one for one in open_ones if same_week(curriculum.section(one.section_id), current)]
    end = f"your goal ({curriculum.section(goal).title})" if goal else "the path"
    told = [slip_of(week_name(curriculum, current), this_week), slip_of(end, open_ones)]
    return tuple(slip for slip in told if slip and slip.expected > slip.planned)


def slip_of(what: str, ones: Sequence[Ending]) -> Slip | None:
    """Compare the last planned and the last expected day of some sections."""
    planned = [one.planned for one in ones if one.planned]
    expected = [one.expected for one in ones if one.expected]
    return Slip(what, max(planned), max(expected)) if planned and expected else None


def same_week(one: Section, other: Section) -> bool:
    """Say whether two sections stand in the same week."""
    return (one.month, one.week) == (other.month, other.week)


def week_name(curriculum: Curriculum, section: Section) -> str:
    """Name the week of a section, or the section where the path has no weeks."""
    return curriculum.place(section.id).removesuffix(f" · {section.title}")
