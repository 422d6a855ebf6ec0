"""The `studypath` command: one short function per command, heavy imports inside it.

Answers go to standard output, everything else to standard error. Exit code 0 also for a refusal or
a batch with some bad lines, 2 for bad input, 1 when the fault is ours.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import InputError, LibraryError, StudypathError
from ui.export import add_export
from ui.terminal import complain, write_json

if TYPE_CHECKING:
    from assistant.settings import Settings
    from ingest.library import FlaggedRow

INTERRUPTED = 130  # what shells expect after Ctrl-C
HIDDEN_PIPE = 141  # and after the reader of our output went away


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code, and writes one line for any error."""
    options = parser().parse_args(arguments)
    debug = os.environ.get("STUDYPATH_DEBUG") == "1"
    try:
        code: int = options.command(options)
        sys.stdout.flush()
        return code
    except StudypathError as error:
        if debug:
            raise
        complain(str(error))
        return error.exit_code
    except BrokenPipeError:
        # Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return HIDDEN_PIPE
    except KeyboardInterrupt:
        complain("stopped; what was read so far is kept")
        return INTERRUPTED
    except Exception as error:
        if debug:
            raise
        words = " ".join(str(error).split()) or "no message"
        complain(f"{type(error).__name__}: {words} (STUDYPATH_DEBUG=1 shows where)")
        return 1


def parser() -> argparse.ArgumentParser:
    """Describe every command and its options."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--home", metavar="DIR", help="folder of the library (default: STUDYPATH_HOME, else yours)"
    )
    common.add_argument("--json", action="store_true", help="write JSON for scripts")
    top = argparse.ArgumentParser(
        prog="studypath",
        description="Read a learning path, index what it links to, answer with citations.",
    )
    top.add_argument("--version", action="version", version=f"studypath {version()}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        words = (run.__doc__ or "").split("\n")[0]
        made = commands.add_parser(name, help=words, description=words, parents=[common])
        made.set_defaults(command=run)
        return made

    made = add("ingest", ingest)
    made.add_argument("--path", type=Path, metavar="FILE", help="a learning path in Markdown")
    made.add_argument(
        "--documents", type=Path, metavar="DIR_OR_JSONL", help="plain documents instead of a path"
    )
    made.add_argument("--archive", type=Path, metavar="WARC", help="read pages from this archive")
    made.add_argument("--offline", action="store_true", help="never use the network")
    made.add_argument("--no-vectors", action="store_true", help="keyword search only, for a look")
    add_limits(made)
    add_addition(add("add", add_own))
    add("reindex", reindex)
    add_filters(add("sources", sources))
    made = add("section", section)
    made.add_argument("section_id", metavar="ID", help="such as m1w1-basic-ml-concepts")
    made = add("search", search)
    add_question(made)
    made.add_argument("--k", type=positive, default=10, help="number of hits (default: 10)")
    made.add_argument(
        "--flagged", action="store_true", help="show passages that are kept out of answers too"
    )
    made = add("ask", ask)
    add_question(made)
    made.add_argument("--engine", help="what writes the answer (default: extractive)")
    add_export(add("export", export))
    made = add("web", web)
    made.add_argument("--host", default="127.0.0.1", help="address to serve (default: 127.0.0.1)")
    made.add_argument("--port", type=int, default=7860, help="port to serve (default: 7860)")
    return top


def add_addition(command: argparse.ArgumentParser) -> None:
    """Let a command add a link or a file, show what was added, or take it away."""
    command.add_argument("what", nargs="*", metavar="URL|FILE", help="a web address or a file")
    command.add_argument("--section", default="own", metavar="ID", help="the section it belongs to")
    command.add_argument("--title", default="", help="what to call it")
    command.add_argument("--list", action="store_true", help="show what was added")
    command.add_argument("--remove", metavar="ID", help="take one away again")


def add_filters(command: argparse.ArgumentParser) -> None:
    """Let a command show a part of the ledger."""
    for option, word, words in (
        ("--status", "WORD", "only this status; may be given several times, as the next two"),
        ("--kind", "KIND", "only this kind"),
        ("--section", "ID-PREFIX", "only sections whose id is this or begins so"),
    ):
        command.add_argument(option, action="append", default=[], metavar=word, help=words)
    command.add_argument(
        "--flagged", action="store_true", help="the passages that are kept out of answers, and why"
    )


def add_limits(command: argparse.ArgumentParser) -> None:
    """Let a command read a part of the path, or only say what it would read."""
    command.add_argument(
        "--only", action="append", default=[], metavar="ID", help="sections whose id begins so"
    )
    command.add_argument(
        "--kind", action="append", default=[], metavar="KIND", help="links of this kind"
    )
    command.add_argument(
        "--max-minutes", type=minutes, metavar="N", help="fetch for so long, then publish"
    )
    command.add_argument("--dry-run", action="store_true", help="only say what would be done")
    command.add_argument(
        "--no-fallback", action="store_true", help="do not ask a web archive for what is gone"
    )
    command.add_argument(
        "--transcripts",
        type=Path,
        metavar="DIR",
        help="captions of videos: VIDEO-ID.json, .vtt, .srt",
    )


def add_question(command: argparse.ArgumentParser) -> None:
    """Let a command take one question or a file of them."""
    asked = command.add_mutually_exclusive_group(required=True)
    asked.add_argument("question", nargs="?", metavar="QUESTION", help="the question, in quotes")
    asked.add_argument(
        "--batch", metavar="FILE", help='a line {"id", "question"} for each question; - for stdin'
    )


def positive(text: str) -> int:
    """Read a number of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not at least 1")
    return number


def minutes(text: str) -> float:
    """Read a time in minutes, more than none."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no time: give minutes, such as 20")
    return number


def version() -> str:
    """Give the installed version."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("studypath")
    except PackageNotFoundError:
        return "(not installed)"


# ── commands ────────────────────────────────────────────────────────────────────────────────────


def ingest(options: argparse.Namespace) -> int:
    """Read a learning path and what it links to, and index it."""
    from assistant.settings import load_settings
    from ingest.build import BuildOptions, build_library, plan_library
    from ingest.choice import Choice
    from ui.terminal import progress_report, show_plan, tell_summary

    if options.documents and (options.path or options.archive):
        raise InputError("--documents stands alone: leave out --path and --archive")
    limits = options.only or options.kind or options.max_minutes or options.dry_run
    if options.documents and limits:
        raise InputError(
            "--only, --kind, --max-minutes and --dry-run are for links: leave them out"
        )
    settings = load_settings(options.home)
    build = BuildOptions(
        model=settings.model,
        cache=settings.cache,
        path=options.path,
        documents=options.documents,
        archive=options.archive,
        offline=options.offline,
        vectors=not options.no_vectors,
        fallback=not options.no_fallback,
        transcripts=options.transcripts,
        choice=Choice(tuple(options.only), tuple(options.kind)),
        max_minutes=options.max_minutes,
    )
    if options.dry_run:
        show_plan(plan_library(settings.home, build), options.json)
        return 0
    with progress_report(options.json) as report:
        summary = build_library(settings.home, build, report)
    tell_summary(settings.home, summary, options.json)
    return 0


def add_own(options: argparse.Namespace) -> int:
    """Add links and files of your own, list them, or take one away."""
    from assistant.settings import load_settings
    from ingest import additions
    from ui.terminal import show_additions

    if [bool(options.what), options.list, options.remove is not None].count(True) != 1:
        raise InputError("name links or files to add, or --list, or --remove with an id")
    if options.title and len(options.what) != 1:
        raise InputError("--title is for one link or file: add them one by one")
    settings = load_settings(options.home)
    must_exist(settings)
    if options.list:
        show_additions(settings.home, additions.listed(settings.home), options.json)
        return 0
    if options.remove is not None:
        additions.remove(settings.home, options.remove)
        take_up(settings, (), options.json)
        return 0
    added = additions.add_all(settings.home, options.what, options.section, options.title)
    take_up(settings, [addition.resource_id for addition in added], options.json)
    show_additions(settings.home, added, options.json)
    return 0


def reindex(options: argparse.Namespace) -> int:
    """Split and index again what was read, with the current rules and model."""
    from assistant.settings import load_settings
    from ingest import build
    from ui.terminal import progress_report, tell_summary

    settings = load_settings(options.home)
    must_exist(settings)
    wanted = build.BuildOptions(model=settings.model, cache=settings.cache)
    with progress_report(options.json) as report:
        summary = build.reindex(settings.home, wanted, report)
    tell_summary(settings.home, summary, options.json)
    return 0


def sources(options: argparse.Namespace) -> int:
    """Show what became of every link of the path."""
    from assistant.settings import load_settings
    from ingest.library import open_library
    from ui.sources_tab import Filters, chosen

    settings = load_settings(options.home)
    must_exist(settings)
    with open_library(settings.home) as library:
        if options.flagged:
            return show_flagged_passages(library.flagged(), options.json)
        every = library.sources()
    wanted = Filters(tuple(options.status), tuple(options.kind), tuple(options.section))
    rows = chosen(every, wanted)
    if options.json:
        from ui.ledger import source_json

        for row in rows:
            write_json(source_json(row))
    elif rows or not every:
        from ui.terminal import show_sources

        show_sources(rows)
    if every and not rows:
        statuses, kinds = {row.status for row in every}, {row.kind for row in every}
        complain(
            f"no source fits; there are the statuses {', '.join(sorted(statuses))}"
            f" and the kinds {', '.join(sorted(kinds))}"
        )
    return 0


def show_flagged_passages(rows: "Sequence[FlaggedRow]", as_json: bool) -> int:
    """Write the passages that are kept out of answers."""
    if as_json:
        from ui.ledger import flagged_json

        for row in rows:
            write_json(flagged_json(row))
    else:
        from ui.terminal import show_flagged

        show_flagged(rows)
    return 0


def section(options: argparse.Namespace) -> int:
    """Show one section: hours, topics, notes, links with what became of them, what comes before."""
    import corpus
    from assistant.prerequisites import load_prerequisites
    from assistant.section import section_card
    from assistant.settings import load_settings
    from ingest.curriculum import parse
    from ingest.library import open_library
    from ui.section import section_json, section_text

    settings = load_settings(options.home)
    ensure_library(settings)
    with open_library(settings.home) as library:
        if not library.path_text:
            raise InputError("a collection has no sections: name a --home that holds a path")
        curriculum = parse(library.path_text)
        prerequisites = load_prerequisites(corpus.prerequisites())
        card = section_card(options.section_id, curriculum, prerequisites, library)
    if options.json:
        write_json(section_json(card))
    else:
        from ui.terminal import show_text

        show_text(section_text(card, curriculum))
    return 0


def search(options: argparse.Namespace) -> int:
    """Find the passages that fit a question best."""
    from assistant.ask import Assistant
    from assistant.settings import load_settings
    from ui.batch import run_batch
    from ui.render import search_json, terminal_hits
    from ui.terminal import show_text

    settings = load_settings(options.home)
    ensure_library(settings)
    assistant = Assistant(settings)
    if options.batch:
        return run_batch(
            options.batch,
            lambda text, id: search_json(
                assistant.search(text, options.k, flagged=options.flagged), id
            ),
        )
    result = assistant.search(options.question, options.k, flagged=options.flagged)
    if options.json:
        write_json(search_json(result))
    else:
        show_text(terminal_hits(result))
    return 0


def ask(options: argparse.Namespace) -> int:
    """Answer a question with citations."""
    from assistant.ask import Assistant
    from assistant.settings import load_settings
    from ui.batch import run_batch
    from ui.render import answer_json, terminal_text
    from ui.terminal import show_text

    settings = load_settings(options.home, options.engine)
    ensure_library(settings)
    assistant = Assistant(settings)
    if options.batch:
        return run_batch(options.batch, lambda text, id: answer_json(assistant.ask(text), id))
    answer = assistant.ask(options.question)
    if options.json:
        write_json(answer_json(answer))
    else:
        show_text(terminal_text(answer, places(settings)))
    return 0


def export(options: argparse.Namespace) -> int:
    """Write an Anki deck, a calendar or a progress report."""
    from assistant.settings import load_settings
    from ui.export import export_file, export_words, present
    from ui.terminal import show_text

    settings = load_settings(options.home)
    ensure_library(settings)
    made = export_file(options, settings, present())
    if options.json:
        write_json(made)
    else:
        show_text(export_words(made))
    return 0


def web(options: argparse.Namespace) -> int:
    """Serve the chat page on this machine."""
    from assistant.settings import load_settings
    from ui.web import serve

    def announce(address: str) -> None:
        if options.json:
            write_json({"schema": 1, "url": address})
        else:
            print(f"studypath is at {address} (Ctrl-C stops it)", flush=True)

    with suppress(KeyboardInterrupt):  # Ctrl-C is how a server ends
        serve(load_settings(options.home), options.host, options.port, announce)
    return 0


# ── the library ─────────────────────────────────────────────────────────────────────────────────


def must_exist(settings: "Settings") -> None:
    """Raise LibraryError for a home that was named and is not there."""
    if settings.home_given and not settings.home.exists():
        raise LibraryError(
            f"there is no folder {settings.home}: `studypath ingest --home {settings.home}` makes"
            " a library there"
        )


def ensure_library(settings: "Settings") -> None:
    """Build the library of what ships when the home holds none, for keyword search."""
    must_exist(settings)
    if (settings.home / "library.db").exists():
        return
    from ingest.build import BuildOptions, build_library

    complain(
        f"no library in {settings.home} yet: indexing what ships, for keyword search"
        " (`studypath ingest` reads the linked pages and adds search by meaning)"
    )
    options = BuildOptions(model=settings.model, cache=settings.cache, offline=True, vectors=False)
    build_library(settings.home, options, lambda progress: None)


def take_up(settings: "Settings", added: Sequence[str], as_json: bool) -> None:
    """Read what was added, by resource id, and drop what went; says so when that must wait.

    Search by meaning is brought up to date where it was so before; elsewhere an ingest does it.
    """
    from ingest.build import BuildOptions, build_library
    from ingest.choice import Choice
    from ingest.library import open_library
    from ui.terminal import progress_report

    try:
        ensure_library(settings)
        with open_library(settings.home) as library:
            complete = library.meta.get("vectors_for") == library.meta.get("generation")
        options = BuildOptions(
            model=settings.model,
            cache=settings.cache,
            vectors=complete,
            choice=Choice(ids=tuple(added)),
        )
        with progress_report(as_json) as report:
            build_library(settings.home, options, report)
    except LibraryError as error:
        complain(f"noted; the next `studypath ingest` takes it up ({error})")


def places(settings: "Settings") -> dict[str, str]:
    """Give the place in words of every section of the library's path."""
    from ingest.curriculum import parse
    from ingest.library import open_library
    from ui.keeper import places_of

    with open_library(settings.home) as library:
        text = library.path_text
    return dict(places_of(parse(text) if text else None))


if __name__ == "__main__":
    sys.exit(main())
