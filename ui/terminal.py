"""What people see in a terminal: text, the ledger, progress (rich's door); and JSON for scripts."""

import json
import re
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import LibraryError
from ingest.progress import Progress
from ui.markup import one_line
from ui.progress import ERROR_PREFIX, STAGES, being_read, progress_line, time_left

if TYPE_CHECKING:
    from ingest.additions import Addition
    from ingest.build import BuildSummary
    from ingest.choice import Step
    from ingest.library import FlaggedRow, SourceRow

WIDEST = 100  # columns: longer lines are hard to read however wide the terminal is
PIPED = 200  # columns of a table that no terminal shows
LINE_EVERY = 1.0  # seconds between progress lines of one stage where no bar can be drawn
# States of a resource that the bar only passes through; any other is said and stays.
PASSING = ("", "fetching", "reading", "indexed", "unchanged", "skipped")


def complain(words: str) -> None:
    """Write one line to standard error."""
    print(f"{ERROR_PREFIX}{' '.join(words.split())}", file=sys.stderr, flush=True)


def write_json(item: Mapping[str, object]) -> None:
    """Write one object on one line, at once, so that a reader need not wait for the rest."""
    print(json.dumps(item, ensure_ascii=False), flush=True)


def show_text(text: str) -> None:
    """Write text: wrapped and with its numbers in colour on a terminal, as it is elsewhere."""
    if not sys.stdout.isatty():
        print(text)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    width = min(console.width, WIDEST)
    for line in text.split("\n"):
        shown = Text("\n".join(wrapped(line, width)))
        shown.highlight_regex(r"\[\d+\]|^\d+\.(?= )", "bold cyan")
        if re.match(r"\[\d+\] |\d+\. ", line):
            shown.stylize("bold")
        console.print(shown, soft_wrap=True)


def wrapped(line: str, width: int) -> list[str]:
    """Wrap a line of words; code and addresses stay whole, so that they can be copied."""
    indent = line[: len(line) - len(line.lstrip())]
    if len(line) <= width or (len(indent) >= 4 and not line.lstrip().startswith("“")):
        return [line]
    return textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False)


def show_sources(rows: Sequence["SourceRow"]) -> None:
    """Write the ledger as a table with its counts."""
    cells = [(row.status, row.kind, row.title, str(row.passages), row.reason) for row in rows]
    show_table(("status", "kind", "title", "passages", "reason"), cells)
    show_text(f"\n{len(rows)} sources: {counts(row.status for row in rows)}")


def show_plan(steps: Sequence["Step"], as_json: bool) -> None:
    """Write what an ingest would do with every resource, with its counts."""
    if as_json:
        from ui.ledger import step_json

        for step in steps:
            write_json(step_json(step))
        return
    cells = [(s.action, s.resource.kind, s.resource.title, s.reason) for s in steps]
    show_table(("would", "kind", "title", "reason"), cells)
    show_text(f"\n{len(steps)} resources: {counts(step.action for step in steps)}")


def show_additions(home: Path, additions: Sequence["Addition"], as_json: bool) -> None:
    """Write additions with what became of them."""
    from ingest.library import open_library
    from ui.ledger import addition_json

    rows = {}
    if (home / "library.db").exists():
        with suppress(LibraryError), open_library(home) as library:  # a first ingest is under way
            rows = {row.resource_id: row for row in library.sources()}
    told = [addition_json(addition, rows.get(addition.resource_id)) for addition in additions]
    if as_json:
        for one in told:
            write_json(one)
        return
    names = ("id", "section_id", "status", "title", "what", "passages", "reason")
    show_table(
        [name.removesuffix("_id") for name in names],
        [[str(one[name]) for name in names] for one in told],
    )
    show_text(
        f"\n{len(told)} added: {counts(str(one['status']) or 'not read yet' for one in told)}"
    )


def show_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table, as wide as the terminal or as PIPED columns."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        right = heading == "passages"
        last = heading == "reason"
        table.add_column(heading, justify="right" if right else "left", ratio=1 if last else None)
    for cells in rows:
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    Console(highlight=False, width=None if sys.stdout.isatty() else PIPED).print(table)


def show_flagged(rows: Sequence["FlaggedRow"]) -> None:
    """Write the passages that are kept out of answers as a table with their number."""
    from ui.render import opening, terminal_link

    cells = [
        (
            row.title,
            terminal_link(row.entry.url),
            row.entry.passage.flag,
            opening(row.entry.passage.text),
        )
        for row in rows
    ]
    if cells:
        show_table(("resource", "address", "why", "text"), cells)
    show_text(f"\n{len(rows)} passages are kept out of answers")


def counts(words: Iterable[str]) -> str:
    """Count words, the most frequent first: "61 indexed · 9 not-found"."""
    found = Counter(words)
    return " · ".join(f"{count} {word}" for word, count in found.most_common())


def tell_summary(home: Path, summary: "BuildSummary", as_json: bool) -> None:
    """Write what an ingest did, and its problems to standard error."""
    for problem in summary.problems:
        complain(problem)
    if as_json:
        write_json(
            {
                "schema": 1,
                "resources": summary.resources,
                "indexed": summary.indexed,
                "unchanged": summary.unchanged,
                "failed": summary.failed,
                "passages": summary.passages,
                "seconds": round(summary.seconds, 2),
                "seconds_embedding": round(summary.seconds_embedding, 2),
                "problems": list(summary.problems),
                "left_out": summary.left_out,
            }
        )
        return
    from ingest.library import open_library

    with open_library(home) as library:
        rows, collection = library.sources(), library.is_collection
    print(f"{len(rows)} sources: {counts(row.status for row in rows)}")
    embedding = f", {summary.seconds_embedding:.0f} s of them for meaning"
    spent = embedding if summary.seconds_embedding >= 1 else ""
    print(f"{summary.passages} passages in {summary.seconds:.0f} s{spent}, in {home}")
    if not collection:
        print("`studypath sources` says what became of every link.")


@contextmanager
def progress_report(as_json: bool) -> Iterator[Callable[[Progress], None]]:
    """Give a function that shows progress: a bar on a terminal, else plain lines; on stderr."""
    if as_json or not sys.stderr.isatty():
        yield line_reporter()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
    from rich.progress import Progress as Bars
    from rich.text import Text

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(progress: Progress) -> None:
            if progress.stage == "done":
                return
            if progress.stage not in tasks:
                for task in bars.tasks:  # a new stage begins when the one before has ended
                    bars.update(task.id, completed=task.total, note="")
                name = STAGES.get(progress.stage, progress.stage)
                tasks[progress.stage] = bars.add_task(name, total=progress.total, note="")
            if progress.state not in PASSING:
                bars.console.print(Text(outcome(progress)), soft_wrap=True)
            left = f"{time_left(progress.eta_seconds)} left" if progress.eta_seconds else ""
            alone = progress.under_way in ((), (progress.message,))
            state = progress.state if alone else "reading"
            note = " · ".join(filter(None, (left, state, one_line(being_read(progress))[:60])))
            bars.update(
                tasks[progress.stage], completed=progress.done, total=progress.total, note=note
            )

        yield report


def outcome(progress: Progress) -> str:
    """Say what became of a resource: "not-found: A talk (the page is gone)"."""
    why = f" ({progress.reason})" if progress.reason else ""
    return one_line(f"{progress.state}: {progress.message}{why}")


def line_reporter() -> Callable[[Progress], None]:
    """Give a function that writes a line when a stage begins or ends, and now and then between."""
    last_stage, last_time = "", 0.0

    def report(progress: Progress) -> None:
        nonlocal last_stage, last_time
        if progress.state not in ("", "fetching"):
            return  # one line for each resource is enough
        now = time.monotonic()
        begins = progress.stage != last_stage
        if begins or progress.done >= progress.total or now - last_time >= LINE_EVERY:
            last_stage, last_time = progress.stage, now
            print(one_line(progress_line(progress)), file=sys.stderr, flush=True)

    return report
