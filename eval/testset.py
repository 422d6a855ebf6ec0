"""Questions that a language model wrote about documents, in a file; a person marks what is good.

Each line of the file is an object with `id` and `question`, as `studypath ask --batch` takes it.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from assistant.asked import Encode
from assistant.export import write_atomically
from eval.golden_places import ANSWERS
from eval.judge import Judge
from eval.questions import Row
from eval.ragas_scores import Made, written_by
from eval.suite import Found, Item, Read
from ingest.collection import read_collection
from ingest.errors import InputError
from ingest.flags import flagged
from ingest.library import Library
from ingest.split import CountTokens, split

SCHEMA = 1
LEAST_TOKENS = 40  # a shorter passage holds too little to ask about
FEWEST_WORDS = 8  # of a passage that a context holds: what is shorter stands in many texts
MOST_PASSAGES = 60  # each is searched for themes and for names: two calls of the model


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage that may be asked about, and the document it stands in."""

    document: str
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """One question with the answer its writer expects, and where that stands.

    `contexts` are the passages it was written from, of `documents`; `kind` names how it was made.
    It is `reviewed` once a person has read it and found it good.
    """

    id: str
    question: str
    reference: str
    kind: str
    contexts: tuple[str, ...]
    documents: tuple[str, ...]
    reviewed: bool = False


def excerpts(documents: Path, count_tokens: CountTokens) -> tuple[Excerpt, ...]:
    """Read what can be asked about, spread over all documents; raises InputError for nothing.

    What gives orders to an assistant is left out: it would be written into the questions.
    """
    found = [
        Excerpt(row.title, passage.text)
        for row, document in read_collection(documents)
        for passage in flagged(document, split(document, count_tokens))
        if passage.tokens >= LEAST_TOKENS and not passage.flag
    ]
    if not found:
        raise InputError(f"--documents {documents}: too little text to ask about: name others")
    step = max(1.0, len(found) / MOST_PASSAGES)
    return tuple(found[int(n * step)] for n in range(min(len(found), MOST_PASSAGES)))


def write_questions(
    given: Sequence[Excerpt], count: int, judge: Judge, encode: Encode
) -> tuple[Written, ...]:
    """Have about so many questions written; none twice. Raises JudgeFailed, ModelMissing."""
    made = written_by(judge, [one.text for one in given], count, encode)
    known = {one.text: one.document for one in given}
    unique = {one.question: written(one, known.get) for one in made}
    return tuple(unique.values())[:count]


def written(made: Made, document_of: Callable[[str], str | None]) -> Written:
    """Give a question its id, which follows from its words, and the documents it is about."""
    documents = [document_of(text) for text in made.contexts]
    return Written(
        id=hashlib.sha256(made.question.encode("utf-8", "replace")).hexdigest()[:10],
        question=made.question,
        reference=made.reference,
        kind=made.kind,
        contexts=made.contexts,
        documents=tuple(dict.fromkeys(name for name in documents if name)),
    )


# ── the file ────────────────────────────────────────────────────────────────────────────────────


def check_new(file: Path) -> None:
    """Raise InputError for a file that is there: somebody may have reviewed what it holds."""
    if file.exists():
        raise InputError(f"{file} is there already: name another, so that no review is lost")
    if not file.parent.is_dir():
        raise InputError(f"there is no folder {file.parent}: make it, or name another file")


def save(file: Path, questions: Sequence[Written], writer: str) -> None:
    """Write questions, a line for each, with who wrote them."""
    write_lines(file, [{"schema": SCHEMA, **asdict(one), "writer": writer} for one in questions])


def write_lines(file: Path, held: Sequence[Mapping[str, Any]]) -> None:
    """Write objects, a line for each; raises InputError."""
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in held)
    write_atomically(file, lines.encode("utf-8", "replace"))


def load(file: Path) -> list[dict[str, Any]]:
    """Read the lines of a file; raises InputError with the number of one that is none of ours."""
    try:
        with file.open(encoding="utf-8") as opened:
            lines = list(opened)  # a text may hold what only `splitlines` takes for an end of line
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read ({error}): name another") from error
    held = []
    for number, line in enumerate(lines, 1):
        try:
            one = json.loads(line)
            if one["schema"] != SCHEMA or not isinstance(one["id"], str):
                raise ValueError("not of this schema")
            if not isinstance(one["question"], str) or not isinstance(one["reviewed"], bool):
                raise ValueError("a part is missing")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError(
                f"{file}, line {number}: no question of ours ({error!r:.60})"
            ) from error
        held.append(one)
    return held


def mark(file: Path, ids: Collection[str]) -> tuple[int, int]:
    """Mark questions as reviewed, all else in the file as it was; gives (reviewed, all).

    Raises InputError for an id that the file does not hold, and changes nothing then.
    """
    held = load(file)
    unknown = sorted(set(ids) - {one["id"] for one in held})
    if unknown:
        raise InputError(f"{file} holds no question {unknown[0]}: its lines name the ids")
    marked = [{**one, "reviewed": one["reviewed"] or one["id"] in ids} for one in held]
    if ids:
        write_lines(file, marked)
    return sum(one["reviewed"] for one in marked), len(marked)


# ── asked and scored ────────────────────────────────────────────────────────────────────────────


def to_ask(file: Path, unreviewed: bool) -> tuple[Written, ...]:
    """Read the questions of a file that a person has reviewed, or all of them.

    Raises InputError for a line that is none of ours, an id that comes twice, and when none is
    left.
    """
    questions: dict[str, Written] = {}
    for number, one in enumerate(load(file), 1):
        if one["id"] in questions:
            raise InputError(f"{file}, line {number}: the id {one['id']} comes twice")
        questions[one["id"]] = whole(one, f"{file}, line {number}")
    if not questions:
        raise InputError(f"{file} holds no question: `studypath eval generate` writes some")
    chosen = tuple(one for one in questions.values() if one.reviewed or unreviewed)
    if not chosen:
        raise InputError(
            f"{file}: none of its {len(questions)} questions is reviewed:"
            f" `studypath eval review {file} ID …`, or add --unreviewed"
        )
    return chosen


def whole(one: dict[str, Any], where: str) -> Written:
    """Take all parts of a line; raises InputError beginning with `where`."""
    reference, kind = one.get("reference", ""), one.get("kind", "")
    contexts, documents = one.get("contexts", []), one.get("documents", [])
    if not all(isinstance(text, str) for text in (reference, kind)) or not all(
        isinstance(row, list) and all(isinstance(text, str) for text in row)
        for row in (contexts, documents)
    ):
        raise InputError(f"{where}: reference and kind are texts, contexts and documents lists")
    return Written(
        one["id"],
        one["question"],
        reference,
        kind,
        tuple(contexts),
        tuple(documents),
        one["reviewed"],
    )


def of_written(questions: Sequence[Written], split: str) -> Read:
    """Make a reader of written questions for an evaluation, as its split of this name.

    What answers is found by text: a passage that a context holds, or that holds one.
    """

    def read(_: Library, passages: Sequence[Row]) -> Found:
        grades = {one.id: holding(one.contexts, passages) for one in questions}
        items = tuple(
            Item(one.id, one.question, one.kind, split, "own", reference=one.reference)
            for one in questions
        )
        found = {id: MappingProxyType(held) for id, held in grades.items() if held}
        return items, found, [one.id for one in questions if one.id not in found], []

    return read


def holding(contexts: Sequence[str], passages: Sequence[Row]) -> dict[str, int]:
    """Find the passages of a library that say what the contexts say, whatever they are split at."""
    wanted = [text for text in (" ".join(context.split()) for context in contexts) if text]
    found = {}
    for row in passages:
        text = " ".join(row.text.split())
        inside = len(text.split()) >= FEWEST_WORDS
        if any(context in text or (inside and text in context) for context in wanted):
            found[row.id] = ANSWERS
    return found
