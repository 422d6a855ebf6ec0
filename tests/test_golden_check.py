"""The golden set's checker: what it finds, and the committed set against real homes."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.golden_check import (
    LEAST,
    Check,
    Problem,
    main,
    of_amounts,
    of_borrowing,
    of_evidence,
    of_points,
    of_refusals,
    of_repeats,
    of_sections,
    report,
    telling_words,
)
from eval.golden_places import ABSENT, FOUND, Resolved, Standing
from eval.golden_set import GoldenQuestion, Place, load_golden
from eval.questions import Row
from ingest.build import BuildOptions, build_library
from ingest.embed import MODEL

NOTE = Place("note:soil", "Loam")
PAGE = Place("https://example.org/soil", "Soil > Loam", "0123456789abcdef", 7)
ASKED = GoldenQuestion(
    id="why-loam",
    split="dev",
    type="why",
    question="Why do gardeners like it?",
    section_ids=("soil",),
    reference="Its pores hold water and let the roots breathe.",
    key_points=(("hold water",), ("breathe", "air")),
    evidence=(NOTE,),
)
PASSAGE = Row("n", ("studypath://notes/soil",), "Soil", "note", ("soil",), ("Loam",), "")
SHOWING = replace(PASSAGE, text="Loam can hold water and still has air.")


def resolved(*standings: Standing) -> Resolved:
    return Resolved({ASKED.id: standings}, {})


def texts(problems: object) -> list[str]:
    return [problem.text for problem in problems]  # type: ignore[attr-defined]


def test_a_sound_question_has_no_problem() -> None:
    there = resolved(Standing(NOTE, FOUND, (SHOWING,)))

    assert texts(of_evidence([ASKED], there)) == []
    assert texts(of_points([ASKED], there)) == []


def test_a_lost_heading_and_a_lost_sentence_are_named() -> None:
    gone = resolved(Standing(NOTE, ABSENT), Standing(PAGE, ABSENT))

    assert texts(of_evidence([ASKED], gone)) == [
        "note:soil has no heading “Loam”",
        "https://example.org/soil has no sentence 0123456789abcdef",
    ]


def test_a_sentence_under_another_heading_is_named() -> None:
    moved = resolved(Standing(PAGE, FOUND, (replace(PASSAGE, heading_path=("Sand",)),)))

    assert texts(of_evidence([ASKED], moved)) == [
        "https://example.org/soil: not under “Soil > Loam”"
    ]


def test_points_must_stand_in_reference_and_evidence_and_not_in_the_question() -> None:
    there = resolved(Standing(NOTE, FOUND, (SHOWING,)))
    silent = replace(ASKED, reference="Its pores let the roots breathe.")
    telling = replace(ASKED, before=("Does loam hold water?",))
    elsewhere = resolved(Standing(NOTE, FOUND, (replace(PASSAGE, text="Fresh air."),)))

    assert texts(of_points([silent], there)) == ["the reference does not show “hold water”"]
    assert texts(of_points([ASKED], elsewhere)) == ["the evidence does not show “hold water”"]
    assert texts(of_points([telling], there)) == ["the question gives away “hold water”"]


def test_unknown_thin_and_lopsided_sections_are_named() -> None:
    questions = [replace(ASKED, id=f"q{n}") for n in range(5)]

    assert texts(of_sections(questions, ["rock"]))[:5] == ["the path has no section “soil”"] * 5
    assert texts(of_sections(questions, ["soil"])) == ["soil has 5 questions in dev and 0 in test"]
    assert texts(of_sections(questions[:4], ["soil"]))[0] == "soil has 4 questions of 5"


def test_too_few_of_a_kind_are_named() -> None:
    told = texts(of_amounts([ASKED]))

    assert f"1 questions are answerable: there should be {LEAST['answerable']}" in told
    assert f"0 questions are near-miss: there should be {LEAST['near-miss']}" in told
    assert "type why has 1 questions in dev and 0 in test" in told


def test_nine_words_of_a_page_are_named_once_and_those_of_our_notes_are_ours() -> None:
    text = "Truly, “its pores hold water and let the ROOTS breathe” all year."
    page = replace(PASSAGE, kind="article", urls=(PAGE.url,), text=text)

    found = list(of_borrowing([ASKED], [page, page]))

    assert [p.id for p in found] == ["why-loam"]
    assert found[0].text.endswith(f"stands on {PAGE.url}")
    assert list(of_borrowing([ASKED], [replace(page, kind="note")])) == []
    eight = replace(page, text="its pores hold water and let the root breathe")
    assert list(of_borrowing([ASKED], [eight])) == []


def by_letters(texts: object) -> NDArray[np.float32]:
    """Give each text a unit row by its letters: the same letters give the same row."""
    rows = np.array(
        [[text.lower().count(c) for c in "abcdefghijklmnopqrstuvwxyz?"] for text in texts],  # type: ignore[attr-defined]
        dtype=np.float32,
    )
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def test_what_is_asked_twice_is_named_and_test_is_held_against_what_was_asked_before() -> None:
    twice = replace(ASKED, id="again", split="test", question="why do gardeners like IT?")
    other = replace(ASKED, id="other", question="Buzz")

    assert texts(of_repeats([ASKED, twice, other], [], by_letters)) == ["asks what again asks"]
    assert texts(of_repeats([other, twice], [ASKED.question], by_letters)) == [
        f"asks what “{ASKED.question}” asked before"
    ]
    assert texts(of_repeats([ASKED, other], [ASKED.question], by_letters)) == []  # dev may


def test_a_passage_with_every_telling_word_of_a_refusal_is_looked_at() -> None:
    refused = GoldenQuestion("moby", "dev", "off-path", "What is the plot of Moby Dick?")
    book = replace(PASSAGE, text="A plot of words in Moby Dick.")

    assert telling_words(refused.question) == {"plot", "moby", "dick"}
    assert [p.id for p in of_refusals([refused], [PASSAGE, book, book])] == ["moby"]
    assert list(of_refusals([ASKED], [book])) == []
    assert list(of_refusals([refused], [replace(book, text="Moby Dick")])) == []


def test_the_report_has_the_counts_and_a_line_for_each_problem() -> None:
    said = report(Check({"questions": 2}, (Problem("one", "is odd"), Problem("", "few")), ()))

    assert said.split("\n")[2:] == ["Problems: 2", "one: is odd", "few", "", "To look at: 0"]


# ── the committed set ───────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def notes_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("golden")
    options = BuildOptions(MODEL, folder, offline=True, vectors=False)
    build_library(folder / "home", options, lambda _: None)
    return folder / "home"


def test_the_committed_set_is_sound_where_only_our_notes_are(
    notes_only: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["--home", str(notes_only), "--json"])

    outcome = json.loads(capsys.readouterr().out)
    assert outcome["problems"] == []
    assert code == 0
    counts = outcome["counts"]
    assert counts["answerable"] >= LEAST["answerable"]
    assert counts["headings of ours absent"] == 0
    assert counts["sentences of pages found"] + counts["sentences of pages absent"] == 0
    assert counts["sentences of pages not checkable"] == sum(
        place.is_page for question in load_golden() for place in question.evidence
    )


def test_a_problem_gives_exit_code_2(
    notes_only: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = next(q for q in load_golden() if q.type == "why")
    wrong = replace(one, evidence=(replace(one.evidence[0], heading="No such heading"),))
    monkeypatch.setattr("eval.golden_check.load_golden", lambda: (wrong,))

    assert main(["--home", str(notes_only)]) == 2
    assert f"{one.id}: {one.evidence[0].url} has no heading" in capsys.readouterr().out


@pytest.mark.slow
def test_the_sentences_of_captured_pages_are_found_where_the_pages_are(
    small_warc: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = BuildOptions(MODEL, tmp_path, archive=small_warc, offline=True, vectors=False)
    build_library(tmp_path / "home", options, lambda _: None)

    main(["--home", str(tmp_path / "home"), "--json"])

    outcome = json.loads(capsys.readouterr().out)
    assert outcome["problems"] == []
    assert outcome["counts"]["sentences of pages found"] >= 10
    assert outcome["counts"]["sentences of pages not checkable"] >= 10
