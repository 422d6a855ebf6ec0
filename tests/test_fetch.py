"""Live fetches, against a real server on this machine under made-up host names."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ingest import fetch
from ingest.archive import ArchiveTransport
from ingest.errors import FetchFailed
from ingest.fetch import LARGEST_PAGE, LiveTransport, is_public

Route = tuple[int, dict[str, str], bytes | Callable[[BaseHTTPRequestHandler], None]]


class Site:
    """A server whose answers a test writes down as path -> (status, headers, body)."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, dict(self.headers)))
                status, headers, body = site.routes.get(self.path, (404, {}, b"no"))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if callable(body):
                    self.end_headers()
                    body(self)
                    return
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, path: str, host: str = "site.test") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()
    yield served
    served.server.shutdown()
    served.server.server_close()


def here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[LiveTransport]:
    transport = LiveTransport(tmp_path / "pages.warc.gz", allow_private=True, resolve=here)
    yield transport
    transport.close()


def failure(web: LiveTransport, url: str) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        web.get(url)
    assert "\n" not in caught.value.reason
    return caught.value


def test_a_page_comes_with_its_bytes_and_time(site: Site, web: LiveTransport) -> None:
    site.routes["/a"] = (200, {"Content-Type": "text/html; charset=utf-8"}, "grün".encode())
    page = web.get(site.url("/a#part"))
    assert page.body.decode() == "grün"
    assert page.url == site.url("/a#part")
    assert page.resolved_url == site.url("/a")
    assert page.content_type == "text/html; charset=utf-8"
    assert page.fetched_at.endswith("Z")


def test_we_say_who_we_are_under_the_hosts_own_name(site: Site, web: LiveTransport) -> None:
    site.routes["/a"] = (200, {}, b"x")
    web.get(site.url("/a"))
    assert len(site.asked) == 2
    for _, headers in site.asked:
        assert headers["User-Agent"].startswith("studypath/")
        assert headers["Host"] == f"site.test:{site.port}"


def test_encodings_are_taken_off(site: Site, web: LiveTransport) -> None:
    packed = gzip.compress(b"hello " * 100)
    site.routes["/a"] = (200, {"Content-Encoding": "gzip"}, packed)
    assert web.get(site.url("/a")).body == b"hello " * 100


def test_redirects_lead_to_the_page(site: Site, web: LiveTransport) -> None:
    site.routes["/old"] = (301, {"Location": "/mid"}, b"")
    site.routes["/mid"] = (302, {"Location": site.url("/new", "other.test")}, b"")
    site.routes["/new"] = (200, {}, b"x")
    page = web.get(site.url("/old"))
    assert page.resolved_url == site.url("/new", "other.test")
    assert page.url == site.url("/old")


@pytest.mark.parametrize(
    ("location", "word"),
    [("/loop", "circle"), ("ftp://site.test/x", "no page"), ("javascript:alert(1)", "no page")],
)
def test_redirects_that_lead_nowhere(
    site: Site, web: LiveTransport, location: str, word: str
) -> None:
    site.routes["/loop"] = (302, {"Location": location}, b"")
    failed = failure(web, site.url("/loop"))
    assert failed.status == "unreachable"
    assert word in failed.reason


def test_too_many_redirects(site: Site, web: LiveTransport) -> None:
    for n in range(20):
        site.routes[f"/{n}"] = (302, {"Location": f"/{n + 1}"}, b"")
    assert "more than 10" in failure(web, site.url("/0")).reason
    assert len(site.asked) <= 12


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (401, "login-wall"), (403, "login-wall"), (999, "login-wall"), (404, "not-found"),
        (410, "not-found"), (429, "unreachable"), (500, "unreachable"), (503, "unreachable"),
        (418, "unreachable"),
    ],
)  # fmt: skip
def test_statuses_become_words_of_the_ledger(
    site: Site, web: LiveTransport, status: int, word: str
) -> None:
    site.routes["/a"] = (status, {}, b"x")
    failed = failure(web, site.url("/a"))
    assert failed.status == word
    assert str(status) in failed.reason


# ── robots.txt ──────────────────────────────────────────────────────────────────────────────────

RULES = b"User-agent: *\nDisallow: /secret\n\nUser-agent: studypath\nDisallow: /ours\n"


def test_robots_are_obeyed_and_read_once(site: Site, web: LiveTransport) -> None:
    site.routes["/robots.txt"] = (200, {"Content-Type": "text/plain"}, RULES)
    for path in ("/ours/a", "/secret/a", "/b"):
        site.routes[path] = (200, {}, b"x")
    assert failure(web, site.url("/ours/a")).status == "robots-denied"
    assert web.get(site.url("/secret/a")).status == 200  # our own group replaces the general one
    assert web.get(site.url("/b")).status == 200
    assert site.paths().count("/robots.txt") == 1
    assert "/ours/a" not in site.paths()


def test_robots_are_asked_before_every_step(site: Site, web: LiveTransport) -> None:
    site.routes["/robots.txt"] = (200, {}, RULES)
    site.routes["/way"] = (302, {"Location": "/ours/a"}, b"")
    assert failure(web, site.url("/way")).status == "robots-denied"
    assert "/ours/a" not in site.paths()


def test_a_host_without_rules_allows_and_a_failing_one_does_not(
    site: Site, web: LiveTransport
) -> None:
    site.routes["/a"] = (200, {}, b"x")
    assert web.get(site.url("/a")).status == 200
    site.routes["/robots.txt"] = (503, {}, b"")
    assert failure(web, site.url("/a", "failing.test")).status == "unreachable"


# ── what is refused ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "url",
    ["ftp://site.test/", "file:///etc/passwd", "javascript:alert(1)", "site.test", "http://", ""],
)
def test_only_web_addresses_are_fetched(web: LiveTransport, url: str) -> None:
    assert failure(web, url).status == "unreachable"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1",
        "2002:7f00:1::", "::",
    ],
)  # fmt: skip
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_public(address)


def test_addresses_outside_are_public() -> None:
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")


def test_a_name_that_leads_inside_is_refused(site: Site) -> None:
    site.routes["/a"] = (200, {}, b"x")
    web = LiveTransport(resolve=lambda host, port: ["93.184.216.34", "127.0.0.1"])
    assert failure(web, site.url("/a")).status == "skipped"
    assert failure(LiveTransport(), site.url("/a", "127.0.0.1")).status == "skipped"
    assert failure(LiveTransport(), site.url("/a", "[::1]")).status == "skipped"
    assert failure(LiveTransport(), site.url("/a", "2130706433")).status == "skipped"
    assert site.asked == []


def test_a_redirect_inside_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.routes["/way"] = (302, {"Location": site.url("/a", "inside.test")}, b"")
    site.routes["/a"] = (200, {}, b"x")
    monkeypatch.setattr(fetch, "is_public", lambda address: address == "127.0.0.1")
    names = {"site.test": ["127.0.0.1"], "inside.test": ["10.0.0.1"]}
    web = LiveTransport(resolve=lambda host, port: names[host])
    assert failure(web, site.url("/way")).status == "skipped"
    assert "/a" not in site.paths()
    web.close()


def test_the_checked_address_is_the_one_connected_to(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.routes["/a"] = (200, {}, b"x")
    looked_up = []

    def changing(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"]

    web = LiveTransport(allow_private=True, resolve=changing)
    monkeypatch.setattr("socket.getaddrinfo", _only_numbers(monkeypatch))
    assert web.get(site.url("/a")).body == b"x"
    assert looked_up == ["site.test", "site.test"]  # for robots.txt and for the page
    web.close()


def _only_numbers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    import socket

    real = socket.getaddrinfo

    def look_up(host: str, *rest: object, **more: object) -> object:
        assert host == "127.0.0.1", f"{host} was looked up a second time"
        return real(host, *rest, **more)  # type: ignore[arg-type]

    return look_up


def test_a_password_in_the_address_is_refused(site: Site, web: LiveTransport) -> None:
    assert failure(web, f"http://me:word@site.test:{site.port}/a").status in (
        "skipped",
        "unreachable",
    )
    assert site.asked == []


# ── size and time ───────────────────────────────────────────────────────────────────────────────


def test_an_announced_size_is_refused_at_once(site: Site, web: LiveTransport) -> None:
    def nothing(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"x")

    site.routes["/a"] = (200, {"Content-Length": str(LARGEST_PAGE + 1)}, nothing)
    failed = failure(web, site.url("/a"))
    assert failed.status == "skipped"
    assert "20 MB" in failed.reason


def test_a_stream_is_cut_at_the_limit(site: Site, web: LiveTransport) -> None:
    sent = 0

    def flood(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        try:
            for _ in range(100):
                sent += handler.wfile.write(b"x" * 1_000_000)
        except OSError:
            pass

    site.routes["/a"] = (200, {}, flood)
    assert failure(web, site.url("/a")).status == "skipped"
    assert sent < 2 * LARGEST_PAGE


def test_a_small_packed_body_that_unpacks_beyond_the_limit(site: Site, web: LiveTransport) -> None:
    packed = gzip.compress(bytes(LARGEST_PAGE * 2))
    site.routes["/a"] = (200, {"Content-Encoding": "gzip"}, packed)
    assert failure(web, site.url("/a")).status == "skipped"


def test_a_silent_server_is_given_up(
    site: Site, web: LiveTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "READ_SECONDS", 0.3)
    site.routes["/a"] = (200, {}, lambda handler: time.sleep(1.5))
    assert "in time" in failure(web, site.url("/a")).reason


def test_a_dripping_server_is_given_up(
    site: Site, web: LiveTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "WHOLE_SECONDS", 0.4)

    def drip(handler: BaseHTTPRequestHandler) -> None:
        try:
            for _ in range(30):
                handler.wfile.write(b"x")
                handler.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass

    site.routes["/a"] = (200, {}, drip)
    assert "not finished" in failure(web, site.url("/a")).reason


def test_hosts_that_cannot_be_reached(web: LiveTransport) -> None:
    assert failure(web, "http://site.test:1/").status == "unreachable"
    nowhere = LiveTransport()
    assert failure(nowhere, "http://nowhere.invalid/").status == "unreachable"


def test_the_second_address_is_tried_when_the_first_is_dead(site: Site) -> None:
    site.routes["/a"] = (200, {}, b"x")
    web = LiveTransport(allow_private=True, resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"])
    assert web.get(site.url("/a")).body == b"x"
    web.close()


# ── what is fetched is kept ─────────────────────────────────────────────────────────────────────


def test_a_session_can_be_replayed_without_the_network(
    site: Site, web: LiveTransport, tmp_path: Path
) -> None:
    site.routes["/robots.txt"] = (200, {}, RULES)
    site.routes["/old"] = (301, {"Location": "/new"}, b"")
    site.routes["/new"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"there"))
    live = web.get(site.url("/old"))
    assert failure(web, site.url("/missing")).status == "not-found"
    web.close()
    site.server.shutdown()
    replay = ArchiveTransport(tmp_path / "pages.warc.gz")
    assert replay.problems == ()
    assert replay.get(site.url("/old")) == live
    for path, word in (
        ("/missing", "not-found"),
        ("/ours/x", "robots-denied"),
        ("/other", "not-in-archive"),
    ):
        with pytest.raises(FetchFailed) as caught:
            replay.get(site.url(path))
        assert caught.value.status == word
