"""Sentences, items, code and tables with exact offsets."""

from hypothesis import given
from hypothesis import strategies as st

from assistant.spans import spans_of

PASSAGE = """Overfitting is when a model, e.g. a tree, memorises. It scores 0.99 in training.
A wrapped line goes on. See Fig. 3 for more.

Steps:

1. First do this.
2. Then that. And more.

- a bullet
  that wraps

```python
a = 1

# Not. A sentence.
```

| a | b |
|---|---|
| 1 | 2 |
"""


def test_kinds_and_texts() -> None:
    spans = spans_of(PASSAGE)
    assert [(s.kind, s.text.splitlines()[0]) for s in spans] == [
        ("prose", "Overfitting is when a model, e.g. a tree, memorises."),
        ("prose", "It scores 0.99 in training."),
        ("prose", "A wrapped line goes on."),
        ("prose", "See Fig. 3 for more."),
        ("prose", "Steps:"),
        ("ordered", "First do this."),
        ("ordered", "Then that."),
        ("ordered", "And more."),
        ("item", "a bullet"),
        ("code", "```python"),
        ("table", "| a | b |"),
    ]


def test_code_and_tables_are_whole() -> None:
    code = next(s for s in spans_of(PASSAGE) if s.kind == "code")
    assert code.text.startswith("```python")
    assert code.text.endswith("```")
    table = next(s for s in spans_of(PASSAGE) if s.kind == "table")
    assert table.text.count("\n") == 2


def test_sentences_of_one_paragraph_share_a_block() -> None:
    blocks = [s.block for s in spans_of(PASSAGE)]
    assert blocks[0] == blocks[3] != blocks[4]
    assert blocks[5] == blocks[7]


@given(st.text(alphabet="ab. \n`|-1#~?!:*", max_size=200))
def test_spans_are_verbatim_ordered_and_apart(text: str) -> None:
    end = 0
    for span in spans_of(text):
        assert text[span.start : span.end] == span.text
        assert span.start >= end
        assert span.text.strip()
        end = span.end
