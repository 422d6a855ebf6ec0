"""The local web itself, and the real fetcher against each of its faults and real captured pages."""

import gzip
import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import fetch
from ingest.archive import ArchiveTransport
from ingest.errors import FetchFailed
from ingest.fetch import LiveTransport
from ingest.pace import Pace
from tests.local_web import (
    Answer,
    LocalWeb,
    after,
    endless,
    failing,
    flaky,
    gzip_bomb,
    local_web,
    no_content_type,
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
    wrong_charset,
)

__all__ = ["local_web"]  # a fixture is used by its name alone


def status_of(live: LiveTransport, url: str) -> str:
    with pytest.raises(FetchFailed) as caught:
        live.get(url)
    return caught.value.status


def test_a_path_belongs_to_all_hosts_unless_it_is_put_under_one(local_web: LocalWeb) -> None:
    local_web.put("/a", "everywhere")
    local_web.put("/a", "here", host="one.test")
    local_web.put("/a?q=1", "asked")
    live = local_web.live()
    assert live.get(local_web.url("/a", "one.test")).body == b"here"
    assert live.get(local_web.url("/a", "two.test")).body == b"everywhere"
    assert live.get(local_web.url("/a?q=1", "two.test")).body == b"asked"
    assert status_of(live, local_web.url("/b")) == "not-found"
    assert local_web.paths("one.test") == ["/robots.txt", "/a"]


FAULTS: dict[str, tuple[Answer | Callable[[], Answer], str, int]] = {
    # name: the answer, the word of the ledger, how often it is asked for
    "slow body": (slow_loris(0.05), "unreachable", 1),
    "slow headers": (slow_loris(0.05, in_headers=True), "unreachable", 1),
    "slow chunks": (slow_chunks(0.05), "unreachable", 1),
    "silent": (silent(), "unreachable", 4),
    "endless": (endless(), "skipped", 1),
    "bomb": (gzip_bomb(30_000_000), "skipped", 1),
    "not asked for brotli": (packed(b"x", "br"), "unreachable", 1),
    "truncated": (truncated(b"half"), "unreachable", 4),
    "truncated gzip": (truncated_gzip(b"half"), "unreachable", 4),
    "no gzip": (packed(b"plain"), "unreachable", 4),
    "reset": (reset(), "unreachable", 4),
    "loop": (redirect("/fault"), "unreachable", 1),
    "too many requests": (failing(429), "unreachable", 4),
    "too long a wait": (failing(429, "86400"), "unreachable", 1),
    "down": (failing(503), "unreachable", 4),
    "gone": (page("gone", status=410), "not-found", 1),
    "login": (page("who are you?", status=401), "login-wall", 1),
    "no page": (redirect("file:///etc/passwd"), "unreachable", 1),
}


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_ends_with_its_word_and_the_next_page_is_read(
    local_web: LocalWeb, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    answer, word, times = FAULTS[name]
    live = local_web.live(tmp_path / "pages.warc.gz")
    local_web.put("/fault", answer)
    local_web.put("/next", "well")
    live.get(local_web.url("/next"))  # and robots.txt, before time gets short
    monkeypatch.setattr(fetch, "READ_SECONDS", 0.15)
    monkeypatch.setattr(fetch, "WHOLE_SECONDS", 5.0 if name in ("endless", "bomb") else 0.5)
    assert status_of(live, local_web.url("/fault")) == word
    assert local_web.paths().count("/fault") == times
    monkeypatch.undo()
    assert live.get(local_web.url("/next", "other.test")).body == b"well"
    live.close()
    assert ArchiveTransport(tmp_path / "pages.warc.gz").problems == ()


def test_a_slow_loris_sends_a_byte_at_a_time(local_web: LocalWeb) -> None:
    import httpx

    local_web.put("/slow", slow_loris(0.05))
    began = time.monotonic()
    with httpx.stream("GET", f"http://127.0.0.1:{local_web.port}/slow", trust_env=False) as got:
        pieces = [piece for piece, _ in zip(got.iter_raw(), range(4), strict=False)]
    assert pieces == [b"x"] * 4
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize(
    ("answer", "body", "media"),
    [
        (page("x", media="text/plain"), b"x", "text/plain"),
        (no_content_type("<p>x"), b"<p>x", ""),
        (wrong_charset("größer"), "größer".encode("windows-1252"), "text/html; charset=utf-8"),
        (packed(gzip.compress(b"x" * 999)), b"x" * 999, "text/html; charset=utf-8"),
        (flaky(3, page("well")), b"well", "text/html; charset=utf-8"),
        (after(failing(429, "2"), page("well")), b"well", "text/html; charset=utf-8"),
    ],
)
def test_what_can_be_read_is_read(
    local_web: LocalWeb, answer: Answer, body: bytes, media: str
) -> None:
    local_web.put("/a", answer)
    got = local_web.live().get(local_web.url("/a"))
    assert (got.body, got.content_type) == (body, media)


def test_robots_and_a_page_behind_them(local_web: LocalWeb) -> None:
    local_web.robots("User-agent: *\nDisallow: /private\n", host="strict.test")
    local_web.put("/private/a", "x")
    live = local_web.live()
    assert status_of(live, local_web.url("/private/a", "strict.test")) == "robots-denied"
    assert live.get(local_web.url("/private/a", "other.test")).body == b"x"


def test_a_page_that_changes_and_vanishes(local_web: LocalWeb, tmp_path: Path) -> None:
    live = local_web.live(tmp_path / "pages.warc.gz")
    for text in ("old", "old", "new"):
        local_web.put("/a", tagged(text))
        assert live.get(local_web.url("/a")).body.decode() == text
    local_web.remove("/a")
    assert status_of(live, local_web.url("/a")) == "not-found"
    live.close()


def test_real_time_passes_where_a_test_wants_it(local_web: LocalWeb) -> None:
    local_web.put("/a", "x")
    live = local_web.live(pace=Pace(0.1))
    for _ in range(4):
        live.get(local_web.url("/a"))
    starts = [visit.at for visit in local_web.asked]
    assert len(starts) == 5
    assert starts[-1] - starts[0] >= 0.2  # less than 0.4: a turn begins before its request arrives


# ── real captured pages ─────────────────────────────────────────────────────────────────────────


def outcome(get: Callable[[], fetch.Page]) -> tuple[str, str]:
    try:
        page = get()
    except FetchFailed as failure:
        return failure.status, ""
    return str(page.status), hashlib.sha256(page.body).hexdigest()


def test_captured_pages_come_over_http_as_they_are(
    local_web: LocalWeb, small_warc: Path, tmp_path: Path
) -> None:
    capture = ArchiveTransport(small_warc)
    local_web.serve_archive(ArchiveTransport(small_warc))
    live = local_web.live(tmp_path / "pages.warc.gz")
    first, second, words = {}, {}, {}
    for url in capture.urls():
        if url.endswith("/robots.txt"):
            continue
        first[url] = outcome(lambda url=url: live.get(local_web.at(url)))
        words[url] = outcome(lambda url=url: capture.get(url))
    live.close()
    again = local_web.live(tmp_path / "pages.warc.gz")
    before = len(local_web.asked)
    for url in first:
        second[url] = outcome(lambda url=url: again.get(local_web.at(url)))
    again.close()
    assert sum(status == "200" for status, _ in first.values()) > 20
    assert second == first
    # A redirect out of the archive is "not there" when replayed and a 404 here; else all is equal.
    assert {u for u in first if first[u] != words[u]} == {
        u for u in words if words[u][0] == "not-in-archive"
    }
    conditional = [v for v in local_web.asked[before:] if "if-none-match" in v.headers]
    assert len(conditional) > 5
