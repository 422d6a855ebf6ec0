"""Which passages hold a term, and how often: an inverted index in plain arrays."""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
NOWHERE = slice(0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """The counted terms of passages 0..n-1.

    `starts` has one entry more than `ids`: the postings of term number i are
    `rows[starts[i]:starts[i + 1]]`, ascending, with `counts` in parallel. `ids` numbers the terms
    in the order in which the texts bring them. `lengths` are the passages' lengths in terms.
    """

    ids: Mapping[str, int]
    starts: NDArray[np.int64]
    rows: Ints
    counts: Ints
    lengths: Ints

    @property
    def passages(self) -> int:
        """The number of passages, empty ones included."""
        return len(self.lengths)

    @property
    def average_length(self) -> float:
        """The mean length of a passage in terms; 0 when there are none."""
        return int(self.lengths.sum()) / self.passages if self.passages else 0.0

    def span(self, term: str) -> slice:
        """Say where in `rows` and `counts` a term's postings lie."""
        number = self.ids.get(term)
        if number is None:
            return NOWHERE
        return slice(int(self.starts[number]), int(self.starts[number + 1]))

    def frequency(self, term: str) -> int:
        """Count the passages that hold a term."""
        span = self.span(term)
        return int(span.stop - span.start)

    def frequencies(self) -> dict[str, int]:
        """Count the passages that hold each term, in the order of `ids`."""
        return dict(zip(self.ids, np.diff(self.starts).tolist(), strict=True))


def count_postings(passages: Iterable[list[str]]) -> Postings:
    """Count the terms of analysed passages."""
    ids: dict[str, int] = {}
    term_of, row_of, count_of, lengths = array("i"), array("i"), array("i"), array("i")
    for row, terms in enumerate(passages):
        lengths.append(len(terms))
        counted = Counter(terms)
        term_of.extend([ids.setdefault(term, len(ids)) for term in counted])
        count_of.extend(counted.values())
        row_of.extend([row] * len(counted))
    term_numbers = np.array(term_of, dtype=np.int32)
    # A stable sort keeps the rows of each term ascending.
    order = np.argsort(term_numbers, kind="stable")
    return Postings(
        ids=ids,
        starts=np.concatenate(([0], np.cumsum(np.bincount(term_numbers, minlength=len(ids))))),
        rows=np.array(row_of, dtype=np.int32)[order],
        counts=np.array(count_of, dtype=np.int32)[order],
        lengths=np.array(lengths, dtype=np.int32),
    )
