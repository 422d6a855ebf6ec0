"""Answers in every dress: nothing hostile survives, markers hold, code stays code."""

import json
from dataclasses import replace

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.answer import Answer, Citation, Sentence
from tests.worst_reader import TEXT_TAGS, Tags, render
from ui import markup
from ui.formulas import formula_at
from ui.panel import panel_html
from ui.render import (
    answer_json,
    chat_markdown,
    copy_markdown,
    date_words,
    href,
    plain_markdown,
    terminal_link,
    terminal_text,
)
from ui.safe_html import marked_html, safe_html

SECTION = "m2w3-vector-database-fundamentals"
PLACES = {SECTION: "Month 2 · Week 3 · Vector Database Fundamentals"}
# What Markdown and HTML give meaning to, so that random texts are dangerous ones.
TOKENS = (
    "a", "word ", " ", "\n", "\n\n", "*", "**", "_", "`", "``", "```", "```html\n", "~~~\n", "[",
    "]", "(", ")", "](http://evil.example)", "](javascript:hit())", "![", "<", ">", "</", "<b>",
    "<script>hit()</script>", "<img src=x onerror=hit()>", "<!--", "-->", "&lt;", "&amp;", "&#60;",
    "\\", "$", "#", "# ", "- ", "1. ", "> ", "    ", "\t", "|", "|---|---|\n", "| a | b |\n", "~",
    '"', "'", "{{x}}", "${hit(1)}", "http://evil.example", "www.evil.example", "a@evil.example",
    ":", "//", "\x00", "\x1b[31m", "\u202e", "\u2028", "\ue000", "\ue001", "é", "…", "[1]",
    "[1](#cite-x-1)", "#cite-x-9", "[^1]", "[a]: http://evil.example\n", "---\n", "===\n",
)  # fmt: skip
hostile = st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=4)), max_size=25).map(
    "".join
)


def citation(n: int = 1, **changes: object) -> Citation:
    made = Citation(
        n=n,
        passage_id=f"p{n}",
        quote="A graph of layers is searched from the top.",
        title="Vector Database Fundamentals",
        kind="note",
        url=f"studypath://notes/{SECTION}",
        deep_link=f"studypath://notes/{SECTION}#how-hnsw-works",
        section_ids=(SECTION,),
        where=PLACES[SECTION],
        start=10,
        end=53,
        link_precision="heading",
        as_of="2026-11-14T10:00:00Z",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def answer(*sentences: Sentence, citations: tuple[Citation, ...] = (), **more: object) -> Answer:
    made = Answer("How?", sentences, citations or (citation(1), citation(2)))
    return replace(made, **more)  # type: ignore[arg-type]


# ── hostile text ────────────────────────────────────────────────────────────────────────────────


@given(hostile, hostile, st.booleans())
@example("http[:](x)//evil.example", "`", False)
@example("a\n```\n</code></pre><script>hit()</script>", "t", True)
def test_the_chat_holds_only_our_own_elements_and_links(text: str, title: str, block: bool) -> None:
    made = answer(Sentence(text, (1, 2), block=block), citations=(citation(title=title),))
    page = render(chat_markdown(made, "abc", PLACES))
    assert page.names <= TEXT_TAGS
    for tag, attributes in page.found:
        if tag == "a":
            assert attributes["href"] == "#cite-abc-1"
        else:
            assert set(attributes) <= {"class", "start"}
            assert tag != "img"


@given(hostile, st.lists(hostile, min_size=1, max_size=4), st.booleans())
def test_every_chip_survives_its_neighbours(title: str, texts: list[str], block: bool) -> None:
    cited = [citation(n, title=f"{title}{n}") for n in range(1, len(texts) + 1)]
    sentences = [Sentence(t, (n,), block=block) for n, t in enumerate(texts, 1)]
    made = answer(*sentences, citations=tuple(cited))
    page = render(chat_markdown(made, "abc", PLACES))
    chips = [attributes for tag, attributes in page.found if tag == "a"]
    assert [chip["href"] for chip in chips] == [f"#cite-abc-{c.n}" for c in cited]
    for chip, c in zip(chips, cited, strict=True):
        assert chip["title"] == f"Source {c.n}: {markup.one_line(c.title)}"


def test_a_list_of_one_source_names_it_once_in_the_chat() -> None:
    items = [Sentence(f"- Item {n}.", (n // 3 + 1,), block=True) for n in range(4)]
    made = answer(Sentence("Four items:", (1,)), *items)
    chips = [attributes["href"] for _, attributes in render(chat_markdown(made, "abc", {})).found
             if "href" in attributes]  # fmt: skip
    assert chips == ["#cite-abc-1", "#cite-abc-1", "#cite-abc-2"]
    assert plain_markdown(made).count("[1]") == 4  # scripts find a number after each sentence


@given(hostile)
def test_a_sentence_reads_as_it_was_written(text: str) -> None:
    assume(not any(formula_at(text, at) for at in range(len(text))))  # tests/test_formulas.py
    page = render(markup.safe_line(text))
    assert " ".join(page.words.split()) == " ".join(markup.plain_line(text).split())


@given(hostile)
def test_plain_words_are_shown_as_they_are(text: str) -> None:
    page = render(markup.escape(text))
    assert page.names <= {"p"}
    assert " ".join(page.words.split()) == markup.one_line(text)


@given(hostile, hostile, hostile, st.integers(0, 30), st.integers(0, 30))
def test_the_panel_holds_only_our_own_elements(
    passage: str, title: str, where: str, start: int, length: int
) -> None:
    quote = passage[start : start + length]
    cited = citation(
        title=title, where=where, kind=title, quote=quote, start=start, end=start + len(quote),
        url=passage, deep_link=where, as_of=title,
    )  # fmt: skip
    page = Tags(panel_html(cited, passage, 0, (title, where)))
    assert page.names <= TEXT_TAGS | {"mark", "div", "details", "summary", "button"}
    for tag, attributes in page.found:
        assert set(attributes) <= {
            "class", "tabindex", "role", "aria-label", "href", "target", "rel", "start", "scope",
            "type", "data-ask",
        }  # fmt: skip
        if tag == "a":
            assert (attributes["href"] or "").startswith(("http://", "https://", "/read/"))


@given(hostile)
def test_reading_pages_hold_only_our_own_elements(text: str) -> None:
    page = Tags(safe_html(text, ('x" onload="hit()',) * 9))
    assert page.names <= TEXT_TAGS | {"div"}
    for _, attributes in page.found:
        assert set(attributes) <= {"class", "tabindex", "start", "scope", "id"}


@given(hostile, hostile)
def test_markdown_to_copy_links_only_to_the_source(text: str, title: str) -> None:
    cited = citation(title=title, deep_link="https://docs.example/a_(b)?q=<x>#:~:text=y,z")
    page = render(copy_markdown(answer(Sentence(text, (1,)), citations=(cited,))))
    assert page.names <= TEXT_TAGS
    links = [attributes["href"] for tag, attributes in page.found if tag == "a"]
    assert links == ["https://docs.example/a_(b)?q=%3Cx%3E#:~:text=y,z"] or not title.strip()


@given(hostile, hostile, st.booleans())
def test_a_terminal_gets_no_control_characters(text: str, title: str, block: bool) -> None:
    cited = citation(title=title, quote=text, where=title, deep_link=text, url=text)
    shown = terminal_text(
        answer(Sentence(text, (1,), block=block), citations=(cited,), message=title), PLACES
    )
    assert not [c for c in shown if c != "\n" and c != "\t" and not c.isprintable() and c < "\xa0"]
    assert "\u202e" not in shown


@given(hostile, hostile)
def test_json_is_one_object_with_the_words_as_they_are(text: str, title: str) -> None:
    made = answer(Sentence(text, (1,)), citations=(citation(title=title, quote=text),))
    read = json.loads(json.dumps(answer_json(made, 7)))
    assert read["schema"] == 1
    assert read["id"] == 7
    assert read["sentences"][0]["text"] == text
    assert read["citations"][0]["quote"] == text
    assert render(read["answer"]).names <= TEXT_TAGS - {"a"}


# ── code, tables, lists ─────────────────────────────────────────────────────────────────────────


@given(
    st.text(alphabet="ab`~ <>\n\\|*_", min_size=1, max_size=60).filter(str.strip),
    st.sampled_from(["python", "c++", "", "html onload=x", "mermaid", '"><img>', "`"]),
)
def test_nothing_in_code_closes_its_fence(code: str, language: str) -> None:
    tokens = MarkdownIt("commonmark").parse(markup.fence(code, language))
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].content.rstrip("\n") == code.rstrip("\n")
    assert tokens[0].info in ("python", "c++", "html", "")


def test_code_keeps_its_language_and_tables_their_cells() -> None:
    made = markup.safe_blocks(
        "```python\nif a < b:\n    run()\n```\n\n| a | b |\n|-|-|\n| 1 | `x` |"
    )
    assert made == ("```python\nif a < b:\n    run()\n```\n\n| a | b |\n| --- | --- |\n| 1 | `x` |")


def test_a_chip_follows_text_and_stands_below_code_and_tables() -> None:
    made = answer(
        Sentence("It walks.", (1,)),
        Sentence("```\ncode\n```", (1,), block=True),
        Sentence("- one", (1,), block=True),
        Sentence("- two", (2,), block=True),
        citations=(citation(1, title="A"), citation(2, title="B")),
    )
    chip = '[1](#cite-k-1 "Source 1: A")'
    assert chat_markdown(made, "k", {}) == (
        f"It walks.\u00a0{chip}\n\n```\ncode\n```\n\n{chip}\n\n"
        f'- one\u00a0{chip}\n- two\u00a0[2](#cite-k-2 "Source 2: B")'
    )


def test_links_become_words_and_images_go() -> None:
    text = "See [the **guide**](http://x.example) ![logo](http://x.example/i.png)and `a_b`."
    assert markup.safe_line(text) == "See the **guide** and `a_b`."
    assert markup.plain_line(text) == "See the guide and a_b."


def test_names_with_underscores_stay_readable() -> None:
    assert markup.safe_line("Set ef_search to 100.") == "Set ef_search to 100."


# ── paragraphs, verdicts, refusals ──────────────────────────────────────────────────────────────


def test_quotes_of_one_source_flow_and_another_source_begins_a_paragraph() -> None:
    made = answer(Sentence("One.", (1,)), Sentence("Two.", (1,)), Sentence("Three.", (2,)))
    assert plain_markdown(made) == "One. [1] Two. [1]\n\nThree. [2]"
    assert plain_markdown(replace(made, engine="auto")) == "One. [1] Two. [1] Three. [2]"


def test_a_number_without_a_citation_is_not_shown() -> None:
    assert plain_markdown(answer(Sentence("One.", (1, 9)))) == "One. [1]"


def test_only_doubtful_sentences_carry_a_mark_and_it_is_explained_once() -> None:
    made = answer(
        Sentence("One.", (1,)),
        Sentence("Two.", (1,), verdict="weak"),
        Sentence("Three.", (), verdict="unsupported"),
    )
    shown = chat_markdown(made, "k", {})
    assert shown.count("◐ partly</span>") == 1
    assert shown.count("○ no source</span>") == 1
    assert shown.count("<summary>What do the marks mean?</summary>") == 1
    printed = terminal_text(made, {})
    assert "Two. [1] (◐ partly)" in printed
    assert printed.count("◐ partly:") == 1
    assert "◐" not in terminal_text(answer(Sentence("One.", (1,))), {})
    assert "partly" not in chat_markdown(answer(Sentence("One.", (1,))), "k", {})


def test_a_refusal_is_one_sentence_and_the_nearest_sections() -> None:
    made = Answer("?", refused=True, reason="not_covered", nearest_sections=(SECTION, "gone"))
    assert chat_markdown(made, "k", PLACES) == (
        "Your path does not cover this.\n\nNearest in your path:\n\n"
        f"- [Month 2 · Week 3 · Vector Database Fundamentals](/read/{SECTION})\n"
        "- [gone](/read/gone)"
    )
    assert terminal_text(made, PLACES).split("\n")[0] == "Your path does not cover this."
    assert answer_json(made)["answer"] == "Your path does not cover this."
    assert answer_json(made)["citations"] == []


def test_a_remark_stands_before_the_answer() -> None:
    made = answer(Sentence("One.", (1,)), message="I read “overfiting” as “overfitting”.")
    assert chat_markdown(made, "k", {}).startswith("*I read “overfiting” as “overfitting”.*\n\n")


# ── citations ───────────────────────────────────────────────────────────────────────────────────


def test_a_terminal_names_place_title_quote_and_link() -> None:
    shown = terminal_text(answer(Sentence("One.", (1,)), citations=(citation(),)), PLACES)
    assert shown == (
        "One. [1]\n\n"
        "[1] Vector Database Fundamentals\n"
        "    studypath note · Month 2 · Week 3 · Vector Database Fundamentals · saved 14 Nov 2026\n"
        "    “A graph of layers is searched from the top.”\n"
        f"    notes: {SECTION} › how hnsw works"
    )


@pytest.mark.parametrize(
    ("precision", "words"),
    [
        ("exact", "Open at this point\u00a0↗"),
        ("heading", "Open at this heading\u00a0↗"),
        ("page", "Open the page\u00a0↗"),
    ],
)
def test_the_panel_marks_the_quote_and_says_how_exact_its_link_is(
    precision: str, words: str
) -> None:
    cited = citation(
        kind="article", deep_link="https://docs.example/p", link_precision=precision, title="T & U"
    )
    html = panel_html(cited, f"Before it. {cited.quote} After.", -1, ("Index", "HNSW"))
    assert f"<mark>{cited.quote}</mark> After." in html
    assert "T &amp; U</h2>" in html
    assert "Article · Index › HNSW · saved 14 Nov 2026" in html
    assert words in html


def test_an_archived_copy_is_named_wherever_it_is_cited() -> None:
    link = "https://web.archive.org/web/20210304050607/https://site.example/lights"
    cited = citation(
        kind="article", title="Lights", url=link, deep_link=f"{link}#how", archived=True,
        as_of="2021-03-04T05:06:07Z", link_precision="heading",
    )  # fmt: skip
    made = answer(Sentence("One.", (1,)), citations=(cited,))
    said = "archived copy of 4 Mar 2021"
    assert f"Article · {cited.where} · {said}\n" in terminal_text(made, PLACES)
    assert f"    {link}#how" in terminal_text(made, PLACES)
    assert copy_markdown(made).endswith(f"- \\[1\\] [Lights](<{link}#how>), {cited.where}, {said}")
    chips = [attributes for tag, attributes in render(chat_markdown(made, "k", {})).found
             if tag == "a"]  # fmt: skip
    assert chips[0]["title"] == f"Source 1: Lights, {said}"
    html = panel_html(cited, "", 0)
    assert f"Article · {said}" in html
    assert "The page itself is gone" in html
    assert f'href="{link}#how"' in html
    assert answer_json(made)["citations"][0]["archived"] is True  # type: ignore[index]
    undated = replace(made, citations=(replace(cited, as_of=""),))
    assert "archived copy\n" in terminal_text(undated, PLACES)
    for shown in (terminal_text, lambda made, _: copy_markdown(made)):
        assert "archived" not in shown(answer(Sentence("One.", (1,))), PLACES)
    assert "gone" not in panel_html(citation(), "", 0)


def test_a_place_in_the_path_is_a_section() -> None:
    cited = citation(
        kind="path", url=f"studypath://path#{SECTION}", deep_link="studypath://path#topics"
    )
    html = panel_html(cited, "", 0)
    assert f'href="/read/{SECTION}"' in html
    assert "Open the section" in html
    assert f"path: {SECTION}" in terminal_text(answer(citations=(cited,)), PLACES)


def test_a_passage_that_changed_shows_the_quote_alone() -> None:
    html = panel_html(citation(), "Other words at that place, longer than the quote was.", 0)
    assert "<mark>A graph of layers is searched from the top.</mark>" in html
    assert "Other words" not in html


@pytest.mark.parametrize(
    "quote",
    [
        "**bold** end.",
        "- one `c<d` x\n- two",
        "| 1 | 2 |",
        "```python\nx<1\n```",
        "bold** end.\n\n- one",
        "Intro",
    ],
)
def test_a_quote_is_marked_in_any_block(quote: str) -> None:
    text = (
        "# T\nIntro **bold** end.\n\n- one `c<d` x\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        "```python\nx<1\n```\n"
    )
    start = text.index(quote)
    html = marked_html(text, start, start + len(quote))
    marked = "".join(part.split("</mark>")[0] for part in html.split("<mark>")[1:])
    letters = [c for c in Tags(marked).words if c.isalnum()]
    wanted = quote.replace("```python", "")
    assert letters == [c for c in wanted if c.isalnum()]
    assert html.count("<li>") == 2
    assert html.count("<pre") == 1


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://docs.example/a?b=c&d#e", "https://docs.example/a?b=c&d#e"),
        ('https://docs.example/a b"c<d>', "https://docs.example/a%20b%22c%3Cd%3E"),
        (f"studypath://notes/{SECTION}#how-it-works", f"/read/{SECTION}#how-it-works"),
        (f"studypath://path#{SECTION}", f"/read/{SECTION}"),
        ("studypath://notes/../secrets", None),
        (" \nhttps://docs.example/a ", "https://docs.example/a"),
        ("javascript:hit()", None),
        ("data:text/html,x", None),
        ("//evil.example", None),
        ("file:///etc/passwd", None),
        ("http://[broken", None),
        ("", None),
    ],
)
def test_only_web_addresses_and_our_own_places_become_links(address: str, link: str | None) -> None:
    assert href(address) == link


def test_our_own_places_have_words_in_a_terminal() -> None:
    assert terminal_link(f"studypath://path#{SECTION}") == f"path: {SECTION}"
    assert terminal_link("https://docs.example/a") == "https://docs.example/a"


@pytest.mark.parametrize(
    ("stamp", "words"),
    [("2026-11-04T10:00:00Z", "4 Nov 2026"), ("", ""), ("2026-13-01", ""), ("soon", "")],
)
def test_dates_are_written_for_people(stamp: str, words: str) -> None:
    assert date_words(stamp) == words


@settings(deadline=2_000)
@given(st.sampled_from(TOKENS), st.integers(200, 1_000))
def test_long_repetition_stays_fast(token: str, times: int) -> None:
    markup.safe_line(token * times)
    safe_html(token * times)


def test_a_command_in_a_refusal_is_code_or_a_place_on_the_page() -> None:
    words = "Add a source on “`rm` \\`studypath` <b>” as `studypath sources` says."
    shown = chat_markdown(Answer("q", refused=True, reason="not_covered", message=words), "k", {})
    assert shown.endswith("as `studypath sources` says.")
    assert "`rm`" not in shown.replace("\\`", "")
    words = "Nothing in your library answers this. Add a source on “rain” with `studypath add`."
    shown = chat_markdown(Answer("q", refused=True, reason="not_covered", message=words), "k", {})
    assert shown.endswith("Add a source on “rain” in Sources.")
