"""Markdown -> an outline: headings, list items and paragraphs with their links and lines.

markdown-it's door for the learning path. What differs from plain CommonMark serves files written
by hand: lists may be indented by any amount, bare addresses are links, and a link keeps the
address as it was written whatever its scheme, so that its reader can judge it.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"---[ \t]*\n.*?\n---[ \t]*(?:\n|$)", re.DOTALL)
_TASK = re.compile(r"\[[ xX]\]\s+")
_BARE_SCHEME = re.compile(r"(?<![A-Za-z0-9+.-])https?$", re.IGNORECASE)
_BARE_REST = re.compile(r"://(?:\\[!-/:-@\[-`{-~]|[^\s\x00-\x1f<>\"`\\，。、；！？）】」』《》])+")
_ESCAPED = re.compile(r"\\(.)")
_TRAILING = ".,;:!?'*_~”’»)]}"
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_ANCHOR = re.compile(
    r"<a\s(?:[^>]*\s)?href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))", re.IGNORECASE
)
# Deep enough for any list a person writes; what is nested deeper is left out.
_MAX_NESTING = 100


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text inside a block, or one whole link.

    `literal` text was escaped or is code: its brackets are no Markdown. `line` counts from 1.
    """

    text: str
    line: int
    link: str | None = None
    strong: bool = False
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, the first paragraph of a list item, or any other text.

    `level` is a heading's level, or the number of lists around an item or text (0 outside any).
    """

    kind: Literal["heading", "item", "text"]
    level: int
    pieces: tuple[Piece, ...]
    line: int


def outline(text: str) -> tuple[Block, ...]:
    """Read Markdown as a flat sequence of blocks, in order.

    Front matter, code blocks and comments are left out. A link definition that no text uses is a
    block of its own, so that no address of the file is missing.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if match := _FRONT_MATTER.match(text):
        text = "\n" * match[0].count("\n") + text[match.end() :]
    return tuple(_blocks(_reader().parse(text)))


def plain(pieces: Iterable[Piece]) -> str:
    """Return the text of pieces with every run of white space made one space."""
    return " ".join("".join(piece.text for piece in pieces).split())


class _AsWritten(MarkdownIt):
    """Markdown whose addresses are neither judged nor rewritten."""

    def validateLink(self, url: str) -> bool:
        return True

    def normalizeLink(self, url: str) -> str:
        return url

    def normalizeLinkText(self, link: str) -> str:
        return link


def _reader() -> MarkdownIt:
    options = {"maxNesting": _MAX_NESTING, "inline_definitions": True}
    reader = _AsWritten("commonmark", options).enable("table")
    # Indentation is never code here, and Markdown between HTML tags is still Markdown.
    reader.disable(["code", "html_block"])
    # Joined, an escaped bracket could not be told from a bracket.
    reader.core.ruler.disable("text_join")
    reader.block.ruler.before("html_block", "comment", _comment, {"alt": ["paragraph"]})
    reader.inline.ruler.before("html_inline", "bare_address", _bare_address)
    return reader


def _bare_address(state: StateInline, silent: bool) -> bool:
    if silent or state.linkLevel or state.src[state.pos] != ":":
        return False
    scheme = _BARE_SCHEME.search(state.pending[-6:])
    rest = _BARE_REST.match(state.src, state.pos)
    if not scheme or not rest:
        return False
    written = _without_punctuation(rest[0])
    if written == "://":
        return False
    address = scheme[0] + _ESCAPED.sub(r"\1", written)
    state.pending = state.pending[: -len(scheme[0])]
    state.push("link_open", "a", 1).attrs = {"href": address}
    state.push("text", "", 0).content = address
    state.push("link_close", "a", -1)
    state.pos += len(written)
    return True


def _without_punctuation(address: str) -> str:
    """Drop what ends the sentence, not the address: a bracket only when it was opened outside."""
    end = len(address)
    while end > 3 and address[end - 1] in _TRAILING and address[end - 2] != "\\":
        closer = address[end - 1]
        opener = _CLOSERS.get(closer)
        if opener and address.count(opener, 0, end) >= address.count(closer, 0, end):
            break
        end -= 1
    return address[:end]


def _comment(state: StateBlock, start: int, last: int, silent: bool) -> bool:
    """Pass over a comment that fills whole lines, blank ones among them."""
    begin = state.bMarks[start] + state.tShift[start]
    if "no comment ends" in state.env or not state.src.startswith("<!--", begin):
        return False
    end = state.src.find("-->", begin + 4) + 3
    if end < 3:
        state.env["no comment ends"] = True  # so that the rest is not searched for every one
        return False
    line = start
    while line < last and state.eMarks[line] < end:
        line += 1
    if line == last or state.src[end : state.eMarks[line]].strip():
        return False
    if not silent:
        state.line = line + 1
    return True


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    used = {
        child.attrs.get("href")
        for token in tokens
        for child in token.children or ()
        if child.type == "link_open"
    }
    lists = 0
    for place, token in enumerate(tokens):
        line = token.map[0] + 1 if token.map else 0
        if token.type.endswith("_list_open"):
            lists += 1
        elif token.type.endswith("_list_close"):
            lists -= 1
        elif token.type == "definition" and token.meta["url"] not in used:
            yield Block("text", lists, (_definition(token, line),), line)
        elif token.type == "inline":
            pieces = tuple(_pieces(token.children or (), line))
            opener = tokens[place - 1]
            if opener.type == "heading_open" and opener.level == 0:
                yield Block("heading", int(opener.tag[1:]), pieces, line)
            elif tokens[place - 2].type == "list_item_open":
                yield Block("item", lists, _without_task(pieces), line)
            else:
                yield Block("text", lists, pieces, line)


def _definition(token: Token, line: int) -> Piece:
    return Piece(token.meta["title"] or token.meta["label"], line, _one_line(token.meta["url"]))


def _without_task(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    if not pieces or pieces[0].literal or not (match := _TASK.match(pieces[0].text)):
        return pieces
    return (replace(pieces[0], text=pieces[0].text[match.end() :]), *pieces[1:])


def _pieces(tokens: Sequence[Token], line: int) -> Iterator[Piece]:
    """Flatten inline tokens; a link comes out as one piece, whatever its text is made of."""
    strong = 0
    link: Piece | None = None
    for token in tokens:
        text, literal = _text(token, inside_link=link is not None), False
        if token.type in ("softbreak", "hardbreak"):
            line += 1
        elif token.type in ("strong_open", "em_open", "strong_close", "em_close"):
            strong += token.nesting
        elif token.type in ("text_special", "code_inline"):
            literal = True
        elif token.type == "html_inline":
            line += token.content.count("\n")
        opened = _opened_link(token)
        if link is not None and (opened is not None or _closes_link(token)):
            yield link
            link = None
        if opened is not None:
            link = Piece("", line, opened, strong=bool(strong))
        elif link is not None:
            link = replace(link, text=link.text + text)
        elif text:
            yield Piece(text, line, strong=bool(strong), literal=literal)
    if link is not None:
        yield link


def _text(token: Token, inside_link: bool) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    if token.type == "html_inline":
        return " " if token.content.lower().startswith("<br") else ""
    if token.type == "image" and not inside_link:
        return ""
    return token.content


def _opened_link(token: Token) -> str | None:
    if token.type == "link_open":
        return _one_line(str(token.attrs.get("href", "")))
    if token.type == "html_inline" and (match := _ANCHOR.match(token.content)):
        return _one_line(html.unescape(next(g for g in match.groups() if g is not None)))
    return None


def _one_line(address: str) -> str:
    return re.sub(r"[\r\n]", "", address).strip()


def _closes_link(token: Token) -> bool:
    if token.type == "html_inline":
        return token.content.lower().startswith("</a")
    return token.type == "link_close"
