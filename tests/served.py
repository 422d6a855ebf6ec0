"""The page as a process of its own, and the library that it is served from."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WEB = ("ui.cli", "web")


def ingest(home: Path, *more: str, vectors: bool = False) -> Path:
    """Make a library of what ships, for keyword search or for both; gives the home."""
    command = [sys.executable, "-m", "ui.cli", "ingest", "--offline", *more]
    command += [] if vectors else ["--no-vectors"]
    subprocess.run([*command, "--home", str(home)], cwd=ROOT, check=True)
    return home


def forget_record(home: Path) -> None:
    """Take the record of the learner `me` away, so that a test begins with its own."""
    for file in (home / "learners" / "me").glob("learner.db*"):
        file.unlink()


@contextmanager
def process_of(
    home: Path,
    program: Sequence[str] = WEB,
    *,
    page: str = "",
    patience: float = 20,
    environment: Mapping[str, str] | None = None,
) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Serve a home until the block ends; gives its address, at which `page` answers, and itself.

    It has `patience` seconds to end. What it complains of stands beside the home.
    """
    log = home.parent / "log.txt"
    with log.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", *program, "--port", "0", "--json", "--home", str(home)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, **(environment or {})},
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, log.read_text()
        address = json.loads(line)["url"]
        answering(f"{address}{page}")
        yield address, process
    finally:
        process.terminate()
        process.wait(timeout=patience)


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Serve a home as `studypath web` does and give its address."""
    with process_of(home) as (address, _):
        yield address


def answering(address: str) -> None:
    """Wait until the server answers."""
    for _ in range(240):
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    pytest.fail(f"{address} does not answer")
