"""Documentation sites, books and courses: which pages belong to a link, and in which order."""

import gzip
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.archive import ArchiveTransport
from ingest.errors import FetchFailed
from ingest.fetch import Page
from ingest.sources import Fetched, Limits, fetch_resource
from ingest.sources.fetched import share_read
from ingest.sources.site import Scope, choose_scope, links_of
from ingest.sources.sitemap import parse_sitemap
from tests.written_web import WrittenWeb

DOCS = "https://docs.site.example"
GUIDE = f"{DOCS}/en/stable/guide"


def page(*links: str, text: str = "") -> bytes:
    inner = "".join(f'<a href="{link}">x</a>' for link in links)
    return f"<html><body><p>{text or links}</p>{inner}</body></html>".encode()


def sitemap(*addresses: str) -> bytes:
    inner = "".join(f"<url><loc>{address}</loc></url>" for address in addresses)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0"?><urlset xmlns="{space}">{inner}</urlset>'.encode()


def index(*addresses: str) -> bytes:
    inner = "".join(f"<sitemap><loc>{address}</loc></sitemap>" for address in addresses)
    return f"<sitemapindex>{inner}</sitemapindex>".encode()


def fetch(url: str, web: WrittenWeb, limits: Limits = Limits()) -> Fetched:  # noqa: B008
    resource: Any = SimpleNamespace(url=url)
    return fetch_resource(resource, web, limits)


def read(url: str, pages: Mapping[str, Any], limits: Limits = Limits()) -> list[str]:  # noqa: B008
    fetched = fetch(url, WrittenWeb(pages), limits)
    return [page.resolved_url.removeprefix(f"{GUIDE}/") for page in fetched.pages]


# ── what is an entry ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "prefix"),
    [
        ("https://docs.site.example/", "/"),
        ("https://tool.readthedocs.io/en/latest/", "/en/latest/"),
        ("https://who.github.io/Handbook/", "/Handbook/"),
        ("https://site.example/book/", "/book/"),
        ("https://site.example/docs/index.html", "/docs/"),
        ("https://site.example/tool/README.html", "/tool/"),
        ("https://site.example/tutorials/beginner/intro.html", "/tutorials/beginner/"),
        ("https://site.example/developers/tool/quickstart", "/developers/tool/"),
        ("https://site.example/docs/start", "/docs/"),
        ("https://site.example/docs/tutorials/tutorial_overview", "/docs/tutorials/"),
        ("https://docs.site.example/en/stable/getting_started/starter_example.html",
         "/en/stable/getting_started/"),
        ("https://docs.site.example/en/latest/getstarted/evaluation.html",
         "/en/latest/getstarted/"),
        ("https://site.example/course/chapter1/1", "/course/chapter1/"),
        ("http://book.example/chap1.html", "/"),
        ("https://site.example/crash-course/ml-intro", "/crash-course/"),
        ("https://docs.site.example/guide/?utm_source=path", "/guide/"),
    ],
)  # fmt: skip
def test_an_entry_means_its_folder(url: str, prefix: str) -> None:
    scope = choose_scope(url, url, ())
    assert scope is not None
    assert scope.prefix == prefix


@pytest.mark.parametrize(
    "url",
    [
        "https://site.example/",
        "https://site.example/stable/modules/preprocessing.html",
        "https://docs.site.example/reference/hybrid",
        "https://site.example/blog/intro/",
        "https://site.example/blog/",
        "https://site.example/2020/03/14/introduction/",
        "https://who.github.io/2015/08/notes/",
        "https://site.example/newsletter/",
        "https://site.example/content/principles",
        "https://docs.site.example/guide/?page=2",
        "https://site.example/docs/task_guides/token-classification-lora",
        "https://site.example/docs/circuitbreaker",
    ],
)
def test_a_post_and_a_page_of_a_reference_mean_themselves(url: str) -> None:
    assert choose_scope(url, url, ()) is None


def test_a_page_with_pages_below_it_is_their_folder() -> None:
    url = "https://site.example/doc/start"
    below = [f"{url}/{name}" for name in ("data", "models", "metrics")]
    scope = choose_scope(url, url, below)
    assert scope is not None
    assert scope.prefix == "/doc/start/"


def test_a_redirect_further_in_keeps_what_was_linked() -> None:
    linked = "https://site.example/crash-course/ml-intro"
    inside = "https://site.example/crash-course/descending/video-lecture"
    scope = choose_scope(linked, inside, ())
    assert scope is not None
    assert scope.prefix == "/crash-course/"
    assert choose_scope(linked, "https://site.example/other/video-lecture", ()) is None
    versioned = choose_scope(f"{DOCS}/", f"{DOCS}/en/stable/", ())
    assert versioned is not None
    assert versioned.prefix == "/en/stable/"


# ── what belongs to it ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path",
    ["", "a.html", "b/c/", "00.00-preface.html", "f.a.q.", "search/hybrid", "what-is-it.html",
     "v1beta1/a", "user/index.html", "history-of-it", "ml/intro", "go/start", "en/a"],
)  # fmt: skip
def test_pages_of_the_folder_are_held(path: str) -> None:
    scope = Scope(DOCS, "/en/stable/guide/")
    assert scope.holds(f"{GUIDE}/{path}")
    assert scope.holds(f"{GUIDE}/{path}".replace("https://", "http://"))


@pytest.mark.parametrize(
    "path",
    ["a.pdf", "a.ipynb", "a.html?page=2", "feed", "feed.xml", "rss/", "genindex.html", "search",
     "search.html", "py-modindex.html", "print.html", "tags/x", "tag/x/", "changelog/1.2",
     "changelog.html", "whats_new.html", "_modules/a.html", "_sources/a.rst", "login",
     "zh/a", "fr/b/", "zh-cn/a", "ch00-pt.html", "index.ja.html", "a_zh.html", "latest/a",
     "v1.2/a", "../a.html", "contributing/a.html"],
)  # fmt: skip
def test_lists_files_translations_and_versions_are_not(path: str) -> None:
    scope = Scope(DOCS, "/en/stable/guide/")
    assert not scope.holds(f"{GUIDE}/{path}")


def test_neighbours_are_not() -> None:
    scope = Scope(DOCS, "/en/stable/guide/")
    for url in (
        f"{DOCS}/en/stable/guide2/a.html",
        f"{DOCS}/en/stable/",
        "https://docs.site.example.evil.example/en/stable/guide/a.html",
        "https://other.example/en/stable/guide/a.html",
        "javascript:alert(1)//docs.site.example/en/stable/guide/a.html",
    ):
        assert not scope.holds(url)


def test_the_linked_language_is_the_one_that_is_read() -> None:
    scope = Scope(DOCS, "/fr/")
    assert scope.holds(f"{DOCS}/fr/a.html")
    assert scope.holds(f"{DOCS}/fr/a-fr.html")
    assert not scope.holds(f"{DOCS}/fr/en/a.html")


def test_a_site_without_versions_in_its_link_is_read_in_its_newest() -> None:
    scope = Scope(DOCS, "/")
    assert scope.holds(f"{DOCS}/en/stable/a.html")
    assert not scope.holds(f"{DOCS}/en/v1.0/a.html")
    assert not scope.holds(f"{DOCS}/en/dev/a.html")


# ── the crawl ───────────────────────────────────────────────────────────────────────────────────


def test_the_table_of_contents_comes_before_the_sitemap_and_further_links() -> None:
    pages = {
        f"{GUIDE}/": page("two.html", "one.html#part", "/elsewhere", "two.html"),
        f"{GUIDE}/one.html": page("four.html", text="one"),
        f"{GUIDE}/two.html": page(text="two"),
        f"{GUIDE}/far/three.html": page(text="three"),
        f"{GUIDE}/near.html": page(text="near"),
        f"{GUIDE}/four.html": page("five.html", text="four"),
        f"{GUIDE}/five.html": page(text="five"),
        f"{GUIDE}/sitemap.xml": sitemap(f"{GUIDE}/far/three.html", f"{GUIDE}/near.html"),
    }
    assert read(f"{GUIDE}/", pages) == [
        "", "two.html", "one.html", "near.html", "far/three.html", "four.html",
    ]  # fmt: skip
    deeper = read(f"{GUIDE}/", pages, Limits(depth=3))
    assert deeper[-1] == "five.html"
    assert read(f"{GUIDE}/", pages, Limits(depth=0)) == [""]
    assert read(f"{GUIDE}/", pages, Limits(pages=1)) == [""]


def test_a_site_that_is_read_whole_needs_no_reason() -> None:
    fetched = fetch(f"{GUIDE}/", WrittenWeb({f"{GUIDE}/": page("a"), f"{GUIDE}/a": page()}))
    assert (len(fetched.pages), fetched.status, fetched.reason) == (2, "indexed", "")


def test_what_the_limit_of_pages_keeps_away_is_counted() -> None:
    links = [f"p{number}.html" for number in range(102)]
    pages = {f"{GUIDE}/": page(*links)} | {f"{GUIDE}/{link}": page(text=link) for link in links}
    web = WrittenWeb(pages)
    fetched = fetch(f"{GUIDE}/", web)
    assert len(fetched.pages) == 25
    assert fetched.reason == "the first 25 of 103 pages"
    assert sum(asked.endswith(".html") for asked in web.asked) == 24


def test_the_limit_of_bytes_is_kept() -> None:
    pages = {f"{GUIDE}/": page("a", "b", "c"), f"{GUIDE}/a": page(text="a" * 500),
             f"{GUIDE}/b": page(text="b" * 5_000), f"{GUIDE}/c": page(text="c")}  # fmt: skip
    fetched = fetch(f"{GUIDE}/", WrittenWeb(pages), Limits(bytes=2_000))
    assert [page.url.removeprefix(f"{GUIDE}/") for page in fetched.pages] == ["", "a"]
    assert fetched.reason == "the first 2 of 4 pages"


def test_pages_that_fail_are_counted_and_the_rest_is_read() -> None:
    links = [f"p{number}" for number in range(24)]
    pages: dict[str, Any] = {f"{GUIDE}/": page(*links)}
    pages |= {f"{GUIDE}/{link}": page(text=link) for link in links}
    pages[f"{GUIDE}/p3"] = "robots-denied"
    fetched = fetch(f"{GUIDE}/", WrittenWeb(pages))
    assert fetched.status == "indexed"
    assert fetched.reason == "24 of 25 pages; 1 denied by robots.txt"
    pages |= {f"{GUIDE}/p4": "not-found", f"{GUIDE}/p5": "not-found"}
    assert fetch(f"{GUIDE}/", WrittenWeb(pages)).reason == (
        "22 of 25 pages; 2 gone, 1 denied by robots.txt"
    )


def test_a_linked_page_that_fails_fails_the_resource() -> None:
    with pytest.raises(FetchFailed, match="robots-denied"):
        fetch(f"{GUIDE}/", WrittenWeb({f"{GUIDE}/": "robots-denied", f"{GUIDE}/a": page()}))


def test_a_host_that_falls_silent_is_left_alone() -> None:
    links = [f"p{number}" for number in range(20)]
    web = WrittenWeb(
        {f"{GUIDE}/": page(*links)} | {f"{GUIDE}/{link}": "unreachable" for link in links}
    )
    fetched = fetch(f"{GUIDE}/", web)
    assert len(fetched.pages) == 1
    assert sum("/p" in asked for asked in web.asked) == 3
    assert fetched.reason == "the first 1 of 21 pages; 3 unreachable"


def test_a_list_of_missing_pages_is_not_asked_for_ever() -> None:
    web = WrittenWeb({f"{GUIDE}/": page(*(f"p{number}" for number in range(500)))})
    assert "30 gone" in fetch(f"{GUIDE}/", web, Limits(pages=30)).reason
    assert sum("/p" in asked for asked in web.asked) == 30


def test_one_page_under_several_addresses_is_read_once() -> None:
    twin = page(text="the very same")
    pages = {
        f"{GUIDE}/": page("index.html", "a", "a.html", "a/", "b", "c", "old"),
        f"{GUIDE}/a": page(text="a"),
        f"{GUIDE}/b": twin,
        f"{GUIDE}/c": twin,
        f"{GUIDE}/old": (f"{GUIDE}/a", page(text="a")),
    }
    assert read(f"{GUIDE}/", pages) == ["", "a", "b"]


def test_what_leads_out_or_is_no_page_is_dropped() -> None:
    pages = {
        f"{GUIDE}/": page("out", "data", "fine"),
        f"{GUIDE}/out": ("https://other.example/login", page(text="elsewhere")),
        f"{GUIDE}/data": b"\x00\x01binary",
        f"{GUIDE}/fine": page(text="fine"),
    }
    assert read(f"{GUIDE}/", pages) == ["", "fine"]


def test_a_circle_of_links_ends() -> None:
    pages = {f"{GUIDE}/": page("a"), f"{GUIDE}/a": page("b", "."), f"{GUIDE}/b": page("a", "b")}
    assert read(f"{GUIDE}/", pages, Limits(depth=50)) == ["", "a", "b"]


def test_elsewhere_only_several_pages_make_a_site() -> None:
    home = "https://site.example/tool/"
    three = {f"{home}{name}": page(text=name) for name in "abc"}
    assert len(fetch(home, WrittenWeb({home: page("a", "b", "c"), **three})).pages) == 4
    assert len(fetch(home, WrittenWeb({home: page("a", "b"), **three})).pages) == 1
    listed = {home: page(), f"{home}sitemap.xml": sitemap(*three), **three}
    assert len(fetch(home, WrittenWeb(listed)).pages) == 4


def test_a_single_page_asks_for_nothing_else() -> None:
    url = "https://site.example/blog/intro/"
    web = WrittenWeb({url: page("/blog/intro/a", "/blog/intro/b", "/blog/intro/c")})
    assert len(fetch(url, web).pages) == 1
    assert web.asked == [url]


def test_a_text_file_is_no_site() -> None:
    url = f"{DOCS}/index"
    assert len(fetch(url, WrittenWeb({url: b"See <a href='a'>"})).pages) == 1


def test_links_are_taken_as_a_browser_reads_them() -> None:
    body = (
        b'<html><head><base href="/base/"></head><body><a href=" a b ">1</a><a href="#top">2</a>'
        b'<a rel="nofollow" href="no">3</a><a href="mailto:x@y.z">4</a><a href="http://[">5</a>'
        b'<a>6</a><a href="//cdn.example/x">7</a></body></html>'
    )
    here = Page(GUIDE, GUIDE, 200, "text/html", body, "")
    assert links_of(here) == (f"{DOCS}/base/a%20b", f"{DOCS}/base/", "https://cdn.example/x")


def test_a_page_of_countless_links_is_read_in_time() -> None:
    web = WrittenWeb({f"{GUIDE}/": page(*(f"p{number}" for number in range(60_000)))})
    began = time.perf_counter()
    fetch(f"{GUIDE}/", web, Limits(pages=2))
    assert time.perf_counter() - began < 10


# ── sitemaps ────────────────────────────────────────────────────────────────────────────────────


def test_a_sitemap_is_found_where_robots_txt_says() -> None:
    pages = {
        f"{GUIDE}/": page(),
        f"{DOCS}/robots.txt": f"User-agent: *\nSitemap: {DOCS}/maps/all.xml.gz\n".encode(),
        f"{DOCS}/maps/all.xml.gz": gzip.compress(
            index(f"{DOCS}/maps/blog.xml", f"{DOCS}/maps/guide.xml")
        ),
        f"{DOCS}/maps/blog.xml": sitemap(f"{DOCS}/blog/a"),
        f"{DOCS}/maps/guide.xml": sitemap(f"{GUIDE}/a", f"{DOCS}/en/stable/other/b"),
        f"{GUIDE}/a": page(text="a"),
    }  # fmt: skip
    web = WrittenWeb(pages)
    assert [page.url for page in fetch(f"{GUIDE}/", web).pages] == [f"{GUIDE}/", f"{GUIDE}/a"]
    # The part that is named like the folder is asked for first.
    assert web.asked.index(f"{DOCS}/maps/guide.xml") < web.asked.index(f"{DOCS}/maps/blog.xml")


def test_a_sitemap_is_looked_for_from_the_folder_up() -> None:
    pages = {f"{GUIDE}/": page(), f"{DOCS}/en/sitemap.xml": sitemap(f"{GUIDE}/a"),
             f"{GUIDE}/a": page(text="a")}  # fmt: skip
    web = WrittenWeb(pages)
    assert len(fetch(f"{GUIDE}/", web).pages) == 2
    assert [asked for asked in web.asked if "sitemap" in asked] == [
        f"{GUIDE}/sitemap.xml", f"{DOCS}/en/stable/sitemap.xml", f"{DOCS}/en/sitemap.xml",
    ]  # fmt: skip


def test_an_endless_index_is_not_followed() -> None:
    endless = index(*(f"{DOCS}/{number}.xml" for number in range(1_000)))
    pages = {f"{GUIDE}/": page(), **{f"{DOCS}/{number}.xml": endless for number in range(1_000)}}
    pages |= {f"{DOCS}/robots.txt": f"Sitemap: {DOCS}/1.xml\nSitemap: {DOCS}/2.xml\n".encode()}
    web = WrittenWeb(pages)
    assert len(fetch(f"{GUIDE}/", web).pages) == 1
    assert sum(asked.endswith(".xml") for asked in web.asked) <= 8


def test_entities_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "lol">' + b"".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">'.encode() for n in range(12)
    )
    outside = b'<!ENTITY file SYSTEM "file:///etc/passwd">]>'
    entry = b"<urlset><url><loc>https://a.example/&%s;</loc></url><url><loc>%s</loc></url></urlset>"
    began = time.perf_counter()
    for name in (b"m", b"file"):
        sitemaps, pages = parse_sitemap(bomb + outside + entry % (name, b"https://a.example/b"))
        assert (sitemaps, set(pages) - {"https://a.example/b"}) == ((), set())
    assert time.perf_counter() - began < 2


def test_a_packed_bomb_is_not_unpacked_to_its_end() -> None:
    # 200 MB of blanks: the address behind them lies past the protocol's 50 MB.
    bomb = gzip.compress(b"<urlset>" + b" " * 200_000_000 + sitemap(f"{DOCS}/late"), 1)
    began = time.perf_counter()
    assert parse_sitemap(bomb) == ((), ())
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    "body",
    [b"", b"   ", b"no xml", b"<html><body>404</body></html>", b"\x1f\x8b broken", b"<urlset>",
     b"<urlset><url/><url><loc/></url><url><loc>ftp://a/b</loc></url></urlset>",
     b"<urlset><url><loc>javascript:x</loc></url></urlset>", b"<?xml version='1.0'?>",
     b"<sitemapindex><?pi?><!-- c --></sitemapindex>"],
)  # fmt: skip
def test_what_is_no_sitemap_lists_nothing(body: bytes) -> None:
    assert parse_sitemap(body) == ((), ())


@given(st.binary(max_size=500))
def test_any_bytes_are_survived(body: bytes) -> None:
    for given_bytes in (body, b"<urlset>" + body, gzip.compress(body, 1), b"\x1f\x8b" + body):
        parse_sitemap(given_bytes)


# ── what is said ────────────────────────────────────────────────────────────────────────────────


@given(
    st.integers(1, 99),
    st.integers(0, 99),
    st.dictionaries(st.sampled_from(["not-found", "robots-denied", "odd"]), st.integers(1, 9)),
)
def test_the_share_that_was_read_adds_up(read: int, left: int, missed: dict[str, int]) -> None:
    words = share_read(read, left, Counter(missed))
    whole = read + left + sum(missed.values())
    assert (words == "") == (read == whole)
    assert not words or f"{read} of {whole} pages" in words
    assert ("the first" in words) == (left > 0)
    assert all(f"{count} " in words for count in missed.values())


PATHS = st.lists(
    st.sampled_from(
        ["docs", "en", "zh", "stable", "v1.2", "a", "intro", "index.html", "", "..", "blog"]
    ),
    max_size=6,
)  # fmt: skip


@given(PATHS, st.lists(PATHS, max_size=8))
def test_a_crawl_stays_in_its_folder(entry: list[str], linked: list[list[str]]) -> None:
    home = f"{DOCS}/docs/" + "/".join(entry)
    links = [f"{DOCS}/{'/'.join(path)}" for path in linked]
    web = WrittenWeb(
        {home: page(*links), **{link: page(text=link) for link in links if link != home}}
    )
    fetched = fetch(home, web)
    assert fetched.pages[0].url == home
    addresses = [page.resolved_url for page in fetched.pages]
    assert len(set(addresses)) == len(addresses)
    scope = choose_scope(home, home, links_of(fetched.pages[0]))
    assert all(scope is not None and scope.holds(address) for address in addresses[1:])


# ── the captured pages ──────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def archive(full_warc: Path) -> ArchiveTransport:
    return ArchiveTransport(full_warc)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "count", "second", "word"),
    [
        ("https://jakevdp.github.io/PythonDataScienceHandbook/", 25, "00.00-preface.html",
         "the first 25 of"),
        ("https://www.nltk.org/book/", 23, "ch00.html", ""),
        ("http://neuralnetworksanddeeplearning.com/chap1.html", 13, "index.html", ""),
        ("https://course.spacy.io/en/", 5, "chapter1", ""),
        ("https://huggingface.co/docs/peft/index", 25, "quicktour", "62 denied by robots.txt"),
        ("https://pytorch.org/serve/", 25, "getting_started.html", "4 denied by robots.txt"),
        ("https://dvc.org/doc/start", 7, "", ""),
        ("https://docs.ragas.io/en/latest/getstarted/evaluation.html", 6, "index.html", ""),
        ("https://scikit-learn.org/stable/modules/preprocessing.html", 1, "", ""),
        ("https://jalammar.github.io/illustrated-transformer/", 1, "", ""),
        ("https://ruder.io/optimizing-gradient-descent/", 1, "", ""),
        ("https://victorzhou.com/blog/intro-to-neural-networks/", 1, "", ""),
        ("https://weaviate.io/developers/weaviate/search/hybrid", 1, "", ""),
        ("https://ml-ops.org/content/mlops-principles", 1, "", ""),
    ],
)  # fmt: skip
def test_links_of_the_capture(
    archive: ArchiveTransport, url: str, count: int, second: str, word: str
) -> None:
    fetched = fetch(url, archive)  # type: ignore[arg-type]
    assert fetched.status == "indexed"
    assert len(fetched.pages) == count
    assert word in fetched.reason
    assert fetched.pages[0].url == url
    if second:
        assert fetched.pages[1].resolved_url.endswith(second)
    hosts = {urlsplit(page.resolved_url).netloc for page in fetched.pages}
    assert len(hosts) == 1
    assert not any("/zh" in page.resolved_url for page in fetched.pages)
