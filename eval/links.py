"""How exact the links of a library are: the share of its sentences with each link_precision.

    python -m eval.links --home HOME

Every span that an answer can quote (sentence, list item, table, block of code) is cited once, of
every page that a browser opens; notes and the path are left out.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from urllib.parse import urlsplit

from assistant.cite import passage_link
from assistant.settings import load_settings
from assistant.spans import spans_of
from ingest.errors import InputError
from ingest.library import Entry, open_library

PRECISIONS = ("exact", "heading", "page")

Shares = dict[str, Counter[str]]


def precisions(entries: Iterable[Entry]) -> Shares:
    """Count the spans of each link_precision, by the host of their page."""
    counted: Shares = defaultdict(Counter)
    for entry in entries:
        parts = urlsplit(entry.url)
        if parts.scheme not in ("http", "https"):
            continue
        for span in spans_of(entry.passage.text):
            _, precision = passage_link(entry, span.start, span.end)
            counted[parts.netloc][precision] += 1
    return dict(counted)


def report(counted: Shares) -> str:
    """Write the shares as a Markdown table, the total first, then every host by its name."""
    total: Counter[str] = Counter()
    for counts in counted.values():
        total.update(counts)
    lines = [
        f"| Host | Spans | {' | '.join(PRECISIONS)} |",
        f"|---|---|{'---|' * len(PRECISIONS)}",
        row("all", total),
        *(row(host, counted[host]) for host in sorted(counted)),
    ]
    return "\n".join(lines) + "\n"


def row(name: str, counts: Counter[str]) -> str:
    """Write one line of the table."""
    spans = counts.total()
    shares = (f"{counts[precision] / spans:.1%}" for precision in PRECISIONS)
    return f"| {name} | {spans} | {' | '.join(shares)} |"


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home")
    options = parser.parse_args(arguments)
    home = load_settings(options.home).home
    with open_library(home) as library:
        counted = precisions(library.entries(library.passage_ids()).values())
    if not counted:
        raise InputError(f"{home} holds no page of the web: name a --home with linked pages")
    sys.stdout.write(report(counted))


if __name__ == "__main__":
    main()
