"""Markdown written by hand comes out as headings, items and texts with links and lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.outline import Block, Piece, outline, plain

URL = "https://example.org/a"


def links(text: str) -> list[tuple[str, str | None, int]]:
    return [(p.text, p.link, p.line) for b in outline(text) for p in b.pieces if p.link is not None]


def test_blocks_know_their_kind_level_and_line():
    text = "# One\n\n- a\n    - b\n\n      more\n\nText\n\nTwo\n---\n\n> - quoted\n"
    assert [(b.kind, b.level, plain(b.pieces), b.line) for b in outline(text)] == [
        ("heading", 1, "One", 1),
        ("item", 1, "a", 3),
        ("item", 2, "b", 4),
        ("text", 2, "more", 6),
        ("text", 0, "Text", 8),
        ("heading", 2, "Two", 10),
        ("item", 1, "quoted", 13),
    ]


@pytest.mark.parametrize("indent", ["", "  ", "    ", "\t", "      "])
def test_indentation_is_never_code(indent):
    assert outline(f"{indent}- a\n") == (Block("item", 1, (Piece("a", 1),), 1),)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (f"see {URL}.", URL),
        (f"({URL})", URL),
        (f"**{URL}**", URL),
        ("https://example.org/a_(b)", "https://example.org/a_(b)"),
        ("HTTP://example.org/x_y_z", "HTTP://example.org/x_y_z"),
        ("https://example.org/a\\_b,", "https://example.org/a_b"),
        (f"<{URL}>", URL),
    ],
)
def test_bare_addresses_are_links_without_the_sentence_around_them(text, address):
    assert links(text) == [(address, address, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "https://",
        "xhttps://example.org",
        "https\\://example.org",
        "`https://example.org`",
        "    ```\n    https://example.org\n    ```",
        "<!-- https://example.org -->",
        "<!--\n\nhttps://example.org\n\n-->",
        "---\nlink: https://example.org\n---\n",
    ],
)
def test_what_is_no_link(text):
    assert links(text) == []


def test_links_keep_their_address_as_written():
    written = "[a](javascript:x) [b](<a b>) [c](https://bücher.example/ü%20) [d]( )"
    assert [link for _, link, _ in links(written)] == [
        "javascript:x",
        "a b",
        "https://bücher.example/ü%20",
        "",
    ]


def test_links_know_their_own_line():
    text = f"one [a]({URL})\ntwo <!-- x\ny --> [b]({URL})\n\n[c]: {URL}/c\n"
    assert [(name, line) for name, _, line in links(text)] == [("a", 1), ("b", 3), ("c", 5)]


def test_html_links_and_pictures_in_links_have_a_text():
    text = f"<a class='x' href=\"{URL}?a=1&amp;b=2\">an <b>old</b> link</a> [![alt](x.png)]({URL})"
    assert links(text) == [("an old link", f"{URL}?a=1&b=2", 1), ("alt", URL, 1)]


def test_markdown_between_html_tags_is_read():
    assert links(f"<details>\n- [a]({URL})\n</details>\n") == [("a", URL, 2)]


def test_a_comment_in_the_text_hides_nothing_else():
    text = f"`<!--` [a]({URL})\n\n<!-- [x]({URL}) --> [b]({URL})\n\n\\<!-- [c]({URL}) -->\n"
    assert [name for name, _, _ in links(text)] == ["a", "b", "c"]


def test_escapes_and_code_are_literal():
    (block,) = outline("\\[a\\] `[b]` [c]\n")
    assert "".join(p.text for p in block.pieces if p.literal) == "[][b]"


@given(st.text(alphabet=st.sampled_from("[]()<>!*_`#-:/\\ \nah.https"), max_size=60))
def test_any_text_gives_lines_of_the_text(text):
    for block in outline(text):
        assert all(1 <= piece.line <= text.count("\n") + 1 for piece in block.pieces)
