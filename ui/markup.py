"""Hostile Markdown to safe Markdown and to plain text; pure.

Everything a page, a note or a model wrote is parsed, and only what is understood is written anew:
words, emphasis, code, formulas, lists and tables. Links become their words, images and raw HTML
never pass.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.tree import SyntaxTreeNode

from ui import formulas

# Control characters (terminal escapes among them), direction overrides that make text read as
# something else, and the private-use characters that mark a quote (`ui/safe_html.py`) and a formula
# (`ui/formulas.py`).
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ue000-\ue005]"
)
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x85]")
_SPECIAL = re.compile(
    r"(?P<entity>&(?=#?\w{1,40};))"
    r"|(?P<slash>\\(?=[!-/:-@\[-`{-~]|$))"
    r"|(?P<word_bar>(?<![^\W_])_|_(?![^\W_]))"
    r"|(?P<link>(?<=[a-z]):(?=//)|(?<=\bwww)\.|(?<=\w)@(?=\w))"
    r"|(?P<mark>[`*\[\]~$])"
    r"|(?P<tag><)",
    re.IGNORECASE,
)
_LINE_START = re.compile(r"(?:[#+\-=>]|\d+(?=[.)]))")
_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,20}")
# The chat page draws fences of this language as diagrams, from text we do not control.
_DRAWN_LANGUAGES = frozenset({"mermaid"})


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a line: "text", "code" or "formula" with its `text`, "strong" or "em" with runs.

    The text of a formula is its source with the delimiters.
    """

    kind: str
    text: str = ""
    inside: tuple["Run", ...] = ()


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # Every link is parsed as one, whatever its scheme, so that only its words go on.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    # Before Markdown takes the backslashes and stars of a formula for its own.
    parser.inline.ruler.before("escape", "formula", _take_formula)
    return parser


def _take_formula(state: StateInline, silent: bool) -> bool:
    """Read a formula; a rule of the parser, which asks it outside inline code only."""
    formula = formulas.formula_at(state.src, state.pos)
    if formula is None or state.pos + formula.length > state.posMax:
        return False
    if not silent:
        state.push("formula", "", 0).content = formula.source
    state.pos += formula.length
    return True


def clean(text: str) -> str:
    """Give one kind of line end and drop characters that nobody sees but a machine obeys."""
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text))


def parse(cleaned: str) -> SyntaxTreeNode:
    """Parse cleaned Markdown blocks into a tree; raw HTML is text in it."""
    return SyntaxTreeNode(_parser().parse(cleaned))


def one_line(text: str) -> str:
    """Put text that is not Markdown on one line."""
    return " ".join(clean(text).split())


def escape(text: str) -> str:
    """Write plain words so that Markdown and HTML show them as they are, on one line."""
    return _escape_line_start(_escape_words(one_line(text)))


def _escape_words(text: str) -> str:
    return _SPECIAL.sub(_escape_one, text)


def _escape_one(match: re.Match[str]) -> str:
    if match.lastgroup == "tag":
        return "&lt;"
    return "&amp;" if match.lastgroup == "entity" else "\\" + match[0]


def _escape_line_start(line: str) -> str:
    start = _LINE_START.match(line)
    if not start:
        return line
    # "3." becomes "3\.", "# x" becomes "\# x".
    cut = start.end() if start[0][0].isdigit() else 0
    return f"{line[:cut]}\\{line[cut:]}"


def safe_line(text: str) -> str:
    """Write one sentence of Markdown as safe Markdown on one line, formulas between dollars."""
    return formulas.in_markdown(marked_line(text))


def safe_blocks(text: str) -> str:
    """Write blocks (code, tables, lists, paragraphs) as safe Markdown, formulas between dollars."""
    return formulas.in_markdown(marked_blocks(text))


def marked_line(text: str) -> str:
    """Write one sentence of Markdown as `safe_line` does, its formulas marked."""
    inline = _parser().parseInline(one_line(text))
    return _escape_line_start(_inline(words(SyntaxTreeNode(inline))))


def marked_blocks(text: str) -> str:
    """Write Markdown blocks as `safe_blocks` does, their formulas marked."""
    return "\n\n".join(_blocks(parse(clean(text)).children))


def fence(code: str, language: str = "") -> str:
    """Write code between fences that nothing inside it can close."""
    longest = max((len(run) for run in re.findall("`+", code)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{safe_language(language)}\n{code.rstrip(chr(10))}\n{ticks}"


def safe_language(info: str) -> str:
    """Keep a fence's language when it is a plain word, else nothing."""
    word = info.split()[0] if info.split() else ""
    plain_word = _LANGUAGE.fullmatch(word) and word.lower() not in _DRAWN_LANGUAGES
    return word if plain_word else ""


def _blocks(nodes: Sequence[SyntaxTreeNode]) -> list[str]:
    return [block for block in map(_block, nodes) if block]


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "paragraph":
            return _escape_line_start(_inline(words(node)))
        case "heading":
            line = runs(words(node))
            line = (Run("strong", inside=line),) if _stands(line) else line
            return _escape_line_start(_write(line, in_table=False))
        case "fence" | "code_block":
            return fence(node.content, node.info)
        case "bullet_list" | "ordered_list":
            return _list(node)
        case "table":
            return _table(node)
        case "blockquote":
            inside = "\n\n".join(_blocks(node.children))
            return "\n".join(f"> {line}".rstrip() for line in inside.split("\n"))
        case _:
            return ""


def runs(nodes: Sequence[SyntaxTreeNode]) -> tuple[Run, ...]:
    """Flatten inline nodes: links become their words, images go, neighbouring texts are one.

    Texts are joined before anything is escaped: `http[:](x)//host` must not become an address.
    """
    line: list[Run] = []
    for node in nodes:
        for run in _runs_of(node, line):
            if run.kind == "text" and line and line[-1].kind == "text":
                run = Run("text", line.pop().text + run.text)
            line.append(run)
    return tuple(line)


def _runs_of(node: SyntaxTreeNode, before: Sequence[Run]) -> tuple[Run, ...]:
    match node.type:
        case "text" | "html_inline" | "text_special":
            return (Run("text", node.content),) if node.content else ()
        case "softbreak" | "hardbreak":
            return (Run("text", " "),)
        case "code_inline":
            code = " ".join(node.content.split())
            return (Run("code", code),) if code else ()
        case "formula":
            return (Run("formula", node.content),)
        case "strong" | "em":
            inside = runs(node.children)
            touching = bool(before) and before[-1].kind in ("strong", "em")
            # Emphasis is kept only where it cannot be read in another way.
            return (Run(node.type, inside=inside),) if _stands(inside) and not touching else inside
        case "image":
            return ()
        case _:
            return runs(node.children)


def _stands(inside: Sequence[Run]) -> bool:
    """Say whether runs begin and end with a letter or digit, so that stars around them hold."""
    if not inside or inside[0].kind != "text" or inside[-1].kind != "text":
        return False
    return inside[0].text[0].isalnum() and inside[-1].text[-1].isalnum()


def words(node: SyntaxTreeNode) -> Sequence[SyntaxTreeNode]:
    """Give the inline nodes of a paragraph, heading or cell."""
    return [word for inline in node.children for word in inline.children]


def _list(node: SyntaxTreeNode) -> str:
    number = first_number(node)
    items = []
    for item in node.children:
        head = "- " if number is None else f"{number}. "
        number = None if number is None else number + 1
        body = _join_item(_blocks(item.children)).replace("\n", "\n" + " " * len(head))
        items.append(re.sub(r"(?m)^ +$", "", (head + body).rstrip()))
    return "\n".join(items)


def _join_item(blocks: Sequence[str]) -> str:
    """Join the blocks of a list item; code and bullets need no empty line before them."""
    joined = "".join(
        ("\n" if block.startswith(("- ", "```")) else "\n\n") + block for block in blocks
    )
    return joined.lstrip("\n")


def first_number(node: SyntaxTreeNode) -> int | None:
    """Give the first number of an ordered list, None for a bulleted one."""
    return int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None


def table_rows(node: SyntaxTreeNode) -> list[list[SyntaxTreeNode]]:
    """Give a table's cells row by row, the header row first."""
    return [list(row.children) for part in node.children for row in part.children]


def _table(node: SyntaxTreeNode) -> str:
    rows = [[_inline(words(cell), in_table=True) for cell in row] for row in table_rows(node)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(rows[0]))
    return "\n".join(lines)


def _inline(nodes: Sequence[SyntaxTreeNode], in_table: bool = False) -> str:
    return _write(runs(nodes), in_table)


def _write(line: Sequence[Run], in_table: bool) -> str:
    written = ""
    for run, before in zip(line, (None, *line), strict=False):
        # Backticks that touch would be read as one; a formula may be written as code, too.
        touching = before and {run.kind, before.kind} <= {"code", "formula"}
        written += (" " if touching else "") + _write_run(run, in_table)
    return written


def _write_run(run: Run, in_table: bool) -> str:
    match run.kind:
        case "code":
            return _code(run.text, in_table)
        case "formula":
            return _formula(run.text, in_table)
        case "strong" | "em":
            stars = "**" if run.kind == "strong" else "*"
            return f"{stars}{_write(run.inside, in_table)}{stars}"
        case _:
            return _escape_cell(run.text) if in_table else _escape_words(run.text)


def _formula(source: str, in_table: bool) -> str:
    """Mark a formula; one that may not be drawn is written as inline code."""
    if in_table:  # a bar would end the cell; TeX has names for both of them
        source = source.replace("\\|", "\\Vert ").replace("|", "\\vert ")
    return formulas.marked(source) or _code(source, in_table)


def _escape_cell(text: str) -> str:
    return _escape_words(text).replace("|", "\\|")


def _code(code: str, in_table: bool) -> str:
    if in_table and "\\|" in code:
        return _escape_cell(code)
    lengths = {len(ticks) for ticks in re.findall("`+", code)}
    ticks = "`" * next(n for n in range(1, len(lengths) + 2) if n not in lengths)
    space = " " if code[0] == "`" or code[-1] == "`" else ""
    written = f"{ticks}{space}{code}{space}{ticks}"
    return written.replace("|", "\\|") if in_table else written


def plain_line(text: str) -> str:
    """Write one sentence of Markdown as plain words on one line, for a terminal."""
    inline = _parser().parseInline(one_line(text))
    return _plain_words(words(SyntaxTreeNode(inline))).strip()


def plain_blocks(text: str) -> str:
    """Write Markdown blocks as plain text, code indented by four, for a terminal."""
    return "\n\n".join(filter(None, map(_plain_block, parse(clean(text)).children)))


def _plain_block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "paragraph" | "heading":
            return _plain_words(words(node)).strip()
        case "fence" | "code_block":
            return "\n".join(
                f"    {line}".rstrip() for line in node.content.rstrip("\n").split("\n")
            )
        case "bullet_list" | "ordered_list":
            return _plain_list(node)
        case "table":
            rows = [[_plain_words(words(cell)) for cell in row] for row in table_rows(node)]
            return "\n".join(" | ".join(row) for row in rows)
        case "blockquote":
            return "\n\n".join(filter(None, map(_plain_block, node.children)))
        case _:
            return ""


def _plain_list(node: SyntaxTreeNode) -> str:
    number = first_number(node)
    items = []
    for item in node.children:
        head = "- " if number is None else f"{number}. "
        number = None if number is None else number + 1
        body = "\n".join(filter(None, map(_plain_block, item.children)))
        items.append(head + body.replace("\n", "\n" + " " * len(head)))
    return "\n".join(items)


def _plain_words(nodes: Sequence[SyntaxTreeNode]) -> str:
    return "".join(_plain_run(run) for run in runs(nodes))


def _plain_run(run: Run) -> str:
    return run.text or "".join(map(_plain_run, run.inside))
