"""The units an answer is made of: sentences, list items, code blocks and tables of a passage."""

import re
from dataclasses import dataclass

FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,})")
ITEM = re.compile(r"^[ \t]*(?P<mark>[-*+]|\d{1,3}[.)])[ \t]+")
HEADING = re.compile(r"^#{1,6}\s")
RULE = re.compile(r"^\s*(?:[-*_]\s*){3,}$")


@dataclass(frozen=True, slots=True)
class Span:
    """A verbatim stretch of a passage: `text == passage.text[start:end]`.

    `kind` is prose, item, ordered, code or table; spans of the same `block` follow each other in
    one paragraph or list; `position` counts sentences from the start of the passage.
    """

    text: str
    start: int
    end: int
    kind: str
    block: int
    position: int


@dataclass(frozen=True, slots=True)
class Block:
    """A run of lines of one kind in a passage, before it is cut into spans."""

    kind: str
    start: int
    end: int


def blocks_of(text: str) -> list[Block]:
    """Cut Markdown into paragraphs, list items, code blocks and tables, with offsets."""
    blocks: list[Block] = []
    offset, fence = 0, ""
    kind, begin = "", 0

    def close(end: int) -> None:
        nonlocal kind
        if kind and text[begin:end].strip():
            blocks.append(Block(kind, begin, end))
        kind = ""

    for line in text.splitlines(keepends=True):
        here, offset = offset, offset + len(line)
        mark = FENCE.match(line)
        if fence:
            if mark and mark["mark"].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
                close(offset)
            continue
        if mark:
            close(here)
            kind, begin, fence = "code", here, mark["mark"]
        elif not line.strip() or HEADING.match(line) or RULE.match(line):
            close(here)
        elif line.lstrip().startswith("|"):
            if kind != "table":
                close(here)
                kind, begin = "table", here
        elif item := ITEM.match(line):
            close(here)
            kind, begin = ("ordered" if item["mark"][0].isdigit() else "item"), here
        elif kind not in ("prose", "item", "ordered"):
            close(here)
            kind, begin = "prose", here
    close(len(text))
    return blocks


def spans_of(text: str) -> tuple[Span, ...]:
    """Cut a passage into spans, in reading order."""
    spans: list[Span] = []
    number, previous = -1, ""
    for block in blocks_of(text):
        joins = block.kind in ("item", "ordered") and block.kind == previous
        number += not joins
        previous = block.kind
        if block.kind in ("code", "table"):
            start, end = trimmed(text, block.start, block.end)
            spans.append(Span(text[start:end], start, end, block.kind, number, len(spans)))
            continue
        begin = block.start
        if block.kind != "prose" and (item := ITEM.match(text[block.start : block.end])):
            begin += item.end()
        for start, end in sentences(text, begin, block.end):
            spans.append(Span(text[start:end], start, end, block.kind, number, len(spans)))
    return tuple(spans)


# A full stop after these ends no sentence.
ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|fig|eq|eqs|sec|ch|no|vol|approx|resp|dr|mr|mrs|ms|prof|st|inc"
    r"|ltd|jr|sr|a\.k\.a|w\.r\.t|incl|pp|ex)|(?-i:\b[A-Z]))\.$",
    re.I,
)
END = re.compile(r"[.!?:…]+[\"'”’)\]*_`]*(?=\s+[\"'“‘(\[*_`]*[A-Z0-9`]|\s*$)")


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Find the sentences of text[start:end] as offsets, without surrounding white space."""
    found: list[tuple[int, int]] = []
    begin = start
    for match in END.finditer(text, start, end):
        head = text[begin : match.start() + 1]
        if text[match.start()] == ":" and "\n" not in text[match.end() : end].lstrip(" ")[:1]:
            continue
        if text[match.start()] == "." and ABBREVIATION.search(head) and match.end() < end:
            continue
        if inside_code(text[begin : match.start()]):
            continue
        found.append(trimmed(text, begin, match.end()))
        begin = match.end()
    if text[begin:end].strip():
        found.append(trimmed(text, begin, end))
    return [(a, b) for a, b in found if b > a]


def inside_code(text: str) -> bool:
    """Say whether a position after this text lies inside inline code or a formula."""
    return text.count("`") % 2 == 1 or text.count("$$") % 2 == 1


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Move both offsets inwards over white space."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
