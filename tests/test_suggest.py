"""Garbled addresses: what is wrong with them, and what the site itself says was meant."""

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import learning_path
from ingest.archive import ArchiveTransport, ArchiveWriter
from ingest.curriculum import load
from ingest.errors import FetchFailed
from ingest.fetch import LiveTransport, Page, Response
from ingest.garbled import what_is_garbled
from ingest.links import clean, safe_http
from ingest.pace import Pace
from ingest.suggest import (
    MOST_SITEMAPS,
    Suggestion,
    suggestion_for,
    with_suggestion,
)

SITE = "https://a.example"
BROKEN = f"{SITE}/docs/use_cases/Youtubeing/"
MEANT = f"{SITE}/docs/use_cases/question_answering/"
TEXT = (
    "<html><body><h1>A page</h1><p>A lighthouse shows ships at night where the rocks are, by the"
    " rhythm of its light, and every one of them has another rhythm.</p></body></html>"
)
GONE = FetchFailed("not-found", "the page is gone (answers 404)")


def sitemap(*addresses: str, index: bool = False) -> str:
    kind, each = ("sitemapindex", "sitemap") if index else ("urlset", "url")
    inner = "".join(f"<{each}><loc>{address}</loc></{each}>" for address in addresses)
    return (
        f'<?xml version="1.0"?><{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"{inner}</{kind}>"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def site(folder: Path, pages: dict[str, str | bytes]) -> ArchiveTransport:
    """Return a web in which each address answers with its page, and all others are not there."""
    file = folder / "pages.warc.gz"
    file.unlink(missing_ok=True)
    writer = ArchiveWriter(file)
    for url, text in {f"{SITE}/seen": TEXT, **pages}.items():
        body = text.encode() if isinstance(text, str) else text
        media = (("Content-Type", "text/html; charset=utf-8"),) if body.startswith(b"<html") else ()
        writer.append(Response(url, 200, "OK", media, body, "2026-01-02T03:04:05Z"))
    writer.close()
    return ArchiveTransport(file)


def suggested(folder: Path, link: str, pages: dict[str, str | bytes]) -> str:
    found = suggestion_for(link, site(folder, pages))
    assert found is not None
    assert found.why
    return found.address


# ── what is wrong ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("link", "why", "meant"),
    [
        ("https://https://a.example/x", "two schemes", "https://a.example/x"),
        ("http://https//a.example/x", "two schemes", "https://a.example/x"),
        ("https://http://https://a.example/x", "two schemes", "https://a.example/x"),
        ("htp://a.example/x", "misspelt", "https://a.example/x"),
        ("hhttps://a.example/x", "misspelt", "https://a.example/x"),
        ("https:/a.example/x", "misspelt", "https://a.example/x"),
        ("https//a.example/x", "misspelt", "https://a.example/x"),
        ("https:\\\\a.example/x", "misspelt", "https://a.example/x"),
        ("www.a.example/x", "no https", "https://www.a.example/x"),
        ("//a.example/x", "no https", "https://a.example/x"),
        ("a.example", "no https", "https://a.example"),
        ("<https://a.example/x>", "Markdown", "https://a.example/x"),
        ("https://a.example/x)", "Markdown", "https://a.example/x"),
        ("https://a.example/x**", "Markdown", "https://a.example/x"),
        ("`https://a.example/x`", "Markdown", "https://a.example/x"),
        ('https://a.example/x "A title"', "Markdown", "https://a.example/x"),
        ("[A title](https://a.example/x", "Markdown", "https://a.example/x"),
        ("https://a.example/x](https://a.example/x", "Markdown", "https://a.example/x"),
        ("https://a.example/x.", "Markdown", "https://a.example/x"),
        ("https://a.example/a\\_b", "Markdown", "https://a.example/a_b"),
        ("https://a.example/x?a=1&amp;b=2", "&amp;", "https://a.example/x?a=1&b=2"),
    ],
)
def test_garbled_addresses_and_what_they_may_mean(link: str, why: str, meant: str) -> None:
    garbled = what_is_garbled(link)
    assert garbled is not None
    assert why in garbled.why
    assert garbled.meant == (meant, meant.replace("https", "http"))


@pytest.mark.parametrize(
    ("link", "around"),
    [
        (BROKEN, (f"{SITE}/docs/use_cases/", "ing/")),
        (f"https://www.google.com/search?q={BROKEN}", (f"{SITE}/docs/use_cases/", "ing/")),
        ("https://Youtubeing/Youtubeing", ("https://Youtubeing/", "ing")),
        (f"{SITE}/the-Githubation-of/x", (f"{SITE}/the-", "ation-of/x")),
        (f"{SITE}/blog/some-lo…", (f"{SITE}/blog/some-lo", "")),
        (f"{SITE}/blog/.../end", (f"{SITE}/blog/", "/end")),
    ],
)
def test_a_replaced_stretch_is_found(link: str, around: tuple[str, str]) -> None:
    garbled = what_is_garbled(link)
    assert garbled is not None
    assert garbled.around == around
    assert garbled.meant == ()


def test_spaces_may_have_been_anything() -> None:
    garbled = what_is_garbled("https://a.example/x y")
    assert garbled is not None
    assert garbled.meant == (
        "https://a.example/xy", "https://a.example/x-y", "https://a.example/x_y",
        "https://a.example/x%20y",
    )  # fmt: skip


@pytest.mark.parametrize("link", [f"{SITE}/{{slug}}/", f"{SITE}/<name>/x", f"{SITE}/caf\ufffd"])
def test_what_only_the_owner_could_repair(link: str) -> None:
    garbled = what_is_garbled(link)
    assert garbled is not None
    assert (garbled.meant, garbled.around) == ((), None)


@pytest.mark.parametrize(
    "link",
    [
        "", "https://", "ftp://a.example/x", "mailto:me@a.example", "https://a.example/x_(y)",
        "https://t.co/x", "https://a.example/youtube", "https://a.example/YouTubers",
        "https://a.example/medium-sized", "https://a.example/google-cloud/githubs",
        "https://a.example/machine%20learning/", "http://[", "https://a.example/a..b?x=%7B%7D",
    ],
)  # fmt: skip
def test_sound_addresses_are_left_alone(link: str) -> None:
    assert what_is_garbled(link) is None


def test_exactly_one_link_of_the_path_looks_garbled() -> None:
    links = [r.link for r in load(learning_path()).resources if r.link]
    garbled = [link for link in links if what_is_garbled(link)]
    assert len(links) == 133
    assert len(garbled) == 1
    assert "“Youtube” stands inside the word “Youtubeing”" in str(what_is_garbled(garbled[0]))


@given(st.text(alphabet=st.sampled_from("htps:/\\.[]()<>*`'\" …{}a&;_-#?=%"), max_size=40))
def test_any_address_is_judged_in_words(link: str) -> None:
    garbled = what_is_garbled(link)
    assert garbled is None or ("\n" not in garbled.why and garbled.why)
    for address in garbled.meant if garbled else ():
        assert safe_http(address)


# ── what the site says ──────────────────────────────────────────────────────────────────────────


def test_the_one_address_of_the_sitemap_that_fits_is_suggested(folder: Path) -> None:
    others = [f"{SITE}/docs/use_cases/", f"{SITE}/docs/other/answering/", f"{SITE}/docs/x/y/ing/"]
    listed = sitemap(*others, MEANT, f"{SITE}/docs/use_cases/chatbots/")
    assert suggested(folder, BROKEN, {f"{SITE}/sitemap.xml": listed}) == MEANT


def test_a_wrapped_link_gets_the_same_suggestion(folder: Path) -> None:
    wrapped = f"https://www.google.com/search?q={BROKEN}"
    assert suggested(folder, wrapped, {f"{SITE}/sitemap.xml": sitemap(MEANT)}) == MEANT


def test_http_and_slash_make_no_second_address(folder: Path) -> None:
    both = sitemap(MEANT, MEANT.rstrip("/"), MEANT.replace("https", "http"))
    assert (
        suggested(folder, BROKEN, {f"{SITE}/sitemap.xml": both})
        .rstrip("/")
        .endswith("/question_answering")
    )


def test_two_that_fit_are_no_suggestion(folder: Path) -> None:
    listed = sitemap(MEANT, f"{SITE}/docs/use_cases/tagging/")
    assert suggested(folder, BROKEN, {f"{SITE}/sitemap.xml": listed}) == ""


@pytest.mark.parametrize(
    "listed",
    [
        "", "<html>", "no xml", "<urlset>", sitemap(), sitemap(BROKEN), sitemap("javascript:ing/"),
        sitemap("https://other.example/docs/use_cases/question_answering/"),
    ],
)  # fmt: skip
def test_no_evidence_is_no_suggestion(folder: Path, listed: str) -> None:
    assert suggested(folder, BROKEN, {f"{SITE}/sitemap.xml": listed}) == ""
    assert suggested(folder, BROKEN, {}) == ""


def test_entities_of_a_sitemap_are_not_opened(folder: Path) -> None:
    (folder / "secret").write_text(MEANT)
    hostile = (
        f'<!DOCTYPE urlset [<!ENTITY x SYSTEM "file://{folder}/secret">]>'
        "<urlset><url><loc>&x;</loc></url></urlset>"
    )
    assert suggested(folder, BROKEN, {f"{SITE}/sitemap.xml": hostile}) == ""


def test_sitemaps_are_found_by_robots_index_and_packed(folder: Path) -> None:
    pages: dict[str, str | bytes] = {
        f"{SITE}/robots.txt": "User-agent: *\nAllow: /\nSitemap: /maps/all.xml\n",
        f"{SITE}/maps/all.xml": sitemap(
            f"{SITE}/maps/1.xml.gz", "https://other.example/2.xml", index=True
        ),
        f"{SITE}/maps/1.xml.gz": gzip.compress(sitemap(MEANT).encode()),
        "https://other.example/2.xml": sitemap(f"{SITE}/docs/use_cases/tagging/"),
    }
    assert suggested(folder, BROKEN, pages) == MEANT


class Counting:
    """Counts what is asked of a web."""

    def __init__(self, web: ArchiveTransport) -> None:
        self.web = web
        self.asked: list[str] = []

    def get(self, url: str) -> Page:
        self.asked.append(url)
        return self.web.get(url)


def test_few_files_are_asked_for(folder: Path) -> None:
    many = [f"{SITE}/{n}.xml" for n in range(50)]
    pages: dict[str, str | bytes] = {name: sitemap(f"{SITE}/x") for name in many}
    web = Counting(site(folder, {f"{SITE}/sitemap.xml": sitemap(*many, index=True), **pages}))
    assert suggestion_for(BROKEN, web) is not None
    assert len(web.asked) <= MOST_SITEMAPS + 1
    web.asked.clear()
    assert suggestion_for(f"{SITE}/docs/sound/", web) is None
    assert web.asked == []


# ── through the ledger ──────────────────────────────────────────────────────────────────────────


def test_the_reason_names_the_suggestion(folder: Path) -> None:
    web = site(folder, {f"{SITE}/sitemap.xml": sitemap(MEANT)})
    said = with_suggestion(GONE, BROKEN, web)
    assert said.status == "not-found"
    assert said.reason == f"not found; the site has {MEANT}: change the link in your path"


def test_without_evidence_the_reason_says_what_is_odd(folder: Path) -> None:
    said = with_suggestion(GONE, BROKEN, site(folder, {}))
    assert said.status == "not-found"
    assert said.reason == (
        f"{GONE.reason}; the address looks garbled: “Youtube” stands inside the word “Youtubeing”,"
        " as if replaced there"
    )


@pytest.mark.parametrize("status", ["no-text", "login-wall", "unreachable", "robots-denied"])
def test_a_page_that_is_there_gets_no_suggestion(folder: Path, status: str) -> None:
    failure = FetchFailed(status, "why")
    web = site(folder, {f"{SITE}/sitemap.xml": sitemap(MEANT)})
    assert with_suggestion(failure, BROKEN, web) is failure
    assert with_suggestion(GONE, f"{SITE}/sound", web) is GONE


def test_an_address_that_is_none_gets_one_anyway(folder: Path) -> None:
    web = site(folder, {})
    with pytest.raises(FetchFailed) as caught:
        LiveTransport().get("htp://a.example/seen")
    said = with_suggestion(caught.value, "htp://a.example/seen", web)
    assert said.reason == f"not found; the site has {SITE}/seen: change the link in your path"
    said = with_suggestion(caught.value, "htp://a.example/other", web)
    assert said.status == "unreachable"
    assert said.reason.endswith("the address looks garbled: its scheme is misspelt")


def test_the_garbled_link_of_the_captured_path_is_told(full_warc: Path) -> None:
    (link,) = [r.link for r in load(learning_path()).resources if "Youtubeing" in (r.link or "")]
    web = ArchiveTransport(full_warc)
    with pytest.raises(FetchFailed) as caught:
        web.get(clean(link or ""))
    said = with_suggestion(caught.value, link or "", web)
    assert said.status == "not-found"
    assert "answers 404" in said.reason
    assert "“Youtubeing”" in said.reason
    assert "change the link" not in said.reason  # the capture holds no sitemap of that site


# ── a live site ─────────────────────────────────────────────────────────────────────────────────


class Live:
    """A server that answers as a test says; `asked` are the paths it was asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.moved: dict[str, str] = {}
        self.catches_all = False
        self.asked: list[str] = []
        live = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                live.asked.append(self.path)
                body = live.pages.get(self.path, TEXT if live.catches_all else "").encode()
                if self.path == "/robots.txt":
                    body = b""
                target = live.moved.get(self.path)
                self.send_response(301 if target else 200 if body else 404)
                if target:
                    self.send_header("Location", target)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.server.daemon_threads = True
        self.name = f"site.test:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def live() -> Iterator[Live]:
    served = Live()
    yield served
    served.server.shutdown()
    served.server.server_close()


def ask(link: str) -> Suggestion:
    transport = LiveTransport(
        allow_private=True,
        resolve=lambda host, port: ("127.0.0.1",),
        pace=Pace(0, sleep=lambda _: None),
    )
    found = suggestion_for(link, transport)
    transport.close()
    assert found is not None
    return found


def test_a_repaired_address_that_the_site_answers_is_suggested(live: Live) -> None:
    live.pages["/guides/lights"] = TEXT
    link = f"http://http://{live.name}/guides/lights)"
    assert ask(link).address == f"http://{live.name}/guides/lights"


def test_a_redirect_of_the_site_leads_to_the_suggestion(live: Live) -> None:
    live.pages["/new/lights"] = TEXT
    live.moved["/guides/lights"] = "/new/lights"
    link = f"http://http://{live.name}/guides/lights"
    assert ask(link).address == f"http://{live.name}/new/lights"


def test_the_one_reading_of_a_space_that_answers_is_suggested(live: Live) -> None:
    live.pages["/guides/sea-lights"] = TEXT
    assert ask(f"http://{live.name}/guides/sea lights").address.endswith("/guides/sea-lights")
    live.pages["/guides/sea_lights"] = TEXT
    assert ask(f"http://{live.name}/guides/sea lights").address == ""


def test_a_site_that_answers_everything_makes_nothing_certain(live: Live) -> None:
    live.catches_all = True
    assert ask(f"http://{live.name}/guides/sea lights").address == ""


@pytest.mark.parametrize("answer", ["", "<html><title>Page not found</title><p>Nothing."])
def test_a_repaired_address_that_is_gone_too_is_no_suggestion(live: Live, answer: str) -> None:
    live.pages["/guides/lights"] = answer
    assert ask(f"http://http://{live.name}/guides/lights").address == ""


def test_a_repaired_address_that_is_sent_to_the_front_page_is_no_suggestion(live: Live) -> None:
    live.pages["/"] = TEXT
    live.moved["/guides/lights"] = "/"
    assert ask(f"http://http://{live.name}/guides/lights").address == ""
