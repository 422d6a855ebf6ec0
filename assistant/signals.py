"""What speaks for and against an answer: signals of one question in 0..1, read off the pipeline.

`judge` weighs them. Retrieval says how near the best passages are and how much of the question one
of them holds; the best lead says whether it names, defines and explains what was asked, together
with what qualifies it; the passages around it say whether the term is one of the library's or
only mentioned there; and `field` says whether the question is of the path's field at all.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.asked import Evidence
from assistant.features import Asked, Stems, plain, share
from assistant.field import Field
from assistant.leads import FULL, Lead, Reading, head_of, is_clause
from assistant.retrieve import Found
from assistant.thing import ANY_VERB
from ingest.keywords import analyse

Signals = Mapping[str, float]

NOBODY = "\0"  # a term that no passage holds
TOP = 5  # similarities in the mean
AGREES = 0.72  # share of the best lead's score that the lead of another document must have
MANY = 4  # documents that agree; more add nothing

FOUND = (
    "found", "by_meaning", "by_known", "size", "nearest", "near", "covered", "unknown", "known",
    "told", "long", "told_long", "covered_long",
)  # fmt: skip
# The weight of a term that no passage holds, in a small library and in one of whole sites: about
# 900 and 18,000 passages. Our notes alone, some 5,400, lie between.
SMALL, LARGE = 7.5, 10.5
# Features of the best lead that are signals as they are (assistant/features.py says what they are).
FEATURES = (
    "together", "name", "defines", "heading_kind", "similarity", "coverage",
)  # fmt: skip
LEAD = (
    "lead", "strict", "sources", "said", "headings", "held", "names", "front", "crowd",
    "near_lead", "undefined", "beside", "situation", "unnamed", "known_lead",
)  # fmt: skip
AGAINST = ("names", "crowd", "undefined", "beside", "unnamed")  # the less of it the better
FIELD = ("field", "elsewhere", "field_words", "other_words", "marked")
# "Why does dropout help?" is answered without the word "help".
SAID_OTHERWISE = ANY_VERB | frozenset(analyse("help matter happen need bad good useful important"))
LONG = 24  # words besides stop words, of a question that tells a whole situation
FRONT = 5  # words; what a sentence is about stands at its front
# Capitalised words that a sentence has anyway, and as many more as make it a list of names.
CAPITALS, CROWD = 3, 6
CAPITALISED = re.compile(r"\b[A-Z]\w+")
SIGNALS = (*FOUND, *FEATURES, *LEAD, *FIELD)


@dataclass(frozen=True)
class Gathered(Mapping[str, float]):
    """Signals by name; those of the field are read when one of them is asked for.

    With vectors they decide on the reason for refusing only, and most questions are answered.
    """

    known: Mapping[str, float]
    read_field: Callable[[], Mapping[str, float]]

    @cached_property
    def of_field(self) -> Mapping[str, float]:
        """The signals of the field."""
        return self.read_field()

    def __getitem__(self, name: str) -> float:
        """Give one signal."""
        return self.of_field[name] if name in FIELD else self.known[name]

    def __iter__(self) -> Iterator[str]:
        """Name all signals."""
        return iter((*self.known, *FIELD))

    def __len__(self) -> int:
        """Count all signals."""
        return len(self.known) + len(FIELD)


def signals_of(found: Found, readings: Sequence[Reading], evidence: Evidence) -> Signals:
    """Gather the signals of one question; without a lead all that a lead would say is 0."""
    parts = [of_part(reading) for reading in answering(readings)]
    means = {
        name: sum(part[name] for part in parts) / len(parts) if parts else 0.0
        for name in (*FEATURES, *LEAD)
    }
    return Gathered(of_retrieval(found, evidence.idf) | means, lambda: of_field(found))


def of_field(found: Found) -> Mapping[str, float]:
    """Say whether a question is of the path's field; nothing where no search says what that is."""
    if found.field is None:
        return dict.fromkeys(FIELD, 0.0)
    field: Field = found.field()
    return field.signals(found.words, found.vector)


def answering(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Keep the parts of a question that a lead names; all parts where none is named."""
    kept = tuple(r for r in readings if r.on_subject or any(s.leads for s in r.sides))
    return kept or tuple(readings)


def of_retrieval(found: Found, idf: Callable[[str], float]) -> dict[str, float]:
    """Say how near the passages found are, and how much of the question one of them holds.

    `nearest` and `near` are the best similarity and the mean of the best ones, `covered` the share
    of the question's terms in one passage, `unknown` that of terms which no passage holds, both
    weighed by rarity. `known` is the best likeness to a question that a passage is known to answer,
    `told` the best share of the question's words in those of one passage; where none are known,
    `by_known` is 0. `long` is how much the question tells: no passage holds all words of a whole
    situation, but half of them (`told_long`, `covered_long`) is much more than half of three words.
    `size` is 0 for a small library and 1 for one of whole sites: among more passages more are near
    by chance.
    """
    similar = sorted((max(0.0, h.similarity) for h in found.hits), reverse=True) or [0.0]
    words = [word for word in found.words if not word.stop]
    terms = [term for word in words for term in word.terms]
    total, unknown = sum(idf(t) for t in terms), frozenset(found.unknown)
    told = min(1.0, max((h.known.said for h in found.hits), default=0.0))
    covered = min(1.0, max((h.coverage for h in found.hits), default=0.0))
    long = min(1.0, len(words) / LONG)
    return {
        "found": float(bool(found.hits)),
        "by_meaning": float(found.vector is not None),
        "by_known": float(found.by_known),
        "known": min(1.0, max((h.known.nearest for h in found.hits), default=0.0)),
        "told": told,
        "long": long,
        "told_long": told * long,
        "covered_long": covered * long,
        "size": min(1.0, max(0.0, (idf(NOBODY) - SMALL) / (LARGE - SMALL))),
        "nearest": min(1.0, similar[0]),
        "near": min(1.0, sum(similar[:TOP]) / len(similar[:TOP])),
        "covered": covered,
        "unknown": sum(idf(t) for t in terms if t in unknown) / total if total else 0.0,
    }


def of_part(reading: Reading) -> dict[str, float]:
    """Say what the best lead of one part holds; a comparison counts by its sides as well."""
    whole = of_lead(reading)
    if not reading.sides:
        return whole
    sides = [of_lead(side) for side in reading.sides]
    mean = {name: sum(side[name] for side in sides) / len(sides) for name in whole}
    if not reading.on_subject:
        return mean
    better = {name: min if name in AGAINST else max for name in whole}
    return {name: better[name](value, mean[name]) for name, value in whole.items()}


def of_lead(reading: Reading) -> dict[str, float]:
    """Say what the best lead of one reading holds.

    `strict`: it is on the subject; `sources`: documents with a lead nearly as good; `said`: the
    share of the subject that it holds itself, without its headings. The head of the subject stands
    in the headings of that share of the passages (`headings`), or anywhere in them (`held`);
    `front`: the lead is about it, and does not only mention it: it stands at its front or in its
    nearest heading; `crowd`: the lead lists names. `near_lead` is the similarity of the lead's
    passage, `known_lead` that of the nearest question it is known to answer. `names`: an answer
    must say a proper name. `undefined`: asked what a thing is, it does not say so; `beside`: asked
    something else, the share of the question besides the head that it does not hold.
    """
    if not reading.leads:
        return dict.fromkeys((*FEATURES, *LEAD), 0.0)
    asked, lead = reading.asked, reading.leads[0]
    candidate, head = lead.item.candidate, head_of(reading.asked)
    rest, what = asked.words - head - SAID_OTHERWISE, asked.part.kind == "what"
    holds = candidate.stems | candidate.place
    text = plain(candidate.span.text)
    front = frozenset(analyse(" ".join(text.split()[:FRONT]))) | candidate.heading
    capitals = len(frozenset(CAPITALISED.findall(text)))
    says = max(lead.item.features["defines"], lead.item.features["heading"])
    around = [(s.hit.id, s.candidate.stems, s.candidate.place) for s in reading.ranked]
    named = {name: min(1.0, max(0.0, lead.item.features[name])) for name in FEATURES}
    return named | {
        "lead": min(1.0, max(0.0, lead.score / FULL)),
        "strict": float(reading.on_subject),
        "sources": agreeing(reading.leads) / MANY,
        "said": share(asked.subject, candidate.stems, asked.idf),
        "headings": holding(head, [(hit, place) for hit, _, place in around]),
        "held": holding(head, [(hit, stems | place) for hit, stems, place in around]),
        "names": float(bool(asked.name)),
        "front": float(bool(head) and head <= front),
        "crowd": min(1.0, max(0, capitals - CAPITALS) / CROWD),
        "near_lead": max(0.0, lead.item.hit.similarity),
        "known_lead": max(0.0, lead.item.hit.known.nearest),
        "undefined": 1.0 - min(1.0, says) if what else 0.0,
        "situation": float(is_clause(asked)),
        "unnamed": 0.0 if named["name"] else rarity(asked),
        "beside": 1.0 - share(rest, holds, asked.idf) if rest and head and not what else 0.0,
    }


def rarity(asked: Asked) -> float:
    """Say how rare the name is that was asked, 1 for one that no passage of whole sites holds."""
    ways = [max(asked.idf.get(stem, LARGE) for stem in way) for way in asked.name if way]
    return min(1.0, min(ways, default=0.0) / LARGE)


def agreeing(leads: Sequence[Lead]) -> int:
    """Count the documents with a lead nearly as good as the best one, up to MANY."""
    least = AGREES * leads[0].score
    return min(MANY, len({x.item.hit.entry.passage.doc_id for x in leads if x.score >= least}))


def holding(head: Stems, places: Sequence[tuple[str, Stems]]) -> float:
    """Give the share of passages, by id, that hold a term in one of their places."""
    held: dict[str, Stems] = {}
    for passage, stems in places:
        held[passage] = held.get(passage, frozenset()) | stems
    return sum(head <= stems for stems in held.values()) / len(held) if held and head else 0.0
