"""Labelled leads: which sentences open a good answer to which question, read and graded by us.

The file holds no sentence of any page. A candidate is named by the address of its document, its
nearest heading and a hash of its words, and found again in whatever library is at hand.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.asked import Encode, Evidence, ask_for
from assistant.extractive import read_from
from assistant.features import Asked, plain
from assistant.leads import Scored, by_meaning, rough_spans
from assistant.question import read_question
from assistant.read import look
from assistant.search import Searcher
from eval.questions import NOTE
from ingest.errors import InputError

LABELS = Path(__file__).parent / "golden" / "leads.jsonl"
GRADES = {0: "does not answer", 1: "answers partly", 2: "answers"}
FORMS = ("definition", "how", "why", "when", "compare", "list", "check", "code", "fact")
HASH_LETTERS = 16
ALIKE = 30  # spans of a rough ranking that are compared by meaning; the answerer has time for 20
BATCH = 16  # texts of about one length, so that padding costs little
TEXTS = ("id", "section", "form", "question")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a candidate stands: its document, its nearest heading, the hash of its words."""

    at: str
    heading: str
    digest: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """One question of the training set with the grade (0, 1 or 2) of each candidate read."""

    id: str
    section: str
    form: str
    question: str
    labels: tuple[tuple[Place, int], ...]


@dataclass(frozen=True, slots=True)
class Pool:
    """Every span that could open the answer to a question in one library, best first."""

    asked: Asked
    ranked: tuple[Scored, ...]
    evidence: Evidence


def load_labels(path: Path = LABELS, sections: Collection[str] | None = None) -> list[Labelled]:
    """Read and check labels; raises InputError with the file and line of the first that is wrong.

    With `sections`, every section must be one of them.
    """
    found: dict[str, Labelled] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{path}:{number}"
        try:
            item = read_labelled(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{where}: {error!r}: write it as label_leads does") from error
        if item.id in found:
            raise InputError(f"{where}: id “{item.id}” is used twice: give each its own")
        if sections is not None and item.section not in sections:
            raise InputError(f"{where}: the path has no section “{item.section}”: correct the id")
        found[item.id] = item
    return list(found.values())


def read_labelled(item: dict[str, object]) -> Labelled:
    """Turn one line into a Labelled; raises ValueError, KeyError or TypeError."""
    if item.keys() - {*TEXTS, "labels"}:
        raise ValueError(f"unknown key {', '.join(sorted(item.keys() - {*TEXTS, 'labels'}))}")
    texts = {name: item[name] for name in TEXTS}
    if not all(isinstance(text, str) and text.strip() for text in texts.values()):
        raise ValueError(f"{', '.join(TEXTS)} are texts")
    if item["form"] not in FORMS:
        raise ValueError(f"“{item['form']}” is no form: use one of {', '.join(FORMS)}")
    rows = item["labels"]
    if not isinstance(rows, list):
        raise TypeError("labels is a list")
    labels = tuple((Place(at, heading, digest), grade) for at, heading, digest, grade in rows)
    if any(grade not in GRADES or len(p.digest) != HASH_LETTERS for p, grade in labels):
        raise ValueError("a label is [address, heading, hash of 16 letters, grade 0 to 2]")
    if len({place for place, _ in labels}) < len(labels):
        raise ValueError("a candidate is labelled twice")
    number, section, form, question = (str(texts[name]) for name in TEXTS)
    return Labelled(number, section, form, question, labels)


def write_labels(items: Iterable[Labelled], path: Path = LABELS) -> None:
    """Write labels, a line for each question."""
    lines = []
    for item in items:
        rows = [[p.at, p.heading, p.digest, grade] for p, grade in item.labels]
        whole = {**{name: getattr(item, name) for name in TEXTS}, "labels": rows}
        lines.append(json.dumps(whole, ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def place_of(item: Scored) -> Place:
    """Name a candidate without its words."""
    entry = item.hit.entry
    at = NOTE + entry.section_ids[0] if entry.kind == "note" else entry.url
    return Place(at, item.candidate.title, digest(item.candidate.span.text))


def digest(text: str) -> str:
    """Hash a sentence's words, whatever their case and Markdown."""
    return hashlib.sha256(plain(text).casefold().encode()).hexdigest()[:HASH_LETTERS]


def remembering(encode: Encode, known: dict[str, NDArray[np.float32]]) -> Encode:
    """Encode every text once: the sentences of a library come up for many questions."""

    def encoded(texts: Sequence[str]) -> NDArray[np.float32]:
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        for start in range(0, len(fresh), BATCH):
            batch = sorted(fresh, key=len)[start : start + BATCH]
            known.update(zip(batch, encode(batch), strict=True))
        return np.stack([known[text] for text in texts])

    return encoded


def pool_for(typed: str, searcher: Searcher, encode: Encode, embedded: int = ALIKE) -> Pool | None:
    """Collect and score every span that could open an answer; None for a question on the path.

    `embedded` spans are compared by meaning, more than the answerer has time for. The first
    part of a question stands for it.
    """
    question = read_question(typed)
    if not question.parts or question.kind == "where":
        return None
    found = look(searcher, question)
    evidence = Evidence(found.hits, searcher.idf, encode, found.expansions, searcher.is_strange)
    asked = ask_for(question.parts[0], question, evidence)
    hits = read_from(found.hits, question)
    rough = rough_spans(asked, hits)
    spoken = [s for s in rough if s.candidate.span.kind not in ("code", "table")]
    ranked = by_meaning(spoken[:embedded], spoken, asked, encode)
    return Pool(asked, tuple(ranked), evidence)


def by_similarity(pool: Pool) -> list[Scored]:
    """Rank sentences by their likeness to the question alone."""
    return sorted(pool.ranked, key=lambda s: -s.features["similarity"])


def by_words(pool: Pool) -> list[Scored]:
    """Rank sentences by BM25 with the library's weights of words."""
    value = words_score(pool)
    return sorted(pool.ranked, key=lambda s: -value(s))


def words_score(pool: Pool, k1: float = 1.2, b: float = 0.75) -> Callable[[Scored], float]:
    """Give the BM25 of a sentence among those of the pool."""
    total = sum(len(s.candidate.texts[0]) for s in pool.ranked)
    mean = total / max(1, len(pool.ranked)) or 1.0

    def bm25(item: Scored) -> float:
        stems = item.candidate.texts[0]
        norm = k1 * (1 - b + b * len(stems) / mean)
        counts = {stem: stems.count(stem) for stem in pool.asked.words}
        return sum(
            pool.asked.idf.get(stem, 1.0) * n * (k1 + 1) / (n + norm) for stem, n in counts.items()
        )

    return bm25
