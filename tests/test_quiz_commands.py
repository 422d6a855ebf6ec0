"""`quiz`, `review` and `place` as scripts and people meet them: through real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.cards import cards_of
from assistant.learner import Attempt, Carded, Event, Known, Learner

ROOT = Path(__file__).resolve().parents[1]
SECTION = "m1w3-model-evaluation-iteration"
ITEM = f"{SECTION}/balanced-two"
OTHER = f"{SECTION}/curve-gap"
SHORT = f"{SECTION}/one-setting-plot"


def command(home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "ui.cli", *arguments, "--home", str(home)]


def run(home: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command(home, *arguments), input=typed, capture_output=True, text=True, cwd=ROOT,
        check=False, env=environment,
    )  # fmt: skip


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def events(home: Path, learner: str = "me") -> tuple[Event, ...]:
    with Learner(home, datetime.now(UTC), learner) as record:
        return record.events()


def answers(folder: Path, *told: dict[str, object]) -> str:
    file = folder / "answers.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in told), encoding="utf-8")
    return str(file)


def test_a_script_answers_items_by_id_and_reads_verdict_key_and_proof(tmp_path: Path) -> None:
    told = answers(
        tmp_path,
        {"item_id": ITEM, "answer": "0,64"},
        {"item_id": OTHER, "answer": "a larger model"},
        {"item_id": SHORT, "answer": "a curve with one setting of the model on its axis"},
        {"item_id": SHORT, "answer": "curve of validation and things", "self": "partly"},
    )
    done = run(tmp_path, "quiz", SECTION, "--json", "--answers", told)
    assert (done.returncode, done.stderr) == (0, "")
    *feedback, summary = objects(done.stdout)
    assert [one["verdict"] for one in feedback] == ["right", "wrong", "unsure", "partly"]
    assert [one["recorded"] for one in feedback] == [True, True, False, True]
    assert feedback[0]["key"] == "0.64 = (0.98 + 0.30) / 2"
    assert "mean of the recalls" in feedback[0]["citation"]["quote"]
    assert feedback[1]["why"].startswith("The training score")
    assert (summary["asked"], summary["right"], summary["points"]) == (3, 1, 1.5)
    deeds = [event.deed for event in events(tmp_path)]
    assert [deed.item_id for deed in deeds if isinstance(deed, Attempt)] == [ITEM, OTHER, SHORT]


def test_a_person_is_asked_told_and_asked_again_where_an_answer_was_unclear(tmp_path: Path) -> None:
    done = run(tmp_path, "quiz", SECTION, "-n", "1", typed="many\n30/200\n")
    assert done.returncode == 0
    assert "Question 1 of 1 · Month 1 · Week 3" in done.stdout
    assert "Once more" in done.stdout
    assert "Right: within" in done.stdout
    assert "“The true positive rate is recall" in done.stdout
    assert "1 answered: 1 right" in done.stdout
    (event,) = events(tmp_path)
    assert isinstance(event.deed, Attempt)
    assert event.deed.share == 1.0


def test_the_end_of_the_answers_ends_the_quiz_with_what_was_answered(tmp_path: Path) -> None:
    done = run(tmp_path, "quiz", "m1w3", "--json", "--learner", "ada", typed="0\n")
    assert done.returncode == 0
    kinds = [one["type"] for one in objects(done.stdout)]
    assert kinds == ["question", "feedback", "question", "summary"]
    assert len(events(tmp_path, "ada")) == 1
    assert events(tmp_path) == ()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_ctrl_c_and_a_kill_keep_what_was_answered(tmp_path: Path, how: signal.Signals) -> None:
    process = subprocess.Popen(
        command(tmp_path, "quiz", SECTION, "--json"), stdin=subprocess.PIPE, cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["type"] == "question"
    process.stdin.write("0\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["type"] == "feedback"
    assert json.loads(process.stdout.readline())["type"] == "question"
    time.sleep(0.2)
    process.send_signal(how)
    out, err = process.communicate(timeout=60)
    assert len(events(tmp_path)) == 1
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "what was answered is kept" in err
        assert json.loads(out.splitlines()[-1])["asked"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("quiz", "m1w3-model-evaluation"), SECTION),
        (("quiz", "m9"), "did you mean"),
        (("quiz", SECTION, "--answers", "nowhere.txt"), "cannot be read"),
        (("quiz", SECTION, "--learner", "../x"), "no learner's id"),
        (("quiz", SECTION, "-n", "0"), "not at least 1"),
    ],
)
def test_bad_input_gets_one_line_and_nothing_is_recorded(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert events(tmp_path) == ()


def test_a_file_of_answers_that_names_no_item_is_refused_before_anything_is_recorded(
    tmp_path: Path,
) -> None:
    told = answers(tmp_path, {"item_id": ITEM, "answer": "1"}, {"item_id": "x", "answer": "1"})
    done = run(tmp_path, "quiz", SECTION, "--answers", told)
    assert (done.returncode, events(tmp_path)) == (2, ())
    assert "'x'" in done.stderr


# ── review ──────────────────────────────────────────────────────────────────────────────────────


def test_a_due_card_is_shown_graded_and_comes_back_later(tmp_path: Path) -> None:
    with Learner(tmp_path, datetime.now(UTC)) as record:
        record.add(datetime.now(UTC) - timedelta(days=3), Carded(ITEM), Carded(OTHER))
    done = run(tmp_path, "review", typed="\n5\n3\n")
    assert done.returncode == 0
    assert "Card 1 of 2" in done.stdout
    assert "The answer: 0.64" in done.stdout
    assert "1 again (" in done.stdout
    assert "It comes back on" in done.stdout
    assert "is no grade" in done.stderr
    assert "1 reviewed; 1 still due today." in done.stdout
    cards = {card.item_id: card for card in cards_of(events(tmp_path), 0.9)}
    assert cards[ITEM].reviews == 1
    assert cards[ITEM].due > datetime.now(UTC) + timedelta(hours=12)


def test_cards_as_json(tmp_path: Path) -> None:
    with Learner(tmp_path, datetime.now(UTC)) as record:
        record.add(datetime.now(UTC) - timedelta(days=3), Carded(ITEM))
    card, reviewed = objects(run(tmp_path, "review", "--json", typed="1\n").stdout)
    assert card["key"].startswith("0.64")
    assert card["citation"]["section_ids"] == [SECTION]
    assert list(card["comes_back"]) == ["again", "hard", "good", "easy"]
    assert (reviewed["rating"], reviewed["due"]) == (1, card["comes_back"]["again"])


def test_without_due_cards_the_next_day_is_told(tmp_path: Path) -> None:
    assert run(tmp_path, "review").stdout == "Nothing is due.\n"
    told = answers(tmp_path, {"item_id": ITEM, "answer": "0.64"})
    run(tmp_path, "quiz", SECTION, "--answers", told)
    assert "Nothing is due. Next: 1 card" in run(tmp_path, "review").stdout


# ── placement ───────────────────────────────────────────────────────────────────────────────────


def test_a_placement_test_ends_with_what_is_known(tmp_path: Path) -> None:
    done = run(tmp_path, "place", "--json", typed="i do not know\n" * 60)
    assert (done.returncode, done.stderr) == (0, "")
    *_, found = objects(done.stdout)
    assert found["marked"] is True
    assert found["sections"]
    assert not any(one["known"] for one in found["sections"])
    deeds = [event.deed for event in events(tmp_path)]
    assert all(isinstance(deed, Attempt) and deed.during == "placement" for deed in deeds)


def test_a_placement_that_ends_early_marks_nothing(tmp_path: Path) -> None:
    done = run(tmp_path, "place", typed="skip\n")
    assert done.returncode == 0
    assert "nothing is marked" in done.stderr
    deeds = [event.deed for event in events(tmp_path)]
    assert len(deeds) == 1
    assert not any(isinstance(deed, Known) for deed in deeds)
