"""The learner's commands, as typed: what is done, what comes next, and bad input."""

import json
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import corpus
import ui.cli
import ui.study
from assistant.learner import Attempt, Learner
from assistant.precious import backups
from assistant.quiz import load_quiz

MONDAY = datetime(2026, 3, 2, 18, tzinfo=UTC)
BASICS, PYTHON = "m1w1-basic-ml-concepts", "m1w1-python-for-ml-implementation"
PREPROCESSING = "m1w2-data-preprocessing"
VIDEO = f"{BASICS}/statquest-ml-fundamentals-playlist"
ROOT = Path(__file__).resolve().parents[1]

Typed = Callable[..., str]


class Clock:
    """A clock that stands still until it is set."""

    now = MONDAY

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(ui.study, "clock", made)
    return made


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Give a function that runs a command and gives its output."""

    def run(*words: str) -> str:
        capsys.readouterr()
        assert ui.cli.main(words) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return run


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Give a function that runs a command that must end as bad input, and gives the complaint."""

    def run(*words: str) -> str:
        capsys.readouterr()
        try:
            code = ui.cli.main(words)
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capsys.readouterr()
        assert (code, said.out) == (2, "")
        return said.err

    return run


def plan_of(typed: Typed, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(typed("next", "--json", *words))
    return found


def told_of(typed: Typed, section_id: str) -> dict[str, Any]:
    """Give what `studypath progress` says of a section."""
    found = json.loads(typed("progress", "--json"))["sections"]
    return next(one for one in found if one["section_id"] == section_id)


def fail_half_a_quiz(home: Path, section_id: str, at: datetime) -> None:
    """Answer six questions of a section, every second one wrong."""
    items = load_quiz(next(file for file in corpus.quizzes() if file.stem == section_id))[:6]
    with Learner(home, at) as learner:
        learner.add(at, *(Attempt(i.id, i.topic, float(n % 2)) for n, i in enumerate(items)))


# ── what to study ───────────────────────────────────────────────────────────────────────────────


def test_week_one_done_half_of_a_quiz_failed_forty_minutes(
    typed: Typed, clock: Clock, studypath_home: Path
) -> None:
    typed("done", BASICS, "--minutes", "300")
    typed("done", PYTHON, "--minutes", "280")
    fail_half_a_quiz(studypath_home, PREPROCESSING, MONDAY)
    clock.now = MONDAY + timedelta(days=1)
    plan = plan_of(typed, "--minutes", "40")
    told = [
        (i["action"], i["section_id"], i["title"], i["minutes"], i["reason"]) for i in plan["items"]
    ]
    assert told == [
        ("review", None, "3 cards", 3, "3 reviews due"),
        (
            "quiz",
            BASICS,
            "5 questions on Basic ML Concepts",
            8,
            "needed for Data Preprocessing; you marked Basic ML Concepts done, and no answer has"
            " checked it yet",
        ),
        (
            "watch",
            PREPROCESSING,
            "Data Preprocessing in Python by Krish Naik",
            29,
            "next in Month 1 · Week 2 · Data Preprocessing; weakest in Handling missing values"
            " (mastery 0.28) and Feature scaling techniques (mastery 0.32)",
        ),
    ]
    assert plan["date"] == "2026-03-03"
    assert sum(item["minutes"] for item in plan["items"]) == 40
    assert plan_of(typed, "--minutes", "40") == plan
    # README shows this very plan.
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"$ studypath next --minutes 40\n{typed('next', '--minutes', '40')}" in readme


def test_the_plan_in_words_says_time_reason_link_and_what_to_type(typed: Typed) -> None:
    text = typed("next", "--minutes", "40")
    assert text.startswith("Monday, 2 March 2026 · 40 of 40 minutes\n")
    first = "1. Watch: StatQuest ML Fundamentals Playlist · 40 of about 71 min"
    assert f"{first}, a share of the path's 5–6 hours\n" in text
    assert "   next in Month 1 · Week 1 · Basic ML Concepts" in text
    assert "   https://www.youtube.com/playlist?list=" in text
    assert f"   after it: studypath start {VIDEO} --minutes 40" in text


def test_what_was_studied_today_is_taken_off_the_day(typed: Typed, clock: Clock) -> None:
    assert plan_of(typed)["minutes"] == 60
    typed("start", VIDEO, "--minutes", "25")
    found = plan_of(typed)
    assert (found["minutes"], found["studied"]) == (35, 25)
    assert "35 of 35 minutes · about 25 min studied today" in typed("next")
    typed("done", VIDEO)  # that is how long it took
    assert plan_of(typed)["minutes"] == 35
    following = plan_of(typed)["items"][0]
    typed("done", following["resource_id"])  # its time was not told: the estimate counts
    assert plan_of(typed)["studied"] == 25 + following["of_minutes"]
    told = typed("next")
    assert "Nothing is left for today: its 60 minutes are used;" in told
    assert "studypath next --minutes 30" in told
    assert plan_of(typed)["items"] == []
    assert plan_of(typed, "--minutes", "30")["items"]
    typed("reopen", following["resource_id"])  # what is taken back was not studied
    assert plan_of(typed)["minutes"] == 35
    clock.now += timedelta(days=1)
    assert plan_of(typed)["minutes"] == 60


def test_weeks_marked_done_at_once_use_up_no_day(typed: Typed) -> None:
    typed("done", BASICS)
    typed("done", PYTHON)
    assert (plan_of(typed)["minutes"], plan_of(typed)["studied"]) == (60, 0)


def test_what_the_plan_says_to_type_moves_it_on(typed: Typed) -> None:
    typed("start", VIDEO, "--minutes", "40")
    (item, *_) = plan_of(typed, "--minutes", "60")["items"]
    assert (item["resource_id"], item["minutes"], item["of_minutes"]) == (VIDEO, 31, 71)
    typed("done", VIDEO, "--minutes", "31")
    assert plan_of(typed, "--minutes", "60")["items"][0]["action"] == "read"
    typed("reopen", VIDEO)
    again = plan_of(typed)["items"][0]
    assert (again["resource_id"], again["estimate"]) == (VIDEO, "as long as it took you")


def test_without_minutes_the_day_s_own_count(typed: Typed) -> None:
    assert plan_of(typed)["minutes"] == 60
    assert plan_of(typed, "--date", "2026-03-07")["minutes"] == 180
    typed("settings", "--weekdays", "25", "--sunday", "0")
    assert plan_of(typed)["minutes"] == 25
    free = plan_of(typed, "--date", "2026-03-08")
    assert free["items"] == []
    assert "Sunday, 8 March 2026 is free" in free["words"][0]


def test_missed_days_slip_until_a_date(typed: Typed, clock: Clock) -> None:
    typed("settings", "--start", "2026-03-02")
    typed("done", BASICS)
    clock.now = MONDAY + timedelta(days=9)
    slips = plan_of(typed, "--minutes", "30")["slips"]
    assert [slip["what"] for slip in slips] == ["Month 1 · Week 1", "the path"]
    assert "later than planned (Sunday, 8 March 2026)" in slips[0]["words"]


def test_exercises_are_done_by_some_of_their_words(typed: Typed) -> None:
    words = json.loads(typed("done", PREPROCESSING, "--exercise", "CLEAN and preprocess", "--json"))
    assert words["exercise"] == "Clean and preprocess a messy dataset"


def test_an_exercise_goes_on_where_it_stopped(typed: Typed) -> None:
    resources = [item["resource_id"] for item in plan_of(typed, "--minutes", "189")["items"]]
    for resource_id in resources:
        typed("done", resource_id)
    first = plan_of(typed, "--minutes", "30")["items"][0]
    assert (first["action"], first["minutes"], first["of_minutes"]) == ("exercise", 30, 71)
    line = next(one for one in typed("next", "--minutes", "30").splitlines() if "after it:" in one)
    typed(*shlex.split(line.partition("studypath ")[2]))
    again = plan_of(typed, "--minutes", "60")["items"][0]
    assert (again["title"], again["minutes"]) == (first["title"], 41)
    typed("done", BASICS, "--exercise", first["title"])
    assert plan_of(typed, "--minutes", "60")["items"][0]["title"] != first["title"]


def test_known_sections_are_not_planned(typed: Typed) -> None:
    typed("known", BASICS)
    assert plan_of(typed)["items"][0]["section_id"] == PYTHON
    assert told_of(typed, BASICS)["state"] == "known"
    typed("reopen", BASICS)
    assert plan_of(typed)["items"][0]["section_id"] == BASICS
    assert told_of(typed, BASICS)["state"] == "open"


def test_learners_are_kept_apart(typed: Typed) -> None:
    typed("done", BASICS, "--learner", "ada")
    assert plan_of(typed)["items"][0]["section_id"] == BASICS
    assert plan_of(typed, "--learner", "ada")["items"][-1]["section_id"] == PYTHON


def test_progress_shows_every_section(typed: Typed, studypath_home: Path) -> None:
    typed("done", BASICS, "--minutes", "90")
    fail_half_a_quiz(studypath_home, PREPROCESSING, MONDAY)
    found = json.loads(typed("progress", "--json"))
    sections = {one["section_id"]: one for one in found["sections"]}
    assert len(sections) == 31
    assert (sections[BASICS]["state"], sections[BASICS]["hours_recorded"]) == ("done", 1.5)
    assert sections[BASICS]["mastery"] is None
    assert 0 < sections[PREPROCESSING]["mastery"] < 0.6
    assert sum(found["due"]) == 6
    text = typed("progress")
    assert "Month 1 · Week 1 · Basic ML Concepts" in text
    assert "not checked" in text
    assert "Reviews due: 0 today" in text


def test_settings_are_kept_and_shown(typed: Typed) -> None:
    changed = ("--zone", "Europe/Berlin", "--goal", PREPROCESSING, "--retention", "0.85")
    typed("settings", *changed, "--saturday", "90", "--reviews", "0.3")
    found = json.loads(typed("settings", "--json"))
    assert found == {
        "schema": 1,
        "minutes": [60, 60, 60, 60, 60, 90, 180],
        "minutes_from": "learner",
        "start": None,
        "zone": "Europe/Berlin",
        "goal": PREPROCESSING,
        "retention": 0.85,
        "reviews": 0.3,
    }
    again = json.loads(typed("settings", "--path-schedule", "--goal", "path", "--json"))
    assert (again["minutes_from"], again["goal"]) == ("path", None)
    assert "Time zone: Europe/Berlin" in typed("settings")


# ── copies and the end ──────────────────────────────────────────────────────────────────────────


def test_a_copy_is_made_listed_and_put_back(typed: Typed, tmp_path: Path, clock: Clock) -> None:
    typed("known", BASICS)
    copy = tmp_path / "copy.db"
    typed("backup", str(copy))
    typed("backup")
    (kept,) = [json.loads(line) for line in typed("backup", "--list", "--json").splitlines()]
    assert kept["whole"]
    typed("known", PYTHON)
    told = json.loads(typed("backup", "--restore", str(copy), "--json"))
    assert Path(told["replaced"]).exists()
    assert plan_of(typed)["items"][0]["section_id"] == PYTHON


def test_forgetting_asks_first_and_leaves_the_rest(
    typed: Typed, refused: Typed, studypath_home: Path
) -> None:
    typed("known", BASICS)
    typed("known", BASICS, "--learner", "ada")
    assert "--yes deletes" in refused("forget")
    assert (studypath_home / "learners" / "me" / "learner.db").exists()
    assert "with the record and all its copies" in typed("forget", "--yes")
    assert [path.name for path in (studypath_home / "learners").iterdir()] == ["ada"]
    assert "there is nothing about 'me'" in refused("forget", "--yes")


# ── bad input ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", ["done", "start", "reopen"])
def test_an_unknown_id_brings_the_nearest(refused: Typed, command: str) -> None:
    assert f"did you mean {BASICS}" in refused(command, "m1w1-basic-ml-concept")


def test_other_wrong_words_bring_what_would_be_right(refused: Typed) -> None:
    assert "there is no record" in refused("backup")
    assert f"did you mean {BASICS}" in refused("known", "m1w1-basic-ml")
    assert f"did you mean {BASICS}" in refused("settings", "--goal", "m1w1-basic-ml")
    assert "there are: Clean and" in refused("done", PREPROCESSING, "--exercise", "sing")
    assert "is no time zone" in refused("settings", "--zone", "Middle/Earth")
    assert "0.7 to 0.97" in refused("settings", "--retention", "2")
    assert "is no date" in refused("next", "--date", "tomorrow")
    assert "is no learner's id" in refused("next", "--learner", "../me")
    assert "there is no folder" in refused("next", "--home", "/no/such/home")


@pytest.mark.parametrize("minutes", ["-5", "0", "x", "2000"])
def test_minutes_that_cannot_be(refused: Typed, minutes: str) -> None:
    assert "minutes" in refused("next", "--minutes", minutes)
    if minutes != "0":
        assert "whole minutes, 0 to 1440" in refused("done", BASICS, "--minutes", minutes)


def test_a_clock_set_back_is_told_and_nothing_is_changed(
    typed: Typed, refused: Typed, clock: Clock, studypath_home: Path
) -> None:
    typed("done", BASICS)
    clock.now = MONDAY - timedelta(days=2)
    for words in (("next",), ("done", PYTHON), ("progress",)):
        assert "the clock says 2026-02-28 18:00 UTC" in refused(*words)
    clock.now = MONDAY
    with Learner(studypath_home, MONDAY) as learner:
        assert len(learner.events()) == 1
    assert "lies before your last entry" in refused("next", "--date", "2026-02-01")


def test_a_record_of_a_newer_version_is_left_alone(
    typed: Typed, refused: Typed, studypath_home: Path
) -> None:
    typed("done", BASICS)
    file = studypath_home / "learners" / "me" / "learner.db"
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = file.read_bytes()
    assert "newer studypath (format 99" in refused("next")
    assert file.read_bytes() == before


def test_a_truncated_record_brings_the_last_good_copy(
    typed: Typed, refused: Typed, studypath_home: Path
) -> None:
    typed("done", BASICS)
    typed("backup")
    file = studypath_home / "learners" / "me" / "learner.db"
    (copy,) = backups(file)
    file.write_bytes(file.read_bytes()[:5000])
    complaint = refused("next")
    assert "nothing was changed" in complaint
    assert "is no whole copy of a record" in refused("backup", "--restore", str(file))
    command = complaint.partition("`studypath ")[2].partition("`")[0]
    assert f"--restore {copy} --home {studypath_home}" in command
    typed(*shlex.split(command))
    assert plan_of(typed)["items"][-1]["section_id"] == PYTHON


def test_two_processes_at_once_lose_nothing(studypath_home: Path) -> None:
    program = [sys.executable, "-m", "ui.cli", "done"]
    running = [
        subprocess.Popen([*program, name], cwd=ROOT, stdout=subprocess.PIPE)
        for name in (BASICS, PYTHON, PREPROCESSING)
    ]
    assert [process.wait(timeout=120) for process in running] == [0, 0, 0]
    for process in running:
        assert process.stdout
        process.stdout.close()
    with Learner(studypath_home, datetime.now(UTC)) as learner:
        assert len(learner.events()) == 3


def test_a_plan_loads_nothing_heavy() -> None:
    program = (
        "import sys, ui.cli\n"
        "assert ui.cli.main(['next', '--minutes', '40']) == 0\n"
        "print(*{'torch', 'chromadb', 'llama_index', 'gradio'} & set(sys.modules),"
        " file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stderr.strip() == ""
