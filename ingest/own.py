"""What ships with studypath as documents: the path, a card per section, notes with their pages."""

import re
from pathlib import Path

from corpus import how_to, notes, questions
from ingest.curriculum import Curriculum, Hours, ScheduleLine, Section
from ingest.extract import Document, read_markdown
from ingest.library import SourceRow

NOTES = "studypath://notes/"
PATH = "studypath://path#"
ENTRY = re.compile(r"^## (?=How to |.+\?$)", re.M)  # a task, or a question


def own_documents(curriculum: Curriculum, path_text: str) -> list[tuple[SourceRow, Document]]:
    """Build the section cards of a path and read the notes whose section is in it."""
    as_of = ""
    cards = [card_document(curriculum, section, as_of) for section in curriculum.sections]
    if curriculum.general.resources:
        cards.append(card_document(curriculum, curriculum.general, as_of))
    if curriculum.schedule:
        cards.append(schedule_document(curriculum, as_of))
    known = {section.id: section for section in curriculum.sections}
    ours = [
        note_document(file.stem, whole_note(file), known[file.stem].title)
        for file in notes()
        if file.stem in known
    ]
    return [(row_of(document), document) for document in (*cards, *ours)]


def card_document(curriculum: Curriculum, section: Section, as_of: str) -> Document:
    """Write one section of the path as a readable card without its link addresses."""
    hours = f" · {hours_text(section.hours)}" if section.hours else ""
    lines = [f"# {section.title}", "", f"{curriculum.place(section.id)}{hours}", ""]
    if section.concept:
        lines += [section.concept, ""]
    lines += listing("Topics", [topic.text for topic in section.topics])
    for kind, heading in (
        ("exercise", "Practical exercises"),
        ("requirement", "Project requirements"),
        ("deliverable", "Deliverables"),
    ):
        lines += listing(heading, [e.text for e in section.exercises if e.kind == kind])
    lines += listing("Resources", [f"{r.kind.capitalize()}: {r.title}" for r in section.resources])
    return read_markdown(
        "\n".join(lines),
        id=f"path/{section.id}",
        url=f"{PATH}{section.id}",
        title=section.title,
        kind="path",
        fetched_at=as_of,
    )


def schedule_document(curriculum: Curriculum, as_of: str) -> Document:
    """Write the weekly schedule of the path as one document."""
    lines = ["# Weekly schedule", ""]
    lines += [f"- {schedule_text(line)}" for line in curriculum.schedule]
    return read_markdown(
        "\n".join(lines),
        id="path/schedule",
        url=f"{PATH}schedule",
        title="Weekly schedule",
        kind="path",
        fetched_at=as_of,
    )


def schedule_text(line: ScheduleLine) -> str:
    """Say one line of the schedule with its time."""
    if line.minutes is None:
        return f"{line.day}: {line.text}"
    low, high = (Hours(m / 60, m / 60) for m in line.minutes)
    time = hours_text(Hours(low.low, high.high))
    joint = " " if line.text == "per day" else ": "
    return f"{line.day}: {time}{joint}{line.text}"


def whole_note(file: Path) -> str:
    """Read a note with its pages of tasks and questions as its last chapters: one document."""
    chapters = [file.read_text(encoding="utf-8").rstrip()]
    for page in (how_to(file.stem), questions(file.stem)):
        if page.exists():
            chapters.append(chapter(page.read_text(encoding="utf-8")))
    return "\n\n".join(chapters) + "\n"


def chapter(page: str) -> str:
    """Write a page as a chapter of a note, with its tasks or questions one level down.

    What the page says of itself, before its first entry, answers nothing and is left out.
    """
    _, _, body = page.partition("\n# ")
    title, _, rest = body.partition("\n")
    _, first, entries = rest.partition("## ")
    return f"## {title}\n\n{ENTRY.sub('### ', first + entries)}".rstrip()


def note_document(section_id: str, text: str, title: str) -> Document:
    """Read one note that ships with studypath."""
    return read_markdown(
        text,
        id=f"note/{section_id}",
        url=f"{NOTES}{section_id}",
        title=title,
        kind="note",
        fetched_at="",
    )


def row_of(document: Document) -> SourceRow:
    """Write the ledger row of a document that ships with studypath."""
    section_id = document.id.split("/", 1)[1]
    return SourceRow(
        resource_id=document.id,
        kind=document.kind,
        title=document.title,
        url=document.url,
        resolved_url=document.url,
        section_ids=() if section_id == "schedule" else (section_id,),
        status="indexed",
        reason="",
        passages=0,
        bytes=len(document.text.encode()),
        fetched_at=document.fetched_at,
    )


def listing(heading: str, items: list[str]) -> list[str]:
    """Write a headed list, or nothing for no items."""
    return [f"## {heading}", "", *(f"- {item}" for item in items), ""] if items else []


def hours_text(hours: Hours) -> str:
    """Say an estimate in words, such as "5–6 hours" or "30–90 minutes"."""
    if hours.high < 2 and (hours.low % 1 or hours.high % 1):
        low, high = f"{60 * hours.low:.0f}", f"{60 * hours.high:.0f}"
        return f"{low} minutes" if low == high else f"{low}–{high} minutes"
    low, high = f"{hours.low:g}", f"{hours.high:g}"
    if low == high:
        return f"{low} hour" if low == "1" else f"{low} hours"
    return f"{low}–{high} hours"
