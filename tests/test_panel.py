"""The passage beside the chat: its context, what it says of its page, what can be done with it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import Citation
from ui.panel import around, panel_html

PASSAGE = (
    "One begins here. Two follows it. Three is the quote. Four comes after. Five is far away."
    " Six is farther. Seven ends it with a good many words that nobody needs at first sight."
)
QUOTE = "Three is the quote."
CITED = Citation(
    1, "p1", QUOTE, "Title", "article", "https://example.org/a", "https://example.org/a#x",
    ("s",), "Month 1 · Week 1 · S", PASSAGE.index(QUOTE), PASSAGE.index(QUOTE) + len(QUOTE),
    "exact", "2026-11-14T03:04:05Z",
)  # fmt: skip


def cut(passage: str, quote: str) -> str:
    first = passage.index(quote)
    begin, end = around(passage, first, first + len(quote))
    return passage[begin:end]


def test_two_sentences_stand_on_either_side() -> None:
    assert cut(PASSAGE, QUOTE) == PASSAGE[: PASSAGE.index(" Six")]
    assert cut(PASSAGE, "One begins here.").endswith("Three is the quote.")
    html = panel_html(CITED, PASSAGE, 0)
    short, _, whole = html.partition("<details>")
    assert f"<mark>{QUOTE}</mark>" in short
    assert "Six" not in short
    assert f"<mark>{QUOTE}</mark>" in whole
    assert "Show more of the passage" in whole
    assert "saved 14 Nov 2026" in html


def test_a_short_passage_is_shown_at_once() -> None:
    html = panel_html(CITED, PASSAGE[: PASSAGE.index(" Six")], 0)
    assert "<details>" not in html
    assert html.count("<mark>") == 1


def test_code_and_tables_are_never_cut() -> None:
    text = (
        "Before it. Look:\n\n```python\na = 1\nb = 2\n```\n\n"
        "| a | b |\n| --- | --- |\n| 1 | 2 |\n\nAfter it all."
    )
    assert cut(text, "b = 2") == "Before it. Look:\n\n```python\na = 1\nb = 2\n```"
    assert cut(text, "| 1 | 2 |") == "| a | b |\n| --- | --- |\n| 1 | 2 |\n\nAfter it all."
    assert cut(text, "Look:") == "Before it. Look:"


def test_a_list_keeps_its_bullets() -> None:
    items = "\n".join(f"{n}. Step {n} is done." for n in range(1, 30))
    text = f"How it goes.\n\n{items}"
    assert cut(text, "Step 5 is done.") == "\n".join(items.splitlines()[2:7])
    assert '<ol start="3">' in panel_html(
        replace(CITED, quote="Step 5 is done.", start=text.index("Step 5"),
                end=text.index("Step 5") + 15),
        text, 0,
    )  # fmt: skip


@given(st.text(alphabet="ab .\n`|-#1<>&*", max_size=200), st.data())
def test_a_context_always_holds_its_quote(text: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, len(text)))
    begin, end = around(text, first, last)
    assert 0 <= begin <= first <= last <= end <= len(text)


def test_a_page_that_changed_says_so() -> None:
    words = "The page may have changed since it was saved."
    assert words in panel_html(CITED, PASSAGE, 0, changed=True)
    assert words not in panel_html(CITED, PASSAGE, 0)
    note = replace(CITED, url="studypath://notes/s", deep_link="studypath://notes/s#x")
    assert "The note may have changed" in panel_html(note, PASSAGE, 0, changed=True)


def test_a_passage_is_asked_about_by_its_heading() -> None:
    html = panel_html(CITED, PASSAGE, 0, ("Index", "HNSW vs IVF"), section_id="s")
    assert 'data-ask="What is the difference between HNSW and IVF?"' in html
    assert 'href="/read/s" data-section="s"' in html
    assert "Go to section" not in panel_html(CITED, PASSAGE, 0, ("Index",))


def test_a_section_of_the_path_has_one_link_to_it() -> None:
    card = replace(CITED, url="studypath://path#s", deep_link="", kind="path")
    html = panel_html(card, PASSAGE, 0, section_id="s")
    assert html.count("<a ") == 1
    assert 'data-section="s"' in html
    assert "Ask about this" not in html


@pytest.mark.parametrize("text", ['"><script>hit()</script>', "' onfocus=hit() x='", "${hit(1)}"])
def test_hostile_words_stay_words(text: str) -> None:
    cited = replace(CITED, title=text, where=text, quote=text, start=0, end=len(text))
    html = panel_html(cited, text, 0, (text,), section_id=text)
    assert "<script" not in html
    assert 'onfocus=hit() x="' not in html
    assert "' onfocus" not in html


def test_a_hint_does_not_show_the_next_one() -> None:
    text = "Hint 1: Sort it first. Hint 2: Then cut it. Solution sketch: " + "Use a heap. " * 12
    hint = replace(CITED, quote="Hint 1: Sort it first.", start=0, end=22)
    html = panel_html(hint, text, 0, ("Exercises", "Exercise: Sort a list"))
    assert "Hint 2" not in html.partition("<details>")[0]
    assert "Hint 2" in panel_html(hint, text, 0, ("Sorting",)).partition("<details>")[0]
