"""A note's sentence is cited a second time from the linked page that says the same."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.asked import Evidence
from assistant.cite import cite_quotes
from assistant.linked import linked_quote, subject_of
from assistant.quotes import Quote
from assistant.retrieve import Hit
from assistant.spans import Span, spans_of
from ingest.embed import MODEL, passage_embedder
from ingest.extract import read_markdown
from ingest.library import Entry
from ingest.split import split

Encode = Callable[[Sequence[str]], NDArray[np.float32]]

NOTE = "# Soil\n\nCompost is decayed plant matter that feeds the soil. Turn it every week."
PAGE = (
    "# Garden\n\nIn this section we look at compost as decayed plant matter that feeds soil. "
    "What is compost that feeds the soil? "
    "Compost, which is plant matter that has decayed, is food for the soil. "
    "Worms like the dark and the wet."
)


@pytest.fixture(scope="module")
def encode() -> Encode:
    return passage_embedder(MODEL).encode


def hit_of(text: str, kind: str) -> Hit:
    document = read_markdown(text, id=kind, url="", title="T", kind=kind, fetched_at="")
    passage = split(document, lambda words: len(words.split()))[0]
    return Hit(Entry(passage, "T", kind, "", "", ()), 1.0, ("bm25",), 0.0, 1.0)


def quote_of(hit: Hit, first: int = 0, last: int | None = None) -> Quote:
    spans: Sequence[Span] = spans_of(hit.entry.passage.text)[first:last]
    return Quote(hit, spans[0].start, spans[-1].end, tuple(spans), 1.0)


def linked(note: str, page: str, encode: Encode | None, kind: str = "article") -> str | None:
    quote = quote_of(hit_of(note, "note"))
    found = linked_quote(quote, Evidence((quote.hit, hit_of(page, kind)), lambda s: 1.0, encode))
    return found.spans[0].text if found else None


def test_the_sentence_that_says_the_same_is_found(encode: Encode) -> None:
    said = linked(NOTE, PAGE, encode)
    assert said == "Compost, which is plant matter that has decayed, is food for the soil."


def test_what_is_said_of_another_subject_is_not_the_same(encode: Encode) -> None:
    page = "# Garden\n\nMulch is decayed plant matter that feeds the soil."
    assert linked(NOTE, page, encode) is None


def test_an_announcement_has_no_second_source(encode: Encode) -> None:
    note = "# Soil\n\nCompost is made in three steps of plant matter:\n\n1. Chop the plants.\n"
    page = "# Garden\n\nCompost is made in three steps of plant matter."
    assert linked(note, page, encode) is None


@pytest.mark.parametrize(
    ("sentence", "subject"),
    [
        ("Compost is decayed plant matter.", "Compost"),
        ("A worm bin (box) turns scraps into compost, which is soil.", "worm bin"),
        ("Turn it every week.", ""),
    ],
)
def test_subject_of_a_sentence(sentence: str, subject: str) -> None:
    assert subject_of(sentence).strip() == subject


@pytest.mark.parametrize(
    "page",
    [
        "# Garden\n\nWorms like the dark and the wet of any soil.",
        "# Garden\n\nCompost bins are sold in three sizes of green plastic.",
        "# Garden\n\nWhat is compost, decayed plant matter that feeds the soil?",
        "# Garden\n\n- Compost, plant matter, decayed",
    ],
)
def test_another_statement_is_not_taken_for_it(encode: Encode, page: str) -> None:
    assert linked(NOTE, page, encode) is None


def test_without_vectors_or_from_another_note_there_is_none(encode: Encode) -> None:
    assert linked(NOTE, PAGE, None) is None
    assert linked(NOTE, PAGE, encode, kind="note") is None
    assert linked(NOTE, PAGE, encode, kind="path") is None


def test_a_linked_pages_own_quote_needs_no_second(encode: Encode) -> None:
    page = hit_of(PAGE, "article")
    assert linked_quote(quote_of(page, 2, 3), Evidence((page,), lambda s: 1.0, encode)) is None


def test_the_first_sentence_carries_both_numbers() -> None:
    note, page = hit_of(NOTE, "note"), hit_of(PAGE, "article")
    sentences, citations = cite_quotes([quote_of(note)], [quote_of(page, 2, 3)], None)
    assert [s.citations for s in sentences] == [(1, 2), (1,)]
    assert [c.kind for c in citations] == ["note", "article"]
    for cited, hit in zip(citations, (note, page), strict=True):
        start = cited.start - hit.entry.passage.start
        assert hit.entry.passage.text[start:].startswith(cited.quote)


def test_what_is_quoted_anyway_is_cited_once() -> None:
    note, page = hit_of(NOTE, "note"), hit_of(PAGE, "article")
    quotes = [quote_of(note), quote_of(page, 2, 4)]
    sentences, citations = cite_quotes(quotes, [quote_of(page, 2, 3), None], None)
    assert [s.citations for s in sentences] == [(1, 2), (1,), (2,), (2,)]
    assert [c.n for c in citations] == [1, 2]
