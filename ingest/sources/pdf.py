"""A PDF on the web."""

from ingest.fetch import Transport
from ingest.sources.article import fetch_article
from ingest.sources.fetched import Fetched


def fetch_pdf(url: str, transport: Transport) -> Fetched:
    """Fetch a PDF; only the first pages of a very long one will be read, and the status says so.

    An address that gives a page instead is read as an article. Raises FetchFailed: as the
    transport does, "no-text" for a PDF that cannot be opened.
    """
    fetched = fetch_article(url, transport)
    if b"%PDF-" not in fetched.pages[0].body[:1024]:
        return fetched
    from ingest.pdf import MOST_PAGES, page_count

    pages = page_count(fetched.pages[0].body)
    if pages <= MOST_PAGES:
        return fetched
    return Fetched(fetched.pages, "partial", f"the first {MOST_PAGES} of {pages} pages")
