"""What is installed, indexed, reachable and broken, each with one line of remedy.

Nothing is changed, no server is asked but ports of this machine, and no key, password or address
that may hold one is repeated.
"""

import os
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Protocol

from assistant.settings import Settings
from ingest.additions import listed
from ingest.embed import graph_path, model_id
from ingest.errors import InputError, LibraryError, ModelMissing, StudypathError
from ingest.fetch import check_contact
from ingest.inspection import Inspection, inspect, is_being_written

OK, WARN, BROKEN = "ok", "warn", "broken"
PYTHON = (3, 11)
# Those whose versions change what is read, found or shown; of the others it counts that they are
# there.
TOLD = (
    *("torch", "sentence-transformers", "onnxruntime", "chromadb", "rank-bm25", "trafilatura"),
    *("llama-index-core", "httpx", "gradio"),
)
OLLAMA = ("127.0.0.1", 11434)  # its documented default port
# The library of the shipped path with whole sites takes 0.2 GB, and while a new generation of its
# index is written beside the old one, half as much again (eval.bench, `disk`).
LITTLE, TOO_LITTLE = 1_000_000_000, 200_000_000
OLD_DAYS = 180
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9._-]+)[^;]*(?:;.*?extra\s*==\s*['\"]([\w-]+)['\"])?")
_PROXIES = ("https_proxy", "http_proxy", "all_proxy")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `state` is "ok", "warn" or "broken"."""

    name: str
    state: str
    words: str
    remedy: str = ""


class EngineState(Protocol):
    """What is asked of an engine: can it answer now, and if not, why."""

    @property
    def name(self) -> str:
        """How it is called."""

    @property
    def usable(self) -> bool:
        """Whether it can answer now."""

    @property
    def why(self) -> str:
        """What it is, or why it cannot; without any secret."""


@dataclass(frozen=True, slots=True)
class Extractive:
    """The engine that is always there."""

    name: str = "extractive"
    usable: bool = True
    why: str = "verbatim quotes, without a language model"


Engines = Callable[[Settings], Sequence[EngineState]]


def extractive_alone(settings: Settings) -> tuple[EngineState, ...]:
    """Name the one engine that needs nothing."""
    return (Extractive(),)


def examine(
    settings: Settings, now: datetime, engines: Engines = extractive_alone
) -> tuple[Check, ...]:
    """Look at everything, what is wrong included; `now` has a time zone."""
    return (
        *installed(sys.version_info[:2], requirements(), version_of),
        *home_checks(settings.home),
        *library_checks(settings, now),
        question_model(settings),
        *engine_checks(settings.engine, engines(settings)),
        *network_checks(settings.contact, os.environ),
        model_server(answers(*OLLAMA)),
    )


def broken(checks: Sequence[Check]) -> bool:
    """Say whether something must be mended."""
    return any(check.state == BROKEN for check in checks)


def said(name: str, error: StudypathError) -> Check:
    """Make a check of an error, whose message ends with its remedy."""
    words, _, remedy = str(error).rpartition(": ")
    return Check(name, BROKEN, words, remedy)


# ── installed ───────────────────────────────────────────────────────────────────────────────────


def requirements() -> tuple[str, ...]:
    """List what the installed studypath requires; what is TOLD when it runs from its files."""
    try:
        return tuple(metadata.requires("studypath") or TOLD)
    except metadata.PackageNotFoundError:
        return TOLD


def version_of(package: str) -> str:
    """Give a package's version; empty when it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def installed(
    python: tuple[int, ...], required: Sequence[str], version: Callable[[str], str]
) -> Iterator[Check]:
    """Check Python, the packages and the optional groups."""
    here, least = (".".join(map(str, numbers)) for numbers in (python, PYTHON))
    old = python < PYTHON
    remedy = f"install Python {least} or newer, then set studypath up anew" if old else ""
    yield Check("python", BROKEN if old else OK, f"Python {here}", remedy)
    groups: dict[str, list[str]] = {"": []}
    for line in required:
        if found := _REQUIREMENT.match(line):
            groups.setdefault(found[2] or "", []).append(found[1])
    yield packages(groups.pop(""), version)
    groups.pop("dev", None)
    for group, names in groups.items():
        missing = [name for name in names if not version(name)]
        words = f"not installed: {', '.join(missing)}" if missing else ", ".join(names)
        remedy = f"pip install 'studypath[{group}]'" if missing else ""
        yield Check(f"optional: {group}", OK, words, remedy)


def packages(names: Sequence[str], version: Callable[[str], str]) -> Check:
    """Check that all packages are there, and tell the versions of those that matter most."""
    if missing := [name for name in names if not version(name)]:
        remedy = f"pip install {' '.join(missing)}, or run `make setup` anew"
        return Check("packages", BROKEN, f"not installed: {', '.join(missing)}", remedy)
    told = ", ".join(f"{name} {version(name)}" for name in TOLD if version(name))
    return Check("packages", OK, f"{len(names)} packages; {told}")


# ── the home ────────────────────────────────────────────────────────────────────────────────────


def home_checks(home: Path) -> Iterator[Check]:
    """Check that a home can be written, has room, and is not being written now."""
    place = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    writable = os.access(place, os.W_OK | os.X_OK)
    made = "" if home.exists() else " (not there yet)"
    rights = f"let your user write to {place}, or name another --home"
    state = OK if writable else BROKEN
    words = f"{home}{made}" if writable else f"{home}{made} cannot be written"
    yield Check("home", state, words, "" if writable else rights)
    yield room(place, shutil.disk_usage(place).free)
    if is_being_written(home):
        yield Check(
            "write lock",
            WARN,
            "another studypath is writing to this home",
            "wait for it to end; what was read before can be asked meanwhile",
        )
    else:
        yield Check("write lock", OK, "free")


def room(place: Path, free: int) -> Check:
    """Judge the free bytes of a disk."""
    words = f"{free / 1e9:.1f} GB are free at {place}"
    if free >= LITTLE:
        return Check("disk", OK, words)
    remedy = "make room: a new index is written beside the old one before that goes"
    return Check("disk", BROKEN if free < TOO_LITTLE else WARN, words, remedy)


# ── the library ─────────────────────────────────────────────────────────────────────────────────


def library_checks(settings: Settings, now: datetime) -> Iterator[Check]:
    """Check what is indexed."""
    home = settings.home
    if not (home / "library.db").exists():
        yield Check("library", WARN, f"no library in {home} yet", "run `studypath ingest`")
        return
    try:
        found = inspect(home)
    except LibraryError as error:
        yield said("library", error)
        return
    if not found.generation:
        words = "its first ingest has not finished"
        yield Check("library", WARN, words, "run `studypath ingest` again: it goes on")
        return
    yield library(found, home)
    yield vectors(found, home)
    yield model(found, settings.model)
    yield ledger(found.statuses)
    yield age(found, now)
    yield added(home)


def library(found: Inspection, home: Path) -> Check:
    """Check that a generation and its postings are there."""
    folder = home / f"keywords-{found.generation}"
    missing = [n for n in ("postings.npz", "ids.npy") if not (folder / n).is_file()]
    if missing:
        words = f"{folder} lacks {', '.join(missing)}: nothing is found by words"
        return Check("library", BROKEN, words, "run `studypath reindex`")
    what = "a collection" if found.facts.get("collection") == "1" else "a learning path"
    counts = f"{found.passages:,} passages of {found.documents:,} documents"
    return Check("library", OK, f"{what}, generation {found.generation}, {counts}")


def vectors(found: Inspection, home: Path) -> Check:
    """Check that everything can be found by meaning."""
    name = found.facts.get("vectors", "")
    if name and not (home / name).is_dir():
        words = f"{home / name} is gone: nothing is found by meaning"
        remedy = "run `studypath reindex`; if that changes nothing, move library.db away and ingest"
        return Check("vectors", BROKEN, words, remedy)
    if name and found.facts.get("vectors_for") == str(found.generation):
        return Check("vectors", OK, "complete")
    words = f"search by meaning is not complete ({found.facts.get('embedded', '0')} texts so far)"
    remedy = "run `studypath reindex`, when no ingest is under way"
    return Check("vectors", WARN, words, remedy)


def model(found: Inspection, wanted: str) -> Check:
    """Check that the passages' model is there, and the one that the library was made with."""
    try:
        here = model_id(wanted)
    except ModelMissing as error:
        return said("model", error)
    made = found.facts.get("model", "")
    if made and made != here:
        words = f"the library was made with {made}, not with {here}"
        return Check("model", BROKEN, words, "run `studypath reindex`, or set STUDYPATH_MODEL back")
    return Check("model", OK, here)


def ledger(statuses: Mapping[str, int]) -> Check:
    """Tell what became of the links."""
    order = sorted(statuses, key=lambda status: -statuses[status])
    words = ", ".join(f"{statuses[status]} {status}" for status in order)
    waiting = statuses.get("postponed", 0)
    remedy = "run `studypath ingest`: it reads those that were postponed" if waiting else ""
    return Check("ledger", WARN if waiting else OK, f"{sum(statuses.values())}: {words}", remedy)


def age(found: Inspection, now: datetime) -> Check:
    """Tell how old the newest page is."""
    try:
        then = datetime.fromisoformat(found.newest)
        days = (now - then).days
    except (ValueError, TypeError):
        return Check("age", OK, "nothing was read from the web")
    words = f"the newest page is of {then.date()}, {days} days ago"
    old = days > OLD_DAYS
    remedy = "run `studypath ingest`: it asks every page whether it changed" if old else ""
    return Check("age", WARN if old else OK, words, remedy)


def added(home: Path) -> Check:
    """Check that the learner's own list can be read."""
    try:
        return Check("additions", OK, f"{len(listed(home))} of your own")
    except LibraryError as error:
        return said("additions", error)


def question_model(settings: Settings) -> Check:
    """Check that the model that reads questions was exported."""
    try:
        graph = graph_path(settings.model, settings.cache)
    except ModelMissing as error:
        return said("question model", error)
    if graph.is_file():
        return Check("question model", OK, str(graph))
    words = f"not exported to {settings.cache} yet: the first question takes up to 10 s longer"
    return Check("question model", WARN, words, "run `studypath reindex`, which exports it")


# ── reachable ───────────────────────────────────────────────────────────────────────────────────


def engine_checks(wanted: str, states: Sequence[EngineState]) -> Iterator[Check]:
    """Tell which engines can answer; the one that is configured should."""
    named = {state.name: state for state in states}
    for state in states:
        lacking = state.name == wanted and not state.usable
        words = state.why if state.usable else f"not usable: {state.why}"
        remedy = "quotes answer until then; or set STUDYPATH_ENGINE=extractive" if lacking else ""
        yield Check(f"engine: {state.name}", WARN if lacking else OK, words, remedy)
    if wanted not in (*named, "auto"):
        known = ", ".join((*named, "auto"))
        words = f"STUDYPATH_ENGINE names {wanted[:40]!r}, which is none"
        yield Check("engine", BROKEN, words, f"set STUDYPATH_ENGINE to one of {known}")


def network_checks(contact: str, environment: Mapping[str, str]) -> Iterator[Check]:
    """Say whether this machine leads anywhere, and who servers are told that we are."""
    proxies = [n for n in _PROXIES if environment.get(n) or environment.get(n.upper())]
    if not leads_out():
        words = "this machine has no way out"
        remedy = "connect it to read pages; `studypath ingest --offline` needs none"
        yield Check("network", WARN, words, remedy)
    elif proxies:
        words = f"{', '.join(proxies)} is set, and pages are fetched without a proxy"
        remedy = (
            "where only the proxy leads out, save pages elsewhere: `studypath ingest --archive`"
        )
        yield Check("network", WARN, words, remedy)
    else:
        yield Check("network", OK, "there is a way out; nobody was asked")
    try:
        check_contact(contact)
    except InputError:
        remedy = "set STUDYPATH_CONTACT to an e-mail or a web address without a password"
        yield Check("contact", BROKEN, "STUDYPATH_CONTACT is no contact", remedy)
    else:
        words = f"servers are told {contact}" if contact else "servers are told no contact"
        remedy = "" if contact else "STUDYPATH_CONTACT may name an e-mail or a web address"
        yield Check("contact", OK, words, remedy)


def leads_out() -> bool:
    """Say whether there is a route to the outside; nothing is sent.

    A UDP socket that is connected only looks the route up. The address is one for examples.
    """
    for family, address in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as way:
                way.connect((address, 9))
                return True
        except OSError:
            continue
    return False


def answers(host: str, port: int) -> bool:
    """Say whether something listens at a port of this machine."""
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False


def model_server(there: bool) -> Check:
    """Tell of a model server on this machine."""
    where = f"{OLLAMA[0]}:{OLLAMA[1]}"
    words = f"something listens at {where}" if there else f"nothing listens at {where} (Ollama)"
    return Check("model server", OK, words)
