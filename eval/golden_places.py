"""Where the golden set's answers stand in the library at hand, as passages of today's splitting."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from eval.golden_set import GoldenQuestion, Place, shown
from eval.questions import Row, headings_of, place, places_of, plain, rows
from eval.sentences import spans

if TYPE_CHECKING:
    from ingest.library import Library

FOUND, ABSENT, NOT_CHECKABLE = "found", "absent", "not checkable"
NEITHER, UNDER_IT, ANSWERS = 0, 1, 2  # grades of a passage


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of one place in one library, and the passages that it means.

    `state` is "found", "absent" (the note or the page is there, the heading or the sentence is
    not) or "not checkable" (the page is not in this library).
    """

    place: Place
    state: str
    passages: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolved:
    """The places of every answerable question in one library.

    `grades` maps question id to passage id to 2 (answers) or 1 (stands under the heading, shows no
    key point), as `eval.retrieval.measure` takes them. Questions with no passage are left out.
    """

    standings: Mapping[str, tuple[Standing, ...]]
    grades: Mapping[str, Mapping[str, int]]

    def count(self, state: str, *, pages: bool) -> int:
        """Count the places of pages, or of our own texts, that are in a state."""
        every = (s for standings in self.standings.values() for s in standings)
        return sum(s.state == state and s.place.is_page == pages for s in every)


def resolve_golden(questions: Sequence[GoldenQuestion], library: "Library") -> Resolved:
    """Find the passages of every answerable question in a library."""
    answerable = [question for question in questions if not question.refuse]
    at = by_place(answerable, rows(library))
    documents = documents_of_cut(answerable, at, library)
    standings = {
        question.id: tuple(standing(spot, at, documents) for spot in question.evidence)
        for question in answerable
    }
    grades = {q.id: grades_of(q, standings[q.id]) for q in answerable}
    kept = {id_: found for id_, found in grades.items() if found}
    return Resolved(MappingProxyType(standings), MappingProxyType(kept))


def by_place(
    questions: Iterable[GoldenQuestion], passages: Iterable[Row]
) -> Mapping[str, tuple[Row, ...]]:
    """Gather the passages that stand at the places of the questions, in reading order."""
    wanted = {place(spot.url) for question in questions for spot in question.evidence}
    at: dict[str, list[Row]] = {}
    for row in passages:
        for key in wanted & places_of(row):
            at.setdefault(key, []).append(row)
    return {key: tuple(found) for key, found in at.items()}


def standing(
    spot: Place, at: Mapping[str, Sequence[Row]], documents: Mapping[str, str]
) -> Standing:
    """Say what became of one place, given the passages at each place and their documents."""
    here = at.get(place(spot.url), ())
    found = holding(spot, here, documents) if spot.is_page else under(spot.heading, here)
    # One place may have several addresses: a paper's PDF and the page of its abstract.
    missing = spot.is_page and not any(spot.url in row.urls for row in here)
    state = FOUND if found else NOT_CHECKABLE if missing else ABSENT
    return Standing(spot, state, tuple(found))


def under(heading: str, passages: Iterable[Row]) -> list[Row]:
    """Choose the passages right under a heading; for one with only headings below it, all those."""
    wanted = plain(heading)
    below = [r for r in passages if wanted in headings_of(r)[1:]]
    own = [r for r in below if wanted in headings_of(r)[len(r.heading_path) :]]
    return own or below


def holding(spot: Place, passages: Sequence[Row], documents: Mapping[str, str]) -> list[Row]:
    """Choose the passages that hold a page's sentence, or parts of it when it was cut."""
    key = (spot.words, spot.sentence)
    whole = [row for row in passages if any(spans(row.text, {key}))]
    if whole:
        return whole
    found: list[Row] = []
    for text in dict.fromkeys(documents[row.id] for row in passages if row.id in documents):
        inside = [row for row in passages if documents.get(row.id) == text]
        for _, first, last in spans(text, {key}):
            found += [row for row in inside if overlaps(text.find(row.text), row, first, last)]
    return found


def overlaps(start: int, row: Row, first: int, last: int) -> bool:
    """Say whether a passage that begins at `start` (-1: nowhere) shares a stretch of a document."""
    return 0 <= start < last and first < start + len(row.text)


def documents_of_cut(
    questions: Iterable[GoldenQuestion], at: Mapping[str, Sequence[Row]], library: "Library"
) -> Mapping[str, str]:
    """Read the documents of passages at pages where none of them holds the sentence whole.

    The result maps passage id to the text of its document.
    """
    pages = {spot for q in questions for spot in q.evidence if spot.is_page}
    cut = [spot for spot in pages if not holding(spot, at.get(place(spot.url), ()), {})]
    ids = list({row.id for spot in cut for row in at.get(place(spot.url), ())})
    documents = {id_: library.document(e.passage.doc_id) for id_, e in library.entries(ids).items()}
    return {id_: document.text for id_, document in documents.items() if document}


def grades_of(question: GoldenQuestion, standings: Iterable[Standing]) -> Mapping[str, int]:
    """Grade every passage of a question's places."""
    grades: dict[str, int] = {}
    for one in standings:
        for row in one.passages:
            answers = one.place.is_page or any(shown(question, text_of(row)))
            grade = ANSWERS if answers else UNDER_IT
            grades[row.id] = max(grade, grades.get(row.id, NEITHER))
    return MappingProxyType(grades)


def text_of(row: Row) -> str:
    """Give a passage as it is read: its page's title, the headings above it, its text."""
    return " ".join([row.title, *row.heading_path, row.text])
