"""What is quoted: a lead with the sentences, list or code that belong to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant.features import Asked
from assistant.leads import FULL, REPLY, SPAN_SENTENCES, Lead, Scored
from assistant.retrieve import Hit
from assistant.spans import Span
from ingest.keywords import analyse

# Of three sentences and 75 words to five and 110 key points shown rise from 0.680 to 0.697 (golden
# development half, our notes) for two more words an answer; beyond that they do not.
SPAN_WORDS = 110
SHORT = 14  # words; so short a paragraph mostly announces the next one
LIST_ITEMS = 8
ENTRY_WORDS = 200


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


def extend(
    lead: Lead, asked: Asked, ranked: Sequence[Scored], sentences: int = SPAN_SENTENCES
) -> Quote:
    """Take along what follows a lead in its own paragraph or list, as far as it belongs to it."""
    hit = lead.item.hit
    scores = {s.candidate.span.position: s for s in ranked if s.hit.id == hit.id}
    if sentences >= SPAN_SENTENCES and is_whole_answer(lead):
        entry = whole_entry(lead, scores)
        if entry.end >= lead.spans[-1].end:
            return entry
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


def is_whole_answer(lead: Lead) -> bool:
    """Say whether all of a lead's passage is to be quoted: in our notes each answers one thing.

    "No: …" is said of one claim, and misleads under a neighbouring one.
    """
    item = lead.item
    replies = REPLY.match(item.hit.entry.passage.text) and item.candidate.span.position > 0
    return item.hit.entry.kind == "note" and not replies


def whole_entry(lead: Lead, scores: Mapping[int, Scored]) -> Quote:
    """Quote a passage from its first sentence, which answers in short, up to ENTRY_WORDS words."""
    spans: list[Span] = []
    for position in sorted(scores):
        span = scores[position].candidate.span
        if spans and sum(len(s.text.split()) for s in (*spans, span)) > ENTRY_WORDS:
            break
        spans.append(span)
    spans = without_open_end(spans)
    return Quote(lead.item.hit, spans[0].start, spans[-1].end, tuple(spans), relevance(lead.score))


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


def quote_of(item: Scored, value: float) -> Quote:
    """Quote one span whole."""
    span = item.candidate.span
    return Quote(item.hit, span.start, span.end, (span,), relevance(value))


def overlaps(one: Quote, other: Quote) -> bool:
    """Say whether two quotes share words of the same passage."""
    return one.hit.id == other.hit.id and one.start < other.end and other.start < one.end


def stems_of(quotes: Iterable[Quote]) -> frozenset[str]:
    """Collect the stems of everything quoted."""
    return frozenset(analyse(" ".join(s.text for q in quotes for s in q.spans)))


def relevance(value: float) -> float:
    """Map a span's score to 0..1."""
    return round(min(1.0, max(0.0, value / FULL)), 3)
