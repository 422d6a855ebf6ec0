"""The section of a question: what the path, the notes and the passages found say of it, together.

Every signal scores all sections of the path; a weighted sum of them is a section's strength, and
`eval/sections.py` fits the weights (docs/benchmarks.md, "Sections"). What does not depend on the
question is read once for an opened library and kept (`Guide`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from assistant.part import Part, where_subject
from assistant.retrieve import Hit
from ingest.curriculum import GENERAL, OWN, Curriculum, Section
from ingest.keywords import KeywordIndex, analyse
from ingest.library import Library
from ingest.vectors import VectorIndex

Stems = frozenset[str]
Scores = NDArray[np.float64]
Encode = Callable[[Sequence[str]], NDArray[np.float32]]
Idf = Callable[[str], float]

# (hits that vote, how fast a vote falls with the rank): a few decide what the question is about,
# many in what field it lies. Beside one vote of ten, both find four more of 430 questions at 1.
FIRST, WIDE = (3, 0.3), (30, 0.1)

# Fitted by `python -m eval.sections --home NOTES --home SITE --fit`, on both libraries at once.
WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "first passages": 1.53,
        "passages": 2.29,
        "path": 1.18,
        "headings": 0.73,
        "notes": 1.02,
        "words": 2.52,
    }
)
SIGNALS = (
    "card",
    "first passages",
    "passages",
    "title",
    "path",
    "topics",
    "topic meaning",
    "headings",
    "notes",
    "words",
)


@dataclass(frozen=True, slots=True)
class Rows:
    """Vectors, float32 (n, d), and for each of them the number of its section."""

    vectors: NDArray[np.float32]
    of: NDArray[np.int64]

    def nearest(self, vector: NDArray[np.float32] | None, sections: int) -> Scores:
        """Give for every section the cosine of its vector nearest to a unit vector; 0 for none."""
        best = np.zeros(sections)
        if vector is not None and self.vectors.size:
            np.maximum.at(best, self.of, (self.vectors @ vector).astype(np.float64))
        return best


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """What one library says of the sections of its path, before any question.

    `titles`, `texts` and, one after the other, `topics` and `headings` (each with the number of its
    section) are stems; `cards`, `notes` and `meanings` (of topics) are vectors, empty while there
    are none, as are the meanings unless they were asked for. `section_of` is the section of each
    row of the keyword index that belongs to a card or a note, else -1.
    """

    ids: tuple[str, ...]
    titles: tuple[Stems, ...]
    texts: tuple[Stems, ...]
    topics: tuple[tuple[int, Stems], ...]
    headings: tuple[tuple[int, Stems], ...]
    cards: Rows
    notes: Rows
    meanings: Rows
    section_of: NDArray[np.int64]
    index: KeywordIndex | None = None


def read_guide(
    curriculum: Curriculum,
    library: Library | None = None,
    index: KeywordIndex | None = None,
    ids: Sequence[str] | NDArray[np.str_] = (),
    vectors: VectorIndex | None = None,
    encode: Encode | None = None,
) -> Guide:
    """Read what a library says of its path's sections; without one, what the path says alone.

    Topics are embedded only with `encode`: beside the notes they add nothing (docs/benchmarks.md).
    """
    sections = curriculum.sections
    cards = own_passages(library, "path", sections)
    notes = own_passages(library, "note", sections)
    entries = library.entries(list(notes)) if library else {}
    headings = dict.fromkeys(
        (number, frozenset(analyse(heading)))
        for passage_id, number in notes.items()
        if passage_id in entries
        for heading in entries[passage_id].passage.heading_path[-1:]
    )
    topics = [(n, topic.text) for n, section in enumerate(sections) for topic in section.topics]
    own = {**cards, **notes}
    return Guide(
        ids=tuple(section.id for section in sections),
        titles=tuple(frozenset(analyse(section.title)) for section in sections),
        texts=tuple(frozenset(analyse(everything(section))) for section in sections),
        topics=tuple((n, frozenset(analyse(text))) for n, text in topics),
        headings=tuple(headings),
        cards=rows_of(vectors, cards),
        notes=rows_of(vectors, notes),
        meanings=meanings_of(topics, encode if vectors is not None else None),
        section_of=np.array([own.get(str(i), -1) for i in ids], dtype=np.int64),
        index=index,
    )


def own_passages(library: Library | None, kind: str, sections: Sequence[Section]) -> dict[str, int]:
    """Name the passages of the cards ("path") or the notes, each with its section's number."""
    if library is None:
        return {}
    return {
        passage_id: number
        for number, section in enumerate(sections)
        for passage_id in library.passages_of(f"{kind}/{section.id}")
    }


def rows_of(vectors: VectorIndex | None, passages: Mapping[str, int]) -> Rows:
    """Take the vectors of passages from the index."""
    if vectors is None:
        return Rows(np.zeros((0, 0), dtype=np.float32), np.zeros(0, dtype=np.int64))
    ids, found = vectors.of(list(passages))
    return Rows(found, np.array([passages[i] for i in ids], dtype=np.int64))


def meanings_of(topics: Sequence[tuple[int, str]], encode: Encode | None) -> Rows:
    """Embed the path's topics, once for an opened library."""
    if encode is None or not topics:
        return Rows(np.zeros((0, 0), dtype=np.float32), np.zeros(0, dtype=np.int64))
    return Rows(encode([text for _, text in topics]), np.array([n for n, _ in topics]))


def everything(section: Section) -> str:
    """Join all that a section says of itself."""
    parts = [section.title, section.concept, *(t.text for t in section.topics)]
    parts += [e.text for e in section.exercises] + [r.title for r in section.resources]
    return "\n".join(parts)


def asked_words(parts: Sequence[Part], text: str) -> list[str]:
    """Give the stems that say what a question is about; a where-question's frame is left out."""
    wanted = where_subject(parts[0].text) if parts and parts[0].kind == "where" else ""
    return analyse(wanted) or analyse(text)


# ── signals: each gives a score for every section ───────────────────────────────────────────────


def signals(
    words: Sequence[str],
    vector: NDArray[np.float32] | None,
    hits: Sequence[Hit],
    guide: Guide,
    idf: Idf,
    names: Iterable[str] = SIGNALS,
) -> dict[str, Scores]:
    """Score every section by each of some signals alone, 0..1.

    `words` are stems of the question (or of what it wants to learn), `vector` its unit vector.
    """
    count = len(guide.ids)
    wanted = frozenset(words)
    idf = {stem: idf(stem) for stem in wanted}.__getitem__  # every section asks for all of them
    first, wide = vote(hits, *FIRST), vote(hits, *WIDE)
    ways: dict[str, Callable[[], Scores]] = {
        "card": lambda: guide.cards.nearest(vector, count),
        "first passages": lambda: np.array([first.get(i, 0.0) for i in guide.ids]),
        "passages": lambda: np.array([wide.get(i, 0.0) for i in guide.ids]),
        "title": lambda: np.array([held(wanted, title, idf) for title in guide.titles]),
        "path": lambda: np.array([held(wanted, text, idf) for text in guide.texts]),
        "topics": lambda: best_fit(wanted, guide.topics, count, idf),
        "topic meaning": lambda: guide.meanings.nearest(vector, count),
        "headings": lambda: best_fit(wanted, guide.headings, count, idf),
        "notes": lambda: guide.notes.nearest(vector, count),
        "words": lambda: spread(words, guide),
    }
    return {name: ways[name]() for name in names}


def vote(hits: Sequence[Hit], voters: int = 10, fall: float = 0.3) -> dict[str, float]:
    """Let the best passages vote for their sections, the first the most; the winner has 1."""
    votes: Counter[str] = Counter()
    for rank, hit in enumerate(hits[:voters]):
        for section_id in hit.entry.section_ids:
            if section_id not in (GENERAL, OWN):
                votes[section_id] += hit.score / (1 + fall * rank)  # type: ignore[assignment]
    top = max(votes.values(), default=0.0)
    return {section_id: value / top for section_id, value in votes.items()} if top else {}


def held(wanted: Stems, present: Stems, idf: Idf) -> float:
    """Give the idf-weighted share of the wanted stems that are present."""
    total = sum(idf(s) for s in wanted)
    return sum(idf(s) for s in wanted & present) / total if total else 0.0


def fit(wanted: Stems, present: Stems, idf: Idf) -> float:
    """Weigh how much of the question a topic names, and a little how much else it names."""
    both = wanted & present
    if not both:
        return 0.0
    return held(wanted, present, idf) * (0.85 + 0.15 * len(both) / len(present))


def best_fit(wanted: Stems, named: Sequence[tuple[int, Stems]], count: int, idf: Idf) -> Scores:
    """Give for every section the fit of its topic (or heading) that fits best."""
    best = np.zeros(count)
    for number, present in named:
        best[number] = max(best[number], fit(wanted, present, idf))
    return best


def spread(words: Sequence[str], guide: Guide) -> Scores:
    """Weigh how much the cards and notes of each section speak of the question's words.

    A word counts by how few sections use it, and more passages of one section count ever less.
    """
    count = len(guide.ids)
    scores = np.zeros(count)
    if guide.index is None or not count:
        return scores
    for stem in dict.fromkeys(words):
        sections = guide.section_of[guide.index.term_rows(stem)]
        passages = np.bincount(sections[sections >= 0], minlength=count)
        using = np.count_nonzero(passages)
        scores += np.log((count + 1) / (using + 0.5)) * passages / (passages + 2.0)
    top = scores.max()
    return scores / top if top > 0 else scores


# ── together ────────────────────────────────────────────────────────────────────────────────────


def rank_sections(
    words: Sequence[str],
    vector: NDArray[np.float32] | None,
    hits: Sequence[Hit],
    guide: Guide,
    idf: Idf,
) -> list[tuple[str, float]]:
    """Order the sections by all signals together, with their shares of the whole (0..1)."""
    if not guide.ids:
        return []
    scores = signals(words, vector, hits, guide, idf, WEIGHTS)
    strength = sum(
        (weight * scores[name] for name, weight in WEIGHTS.items()), np.zeros(len(guide.ids))
    )
    shares = np.exp(strength - strength.max())
    shares[strength <= 0] = 0.0
    shares /= shares.sum() or 1.0
    order = np.argsort(-shares, kind="stable")
    return [(guide.ids[n], float(shares[n])) for n in order]
