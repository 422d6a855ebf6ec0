"""A simulated learner's days under a policy: our plan, the path in order, sections at random.

Every policy gets the same minutes on the same days, and reviews by the same rule: those due by
FSRS, those most nearly forgotten first, within the same cap (`assistant/plan.py: reviews`). What
differs is how the rest of the day is spent.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from assistant.cards import AGAIN, GOOD, Card, due, end_of_day, rating_of, reviewed
from assistant.learner import Attempt, Deed, Event, Practised, Reviewed, Rhythm, Studied
from assistant.lines import QUIZ, Line
from assistant.mastery import (
    BLANK,
    REVIEW,
    Evidence,
    Mastery,
    Trace,
    followed,
    observed,
    of_all,
    topics_of,
)
from assistant.material import Material
from assistant.minutes import Estimate
from assistant.placement import answered as taken_in
from assistant.placement import begin, following, known_deeds
from assistant.plan import lines_of, reviews
from assistant.prerequisites import Place
from assistant.quiz import Item
from assistant.standing import Reading, standing
from assistant.steps import Step, steps
from assistant.view import A_CARD, A_QUESTION, View
from eval.simulated import (
    Assumptions,
    Memory,
    Traits,
    World,
    answered,
    beginning,
    is_right,
    known,
    studied,
)

START = datetime(2026, 1, 5, 18, tzinfo=UTC)  # a Monday
NOWHERE = standing(())
WORTH = 10  # minutes left over for which a plan is asked for once more on a day


@dataclass(slots=True)
class Desk:
    """A learner at work: what they know (truly), and what the record says of it.

    The record is kept summed up as it grows; `view` gives what `assistant/view.py` works out from
    the whole record.
    """

    material: Material
    world: World
    traits: Traits
    assumed: Assumptions
    rhythm: Rhythm
    memory: Memory
    estimates: Mapping[str, Estimate]
    plan_steps: Mapping[str, tuple[Step, ...]]
    topics: Mapping[str, tuple[Place, ...]]
    keeps_record: bool = True
    day: int = 0
    events: list[Event] = field(default_factory=list)
    cards: dict[str, Card] = field(default_factory=dict)
    traces: dict[Place, Trace] = field(default_factory=dict)
    evidence: dict[Place, list[Evidence]] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    items: dict[str, list[Item]] = field(default_factory=dict)
    waiting: Sequence[Card] = ()
    reading: Reading = field(default_factory=Reading)
    spent: int = 0
    owed: int = 0
    free: int = 0
    reviewed: int = 0

    @property
    def now(self) -> datetime:
        """The time of the learner's hour of study."""
        return START + timedelta(days=self.day)

    def note(self, deed: Deed) -> None:
        """Put a deed into the record."""
        self.events.append(Event(len(self.events) + 1, self.now, deed))
        match deed:
            case Attempt(item_id=item_id, share=share, during="quiz"):
                self.grade(item_id, rating_of(share))
            case Reviewed(item_id=item_id, rating=rating):
                self.grade(item_id, rating)
        if not self.keeps_record:
            return
        self.reading.take(self.events[-1])
        for place, seen in observed(deed, self.now, self.topics, self.material.items):
            self.traces[place] = followed(self.traces.get(place, BLANK), seen)
            if seen.weight >= REVIEW:  # a neighbour's answer is no evidence of its own
                self.evidence.setdefault(place, []).append(seen)

    def grade(self, item_id: str, rating: int) -> None:
        """Schedule a card anew."""
        card = self.cards.get(item_id)
        self.cards[item_id] = reviewed(card, item_id, rating, self.now, self.rhythm.retention)

    def view(self, whole: bool = True) -> View:
        """Give what a plan looks at; reviews alone need neither mastery nor standing."""
        now, end = self.now, end_of_day(self.now.date(), self.rhythm.zone)
        waiting = [card for card in self.cards.values() if card.due < end]
        self.waiting = due(waiting, now, end)
        return View(
            curriculum=self.material.curriculum,
            prerequisites=self.material.prerequisites,
            steps=self.plan_steps,
            estimates=self.estimates,
            standing=self.reading.standing() if whole else NOWHERE,
            masteries=self.masteries() if whole else {},
            items=self.items,
            cards=self.waiting,
            pace=(A_CARD, A_QUESTION),
            goal="",
            now=now,
        )

    def masteries(self) -> Mapping[Place, Mastery]:
        """Sum up what the record tells, as `assistant/mastery.py` does."""
        return of_all(self.topics, self.traces, self.evidence, self.now)

    # ── doing ───────────────────────────────────────────────────────────────────────────────────

    def do(self, line: Line, is_told: bool = True) -> None:
        """Do what a line says, for as long as it says."""
        self.spent += line.minutes
        if line.action == "review":
            self.review(line.count)
        elif line.action == "quiz":
            self.quiz(line.section_id, line.topic, line.count)
        else:
            self.study(line, is_told)

    def review(self, count: int) -> None:
        """Review the cards most nearly forgotten, as they were when the day was planned."""
        for card in self.waiting[:count]:
            item = self.material.items[card.item_id]
            right = self.answer(item, is_card=True)
            self.note(Reviewed(item.id, item.topic, GOOD if right else AGAIN))
            self.reviewed += 1

    def quiz(self, section_id: str, topic: str, count: int) -> None:
        """Answer the items of a section, or of one topic, that were answered least."""
        pool = [i for i in self.items.get(section_id, ()) if not topic or i.topic == topic]
        for item in sorted(pool, key=lambda i: self.times.get(i.id, 0))[:count]:
            self.note(Attempt(item.id, item.topic, float(self.answer(item))))

    def answer(self, item: Item, is_card: bool = False) -> bool:
        """Answer an item and learn from the feedback; says whether it was right."""
        times = self.times.get(item.id, 0)
        self.times[item.id] = times + 1
        knows = known(self.memory, self.traits, self.day)
        right = is_right(self.world, self.traits, knows, item, times, is_card)
        topics = self.world.topic_of[item.id]
        self.memory = answered(self.memory, self.traits, self.assumed, topics, self.day)
        return right

    def study(self, line: Line, is_told: bool = True) -> None:
        """Watch, read or practise; a line with a topic is about that topic alone.

        What is read by the way, beside the plan, is not told to the record.
        """
        topics, place = self.world.taught[line.section_id], Place(line.section_id, line.topic)
        if place in self.world.places:  # else it is a part of a project, which has no topics
            topics = np.array([self.world.places.index(place)])
        self.memory = studied(
            self.memory, self.traits, self.world, self.assumed, topics, line.minutes, self.day
        )
        if not is_told:
            return
        if line.topic:  # a part read again: the whole is not timed by it
            self.note(Studied(line.section_id, line.resource_id))
        elif line.minutes < line.left:
            key = line.resource_id or f"{line.section_id}#{line.title}"
            self.note(Studied(line.section_id, key, "started", float(line.minutes)))
        elif line.action == "exercise":
            self.note(Practised(line.section_id, line.title, float(line.minutes)))
        else:
            self.note(Studied(line.section_id, line.resource_id, "done", float(line.minutes)))


# ── policies ────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Walk:
    """Sections one after the other, each with its steps and its quiz, and all of them again.

    `orders` gives the order of each round.
    """

    orders: Iterator[Sequence[str]]
    desk: Desk
    is_told: bool = True
    waiting: list[Line] = field(default_factory=list)

    def go_on(self, minutes: int) -> None:
        """Spend exactly some minutes; a quiz that does not fit waits while the reading goes on."""
        while minutes >= 1:
            if len(self.waiting) < 2:
                for section_id in next(self.orders):
                    self.waiting += whole_section(self.desk, section_id)
            place = next(
                i for i, line in enumerate(self.waiting)
                if line.action != "quiz" or line.minutes <= minutes
            )  # fmt: skip
            line = self.waiting.pop(place)
            if line.minutes > minutes:
                rest = line.minutes - minutes
                self.waiting.insert(place, replace(line, minutes=rest, left=rest))
                line = replace(line, minutes=minutes)
            minutes -= line.minutes
            self.desk.do(line, self.is_told)


def whole_section(desk: Desk, section_id: str) -> list[Line]:
    """List all there is to do in a section, as a learner who keeps no record does it."""
    lines = [
        Line(
            step.action, section_id, "", step.title, step.url, step.estimate.minutes, "in order",
            resource_id="" if step.action == "exercise" else step.key,
            of=step.estimate.minutes, left=step.estimate.minutes,
        )
        for step in desk.plan_steps[section_id]
    ]  # fmt: skip
    count = min(QUIZ, len(desk.items.get(section_id, ())))
    minutes = max(1, round(count * A_QUESTION))
    quiz = Line("quiz", section_id, "", "", None, minutes, "in order", left=minutes, count=count)
    return [*lines, quiz] if count else lines


def in_order(desk: Desk, known_ids: frozenset[str]) -> Iterator[Sequence[str]]:
    """Give the path, and the path again; what is known is left out at first."""
    yield [s for s in desk.world.sections if s not in known_ids]
    while True:
        yield desk.world.sections


def at_random(desk: Desk, rng: np.random.Generator) -> Iterator[Sequence[str]]:
    """Give the sections of the path, shuffled for every round."""
    while True:
        yield [desk.world.sections[i] for i in rng.permutation(len(desk.world.sections))]


def review_first(desk: Desk, minutes: int) -> int:
    """Do the reviews of a day; gives the minutes left."""
    lines = reviews(desk.view(whole=False), desk.rhythm, minutes)
    for line in lines:
        desk.do(line)
    return minutes - sum(line.minutes for line in lines)


Policy = Callable[[int], None]  # spends the minutes of a day


def walking(desk: Desk, orders: Iterator[Sequence[str]]) -> Policy:
    """Follow an order of sections."""
    walk = Walk(orders, desk)
    desk.keeps_record = False  # but for the cards, of which reviews are made

    def spend(minutes: int) -> None:
        walk.go_on(review_first(desk, minutes))

    return spend


def planning(desk: Desk) -> Policy:
    """Follow our plan; what it leaves free goes to the path again, from its first section on."""
    walk = Walk(in_order(desk, frozenset()), desk, is_told=False)

    def spend(minutes: int) -> None:
        minutes = follow(desk, desk.rhythm, minutes)
        if minutes >= WORTH:  # the day's cap on reviews is used up
            minutes = follow(desk, replace(desk.rhythm, reviews=0.0), minutes)
        desk.free += minutes
        walk.go_on(minutes)

    return spend


def follow(desk: Desk, rhythm: Rhythm, minutes: int) -> int:
    """Do what our plan for some minutes says; gives the minutes left."""
    lines = lines_of(desk.view(), rhythm, minutes)
    for line in lines:
        desk.do(line)
    return minutes - sum(line.minutes for line in lines)


def place(desk: Desk) -> frozenset[str]:
    """Take the placement test on the first day; its minutes are owed by the days that follow."""
    test = begin(desk.material.curriculum, desk.material.items, desk.material.prerequisites)
    while item := following(test):
        share = float(desk.answer(item))
        desk.note(Attempt(item.id, item.topic, share, during="placement"))
        test = taken_in(test, item, share)
    deeds = known_deeds(test)
    for deed in deeds:
        desk.note(deed)
    desk.owed = round(A_QUESTION * len(test.answers))
    return frozenset(deed.section_id for deed in deeds)


def desk(
    material: Material, world: World, traits: Traits, assumed: Assumptions, reviews: float = 0.5
) -> Desk:
    """Seat a learner on the day before the first."""
    bank: dict[str, list[Item]] = {}
    for item in material.items.values():
        bank.setdefault(item.section_id, []).append(item)
    told = material.estimates(NOWHERE)
    found = {s.id: steps(s, material.rows, told) for s in material.curriculum.sections}
    rhythm = Rhythm(minutes=traits.minutes, reviews=reviews)
    return Desk(
        material, world, traits, assumed, rhythm, beginning(traits), told, found,
        topics_of(material.curriculum), items=bank,
    )  # fmt: skip
