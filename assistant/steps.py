"""What there is to do in a section, one step after the other; what cannot be read is replaced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.minutes import NOTE, Estimate, exercise_key, role
from assistant.standing import Standing
from ingest.curriculum import Resource, Section
from ingest.library import SourceRow

ORDER = ("watch", "read", "practise")
NOTES_URL = "studypath://notes/"
# A video is there to be watched also when its captions are not there to be read.
THERE = ("indexed", "unchanged", "partial", "no-captions")
# What to say of a resource that is replaced, by the status in the ledger.
WHY = {
    "not-found": "it is gone",
    "login-wall": "it is behind a login",
    "unreachable": "it does not answer",
    "no-text": "its page holds no text to read",
    "robots-denied": "it is closed to programs",
    "not-in-archive": "it is not in the library",
    "postponed": "it is not in the library yet",
    "skipped": "it is not in the library",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; `key` is its resource's id, or an exercise's key (`exercise_key`).

    `mark` says what it stands in for, and is empty for what the path itself names.
    """

    action: str
    section_id: str
    key: str
    title: str
    url: str | None
    estimate: Estimate
    mark: str = ""


def steps(
    section: Section, rows: Mapping[str, SourceRow], estimates: Mapping[str, Estimate]
) -> tuple[Step, ...]:
    """List a section's steps: videos, readings, practice, then its exercises.

    `rows` is the ledger by resource id, empty for none; a resource that it says was not read gives
    its place to another of its kind, else to our notes, else to whatever the section has.
    """
    linked = [r for r in section.resources if r.url is not None and role(r.kind)]
    lost = [r for r in linked if r.id in rows and rows[r.id].status not in THERE]
    kept = [step_of(r, rows, estimates) for r in linked if r not in lost]
    note = notes_step(section, estimates)
    found = [step for name in ORDER for step in kept if step.action == name]
    if note and (not any(step.action == "read" for step in found) or needs_note(lost, found)):
        place = next((i for i, step in enumerate(found) if step.action == "practise"), len(found))
        if any(role(r.kind) == "watch" for r in lost):
            place = 0
        found.insert(place, note)
    todo = [exercise_step(section, words.text, estimates) for words in section.exercises]
    return tuple(marked([*found, *todo], lost, rows))


def needs_note(lost: Sequence[Resource], found: Sequence[Step]) -> bool:
    """Say whether something was lost of which the section has no other of its kind."""
    left = {step.action for step in found}
    return any(role(resource.kind) not in left for resource in lost)


def step_of(
    resource: Resource, rows: Mapping[str, SourceRow], estimates: Mapping[str, Estimate]
) -> Step:
    """Make the step of a resource, with a mark when only a stand-in of it was read."""
    row = rows.get(resource.id)
    partial = row is not None and row.status == "partial"
    return Step(
        action=role(resource.kind),
        section_id=resource.section_id,
        key=resource.id,
        title=resource.title,
        url=(row.resolved_url if row and partial else None) or resource.url,
        estimate=estimates[resource.id],
        mark=row.reason if row and partial else "",
    )


def notes_step(section: Section, estimates: Mapping[str, Estimate]) -> Step | None:
    """Make the step of our notes, where the section has them."""
    key = NOTE + section.id
    if key not in estimates:
        return None
    title = f"Notes on {section.title}"
    return Step("read", section.id, key, title, NOTES_URL + section.id, estimates[key])


def exercise_step(section: Section, words: str, estimates: Mapping[str, Estimate]) -> Step:
    """Make the step of an exercise, a requirement or a deliverable."""
    key = exercise_key(section.id, words)
    return Step("exercise", section.id, key, words, None, estimates[key])


def marked(
    found: Sequence[Step], lost: Sequence[Resource], rows: Mapping[str, SourceRow]
) -> list[Step]:
    """Mark each step with what it stands in for."""
    marks: dict[int, list[str]] = {}
    for resource in lost:
        row = rows[resource.id]
        why = WHY.get(row.status, row.status)
        words = f"the {resource.kind} “{resource.title}” ({why})"
        marks.setdefault(stand_in(found, role(resource.kind)), []).append(words)
    return [
        replace(step, mark="; ".join(filter(None, (step.mark, f"in place of {listed(marks[i])}"))))
        if i in marks
        else step
        for i, step in enumerate(found)
    ]


def stand_in(found: Sequence[Step], wanted: str) -> int:
    """Choose the step that stands in for something lost: of its kind, else our notes, else any."""
    alike = (i for i, step in enumerate(found) if step.action == wanted)
    notes = (i for i, step in enumerate(found) if step.key.startswith(NOTE))
    return next(alike, next(notes, 0))


def listed(words: Sequence[str]) -> str:
    """Join words: "a, b and c"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def is_done(step: Step, standing: Standing) -> bool:
    """Say whether a step, or its section, was done."""
    words = step.key.partition("#")[2] if step.action == "exercise" else ""
    return (
        standing.finished(step.section_id)
        or step.key in standing.done
        or (step.section_id, words) in standing.exercises
    )
