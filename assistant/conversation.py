"""What a learner asked and was answered, in `learners/<id>/conversations.db` of the home.

Each change is one transaction, so a kill leaves the change whole or not begun; how the file is
opened, migrated and copied is told in `assistant/precious.py`.
"""

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from assistant.answer import Answer, Citation
from assistant.feedback import TAKEN_BACK, Feedback, checked, feedback_of
from assistant.precious import (
    ME,
    Migration,
    damaged,
    holds,
    learner_folder,
    open_precious,
    translated,
    writing,
)
from assistant.stored import (
    ShownPassage,
    answer_from,
    passages_from,
    passages_to_json,
    to_json,
)
from ingest.errors import InputError

FILE = "conversations.db"
TITLE = 80  # characters
SHORTEST = 4  # characters of an id that stand for the whole


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation in the list; times are ISO 8601 in UTC."""

    id: str
    title: str
    created_at: str
    updated_at: str
    messages: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """One question with its answer; `shown` counts the sentences that have appeared so far.

    `passages` are those behind its citations, as they stood then.
    """

    id: str
    answer: Answer
    shown: int = 0
    passages: tuple[ShownPassage, ...] = ()

    @property
    def visible(self) -> Answer:
        """The answer as far as it has appeared."""
        return replace(self.answer, sentences=self.answer.sentences[: self.shown])

    @property
    def is_missing(self) -> bool:
        """Whether nothing of an answer has appeared: there is none, or it was stopped before."""
        return self.answer.is_missing or bool(self.answer.sentences and not self.shown)

    def citation(self, number: str) -> Citation | None:
        """Find a citation by its number as it was written."""
        return next((c for c in self.answer.citations if str(c.n) == number), None)

    def passage(self, passage_id: str) -> ShownPassage | None:
        """Find the passage behind a citation."""
        return next((p for p in self.passages if p.passage_id == passage_id), None)


def m001_conversations(connection: sqlite3.Connection) -> None:
    """Make the tables; `opened` says which conversation a place (a browser) shows."""
    connection.execute(
        "CREATE TABLE conversations (id TEXT PRIMARY KEY, title TEXT NOT NULL,"
        " created_at TEXT NOT NULL, updated_at TEXT NOT NULL)"
    )
    connection.execute(
        "CREATE TABLE messages (id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL REFERENCES"
        " conversations (id) ON DELETE CASCADE, position INTEGER NOT NULL, asked_at TEXT NOT NULL,"
        " shown INTEGER NOT NULL, answer TEXT NOT NULL, passages TEXT NOT NULL,"
        " UNIQUE (conversation_id, position))"
    )
    connection.execute(
        "CREATE TABLE opened (place TEXT PRIMARY KEY, conversation_id TEXT NOT NULL REFERENCES"
        " conversations (id) ON DELETE CASCADE)"
    )


def m002_feedback(connection: sqlite3.Connection) -> None:
    """Make the record of what was said of answers, and how each place wants to be answered.

    What was said goes with its message: who deletes a conversation leaves nothing of it.
    """
    connection.execute(
        "CREATE TABLE feedback (number INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL"
        " REFERENCES messages (id) ON DELETE CASCADE, at TEXT NOT NULL, verdict TEXT NOT NULL,"
        " reason TEXT NOT NULL, words TEXT NOT NULL)"
    )
    connection.execute("CREATE INDEX feedback_by_message ON feedback (message_id)")
    connection.execute(
        "CREATE TABLE chosen (place TEXT PRIMARY KEY, scope TEXT NOT NULL, engine TEXT NOT NULL,"
        " depth TEXT NOT NULL)"
    )


MIGRATIONS: tuple[Migration, ...] = (m001_conversations, m002_feedback)
# The newest word on each answer.
NEWEST = "SELECT MAX(number) FROM feedback GROUP BY message_id"


def utc_now() -> datetime:
    """Give the time, in UTC."""
    return datetime.now(UTC)


class Conversations:
    """All conversations of one learner; safe from several threads and processes at once.

    Raises InputError for a learner's name that is none and for a file that cannot be used; the
    file is made by what is kept first.
    """

    def __init__(
        self,
        home: Path,
        learner: str = ME,
        *,
        now: Callable[[], datetime] = utc_now,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> None:
        self.file = learner_folder(home, learner) / FILE
        self._now = now
        self._migrations = migrations

    # ── reading ─────────────────────────────────────────────────────────────────────────────

    def listed(self) -> tuple[Conversation, ...]:
        """List the conversations, the latest first."""
        rows = self._rows(
            "SELECT c.*, (SELECT COUNT(*) FROM messages WHERE conversation_id = c.id) AS messages"
            " FROM conversations c ORDER BY updated_at DESC, created_at DESC, id"
        )
        return tuple(Conversation(**dict(row)) for row in rows)

    def find(self, id: str) -> Conversation:
        """Find a conversation by its id or the beginning of one; raises InputError."""
        fitting = [c for c in self.listed() if c.id == id]
        if not fitting and len(id) >= SHORTEST:
            fitting = [c for c in self.listed() if c.id.startswith(id)]
        if len(fitting) != 1:
            why = "several conversations begin so" if fitting else "there is no such conversation"
            raise InputError(f"{id!r:.60}: {why}; `studypath conversations` lists their ids")
        return fitting[0]

    def load(self, id: str, latest: int = -1) -> tuple[Message, ...]:
        """Read the messages of a conversation, oldest first; the `latest` ones when that is given.

        Empty when there is no such conversation.
        """
        rows = self._rows(
            "SELECT * FROM messages WHERE conversation_id = ? ORDER BY position DESC LIMIT ?",
            (id, latest),
        )
        return tuple(self._message(row) for row in reversed(rows))

    def message(self, id: str) -> tuple[str, Message] | None:
        """Find a message by its id, with the id of its conversation."""
        rows = self._rows("SELECT * FROM messages WHERE id = ?", (id,))
        return (str(rows[0]["conversation_id"]), self._message(rows[0])) if rows else None

    def opened(self, place: str) -> str:
        """Give the id of the conversation that a place shows, empty when it shows none."""
        rows = self._rows("SELECT conversation_id FROM opened WHERE place = ?", (place,))
        return str(rows[0]["conversation_id"]) if rows else ""

    def chosen(self, place: str) -> tuple[str, str, str] | None:
        """Give the scope, engine and depth that a place chose, as it chose them; None for none."""
        rows = self._rows("SELECT scope, engine, depth FROM chosen WHERE place = ?", (place,))
        return (rows[0]["scope"], rows[0]["engine"], rows[0]["depth"]) if rows else None

    def feedback(self, conversation_id: str) -> tuple[Feedback, ...]:
        """Give what is said by now of the answers of a conversation."""
        rows = self._rows(
            "SELECT f.* FROM feedback f JOIN messages m ON m.id = f.message_id"
            f" WHERE m.conversation_id = ? AND f.number IN ({NEWEST}) AND f.verdict <> ?"
            " ORDER BY m.position",
            (conversation_id, TAKEN_BACK),
        )
        return tuple(map(feedback_of, rows))

    def judged(self) -> tuple[tuple[Feedback, Message], ...]:
        """Give all that is said by now of any answer, oldest word first, with the answers."""
        rows = self._rows(
            "SELECT m.*, f.message_id, f.at, f.verdict, f.reason, f.words FROM feedback f"
            f" JOIN messages m ON m.id = f.message_id WHERE f.number IN ({NEWEST})"
            " AND f.verdict <> ? ORDER BY f.number",
            (TAKEN_BACK,),
        )
        return tuple((feedback_of(row), self._message(row)) for row in rows)

    # ── writing ─────────────────────────────────────────────────────────────────────────────

    def append(
        self,
        conversation_id: str,
        answer: Answer,
        passages: tuple[ShownPassage, ...] = (),
        shown: int | None = None,
        place: str = "",
        message_id: str = "",
    ) -> tuple[str, Message]:
        """Keep a question and its whole answer; give the conversation's id and the message.

        A message that is kept already under `message_id` gets this answer in place of its own. A
        conversation that is not there (none yet, or deleted elsewhere) is begun, with the question
        as its title, and a `place` shows it from now on. A message's id cannot be guessed.
        """
        count = len(answer.sentences) if shown is None else shown
        message = Message(message_id or secrets.token_hex(16), answer, count, passages)
        with self._writing() as db:
            at = self._stamp()
            held = answered(db, message) if message_id else ""
            conversation_id = held or added(db, message, conversation_id, at)
            changed = "UPDATE conversations SET updated_at = ? WHERE id = ?"
            db.execute(changed, (at, conversation_id))
            if place and not held:
                show_at(db, place, conversation_id)
        return conversation_id, message

    def show(self, message_id: str, shown: int) -> None:
        """Note how many sentences of a message have appeared."""
        with self._writing() as db:
            db.execute("UPDATE messages SET shown = ? WHERE id = ?", (shown, message_id))

    def rename(self, id: str, title: str) -> Conversation:
        """Give a conversation another title; raises InputError for an empty one."""
        conversation = self.find(id)
        if not "".join(title.split()):
            raise InputError("a title needs a word")
        renamed = replace(conversation, title=one_title(title))
        with self._writing() as db:
            change = "UPDATE conversations SET title = ? WHERE id = ?"
            db.execute(change, (renamed.title, conversation.id))
        return renamed

    def delete(self, id: str) -> Conversation:
        """Delete a conversation with its messages."""
        conversation = self.find(id)
        with self._writing() as db:
            db.execute("DELETE FROM conversations WHERE id = ?", (conversation.id,))
        return conversation

    def open_at(self, place: str, id: str) -> None:
        """Note which conversation a place shows; with an empty id, none."""
        if not id and not self.file.exists():
            return
        with self._writing() as db:
            show_at(db, place, id)

    def choose(self, place: str, scope: str, engine: str, depth: str) -> None:
        """Note the scope, engine and depth that a place chose."""
        with self._writing() as db:
            row = (place, scope, engine, depth)
            db.execute("INSERT OR REPLACE INTO chosen VALUES (?, ?, ?, ?)", row)

    def judge(self, feedback: Feedback) -> Feedback:
        """Append what was said of an answer, with the time; raises InputError for what is none."""
        said = replace(checked(feedback), at=self._stamp())
        with self._writing() as db:
            known = "SELECT 1 FROM messages WHERE id = ?"
            if not db.execute(known, (said.message_id,)).fetchone():
                raise InputError("this answer is no longer kept: ask again")
            db.execute(
                "INSERT INTO feedback (message_id, at, verdict, reason, words)"
                " VALUES (?, ?, ?, ?, ?)",
                (said.message_id, said.at, said.verdict, said.reason, said.words),
            )
        return said

    # ── the file ────────────────────────────────────────────────────────────────────────────

    def _message(self, row: sqlite3.Row) -> Message:
        try:
            answer, passages = answer_from(row["answer"]), passages_from(row["passages"])
        except ValueError as error:
            raise damaged(self.file, f"message {row['id']}: {error}") from error
        return Message(row["id"], answer, row["shown"], passages)

    def _stamp(self) -> str:
        return self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        if not self.file.exists():
            return []
        with closing(self._open()) as db, translated(self.file):
            return list(db.execute(statement, values).fetchall())

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with closing(self._open()) as db, translated(self.file), writing(db):
            yield db

    def _open(self) -> sqlite3.Connection:
        return open_precious(self.file, self._migrations, utc_now())


def answered(db: sqlite3.Connection, message: Message) -> str:
    """Write over the answer of a message that is there; give its conversation, empty for none."""
    row = db.execute(
        "UPDATE messages SET shown = ?, answer = ?, passages = ? WHERE id = ?"
        " RETURNING conversation_id",
        (message.shown, to_json(message.answer), passages_to_json(message.passages), message.id),
    ).fetchone()
    return str(row["conversation_id"]) if row else ""


def added(db: sqlite3.Connection, message: Message, conversation_id: str, at: str) -> str:
    """Put a message at a conversation's end, which is begun when it is not there; give its id."""
    known = "SELECT 1 FROM conversations WHERE id = ?"
    if not db.execute(known, (conversation_id,)).fetchone():
        conversation_id = secrets.token_hex(6)
        row = (conversation_id, one_title(message.answer.question), at, at)
        db.execute("INSERT INTO conversations VALUES (?, ?, ?, ?)", row)
    db.execute(
        "INSERT INTO messages SELECT ?, ?, COALESCE(MAX(position), 0) + 1, ?, ?, ?, ?"
        " FROM messages WHERE conversation_id = ?",
        (
            message.id,
            conversation_id,
            at,
            message.shown,
            to_json(message.answer),
            passages_to_json(message.passages),
            conversation_id,
        ),
    )
    return conversation_id


def show_at(db: sqlite3.Connection, place: str, id: str) -> None:
    """Note which conversation a place shows; none for an id that is not there."""
    db.execute("DELETE FROM opened WHERE place = ?", (place,))
    db.execute("INSERT INTO opened SELECT ?, id FROM conversations WHERE id = ?", (place, id))


def is_conversations(copy: Path) -> bool:
    """Say whether a file is a whole database of conversations, not another one of ours."""
    return holds(copy, {"conversations", "messages", "opened"})


def one_title(text: str) -> str:
    """Make a title of a question: one line, no longer than TITLE, valid text."""
    words = " ".join(text.split()).encode("utf-8", "replace").decode("utf-8")
    return words if len(words) <= TITLE else words[: TITLE - 1].rsplit(" ", 1)[0] + "…"
