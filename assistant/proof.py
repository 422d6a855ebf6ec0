"""The passage that proves an item's key: a verbatim quote of our note, cited as answers are."""

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

import corpus
from assistant.answer import Citation
from assistant.cite import citation
from assistant.quiz import Item
from assistant.spans import Span, spans_of
from ingest.curriculum import Curriculum
from ingest.extract import Document
from ingest.library import Entry, Library
from ingest.own import note_document
from ingest.split import Passage, sections


def proof(item: Item, curriculum: Curriculum, library: Library | None = None) -> Citation | None:
    """Cite what proves an item: from the library's copy of the note, else from the shipped one.

    None when neither holds the item's heading, as for a path of one's own.
    """
    held = library_entries(item.section_id, library) if library else ()
    shipped = shipped_entries(item.section_id, title_of(item.section_id, curriculum))
    return cited(item, held, curriculum) or cited(item, shipped, curriculum)


def passage_of(
    cited: Citation, curriculum: Curriculum, library: Library | None = None
) -> Passage | None:
    """Read the passage that a proof quotes, None where it is gone."""
    found = library.entries([cited.passage_id]).get(cited.passage_id) if library else None
    if found is not None:
        return found.passage
    shipped = (
        entry.passage
        for section_id in cited.section_ids
        for entry in shipped_entries(section_id, title_of(section_id, curriculum))
    )
    return next((passage for passage in shipped if passage.id == cited.passage_id), None)


def cited(item: Item, entries: Sequence[Entry], curriculum: Curriculum) -> Citation | None:
    """Cite the passage under the item's heading that holds most of its points."""
    under = [e for e in entries if item.evidence in e.passage.heading_path]
    own = [e for e in under if e.passage.heading_path[-1:] == (item.evidence,)] or under
    ranked = [(held(item, e.passage.text), e) for e in own]
    if not ranked:
        return None
    met, entry = max(ranked, key=lambda pair: (pair[0], -pair[1].passage.ordinal))
    if not met:
        return None
    start, end = stretch(entry.passage.text, item.points)
    return citation(1, entry, entry.passage.text[start:end], start, curriculum)


def held(item: Item, text: str) -> int:
    """Count the points that a text holds word for word."""
    return sum(bool(place(point, text)) for point in item.points)


def place(point: str, text: str) -> re.Match[str] | None:
    """Find a point in a text, whatever the case and the white space."""
    return re.search(r"\s+".join(map(re.escape, point.split())), text, re.I)


def stretch(text: str, points: Sequence[str]) -> tuple[int, int]:
    """Give the fewest whole sentences, or lines of tables and code, that hold the points."""
    found = [match.span() for point in points if (match := place(point, text))]
    units = [unit for span in spans_of(text) for unit in lines_of(span)]
    start = min((a for a, b in units for p, q in found if a < q and p < b), default=found[0][0])
    end = max((b for a, b in units for p, q in found if a < q and p < b), default=found[-1][1])
    start, end = min(start, *(p for p, _ in found)), max(end, *(q for _, q in found))
    return with_mark(text, start, end), end


def with_mark(text: str, start: int, end: int) -> int:
    """Move the beginning of several list items before the first one's mark, as the others have."""
    line = text.rfind("\n", 0, start) + 1
    marked = re.fullmatch(r"[ \t]*(?:\d+[.)]|[-*+])[ \t]+", text[line:start])
    return line if marked and "\n" in text[start:end] else start


def lines_of(span: Span) -> list[tuple[int, int]]:
    """Cut tables and code into their lines; a sentence is one piece."""
    if span.kind not in ("table", "code"):
        return [(span.start, span.end)]
    found, at = [], span.start
    for line in span.text.splitlines(keepends=True):
        found.append((at, at + len(line.rstrip())))
        at += len(line)
    return found


def library_entries(section_id: str, library: Library) -> tuple[Entry, ...]:
    """Read a section's note from a library, in reading order."""
    ids = library.passages_of(f"note/{section_id}")
    entries = library.entries(ids)
    return tuple(entries[i] for i in ids if i in entries and not entries[i].passage.flag)


@lru_cache(maxsize=64)
def shipped_entries(section_id: str, title: str) -> tuple[Entry, ...]:
    """Read a section's note as it ships, one passage for each heading."""
    file = next((f for f in corpus.notes() if f.stem == section_id), None)
    if file is None:
        return ()
    document = note_document(section_id, file.read_text(encoding="utf-8"), title)
    return tuple(entry(document, ordinal, *cut) for ordinal, cut in enumerate(cuts(document)))


def cuts(document: Document) -> list[tuple[int, int, tuple[str, ...], str | None]]:
    """Cut a note along its headings: (start, end, headings above, anchor) of each piece."""
    found = []
    for start, end, path in sections(document):
        if document.text[start:end].strip():
            anchor = next((h.anchor for h in reversed(path) if h.anchor), None)
            titles = tuple(h.text for h in path if h.text != document.title)
            found.append((start, end, titles, anchor))
    return found


def entry(
    document: Document,
    ordinal: int,
    start: int,
    end: int,
    titles: tuple[str, ...],
    anchor: str | None,
) -> Entry:
    """Name a piece of a note as the library names passages."""
    text = document.text[start:end]
    content = hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
    name = hashlib.sha256(f"{document.id}\n{content}\n0".encode()).hexdigest()[:16]
    passage = Passage(
        name, document.id, ordinal, text, start, end, titles, anchor, content, len(text.split())
    )
    section_id = document.id.removeprefix("note/")
    return Entry(passage, document.title, document.kind, document.url, "", (section_id,))


def title_of(section_id: str, curriculum: Curriculum) -> str:
    """Give a section's title, or its id where the path has no such section."""
    titles = {section.id: section.title for section in curriculum.sections}
    return titles.get(section_id, section_id)


@lru_cache(maxsize=1)
def words_of_the_field() -> frozenset[str]:
    """Collect the words of the notes that ship, so that none is taken for another mistyped."""
    from assistant.short_answers import tokens

    return frozenset(w for file in corpus.notes() for w in tokens(file.read_text("utf-8")))
