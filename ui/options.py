"""What the commands of `studypath` take: their options, and how the values are read."""

import argparse
import math
from pathlib import Path


def add_origins(command: argparse.ArgumentParser) -> None:
    """Let a command say what is read, and from where."""
    command.add_argument("--path", type=Path, metavar="FILE", help="a learning path in Markdown")
    command.add_argument(
        "--documents", type=Path, metavar="DIR_OR_JSONL", help="plain documents instead of a path"
    )
    command.add_argument(
        "--archive", type=Path, metavar="WARC", help="read pages from this archive"
    )
    command.add_argument("--offline", action="store_true", help="never use the network")
    command.add_argument(
        "--no-vectors", action="store_true", help="keyword search only, for a look"
    )


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
        "--link", action="append", default=[], metavar="ID", help="this link, by its resource id"
    )
    command.add_argument(
        "--max-minutes", type=minutes, metavar="N", help="fetch for so long, then publish"
    )
    command.add_argument(
        "--max-mb", type=megabytes, metavar="N", help="fetch so many megabytes, then publish"
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


def add_manner(command: argparse.ArgumentParser) -> None:
    """Let a command say what writes an answer, from which sections and how much."""
    from assistant.manner import DEPTHS

    command.add_argument("--engine", help="what writes the answer (default: extractive)")
    command.add_argument("--model", metavar="NAME", help="the language model to use, by its name")
    command.add_argument(
        "--scope",
        action="append",
        default=[],
        metavar="ID",
        help="answer from these sections alone: ids or their beginnings, such as m2w3",
    )
    command.add_argument(
        "--depth", choices=DEPTHS, default="normal", help="how much to say (default: normal)"
    )
    command.add_argument(
        "--hints", action="store_true", help="for an exercise, no solution before all hints"
    )


def add_learner(command: argparse.ArgumentParser) -> None:
    """Let a command say whose work it is about."""
    command.add_argument("--learner", default="me", metavar="NAME", help="whose (default: me)")


def add_talk(command: argparse.ArgumentParser) -> None:
    """Let a command go on with a conversation."""
    command.add_argument("--conversation", metavar="ID", help="go on with this conversation")
    command.add_argument("--last", action="store_true", help="go on with the latest one")


def add_listing(command: argparse.ArgumentParser) -> None:
    """Let a command do something with a conversation."""
    command.add_argument(
        "action",
        nargs="?",
        default="list",
        choices=("list", "show", "rename", "delete", "export", "feedback"),
        help="what to do (default: list)",
    )
    command.add_argument("rest", nargs="*", metavar="ID [TITLE|FILE]", help="with which one")


def add_mcp(command: argparse.ArgumentParser) -> None:
    """Let a command serve programs over HTTP rather than over its own input and output."""
    command.add_argument("--http", action="store_true", help="serve over HTTP, with a token")
    command.add_argument("--host", default="127.0.0.1", help="address (default: 127.0.0.1)")
    command.add_argument("--port", type=int, default=7861, help="port (default: 7861)")


def positive(text: str) -> int:
    """Read a number of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not at least 1")
    return number


def minutes(text: str) -> float:
    """Read a time in minutes, more than none."""
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no time: give minutes, such as 20")
    return number


def megabytes(text: str) -> float:
    """Read a size in megabytes, more than none."""
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no size: give megabytes, such as 100")
    return number


def version() -> str:
    """Give the installed version."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("studypath")
    except PackageNotFoundError:
        return "(not installed)"
