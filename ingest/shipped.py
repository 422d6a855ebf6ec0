"""Vectors of what ships with studypath, so that the first start finds by meaning at once.

    python -m ingest.shipped        makes corpus/vectors.npz and corpus/known.npz anew, after a
                                    change of the path, the notes or their known questions

The first file holds `model` (its id), `hashes` (n) of the embedded texts and `vectors`, float16
(n, d). A text that changed has another hash and is embedded as any other, so an old file is never
wrong. The second is told of in ingest/known.py.
"""

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import corpus
from ingest.embed import MODEL, Embedder, model_id, question_embedder
from ingest.known import answered_by, write_known

Vectors = NDArray[np.float32]
BATCH = 256  # texts encoded together


def shipped_vectors(
    model: str, wanted: Iterable[str], file: Path | None = None
) -> tuple[list[str], Vectors]:
    """Read the shipped vectors of some texts: their hashes, and unit vectors float32 (n, d).

    None for another model than the one they were made with. Without a `file` they are those of the
    path and the notes.
    """
    file = file or corpus.vectors()
    if not file.exists():
        return [], np.zeros((0, 0), dtype=np.float32)
    with np.load(file, allow_pickle=False) as kept:
        rows = {h: row for row, h in enumerate(kept["hashes"].tolist())}
        found = [h for h in wanted if h in rows] if str(kept["model"]) == model else []
        vectors = kept["vectors"][[rows[h] for h in found]].astype(np.float32)
    return found, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def write_shipped(file: Path, model: str, hashes: list[str], vectors: Vectors) -> None:
    """Write vectors, float32 (n, d), as halves; a reader sees the old file or the new one."""
    beside = file.with_suffix(".part")
    with beside.open("wb") as out:
        np.savez(
            out, model=np.array(model), hashes=np.array(hashes), vectors=vectors.astype(np.float16)
        )
    beside.replace(file)


def main() -> None:
    """Index the path and the notes in a folder of its own, and keep the vectors."""
    from ingest.build import BuildOptions, build_library
    from ingest.writer import writing

    corpus.vectors().unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        options = BuildOptions(MODEL, cache=Path(folder, "cache"), offline=True)
        build_library(home, options, lambda _: None)
        with writing(home) as writer:
            name = model_id(MODEL)
            hashes = sorted(writer.known_vectors(name))
            write_shipped(corpus.vectors(), name, hashes, writer.load_vectors(name, hashes))
        count = ship_known(question_embedder(MODEL, options.cache))
    sys.stdout.write(f"{corpus.vectors().name}: {len(hashes)} vectors\n")
    sys.stdout.write(f"{corpus.known_vectors().name}: {count} questions\n")


def ship_known(embedder: Embedder) -> int:
    """Embed the known questions of all sections and keep them; returns how many there are."""
    entries = [entry for page in corpus.known() for entry in answered_by(page)]
    texts = [question for entry in entries for question in entry.questions]
    vectors = [
        embedder.encode(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)
    ]
    write_known(corpus.known_vectors(), embedder.name, entries, np.concatenate(vectors))
    return len(texts)


if __name__ == "__main__":
    main()
