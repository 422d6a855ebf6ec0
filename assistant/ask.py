"""From a question to a cited answer: read -> retrieve -> rank -> judge -> answer -> verify."""

import time
from dataclasses import dataclass, replace
from threading import Lock

from assistant.answer import Answer, Timings
from assistant.compose import Case, compose, refusal, remark, within_scope
from assistant.condense import condense
from assistant.engines import EXTRACTIVE, Engines, limits_for
from assistant.entail import configured_nli
from assistant.followup import Resolved, leans_on_a_talk, resolve
from assistant.manner import Manner
from assistant.part import Part
from assistant.parts import read_parts
from assistant.question import Question, read_question
from assistant.rank import cap_sources, distinct
from assistant.read import look
from assistant.retrieve import DEPTH, Found
from assistant.scope import Scope, read_scope
from assistant.search import Searcher
from assistant.settings import Settings
from assistant.stored import ShownPassage
from assistant.tutor import help_with_exercise
from assistant.verify import nowhere, verify
from assistant.written import Hear, Writer
from ingest.curriculum import Curriculum, parse

ALONE = Manner()
NO_TALK = "This leans on something that was said before: please name what you mean."


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The ranked hits of one search."""

    query: str
    found: Found


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it was typed and as it is answered, with the part of the path it is about."""

    question: Question
    resolved: Resolved
    scope: Scope


class Assistant:
    """Answers questions from one home; opens it once and follows newly published generations.

    Raises LibraryError when the home holds no library. Safe to call from several threads.
    `searcher` is one of the same home, where another than the usual one is to search.
    """

    def __init__(self, settings: Settings, searcher: Searcher | None = None) -> None:
        self._engines = Engines(settings)
        self.settings = settings
        self._lock = Lock()
        self._searcher = searcher or Searcher(settings)
        self._curriculum = self._read_path()

    def _read_path(self) -> Curriculum | None:
        text = self._searcher.library.path_text
        return parse(text) if text else None

    def _current(self) -> tuple[Searcher, Curriculum | None]:
        """Reopen the library when a newer generation was published."""
        with self._lock:
            if not self._searcher.library.is_current():
                self._searcher = self._searcher.reopened()
                self._curriculum = self._read_path()
            return self._searcher, self._curriculum

    def search(self, query: str, k: int = 10, *, flagged: bool = False) -> SearchResult:
        """Find the k best passages (documents, in a collection) for a query.

        Passages that are kept out of answers are found only with `flagged`.
        """
        searcher, _ = self._current()
        collection = searcher.library.is_collection
        # With a cap every fused hit counts: the tenth may stand behind fifty of one book.
        depth = k if collection else max(k, DEPTH)
        found = searcher.find(query, depth, per_document=collection, flagged=flagged)
        if not collection:
            found = replace(found, hits=cap_sources(distinct(found.hits), k))
        return SearchResult(query, replace(found, hits=found.hits[:k]))

    def ask(self, typed: str, manner: Manner = ALONE, hear: Hear | None = None) -> Answer:
        """Answer a question with citations, or refuse and say why.

        `hear` is told each sentence of a language model, with its citations, as it arrives.
        """
        began = time.perf_counter()
        searcher, curriculum = self._current()
        # Hints are counted over the whole talk, so a follow-up is not made to stand alone first.
        if helped := help_with_exercise(typed, manner, searcher, curriculum):
            return replace(helped, asked=typed)
        read = understand(typed, manner, searcher, curriculum)
        if problem := read.scope.problem or read.question.problem:
            return as_asked(refusal(read.question, "unclear", problem), read)
        found = look(searcher, read.question, read.scope.section_ids)
        question = read.question
        if found.corrections:
            question = replace(question, parts=read_parts(found.corrected))
        retrieved = time.perf_counter()
        manner = replace(manner, history=condense(manner.history))
        case = Case(question, found, read.scope, manner, searcher, curriculum)
        answer = compose(case, self._writer(manner, hear))
        if answer.refused and not manner.history and leans_on_a_talk(typed):
            answer = refusal(question, "unclear", NO_TALK)
        elif read.scope.section_ids and not read.scope.alone:
            answer = within_scope(answer, case)
        answered = time.perf_counter()
        answer = verified(as_asked(answer, read), searcher, self.settings.unsupported)
        ended = time.perf_counter()
        times = Timings(
            retrieve=1000 * (retrieved - began),
            answer=1000 * (answered - retrieved),
            verify=1000 * (ended - answered),
            total=1000 * (ended - began),
            first_token=answer.timings.first_token,
        )
        return replace(answer, timings=times)

    def check(self, manner: Manner) -> None:
        """Raise InputError, with the nearest ids, for a scope that the path does not have."""
        read_scope("", manner.scope, self._current()[1])

    def shown(self, answer: Answer) -> tuple[ShownPassage, ...]:
        """Give the passages behind an answer's citations, to be kept with it."""
        ids = list(dict.fromkeys(citation.passage_id for citation in answer.citations))
        searcher, _ = self._current()
        held = [entry.passage for entry in searcher.library.entries(ids).values()]
        return tuple(ShownPassage(p.id, p.text, p.start, p.heading_path) for p in held)

    def _writer(self, manner: Manner, hear: Hear | None) -> Writer | None:
        """Give the language model that is to answer, None for quotes only."""
        state = self._engines.chosen(manner.engine)
        if state.name == EXTRACTIVE:
            return None
        limits = limits_for(self.settings, state)
        return Writer(self._engines, state, limits, manner, hear)

    def close(self) -> None:
        """Let go of the library, and of the language models."""
        self._searcher.library.close()
        self._engines.close()


def understand(
    typed: str, manner: Manner, searcher: Searcher, curriculum: Curriculum | None
) -> Understood:
    """Make a question stand alone, and take from it the part of the path that it names."""
    resolved = resolve(typed, manner.history)
    scope = read_scope(resolved.text, manner.scope, curriculum, searcher.idf)
    question = replace(read_question(scope.text or resolved.text), typed=typed)
    if scope.alone:
        question = replace(question, parts=(Part("where", "", scope.text),), problem="")
    return Understood(question, resolved, scope)


def as_asked(answer: Answer, read: Understood) -> Answer:
    """Give an answer its question as typed and as understood, and say so where they differ."""
    asked, typed = read.resolved.text, read.question.typed
    words = f"I read this as “{asked}”." if read.resolved.used else ""
    return replace(remark(answer, words), question=typed, asked=asked)


def verified(answer: Answer, searcher: Searcher, policy: str) -> Answer:
    """Give every sentence its verdict; `policy` says what becomes of those no source says."""
    if answer.engine == EXTRACTIVE:  # its sentences are quotations: nothing has to be read
        return verify(answer, nowhere, idf=searcher.idf)
    entries = searcher.library.entries([c.passage_id for c in answer.citations])
    texts = {i: entry.passage.text for i, entry in entries.items()}
    headings = {i: " ".join(entry.passage.heading_path) for i, entry in entries.items()}
    return verify(
        answer,
        texts.get,
        policy=policy,
        headings_of=headings.get,
        encode=searcher.encode if searcher.embedder else None,
        nli=configured_nli(),
        idf=searcher.idf,
    )
