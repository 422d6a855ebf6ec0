"""What each visitor asked and was answered, in memory on the server; the page holds only ids."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock

from assistant.answer import Answer, Citation

# Bounds for a server that runs for weeks: the longest-unseen visitor goes first.
VISITORS = 500
MESSAGES = 200


@dataclass(frozen=True, slots=True)
class Message:
    """One question with its answer; `shown` counts the sentences that have appeared so far."""

    id: str
    answer: Answer
    shown: int = 0

    @property
    def visible(self) -> Answer:
        """The answer as far as it has appeared."""
        return replace(self.answer, sentences=self.answer.sentences[: self.shown])


class Sessions:
    """The conversations of all visitors; a key is looked up only in its own visitor's messages."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._visitors: OrderedDict[str, tuple[Message, ...]] = OrderedDict()

    def messages(self, visitor: str) -> tuple[Message, ...]:
        """Give a visitor's messages, oldest first."""
        with self._lock:
            return self._visitors.get(visitor, ())

    def add(self, visitor: str, answer: Answer) -> Message:
        """Keep an answer under a new id that nobody can guess."""
        message = Message(secrets.token_hex(16), answer)
        with self._lock:
            kept = self._visitors.pop(visitor, ())
            self._visitors[visitor] = (*kept, message)[-MESSAGES:]
            while len(self._visitors) > VISITORS:
                self._visitors.popitem(last=False)
        return message

    def show(self, visitor: str, message: Message, shown: int) -> Message:
        """Note how many sentences of a message have appeared."""
        message = replace(message, shown=shown)
        with self._lock:
            kept = self._visitors.get(visitor, ())
            if kept:
                changed = tuple(message if m.id == message.id else m for m in kept)
                self._visitors[visitor] = changed
        return message

    def clear(self, visitor: str) -> None:
        """Forget a visitor's conversation."""
        with self._lock:
            self._visitors.pop(visitor, None)

    def message(self, visitor: str, message_id: str) -> Message | None:
        """Find one of a visitor's own messages."""
        return next((m for m in self.messages(visitor) if m.id == message_id), None)

    def citation(self, visitor: str, key: object) -> Citation | None:
        """Find a citation by its chip's key, `<message id>-<n>`, in the visitor's own messages."""
        message_id, _, number = str(key).rpartition("-")
        message = self.message(visitor, message_id)
        if not message:
            return None
        return next((c for c in message.answer.citations if str(c.n) == number), None)
