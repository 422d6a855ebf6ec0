"""A paper on arXiv: the page of its abstract and its PDF, whichever form of it is linked."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from ingest.errors import FetchFailed
from ingest.fetch import Page, Transport
from ingest.sources.fetched import Fetched
from ingest.sources.pdf import fetch_pdf

_NUMBER = re.compile(
    r"/(?:abs|pdf|html)/((?:[0-9]{4}\.[0-9]{4,5}|[a-z-]+(?:\.[A-Z]{2})?/[0-9]{7})(?:v[0-9]+)?)"
)


def fetch_paper(url: str, transport: Transport) -> Fetched:
    """Fetch the abstract page of a paper and its PDF; either stands alone without the other.

    Raises FetchFailed as the abstract page did when both are missing.
    """
    number = _NUMBER.match(urlsplit(url).path)
    if number is None:
        raise FetchFailed("unreachable", f"{url} names no paper on arXiv")
    try:
        abstract = (replace(transport.get(f"https://arxiv.org/abs/{number[1]}"), url=url),)
    except FetchFailed as failure:
        return _without_abstract(url, number[1], transport, failure)
    try:
        paper = _pdf(number[1], transport)
    except FetchFailed as failure:
        return Fetched(abstract, reason=f"the abstract without the PDF: {failure.reason}")
    return Fetched((*abstract, replace(paper.pages[0], url=url)), paper.status, paper.reason)


def _without_abstract(url: str, number: str, transport: Transport, failure: FetchFailed) -> Fetched:
    try:
        paper = _pdf(number, transport)
    except FetchFailed as second:
        raise failure from second
    return replace(paper, pages=(replace(paper.pages[0], url=url),))


def _pdf(number: str, transport: Transport) -> Fetched:
    address = f"https://arxiv.org/pdf/{number}"
    fetched = fetch_pdf(address, transport)
    page: Page = fetched.pages[0]
    # An archive knows the paper by its page and may answer with that.
    if b"%PDF-" not in page.body[:1024]:
        raise FetchFailed("not-found", f"{address} gives no PDF")
    return fetched
