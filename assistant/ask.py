"""From a question to a cited answer: read -> retrieve -> rank -> judge -> answer -> cite."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock

from assistant.answer import Answer, Citation, Sentence, Timings
from assistant.asked import Evidence
from assistant.cite import cite_path, cite_quotes
from assistant.depth import at_depth
from assistant.exercises import exercise_help
from assistant.extractive import choose_quotes
from assistant.judge import judge
from assistant.linked import linked_quote
from assistant.manner import Manner
from assistant.prerequisites import shipped_prerequisites
from assistant.question import Part, Question, read_parts, read_question
from assistant.rank import cap_sources, distinct
from assistant.retrieve import DEPTH, Found
from assistant.scope import Scope, read_scope
from assistant.search import Searcher
from assistant.sections import asked_words, rank_sections
from assistant.settings import Settings
from assistant.where import KnownPath, answer_where, asks_for_exercises, exercise_lines
from ingest.curriculum import Curriculum, parse
from ingest.errors import InputError

REFUSALS = {
    "off_path": "Your path does not cover this.",
    "not_covered": "This is close to your path, but nothing in the library answers it.",
    "flagged_only": "Only passages that give orders to an assistant speak of this. They are kept"
    " out of answers; `studypath sources --flagged` lists them.",
    "unclear": "Please say a little more.",
}
ENGINES = ("extractive", "auto")  # auto: the best that is there
ALONE = Manner()
NEAREST = 3
# An answer may come from one document; the cap only keeps others in view of the answerer.
PER_SOURCE_READ = 7
LINKED = 100  # hits among which linked pages are looked for that say what a note says
CONSIDERED = 30  # hits that are read for an answer, before the cap on sources


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The ranked hits of one search."""

    query: str
    found: Found


class Assistant:
    """Answers questions from one home; opens it once and follows newly published generations.

    Raises LibraryError when the home holds no library. Safe to call from several threads.
    """

    def __init__(self, settings: Settings) -> None:
        if settings.engine not in ENGINES:
            raise InputError(
                f"there is no engine {settings.engine!r}: use one of {', '.join(ENGINES)}"
            )
        self.settings = settings
        self._lock = Lock()
        self._searcher = Searcher(settings)
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

    def check(self, manner: Manner) -> None:
        """Raise InputError, with the nearest ids, for a scope that the path does not have."""
        read_scope("", manner.scope, self._current()[1])

    def ask(self, typed: str, manner: Manner = ALONE) -> Answer:
        """Answer a question with citations, or refuse and say why."""
        began = time.perf_counter()
        searcher, curriculum = self._current()
        scope = read_scope(typed, manner.scope, curriculum, searcher.idf)
        helped = help_with_exercise(typed, scope, manner, searcher, curriculum)
        if helped:
            return helped
        question = replace(read_question(scope.text or typed), typed=typed)
        if scope.alone:
            question = replace(question, parts=(Part("where", "", scope.text),), problem="")
        if question.problem or scope.problem:
            return refusal(question, "unclear", scope.problem or question.problem)
        found = searcher.find(question.search, CONSIDERED, within=scope.section_ids)
        hits = cap_sources(distinct(found.hits), CONSIDERED, PER_SOURCE_READ)
        found = replace(found, hits=hits)
        if found.corrections:
            question = replace(question, parts=read_parts(found.corrected))
        retrieved = time.perf_counter()
        answer = compose(question, found, searcher, curriculum, scope, manner)
        if scope.section_ids and not scope.alone:
            answer = within_scope(answer, scope, question, searcher, curriculum, manner)
        answered = time.perf_counter()
        times = Timings(
            retrieve=1000 * (retrieved - began),
            answer=1000 * (answered - retrieved),
            total=1000 * (answered - began),
        )
        return replace(answer, timings=times)

    def close(self) -> None:
        """Let go of the library."""
        self._searcher.library.close()


WHOLE = Scope((), "", "")


def compose(
    question: Question,
    found: Found,
    searcher: Searcher,
    curriculum: Curriculum | None,
    scope: Scope = WHOLE,
    manner: Manner = ALONE,
) -> Answer:
    """Choose between the path's own answer, an extractive answer and a refusal."""
    idf = searcher.idf
    sections = nearest_sections(question, found, searcher, curriculum)
    if curriculum and question.kind == "where":
        ranked = section_shares(question, found, searcher, curriculum)
        path = path_of(searcher, curriculum)
        lines = answer_where(
            question.parts[0],
            path,
            ranked,
            found.hits,
            idf,
            scope.section_ids,
            alone=scope.alone,
        )
        sentences, citations = cite_path(lines, searcher.library, curriculum)
        if sentences:
            # The path is sure of its own places.
            known = {section.id for section in curriculum.sections}
            named = [line.section_id for line in lines if line.section_id in known]
            sections = tuple(dict.fromkeys((*named, *sections)))[:5]
            return finish(question, found, sentences, citations, sections)
    judgement = judge(question, found, idf)
    if judgement.answerable:
        evidence = Evidence(found.hits, idf, searcher.encode, found.expansions, searcher.is_strange)
        find = partial(searcher.find, k=CONSIDERED, within=scope.section_ids)
        quotes = choose_quotes(question, evidence)
        quotes = at_depth(manner.depth, question, quotes, evidence, find)
        if quotes:
            # Our notes fill the first hits; what is linked stands behind them.
            behind = searcher.find(question.search, LINKED, within=scope.section_ids).hits
            wider = replace(evidence, hits=behind)
            linked = [linked_quote(quote, wider) for quote in quotes]
            sentences, citations = cite_quotes(quotes, linked, curriculum)
            return finish(question, found, sentences, citations, sections)
    reason = judgement.reason or "not_covered"
    if only_flagged_answers(question, searcher):
        reason = "flagged_only"
    return replace(refusal(question, reason, REFUSALS[reason]), nearest_sections=sections[:NEAREST])


def only_flagged_answers(question: Question, searcher: Searcher) -> bool:
    """Say whether passages that are kept out of answers would have given one."""
    if not searcher.flagged:
        return False
    found = searcher.find(question.search, CONSIDERED + len(searcher.flagged), flagged=True)
    hits = tuple(hit for hit in found.hits if hit.entry.passage.flag)
    found = replace(found, hits=hits[:CONSIDERED])
    if not judge(question, found, searcher.idf).answerable:
        return False
    is_strange = partial(searcher.is_strange, flagged=True)
    evidence = Evidence(found.hits, searcher.idf, searcher.encode, found.expansions, is_strange)
    return bool(choose_quotes(question, evidence))


def nearest_sections(
    question: Question, found: Found, searcher: Searcher, curriculum: Curriculum | None
) -> tuple[str, ...]:
    """Order the sections of the path by their nearness to the question."""
    if curriculum is None:
        return ()
    ranked = section_shares(question, found, searcher, curriculum)
    likely = [section_id for section_id, share in ranked[:5] if share > 0.05]
    return tuple(likely or [section_id for section_id, share in ranked[:NEAREST] if share])


def section_shares(
    question: Question, found: Found, searcher: Searcher, curriculum: Curriculum
) -> list[tuple[str, float]]:
    """Order the sections by how likely they hold the answer, with their shares."""
    words = asked_words(question.parts, question.search)
    guide = searcher.guide(curriculum)
    return rank_sections(words, found.vector, found.hits, guide, searcher.idf)


def path_of(searcher: Searcher, curriculum: Curriculum) -> KnownPath:
    """Put together what a question about the path is answered from."""
    library = searcher.library

    def note(section_id: str) -> str:
        document = library.document(f"note/{section_id}")
        return document.text if document else ""

    ledger = {row.resource_id: row for row in library.sources()}
    return KnownPath(curriculum, shipped_prerequisites().within(curriculum), ledger, note)


def help_with_exercise(
    typed: str, scope: Scope, manner: Manner, searcher: Searcher, curriculum: Curriculum | None
) -> Answer | None:
    """Answer a question about an exercise with what is due, or list the exercises of a place."""
    if curriculum is None:
        return None
    if scope.section_ids and asks_for_exercises(scope.text):
        lines = exercise_lines(scope.section_ids, curriculum)
        sentences, citations = cite_path(lines, searcher.library, curriculum)
        if sentences:
            return of_sections(typed, sentences, citations, scope.section_ids)

    def within(text: str) -> tuple[str, ...]:
        return read_scope(text, manner.scope, curriculum, searcher.idf).section_ids

    helped = exercise_help(
        typed,
        manner.history,
        within,
        curriculum,
        searcher.library,
        searcher.idf,
        hints=manner.hints,
    )
    if helped is None:
        return None
    task = helped.progress.task
    if task is None:
        return Answer(typed, refused=True, reason="unclear", message=helped.message)
    section_ids = (task.section_id,)
    if not helped.quotes:
        answer = Answer(typed, refused=True, reason="not_covered", message=helped.message)
        return replace(answer, nearest_sections=section_ids)
    sentences, citations = cite_quotes(helped.quotes, [None] * len(helped.quotes), curriculum)
    return of_sections(typed, sentences, citations, section_ids, helped.message)


def of_sections(
    typed: str,
    sentences: Sequence[Sentence],
    citations: Sequence[Citation],
    section_ids: tuple[str, ...],
    message: str = "",
) -> Answer:
    """Put an answer together whose sections are known."""
    return Answer(
        question=typed,
        sentences=tuple(sentences),
        citations=tuple(citations),
        message=message,
        nearest_sections=section_ids[:NEAREST],
        sections=section_ids,
    )


def within_scope(
    answer: Answer,
    scope: Scope,
    question: Question,
    searcher: Searcher,
    curriculum: Curriculum | None,
    manner: Manner,
) -> Answer:
    """Say what an answer was restricted to; a refusal points to where the answer stands."""
    if not answer.refused:
        remark = f"Answered from {scope.said} alone."
        message = " ".join(filter(None, (answer.message, remark)))
        inside = tuple(i for i in answer.sections if i in scope.section_ids)
        inside = inside or scope.section_ids[:1]
        near = inside[:NEAREST]
        return replace(answer, message=message, sections=inside, nearest_sections=near)
    found = searcher.find(question.search, CONSIDERED)
    hits = cap_sources(distinct(found.hits), CONSIDERED, PER_SOURCE_READ)
    whole = compose(question, replace(found, hits=hits), searcher, curriculum, manner=manner)
    if whole.refused or not whole.citations:
        return replace(whole, message=f"Nothing in {scope.said} answers this. {whole.message}")
    first = whole.citations[0]
    place = first.where or f"“{first.title}”"
    message = f"Nothing in {scope.said} answers this; {place} does: ask without the scope."
    near = whole.sections[:NEAREST]
    return replace(answer, reason="not_covered", message=message, nearest_sections=near)


def finish(
    question: Question,
    found: Found,
    sentences: Sequence[Sentence],
    citations: Sequence[Citation],
    sections: tuple[str, ...],
) -> Answer:
    """Put an answer together, with a remark on what was made of odd words."""
    remarks = [question.remark] if question.remark else []
    remarks += [f"I read “{typed}” as “{used}”." for typed, used in found.corrections]
    # What is cited first belongs to the answer, however far the words of its section are.
    cited = citations[0].section_ids[:1] if citations else ()
    sections = tuple(dict.fromkeys((*sections, *cited)))
    return Answer(
        question=question.typed,
        sentences=tuple(sentences),
        citations=tuple(citations),
        message=" ".join(remarks),
        nearest_sections=sections[:NEAREST],
        sections=sections,
    )


def refusal(question: Question, reason: str, message: str) -> Answer:
    """Refuse kindly, with the reason's code."""
    return Answer(question=question.typed, refused=True, reason=reason, message=message)
