"""How well passages are found, by each search alone, by each way of fusing, with and without cap.

All methods rank the same two legs of one search, so that nothing but the method differs.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from assistant.rank import cap_sources, distinct
from assistant.retrieve import ALPHA, DEPTH, METHOD, Hit, Legs, fuse
from assistant.search import Searcher
from eval.figures import Figure, figure, parted
from eval.fusion import fused_ids, keyword_ids, vector_ids
from eval.retrieval import MEASURES, Scores, fusion_methods, measure
from eval.suite import Item, Suite
from ingest.indexing import Report
from ingest.progress import Progress

PRODUCT = "product"  # as `studypath search` ranks
UNCAPPED = "product without cap on a source"
JUDGED = 50  # passages of a ranking that are scored
Rankings = Mapping[str, Mapping[str, tuple[str, ...]]]  # method -> question -> passage ids
Measured = Mapping[str, Mapping[str, Scores]]  # method -> question -> scores


def rank_all(
    searcher: Searcher,
    items: Sequence[Item],
    report: Report,
    clock: Callable[[], float] = time.perf_counter,
) -> Rankings:
    """Rank passages for every question by every method, JUDGED deep."""
    methods = fusion_methods(fused_ids, keyword_ids, vector_ids, (ALPHA,))
    rankings: dict[str, dict[str, tuple[str, ...]]] = {}
    began = clock()
    for done, item in enumerate(items, 1):
        legs = searcher.legs(item.question, DEPTH)
        ranked = {name: by(legs.keywords, legs.vectors) for name, by in methods.items()}
        ranked |= product_ways(searcher, legs)
        for name, ids in ranked.items():
            rankings.setdefault(name, {})[item.id] = tuple(ids[:JUDGED])
        left = (clock() - began) / done * (len(items) - done)
        report(Progress("search", done, len(items), eta_seconds=left))
    return MappingProxyType(rankings)


def product_ways(searcher: Searcher, legs: Legs) -> dict[str, tuple[str, ...]]:
    """Rank as the product does, with its cap on one source and without."""
    fused = fuse(legs.keywords, legs.vectors, METHOD, ALPHA)
    entries = searcher.library.entries([item.id for item in fused])
    hits = [
        Hit(entries[item.id], item.score, item.found_by, 0.0, 0.0)
        for item in fused
        if item.id in entries
    ]
    kept = list(distinct(hits))
    return {
        PRODUCT: tuple(hit.id for hit in cap_sources(kept, JUDGED)),
        UNCAPPED: tuple(hit.id for hit in kept),
    }


def scores_of(rankings: Rankings, suite: Suite) -> Measured:
    """Score every method on the questions that have an answer."""
    return MappingProxyType(
        {
            name: measure(ranking, {i: suite.grades[i] for i in ranking if suite.grades.get(i)})
            for name, ranking in rankings.items()
        }
    )


def retrieval_figures(measured: Measured, suite: Suite, mode: str) -> list[Figure]:
    """Average every measure for each method, and the product's by section, type and kind."""
    figures = []
    for method, scores in measured.items():
        for name in MEASURES:
            values = {i: float(getattr(one, name)) for i, one in scores.items()}
            if method == PRODUCT:
                figures.append(figure(name, mode, list(values.values())))
                for by, parts in parts_of(suite).items():
                    figures += parted(name, mode, values, parts, by)
            figures.append(figure(name, mode, list(values.values()), "method", method))
    return figures


def parts_of(suite: Suite) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Say to which section, type of question and kind of source each question belongs.

    The kind of source is that of its best passages; there may be several.
    """
    items = {item.id: item for item in suite.items}
    best = {
        i: [suite.kinds.get(p, "") for p, g in grades.items() if g == max(grades.values())]
        for i, grades in suite.grades.items()
    }
    return {
        "section": {i: item.section_ids for i, item in items.items()},
        "type": {i: (item.type,) for i, item in items.items()},
        "source": best,
    }
