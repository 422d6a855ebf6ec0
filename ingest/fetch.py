"""Address -> Page: the only module that opens a socket for content.

A live fetch says who it is, obeys robots.txt, keeps to a host's pace and a run's budget, refuses
addresses inside the own network, and stops at a size and a time. It keeps every response in the
home's archive, which is also its HTTP cache: a page that is held there is asked for only "if
changed", and re-reading needs no network. Replays (ingest/archive.py) share the rules for
statuses, redirects and robots.txt.
"""

import logging
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urljoin, urlsplit

from ingest.addresses import is_public, resolve
from ingest.errors import FetchFailed, InputError, Postponed
from ingest.links import clean, safe_http
from ingest.pace import (
    STOPPED,
    UNLIMITED,
    Broken,
    Budget,
    Pace,
    Spending,
    asked_wait,
    check_wait,
    patiently,
)

if TYPE_CHECKING:
    import httpx
    from protego import Protego

log = logging.getLogger(__name__)

PRODUCT = "studypath"  # the name that robots.txt rules are looked up under
# The largest pages of the capture have 1 MB, papers as PDF up to 3 MB; what is over 20 MB is a
# data set, a video or an attack.
LARGEST_PAGE = 20_000_000
LARGEST_ROBOTS = 500_000  # RFC 9309 lets a crawler stop reading there
MOST_REDIRECTS = 10
CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0
WHOLE_SECONDS = 90.0  # a server that drips one byte at a time must not hold the ingest up

REDIRECTS = (301, 302, 303, 307, 308)
_LOGIN = (401, 402, 403, 407, 999)  # 999 is LinkedIn's own
_GONE = (404, 410)
_NOT_MODIFIED = 304
_UNPACKED_STEP = 1 << 16
_EMAIL = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
# An entity tag as RFC 9110 (8.8.3) writes it, ASCII only; and the letters of an HTTP date.
_ETAG = re.compile(r'(W/)?"[\x21\x23-\x7e]{0,200}"')
_DATE = re.compile(r"[A-Za-z0-9 ,:-]{1,64}")


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
    """The robots.txt rules of the hosts met so far, each read once; safe for several threads.

    `read` returns the text of a robots.txt, an empty one when the host has none; it raises
    FetchFailed when the host does not say (RFC 9309 then forbids everything).
    """

    def __init__(self, read: Callable[[str], str]) -> None:
        self._read = read
        self._rules: dict[str, Protego | FetchFailed] = {}
        self._reading: dict[str, threading.Lock] = {}

    def check(self, url: str) -> None:
        """Return if the address may be fetched; raises FetchFailed("robots-denied", …)."""
        origin = _origin(url)
        with self._reading.setdefault(origin, threading.Lock()):
            if origin not in self._rules:
                self._rules[origin] = self._learn(origin)
        rules = self._rules[origin]
        if isinstance(rules, FetchFailed):
            raise FetchFailed(rules.status, rules.reason)
        if not rules.can_fetch(url, PRODUCT):
            host = urlsplit(url).netloc
            raise FetchFailed("robots-denied", f"robots.txt of {host} does not allow {url}")

    def crawl_delay(self, url: str) -> float:
        """Return the seconds that a host wants between requests; 0 when it does not say."""
        rules = self._rules.get(_origin(url))
        if rules is None or isinstance(rules, FetchFailed):
            return 0.0
        return rules.crawl_delay(PRODUCT) or 0.0

    def _learn(self, origin: str) -> "Protego | FetchFailed":
        from protego import Protego

        try:
            return Protego.parse(self._read(f"{origin}/robots.txt")[:LARGEST_ROBOTS])
        except FetchFailed as failure:
            return failure


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def robots_text(response: Response) -> str:
    """Return the rules of an answered robots.txt; raises FetchFailed when the server fails."""
    if response.status >= 500 or response.status == 429:
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


class LiveTransport:
    """The web. Every response goes into the archive before anything is made of it.

    Safe for several threads, which wait for each other only at one and the same host. `budget`
    counts from here on: once it is spent, `get` raises Postponed. `contact` is the e-mail or web
    address under which the owner of a server can reach who runs this; raises InputError when it is
    neither. `resolve`, `allow_private` and `pace` are there for tests against a server on this
    machine.
    """

    def __init__(
        self,
        archive: Path | None = None,
        *,
        budget: Budget = UNLIMITED,
        contact: str = "",
        allow_private: bool = False,
        resolve: Callable[[str, int], Sequence[str]] = resolve,
        pace: Pace | None = None,
    ) -> None:
        from ingest.archive import ArchiveWriter

        self._archive = ArchiveWriter(archive) if archive else None
        self._headers = _headers(contact)
        self._allow_private = allow_private
        self._resolve = resolve
        self._pace = pace or Pace()
        self._spending = Spending(budget, self._pace.clock)
        self._robots = Robots(self._read_robots)
        self._connections: httpx.HTTPTransport | None = None
        self._opening = threading.Lock()
        self._under_way: set[_Watchdog] = set()

    def get(self, url: str) -> Page:
        """Return the page, redirects followed; raises FetchFailed(status, reason), Postponed."""
        address = clean(url).partition("#")[0]
        if not safe_http(address):
            raise FetchFailed("unreachable", f"{url[:200]} is no http or https address")
        return replace(follow(address, self._answer, self._allow), url=url)

    def spent(self) -> str:
        """Say why nothing more may be asked for in this run; empty while it may."""
        return self._spending.spent(self._pace.clock())

    def stop(self) -> None:
        """Ask nobody any more: break off what is under way in any thread, and every wait."""
        self._pace.stop()
        for watchdog in tuple(self._under_way):
            watchdog.stop()

    def close(self) -> None:
        """Close connections and archive; the transport can still be used afterwards."""
        with self._opening:
            if self._connections is not None:
                self._connections.close()
                self._connections = None
        if self._archive is not None:
            self._archive.close()

    def _allow(self, url: str) -> None:
        # Before robots.txt, whose address would carry the password along.
        _parsed(url)
        self._robots.check(url)

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
        """Ask one address, again if need be, and keep the answer; an unchanged one is held."""
        address = _parsed(url)
        delay = self._robots.crawl_delay(url)
        held = self._held(str(address))
        conditions = _conditions(held) if held else {}
        self._open()  # takes up to 0.2 s the first time: not in a turn, which counts from its start

        def ask(attempt: int) -> Response:
            with self._pace.turn(address.host, delay, self._spending.check):
                return self._ask(address, conditions, attempt)

        response = patiently(ask, lambda seconds: self._pace.rest(address.host, seconds))
        if response.status == _NOT_MODIFIED:
            if held is None or not conditions:
                raise FetchFailed("unreachable", f"{url} answers 304, which was not asked for")
            return held
        self._pace.rest(address.host, asked_wait(response))
        if self._archive is not None:
            self._archive.append(response)
        check_wait(response)
        return response

    def _held(self, url: str) -> Response | None:
        """Return the newest answer that the archive holds of an address, if it can be read."""
        if self._archive is None:
            return None
        try:
            return self._archive.held(url)
        except FetchFailed:
            return None

    def _ask(self, address: "httpx.URL", conditions: Mapping[str, str], attempt: int) -> Response:
        """Ask one address once; raises Broken where another attempt may do better."""
        import httpx

        port = address.port or (443 if address.scheme == "https" else 80)
        found = self._resolve(address.host, port)
        if not self._allow_private and not all(map(is_public, found)):
            raise FetchFailed("skipped", f"{address.host} lies inside a private network")
        problem: Exception | None = None
        # A host with several addresses may be out of reach by the first (IPv6 without a route).
        for number in found[:3]:
            try:
                return self._request(address, number, conditions, attempt)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                problem = error
            except httpx.HTTPError as error:
                raise Broken(f"{address}: {_in_words(error)}") from error
        if _certificate_problem(problem):
            reason = f"{address.host} has no valid certificate"
            raise FetchFailed("unreachable", reason) from problem
        raise Broken(f"{address}: {_in_words(problem)}") from problem

    def _request(
        self, address: "httpx.URL", number: str, conditions: Mapping[str, str], attempt: int
    ) -> Response:
        """Ask the very network address that was checked, under the host's own name."""
        import httpx

        limits = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        watchdog = _Watchdog(str(address), WHOLE_SECONDS)
        request = httpx.Request(
            "GET",
            address.copy_with(host=number.partition("%")[0]),
            headers={**self._headers, **conditions, "Host": address.netloc.decode("ascii")},
            extensions={
                "sni_hostname": address.raw_host.decode("ascii"),
                "timeout": limits.as_dict(),
                "trace": watchdog.see,
            },
        )
        began = time.monotonic()
        response: httpx.Response | None = None
        self._under_way.add(watchdog)
        try:
            with watchdog:
                response = self._open().handle_request(request)
                body = _read_body(str(address), response)
        finally:
            self._under_way.discard(watchdog)
            if response is not None:
                response.close()
                self._spending.spend(response.num_bytes_downloaded)
            _log(address, response, began, attempt)
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

        with self._opening:
            if self._connections is None:
                # No proxy from the environment: it would look hosts up itself, behind our check.
                # No connection is kept: they are pooled by network address, which many hosts share.
                self._connections = httpx.HTTPTransport(
                    trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
                )
            return self._connections


class _Watchdog:
    """Cuts the connection of an exchange that takes too long as a whole.

    A read timeout starts anew with every byte, in the headers and between the pieces of a body
    too, where nobody else could look at the time.
    """

    def __init__(self, url: str, seconds: float) -> None:
        self._late = f"{url}: not finished after {seconds:.0f} s"
        self._barked = False
        self._stopped = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._bark)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *raised: object) -> None:
        self._timer.cancel()
        # The cut also looks like the end of a body without a length.
        if self._stopped:
            raise Postponed(STOPPED)
        if self._barked:
            raise FetchFailed("unreachable", self._late)

    def see(self, event: str, info: Mapping[str, Any]) -> None:
        """Learn of the socket; called by httpcore at each step of a request."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")
            if self._barked or self._stopped:
                self._cut()

    def stop(self) -> None:
        """Break the connection off because nobody waits for it any more."""
        self._stopped = True
        self._cut()

    def _bark(self) -> None:
        self._barked = True
        self._cut()

    def _cut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                # Below TLS, which would first want to say goodbye.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _headers(contact: str) -> dict[str, str]:
    """Say who asks (RFC 9110, 10.1.5 and 10.1.2); raises InputError."""
    check_contact(contact)
    about = "study assistant; fetches pages its reader links to"
    agent = f"{PRODUCT}/0.1 ({about}; +{contact})" if contact else f"{PRODUCT}/0.1 ({about})"
    return {
        "User-Agent": agent,
        **({"From": contact} if _EMAIL.fullmatch(contact) else {}),
        "Accept": "text/html,*/*;q=0.8",
        "Accept-Encoding": "gzip",  # what _unpacked can take off in small steps
    }


def check_contact(contact: str) -> None:
    """Raise InputError for what is no e-mail or web address that every server may be told."""
    if contact and not _EMAIL.fullmatch(contact) and not _is_address_to_show(contact):
        # A password in an address is not repeated.
        shown = "an address with a password" if "@" in contact else repr(contact[:200])
        raise InputError(
            f"{shown} is no contact: give STUDYPATH_CONTACT an e-mail or a web address"
        )


def _is_address_to_show(contact: str) -> bool:
    """Tell whether a web address may stand in a header: one line of ASCII, and no password."""
    plain = re.fullmatch(r"[!-~]{1,200}", contact) and not set(contact) & set('()<>"\\')
    return bool(plain) and safe_http(contact) and "@" not in urlsplit(contact).netloc


def _conditions(held: Response) -> dict[str, str]:
    """Return the headers that ask for a page only if it changed (RFC 9110, 13.1)."""
    if held.status != 200:
        return {}
    etag, modified = held.header("etag").strip(), held.header("last-modified").strip()
    conditions = {"If-None-Match": etag} if _ETAG.fullmatch(etag) else {}
    return conditions | ({"If-Modified-Since": modified} if _DATE.fullmatch(modified) else {})


def _parsed(url: str) -> "httpx.URL":
    """Take an address apart; raises FetchFailed for none, or one with a password."""
    import httpx

    try:
        address = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise FetchFailed("unreachable", f"{url[:200]} is no address") from error
    if address.userinfo:
        raise FetchFailed("skipped", f"{address.host}: addresses with a password are not read")
    return address


def _read_body(url: str, response: "httpx.Response") -> bytes:
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > LARGEST_PAGE:
        raise too_large(url, int(announced))
    parts = []
    size = 0
    for part in _unpacked(url, response):
        parts.append(part)
        size += len(part)
        if max(size, response.num_bytes_downloaded) > LARGEST_PAGE:
            raise too_large(url, max(size, response.num_bytes_downloaded))
    return b"".join(parts)


def _unpacked(url: str, response: "httpx.Response") -> Iterator[bytes]:
    """Yield the body without its content encoding, in pieces of 64 kB at most when it is packed.

    httpx would unpack each piece of the network whole, and 64 kB of gzip can hold 64 MB.
    """
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding in ("", "identity"):
        yield from response.iter_raw()
        return
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise FetchFailed("unreachable", f"{url} is packed as {coding[:40]!r}, unasked")
    machine = zlib.decompressobj(32 + zlib.MAX_WBITS)  # gzip or zlib, whichever it is
    try:
        for packed in response.iter_raw():
            while packed and not machine.eof:
                yield machine.decompress(packed, _UNPACKED_STEP)
                packed = machine.unconsumed_tail
            yield b""  # so that a stream that packs nothing is measured too
    except zlib.error as error:
        raise Broken(f"{url}: the answer is damaged") from error
    if not machine.eof and response.num_bytes_downloaded:
        raise Broken(f"{url}: the answer is cut off")


def _log(
    address: "httpx.URL", response: "httpx.Response | None", began: float, attempt: int
) -> None:
    """Write one line of one request; bytes are counted as they came over the network."""
    log.info(
        "host=%s status=%s bytes=%d ms=%d attempt=%d",
        address.raw_host.decode("ascii"),
        "-" if response is None else response.status_code,
        0 if response is None else response.num_bytes_downloaded,
        round((time.monotonic() - began) * 1000),
        attempt,
    )


def _certificate_problem(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _in_words(error: Exception | None) -> str:
    """Say what went wrong on the network without a library's class names."""
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    return "the connection broke off"
