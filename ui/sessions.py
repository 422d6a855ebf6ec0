"""What each visitor of the page asked and was answered; the page itself holds only ids.

A visitor's conversation is held in memory while it is in use, and kept in a learner's
conversations.db, from which it is taken up again after a restart. On a page that is served to this
machine alone every visitor is the learner `me`, with the same conversations as the terminal;
elsewhere each visitor is a learner of their own, under a name from which nobody learns the cookie.
On a page with users each of them is a learner of their own, on all their browsers.
"""

import hashlib
import re
import secrets
import time
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock

from assistant.answer import Answer, Citation, missing
from assistant.condense import turns_of
from assistant.conversation import Conversation, Conversations, Message
from assistant.manner import Turn
from assistant.precious import ME
from assistant.stored import ShownPassage
from ingest.errors import InputError
from ui.latest import Latest
from ui.limits import Limits, Rate, wait_words
from ui.users import NAME, learner_id

# Bounds for a server that runs for weeks: the longest-unseen visitor goes first.
VISITORS = 500
MESSAGES = 200

_COOKIE = re.compile(r"(?:far:)?[0-9a-f]{32}")
_USER = re.compile(rf"user:({NAME.pattern}):(?:[0-9a-f]{{32}})?")
STOPPED_WORDS = "Stopped."
TOO_OFTEN = "You have asked {} questions in a short time. Please wait {}, then ask again."


@dataclass(frozen=True, slots=True)
class Shown:
    """The conversation that a visitor looks at; its id is empty before the first question."""

    conversation_id: str = ""
    messages: tuple[Message, ...] = ()


class Sessions:
    """The conversations of all visitors; a key is looked up only in what its own visitor sees.

    Without a `home` nothing is kept on disk. `private` says that the page is served to this machine
    alone; `questions` is how often each user may ask, None for a page without users. `problem`
    tells why conversations are not kept, empty when they are.
    """

    def __init__(
        self, home: Path | None = None, *, private: bool = True, questions: Rate | None = None
    ) -> None:
        self._home = home
        self._questions = Limits(questions) if questions else None
        self._private = private
        # Of memory, and held no longer than that takes: every sentence that appears asks for it.
        # Twenty answers at once waited up to a second for each other's writes to the disk.
        self._lock = RLock()
        self._visitors: Latest[str, Shown] = Latest(VISITORS)
        self._files: Latest[str, tuple[Conversations, RLock]] = Latest(VISITORS)
        self.problem = ""

    # ── the conversation that is shown ──────────────────────────────────────────────────────

    def messages(self, visitor: str) -> tuple[Message, ...]:
        """Give the messages that a visitor sees, oldest first."""
        return self._shown(visitor).messages

    def turns(self, visitor: str) -> tuple[Turn, ...]:
        """Give what was said so far, for questions that lean on it."""
        return turns_of([message.visible for message in self.messages(visitor)])

    def begin(self, visitor: str, question: str, *, anew: bool = False) -> Message:
        """Show a question that has no answer yet, in memory alone; its id nobody can guess.

        Asked once more in its place, it is the same message as before unless it is asked `anew`.
        """
        before = self._shown(visitor)
        with self._lock:
            held = self._visitors.get(visitor) or before
            last = held.messages[-1] if held.messages else None
            again = last and last.is_missing and last.answer.question == question and not anew
            id = last.id if last and again else secrets.token_hex(16)
            message = Message(id, missing(question, STOPPED_WORDS))
            messages = (*(held.messages[:-1] if again else held.messages), message)[-MESSAGES:]
            self._visitors.keep(visitor, replace(held, messages=messages))
        return message

    def hold(self, visitor: str, message: Message) -> Message:
        """Show a message in its place, in memory alone; nowhere, if another talk is shown now."""
        with self._lock:
            held = self._visitors.get(visitor)
            if held:
                changed = tuple(message if m.id == message.id else m for m in held.messages)
                self._visitors.keep(visitor, replace(held, messages=changed))
        return message

    def keep(self, visitor: str, message: Message) -> None:
        """Keep a message on disk, whole whatever of it has appeared; see `settle`."""
        with self._turn(visitor):
            kept = self.kept(visitor)
            if not kept:
                return
            try:
                id, _ = kept.append(
                    self._shown(visitor).conversation_id,
                    message.answer,
                    message.passages,
                    place=place_of(visitor),
                    message_id=message.id,
                )
            except InputError as error:  # an answer is given also when it cannot be kept
                self.problem = str(error)
                return
            with self._lock:
                held = self._visitors.get(visitor)
                if held and any(m.id == message.id for m in held.messages):
                    self._visitors.keep(visitor, replace(held, conversation_id=id))

    def keep_question(self, visitor: str, message: Message) -> None:
        """Keep a message on disk unless it has an answer by now, which is kept by itself."""
        with self._turn(visitor):
            newest = self.message(visitor, message.id)
            if newest and newest.answer.is_missing:
                self.keep(visitor, newest)

    def add(self, visitor: str, answer: Answer, passages: tuple[ShownPassage, ...] = ()) -> Message:
        """Show and keep an answer of which nothing has appeared yet."""
        begun = self.begin(visitor, answer.question, anew=True)
        message = self.hold(visitor, replace(begun, answer=answer, passages=passages))
        self.keep(visitor, message)
        return message

    def show(self, visitor: str, message: Message, shown: int) -> Message:
        """Note, in memory alone, how many sentences of a message have appeared."""
        return self.hold(visitor, replace(message, shown=shown))

    def settle(self, visitor: str, message: Message) -> None:
        """Note on disk how far a message came, when it was stopped before it was complete."""
        newest = self.message(visitor, message.id) or message
        kept = self.kept(visitor)
        if kept and newest.shown < len(newest.answer.sentences):
            with self._turn(visitor):
                try:
                    kept.show(newest.id, newest.shown)
                except InputError as error:
                    self.problem = str(error)

    def clear(self, visitor: str) -> None:
        """Begin anew: what was said stays in the list, and is no longer shown."""
        with self._turn(visitor):
            self._open(visitor, Shown())

    def message(self, visitor: str, message_id: str) -> Message | None:
        """Find one of the messages that a visitor sees."""
        return next((m for m in self.messages(visitor) if m.id == message_id), None)

    def cited(self, visitor: str, key: object) -> tuple[Message, Citation] | None:
        """Find a citation by its chip's key, `<message id>-<n>`, among what the visitor sees."""
        message_id, _, number = str(key).rpartition("-")
        message = self.message(visitor, message_id)
        citation = message.citation(number) if message else None
        return (message, citation) if message and citation else None

    def citation(self, visitor: str, key: object) -> Citation | None:
        """Find a citation by its chip's key."""
        found = self.cited(visitor, key)
        return found[1] if found else None

    # ── all of a learner's conversations ────────────────────────────────────────────────────

    def current(self, visitor: str) -> str:
        """Give the id of the conversation that a visitor sees; empty before the first question."""
        return self._shown(visitor).conversation_id

    def listed(self, visitor: str) -> tuple[Conversation, ...]:
        """List the conversations of a visitor's learner, the latest first."""
        kept = self.kept(visitor)
        return kept.listed() if kept else ()

    def open(self, visitor: str, id: str) -> None:
        """Show a conversation of the visitor's learner; raises InputError when there is none."""
        kept = self.kept(visitor)
        if not kept:
            raise InputError("conversations are not kept here")
        with self._turn(visitor):
            found = kept.find(id)
            self._open(visitor, Shown(found.id, kept.load(found.id, MESSAGES)))

    def rename(self, visitor: str, title: str) -> None:
        """Give the conversation that is shown another title; raises InputError for none."""
        kept = self.kept(visitor)
        if kept and self.current(visitor):
            kept.rename(self.current(visitor), title)

    def delete(self, visitor: str) -> None:
        """Delete the conversation that is shown, and begin anew."""
        kept = self.kept(visitor)
        with self._turn(visitor):
            if kept and self.current(visitor):
                kept.delete(self.current(visitor))
            self._open(visitor, Shown())

    # ── memory and disk ─────────────────────────────────────────────────────────────────────

    def _shown(self, visitor: str) -> Shown:
        with self._lock:
            held = self._visitors.get(visitor)
        if held is not None:
            return held
        restored = self._restored(visitor)
        with self._lock:
            held = self._visitors.get(visitor) or restored
            # What is not on disk either is as well forgotten.
            if held.messages or self._file(visitor):
                self._visitors.keep(visitor, held)
        return held

    def _restored(self, visitor: str) -> Shown:
        kept = self.kept(visitor)
        if not kept:
            return Shown()
        try:
            id = kept.opened(place_of(visitor))
            return Shown(id, kept.load(id, MESSAGES)) if id else Shown()
        except InputError as error:
            self.problem = str(error)
            return Shown()

    def _open(self, visitor: str, shown: Shown) -> None:
        with self._lock:
            self._visitors.keep(visitor, shown)
        kept = self.kept(visitor)
        if kept:
            try:
                kept.open_at(place_of(visitor), shown.conversation_id)
            except InputError as error:
                self.problem = str(error)

    def learner(self, visitor: str) -> str:
        """Name the learner that a visitor is; empty for one without a cookie of ours."""
        return learner_of(visitor, private=self._private)

    @property
    def has_users(self) -> bool:
        """Say whether visitors are logged in."""
        return self._questions is not None

    def count_question(self, visitor: str) -> None:
        """Count a question of a user; raises InputError, with the time to wait, for too many."""
        if self._questions is None:
            return
        if wait := self._questions.take(self.learner(visitor), time.monotonic()):
            often = self._questions.rate.burst
            raise InputError(TOO_OFTEN.format(often, wait_words(wait)))

    def kept(self, visitor: str) -> Conversations | None:
        """Give what is kept on disk of a visitor's learner; None where nothing is."""
        found = self._file(visitor)
        return found[0] if found else None

    def _turn(self, visitor: str) -> RLock:
        """Give the lock of those who change what is kept of a visitor's learner."""
        found = self._file(visitor)
        return found[1] if found else self._lock

    def _file(self, visitor: str) -> tuple[Conversations, RLock] | None:
        learner = self.learner(visitor)
        if not self._home or not learner:
            return None
        with self._lock:
            found = self._files.get(learner) or (Conversations(self._home, learner), RLock())
            self._files.keep(learner, found)
        return found


def learner_of(visitor: str, *, private: bool) -> str:
    """Name the learner that a visitor is; empty for one who comes without a cookie of ours."""
    if user := _USER.fullmatch(visitor):
        return learner_id(user[1])
    if not _COOKIE.fullmatch(visitor):
        return ""
    if private and not visitor.startswith("far:"):
        return ME
    return f"visitor-{hashlib.sha256(visitor.encode()).hexdigest()[:32]}"


def place_of(visitor: str) -> str:
    """Name a visitor's place on disk, so that a copied file lets nobody take their cookie."""
    return hashlib.sha256(visitor.encode()).hexdigest()[:32]
