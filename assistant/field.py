"""Whether a question is of the path's field at all, by subjects of it and of everything else.

What no page holds may still belong next to the path (another algorithm, another tool) or lie far
off it (a recipe, a visa). The library cannot tell them apart: it knows neither. `fields.json` names
about 350 subjects in our own words, half of them near machine learning and software, half of them
of everyday life, other sciences and other kinds of programming. A question stands with those whose
meaning, or whose words, are nearest to it. Their vectors ship too, made by

    python -m assistant.field       after a change of fields.json
"""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from assistant.names import is_marked
from ingest.analysis import Word
from ingest.embed import MODEL, Embedder, passage_embedder
from ingest.indexing import text_hash
from ingest.keywords import analyse
from ingest.shipped import shipped_vectors, write_shipped

FIELDS = Path(__file__).with_name("fields.json")
VECTORS = FIELDS.with_suffix(".npz")
SUBJECTS = 2  # nearest subjects that count; 1 to 5 tell near from far alike (AUC 0.953 to 0.957)
# A path may be about cooking. A far subject so similar to one of its sections is left out; for the
# path of this project the most similar one has 0.46.
OF_PATH = 0.5

Rows = NDArray[np.float32]
NONE = np.zeros((0, 0), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Subjects near the path's field and far from it: unit vectors (n, d), and their stems.

    Without an embedding model there are no vectors.
    """

    near: Rows
    far: Rows
    near_stems: frozenset[str]
    far_stems: frozenset[str]

    def signals(self, words: Iterable[Word], vector: Rows | None) -> Mapping[str, float]:
        """Say how near a question is to the subjects of both kinds, each signal in 0..1.

        `field` and `elsewhere` compare its meaning, `field_words` and `other_words` give the share
        of its words that name such subjects; `marked` says whether one looks like a technical name.
        """
        content = [word for word in words if not word.stop and word.terms]
        near, far = self.near_stems - self.far_stems, self.far_stems - self.near_stems
        return MappingProxyType(
            {
                "field": nearness(self.near, vector),
                "elsewhere": nearness(self.far, vector),
                "field_words": naming(content, near),
                "other_words": naming(content, far),
                "marked": float(any(is_marked(word.surface) for word in content)),
            }
        )


def nearness(subjects: Rows, vector: Rows | None) -> float:
    """Average the similarity of the nearest subjects; 0 without vectors."""
    if vector is None or not len(subjects):
        return 0.0
    return max(0.0, float(np.sort(subjects @ vector)[-SUBJECTS:].mean()))


def naming(content: list[Word], stems: frozenset[str]) -> float:
    """Give the share of words that are among some stems."""
    return sum(not stems.isdisjoint(w.terms) for w in content) / len(content) if content else 0.0


def read_field(embedder: Embedder | None, topics: str = "", sections: Rows = NONE) -> Field:
    """Put together the subjects for one path, from its topics' text and its sections' vectors."""
    subjects = shipped_subjects()
    near, far = vectors_of(embedder) if embedder else (NONE, NONE)
    kept = list(subjects["far"])
    if len(sections) and len(far):
        others = (far @ sections.T).max(axis=1) < OF_PATH
        far, kept = far[others], [s for s, other in zip(kept, others, strict=True) if other]
    stems = frozenset(analyse(" ".join((topics, *subjects["near"]))))
    return Field(near, far, stems, frozenset(analyse(" ".join(kept))))


@lru_cache(maxsize=1)
def shipped_subjects() -> Mapping[str, tuple[str, ...]]:
    """Read the subjects: those "near" the field and those "far" from it."""
    read = json.loads(FIELDS.read_text(encoding="utf-8"))
    return MappingProxyType({name: tuple(subjects) for name, subjects in read.items()})


def vectors_of(embedder: Embedder) -> tuple[Rows, Rows]:
    """Give the vectors of the near and the far subjects: shipped, or embedded by another model."""
    near, far = (shipped_subjects()[side] for side in ("near", "far"))
    hashes = [text_hash(subject) for subject in (*near, *far)]
    found, vectors = shipped_vectors(embedder.name, hashes, VECTORS)
    if found != hashes:
        vectors = embedder.encode((*near, *far))
    return vectors[: len(near)], vectors[len(near) :]


def main() -> None:
    """Embed the subjects anew and keep their vectors."""
    embedder = passage_embedder(MODEL)
    subjects = [subject for side in shipped_subjects().values() for subject in side]
    hashes = [text_hash(subject) for subject in subjects]
    write_shipped(VECTORS, embedder.name, hashes, embedder.encode(subjects))
    sys.stdout.write(f"{VECTORS.name}: {len(hashes)} vectors\n")


if __name__ == "__main__":
    main()
