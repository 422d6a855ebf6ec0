"""The commands that serve the page: `serve`, for one learner or for a group, and `users`."""

import argparse
import os
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import InputError
from ui.terminal import complain, write_json

if TYPE_CHECKING:
    from ui.door import Group

SALT = 16  # bytes
RECORD = "their record is kept in {}; a user of the same name would find it again"


def add_serving(command: argparse.ArgumentParser) -> None:
    """Let a command serve the page."""
    command.add_argument(
        "--host", default="127.0.0.1", help="address to serve (default: 127.0.0.1)"
    )
    command.add_argument("--port", type=int, default=7860, help="port to serve (default: 7860)")
    command.add_argument(
        "--auth-file", type=Path, metavar="FILE", help="let in the users of this file, nobody else"
    )
    command.add_argument(
        "--behind-proxy",
        action="store_true",
        help="believe X-Forwarded-For, -Proto and -Host: only behind a proxy that writes them",
    )


def add_user_commands(command: argparse.ArgumentParser) -> None:
    """Let a command make, change, list and remove users."""
    command.add_argument("action", choices=("add", "password", "remove", "list"), help="what to do")
    command.add_argument("name", nargs="?", metavar="NAME", help="with which user")
    command.add_argument(
        "--auth-file", type=Path, required=True, metavar="FILE", help="the file of users"
    )


def serve(options: argparse.Namespace) -> int:
    """Serve the page on this machine, or to a group of users."""
    from assistant.settings import load_settings
    from ui import web

    def announce(address: str) -> None:
        if options.json:
            write_json({"schema": 1, "url": address})
        else:
            print(f"studypath is at {address} (Ctrl-C stops it)", flush=True)

    group = group_of(options)
    with suppress(KeyboardInterrupt):  # Ctrl-C is how a server ends
        web.serve(load_settings(options.home), options.host, options.port, announce, group)
    return 0


def group_of(options: argparse.Namespace) -> "Group | None":
    """Read whom the page is served to; raises InputError for options that do not go together."""
    if options.auth_file is None:
        if options.behind_proxy:
            raise InputError("--behind-proxy is for a page with users: name their --auth-file")
        return None
    from ui.door import Group
    from ui.limits import allowed
    from ui.users import open_to_others, read_users

    read_users(options.auth_file.expanduser())
    if open_to_others(options.auth_file.expanduser()):
        complain(
            f"{options.auth_file} can be read or written by others on this machine:"
            f" chmod 600 {options.auth_file}"
        )
    return Group(options.auth_file, allowed(os.environ), options.behind_proxy)


def users(options: argparse.Namespace) -> int:
    """Say who may use a page that is served to a group: add, change, remove and list users."""
    from ui.users import changed, learner_id, made, name_of, read_users

    if options.action == "list":
        names = sorted(read_users(options.auth_file.expanduser()))
        if options.json:
            write_json(
                {"schema": 1, "users": [{"name": n, "learner": learner_id(n)} for n in names]}
            )
        else:
            print("\n".join(names) or "There are no users.")
        return 0
    if options.name is None:
        raise InputError(f"users {options.action}: name the user")
    name, file = name_of(options.name), options.auth_file
    if options.action != "add" and name not in read_users(file.expanduser()):
        raise InputError(f"{file} has no user {name}: `studypath users list` shows who there is")
    if options.action == "remove":
        with changed(file) as known:
            known.pop(name, None)
    else:
        if options.action == "add" and file.expanduser().exists():
            refuse_twice(name, file, there=name in read_users(file.expanduser()))
        user = made(name, ask_password(), secrets.token_bytes(SALT))
        with changed(file) as known:
            refuse_twice(name, file, there=options.action == "add" and name in known)
            known[name] = user
    tell(options, name, learner_id(name))
    return 0


def refuse_twice(name: str, file: Path, *, there: bool) -> None:
    """Raise InputError for a user that is there already."""
    if there:
        raise InputError(
            f"{name} is a user already: `studypath users password {name} --auth-file {file}`"
            " changes the password"
        )


def tell(options: argparse.Namespace, name: str, learner: str) -> None:
    """Say what was done."""
    if options.json:
        write_json({"schema": 1, "action": options.action, "name": name, "learner": learner})
        return
    words = {
        "add": f"{name} can log in. The record is that of the learner {learner}.",
        "password": f"{name} has a new password, and is logged out everywhere.",
        "remove": f"{name} is let in no more; {RECORD.format(f'learners/{learner}')}.",
    }
    print(words[options.action])


def ask_password(
    read: Callable[[], str] = lambda: sys.stdin.readline(),
) -> str:
    """Read a new password: twice without showing it, or one line of what is piped in.

    Raises InputError for one that is too short, or typed in two ways.
    """
    from getpass import getpass

    from ui.users import password_of

    if not sys.stdin.isatty():
        return password_of(read().rstrip("\r\n"))
    first = password_of(getpass("Password: "))
    if getpass("Once more: ") != first:
        raise InputError("the two passwords are not the same: nothing was changed")
    return first
