"""Conversations on disk: kept whole, killed at any moment, migrated, refused and repaired."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.answer import Answer, Citation, Sentence, Timings
from assistant.condense import about, condense, cost, first_sentence, turn_of, turns_of
from assistant.conversation import MIGRATIONS, Conversations, one_title
from assistant.manner import Turn
from assistant.precious import Precious, backups
from assistant.stored import ShownPassage, answer_from, passages_from, passages_to_json, to_json
from ingest.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
CITED = Citation(
    1, "p1", "a quote", "Title", "article", "https://example.org/a", "https://example.org/a#x",
    ("s",), "Month 1", 5, 12, "exact", "2026-01-02T03:04:05Z",
)  # fmt: skip
ANSWER = Answer(
    "Why bagging?",
    (Sentence("One.", (1,)), Sentence("- Two.", (1,), "weak", 0.5, True)),
    (CITED,),
    sections=("s",),
    timings=Timings(1.5, 2.0, 0.0, 3.5),
    asked="Why bagging?",
)
PASSAGE = ShownPassage("p1", "Here a quote stands.", 0, ("How",))
KILLS = 10


def asked(question: str) -> Answer:
    return replace(ANSWER, question=question, asked=question)


# ── records ─────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_comes_back_whole() -> None:
    assert answer_from(to_json(ANSWER)) == ANSWER
    assert passages_from(passages_to_json((PASSAGE,))) == (PASSAGE,)


@given(st.text(), st.text(alphabet=st.characters(categories=("Cs", "Cc", "L", "P"))))
def test_whatever_was_typed_is_stored_as_it_is(question: str, quote: str) -> None:
    answer = replace(ANSWER, question=question, citations=(replace(CITED, quote=quote),))
    assert answer_from(to_json(answer)) == answer


def test_fields_of_other_versions_do_no_harm() -> None:
    text = to_json(ANSWER).replace('"refused"', '"mood": "kind", "refused"')
    assert answer_from(text.replace(', "asked": "Why bagging?"', "")).asked == ""


@pytest.mark.parametrize("text", ["[]", "{}", '{"question": 7}', "nonsense", '{"question": null}'])
def test_what_is_no_answer_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        answer_from(text)


# ── what can be done with them ──────────────────────────────────────────────────────────────────


def test_a_conversation_is_kept_listed_renamed_and_deleted(tmp_path: Path) -> None:
    times = iter(datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 9))
    kept = Conversations(tmp_path, now=lambda: next(times))
    assert kept.listed() == ()
    assert not kept.file.parent.exists()
    first, message = kept.append("", asked("What is <b>bagging</b>?"), (PASSAGE,))
    other, _ = kept.append("", asked("What is drift?"))
    again, _ = kept.append(first, asked("why?"), shown=0)
    assert again == first != other
    assert [(c.id, c.title, c.messages) for c in kept.listed()] == [
        (first, "What is <b>bagging</b>?", 2),
        (other, "What is drift?", 1),
    ]
    assert kept.listed()[0].updated_at == "2026-01-03T00:00:00.000000Z"
    loaded = Conversations(tmp_path).load(first)
    assert loaded[0] == message
    assert loaded[0].passage("p1") == PASSAGE
    assert loaded[1].visible.sentences == ()
    kept.show(loaded[1].id, 1)
    assert [m.shown for m in kept.load(first)] == [2, 1]
    assert [m.answer.question for m in kept.load(first, latest=1)] == ["why?"]
    assert kept.message(message.id) == (first, message)
    assert kept.rename(first[:6], "  Trees \n ").title == "Trees"
    kept.delete(first)
    assert [c.id for c in kept.listed()] == [other]
    assert kept.message(message.id) is None
    assert b"quote" not in kept.file.read_bytes() or kept.load(other)


def test_a_place_shows_one_conversation(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    kept.open_at("here", "")
    assert not kept.file.exists()
    id, _ = kept.append("", ANSWER)
    kept.open_at("here", id)
    assert (kept.opened("here"), kept.opened("there")) == (id, "")
    kept.open_at("here", "unknown")
    assert kept.opened("here") == ""
    kept.open_at("here", id)
    kept.delete(id)
    assert kept.opened("here") == ""


def test_what_was_deleted_elsewhere_begins_anew(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    id, _ = kept.append("", ANSWER)
    kept.delete(id)
    other, _ = kept.append(id, asked("and now?"))
    assert other != id
    assert kept.find(other).title == "and now?"


@pytest.mark.parametrize("id", ["", "none", "a'; DROP TABLE messages; --"])
def test_an_unknown_conversation_is_told(tmp_path: Path, id: str) -> None:
    kept = Conversations(tmp_path)
    kept.append("", ANSWER)
    with pytest.raises(InputError, match="there is no such conversation"):
        kept.find(id)
    assert len(kept.listed()) == 1
    with pytest.raises(InputError, match="a title needs a word"):
        kept.rename(kept.listed()[0].id, " \n")


@pytest.mark.parametrize("name", ["", "..", "a/b", "../me", "Me", "a" * 65, "a b", ".hidden", "é"])
def test_a_learner_is_a_name_and_never_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="no learner's id"):
        Conversations(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_learners_are_kept_apart(tmp_path: Path) -> None:
    Conversations(tmp_path, "ada").append("", ANSWER)
    assert Conversations(tmp_path, "grace").listed() == ()
    assert (tmp_path / "learners" / "ada").stat().st_mode & 0o077 == 0


@given(st.text(max_size=300))
def test_a_title_is_one_short_line_of_text(text: str) -> None:
    title = one_title(text)
    assert len(title) <= 80
    assert "\n" not in title
    title.encode()


# ── more than one process, and kills ────────────────────────────────────────────────────────────

WRITER = """
import sys
from pathlib import Path
from typing import Any
from assistant.answer import Answer
from assistant.conversation import Conversations
kept, name = Conversations(Path(sys.argv[1])), sys.argv[2]
id, number = (sys.argv[3] if len(sys.argv) > 3 else ""), 0
while True:
    id, message = kept.append(id, Answer(f"{name} {number}" + "x" * 20_000), shown=0)
    kept.show(message.id, number)
    print(number, flush=True)
    number += 1
"""


def writer(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(home), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def numbers(process: subprocess.Popen[str]) -> list[int]:
    assert process.stdout is not None
    return [int(line) for line in process.stdout.read().split()]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(KILLS))
def test_a_kill_loses_nothing_that_was_told(tmp_path: Path, seed: int) -> None:
    process = writer(tmp_path, "a")
    assert process.stdout is not None
    process.stdout.readline()  # it writes: 0 is on disk
    time.sleep(random.Random(seed).uniform(0, 0.15))
    process.send_signal(signal.SIGKILL)
    told = [0, *numbers(process)]
    process.wait()
    kept = Conversations(tmp_path)
    (conversation,) = kept.listed()
    messages = kept.load(conversation.id)
    questions = [message.answer.question.rstrip("x") for message in messages]
    assert questions == [f"a {number}" for number in range(len(messages))]
    assert len(messages) - len(told) in (0, 1)
    assert [m.shown for m in messages[: len(told)]] == told
    kept.append(conversation.id, ANSWER)
    assert len(kept.load(conversation.id)) == len(messages) + 1


@pytest.mark.slow
def test_two_processes_share_a_conversation(tmp_path: Path) -> None:
    id, _ = Conversations(tmp_path).append("", ANSWER)
    both = [writer(tmp_path, name, id) for name in ("a", "b")]
    for process in both:
        assert process.stdout is not None
        process.stdout.readline()
    time.sleep(0.5)
    for process in both:
        process.send_signal(signal.SIGTERM)
    told = [1 + len(numbers(process)) for process in both]
    messages = Conversations(tmp_path).load(id)
    assert sum(told) < len(messages) <= sum(told) + 3
    for name in ("a", "b"):
        own = [m.answer.question.rstrip("x") for m in messages if m.answer.question[0] == name]
        assert own == [f"{name} {number}" for number in range(len(own))]


def test_many_threads_begin_one_file(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = list(
            pool.map(lambda n: Conversations(tmp_path).append("", asked(f"q{n}"))[0], range(16))
        )
    assert sorted(c.id for c in Conversations(tmp_path).listed()) == sorted(ids)


# ── versions and damage ─────────────────────────────────────────────────────────────────────────


def add_stars(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE messages ADD COLUMN stars INTEGER NOT NULL DEFAULT 0")


def test_a_file_is_copied_before_it_is_migrated(tmp_path: Path) -> None:
    old = Conversations(tmp_path)
    id, message = old.append("", ANSWER)
    new = Conversations(tmp_path, migrations=(*MIGRATIONS, add_stars))
    assert new.load(id) == (message,)
    (copy,) = backups(new.file)
    with closing(sqlite3.connect(copy)) as held:
        assert held.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert held.execute("SELECT id FROM messages").fetchone() == (message.id,)
    know = len(MIGRATIONS)
    newer = rf"newer studypath \(format {know + 1}, this one knows {know}\)"
    with pytest.raises(InputError, match=newer):
        Conversations(tmp_path).listed()
    assert new.load(id) == (message,)


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    id, message = Conversations(tmp_path).append("", ANSWER)

    def half(connection: sqlite3.Connection) -> None:
        add_stars(connection)
        connection.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(InputError, match="cannot be used"):
        Conversations(tmp_path, migrations=(*MIGRATIONS, half)).listed()
    assert Conversations(tmp_path).load(id) == (message,)


def broken(file: Path, how: str) -> None:
    if how == "text":
        file.write_text("this is no database, and long enough to be looked at " * 30)
    elif how == "cut":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    else:
        content = bytearray(file.read_bytes())
        content[4096:12288] = bytes(random.Random(1).randbytes(8192))
        file.write_bytes(content)


@pytest.mark.parametrize("how", ["text", "cut", "noise"])
def test_a_damaged_file_is_told_and_never_written(tmp_path: Path, how: str) -> None:
    kept = Conversations(tmp_path)
    id, _ = kept.append("", ANSWER)
    for number in range(20):
        kept.append(id, asked(f"q{number}" * 200))
    broken(kept.file, how)
    before = kept.file.read_bytes()
    with pytest.raises(InputError, match=r"is damaged .*move it away to begin anew"):
        Conversations(tmp_path).listed()
    with pytest.raises(InputError, match="is damaged"):
        Conversations(tmp_path).append("", ANSWER)
    assert kept.file.read_bytes() == before
    shutil.move(kept.file, tmp_path / "away.db")
    assert Conversations(tmp_path).append("", ANSWER)


def test_a_file_is_looked_through_again_only_when_somebody_else_wrote_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    execute = Precious.execute

    def noting(self: Precious, statement: str, *values: Any) -> sqlite3.Cursor:
        looks.extend([statement] if "quick_check" in statement else [])
        return execute(self, statement, *values)

    monkeypatch.setattr(Precious, "execute", noting)
    kept = Conversations(tmp_path)
    id, _ = kept.append("", ANSWER)
    looks.clear()
    kept.append(id, ANSWER)
    assert len(Conversations(tmp_path).load(id)) == 2
    assert looks == []
    with closing(sqlite3.connect(kept.file)) as other, other:
        other.execute("UPDATE conversations SET title = 'x'")
    assert [c.title for c in kept.listed()] == ["x"]
    assert len(looks) == 1


def test_an_answer_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    id, message = kept.append("", ANSWER)
    with closing(sqlite3.connect(kept.file)) as db, db:
        db.execute("UPDATE messages SET answer = '[]'")
    with pytest.raises(InputError, match=f"damaged .message {message.id}"):
        kept.load(id)


def test_another_database_is_left_alone(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    kept.file.parent.mkdir(parents=True)
    with closing(sqlite3.connect(kept.file)) as db, db:
        db.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(InputError, match="a database of something else"):
        kept.append("", ANSWER)


# ── turns ───────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_as_a_turn() -> None:
    assert turn_of(ANSWER) == Turn("Why bagging?", "One.\n- Two.", ("s",))
    refused = Answer("x", refused=True, reason="not_covered", nearest_sections=("s",))
    assert turn_of(refused) == Turn("x", "", ("s",), refused=True)
    assert turn_of(replace(refused, reason="off_path")).sections == ()
    assert turns_of([ANSWER, replace(refused, reason="unclear")]) == (turn_of(ANSWER),)


def test_new_turns_stay_whole_and_old_ones_are_shortened() -> None:
    history = [Turn(f"q{n}", f"First {n}. Then {'much ' * 20}.") for n in range(6)]
    whole, short = cost(history[0], about), about("q0") + about("First 0.")
    assert condense(history, 2 * whole + 3 * short) == (
        *(Turn(f"q{n}", f"First {n}.") for n in (1, 2, 3)),
        *history[4:],
    )
    assert condense(history, 10_000) == tuple(history)
    assert condense(history, 0) == ()


def test_the_first_sentence_of_prose_and_lists() -> None:
    assert first_sentence("It costs 3.5 s. Then more.") == "It costs 3.5 s."
    assert first_sentence("- One\n- Two") == "- One"
    assert first_sentence("") == ""


turns = st.lists(
    st.builds(Turn, st.text(max_size=40), st.text(alphabet="ab .\nC", max_size=200)), max_size=12
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(turns, st.integers(-5, 300))
def test_a_condensed_conversation_fits_and_keeps_its_end(history: list[Turn], budget: int) -> None:
    kept = condense(history, budget)
    assert sum(cost(turn, about) for turn in kept) <= max(0, budget)
    tail = history[len(history) - len(kept) :]
    assert [turn.question for turn in kept] == [turn.question for turn in tail]
    pairs = list(zip(kept, tail, strict=True))
    longer = [pair for pair in pairs if first_sentence(pair[1].answer) != pair[1].answer]
    shortened = [one != other for one, other in longer]
    assert shortened == sorted(shortened, reverse=True)  # only the older ones
    assert all(
        other.answer.strip().startswith(one.answer.strip())
        for one, other in zip(kept, tail, strict=True)
    )
    assert condense(kept, budget) == kept
    assert condense(history, budget, len) == condense(history, budget, count=len)
