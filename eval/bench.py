"""Measure what the project promises about speed, memory and disk, on the machine at hand.

    python -m eval.bench [--only NAME ...] [--capture DIR] [--home DIR] [--path-home DIR] [--json]

Every value is measured when it is asked for, through the functions and commands that learners use.
`--home` and `--path-home` name libraries to keep between runs; they are built when missing. The
results, and what they mean, are copied to docs/benchmarks.md by hand. Needs Linux or macOS.
"""

import argparse
import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from assistant.ask import Assistant
from assistant.rank import cap_sources, distinct
from assistant.retrieve import DEPTH, WINDOWS
from assistant.search import Searcher
from assistant.settings import Settings, load_settings
from eval.fusion import DEV
from eval.machine import machine
from eval.processes import ROOT, command, first_page, named, run, serving, wait_for
from eval.questions import load, resolve, rows
from eval.retrieval import average, measure
from ingest.build import BuildOptions, build_library
from ingest.embed import TorchEmbedder, model_id, token_counter
from ingest.errors import FetchFailed, LibraryError, StudypathError
from ingest.extract import Document, read_page
from ingest.fetch import Page
from ingest.indexing import embed_missing, text_hash, window_texts
from ingest.library import open_library
from ingest.progress import Progress
from ingest.split import Passage, split
from ingest.writer import writing

ARCHIVE = "learning-path.warc.gz"
SAMPLE = 2_000  # passages of the throughput measurement
PARTS = 4  # of them, embedded by turns in both ways, so that a busy minute hits both
PAGES = 300  # pages of the reading measurement: some 40 s
LARGE = 25_000  # passages of the retrieval measurement
# The large collection is cut from text whose headings are plain lines, so that short sections share
# a passage: about 16 % fewer passages than the pages themselves have.
MARGIN = 1.22
WARM_UP = 20  # questions asked before the clock runs
COLD_RUNS = 5
NEAREST = 100
CAPS = (None, 2, 3, 5)
COLD_QUESTION = "What is LoRA and when would I use it?"
FIRST = "What is overfitting?"
VERSIONS = ("torch", "sentence-transformers", "onnxruntime", "chromadb", "rank-bm25", "gradio")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; an `aim` is to be stayed below, or with `at_least` to be reached."""

    name: str
    value: float
    unit: str
    aim: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the aim is met, None without one."""
        if self.aim is None:
            return None
        return self.value >= self.aim if self.at_least else self.value <= self.aim


@dataclass(frozen=True, slots=True)
class Bench:
    """What measurements need: captured pages, settings, a large library and one of the path."""

    capture: Path
    settings: Settings
    home: Path
    path_home: Path
    sample: int = SAMPLE
    pages: int = PAGES
    large: int = LARGE


def quiet(_: Progress) -> None:
    """Report nothing."""


# ── processes, pages and libraries ──────────────────────────────────────────────────────────────


def html_pages(bench: Bench) -> Iterator[tuple[Page, float]]:
    """Fetch the archive's HTML pages in a fixed shuffled order, with the seconds each one took."""
    from ingest.archive import ArchiveTransport

    transport = ArchiveTransport(bench.capture / ARCHIVE)
    urls = sorted(transport.urls())
    random.Random(0).shuffle(urls)
    for url in urls:
        began = time.perf_counter()
        try:
            page = transport.get(url)
        except FetchFailed:
            continue
        if page.content_type.startswith("text/html"):
            yield page, time.perf_counter() - began


def documents(bench: Bench) -> Iterator[tuple[Document, tuple[Passage, ...]]]:
    """Read and split the archive's HTML pages, each text once."""
    count_tokens = token_counter(bench.settings.model)
    seen: set[str] = set()
    for page, _ in html_pages(bench):
        try:
            document = read_page(page)
        except FetchFailed:
            continue
        if not seen & {document.id, document.content_hash}:
            seen |= {document.id, document.content_hash}
            yield document, split(document, count_tokens)


def write_pages(bench: Bench, passages: float, file: Path) -> None:
    """Write pages that hold this many passages as JSONL, the form of a collection."""
    with file.open("w", encoding="utf-8") as out:
        for document, parts in documents(bench):
            line = {"id": document.url, "title": document.title, "text": document.text}
            out.write(json.dumps(line) + "\n")
            passages -= len(parts)
            if passages <= 0:
                return


def finished(home: Path) -> bool:
    """Say whether a home holds a library whose vectors are complete."""
    try:
        with open_library(home) as library:
            return library.meta.get("vectors_for") == library.meta.get("generation")
    except LibraryError:
        return False


def ingested(home: Path, bench: Bench, *source: str | Path) -> Iterator[Figure]:
    """Ingest in a process of its own; says what it took."""
    resumed = ", the rest of a run that was ended" if (home / "library.db").exists() else ""
    done = run(command("ingest", *source, "--home", home, "--json"), bench.settings)
    summary = json.loads(done.output)
    name = f"ingest of {summary['passages']:,} passages"
    embedding = f"{summary['seconds_embedding']:.0f} s of them embedding{resumed}"
    yield Figure(name, done.seconds, "s", note=embedding)
    yield Figure(f"peak memory of that {name}", done.peak, "MiB", 2048)


def large_home(bench: Bench) -> Iterator[Figure]:
    """Build the large collection where it is missing (or resume it); says what it took."""
    if finished(bench.home):
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pages.jsonl"
        write_pages(bench, bench.large * MARGIN, file)
        yield from ingested(bench.home, bench, "--documents", file)


def path_home(bench: Bench) -> Iterator[Figure]:
    """Build the library of the path and its captured pages where it is missing."""
    if not finished(bench.path_home):
        archive = bench.capture / ARCHIVE
        yield from ingested(bench.path_home, bench, "--archive", archive, "--offline")


def answerable() -> list[str]:
    """Give the development questions that have an answer."""
    return [q.question for q in load(DEV) if q.refuse is None]


def timed(call: Callable[[str], Any], questions: Sequence[str]) -> tuple[list[float], list[Any]]:
    """Call for every question after a warm-up; gives the times in ms and what came back."""
    for question in questions[:WARM_UP]:
        call(question)
    times, results = [], []
    for question in questions:
        began = time.perf_counter()
        results.append(call(question))
        times.append(1000 * (time.perf_counter() - began))
    return times, results


def quantiles(
    name: str, times: Sequence[float], aims: tuple[float | None, float | None] = (None, None)
) -> Iterator[Figure]:
    """Give p50 and p95 of times in ms as figures."""
    for quantile, aim in zip((50, 95), aims, strict=True):
        yield Figure(f"{name}, p{quantile}", float(np.percentile(times, quantile)), "ms", aim)


# ── measurements ────────────────────────────────────────────────────────────────────────────────


def pages(bench: Bench) -> Iterator[Figure]:
    """Fetch from the archive, extract and split."""
    count_tokens = token_counter(bench.settings.model)
    spent = {"fetch": 0.0, "extract": 0.0, "split": 0.0}
    count = 0
    for page, seconds in islice(html_pages(bench), bench.pages):
        began = time.perf_counter()
        try:
            document = read_page(page)
            read = time.perf_counter()
            split(document, count_tokens)
        except FetchFailed:
            read = time.perf_counter()
        spent["fetch"] += seconds
        spent["extract"] += read - began
        spent["split"] += time.perf_counter() - read
        count += 1
    parts = ", ".join(f"{name} {1000 * s / count:.1f} ms" for name, s in spent.items())
    name = f"fetch, extract and split ({count} HTML pages)"
    yield Figure(name, count / sum(spent.values()), "pages/s", note=f"a page: {parts}")


def ingest(bench: Bench) -> Iterator[Figure]:
    """Ingest the path with its captured pages, then again unchanged."""
    with tempfile.TemporaryDirectory() as folder:
        # A kept library is left alone: its first ingest cannot be measured again.
        kept = finished(bench.path_home)
        fresh = replace(bench, path_home=Path(folder) / "path") if kept else bench
        yield from path_home(fresh)
        archive = ("--archive", fresh.capture / ARCHIVE, "--offline")
        again = command("ingest", *archive, "--home", fresh.path_home, "--json")
        yield Figure("second ingest, nothing changed", run(again, bench.settings).seconds, "s", 10)


def throughput(bench: Bench) -> Iterator[Figure]:
    """Embed the same texts as an ingest does, vectors kept in SQLite, and by the bare model."""
    model = bench.settings.model
    with tempfile.TemporaryDirectory() as folder:
        home, file = Path(folder) / "home", Path(folder) / "pages.jsonl"
        write_pages(bench, 1.5 * bench.sample, file)
        given = BuildOptions(model, bench.settings.cache, documents=file, vectors=False)
        build_library(home, given, quiet)
        raw = TorchEmbedder(model).model
        with writing(home) as writer:
            texts = list(window_texts(writer, model).values())
            texts = random.Random(0).sample(texts, min(bench.sample, len(texts)))
            raw.encode(texts[:32], show_progress_bar=False)
            ways: dict[str, Callable[[list[str]], float]] = {
                "raw": lambda part: seconds_of(lambda: raw.encode(part, show_progress_bar=False)),
                "ours": lambda part: embed_missing(
                    writer, model, {text_hash(text): text for text in part}, len(part), quiet
                ),
            }
            spent: dict[str, list[float]] = {"raw": [], "ours": []}
            for number in range(PARTS):
                for way in list(ways)[:: -1 if number % 2 else 1]:
                    spent[way].append(ways[way](texts[number::PARTS]))
    shares = [bare / whole for bare, whole in zip(spent["raw"], spent["ours"], strict=True)]
    yield Figure(
        f"embedding, share of the bare model's speed ({len(texts):,} texts)",
        sum(spent["raw"]) / sum(spent["ours"]),
        "",
        0.9,
        at_least=True,
        note=f"quarters: {', '.join(f'{s:.2f}' for s in shares)}",
    )
    for way, seconds in spent.items():
        yield Figure(f"embedding, {way}", len(texts) / sum(seconds), "texts/s")


def seconds_of(call: Callable[[], object]) -> float:
    """Time one call in seconds."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def retrieval(bench: Bench) -> Iterator[Figure]:
    """Search the large collection, warm: the whole, and each leg."""
    yield from large_home(bench)
    searcher = Searcher(replace(bench.settings, home=bench.home))
    questions = answerable()
    times, found = timed(lambda question: searcher.find(question, 10), questions)
    yield from quantiles(f"retrieval, {len(searcher.ids):,} passages", times, (25, 50))
    yield from quantiles("… keyword leg", [one.bm25_ms for one in found])
    yield from quantiles("… vector leg", [one.vector_ms for one in found])
    times, encoded = timed(lambda question: searcher.encode([question])[0], questions)
    yield from quantiles("… … reading the question", times)
    index = searcher.vectors
    if index is not None:
        deep = int(DEPTH * WINDOWS)
        times = [1000 * seconds_of(lambda v=v: index.search(v, deep)) for v in encoded]  # type: ignore[misc]
        yield from quantiles(f"… … nearest {deep} of {len(index):,} vectors", times)


def nearest(bench: Bench) -> Iterator[Figure]:
    """Compare the vector index with an exact product over the same vectors."""
    yield from large_home(bench)
    model = bench.settings.model
    with writing(bench.home) as writer:
        texts = window_texts(writer, model)
        hashes = [text_hash(text) for text in texts.values()]
        vectors = writer.load_vectors(model_id(model), hashes)
    ids = np.array(list(texts))
    searcher = Searcher(replace(bench.settings, home=bench.home))
    index = searcher.vectors
    if index is None:
        raise LibraryError(f"{bench.home} holds no vectors: run `studypath reindex`")
    shares, approximate, exact = [], [], []
    for row in searcher.encode(answerable()):
        began = time.perf_counter()
        found, _ = index.search(row, NEAREST)
        between = time.perf_counter()
        best = ids[np.argpartition(-(vectors @ row), NEAREST)[:NEAREST]]
        exact.append(1000 * (time.perf_counter() - between))
        approximate.append(1000 * (between - began))
        shares.append(len(set(found) & set(best.tolist())) / NEAREST)
    note = f"worst question {min(shares):.2f}, all found for {shares.count(1.0)} of {len(shares)}"
    name = f"share of the exact {NEAREST} nearest found, {len(ids):,} vectors"
    yield Figure(name, float(np.mean(shares)), "", note=note)
    yield from quantiles("… by the index", approximate)
    yield from quantiles("… by the exact product", exact)


def twins(bench: Bench) -> Iterator[Figure]:
    """Look for near-identical passages among those of the large collection."""
    from ingest.twins import find_twins

    yield from large_home(bench)
    with open_library(bench.home) as library:
        texts = [e.passage.text for e in library.entries(library.passage_ids()).values()]
    found: dict[int, int] = {}
    seconds = seconds_of(lambda: found.update(find_twins(texts)))
    note = f"{len(found):,} found"
    yield Figure(f"near-identical passages among {len(texts):,}", seconds, "s", note=note)


def answers(bench: Bench) -> Iterator[Figure]:
    """Answer from the path's library, warm."""
    yield from path_home(bench)
    assistant = Assistant(replace(bench.settings, home=bench.path_home))
    times, _ = timed(assistant.ask, answerable())
    yield from quantiles("extractive answer, warm", times, (300, None))


def cold(bench: Bench) -> Iterator[Figure]:
    """Run `studypath ask` in fresh processes."""
    yield from path_home(bench)
    ask = command("ask", COLD_QUESTION, "--home", bench.path_home, "--json")
    runs = [run(ask, bench.settings) for _ in range(COLD_RUNS)]
    seconds = float(np.median([one.seconds for one in runs]))
    answered = "refused" if json.loads(runs[0].output)["refused"] else "answered"
    yield Figure(f"cold `studypath ask`, median of {COLD_RUNS}", seconds, "s", 4, note=answered)
    yield Figure("peak memory of a cold ask", max(one.peak for one in runs), "MiB", 2048)
    python, *rest = ask
    imported = run([python, "-X", "importtime", *rest], bench.settings).errors
    for name, aim in (("torch", 0), ("onnxruntime", None)):
        count = len(re.findall(rf"\| +{name}$", imported, re.M))
        yield Figure(f"times that a cold ask imports {name}", count, "", aim)


def disk(bench: Bench) -> Iterator[Figure]:
    """Add up what homes take on disk."""
    yield from path_home(bench)
    for label, home in (("path", bench.path_home), ("large", bench.home)):
        if not finished(home):
            continue
        for part in ("library.db", "keywords-", "vectors-", "archive"):
            size = sum(map(size_of, home.glob(f"{part}*")))
            yield Figure(f"disk, {label} library: {part.rstrip('-')}", size / 1e6, "MB")
    exported = sum(map(size_of, bench.settings.cache.glob("*.onnx")))
    yield Figure("disk, question model as ONNX", exported / 1e6, "MB")


def size_of(path: Path) -> int:
    """Add up the bytes of a file or of everything in a folder."""
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file())


def cap(bench: Bench) -> Iterator[Figure]:
    """Compare caps on the passages of one document among the first ten."""
    yield from path_home(bench)
    searcher = Searcher(replace(bench.settings, home=bench.path_home))
    questions = load(DEV)
    grades = resolve(questions, rows(searcher.library)).grades
    judged = [q for q in questions if grades.get(q.id)]
    found = {q.id: list(distinct(searcher.find(q.question, 30).hits)) for q in judged}
    for most in CAPS:
        ranked = {i: cap_sources(hits, 10, most or len(hits)) for i, hits in found.items()}
        ids = {i: [hit.id for hit in hits] for i, hits in ranked.items()}
        scores = average(measure(ids, {i: grades[i] for i in ids}))
        sources = [len({hit.entry.passage.doc_id for hit in hits}) for hits in ranked.values()]
        name = f"cap {most or 'none'}"
        note = f"{len(judged)} questions"
        yield Figure(f"{name}: hit@5", scores.hit5, "", note=note)
        yield Figure(f"{name}: nDCG@10", scores.ndcg10, "")
        yield Figure(f"{name}: different documents in the first 10", float(np.mean(sources)), "")


def web(bench: Bench) -> Iterator[Figure]:
    """Start the server on an empty home, without an exported model, as a newcomer does."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), bench.settings) as (began, server),
    ):
        for name, ready in (
            ("`studypath web` on an empty home: page served", lambda: first_page(server)),
            ("… first question answered", lambda: not named(server, "ask", FIRST)["refused"]),
            ("… found by meaning too", lambda: any_by_meaning(named(server, "search", FIRST, 10))),
        ):
            wait_for(ready)
            yield Figure(name, time.perf_counter() - began, "s", 60)


def any_by_meaning(found: Mapping[str, Any]) -> bool:
    """Say whether the vector leg found any of these hits."""
    return any("vector" in hit["found_by"] for hit in found["hits"])


# ── the table ───────────────────────────────────────────────────────────────────────────────────

# In this order, so that what one builds serves the next, and the long one comes last.
MEASUREMENTS = (
    *(pages, ingest, disk, cap, answers, cold, web),
    *(throughput, retrieval, nearest, twins),
)


def shown(value: float) -> str:
    """Write a number with the digits that matter."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def row(figure: Figure, load_before: float) -> str:
    """Write a figure as a row of the table."""
    aim = ""
    if figure.aim is not None:
        aim = f"{'≥' if figure.at_least else '≤'} {shown(figure.aim)} {figure.unit}".strip()
    value = f"{shown(figure.value)} {figure.unit}".strip()
    met = {True: "yes", False: "no", None: ""}[figure.met]
    cells = (figure.name, aim, value, met, f"{load_before:.1f}", figure.note)
    return f"| {' | '.join(cells)} |"


def arguments_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    names = [one.__name__ for one in MEASUREMENTS]
    parser.add_argument("--only", nargs="+", default=names, choices=names, metavar="NAME")
    given = os.environ.get("STUDYPATH_CAPTURE")
    default = Path(given) if given else ROOT.parent / "shared" / "capture"
    parser.add_argument("--capture", type=Path, default=default, help=f"folder with {ARCHIVE}")
    parser.add_argument("--home", type=Path, help=f"keep the library of {LARGE:,} passages here")
    parser.add_argument("--path-home", type=Path, help="keep the library of the path here")
    parser.add_argument("--json", action="store_true", help="one JSON object for every figure")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the machine and the figures, each with the load just before its measurement."""
    chosen = arguments_of(arguments)
    about = machine(VERSIONS)
    if not chosen.json:
        sys.stdout.write(", ".join(f"{name} {value}" for name, value in about.items()))
        sys.stdout.write("\n\n| Measurement | Aim | Value | Met | Load | Note |\n")
        sys.stdout.write("|---|---|---|---|---|---|\n")
    try:
        with tempfile.TemporaryDirectory(prefix="studypath-bench-") as folder:
            bench = Bench(
                chosen.capture,
                load_settings(),
                chosen.home or Path(folder) / "large",
                chosen.path_home or Path(folder) / "path",
            )
            for measurement in MEASUREMENTS:
                if measurement.__name__ not in chosen.only:
                    continue
                load_before = os.getloadavg()[0]
                for figure in measurement(bench):
                    line = row(figure, load_before)
                    if chosen.json:
                        more = {"met": figure.met, "load": load_before, "machine": about}
                        line = json.dumps({"schema": 1, **asdict(figure), **more})
                    sys.stdout.write(line + "\n")
                    sys.stdout.flush()
    except StudypathError as error:
        sys.stderr.write(f"eval.bench: {error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
