"""Long work beside the page: each job a `studypath` command in a process of its own.

Pure Python work in a thread would make every streamed answer slow. Jobs of one lane run one after
the other, since a library has one writer. Records are kept in the home, so that a reload of the
page and a restart of the server find them.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, RLock, Thread
from typing import IO, Any

from ingest.errors import InputError
from ui.job_record import (
    CANCELLED,
    DONE,
    FAILED,
    KEPT,
    RUNNING,
    STOPPED,
    WAITING,
    Job,
    load_jobs,
    save_jobs,
)
from ui.limits import Limits, Rate, wait_words
from ui.markup import one_line
from ui.progress import ERROR_PREFIX, step_of
from ui.working import environment

PROGRAM: tuple[str, ...] = (sys.executable, "-m", "ui.working")
SAVED_EVERY = 1.0  # seconds between two savings of progress
PATIENCE = 1.0  # seconds between asking a job to end and ending it
LONGEST = 300  # characters of what is told of a job
PRINTED = 100_000  # bytes of the end of its output that are looked at
MOST_WAITING = 10  # jobs of one learner that may wait
TOO_OFTEN = "This takes the machine from the others for long: please try again in {}."
HINT = "(STUDYPATH_DEBUG=1 shows where)"  # of the command line: nothing to do on the page
NO_SPACE = ("No space left on device", "disk is full", "Disk quota exceeded")


@dataclass(frozen=True, slots=True)
class Kind:
    """What all jobs of a kind share.

    `ready` says whether one may begin; `told` gives the words for its end, from the record and the
    object that the command printed last (empty when it printed none).
    """

    lane: str
    ready: Callable[[], bool]
    told: Callable[[Job, Mapping[str, Any]], str]


class Jobs:
    """Runs jobs and knows of all there are; safe to call from any thread.

    `whole` is how often each learner may have work done on the whole path, None for any number.
    """

    def __init__(
        self,
        home: Path,
        kinds: Mapping[str, Kind],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        whole: Rate | None = None,
    ) -> None:
        self._whole = Limits(whole) if whole else None
        self._home, self._kinds, self._now = home, kinds, now
        self._lock = RLock()
        self._closing = Event()
        self._cancelled: set[str] = set()
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._threads: dict[str, Thread] = {}  # by lane
        self._saved_at = 0.0
        loaded, self._damaged = load_jobs(home, self._stamp())
        self._unsaved = ""
        self._jobs = {job.id: job for job in loaded}
        if loaded:
            self._save()

    # ── for the page ────────────────────────────────────────────────────────────────────────

    @property
    def remark(self) -> str:
        """What is wrong with the records, empty when all is well."""
        return self._unsaved or self._damaged

    def start(
        self, kind: str, arguments: Sequence[str], learner: str, about: Sequence[str] = ()
    ) -> Job | None:
        """Have a command run, after what its lane has to do already.

        The same command is not queued twice: the one that waits is given. None when too many wait.
        Raises InputError, with the time to wait, for work on the whole path (it is `about` nothing
        in particular) that a learner had done too often.
        """
        with self._lock:
            mine = [
                job for job in self._jobs.values() if (job.kind, job.learner) == (kind, learner)
            ]
            waiting = [job for job in mine if job.state == WAITING]
            same = [job for job in waiting if job.arguments == tuple(arguments)]
            if same:
                return same[0]
            if len(waiting) >= MOST_WAITING:
                return None
            if not about:
                self._count_whole(kind, learner)
            at = self._stamp()
            id = f"{kind}-{secrets.token_hex(8)}"
            self._jobs[id] = Job(id, kind, tuple(arguments), tuple(about), learner, at)
            self._forget_oldest()
            self._save()
            self._wake(self._kinds[kind].lane)
            return self._jobs[id]

    def _count_whole(self, kind: str, learner: str) -> None:
        if self._whole is None:
            return
        if wait := self._whole.take(f"{kind} {learner}", time.monotonic()):
            raise InputError(TOO_OFTEN.format(wait_words(wait)))

    def of(self, learner: str, lane: str) -> tuple[Job, ...]:
        """Give a learner's jobs in a lane, the oldest first."""
        with self._lock:
            return tuple(
                job
                for job in self._jobs.values()
                if job.learner == learner and learner and self._lane(job) == lane
            )

    def busy(self, lane: str) -> Job | None:
        """Give the job that runs in a lane, whoever asked for it."""
        with self._lock:
            running = (job for job in self._jobs.values() if job.state == RUNNING)
            return next((job for job in running if self._lane(job) == lane), None)

    def ended(self, lane: str) -> int:
        """Count the jobs of a lane that have ended: the number changes when there is news."""
        with self._lock:
            return sum(self._lane(j) == lane and not j.under_way for j in self._jobs.values())

    def cancel(self, id: str, learner: str) -> None:
        """End a learner's job, and wait until it has; one that is another's stays as it is."""
        with self._lock:
            job = self._own(id, learner)
            if job is None or not job.under_way:
                return
            self._cancelled.add(id)
            process = self._processes.get(id)
            if job.state == WAITING:  # it need not begin
                self._put(job.ended(CANCELLED, self._stamp()))
        if process:
            end(process)
            limit = time.monotonic() + PATIENCE
            while self._jobs.get(id, job.ended(CANCELLED, "")).under_way:
                if self._closing.wait(0.02) or time.monotonic() > limit:
                    return

    def dismiss(self, id: str, learner: str) -> None:
        """Forget a learner's job that has ended."""
        with self._lock:
            job = self._own(id, learner)
            if job and not job.under_way:
                del self._jobs[id]
                self._save()

    def again(self, id: str, learner: str) -> None:
        """Run a learner's job that has ended once more, in place of its record."""
        with self._lock:
            job = self._own(id, learner)
            if job is None or job.under_way:
                return
            if self.start(job.kind, job.arguments, learner, job.about):
                self._jobs.pop(id, None)
                self._save()

    def close(self) -> None:
        """End what runs; its record says that it was stopped."""
        self._closing.set()
        with self._lock:
            processes, threads = list(self._processes.values()), list(self._threads.values())
        for process in processes:
            end(process)
        for thread in threads:
            thread.join(timeout=5)
        with self._lock:
            for job in self._jobs.values():
                if job.under_way:
                    self._jobs[job.id] = job.ended(STOPPED, self._stamp())
            self._save()

    # ── records ─────────────────────────────────────────────────────────────────────────────

    def _lane(self, job: Job) -> str:
        kind = self._kinds.get(job.kind)
        return kind.lane if kind else ""

    def _own(self, id: str, learner: str) -> Job | None:
        job = self._jobs.get(id)
        return job if job and learner and job.learner == learner else None

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="seconds")

    def _put(self, job: Job, *, save: bool = True) -> None:
        with self._lock:
            if job.id in self._jobs:
                self._jobs[job.id] = job
            if save or time.monotonic() - self._saved_at >= SAVED_EVERY:
                self._save()

    def _save(self) -> None:
        self._saved_at = time.monotonic()
        self._unsaved = save_jobs(self._home, tuple(self._jobs.values()))

    def _forget_oldest(self) -> None:
        ended = [job.id for job in self._jobs.values() if not job.under_way]
        for id in ended[: max(0, len(self._jobs) - KEPT)]:
            del self._jobs[id]

    # ── in the background ───────────────────────────────────────────────────────────────────

    def _wake(self, lane: str) -> None:
        if lane not in self._threads and not self._closing.is_set():
            self._threads[lane] = Thread(target=self._work, args=(lane,), name=lane, daemon=True)
            self._threads[lane].start()

    def _work(self, lane: str) -> None:
        """Run what waits in a lane until nothing does."""
        while True:
            with self._lock:
                waiting = [j for j in self._jobs.values() if j.state == WAITING]
                job = next((j for j in waiting if self._lane(j) == lane), None)
                if job is None or self._closing.is_set():
                    del self._threads[lane]
                    return
            try:
                self._finish(job)
            except Exception as error:  # the edge: the page must be able to say what went wrong
                words = one_line(f"{type(error).__name__}: {error}")
                self._put(self._jobs.get(job.id, job).ended(FAILED, self._stamp(), in_words(words)))

    def _finish(self, job: Job) -> None:
        kind = self._kinds[job.kind]
        while not kind.ready():
            if self._closing.wait(0.2) or job.id in self._cancelled:
                return
        with tempfile.TemporaryFile() as printed:
            code, error = self._run(job.id, printed)
            said = last_object(printed)
        job = self._jobs.get(job.id, job)
        if not job.under_way:  # cancelled before it began
            return
        if code == 0:
            words = kind.told(job, said)
            self._put(job.ended(DONE, self._stamp(), words))
        elif job.id in self._cancelled:
            self._put(job.ended(CANCELLED, self._stamp()))
        elif self._closing.is_set():
            self._put(job.ended(STOPPED, self._stamp()))
        else:
            self._put(job.ended(FAILED, self._stamp(), in_words(error or ended_by(code))))

    def _run(self, id: str, printed: IO[bytes]) -> tuple[int, str]:
        """Run a job's command to its end; gives its exit code and its last complaint."""
        with self._lock:
            job = self._jobs[id]
            if not job.under_way or self._closing.is_set():
                return -signal.SIGTERM, ""
            process = begin((*PROGRAM, *job.arguments, "--home", str(self._home)), printed)
            self._processes[id] = process
            self._put(replace(job, state=RUNNING, started_at=self._stamp(), words=""))
        error = ""
        try:
            for line in process.stderr or ():
                if line.startswith(ERROR_PREFIX):
                    error = line.removeprefix(ERROR_PREFIX).strip()
                else:
                    self._note(id, line)
            return process.wait(), error
        finally:
            end(process)
            for pipe in (process.stdin, process.stderr):
                if pipe:
                    with suppress(OSError):
                        pipe.close()
            with self._lock:
                del self._processes[id]

    def _note(self, id: str, line: str) -> None:
        step = step_of(line)
        if step and step.stage != "done":
            with self._lock:
                told = one_line(step.about)[:LONGEST]
                self._put(
                    replace(
                        self._jobs[id],
                        stage=step.stage,
                        done=step.done,
                        total=step.total,
                        left=step.left,
                        words=told,
                    ),
                    save=False,
                )


def begin(command: Sequence[str], printed: IO[bytes]) -> "subprocess.Popen[str]":
    """Start a command in a group of processes of its own; it ends when this process does."""
    return subprocess.Popen(
        command,
        stdout=printed,
        stderr=subprocess.PIPE,
        stdin=subprocess.PIPE,  # never written to: that it is open says that we are there
        text=True,
        errors="replace",
        start_new_session=True,
        env=environment(),
    )


def end(process: "subprocess.Popen[str]") -> None:
    """End a process and all that it started: asked to first, then made to."""
    if process.poll() is None:
        tell_group(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=PATIENCE)
    # What it started may be there also when it has ended itself, and keep what it would say open.
    tell_group(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=5.0)


def tell_group(leader: int, number: int) -> None:
    """Send a signal to all of a group, whose id is its own while any of it lives."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def last_object(printed: IO[bytes]) -> Mapping[str, Any]:
    """Read the last line of an output as a JSON object; empty when it is none."""
    size = printed.seek(0, os.SEEK_END)
    printed.seek(max(0, size - PRINTED))
    lines = printed.read().decode("utf-8", "replace").strip().splitlines()
    try:
        found = json.loads(lines[-1])
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def in_words(error: str) -> str:
    """Say what went wrong and what to do, without what only a terminal has."""
    if any(words in error for words in NO_SPACE):
        return "The disk is full. Make room, then try again: what was there before is kept."
    line = one_line(error).replace(HINT, "").strip()
    return line[:1].upper() + line[1:LONGEST]


def ended_by(code: int) -> str:
    """Name the reason of an end without a complaint."""
    if code < 0:
        return (
            f"The work was ended from outside (signal {-code}), perhaps for want of memory: try"
            " again. What was there before is kept."
        )
    return f"The work ended with code {code}: try again. What was there before is kept."
