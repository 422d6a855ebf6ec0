"""Decks for Anki, read back as Anki reads them: from the SQLite file inside the archive."""

import io
import json
import re
import sqlite3
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cache
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corpus
from assistant.anki import FIELDS, FIRST_ID, Flashcard, deck_bytes, flashcards, html, shown
from assistant.quiz import Choice, Distractor, Item, Numeric, Order, Short, load_quiz
from ingest.curriculum import load
from ingest.own import note_document

NOW = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
READ_AT = "http://127.0.0.1:7860/read/"
CHOICE = Choice(
    "the key", (Distractor("a", "why a"), Distractor("b", "why b"), Distractor("c", "why c"))
)
EXPECTED = (
    CHOICE,
    Short(("precision", "positive predictive value")),
    Numeric(2.89, 0.01, "sqrt(25 / 3)"),
    Order(("first", "second", "third")),
)


def item(name: str = "x", expected: object = CHOICE, **changes: str) -> Item:
    words = {"topic": "Overfitting", "question": "What is it?", "evidence": "Overfitting"} | changes
    return Item(
        id=f"m1w1-basic/{name}",
        section_id="m1w1-basic",
        topic=words["topic"],
        level="recall",
        difficulty=2,
        question=words["question"],
        expected=expected,  # type: ignore[arg-type]
        evidence=words["evidence"],
        points=("as the notes say",),
    )


def card(one: Item, where: str = "Month 1 · Week 1 · Basic") -> Flashcard:
    return Flashcard(one, where, "Basic", f"{READ_AT}m1w1-basic#overfitting")


@cache
def every_item() -> tuple[Item, ...]:
    return tuple(one for file in corpus.quizzes() for one in load_quiz(file))


@cache
def every_card() -> tuple[Flashcard, ...]:
    return flashcards(every_item(), load(corpus.learning_path()), READ_AT, {})


def rows(deck: bytes, table: str) -> list[dict[str, object]]:
    """Read a table of the collection in a deck."""
    with zipfile.ZipFile(io.BytesIO(deck)) as archive:
        assert archive.testzip() is None
        content = archive.read("collection.anki2")
    with closing(sqlite3.connect(":memory:")) as collection:
        collection.deserialize(content)
        collection.row_factory = sqlite3.Row
        return [dict(row) for row in collection.execute(f"SELECT * FROM {table}")]


def fields(note: dict[str, object]) -> dict[str, str]:
    return dict(zip(FIELDS, str(note["flds"]).split("\x1f"), strict=True))


def identity(deck: bytes) -> dict[object, tuple[object, ...]]:
    """Give what Anki knows a deck's notes by."""
    decks = {c["nid"]: c["did"] for c in rows(deck, "cards")}
    return {n["guid"]: (n["id"], n["mid"], decks[n["id"]]) for n in rows(deck, "notes")}


def test_the_bank_becomes_a_deck_with_a_card_for_every_item() -> None:
    curriculum = load(corpus.learning_path())
    items = every_item()
    deck = deck_bytes(every_card(), NOW)
    notes, cards = rows(deck, "notes"), rows(deck, "cards")
    assert len(notes) == len(cards) == len(items)
    assert {fields(note)["Item"] for note in notes} == {html(one.id) for one in items}
    assert len({row["id"] for row in notes + cards}) == 2 * len(items)
    assert [c["due"] for c in sorted(cards, key=lambda c: int(str(c["due"])))] == list(
        range(len(items))
    )
    decks = json.loads(str(rows(deck, "col")[0]["decks"]))
    names = {one["name"] for one in decks.values()} - {"Default"}
    assert names == {f"studypath::{curriculum.place(s)}" for s in {i.section_id for i in items}}


def test_a_second_export_updates_and_does_not_duplicate() -> None:
    """Anki takes notes by guid, decks and note types by id, and updates those with a newer mod."""
    before = deck_bytes([card(item("x")), card(item("y"))], NOW)
    changed = [card(item("z")), card(item("x", question="Put better?"))]
    after = deck_bytes(changed, NOW + timedelta(days=1))
    old, new = identity(before), identity(after)
    assert len(old) == 2
    shared = set(old) & set(new)
    assert len(shared) == 1
    assert all(old[guid] == new[guid] for guid in shared)
    mods = [{n["guid"]: n["mod"] for n in rows(deck, "notes")} for deck in (before, after)]
    assert all(mods[0][guid] < mods[1][guid] for guid in shared)
    models = [set(json.loads(str(rows(d, "col")[0]["models"]))) for d in (before, after)]
    assert models[0] == models[1]


def test_the_same_cards_and_time_give_the_same_bytes() -> None:
    cards = [card(item(str(n), expected)) for n, expected in enumerate(EXPECTED)]
    assert deck_bytes(cards, NOW) == deck_bytes(cards, NOW)
    assert deck_bytes(cards, NOW) != deck_bytes(cards, NOW + timedelta(seconds=1))


def test_ids_are_times_of_the_past() -> None:
    """Anki takes an id as a time in milliseconds and mends those that are yet to come."""
    deck = deck_bytes(every_card(), NOW)
    ids = [int(str(row["id"])) for row in rows(deck, "notes") + rows(deck, "cards")]
    released = datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000
    assert all(FIRST_ID <= number < released for number in ids)


def test_notes_carry_question_key_explanation_and_citation() -> None:
    readings = (("Guide", "https://example.org/guide"), ("Trap", "javascript:alert(1)"))
    one = Flashcard(item(), "Month 1 · Week 1 · Basic", "Basic", f"{READ_AT}m1w1#o", readings)
    note = fields(rows(deck_bytes([one], NOW), "notes")[0])
    assert note["Question"] == "What is it?"
    assert sorted(re.findall(r"<li>(.*?)</li>", note["Choices"])) == ["a", "b", "c", "the key"]
    assert re.fullmatch("[A-D]. the key", note["Answer"])
    assert "as the notes say" in note["Explanation"]
    assert "why b" in note["Explanation"]
    assert "Month 1 · Week 1 · Basic" in note["Source"]
    assert re.findall('href="(.*?)"', note["Source"]) == [
        f"{READ_AT}m1w1#o",
        "https://example.org/guide",
    ]


@pytest.mark.parametrize(
    ("expected", "answer", "choices"),
    [
        (EXPECTED[1], "precision<br>Also right: positive predictive value", ""),
        (EXPECTED[2], "2.89 (± 0.01)<br>sqrt(25 / 3)", ""),
        (EXPECTED[3], "<ol><li>first</li><li>second</li><li>third</li></ol>", "second"),
    ],
)
def test_each_kind_shows_its_key(expected: object, answer: str, choices: str) -> None:
    note = fields(rows(deck_bytes([card(item("x", expected))], NOW), "notes")[0])
    assert note["Answer"] == answer
    assert choices in note["Choices"]


def test_what_is_shown_does_not_tell_the_key() -> None:
    items = every_item()
    places = [
        shown(one).index(one.expected.key) for one in items if isinstance(one.expected, Choice)
    ]
    # Of n items with four places each, half the fair share is many spreads away from chance.
    assert all(places.count(n) > len(places) / 8 for n in range(4))
    orders = [one for one in items if isinstance(one.expected, Order)]
    assert orders
    assert all(shown(o) != o.expected.steps for o in orders if isinstance(o.expected, Order))


def test_every_citation_leads_to_a_heading_of_its_note() -> None:
    anchors = {
        f"{READ_AT}{file.stem}#{heading.anchor}"
        for file in corpus.notes()
        for heading in note_document(file.stem, file.read_text(encoding="utf-8"), "").headings
    }
    for one in every_card():
        assert unescape(one.link).replace("%C2%B2", "²") in anchors


def test_tags_name_section_topic_level_and_difficulty() -> None:
    note = rows(deck_bytes([card(item(topic="Over- & under::fitting"))], NOW), "notes")[0]
    assert str(note["tags"]).split() == [
        "studypath::m1w1-basic::over-under-fitting",
        "studypath::level::recall",
        "studypath::difficulty::2",
    ]


def test_items_of_sections_that_the_path_lacks_are_left_out() -> None:
    assert flashcards([item()], load(corpus.learning_path()), READ_AT, {}) == ()


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert {name for name, _ in attributes} <= {"href", "type"}
        self.links += [value for name, value in attributes if name == "href"]


HOSTILE = st.text(min_size=1, max_size=60) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "[sound:x.mp3] [latex]\\input{/etc/passwd}[/latex] {{c1::x}}",
        "a\x1fb\ud800\u202e",
        "::::",
    ]
)


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_no_text_of_others_is_markup(question: str, key: str, where: str, address: str) -> None:
    expected = Choice(
        key, (Distractor(f"{key}1", where), Distractor("2", "w"), Distractor("3", ""))
    )
    one = Flashcard(
        item("x", expected, question=question, topic=where, evidence=where),
        where,
        where,
        address,
        ((question, address),),
    )
    notes = rows(deck_bytes([one], NOW), "notes")
    assert len(notes) == 1
    assert all(part.isprintable() for part in str(notes[0]["tags"]).split())
    for text in fields(notes[0]).values():
        assert "[" not in text
        assert "{{" not in text
        seen = _Tags()
        seen.feed(text)
        assert seen.tags <= {"ol", "ul", "li", "br", "blockquote", "a", "code"}
        assert all(str(link).startswith(("http://", "https://")) for link in seen.links)
