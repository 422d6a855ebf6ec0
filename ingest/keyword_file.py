"""The keyword index on disk: one .npz file, written whole or not at all."""

import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.errors import LibraryError

FORMAT = 1
REMEDY = "run `studypath reindex`"
# What numpy, zip and JSON raise when bytes are missing or make no sense.
UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error)


def write(path: Path, analysis: str, facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Write a file beside `path` and put it in its place.

    `analysis` identifies the text analysis that made the arrays, `facts` is what JSON can hold.
    """
    header = json.dumps({"format": FORMAT, "analysis": analysis, **facts})
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            np.savez(file, header=pack([header]), **arrays)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read(path: Path, analysis: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read back the facts and the arrays.

    Raises LibraryError when the file is missing or damaged, or when another version wrote it.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        facts = json.loads(unpack(arrays.pop("header"))[0])
        written_by = facts.pop("format"), facts.pop("analysis")
    except FileNotFoundError as error:
        raise LibraryError(f"{path} is not there: {REMEDY}") from error
    except UNREADABLE as error:
        raise damaged(path, error) from error
    if written_by != (FORMAT, analysis):
        raise LibraryError(f"{path} was written by another version of studypath: {REMEDY}")
    return facts, arrays


def damaged(path: Path, error: Exception) -> LibraryError:
    """Say that a file cannot be read, or that its content makes no sense."""
    return LibraryError(f"{path} cannot be read ({error}): {REMEDY}")


def pack(lines: Iterable[str]) -> NDArray[np.uint8]:
    """Store texts without line breaks as bytes."""
    return np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)


def unpack(stored: NDArray[np.uint8]) -> list[str]:
    """Give back what `pack` stored."""
    text = stored.tobytes().decode()
    return text.split("\n") if text else []
