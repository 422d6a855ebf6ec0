"""The command that writes a deck, a calendar or a report for other programs."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.export import KINDS, check_target, write_whole
from ingest.errors import InputError

if TYPE_CHECKING:
    from assistant.learner import Event, Rhythm
    from assistant.quiz import Item
    from assistant.settings import Settings
    from ingest.curriculum import Curriculum
    from ingest.library import SourceRow

WEEKS = 4
MOST_WEEKS = 52
READINGS = 3  # links of a section on each of its cards
# Where the page shows our notes unless it was given another port.
READ_AT = "http://127.0.0.1:7860/read/"


@dataclass(frozen=True, slots=True)
class Study:
    """What every export is made of: the path, its links, the quiz, the record and the rhythm.

    `links` are the addresses of the passages that prove items written for the learner.
    """

    curriculum: "Curriculum"
    sources: "tuple[SourceRow, ...]"
    items: "Mapping[str, Item]"
    links: "Mapping[str, str]"
    events: "tuple[Event, ...]"
    rhythm: "Rhythm"
    learner: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Made:
    """The content of an export, and how many of what are in it."""

    content: bytes
    counts: tuple[tuple[str, int], ...]


def add_export(command: argparse.ArgumentParser) -> None:
    """Describe the options of the command."""
    command.add_argument("what", choices=tuple(KINDS), help="what to write")
    command.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="where to (default: studypath.… here)"
    )
    command.add_argument("--section", metavar="ID", help="anki: only the items of this section")
    command.add_argument("--mine", action="store_true", help="anki: only the items you review")
    command.add_argument(
        "--weeks", type=weeks, metavar="N", help=f"calendar: for so long (default: {WEEKS})"
    )
    command.add_argument(
        "--start", type=clock, metavar="HH:MM", help="calendar: when you begin (default: 18:00)"
    )
    command.add_argument("--learner", default="me", metavar="ID", help="whose record (default: me)")
    command.add_argument("--force", action="store_true", help="replace a file that is not ours")


def weeks(text: str) -> int:
    """Read a number of weeks."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_WEEKS:
        raise argparse.ArgumentTypeError(f"{text} weeks cannot be planned: give 1 to {MOST_WEEKS}")
    return int(text)


def clock(text: str) -> time:
    """Read a time of day."""
    try:
        return datetime.strptime(text, "%H:%M").time()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no time of day: write it as 18:30") from None


def export_file(
    options: argparse.Namespace, settings: "Settings", now: datetime
) -> dict[str, object]:
    """Write the export that was asked for and say where and what it is."""
    kind = KINDS[options.what]
    check_options(options)
    file = options.file or Path(f"studypath{kind.suffixes[0]}")
    # A name that cannot be used is told before any work is done.
    check_target(file, kind, options.force)
    study = study_of(settings, options.learner, now)
    made = MAKERS[kind.name](study, options)
    target = write_whole(file, kind, made.content, options.force)
    return {
        "schema": 1,
        "kind": kind.name,
        "file": str(target),
        "bytes": len(made.content),
        **dict(made.counts),
    }


def check_options(options: argparse.Namespace) -> None:
    """Raise InputError for options that say nothing to what is written."""
    for wanted, names in (("anki", ("section", "mine")), ("calendar", ("weeks", "start"))):
        for name in names:
            # Midnight and section "" are values, too.
            if options.what != wanted and getattr(options, name) not in (None, False):
                raise InputError(f"--{name} is for `export {wanted}`: leave it out")


def study_of(settings: "Settings", learner: str, now: datetime) -> Study:
    """Read the path of the home and a learner's record."""
    from assistant.items import load_items, proofs
    from assistant.learner import FILE, past_of
    from assistant.precious import ME, learner_folder
    from ingest.curriculum import parse
    from ingest.library import open_library

    folder = learner_folder(settings.home, learner)
    links = {name: cited.deep_link or cited.url for name, cited in proofs(folder).items()}
    with open_library(settings.home) as library:
        if not library.path_text:
            raise InputError("a collection has no sections: name a --home that holds a path")
        curriculum = parse(library.path_text)
        sources = library.sources()
    if learner != ME and not (folder / FILE).exists():
        raise InputError(f"there is no record of a learner {learner!r}: check --learner")
    past = past_of(settings.home, learner, now)
    return Study(
        curriculum=curriculum,
        sources=sources,
        items=load_items(folder),
        links=links,
        events=past.events,
        rhythm=past.rhythm,
        learner=learner,
        now=past.now,
    )


def make_deck(study: Study, options: argparse.Namespace) -> Made:
    """Make an Anki deck of the bank, of one section, or of the learner's cards."""
    from assistant.anki import deck_bytes, flashcards
    from assistant.cards import cards_of

    if options.section is not None:
        study.curriculum.section(options.section)  # an unknown one has nearest ids
    mine = {card.item_id for card in cards_of(study.events, study.rhythm.retention)}
    items = [
        item
        for item in study.items.values()
        if options.section in (None, item.section_id) and (not options.mine or item.id in mine)
    ]
    readings = readings_of(study.sources)
    cards = flashcards(items, study.curriculum, READ_AT, readings, study.links)
    if not cards:
        raise InputError("there is no question to put into a deck: choose others, or take a quiz")
    return Made(deck_bytes(cards, study.now), (("cards", len(cards)),))


def readings_of(rows: "Sequence[SourceRow]") -> dict[str, tuple[tuple[str, str], ...]]:
    """Give the linked pages of each section as (title, address), those that were read first.

    A page that is gone, or no reading, is left out.
    """
    linked = sorted(
        (
            row
            for row in rows
            if row.kind not in ("note", "path") and row.status not in ("not-found", "skipped")
        ),
        key=lambda row: not row.passages,
    )
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for row in linked:
        for section_id in row.section_ids:
            known = found.get(section_id, ())
            if row.url and len(known) < READINGS:
                found[section_id] = (*known, (row.title, row.url))
    return found


def make_calendar(study: Study, options: argparse.Namespace) -> Made:
    """Make a calendar of the coming weeks."""
    from assistant.calendar_file import calendar_bytes
    from assistant.timetable import STARTS, timetable

    starts = STARTS if options.start is None else options.start
    count = options.weeks or WEEKS
    blocks = timetable(study.events, study.rhythm, study.curriculum, study.now, count, starts)
    if not blocks:
        raise InputError(
            f"nothing is planned in the coming {count} weeks: no minutes are set, the start is"
            " later, or all is done"
        )
    content = calendar_bytes(
        blocks, study.rhythm.zone, study.learner, study.curriculum.title, study.now
    )
    reviews = sum(bool(block.cards) for block in blocks)
    return Made(content, (("study_blocks", len(blocks) - reviews), ("review_blocks", reviews)))


def make_report(study: Study, options: argparse.Namespace) -> Made:
    """Make a progress report, as a page or as Markdown by the file's name."""
    from assistant.prerequisites import shipped_prerequisites
    from assistant.report import report_of
    from ui.report_page import report_html
    from ui.report_text import report_markdown

    report = report_of(
        study.events,
        study.rhythm,
        study.learner,
        study.curriculum,
        study.items,
        shipped_prerequisites(),
        study.now,
    )
    markdown = options.file is not None and options.file.suffix.lower() == ".md"
    text = report_markdown(report) if markdown else report_html(report)
    counts = (("sections", len(report.standings)), ("sections_done", report.finished))
    return Made(text.encode("utf-8", "replace"), counts)


MAKERS = {"anki": make_deck, "calendar": make_calendar, "report": make_report}


def present() -> datetime:
    """Give the time of the machine."""
    return datetime.now(UTC)


def export_words(made: dict[str, object]) -> str:
    """Say what was written and where."""
    match made["kind"]:
        case "anki":
            what = f"a deck of {made['cards']} cards"
        case "calendar":
            what = f"{made['study_blocks']} study blocks and {made['review_blocks']} reviews"
        case _:
            what = f"a report on {made['sections']} sections, {made['sections_done']} of them done"
    return f"wrote {what} to {made['file']}"
