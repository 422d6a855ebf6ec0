"""One sitting of a quiz as a chain of values: asked, answered, summed up; pure.

A terminal, a page and a script drive it alike: `start`, then `answer` (and `grade_self` where the
answer was unsure) until `item` is None. Every answer gives a deed that the caller puts into the
learner's record before the next question, so that a kill loses nothing that was answered.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from assistant.answer import Citation
from assistant.choosing import attempts_of, laid_out, next_item
from assistant.grading import UNSURE, Grade, grade, self_graded
from assistant.learner import Attempt, Event
from assistant.mastery import masteries
from assistant.prerequisites import Place
from assistant.proof import proof, words_of_the_field
from assistant.quiz import Choice, Item, Numeric, Order, Short
from ingest.curriculum import Curriculum
from ingest.errors import InputError
from ingest.library import Library


@dataclass(frozen=True, slots=True)
class Bank:
    """What a sitting draws from: the path, its items by id, and a library for proofs, if any.

    `proofs` holds the citations of items that were generated, by item id.
    """

    curriculum: Curriculum
    items: Mapping[str, Item]
    library: Library | None = None
    proofs: Mapping[str, Citation] | None = None

    def prove(self, item: Item) -> Citation | None:
        """Cite the passage that proves an item's key."""
        own = (self.proofs or {}).get(item.id)
        return own or proof(item, self.curriculum, self.library)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a learner is told after an answer.

    `key` is the right answer in words, `why` what is wrong about the chosen distractor; `deed` is
    for the record, None while the learner has yet to grade an unsure answer.
    """

    item: Item
    answer: str
    grade: Grade
    key: str
    why: str
    citation: Citation | None
    deed: Attempt | None


@dataclass(frozen=True, slots=True)
class Quiz:
    """A sitting: what is asked now, what was answered, and what is known of the learner.

    `item` is None when it is over; `shown` are its choices or steps in the order shown. `waiting`
    is the feedback that the learner has yet to grade.
    """

    bank: Bank
    pool: tuple[Item, ...]
    count: int
    during: str
    events: tuple[Event, ...]
    item: Item | None = None
    shown: tuple[str, ...] = ()
    answered: tuple[Feedback, ...] = ()
    waiting: Feedback | None = None

    @property
    def number(self) -> int:
        """The number of the present question, from 1."""
        return len(self.answered) + 1


@dataclass(frozen=True, slots=True)
class Summary:
    """How a sitting went: answers by verdict, points earned, and mastery before and after.

    `topics` are (section id, topic, mastery before, mastery after) of the topics asked.
    """

    asked: int
    right: int
    partly: int
    wrong: int
    points: float
    topics: tuple[tuple[str, str, float, float], ...]


def within(bank: Bank, prefix: str) -> tuple[Item, ...]:
    """Give the items of a section, or of a week or a month by its prefix ("m2w3", "m2").

    Raises InputError with the nearest ids for what names none, or for a section without items.
    """
    ids = [section.id for section in bank.curriculum.sections]
    wanted = {i for i in ids if i == prefix or (is_scope(prefix) and scoped(i, prefix))}
    if not wanted:
        wanted = {bank.curriculum.section(prefix).id}
    found = tuple(item for item in bank.items.values() if item.section_id in wanted)
    if not found:
        raise InputError(f"there are no quiz items for {prefix!r}: the bank that ships has none")
    return found


def is_scope(prefix: str) -> bool:
    """Say whether a word names a month or a week: "m2", "m2w3"."""
    return bool(re.fullmatch(r"m\d+(?:w\d+)?", prefix))


def scoped(section_id: str, prefix: str) -> bool:
    """Say whether a section lies in a month or a week; "m1" is not the beginning of "m12"."""
    rest = section_id.removeprefix(prefix)
    return section_id.startswith(prefix) and rest[:1] in ("w", "-")


def start(
    bank: Bank,
    pool: Sequence[Item],
    events: Sequence[Event],
    now: datetime,
    count: int = 10,
    during: str = "quiz",
) -> Quiz:
    """Begin a sitting of at most `count` questions out of a pool."""
    return asked(Quiz(bank, tuple(pool), count, during, tuple(events)), now)


def asked(quiz: Quiz, now: datetime) -> Quiz:
    """Put the next question, or end the sitting."""
    done = [feedback.item for feedback in quiz.answered]
    item = None
    if len(done) < quiz.count:
        bank = quiz.bank
        item = next_item(quiz.pool, done, quiz.events, bank.curriculum, bank.items, now)
    return shown(quiz, item)


def shown(quiz: Quiz, item: Item | None) -> Quiz:
    """Put one question; a script may ask for a certain item of its own."""
    layout = laid_out(item, len(attempts_of(quiz.events).get(item.id, ()))) if item else ()
    return replace(quiz, item=item, shown=layout, waiting=None)


def answer(
    quiz: Quiz, text: str, now: datetime, seconds: float | None = None
) -> tuple[Quiz, Feedback]:
    """Answer the present question; the sitting goes on unless the learner must grade first."""
    if quiz.item is None:
        raise InputError("the quiz is over: begin another")
    item = quiz.item
    known_words = words_of_the_field() if isinstance(item.expected, Short) else ()
    given = grade(item, text, quiz.shown, known_words)
    deed = None
    if given.verdict != UNSURE:
        deed = Attempt(item.id, item.topic, given.share, text, quiz.during, seconds)
    feedback = Feedback(
        item, text, given, key_words(item), why(item, given), quiz.bank.prove(item), deed
    )
    return (gone_on(quiz, feedback, now) if deed else replace(quiz, waiting=feedback)), feedback


def grade_self(
    quiz: Quiz, verdict: str, now: datetime, seconds: float | None = None
) -> tuple[Quiz, Feedback]:
    """Grade the waiting answer oneself, right, partly or wrong, and go on."""
    if quiz.waiting is None:
        raise InputError("there is no answer to grade")
    told = quiz.waiting
    given = self_graded(told.grade, verdict)
    deed = Attempt(told.item.id, told.item.topic, given.share, told.answer, quiz.during, seconds)
    feedback = replace(told, grade=given, deed=deed)
    return gone_on(quiz, feedback, now), feedback


def gone_on(quiz: Quiz, feedback: Feedback, now: datetime) -> Quiz:
    """Take an answer into what is known, and put the next question."""
    assert feedback.deed is not None
    number = quiz.events[-1].number + 1 if quiz.events else 1
    at = max([now, *(event.at for event in quiz.events[-1:])])
    events = (*quiz.events, Event(number, at, feedback.deed))
    return asked(replace(quiz, events=events, answered=(*quiz.answered, feedback)), now)


def summary(quiz: Quiz, now: datetime) -> Summary:
    """Sum a sitting up."""
    verdicts = [feedback.grade.verdict for feedback in quiz.answered]
    before = quiz.events[: len(quiz.events) - len(quiz.answered)]
    bank = quiz.bank
    places = dict.fromkeys((f.item.section_id, f.item.topic) for f in quiz.answered)
    then, since = (
        masteries(events, bank.curriculum, bank.items, now) for events in (before, quiz.events)
    )
    topics = [(Place(*place), *place) for place in places]
    return Summary(
        asked=len(verdicts),
        right=verdicts.count("right"),
        partly=verdicts.count("partly"),
        wrong=verdicts.count("wrong"),
        points=sum(feedback.grade.share for feedback in quiz.answered),
        topics=tuple(
            (section, topic, then[place].value, since[place].value)
            for place, section, topic in topics
            if place in then
        ),
    )


def key_words(item: Item) -> str:
    """Say the right answer in words; steps on a line each."""
    match item.expected:
        case Choice(key=key):
            return key
        case Short(accepted=accepted):
            return accepted[0]
        case Numeric(value=value, formula=formula):
            return f"{value:.12g}" + (f" = {formula}" if formula else "")
        case Order(steps=steps):
            return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


def why(item: Item, given: Grade) -> str:
    """Say why the chosen distractor is wrong; empty for any other answer."""
    if not isinstance(item.expected, Choice):
        return ""
    return next((d.why for d in item.expected.distractors if d.text == given.chosen), "")
