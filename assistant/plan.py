"""What to study today: reviews, what is missing for what comes next, then new material.

Pure: the same record, path, library and time give the same plan. The order is always reviews that
are due, the weakest topics (and at most one finished section that nothing has checked) that the
next section builds on, and the next sections in path order, each with its concrete resource.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import ceil
from zoneinfo import ZoneInfo

from assistant.cards import Card, cards_of, due, end_of_day
from assistant.horizon import Ending, Slip, horizon, say, slips
from assistant.learner import Attempt, Event, Reviewed, Rhythm
from assistant.mastery import MASTERED, WEAK, Mastery, masteries
from assistant.minutes import NOTE, Estimate
from assistant.needs import ancestors, places_before
from assistant.prerequisites import Place, Prerequisites
from assistant.quiz import Item
from assistant.standing import Standing, standing
from assistant.steps import Step, is_done, listed, steps
from ingest.curriculum import Curriculum, Section
from ingest.errors import InputError
from ingest.library import SourceRow

# Minutes for a card and a question where the learner's own pace is not known yet.
A_CARD, A_QUESTION = 0.75, 1.5
# So many timed answers tell a learner's pace.
TIMED = 10
# A plan this short is all for reviews, when they are due: half of it would serve nothing else.
SHORT = 10
# The shortest piece of a thing worth beginning, by what is done.
SMALLEST = {"watch": 5, "read": 5, "practise": 10, "exercise": 10}
CHECK, QUIZ, TOPIC_QUIZ = 5, 8, 3  # questions
# The share of the time left after reviews that may go back to earlier sections.
BACK = 0.5
REMEDIES = 3  # weak topics gone back to in one plan


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plan; `action` is review, read, watch, practise, quiz or exercise.

    `of` are the minutes that the whole takes, `source` says where that estimate comes from;
    `resource_id` is the id to mark it done with, empty for reviews, quizzes and exercises.
    """

    action: str
    section_id: str
    topic: str
    title: str
    url: str | None
    minutes: int
    reason: str
    resource_id: str = ""
    of: int = 0
    source: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """A plan of one day: its lines, what slips, and in words where the learner stands."""

    date: date
    minutes: int
    items: tuple[Line, ...]
    slips: tuple[Slip, ...]
    words: tuple[str, ...]


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


def plan(
    curriculum: Curriculum,
    prerequisites: Prerequisites,
    rows: Mapping[str, SourceRow],
    estimates: Mapping[str, Estimate],
    events: Sequence[Event],
    rhythm: Rhythm,
    items: Mapping[str, Item],
    now: datetime,
    minutes: int,
) -> StudyPlan:
    """Plan `minutes` of study from `now` (UTC); the lines never take more than that.

    `rows` is the ledger by resource id, empty where nothing was read. Raises InputError for less
    than a minute.
    """
    if minutes < 1:
        raise InputError(f"{minutes} minutes hold no plan: give at least 1")
    seen = view(curriculum, prerequisites, rows, estimates, events, rhythm, items, now)
    order = study_order(seen)
    lines = reviews(seen, rhythm, minutes)
    left = minutes - total(lines)
    lines += preparation(seen, order, left)
    left = minutes - total(lines)
    lines += fresh(seen, order, left, lines)
    if not lines or total(lines) + SMALLEST["read"] <= minutes:
        lines += brushing_up(seen, order, minutes - total(lines), lines)
    today = local_date(now, rhythm.zone)
    found = outlook(seen, events, rhythm, today)
    return StudyPlan(
        date=today,
        minutes=minutes,
        items=tuple(lines),
        slips=slips(curriculum, found, rhythm.goal),
        words=situation(seen, order, found),
    )


def view(
    curriculum: Curriculum,
    prerequisites: Prerequisites,
    rows: Mapping[str, SourceRow],
    estimates: Mapping[str, Estimate],
    events: Sequence[Event],
    rhythm: Rhythm,
    items: Mapping[str, Item],
    now: datetime,
) -> View:
    """Work out what a plan looks at."""
    by_section: dict[str, list[Item]] = {}
    for item in items.values():
        by_section.setdefault(item.section_id, []).append(item)
    cards = [c for c in cards_of(events, rhythm.retention) if c.item_id in items]
    if rhythm.goal:
        curriculum.section(rhythm.goal)
    return View(
        curriculum=curriculum,
        prerequisites=prerequisites,
        steps={s.id: steps(s, rows, estimates) for s in curriculum.sections},
        estimates=estimates,
        standing=standing(events),
        masteries=masteries(events, curriculum, items, now),
        items=by_section,
        cards=due(cards, now, end_of_day(local_date(now, rhythm.zone), rhythm.zone)),
        pace=pace_of(events),
        goal=rhythm.goal,
        now=now,
    )


def local_date(now: datetime, zone: str) -> date:
    """Give the learner's day at a time."""
    return now.astimezone(ZoneInfo(zone)).date()


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


# ── what comes next ─────────────────────────────────────────────────────────────────────────────


def study_order(view: View) -> list[Section]:
    """List the sections that are still to study, the one to go on with first.

    That is the one studied last while it is not finished, else the first of the path. What it
    builds on and was skipped is left out here: it comes before it, as a prerequisite.
    """
    wanted = aimed_at(view.curriculum, view.prerequisites, view.goal)
    open_ones = [s for s in wanted if not is_finished(view, s)]
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
    """Say whether a section's quiz is to be taken (again): too few answers, or too weak ones."""
    items = view.items.get(section_id, ())
    if not items or view.standing.finished(section_id):
        return False
    answered = sum(item.id in view.standing.answered for item in items)
    weak = view.masteries[Place(section_id)].value < WEAK
    return answered < min(CHECK, len(items)) or (weak and not is_spent(view, section_id))


def is_spent(view: View, section_id: str) -> bool:
    """Say whether every question of a section was answered right when it was last asked."""
    return all(
        view.standing.answered.get(item.id, 0.0) >= WEAK for item in view.items.get(section_id, ())
    )


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
        Place(s.id, topic.text)
        for s in view.curriculum.sections
        if s.id in before and is_finished(view, s)
        for topic in s.topics
        if is_weak(view, Place(s.id, topic.text))
    ]
    own = [Place(following.id, topic.text) for topic in following.topics]
    if all(is_done(step, view.standing) for step in view.steps[following.id]):
        weak += [place for place in own if is_weak(view, place)]
    ordered: list[Place] = []
    while weak:
        free = [p for p in weak if not (places_before(view.prerequisites, p) & set(weak))]
        weakest = min(free or weak, key=lambda p: round(view.masteries[p].value, 6))
        ordered.append(weakest)
        weak.remove(weakest)
    return ordered


def is_weak(view: View, place: Place) -> bool:
    """Say whether answers showed a topic to be weak; without any nothing is known."""
    known = view.masteries[place]
    return known.count > 0 and known.value < WEAK


def needed_for(view: View, place: Place, following: Section) -> str:
    """Say why a weak topic comes now."""
    mastery = f"your mastery of {place.topic} is {view.masteries[place].value:.2f}"
    if place.section_id == following.id:
        return f"the weakest of {following.title}: {mastery}"
    return f"needed for {following.title}; {mastery}"


def remedies(view: View, place: Place, reason: str) -> Iterator[Line]:
    """Read a topic again (unless that was done since it was last answered), then be asked on it."""
    section = view.curriculum.section(place.section_id)
    step = source_of(view, section.id)
    if step and not read_since(view, step.key, place):
        # Notes have a part for each topic; of another text one looks up as much.
        part = max(SMALLEST["read"], step.estimate.minutes // max(1, len(section.topics)))
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
    asked = [item for item in view.items.get(section.id, ()) if item.topic == place.topic]
    if asked:
        yield quiz_line(view, section, place.topic, min(TOPIC_QUIZ, len(asked)), reason)


def source_of(view: View, section_id: str) -> Step | None:
    """Choose what to read again: our notes, else the first thing of the section."""
    key = NOTE + section_id
    if key in view.estimates:
        section = view.curriculum.section(section_id)
        title = f"Notes on {section.title}"
        return Step(
            "read", section_id, key, title, f"studypath://notes/{section_id}", view.estimates[key]
        )
    return next((step for step in view.steps[section_id] if step.action != "exercise"), None)


def read_since(view: View, key: str, place: Place) -> bool:
    """Say whether a thing was read again after the topic was last answered."""
    read, answered = view.standing.read.get(key), view.masteries[place].last
    return read is not None and (answered is None or read > answered)


def quiz_line(view: View, section: Section, topic: str, count: int, reason: str) -> Line:
    """Plan a quiz of some questions."""
    minutes = max(1, round(count * view.pace[1]))
    of = f": {topic}" if topic else ""
    title = f"{count} question{'' if count == 1 else 's'} on {section.title}{of}"
    source = f"{count} at {view.pace[1]:.2g} min each"
    return Line(
        "quiz", section.id, topic, title, None, minutes, reason, of=minutes, source=source,
        count=count,
    )  # fmt: skip


def bridge(view: View, skipped: Sequence[Section], following: Section, minutes: int) -> list[Line]:
    """Study a skipped section: of those that build on no other skipped one, the weakest."""
    names = {section.id for section in skipped}
    free = [s for s in skipped if not (ancestors(view.prerequisites, s.id) & names)] or skipped
    weakest = min(free, key=lambda s: round(view.masteries[Place(s.id)].value, 6))
    reason = f"needed for {following.title}; you have not finished {weakest.title}"
    return fitted(section_lines(view, weakest, reason), minutes)


def unchecked(view: View, following: Section, before: frozenset[str]) -> Line | None:
    """Check one finished section by a few questions when nothing has shown yet what is known."""
    direct = {need.place.section_id for need in view.prerequisites.of(following.id)}
    silent = [
        s
        for s in view.curriculum.sections
        if s.id in before
        and s.id in view.standing.done
        and s.id not in view.standing.known
        and view.items.get(s.id)
        and not view.masteries[Place(s.id)].count
    ]
    for section in sorted(silent, key=lambda s: s.id not in direct):
        reason = (
            f"needed for {following.title}; you marked {section.title} done,"
            " and no answer has checked it yet"
        )
        count = min(CHECK, len(view.items[section.id]))
        return quiz_line(view, section, "", count, reason)
    return None


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
        if len(more) < len(todo) or any(line.minutes < rest(view, line) for line in more):
            break
    return lines


def weak_words(view: View, section: Section) -> str:
    """Name the weakest topics of a section that was asked about already, two at most."""
    places = [Place(section.id, topic.text) for topic in section.topics]
    weak = sorted(
        (p for p in places if is_weak(view, p)), key=lambda p: round(view.masteries[p].value, 6)
    )
    told = [f"{p.topic} ({view.masteries[p].value:.2f})" for p in weak[:2]]
    return f"weakest so far: {listed(told)}" if told else ""


def section_lines(view: View, section: Section, reason: str) -> list[Line]:
    """List the lines of what is left in a section, its quiz last."""
    lines = [
        step_line(view, step, reason)
        for step in view.steps[section.id]
        if not is_done(step, view.standing)
    ]
    if not needs_quiz(view, section.id):
        return lines
    items = view.items[section.id]
    answered = [view.standing.answered[i.id] for i in items if i.id in view.standing.answered]
    why = f"{reason}; to check what you learnt there"
    if answered:
        right = sum(share >= WEAK for share in answered)
        why = f"{reason}; you had {right} of {len(answered)} questions right"
    return [*lines, quiz_line(view, section, "", min(QUIZ, len(items)), why)]


def step_line(view: View, step: Step, reason: str) -> Line:
    """Write a step as a line, with the minutes that are left of it."""
    whole = step.estimate.minutes
    spent = view.standing.spent.get(step.key, 0.0)
    left = max(1, min(whole, round(whole - spent)))
    told = [reason, step.mark]
    if step.key in view.standing.begun:
        told.append(f"you stopped after {spent:.0f} min" if spent else "you have begun it")
    return Line(
        action=step.action,
        section_id=step.section_id,
        topic="",
        title=step.title,
        url=step.url,
        minutes=left,
        reason="; ".join(filter(None, told)),
        resource_id="" if step.action == "exercise" else step.key,
        of=whole,
        source=step.estimate.source,
    )


def rest(view: View, line: Line) -> int:
    """Give the minutes that a line would take to its end."""
    spent = view.standing.spent.get(line.resource_id, 0.0) if line.resource_id else 0.0
    return max(1, min(line.of, round(line.of - spent)))


def fitted(lines: Sequence[Line], minutes: int, has_more: bool = False) -> list[Line]:
    """Take lines in order while they fit; the last one may be cut to the time that is left.

    A quiz is asked with fewer questions; a piece too short to begin with is left for another day,
    unless there is nothing else (`has_more` says that there is).
    """
    taken: list[Line] = []
    for line in lines:
        left = minutes - total(taken)
        if line.minutes <= left:
            taken.append(line)
            continue
        if piece := cut(line, left, has_more or bool(taken)):
            taken.append(piece)
        break
    return taken


def cut(line: Line, left: int, has_more: bool) -> Line | None:
    """Cut a line to the time left, or None when no piece of it is worth beginning."""
    if left < 1:
        return None
    if line.action == "quiz":
        return fewer(line, left)
    if left < SMALLEST[line.action] and has_more:
        return None
    return replace(line, minutes=left)


def fewer(line: Line, left: int) -> Line | None:
    """Ask fewer questions, at least three."""
    count = int(left / (line.minutes / line.count))
    if count < TOPIC_QUIZ:
        return None
    title = line.title.replace(f"{line.count} question", f"{count} question", 1)
    return replace(
        line, minutes=min(left, round(count * line.minutes / line.count)), count=count, title=title
    )


def total(lines: Sequence[Line]) -> int:
    """Add up minutes."""
    return sum(line.minutes for line in lines)


# ── when nothing new is left ────────────────────────────────────────────────────────────────────


def brushing_up(
    view: View, order: Sequence[Section], minutes: int, lines: Sequence[Line]
) -> list[Line]:
    """With nothing new to study, go back to the weakest topics and to what was never checked."""
    if order or minutes < SMALLEST["read"]:
        return []
    finished = [s for s in aimed_at(view.curriculum, view.prerequisites, view.goal)]
    weak = [
        place
        for s in finished
        for place in (Place(s.id, topic.text) for topic in s.topics)
        if view.masteries[place].count and view.masteries[place].value < MASTERED
    ]
    more: list[Line] = []
    for place in sorted(weak, key=lambda p: round(view.masteries[p].value, 6))[:REMEDIES]:
        reason = f"your mastery of {place.topic} is {view.masteries[place].value:.2f}"
        more += fitted(list(remedies(view, place, reason)), minutes - total(more))
    for s in finished:
        if view.items.get(s.id) and not view.masteries[Place(s.id)].count:
            reason = f"no answer has checked {s.title} yet"
            quiz = quiz_line(view, s, "", min(CHECK, len(view.items[s.id])), reason)
            if s.id not in view.standing.known and quiz.minutes <= minutes - total(more):
                more.append(quiz)
    return more


# ── words ───────────────────────────────────────────────────────────────────────────────────────


def outlook(view: View, events: Sequence[Event], rhythm: Rhythm, today: date) -> tuple[Ending, ...]:
    """Forecast the end of each section aimed at, in the order in which they come."""
    first = view.standing.first
    start = rhythm.start or (local_date(first, rhythm.zone) if first else None)
    return horizon(
        view.curriculum,
        aimed_at(view.curriculum, view.prerequisites, view.goal),
        view.steps,
        view.standing,
        replace(rhythm, start=start),
        today,
        spent_on(events, today, rhythm.zone),
        frozenset(s.id for s in view.curriculum.sections if is_finished(view, s)),
    )


def spent_on(events: Sequence[Event], day: date, zone: str) -> float:
    """Add up the minutes that were told on a day."""
    today = [event for event in events if local_date(event.at, zone) == day]
    return sum(standing(today).minutes.values())


def situation(view: View, order: Sequence[Section], found: Sequence[Ending]) -> tuple[str, ...]:
    """Say where the learner stands and when the end comes."""
    aim = f"your goal, {view.title(view.goal)}" if view.goal else "the path"
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
