"""What visitors were answered is kept on disk, and the disk keeps nobody else waiting."""

import threading
from pathlib import Path
from typing import Any

import pytest

from assistant.answer import Answer, Sentence
from assistant.conversation import Conversations
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
        assert sessions.messages(COOKIE) == ()
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
