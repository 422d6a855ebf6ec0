"""The answer without a model: short verbatim spans that define, explain or show.

The passage is chosen before the sentence: leads are looked for in the best passages only, a lead
must be able to open an answer, and it takes along the sentences, list or code that belong to it.
"""

from collections.abc import Iterable, Sequence

from assistant.asked import Evidence, ask_for
from assistant.compare import compare, read_sides
from assistant.features import Asked, agreement, share
from assistant.fuller import BUDGET, fuller
from assistant.leads import (
    SPAN_SENTENCES,
    Lead,
    Reading,
    Scored,
    leads_of,
    on_subject,
    rank_spans,
    ways_in,
)
from assistant.passage import by_passage
from assistant.question import Question
from assistant.quotes import (
    Quote,
    extend,
    is_whole,
    overlaps,
    quote_of,
    stems_of,
)
from assistant.retrieve import Hit
from assistant.thing import OF_A_THING, heading_of, narrowed
from ingest.keywords import analyse

POOL = 16  # passages looked into; with 12 the code that belongs to a lead was often behind them
HEADED = 3  # and so many that only their heading speaks for
AT_ONCE = 0.65  # likeness to the question of a sentence that answers a comparison by itself
CODE_LINES = 40  # a longer block of code or table is a page, not an answer
# A second source must score this share of the first: of the labelled candidates every second one is
# to the point from here on (docs/benchmarks.md, "Answers"), for three words more an answer.
SECOND = 0.7
STEPS = 0.75  # share of the first lead's score from which steps in words go with it
LESS = 0.25  # by which steps may name less of the subject than what it is
REST = 0.5  # share of the other words of a question on a thing that a good lead holds itself
LISTED = 2  # further sources of a list
REPEATED = 0.5  # share of a span's stems that were said already, beyond which it is a repeat


def read_hits(question: Question, evidence: Evidence) -> tuple[Reading, ...]:
    """Look in the best passages for what can open an answer to each part of a question."""
    hits = read_from(evidence.hits, question)
    return tuple(read_part(ask_for(p, question, evidence), hits, evidence) for p in question.parts)


def read_from(hits: Sequence[Hit], question: Question) -> tuple[Hit, ...]:
    """Keep the hits that an answer is taken from: the best, and those headed by the subject."""
    readable = [hit for hit in hits if hit.entry.kind != "path"]
    return (*readable[:POOL], *headed(readable[POOL:], question)[:HEADED])


def headed(hits: Iterable[Hit], question: Question) -> tuple[Hit, ...]:
    """Keep what stands under a heading of just the words of a part's subject.

    Where many pages speak of a thing, the one section about it may be found behind all of them.
    """
    subjects = {frozenset(analyse(part.subject)) for part in question.parts} - {frozenset()}
    return tuple(hit for hit in hits if heading_of(hit) in subjects)


def on_thing(reading: Reading, question: Question, evidence: Evidence) -> Reading:
    """Read again for the thing that a part is about, when that names it; else as it was read.

    Only once it is known that the question is answered: the whole of it has to be covered.
    """
    hits = read_from(evidence.hits, question)
    part = narrowed(reading.asked.part, hits)
    if part is None or says_rest(reading, part.subject):
        return reading
    again = read_part(ask_for(part, question, evidence), hits, evidence)
    return again if again.on_subject else reading


def says_rest(reading: Reading, thing: str) -> bool:
    """Say whether the lead holds half of what is asked about a thing besides its name."""
    asked = reading.asked
    rest = asked.words - frozenset(analyse(thing))
    said = reading.leads[0].item.candidate.stems if reading.leads else frozenset()
    return share(rest, said, asked.idf) >= REST


def read_part(asked: Asked, hits: Sequence[Hit], evidence: Evidence) -> Reading:
    """Rank the spans of the hits for one part of a question, and find its leads."""
    ranked, kind = rank_spans(asked, hits, evidence), asked.part.kind
    tried = (leads_of(ranked, asked, kind, admits) for admits in ways_in(asked))
    leads = next(filter(None, tried), [])
    leads = by_passage(leads, asked)
    named = bool(leads) and on_subject(leads[0].item, asked, kind)
    sides = read_sides(asked, ranked, evidence) if asked.part.sides else ()
    return Reading(asked, tuple(ranked), tuple(leads), named, tuple(sides))


def choose_quotes(question: Question, evidence: Evidence) -> tuple[Quote, ...]:
    """Choose the quotes that name what each part of a question asks for; empty for none."""
    return quotes_of([r for r in read_hits(question, evidence) if r.on_subject or r.sides])


def quotes_of(readings: Iterable[Reading], budget: int = BUDGET) -> tuple[Quote, ...]:
    """Quote what was read, in reading order; empty for nothing that answers.

    An answer shorter than the `budget` of words is made fuller from other passages.
    """
    chosen: list[Quote] = []
    for reading in readings:
        quotes = answer_reading(reading)
        for quote in fuller(quotes, reading, budget) if quotes else ():
            if not any(overlaps(quote, other) for other in chosen):
                chosen.append(quote)
    return tuple(merge(chosen))


def answer_reading(reading: Reading) -> list[Quote]:
    """Answer a comparison by both sides or by a sentence that tells it, any other part as it is.

    What is known to tell this very comparison comes before its sides.
    """
    if not reading.asked.part.sides:
        return answer_part(reading)
    told = compare(reading)
    if known_to_tell(reading):
        first = extend(reading.leads[0], reading.asked, reading.ranked)
        return [first, *(quote for quote in told if not overlaps(quote, first))]
    return told if told or not tells_at_once(reading) else answer_part(reading)


def known_to_tell(reading: Reading) -> bool:
    """Say whether the passage that opens an answer is known to tell this very comparison."""
    return bool(reading.leads) and reading.leads[0].item.hit.known.nearest >= AT_ONCE


def tells_at_once(reading: Reading) -> bool:
    """Say whether the lead of a comparison is its answer, though a side goes by another name."""
    return bool(reading.on_subject and reading.leads[0].item.features["similarity"] >= AT_ONCE)


def answer_part(reading: Reading) -> list[Quote]:
    """Answer one part: a lead with what belongs to it, a second source, code when asked for."""
    asked, ranked, leads = reading.asked, reading.ranked, list(reading.leads)
    kind = asked.part.kind
    if not leads:
        return []
    leads = [lead for lead in leads if is_whole(extend(lead, asked, ranked))] or leads
    first = leads[0]
    quotes = [extend(first, asked, ranked)]
    if kind == "list" and (table := table_after(quotes[0], ranked)):
        quotes.append(table)
    if OF_A_THING.search(asked.part.text) and (steps := steps_of(leads)):
        # How it works, after one sentence on what it is.
        quotes = [extend(first, asked, ranked, sentences=1), extend(steps, asked, ranked)]
    second = another(leads, quotes)
    if asked.part.wants_code or kind == "how":
        code = code_for(first.item, asked, ranked, needed=asked.part.wants_code)
        if code and not any(overlaps(code, quote) for quote in quotes):
            quotes.append(code)
    if kind == "list":
        # What is asked for as a list often stands under a heading of its own, one by one.
        for _ in range(LISTED):
            if item := another(leads, quotes):
                quotes.append(extend(item, asked, ranked, sentences=1))
    elif second and len(quotes[0].spans) <= SPAN_SENTENCES:
        quotes.append(extend(second, asked, ranked, sentences=2))
    return quotes


def steps_of(leads: Sequence[Lead]) -> Lead | None:
    """Find steps in words behind a first lead that has none and are as much to the point."""
    first, least = leads[0], leads[0].score * STEPS
    if first.item.features["opens_steps"]:
        return None
    for lead in leads[1:]:
        named = lead.item.features
        if lead.score < least:
            continue
        if named["opens_steps"] and named["subject"] >= first.item.features["subject"] - LESS:
            return lead
    return None


def another(leads: Sequence[Lead], quotes: Sequence[Quote]) -> Lead | None:
    """Find a lead from another passage that is as much to the point and adds something."""
    first, least = leads[0], leads[0].score * SECOND
    said = stems_of(quotes)
    used = {quote.hit.id for quote in quotes}
    for lead in leads:
        if lead.score < least:
            continue
        if lead.item.features["subject"] < first.item.features["subject"] - 0.2:
            continue
        stems = lead.item.candidate.stems
        new = 1 - len(stems & said) / max(1, len(stems))
        if lead.item.hit.id not in used and new >= 1 - REPEATED:
            return lead
    return None


def code_for(
    first: Scored, asked: Asked, ranked: Sequence[Scored], *, needed: bool
) -> Quote | None:
    """Find the code block that shows what the lead says; elsewhere only when code was asked for."""
    blocks = [s for s in ranked if s.candidate.span.kind == "code"]
    blocks = [s for s in blocks if s.candidate.span.text.count("\n") <= CODE_LINES]
    near = [s for s in blocks if same_place(s.hit, first.hit)]
    if near:
        origin = first.hit.entry.passage.start + first.candidate.span.start
        return quote_of(min(near, key=lambda s: distance(origin, s)), first.score)
    fitting = [
        s
        for s in blocks
        if share(asked.subject, s.candidate.stems | s.candidate.place, asked.idf) >= 0.6
    ]
    if not needed or not fitting:
        return None
    best = max(
        fitting, key=lambda s: s.candidate.passage_score + agreement(asked.words, s.candidate.place)
    )
    return quote_of(best, best.score)


def table_after(quote: Quote, ranked: Sequence[Scored]) -> Quote | None:
    """Find the table that a quote leads to: what is listed often stands in one."""
    place = quote.spans[-1].position + 1
    for item in ranked:
        span = item.candidate.span
        if item.hit.id == quote.hit.id and span.position == place and span.kind == "table":
            return quote_of(item, item.score) if span.text.count("\n") <= CODE_LINES else None
    return None


def same_place(one: Hit, other: Hit) -> bool:
    """Say whether two hits stand under the same heading of the same document."""
    a, b = one.entry.passage, other.entry.passage
    return (
        a.doc_id == b.doc_id and a.heading_path == b.heading_path and abs(a.ordinal - b.ordinal) < 3
    )


def distance(origin: int, item: Scored) -> int:
    """Count the characters from a place in a document to a later span; an earlier one is far."""
    start = item.hit.entry.passage.start + item.candidate.span.start
    return start - origin if start >= origin else 10 * (origin - start)


def merge(quotes: Iterable[Quote]) -> list[Quote]:
    """Join a quote with the one it directly continues, so that one citation covers both."""
    merged: list[Quote] = []
    for quote in quotes:
        last = merged[-1] if merged else None
        if last and last.hit.id == quote.hit.id and quote.start - last.end >= 0:
            between = quote.hit.entry.passage.text[last.end : quote.start]
            if not between.strip():
                spans = (*last.spans, *quote.spans)
                top = max(last.relevance, quote.relevance)
                merged[-1] = Quote(last.hit, last.start, quote.end, spans, top)
                continue
        merged.append(quote)
    return merged
