"""Any folder or JSONL file as a stand-alone collection of documents."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.additions import MEDIA
from ingest.errors import FetchFailed, InputError
from ingest.extract import Document, read_page
from ingest.fetch import Page
from ingest.html_tree import visible
from ingest.library import SourceRow

LARGEST = 20_000_000  # bytes of one file
EMPTY = "the document is empty"

# Ends of lines that are no characters to show: what stood apart must not become one word.
LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85]")


def read_collection(source: Path) -> list[tuple[SourceRow, Document]]:
    """Read every document of a folder (what may be added, and JSONL) or of one JSONL file.

    Documents without text are kept, with the reason. Raises InputError when there is nothing to
    read, for a broken line (with its number), and for an id that comes twice.
    """
    if not source.exists():
        raise InputError(f"--documents {source}: no such file or folder")
    contents = list(read_lines(source) if source.is_file() else read_folder(source))
    if not contents:
        known = ", ".join((*MEDIA, ".jsonl"))
        raise InputError(f"--documents {source}: no documents in it ({known})")
    seen: set[str] = set()
    for row, _ in contents:
        if row.resource_id in seen:
            raise InputError(f"--documents {source}: the id {row.resource_id!r} comes twice")
        seen.add(row.resource_id)
    return contents


def read_folder(folder: Path) -> Iterator[tuple[SourceRow, Document]]:
    """Read the files of a folder in name order; ids are paths relative to it."""
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder)
        if not file.is_file() or any(part.startswith(".") for part in name.parts):
            continue
        if file.suffix.lower() == ".jsonl":
            yield from read_lines(file)
        elif file.suffix.lower() in MEDIA:
            yield read_file(file, name.as_posix())


def read_file(file: Path, name: str) -> tuple[SourceRow, Document]:
    """Read one file; one without text becomes an empty document, and its row says why."""
    if file.stat().st_size > LARGEST:
        raise InputError(f"{file}: larger than {LARGEST // 1_000_000} MB: split it first")
    media = MEDIA[file.suffix.lower()]
    page = Page(file.resolve().as_uri(), file.resolve().as_uri(), 200, media, file.read_bytes(), "")
    try:
        document = read_page(page, kind="document")
    except FetchFailed as failure:
        empty = replace(document_of(name, "", ""), title=file.stem)
        return row_of(empty, failure.reason if page.body.strip() else EMPTY), empty
    document = replace(document, id=name, title=document.title or file.stem)
    return row_of(document), document


def read_lines(file: Path) -> Iterator[tuple[SourceRow, Document]]:
    """Read the lines of a JSONL file with their rows."""
    return ((row_of(document), document) for document in read_jsonl(file))


def read_jsonl(file: Path) -> Iterator[Document]:
    """Read `{"id" or "_id", "title", "text"}` lines; raises InputError naming a broken line."""
    try:
        with file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield read_line(file, number, line)
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 ({error.reason}): convert it first") from error


def read_line(file: Path, number: int, line: str) -> Document:
    """Read one line of a JSONL collection: plain text, without characters that show nothing."""
    if len(line) > LARGEST:
        raise InputError(f"{file}:{number}: longer than {LARGEST // 1_000_000} MB: split it first")
    value = json_of(line, f"{file}:{number}")
    identity = identity_in(value) if isinstance(value, dict) else None
    if identity is None:
        raise InputError(f'{file}:{number}: expected {{"id", "title", "text"}}')
    title, text = value.get("title") or "", value.get("text") or ""
    if not isinstance(title, str) or not isinstance(text, str):
        raise InputError(f"{file}:{number}: title and text must be strings")
    words = visible(LINE_ENDS.sub("\n", whole(text)))
    return document_of(whole(identity), visible(LINE_ENDS.sub(" ", whole(title))), words)


def json_of(line: str, where: str) -> Any:
    """Read a line as JSON; raises InputError beginning with `where`."""
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: not JSON ({error.msg})") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, a deep nest
        raise InputError(f"{where}: JSON that cannot be read ({str(error)[:60]})") from error


def identity_in(value: dict[str, object]) -> str | None:
    """Give the id of a line, a text or a number; None when it has none."""
    found = next((value[key] for key in ("id", "_id") if value.get(key) is not None), None)
    named = isinstance(found, str | int | float) and not isinstance(found, bool)
    return str(found) if named and str(found).strip() else None


def whole(text: str) -> str:
    """Replace halves of characters (lone surrogates), which JSON can say and UTF-8 cannot."""
    return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)


def document_of(identity: str, title: str, text: str) -> Document:
    """Make a document of plain text as it is; a document with a title alone is its title."""
    body = text if text.strip() else title
    return Document(
        id=identity,
        url=f"document:{identity}",
        title=title,
        kind="document",
        text=body,
        headings=(),
        fetched_at="",
        content_hash=hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest(),
    )


def row_of(document: Document, reason: str = EMPTY) -> SourceRow:
    """Write the ledger row of a document; `reason` says why it has no text, if so."""
    return SourceRow(
        resource_id=document.id,
        kind=document.kind,
        title=document.title,
        url=document.url,
        resolved_url=document.url,
        section_ids=(),
        status="indexed" if document.text.strip() else "no-text",
        reason="" if document.text.strip() else reason,
        passages=0,
        bytes=len(document.text.encode("utf-8", "surrogatepass")),
        fetched_at="",
    )
