"""What every test stands on: an empty home folder, no telemetry, and the captured pages."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.door_server import Doorway

ROOT = Path(__file__).resolve().parents[1]

# Some of these are read when a library is first imported, which may be while a test module is
# collected: a fixture would come too late.
os.environ.update(
    HF_HUB_OFFLINE="1",
    GRADIO_ANALYTICS_ENABLED="False",
    RAGAS_DO_NOT_TRACK="true",
    ANONYMIZED_TELEMETRY="False",
)
# How busy a machine is says nothing about a property.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def studypath_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test away from the learner's real home folder; return the one used instead."""
    home = tmp_path / "studypath-home"
    monkeypatch.setenv("STUDYPATH_HOME", str(home))
    return home


@pytest.fixture
def nobody_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an unknown name be looked at as quickly as the users of `tests/door_server.py`."""
    from tests.door_server import QUICK
    from ui import users

    monkeypatch.setattr(users, "NOBODY", users.User("nobody", QUICK, bytes(16), bytes(32)))


@pytest.fixture
def way(tmp_path: Path) -> "Iterator[Doorway]":
    """Serve the door of a group."""
    from tests.door_server import doorway

    with doorway(tmp_path) as served:
        yield served


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder that holds `capture/` and `curriculum/`, whether it exists or not."""
    capture = os.environ.get("STUDYPATH_CAPTURE")
    return Path(capture).resolve().parent if capture else ROOT.parent / "shared"


@pytest.fixture(scope="session")
def capture(shared: Path) -> Path:
    """Return the folder of captured pages, or skip."""
    folder = Path(os.environ.get("STUDYPATH_CAPTURE", shared / "capture"))
    return _existing(
        folder, "the captured pages are not here; STUDYPATH_CAPTURE names their folder"
    )


@pytest.fixture(scope="session")
def small_warc(capture: Path) -> Path:
    """Return the archive of about 50 captured links, for fast tests."""
    return _existing(capture / "small.warc.gz", "the small archive is not in the captured pages")


@pytest.fixture(scope="session")
def full_warc(capture: Path) -> Path:
    """Return the archive of all captured links."""
    return _existing(
        capture / "learning-path.warc.gz", "the full archive is not in the captured pages"
    )


@pytest.fixture(scope="session")
def curriculum_text(shared: Path) -> str:
    """Return the learning path as its author gave it, before our prose."""
    path = _existing(
        shared / "curriculum" / "learning_path.md", "the original learning path is not here"
    )
    return path.read_text(encoding="utf-8")


def _existing(path: Path, otherwise: str) -> Path:
    if not path.exists():
        pytest.skip(f"{otherwise} ({path.name})")
    return path
