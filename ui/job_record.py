"""What is known of long work, one record for each job, and the file that keeps them in the home."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from assistant.export import write_atomically
from ingest.errors import InputError

FILE = "jobs.json"
SCHEMA = 1
KEPT = 40  # records; the oldest that has ended goes first
WAITING, RUNNING = "waiting", "running"
DONE, FAILED, CANCELLED, STOPPED = "done", "failed", "cancelled", "stopped"
STATES = (WAITING, RUNNING, DONE, FAILED, CANCELLED, STOPPED)
UNDER_WAY = (WAITING, RUNNING)


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of long work: a `studypath` command, who asked for it and how far it is.

    `about` are the ids of what it is for. `stage` is that of `ingest.progress.Progress`, `done` of
    `total` its count and `left` such as "about 40 s". `words` are what a step is about, or how the
    job ended. Times are ISO 8601 in UTC, empty before they come. A job is "stopped" when the server
    ended before it did, "cancelled" when a person ended it.
    """

    id: str
    kind: str
    arguments: tuple[str, ...]
    about: tuple[str, ...]
    learner: str
    asked_at: str
    state: str = WAITING
    started_at: str = ""
    ended_at: str = ""
    stage: str = ""
    done: int = 0
    total: int = 0
    left: str = ""
    words: str = ""

    @property
    def under_way(self) -> bool:
        """Say whether it has not ended."""
        return self.state in UNDER_WAY

    def ended(self, state: str, at: str, words: str = "") -> "Job":
        """Give the record of its end."""
        return replace(self, state=state, ended_at=at, left="", words=words)


def load_jobs(home: Path, at: str) -> tuple[tuple[Job, ...], str]:
    """Read the jobs of a home, oldest first, those that were under way as stopped, and a remark.

    A file that is none of ours is put aside, and the remark says so: it is empty when all is well.
    """
    file = home / FILE
    try:
        held = json.loads(file.read_bytes())
        if held["schema"] != SCHEMA:
            raise ValueError(f"schema {held['schema']}")
        jobs = tuple(job_of(one) for one in held["jobs"])
    except FileNotFoundError:
        return (), ""
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return (), put_aside(file)
    return tuple(job.ended(STOPPED, at) if job.under_way else job for job in jobs), ""


def put_aside(file: Path) -> str:
    """Move a file that cannot be read out of the way, and say so."""
    aside = file.with_name(f"{file.stem}.damaged{file.suffix}")
    kept = f"it is kept as {aside.name}"
    try:
        file.replace(aside)
    except OSError:
        kept = "it is left as it is"
    return f"The list of earlier work could not be read: {kept}. Sources and runs are not touched."


def job_of(held: Any) -> Job:
    """Make a record of its JSON; raises TypeError or ValueError for what is none."""
    held = {**held, "arguments": tuple(held["arguments"]), "about": tuple(held["about"])}
    job = Job(**held)
    texts = [name for name in held if name not in ("arguments", "about", "done", "total")]
    if not all(isinstance(word, str) for word in (*job.arguments, *job.about)) or not all(
        isinstance(held[name], str) for name in texts
    ):
        raise TypeError("what a record says must be text")
    if type(job.done) is not int or type(job.total) is not int or job.state not in STATES:
        raise ValueError(job.state)
    return job


def save_jobs(home: Path, jobs: Sequence[Job]) -> str:
    """Keep the jobs, the file whole or as it was; gives a remark when that cannot be done."""
    held = {"schema": SCHEMA, "jobs": [asdict(job) for job in jobs]}
    try:
        home.mkdir(parents=True, exist_ok=True)
        # As ASCII: titles come from anywhere, and half a character cannot be written otherwise.
        write_atomically(home / FILE, json.dumps(held).encode("ascii"))
    except (OSError, InputError):
        return (
            "How far work is cannot be saved (is the disk full?). It goes on, but would be unknown"
            " after a restart."
        )
    return ""
