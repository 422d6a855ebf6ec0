"""What to study today: reviews, what is missing for what comes next, then new material.

Pure: the same record, path, library and time give the same plan. The order is always reviews that
are due, the weakest topics (and at most one finished section that nothing has checked) that the
next section builds on, and the next sections in path order, each with its concrete resource.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil

from assistant.horizon import Slip, slips
from assistant.learner import Rhythm
from assistant.lines import (
    FEWEST,
    SMALLEST,
    Line,
    fitted,
    quiz_line,
    section_lines,
    total,
)
from assistant.mastery import MASTERED
from assistant.material import Basis
from assistant.needs import ancestors, places_before
from assistant.prerequisites import Place
from assistant.quiz import subjects
from assistant.steps import Step, is_done, listed, notes_step
from assistant.today import budget, local_date
from assistant.view import (
    CHECK,
    View,
    aimed_at,
    is_finished,
    is_weak,
    outlook,
    situation,
    study_order,
    view,
)
from ingest.curriculum import Section
from ingest.errors import InputError

# A plan this short is all for reviews, when they are due: half of it would serve nothing else.
SHORT = 10
# The share of the time left after reviews that may go back to earlier sections.
BACK = 0.5
REMEDIES = 3  # weak topics gone back to in one plan


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """A plan of one day: its lines, what slips, and in words where the learner stands.

    `studied` are the minutes of that day that are behind the learner already.
    """

    date: date
    minutes: int
    items: tuple[Line, ...]
    slips: tuple[Slip, ...]
    words: tuple[str, ...]
    studied: int = 0


def plan(basis: Basis, minutes: int, seen: View | None = None) -> StudyPlan:
    """Plan `minutes` of study; the lines never take more than that.

    `seen` is the view of the basis, for who has it already. Raises InputError for less than a
    minute.
    """
    if minutes < 1:
        raise InputError(f"{minutes} minutes hold no plan: give at least 1")
    seen = seen or view(basis)
    found = outlook(seen, basis)
    return StudyPlan(
        date=local_date(basis.now, basis.rhythm.zone),
        minutes=minutes,
        items=tuple(lines_of(seen, basis.rhythm, minutes)),
        slips=slips(basis.curriculum, found, basis.rhythm.goal),
        words=situation(seen, study_order(seen), found),
        studied=budget(basis).studied,
    )


def lines_of(view: View, rhythm: Rhythm, minutes: int) -> list[Line]:
    """List what to do in some minutes, in order."""
    order = study_order(view)
    lines = reviews(view, rhythm, minutes)
    lines += preparation(view, order, minutes - total(lines))
    lines += fresh(view, order, minutes - total(lines), lines)
    lines += brushing_up(view, order, minutes - total(lines))
    return lines


# ── reviews ─────────────────────────────────────────────────────────────────────────────────────


def reviews(view: View, rhythm: Rhythm, minutes: int) -> list[Line]:
    """Plan the reviews due, within the learner's cap; a short plan may be all reviews."""
    waiting = len(view.cards)
    cap = minutes if minutes < SHORT and rhythm.reviews else int(minutes * rhythm.reviews)
    count = min(waiting, int(cap / view.pace[0]))
    if not count:
        return []
    taken = max(1, ceil(count * view.pace[0]))
    reason = f"{waiting} review{'' if waiting == 1 else 's'} due"
    if count < waiting:
        reason += f"; {count} of them fit, those most nearly forgotten"
    title = f"{count} card{'' if count == 1 else 's'}"
    source = f"{view.pace[0]:.2g} min a card"
    return [
        Line("review", "", "", title, None, taken, reason, of=taken, source=source, count=count)
    ]


# ── what is missing for what comes next ─────────────────────────────────────────────────────────


def preparation(view: View, order: Sequence[Section], minutes: int) -> list[Line]:
    """Go back to what the next section builds on: what is weak, was skipped, or never checked."""
    if not order:
        return []
    following = order[0]
    back = int(minutes * BACK)
    before = ancestors(view.prerequisites, following.id)
    skipped = [s for s in view.curriculum.sections if s.id in before and not is_finished(view, s)]
    lines: list[Line] = []
    for place in missing(view, following, before)[:REMEDIES]:
        remedy = list(remedies(view, place, needed_for(view, place, following)))
        if lines and total(lines) + total(remedy) > back:
            break
        lines += fitted(remedy, minutes - total(lines) if not lines else back - total(lines))
    if skipped and total(lines) + SMALLEST["read"] <= back:
        lines += bridge(view, skipped, following, back - total(lines))
    check = unchecked(view, following, before)
    if check and total(lines) + check.minutes <= minutes:
        lines.append(check)
    places = {section.id: i for i, section in enumerate(view.curriculum.sections)}
    return sorted(lines, key=lambda line: places[line.section_id])


def missing(view: View, following: Section, before: frozenset[str]) -> list[Place]:
    """List weak topics of finished sections that a section builds on, the weakest first.

    A topic whose own prerequisites are weak comes after them.
    """
    weak = [
        Place(s.id, topic)
        for s in view.curriculum.sections
        if s.id in before and is_finished(view, s)
        for topic in subjects(s)
        if is_weak(view, Place(s.id, topic))
    ]
    own = [Place(following.id, topic) for topic in subjects(following)]
    if all(is_done(step, view.standing) for step in view.steps[following.id]):
        weak += [place for place in own if is_weak(view, place)]
    ordered: list[Place] = []
    while weak:
        free = [p for p in weak if not (places_before(view.prerequisites, p) & set(weak))]
        weakest = min(free or weak, key=lambda p: round(view.masteries[p].value, 6))
        ordered.append(weakest)
        weak.remove(weakest)
    return ordered


def needed_for(view: View, place: Place, following: Section) -> str:
    """Say why a weak topic comes now."""
    mastery = f"your mastery of {place.topic} is {view.masteries[place].value:.2f}"
    if place.section_id == following.id:
        return f"among the weakest of {following.title}: {mastery}"
    return f"needed for {following.title}; {mastery}"


def remedies(view: View, place: Place, reason: str) -> Iterator[Line]:
    """Read a topic again (unless that was done since it was last answered), then be asked on it."""
    section = view.curriculum.section(place.section_id)
    step = source_of(view, section.id)
    if step and not read_since(view, step.key, place):
        # Notes have a part for each topic; of another text one looks up as much.
        part = max(SMALLEST["read"], step.estimate.minutes // max(1, len(subjects(section))))
        part = min(part, step.estimate.minutes)
        yield Line(
            step.action,
            section.id,
            place.topic,
            f"{step.title}: {place.topic}",
            step.url,
            part,
            reason,
            resource_id=step.key,
            of=part,
            source=f"a topic's part of {step.estimate.minutes} min, {step.estimate.source}",
        )
        reason = f"to see whether it is firmer now; {reason}"
    today = {card.item_id for card in view.cards}  # asked as reviews already
    asked = [
        item
        for item in view.items.get(section.id, ())
        if item.topic == place.topic and item.id not in today
    ]
    if asked:
        yield quiz_line(view, section, place.topic, min(FEWEST, len(asked)), reason)


def source_of(view: View, section_id: str) -> Step | None:
    """Choose what to read again: our notes, else the first thing of the section."""
    note = notes_step(view.curriculum.section(section_id), view.estimates)
    if note:
        return note
    return next((step for step in view.steps[section_id] if step.action != "exercise"), None)


def read_since(view: View, key: str, place: Place) -> bool:
    """Say whether a thing was read again after the topic was last answered."""
    read, answered = view.standing.read.get(key), view.masteries[place].last
    return read is not None and (answered is None or read > answered)


def bridge(view: View, skipped: Sequence[Section], following: Section, minutes: int) -> list[Line]:
    """Study a skipped section: of those that build on no other skipped one, the weakest."""
    names = {section.id for section in skipped}
    free = [s for s in skipped if not (ancestors(view.prerequisites, s.id) & names)] or skipped
    weakest = min(free, key=lambda s: round(view.masteries[Place(s.id)].value, 6))
    reason = (
        f"needed for {following.title};"
        f" you have neither finished {weakest.title} nor marked it known"
    )
    return fitted(section_lines(view, weakest, reason), minutes)


def unchecked(view: View, following: Section, before: frozenset[str]) -> Line | None:
    """Check one finished section by a few questions when nothing has shown yet what is known."""
    direct = {need.place.section_id for need in view.prerequisites.of(following.id)}
    silent = [s for s in view.curriculum.sections if s.id in before and is_silent(view, s)]
    for section in sorted(silent, key=lambda s: s.id not in direct):
        reason = (
            f"needed for {following.title}; you marked {section.title} done,"
            " and no answer has checked it yet"
        )
        count = min(CHECK, len(view.items[section.id]))
        return quiz_line(view, section, "", count, reason)
    return None


def is_silent(view: View, section: Section) -> bool:
    """Say whether a section was marked done and no answer has shown what is known of it."""
    marked = section.id in view.standing.done and section.id not in view.standing.known
    return marked and section.id in view.items and not view.masteries[Place(section.id)].count


# ── new material ────────────────────────────────────────────────────────────────────────────────


def fresh(view: View, order: Sequence[Section], minutes: int, before: Sequence[Line]) -> list[Line]:
    """Plan what comes next, in order, until the time is used up; `before` is planned already."""
    lines: list[Line] = []
    taken = {line.section_id for line in before}
    for section in order:
        if section.id in taken:
            continue
        todo = section_lines(view, section, f"next in {view.curriculum.place(section.id)}")
        if todo and (weak := weak_words(view, section)):
            todo[0] = replace(todo[0], reason=f"{todo[0].reason}; {weak}")
        more = fitted(todo, minutes - total(lines), bool(before or lines))
        lines += more
        if len(more) < len(todo) or any(line.minutes < line.left for line in more):
            break
    return lines


def weak_words(view: View, section: Section) -> str:
    """Name the weakest topics of a section that was asked about already, two at most."""
    places = [Place(section.id, topic) for topic in subjects(section)]
    weak = sorted(
        (p for p in places if is_weak(view, p)), key=lambda p: round(view.masteries[p].value, 6)
    )
    told = [f"{p.topic} (mastery {view.masteries[p].value:.2f})" for p in weak[:2]]
    return f"weakest in {listed(told)}" if told else ""


# ── when nothing new is left ────────────────────────────────────────────────────────────────────


def brushing_up(view: View, order: Sequence[Section], minutes: int) -> list[Line]:
    """With nothing new to study, go back to the weakest topics and to what was never checked."""
    if order or minutes < SMALLEST["read"]:
        return []
    aim = aimed_at(view.curriculum, view.prerequisites, view.goal)
    places = [Place(s.id, topic) for s in aim for topic in subjects(s)]
    weak = [p for p in places if view.masteries[p].count and view.masteries[p].value < MASTERED]
    lines: list[Line] = []
    for place in sorted(weak, key=lambda p: round(view.masteries[p].value, 6))[:REMEDIES]:
        reason = f"your mastery of {place.topic} is {view.masteries[place].value:.2f}"
        lines += fitted(list(remedies(view, place, reason)), minutes - total(lines))
    for section in [s for s in aim if is_silent(view, s)][:REMEDIES]:
        reason = f"no answer has checked {section.title} yet"
        quiz = quiz_line(view, section, "", min(CHECK, len(view.items[section.id])), reason)
        lines += fitted([quiz], minutes - total(lines))
    return lines
