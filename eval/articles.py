"""The article of a page as it was judged by reading, found in the page's own elements.

The golden file holds no text of any page: it names, per page, the elements that are the article,
and what they say is read from the page at run time. Markdown that an extractor wrote is read into
the same kind of record, so that the two can be compared.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree, html

from ingest.errors import InputError
from ingest.html_tree import decode

GOLDEN = Path(__file__).parent / "golden" / "articles.yaml"

# Elements that do not end a word: text on both of their sides stands together.
_INLINE = frozenset(
    {
        "a", "abbr", "acronym", "annotation", "b", "bdi", "bdo", "big", "cite", "code", "del",
        "dfn", "em", "font", "i", "img", "ins", "kbd", "label", "mark", "math", "q", "s", "samp",
        "semantics", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var",
        "wbr",
    }
)  # fmt: skip
_HEADING = re.compile(r"h[1-6]")
_TOKEN = re.compile(r"[^\W_]+")
_RULE = re.compile(r"\s*\|(?:\s*:?-+:?\s*\|)+\s*")
_NO_WIDTH = re.compile("[\u00ad\u200b-\u200d\ufeff]")
_LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|highlight-source|highlight)-([\w+#.]+)(?=\s|$)")
_UNNAMED = {"", "default", "none", "text", "plaintext", "notranslate"}
_PYTHON = {"ipython", "ipython3", "python3", "py", "pycon"}

_FILE_KEYS = {"everywhere", "pages"}
_REQUIRED = {"url", "sha256", "held", "article"}
_OPTIONAL = {"without", "layout"}
_PATH = re.compile(r"//[\w@*\[\]()=\"':;.,<#+ /|-]{1,160}")
# Functions by which an XPath could hold a page's words.
_SAYS_WORDS = re.compile(r"text\(\)|string\(|normalize-space|\(\s*\.\s*[,)]|\[\s*\.\s*=")

XPath = str


@dataclass(frozen=True, slots=True)
class Judged:
    """One page and the XPaths of its article; `held` pages are kept from tuning.

    `without` are elements in the article that are no part of it, `layout` tables that hold no data.
    """

    url: str
    sha256: str
    held: bool
    article: tuple[XPath, ...]
    without: tuple[XPath, ...] = ()
    layout: tuple[XPath, ...] = ()


@dataclass(frozen=True, slots=True)
class Golden:
    """All judged pages, and the XPaths of what is never part of an article."""

    everywhere: tuple[XPath, ...]
    pages: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """What a text says and how: its words in order, headings, blocks of code, cells of tables.

    Headings and cells are their words; a block of code is its language (or an empty string) and
    its lines.
    """

    tokens: tuple[str, ...]
    headings: tuple[str, ...] = ()
    code: tuple[tuple[str, str], ...] = ()
    cells: tuple[str, ...] = ()


def load_golden(path: Path = GOLDEN) -> Golden:
    """Read and check a golden file; raises InputError naming the field that is wrong."""
    import yaml

    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"{path}: cannot be read as YAML ({error})") from error
    if not isinstance(read, dict) or set(read) != _FILE_KEYS or not isinstance(read["pages"], list):
        raise InputError(f"{path}: expected the keys {', '.join(sorted(_FILE_KEYS))}")
    pages = tuple(_judged(entry, path) for entry in read["pages"])
    urls = [page.url for page in pages]
    twice = sorted({url for url in urls if urls.count(url) > 1})
    if twice:
        raise InputError(f"{path}: {twice[0]} comes twice")
    return Golden(_paths(read["everywhere"], f"{path}: everywhere"), pages)


def _judged(entry: Any, path: Path) -> Judged:
    keys = set(entry) if isinstance(entry, dict) else set()
    if not keys >= _REQUIRED or not keys <= _REQUIRED | _OPTIONAL:
        raise InputError(f"{path}: expected {', '.join(sorted(_REQUIRED))} in {entry!r:.80}")
    where = f"{path}: {entry['url']!r:.200}"
    if not re.fullmatch(r"https?://\S+", str(entry["url"])):
        raise InputError(f"{where}: no web address")
    if not re.fullmatch(r"[0-9a-f]{64}", str(entry["sha256"])):
        raise InputError(f"{where}: sha256 must be 64 hex digits")
    if not isinstance(entry["held"], bool):
        raise InputError(f"{where}: held must be true or false")
    named = {key: _paths(entry.get(key, []), f"{where}: {key}") for key in (*_OPTIONAL, "article")}
    if not named["article"]:
        raise InputError(f"{where}: no element is the article")
    return Judged(
        entry["url"],
        entry["sha256"],
        entry["held"],
        article=named["article"],
        without=named["without"],
        layout=named["layout"],
    )


def _paths(entries: Any, where: str) -> tuple[XPath, ...]:
    """Check XPaths: they name elements by their place and attributes, never by their words."""
    if not isinstance(entries, list):
        raise InputError(f"{where}: expected a list of XPaths")
    for entry in entries:
        if not isinstance(entry, str) or not _PATH.fullmatch(entry) or _SAYS_WORDS.search(entry):
            raise InputError(f"{where}: {entry!r:.80} is no XPath of tags and attributes")
        try:
            etree.XPath(entry)
        except etree.XPathSyntaxError as error:
            raise InputError(f"{where}: {entry!r:.80} is no XPath ({error})") from error
    return tuple(entries)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def article_of(page: Judged, everywhere: Sequence[XPath], body: bytes, media: str) -> Content:
    """Read the judged article out of a page.

    Raises InputError when an XPath of the page finds nothing: the golden file is then wrong.
    """
    root = _parse(decode(body, media).text)

    def found(paths: Sequence[XPath], *, needed: bool) -> list[etree._Element]:
        elements = []
        for path in paths:
            hits = root.xpath(path)
            if needed and not hits:
                raise InputError(f"{page.url}: {path} finds nothing on the page")
            elements += hits
        return elements

    dropped = {*found(everywhere, needed=False), *found(page.without, needed=True)}
    layout = set(found(page.layout, needed=True))
    chosen = set(found(page.article, needed=True))
    return _content(_outermost(root, chosen), dropped, layout)


def markdown_content(text: str) -> Content:
    """Read Markdown that an extractor wrote, without links, images or raw HTML."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    # What looks like these is text of the page: extractors are asked for none of them.
    reader.disable(
        ["autolink", "code", "entity", "html_block", "html_inline", "image", "lheading", "link",
         "reference"]
    )  # fmt: skip
    rendered = reader.render(_regular(text))
    return _content([_parse(f"<html><body>{rendered}</body></html>")], set(), set())


def _regular(text: str) -> str:
    """Help Markdown to say what was meant by it: no extractor shall lose for its dialect.

    Rows of pipes without a row of names become a table, a number at the start of an item stays a
    number, and tags of raised letters go.
    """
    lines: list[str] = []
    fence = ""
    in_rows = False
    for line in text.split("\n"):
        mark = re.match(r"\s*(`{3,})", line)
        if fence:
            fence = "" if mark and line.strip() == fence else fence
        elif mark:
            fence = mark[1]
        else:
            line = re.sub(r"</?su[bp]>", "", line)
            line = re.sub(r"^(\s*(?:\d+\.|-) +\d+)([.)]) ", r"\1\\\2 ", line)
            is_row = line.lstrip().startswith("|")
            if in_rows and len(lines) and _begins_table(lines) and not _RULE.fullmatch(line):
                lines.append("|" + "---|" * (len(re.findall(r"(?<!\\)\|", lines[-1])) - 1))
            in_rows = is_row
        lines.append(line)
    return "\n".join(lines)


def _begins_table(lines: Sequence[str]) -> bool:
    """Tell whether the last of the lines is the first of a run of rows of pipes."""
    return not (len(lines) > 1 and lines[-2].lstrip().startswith("|"))


def words(text: str) -> tuple[str, ...]:
    """Split a text into words and numbers, without case and without marks."""
    return tuple(_TOKEN.findall(unicodedata.normalize("NFKC", _NO_WIDTH.sub("", text)).casefold()))


def _parse(text: str) -> "etree._Element":
    parser = html.HTMLParser(
        huge_tree=True, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    # As bytes: lxml refuses text that itself declares an encoding.
    return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)


def _outermost(
    root: "etree._Element", chosen: Collection["etree._Element"]
) -> list["etree._Element"]:
    """Put elements into the page's order, without those inside another."""
    inside = {inner for element in chosen for inner in element.iterdescendants()}
    return [element for element in root.iter() if element in chosen and element not in inside]


def _content(
    roots: Sequence["etree._Element"],
    dropped: Collection["etree._Element"],
    layout: Collection["etree._Element"],
) -> Content:
    text: list[str] = []
    headings: list[str] = []
    code: list[tuple[str, str]] = []
    cells: list[str] = []
    for root in roots:
        text += [*_texts(root, dropped), "\n"]
        for element in root.iter(etree.Element):
            if element in dropped or any(above in dropped for above in element.iterancestors()):
                continue
            said = "".join(_texts(element, dropped))
            if _HEADING.fullmatch(element.tag):
                headings.append(" ".join(words(said)))
            elif element.tag == "pre":
                code.append((_language(element), _lines(said)))
            elif element.tag in ("td", "th") and _table(element) not in layout:
                cells.append(" ".join(words(said)))
    return Content(
        words("".join(text)),
        tuple(filter(None, headings)),
        tuple(block for block in code if block[1]),
        tuple(filter(None, cells)),
    )


def _texts(
    element: "etree._Element", dropped: Collection["etree._Element"], *, pre: bool = False
) -> Iterator[str]:
    """Yield the text of an element; a block stands on lines of its own."""
    pre = pre or element.tag == "pre"
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child not in dropped:
            edge = "\n" if child.tag == "br" or (child.tag not in _INLINE and not pre) else ""
            yield edge
            yield from _texts(child, dropped, pre=pre)
            yield edge if child.tag != "br" else ""
        elif child in dropped and child.tag not in _INLINE and not pre:
            yield "\n"
        yield child.tail or ""


def _table(cell: "etree._Element") -> "etree._Element | None":
    return next(cell.iterancestors("table"), None)


def _lines(code: str) -> str:
    """Write code without blanks at the ends of lines and blank lines at both ends."""
    code = _NO_WIDTH.sub("", code).replace("\u00a0", " ").expandtabs(4)
    return "\n".join(line.rstrip() for line in code.splitlines()).strip("\n")


def _language(pre: "etree._Element") -> str:
    """Name the language that a page gives a block of code, by the classes at and around it."""
    around = [*pre.iter("code"), pre, *list(pre.iterancestors())[:3]]
    for element in around:
        for name in _LANGUAGE.findall(element.get("class") or ""):
            known = "python" if name.lower() in _PYTHON else name.lower()
            if known not in _UNNAMED:
                return known
    return ""


def split_by_use(pages: Sequence[Judged]) -> Mapping[str, tuple[Judged, ...]]:
    """Part the pages that may be looked at from those that are only scored."""
    return {
        "tuned on": tuple(page for page in pages if not page.held),
        "held back": tuple(page for page in pages if page.held),
    }
