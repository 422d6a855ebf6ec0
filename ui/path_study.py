"""What the place "My path" is made of: the path of a home and its learners' records, held a while.

Opening a library and reading a record take most of the time of a click: both are read again only
when their files changed, and what was worked out from them is kept for a minute at most.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from ingest.errors import InputError, LibraryError
from ui.markup import one_line
from ui.study import clock

if TYPE_CHECKING:
    from assistant.exercises import Task
    from assistant.learner import Deed, Rhythm
    from assistant.material import Basis, Material
    from assistant.overview import Overview
    from assistant.report import Report
    from assistant.view import View

# A running ingest writes all the time: what there is to study is read again after this at most.
HELD = 5.0  # seconds
LEARNERS = 32  # whose records are held at once; of each about a megabyte
NOTHING = "This is nothing that can be noted: load the page again."


@dataclass(slots=True)
class Shelf:
    """What there is to study, as of one state of the library; `help` is read when it is wanted."""

    material: "Material"
    stamp: tuple[int, ...]
    at: float
    help: "dict[str, tuple[Task, ...]]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the place shows of one learner, worked out once; `current` is the section at hand.

    It is empty when nothing is left to study.
    """

    shelf: Shelf
    material: "Material"
    basis: "Basis"
    view: "View"
    overview: "Overview"
    report: "Report"
    current: str


@dataclass(frozen=True, slots=True)
class _Held:
    key: tuple[object, ...]
    shelf: Shelf
    situation: Situation


class Study:
    """What there is to study in a home, and the records of its learners; safe from any thread."""

    def __init__(self, home: Path, now: Callable[[], datetime] = clock) -> None:
        self.home, self._now = home, now
        self._lock = Lock()
        self._shelf: Shelf | None = None
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def situation(self, learner: str) -> Situation:
        """Give all that is shown of a learner; who has no record gets none by looking."""
        shelf = self.shelf()
        minute = int(self._now().timestamp() // 60)
        key = (minute, *self._record_stamp(learner))
        with self._lock:
            held = self._held.get(learner)
        if held and held.key == key and held.shelf is shelf:
            return held.situation
        material = self._material(shelf, learner)
        found = situation_of(shelf, material, self._basis(material, learner), learner)
        with self._lock:
            self._held.pop(learner, None)
            self._held[learner] = _Held(key, shelf, found)
            while len(self._held) > LEARNERS:
                self._held.popitem(last=False)
        return found

    def note(
        self, learner: str, state: str, what: str, exercise: str | None, minutes: int | None
    ) -> str:
        """Add a deed to a record, as `studypath start`, `done` and `known` do, and say so.

        Raises InputError, with the nearest ids, for what the path does not have.
        """
        from assistant.learner import Known
        from assistant.targets import noting, section_of

        material = self.material(learner)
        deeds: Sequence[Deed]
        if state == "known":
            section = section_of(material, what)
            deeds, words = (Known(section.id),), f"Known: {section.title}"
        elif state:
            deeds, words = noting(material, what, state, minutes, exercise)
        else:
            raise InputError(NOTHING)
        self._write(learner, deeds, None)
        return one_line(f"{words}. The plan is made anew.")

    def keep(self, learner: str, rhythm: "Rhythm") -> None:
        """Keep a learner's settings; raises InputError for a value out of its range."""
        self._write(learner, (), rhythm)

    def _write(self, learner: str, deeds: "Sequence[Deed]", rhythm: "Rhythm | None") -> None:
        from assistant.learner import Learner

        now = self._now()
        with Learner(self.home, now, learner) as record:
            if deeds:
                record.add(now, *deeds)
            if rhythm is not None:
                record.set_rhythm(rhythm)
        with self._lock:
            self._held.pop(learner, None)

    def tasks(self, situation: Situation, section_id: str) -> "tuple[Task, ...]":
        """Give the exercises of a section with the hints and solutions of its notes."""
        from assistant.exercises import tasks_of, with_help
        from ingest.library import open_library

        shelf = situation.shelf
        if section_id not in shelf.help:
            own = [t for t in tasks_of(shelf.material.curriculum) if t.section_id == section_id]
            try:
                if own and (self.home / "library.db").exists():
                    with open_library(self.home) as library:
                        own = [with_help(task, library) for task in own]
            except LibraryError:  # it is being written or damaged: an exercise serves without help
                return tuple(own)
            shelf.help[section_id] = tuple(own)
        return shelf.help[section_id]

    def material(self, learner: str) -> "Material":
        """Give what there is to study, with the quiz items that were written for a learner."""
        return self._material(self.shelf(), learner)

    def basis(self, learner: str) -> "Basis":
        """Give all that a learner's plan is made of; who has no record gets none by looking."""
        return self._basis(self.material(learner), learner)

    def _material(self, shelf: Shelf, learner: str) -> "Material":
        from assistant.items import kept_items
        from assistant.precious import learner_folder

        held = shelf.material
        written = kept_items(learner_folder(self.home, learner)) if learner else ()
        known = {section.id for section in held.curriculum.sections}
        own = {one.item.id: one.item for one in written if one.item.section_id in known}
        return replace(held, items={**held.items, **own}) if own else held

    def shelf(self) -> Shelf:
        """Give what there is to study, read anew when the library changed."""
        from assistant.material import load_material

        with self._lock:
            stamp, at = stamp_of(self.home, "library.db"), time.monotonic()
            held = self._shelf
            if held and (held.stamp == stamp or at - held.at < HELD):
                return held
            try:
                found = load_material(self.home)
            except LibraryError:  # a first ingest is under way, or it is damaged: what ships serves
                found, stamp = load_material(None), ()
            self._shelf = Shelf(found, stamp, at)
            return self._shelf

    def _record_stamp(self, learner: str) -> tuple[int, ...]:
        """Tell one state of a record, and of the items written for it, from another."""
        from assistant.items import FILE as ITEMS
        from assistant.learner import FILE
        from assistant.precious import learner_folder

        if not learner:
            return ()
        folder = learner_folder(self.home, learner)
        return (*stamp_of(folder, FILE), *stamp_of(folder, ITEMS))

    def _basis(self, material: "Material", learner: str) -> "Basis":
        """Put a learner's record beside the material."""
        from assistant.learner import past_of

        past = past_of(self.home, learner, self._now())
        return material.basis(past.events, past.rhythm, past.now)


def stamp_of(folder: Path, name: str) -> tuple[int, ...]:
    """Tell one state of a file, with what SQLite keeps beside it, from another without opening."""
    found: list[int] = []
    for one in (name, f"{name}-wal"):
        with suppress(OSError):
            told = (folder / one).stat()
            found += (told.st_mtime_ns, told.st_size)
    return tuple(found)


def situation_of(shelf: Shelf, material: "Material", basis: "Basis", learner: str) -> Situation:
    """Work out all that is shown of a learner."""
    from assistant.overview import overview
    from assistant.report import report_of
    from assistant.view import study_order, view

    seen = view(basis)
    order = study_order(seen)
    return Situation(
        shelf=shelf,
        material=material,
        basis=basis,
        view=seen,
        overview=overview(basis, seen),
        report=report_of(
            basis.events,
            basis.rhythm,
            learner,
            basis.curriculum,
            basis.items,
            basis.prerequisites,
            basis.now,
        ),
        current=order[0].id if order else "",
    )
