"""The commands of a learner: what to study next, what was done, settings, copies; each short."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import InputError
from ui.terminal import complain, show_text, write_json

if TYPE_CHECKING:
    from assistant.copies import Copied
    from assistant.learner import Deed, Learner, Rhythm
    from assistant.material import Basis, Material
    from assistant.plan import StudyPlan
    from assistant.settings import Settings

NOT_READ = "No link of the path was read yet, so none could be checked: `studypath ingest` does."
MORE = "`studypath next --minutes 30` plans {} all the same."
TIMES = "`studypath settings --weekdays 60` gives it some."
DAY = 24 * 60
Command = Callable[[argparse.Namespace], int]


def add_study_commands(add: Callable[[str, Command], argparse.ArgumentParser]) -> None:
    """Describe the commands; `add` makes one from its name and what it runs."""
    made = study(add("next", next_steps))
    made.add_argument("--minutes", type=some_minutes, metavar="N", help="time for it")
    made.add_argument("--date", type=a_day, metavar="DAY", help="plan a later day: 2026-03-08")
    for name, run in (("start", start), ("done", done), ("reopen", reopen)):
        made = study(add(name, run))
        made.add_argument("what", metavar="ID", help="id of a section or of a resource")
        if name != "reopen":
            made.add_argument("--minutes", type=any_minutes, metavar="N", help="time it took now")
            made.add_argument("--exercise", metavar="WORDS", help="an exercise of the section")
    made = study(add("known", known))
    made.add_argument("what", metavar="ID", help="id of a section")
    made = study(add("progress", progress))
    made.add_argument("--date", type=a_day, metavar="DAY", help="as of a later day: 2026-03-08")
    add_settings(study(add("settings", settings)))
    made = study(add("backup", backup))
    chosen = made.add_mutually_exclusive_group()
    chosen.add_argument("file", nargs="?", type=Path, metavar="FILE", help="where to write it")
    chosen.add_argument(
        "--restore", type=Path, nargs="+", metavar="FILE", help="put a copy back, or one of each"
    )
    chosen.add_argument("--list", action="store_true", help="show the copies there are")
    made = study(add("forget", forget))
    made.add_argument("--yes", action="store_true", help="do not ask")


def study(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Let a command name the learner."""
    command.add_argument("--learner", default="me", metavar="ID", help="whose (default: me)")
    return command


def add_settings(command: argparse.ArgumentParser) -> None:
    """Let a command change the settings."""
    for name, words in (
        ("--weekdays", "minutes of each day from Monday to Friday"),
        ("--saturday", "minutes of Saturday"),
        ("--sunday", "minutes of Sunday"),
    ):
        command.add_argument(name, type=any_minutes, metavar="N", help=words)
    command.add_argument(
        "--path-schedule", action="store_true", help="take the minutes of the path's schedule again"
    )
    command.add_argument("--zone", metavar="ZONE", help="time zone, such as Europe/Berlin")
    command.add_argument("--start", type=a_day, metavar="DAY", help="first day: 2026-03-02")
    command.add_argument("--goal", metavar="ID", help="section to aim at, or `path` for all")
    command.add_argument(
        "--retention", type=float, metavar="SHARE", help="cards to remember when due: 0.7 to 0.97"
    )
    command.add_argument(
        "--reviews", type=float, metavar="SHARE", help="of a day, at most for reviews: 0 to 1"
    )


def some_minutes(text: str) -> int:
    """Read whole minutes of a plan, at least 1."""
    number = any_minutes(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} minutes hold no plan: give 1 to {DAY}")
    return number


def any_minutes(text: str) -> int:
    """Read whole minutes of a day, none included."""
    try:
        number = int(text)
    except ValueError:
        number = -1
    if not 0 <= number <= DAY:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: give whole minutes, 0 to {DAY}")
    return number


def a_day(text: str) -> date:
    """Read a date."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write 2026-03-08") from None


def clock() -> datetime:
    """Give the time; the one place where these commands look at the clock."""
    return datetime.now(UTC)


# ── what to study ───────────────────────────────────────────────────────────────────────────────


def next_steps(options: argparse.Namespace) -> int:
    """Plan what to study today, with the reason for each line."""
    from ui.plan_text import plan_json, plan_text

    with opened(options) as desk:
        basis = desk.basis(options.date)
        found = planned(basis, options.minutes or 0)
        notice = "" if desk.material.rows or not found.minutes else NOT_READ
    if options.json:
        write_json(plan_json(found))
    else:
        show_text(plan_text(found, notice))
    return 0


def planned(basis: "Basis", minutes: int) -> "StudyPlan":
    """Plan so many minutes, or with 0 those that today has left; says why where there are none."""
    from assistant.plan import plan
    from assistant.today import budget
    from ui.plan_text import idle_plan

    time_there_is = budget(basis)
    wanted = minutes or time_there_is.left
    return plan(basis, wanted) if wanted else idle_plan(basis, time_there_is, MORE, TIMES)


def progress(options: argparse.Namespace) -> int:
    """Show where you stand: mastery, hours and end of each section, and reviews to come."""
    from assistant.overview import overview
    from ui.plan_text import overview_end, overview_json, overview_rows
    from ui.terminal import show_table

    with opened(options) as desk:
        found = overview(desk.basis(options.date))
    if options.json:
        write_json(overview_json(found))
        return 0
    show_table(("section", "state", "mastery", "hours", "ends"), overview_rows(found))
    show_text(f"\n{overview_end(found)}")
    return 0


# ── what was done ───────────────────────────────────────────────────────────────────────────────


def start(options: argparse.Namespace) -> int:
    """Note that a section, a resource or an exercise is begun, and how long you were at it."""
    return studied(options, "started")


def done(options: argparse.Namespace) -> int:
    """Note that a section, a resource or an exercise is done."""
    return studied(options, "done")


def reopen(options: argparse.Namespace) -> int:
    """Take back that a section or a resource is done or known."""
    return studied(options, "reopened")


def known(options: argparse.Namespace) -> int:
    """Note that you know a section already: it is not planned any more."""
    from assistant.learner import Known
    from assistant.targets import section_of

    with opened(options) as desk:
        section = section_of(desk.material, options.what)
        return noted(desk, [Known(section.id)], f"Known: {section.title}", options.json)


def studied(options: argparse.Namespace, state: str) -> int:
    """Note a deed on a section, a resource or an exercise."""
    from assistant.targets import noting

    exercise, minutes = (getattr(options, name, None) for name in ("exercise", "minutes"))
    with opened(options) as desk:
        deeds, words = noting(desk.material, options.what, state, minutes, exercise)
        return noted(desk, deeds, words, options.json)


def noted(desk: "Desk", deeds: "Sequence[Deed]", words: str, as_json: bool) -> int:
    """Add deeds to the record and say so; as JSON the first one, which is what was asked for."""
    from ui.markup import one_line
    from ui.plan_text import event_json

    event, *_ = desk.learner.add(desk.now, *deeds)
    if as_json:
        write_json(event_json(event))
    else:
        show_text(f"{one_line(words)}. `studypath next` says what comes now.")
    return 0


# ── settings, copies, the end ───────────────────────────────────────────────────────────────────


def settings(options: argparse.Namespace) -> int:
    """Show or change when you study, since when, and what you aim at."""
    from assistant.horizon import calendar
    from ui.plan_text import rhythm_json, rhythm_text

    with opened(options) as desk:
        changed = with_options(desk, options)
        if changed != desk.rhythm:
            desk.learner.set_rhythm(changed)
        week = calendar(desk.material.curriculum.schedule, changed)
    if options.json:
        write_json(rhythm_json(changed, week))
    else:
        begun = changed.start.isoformat() if changed.start else "with your first entry"
        show_text(rhythm_text(changed, week, begun))
    return 0


def with_options(desk: "Desk", options: argparse.Namespace) -> "Rhythm":
    """Give the settings with the options that were given."""
    from assistant.horizon import calendar
    from assistant.targets import section_of

    rhythm = desk.rhythm
    days = (*[options.weekdays] * 5, options.saturday, options.sunday)
    if options.path_schedule:
        if any(day is not None for day in days):
            raise InputError("--path-schedule stands for all days: leave out the others")
        rhythm = replace(rhythm, minutes=())
    elif any(day is not None for day in days):
        now = calendar(desk.material.curriculum.schedule, rhythm)
        rhythm = replace(rhythm, minutes=minutes_changed(days, now))
    if options.goal is not None:
        whole = options.goal == "path"
        goal = "" if whole else section_of(desk.material, options.goal).id
        rhythm = replace(rhythm, goal=goal)
    return replace(
        rhythm,
        zone=rhythm.zone if options.zone is None else options.zone,
        start=rhythm.start if options.start is None else options.start,
        retention=rhythm.retention if options.retention is None else options.retention,
        reviews=rhythm.reviews if options.reviews is None else options.reviews,
    )


def minutes_changed(days: "Sequence[int | None]", week: Sequence[int]) -> tuple[int, ...]:
    """Give the minutes of Monday to Sunday with those that were given; None leaves a day."""
    return tuple(n if day is None else day for day, n in zip(days, week, strict=True))


def backup(options: argparse.Namespace) -> int:
    """Copy your record and conversations, list the copies, or put some back."""
    from assistant.copies import copies_of, copy_all, put_back
    from assistant.learner import FILE

    folder = learner_file(options, FILE).parent
    if options.list:
        for copied, whole in copies_of(folder):
            size = copied.file.stat().st_size
            told = {"schema": 1, "file": str(copied.file), "bytes": size, "whole": whole}
            told["what"] = copied.what
            if options.json:
                write_json(told)
            else:
                show_text(f"{copied.file}{'' if whole else ' (damaged)'}")
        return 0
    if options.restore is not None:
        done = put_back(folder, options.restore, clock())
        words = [
            f"Put back: your {one.what}."
            + (f" What was there is now {one.aside}." if one.aside else "")
            for one in done
        ]
    else:
        done = copy_all(folder, clock(), options.file)
        words = [f"Copied your {one.what} to {one.file}." for one in done]
    if options.json:
        restored = options.restore is not None
        files = [copied_json(one, restored) for one in done]
        write_json({"schema": 1, **files[0], "files": files})
    else:
        show_text("\n".join(words))
    return 0


def copied_json(one: "Copied", restored: bool) -> dict[str, object]:
    """Write one copy, or one file that was put back."""
    told: dict[str, object] = {"what": one.what, "file": str(one.file)}
    if restored:
        return told | {"replaced": str(one.aside) if one.aside else None}
    return told | {"bytes": one.file.stat().st_size}


def forget(options: argparse.Namespace) -> int:
    """Delete all that is kept about a learner."""
    import shutil

    from assistant.learner import FILE

    folder = learner_file(options, FILE).parent
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise InputError(f"there is nothing about {options.learner!r} in {folder.parent}")
    size = sum(path.stat().st_size for path in files) / 1000
    words = f"{folder}: {len(files)} files, {size:.0f} kB, with the record and all its copies"
    if not options.yes:
        if not sys.stdin.isatty():
            raise InputError(f"--yes deletes {words}; this cannot be undone")
        complain(f"this deletes {words}, and cannot be undone")
        if input(f"Type {options.learner} to go on: ").strip() != options.learner:
            raise InputError("nothing was deleted")
    shutil.rmtree(folder)
    if options.json:
        write_json({"schema": 1, "forgotten": options.learner, "files": len(files)})
    else:
        show_text(f"Deleted {words}.")
    return 0


def learner_file(options: argparse.Namespace, name: str) -> Path:
    """Name a file of the learner without opening it."""
    from assistant.precious import learner_folder

    return learner_folder(home_of(options).home, options.learner) / name


def home_of(options: argparse.Namespace) -> "Settings":
    """Read the settings of this machine; raises LibraryError for a named home that is not there."""
    from assistant.settings import load_settings
    from ui.upkeep import must_exist

    found = load_settings(options.home)
    must_exist(found)
    return found


@dataclass(frozen=True, slots=True)
class Desk:
    """A learner's record, opened, with what there is to study and the time."""

    learner: "Learner"
    material: "Material"
    rhythm: "Rhythm"
    now: datetime

    def at(self, day: date | None) -> datetime:
        """Give the time to plan from: now, or noon of another day that is not behind the record."""
        from zoneinfo import ZoneInfo

        zone = ZoneInfo(self.rhythm.zone)
        if day is None or day == self.now.astimezone(zone).date():
            return self.learner.present(self.now)
        noon = datetime.combine(day, time(12), zone).astimezone(UTC)
        events = self.learner.events()
        if events and noon < events[-1].at:
            last = events[-1].at.astimezone(zone).date()
            raise InputError(f"--date {day} lies before your last entry: name {last} or later")
        return noon

    def basis(self, day: date | None) -> "Basis":
        """Give all that a plan of a day is made of."""
        return self.material.basis(self.learner.events(), self.rhythm, self.at(day))


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[Desk]:
    """Open a learner's record and what there is to study."""
    from assistant.learner import Learner
    from assistant.material import load_material
    from assistant.precious import learner_folder

    home = home_of(options).home
    now = clock()
    material = load_material(home, learner_folder(home, options.learner))
    with Learner(home, now, options.learner) as learner:
        yield Desk(learner, material, learner.rhythm(), now)
