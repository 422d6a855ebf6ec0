"""A learning path: its Markdown read into months, weeks, sections and what they hold.

Any path of this shape is read: `## Month 1: …`, `### Week 1: …`, `#### Section (5-6 hours)`, and
under a section labelled lists of topics, exercises and resources. Months or weeks may be missing:
their number is then 0. What stands elsewhere and names a resource belongs to the section `general`.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path

from ingest.errors import InputError
from ingest.outline import Piece, outline
from ingest.path_body import Body, Exercise, Topic, read_body
from ingest.path_lines import (
    EMOJI,
    Hours,
    Problem,
    Reference,
    block_label,
    label,
    links_in_prose,
    split_hours,
    written_hours,
)
from ingest.path_schedule import ScheduleLine, read_schedule
from ingest.path_scopes import Scope, introduction, scopes

__all__ = [
    "Curriculum",
    "Exercise",
    "Hours",
    "Month",
    "Problem",
    "Resource",
    "ScheduleLine",
    "Section",
    "Topic",
    "Week",
    "load",
    "parse",
    "render",
]

GENERAL = "general"
OWN = "own"  # where additions of the learner stand that belong to no section
OWN_TITLE = "Added by you"
GENERAL_TITLE = "Additional resources"
UNTITLED = "Untitled"
DEFAULT_TITLE = "Learning path"
# A path of 16 weeks is 40 kB; brackets without end cost the Markdown reader quadratic time.
LARGEST = 2_000_000
_LONGEST_SLUG = 80
_EXERCISES = {
    "exercise": "Practical exercises",
    "requirement": "Project requirements",
    "deliverable": "Deliverables",
}


@dataclass(frozen=True, slots=True)
class Resource:
    """A link or a named book, at its place in the path.

    `kind` is the lower-case word of its label; `link` is the address as written, `url` the one to
    fetch; both are None for what is only named.
    """

    id: str
    section_id: str
    kind: str
    title: str
    url: str | None
    link: str | None
    line: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a week; `line` to `end_line` are its lines in the file, both counted."""

    id: str
    title: str
    month: int
    week: int
    hours: Hours | None
    concept: str
    topics: tuple[Topic, ...]
    exercises: tuple[Exercise, ...]
    resources: tuple[Resource, ...]
    line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Week:
    """A week; number 0 holds the sections that stand in a month but in no week."""

    number: int
    month: int
    title: str
    hours: Hours | None
    sections: tuple[Section, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month; number 0 holds the weeks that stand in no month."""

    number: int
    title: str
    weeks: tuple[Week, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Curriculum:
    """A whole learning path, in the order of its file."""

    title: str
    intro: str
    months: tuple[Month, ...]
    general: Section
    schedule: tuple[ScheduleLine, ...]
    problems: tuple[Problem, ...]

    @property
    def sections(self) -> tuple[Section, ...]:
        """All sections of all weeks; `general` is not among them."""
        return tuple(s for month in self.months for week in month.weeks for s in week.sections)

    @property
    def resources(self) -> tuple[Resource, ...]:
        """All resources, those of `general` last."""
        return tuple(r for s in (*self.sections, self.general) for r in s.resources)

    def section(self, section_id: str) -> Section:
        """Return the section of an id; raises InputError with the nearest ids."""
        known = {section.id: section for section in (*self.sections, self.general)}
        if section_id not in known:
            near = ", ".join(get_close_matches(section_id, known, cutoff=0.5)) or ", ".join(
                list(known)[:3]
            )
            raise InputError(f"the path has no section '{section_id}': did you mean {near}?")
        return known[section_id]

    def place(self, section_id: str) -> str:
        """Say where a section stands: "Month 2 · Week 3 · Vector Database Fundamentals"."""
        if section_id == OWN:
            return OWN_TITLE
        section = self.section(section_id)
        month = f"Month {section.month}" if section.month else ""
        week = f"Week {section.week}" if section.week else ""
        return " · ".join(part for part in (month, week, section.title) if part)


def load(path: Path) -> Curriculum:
    """Read a learning path from a file; raises InputError for what cannot be read as one."""
    if path.is_dir():
        raise InputError(f"{path} is a folder: name the Markdown file of the path inside it")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"there is no file {path}: name the Markdown file of your path") from None
    except OSError as error:
        raise InputError(f"{path} cannot be opened ({error.strerror}): check its rights") from None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = f"byte 0x{content[error.start]:02X}"
        raise InputError(f"{path}:{line}: {byte} is not UTF-8: save the file as UTF-8") from None
    return parse(text, str(path))


def parse(text: str, name: str = "learning_path.md") -> Curriculum:
    """Read a learning path; `name` is what messages call it.

    Lines that could not be read as meant are in `problems`. Raises InputError when the text is
    empty, too long, without any link, or names two sections of one week alike.
    """
    if not text.strip("\ufeff \t\r\n"):
        raise InputError(f"{name} is empty: write months, weeks, sections and resources into it")
    if len(text) > LARGEST:
        raise InputError(
            f"{name} has {len(text):,} characters: a path may have {LARGEST:,}, so split it"
        )
    parts = scopes(outline(text), re.split(r"\r\n|\r|\n", text))
    curriculum = _Assembly(name).curriculum(parts)
    if not any(resource.url for resource in curriculum.resources):
        first = next((f" (line {p.line}: {p.message})" for p in curriculum.problems), "")
        raise InputError(f"{name} has no http or https link{first}: add [Title](https://…) lines")
    return curriculum


def render(curriculum: Curriculum) -> str:
    """Write a path as canonical Markdown: reading it gives the same path but for line numbers.

    Prose between sections, which the records do not hold, is not in it.
    """
    lines = [f"# {_text(curriculum.title)}", ""]
    for paragraph in curriculum.intro.split("\n\n") if curriculum.intro else ():
        lines += [_item(paragraph), ""]
    for month in curriculum.months:
        lines += [_heading(2, f"Month {month.number}", month.title), ""]
        for week in month.weeks:
            lines += [_heading(3, f"Week {week.number}", week.title), ""]
            if week.hours:
                lines += [f"**Time Investment: {written_hours(week.hours)}**", ""]
            for section in week.sections:
                lines += _section_lines(section)
    if curriculum.schedule:
        lines += ["## Weekly schedule", ""]
        for day, group in groupby(curriculum.schedule, key=lambda line: line.day):
            lines += [f"- **{_text(day)}:**", *(f"    {_schedule_line(line)}" for line in group)]
        lines += [""]
    if curriculum.general.resources:
        lines += [f"## {curriculum.general.title}", ""]
        lines += [line for r in curriculum.general.resources for line in _resource_lines(r)] + [""]
    return "\n".join(lines)


def _section_lines(section: Section) -> list[str]:
    hours = f" ({written_hours(section.hours)})" if section.hours else ""
    lines = [f"#### {_text(section.title)}{hours}", ""]
    if section.concept:
        lines.append(f"- **Concept:** {_text(section.concept)}")
    if section.topics:
        lines.append("- **Topics:**")
        lines += [f"{'    ' * (t.depth + 1)}- {_item(t.text)}" for t in section.topics]
    for kind, exercises in groupby(section.exercises, key=lambda exercise: exercise.kind):
        lines.append(f"- **{_EXERCISES[kind]}:**")
        lines += [f"    - {_item(exercise.text)}" for exercise in exercises]
    if section.resources:
        lines.append("- **Resources:**")
        lines += [f"    {line}" for r in section.resources for line in _resource_lines(r)]
    return [*lines, ""]


def _resource_lines(resource: Resource) -> list[str]:
    picture = next((f"{p} " for p, kind in EMOJI.items() if kind == resource.kind), "")
    name = resource.kind[:1].upper() + resource.kind[1:]
    name = "GitHub" if resource.kind == "github" else name
    name = name if name.lower() == resource.kind else resource.kind
    line = f"- {picture}**{_text(name)}:** "
    name = _text(resource.title)
    if resource.link is not None:
        name = f"[{name}]({_address(resource.link)})"
    # Words beside a bare title or address would be read as its title: they go below.
    if not resource.note or resource.title == resource.url or resource.link is None:
        below = [f"    - {_item(resource.note)}"] if resource.note else []
        return [f"{line}{name}", *below]
    return [f"{line}{name} {_text(resource.note)}"]


def _schedule_line(line: ScheduleLine) -> str:
    if line.minutes is None:
        return f"- {_text(line.text)}"
    low, high = line.minutes
    span = f"{low}" if low == high else f"{low}-{high}"
    return f"- **{span} minutes:** {_text(line.text)}".rstrip()


def _heading(level: int, number: str, title: str) -> str:
    return f"{'#' * level} {number}" + (f": {_text(title)}" if title else "")


def _item(text: str) -> str:
    """Write a text that stands alone so that its first words are not taken for a label."""
    is_label = label((Piece(text, 1),)) is not None
    return _text(text).replace(":", "\\:", 1) if is_label else _text(text)


def _text(text: str) -> str:
    """Escape what Markdown would read as more than text."""
    text = re.sub(r"[\\`*_\[\]<#]|&(?=#?\w+;)", r"\\\g<0>", text)
    text = re.sub(r"(https?):(?=//)", r"\1\\:", text, flags=re.IGNORECASE)
    text = re.sub(r"^[-+=>~]", r"\\\g<0>", text)
    return re.sub(r"^([0-9]+)(?=[.)])", r"\1\\", text)


def _address(link: str) -> str:
    link = re.sub(r"[\\<>&]", r"\\\g<0>", link) if re.search(r"[\\<>]|&\w+;|&#", link) else link
    return f"<{link}>" if re.search(r"[\s()\\\x00-\x1f\x7f]", link) else link


def slug(text: str, otherwise: str) -> str:
    """Write a title as a part of an id: lower case, accents gone, words joined by hyphens."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = "-".join(re.findall(r"[^\W_]+", letters))
    return words[:_LONGEST_SLUG].strip("-") or otherwise


@dataclass(slots=True)
class _Week:
    number: int
    title: str
    hours: Hours | None
    line: int
    sections: list[Section] = field(default_factory=list)


@dataclass(slots=True)
class _Month:
    number: int
    title: str
    line: int
    weeks: list[_Week] = field(default_factory=list)


@dataclass(slots=True)
class _Assembly:
    """The path while its scopes are put in their places, one after the other."""

    name: str
    months: list[_Month] = field(default_factory=list)
    month: _Month | None = None
    week: _Week | None = None
    general: list[Reference] = field(default_factory=list)
    schedule: list[ScheduleLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    lines_of_titles: dict[tuple[int, int, str], int] = field(default_factory=dict)

    def curriculum(self, parts: Sequence[Scope]) -> Curriculum:
        for scope in parts:
            self._take(scope)
        months = tuple(
            Month(
                month.number,
                month.title,
                tuple(
                    Week(w.number, month.number, w.title, w.hours, tuple(w.sections), w.line)
                    for w in month.weeks
                ),
                month.line,
            )
            for month in self.months
        )
        lines = [reference.line for reference in self.general] or [0]
        resources = self._resources(self.general, GENERAL)
        general = Section(
            GENERAL, GENERAL_TITLE, 0, 0, None, "", (), (), resources, min(lines), max(lines)
        )
        title = next((s.title for s in parts if s.kind == "title"), "") or DEFAULT_TITLE
        problems = tuple(sorted(self.problems, key=lambda problem: problem.line))
        return Curriculum(
            title, introduction(parts), months, general, tuple(self.schedule), problems
        )

    def _take(self, scope: Scope) -> None:
        self.problems += scope.problems
        found, problems = links_in_prose(scope.heading.pieces if scope.heading else ())
        self.problems += problems
        if scope.kind == "schedule" and scope.heading:
            self.general += found
            self.schedule += read_schedule(scope.heading, scope.blocks)
            for block in scope.blocks:
                found, problems = links_in_prose(block.pieces)
                self.general += found
                self.problems += problems
            return
        body = read_body(scope.blocks, listed=scope.listed, loose_topics=scope.kind == "section")
        body = replace(body, references=(*found, *body.references))
        self.problems += body.problems
        if scope.kind == "section":
            self._take_section(scope, body)
        elif scope.kind in ("month", "week"):
            self._take_owner(scope, body)
        else:
            self.general += body.references

    def _take_owner(self, scope: Scope, body: Body) -> None:
        """Take a month or week; work that stands directly under it becomes a section of its own."""
        title, hours = scope.title, None
        if scope.kind == "month":
            self._open_month(scope.number, title, scope.line)
        else:
            if not scope.in_month:
                self._open_month(0, "", scope.line)
            title, hours, _ = split_hours(scope.title)
            self._open_week(scope.number, title, hours or body.hours, scope.line)
        if body.lists_work:
            if scope.kind == "month":
                self._open_week(0, "", None, scope.line)
            title = split_hours(title)[0]
            if not title or block_label(title) not in (None, "time"):
                title = f"{scope.kind.title()} {scope.number}"
            self._add_section(scope, title, None, body)
        else:
            self.general += body.references

    def _take_section(self, scope: Scope, body: Body) -> None:
        title, hours, _ = split_hours(scope.title)
        hours = hours or body.hours
        if not scope.in_week:
            if not (body.lists_work or body.concept or hours or body.references):
                return  # a heading over prose, such as a month's introduction
            self._open_week(0, "", None, scope.line)
        if not title:
            self.problems.append(Problem(scope.line, "a section without a title: give it one"))
        self._add_section(scope, title or UNTITLED, hours, body)

    def _open_month(self, number: int, title: str, line: int) -> None:
        same = next((month for month in self.months if month.number == number), None)
        if same and (number or title):
            message = (
                f"Month {number} stands here again (first on line {same.line}): number it anew"
            )
            self.problems.append(Problem(line, message))
        if same is None or number or title:
            same = _Month(number, title, line)
            self.months.append(same)
        self.month = same

    def _open_week(self, number: int, title: str, hours: Hours | None, line: int) -> None:
        month = self.month or _Month(0, "", line)
        same = next((week for week in month.weeks if week.number == number), None)
        new = bool(number or title or hours)
        if same and new:
            message = f"Week {number} stands here again (first on line {same.line}): number it anew"
            self.problems.append(Problem(line, message))
        if same is None or new:
            same = _Week(number, title, hours, line)
            month.weeks.append(same)
        self.week = same

    def _add_section(self, scope: Scope, title: str, hours: Hours | None, body: Body) -> None:
        month, week = self.month, self.week
        if month is None or week is None:
            return
        key = (month.number, week.number, title.casefold())
        if key in self.lines_of_titles:
            where = f"month {month.number}, week {week.number}"
            raise InputError(
                f"{self.name}:{scope.line}: section '{title}' stands twice in {where} (first on"
                f" line {self.lines_of_titles[key]}): rename one of them"
            )
        self.lines_of_titles[key] = scope.line
        section_id = self._unique(f"m{month.number}w{week.number}-{slug(title, 'section')}")
        week.sections.append(
            Section(
                section_id,
                title,
                month.number,
                week.number,
                hours,
                body.concept,
                body.topics,
                body.exercises,
                self._resources(body.references, section_id),
                scope.line,
                scope.end_line,
            )
        )

    def _resources(self, found: Iterable[Reference], section_id: str) -> tuple[Resource, ...]:
        return tuple(
            Resource(
                self._unique(f"{section_id}/{slug(r.title, 'resource')}"),
                section_id,
                r.kind,
                r.title,
                r.url,
                r.link,
                r.line,
                r.note,
            )
            for r in found
        )

    def _unique(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self.ids:
            number += 1
            name = f"{wanted}-{number}"
        self.ids.add(name)
        return name
