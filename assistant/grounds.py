"""What the mastery of one section rests on: every answer, review and exercise, topic by topic."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assistant.learner import Attempt, Event, Known, Practised, Reviewed
from assistant.mastery import RATED, Mastery, evidence_of, kept, trace_of
from assistant.prerequisites import Place
from assistant.quiz import Item, subjects
from ingest.curriculum import Curriculum, Section


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation: `kind` is answer, review, exercise or known; `share` how right, 0..1."""

    at: datetime
    kind: str
    words: str
    share: float


@dataclass(frozen=True, slots=True)
class TopicGrounds:
    """A topic with its mastery; `holds` is the share of what was learnt of it that still counts.

    It is 0 for a topic of which nothing was observed.
    """

    topic: str
    mastery: Mastery
    holds: float


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a section's mastery is worked out from; `seen` is newest first."""

    mastery: Mastery
    topics: tuple[TopicGrounds, ...]
    seen: tuple[Seen, ...]

    def counted(self, kind: str) -> tuple[Seen, ...]:
        """Give the observations of one kind."""
        return tuple(one for one in self.seen if one.kind == kind)


def grounds_of(
    section: Section,
    events: Sequence[Event],
    curriculum: Curriculum,
    items: Mapping[str, Item],
    known: Mapping[Place, Mastery],
    now: datetime,
) -> Grounds:
    """Say what the mastery of a section rests on; `known` are all masteries of the same record."""
    own = [event for event in events if section_of(event, items) == section.id]
    evidence = evidence_of(own, curriculum, items)
    topics = []
    for words in subjects(section):
        place = Place(section.id, words)
        trace = trace_of(evidence.get(place, ()))
        holds = kept(trace.last, now, trace.successes) if trace.last else 0.0
        topics.append(TopicGrounds(words, known[place], holds))
    return Grounds(known[Place(section.id)], tuple(topics), tuple(seen_in(own, items))[::-1])


def section_of(event: Event, items: Mapping[str, Item]) -> str:
    """Name the section that a deed tells something of; empty for none."""
    match event.deed:
        case Attempt(item_id=item_id) | Reviewed(item_id=item_id):
            return items[item_id].section_id if item_id in items else ""
        case Practised(section_id=section_id) | Known(section_id=section_id):
            return section_id
    return ""


def seen_in(events: Iterable[Event], items: Mapping[str, Item]) -> list[Seen]:
    """List what was observed, oldest first; "known" counts only while it is not taken back."""
    seen: list[Seen] = []
    for event in events:
        match event.deed:
            case Attempt(item_id=item_id, share=share):
                seen.append(Seen(event.at, "answer", items[item_id].question, share))
            case Reviewed(item_id=item_id, rating=rating):
                seen.append(Seen(event.at, "review", items[item_id].question, RATED[rating]))
            case Practised(exercise=exercise):
                seen.append(Seen(event.at, "exercise", exercise, 1.0))
            case Known(known=known):
                seen = [one for one in seen if one.kind != "known"]
                if known:
                    seen.append(Seen(event.at, "known", "", 1.0))
    return seen
