"""New quiz items for a section: which passages a model is asked about, in which order, how often.

Topics come in turn, those known worst first; for each the passages that hold most of its terms.
What a model writes is checked in `assistant/items.py`, and kept after each passage, so that a kill
or a model that stops answering loses nothing that was kept.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

from assistant.engines import AUTO, EXTRACTIVE, Engines, EngineState
from assistant.generate import EngineFailed
from assistant.items import Complete, Generated, keep, load_items, terms, write_items
from assistant.prerequisites import Place
from assistant.prompts import Message
from assistant.quiz import subjects
from ingest.curriculum import Curriculum, Section
from ingest.errors import InputError
from ingest.library import Entry, Library

MOST = 50  # items of one request
OF_ONE = 2  # items asked of one passage: a third mostly asks the second again
# Passages asked about for each item wanted; what fails so often fails for another reason.
TRIES = 3
# Words of a passage: fewer prove little, more leave a small model no room to answer.
SHORTEST, LONGEST = 40, 450
# Of a topic's terms, so many must stand in a passage or above it.
ON_TOPIC = 0.5
# Tokens of a reply: an item with three distractors takes about 300.
REPLY = 1200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request: the items kept, why others were dropped, how many passages.

    `problem` says why the model stopped answering, empty when it did not.
    """

    kept: tuple[Generated, ...] = ()
    dropped: tuple[str, ...] = ()
    passages: int = 0
    problem: str = ""


def writer(engines: Engines, name: str) -> EngineState:
    """Choose the model that is to write; raises InputError, with the remedy, when there is none."""
    state = engines.chosen(AUTO if name in ("", EXTRACTIVE) else name)
    if state.name == EXTRACTIVE:
        raise InputError(
            "no language model can write questions now: `studypath models` says what each one"
            " needs; without one, `studypath quiz` asks those of the bank"
        )
    if not state.usable:
        raise InputError(f"{state.name} cannot write questions: {state.why}")
    return state


def completing(engines: Engines, state: EngineState) -> Complete:
    """Give the function that turns messages into a model's whole reply; it raises EngineFailed."""

    def complete(messages: Sequence[Mapping[str, str]]) -> str:
        sent = [Message(one["role"], one["content"]) for one in messages]
        return "".join(chunk.text for chunk in engines.stream(state, sent, REPLY))

    return complete


def write_for(
    section: Section,
    passages: Sequence[tuple[str, Entry]],
    curriculum: Curriculum,
    folder: Path,
    complete: Complete,
    wanted: int,
    model: str,
    report: Callable[[Outcome], None],
) -> Outcome:
    """Have up to `wanted` items written and keep them in a learner's folder; tells each step."""
    so_far = Outcome()
    bank = list(load_items(folder).values())
    for topic, entry in passages[: TRIES * wanted]:
        count = min(OF_ONE, wanted - len(so_far.kept))
        known = [*bank, *(one.item for one in so_far.kept)]
        try:
            found = write_items(entry, section.id, topic, known, curriculum, complete, count, model)
        except EngineFailed as error:
            return Outcome(so_far.kept, so_far.dropped, so_far.passages, str(error))
        if found.kept:
            keep(folder, found.kept)
        so_far = Outcome(
            so_far.kept + found.kept, so_far.dropped + found.dropped, so_far.passages + 1
        )
        report(so_far)
        if len(so_far.kept) >= wanted:
            break
    return so_far


def passages_for(
    section: Section, topics: Sequence[str], library: Library
) -> tuple[tuple[str, Entry], ...]:
    """List the passages to ask about, each with its topic, the topics in turn and none twice.

    Raises InputError where the library holds no passage on them.
    """
    held = library.entries(sorted(library.passages_in([section.id])))
    fit = [entry for entry in held.values() if is_fit(entry)]
    ranked = [[(topic, entry) for entry in on_topic(topic, fit)] for topic in topics]
    found: dict[str, tuple[str, Entry]] = {}
    for pair in filter(None, chain.from_iterable(zip_longest(*ranked))):
        found.setdefault(pair[1].passage.id, pair)
    if not found:
        raise InputError(
            f"the library holds no passage to ask about on {section.title}: `studypath ingest`"
            " reads its links"
        )
    return tuple(found.values())


def is_fit(entry: Entry) -> bool:
    """Say whether a passage is fit to be asked about: neither flagged nor the path's own card."""
    words = len(entry.passage.text.split())
    return not entry.passage.flag and entry.kind != "path" and SHORTEST <= words <= LONGEST


def on_topic(topic: str, entries: Sequence[Entry]) -> Iterator[Entry]:
    """Give the passages on a topic, those first that hold most of its terms most often."""
    wanted = set(terms(topic))
    marks = []
    for entry in entries:
        words = terms(" ".join((*entry.passage.heading_path, entry.passage.text)))
        share = len(wanted & set(words)) / len(wanted)
        often = sum(word in wanted for word in words) / len(words)
        if share >= ON_TOPIC:
            marks.append((-share, -often, entry.passage.id, entry))
    return (entry for *_, entry in sorted(marks, key=lambda mark: mark[:3]))


def worst_first(section: Section, known: Mapping[Place, float]) -> tuple[str, ...]:
    """Order a section's topics, those known worst first."""
    return tuple(
        sorted(subjects(section), key=lambda one: round(known.get(Place(section.id, one), 0.0), 6))
    )
