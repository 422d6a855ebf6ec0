"""What there is to study from: the path, what builds on what, the ledger, estimates, the quiz."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import corpus
from assistant.minutes import Estimate, Length, estimates, lengths
from assistant.prerequisites import Prerequisites, load_prerequisites
from assistant.quiz import Item, load_quiz
from assistant.standing import Standing
from ingest.curriculum import Curriculum, load, parse
from ingest.errors import InputError
from ingest.library import SourceRow, open_library


@dataclass(frozen=True, slots=True)
class Material:
    """All that a plan is made of but the learner.

    `rows` is the ledger by resource id, empty while no link was read, since it then says nothing
    about them; `added` are the ids of what the learner added; `lengths` and `note_words` are what
    estimates are made from.
    """

    curriculum: Curriculum
    prerequisites: Prerequisites
    rows: Mapping[str, SourceRow]
    added: Mapping[str, SourceRow]
    items: Mapping[str, Item]
    lengths: Mapping[str, Length]
    note_words: Mapping[str, int]

    def estimates(self, standing: Standing) -> Mapping[str, Estimate]:
        """Estimate everything for one learner."""
        return estimates(self.curriculum, self.lengths, self.note_words, standing)


def load_material(home: Path) -> Material:
    """Read what ships, and the library of a home when there is one.

    Raises InputError for a home that holds a collection, LibraryError for a library that cannot be
    read.
    """
    rows: tuple[SourceRow, ...] = ()
    measured: Mapping[str, Length] = {}
    if (home / "library.db").exists():
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
        prerequisites=load_prerequisites(corpus.prerequisites()).within(curriculum),
        rows=links if any(row.passages for row in links.values()) else {},
        added={row.resource_id: row for row in rows if row.kind == "own"},
        items=bank(known),
        lengths=measured,
        note_words={
            file.stem: len(file.read_text(encoding="utf-8").split())
            for file in corpus.notes()
            if file.stem in known
        },
    )


def bank(known: set[str]) -> Mapping[str, Item]:
    """Read the quiz items of the sections that a path has, by id."""
    files = [file for file in corpus.quizzes() if file.stem in known]
    return {item.id: item for file in files for item in load_quiz(file)}
