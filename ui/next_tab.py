"""The "What next" place: the plan of `studypath next` on the page, and notes of what was done.

What the browser sends is checked; whose record it is, the server alone decides.
"""

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from ingest.errors import InputError, LibraryError, StudypathError
from ui.markup import one_line
from ui.next_page import LEAST_RANGE, STEP, Ticked, mastery_html, plan_html, shell_html
from ui.next_style import SCRIPT
from ui.pages import visitor_of
from ui.study import DAY, NOT_READ, TIMES, clock

if TYPE_CHECKING:
    from assistant.material import Basis, Material
    from assistant.plan import StudyPlan
    from assistant.today import Budget
    from ui.sessions import Sessions

MORE = "move the slider to plan {}."
USED = "No time is left of what you chose: move the slider to plan more."
NO_COOKIE = "Please load this page again, with cookies allowed, and try once more."
OUR_FAULT = "Something went wrong on our side. Nothing was noted: please try again."
STATES = ("started", "done", "reopened")
LONGEST_ID, LONGEST_EXERCISE = 300, 2_000  # characters
# A running ingest writes all the time: what there is to study is read again after this at most.
HELD = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Wish:
    """What a browser asked for; `minutes` is None for those of the learner's calendar."""

    minutes: int | None
    state: str = ""
    what: str = ""
    exercise: str | None = None
    spent: int | None = None


def build_next(home: Path, sessions: "Sessions") -> None:
    """Place the tab inside the page that is being built."""
    import gradio as gr

    gr.HTML(
        shell_html(),
        elem_id="next",
        apply_default_css=False,
        js_on_load=SCRIPT,
        server_functions=server_functions(Study(home), sessions),
    )


def server_functions(study: "Study", sessions: "Sessions") -> list[Callable[..., dict[str, Any]]]:
    """Make the two functions that the place's script calls."""
    import gradio as gr

    def plan(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(study, sent, sessions.learner(visitor_of(request)), note=False)

    def note(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(study, sent, sessions.learner(visitor_of(request)), note=True)

    return [plan, note]


def answered(study: "Study", sent: object, learner: str, *, note: bool) -> dict[str, Any]:
    """Plan for a learner, after noting what was done when `note` says so; never raises."""
    try:
        wish = wish_of(sent)
        # Our cookie is not sent along by other sites: they cannot note anything behind one's back.
        if note and not learner:
            raise InputError(NO_COOKIE)
        told = study.note(learner, wish) if note else ""
        return {"told": told, **study.shown(learner, wish.minutes)}
    except StudypathError as error:
        return {"problem": one_line(str(error))}
    except Exception as error:  # the edge: the page must go on whatever happened
        print(f"studypath: {type(error).__name__}: {error}", file=sys.stderr)
        return {"problem": OUR_FAULT}


def wish_of(sent: object) -> Wish:
    """Read what a browser sent; raises InputError for a value that is none."""
    given: Mapping[str, object] = sent if isinstance(sent, dict) else {}
    state, what, exercise = (given.get(name) or "" for name in ("state", "what", "exercise"))
    if state and state not in STATES:
        raise InputError("This is nothing that can be noted: load the page again.")
    if not isinstance(what, str) or len(what) > LONGEST_ID:
        raise InputError("This is no id of a section or a resource: load the page again.")
    if not isinstance(exercise, str) or len(exercise) > LONGEST_EXERCISE:
        raise InputError("This is no exercise of a section: load the page again.")
    return Wish(
        minutes=minutes_in(given.get("minutes"), least=0),
        state=str(state),
        what=what,
        exercise=exercise or None,
        spent=minutes_in(given.get("spent"), least=1) if state == "started" else None,
    )


def minutes_in(value: object, least: int) -> int | None:
    """Read minutes of a day, None for none; raises InputError for what is no such number."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= DAY:
        raise InputError(f"{value!r:.40} is no time: give whole minutes, {least} to {DAY}")
    return value


class Study:
    """What there is to study in a home, and the records of its learners; safe from any thread."""

    def __init__(self, home: Path, now: Callable[[], datetime] = clock) -> None:
        self._home, self._now = home, now
        self._lock = Lock()
        self._held: tuple[Material, tuple[int, ...], float] | None = None

    def shown(self, learner: str, minutes: int | None) -> dict[str, Any]:
        """Give the plan as the page shows it; `minutes` is None for those of the calendar."""
        from assistant.plan import plan
        from assistant.report import report_of
        from assistant.today import budget

        material = self.material(learner)
        basis = self._basis(material, learner)
        time_there_is = budget(basis)
        wanted = time_there_is.left if minutes is None else minutes
        found = plan(basis, wanted) if wanted else idle(basis, time_there_is)
        report = report_of(
            basis.events,
            basis.rhythm,
            learner,
            basis.curriculum,
            basis.items,
            basis.prerequisites,
            basis.now,
        )
        return {
            "plan": plan_html(found, "" if basis.rows else NOT_READ, ticked(material, basis)),
            "mastery": mastery_html(report),
            "minutes": wanted,
            "most": max(LEAST_RANGE, -(-max(wanted, time_there_is.minutes) // STEP) * STEP),
            "calendar": calendar_words(time_there_is),
        }

    def note(self, learner: str, wish: Wish) -> str:
        """Add a deed to a record, as `studypath start`, `done` and `reopen` do, and say so.

        Raises InputError, with the nearest ids, for what the path does not have.
        """
        from assistant.learner import Learner
        from assistant.targets import noting

        if not wish.state:
            raise InputError("This is nothing that can be noted: load the page again.")
        material, now = self.material(learner), self._now()
        deeds, words = noting(material, wish.what, wish.state, wish.spent, wish.exercise)
        with Learner(self._home, now, learner) as record:
            record.add(now, *deeds)
        return one_line(f"{words}. The plan is made anew.")

    def material(self, learner: str) -> "Material":
        """Give what there is to study, with the quiz items that were written for a learner."""
        from assistant.items import kept_items
        from assistant.precious import learner_folder

        held = self._shelf()
        written = kept_items(learner_folder(self._home, learner)) if learner else ()
        known = {section.id for section in held.curriculum.sections}
        own = {one.item.id: one.item for one in written if one.item.section_id in known}
        return replace(held, items={**held.items, **own}) if own else held

    def _shelf(self) -> "Material":
        from assistant.material import load_material

        with self._lock:
            stamp, at = self._stamp(), time.monotonic()
            if self._held and (self._held[1] == stamp or at - self._held[2] < HELD):
                return self._held[0]
            try:
                found = load_material(self._home)
            except LibraryError:  # a first ingest is under way, or it is damaged: what ships serves
                found, stamp = load_material(None), ()
            self._held = found, stamp, at
            return found

    def _stamp(self) -> tuple[int, ...]:
        """Tell one state of the library from another, without opening it."""
        found = []
        for name in ("library.db", "library.db-wal"):
            with suppress(OSError):
                found.append((self._home / name).stat().st_mtime_ns)
        return tuple(found)

    def _basis(self, material: "Material", learner: str) -> "Basis":
        """Put a learner's record beside the material; who has none gets none by looking."""
        from assistant.learner import FILE, Learner, Rhythm
        from assistant.precious import learner_folder

        now = self._now()
        if not learner or not (learner_folder(self._home, learner) / FILE).exists():
            return material.basis((), Rhythm(), now)
        with Learner(self._home, now, learner) as record:
            return material.basis(record.events(), record.rhythm(), record.present(now))


def idle(basis: "Basis", time_there_is: "Budget") -> "StudyPlan":
    """Say why there is no plan, and where the learner stands all the same."""
    from assistant.overview import overview
    from ui.plan_text import idle_plan

    found = overview(basis)
    told = idle_plan(basis, time_there_is, MORE, TIMES)
    words = (USED,) if time_there_is.left else told.words
    return replace(told, slips=found.slips, words=(*words, *found.words))


def calendar_words(time_there_is: "Budget") -> str:
    """Say how much time the learner's calendar gives today."""
    if not time_there_is.minutes:
        return "Your calendar keeps today free."
    return f"Your calendar gives {time_there_is.minutes} minutes today."


def ticked(material: "Material", basis: "Basis") -> tuple[Ticked, ...]:
    """Name what was done today and can be taken back, the latest first."""
    from assistant.targets import target
    from assistant.today import done_on, local_date

    zone = basis.rhythm.zone
    found = []
    for done in reversed(done_on(basis.events, local_date(basis.now, zone), zone)):
        section_id, is_exercise, words = done.key.partition("#")
        if is_exercise:
            found.append(Ticked(section_id, words, words))
            continue
        with suppress(InputError):  # the path may have changed since
            found.append(Ticked(done.key, "", target(material, done.key).title))
    return tuple(found)
