"""A web of a few pages that a test writes down, without a server."""

from collections.abc import Mapping
from typing import Any

from ingest.errors import FetchFailed
from ingest.fetch import Page


class WrittenWeb:
    """Address -> body, a ledger's word, or (new address, body); `asked` are the addresses asked."""

    def __init__(self, pages: Mapping[str, Any]) -> None:
        self.pages = pages
        self.asked: list[str] = []

    def get(self, url: str) -> Page:
        self.asked.append(url)
        found = self.pages.get(url, "not-found")
        if isinstance(found, str):
            raise FetchFailed(found, "as the test wants it")
        here, body = found if isinstance(found, tuple) else (url, found)
        media = "text/html" if body.lstrip().startswith(b"<html") else "application/octet-stream"
        return Page(url, here, 200, media, body, "2026-01-01T00:00:00Z")
