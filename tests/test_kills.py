"""An ingest killed at random moments: the library before it answers, and the next run goes on.

One process imports what an ingest needs and forks a child for every run, so that a run starts at
once. The child is the real pipeline on a real web server of this machine, archive included; only
the embedding model is fake, and each stage lasts long enough to be hit.
"""

import hashlib
import json
import logging
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from ingest.additions import add
from ingest.archive import ArchiveTransport
from ingest.library import open_library

log = logging.getLogger(__name__)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the child is forked"),
]

ROOT = Path(__file__).resolve().parents[1]
SEEDS = 24
STAGES = ("fetch", "extract", "embed", "swap")
PAGES = 5
OWN_WORD = "whitebeam"  # stands in the file that the learner added
LONGEST_WAIT = 0.04  # seconds between the sign of a stage and the kill, at most

NURSERY = '''
import hashlib, json, os, sys, time, traceback
from pathlib import Path
import chromadb, httpx, numpy as np, trafilatura
from ingest import build, indexing, reading, writer
from ingest.embed import MODEL, model_id
from ingest.extract import read_markdown
from ingest.fetch import LiveTransport
from ingest.pace import Pace
from ingest.split import split

# What costs time once is done before any child is born.
model_id(MODEL)
long = "\\n\\n".join("A sentence that is long enough to be cut somewhere. " * 20 for _ in range(3))
split(read_markdown(long, id="x", url="x", title="x", kind="x", fetched_at=""),
      build.token_counter(MODEL))
build.known_path("")

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def staged(stage, function, seconds):
    """Say that a stage begins and ends, and let it last."""
    def slower(*arguments, **named):
        say("stage", stage)
        time.sleep(seconds)
        try:
            return function(*arguments, **named)
        finally:
            say("past", stage)
    return slower

class Slow:
    name, dimension = MODEL, 16
    def encode(self, texts):
        say("stage", "embed")
        for text in texts:
            say("encode", indexing.text_hash(text))
        time.sleep(0.02)
        say("past", "embed")
        rows = [np.frombuffer(hashlib.sha512(t.encode()).digest(), np.uint32) for t in texts]
        rows = np.array(rows).astype(np.float32) / 2**32 - 0.5
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

def in_memory(database):
    connection = connect(database)
    connection.execute("PRAGMA synchronous = OFF")
    return connection

# Waiting for the disk guards against a power cut; a kill loses nothing that was written.
connect, writer.connect, os.fsync = writer.connect, in_memory, lambda number: None

indexing.passage_embedder = lambda model: Slow()
indexing.export_onnx = lambda model, cache: None
indexing.FIRST_BATCH = indexing.EMBED_BATCH = 3
build.open_transport = lambda home, options: (
    LiveTransport(home / "archive" / "pages.warc.gz", allow_private=True,
                  resolve=lambda host, port: ("127.0.0.1",), pace=Pace(0)), ())
reading.fetch_resource = staged("fetch", reading.fetch_resource, 0.0)
reading.read_page = staged("extract", reading.read_page, 0.01)
# In the middle of the transaction that replaces a page's passages.
Writer = writer.LibraryWriter
Writer._stage = staged("extract", Writer._stage, 0.01)
Keywords = indexing.KeywordIndex
Keywords.save = staged("swap", Keywords.save, 0.01)
writer.shutil.rmtree = staged("swap", writer.shutil.rmtree, 0.005)
from ingest import vectors
vectors.write_vectors = staged("swap", vectors.write_vectors, 0.01)

def run(home, path):
    options = build.BuildOptions(MODEL, Path(home), Path(path) if path else None)
    summary = build.build_library(Path(home), options, lambda _: None)
    say("done", summary.indexed, summary.unchanged, summary.failed)

say("ready")
for line in sys.stdin:
    job = json.loads(line)
    child = os.fork()
    if not child:
        code = 1
        try:
            run(**job)
            code = 0
        except Exception:
            traceback.print_exc()
        os._exit(code)
    say("born", child)
    say("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
'''


class Web(ThreadingHTTPServer):
    """The path's pages, each on a host of its own; `version` is what all of them show now."""

    version = 1

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        Thread(target=self.serve_forever, daemon=True).start()

    def path_text(self) -> str:
        """Write a learning path that links to every page."""
        port = self.server_address[1]
        links = "\n".join(
            f"  - **Reading:** [Page {n}](http://page{n}.test:{port}/)" for n in range(PAGES)
        )
        return (
            "# A path\n## Month 1: One\n### Week 1: First\n#### Trees\n- **Topics:**\n"
            f"  - Trees\n- **Resources:**\n{links}\n  - **Reading:** A book without a link\n"
        )


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Web)
        if self.path == "/robots.txt":
            self.send_error(404)
            return
        time.sleep(0.01)
        number = int(self.headers["Host"].split(".")[0].removeprefix("page"))
        body = html(number, self.server.version).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def word(number: int, version: int, part: int) -> str:
    """Make a word that stands in one paragraph of one page alone; page 0 never changes."""
    seed = f"{number}.{version if number else 1}.{part}"
    return "".join(chr(97 + byte % 26) for byte in hashlib.sha256(seed.encode()).digest()[:9])


def html(number: int, version: int) -> str:
    parts = "".join(
        f"<h2>Part {part} of {word(number, version, part)}</h2>"
        + "".join(
            f"<p>The tree called {word(number, version, part)} grows {line} metres beside the"
            f" river {word(number, version, part + 10 * line)} and bears leaves every spring.</p>"
            for line in range(1, 5)
        )
        for part in range(2)
    )
    head = f"<title>Page {number}</title>"
    return f"<html><head>{head}</head><body><article><h1>Page {number}</h1>{parts}</article>"


@dataclass
class Nursery:
    """The process whose children are ingests."""

    process: "subprocess.Popen[str]"

    def run(self, home: Path, path: Path | None = None, kill: "Kill | None" = None) -> "Run":
        """Run an ingest to its end or to its kill."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        job = {"home": str(home), "path": str(path) if path else None}
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        run = Run()
        for line in self.process.stdout:
            match line.split():
                case ["born", child]:
                    run.child = int(child)
                case ["ended", code]:
                    run.code = int(code)
                    return run
                case ["stage", stage]:
                    run.stages.append(stage)
                case ["past", stage]:
                    run.past.append(stage)
                case ["encode", text]:
                    run.encoded.append(text)
                case ["done", *counts]:
                    run.done = tuple(int(count) for count in counts)
            if kill and run.child and not run.killed and run.stages.count(kill.stage) == kill.nth:
                run.killed = True
                time.sleep(kill.wait)
                with suppress(ProcessLookupError):  # it was faster
                    os.kill(run.child, signal.SIGKILL)
        raise AssertionError("the nursery ended")


@dataclass(frozen=True)
class Kill:
    """When to kill: `wait` seconds after the nth sign of a stage."""

    stage: str
    nth: int
    wait: float


@dataclass
class Run:
    """What one ingest said."""

    child: int = 0
    code: int | None = None
    killed: bool = False
    stages: list[str] = field(default_factory=list)
    past: list[str] = field(default_factory=list)
    encoded: list[str] = field(default_factory=list)
    done: tuple[int, ...] = ()

    def under_way(self) -> tuple[str, ...]:
        """Name the stages that had begun and not ended, several hosts being read at a time."""
        begun = Counter(self.stages) - Counter(self.past)
        return tuple(sorted(begun)) or (f"after {self.stages[-1]}",)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Start the process that all ingests are forked from."""
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": "false"}
    with subprocess.Popen(
        [sys.executable, "-c", NURSERY], cwd=ROOT, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Nursery(process)
        process.kill()


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """Serve the pages."""
    server = Web()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def before(nursery: Nursery, web: Web, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home that read the first version of every page, and one file of the learner."""
    folder = tmp_path_factory.mktemp("kills")
    path, note = folder / "path.md", folder / "note.md"
    path.write_text(web.path_text(), encoding="utf-8")
    note.write_text(f"# Mine\n\nThe tree called {OWN_WORD} is my own.\n", encoding="utf-8")
    home = folder / "home"
    first = nursery.run(home, path)
    assert (first.code, first.done) == (0, (PAGES + 1, 0, 0))  # the pages and the section's card
    add(home, str(note), "m1w1-trees")
    second = nursery.run(home)
    assert (second.code, second.done) == (0, (1, PAGES + 1, 0))
    web.version = 2
    return home


def kept(home: Path) -> set[str]:
    """Name the texts whose vectors are kept."""
    with sqlite3.connect(home / "library.db", timeout=30) as database:
        return {row[0] for row in database.execute("SELECT text_hash FROM embeddings")}


@dataclass(frozen=True)
class Shown:
    """What a home shows: its ledger, passages, number of vectors, and the words that are found."""

    rows: dict[str, tuple[int, tuple[str, ...]]]
    statuses: frozenset[str]
    passages: tuple[str, ...]
    vectors: int
    embedded: int
    found: frozenset[str]


def shown_by(home: Path) -> Shown:
    """Open a home as a reader does; every passage it names must be there."""
    words = [word(number, version, 0) for number in range(PAGES) for version in (1, 2)]
    with open_library(home) as library:
        ids = library.passage_ids()
        assert len(ids) == len(set(ids))
        assert set(library.entries(ids)) == set(ids)
        index, _ = library.keywords()
        vectors = library.vectors()
        assert vectors is not None
        return Shown(
            rows={row.resource_id: (row.passages, row.section_ids) for row in library.sources()},
            statuses=frozenset(row.status for row in library.sources()),
            passages=ids,
            vectors=len(vectors),
            embedded=library.status().embedded,
            found=frozenset(w for w in [*words, OWN_WORD] if len(index.search(w, 1).rows)),
        )


def words_of(version: int) -> frozenset[str]:
    """Give the words that are found when every page shows a version."""
    return frozenset(word(number, version, 0) for number in range(PAGES)) | {OWN_WORD}


@pytest.fixture(scope="module")
def fresh(nursery: Nursery, before: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home that went from the first version to the second without a kill."""
    home = tmp_path_factory.mktemp("fresh") / "home"
    shutil.copytree(before, home)
    run = nursery.run(home)
    assert (run.code, run.done) == (0, (PAGES - 1, 3, 0))
    assert set(STAGES) == set(run.stages)
    return home


def test_killed_at_any_point_the_next_run_goes_on(
    nursery: Nursery, before: Path, fresh: Path, tmp_path: Path
) -> None:
    hit: Counter[str] = Counter()
    whole, texts = shown_by(fresh), kept(fresh)
    signs = Counter(nursery_signs(nursery, before, tmp_path / "count"))
    for seed in range(SEEDS):
        dice = random.Random(seed)
        stage = min(STAGES, key=lambda name: hit[name])  # a kill may come too late for its stage
        kill = Kill(stage, dice.randint(1, signs[stage]), dice.uniform(0, LONGEST_WAIT))
        home = tmp_path / f"home{seed}"
        shutil.copytree(before, home)
        first = nursery.run(home, kill=kill)
        assert first.killed
        if first.code == 0:  # the kill came after the end: nothing was interrupted
            hit["too late"] += 1
        else:
            assert first.code == -signal.SIGKILL
            hit.update(first.under_way())
        log.warning("seed %d: killed in %s (%s)", seed, ", ".join(first.under_way()), kill)
        # The version before or the one after answers: whole, and nothing of the other.
        assert shown_by(home).found in (words_of(1), words_of(2))
        had = kept(home)
        second = nursery.run(home)
        assert second.code == 0
        assert not had & set(second.encoded)
        assert len(second.encoded) == len(set(second.encoded))
        assert kept(home) == texts
        shown = shown_by(home)
        assert shown.rows == whole.rows
        assert shown.statuses <= {"indexed", "unchanged", "skipped"}
        assert set(shown.passages) == set(whole.passages)
        assert shown.vectors == whole.vectors
        assert shown.embedded == len(shown.passages)
        assert shown.found == words_of(2)
        assert ArchiveTransport(home / "archive" / "pages.warc.gz").problems == ()
        if seed < len(STAGES):
            third = nursery.run(home)
            assert (third.code, third.done, third.encoded) == (0, (0, PAGES + 2, 0), [])
    log.warning("stages hit: %s", dict(hit))
    assert all(hit[stage] >= 3 for stage in STAGES), hit


def nursery_signs(nursery: Nursery, before: Path, home: Path) -> list[str]:
    """Give the stages of a whole run in the order in which it says them."""
    shutil.copytree(before, home)
    return nursery.run(home).stages
