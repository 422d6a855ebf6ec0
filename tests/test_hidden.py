"""What a page holds but does not show, and what a reader can open."""

import re
import time
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ingest.archive import ArchiveTransport
from ingest.css import LENGTH, colour, contrast, declarations, pixels, rules
from ingest.errors import FetchFailed
from ingest.extract import Document, form_of, read_page
from ingest.fetch import Page
from ingest.html_tree import decode, keep_visible, parse, visible
from ingest.markdown_source import plain_tree

SECRET = "swallows carry coconuts over the northern sea"
PROSE = "Gradient descent walks down the slope of the loss, one step after the other."


def shown(html: str) -> str:
    root = parse(f"<html><body><h1>Title</h1><p>{PROSE}</p>{html}</body></html>")
    assert root is not None
    keep_visible(root)
    return " ".join(etree.XPath("string()")(root).split())


def read(body: str, media: str = "text/html") -> Document:
    url = "https://example.org/page"
    return read_page(Page(url, url, 200, media, body.encode(), ""))


# ── hidden ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "DISPLAY : NONE !important",
        "display:n\\6fne",
        "display:/* seen */none",
        "visibility:hidden",
        "visibility: collapse",
        "content-visibility:hidden",
        "opacity:0",
        "opacity: .01",
        "opacity:0%",
        "filter: opacity(0)",
        "font-size:0",
        "font-size:1px",
        "font-size:0.01em",
        "font: 0/0 serif",
        "font:italic 1px serif",
        "width:0;height:0;overflow:hidden",
        "max-height:0; overflow-y: hidden",
        "width:1px;height:1px;overflow:clip",
        "position:absolute;left:-9999px",
        "position:fixed; top:-200em",
        "margin-left:-99999px",
        "left:99999px;position:absolute",
        "text-indent:-9999px",
        "text-indent:100%;overflow:hidden",
        "clip:rect(0 0 0 0);position:absolute",
        "clip: rect(1px, 1px, 1px, 1px)",
        "clip-path:inset(50%)",
        "clip-path: inset(100%)",
        "clip-path:circle(0)",
        "clip-path:polygon(0 0, 0 0, 0 0)",
        "transform:scale(0)",
        "transform:translateX(-9999px)",
        "color:#fff",
        "color:white",
        "color:#FEFEFE",
        "color:rgb(255, 255, 254)",
        "color:rgba(0,0,0,0)",
        "color:hsl(0, 0%, 100%)",
        "color:transparent",
        "-webkit-text-fill-color:transparent",
        "background:#123456;color:#123457",
        "background: none repeat #eee; color: #efefef",
    ],
)
def test_styles_hide(style: str) -> None:
    assert shown(f"<p>before</p><p style='{style}'>{SECRET}</p>after").endswith("beforeafter")
    assert SECRET not in shown(f"<style>.x {{ {style} }}</style><p class='a x'>{SECRET}</p>")
    assert SECRET not in shown(f"<p style='{style}'><b>{SECRET}</b></p>")


@pytest.mark.parametrize(
    "sheet",
    [
        "p.x",
        "#y",
        "i, .z, .x",
        "div .x",
        "div>p",
        "body  div >  .x.w",
        "[data-k]",
        "[data-k='v w']",
        "[data-k^=v]",
        "h1 ~ div .x",
        "*",
    ],
)
def test_simple_selectors_are_understood(sheet: str) -> None:
    body = f"<div><p id=y class='w x' data-k='v w'>{SECRET}</p></div>"
    assert SECRET not in shown(f"<style>{sheet} {{display:none}}</style>{body}")
    assert SECRET not in shown(f"<style>@media screen {{ {sheet} {{display:none}} }}</style>{body}")
    assert SECRET in shown(f"<style>@media print {{ {sheet} {{display:none}} }}</style>{body}")
    assert SECRET in shown(f"<style media=print>{sheet} {{display:none}}</style>{body}")
    assert SECRET in shown(f"<noscript><style>{sheet} {{display:none}}</style></noscript>{body}")


@pytest.mark.parametrize(
    "html",
    [
        "<div hidden>{}</div>",
        "<div hidden=until-found>{}</div>",
        "<span aria-hidden=true>{}</span>",
        "<template><p>{}</p></template>",
        "<noscript>{}</noscript>",
        "<!-- {} -->",
        "<!--[if IE]><p>{}</p><![endif]-->",
        "<span class=sr-only>{}</span>",
        "<p class='note visually-hidden'>{}</p>",
        "<p class=screen-reader-text>{}</p>",
        "<font color=white>{}</font>",
        "<table bgcolor='#fafafa'><tr><td><font color='#FBFBFB'>{}</font></table>",
        "<div style='background:#111'><p style='color:#121212'>{}</p></div>",
        "<div style='opacity:0'><h2>{}</h2></div>",
        "<style>.a{{display:block}} .a{{display:none}}</style><p class=a>{}</p>",
        "<style>.a{{display:none!important}} p.a{{display:block}}</style><p class=a>{}</p>",
    ],
)
def test_elements_hide(html: str) -> None:
    assert SECRET not in shown(html.format(SECRET))


# ── seen ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "html",
    [
        "<p style='opacity:0.5'>{}</p>",
        "<p style='font-size:0.8'>{}</p>",  # no unit: browsers ignore it
        "<p style='font-size:9px'>{}</p>",
        "<div style='font-size:0'><p style='font-size:16px'>{}</p></div>",
        "<div style='visibility:hidden'><p style='visibility:visible'>{}</p></div>",
        "<p style='height:300px;overflow:hidden'>{}</p>",
        "<p style='width:1%;overflow:hidden'>{}</p>",
        "<p style='position:relative;left:-20px'>{}</p>",
        "<p style='position:absolute;left:50%;margin-left:-480px'>{}</p>",
        "<p style='text-indent:2em'>{}</p>",
        "<p style='clip:rect(0, 400px, 300px, 0)'>{}</p>",
        "<p style='transform:scale(0.9)'>{}</p>",
        "<p style='clip-path:polygon(0 0, 100% 0, 100% 100%)'>{}</p>",
        "<p style='background:#222;color:white'>{}</p>",
        "<div style='background:url(x.png)'><p style='color:white'>{}</p></div>",
        "<div style='background-image:linear-gradient(#000,#111)'><p style='color:#fff'>{}</div>",
        "<p style='color:transparent;background-clip:text;background-image:linear-gradient(red)'>"
        "{}</p>",
        "<p style='color:var(--ink);background:var(--paper)'>{}</p>",
        "<p style='color:crimson'>{}</p>",
        "<div style='background:#000'><p>{}</p></div>",  # a sheet elsewhere may say white
        "<div style='color:white'><a href=x>{}</a></div>",  # links are blue
        "<style>.a{{display:none}} p.a{{display:block}}</style><p class=a>{}</p>",
        "<style>.a{{display:none}} #b{{display:block}}</style><p class=a id=b>{}</p>",
        "<style>.a{{display:none}}</style><p class=a style='display:block'>{}</p>",
        "<style>.no-js .a{{display:none}}</style><p class=a>{}</p>",
        "<style>.a:hover{{display:none}}</style><p class=a>{}</p>",
        "<style>div > .a{{display:none}}</style><section><p class=a>{}</p></section>",
        "<style>@media (max-width: 600px) {{.a{{display:none}}}}</style><p class=a>{}</p>",
        "<style>@keyframes f {{from {{opacity:0}} to {{opacity:1}}}}</style><p class=f>{}</p>",
        "<style>.a {{color:red</style><p class=a>{}</p>",
        "<p class='hidden md:block'>{}</p>",
        "<p class='d-none d-lg-block'>{}</p>",
        "<details><summary>More</summary><p>{}</p></details>",
        "<p aria-hidden=false>{}</p>",
    ],
)
def test_what_is_seen_stays(html: str) -> None:
    assert SECRET in shown(html.format(SECRET))


@pytest.mark.parametrize(
    "html",
    [
        "<button aria-controls=p1>Two</button><div id=p1 hidden>{}</div>",
        "<ul role=tablist><li role=tab>A<li role=tab>B</ul><div role=tabpanel hidden>{}</div>",
        "<ul class='nav nav-tabs'><li><a href=#b>B</a></ul><div class=tab-pane id=b"
        " style='display:none'>{}</div>",
        "<style>.tab-pane{{display:none}} .tab-pane.active{{display:block}}</style><ul class=tabs>"
        "<li>A</ul><div class='tab-pane active'>a</div><div class=tab-pane>{}</div>",
        "<a data-toggle=collapse href=#c>More</a><div id=c class=hide>{}</div>",
        "<button data-bs-target=#c>More</button><p id=c style='height:0;overflow:hidden'>{}</p>",
        "<ul role=tablist><li role=tab>A</ul><div role=tabpanel style='visibility:hidden'>{}</div>",
        "<div class=accordion><button class=accordion-button>A</button>"
        "<div class=accordion-body aria-hidden=true>{}</div></div>",
    ],
)
def test_what_a_control_opens_stays(html: str) -> None:
    assert SECRET in shown(html.format(SECRET))


@pytest.mark.parametrize(
    "html",
    [
        "<div role=tabpanel hidden>{}</div>",
        "<div class=tab-pane style='display:none'>{}</div>",
        "<a href=#c>Down</a><div id=c hidden>{}</div>",
        "<button aria-controls=c>C</button><div id=c style='font-size:0'>{}</div>",
        "<ul role=tablist><li role=tab>A</ul><div role=tabpanel style='left:-9999px'>{}</div>",
    ],
)
def test_a_panel_needs_a_control_and_must_not_be_concealed(html: str) -> None:
    assert SECRET not in shown(html.format(SECRET))


@pytest.mark.parametrize(
    "html",
    [
        "<body style='visibility:hidden'><h1>T</h1><p>{}</p>",
        "<html style='opacity:0'><body><h1>T</h1><p>{}</p>",
        "<style>body{{display:none}}</style><body><h1>T</h1><p>{}</p>",
        "<style>.app{{opacity:0}}</style><body><p>Wait</p><div class=app><h1>T</h1><p>{}</div>",
        "<body><p>Menu</p><main aria-hidden=true><h1>T</h1><p>{}</p></main>",
        "<body style='color:#fff'><h1>T</h1><p>{}</p>",  # dark by a sheet that is elsewhere
    ],
)
def test_a_page_that_a_script_shows_is_a_page(html: str) -> None:
    root = parse(html.format(SECRET))
    assert root is not None
    keep_visible(root)
    assert SECRET in etree.XPath("string()")(root)


def test_a_long_hidden_text_is_not_the_page() -> None:
    long = " ".join([SECRET] * 50)
    for html in (
        f"<p style='color:white'>{long}</p>",
        f"<style>.q{{display:none}}</style><div class=q>{long}</div>",
        f"<div style='opacity:0'>{long}</div>",
        f"<div aria-hidden=true>{long}</div>",
        f"<article style='left:-9999px'><h1>T</h1>{long}</article>",
        f"<article hidden><h1>T</h1>{long}</article>",
    ):
        assert SECRET not in shown(html)


# ── characters ──────────────────────────────────────────────────────────────────────────────────

# Signs before Arabic and Syriac numbers and joints of Egyptian hieroglyphs, which are drawn.
DRAWN = {
    *range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD,
    *range(0x13430, 0x13440),
}  # fmt: skip


def test_all_format_characters_are_taken_out() -> None:
    formats = (c for c in range(0x110000) if unicodedata.category(chr(c)) == "Cf")
    kept = {c for c in formats if visible(f"a{chr(c)}b") != "ab"}
    assert kept <= DRAWN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\ufe00b\ufe0f\ufe01c", "abc"),
        ("❤\ufe0f and 1\ufe0f", "❤\ufe0f and 1\ufe0f"),
        ("😀" + "".join(chr(0xFE00 + n) for n in range(16)), "😀\ufe00"),
        ("😀" + "".join(chr(0xE0100 + ord(c)) for c in SECRET), "😀"),
        ("".join(chr(0xE0000 + ord(c)) for c in SECRET), ""),
        ("a\u3164b\u115f\u2800c\uffa0", "abc"),
        ("l\u202eevil\u202c \u2066x\u2069", "levil x"),
    ],
)
def test_smuggled_characters_are_taken_out(text: str, expected: str) -> None:
    assert visible(text) == expected


def test_they_are_taken_out_of_every_kind_of_text() -> None:
    tagged = "".join(chr(0xE0000 + ord(c)) for c in SECRET)
    dirty = f"{PROSE} one\u200btwo{tagged}"
    notebook = (
        '{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[{"cell_type":"markdown","id":"a",'
        f'"metadata":{{}},"source":"{dirty}"}}]}}'
    )
    for body, media in (
        (f"<p>{dirty} &#8203;&#xE0041;</p>", "text/html"),
        (dirty, "text/markdown"),
        (dirty, "text/plain"),
        (notebook, "application/x-ipynb+json"),
        (f"```\n{dirty}\n```\n\n{PROSE}", "text/markdown"),
    ):
        text = read(body, media).text
        assert "onetwo" in text
        assert text.isascii()
    assert plain_tree(PROSE) is not None


# ── style sheets ────────────────────────────────────────────────────────────────────────────────


def test_declarations_are_read_with_their_weight() -> None:
    usual, important = declarations("COLOR : Red; display:none ! important;; x; margin:0")
    assert usual == {"color": "red"}
    assert important == {"display": "none"}
    assert declarations("background-color:red;background:blue")[0] == {"background": "blue"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("white", ((255, 255, 255), 1)),
        ("#fff", ((255, 255, 255), 1)),
        ("#ff000080", ((255, 0, 0), 128 / 255)),
        ("rgb(10, 20, 30)", ((10, 20, 30), 1)),
        ("rgb(100% 0% 0% / 50%)", ((255, 0, 0), 0.5)),
        ("rgba(1,2,3,.5)", ((1, 2, 3), 0.5)),
        ("hsl(120, 100%, 50%)", ((0, 255, 0), 1)),
        ("transparent", ((255, 255, 255), 0)),
        ("none repeat #000", ((0, 0, 0), 1)),
        ("url(x.png) #fff", None),
        ("var(--x)", None),
        ("papayawhip", None),
        ("#12345", None),
        ("rgb(", None),
    ],
)
def test_colours_are_read(value: str, expected: object) -> None:
    found = colour(value)
    if expected is None or found is None:
        assert found is expected
    else:
        assert found == (pytest.approx(expected[0]), pytest.approx(expected[1]))  # type: ignore[index]


def test_contrast_is_that_of_wcag() -> None:
    assert contrast((255, 255, 255), (0, 0, 0)) == pytest.approx(21)
    assert contrast((255, 255, 255), (118, 118, 118)) == pytest.approx(4.54, abs=0.01)
    assert contrast((9, 9, 9), (9, 9, 9)) == 1


def test_lengths_are_about_pixels() -> None:
    found = [pixels(text, -1) for text in ("12px", "2em", "1in", "-.5px", "auto", "")]
    assert found == [12, 32, 96, -0.5, -1, -1]
    assert LENGTH.match("1e9")


def test_rules_keep_what_matters_and_skip_the_rest() -> None:
    css = (
        "@charset 'x'; p{margin:0} a, b>c{color:red} @media print{d{color:red}} e:hover{color:red}"
    )
    assert [rule.parts[0].tag for rule in rules(css)] == ["a", "c"]
    assert [part.tag for part in next(rules("x > y z{color:red}")).parts] == ["z", "y", "x"]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<style>", "</style>", "<p class=a id=b style='", "'>", "</p>", "<div hidden>",
             "</div>", ".a", "#b", "{", "}", ";", ":", "display:none", "color:#fff", "color",
             "background:", "@media", "(", ")", "[", "]", ">", "+", "~", ",", "*", "\\", "\\66 ",
             "/*", "*/", "!important", "url(", "rgb(1", "calc(", "1px", "-9e9px", "%", "words",
             "\x00", "é", "<h1>", "<noscript>"]
        ),
        max_size=60,
    )
)  # fmt: skip
def test_any_sheet_is_read(parts: list[str]) -> None:
    root = parse("<body>" + "".join(parts))
    if root is not None:
        keep_visible(root)


@pytest.mark.parametrize(
    "html",
    [
        "<style>" + "".join(f".b{n} .a{{display:none}}" for n in range(4_000)) + "</style>"
        + "<b class=a>x</b>" * 10_000,
        "<style>" + ".a .b .c .d{color:red}" * 4_000 + "</style>" + "<div>" * 100
        + "<i class=d>x</i>" * 10_000,
        "<style>" + "/* " * 130_000 + "</style><p>x",
        "<style>" + "{" * 390_000 + "</style><p>x",
        "<style>" + "a>" * 190_000 + "{display:none}</style><p>x",
        "<style>" + "[a" * 130_000 + "{display:none}</style><p>x",
        "<style>.a{color:red}</style>" * 10_000 + "<p class=a>x",
        "<main><h1>t</h1>" + "<div style='opacity:0'><h1>x</h1>word " * 110 + "y " * 100_000,
    ],
    ids=["rules", "inside", "comments", "braces", "children", "attributes", "sheets", "nested"],
)  # fmt: skip
def test_hostile_sheets_take_linear_time(html: str) -> None:
    began = time.perf_counter()
    root = parse(f"<body>{html}")
    assert root is not None
    keep_visible(root)
    assert time.perf_counter() - began < 20  # 0.1 to 3 s on two busy cores; quadratic: minutes


# ── real pages ──────────────────────────────────────────────────────────────────────────────────


def test_real_pages_lose_nothing_that_a_reader_sees(
    small_warc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hiding costs real pages the fallbacks for screen readers and old browsers, and icons."""
    transport = ArchiveTransport(small_warc, obey_robots=False)
    lost: Counter[str] = Counter()
    whole = 0
    for url in transport.urls():
        try:
            page = transport.get(url)
        except FetchFailed:
            continue
        if form_of(page) != "html":
            continue
        root = parse(decode(page.body, page.content_type).text)
        if root is None:
            continue
        keep_visible(root)
        with monkeypatch.context() as patched:
            patched.setattr("ingest.hidden.Visibility.take_out_hidden", lambda self, root: None)
            other = parse(decode(page.body, page.content_type).text)
            assert other is not None
            keep_visible(other)
        before, after = (
            Counter(re.findall(r"\w+", " ".join(tree.itertext()))) for tree in (other, root)
        )
        whole += before.total()
        lost[url] = (before - after).total()
    assert whole > 50_000
    assert lost.total() < 0.02 * whole, lost.most_common(5)
