"""Quizzes, placement tests and reviews of the page's learners: what each is asked now.

A sitting is held here, for each learner, so that it goes on after a reload and in another tab; what
`ui/sitting.py` keeps of it takes it over a restart. Each answer names the question it belongs to:
sent twice, or to a question that another tab has answered, it changes nothing. What was answered is
in the record at once, whatever becomes of the sitting.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from assistant.answer import Citation
from assistant.cards import next_dues
from assistant.desk import (
    Deck,
    Desk,
    asks_again,
    current_section,
    deck_of,
    open_bank,
    placement_of,
    stamp_of,
)
from assistant.learner import FILE, Learner, Past, past_of
from assistant.placement import MOST, answered, following, placed
from assistant.precious import learner_folder
from assistant.proof import passage_of
from assistant.quizzing import Bank, Feedback, Quiz, summary, within
from assistant.today import local_date
from ingest.errors import InputError
from ui import quiz_page, review_page
from ui.quiz_text import RATINGS, layout_of
from ui.sitting import ENDED, Sitting, keep, kept, named
from ui.study import clock

LEARNERS = 500  # whose sittings are held; the longest-unseen goes first
ELSEWHERE = "This was answered already, here or in another tab. Nothing was noted twice."
ANOTHER = "This quiz is over, or another one was begun. What was answered is kept."
UNDER_WAY = "A quiz is under way. Leave it first to begin another one."
UNDONE = "“{}” was taken back. The card waits as before."
NO_GRADE = "There is no grade to take back: it was taken back already, or the card changed since."
CARD_GONE = "This card was graded already, here or in another tab. Nothing was noted twice."


@dataclass(frozen=True, slots=True)
class Wish:
    """What a browser asked for, checked for its form: `do` and what belongs to it.

    `number` is that of the question, from 1, and `stamp` the state in which a card was seen;
    `seconds` is None when it was not timed.
    """

    do: str = "look"
    scope: str = ""
    count: int = 0
    sitting: str = ""
    number: int = 0
    answer: str = ""
    verdict: str = ""
    card: str = ""
    stamp: int = 0
    rating: int = 0
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """The grade of a card that was given last: the number of its event, and what it was."""

    number: int
    card: str
    rating: int


@dataclass(slots=True)
class Place:
    """A learner's place at the desk; one request of theirs is answered at a time."""

    lock: Lock = field(default_factory=Lock)
    sitting: Sitting | None = None
    grade: Grade | None = None
    recalled: bool = False  # whether what was kept on disk was looked for


class Reviews:
    """What the learners of a home are asked on the page; safe to call from any thread."""

    def __init__(self, home: Path, now: Callable[[], datetime] = clock) -> None:
        self._home, self._now = home, now
        self._lock = Lock()
        self._places: OrderedDict[str, Place] = OrderedDict()

    def shown(self, learner: str, wish: Wish) -> dict[str, Any]:
        """Do what was asked for, and give what the page shows then.

        Raises InputError for what cannot be done; nothing is changed then.
        """
        place, folder = self._place(learner), learner_folder(self._home, learner)
        with place.lock, open_bank(self._home, learner) as bank:
            told = self._recalled(learner, place, bank)
            if wish.do not in ("look", "turn"):
                with Learner(self._home, self._now(), learner) as record:
                    desk = Desk(bank, record, self._now)
                    if wish.do in ("rate", "undo"):
                        told, wish = graded(desk, place, wish)
                    else:
                        sitting, told = moved(desk, place.sitting, wish)
                        place.sitting, place.grade = closed_up(sitting), None
                        keep(folder, place.sitting)
            past = past_of(self._home, learner, self._now())
            return {"told": told, **page(bank, past, place, wish)}

    def _recalled(self, learner: str, place: Place, bank: Bank) -> str:
        """Take up what was under way when the server ended; say so when it cannot go on."""
        folder, told = learner_folder(self._home, learner), ""
        # What was asked on another path, which was read anew meanwhile, cannot go on.
        if place.sitting and place.sitting.quiz.bank.curriculum != bank.curriculum:
            place.sitting, told = None, ENDED
            keep(folder, None)
        if not place.recalled and (folder / FILE).exists():
            with Learner(self._home, self._now(), learner) as record:
                found, told = kept(Desk(bank, record, self._now), folder)
            place.sitting = closed_up(found)
        place.recalled = True
        return told

    def due(self, learner: str) -> int:
        """Count a learner's cards that are due today."""
        with open_bank(self._home, learner) as bank:
            past = past_of(self._home, learner, self._now())
            return len(deck_of(past.events, past.rhythm, bank.items, past.now).waiting)

    def _place(self, learner: str) -> Place:
        with self._lock:
            place = self._places.pop(learner, None) or Place()
            self._places[learner] = place
            while len(self._places) > LEARNERS:
                self._places.popitem(last=False)
            return place


def closed_up(sitting: Sitting | None) -> Sitting | None:
    """Let go of the library, which is closed when the request ends."""
    if sitting is None:
        return None
    bank = replace(sitting.quiz.bank, library=None)
    return replace(sitting, quiz=replace(sitting.quiz, bank=bank))


# ── what is done ────────────────────────────────────────────────────────────────────────────────


def graded(desk: Desk, place: Place, wish: Wish) -> tuple[str, Wish]:
    """Grade a card, or take the last grade back: what there is to say, and the card to be shown."""
    if wish.do == "rate":
        try:
            event = desk.rate(wish.card, wish.rating, wish.seconds, wish.stamp)
        except InputError:
            return CARD_GONE, wish
        place.grade = Grade(event.number, wish.card, wish.rating)
        return "", wish
    last, place.grade = place.grade, None
    try:
        if last is None:
            return NO_GRADE, wish
        desk.record.take_back(desk.clock(), last.number)
    except InputError:
        return NO_GRADE, wish
    return UNDONE.format(RATINGS[last.rating]), replace(wish, card=last.card)


def moved(desk: Desk, sitting: Sitting | None, wish: Wish) -> tuple[Sitting | None, str]:
    """Do what was asked for: the sitting as it is then, and what there is to say about it."""
    if wish.do in ("begin", "place"):
        if sitting and not sitting.at_end:
            return sitting, UNDER_WAY
        return (begun(desk, wish) if wish.do == "begin" else placing(desk)), ""
    if sitting is None or sitting.id != wish.sitting:
        return sitting, ANOTHER
    sitting = replace(sitting, quiz=replace(sitting.quiz, bank=desk.bank))
    if wish.do == "close":
        return (None if sitting.at_end else sitting), ""
    if wish.do == "leave":
        return (replace(sitting, over=True, told=None) if sitting.answered else None), ""
    elsewhere = wish.number != sitting.number or (wish.do == "follow") != bool(sitting.told)
    if sitting.at_end or elsewhere:
        return sitting, ELSEWHERE
    return ANSWERS[wish.do](desk, sitting, wish), ""


def begun(desk: Desk, wish: Wish) -> Sitting:
    """Begin a quiz on a section, a week or a month."""
    pool = within(desk.bank, wish.scope)
    quiz = desk.start(pool, wish.count)
    title, since = named(desk.bank, wish.scope), last_number(quiz)
    return Sitting(secrets.token_hex(8), title, wish.scope, since, quiz.count, quiz)


def last_number(quiz: Quiz) -> int:
    """Number the last deed before a quiz that was just begun."""
    return quiz.events[-1].number if quiz.events else 0


def placing(desk: Desk) -> Sitting:
    """Begin a placement test; raises InputError for a path without quiz items."""
    test = placement_of(desk.bank)
    quiz = desk.placing(test)
    if quiz is None:
        raise InputError(review_page.NO_ITEMS)
    title, since = named(desk.bank, ""), last_number(quiz)
    return Sitting(secrets.token_hex(8), title, "", since, MOST, quiz, test)


def replied(desk: Desk, sitting: Sitting, wish: Wish) -> Sitting:
    """Answer the present question."""
    if sitting.quiz.waiting:
        return sitting
    layout = sitting.quiz.shown
    quiz, feedback = desk.answer(sitting.quiz, wish.answer, wish.seconds)
    if asks_again(feedback, sitting.trials):
        return replace(sitting, trials=sitting.trials + 1, again=feedback.grade.words)
    if feedback.deed is None:
        return replace(sitting, quiz=quiz, layout=layout, again="")
    return noted(desk, sitting, quiz, feedback, layout)


def judged(desk: Desk, sitting: Sitting, wish: Wish) -> Sitting:
    """Grade one's own unsure answer."""
    if sitting.quiz.waiting is None:
        return sitting
    quiz, feedback = desk.grade_self(sitting.quiz, wish.verdict, wish.seconds)
    return noted(desk, sitting, quiz, feedback, sitting.layout)


def noted(
    desk: Desk, sitting: Sitting, quiz: Quiz, feedback: Feedback, layout: tuple[str, ...]
) -> Sitting:
    """Take an answer in that is in the record; the last of a placement test marks what is known."""
    test = sitting.test and answered(sitting.test, feedback.item, feedback.grade.share)
    if test:
        desk.finish(test)
    return replace(
        sitting,
        quiz=quiz,
        test=test,
        answered=(*sitting.answered, feedback),
        told=feedback,
        layout=layout,
        trials=0,
        again="",
    )


def followed(desk: Desk, sitting: Sitting, wish: Wish) -> Sitting:
    """Go on to the next question."""
    quiz = desk.placing(sitting.test) if sitting.test else None
    return replace(sitting, told=None, layout=(), quiz=quiz or sitting.quiz)


ANSWERS: dict[str, Callable[[Desk, Sitting, Wish], Sitting]] = {
    "reply": replied,
    "judge": judged,
    "follow": followed,
}


# ── what is shown ───────────────────────────────────────────────────────────────────────────────


def page(bank: Bank, past: Past, place: Place, wish: Wish) -> dict[str, Any]:
    """Write what the page shows: the quiz that is under way, else the cards."""
    sitting = place.sitting
    zone, today = past.rhythm.zone, local_date(past.now, past.rhythm.zone)
    deck = deck_of(past.events, past.rhythm, bank.items, past.now, review_page.FORECAST)
    count = len(deck.waiting)
    head = f"{count} due today" if count else "Review"
    undo = review_page.undo_html(place.grade.rating) if place.grade else ""
    if sitting:
        state, main = sitting_html(bank, past, sitting)
        head = f"Quiz: {sitting.title}" if sitting.test is None else sitting.title
    elif deck.waiting:
        state, main = cards_html(bank, past, deck, wish)
        main += undo if state == "card" else ""
    else:
        state, main = "nothing", review_page.nothing_html(deck, bank.items, today, zone) + undo
    return {
        "state": state,
        "head": head,
        "main": main,
        "sitting": sitting.id if sitting else "",
        "number": sitting.number if sitting else 0,
        "due": count,
        "start": review_page.start_html(bank),
        "section": current_section(bank, past.events, past.rhythm.goal),
        "forecast": review_page.forecast_html(deck.dues, today),
    }


def cards_html(bank: Bank, past: Past, deck: Deck, wish: Wish) -> tuple[str, str]:
    """Write the card that comes next, or the one that was turned, with its answer."""
    zone, today = past.rhythm.zone, local_date(past.now, past.rhythm.zone)
    meant = next((c for c in deck.waiting if c.item_id == wish.card), None)
    card = (meant if wish.do in ("turn", "undo") else None) or deck.waiting[0]
    turned = meant if wish.do == "turn" else None
    item = bank.items[card.item_id]
    number, of = len(deck.done) + 1, len(deck.done) + len(deck.waiting)
    head = quiz_page.head_html(bank, item, f"{number} of {of}")
    layout, stamp = layout_of(item, past.events), stamp_of(past.events, item.id)
    if turned is None:
        return "card", review_page.card_html(head, item, layout, stamp)
    dues = next_dues(card, past.now, past.rhythm.retention)
    grades = review_page.grades_html(dues, today, zone)
    proof = proved(bank, bank.prove(item))
    return "turned", review_page.turned_html(head, item, layout, stamp, grades, proof)


def sitting_html(bank: Bank, past: Past, sitting: Sitting) -> tuple[str, str]:
    """Write where a quiz or a placement test stands."""
    if sitting.at_end:
        return "end", end_html(bank, past, sitting)
    test = sitting.test is not None
    count = f"Question {sitting.number}" + ("" if test else f" of {sitting.count}")
    leave = quiz_page.leave_html("Leave the test" if test else "Leave the quiz")
    if told := sitting.told:
        last = following(sitting.test) is None if sitting.test else sitting.quiz.item is None
        head = quiz_page.head_html(bank, told.item, count)
        proof = proved(bank, told.citation)
        go_on = "See how it went" if last else "Next"
        shown = quiz_page.feedback_html(head, told, sitting.layout, proof, go_on)
        return "told", shown if last else shown + leave
    if waiting := sitting.quiz.waiting:
        head = quiz_page.head_html(bank, waiting.item, count)
        shown = quiz_page.unsure_html(head, waiting, proved(bank, waiting.citation))
        return "unsure", shown + leave
    item = sitting.quiz.item
    assert item is not None
    head = quiz_page.head_html(bank, item, count)
    asked = quiz_page.question_html(head, item, sitting.quiz.shown, sitting.again)
    return "question", asked + leave


def end_html(bank: Bank, past: Past, sitting: Sitting) -> str:
    """Write how a sitting went."""
    if sitting.test:
        finished = following(sitting.test) is None
        return quiz_page.placed_html(placed(sitting.test), finished, bank)
    quiz = replace(sitting.quiz, bank=bank)
    return quiz_page.summary_html(summary(quiz, past.now), sitting.answered, bank)


def proved(bank: Bank, citation: Citation | None) -> str:
    """Write the passage that proves a key; nothing where there is none."""
    passage = None
    with suppress(InputError):
        passage = passage_of(citation, bank.curriculum, bank.library) if citation else None
    return quiz_page.proof_html(citation, passage)
