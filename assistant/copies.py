"""All that a learner cannot make again: copied at once, listed, and put back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assistant import conversation, learner
from assistant.precious import back_up, backups, restore
from ingest.errors import InputError


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is kept of a learner: its name, what it holds, and how a copy is known."""

    name: str
    what: str
    is_copy: Callable[[Path], bool]


FILES = (
    Kept(learner.FILE, "record", learner.is_record),
    Kept(conversation.FILE, "conversations", conversation.is_conversations),
)


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy, or a file that was put back; `aside` is where what stood there is now, if any."""

    what: str
    file: Path
    aside: Path | None = None


def copy_all(folder: Path, now: datetime, to: Path | None = None) -> tuple[Copied, ...]:
    """Copy what there is of a learner: among its own copies, or to `to` and a file beside it.

    Conversations go to the name of `to` with "-conversations"; the record alone keeps the name.
    Raises InputError where there is nothing yet.
    """
    there = [kept for kept in FILES if (folder / kept.name).exists()]
    if not there:
        raise InputError(f"there is no record in {folder} yet: `studypath done` begins one")
    return tuple(
        Copied(kept.what, back_up(folder / kept.name, now, beside(to, kept))) for kept in there
    )


def beside(to: Path | None, kept: Kept) -> Path | None:
    """Name the file that a copy goes to; None for a place among the copies."""
    if to is None or kept is FILES[0]:
        return to
    return to.with_name(f"{to.stem}-{kept.what}{to.suffix}")


def copies_of(folder: Path) -> tuple[tuple[Copied, bool], ...]:
    """List the copies there are, oldest first, and whether each is whole."""
    found = [
        (copy.stem.removeprefix(Path(kept.name).stem), Copied(kept.what, copy), kept.is_copy(copy))
        for kept in FILES
        for copy in backups(folder / kept.name)
    ]
    return tuple((copied, whole) for _, copied, whole in sorted(found, key=lambda one: one[0]))


def put_back(folder: Path, copies: Sequence[Path], now: datetime) -> tuple[Copied, ...]:
    """Put copies in the place of what they are copies of, after all were looked at.

    Each takes its place whole or not at all. Raises InputError for a file that is no whole copy,
    and for two of the same.
    """
    known = [(kept_in(copy), copy) for copy in copies]
    if len({kept.name for kept, _ in known}) < len(known):
        raise InputError("two of these are copies of the same: name one of each")
    return tuple(
        Copied(kept.what, folder / kept.name, restore(folder / kept.name, copy, now))
        for kept, copy in known
    )


def kept_in(copy: Path) -> Kept:
    """Say what a file is a copy of, by what is in it; raises InputError for anything else."""
    for kept in FILES:
        if kept.is_copy(copy):
            return kept
    raise InputError(
        f"{copy} is no whole copy of a record or of conversations: `studypath backup --list` names"
        " those there are"
    )
