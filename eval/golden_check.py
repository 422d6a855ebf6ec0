"""Check the golden set: its form, its evidence in the library at hand, and what is said twice.

    python -m eval.golden_check [--home HOME] [--json]

Prints counts and a line for every problem; the exit code is 2 when there is one. Our notes are in
every home; a page that the home does not hold is counted as not checkable, never as a problem.
What only needs a look, such as a passage that holds all words of a question to be refused, is
listed apart.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

import corpus
from assistant.settings import load_settings
from eval.golden_places import (
    ABSENT,
    FOUND,
    NOT_CHECKABLE,
    Resolved,
    resolve_golden,
    text_of,
)
from eval.golden_set import (
    ANSWERED,
    FOLDER,
    REFUSED,
    GoldenQuestion,
    load_golden,
    shown,
    unknown_sections,
)
from eval.questions import SPLITS, Row, headings_of, load, plain, rows
from eval.sentences import runs, words_of
from ingest.analysis import STOP_WORDS
from ingest.curriculum import load as load_curriculum
from ingest.embed import question_embedder
from ingest.errors import StudypathError
from ingest.library import open_library

Encode = Callable[[Sequence[str]], NDArray[np.float32]]

# What the set promises: fewest questions of each kind, and of a section.
LEAST = MappingProxyType(
    {"answerable": 230, "with a page": 120, "off-path": 60, "near-miss": 60, "false-premise": 20}
)
LEAST_IN_SECTION = 5
LEAST_OF_TYPE = 10
# The halves may differ by so many questions of one section, and by this share of one type.
APART, APART_SHARE = 1, 0.2
BORROWED = 9  # words in a row that are a page's own; shorter runs are common phrases
NEAR = 0.92  # cosine from which two questions ask the same
# Words of questions that say nothing about their subject, beside the index's own stop words.
IDLE = frozenset({"differ", "difference", "does", "use", "used", "work", "works", "write"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one question (or with the set as a whole: no id)."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome: counts by name, what is wrong, and what a person should look at."""

    counts: dict[str, int]
    problems: tuple[Problem, ...]
    to_look_at: tuple[Problem, ...]


def check(
    questions: Sequence[GoldenQuestion],
    passages: Sequence[Row],
    resolved: Resolved,
    sections: Collection[str],
    encode: Encode,
    before: Sequence[str] = (),
) -> Check:
    """Check everything; `before` are development questions that a fresh one must not repeat."""
    problems = [
        *of_sections(questions, sections),
        *of_amounts(questions),
        *of_evidence(questions, resolved),
        *of_points(questions, resolved),
        *of_borrowing(questions, passages),
        *of_repeats(questions, before, encode),
    ]
    looks = tuple(of_refusals(questions, passages))
    return Check(counts_of(questions, resolved), tuple(problems), looks)


def of_sections(
    questions: Iterable[GoldenQuestion], sections: Collection[str]
) -> Iterator[Problem]:
    """Find unknown sections, sections with too few questions and halves that are not alike."""
    halves: Counter[tuple[str, str]] = Counter()
    for question in questions:
        for section_id in unknown_sections(question, sections):
            yield Problem(question.id, f"the path has no section “{section_id}”")
        halves.update((section_id, question.split) for section_id in question.section_ids[:1])
    for section_id in sections:
        dev, test = (halves[section_id, split] for split in SPLITS)
        if dev + test < LEAST_IN_SECTION:
            yield Problem("", f"{section_id} has {dev + test} questions of {LEAST_IN_SECTION}")
        if abs(dev - test) > APART:
            yield Problem("", f"{section_id} has {dev} questions in dev and {test} in test")


def of_amounts(questions: Sequence[GoldenQuestion]) -> Iterator[Problem]:
    """Find kinds of questions of which there are too few, or too few in one half."""
    for name, least in LEAST.items():
        if (number := counted(questions)[name]) < least:
            yield Problem("", f"{number} questions are {name}: there should be {least}")
    by_type = Counter((question.type, question.split) for question in questions)
    for kind in (*ANSWERED, *REFUSED):
        dev, test = (by_type[kind, split] for split in SPLITS)
        if dev + test < LEAST_OF_TYPE:
            yield Problem("", f"{dev + test} questions are of type {kind}, of {LEAST_OF_TYPE}")
        if abs(dev - test) > APART_SHARE * (dev + test):
            yield Problem("", f"type {kind} has {dev} questions in dev and {test} in test")


def of_evidence(questions: Iterable[GoldenQuestion], resolved: Resolved) -> Iterator[Problem]:
    """Find places that the library does not have, and sentences that stand under other headings."""
    for question in questions:
        for one in resolved.standings.get(question.id, ()):
            spot = one.place
            if one.state == ABSENT:
                lost = f"sentence {spot.sentence}" if spot.is_page else f"heading “{spot.heading}”"
                yield Problem(question.id, f"{spot.url} has no {lost}")
            elif (
                one.state == FOUND
                and spot.is_page
                and not any(stands_under(spot.heading, row) for row in one.passages)
            ):
                yield Problem(question.id, f"{spot.url}: not under “{spot.heading}”")


def stands_under(heading_path: str, row: Row) -> bool:
    """Say whether a passage has the last of a page's headings, written "outer > inner"."""
    return not heading_path or plain(heading_path.split(" > ")[-1]) in headings_of(row)


def of_points(questions: Iterable[GoldenQuestion], resolved: Resolved) -> Iterator[Problem]:
    """Find key points that reference or evidence do not show, or that the question gives away."""
    for question in questions:
        if question.refuse:
            continue
        standings = resolved.standings.get(question.id, ())
        evidence = " ".join(text_of(row) for one in standings for row in one.passages)
        for name, text in (("reference", question.reference), ("evidence", evidence)):
            for point, there in zip(question.key_points, shown(question, text), strict=True):
                if not there:
                    yield Problem(question.id, f"the {name} does not show “{' / '.join(point)}”")
        asked = " ".join([*question.before, question.question])
        for point, there in zip(question.key_points, shown(question, asked), strict=True):
            if there:
                yield Problem(question.id, f"the question gives away “{' / '.join(point)}”")


def of_borrowing(questions: Iterable[GoldenQuestion], passages: Iterable[Row]) -> Iterator[Problem]:
    """Find words in a row that stand on a page of the web, too."""
    ours = {
        run: question.id
        for question in questions
        for text in (question.question, *question.before, question.reference, question.premise)
        for run in runs(text, BORROWED)
    }
    told: set[str] = set()
    for row in passages:
        if row.kind in ("note", "path"):
            continue
        for run in runs(row.text, BORROWED) & ours.keys():
            if ours[run] not in told:
                told.add(ours[run])
                yield Problem(ours[run], f"“{' '.join(run)}” stands on {row.urls[0]}")


def of_repeats(
    questions: Sequence[GoldenQuestion], before: Sequence[str], encode: Encode
) -> Iterator[Problem]:
    """Find questions that ask what another one asks, or what a development question asked."""
    asked = [" ".join([*question.before, question.question]) for question in questions]
    ours = encode(asked)
    for i, j in np.argwhere(np.triu(ours @ ours.T, k=1) > NEAR):
        yield Problem(questions[i].id, f"asks what {questions[j].id} asks")
    test = [i for i, question in enumerate(questions) if question.split == "test"]
    if test and before:
        for i, j in np.argwhere(ours[test] @ encode(before).T > NEAR):
            yield Problem(questions[test[i]].id, f"asks what “{before[j]}” asked before")


def of_refusals(questions: Iterable[GoldenQuestion], passages: Sequence[Row]) -> Iterator[Problem]:
    """Find passages that hold every telling word of a question to be refused."""
    folded = [(row, frozenset(word.text for word in words_of(text_of(row)))) for row in passages]
    for question in questions:
        telling = telling_words(question.question)
        if not question.refuse or len(telling) < 2:
            continue
        for row, words in folded:
            if telling <= words:
                yield Problem(question.id, f"{row.urls[0]} has {', '.join(sorted(telling))}")
                break


def telling_words(question: str) -> frozenset[str]:
    """List the words of a question that say what it is about."""
    words = (word.text for word in words_of(question))
    return frozenset(word for word in words if len(word) > 2 and word not in IDLE | STOP_WORDS)


def counted(questions: Sequence[GoldenQuestion]) -> Counter[str]:
    """Count the questions by what the set promises of them."""
    counts = Counter({"answerable": sum(not question.refuse for question in questions)})
    counts["with a page"] = sum(question.has_page for question in questions)
    return counts + Counter(question.type for question in questions)


def counts_of(questions: Sequence[GoldenQuestion], resolved: Resolved) -> dict[str, int]:
    """Count questions by split and kind, and places by what became of them."""
    counts = {"questions": len(questions)}
    counts |= {split: sum(q.split == split for q in questions) for split in SPLITS}
    counts |= dict(counted(questions))
    for pages, name in ((False, "headings of ours"), (True, "sentences of pages")):
        for state in (FOUND, ABSENT, NOT_CHECKABLE)[: 3 if pages else 2]:
            counts[f"{name} {state}"] = resolved.count(state, pages=pages)
    return counts


def asked_before(folder: Path = FOLDER) -> list[str]:
    """Read the questions on which the product was developed so far."""
    found = [q for name in ("dev.yaml", "refusals.yaml") for q in load(folder / name)]
    return [question.question for question in found]


def report(outcome: Check) -> str:
    """Write the outcome for people: the counts, then a line for each problem."""
    lines = [f"{name:32} {number:5}" for name, number in outcome.counts.items()]
    for title, found in (("Problems", outcome.problems), ("To look at", outcome.to_look_at)):
        lines += ["", f"{title}: {len(found)}"]
        lines += [": ".join(filter(None, (one.id, one.text))) for one in found]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Check the set against one home; give 0, or 2 when something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", help="a library with the notes, and the pages to be checked")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    settings = load_settings(options.home)
    questions = load_golden()
    sections = [section.id for section in load_curriculum(corpus.learning_path()).sections]
    encode = question_embedder(settings.model, settings.cache).encode
    with open_library(settings.home) as library:
        passages = rows(library)
        resolved = resolve_golden(questions, library)
    outcome = check(questions, passages, resolved, sections, encode, asked_before())
    text = json.dumps({"schema": 1, **asdict(outcome)}) if options.json else report(outcome)
    sys.stdout.write(text + "\n")
    return 2 if outcome.problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StudypathError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
