"""A quiz under way outlives a restart of the server, or says in a sentence that it ended."""

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.learner import Attempt, Learner, Studied
from tests.reviewing import BASICS, MONDAY, Ask, asked, asking, at, deeds, right
from ui.quiz_desk import Reviews
from ui.sitting import ENDED, KEPT

SAME = ("state", "head", "main", "sitting", "number", "due", "section")


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    return restarted(tmp_path)


def restarted(home: Path) -> Ask:
    """Ask a server that was just started."""
    return asking(Reviews(home, lambda: MONDAY))


def seen(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in SAME}


def held(told: dict[str, Any], home: Path) -> dict[str, Any]:
    """See that a new server shows what the old one does, and give it."""
    assert seen(restarted(home)()) == seen(told)
    return told


@pytest.mark.parametrize("scope", [BASICS, "m1w3", "m2"])
def test_a_quiz_goes_on_after_a_restart_wherever_it_stood(
    ask: Ask, tmp_path: Path, scope: str
) -> None:
    told = held(ask(do="begin", scope=scope, count=5), tmp_path)
    answers = [right(told), "", "a", "no idea", "1 2 3"]
    for number in range(5):
        answer = right(told) if number == 0 else answers[number]
        while told["state"] == "question":
            told = held(ask(do="reply", answer=answer, **at(told)), tmp_path)
            answer = ""  # what is unclear in its form is asked anew, and then left out
        if told["state"] == "unsure":
            told = held(ask(do="judge", verdict="partly", **at(told)), tmp_path)
        told = held(ask(do="follow", **at(told)), tmp_path)
    assert told["state"] == "end"
    assert sum(isinstance(deed, Attempt) for deed in deeds(tmp_path)) == 5
    ask(do="close", **at(told))
    assert not (tmp_path / "learners" / "me" / KEPT).exists()
    assert restarted(tmp_path)()["sitting"] == ""


def test_each_question_can_be_answered_by_another_server(tmp_path: Path) -> None:
    told = restarted(tmp_path)(do="begin", scope=BASICS, count=3)
    while told["state"] != "end":
        told = restarted(tmp_path)(do="reply", answer=right(told), **at(told))
        assert "Right" in told["main"]
        told = restarted(tmp_path)(do="follow", **at(told))
    assert sum(isinstance(deed, Attempt) for deed in deeds(tmp_path)) == 3


def test_a_placement_test_goes_on_after_a_restart(ask: Ask, tmp_path: Path) -> None:
    told, answered = held(ask(do="place"), tmp_path), 0
    for number in range(6):
        answer = right(told) if number % 2 else ""
        told = held(ask(do="reply", answer=answer, **at(told)), tmp_path)
        told = held(ask(do="follow", **at(told)), tmp_path)
        answered += 1
    told = held(ask(do="leave", **at(told)), tmp_path)
    assert told["state"] == "end"
    assert sum(isinstance(deed, Attempt) for deed in deeds(tmp_path)) == answered


def test_what_was_studied_before_a_quiz_does_not_count_as_its_answers(
    ask: Ask, tmp_path: Path
) -> None:
    first = ask(do="begin", scope=BASICS, count=1)
    item = asked(first)
    ask(do="close", **at(ask(do="follow", **at(ask(do="reply", answer="", **at(first))))))
    with Learner(tmp_path, MONDAY) as record:
        record.add(MONDAY, Studied(BASICS), Attempt(item.id, item.topic, 1.0, "x"))
    told = held(ask(do="begin", scope=BASICS, count=2), tmp_path)
    held(ask(do="reply", answer=right(told), **at(told)), tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 99},
        {"item": "m9w9-gone/1"},
        {"answered": ["m1w1-basic-ml-concepts/never"]},
        {"scope": "m77"},
        {"since": "x"},
        None,
    ],
)
def test_a_quiz_that_cannot_go_on_says_so_once_and_loses_no_answer(
    ask: Ask, tmp_path: Path, change: dict[str, object] | None
) -> None:
    told = ask(do="begin", scope=BASICS, count=3)
    ask(do="reply", answer=right(told), **at(told))
    file = tmp_path / "learners" / "me" / KEPT
    stands = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**stands, **change}) if change else "half a fi", encoding="utf-8")
    anew = restarted(tmp_path)
    looked = anew()
    assert (looked["told"], looked["sitting"]) == (ENDED, "")
    assert anew()["told"] == ""
    assert sum(isinstance(deed, Attempt) for deed in deeds(tmp_path)) == 1
    assert anew(do="begin", scope=BASICS, count=3)["state"] == "question"
