"""What reading must not lose: pages without a body, odd charsets, titles, tables, quizzes."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ingest.collection import read_collection
from ingest.errors import FetchFailed
from ingest.extract import Document, form_of, read_page
from ingest.fetch import Page
from ingest.html_tree import decode, parse

PROSE = (
    "Gradient descent walks downhill on the loss, step by step, until the slope is flat. "
    "The size of each step is called the learning rate, and choosing it well is half the work. "
)
UMLAUTS = "Größe und Höhe der Stufen bestimmen, wie schnell das Verfahren zum Ziel führt, sagt man."


def page(body: str | bytes, media: str = "text/html") -> Page:
    data = body.encode() if isinstance(body, str) else body
    return Page("https://a.example/x", "https://a.example/x", 200, media, data, "")


def read(body: str | bytes, media: str = "text/html") -> Document:
    return read_page(page(body, media))


# ── pages without a body ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "html",
    [
        "<html><head><title>T</title></head><article><h1>A</h1><p>{0}</p></article></html>",
        "<html><head><title>T</title><article><h1>A</h1><p>{0}</p></article></head></html>",
        "<title>T</title><article><h1>A</h1><p>{0}</p></article>",
        "<head><title>T</title><meta name=a><article><h1>A</h1></article><p>{0}</p></head>",
        "<title>T</title><section><h1>A</h1></section><link rel=x>{0}",
    ],
)
def test_an_article_in_the_head_is_read(html: str) -> None:
    document = read(html.format(PROSE))
    assert document.text == f"# A\n\n{PROSE.strip()}"


def test_what_belongs_into_the_head_stays_there() -> None:
    root = parse("<head><title>T</title><meta name=a><style>p{}</style><script>1</script></head>x")
    assert root is not None
    assert [child.tag for child in root.find("head")] == ["title", "meta", "style", "script"]
    assert "".join(root.find("body").itertext()) == "x"


METADATA = ("title", "meta", "link", "style", "base")
FLOW = ("article", "section", "p", "div", "main", "h1", "aside", "header", "figure")


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(METADATA), max_size=4),
    st.lists(st.sampled_from(FLOW), min_size=1, max_size=5),
    st.booleans(),
)
def test_no_flow_element_stays_in_a_head(metadata: list[str], flow: list[str], open_: bool) -> None:
    inner = "".join(f"<{tag}>w{n}w</{tag}> t{n}t " for n, tag in enumerate(flow))
    begin = "".join(f"<{tag}></{tag}>" if tag in ("title", "style") else f"<{tag}>"
                    for tag in metadata)  # fmt: skip
    head = f"<head>{begin}{inner}</head>" if open_ else f"<head>{begin}</head>{inner}"
    root = parse(f"<html>{head}</html>")
    assert root is not None
    body = root.find("body")
    assert body is not None
    found = root.find("head")
    assert found is None or not set(FLOW) & {child.tag for child in found}
    words = "".join(body.itertext()).split()
    assert words == [word for n in range(len(flow)) for word in (f"w{n}w", f"t{n}t")]


# ── charsets of two bytes ───────────────────────────────────────────────────────────────────────

HTML = f"<!doctype html><html><head><title>T</title></head><body><p>{UMLAUTS}</p></body></html>"


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "media",
    ["text/html", "text/html; charset=utf-16", "text/html; charset=utf-8", "", "text/plain",
     "application/octet-stream"],
)  # fmt: skip
def test_pages_in_utf16_are_read_whatever_they_say(charset: str, media: str) -> None:
    data = HTML.encode(charset)
    assert form_of(page(data, media)) == "html"
    assert read(data, media).text == UMLAUTS


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be"])
def test_plain_text_in_utf16_is_text(charset: str) -> None:
    assert form_of(page(UMLAUTS.encode(charset), "text/plain")) == "text"
    assert read(UMLAUTS.encode(charset), "text/plain").text == UMLAUTS


@pytest.mark.parametrize(
    "data",
    [
        b"\x01\x00\x02\x00\x03\x00" * 40,  # small numbers of two bytes
        b"RIFF\x24\x08\x00\x00WAVEfmt \x10\x00\x00\x00" + bytes(range(256)) * 4,
        b"\x00" * 64,
        b"PK\x03\x04" + b"\x00\x14" * 40,
        b"\xff\xfe" + bytes(range(256)) * 2,
    ],
)
def test_data_is_no_utf16(data: bytes) -> None:
    assert form_of(page(data, "")) == "binary"
    with pytest.raises(FetchFailed):
        read(data, "")


@given(st.text(st.characters(max_codepoint=126, min_codepoint=32), min_size=8), st.booleans())
def test_ascii_of_two_bytes_is_decoded_without_its_mark(text: str, little: bool) -> None:
    assert decode(text.encode("utf-16-le" if little else "utf-16-be")).text == text


@given(st.text(min_size=1))
def test_utf8_is_never_taken_for_two_bytes(text: str) -> None:
    if "\x00" not in text:
        assert decode(text.encode("utf-8", "replace")).charset.startswith("utf-8")


# ── JSONL ───────────────────────────────────────────────────────────────────────────────────────


def test_a_collection_shows_what_a_reader_sees(tmp_path: Path) -> None:
    smuggled = "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all that")
    line = {
        "id": "a\u200bb",
        "title": "Zero\u200b width",
        "text": f"One\u200b word{smuggled} and \u202ean\u202c order.\n\n"
        "Next\x07 line,\tof ﬁne text.",
    }
    file = tmp_path / "docs.jsonl"
    file.write_text(json.dumps(line) + "\n", encoding="utf-8")
    [(row, document)] = read_collection(file)
    assert document.text == "One word and an order.\n\nNext line,\tof fine text."
    assert document.title == row.title == "Zero width"
    assert document.id == "a\u200bb"  # what others refer to is kept as it is


def test_a_document_of_nothing_visible_is_empty(tmp_path: Path) -> None:
    file = tmp_path / "docs.jsonl"
    file.write_text(json.dumps({"id": "a", "text": "\u200b\u2060"}) + "\n", encoding="utf-8")
    [(row, document)] = read_collection(file)
    assert (row.status, document.text) == ("no-text", "")


# ── headings, tables, quizzes ───────────────────────────────────────────────────────────────────


def test_a_title_right_above_another_first_heading_stays() -> None:
    document = read(f"<main><h1>Means and maps</h1><h1>Introduction</h1><p>{PROSE}</p></main>")
    assert [heading.text for heading in document.headings] == ["Means and maps", "Introduction"]


@pytest.mark.parametrize(
    ("first", "second", "title"),
    [
        ("CHAPTER 2", "How steps add up", "How steps add up"),
        ("Part IV", "How steps add up", "How steps add up"),
        ("Chapter and verse", "How steps add up", "Chapter and verse"),
    ],
)
def test_a_number_of_a_chapter_is_not_its_title(first: str, second: str, title: str) -> None:
    document = read(f"<title>A book</title><main><h1>{first}</h1><h1>{second}</h1><p>{PROSE}</p>")
    assert document.title == title
    assert [heading.text for heading in document.headings] == [first, second]


def test_a_heading_above_a_higher_one_stays() -> None:
    slides = "".join(
        f"<section><h2>{n}. Part</h2><div><h1>Slide {n}</h1><p>{PROSE}</p></div></section>"
        for n in (1, 2)
    )
    document = read(f"<main><h1>T</h1><p>{PROSE}</p>{slides}</main>")
    assert [h.text for h in document.headings] == ["T", "1. Part", "Slide 1", "2. Part", "Slide 2"]


def test_a_heading_whose_links_or_pictures_are_gone_goes() -> None:
    links = "".join(f"<li><a href=/{n}>Page {n}</a></li>" for n in range(4))
    document = read(
        f"<main><h1>T</h1><h2>See also</h2><ul>{links}</ul><h2>Steps</h2><p>{PROSE}</p>"
        "<h2>Comments</h2></main>"
    )
    assert [heading.text for heading in document.headings] == ["T", "Steps"]


def test_names_in_a_reference_stay_without_a_text() -> None:
    members = "".join(f"<h3>member_{n} : int</h3>" for n in range(5))
    document = read(f"<main><h1>T</h1><p>{PROSE}</p><h2>Members</h2>{members}<p>{PROSE}</p></main>")
    assert [h.text for h in document.headings][2:] == [f"member_{n} : int" for n in range(5)]


def test_a_heading_loses_only_the_box_below_it() -> None:
    document = read(
        f"<main><h1>T</h1><p>{PROSE}</p><h2>Guide</h2><div class=share><p>Tell your friends</p>"
        f"</div><h3>Step</h3><p>{PROSE}</p><h2>Share it</h2><div class=share><p>Tell others</p>"
        f"</div><h2>More</h2><p>{PROSE}</p></main>"
    )
    assert [heading.text for heading in document.headings] == ["T", "Guide", "Step", "More"]
    assert "Tell" not in document.text


def test_a_table_of_links_with_a_row_of_names_is_data() -> None:
    rows = "".join(
        f"<tr><td><a href=/{n}>Language {n}</a></td><td><a href=/a{n}>@author{n}</a>,"
        f" <a href=/b{n}>@other{n}</a></td></tr>"
        for n in range(4)
    )
    data = f"<table><tr><th>Language</th><th>Authors</th></tr>{rows}</table>"
    grid = "<table>" + rows.replace("author", "tag") + "</table>"
    document = read(f"<main><h1>T</h1><p>{PROSE * 3}</p>{data}<p>{PROSE}</p>{grid}</main>")
    assert "| Language | Authors |" in document.text
    assert "| Language 2 | @author2, @other2 |" in document.text
    assert "@tag2" not in document.text


QUIZ = (
    "<form class=choice><p><label><input type=radio><span>Better words for your data.</span>"
    "</label></p><div><p>Training on more examples does help with that, in most cases.</p></div>"
    "<p><label><input type=radio><span>Patterns that nobody labelled.</span></label></p><div><p>"
    "These models are supervised, so they find no patterns in raw text.</p></div>"
    "<button>Submit</button></form>"
)


def test_the_answers_of_a_quiz_are_text() -> None:
    document = read(f"<main><h1>T</h1><p>{PROSE * 3}</p>{QUIZ}<p>{PROSE}</p></main>")
    assert "Better words for your data." in document.text
    assert "they find no patterns in raw text" in document.text
    assert "Submit" not in document.text


@pytest.mark.parametrize(
    "form",
    [
        "<form><p>{0}</p><input type=email><button>Subscribe</button></form>",
        "<form><p>{0}</p><input type=radio><input type=search></form>",
        "<form><p>{0}</p><textarea></textarea><input type=checkbox></form>",
        "<form><p>{0}</p><input></form>",
        "<form class='cookie-consent'><p>{0}</p><input type=checkbox></form>",
        "<form><label><input type=radio>Yes, very helpful</label><input type=radio>No</form>",
    ],
)
def test_forms_that_ask_for_something_else_go(form: str) -> None:
    asked = "Tell us here what you think of it and of the many other things that we write about."
    document = read(f"<main><h1>T</h1><p>{PROSE * 3}</p>{form.format(asked)}</main>")
    assert "Tell us" not in document.text
    assert "helpful" not in document.text


def test_words_are_kept_by_a_page_that_is_one_form() -> None:
    document = read(f"<body><form action=/x><h1>T</h1><p>{PROSE * 2}</p><input></form></body>")
    assert document.text.count("Gradient descent walks") == 2


def test_parsing_keeps_the_tail_of_what_is_moved() -> None:
    root = parse("<head><article>a</article> b <p>c</p></head>")
    assert root is not None
    assert etree.tostring(root.find("body"), method="text", encoding="unicode").split() == [
        "a", "b", "c",
    ]  # fmt: skip
