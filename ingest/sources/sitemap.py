"""What a site lists of itself: sitemaps (sitemaps.org, protocol 0.9)."""

import zlib
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from lxml import etree

from ingest.errors import FetchFailed
from ingest.fetch import Transport
from ingest.links import clean, safe_http

# The protocol's own limits: 50 MB unpacked and 50,000 addresses in one file.
_LARGEST = 50_000_000
_MOST_ADDRESSES = 50_000
# Files asked for one resource, and of them for one sitemap with its parts: a small site has one,
# and of a large one only the parts that are named like the resource's folder are worth a request.
_MOST_ASKED = 8
_MOST_PARTS = 3
_DEEPEST_FOLDER = 3


def sitemap_pages(folder: str, transport: Transport) -> tuple[str, ...]:
    """List the addresses that a site's sitemaps give below a folder, in the sitemaps' order.

    `folder` is an address that ends with a slash. Where no sitemap can be had, the list is empty.
    """
    asked: set[str] = set()
    for address in _candidates(folder, transport):
        most = min(len(asked) + _MOST_PARTS, _MOST_ASKED)
        listed = islice(_read(address, folder, transport, asked, most), _MOST_ADDRESSES)
        found = tuple(dict.fromkeys(listed))
        if found:
            return found
    return ()


def _candidates(folder: str, transport: Transport) -> Iterator[str]:
    """Yield where sitemaps may stand: as robots.txt says, then from the folder up to the root."""
    parts = urlsplit(folder)
    origin = f"{parts.scheme}://{parts.netloc}"
    try:
        robots = transport.get(f"{origin}/robots.txt").body
    except FetchFailed:
        robots = b""
    from protego import Protego

    named = Protego.parse(robots.decode("utf-8", "replace")).sitemaps
    yield from filter(safe_http, map(clean, named))
    segments = parts.path.strip("/").split("/")[:_DEEPEST_FOLDER] if parts.path != "/" else []
    for depth in range(len(segments), -1, -1):
        yield "/".join([origin, *segments[:depth], "sitemap.xml"])


def _read(
    address: str, folder: str, transport: Transport, asked: set[str], most: int
) -> Iterator[str]:
    """Yield the pages below the folder that a sitemap, or the parts of an index, list."""
    if address in asked or len(asked) >= most:
        return
    asked.add(address)
    try:
        body = transport.get(address).body
    except FetchFailed:
        return
    parts, pages = parse_sitemap(body)
    yield from (page for page in pages if is_below(page, folder))
    for part in sorted(parts, key=lambda part: -_words_shared(part, folder)):
        yield from _read(part, folder, transport, asked, most)


def is_below(page: str, folder: str) -> bool:
    """Tell whether an address stands in a folder; http and https are one place."""
    parts, place = urlsplit(page), urlsplit(folder)
    if parts.netloc.lower() != place.netloc.lower() or ".." in parts.path.split("/"):
        return False
    return parts.path.startswith(place.path)


def _words_shared(part: str, folder: str) -> int:
    return sum(word in part for word in urlsplit(folder).path.split("/") if word)


def parse_sitemap(body: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (sitemaps, pages) that a sitemap or a sitemap index lists; both empty for other XML.

    Packed bodies are unpacked up to the protocol's limit. Entities are not expanded and nothing
    outside of the body is read.
    """
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, recover=True, huge_tree=False
    )
    try:
        root = etree.fromstring(_unpacked(body), parser)
    except (etree.XMLSyntaxError, ValueError, zlib.error):
        return (), ()
    # A sitemap declares no entities; what does is a page or an attack.
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        return (), ()
    found: dict[str, list[str]] = {"sitemap": [], "url": []}
    for entry in root.iterchildren(etree.Element):
        listed = found.get(etree.QName(entry).localname, [])
        address = _address(entry)
        if address and len(listed) < _MOST_ADDRESSES:
            listed.append(address)
    return tuple(found["sitemap"]), tuple(found["url"])


def _address(entry: "etree._Element") -> str:
    """Return the address of one entry; empty when it has none."""
    for child in entry.iterchildren(etree.Element):
        if etree.QName(child).localname == "loc":
            address = clean(child.text or "")
            return address if safe_http(address) else ""
    return ""


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body[:_LARGEST]
    return zlib.decompressobj(wbits=31).decompress(body, _LARGEST)
