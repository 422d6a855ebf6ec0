"""Reading as a job of the page: which links are read, and what became of them."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ingest.errors import StudypathError
from ui.job_record import Job
from ui.jobs import Kind
from ui.markup import one_line

if TYPE_CHECKING:
    from ingest.library import SourceRow
    from ui.keeper import Keeper

INGEST: tuple[str, ...] = ("ingest",)
READ = "read"  # the kind of these jobs, and their lane: a library has one writer
TAKEN_UP = 15.0  # seconds; the keeper looks for a newer library every three
NAMED = 3  # sources that are named one by one when they were read
UNREAD = ("postponed", "not-in-archive")  # of a link that nobody asked for so far


def reading(keeper: "Keeper") -> Kind:
    """Make the kind of a keeper's reading jobs."""

    def told(job: Job, said: Mapping[str, Any]) -> str:
        wait_for(keeper)
        try:
            return outcome(job.about, said, keeper.sources())
        except StudypathError as error:
            return one_line(str(error))

    return Kind(READ, lambda: keeper.readiness().settled, told)


def command(ids: Sequence[str] = ()) -> tuple[str, ...]:
    """Write the command that reads all links of the path, or these alone."""
    return (*INGEST, *(f"--link={id}" for id in ids), "--json")


def is_link(row: "SourceRow") -> bool:
    """Say whether a source is somewhere on the web (or was added), so that it can be asked for."""
    linked = bool(row.url) and str(row.url).startswith(("http://", "https://"))
    return row.status != "skipped" and (linked or row.resource_id.startswith("added/"))


def has_failed(row: "SourceRow") -> bool:
    """Say whether a source was tried, or could be, and gave nothing."""
    from ingest.build import USABLE

    return is_link(row) and row.status not in USABLE


def is_unread(row: "SourceRow") -> bool:
    """Say whether nobody asked for a link so far."""
    return is_link(row) and row.status in UNREAD


def wait_for(keeper: "Keeper") -> None:
    """Wait until the page answers from what was published, for a few seconds at most."""
    from ingest.library import open_library

    end = time.monotonic() + TAKEN_UP
    while time.monotonic() < end:
        time.sleep(0.2)
        try:
            with open_library(keeper.settings.home) as newest:
                if newest.sources() == keeper.sources():
                    return
        except StudypathError:
            continue


def outcome(about: Sequence[str], said: Mapping[str, Any], rows: Sequence["SourceRow"]) -> str:
    """Say what became of a reading: of few sources one by one, else in numbers.

    `said` is the object that `studypath ingest --json` ends with.
    """
    if 0 < len(about) <= NAMED:
        known = {row.resource_id: row for row in rows}
        told = [became(known[id]) for id in dict.fromkeys(about) if id in known]
        return " ".join(told) or "The library is up to date."
    numbers = [(said.get(name), words) for name, words in COUNTED]
    counted = ", ".join(f"{n:,} {words}" for n, words in numbers if isinstance(n, int))
    held = sum(row.passages for row in rows)
    return f"Read: {counted or 'all'}. The library holds {held:,} passages."


COUNTED = (
    ("indexed", "new or changed"),
    ("unchanged", "unchanged"),
    ("failed", "without text"),
)


def became(row: "SourceRow") -> str:
    """Say what became of one source."""
    added = row.resource_id.startswith("added/")
    if row.passages:
        unit = "passage" if row.passages == 1 else "passages"
        words = f"{row.status}, {row.passages} {unit}."
        return one_line(f"{'Added' if added else 'Read'} “{row.title}”: {words}")
    why = row.reason or row.status
    begins = f"Added “{row.title}”, but not read" if added else f"“{row.title}” was not read"
    return one_line(f"{begins}: {why}{'' if why.endswith('.') else '.'}")
