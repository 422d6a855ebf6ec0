"""What speaks for and against an answer: signals of one question in 0..1, read off the pipeline.

`judge` weighs them. Retrieval says how near the best passages are and how much of the question one
of them holds; the best lead says whether it names, defines and explains what was asked, together
with what qualifies it; and the passages around it say whether the term is one of the library's or
only mentioned there.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from assistant.asked import Evidence
from assistant.features import Stems, plain, share
from assistant.leads import FULL, Lead, Reading, head_of
from assistant.retrieve import Found
from ingest.keywords import analyse

Signals = Mapping[str, float]

NOBODY = "\0"  # a term that no passage holds
TOP = 5  # similarities in the mean
AGREES = 0.72  # share of the best lead's score that the lead of another document must have
MANY = 4  # documents that agree; more add nothing
# Verbs by which a sentence of such pages says something; without one it is a title or a list.
SAID = (
    r"act|add|allow|answer|apply|assign|avoid|begin|belong|bring|call|cause|choose|"
    r"combine|come|compare|compute|connect|contain|convert|cost|count|create|depend|"
    r"describe|divide|draw|drop|estimate|execute|find|fit|follow|get|give|go|grow|"
    r"handle|help|hold|improve|include|join|keep|know|learn|let|make|map|match|"
    r"mean|measure|merge|move|need|offer|open|order|perform|pick|predict|prefer|"
    r"prevent|produce|propose|protect|put|rank|read|reduce|refer|remove|replace|"
    r"represent|request|return|run|save|say|scale|score|search|see|send|serve|set|"
    r"show|sort|speak|speed|split|stand|start|stop|store|sum|support|take|tell|"
    r"test|train|try|turn|use|wait|want|weigh|work|write"
)
VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|does|do|did|can|cannot|could|may|might|must|should|will"
    r"|would|goes|tries|applies|\w+(?:ed|ises|izes|ates|ifies)|(?:" + SAID + r")(?:s|es)?)\b",
    re.I,
)

FOUND = ("found", "by_meaning", "size", "nearest", "near", "covered", "unknown")
# The weight of a term that no passage holds, in a library of our notes and in one of whole sites:
# about 900 and 18,000 passages.
SMALL, LARGE = 7.5, 10.5
# Features of the best lead that are signals as they are (assistant/features.py says what they are).
FEATURES = (
    "together", "name", "defines", "heading_kind", "similarity", "coverage", "explains",
)  # fmt: skip
LEAD = (
    "lead", "strict", "verb", "sources", "said", "headings", "held", "names", "passing",
    "undefined", "beside", "clause",
)  # fmt: skip
AGAINST = ("names", "passing", "undefined", "beside")  # the less of it the better
FRONT = 8  # words; what a sentence is about stands at its front
SIGNALS = (*FOUND, *FEATURES, *LEAD)


def signals_of(found: Found, readings: Sequence[Reading], evidence: Evidence) -> Signals:
    """Gather the signals of one question; without a lead all that a lead would say is 0."""
    parts = [of_part(reading) for reading in answering(readings)]
    means = {
        name: sum(part[name] for part in parts) / len(parts) if parts else 0.0
        for name in (*FEATURES, *LEAD)
    }
    return MappingProxyType(of_retrieval(found, evidence.idf) | means)


def answering(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Keep the parts of a question that a lead names; all parts where none is named."""
    kept = tuple(r for r in readings if r.on_subject or any(s.leads for s in r.sides))
    return kept or tuple(readings)


def of_retrieval(found: Found, idf: Callable[[str], float]) -> dict[str, float]:
    """Say how near the passages found are, and how much of the question one of them holds.

    `nearest` and `near` are the best similarity and the mean of the best ones, `covered` the share
    of the question's terms in one passage, `unknown` that of terms which no passage holds, both
    weighed by rarity. `size` is 0 for a library of our notes and 1 for one of whole sites: among
    more passages more are near by chance.
    """
    similar = sorted((max(0.0, h.similarity) for h in found.hits), reverse=True) or [0.0]
    terms = [term for word in found.words if not word.stop for term in word.terms]
    total, unknown = sum(idf(t) for t in terms), frozenset(found.unknown)
    return {
        "found": float(bool(found.hits)),
        "by_meaning": float(found.vector is not None),
        "size": min(1.0, max(0.0, (idf(NOBODY) - SMALL) / (LARGE - SMALL))),
        "nearest": min(1.0, similar[0]),
        "near": min(1.0, sum(similar[:TOP]) / len(similar[:TOP])),
        "covered": min(1.0, max((h.coverage for h in found.hits), default=0.0)),
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
    `passing`: it stands in the lead, but neither at its front nor in its headings. `names`: an
    answer must say a proper name. `undefined`: asked what a thing is, it does not say so; `beside`:
    asked something else, the share of the question besides the head that it does not hold;
    `clause`: the subject is no term, so nothing is its head.
    """
    if not reading.leads:
        return dict.fromkeys((*FEATURES, *LEAD), 0.0)
    asked, lead = reading.asked, reading.leads[0]
    candidate, head = lead.item.candidate, head_of(reading.asked)
    rest, what = asked.words - head, asked.part.kind == "what"
    holds = candidate.stems | candidate.place
    front = frozenset(analyse(" ".join(plain(candidate.span.text).split()[:FRONT])))
    says = max(lead.item.features["defines"], lead.item.features["heading"])
    around = [(s.hit.id, s.candidate.stems, s.candidate.place) for s in reading.ranked]
    named = {name: min(1.0, max(0.0, lead.item.features[name])) for name in FEATURES}
    return named | {
        "lead": min(1.0, max(0.0, lead.score / FULL)),
        "strict": float(reading.on_subject),
        "verb": float(bool(VERB.search(plain(candidate.span.text)))),
        "sources": agreeing(reading.leads) / MANY,
        "said": share(asked.subject, candidate.stems, asked.idf),
        "headings": holding(head, [(hit, place) for hit, _, place in around]),
        "held": holding(head, [(hit, stems | place) for hit, stems, place in around]),
        "names": float(bool(asked.name)),
        "passing": float(head <= holds and not head <= front | candidate.place),
        "clause": float(not head),
        "undefined": 1.0 - min(1.0, says) if what else 0.0,
        "beside": 1.0 - share(rest, holds, asked.idf) if rest and head and not what else 0.0,
    }


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
