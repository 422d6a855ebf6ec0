"""A short adaptive test that finds the sections a learner knows already; pure.

Sections are searched by bisection along the path: where the middle one is known, what lies before
it is less likely to be news than what lies behind. Within a section the item comes next that tells
most at the belief so far. The stop rule: a section is known when the 80 % interval of the belief
lies above `KNOWN`, not known when it lies below, and left open after `MOST_IN_SECTION` answers; the
test ends when every section before the frontier is settled, or after `MOST` answers.

What was not asked is taken as known only where two known sections build on it, at any distance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from assistant.choosing import laid_out
from assistant.grading import Grade
from assistant.learner import Attempt, Known
from assistant.mastery import (
    Evidence,
    belief,
    difficulty_of,
    guess_of,
    information,
    mastery_of,
)
from assistant.prerequisites import Prerequisites
from assistant.quiz import Item
from ingest.curriculum import Curriculum

# Even odds on a middling item. Of 0.5, 0.55 and 0.6 with 5 or 7 answers to a section, this pair
# marks most mastered sections and no more weak ones (`python -m eval.placement`).
KNOWN = 0.5
MOST_IN_SECTION = 7
MOST = 40
LEAST = 2  # answers before a section is called not known: one slip is no verdict
# Within one test nothing is forgotten, so every answer has the same time.
THEN = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Answered:
    """An item and the share of it that was right."""

    item: Item
    share: float


@dataclass(frozen=True, slots=True)
class Placement:
    """A test under way: the sections in path order that can be tested, and the answers so far."""

    sections: tuple[str, ...]
    pool: tuple[Item, ...]
    prerequisites: Prerequisites
    answers: tuple[Answered, ...] = ()
    most: int = MOST


@dataclass(frozen=True, slots=True)
class Placed:
    """What a test found for one section: known or not, and why in words; `asked` counts answers."""

    section_id: str
    known: bool
    asked: int
    words: str


def begin(
    curriculum: Curriculum,
    items: Mapping[str, Item],
    prerequisites: Prerequisites,
    most: int = MOST,
) -> Placement:
    """Begin a test over the sections of a path that have items."""
    pool = tuple(items[item_id] for item_id in sorted(items))
    having = {item.section_id for item in pool}
    sections = tuple(section.id for section in curriculum.sections if section.id in having)
    return Placement(sections, pool, prerequisites.within(curriculum), most=most)


def answered(test: Placement, item: Item, share: float) -> Placement:
    """Take one answer in."""
    return replace(test, answers=(*test.answers, Answered(item, share)))


def following(test: Placement) -> Item | None:
    """Choose the next item, or None when the stop rule is met."""
    if len(test.answers) >= test.most:
        return None
    section_id = open_section(test)
    return informative(test, section_id) if section_id else None


def open_section(test: Placement) -> str:
    """Name the section to ask about next, empty when none is open."""
    low, high = 0, len(test.sections)
    while low < high:
        middle = (low + high) // 2
        found = standing(test, test.sections[middle])
        if found == "asking":
            return test.sections[middle]
        low, high = (middle + 1, high) if leans(test, test.sections[middle]) else (low, middle)
    return doubtful(test, low)


def doubtful(test: Placement, frontier: int) -> str:
    """Name the section before the frontier that least speaks for, among those not settled."""
    before = [s for s in test.sections[:frontier] if standing(test, s) == "asking"]
    begun = [s for s in before if count(test, s)]
    unsure = begun or [s for s in before if not implied(test, s)]
    return unsure[-1] if unsure else ""


def standing(test: Placement, section_id: str) -> str:
    """Say where a section stands by its own answers: known, unknown, open, or asking."""
    own = own_answers(test, section_id)
    low, high = interval(own)
    if own and low >= KNOWN:
        return "known"
    if len(own) >= LEAST and high <= KNOWN:
        return "unknown"
    enough = len(own) >= MOST_IN_SECTION or not left(test, section_id)
    return "open" if enough else "asking"


def leans(test: Placement, section_id: str) -> bool:
    """Say on which side of the frontier a settled section lies; an open one by its mean."""
    found = standing(test, section_id)
    mean = mastery_of(evidence(own_answers(test, section_id)), THEN).value
    return found == "known" or (found == "open" and mean >= KNOWN)


def own_answers(test: Placement, section_id: str) -> tuple[Answered, ...]:
    """Give the answers to items of one section."""
    return tuple(a for a in test.answers if a.item.section_id == section_id)


def count(test: Placement, section_id: str) -> int:
    """Count the answers to items of one section."""
    return len(own_answers(test, section_id))


def left(test: Placement, section_id: str) -> list[Item]:
    """Give the items of a section that were not asked, by id."""
    done = {answer.item.id for answer in test.answers}
    return [i for i in test.pool if i.section_id == section_id and i.id not in done]


def evidence(answers: Sequence[Answered]) -> tuple[Evidence, ...]:
    """Write answers as observations of one section."""
    return tuple(
        Evidence(THEN, a.share, difficulty_of(a.item), guess_of(a.item), 1.0, a.item.question)
        for a in answers
    )


@lru_cache(maxsize=4096)
def interval(answers: tuple[Answered, ...]) -> tuple[float, float]:
    """Enclose 80 % of the belief about a section's mastery."""
    found = mastery_of(evidence(answers), THEN)
    return found.low, found.high


def informative(test: Placement, section_id: str) -> Item:
    """Choose the item of a section that tells most, of a topic asked least."""
    own = own_answers(test, section_id)
    weights = belief(evidence(own), THEN)
    topics = [answer.item.topic for answer in own]
    items = left(test, section_id)
    fewest = min(topics.count(item.topic) for item in items)
    fresh = [item for item in items if topics.count(item.topic) == fewest]
    return min(fresh, key=lambda item: (-round(information(item, weights), 9), item.id))


def shown(item: Item) -> tuple[str, ...]:
    """Lay out an item's choices or steps for the test."""
    return laid_out(item, 0)


def implied(test: Placement, section_id: str) -> str:
    """Name two known sections that build on one that was not asked about; empty for fewer."""
    known = [s for s in test.sections if standing(test, s) == "known"]
    built = [s for s in known if section_id in above(test.prerequisites, s)]
    return " and ".join(built[:2]) if len(built) > 1 else ""


def above(prerequisites: Prerequisites, section_id: str) -> frozenset[str]:
    """Give the sections that one builds on, at any distance."""
    found: set[str] = set()
    edge = {section_id}
    while edge:
        edge = {need.place.section_id for one in edge for need in prerequisites.of(one)} - found
        found |= edge
    return frozenset(found - {section_id})


def placed(test: Placement) -> tuple[Placed, ...]:
    """Sum the test up for every section that it says something about, in path order."""
    found = []
    for section_id in test.sections:
        own = own_answers(test, section_id)
        if own:
            known = standing(test, section_id) == "known"
            low, high = interval(own)
            right = sum(answer.share for answer in own)
            words = f"{right:.3g} of {len(own)} right; mastery {low:.2f} to {high:.2f}"
            found.append(Placed(section_id, known, len(own), words))
        elif reason := implied(test, section_id):
            found.append(
                Placed(section_id, True, 0, f"not asked; {reason}, which you know, build on it")
            )
    return tuple(found)


def attempt(item: Item, grade: Grade, answer: str, seconds: float | None = None) -> Attempt:
    """Write an answer of the test for the learner's record."""
    return Attempt(item.id, item.topic, grade.share, answer, "placement", seconds)


def known_deeds(test: Placement) -> tuple[Known, ...]:
    """Write what was found for the learner's record: the sections that are known."""
    return tuple(Known(one.section_id) for one in placed(test) if one.known)
