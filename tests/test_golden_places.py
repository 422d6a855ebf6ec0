"""Where golden answers stand: found in any splitting, absent, or not checkable."""

from dataclasses import replace

import pytest

from eval.golden_places import (
    ABSENT,
    FOUND,
    NOT_CHECKABLE,
    Standing,
    by_place,
    grades_of,
    holding,
    standing,
    under,
)
from eval.golden_set import GoldenQuestion, Place
from eval.questions import Row
from eval.sentences import fingerprint

URL = "https://example.org/soil"
SENTENCE = "Loam holds water, and lets the roots breathe."
TEXT = f"Sand drains at once. {SENTENCE} Clay does neither."


def row(
    id_: str, text: str, *headings: str, url: str = URL, kind: str = "article", section: str = "s"
) -> Row:
    return Row(id_, (url,), "Soil", kind, (section,), headings, text)


def page(sentence: str = SENTENCE) -> Place:
    words, sign = fingerprint(sentence)
    return Place(URL, "Soil > Loam", sign, words)


def test_a_sentence_is_found_in_the_passage_that_holds_it() -> None:
    whole, other = row("a", TEXT), row("b", "Peat is sour.")

    assert holding(page(), (whole, other), {}) == [whole]


@pytest.mark.parametrize("cut", range(1, len(TEXT)))
def test_a_sentence_is_found_however_its_document_is_split(cut: int) -> None:
    parts = (row("a", TEXT[:cut]), row("b", TEXT[cut:]), row("c", "Peat is sour."))
    documents = {"a": TEXT, "b": TEXT, "c": "Peat is sour."}

    found = holding(page(), parts, documents)

    assert found
    start, end = TEXT.index(SENTENCE), TEXT.index(SENTENCE) + len(SENTENCE)
    assert "c" not in {r.id for r in found}
    assert ("a" in {r.id for r in found}) <= (cut > start)
    assert ("b" in {r.id for r in found}) <= (cut < end)


def test_a_page_that_is_not_here_is_not_checkable_and_one_without_the_sentence_is_absent() -> None:
    assert standing(page(), {}, {}) == Standing(page(), NOT_CHECKABLE)
    assert standing(page("No such words stand anywhere."), {URL: [row("a", TEXT)]}, {}).state == (
        ABSENT
    )
    assert standing(page(), {URL: [row("a", TEXT)]}, {}).state == FOUND


def test_the_abstract_of_a_paper_is_not_its_text() -> None:
    words, sign = fingerprint(SENTENCE)
    paper = Place("https://arxiv.org/pdf/2106.09685", "", sign, words)
    abstract = row("a", "An abstract.", url="https://arxiv.org/abs/2106.09685")
    body = replace(abstract, id="b", urls=(paper.url,), text=TEXT)

    at = by_place([question(paper)], [abstract])
    assert standing(paper, at, {}).state == NOT_CHECKABLE
    assert standing(paper, by_place([question(paper)], [abstract, body]), {}).passages == (body,)


def test_a_heading_means_what_is_right_under_it_or_else_all_below() -> None:
    own = row("a", "Loam is a mixture.", "Soil kinds", "Loam")
    below = row("b", "Of river banks.", "Soil kinds", "Loam", "Silty loam")
    within = row("c", "### Peat\n\nPeat is sour.", "Soil kinds")

    assert under("loam", (own, below, within)) == [own]
    assert under("Soil kinds", (own, below)) == [own, below]
    assert under("Peat", (own, below, within)) == [within]
    assert under("Soil", (own, below, within)) == []  # the title stands above every passage


def test_our_own_heading_that_is_gone_is_absent() -> None:
    note = row("n", "Loam is a mixture.", "Loam", kind="note")

    assert standing(Place("note:s", "Loam"), {"note:s": [note]}, {}).passages == (note,)
    assert standing(Place("note:s", "Chalk"), {"note:s": [note]}, {}).state == ABSENT
    assert standing(Place("note:t", "Loam"), {}, {}).state == ABSENT


def question(*evidence: Place) -> GoldenQuestion:
    return GoldenQuestion(
        id="q",
        split="dev",
        type="why",
        question="Why loam?",
        section_ids=("s",),
        key_points=(("roots",),),
        evidence=evidence,
    )


def test_passages_are_gathered_at_every_address_they_stand_at() -> None:
    note = row("n", "Loam.", "Loam", kind="note")
    mirrored = Row(
        "m", ("https://mirror.example/soil", f"{URL}#loam"), "Soil", "article", (), (), ""
    )
    at = by_place(
        [question(page(), Place("note:s", "Loam"))],
        [note, mirrored, row("x", "", url="https://a.b/")],
    )

    assert at == {"note:s": (note,), URL: (mirrored,)}


def test_a_passage_that_shows_a_point_answers_and_its_neighbour_stands_beside() -> None:
    shows = row("a", "The roots breathe.", "Loam", kind="note")
    beside = row("b", "It is brown.", "Loam", kind="note")
    asked = question(Place("note:s", "Loam"), page())
    places = (
        Standing(asked.evidence[0], FOUND, (shows, beside)),
        Standing(asked.evidence[1], FOUND, (row("p", "Cut in the middle of"),)),
    )

    assert dict(grades_of(asked, places)) == {"a": 2, "b": 1, "p": 2}
