"""Where answers come from: a terminal, a pipe, or a file of lines."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from ingest.errors import InputError

QUIT = ("quit", "exit")


class Stopped(Exception):
    """The learner ended the sitting, or there are no more lines."""


class Answers:
    """Lines of answers, one at a time; `next` raises Stopped when there are no more.

    A file may hold plain lines, or objects such as `{"item_id": …, "answer": …}`; raises InputError
    for one that cannot be read.
    """

    def __init__(self, file: str | None) -> None:
        self.typed = file in (None, "-")
        self._lines = iter(()) if self.typed else lines_of(Path(str(file)))

    @property
    def interactive(self) -> bool:
        """Whether a person types."""
        return self.typed and sys.stdin.isatty()

    def next(self, prompt: str = "") -> str:
        """Give the next line without its end."""
        if not self.typed:
            line = next(self._lines, None)
            if line is None:
                raise Stopped
            return line
        if self.interactive:
            try:
                line = input(prompt)
            except EOFError:
                raise Stopped from None
        else:
            line = sys.stdin.readline()
            if not line:
                raise Stopped
        if line.strip().casefold() in QUIT:
            raise Stopped
        return line.rstrip("\r\n")


def lines_of(file: Path) -> Iterator[str]:
    """Read a file's lines; raises InputError for one that is no text."""
    try:
        return iter(file.read_text(encoding="utf-8-sig").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--answers {file} cannot be read ({error}): name a text file") from error


def objects_in(file: str) -> list[Mapping[str, object]]:
    """Read a file of which every line is an object with an `item_id`; empty for any other."""
    lines = [line for line in lines_of(Path(file)) if line.strip()]
    if not lines or not lines[0].lstrip().startswith("{"):
        return []
    found: list[Mapping[str, object]] = []
    for number, line in enumerate(lines, 1):
        try:
            told = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"--answers {file}: line {number} is not JSON ({error})") from error
        if not isinstance(told, Mapping) or not isinstance(told.get("item_id"), str):
            raise InputError(f'--answers {file}: line {number} needs an "item_id"')
        found.append(told)
    return found
