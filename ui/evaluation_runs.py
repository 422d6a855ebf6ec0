"""The runs of a home as the page shows them: their headlines, read once; reports; comparisons.

A run's record is a file that anybody may have changed: what cannot be read is told, not hidden.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ingest.errors import InputError
from ui.jobs import Kind

if TYPE_CHECKING:
    from eval.compare import Compared
    from eval.records import Run
    from ui.job_record import Job
    from ui.keeper import Keeper

EVALUATE = "evaluate"  # the kind of these jobs, and their lane: two at once would time each other
FOLDER = "runs"
MOST = 30  # runs that are shown, the latest
_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Value:
    """One figure of a run: its value, 95 % interval and number of questions."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class RunLine:
    """What one line says of a run; `values` maps (figure, mode) to a value.

    `asked` counts the questions that were answered, `questions` names them by their fingerprint and
    how many were drawn. A record that cannot be read has a `problem`, and nothing else but its id.
    """

    id: str
    at: str = ""
    asked: int = 0
    questions: str = ""
    split: str = ""
    passages: int = 0
    seconds: float = 0.0
    values: Mapping[tuple[str, str], Value] = field(default_factory=dict)
    problem: str = ""


class Runs:
    """Reads the runs of one home, each file once while it stays the same; for any thread."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = Lock()
        self._lines: dict[str, tuple[tuple[int, int], RunLine]] = {}

    def listed(self) -> tuple[RunLine, ...]:
        """Give a line for each of the latest runs, the oldest first."""
        try:
            files = [f for f in (self._home / FOLDER).iterdir() if f.suffix == ".json"]
        except OSError:
            return ()
        files = sorted(f for f in files if _ID.fullmatch(f.stem))[-MOST:]
        with self._lock:
            found = {file.stem: self._line(file) for file in files}
            self._lines = {id: self._lines[id] for id in found if id in self._lines}
        return tuple(found.values())

    def _line(self, file: Path) -> RunLine:
        try:
            told = file.stat()
            mark = (told.st_mtime_ns, told.st_size)
            held = self._lines.get(file.stem)
            if held is None or held[0] != mark:
                held = self._lines[file.stem] = (mark, line_of(file.stem, file.read_bytes()))
        except OSError as error:
            return RunLine(file.stem, problem=f"its file cannot be opened ({error.strerror})")
        return held[1]

    def read(self, id: str) -> "Run":
        """Read a whole run; raises InputError for one that is not there or is damaged."""
        from eval.records import read_run

        file = self.file(id)
        if not file.is_file():
            raise InputError("There is no such run here: load the page again.")
        try:
            return read_run(file)
        except (InputError, RecursionError) as error:
            raise InputError(
                f"The record of the run {file.stem} is damaged and cannot be shown. The other runs"
                " are not touched: delete its file from the folder runs, or run again."
            ) from error

    def compared(self, first: str, second: str) -> "tuple[Run, Run, Compared]":
        """Hold one run against another; raises InputError as `read` does."""
        from eval.compare import compare

        runs = self.read(first), self.read(second)
        try:
            return *runs, compare(*runs)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                "These two cannot be compared: one of their records lacks a part. Choose another."
            ) from error

    def report(self, id: str) -> bytes:
        """Give a run's report as an HTML page, made anew where its file is gone."""
        from eval.records import history
        from eval.report import report

        page = self.file(id).with_suffix(".html")
        if self.file(id).is_file() and page.is_file():
            return page.read_bytes()
        run = self.read(id)
        try:
            return report(run, history(self._home)).encode("utf-8", "replace")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                f"The record of the run {id} lacks a part and makes no report: run again."
            ) from error

    def file(self, id: str) -> Path:
        """Name the file of a run; raises InputError for what is no id, such as another path."""
        if not _ID.fullmatch(id):
            raise InputError("There is no such run here: load the page again.")
        return self._home / FOLDER / f"{id}.json"


def line_of(id: str, text: bytes) -> RunLine:
    """Read what a line says of a run out of its record."""
    try:
        held = json.loads(text)
        golden = held["about"]["golden"]
        answers: Sequence[Mapping[str, Any]] = held["answers"]
        first = answers[0]["mode"] if answers else ""
        return RunLine(
            id=id,
            at=str(held["at"]),
            asked=sum(row["mode"] == first for row in answers),
            questions=f"{golden['fingerprint']}/{golden['limit']}",
            split=str(golden["split"]),
            passages=int(held["about"]["library"]["passages"]),
            seconds=float(held["seconds"]),
            values=MappingProxyType(
                {
                    (str(f["name"]), str(f["mode"])): Value(
                        float(f["value"]), float(f["low"]), float(f["high"]), int(f["n"])
                    )
                    for f in held["figures"]
                    if not f["by"] and f["n"]
                }
            ),
        )
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return RunLine(id, problem="its record is damaged or of another version")


def before(lines: Sequence[RunLine], line: RunLine) -> RunLine | None:
    """Find the run before one on the same questions."""
    earlier = [one for one in lines if not one.problem and one.id < line.id]
    same = [one for one in earlier if one.questions == line.questions]
    return same[-1] if same else None


def evaluating(keeper: "Keeper") -> Kind:
    """Make the kind of a keeper's runs."""
    runs = Runs(keeper.settings.home)

    def told(job: "Job", said: Mapping[str, Any]) -> str:
        lines = [line for line in runs.listed() if not line.problem]
        count = f" of {lines[-1].asked:,} questions" if lines else ""
        return f"The run{count} has ended: its figures are below."

    return Kind(EVALUATE, lambda: keeper.readiness().settled, told)
