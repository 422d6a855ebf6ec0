"""Page -> Document: clean Markdown with headings, whatever form the page has.

HTML goes through its visible tree and main content; Markdown, notebooks, PDFs, Word files and
captions are made into the same kind of tree; one writer makes Markdown with heading offsets of all
of them.
"""

import hashlib
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from ingest.errors import FetchFailed
from ingest.fetch import LARGEST_PAGE, Page, too_large
from ingest.links import normalise

if TYPE_CHECKING:
    from lxml import etree

log = logging.getLogger(__name__)

CAPTIONS = "application/vnd.studypath.captions+json"  # what sources/video.py makes

# Fewer words than this outside of headings are a stub ("moved", "see there"), not a text.
# On the capture's 2,270 pages every page below it was one.
FEWEST_WORDS = 12

_HTML = ("text/html", "application/xhtml+xml")
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_CAPTIONS = (CAPTIONS, "text/vtt", "text/srt", "application/x-subrip")
_NOT_TEXT = re.compile(
    r"(?:image|audio|video|font)/|application/(?:zip|gzip|x-gzip|x-tar|octet-stream|msword|vnd\.)"
)
_COUNTS = re.compile(
    r"(?:appendix|chapter|lecture|lesson|module|part|section|unit|week)"
    r" (?:\d{1,3}|[a-z]|[ivxlc]+)\W?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a document.

    `start` is the offset of the heading's line in the document's text, `anchor` the fragment
    (without #) by which the page itself reaches it.
    """

    level: int
    text: str
    anchor: str | None
    start: int


@dataclass(frozen=True, slots=True)
class Document:
    """Clean text of one page as Markdown: ATX headings, fenced code, pipe tables.

    `kind` is article, github, video, paper, note, path or document. `content_hash` is the sha256
    of the text in hex; `fetched_at` is ISO 8601 in UTC, empty for what was never fetched.
    `archived` says that it is a copy from a public web archive. `visible` are the page's blocks of
    text as a browser shows them; they are not kept in the library.
    """

    id: str
    url: str
    title: str
    kind: str
    text: str
    headings: tuple[Heading, ...]
    fetched_at: str
    content_hash: str
    archived: bool = False
    visible: tuple[str, ...] = ()


def read_page(page: Page, kind: str = "article") -> Document:
    """Read a page by its form: HTML, Markdown, notebook, PDF, Word, captions or plain text.

    Raises FetchFailed: "no-text" (nothing to read), "login-wall", "not-found" (a page that
    answered but says it is gone), "skipped" (larger than LARGEST_PAGE, or when unpacked).
    """
    if len(page.body) > LARGEST_PAGE:
        raise too_large(page.resolved_url, len(page.body))
    form = form_of(page)
    if form in ("pdf", "docx", "captions"):
        return _read_file(page, kind, form)
    if form == "binary":
        raise FetchFailed("no-text", f"the address gives no text but {page.content_type or 'data'}")
    text = _decoded(page)
    if form == "html":
        return _read_html(page, kind, text)
    return _read_source(page, kind, form, text)


def form_of(page: Page) -> str:
    """Tell the form of a page.

    One of "html", "markdown", "notebook", "pdf", "docx", "captions", "code", "text" and "binary".
    """
    from ingest.code_source import language_of

    media = page.content_type.partition(";")[0].strip().lower()
    opening = _opening(page.body)
    start = opening.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    suffix = PurePosixPath(unquote(urlsplit(page.resolved_url).path)).suffix.lower()
    if media == "application/pdf" or start.startswith(b"%pdf-"):
        return "pdf"
    if media in _HTML or start.startswith((b"<!doctype html", b"<html")):
        return "html"
    if media == _WORD or suffix == ".docx" or _is_word(page.body):
        return "docx"
    if media in _CAPTIONS or suffix in (".srt", ".vtt") or start.startswith(b"webvtt"):
        return "captions"
    if media == "application/x-ipynb+json" or suffix == ".ipynb":
        return "notebook"
    if media in ("text/markdown", "text/x-markdown") or suffix in (".md", ".markdown", ".mdx"):
        return "markdown"
    if _NOT_TEXT.match(media) or b"\x00" in opening:
        return "binary"
    if media.endswith("json") or suffix == ".json":
        if b'"nbformat"' in page.body:
            return "notebook"
        if b'"snippets"' in page.body and b'"start"' in page.body:
            return "captions"
    return "code" if language_of(unquote(urlsplit(page.resolved_url).path)) else "text"


def _opening(body: bytes) -> bytes:
    """Return the first bytes of a body; of one in UTF-16 as the UTF-8 that they stand for."""
    from ingest.html_tree import wide_charset

    wide = wide_charset(body)
    return body[:1024].decode(wide, "ignore").encode() if wide else body[:1024]


def _is_word(body: bytes) -> bool:
    return body.startswith(b"PK\x03\x04") and b"word/document.xml" in body


def _decoded(page: Page) -> str:
    from ingest.html_tree import decode

    decoded = decode(page.body, page.content_type)
    if decoded.replaced:
        log.warning(
            "%s: %d characters could not be read as %s",
            page.resolved_url,
            decoded.replaced,
            decoded.charset,
        )
    return decoded.text


def _read_html(page: Page, kind: str, text: str) -> Document:
    from ingest.html_tree import keep_visible, parse, visible_blocks
    from ingest.main_content import main_content
    from ingest.page_signs import asks_for_login, choose_title, read_signs, why_empty, why_gone
    from ingest.paper import abstract_of

    root = parse(text)
    if root is None:
        raise FetchFailed("no-text", "the page is empty")
    signs = read_signs(root)
    shown = visible_blocks(root)
    keep_visible(root)
    paper = abstract_of(root)
    written, headings = _write(main_content(root, chosen_text) if paper is None else paper)
    first = _main_heading(headings)
    if gone := why_gone(signs, first, written):
        raise FetchFailed("not-found", gone)
    if asks_for_login(signs, first, written, page.url, page.resolved_url):
        raise FetchFailed("login-wall", "the page asks for a login or a subscription")
    openings = [heading.text for heading in headings[:3]]
    title = choose_title(signs, first, openings, page.resolved_url)
    document = _document(page, kind, title, written, headings)
    if _is_too_short(document):
        raise FetchFailed("no-text", why_empty(signs))
    return replace(document, visible=shown)


def _main_heading(headings: Sequence[Heading]) -> str:
    """Return the first heading of level 1; the next where that one only counts ("Chapter 2")."""
    names = [heading.text for heading in headings if heading.level == 1]
    counts = len(names) > 1 and _COUNTS.fullmatch(names[0])
    return names[1] if counts else next(iter(names), "")


def chosen_text(page: "etree._Element") -> str:
    """Return the text that trafilatura takes for the content of a page; empty when it gives up."""
    from trafilatura import bare_extraction

    try:
        found = bare_extraction(page, include_comments=False, fast=True)
    # Its tree surgery may stumble over hostile markup; the page is then read without its advice.
    except (ValueError, TypeError, AttributeError, IndexError, RecursionError):
        return ""
    chosen = getattr(found, "body", None)
    return " ".join(chosen.itertext()) if chosen is not None else ""


def _read_source(page: Page, kind: str, form: str, text: str) -> Document:
    from ingest.code_source import language_of, title_of, write_code
    from ingest.markdown_source import markdown_tree, notebook_markdown, plain_tree

    if form == "notebook":
        try:
            text = notebook_markdown(text)
        except ValueError as error:
            raise FetchFailed("no-text", "the file is no notebook that can be read") from error
    if form == "code":
        path = unquote(urlsplit(page.resolved_url).path)
        written, headings = write_code(text, language_of(path))
        return _long_enough(_document(page, kind, title_of(path), written, headings))
    root = plain_tree(text) if form == "text" else markdown_tree(text)
    written, headings = _write(root) if root is not None else ("", ())
    title = headings[0].text if headings and headings[0].level <= 2 else ""
    if not title and kind != "document":  # a file of a collection is named by its reader
        title = _name_in(page.resolved_url)
    return _long_enough(_document(page, kind, title, written, headings))


def _long_enough(document: Document) -> Document:
    if _is_too_short(document):
        raise FetchFailed("no-text", "the file holds next to no text")
    return document


def _read_file(page: Page, kind: str, form: str) -> Document:
    if form == "pdf":
        from ingest.pdf import pdf_tree as tree_of
    elif form == "docx":
        from ingest.word import word_tree as tree_of
    else:
        from ingest.captions import captions_tree as tree_of
    title, root = tree_of(page.body)
    written, headings = _write(root)
    # A file without a title is named by its reader, as the path or the learner calls it.
    title = title or next((heading.text for heading in headings if heading.level == 1), "")
    document = _document(page, kind, title, written, headings)
    if form == "pdf":  # it has other pages than the page about it, and on arXiv the same identity
        document = replace(document, id=_hash(f"{normalise(page.resolved_url)}#pdf")[:16])
    if _is_too_short(document):
        raise FetchFailed("no-text", "the file holds next to no text")
    return document


def read_markdown(
    text: str, *, id: str, url: str, title: str, kind: str, fetched_at: str
) -> Document:
    """Read Markdown such as a README or a note; headings get GitHub's slugs as anchors."""
    from ingest.markdown_source import markdown_tree

    root = markdown_tree(text)
    written, headings = _write(root) if root is not None else ("", ())
    return Document(id, url, title, kind, written, headings, fetched_at, _hash(written))


def _write(root: "etree._Element") -> tuple[str, tuple[Heading, ...]]:
    from ingest.markdown_text import write_markdown

    return write_markdown(root)


def _document(
    page: Page, kind: str, title: str, text: str, headings: tuple[Heading, ...]
) -> Document:
    return Document(
        id=hashlib.sha256(normalise(page.resolved_url).encode()).hexdigest()[:16],
        url=page.resolved_url,
        title=title,
        kind=kind,
        text=text,
        headings=headings,
        fetched_at=page.fetched_at,
        content_hash=_hash(text),
        archived=page.archived,
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _is_too_short(document: Document) -> bool:
    """Tell a stub from a text; a document of a collection may be as short as it likes."""
    body = re.sub(r"^#+ .*$", "", document.text, flags=re.MULTILINE)
    words = len(re.findall(r"\w+", body))
    return words < (1 if document.kind == "document" else FEWEST_WORDS)


def _name_in(url: str) -> str:
    """Name a page without a heading after the last part of its address."""
    parts = urlsplit(url)
    name = PurePosixPath(unquote(parts.path)).name
    return re.sub(r"[_\s]+", " ", name).strip() or parts.netloc
