"""A paper on arXiv: the page of its abstract, whichever form of it is linked."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from ingest.errors import FetchFailed
from ingest.fetch import Transport
from ingest.sources.fetched import Fetched

_NUMBER = re.compile(
    r"/(?:abs|pdf|html)/((?:[0-9]{4}\.[0-9]{4,5}|[a-z-]+(?:\.[A-Z]{2})?/[0-9]{7})(?:v[0-9]+)?)"
)


def fetch_paper(url: str, transport: Transport) -> Fetched:
    """Fetch the abstract page of a paper."""
    number = _NUMBER.match(urlsplit(url).path)
    if number is None:
        raise FetchFailed("unreachable", f"{url} names no paper on arXiv")
    page = transport.get(f"https://arxiv.org/abs/{number[1]}")
    return Fetched((replace(page, url=url),), reason="the abstract; PDF reading comes later")
