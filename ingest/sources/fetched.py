"""What fetching one resource gave."""

from dataclasses import dataclass

from ingest.fetch import Page


@dataclass(frozen=True, slots=True)
class Fetched:
    """The pages of one resource, best first.

    `status` is "indexed", or "partial" when something else stands in for what was linked;
    `reason` then says what.
    """

    pages: tuple[Page, ...]
    status: str = "indexed"
    reason: str = ""
