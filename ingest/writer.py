"""The one writer of a home folder: it stages the next generation and then swaps one number.

A writer that is killed leaves the previous library answering and its own work ready to be resumed:
staged documents and kept vectors are found again by their hashes.
"""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ingest.errors import LibraryError
from ingest.extract import Document
from ingest.library import (
    SCHEMA,
    VISIBLE,
    Entry,
    SourceRow,
    check_schema,
    connect,
    document_of,
    passage_of,
    source_of,
)
from ingest.split import Passage

if TYPE_CHECKING:
    from ingest.keywords import KeywordIndex

TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS resources (
    resource_id TEXT PRIMARY KEY, ordinal INTEGER NOT NULL, kind TEXT NOT NULL,
    title TEXT NOT NULL, url TEXT, resolved_url TEXT, section_ids TEXT NOT NULL,
    status TEXT NOT NULL, reason TEXT NOT NULL, bytes INTEGER NOT NULL, fetched_at TEXT NOT NULL,
    fingerprint TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    doc_row INTEGER PRIMARY KEY AUTOINCREMENT, doc_id TEXT NOT NULL, added INTEGER NOT NULL,
    removed INTEGER, url TEXT NOT NULL, title TEXT NOT NULL, kind TEXT NOT NULL,
    text TEXT NOT NULL, headings TEXT NOT NULL, fetched_at TEXT NOT NULL,
    content_hash TEXT NOT NULL, archived INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS documents_by_id ON documents (doc_id);
CREATE TABLE IF NOT EXISTS passages (
    doc_row INTEGER NOT NULL REFERENCES documents (doc_row) ON DELETE CASCADE,
    passage_id TEXT NOT NULL, ordinal INTEGER NOT NULL, text TEXT NOT NULL,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, heading_path TEXT NOT NULL, anchor TEXT,
    content_hash TEXT NOT NULL, tokens INTEGER NOT NULL, fragments TEXT NOT NULL,
    flag TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS passages_by_id ON passages (passage_id);
CREATE INDEX IF NOT EXISTS passages_by_document ON passages (doc_row, ordinal);
CREATE TABLE IF NOT EXISTS places (
    resource_id TEXT NOT NULL, doc_id TEXT NOT NULL, PRIMARY KEY (resource_id, doc_id));
CREATE INDEX IF NOT EXISTS places_by_document ON places (doc_id);
CREATE TABLE IF NOT EXISTS twins (passage_id TEXT PRIMARY KEY, kept_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS twins_by_kept ON twins (kept_id);
CREATE TABLE IF NOT EXISTS embeddings (
    text_hash TEXT NOT NULL, model TEXT NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (text_hash, model)) WITHOUT ROWID;
"""


class LibraryWriter:
    """The one writer of a home folder: it stages the next generation and publishes it.

    Use through `writing`, which holds the lock.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._connection = connect(home / "library.db")
        self._connection.executescript(TABLES)
        check_schema(self._connection, home)
        self._set("schema", str(SCHEMA))
        self.generation = int(self.meta("generation") or "0") + 1
        self._connection.commit()

    def meta(self, key: str) -> str:
        """Read one fact about the library; empty when it is not there."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row["value"] if row else ""

    def _set(self, key: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def tell(self, facts: Mapping[str, str]) -> None:
        """Write facts about the library that readers are to see at once."""
        with self._connection:
            for key, value in facts.items():
                self._set(key, value)

    def fingerprint(self, resource_id: str, url: str | None) -> str:
        """Hash of what was last read for this resource at this address; empty when nothing was."""
        row = self._connection.execute(
            "SELECT fingerprint FROM resources WHERE resource_id = ? AND url IS ?",
            (resource_id, url),
        ).fetchone()
        return row["fingerprint"] if row else ""

    def ledger(self) -> tuple[dict[str, SourceRow], frozenset[str]]:
        """Read all lines by resource id, passages not counted, and the ids whose text is held."""
        rows = self._connection.execute("SELECT *, 0 AS passages FROM resources").fetchall()
        held = frozenset(row["resource_id"] for row in rows if row["fingerprint"])
        return {row["resource_id"]: source_of(row) for row in rows}, held

    def move(self, resource_id: str, ordinal: int) -> None:
        """Give a ledger line another place, and leave all else as it is."""
        with self._connection:
            self._connection.execute(
                "UPDATE resources SET ordinal = ? WHERE resource_id = ?", (ordinal, resource_id)
            )

    def record(self, row: SourceRow, ordinal: int, fingerprint: str | None = None) -> None:
        """Write a ledger line and leave the resource's documents (and fingerprint) as they are."""
        known = self.fingerprint(row.resource_id, row.url) if fingerprint is None else fingerprint
        with self._connection:
            self._record(row, ordinal, known)

    def _record(self, row: SourceRow, ordinal: int, fingerprint: str) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO resources VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                row.resource_id,
                ordinal,
                row.kind,
                row.title,
                row.url,
                row.resolved_url,
                json.dumps(row.section_ids),
                row.status,
                row.reason,
                row.bytes,
                row.fetched_at,
                fingerprint,
            ),
        )

    def replace(
        self,
        row: SourceRow,
        ordinal: int,
        fingerprint: str,
        contents: Sequence[tuple[Document, Sequence[Passage]]],
    ) -> None:
        """Stage a resource's documents in place of its earlier ones, in one transaction."""
        with self._connection:
            self._record(row, ordinal, fingerprint)
            self._connection.execute("DELETE FROM places WHERE resource_id = ?", (row.resource_id,))
            for document, passages in contents:
                self._stage(document, passages)
                self._connection.execute(
                    "INSERT OR REPLACE INTO places VALUES (?, ?)", (row.resource_id, document.id)
                )

    def _stage(self, document: Document, passages: Sequence[Passage]) -> None:
        self._retire("doc_id = :doc_id", {"doc_id": document.id})
        headings = [[h.level, h.text, h.anchor, h.start] for h in document.headings]
        doc_row = self._connection.execute(
            "INSERT INTO documents (doc_id, added, url, title, kind, text, headings, fetched_at,"
            " content_hash, archived) VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                document.id,
                self.generation,
                document.url,
                document.title,
                document.kind,
                document.text,
                json.dumps(headings),
                document.fetched_at,
                document.content_hash,
                document.archived,
            ),
        ).lastrowid
        self._connection.executemany(
            "INSERT INTO passages VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            [
                (
                    doc_row,
                    p.id,
                    p.ordinal,
                    p.text,
                    p.start,
                    p.end,
                    json.dumps(p.heading_path),
                    p.anchor,
                    p.content_hash,
                    p.tokens,
                    json.dumps(p.fragments, ensure_ascii=False),
                    p.flag,
                )
                for p in passages
            ],
        )

    def _retire(self, condition: str, values: Mapping[str, object]) -> int:
        """Hide documents from the next generation on; drop those that no reader can have seen."""
        scope = {**values, "generation": self.generation}
        dropped = self._connection.execute(
            f"DELETE FROM documents WHERE {condition} AND added = :generation", scope
        ).rowcount
        hidden = self._connection.execute(
            f"UPDATE documents SET removed = :generation WHERE {condition}"
            " AND added < :generation AND removed IS NULL",
            scope,
        ).rowcount
        return int(dropped) + int(hidden)

    def keep_only(self, resource_ids: Sequence[str]) -> int:
        """Drop resources that left the path, and documents no resource needs; returns documents."""
        kept = set(resource_ids)
        with self._connection:
            known = [r["resource_id"] for r in self._connection.execute("SELECT * FROM resources")]
            gone = [(r,) for r in known if r not in kept]
            self._connection.executemany("DELETE FROM resources WHERE resource_id = ?", gone)
            self._connection.executemany("DELETE FROM places WHERE resource_id = ?", gone)
            return self._retire("doc_id NOT IN (SELECT doc_id FROM places)", {})

    def documents(self) -> Iterator[Document]:
        """Read every document of the staged generation, in the order of the path."""
        rows = self._connection.execute(
            f"SELECT * FROM documents WHERE {VISIBLE} ORDER BY doc_row",
            {"generation": self.generation},
        ).fetchall()
        return (document_of(row) for row in rows)

    def restage(self, document: Document, passages: Sequence[Passage]) -> None:
        """Stage a document that was split anew."""
        with self._connection:
            self._stage(document, passages)

    def staged(self) -> tuple[Entry, ...]:
        """Read every passage of the generation being written, in path order, without its places."""
        rows = self._connection.execute(
            "SELECT p.*, d.doc_id, d.title, d.kind, d.url, d.fetched_at, d.archived"
            " FROM passages p JOIN documents d USING (doc_row)"
            " JOIN (SELECT doc_id, min(ordinal) AS place FROM places JOIN resources"
            " USING (resource_id) GROUP BY doc_id) USING (doc_id)"
            f" WHERE {VISIBLE} ORDER BY place, doc_row, p.ordinal",
            {"generation": self.generation},
        )
        return tuple(
            Entry(
                passage_of(r),
                r["title"],
                r["kind"],
                r["url"],
                r["fetched_at"],
                (),
                archived=bool(r["archived"]),
            )
            for r in rows
        )

    def has_changes(self) -> bool:
        """Say whether the staged generation differs from the published one."""
        return bool(
            self._connection.execute(
                "SELECT EXISTS (SELECT 1 FROM documents WHERE added = ? OR removed = ?)",
                (self.generation, self.generation),
            ).fetchone()[0]
        )

    def postings_are_readable(self) -> bool:
        """Say whether the published postings are there and of this version."""
        from ingest.keywords import KeywordIndex

        if not self.meta("generation"):
            return False
        try:
            KeywordIndex.load(self.home / f"keywords-{self.generation - 1}" / "postings.npz")
        except (LibraryError, OSError):
            return False
        return True

    def publish(
        self,
        index: "KeywordIndex",
        ids: Sequence[str],
        twins: Mapping[str, str],
        facts: Mapping[str, str],
    ) -> None:
        """Write the postings, then make the staged generation current in a single commit."""
        folder = self.home / f"keywords-{self.generation}"
        unfinished = folder.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.mkdir()
        index.save(unfinished / "postings.npz")
        np.save(unfinished / "ids.npy", np.array(ids, dtype=np.str_))
        unfinished.rename(folder)
        with self._connection:
            self._connection.execute("DELETE FROM twins")
            self._connection.executemany("INSERT INTO twins VALUES (?, ?)", twins.items())
            for key, value in {**facts, "generation": str(self.generation)}.items():
                self._set(key, value)
            # The generation before last can have no reader that a learner still waits for.
            self._connection.execute("DELETE FROM documents WHERE removed < ?", (self.generation,))
        self._sweep("keywords-", keep={folder.name, f"keywords-{self.generation - 1}"})
        self.generation += 1

    def twin_ids(self) -> set[str]:
        """Name the passages that are kept only as another place of a near-identical one."""
        return {row["passage_id"] for row in self._connection.execute("SELECT * FROM twins")}

    def known_vectors(self, model: str) -> set[str]:
        """Name the texts (by hash) whose vectors of this model are kept."""
        rows = self._connection.execute(
            "SELECT text_hash FROM embeddings WHERE model = ?", (model,)
        )
        return {row["text_hash"] for row in rows}

    def keep_vectors(
        self, model: str, hashes: Sequence[str], vectors: NDArray[np.float32], embedded: int
    ) -> None:
        """Keep one batch of vectors, float32 (n, d), by the hash of their text."""
        rows = [(h, model, v.tobytes()) for h, v in zip(hashes, vectors, strict=True)]
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO embeddings VALUES (?,?,?)", rows)
            self._set("embedded", str(embedded))

    def load_vectors(self, model: str, hashes: Sequence[str]) -> NDArray[np.float32]:
        """Read kept vectors in the order of `hashes`, float32 (n, d); (0, 0) for none."""
        if not hashes:
            return np.zeros((0, 0), dtype=np.float32)
        kept = dict(
            self._connection.execute(
                "SELECT text_hash, vector FROM embeddings WHERE model = ?", (model,)
            ).fetchall()
        )
        return np.stack([np.frombuffer(kept[h], dtype=np.float32) for h in hashes])

    def publish_vectors(
        self, ids: Sequence[str], vectors: NDArray[np.float32], facts: Mapping[str, str]
    ) -> None:
        """Build a new vector index beside the old one, then swap to it."""
        from ingest.vectors import write_vectors

        number = int(self.meta("vectors_made") or "0") + 1
        name = f"vectors-{number}"
        shutil.rmtree(self.home / name, ignore_errors=True)
        write_vectors(self.home / name, ids, vectors)
        previous = self.meta("vectors")
        with self._connection:
            for key, value in {**facts, "vectors": name, "vectors_made": str(number)}.items():
                self._set(key, value)
            self._set("vectors_for", str(self.generation - 1))
        self._sweep("vectors-", keep={name, previous})

    def forget_vectors(self) -> None:
        """Point no reader at vectors any more (they belong to another model)."""
        with self._connection:
            self._connection.execute(
                "DELETE FROM meta WHERE key IN ('vectors', 'vectors_for', 'embedded')"
            )

    def vectors_are_current(self) -> bool:
        """Say whether the published vectors were built for the published generation."""
        return self.meta("vectors_for") == self.meta("generation")

    def _sweep(self, prefix: str, keep: set[str]) -> None:
        for folder in self.home.glob(f"{prefix}*"):
            if folder.name not in keep:
                shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()


@contextmanager
def writing(home: Path) -> Iterator[LibraryWriter]:
    """Hold the home's write lock and its writer; LibraryError while another process writes."""
    from filelock import FileLock, Timeout

    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / "write.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise LibraryError(
            f"another studypath is writing to {home}: wait for it to end, then try again"
        ) from error
    try:
        writer = LibraryWriter(home)
        try:
            yield writer
        finally:
            writer.close()
    finally:
        lock.release()
