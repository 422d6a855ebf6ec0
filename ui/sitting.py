"""A quiz or placement test under way, and how it outlives a restart of the server.

What was answered is in the learner's record. On disk stands only what the record does not say: what
the sitting is about, which of the answers are its own, and where it stands. From both it is made
anew, question by question, as it was.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from assistant.choosing import attempts_of, laid_out
from assistant.desk import Desk, placement_of
from assistant.export import write_atomically
from assistant.grading import SELF, UNSURE, grade, self_graded
from assistant.learner import Attempt, Event
from assistant.placement import MOST, Placement, answered
from assistant.proof import words_of_the_field
from assistant.quiz import Item, Short
from assistant.quizzing import (
    Bank,
    Feedback,
    Quiz,
    answer,
    is_scope,
    key_words,
    shown,
    why,
    within,
)
from ingest.errors import InputError

KEPT = "quiz.json"
SCHEMA = 1
ENDED = "The quiz that was under way has ended. What was answered is kept: begin it again."


@dataclass(frozen=True, slots=True)
class Sitting:
    """A quiz, or with a `test` a placement test, as it stands; its bank has no library open.

    `told` is the feedback that is shown until its learner goes on, `layout` the choices as they
    were shown for it. `trials` counts the unclear answers to the present question, `again` says
    what was unclear about the last. `over` is set when it was left. `scope` is empty for a test;
    `since` numbers the last deed before it.
    """

    id: str
    title: str
    scope: str
    since: int
    count: int
    quiz: Quiz
    test: Placement | None = None
    answered: tuple[Feedback, ...] = ()
    told: Feedback | None = None
    layout: tuple[str, ...] = ()
    trials: int = 0
    again: str = ""
    over: bool = False

    @property
    def number(self) -> int:
        """The number of the question that is shown, from 1."""
        return len(self.answered) + (self.told is None)

    @property
    def at_end(self) -> bool:
        """Whether there is no question left, and no feedback to be read."""
        return self.over or (self.told is None and self.quiz.item is None)


def named(bank: Bank, scope: str) -> str:
    """Name what a quiz is about; a placement test has no scope."""
    if not scope:
        return "Which sections do you know already?"
    if is_scope(scope):
        month, _, week = scope[1:].partition("w")
        return f"Month {month} · Week {week}" if week else f"Month {month}"
    return bank.curriculum.section(scope).title


# ── on disk ─────────────────────────────────────────────────────────────────────────────────────


def keep(folder: Path, sitting: Sitting | None) -> None:
    """Keep where a sitting stands in its learner's folder, or that there is none."""
    if sitting is None:
        (folder / KEPT).unlink(missing_ok=True)
        return
    quiz, told = sitting.quiz, sitting.told
    stands = {
        "schema": SCHEMA,
        "id": sitting.id,
        "scope": sitting.scope,
        "since": sitting.since,
        "count": sitting.count,
        "answered": [feedback.item.id for feedback in sitting.answered],
        "item": quiz.item.id if quiz.item else "",
        "told": told is not None,
        "waiting": quiz.waiting.answer if quiz.waiting else None,
        "trials": sitting.trials,
        "again": sitting.again,
        "over": sitting.over,
    }
    with suppress(InputError):  # a disk that is full ends no quiz; the record says it of answers
        write_atomically(folder / KEPT, json.dumps(stands).encode(), mode=0o600)


def kept(desk: Desk, folder: Path) -> tuple[Sitting | None, str]:
    """Make the sitting anew that is kept in a folder, None for none, and say if it cannot go on."""
    if not (folder / KEPT).exists():
        return None, ""
    events, now = desk.record.events(), desk.now()
    try:
        stands = json.loads((folder / KEPT).read_text(encoding="utf-8"))
        if stands["schema"] != SCHEMA:
            raise ValueError("another version wrote it")
        return made_anew(desk.bank, events, now, stands), ""
    except (OSError, ValueError, LookupError, TypeError, AttributeError, InputError):
        keep(folder, None)  # of another path, or of a bank that lacks an item of it
        return None, ENDED


def made_anew(
    bank: Bank, events: tuple[Event, ...], now: datetime, stands: Mapping[str, Any]
) -> Sitting:
    """Go through the answers of a sitting once more; raises LookupError when one is not there."""
    scope = str(stands["scope"])
    during = "quiz" if scope else "placement"
    before = [event for event in events if event.number <= stands["since"]]
    own = [own_answer(events, id, stands["since"], during) for id in stands["answered"]]
    told = [told_again(bank, [*before, *own[:n]], event) for n, event in enumerate(own)]
    test = None if scope else tested(placement_of(bank), told)
    item = bank.items[stands["item"]] if stands["item"] else None
    pool = within(bank, scope) if scope else (item,) if item else ()
    count = int(stands["count"])
    quiz = Quiz(bank, pool, count if scope else 1, during, (*before, *own), answered=tuple(told))
    quiz = shown(quiz if scope else replace(quiz, events=events, answered=()), item)
    if stands["waiting"] is not None:
        quiz, _ = answer(quiz, str(stands["waiting"]), now)
    last = told[-1] if stands["told"] else None
    layout = quiz.shown
    if last is not None:
        layout = layout_at([*before, *own[:-1]], last.item)
    return Sitting(
        id=str(stands["id"]),
        title=named(bank, scope),
        scope=scope,
        since=int(stands["since"]),
        count=count if scope else MOST,
        quiz=quiz,
        test=test,
        answered=tuple(told),
        told=last,
        layout=layout,
        trials=int(stands["trials"]),
        again=str(stands["again"]),
        over=bool(stands["over"]),
    )


def own_answer(events: Sequence[Event], item_id: str, since: int, during: str) -> Event:
    """Find the answer that a sitting gave to an item; raises LookupError for none."""
    for event in events:
        deed = event.deed if event.number > since else None
        if isinstance(deed, Attempt) and (deed.item_id, deed.during) == (item_id, during):
            return event
    raise LookupError(item_id)


def layout_at(events: Sequence[Event], item: Item) -> tuple[str, ...]:
    """Lay the choices or steps of an item out as they were after these events."""
    return laid_out(item, len(attempts_of(tuple(events)).get(item.id, ())))


def told_again(bank: Bank, before: Sequence[Event], event: Event) -> Feedback:
    """Say what an answer was told; what its learner graded has the share that they gave."""
    deed = event.deed
    assert isinstance(deed, Attempt)
    item = bank.items[deed.item_id]
    words = words_of_the_field() if isinstance(item.expected, Short) else ()
    given = grade(item, deed.answer, layout_at(before, item), words)
    if given.verdict == UNSURE:
        given = self_graded(given, next((v for v, s in SELF.items() if s == deed.share), ""))
    proof = bank.prove(item)
    return Feedback(item, deed.answer, given, key_words(item), why(item, given), proof, deed)


def tested(test: Placement, told: Sequence[Feedback]) -> Placement:
    """Take the answers into a placement test."""
    for feedback in told:
        test = answered(test, feedback.item, feedback.grade.share)
    return test
