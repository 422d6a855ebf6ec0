"""What a learner did, as they did it: an append-only record, and their settings.

Mastery, cards, due dates and progress are not stored: they are worked out from the record, so
another model or setting applies to all that was done before.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assistant.precious import (
    ME,
    back_up,
    backups,
    holds,
    learner_folder,
    open_precious,
    translated,
    writing,
)
from ingest.errors import InputError, LearnerError

FILE = "learner.db"
# A clock may be set back by seconds; by more than this, dates of reviews would be wrong.
BACKWARDS = timedelta(hours=1)
RETENTION = (0.7, 0.97)


@dataclass(frozen=True, slots=True)
class Studied:
    """A resource, or with an empty `resource_id` a whole section, was started, done or reopened.

    `minutes` is the time spent, None when it was not told.
    """

    section_id: str
    resource_id: str = ""
    state: str = "done"
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Practised:
    """An exercise of a section, by its words in the path, was done."""

    section_id: str
    exercise: str
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A quiz item was answered; `share` is how right, 0..1; `during` is quiz or placement.

    `item_id` begins with its section's id; `seconds` is None when it was not timed.
    """

    item_id: str
    topic: str
    share: float
    answer: str = ""
    during: str = "quiz"
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A card was reviewed: `rating` is 1 again, 2 hard, 3 good, 4 easy."""

    item_id: str
    topic: str
    rating: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Carded:
    """A quiz item was made a card, or with `kept` false taken out of the reviews."""

    item_id: str
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """A question was asked in chat: evidence of interest, not of mastery."""

    question: str
    section_ids: tuple[str, ...] = ()
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """A section is declared known, by the learner or by a placement test; or no longer."""

    section_id: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class Undone:
    """A deed was noted by mistake: the event with this number counts as if it had never been."""

    number: int


Deed = Studied | Practised | Attempt | Reviewed | Carded | Asked | Known | Undone
DEEDS: Mapping[str, type[Deed]] = {
    cls.__name__.lower(): cls
    for cls in (Studied, Practised, Attempt, Reviewed, Carded, Asked, Known, Undone)
}


@dataclass(frozen=True, slots=True)
class Event:
    """One deed at its time (UTC); `number` grows with every event."""

    number: int
    at: datetime
    deed: Deed


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When and what for a learner studies.

    `minutes` are those of Monday to Sunday, empty for the path's own schedule; `start` is None
    until the first deed; `goal` is the id of the section aimed at, empty for the whole path;
    `retention` is the share of cards to be remembered when they come due; `reviews` the largest
    share of a day that reviews may take.
    """

    minutes: tuple[int, ...] = ()
    start: date | None = None
    zone: str = "UTC"
    goal: str = ""
    retention: float = 0.9
    reviews: float = 0.5


class Learner:
    """One learner's record, opened for reading and writing; close it when done.

    Raises LearnerError for a file that cannot be used (see `assistant/precious.py`).
    """

    def __init__(self, home: Path, now: datetime, learner: str = ME) -> None:
        self.file = learner_folder(home, learner) / FILE
        self._connection = open_precious(self.file, MIGRATIONS, now)
        self._back_up_daily(now)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> "Learner":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, now: datetime, *deeds: Deed) -> tuple[Event, ...]:
        """Append deeds, all or none, at a time not before the last one.

        Raises InputError for a value out of its range, LearnerError for a clock set back.
        """
        for deed in deeds:
            check(deed)
        with translated(self.file), writing(self._connection):
            at = self.present(now)
            return tuple(self._append(at, deed) for deed in deeds)

    def _append(self, at: datetime, deed: Deed) -> Event:
        row = self._connection.execute(
            "INSERT INTO events (at, kind, body) VALUES (?, ?, ?) RETURNING number",
            (at.isoformat(), type(deed).__name__.lower(), json.dumps(asdict(deed))),
        ).fetchone()
        return Event(int(row["number"]), at, deed)

    def present(self, now: datetime) -> datetime:
        """Give the time to plan from: `now` in UTC, or the last deed's time when that is later.

        Raises LearnerError when the clock stands more than an hour before the last deed.
        """
        if now.tzinfo is None:
            raise ValueError("times carry their zone")
        now = now.astimezone(UTC)
        row = self._connection.execute("SELECT max(at) AS at FROM events").fetchone()
        last = datetime.fromisoformat(row["at"]) if row["at"] else now
        if last - now > BACKWARDS:
            raise LearnerError(
                f"the clock says {now:%Y-%m-%d %H:%M} UTC, but the last entry of {self.file} is of"
                f" {last:%Y-%m-%d %H:%M} UTC: set the clock right; nothing was changed"
            )
        return max(now, last)

    def events(self) -> tuple[Event, ...]:
        """Read all of the record that counts, oldest first."""
        with translated(self.file):
            rows = self._connection.execute("SELECT * FROM events ORDER BY number").fetchall()
        return counting(
            Event(int(row["number"]), datetime.fromisoformat(row["at"]), told(row)) for row in rows
        )

    def take_back(self, now: datetime, number: int) -> None:
        """Have a review count no more; raises InputError unless it is its card's last deed."""
        with translated(self.file), writing(self._connection):
            events = self.events()
            deed = next((event.deed for event in events if event.number == number), None)
            if not isinstance(deed, Reviewed):
                raise InputError(
                    f"{number} is no review that counts: there is nothing to take back"
                )
            if number != last_of_card(events, deed.item_id):
                raise InputError("this card was answered since: its grade stays")
            self._append(self.present(now), Undone(number))

    def rhythm(self) -> Rhythm:
        """Read the settings; those never set have their defaults."""
        with translated(self.file):
            rows = self._connection.execute("SELECT name, value FROM settings").fetchall()
        values = {row["name"]: json.loads(row["value"]) for row in rows}
        start = values.pop("start", None)
        minutes = tuple(values.pop("minutes", ()))
        return Rhythm(minutes=minutes, start=date.fromisoformat(start) if start else None, **values)

    def set_rhythm(self, rhythm: Rhythm) -> None:
        """Keep new settings, all or none; raises InputError for a value out of its range."""
        check_rhythm(rhythm)
        values: dict[str, Any] = asdict(rhythm)
        values["start"] = rhythm.start.isoformat() if rhythm.start else None
        with translated(self.file), writing(self._connection):
            self._connection.executemany(
                "INSERT INTO settings (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [(name, json.dumps(value)) for name, value in values.items()],
            )

    def _back_up_daily(self, now: datetime) -> None:
        """Keep a copy of each day's first state, so that a damaged file has a way back."""
        copies = backups(self.file)
        today = f"{self.file.stem}-{now:%Y%m%d}"
        if copies and copies[-1].name.startswith(today):
            return
        if self._connection.execute("SELECT 1 FROM events LIMIT 1").fetchone():
            back_up(self.file, now)


def is_record(copy: Path) -> bool:
    """Say whether a file is a whole record of a learner, not another database of ours."""
    return holds(copy, {"events", "settings"})


def counting(events: Iterable[Event]) -> tuple[Event, ...]:
    """Leave out what was taken back, and the taking back."""
    every = tuple(events)
    gone = {event.deed.number for event in every if isinstance(event.deed, Undone)}
    return tuple(e for e in every if e.number not in gone and not isinstance(e.deed, Undone))


def last_of_card(events: Sequence[Event], item_id: str) -> int:
    """Number the last deed that changed a card, 0 for none."""
    return max(
        (
            event.number
            for event in events
            if isinstance(event.deed, Attempt | Reviewed | Carded) and event.deed.item_id == item_id
        ),
        default=0,
    )


def told(row: sqlite3.Row) -> Deed:
    """Read a deed back from its row."""
    body = json.loads(row["body"])
    cls = DEEDS[row["kind"]]
    if cls is Asked:
        body["section_ids"] = tuple(body["section_ids"])
    return cls(**{field.name: body[field.name] for field in fields(cls) if field.name in body})


@dataclass(frozen=True, slots=True)
class Past:
    """What a learner's record says, their settings, and the present (UTC)."""

    events: tuple[Event, ...]
    rhythm: Rhythm
    now: datetime


def past_of(home: Path, learner: str, now: datetime) -> Past:
    """Read a record; who has none, or no name, gets none by being looked at."""
    if not learner or not (learner_folder(home, learner) / FILE).exists():
        return Past((), Rhythm(), now)
    with Learner(home, now, learner) as record:
        return Past(record.events(), record.rhythm(), record.present(now))


def check(deed: Deed) -> None:
    """Raise InputError for a deed whose numbers or words are out of their range."""
    match deed:
        case Studied(state=state) if state not in ("started", "done", "reopened"):
            raise InputError(f"{state!r} is no state: use started, done or reopened")
        case Reviewed(rating=rating) if rating not in (1, 2, 3, 4):
            raise InputError(f"{rating!r} is no rating: 1 again, 2 hard, 3 good, 4 easy")
        case Attempt(share=share) if not 0 <= share <= 1:
            raise InputError(f"{share!r} is no share: it lies between 0 and 1")
    minutes = getattr(deed, "minutes", None)
    if minutes is not None and not 0 <= minutes <= 24 * 60:
        raise InputError(f"{minutes:g} minutes cannot be: give 0 to {24 * 60}")


def check_rhythm(rhythm: Rhythm) -> None:
    """Raise InputError for settings that no plan could be made with."""
    if len(rhythm.minutes) not in (0, 7) or any(not 0 <= m <= 24 * 60 for m in rhythm.minutes):
        raise InputError("minutes are seven numbers from 0 to 1440, Monday to Sunday, or none")
    try:
        ZoneInfo(rhythm.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            f"{rhythm.zone!r} is no time zone: use a name such as Europe/Berlin"
        ) from error
    low, high = RETENTION
    if not low <= rhythm.retention <= high:
        raise InputError(f"a retention of {rhythm.retention:g} cannot be planned: {low} to {high}")
    if not 0 <= rhythm.reviews <= 1:
        raise InputError(f"reviews may take a share of 0 to 1 of a day, not {rhythm.reviews:g}")


def m001_record(connection: sqlite3.Connection) -> None:
    """Make the record and the settings."""
    connection.execute(
        "CREATE TABLE events (number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL,"
        " kind TEXT NOT NULL, body TEXT NOT NULL) STRICT"
    )
    connection.execute("CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")


def m002_undone(connection: sqlite3.Connection) -> None:
    """Change no table: a version that does not know `Undone` has to say so, not to fail on it."""


MIGRATIONS = (m001_record, m002_undone)
