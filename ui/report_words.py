"""What a progress report says in words, for its page and its Markdown alike; pure."""

from datetime import date, datetime
from html import escape

from assistant.mastery import MASTERED, Mastery, mastery_of
from assistant.report import Coming, Report, Standing
from ui.markup import one_line

MARK = "studypath progress report"  # `assistant/export.py` knows our reports by it
MASTERY_MEANS = (
    "Mastery is the chance, from 0 to 1, that you answer a middling question of a section without"
    " guessing. The band holds 80 % of what your answers leave possible: the fewer there are, the"
    " wider it is. The stroke at"
    f" {MASTERED:g} is where a section counts as mastered."
)
HOURS_MEAN = (
    "Planned is what your weekly rhythm offers, done is the time that was told or measured."
    " The last week is this one."
)
REVIEWS_MEAN = (
    "Cards that come due on each of the next days, those overdue today. Reviews done on the way"
    " bring further ones, which are not counted here."
)


def words(text: str) -> str:
    """Write words as HTML on one line; nothing of them is markup."""
    return escape(one_line(text))


def day_words(day: date) -> str:
    """Write a day, such as "Mon 2 Nov 2026", in the same words on every machine."""
    return f"{short_day(day)} {day.year}"


def short_day(day: date) -> str:
    """Write a day without its year."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def time_words(minutes: float) -> str:
    """Write a time, such as "2 h 30 min"."""
    hours, rest = divmod(round(minutes), 60)
    parts = (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "")
    return " ".join(filter(None, parts))


def span_words(low: float, high: float) -> str:
    """Write hours from the fewest to the most, such as "5–6 h"."""
    return f"{low:g} h" if low == high else f"{low:g}–{high:g} h"


def hours_number(minutes: float) -> str:
    """Write hours as a number short enough for a bar: one decimal below ten."""
    hours = minutes / 60
    return f"{int(hours + 0.5)}" if hours >= 9.95 or hours == 0 else f"{round(hours, 1):g}"


def count_words(count: int, one: str) -> str:
    """Count things in words."""
    return f"{count} {one}{'' if count == 1 else 's'}"


def mastery_words(mastery: Mastery) -> str:
    """Write a mastery with its interval."""
    return f"{mastery.value:.2f} ({mastery.low:.2f} to {mastery.high:.2f})"


def rests_on(standing: Standing) -> str:
    """Say what a mastery rests on."""
    if standing.mastery.count:
        return count_words(standing.mastery.count, "observation")
    return "marked as known, no answers" if standing.state == "known" else "no answers yet"


def prior_words() -> str:
    """Say what is taken for a section of which nothing is known."""
    return f"Before any answer it is taken to be {mastery_words(mastery_of((), datetime.max))}."


def state_words(standing: Standing) -> str:
    """Say what was done of a section, with the time told and the path's estimate."""
    spent = time_words(standing.minutes) if standing.minutes else ""
    estimate = ""
    if standing.estimate:
        estimate = span_words(*standing.estimate)
    time = " of ".join(filter(None, (spent, estimate)))
    return " · ".join(filter(None, (standing.state, time)))


def coming_words(coming: Coming) -> str:
    """Say what is left of a section and what to know first."""
    left = f"about {time_words(coming.minutes)} left" if coming.minutes else "no estimate"
    return "; ".join(filter(None, (coming.place, left, *coming.reasons)))


def due_words(report: Report) -> str:
    """Say how many cards wait today."""
    today = report.dues[0][1] if report.dues else 0
    return f"{today} to review today" if today else "none to review today"


def facts(report: Report) -> tuple[tuple[str, str, str], ...]:
    """Give the few numbers that stand first: what, how much, of what."""
    planned = sum(week.planned for week in report.weeks)
    done = sum(week.done for week in report.weeks)
    weeks = count_words(len(report.weeks), "week")
    observed = count_words(len(report.observed), "section")
    return (
        ("Sections done", str(report.finished), f"of {len(report.standings)}"),
        ("Sections mastered", str(report.mastered), f"of {observed} with answers"),
        ("Time studied", time_words(done), f"of {time_words(planned)} planned in {weeks}"),
        ("Cards", str(report.cards), due_words(report)),
    )


def untimed_words(report: Report) -> str:
    """Say how much was done without a time, empty for nothing."""
    if not report.untimed:
        return ""
    return f"Without a time: {count_words(report.untimed, 'thing')} done."
