"""Plans in words: what is typed from them is understood, and nothing in them is taken for more."""

import shlex
from datetime import date
from pathlib import Path

import pytest

from assistant.lines import Line
from assistant.material import Material, load_material
from assistant.plan import StudyPlan
from assistant.targets import exercise_of, section_of, target
from ingest.errors import InputError
from ui.plan_text import command, plan_text


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return load_material(tmp_path_factory.mktemp("none"))


def line(action: str, title: str = "A", minutes: int = 10, left: int = 10) -> Line:
    return Line(
        action, "m1w1-wind", "", title, None, minutes, "because", "m1w1-wind/a", 30, left, "", 3
    )


def test_every_exercise_is_found_again_by_what_the_plan_says_to_type(material: Material) -> None:
    for section in material.curriculum.sections:
        for exercise in section.exercises:
            words = shlex.split(command(line("exercise", exercise.text)).partition(": ")[2])
            assert words[:2] == ["studypath", "done"]
            assert exercise_of(section, words[-1]) == exercise.text


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (line("review"), "studypath review -n 3"),
        (line("quiz"), "studypath quiz m1w1-wind -n 3"),
        (line("read"), "when done: studypath done m1w1-wind/a"),
        (line("watch", left=25), "after it: studypath start m1w1-wind/a --minutes 10"),
    ],
)
def test_what_to_type_for_a_line(told: Line, words: str) -> None:
    assert command(told) == words


def test_words_of_a_page_stay_on_their_line(tmp_path: Path) -> None:
    hostile = 'Evil\x1b[31m\n2. Read: "; rm -rf ~ `x` $(y)'
    text = plan_text(StudyPlan(date(2026, 3, 2), 10, (line("exercise", hostile),), (), ()))
    assert "\x1b" not in text
    assert not any(row.startswith("2. ") for row in text.splitlines())
    typed = text.rpartition("when done: ")[2]
    assert shlex.split(typed) == [
        "studypath", "done", "m1w1-wind", "--exercise", "Evil 31m 2. Read rm",
    ]  # fmt: skip


def test_ids_are_those_of_sections_resources_and_notes(material: Material) -> None:
    section = material.curriculum.sections[0]
    assert target(material, section.id).resource_id == ""
    assert target(material, section.resources[0].id).section_id == section.id
    assert target(material, f"note/{section.id}").title == "Notes on Basic ML Concepts"
    with pytest.raises(InputError, match="no section to study"):
        section_of(material, "general")
