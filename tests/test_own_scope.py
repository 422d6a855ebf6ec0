"""Questions put to what the learner added alone, whatever section it was added to."""

from pathlib import Path

import pytest

from assistant.ask import Assistant
from assistant.manner import Manner
from assistant.scope import read_scope, said_of
from assistant.settings import load_settings
from ingest.additions import add
from ingest.curriculum import OWN, parse
from ingest.library import open_library
from tests.test_additions import PATH, TREES, build, written

KEEL = "# Keels\n\nA zephyr keel is a keel that folds away in shallow water.\n"
MAST = "# Masts\n\nA zephyr mast is a mast that bends in a gust of wind.\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give a home with a small path and two files, one of no section and one of a section."""
    home = tmp_path / "home"
    build(home, written(tmp_path / "path.md", PATH))
    add(home, str(written(tmp_path / "keel.md", KEEL)))
    add(home, str(written(tmp_path / "mast.md", MAST)), TREES)
    build(home)
    return home


def test_all_that_was_added_is_within(home: Path) -> None:
    with open_library(home) as library:
        own = library.entries(sorted(library.passages_in((OWN,)))).values()
        assert {entry.title for entry in own} == {"Keels", "Masts"}
        assert library.passages_in((TREES,)) - library.passages_in((OWN,))


def test_it_is_a_scope_with_a_name() -> None:
    scope = read_scope("what is a keel?", (OWN,), parse(PATH))
    assert (scope.section_ids, scope.said) == ((OWN,), "what you added")
    assert said_of((TREES, OWN), parse(PATH)).endswith("what you added")


def test_an_answer_comes_from_it_alone(home: Path) -> None:
    assistant = Assistant(load_settings(str(home)))
    answer = assistant.ask("What is a zephyr mast?", Manner(scope=(OWN,)))
    assistant.close()
    assert not answer.refused
    assert {citation.title for citation in answer.citations} == {"Masts"}
    assert "Answered from what you added alone." in answer.message
