"""Formulas: found where mathematics stands, never in prices or shell code, and never as markup."""

import re
from html import unescape
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answer import Answer, Sentence
from tests.worst_reader import TEXT_TAGS, Tags, as_html, render
from ui import formulas, markup
from ui.formulas import DISPLAY, DRAWN_AT_MOST, INLINE, LONGEST, formula_at, may_be_drawn
from ui.render import answer_json, chat_markdown, copy_markdown, terminal_text

MARKED = re.compile("[\ue002\ue004]([^\ue002-\ue005]*)[\ue003\ue005]")

MATHEMATICS = [
    "$x$", "$n$", "$10$", "$0.5$", "$1,000$", "$-2$", "$f'$", "$x_i$", "$a^l_j$", "$a + b$",
    "$O(n \\log n)$", "$f(x) = e^{-x}$", "$(x, y)$", "$[0, 1]$", "$|V|$", "$w = 0$", "$n!$",
    "$\\alpha$", "$\\hat{y}_i$", "$\\text{loss of } w$", "$d_{model}$", "$3 \\times 3$",
    "$\\|v\\|$", "$\\{a, b\\}$", "$x < y$", "$y_{pred}$", "$P(A|B)$", "$\\sqrt{2}$", "$k-1$",
    "$$y = mx + b$$", "$$ \\frac{a}{b} $$", "$$TPR = \\frac{TP}{TP + FN}$$",
    "$$\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}$$",
    "$$\\begin{eqnarray} a & = & b \\tag{3}\\end{eqnarray}$$",
    "\\(x\\)", "\\(\\alpha\\)", "\\(E = mc^2\\)", "\\[ \\sum_i x_i \\]", "\\[E = mc\\]",
]  # fmt: skip
# What stands here is text, from its first character on to its last.
WORDS = [
    "$5 and $6", "$5-$10", "between $5 and $10.", "$5/month or $50/year", "$1,000", "US$5 or A$6",
    "$PATH", "$HOME/bin:$PATH", "$(pwd)", "$(pwd)/$(ls)", "${HOME}/${USER}", "$A$B", "$a$s",
    "echo $$ && echo $$", "kill $$", "$$.log and $$.tmp", "$x = $y + $z", "[ $a -eq $b ]",
    "$1 and $2", "$@ $# $? $!", "$HOME$", "$my_name$", "$key=value$", "$5 or 6$", "$ x $",
    "$x $y", "a$b$c", "\\$x$", "$x\\$", "$`x`$", "$a\n\nb$", "$$$", "$$$$", "$$ $$", "$", "$$",
    "\\[1\\]", "\\[x\\] done", "\\[1, 2\\]", "\\[0-9\\]", "file\\(s\\)", "\\(see below\\)",
    "\\[a\\]\\(b\\)", "\\[link\\](http://evil.example)", "\\(x", "$\\n$", "$\\d+$", "C:\\temp$x",
    "$[x](http://evil.example)=a^2$", "$![x]a^2$", "$x = http://evil.example$", "$a@b^2$",
]  # fmt: skip
HOSTILE = [
    "\\href{javascript:hit()}{x}", "\\url{x}", "\\includegraphics{x}", "\\htmlClass{a}{x^2}",
    "\\htmlId{panel}{x}", "\\htmlStyle{position:fixed}{x}", "\\htmlData{a=b}{x}",
    "\\def\\a{\\a\\a}\\a", "\\newcommand{\\a}{b}\\a", "\\gdef\\a{b}", "\\let\\a=\\b", "\\xdef\\a{}",
    "\\rule{999em}{999em}", "\\kern-99em x", "\\hspace{-99em}x", "\\raisebox{9em}{x}", "\\llap{x}",
    "\\color{white}x", "\\textcolor{white}{x}", "\\colorbox{red}{x}", "\\phantom{x}", "\\char`x",
    "\\mathchoice{a}{b}{c}{d}", "\\csname x\\endcsname", "\\input{x}", "\\require{x}", "\\unknown",
    "a \\\\[99em] b", "a \\\\[-9pt] b", "\\begin{CD}a\\end{CD}", "\\begin{matrix}a",
    "a\\end{matrix}",
    "{a", "a}", "}{", "{" * 13 + "a" + "}" * 13, "\\left( a", "a \\right)", "a % b", "a # b",
    "a & b", "x\\!" * 20, "\\begin{array}{p{99em}}a\\end{array}", "\\smash{x}", "\\Huge x",
]  # fmt: skip
TOKENS = [
    *MATHEMATICS, *(f"${tex} = a^2$" for tex in HOSTILE), *WORDS, "$", "$$", "\\(", "\\)", "\\[",
    "\\]", "<b y=", "<img src=x onerror=hit()>", "x<b ", " z>", "&lt;", "&", "`", "```\n", "*", "_",
    "**", "|", "| a | b |\n|---|---|\n", "\n", " ", "a", "1. ", "- ", "http:", "//x.example", "\\",
    *INLINE, *DISPLAY, "%%%LATEX_BLOCK_0%%%", "{", "}", "^", "\u202e", "é",
]  # fmt: skip
hostile = st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=3)), max_size=14).map(
    "".join
)


def answer(*texts: str, block: bool = False) -> Answer:
    return Answer("How?", tuple(Sentence(text, (), block=block) for text in texts))


def drawn(markdown: str) -> list[str]:
    """What the page hands to KaTeX."""
    return [unescape(found) for found in MARKED.findall(markdown)]


def on_the_page(markdown: str) -> Tags:
    """Read an answer as the page does: formulas are put aside, and put back as HTML."""
    kept: list[str] = []

    def put(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"%%%KEPT{len(kept) - 1}%%%"

    html = as_html(MARKED.sub(put, markdown))
    return Tags(re.sub(r"%%%KEPT(\d+)%%%", lambda m: kept[int(m[1])], html))


# ── what is a formula ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("source", MATHEMATICS)
def test_mathematics_is_found_and_may_be_drawn(source: str) -> None:
    for text, at in ((source, 0), (f"so {source}, (and)", 3), (f"({source})", 1)):
        formula = formula_at(text, at)
        assert formula is not None
        assert (formula.source, formula.length) == (source, len(source))
        assert formula.may_be_drawn
    assert len(drawn(chat_markdown(answer(f"Here {source} stands."), "m", {}))) == 1


@pytest.mark.parametrize("text", WORDS)
def test_prices_shell_code_and_escaped_brackets_are_words(text: str) -> None:
    assert not [at for at in range(len(text)) if formula_at(text, at)]
    for block in (False, True):
        assert drawn(chat_markdown(answer(f"Pay {text} now.", block=block), "m", {})) == []


@pytest.mark.parametrize("tex", HOSTILE)
@pytest.mark.parametrize("around", ["${} = a^2$", "$${} = a^2$$", "\\(a^2 = {}\\)", "\\[a^2={}\\]"])
def test_a_formula_that_could_do_harm_is_shown_as_source(tex: str, around: str) -> None:
    source = around.replace("{}", tex)
    shown = chat_markdown(answer(f"Here {source} stands."), "m", {})
    assert drawn(shown) == []
    assert on_the_page(shown).names <= {"p", "code", "em"}


def test_code_is_left_alone() -> None:
    block = "```bash\necho $A$\n\n\nx=$x^2$ \\(a\\)\n```"
    shown = chat_markdown(answer(block, "Use `$x^2$` and `\\(a\\)`.", block=True), "m", {})
    assert drawn(shown) == []
    assert block in shown
    assert "`$x^2$` and `\\(a\\)`" in shown


def test_a_formula_in_emphasis_a_list_or_a_cell_is_drawn() -> None:
    item = "- with *less $x_1$ here* and $y^2$"
    table = "| a | b |\n| --- | --- |\n| $P(A\\|B)$ | $\\alpha$ |"
    assert drawn(chat_markdown(answer(item, table, block=True), "m", {})) == [
        "x_1", "y^2", "P(A\\vert B)", "\\alpha"
    ]  # fmt: skip
    assert "<table>" in as_html(copy_markdown(answer(table, block=True)))


def test_what_katex_lacks_is_written_with_what_it_has() -> None:
    source = "$$\\begin{eqnarray} a & = & b \\label{x}\\tag{3}\\end{eqnarray}$$"
    assert drawn(chat_markdown(answer(source), "m", {})) == [
        "\\begin{array}{rcl} a & = & b \\qquad (\\text{3})\\end{array}"
    ]


def test_size_has_limits() -> None:
    long = "$" + "+".join(["x"] * LONGEST) + "$"
    assert formula_at(long) is None
    half = "$" + "+".join(["x"] * (LONGEST // 4)) + "$"
    shown = chat_markdown(answer(*[half] * 40), "m", {})
    assert 0 < len("".join(drawn(shown))) <= DRAWN_AT_MOST
    assert shown.count("x+x") > len(drawn(shown))  # the rest is there, as source
    assert "code" in on_the_page(shown).names


# ── nothing becomes markup ──────────────────────────────────────────────────────────────────────


@given(hostile, st.booleans())
@settings(deadline=None)
def test_a_formula_never_becomes_markup(text: str, block: bool) -> None:
    shown = chat_markdown(answer(text, block=block), "m", {})
    assert not re.search("[\ue000-\ue005]", MARKED.sub("", shown))
    page = on_the_page(shown)
    assert page.names <= TEXT_TAGS - {"a"}
    for _, attributes in page.found:
        assert set(attributes) <= {"class", "start"}
    for tex in drawn(shown):
        assert may_be_drawn(tex.replace("{array}{rcl}", "{matrix}").replace("{array}", "{matrix}"))
        assert not re.search(r"\\(?:href|url|html|def|include)|://", tex)


@given(hostile, st.booleans())
@settings(deadline=None)
def test_a_copied_formula_is_no_markup_where_formulas_are_unknown(text: str, block: bool) -> None:
    page = render(copy_markdown(answer(text, block=block)))
    assert page.names <= TEXT_TAGS - {"a"}


@given(hostile)
@settings(deadline=None)
def test_an_answer_with_formulas_reads_as_it_was_written(text: str) -> None:
    line = markup.runs(markup.words(markup.parse(markup.one_line(text))))
    if any(run.kind in ("strong", "em") for run in line):
        return
    shown = on_the_page(formulas.on_page(markup.marked_line(text)))
    words = re.sub("[\ue002-\ue005]", "", shown.words)
    kept = markup.plain_line(text)
    if "\\begin" not in kept and "\\mbox" not in kept:  # the page has other names for some
        assert only_words(words) == only_words(kept)


def only_words(text: str) -> str:
    """Leave the delimiters of formulas and all space out."""
    return re.sub(r"\$\$?|\\[()\[\]]|\s", "", text)


@given(hostile)
@settings(deadline=None)
def test_text_without_formulas_is_written_as_if_there_were_none(text: str) -> None:
    if MARKED.search(markup.marked_line(text)) or formula_anywhere(text):
        return
    with mock.patch.object(formulas, "formula_at", return_value=None):
        without = markup.marked_line(text)
    assert markup.marked_line(text) == without


def formula_anywhere(text: str) -> bool:
    line = markup.one_line(text)
    return any(formula_at(line, at) for at in range(len(line)))


@given(hostile, hostile)
@settings(deadline=None)
def test_only_our_own_delimiters_reach_the_page(text: str, title: str) -> None:
    assert not re.search("[\ue000-\ue005]", markup.escape(text) + markup.fence(markup.clean(title)))


# ── elsewhere ───────────────────────────────────────────────────────────────────────────────────


def test_copies_terminal_and_json_keep_the_source() -> None:
    made = answer("Take $x_i^*$ and \\(\\frac{a}{b}\\) or $\\href{x}{y}^2$, for $5.")
    assert copy_markdown(made) == (
        "Take $x_i^*$ and $\\frac{a}{b}$ or `$\\href{x}{y}^2$`, for \\$5."
    )
    assert answer_json(made)["answer"] == copy_markdown(made)
    assert terminal_text(made, {}).startswith(
        "Take $x_i^*$ and \\(\\frac{a}{b}\\) or $\\href{x}{y}^2$, for $5."
    )


def test_a_copied_formula_opens_no_element() -> None:
    assert copy_markdown(answer("If $a<b c=$ so> it is.")).startswith("If $a\\lt b c=$ so")


def test_long_repetition_stays_fast() -> None:
    for token in ("$", "$$", "\\(", "\\[", "$x", "$x$", "\\(a", "$\\alpha ", "{", "$a_{", "$x x "):
        markup.marked_line(token * 3_000)
