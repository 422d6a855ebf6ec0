"""`studypath chat`: a conversation in the terminal, or with lines from a pipe."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.condense import turns_of
from assistant.conversation import Conversations, Message
from assistant.manner import DEPTHS, Manner
from ingest.errors import InputError, StudypathError
from ui.conversations import (
    conversation_json,
    export,
    message_json,
    passage_text,
    show_conversations,
    transcript,
)
from ui.markup import one_line
from ui.render import terminal_text
from ui.terminal import complain, show_text, write_json

if TYPE_CHECKING:
    from assistant.ask import Assistant

ALONE = Manner()
PROMPT = "› "
COMMAND = re.compile(r"/([a-z]+)(?:\s+(.*))?", re.S)
HELP = """Type a question, or:
  /sources [N]       the passage behind citation N of the last answer, or all of its citations
  /new               begin another conversation
  /list              your conversations
  /open ID           go on with another one
  /rename TITLE      give this one another title
  /delete ID         delete one
  /export FILE       write this one as Markdown, with its references
  /scope ID… | all   answer from sections whose id begins so, or from the whole library
  /depth brief|normal|deep
  /engine NAME       what writes the answers
  /hints on|off      hints before solutions, for exercises
  /quit              end (so does Ctrl-D; Ctrl-C stops an answer)"""
STOPPED = "Stopped. The conversation is kept."


@dataclass(frozen=True, slots=True)
class Room:
    """What a chat needs around it; `as_json` writes objects instead of text."""

    assistant: "Assistant"
    kept: Conversations
    places: Mapping[str, str]
    as_json: bool = False

    def say(self, words: str) -> None:
        """Tell something that is no answer."""
        if self.as_json:
            complain(words)
        else:
            show_text(words)


@dataclass(frozen=True, slots=True)
class Talking:
    """Where a chat stands: its conversation (empty before the first question) and its manner."""

    conversation_id: str = ""
    messages: tuple[Message, ...] = ()
    manner: Manner = ALONE
    ended: bool = False


def converse(room: Room, talking: Talking, lines: Iterator[str]) -> Talking:
    """Answer line after line until they end; what goes wrong is told and the talk goes on."""
    if talking.messages and not room.as_json:
        room.say(transcript(talking.messages[-1:], room.places))
    for line in lines:
        try:
            talking = take(room, talking, line.strip())
        except StudypathError as error:
            complain(str(error))
        except KeyboardInterrupt:
            room.say(STOPPED)
        if talking.ended:
            break
    return talking


def take(room: Room, talking: Talking, line: str) -> Talking:
    """Do what one line says."""
    if not line:
        return talking
    command = COMMAND.fullmatch(line)
    if not command:
        return ask(room, talking, line)
    run = COMMANDS.get(command[1])
    if run is None:
        raise InputError(f"there is no /{command[1]}: /help lists what there is")
    return run(room, talking, " ".join((command[2] or "").split()))


def ask(room: Room, talking: Talking, question: str) -> Talking:
    """Answer a question and keep it with its whole answer."""
    history = turns_of([message.visible for message in talking.messages])
    answer = room.assistant.ask(question, replace(talking.manner, history=history))
    passages = room.assistant.shown(answer)
    id, message = room.kept.append(talking.conversation_id, answer, passages)
    if room.as_json:
        write_json(message_json(message, id))
    else:
        show_text(terminal_text(answer, room.places) + "\n")
    return replace(talking, conversation_id=id, messages=(*talking.messages, message))


# ── commands ────────────────────────────────────────────────────────────────────────────────────


def help_(room: Room, talking: Talking, rest: str) -> Talking:
    """List the commands."""
    room.say(HELP)
    return talking


def end(room: Room, talking: Talking, rest: str) -> Talking:
    """End the chat."""
    return replace(talking, ended=True)


def sources(room: Room, talking: Talking, rest: str) -> Talking:
    """Show the passage behind a citation of the last answer that has any."""
    cited = [message for message in talking.messages if message.answer.citations]
    if not cited:
        raise InputError("no answer has sources yet: ask something first")
    numbers = rest.split() or [str(c.n) for c in cited[-1].answer.citations]
    for number in numbers:
        room.say(passage_text(cited[-1], number) + "\n")
    return talking


def begin(room: Room, talking: Talking, rest: str) -> Talking:
    """Begin another conversation in the same manner."""
    room.say("A new conversation.")
    return Talking(manner=talking.manner)


def list_(room: Room, talking: Talking, rest: str) -> Talking:
    """List the conversations."""
    show_conversations(room.kept.listed(), room.as_json, talking.conversation_id)
    return talking


def open_(room: Room, talking: Talking, rest: str) -> Talking:
    """Go on with another conversation."""
    conversation = room.kept.find(rest)
    messages = room.kept.load(conversation.id)
    room.say(f"Going on with “{one_line(conversation.title)}”.")
    if messages and not room.as_json:
        room.say(transcript(messages[-1:], room.places))
    return replace(talking, conversation_id=conversation.id, messages=messages)


def rename(room: Room, talking: Talking, rest: str) -> Talking:
    """Give the conversation another title."""
    renamed = room.kept.rename(current(talking), rest)
    if room.as_json:
        write_json(conversation_json(renamed))
    else:
        room.say(f"It is “{one_line(renamed.title)}” now.")
    return talking


def delete(room: Room, talking: Talking, rest: str) -> Talking:
    """Delete a conversation by its id."""
    if not rest:
        raise InputError(f"/delete wants an id; this conversation is {current(talking)}")
    gone = room.kept.delete(rest)
    room.say(f"Deleted “{one_line(gone.title)}”.")
    return Talking(manner=talking.manner) if gone.id == talking.conversation_id else talking


def export_(room: Room, talking: Talking, rest: str) -> Talking:
    """Write the conversation as Markdown."""
    if not rest:
        raise InputError("/export wants a file")
    export(room.kept, room.kept.find(current(talking)), rest)
    room.say(f"Written to {one_line(rest)}.")
    return talking


def scope(room: Room, talking: Talking, rest: str) -> Talking:
    """Answer from some sections only, named by the beginning of their ids."""
    if not rest:
        chosen = talking.manner.scope
        room.say("\n".join(room.places.get(id, id) for id in chosen) or "The whole library.")
        return talking
    ids: tuple[str, ...] = ()
    for word in () if rest == "all" else rest.split():
        fitting = tuple(id for id in room.places if id.startswith(word))
        if not fitting:
            raise InputError(f"no section's id begins with {word!r:.60}: `m2w3` is one week")
        ids += fitting
    manner = replace(talking.manner, scope=tuple(dict.fromkeys(ids)))
    return scope(room, replace(talking, manner=manner), "")


def depth(room: Room, talking: Talking, rest: str) -> Talking:
    """Choose how much an answer says."""
    if rest not in DEPTHS:
        raise InputError(f"/depth {rest!r:.20}: use one of {', '.join(DEPTHS)}")
    room.say(f"Answers are {rest} now.")
    return replace(talking, manner=replace(talking.manner, depth=rest))


def engine(room: Room, talking: Talking, rest: str) -> Talking:
    """Choose what writes the answers."""
    from assistant.engines import NAMES

    if rest not in NAMES:
        raise InputError(f"/engine {rest!r:.40}: use one of {', '.join(NAMES)}")
    room.say(f"The engine is {rest} now.")
    return replace(talking, manner=replace(talking.manner, engine=rest))


def hints(room: Room, talking: Talking, rest: str) -> Talking:
    """Choose between hints and solutions."""
    if rest not in ("on", "off"):
        raise InputError("/hints wants on or off")
    room.say(f"Hints are {rest} now.")
    return replace(talking, manner=replace(talking.manner, hints=rest == "on"))


def current(talking: Talking) -> str:
    """Give the conversation's id; raises InputError before the first question."""
    if not talking.conversation_id:
        raise InputError("this conversation has no question yet")
    return talking.conversation_id


Command = Callable[[Room, Talking, str], Talking]
COMMANDS: Mapping[str, Command] = {
    "help": help_,
    "quit": end,
    "sources": sources,
    "new": begin,
    "list": list_,
    "open": open_,
    "rename": rename,
    "delete": delete,
    "export": export_,
    "scope": scope,
    "depth": depth,
    "engine": engine,
    "hints": hints,
}


# ── lines ───────────────────────────────────────────────────────────────────────────────────────


def typed_lines() -> Iterator[str]:
    """Give the lines that are typed, with a prompt, or those of a pipe; until their end."""
    if not sys.stdin.isatty():
        reconfigure = getattr(sys.stdin, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")
        yield from sys.stdin
        return
    with suppress(ImportError):  # arrow keys and history at the prompt
        import readline  # noqa: F401
    while True:
        try:
            yield input(PROMPT)
        except EOFError:
            print()
            return
        except KeyboardInterrupt:
            print("\n(Ctrl-D ends)")
