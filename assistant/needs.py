"""What a section or a topic builds on, however far back."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from assistant.prerequisites import Place, Prerequisites

T = TypeVar("T")


def ancestors(prerequisites: Prerequisites, section_id: str) -> frozenset[str]:
    """Name all sections that a section or any of its topics builds on, not itself."""
    links: dict[str, set[str]] = {}
    for place, needs in prerequisites.needs.items():
        links.setdefault(place.section_id, set()).update(need.place.section_id for need in needs)
    return reached(links, [section_id]) - {section_id}


def places_before(prerequisites: Prerequisites, place: Place) -> frozenset[Place]:
    """Name all topics and sections that a topic builds on, its section's own needs included."""
    links: dict[Place, list[Place]] = {}
    for one, needs in prerequisites.needs.items():
        links.setdefault(one, []).extend(need.place for need in needs)
        if one.topic:  # a topic needs what its section needs; a whole section is all its topics
            links[one] += [need.place for need in prerequisites.of(one.section_id)]
            links.setdefault(Place(one.section_id), []).append(one)
    return reached(links, links.get(place, ())) - {place}


def reached(links: Mapping[T, Iterable[T]], start: Iterable[T]) -> frozenset[T]:
    """Follow links as far as they go; what it starts from is included."""
    found: set[T] = set()
    waiting = list(start)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += links.get(one, ())
    return frozenset(found)
