"""How much is said: the lead alone, the usual answer, or every side of a subject.

Deep asks the extractive engine for each side of the question's subject in turn, and keeps what is
about it and not said yet. All of it is quoted.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.asked import Evidence
from assistant.extractive import choose_quotes
from assistant.features import share
from assistant.part import Part
from assistant.question import Question
from assistant.quotes import Quote, overlaps, stems_of
from assistant.retrieve import Found
from ingest.keywords import analyse

# What a learner may want to know of a subject, in the order in which it is told.
FACETS = (
    ("what", "what is {0}"),
    ("how", "how does {0} work"),
    ("why", "why use {0}"),
    ("when", "when to use {0}"),
    ("what", "common mistakes and problems with {0}"),
    ("how", "example of {0} in code"),
)
MOST = 9  # quotes of a deep answer; more is a chapter
ABOUT = 0.6  # share of the subject that a quote, or the headings above it, must hold
SAID = 0.6  # share of a quote's words that others hold already, from which it is a repeat
SUBJECTS = 2  # subjects of one question that are gone into, such as both sides of a comparison

# A block that only shows what a program printed explains nothing by itself.
LIKE_CODE = re.compile(r"\b(?:import|def|class|return|for|SELECT|CREATE|FROM)\b|\w\(|[{};]")

Find = Callable[[str], Found]


def at_depth(
    depth: str, question: Question, quotes: Sequence[Quote], evidence: Evidence, find: Find
) -> tuple[Quote, ...]:
    """Shorten or widen the quotes chosen for a question; "normal" leaves them as they are."""
    if depth == "brief":
        return brief(question, quotes)
    if depth == "deep" and quotes:
        return deep(question, quotes, evidence, find)
    return tuple(quotes)


# ── brief ───────────────────────────────────────────────────────────────────────────────────────


def brief(question: Question, quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """Keep the sentence that leads the answer; of a comparison that of each side."""
    sides = max((len(part.sides) for part in question.parts if part.sides), default=1)
    wanted = max(sides, len(question.parts))
    prose = [quote for quote in quotes if quote.spans[0].kind not in ("code", "table")]
    prose = prose or list(quotes)
    # A definition may stand before what was asked, such as when to use a thing.
    best = sorted(prose, key=lambda quote: -quote.relevance)[:wanted]
    return tuple(lead_of(quote) for quote in prose if quote in best)


def lead_of(quote: Quote) -> Quote:
    """Cut a quote behind its first sentence; one that announces a list keeps it."""
    first = quote.spans[0]
    announces = first.text.rstrip().endswith(":")
    kept = quote.spans if announces or first.kind == "ordered" else quote.spans[:1]
    return replace(quote, spans=kept, end=kept[-1].end)


# ── deep ────────────────────────────────────────────────────────────────────────────────────────


def deep(
    question: Question, quotes: Sequence[Quote], evidence: Evidence, find: Find
) -> tuple[Quote, ...]:
    """Add the other sides of each subject, in reading order and without repeats."""
    chosen = list(quotes)
    for subject in subjects_of(question):
        wanted = frozenset(analyse(subject))
        weights = {stem: evidence.idf(stem) for stem in wanted}
        for kind, form in FACETS:
            text = form.format(subject)
            part = Part(kind, subject, text, wants_code="code" in text)
            found = find(text)
            facet = replace(question, search=text, parts=(part,))
            seen = replace(evidence, hits=found.hits, expansions=found.expansions)
            for quote in choose_quotes(facet, seen):
                if len(chosen) < MOST and is_about(quote, wanted, weights, chosen):
                    chosen.append(quote)
    return in_reading_order(chosen)


def subjects_of(question: Question) -> tuple[str, ...]:
    """Name what a question is about: its subjects, or the sides of a comparison."""
    named = [
        subject
        for part in question.parts
        for subject in (part.sides or (part.subject,))
        if subject.strip()
    ]
    return tuple(dict.fromkeys(named))[:SUBJECTS]


def is_about(
    quote: Quote, wanted: frozenset[str], weights: dict[str, float], chosen: Sequence[Quote]
) -> bool:
    """Say whether a quote speaks of the subject and says something new.

    Code counts with the headings above it, and only beside a quote of the same document.
    """
    passage = quote.hit.entry.passage
    if any(overlaps(quote, other) for other in chosen):
        return False
    if quote.spans[0].kind == "code":
        documents = {other.hit.entry.passage.doc_id for other in chosen}
        has_code = any(other.spans[0].kind == "code" for other in chosen)
        shows = any(LIKE_CODE.search(span.text) for span in quote.spans)
        if has_code or not shows or passage.doc_id not in documents:
            return False
    stems = frozenset(stems_of([quote]))
    place = frozenset(analyse(" ".join((quote.hit.entry.title, *passage.heading_path))))
    if share(wanted, stems | place, weights) < ABOUT:
        return False
    return len(stems & stems_of(chosen)) < SAID * max(1, len(stems))


def in_reading_order(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """Group quotes by document, each group in the order of its page, the leading one first."""
    lead, rest = quotes[0], list(quotes[1:])
    documents = list(dict.fromkeys(quote.hit.entry.passage.doc_id for quote in quotes))

    def place(quote: Quote) -> tuple[int, int]:
        passage = quote.hit.entry.passage
        return documents.index(passage.doc_id), passage.start + quote.start

    return (lead, *sorted(rest, key=place))
