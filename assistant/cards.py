"""Spaced repetition: which cards a learner has, when each is due, how sure each still is.

Scheduling is FSRS-6 (Ye, Su and Cao, "A stochastic shortest path algorithm for optimizing spaced
repetition scheduling", KDD 2022) by the `fsrs` package. Fuzzing is off, so that the same record
gives the same plan, and there are no learning steps of minutes: who studies in the evening sees a
card again after a day at the earliest. Cards are worked out by replaying the record.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from assistant.learner import Attempt, Carded, Event, Reviewed

if TYPE_CHECKING:
    import fsrs

AGAIN, HARD, GOOD, EASY = 1, 2, 3, 4
RIGHT, PARTLY = 0.99, 0.5


@dataclass(frozen=True, slots=True)
class Card:
    """A quiz item to be reviewed; times in UTC, `stability` in days.

    `stability` is the time after which the chance to remember has fallen to 90 %; `lapses` counts
    the reviews that were graded "again".
    """

    item_id: str
    due: datetime
    last: datetime
    stability: float
    difficulty: float
    reviews: int
    lapses: int


def rating_of(share: float) -> int:
    """Grade a review from a quiz result: wrong is again, partly right hard, right good."""
    return GOOD if share >= RIGHT else HARD if share >= PARTLY else AGAIN


def cards_of(events: Sequence[Event], retention: float) -> tuple[Card, ...]:
    """Replay the record into the cards kept now, those due first at the front.

    A quiz answer makes its item a card and is its first review; a placement answer does not.
    `retention` is the share of cards to be remembered when they come due.
    """
    cards: dict[str, Card] = {}
    dropped: set[str] = set()
    for event in events:
        match event.deed:
            case Reviewed(item_id=item_id, rating=rating):
                cards[item_id] = reviewed(cards.get(item_id), item_id, rating, event.at, retention)
            case Attempt(item_id=item_id, share=share, during="quiz"):
                rating = rating_of(share)
                cards[item_id] = reviewed(cards.get(item_id), item_id, rating, event.at, retention)
            case Carded(item_id=item_id, kept=True):
                dropped.discard(item_id)
                cards.setdefault(item_id, new_card(item_id, event.at))
            case Carded(item_id=item_id):
                dropped.add(item_id)
    kept = (card for card in cards.values() if card.item_id not in dropped)
    return tuple(sorted(kept, key=lambda card: (card.due, card.item_id)))


def new_card(item_id: str, at: datetime) -> Card:
    """Make a card that was never reviewed; it is due at once."""
    return Card(item_id, at, at, 0.0, 0.0, 0, 0)


def reviewed(card: Card | None, item_id: str, rating: int, at: datetime, retention: float) -> Card:
    """Give the card as it is after one review."""
    import fsrs

    before = card or new_card(item_id, at)
    made, _ = scheduler(retention).review_card(foreign(before), fsrs.Rating(rating), at)
    return Card(
        item_id=item_id,
        due=made.due,
        last=at,
        stability=float(made.stability or 0.0),
        difficulty=float(made.difficulty or 0.0),
        reviews=before.reviews + 1,
        lapses=before.lapses + (rating == AGAIN),
    )


def next_dues(card: Card, at: datetime, retention: float) -> Mapping[int, datetime]:
    """Say when a card would be due after each rating, 1 to 4, given now."""
    return {r: reviewed(card, card.item_id, r, at, retention).due for r in (1, 2, 3, 4)}


def retrievability(card: Card, at: datetime) -> float:
    """Give the chance, 0..1, that a card is remembered at a time."""
    if not card.reviews:
        return 0.0
    # The curve does not depend on the retention that is aimed at.
    return float(scheduler(0.9).get_card_retrievability(foreign(card), at))


def foreign(card: Card) -> "fsrs.Card":
    """Write a card as the package knows it."""
    import fsrs

    if not card.reviews:
        # An id of its own would be taken from the clock, with a pause to make it unique.
        return fsrs.Card(card_id=1, due=card.due)
    return fsrs.Card(
        card_id=1,
        state=fsrs.State.Review,
        stability=card.stability,
        difficulty=card.difficulty,
        due=card.due,
        last_review=card.last,
    )


@lru_cache(maxsize=8)
def scheduler(retention: float) -> "fsrs.Scheduler":
    """Set up FSRS as this module's first lines say."""
    import fsrs

    return fsrs.Scheduler(
        desired_retention=retention, learning_steps=(), relearning_steps=(), enable_fuzzing=False
    )


def end_of_day(day: date, zone: str) -> datetime:
    """Give the first moment (UTC) after a day of the learner's."""
    following = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone))
    return following.astimezone(UTC)


def due(cards: Iterable[Card], now: datetime, until: datetime) -> tuple[Card, ...]:
    """Give the cards due before a time, those most nearly forgotten first."""
    waiting = [card for card in cards if card.due < until]
    return tuple(sorted(waiting, key=lambda c: (round(retrievability(c, now), 9), c.item_id)))


def forecast(cards: Iterable[Card], today: date, zone: str, days: int) -> tuple[int, ...]:
    """Count the cards that come due on each of the next days, what is overdue on the first.

    Reviews made on those days bring further ones that are not counted.
    """
    place = ZoneInfo(zone)
    count: Counter[int] = Counter()
    for card in cards:
        count[max(0, (card.due.astimezone(place).date() - today).days)] += 1
    return tuple(count[day] for day in range(days))
