"""Say what became of every link of the path, and of how many that an archive answers.

    python -m eval.ledger --home HOME --archive FILE.warc.gz > docs/links.md

A link counts as answered when the archive replays its address (a video: its transcript, a
repository: its tarball or README) with a page; what a page holds is for the ledger to say.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from assistant.settings import load_settings
from ingest.archive import ArchiveTransport
from ingest.errors import FetchFailed
from ingest.library import SourceRow, open_library
from ingest.links import clean

READ = ("indexed", "partial", "unchanged")


def links(rows: Sequence[SourceRow]) -> list[SourceRow]:
    """Keep the rows that are links of the path: no cards, notes, books or additions."""
    return [r for r in rows if r.url and r.url.startswith("http") and r.kind != "own"]


def answered(row: SourceRow, archive: ArchiveTransport) -> str:
    """Say how the archive answers a link: "200", or the word of the ledger for its failure."""
    try:
        return str(archive.get(clean(row.url or "").partition("#")[0]).status)
    except FetchFailed as failure:
        return failure.status


def report(rows: Sequence[SourceRow], archive: ArchiveTransport) -> str:
    """Write the table as Markdown, with the counts in front."""
    told = [(row, answered(row, archive)) for row in links(rows)]
    pages = [row for row, answer in told if answer == "200" and row.kind != "video"]
    read = [row for row in pages if row.status in READ]
    counts = Counter(row.status for row, _ in told).most_common()
    lines = [
        "# What became of every link",
        "",
        "`python -m eval.ledger --home HOME --archive FILE.warc.gz > docs/links.md` makes this page"
        " for a library that was read from an archive of the path's pages.",
        "",
        f"{len(told)} links: {' · '.join(f'{count} {status}' for status, count in counts)}.",
        f"The archive answers {len(pages)} links other than videos with a page;"
        f" {len(read)} of these are read ({len(read) / max(1, len(pages)):.1%}).",
        "",
        "| Link | Kind | Archive | Status | Passages | Reason |",
        "|---|---|---|---|---|---|",
    ]
    for row, answer in told:
        title = row.title.replace("|", "\\|")
        reason = row.reason.replace("|", "\\|")
        lines.append(
            f"| [{title}]({row.url}) | {row.kind} | {answer} | {row.status} | {row.passages}"
            f" | {reason} |"
        )
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home")
    parser.add_argument("--archive", type=Path, required=True)
    options = parser.parse_args(arguments)
    with open_library(load_settings(options.home).home) as library:
        rows = library.sources()
    sys.stdout.write(report(rows, ArchiveTransport(options.archive)))


if __name__ == "__main__":
    main()
