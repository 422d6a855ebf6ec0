"""Lines of PDF pages -> headings and paragraphs as a tree.

Pure: what is known of a line is its text, place, size and weight. Running heads and page numbers
go, words broken over lines are joined, and the bibliography is left out.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from lxml import etree, html


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page: x and y of its beginning and its letters' size, all in points.

    A strong line is set in bold letters or in small capitals.
    """

    text: str
    x: float
    y: float
    size: float
    strong: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, list item, caption or run of table rows, on one page.

    `level` is the depth of a heading (1 for "3", 2 for "3.1"), 0 for all else.
    """

    kind: str
    lines: tuple[Line, ...]
    page: int
    text: str = ""
    level: int = 0


@dataclass(frozen=True, slots=True)
class _Setting:
    """How a document is set: size of its text, letters in a full line, letters of its headings.

    `headings` are the (size, strong) of numbered headings, none where these are few: where they
    are known, other large letters are labels inside of figures.
    """

    body: float
    full: float
    headings: frozenset[tuple[float, bool]]


_EDGE_ROWS = 2  # running heads and feet have at most so many lines
_EDGE_GAP = 1.7  # and stand so many sizes of a letter apart; lines of a text, 1.1 to 1.5
_TITLE_LETTERS = 250
_HEADING_LETTERS = 120

_PAGE_NUMBER = re.compile(
    r"(?:page )?[-–— ]*(?:\d{1,4}|[ivxl]{1,7})(?: (?:of|/) \d{1,4})?[-–— ]*", re.IGNORECASE
)
_NUMBERED = re.compile(
    r"(?P<number>(?:\d{1,2}|[A-Z])(?:\.\d{1,2}){0,4}|[IVX]{1,5}\.|(?:Appendix|Chapter) \w{1,3})"
    r"[.:]?\s+(?P<title>[^\W\d_].*)"
)
_NAMED = re.compile(
    r"(?:abstract|(?:executive )?summary|introduction|background|related work|preliminaries"
    r"|methods?|methodology|experiments?|results|evaluation|discussion|limitations"
    r"|conclusions?(?: and future work)?|future work|acknowledge?ments?|references|bibliography"
    r"|works cited|literature cited|appendix|appendices|supplementary materials?)[.:]?",
    re.IGNORECASE,
)
_SOURCES = re.compile(
    r"(?:[\dIVX]+\.? )?(?:references|bibliography|works cited|literature cited)[.:]?",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d[a-z]?\b|\barXiv\b|^\[\d+\]")
_CAPTION = re.compile(r"(?:figure|fig\.|table|algorithm|listing) \d+[.:|]", re.IGNORECASE)
_BULLET = re.compile(r"[•◦▪‣●○■–—](?: |$)")
_LEADERS = re.compile(r"(?:\. ?){4,}\d*$")
_NUMERIC = re.compile(r".*\d.*|[-–—±×✓✗%/=<>≥≤]+")
_SENTENCE_END = re.compile(r"[.!?:;][\"”’')\]]*$")
_BROKEN = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)[-\u2010]$")
# Where the whole word is not known, the first half as a word of its own tells "sequence-aligned"
# from "mask-ing" and "over-lapping".
_PREFIX = re.compile(
    r".{1,3}|over|under|with|some|fore|every|where|there|back|down|inter|super|hyper|multi|micro"
)
_SUFFIX = re.compile(
    r".{1,4}$|(?:ations?|ating|ators?|ments?|ness|able|ible|ingly|ously|fully|ability|ities"
    r"|izing|ising|ized|ised|ization|isation|ically|ional)"
)
# Abbreviations, initials and numbers end in a full stop that ends no sentence.
_FIRST_SENTENCE = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\bal)(?<!\b[Ff]ig)(?<!\b[Ee]q)(?<!\b[Ss]ec)(?<!\bvs)(?<!\bcf)"
    r"(?<!\b[A-Z])[.!?][\"”’')\]]*(?=\s+[A-Z“\"(\[])"
)
_LOST_SPACE = re.compile(
    r"(?<=[a-z]{2}[.,;])(?=(?:The|This|These|We|It|In|Our|For|As|To|However|And|But|A)\b)"
)
# Symbols in another font leave a blank before what closes them.
_STRAY_SPACE = re.compile(r"(?<=\w) (?=[)\]](?:\W|$))|(?<=\b\w) (?=\?)")


def lay_out(pages: Sequence[Sequence[Line]], named: str) -> tuple[str, "etree._Element"]:
    """Return the title and the tree of a document's pages, first page first.

    `named` is the title in the file's properties; where it is empty, the largest letters on the
    first page are the title.
    """
    kept = _without_running_heads(pages)
    setting = _setting(kept)
    headline = _headline(kept[0], setting.body) if kept else ()
    words = _vocabulary([line.text for page in kept for line in page])
    blocks: list[Block] = []
    for number, lines in enumerate(kept, 1):
        left = [line for line in lines if number > 1 or line not in headline]
        blocks += _blocks(left, number, setting)
    blocks = [
        replace(block, text=_joined(block, words))
        for block in blocks
        if not _is_scrap(block, setting.body)
    ]
    blocks = _mended(_without_sources(blocks), setting, words)
    title = named or _clear(_paragraph(headline, words))
    return title, _tree(blocks, len(pages))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text)


def _vocabulary(lines: Sequence[str]) -> Counter[str]:
    """Count the words of a document, in small letters, but for those broken at a line's end."""
    words: Counter[str] = Counter()
    broken = False
    for line in lines:
        whole = _BROKEN.sub("", line)
        found = _words(whole)
        words.update(word.lower() for word in found[1 if broken else 0 :])
        broken = whole != line
    return words


def _setting(pages: Sequence[Sequence[Line]]) -> _Setting:
    lines = [line for page in pages for line in page]
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text)
    body = letters.most_common(1)[0][0] if letters else 10.0
    lengths = sorted(len(line.text) for line in lines if line.size == body)
    full = 0.7 * lengths[8 * len(lengths) // 10] if lengths else 0.0
    headings = [(line.size, line.strong) for line in lines if _numbered(line, body)]
    return _Setting(body, full, frozenset(headings) if len(headings) >= 3 else frozenset())


def _without_running_heads(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Drop page numbers, and lines that repeat at the top or foot of several pages."""
    seen: Counter[str] = Counter()
    edges = [_edges(page) for page in pages]
    for lines in edges:
        seen.update({_pattern(line) for line in lines})
    often = max(2, min(3, len(pages) // 2))
    kept = []
    for page, outer in zip(pages, edges, strict=True):
        running = {
            line
            for line in outer
            if _PAGE_NUMBER.fullmatch(line.text) or seen[_pattern(line)] >= often
        }
        kept.append([line for line in page if line not in running])
    return kept


def _edges(page: Sequence[Line]) -> list[Line]:
    """Return the lines at the top and at the foot of a page that stand apart from its text."""
    falling = sorted(page, key=lambda line: -line.y)
    return [*_apart(falling), *_apart(falling[::-1])]


def _apart(lines: Sequence[Line]) -> list[Line]:
    """Return the first lines, of at most _EDGE_ROWS heights, before a gap."""
    rows = 0
    for place, (line, following) in enumerate(pairwise(lines), 1):
        step = abs(line.y - following.y)
        if step > _EDGE_GAP * max(line.size, following.size):
            return list(lines[:place])
        rows += step > 0.5 * line.size
        if rows >= _EDGE_ROWS:
            break
    return []


def _pattern(line: Line) -> str:
    """Write a line so that running heads with different page numbers look alike."""
    return f"{round(line.y / 3)} {re.sub('[0-9]+|[^0-9A-Za-z]+', '#', line.text.lower())}"


def _headline(page: Sequence[Line], body: float) -> tuple[Line, ...]:
    """Find the title: the largest lines that follow each other in the first page's upper half."""
    if not page:
        return ()
    middle = (max(line.y for line in page) + min(line.y for line in page)) / 2
    largest = max(line.size for line in page if line.y >= middle)
    first = next(n for n, line in enumerate(page) if line.size == largest and line.y >= middle)
    end = first
    while end < len(page) and page[end].size >= 0.97 * largest:
        end += 1
    found = tuple(page[first:end])
    length = sum(len(line.text) for line in found)
    return found if largest > 1.15 * body and 3 < length <= _TITLE_LETTERS else ()


def _blocks(lines: Sequence[Line], page: int, setting: _Setting) -> Iterator[Block]:
    """Gather the lines of one page into blocks."""
    leading = _leading(lines)
    held: list[Line] = []
    kind, level = "", 0
    for line in lines:
        if _LEADERS.search(line.text):  # a line of a table of contents
            continue
        heading = _heading_level(line, setting)
        new = _kind(line, heading)
        goes_on = bool(held) and _continues(held, kind, line, new, leading, setting.full)
        if goes_on and (kind != "heading" or heading == level or not heading):
            held.append(line)
            continue
        if held:
            yield Block(kind, tuple(held), page, level=level)
        held, kind, level = [line], new, heading
    if held:
        yield Block(kind, tuple(held), page, level=level)


def _leading(lines: Sequence[Line]) -> float:
    """Return the usual distance of two lines, in their letters' size."""
    steps = [
        (above.y - line.y) / line.size
        for above, line in pairwise(lines)
        if above.size == line.size and 0.5 * line.size < above.y - line.y < 3 * line.size
    ]
    return median(steps) if steps else 1.2


def _heading_level(line: Line, setting: _Setting) -> int:
    """Return the depth of a heading, or 0 for a line that is none.

    One without a number must look like those with one, where there are any.
    """
    text, body = line.text, setting.body
    if depth := _numbered(line, body):
        return depth
    if len(text) > _HEADING_LETTERS or text.endswith((",", ";")) or not _words(text):
        return 0
    known = not setting.headings or any(
        abs(line.size - size) < 0.2 and line.strong == strong for size, strong in setting.headings
    )
    if _NAMED.fullmatch(text) and text[0].isupper() and line.size >= 0.95 * body:
        return int(known or line.strong)
    large = known and line.size > 1.15 * body
    return int(large and any(len(word) > 2 for word in _words(text)))


def _numbered(line: Line, body: float) -> int:
    """Return the depth of a heading's number (1 for "3", 2 for "3.1"), or 0."""
    match = _NUMBERED.fullmatch(line.text)
    if match is None or len(line.text) > _HEADING_LETTERS or line.size < 0.95 * body:
        return 0
    stands_out = line.strong or line.size > 1.08 * body or _in_capitals(line.text)
    if not stands_out or not _looks_titled(match["title"]):
        return 0
    return match["number"].rstrip(".").count(".") + 1


def _looks_titled(title: str) -> bool:
    return title[0].isupper() and any(len(w) > 2 for w in _words(title)) and title[-1] != "."


def _in_capitals(text: str) -> bool:
    return len(text) > 6 and text.upper() == text


def _kind(line: Line, heading: int) -> str:
    if heading:
        return "heading"
    if _CAPTION.match(line.text):
        return "caption"
    if _BULLET.match(line.text):
        return "item"
    return "row" if _is_row(line.text) else "prose"


def _is_row(text: str) -> bool:
    """Tell a row of a table by its numbers."""
    cells = text.split()
    numbers = sum(bool(_NUMERIC.fullmatch(cell)) for cell in cells)
    return 2 * numbers >= len(cells) and (len(cells) >= 3 or numbers == len(cells))


def _continues(
    held: list[Line], kind: str, line: Line, new: str, leading: float, full: float
) -> bool:
    """Tell whether a line belongs to the block before it."""
    last = held[-1]
    step = (last.y - line.y) / line.size if line.size else 0.0
    near = -0.7 <= step <= 1.3 * leading
    alike = abs(line.size - last.size) <= 0.08 * last.size
    if kind == "heading":
        # A long heading goes on in the same letters; what follows it differs or stands apart.
        same = alike and line.strong == last.strong and near and step > 0.5
        return same and line.text[:1].isalpha() and new == "heading" and not _starts_anew(line)
    if new in ("heading", "caption", "item") or not near:
        return False
    if "row" in (kind, new):
        # The short last line of a paragraph may be "warmup_steps = 4000."
        tail = kind in ("prose", "item") and alike and len(last.text) >= full
        return kind == new or (tail and not _SENTENCE_END.search(last.text))
    if not alike and len(line.text) > 12:
        return False
    indented = line.x - min(known.x for known in held) > 0.7 * line.size
    return not (indented and kind == "prose" and _SENTENCE_END.search(last.text))


def _starts_anew(line: Line) -> bool:
    return bool(_NUMBERED.fullmatch(line.text) or _NAMED.fullmatch(line.text))


def _is_scrap(block: Block, body: float) -> bool:
    """Tell numbers that have lost the names of what they count, and labels inside of figures."""
    if block.kind not in ("row", "prose") or _SENTENCE_END.search(block.lines[-1].text):
        return False
    texts = [line.text for line in block.lines]
    if not any("=" in text or any(len(w) > 3 for w in _words(text)) for text in texts):
        return True
    odd = block.page > 1 and not _is_body(block, body)  # the first page has its authors so
    return odd and len(texts) == 1 and len(texts[0].split()) <= 4 and "=" not in texts[0]


def _joined(block: Block, words: Counter[str]) -> str:
    if block.kind == "row":
        return "\n".join(line.text for line in block.lines)
    return _clear(_paragraph(block.lines, words))


def _clear(text: str) -> str:
    return _STRAY_SPACE.sub("", _LOST_SPACE.sub(" ", text))


def _paragraph(lines: Sequence[Line], words: Counter[str]) -> str:
    text = ""
    for line in lines:
        text = _glued(text, line.text, words)
    return text


def _glued(text: str, more: str, words: Counter[str]) -> str:
    """Put two stretches of a paragraph together; a hyphen at the end may have broken a word."""
    broken = _BROKEN.search(text)
    rest = re.match(r"[^\W\d_]+", more)
    if not broken or not rest:
        close = text.endswith(("/", "–")) or (broken and more[:1].isdigit())
        return text + more if close or not text else f"{text} {more}"
    first, second = broken[1].lower(), rest[0].lower()
    whole, hyphenated = first + second, f"{first}-{second}"
    if words[whole] > words[hyphenated]:
        return text[:-1] + more
    parts_known = words[first] and words[second] and len(first) > 2
    compound = (
        "-" in first  # "end-to-end"
        or not rest[0][0].islower()  # "English-French"
        or (words[first] and not _PREFIX.fullmatch(first) and not _SUFFIX.match(second))
    )
    keep = words[hyphenated] or parts_known or compound
    return text + more if keep else text[:-1] + more


def _without_sources(blocks: Sequence[Block]) -> list[Block]:
    """Leave the bibliography out: from its heading to the next of at least the same size."""
    kept: list[Block] = []
    skipping: Block | None = None
    for place, block in enumerate(blocks):
        if block.kind == "heading":
            if skipping is not None and block.lines[0].size >= skipping.lines[0].size - 0.5:
                skipping = None
            if _SOURCES.fullmatch(block.text) and _lists_sources(blocks[place + 1 : place + 25]):
                skipping = block
        if skipping is None:
            kept.append(block)
    return kept


def _lists_sources(following: Sequence[Block]) -> bool:
    lines = [line.text for block in following for line in block.lines]
    return 8 * sum(bool(_YEAR.search(line)) for line in lines) >= len(lines) > 0


def _mended(blocks: Sequence[Block], setting: _Setting, words: Counter[str]) -> list[Block]:
    """Put sentences together that a column, a page or a figure has torn apart.

    A sentence stands where it begins, so that its link leads to its page; what follows it stays
    on its own page.
    """
    done: list[Block] = []
    open_at: int | None = None  # the last paragraph, while nothing but figures has followed it
    for block in blocks:
        if block.kind == "heading":
            open_at = None
        elif block.kind in ("prose", "item") and _is_body(block, setting.body):
            if open_at is not None and block.kind == "prose" and _tears(done[open_at], block):
                torn = done[open_at]
                rest = block.text
                if torn.page != block.page:
                    end = _FIRST_SENTENCE.search(rest)
                    rest = rest[: end.end()] if end else rest
                glued = _clear(_glued(torn.text, rest, words))
                done[open_at] = replace(torn, text=glued)
                left = block.text[len(rest) :].strip()
                if not left:
                    continue
                block = replace(block, text=left)
            last = block.lines[-1].text
            if len(last) >= setting.full or _SENTENCE_END.search(last):  # no cell of a table
                open_at = len(done)
        done.append(block)
    return done


def _is_body(block: Block, body: float) -> bool:
    return abs(block.lines[-1].size - body) <= 0.06 * body


def _tears(torn: Block, block: Block) -> bool:
    return block.text[:1].islower() and not _SENTENCE_END.search(torn.text)


def _tree(blocks: Sequence[Block], pages: int) -> "etree._Element":
    """Write the blocks as a tree: a heading per page, under it the sections it goes on with."""
    root = html.Element("body")
    above: list[Block] = []
    page = 0
    items: etree._Element | None = None
    for block in blocks:
        if block.kind == "heading":
            above = [known for known in above if known.level < block.level]
        if block.page != page:
            page = block.page
            items = None
            _add(root, "h2", f"Page {page}").set("id", f"page={page}")
            for known in above:
                _add(root, _tag(known), known.text)
        if block.kind == "heading":
            above.append(block)
        if block.kind == "item":
            items = _add(root, "ul", "") if items is None else items
            _add(items, "li", _BULLET.sub("", block.text, count=1))
            continue
        items = None
        _add(root, _tag(block), block.text)
    return root


def _tag(block: Block) -> str:
    return f"h{min(6, block.level + 2)}" if block.kind == "heading" else "p"


def _add(parent: "etree._Element", tag: str, text: str) -> "etree._Element":
    element = etree.SubElement(parent, tag)
    first, *rest = text.split("\n")
    element.text = first
    for line in rest:
        etree.SubElement(element, "br").tail = line
    return element
