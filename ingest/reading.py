"""One resource -> what is to be written of it: fetched, read, split, or why not.

Nothing here writes: readings of several resources may be made at the same time.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

from ingest.additions import ADDED, Addition, fetched_copy, resource_of
from ingest.curriculum import Curriculum, Resource
from ingest.errors import FetchFailed
from ingest.extract import Document, read_page
from ingest.fallback import WebArchive, is_copy
from ingest.fetch import LiveTransport, Transport
from ingest.flags import flagged
from ingest.fragments import with_fragments
from ingest.library import SourceRow
from ingest.links import classify, clean
from ingest.page_signs import sent_to_front
from ingest.sources import Fetched, fetch_resource
from ingest.split import CountTokens, Passage, split
from ingest.suggest import with_suggestion

# Part of every fingerprint: a page read by older rules is read again. Raise it with those rules.
READING = "7"

Tell = Callable[[str, str], None]  # is told the state of a resource, and its reason
Contents = tuple[tuple[Document, tuple[Passage, ...]], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where pages come from: a transport, and the copies of what was added, by resource id.

    `copies` is the public web archive that stands in for pages that are gone, None when it is not
    to be asked; `transcripts` the folder with captions of videos. `at_once` is how many hosts may
    be read at the same time: an archive is read by one thread.
    """

    home: Path
    transport: Transport
    added: Mapping[str, Addition]
    transcripts: Path
    copies: WebArchive | None = None
    at_once: int = 1
    # Pages are fetched side by side and read one by one: the trees of several large ones would take
    # much memory at once, and the libraries that make them promise nothing about threads.
    one_reads: Lock = field(default_factory=Lock, compare=False)

    def spent(self) -> str:
        """Say why nothing more may be asked for in this run; empty while it may."""
        return self.transport.spent() if isinstance(self.transport, LiveTransport) else ""

    def stop(self) -> None:
        """Let every reading that is under way end soon."""
        if isinstance(self.transport, LiveTransport):
            self.transport.stop()

    def resources(self, curriculum: Curriculum) -> tuple[Resource, ...]:
        """Name what is to be read: the path's resources, and after them what was added."""
        added = (resource_of(addition, curriculum) for addition in self.added.values())
        return (*curriculum.resources, *added)

    def fetch(self, resource: Resource) -> Fetched:
        """Fetch the pages of a resource; raises FetchFailed, Postponed."""
        addition = self.added.get(resource.id)
        if addition and addition.file:
            return fetched_copy(self.home, addition)
        return fetch_resource(resource, self.transport, transcripts=self.transcripts)

    def title(self, resource: Resource) -> str:
        """Give the title that the learner gave an added file; empty when the file has its own."""
        addition = self.added.get(resource.id)
        return addition.title if addition and addition.file else ""


@dataclass(frozen=True, slots=True)
class Before:
    """What the library holds of a resource: its line, if any, and what was last read, as a hash."""

    row: SourceRow | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a resource: its line and, unless what is held stays, its documents."""

    row: SourceRow
    fingerprint: str
    contents: Contents | None = None


def read_resource(
    resource: Resource, source: Source, before: Before, count_tokens: CountTokens, tell: Tell
) -> Outcome:
    """Read one resource; what was read before is kept when it cannot be read now.

    A page that is gone and was never read is stood in for by its copy in the public web archive,
    where that may be asked; else the line says what is wrong with the link. Raises Postponed.
    """
    row = new_row(resource)
    tell("fetching", "")
    if resource.url is None:
        reason = resource.note or "a book or documentation named without a link"
        return Outcome(replace(row, status="skipped", reason=reason), "", ())
    try:
        return outcome_of(resource, source.fetch(resource), source, before, count_tokens, tell)
    except FetchFailed as failure:
        gone = failure
    if before.row and before.fingerprint:
        return Outcome(kept(row, before.row, gone), before.fingerprint)
    try:
        if source.copies is None or resource.id in source.added:
            raise gone
        copy = source.copies.stand_in(resource.url, gone)
        return outcome_of(resource, copy, source, before, count_tokens, tell)
    except FetchFailed as failure:
        told = failure
        if resource.id not in source.added:
            told = with_suggestion(failure, resource.link or resource.url, source.transport)
        return Outcome(replace(row, status=told.status, reason=told.reason), "", ())


def outcome_of(
    resource: Resource,
    fetched: Fetched,
    source: Source,
    before: Before,
    count_tokens: CountTokens,
    tell: Tell,
) -> Outcome:
    """Read the pages of one resource unless they are those read before; raises FetchFailed."""
    row = with_pages(new_row(resource), fetched)
    first = fetched.pages[0]
    if sent_to_front(clean(resource.url or ""), first.resolved_url):
        raise FetchFailed(
            "not-found", f"{first.url} is gone: its site shows the front page instead"
        )
    title = source.title(resource)
    fingerprint = fingerprint_of(fetched, title)
    if fingerprint == before.fingerprint:
        return Outcome(replace(row, status="unchanged"), fingerprint)
    tell("reading", "")
    with source.one_reads:
        contents = read_pages(fetched, resource, count_tokens, title)
    if empty := len(fetched.pages) - len(contents):
        reasons = [row.reason, f"{empty} of {len(fetched.pages)} pages hold no text"]
        row = replace(row, reason="; ".join(filter(None, reasons)))
    return Outcome(row, fingerprint, contents)


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
) -> Contents:
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
    return tuple(contents)


def kind_of(resource: Resource) -> str:
    """Say what a document of this resource is to a reader."""
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
