"""Markers of models: whatever the chunks, no id and no marker is left, and code is not touched."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.markers import LOOKS_LIKE_MARKER, MarkerReader, Piece, looks_like_id, parse
from assistant.sanitise import shelve

GIVEN = ("k7f3qb", "m2w4xz", "d9t9ds")
A, B, C = GIVEN


def read(text: str, cuts: tuple[int, ...] = (), *, whole: bool = True) -> tuple[Piece, ...]:
    """Feed a text cut at these places."""
    reader = MarkerReader(GIVEN)
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces: list[Piece] = []
    for begin, end in pairwise(places):
        pieces += reader.feed(text[begin:end])
    return (*pieces, *reader.finish(whole=whole))


def said(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(piece.text, piece.ids) for piece in read(text)]


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        (f"It is so [{A}].", (A,)),
        (f"It is so. [{A}]", (A,)),
        (f"It is so.[{A}]", (A,)),
        (f"It is so [{A}, {B}].", (A, B)),
        (f"It is so [{A}][{B}].", (A, B)),
        (f"It is so [{A}] [{B}]. [{C}]", (A, B, C)),
        (f"It is so [{A}; {B} and {C}].", (A, B, C)),
        (f"It is so 【{A}】.", (A,)),
        (f"It is so 【{A}†source】.", (A,)),
        (f"It is so ［{A}］.", (A,)),
        (f'It is so ["{A}"].', (A,)),
        (f"It is so [“{A}”, '{B}'].", (A, B)),
        (f"It is so [passage {A}].", (A,)),
        (f"It is so [Passages: {A}, {B}].", (A, B)),
        (f"It is so [^{A}].", (A,)),
        (f"It is so [[{A}]].", (A,)),
        (f"It is so ({A}).", (A,)),
        (f"It is so (see passage {A}).", (A,)),
        (f"It is so **[{A}]**.", (A,)),
        (f"It is so `[{A}]`.", (A,)),
        (f"It is so [{A}](https://evil.example/x).", (A,)),
        (f"It is so [{A.upper()}].", (A,)),
        (f"It is so [{A}, zz9zz9, 7].", (A,)),
        (f"It is so {A}.", (A,)),
        ("It is so [1].", ()),
        ("It is so [1, 2][3].", ()),
        ("It is so 【4:0†source】.", ()),
        ("It is so [zz9zz9].", ()),
        ("It is so [^1].", ()),
        (f"It is so.\n\n[{A}]", (A,)),
        (f"[{A}] It is so.", (A,)),
    ],
)
def test_each_way_to_write_a_marker(written: str, ids: tuple[str, ...]) -> None:
    assert said(written) == [("It is so.", ids)]


@pytest.mark.parametrize(
    "text",
    [
        "The interval [0, 1] is closed.",
        "The [CLS] token comes first.",
        "See a[i] and the list [x, y].",
        "Use `a[1]` and `b[1, 2]` for it.",
        "The sum $x_{[1]} + a[2]$ is small.",
        "So $a < b$ and $x<y$ hold.",
        "Between 3.5 and 4.5, e.g. here, it costs $5 and then $6 more.",
        "It is **bold** and *thin* here.",
    ],
)
def test_what_is_no_marker_stays(text: str) -> None:
    assert said(text) == [(text, ())]


def test_a_marker_behind_a_stop_belongs_to_the_sentence_before_it() -> None:
    text = f"One is here. [{A}] Two is there. [{B}]\nThree [{C}] goes on."
    assert said(text) == [
        ("One is here.", (A,)),
        ("Two is there.", (B,)),
        ("Three goes on.", (C,)),
    ]


def test_lists_tables_and_headings() -> None:
    text = (
        f"## How it works\n\n- **One**: first [{A}]\n- two\n  goes on [{B}]\n  * inner [7]\n"
        f"1) Step [{C}]\n\n| a | b |\n|---|:-:|\n| x [{A}] | y |\n\n---\n> Said [{B}]."
    )
    assert [(p.text, p.ids, p.kind) for p in read(text)] == [
        ("- **One**: first", (A,), "item"),
        ("- two goes on", (B,), "item"),
        ("- inner", (), "item"),
        ("1. Step", (C,), "ordered"),
        ("| a | b |\n| --- | :-: |\n| x | y |", (A,), "table"),
        ("Said.", (B,), "prose"),
    ]


def test_code_keeps_its_language_and_its_blank_lines() -> None:
    block = "```python\nx = a[1]\n\n\n    y = '[2, 3]'  # 【1】\n```"
    assert [(p.text, p.ids, p.kind) for p in read(f"Do it:\n\n{block}\n[{A}]\n\nDone.")] == [
        ("Do it:", (), "prose"),
        (block, (A,), "code"),
        ("Done.", (), "prose"),
    ]


def test_an_id_inside_code_is_taken_out_and_counts() -> None:
    assert read(f"```\nrun()  # [{A}]\n```") == (Piece("```\nrun()  #\n```", (A,), "code"),)


@pytest.mark.parametrize("formula", ["$$\nx = \\frac{a}{b}\n$$", "\\[\nx = \\frac{a}{b}\n\\]"])
def test_a_displayed_formula_is_one_piece(formula: str) -> None:
    assert read(f"{formula}\n\nSo [{A}].") == (
        Piece("$$x = \\frac{a}{b}$$", (), "math"),
        Piece("So.", (A,)),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'{{"answer": "It is. It was [{B}]."}} I hope so.', [("It is.", ()), ("It was.", (B,))]),
        (f'```json\n{{"answer": "It is.", "citations": ["{A}"]}}\n```', [("It is.", (A,))]),
        (
            f'{{"sentences": [{{"text": "It is.", "citations": ["{A}"]}}, {{"text": "So."}}]}}',
            [("It is.", (A,)), ("So.", ())],
        ),
        (f"<think>perhaps [{A}]</think>\nIt is [{B}].", [("It is.", (B,))]),
        (f"Sources: [{A}], [{B}]", []),
        ("", []),
        (" \n ", []),
        ("The end is near [k7f", [("The end is near", ())]),
    ],
)
def test_answers_that_are_not_plain_text(
    text: str, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert said(text) == expected


def test_json_that_is_no_answer_is_code() -> None:
    block = '```json\n{"k": [1, 2]}\n```'
    assert read(block) == (Piece(block, (), "code"),)


def test_an_answer_that_was_cut_off_loses_its_last_half_sentence() -> None:
    assert [p.text for p in read("One is whole. Two is no", whole=False)] == ["One is whole."]
    assert [p.text for p in read("One is.\n```py\nx = ", whole=False)] == ["One is."]
    assert [p.text for p in read("One is whole.", whole=False)] == ["One is whole."]


def test_sentences_come_before_the_answer_has_ended() -> None:
    reader = MarkerReader(GIVEN)
    assert reader.feed(f"One is here [{A}]. ") == ()  # what follows could be a marker of it
    assert reader.feed("T") == (Piece("One is here.", (A,)),)
    assert reader.feed("wo is there. [") == ()
    assert reader.feed(f"{B}]\n\nFo") == (Piece("Two is there.", (B,)),)


# ── whatever comes ──────────────────────────────────────────────────────────────────────────────

MARKS = [f"[{A}]", f"[{A}, {B}]", f"【{C}】", f" [{B}][{C}]", "[1]", "[1, 2]", "[zz9zz9]", A]
SIGNS = (
    "[ ] 【 ( ) .␣ . ?␣ :␣ ⏎ ⏎⏎ -␣ 1.␣ ##␣ >␣ |␣ |---| ``` ```py⏎ ⏎```⏎ ` `` $ $$ \\( \\) \\[ \\]"
    " ** _ <b> < > ![x](http://e.x/y) ](x) e.g.␣ Word word Two␣words x ␣ ␣␣ é { <think> </think>"
    " --- === javascript: Sources:␣ passage␣ 3.5 ~~~"
)
PARTS = st.sampled_from(
    [
        *MARKS,
        *SIGNS.replace("␣", "\0").replace("⏎", "\n").split(" "),
        *(f'["{A}"', "\r\n", "\r", "\t", "\u200b", "\x1b[31m", "\ue002", '{"answer": "'),
    ]
).map(lambda part: part.replace("\0", " "))
TEXTS = st.one_of(
    st.lists(PARTS, max_size=30).map("".join),
    st.text(max_size=120),
    st.lists(st.text(max_size=9) | PARTS).map("".join),
)
CUTS = st.lists(st.integers(0, 250), max_size=12).map(tuple)


@given(TEXTS, CUTS)
@settings(max_examples=250, deadline=None)
@example("One.\n\n## Sources\n[k7f3qb]", tuple(range(40)))
def test_the_chunks_do_not_matter(text: str, cuts: tuple[int, ...]) -> None:
    assert read(text, cuts) == read(text)


@given(TEXTS)
@settings(max_examples=120, deadline=None)
def test_letter_by_letter_is_the_same(text: str) -> None:
    assert read(text, tuple(range(len(text)))) == read(text)


@given(TEXTS)
@settings(max_examples=250, deadline=None)
def test_no_output_holds_an_id_or_a_marker(text: str) -> None:
    for piece in read(text):
        assert not any(i in piece.text.lower() for i in GIVEN)
        assert set(piece.ids) <= set(GIVEN)
        if piece.kind == "code":
            continue
        outside, _ = shelve(piece.text)  # without inline code and formulas
        assert not re.search("【[^】]*】", outside)
        assert not LOOKS_LIKE_MARKER.search(outside)
        for inside in re.findall(r"\[([^\[\]]*)\]", outside):
            tokens = re.findall(r"\w+", inside)
            assert not tokens or not all(map(looks_like_id, tokens)), piece


CODE_LINES = st.lists(
    st.text(
        st.characters(codec="ascii", exclude_characters="\r", exclude_categories=["Cc"]),
        max_size=30,
    )
    .filter(lambda line: not line.lstrip().startswith(("```", "~~~")))
    .filter(lambda line: not any(i in line.lower() for i in GIVEN)),
    min_size=1,
    max_size=8,
)


@given(CODE_LINES, CUTS)
@settings(max_examples=120, deadline=None)
def test_code_survives_letter_by_letter(lines: list[str], cuts: tuple[int, ...]) -> None:
    block = "```python\n" + "\n".join(lines) + "\n```"
    pieces = read(f"Do it:\n\n{block}\n\nDone [{A}].", cuts)
    assert pieces == (Piece("Do it:", ()), Piece(block, (), "code"), Piece("Done.", (A,)))


@given(
    st.text(
        st.characters(codec="ascii", categories=["L", "N", "P", "S"], exclude_characters="`"),
        min_size=1,
    ).filter(lambda code: not any(i in code.lower() for i in GIVEN))
)
@settings(deadline=None)
def test_inline_code_survives(code: str) -> None:
    assert said(f"Use `{code}` now [{A}].") == [(f"Use `{code}` now.", (A,))]


def test_ids_of_an_object_are_kept_when_no_piece_has_its_own() -> None:
    assert parse("It is. So.", GIVEN, (A, "zz9zz9")) == (Piece("It is.", (A,)), Piece("So.", (A,)))


def test_a_text_without_end_is_cut_and_takes_no_long_time() -> None:
    text = "word [0, x " * 3000
    pieces = read(text, tuple(range(0, len(text), 5)))
    assert pieces == read(text)
    assert max(len(piece.text) for piece in pieces) < 2000
