"""Name the tasks of our notes that answer a golden question, by one rule for both halves.

    python -m eval.label_tasks --home HOME            what would be added
    python -m eval.label_tasks --home HOME --write    … and adds it to the files of questions

A task (“How to …”) is evidence of a question that asks how something is done, of the same section,
when its title asks the same (cosine of ALIKE or more) and one passage of it shows every key point.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.asked import Encode
from assistant.export import write_atomically
from assistant.search import Searcher
from assistant.settings import load_settings
from eval.golden_places import text_of
from eval.golden_set import FILES, GoldenQuestion, load_golden
from eval.questions import NOTE, TERM_WORDS, Question, Row, holds, load, plain, rows
from eval.suite import GOLDEN
from ingest.errors import ModelMissing

# Read on the development half: of the pairs from 0.6 up all ask the same, below it every second one
# asks something beside it ("train word2vec on my texts" and "save and load word vectors").
ALIKE = 0.6
HOW = ("how", "how-to")
TASK = "How to "


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is held against tasks; `file` is where it stands, `named` its evidence."""

    file: Path
    id: str
    question: str
    section_ids: tuple[str, ...]
    key_points: tuple[tuple[str, ...], ...]
    named: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Label:
    """A task that answers a question, how alike both are, and the words that show its points."""

    asked: Asked
    section_id: str
    title: str
    alike: float
    words: tuple[str, ...]


def asked_how() -> tuple[Asked, ...]:
    """Read the answerable questions of all files, both halves, that ask how something is done."""
    found = [held(FILES[q.split], q) for q in load_golden() if q.type in HOW]
    for name in ("dev", "refusals"):
        file = GOLDEN / f"{name}.yaml"
        found += [held(file, q) for q in load(file) if q.type in HOW and q.key_points]
    return tuple(found)


def held(file: Path, question: GoldenQuestion | Question) -> Asked:
    """Describe a question as it is held against tasks."""
    return Asked(
        file,
        question.id,
        question.question,
        question.section_ids,
        question.key_points,
        frozenset((e.url, e.heading) for e in question.evidence),
    )


def tasks_of(passages: Iterable[Row]) -> Mapping[tuple[str, str], tuple[Row, ...]]:
    """Gather the passages of every task, by its section and title."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in passages:
        title = row.heading_path[-1] if row.kind == "note" and row.heading_path else ""
        for section_id in row.section_ids if title.startswith(TASK) else ():
            found.setdefault((section_id, title), []).append(row)
    return {key: tuple(held) for key, held in found.items()}


def labels(
    questions: Sequence[Asked],
    tasks: Mapping[tuple[str, str], Sequence[Row]],
    encode: Encode,
) -> tuple[Label, ...]:
    """Find the tasks that answer each question and are not named yet, the most alike first."""
    titles = list(tasks)
    alike = encode([q.question for q in questions]) @ encode([title for _, title in titles]).T
    found = []
    for place, asked in enumerate(questions):
        for column, (section_id, title) in enumerate(titles):
            new = (f"{NOTE}{section_id}", title) not in asked.named
            if section_id not in asked.section_ids or alike[place, column] < ALIKE or not new:
                continue
            words = words_of(asked.key_points, tasks[section_id, title])
            if words:
                found.append(Label(asked, section_id, title, float(alike[place, column]), words))
    return tuple(sorted(found, key=lambda label: -label.alike))


def words_of(points: Sequence[Sequence[str]], passages: Iterable[Row]) -> tuple[str, ...]:
    """Give a word for every key point, all shown by one passage; empty when none shows them all."""
    for row in passages:
        text = plain(text_of(row))
        shown = [
            next((w for w in point if holds(text, w) and len(w.split()) <= TERM_WORDS), "")
            for point in points
        ]
        if all(shown):
            return tuple(shown)
    return ()


# ── the files ───────────────────────────────────────────────────────────────────────────────────


def added(text: str, label: Label, entry: Callable[[Label], str]) -> str:
    """Put one more entry behind the evidence of a question, all else as it is."""
    # Up to the next question; what belongs to the evidence is indented deeper than its name.
    block = re.search(
        rf"^- id: {re.escape(label.asked.id)}\n(?:(?!- )[^\n]*\n)*?  evidence:\n(?:    [^\n]*\n)+",
        text,
        re.M,
    )
    if not block:
        raise ValueError(f"{label.asked.file.name} holds no evidence of {label.asked.id}")
    return text[: block.end()] + entry(label) + text[block.end() :]


def entry_of(label: Label) -> str:
    """Write an entry in the form of the question's file."""
    title = label.title.replace('"', '\\"')
    lines = [f"    - url: {NOTE}{label.section_id}", f'      heading: "{title}"']
    if label.asked.file not in FILES.values():
        lines.append(f"      contains: [{', '.join(map(quoted, label.words))}]")
    return "\n".join(lines) + "\n"


def quoted(word: str) -> str:
    """Write a word for a YAML list."""
    return word if re.fullmatch(r"[A-Za-z][\w -]*", word) else f'"{word}"'


def write(found: Iterable[Label]) -> None:
    """Add every label to its file."""
    for label in found:
        text = label.asked.file.read_text(encoding="utf-8")
        write_atomically(label.asked.file, added(text, label, entry_of).encode())


def main(arguments: list[str] | None = None) -> None:
    """Print what would be named, and with --write name it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", help="one that holds what ships")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    searcher = Searcher(load_settings(options.home))
    if searcher.embedder is None:
        raise ModelMissing("the home has no vectors: run `studypath ingest --offline` there")
    found = labels(asked_how(), tasks_of(rows(searcher.library)), searcher.embedder.encode)
    for label in found:
        sys.stdout.write(
            f"{label.alike:.2f} {label.asked.file.stem}/{label.asked.id}: {label.asked.question}"
            f" -> {label.title} ({', '.join(label.words)})\n"
        )
    if options.write:
        write(found)


if __name__ == "__main__":
    main()
