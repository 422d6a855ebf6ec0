"""The passages of a source, and those that are kept out of answers, as HTML. Pure.

A passage is hostile, and one that is held back is so for its words: those are shown as plain text.
"""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from assistant.cite import passage_link
from ui.panel import LINK_WORDS
from ui.render import NBSP, NOTES, PATH, href
from ui.safe_html import marked_html, text

if TYPE_CHECKING:
    from ingest.library import Entry, FlaggedRow

AT_ONCE = 10  # passages on one page of them
LONGEST_TEXT = 4_000  # characters
WHY_HELD = (
    "These passages give orders to an assistant, as an attacker would. They are never used in an"
    " answer. Here they are shown as plain text, so that you can judge for yourself."
)


def passages_html(entries: Sequence["Entry"], first: int, count: int, of: str) -> str:
    """Write some passages of a source; `first` is the number of the first, counted from 0."""
    if not count:
        return '<p class="empty">This source has no passages any more: reload the page.</p>'
    written = "".join(
        passage_html(entry, first + n, held=bool(entry.passage.flag))
        for n, entry in enumerate(entries, 1)
    )
    return written + pages_html(first, len(entries), count, of)


def held_html(rows: Sequence["FlaggedRow"], first: int, count: int) -> str:
    """Write some of the passages that are kept out of answers, each with the reason."""
    written = "".join(
        passage_html(row.entry, first + n, held=True, title=row.title)
        for n, row in enumerate(rows, 1)
    )
    return f'<p class="hint">{WHY_HELD}</p>{written}{pages_html(first, len(rows), count, "")}'


def passage_html(entry: "Entry", number: int, *, held: bool, title: str = "") -> str:
    """Write one passage: where it stands, its text, and the link to that place."""
    passage = entry.passage
    headings = " › ".join(h for h in passage.heading_path if h and h != entry.title)
    where = " · ".join(filter(None, (title, headings)))
    why = f'<p class="held">Held back: {text(passage.flag)}</p>' if held else ""
    if held:
        inert = escape(passage.text[:LONGEST_TEXT])
        body = f'<pre class="inert" tabindex="0">{inert}</pre>'
    else:
        body = f'<div class="reading">{marked_html(passage.text, 0, 0)}</div>'
    return (
        f'<article><p class="where"><span class="number">{number}</span> {text(where)}</p>'
        f"{why}{body}{'' if held else link_html(entry)}</article>"
    )


def link_html(entry: "Entry") -> str:
    """Link to where a passage stands, in words that say how exact the link is."""
    address, precision = passage_link(entry, 0, len(entry.passage.text))
    link = href(address) or href(entry.url)
    if not link:
        return ""
    said = LINK_WORDS.get(precision, LINK_WORDS["page"])
    if address.startswith(PATH):
        said = "Open the section"
    elif address.startswith(NOTES):
        said = said.replace("the page", "the note")
    return (
        f'<p><a href="{escape(link)}" target="_blank" rel="noopener noreferrer">'
        f"{said}{NBSP}↗</a></p>"
    )


def pages_html(first: int, shown: int, count: int, of: str) -> str:
    """Write which passages these are of how many, with buttons to those before and after."""
    if count <= AT_ONCE:
        return ""
    named = f' data-of="{escape(of)}"' if of else ""
    page, last = first // AT_ONCE, (count - 1) // AT_ONCE
    buttons = (("Earlier", page - 1, page > 0), ("Later", page + 1, page < last))
    written = "".join(
        f'<button type="button" data-page="{to}"{named}{"" if there else " disabled"}>{said}'
        "</button>"
        for said, to, there in buttons
    )
    told = f"Passages {first + 1:,} to {first + shown:,} of {count:,}"
    return f'<p class="pages"><span>{told}</span>{written}</p>'
