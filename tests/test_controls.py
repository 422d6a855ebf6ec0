"""The row under the question box: what is offered, what may be chosen, and what is kept of it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import corpus
from assistant.engines import NAMES, EngineState
from assistant.settings import Settings
from ingest.curriculum import OWN, load, parse
from ingest.errors import InputError
from ui import controls
from ui.controls import Choice, Controls, scopes, sections_of
from ui.sessions import Sessions

CURRICULUM = load(corpus.learning_path())
FLAT = parse("# Sailing\n\n## Week 1\n\n### Knots\n\n- [Bowline](https://example.org/bowline)\n")
ME, OTHER = "0123456789abcdef" * 2, "f" * 32


class Shelf:
    """Stands for a keeper with the path that ships."""

    def __init__(self, home: Path, *, added: bool = False) -> None:
        self.curriculum: Any = CURRICULUM
        self.settings = Settings(home=home, cache=home)
        self._rows = [SimpleNamespace(kind=OWN, passages=3)] if added else []

    def wait(self, seconds: float) -> bool:
        return True

    def sources(self) -> list[SimpleNamespace]:
        return self._rows


def made(home: Path, *, added: bool = False, private: bool = True) -> Controls:
    shelf: Any = Shelf(home, added=added)
    return Controls(shelf, Sessions(home, private=private))


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> list[EngineState]:
    """Let the engines be in the states of a list, which a test may change."""
    states = [
        EngineState("ollama", True, "here", "tiny"),
        EngineState("local", False, "no file"),
        EngineState("extractive", True, "quotes"),
    ]
    monkeypatch.setattr(controls, "usable", lambda settings: tuple(states))
    return states


def test_every_part_of_the_path_is_offered_and_resolved() -> None:
    groups = scopes(CURRICULUM, added=True)
    assert groups[0] == ("", (("", "Whole path"), (OWN, "What I added")))
    values = [value for _, options in groups for value, _ in options]
    assert len(values) == len(set(values)) == 2 + 4 + 16 + 31
    for value in values[2:]:
        assert sections_of(value, CURRICULUM), value
    month = sections_of("m2", CURRICULUM)
    assert {CURRICULUM.section(i).month for i in month} == {2}
    week = sections_of("m2w3", CURRICULUM)
    assert set(week) < set(month)
    assert len(week) == 2
    assert sections_of("m9", CURRICULUM) == sections_of("", CURRICULUM) == ()
    assert scopes(None, added=True) == ()


def test_a_path_without_months_offers_its_sections() -> None:
    values = [value for _, options in scopes(FLAT, added=False) for value, _ in options]
    assert values == ["", "m0w1", "m0w1-knots"]
    assert sections_of("m0w1", FLAT) == sections_of("m0w1-knots", FLAT) == ("m0w1-knots",)
    assert sections_of("m0", FLAT) == ()


def test_a_choice_is_passed_on_and_outlives_a_restart(tmp_path: Path) -> None:
    first = made(tmp_path)
    first.choose(ME, {"scope": "m2w3"})
    first.choose(ME, {"depth": "brief", "engine": "ollama"})
    again = made(tmp_path)
    assert again.of(ME) == Choice("m2w3", "ollama", "brief")
    manner = again.manner(ME)
    assert manner.scope == sections_of("m2w3", CURRICULUM)
    assert (manner.engine, manner.depth) == ("ollama", "brief")
    assert again.of(OTHER) == Choice()


@pytest.mark.parametrize(
    "sent",
    [
        {"scope": "m9"},
        {"scope": "own"},  # nothing was added
        {"scope": "' OR 1=1"},
        {"scope": ["m1"]},
        {"engine": "local"},  # not usable
        {"engine": "gpt"},
        {"depth": "endless"},
        {"depth": 7},
        {"depth": "brief", "scope": {}},
    ],
)
def test_what_is_not_offered_changes_nothing(tmp_path: Path, sent: object) -> None:
    row = made(tmp_path)
    with pytest.raises(InputError, match="load the page again"):
        row.choose(ME, sent)
    assert row.of(ME) == made(tmp_path).of(ME) == Choice()


@pytest.mark.parametrize("sent", [None, 7, "x", [], {"else": 1}])
def test_what_says_nothing_changes_nothing(tmp_path: Path, sent: object) -> None:
    row = made(tmp_path)
    row.choose(ME, sent)
    assert row.of(ME) == Choice()


def test_what_is_added_can_be_asked_alone(tmp_path: Path) -> None:
    row = made(tmp_path, added=True)
    row.choose(ME, {"scope": OWN})
    assert row.manner(ME).scope == (OWN,)
    assert made(tmp_path).of(ME).scope == ""  # all of it was taken away again


def test_only_what_is_usable_is_offered(tmp_path: Path, engines: list[EngineState]) -> None:
    told = made(tmp_path).told(ME)
    assert told["engines"] == [("ollama", "Ollama: tiny"), ("extractive", "Quotes only")]
    assert (told["engine"], told["depth"], told["scope"]) == ("extractive", "normal", "")
    row = made(tmp_path)
    row.choose(ME, {"engine": "ollama"})
    engines[0] = EngineState("ollama", False, "nothing answers")
    gone = made(tmp_path).told(ME)
    assert gone["engines"][-1] == ("ollama", "ollama (not available now)")
    assert made(tmp_path).manner(ME).engine == "ollama"  # the answer says what became of it


def test_who_comes_from_elsewhere_spends_nothing(tmp_path: Path) -> None:
    row = made(tmp_path, private=False)
    assert [name for name, _ in row.told(OTHER)["engines"]] == ["extractive"]
    with pytest.raises(InputError, match="load the page again"):
        row.choose(OTHER, {"engine": "ollama"})


def test_a_choice_is_held_without_a_cookie(tmp_path: Path) -> None:
    row = made(tmp_path)
    row.choose("page:h", {"depth": "deep"})
    assert row.of("page:h").depth == "deep"
    assert not (tmp_path / "learners").exists()


def test_each_engine_has_words() -> None:
    assert set(controls.ENGINES) == set(NAMES) - {"auto"}
