"""What a learner says of answers: kept, taken back, exported, deleted, and nobody else's."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.answer import Answer, Citation, Sentence
from assistant.conversation import MIGRATIONS, Conversations
from assistant.copies import copy_all, put_back
from assistant.feedback import LONGEST, Feedback, checked
from assistant.stored import ShownPassage
from ingest.errors import InputError
from ui.cli import main
from ui.feedback import judged, verdicts
from ui.sessions import Sessions

CITED = Citation(
    1, "p1", "a quote", "Title", "note", "studypath://notes/s", "studypath://notes/s#h", ("s",),
    "Month 1", 0, 7, "heading", "",
)  # fmt: skip
ANSWER = Answer("Why?", (Sentence("One.", (1,)),), (CITED,), sections=("s",))
PASSAGE = ShownPassage("p1", "a quote stands", 0, ("How",))
ME, OTHER = "0123456789abcdef" * 2, "f" * 32


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Conversations, str, str]:
    """Give conversations with one answer, its conversation's id and its own."""
    conversations = Conversations(tmp_path)
    id, message = conversations.append("", ANSWER, (PASSAGE,))
    return conversations, id, message.id


def test_the_newest_word_counts_and_all_are_kept(kept: tuple[Conversations, str, str]) -> None:
    conversations, id, message_id = kept
    conversations.judge(Feedback(message_id, "helpful"))
    conversations.judge(Feedback(message_id, "not_right", "too_long", "  two \n lines "))
    (said,) = conversations.feedback(id)
    assert (said.verdict, said.reason, said.words) == ("not_right", "too_long", "two lines")
    assert said.at.endswith("Z")
    conversations.judge(Feedback(message_id, ""))
    assert conversations.feedback(id) == ()
    assert conversations.judged() == ()
    with closing(sqlite3.connect(conversations.file)) as held:
        assert held.execute("SELECT COUNT(*) FROM feedback").fetchone() == (3,)


def test_a_deleted_conversation_takes_what_was_said_with_it(
    kept: tuple[Conversations, str, str],
) -> None:
    conversations, id, message_id = kept
    conversations.judge(Feedback(message_id, "not_right", words="secretword"))
    conversations.delete(id)
    with closing(sqlite3.connect(conversations.file)) as held:
        assert held.execute("SELECT COUNT(*) FROM feedback").fetchone() == (0,)
        held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"secretword" not in conversations.file.read_bytes()
    with pytest.raises(InputError, match="no longer kept"):
        conversations.judge(Feedback(message_id, "helpful"))


@pytest.mark.parametrize(
    "feedback",
    [
        Feedback("m", "great"),
        Feedback("m", "not_right", "boring"),
        Feedback("m", "not_right", words="x" * (LONGEST + 1)),
    ],
)
def test_what_is_no_feedback_is_refused(feedback: Feedback) -> None:
    with pytest.raises(InputError, match=r"use one of|say it in"):
        checked(feedback)


def test_only_what_is_not_right_has_a_reason() -> None:
    assert checked(Feedback("m", "helpful", "wrong", "why")) == Feedback("m", "helpful")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.text(max_size=LONGEST))
def test_any_words_are_kept(kept: tuple[Conversations, str, str], words: str) -> None:
    conversations, id, message_id = kept
    conversations.judge(Feedback(message_id, "not_right", words=words))
    (said,) = conversations.feedback(id)
    once = checked(said)
    assert once.words == said.words
    assert "\n" not in said.words


def test_an_older_file_learns_to_keep_it(tmp_path: Path) -> None:
    old = Conversations(tmp_path, migrations=MIGRATIONS[:1])
    id, message = old.append("", ANSWER)
    new = Conversations(tmp_path)
    new.judge(Feedback(message.id, "helpful"))
    assert [one.verdict for one in new.feedback(id)] == ["helpful"]
    assert new.load(id) == (message,)


def test_a_copy_holds_it(kept: tuple[Conversations, str, str], tmp_path: Path) -> None:
    conversations, id, message_id = kept
    conversations.judge(Feedback(message_id, "helpful"))
    folder, now = conversations.file.parent, datetime(2026, 1, 2, tzinfo=UTC)
    (copied,) = copy_all(folder, now)
    conversations.judge(Feedback(message_id, ""))
    put_back(folder, [copied.file], now)
    assert [one.verdict for one in Conversations(tmp_path).feedback(id)] == ["helpful"]


def test_it_is_exported_for_the_evaluation(
    kept: tuple[Conversations, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    conversations, _, message_id = kept
    conversations.judge(Feedback(message_id, "not_right", "not_in_source", "\x1b[2Jsays 3"))
    (tmp_path / "library.db").touch()
    assert main(["conversations", "feedback", "--json", "--home", str(tmp_path)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert (told["verdict"], told["why"]) == ("not_right", "not_in_source")
    assert (told["question"], told["engine"], told["refused"]) == ("Why?", "extractive", False)
    assert told["citations"][0]["quote"] == "a quote"
    assert told["passages"][0]["text"] == "a quote stands"
    assert main(["conversations", "feedback", "--home", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "not right" in shown
    assert "\x1b" not in shown
    assert main(["conversations", "feedback", "x", "--home", str(tmp_path)]) == 2


# ── from the page ───────────────────────────────────────────────────────────────────────────────


def test_a_visitor_judges_only_what_they_see(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, private=False)
    message = sessions.add(ME, ANSWER)
    sent = {"message": message.id, "verdict": "not_right", "reason": "wrong", "words": "<b>"}
    assert judged(sessions, ME, sent) == {"verdict": "not_right", "reason": "wrong", "words": "<b>"}
    assert verdicts(sessions, ME)["said"][message.id]["reason"] == "wrong"
    with pytest.raises(InputError, match="not in the conversation"):
        judged(sessions, OTHER, sent)
    assert verdicts(sessions, OTHER) == {"said": {}}
    sessions.clear(ME)
    assert verdicts(sessions, ME) == {"said": {}}


@pytest.mark.parametrize(
    "sent",
    [None, 7, [], {}, {"message": ["x"]}, {"message": "x" * 6_000}, {"message": "' OR 1=1 --"}],
)
def test_whatever_a_browser_sends_is_checked(tmp_path: Path, sent: object) -> None:
    sessions = Sessions(tmp_path)
    sessions.add(ME, ANSWER)
    with pytest.raises(InputError, match="load the page again"):
        judged(sessions, ME, sent)


def test_without_a_cookie_nothing_is_kept(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    message = sessions.add("page:h", ANSWER)
    with pytest.raises(InputError, match="Nothing is kept here"):
        judged(sessions, "page:h", {"message": message.id, "verdict": "helpful"})
