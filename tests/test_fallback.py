"""Copies of pages that are gone: one real server plays the site and the public web archive."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import ingest.build
import ui.cli
from ingest import fallback, fetch
from ingest.archive import ArchiveTransport
from ingest.build import BuildOptions, BuildSummary, build_library
from ingest.embed import MODEL
from ingest.errors import FetchFailed, InputError
from ingest.fallback import NO_ANSWER, NO_COPY, WebArchive, is_copy, is_lost
from ingest.fetch import LiveTransport
from ingest.library import SourceRow, open_library
from ingest.pace import Pace
from ingest.sources import Fetched

HTML = {"Content-Type": "text/html; charset=utf-8"}
TIME = "20210304050607"
WORDS = (
    "A lighthouse shows ships at night where the rocks are, and by the rhythm of its light which"
    " of all the lighthouses of that coast it is."
)
SALE = "The domain site.test is for sale. Buy this domain today from its owner, at a good price."


def html(*paragraphs: str, title: str = "Lights") -> bytes:
    inner = "".join(f"<p>{text}</p>" for text in paragraphs)
    body = f"<body><article><h1>{title}</h1>{inner}</article></body>"
    return f"<html><head><title>{title}</title></head>{body}</html>".encode()


class Web:
    """A server for several hosts, whose answers a test writes down by address."""

    def __init__(self) -> None:
        self.routes: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        web = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = f"http://{self.headers['Host']}{self.path}"
                web.asked.append(address)
                status, headers, body = web.routes.get(address, (404, HTML, b"no"))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, path: str, host: str = "site.test") -> str:
        return f"http://{host}:{self.port}{path}"

    def lookup(self, url: str) -> str:
        return f"{fallback.LOOKUP}?url={fallback.quote(url, safe='')}"

    def capture(self, url: str, time: str = TIME) -> str:
        return f"{fallback.CAPTURES}/{time}id_/{url}"

    def keep(
        self, url: str, body: bytes, *, time: str = TIME, status: int = 200, **headers: str
    ) -> None:
        """Let the archive hold a copy of a page."""
        self.tell(url, timestamp=time)
        self.routes[self.capture(url, time)] = (status, {**HTML, **headers}, body)

    def tell(self, url: str, **closest: object) -> None:
        """Let the archive say what it holds of a page."""
        found = {"status": "200", "available": True, "timestamp": TIME, **closest}
        answer = {"url": url, "archived_snapshots": {"closest": found}}
        self.routes[self.lookup(url)] = (200, {}, json.dumps(answer).encode())

    def asked_of(self, place: str) -> list[str]:
        return [address for address in self.asked if place in address]


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    served = Web()
    lookup = served.url("/wayback/available", "archive.test")
    monkeypatch.setattr(fallback, "LOOKUP", lookup)
    monkeypatch.setattr(fallback, "CAPTURES", served.url("/web", "web.archive.test"))
    yield served
    served.server.shutdown()
    served.server.server_close()


def look_up(host: str, port: int) -> tuple[str, ...]:
    return fetch.resolve(host, port) if host.endswith(".invalid") else ("127.0.0.1",)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveTransport]:
    transport = LiveTransport(
        tmp_path / "pages.warc.gz",
        allow_private=True,
        resolve=look_up,
        pace=Pace(0, sleep=lambda _: None),
    )
    yield transport
    transport.close()


GONE = FetchFailed("not-found", "the page is gone (answers 404)")


def copy(live: LiveTransport, url: str) -> Fetched:
    return WebArchive(live).stand_in(url, GONE)


def refused(live: LiveTransport, url: str, archive: WebArchive | None = None) -> str:
    """Give what is added to the reason of a page without a copy."""
    with pytest.raises(FetchFailed) as caught:
        (archive or WebArchive(live)).stand_in(url, GONE)
    assert caught.value.status == "not-found"
    assert "\n" not in caught.value.reason
    before, _, added = caught.value.reason.partition("; ")
    assert before == GONE.reason
    return added


# ── what is lost ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "lost"),
    [
        ("not-found", True), ("not-in-archive", True), ("unreachable", False), ("no-text", False),
        ("login-wall", False), ("robots-denied", False), ("skipped", False),
    ],
)  # fmt: skip
def test_only_what_is_gone_is_looked_up(
    web: Web, live: LiveTransport, status: str, lost: bool
) -> None:
    url = web.url("/a")
    web.keep(url, html(WORDS))
    failure = FetchFailed(status, "why")
    assert is_lost(failure) == lost
    if lost:
        assert WebArchive(live).stand_in(url, failure).status == "partial"
    else:
        with pytest.raises(FetchFailed) as caught:
            WebArchive(live).stand_in(url, failure)
        assert caught.value is failure
        assert web.asked == []


def test_a_host_without_an_address_is_lost_and_a_silent_one_is_not(
    web: Web, live: LiveTransport
) -> None:
    with pytest.raises(FetchFailed) as no_host:
        live.get("http://nowhere.invalid/a")
    with pytest.raises(FetchFailed) as silent:
        live.get("http://site.test:1/a")
    assert is_lost(no_host.value)
    assert not is_lost(silent.value)


# ── the copy ────────────────────────────────────────────────────────────────────────────────────


def test_a_copy_stands_in_with_its_time_and_the_address_for_people(
    web: Web, live: LiveTransport
) -> None:
    url = web.url("/a?b=c%20d&e=f")
    web.keep(url, html(WORDS))
    found = copy(live, f"{url}#part")
    assert found.status == "partial"
    assert found.reason == "archived copy of 2021-03-04; the page itself is gone"
    (page,) = found.pages
    assert page.archived
    assert page.url == f"{url}#part"
    assert page.resolved_url == f"{fallback.CAPTURES}/{TIME}/{url}"
    assert is_copy(page.resolved_url)
    assert page.fetched_at == "2021-03-04T05:06:07Z"
    assert WORDS.encode() in page.body
    robots = [web.url("/robots.txt", host) for host in ("archive.test", "web.archive.test")]
    assert web.asked == [robots[0], web.lookup(url), robots[1], web.capture(url)]


def test_a_wrapped_link_is_looked_up_by_what_it_wraps(web: Web, live: LiveTransport) -> None:
    url = web.url("/a")
    web.keep(url, html(WORDS))
    assert copy(live, f"https://www.google.com/search?q={url}").pages[0].archived


def test_the_archive_may_move_a_little_to_its_nearest_capture(
    web: Web, live: LiveTransport
) -> None:
    url, other = web.url("/a"), web.url("/a/", "www.site.test")
    web.keep(other, html(WORDS), time="20200102030405")
    moved = {"Location": web.capture(other, "20200102030405")}
    web.tell(url)
    web.routes[web.capture(url)] = (302, moved, b"")
    found = copy(live, url)
    assert found.pages[0].resolved_url == f"{fallback.CAPTURES}/20200102030405/{other}"
    assert found.pages[0].fetched_at == "2020-01-02T03:04:05Z"
    assert "2020-01-02" in found.reason


# ── no copy ─────────────────────────────────────────────────────────────────────────────────────


def test_no_copy_is_said(web: Web, live: LiveTransport) -> None:
    url = web.url("/a")
    web.routes[web.lookup(url)] = (200, {}, b'{"url": "x", "archived_snapshots": {}}')
    assert refused(live, url) == NO_COPY
    assert web.asked_of("/web/") == []


@pytest.mark.parametrize(
    "closest",
    [
        {"status": "404"}, {"status": "301"}, {"status": None}, {"available": False},
        {"timestamp": "2021"}, {"timestamp": "20211340000000"}, {"timestamp": None},
        {"timestamp": "../../etc/passwd"}, {"timestamp": "٢٠٢١٠٣٠٤٠٥٠٦٠٧"},
    ],
)  # fmt: skip
def test_only_a_good_capture_with_a_time_counts(
    web: Web, live: LiveTransport, closest: dict[str, object]
) -> None:
    url = web.url("/a")
    web.keep(url, html(WORDS))
    web.tell(url, **closest)
    assert refused(live, url) == NO_COPY
    assert web.asked_of("/web/") == []


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>busy</html>", b"[]", b"null", b"{}", b"\xff\xfe", b"[" * 50_000, b'"x"'],
)
def test_an_answer_that_is_none_is_no_answer(web: Web, live: LiveTransport, body: bytes) -> None:
    url = web.url("/a")
    web.routes[web.lookup(url)] = (200, {}, body)
    assert refused(live, url) == NO_ANSWER


@pytest.mark.parametrize("body", [b'{"archived_snapshots": 7}', b'{"archived_snapshots": [1]}'])
def test_a_strange_answer_names_no_copy(web: Web, live: LiveTransport, body: bytes) -> None:
    url = web.url("/a")
    web.routes[web.lookup(url)] = (200, {}, body)
    assert refused(live, url) == NO_COPY


def test_a_failing_archive_is_asked_twice_and_then_left_alone(
    web: Web, live: LiveTransport
) -> None:
    archive = WebArchive(live)
    for path in "abcd":
        web.routes[web.lookup(web.url(f"/{path}"))] = (503, {}, b"")
        assert refused(live, web.url(f"/{path}"), archive) == NO_ANSWER
    assert len(set(web.asked_of("available?"))) == fallback.MOST_SILENT


def test_one_answer_makes_the_archive_awake_again(web: Web, live: LiveTransport) -> None:
    archive = WebArchive(live)
    for path in "abcd":
        url = web.url(f"/{path}")
        web.routes[web.lookup(url)] = (503, {}, b"")
        assert refused(live, url, archive) == NO_ANSWER
        web.routes[web.lookup(url)] = (200, {}, b'{"archived_snapshots": {}}')
        assert refused(live, url, archive) == NO_COPY
    assert len(set(web.asked_of("available?"))) == 4


def test_a_capture_that_does_not_come(web: Web, live: LiveTransport) -> None:
    url = web.url("/a")
    web.keep(url, b"", status=503)
    assert refused(live, url) == NO_ANSWER


def test_the_archives_robots_are_obeyed(web: Web, live: LiveTransport) -> None:
    url = web.url("/a")
    web.keep(url, html(WORDS))
    rules = (200, {}, b"User-agent: *\nDisallow: /")
    web.routes[web.url("/robots.txt", "web.archive.test")] = rules
    assert "robots.txt" in refused(live, url)
    assert web.asked_of("/web/") == []
    web.routes[web.url("/robots.txt", "archive.test")] = rules
    other = LiveTransport(allow_private=True, resolve=look_up, pace=Pace(0, sleep=lambda _: None))
    assert "lets no program ask" in refused(other, url)
    other.close()


# ── copies that are no use ──────────────────────────────────────────────────────────────────────

REFRESH = '<meta http-equiv="refresh" content="0; url=/new"><p>'


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (html("We looked in all the corners.", title="Page not found"), "its content is gone"),
        (html(SALE, title="site.test"), "gone"),
        (html(WORDS, title="Sign in"), "login"),
        (b"<div id=root></div><script src=x></script>", "scripts"),
        (b"", "empty"),
        (f"{REFRESH}{WORDS}".encode(), "sends its reader on"),
        (f"{REFRESH}This page has moved to another place.".encode(), "holds"),
    ],
)
def test_copies_that_are_no_page_are_refused(
    web: Web, live: LiveTransport, body: bytes, why: str
) -> None:
    url = web.url("/a/b")
    web.keep(url, body)
    said = refused(live, url)
    assert said.startswith("the public web archive's copy of 2021-03-04 is no use: ")
    assert why in said


@pytest.mark.parametrize("to", ["/", "/other", "/a/b/c"])
def test_a_copy_of_a_redirect_is_refused(web: Web, live: LiveTransport, to: str) -> None:
    url = web.url("/a/b")
    web.keep(web.url(to), html(WORDS))
    web.tell(url)
    web.routes[web.capture(url)] = (301, {"Location": web.capture(web.url(to))}, b"")
    assert "only sends its reader on" in refused(live, url)


def test_a_copy_that_leads_out_of_the_archive_is_refused(web: Web, live: LiveTransport) -> None:
    url = web.url("/a/b")
    web.tell(url)
    web.routes[web.capture(url)] = (302, {"Location": url}, b"")
    web.routes[url] = (200, HTML, html(WORDS))
    assert "only sends its reader on" in refused(live, url)


def test_a_capture_of_an_error_is_refused(web: Web, live: LiveTransport) -> None:
    url = web.url("/a")
    web.keep(url, html(WORDS), status=404)
    assert "answers 404" in refused(live, url)


# ── through a whole ingest ──────────────────────────────────────────────────────────────────────

PATH = """# A small path
## Month 1: One
### Week 1: First
#### Lights (2 hours)
- **Topics:**
  - Lighthouses
- **Resources:**
  - **Reading:** [On lights]({lights})
  - **Reading:** [On buoys]({buoys})
  - **Reading:** [On an old host](http://nowhere.invalid/fog)
"""


@pytest.fixture
def home(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home to be: the web of its path has a soft 404, a 404 and a host that is gone."""
    lights, buoys, fog = web.url("/lights"), web.url("/buoys"), "http://nowhere.invalid/fog"
    text = PATH.format(lights=lights, buoys=buoys)
    (tmp_path / "path.md").write_text(text, encoding="utf-8")
    web.routes[lights] = (200, HTML, html(SALE, title="site.test"))
    web.keep(lights, html(WORDS))
    web.routes[web.lookup(buoys)] = (200, {}, b'{"archived_snapshots": {}}')
    web.keep(fog, html("In fog a horn sounds, " + WORDS, title="Fog"))

    class Local(LiveTransport):
        def __init__(self, archive: Path, **limits: Any) -> None:
            pace = Pace(0, sleep=lambda _: None)
            super().__init__(archive, allow_private=True, resolve=look_up, pace=pace, **limits)

    monkeypatch.setattr(ingest.build, "LiveTransport", Local)
    return tmp_path / "home"


def ingest_into(
    home: Path, *, offline: bool = False, archive: Path | None = None, fallback: bool = True
) -> BuildSummary:
    options = BuildOptions(
        MODEL, home.parent, home.parent / "path.md", archive=archive, offline=offline,
        vectors=False, fallback=fallback,
    )  # fmt: skip
    opened = ingest.build.open_transport(home, options)
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(ingest.build, "open_transport", lambda *_: opened)
            return build_library(home, options, lambda _: None)
    finally:
        if isinstance(opened[0], LiveTransport):
            opened[0].close()


def ledger(home: Path) -> dict[str, SourceRow]:
    with open_library(home) as library:
        return {row.title: row for row in library.sources()}


def test_an_ingest_reads_copies_and_cites_them(web: Web, home: Path) -> None:
    ingest_into(home)
    rows = ledger(home)
    assert (rows["On lights"].status, rows["On lights"].reason) == (
        "partial", "archived copy of 2021-03-04; the page itself is gone",
    )  # fmt: skip
    assert rows["On lights"].fetched_at == "2021-03-04T05:06:07Z"
    assert rows["On an old host"].status == "partial"
    assert rows["On buoys"].status == "not-found"
    assert rows["On buoys"].reason.endswith(f"(answers 404); {NO_COPY}")
    with open_library(home) as library:
        entries = library.entries(library.passage_ids()).values()
    copies = [entry for entry in entries if entry.archived]
    assert {entry.title for entry in copies} == {"Lights", "Fog"}
    assert all(is_copy(entry.url) for entry in copies)
    assert not [entry for entry in entries if "for sale" in entry.passage.text]
    from assistant.cite import citation

    (entry,) = [entry for entry in copies if entry.title == "Lights"]
    cited = citation(1, entry, WORDS[:40], 0, None)
    assert cited.archived
    assert cited.deep_link.startswith(f"{fallback.CAPTURES}/{TIME}/{web.url('/lights')}")
    assert cited.as_of == "2021-03-04T05:06:07Z"


def test_a_replay_of_what_was_kept_gives_the_same(web: Web, home: Path) -> None:
    ingest_into(home)
    live = ledger(home)
    web.server.shutdown()
    asked = len(web.asked)
    archive = home / "archive" / "pages.warc.gz"
    replayed = home.parent / "replayed"
    ingest_into(replayed, offline=True, archive=archive)
    rows = ledger(replayed)
    for title in ("On lights", "On buoys", "On an old host"):
        assert rows[title] == live[title]
    assert len(web.asked) == asked
    assert ArchiveTransport(archive).problems == ()
    ingest_into(home, offline=True)
    again = ledger(home)["On lights"]
    assert (again.status, again.reason) == ("unchanged", live["On lights"].reason)
    assert (again.resolved_url, again.passages) == (
        live["On lights"].resolved_url, live["On lights"].passages,
    )  # fmt: skip


def test_without_the_fallback_nobody_is_asked(web: Web, home: Path) -> None:
    ingest_into(home, fallback=False)
    rows = ledger(home)
    assert {rows[t].status for t in ("On lights", "On buoys")} == {"not-found"}
    assert rows["On an old host"].status == "unreachable"
    assert web.asked_of("archive.test") == []
    assert "archive" not in rows["On buoys"].reason


@pytest.mark.parametrize(("option", "asks"), [((), True), (("--no-fallback",), False)])
def test_the_command_line_switches_it_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: tuple[str, ...], asks: bool
) -> None:
    given: list[BuildOptions] = []

    def stop(_: Path, options: BuildOptions, __: object) -> BuildSummary:
        given.append(options)
        raise InputError("enough")

    monkeypatch.setattr(ingest.build, "build_library", stop)
    assert ui.cli.main(["ingest", "--home", str(tmp_path), *option]) == 2
    assert given[0].fallback == asks


def test_offline_a_page_that_is_not_there_is_only_not_there(web: Web, home: Path) -> None:
    ingest_into(home, fallback=False)
    replayed = home.parent / "replayed"
    ingest_into(replayed, offline=True, archive=home / "archive" / "pages.warc.gz")
    rows = ledger(replayed)
    assert rows["On an old host"].status == "not-in-archive"
    assert rows["On buoys"].status == "not-found"
    assert NO_COPY not in rows["On buoys"].reason
    assert NO_ANSWER not in rows["On buoys"].reason


def test_a_copy_is_not_asked_for_again_and_the_page_itself_replaces_it(
    web: Web, home: Path
) -> None:
    ingest_into(home)
    before = ledger(home)["On lights"]
    web.asked.clear()
    ingest_into(home)
    row = ledger(home)["On lights"]
    assert (row.status, row.reason) == ("unchanged", before.reason)
    assert web.lookup(web.url("/lights")) not in web.asked
    assert web.capture(web.url("/lights")) not in web.asked
    web.routes[web.url("/lights")] = (200, HTML, html("It is back. " + WORDS))
    ingest_into(home)
    row = ledger(home)["On lights"]
    assert (row.status, row.resolved_url) == ("indexed", web.url("/lights"))
    with open_library(home) as library:
        entries = library.entries(library.passage_ids()).values()
    assert not [entry for entry in entries if entry.archived and entry.title == "Lights"]


def test_our_own_earlier_reading_is_kept_before_any_copy(web: Web, home: Path) -> None:
    lights = web.url("/lights")
    web.routes[lights] = (200, HTML, html("Read by ourselves. " + WORDS))
    ingest_into(home)
    web.routes[lights] = (410, HTML, b"")
    web.asked.clear()
    ingest_into(home)
    row = ledger(home)["On lights"]
    assert row.status == "unchanged"
    assert "what was read before is kept" in row.reason
    assert row.resolved_url == lights
    assert web.lookup(lights) not in web.asked


def test_a_link_sent_to_the_front_page_is_gone(web: Web, home: Path) -> None:
    deep = web.url("/blog/2019/buoys")
    text = (home.parent / "path.md").read_text().replace(web.url("/buoys"), deep)
    (home.parent / "path.md").write_text(text, encoding="utf-8")
    web.routes[deep] = (302, {"Location": "/"}, b"")
    web.routes[web.url("/")] = (200, HTML, html("Welcome. " + WORDS, title="Front"))
    ingest_into(home, fallback=False)
    row = ledger(home)["On buoys"]
    assert row.status == "not-found"
    assert "front page" in row.reason
    web.keep(deep, html("On buoys. " + WORDS, title="Buoys"))
    other = home.parent / "other"
    ingest_into(other)
    assert ledger(other)["On buoys"].status == "partial"
