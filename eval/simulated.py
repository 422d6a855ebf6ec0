"""Simulated learners: what they know, how it grows by study and answers, how it is forgotten.

Their model is not the assistant's. A topic is not an ability on a scale but a bundle of which a
share has been acquired and of that a share is still at hand:

- study acquires what is missing at a rate that falls with what is missing of the topics it builds
  on, and brings back what was forgotten faster than it was learnt (savings: Ebbinghaus, 1885);
- forgetting follows a power law of the time since the topic was last touched (Wixted and Carpenter,
  Psychological Science 18, 2007), with an exponent of the learner's own;
- an answer with its feedback brings back a part, and makes what is left last the longer the more
  was forgotten (retrieval practice and spacing: Roediger and Karpicke, 2006; Cepeda et al., 2006);
- an item is known with a chance that is a power of the share at hand, slips happen, and guessing
  among choices is better than blind; items are harder or easier than the bank says.

All draws come from generators of the learner's own seed, so every policy meets the same learner.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.mastery import difficulty_of, guess_of
from assistant.material import Material
from assistant.minutes import section_minutes
from assistant.prerequisites import Place
from assistant.quiz import Choice, Item

Row = NDArray[np.float64]
LASTING = 400.0  # days, the most that stability grows to
REPEATS = 64  # answers to one item for which luck is drawn


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is taken for granted of all learners, to be varied.

    `need` is the part of the learning rate that is lost when nothing is known of what a topic
    builds on; `forgetting` scales every learner's exponent; `relearning` is how much faster
    something forgotten comes back than it was learnt; `recall` is the part of what was forgotten
    of a topic that one answer brings back, `taught` the part of what was never acquired that its
    feedback teaches; `spacing` is how much an answer makes knowledge last, by what was forgotten.
    """

    need: float = 0.7
    forgetting: float = 1.0
    relearning: float = 4.0
    recall: float = 0.35
    taught: float = 0.05
    spacing: float = 6.0


@dataclass(frozen=True, slots=True)
class World:
    """The path as learners meet it; topics are numbered in path order.

    `taught` are the topics that each section teaches (a section without topics practises those it
    builds on), `minutes` those of each topic, `before` the topics that each one builds on directly,
    with their weights: rows and columns are topics, rows sum to 1 or 0.
    """

    places: tuple[Place, ...]
    sections: tuple[str, ...]
    taught: Mapping[str, NDArray[np.int64]]
    minutes: Row
    before: Row
    items: Mapping[str, Item]
    topic_of: Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Traits:
    """One learner, drawn once; arrays are by topic, mappings by item id.

    `pace` is the rate of learning each topic, `decay` the exponent of forgetting; `minutes` are
    those of Monday to Sunday, `missed` the chance that a day is missed; `luck` are the draws that
    decide the answers to an item, one after the other.
    """

    pace: Row
    decay: float
    stability: float
    slip: float
    acquired: Row
    minutes: tuple[int, ...]
    missed: float
    hardness: Mapping[str, float]
    guesses: Mapping[str, float]
    luck: Mapping[str, Row]


@dataclass(frozen=True, slots=True)
class Memory:
    """What a learner knows, by topic: the share acquired, of that the share at hand when `touched`.

    `stability` and `touched` are in days since the start.
    """

    acquired: Row
    kept: Row
    stability: Row
    touched: Row


def world_of(material: Material) -> World:
    """Number the topics of a path and work out what builds on what."""
    sections = material.curriculum.sections
    places = tuple(Place(s.id, t.text) for s in sections for t in s.topics)
    number = {place: n for n, place in enumerate(places)}
    own = {s.id: np.array([number[Place(s.id, t.text)] for t in s.topics], int) for s in sections}
    needs = material.prerequisites
    before = np.zeros((len(places), len(places)))
    for place in places:
        for need in (*needs.of(place.section_id, place.topic), *needs.of(place.section_id)):
            there = number.get(need.place)
            found = own[need.place.section_id] if there is None else np.array([there])
            before[number[place], found] += 1 / max(1, len(found))
    weight = before.sum(axis=1, keepdims=True)
    taught = {
        s.id: own[s.id]
        if len(own[s.id])
        else np.concatenate([own[n.place.section_id] for n in needs.of(s.id)] or [own[s.id]])
        for s in sections
    }
    minutes = np.ones(len(places))
    for section in sections:
        if section.topics:
            minutes[own[section.id]] = section_minutes(material.curriculum, section)[0]
            minutes[own[section.id]] /= len(section.topics)
    return World(
        places=places,
        sections=tuple(s.id for s in sections),
        taught=taught,
        minutes=minutes,
        before=np.divide(before, weight, out=np.zeros_like(before), where=weight > 0),
        items=material.items,
        topic_of={
            i.id: np.array([number[Place(i.section_id, i.topic)]])
            if Place(i.section_id, i.topic) in number
            else taught[i.section_id]
            for i in material.items.values()
        },
    )


# ── drawing a learner ───────────────────────────────────────────────────────────────────────────


def draw(world: World, week: Sequence[int], seed: int, assumed: Assumptions) -> Traits:
    """Draw a learner; `week` are the path's minutes of Monday to Sunday."""
    rng = np.random.default_rng([seed, 1])
    aptitude = aptitudes(world, rng)
    budget = float(np.exp(rng.normal(0.0, 0.35)))
    items = sorted(world.items)
    easier = rng.uniform(0.0, 0.2, len(items))
    return Traits(
        pace=1.8 * np.exp(rng.normal(0.0, 0.35) + aptitude),
        decay=assumed.forgetting * float(rng.uniform(0.2, 0.6)),
        stability=float(np.exp(rng.normal(np.log(10), 0.4))),
        slip=float(rng.uniform(0.02, 0.1)),
        acquired=known_before(world, rng),
        minutes=tuple(int(5 * round(budget * minutes / 5)) for minutes in week),
        missed=float(rng.uniform(0.0, 0.3)),
        hardness=dict(zip(items, map(float, rng.normal(0.0, 0.5, len(items))), strict=True)),
        guesses={
            i: guess_of(world.items[i])
            + (float(extra) if isinstance(world.items[i].expected, Choice) else 0.0)
            for i, extra in zip(items, easier, strict=True)
        },
        luck=dict(zip(items, rng.random((len(items), REPEATS)), strict=True)),
    )


def aptitudes(world: World, rng: np.random.Generator) -> Row:
    """Draw how easily each topic comes: alike within a section and along what builds on what."""
    found = np.zeros(len(world.places))
    for section_id in world.sections:
        own = [n for n, place in enumerate(world.places) if place.section_id == section_id]
        inherited = float((world.before[own] @ found).mean()) if own else 0.0
        found[own] = 0.6 * inherited + rng.normal(0.0, 0.25) + rng.normal(0.0, 0.2, len(own))
    return found


def known_before(world: World, rng: np.random.Generator) -> Row:
    """Draw what is known at the start: a little of everything, much of some sections."""
    found = rng.uniform(0.0, 0.1, len(world.places))
    familiar = rng.beta(1.0, 6.0)
    for section_id in world.sections:
        if rng.random() < familiar:
            own = [n for n, place in enumerate(world.places) if place.section_id == section_id]
            found[own] = rng.uniform(0.5, 0.95, len(own))
    return found


def beginning(traits: Traits) -> Memory:
    """Give what a learner knows at the start; what was known before lasts."""
    count = len(traits.acquired)
    old = np.where(traits.acquired > 0.2, 6 * traits.stability, traits.stability)
    return Memory(traits.acquired, np.ones(count), old, np.zeros(count))


# ── knowing, learning, forgetting ───────────────────────────────────────────────────────────────


def at_hand(memory: Memory, traits: Traits, day: float) -> Row:
    """Give the share of what was acquired that is at hand on a day, by topic."""
    share: Row = memory.kept * (1 + (day - memory.touched) / memory.stability) ** -traits.decay
    return share


def known(memory: Memory, traits: Traits, day: float) -> Row:
    """Give the true mastery by topic: the chance to know a middling item."""
    share: Row = memory.acquired * at_hand(memory, traits, day)
    return share


def studied(
    memory: Memory,
    traits: Traits,
    world: World,
    assumed: Assumptions,
    topics: NDArray[np.int64],
    minutes: float,
    day: float,
) -> Memory:
    """Study some topics, sharing the minutes evenly."""
    here = at_hand(memory, traits, day)
    knows = memory.acquired * here
    built_on = world.before[topics].sum(axis=1) > 0
    ready = np.where(built_on, world.before[topics] @ knows, 1.0)
    part = minutes / len(topics) / world.minutes[topics]
    effort = traits.pace[topics] * part
    had, at = memory.acquired[topics], here[topics]
    has = had + (1 - had) * (1 - np.exp(-effort * (1 - assumed.need * (1 - ready))))
    back = 1 - np.exp(-assumed.relearning * effort)
    at_last = (had * (at + (1 - at) * back) + has - had) / np.maximum(has, 1e-9)
    longer = memory.stability[topics] * (1 + assumed.spacing * back * (1 - at))
    return touched(memory, topics, has, at_last, longer, day)


def answered(
    memory: Memory, traits: Traits, assumed: Assumptions, topics: NDArray[np.int64], day: float
) -> Memory:
    """Answer an item of some topics and read the feedback; being right or wrong teaches alike."""
    at, had = at_hand(memory, traits, day)[topics], memory.acquired[topics]
    part = 1 / len(topics)
    has = had + (1 - had) * assumed.taught * part
    back = assumed.recall * part
    at_last = (had * (at + (1 - at) * back) + has - had) / np.maximum(has, 1e-9)
    longer = memory.stability[topics] * (1 + assumed.spacing * back * (1 - at))
    return touched(memory, topics, has, at_last, longer, day)


def touched(
    memory: Memory, topics: NDArray[np.int64], has: Row, at: Row, longer: Row, day: float
) -> Memory:
    """Write new values of some topics."""
    found = Memory(*(getattr(memory, name).copy() for name in Memory.__slots__))
    found.acquired[topics], found.kept[topics] = has, at
    found.stability[topics] = np.minimum(longer, LASTING)
    found.touched[topics] = day
    return found


def chance_right(
    world: World, traits: Traits, knows: Row, item: Item, is_card: bool = False
) -> float:
    """Give the chance of a right answer; a card is recalled, so nothing is guessed."""
    share = float(knows[world.topic_of[item.id]].mean())
    hard = float(np.exp(0.6 * (difficulty_of(item) + traits.hardness[item.id])))
    knowing = float(share**hard)
    guess = 0.0 if is_card else traits.guesses[item.id]
    return guess + (1 - guess - traits.slip) * knowing


def is_right(
    world: World, traits: Traits, knows: Row, item: Item, times: int, is_card: bool = False
) -> bool:
    """Say whether the answer is right that follows `times` earlier ones to the same item."""
    luck = traits.luck[item.id][times % REPEATS]
    return bool(luck < chance_right(world, traits, knows, item, is_card))
