"""A learner's own files, made when the page asks for them: calendar, Anki deck, progress report.

Whose they are comes from the visitor's cookie alone. Nothing is written: a file is made in memory,
one at a time, and whoever would wait too long is told to use the terminal.
"""

import argparse
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from ingest.errors import StudypathError
from ui.export import MAKERS, Made
from ui.export import Study as Exported
from ui.markup import one_line
from ui.pages import visitor_of

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ui.path_study import Study
    from ui.sessions import Sessions

FOLDER = "/path/"  # where they are, as addresses go
PATIENCE = 30.0  # seconds; a deck of 407 cards takes 1, and 8 beside a dozen busy processes
WAITING = 8  # files that may wait for their turn
NO_LEARNER = "There is no file for you here: load the page with cookies allowed, and try once more."
TOO_LONG = "The file could not be made in {:.0f} seconds. In a terminal: studypath export {}"
BUSY = "Too many files are being made at this moment: please try again in a minute."
OUR_FAULT = "The file could not be made; the fault is ours. In a terminal: studypath export {}"


@dataclass(frozen=True, slots=True)
class Kind:
    """One file that can be had: its export, its name, its type; and its link: words, what it is."""

    export: str
    name: str
    media: str
    words: str
    about: str


KINDS = {
    "calendar.ics": Kind(
        "calendar",
        "studypath.ics",
        "text/calendar; charset=utf-8",
        "Calendar",
        "the coming four weeks (.ics)",
    ),
    "deck.apkg": Kind(
        "anki",
        "studypath.apkg",
        "application/octet-stream",
        "Anki deck",
        "every question of the quiz bank (.apkg)",
    ),
    "report.html": Kind(
        "report",
        "studypath-report.html",
        "text/html; charset=utf-8",
        "Progress report",
        "one page to keep (HTML)",
    ),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request gets: a file, or with another status than 200 a sentence."""

    status: int
    content: bytes
    kind: Kind | None = None


class Files:
    """Makes files one at a time, each within a bound; safe to call from any thread."""

    def __init__(self, study: "Study", patience: float = PATIENCE) -> None:
        self._study, self._patience = study, patience
        self._maker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="files")
        self._places = BoundedSemaphore(WAITING)

    def answer(self, name: str, learner: str) -> Answer:
        """Make a file for a learner, or say in a sentence why there is none; never raises."""
        kind = KINDS.get(name)
        if kind is None or not learner:
            return Answer(404, NO_LEARNER.encode())
        if not self._places.acquire(blocking=False):
            return Answer(503, BUSY.encode())
        made: Future[Made] = self._maker.submit(self._make, kind, learner)
        made.add_done_callback(lambda _: self._places.release())
        try:
            return Answer(200, made.result(self._patience).content, kind)
        except TimeoutError:
            made.cancel()
            return Answer(503, TOO_LONG.format(self._patience, kind.export).encode())
        except StudypathError as error:
            told = one_line(str(error))
            return Answer(409, f"There is no file to make: {told}.".encode("utf-8", "replace"))
        except Exception as error:  # the edge: the page must say what went wrong
            print(f"studypath: {type(error).__name__}: {error}", file=sys.stderr)
            return Answer(500, OUR_FAULT.format(kind.export).encode())

    def _make(self, kind: Kind, learner: str) -> Made:
        options = argparse.Namespace(
            file=None, section=None, mine=False, weeks=None, start=None, learner=learner
        )
        make: Callable[[Exported, argparse.Namespace], Made] = MAKERS[kind.export]
        return make(exported(self._study, learner), options)


def exported(study: "Study", learner: str) -> Exported:
    """Put together what every export is made of, as the page holds it."""
    from assistant.items import proofs
    from assistant.precious import learner_folder

    basis = study.situation(learner).basis
    cited = proofs(learner_folder(study.home, learner))
    return Exported(
        curriculum=basis.curriculum,
        sources=tuple(study.shelf().material.ledger),
        items=basis.items,
        links={name: one.deep_link or one.url for name, one in cited.items()},
        events=tuple(basis.events),
        rhythm=basis.rhythm,
        learner=learner,
        now=basis.now,
    )


def add_downloads(app: "FastAPI", study: "Study", sessions: "Sessions") -> None:
    """Serve the files."""
    from fastapi import Request
    from fastapi.responses import Response

    files = Files(study)

    @app.get(FOLDER + "{name}")
    def download(name: str, request: Request) -> Response:
        found = files.answer(name, sessions.learner(visitor_of(request)))
        headers = {"cache-control": "no-store"}
        if found.kind is None:
            return Response(found.content, found.status, headers, "text/plain; charset=utf-8")
        headers["content-disposition"] = f'attachment; filename="{found.kind.name}"'
        return Response(found.content, found.status, headers, found.kind.media)
