"""`studypath web` whose reading jobs reach a local web instead of the real one.

    python -m tests.local_server web --home HOME …     serves, and its jobs run as
    python -m tests.local_server job ingest …

Only where names lead is changed, how long a host is left alone between two pages, and that nothing
is prepared for search by meaning, which takes longer than all the rest.
"""

import sys
from pathlib import Path

import ingest.build
import ui.jobs
import ui.reading
import ui.working
from ingest.fetch import LiveTransport
from ingest.pace import Budget, Pace
from ui import cli
from ui.keeper import Keeper


class LocalTransport(LiveTransport):
    """The web on this machine: every name leads here, and links name the port themselves."""

    def __init__(self, archive: Path | None, *, budget: Budget, contact: str) -> None:
        super().__init__(
            archive,
            budget=budget,
            contact=contact,
            allow_private=True,
            resolve=lambda host, port: ("127.0.0.1",),
            pace=Pace(0.05),
        )


def main() -> int:
    """Serve, or run one job."""
    first, *rest = sys.argv[1:]
    if first == "job":
        setattr(ingest.build, "LiveTransport", LocalTransport)  # noqa: B010
        return ui.working.main(rest)
    ui.jobs.PROGRAM = (sys.executable, "-m", "tests.local_server", "job")
    ui.reading.INGEST = ("ingest", "--no-vectors")
    setattr(Keeper, "_build", lambda *_: None)  # noqa: B010
    return cli.main([first, *rest])


if __name__ == "__main__":
    sys.exit(main())
