"""Live fetches, against a real server on this machine under made-up host names."""

import gzip
import logging
import re
import shutil
import socket
import ssl
import subprocess
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from ingest import fetch
from ingest.archive import ArchiveTransport
from ingest.errors import FetchFailed, InputError, Postponed
from ingest.fetch import LARGEST_PAGE, LiveTransport
from ingest.pace import Budget, Pace
from tests.local_web import (
    Answer,
    Clock,
    Exchange,
    LocalWeb,
    after,
    counting,
    endless,
    failing,
    flaky,
    gzip_bomb,
    local_web,
    packed,
    page,
    redirect,
    reset,
    silent,
    slow_chunks,
    slow_loris,
    tagged,
    truncated,
    truncated_gzip,
)

__all__ = ["local_web"]  # a fixture is used by its name alone


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def live(local_web: LocalWeb, clock: Clock, tmp_path: Path) -> Iterator[LiveTransport]:
    transport = local_web.live(tmp_path / "pages.warc.gz", pace=clock.pace())
    yield transport
    transport.close()


def failure(web: LiveTransport, url: str) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        web.get(url)
    assert "\n" not in caught.value.reason
    return caught.value


def test_a_page_comes_with_its_bytes_and_time(local_web: LocalWeb, live: LiveTransport) -> None:
    local_web.put("/a", "grün")
    page = live.get(local_web.url("/a#part"))
    assert page.body.decode() == "grün"
    assert page.url == local_web.url("/a#part")
    assert page.resolved_url == local_web.url("/a")
    assert page.content_type == "text/html; charset=utf-8"
    assert page.fetched_at.endswith("Z")


def test_we_say_who_we_are_under_the_hosts_own_name(
    local_web: LocalWeb, live: LiveTransport
) -> None:
    local_web.put("/a", "x")
    live.get(local_web.url("/a"))
    assert len(local_web.asked) == 2
    for visit in local_web.asked:
        assert visit.headers["user-agent"].startswith("studypath/")
        assert visit.headers["host"] == f"site.test:{local_web.port}"
        assert "from" not in visit.headers
        assert visit.headers["accept-encoding"] == "gzip"  # never brotli, never zstd


@pytest.mark.parametrize("contact", ["me.too+x@uni.example", "https://uni.example/~me?a=1"])
def test_a_contact_goes_along(local_web: LocalWeb, contact: str) -> None:
    local_web.put("/a", "x")
    local_web.live(contact=contact).get(local_web.url("/a"))
    headers = local_web.asked[-1].headers
    assert headers["user-agent"].endswith(f"; +{contact})")
    assert headers.get("from") == (contact if "@" in contact else None)


@pytest.mark.parametrize(
    "contact",
    [
        "me",
        "a@b",
        "x@y.z\r\nX: 1",
        "https://ü.example/",
        "ftp://a/",
        "https://a.example/\nX: 1",
        "https://me:secret@a.example/",
        "https://a.example/)(b",
        "https://a.example/" + "a" * 200,
    ],
)
def test_a_contact_that_is_none(contact: str) -> None:
    with pytest.raises(InputError, match="e-mail or a web address"):
        LiveTransport(contact=contact)


def test_redirects_lead_to_the_page(local_web: LocalWeb, live: LiveTransport) -> None:
    local_web.put("/old", redirect("/mid", 301))
    local_web.put("/mid", redirect(local_web.url("/new", "other.test")))
    local_web.put("/new", "x", host="other.test")
    page = live.get(local_web.url("/old"))
    assert page.resolved_url == local_web.url("/new", "other.test")
    assert page.url == local_web.url("/old")


@pytest.mark.parametrize(
    ("location", "word"),
    [("/loop", "circle"), ("ftp://site.test/x", "no page"), ("javascript:alert(1)", "no page")],
)
def test_redirects_that_lead_nowhere(
    local_web: LocalWeb, live: LiveTransport, location: str, word: str
) -> None:
    local_web.put("/loop", redirect(location))
    failed = failure(live, local_web.url("/loop"))
    assert failed.status == "unreachable"
    assert word in failed.reason


def test_too_many_redirects(local_web: LocalWeb, live: LiveTransport) -> None:
    for n in range(20):
        local_web.put(f"/{n}", redirect(f"/{n + 1}"))
    assert "more than 10" in failure(live, local_web.url("/0")).reason
    assert len(local_web.asked) <= 12


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (401, "login-wall"), (403, "login-wall"), (999, "login-wall"), (404, "not-found"),
        (410, "not-found"), (429, "unreachable"), (500, "unreachable"), (503, "unreachable"),
        (418, "unreachable"), (304, "unreachable"),
    ],
)  # fmt: skip
def test_statuses_become_words_of_the_ledger(
    local_web: LocalWeb, live: LiveTransport, status: int, word: str
) -> None:
    local_web.put("/a", failing(status))
    failed = failure(live, local_web.url("/a"))
    assert failed.status == word
    assert str(status) in failed.reason


# ── robots.txt ──────────────────────────────────────────────────────────────────────────────────

RULES = "User-agent: *\nDisallow: /secret\n\nUser-agent: studypath\nDisallow: /ours\n"


def test_robots_are_obeyed_and_read_once(local_web: LocalWeb, live: LiveTransport) -> None:
    local_web.robots(RULES)
    for path in ("/ours/a", "/secret/a", "/b"):
        local_web.put(path, "x")
    assert failure(live, local_web.url("/ours/a")).status == "robots-denied"
    assert live.get(local_web.url("/secret/a")).status == 200  # our group replaces the general one
    assert live.get(local_web.url("/b", "SITE.test")).status == 200
    assert local_web.paths().count("/robots.txt") == 1
    assert "/ours/a" not in local_web.paths()


def test_robots_are_asked_before_every_step(local_web: LocalWeb, live: LiveTransport) -> None:
    local_web.robots(RULES)
    local_web.put("/way", redirect("/ours/a"))
    assert failure(live, local_web.url("/way")).status == "robots-denied"
    assert "/ours/a" not in local_web.paths()


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_without_rules_allows_and_a_failing_one_does_not(
    local_web: LocalWeb, live: LiveTransport, status: int
) -> None:
    local_web.put("/a", "x")
    assert live.get(local_web.url("/a")).status == 200
    local_web.put("/robots.txt", failing(status))
    for _ in range(2):
        assert failure(live, local_web.url("/a", "failing.test")).status == "unreachable"
    assert local_web.paths("failing.test") == ["/robots.txt"] * 4


@pytest.mark.parametrize(("said", "apart"), [("7", 7), ("0.2", 1), ("600", 30), ("-3", 1)])
def test_a_crawl_delay_is_kept_up_to_half_a_minute(
    local_web: LocalWeb, live: LiveTransport, clock: Clock, said: str, apart: float
) -> None:
    local_web.robots(f"User-agent: *\nCrawl-delay: {said}\n")
    for path in ("/a", "/b", "/c"):
        local_web.put(path, "x")
        live.get(local_web.url(path))
    assert clock.slept == [apart] * 3


# ── a host's pace ───────────────────────────────────────────────────────────────────────────────


def test_one_request_a_second_to_one_host(
    local_web: LocalWeb, live: LiveTransport, clock: Clock
) -> None:
    local_web.put("/a", "x")
    for host in ("one.test", "two.test", "three.test"):
        live.get(local_web.url("/a", host))
    assert clock.now == 3  # each waits between robots.txt and page; none for another host
    live.get(local_web.url("/a", "three.test"))
    assert clock.now == 4


def test_threads_take_turns_at_one_host_only(local_web: LocalWeb, tmp_path: Path) -> None:
    meeting = threading.Barrier(2, timeout=5)

    def meet(exchange: Exchange) -> None:
        meeting.wait()  # breaks unless two hosts are asked at the same time
        page("x")(exchange)

    most: dict[str, int] = {}
    local_web.put("/a", counting(meet, most))
    live = local_web.live(tmp_path / "pages.warc.gz", pace=Pace(0.0))
    pages = []

    def read(host: str) -> None:
        pages.append(live.get(local_web.url("/a", host)))

    threads = [threading.Thread(target=read, args=(host,)) for host in ("one.test", "two.test") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    live.close()
    assert len(pages) == 8
    assert most == {"one.test": 1, "two.test": 1}
    for host in most:
        assert local_web.paths(host).count("/robots.txt") == 1
    assert ArchiveTransport(tmp_path / "pages.warc.gz").problems == ()
    second = local_web.live(tmp_path / "pages.warc.gz")  # let go of, whichever thread opened it
    with pytest.raises(FetchFailed):
        second.get(local_web.url("/none"))
    second.close()


# ── patience ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "fault",
    [
        failing(429), failing(500), failing(502), failing(503), failing(504), reset(),
        truncated(b"half"), truncated_gzip(b"half" * 99),
    ],
)  # fmt: skip
def test_what_passes_is_asked_again(
    local_web: LocalWeb, live: LiveTransport, clock: Clock, tmp_path: Path, fault: Answer
) -> None:
    local_web.put("/a", flaky(3, page("well"), fault))
    assert live.get(local_web.url("/a")).body == b"well"
    assert local_web.paths() == ["/robots.txt", *["/a"] * 4]
    first, second, third = clock.slept[1:]
    assert 1 <= first <= 2 <= second <= 3 < 4 <= third <= 5
    live.close()
    kept = ArchiveTransport(tmp_path / "pages.warc.gz")
    assert kept.get(local_web.url("/a")).body == b"well"


def test_jitter_differs(local_web: LocalWeb, live: LiveTransport, clock: Clock) -> None:
    for n in range(5):
        local_web.put(f"/{n}", flaky(1, page("well")))
        live.get(local_web.url(f"/{n}"))
    assert len({round(wait, 6) for wait in clock.slept} - {1}) == 5


@pytest.mark.parametrize(
    ("fault", "word"), [(failing(502), "answers 502"), (reset(), "broke off"),
                        (truncated(b"half"), "broke off"), (truncated_gzip(b"half"), "cut off")]
)  # fmt: skip
def test_after_four_attempts_it_is_enough(
    local_web: LocalWeb, live: LiveTransport, fault: Answer, word: str
) -> None:
    local_web.put("/a", fault)
    failed = failure(live, local_web.url("/a"))
    assert failed.status == "unreachable"
    assert word in failed.reason
    assert local_web.paths().count("/a") == 4


def test_what_does_not_pass_is_asked_once(local_web: LocalWeb, live: LiveTransport) -> None:
    for status in (404, 403, 418, 501, 505):
        local_web.put(f"/{status}", failing(status))
        failure(live, local_web.url(f"/{status}"))
        assert local_web.paths().count(f"/{status}") == 1


def test_retry_after_in_seconds_is_waited(
    local_web: LocalWeb, live: LiveTransport, clock: Clock
) -> None:
    local_web.put("/a", after(failing(429, "40"), failing(503, "120"), page("well")))
    assert live.get(local_web.url("/a")).body == b"well"
    assert clock.slept[1:] == [40, 120]


def test_retry_after_as_a_date_is_waited(
    local_web: LocalWeb, live: LiveTransport, clock: Clock
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    local_web.put("/a", after(failing(503, date), page("well")))
    assert live.get(local_web.url("/a")).body == b"well"
    assert 55 <= clock.slept[1] <= 61


def test_too_long_a_wait_is_named_and_the_host_left_alone(
    local_web: LocalWeb, live: LiveTransport, clock: Clock
) -> None:
    local_web.put("/a", failing(429, "3600"))
    local_web.put("/b", "x")
    failed = failure(live, local_web.url("/a"))
    assert failed.status == "unreachable"
    assert "asks to wait 3600 s" in failed.reason
    assert "asks to wait 3600 s" in failure(live, local_web.url("/b")).reason
    assert local_web.paths("site.test") == ["/robots.txt", "/a"]
    assert clock.now == 1
    assert live.get(local_web.url("/b", "other.test")).body == b"x"


def test_a_host_that_asks_for_rest_gets_it_from_all(
    local_web: LocalWeb, live: LiveTransport, clock: Clock
) -> None:
    local_web.put("/a", failing(503, "30"))
    local_web.put("/b", "x")
    failure(live, local_web.url("/a"))
    before = clock.now
    live.get(local_web.url("/b"))
    assert clock.now - before == 30


# ── a run's budget ──────────────────────────────────────────────────────────────────────────────


def test_a_budget_in_seconds(local_web: LocalWeb, clock: Clock, tmp_path: Path) -> None:
    for path in ("/a", "/b", "/c"):
        local_web.put(path, "x")
    live = local_web.live(tmp_path / "a.warc.gz", pace=clock.pace(), budget=Budget(seconds=2.5))
    live.get(local_web.url("/a"))
    live.get(local_web.url("/b"))
    with pytest.raises(Postponed, match=r"limit of 2\.5 s .*: run `studypath ingest` again"):
        live.get(local_web.url("/c"))
    assert clock.now == 2  # not slept for a turn that would come too late
    clock.sleep(1)
    with pytest.raises(Postponed):
        live.get(local_web.url("/c", "other.test"))
    live.close()
    again = local_web.live(tmp_path / "a.warc.gz")
    assert again.get(local_web.url("/c")).body == b"x"
    again.close()


def test_a_budget_in_bytes(local_web: LocalWeb) -> None:
    local_web.put("/a", page(b"x" * 3_000_000))
    local_web.put("/b", "x")
    live = local_web.live(budget=Budget(bytes=2_000_000))
    assert len(live.get(local_web.url("/a")).body) == 3_000_000
    assert "limit of 2 MB" in live.spent()
    with pytest.raises(Postponed, match="limit of 2 MB"):
        live.get(local_web.url("/b"))


def test_bytes_count_as_they_come_over_the_network(local_web: LocalWeb) -> None:
    local_web.put("/a", packed(gzip.compress(bytes(3_000_000))))
    live = local_web.live(budget=Budget(bytes=2_000_000))
    for _ in range(3):
        assert len(live.get(local_web.url("/a")).body) == 3_000_000
    assert not live.spent()


def test_a_retry_is_postponed_too(local_web: LocalWeb) -> None:
    local_web.put("/a", failing(503, "100"))
    live = local_web.live(budget=Budget(seconds=60))
    with pytest.raises(Postponed):
        live.get(local_web.url("/a"))


# ── what is refused ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "url",
    ["ftp://site.test/", "file:///etc/passwd", "javascript:alert(1)", "site.test", "http://", ""],
)
def test_only_web_addresses_are_fetched(live: LiveTransport, url: str) -> None:
    assert failure(live, url).status == "unreachable"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "[::1]", "localhost", "2130706433", "0x7f000001", "017700000001", "127.1",
        "0x7f.1", "0177.0.0.1", "0", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "①②⑦.⓪.⓪.①",
    ],
)  # fmt: skip
def test_however_this_machine_is_spelt(local_web: LocalWeb, host: str) -> None:
    local_web.put("/a", "x")
    failed = failure(LiveTransport(), local_web.url("/a", host))
    # What is no address to httpx, or names no host to the system, leads nowhere either.
    assert failed.status == "skipped" or re.search("no address|no host", failed.reason)
    assert local_web.asked == []


def test_spellings_of_this_machine_reach_it_when_allowed(local_web: LocalWeb) -> None:
    local_web.put("/a", "x")
    live = LiveTransport(allow_private=True, pace=Clock().pace())
    for host in ("127.0.0.1", "2130706433", "0x7f.1"):
        assert live.get(local_web.url("/a", host)).body == b"x"


def test_a_name_of_which_one_address_lies_inside_is_refused(local_web: LocalWeb) -> None:
    live = LiveTransport(resolve=lambda host, port: ["93.184.216.34", "127.0.0.1"])
    assert failure(live, local_web.url("/a")).status == "skipped"
    assert local_web.asked == []


@pytest.mark.parametrize(
    "inside", ["169.254.169.254", "127.0.0.2", "2130706434", "[::1]", "inside.test"]
)
def test_a_redirect_inside_is_refused(
    local_web: LocalWeb, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    local_web.put("/way", redirect(f"http://{inside}:{local_web.port}/latest/meta-data/"))
    names = {"site.test": ("127.0.0.1",), "inside.test": ("93.184.216.34", "10.0.0.1")}
    real = fetch.is_public
    monkeypatch.setattr(fetch, "is_public", lambda number: number == "127.0.0.1" or real(number))
    live = LiveTransport(
        resolve=lambda host, port: names.get(host) or fetch.resolve(host, port),
        pace=Clock().pace(),
    )
    assert failure(live, local_web.url("/way")).status == "skipped"
    assert local_web.paths() == ["/robots.txt", "/way"]
    live.close()


def test_the_checked_address_is_the_one_connected_to(
    local_web: LocalWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    local_web.put("/a", "x")
    looked_up = []

    def changing(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"]

    live = LiveTransport(allow_private=True, resolve=changing, pace=Clock().pace())
    monkeypatch.setattr("socket.getaddrinfo", _only_numbers())
    assert live.get(local_web.url("/a")).body == b"x"
    assert looked_up == ["site.test", "site.test"]  # for robots.txt and for the page
    live.close()


def _only_numbers() -> Callable[..., object]:
    real = socket.getaddrinfo

    def look_up(host: str, *rest: object, **more: object) -> object:
        assert host == "127.0.0.1", f"{host} was looked up a second time"
        return real(host, *rest, **more)  # type: ignore[arg-type]

    return look_up


def test_a_password_in_the_address_is_refused(local_web: LocalWeb, live: LiveTransport) -> None:
    secret = f"http://me:hush@site.test:{local_web.port}/a"
    failed = failure(live, secret)
    assert failed.status == "skipped"
    assert "hush" not in failed.reason
    assert local_web.asked == []
    local_web.put("/way", redirect(secret))
    assert failure(live, local_web.url("/way")).status == "skipped"
    assert local_web.paths() == ["/robots.txt", "/way"]


# ── size and time ───────────────────────────────────────────────────────────────────────────────


def test_encodings_are_taken_off(local_web: LocalWeb, live: LiveTransport) -> None:
    text = b"hello " * 100_000
    for n, (data, coding) in enumerate(
        [
            (gzip.compress(text), "gzip"),
            (gzip.compress(text), "X-GZIP"),
            (zlib.compress(text), "deflate"),
            (gzip.compress(text) + b"padding", "gzip"),
            (text, "identity"),
        ]
    ):
        local_web.put(f"/{n}", packed(data, coding))
        assert live.get(local_web.url(f"/{n}")).body == text
    local_web.put("/empty", packed(b"", "gzip"))
    assert live.get(local_web.url("/empty")).body == b""


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "nonsense"])
def test_an_encoding_nobody_asked_for(
    local_web: LocalWeb, live: LiveTransport, coding: str
) -> None:
    local_web.put("/a", packed(b"x", coding))
    failed = failure(live, local_web.url("/a"))
    assert failed.status == "unreachable"
    assert coding in failed.reason
    assert local_web.paths().count("/a") == 1


def test_an_announced_size_is_refused_at_once(local_web: LocalWeb, live: LiveTransport) -> None:
    local_web.put("/a", truncated(b"x", LARGEST_PAGE))
    failed = failure(live, local_web.url("/a"))
    assert failed.status == "skipped"
    assert "20 MB" in failed.reason


def test_a_stream_is_cut_at_the_limit(local_web: LocalWeb) -> None:
    local_web.put("/a", endless())
    live = local_web.live(budget=Budget(bytes=LARGEST_PAGE))
    assert failure(live, local_web.url("/a")).status == "skipped"
    with pytest.raises(Postponed):  # what was cut counts as well
        live.get(local_web.url("/a"))
    assert 20e6 < live._spending._bytes < 21e6


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_is_never_held_whole(local_web: LocalWeb, coding: str) -> None:
    local_web.put("/a", gzip_bomb(120_000_000, coding))
    live = local_web.live()
    tracemalloc.start()
    try:
        failed = failure(live, local_web.url("/a"))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert failed.status == "skipped"
    assert most < 1.5 * LARGEST_PAGE
    assert local_web.paths().count("/a") == 1


def test_a_packed_stream_that_unpacks_to_nothing(local_web: LocalWeb, live: LiveTransport) -> None:
    def nothing(exchange: Exchange) -> None:
        exchange.start(200, {"Content-Encoding": "gzip"})
        exchange.wfile.write(gzip.compress(b""))
        for _ in range(100):
            exchange.wfile.write(bytes(1_000_000))

    local_web.put("/a", nothing)
    assert failure(live, local_web.url("/a")).status == "skipped"


def test_a_silent_server_is_given_up(
    local_web: LocalWeb, live: LiveTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "READ_SECONDS", 0.1)
    local_web.put("/a", silent())
    assert "in time" in failure(live, local_web.url("/a")).reason


@pytest.mark.parametrize(
    "drip", [slow_loris(0.05), slow_loris(0.05, in_headers=True), slow_chunks(0.05)]
)
def test_a_dripping_server_is_given_up_once(
    local_web: LocalWeb, live: LiveTransport, monkeypatch: pytest.MonkeyPatch, drip: Answer
) -> None:
    monkeypatch.setattr(fetch, "WHOLE_SECONDS", 0.4)
    local_web.put("/robots.txt", "", host="site.test")
    local_web.put("/a", drip)
    failed = failure(live, local_web.url("/a"))
    assert failed.status == "unreachable"
    assert "not finished" in failed.reason
    assert local_web.paths().count("/a") == 1


def test_hosts_that_cannot_be_reached(live: LiveTransport) -> None:
    failed = failure(live, "http://site.test:1/")
    assert (failed.status, "no connection" in failed.reason) == ("unreachable", True)
    nowhere = LiveTransport()
    assert failure(nowhere, "http://nowhere.invalid/").status == "unreachable"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a key and a certificate for site.test that nobody vouches for."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    file = tmp_path / "site.pem"
    subprocess.run(
        [
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-keyout", file, "-out", tmp_path / "certificate", "-days", "2",
            "-subj", "/CN=site.test", "-addext", "subjectAltName=DNS:site.test",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    file.write_text(file.read_text() + (tmp_path / "certificate").read_text())
    return file


def test_a_certificate_that_nobody_vouches_for(
    local_web: LocalWeb, live: LiveTransport, certificate: Path, clock: Clock
) -> None:
    local_web.use_tls(certificate)
    failed = failure(live, local_web.url("/a"))
    assert (failed.status, "certificate" in failed.reason) == ("unreachable", True)
    assert clock.slept == []  # asking again would not help
    assert local_web.asked == []


def test_dripping_headers_are_given_up_over_tls_too(
    local_web: LocalWeb,
    live: LiveTransport,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    local_web.use_tls(certificate)
    local_web.put("/a", "x")
    local_web.put("/slow", slow_loris(0.05, in_headers=True))
    trusting = ssl.create_default_context(cafile=str(certificate))
    live._connections = httpx.HTTPTransport(verify=trusting, trust_env=False)
    assert live.get(local_web.url("/a")).body == b"x"
    monkeypatch.setattr(fetch, "WHOLE_SECONDS", 0.4)
    assert "not finished" in failure(live, local_web.url("/slow")).reason


def test_no_tls_where_it_was_expected(local_web: LocalWeb, live: LiveTransport) -> None:
    url = local_web.url("/a").replace("http:", "https:")
    assert failure(live, url).status == "unreachable"


def test_the_second_address_is_tried_when_the_first_is_dead(local_web: LocalWeb) -> None:
    local_web.put("/a", "x")
    live = LiveTransport(
        allow_private=True,
        resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"],
        pace=Clock().pace(),
    )
    assert live.get(local_web.url("/a")).body == b"x"
    live.close()


# ── what is fetched is kept ─────────────────────────────────────────────────────────────────────


def test_a_session_can_be_replayed_without_the_network(
    local_web: LocalWeb, live: LiveTransport, tmp_path: Path
) -> None:
    local_web.robots(RULES)
    local_web.put("/old", redirect("/new", 301))
    local_web.put("/new", packed(gzip.compress(b"there")))
    page = live.get(local_web.url("/old"))
    assert failure(live, local_web.url("/missing")).status == "not-found"
    live.close()
    local_web.close()
    replay = ArchiveTransport(tmp_path / "pages.warc.gz")
    assert replay.problems == ()
    assert replay.get(local_web.url("/old")) == page
    for path, word in (
        ("/missing", "not-found"),
        ("/ours/x", "robots-denied"),
        ("/other", "not-in-archive"),
    ):
        with pytest.raises(FetchFailed) as caught:
            replay.get(local_web.url(path))
        assert caught.value.status == word


DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("answer", "condition"),
    [
        (page("held", etag='"1"'), ("if-none-match", '"1"')),
        (page("held", etag='W/"1"'), ("if-none-match", 'W/"1"')),
        (page("held", modified=DATE), ("if-modified-since", DATE)),
    ],
)
@pytest.mark.parametrize("same_run", [True, False])
def test_an_unchanged_page_comes_from_the_archive(
    local_web: LocalWeb, tmp_path: Path, answer: Answer, condition: tuple[str, str], same_run: bool
) -> None:
    local_web.put("/a", answer)
    live = local_web.live(tmp_path / "pages.warc.gz")
    first = live.get(local_web.url("/a"))
    assert condition[0] not in local_web.asked[-1].headers
    if not same_run:
        live.close()
        live = local_web.live(tmp_path / "pages.warc.gz")
    size = (tmp_path / "pages.warc.gz").stat().st_size
    assert live.get(local_web.url("/a")) == first
    assert local_web.asked[-1].headers[condition[0]] == condition[1]
    live.close()
    assert ArchiveTransport(tmp_path / "pages.warc.gz").get(local_web.url("/a")) == first
    if same_run:
        assert (tmp_path / "pages.warc.gz").stat().st_size == size


def test_a_changed_page_comes_from_the_web_and_is_held_from_then_on(
    local_web: LocalWeb, live: LiveTransport
) -> None:
    for text in ("first", "second", "second", "third"):
        local_web.put("/a", tagged(text))
        assert live.get(local_web.url("/a")).body == text.encode()
    known = [visit.headers.get("if-none-match") for visit in local_web.asked[1:]]
    assert known[0] is None
    assert known[2] == known[3] != known[1]


def test_a_vanished_page_is_gone_and_asked_for_plainly_when_it_is_back(
    local_web: LocalWeb, live: LiveTransport
) -> None:
    local_web.put("/a", tagged("x"))
    live.get(local_web.url("/a"))
    local_web.remove("/a")
    assert failure(live, local_web.url("/a")).status == "not-found"
    local_web.put("/a", tagged("x"))
    assert live.get(local_web.url("/a")).body == b"x"
    assert "if-none-match" not in local_web.asked[-1].headers


def test_a_passing_failure_leaves_the_held_page_alone(
    local_web: LocalWeb, live: LiveTransport
) -> None:
    local_web.put("/a", tagged("x"))
    live.get(local_web.url("/a"))
    local_web.put("/a", failing(503))
    failure(live, local_web.url("/a"))
    local_web.put("/a", tagged("x"))
    assert live.get(local_web.url("/a")).body == b"x"
    assert "if-none-match" in local_web.asked[-1].headers


@pytest.mark.parametrize(
    "headers",
    [{"ETag": "naked"}, {"ETag": '"ü"'}, {"ETag": '"a" "b"'}, {"Last-Modified": "x" * 99}, {}],
)
def test_pages_without_usable_validators_are_fetched_anew(
    local_web: LocalWeb, live: LiveTransport, headers: dict[str, str]
) -> None:
    local_web.put("/a", page("x", headers=headers))
    for _ in range(2):
        assert live.get(local_web.url("/a")).body == b"x"
    assert not {"if-none-match", "if-modified-since"} & set(local_web.asked[-1].headers)


def test_a_304_that_nobody_asked_for_displaces_nothing(
    local_web: LocalWeb, live: LiveTransport, tmp_path: Path
) -> None:
    local_web.put("/a", page("x"))
    live.get(local_web.url("/a"))
    local_web.put("/a", failing(304))
    assert failure(live, local_web.url("/a")).status == "unreachable"
    live.close()
    assert ArchiveTransport(tmp_path / "pages.warc.gz").get(local_web.url("/a")).body == b"x"


def test_a_redirect_is_asked_anew_and_its_end_conditionally(
    local_web: LocalWeb, live: LiveTransport
) -> None:
    local_web.put("/old", redirect("/new"))
    local_web.put("/new", tagged("x"))
    first = live.get(local_web.url("/old"))
    assert live.get(local_web.url("/old")) == first
    assert "if-none-match" in local_web.asked[-1].headers
    assert "if-none-match" not in local_web.asked[-2].headers


# ── what is logged ──────────────────────────────────────────────────────────────────────────────


def test_each_request_is_one_line_of_keys_and_values(
    local_web: LocalWeb, live: LiveTransport, caplog: pytest.LogCaptureFixture
) -> None:
    local_web.put("/a", after(failing(503), reset(), page("12345")))
    with caplog.at_level(logging.INFO, "ingest.fetch"):
        live.get(local_web.url("/a"))
    lines = [record.getMessage() for record in caplog.records if record.name == "ingest.fetch"]
    form = r"host=site\.test status=(\d+|-) bytes=(\d+) ms=\d+ attempt=(\d)"
    found = [re.fullmatch(form, line) for line in lines]
    assert [match.groups() for match in found if match] == [
        ("404", "8", "1"), ("503", "7", "1"), ("-", "0", "2"), ("200", "5", "3"),
    ]  # fmt: skip
