"""A learner's desk: the quiz bank beside their open record, where each answer is noted at once.

The terminal, the page and programs answer, review and place themselves by these functions alone, so
that an answer becomes the same attempt and the same card wherever it was given.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

import corpus
from assistant.cards import Card, cards_of, due, end_of_day, forecast, next_dues
from assistant.items import kept_items, load_items
from assistant.learner import Event, Learner, Reviewed, Rhythm, last_of_card
from assistant.needs import ancestors
from assistant.placement import Placement, begin, following, known_deeds
from assistant.precious import learner_folder
from assistant.prerequisites import shipped_prerequisites
from assistant.quiz import Item, Short
from assistant.quizzing import Bank, Feedback, Quiz, answer, grade_self, shown, start
from assistant.standing import standing
from assistant.today import local_date
from ingest.curriculum import Curriculum, parse
from ingest.errors import InputError, LibraryError
from ingest.library import open_library

AGAIN = 2  # times that an unreadable answer may be given anew
NOT_DUE = "this card is not due: it was graded meanwhile, or taken out of your reviews"


@contextmanager
def open_bank(home: Path, learner: str) -> Iterator[Bank]:
    """Open what a learner is asked from: the path, its items and theirs, the library for proofs.

    Without a library, or while a first one is being built, the notes that ship prove the keys.
    Raises InputError for a home that holds a collection.
    """
    with ExitStack() as open_things:
        library = None
        if (home / "library.db").exists():
            with suppress(LibraryError):
                library = open_things.enter_context(open_library(home))
        if library and library.is_collection:
            raise InputError("a collection has no sections: name a --home that holds a path")
        curriculum = path_of(library.path_text if library else "")
        known = {section.id for section in curriculum.sections}
        written = kept_items(learner_folder(home, learner)) if learner else ()
        items = {**shipped_items(), **{one.item.id: one.item for one in written}}
        yield Bank(
            curriculum,
            {i: item for i, item in items.items() if item.section_id in known},
            library,
            {one.item.id: one.citation for one in written},
        )


# Reading the path and the bank anew takes 0.2 s each, which a page has not got for every click.
@lru_cache(maxsize=4)
def path_of(text: str) -> Curriculum:
    """Read a path, or without a text the one that ships."""
    return parse(text or corpus.learning_path().read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def shipped_items() -> Mapping[str, Item]:
    """Read the bank that ships, by id."""
    return load_items()


@dataclass(frozen=True, slots=True)
class Deck:
    """A learner's cards on a day.

    `waiting` are due before it ends, those most nearly forgotten first; `done` were reviewed on it,
    in order; `dues` counts those that come due on each of the next days, this one first. `next` is
    the day on which further ones come, None for none, and `coming` how many.
    """

    cards: tuple[Card, ...]
    waiting: tuple[Card, ...]
    done: tuple[Card, ...]
    dues: tuple[int, ...]
    next: date | None
    coming: int


def deck_of(
    events: Sequence[Event], rhythm: Rhythm, items: Mapping[str, Item], now: datetime, days: int = 1
) -> Deck:
    """Work a learner's cards out of the record; those whose items are gone are left out."""
    zone, today = rhythm.zone, local_date(now, rhythm.zone)
    cards = tuple(c for c in cards_of(events, rhythm.retention) if c.item_id in items)
    waiting = due(cards, now, end_of_day(today, zone))
    by_id = {card.item_id: card for card in cards}
    lately = [e for e in events if isinstance(e.deed, Reviewed) and local_date(e.at, zone) == today]
    done = dict.fromkeys(e.deed.item_id for e in lately if isinstance(e.deed, Reviewed))
    still_due = {card.item_id for card in waiting}
    later = [local_date(card.due, zone) for card in cards if card.item_id not in still_due]
    return Deck(
        cards=cards,
        waiting=waiting,
        done=tuple(by_id[i] for i in done if i in by_id and i not in still_due),
        dues=forecast(cards, today, zone, days),
        next=min(later, default=None),
        coming=later.count(min(later)) if later else 0,
    )


def stamp_of(events: Sequence[Event], item_id: str) -> int:
    """Number the last deed that changed a card: who grades it must have seen it as it is."""
    return last_of_card(events, item_id)


def current_section(bank: Bank, events: Sequence[Event], goal: str) -> str:
    """Name the section that a learner is at: the one studied last while it is not finished.

    Else the first of the path, or of what the goal builds on, that is not; empty without sections.
    """
    found = standing(events)
    ids = [section.id for section in bank.curriculum.sections]
    if goal in ids:
        needed = shipped_prerequisites().within(bank.curriculum)
        ids = [i for i in ids if i == goal or i in ancestors(needed, goal)]
    still_open = [i for i in ids if not found.finished(i)]
    if found.latest in still_open:
        return found.latest
    return next(iter(still_open), ids[-1] if ids else "")


def asks_again(feedback: Feedback, trial: int) -> bool:
    """Say whether an answer, the n-th to its question from 0, was only unclear in its form.

    That is no letter, number or order: it may be given anew, a few times, before the learner has to
    grade it. What a short answer means, nobody can type more clearly.
    """
    unclear = feedback.deed is None and not isinstance(feedback.item.expected, Short)
    return unclear and trial < AGAIN


def placement_of(bank: Bank) -> Placement:
    """Begin a placement test; what a model wrote takes no part in it."""
    items = {i: item for i, item in bank.items.items() if item.evidence}
    return begin(bank.curriculum, items, shipped_prerequisites())


@dataclass(frozen=True, slots=True)
class Desk:
    """The bank, a learner's record that is open, and the clock (UTC)."""

    bank: Bank
    record: Learner
    clock: Callable[[], datetime]

    def now(self) -> datetime:
        """Give the time of the next deed; raises LearnerError for a clock set back."""
        return self.record.present(self.clock())

    def start(self, pool: Sequence[Item], count: int) -> Quiz:
        """Begin a quiz of at most `count` questions."""
        return start(self.bank, pool, self.record.events(), self.now(), min(count, len(pool)))

    def single(self, item: Item, during: str = "quiz") -> Quiz:
        """Put one certain question."""
        events, now = self.record.events(), self.now()
        return shown(start(self.bank, (item,), events, now, 1, during), item)

    def placing(self, test: Placement) -> Quiz | None:
        """Put the next question of a placement test, None when its stop rule is met."""
        item = following(test)
        return self.single(item, "placement") if item else None

    def answer(self, quiz: Quiz, text: str, seconds: float | None = None) -> tuple[Quiz, Feedback]:
        """Grade an answer and note it, unless the learner has yet to grade it."""
        after, feedback = answer(quiz, text, self.now(), seconds)
        if feedback.deed is not None:
            self.record.add(self.now(), feedback.deed)
        return after, feedback

    def grade_self(
        self, quiz: Quiz, verdict: str, seconds: float | None = None
    ) -> tuple[Quiz, Feedback]:
        """Note the waiting answer as its learner grades it: right, partly or wrong."""
        after, feedback = grade_self(quiz, verdict, self.now(), seconds)
        assert feedback.deed is not None
        self.record.add(self.now(), feedback.deed)
        return after, feedback

    def deck(self, days: int = 1) -> Deck:
        """Give the learner's cards."""
        return deck_of(
            self.record.events(), self.record.rhythm(), self.bank.items, self.now(), days
        )

    def comes_back(self, card: Card) -> Mapping[int, datetime]:
        """Say when a card would be due after each of the four grades, given now."""
        return next_dues(card, self.now(), self.record.rhythm().retention)

    def rate(
        self, item_id: str, rating: int, seconds: float | None = None, stamp: int | None = None
    ) -> Event:
        """Note how well a card was known, 1 to 4; the record can take it back by its number.

        Raises InputError for a card that is not due, or with a `stamp` (see `stamp_of`) for one
        that was graded since it was shown.
        """
        card = next((c for c in self.deck().waiting if c.item_id == item_id), None)
        stale = stamp is not None and stamp != stamp_of(self.record.events(), item_id)
        if card is None or stale:
            raise InputError(NOT_DUE)
        item = self.bank.items[item_id]
        return self.record.add(self.now(), Reviewed(item_id, item.topic, rating, seconds))[0]

    def finish(self, test: Placement) -> bool:
        """Note the sections that a placement test found to be known; False while it is not over."""
        if following(test) is not None:
            return False
        if deeds := known_deeds(test):
            self.record.add(self.now(), *deeds)
        return True
