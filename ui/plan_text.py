"""A study plan and where a learner stands, as a terminal prints them and as JSON; pure."""

from collections.abc import Sequence

from assistant.horizon import DAYS, Slip, calendar, say
from assistant.learner import Event, Rhythm
from assistant.lines import Line
from assistant.material import Basis
from assistant.overview import Overview, SectionState
from assistant.plan import StudyPlan
from assistant.today import Budget, local_date
from ui.markup import one_line
from ui.render import SCHEMA, terminal_link

# So many words tell all exercises of the path that ships apart.
FIRST_WORDS = 5
VERBS = {
    "review": "Review",
    "read": "Read",
    "watch": "Watch",
    "practise": "Practise",
    "quiz": "Quiz",
    "exercise": "Exercise",
}


def plan_text(plan: StudyPlan, notice: str = "") -> str:
    """Write a plan: each line with its minutes, its reason, and what to type."""
    blocks = [head_words(plan), *(line_text(n, line) for n, line in enumerate(plan.items, 1))]
    end = [*(slip.words() for slip in plan.slips), *plan.words, notice]
    return "\n\n".join([*blocks, "\n".join(one_line(words) for words in end if words)])


def head_words(plan: StudyPlan) -> str:
    """Say which day it is and how much of its time is planned."""
    total = sum(line.minutes for line in plan.items)
    told = f"{total} of {plan.minutes} minutes" if plan.items else "nothing to plan"
    before = f" · about {plan.studied} min studied today" if plan.studied else ""
    return f"{say(plan.date)} · {told}{before}"


def idle_plan(basis: Basis, time: Budget, more: str, times: str) -> StudyPlan:
    """Say that a day has no time, or none left, and how a plan can be had all the same.

    `more` says how, with a place for what is planned; `times` how a week without time gets some.
    """
    day = local_date(basis.now, basis.rhythm.zone)
    if time.minutes:
        words = f"Nothing is left for today: its {time.minutes} minutes are used;"
        words += f" {more.format('more')}"
    elif any(calendar(basis.curriculum.schedule, basis.rhythm)):
        words = f"{say(day)} is free in your week: {more.format('it')}"
    else:
        words = f"Your week has no minutes: {times}"
    return StudyPlan(day, 0, (), (), (words,), time.studied)


def line_text(number: int, line: Line) -> str:
    """Write one line of a plan."""
    told = [f"{number}. {VERBS[line.action]}: {one_line(line.title)} · {time_words(line)}"]
    told.append(f"   {one_line(line.reason)}")
    if line.url:
        told.append(f"   {terminal_link(line.url)}")
    return "\n".join([*told, f"   {command(line)}"])


def time_words(line: Line) -> str:
    """Say how long a line takes, how much of the whole that is, and where the estimate is from."""
    piece = line.of > line.minutes
    time = f"{line.minutes} of about {line.of} min" if piece else f"about {line.minutes} min"
    return time if line.action in ("review", "quiz") else f"{time}, {one_line(line.source)}"


def command(line: Line) -> str:
    """Say what to type for a line: to do it, or when it is done."""
    match line.action:
        case "review":
            return f"studypath review -n {line.count}"
        case "quiz":
            return f"studypath quiz {line.section_id} -n {line.count}"
        case "exercise":
            what = f'{line.section_id} --exercise "{first_words(line)}"'
            return typed(line, what)
    return typed(line, line.resource_id)


def typed(line: Line, what: str) -> str:
    """Say how to note a line: as done, or when only a piece of it is planned, as begun."""
    if line.minutes < line.left:
        return f"after it: studypath start {what} --minutes {line.minutes}"
    return f"when done: studypath done {what}"


def first_words(line: Line) -> str:
    """Give so much of an exercise as names it, without what a shell would take for its own."""
    kept = "".join(c if c.isalnum() or c in "-.," else " " for c in one_line(line.title))
    return " ".join(kept.split()[:FIRST_WORDS])


def plan_json(plan: StudyPlan) -> dict[str, object]:
    """Write a plan as the object of the `studypath next` contract."""
    return {
        "schema": SCHEMA,
        "date": plan.date.isoformat(),
        "minutes": plan.minutes,
        "items": [line_json(line) for line in plan.items],
        "slips": [slip_json(slip) for slip in plan.slips],
        "words": list(plan.words),
        "studied": plan.studied,
    }


def line_json(line: Line) -> dict[str, object]:
    """Write one line of a plan."""
    return {
        "action": line.action,
        "section_id": line.section_id or None,
        "topic": line.topic or None,
        "title": line.title,
        "url": line.url,
        "minutes": line.minutes,
        "reason": line.reason,
        "resource_id": line.resource_id or None,
        "of_minutes": line.of,
        "estimate": line.source,
        "count": line.count or None,
    }


def slip_json(slip: Slip) -> dict[str, object]:
    """Write what ends later than planned."""
    return {
        "what": slip.what,
        "planned": slip.planned.isoformat(),
        "expected": slip.expected.isoformat(),
        "words": slip.words(),
    }


def overview_rows(overview: Overview) -> list[tuple[str, ...]]:
    """Write the sections as cells of a table: section, state, mastery, hours, ends."""
    return [
        (
            one.where,
            one.state,
            f"{one.mastery.value:.2f}" if one.mastery.count else "not checked",
            f"{one.recorded:.1f} of {one.hours:.1f}",
            end_words(one),
        )
        for one in overview.sections
    ]


def end_words(one: SectionState) -> str:
    """Say when a section ends, and when it was to end if that is another day."""
    if one.state in ("done", "known") or not one.expected:
        return ""
    if one.planned and one.planned != one.expected:
        return f"{one.expected.isoformat()} (planned {one.planned.isoformat()})"
    return one.expected.isoformat()


def overview_end(overview: Overview) -> str:
    """Write what stands below the table: reviews to come, what slips, the end."""
    due = overview.due
    told = [
        f"Reviews due: {due[0]} today, {sum(due[1:7])} in the six days after,"
        f" {sum(due[7:])} in the week after that.",
        *(slip.words() for slip in overview.slips),
        *overview.words,
    ]
    return "\n".join(one_line(words) for words in told)


def overview_json(overview: Overview) -> dict[str, object]:
    """Write where a learner stands as one object."""
    return {
        "schema": SCHEMA,
        "date": overview.date.isoformat(),
        "sections": [section_json(one) for one in overview.sections],
        "due": list(overview.due),
        "slips": [slip_json(slip) for slip in overview.slips],
        "words": list(overview.words),
    }


def section_json(one: SectionState) -> dict[str, object]:
    """Write the state of one section; its mastery is null while no answer showed any."""
    checked = one.mastery.count > 0
    return {
        "section_id": one.section_id,
        "title": one.title,
        "where": one.where,
        "state": one.state,
        "mastery": round(one.mastery.value, 4) if checked else None,
        "low": round(one.mastery.low, 4) if checked else None,
        "high": round(one.mastery.high, 4) if checked else None,
        "answers": one.mastery.count,
        "hours_planned": round(one.hours, 2),
        "hours_left": round(one.left, 2),
        "hours_recorded": round(one.recorded, 2),
        "planned": one.planned.isoformat() if one.planned else None,
        "expected": one.expected.isoformat() if one.expected else None,
    }


def rhythm_text(rhythm: Rhythm, week: Sequence[int], start: str) -> str:
    """Write the settings; `week` are the minutes that count, `start` the day in words."""
    from_path = "" if rhythm.minutes else " (from the path's schedule)"
    days = ", ".join(f"{day} {minutes}" for day, minutes in zip(DAYS, week, strict=True))
    told = [
        f"Minutes: {days}: {sum(week) / 60:.1f} hours a week{from_path}",
        f"Start: {start}",
        f"Time zone: {rhythm.zone}",
        f"Goal: {rhythm.goal or 'the whole path'}",
        f"Retention: {rhythm.retention:g} of the cards are to be remembered when they come due",
        f"Reviews: at most {rhythm.reviews:g} of a day",
    ]
    return "\n".join(one_line(words) for words in told)


def rhythm_json(rhythm: Rhythm, week: Sequence[int]) -> dict[str, object]:
    """Write the settings as one object; `start` is null until the first deed sets it."""
    return {
        "schema": SCHEMA,
        "minutes": list(week),
        "minutes_from": "learner" if rhythm.minutes else "path",
        "start": rhythm.start.isoformat() if rhythm.start else None,
        "zone": rhythm.zone,
        "goal": rhythm.goal or None,
        "retention": rhythm.retention,
        "reviews": rhythm.reviews,
    }


def event_json(event: Event) -> dict[str, object]:
    """Write a deed as it was noted."""
    deed = event.deed
    told: dict[str, object] = {
        "schema": SCHEMA,
        "number": event.number,
        "at": event.at.isoformat(),
        "kind": type(deed).__name__.lower(),
    }
    for name in ("section_id", "resource_id", "state", "exercise", "minutes", "known"):
        if hasattr(deed, name):
            told[name] = getattr(deed, name)
    return told
