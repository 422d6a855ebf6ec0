"""An embedder that remembers on disk what it has encoded, for measures that are run again."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.embed import Embedder


class Remembering:
    """Encodes each text once; `save` keeps the vectors in a file for the next run.

    Vectors of another model are not read.
    """

    def __init__(self, embedder: Embedder, file: Path) -> None:
        self.name, self.dimension = embedder.name, embedder.dimension
        self.is_word = embedder.is_word
        self._embedder, self._file = embedder, file
        self._known: dict[str, NDArray[np.float32]] = {}
        self._fresh = 0
        if file.exists():
            with np.load(file, allow_pickle=False) as saved:
                if str(saved["model"]) == embedder.name:
                    keys, rows = saved["hashes"].tolist(), saved["vectors"]
                    self._known = dict(zip(keys, rows, strict=True))

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts as unit rows, float32 (n, dimension)."""
        keys = [hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() for text in texts]
        missing = {k: t for k, t in zip(keys, texts, strict=True) if k not in self._known}
        if missing:
            rows = self._embedder.encode(list(missing.values()))
            self._known |= dict(zip(missing, rows, strict=True))
            self._fresh += len(missing)
        return np.stack([self._known[k] for k in keys]) if keys else self._embedder.encode([])

    def save(self) -> None:
        """Keep what was encoded; a reader sees the old file or the new one."""
        if not self._fresh:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        beside = self._file.with_suffix(".part")
        with beside.open("wb") as out:
            np.savez(
                out,
                model=np.array(self.name),
                hashes=np.array(list(self._known)),
                vectors=np.stack(list(self._known.values())),
            )
        beside.replace(self._file)
        self._fresh = 0
