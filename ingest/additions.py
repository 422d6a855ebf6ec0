"""What the learner adds to the path: links and files, kept in the home and read by every ingest.

`additions.json` is the list, `additions/<hash>/<name>` are copies of the files. Unlike the library
they cannot be made again, so both are written beside their place and renamed into it, the copy
before the list: killed at any point, an addition is there whole or not at all.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import NamedTuple
from urllib.parse import urlsplit

from corpus import learning_path
from ingest.curriculum import OWN, Curriculum, Resource, parse
from ingest.errors import FetchFailed, InputError, LibraryError
from ingest.fetch import LARGEST_PAGE, Page
from ingest.library import read_before
from ingest.links import clean, normalise, safe_http
from ingest.sources import Fetched

ADDED = "studypath://added/"
# What may be added, with the content type by which `read_page` knows it.
MEDIA = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".ipynb": "application/x-ipynb+json",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
}
SCHEMA = 1
PATIENCE = 10.0  # seconds to wait for another process that adds; it holds the list for less than 1
_LONGEST_NAME = 60
_LONGEST_LINE = 300
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_COPY = re.compile(r"additions/([0-9a-f]{12})/[A-Za-z0-9_-]+(\.[a-z]+)")
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")  # a name on disk that is no UTF-8 has some


@dataclass(frozen=True, slots=True)
class Addition:
    """A link or file that the learner added.

    `what` is its address, or the path it was added from; `file` the copy, relative to the home with
    forward slashes, empty for a link. `section_id` is OWN for what belongs to no section. `title`
    is empty when none was given. `added_at` is ISO 8601 in UTC.
    """

    id: str
    what: str
    title: str
    section_id: str
    added_at: str
    file: str

    @property
    def resource_id(self) -> str:
        """Name its line in the ledger."""
        return f"added/{self.id}"


class _Given(NamedTuple):
    """What is to be added, examined: its address or path, and of a file the bytes and the name."""

    id: str
    what: str
    body: bytes
    name: str


def add(home: Path, what: str, section_id: str = OWN, title: str = "") -> Addition:
    """Add one link or file; raises as `add_all` does."""
    return add_all(home, [what], section_id, title)[0]


def add_all(
    home: Path, whats: Sequence[str], section_id: str = OWN, title: str = ""
) -> tuple[Addition, ...]:
    """Add links and files: all of them, or none when one cannot be used.

    What was added before (the same address or bytes, or another version of the same file) is
    replaced. Raises InputError for what cannot be added and for an unknown section, LibraryError
    when the home holds no path or its list cannot be read.
    """
    check_section(home, section_id)
    given = [examined(what) for what in whats]
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with _holding_the_list(home):
        kept = listed(home)
        added: dict[str, Addition] = {}
        for one in given:
            file = f"additions/{one.id}/{one.name}" if one.name else ""
            if file:
                _write(home / file, one.body)
            added[one.id] = Addition(one.id, one.what, _line(title), section_id, now, file)
        replaced = {*added, *(a.id for a in kept if a.what in {b.what for b in added.values()})}
        _write_list(home, [*(a for a in kept if a.id not in replaced), *added.values()])
        _sweep(home)
    return tuple(added.values())


def listed(home: Path) -> tuple[Addition, ...]:
    """Read the list, oldest first; raises LibraryError when it is damaged."""
    file = home / "additions.json"
    try:
        held = json.loads(file.read_bytes())
        if held["schema"] != SCHEMA:
            raise LibraryError(f"{file} was written by another version of studypath: update this")
        additions = tuple(Addition(**entry) for entry in held["additions"])
        if not all(isinstance(word, str) for a in additions for word in asdict(a).values()):
            raise ValueError("what it holds must be texts")
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise LibraryError(
            f"{file} cannot be read ({error}): mend it or move it away; the copies beside it stay"
        ) from error
    for addition in additions:
        copy = _COPY.fullmatch(addition.file)
        if addition.file and not (copy and copy[1] == addition.id and copy[2] in MEDIA):
            raise LibraryError(f"{file}: {addition.file!r} is no copy of ours: mend it")
    return additions


def remove(home: Path, id: str) -> None:
    """Take an addition off the list and delete its copy; raises InputError for an unknown id."""
    with _holding_the_list(home):
        kept = listed(home)
        if id not in {addition.id for addition in kept}:
            raise InputError(f"nothing was added as '{id}': `studypath add --list` names the ids")
        _write_list(home, [addition for addition in kept if addition.id != id])
        _sweep(home)


# ── for the pipeline ────────────────────────────────────────────────────────────────────────────


def resource_of(addition: Addition, curriculum: Curriculum) -> Resource:
    """Give an addition the form of the path's own resources.

    One whose section has left the path stands under OWN until the path holds the section again.
    """
    known = {section.id for section in (*curriculum.sections, curriculum.general)}
    return Resource(
        id=addition.resource_id,
        section_id=addition.section_id if addition.section_id in known else OWN,
        kind=OWN,
        title=_line(addition.title) or name_of(addition),
        url=f"{ADDED}{addition.id}" if addition.file else addition.what,
        link=addition.what,
        line=0,
    )


def name_of(addition: Addition) -> str:
    """Call an addition by its file's name or its address."""
    return _line(PurePath(addition.what).name if addition.file else addition.what)


def _line(words: str) -> str:
    """Make one line of a name or title, which may hold anything."""
    return _HALF_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", " ".join(words.split()))[:_LONGEST_LINE]


def fetched_copy(home: Path, addition: Addition) -> Fetched:
    """Read the copy of an added file as a page; raises FetchFailed when it is not there."""
    file = home / addition.file
    try:
        body = file.read_bytes()
    except OSError as error:
        reason = f"its copy {file} cannot be read ({error.strerror}): add the file again"
        raise FetchFailed("not-found", reason) from error
    address = f"{ADDED}{addition.id}"
    return Fetched((Page(address, address, 200, MEDIA[file.suffix], body, addition.added_at),))


# ── what may be added ───────────────────────────────────────────────────────────────────────────


def check_section(home: Path, section_id: str) -> None:
    """Raise InputError unless the home's path has this section, or it is OWN."""
    facts, _ = read_before(home)
    if facts.get("collection") == "1":
        raise InputError(f"{home} holds documents, not a path: give another --home for this")
    if section_id != OWN:
        text = facts.get("path_text") or learning_path().read_text(encoding="utf-8")
        parse(text).section(section_id)


def examined(what: str) -> _Given:
    """Look at a link or file before anything is kept; raises InputError with the remedy."""
    shown = " ".join(what.split())[:200]
    if _SCHEME.match(what.strip()):
        address = clean(what.strip())
        if not safe_http(address):
            raise InputError(f"{shown} is no web address: give one with http:// or https://")
        if "@" in urlsplit(address).netloc:
            raise InputError(f"{shown} holds a password: give the address without it")
        return _Given(_hash(normalise(address).encode()), address, b"", "")
    try:
        file = Path(what).expanduser().resolve()
        suffix = file.suffix.lower()
        if file.is_dir():
            raise InputError(f"{shown} is a folder: name the files in it")
        if file.exists() and suffix not in MEDIA:
            known = ", ".join(MEDIA)
            raise InputError(f"{shown} cannot be read: save it as one of {known}, then add that")
        body = _bytes_of(file)
    except (FileNotFoundError, ValueError, RuntimeError):  # a NUL; a home of nobody; a loop
        raise InputError(
            f"there is no file {shown}: check its name; a link begins with http:// or https://"
        ) from None
    except OSError as error:
        raise InputError(f"{shown} cannot be opened ({error.strerror}): check its rights") from None
    return _Given(_hash(body), str(file), body, safe_name(file.stem) + suffix)


def _bytes_of(file: Path) -> bytes:
    if file.exists() and not file.is_file():  # a pipe would hold us up for ever
        raise InputError(f"{file} is no plain file: name one")
    with file.open("rb") as handle:
        body = handle.read(LARGEST_PAGE + 1)
    if not body:
        raise InputError(f"{file} is empty: write something into it, then add it")
    if len(body) > LARGEST_PAGE:
        limit = f"{LARGEST_PAGE // 1_000_000} MB"
        raise InputError(f"{file} has over {limit}: split it, then add its parts")
    return body


def safe_name(stem: str) -> str:
    """Make a file's name out of letters, digits, "_" and "-" alone."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", stem)[:_LONGEST_NAME].strip("-") or "file"


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


# ── on disk ─────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _holding_the_list(home: Path) -> Iterator[None]:
    """Let one process at a time change the list; an ingest does not hold it up."""
    from filelock import FileLock, Timeout

    home.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(home / "additions.lock", timeout=PATIENCE):
            yield
    except Timeout as error:
        raise LibraryError(
            f"another studypath is adding to {home}: wait for it to end, then try again"
        ) from error


def _write_list(home: Path, additions: Sequence[Addition]) -> None:
    held = {"schema": SCHEMA, "additions": [asdict(addition) for addition in additions]}
    # As ASCII: a file's name on disk need not be text.
    _write(home / "additions.json", json.dumps(held, indent=1).encode("ascii"))


def _write(file: Path, content: bytes) -> None:
    """Write a file so that it is there whole or, after a kill or a power cut, as it was before."""
    file.parent.mkdir(parents=True, exist_ok=True)
    number, beside = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(number, "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        Path(beside).replace(file)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise
    for folder in (file.parent, file.parent.parent):
        _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    """Bring a rename to the disk, where the system lets us say so."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _sweep(home: Path) -> None:
    """Delete copies that the list does not name (any more), and what a killed process left."""
    kept = {home / addition.file for addition in listed(home) if addition.file}
    for left in home.glob(".*.part"):
        left.unlink(missing_ok=True)
    for folder in (home / "additions").glob("[0-9a-f]" * 12):
        if folder not in {file.parent for file in kept}:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            for file in set(folder.iterdir()) - kept:
                file.unlink(missing_ok=True)
