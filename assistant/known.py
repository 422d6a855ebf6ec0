"""How near a question is to those that a passage of our notes is known to answer."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.keywords import analyse
from ingest.known import NONE, KnownQuestions, name_of

FAR = 0.5  # cosine up to which two questions have nothing to do with one another
Stems = frozenset[str]
Place = tuple[str, tuple[str, ...]]  # a passage's id, and the headings above it


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a question is to the known ones of a passage, each 0..1; all 0 where it has none.

    `nearest` is the cosine to the nearest one, `mean` the mean of all cosines, `said` the
    idf-weighted share of the question's stems that any of them holds.
    """

    nearest: float = 0.0
    mean: float = 0.0
    said: float = 0.0


UNKNOWN = Nearness()


class Known:
    """The known questions of a library: `places` are the passages of its notes by section id."""

    def __init__(self, questions: KnownQuestions, places: Mapping[str, Iterable[Place]]) -> None:
        rows = {name: row for row, name in enumerate(questions.entries)}
        self.questions = questions
        self.row_of: dict[str, int] = {}
        self._stems: dict[int, Stems] = {}
        for section_id, passages in places.items():
            for passage_id, headings in passages:
                row = rows.get((section_id, name_of(headings[-1]))) if headings else None
                if row is not None:
                    self.row_of[passage_id] = row

    def stems(self, row: int) -> Stems:
        """Give the stems of the questions of an entry."""
        if row not in self._stems:
            self._stems[row] = frozenset(analyse("\n".join(self.questions.texts[row])))
        return self._stems[row]

    def near(
        self, vector: NDArray[np.float32] | None, question: str, idf: Callable[[str], float]
    ) -> "Near":
        """Compare a question, with its vector (d,), with all that are known."""
        if vector is None or not self.row_of:
            return NOWHERE
        nearest, mean = self.questions.likeness(vector)
        return Near(self, nearest, mean, {stem: idf(stem) for stem in frozenset(analyse(question))})


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """One question compared with all known ones: cosines (n,) by entry; the idf of its stems."""

    known: Known
    nearest: NDArray[np.float32]
    mean: NDArray[np.float32]
    weights: Mapping[str, float]

    def lifts(self) -> dict[str, float]:
        """Say for each passage that answers something like it how like, above 0 up to 1."""
        lift = (self.nearest - FAR) / (1 - FAR)
        return {i: float(lift[row]) for i, row in self.known.row_of.items() if lift[row] > 0}

    def of(self, passage_id: str) -> Nearness:
        """Say how near the question is to those of one passage."""
        row = self.known.row_of.get(passage_id)
        if row is None:
            return UNKNOWN
        said = sum(self.weights[stem] for stem in self.weights.keys() & self.known.stems(row))
        share = said / (sum(self.weights.values()) or 1.0)
        nearest, mean = (max(0.0, float(of[row])) for of in (self.nearest, self.mean))
        return Nearness(nearest, mean, share)


NOTHING = Known(NONE, {})
NOWHERE = Near(NOTHING, np.zeros(0, np.float32), np.zeros(0, np.float32), {})
