"""The `studypath` command: one short function per command, heavy imports inside it.

Answers go to standard output, everything else to standard error. Exit code 0 also for a refusal or
a batch with some bad lines, 2 for bad input, 1 when the fault is ours.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ingest.errors import InputError, StudypathError
from ui.evaluate import add_eval, evaluate
from ui.export import add_export
from ui.group import add_serving, add_user_commands, serve, users
from ui.options import (
    add_addition,
    add_filters,
    add_learner,
    add_limits,
    add_listing,
    add_manner,
    add_mcp,
    add_origins,
    add_question,
    add_talk,
    positive,
    version,
)
from ui.quiz import add_commands as add_quizzes
from ui.study import add_study_commands
from ui.terminal import complain, write_json
from ui.upkeep import ensure_library, must_exist, places, take_up

if TYPE_CHECKING:
    from assistant.manner import Manner
    from ingest.library import FlaggedRow

Command = Callable[[argparse.Namespace], int]
Add = Callable[[str, Command], argparse.ArgumentParser]

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

    def add(name: str, run: Command) -> argparse.ArgumentParser:
        words = (run.__doc__ or "").split("\n")[0]
        made = commands.add_parser(name, help=words, description=words, parents=[common])
        made.set_defaults(command=run)
        return made

    made = add("ingest", ingest)
    add_origins(made)
    add_limits(made)
    add_addition(add("add", add_own))
    add("reindex", reindex)
    add_filters(add("sources", sources))
    made = add("section", section)
    made.add_argument("section_id", metavar="ID", help="such as m1w1-basic-ml-concepts")
    add_study_commands(add)
    made = add("search", search)
    add_question(made)
    made.add_argument("--k", type=positive, default=10, help="number of hits (default: 10)")
    made.add_argument(
        "--flagged", action="store_true", help="show passages that are kept out of answers too"
    )
    add_answering(add)
    add("doctor", doctor)
    add_quizzes(add)
    add_export(add("export", export))
    add_mcp(add("mcp", mcp))
    add_eval(add("eval", evaluate))
    for name in ("serve", "web"):  # the second is its old name
        add_serving(add(name, serve))
    add_user_commands(add("users", users))
    return top


def add_answering(add: Add) -> None:
    """Add the commands that answer questions, and what they answer with."""
    made = add("ask", ask)
    add_question(made)
    add_manner(made)
    made = add("chat", chat)
    add_talk(made)
    add_manner(made)
    add_learner(made)
    made = add("conversations", conversations)
    add_listing(made)
    add_learner(made)
    made = add("models", models)
    made.add_argument(
        "action", nargs="?", choices=("pull",), help="pull: fetch a small model for this machine"
    )


# ── commands ────────────────────────────────────────────────────────────────────────────────────


def ingest(options: argparse.Namespace) -> int:
    """Read a learning path and what it links to, and index it."""
    from assistant.settings import load_settings
    from ingest.build import BuildOptions, build_library, plan_library
    from ingest.choice import Choice
    from ui.terminal import progress_report, show_plan, tell_summary

    if options.documents and (options.path or options.archive):
        raise InputError("--documents stands alone: leave out --path and --archive")
    limits = options.only or options.kind or options.link or options.max_minutes or options.max_mb
    if options.documents and (limits or options.dry_run):
        raise InputError(
            "--only, --kind, --link, --max-minutes, --max-mb and --dry-run are for links:"
            " leave them out"
        )
    if options.max_mb and (options.archive or options.offline):
        raise InputError("--max-mb limits what comes from the web: leave it out")
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
        choice=Choice(tuple(options.only), tuple(options.kind), tuple(options.link) or None),
        max_minutes=options.max_minutes,
        max_mb=options.max_mb,
        contact=settings.contact,
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
    from ui.sources_page import Filters, chosen

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
    from assistant.prerequisites import shipped_prerequisites
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
        prerequisites = shipped_prerequisites()
        card = section_card(options.section_id, curriculum, prerequisites, library.sources())
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

    settings = load_settings(options.home, options.engine, options.model)
    if settings.remark:
        complain(settings.remark)
    ensure_library(settings)
    assistant = Assistant(settings)
    manner = manner_of(options)
    assistant.check(manner)
    if options.batch:
        return run_batch(
            options.batch, lambda text, id: answer_json(assistant.ask(text, manner), id)
        )
    answer = assistant.ask(options.question, manner)
    if options.json:
        write_json(answer_json(answer))
    else:
        show_text(terminal_text(answer, places(settings)))
    return 0


def manner_of(options: argparse.Namespace) -> "Manner":
    """Read how questions are to be answered."""
    from assistant.manner import Manner

    return Manner(scope=tuple(options.scope), depth=options.depth, hints=options.hints)


def chat(options: argparse.Namespace) -> int:
    """Talk about your path in the terminal; follow-up questions lean on what was said."""
    from assistant.ask import Assistant
    from assistant.conversation import Conversations
    from assistant.settings import load_settings
    from ui.repl import Room, Talking, converse, typed_lines

    if options.conversation and options.last:
        raise InputError("--conversation and --last name two conversations: leave one out")
    settings = load_settings(options.home, options.engine, options.model)
    kept = Conversations(settings.home, options.learner)
    listed = kept.listed()  # a file that cannot be used is told before anything is asked
    ensure_library(settings)
    assistant = Assistant(settings)
    manner = manner_of(options)
    assistant.check(manner)
    talking = Talking(manner=manner)
    if options.conversation or (options.last and listed):
        found = kept.find(options.conversation) if options.conversation else listed[0]
        talking = Talking(found.id, kept.load(found.id), manner)
    room = Room(assistant, kept, places(settings), options.json)
    if sys.stdin.isatty() and not options.json:
        print("Ask about your path; /help lists what else there is, Ctrl-D ends.")
    converse(room, talking, typed_lines())
    return 0


def conversations(options: argparse.Namespace) -> int:
    """List, show, rename, delete or export conversations, or show what was said of answers."""
    from assistant.conversation import Conversations
    from assistant.settings import load_settings
    from ui.conversations import manage

    settings = load_settings(options.home)
    must_exist(settings)

    def words() -> dict[str, str]:
        return places(settings) if (settings.home / "library.db").exists() else {}

    manage(Conversations(settings.home, options.learner), options, words)
    return 0


def models(options: argparse.Namespace) -> int:
    """Show what can write answers now and why the rest cannot, or fetch a small model."""
    from assistant.settings import load_settings
    from ui.models import pull_model, show_models

    settings = load_settings(options.home)
    if options.action == "pull":
        pull_model(settings, options.json)
    else:
        show_models(settings, options.json)
    return 0


def doctor(options: argparse.Namespace) -> int:
    """Say what is installed, indexed, reachable and broken, and what to do about it."""
    from datetime import UTC, datetime

    from assistant.doctor import broken, examine
    from assistant.engines import usable
    from assistant.settings import load_settings
    from ui.doctor import doctor_json, doctor_text
    from ui.terminal import show_text

    checks = examine(load_settings(options.home), datetime.now(UTC), engines=usable)
    if options.json:
        write_json(doctor_json(checks))
    else:
        show_text(doctor_text(checks))
    return 1 if broken(checks) else 0


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


def mcp(options: argparse.Namespace) -> int:
    """Serve ask, search, next, quiz and sources to other programs (Model Context Protocol)."""
    from assistant.settings import load_settings
    from ui.keeper import Keeper
    from ui.mcp_server import serve_here, serve_http, token_for
    from ui.tools import Tools

    settings = load_settings(options.home)
    must_exist(settings)
    given = os.environ.get("STUDYPATH_MCP_TOKEN", "")
    token = token_for(given) if options.http else ""
    keeper = Keeper(settings)
    keeper.start()
    try:
        with suppress(KeyboardInterrupt):  # Ctrl-C is how a server ends
            if options.http:
                if not given:  # what is known already is not written down once more
                    complain(f"the token is {token}")
                serve_http(Tools(keeper), options.host, options.port, token, complain)
            else:
                serve_here(Tools(keeper))
    finally:
        keeper.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
