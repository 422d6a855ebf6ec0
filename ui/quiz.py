"""The commands `quiz`, `review` and `place`: ask, read an answer, record it, go on."""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ingest.errors import InputError, LibraryError
from ui.answers import Answers, Stopped, objects_in
from ui.item_writing import add_writing, write_questions
from ui.terminal import complain, show_text, write_json

if TYPE_CHECKING:
    from assistant.learner import Learner
    from assistant.placement import Answered
    from assistant.quiz import Item
    from assistant.quizzing import Bank, Feedback, Quiz

INTERRUPTED = 130
AGAIN = 2  # times that an unreadable answer may be given anew
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
class Desk:
    """What a sitting needs: the bank, the record, the answers, and how to write."""

    bank: "Bank"
    learner: "Learner"
    answers: Answers
    as_json: bool

    def now(self) -> datetime:
        """Give the time of the next deed; raises LearnerError for a clock set back."""
        return self.learner.present(datetime.now(UTC))


@contextmanager
def desk(options: argparse.Namespace) -> Iterator[Desk]:
    """Open the library where there is one, the learner's record and the answers."""
    import corpus
    from assistant.items import load_items, proofs
    from assistant.learner import Learner
    from assistant.precious import learner_folder
    from assistant.quizzing import Bank
    from assistant.settings import load_settings
    from ingest.curriculum import parse
    from ingest.library import open_library
    from ui.upkeep import must_exist

    settings = load_settings(options.home)
    must_exist(settings)
    home = settings.home
    answers = Answers(options.answers)
    folder = learner_folder(home, options.learner)
    with ExitStack() as open_things:
        library = None
        if (home / "library.db").exists():
            with suppress(LibraryError):  # a first ingest is under way: the notes that ship serve
                library = open_things.enter_context(open_library(home))
        text = library.path_text if library else ""
        curriculum = parse(text or corpus.learning_path().read_text(encoding="utf-8"))
        bank = Bank(curriculum, load_items(folder), library, proofs(folder))
        learner = open_things.enter_context(Learner(home, datetime.now(UTC), options.learner))
        yield Desk(bank, learner, answers, options.json)


def quiz(options: argparse.Namespace) -> int:
    """Ask questions on a section, a week or a month, with feedback and its proof at once."""
    from assistant.quizzing import start, summary, within
    from assistant.targets import topic_of
    from ui.quiz_text import summary_json, summary_text

    if options.generate is not None:
        return write_questions(options)
    with desk(options) as at:
        pool = within(at.bank, options.scope)
        if options.topic is not None:
            topic = topic_of(tuple(dict.fromkeys(i.topic for i in pool)), options.topic)
            pool = tuple(item for item in pool if item.topic == topic)
        sitting = start(at.bank, pool, at.learner.events(), at.now(), min(options.n, len(pool)))
        told = objects_in(options.answers) if options.answers not in (None, "-") else []
        code = 0
        try:
            sitting = scripted(at, sitting, told) if told else asked(at, sitting)
        except Interrupted as stopped:
            sitting, code = stopped.sitting, INTERRUPTED
            complain("stopped; what was answered is kept")
        found = summary(sitting, at.now())
        write_json(summary_json(found)) if at.as_json else show_text(summary_text(found, at.bank))
        return code


class Interrupted(Exception):
    """Ctrl-C; carries the sitting as it was after the last answer."""

    def __init__(self, sitting: "Quiz") -> None:
        super().__init__()
        self.sitting = sitting


def asked(at: Desk, sitting: "Quiz") -> "Quiz":
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


def one_answer(at: Desk, sitting: "Quiz") -> "Quiz":
    """Read, grade, record and tell one answer; an unreadable one may be given anew."""
    from assistant.quizzing import answer
    from ui.quiz_text import feedback_json, feedback_text

    began = time.monotonic()
    for trial in range(AGAIN + 1):
        text = at.answers.next("> ")
        seconds = time.monotonic() - began if at.answers.interactive else None
        following, feedback = answer(sitting, text, at.now(), seconds)
        if feedback.deed or not readable_again(feedback) or trial == AGAIN:
            break
        if at.as_json:
            again = {"schema": 1, "type": "again", "item_id": feedback.item.id}
            write_json({**again, "words": feedback.grade.words})
        else:
            show_text(f"That cannot be graded: {feedback.grade.words}. Once more, please.")
    if feedback.deed is not None:
        at.learner.add(at.now(), feedback.deed)
    write_json(feedback_json(feedback)) if at.as_json else show_text(feedback_text(feedback))
    if feedback.deed is None:
        following = self_grade(at, following)
    if not at.as_json:
        show_text("")
    return following


def readable_again(feedback: "Feedback") -> bool:
    """Say whether an unsure answer was only unclear in its form: a letter, a number, an order."""
    from assistant.quiz import Short

    return not isinstance(feedback.item.expected, Short)


def self_grade(at: Desk, sitting: "Quiz") -> "Quiz":
    """Let the learner grade an unsure answer, with the key in view, and record it."""
    from assistant.quizzing import grade_self
    from ui.quiz_text import SELF_PROMPT, feedback_json

    if not at.as_json and not at.answers.interactive:
        show_text(SELF_PROMPT.strip())
    while (verdict := SELF.get(at.answers.next(SELF_PROMPT).strip().casefold())) is None:
        complain("type r (right), p (partly) or w (wrong)")
    following, feedback = grade_self(sitting, verdict, at.now())
    assert feedback.deed is not None
    at.learner.add(at.now(), feedback.deed)
    if at.as_json:
        write_json(feedback_json(feedback))
    return following


def scripted(at: Desk, sitting: "Quiz", told: Sequence[Mapping[str, object]]) -> "Quiz":
    """Grade the answers of a file to the items it names, in its order."""
    from assistant.quizzing import answer, grade_self, shown
    from ui.quiz_text import feedback_json, feedback_text

    pool = {item.id: item for item in sitting.pool}
    for one in told:
        if one["item_id"] not in pool:
            raise InputError(f"--answers: there is no item {one['item_id']!r} in this quiz")
    sitting = replace(sitting, count=len(told))
    for one in told:
        sitting = shown(sitting, pool[str(one["item_id"])])
        sitting, feedback = answer(sitting, str(one.get("answer", "")), at.now())
        verdict = SELF.get(str(one.get("self", "")))
        if feedback.deed is None and verdict:
            sitting, feedback = grade_self(sitting, verdict, at.now())
        if feedback.deed is not None:
            at.learner.add(at.now(), feedback.deed)
        write_json(feedback_json(feedback)) if at.as_json else show_text(feedback_text(feedback))
    return sitting


# ── review ──────────────────────────────────────────────────────────────────────────────────────


def review(options: argparse.Namespace) -> int:
    """Show the cards that are due, each with its answer, and take your grades."""
    from zoneinfo import ZoneInfo

    from assistant.cards import cards_of, due, end_of_day
    from ui.quiz_text import day_words

    with desk(options) as at:
        events, rhythm, now = at.learner.events(), at.learner.rhythm(), at.now()
        cards = [c for c in cards_of(events, rhythm.retention) if c.item_id in at.bank.items]
        until = end_of_day(now.astimezone(ZoneInfo(rhythm.zone)).date(), rhythm.zone)
        waiting = due(cards, now, until)
        if not waiting and not at.as_json:
            later = min((card.due for card in cards), default=None)
            when = f": the next comes {day_words(later, now, rhythm.zone)}" if later else ""
            show_text(f"No card is due{when}.")
        done = 0
        try:
            for number, card in enumerate(waiting[: options.n], 1):
                item = at.bank.items[card.item_id]
                count = min(options.n, len(waiting))
                done += one_card(at, item, number, count)
        except Stopped:
            pass
        except KeyboardInterrupt:
            complain("stopped; what was reviewed is kept")
            return INTERRUPTED
        if waiting and not at.as_json:
            show_text(f"{done} reviewed; {len(waiting) - done} still due today.")
        return 0


def one_card(at: Desk, item: "Item", number: int, count: int) -> int:
    """Show one card, take its grade and record it."""
    from assistant.cards import cards_of, next_dues
    from assistant.learner import Reviewed
    from ui.quiz_text import back_text, card_json, card_text, day_words, layout_of, ratings_text

    rhythm, events, now = at.learner.rhythm(), at.learner.events(), at.now()
    card = next(c for c in cards_of(events, rhythm.retention) if c.item_id == item.id)
    dues = next_dues(card, now, rhythm.retention)
    began = time.monotonic()
    proof = at.bank.prove(item)
    if at.as_json:
        write_json(card_json(card, item, proof, dues))
    else:
        show_text(card_text(at.bank, item, layout_of(item, events), number, count))
        at.answers.next("(Enter shows the answer) ")
        show_text(back_text(item, proof))
        show_text(ratings_text(dues, now, rhythm.zone))
    rating = rated(at)
    seconds = time.monotonic() - began if at.answers.interactive else None
    at.learner.add(at.now(), Reviewed(item.id, item.topic, rating, seconds))
    back = dues[rating]
    if at.as_json:
        told = {"schema": 1, "type": "reviewed", "item_id": item.id, "rating": rating}
        write_json({**told, "due": back.isoformat()})
    else:
        show_text(f"It comes back on {day_words(back, now, rhythm.zone)}.\n")
    return 1


def rated(at: Desk) -> int:
    """Read a grade from 1 to 4."""
    while True:
        typed = at.answers.next("How well did you know it, 1 to 4? ").strip()
        if typed in ("1", "2", "3", "4"):
            return int(typed)
        complain(f"{typed!r} is no grade: type 1 (again), 2 (hard), 3 (good) or 4 (easy)")


# ── placement ───────────────────────────────────────────────────────────────────────────────────


def place(options: argparse.Namespace) -> int:
    """Find the sections that you know already by a short adaptive test, and mark them."""
    import corpus
    from assistant.placement import begin, following, known_deeds, placed
    from assistant.prerequisites import load_prerequisites
    from ui.quiz_text import placed_json, placed_text

    with desk(options) as at:
        items = {k: v for k, v in at.bank.items.items() if v.evidence}
        test = begin(at.bank.curriculum, items, load_prerequisites(corpus.prerequisites()))
        code, number = 0, 0
        try:
            while item := following(test):
                number += 1
                test = replace(test, answers=(*test.answers, one_placing(at, item, number)))
        except Stopped:
            complain("ended early: nothing is marked, and what was answered is kept")
        except KeyboardInterrupt:
            complain("stopped: nothing is marked, and what was answered is kept")
            code = INTERRUPTED
        finished = following(test) is None
        if finished and (deeds := known_deeds(test)):
            at.learner.add(at.now(), *deeds)
        found = placed(test)
        if at.as_json:
            write_json(placed_json(found, finished))
        else:
            show_text(placed_text(found, at.bank, finished))
        return code


def one_placing(at: Desk, item: "Item", number: int) -> "Answered":
    """Ask one item of the test and record the answer."""
    from assistant.placement import MOST, Answered
    from assistant.quizzing import shown, start
    from ui.quiz_text import item_json, question_text

    sitting = shown(start(at.bank, (item,), at.learner.events(), at.now(), 1, "placement"), item)
    if at.as_json:
        write_json(item_json(item, sitting.shown, number, MOST))
    else:
        head = f"Question {number} · {at.bank.curriculum.place(item.section_id)}"
        show_text(question_text(head, item, sitting.shown))
    following = one_answer(at, sitting)
    share = following.answered[-1].grade.share
    return Answered(item, share)
