"""The learner's own files: nothing lost, whatever happens to them."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.learner import (
    MIGRATIONS,
    Asked,
    Attempt,
    Carded,
    Deed,
    Known,
    Learner,
    Practised,
    Reviewed,
    Rhythm,
    Studied,
)
from assistant.precious import (
    KEPT,
    back_up,
    backups,
    learner_folder,
    migrate,
    open_precious,
    restore,
    writing,
)
from ingest.errors import InputError, LearnerError

NOW = datetime(2026, 11, 2, 18, 30, tzinfo=UTC)
DEEDS: tuple[Deed, ...] = (
    Studied("m1w1-basic-ml-concepts", state="started"),
    Studied("m1w1-basic-ml-concepts", "m1w1-basic-ml-concepts/video", "done", 25),
    Practised("m1w1-basic-ml-concepts", "Build a “classifier”\n'; DROP TABLE events; --", 40.5),
    Attempt("m1w1-basic-ml-concepts/x", "Overfitting", 0.5, "an answer", "placement", 12),
    Reviewed("m1w1-basic-ml-concepts/x", "Overfitting", 3),
    Carded("m1w1-basic-ml-concepts/x", kept=False),
    Asked("What is \udcff?".encode("utf-8", "replace").decode(), ("a", "b"), refused=True),
    Known("m1w2-data-preprocessing"),
)


def test_what_was_done_is_read_back(tmp_path: Path) -> None:
    with Learner(tmp_path, NOW) as learner:
        learner.add(NOW, *DEEDS)
    with Learner(tmp_path, NOW) as learner:
        events = learner.events()
    assert tuple(event.deed for event in events) == DEEDS
    assert [event.number for event in events] == list(range(1, len(DEEDS) + 1))
    assert {event.at for event in events} == {NOW}


def test_settings_are_read_back_and_have_defaults(tmp_path: Path) -> None:
    rhythm = Rhythm((30, 0, 30, 0, 30, 120, 90), date(2026, 11, 1), "Europe/Berlin", "m2w3-x", 0.85)
    with Learner(tmp_path, NOW) as learner:
        assert learner.rhythm() == Rhythm()
        learner.set_rhythm(rhythm)
        assert learner.rhythm() == rhythm


@pytest.mark.parametrize(
    ("rhythm", "words"),
    [
        (Rhythm((1, 2)), "seven numbers"),
        (Rhythm((-1,) * 7), "seven numbers"),
        (Rhythm(zone="Mars/Olympus"), "time zone"),
        (Rhythm(zone="../etc/passwd"), "time zone"),
        (Rhythm(retention=1.0), "retention"),
        (Rhythm(reviews=2), "share"),
    ],
)
def test_settings_that_cannot_be_are_refused(tmp_path: Path, rhythm: Rhythm, words: str) -> None:
    with Learner(tmp_path, NOW) as learner:
        with pytest.raises(InputError, match=words):
            learner.set_rhythm(rhythm)
        assert learner.rhythm() == Rhythm()


@pytest.mark.parametrize(
    "deed", [Studied("a", state="eaten"), Reviewed("a", "t", 5), Attempt("a", "t", 1.5)]
)
def test_a_wrong_deed_leaves_nothing_of_its_batch(tmp_path: Path, deed: Deed) -> None:
    with Learner(tmp_path, NOW) as learner:
        with pytest.raises(InputError):
            learner.add(NOW, Known("a"), deed)
        assert learner.events() == ()


def test_negative_minutes_are_refused(tmp_path: Path) -> None:
    with Learner(tmp_path, NOW) as learner, pytest.raises(InputError, match="-5 minutes"):
        learner.add(NOW, Studied("a", minutes=-5))


@pytest.mark.parametrize("learner", ["", "..", "a/b", "A", "me.db", "x" * 65, "me\n", "-a"])
def test_an_id_is_never_a_path(tmp_path: Path, learner: str) -> None:
    with pytest.raises(InputError, match="no learner's id"):
        learner_folder(tmp_path, learner)


@given(st.text(max_size=70))
def test_any_accepted_id_stays_inside(learner: str) -> None:
    home = Path("/home-of-all")
    try:
        folder = learner_folder(home, learner)
    except InputError:
        return
    assert folder.parent == home / "learners"
    assert folder.name not in ("", ".", "..")


def test_a_clock_set_back_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    with Learner(tmp_path, NOW) as learner:
        learner.add(NOW, Known("a"))
        with pytest.raises(LearnerError, match="set the clock right"):
            learner.add(NOW - timedelta(days=2), Known("b"))
        # A correction by seconds is none: the order of what was done stays.
        event = learner.add(NOW - timedelta(seconds=30), Known("b"))[0]
        assert event.at == NOW
        assert len(learner.events()) == 2


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    with Learner(tmp_path, NOW) as learner:
        learner.add(NOW, Known("a"))
        file = learner.file
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = file.read_bytes()
    with pytest.raises(LearnerError, match="newer studypath"):
        Learner(tmp_path, NOW)
    assert file.read_bytes() == before


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.7])
def test_a_truncated_file_offers_the_last_copy(tmp_path: Path, keep: float) -> None:
    with Learner(tmp_path, NOW) as learner:
        for day in range(40):
            learner.add(NOW, *DEEDS, Known(f"d{day}" * 50))
        file = learner.file
        copy = back_up(file, NOW)
    file.write_bytes(b"SQLite format 3\0" + file.read_bytes()[16 : int(file.stat().st_size * keep)])
    with pytest.raises(LearnerError) as told:
        Learner(tmp_path, NOW)
    assert str(copy) in str(told.value)
    assert "backup --restore" in str(told.value)
    moved = restore(file, copy, NOW)
    assert moved is not None
    assert moved.exists()
    with Learner(tmp_path, NOW) as learner:
        assert len(learner.events()) == 40 * (len(DEEDS) + 1)


def test_a_damaged_copy_is_not_put_back(tmp_path: Path) -> None:
    with Learner(tmp_path, NOW) as learner:
        learner.add(NOW, Known("a"))
        file = learner.file
    bad = tmp_path / "bad.db"
    bad.write_bytes(b"no database")
    with pytest.raises(InputError, match="no whole copy"):
        restore(file, bad, NOW)
    with Learner(tmp_path, NOW) as learner:
        assert len(learner.events()) == 1


def test_each_day_leaves_a_copy_and_old_ones_go(tmp_path: Path) -> None:
    for day in range(KEPT + 5):
        now = NOW + timedelta(days=day)
        with Learner(tmp_path, now) as learner:
            learner.add(now, Known(str(day)))
        with Learner(tmp_path, now + timedelta(hours=1)) as learner:
            file = learner.file
    assert len(backups(file)) == KEPT
    restore(file, backups(file)[-1], NOW)
    with Learner(tmp_path, now) as learner:
        assert len(learner.events()) >= KEPT + 4


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    with Learner(tmp_path, NOW) as learner:
        learner.add(NOW, Known("a"))
        file = learner.file

    def add_column(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE events ADD COLUMN more TEXT")

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TABLE events")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        open_precious(file, (*MIGRATIONS, add_column, fail), NOW)
    with Learner(tmp_path, NOW) as learner:
        assert len(learner.events()) == 1
    copy = backups(file)[-1]
    with closing(open_precious(file, (*MIGRATIONS, add_column), NOW)) as connection:
        assert connection.execute("SELECT more FROM events").fetchone()["more"] is None
    migrate(file, (*MIGRATIONS, add_column), NOW)
    assert copy.exists()


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from assistant.learner import Known, Learner
with Learner(Path(sys.argv[1]), datetime.now(UTC)) as learner:
    for number in range(int(sys.argv[2])):
        learner.add(datetime.now(UTC), Known(f"{sys.argv[3]}-{number}"), Known("second"))
        print(number, flush=True)
"""


def writer(home: Path, count: int, name: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(home), str(count), name],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )


@pytest.mark.parametrize("seed", range(6))
def test_a_killed_writer_keeps_what_it_said_it_kept(tmp_path: Path, seed: int) -> None:
    with writer(tmp_path, 100_000, "k") as job:
        assert job.stdout
        told = [job.stdout.readline() for _ in range(3 + 7 * seed)]
        time.sleep(0.001 * seed)
        job.send_signal(signal.SIGKILL)
        told += job.stdout.readlines()
    with Learner(tmp_path, datetime.now(UTC)) as learner:
        events = learner.events()
    assert len(events) % 2 == 0
    whole = [line for line in told if line.endswith("\n")]
    assert len(events) // 2 in (len(whole), len(whole) + 1)


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    jobs = [writer(tmp_path, 60, name) for name in ("a", "b")]
    for job in jobs:
        job.communicate(timeout=60)
        assert job.returncode == 0
    with Learner(tmp_path, datetime.now(UTC)) as learner:
        events = learner.events()
    assert len(events) == 240
    assert [event.number for event in events] == list(range(1, 241))


def test_waiting_too_long_for_a_writer_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.precious.PATIENCE", 0.1)
    with Learner(tmp_path, NOW) as one, Learner(tmp_path, NOW) as other:
        with writing(one._connection), pytest.raises(LearnerError, match="another studypath"):
            other.add(NOW, Known("a"))
        other.add(NOW, Known("a"))
