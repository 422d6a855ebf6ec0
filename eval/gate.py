"""A fixed small slice over the notes that ship, held to the floors of eval/baseline.json.

It needs no key, no network and no page, and gives the same figures every time; CI runs it.
"""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from assistant.export import write_atomically
from assistant.settings import Settings
from eval.records import Run
from eval.run import Options, evaluate
from eval.suite import NOTES, of_file
from eval.summary import markdown
from ingest.build import BuildOptions, build_library
from ingest.errors import InputError
from ingest.indexing import Report

BASELINE = Path(__file__).parent / "baseline.json"
# A fixed list, so that a new set of questions does not move the floors.
SLICE = Options(
    limit=80, modes=(NOTES,), timings=False, ragas=False, sets=(of_file("dev"), of_file("refusals"))
)
HELD = (
    *("hit5", "mrr10", "ndcg10", "recall50"),
    *("answered", "key_points", "section@1", "citation_precision", "citation_recall"),
    *("context_precision_by_id", "context_recall_by_id"),
    *("refusal_precision", "refusal_recall", "answered_precision", "accuracy"),
)
TINY = 1e-6  # what rounding takes
REPIN = "`studypath eval --gate --lower-floor` pins what is measured now"


@dataclass(frozen=True, slots=True)
class Floor:
    """One figure as it was pinned, what is measured now, and how far it may drop."""

    name: str
    pinned: float
    now: float
    noise: float
    n: int

    @property
    def held(self) -> bool:
        """Whether the figure has not dropped beyond its noise."""
        return self.now >= self.pinned - self.noise - TINY


@dataclass(frozen=True, slots=True)
class Gate:
    """All floors of a run."""

    fingerprint: str
    floors: tuple[Floor, ...]

    @property
    def passed(self) -> bool:
        """Whether every floor holds."""
        return all(floor.held for floor in self.floors)


def measure_slice(
    settings: Settings, report: Report, now: Callable[[], datetime], options: Options = SLICE
) -> Run:
    """Index what ships in a home of its own, and ask the slice."""
    with tempfile.TemporaryDirectory(prefix="studypath-gate-") as folder:
        home = Path(folder) / "home"
        build = BuildOptions(settings.model, settings.cache, offline=True)
        build_library(home, build, lambda p: None if p.stage == "done" else report(p))
        here = replace(settings, home=home, engine="extractive", llm="")
        return evaluate(here, options, report, now)


def hold(run: Run, file: Path = BASELINE) -> Gate:
    """Hold a run of the slice against its floors; raises InputError for another slice's floors."""
    held = read_baseline(file)
    fingerprint = str(run.about["golden"]["fingerprint"])
    if held["fingerprint"] != fingerprint:
        raise InputError(
            f"{file} was pinned on other questions ({held['fingerprint']}, now {fingerprint}):"
            f" {REPIN}"
        )
    measured = figures_of(run)
    missing = set(held["floors"]) - set(measured)
    if missing:
        names = ", ".join(sorted(missing))
        raise InputError(f"{file} holds {names}, which is not measured any more: {REPIN}")
    floors = tuple(
        Floor(name, float(one["value"]), measured[name][0], 1 / one["n"], one["n"])
        for name, one in held["floors"].items()
    )
    return Gate(fingerprint, floors)


def pin(run: Run, file: Path = BASELINE) -> None:
    """Write what a run of the slice measured as the floors.

    A figure may drop by one question: on another processor a score that stands at a threshold can
    fall to its other side, and on one machine nothing changes at all between two runs.
    """
    floors = {
        name: {"value": round(value, 6), "n": n} for name, (value, n) in figures_of(run).items()
    }
    golden = run.about["golden"]
    held = {
        "schema": 1,
        "fingerprint": golden["fingerprint"],
        "commit": run.about["commit"],
        "model": run.about["model"],
        "floors": floors,
    }
    write_atomically(file, (json.dumps(held, indent=1) + "\n").encode())


def figures_of(run: Run) -> Mapping[str, tuple[float, int]]:
    """Give the held figures with their numbers of questions."""
    found = {name: run.value(name, NOTES) for name in HELD}
    return {name: (f.value, f.n) for name, f in found.items() if f and f.n}


def read_baseline(file: Path) -> Mapping[str, Any]:
    """Read the floors; raises InputError."""
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        ok = held["schema"] == 1 and all(
            {"value", "n"} <= one.keys() and one["n"] > 0 for one in held["floors"].values()
        )
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}): {REPIN}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{file} holds no floors ({error!r:.80}): {REPIN}") from error
    if not ok:
        raise InputError(f"{file} holds no floors of this version: {REPIN}")
    return dict(held)


def gate_text(gate: Gate) -> str:
    """Write floors and what was measured as a Markdown table."""
    rows = [
        [
            floor.name,
            f"{floor.pinned:.3f}",
            f"{floor.pinned - floor.noise:.3f}",
            f"{floor.now:.3f}",
            "yes" if floor.held else "NO",
        ]
        for floor in gate.floors
    ]
    return markdown(["figure", "pinned", "floor", "now", "held"], rows)
