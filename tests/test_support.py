"""The words of a passage that back a sentence: always verbatim, and the ones that say it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.support import support_quote, verbatim
from tests.passages import hit

TEXT = (
    "# Indexes\n\nAn index makes search fast. It costs memory, and building it takes time.\n\n"
    "- HNSW is a graph with layers.\n- IVF is a list of cells.\n\n"
    "```python\nindex.search(query, k=10)\n```\n\nAll of them are approximate."
)


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Searching becomes fast with an index.", "An index makes search fast."),
        ("HNSW builds layers of a graph.", "HNSW is a graph with layers."),
        ("```python\nindex.search(query, k=10)\n```", "```python\nindex.search(query, k=10)\n```"),
        (
            "An index makes search fast but costs memory and time to build.",
            "An index makes search fast. It costs memory, and building it takes time.",
        ),
        ("These are approximate.", "All of them are approximate."),
    ],
)
def test_the_sentence_that_says_it_is_quoted(sentence: str, quote: str) -> None:
    found = support_quote(sentence, hit(TEXT))
    assert TEXT[slice(*found)] == quote


@given(st.text(), st.text(min_size=1) | st.just(TEXT))
@settings(deadline=None)
def test_every_quote_is_verbatim_and_not_empty(sentence: str, text: str) -> None:
    found = support_quote(sentence, hit(text))
    start, end = found
    assert 0 <= start < end <= len(text)


def test_verbatim_words() -> None:
    assert verbatim("An **index** makes search  fast.", [TEXT])
    assert not verbatim("An index makes search slow.", [TEXT])
    assert not verbatim("", [TEXT])
