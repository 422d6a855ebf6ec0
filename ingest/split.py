"""Documents to passages: along headings, never through a code block or a table row.

llama-index's SentenceSplitter (its door is here) cuts the paragraphs that are too long.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.extract import Document, Heading

LIMIT = 220  # tokens; with its heading line a passage fits the 256 tokens that the model reads
TINY = 40  # tokens; shorter neighbours under the same parent heading are read together
CODE_LIMIT = 1_200  # tokens; a longer listing is cut at blank lines

CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Passage:
    """The indexed unit: `text == document.text[start:end]` exactly.

    `heading_path` are the headings above it, outermost first; `anchor` is the page's own id of the
    nearest of them that has one; `tokens` counts without the model's marks. `fragments` are
    stretches of the text (start, end, text directive) that a browser finds on the page; `flag` says
    why the passage is kept out of answers, and is empty for nearly all.
    """

    id: str
    doc_id: str
    ordinal: int
    text: str
    start: int
    end: int
    heading_path: tuple[str, ...]
    anchor: str | None
    content_hash: str
    tokens: int
    fragments: tuple[tuple[int, int, str], ...] = ()
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a document that is not cut further, with its kind and its tokens."""

    start: int
    end: int
    kind: str
    tokens: int


FENCE = re.compile(r"^[ \t]*(?P<mark>`{3,}|~{3,})")


def split(document: Document, count_tokens: CountTokens, limit: int = LIMIT) -> tuple[Passage, ...]:
    """Cut a document into passages of at most `limit` tokens, in reading order.

    Only a code block (up to CODE_LIMIT tokens) or a single table row may be longer.
    """
    stretches: list[tuple[int, int, tuple[Heading, ...]]] = []
    for start, end, path in sections(document):
        pieces = list(pieces_of(document.text, start, end, count_tokens, limit))
        stretches += [(a, b, path) for a, b in packed(document.text, pieces, count_tokens, limit)]
    stretches = joined(document.text, stretches, count_tokens, limit)
    return tuple(passages(document, stretches, count_tokens))


def sections(document: Document) -> Iterator[tuple[int, int, tuple[Heading, ...]]]:
    """Give the text under each heading (heading line left out) with the headings above it."""
    path: list[Heading] = []
    begin = 0
    for heading in sorted(document.headings, key=lambda h: h.start):
        yield begin, heading.start, tuple(path)
        path = [*(h for h in path if h.level < heading.level), heading]
        line_end = document.text.find("\n", heading.start)
        begin = len(document.text) if line_end < 0 else line_end + 1
    yield begin, len(document.text), tuple(path)


def pieces_of(
    text: str, start: int, end: int, count_tokens: CountTokens, limit: int
) -> Iterator[Piece]:
    """Cut a section into pieces: paragraphs, list items, code blocks, runs of table rows."""
    for kind, a, b in blocks_of(text, start, end):
        tokens = count_tokens(text[a:b])
        if kind == "code" and tokens > CODE_LIMIT:
            parts = cut_lines(text, a, b, count_tokens, CODE_LIMIT, r"\n[ \t]*\n")
        elif kind == "table" and tokens > limit:
            parts = cut_lines(text, a, b, count_tokens, limit, r"\n")
        elif kind == "prose" and tokens > limit:
            parts = cut_prose(text, a, b, count_tokens, limit)
        else:
            parts = [(a, b)]
        for c, d in parts:
            c, d = trimmed(text, c, d)
            if d > c:
                yield Piece(c, d, kind, count_tokens(text[c:d]))


def blocks_of(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Find blocks of prose (a paragraph or one list item), code and table rows, as offsets."""
    kind, begin, fence, offset = "", start, "", start
    for line in text[start:end].splitlines(keepends=True):
        here, offset = offset, offset + len(line)
        mark = FENCE.match(line)
        if fence:
            if mark and mark["mark"].startswith(fence) and line.strip() == mark["mark"]:
                yield "code", begin, offset
                kind, begin, fence = "", offset, ""
            continue
        new = kind_of(line, bool(mark), kind)
        if new != kind or new == "item":
            if kind:
                yield kind_name(kind), begin, here
            kind, begin = new, here
        if mark:
            fence = mark["mark"]
    if kind:
        yield kind_name(kind), begin, end


def kind_of(line: str, fenced: bool, current: str) -> str:
    """Name the kind of block that a line belongs to; empty for a blank line."""
    if fenced:
        return "code"
    if not line.strip():
        return ""
    if line.lstrip().startswith("|"):
        return "table"
    if re.match(r"^[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]", line):
        return "item"
    return current if current == "prose" else "prose" if current != "item" else "wrapped"


def kind_name(kind: str) -> str:
    """Fold list items and their wrapped lines into prose."""
    return "prose" if kind in ("item", "wrapped") else kind


def cut_lines(
    text: str, start: int, end: int, count_tokens: CountTokens, limit: int, between: str
) -> list[tuple[int, int]]:
    """Cut at matches of `between` so that parts stay within the limit where single lines do."""
    marks = [start, *(m.end() for m in re.finditer(between, text[start:end])), end]
    marks = [m + start if 0 < i < len(marks) - 1 else m for i, m in enumerate(marks)]
    parts: list[tuple[int, int]] = []
    begin, held = start, 0
    for a, b in pairwise(marks):
        tokens = count_tokens(text[a:b])
        if held and held + tokens > limit:
            parts.append((begin, a))
            begin, held = a, 0
        held += tokens
    return [*parts, (begin, end)]


def cut_prose(
    text: str, start: int, end: int, count_tokens: CountTokens, limit: int
) -> list[tuple[int, int]]:
    """Cut a long paragraph at sentence ends with llama-index's SentenceSplitter."""
    from llama_index.core.node_parser import SentenceSplitter

    splitter = SentenceSplitter(
        chunk_size=limit,
        chunk_overlap=0,
        tokenizer=lambda part: [0] * count_tokens(part),
        paragraph_separator="\n\n",
        include_metadata=False,
    )
    parts: list[tuple[int, int]] = []
    position = start
    for part in splitter.split_text(text[start:end]):
        found = text.find(part.strip(), position, end)
        if found < 0:
            continue
        if parts:  # whatever the splitter trimmed between two parts stays with the first
            parts[-1] = (parts[-1][0], found)
        parts.append((start if not parts else found, found + len(part.strip())))
        position = found + len(part.strip())
    return [*parts[:-1], (parts[-1][0], end)] if parts else [(start, end)]


def packed(
    text: str, pieces: Sequence[Piece], count_tokens: CountTokens, limit: int
) -> list[tuple[int, int]]:
    """Fill passages with whole pieces up to the limit; code stays with the line before it."""
    spans: list[tuple[int, int]] = []
    held = 0
    for piece in pieces:
        fits = spans and held + piece.tokens <= limit
        follows = spans and piece.kind == "code" and held <= limit and piece.tokens <= CODE_LIMIT
        if spans and (fits or (follows and held <= TINY)):
            spans[-1] = (spans[-1][0], piece.end)
            held += piece.tokens + 1
        else:
            spans.append((piece.start, piece.end))
            held = piece.tokens
    return spans


def joined(
    text: str,
    stretches: Sequence[tuple[int, int, tuple[Heading, ...]]],
    count_tokens: CountTokens,
    limit: int,
) -> list[tuple[int, int, tuple[Heading, ...]]]:
    """Leave every stretch under its own heading; drop those without a word."""
    return [(a, b, path) for a, b, path in stretches if re.search(r"\w", text[a:b])]


def passages(
    document: Document,
    stretches: Sequence[tuple[int, int, tuple[Heading, ...]]],
    count_tokens: CountTokens,
) -> Iterator[Passage]:
    """Name the stretches as passages; equal texts of one document get different ids."""
    seen: Counter[str] = Counter()
    for ordinal, (start, end, path) in enumerate(stretches):
        text = document.text[start:end]
        content = hashlib.sha256(" ".join(text.split()).encode("utf-8", "replace")).hexdigest()
        key = f"{document.id}\n{content}\n{seen[content]}"
        seen[content] += 1
        titles = tuple(h.text for h in path if h.text != document.title)
        yield Passage(
            id=hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:16],
            doc_id=document.id,
            ordinal=ordinal,
            text=text,
            start=start,
            end=end,
            heading_path=titles,
            anchor=next((h.anchor for h in reversed(path) if h.anchor), None),
            content_hash=content,
            tokens=count_tokens(text),
        )


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Move both offsets inwards over blank lines and trailing white space."""
    part = text[start:end]
    lead = len(part) - len(part.lstrip("\n\r"))
    return start + lead, start + len(part.rstrip()) if part.strip() else start
