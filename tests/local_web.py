"""A small web on this machine, over real HTTP and with faults, for tests of what fetches.

    from tests.local_web import LocalWeb, flaky, local_web, page, redirect

    def test_something(local_web: LocalWeb, tmp_path: Path) -> None:
        local_web.put("/a", page("<h1>A</h1>", etag='"1"'))
        local_web.put("/b", flaky(2, page("in the end")))
        live = local_web.live(tmp_path / "pages.warc.gz")
        assert live.get(local_web.url("/a")).status == 200

Every host name leads to it: `live` looks names up here and not in the DNS. A path belongs to all
hosts unless it is put under one. Without a rule for it, a path answers 404.
"""

import gzip
import hashlib
import socket
import ssl
import struct
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from ingest.archive import ArchiveTransport
from ingest.fetch import REDIRECTS, LiveTransport
from ingest.pace import UNLIMITED, Budget, Pace

HTML = "text/html; charset=utf-8"
ANY = ""  # a host: whichever is asked


@dataclass(frozen=True, slots=True)
class Visit:
    """One request that arrived: its host without port, path with query, headers in lower case."""

    host: str
    path: str
    headers: Mapping[str, str]
    at: float


class Exchange(BaseHTTPRequestHandler):
    """One request being answered."""

    server: "_Server"
    visit: Visit
    before_body: Callable[[], None] | None = None

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        host = headers.get("host", "").rpartition(":")[0].lower()
        self.visit = Visit(host, self.path, headers, time.monotonic())
        with suppress(OSError):  # whoever asked has gone away
            self.server.web.serve(self)

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the status and the headers."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send a whole answer with its length."""
        self.start(status, {**headers, "Content-Length": str(len(body))})
        if self.before_body:
            self.before_body()
        self.wfile.write(body)

    def drip(self, data: bytes, seconds: float) -> None:
        """Send single bytes, each after a pause, until the test ends or the other side goes."""
        for byte in data:
            if self.server.closing.wait(seconds):
                return
            self.wfile.write(bytes([byte]))
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


Answer = Callable[[Exchange], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, web: "LocalWeb") -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.web = web
        self.closing = threading.Event()


class Clock:
    """Time that passes only by sleeping, so that a test waits for nobody."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def pace(self, seconds_apart: float = 1.0) -> Pace:
        """Return a pace that goes by this clock."""
        return Pace(seconds_apart, clock=self, sleep=self.sleep)


class LocalWeb:
    """The server: what it answers (`put`), what it was asked (`asked`), and ways to reach it."""

    def __init__(self) -> None:
        self.asked: list[Visit] = []
        self._answers: dict[tuple[str, str], Answer] = {}
        self._server = _Server(self)
        self.port: int = self._server.server_address[1]
        self._scheme = "http"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def put(self, path: str, answer: Answer | str | bytes, host: str = ANY) -> None:
        """Say what a path answers from now on; text is a page."""
        self._answers[host, path] = page(answer) if isinstance(answer, str | bytes) else answer

    def remove(self, path: str, host: str = ANY) -> None:
        """Let a page vanish: its path answers 404."""
        del self._answers[host, path]

    def robots(self, rules: str, host: str = ANY) -> None:
        """Set a host's robots.txt."""
        self.put("/robots.txt", page(rules, media="text/plain"), host)

    def serve_archive(self, archive: ArchiveTransport) -> None:
        """Serve the pages of an archive under their own hosts and paths, redirects among them.

        http and https are one here; where an archive holds both, https counts.
        """
        guard = threading.Lock()
        for url in sorted(archive.urls()):
            self._answers[_key(url)] = self._archived(archive, url, guard)

    def url(self, path: str, host: str = "site.test") -> str:
        """Return the address of a path at a host."""
        return f"{self._scheme}://{host}:{self.port}{path}"

    def at(self, url: str) -> str:
        """Return the address here of a page of the real web."""
        host, target = _key(url)
        return self.url(target, host)

    def use_tls(self, certificate: Path) -> None:
        """Speak https from now on, with a key and a certificate in one PEM file."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "https"

    def paths(self, host: str = ANY) -> list[str]:
        """Name the paths that were asked for, in order."""
        return [visit.path for visit in self.asked if host in (ANY, visit.host)]

    def resolve(self, host: str, port: int) -> tuple[str, ...]:
        """Look up any host name: they all lead here."""
        return ("127.0.0.1",)

    def live(
        self,
        archive: Path | None = None,
        *,
        pace: Pace | None = None,
        budget: Budget = UNLIMITED,
        contact: str = "",
    ) -> LiveTransport:
        """Return the real fetcher, led here and (unless given a pace) never really waiting."""
        return LiveTransport(
            archive,
            budget=budget,
            contact=contact,
            allow_private=True,
            resolve=self.resolve,
            pace=pace or Clock().pace(),
        )

    def serve(self, exchange: Exchange) -> None:
        """Answer one request."""
        visit = exchange.visit
        self.asked.append(visit)
        answer = self._answers.get((visit.host, visit.path)) or self._answers.get((ANY, visit.path))
        (answer or page("not here", status=404))(exchange)

    def close(self) -> None:
        """Stop, also in the middle of slow answers."""
        self._server.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def _archived(self, archive: ArchiveTransport, url: str, guard: threading.Lock) -> Answer:
        def answer(exchange: Exchange) -> None:
            with guard:  # an archive is read by one thread at a time
                response = archive.newest(url)
            target = response.header("location")
            if response.status in REDIRECTS and target:
                redirect(self.at(urljoin(url, target)), response.status)(exchange)
                return
            page(
                response.body,
                status=response.status,
                media=response.header("content-type"),
                etag=response.header("etag"),
                modified=response.header("last-modified"),
            )(exchange)

        return answer


@pytest.fixture
def local_web() -> Iterator[LocalWeb]:
    """Return a local web without pages, gone after the test."""
    web = LocalWeb()
    yield web
    web.close()


def _key(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return (parts.hostname or "", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


# ── answers ─────────────────────────────────────────────────────────────────────────────────────


def page(
    body: str | bytes,
    *,
    status: int = 200,
    media: str = HTML,
    headers: Mapping[str, str] | None = None,
    etag: str = "",
    modified: str = "",
) -> Answer:
    """Answer with a page; to a question with its ETag or Last-Modified, with 304."""
    data = body.encode() if isinstance(body, str) else body
    named = {"Content-Type": media, "ETag": etag, "Last-Modified": modified, **(headers or {})}
    sent = {name: value for name, value in named.items() if value}

    def answer(exchange: Exchange) -> None:
        asked = exchange.visit.headers
        # RFC 9110, 13.2.2: If-Modified-Since counts only without If-None-Match.
        known, since = asked.get("if-none-match", ""), asked.get("if-modified-since", "")
        if (etag and known == etag) or (modified and not known and since == modified):
            validators = {n: v for n, v in sent.items() if n in ("ETag", "Last-Modified")}
            exchange.start(304, validators)
        else:
            exchange.answer(status, sent, data)

    return answer


def tagged(body: str) -> Answer:
    """Answer with a page whose ETag follows from its text."""
    return page(body, etag=f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"')


def no_content_type(body: str | bytes) -> Answer:
    """Answer with a page that does not say what it is."""
    return page(body, media="")


def wrong_charset(text: str, said: str = "utf-8", real: str = "windows-1252") -> Answer:
    """Answer with a page in another encoding than the one it names."""
    return page(text.encode(real), media=f"text/html; charset={said}")


def packed(body: bytes, coding: str = "gzip") -> Answer:
    """Answer with bytes that are said to have a content encoding."""
    return page(body, headers={"Content-Encoding": coding})


def gzip_bomb(size: int, coding: str = "gzip") -> Answer:
    """Answer with zeros that unpack to `size` bytes, about a thousandth of it on the wire."""
    machine = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    block = bytes(1_000_000)
    parts = [machine.compress(block) for _ in range(size // len(block))]
    return packed(b"".join([*parts, machine.flush()]), coding)


def redirect(to: str, status: int = 302) -> Answer:
    """Lead to another address; to the path it is put under, that is a loop."""
    return lambda exchange: exchange.answer(status, {"Location": to}, b"")


def failing(status: int, retry_after: str = "") -> Answer:
    """Answer with a failure, and with Retry-After if given (seconds or an HTTP date)."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    return lambda exchange: exchange.answer(status, headers, b"not now")


def flaky(times: int, then: Answer, fault: Answer | None = None) -> Answer:
    """Fail some times (503 unless told otherwise), then answer well."""
    before = fault or failing(503)
    return after(*[before] * times, then)


def after(*answers: Answer) -> Answer:
    """Give one answer after the other, and the last one from then on."""
    count = iter(range(10**9))
    return lambda exchange: answers[min(next(count), len(answers) - 1)](exchange)


def slow_loris(seconds: float = 1.0, *, in_headers: bool = False) -> Answer:
    """Send one byte at a time for ever, in the body or already in the headers."""

    def answer(exchange: Exchange) -> None:
        if in_headers:
            exchange.wfile.write(b"HTTP/1.0 200 OK\r\nX-Slow: ")
        else:
            exchange.start(200, {"Content-Type": HTML})
        exchange.drip(b"x" * 10_000, seconds)

    return answer


def slow_chunks(seconds: float = 1.0) -> Answer:
    """Send a chunked body of which no piece ever begins: its length line drips."""

    def answer(exchange: Exchange) -> None:
        exchange.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;")
        exchange.drip(b"x" * 10_000, seconds)

    return answer


def silent() -> Answer:
    """Take the request and say nothing."""

    def answer(exchange: Exchange) -> None:
        exchange.server.closing.wait()

    return answer


def endless() -> Answer:
    """Send a body that never ends, as fast as it is taken."""

    def answer(exchange: Exchange) -> None:
        exchange.start(200, {"Content-Type": HTML})
        while not exchange.server.closing.is_set():
            exchange.wfile.write(b"<p>more</p>" * 10_000)

    return answer


def truncated(body: bytes, missing: int = 100) -> Answer:
    """Announce more bytes than are sent."""

    def answer(exchange: Exchange) -> None:
        exchange.start(200, {"Content-Type": HTML, "Content-Length": str(len(body) + missing)})
        exchange.wfile.write(body)

    return answer


def truncated_gzip(body: bytes) -> Answer:
    """Send a packed body whose end is missing, under its true length."""
    return packed(gzip.compress(body)[:-12])


def reset() -> Answer:
    """Break the connection off without an answer (a TCP reset)."""

    def answer(exchange: Exchange) -> None:
        linger = struct.pack("ii", 1, 0)
        exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        exchange.connection.close()

    return answer


def counting(inner: Answer, most: dict[str, int]) -> Answer:
    """Answer as `inner` does, and note in `most` how many requests a host answered at once."""
    now: dict[str, int] = defaultdict(int)
    guard = threading.Lock()

    def answer(exchange: Exchange) -> None:
        host = exchange.visit.host
        with guard:
            now[host] += 1
            most[host] = max(most.get(host, 0), now[host])

        def leave() -> None:  # once the body is out, the next request may already be here
            with guard:
                now[host] -= 1

        exchange.before_body = leave
        inner(exchange)

    return answer
