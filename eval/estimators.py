"""Answers of simulated learners over weeks, and ways to estimate mastery from them.

What is estimated is the true chance to know a middling item of a topic, at the moment before an
answer. The learners are those of `eval/simulated.py`: their model is none of the estimators'.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from assistant.learner import Attempt, Deed, Event, Practised, Studied
from assistant.mastery import (
    BLANK,
    CONSTANTS,
    Constants,
    Trace,
    beliefs,
    chance,
    difficulty_of,
    followed,
    guess_of,
    observed,
)
from assistant.minutes import role
from assistant.prerequisites import Place
from assistant.quiz import Item
from eval.simulated import (
    Assumptions,
    World,
    answered,
    beginning,
    draw,
    is_right,
    known,
    studied,
)
from ingest.curriculum import Curriculum, Section

START = datetime(2026, 1, 5, 18, tzinfo=UTC)
DAYS = 140
END_QUIZ, MIXED, AHEAD = 6, 5, 3  # questions after a section, on all so far, on what is to come
OFTEN, SELDOM = 0.3, 0.08  # of the days on which the last two are asked
NEVER, SURELY = 0.01, 0.99  # a chance of 0 or 1 would cost a logarithm without bounds


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: right or not, and the true mastery of its topic just before.

    `before` is what else was put into the record since the answer before.
    """

    at: datetime
    item: Item
    right: bool
    truth: float
    before: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Guess:
    """What an estimator says before an answer: mastery, and the chance that the answer is right."""

    mastery: float
    right: float


History = Sequence[Answer]
# Gives what is said before each answer of one learner; None where nothing can be said yet.
Estimator = Callable[[History], Iterator[Guess | None]]


def history(
    world: World, curriculum: Curriculum, week: Sequence[int], seed: int, assumed: Assumptions
) -> list[Answer]:
    """Let a learner go through the path and answer on the way.

    After each section its quiz; on some days questions on anything so far, on a few questions on
    something not studied yet.
    """
    traits = draw(world, week, seed, assumed)
    rng = np.random.default_rng([seed, 4])
    memory, told = beginning(traits), list[Answer]()
    banks = {s: [i for i in world.items.values() if i.section_id == s] for s in world.sections}
    times: dict[str, int] = {}
    left, done = 0.0, list[Event]()
    behind: list[str] = []
    for day in range(DAYS):
        asked: list[Item] = []
        minutes = 0.0 if rng.random() < traits.missed else float(traits.minutes[day % len(week)])
        while minutes > 0 and len(behind) < len(world.sections) - 1:
            section_id = world.sections[len(behind)]
            topics = world.taught[section_id]
            left = left or float(world.minutes[topics].sum())
            part = min(minutes, left)
            memory = studied(memory, traits, world, assumed, topics, part, day)
            minutes, left = minutes - part, left - part
            if left <= 0:
                now = START + timedelta(days=day)
                done += [Event(0, now, deed) for deed in deeds(curriculum.section(section_id))]
                behind.append(section_id)
                asked += chosen(rng, banks[section_id], END_QUIZ)
        if behind and rng.random() < OFTEN:
            asked += chosen(rng, [i for s in behind for i in banks[s]], MIXED)
        if rng.random() < SELDOM:
            asked += chosen(rng, [i for s in world.sections for i in banks[s]], AHEAD)
        for item in asked:
            if len(world.topic_of[item.id]) > 1:
                continue  # of the whole project, which has no topics
            knows = known(memory, traits, day)
            count = times.get(item.id, 0)
            times[item.id] = count + 1
            right = is_right(world, traits, knows, item, count)
            topic = int(world.topic_of[item.id][0])
            now = START + timedelta(days=day)
            told.append(Answer(now, item, right, float(knows[topic]), tuple(done)))
            done = []
            memory = answered(memory, traits, assumed, world.topic_of[item.id], day)
    return told


def deeds(section: Section) -> Iterator[Studied | Practised]:
    """Give what is put into the record on the way through a section."""
    for resource in section.resources:
        if resource.url and role(resource.kind):
            yield Studied(section.id, resource.id)
    for exercise in section.exercises:
        yield Practised(section.id, exercise.text)


def chosen(rng: np.random.Generator, pool: Sequence[Item], count: int) -> list[Item]:
    """Draw some different items."""
    return [pool[i] for i in rng.permutation(len(pool))[:count]]


# ── estimators ──────────────────────────────────────────────────────────────────────────────────


def ours(topics: Mapping[str, tuple[Place, ...]], constants: Constants = CONSTANTS) -> Estimator:
    """Estimate by `assistant/mastery.py`."""

    def estimate(told: History) -> Iterator[Guess]:
        traces: dict[Place, Trace] = {}
        able = chance(0.0, slope=constants.slope)
        items = {one.item.id: one.item for one in told}

        def take(deed: Deed, at: datetime) -> None:
            for near, seen in observed(deed, at, topics, items, constants):
                traces[near] = followed(traces.get(near, BLANK), seen, constants)

        for one in told:
            item = one.item
            for event in one.before:
                take(event.deed, event.at)
            place = Place(item.section_id, item.topic)
            (weights,) = beliefs([traces.get(place, BLANK)], one.at, constants)
            hard = chance(difficulty_of(item), guess_of(item), slope=constants.slope)
            yield Guess(float(weights @ able), float(weights @ hard))
            take(Attempt(item.id, item.topic, float(one.right)), one.at)

    return estimate


def answers_only(way: Estimator) -> Estimator:
    """Estimate for a learner who tells nothing but answers."""

    def estimate(told: History) -> Iterator[Guess | None]:
        return way([replace(one, before=()) for one in told])

    return estimate


def by_topic(sum_up: Callable[[Sequence[Answer]], float]) -> Estimator:
    """Estimate by a figure of the answers to the topic so far; it is also the chance foretold."""

    def estimate(told: History) -> Iterator[Guess | None]:
        seen: dict[Place, list[Answer]] = {}
        for one in told:
            own = seen.setdefault(Place(one.item.section_id, one.item.topic), [])
            value = sum_up(own) if own else None
            yield None if value is None else Guess(value, value)
            own.append(one)

    return estimate


def percent(told: Sequence[Answer]) -> float:
    """Give the share right."""
    return sum(one.right for one in told) / len(told)


def smoothed(told: Sequence[Answer]) -> float:
    """Give the share right after one right and one wrong answer more (Laplace)."""
    return (1 + sum(one.right for one in told)) / (2 + len(told))


def last_five(told: Sequence[Answer]) -> float:
    """Give the share right of the last five."""
    return percent(told[-5:])


def without_luck(told: Sequence[Answer]) -> float:
    """Give the share right less what guessing explains (formula scoring)."""
    guess = sum(guess_of(one.item) for one in told) / len(told)
    return max(0.0, (percent(told) - guess) / (1 - guess))


def shrunk(mean: float, weight: float) -> Callable[[Sequence[Answer]], float]:
    """Give the share right together with some answers of the usual learner."""

    def value(told: Sequence[Answer]) -> float:
        return (weight * mean + sum(one.right for one in told)) / (weight + len(told))

    return value


def elo(start: float, step: float) -> Estimator:
    """Estimate by a plain Elo rating of each topic against the items' difficulties, with guessing.

    After Pelánek, "Applications of the Elo rating system in adaptive educational systems",
    Computers & Education 98, 2016.
    """

    def estimate(told: History) -> Iterator[Guess | None]:
        ratings: dict[Place, float] = {}
        for one in told:
            place = Place(one.item.section_id, one.item.topic)
            rating = ratings.get(place, start)
            guess = guess_of(one.item)
            right = guess + (1 - guess) / (1 + np.exp(difficulty_of(one.item) - rating))
            known_one = place in ratings
            yield Guess(float(1 / (1 + np.exp(-rating))), float(right)) if known_one else None
            ratings[place] = rating + step * (one.right - right)

    return estimate
