"""Conversations as lists, transcripts, Markdown and JSON, and the command that manages them."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from assistant.conversation import Conversation, Conversations, Message
from assistant.feedback import HELPFUL, NOT_RIGHT, REASONS, Feedback
from assistant.stored import ShownPassage
from ingest.errors import InputError
from ui import markup
from ui.render import (
    SCHEMA,
    answer_json,
    copy_markdown,
    date_words,
    kind_words,
    saved_words,
    source_address,
    terminal_link,
    terminal_text,
)
from ui.terminal import show_table, show_text, write_json

# With the most arguments that each takes.
ACTIONS = {"list": 0, "show": 1, "rename": 2, "delete": 1, "export": 2, "feedback": 0}
SAID = {HELPFUL: "helpful", NOT_RIGHT: "not right"}


# ── as text ─────────────────────────────────────────────────────────────────────────────────────


def transcript(messages: Sequence[Message], places: Mapping[str, str]) -> str:
    """Write messages as a terminal shows them."""
    return "\n\n".join(
        f"> {markup.one_line(message.answer.question)}\n\n{terminal_text(message.visible, places)}"
        for message in messages
    )


def conversation_markdown(conversation: Conversation, messages: Sequence[Message]) -> str:
    """Write a conversation as Markdown to keep elsewhere, every answer with its references."""
    day = date_words(conversation.created_at)
    parts = [f"# {markup.escape(conversation.title)}", f"*studypath, {day}*"]
    for message in messages:
        parts.append(f"## {markup.escape(message.answer.question)}")
        if message.answer.message and not message.answer.refused:
            parts.append(f"*{markup.escape(message.answer.message)}*")
        parts.append(copy_markdown(message.visible))
    return "\n\n".join(filter(None, parts)) + "\n"


def passage_text(message: Message, number: str) -> str:
    """Write the passage behind a citation, as it stood then; raises InputError for no number."""
    citation = message.citation(number.strip("[]"))
    if citation is None:
        numbers = ", ".join(str(c.n) for c in message.answer.citations) or "none"
        raise InputError(f"source {number!r:.20}: the last answer has {numbers}")
    held = message.passage(citation.passage_id) or ShownPassage("", citation.quote, 0)
    heading = " › ".join(h for h in held.heading_path if h and h != citation.title)
    saved = saved_words(citation.as_of, citation.archived)
    about = " · ".join(filter(None, (kind_words(citation.kind), citation.where, heading, saved)))
    return "\n\n".join(
        (
            f"[{citation.n}] {markup.one_line(citation.title)}\n    {markup.one_line(about)}",
            markup.plain_blocks(held.text),
            f"    {terminal_link(source_address(citation))}",
        )
    )


def show_conversations(listed: Sequence[Conversation], as_json: bool, current: str = "") -> None:
    """Write the list, the latest first."""
    if as_json:
        for conversation in listed:
            write_json(conversation_json(conversation))
        return
    if not listed:
        show_text("No conversations yet: `studypath chat` begins one.")
        return
    show_table(
        ("id", "questions", "updated", "title"),
        [
            (
                conversation.id + (" *" if conversation.id == current else ""),
                str(conversation.messages),
                conversation.updated_at[:16].replace("T", " "),
                conversation.title,
            )
            for conversation in listed
        ],
    )


def show_feedback(said: Sequence[tuple[Feedback, Message]], as_json: bool) -> None:
    """Write what was said of answers, the oldest word first."""
    if as_json:
        for feedback, message in said:
            write_json(feedback_json(feedback, message))
        return
    if not said:
        show_text("Nothing was said of any answer yet: the page asks below each one.")
        return
    show_table(
        ("when", "verdict", "reason", "engine", "question"),
        [
            (
                feedback.at[:16].replace("T", " "),
                SAID.get(feedback.verdict, feedback.verdict),
                markup.one_line(reason_words(feedback)),
                message.answer.engine,
                markup.one_line(message.answer.question),
            )
            for feedback, message in said
        ],
    )


def reason_words(feedback: Feedback) -> str:
    """Write a reason, and what was said in the learner's own words."""
    return ": ".join(filter(None, (REASONS.get(feedback.reason, ""), feedback.words)))


# ── as JSON ─────────────────────────────────────────────────────────────────────────────────────


def conversation_json(conversation: Conversation) -> dict[str, object]:
    """Write one line of the list as an object."""
    return {
        "schema": SCHEMA,
        "id": conversation.id,
        "title": conversation.title,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
        "messages": conversation.messages,
    }


def message_json(message: Message, conversation_id: str) -> dict[str, object]:
    """Write a message as the object of `studypath ask`, with its ids and its passages."""
    return {
        **answer_json(message.answer, message.id),
        "conversation_id": conversation_id,
        "passages": [
            {
                "passage_id": passage.passage_id,
                "text": passage.text,
                "start": passage.start,
                "heading_path": list(passage.heading_path),
            }
            for passage in message.passages
        ],
    }


def feedback_json(feedback: Feedback, message: Message) -> dict[str, object]:
    """Write what was said of an answer, beside the answer as `studypath chat` gives it."""
    answer = message_json(message, "")
    kept = ("question", "asked", "answer", "refused", "reason", "engine", "model", "sections")
    return {
        "schema": SCHEMA,
        "message_id": message.id,
        "at": feedback.at,
        "verdict": feedback.verdict,
        "why": feedback.reason,
        "words": feedback.words,
        **{name: answer[name] for name in (*kept, "citations", "passages")},
    }


# ── the command ─────────────────────────────────────────────────────────────────────────────────


def manage(
    kept: Conversations, options: argparse.Namespace, places: Callable[[], Mapping[str, str]]
) -> None:
    """Do what `studypath conversations` was asked for; raises InputError for a wrong one."""
    action, rest = options.action, list(options.rest)
    needed = {"list": 0, "feedback": 0, "rename": 2}.get(action, 1)
    if not needed <= len(rest) <= ACTIONS[action] and not (action == "rename" and len(rest) > 2):
        raise InputError(
            f"`{action}` wants {'an id and a title' if needed == 2 else 'an id' if needed else ''}"
            " and nothing else"
            if needed
            else f"`{action}` stands alone"
        )
    if action == "list":
        show_conversations(kept.listed(), options.json)
        return
    if action == "feedback":
        show_feedback(kept.judged(), options.json)
        return
    conversation = kept.find(rest[0])
    if action == "show":
        show_messages(kept, conversation, options.json, places)
    elif action == "export":
        export(kept, conversation, rest[1] if len(rest) > 1 else "-")
    else:
        if action == "rename":
            conversation = kept.rename(conversation.id, " ".join(rest[1:]))
        else:
            kept.delete(conversation.id)
        show_conversations([conversation], options.json)


def show_messages(
    kept: Conversations,
    conversation: Conversation,
    as_json: bool,
    places: Callable[[], Mapping[str, str]],
) -> None:
    """Write the messages of a conversation."""
    messages = kept.load(conversation.id)
    if not as_json:
        show_text(transcript(messages, places()))
        return
    for message in messages:
        write_json(message_json(message, conversation.id))


def export(kept: Conversations, conversation: Conversation, file: str) -> None:
    """Write a conversation as Markdown into a new file, or with `-` to standard output."""
    text = conversation_markdown(conversation, kept.load(conversation.id))
    if file == "-":
        print(text, end="")
        return
    try:
        with Path(file).expanduser().open("x", encoding="utf-8", errors="replace") as written:
            written.write(text)
    except FileExistsError as error:
        raise InputError(f"{file} is there already: name a new file") from error
    except OSError as error:
        raise InputError(f"{file} cannot be written ({error.strerror})") from error
