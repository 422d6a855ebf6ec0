"""What reading costs over the raw replay of the same records, stage by stage.

    python -m eval.throughput [--archive WARC] [--pages N] [--threads N] [--json]

The records are drawn from the whole archive in a fixed shuffled order. Every one passes all stages
before the next, so that a busy minute hits all of them; "replay" only unpacks a record, "fetch"
finds it as an ingest does, with redirects and robots.txt, through a transport of its own.
Seconds are those of the processor, so that other work on the machine does not count. `--threads`
also reads the same pages with one thread and with so many, by the clock on the wall.
"""

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from assistant.settings import load_settings
from eval.processes import ROOT
from ingest.archive import ArchiveTransport
from ingest.embed import token_counter
from ingest.errors import FetchFailed, StudypathError
from ingest.extract import Document, form_of, read_page
from ingest.fetch import Page
from ingest.flags import flagged
from ingest.fragments import with_fragments
from ingest.split import CountTokens, split

STAGES = ("replay", "fetch", "extract", "split", "links")
PAGES = 400


@dataclass(frozen=True, slots=True)
class Timing:
    """One record's size in bytes and the seconds of each of STAGES; `form` is what it holds."""

    form: str
    size: int
    seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """The sums of some records: pages, megabytes and the seconds of each of STAGES."""

    form: str
    pages: int
    megabytes: float
    seconds: tuple[float, ...]

    @property
    def whole(self) -> float:
        """Seconds of an ingest up to what is staged: all but the raw replay."""
        return sum(self.seconds[1:])

    @property
    def ratio(self) -> float:
        """How many times the raw replay an ingest takes."""
        return self.whole / self.seconds[0] if self.seconds[0] else 0.0


def timings(
    archive: Path,
    pages: int,
    count_tokens: CountTokens,
    clock: Callable[[], float] = time.thread_time,
) -> tuple[tuple[Timing, ...], tuple[Page, ...]]:
    """Let records of an archive pass all stages; returns their timings and the pages they hold."""
    raw, transport = ArchiveTransport(archive), ArchiveTransport(archive)
    urls = sorted(transport.urls())
    random.Random(0).shuffle(urls)
    found: list[Timing] = []
    fetched: list[Page] = []
    warm_up(count_tokens)
    for url in urls:
        if len(found) == pages:
            break
        times = [clock()]
        try:
            raw.newest(url)
            times.append(clock())
            page = transport.get(url)
        except FetchFailed:  # gone, denied, a circle: nothing to read
            continue
        times.append(clock())
        times.extend(read(page, count_tokens, clock))
        seconds = tuple(after - before for before, after in pairwise(times))
        found.append(Timing(form_of(page), len(page.body), seconds))
        fetched.append(page)
    return tuple(found), tuple(fetched)


def warm_up(count_tokens: CountTokens) -> None:
    """Let all libraries be loaded, which happens once and belongs to no page."""
    body = f"<html><body><article><h1>A</h1><p>{'Words to be read. ' * 200}</p></article></body>"
    page = Page("https://a.example", "https://a.example", 200, "text/html", body.encode(), "")
    read(page, count_tokens, time.thread_time)


def read(page: Page, count_tokens: CountTokens, clock: Callable[[], float]) -> tuple[float, ...]:
    """Extract, split and align a page; returns the time after each, for no text all the same."""
    try:
        document: Document = read_page(page)
    except FetchFailed:
        return (clock(),) * 3
    extracted = clock()
    passages = flagged(document, split(document, count_tokens))
    parted = clock()
    with_fragments(passages, document.visible)
    return extracted, parted, clock()


def rows(found: Sequence[Timing]) -> tuple[Row, ...]:
    """Sum up all records, and those of each form, the most first."""
    forms = sorted({one.form for one in found}, key=lambda f: -sum(t.form == f for t in found))
    groups = {"all": list(found), **{form: [t for t in found if t.form == form] for form in forms}}
    return tuple(
        Row(
            form,
            len(group),
            sum(one.size for one in group) / 1e6,
            tuple(map(sum, zip(*(one.seconds for one in group), strict=True))),
        )
        for form, group in groups.items()
        if group
    )


def in_threads(pages: Sequence[Page], threads: int, count_tokens: CountTokens) -> float:
    """Read pages in so many threads at once; returns the seconds."""
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda page: read(page, count_tokens, time.perf_counter), pages))
    return time.perf_counter() - began


def table(measured: Sequence[Row]) -> str:
    """Write the sums as a Markdown table: speeds of all stages, and milliseconds of each."""
    heads = " | ".join(f"{stage}, ms" for stage in STAGES)
    lines = [f"| Form | Pages | MB | Pages/s | MB/s | {heads} | Over replay |", f"|{'---|' * 11}"]
    for row in measured:
        each = " | ".join(f"{1000 * seconds / row.pages:.2f}" for seconds in row.seconds)
        speed = f"{row.pages / row.whole:.1f} | {row.megabytes / row.whole:.2f}"
        size = f"{row.pages:,} | {row.megabytes:.1f}"
        lines.append(f"| {row.form} | {size} | {speed} | {each} | {row.ratio:.0f}× |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, with the load before and after."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    capture = os.environ.get("STUDYPATH_CAPTURE")
    folder = Path(capture) if capture else ROOT.parent / "shared" / "capture"
    parser.add_argument("--archive", type=Path, default=folder / "learning-path.warc.gz")
    parser.add_argument("--pages", type=int, default=PAGES, help=f"(default: {PAGES})")
    parser.add_argument("--threads", type=int, default=0, help="read them in threads, too")
    parser.add_argument("--json", action="store_true", help="one JSON object for every row")
    chosen = parser.parse_args(arguments)
    before = os.getloadavg()[0]
    try:
        count_tokens = token_counter(load_settings().model)
        found, pages = timings(chosen.archive, chosen.pages, count_tokens)
    except StudypathError as error:
        sys.stderr.write(f"eval.throughput: {error}\n")
        return error.exit_code
    measured = rows(found)
    if chosen.json:
        for row in measured:
            told = {"schema": 1, **asdict(row), "whole": row.whole, "ratio": row.ratio}
            sys.stdout.write(json.dumps(told) + "\n")
    else:
        sys.stdout.write(f"{table(measured)}\n\nload {before:.1f} to {os.getloadavg()[0]:.1f}\n")
    if chosen.threads:
        alone, together = (in_threads(pages, n, count_tokens) for n in (1, chosen.threads))
        words = (
            f"{len(pages)} pages in 1 thread {alone:.1f} s, in {chosen.threads} {together:.1f} s"
        )
        sys.stdout.write(f"{words}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
