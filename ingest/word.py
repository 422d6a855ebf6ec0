"""Word files (.docx) -> a tree of headings, paragraphs, lists and tables.

python-docx's door. A .docx is a zip archive: how much it unpacks to is checked before anything is
unpacked, and nothing outside of it is fetched.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ingest.errors import FetchFailed
from ingest.html_tree import visible

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.table import Table
    from docx.text.paragraph import Paragraph
    from lxml import etree

# Pictures unpack to themselves; what unpacks to more than this is no document to read.
LARGEST_UNPACKED = 100_000_000
LARGEST_TEXT = 20_000_000  # bytes of one part in XML, whose tree takes some ten times as much
MOST_PARTS = 5_000
_BLOCK = 1 << 20
_MOST_TABLES_DEEP = 3

_HEADING = re.compile(r"heading ([1-9])|(title)", re.IGNORECASE)
_LIST = re.compile(r"list (bullet|number)(?: ([2-5]))?", re.IGNORECASE)
# Deleted and moved text is kept beside the text; a text box belongs to no paragraph's own words.
_RUNS = (
    ".//w:r[not(ancestor::w:del) and not(ancestor::w:moveFrom) and not(ancestor::w:txbxContent)]"
)


def word_tree(body: bytes) -> tuple[str, "etree._Element"]:
    """Return the title in a Word file's properties (may be empty) and the tree of its text.

    Raises FetchFailed: "no-text" for what is no Word file or cannot be opened, "skipped" for an
    archive that unpacks to too much.
    """
    from docx import Document as open_document
    from docx.opc.exceptions import OpcError
    from lxml import html
    from lxml.etree import XMLSyntaxError

    archive = _unpacked(body)
    root = html.Element("body")
    try:
        document = open_document(archive)
        tree = _Tree(root, document)
        for block in _blocks(document):
            tree.add(block)
        title = " ".join(visible(document.core_properties.title or "").split())
    # python-docx trusts the parts it is given: a missing or odd one shows as any of these.
    except (
        OpcError, XMLSyntaxError, KeyError, ValueError, AttributeError, TypeError, IndexError,
        NotImplementedError, RuntimeError, AssertionError, zipfile.BadZipFile, OSError,
    ) as error:  # fmt: skip
        raise FetchFailed("no-text", "the Word file is damaged and cannot be read") from error
    return title[:300], root


def _unpacked(body: bytes) -> BytesIO:
    """Return the archive with its parts unpacked, each read only as far as its announced size.

    python-docx unpacks a part in one go before it looks at that size, which may be a lie.
    """
    plain = BytesIO()
    try:
        with zipfile.ZipFile(BytesIO(body)) as packed, zipfile.ZipFile(plain, "w") as copy:
            parts = {part.filename: part for part in packed.infolist()}
            _check_sizes(tuple(parts.values()), len(packed.infolist()))
            for name, part in parts.items():
                copy.writestr(name, _read_part(packed, part))
    except (
        zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, NotImplementedError,
        RuntimeError, struct.error,
    ) as error:  # fmt: skip
        raise FetchFailed("no-text", "the file is no Word file (.docx), or damaged") from error
    return plain


def _read_part(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    blocks = []
    with packed.open(part) as opened:
        while block := opened.read(_BLOCK):
            blocks.append(block)
    return b"".join(blocks)


def _check_sizes(parts: Sequence[zipfile.ZipInfo], entries: int) -> None:
    whole = sum(part.file_size for part in parts)
    texts = sum(p.file_size for p in parts if p.filename.endswith((".xml", ".rels")))
    if whole > LARGEST_UNPACKED or entries > MOST_PARTS or texts > LARGEST_TEXT:
        limit = f"{LARGEST_UNPACKED / 1e6:.0f} MB, {LARGEST_TEXT / 1e6:.0f} MB of text"
        raise FetchFailed("skipped", f"the Word file unpacks to more than is read ({limit})")


def _blocks(document: "WordDocument") -> Iterator["Paragraph | Table"]:
    """Yield paragraphs and tables in order, those inside of content controls too."""
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    found = document.element.body.xpath(
        "./w:p | ./w:tbl | ./w:sdt/w:sdtContent/w:p | ./w:sdt/w:sdtContent/w:tbl"
    )
    for element in found:
        yield (Paragraph if element.tag.endswith("}p") else Table)(element, document._body)


class _Tree:
    """Builds the tree; paragraphs of one list become its items, nested by their level."""

    def __init__(self, root: "etree._Element", document: "WordDocument") -> None:
        self._root = root
        self._document = document
        self._open: list[tuple[int, etree._Element]] = []  # lists that may go on, outermost first

    def add(self, block: "Paragraph | Table") -> None:
        """Put one block into the tree."""
        from docx.table import Table
        from lxml import etree

        if isinstance(block, Table):
            self._open = []
            table = _table(block, self._root.makeelement("table"), 1)
            if table is not None:
                self._root.append(table)
            return
        text = _text(block)
        if not text.strip():
            return
        level, ordered = _list_level(block, self._document)
        if level is None:
            self._open = []
            _fill(etree.SubElement(self._root, _tag(block)), text)
            return
        _fill(etree.SubElement(self._list(level, ordered), "li"), text)

    def _list(self, level: int, ordered: bool) -> "etree._Element":
        """Return the list of a level: the one that is open, or a new one inside the last item."""
        from lxml import etree

        tag = "ol" if ordered else "ul"
        self._open = [
            (depth, known)
            for depth, known in self._open
            if depth < level or (depth == level and known.tag == tag)
        ]
        if not self._open or self._open[-1][0] < level:
            parent = self._open[-1][1][-1] if self._open else self._root
            self._open.append((level, etree.SubElement(parent, tag)))
        return self._open[-1][1]


def _fill(element: "etree._Element", text: str) -> None:
    from lxml import etree

    first, *rest = text.split("\n")
    element.text = first
    for line in rest:
        etree.SubElement(element, "br").tail = line


def _tag(paragraph: "Paragraph") -> str:
    match = _HEADING.fullmatch(_style(paragraph))
    if match is None:
        return "p"
    return "h1" if match[2] else f"h{min(6, int(match[1]) + 1)}"


def _style(paragraph: "Paragraph") -> str:
    style: Any = paragraph.style
    return str(style.name or "") if style is not None else ""


def _text(paragraph: "Paragraph") -> str:
    """Return what a paragraph shows: links and inserted text with it, hidden text without."""
    from docx.text.run import Run

    parts = []
    for element in paragraph._p.xpath(_RUNS):
        run = Run(element, paragraph)
        size = run.font.size
        if run.font.hidden or (size is not None and size.pt < 2):
            continue
        parts.append(run.text)
    return visible("".join(parts).replace("\t", " "))


def _list_level(paragraph: "Paragraph", document: "WordDocument") -> tuple[int | None, bool]:
    """Return the level of a list item (0 outermost) and whether it is numbered, or None."""
    if named := _LIST.fullmatch(_style(paragraph)):
        return int(named[2] or 1) - 1, named[1].lower() == "number"
    found = paragraph._p.xpath("./w:pPr/w:numPr")
    if not found:
        return None, False
    number = next(iter(found[0].xpath("./w:numId/@w:val")), "0")
    level = next(iter(found[0].xpath("./w:ilvl/@w:val")), "0")
    if number == "0":  # numbering taken away from the paragraph
        return None, False
    depth = int(level) if re.fullmatch("[0-8]", level) else 0
    return depth, _is_numbered(document, number, depth)


def _is_numbered(document: "WordDocument", number: str, level: int) -> bool:
    """Look up in the numbering part whether a list counts or has bullets."""
    if not re.fullmatch("[0-9]{1,9}", number):
        return False
    try:
        numbering = document.part.numbering_part.element
    except (KeyError, NotImplementedError):  # no such part
        return False
    kinds = numbering.xpath(
        f"./w:abstractNum[@w:abstractNumId = ../w:num[@w:numId='{number}']"
        f"/w:abstractNumId/@w:val]/w:lvl[@w:ilvl='{level}']/w:numFmt/@w:val"
    )
    return bool(kinds) and kinds[0] not in ("bullet", "none")


def _table(table: "Table", element: "etree._Element", depth: int) -> "etree._Element | None":
    """Write a table, its first row as the head; a cell over several columns is written once."""
    from lxml import etree

    above: dict[int, str] = {}  # column -> text, for cells that reach down over several rows
    for number, row in enumerate(table._tbl.tr_lst):
        line = etree.SubElement(element, "tr")
        column = 0
        for cell in row.tc_lst:
            goes_on = cell.vMerge == "continue"
            text = above.get(column, "") if goes_on else _cell(cell, table, depth)
            above[column] = text
            child = etree.SubElement(line, "td" if number else "th")
            child.text = text
            child.set("colspan", str(cell.grid_span))
            column += cell.grid_span
    return element if re.search(r"\w", "".join(element.itertext())) else None


def _cell(cell: Any, table: "Table", depth: int) -> str:
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    texts = []
    for inner in cell.iterchildren():
        if inner.tag.endswith("}p"):
            texts.append(_text(Paragraph(inner, table)))
        elif inner.tag.endswith("}tbl") and depth < _MOST_TABLES_DEEP:
            nested = _table(Table(inner, table), table._tbl.makeelement("table"), depth + 1)
            texts += [] if nested is None else [" ".join(nested.itertext())]
    return " ".join(" ".join(texts).split())
