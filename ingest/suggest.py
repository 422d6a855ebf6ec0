"""Addresses that were garbled on their way into a path: what is wrong, and what was surely meant.

`what_is_garbled` looks at the address alone. `suggestion_for` asks the site: a repaired address
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
from ingest.links import clean, normalise, safe_http, unwrap

MOST_SITEMAPS = 8  # files asked for in one site
_LONGEST = 2_000  # characters of an address that are looked at

_SCHEMES = re.compile(r"(?:https?:?/{1,3})+(https?:?/{1,3})(?=[\w.-]+\.)", re.IGNORECASE)
_MISSPELT = re.compile(r"(?!https?://\w)[htps]{2,7}\s?:?\s?[/\\]{1,3}(?=[\w-]+\.)", re.IGNORECASE)
_NO_SCHEME = re.compile(r"(?://)?(?:[\w-]+\.)+[a-z]{2,24}(?=[/?#:]|$)", re.IGNORECASE)
_LINK_INSIDE = re.compile(r".*\]\((?=https?://)", re.IGNORECASE | re.DOTALL)
_BEFORE = re.compile(r"[\s<\[(\"'“‘*`]+")
_AFTER = re.compile(r"(?:\s+[\"'“][^\"'”]*[\"'”]|\]\(.*|\*\*.*|`.*)?[\s>\]\"'”’*`,;|]*$")
_ESCAPES = re.compile(r"\\(?=[_*~()\[\]#&-])")
_CUT_OFF = re.compile(r"…|%E2%80%A6|\.{3,}", re.IGNORECASE)
_LOST = re.compile(r"\ufffd|%EF%BF%BD", re.IGNORECASE)
_PATH = re.compile(r"https?://[^/?#]+([^?#]*)", re.IGNORECASE)
_BLANK = re.compile(r"[{<\[](?:\w|[ .-])+[}>\]]|%7B\w+%7D|\bundefined\b", re.IGNORECASE)
# Names of sites and products that a search-and-replace leaves behind inside other words: no name
# takes these endings of English verbs and nouns.
_NAMES = (
    r"youtube|google|github|gitlab|medium|kaggle|twitter|facebook|linkedin|reddit|wikipedia"
    r"|huggingface|openai|chatgpt|amazon|microsoft|netflix|udemy|coursera|discord|slack|notion"
)
_REPLACED = re.compile(
    rf"(?<![A-Za-z])({_NAMES})(?:ing|ings|ed|ion|ions|ation|ations|ment|ments|able|ness|ly|ive|ize)"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Garbled:
    """What is wrong with an address.

    `meant` are the whole addresses that it may stand for, `around` what stands before and after
    the stretch that was replaced; both may be empty, when only the site's owner could say.
    """

    why: str
    meant: tuple[str, ...] = ()
    around: tuple[str, str] | None = None


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


def what_is_garbled(link: str) -> Garbled | None:
    """Say what is wrong with an address as it was written; None when it looks sound."""
    faults: list[str] = []
    address = unwrap(link[:_LONGEST]).strip()
    address = _without_markdown(address, faults)
    address = _with_scheme(address, faults)
    if "&amp;" in address:
        address = address.replace("&amp;", "&")
        faults.append("“&amp;” stands for “&”")
    if match := _CUT_OFF.search(address):
        faults.append("it was cut off at “…”")
        return Garbled(", ".join(faults), around=(address[: match.start()], address[match.end() :]))
    path, begins = (found[1], found.start(1)) if (found := _PATH.match(address)) else ("", 0)
    if match := _REPLACED.search(path):
        start = begins + match.start()
        faults.append(f"“{match[1]}” stands inside the word “{match[0]}”, as if replaced there")
        after = address[start + len(match[1]) :]
        return Garbled(", ".join(faults), around=(address[:start], after))
    if match := _LOST.search(address) or _BLANK.search(path):
        faults.append(f"“{match[0]}” is a placeholder, or letters that were lost")
        return Garbled(", ".join(faults))
    if re.search(r"\s", address):
        faults.append("it has a space")
        meant = [re.sub(r"\s+", mark, address) for mark in ("", "-", "_", "%20")]
        return Garbled(", ".join(faults), tuple(filter(safe_http, meant)))
    return Garbled(", ".join(faults), _both_schemes(address)) if faults else None


def _without_markdown(address: str, faults: list[str]) -> str:
    """Take off what Markdown puts around an address."""
    bare = _ESCAPES.sub("", _LINK_INSIDE.sub("", address, count=1))
    bare = _AFTER.sub("", bare[before.end() :] if (before := _BEFORE.match(bare)) else bare)
    while bare.endswith(")") and bare.count(")") > bare.count("("):
        bare = bare[:-1]
    bare = re.sub(r"(?<=\w)[.:!]+$", "", bare)
    if bare != address:
        faults.append("it has leftovers of Markdown")
    return bare


def _with_scheme(address: str, faults: list[str]) -> str:
    """Write one scheme where there is none, two, or a misspelt one."""
    doubled = _SCHEMES.match(address)
    if doubled:
        faults.append("it has two schemes")
        address = doubled[1] + address[doubled.end() :]
    misspelt = _MISSPELT.match(address)
    if misspelt:
        if not doubled:
            faults.append("its scheme is misspelt")
        return f"https://{address[misspelt.end() :]}"
    if _NO_SCHEME.match(address):
        faults.append("it has no https://")
        return f"https://{address.removeprefix('//')}"
    return address


def _both_schemes(address: str) -> tuple[str, ...]:
    if not safe_http(address):
        return ()
    rest = address.partition("://")[2]
    return (f"https://{rest}", f"http://{rest}")


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
    kept = [place for place in found if len(place) <= _LONGEST and safe_http(place)]
    return str(root.tag).endswith("sitemapindex"), kept
