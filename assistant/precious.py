"""SQLite files that hold what cannot be made again: opened, migrated, copied and put back.

A file of `learners/<id>/` is opened through here and nowhere else. Its schema is an ordered list of
functions; `user_version` counts those that were applied, and the file is copied before one runs.
Copies lie in `backups/` beside it, made with `VACUUM INTO` (a whole file or none), the newest
`KEPT` of them.
"""

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import ClassVar

from ingest.errors import InputError, LearnerError

ME = "me"
LEARNER_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
BACKUPS = "backups"
KEPT = 10
TAILS = ("-wal", "-shm")  # of the files that SQLite keeps beside one
PATIENCE = 10.0  # seconds to wait for another process that writes
REMEMBERED = 1_000  # files that were found whole, in a server of many learners
CHECK = "PRAGMA quick_check(1)"
STAMP = "%Y%m%dT%H%M%S%f"
BUSY = "{} is being written by another studypath: try again in a moment"

Migration = Callable[[sqlite3.Connection], None]


def learner_folder(home: Path, learner: str = ME) -> Path:
    """Name the folder of one learner; raises InputError for an id that could be a path."""
    if not LEARNER_ID.fullmatch(learner):
        raise InputError(
            f"{learner!r} is no learner's id: use up to 64 of the characters a-z, 0-9, - and _,"
            " beginning with a letter or a digit"
        )
    return home / "learners" / learner


def open_precious(file: Path, migrations: Sequence[Migration], now: datetime) -> sqlite3.Connection:
    """Open a file, making or migrating it as needed; `now` (UTC) names the copy made before.

    Raises LearnerError for a file that is damaged, of a newer version, somebody else's, or locked
    for long.
    """
    with translated(file), ExitStack() as otherwise:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = connect(file)
        otherwise.callback(connection.close)
        connection.row_factory = sqlite3.Row
        if version_of(connection, file, len(migrations)) < len(migrations):
            migrate(file, migrations, now)
        # With WAL only FULL keeps what was committed when the machine loses its power.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what was deleted leaves the file, too
        # SQLite makes the two files beside it anew when they are gone; a torn page it cannot.
        connection.look_through()
        otherwise.pop_all()
    return connection


class Precious(sqlite3.Connection):
    """A connection to one of these files; what no one else has written since is checked once.

    Reading a whole file for each question would make every answer slower with every conversation.
    """

    file = Path()
    _whole: ClassVar[dict[Path, tuple[int, ...]]] = {}  # files that were whole, as they stood then
    _is_whole = False

    def look_through(self) -> None:
        """Raise sqlite3.DatabaseError for a file with a torn page."""
        known = self._whole.get(self.file) == stamp_of(self.file)
        if not known and (found := self.execute(CHECK).fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(found)
        self._is_whole = True

    def close(self) -> None:
        """Let go of the file, and remember how it was left."""
        super().close()
        if self._is_whole:
            if len(self._whole) >= REMEMBERED:
                self._whole.clear()
            self._whole[self.file] = stamp_of(self.file)


def stamp_of(file: Path) -> tuple[int, ...]:
    """Tell one state of a file, with what SQLite keeps beside it, from another without opening."""
    found: list[int] = []
    for name in (file.name, file.name + TAILS[0]):
        with suppress(OSError):
            told = file.with_name(name).stat()
            # Who only looks leaves an empty one beside it.
            found += (told.st_ino, told.st_size, told.st_mtime_ns) if told.st_size else ()
    return tuple(found)


def connect(file: Path) -> Precious:
    """Open a file as it is; transactions are ours to begin."""
    connection = sqlite3.connect(
        file, timeout=PATIENCE, isolation_level=None, check_same_thread=False, factory=Precious
    )
    connection.file = file
    return connection


def migrate(file: Path, migrations: Sequence[Migration], now: datetime) -> None:
    """Apply the migrations that a file lacks, all or none; a file that held something is copied."""
    from filelock import FileLock, Timeout

    try:
        # SQLite does not wait when two switch the journal of a new file at once.
        with FileLock(file.with_suffix(".lock"), timeout=PATIENCE), closing(connect(file)) as db:
            db.execute("PRAGMA journal_mode = WAL")
            # Another process may have done it while this one waited for its turn.
            done = version_of(db, file, len(migrations))
            if 0 < done < len(migrations):
                back_up(file, now)
            with writing(db):
                for step in migrations[done:]:
                    step(db)
                db.execute(f"PRAGMA user_version = {len(migrations)}")
    except Timeout as error:
        raise LearnerError(BUSY.format(file)) from error


def version_of(connection: sqlite3.Connection, file: Path, newest: int) -> int:
    """Read how many migrations a file has seen; raises LearnerError when it knows more than we."""
    # In one look: another process may be making the tables just now.
    version, tables = connection.execute(
        "SELECT user_version, (SELECT count(*) FROM sqlite_master) FROM pragma_user_version"
    ).fetchone()
    if version > newest:
        raise LearnerError(
            f"{file} was written by a newer studypath (format {version}, this one knows {newest}):"
            " update studypath; nothing was changed"
        )
    if version == 0 and tables:
        raise LearnerError(f"{file} is a database of something else: move it away, then try again")
    return int(version)


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Hold the one right to write; everything inside is kept, or after an error nothing."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


@contextmanager
def translated(file: Path) -> Iterator[None]:
    """Say what SQLite found wrong in one line, with the newest copy that could be put back."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise LearnerError(BUSY.format(file)) from error
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise damaged(file, str(error)) from error
        raise LearnerError(f"{file} cannot be used ({error}): is the disk full?") from error
    except OSError as error:
        raise LearnerError(f"{file} cannot be used ({error}): name another --home") from error


def damaged(file: Path, why: str) -> LearnerError:
    """Say that a file is damaged, and the way back."""
    return LearnerError(f"{file} is damaged ({' '.join(why.split())[:200]}): {cure(file)}")


def cure(file: Path) -> str:
    """Name the way back to the newest good copy."""
    good = next((copy for copy in reversed(backups(file)) if is_good(copy)), None)
    if good is None:
        return "there is no copy of it; move it away to begin anew"
    # The home and the learner are named, so that the copy goes where it came from.
    where = f"--home {quote(str(file.parents[2]))} --learner {file.parent.name}"
    command = f"studypath backup --restore {quote(str(good))} {where}"
    return f"`{command}` puts back the copy made last; nothing was changed"


def backups(file: Path) -> tuple[Path, ...]:
    """List the copies of a file, oldest first."""
    return tuple(sorted((file.parent / BACKUPS).glob(f"{file.stem}-*.db")))


def is_good(file: Path) -> bool:
    """Say whether a file is a whole database of ours."""
    if not file.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as found:
            whole = found.execute(CHECK).fetchone()[0] == "ok"
            return bool(whole and found.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error:
        return False


def back_up(file: Path, now: datetime, to: Path | None = None) -> Path:
    """Copy a file as it stands, also while it is written, to `to` or among its own copies.

    Raises LearnerError when it cannot be read, InputError when `to` cannot be written.
    """
    target = to or file.parent / BACKUPS / f"{file.stem}-{now.strftime(STAMP)}.db"
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        with translated(file), closing(sqlite3.connect(file, timeout=PATIENCE)) as source:
            source.execute("VACUUM INTO ?", (str(part),))
        part.replace(target)
    except OSError as error:
        raise InputError(f"no copy could be written to {target} ({error}): name another") from error
    finally:
        part.unlink(missing_ok=True)
    if to is None:
        for old in backups(file)[:-KEPT]:
            old.unlink(missing_ok=True)
    return target


def restore(file: Path, copy: Path, now: datetime) -> Path | None:
    """Put a copy in a file's place and give where the file that stood there was moved, if any.

    The file must not be open elsewhere. Raises InputError for a copy that is not whole.
    """
    if not is_good(copy):
        raise InputError(f"{copy} is no whole copy: choose one of {file.parent / BACKUPS}")
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as source:
        source.execute("VACUUM INTO ?", (str(part),))
    moved = None
    if file.exists():
        moved = file.with_name(f"{file.stem}-replaced-{now.strftime(STAMP)}.db")
        set_aside(file, moved)
    # What belongs to the old file must not be read as part of the new one.
    for tail in TAILS:
        file.with_name(file.name + tail).unlink(missing_ok=True)
    part.replace(file)
    return moved


def set_aside(file: Path, to: Path) -> None:
    """Keep a file, with what belongs to it, under a second name; it also stays where it is.

    So a kill before the copy takes its place leaves the old file there, and never none.
    """
    with suppress(sqlite3.Error), closing(sqlite3.connect(file, timeout=PATIENCE)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # a whole file holds all that is beside it
    for tail in ("", *TAILS):
        one = file.with_name(file.name + tail)
        if one.exists():
            try:
                os.link(one, to.with_name(to.name + tail))
            except OSError:  # a disk that knows no second names
                shutil.copy2(one, to.with_name(to.name + tail))


def holds(file: Path, tables: Set[str]) -> bool:
    """Say whether a file is a whole database of ours with certain tables, not another one."""
    if not is_good(file):
        return False
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as found:
        names = {row[0] for row in found.execute("SELECT name FROM sqlite_master")}
    return tables <= names
