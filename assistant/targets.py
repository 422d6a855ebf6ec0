"""What a learner means by an id or by words: a section, a resource, an exercise."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from assistant.learner import Deed, Known, Practised, Studied
from assistant.material import Material
from assistant.minutes import NOTE, exercise_key
from ingest.curriculum import GENERAL, Section
from ingest.errors import InputError

SAID = {"started": "Begun", "done": "Done", "reopened": "Open again"}


@dataclass(frozen=True, slots=True)
class Target:
    """A resource, or with an empty `resource_id` a whole section."""

    section_id: str
    resource_id: str
    title: str


def target(material: Material, name: str) -> Target:
    """Find a section or resource by its id; raises InputError with the nearest ids."""
    known = {s.id: Target(s.id, "", s.title) for s in material.curriculum.sections}
    for resource in material.curriculum.resources:
        known[resource.id] = Target(resource.section_id, resource.id, resource.title)
    for section_id in material.note_words:
        title = f"Notes on {known[section_id].title}"
        known[NOTE + section_id] = Target(section_id, NOTE + section_id, title)
    for row in material.added.values():
        section_id = row.section_ids[0] if row.section_ids else GENERAL
        known[row.resource_id] = Target(section_id, row.resource_id, row.title)
    if name not in known:
        near = get_close_matches(name, known, cutoff=0.5) or list(known)[:3]
        raise InputError(
            f"the path has no section or resource '{name}': did you mean {', '.join(near)}?"
        )
    return known[name]


def noting(
    material: Material,
    name: str,
    state: str,
    minutes: float | None = None,
    exercise: str | None = None,
) -> tuple[tuple[Deed, ...], str]:
    """Give the deeds that note a thing as started, done or reopened, and what they say in words.

    `exercise` names one of a section by its words. Raises InputError for what is not there.
    """
    if exercise is not None and state == "done":
        section = section_of(material, name)
        words = exercise_of(section, exercise)
        return (Practised(section.id, words, minutes),), f"{SAID[state]}: {words}"
    found = target(material, name)
    if exercise is not None:
        found = exercise_target(material, name, exercise)
    deeds: tuple[Deed, ...] = (Studied(found.section_id, found.resource_id, state, minutes),)
    if state == "reopened" and not found.resource_id:
        deeds += (Known(found.section_id, known=False),)
    time_told = f", {minutes:g} min" if minutes else ""
    return deeds, f"{SAID[state]}: {found.title}{time_told}"


def section_of(material: Material, name: str) -> Section:
    """Find a section by its id; raises InputError with the nearest ids."""
    if name == GENERAL:
        raise InputError(f"'{GENERAL}' holds further resources and is no section to study")
    return material.curriculum.section(name)


def exercise_target(material: Material, name: str, words: str) -> Target:
    """Find an exercise that is only begun; it is kept under its key, as a resource is."""
    section = section_of(material, name)
    found = exercise_of(section, words)
    return Target(section.id, exercise_key(section.id, found), found)


def exercise_of(section: Section, words: str) -> str:
    """Find an exercise of a section by its words or some of them; raises InputError."""
    told = plain(words)
    texts = [exercise.text for exercise in section.exercises]
    exact = [text for text in texts if plain(text) == told]
    partly = [text for text in texts if told and told in plain(text)]
    near = get_close_matches(told, [plain(text) for text in texts], n=1, cutoff=0.7)
    close = [text for text in texts if plain(text) in near]
    for found in (exact, partly, close):
        if len(found) == 1:
            return found[0]
    if not texts:
        raise InputError(f"{section.title} has no exercises: leave out --exercise")
    listed = "; ".join(texts)
    raise InputError(f"{words!r} names no single exercise of {section.title}; there are: {listed}")


def topic_of(topics: Sequence[str], words: str) -> str:
    """Find a topic by its words or some of them; raises InputError with the nearest."""
    told = plain(words)
    exact = [topic for topic in topics if plain(topic) == told]
    partly = [topic for topic in topics if told and told in plain(topic)]
    for found in (exact, partly):
        if len(found) == 1:
            return found[0]
    written = {plain(topic): topic for topic in topics}
    near = [written[name] for name in get_close_matches(told, written, cutoff=0.4)]
    listed = " or ".join(f"“{topic}”" for topic in (partly or near or topics)[:5])
    raise InputError(f"{words!r} names no single topic here: did you mean {listed}?")


def plain(text: str) -> str:
    """Write words so that case, punctuation and spaces do not matter."""
    kept = "".join(letter if letter.isalnum() else " " for letter in text.casefold())
    return " ".join(kept.split())
