"""Addresses that were garbled on their way into a path: what was surely meant.

`ingest.garbled` looks at the address alone. `suggestion_for` asks the site: a repaired address
counts when it alone of all repairs answers, a replaced word when exactly one address of the site's
sitemap has another one in its place. What is found is told to the learner and never read in place
of the link.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from ingest.errors import FetchFailed
from ingest.extract import form_of, read_page
from ingest.fallback import is_lost
from ingest.fetch import LARGEST_PAGE, Transport
from ingest.garbled import LONGEST, what_is_garbled
from ingest.links import clean, normalise, safe_http

MOST_SITEMAPS = 8  # files asked for in one site


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Why an address looks garbled, and the one address that it surely stands for, if any."""

    why: str
    address: str = ""


def with_suggestion(failure: FetchFailed, link: str, transport: Transport) -> FetchFailed:
    """Return a failure whose reason also says that the link looks garbled, if it does."""
    if not is_lost(failure) and safe_http(clean(link)):
        return failure
    found = suggestion_for(link, transport)
    if found is None:
        return failure
    if found.address:
        reason = f"not found; the site has {found.address}: change the link in your path"
        return FetchFailed("not-found", reason)
    return FetchFailed(failure.status, f"{failure.reason}; the address looks garbled: {found.why}")


def suggestion_for(link: str, transport: Transport) -> Suggestion | None:
    """Look for the address that a dead link was meant to have; None when it looks sound.

    `link` is the address as written. The suggestion has an address only when the site itself
    leaves one choice.
    """
    garbled = what_is_garbled(link)
    if garbled is None:
        return None
    own = normalise(link)
    found: Iterable[str]
    if garbled.around is not None:
        found = _fitting(*garbled.around, transport)
    else:
        found = _answering(garbled.meant, transport)
    pages = {normalise(address): address for address in found if normalise(address) != own}
    return Suggestion(garbled.why, *(pages.values() if len(pages) == 1 else ()))


def _answering(addresses: tuple[str, ...], transport: Transport) -> tuple[str, ...]:
    """Return where the one address leads that the live site answers with a page of its own.

    None when several answer: a site may answer whatever it is asked for.
    """
    answered: dict[str, str] = {}
    for address in addresses:
        if normalise(address) in answered:
            continue
        try:
            page = transport.get(address)
            if form_of(page) == "html":
                read_page(page)
        except FetchFailed:
            continue
        if _path(page.resolved_url) or not _path(address):  # else it was sent to the front page
            answered[normalise(address)] = page.resolved_url
    return tuple(answered.values()) if len(answered) == 1 else ()


def _path(address: str) -> str:
    return urlsplit(address).path.strip("/")


def _fitting(before: str, after: str, transport: Transport) -> Iterator[str]:
    """Yield the addresses of the site's sitemap that differ only in the replaced stretch."""
    if not safe_http(before) or not urlsplit(before).path:
        return
    parts = urlsplit(before)
    wanted = re.compile(
        rf"https?://(?:www\.)?{re.escape(_bare(before))}[^/]+{re.escape(after.rstrip('/'))}/?"
    )
    for address in _listed(f"{parts.scheme}://{parts.netloc}", transport):
        if wanted.fullmatch(address):
            yield address


def _bare(address: str) -> str:
    return address.partition("://")[2].removeprefix("www.")


def _listed(origin: str, transport: Transport) -> Iterator[str]:
    """Yield the addresses that a site lists in its sitemaps (https://www.sitemaps.org)."""
    waiting = [*_named_in_robots(origin, transport), f"{origin}/sitemap.xml"]
    seen: set[str] = set()
    while waiting and len(seen) < MOST_SITEMAPS:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        try:
            body = transport.get(address).body
        except FetchFailed:
            continue
        is_index, found = _locations(body)
        if is_index:
            waiting += [
                place for place in found if urlsplit(place).netloc == urlsplit(origin).netloc
            ]
        else:
            yield from found


def _named_in_robots(origin: str, transport: Transport) -> list[str]:
    try:
        text = transport.get(f"{origin}/robots.txt").body.decode("utf-8", "replace")
    except FetchFailed:
        return []
    named = re.findall(r"^\s*sitemap\s*:\s*(\S+)", text, re.IGNORECASE | re.MULTILINE)
    return [urljoin(origin, place) for place in named]


def _locations(body: bytes) -> tuple[bool, list[str]]:
    """Read a sitemap: whether it lists other sitemaps, and what it lists."""
    from lxml import etree

    if body.startswith(b"\x1f\x8b"):
        try:
            body = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body, LARGEST_PAGE)
        except zlib.error:
            return False, []
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return False, []
    if root is None:
        return False, []
    found = [(place.text or "").strip() for place in root.iter("{*}loc")]
    kept = [place for place in found if len(place) <= LONGEST and safe_http(place)]
    return str(root.tag).endswith("sitemapindex"), kept
