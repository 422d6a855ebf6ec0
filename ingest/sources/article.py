"""A page of the web, read where its address leads."""

from dataclasses import replace

from ingest.fetch import Page, Transport
from ingest.sources.fetched import Fetched

# Pages that only send their reader on are tiny; the largest on the capture has 528 bytes.
_LARGEST_STUB = 20_000
_MOST_STEPS = 3


def fetch_article(url: str, transport: Transport) -> Fetched:
    """Fetch one page; a page that only sends its reader on is followed."""
    page = transport.get(url)
    for _ in range(_MOST_STEPS):
        target = _sends_to(page)
        if target is None or target == page.resolved_url:
            break
        page = replace(transport.get(target), url=url)
    return Fetched((page,))


def _sends_to(page: Page) -> str | None:
    """Return where a stub sends its reader by a refresh tag."""
    if len(page.body) > _LARGEST_STUB or b"http-equiv" not in page.body.lower():
        return None
    from ingest.html_tree import decode, parse
    from ingest.links import safe_http
    from ingest.page_signs import refresh_target

    root = parse(decode(page.body, page.content_type).text)
    target = refresh_target(root, page.resolved_url) if root is not None else None
    return target if target and safe_http(target) else None
