"""How much is said: one sentence, the usual answer, or every side of a subject; all quoted."""

from collections.abc import Sequence

import numpy as np
import pytest

from assistant.asked import Evidence
from assistant.depth import at_depth, in_reading_order, subjects_of
from assistant.extractive import choose_quotes
from assistant.question import read_question
from assistant.quotes import Quote, overlaps, stems_of
from assistant.retrieve import Found, Hit
from assistant.spans import spans_of
from ingest.keywords import KeywordIndex
from ingest.library import Entry
from ingest.split import Passage

TEXTS = {
    "Sourdough": "Sourdough is a dough that wild yeast and bacteria raise instead of baker's yeast."
    " Sourdough keeps longer than other bread because its acid slows mold.",
    "How sourdough works": "Sourdough works in three steps:\n\n1. Mix flour and water, a starter."
    "\n2. Feed the starter every day until it doubles.\n3. Raise the dough with it overnight.",
    "When to use sourdough": "Use sourdough when taste and keeping matter more than speed and you"
    " can wait a day.",
    "Mistakes with sourdough": "The usual mistakes with sourdough are a starter that was not fed, a"
    " kitchen that is too cold, and a proof that is too short.",
    "Example": "```python\nprint(sourdough(flour=500, water=350))\n```",
    "Baker's yeast": "Baker's yeast is one species of yeast, grown for a fast and even rise.",
}


def hit(number: int, heading: str, text: str, document: str = "note/bread") -> Hit:
    start = 1000 * number
    passage = Passage(
        f"p{number}", document, number, text, start, start + len(text), (heading,), None, "h", 40
    )
    entry = Entry(passage, "Bread", "note", "studypath://notes/bread", "", ("m1w1-bread",))
    return Hit(entry, 1 - number / 20, ("bm25",), 0.6, 0.9)


HITS = tuple(hit(n, heading, text) for n, (heading, text) in enumerate(TEXTS.items()))
INDEX = KeywordIndex.build([f"{heading}\n{text}" for heading, text in TEXTS.items()])
EVIDENCE = Evidence(HITS, INDEX.idf, None)


def find(text: str) -> Found:
    result = INDEX.search(text, 10)
    hits = tuple(HITS[row] for row in result.rows.tolist())
    return Found(hits, result.words, (), (), result.expansions, np.zeros(0, dtype=np.float32))


def answered(asked: str, depth: str) -> tuple[Quote, ...]:
    question = read_question(asked)
    return at_depth(depth, question, choose_quotes(question, EVIDENCE), EVIDENCE, find)


def said(quotes: Sequence[Quote]) -> str:
    return " ".join(span.text for quote in quotes for span in quote.spans)


def test_normal_is_what_the_engine_chose() -> None:
    question = read_question("What is sourdough?")
    assert answered("What is sourdough?", "normal") == choose_quotes(question, EVIDENCE)


def test_brief_is_the_lead_alone() -> None:
    (quote,) = answered("What is sourdough?", "brief")
    assert said([quote]).startswith("Sourdough is a dough")
    assert len(quote.spans) == 1
    assert quote.hit.entry.passage.text[quote.start : quote.end] == quote.spans[0].text


def test_a_brief_lead_that_announces_steps_keeps_them() -> None:
    quotes = answered("How does sourdough work?", "brief")
    assert "Feed the starter" in said(quotes)
    assert "mistakes" not in said(quotes)


def test_deep_tells_every_side_of_the_subject() -> None:
    told = said(answered("What is sourdough?", "deep"))
    assert told.startswith("Sourdough is a dough")
    for words in ("Feed the starter", "Use sourdough when"):
        assert words in told
    assert "one species of yeast" not in told


@pytest.mark.parametrize("asked", ["What is sourdough?", "How does sourdough work?", "sourdough"])
def test_deep_quotes_verbatim_without_repeats(asked: str) -> None:
    quotes = answered(asked, "deep")
    for number, quote in enumerate(quotes):
        text = quote.hit.entry.passage.text
        assert [span.text for span in quote.spans] == [text[s.start : s.end] for s in quote.spans]
        others = [*quotes[:number], *quotes[number + 1 :]]
        assert not any(overlaps(quote, other) for other in others)
        stems = stems_of([quote])
        assert len(stems & stems_of(quotes[:number])) < len(stems)


def test_deep_keeps_what_normal_says() -> None:
    normal = answered("How does sourdough work?", "normal")
    deep = answered("How does sourdough work?", "deep")
    assert normal[0] == deep[0]
    assert set(normal) <= set(deep)


def test_nothing_chosen_stays_nothing() -> None:
    question = read_question("What is a volcano?")
    assert at_depth("deep", question, (), EVIDENCE, find) == ()
    assert at_depth("brief", question, (), EVIDENCE, find) == ()


def test_both_sides_of_a_comparison_are_gone_into() -> None:
    question = read_question("difference between sourdough and baker's yeast")
    assert len(subjects_of(question)) == 2


def quote_at(document: str, number: int) -> Quote:
    spans = spans_of("A sentence of its own.")
    one = hit(number, "Heading", "A sentence of its own.", document)
    return Quote(one, 0, spans[0].end, spans[:1], 1.0)


def test_quotes_are_grouped_by_document_in_the_order_of_its_page() -> None:
    order = [("b", 3), ("a", 2), ("b", 1), ("a", 1)]
    sorted_quotes = in_reading_order([quote_at(*place) for place in order])
    places = [(q.hit.entry.passage.doc_id, q.hit.entry.passage.ordinal) for q in sorted_quotes]
    assert places == [("b", 3), ("b", 1), ("a", 1), ("a", 2)]
