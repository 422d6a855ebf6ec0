"""An answer while a language model writes it: its sentences as they arrive, then the whole."""

from collections.abc import Callable, Generator
from queue import Empty, SimpleQueue
from threading import Event, Thread

from assistant.answer import Answer, Citation, Sentence

LOOK = 0.05  # seconds between looks: updates closer than 50 ms pile up in the browser

Hear = Callable[[Sentence, tuple[Citation, ...]], None]


class Stopped(Exception):
    """Nobody waits for the answer any more."""


def as_written(question: str, ask: Callable[[Hear], Answer]) -> Generator[Answer, None, Answer]:
    """Yield what was written so far whenever it grows, and return the answer once it is verified.

    What is yielded cites nothing: its verdicts are not known yet. Raises what `ask` raises. When
    the generator is closed, the model is stopped at its next sentence.
    """
    arrived: SimpleQueue[Sentence] = SimpleQueue()
    closed = Event()
    done: list[Answer | BaseException] = []

    def hear(sentence: Sentence, citations: tuple[Citation, ...]) -> None:
        if closed.is_set():
            raise Stopped
        arrived.put(sentence)

    def run() -> None:
        try:
            done.append(ask(hear))
        except Stopped:
            pass
        except Exception as error:  # the edge of a thread: raised again where it is waited for
            done.append(error)

    thread = Thread(target=run, name="answer", daemon=True)
    thread.start()
    sentences: tuple[Sentence, ...] = ()
    try:
        while thread.is_alive():
            fresh = drained(arrived)
            if fresh:
                sentences += fresh
                yield Answer(question, sentences)
            thread.join(LOOK)
    finally:
        closed.set()
    if isinstance(done[0], BaseException):
        raise done[0]
    return done[0]


def drained(arrived: SimpleQueue[Sentence]) -> tuple[Sentence, ...]:
    """Take all that has arrived, without waiting."""
    taken: list[Sentence] = []
    while True:
        try:
            sentence = arrived.get_nowait()
        except Empty:
            return tuple(taken)
        # Nothing is known of its support yet, so it carries no mark.
        taken.append(Sentence(sentence.text, (), block=sentence.block))
