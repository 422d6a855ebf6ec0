"""The golden questions: what a learner asks, where the answer stands, what must be refused.

A file holds no sentence of any page. It names an address, a heading and a few words that the
answering passage holds together, so the passages themselves are found at run time in whatever
library is at hand.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ingest.errors import InputError
from ingest.links import normalise

if TYPE_CHECKING:
    from ingest.library import Library

TYPES = (
    "definition",
    "how",
    "why",
    "compare",
    "when",
    "how-to",
    "fact",
    "where",
    "how-long",
    "what-first",
    "one-word",
    "misspelt",
    "acronym",
)
REFUSALS = ("off_path", "not_covered")
# A term longer than this is a sentence in disguise; sentences of pages stay out of the repository.
TERM_WORDS = 6

NOTE = "note:"  # "note:<section id>": the note of a section
PATH = "path:"  # "path:<section id>": the section as the path tells it; "path:" alone: any of it

REQUIRED = {"id", "question", "type"}
OPTIONAL = {"section_ids", "evidence", "key_points", "refuse", "split"}
SPLITS = ("dev", "test")  # a test question takes no part in choosing or fitting anything

SAME_MARK = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """One place that answers: the page's address, a heading on it, words that stand together.

    `url` is a web address, "note:<section id>" or "path:<section id>". `heading` may be empty.
    """

    url: str
    heading: str
    contains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One golden question; `refuse` is None when it has an answer.

    `key_points` are what a right answer says, each a tuple of words any one of which shows it.
    """

    id: str
    question: str
    type: str
    section_ids: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    key_points: tuple[tuple[str, ...], ...] = ()
    refuse: str | None = None
    split: str = "dev"

    @property
    def group(self) -> str:
        """Where the answer stands: "page", "note", "path", or the reason for refusing."""
        if self.refuse:
            return self.refuse
        first = self.evidence[0].url
        return "note" if first.startswith(NOTE) else "path" if first.startswith(PATH) else "page"


@dataclass(frozen=True, slots=True)
class Row:
    """A searchable passage as questions see it: every address it stands at, and its headings."""

    id: str
    urls: tuple[str, ...]
    title: str
    kind: str
    section_ids: tuple[str, ...]
    heading_path: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Relevance:
    """Which passages answer which question, as far as one library can tell.

    `grades` maps question id to passage id to 2 (the words under the expected heading) or 1 (the
    words alone). `not_checkable` are questions none of whose addresses are in the library,
    `unmatched` those whose addresses are there but hold no passage with the words.
    """

    grades: Mapping[str, Mapping[str, int]]
    not_checkable: tuple[str, ...]
    unmatched: tuple[str, ...]


def load(path: Path, sections: Collection[str] | None = None) -> tuple[Question, ...]:
    """Read and check a file of golden questions.

    With `sections`, every section id must be one of them. Raises InputError with the file, the
    line and the id of the first question that is wrong.
    """
    questions: dict[str, Question] = {}
    for line, item in numbered_items(path):
        where = f"{path}:{line}"
        question = read_question(item, where)
        if question.id in questions:
            raise InputError(f"{where}: id “{question.id}” is used twice: give each its own")
        if sections is not None:
            check_sections(question, sections, where)
        questions[question.id] = question
    return tuple(questions.values())


def numbered_items(path: Path) -> list[tuple[int, Any]]:
    """Read the YAML list in a file with the line each item begins on; raises InputError."""
    import yaml

    try:
        # The base loader keeps every value as text: 256 is a word to look for, not a number.
        loader = yaml.BaseLoader(path.read_text(encoding="utf-8"))
        tree = loader.get_single_node()
        items = loader.construct_document(tree) if tree else None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}): name a UTF-8 YAML file") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        reason = getattr(error, "problem", None) or "a character that YAML does not allow"
        raise InputError(f"{path}:{line}: not YAML ({reason}): correct the line") from error
    if not isinstance(items, list) or not items:
        raise InputError(f"{path}:1: holds no list of questions: begin each with “- id: …”")
    lines = [node.start_mark.line + 1 for node in tree.value] if tree else []
    return list(zip(lines, items, strict=True))


def read_question(item: Any, where: str) -> Question:
    """Turn one YAML entry into a Question; raises InputError beginning with `where`."""
    if not isinstance(item, dict):
        raise InputError(f"{where}: “{item}” is not a question: write id, question and type")
    where = f"{where}: question “{item.get('id', '?')}”"
    missing, unknown = REQUIRED - item.keys(), item.keys() - REQUIRED - OPTIONAL
    if missing:
        raise InputError(f"{where} lacks {', '.join(sorted(missing))}: add it")
    if unknown:
        raise InputError(f"{where}: unknown key {', '.join(sorted(map(str, unknown)))}: remove it")
    question = Question(
        id=a_text(item["id"], f"{where}: id"),
        question=a_text(item["question"], f"{where}: question"),
        type=one_of(item["type"], TYPES, f"{where}: type"),
        section_ids=texts(item.get("section_ids", []), f"{where}: section_ids"),
        evidence=tuple(
            read_evidence(entry, where)
            for entry in a_list(item.get("evidence", []), f"{where}: evidence")
        ),
        key_points=tuple(
            texts(point, f"{where}: key_points")
            for point in a_list(item.get("key_points", []), f"{where}: key_points")
        ),
        refuse=one_of(item["refuse"], REFUSALS, f"{where}: refuse") if "refuse" in item else None,
        split=one_of(item.get("split", "dev"), SPLITS, f"{where}: split"),
    )
    check_whole(question, where)
    return question


def read_evidence(entry: Any, where: str) -> Evidence:
    """Turn one evidence entry into Evidence; raises InputError beginning with `where`."""
    where = f"{where}: evidence"
    if not isinstance(entry, dict) or not {"url", "contains"} <= entry.keys():
        raise InputError(f"{where} “{entry}”: write url, heading and contains")
    if unknown := entry.keys() - {"url", "heading", "contains"}:
        raise InputError(f"{where}: unknown key {', '.join(sorted(map(str, unknown)))}: remove it")
    terms = texts(entry["contains"], f"{where}: contains")
    if not terms:
        raise InputError(f"{where}: contains is empty: name a few words of the passage")
    for term in terms:
        if len(term.split()) > TERM_WORDS:
            raise InputError(
                f"{where}: “{term}” has over {TERM_WORDS} words: name words, not a sentence"
            )
    heading = entry.get("heading", "")
    if not isinstance(heading, str):
        raise InputError(f"{where}: heading “{heading}” is not text: put it in quotes")
    return Evidence(a_text(entry["url"], f"{where}: url"), heading, terms)


def check_whole(question: Question, where: str) -> None:
    """Hold that a question has either an answer with its place, or a refusal, never both."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", question.id):
        raise InputError(f"{where}: write the id in lower-case words joined by hyphens")
    if question.refuse and (question.evidence or question.key_points):
        raise InputError(f"{where} is to be refused but has evidence or key points: remove them")
    if not question.refuse and not (question.evidence and question.section_ids):
        raise InputError(f"{where} has no evidence or no section_ids: add them, or set refuse")


def check_sections(question: Question, sections: Collection[str], where: str) -> None:
    """Hold that every section id is one of `sections` (or "general")."""
    places = [e.url.partition(":")[2] for e in question.evidence if is_ours(e.url)]
    for section_id in (*question.section_ids, *filter(None, places)):
        if section_id != "general" and section_id not in sections:
            raise InputError(
                f"{where}: question “{question.id}”: the path has no section “{section_id}”:"
                " correct the id"
            )


def rows(library: "Library") -> tuple[Row, ...]:
    """Read the passages that a search can return; a near-identical one adds its address."""
    ids = [str(passage_id) for passage_id in library.keywords()[1]]
    entries = library.entries(ids)
    return tuple(
        Row(
            id=passage_id,
            urls=(entry.url, *(twin.url for twin in entry.also_in)),
            title=entry.title,
            kind=entry.kind,
            section_ids=entry.section_ids,
            heading_path=entry.passage.heading_path,
            text=entry.passage.text,
        )
        for passage_id, entry in entries.items()
    )


def resolve(questions: Sequence[Question], passages: Iterable[Row]) -> Relevance:
    """Find the passages that answer each question; refusals are left out.

    A passage answers when it stands at an evidence's address and holds all its words, in its text
    or in the headings above it.
    """
    wanted = {place(e.url) for question in questions for e in question.evidence}
    at: dict[str, list[tuple[str, tuple[str, ...], str]]] = {}
    for row in passages:
        here = wanted & places_of(row)
        if here:
            text = plain(" ".join([*row.heading_path, row.text]))
            seen = (row.id, headings_of(row), text)
            for key in here:
                at.setdefault(key, []).append(seen)
    grades: dict[str, Mapping[str, int]] = {}
    unmatched, not_checkable = [], []
    for question in questions:
        if question.refuse:
            continue
        if not any(place(e.url) in at for e in question.evidence):
            not_checkable.append(question.id)
            continue
        found: dict[str, int] = {}
        for evidence in question.evidence:
            for passage_id, headings, text in at.get(place(evidence.url), ()):
                grade = grade_of(evidence, headings, text)
                if grade:
                    found[passage_id] = max(grade, found.get(passage_id, 0))
        if found:
            grades[question.id] = MappingProxyType(found)
        else:
            unmatched.append(question.id)
    return Relevance(MappingProxyType(grades), tuple(not_checkable), tuple(unmatched))


def covered(question: Question, answer: str) -> tuple[bool, ...]:
    """Say for each key point whether the answer holds one of its words."""
    text = plain(answer)
    return tuple(any(holds(text, word) for word in point) for point in question.key_points)


def headings_of(row: Row) -> tuple[str, ...]:
    """List a passage's headings in plain text: the page's title, those above and those within."""
    within = [line.lstrip("#") for line in row.text.splitlines() if line.startswith("#")]
    return tuple(plain(heading) for heading in (row.title, *row.heading_path, *within))


def grade_of(evidence: Evidence, headings: tuple[str, ...], text: str) -> int:
    """Grade one passage, given in plain text, against one evidence: 2, 1 or 0."""
    if not all(holds(text, term) for term in evidence.contains):
        return 0
    heading = plain(evidence.heading)
    return 2 if heading and any(heading in one for one in headings) else 1


def holds(text: str, term: str) -> bool:
    """Find a term in plain text where a word begins; a stem finds all its forms."""
    term = plain(term)
    start = r"(?<!\w)" if term[:1].isalnum() else ""
    return re.search(start + re.escape(term), text) is not None


def plain(text: str) -> str:
    """Fold away what extractors differ in: case, Markdown marks, quotation marks, white space."""
    folded = unicodedata.normalize("NFKC", text).translate(SAME_MARK)
    return " ".join(re.sub(r"[\\`*¶\u00ad\u200b]", "", folded).casefold().split())


def is_ours(url: str) -> bool:
    """Say whether an evidence's address means a note or the path itself, not a web page."""
    return url.startswith((NOTE, PATH))


def place(url: str) -> str:
    """Give an evidence's address its one spelling."""
    return url if is_ours(url) else normalise(url)


def places_of(row: Row) -> set[str]:
    """Name every place that a passage stands at, spelled as `place` does."""
    prefix = {"note": NOTE, "path": PATH}.get(row.kind)
    if prefix is None:
        return {normalise(url) for url in row.urls}
    anywhere = {PATH} if prefix == PATH else set()
    return anywhere | {prefix + section_id for section_id in row.section_ids}


def a_text(value: Any, where: str) -> str:
    """Accept a text that is not empty; raises InputError."""
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where}: “{value}” is not text: write it, in quotes if need be")
    return value.strip()


def a_list(value: Any, where: str) -> list[Any]:
    """Accept a list; raises InputError."""
    if not isinstance(value, list):
        raise InputError(f"{where}: “{value}” is not a list: put it in [ ]")
    return value


def texts(value: Any, where: str) -> tuple[str, ...]:
    """Accept a list of texts; raises InputError."""
    return tuple(a_text(part, where) for part in a_list(value, where))


def one_of(value: Any, allowed: tuple[str, ...], where: str) -> str:
    """Accept one of the allowed words; raises InputError."""
    if value not in allowed:
        raise InputError(f"{where}: “{value}” is not known: use one of {', '.join(allowed)}")
    return str(value)
