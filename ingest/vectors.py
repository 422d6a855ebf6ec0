"""The vector index of one generation (chromadb's door).

Chroma lost vectors silently when several processes added at once (docs/benchmarks.md), so a folder
is written once, by the one writer, and only read afterwards. Embeddings are always passed in.
"""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.errors import LibraryError

COLLECTION = "passages"
ADD_BATCH = 5_000  # Chroma refuses more than 5,461 rows at once
# At 25,000 vectors these HNSW settings found the same 100 nearest as an exact product for all but
# a handful of questions, at 3-5 ms a search; Chroma's defaults miss more. See docs/benchmarks.md.
HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 300, "max_neighbors": 32}


def client(folder: Path) -> Any:
    """Open Chroma embedded on a folder, without telemetry."""
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(
        path=str(folder), settings=Settings(anonymized_telemetry=False, allow_reset=False)
    )


def write_vectors(folder: Path, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
    """Write unit vectors, float32 (n, d), under unique ids into a new folder."""
    if len(set(ids)) != len(ids):
        raise ValueError("vector ids must be unique")
    folder.mkdir(parents=True)
    collection = client(folder).create_collection(
        COLLECTION, embedding_function=None, configuration={"hnsw": HNSW}
    )
    for start in range(0, len(ids), ADD_BATCH):
        stop = start + ADD_BATCH
        collection.add(ids=list(ids[start:stop]), embeddings=vectors[start:stop])


class VectorIndex:
    """A read-only vector index; raises LibraryError when the folder cannot be opened."""

    def __init__(self, folder: Path) -> None:
        from chromadb.errors import ChromaError

        if not folder.is_dir():
            raise LibraryError(f"{folder} is missing: run `studypath reindex`")
        try:
            self._collection = client(folder).get_collection(COLLECTION, embedding_function=None)
            self._count = int(self._collection.count())
        except (ChromaError, ValueError) as error:
            raise LibraryError(
                f"{folder} cannot be read ({error}): run `studypath reindex`"
            ) from error
        self._lock = Lock()

    def __len__(self) -> int:
        return self._count

    def search(self, vector: NDArray[np.float32], k: int) -> tuple[list[str], NDArray[np.float64]]:
        """Find the k nearest ids to a unit vector (d,), with cosine similarities, best first."""
        if not self._count or k < 1:
            return [], np.zeros(0)
        with self._lock:
            found = self._collection.query(
                query_embeddings=vector[None, :],
                n_results=min(k, self._count),
                include=["distances"],
            )
        return list(found["ids"][0]), 1.0 - np.asarray(found["distances"][0], dtype=np.float64)

    def of(self, passage_ids: Sequence[str]) -> tuple[list[str], NDArray[np.float32]]:
        """Read the vectors of passages, one row for each window: their passages' ids, and (n, d).

        Passages that are not in the index, such as near-identical ones, are left out.
        """
        found: list[str] = []
        parts: list[NDArray[np.float32]] = []
        left, number = list(passage_ids), 0
        while left:  # windows are numbered from 0: few passages have many
            names = [f"{passage_id}#{number}" for passage_id in left]
            left, number = [], number + 1
            for start in range(0, len(names), ADD_BATCH):
                with self._lock:
                    got = self._collection.get(
                        ids=names[start : start + ADD_BATCH], include=["embeddings"]
                    )
                ids = [str(window_id).rpartition("#")[0] for window_id in got["ids"]]
                if ids:
                    found += ids
                    left += ids
                    parts.append(np.asarray(got["embeddings"], dtype=np.float32))
        return found, np.concatenate(parts) if parts else np.zeros((0, 0), dtype=np.float32)
