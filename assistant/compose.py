"""The answer to one question from what was found: off the path itself, written, quoted, refused."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from assistant.answer import Answer, Citation, Sentence, Timings
from assistant.asked import Evidence
from assistant.cite import cite_path, cite_quotes
from assistant.depth import at_depth
from assistant.extractive import on_thing, quotes_of
from assistant.fuller import BUDGET
from assistant.leads import Reading
from assistant.linked import linked_quote
from assistant.manner import Manner
from assistant.prerequisites import shipped_prerequisites
from assistant.question import Question
from assistant.quotes import Quote, overlaps
from assistant.read import CONSIDERED, Read, evidence_of, in_turns, look, read_each, read_one
from assistant.refuse import missing_words, refusal_words
from assistant.retrieve import Found
from assistant.scope import Scope
from assistant.search import Searcher
from assistant.sections import asked_words, rank_sections
from assistant.signals import answering
from assistant.where import KnownPath, answer_where
from assistant.written import Writer, Written
from ingest.curriculum import Curriculum

NEAREST = 3
LINKED = 100  # hits among which linked pages are looked for that say what a note says


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what was found for it, and all that it is answered from."""

    question: Question
    found: Found
    scope: Scope
    manner: Manner
    searcher: Searcher
    curriculum: Curriculum | None

    @property
    def evidence(self) -> Evidence:
        """What the extractive engine reads."""
        return evidence_of(self.searcher, self.found)


def compose(case: Case, writer: Writer | None = None) -> Answer:
    """Choose between the path's own answer, a written one, quotes and a refusal.

    Of several things asked those are answered that the path covers, and the others are named.
    """
    sections = nearest_sections(case)
    if told := from_path(case, sections):
        return told
    parts = read_each(case.searcher, case.question, case.found, case.scope.section_ids)
    covered = [part for part in parts if part.judgement.answerable]
    if not covered:
        return refused(case, parts[0].judgement.reason or "not_covered", sections)
    missing = [part.question.search for part in parts if not part.judgement.answerable]
    answer = answered(case, covered, sections, writer)
    return answer if answer.refused else remark(answer, missing_words(missing), last=True)


def answered(
    case: Case, covered: Sequence[Read], sections: tuple[str, ...], writer: Writer | None
) -> Answer:
    """Answer what is covered by a language model, or by quotes alone."""
    if writer is None:
        return quoted(case, covered, sections)
    hits = in_turns([part.found.hits for part in covered])
    written = writer.write(case.question.search, hits, case.curriculum)
    if written.failed:
        answer = quoted(case, covered, sections)
        words = (
            f"{written.failed}." if answer.refused else f"{written.failed}; these are quotes only."
        )
        return remark(answer, words)
    if written.sentences:
        answer = finish(case, written.sentences, written.citations, sections)
    else:
        answer = refused(case, "not_covered", sections)
    return credit(answer, written, writer)


def from_path(case: Case, sections: tuple[str, ...]) -> Answer | None:
    """Answer a question about the path itself off the path; None for another question."""
    curriculum = case.curriculum
    if curriculum is None or case.question.kind != "where":
        return None
    lines = answer_where(
        case.question.parts[0],
        path_of(case.searcher, curriculum),
        section_shares(case, curriculum),
        case.found.hits,
        case.searcher.idf,
        case.scope.section_ids,
        alone=case.scope.alone,
    )
    sentences, citations = cite_path(lines, case.searcher.library, curriculum)
    if not sentences:
        return None
    # The path is sure of its own places.
    known = {section.id for section in curriculum.sections}
    named = [line.section_id for line in lines if line.section_id in known]
    return finish(case, sentences, citations, tuple(dict.fromkeys((*named, *sections)))[:5])


def quoted(case: Case, covered: Sequence[Read], sections: tuple[str, ...]) -> Answer:
    """Answer with quotes alone, each with a linked page that says the same where there is one."""
    quotes: list[Quote] = []
    linked: list[Quote | None] = []
    for part in covered:
        one = replace(case, question=part.question, found=part.found)
        told = quotes_for(one, part.readings, BUDGET // len(covered))
        new = [q for q in told if not any(overlaps(q, other) for other in quotes)]
        quotes += new
        linked += linked_quotes(new, one)
    if not quotes:
        return refused(case, "not_covered", sections)
    sentences, citations = cite_quotes(quotes, linked, case.curriculum)
    return finish(case, sentences, citations, sections)


def quotes_for(case: Case, readings: Sequence[Reading], budget: int) -> tuple[Quote, ...]:
    """Quote what answers one part of a question, as deep as the learner wants it."""
    find = partial(case.searcher.find, k=CONSIDERED, within=case.scope.section_ids)
    about = [on_thing(r, case.question, case.evidence) for r in answering(readings)]
    quotes = quotes_of(about, budget)
    return at_depth(case.manner.depth, case.question, quotes, case.evidence, find)


def linked_quotes(quotes: Sequence[Quote], case: Case) -> list[Quote | None]:
    """Find for each quote of a note the linked page that says the same; None for the others."""
    if all(quote.hit.entry.kind != "note" for quote in quotes):
        return [None] * len(quotes)
    # Our notes fill the first hits; what is linked stands behind them.
    within = case.scope.section_ids
    behind = case.searcher.find(case.question.search, LINKED, within=within).hits
    wider = replace(case.evidence, hits=behind)
    return [linked_quote(quote, wider) for quote in quotes]


def refused(case: Case, reason: str, sections: tuple[str, ...]) -> Answer:
    """Refuse with what would help, and the nearest sections."""
    if only_flagged_answers(case):
        reason = "flagged_only"
    nearest = case.curriculum.section(sections[0]).title if case.curriculum and sections else ""
    message = refusal_words(reason, case.question, nearest)
    return replace(
        refusal(case.question, reason, message),
        nearest_sections=sections[:NEAREST],
        sections=sections,
    )


def only_flagged_answers(case: Case) -> bool:
    """Say whether passages that are kept out of answers would have given one."""
    searcher = case.searcher
    if not searcher.flagged:
        return False
    depth = CONSIDERED + len(searcher.flagged)
    found = searcher.find(case.question.search, depth, flagged=True)
    hits = tuple(hit for hit in found.hits if hit.entry.passage.flag)[:CONSIDERED]
    found = replace(found, hits=hits)
    is_strange = partial(searcher.is_strange, flagged=True)
    evidence = Evidence(hits, searcher.idf, searcher.encode, found.expansions, is_strange)
    read = read_one(case.question, found, evidence)
    return read.judgement.answerable and bool(quotes_of(answering(read.readings)))


def within_scope(answer: Answer, case: Case) -> Answer:
    """Say what an answer was restricted to; a refusal points to where the answer stands."""
    scope = case.scope
    if not answer.refused:
        inside = tuple(i for i in answer.sections if i in scope.section_ids)
        inside = inside or scope.section_ids[:1]
        answer = replace(answer, sections=inside, nearest_sections=inside[:NEAREST])
        return remark(answer, f"Answered from {scope.said} alone.", last=True)
    found = look(case.searcher, case.question)
    whole = compose(replace(case, found=found, scope=Scope((), "", "")))
    if whole.refused or not whole.citations:
        return remark(whole, f"Nothing in {scope.said} answers this.")
    first = whole.citations[0]
    place = first.where or f"“{first.title}”"
    message = f"Nothing in {scope.said} answers this; {place} does: ask without the scope."
    near = whole.sections[:NEAREST]
    return replace(answer, reason="not_covered", message=message, nearest_sections=near)


# ── sections ────────────────────────────────────────────────────────────────────────────────────


def nearest_sections(case: Case) -> tuple[str, ...]:
    """Order the sections of the path by their nearness to the question."""
    if case.curriculum is None:
        return ()
    ranked = section_shares(case, case.curriculum)
    likely = [section_id for section_id, share in ranked[:5] if share > 0.05]
    return tuple(likely or [section_id for section_id, share in ranked[:NEAREST] if share])


def section_shares(case: Case, curriculum: Curriculum) -> list[tuple[str, float]]:
    """Order the sections by how likely they hold the answer, with their shares."""
    words = asked_words(case.question.parts, case.question.search)
    guide = case.searcher.guide(curriculum)
    return rank_sections(words, case.found.vector, case.found.hits, guide, case.searcher.idf)


def path_of(searcher: Searcher, curriculum: Curriculum) -> KnownPath:
    """Put together what a question about the path is answered from."""
    library = searcher.library

    def note(section_id: str) -> str:
        document = library.document(f"note/{section_id}")
        return document.text if document else ""

    ledger = {row.resource_id: row for row in library.sources()}
    return KnownPath(curriculum, shipped_prerequisites().within(curriculum), ledger, note)


# ── the answer put together ─────────────────────────────────────────────────────────────────────


def finish(
    case: Case,
    sentences: Sequence[Sentence],
    citations: Sequence[Citation],
    sections: tuple[str, ...],
) -> Answer:
    """Put an answer together, with a remark on what was made of odd words."""
    remarks = [case.question.remark] if case.question.remark else []
    remarks += [f"I read “{typed}” as “{used}”." for typed, used in case.found.corrections]
    # What is cited first belongs to the answer, however far the words of its section are.
    cited = citations[0].section_ids[:1] if citations else ()
    sections = tuple(dict.fromkeys((*sections, *cited)))
    return Answer(
        question=case.question.typed,
        sentences=tuple(sentences),
        citations=tuple(citations),
        message=" ".join(remarks),
        nearest_sections=sections[:NEAREST],
        sections=sections,
    )


def refusal(question: Question, reason: str, message: str) -> Answer:
    """Refuse kindly, with the reason's code."""
    return Answer(question=question.typed, refused=True, reason=reason, message=message)


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
