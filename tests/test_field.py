"""The path's field: subjects near it and far from it, by meaning and by words."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.field import (
    SUBJECTS,
    VECTORS,
    Field,
    nearness,
    read_field,
    shipped_subjects,
    vectors_of,
)
from eval.fusion import DEV
from eval.questions import load
from eval.refusal_cases import REFUSALS
from ingest.analysis import tokens, word
from ingest.embed import MODEL, question_embedder
from ingest.indexing import text_hash
from ingest.shipped import shipped_vectors


class Flat:
    """An embedder of two directions: software, and everything else."""

    name = "flat"
    dimension = 2

    def encode(self, texts):  # type: ignore[no-untyped-def]
        near = set(shipped_subjects()["near"])
        rows = [(1, 0) if text in near else (0, 1) for text in texts]
        return np.array(rows, dtype=np.float32)

    def is_word(self, lower: str) -> bool:
        return True


def words(text: str):  # type: ignore[no-untyped-def]
    return [word(surface) for surface in tokens(text)]


def test_no_subject_is_a_question_or_stands_on_both_sides() -> None:
    near, far = (shipped_subjects()[side] for side in ("near", "far"))
    assert min(len(near), len(far)) >= 150
    assert len({*near, *far}) == len(near) + len(far)
    assert max(len(subject.split()) for subject in (*near, *far)) <= 7
    asked = {q.question.lower().strip("?. ") for q in (*load(DEV), *load(REFUSALS))}
    assert asked.isdisjoint(subject.lower() for subject in (*near, *far))


def test_a_question_is_near_what_means_the_same() -> None:
    field = read_field(Flat())
    near = field.signals(words("x"), np.array([1, 0], dtype=np.float32))
    far = field.signals(words("x"), np.array([0, 1], dtype=np.float32))
    assert (near["field"], near["elsewhere"]) == (1.0, 0.0)
    assert (far["field"], far["elsewhere"]) == (0.0, 1.0)


def test_words_tell_where_nothing_has_a_meaning() -> None:
    field = read_field(None, "gradient descent")
    cook = field.signals(words("How do I bake bread?"), None)
    learn = field.signals(words("Which gradient does XGBoost use?"), None)
    assert cook["other_words"] > 0.9
    assert cook["field_words"] == cook["marked"] == cook["field"] == 0.0
    assert learn["field_words"] > 0
    assert (learn["other_words"], learn["marked"]) == (0.0, 1.0)


def test_what_a_path_is_about_is_not_far_from_it() -> None:
    everywhere = read_field(Flat())
    cooking = read_field(Flat(), sections=np.array([[0, 1]], dtype=np.float32))
    assert len(everywhere.far) == len(shipped_subjects()["far"])
    assert len(cooking.far) == 0
    assert not cooking.far_stems


def test_the_shipped_vectors_are_those_of_the_subjects(tmp_path: Path) -> None:
    embedder = question_embedder(MODEL, tmp_path)
    near, far = shipped_subjects()["near"], shipped_subjects()["far"]
    hashes = [text_hash(subject) for subject in (*near, *far)]
    found, vectors = shipped_vectors(embedder.name, hashes, VECTORS)
    assert found == hashes
    some = [0, 7, len(near), -1]
    again = embedder.encode([(*near, *far)[n] for n in some])
    assert np.einsum("nd,nd->n", again, vectors[some]).min() > 0.999
    assert [len(rows) for rows in vectors_of(embedder)] == [len(near), len(far)]


@given(st.text(max_size=80))
def test_any_text_gives_signals_in_their_range(text: str) -> None:
    found = read_field(None).signals(words(text), None)
    assert all(0.0 <= value <= 1.0 for value in found.values())


@pytest.mark.parametrize("count", [0, 1, SUBJECTS, 9])
def test_any_number_of_subjects_has_a_nearness(count: int) -> None:
    rows = np.eye(max(count, 1), 3, dtype=np.float32)[:count]
    value = nearness(rows, np.array([1, 0, 0], dtype=np.float32))
    assert value == pytest.approx(1 / min(count, SUBJECTS) if count else 0.0)
    assert Field(rows, rows, frozenset(), frozenset()).signals([], None)["field"] == 0.0
