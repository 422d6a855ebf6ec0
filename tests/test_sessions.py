"""What visitors were answered is kept on disk, and the disk keeps nobody else waiting."""

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from assistant.answer import FAILED, STOPPED, Answer, Sentence
from assistant.conversation import Conversations
from assistant.manner import Manner
from assistant.written import Hear
from ingest.errors import LibraryError
from ui.asking import chat_messages, failed, question_again, stream
from ui.chat import BEING_READ, Room, answered
from ui.keeper import Readiness
from ui.sessions import Sessions

ANSWER = Answer("Why?", (Sentence("One.", ()), Sentence("Two.", ())))
COOKIE, OTHER = "0123456789abcdef" * 2, "f" * 32


def test_nobody_waits_for_what_another_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = Sessions(tmp_path, private=False)
    message = sessions.add(OTHER, ANSWER)
    writing, written = threading.Event(), threading.Event()
    append = Conversations.append

    def slow(*arguments: Any, **named: Any) -> Any:
        writing.set()
        assert written.wait(30)
        return append(*arguments, **named)

    monkeypatch.setattr(Conversations, "append", slow)
    adding = threading.Thread(target=sessions.add, args=(COOKIE, ANSWER))
    adding.start()
    assert writing.wait(30)
    done = threading.Event()

    def go_on() -> None:
        sessions.show(OTHER, message, 1)
        assert sessions.messages(OTHER)[0].shown == 1
        assert len(sessions.messages(COOKIE)) == 1  # in memory at once
        sessions.clear(OTHER)
        done.set()

    threading.Thread(target=go_on, daemon=True).start()
    held = done.wait(10)
    written.set()
    adding.join(30)
    assert held
    assert len(sessions.messages(COOKIE)) == 1


def test_an_answer_that_was_stopped_is_kept_as_it_stood(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    message = sessions.show(COOKIE, sessions.add(COOKIE, ANSWER), 1)
    sessions.settle(COOKIE, message)
    assert Sessions(tmp_path).messages(COOKIE)[0].shown == 1
    whole = sessions.show(COOKIE, sessions.add(COOKIE, ANSWER), 2)
    sessions.settle(COOKIE, whole)
    assert [m.shown for m in Sessions(tmp_path).messages(COOKIE)] == [1, 2]


# ── questions without an answer ─────────────────────────────────────────────────────────────────


class Desk:
    """Stands for the library: it answers "Why?", writes and never ends, or fails."""

    places: ClassVar[dict[str, str]] = {}

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def wait(self, seconds: float) -> bool:
        return True

    def readiness(self) -> Readiness:
        return Readiness("", settled=True)

    def shown(self, answer: Answer) -> tuple[()]:
        return ()

    def ask(self, question: str, manner: Manner, hear: Hear) -> Answer:
        self.asked.append((question, len(manner.history)))
        if question == "What fails?":
            raise LibraryError("the library is <b>gone</b>")
        if question == "What is long?":
            hear(Sentence("It begins so.", ()), ())
            threading.Event().wait(30)
        return Answer(question, ANSWER.sentences)


def lines(sessions: Sessions) -> list[str]:
    return [line["content"] for line in chat_messages(sessions.messages(COOKIE), {})]


def whole(sessions: Sessions, desk: Any, question: str, *, again: bool = False) -> None:
    for _ in stream(desk, sessions, COOKIE, question, again=again):
        pass


def test_a_question_that_is_stopped_stays_when_the_next_is_asked(tmp_path: Path) -> None:
    sessions, desk = Sessions(tmp_path), Desk()
    asking: Any = stream(desk, sessions, COOKIE, "What is *drift*?")  # type: ignore[arg-type]
    next(asking)
    asking.close()  # as Stop does
    whole(sessions, desk, "Why?")
    for seen in (sessions, Sessions(tmp_path)):
        first, stopped, second, answer = lines(seen)
        assert (first, second) == ("What is \\*drift\\*?", "Why?")
        assert stopped.startswith("*Stopped.*")
        assert "One." in answer
    assert desk.asked == [("Why?", 0)]  # nothing leans on what was not answered
    kept = sessions.messages(COOKIE)[0]
    assert (kept.answer.reason, kept.answer.refused) == (STOPPED, True)
    assert question_again(sessions, COOKIE, kept.id) == "What is *drift*?"
    assert question_again(sessions, COOKIE, "none") == "Why?"


def test_what_a_model_had_written_stays_and_is_said_to_be_unchecked(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    asking: Any = stream(Desk(), sessions, COOKIE, "What is long?")  # type: ignore[arg-type]
    assert any("It begins so." in update[-1]["content"] for update in [next(asking), next(asking)])
    asking.close()
    for seen in (sessions, Sessions(tmp_path)):
        told = lines(seen)[-1]
        assert told.startswith("It begins so.")
        assert "not yet held against your sources" in told
        (message,) = seen.messages(COOKIE)
        assert [s.verdict for s in message.answer.sentences] == ["unsupported"]


def test_a_question_asked_again_takes_the_place_of_the_stopped_one(tmp_path: Path) -> None:
    sessions, desk = Sessions(tmp_path), Desk()
    asking: Any = stream(desk, sessions, COOKIE, "Why?")  # type: ignore[arg-type]
    next(asking)
    asking.close()
    whole(sessions, desk, "Why?", again=True)
    for seen in (sessions, Sessions(tmp_path)):
        assert len(seen.messages(COOKIE)) == 1
        assert "Stopped" not in lines(seen)[-1]
    assert [c.messages for c in sessions.listed(COOKIE)] == [1]


def test_a_question_that_failed_is_kept_with_what_went_wrong(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    with pytest.raises(LibraryError) as error:
        whole(sessions, Desk(), "What fails?")
    failed(sessions, COOKIE, "What fails?", str(error.value), keep=True)
    for seen in (sessions, Sessions(tmp_path)):
        assert [m.answer.reason for m in seen.messages(COOKIE)] == [FAILED]
        assert "&lt;b>gone" in lines(seen)[-1]
        assert 'class="acts failed q-' in lines(seen)[-1]
    failed(sessions, COOKIE, "And this?", "You asked too often.", keep=False)
    assert len(sessions.messages(COOKIE)) == 2
    assert len(Sessions(tmp_path).messages(COOKIE)) == 1


def test_a_refusal_says_that_sources_are_being_read(tmp_path: Path) -> None:
    desk, sessions, reading = Desk(), Sessions(tmp_path), [True]
    refusal = Answer("Why?", refused=True, reason="not_covered")
    desk.ask = lambda *_: refusal  # type: ignore[method-assign]
    controls: Any = SimpleNamespace(manner=lambda visitor: Manner())
    room = Room(desk, sessions, controls, controls, lambda: reading[0])  # type: ignore[arg-type]
    told = list(answered(room, "Why?", COOKIE, again=False))[-1][-1]["content"]
    assert told.index(BEING_READ) < told.index('class="acts')
    reading.clear()
    reading.append(False)
    assert BEING_READ not in list(answered(room, "Why?", COOKIE, again=False))[-1][-1]["content"]
    assert BEING_READ not in lines(Sessions(tmp_path))[-1]  # true of that moment alone


def test_a_question_is_on_disk_while_its_answer_is_long_in_coming(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.asking.SOON", 0.05)
    sessions, desk = Sessions(tmp_path), Desk()
    go_on, kept = threading.Event(), threading.Event()
    seen: list[str] = []

    def slow(question: str, manner: Manner, hear: Hear) -> Answer:
        for _ in range(200):
            if found := Sessions(tmp_path).messages(COOKIE):
                seen.append(found[0].answer.message)
                break
            go_on.wait(0.05)
        kept.set()
        return Answer(question, ANSWER.sentences)

    desk.ask = slow  # type: ignore[method-assign]
    whole(sessions, desk, "Why?")
    assert seen == ["Stopped."]  # what a server that was killed just then would show
    assert kept.is_set()
    assert [m.answer.sentences for m in Sessions(tmp_path).messages(COOKIE)] == [ANSWER.sentences]
    sessions.keep_question(COOKIE, sessions.messages(COOKIE)[0])  # too late, so it changes nothing
    assert [m.answer.sentences for m in Sessions(tmp_path).messages(COOKIE)] == [ANSWER.sentences]
