"""Long work in words for the page: plain values, which the browser shows as text. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ui.job_record import CANCELLED, DONE, FAILED, RUNNING, STOPPED, WAITING, Job
from ui.markup import one_line

# What a job does at each stage, by kind; the stages are those of `ingest.progress.Progress`.
READING = "Reading sources"
STAGES = {
    "read": READING,
    "split": "Cutting into passages",
    "keywords": "Making the index of words",
    "model": "Preparing the model that reads questions",
    "embed": "Preparing search by meaning",
    "vectors": "Saving search by meaning",
    "search": "Searching",
    "ask": "Asking questions",
    "time": "Timing answers",
    "score": "Scoring answers",
}
BEGINS = {"read": "Reading sources: it begins", "evaluate": "The run begins"}
KEPT = {
    "read": "What was read is kept.",
    "evaluate": "This run is not kept; the runs before it are.",
}
AGAIN = {"read": "Go on", "evaluate": "Run again"}
_SHORT = re.compile(r"about (\d+) (min|s)")


def job_told(job: Job, busy: Job | None) -> dict[str, Any]:
    """Describe a job for the page: its line, its count, what can be done with it.

    `busy` is the job that runs in its lane, if any. All of it is untrusted text.
    """
    return {
        "id": job.id,
        "state": job.state,
        "line": LINES[job.state](job, busy),
        "about": one_line(job.words) if job.state == RUNNING else "",
        "done": job.done,
        "total": job.total if job.state == RUNNING else 0,
        "actions": actions(job),
    }


def actions(job: Job) -> list[list[str]]:
    """Name what can be done with a job, with the words of its buttons."""
    if job.under_way:
        return [["cancel", "Cancel"]]
    again = {CANCELLED: AGAIN, STOPPED: AGAIN, FAILED: dict.fromkeys(AGAIN, "Try again")}
    words = again.get(job.state, {}).get(job.kind)
    return [*([["again", words]] if words else []), ["dismiss", "Dismiss"]]


def waiting_line(job: Job, busy: Job | None) -> str:
    """Say what a job waits for."""
    what = "This reading" if job.kind == "read" else "This run"
    if busy is None:
        return f"{what} waits until the library is ready."
    if busy.learner != job.learner:
        return f"{what} waits until somebody else's has ended."
    return f"{what} waits until the one before it has ended."


def running_line(job: Job, busy: Job | None) -> str:
    """Write "Reading sources: 45 of 133, about 2 minutes left"."""
    if not job.stage:
        return f"{BEGINS.get(job.kind, 'It begins')}…"
    words = STAGES.get(job.stage, job.stage)
    count = f": {job.done:,} of {job.total:,}" if job.total > 1 else ""
    left = f", {spelled(job.left)} left" if job.left else ""
    of_step = " of this step" if left and job.stage != "read" else ""
    return f"{words}{count}{left}{of_step}" + ("" if count else "…")


def ended_line(job: Job, busy: Job | None) -> str:
    """Write "Stopped at 50 of 133. What was read is kept."."""
    at = f" at {job.done:,} of {job.total:,}" if job.stage in ("read", "ask") and job.total else ""
    if not job.started_at:
        at = " before it began"
    why = " when studypath ended" if job.state == STOPPED else ""
    return f"Stopped{at}{why}. {KEPT.get(job.kind, '')}".strip()


def told_line(job: Job, busy: Job | None) -> str:
    """Give the words that a job ended with."""
    line = one_line(job.words)
    if job.state == FAILED:
        ended = line if line.endswith((".", "!", "?")) else f"{line}."
        return ended if "is kept" in ended else f"{ended} {KEPT.get(job.kind, '')}".strip()
    return line


LINES: Mapping[str, Callable[[Job, Job | None], str]] = {
    WAITING: waiting_line,
    RUNNING: running_line,
    DONE: told_line,
    FAILED: told_line,
    CANCELLED: ended_line,
    STOPPED: ended_line,
}


def spelled(left: str) -> str:
    """Spell a time out: "about 2 min" is "about 2 minutes"."""
    found = _SHORT.fullmatch(left)
    if not found:
        return one_line(left)
    unit = {"min": "minute", "s": "second"}[found[2]]
    return f"about {found[1]} {unit}{'' if found[1] == '1' else 's'}"


def jobs_told(jobs: Sequence[Job], busy: Job | None) -> list[dict[str, Any]]:
    """Describe jobs for the page."""
    return [job_told(job, busy) for job in jobs]
