"""From chosen quotes to numbered citations and the sentences that carry them."""

from collections.abc import Sequence

from assistant.answer import Citation, Sentence
from assistant.quotes import Quote, overlaps
from assistant.where import PathQuote
from ingest.curriculum import Curriculum
from ingest.fragments import directive_of
from ingest.library import Entry, Library
from ingest.links import deep_link


def cite_quotes(
    quotes: Sequence[Quote], linked: Sequence[Quote | None], curriculum: Curriculum | None
) -> tuple[list[Sentence], list[Citation]]:
    """Number the quotes in reading order; every sentence is its own quote.

    `linked` holds for each quote the linked reading that says the same as its first sentence, or
    None; that sentence carries both numbers.
    """
    sentences: list[Sentence] = []
    numbered: list[Quote] = []

    def number(quote: Quote) -> int:
        if quote not in numbered:
            numbered.append(quote)
        return numbered.index(quote) + 1

    for quote, other in zip(quotes, linked, strict=True):
        own: tuple[int, ...] = (number(quote),)
        both = own
        if other is not None:
            # What is quoted anyway is not cited a second time.
            shown = next((q for q in quotes if overlaps(q, other)), other)
            both = (*own, number(shown))
        sentences += sentences_of(quote, both, own)
    cited = [
        citation(n, q.hit.entry, q.hit.entry.passage.text[q.start : q.end], q.start, curriculum)
        for n, q in enumerate(numbered, 1)
    ]
    return sentences, cited


def sentences_of(quote: Quote, first: tuple[int, ...], rest: tuple[int, ...]) -> list[Sentence]:
    """Write the spans of a quote as sentences; the first carries other numbers than the rest."""
    sentences: list[Sentence] = []
    step = 0
    for span in quote.spans:
        numbers = rest if sentences else first
        block = span.kind != "prose"
        step = step + 1 if span.kind == "ordered" else 0
        bullet = f"{step}. " if step else "- " if span.kind == "item" else ""
        words = span.text if span.kind in ("code", "table") else " ".join(span.text.split())
        sentences.append(Sentence(f"{bullet}{words}", numbers, "supported", quote.relevance, block))
    return sentences


def citation(n: int, entry: Entry, quote: str, at: int, curriculum: Curriculum | None) -> Citation:
    """Cite a stretch of a passage; `at` is its offset in the passage."""
    start = entry.passage.start + at
    link, precision = passage_link(entry, at, at + len(quote))
    section_ids = all_sections(entry)
    return Citation(
        n=n,
        passage_id=entry.passage.id,
        quote=quote,
        title=entry.title,
        kind=entry.kind,
        url=entry.url,
        deep_link=link,
        section_ids=section_ids,
        where=curriculum.place(section_ids[0]) if curriculum and section_ids else "",
        start=start,
        end=start + len(quote),
        link_precision=precision,
        as_of=entry.fetched_at,
        archived=entry.archived,
    )


def all_sections(entry: Entry) -> tuple[str, ...]:
    """Name the sections a passage belongs to, those of its other places included."""
    more = [s for twin in entry.also_in for s in twin.section_ids]
    return tuple(dict.fromkeys((*entry.section_ids, *more)))


def passage_link(entry: Entry, start: int = 0, end: int = 0) -> tuple[str, str]:
    """Link to where start..end of a passage stands (or the passage), with how exact the link is."""
    if entry.kind == "path":  # its address already names the section's card
        return entry.url, "heading"
    directive = directive_of(entry.passage.fragments, start, end)
    return deep_link(entry.url, entry.passage.anchor, directive)


def cite_path(
    lines: Sequence[PathQuote], library: Library, curriculum: Curriculum
) -> tuple[list[Sentence], list[Citation]]:
    """Cite lines of the path; a line that names a resource links to that resource."""
    sentences: list[Sentence] = []
    citations: list[Citation] = []
    for line in lines:
        entry = holding(library, f"path/{line.section_id}", line.quote)
        if entry is None:
            continue
        n = len(citations) + 1
        at = entry.passage.text.index(line.quote)
        cited = citation(n, entry, line.quote, at, curriculum)
        if line.resource is not None and line.resource.url:
            cited = resource_citation(cited, line)
        citations.append(cited)
        numbers = [n]
        told = (
            holding(library, f"note/{line.section_id}", line.note_line) if line.note_line else None
        )
        if told is not None:
            at = told.passage.text.index(line.note_line)
            numbers.append(n + 1)
            citations.append(citation(n + 1, told, line.note_line, at, curriculum))
        sentences.append(Sentence(line.text, tuple(numbers)))
    return sentences, citations


def resource_citation(cited: Citation, line: PathQuote) -> Citation:
    """Let the citation of a resource's line lead to the resource itself."""
    from dataclasses import replace

    resource = line.resource
    if resource is None or resource.url is None:
        return cited
    return replace(
        cited,
        title=resource.title,
        kind=resource.kind,
        url=resource.url,
        deep_link=resource.url,
        link_precision="page",
    )


def holding(library: Library, doc_id: str, quote: str) -> Entry | None:
    """Find the passage of a document that holds a quote."""
    entries = library.entries(library.passages_of(doc_id))
    return next((e for e in entries.values() if quote in e.passage.text), None)
