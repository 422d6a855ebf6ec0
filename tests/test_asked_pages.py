"""The pages of questions: their form, their wording, and every snippet they show."""

from pathlib import Path

import pytest

from corpus import how_to, notes, questions
from ingest.curriculum import load
from ingest.own import own_documents
from tests.test_notes import (
    NOTES,
    WORD,
    plain,
    read_note,
    sentences,
    terms,
)

QUESTIONS = 15  # at least
LONGEST_OPENING = 40  # words of a sentence that is quoted alone
CODE_IN_IT = 60  # characters of code in it, which `sentences` masks
LONGEST_ANSWER = 140  # words, code and tables aside: an answer is one passage

every_page = pytest.mark.parametrize("section", [path.stem for path in NOTES])


@every_page
def test_every_heading_is_a_question(section: str) -> None:
    page = read_note(questions(section))
    first, *asked = page.parts
    assert (first.level, first.heading) == (1, f"Questions: {page.matter['title']}")
    assert {one.level for one in asked} == {2}
    assert len(asked) >= QUESTIONS
    assert [one.heading for one in asked if not one.heading.endswith("?")] == []


def test_no_question_stands_twice_or_repeats_a_task() -> None:
    headings = [
        plain(part.heading)
        for path in NOTES
        for page in (questions(path.stem), how_to(path.stem))
        for part in read_note(page).parts[1:]
    ]
    assert [heading for heading in set(headings) if headings.count(heading) > 1] == []


@every_page
def test_the_first_sentence_answers_alone(section: str) -> None:
    for one in read_note(questions(section)).parts[1:]:
        opening = sentences(one.text)[0].partition(". code ")[0]
        assert len(WORD.findall(opening)) <= LONGEST_OPENING, opening
        said = terms(one.text.replace("`", " ")[: len(opening) + CODE_IN_IT])
        assert terms(one.heading) & said, opening


@every_page
def test_an_answer_is_one_passage(section: str) -> None:
    for one in read_note(questions(section)).parts[1:]:
        said = sum(len(WORD.findall(sentence)) for sentence in sentences(one.text))
        assert said <= LONGEST_ANSWER, one.heading


def test_the_questions_are_the_last_chapter_of_a_note() -> None:
    path = load(Path(__file__).resolve().parent.parent / "corpus" / "learning_path.md")
    documents = {document.id: document for _, document in own_documents(path, "")}
    for file in notes():
        page = read_note(questions(file.stem))
        document = documents[f"note/{file.stem}"]
        headings = [plain(heading.text) for heading in document.headings]
        asked = [plain(part.heading) for part in page.parts[1:]]
        assert headings[-len(asked) :] == asked
        assert page.parts[0].text not in document.text  # what a page says of itself
        last, said = page.parts[-1].text.split("```")[0], " ".join(WORD.findall(document.text))
        assert " ".join(WORD.findall(last)) in said
