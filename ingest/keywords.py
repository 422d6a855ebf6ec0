"""Keyword search: postings of our own, scored by rank-bm25, with help for the question's words.

rank-bm25 implements the functions of Trotman, Puurula and Burgess, "Improvements to BM25 and
Language Models Examined" (ADCS 2014). It visits every document for every term; here the postings
say which passages hold a term at all, and how much it can add there at the most, so that only
passages that can still reach the first k are given to it. The result is exact.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi

from ingest import keyword_file
from ingest.acronyms import Acronym, Glossary, definitions, gather, glossary, with_expansions
from ingest.analysis import (
    CONTRACTION,
    LONGEST_WORD,
    Word,
    analyse,
    analyse_tokens,
    fingerprint,
    tokens,
    words,
)
from ingest.postings import Postings, count_postings
from ingest.spelling import SHORTEST, Spelling, correct, no_word, spelling

__all__ = ["KeywordIndex", "KeywordResult", "Word", "analyse"]

# What a term of an acronym's expansion counts beside a term of the question. Measured on the
# captured pages, mean reciprocal rank of a passage that defines the acronym, for 392 questions by
# the short form and 392 by the long one: 0.55 and 0.62 at 0, 0.75 and 0.75 at 0.25, 0.82 and 0.82
# at 0.5, 0.84 and 0.85 at 1, where a wrong long form would count as much as what was asked.
EXPANSION_WEIGHT = 0.5
# A pasted page is searched by its rarest terms: beyond so many, one more changes nothing but time.
MOST_TERMS = 64
# A posting's ceiling is kept in one byte: k1 = 1.5 lets a term add 2.5 times its idf, 250 steps.
CEILING_STEPS = 100
# So many passages beyond k are scored at once: the first k are nearly always among them.
SPARE = 50
# More than the error of a sum of MOST_TERMS floats of this size.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class KeywordResult:
    """What a keyword search found, best first, and what it made of the question.

    `rows` and `scores` run in parallel, by falling score, then by row. `terms` are the question's
    own terms, once each, with `known` (held by a passage at all) and `idf` in parallel; `words`
    are the same terms grouped by the words they came from, acronyms' long forms included.
    `corrected` is the question with its spelling corrected; `corrections` are (typed, used) and
    `expansions` (acronym, long form) pairs.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    terms: tuple[str, ...]
    known: tuple[bool, ...]
    idf: tuple[float, ...]
    words: tuple[Word, ...]
    corrected: str
    corrections: tuple[tuple[str, str], ...]
    expansions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Query:
    """A question as the index understands it."""

    words: tuple[Word, ...]
    terms: tuple[str, ...]
    added: tuple[str, ...]
    corrected: str
    corrections: tuple[tuple[str, str], ...]
    expansions: tuple[tuple[str, str], ...]


class _Okapi(BM25Okapi):  # type: ignore[misc]
    """BM25Okapi over passages that are counted already, with an idf that is always positive.

    rank-bm25's own idf is 0 for a term in exactly half of the passages, and its floor for the
    terms in more is negative in a small library (or lifts them above those in fewer): it would rank
    matches below no match. The added one keeps the order of terms by rarity and hardly moves the
    idf of a rare one. Measured on the captured pages, mean reciprocal rank of the passage under a
    heading that is asked for: 0.292 (rank-bm25's own: 0.288) among 28,000 passages, 0.538 (0.530)
    in libraries of 60.
    """

    def _initialize(self, corpus: Postings) -> Mapping[str, int]:
        self.corpus_size = corpus.passages
        self.doc_len = corpus.lengths
        self.avgdl = corpus.average_length
        return corpus.frequencies()

    def _calc_idf(self, nd: Mapping[str, int]) -> None:
        self.idf: dict[str, float] = {
            term: idf(self.corpus_size, frequency) for term, frequency in nd.items()
        }


class _Held:
    """The term counts of the passages to be scored, where rank-bm25 looks for those of all."""

    __slots__ = ("by_row", "passages")

    def __init__(self, by_row: Mapping[int, Mapping[str, int]], passages: int) -> None:
        self.by_row = by_row
        self.passages = passages

    def __len__(self) -> int:
        return self.passages

    def __getitem__(self, row: int) -> Mapping[str, int]:
        return self.by_row[row]


def idf(passages: int, frequency: int) -> float:
    """Give the weight of a term that `frequency` of `passages` hold; more than 0."""
    return math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))


@dataclass(frozen=True, slots=True, eq=False)
class KeywordIndex:
    """An index over passages, which it knows by row: their position in the texts it was built of.

    Made by `build` or `load`; never changes; several threads may search it.
    """

    _postings: Postings
    _ceilings: NDArray[np.uint8]
    _okapi: _Okapi | None
    _spelling: Spelling
    _glossary: Glossary

    @classmethod
    def build(cls, texts: Sequence[str]) -> "KeywordIndex":
        """Analyse and count texts; an empty text keeps its row and is never found."""
        uses: Counter[str] = Counter()
        defined = []
        analysed = []
        for text in texts:
            surfaces = tokens(text)
            uses.update(surfaces)
            defined.append(definitions(text))
            analysed.append(analyse_tokens(surfaces))
        return cls._of(count_postings(analysed), _spoken(uses), gather(defined, uses))

    @classmethod
    def _of(
        cls, postings: Postings, uses: Mapping[str, int], acronyms: tuple[Acronym, ...]
    ) -> "KeywordIndex":
        # Without a single term there is no average length, by which BM25 divides.
        okapi = _Okapi(postings) if len(postings.rows) else None
        ceilings = _ceilings(postings, okapi) if okapi else np.zeros(0, dtype=np.uint8)
        return cls(postings, ceilings, okapi, spelling(uses, postings.passages), glossary(acronyms))

    def save(self, path: Path) -> None:
        """Write the index to one file, whole or not at all."""
        postings = self._postings
        arrays = {
            "terms": keyword_file.pack(postings.ids),
            "starts": postings.starts,
            "rows": postings.rows,
            "counts": postings.counts,
            "lengths": postings.lengths,
            "words": keyword_file.pack(self._spelling.uses),
            "uses": np.array(list(self._spelling.uses.values()), dtype=np.int64),
        }
        facts = {"acronyms": [asdict(acronym) for acronym in self.acronyms]}
        keyword_file.write(path, fingerprint(), facts, arrays)

    @classmethod
    def load(cls, path: Path) -> "KeywordIndex":
        """Read what `save` wrote.

        Raises LibraryError when the file is missing, damaged or of another version.
        """
        facts, arrays = keyword_file.read(path, fingerprint())
        try:
            terms = keyword_file.unpack(arrays["terms"])
            postings = Postings(
                ids=dict(zip(terms, range(len(terms)), strict=True)),
                starts=arrays["starts"],
                rows=arrays["rows"],
                counts=arrays["counts"],
                lengths=arrays["lengths"],
            )
            words = keyword_file.unpack(arrays["words"])
            uses = dict(zip(words, arrays["uses"].tolist(), strict=True))
            acronyms = tuple(
                Acronym(**{**stored, "terms": tuple(stored["terms"])})
                for stored in facts["acronyms"]
            )
            return cls._of(postings, uses, acronyms)
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise keyword_file.damaged(path, error) from error

    @property
    def acronyms(self) -> tuple[Acronym, ...]:
        """The acronyms that the texts define, by acronym, the commonest long form first."""
        return self._glossary.acronyms

    @property
    def passages(self) -> int:
        """The number of rows."""
        return self._postings.passages

    def frequency(self, term: str) -> int:
        """Count the passages that hold a term."""
        return self._postings.frequency(term)

    def idf(self, term: str) -> float:
        """Give a term's weight, always more than 0 and highest for a term that nobody holds."""
        known = self._okapi.idf.get(term) if self._okapi else None
        return idf(self.passages, self.frequency(term)) if known is None else known

    def term_rows(self, term: str) -> NDArray[np.int32]:
        """Give the rows that hold a term, ascending."""
        return self._postings.rows[self._postings.span(term)]

    def coverage(self, row: int, terms: Sequence[str | Word]) -> float:
        """Give the share of a question that one passage covers; see `coverages`."""
        return float(self.coverages([row], terms)[0])

    def coverages(
        self, rows: Sequence[int] | NDArray[np.integer[Any]], terms: Sequence[str | Word]
    ) -> NDArray[np.float64]:
        """Give the idf-weighted share, 0..1, of a question's terms that each passage holds.

        Terms that no passage holds count in full against it. A Word (KeywordResult.words) counts
        once, by that of its forms which the passage covers best: "one-hot" is covered by "onehot",
        an acronym by its long form.
        """
        wanted = np.asarray(rows, dtype=np.int64)
        covered = np.zeros(len(wanted))
        total = 0.0
        for asked in dict.fromkeys(terms):
            forms = asked.forms if isinstance(asked, Word) else ((asked,),)
            weight = self._weight(forms)
            covered += weight * np.max([self._share(form, wanted) for form in forms], axis=0)
            total += weight
        return covered / total if total else covered

    def _weight(self, forms: Sequence[tuple[str, ...]]) -> float:
        """Weigh a word by the rarest term of its most specific form that the passages know."""
        known = [form for form in forms if self._knows(form)]
        return max(self.idf(term) for term in (known or forms)[0])

    def _knows(self, form: tuple[str, ...]) -> bool:
        return all(term in self._postings.ids for term in form)

    def _share(self, form: tuple[str, ...], wanted: NDArray[np.int64]) -> NDArray[np.float64]:
        share = np.zeros(len(wanted))
        for term in form:
            share += self.idf(term) * _contains(self.term_rows(term), wanted)
        return share / sum(self.idf(term) for term in form)

    def search(
        self,
        question: str,
        k: int,
        is_word: Callable[[str], bool] = no_word,
        among: NDArray[np.bool_] | None = None,
    ) -> KeywordResult:
        """Find the k passages that match a question best; what `is_word` knows is not misspelt.

        With `among`, one value for each row, only rows that are true there are looked at.

        A passage matches when it holds one of the question's terms or of its expansions. An empty
        question, and one that nothing matches, finds nothing. Questions of more than MOST_TERMS
        terms are searched by the rarest of them.
        """
        query = self._understand(question, is_word)
        rows, scores = self._best(query, k, among)
        return KeywordResult(
            rows=rows,
            scores=scores,
            terms=query.terms,
            known=tuple(term in self._postings.ids for term in query.terms),
            idf=tuple(self.idf(term) for term in query.terms),
            words=query.words,
            corrected=query.corrected,
            corrections=query.corrections,
            expansions=query.expansions,
        )

    def _understand(self, question: str, is_word: Callable[[str], bool]) -> _Query:
        corrected, corrections = correct(question, self._spelling, self.frequency, is_word)
        found = [word for word in words(corrected) if word.forms]
        content = [word for word in found if not word.stop] or found
        expansions = self._glossary.expand(content)
        terms = dict.fromkeys(term for word in content for term in self._own_terms(word))
        added = dict.fromkeys(term for expansion in expansions for term in expansion.added)
        return _Query(
            words=with_expansions(content, expansions),
            terms=tuple(terms),
            added=tuple(term for term in added if term not in terms),
            corrected=corrected,
            corrections=corrections,
            expansions=tuple(dict.fromkeys((e.acronym.short, e.acronym.long) for e in expansions)),
        )

    def _own_terms(self, word: Word) -> tuple[str, ...]:
        """Give a word's terms in the forms that the passages know; all of them when they know none.

        So a word is not called unknown for being written together where passages do not.
        """
        known = [form for form in word.forms if self._knows(form)]
        return tuple(term for form in known or word.forms for term in form)

    def _best(
        self, query: _Query, k: int, among: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find the k best rows, scoring no more of them than it takes to be sure."""
        own, added = self._searched(query.terms), self._searched(query.added)
        ceilings = self._reachable(own, added)
        if among is not None:
            ceilings[~among] = 0
        rows = np.flatnonzero(ceilings)
        if k < 1 or not len(rows):
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        if len(rows) > k + SPARE:
            rows = rows[np.argpartition(-ceilings[rows], k + SPARE)[: k + SPARE]]
        scores = self._scores(rows, own, added)
        if len(rows) > k:
            ceilings[rows] = 0
            kth = np.partition(scores, -k)[-k]
            rest = np.flatnonzero(ceilings >= kth - ROUNDING)
            rows = np.concatenate((rows, rest))
            scores = np.concatenate((scores, self._scores(rest, own, added)))
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order]

    def _searched(self, terms: Sequence[str]) -> list[str]:
        """Leave out what no passage holds, and of very many terms the commonest."""
        known = [term for term in terms if term in self._postings.ids]
        if len(known) <= MOST_TERMS:
            return known
        rarest = set(sorted(known, key=self.frequency)[:MOST_TERMS])
        return [term for term in known if term in rarest]

    def _reachable(self, own: Sequence[str], added: Sequence[str]) -> NDArray[np.float64]:
        """Give for every row what it can score at the most; 0 exactly where nothing matches."""
        ceilings = np.zeros(self.passages)
        for weight, terms in ((1.0, own), (EXPANSION_WEIGHT, added)):
            for term in terms:
                span = self._postings.span(term)
                step = weight * self.idf(term) / CEILING_STEPS
                ceilings[self._postings.rows[span]] += step * self._ceilings[span]
        return ceilings

    def _scores(
        self, rows: NDArray[np.int64], own: Sequence[str], added: Sequence[str]
    ) -> NDArray[np.float64]:
        """Let rank-bm25 score some rows: the question's terms in full, the added ones in part."""
        if self._okapi is None or not len(rows):
            return np.zeros(0)
        okapi = copy(self._okapi)
        okapi.doc_freqs = _Held(self._held(rows, {*own, *added}), self.passages)
        doc_ids = rows.tolist()
        scores = np.array(okapi.get_batch_scores(own, doc_ids))
        if added:
            scores += EXPANSION_WEIGHT * np.array(okapi.get_batch_scores(added, doc_ids))
        return scores

    def _held(self, rows: NDArray[np.int64], terms: Iterable[str]) -> dict[int, dict[str, int]]:
        wanted = np.zeros(self.passages, dtype=np.bool_)
        wanted[rows] = True
        held: dict[int, dict[str, int]] = {row: {} for row in rows.tolist()}
        for term in terms:
            span = self._postings.span(term)
            of_term = self._postings.rows[span]
            chosen = wanted[of_term]
            counts = self._postings.counts[span][chosen].tolist()
            for row, count in zip(of_term[chosen].tolist(), counts, strict=True):
                held[row][term] = count
        return held


def _contains(ascending: NDArray[np.int32], wanted: NDArray[np.int64]) -> NDArray[np.bool_]:
    if not len(ascending):
        return np.zeros(len(wanted), dtype=np.bool_)
    places = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    return np.equal(ascending[places], wanted)


def _ceilings(postings: Postings, okapi: _Okapi) -> NDArray[np.uint8]:
    """Give for every posting the most that rank-bm25 can multiply its term's idf by, in steps.

    Rounded up, so that no sum of them is less than the score, and never 0.
    """
    lengths = postings.lengths[postings.rows] / okapi.avgdl
    counts = postings.counts
    factors: NDArray[np.float64] = (
        counts * (okapi.k1 + 1) / (counts + okapi.k1 * (1 - okapi.b + okapi.b * lengths))
    )
    return np.ceil(factors * CEILING_STEPS).astype(np.uint8)


def _spoken(uses: Mapping[str, int]) -> dict[str, int]:
    """Count what a misspelt word may be corrected to: words of letters only, in lower case."""
    spoken: Counter[str] = Counter()
    for surface, count in uses.items():
        for piece in CONTRACTION.sub("", surface).split("-"):
            if piece.isalpha() and SHORTEST - 1 <= len(piece) <= LONGEST_WORD:
                spoken[piece.lower()] += count
    return dict(spoken)
