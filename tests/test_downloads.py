"""A learner's files by HTTP: whose they are, what is in them, and what is said without one."""

import io
import re
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import ui.downloads
from assistant.learner import Learner, Rhythm, Studied
from ui.downloads import KINDS, Files
from ui.export import MAKERS, Made
from ui.path_page import shell_html
from ui.path_study import Study

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
BASICS = "m1w1-basic-ml-concepts"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path, lambda: NOW)


def test_each_file_is_what_its_name_says(study: Study) -> None:
    files = Files(study)
    made = {name: files.answer(name, "me") for name in KINDS}
    assert {one.status for one in made.values()} == {200}
    assert made["calendar.ics"].content.startswith(b"BEGIN:VCALENDAR")
    assert "collection" in "".join(
        zipfile.ZipFile(io.BytesIO(made["deck.apkg"].content)).namelist()
    )
    assert b"Progress report" in made["report.html"].content
    linked = re.findall(r'href="([^"]+)" data-file="([^"]+)"', shell_html())
    assert linked == [(f"/path/{name}", kind.name) for name, kind in KINDS.items()]
    assert not (study.home / "learners").exists()


def test_everybody_gets_their_own(study: Study) -> None:
    with Learner(study.home, NOW, "visitor-1") as record:
        record.add(NOW, Studied(BASICS))
    files = Files(study)
    mine, theirs = (files.answer("report.html", who).content for who in ("me", "visitor-1"))
    assert b"<b>1</b> <span>of 31</span>" in theirs
    assert b"<b>0</b> <span>of 31</span>" in mine


@pytest.mark.parametrize(
    ("name", "learner"), [("deck.apkg", ""), ("learner.db", "me"), ("../x", "me"), ("", "me")]
)
def test_nobody_gets_what_is_not_theirs(study: Study, name: str, learner: str) -> None:
    told = Files(study).answer(name, learner)
    assert (told.status, told.kind) == (404, None)
    assert told.content.decode().startswith("There is no file for you here")


def test_a_calendar_without_time_says_why(study: Study) -> None:
    with Learner(study.home, NOW) as record:
        record.set_rhythm(Rhythm(minutes=(0,) * 7))
    told = Files(study).answer("calendar.ics", "me")
    assert told.status == 409
    assert "no minutes are set" in told.content.decode()


def slow(study: Any, options: Any) -> Made:
    time.sleep(0.5)
    return Made(b"late", ())


def broken(study: Any, options: Any) -> Made:
    raise RuntimeError("no such thing as /secret/place")


@pytest.mark.parametrize(
    ("make", "status", "said"),
    [(slow, 503, "could not be made in 0 seconds"), (broken, 500, "the fault is ours")],
)
def test_what_takes_too_long_or_breaks_is_told_with_the_way_by_terminal(
    study: Study,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Any, Any], Made],
    status: int,
    said: str,
) -> None:
    study.situation("me")
    monkeypatch.setitem(MAKERS, "anki", make)
    told = Files(study, patience=0.1).answer("deck.apkg", "me")
    assert told.status == status
    words = told.content.decode()
    assert said in words
    assert "studypath export anki" in words
    assert "secret" not in words


def test_a_crowd_is_told_to_come_back(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MAKERS, "anki", slow)
    monkeypatch.setattr(ui.downloads, "WAITING", 1)
    files = Files(study, patience=0.01)
    study.situation("me")
    assert files.answer("deck.apkg", "me").status == 503
    assert b"Too many files" in files.answer("deck.apkg", "me").content
    time.sleep(0.8)
    assert b"could not be made" in files.answer("deck.apkg", "me").content
