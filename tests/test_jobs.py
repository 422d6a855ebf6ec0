"""Long work beside the page: what runs, what waits, what ends it, and what its record says."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import ui.jobs
from ui.job_record import FILE, KEPT, Job
from ui.job_words import jobs_told
from ui.jobs import MOST_WAITING, Jobs, Kind, in_words, last_object

# A command of ours: what it says, and how it ends, are its arguments.
CHILD = """
import os, subprocess, sys, time
sys.path.insert(0, os.environ["ROOT"])
from ui.working import end_with_server
from threading import Thread
Thread(target=end_with_server, daemon=True).start()
for word in sys.argv[1:]:
    name, _, value = word.partition("=")
    if name == "say":
        print(value, file=sys.stderr, flush=True)
    elif name == "print":
        print(value, flush=True)
    elif name == "sleep":
        time.sleep(float(value))
    elif name == "child":  # which holds our output open, and ignores being asked to end
        code = (
            "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
            " print('deaf', flush=True); time.sleep(60)"
        )
        made = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        made.stdout.readline()
        print(f"Reading 1/9: {made.pid}", file=sys.stderr, flush=True)
    elif name == "exit":
        sys.exit(int(value))
    elif name == "die":
        os.kill(os.getpid(), int(value))
"""
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOT", str(ROOT))
    monkeypatch.setattr(ui.jobs, "PROGRAM", (sys.executable, "-c", CHILD))


class Bench:
    """Jobs of two lanes in one home, which may be opened again."""

    def __init__(self, home: Path) -> None:
        self.home, self.ready, self.opened = home, True, list[Jobs]()

    def open(self) -> Jobs:
        def told(job: Job, said: Mapping[str, Any]) -> str:
            return f"ended with {dict(said)}"

        kinds = {
            "read": Kind("read", lambda: self.ready, told),
            "evaluate": Kind("evaluate", lambda: self.ready, told),
        }
        self.opened.append(Jobs(self.home, kinds))
        return self.opened[-1]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "home")
    yield made
    for jobs in made.opened:
        jobs.close()


def until(holds: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.02)


def started(jobs: Jobs, *arguments: str, kind: str = "read", learner: str = "me") -> str:
    job = jobs.start(kind, arguments, learner)
    assert job is not None
    return job.id


def one(jobs: Jobs, id: str, learner: str = "me") -> Job:
    return next(job for kind in ("read", "evaluate") for job in jobs.of(learner, kind)
                if job.id == id)  # fmt: skip


def in_state(jobs: Jobs, id: str, state: str) -> Callable[[], bool]:
    return lambda: one(jobs, id).state == state


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False
    return "State:\tZ" not in status


# ── to the end ──────────────────────────────────────────────────────────────────────────────────


def test_a_job_tells_how_far_it_is_and_how_it_ended(bench: Bench) -> None:
    jobs = bench.open()
    line = "say=Reading 45/133, about 2 min left: <b>A</b>"
    id = started(jobs, line, "sleep=0.5", 'print={"indexed": 3}')
    until(lambda: one(jobs, id).total)
    told = jobs_told(jobs.of("me", "read"), jobs.busy("read"))[0]
    assert told["line"] == "Reading sources: 45 of 133, about 2 minutes left"
    assert (told["about"], told["done"], told["total"]) == ("<b>A</b>", 45, 133)
    assert told["actions"] == [["cancel", "Cancel"]]
    until(in_state(jobs, id, "done"))
    told = jobs_told(jobs.of("me", "read"), None)[0]
    assert told["line"] == "ended with {'indexed': 3}"
    assert told["actions"] == [["dismiss", "Dismiss"]]
    assert one(jobs, id).started_at
    assert one(jobs, id).ended_at
    jobs.dismiss(id, "me")
    assert jobs.of("me", "read") == ()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["say=studypath: the file is\todd", "exit=2"], "The file is odd. What was read is kept."),
        (["say=studypath: OSError: [Errno 28] No space left on device (STUDYPATH_DEBUG=1 shows"
          " where)", "exit=1"], "The disk is full. Make room, then try again: what was there"
                                " before is kept."),
        (["say=Traceback (most recent call last):", "exit=3"], "The work ended with code 3: try"
                                " again. What was there before is kept."),
        (["die=9"], "The work was ended from outside (signal 9), perhaps for want of memory: try"
                    " again. What was there before is kept."),
    ],
)  # fmt: skip
def test_a_failure_is_a_sentence_and_can_be_tried_again(
    bench: Bench, arguments: list[str], words: str
) -> None:
    jobs = bench.open()
    id = started(jobs, *arguments)
    until(in_state(jobs, id, "failed"))
    told = jobs_told(jobs.of("me", "read"), None)[0]
    assert told["line"] == words
    assert told["actions"] == [["again", "Try again"], ["dismiss", "Dismiss"]]
    jobs.again(id, "me")
    (job,) = jobs.of("me", "read")
    assert job.id != id
    until(in_state(jobs, job.id, "failed"))


def test_our_own_fault_does_not_leave_a_job_running_for_ever(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ui.jobs, "PROGRAM", ("/no/such/program",))
    jobs = bench.open()
    id = started(jobs)
    until(in_state(jobs, id, "failed"))
    assert "No such file" in one(jobs, id).words


# ── one after the other ─────────────────────────────────────────────────────────────────────────


def test_a_library_has_one_writer_and_another_lane_goes_on(bench: Bench) -> None:
    jobs = bench.open()
    first, second = started(jobs, "sleep=60"), started(jobs, "say=Reading 1/2", learner="you")
    other = started(jobs, "exit=0", kind="evaluate")
    until(in_state(jobs, other, "done"))
    assert one(jobs, first).state == "running"
    told = jobs_told(jobs.of("you", "read"), jobs.busy("read"))[0]
    assert told["line"] == "This reading waits until somebody else's has ended."
    third = started(jobs, "say=Reading 2/2")
    told = jobs_told(jobs.of("me", "read"), jobs.busy("read"))[1]
    assert told["line"] == "This reading waits until the one before it has ended."
    jobs.cancel(first, "me")
    until(lambda: one(jobs, second, "you").state == "done")
    until(in_state(jobs, third, "done"))


def test_nothing_begins_before_the_library_is_ready(bench: Bench) -> None:
    bench.ready = False
    jobs = bench.open()
    id, other = started(jobs, "exit=0"), started(jobs, "exit=0", "a")
    time.sleep(0.3)
    told = jobs_told(jobs.of("me", "read"), jobs.busy("read"))[0]
    assert told["line"] == "This reading waits until the library is ready."
    jobs.cancel(id, "me")
    assert one(jobs, id).state == "cancelled"
    told = jobs_told(jobs.of("me", "read"), None)[0]
    assert told["line"] == "Stopped before it began. What was read is kept."
    bench.ready = True
    until(in_state(jobs, other, "done"))
    assert one(jobs, id).state == "cancelled"


def test_the_same_command_waits_once_and_not_too_many_do(bench: Bench) -> None:
    bench.ready = False
    jobs = bench.open()
    assert started(jobs, "a") == started(jobs, "a")
    for n in range(MOST_WAITING - 1):
        started(jobs, str(n))
    assert jobs.start("read", ["one more"], "me") is None
    assert jobs.start("read", ["one more"], "you") is not None


def test_nobody_sees_or_changes_the_jobs_of_another(bench: Bench) -> None:
    jobs = bench.open()
    id = started(jobs, "sleep=60")
    assert jobs.of("you", "read") == jobs.of("", "read") == ()
    for stranger in ("you", ""):
        jobs.cancel(id, stranger)
        jobs.dismiss(id, stranger)
        jobs.again(id, stranger)
    until(in_state(jobs, id, "running"))
    jobs.dismiss(id, "me")  # it has not ended
    assert one(jobs, id).state == "running"


# ── before the end ──────────────────────────────────────────────────────────────────────────────


def test_cancelling_ends_all_that_was_started_within_two_seconds(bench: Bench) -> None:
    jobs = bench.open()
    id = started(jobs, "child", "sleep=60")
    until(lambda: one(jobs, id).words)
    grandchild = int(one(jobs, id).words)
    assert is_alive(grandchild)
    began = time.monotonic()
    jobs.cancel(id, "me")
    until(in_state(jobs, id, "cancelled"))
    assert time.monotonic() - began < 2
    until(lambda: not is_alive(grandchild))
    told = jobs_told(jobs.of("me", "read"), None)[0]
    assert told["line"] == "Stopped at 1 of 9. What was read is kept."
    assert told["actions"][0] == ["again", "Go on"]


def test_a_server_that_is_killed_takes_its_jobs_along(tmp_path: Path) -> None:
    """Else they would go on unseen and keep the library from the next server's jobs."""
    script = tmp_path / "server.py"
    script.write_text(
        "import sys, time\n"
        "import ui.jobs\n"
        "from pathlib import Path\n"
        "from ui.jobs import Jobs, Kind\n"
        f"ui.jobs.PROGRAM = (sys.executable, '-c', {CHILD!r})\n"
        "jobs = Jobs(Path(sys.argv[1]), {'read': Kind('read', lambda: True, lambda *_: '')})\n"
        "jobs.start('read', ['child', 'sleep=60'], 'me')\n"
        "while not jobs.of('me', 'read')[0].words: time.sleep(0.02)\n"
        "print(jobs.of('me', 'read')[0].words, flush=True)\n"
        "time.sleep(60)\n"
    )
    home = tmp_path / "home"
    server = subprocess.Popen(
        [sys.executable, str(script), str(home)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    grandchild = int(server.stdout.readline())
    server.kill()
    server.wait()
    until(lambda: not is_alive(grandchild))
    held = json.loads((home / FILE).read_text())["jobs"]
    assert [job["state"] for job in held] == ["running"]
    jobs = Bench(home).open()
    told = jobs_told(jobs.of("me", "read"), None)[0]
    assert told["state"] == "stopped"
    assert told["line"].endswith("when studypath ended. What was read is kept.")
    jobs.close()


def test_a_restart_shows_what_was_under_way_as_stopped(bench: Bench) -> None:
    jobs = bench.open()
    running = started(jobs, "say=Reading 7/9", "sleep=60")
    waiting = started(jobs, "exit=0")
    until(lambda: one(jobs, running).total)
    jobs.close()
    jobs = bench.open()
    assert [job.id for job in jobs.of("me", "read")] == [running, waiting]
    lines = [told["line"] for told in jobs_told(jobs.of("me", "read"), None)]
    assert lines == [
        "Stopped at 7 of 9 when studypath ended. What was read is kept.",
        "Stopped before it began when studypath ended. What was read is kept.",
    ]
    assert jobs.busy("read") is None
    jobs.again(waiting, "me")
    again = jobs.of("me", "read")[-1]
    until(in_state(jobs, again.id, "done"))


# ── the file ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"schema": 2, "jobs": []}', '{"schema": 1, "jobs": [{}]}', "[" * 100_000,
     '{"schema": 1, "jobs": [{"id": 1, "kind": "read", "arguments": [], "about": [],'
     ' "learner": "me", "asked_at": ""}]}'],
    ids=range(7),
)  # fmt: skip
def test_a_damaged_file_is_put_aside_and_told(bench: Bench, text: str) -> None:
    bench.home.mkdir()
    (bench.home / FILE).write_text(text)
    jobs = bench.open()
    assert jobs.of("me", "read") == ()
    assert "could not be read: it is kept as jobs.damaged.json" in jobs.remark
    assert (bench.home / "jobs.damaged.json").read_text() == text
    id = started(jobs, "exit=0")
    until(in_state(jobs, id, "done"))
    assert "could not be read" in jobs.remark


def test_a_full_disk_is_told_and_the_work_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = bench.open()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("ui.job_record.write_atomically", full)
        id = started(jobs, "exit=0")
        until(in_state(jobs, id, "done"))
        assert "cannot be saved (is the disk full?)" in jobs.remark
    jobs.dismiss(id, "me")
    assert jobs.remark == ""


def test_the_file_does_not_grow_for_ever(bench: Bench) -> None:
    bench.ready = False
    jobs = bench.open()
    for n in range(KEPT + 5):
        jobs.cancel(started(jobs, str(n)), "me")
    assert len(jobs.of("me", "read")) <= KEPT + 1
    assert jobs.of("me", "read")[-1].arguments == (str(KEPT + 4),)


def test_only_an_object_counts_as_what_a_command_said(tmp_path: Path) -> None:
    for text, said in (
        ('before\n{"a": 1}\n', {"a": 1}), ("", {}), ("[1]", {}), ("{", {}), ("\xff", {}),
    ):  # fmt: skip
        file = tmp_path / "printed"
        file.write_bytes(text.encode("latin-1"))
        with file.open("rb") as printed:
            assert last_object(printed) == said


def test_a_complaint_is_cut_to_one_line() -> None:
    assert len(in_words("x\n" * 10_000)) == 300
