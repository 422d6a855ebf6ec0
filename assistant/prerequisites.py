"""What a section or a topic builds on: a directed acyclic graph over the path, with reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import corpus
from ingest.curriculum import Curriculum
from ingest.errors import InputError

WHOLE = ""  # in place of a topic: the section as a whole


@dataclass(frozen=True, slots=True)
class Place:
    """A topic of a section as the path words it, or the whole section (`topic` is empty)."""

    section_id: str
    topic: str = WHOLE

    def __str__(self) -> str:
        return f"{self.section_id}: {self.topic}" if self.topic else self.section_id


@dataclass(frozen=True, slots=True)
class Need:
    """One edge: the place to know first, and why in one line."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Prerequisites:
    """The edges from each place to the places it builds on, in the order of the file."""

    needs: Mapping[Place, tuple[Need, ...]]

    def of(self, section_id: str, topic: str = WHOLE) -> tuple[Need, ...]:
        """Give what a section, or one of its topics, builds on directly."""
        return self.needs.get(Place(section_id, topic), ())

    def needed_for(self, section_id: str) -> tuple[str, ...]:
        """Give the sections that build on a whole section directly."""
        wanted = Place(section_id)
        return tuple(
            place.section_id
            for place, needs in self.needs.items()
            if not place.topic and any(need.place == wanted for need in needs)
        )

    def order(self) -> tuple[Place, ...]:
        """Put all places in an order in which each comes after what it builds on.

        Raises InputError that names the places of a cycle.
        """
        graph = {place: [need.place for need in needs] for place, needs in self.needs.items()}
        try:
            return tuple(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle = " -> ".join(str(place) for place in error.args[1])
            raise InputError(f"these build on each other in a circle: {circle}") from None

    def within(self, curriculum: Curriculum) -> "Prerequisites":
        """Keep the places that a path has; another path than ours may share some or none."""
        known = {Place(s.id) for s in curriculum.sections}
        known |= {Place(s.id, t.text) for s in curriculum.sections for t in s.topics}
        return Prerequisites(
            {
                place: tuple(need for need in needs if need.place in known)
                for place, needs in self.needs.items()
                if place in known
            }
        )


@cache
def shipped_prerequisites() -> Prerequisites:
    """Read the graph that ships, once in a process."""
    return load_prerequisites(corpus.prerequisites())


def load_prerequisites(file: Path) -> Prerequisites:
    """Read the graph; raises InputError that names the file and the entry for a wrong shape."""
    import yaml

    # Libyaml, where PyYAML was built with it, reads the file ten times as fast.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        told = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(told, list):
        raise InputError(f"{file}: expected a list of sections")
    needs: dict[Place, tuple[Need, ...]] = {}
    for section in told:
        section_id = text(file, section, "section")
        places: list[tuple[Place, Any]] = [(Place(section_id), section)]
        for told_topic in entries(file, section, "topics"):
            places.append((Place(section_id, text(file, told_topic, "topic")), told_topic))
        for place, entry in places:
            if place in needs:
                raise InputError(f"{file}: {place} stands there twice")
            needs[place] = tuple(need(file, edge) for edge in entries(file, entry, "requires"))
    graph = Prerequisites(needs)
    try:
        graph.order()
    except InputError as error:
        raise InputError(f"{file}: {error}") from None
    return graph


def need(file: Path, told: Any) -> Need:
    """Read one edge."""
    has_topic = isinstance(told, Mapping) and "topic" in told
    topic = text(file, told, "topic") if has_topic else WHOLE
    return Need(Place(text(file, told, "section"), topic), text(file, told, "reason"))


def entries(file: Path, told: Any, field: str) -> list[Any]:
    """Read a field that must hold a list."""
    value = told.get(field) if isinstance(told, Mapping) else None
    if not isinstance(value, list):
        raise InputError(f"{file}: an entry needs `{field}`, a list: {told!r:.80}")
    return value


def text(file: Path, told: Any, field: str) -> str:
    """Read a field that must hold words."""
    value = told.get(field) if isinstance(told, Mapping) else None
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{file}: an entry needs `{field}`: {told!r:.80}")
    return value
