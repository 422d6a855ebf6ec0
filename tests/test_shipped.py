"""The vectors that ship with the notes: complete, and the model's own."""

from pathlib import Path

import numpy as np
import pytest

import corpus
from ingest.build import BuildOptions, build_library
from ingest.embed import MODEL, model_id, passage_embedder
from ingest.indexing import text_hash, window_texts
from ingest.shipped import shipped_vectors, write_shipped
from ingest.writer import writing

SAMPLED = 24
REMEDY = "the path or the notes changed: run `make vectors` and commit corpus/vectors.npz"


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Everything that the first start embeds, by its hash."""
    home = tmp_path_factory.mktemp("shipped") / "home"
    options = BuildOptions(MODEL, cache=home.parent / "cache", offline=True, vectors=False)
    build_library(home, options, lambda _: None)
    with writing(home) as writer:
        return {text_hash(text): text for text in window_texts(writer, MODEL).values()}


def test_every_text_has_its_vector(texts: dict[str, str]) -> None:
    found, vectors = shipped_vectors(model_id(MODEL), texts)
    assert set(found) == set(texts), REMEDY
    assert vectors.shape == (len(texts), 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_nothing_else_is_shipped(texts: dict[str, str]) -> None:
    with np.load(corpus.vectors(), allow_pickle=False) as file:
        assert set(file["hashes"].tolist()) == set(texts), REMEDY


def test_they_are_what_the_model_says(texts: dict[str, str]) -> None:
    sample = sorted(texts)[:: max(1, len(texts) // SAMPLED)]
    found, vectors = shipped_vectors(model_id(MODEL), sample)
    own = np.asarray(passage_embedder(MODEL).encode([texts[h] for h in found]))
    assert (vectors * own).sum(axis=1).min() >= 0.9999


def test_another_model_and_unknown_texts_get_none() -> None:
    for model, wanted in (("other", ["00"]), (model_id(MODEL), ["00"]), (model_id(MODEL), [])):
        found, vectors = shipped_vectors(model, wanted)
        assert found == []
        assert len(vectors) == 0


def test_without_the_file_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.vectors", lambda: tmp_path / "none.npz")
    assert shipped_vectors(model_id(MODEL), ["00"])[0] == []


def test_what_is_written_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.eye(3, 8, dtype=np.float32)
    write_shipped(tmp_path / "v.npz", "m", ["a", "b", "c"], vectors)
    monkeypatch.setattr("corpus.vectors", lambda: tmp_path / "v.npz")
    found, read = shipped_vectors("m", ["c", "x", "a"])
    assert found == ["c", "a"]
    assert np.array_equal(read, vectors[[2, 0]])
    assert [path.name for path in tmp_path.iterdir()] == ["v.npz"]
