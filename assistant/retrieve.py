"""Keyword and vector hits, each leg deep, fused into one list; pure over what it is given."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.field import Field
from assistant.known import UNKNOWN, Nearness
from ingest.embed import Embedder
from ingest.keywords import KeywordIndex, Word
from ingest.library import Entry
from ingest.spelling import no_word
from ingest.vectors import VectorIndex

# Each leg is read this deep before fusing: fused scores of the first ten still change between 50
# and 100, hardly beyond (docs/benchmarks.md, "Fusion").
DEPTH = 100
WINDOWS = 1.5  # vectors read per passage wanted, since a long passage has several windows
# Chosen on eval/golden/dev.yaml: see docs/benchmarks.md, "Fusion", and `python -m eval.fusion`.
METHOD = "convex"
ALPHA = 0.6  # weight of the vector leg
LIFT = 1.0  # of what is known to answer just this question, beside a fused score in 0..1


@dataclass(frozen=True, slots=True)
class Leg:
    """One ranked list: ids with their raw scores, best first."""

    ids: tuple[str, ...]
    scores: NDArray[np.float64]

    def as_dict(self) -> dict[str, float]:
        """Give the raw score of each id."""
        return dict(zip(self.ids, self.scores.tolist(), strict=True))


EMPTY = Leg((), np.zeros(0))


@dataclass(frozen=True, slots=True)
class Fused:
    """An id with its fused score (0..1 for convex fusion) and the legs that found it."""

    id: str
    score: float
    found_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question.

    `score` is the fused score, `similarity` the cosine of question and passage (0 when the vector
    leg did not find it), `coverage` the idf-weighted share of the question's terms in it, 0..1;
    `known` how near the question is to those that the passage is known to answer.
    """

    entry: Entry
    score: float
    found_by: tuple[str, ...]
    similarity: float
    coverage: float
    known: Nearness = UNKNOWN

    @property
    def id(self) -> str:
        """The passage's id."""
        return self.entry.passage.id


@dataclass(frozen=True, slots=True)
class Found:
    """What retrieval found for one question, with what it made of the question's words.

    `unknown` are the question's terms that occur nowhere in the library, `corrected` the question
    with its spelling corrected, `field` gives the subjects of the path's field; `by_known` says
    that of some passages the questions are known that they answer. Times in ms.
    """

    hits: tuple[Hit, ...]
    words: tuple[Word, ...]
    unknown: tuple[str, ...]
    corrections: tuple[tuple[str, str], ...]
    expansions: tuple[tuple[str, str], ...]
    vector: NDArray[np.float32] | None
    corrected: str = ""
    bm25_ms: float = 0.0
    vector_ms: float = 0.0
    field: Callable[[], Field] | None = None
    by_known: bool = False


def vector_leg(vectors: VectorIndex, vector: NDArray[np.float32], depth: int) -> Leg:
    """Search by meaning; a passage counts with its best window."""
    ids, similarities = vectors.search(vector, int(depth * WINDOWS))
    best: dict[str, float] = {}
    for window_id, similarity in zip(ids, similarities.tolist(), strict=True):
        passage_id = window_id.rpartition("#")[0]
        if passage_id not in best and len(best) < depth:
            best[passage_id] = similarity
    return Leg(tuple(best), np.array(list(best.values()), dtype=np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class Within:
    """A part of the library: its rows of the keyword index (a mask) and its vectors.

    `ids` are the passages of the vectors, float32 (n, d), one for each window.
    """

    rows: NDArray[np.bool_]
    ids: tuple[str, ...]
    vectors: NDArray[np.float32]

    def leg(self, vector: NDArray[np.float32], depth: int) -> Leg:
        """Search this part by meaning, exactly; a passage counts with its best window."""
        if not self.ids:
            return EMPTY
        similarities = (self.vectors @ vector).astype(np.float64)
        best: dict[str, float] = {}
        for row in np.argsort(-similarities, kind="stable").tolist():
            best.setdefault(self.ids[row], float(similarities[row]))
            if len(best) == depth:
                break
        return Leg(tuple(best), np.array(list(best.values()), dtype=np.float64))


def fuse(
    keywords: Leg, vectors: Leg, method: str = METHOD, alpha: float = ALPHA
) -> tuple[Fused, ...]:
    """Join two legs into one list, best first.

    Methods: "convex" (min-max scaled scores, `alpha` for the vectors; Bruch et al., "An Analysis
    of Fusion Functions for Hybrid Retrieval", 2023), "distribution" (scaled by mean and three
    standard deviations), "rrf" (reciprocal ranks with k = 60; Cormack et al., 2009).
    """
    scale = {"convex": min_max, "distribution": three_deviations, "rrf": reciprocal_ranks}[method]
    weights = (1.0, 1.0) if method == "rrf" else (1.0 - alpha, alpha)
    scores: dict[str, float] = {}
    for leg, weight in zip((keywords, vectors), weights, strict=True):
        for passage_id, score in zip(leg.ids, scale(leg.scores).tolist(), strict=True):
            scores[passage_id] = scores.get(passage_id, 0.0) + weight * score
    by_words, by_meaning = set(keywords.ids), set(vectors.ids)
    order = sorted(scores, key=lambda i: (-scores[i], i))
    return tuple(
        Fused(i, scores[i], ("bm25",) * (i in by_words) + ("vector",) * (i in by_meaning))
        for i in order
    )


def lifted(fused: Sequence[Fused], lifts: Mapping[str, float]) -> tuple[Fused, ...]:
    """Move up what is known to answer a question like this one, and add what no leg found.

    `lifts` says for passages how like, in 0..1. The fused scores stay as they are.
    """
    found = {item.id for item in fused}
    more = tuple(Fused(i, 0.0, ("known",)) for i in lifts if i not in found)
    ranks = {f.id: f.score + LIFT * lifts.get(f.id, 0.0) for f in (*fused, *more)}
    return tuple(sorted((*fused, *more), key=lambda f: (-ranks[f.id], f.id)))


def min_max(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale scores to 0..1; a leg whose scores are all alike counts as 1."""
    if not len(scores):
        return scores
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low) if high > low else np.ones_like(scores)


def three_deviations(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale scores so that three standard deviations about their mean span 0..1."""
    if not len(scores):
        return scores
    spread = 6 * scores.std()
    low = scores.mean() - spread / 2
    return np.clip((scores - low) / spread, 0, 1) if spread else np.ones_like(scores)


def reciprocal_ranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Score by rank alone: 1 / (60 + rank)."""
    ranks = np.arange(1, len(scores) + 1, dtype=np.float64)
    return np.asarray(1.0 / (60.0 + ranks), dtype=np.float64)


def best_per_document(leg: Leg, document_of: Mapping[str, str]) -> Leg:
    """Keep the best passage of each document; passages of unknown documents are dropped."""
    kept: dict[str, int] = {}
    for position, passage_id in enumerate(leg.ids):
        doc_id = document_of.get(passage_id)
        if doc_id is not None:
            kept.setdefault(doc_id, position)
    positions = list(kept.values())
    return Leg(tuple(leg.ids[i] for i in positions), leg.scores[positions])


def without(leg: Leg, ids: frozenset[str], depth: int) -> Leg:
    """Leave some passages out of a leg, and keep the `depth` best of the others."""
    kept = [row for row, passage_id in enumerate(leg.ids) if passage_id not in ids][:depth]
    return Leg(tuple(leg.ids[row] for row in kept), leg.scores[kept])


@dataclass(frozen=True, slots=True)
class Legs:
    """The two legs of one search, with what the keyword leg made of the words."""

    keywords: Leg
    vectors: Leg
    found: Found
    rows: Mapping[str, int]


def search_legs(
    question: str,
    index: KeywordIndex,
    ids: NDArray[np.str_],
    vectors: VectorIndex | None,
    embedder: Embedder | None,
    depth: int = DEPTH,
    within: Within | None = None,
) -> Legs:
    """Run both searches, of all or of a part; without vectors the second leg is empty."""
    # Half a character (a lone surrogate) can be typed on a command line and be in no library.
    question = question.encode("utf-8", "replace").decode()
    began = time.perf_counter()
    result = index.search(
        question,
        depth,
        embedder.is_word if embedder else no_word,
        None if within is None else within.rows,
    )
    passages = tuple(str(ids[row]) for row in result.rows)
    keywords = Leg(passages, np.asarray(result.scores, dtype=np.float64))
    bm25_ms = 1000 * (time.perf_counter() - began)
    began = time.perf_counter()
    vector, by_meaning = None, EMPTY
    if vectors is not None and embedder is not None and question.strip():
        vector = embedder.encode([result.corrected])[0]
        by_meaning = within.leg(vector, depth) if within else vector_leg(vectors, vector, depth)
    found = Found(
        hits=(),
        words=result.words,
        unknown=tuple(
            term for term, known in zip(result.terms, result.known, strict=True) if not known
        ),
        corrections=result.corrections,
        expansions=result.expansions,
        vector=vector,
        corrected=result.corrected,
        bm25_ms=bm25_ms,
        vector_ms=1000 * (time.perf_counter() - began),
    )
    rows = dict(zip(passages, (int(row) for row in result.rows), strict=True))
    return Legs(keywords, by_meaning, found, rows)
