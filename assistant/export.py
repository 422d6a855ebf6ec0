"""Files made for other programs: written whole or not at all, never over somebody else's work."""

import os
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import InputError

ENDS = 2048  # bytes at either end of a file where its maker is named


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of export: the ends of names it may have, the first when none is given.

    `mark` stands near the beginning or the end of every file of the kind, and tells ours apart.
    """

    name: str
    suffixes: tuple[str, ...]
    mark: bytes


ANKI = Kind("anki", (".apkg",), b"studypath deck")
CALENDAR = Kind("calendar", (".ics",), b"PRODID:-//studypath//")
REPORT = Kind("report", (".html", ".md"), b"studypath progress report")
KINDS = {kind.name: kind for kind in (ANKI, CALENDAR, REPORT)}


def check_target(file: Path, kind: Kind, force: bool = False) -> Path:
    """Give where an export may be written; links are followed.

    Raises InputError for a name of another kind, a missing folder, something that is no file, and
    a file that is not an export of this kind, unless it is to be replaced by `force`.
    """
    if file.suffix.lower() not in kind.suffixes:
        wanted = " or ".join(kind.suffixes)
        raise InputError(f"{file} does not end in {wanted}: other programs go by the name")
    target = file.expanduser().resolve()
    if not target.parent.is_dir():
        raise InputError(f"there is no folder {target.parent}: make it, or name another file")
    if target.exists() and not target.is_file():
        raise InputError(f"{file} is no file that could be replaced: name another")
    if target.exists() and not force and not is_ours(target, kind):
        raise InputError(
            f"{file} is there and was not made by `studypath export {kind.name}`: name another"
            " file, or replace it with --force"
        )
    return target


def is_ours(file: Path, kind: Kind) -> bool:
    """Say whether a file is an earlier export of this kind."""
    try:
        with file.open("rb") as opened:
            first = opened.read(ENDS)
            size = opened.seek(0, os.SEEK_END)
            opened.seek(max(0, size - ENDS))
            return kind.mark in first or kind.mark in opened.read()
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}): name another file") from error


def write_atomically(
    target: Path, content: bytes, named: Path | None = None, mode: int = 0o666
) -> None:
    """Write a file so that a reader sees the old one or the new one.

    `mode` is who may read and write it, before the umask. Raises InputError, which calls it as the
    learner `named` it.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        part.replace(target)
    except OSError as error:
        raise InputError(
            f"{named or target} cannot be written ({error.strerror}): name another"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def write_whole(file: Path, kind: Kind, content: bytes, force: bool = False) -> Path:
    """Write an export so that its file holds all of it, or what it held before; gives the file.

    Raises InputError as `check_target` does, and for a place that cannot be written.
    """
    target = check_target(file, kind, force)
    write_atomically(target, content, file)
    return target
