"""The page's hold on the library: it opens it, has it built when it is missing, and reopens it.

Building runs in a subprocess: pure Python work in a thread would make every streamed answer slow.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Semaphore, Thread
from typing import TYPE_CHECKING

from assistant.answer import Answer
from assistant.engines import EXTRACTIVE
from assistant.manner import Manner
from assistant.settings import Settings
from assistant.stored import ShownPassage
from ingest.curriculum import OWN, Curriculum, parse
from ingest.errors import LibraryError, StudypathError
from ingest.library import Entry, FlaggedRow, Library, SourceRow
from ui.progress import ERROR_PREFIX, keywords_ready, left_in
from ui.working import environment

if TYPE_CHECKING:
    from assistant.ask import Assistant, SearchResult
    from assistant.written import Hear

# Answers computed at once, one for two cores: the sentences of a single one are compared by as many
# threads as there are cores. Twenty at once on two busy cores, two computed together and one by
# one: first sign of life (95th percentile) 702 and 454 ms, gap between two sentences 87 and 77 ms,
# wait for the first sentence 3.4 and 3.7 s, its median 1.9 and 2.0 s.
AT_ONCE = max(1, (os.cpu_count() or 1) // 2)
AT_ONCE_WRITTEN = 8
ALONE = Manner()
FIRST = "What is the weather like?"  # of no path: what a refusal needs is read as well
LOOK_AGAIN = 3.0  # seconds between looks for a newer library made by another process


@dataclass(frozen=True, slots=True)
class Opened:
    """One generation of the library with what was read from it once; the assistant outlives it."""

    assistant: "Assistant"
    library: Library
    curriculum: Curriculum | None
    places: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Readiness:
    """What search can do by now, in words for the page; `settled` when nothing more will change."""

    words: str
    settled: bool


class Keeper:
    """Keeps one library open for many visitors; safe to call from any thread.

    `warm` has read what else a first visitor would wait for; it is called, in the background, after
    each opening.
    """

    def __init__(self, settings: Settings, warm: Callable[[], None] = lambda: None) -> None:
        self.settings = settings
        self._warm_more = warm
        self._opened: Opened | None = None
        self._retired: Opened | None = None
        self._ready = Event()
        # Who waits for a language model does not need a core meanwhile.
        self._quoting, self._writing = Semaphore(AT_ONCE), Semaphore(AT_ONCE_WRITTEN)
        self._closing = Event()
        self._job: subprocess.Popen[str] | None = None
        self._line = ""
        self._problem = ""
        self._thread = Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin opening (and, when it is missing, building) the library in the background."""
        self._thread.start()

    def close(self) -> None:
        """Stop the background job and let go of the library."""
        self._closing.set()
        job = self._job
        if job and job.poll() is None:
            job.terminate()
            try:
                job.wait(timeout=5)
            except subprocess.TimeoutExpired:
                job.kill()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        for opened in (self._retired, self._opened):
            if opened:
                opened.library.close()
        if self._opened:
            self._opened.assistant.close()

    # ── for the page ────────────────────────────────────────────────────────────────────────

    def wait(self, seconds: float) -> bool:
        """Wait until questions can be answered; False when that is not so yet."""
        return self._ready.wait(seconds)

    @property
    def places(self) -> Mapping[str, str]:
        """The sections' places in words, empty until the library is open."""
        return self._opened.places if self._opened else {}

    @property
    def curriculum(self) -> Curriculum | None:
        """The learning path, None for a plain collection and until the library is open."""
        return self._opened.curriculum if self._opened else None

    def ask(self, question: str, manner: Manner = ALONE, hear: "Hear | None" = None) -> Answer:
        """Answer a question; raises LibraryError while there is no library."""
        engine = manner.engine or self.settings.engine
        with self._quoting if engine == EXTRACTIVE else self._writing:
            return self._open().assistant.ask(question, manner, hear)

    def check(self, manner: Manner) -> None:
        """Raise InputError, with the nearest ids, for a scope that the path does not have."""
        self._open().assistant.check(manner)

    def shown(self, answer: Answer) -> tuple[ShownPassage, ...]:
        """Give the passages behind an answer's citations, to be kept with it."""
        return self._open().assistant.shown(answer)

    def search(self, question: str, k: int) -> "SearchResult":
        """Find passages; raises LibraryError while there is no library."""
        return self._open().assistant.search(question, k)

    def sources(self) -> tuple[SourceRow, ...]:
        """Read the ledger; raises LibraryError while there is no library."""
        return self._open().library.sources()

    def passages(self, resource_id: str, first: int, most: int) -> tuple[tuple[Entry, ...], int]:
        """Read some passages of a source, and count all of them."""
        library = self._open().library
        ids = library.passages_from(resource_id)
        held = library.entries(ids[first : first + most])
        return tuple(held[id] for id in ids[first : first + most] if id in held), len(ids)

    def flagged(self) -> tuple[FlaggedRow, ...]:
        """Read the passages that are kept out of answers, in path order."""
        return self._open().library.flagged()

    def entry(self, passage_id: str) -> Entry | None:
        """Read one passage, or None when the library no longer holds it."""
        return self._open().library.entries([passage_id]).get(passage_id)

    def document(self, doc_id: str) -> "tuple[str, str, tuple[str | None, ...]] | None":
        """Give title, text and heading anchors of one document, or None."""
        document = self._open().library.document(doc_id)
        if document is None:
            return None
        return document.title, document.text, tuple(h.anchor for h in document.headings)

    def readiness(self) -> Readiness:
        """Say what search can do by now."""
        opened, building = self._opened, self._job is not None
        if opened is None:
            words = self._problem or "Preparing the library: this takes a few seconds."
            return Readiness(words, settled=bool(self._problem) and not building)
        if building:
            left = left_in(self._line)
            when = f"in {left}" if left else "is being prepared"
            return Readiness(f"Keyword search is ready; meaning search {when}.", settled=False)
        if self._problem:
            words = f"Keyword search is ready. Meaning search is not: {self._problem}"
            return Readiness(words, settled=True)
        return Readiness("", settled=True)

    def _open(self) -> Opened:
        if self._opened is None:
            raise LibraryError(
                self._problem or "the library is still being prepared: try again in a few seconds"
            )
        return self._opened

    # ── in the background ───────────────────────────────────────────────────────────────────

    def _run(self) -> None:
        try:
            self._prepare()
        except StudypathError as error:
            self._problem = str(error)
        except Exception as error:  # the edge: the page must be able to say what went wrong
            self._problem = f"{type(error).__name__}: {error}"
        while not self._closing.wait(LOOK_AGAIN):
            self._look_again()

    def _prepare(self) -> None:
        if not (self.settings.home / "library.db").exists():
            # What ships needs no network: the path itself and our notes.
            self._build("ingest", "--offline")
            self._reopen()
            return
        try:
            self._reopen()
        except LibraryError:
            # A first ingest that was killed: its work is resumed.
            self._build("ingest", "--offline")
            self._reopen()
            return
        meta = self._opened.library.meta if self._opened else {}
        if meta.get("vectors_for") != meta.get("generation"):
            self._build("reindex")
            self._reopen()

    def _look_again(self) -> None:
        try:
            if self._opened is None or not self._opened.library.is_current():
                self._reopen()
                self._problem = ""
        except StudypathError as error:
            if self._opened is None:
                self._problem = str(error)

    def _reopen(self) -> None:
        """Open the newest generation; the one before stays open for answers under way."""
        from assistant.ask import Assistant

        if self._closing.is_set():
            return
        before = self._opened
        library = Library(self.settings.home)
        assistant = before.assistant if before else Assistant(self.settings)
        # The assistant follows new generations at its next search: it should not be a learner's.
        assistant.search("first", 1)
        curriculum = parse(library.path_text) if library.path_text else None
        opened = Opened(assistant, library, curriculum, places_of(curriculum))
        oldest, self._retired, self._opened = self._retired, before, opened
        if oldest:
            oldest.library.close()
        self._ready.set()
        self._warm(assistant)

    def _warm(self, assistant: "Assistant") -> None:
        """Have read what a first question needs besides the library; its learner need not wait."""
        with suppress(StudypathError):
            self._warm_more()
        with suppress(StudypathError):
            assistant.ask(FIRST, Manner(engine=EXTRACTIVE))

    def _build(self, *command: str) -> None:
        """Run a studypath command and open the library as soon as keyword search is ready."""
        errors: list[str] = []
        with subprocess.Popen(
            [sys.executable, "-m", "ui.cli", *command, "--json", "--home", str(self.settings.home)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            env=environment(),
        ) as job:
            self._job = job
            if hasattr(os, "setpriority"):
                os.setpriority(os.PRIO_PROCESS, job.pid, 10)  # answers come before building
            for line in job.stderr or ():
                self._line = line.strip()
                if self._line.startswith(ERROR_PREFIX):
                    errors.append(self._line.removeprefix(ERROR_PREFIX))
                elif self._opened is None and keywords_ready(self._line):
                    self._reopen()
        self._job = None
        if job.returncode and not self._closing.is_set():
            self._problem = errors[-1] if errors else f"building stopped (code {job.returncode})"


def places_of(curriculum: Curriculum | None) -> Mapping[str, str]:
    """Give the place in words of every section, those outside of the weeks included."""
    if curriculum is None:
        return {}
    ids = [section.id for section in (*curriculum.sections, curriculum.general)]
    return {section_id: curriculum.place(section_id) for section_id in (*ids, OWN)}
