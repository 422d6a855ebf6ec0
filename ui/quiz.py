"""The commands `quiz`, `review` and `place`: ask, read an answer, record it, go on."""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from ingest.errors import InputError
from ui.answers import Answers, Stopped, objects_in
from ui.item_writing import add_writing, write_questions
from ui.study import clock
from ui.terminal import complain, show_text, write_json

if TYPE_CHECKING:
    from assistant.cards import Card
    from assistant.desk import Desk
    from assistant.quizzing import Bank, Feedback, Quiz

INTERRUPTED = 130
QUESTIONS, CARDS = 10, 20
SELF = {"r": "right", "right": "right", "p": "partly", "partly": "partly", "w": "wrong",
        "wrong": "wrong"}  # fmt: skip
Adder = Callable[[str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]


def add_commands(add: Adder) -> None:
    """Describe the three commands to the parser."""
    made = add("quiz", quiz)
    made.add_argument("scope", metavar="ID", help="a section, or a week or month such as m1w2, m1")
    made.add_argument("-n", type=at_least_one, default=QUESTIONS, help="questions (default: 10)")
    made.add_argument("--topic", metavar="TOPIC", help="only this topic, by some of its words")
    add_writing(made)
    add_sources(made)
    made = add("review", review)
    made.add_argument("-n", type=at_least_one, default=CARDS, help="cards at most (default: 20)")
    add_sources(made)
    add_sources(add("place", place))


def add_sources(command: argparse.ArgumentParser) -> None:
    """Let a command belong to a learner and read its answers from a file."""
    command.add_argument("--learner", default="me", metavar="ID", help="whose record (default: me)")
    command.add_argument("--answers", metavar="FILE", help="read answers from here; - for stdin")


def at_least_one(text: str) -> int:
    """Read a number of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not at least 1")
    return number


@dataclass(frozen=True, slots=True)
class Sitting:
    """What a command needs: the learner's desk, the answers, and how to write."""

    desk: "Desk"
    answers: Answers
    as_json: bool

    @property
    def bank(self) -> "Bank":
        """The quiz bank."""
        return self.desk.bank


@contextmanager
def seated(options: argparse.Namespace) -> Iterator[Sitting]:
    """Open the bank, the learner's record and the answers."""
    from assistant.desk import Desk, open_bank
    from assistant.learner import Learner
    from assistant.settings import load_settings
    from ui.upkeep import must_exist

    settings = load_settings(options.home)
    must_exist(settings)
    home, learner = settings.home, options.learner
    answers = Answers(options.answers)
    with open_bank(home, learner) as bank, Learner(home, clock(), learner) as record:
        yield Sitting(Desk(bank, record, clock), answers, options.json)


def quiz(options: argparse.Namespace) -> int:
    """Ask questions on a section, a week or a month, with feedback and its proof at once."""
    from assistant.quizzing import summary, within
    from assistant.targets import topic_of
    from ui.quiz_text import summary_json, summary_text

    if options.generate is not None:
        return write_questions(options)
    with seated(options) as at:
        pool = within(at.bank, options.scope)
        if options.topic is not None:
            topic = topic_of(tuple(dict.fromkeys(i.topic for i in pool)), options.topic)
            pool = tuple(item for item in pool if item.topic == topic)
        sitting = at.desk.start(pool, options.n)
        told = objects_in(options.answers) if options.answers not in (None, "-") else []
        code = 0
        try:
            sitting = scripted(at, sitting, told) if told else asked(at, sitting)
        except Interrupted as stopped:
            sitting, code = stopped.sitting, INTERRUPTED
            complain("stopped; what was answered is kept")
        found = summary(sitting, at.desk.now())
        write_json(summary_json(found)) if at.as_json else show_text(summary_text(found, at.bank))
        return code


class Interrupted(Exception):
    """Ctrl-C; carries the sitting as it was after the last answer."""

    def __init__(self, sitting: "Quiz") -> None:
        super().__init__()
        self.sitting = sitting


def asked(at: Sitting, sitting: "Quiz") -> "Quiz":
    """Ask until the sitting is over or the answers end."""
    from ui.quiz_text import head_of, question_json, question_text

    try:
        while sitting.item is not None:
            item = sitting.item
            if at.as_json:
                write_json(question_json(sitting))
            else:
                head = head_of(at.bank, item, sitting.number, sitting.count)
                show_text(question_text(head, item, sitting.shown))
            sitting = one_answer(at, sitting)
    except Stopped:
        pass
    except KeyboardInterrupt:
        raise Interrupted(sitting) from None
    return sitting


def one_answer(at: Sitting, sitting: "Quiz") -> "Quiz":
    """Read, grade, record and tell one answer; an unreadable one may be given anew."""
    from assistant.desk import asks_again
    from ui.quiz_text import feedback_json, feedback_text

    began = time.monotonic()
    for trial in count():
        text = at.answers.next("> ")
        seconds = time.monotonic() - began if at.answers.interactive else None
        following, feedback = at.desk.answer(sitting, text, seconds)
        if not asks_again(feedback, trial):
            break
        if at.as_json:
            again = {"schema": 1, "type": "again", "item_id": feedback.item.id}
            write_json({**again, "words": feedback.grade.words})
        else:
            show_text(f"That cannot be graded: {feedback.grade.words}. Once more, please.")
    write_json(feedback_json(feedback)) if at.as_json else show_text(feedback_text(feedback))
    if feedback.deed is None:
        following = self_grade(at, following)
    if not at.as_json:
        show_text("")
    return following


def self_grade(at: Sitting, sitting: "Quiz") -> "Quiz":
    """Let the learner grade an unsure answer, with the key in view, and record it."""
    from ui.quiz_text import SELF_PROMPT, feedback_json

    if not at.as_json and not at.answers.interactive:
        show_text(SELF_PROMPT.strip())
    while (verdict := SELF.get(at.answers.next(SELF_PROMPT).strip().casefold())) is None:
        complain("type r (right), p (partly) or w (wrong)")
    following, feedback = at.desk.grade_self(sitting, verdict)
    if at.as_json:
        write_json(feedback_json(feedback))
    return following


def scripted(at: Sitting, sitting: "Quiz", told: Sequence[Mapping[str, object]]) -> "Quiz":
    """Grade the answers of a file to the items it names, in its order."""
    from assistant.quizzing import shown
    from ui.quiz_text import feedback_json, feedback_text

    pool = {item.id: item for item in sitting.pool}
    for one in told:
        if one["item_id"] not in pool:
            raise InputError(f"--answers: there is no item {one['item_id']!r} in this quiz")
    sitting = replace(sitting, count=len(told))
    for one in told:
        sitting = shown(sitting, pool[str(one["item_id"])])
        sitting, feedback = at.desk.answer(sitting, str(one.get("answer", "")))
        verdict = SELF.get(str(one.get("self", "")))
        if feedback.deed is None and verdict:
            sitting, feedback = at.desk.grade_self(sitting, verdict)
        write_json(feedback_json(feedback)) if at.as_json else show_text(feedback_text(feedback))
    return sitting


# ── review ──────────────────────────────────────────────────────────────────────────────────────


def review(options: argparse.Namespace) -> int:
    """Show the cards that are due, each with its answer, and take your grades."""
    from assistant.today import local_date
    from ui.quiz_text import none_due

    with seated(options) as at:
        deck = at.desk.deck()
        waiting = deck.waiting[: options.n]
        if not waiting and not at.as_json:
            zone = at.desk.record.rhythm().zone
            show_text(none_due(deck.next, deck.coming, local_date(at.desk.now(), zone)))
        done = 0
        try:
            for number, card in enumerate(waiting, 1):
                one_card(at, card, number, len(waiting))
                done += 1
        except Stopped:
            pass
        except KeyboardInterrupt:
            complain("stopped; what was reviewed is kept")
            return INTERRUPTED
        if waiting and not at.as_json:
            show_text(f"{done} reviewed; {len(deck.waiting) - done} still due today.")
        return 0


def one_card(at: Sitting, card: "Card", number: int, of: int) -> None:
    """Show one card, take its grade and record it."""
    from ui.quiz_text import back_text, card_json, card_text, day_words, layout_of, ratings_text

    item, record = at.bank.items[card.item_id], at.desk.record
    zone, now = record.rhythm().zone, at.desk.now()
    dues = at.desk.comes_back(card)
    began = time.monotonic()
    proof = at.bank.prove(item)
    if at.as_json:
        write_json(card_json(card, item, proof, dues))
    else:
        show_text(card_text(at.bank, item, layout_of(item, record.events()), number, of))
        at.answers.next("(Enter shows the answer) ")
        show_text(back_text(item, proof))
        show_text(ratings_text(dues, now, zone))
    rating = rated(at)
    seconds = time.monotonic() - began if at.answers.interactive else None
    at.desk.rate(item.id, rating, seconds)
    back = dues[rating]
    if at.as_json:
        told = {"schema": 1, "type": "reviewed", "item_id": item.id, "rating": rating}
        write_json({**told, "due": back.isoformat()})
    else:
        show_text(f"It comes back on {day_words(back, now, zone)}.\n")


def rated(at: Sitting) -> int:
    """Read a grade from 1 to 4."""
    while True:
        typed = at.answers.next("How well did you know it, 1 to 4? ").strip()
        if typed in ("1", "2", "3", "4"):
            return int(typed)
        complain(f"{typed!r} is no grade: type 1 (again), 2 (hard), 3 (good) or 4 (easy)")


# ── placement ───────────────────────────────────────────────────────────────────────────────────


def place(options: argparse.Namespace) -> int:
    """Find the sections that you know already by a short adaptive test, and mark them."""
    from assistant.desk import placement_of
    from assistant.placement import answered, placed
    from ui.quiz_text import placed_json, placed_text

    with seated(options) as at:
        test = placement_of(at.bank)
        code = 0
        try:
            while (asked := at.desk.placing(test)) is not None:
                feedback = one_placing(at, asked, len(test.answers) + 1)
                test = answered(test, feedback.item, feedback.grade.share)
        except Stopped:
            complain("ended early: nothing is marked, and what was answered is kept")
        except KeyboardInterrupt:
            complain("stopped: nothing is marked, and what was answered is kept")
            code = INTERRUPTED
        finished = at.desk.finish(test)
        found = placed(test)
        if at.as_json:
            write_json(placed_json(found, finished))
        else:
            show_text(placed_text(found, at.bank, finished))
        return code


def one_placing(at: Sitting, sitting: "Quiz", number: int) -> "Feedback":
    """Ask one item of the test and record the answer."""
    from assistant.placement import MOST
    from ui.quiz_text import item_json, question_text

    item = sitting.item
    assert item is not None
    if at.as_json:
        write_json(item_json(item, sitting.shown, number, MOST))
    else:
        head = f"Question {number} · {at.bank.curriculum.place(item.section_id)}"
        show_text(question_text(head, item, sitting.shown))
    return one_answer(at, sitting).answered[-1]
