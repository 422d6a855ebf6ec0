"""All questions that an evaluation asks, and the passages of a library that answer them."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

from eval.golden_places import resolve_golden
from eval.golden_set import GoldenQuestion, load_golden
from eval.questions import Question, Row, load, resolve, rows
from ingest.library import Library

GOLDEN = Path(__file__).parent / "golden"
NOTES, NO_NOTES = "notes", "no notes"  # what is searched: all, or all but our notes
MODES = (NOTES, NO_NOTES)
OWN = "own"  # the set of a learner's own questions, beside those that ship


@dataclass(frozen=True, slots=True)
class Item:
    """One question of an evaluation; `refuse` is None when it has an answer.

    `group` says where the answer stands ("page", "note", "path") or why it is to be refused,
    `before` holds the questions asked before it in the same conversation. `reference` is a right
    answer, where one was written.
    """

    id: str
    question: str
    type: str
    split: str
    group: str
    section_ids: tuple[str, ...] = ()
    key_points: tuple[tuple[str, ...], ...] = ()
    refuse: str | None = None
    reference: str = ""
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suite:
    """Questions, with the graded passages of one library by question and what these are.

    `not_checkable` are questions whose pages are not in the library, `unmatched` those whose pages
    are there and do not hold the words.
    """

    items: tuple[Item, ...]
    grades: Mapping[str, Mapping[str, int]]
    kinds: Mapping[str, str]
    not_checkable: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[Item, ...]:
        """The questions that this library can be held to: refusals, and those it can answer."""
        return tuple(i for i in self.items if i.refuse or self.grades.get(i.id))

    def without_notes(self) -> "Suite":
        """Keep what is answered by anything but our notes."""
        left = {
            item: {p: g for p, g in grades.items() if self.kinds.get(p) != "note"}
            for item, grades in self.grades.items()
        }
        grades = MappingProxyType({item: found for item, found in left.items() if found})
        return Suite(self.items, grades, self.kinds, self.not_checkable, self.unmatched)


Found = tuple[tuple[Item, ...], Mapping[str, Mapping[str, int]], Sequence[str], Sequence[str]]
Read = Callable[[Library, Sequence[Row]], Found]


def of_file(name: str) -> Read:
    """Make a reader of one file in the form of eval/questions.py; ids get its name in front."""

    def read(_: Library, passages: Sequence[Row]) -> Found:
        questions = load(GOLDEN / f"{name}.yaml")
        relevance = resolve(questions, passages)
        return (
            tuple(item_of(name, question) for question in questions),
            {f"{name}/{i}": grades for i, grades in relevance.grades.items()},
            [f"{name}/{i}" for i in relevance.not_checkable],
            [f"{name}/{i}" for i in relevance.unmatched],
        )

    return read


def item_of(name: str, question: Question) -> Item:
    """Make an item of a development question."""
    return Item(
        id=f"{name}/{question.id}",
        question=question.question,
        type=question.type,
        split=question.split,
        group=question.group,
        section_ids=question.section_ids,
        key_points=question.key_points,
        refuse=question.refuse,
    )


def of_golden(library: Library, _: Sequence[Row]) -> Found:
    """Read the golden set, both halves; its ids get "golden" in front."""
    questions = load_golden()
    resolved = resolve_golden(questions, library)
    lost = [question for question in questions if not question.refuse]
    lost = [question for question in lost if question.id not in resolved.grades]
    missing = {
        question.id
        for question in lost
        if any(standing.state == "absent" for standing in resolved.standings[question.id])
    }
    return (
        tuple(golden_item(question) for question in questions),
        {f"golden/{i}": grades for i, grades in resolved.grades.items()},
        [f"golden/{question.id}" for question in lost if question.id not in missing],
        [f"golden/{i}" for i in sorted(missing)],
    )


def golden_item(question: GoldenQuestion) -> Item:
    """Make an item of a golden question."""
    return Item(
        id=f"golden/{question.id}",
        question=question.question,
        type=question.type,
        split=question.split,
        group=question.refuse or ("page" if question.has_page else "note"),
        section_ids=question.section_ids,
        key_points=question.key_points,
        refuse=question.refuse,
        reference=question.reference,
        before=question.before,
    )


# A further set of questions is one more reader here.
SETS: tuple[Read, ...] = (of_file("dev"), of_file("refusals"), of_golden)


def load_suite(library: Library, split: str = "dev", sets: Sequence[Read] = SETS) -> Suite:
    """Read the questions of one split and find what answers them in a library."""
    passages = rows(library)
    items: list[Item] = []
    grades: dict[str, Mapping[str, int]] = {}
    not_checkable: list[str] = []
    unmatched: list[str] = []
    for read in sets:
        found, graded, absent, wrong = read(library, passages)
        chosen = {item.id for item in found if item.split == split}
        items += [item for item in found if item.id in chosen]
        grades |= {i: g for i, g in graded.items() if i in chosen}
        not_checkable += [i for i in absent if i in chosen]
        unmatched += [i for i in wrong if i in chosen]
    wanted = {passage for graded in grades.values() for passage in graded}
    kinds = {row.id: row.kind for row in passages if row.id in wanted or row.kind == "note"}
    return Suite(
        tuple(items),
        MappingProxyType(grades),
        MappingProxyType(kinds),
        tuple(not_checkable),
        tuple(unmatched),
    )


def fingerprint(items: Sequence[Item]) -> str:
    """Give the hash of questions and all that is expected of them, whatever their order."""
    lines = sorted(json.dumps(asdict(item), sort_keys=True) for item in items)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def sample(items: Sequence[Item], most: int) -> tuple[Item, ...]:
    """Draw at most so many items, the same ones every time; 0 draws all.

    Half of them have an answer and half are to be refused, as far as there are enough; of both,
    every group and type comes in its share.
    """
    if not most or len(items) <= most:
        return tuple(items)
    answerable = [item for item in items if item.refuse is None]
    refusals = [item for item in items if item.refuse is not None]
    few = min(len(refusals), most - min(len(answerable), most // 2))
    drawn = {*first_of(answerable, most - few), *first_of(refusals, few)}
    return tuple(item for item in items if item.id in drawn)


def first_of(items: Sequence[Item], count: int) -> list[str]:
    """Draw so many ids, in the order of a fixed hash, from every group and type in its share."""
    strata: dict[tuple[str, str], list[Item]] = {}
    for item in sorted(items, key=lambda i: hashlib.sha256(i.id.encode()).hexdigest()):
        strata.setdefault((item.group, item.type), []).append(item)
    place = {
        item.id: ((n + 0.5) / len(stratum), item.id)
        for stratum in strata.values()
        for n, item in enumerate(stratum)
    }
    return sorted(place, key=lambda i: place[i])[:count]
