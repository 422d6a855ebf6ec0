"""An answer on the page while a language model writes it."""

import time
from threading import Event

import pytest

from assistant.answer import Answer, Citation, Sentence
from ingest.errors import LibraryError
from ui.writing import Hear, as_written

FIRST, SECOND = Sentence("One.", (1,), "weak"), Sentence("Two.", ())


def test_what_is_written_is_seen_growing_without_marks_and_then_whole() -> None:
    go_on = Event()

    def ask(hear: Hear) -> Answer:
        hear(FIRST, ())
        assert go_on.wait(5)
        hear(SECOND, ())
        time.sleep(0.2)
        return Answer("Q?", (FIRST,))

    writing = as_written("Q?", ask)
    assert next(writing) == Answer("Q?", (Sentence("One.", ()),))
    go_on.set()
    assert [s.text for s in next(writing).sentences] == ["One.", "Two."]
    with pytest.raises(StopIteration) as ended:
        next(writing)
    assert ended.value.value == Answer("Q?", (FIRST,))


def test_quotes_come_at_once() -> None:
    with pytest.raises(StopIteration) as ended:
        next(as_written("Q?", lambda hear: Answer("Q?", (FIRST,))))
    assert ended.value.value.sentences == (FIRST,)


def test_what_goes_wrong_is_raised_where_it_is_waited_for() -> None:
    def ask(hear: Hear) -> Answer:
        raise LibraryError("gone")

    with pytest.raises(LibraryError, match="gone"):
        next(as_written("Q?", ask))


def test_a_stopped_answer_stops_the_model_at_its_next_sentence() -> None:
    stopped, told = Event(), Event()

    def ask(hear: Hear) -> Answer:
        hear(FIRST, ())
        assert told.wait(5)
        try:
            hear(SECOND, (Citation.__new__(Citation),))
        finally:
            stopped.set()
        raise AssertionError("it went on writing")

    writing = as_written("Q?", ask)
    next(writing)
    writing.close()
    told.set()
    assert stopped.wait(5)
