"""The model that reads passages and the one that reads questions are the same."""

import os
from pathlib import Path

import numpy as np
import pytest

from ingest.embed import (
    MODEL,
    export_onnx,
    model_id,
    passage_embedder,
    question_embedder,
    token_counter,
    windows,
)

TEXTS = [
    "What is LoRA?",
    "x",
    "",
    "日本語のテキスト, naïve café",
    "Gradient descent follows the slope of the loss. " * 5,
    "word " * 400,
]


@pytest.mark.slow
def test_the_exported_model_gives_the_same_vectors(tmp_path: Path) -> None:
    cache = Path(os.environ.get("STUDYPATH_CACHE", tmp_path))
    export_onnx(MODEL, cache)
    original, exported = passage_embedder(MODEL), question_embedder(MODEL, cache)
    one, other = original.encode(TEXTS), exported.encode(TEXTS)
    assert type(exported) is not type(original)
    assert one.shape == other.shape == (len(TEXTS), 384)
    assert ((one * other).sum(axis=1) >= 0.9999).all()
    assert np.allclose(np.linalg.norm(other, axis=1), 1, atol=1e-5)
    for embedder in (original, exported):
        assert embedder.is_word("curse")
        assert not embedder.is_word("overfiting")


def test_the_tail_of_a_long_table_is_in_a_window() -> None:
    rows = "\n".join(f"| row {i} | value number {i} |" for i in range(120))
    parts = windows(rows + "\n| zebra | the very last |", "Long table", MODEL)
    count = token_counter(MODEL)
    assert len(parts) > 3
    assert "zebra" in parts[-1]
    assert all(part.startswith("Long table\n") for part in parts)
    assert all(count(part) <= 254 for part in parts)


def test_a_short_text_is_one_window() -> None:
    assert windows("short", "Title", MODEL) == ("Title\nshort",)


def test_a_model_is_named_with_the_hash_of_its_weights() -> None:
    assert model_id(MODEL) == "all-MiniLM-L6-v2@53aa51172d14"
