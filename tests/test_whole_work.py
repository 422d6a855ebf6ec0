"""In a group nobody has the whole path read, or evaluated, again and again."""

from pathlib import Path

import pytest

from ingest.errors import InputError
from ui.jobs import Jobs, Kind
from ui.limits import WHOLE, Rate

EVERYTHING = ("ingest", "--json")
NEVER = Kind("read", lambda: False, lambda *_: "")


def jobs_of(home: Path, whole: Rate | None) -> Jobs:
    """Keep jobs of which none ever begins."""
    return Jobs(home, {"read": NEVER, "evaluate": NEVER}, whole=whole)


def whole_ones(jobs: Jobs, learner: str, kind: str = "read") -> int:
    """Count how often a learner may have the whole path read, cancelling each time."""
    for count in range(10):
        try:
            job = jobs.start(kind, EVERYTHING, learner)
        except InputError:
            return count
        jobs.cancel(job.id if job else "", learner)
    return 10


def test_each_learner_has_a_share_of_each_kind(tmp_path: Path) -> None:
    jobs = jobs_of(tmp_path, WHOLE)
    assert whole_ones(jobs, "anna") == 2
    assert whole_ones(jobs, "bert") == 2
    assert whole_ones(jobs, "anna", "evaluate") == 2
    jobs.close()


def test_single_links_and_what_waits_already_cost_nothing(tmp_path: Path) -> None:
    jobs = jobs_of(tmp_path, Rate(1, 3600.0))
    first = jobs.start("read", EVERYTHING, "anna")
    assert jobs.start("read", EVERYTHING, "anna") == first
    for n in range(5):
        assert jobs.start("read", ("ingest", f"--link={n}"), "anna", (str(n),))
    jobs.cancel(first.id if first else "", "anna")
    with pytest.raises(InputError, match="please try again in 60 minutes"):
        jobs.again(first.id if first else "", "anna")
    jobs.close()


def test_on_a_machine_of_ones_own_nothing_is_counted(tmp_path: Path) -> None:
    jobs = jobs_of(tmp_path, None)
    assert whole_ones(jobs, "me") == 10
    jobs.close()
