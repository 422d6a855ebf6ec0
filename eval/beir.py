"""A collection with judged queries, in the form of BEIR: corpus, queries and judgements.

Thakur et al., "BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation of Information Retrieval
Models", 2021. What is read is taken as widely as it can be meant: ids as text or number, the
judgements with a header or without, with three columns or TREC's four, by tabs or by spaces.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ingest.collection import identity_in, json_of, read_jsonl, whole
from ingest.errors import InputError

CORPUS, QUERIES = "corpus.jsonl", "queries.jsonl"
QRELS = ("qrels.tsv", "qrels/test.tsv")  # the first that is there is read
QUERY_KEYS = ("text", "query", "question")
SHAPE = "expected a query's id, a document's id and a whole number"


@dataclass(frozen=True, slots=True)
class Collection:
    """A folder's judged queries: their texts, and the grade of each judged document, all 1 or more.

    `queries` counts the lines of queries, judged or not; `remarks` say what was left out.
    """

    folder: Path
    documents: int
    queries: int
    asked: Mapping[str, str]
    grades: Mapping[str, Mapping[str, int]]
    remarks: tuple[str, ...] = ()

    @property
    def corpus(self) -> Path:
        """The file of documents."""
        return self.folder / CORPUS

    @property
    def judgements(self) -> int:
        """The number of relevant documents over all judged queries."""
        return sum(map(len, self.grades.values()))


def read_beir(folder: Path) -> Collection:
    """Read a folder of corpus.jsonl, queries.jsonl and qrels.tsv or qrels/test.tsv.

    Raises InputError for a file that is missing, for a line that cannot be used (with its number),
    for an id that comes twice, and when no query has a relevant document.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder: name one with {CORPUS}")
    for name in (CORPUS, QUERIES):
        if not (folder / name).is_file():
            raise InputError(f"{folder / name}: no such file: a collection needs it")
    judgements = qrels_file(folder)
    documents = read_ids(folder / CORPUS)
    queries = read_queries(folder / QUERIES)
    judged = read_qrels(judgements)
    relevant = {
        query: {document: grade for document, grade in grades.items() if grade > 0}
        for query, grades in judged.items()
    }
    asked = {query: queries[query] for query in queries if relevant.get(query)}
    if not asked:
        raise InputError(
            f"{judgements}: no query of {QUERIES} has a relevant document in it"
            f" ({len(judged)} queries judged): correct the ids or the grades"
        )
    grades = {query: MappingProxyType(relevant[query]) for query in asked}
    return Collection(
        folder=folder,
        documents=len(documents),
        queries=len(queries),
        asked=MappingProxyType(asked),
        grades=MappingProxyType(grades),
        remarks=tuple(remarks_on(documents, queries, relevant, judgements)),
    )


def remarks_on(
    documents: frozenset[str],
    queries: Mapping[str, str],
    relevant: Mapping[str, Mapping[str, int]],
    file: Path,
) -> Iterator[str]:
    """Say what of the judgements cannot be found, and what is not asked."""
    unknown = [query for query in relevant if query not in queries]
    if unknown:
        yield f"{file}: {len(unknown)} judged queries are not in {QUERIES} (such as {unknown[0]!r})"
    empty = [query for query, grades in relevant.items() if query in queries and not grades]
    if empty:
        yield f"{file}: {len(empty)} queries without a relevant document are left out"
    gone = [d for query in relevant if query in queries for d in relevant[query]]
    gone = [document for document in gone if document not in documents]
    if gone:
        yield (
            f"{file}: {len(gone)} relevant documents are not in {CORPUS} (such as {gone[0]!r}):"
            " they count as not found"
        )


def qrels_file(folder: Path) -> Path:
    """Find the judgements; where only one other split is there, that one is meant."""
    for name in QRELS:
        if (folder / name).is_file():
            return folder / name
    others = sorted(file for file in (folder / "qrels").glob("*.tsv") if file.is_file())
    if len(others) == 1:
        return others[0]
    there = f"; there is {', '.join(file.name for file in others)}" if others else ""
    raise InputError(f"{folder}: neither {' nor '.join(QRELS)} is there{there}: add one of them")


def read_ids(file: Path) -> frozenset[str]:
    """Read the ids of a corpus; raises InputError for a broken line, a repeated id and no line."""
    ids: set[str] = set()
    for document in read_jsonl(file):
        if document.id in ids:
            raise InputError(f"{file}: the id {document.id!r} comes twice: give each its own")
        ids.add(document.id)
    if not ids:
        raise InputError(f"{file}: holds no document: add lines of _id, title and text")
    return frozenset(ids)


def read_queries(file: Path) -> dict[str, str]:
    """Read the queries by id, in the file's order."""
    queries: dict[str, str] = {}
    for number, line in numbered(file):
        value = json_of(line, f"{file}:{number}")
        identity = identity_in(value) if isinstance(value, dict) else None
        text = next((value[key] for key in QUERY_KEYS if key in value), None) if identity else None
        if identity is None or not isinstance(text, str):
            raise InputError(f'{file}:{number}: expected {{"_id", "text"}}: correct the line')
        if queries.get(whole(identity), text) != text:
            raise InputError(f"{file}:{number}: the id {identity!r} comes twice: give each its own")
        queries[whole(identity)] = whole(text)
    return queries


def read_qrels(file: Path) -> dict[str, dict[str, int]]:
    """Read judgements as query id -> document id -> grade; a repeated pair keeps its best grade."""
    grades: dict[str, dict[str, int]] = {}
    for place, (number, line) in enumerate(numbered(file)):
        *ids, grade = (field.strip() for field in columns(line))
        value = whole_number(grade)
        if place == 0 and not is_number(grade):
            continue  # a header
        # TREC's second column of four says nothing.
        pair = (ids[0], ids[-1]) if len(ids) in (2, 3) else ("", "")
        if value is None or not all(pair):
            raise InputError(f"{file}:{number}: {SHAPE}, read {line!r:.80}: correct the line")
        found = grades.setdefault(pair[0], {})
        found[pair[1]] = max(value, found.get(pair[1], value))
    return grades


def columns(line: str) -> list[str]:
    """Part a line by its tabs, or by its spaces where it has none."""
    return line.split("\t") if "\t" in line else line.split()


def is_number(text: str) -> bool:
    """Say whether a text is any number at all."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def whole_number(text: str) -> int | None:
    """Read a grade such as 1 or 1.0; None for anything else."""
    value = float(text) if is_number(text) else math.nan
    return int(value) if math.isfinite(value) and value == int(value) else None


def numbered(file: Path) -> Iterator[tuple[int, str]]:
    """Read the lines of a file that hold anything, with their numbers; raises InputError."""
    try:
        with file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 ({error.reason}): convert it first") from error
    except OSError as error:
        raise InputError(
            f"{file} cannot be read ({error.strerror}): name another folder"
        ) from error
