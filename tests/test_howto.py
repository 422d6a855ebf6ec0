"""The pages of tasks ("How to …"): their form, their wording, and every snippet they show."""

from pathlib import Path

import pytest

from corpus import how_to, notes
from ingest.curriculum import load
from ingest.own import own_documents, whole_note
from tests.test_notes import (
    NOTES,
    WORD,
    plain,
    read_note,
    sentences,
    terms,
    word_count,
)

TASKS = 6  # at least
WORDS_ALLOWED = range(350, 4501)
LONGEST_OPENING = 40  # words of a sentence that is quoted alone

every_page = pytest.mark.parametrize("section", [path.stem for path in NOTES])


@every_page
def test_tasks_are_headings_of_their_own(section: str) -> None:
    page = read_note(how_to(section))
    first, *tasks = page.parts
    assert (first.level, first.heading) == (1, f"How to: {page.matter['title']}")
    assert {task.level for task in tasks} == {2}
    assert len(tasks) >= TASKS
    assert [task.heading for task in tasks if not task.heading.startswith("How to ")] == []
    assert word_count(page) in WORDS_ALLOWED


def test_no_task_stands_twice() -> None:
    headings = [
        plain(part.heading) for path in NOTES for part in read_note(how_to(path.stem)).parts
    ]
    assert [heading for heading in set(headings) if headings.count(heading) > 1] == []


@every_page
def test_the_first_sentence_answers_alone(section: str) -> None:
    for task in read_note(how_to(section)).parts[1:]:
        opening = sentences(task.text)[0].partition(". code ")[0]  # "`chunksize` reads …"
        assert len(WORD.findall(opening)) <= LONGEST_OPENING, opening
        assert terms(task.heading) & terms(opening), opening


def test_a_note_and_its_tasks_are_one_document() -> None:
    path = load(Path(__file__).resolve().parent.parent / "corpus" / "learning_path.md")
    documents = {document.id: document for _, document in own_documents(path, "")}
    for file in notes():
        document = documents[f"note/{file.stem}"]
        headings = [plain(heading.text) for heading in document.headings]
        tasks = [plain(part.heading) for part in read_note(how_to(file.stem)).parts[1:]]
        assert [h for h in headings if h.startswith("how to ")][-len(tasks) :] == tasks
        assert [heading.level for heading in document.headings].count(1) == 1  # one title
        assert "checked_against" not in document.text
        page, said = read_note(how_to(file.stem)), " ".join(WORD.findall(document.text))
        assert page.parts[0].text not in document.text  # what a page says of itself
        assert " ".join(WORD.findall(page.parts[-1].text.split("```")[0])) in said


def test_a_note_without_tasks_is_read_as_it_is(tmp_path: Path) -> None:
    alone = tmp_path / "m9w9-alone.md"
    alone.write_text("# Alone\n\nText.\n", encoding="utf-8")
    assert whole_note(alone) == "# Alone\n\nText.\n"
