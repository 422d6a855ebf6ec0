"""Hits made by hand, for tests of what comes after retrieval."""

from assistant.retrieve import Hit
from ingest.library import Entry
from ingest.split import Passage


def hit(text: str, *, title: str = "A title", headings: tuple[str, ...] = ()) -> Hit:
    """Make a hit on a passage with this text."""
    passage = Passage(
        f"p{abs(hash(text))}", "notes/x", 0, text, 0, len(text), headings, None, "h", 1
    )
    entry = Entry(passage, title, "note", "studypath://notes/x", "", ())
    return Hit(entry, 1.0, ("bm25",), 0.5, 1.0)
