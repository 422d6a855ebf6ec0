"""The study notes: their form, their wording, and every snippet they show."""

import ast
import csv
import gzip
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from ingest.curriculum import Curriculum

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "corpus" / "notes"
NOTES = tuple(sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md"))
WORDS_ALLOWED = range(1500, 2801)
SNIPPET_SECONDS = 180  # for all snippets of one note; the slowest note so far takes about 5

FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(?P<marks>#{1,6}) (?P<text>.+)$", re.MULTILINE)
WORD = re.compile(r"[^\W_](?:[\w'’-]*[^\W_])?")
LIST_MARK = re.compile(r"^\s*(?:[-*]|\d+\.)\s+")
HINT_MARK = re.compile(r"^(?:Hint \d|Solution sketch): ")
DANGLING = re.compile(
    r"(?:This|That|These|Those|It|Its|They|Their|Them|He|She|However|Such|Thus|Therefore|Hence|"
    r"Moreover|Furthermore|Also|But|And|So|Instead|Otherwise|Here|There|As (?:shown|we|you|said)|"
    r"The (?:former|latter|above|following))\b"
)
ABOUT_THE_TEXT = re.compile(
    r"\b(?:(?:in|of) th(?:is|e (?:next|previous|following)) (?:section|chapter|note|article|page)"
    r"|as we (?:saw|see|will|have)|we (?:saw|will see)|see (?:above|below)|(?:shown|described|"
    r"mentioned|listed|discussed) (?:above|below|earlier|later)|the table (?:above|below)"
    r"|let(?:'s|’s| us))\b",
    re.IGNORECASE,
)
FILLER = re.compile(
    r"a|an|and|as|at|basic|by|for|from|how|in|is|of|on|or|the|their|them|to|versus|vs|what|when|"
    r"why|with"
)

# Runs the snippets read from standard input, each in its own namespace, in one interpreter per
# note: a snippet cannot see another's names, nor this process.
RUNNER = """
import contextlib, io, json, sys, traceback
results = []
for name, code in json.load(sys.stdin):
    printed, error = io.StringIO(), ""
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(code, name, "exec"), {"__name__": "__main__"})
        except Exception:
            error = traceback.format_exc()
    results.append([printed.getvalue(), error])
json.dump(results, sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A Python fence of a note; `shown` is the text fence that follows it, None without one."""

    line: int
    code: str
    runs: bool
    shown: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and what stands between it and the next heading, code included."""

    level: int
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A note as read from disk: front matter, and the Markdown after it."""

    path: Path
    matter: dict[str, Any]
    body: str
    first_line: int

    @property
    def parts(self) -> tuple[Part, ...]:
        masked = FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), self.body)
        marks = list(HEADING.finditer(masked))
        ends = [mark.start() for mark in marks[1:]] + [len(self.body)]
        return tuple(
            Part(len(mark["marks"]), mark["text"].strip(), self.body[mark.end() : end].strip())
            for mark, end in zip(marks, ends, strict=True)
        )


def read_note(path: Path) -> Note:
    text = path.read_text(encoding="utf-8")
    opening, matter, body = text.split("---\n", 2)
    assert opening == "", f"{path.name}: front matter must open the file"
    return Note(path, yaml.safe_load(matter), body, 1 + len((opening + matter).splitlines()) + 2)


def snippets(note: Note) -> tuple[Snippet, ...]:
    fences = list(FENCE.finditer(note.body))
    found = []
    for fence, following in zip(fences, [*fences[1:], None], strict=True):
        info = fence["info"].split()
        if not info or info[0] != "python":
            continue
        assert info in (["python"], ["python", "no-run"]), (
            f"{note.path.name}: fence {fence['info']}"
        )
        adjacent = following and not note.body[fence.end() : following.start()].strip()
        shown = (
            following["body"] if following and adjacent and following["info"] == "text" else None
        )
        line = note.first_line + note.body[: fence.start()].count("\n")
        found.append(Snippet(line, fence["body"], info == ["python"], shown))
    return tuple(found)


def blocks(text: str) -> tuple[str, ...]:
    """Paragraphs, lists and tables of a Markdown text without its code blocks."""
    return tuple(
        part.strip() for part in re.split(r"\n\s*\n", FENCE.sub("\n\n", text)) if part.strip()
    )


def units(text: str) -> tuple[str, ...]:
    """Paragraphs and single list items; no tables, headings or code, inline code as one word."""
    found: list[str] = []
    for block in blocks(text):
        if block.startswith(("|", "#")):
            continue
        lines = block.splitlines()
        items = lines if all(LIST_MARK.match(line) for line in lines) else [" ".join(lines)]
        found += [
            HINT_MARK.sub("", LIST_MARK.sub("", re.sub(r"`[^`]*`", "code", item))) for item in items
        ]
    return tuple(found)


def sentences(text: str) -> tuple[str, ...]:
    ends = r"(?<=[.!?:])[\"”)]*\s+(?=[\"“(]?[A-Z])"
    return tuple(sentence for unit in units(text) for sentence in re.split(ends, unit) if sentence)


def word_count(note: Note) -> int:
    return len(WORD.findall(FENCE.sub("", note.body)))


def syllables(word: str) -> int:
    """A rule of thumb: groups of vowels, less a silent final e; good enough for an average."""
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    silent = re.search(r"[^aeiouyl]e$|[^dt]ed$", word.lower()) is not None
    return max(1, groups - silent)


def readability(note: Note) -> tuple[float, float]:
    """Flesch reading ease and mean words per sentence of the prose (no tables, no code)."""
    lines = sentences(note.body)
    words = [word for line in lines for word in WORD.findall(line)]
    length = len(words) / len(lines)
    return 206.835 - 1.015 * length - 84.6 * sum(map(syllables, words)) / len(words), length


def terms(text: str) -> frozenset[str]:
    """Lower-case content words, plural s dropped."""
    words = (word.lower() for word in WORD.findall(text.replace("-", " ")))
    return frozenset(word.removesuffix("s") for word in words if not FILLER.fullmatch(word))


def plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().lower()


every_note = pytest.mark.parametrize("path", NOTES, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def path_of_the_repo() -> "Curriculum":
    module = pytest.importorskip("ingest.curriculum")
    file = ROOT / "corpus" / "learning_path.md"
    if not file.exists():
        pytest.skip("corpus/learning_path.md is not there yet")
    curriculum: Curriculum = module.load(file)
    return curriculum


def test_there_are_notes() -> None:
    assert NOTES


@every_note
def test_front_matter(path: Path) -> None:
    note = read_note(path)
    assert set(note.matter) == {"section", "title", "checked_against"}
    assert note.matter["section"] == path.stem
    urls = note.matter["checked_against"]
    assert urls
    assert len(urls) == len(set(urls))
    assert all(re.fullmatch(r"https?://\S+", url) for url in urls)


@every_note
def test_checked_pages_are_in_the_capture(path: Path, capture: Path) -> None:
    with gzip.open(capture / "provenance.csv.gz", "rt", encoding="utf-8", newline="") as file:
        captured = {row[0] for row in csv.reader(file)}
    assert [url for url in read_note(path).matter["checked_against"] if url not in captured] == []


@every_note
def test_headings(path: Path) -> None:
    note = read_note(path)
    first, *others = note.parts
    assert (first.level, first.heading) == (1, note.matter["title"])
    assert len(blocks(first.text)) == 1, "one paragraph stands under the title"
    assert {part.level for part in others} == {2, 3}
    headings = [plain(part.heading) for part in note.parts]
    assert [heading for heading in headings if headings.count(heading) > 1] == []
    chapters = [part.heading for part in note.parts if part.level == 2]
    assert chapters[-2:] == ["Exercises", "Go deeper"]


@every_note
def test_every_heading_opens_with_prose(path: Path) -> None:
    bare = [
        part.heading
        for part in read_note(path).parts
        if part.heading != "Exercises"
        and (not blocks(part.text) or not re.match(r"[\w\"“`]", blocks(part.text)[0]))
    ]
    assert bare == []


@every_note
def test_first_sentence_names_its_concept(path: Path) -> None:
    """A sentence may be quoted alone, so a definition says what it defines."""
    nameless = [
        part.heading
        for part in read_note(path).parts
        if part.level > 1
        and not part.heading.startswith(("How to ", "Exercise", "Go deeper"))
        and not terms(part.heading) & terms(sentences(part.text)[0])
    ]
    assert nameless == []


@every_note
def test_sentences_stand_alone(path: Path) -> None:
    lines = sentences(read_note(path).body)
    assert [line for line in lines if DANGLING.match(line.lstrip('"“('))] == []
    assert [line for line in lines if ABOUT_THE_TEXT.search(line)] == []


@every_note
def test_length(path: Path) -> None:
    assert word_count(read_note(path)) in WORDS_ALLOWED


@every_note
def test_topics_of_the_path_have_headings(path: Path, path_of_the_repo: "Curriculum") -> None:
    note = read_note(path)
    section = path_of_the_repo.section(note.matter["section"])
    assert note.matter["title"] == section.title
    chapters = [terms(part.heading) for part in note.parts if part.level == 2]
    missing = [
        topic.text
        for topic in section.topics
        # Three quarters of the words: the heading may shorten a long topic, not replace it.
        if not any(
            len(terms(topic.text) & chapter) >= 0.75 * len(terms(topic.text))
            for chapter in chapters
        )
    ]
    assert missing == []


@every_note
def test_exercises_of_the_path_have_headings(path: Path, path_of_the_repo: "Curriculum") -> None:
    note = read_note(path)
    section = path_of_the_repo.section(note.matter["section"])
    parts = {plain(part.heading): part.text for part in note.parts if part.level == 3}
    for exercise in section.exercises:
        text = parts.get(plain(f"{exercise.kind} {exercise.text}"))
        assert text is not None, f"no heading '### {exercise.kind.title()}: {exercise.text}'"
        marks = [block.split(": ")[0] for block in blocks(text) if HINT_MARK.match(block)]
        assert marks == ["Hint 1", "Hint 2", "Hint 3", "Solution sketch"], exercise.text


@every_note
def test_go_deeper_orders_the_linked_resources(path: Path, path_of_the_repo: "Curriculum") -> None:
    note = read_note(path)
    section = path_of_the_repo.section(note.matter["section"])
    items = [line for line in note.parts[-1].text.splitlines() if re.match(r"\d+\. ", line)]
    assert [item for item in items if not re.search(r"about \d+ minutes", item)] == []
    missing = [
        resource.title
        for resource in section.resources
        if resource.url and not any(terms(resource.title) <= terms(item) for item in items)
    ]
    assert missing == []


@every_note
def test_snippets(path: Path, tmp_path: Path) -> None:
    check_snippets(read_note(path), tmp_path)


def check_snippets(note: Note, folder: Path) -> None:
    """Every runnable snippet runs and prints what the note shows; the others at least parse."""
    for snippet in snippets(note):
        ast.parse(snippet.code, f"{note.path.name}:{snippet.line}")
    run = [snippet for snippet in snippets(note) if snippet.runs]
    jobs = [(f"{note.path.name}:{snippet.line}", snippet.code) for snippet in run]
    done = subprocess.run(
        [sys.executable, "-c", RUNNER],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"},
        timeout=SNIPPET_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for (name, _), snippet, (printed, error) in zip(
        jobs, run, json.loads(done.stdout), strict=True
    ):
        assert not error, f"{name}\n{error}"
        assert printed.rstrip() == (snippet.shown or "").rstrip(), name


@every_note
def test_checklist_is_up_to_date(path: Path) -> None:
    """The figures of the checklist are the measured ones, and a second reading is on record."""
    note = read_note(path)
    checklist = (FOLDER / "README.md").read_text(encoding="utf-8")
    ease, length = readability(note)
    run = sum(snippet.runs for snippet in snippets(note))
    figures = f"| {run} | {word_count(note)} | {ease:.0f} | {length:.1f} |"
    row = next((line for line in checklist.splitlines() if f"[{path.stem}]" in line), "")
    assert row.endswith(figures), f"corpus/notes/README.md: the row of {path.stem} ends {figures}"
    assert f"## {path.stem}" in checklist, "the corrections of the second reading are not on record"
