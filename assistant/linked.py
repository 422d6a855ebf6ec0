"""The linked reading that says the same as a sentence of our notes, so that citations lead out."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.asked import Evidence
from assistant.features import ABOUT_TEXT, DANGLING, SAYS_DOES, SAYS_WHAT, plain, share
from assistant.quotes import Quote
from assistant.retrieve import Hit
from assistant.spans import Span, spans_of
from ingest.keywords import analyse

LOOKED_INTO = 12  # hits of linked pages whose sentences are compared
COMPARED = 24  # sentences compared by meaning
SHARED = 0.2  # of the note sentence's words, by rarity, that the other must hold to be compared
SAME = 0.74  # cosine from which two sentences say the same: docs/benchmarks.md, "Second citations"
OF_IT = 0.6  # share of what the note's sentence is about that the other must name
WORDS = range(6, 61)


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence of a linked page that may say the same as a note's."""

    hit: Hit
    span: Span
    shared: float


def linked_quote(quote: Quote, evidence: Evidence) -> Quote | None:
    """Find the sentence of a linked page that says what the first sentence of a note's quote says.

    None for a quote that is no note's, without vectors, and when no sentence is near enough.
    """
    if quote.hit.entry.kind != "note" or evidence.encode is None:
        return None
    lead = without_formulas(plain(quote.spans[0].text))
    if lead.endswith(":"):  # it only announces what the note says next
        return None
    told = candidates(lead, evidence.hits, evidence.idf)[:COMPARED]
    if not told:
        return None
    vectors = evidence.encode([lead, *(plain(t.span.text) for t in told)])
    similarities = vectors[1:] @ vectors[0]
    best = int(similarities.argmax())
    if similarities[best] < SAME:
        return None
    hit, span = told[best].hit, told[best].span
    return Quote(hit, span.start, span.end, (span,), quote.relevance)


def candidates(lead: str, hits: Sequence[Hit], idf: Callable[[str], float]) -> list[Told]:
    """Collect the sentences of linked pages that share words with a sentence, most first."""
    wanted, subject = frozenset(analyse(lead)), frozenset(analyse(subject_of(lead)))
    weights = {stem: idf(stem) for stem in wanted | subject}
    linked = [hit for hit in hits if hit.entry.kind not in ("note", "path")][:LOOKED_INTO]
    told = []
    for hit in linked:
        for span in filter(quotable, spans_of(hit.entry.passage.text)):
            stems = frozenset(analyse(span.text))
            shared = share(wanted, stems, weights)
            of_it = not subject or share(subject, stems, weights) >= OF_IT
            if shared >= SHARED and of_it:
                told.append(Told(hit, span, shared))
    return sorted(told, key=lambda t: -t.shared)


def subject_of(sentence: str) -> str:
    """Give what a sentence defines or describes; empty when it is not plain."""
    heads = [m["head"] for p in (SAYS_WHAT, SAYS_DOES) if (m := p.match(sentence))]
    return min(heads, key=len, default="")


def without_formulas(text: str) -> str:
    """Drop inline code: a page writes the same formula in other letters."""
    return re.sub(r"`[^`]*`", "", text)


def quotable(span: Span) -> bool:
    """Say whether a span is a sentence that can be read without the one before it."""
    text = plain(span.text)
    return (
        span.kind in ("prose", "item", "ordered")
        and len(text.split()) in WORDS
        and text.rstrip("\"'”’)*_`").endswith((".", "!"))
        and not DANGLING.match(text)
        and not ABOUT_TEXT.search(text)
    )
