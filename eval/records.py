"""Runs on disk: each one a file in the home's `runs/`, with everything needed to make it again."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from assistant.export import write_atomically
from eval.ablation import Measured
from eval.asking import Answered, Cited
from eval.figures import Figure
from eval.retrieval import Scores
from ingest.errors import InputError

FOLDER = "runs"
SCHEMA = 1
LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Run:
    """One evaluation: where it was made and of what, its figures, and a row for every question.

    `about` holds commit, version, configuration, hashes of the model and of the questions, the
    machine and what was left out; `measured` maps mode to method to question to scores.
    """

    id: str
    at: str
    about: Mapping[str, Any]
    seconds: float
    figures: tuple[Figure, ...]
    answers: tuple[Answered, ...]
    measured: Mapping[str, Measured] = field(default_factory=dict)

    def value(self, name: str, mode: str, by: str = "", key: str = "") -> Figure | None:
        """Find one figure."""
        wanted = (name, mode, by, key)
        return next((f for f in self.figures if (f.name, f.mode, f.by, f.key) == wanted), None)


def write_run(home: Path, run: Run) -> Path:
    """Keep a run in the home; its file holds all of it or does not exist."""
    file = home / FOLDER / f"{run.id}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, json.dumps(as_json(run), ensure_ascii=False).encode("utf-8", "replace"))
    return file


def as_json(run: Run) -> dict[str, Any]:
    """Describe a run in JSON."""
    answers = [{**asdict_of(row), "scores": dict(row.scores)} for row in run.answers]
    return {
        "schema": SCHEMA,
        "id": run.id,
        "at": run.at,
        "seconds": round(run.seconds, 1),
        "about": dict(run.about),
        "figures": [asdict(figure) for figure in run.figures],
        "answers": answers,
        "retrieval": {
            mode: {
                method: {question: asdict(one) for question, one in scores.items()}
                for method, scores in measured.items()
            }
            for mode, measured in run.measured.items()
        },
    }


def asdict_of(row: Answered) -> dict[str, Any]:
    """Describe an answer in JSON, but for its scores."""
    names = [name for name in Answered.__dataclass_fields__ if name not in ("scores", "citations")]
    held: dict[str, Any] = {name: getattr(row, name) for name in names}
    return {**held, "citations": [asdict(cited) for cited in row.citations]}


def listed(home: Path) -> tuple[Path, ...]:
    """Give the files of a home's runs, oldest first."""
    return tuple(sorted((home / FOLDER).glob("*.json")))


def find_run(home: Path, name: str) -> Path:
    """Find a run by its file, its id or its beginning, or as "latest"; raises InputError."""
    if Path(name).is_file():
        return Path(name)
    known = listed(home)
    if name == LATEST and known:
        return known[-1]
    fitting = [file for file in known if file.stem.startswith(name)]
    if len(fitting) == 1 or (fitting and fitting[0].stem == name):
        return fitting[0]
    there = ", ".join(file.stem for file in known[-5:]) or "none"
    why = "more than one run begins so" if fitting else "no such run"
    raise InputError(f"{name}: {why} in {home / FOLDER}; the latest there: {there}")


def read_run(file: Path) -> Run:
    """Read a run; raises InputError for a file that is none."""
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        return run_from(held)
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}): name another") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{file} is no run of `studypath eval` ({error!r:.80})") from error


def history(home: Path, most: int = 30) -> tuple[Run, ...]:
    """Read a home's latest runs, oldest first; files that are none are passed over."""
    found = []
    for file in listed(home)[-most:]:
        with suppress(InputError):
            found.append(read_run(file))
    return tuple(found)


def run_from(held: Mapping[str, Any]) -> Run:
    """Make a run of its JSON."""
    if held["schema"] != SCHEMA:
        raise InputError(f"a run of schema {held['schema']}, not {SCHEMA}: make it again")
    return Run(
        id=str(held["id"]),
        at=str(held["at"]),
        about=held["about"],
        seconds=float(held["seconds"]),
        figures=tuple(Figure(**figure) for figure in held["figures"]),
        answers=tuple(answered_from(row) for row in held["answers"]),
        measured=MappingProxyType(
            {
                mode: {
                    method: {question: Scores(**one) for question, one in scores.items()}
                    for method, scores in measured.items()
                }
                for mode, measured in held["retrieval"].items()
            }
        ),
    )


def answered_from(row: Mapping[str, Any]) -> Answered:
    """Make an answer of its JSON."""
    tuples: Sequence[str] = ("section_ids", "contexts", "sections")
    return Answered(
        **{
            **row,
            **{name: tuple(row[name]) for name in tuples},
            "citations": tuple(Cited(**cited) for cited in row["citations"]),
        }
    )
