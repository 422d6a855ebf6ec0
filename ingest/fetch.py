"""Address -> Page: the only module that opens a socket for content.

A live fetch says who it is, obeys robots.txt, refuses addresses inside the own network, stops at
a size and a time, and keeps every response in the home's archive, so that re-reading needs no
network. Replays (ingest/archive.py) share the rules for statuses, redirects and robots.txt.
"""

import ipaddress
import logging
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin, urlsplit

from ingest.errors import FetchFailed
from ingest.links import clean, safe_http

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

PRODUCT = "studypath"  # the name that robots.txt rules are looked up under
USER_AGENT = f"{PRODUCT}/0.1 (study assistant; fetches pages its reader links to)"
# The largest pages of the capture have 1 MB, papers as PDF up to 3 MB; what is over 20 MB is a
# data set, a video or an attack.
LARGEST_PAGE = 20_000_000
LARGEST_ROBOTS = 500_000  # RFC 9309 lets a crawler stop reading there
MOST_REDIRECTS = 10
CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0
WHOLE_SECONDS = 90.0  # a server that drips one byte at a time must not hold the ingest up

_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "text/html,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate",
}
REDIRECTS = (301, 302, 303, 307, 308)
_LOGIN = (401, 402, 403, 407, 999)  # 999 is LinkedIn's own
_GONE = (404, 410)


@dataclass(frozen=True, slots=True)
class Page:
    """What one address answered, as bytes.

    `url` is the address asked for, `resolved_url` the one that answered after redirects. `body`
    is free of transfer and content encodings; `fetched_at` is ISO 8601 in UTC. `archived` says that
    a public web archive answered in place of the page.
    """

    url: str
    resolved_url: str
    status: int
    content_type: str
    body: bytes
    fetched_at: str
    archived: bool = False


class Transport(Protocol):
    """Where pages come from: the web, or an archive of it."""

    def get(self, url: str) -> Page:
        """Return the page, redirects followed; raises FetchFailed(status, reason)."""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer of a server, before redirects are followed."""

    url: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: str

    def header(self, name: str) -> str:
        """Return the first header of this name, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def page(self) -> Page:
        """Return the answer as a page."""
        media = self.header("content-type")
        return Page(self.url, self.url, self.status, media, self.body, self.fetched_at)


def check_status(page: Page) -> Page:
    """Return a page that answered well; raises FetchFailed with the ledger's word otherwise."""
    if 200 <= page.status < 300:
        return page
    if page.status in _GONE:
        raise FetchFailed("not-found", f"{page.resolved_url} is gone (answers {page.status})")
    if page.status in _LOGIN:
        raise FetchFailed(
            "login-wall",
            f"{page.resolved_url} wants a login or turns programs away (answers {page.status})",
        )
    raise FetchFailed("unreachable", f"{page.resolved_url} answers {page.status}")


def too_large(url: str, size: int) -> FetchFailed:
    """Say that a page is refused by its size in bytes."""
    limit = f"{LARGEST_PAGE / 1e6:.0f} MB"
    return FetchFailed("skipped", f"{url} has over {size / 1e6:.0f} MB; {limit} are read at most")


class Robots:
    """The robots.txt rules of the hosts met so far, each read once.

    `read` returns the text of a robots.txt, an empty one when the host has none; it raises
    FetchFailed when the host does not say (RFC 9309 then forbids everything).
    """

    def __init__(self, read: Callable[[str], str]) -> None:
        self._read = read
        self._rules: dict[str, str | FetchFailed] = {}

    def check(self, url: str) -> None:
        """Return if the address may be fetched; raises FetchFailed("robots-denied", …)."""
        from protego import Protego

        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            try:
                self._rules[origin] = self._read(f"{origin}/robots.txt")[:LARGEST_ROBOTS]
            except FetchFailed as failure:
                self._rules[origin] = failure
        rules = self._rules[origin]
        if isinstance(rules, FetchFailed):
            raise FetchFailed(rules.status, rules.reason)
        if rules and not Protego.parse(rules).can_fetch(url, PRODUCT):
            raise FetchFailed("robots-denied", f"robots.txt of {parts.netloc} does not allow {url}")


def robots_text(response: Response) -> str:
    """Return the rules of an answered robots.txt; raises FetchFailed when the server fails."""
    if response.status >= 500:
        raise FetchFailed(
            "unreachable", f"{response.url} answers {response.status}, so nothing may be fetched"
        )
    return response.body.decode("utf-8", "replace") if response.status == 200 else ""


def follow(url: str, answer: Callable[[str], Response], allow: Callable[[str], None]) -> Page:
    """Follow redirects from an address to a page; `allow` is asked before every step.

    Raises FetchFailed: "unreachable" for a circle or too many steps, or what the steps raise.
    """
    seen: list[str] = []
    here = url
    while len(seen) <= MOST_REDIRECTS:
        if here in seen:
            raise FetchFailed("unreachable", f"{url} redirects in a circle")
        seen.append(here)
        allow(here)
        response = answer(here)
        target = response.header("location")
        if response.status not in REDIRECTS or not target:
            return check_status(replace(response.page(), url=url))
        here = clean(urljoin(here, target)).partition("#")[0]
        if not safe_http(here):
            raise FetchFailed("unreachable", f"{url} redirects to {here[:200]}, which is no page")
    raise FetchFailed("unreachable", f"{url} redirects more than {MOST_REDIRECTS} times")


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Look up the network addresses of a host; raises FetchFailed("unreachable", …)."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchFailed("unreachable", f"there is no host named {host}") from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Tell whether a network address lies on the open internet."""
    number = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(number, ipaddress.IPv6Address):
        inner = number.ipv4_mapped or number.sixtofour
        if inner is not None:
            number = inner
    return number.is_global and not number.is_multicast


class LiveTransport:
    """The web. Every response goes into the archive before anything is made of it.

    `resolve` and `allow_private` are there for tests against a server on this machine.
    """

    def __init__(
        self,
        archive: Path | None = None,
        *,
        allow_private: bool = False,
        resolve: Callable[[str, int], Sequence[str]] = resolve,
    ) -> None:
        from ingest.archive import ArchiveWriter

        self._writer = ArchiveWriter(archive) if archive else None
        self._allow_private = allow_private
        self._resolve = resolve
        self._robots = Robots(self._read_robots)
        self._connections: httpx.HTTPTransport | None = None

    def get(self, url: str) -> Page:
        """Return the page, redirects followed; raises FetchFailed(status, reason)."""
        address = clean(url).partition("#")[0]
        if not safe_http(address):
            raise FetchFailed("unreachable", f"{url[:200]} is no http or https address")
        return replace(follow(address, self._answer, self._robots.check), url=url)

    def close(self) -> None:
        """Close connections and archive; the transport can still be used afterwards."""
        if self._connections is not None:
            self._connections.close()
            self._connections = None
        if self._writer is not None:
            self._writer.close()

    def _read_robots(self, url: str) -> str:
        for _ in range(5):
            response = self._answer(url)
            target = response.header("location")
            if response.status not in REDIRECTS or not target:
                return robots_text(response)
            url = urljoin(url, target)
            if not safe_http(url):
                break
        return ""

    def _answer(self, url: str) -> Response:
        """Ask one address once, and keep the answer."""
        response = self._ask(url)
        if self._writer is not None:
            self._writer.append(response)
        return response

    def _ask(self, url: str) -> Response:
        import httpx

        try:
            address = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise FetchFailed("unreachable", f"{url[:200]} is no address") from error
        if address.userinfo:
            raise FetchFailed("skipped", f"{address.host}: addresses with a password are not read")
        port = address.port or (443 if address.scheme == "https" else 80)
        found = self._resolve(address.host, port)
        if not self._allow_private and not all(map(is_public, found)):
            raise FetchFailed("skipped", f"{address.host} lies inside a private network")
        problem: Exception | None = None
        # A host with several addresses may be out of reach by the first (IPv6 without a route).
        for number in found[:3]:
            try:
                return self._request(address, number)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                problem = error
            except httpx.HTTPError as error:
                raise FetchFailed("unreachable", f"{url}: {_in_words(error)}") from error
        raise FetchFailed("unreachable", f"{url}: {_in_words(problem)}") from problem

    def _request(self, address: "httpx.URL", number: str) -> Response:
        """Ask the very network address that was checked, under the host's own name."""
        import httpx

        limits = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        request = httpx.Request(
            "GET",
            address.copy_with(host=number.partition("%")[0]),
            headers={**_HEADERS, "Host": address.netloc.decode("ascii")},
            extensions={
                "sni_hostname": address.raw_host.decode("ascii"),
                "timeout": limits.as_dict(),
            },
        )
        began = time.monotonic()
        response = self._open().handle_request(request)
        try:
            body = _read_body(str(address), response, began + WHOLE_SECONDS)
        finally:
            response.close()
        return Response(
            url=str(address),
            status=response.status_code,
            reason=response.reason_phrase,
            headers=tuple((name, value) for name, value in response.headers.multi_items()),
            body=body,
            fetched_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )

    def _open(self) -> "httpx.HTTPTransport":
        """Return httpx's transport: its client would keep cookies and judge redirects by itself."""
        import httpx

        if self._connections is None:
            # No proxy from the environment: it would look hosts up itself, behind our check. No
            # connection is kept: they are pooled by network address, which many hosts share.
            self._connections = httpx.HTTPTransport(
                trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
            )
        return self._connections


def _read_body(url: str, response: "httpx.Response", deadline: float) -> bytes:
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > LARGEST_PAGE:
        raise too_large(url, int(announced))
    parts = []
    size = 0
    for part in response.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > LARGEST_PAGE:
            raise too_large(url, size)
        if time.monotonic() > deadline:
            raise FetchFailed("unreachable", f"{url}: not finished after {WHOLE_SECONDS:.0f} s")
    return b"".join(parts)


def _in_words(error: Exception | None) -> str:
    """Say what went wrong on the network without a library's class names."""
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    if isinstance(error, httpx.DecodingError):
        return "the answer is damaged"
    return "the connection broke off"
