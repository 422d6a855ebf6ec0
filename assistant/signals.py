"""What speaks for and against an answer: signals of one question in 0..1, read off the pipeline.

`judge` weighs them. They come in three kinds: what retrieval says (how near the best passages are,
how much of the question one of them holds), what the best lead says (does it name, define and
explain what was asked, with what qualifies it), and what others say (documents that agree, words
and names that the library does not know).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from assistant.asked import Evidence
from assistant.features import Asked, Stems, plain, says, share
from assistant.leads import FULL, Lead, Reading
from assistant.retrieve import Found
from ingest.keywords import analyse

Signals = Mapping[str, float]

TOP = 5  # similarities in the mean
AGREES = 0.72  # share of the best lead's score that another document's lead must have
MANY = 4  # documents that agree; more add nothing
OURS = ("note", "path")
VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|does|do|did|can|cannot|could|may|might|must|should|will"
    r"|would|need|means?|\w+(?:ed|ises?|izes?|ates?|ifies|ects|ains?|ends?|urns?)"
    r"|us(?:e|es|ing)|mak(?:e|es)|tak(?:e|es)|giv(?:e|es)|let(?:s)?|get(?:s)?|set(?:s)?|put(?:s)?"
    r"|find(?:s)?|keep(?:s)?|show(?:s)?|work(?:s)?|learn(?:s)?|allow(?:s)?|help(?:s)?|run(?:s)?"
    r"|add(?:s)?|read(?:s)?|store(?:s)?|compare(?:s)?|measure(?:s)?|maps?|counts?|becomes?"
    r"|holds?|costs?|says?|tells?|knows?|sees?|goes|go|split(?:s)?|train(?:s)?|fits?)\b",
    re.I,
)


def signals_of(found: Found, readings: Sequence[Reading], evidence: Evidence) -> Signals:
    """Gather the signals of one question; a question without a lead has zeros for what it says."""
    named = {**of_retrieval(found, evidence.idf)}
    parts = [of_part(reading, evidence) for reading in answering(readings)]
    for name in PART_SIGNALS:
        values = [part[name] for part in parts]
        named[name] = sum(values) / len(values) if values else 0.0
    return MappingProxyType(named)


def answering(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Keep the parts with a lead that names what was asked; all parts where none has one."""
    kept = tuple(r for r in readings if r.on_subject or any(s.leads for s in r.sides))
    return kept or tuple(readings)


def of_retrieval(found: Found, idf: Callable[[str], float]) -> dict[str, float]:
    """Say how near the passages found are, and how much of the question one of them holds."""
    near = sorted((h.similarity for h in found.hits), reverse=True) or [0.0]
    ours = [h.similarity for h in found.hits if h.entry.kind in OURS]
    terms = [term for word in found.words if not word.stop for term in word.terms]
    total = sum(idf(t) for t in terms)
    unknown = frozenset(found.unknown)
    return {
        "found": float(bool(found.hits)),
        "by_meaning": float(found.vector is not None),
        "nearest": near[0],
        "near": sum(near[:TOP]) / len(near[:TOP]),
        "ours": max(ours, default=0.0),
        "covered": max((h.coverage for h in found.hits), default=0.0),
        "unknown": sum(idf(t) for t in terms if t in unknown) / total if total else 1.0,
    }


LEAD_FEATURES = (
    "subject", "about", "together", "name", "defines", "heading", "heading_kind", "similarity",
    "coverage", "explains", "passage", "opens_section", "note", "untidy", "length",
)  # fmt: skip
OWN_SIGNALS = ("lead", "strict", "verb", "sources", "rest", "rest_similarity", "rest_any", "said",
               "headed", "names", "what", "best_defines", "subject_words", "held", "headings", "rare", "bare_similarity")
PART_SIGNALS = (*LEAD_FEATURES, *OWN_SIGNALS)


def of_part(reading: Reading, evidence: Evidence) -> dict[str, float]:
    """Say what the best lead of one part of a question holds; a comparison is read by its sides."""
    whole = of_lead(reading, evidence)
    if not reading.sides:
        return whole
    sides = [of_lead(side, evidence) for side in reading.sides]
    mean = {n: sum(side[n] for side in sides) / len(sides) for n in PART_SIGNALS}
    if not reading.on_subject:
        return mean
    return {n: max(whole[n], mean[n]) for n in PART_SIGNALS}


def of_lead(reading: Reading, evidence: Evidence) -> dict[str, float]:
    """Say what the best lead of one reading holds."""
    if not reading.leads:
        return dict.fromkeys(PART_SIGNALS, 0.0)
    asked, lead = reading.asked, reading.leads[0]
    item, text = lead.item, plain(lead.item.candidate.span.text)
    stems = item.candidate.stems | item.candidate.place
    rest = asked.words - head_of(asked)
    named = {name: item.features[name] for name in LEAD_FEATURES}
    places = [s.candidate.heading for s in reading.ranked]
    head = head_of(asked)
    named |= {
        "lead": min(1.0, lead.score / FULL),
        "strict": float(reading.on_subject),
        "verb": float(bool(VERB.search(text))),
        "sources": agreeing(reading.leads) / MANY,
        "rest": share(rest, stems, asked.idf) if rest else 1.0,
        "rest_any": float(bool(rest)),
        "rest_similarity": rest_similarity(asked, text, evidence),
        "bare_similarity": bare_similarity(asked, text, evidence),
        "said": share(asked.subject, item.candidate.stems, asked.idf),
        "headed": float(any(head and head <= place for place in places)),
        "names": float(bool(asked.name)),
        "what": float(asked.part.kind == "what"),
        "best_defines": max(s.features["defines"] for s in reading.ranked),
        "subject_words": min(1.0, len(asked.subject) / 8),
        "held": held_by(head, reading, headings=False),
        "headings": held_by(head, reading, headings=True),
        "rare": min(1.0, max((asked.idf.get(t, 1.0) for t in head), default=0.0) / 10),
    }
    return named


def head_of(asked: Asked) -> Stems:
    """Give the stems that name the subject: its proper name, else its rarest stem."""
    for way in asked.name:
        if set(way) <= asked.words:
            return frozenset(way)
    return frozenset((max(asked.subject, key=lambda s: asked.idf.get(s, 1.0)),)) if asked.subject else frozenset()


def agreeing(leads: Sequence[Lead]) -> int:
    """Count the documents with a lead nearly as good as the best one, up to MANY."""
    least = AGREES * leads[0].score
    return min(MANY, len({x.item.hit.entry.passage.doc_id for x in leads if x.score >= least}))


def held_by(head: Stems, reading: Reading, *, headings: bool) -> float:
    """Give the share of the passages read that hold a term, in their text or in their headings."""
    stems: dict[str, Stems] = {}
    for item in reading.ranked:
        place = item.candidate.place if headings else item.candidate.stems | item.candidate.place
        stems[item.hit.id] = stems.get(item.hit.id, frozenset()) | place
    return sum(head <= held for held in stems.values()) / len(stems) if stems and head else 0.0


def without(text: str, head: Stems) -> str:
    return " ".join(w for w in text.split() if not (set(analyse(w)) & head))


def rest_similarity(asked: Asked, text: str, evidence: Evidence) -> float:
    if evidence.encode is None:
        return 0.0
    head = head_of(asked)
    one, other = evidence.encode([without(asked.part.text, head), without(text, head)])
    return max(0.0, float(one @ other))


def bare_similarity(asked: Asked, text: str, evidence: Evidence) -> float:
    if evidence.encode is None:
        return 0.0
    one, other = evidence.encode([asked.part.text, text])
    return max(0.0, float(one @ other))
