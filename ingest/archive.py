"""WARC in and out: warcio's door.

An archive is read whole once, to learn which record stands where; bodies are read on demand.
Records are found by gzip members (or by record headers in a plain file), so that damage costs
the damaged record and not what follows it.
"""

import io
import os
import re
import tempfile
import threading
import weakref
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, ClassVar
from urllib.parse import urlsplit

from ingest.errors import FetchFailed, InputError, LibraryError
from ingest.fetch import (
    LARGEST_PAGE,
    Page,
    Response,
    Robots,
    follow,
    robots_text,
    too_large,
)
from ingest.links import clean, normalise

_GZIP = b"\x1f\x8b\x08"
_BLOCK = 1 << 16
_IN_MEMORY = 32_000_000  # an unpacked gzip member of more bytes goes to a temporary file
_LARGEST_MEMBER = 8_000_000_000
_LARGEST_CHECKED = 64_000_000  # larger records are not checked against their digest
_LONGEST_HEADER = 64_000
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"^content-length\s*:\s*([0-9]{1,15})\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record stands: its file, gzip member (None in a plain file) and offset in that."""

    file: Path
    member: int | None
    offset: int
    length: int
    url: str
    status: int
    date: str


class _DamagedError(Exception):
    """A stretch of an archive that cannot be read; the message says why."""


class ArchiveTransport:
    """Replays one archive (or a folder of archives) as if it were the web.

    Of several answers of one address the newest by WARC-Date counts, and of equally new ones the
    last; but a passing failure (429, 5xx) never displaces a real answer. `problems` names the
    records that could not be used, with their byte offsets. robots.txt is obeyed as on the web,
    when the archive holds one.

    Raises InputError for a path that is no WARC archive.
    """

    def __init__(self, path: Path | None, *, obey_robots: bool = True) -> None:
        unread = "was not fetched yet: `studypath ingest` reads it from the web"
        self._missing = f"is not in the archive {path.name}" if path is not None else unread
        self._places: dict[str, _Place] = {}
        self._by_key: dict[str, _Place] = {}
        self._by_page: dict[str, _Place] = {}
        self._open_member: tuple[Path, int, IO[bytes]] | None = None
        self._robots = Robots(self._read_robots) if obey_robots else None
        problems: list[str] = []
        for file in _files(path) if path is not None else ():
            for place in _index(file, problems):
                self._remember(place)
        self.problems: tuple[str, ...] = tuple(problems)

    @classmethod
    def empty(cls) -> "ArchiveTransport":
        """Return an archive without records: no address is in it."""
        return cls(None)

    def __len__(self) -> int:
        return len(self._places)

    def urls(self) -> tuple[str, ...]:
        """Name every address that has a record, in the order of the archive."""
        return tuple(self._places)

    def get(self, url: str) -> Page:
        """Return the page, redirects followed; raises FetchFailed(status, reason)."""
        used: set[_Place] = set()

        def answer(address: str) -> Response:
            place = self._find(address)
            # A tolerant look-up may lead back to the redirect it came from: that is no circle.
            if place is None or place in used:
                raise FetchFailed("not-in-archive", f"{address} {self._missing}")
            used.add(place)
            return self._response(place, address)

        def allow(address: str) -> None:
            if self._robots is not None:
                self._robots.check(address)

        return replace(follow(clean(url), answer, allow), url=url)

    def newest(self, url: str) -> Response:
        """Return what exactly this address answered last; raises FetchFailed("not-in-archive")."""
        place = self._places.get(url)
        if place is None:
            raise FetchFailed("not-in-archive", f"{url} {self._missing}")
        return self._response(place, url)

    def add(self, file: Path, offset: int) -> None:
        """Take in the records that stand in a file from an offset on."""
        for place in _index(file, [], offset):
            self._remember(place)

    def _remember(self, place: _Place) -> None:
        for index, key in (
            (self._places, place.url),
            (self._by_key, _key(place.url)),
            (self._by_page, normalise(place.url)),
        ):
            known = index.get(key)
            if known is None or _rank(place) >= _rank(known):
                index[key] = place

    def _find(self, url: str) -> _Place | None:
        """Look an address up: exactly, then without fragment or query, then as the same page."""
        bare = url.partition("#")[0]
        pathless = bare.partition("?")[0]
        for candidate in dict.fromkeys((url, bare, pathless)):
            if candidate in self._places:
                return self._places[candidate]
        for candidate in dict.fromkeys((bare, pathless)):
            place = self._by_key.get(_key(candidate)) or self._by_page.get(normalise(candidate))
            if place is not None:
                return place
        return None

    def _read_robots(self, url: str) -> str:
        place = self._find(url)
        return robots_text(self._response(place, url)) if place is not None else ""

    def _response(self, place: _Place, url: str) -> Response:
        if place.length > LARGEST_PAGE + _LONGEST_HEADER:
            raise too_large(place.url, place.length)
        try:
            handle = self._unpacked(place)
            handle.seek(place.offset)
            record = _parse(handle.read(place.length))
            body = record.content_stream().read(LARGEST_PAGE + 1)
        except (_DamagedError, zlib.error, OSError) as error:
            raise FetchFailed("unreachable", f"{url}: its record is damaged") from error
        if len(body) > LARGEST_PAGE:
            raise too_large(place.url, len(body))
        headers = tuple((str(name), str(value)) for name, value in record.http_headers.headers)
        return Response(place.url, place.status, "", headers, body, place.date)

    def _unpacked(self, place: _Place) -> IO[bytes]:
        """Return the unpacked gzip member (or the plain file) that holds a record."""
        member = -1 if place.member is None else place.member
        if self._open_member is not None:
            file, number, handle = self._open_member
            if (file, number) == (place.file, member):
                return handle
            self._open_member = None
            handle.close()
        if place.member is None:
            handle = place.file.open("rb")
        else:
            with place.file.open("rb") as packed:
                handle, _ = _unpack(packed, place.member)
        self._open_member = (place.file, member, handle)
        weakref.finalize(self, handle.close)
        return handle


def _rank(place: _Place) -> tuple[bool, str]:
    """Order answers of one address: real ones over passing failures, then by date."""
    return (place.status < 500 and place.status not in (304, 429), place.date)


def _key(url: str) -> str:
    """Make http and https, a slash at the end and the case of the host look alike."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}{query}"


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted([*path.glob("*.warc"), *path.glob("*.warc.gz")])
        if not files:
            raise InputError(f"{path}: no .warc or .warc.gz archive in this folder")
        return files
    if not path.exists():
        raise InputError(f"{path}: no such file; name a .warc or .warc.gz archive")
    return [path]


def _index(file: Path, problems: list[str], begin: int = 0) -> list[_Place]:
    """Find the response records of a file from an offset on; damage goes to the problems."""
    found: list[_Place] = []
    records = 0
    before = len(problems)
    with file.open("rb") as handle:
        start = handle.read(5)
        if not start:
            raise InputError(f"{file} is empty: name a .warc or .warc.gz archive")
        packed = start.startswith(_GZIP)
        members = _members(handle, file, problems, begin) if packed else [(None, handle)]
        for member, unpacked in members:
            for offset, length in _records(unpacked, file, member, problems):
                records += 1
                place = _read_place(unpacked, file, member, offset, length, problems)
                if place is not None:
                    found.append(place)
    if not records:
        del problems[before:]
        raise InputError(f"{file} is no WARC archive: name a .warc or .warc.gz file")
    return found


def _members(
    handle: IO[bytes], file: Path, problems: list[str], begin: int
) -> Iterator[tuple[int | None, IO[bytes]]]:
    """Yield the unpacked gzip members of a file with their offsets, stepping over damage."""
    offset: int | None = begin
    while offset is not None:
        try:
            unpacked, end = _unpack(handle, offset)
        except _DamagedError as error:
            problems.append(f"{file.name}: byte {offset}: {error}")
            offset = _next_member(handle, offset + 1)
            continue
        with unpacked:
            yield offset, unpacked
        handle.seek(end)
        rest = handle.read(3)
        if rest and not rest.startswith(_GZIP):
            problems.append(f"{file.name}: byte {end}: no record begins here")
        offset = end if rest.startswith(_GZIP) else _next_member(handle, end)


def _unpack(handle: IO[bytes], offset: int) -> tuple[IO[bytes], int]:
    """Unpack one gzip member; returns its content and the offset after it.

    Raises _DamagedError for damaged or cut off data.
    """
    handle.seek(offset)
    unpacked: IO[bytes] = io.BytesIO()
    machine = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        while not machine.eof:
            block = handle.read(_BLOCK)
            if not block:
                raise _DamagedError("the record is cut off")
            unpacked.write(machine.decompress(block))
            if isinstance(unpacked, io.BytesIO) and unpacked.tell() > _IN_MEMORY:
                unpacked = _on_disk(unpacked)
            if unpacked.tell() > _LARGEST_MEMBER:
                raise _DamagedError("the record unpacks to more than 8 GB")
    except zlib.error as error:
        unpacked.close()
        raise _DamagedError("the record is damaged") from error
    except _DamagedError:
        unpacked.close()
        raise
    unpacked.seek(0)
    return unpacked, handle.tell() - len(machine.unused_data)


def _on_disk(held: io.BytesIO) -> IO[bytes]:
    """Move what is unpacked so far to a temporary file that vanishes when closed."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by whoever reads it)
    file.write(held.getbuffer())
    return file


def _next_member(handle: IO[bytes], offset: int) -> int | None:
    """Find the next place where a gzip member with a WARC record begins."""
    keep = b""
    handle.seek(offset)
    while block := handle.read(1 << 20):
        window = keep + block
        base = handle.tell() - len(window)
        position = window.find(_GZIP)
        while position >= 0:
            if _begins_record(handle, base + position):
                return base + position
            position = window.find(_GZIP, position + 1)
        keep = window[-2:]
        handle.seek(base + len(window))
    return None


def _begins_record(handle: IO[bytes], offset: int) -> bool:
    handle.seek(offset)
    try:
        start = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(handle.read(4096), 64)
    except zlib.error:
        return False
    return start.startswith(b"WARC/")


def _records(
    handle: IO[bytes], file: Path, member: int | None, problems: list[str]
) -> Iterator[tuple[int, int]]:
    """Yield offset and length of the WARC records in plain data, stepping over damage."""
    size = handle.seek(0, io.SEEK_END)
    offset = 0
    while (begin := _skip_blanks(handle, offset)) < size:
        length = _record_length(handle, begin)
        if length is None or begin + length > size:
            where = begin if member is None else member
            cut = length is not None
            problems.append(f"{file.name}: byte {where}: {'cut off' if cut else 'not a record'}")
            following = _next_header(handle, begin + 1)
            if following is None:
                return
            offset = following
            continue
        yield begin, length
        offset = begin + length


def _skip_blanks(handle: IO[bytes], offset: int) -> int:
    handle.seek(offset)
    while handle.read(1) in (b"\r", b"\n"):
        offset += 1
    return offset


def _record_length(handle: IO[bytes], offset: int) -> int | None:
    """Return the length of the record at an offset, or None when none begins there."""
    handle.seek(offset)
    header = handle.read(_LONGEST_HEADER)
    end = _HEADER_END.search(header)
    if not header.startswith(b"WARC/") or end is None:
        return None
    announced = _LENGTH.search(header[: end.start() + 1])
    return end.end() + int(announced[1]) if announced else None


def _next_header(handle: IO[bytes], offset: int) -> int | None:
    handle.seek(offset)
    keep = b""
    while block := handle.read(1 << 20):
        window = keep + block
        found = re.search(rb"\nWARC/[01]\.", window)
        if found:
            return handle.tell() - len(window) + found.start() + 1
        keep = window[-8:]
    return None


def _read_place(
    handle: IO[bytes],
    file: Path,
    member: int | None,
    offset: int,
    length: int,
    problems: list[str],
) -> _Place | None:
    """Read what the index needs to know of a record; None for what is no usable response."""
    where = offset if member is None else member
    handle.seek(offset)
    try:
        record = _parse(handle.read(min(length, _LARGEST_CHECKED)))
        if record.rec_type != "response" or record.http_headers is None:
            return None
        status = int(record.http_headers.get_statuscode())
        if length <= _LARGEST_CHECKED:
            _check_digest(record)
    except (_DamagedError, ValueError) as error:
        problems.append(f"{file.name}: byte {where}: {error}")
        return None
    url = record.rec_headers.get_header("WARC-Target-URI")
    date = record.rec_headers.get_header("WARC-Date") or ""
    return _Place(file, member, offset, length, url, status, date)


def _parse(data: bytes) -> Any:
    """Let warcio read one record; raises _DamagedError."""
    from warcio.archiveiterator import WARCIterator
    from warcio.exceptions import ArchiveLoadFailed
    from warcio.statusandheaders import StatusAndHeadersParserException

    try:
        return next(iter(WARCIterator(io.BytesIO(data), check_digests=True)))
    except StopIteration as error:
        raise _DamagedError("the record is empty") from error
    # AttributeError: a response without a target address.
    except (ArchiveLoadFailed, StatusAndHeadersParserException, AttributeError) as error:
        raise _DamagedError("the record cannot be read") from error


def _check_digest(record: Any) -> None:
    while record.raw_stream.read(_BLOCK):
        pass
    if record.digest_checker.passed is False:
        raise _DamagedError("the record does not match its checksum")


class ArchiveWriter:
    """Appends responses to a .warc.gz file, each as a gzip member of its own.

    A record is on the disk when `append` returns. What a killed process left half-written at
    the end is cut off before the next record is written. One process writes at a time: a second
    one gets a LibraryError. Threads may share a writer.
    """

    # Headers that described the bytes on the wire, or are nobody else's business.
    _LEFT_OUT: ClassVar[frozenset[str]] = frozenset(
        {"content-encoding", "transfer-encoding", "content-length", "connection", "set-cookie"}
    )

    def __init__(self, path: Path) -> None:
        from filelock import FileLock

        self._path = path
        # Not by thread: whichever closes the archive lets go of it.
        self._lock = FileLock(f"{path}.lock", thread_local=False)
        self._ready = False
        self._guard = threading.Lock()
        self._replay: ArchiveTransport | None = None

    def append(self, response: Response) -> None:
        """Write one response at the end of the archive."""
        data = self._packed(response)
        with self._guard:
            self._begin()
            with self._path.open("ab") as file:
                offset = file.tell()
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if self._replay is not None:
                self._replay.add(self._path, offset)

    def held(self, url: str) -> Response:
        """Return what exactly this address answered last; raises FetchFailed("not-in-archive")."""
        with self._guard:
            self._begin()
            if self._replay is None:
                begun = self._path.exists() and self._path.stat().st_size
                self._replay = ArchiveTransport(self._path if begun else None)
            return self._replay.newest(url)

    def close(self) -> None:
        """Let go of the archive, so that another process may write it."""
        with self._guard:
            self._lock.release()
            self._ready = False
            self._replay = None

    def _begin(self) -> None:
        """Become the only writer, at the end of the last whole record."""
        from filelock import Timeout

        if self._ready:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            message = f"{self._path} is being written by another studypath: wait for it to end"
            raise LibraryError(message) from error
        cut_torn_end(self._path)
        self._ready = True

    def _packed(self, response: Response) -> bytes:
        from warcio.statusandheaders import StatusAndHeaders
        from warcio.warcwriter import WARCWriter

        kept = [(n, v) for n, v in response.headers if n.lower() not in self._LEFT_OUT]
        kept.append(("Content-Length", str(len(response.body))))
        member = io.BytesIO()
        writer = WARCWriter(member, gzip=True)
        status = f"{response.status} {response.reason}".strip()
        record = writer.create_warc_record(
            response.url,
            "response",
            payload=io.BytesIO(response.body),
            length=len(response.body),
            http_headers=StatusAndHeaders(status, kept, protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": response.fetched_at},
        )
        writer.write_record(record)
        return member.getvalue()


def cut_torn_end(path: Path) -> None:
    """Cut a half-written last record off an archive; damage further up is left alone.

    Raises LibraryError for a file that is no packed archive at all.
    """
    if not path.exists() or not path.stat().st_size:
        return
    with path.open("r+b") as handle:
        if handle.read(3) != _GZIP[: min(3, path.stat().st_size)]:
            raise LibraryError(f"{path} is no .warc.gz archive: move it away")
        size = handle.seek(0, io.SEEK_END)
        offset: int | None = 0
        while offset is not None and offset < size:
            try:
                unpacked, end = _unpack(handle, offset)
                unpacked.close()
            except _DamagedError:
                following = _next_member(handle, offset + 1)
                if following is None:
                    handle.truncate(offset)
                    return
                offset = following
                continue
            offset = end
