"""Our own commands and server, each run and watched in a process of its own. Linux and macOS."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.settings import Settings
from ingest.errors import StudypathError

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 600.0  # seconds that a starting server gets
Address = tuple[str, int]

# The peak of a process includes that of the process it was forked from, so the measured one is
# started from a fresh, small interpreter.
WATCH = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True, errors="replace")
json.dump({"seconds": time.perf_counter() - began, "output": done.stdout, "errors": done.stderr,
           "code": done.returncode,
           "kilobytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}, sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """A command that was run to its end in a process of its own; `peak` is memory in MiB."""

    seconds: float
    peak: float
    output: str
    errors: str


def environment(settings: Settings) -> dict[str, str]:
    """Let a subprocess import this code and use the same model and cache."""
    paths = (str(ROOT), os.environ.get("PYTHONPATH", ""))
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "STUDYPATH_CACHE": str(settings.cache),
        "STUDYPATH_MODEL": settings.model,
    }


def command(*arguments: str | Path) -> list[str]:
    """Write the command line of a studypath command."""
    return [sys.executable, "-m", "ui.cli", *map(str, arguments)]


def run(arguments: Sequence[str], settings: Settings) -> Run:
    """Run a command to its end and measure it; raises StudypathError when it fails."""
    watch = [sys.executable, "-c", WATCH, *arguments]
    done = subprocess.run(watch, check=True, capture_output=True, env=environment(settings))
    seen = json.loads(done.stdout)
    if seen["code"]:
        last = (seen["errors"].strip().splitlines() or [""])[-1]
        raise StudypathError(f"`{' '.join(arguments)}` failed: {last}")
    return Run(seen["seconds"], seen["kilobytes"] / 1024, seen["output"], seen["errors"])


@contextmanager
def serving(folder: Path, settings: Settings) -> Iterator[tuple[float, Address]]:
    """Run the server on a free port; gives its time of start and its address."""
    settings = replace(settings, cache=folder / "cache")
    start = command("web", "--port", "0", "--home", folder / "home", "--json")
    began = time.perf_counter()
    with subprocess.Popen(
        start, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(settings)
    ) as server:
        try:
            line = server.stdout.readline() if server.stdout else b""
            if not line:
                raise StudypathError("`studypath web` ended before it served anything")
            host, _, port = json.loads(line)["url"].removeprefix("http://").rpartition(":")
            yield began, (host, int(port))
        finally:
            server.terminate()


def http(server: Address, request: str, body: str = "") -> str:
    """Ask our own server on this machine; raises OSError when it is not there or says no."""
    head = f"Host: {server[0]}:{server[1]}\r\nContent-Type: application/json\r\n"
    with socket.create_connection(server, timeout=60) as connection:
        connection.sendall(
            f"{request} HTTP/1.0\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        with connection.makefile("rb") as file:
            answer = file.read().decode()
    status, _, rest = answer.partition("\r\n")
    if " 200 " not in status:
        raise ConnectionError(status)
    return rest.partition("\r\n\r\n")[2]


def first_page(server: Address) -> str:
    """Fetch the page at /; raises OSError while it is not served."""
    return http(server, "GET /")


def named(server: Address, name: str, *values: str | int) -> Any:
    """Call a function of the named HTTP API with all its values; OSError when it fails."""
    call = f"/gradio_api/call/{name}"
    begun = json.loads(http(server, f"POST {call}", json.dumps({"data": values})))
    told = http(server, f"GET {call}/{begun['event_id']}")
    done = re.search(r"event: complete\r?\ndata: (.*)", told)
    if not done:
        raise ConnectionError(f"{name} did not answer")
    return json.loads(done[1])[0]


def wait_for(ready: Callable[[], object], patience: float = PATIENCE) -> None:
    """Try until it is ready; raises StudypathError when patience ends."""
    began = time.perf_counter()
    while time.perf_counter() - began < patience:
        try:
            if ready():
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise StudypathError(f"the server was not ready after {patience:.0f} s")
