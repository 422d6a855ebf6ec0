"""How an answer can open: the spans of the hits, weighed, and what belongs to them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from assistant.asked import NAME_UP_TO, Encode, Evidence
from assistant.entry import is_question
from assistant.features import Asked, Candidate, Stems, features, plain, says, score, weight
from assistant.retrieve import Hit
from assistant.spans import Span, spans_of
from assistant.thing import Doing, doing, keeps_promise
from ingest.keywords import analyse

EMBEDDED = 20  # spans that may be compared by meaning; about 8 ms each
DESCRIBED = 1_000  # passages whose spans stay described in memory, about 12 KB each
MOST_ALIKE = 1.001  # a cosine with the error of its sum
SPAN_SENTENCES = 5
STEP_WORDS = 3
ALIKE = 0.6  # cosine from which two questions may ask for the same
LEANS = 0.4  # taken off for each sentence that has to be quoted only to understand the next
NAMED = 0.54  # share of the subject that a lead must name, unless it is this SIMILAR
SIMILAR = 0.3
UNDERSTOOD, NEARLY = ("how", "why", "when", "check"), 0.4  # a name need not be said again
NAMING = ("what", "how", "why", "when", "list")  # kinds of question that name their subject
# Half a name is another thing: the lead or its headings must hold so much of it, and say what it
# is when asked what it is.
NAME_DEFINED, NAME_HEADED = 0.3, 0.5
OPENS_WITH_NAME = 0.6
HEADED = 0.75  # so much of the heading is the subject: the name is said by what stands above
TOGETHER = 0.6  # share of a name's neighbouring words that must stand near each other
# The share of the name to hold, unless both mean so nearly the same.
NAME_OF_THING, NAME_IN_QUESTION = (0.7, 0.7), (0.6, 0.55)
# For telling how what was asked is done, or off for telling how another thing is; by hand, on
# twenty questions on how something is done that were answered badly before.
PROMISE = 1.6
# Off for standing under a question of its own: it answers that one, and is near to many by words.
ASIDE = 1.0
REPLY, REPEATS = re.compile(r"\W*(?:yes|no)\b", re.I), 0.75
LEAST = 2.6  # a lead below this answers nothing: docs/benchmarks.md, "Answers"
FULL = 9.5  # a lead of this score is as relevant as a sentence gets


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its hit and its score for one part of the question."""

    hit: Hit
    candidate: Candidate
    score: float
    features: Mapping[str, float]


# Whether a span may open an answer to a part of a kind, by what it is about.
Admits = Callable[[Scored, Asked, str], bool]


@dataclass(frozen=True, slots=True)
class Lead:
    """How an answer can open: spans that end with the best one, and their score together."""

    item: Scored
    spans: tuple[Span, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read for one part of a question: its spans and its leads, both best first.

    Leads that are not `on_subject` are the best there are where none names what was asked;
    whether they may answer is for `judge` to say. `sides` are those of a comparison.
    """

    asked: Asked
    ranked: tuple[Scored, ...]
    leads: tuple[Lead, ...]
    on_subject: bool
    sides: "tuple[Reading, ...]" = ()


def rank_spans(
    asked: Asked, hits: Sequence[Hit], evidence: Evidence, embedded: int = EMBEDDED
) -> list[Scored]:
    """Score every span of the hits for one part of the question, best first.

    Of the best `embedded` of a rough ranking those that can open an answer are compared by meaning.
    """
    rough = rough_spans(asked, hits)
    if evidence.encode is None:
        return rough
    finer = [s for s in rough if s.candidate.span.kind not in ("code", "table")][:embedded]
    # The sides of a comparison read its spans again, each by its own rules.
    open_one = finer if asked.part.sides else openings(finer, rough, asked)
    return by_meaning(open_one, rough, asked, evidence.encode)


def rough_spans(asked: Asked, hits: Sequence[Hit]) -> list[Scored]:
    """Score every span of the hits by its words alone, best first."""
    candidates = name_nearby([pair for hit in hits for pair in candidates_of(hit)], asked)
    rough = [scored(hit, c, asked) for hit, c in candidates]
    return sorted(rough, key=lambda s: -s.score)


def openings(finer: Sequence[Scored], rough: Sequence[Scored], asked: Asked) -> list[Scored]:
    """Keep the spans that can open an answer if they mean just what was asked.

    The likeness of the others changes nothing: a lead is never made of them. It is the most costly
    thing to know of a span, and more than half are spared it.
    """
    alike = {id(s): with_likeness(s, MOST_ALIKE, asked) for s in finer}
    whole_list = [alike.get(id(s), s) for s in rough]
    kind = asked.part.kind
    leads = (lead for way in ways_in(asked) for lead in leads_of(whole_list, asked, kind, way))
    can_open = {id(lead.item) for lead in leads}
    return [s for s in finer if id(alike[id(s)]) in can_open]


def by_meaning(
    chosen: Sequence[Scored], rough: Sequence[Scored], asked: Asked, encode: Encode
) -> list[Scored]:
    """Add to some spans their likeness to the question, and rank all anew."""
    if not chosen:
        return list(rough)
    vectors = encode([asked.part.text, *(in_context(s) for s in chosen)])
    similarities = vectors[1:] @ vectors[0]
    known = {
        id(s): with_likeness(s, float(alike), asked)
        for s, alike in zip(chosen, similarities, strict=True)
    }
    rest = (s for s in rough if id(s) not in known)
    return sorted((*known.values(), *rest), key=lambda s: -s.score)


def with_likeness(item: Scored, similarity: float, asked: Asked) -> Scored:
    """Score a span again with its likeness to the question, a cosine."""
    named = {**item.features, "similarity": max(0.0, similarity)}
    candidate = replace(item.candidate, similarity=similarity)
    return Scored(item.hit, candidate, score(named, asked.part.kind), named)


def name_nearby(
    candidates: Sequence[tuple[Hit, Candidate]], asked: Asked
) -> list[tuple[Hit, Candidate]]:
    """Note of which documents anything found says the name that was asked."""
    if not asked.name:
        return list(candidates)
    saying = {h.entry.passage.doc_id for h, c in candidates if says(asked.name, c.texts)}
    return [
        (hit, replace(candidate, name_near=hit.entry.passage.doc_id in saying))
        for hit, candidate in candidates
    ]


def in_context(item: Scored) -> str:
    """Give a span's words together with its nearest heading, which often names its subject."""
    path = item.hit.entry.passage.heading_path
    heading = path[-1] if path else item.hit.entry.title
    return f"{heading}: {plain(item.candidate.span.text)}"


def candidates_of(hit: Hit) -> list[tuple[Hit, Candidate]]:
    """Describe every span of a hit."""
    entry = hit.entry
    described = described_spans(
        entry.title, entry.passage.heading_path, entry.passage.text, entry.kind
    )
    return [(hit, replace(candidate, passage_score=hit.score)) for candidate in described]


@lru_cache(maxsize=DESCRIBED)
def described_spans(
    title: str, heading_path: tuple[str, ...], text: str, kind: str
) -> tuple[Candidate, ...]:
    """Describe every span of a passage, whatever is asked."""
    path = heading_path or (title,)
    heading = frozenset(analyse(path[-1]))
    place = frozenset(analyse(" ".join((title, *heading_path))))
    headings = tuple(tuple(analyse(above)) for above in (title, *heading_path))
    found = []
    spans = spans_of(text)
    for before, span, following in zip((None, *spans), spans, (*spans[1:], None), strict=False):
        stems = tuple(analyse(span.text))
        opens_steps = span.kind == "prose" and following is not None and is_step(following)
        rest = sum(s.block == span.block for s in spans[span.position + 1 :])
        found.append(
            Candidate(
                span,
                frozenset(stems),
                path[-1],
                heading,
                place,
                0.0,
                0.0,
                kind,
                (stems, *headings),
                opens_steps,
                following=rest,
                later_step=before is not None and before.kind == span.kind == "ordered",
            )
        )
    return tuple(found)


def is_step(span: Span) -> bool:
    """Say whether a span is a step in words, and not only the name of one."""
    return span.kind == "ordered" and len(span.text.split()) >= STEP_WORDS


def scored(hit: Hit, candidate: Candidate, asked: Asked) -> Scored:
    """Score one candidate."""
    named = features(candidate, asked)
    return Scored(hit, candidate, score(named, asked.part.kind), named)


def leads_of(
    ranked: Sequence[Scored], asked: Asked, kind: str, admits: Admits | None = None
) -> list[Lead]:
    """Find the ways to open an answer, best first: what is on the subject, unless told else.

    A sentence that leans on the one before it ("This is called ...") opens together with it.
    """
    places = {(s.hit.id, s.candidate.span.position): s for s in ranked}
    leads, wanted, admits = [], doing(asked.part), admits or on_subject
    for item in ranked:
        known = opens_answer(item)
        if not known and not (admits(item, asked, kind) and fits(item, kind)):
            continue
        spans = [item.candidate.span]
        score = item.score + promise(item, wanted) - ASIDE * is_question(item.hit)
        first = item
        while not stands_alone(first) and len(spans) < SPAN_SENTENCES:
            before = places.get((item.hit.id, spans[0].position - 1))
            if before is None or before.candidate.span.block != spans[0].block:
                break
            # It opens well now, but says less to the point than a sentence that needs no other.
            score += -weight("dangling", kind) * first.features["dangling"] - LEANS
            spans.insert(0, before.candidate.span)
            first = before
        if known or (stands_alone(first) and score >= LEAST):
            leads.append(Lead(item, tuple(spans), score))
    return sorted(leads, key=lambda lead: -lead.score)


def opens_answer(item: Scored) -> bool:
    """Say whether a span is the first of a passage that is known to answer such a question."""
    span = item.candidate.span
    return span.position == 0 and span.kind == "prose" and item.hit.known.nearest >= ALIKE


def promise(item: Scored, asked: Doing) -> float:
    """Weigh whether a span tells how the very thing asked is done, as far as it is about it."""
    one, text = item.candidate, plain(item.candidate.span.text)
    kept = keeps_promise(asked, one.title, one.heading, text, one.stems)
    return PROMISE * kept * (item.features["subject"] if kept > 0 else 1.0)


def holds_term(item: Scored, asked: Asked, kind: str) -> bool:
    """Say whether a span or its headings hold all of the term asked about, its words together."""
    named, head = item.features, head_of(asked)
    return not head or (named["about"] >= 0.99 and named["together"] >= TOGETHER)


def fits(item: Scored, kind: str) -> bool:
    """Say whether a span has the form of an answer's point, whatever it is about."""
    named, span = item.features, item.candidate.span
    if span.kind in ("code", "table") or named["about_text"] or named["question"]:
        return False
    if item.candidate.later_step:
        return False
    listed = span.kind in ("item", "ordered") and kind in ("what", "why", "compare", "check")
    if listed and max(named["heading"], named["defines"]) < 0.5:
        return False
    return named["length"] < 0.5 and named["untidy"] < 0.8


def is_clause(asked: Asked) -> bool:
    """Say whether a part tells a situation or a wish, and not only a term."""
    return not asked.part.subject or len(asked.subject) > NAME_UP_TO


def says_name(item: Scored, asked: Asked, kind: str) -> bool:
    """Say whether a span says the name that was asked, or plainly speaks of what has it.

    A text on Docker need not say "Docker" in its section on the size of images.
    """
    named = item.features
    if named["name"] == 1:
        return True
    near = kind in UNDERSTOOD and named["similarity"] >= NEARLY
    return item.candidate.name_near and (near or named["heading"] >= HEADED)


def ways_in(asked: Asked) -> tuple[Admits, ...]:
    """Give the conditions on what a lead is about, the strictest first; the next is for none left.

    The words of a situation are seldom those of the passage that helps, and its names may be beside
    the point. What a thing is, is only told where it is named.
    """
    if is_clause(asked):
        return (anything,)
    named = (on_subject, holds_term)
    return named if asked.part.kind == "what" else (*named, says_name)


def anything(item: Scored, asked: Asked, kind: str) -> bool:
    """Admit any span."""
    return True


def on_subject(item: Scored, asked: Asked, kind: str) -> bool:
    """Say whether a span speaks of what was asked, and not of something with a like name."""
    named = item.features
    if not says_name(item, asked, kind):
        return False
    if is_clause(asked) or kind not in NAMING:
        # A clause as a subject ("why scale my inputs before ...") is seldom repeated word by word.
        return named["subject"] >= NAMED or named["similarity"] >= SIMILAR
    held, similar = NAME_OF_THING if kind == "what" else NAME_IN_QUESTION
    if named["similarity"] >= similar:
        return True
    if kind == "what" and named["together"] < TOGETHER:
        return False
    says_what = named["defines"] >= NAME_DEFINED or named["heading"] >= NAME_HEADED
    return named["about"] >= held and (says_what or kind != "what")


def head_of(asked: Asked) -> Stems:
    """Give the stems that name a term: its proper name, else its rarest stem; none for a clause."""
    for way in asked.name:
        if set(way) <= asked.words:
            return frozenset(way)
    if not asked.part.subject or len(asked.subject) > NAME_UP_TO:
        return frozenset()
    return frozenset(sorted(asked.subject, key=lambda s: (-asked.idf.get(s, 1.0), s))[:1])


def stands_alone(item: Scored) -> bool:
    """Say whether a span can open an answer without the one before it."""
    named, text = item.features, item.candidate.span.text
    if REPLY.match(text) and named["similarity"] >= REPEATS:
        return True  # "No: …" repeats the claim that was asked about
    # "t-SNE places …" opens with a small letter because its subject does.
    cut = text[0].islower() and named["defines"] < OPENS_WITH_NAME
    bad = named["dangling"] or named["about_text"] or named["question"] or cut
    return not bad and named["untidy"] < 0.8 and text[0] not in '([,;:"“'
