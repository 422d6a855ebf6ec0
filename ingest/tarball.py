"""A packed folder from the network, read without trusting it.

Nothing is ever unpacked to disk. Members that point out of the archive ("..", absolute names), that
point elsewhere (links) or that are no files (devices, pipes) are left out, and unpacking ends at
fixed limits, since a few kilobytes can unpack to terabytes.
"""

import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ingest.errors import FetchFailed

# The largest tarball of the capture has 1,045 members and 8 MB; these leave room for what a
# download of LARGEST_PAGE can honestly hold, and end an attack within seconds.
MOST_MEMBERS = 100_000
LARGEST_UNPACKED = 400_000_000

_COMMIT = re.compile(r"(?:.*-)?([0-9a-f]{40})")
_UNSAFE = re.compile('[\x00-\x1f\x7f\\\\"<>\ud800-\udfff]')
# tarfile and zlib trip over damaged archives in as many ways as there are fields to damage; a
# chain of extended headers makes tarfile call itself for each.
_DAMAGED = (
    tarfile.TarError, zlib.error, EOFError, OSError, ValueError, OverflowError, LookupError,
    AttributeError, TypeError, RecursionError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a tarball: its path below the top folder, and its size in bytes."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Tarball:
    """The table of contents of a packed folder.

    `commit` is the commit it was made of, empty when the archive names none. `refused` counts the
    members that were left out as unsafe.
    """

    body: bytes
    commit: str
    members: tuple[Member, ...]
    refused: int = 0

    def read(self, paths: Collection[str]) -> dict[str, bytes]:
        """Return the bytes of some of the files; raises FetchFailed for a damaged archive."""
        found: dict[str, bytes] = {}
        wanted = set(paths)
        with _opened(self.body) as archive:
            for entry in _entries(archive):
                path = safe_path(entry)
                if path and path in wanted and (handle := archive.extractfile(entry)) is not None:
                    found[path] = handle.read()
                    wanted.remove(path)
                if not wanted:
                    break
        return found


def open_tarball(body: bytes) -> Tarball:
    """Read the contents of a .tar.gz whose files stand in one top folder, as GitHub packs them.

    Raises FetchFailed: "unreachable" for what is no such archive, "skipped" past the limits.
    """
    members: dict[str, Member] = {}
    refused = 0
    top = ""
    with _opened(body) as archive:
        for entry in _entries(archive):
            top = top or entry.name.partition("/")[0]
            path = safe_path(entry)
            if path and path not in members:
                members[path] = Member(path, entry.size)
            elif not entry.isdir():
                refused += 1
        # `git archive` writes the commit into the comment of the global header.
        named = _COMMIT.fullmatch(archive.pax_headers.get("comment", "")) or _COMMIT.fullmatch(top)
    return Tarball(body, named[1] if named else "", tuple(members.values()), refused)


def safe_path(entry: tarfile.TarInfo) -> str:
    """Return a file's path below the top folder; empty for all that is not a plain, named file."""
    if entry.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or entry.issparse():
        return ""
    parts = entry.name.split("/")
    if len(parts) < 2 or any(part in ("", ".", "..") for part in parts):
        return ""
    return "" if _UNSAFE.search(entry.name) else "/".join(parts[1:])


class _Bounded(io.RawIOBase):
    """Unpacked bytes, of which only LARGEST_UNPACKED may be read."""

    def __init__(self, packed: gzip.GzipFile) -> None:
        self._packed = packed
        self._left = LARGEST_UNPACKED

    def read(self, size: int = -1) -> bytes:
        part = self._packed.read(size)
        self._left -= len(part)
        if self._left < 0:
            limit = f"{LARGEST_UNPACKED / 1e6:.0f} MB"
            raise FetchFailed("skipped", f"the packed folder unpacks to over {limit}")
        return part


@contextmanager
def _opened(body: bytes) -> Iterator[tarfile.TarFile]:
    try:
        # A stream: what is skipped is unpacked too, and so counted.
        with (
            gzip.GzipFile(fileobj=io.BytesIO(body)) as packed,
            tarfile.open(fileobj=_Bounded(packed), mode="r|") as archive,
        ):
            yield archive
    except _DAMAGED as error:
        raise FetchFailed("unreachable", "the packed folder is damaged") from error


def _entries(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    for count, entry in enumerate(archive):
        if count >= MOST_MEMBERS:
            raise FetchFailed("skipped", f"the packed folder has over {MOST_MEMBERS:,} files")
        yield entry
