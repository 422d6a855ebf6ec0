"""The golden set: what a learner asks, what a right answer says, and where that stands.

A question names its evidence in a way that outlives any splitting of the pages: a heading of our
notes, and for pages the address, the headings and the fingerprint of a sentence
(`eval/sentences.py`). No text of a page is kept. `eval/golden_check.py` checks the whole set.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.questions import (
    NOTE,
    SPLITS,
    a_list,
    a_text,
    holds,
    is_ours,
    numbered_items,
    one_of,
    plain,
    texts,
)
from ingest.errors import InputError

FOLDER = Path(__file__).parent / "golden"
FILES: Mapping[str, Path] = {split: FOLDER / f"questions_{split}.yaml" for split in SPLITS}

ANSWERED = (
    "definition",
    "compare",
    "how-to",
    "why",
    "when",
    "fact",
    "multi-hop",
    "follow-up",
    "where",
    "false-premise",
)
# What becomes of a question that has no answer, by its type.
REFUSED = {"off-path": "off_path", "near-miss": "not_covered"}

ANSWER_KEYS = {"section_ids", "reference", "key_points", "evidence"}
COMMON_KEYS = {"id", "type", "question"}
FINGERPRINT = re.compile(r"[0-9a-f]{16}")
FEWEST_WORDS = 4  # a shorter run of words stands on many pages


@dataclass(frozen=True, slots=True)
class Place:
    """One place that answers.

    `url` is "note:<section id>", "path:<section id>" or a web address. `heading` is a heading of
    ours, or a page's headings from the outermost, joined by " > "; empty above the first one. For
    a page, `sentence` is the fingerprint of the answering sentence and `words` its length.
    """

    url: str
    heading: str
    sentence: str = ""
    words: int = 0

    @property
    def is_page(self) -> bool:
        """Say whether this is a page of the web, whose text is not ours."""
        return not is_ours(self.url)


@dataclass(frozen=True, slots=True)
class GoldenQuestion:
    """One question of the golden set.

    `before` are the questions asked before it in the same conversation, oldest first. `reference`
    is an answer in our own words, `key_points` what a right answer says, each a tuple of words any
    one of which shows it. `premise` says what a question with a false premise gets wrong.
    """

    id: str
    split: str
    type: str
    question: str
    section_ids: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    reference: str = ""
    key_points: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[Place, ...] = ()
    premise: str = ""

    @property
    def refuse(self) -> str | None:
        """The reason for refusing it: "off_path", "not_covered", or None when it has an answer."""
        return REFUSED.get(self.type)

    @property
    def has_page(self) -> bool:
        """Say whether a page of the web answers it, too."""
        return any(place.is_page for place in self.evidence)


def load_golden(
    split: str | None = None, files: Mapping[str, Path] = FILES
) -> tuple[GoldenQuestion, ...]:
    """Read the golden questions of one split, or of all; a file's questions are of one split.

    Raises InputError with the file, the line and the id of the first question that is wrong.
    """
    found: dict[str, GoldenQuestion] = {}
    for name in [split] if split else files:
        for line, item in numbered_items(files[name]):
            where = f"{files[name]}:{line}"
            question = read_question(item, name, where)
            if question.id in found:
                raise InputError(f"{where}: id “{question.id}” is used twice: give each its own")
            found[question.id] = question
    return tuple(found.values())


def read_question(item: Any, split: str, where: str) -> GoldenQuestion:
    """Turn one YAML entry into a GoldenQuestion; raises InputError beginning with `where`."""
    if not isinstance(item, dict):
        raise InputError(f"{where}: “{item}” is not a question: write id, type and question")
    where = f"{where}: question “{item.get('id', '?')}”"
    check_keys(item, where)
    question = GoldenQuestion(
        id=a_text(item["id"], f"{where}: id"),
        split=split,
        type=one_of(item["type"], (*ANSWERED, *REFUSED), f"{where}: type"),
        question=a_text(item["question"], f"{where}: question"),
        section_ids=texts(item.get("section_ids", []), f"{where}: section_ids"),
        before=texts(item.get("before", []), f"{where}: before"),
        reference=a_text(item["reference"], f"{where}: reference") if "reference" in item else "",
        key_points=tuple(
            texts(point, f"{where}: key_points")
            for point in a_list(item.get("key_points", []), f"{where}: key_points")
        ),
        evidence=tuple(
            read_place(entry, f"{where}: evidence")
            for entry in a_list(item.get("evidence", []), f"{where}: evidence")
        ),
        premise=a_text(item["premise"], f"{where}: premise") if "premise" in item else "",
    )
    check_whole(question, where)
    return question


def check_keys(item: Mapping[str, Any], where: str) -> None:
    """Hold that an entry has the keys of its type and no others."""
    kind = item.get("type")
    needed = COMMON_KEYS | (set() if kind in REFUSED else ANSWER_KEYS)
    needed |= {"before"} if kind == "follow-up" else set()
    needed |= {"premise"} if kind == "false-premise" else set()
    if missing := needed - item.keys():
        raise InputError(f"{where} lacks {', '.join(sorted(missing))}: add it")
    if unknown := item.keys() - needed:
        raise InputError(f"{where}: {', '.join(sorted(map(str, unknown)))} does not belong there")


def read_place(entry: Any, where: str) -> Place:
    """Turn one evidence entry into a Place; raises InputError beginning with `where`."""
    if not isinstance(entry, dict) or not {"url", "heading"} <= entry.keys():
        raise InputError(
            f"{where} “{entry}”: write url and heading, and words of a page's sentence"
        )
    url = a_text(entry["url"], f"{where}: url")
    heading = entry["heading"]
    if not isinstance(heading, str):
        raise InputError(f"{where}: heading “{heading}” is not text: put it in quotes")
    of_page = {"sentence", "words"}
    needed = {"url", "heading"} | (set() if is_ours(url) else of_page)
    if entry.keys() != needed:
        raise InputError(f"{where} of {url}: write exactly {', '.join(sorted(needed))}")
    if is_ours(url):
        return Place(url, a_text(heading, f"{where}: heading"))
    sentence, words = str(entry["sentence"]), str(entry["words"])
    if not FINGERPRINT.fullmatch(sentence):
        raise InputError(f"{where}: “{sentence}” is not a fingerprint: write 16 hex digits")
    if not words.isdecimal() or int(words) < FEWEST_WORDS:
        raise InputError(f"{where}: words “{words}”: write how many, {FEWEST_WORDS} or more")
    return Place(url, heading, sentence, int(words))


def check_whole(question: GoldenQuestion, where: str) -> None:
    """Hold that an answerable question has a section, points and a heading of our notes."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", question.id):
        raise InputError(f"{where}: write the id in lower-case words joined by hyphens")
    if question.refuse:
        return
    if not question.section_ids or not question.key_points:
        raise InputError(f"{where} has no section_ids or no key_points: add them")
    noted = {place.url for place in question.evidence if place.url.startswith(NOTE)}
    if not noted:
        raise InputError(f"{where} has no heading of our notes as evidence: add one")
    if question.type == "multi-hop" and len(noted) < 2:
        raise InputError(f"{where} is multi-hop but has the notes of one section: add the other")


def sections_named(question: GoldenQuestion) -> frozenset[str]:
    """List every section that a question names, in its evidence too."""
    ours = (place.url.partition(":")[2] for place in question.evidence if not place.is_page)
    return frozenset(question.section_ids) | frozenset(ours)


def shown(question: GoldenQuestion, text: str) -> tuple[bool, ...]:
    """Say for each key point whether a text holds one of its words."""
    folded = plain(text)
    return tuple(any(holds(folded, word) for word in point) for point in question.key_points)


def unknown_sections(question: GoldenQuestion, sections: Collection[str]) -> tuple[str, ...]:
    """List the sections that a question names and the path does not have."""
    return tuple(sorted(sections_named(question) - set(sections)))
