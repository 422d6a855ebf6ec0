"""One opened home ready to be searched: library, postings, vectors and the question model."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from assistant.field import Field, read_field
from assistant.known import Known
from assistant.retrieve import (
    DEPTH,
    Found,
    Fused,
    Hit,
    Legs,
    Within,
    best_per_document,
    fuse,
    lifted,
    search_legs,
    without,
)
from assistant.sections import Guide, everything, own_passages, read_guide, rows_of
from assistant.settings import Settings
from ingest.analysis import Word
from ingest.curriculum import Curriculum, parse
from ingest.embed import Embedder, model_id, question_embedder
from ingest.errors import LibraryError
from ingest.known import read_known
from ingest.library import Entry, Library
from ingest.recent import Recent

READ_LATELY = 2_000  # passages that stay in memory as they were read, about 3 KB each
# Searches that stay: one question looks three times, each time deeper into the same two legs.
SEARCHED_LATELY = 16
PARTS_KEPT = 4  # parts of the path whose vectors stay in memory
NONE = np.zeros((0, 0), dtype=np.float32)


class Searcher:
    """Searches one generation of a library; raises LibraryError when it cannot be opened.

    `left_out` are ids of passages that no search finds, `known` the questions that passages are
    known to answer: those that ship, unless others are given.
    """

    def __init__(
        self,
        settings: Settings,
        embedder: Embedder | None = None,
        left_out: frozenset[str] = frozenset(),
        known: Known | None = None,
    ) -> None:
        self.settings = settings
        self.left_out = left_out
        self.library = Library(settings.home)
        self.index, self.ids = self.library.keywords()
        self.vectors = self.library.vectors()
        self._row_of = {str(passage_id): row for row, passage_id in enumerate(self.ids)}
        self.flagged = self.library.flagged_ids()
        self._flagged_rows = np.flatnonzero(np.isin(self.ids, sorted(self.flagged)))
        self.embedder = embedder
        if self.vectors is not None and self.library.model != model_id(settings.model):
            raise LibraryError(
                f"{settings.home} was indexed with {self.library.model}, not"
                f" {model_id(settings.model)}: run `studypath reindex`"
            )
        if self.vectors is not None and embedder is None:
            self.embedder = question_embedder(settings.model, settings.cache)
        self._guide: Guide | None = None
        self._field: Field | None = None
        self._entries: Recent[str, Entry] = Recent(READ_LATELY)
        self._searched = lru_cache(maxsize=SEARCHED_LATELY)(self._search)
        self._known = known
        self._parts: dict[tuple[str, ...], Within] = {}
        self._reading = Lock()

    def guide(self, curriculum: Curriculum) -> Guide:
        """Give what the library says of its path's sections; read at the first call, then kept."""
        with self._reading:
            if self._guide is None:
                self._guide = read_guide(
                    curriculum, self.library, self.index, self.ids, self.vectors
                )
            return self._guide

    def field(self) -> Field:
        """Give the subjects near the path and far from it; read at the first call, then kept."""
        with self._reading:
            if self._field is None:
                path = self.library.path_text
                sections = parse(path).sections if path else ()
                cards = own_passages(self.library, "path", sections)
                self._field = read_field(
                    self.embedder,
                    "\n".join(everything(section) for section in sections),
                    rows_of(self.vectors, cards).vectors,
                )
            return self._field

    def known(self) -> Known:
        """Give what our notes are known to answer; read at the first call, then kept."""
        with self._reading:
            if self._known is None:
                questions = read_known(model_id(self.settings.model))
                self._known = Known(questions, self.library.places_in("note"))
            return self._known

    def part(self, section_ids: Sequence[str]) -> Within:
        """Give what belongs to some sections, read at the first call; the last few are kept."""
        key = tuple(sorted(section_ids))
        with self._reading:
            if key not in self._parts:
                if len(self._parts) >= PARTS_KEPT:
                    self._parts.pop(next(iter(self._parts)))
                wanted = self.library.passages_in(key)
                rows = np.isin(self.ids, sorted(wanted))
                ids, vectors = self.vectors.of(sorted(wanted)) if self.vectors else ((), NONE)
                self._parts[key] = Within(rows, tuple(ids), vectors)
            return self._parts[key]

    def reopened(self) -> "Searcher":
        """Open the newest generation, keeping the loaded model."""
        return Searcher(self.settings, self.embedder, self.left_out)

    def idf(self, stem: str) -> float:
        """Weigh a stem by its rarity in the library."""
        return self.index.idf(stem)

    def frequency(self, term: str, *, flagged: bool = False) -> int:
        """Count the passages that hold a term; flagged ones only when they are asked for."""
        rows = self.index.term_rows(term)
        return len(rows) if flagged else int((~np.isin(rows, self._flagged_rows)).sum())

    def is_strange(self, word: Word, *, flagged: bool = False) -> bool:
        """Say whether no page has a word and the model's vocabulary does not know it either."""
        used = (self.frequency(term, flagged=flagged) for term in word.terms)
        if self.embedder is None or any(used):
            return False
        return not self.embedder.is_word(word.surface.lower())

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode sentences, float32 (n, d); zeros while no vectors are there."""
        if self.embedder is None:
            return np.zeros((len(texts), 1), dtype=np.float32)
        # Half a character (a lone surrogate) of a question cannot be tokenised.
        return self.embedder.encode([t.encode("utf-8", "replace").decode() for t in texts])

    def find(
        self,
        query: str,
        k: int,
        *,
        per_document: bool = False,
        flagged: bool = False,
        within: Sequence[str] = (),
    ) -> Found:
        """Find the best k passages for a query, or with `per_document` the best one of each.

        Flagged passages are found only when they are asked for; with `within`, ids of sections,
        only passages of these.
        """
        if per_document:
            legs = self.documents(query, k, flagged=flagged)
        else:
            legs = self._searched(query, max(DEPTH, k), flagged, tuple(within))
        return self._read(legs, fuse(legs.keywords, legs.vectors), k)

    def find_answers(self, question: str, k: int, within: Sequence[str] = ()) -> Found:
        """Find the best k passages to answer from, with how near each is known to be.

        What is known to answer such a question comes first, whether the words are found or not.
        """
        legs = self._searched(question, max(DEPTH, k), False, tuple(within))
        near = self.known().near(legs.found.vector, legs.found.corrected, self.idf)
        reach = near.known.row_of.keys() - (self.left_out | self.flagged)
        if within:
            reach &= frozenset(self.part(within).ids)
        lifts = {i: lift for i, lift in near.lifts().items() if i in reach}
        found = self._read(legs, lifted(fuse(legs.keywords, legs.vectors), lifts), k)
        hits = tuple(replace(hit, known=near.of(hit.id)) for hit in found.hits)
        return replace(found, hits=hits, by_known=bool(reach))

    def _search(self, query: str, depth: int, flagged: bool, within: tuple[str, ...]) -> Legs:
        return self.legs(query, depth, flagged, self.part(within) if within else None)

    def legs(
        self, query: str, depth: int, flagged: bool = False, part: Within | None = None
    ) -> Legs:
        """Search so deep that the legs are as long without the passages that are left out."""
        left_out = self.left_out if flagged else self.left_out | self.flagged
        deep = depth + len(left_out)
        legs = search_legs(query, self.index, self.ids, self.vectors, self.embedder, deep, part)
        if not left_out:
            return legs
        terms = dict.fromkeys(term for word in legs.found.words for term in word.terms)
        unknown = (
            term for term in terms if self.index.frequency(term) and not self.frequency(term)
        )
        return replace(
            legs,
            keywords=without(legs.keywords, left_out, depth),
            vectors=without(legs.vectors, left_out, depth),
            found=replace(legs.found, unknown=(*legs.found.unknown, *unknown)),
        )

    def entries(self, ids: Sequence[str]) -> Mapping[str, Entry]:
        """Read passages by id, those that were read lately from memory."""
        found = self._entries.known(ids)
        read = self.library.entries([i for i in ids if i not in found])
        self._entries.keep(read)
        return found | read

    def documents(self, query: str, k: int, *, flagged: bool = False) -> Legs:
        """Search so deep that both legs name k documents, each by one passage of it, or all."""
        depth = max(DEPTH, 3 * k)
        while True:
            legs = self.legs(query, depth, flagged)
            documents = self._by_document(legs, max(DEPTH, k))
            cut = (
                len(passages.ids) >= depth and len(named.ids) < k
                for passages, named in (
                    (legs.keywords, documents.keywords),
                    (legs.vectors, documents.vectors),
                )
            )
            if not any(cut):
                return documents
            depth *= 4  # one long document fills the leg: look behind it

    def _by_document(self, legs: Legs, depth: int) -> Legs:
        """Collapse both legs to the best passage of each document."""
        ids = [*legs.keywords.ids, *legs.vectors.ids]
        entries = self.library.entries(ids)
        documents = {i: entry.passage.doc_id for i, entry in entries.items()}
        first: dict[str, str] = {}
        for i in ids:  # both legs must name a document by one passage to be fused
            if i in documents:
                first.setdefault(documents[i], i)
        named = {i: first[doc_id] for i, doc_id in documents.items()}
        keywords = best_per_document(legs.keywords, documents)
        vectors = best_per_document(legs.vectors, documents)
        return Legs(
            type(keywords)(tuple(named[i] for i in keywords.ids[:depth]), keywords.scores[:depth]),
            type(vectors)(tuple(named[i] for i in vectors.ids[:depth]), vectors.scores[:depth]),
            legs.found,
            legs.rows,
        )

    def _read(self, legs: Legs, fused: Sequence[Fused], k: int) -> Found:
        """Read the passages of the best fused ids and measure what they hold of the question."""
        wanted = fused[: 2 * k + 10]  # some may be gone, repeated, or above a source's cap
        entries = self.entries([f.id for f in wanted])
        similarities = legs.vectors.as_dict()
        rows = {f.id: self._row_of[f.id] for f in wanted if f.id in self._row_of}
        shares = self.index.coverages(list(rows.values()), legs.found.words)
        covered = dict(zip(rows, shares.tolist(), strict=True))
        hits = tuple(
            Hit(
                entries[f.id],
                f.score,
                f.found_by,
                similarities.get(f.id, 0.0),
                covered.get(f.id, 0.0),
            )
            for f in wanted
            if f.id in entries
        )
        return replace(legs.found, hits=hits, field=self.field)
