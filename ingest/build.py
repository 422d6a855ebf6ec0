"""From a learning path (or a folder of documents) to a library that answers.

    resource -> fetch -> read -> split -> stage -> publish keywords -> embed -> publish vectors

Keyword search answers as soon as everything is split; vectors fill in behind it. Killed at any
point, the next run goes on from what is staged and embedded.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from corpus import learning_path
from ingest.curriculum import Curriculum, Resource, load, parse
from ingest.embed import model_id, token_counter
from ingest.errors import FetchFailed, InputError, LibraryError
from ingest.extract import Document, read_page
from ingest.fallback import WebArchive, is_copy
from ingest.fetch import Transport
from ingest.indexing import Report, publish_keywords, publish_vectors
from ingest.library import SourceRow
from ingest.links import clean
from ingest.own import own_documents
from ingest.page_signs import sent_to_front
from ingest.progress import Progress
from ingest.sources import Fetched, fetch_resource
from ingest.split import Passage, split
from ingest.suggest import with_suggestion
from ingest.writer import LibraryWriter, writing

# Part of every fingerprint: a page read by older rules is read again. Raise it with those rules.
READING = "4"
USABLE = ("indexed", "partial", "unchanged")


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What to read: a path (or the shipped one), from the web or an archive, or plain documents.

    With `fallback` the public web archive stands in for pages that are gone. `transcripts` is a
    folder with captions of videos; else it is `transcripts` in the home.
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


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What one ingest did. `failed` counts links that gave no text and never did; times in s."""

    resources: int
    indexed: int
    unchanged: int
    failed: int
    passages: int
    seconds: float
    seconds_embedding: float
    problems: tuple[str, ...] = ()


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
            check_home(writer, options, collection=True)
            rows = stage_documents(writer, contents, options, report)
            return finish(writer, rows, options, report, started, {"collection": "1"})
    given = read_path(options.path) if options.path else None
    transport, problems = open_transport(home, options)
    with writing(home) as writer:
        check_home(writer, options, collection=False)
        path_text, curriculum = given or known_path(writer)
        rows = stage_documents(writer, own_documents(curriculum, path_text), options, report)
        rows += stage_resources(writer, curriculum, transport, options, report, len(rows))
        problems += tuple(f"line {p.line}: {p.message}" for p in curriculum.problems)
        facts = {"collection": "0", "path_text": path_text}
        return finish(writer, rows, options, report, started, facts, problems)


def reindex(home: Path, options: BuildOptions, report: Report) -> BuildSummary:
    """Split and index the stored documents anew, with the current rules and model; no fetching."""
    started = time.perf_counter()
    if not (home / "library.db").exists():
        raise LibraryError(f"{home} holds no library yet: run `studypath ingest` first")
    with writing(home) as writer:
        count_tokens = token_counter(options.model)
        documents = list(writer.documents())
        for done, document in enumerate(documents):
            report(Progress("split", done, len(documents), document.title))
            writer.restage(document, split(document, count_tokens))
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
) -> BuildSummary:
    """Publish what is staged, for keywords first and then for meaning, and count."""
    if rows:
        writer.keep_only([row.resource_id for row in rows])
    facts = {**facts, "model": model_id(options.model), "reading": READING}
    passages = publish_keywords(writer, facts, report)
    seconds_embedding = 0.0
    if options.vectors:
        seconds_embedding = publish_vectors(writer, options.model, options.cache, report)
    report(Progress("done", 1, 1, ""))
    return BuildSummary(
        resources=len(rows),
        indexed=sum(row.status in ("indexed", "partial") for row in rows),
        unchanged=sum(row.status == "unchanged" for row in rows),
        failed=sum(row.status not in (*USABLE, "skipped") for row in rows),
        passages=passages,
        seconds=time.perf_counter() - started,
        seconds_embedding=seconds_embedding,
        problems=problems,
    )


def check_home(writer: LibraryWriter, options: BuildOptions, *, collection: bool) -> None:
    """Refuse to mix a path with a collection, or two models, in one home."""
    made_for = writer.meta("collection")
    if made_for and made_for != str(int(collection)):
        held = "documents" if made_for == "1" else "a learning path"
        raise InputError(f"{writer.home} already holds {held}: give another --home for this")
    model = writer.meta("model")
    if model and model != model_id(options.model):
        raise LibraryError(
            f"{writer.home} was indexed with {model}, not {model_id(options.model)}:"
            " run `studypath reindex` to index it anew"
        )


def read_path(path: Path) -> tuple[str, Curriculum]:
    """Read a given learning path; raises InputError."""
    curriculum = load(path)
    return path.read_text(encoding="utf-8-sig"), curriculum


def known_path(writer: LibraryWriter) -> tuple[str, Curriculum]:
    """Take the learning path that was ingested before, else the shipped one."""
    text = writer.meta("path_text") or learning_path().read_text(encoding="utf-8")
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
    from ingest.fetch import LiveTransport

    return LiveTransport(own), ()


def stage_documents(
    writer: LibraryWriter,
    contents: Sequence[tuple[SourceRow, Document]],
    options: BuildOptions,
    report: Report,
) -> list[SourceRow]:
    """Split and stage documents that are at hand; unchanged ones are left as they are."""
    count_tokens = token_counter(options.model)
    rows = []
    for done, (row, document) in enumerate(contents):
        report(Progress("read", done, len(contents), document.title))
        fingerprint = f"{READING}:{document.content_hash}:{document.title}"
        if writer.fingerprint(row.resource_id, row.url) == fingerprint:
            row = replace(row, status="unchanged")
            writer.record(row, done, fingerprint)
        else:
            writer.replace(row, done, fingerprint, [(document, split(document, count_tokens))])
        rows.append(row)
    return rows


def stage_resources(
    writer: LibraryWriter,
    curriculum: Curriculum,
    transport: Transport,
    options: BuildOptions,
    report: Report,
    first: int,
) -> list[SourceRow]:
    """Fetch, read, split and stage every resource of the path; each ends as one ledger row."""
    count_tokens = token_counter(options.model)
    copies = WebArchive(transport) if options.fallback else None
    transcripts = options.transcripts or writer.home / "transcripts"
    began = time.perf_counter()
    rows = []
    for done, resource in enumerate(curriculum.resources):
        total = len(curriculum.resources)
        eta = (time.perf_counter() - began) / done * (total - done) if done else None
        report(Progress("read", done, total, resource.title, eta))
        rows.append(
            stage_resource(
                writer, resource, transport, count_tokens, first + done, copies, transcripts
            )
        )
    return rows


def stage_resource(
    writer: LibraryWriter,
    resource: Resource,
    transport: Transport,
    count_tokens: Callable[[str], int],
    ordinal: int,
    copies: WebArchive | None = None,
    transcripts: Path | None = None,
) -> SourceRow:
    """Bring one resource up to date; what was read before is kept when it cannot be read now.

    A page that is gone and was never read is stood in for by its copy in the public web archive,
    where `copies` asks there; else the ledger says what is wrong with the link.
    """
    row = new_row(resource)
    if resource.url is None:
        reason = resource.note or "a book or documentation named without a link"
        row = replace(row, status="skipped", reason=reason)
        writer.replace(row, ordinal, "", [])
        return row
    try:
        fetched = fetch_resource(resource, transport, transcripts=transcripts)
        return stage_fetched(writer, resource, fetched, count_tokens, ordinal)
    except FetchFailed as failure:
        gone = failure
    if writer.fingerprint(resource.id, resource.url):
        row = kept(row, writer.recorded(resource.id), gone)
        writer.record(row, ordinal)
        return row
    try:
        if copies is None:
            raise gone
        fetched = copies.stand_in(resource.url, gone)
        return stage_fetched(writer, resource, fetched, count_tokens, ordinal)
    except FetchFailed as failure:
        failure = with_suggestion(failure, resource.link or resource.url, transport)
        row = replace(row, status=failure.status, reason=failure.reason)
        writer.replace(row, ordinal, "", [])
        return row


def stage_fetched(
    writer: LibraryWriter,
    resource: Resource,
    fetched: Fetched,
    count_tokens: Callable[[str], int],
    ordinal: int,
) -> SourceRow:
    """Stage the pages of one resource unless they are those read before; raises FetchFailed."""
    row = with_pages(new_row(resource), fetched)
    first = fetched.pages[0]
    if sent_to_front(clean(resource.url or ""), first.resolved_url):
        raise FetchFailed(
            "not-found", f"{first.url} is gone: its site shows the front page instead"
        )
    fingerprint = fingerprint_of(fetched)
    if fingerprint == writer.fingerprint(resource.id, resource.url):
        row = replace(row, status="unchanged")
        writer.record(row, ordinal)
        return row
    contents = read_pages(fetched, resource, count_tokens)
    if empty := len(fetched.pages) - len(contents):
        reasons = [row.reason, f"{empty} of {len(fetched.pages)} pages hold no text"]
        row = replace(row, reason="; ".join(filter(None, reasons)))
    writer.replace(row, ordinal, fingerprint, contents)
    return row


def kept(row: SourceRow, before: SourceRow, failure: FetchFailed) -> SourceRow:
    """Fill in what was read before of a resource that cannot be read now."""
    reason = f"not readable now ({failure.reason}); what was read before is kept"
    if is_copy(before.resolved_url) and not is_copy(row.url):
        reason = before.reason  # an archived copy stands there because the page is gone: no news
    return replace(
        row,
        status="unchanged",
        reason=reason,
        resolved_url=before.resolved_url,
        bytes=before.bytes,
        fetched_at=before.fetched_at,
    )


def read_pages(
    fetched: Fetched, resource: Resource, count_tokens: Callable[[str], int]
) -> list[tuple[Document, tuple[Passage, ...]]]:
    """Extract and split the pages of one resource; raises FetchFailed when none holds text."""
    contents = []
    failures = []
    for page in fetched.pages:
        try:
            document = read_page(page, kind=kind_of(resource))
        except FetchFailed as failure:
            failures.append(failure)
            continue
        if not document.title:
            document = replace(document, title=resource.title)
        contents.append((document, split(document, count_tokens)))
    if not any(passages for _, passages in contents):
        raise failures[0] if failures else FetchFailed("no-text", "the page holds no text to read")
    return contents


def kind_of(resource: Resource) -> str:
    """Say what a document of this resource is to a reader."""
    from ingest.links import classify

    named = classify(resource.url or "")
    return {"arxiv": "paper", "pdf": "paper"}.get(named, named)


def fingerprint_of(fetched: Fetched) -> str:
    """Hash the bytes of the fetched pages together with the version of the reading rules."""
    digest = hashlib.sha256(READING.encode())
    for page in fetched.pages:
        digest.update(page.resolved_url.encode())
        digest.update(page.body)
    return digest.hexdigest()


def new_row(resource: Resource) -> SourceRow:
    """Begin the ledger row of a resource."""
    return SourceRow(
        resource_id=resource.id,
        kind=resource.kind,
        title=resource.title,
        url=resource.url,
        resolved_url=None,
        section_ids=(resource.section_id,),
        status="",
        reason="",
        passages=0,
        bytes=0,
        fetched_at="",
    )


def with_pages(row: SourceRow, fetched: Fetched) -> SourceRow:
    """Fill in what the fetch found."""
    first = fetched.pages[0]
    return replace(
        row,
        status=fetched.status,
        reason=fetched.reason,
        resolved_url=first.resolved_url,
        bytes=sum(len(page.body) for page in fetched.pages),
        fetched_at=first.fetched_at,
    )
