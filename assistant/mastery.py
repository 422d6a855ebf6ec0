"""How well a learner commands each topic, worked out from what they answered and did.

The model is item response theory with a guessing floor: an item of difficulty b is answered by a
learner of ability θ with chance c + (1 - c) / (1 + exp(-a (θ - b))) (Birnbaum's three-parameter
model, in Lord and Novick, "Statistical theories of mental test scores", 1968). The ability of each
topic is a distribution over a grid, updated by Bayes' rule answer by answer (expected a posteriori
estimation: Bock and Mislevy, Applied Psychological Measurement 6, 1982). Two things fade it towards
the prior: every later answer a little, since learners learn, and time, with a half-life that grows
with each day of success (after Settles and Meeder, "A trainable spaced repetition model", ACL
2016). Questions asked in chat are interest, and count for nothing here.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from assistant.learner import Attempt, Event, Known, Practised, Reviewed
from assistant.prerequisites import Place
from assistant.quiz import Choice, Item, Numeric, Order, subjects
from ingest.curriculum import Curriculum

Grid = NDArray[np.float64]

# Chosen by `python -m eval.mastery` on simulated learners whose model is another one (see there).
ABILITIES: Grid = np.linspace(-4.0, 4.0, 81)
SLOPE = 1.7
PRIOR_MEAN, PRIOR_SPREAD = -0.8, 1.1
HALF_LIFE = 30.0  # days, before the first day of success
GROWTH = 1.6  # of the half-life with each further day of success
LONGEST = 365.0
LATER = 0.97  # weight that evidence keeps when the next of its topic arrives
NEIGHBOURS = 0.25  # weight of an answer for the other topics of its section
MASTERED = 0.8
WEAK = 0.6
# What a learner says of themselves counts as a few answers to middling items.
TOLD_KNOWN, EXERCISE, REVIEW = 6.0, 1.0, 0.5
RATED = {1: 0.0, 2: 0.7, 3: 1.0, 4: 1.0}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation of a topic: `share` right, on an item of a difficulty and guessing chance."""

    at: datetime
    share: float
    difficulty: float
    guess: float
    weight: float
    words: str


@dataclass(frozen=True, slots=True)
class Mastery:
    """The chance, 0..1, to answer a middling item of a topic without guessing, now.

    `low` and `high` enclose 80 % of the belief; `count` is the number of observations of the topic
    itself; `last` is None without any.
    """

    value: float
    low: float
    high: float
    count: int
    last: datetime | None = None
    evidence: tuple[Evidence, ...] = ()


def difficulty_of(item: Item) -> float:
    """Place an item on the scale of abilities by the bank's difficulty, 1 to 3, and level."""
    level = {"recall": -0.3, "understanding": 0.0, "application": 0.3}[item.level]
    return (item.difficulty - 2) * 1.0 + level


def guess_of(item: Item) -> float:
    """Give the chance to be right by guessing."""
    match item.expected:
        case Choice(distractors=distractors):
            return 1 / (1 + len(distractors))
        case Order(steps=steps):
            return 1 / math.factorial(len(steps))
        case Numeric():
            return 0.02
    return 0.05


def chance(difficulty: float, guess: float = 0.0, abilities: Grid = ABILITIES) -> Grid:
    """Give the chance of a right answer at each ability; shape as `abilities`."""
    right: Grid = guess + (1 - guess) / (1 + np.exp(-SLOPE * (abilities - difficulty)))
    return right


def prior() -> Grid:
    """Give the logarithm of the belief before any evidence; shape as ABILITIES."""
    log: Grid = -0.5 * ((ABILITIES - PRIOR_MEAN) / PRIOR_SPREAD) ** 2
    return log


def evidence_of(
    events: Iterable[Event], curriculum: Curriculum, items: Mapping[str, Item]
) -> Mapping[Place, tuple[Evidence, ...]]:
    """Sort what was done by topic, oldest first; an answer counts for its neighbours a little."""
    topics = {s.id: subjects(s) for s in curriculum.sections}
    found: defaultdict[Place, list[Evidence]] = defaultdict(list)

    def note(section_id: str, topic: str, evidence: Evidence) -> None:
        if topic not in topics.get(section_id, ()):
            return
        for other in topics[section_id]:
            weight = evidence.weight * (1.0 if other == topic else NEIGHBOURS)
            place = Place(section_id, other)
            found[place].append(scaled(evidence, weight))

    for event in events:
        match event.deed:
            case Attempt(item_id=item_id, share=share) if item := items.get(item_id):
                seen = Evidence(
                    event.at, share, difficulty_of(item), guess_of(item), 1.0, item.question
                )
                note(item.section_id, item.topic, seen)
            case Reviewed(item_id=item_id, rating=rating) if item := items.get(item_id):
                # Of a card one remembers the card: it says less of its topic than a new item.
                seen = Evidence(
                    event.at, RATED[rating], difficulty_of(item), 0.0, REVIEW, item.question
                )
                note(item.section_id, item.topic, seen)
            case Practised(section_id=section_id, exercise=exercise):
                for topic in topics.get(section_id, ()):
                    # Of a project each part is practised for itself, of a section all its topics.
                    near = exercise in topics[section_id] and topic != exercise
                    weight = EXERCISE * (NEIGHBOURS if near else 1.0)
                    seen = Evidence(event.at, 1.0, 0.5, 0.0, weight, exercise)
                    found[Place(section_id, topic)].append(seen)
            case Known(section_id=section_id, known=known):
                for topic in topics.get(section_id, ()):
                    place = Place(section_id, topic)
                    found[place] = [e for e in found[place] if e.words]
                    if known:
                        found[place].append(Evidence(event.at, 1.0, 0.5, 0.0, TOLD_KNOWN, ""))
    return {place: tuple(seen) for place, seen in found.items()}


def scaled(evidence: Evidence, weight: float) -> Evidence:
    """Give an observation another weight."""
    return Evidence(
        evidence.at, evidence.share, evidence.difficulty, evidence.guess, weight, evidence.words
    )


def belief(evidence: Sequence[Evidence], now: datetime) -> Grid:
    """Give the probability of each ability now; shape as ABILITIES, sums to 1."""
    gained: Grid = np.zeros_like(ABILITIES)
    successes: set[date] = set()
    last: datetime | None = None
    for one in evidence:
        if last is not None:
            gained *= LATER**one.weight * kept(last, one.at, len(successes))
        right = np.clip(chance(one.difficulty, one.guess), 1e-9, 1 - 1e-9)
        gained += one.weight * (one.share * np.log(right) + (1 - one.share) * np.log(1 - right))
        if one.share >= 0.5:
            successes.add(one.at.date())
        last = one.at
    if last is not None:
        gained *= kept(last, now, len(successes))
    log = prior() + gained
    weights: Grid = np.exp(log - log.max())
    weights /= weights.sum()
    return weights


def kept(then: datetime, now: datetime, successes: int) -> float:
    """Give the share of what was learnt about a learner that still holds after a time."""
    days = max(0.0, (now - then).total_seconds() / 86_400)
    half_life = min(LONGEST, HALF_LIFE * GROWTH ** max(0, successes - 1))
    return float(0.5 ** (days / half_life))


def mastery_of(evidence: Sequence[Evidence], now: datetime) -> Mastery:
    """Sum up one topic."""
    weights = belief(evidence, now)
    able = chance(0.0)
    below = np.cumsum(weights)
    low, high = (float(able[int(np.searchsorted(below, edge))]) for edge in (0.1, 0.9))
    own = tuple(one for one in evidence if one.weight >= REVIEW and one.words)
    last = own[-1].at if own else None
    return Mastery(float(weights @ able), low, high, len(own), last, own)


def masteries(
    events: Iterable[Event], curriculum: Curriculum, items: Mapping[str, Item], now: datetime
) -> Mapping[Place, Mastery]:
    """Sum up every topic of the path, and every section as the mean of its topics."""
    evidence = evidence_of(events, curriculum, items)
    found: dict[Place, Mastery] = {}
    for section in curriculum.sections:
        places = [Place(section.id, topic) for topic in subjects(section)]
        for place in places:
            found[place] = mastery_of(evidence.get(place, ()), now)
        found[Place(section.id)] = mean([found[place] for place in places])
    return found


def mean(topics: Sequence[Mastery]) -> Mastery:
    """Sum up a section; one without topics has the prior's mastery."""
    if not topics:
        return mastery_of((), datetime.max)
    lasts = [topic.last for topic in topics if topic.last]
    count = len(topics)
    return Mastery(
        value=sum(t.value for t in topics) / count,
        low=sum(t.low for t in topics) / count,
        high=sum(t.high for t in topics) / count,
        count=sum(t.count for t in topics),
        last=max(lasts) if lasts else None,
    )


def information(item: Item, weights: Grid) -> float:
    """Give how much an answer to an item would tell: Fisher's information, over the belief.

    For the three-parameter model it is a² (1 - P) / P ((P - c) / (1 - c))².
    """
    guess = guess_of(item)
    right = chance(difficulty_of(item), guess)
    told = SLOPE**2 * (1 - right) / right * ((right - guess) / (1 - guess)) ** 2
    return float(weights @ told)
