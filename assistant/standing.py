"""Where a learner stands: what is done, begun or known, read off the record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from assistant.learner import Asked, Attempt, Event, Known, Practised, Reviewed, Studied
from assistant.mastery import WEAK


@dataclass(frozen=True, slots=True)
class Standing:
    """What the record says so far; keys are ids of sections and resources, and keys of exercises.

    `exercises` are (section id, words). `spent` are minutes on what is begun and not done, `taken`
    those that done things took, where they were told; `minutes` are all that were told, by section.
    `read` is when each thing was last done. `latest` is the section last studied, empty for none.
    `answered` is the newest share right of each quiz item; `passed` is, by section, the largest
    number of its items answered while WEAK of them or more were right; `first` is the time of the
    first deed, questions asked in chat left out.
    """

    done: frozenset[str]
    known: frozenset[str]
    begun: frozenset[str]
    exercises: frozenset[tuple[str, str]]
    spent: Mapping[str, float]
    taken: Mapping[str, float]
    minutes: Mapping[str, float]
    read: Mapping[str, datetime]
    latest: str
    answered: Mapping[str, float]
    passed: Mapping[str, int]
    first: datetime | None

    def finished(self, section_id: str) -> bool:
        """Say whether a section was marked done or known."""
        return section_id in self.done or section_id in self.known


@dataclass(slots=True)
class Reading:
    """The record while it is read; `standing` says what it says so far."""

    done: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)
    exercises: set[tuple[str, str]] = field(default_factory=set)
    spent: dict[str, float] = field(default_factory=dict)
    taken: dict[str, float] = field(default_factory=dict)
    minutes: dict[str, float] = field(default_factory=dict)
    read: dict[str, datetime] = field(default_factory=dict)
    latest: str = ""
    answered: dict[str, float] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=dict)
    shares: dict[str, dict[str, float]] = field(default_factory=dict)  # answered, by section
    of: dict[str, str] = field(default_factory=dict)  # the section of each thing touched
    first: datetime | None = None

    def take(self, event: Event) -> None:
        """Read one more event."""
        if not isinstance(event.deed, Asked):
            self.first = self.first or event.at
        match event.deed:
            case Studied() as deed:
                self.studied(deed, event.at)
            case Practised(section_id=section_id, exercise=exercise, minutes=minutes):
                self.exercises.add((section_id, exercise))
                self.studied(
                    Studied(section_id, f"{section_id}#{exercise}", "done", minutes), event.at
                )
            case Known(section_id=section_id, known=True):
                self.known.add(section_id)
            case Known(section_id=section_id):
                self.known.discard(section_id)
            case Attempt(item_id=item_id, share=share, seconds=seconds):
                self.answer(item_id, share)
                self.add_minutes(item_id.partition("/")[0], (seconds or 0.0) / 60)
            case Reviewed(item_id=item_id, seconds=seconds):
                self.add_minutes(item_id.partition("/")[0], (seconds or 0.0) / 60)

    def standing(self) -> Standing:
        """Say what the record says so far."""
        return Standing(
            done=frozenset(self.done),
            known=frozenset(self.known),
            begun=frozenset(self.begun),
            exercises=frozenset(self.exercises),
            spent=dict(self.spent),
            taken=dict(self.taken),
            minutes=dict(self.minutes),
            read=dict(self.read),
            latest=self.latest,
            answered=dict(self.answered),
            passed=dict(self.passed),
            first=self.first,
        )

    def studied(self, deed: Studied, at: datetime) -> None:
        """Note what was started, done or reopened."""
        key = deed.resource_id or deed.section_id
        self.of[key] = deed.section_id
        self.add_minutes(deed.section_id, deed.minutes)
        if deed.state == "reopened":
            self.reopen(key, deed.section_id)
            return
        self.latest = deed.section_id
        self.begun.add(key)
        if deed.minutes:
            self.spent[key] = self.spent.get(key, 0.0) + deed.minutes
        if deed.state == "done":
            self.done.add(key)
            self.begun.discard(key)
            self.read[key] = at
            if minutes := self.spent.pop(key, 0.0):
                self.taken[key] = minutes

    def reopen(self, key: str, section_id: str) -> None:
        """Take a thing as not done; a section with all that belongs to it."""
        again = {key, section_id}
        if key == section_id:
            again |= {k for k, section in self.of.items() if section == section_id}
            self.exercises = {e for e in self.exercises if e[0] != section_id}
            self.known.discard(section_id)
            self.passed.pop(section_id, None)
            for item_id in self.shares.pop(section_id, {}):
                del self.answered[item_id]
        else:
            self.exercises.discard((section_id, key.partition("#")[2]))
        self.done -= again
        self.begun -= again
        for one in again:
            self.spent.pop(one, None)

    def answer(self, item_id: str, share: float) -> None:
        """Note an answer, and whether the section's answers so far are good enough."""
        self.answered[item_id] = share
        section_id = item_id.partition("/")[0]
        self.shares.setdefault(section_id, {})[item_id] = share
        shares = self.shares[section_id].values()
        if sum(shares) >= WEAK * len(shares):
            self.passed[section_id] = max(len(shares), self.passed.get(section_id, 0))

    def add_minutes(self, section_id: str, minutes: float | None) -> None:
        """Note time spent on a section."""
        self.minutes[section_id] = self.minutes.get(section_id, 0.0) + (minutes or 0.0)


def standing(events: Iterable[Event]) -> Standing:
    """Read the record from its beginning."""
    so_far = Reading()
    for event in events:
        so_far.take(event)
    return so_far.standing()
