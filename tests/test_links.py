"""Links are unwrapped, cleaned, compared by page and sorted by kind, whatever text comes in."""

import gzip
from csv import DictReader
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.links import (
    classify,
    clean,
    deep_link,
    languages_in,
    normalise,
    safe_http,
    unwrap,
)

SEARCH = "https://www.google.com/search?q="


@pytest.mark.parametrize(
    ("wrapped", "inner"),
    [
        (
            SEARCH + "https://www.youtube.com/watch%3Fv%3DGd0FFRvpJ1E",
            "https://www.youtube.com/watch?v=Gd0FFRvpJ1E",
        ),
        (
            SEARCH + "https://github.com/pgvector/pgvector%23tutorial",
            "https://github.com/pgvector/pgvector#tutorial",
        ),
        (SEARCH + "https%3A%2F%2Fexample.org%2Fa%3Fb%3D1%26c%3D2", "https://example.org/a?b=1&c=2"),
        (SEARCH + "https://example.org/a&sourceid=chrome&ie=UTF-8", "https://example.org/a"),
        # Wrapped without any encoding: the rest of the query and the fragment are the page's own.
        (SEARCH + "https://example.org/a?b=1&c=2&sa=X#part", "https://example.org/a?b=1&c=2#part"),
        (SEARCH + SEARCH + "https://example.org/", "https://example.org/"),
        ("http://google.com/url?sa=t&url=https://example.org/x&ved=1", "https://example.org/x"),
        ("https://www.google.com/url?q=https://example.org/x%2520y", "https://example.org/x%20y"),
        ("HTTPS://WWW.GOOGLE.COM/search?q=https://example.org/x", "https://example.org/x"),
        (" " + SEARCH + "https://example.org/x ", "https://example.org/x"),
        (SEARCH + "https://example.org/caf%C3%A9", "https://example.org/caf%C3%A9"),
    ],
)
def test_unwrap_takes_the_page_out_of_the_search(wrapped, inner):
    assert unwrap(wrapped) == inner


@pytest.mark.parametrize(
    "url",
    [
        SEARCH + "how+does+hnsw+work",
        SEARCH + "https://example.org+review",
        SEARCH + "javascript:alert(1)",
        SEARCH,
        "https://www.google.com/maps?q=https://example.org/",
        "https://scholar.google.com/search?q=https://example.org/",
        "https://google.com.example.org/search?q=https://example.org/",
        "https://duckduckgo.com/search?q=https://example.org/",
        "https://example.org/?url=https://other.org/",
        "https://www.google.com/search?oq=https://example.org/",
        "www.google.com/search?q=https://example.org/",
        "",
        "Feature Engine documentation",
    ],
)
def test_unwrap_leaves_everything_else_alone(url):
    assert unwrap(url) == url


def test_clean_encodes_what_no_address_may_hold_and_nothing_twice():
    assert clean(" https://example.org/a b/ü?q=“x”%20y ") == (
        "https://example.org/a%20b/%C3%BC?q=%E2%80%9Cx%E2%80%9D%20y"
    )
    assert clean(SEARCH + "https://example.org/a%20b") == "https://example.org/a%20b"
    assert clean("https://example.org/machine%20learning/") == (
        "https://example.org/machine%20learning/"
    )


@pytest.mark.parametrize(
    "ways",
    [
        ("https://example.org", "http://example.org/", "HTTPS://EXAMPLE.org:443/#top"),
        ("https://example.org/a/", "http://example.org:80/a", "https://example.org/b/.././a//"),
        ("https://example.org/a?b=1&c=2", "https://example.org/a/?c=2&utm_source=news&b=1&gclid=9"),
        ("https://example.org/a?ref=main", "https://example.org/a?UTM_Medium=x&fbclid=1"),
        (
            "https://example.org/~me/%C3%BC",
            "https://example.org/%7Eme/ü",
            "https://example.org/%7eme/%c3%bc",
        ),
        ("https://me:secret@example.org/a", "https://example.org/a"),
        (SEARCH + "https://example.org/a%3Fb%3D1", "https://example.org/a?b=1"),
        (
            "https://www.youtube.com/watch?v=T-D1OfcDW1M",
            "https://youtu.be/T-D1OfcDW1M?si=abc&t=42",
            "http://m.youtube.com/watch?feature=share&v=T-D1OfcDW1M",
            "https://www.youtube.com/embed/T-D1OfcDW1M?start=3",
            "https://www.youtube-nocookie.com/embed/T-D1OfcDW1M",
            "https://www.youtube.com/shorts/T-D1OfcDW1M",
        ),
        (
            "https://www.youtube.com/watch?v=abc&list=PL1",
            "https://youtu.be/abc?list=PL1",
            "https://www.youtube.com/watch?list=PL1&index=2&v=abc",
        ),
        (
            "https://www.youtube.com/playlist?list=PL1",
            "https://m.youtube.com/playlist?list=PL1&si=x",
            "https://www.youtube.com/embed/videoseries?list=PL1",
        ),
        (
            "https://arxiv.org/abs/1706.03762",
            "http://arxiv.org/pdf/1706.03762v5",
            "https://www.arxiv.org/pdf/1706.03762.pdf",
            "https://export.arxiv.org/abs/1706.03762v7",
            "https://arxiv.org/html/1706.03762v7",
        ),
        ("https://arxiv.org/abs/hep-th/9901001", "https://arxiv.org/pdf/hep-th/9901001v2"),
        (
            "https://github.com/tensorflow/tfx",
            "https://github.com/TensorFlow/tfx/",
            "https://github.com/TensorFlow/TFX.git",
        ),
        (
            "https://github.com/tensorflow/tfx/tree/master/Docs",
            "https://github.com/TensorFlow/TFX/tree/master/Docs#readme",
        ),
    ],
)
def test_two_ways_to_one_page_are_one(ways):
    assert {normalise(way) for way in ways} == {normalise(ways[0])}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "https://example.org/A"),
        ("https://example.org/a", "https://www.example.org/a"),
        ("https://example.org/a", "https://example.org:8443/a"),
        ("https://example.org/?reference=5", "https://example.org/?reference=6"),
        ("https://example.org/?glossary=bias", "https://example.org/?glossary=loss"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org/a//b", "https://example.org/a/b"),
        ("https://example.org/a/index.html", "https://example.org/a/"),
        ("https://youtu.be/abc", "https://youtu.be/ABC"),
        ("https://arxiv.org/abs/1706.03762", "https://arxiv.org/abs/2106.09685"),
        ("https://github.com/o/r/blob/main/A.md", "https://github.com/o/r/blob/main/a.md"),
        ("https://github.com/o/r", "https://github.com/o/r2"),
    ],
)
def test_two_pages_stay_two(one, other):
    assert normalise(one) != normalise(other)


def test_the_canonical_forms_are_pinned():
    # Documents are named after these: a change here renames every document of every library.
    assert normalise("http://Example.org/a/?b=2&a=1#x") == "https://example.org/a?a=1&b=2"
    assert normalise("https://youtu.be/abc?list=PL1") == (
        "https://www.youtube.com/watch?v=abc&list=PL1"
    )
    assert normalise("https://arxiv.org/pdf/2106.09685v2") == "https://arxiv.org/abs/2106.09685"
    assert normalise("http://neuralnetworksanddeeplearning.com/chap1.html") == (
        "https://neuralnetworksanddeeplearning.com/chap1.html"
    )
    assert normalise("not an address") == "not an address"


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("video", "https://www.youtube.com/watch?v=QUT1VHiLmmI"),
        ("video", "https://youtu.be/QUT1VHiLmmI"),
        ("video", SEARCH + "https://www.youtube.com/watch%3Fv%3Dtf"),
        ("video", "https://www.youtube.com/playlist?list=PLblh5JKOoLUICTaGLRoHQDuF_7q2GfuJF"),
        ("video", "https://vimeo.com/12345"),
        ("article", "https://vimeo.com/about"),
        ("arxiv", "https://arxiv.org/abs/1706.03762"),
        ("arxiv", "https://arxiv.org/pdf/1706.03762v5.pdf"),
        ("article", "https://arxiv.org/list/cs.CL/recent"),
        ("notebook", "https://github.com/huggingface/notebooks/blob/main/en/quicktour.ipynb"),
        ("notebook", "https://nbviewer.org/github/o/r/tree/master/lessons/"),
        ("notebook", "https://colab.research.google.com/github/o/r/blob/main/a.ipynb"),
        ("article", "https://nbviewer.org/faq"),
        ("notebook", "https://example.org/files/lesson.ipynb?raw=1"),
        ("github", "https://github.com/mlflow/mlflow/tree/master/examples"),
        ("github", "https://github.com/pgvector/pgvector#tutorial"),
        ("article", "https://pages.github.com/"),
        ("pdf", "https://example.org/paper.PDF"),
        ("community", "https://discord.gg/GeMTC6Tearr"),
        ("community", "https://www.reddit.com/r/MachineLearning/"),
        ("community", "https://discuss.huggingface.co/"),
        ("community", "https://www.linkedin.com/groups/12121948/"),
        ("community", "https://mlops-community.slack.com/"),
        ("article", "https://discuss.huggingface.co/t/how-to-pad/123"),
        ("article", "https://www.reddit.com/r/MachineLearning/comments/1a2b/title/"),
        ("article", "https://mlops.community/newsletter/"),
        ("article", "https://community.example.org/t/an-answer/5"),
        ("article", "https://notreddit.com/"),
        ("article", "https://wesmckinney.com/book/"),
        ("article", "javascript:alert(1)//x.ipynb"),
        ("article", ""),
    ],
)
def test_classify(kind, url):
    assert classify(url) == kind


def test_deep_link_names_its_precision():
    assert deep_link("https://example.org/a", "how-it-works") == (
        "https://example.org/a#how-it-works",
        "heading",
    )
    assert deep_link("https://example.org/a#old", "#new") == (
        "https://example.org/a#new",
        "heading",
    )
    assert deep_link("https://example.org/a#old", None) == ("https://example.org/a#old", "page")
    assert deep_link("https://example.org/a", "") == ("https://example.org/a", "page")


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://www.youtube.com/watch?v=abc", "https://www.youtube.com/watch?v=abc&t=725s"),
        ("https://www.youtube.com/watch?t=3s&v=abc", "https://www.youtube.com/watch?v=abc&t=725s"),
        (
            "https://m.youtube.com/watch?v=abc&list=x&start=9#old",
            "https://m.youtube.com/watch?v=abc&list=x&t=725s",
        ),
        ("https://youtu.be/abc", "https://youtu.be/abc?t=725s"),
        ("https://youtu.be/abc?si=x&t=9", "https://youtu.be/abc?si=x&t=725s"),
    ],
)
def test_deep_link_leads_to_a_second_of_a_video(url, link):
    assert deep_link(url, "t=725s") == (link, "exact")
    assert deep_link(link, "t=725s") == (link, "exact")
    assert deep_link(url, None) == (url, "page")


def test_deep_link_leaves_other_anchors_and_other_sites_alone():
    watch = "https://www.youtube.com/watch?v=abc"
    assert deep_link(watch, "t=725") == (f"{watch}#t=725", "heading")
    for url in ("https://vimeo.com/1", "https://youtube.com.evil.example/watch?v=a", "https://["):
        assert deep_link(url, "t=725s") == (f"{url}#t=725s", "heading")


@pytest.mark.parametrize(
    ("anchor", "fragment"),
    [
        ("Über uns", "%C3%9Cber%20uns"),
        ("already%20encoded", "already%20encoded"),
        ("100%", "100%25"),
        ("fn:1", "fn:1"),
        ('"><script>', "%22%3E%3Cscript%3E"),
        ("a#b", "a%23b"),
    ],
)
def test_deep_link_encodes_the_anchor(anchor, fragment):
    assert deep_link("https://example.org/", anchor)[0] == f"https://example.org/#{fragment}"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "https://example.org:8080/a?b#c",
        "https://bücher.example/ü",
        "http://[::1]/",
    ],
)
def test_safe_http_accepts_web_addresses(url):
    assert safe_http(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "//example.org/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.org/",
        "mailto:me@example.org",
        "http://",
        "https:///path",
        "https://example.org/a b",
        "https://example.org\\@other.org/",
        "java\nscript:alert(1)",
        "https://exa\tmple.org/",
        'https://example.org/"onclick="x',
        "http://[",
        "http://example.org:port/",
        "http://exa mple.org/",
        "http://ex(ample.org/",
    ],
)
def test_safe_http_refuses_the_rest(url):
    assert not safe_http(url)


# Pieces that mean something to one of the rules, to be put together in any order.
WORDS = (
    f"http:// HTTPS:// // javascript: {SEARCH} https://google.com/url?url= ? & # / // .. . /./ "
    "example.org Example.ORG youtu.be/ www.youtube.com/watch?v= arxiv.org/pdf/ 1706.03762v2 "
    "github.com/ q= v= list= utm_source= = search /search?q=https:// % %2 %2F %41 %25 %3Fv%3D "
    "%23 : :80 :443 :99 @ [ ] ::1 ü + a B .git .pdf"
)
PARTS = st.sampled_from([*WORDS.split(" "), " ", "\n"])
ADDRESSES = st.one_of(
    st.text(),
    st.lists(PARTS, max_size=12).map("".join),
    st.lists(PARTS, max_size=10).map(lambda parts: "https://example.org/" + "".join(parts)),
    st.lists(PARTS, max_size=10).map(
        lambda parts: SEARCH + "https://example.org/" + "".join(parts)
    ),
)


@given(ADDRESSES)
@example(SEARCH + SEARCH)
def test_unwrap_is_idempotent(url):
    assert unwrap(unwrap(url)) == unwrap(url)


@given(ADDRESSES)
@example("https://www.google.com/./search?q=https://example.org/")
@example("https://example.org/%%341")
def test_normalise_and_clean_are_idempotent(url):
    assert clean(clean(url)) == clean(url)
    assert normalise(normalise(url)) == normalise(url)
    assert normalise(clean(url)) == normalise(url)


@given(ADDRESSES, st.text())
def test_nothing_raises_on_any_text(url, anchor):
    assert unwrap(url) is not None
    assert classify(url)
    assert deep_link(url, anchor)[1] in ("exact", "heading", "page")
    assert safe_http(url) in (True, False)


ALIASES = (
    "google.com",
    "www.google.com",
    "youtu.be",
    *(f"{name}youtube.com" for name in ("", "m.", "music.")),
    *(f"{name}youtube-nocookie.com" for name in ("", "www.")),
    *(f"{name}arxiv.org" for name in ("www.", "export.")),
)


@given(ADDRESSES)
def test_the_host_never_becomes_another(url):
    if safe_http(clean(url)) and urlsplit(clean(url)).hostname not in ALIASES:
        assert urlsplit(normalise(url)).hostname == urlsplit(clean(url)).hostname
        assert safe_http(normalise(url))


@given(ADDRESSES)
def test_a_safe_address_stays_safe(url):
    if safe_http(url):
        assert safe_http(clean(url))


def test_surrogates_do_not_raise():
    broken = "https://example.org/\ud800"
    assert normalise(broken) == normalise(normalise(broken))
    assert deep_link("https://example.org/", "\ud800x")[1] == "heading"


def test_every_captured_address_keeps_its_host(capture: Path):
    with gzip.open(capture / "provenance.csv.gz", "rt", encoding="utf-8") as file:
        addresses = [row["url"] for row in DictReader(file)]
    assert len(addresses) > 3000
    for url in addresses:
        assert clean(url) == url
        host = urlsplit(url).hostname
        assert host in ALIASES or urlsplit(normalise(url)).hostname == host


@pytest.mark.parametrize(
    ("path", "languages"),
    [
        ("/zh/guide/intro.html", ("zh",)),
        ("/docs/zh-CN/intro", ("zh-cn",)),
        ("/pt_br/intro", ("pt_br",)),
        ("/en/latest/intro.html", ("en",)),
        ("README.ja.md", ("ja",)),
        ("README_zh.md", ("zh",)),
        ("docs/README-zh-cn.md", ("zh-cn",)),
        ("book/ch00-pt.html", ("pt",)),
        ("/fr", ("fr",)),
        ("/ml/guide", ()),
        ("/go/guide", ()),
        ("what-is-it.html", ()),
        ("choose-an-id", ()),
        ("wi-fi.md", ()),
        ("english/intro", ()),
        ("", ()),
    ],
)
def test_the_language_of_a_path_is_what_it_says(path, languages):
    assert languages_in(path) == languages
