"""How well the index finds what a collection's judges found: each search alone, and both fused."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from assistant.retrieve import Legs, fuse
from assistant.search import Searcher
from assistant.settings import Settings
from eval.beir import Collection
from eval.ir import Rankings, score
from ingest.build import BuildOptions, build_library
from ingest.embed import model_id
from ingest.indexing import Report
from ingest.progress import Progress

MEASURES = {"nDCG@10": "nDCG@10", "MRR@10": "RR@10", "recall@100": "R@100"}
METHODS = ("bm25", "vectors", "hybrid")
DEEPEST = 100  # documents of a ranking that count


@dataclass(frozen=True, slots=True)
class CollectionScores:
    """The averages of MEASURES by method, over the judged queries; times in s."""

    collection: Collection
    home: Path
    model: str
    scores: Mapping[str, Mapping[str, float]]
    seconds_indexing: float
    seconds_asking: float


def home_of(collection: Collection, settings: Settings) -> Path:
    """Say where a collection's index is kept: in the home that was named, else in the cache."""
    if settings.home_given:
        return settings.home
    given = f"{collection.folder.resolve()} {model_id(settings.model)}"
    digest = hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()
    return settings.cache / "collections" / digest[:16]


def evaluate(
    collection: Collection,
    settings: Settings,
    report: Report,
    clock: Callable[[], float] = time.perf_counter,
) -> CollectionScores:
    """Index a collection as `studypath ingest --documents` does, ask its queries, and score.

    What is indexed already is left as it is. Raises InputError when the home holds something else.
    """
    began = clock()
    home = home_of(collection, settings)
    options = BuildOptions(settings.model, settings.cache, documents=collection.corpus)
    build_library(home, options, lambda p: None if p.stage == "done" else report(p))
    indexed = clock()
    rankings = ask_all(Searcher(replace(settings, home=home)), collection.asked, report, clock)
    scores = {name: averages(rankings[name], collection) for name in METHODS}
    ended = clock()
    report(Progress("done", 1, 1))
    return CollectionScores(
        collection,
        home,
        model_id(settings.model),
        MappingProxyType(scores),
        seconds_indexing=indexed - began,
        seconds_asking=ended - indexed,
    )


def ask_all(
    searcher: Searcher,
    queries: Mapping[str, str],
    report: Report,
    clock: Callable[[], float] = time.perf_counter,
) -> Mapping[str, Rankings]:
    """Rank documents for every query by every method."""
    rankings: dict[str, dict[str, Sequence[str]]] = {name: {} for name in METHODS}
    began = clock()
    try:
        for done, (query, text) in enumerate(queries.items(), 1):
            legs = searcher.documents(text, DEEPEST)
            for name, ranking in ranked(searcher, legs).items():
                rankings[name][query] = ranking
            left = (clock() - began) / done * (len(queries) - done)
            report(Progress("ask", done, len(queries), eta_seconds=left))
    finally:
        searcher.library.close()
    return rankings


def ranked(searcher: Searcher, legs: Legs) -> Mapping[str, tuple[str, ...]]:
    """Give the ids of documents by every method, the best DEEPEST of each."""
    fused = tuple(item.id for item in fuse(legs.keywords, legs.vectors))
    entries = searcher.library.entries([*legs.keywords.ids, *legs.vectors.ids])
    document = {i: entry.passage.doc_id for i, entry in entries.items()}
    ways = zip(METHODS, (legs.keywords.ids, legs.vectors.ids, fused), strict=True)
    return {name: tuple(document[i] for i in ids if i in document)[:DEEPEST] for name, ids in ways}


def averages(rankings: Rankings, collection: Collection) -> Mapping[str, float]:
    """Average every measure over the judged queries."""
    each = score(rankings, collection.grades, MEASURES).values()
    return {name: float(np.mean([scores[name] for scores in each])) for name in MEASURES}
