"""How documents are cut into passages, compared: one library split anew by each way, and searched.

The golden set outlives this: its evidence is found anew in whatever passages there are.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from assistant.search import Searcher
from assistant.settings import Settings
from eval.ablation import PRODUCT, rank_all
from eval.figures import Figure, figure
from eval.questions import holds, plain
from eval.retrieval import Difference, Scores, difference, measure
from eval.suite import NOTES, Item, Suite, load_suite, of_golden
from eval.summary import markdown, shown
from ingest.build import BuildOptions, Cut, build_library, reindex
from ingest.embed import model_id
from ingest.errors import InputError
from ingest.extract import Document
from ingest.indexing import Report
from ingest.progress import Progress
from ingest.split import LIMIT, CountTokens, Passage, cut_prose, passages, split, trimmed

READ = 1_000  # tokens: about five passages of the product, the screen that hit@5 stands for
POINTS = f"points in {READ:,} tokens"
FIGURES = ("hit5", "mrr10", POINTS)
Values = Mapping[str, Mapping[str, float]]  # figure -> question -> value


@dataclass(frozen=True, slots=True)
class Way:
    """One way of cutting documents, by its name."""

    name: str
    cut: Cut


@dataclass(frozen=True, slots=True)
class WayScores:
    """What was measured of one way: averages, and how far each is from the product's, paired.

    `tokens` is the median length of a passage. The product's own `ahead` is empty.
    """

    name: str
    passages: int
    tokens: float
    figures: tuple[Figure, ...]
    ahead: Mapping[str, Difference]


@dataclass(frozen=True, slots=True)
class Compared:
    """All ways over the same questions of one library; `archive` is empty for the notes alone."""

    archive: str
    split: str
    model: str
    ways: tuple[WayScores, ...]
    seconds: float


def sentences_alone(
    document: Document, count_tokens: CountTokens, limit: int = LIMIT
) -> tuple[Passage, ...]:
    """Cut as llama-index's SentenceSplitter does, with no heed to headings, lists and code.

    A passage keeps the headings above its beginning, so that nothing but the cuts differs.
    """
    text = document.text
    above = sorted(document.headings, key=lambda heading: heading.start)
    stretches = []
    for start, end in cut_prose(text, 0, len(text), count_tokens, limit):
        start, end = trimmed(text, start, end)
        path: list[Any] = []
        for heading in above:
            if heading.start <= start:
                path = [*(h for h in path if h.level < heading.level), heading]
        if any(letter.isalnum() for letter in text[start:end]):
            stretches.append((start, end, tuple(path)))
    return tuple(passages(document, stretches, count_tokens))


WAYS = (
    Way(f"{LIMIT} tokens along headings (the product)", split),
    *(Way(f"{n} tokens along headings", partial(split, limit=n)) for n in (80, 140, 320)),
    Way(f"{LIMIT} tokens, sentences alone", sentences_alone),
)


def compare_splitters(
    settings: Settings,
    archive: Path | None,
    split: str,
    report: Report,
    ways: Sequence[Way] = WAYS,
    clock: Callable[[], float] = time.perf_counter,
) -> Compared:
    """Index what ships, and the pages of an archive, once for each way, and search them.

    The library is kept in the cache folder, so that what was embedded once is not embedded again;
    no home is touched. The first way is the one that the others are held against.
    """
    began = clock()
    home = home_of(archive, settings)
    options = BuildOptions(settings.model, settings.cache, archive=archive, offline=not archive)
    build_library(home, options, quiet(report))
    measured = []
    for way in ways:
        reindex(home, options, quiet(report), way.cut)
        measured.append(measure_way(replace(settings, home=home), split, report))
    report(Progress("done", 1, 1))
    return Compared(
        archive=archive.name if archive else "",
        split=split,
        model=model_id(settings.model),
        ways=tuple(
            WayScores(
                way.name,
                len(tokens),
                float(np.median(tokens)),
                tuple(figure(name, NOTES, list(values[name].values())) for name in FIGURES),
                ahead_of(measured[0][0], values) if place else {},
            )
            for place, (way, (values, tokens)) in enumerate(zip(ways, measured, strict=True))
        ),
        seconds=clock() - began,
    )


def quiet(report: Report) -> Report:
    """Pass progress on but for the end of a step, which is not the end of all."""
    return lambda progress: None if progress.stage == "done" else report(progress)


def home_of(archive: Path | None, settings: Settings) -> Path:
    """Say where a comparison keeps its library."""
    given = f"{archive.resolve() if archive else ''} {model_id(settings.model)}"
    digest = hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()
    return settings.cache / "splitters" / digest[:16]


def measure_way(settings: Settings, split: str, report: Report) -> tuple[Values, list[int]]:
    """Search the library as it is cut now; gives the values and the tokens of every passage."""
    searcher = Searcher(settings)
    try:
        # The other sets look for words that stand in one passage, which is what a cut decides.
        suite = load_suite(searcher.library, split, (of_golden,))
        items = [item for item in suite.asked if item.refuse is None]
        if not items:
            raise InputError(f"no question of {split} is answered there: give another --split")
        rankings = rank_all(searcher, items, report)[PRODUCT]
        entries = searcher.library.entries(list(searcher.ids))
        values = values_of(rankings, items, suite, searcher)
        return values, [entry.passage.tokens for entry in entries.values()]
    finally:
        searcher.library.close()


def values_of(
    rankings: Mapping[str, Sequence[str]], items: Sequence[Item], suite: Suite, searcher: Searcher
) -> Values:
    """Score every question by every figure that applies to it."""
    scores: Mapping[str, Scores] = measure(rankings, {i: suite.grades[i] for i in rankings})
    return {
        "hit5": {i: one.hit5 for i, one in scores.items()},
        "mrr10": {i: one.mrr10 for i, one in scores.items()},
        POINTS: {
            item.id: points_read(item, rankings[item.id], searcher)
            for item in items
            if item.key_points
        },
    }


def points_read(item: Item, ranking: Sequence[str], searcher: Searcher, most: int = READ) -> float:
    """Give the share of key points in the first `most` tokens of what was found.

    A passage that goes over is cut there by its share of letters; the first ones count most, and
    no way gains by long passages.
    """
    entries = searcher.library.entries(list(ranking))
    read, left = [], most
    for passage in (entries[i].passage for i in ranking if i in entries):
        whole = min(1.0, left / max(1, passage.tokens))
        read.append(
            " ".join([*passage.heading_path, passage.text[: int(whole * len(passage.text))]])
        )
        left -= passage.tokens
        if left <= 0:
            break
    text = plain("\n".join(read))
    met = [any(holds(text, word) for word in point) for point in item.key_points]
    return sum(met) / len(met)


def ahead_of(product: Values, other: Values) -> Mapping[str, Difference]:
    """Give what each figure of another way is above the product's, over the same questions."""
    found = {}
    for name in FIGURES:
        both = [i for i in product[name] if i in other[name]]
        theirs, ours = (np.array([of[name][i] for i in both]) for of in (other, product))
        found[name] = difference(theirs, ours)
    return found


def compared_json(found: Compared) -> dict[str, object]:
    """Describe a comparison."""
    return {"schema": 1, **asdict(found)}


def compared_table(found: Compared) -> str:
    """Write a comparison as a Markdown table; after a value stands what it is above the first's."""
    rows = [
        [way.name, f"{way.passages:,}", f"{way.tokens:.0f}"]
        + [cell(one, way.ahead.get(one.name)) for one in way.figures]
        for way in found.ways
    ]
    head = ["cut", "passages", "median tokens", "hit@5", "MRR@10", POINTS]
    return markdown(head, rows)


def cell(one: Figure, ahead: Difference | None) -> str:
    """Write a value with its interval, and what it is above the product's with the interval."""
    if not ahead:
        return shown(one)
    return f"{shown(one)}; {ahead.mean:+.3f} ({ahead.low:+.3f} to {ahead.high:+.3f})"
