"""Resources into staged documents: fetched, read, split, and each one line of the ledger."""

import hashlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.additions import ADDED, Addition, fetched_copy, resource_of
from ingest.choice import EVERYTHING, Choice, needs_a_connection
from ingest.curriculum import Curriculum, Resource
from ingest.embed import token_counter
from ingest.errors import FetchFailed
from ingest.extract import Document, read_page
from ingest.fallback import WebArchive, is_copy
from ingest.fetch import Transport
from ingest.flags import flagged
from ingest.fragments import with_fragments
from ingest.indexing import Report
from ingest.library import SourceRow
from ingest.links import clean
from ingest.page_signs import sent_to_front
from ingest.progress import Progress
from ingest.sources import Fetched, fetch_resource
from ingest.split import CountTokens, Passage, split
from ingest.suggest import with_suggestion
from ingest.writer import LibraryWriter

# Part of every fingerprint: a page read by older rules is read again. Raise it with those rules.
READING = "7"

Tell = Callable[[str, str], None]  # is told the state of a resource, and its reason


@dataclass(frozen=True, slots=True)
class Source:
    """Where pages come from: a transport, and the copies of what was added, by resource id.

    `copies` is the public web archive that stands in for pages that are gone, None when it is not
    to be asked; `transcripts` the folder with captions of videos.
    """

    home: Path
    transport: Transport
    added: Mapping[str, Addition]
    transcripts: Path
    copies: WebArchive | None = None

    def resources(self, curriculum: Curriculum) -> tuple[Resource, ...]:
        """Name what is to be read: the path's resources, and after them what was added."""
        added = (resource_of(addition, curriculum) for addition in self.added.values())
        return (*curriculum.resources, *added)

    def fetch(self, resource: Resource) -> Fetched:
        """Fetch the pages of a resource; raises FetchFailed."""
        addition = self.added.get(resource.id)
        if addition and addition.file:
            return fetched_copy(self.home, addition)
        return fetch_resource(resource, self.transport, transcripts=self.transcripts)

    def title(self, resource: Resource) -> str:
        """Give the title that the learner gave an added file; empty when the file has its own."""
        addition = self.added.get(resource.id)
        return addition.title if addition and addition.file else ""


def stage_documents(
    writer: LibraryWriter,
    contents: Sequence[tuple[SourceRow, Document]],
    model: str,
    report: Report,
) -> list[SourceRow]:
    """Split and stage documents that are at hand; unchanged ones are left as they are."""
    count_tokens = token_counter(model)
    rows = []
    for done, (row, document) in enumerate(contents):
        report(Progress("read", done, len(contents), document.title))
        fingerprint = f"{READING}:{document.content_hash}:{document.title}"
        if writer.fingerprint(row.resource_id, row.url) == fingerprint:
            row = replace(row, status="unchanged")
            writer.record(row, done, fingerprint)
        else:
            passages = flagged(document, split(document, count_tokens))
            writer.replace(row, done, fingerprint, [(document, passages)])
        rows.append(row)
    return rows


def stage_resources(
    writer: LibraryWriter,
    resources: Sequence[Resource],
    source: Source,
    model: str,
    report: Report,
    first: int,
    choice: Choice = EVERYTHING,
    max_minutes: float | None = None,
) -> tuple[list[SourceRow], list[str]]:
    """Fetch, read, split and stage what is chosen; each resource ends as one ledger row.

    Returns the rows of what was read or tried, and the ids of what was left as it was: not chosen,
    or not reached in time. `first` is the place of the first resource in the ledger.
    """
    places = {resource.id: first + number for number, resource in enumerate(resources)}
    before, held = writer.ledger()
    chosen, others = sorted_out(resources, choice, before, held)
    for resource in others:
        known = resource.id in before
        leave(writer, resource, places[resource.id], known, "not chosen so far")
    left = [resource.id for resource in others]
    count_tokens = token_counter(model)
    began = time.monotonic()
    deadline = math.inf if max_minutes is None else began + 60 * max_minutes
    rows = []
    for done, resource in enumerate(chosen):
        now = time.monotonic()
        if now >= deadline and needs_a_connection(resource):
            reason = why_postponed(max_minutes, before.get(resource.id))
            leave(writer, resource, places[resource.id], resource.id in held, reason)
            left.append(resource.id)
            continue
        eta = min((now - began) / done * (len(chosen) - done), deadline - now) if done else None
        step = Progress("read", done, len(chosen), resource.title, eta)
        row = stage_resource(
            writer, resource, source, count_tokens, places[resource.id], telling(report, step)
        )
        rows.append(row)
        telling(report, replace(step, done=done + 1))(row.status, row.reason)
    return rows, left


def sorted_out(
    resources: Sequence[Resource],
    choice: Choice,
    before: Mapping[str, SourceRow],
    held: frozenset[str],
) -> tuple[list[Resource], list[Resource]]:
    """Part resources into those to be read, what was never read first, and the others.

    A book without a link that is new to the ledger is always among the first: it costs nothing.
    """
    chosen = [
        resource
        for resource in resources
        if choice.takes(resource)
        or (resource.id not in before and not needs_a_connection(resource))
    ]
    ids = {resource.id for resource in chosen}
    others = [resource for resource in resources if resource.id not in ids]
    # With little time every run gets further than the one before it.
    return sorted(chosen, key=lambda resource: resource.id in held), others


def leave(
    writer: LibraryWriter, resource: Resource, ordinal: int, known: bool, reason: str
) -> None:
    """Leave a resource as it was; the ledger says of one that is not known why it was not read."""
    if known:
        writer.move(resource.id, ordinal)
    else:
        writer.record(replace(new_row(resource), status="postponed", reason=reason), ordinal, "")


def why_postponed(minutes: float | None, before: SourceRow | None) -> str:
    """Say that time ran out, and what became of the resource the last time it was tried."""
    tried = before is not None and before.status != "postponed"
    last = f" (last time {before.status}: {before.reason})" if before and tried else ""
    return f"not reached within {minutes:g} minutes: run `studypath ingest` again{last}"


def telling(report: Report, step: Progress) -> Tell:
    """Give a function that reports the state, and its reason, of the resource that `step` names."""
    return lambda state, reason: report(replace(step, state=state, reason=reason))


def stage_resource(
    writer: LibraryWriter,
    resource: Resource,
    source: Source,
    count_tokens: CountTokens,
    ordinal: int,
    tell: Tell,
) -> SourceRow:
    """Bring one resource up to date; what was read before is kept when it cannot be read now.

    A page that is gone and was never read is stood in for by its copy in the public web archive,
    where that may be asked; else the ledger says what is wrong with the link.
    """
    row = new_row(resource)
    tell("fetching", "")
    if resource.url is None:
        reason = resource.note or "a book or documentation named without a link"
        row = replace(row, status="skipped", reason=reason)
        writer.replace(row, ordinal, "", [])
        return row
    title = source.title(resource)
    try:
        fetched = source.fetch(resource)
        return stage_fetched(writer, resource, fetched, count_tokens, ordinal, tell, title)
    except FetchFailed as failure:
        gone = failure
    if writer.fingerprint(resource.id, resource.url):
        row = kept(row, writer.recorded(resource.id), gone)
        writer.record(row, ordinal)
        return row
    try:
        if source.copies is None or resource.id in source.added:
            raise gone
        fetched = source.copies.stand_in(resource.url, gone)
        return stage_fetched(writer, resource, fetched, count_tokens, ordinal, tell, title)
    except FetchFailed as failure:
        told = failure
        if resource.id not in source.added:
            told = with_suggestion(failure, resource.link or resource.url, source.transport)
        row = replace(row, status=told.status, reason=told.reason)
        writer.replace(row, ordinal, "", [])
        return row


def stage_fetched(
    writer: LibraryWriter,
    resource: Resource,
    fetched: Fetched,
    count_tokens: CountTokens,
    ordinal: int,
    tell: Tell,
    title: str,
) -> SourceRow:
    """Stage the pages of one resource unless they are those read before; raises FetchFailed."""
    row = with_pages(new_row(resource), fetched)
    first = fetched.pages[0]
    if sent_to_front(clean(resource.url or ""), first.resolved_url):
        raise FetchFailed(
            "not-found", f"{first.url} is gone: its site shows the front page instead"
        )
    fingerprint = fingerprint_of(fetched, title)
    if fingerprint == writer.fingerprint(resource.id, resource.url):
        row = replace(row, status="unchanged")
        writer.record(row, ordinal)
        return row
    tell("reading", "")
    contents = read_pages(fetched, resource, count_tokens, title)
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
    fetched: Fetched, resource: Resource, count_tokens: CountTokens, title: str = ""
) -> list[tuple[Document, tuple[Passage, ...]]]:
    """Extract and split the pages of one resource; raises FetchFailed when none holds text.

    `title`, when given, goes before the page's own.
    """
    contents = []
    failures = []
    for page in fetched.pages:
        try:
            document = read_page(page, kind=kind_of(resource))
        except FetchFailed as failure:
            failures.append(failure)
            continue
        document = replace(document, title=title or document.title or resource.title)
        if page.url.startswith(ADDED):  # a name by which the page of our own finds it
            document = replace(document, id=resource.id)
        passages = flagged(document, split(document, count_tokens))
        passages = with_fragments(passages, document.visible)
        contents.append((document, passages))
    if not any(passages for _, passages in contents):
        raise failures[0] if failures else FetchFailed("no-text", "the page holds no text to read")
    return contents


def kind_of(resource: Resource) -> str:
    """Say what a document of this resource is to a reader."""
    from ingest.links import classify

    if resource.url and resource.url.startswith(ADDED):
        return "document"
    named = classify(resource.url or "")
    return {"arxiv": "paper", "pdf": "paper"}.get(named, named)


def fingerprint_of(fetched: Fetched, title: str = "") -> str:
    """Hash the fetched bytes together with a given title and the version of the reading rules."""
    digest = hashlib.sha256(f"{READING}{title}".encode())
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
