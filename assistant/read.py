"""A question read part by part: each is searched, read and judged by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from assistant.asked import Evidence
from assistant.extractive import headed, read_hits
from assistant.judge import Judgement, judge
from assistant.leads import Reading
from assistant.question import Question
from assistant.rank import cap_sources, distinct
from assistant.retrieve import Found, Hit
from assistant.search import Searcher
from assistant.signals import Signals, signals_of

CONSIDERED = 30  # hits that are read for an answer, before the cap on sources
# An answer may come from one document; the cap only keeps others in view of the answerer.
PER_SOURCE_READ = 7


@dataclass(frozen=True, slots=True)
class Read:
    """One part of a question: what was found for it and read of it, and whether that answers."""

    question: Question
    found: Found
    readings: tuple[Reading, ...]
    signals: Signals
    judgement: Judgement


def look(searcher: Searcher, question: Question, section_ids: Sequence[str] = ()) -> Found:
    """Find what is read for an answer, from the whole library or from some sections.

    What stands under a heading that is just the subject is kept from however deep it was found.
    """
    found = searcher.find_answers(question.search, CONSIDERED, section_ids)
    hits = tuple(distinct(found.hits))
    best = cap_sources(hits, CONSIDERED, PER_SOURCE_READ)
    taken = {hit.id for hit in best}
    deeper = headed((hit for hit in hits if hit.id not in taken), question)
    return replace(found, hits=(*best, *deeper))


def evidence_of(searcher: Searcher, found: Found) -> Evidence:
    """Give what the extractive engine reads of what was found."""
    return Evidence(
        found.hits, searcher.idf, searcher.encode, found.expansions, searcher.is_strange
    )


def read_each(
    searcher: Searcher, question: Question, found: Found, section_ids: Sequence[str] = ()
) -> tuple[Read, ...]:
    """Read each part of a question; `found` is what was found for all of it.

    Of two things asked at once the search for both finds neither well, and a later part does not
    always say what it is about: each is read in what was found for it and for the whole.
    """
    if len(question.parts) == 1:
        return (read_one(question, found, evidence_of(searcher, found)),)
    read = []
    for part in question.parts:
        one = replace(question, search=part.text, parts=(part,))
        own = look(searcher, one, section_ids)
        both = replace(own, hits=in_turns([own.hits, found.hits]))
        read.append(read_one(one, both, evidence_of(searcher, both)))
    return tuple(read)


def in_turns(lists: Sequence[Sequence[Hit]]) -> tuple[Hit, ...]:
    """Merge several lists of hits, the best of each first, each passage once."""
    turns = (hit for turn in zip_longest(*lists) for hit in turn if hit is not None)
    merged: dict[str, Hit] = {}
    for hit in turns:
        merged.setdefault(hit.id, hit)
    return tuple(merged.values())


def read_one(question: Question, found: Found, evidence: Evidence) -> Read:
    """Read what was found for a question, and judge whether it answers."""
    readings = read_hits(question, evidence)
    signals = signals_of(found, readings, evidence)
    return Read(question, found, readings, signals, judge(signals))
