"""All that a plan looks at, worked out once from the record, and what it means for each section."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from assistant.cards import RIGHT, Card, cards_of, due, end_of_day
from assistant.horizon import Ending, horizon, say
from assistant.learner import Attempt, Event, Reviewed
from assistant.mastery import WEAK, Mastery, masteries
from assistant.material import Basis
from assistant.minutes import Estimate
from assistant.needs import ancestors
from assistant.prerequisites import Place, Prerequisites
from assistant.quiz import Item
from assistant.standing import Standing, standing
from assistant.steps import Step, is_done, steps
from assistant.today import local_date, studied
from ingest.curriculum import Curriculum, Section

# Minutes for a card and a question where the learner's own pace is not known yet.
A_CARD, A_QUESTION = 0.75, 1.5
# So many timed answers tell a learner's pace.
TIMED = 10
CHECK = 5  # questions that tell something of a section


@dataclass(frozen=True, slots=True)
class View:
    """All that a plan looks at, worked out once."""

    curriculum: Curriculum
    prerequisites: Prerequisites
    steps: Mapping[str, Sequence[Step]]
    estimates: Mapping[str, Estimate]
    standing: Standing
    masteries: Mapping[Place, Mastery]
    items: Mapping[str, Sequence[Item]]
    cards: Sequence[Card]
    pace: tuple[float, float]
    goal: str
    now: datetime

    def title(self, section_id: str) -> str:
        """Name a section."""
        return self.curriculum.section(section_id).title


def view(
    basis: Basis,
) -> View:
    """Work out what a plan looks at."""
    curriculum, rhythm, now = basis.curriculum, basis.rhythm, basis.now
    events, items = basis.events, basis.items
    by_section: dict[str, list[Item]] = {}
    for item in items.values():
        by_section.setdefault(item.section_id, []).append(item)
    cards = [c for c in cards_of(events, rhythm.retention) if c.item_id in items]
    if rhythm.goal:
        curriculum.section(rhythm.goal)
    return View(
        curriculum=curriculum,
        prerequisites=basis.prerequisites,
        steps={s.id: steps(s, basis.rows, basis.estimates) for s in curriculum.sections},
        estimates=basis.estimates,
        standing=standing(events),
        masteries=masteries(events, curriculum, items, now),
        items=by_section,
        cards=due(cards, now, end_of_day(local_date(now, rhythm.zone), rhythm.zone)),
        pace=pace_of(events),
        goal=rhythm.goal,
        now=now,
    )


def pace_of(events: Sequence[Event]) -> tuple[float, float]:
    """Give the minutes that a card and a question take this learner: the middle of those timed."""
    cards = [e.deed.seconds for e in events if isinstance(e.deed, Reviewed) and e.deed.seconds]
    answers = [e.deed.seconds for e in events if isinstance(e.deed, Attempt) and e.deed.seconds]
    return pace(cards, A_CARD), pace(answers, A_QUESTION)


def pace(seconds: Sequence[float], usual: float) -> float:
    """Give the median in minutes, within reason, or what is usual while little was timed."""
    if len(seconds) < TIMED:
        return usual
    return min(max(sorted(seconds)[len(seconds) // 2] / 60, 0.1), 10.0)


def study_order(view: View) -> list[Section]:
    """List the sections that are still to study, the one to go on with first.

    That is the one studied last while it is not finished, else the first of the path. What it
    builds on and was skipped is left out here: it comes before it, as a prerequisite.
    """
    wanted = aimed_at(view.curriculum, view.prerequisites, view.goal)
    open_ones = [s for s in wanted if not is_finished(view, s)]
    if view.goal and view.goal not in {s.id for s in open_ones}:
        return []
    current = next((s for s in open_ones if s.id == view.standing.latest), None)
    if current is None:
        return open_ones
    before = ancestors(view.prerequisites, current.id)
    return [current, *(s for s in open_ones if s is not current and s.id not in before)]


def aimed_at(
    curriculum: Curriculum, prerequisites: Prerequisites, goal: str
) -> tuple[Section, ...]:
    """List the sections of the goal and of all it builds on, or the whole path, in path order."""
    if not goal:
        return curriculum.sections
    wanted = {goal, *ancestors(prerequisites, goal)}
    return tuple(s for s in curriculum.sections if s.id in wanted)


def is_finished(view: View, section: Section) -> bool:
    """Say whether nothing is left to do in a section: it was marked so, or each step is done."""
    if view.standing.finished(section.id):
        return True
    found = view.steps[section.id]
    all_done = bool(found) and all(is_done(step, view.standing) for step in found)
    return all_done and not needs_quiz(view, section.id)


def needs_quiz(view: View, section_id: str) -> bool:
    """Say whether a section's quiz is to be taken (again): too few answers, or too many wrong.

    Passed once is passed: what is forgotten later is a matter of reviews, not of the section.
    """
    items = view.items.get(section_id, ())
    if not items or view.standing.finished(section_id):
        return False
    return view.standing.passed.get(section_id, 0) < min(CHECK, len(items))


def is_weak(view: View, place: Place) -> bool:
    """Say whether answers showed a topic to be weak; without a wrong one nothing is known.

    Few right answers leave mastery low, too: they call for more questions, not for reading again.
    """
    known = view.masteries[place]
    newest = {one.words: one.share for one in known.evidence}
    return known.value < WEAK and any(share < RIGHT for share in newest.values())


def outlook(view: View, basis: Basis) -> tuple[Ending, ...]:
    """Forecast the end of each section aimed at, in the order in which they come."""
    rhythm = basis.rhythm
    today = local_date(basis.now, rhythm.zone)
    first = view.standing.first
    start = rhythm.start or (local_date(first, rhythm.zone) if first else None)
    return horizon(
        view.curriculum,
        aimed_at(view.curriculum, view.prerequisites, view.goal),
        view.steps,
        view.standing,
        replace(rhythm, start=start),
        today,
        studied(basis.events, view.estimates, today, rhythm.zone),
        frozenset(s.id for s in view.curriculum.sections if is_finished(view, s)),
    )


def situation(view: View, order: Sequence[Section], found: Sequence[Ending]) -> tuple[str, ...]:
    """Say where the learner stands and when the end comes."""
    aim = f"your goal ({view.title(view.goal)})" if view.goal else "the path"
    if not order:
        waiting = len(view.cards)
        due_today = f"; {waiting} reviews are due" if waiting else "; no review is due today"
        return (f"Nothing new is left of {aim}{due_today}.",)
    count = len(found)
    done = sum(not one.left for one in found)
    told = f"{done} of the {count} sections of {aim} are done"
    dates = [one.expected for one in found if one.left]
    last = max((day for day in dates if day), default=None)
    if last is None or None in dates:
        return (f"{told}; with these minutes a week it has no end in sight.",)
    return (f"{told}; at this rhythm you finish on {say(last)}.",)
