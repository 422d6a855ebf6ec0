"""What is on disk, for reading: SQLite is the record; postings and vectors are rebuilt from it.

A document row is visible from the generation that added it until the generation that removed it,
so a reader never sees the work of a writer (`ingest/writer.py`) before it is published.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ingest.curriculum import OWN
from ingest.errors import LibraryError
from ingest.extract import Document, Heading
from ingest.split import Passage

if TYPE_CHECKING:
    from ingest.keywords import KeywordIndex
    from ingest.vectors import VectorIndex

SCHEMA = 2
BATCH = 500  # below SQLite's oldest limit of 999 variables in one statement

VISIBLE = "added <= :generation AND (removed IS NULL OR removed > :generation)"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One line of the ledger: what became of one resource of the path. `bytes` as fetched."""

    resource_id: str
    kind: str
    title: str
    url: str | None
    resolved_url: str | None
    section_ids: tuple[str, ...]
    status: str
    reason: str
    passages: int
    bytes: int
    fetched_at: str


@dataclass(frozen=True, slots=True)
class Twin:
    """Another place where a near-identical passage stands."""

    doc_id: str
    url: str
    section_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage as the library holds it: with its document's title, kind, address and places."""

    passage: Passage
    title: str
    kind: str
    url: str
    fetched_at: str
    section_ids: tuple[str, ...]
    also_in: tuple[Twin, ...] = ()
    archived: bool = False


@dataclass(frozen=True, slots=True)
class PageRow:
    """A document of a resource; `is_linked` when it is the very page that the path links to."""

    resource_id: str
    resource_kind: str
    doc_id: str
    kind: str
    is_linked: bool


@dataclass(frozen=True, slots=True)
class FlaggedRow:
    """A passage that is kept out of answers, and the resource it came with; its flag says why."""

    resource_id: str
    title: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """Counts of the current generation; `embedded` of `passages` can be found by meaning."""

    generation: int
    documents: int
    passages: int
    embedded: int
    model: str


class Library:
    """A reader of one home folder; it sees the generation that was current when it was opened.

    Raises LibraryError when the folder holds no library, or one of another version.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        database = home / "library.db"
        if not database.exists():
            raise LibraryError(f"{home} holds no library yet: run `studypath ingest` first")
        self._connection = connect(database)
        self._lock = Lock()
        check_schema(self._connection, home)
        self.meta: Mapping[str, str] = dict(self._connection.execute("SELECT key, value FROM meta"))
        self.generation = int(self.meta.get("generation", "0"))
        if self.generation == 0:
            raise LibraryError(f"{home}: its first ingest has not finished: run `studypath ingest`")

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    @property
    def is_collection(self) -> bool:
        """True for a stand-alone collection of documents, false for a learning path."""
        return self.meta.get("collection") == "1"

    @property
    def model(self) -> str:
        """The identity (name and hash) of the embedding model that made the vectors."""
        return self.meta.get("model", "")

    @property
    def path_text(self) -> str:
        """The learning path's Markdown as it was ingested; empty for a collection."""
        return self.meta.get("path_text", "")

    def is_current(self) -> bool:
        """Say whether no newer generation (of postings or vectors) was published since opening."""
        # How far embedding has come changes with every batch, and nothing a reader holds with it.
        now = dict(self._rows("SELECT key, value FROM meta WHERE key <> 'embedded'"))
        return now == {key: value for key, value in self.meta.items() if key != "embedded"}

    def _rows(self, statement: str, values: Mapping[str, object] | Sequence[object] = ()) -> list:  # type: ignore[type-arg]
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def keywords(self) -> "tuple[KeywordIndex, NDArray[np.str_]]":
        """Load the keyword index and the passage ids of its rows."""
        from ingest.keywords import KeywordIndex

        folder = self.home / f"keywords-{self.generation}"
        try:
            return KeywordIndex.load(folder / "postings.npz"), np.load(folder / "ids.npy")
        except (OSError, ValueError) as error:
            raise LibraryError(
                f"{folder} cannot be read ({error}): run `studypath reindex`"
            ) from error

    def vectors(self) -> "VectorIndex | None":
        """Open the newest published vectors, or None while none are there yet."""
        from ingest.vectors import VectorIndex

        name = self.meta.get("vectors", "")
        return VectorIndex(self.home / name) if name else None

    def entries(self, passage_ids: Sequence[str]) -> dict[str, Entry]:
        """Read passages by id; ids that this generation no longer holds are left out."""
        found: dict[str, Entry] = {}
        for start in range(0, len(passage_ids), BATCH):
            found |= self._entries(passage_ids[start : start + BATCH])
        return found

    def _entries(self, ids: Sequence[str]) -> dict[str, Entry]:
        marks = ",".join(f":p{i}" for i in range(len(ids)))
        values = {f"p{i}": passage_id for i, passage_id in enumerate(ids)}
        rows = self._rows(
            "SELECT p.*, d.doc_id, d.title, d.kind, d.url, d.fetched_at, d.archived"
            " FROM passages p JOIN documents d USING (doc_row)"
            f" WHERE p.passage_id IN ({marks}) AND {VISIBLE}",
            {**values, "generation": self.generation},
        )
        also = self._rows(
            f"SELECT t.kept_id, d.doc_id, d.url FROM twins t JOIN passages p"
            f" ON p.passage_id = t.passage_id JOIN documents d USING (doc_row)"
            f" WHERE t.kept_id IN ({marks}) AND {VISIBLE} ORDER BY d.doc_id",
            {**values, "generation": self.generation},
        )
        sections = self.sections_of([row["doc_id"] for row in [*rows, *also]])
        twins: dict[str, dict[str, Twin]] = {}
        for row in also:
            twin = Twin(row["doc_id"], row["url"], sections[row["doc_id"]])
            twins.setdefault(row["kept_id"], {})[twin.doc_id] = twin
        return {
            row["passage_id"]: Entry(
                passage=passage_of(row),
                title=row["title"],
                kind=row["kind"],
                url=row["url"],
                fetched_at=row["fetched_at"],
                section_ids=sections[row["doc_id"]],
                also_in=tuple(twins.get(row["passage_id"], {}).values()),
                archived=bool(row["archived"]),
            )
            for row in rows
        }

    def sections_of(self, doc_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Name the sections that link to each document, in path order."""
        wanted = sorted(set(doc_ids))
        sections: dict[str, tuple[str, ...]] = dict.fromkeys(wanted, ())
        for start in range(0, len(wanted), BATCH):
            part = wanted[start : start + BATCH]
            for row in self._rows(
                f"SELECT doc_id, section_ids FROM places JOIN resources USING (resource_id)"
                f" WHERE doc_id IN ({','.join('?' * len(part))}) ORDER BY ordinal",
                part,
            ):
                more = tuple(json.loads(row["section_ids"]))
                known = sections[row["doc_id"]]
                sections[row["doc_id"]] = known + tuple(s for s in more if s not in known)
        return sections

    def document(self, doc_id: str) -> Document | None:
        """Read one whole document, or None when this generation does not hold it."""
        rows = self._rows(
            f"SELECT * FROM documents WHERE doc_id = :doc_id AND {VISIBLE}",
            {"doc_id": doc_id, "generation": self.generation},
        )
        return document_of(rows[0]) if rows else None

    def passages_of(self, doc_id: str) -> tuple[str, ...]:
        """Name the passages of one document, in reading order."""
        rows = self._rows(
            f"SELECT passage_id FROM passages JOIN documents USING (doc_row)"
            f" WHERE doc_id = :doc_id AND {VISIBLE} ORDER BY ordinal",
            {"doc_id": doc_id, "generation": self.generation},
        )
        return tuple(row["passage_id"] for row in rows)

    def places_in(self, kind: str) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
        """Give the passages of all documents of a kind, with the headings above each.

        By document, under what follows "/" in its id: for a note its section.
        """
        rows = self._rows(
            "SELECT doc_id, passage_id, heading_path FROM passages JOIN documents USING (doc_row)"
            f" WHERE kind = :kind AND {VISIBLE} ORDER BY doc_row, ordinal",
            {"kind": kind, "generation": self.generation},
        )
        found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for row in rows:
            place = row["passage_id"], tuple(json.loads(row["heading_path"]))
            found.setdefault(row["doc_id"].partition("/")[2], []).append(place)
        return found

    def passages_from(self, resource_id: str) -> tuple[str, ...]:
        """Name the passages of one resource, of all its documents in reading order."""
        rows = self._rows(
            "SELECT passage_id FROM places JOIN documents USING (doc_id) JOIN passages"
            f" USING (doc_row) WHERE resource_id = :resource_id AND {VISIBLE}"
            " ORDER BY doc_row, ordinal",
            {"resource_id": resource_id, "generation": self.generation},
        )
        return tuple(row["passage_id"] for row in rows)

    def passages_in(self, section_ids: Sequence[str]) -> frozenset[str]:
        """Name the passages of all documents that belong to some sections.

        OWN stands for all that the learner added, whatever section it was added to. A
        near-identical passage that stands elsewhere counts as the one that is kept of both.
        """
        wanted = frozenset(section_ids)
        resources = [
            row["resource_id"]
            for row in self._rows("SELECT resource_id, section_ids, kind FROM resources")
            if wanted & frozenset(json.loads(row["section_ids"]))
            or (OWN in wanted and row["kind"] == OWN)
        ]
        found: set[str] = set()
        for start in range(0, len(resources), BATCH):
            part = resources[start : start + BATCH]
            marks = ",".join(f":r{i}" for i in range(len(part)))
            rows = self._rows(
                "SELECT DISTINCT p.passage_id, t.kept_id FROM places JOIN documents d"
                " USING (doc_id) JOIN passages p USING (doc_row)"
                " LEFT JOIN twins t ON t.passage_id = p.passage_id"
                f" WHERE places.resource_id IN ({marks}) AND {VISIBLE}",
                {f"r{i}": r for i, r in enumerate(part)} | {"generation": self.generation},
            )
            found |= {row["kept_id"] or row["passage_id"] for row in rows}
        return frozenset(found)

    def passage_ids(self) -> tuple[str, ...]:
        """Name every passage of this generation, near-identical ones included."""
        rows = self._rows(
            f"SELECT passage_id FROM passages JOIN documents USING (doc_row) WHERE {VISIBLE}"
            " ORDER BY doc_row, ordinal",
            {"generation": self.generation},
        )
        return tuple(row["passage_id"] for row in rows)

    def sources(self) -> tuple[SourceRow, ...]:
        """Read the ledger in path order."""
        rows = self._rows(
            "SELECT r.*, (SELECT count(*) FROM places s JOIN documents d USING (doc_id)"
            f" JOIN passages p USING (doc_row) WHERE s.resource_id = r.resource_id AND {VISIBLE})"
            " AS passages FROM resources r ORDER BY ordinal",
            {"generation": self.generation},
        )
        return tuple(source_of(row) for row in rows)

    def pages(self) -> tuple[PageRow, ...]:
        """Name every document with its resource, in the order they were read; without texts."""
        rows = self._rows(
            "SELECT resource_id, r.kind AS resource_kind, doc_id, d.kind, d.url, r.url AS link,"
            " resolved_url FROM resources r JOIN places USING (resource_id)"
            f" JOIN documents d USING (doc_id) WHERE {VISIBLE} ORDER BY ordinal, doc_row",
            {"generation": self.generation},
        )
        return tuple(
            PageRow(
                row["resource_id"],
                row["resource_kind"],
                row["doc_id"],
                row["kind"],
                row["url"] in (row["link"], row["resolved_url"]),
            )
            for row in rows
        )

    def flagged_ids(self) -> frozenset[str]:
        """Name the passages of this generation that are kept out of answers."""
        rows = self._rows(
            "SELECT passage_id FROM passages JOIN documents USING (doc_row)"
            f" WHERE flag <> '' AND {VISIBLE}",
            {"generation": self.generation},
        )
        return frozenset(row["passage_id"] for row in rows)

    def flagged(self) -> tuple[FlaggedRow, ...]:
        """Read the passages that are kept out of answers, in path order, for each resource."""
        rows = self._rows(
            "SELECT r.resource_id, r.title, p.passage_id FROM passages p JOIN documents d"
            " USING (doc_row) JOIN places USING (doc_id) JOIN resources r USING (resource_id)"
            f" WHERE p.flag <> '' AND {VISIBLE} ORDER BY r.ordinal, doc_row, p.ordinal",
            {"generation": self.generation},
        )
        entries = self.entries([row["passage_id"] for row in rows])
        return tuple(
            FlaggedRow(row["resource_id"], row["title"], entries[row["passage_id"]]) for row in rows
        )

    def status(self) -> LibraryStatus:
        """Count what the current generation holds."""
        documents, passages = self._rows(
            f"SELECT (SELECT count(*) FROM documents WHERE {VISIBLE}),"
            f" (SELECT count(*) FROM passages JOIN documents USING (doc_row) WHERE {VISIBLE})",
            {"generation": self.generation},
        )[0]
        now = dict(self._rows("SELECT key, value FROM meta"))
        complete = now.get("vectors_for") == str(self.generation)
        embedded = passages if complete else min(passages, int(now.get("embedded", "0")))
        return LibraryStatus(self.generation, documents, passages, embedded, self.model)


@contextmanager
def open_library(home: Path) -> Iterator[Library]:
    """Open a home folder for reading and close it again; raises LibraryError as Library does."""
    library = Library(home)
    try:
        yield library
    finally:
        library.close()


def read_before(home: Path) -> tuple[dict[str, str], frozenset[str]]:
    """Give the facts of a home and the ids of the resources whose text it holds.

    Also of a home whose first ingest was stopped; empty where there is no library. Raises
    LibraryError as Library does for damage and other versions.
    """
    if not (home / "library.db").exists():
        return {}, frozenset()
    connection = connect(home / "library.db")
    try:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
        if "resources" not in {row["name"] for row in tables}:
            return {}, frozenset()
        check_schema(connection, home)
        facts = dict(connection.execute("SELECT key, value FROM meta").fetchall())
        rows = connection.execute("SELECT resource_id FROM resources WHERE fingerprint <> ''")
        return facts, frozenset(row["resource_id"] for row in rows)
    finally:
        connection.close()


def connect(database: Path) -> sqlite3.Connection:
    """Open SQLite with rows by name, readers beside the writer, and foreign keys held."""
    connection = sqlite3.connect(database, timeout=30, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise LibraryError(
            f"{database} is damaged ({error}): move it away and run `studypath ingest` again"
        ) from error
    return connection


def check_schema(connection: sqlite3.Connection, home: Path) -> None:
    """Raise LibraryError when the library was written by a version with another layout."""
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    except sqlite3.OperationalError as error:
        raise LibraryError(
            f"{home}: library.db is not a finished library: run `studypath ingest`"
        ) from error
    if row and int(row["value"]) != SCHEMA:
        raise LibraryError(
            f"{home} was written by another version of studypath (layout {row['value']},"
            f" this one reads {SCHEMA}): move it away and run `studypath ingest` again"
        )


def passage_of(row: sqlite3.Row) -> Passage:
    """Read a Passage from a row that joins passages and documents."""
    return Passage(
        id=row["passage_id"],
        doc_id=row["doc_id"],
        ordinal=row["ordinal"],
        text=row["text"],
        start=row["start"],
        end=row["stop"],
        heading_path=tuple(json.loads(row["heading_path"])),
        anchor=row["anchor"],
        content_hash=row["content_hash"],
        tokens=row["tokens"],
        fragments=tuple((a, b, text) for a, b, text in json.loads(row["fragments"])),
        flag=row["flag"],
    )


def document_of(row: sqlite3.Row) -> Document:
    """Read a Document from a row of documents."""
    return Document(
        id=row["doc_id"],
        url=row["url"],
        title=row["title"],
        kind=row["kind"],
        text=row["text"],
        headings=tuple(Heading(*heading) for heading in json.loads(row["headings"])),
        fetched_at=row["fetched_at"],
        content_hash=row["content_hash"],
        archived=bool(row["archived"]),
    )


def source_of(row: sqlite3.Row) -> SourceRow:
    """Read a ledger line."""
    return SourceRow(
        resource_id=row["resource_id"],
        kind=row["kind"],
        title=row["title"],
        url=row["url"],
        resolved_url=row["resolved_url"],
        section_ids=tuple(json.loads(row["section_ids"])),
        status=row["status"],
        reason=row["reason"],
        passages=row["passages"],
        bytes=row["bytes"],
        fetched_at=row["fetched_at"],
    )
