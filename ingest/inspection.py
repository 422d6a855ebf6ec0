"""A look at a home that changes nothing in it, not even SQLite's own files beside the library."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ingest.errors import LibraryError
from ingest.library import VISIBLE, check_schema


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a library says of itself.

    `facts` are those of its `meta`; `statuses` count the ledger by status; `newest` is when the
    newest page was fetched, ISO 8601 in UTC, empty when none was.
    """

    facts: Mapping[str, str]
    statuses: Mapping[str, int]
    documents: int
    passages: int
    newest: str

    @property
    def generation(self) -> int:
        """The published generation; 0 while the first ingest has not finished."""
        return int(self.facts.get("generation", "0"))


def inspect(home: Path) -> Inspection:
    """Read what a library says of itself; raises LibraryError for damage and other layouts."""
    database = home / "library.db"
    try:
        with looking_at(database) as connection:
            check_schema(connection, home)
            return _read(connection)
    except (sqlite3.DatabaseError, OSError) as error:
        raise LibraryError(
            f"{database} cannot be read ({error}): check its rights, or move it away and run"
            " `studypath ingest` again"
        ) from error


def _read(connection: sqlite3.Connection) -> Inspection:
    damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if damage != "ok":
        raise sqlite3.DatabaseError(str(damage).split("\n")[0][:200])
    facts = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    statuses = connection.execute("SELECT status, count(*) FROM resources GROUP BY status")
    now = {"generation": int(facts.get("generation", "0"))}
    documents, passages, newest = connection.execute(
        f"SELECT (SELECT count(*) FROM documents WHERE {VISIBLE}),"
        f" (SELECT count(*) FROM passages JOIN documents USING (doc_row) WHERE {VISIBLE}),"
        " (SELECT max(fetched_at) FROM resources)",
        now,
    ).fetchone()
    return Inspection(facts, dict(statuses.fetchall()), documents, passages, newest or "")


@contextmanager
def looking_at(database: Path) -> Iterator[sqlite3.Connection]:
    """Open a database for reading only.

    SQLite itself would make or touch the files of its write-ahead log: without such a log the
    database is read as a file that nobody changes; one with its index is read as it is; and one
    whose index is gone (its writer was killed, or it was copied) is read as a copy.
    """
    log, index = (database.with_name(database.name + end) for end in ("-wal", "-shm"))
    with tempfile.TemporaryDirectory() as folder:
        how = "immutable=1"
        if log.exists() and log.stat().st_size:
            how = "readonly_shm=1"
            if not index.exists():
                database, log = (Path(shutil.copy(file, folder)) for file in (database, log))
                how = ""
        address = f"file:{quote(str(database.resolve()))}?mode=ro&{how}"
        with closing(sqlite3.connect(address, uri=True, timeout=5)) as connection:
            connection.row_factory = sqlite3.Row
            yield connection


def is_being_written(home: Path) -> bool:
    """Say whether a process holds the home's write lock; False where that cannot be seen."""
    try:
        import fcntl
    except ImportError:  # Windows
        return False
    try:
        with (home / "write.lock").open("rb") as lock:
            # Held for the blink of an eye, and shared: two that look do not see each other.
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
