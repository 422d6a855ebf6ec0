"""From a question to a cited answer: read -> retrieve -> rank -> judge -> answer -> cite."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock

from assistant.answer import Answer, Citation, Sentence, Timings
from assistant.asked import Evidence
from assistant.cite import cite_path, cite_quotes
from assistant.entail import configured_nli
from assistant.extractive import choose_quotes
from assistant.judge import judge
from assistant.linked import linked_quote
from assistant.manner import Manner
from assistant.question import Question, read_parts, read_question
from assistant.rank import cap_sources, distinct
from assistant.retrieve import DEPTH, Found
from assistant.search import Searcher
from assistant.settings import Settings
from assistant.verify import nowhere, verify
from assistant.where import answer_where, rank_sections
from ingest.curriculum import Curriculum, parse
from ingest.errors import InputError
from ingest.keywords import analyse

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

    def ask(self, typed: str, manner: Manner = ALONE) -> Answer:
        """Answer a question with citations, or refuse and say why."""
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
        answer = compose(question, found, searcher, curriculum)
        answered = time.perf_counter()
        answer = verified(answer, searcher)
        ended = time.perf_counter()
        times = Timings(
            retrieve=1000 * (retrieved - began),
            answer=1000 * (answered - retrieved),
            verify=1000 * (ended - answered),
            total=1000 * (ended - began),
        )
        return replace(answer, timings=times)

    def close(self) -> None:
        """Let go of the library."""
        self._searcher.library.close()


def compose(
    question: Question, found: Found, searcher: Searcher, curriculum: Curriculum | None
) -> Answer:
    """Choose between the path's own answer, an extractive answer and a refusal."""
    idf = searcher.idf
    sections = nearest_sections(question, found, searcher, curriculum)
    if curriculum and question.kind == "where":
        lines = answer_where(question.parts[0], curriculum, found.hits, idf)
        sentences, citations = cite_path(lines, searcher.library, curriculum)
        if sentences:
            return finish(question, found, sentences, citations, sections)
    judgement = judge(question, found, idf)
    if judgement.answerable:
        evidence = Evidence(found.hits, idf, searcher.encode, found.expansions, searcher.is_strange)
        quotes = choose_quotes(question, evidence)
        if quotes:
            # Our notes fill the first hits; what is linked stands behind them.
            behind = searcher.find(question.search, LINKED).hits
            wider = replace(evidence, hits=behind)
            linked = [linked_quote(quote, wider) for quote in quotes]
            sentences, citations = cite_quotes(quotes, linked, curriculum)
            return finish(question, found, sentences, citations, sections)
    reason = judgement.reason or "not_covered"
    if only_flagged_answers(question, searcher):
        reason = "flagged_only"
    return replace(refusal(question, reason, REFUSALS[reason]), nearest_sections=sections[:NEAREST])


def verified(answer: Answer, searcher: Searcher) -> Answer:
    """Give every sentence its verdict; what a model wrote and no passage supports is left out."""
    if answer.engine == "extractive":  # its sentences are quotations: nothing has to be read
        return verify(answer, nowhere, idf=searcher.idf)
    entries = searcher.library.entries([c.passage_id for c in answer.citations])
    texts = {i: entry.passage.text for i, entry in entries.items()}
    headings = {i: " ".join(entry.passage.heading_path) for i, entry in entries.items()}
    return verify(
        answer,
        texts.get,
        headings_of=headings.get,
        encode=searcher.encode if searcher.embedder else None,
        nli=configured_nli(),
        idf=searcher.idf,
    )


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
