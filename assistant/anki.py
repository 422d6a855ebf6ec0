"""Quiz items as an Anki deck (genanki's door), made so that importing it again updates it.

Anki knows a note by its `guid`, a deck and a note type by their numbers: all are derived from names
and the ids of items. A note that Anki has is updated when its `mod` is newer, which is the time of
the export. What Anki knows of its own reviews is not touched: the deck carries no schedule.
"""

import hashlib
import io
import re
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from assistant.export import ANKI
from assistant.quiz import Choice, Item, Numeric, Order, Short
from corpus import notes
from ingest.curriculum import Curriculum, slug
from ingest.links import deep_link, safe_http
from ingest.own import note_document

if TYPE_CHECKING:
    import genanki

ROOT = "studypath"
# Another number for other fields: Anki takes a note type by its number to have the same ones.
NOTE_TYPE = "studypath question 1"
FIELDS = ("Question", "Choices", "Answer", "Explanation", "Source", "Item")
FRONT = '<div class="q">{{Question}}</div>{{#Choices}}<div class="c">{{Choices}}</div>{{/Choices}}'
BACK = (
    '{{FrontSide}}<hr id="answer"><div class="a">{{Answer}}</div>'
    '<div class="e">{{Explanation}}</div><div class="s">{{Source}}</div>'
)
CSS = """
.card { font: 18px/1.5 system-ui, sans-serif; color: #0f172a; background: #fff; text-align: left;
  max-width: 40em; margin: 0 auto; padding: 12px; overflow-wrap: break-word; }
.q { font-weight: 600; }
.a { font-weight: 600; }
.e { font-size: 16px; }
.s { margin-top: 16px; font-size: 14px; color: #475569; }
blockquote { margin: 8px 0; padding-left: 12px; border-left: 3px solid #0f766e; }
a { color: #0f766e; }
.nightMode.card, .nightMode .card, .night_mode .card { color: #f1f5f9; background: #0f172a; }
.nightMode .s, .night_mode .s { color: #a8b5c7; }
.nightMode a, .night_mode a { color: #5eead4; }
"""
LETTERS = "ABCDEFGH"
# Ids are times in milliseconds to Anki, which mends those of the future: ours lie in 2001 to 2020.
FIRST_ID, IDS = 1_000_000_000_000, 600_000_000_000
# Nothing that is not seen, no separator of fields (0x1f), no half of a character.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip archive can name


@dataclass(frozen=True, slots=True)
class Flashcard:
    """An item with its place in the path, the link to what proves it, and further reading.

    `link` leads to the heading of our notes that proves the key; `readings` are (title, address).
    """

    item: Item
    where: str
    title: str
    link: str
    readings: tuple[tuple[str, str], ...] = ()


def flashcards(
    items: Sequence[Item],
    curriculum: Curriculum,
    read_at: str,
    readings: Mapping[str, tuple[tuple[str, str], ...]],
    links: Mapping[str, str] = {},
) -> tuple[Flashcard, ...]:
    """Put items in the order of the path; items of sections that it does not have are left out.

    `read_at` is the address under which the notes are read, `…/read/`; `readings` are those of each
    section; `links` are the addresses of what proves an item that our notes do not, by item id.
    """
    anchors = note_anchors()
    order = {section.id: n for n, section in enumerate(curriculum.sections)}
    known = sorted(
        (item for item in items if item.section_id in order),
        key=lambda item: order[item.section_id],
    )
    return tuple(
        Flashcard(
            item=item,
            where=curriculum.place(item.section_id),
            title=curriculum.section(item.section_id).title,
            link=proved_at(item, links.get(item.id, ""), read_at, anchors),
            readings=readings.get(item.section_id, ()),
        )
        for item in known
    )


def proved_at(
    item: Item, link: str, read_at: str, anchors: Mapping[tuple[str, str], str | None]
) -> str:
    """Give the address of what proves an item: a web page, else our notes at their heading."""
    if link.startswith(("http://", "https://")):
        return link
    anchor = anchors.get((item.section_id, item.evidence)) or link.partition("#")[2] or None
    return deep_link(f"{read_at}{item.section_id}", anchor)[0]


def note_anchors() -> Mapping[tuple[str, str], str | None]:
    """Give the anchor of every heading of our notes, by section id and words."""
    documents = [note_document(f.stem, f.read_text(encoding="utf-8"), "") for f in notes()]
    return {
        (document.id.removeprefix("note/"), heading.text): heading.anchor
        for document in documents
        for heading in document.headings
    }


def deck_bytes(cards: Sequence[Flashcard], now: datetime) -> bytes:
    """Write a deck as the content of an .apkg file: the same bytes for the same cards and time."""
    import genanki

    model = note_type()
    decks: dict[str, genanki.Deck] = {}
    for number, card in enumerate(cards):
        name = deck_name(card)
        deck = decks.setdefault(name, genanki.Deck(number_of(f"deck {name}"), name))
        deck.add_note(note_of(card, model, number))
    with closing(sqlite3.connect(":memory:")) as collection:
        genanki.Package(list(decks.values())).write_to_db(
            collection.cursor(), now.timestamp(), row_ids(cards)
        )
        collection.commit()
        database = collection.serialize()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in (("collection.anki2", database), ("media", b"{}")):
            archive.writestr(zipfile.ZipInfo(member, _EPOCH), content, zipfile.ZIP_DEFLATED)
        archive.comment = ANKI.mark
    return packed.getvalue()


def note_type() -> "genanki.Model":
    """Describe the one kind of note: its fields, both sides, and how it looks."""
    import genanki

    return genanki.Model(
        number_of(f"note type {NOTE_TYPE}"),
        NOTE_TYPE,
        fields=[{"name": name} for name in FIELDS],
        templates=[{"name": "Question", "qfmt": FRONT, "afmt": BACK}],
        css=CSS,
    )


def note_of(card: Flashcard, model: "genanki.Model", position: int) -> "genanki.Note":
    """Write one item as a note; `position` is its turn among the new cards."""
    import genanki

    item = card.item
    fields = (
        html(item.question),
        choices_html(item),
        answer_html(item),
        explanation_html(item),
        source_html(card),
        html(item.id),
    )
    return genanki.Note(
        model=model,
        fields=list(fields),
        tags=[
            f"{ROOT}::{tag(item.section_id)}::{slug(item.topic, 'topic')}",
            f"{ROOT}::level::{tag(item.level)}",
            f"{ROOT}::difficulty::{item.difficulty}",
        ],
        guid=genanki.guid_for(ROOT, item.id),
        due=position,
    )


def choices_html(item: Item) -> str:
    """Write what is chosen from or put in order, in an order that does not tell the key."""
    match item.expected:
        case Choice():
            rows = "".join(f"<li>{html(text)}</li>" for text in shown(item))
            return f'<ol type="A">{rows}</ol>'
        case Order():
            rows = "".join(f"<li>{html(step)}</li>" for step in shown(item))
            return f"Put in order:<ul>{rows}</ul>"
    return ""


def answer_html(item: Item) -> str:
    """Write the key."""
    match item.expected:
        case Choice(key=key):
            return f"{LETTERS[shown(item).index(key)]}. {html(key)}"
        case Short(accepted=(first, *others)):
            also = f"<br>Also right: {html(', '.join(others))}" if others else ""
            return f"{html(first)}{also}"
        case Numeric(value=value, tolerance=tolerance, formula=formula):
            about = f" (± {tolerance:g})" if tolerance else ""
            return f"{value:g}{about}" + (f"<br>{html(formula)}" if formula else "")
        case Order(steps=steps):
            return f"<ol>{''.join(f'<li>{html(step)}</li>' for step in steps)}</ol>"
    raise ValueError(f"{item.id} expects nothing")


def explanation_html(item: Item) -> str:
    """Write the words of our notes that prove the key, and why each other choice is wrong."""
    quotes = "".join(f"<blockquote>{html(point)}</blockquote>" for point in item.points)
    match item.expected:
        case Choice(distractors=wrong):
            rows = "".join(f"<li>{html(w.text)}: {html(w.why)}</li>" for w in wrong)
            return f"{quotes}Not right:<ul>{rows}</ul>"
    return quotes


def source_html(card: Flashcard) -> str:
    """Write the citation: where in the path, the link to our notes, and what else to read."""
    proof = anchor(card.link, "The passage that proves it")
    if card.item.evidence:
        proof = anchor(card.link, f"Notes: {card.title}, {card.item.evidence}")
        proof += " (while <code>studypath serve</code> runs)"
    further = "".join(f"<br>{anchor(address, title)}" for title, address in card.readings)
    more = f"<br>Read on:{further}" if further else ""
    return f"{html(card.where)}<br>{proof}{more}"


def anchor(address: str, words: str) -> str:
    """Write a link, or only its words for an address that no browser should follow."""
    if not safe_http(address):
        return html(words)
    return f'<a href="{html(address)}">{html(words)}</a>'


def html(text: str) -> str:
    """Write words as HTML; Anki reads commands such as [sound:…] and [latex] in brackets."""
    return escape(_UNSEEN.sub("", text)).replace("[", "&#91;").replace("{", "&#123;")


def shown(item: Item) -> tuple[str, ...]:
    """Give the choices or steps in an order that is always the same and never the key's."""
    match item.expected:
        case Choice(key=key, distractors=wrong):
            return mixed(item.id, (key, *(w.text for w in wrong)))
        case Order(steps=steps):
            order = mixed(item.id, steps)
            return (*order[1:], order[0]) if order == steps else order
    return ()


def mixed(item_id: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Put texts in an order that hangs on the item alone."""
    return tuple(sorted(texts, key=lambda text: digest(f"{item_id} {text}")))


def deck_name(card: Flashcard) -> str:
    """Name a card's deck by its place in the path; two colons begin a deck inside a deck."""
    words = " ".join(_UNSEEN.sub("", " ".join(card.where.split())).replace('"', "'").split())
    return f"{ROOT}::{re.sub(':+', ':', words).strip(':') or 'Path'}"


def tag(text: str) -> str:
    """Write a word as a tag: no space, and no colons, which make levels."""
    return re.sub(r"[\s:]+", "-", _UNSEEN.sub("", text)) or "none"


def row_ids(cards: Sequence[Flashcard]) -> Iterator[int]:
    """Yield the numbers of rows as they are written, deck by deck: a note, then its card."""
    taken: set[int] = set()
    decks = {name: n for n, name in enumerate(dict.fromkeys(map(deck_name, cards)))}
    for card in sorted(cards, key=lambda card: decks[deck_name(card)]):
        for row in ("note", "card"):
            number = number_of(f"{row} {card.item.id}")
            while number in taken:
                number += 1
            taken.add(number)
            yield number


def number_of(name: str) -> int:
    """Derive a number that Anki takes as an id from a name."""
    return FIRST_ID + digest(name) % IDS


def digest(text: str) -> int:
    """Hash a text to a number, the same on every machine."""
    hashed = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(hashed[:8], "big")
