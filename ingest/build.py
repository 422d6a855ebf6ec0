"""From a learning path (or a folder of documents) to a library that answers.

    resource -> fetch -> read -> split -> stage -> publish keywords -> embed -> publish vectors

Keyword search answers as soon as everything is split; vectors fill in behind it. Killed at any
point, the next run goes on from what is staged and embedded.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from corpus import learning_path
from ingest.additions import listed, resource_of
from ingest.choice import EVERYTHING, Choice, Step, plan
from ingest.curriculum import Curriculum, load, parse
from ingest.embed import model_id, token_counter
from ingest.errors import InputError, LibraryError
from ingest.extract import Document
from ingest.fallback import WebArchive
from ingest.fetch import LiveTransport, Transport
from ingest.flags import flagged
from ingest.fragments import carried_over
from ingest.hosts import AT_ONCE
from ingest.indexing import Report, publish_keywords, publish_vectors
from ingest.library import SourceRow, read_before
from ingest.own import own_documents
from ingest.pace import Budget
from ingest.progress import Progress
from ingest.reading import READING, Source
from ingest.sources import Limits
from ingest.split import CountTokens, Passage, split
from ingest.staging import stage_documents, stage_resources
from ingest.writer import LibraryWriter, writing

USABLE = ("indexed", "partial", "unchanged")
Cut = Callable[[Document, CountTokens], tuple[Passage, ...]]


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What to read: a path (or the shipped one), from the web or an archive, or plain documents.

    With `fallback` the public web archive stands in for pages that are gone. `transcripts` is a
    folder with captions of videos; else it is `transcripts` in the home. `choice` says which links
    are read, `max_minutes` how long and `max_mb` how many megabytes of the web; the others stay as
    they are. `contact` is told to every server.
    """

    model: str
    cache: Path
    path: Path | None = None
    documents: Path | None = None
    archive: Path | None = None
    offline: bool = False
    vectors: bool = True
    fallback: bool = True
    transcripts: Path | None = None
    choice: Choice = EVERYTHING
    max_minutes: float | None = None
    max_mb: float | None = None
    contact: str = ""


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What one ingest did; times in s.

    `resources` counts the ledger; `failed` links that were tried, gave no text and never did;
    `left_out` those that were not chosen, or not read because of a limit of the run.
    """

    resources: int
    indexed: int
    unchanged: int
    failed: int
    passages: int
    seconds: float
    seconds_embedding: float
    problems: tuple[str, ...] = ()
    left_out: int = 0


def build_library(home: Path, options: BuildOptions, report: Report) -> BuildSummary:
    """Bring the home's library up to date with its path or documents.

    Raises InputError for bad input before anything is written, LibraryError when another process
    writes or when the library was made for other input or by another model.
    """
    started = time.perf_counter()
    if options.documents:
        from ingest.collection import read_collection

        contents = read_collection(options.documents)
        with writing(home) as writer:
            check_home(home, writer.meta, options, collection=True)
            rows = stage_documents(writer, contents, options.model, report)
            return finish(writer, rows, options, report, started, {"collection": "1"})
    given = read_path(options.path) if options.path else None
    if options.choice != EVERYTHING:
        plan_library(home, options)  # tells of a section or kind that is not there
    transport, problems = open_transport(home, options)
    with writing(home) as writer, letting_go(transport):
        check_home(home, writer.meta, options, collection=False)
        path_text, curriculum = given or known_path(writer.meta("path_text"))
        facts = {"collection": "0", "path_text": path_text}
        if not writer.meta("generation"):  # nobody reads yet; a killed first run knows its path
            writer.tell(facts)
        source = open_source(home, transport, options)
        own = own_documents(curriculum, path_text)
        rows = stage_documents(writer, own, options.model, report)
        tried, left = stage_resources(
            writer,
            source.resources(curriculum),
            source,
            options.model,
            report,
            len(rows),
            options.choice,
            options.max_minutes,
        )
        problems += tuple(f"line {p.line}: {p.message}" for p in curriculum.problems)
        return finish(writer, rows + tried, options, report, started, facts, problems, left)


def plan_library(home: Path, options: BuildOptions) -> tuple[Step, ...]:
    """Say what an ingest of a path would do with each resource; asks nobody and writes nothing.

    Raises InputError and LibraryError as build_library does.
    """
    facts, held = read_before(home)
    check_home(home, lambda key: facts.get(key, ""), options, collection=False)
    given = read_path(options.path) if options.path else None
    _, curriculum = given or known_path(facts.get("path_text", ""))
    added = tuple(resource_of(addition, curriculum) for addition in listed(home))
    options.choice.check((*curriculum.resources, *added))
    return plan((*curriculum.resources, *added), options.choice, held)


def reindex(home: Path, options: BuildOptions, report: Report, cut: Cut = split) -> BuildSummary:
    """Split and index the stored documents anew, with the current rules and model; no fetching."""
    started = time.perf_counter()
    if not (home / "library.db").exists():
        raise LibraryError(f"{home} holds no library yet: run `studypath ingest` first")
    with writing(home) as writer:
        count_tokens = token_counter(options.model)
        documents = list(writer.documents())
        before: dict[str, list[Passage]] = {}
        for entry in writer.staged():
            before.setdefault(entry.passage.doc_id, []).append(entry.passage)
        for done, document in enumerate(documents):
            report(Progress("split", done, len(documents), document.title))
            passages = flagged(document, cut(document, count_tokens))
            writer.restage(document, carried_over(before.get(document.id, ()), passages))
        if writer.meta("model") != model_id(options.model):
            writer.forget_vectors()
        facts = {"collection": writer.meta("collection") or "0"}
        return finish(writer, [], options, report, started, facts)


def finish(
    writer: LibraryWriter,
    rows: Sequence[SourceRow],
    options: BuildOptions,
    report: Report,
    started: float,
    facts: dict[str, str],
    problems: tuple[str, ...] = (),
    left: Sequence[str] = (),
) -> BuildSummary:
    """Publish what is staged, for keywords first and then for meaning, and count.

    `rows` are the lines of what was read or tried, `left` the ids of what stays as it was.
    """
    if rows:
        writer.keep_only([*(row.resource_id for row in rows), *left])
    facts = {**facts, "model": model_id(options.model), "reading": READING}
    passages = publish_keywords(writer, facts, report)
    seconds_embedding = 0.0
    if options.vectors:
        seconds_embedding = publish_vectors(writer, options.model, options.cache, report)
    report(Progress("done", 1, 1, ""))
    return BuildSummary(
        resources=len(rows) + len(left),
        indexed=sum(row.status in ("indexed", "partial") for row in rows),
        unchanged=sum(row.status == "unchanged" for row in rows),
        failed=sum(row.status not in (*USABLE, "skipped") for row in rows),
        passages=passages,
        seconds=time.perf_counter() - started,
        seconds_embedding=seconds_embedding,
        problems=problems,
        left_out=len(left),
    )


def check_home(
    home: Path, fact: Callable[[str], str], options: BuildOptions, *, collection: bool
) -> None:
    """Refuse to mix a path with a collection, or two models, in one home."""
    made_for = fact("collection")
    if made_for and made_for != str(int(collection)):
        held = "documents" if made_for == "1" else "a learning path"
        raise InputError(f"{home} already holds {held}: give another --home for this")
    model = fact("model")
    if model and model != model_id(options.model):
        raise LibraryError(
            f"{home} was indexed with {model}, not {model_id(options.model)}:"
            " run `studypath reindex` to index it anew"
        )


def read_path(path: Path) -> tuple[str, Curriculum]:
    """Read a given learning path; raises InputError."""
    curriculum = load(path)
    return path.read_text(encoding="utf-8-sig"), curriculum


def known_path(before: str) -> tuple[str, Curriculum]:
    """Take the learning path that was ingested before, else the shipped one."""
    text = before or learning_path().read_text(encoding="utf-8")
    return text, parse(text)


def open_transport(home: Path, options: BuildOptions) -> tuple[Transport, tuple[str, ...]]:
    """Choose where pages come from: a given archive, the home's own archive, or the web."""
    from ingest.archive import ArchiveTransport

    own = home / "archive" / "pages.warc.gz"
    if options.archive:
        archive = ArchiveTransport(options.archive)
        return archive, archive.problems
    if options.offline:
        replay = ArchiveTransport(own) if own.exists() else ArchiveTransport.empty()
        return replay, replay.problems
    limit = None if options.max_mb is None else round(options.max_mb * 1e6)
    return LiveTransport(own, budget=Budget(bytes=limit), contact=options.contact), ()


def open_source(home: Path, transport: Transport, options: BuildOptions) -> Source:
    """Put together where the pages of a path, and what was added to it, come from."""
    return Source(
        home,
        transport,
        added={addition.resource_id: addition for addition in listed(home)},
        transcripts=options.transcripts or home / "transcripts",
        copies=WebArchive(transport) if options.fallback else None,
        at_once=hosts_at_once(options.max_mb) if isinstance(transport, LiveTransport) else 1,
    )


def hosts_at_once(max_mb: float | None) -> int:
    """Say how many hosts are read at the same time.

    With a limit in bytes no more than may all end within it: else many links would be begun in
    every run, and none of them read to its end.
    """
    if max_mb is None:
        return AT_ONCE
    return max(1, min(AT_ONCE, int(max_mb * 1e6 / Limits().bytes)))


@contextmanager
def letting_go(transport: Transport) -> Iterator[None]:
    """Close a connection to the web at the end, so that its archive can be written again."""
    try:
        yield
    finally:
        if isinstance(transport, LiveTransport):
            transport.close()
