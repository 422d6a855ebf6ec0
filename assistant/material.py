"""What there is to study from: the path, what builds on what, the ledger, estimates, the quiz."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import corpus
from assistant.items import load_items
from assistant.learner import Event, Rhythm
from assistant.minutes import Estimate, Length, estimates, lengths
from assistant.prerequisites import Prerequisites, shipped_prerequisites
from assistant.quiz import Item
from assistant.standing import Standing, standing
from ingest.curriculum import Curriculum, load, parse
from ingest.errors import InputError
from ingest.library import SourceRow, open_library


@dataclass(frozen=True, slots=True)
class Basis:
    """All that a plan is made of: what there is to study, the record, and the time (UTC).

    `rows` is the ledger by resource id, empty where nothing was read.
    """

    curriculum: Curriculum
    prerequisites: Prerequisites
    rows: Mapping[str, SourceRow]
    estimates: Mapping[str, Estimate]
    events: Sequence[Event]
    rhythm: Rhythm
    items: Mapping[str, Item]
    now: datetime


@dataclass(frozen=True, slots=True)
class Material:
    """All that a plan is made of but the learner.

    `rows` is the ledger by resource id, empty while no link was read, since it then says nothing
    about them; `added` are the ids of what the learner added; `lengths` and `note_words` are what
    estimates are made from; `ledger` is all of it, in its order, notes and cards included.
    """

    curriculum: Curriculum
    prerequisites: Prerequisites
    rows: Mapping[str, SourceRow]
    added: Mapping[str, SourceRow]
    items: Mapping[str, Item]
    lengths: Mapping[str, Length]
    note_words: Mapping[str, int]
    ledger: Sequence[SourceRow] = ()

    def estimates(self, standing: Standing) -> Mapping[str, Estimate]:
        """Estimate everything for one learner."""
        return estimates(self.curriculum, self.lengths, self.note_words, standing)

    def basis(self, events: Sequence[Event], rhythm: Rhythm, now: datetime) -> Basis:
        """Put a learner's record and the time beside it, with everything estimated for them."""
        guessed = self.estimates(standing(events))
        return Basis(
            self.curriculum,
            self.prerequisites,
            self.rows,
            guessed,
            events,
            rhythm,
            self.items,
            now,
        )


def load_material(home: Path | None, folder: Path | None = None) -> Material:
    """Read what ships, the library of a home when there is one, and a learner's own quiz items.

    Without a `home`, or with one that has no library, what ships is all there is. `folder` is the
    learner's, None for the items that ship alone. Raises InputError for a home that holds a
    collection, LibraryError for a library that cannot be read.
    """
    rows: tuple[SourceRow, ...] = ()
    measured: Mapping[str, Length] = {}
    if home and (home / "library.db").exists():
        with open_library(home) as library:
            if library.is_collection:
                raise InputError("a collection has no sections: name a --home that holds a path")
            curriculum = parse(library.path_text)
            rows, measured = library.sources(), lengths(library)
    else:
        curriculum = load(corpus.learning_path())
    known = {section.id for section in curriculum.sections}
    links = {row.resource_id: row for row in rows if row.kind not in ("note", "path", "own")}
    return Material(
        curriculum=curriculum,
        prerequisites=shipped_prerequisites().within(curriculum),
        rows=links if any(row.passages for row in links.values()) else {},
        added={row.resource_id: row for row in rows if row.kind == "own"},
        items={i: item for i, item in load_items(folder).items() if item.section_id in known},
        lengths=measured,
        note_words={
            file.stem: len(file.read_text(encoding="utf-8").split())
            for file in corpus.notes()
            if file.stem in known
        },
        ledger=rows,
    )
