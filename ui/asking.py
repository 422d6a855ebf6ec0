"""A question of the page and its answer as they appear, and as they stand in the conversation."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from threading import Timer
from typing import TYPE_CHECKING

from assistant.answer import FAILED, Answer, Sentence, missing
from assistant.condense import turns_of
from assistant.conversation import Message
from assistant.engines import EXTRACTIVE
from assistant.manner import Manner, Turn
from ui import markup
from ui.render import chat_markdown
from ui.sessions import STOPPED_WORDS, Sessions
from ui.writing import as_written

if TYPE_CHECKING:
    from ui.keeper import Keeper

STEP = 0.06  # seconds between sentences: updates closer than 50 ms pile up in the browser
# Seconds after which a question without an answer is kept on disk. Kept before the first sentence,
# those of twenty people at once came 0.3 s later: a file is written by one after the other.
SOON = 1.0
QUESTION_SHOWN = 1_500  # characters of a long question that the conversation repeats

LOOKING = "*Looking through your sources…*"
PREPARING = "*The library is being prepared. Your question is answered in a few seconds…*"
STOPPED_UNCHECKED = "Stopped. This was not yet held against your sources."
ALONE = Manner()
# Where the page's script puts what can be done with an answer; see `ui/chat_script.py`.
ACTIONS = '<span class="acts {}"></span>'

Line = dict[str, str]


def stream(
    keeper: "Keeper",
    sessions: Sessions,
    visitor: str,
    question: str,
    manner: Manner = ALONE,
    *,
    again: bool = False,
) -> Iterator[list[Line]]:
    """Answer a question sentence by sentence; yields the whole conversation each time.

    A question that has no answer soon is kept on disk without one, and stays as stopped when none
    comes. What has appeared is noted in `sessions` at every step, so a stopped answer is kept as it
    stood; on disk it is whole before any of it appears, until it is stopped. A question that is
    asked `again` leans on the talk before it was asked first.
    Raises StudypathError when the library cannot answer.
    """
    message = sessions.begin(visitor, question)
    earlier = [m for m in sessions.messages(visitor) if m.id != message.id]
    before = chat_messages(earlier, keeper.places)
    asked = question_line(question)
    late = Timer(SOON, sessions.keep_question, (visitor, message))
    late.daemon = True
    late.start()
    try:
        while not keeper.wait(0.2):
            if keeper.readiness().settled:
                break
            yield [*before, asked, said(PREPARING)]
        yield [*before, asked, said(LOOKING)]
        manner = replace(manner, history=turns_before(earlier, question if again else ""))
        writing = as_written(question, lambda hear: keeper.ask(question, manner, hear))
        while True:
            so_far = next(writing)
            begun = missing(question, STOPPED_UNCHECKED, begun=so_far.sentences)
            message = replace(message, answer=begun, shown=len(begun.sentences))
            sessions.hold(visitor, message)
            yield [*before, asked, said(chat_markdown(so_far, "", keeper.places))]
    except StopIteration as ended:
        answer = ended.value
    except GeneratorExit:
        sessions.keep(visitor, message)
        raise
    finally:
        late.cancel()
    message = replace(message, answer=answer, shown=0, passages=keeper.shown(answer))
    sessions.keep(visitor, sessions.hold(visitor, message))
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


def failed(sessions: Sessions, visitor: str, question: str, words: str, *, keep: bool) -> None:
    """Show in place of an answer what went wrong, and keep it with the question."""
    begun = sessions.begin(visitor, question)
    message = replace(begun, answer=missing(question, words, FAILED))
    sessions.hold(visitor, message)
    if keep:
        sessions.keep(visitor, message)


def turns_before(messages: Sequence[Message], question: str = "") -> tuple[Turn, ...]:
    """Give the talk before a question; with one that is asked again, before it was asked first."""
    left = list(messages)
    while question and left and left[-1].answer.question == question:
        left.pop()
    return turns_of([message.visible for message in left])


def question_again(sessions: Sessions, visitor: str, message_id: object) -> str:
    """Give the question of a message that the visitor sees, else the last one; empty for none."""
    messages = sessions.messages(visitor)
    named = [message for message in messages if message.id == message_id]
    return (named or messages)[-1].answer.question if messages else ""


def chat_messages(messages: Sequence[Message], places: Mapping[str, str]) -> list[Line]:
    """Write a conversation as the chat shows it."""
    return [line for message in messages for line in message_lines(message, places)]


def message_lines(
    message: Message, places: Mapping[str, str], remark: str = ""
) -> tuple[Line, Line]:
    """Write one question and its answer, as far as it has appeared, with a remark of ours."""
    answer = message.visible
    if message.is_missing:
        return question_line(answer.question), said(missing_text(message, places))
    parts = [chat_markdown(answer, message.id, places)]
    actions = ACTIONS.format(f"m-{message.id}")
    if message.shown < len(message.answer.sentences):
        parts.append(f"*{STOPPED_WORDS}*")
    elif not answer.refused:
        actions = f"[Copy with references](#copy-{message.id}) {actions}"
    parts += [f"*{remark}*"] if remark else []
    text = "\n\n".join(filter(None, (*parts, actions)))
    return question_line(answer.question), said(text)


def missing_text(message: Message, places: Mapping[str, str]) -> str:
    """Write what there is in place of an answer: what was begun, and why it ended."""
    answer = message.visible
    is_failed = answer.reason == FAILED
    told = markup.escape(answer.message) if answer.is_missing else STOPPED_WORDS
    # Without marks, which would tell of a judgement: the remark says that there was none.
    begun = tuple(Sentence(one.text, (), block=one.block) for one in answer.sentences)
    words = chat_markdown(Answer(answer.question, begun), "", places) if begun else ""
    actions = ACTIONS.format(f"{'failed ' if is_failed else ''}q-{message.id}")
    return "\n\n".join(filter(None, (words, told if is_failed else f"*{told}*", actions)))


def question_line(question: str) -> Line:
    """Write a question as the chat shows it: as plain text, line by line."""
    shown = markup.clean(question[:QUESTION_SHOWN])
    lines = [markup.escape(line).replace("|", "\\|") for line in shown.strip().split("\n")]
    more = "\n…" if len(question) > QUESTION_SHOWN else ""
    return {"role": "user", "content": "\n".join(lines) + more}


def said(text: str) -> Line:
    """Write a remark of ours as a message."""
    return {"role": "assistant", "content": text}
