"""A job's own process: one `studypath` command, behind the page, that ends when its server ends."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

# Of `nice`. Beside a file being read and a run, the gap between two sentences of an answer was
# 332 ms at 10 and 100 ms at 19 (95th percentile; 86 to 90 ms without them), on two cores with other
# work (`STUDYPATH_MEASURE=1 pytest -s tests/browser/test_jobs_speed.py`).
AFTER_THE_PAGE = 19


def environment() -> dict[str, str]:
    """Let a process of ours find these packages also where they are not installed."""
    root = str(Path(__file__).resolve().parent.parent)
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": paths}


def main(arguments: Sequence[str]) -> int:
    """Run a command at low priority; standard input is held open by whoever wants it to go on."""
    from ui import cli

    if hasattr(os, "nice"):
        os.nice(AFTER_THE_PAGE)
    Thread(target=end_with_server, name="watch", daemon=True).start()
    return cli.main(arguments)


def end_with_server() -> None:
    """Wait until nobody holds our input any more, then end everything that we started, at once.

    A server that is killed cannot end its jobs: they would go on, and hold the library, unseen.
    """
    while os.read(0, 1):  # a lock of sys.stdin would be in the way when we end by ourselves
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
