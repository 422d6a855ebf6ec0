"""Which item comes next, and in which order its choices are shown; pure and without chance.

The topic asked least in this sitting is next, among equals the one known worst; of its items the
one that tells most (Fisher's information at the learner's belief), less so the more lately it was
answered. Equal states give equal choices: ties go to the smaller id, and the order of choices
comes from the item's id and the number of the attempt.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from assistant.learner import Attempt, Event, Reviewed
from assistant.mastery import belief, evidence_of, information, mastery_of
from assistant.prerequisites import Place
from assistant.quiz import Choice, Item, Order
from ingest.curriculum import Curriculum

# Days after which half of what speaks against an item answered before is forgotten.
FRESH = 7.0
# What a kind of item keeps of its worth each time it was asked in a sitting: numbers tell most,
# since nobody guesses them, and ten sums in a row are no quiz.
AGAIN_KIND = 0.8


def laid_out(item: Item, attempt: int) -> tuple[str, ...]:
    """Give choices or steps in the order to show at the n-th attempt, counted from 0.

    Steps are never shown in their right order. Empty for items without either.
    """
    match item.expected:
        case Choice(key=key, distractors=distractors):
            texts: tuple[str, ...] = (key, *(d.text for d in distractors))
        case Order(steps=steps):
            texts = steps
        case _:
            return ()

    def mark(text: str) -> bytes:
        return hashlib.sha256(f"{item.id}\n{attempt}\n{text}".encode()).digest()

    shuffled = tuple(sorted(texts, key=mark))
    if isinstance(item.expected, Order) and shuffled == texts:
        return (*shuffled[1:], shuffled[0])
    return shuffled


def attempts_of(events: Sequence[Event]) -> Mapping[str, tuple[datetime, ...]]:
    """Say when each item was answered or reviewed."""
    found: dict[str, tuple[datetime, ...]] = {}
    for event in events:
        match event.deed:
            case Attempt(item_id=item_id) | Reviewed(item_id=item_id):
                found[item_id] = (*found.get(item_id, ()), event.at)
    return found


def next_item(
    pool: Sequence[Item],
    asked: Sequence[Item],
    events: Sequence[Event],
    curriculum: Curriculum,
    items: Mapping[str, Item],
    now: datetime,
) -> Item | None:
    """Choose the next item of a pool, or None when all of it was asked in this sitting.

    `items` is the whole bank by id: what was answered before tells about the topics.
    """
    left = [item for item in pool if item not in asked]
    if not left:
        return None
    evidence = evidence_of(events, curriculum, items)
    seen = attempts_of(events)
    counts = Counter((item.section_id, item.topic) for item in asked)
    places = {Place(item.section_id, item.topic) for item in left}
    known = {place: mastery_of(evidence.get(place, ()), now).value for place in places}
    beliefs = {place: belief(evidence.get(place, ()), now) for place in places}
    place = min(
        places,
        key=lambda p: (counts[p.section_id, p.topic], round(known[p], 6), p.section_id, p.topic),
    )
    own = [item for item in left if Place(item.section_id, item.topic) == place]
    # An item that was answered only yesterday waits while others of the section are new.
    fresh = [item for item in own if worth(item, seen, now) > 0.5]
    if not fresh:
        fresh = [item for item in left if worth(item, seen, now) > 0.5] or left
    kinds = Counter(type(item.expected) for item in asked)

    def value(item: Item) -> float:
        told = information(item, beliefs[Place(item.section_id, item.topic)])
        return round(told * worth(item, seen, now) * AGAIN_KIND ** kinds[type(item.expected)], 9)

    return min(fresh, key=lambda item: (-value(item), item.id))


def worth(item: Item, seen: Mapping[str, Sequence[datetime]], now: datetime) -> float:
    """Give the share, 0..1, of its information that an item has in spite of earlier answers."""
    times = seen.get(item.id)
    if not times:
        return 1.0
    days = max(0.0, (now - times[-1]).total_seconds() / 86_400)
    return float(1 - 0.5 ** (days / FRESH))
