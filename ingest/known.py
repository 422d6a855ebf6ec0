"""Questions that the entries of our notes are known to answer, with their vectors.

A learner's words are nearer to another learner's question than to the text that answers it, so
each entry of a note (what stands under one heading) carries some questions that it answers
(expanding documents by questions: Nogueira and Lin, "From doc2query to docTTTTTquery", 2019).
They are written by hand in corpus/known; `python -m ingest.shipped` makes corpus/known.npz.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import corpus
from ingest.keyword_file import pack, unpack

STEP = 127.0  # a component is kept as a whole number of 1 / STEP of the largest one
# Of 384 components so many directions are kept. The nearest entry answers 0.716 of the first 730
# questions of eval/golden/asked.jsonl with all and with 256, 0.710 with 192.
DIRECTIONS = 256
MARKS = re.compile(r"[`*]")


@dataclass(frozen=True, slots=True)
class Answered:
    """The questions that one entry of a note answers."""

    section_id: str
    heading: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class KnownQuestions:
    """Entries, by section and heading, with their questions: texts, and a vector for each.

    `starts` (n,) is the first row of each entry in `vectors`, float32 (m, r), unit length, whose
    directions are the columns of `basis`, float32 (d, r).
    """

    entries: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, ...], ...]
    starts: NDArray[np.int64]
    vectors: NDArray[np.float32]
    basis: NDArray[np.float32]

    def likeness(
        self, vector: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Give for each entry the cosine of a question (d,) to its nearest one, and the mean."""
        within = vector @ self.basis
        cosines = self.vectors @ (within / max(float(np.linalg.norm(within)), 1e-9))
        counts = np.diff(np.append(self.starts, len(cosines)))
        means = np.add.reduceat(cosines, self.starts) / counts
        return np.maximum.reduceat(cosines, self.starts), means.astype(np.float32)


NO_VECTORS = np.zeros((0, 0), dtype=np.float32)
NONE = KnownQuestions((), (), np.zeros(0, dtype=np.int64), NO_VECTORS, NO_VECTORS)


def name_of(heading: str) -> str:
    """Give the name that an entry goes by: its heading without marks."""
    return MARKS.sub("", heading).strip()


def answered_by(page: Path) -> list[Answered]:
    """Read the questions of one section: a heading, and below it a list of questions.

    The heading counts as the first of them.
    """
    found: list[tuple[str, list[str]]] = []
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = name_of(line[3:])
            found.append((heading, [heading]))
        elif line.startswith("- "):
            found[-1][1].append(line[2:].strip())
    return [Answered(page.stem, heading, tuple(questions)) for heading, questions in found]


def write_known(
    file: Path, model: str, entries: Sequence[Answered], vectors: NDArray[np.float32]
) -> None:
    """Write all questions with their vectors, float32 (m, d); a reader sees the old or the new.

    The vectors are kept along their main directions, by a singular value decomposition.
    """
    basis = np.linalg.svd(vectors, full_matrices=False)[2][:DIRECTIONS].T
    within = vectors @ basis
    largest = float(np.abs(within).max())
    beside = file.with_suffix(".part")
    with beside.open("wb") as out:
        np.savez_compressed(
            out,
            model=np.array(model),
            sections=np.array([entry.section_id for entry in entries]),
            counts=np.array([len(entry.questions) for entry in entries], dtype=np.int16),
            texts=pack(question for entry in entries for question in entry.questions),
            vectors=np.round(within / largest * STEP).astype(np.int8),
            basis=basis.astype(np.float16),
        )
    beside.replace(file)


def read_known(model: str, file: Path | None = None) -> KnownQuestions:
    """Read the shipped questions; none for another model than the one they were made with."""
    file = file or corpus.known_vectors()
    if not file.exists():
        return NONE
    with np.load(file, allow_pickle=False) as kept:
        if str(kept["model"]) != model:
            return NONE
        sections, counts = kept["sections"].tolist(), kept["counts"].astype(np.int64)
        lines, vectors = unpack(kept["texts"]), kept["vectors"].astype(np.float32)
        basis = kept["basis"].astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    starts = np.cumsum(counts) - counts
    ends = (starts + counts).tolist()
    texts = tuple(tuple(lines[a:b]) for a, b in zip(starts.tolist(), ends, strict=True))
    entries = tuple(zip(sections, (questions[0] for questions in texts), strict=True))
    return KnownQuestions(entries, texts, starts, vectors, basis)
