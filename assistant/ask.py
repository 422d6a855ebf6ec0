"""From a question to a cited answer: read -> retrieve -> rank -> judge -> answer -> cite."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock

from assistant.answer import Answer, Citation, Sentence, Timings
from assistant.asked import Evidence
from assistant.cite import cite_path, cite_quotes
from assistant.engines import EXTRACTIVE, Engines, limits_for
from assistant.extractive import choose_quotes
from assistant.judge import judge
from assistant.linked import linked_quote
from assistant.manner import Manner
from assistant.question import Question, read_parts, read_question
from assistant.rank import cap_sources, distinct
from assistant.retrieve import DEPTH, Found
from assistant.search import Searcher
from assistant.settings import Settings
from assistant.where import answer_where, rank_sections
from assistant.written import Hear, Writer, Written
from ingest.curriculum import Curriculum, parse
from ingest.keywords import analyse

REFUSALS = {
    "off_path": "Your path does not cover this.",
    "not_covered": "This is close to your path, but nothing in the library answers it.",
    "flagged_only": "Only passages that give orders to an assistant speak of this. They are kept"
    " out of answers; `studypath sources --flagged` lists them.",
    "unclear": "Please say a little more.",
}
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
        self._engines = Engines(settings)
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

    def ask(self, typed: str, manner: Manner = ALONE, hear: Hear | None = None) -> Answer:
        """Answer a question with citations, or refuse and say why.

        `hear` is told each sentence of a language model, with its citations, as it arrives.
        """
        began = time.perf_counter()
        searcher, curriculum = self._current()
        question = read_question(typed)
        if question.problem:
            return refusal(question, "unclear", question.problem)
        found = searcher.find(question.search, CONSIDERED)
        hits = cap_sources(distinct(found.hits), CONSIDERED, PER_SOURCE_READ)
        found = replace(found, hits=hits)
        if found.corrections:
            question = replace(question, parts=read_parts(found.corrected))
        retrieved = time.perf_counter()
        answer = compose(question, found, searcher, curriculum, self._writer(manner, hear))
        answered = time.perf_counter()
        times = Timings(
            retrieve=1000 * (retrieved - began),
            answer=1000 * (answered - retrieved),
            total=1000 * (answered - began),
            first_token=answer.timings.first_token,
        )
        return replace(answer, timings=times)

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


def compose(
    question: Question,
    found: Found,
    searcher: Searcher,
    curriculum: Curriculum | None,
    writer: Writer | None = None,
) -> Answer:
    """Choose between the path's own answer, a written or an extractive answer and a refusal."""
    idf = searcher.idf
    sections = nearest_sections(question, found, searcher, curriculum)
    if curriculum and question.kind == "where":
        lines = answer_where(question.parts[0], curriculum, found.hits, idf)
        sentences, citations = cite_path(lines, searcher.library, curriculum)
        if sentences:
            return finish(question, found, sentences, citations, sections)
    judgement = judge(question, found, idf)
    written = Written()
    if judgement.answerable and writer:
        written = writer.write(question.search, found.hits, curriculum)
        if written.sentences:
            answer = finish(question, found, written.sentences, written.citations, sections)
            return credit(answer, written, writer)
    if judgement.answerable and (writer is None or written.failed):
        evidence = Evidence(found.hits, idf, searcher.encode, found.expansions, searcher.is_strange)
        quotes = choose_quotes(question, evidence)
        if quotes:
            # Our notes fill the first hits; what is linked stands behind them.
            behind = searcher.find(question.search, LINKED).hits
            wider = replace(evidence, hits=behind)
            linked = [linked_quote(quote, wider) for quote in quotes]
            sentences, citations = cite_quotes(quotes, linked, curriculum)
            answer = finish(question, found, sentences, citations, sections)
            return remark(answer, written.failed and f"{written.failed}; these are quotes only.")
    reason = judgement.reason or "not_covered"
    if only_flagged_answers(question, searcher):
        reason = "flagged_only"
    refused = refusal(question, reason, REFUSALS[reason])
    refused = replace(refused, nearest_sections=sections[:NEAREST])
    if writer and judgement.answerable and not written.failed:
        return credit(refused, written, writer)
    return remark(refused, written.failed and f"{written.failed}.", last=True)


def credit(answer: Answer, written: Written, writer: Writer) -> Answer:
    """Say which language model an answer, or a refusal, is from."""
    return replace(
        remark(answer, written.remark),
        engine=writer.state.name,
        model=writer.state.model,
        timings=Timings(first_token=written.first_token),
    )


def remark(answer: Answer, words: str, *, last: bool = False) -> Answer:
    """Put words before the message of an answer, or after it."""
    parts = (answer.message, words) if last else (words, answer.message)
    return replace(answer, message=" ".join(filter(None, parts)))


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
    ranked = rank_sections(analyse(question.search), curriculum, found.hits, searcher.idf)
    return tuple(section_id for section_id, value in ranked if value > 0.05)[:5]


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
