"""What holds for every page that goes with a note, of tasks or of questions."""

import csv
import gzip
from pathlib import Path

import pytest

from corpus import how_to, notes, questions
from tests.test_notes import (
    ABOUT_THE_TEXT,
    DANGLING,
    NOTES,
    Note,
    check_snippets,
    read_note,
    sentences,
)


@pytest.fixture(params=[how_to, questions], ids=["howto", "questions"])
def page(request: pytest.FixtureRequest, section: str) -> Note:
    return read_note(request.param(section))


every_page = pytest.mark.parametrize("section", [path.stem for path in NOTES])


@every_page
def test_front_matter(page: Note, section: str) -> None:
    assert set(page.matter) == {"section", "title", "checked_against"}
    assert page.matter["section"] == section
    note = next(path for path in notes() if path.stem == section)
    assert page.matter["title"] == read_note(note).matter["title"]


@every_page
def test_checked_pages_are_in_the_capture(page: Note, capture: Path) -> None:
    with gzip.open(capture / "provenance.csv.gz", "rt", encoding="utf-8", newline="") as file:
        captured = {row[0] for row in csv.reader(file)}
    assert [url for url in page.matter["checked_against"] if url not in captured] == []


@every_page
def test_sentences_stand_alone(page: Note) -> None:
    lines = sentences(page.body)
    assert [line for line in lines if DANGLING.match(line.lstrip('"“('))] == []
    assert [line for line in lines if ABOUT_THE_TEXT.search(line)] == []


@every_page
def test_snippets(page: Note, tmp_path: Path) -> None:
    check_snippets(page, tmp_path)
