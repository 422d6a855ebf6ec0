"""The answer without a model: short verbatim spans that define, explain or show.

The passage is chosen before the sentence: leads are looked for in the best passages only, a lead
must be able to open an answer, and it takes along the sentences, list or code that belong to it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.features import WEIGHTS, Asked, Candidate, agreement, features, plain, score, share
from assistant.question import Part, Question
from assistant.retrieve import Hit
from assistant.spans import Span, spans_of
from ingest.keywords import analyse

POOL = 12  # passages looked into; the answering passage was deeper for none of the dev questions
EMBEDDED = 20  # spans compared by meaning; about 8 ms each on two cores
SPAN_WORDS = 75  # a span of three sentences at most; more is a page, not an answer
SPAN_SENTENCES = 3
SHORT = 14  # words; so short a paragraph mostly announces the next one
LIST_ITEMS = 8
CODE_LINES = 40
LEANS = 0.4  # taken off for each sentence that has to be quoted only to understand the next
SECOND = 0.72  # a second source must score this share of the first
NAMED = 0.54  # share of the subject that a lead must name, unless it is this SIMILAR
SIMILAR = 0.3
# A short subject ("graph neural network") is a name, and half a name is another thing: the lead or
# its headings must hold so much of it, and say what it is when asked what it is.
NAME_UP_TO = 4  # stems
NAME_HELD = 0.6
NAME_DEFINED, NAME_HEADED = 0.3, 0.5
NAME_SIMILAR = 0.55  # unless they mean so nearly the same
REPEATED = 0.5  # share of a span's stems that were said already, beyond which it is a repeat
TOLD = 1.0  # what a lead of a comparison gains by naming both sides itself
LEAST = 2.6  # a lead below this answers nothing: docs/benchmarks.md, "Answers"
FULL = 9.5  # a lead of this score is as relevant as a sentence gets

NAMING = ("what", "how", "why", "when", "list")  # kinds of question that name their subject

Encode = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Quote:
    """A contiguous stretch of one passage chosen for the answer, and the spans inside it.

    `relevance` is in 0..1. Offsets are within the passage's text.
    """

    hit: Hit
    start: int
    end: int
    spans: tuple[Span, ...]
    relevance: float


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its hit and its score for one part of the question."""

    hit: Hit
    candidate: Candidate
    score: float
    features: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Lead:
    """How an answer can open: spans that end with the best one, and their score together."""

    item: Scored
    spans: tuple[Span, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the answerer reads: hits, best first, and what helps to weigh their words.

    `idf` weighs a stem, `encode` compares sentences (None without vectors), `expansions` are the
    (acronym, long form) pairs that the question touches.
    """

    hits: tuple[Hit, ...]
    idf: Callable[[str], float]
    encode: Encode | None
    expansions: tuple[tuple[str, str], ...] = ()


def choose_quotes(question: Question, evidence: Evidence) -> tuple[Quote, ...]:
    """Choose the quotes that answer each part of a question, in reading order; empty for none."""
    hits = tuple(h for h in evidence.hits if h.entry.kind != "path")[:POOL]
    chosen: list[Quote] = []
    for part in question.parts:
        asked = ask_for(part, question, evidence)
        ranked = rank_spans(asked, hits, evidence)
        found = compare(asked, ranked, evidence) if part.sides else answer_part(asked, ranked)
        for quote in found:
            if not any(overlaps(quote, other) for other in chosen):
                chosen.append(quote)
    return tuple(merge(chosen))


def ask_for(part: Part, question: Question, evidence: Evidence) -> Asked:
    """Analyse one part of a question into stems, with the other names of its subject."""
    words = frozenset(analyse(part.text)) or frozenset(analyse(question.search))
    subject = frozenset(analyse(part.subject)) or words
    names = other_names(subject, evidence.expansions)
    stems = words.union(subject, *names)
    return Asked(part, subject, words | subject, {s: evidence.idf(s) for s in stems}, names)


def other_names(
    subject: frozenset[str], expansions: Sequence[tuple[str, str]]
) -> tuple[frozenset[str], ...]:
    """Swap an acronym in a subject for its long form, and the other way round."""
    names = []
    for pair in expansions:
        one, other = (frozenset(analyse(name)) for name in pair)
        names += [(subject - a) | b for a, b in ((one, other), (other, one)) if a and a <= subject]
    return tuple(dict.fromkeys(names))


def rank_spans(asked: Asked, hits: Sequence[Hit], evidence: Evidence) -> list[Scored]:
    """Score every span of the hits for one part of the question, best first."""
    candidates = [pair for hit in hits for pair in candidates_of(hit)]
    rough = [scored(hit, c, asked) for hit, c in candidates]
    rough.sort(key=lambda s: -s.score)
    finer = [s for s in rough if s.candidate.span.kind not in ("code", "table")][:EMBEDDED]
    if evidence.encode is None or not finer:
        return rough
    texts = [asked.part.text, *(in_context(s) for s in finer)]
    vectors = evidence.encode(texts)
    similarities = vectors[1:] @ vectors[0]
    known = {id(s) for s in finer}
    close = [
        scored(s.hit, replace(s.candidate, similarity=float(similarity)), asked)
        for s, similarity in zip(finer, similarities, strict=True)
    ]
    rest = [s for s in rough if id(s) not in known]
    return sorted([*close, *rest], key=lambda s: -s.score)


def in_context(item: Scored) -> str:
    """Give a span's words together with its nearest heading, which often names its subject."""
    path = item.hit.entry.passage.heading_path
    heading = path[-1] if path else item.hit.entry.title
    return f"{heading}: {plain(item.candidate.span.text)}"


def candidates_of(hit: Hit) -> list[tuple[Hit, Candidate]]:
    """Describe every span of a hit."""
    passage = hit.entry.passage
    path = passage.heading_path or (hit.entry.title,)
    heading = frozenset(analyse(path[-1]))
    place = frozenset(analyse(" ".join((hit.entry.title, *passage.heading_path))))
    found = []
    for span in spans_of(passage.text):
        stems = frozenset(analyse(span.text))
        found.append(
            (hit, Candidate(span, stems, path[-1], heading, place, hit.score, 0.0, hit.entry.kind))
        )
    return found


def scored(hit: Hit, candidate: Candidate, asked: Asked) -> Scored:
    """Score one candidate."""
    named = features(candidate, asked)
    return Scored(hit, candidate, score(named, asked.part.kind), named)


def leads_of(ranked: Sequence[Scored], asked: Asked, kind: str) -> list[Lead]:
    """Find the ways to open an answer, best first.

    A sentence that leans on the one before it ("This is called ...") opens together with it.
    """
    places = {(s.hit.id, s.candidate.span.position): s for s in ranked}
    leads = []
    for item in ranked:
        if not fits(item, asked, kind):
            continue
        spans, score = [item.candidate.span], item.score
        first = item
        while not stands_alone(first) and len(spans) < SPAN_SENTENCES:
            before = places.get((item.hit.id, spans[0].position - 1))
            if before is None or before.candidate.span.block != spans[0].block:
                break
            # It opens well now, but says less to the point than a sentence that needs no other.
            score += -WEIGHTS["dangling"] * first.features["dangling"] - LEANS
            spans.insert(0, before.candidate.span)
            first = before
        if stands_alone(first) and score >= LEAST:
            leads.append(Lead(item, tuple(spans), score))
    return sorted(leads, key=lambda lead: -lead.score)


def fits(item: Scored, asked: Asked, kind: str) -> bool:
    """Say whether a span can be the point of an answer: on the subject, and about the matter."""
    named, span = item.features, item.candidate.span
    if span.kind in ("code", "table") or named["about_text"] or named["question"]:
        return False
    listed = span.kind in ("item", "ordered") and kind in ("what", "why", "compare", "check")
    if listed and max(named["heading"], named["defines"]) < 0.5:
        return False
    return named["length"] < 0.5 and named["untidy"] < 0.8 and on_subject(named, asked, kind)


def on_subject(named: Mapping[str, float], asked: Asked, kind: str) -> bool:
    """Say whether a span speaks of what was asked, and not of something with a like name."""
    if not asked.part.subject or len(asked.subject) > NAME_UP_TO or kind not in NAMING:
        # A clause as a subject ("why scale my inputs before ...") is seldom repeated word by word.
        return named["subject"] >= NAMED or named["similarity"] >= SIMILAR
    if named["similarity"] >= NAME_SIMILAR:
        return True
    says_what = named["defines"] >= NAME_DEFINED or named["heading"] >= NAME_HEADED
    return named["about"] >= NAME_HELD and (says_what or kind != "what")


def stands_alone(item: Scored) -> bool:
    """Say whether a span can open an answer without the one before it."""
    named, text = item.features, item.candidate.span.text
    bad = named["dangling"] or named["about_text"] or named["question"] or text[0].islower()
    return not bad and named["untidy"] < 0.8 and text[0] not in '([,;:"“'


def answer_part(asked: Asked, ranked: Sequence[Scored]) -> list[Quote]:
    """Answer one part: a lead with what belongs to it, a second source, code when asked for."""
    kind = asked.part.kind
    leads = leads_of(ranked, asked, kind)
    if not leads:
        return []
    leads = [lead for lead in leads if is_whole(extend(lead, asked, ranked))] or leads
    first = leads[0]
    quotes = [extend(first, asked, ranked)]
    second = another(leads, quotes)
    if asked.part.wants_code or kind == "how":
        code = code_for(first.item, asked, ranked, needed=asked.part.wants_code)
        if code and not any(overlaps(code, quote) for quote in quotes):
            quotes.append(code)
    better = second is not None and defining(second) > defining(first)
    if second and better and kind in ("how", "when", "why"):
        # What a thing is comes before how it works or when to use it.
        quotes.insert(0, extend(second, asked, ranked, sentences=1))
    elif second and len(quotes[0].spans) <= SPAN_SENTENCES:
        quotes.append(extend(second, asked, ranked, sentences=2))
    return quotes


def defining(lead: Lead) -> float:
    """Say how clearly a lead defines the subject."""
    return lead.item.features["defines"] if len(lead.spans) == 1 else 0.0


def another(leads: Sequence[Lead], quotes: Sequence[Quote]) -> Lead | None:
    """Find a lead from another passage that is as much to the point and adds something."""
    first, least = leads[0], leads[0].score * SECOND
    said = stems_of(quotes)
    used = {quote.hit.id for quote in quotes}
    for lead in leads:
        if lead.score < least:
            return None
        if lead.item.features["subject"] < first.item.features["subject"] - 0.2:
            continue
        stems = lead.item.candidate.stems
        new = 1 - len(stems & said) / max(1, len(stems))
        if lead.item.hit.id not in used and new >= 1 - REPEATED:
            return lead
    return None


def extend(
    lead: Lead, asked: Asked, ranked: Sequence[Scored], sentences: int = SPAN_SENTENCES
) -> Quote:
    """Take along what follows a lead in its own paragraph or list, as far as it belongs to it."""
    hit = lead.item.hit
    scores = {s.candidate.span.position: s for s in ranked if s.hit.id == hit.id}
    spans = list(lead.spans)
    wants_steps = asked.part.kind in ("how", "list", "when", "why")
    in_list = spans[0].kind == "ordered" and wants_steps
    following = [scores[p] for p in sorted(scores) if p > spans[-1].position]
    for next_one in following:
        span, last = next_one.candidate.span, spans[-1]
        words = sum(len(s.text.split()) for s in spans) + len(span.text.split())
        listed = span.kind in ("item", "ordered")
        announces = len(last.text.split()) < SHORT and len(spans) == 1
        opens_list = listed and last.kind == "prose" and last.text.rstrip("*_ ").endswith(":")
        steps = listed and (opens_list or (in_list and last.kind == span.kind))
        in_list = in_list or steps
        if steps:
            if sum(s.kind == span.kind for s in spans) >= LIST_ITEMS:
                break
        elif len(spans) >= sentences or words > SPAN_WORDS:
            break
        if not steps and span.block != last.block and not (announces and span.kind == "prose"):
            break
        if next_one.features["question"] or (next_one.features["about_text"] and not steps):
            break
        spans.append(span)
    spans = without_open_end(spans)
    return Quote(hit, spans[0].start, spans[-1].end, tuple(spans), relevance(lead.score))


def is_whole(quote: Quote) -> bool:
    """Say whether a quote does more than announce what follows it ("It has four steps:")."""
    return not quote.spans[-1].text.rstrip("*_ ").endswith(":")


def without_open_end(spans: list[Span]) -> list[Span]:
    """Drop last sentences that only announce something that is not shown."""
    while (
        len(spans) > 1 and spans[-1].kind == "prose" and spans[-1].text.rstrip("*_ ").endswith(":")
    ):
        spans = spans[:-1]
    return spans


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


def quote_of(item: Scored, value: float) -> Quote:
    """Quote one span whole."""
    span = item.candidate.span
    return Quote(item.hit, span.start, span.end, (span,), relevance(value))


def compare(asked: Asked, ranked: Sequence[Scored], evidence: Evidence) -> list[Quote]:
    """Answer a comparison: what tells both sides apart, a table if there is one, then each side."""
    sides = sides_of(asked, evidence)
    quotes: list[Quote] = []
    leads = [lead for lead in leads_of(ranked, asked, "compare") if tells(lead, sides, True)]
    if leads:
        best = max(leads, key=lambda lead: lead.score + TOLD * tells(lead, sides, False))
        quotes.append(extend(best, asked, ranked))
    table = comparing_table(ranked, sides)
    if table:
        quotes.append(table)
    for side in sides:
        if len(quotes) >= 2 and told(side, stems_of(quotes)) >= 1:
            continue
        again = sorted((scored(s.hit, s.candidate, side) for s in ranked), key=lambda s: -s.score)
        openings = leads_of(again, side, "what")
        quote = extend(openings[0], side, again, sentences=2) if openings else None
        if quote and not any(overlaps(quote, other) for other in quotes):
            quotes.append(quote)
    answered = all(told(side, stems_of(quotes)) >= 0.5 for side in sides)
    return quotes if answered else []


def sides_of(asked: Asked, evidence: Evidence) -> list[Asked]:
    """Ask what each side of a comparison is, by the stems that tell the sides apart."""
    named = [frozenset(analyse(side)) for side in asked.part.sides or ()]
    common = frozenset.intersection(*named)
    sides = []
    for side, stems in zip(asked.part.sides or (), named, strict=True):
        own = stems - common or stems  # "L1 and L2 regularization" -> l1, l2
        names = other_names(stems, evidence.expansions)
        weights = {s: evidence.idf(s) for s in own.union(*names)}
        sides.append(Asked(Part("what", side, side), own, own, weights, names))
    return sides


def tells(lead: Lead, sides: Sequence[Asked], headed: bool) -> bool:
    """Say whether a lead names every side, itself or (`headed`) with the help of its heading."""
    candidate = lead.item.candidate
    stems = candidate.stems | candidate.heading if headed else candidate.stems
    return all(told(side, stems) >= 0.5 for side in sides)


def told(side: Asked, stems: frozenset[str]) -> float:
    """Give the share of a side's name, by whichever of its names, among stems."""
    return max(share(name, stems, side.idf) for name in (side.subject, *side.names))


def stems_of(quotes: Iterable[Quote]) -> frozenset[str]:
    """Collect the stems of everything quoted."""
    return frozenset(analyse(" ".join(s.text for q in quotes for s in q.spans)))


def comparing_table(ranked: Sequence[Scored], sides: Sequence[Asked]) -> Quote | None:
    """Find a table that names both sides, best passage first."""
    tables = [
        s
        for s in ranked
        if s.candidate.span.kind == "table"
        and all(told(side, s.candidate.stems) >= 0.99 for side in sides)
        and s.candidate.span.text.count("\n") <= CODE_LINES
    ]
    best = max(tables, key=lambda s: s.candidate.passage_score, default=None)
    return quote_of(best, FULL * 0.8) if best else None


def relevance(value: float) -> float:
    """Map a span's score to 0..1."""
    return round(min(1.0, max(0.0, value / FULL)), 3)


def overlaps(one: Quote, other: Quote) -> bool:
    """Say whether two quotes share words of the same passage."""
    return one.hit.id == other.hit.id and one.start < other.end and other.start < one.end


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
