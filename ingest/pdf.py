"""PDF -> lines of text with their place on the page, then a tree of headings and paragraphs.

pypdf's door. A file is hostile: only its text operators are followed, nothing in it is run or
fetched, and pages and time are limited. What a reader cannot see (white, tiny, off the page) is
left out.
"""

import logging
import math
import re
import time
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from ingest.errors import FetchFailed
from ingest.html_tree import visible
from ingest.pdf_layout import Line, lay_out

if TYPE_CHECKING:
    from lxml import etree
    from pypdf import PageObject, PdfReader

log = logging.getLogger(__name__)

MOST_PAGES = 200
# The capture's two papers (15 and 26 pages) take 1 and 4 s.
LONGEST_READ = 60.0  # seconds for one file
_SMALLEST = 2.0  # points; nobody reads smaller letters
_WHITE = 0.97  # from here on a fill colour (grey or RGB, 0 to 1) cannot be told from paper
_JUNK_TITLE = re.compile(
    r"untitled.*|microsoft (?:word|powerpoint).*|.*\.(?:docx?|pptx?|tex|dvi|indd|pdf|rtf)|\W*",
    re.IGNORECASE,
)
_FOOTNOTE_MARK = re.compile(r"[*∗†‡§¶, ]+|\d{1,2}(?:, ?\d{1,2})*")
_ENDS_IN_WORD = re.compile(r"(?:[^\W\d_]{3}|[^\W\d_][)\]]|[^\W\d_]{2}[.,;:)\]\"”’]+)$")
_COMBINING = {
    "¨": "\u0308", "´": "\u0301", "ˆ": "\u0302", "˜": "\u0303", "ˇ": "\u030c", "˚": "\u030a",
    "¸": "\u0327", "˘": "\u0306", "˙": "\u0307", "˝": "\u030b",
}  # fmt: skip
_ACCENT = re.compile(f"([{''.join(_COMBINING)}]) ?([^\\W\\d_])")


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of text in one font; x and y in points from the lower left, `ends` its line."""

    text: str
    x: float
    y: float
    size: float
    bold: bool
    ends: bool


class _OverTimeError(Exception):
    """The time for one file is used up."""


def page_count(body: bytes) -> int:
    """Return the number of pages; raises FetchFailed("no-text") for what is no readable PDF."""
    return len(_open(body).pages)


def pdf_tree(body: bytes) -> tuple[str, "etree._Element"]:
    """Read a PDF into its title (may be empty) and a tree whose pages begin with a heading.

    The heading of page N has the id "page=N" (PDF Open Parameters, Adobe 2007), to which viewers
    jump. At most MOST_PAGES pages are read. Raises FetchFailed("no-text"): damaged, locked, without
    text as scans are, or longer than LONGEST_READ seconds in reading.
    """
    deadline = time.monotonic() + LONGEST_READ
    reader = _open(body)
    pages: list[tuple[Line, ...]] = []
    damaged = 0
    try:
        for number, page in enumerate(_pages(reader), 1):
            if time.monotonic() > deadline:
                raise _OverTimeError
            if number > MOST_PAGES:
                log.warning("the PDF has %d pages; %d are read", len(reader.pages), MOST_PAGES)
                break
            try:
                pages.append(tuple(_lines(_page_runs(page, deadline))))
            except _trouble() as error:
                log.warning("page %d of the PDF cannot be read: %s", number, error)
                damaged += 1
                pages.append(())
    except _OverTimeError as error:
        reason = f"reading the PDF takes more than {LONGEST_READ:.0f} s"
        raise FetchFailed("no-text", reason) from error
    if not any(line.text.strip() for page in pages for line in page):
        why = "holds pictures of pages (a scan) and no text"
        raise FetchFailed("no-text", f"the PDF {'is damaged' if damaged == len(pages) else why}")
    return lay_out(pages, _named(reader))


def _trouble() -> tuple[type[Exception], ...]:
    """Name what pypdf raises over damaged files: its parsing trusts the file in many places."""
    from pypdf.errors import DependencyError, PyPdfError

    return (
        PyPdfError, DependencyError, ValueError, TypeError, KeyError, IndexError, AttributeError,
        AssertionError, ArithmeticError, NotImplementedError, RecursionError, EOFError, zlib.error,
    )  # fmt: skip


def _open(body: bytes) -> "PdfReader":
    from pypdf import PasswordType, PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError

    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it tells every small damage
    start = body.find(b"%PDF-", 0, 1024)
    try:
        reader = PdfReader(BytesIO(body[max(start, 0) :]))
        # Many files are locked against changes only: their password for readers is empty.
        if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
            raise FetchFailed("no-text", "the PDF is locked with a password")
        if not reader.pages:
            raise FetchFailed("no-text", "the PDF has no pages")
    except (DependencyError, FileNotDecryptedError) as error:
        raise FetchFailed("no-text", "the PDF is encrypted in a way that is not read") from error
    except _trouble() as error:
        raise FetchFailed("no-text", "the PDF is damaged and cannot be opened") from error
    return reader


def _pages(reader: "PdfReader") -> Iterator["PageObject"]:
    try:
        yield from reader.pages
    except _trouble() as error:
        raise FetchFailed("no-text", "the list of the PDF's pages is damaged") from error


def _named(reader: "PdfReader") -> str:
    """Return the title in the file's properties, unless a program made it up."""
    try:
        title = " ".join(visible(str(getattr(reader.metadata, "title", "") or "")).split())
    except _trouble():
        return ""
    return "" if _JUNK_TITLE.fullmatch(title) else title[:300]


def _page_runs(page: "PageObject", deadline: float) -> list[_Run]:
    """Collect the runs of one page in the order of the file."""
    pen = _Pen(page, deadline)
    page.extract_text(orientations=(0,), visitor_operand_before=pen.operator, visitor_text=pen.text)
    # A page that is shown turned may be drawn turned; elsewhere such text is a stamp on the margin.
    if page.rotation and not any(run.text.strip() for run in pen.runs):
        pen = _Pen(page, deadline, turned=True)
        page.extract_text(
            orientations=(90, 180, 270),
            visitor_operand_before=pen.operator,
            visitor_text=pen.text,
        )
    return pen.seen()


class _Pen:
    """Listens to pypdf's extraction of one page: which text is shown where, and in which ink."""

    def __init__(self, page: "PageObject", deadline: float, *, turned: bool = False) -> None:
        self.runs: list[_Run] = []
        box = page.mediabox
        self._box = (float(box.left), float(box.bottom), float(box.right), float(box.top))
        self._deadline = deadline
        self._turned = turned
        self._white = False
        self._mode = 0
        self._saved: list[tuple[bool, int]] = []
        self._shown: set[str] = set()  # inks used since the last run was told
        self._unseen: list[int] = []  # places in `runs` of text drawn without ink

    def operator(self, operator: bytes, operands: Any, matrix: Any, text_matrix: Any) -> None:
        """Follow the fill colour and the way text is drawn (PDF 32000-1, 8.6 and 9.3.6)."""
        if time.monotonic() > self._deadline:
            raise _OverTimeError
        if operator == b"q":
            self._saved.append((self._white, self._mode))
        elif operator == b"Q" and self._saved:
            self._white, self._mode = self._saved.pop()
        elif operator in (b"g", b"rg", b"sc", b"scn", b"k"):
            self._white = _is_white(operands)
        elif operator == b"cs":
            self._white = False
        elif operator == b"Tr":
            self._mode = next((int(mode) for mode in operands if isinstance(mode, int)), 0)
        elif operator in (b"Tj", b"TJ", b"'", b'"'):
            invisible = self._mode in (3, 7)
            self._shown.add("none" if invisible else "white" if self._white else "dark")

    def text(self, text: str, matrix: Any, text_matrix: Any, font: Any, size: float) -> None:
        """Keep one run of text."""
        inks, self._shown = self._shown, set()
        shown = text.strip()
        if shown and (inks == {"white"} or self._outside(matrix, text_matrix, size)):
            text = "\n" if text.endswith("\n") else ""
        if not text:
            return
        x, y, scale = _place(matrix, text_matrix)
        if self._turned:
            x = y = 0.0
        if shown and inks == {"none"}:
            self._unseen.append(len(self.runs))
        name = str((font or {}).get("/BaseFont", "")).rpartition("+")[2].lower()
        bold = bool(re.search(r"bold|medi\b|black|heavy|semibold|demi|cmb|-b\b", name))
        for part in text.splitlines(keepends=True):
            self.runs.append(
                _Run(visible(part.rstrip("\n")), x, y, size * scale, bold, part.endswith("\n"))
            )

    def _outside(self, matrix: Any, text_matrix: Any, size: float) -> bool:
        x, y, scale = _place(matrix, text_matrix)
        left, bottom, right, top = self._box
        return size * scale < _SMALLEST or not (left <= x <= right and bottom <= y <= top)

    def seen(self) -> list[_Run]:
        """Return the runs that a reader sees.

        Text without ink lies over the picture of a scanned page, and is then all the text there is;
        beside visible text it is a hidden message.
        """
        unseen = set(self._unseen)
        hidden = sum(len(self.runs[place].text) for place in unseen)
        if 2 * hidden > sum(len(run.text) for run in self.runs):
            return self.runs
        return [run for place, run in enumerate(self.runs) if place not in unseen or run.ends]


def _is_white(operands: Any) -> bool:
    values = [float(value) for value in operands if isinstance(value, int | float)]
    if len(values) == 4:  # cyan, magenta, yellow, black: no ink at all
        return max(values) <= 1 - _WHITE
    return len(values) in (1, 3) and min(values) >= _WHITE


def _place(matrix: Any, text_matrix: Any) -> tuple[float, float, float]:
    """Return where text begins on the page, and how much taller than its font it is drawn."""
    a, b, c, d, e, f = (float(value) for value in matrix)
    _, _, tc, td, tx, ty = (float(value) for value in text_matrix)
    scale = math.hypot(tc * a + td * c, tc * b + td * d)
    return tx * a + ty * c + e, tx * b + ty * d + f, scale


def _lines(runs: list[_Run]) -> Iterator[Line]:
    """Put the runs of a page together into lines, columns one after the other."""
    rows: list[list[_Run]] = [[]]
    for run in runs:
        if run.text:
            rows[-1].append(run)
        if run.ends:
            rows.append([])
    for row in _by_columns([row for row in rows if any(run.text.strip() for run in row)]):
        line = _line(row)
        if line.text:
            yield line


def _by_columns(rows: list[list[_Run]]) -> Iterator[list[_Run]]:
    """Take rows apart that run across two columns, and give the left column before the right.

    Most files hold their columns one after the other already; then no row has a gap in the middle.
    """
    gutter = _gutter(rows)
    if gutter is None:
        yield from rows
        return
    left: list[list[_Run]] = []
    right: list[list[_Run]] = []
    for row in rows:
        cut = next((n for n, run in enumerate(row) if abs(run.x - gutter) < 4 and n), None)
        if cut is not None and _end(row[cut - 1]) < gutter + 4:
            left.append(row[:cut])
            right.append(row[cut:])
        elif row[0].x >= gutter - 4:
            right.append(row)
        elif max(map(_end, row)) < gutter + 4:
            left.append(row)
        else:  # a title or a wide figure across both columns
            yield from [*left, *right, row]
            left, right = [], []
    yield from [*left, *right]


def _gutter(rows: list[list[_Run]]) -> float | None:
    """Find where the right column begins on a page whose rows run across both, or None."""
    starts = [
        round(run.x)
        for row in rows
        for before, run in pairwise(row)
        if run.x - _end(before) > run.size and run.text.count(" ") >= 2
    ]
    if not starts:
        return None
    often = max(set(starts), key=starts.count)
    return float(often) if starts.count(often) >= max(6, len(rows) // 4) else None


def _end(run: _Run) -> float:
    """Guess where a run ends: letters of text fonts are about half as wide as high."""
    return run.x + 0.45 * run.size * len(run.text)


def _line(row: list[_Run]) -> Line:
    """Make one line of its runs: small capitals become letters, raised ones get their mark."""
    largest = max(run.size for run in row if run.text.strip())
    capitals = _has_small_capitals([run for run in row if run.text.strip()], largest)
    if capitals:
        row = [_plain_capitals(run, largest) for run in row]
    inked = [run for run in row if run.text.strip()]
    sizes = {
        size: sum(len(run.text) for run in group)
        for size, group in groupby(sorted(inked, key=lambda r: r.size), key=lambda r: r.size)
    }
    usual = max(sizes, key=lambda size: sizes[size])
    base = next(run.y for run in inked if run.size == usual)
    text = ""
    state = ""
    for run in row:
        raised = _raised(run, usual, base)
        text, state = _with_run(text, run, raised, state), raised
    bold = sum(len(run.text) for run in inked if run.bold)
    return Line(
        text=_ACCENT.sub(_accented, " ".join(text.split())),
        x=inked[0].x,
        y=base,
        size=round(usual, 1),
        strong=capitals or 10 * bold > 9 * sum(len(run.text) for run in inked),
    )


def _accented(match: re.Match[str]) -> str:
    """Put an accent that TeX set before its letter onto the letter."""
    letter = match[2].replace("ı", "i")
    return unicodedata.normalize("NFC", letter + _COMBINING[match[1]])


def _has_small_capitals(row: list[_Run], largest: float) -> bool:
    """Tell a line set in small capitals: a large capital, then smaller ones on its baseline."""
    for before, run in pairwise(row):
        small = run.size < 0.9 * largest <= before.size and abs(run.y - before.y) < 0.5
        if small and run.text.isupper():
            whole = run.text[0] == " " and before.text.isupper()
            return whole or (before.text[-1].isupper() and run.text[0].isupper())
    return False


def _plain_capitals(run: _Run, largest: float) -> _Run:
    """Write small capitals as the small letters they stand for: "LoRA", not "LORA"."""
    if run.size >= 0.9 * largest or run.text.upper() != run.text:
        return run
    return replace(run, text=run.text.lower(), size=largest)


def _raised(run: _Run, usual: float, base: float) -> str:
    """Tell a subscript ("_") or superscript ("^") from the line it belongs to ("")."""
    if not run.text.strip() or run.size > 0.85 * usual:
        return ""
    drop = run.y - base
    return "_" if drop < -0.04 * usual else "^" if drop > 0.15 * usual else ""


def _with_run(text: str, run: _Run, raised: str, state: str) -> str:
    """Add a run to the text of its line; marks of footnotes are left out."""
    core = run.text.strip()
    if raised == "^" and not state and _FOOTNOTE_MARK.fullmatch(core):
        if _ENDS_IN_WORD.search(text.rstrip()) or not core[0].isalnum():
            return text.rstrip()
        if not text:  # the number before the text of a footnote
            return core + " "
    attached = not run.text.startswith(" ") and bool(re.search(r"[\w)\]|′]$", text))
    begins = core[:1].isalnum() or (raised == "^" and core[:1] in "-−+")
    if raised and raised != state and attached and begins:
        return text + raised + core
    return text + (core if raised and attached else run.text)
