"""What fetching one resource may cost, and what it gave."""

from collections import Counter
from dataclasses import dataclass

from ingest.fetch import Page

# The ledger's words for a page that could not be had, as they end a sentence.
_MISSED = {
    "robots-denied": "denied by robots.txt",
    "not-found": "gone",
    "not-in-archive": "not in the archive",
    "login-wall": "behind a login",
    "skipped": "skipped",
    "unreachable": "unreachable",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of one resource is read at most.

    `pages` counts pages that are kept, `depth` the links followed from the linked page (0 is that
    page alone), `bytes` the bodies of all pages together.
    """

    pages: int = 25
    depth: int = 2
    bytes: int = 40_000_000


@dataclass(frozen=True, slots=True)
class Fetched:
    """The pages of one resource: the linked one first, then the further ones in reading order.

    `status` is "indexed", or "partial" when something else stands in for what was linked;
    `reason` then says what. It also says which of the further pages are missing.
    """

    pages: tuple[Page, ...]
    status: str = "indexed"
    reason: str = ""


def share_read(read: int, left: int, missed: Counter[str]) -> str:
    """Say how much of a resource was read; empty when it is all there is.

    `left` counts the pages that the limits kept away, `missed` those that failed, by the ledger's
    word.
    """
    whole = read + left + missed.total()
    if read == whole:
        return ""
    share = f"the first {read} of {whole} pages" if left else f"{read} of {whole} pages"
    words = [f"{count} {_MISSED.get(word, word)}" for word, count in sorted(missed.items())]
    return "; ".join([share, ", ".join(words)] if words else [share])
