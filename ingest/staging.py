"""Resources into staged documents: each is read, written in turn, and one line of the ledger."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from urllib.parse import urlsplit

from ingest.additions import ADDED
from ingest.choice import EVERYTHING, Choice, needs_a_connection
from ingest.curriculum import Resource
from ingest.embed import token_counter
from ingest.extract import Document
from ingest.flags import flagged
from ingest.hosts import Event, SideBySide
from ingest.indexing import Report
from ingest.library import SourceRow
from ingest.links import classify, clean
from ingest.progress import Progress
from ingest.reading import READING, Before, Outcome, Source, Tell, new_row, read_resource
from ingest.split import split
from ingest.writer import LibraryWriter

# Links of these kinds lead through several hosts, or past our pace, to the same few servers.
_SERVERS = {"github": "github", "notebook": "github", "arxiv": "arxiv", "video": "video"}


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

    Those of several hosts are read at the same time and written in order, so that the library does
    not depend on which host answers first. Returns the rows of what was read or tried, and the ids
    of what was left as it was: not chosen, or left out by a limit. `first` is the place of the
    first resource in the ledger.
    """
    places = {resource.id: first + number for number, resource in enumerate(resources)}
    before, held = writer.ledger()
    chosen, others = sorted_out(resources, choice, before, held)
    for resource in others:
        leave(writer, resource, places[resource.id], resource.id in before, "not chosen so far")
    rows: list[SourceRow] = []
    left = [resource.id for resource in others]

    def write(resource: Resource, ended: "Event[Outcome]") -> None:
        if ended.result is None:
            reason = why_postponed(ended.reason, before.get(resource.id))
            leave(writer, resource, places[resource.id], resource.id in held, reason)
            left.append(resource.id)
        else:
            put(writer, ended.result, places[resource.id])
            rows.append(ended.result.row)

    deadline = math.inf if max_minutes is None else time.monotonic() + 60 * max_minutes
    known = {id: Before(row, writer.fingerprint(id, row.url)) for id, row in before.items()}
    reading = side_by_side(chosen, known, source, model, late(deadline, max_minutes))
    in_order(reading, chosen, write, lambda event: tell_of(event, chosen, report, deadline))
    return rows, left


def side_by_side(
    chosen: Sequence[Resource],
    known: Mapping[str, Before],
    source: Source,
    model: str,
    late: Callable[[], str],
) -> SideBySide[Resource, Outcome]:
    """Prepare to read resources; `late` says why none may begin any more, or nothing."""
    count_tokens = token_counter(model)

    def read(resource: Resource, tell: Tell) -> Outcome:
        before = known.get(resource.id, Before())
        if before.row and before.row.url != resource.url:
            before = Before()
        return read_resource(resource, source, before, count_tokens, tell)

    def barred(resource: Resource) -> str:
        return (late() or source.spent()) if needs_a_connection(resource) else ""

    return SideBySide(
        chosen,
        read,
        host_of=host_of,
        barred=barred,
        stop=source.stop,
        at_once=source.at_once,
        clock=time.monotonic,
    )


def in_order(
    reading: SideBySide[Resource, Outcome],
    chosen: Sequence[Resource],
    write: Callable[[Resource, Event[Outcome]], None],
    hear: Callable[[Event[Outcome]], None],
) -> None:
    """Read all, hear of it as it happens, and write it in order."""
    waiting: dict[int, Event[Outcome]] = {}
    following = 0
    try:
        with closing(reading.events()) as events:
            for event in events:
                if event.done:
                    waiting[event.number] = event
                hear(event)
                while following in waiting:
                    write(chosen[following], waiting.pop(following))
                    following += 1
    finally:  # when stopped, what was read ahead of its turn is not thrown away
        for number in sorted(waiting):
            write(chosen[number], waiting.pop(number))


def put(writer: LibraryWriter, outcome: Outcome, ordinal: int) -> None:
    """Write what became of a resource."""
    if outcome.contents is None:
        writer.record(outcome.row, ordinal, outcome.fingerprint)
    else:
        writer.replace(outcome.row, ordinal, outcome.fingerprint, outcome.contents)


def late(deadline: float, minutes: float | None) -> Callable[[], str]:
    """Give a function that says that the time is over, or nothing before."""
    words = (
        ""
        if minutes is None
        else f"not reached within {minutes:g} minutes: run `studypath ingest` again"
    )
    return lambda: words if time.monotonic() >= deadline else ""


def tell_of(
    event: Event[Outcome], chosen: Sequence[Resource], report: Report, deadline: float
) -> None:
    """Report what is heard of a resource, with all those that are read at this time."""
    left = event.seconds_left
    row = event.result.row if event.result else None
    if event.done and row is None:
        return  # left out, and the ledger says why
    report(
        Progress(
            "read",
            event.finished,
            len(chosen),
            chosen[event.number].title,
            None if left is None else min(left, max(0.0, deadline - time.monotonic())),
            row.status if row else event.state,
            row.reason if row else event.reason,
            tuple(chosen[number].title for number in event.under_way),
        )
    )


def host_of(resource: Resource) -> str:
    """Name the server that a resource is read from; empty for what needs none."""
    address = clean(resource.url or "")
    if not needs_a_connection(resource) or address.startswith(ADDED):
        return ""
    return _SERVERS.get(classify(address)) or urlsplit(address).hostname or ""


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


def why_postponed(reason: str, before: SourceRow | None) -> str:
    """Say why a resource was left out, and what became of it the last time it was tried."""
    tried = before is not None and before.status != "postponed"
    last = f" (last time {before.status}: {before.reason})" if before and tried else ""
    return f"{reason}{last}"
