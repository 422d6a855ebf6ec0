"""Measure what the project promises about speed, memory and disk, on this machine.

    python -m eval.bench --archive learning-path.warc.gz [--only retrieval] [--work DIR]

Results go to docs/benchmarks.md by hand, with the line that names the machine.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.ask import Assistant
from assistant.search import Searcher
from assistant.settings import Settings, load_settings
from eval.fusion import DEV
from eval.questions import load
from ingest.build import BuildOptions, build_library
from ingest.progress import Progress

SAMPLE = 2_000  # passages of the throughput measurement
LARGE = 25_000  # passages of the retrieval measurement
WORDS = 12  # words of a passage there: real text, cut short so that embedding takes minutes


@dataclass(frozen=True, slots=True)
class Bench:
    """What a measurement needs: the archive of pages, a folder to work in, the settings."""

    archive: Path
    work: Path
    settings: Settings


def quiet(_: Progress) -> None:
    """Report nothing."""


def options(bench: Bench, documents: Path | None = None, *, vectors: bool = True) -> BuildOptions:
    """Build from the archive, or from documents."""
    return BuildOptions(
        model=bench.settings.model,
        cache=bench.settings.cache,
        documents=documents,
        archive=None if documents else bench.archive,
        offline=True,
        vectors=vectors,
    )


def path_home(bench: Bench) -> Path:
    """Give a home with the path and its archived pages, built once per work folder."""
    home = bench.work / "path"
    if not (home / "library.db").exists():
        build_library(home, options(bench), quiet)
    return home


def passage_texts(bench: Bench) -> list[str]:
    """Read the texts of every passage of every HTML page in the archive."""
    from ingest.archive import ArchiveTransport
    from ingest.embed import token_counter
    from ingest.errors import FetchFailed
    from ingest.extract import read_page
    from ingest.split import split

    transport = ArchiveTransport(bench.archive)
    count_tokens = token_counter(bench.settings.model)
    texts: list[str] = []
    for url in transport.urls():
        try:
            page = transport.get(url)
            if page.content_type.startswith("text/html"):
                texts += [p.text for p in split(read_page(page), count_tokens)]
        except FetchFailed:
            continue
    return texts


def throughput(bench: Bench) -> Iterator[str]:
    """Embed the same texts through our path and by the bare model, in alternating parts."""
    from ingest.embed import TorchEmbedder, passage_embedder

    texts = passage_texts(bench)
    texts = [t for t in texts if 200 < len(t) < 1_000][:: max(1, len(texts) // (2 * SAMPLE))]
    texts = texts[:SAMPLE]
    ours = passage_embedder(bench.settings.model)
    raw = TorchEmbedder(bench.settings.model).model
    seconds = {"ours": 0.0, "raw": 0.0}
    ours.encode(texts[:32])
    raw.encode(texts[:32])
    part = len(texts) // 10
    for number in range(10):
        batch = texts[number * part : (number + 1) * part]
        both: list[tuple[str, Callable[[Sequence[str]], object]]] = [
            ("ours", ours.encode),
            ("raw", lambda b: raw.encode(list(b), show_progress_bar=False)),
        ]
        for name, encode in both if number % 2 else reversed(both):
            began = time.perf_counter()
            encode(batch)
            seconds[name] += time.perf_counter() - began
    rate = 10 * part / seconds["ours"]
    yield f"embedding throughput, share of raw encode ({10 * part} passages)|≥ 0.90|" + (
        f"{seconds['raw'] / seconds['ours']:.2f} ({rate:.1f} passages/s)"
    )


def ingest_twice(bench: Bench) -> Iterator[str]:
    """Time the second ingest of an unchanged archive, and count what the first one read."""
    home = path_home(bench)
    began = time.perf_counter()
    summary = build_library(home, options(bench), quiet)
    yield f"second ingest, unchanged archive|≤ 10 s|{time.perf_counter() - began:.1f} s"
    yield f"passages of the path's linked pages||{summary.passages}"


def retrieval(bench: Bench) -> Iterator[str]:
    """Time warm searches over LARGE short passages of real text."""
    home = bench.work / "large"
    if not (home / "library.db").exists():
        file = bench.work / "large.jsonl"
        texts = dict.fromkeys(" ".join(t.split()[:WORDS]) for t in short_parts(bench))
        with file.open("w", encoding="utf-8") as out:
            for number, text in enumerate(list(texts)[: LARGE + 500]):
                out.write(json.dumps({"id": str(number), "title": "", "text": text}) + "\n")
        build_library(home, options(bench, file), quiet)
    searcher = Searcher(Settings(home=home, cache=bench.settings.cache))
    questions = [q.question for q in load(DEV)]
    for question in questions[:20]:
        searcher.find(question, 10)
    times = sorted(timed(lambda q=q: searcher.find(q, 10)) for q in questions)  # type: ignore[misc]
    count = len(searcher.ids)
    p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    yield f"warm retrieval p50 / p95, {count} passages|≤ 25 / 50 ms|{p50:.0f} / {p95:.0f} ms"


def short_parts(bench: Bench) -> Iterator[str]:
    """Cut passages into runs of WORDS words."""
    for text in passage_texts(bench):
        words = text.split()
        for start in range(0, len(words) - 10, WORDS):
            yield " ".join(words[start : start + WORDS])


def answers(bench: Bench) -> Iterator[str]:
    """Time warm answers over the path's library."""
    assistant = Assistant(Settings(home=path_home(bench), cache=bench.settings.cache))
    questions = [q.question for q in load(DEV) if q.refuse is None]
    for question in questions[:10]:
        assistant.ask(question)
    times = sorted(timed(lambda q=q: assistant.ask(q)) for q in questions)  # type: ignore[misc]
    p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    yield f"extractive answer p50 / p95, warm|p50 ≤ 300 ms|{p50:.0f} / {p95:.0f} ms"


def cold(bench: Bench) -> Iterator[str]:
    """Time `studypath ask` in fresh processes, and its peak memory."""
    home = path_home(bench)
    command = [
        sys.executable,
        "-m",
        "ui.cli",
        "ask",
        "What is LoRA?",
        "--home",
        str(home),
        "--json",
    ]
    environment = {**os.environ, "STUDYPATH_CACHE": str(bench.settings.cache)}
    times = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=environment)
        times.append(time.perf_counter() - began)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    yield f"cold `studypath ask`, median of 5|≤ 4 s|{statistics.median(times):.1f} s"
    yield f"peak memory of a cold ask|≤ 2 GB|{memory:.0f} MB"


def memory_of_ingest(bench: Bench) -> Iterator[str]:
    """Measure the peak memory of an ingest with embedding in a process of its own."""
    with tempfile.TemporaryDirectory(dir=bench.work) as home:
        command = [sys.executable, "-m", "ui.cli", "ingest", "--offline", "--home", home, "--json"]
        environment = {**os.environ, "STUDYPATH_CACHE": str(bench.settings.cache)}
        subprocess.run(command, check=True, capture_output=True, env=environment)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    yield f"peak memory of an ingest with embedding|≤ 2 GB|{memory:.0f} MB"


def disk(bench: Bench) -> Iterator[str]:
    """Add up what a home takes on disk."""
    home = path_home(bench)
    for name in ("library.db*", "keywords-*", "vectors-*"):
        files = [f for top in home.glob(name) for f in ([top] if top.is_file() else top.rglob("*"))]
        size = sum(f.stat().st_size for f in files if f.is_file()) / 1e6
        yield f"disk: `{name.rstrip('*')}`||{size:.1f} MB"


def timed(call: Callable[[], object]) -> float:
    """Time one call in milliseconds."""
    began = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began)


MEASUREMENTS = (ingest_twice, disk, answers, cold, throughput, retrieval, memory_of_ingest)


def main(arguments: list[str] | None = None) -> None:
    """Print a Markdown table of measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True)
    parser.add_argument("--work", type=Path, help="a folder to keep the built libraries in")
    parser.add_argument("--only", nargs="*", default=[], choices=[m.__name__ for m in MEASUREMENTS])
    chosen = parser.parse_args(arguments)
    work = chosen.work or Path(tempfile.mkdtemp(prefix="studypath-bench-"))
    work.mkdir(parents=True, exist_ok=True)
    bench = Bench(chosen.archive, work, load_settings())
    sys.stdout.write(f"{platform.machine()}, {os.cpu_count()} cores, Python ")
    sys.stdout.write(
        f"{platform.python_version()}\n\n| Measurement | Aim | Value |\n|---|---|---|\n"
    )
    for measurement in MEASUREMENTS:
        if not chosen.only or measurement.__name__ in chosen.only:
            for line in measurement(bench):
                sys.stdout.write(f"| {line.replace('|', ' | ')} |\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
