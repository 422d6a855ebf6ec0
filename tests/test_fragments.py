"""Text fragments: the lines a browser searches, directives, and what a search makes of them."""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cite import citation
from assistant.spans import spans_of
from eval.links import precisions, report
from ingest.archive import ArchiveTransport
from ingest.extract import read_page
from ingest.fetch import Page
from ingest.fragments import (
    LONGEST,
    align,
    carried_over,
    directive_of,
    encoded,
    folded,
    stretches,
    with_fragments,
)
from ingest.html_tree import OBJECT, parse, visible_blocks
from ingest.library import Entry
from ingest.links import deep_link
from ingest.split import Passage, split


def passage(text: str, start: int = 0, ordinal: int = 0) -> Passage:
    return Passage(
        f"p{ordinal}", "d", ordinal, text, start, start + len(text), (), None, str(ordinal), 1
    )


def directives(text: str, visible: Sequence[str]) -> list[str]:
    (given,) = with_fragments([passage(text)], visible)
    return [directive for _, _, directive in given.fragments]


def shown(html: str) -> tuple[str, ...]:
    root = parse(html)
    assert root is not None
    return visible_blocks(root)


def count_tokens(text: str) -> int:
    return len(text) // 4 + 1


# ── an oracle: the specification's search, character by character ───────────────────────────────


@dataclass(frozen=True, slots=True)
class Stream:
    """Lines folded into one text; `origin` names line and offset of each of its characters."""

    text: str
    origin: tuple[tuple[int, int], ...]


def stream(visible: Sequence[str]) -> Stream:
    text, origin = [], []
    for number, line in enumerate(visible):
        for offset, letter in enumerate(line):
            for part in folded(letter):
                text.append(part)
                origin.append((number, offset))
        text.append("\n")
        origin.append((number, len(line)))
    return Stream("".join(text), tuple(origin))


def bounded(text: str, at: int) -> bool:
    if not 0 < at < len(text):
        return True
    return not (re.match(r"\w", text[at - 1]) and re.match(r"\w", text[at]))


def find(text: str, term: str, begin: int, start_bounded: bool, end_bounded: bool) -> int:
    at = text.find(term, begin)
    while at >= 0:
        starts = not start_bounded or bounded(text, at)
        if starts and (not end_bounded or bounded(text, at + len(term))):
            return at
        at = text.find(term, at + 1)
    return -1


def past_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def terms_of(directive: str) -> tuple[str, str, str, str]:
    """Take a directive apart as a browser does."""
    match = re.fullmatch(
        r"text=(?:(?P<p>[^-,&]+)-,)?(?P<s>[^-,&]+)(?:,(?P<e>[^-,&]+))?(?:,-(?P<u>[^-,&]+))?",
        directive,
    )
    assert match, directive
    prefix, start, end, suffix = (folded(unquote(match[name] or "")) for name in "pseu")
    return prefix, start, end, suffix


def search(page: Stream, directive: str, begin: int = 0) -> tuple[int, int] | None:
    """Find a range from a text directive (WICG, section 3.6.2): offsets into the stream."""
    prefix, start, end, suffix = terms_of(directive)
    for first in beginnings(page.text, prefix, start, bool(end) or not suffix, begin):
        last = ending(page.text, end, suffix, first + len(start))
        if last is not None:
            return first, last
    return None


def beginnings(text: str, prefix: str, start: str, end_bounded: bool, begin: int) -> Iterator[int]:
    """Yield where the start term stands, right behind the prefix when there is one."""
    while begin < len(text):
        at = find(text, prefix or start, begin, True, end_bounded and not prefix)
        if at < 0:
            return
        begin = at + 1
        expected = past_blanks(text, at + len(prefix)) if prefix else at
        if not prefix or find(text, start, expected, True, end_bounded) == expected:
            yield expected


def ending(text: str, end: str, suffix: str, last: int) -> int | None:
    """Find where a range ends that begins before `last`: after the end term, before the suffix."""
    while True:
        if end:
            at = find(text, end, last, True, not suffix)
            if at < 0:
                return None
            last = at + len(end)
        expected = past_blanks(text, last)
        if not suffix or find(text, suffix, expected, False, True) == expected:
            return last
        if not end:
            return None


def found(visible: Sequence[str], directive: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return line and offset of the first and last letter of the only match."""
    page = stream(visible)
    place = search(page, directive)
    assert place, (directive, visible)
    assert search(page, directive, place[0] + 1) is None, f"{directive} is not unique"
    return page.origin[place[0]], page.origin[place[1] - 1]


def text_found(visible: Sequence[str], directive: str) -> str:
    (line, start), (last_line, end) = found(visible, directive)
    if line == last_line:
        return visible[line][start : end + 1]
    between = visible[line + 1 : last_line]
    return " ".join([visible[line][start:], *between, visible[last_line][: end + 1]])


def test_the_oracle_searches_as_the_specification_says() -> None:
    page = ("foo bar", "foobar foo", "Bár baz", "foo")
    assert found(page, "text=baz") == ((2, 4), (2, 6))
    assert found(page, "text=foo-,bar%20baz") == ((2, 0), (2, 6))
    assert found(page, "text=foo,-bar%20baz") == ((1, 7), (1, 9))
    assert found(page, "text=baz,foo") == ((2, 4), (3, 2))
    assert search(stream(page), "text=foo%20foo") is None  # never across the end of a line
    assert search(stream(page), "text=ba") is None  # never half a word
    with pytest.raises(AssertionError, match="not unique"):
        found(page, "text=foo")


# ── the lines that a browser shows ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<p>One <b>bold</b> \n <i>word</i>.</p><p>Two</p>", ["One bold word.", "Two"]),
        ("<p>One<br>two</p>", ["One", "two"]),
        ("<div>before<div>inside</div>behind</div>", ["before", "inside", "behind"]),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", ["a", "b", "c"]),
        ("<table><tr><th>k</th><td>v</td></tr><tr><td>x</td></tr></table>", ["k", "v", "x"]),
        ("<dl><dt>term</dt><dd>meaning</dd></dl>", ["term", "meaning"]),
        ("<pre>a  =\t1\n\n  b\n</pre><p>c</p>", ["a  =\t1\n\n  b", "c"]),
        ("<pre><span>x</span> <span>= 1</span></pre>", ["x = 1"]),
        ("<head><title>t</title></head><body><p>x</p></body>", ["x"]),
        ("<p>a<script>s()</script>b</p>", [f"a{OBJECT}b"]),
        ("<p>a<style>p{}</style> b<img alt=z></p>", [f"a{OBJECT} b{OBJECT}"]),
        ("<p>a<noscript>n</noscript>b<template>t</template>c</p>", ["abc"]),
        ("<p>a <span hidden>h</span><i style='display: none'>d</i>b</p>", ["a b"]),
        ("<p>a <span style='visibility:hidden'>v</span>b</p>", ["a b"]),
        ("<dialog>no</dialog><dialog open>yes</dialog><p>x</p>", ["yes", "x"]),
        ("<p>a<!-- comment -->b</p>", ["ab"]),
        ("<p>a<wbr>b&shy;c&#8203;d&nbsp;e</p>", ["abcd e"]),
        ("<p>Copy <button>it</button></p>", [f"Copy {OBJECT}it{OBJECT}"]),
        ("<h2>Title<a class=h href='#t'>¶</a></h2>", [f"Title{OBJECT}¶{OBJECT}"]),
        ("<p>see <a href='#t'>the title</a></p>", ["see the title"]),
        ("<p>a <span class=sr-only>only heard</span> b</p>", [f"a {OBJECT}only heard{OBJECT} b"]),
        (r"<p>with \(x_1\), \[y\] and $z^2$ it costs $5 or $6</p>",
         [f"with {OBJECT}, {OBJECT} and {OBJECT} it costs $5 or $6"]),
        ("<p>a <span class='math notranslate'>x</span> b <math><mi>y</mi></math></p>",
         [f"a {OBJECT} b {OBJECT}"]),
        ("<pre>echo $x_1 $y_2</pre>", ["echo $x_1 $y_2"]),
        ("<details><summary>More</summary>inside</details>", ["More", "inside"]),
        ("<body hidden><p>shown by a script</p></body>", ["shown by a script"]),
        ("<p> \n </p>", []),
    ],
)  # fmt: skip
def test_visible_blocks(html: str, lines: list[str]) -> None:
    assert list(shown(html)) == lines


def test_a_read_page_carries_its_lines() -> None:
    words = " ".join(f"word{i}" for i in range(30))
    body = f"<html><body><nav>Home</nav><article><h1>T</h1><p>{words}</p></article></body></html>"
    page = Page("https://e.org/", "https://e.org/", 200, "text/html", body.encode(), "")
    assert read_page(page).visible == ("Home", "T", words)
    text = Page("https://e.org/a.md", "https://e.org/a.md", 200, "text/markdown", b"w " * 30, "")
    assert read_page(text).visible == ()


# ── stretches ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Is it three?", ["One.", "Two!", "Is it three?"]),
        ("Version 2.0: It is out, e.g. here.", ["Version 2.0: It is out, e.g. here."]),
        ("- one\n- Two. Three\n  4. four", ["one", "Two.", "Three", "four"]),
        ("| a | b |\n| --- | --- |\n| c. D | 1 |", ["| a | b |", "| c. D | 1 |"]),
        ("```python\nx = 1. Y\n\n)\nend\n```\nAfter.", ["x = 1. Y", "end", "After."]),
        ("~~~\n```\nx\n~~~\ny", ["x", "y"]),
        ("…\n\n---", []),
        ("", []),
    ],
)
def test_stretches(text: str, parts: list[str]) -> None:
    assert [text[a:b] for a, b in stretches(text)] == parts


MARKDOWN = st.lists(
    st.sampled_from(
        ["One", "two", ".", ". ", "! ", ": ", "e.g. ", "\n", "\n\n", "- ", "1. ", "`", "```\n",
         "| ", " |", "**", "Fig. ", "“Q” ", "$x$ ", "…", "  ", "# ", "Dr. ", "?) ", "3.5"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(MARKDOWN)
def test_stretches_lie_in_order_and_hold_words(text: str) -> None:
    end = 0
    for start, stop in stretches(text):
        assert end <= start < stop <= len(text)
        assert text[start:stop].strip() == text[start:stop]
        assert re.search(r"\w", text[start:stop])
        end = stop


@given(MARKDOWN)
def test_no_stretch_reaches_over_the_edge_of_an_answers_span(text: str) -> None:
    parts = list(stretches(text))
    for span in spans_of(text):
        if span.kind in ("code", "table"):
            continue
        for start, end in parts:
            assert end <= span.start or start >= span.end or (span.start <= start < end <= span.end)


# ── directives ──────────────────────────────────────────────────────────────────────────────────


LONG = (
    "This first sentence has a great many words, so that nobody would like to see all of it in an"
    " address, which has to stay short."
)


@pytest.mark.parametrize(
    ("text", "visible", "expected"),
    [
        ("A small text.", ["Menu", "A small text."], ["text=A%20small%20text."]),
        # Markdown's marks are not on the page, and the page's words are the ones that count.
        ("Call `fit` on **all** data.", ["Call fit on  all data."],
         ["text=Call%20fit%20on%20%20all%20data."]),
        ("Some Words", ["SOME words"], ["text=SOME%20words"]),
        (LONG, [LONG], ["text=This%20first%20sentence%20has,has%20to%20stay%20short."]),
        ("Same. Same. Other.", ["Same. Same. Other."], ["text=Same.,-Same.",
         "text=Same.-,Same.,-Other.", "text=Other."]),
        ("| a | b |\n| c | d |", ["a", "b", "c", "d"], ["text=a,b", "text=c,d"]),
        (">>> x = 1\nx", ["Type:", ">>> x = 1", "x"],
         ["text=%3E%3E%3E%20x%20%3D%201", "text=1-,x"]),
        ("C++, C#-like & more", ["C++, C#-like & more"],
         ["text=C%2B%2B%2C%20C%23%2Dlike%20%26%20more"]),
        ("naïve 日本", ["naïve 日本"], ["text=na%C3%AFve%20%E6%97%A5%E6%9C%AC"]),
        ("Not there at all.", ["Something else."], [""]),
    ],
)  # fmt: skip
def test_directives(text: str, visible: list[str], expected: list[str]) -> None:
    assert directives(text, visible) == expected


def test_a_formula_is_passed_over() -> None:
    text = (
        r"where $1(x)$ is the indicator function that everybody knows from the chapter before"
        " this one, and of which we say no more."
    )
    line = text.replace("$1(x)$", OBJECT)
    other = f"where {OBJECT} stands for a loss"
    visible = [other, OBJECT, line]
    (directive,) = directives(text, visible)
    assert text_found(visible, directive) == line.partition(f"{OBJECT} ")[2]


def test_repeated_lines_are_told_apart_by_what_stands_around_them() -> None:
    visible = ["First:", "import os", "run()", "Second:", "import os", "stop()"]
    text = "```\nimport os\nrun()\n```\nSecond:\n```\nimport os\nstop()\n```"
    first, _, _, second, _ = directives(text, visible)
    assert found(visible, first)[0] == (1, 0)
    assert found(visible, second)[0] == (4, 0)


def test_what_nothing_tells_apart_has_no_directive() -> None:
    assert set(directives("go go", ["go go"] * 40)) == {""}


def test_an_object_between_is_no_neighbour() -> None:
    visible = ["see", OBJECT, "this", "and", "this"]
    assert directives("this", visible[:4]) == ["text=this"]
    first, last = directives("this\nand\nthis", visible)[::2]
    assert (first, last) == ("text=this,-and", "text=and-,this")


def test_a_document_without_lines_gets_none() -> None:
    (same,) = with_fragments([passage("Some text.")], ())
    assert same.fragments == ()


@given(st.text(max_size=40))
def test_encoded_terms_hold_no_sign_of_the_grammar_and_come_back(term: str) -> None:
    written = encoded(term)
    assert re.fullmatch(r"(?:[A-Za-z0-9._~]|%[0-9A-F]{2})*", written)
    assert unquote(written) == term


WORDS = st.sampled_from(
    ["a", "b", "the", "A", "foo", "bar", "foobar", "foo.bar", "foo.", "(bar)", "-", "x,y", "C&A",
     "é", "e", "it's", "1", "x1", "50%", "a-b", "日本", "本", "straße", "STRASSE", "ﬁne", "fine",
     "“q”", '"q"', "=", "½", "a_b", OBJECT]
)  # fmt: skip
GAPS = st.sampled_from([" ", " ", " ", "  ", "\t", "\n", OBJECT])
LINES = st.lists(
    st.lists(st.tuples(WORDS, GAPS), min_size=1, max_size=45).map(
        lambda pairs: "".join(word + gap for word, gap in pairs).strip()
    ),
    min_size=1,
    max_size=9,
)


@given(LINES)
def test_a_search_finds_every_stretch_in_its_place_and_nowhere_else(visible: list[str]) -> None:
    passages = [passage(line, ordinal=k) for k, line in enumerate(visible)]
    for given_back, line, number in zip(
        with_fragments(passages, visible), visible, range(len(visible)), strict=True
    ):
        for start, end, directive in given_back.fragments:
            if directive:
                first, last = found(visible, directive)
                assert first[0] == last[0] == number
                assert start <= first[1] <= last[1] < end, (directive, line[start:end])


@given(LINES, st.data())
def test_joined_directives_lead_from_the_first_through_the_last(
    visible: list[str], data: st.DataObject
) -> None:
    text = "\n".join(visible)
    starts = [0]
    for line in visible:
        starts.append(starts[-1] + len(line) + 1)
    (given_back,) = with_fragments([passage(text)], visible)
    if not given_back.fragments:
        return
    numbers = st.integers(0, len(given_back.fragments) - 1)
    low, high = sorted((data.draw(numbers), data.draw(numbers)))
    begin, end = given_back.fragments[low][0], given_back.fragments[high][1]
    directive = directive_of(given_back.fragments, begin, end)
    if directive:
        first, last = found(visible, directive)
        inside = given_back.fragments[low], given_back.fragments[high]
        assert inside[0][0] <= starts[first[0]] + first[1] < inside[0][1]
        assert inside[1][0] <= starts[last[0]] + last[1] < inside[1][1]


@pytest.mark.parametrize(
    ("quoted", "expected"),
    [
        ((0, 5), "text=a,b"),
        ((0, 15), "text=a,d"),
        ((6, 15), "text=p-,c,d"),
        ((6, 25), "text=p-,c,e,-s"),
        ((16, 25), "text=e,-s"),
        ((16, 35), ""),  # the beginning of the first is not unique
        ((6, 45), ""),  # the end of the last is not
        ((26, 55), ""),  # the last has none
        ((2, 4), "text=a,b"),
        ((60, 70), ""),
    ],
)
def test_a_quote_is_led_to_by_its_first_and_last_stretch(
    quoted: tuple[int, int], expected: str
) -> None:
    fragments = (
        (0, 5, "text=a,b"), (6, 15, "text=p-,c,d"), (16, 25, "text=e,-s"), (26, 35, "text=f"),
        (36, 45, "text=p-,g"), (46, 55, ""),
    )  # fmt: skip
    assert directive_of(fragments, *quoted) == expected


def test_a_document_split_anew_keeps_its_directives() -> None:
    text = "One is here. Two is there. Three."
    whole = with_fragments([passage(text)], [text])
    parts = (passage(text[:12]), passage(text[13:], 13))
    assert [f[2] for p in carried_over(whole, parts) for f in p.fragments] == [
        f[2] for f in whole[0].fragments
    ]
    assert carried_over([passage(text)], parts) == parts


# ── alignment ───────────────────────────────────────────────────────────────────────────────────

LETTERS = st.lists(st.sampled_from("abcdefgh"), max_size=60)


@given(LETTERS, LETTERS)
def test_an_alignment_joins_equal_words_in_order(ours: list[str], theirs: list[str]) -> None:
    pairs = [(i, j) for i, j in enumerate(align(ours, theirs)) if j >= 0]
    assert all(ours[i] == theirs[j] for i, j in pairs)
    assert all(a[1] < b[1] for a, b in pairwise(pairs))


@given(st.permutations(range(40)), st.integers(0, 40), LETTERS, LETTERS)
def test_an_alignment_finds_words_among_foreign_ones(
    numbers: list[int], cut: int, before: list[str], between: list[str]
) -> None:
    ours = [str(number) for number in numbers]
    theirs = [*before, *ours[:cut], *between, *ours[cut:]]
    places = [*range(len(before), len(before) + cut)]
    places += range(len(before) + cut + len(between), len(theirs))
    found_places = align(ours, theirs)
    assert all(a in (-1, b) for a, b in zip(found_places, places, strict=True))
    assert found_places.count(-1) <= 10  # only a piece too short to be an anchor may be lost


@pytest.mark.parametrize(
    "between",
    ["Deep checks in short", "Read more like this", "Deep like this", "Deep checks are like this"],
)
def test_a_line_that_only_the_page_has_takes_no_words_from_its_neighbours(between: str) -> None:
    before, after = "You then see all of it like this", "Deep checks that are managed help."
    text = f"{before}\n{after}"
    visible = [before, between, after]
    first, second = directives(text, visible)
    assert text_found(visible, first) == before
    assert text_found(visible, second) == after


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("alpha : float: The weight of the penalty.", "alphafloat The weight of the penalty."),
        ("The weight of the penalty is 1 e 5", "The weight of the penalty is 1e\u20075x"),
        ("Not the weight of the penalty.", "the weight of the penalty."),
    ],
)
def test_words_at_an_edge_may_be_written_in_another_way(text: str, line: str) -> None:
    visible = ["Something else stands before it.", line, "And behind it."]
    (directive,) = directives(text, visible)
    assert text_found(visible, directive) == line


# ── deep links ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "anchor", "link"),
    [
        ("https://e.org/p", None, "https://e.org/p#:~:text=a"),
        ("https://e.org/p", "top", "https://e.org/p#top:~:text=a"),
        ("https://e.org/p#own", None, "https://e.org/p#own:~:text=a"),
        ("https://e.org/p#own", "top", "https://e.org/p#top:~:text=a"),
        ("https://e.org/p#own:~:text=b", None, "https://e.org/p#own:~:text=a"),
        ("https://e.org/p", "a:~:text=b", "https://e.org/p#a:%7E:text=b:~:text=a"),
    ],
)
def test_a_directive_stands_behind_the_anchor(url: str, anchor: str | None, link: str) -> None:
    assert deep_link(url, anchor, "text=a") == (link, "exact")


def test_without_a_directive_links_are_as_before() -> None:
    assert deep_link("https://e.org/p", "top", "") == ("https://e.org/p#top", "heading")
    assert deep_link("https://e.org/p#own", None, "") == ("https://e.org/p#own", "page")


# ── captured pages ──────────────────────────────────────────────────────────────────────────────

CAPTURED = (
    "https://ruder.io/optimizing-gradient-descent/",
    "https://scikit-learn.org/stable/modules/preprocessing.html",
    "https://victorzhou.com/blog/intro-to-neural-networks/",
    "https://www.sbert.net/examples/applications/computing-embeddings/README.html",
)


@pytest.mark.parametrize("url", CAPTURED)
def test_directives_of_captured_pages_are_unique_and_lead_to_their_words(
    full_warc: Path, url: str
) -> None:
    document = read_page(ArchiveTransport(full_warc).get(url))
    passages = with_fragments(split(document, count_tokens), document.visible)
    page = stream(document.visible)
    fragments = [(p, *fragment) for p in passages for fragment in p.fragments]
    linked = [fragment for fragment in fragments if fragment[3]]
    assert 10 * len(linked) > 7 * len(fragments)
    for number, (given_back, start, end, directive) in enumerate(linked):
        place = search(page, directive)
        assert place is not None, directive
        if number % 5 == 0:  # the second look at the whole page is slow
            assert search(page, directive, place[0] + 1) is None, directive
        words = re.findall(r"[^\W_]+", folded(given_back.text[start:end]))
        wanted = re.findall(r"[^\W_]+", page.text[place[0] : place[1]])
        missing = [word for word in wanted if word not in "".join(words)]
        # Only the page's way to write a formula may differ.
        assert len(missing) <= len(wanted) // 3 or "$" in given_back.text[start:end], directive
        terms = terms_of(directive)
        assert all(len(term) <= LONGEST for term in terms)


def test_time_grows_with_the_page() -> None:
    def seconds(lines: int) -> float:
        visible = [f"w{i} x{i % 97} is the same y{i % 7}." for i in range(lines)]
        parts = [passage(line, ordinal=k) for k, line in enumerate(visible)]
        began = time.process_time()
        with_fragments(parts, visible)
        return time.process_time() - began

    seconds(100)
    small, large = min(seconds(1_000) for _ in range(3)), seconds(20_000)
    assert large < 20 * 8 * small  # quadratic growth would be 400


@pytest.mark.parametrize(
    "visible",
    [["foo bar " * 40_000], ["foo bar baz"] * 20_000, ["a" * 500_000], [OBJECT * 200_000]],
    ids=["one line", "one text", "one word", "objects"],
)
def test_hostile_pages_cost_little(visible: list[str]) -> None:
    began = time.process_time()
    with_fragments([passage("\n".join(visible))], visible)
    assert time.process_time() - began < 5


# ── citations and shares ────────────────────────────────────────────────────────────────────────


def entry(url: str, kind: str, given: Passage) -> Entry:
    return Entry(given, "Title", kind, url, "", ())


def test_a_citation_of_a_web_page_leads_to_its_quote() -> None:
    text = "Recall is a share. Precision is another. Nobody finds this one."
    visible = ("Recall is a share.", "Precision is another.")
    (given,) = with_fragments([replace(passage(text), anchor="top")], visible)
    page = entry("https://e.org/p", "article", given)

    def link(quote: str) -> tuple[str, str]:
        cited = citation(1, page, quote, text.index(quote), None)
        return cited.deep_link, cited.link_precision

    assert link("Recall is a share.") == (
        "https://e.org/p#top:~:text=Recall%20is%20a%20share.",
        "exact",
    )
    assert link("Recall is a share. Precision is another.") == (
        "https://e.org/p#top:~:text=Recall%20is%20a%20share.,Precision%20is%20another.",
        "exact",
    )
    assert link("Precision is another. Nobody finds this one.") == (
        "https://e.org/p#top",
        "heading",
    )


def test_what_is_no_web_page_is_cited_as_before() -> None:
    plain = replace(passage("Words of a note."), anchor="part")
    cited = citation(1, entry("studypath://notes/m1w1-x", "note", plain), "Words", 0, None)
    assert (cited.deep_link, cited.link_precision) == ("studypath://notes/m1w1-x#part", "heading")
    section = entry("studypath://path#m1w1-x", "path", plain)
    cited = citation(1, section, "Words", 0, None)
    assert (cited.deep_link, cited.link_precision) == ("studypath://path#m1w1-x", "heading")


def test_shares_count_every_span_of_web_pages() -> None:
    text = "Recall is a share. Nobody finds this one."
    (given,) = with_fragments([passage(text)], ["Recall is a share."])
    counted = precisions(
        [
            entry("https://e.org/p", "article", given),
            entry("https://e.org/q", "article", replace(given, fragments=(), anchor="a")),
            entry("studypath://notes/x", "note", given),
        ]
    )
    assert counted == {"e.org": {"exact": 1, "page": 1, "heading": 2}}
    assert report(counted).splitlines()[2:] == [
        "| all | 4 | 25.0% | 50.0% | 25.0% |",
        "| e.org | 4 | 25.0% | 50.0% | 25.0% |",
    ]
