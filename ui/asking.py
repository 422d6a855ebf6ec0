"""A question of the page and its answer as they appear, and as they stand in the conversation."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

from assistant.condense import turns_of
from assistant.conversation import Message
from assistant.engines import EXTRACTIVE
from assistant.manner import Manner, Turn
from ui import markup
from ui.latest import Latest
from ui.render import chat_markdown
from ui.sessions import VISITORS, Sessions
from ui.writing import as_written

if TYPE_CHECKING:
    from ui.keeper import Keeper

STEP = 0.06  # seconds between sentences: updates closer than 50 ms pile up in the browser
QUESTION_SHOWN = 1_500  # characters of a long question that the conversation repeats

LOOKING = "*Looking through your sources…*"
PREPARING = "*The library is being prepared. Your question is answered in a few seconds…*"
STOPPED = "*Stopped.*"
ALONE = Manner()
# Where the page's script puts what can be done with an answer; see `ui/chat_script.py`.
ACTIONS = '<span class="acts{}"></span>'

Line = dict[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question without an answer, stopped before it or failed; `words` of it have appeared."""

    question: str
    conversation_id: str = ""
    words: str = ""
    failed: bool = False


class Unanswered:
    """The last question of each visitor while it has no answer; in memory alone, and bounded."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: Latest[str, Asked] = Latest(VISITORS)

    def keep(self, visitor: str, asked: Asked) -> None:
        """Hold a question, in the place of the one before."""
        with self._lock:
            self._held.keep(visitor, asked)

    def drop(self, visitor: str) -> None:
        """Let go of a question that was answered."""
        with self._lock:
            self._held.drop(visitor)

    def of(self, visitor: str, conversation_id: str) -> Asked | None:
        """Give what is unanswered in the conversation that a visitor sees."""
        with self._lock:
            held = self._held.get(visitor)
        return held if held and held.conversation_id == conversation_id else None


def stream(
    keeper: "Keeper",
    sessions: Sessions,
    visitor: str,
    question: str,
    manner: Manner = ALONE,
    unanswered: Unanswered | None = None,
    *,
    again: bool = False,
) -> Iterator[list[Line]]:
    """Answer a question sentence by sentence; yields the whole conversation each time.

    What has appeared is noted in `sessions` at every step, so a stopped answer is kept as it stood;
    on disk it is whole before any of it appears, until it is stopped. A question that is asked
    `again` leans on the talk before it was asked first.
    Raises StudypathError when the library cannot answer.
    """
    sessions.count_question(visitor)
    unanswered = unanswered or Unanswered()
    before = chat_messages(sessions.messages(visitor), keeper.places)
    waiting = Asked(question, sessions.current(visitor))
    unanswered.keep(visitor, waiting)
    asked = question_line(question)
    while not keeper.wait(0.2):
        if keeper.readiness().settled:
            break
        yield [*before, asked, said(PREPARING)]
    yield [*before, asked, said(LOOKING)]
    manner = replace(manner, history=turns_before(sessions, visitor, question if again else ""))
    writing = as_written(question, lambda hear: keeper.ask(question, manner, hear))
    while True:
        try:
            so_far = next(writing)
        except StopIteration as ended:
            answer = ended.value
            break
        words = chat_markdown(so_far, "", keeper.places)
        unanswered.keep(visitor, replace(waiting, words=words))
        yield [*before, asked, said(words)]
    message = sessions.add(visitor, answer, keeper.shown(answer))
    unanswered.drop(visitor)
    count = len(answer.sentences)
    # What a model wrote has been read already; quotes come at once, so they appear one by one.
    first = 1 if answer.engine == EXTRACTIVE else count
    try:
        for shown in range(max(1, first), count + 1):
            partly, sent = replace(message, shown=shown).visible, time.monotonic()
            yield [*before, asked, said(chat_markdown(partly, message.id, keeper.places))]
            # Noted after it was sent: a step that is made while Stop is on its way is not seen.
            message = sessions.show(visitor, message, shown)
            time.sleep(max(0.0, sent + STEP - time.monotonic()))
    finally:
        sessions.settle(visitor, message)
    yield [*before, *message_lines(message, keeper.places)]


def turns_before(sessions: Sessions, visitor: str, question: str = "") -> tuple[Turn, ...]:
    """Give the talk before a question; with one that is asked again, before it was asked first."""
    messages = list(sessions.messages(visitor))
    while question and messages and messages[-1].answer.question == question:
        messages.pop()
    return turns_of([message.visible for message in messages])


def last_question(sessions: Sessions, unanswered: Unanswered, visitor: str) -> str:
    """Give the question that was asked last, answered or not; empty for none."""
    if waiting := unanswered.of(visitor, sessions.current(visitor)):
        return waiting.question
    messages: Sequence[Message] = sessions.messages(visitor)
    return messages[-1].answer.question if messages else ""


def conversation(
    sessions: Sessions, unanswered: Unanswered, visitor: str, places: Mapping[str, str]
) -> list[Line]:
    """Write all that a visitor sees: what was answered, and the question that was not."""
    lines = chat_messages(sessions.messages(visitor), places)
    waiting = unanswered.of(visitor, sessions.current(visitor))
    return [*lines, *stopped(waiting)] if waiting else lines


def stopped(waiting: Asked) -> tuple[Line, Line]:
    """Write a question that has no answer, with what there is in its place."""
    actions = ACTIONS.format(" failed" if waiting.failed else "")
    parts = (waiting.words, "" if waiting.failed else STOPPED, actions)
    return question_line(waiting.question), said("\n\n".join(filter(None, parts)))


def chat_messages(messages: Sequence[Message], places: Mapping[str, str]) -> list[Line]:
    """Write a conversation as the chat shows it."""
    return [line for message in messages for line in message_lines(message, places)]


def message_lines(message: Message, places: Mapping[str, str]) -> tuple[Line, Line]:
    """Write one question and its answer, as far as it has appeared."""
    answer = message.visible
    parts = [chat_markdown(answer, message.id, places)]
    actions = ACTIONS.format(f" m-{message.id}")
    if message.shown < len(message.answer.sentences):
        parts.append(STOPPED)
    elif not answer.refused:
        actions = f"[Copy with references](#copy-{message.id}) {actions}"
    text = "\n\n".join(filter(None, (*parts, actions)))
    return question_line(answer.question), said(text)


def question_line(question: str) -> Line:
    """Write a question as the chat shows it: as plain text, line by line."""
    shown = markup.clean(question[:QUESTION_SHOWN])
    lines = [markup.escape(line).replace("|", "\\|") for line in shown.strip().split("\n")]
    more = "\n…" if len(question) > QUESTION_SHOWN else ""
    return {"role": "user", "content": "\n".join(lines) + more}


def said(text: str) -> Line:
    """Write a remark of ours as a message."""
    return {"role": "assistant", "content": text}
