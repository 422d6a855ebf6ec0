"""Lines of a plan, and how they are cut to the time there is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.mastery import WEAK
from assistant.steps import Step, is_done
from assistant.view import View, needs_quiz
from ingest.curriculum import Section

# The shortest piece of a thing worth beginning, by what is done.
SMALLEST = {"watch": 5, "read": 5, "practise": 10, "exercise": 10}
QUIZ, FEWEST = 8, 3  # questions on a section, and the fewest worth asking


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plan; `action` is review, read, watch, practise, quiz or exercise.

    `of` are the minutes that the whole takes, `left` those to its end, `source` says where the
    estimate comes from;
    `resource_id` is the id to mark it done with, empty for reviews, quizzes and exercises.
    """

    action: str
    section_id: str
    topic: str
    title: str
    url: str | None
    minutes: int
    reason: str
    resource_id: str = ""
    of: int = 0
    left: int = 0
    source: str = ""
    count: int = 0


def section_lines(view: View, section: Section, reason: str) -> list[Line]:
    """List the lines of what is left in a section, its quiz last."""
    lines = [
        step_line(view, step, reason)
        for step in view.steps[section.id]
        if not is_done(step, view.standing)
    ]
    if not needs_quiz(view, section.id):
        return lines
    items = view.items[section.id]
    answered = [view.standing.answered[i.id] for i in items if i.id in view.standing.answered]
    why = f"{reason}; to check what you learnt there"
    if answered:
        right = sum(share >= WEAK for share in answered)
        why = f"{reason}; you had {right} of {len(answered)} questions right"
    return [*lines, quiz_line(view, section, "", min(QUIZ, len(items)), why)]


def step_line(view: View, step: Step, reason: str) -> Line:
    """Write a step as a line, with the minutes that are left of it."""
    whole = step.estimate.minutes
    spent = view.standing.spent.get(step.key, 0.0)
    left = minutes_left(step.action, whole, spent)
    told = [reason, step.mark]
    if step.key in view.standing.begun:
        told.append(begun_words(spent, whole))
    return Line(
        action=step.action,
        section_id=step.section_id,
        topic="",
        title=step.title,
        url=step.url,
        minutes=left,
        left=left,
        reason="; ".join(filter(None, told)),
        resource_id="" if step.action == "exercise" else step.key,
        of=whole,
        source=step.estimate.source,
    )


def begun_words(spent: float, whole: int) -> str:
    """Say how far a thing that was begun is."""
    if spent >= whole:
        return f"you were at it for {spent:.0f} min, longer than estimated: is it done?"
    return f"go on where you stopped, after {spent:.0f} min" if spent else "you have begun it"


def minutes_left(action: str, whole: int, spent: float) -> int:
    """Give what is left of an estimate; what took longer than that still takes a piece."""
    return min(whole, max(SMALLEST.get(action, 1), round(whole - spent)))


def quiz_line(view: View, section: Section, topic: str, count: int, reason: str) -> Line:
    """Plan a quiz of some questions."""
    minutes = max(1, round(count * view.pace[1]))
    of = f": {topic}" if topic else ""
    title = f"{count} question{'' if count == 1 else 's'} on {section.title}{of}"
    source = f"{count} at {view.pace[1]:.2g} min each"
    return Line(
        "quiz", section.id, topic, title, None, minutes, reason,
        of=minutes, left=minutes, source=source, count=count,
    )  # fmt: skip


def fitted(lines: Sequence[Line], minutes: int, has_more: bool = False) -> list[Line]:
    """Take lines in order while they fit; the last one may be cut to the time that is left.

    A quiz is asked with fewer questions; a piece too short to begin with is left for another day,
    unless there is nothing else (`has_more` says that there is).
    """
    taken: list[Line] = []
    for line in lines:
        left = minutes - total(taken)
        if line.minutes <= left:
            taken.append(line)
            continue
        if piece := cut(line, left, has_more or bool(taken)):
            taken.append(piece)
        break
    return taken


def cut(line: Line, left: int, has_more: bool) -> Line | None:
    """Cut a line to the time left, or None when no piece of it is worth beginning."""
    if left < 1:
        return None
    if line.action == "quiz":
        return fewer(line, left)
    if left < SMALLEST[line.action] and has_more:
        return None
    return replace(line, minutes=left)


def fewer(line: Line, left: int) -> Line | None:
    """Ask fewer questions, at least three."""
    count = int(left / (line.minutes / line.count))
    if count < FEWEST:
        return None
    title = line.title.replace(f"{line.count} question", f"{count} question", 1)
    return replace(
        line, minutes=min(left, round(count * line.minutes / line.count)), count=count, title=title
    )


def total(lines: Sequence[Line]) -> int:
    """Add up minutes."""
    return sum(line.minutes for line in lines)
