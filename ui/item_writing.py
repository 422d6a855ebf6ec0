"""The option `quiz --generate`: have a model write questions, and tell honestly what came of it."""

import argparse
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import InputError, StudypathError
from ui.terminal import complain, show_text, write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.engines import Engines, EngineState
    from assistant.item_writing import Outcome
    from ingest.curriculum import Curriculum, Section
    from ingest.library import Entry

USUAL = 5
INTERRUPTED = 130


def add_writing(command: argparse.ArgumentParser) -> None:
    """Let a command have questions written."""
    command.add_argument(
        "--generate",
        nargs="?",
        type=how_many,
        const=USUAL,
        metavar="N",
        help=f"have a language model write N questions (default: {USUAL}), and ask none now",
    )
    command.add_argument("--engine", help="which model writes them (default: the best usable)")
    command.add_argument("--model", metavar="NAME", help="the language model, by its name")


def how_many(text: str) -> int:
    """Read how many questions are wanted."""
    from assistant.item_writing import MOST

    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"{text} questions cannot be written: give 1 to {MOST}")
    return int(text)


def write_questions(options: argparse.Namespace) -> int:
    """Have questions on a section written from its passages, and keep those that are proved."""
    from contextlib import closing

    from assistant.engines import Engines
    from assistant.item_writing import passages_for, writer
    from assistant.precious import learner_folder
    from assistant.settings import load_settings
    from ingest.curriculum import parse
    from ingest.library import open_library
    from ui.upkeep import must_exist

    settings = load_settings(options.home, options.engine, options.model)
    must_exist(settings)
    folder = learner_folder(settings.home, options.learner)
    if not (settings.home / "library.db").exists():
        raise InputError("questions are written from passages: `studypath ingest` reads them first")
    with open_library(settings.home) as library, closing(Engines(settings)) as engines:
        curriculum = parse(library.path_text)
        section = curriculum.section(options.scope)
        topics = topics_wanted(options, settings.home, curriculum, section)
        state = writer(engines, settings.engine)
        passages = passages_for(section, topics, library)
        told, code = written(options, section, passages, curriculum, folder, engines, state)
    if told.problem and not told.kept:
        raise StudypathError(f"{told.problem}; nothing was written, and the bank is as it was")
    if options.json:
        write_json(outcome_json(told, section, state.name, state.model, options.generate))
    else:
        show_text(outcome_text(told, section, state.model or state.name, options.generate))
    return code


def topics_wanted(
    options: argparse.Namespace, home: Path, curriculum: "Curriculum", section: "Section"
) -> tuple[str, ...]:
    """Give the topics to ask about, in order: the one that was named, else those known worst."""
    from assistant.item_writing import worst_first
    from assistant.items import load_items
    from assistant.learner import Learner
    from assistant.mastery import masteries
    from assistant.precious import learner_folder
    from assistant.quiz import subjects
    from assistant.targets import topic_of

    if options.topic is not None:
        return (topic_of(subjects(section), options.topic),)
    now = datetime.now(UTC)
    items = load_items(learner_folder(home, options.learner))
    with Learner(home, now, options.learner) as record:
        known = masteries(record.events(), curriculum, items, now)
    return worst_first(section, {place: mastery.value for place, mastery in known.items()})


def written(
    options: argparse.Namespace,
    section: "Section",
    passages: "Sequence[tuple[str, Entry]]",
    curriculum: "Curriculum",
    folder: Path,
    engines: "Engines",
    state: "EngineState",
) -> "tuple[Outcome, int]":
    """Have the model write, telling each step; gives what came of it, and the exit code."""
    from assistant.item_writing import Outcome, completing, write_for

    told = Outcome()

    def report(so_far: Outcome) -> None:
        nonlocal told
        told = so_far
        count = f"{len(told.kept)} of {options.generate} questions"
        print(f"{count}, {told.passages} passages read", file=sys.stderr, flush=True)

    model = state.model or state.name
    try:
        complete = completing(engines, state)
        return write_for(
            section, passages, curriculum, folder, complete, options.generate, model, report
        ), 0
    except KeyboardInterrupt:
        complain("stopped; what was written is kept")
        return told, INTERRUPTED


def outcome_text(told: "Outcome", section: "Section", model: str, wanted: int) -> str:
    """Say how many questions were written and thrown away, and why."""
    from ui.markup import one_line

    count = f"{len(told.kept)} question{'' if len(told.kept) == 1 else 's'}"
    read = f"{told.passages} passage{'' if told.passages == 1 else 's'}"
    head = f"Kept {count} on {section.title} of {wanted} wanted, by {model} from {read}."
    lines = [one_line(head)]
    if told.dropped:
        reasons = Counter(told.dropped).most_common()
        why = "; ".join(f"{words} ({n})" for words, n in reasons)
        lines.append(one_line(f"Thrown away: {len(told.dropped)}, because: {why}."))
    if told.problem:
        lines.append(one_line(f"The model stopped: {told.problem}."))
    if told.kept:
        lines.append(f"`studypath quiz {section.id}` asks them with the others.")
    return "\n".join(lines)


def outcome_json(
    told: "Outcome", section: "Section", engine: str, model: str | None, wanted: int
) -> dict[str, object]:
    """Write what became of a request as one object."""
    return {
        "schema": 1,
        "type": "written",
        "section_id": section.id,
        "engine": engine,
        "model": model,
        "wanted": wanted,
        "passages": told.passages,
        "kept": [
            {"item_id": one.item.id, "topic": one.item.topic, "question": one.item.question}
            for one in told.kept
        ],
        "dropped": list(told.dropped),
        "problem": told.problem or None,
    }
