"""Where in the path something is taught, how long it takes and what comes first.

The answer is read off the path itself: a ranked list in plain sentences, each with the path's own
lines as its quote, and links to the resources in the order in which the path gives them. Times are
the path's own estimates and those of our notes; none is made up.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.part import Part, where_subject
from assistant.prerequisites import Prerequisites
from assistant.retrieve import Hit
from assistant.scope import said_of
from assistant.sections import everything, fit, held, vote
from ingest.curriculum import Curriculum, Resource, Section
from ingest.keywords import analyse
from ingest.library import SourceRow
from ingest.own import hours_text, schedule_text

SHOWN = 3  # sections named; more is a syllabus, not an answer
CLOSE = 0.35  # of the first section's share that another must have to be named beside it
FIRST = 3  # resources named of the best section
BEFORE = 3  # sections named that it builds on
# A section counts when it holds half of what was asked, weighed by rarity; below that the vote of
# the retrieved passages decides alone.
ENOUGH = 0.5
HEADED = 0.7  # half a heading of a note is another thing: "prompt injection" for "SQL injection"
# Words of the ledger for a page that is not there any more; others may open in a browser.
DEAD = frozenset({"not-found", "gone"})
READ = frozenset({"indexed", "partial", "unchanged"})
TITLE_SHARED = 0.6  # of a resource's title that a line of our notes must hold to speak of it

Idf = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class PathQuote:
    """A sentence about the path with the lines of one section card that back it.

    `quote` is looked up in the card of `section_id`; `resource` is set when the sentence names it.
    `note_line` is a line of the section's note that backs the time named, empty for none.
    """

    text: str
    section_id: str
    quote: str
    resource: Resource | None = None
    note_line: str = ""


@dataclass(frozen=True, slots=True)
class KnownPath:
    """The path with what is known around it.

    `ledger` are the rows of its resources by id, `notes` the texts of our notes by section id, of
    those that are there.
    """

    curriculum: Curriculum
    prerequisites: Prerequisites = field(default_factory=lambda: Prerequisites({}))
    ledger: Mapping[str, SourceRow] = field(default_factory=dict)
    note: Callable[[str], str] = lambda section_id: ""


def answer_where(
    part: Part,
    path: KnownPath,
    ranked: Sequence[tuple[str, float]],
    hits: Sequence[Hit],
    idf: Idf,
    placed: Sequence[str] = (),
    *,
    alone: bool = False,
) -> list[PathQuote]:
    """Answer a question about the path; empty when the path has nothing on it.

    `ranked` are its sections by nearness, with their shares; `placed` those of a position that the
    question names, and `alone` says that it asks for nothing else.
    """
    curriculum, text = path.curriculum, part.text
    if not curriculum.sections:
        return []
    subject = where_subject(text)
    here = [curriculum.section(section_id) for section_id in placed] or by_position(
        text, curriculum
    )
    if here and (not placed or not subject or alone):
        return of_position(here, path, text)
    if SCHEDULE.search(text):
        return schedule_lines(curriculum, text)
    words = analyse(subject) if subject else []
    if not words:
        return whole_path(text, path)
    among = [(curriculum.section(i), value) for i, value in ranked if not placed or i in placed]
    if not among or nearness(words, among[0][0], path, hits, idf) < ENOUGH:
        return []
    best = among[0][0]
    if BEFORE_IT.search(text):
        return [place_line(curriculum, best), *before_lines(path, best)]
    if AFTER_IT.search(text):
        return [place_line(curriculum, best), *after_lines(path, best)]
    lines = [first_line(text, curriculum, best), topics_line(best)]
    if FIRST_OF_ALL.search(text):
        lines += before_lines(path, best)
    lines += resource_lines(best, path, text)
    for section, value in among[1:SHOWN]:
        if value >= CLOSE * among[0][1]:
            lines.append(place_line(curriculum, section, lead="See also"))
    return lines


SCHEDULE = re.compile(
    r"\b(?:weekdays?|weekends?|saturdays?|sundays?|schedule|each day|per day|a day)\b", re.I
)
LONG = re.compile(r"\bhow (?:long|many|much)\b", re.I)
FIRST_OF_ALL = re.compile(r"\b(?:first|before|prerequisites?|know|start|begin|prepare)\b", re.I)
BEFORE_IT = re.compile(
    r"\b(?:comes?|stands?|is|are|goes)? ?(?:directly |right )?before\b(?! (?:anything|all))"
    r"|\bprerequisites?\b|\bbuilds? on\b|\bneed(?:ed)? to know\b",
    re.I,
)
AFTER_IT = re.compile(r"\b(?:comes?|follows?|next|study|learn|do|go) after\b|\bafter\b", re.I)


def nearness(
    words: Sequence[str], section: Section, path: KnownPath, hits: Sequence[Hit], idf: Idf
) -> float:
    """Say how surely a section is about some words: it names them, or what was found stands in it.

    0..1; a topic or a heading of its note that names them counts as the section itself.
    """
    wanted = frozenset(words)
    stems = frozenset(analyse(everything(section)))
    topics = [topic.text for topic in section.topics]
    headings = re.findall(r"^#{2,4} (.+)$", path.note(section.id), re.M)
    told = held(wanted, stems, idf)
    for texts, least in ((topics, 0.0), (headings, HEADED)):
        fits = max((fit(wanted, frozenset(analyse(text)), idf) for text in texts), default=0.0)
        told = max(told, fits if fits >= least else 0.0)
    return max(told, 0.65 * told + 0.35 * vote(hits).get(section.id, 0.0))


ASKS_EXERCISES = re.compile(
    r"\b(?:what|which|list|show|are there|name)\b.*\b(?:exercises|requirements|deliverables)\b"
    r"|^(?:(?:the|all|show|me|list|practical) )*exercises?\W*$",
    re.I,
)


def asks_for_exercises(text: str) -> bool:
    """Say whether a question wants the exercises of a place named."""
    return bool(ASKS_EXERCISES.search(text))


def exercise_lines(section_ids: Sequence[str], curriculum: Curriculum) -> list[PathQuote]:
    """Name the exercises of some sections, counted through."""
    lines: list[PathQuote] = []
    number = 0
    for section in (s for s in curriculum.sections if s.id in set(section_ids)):
        told = [f"{number + n}. {e.text}" for n, e in enumerate(section.exercises, 1)]
        number += len(told)
        for kind in dict.fromkeys(exercise.kind for exercise in section.exercises):
            named = [e.text for e in section.exercises if e.kind == kind]
            quote = "\n".join(f"- {name}" for name in named)
            some = [t for t, e in zip(told, section.exercises, strict=True) if e.kind == kind]
            text = f"{section.title}, {kind}s: {'; '.join(some)}."
            lines.append(PathQuote(text, section.id, quote))
    return lines


# ── a position, the schedule, the whole path ────────────────────────────────────────────────────


def by_position(text: str, curriculum: Curriculum) -> list[Section]:
    """Find the sections of a place named in the question, such as "week 3 of month 2"."""
    month = re.search(r"\bmonth (\d+)\b", text, re.I)
    week = re.search(r"\bweek (\d+)\b", text, re.I)
    if not month:
        return []
    return [
        section
        for section in curriculum.sections
        if section.month == int(month[1]) and (not week or section.week == int(week[1]))
    ]


def of_position(here: Sequence[Section], path: KnownPath, text: str) -> list[PathQuote]:
    """Say what stands at a position: its sections with topics or, when asked, their resources."""
    curriculum = path.curriculum
    if LONG.search(text):
        total = [total_line(here, curriculum)] if len(here) > 1 else []
        return total + [place_line(curriculum, section) for section in here]
    if RESOURCES.search(text):
        return [
            line
            for section in here
            for line in (place_line(curriculum, section), *resource_lines(section, path, text))
        ]
    if len(here) > LONGEST_LIST:
        return [place_line(curriculum, section) for section in here]
    return [
        line for section in here for line in (place_line(curriculum, section), topics_line(section))
    ]


LONGEST_LIST = 8  # sections of a position whose topics are listed
RESOURCES = re.compile(r"\b(?:resources?|videos?|articles?|links?|read|watch|reading)\b", re.I)


def whole_path(text: str, path: KnownPath) -> list[PathQuote]:
    """Answer a question about the whole path: how long it is, or where it begins."""
    curriculum = path.curriculum
    first = curriculum.sections[0]
    lines = [place_line(curriculum, first, lead="The path begins with")]
    lines += resource_lines(first, path, text)
    if LONG.search(text):
        lines.insert(0, total_line(curriculum.sections, curriculum))
    return lines


def total_line(sections: Sequence[Section], curriculum: Curriculum) -> PathQuote:
    """Add up the hours of some sections, or of the whole path; quotes the first of them."""
    hours = [s.hours for s in sections if s.hours]
    low, high = sum(h.low for h in hours), sum(h.high for h in hours)
    if len(sections) == len(curriculum.sections):
        what = f"The path has {len(curriculum.months)} months and"
    else:
        what = f"{said_of([s.id for s in sections], curriculum)} has"
    count = f"{what} {len(sections)} sections"
    total = f"{count}; their hours add up to {low:g}–{high:g}." if hours else f"{count}."
    without = [s.title for s in sections if not s.hours]
    if hours and without and len(without) <= SHOWN:
        total += f" The path gives no hours for {', '.join(without)}."
    return PathQuote(total, sections[0].id, place_quote(curriculum, sections[0]))


def schedule_lines(curriculum: Curriculum, text: str) -> list[PathQuote]:
    """Read the lines of the weekly schedule, those of the days named in the question if any."""
    named = frozenset(analyse(text))
    for whole, days in (("weekends", "saturday sunday"), ("weekdays", "monday friday")):
        if named & frozenset(analyse(whole)):
            named |= frozenset(analyse(days))
    lines = [
        PathQuote(f"{said}.", "schedule", said)
        for said in (schedule_text(line) for line in curriculum.schedule)
    ]
    chosen = [line for line in lines if named & frozenset(analyse(line.quote.split(":")[0]))]
    return chosen or lines


# ── lines about one section ─────────────────────────────────────────────────────────────────────


def place_quote(curriculum: Curriculum, section: Section) -> str:
    """Give the line of the section's card that says where it stands and how long it takes."""
    hours = f" · {hours_text(section.hours)}" if section.hours else ""
    return f"{curriculum.place(section.id)}{hours}"


def place_of(curriculum: Curriculum, section: Section) -> str:
    """Name the month and week of a section."""
    return curriculum.place(section.id).removesuffix(section.title).rstrip(" ·")


def place_line(
    curriculum: Curriculum, section: Section, lead: str = "", why: str = ""
) -> PathQuote:
    """Say where a section stands and how long it takes."""
    hours = hours_text(section.hours) if section.hours else ""
    inside = ", ".join(filter(None, (place_of(curriculum, section), hours)))
    text = f"{lead}: {section.title}" if lead else section.title
    text += f" ({inside})" if inside else ""
    return PathQuote(
        f"{text}: {why.rstrip('. ')}." if why else f"{text}.",
        section.id,
        place_quote(curriculum, section),
    )


def first_line(text: str, curriculum: Curriculum, section: Section) -> PathQuote:
    """Say where a section stands or, when that is asked, how long it takes."""
    line = place_line(curriculum, section)
    if not LONG.search(text):
        return line
    place = place_of(curriculum, section)
    inside = f" ({place})" if place else ""
    if not section.hours:
        said = f"The path gives no hours for {section.title}{inside}."
    else:
        said = f"{section.title} takes {hours_text(section.hours)} by the path's estimate{inside}."
    return PathQuote(said, section.id, line.quote)


def topics_line(section: Section) -> PathQuote:
    """Say what a section covers."""
    topics = [t.text for t in section.topics] or [e.text for e in section.exercises]
    quote = "\n".join(f"- {topic}" for topic in topics)
    if not topics:
        return PathQuote(f"Its goal: {section.concept}", section.id, section.concept)
    return PathQuote(f"It covers: {'; '.join(topics)}.", section.id, quote)


def before_lines(path: KnownPath, section: Section) -> list[PathQuote]:
    """Name what a section builds on, each with the reason; else what the path puts before it."""
    curriculum = path.curriculum
    needs = path.prerequisites.of(section.id)
    # What stands nearest before it is the least likely to be known already.
    order = {s.id: n for n, s in enumerate(curriculum.sections)}
    nearest = sorted(needs, key=lambda need: -order.get(need.place.section_id, 0))[:BEFORE]
    lines = [
        place_line(curriculum, curriculum.section(n.place.section_id), "Before it", n.reason)
        for n in sorted(nearest, key=lambda need: order.get(need.place.section_id, 0))
    ]
    before = neighbour(curriculum, section, -1)
    if lines:
        return lines
    if section.id in {place.section_id for place in path.prerequisites.needs}:
        return [
            PathQuote(
                "It builds on no other section of the path.",
                section.id,
                place_quote(curriculum, section),
            )
        ]
    return [place_line(curriculum, before, "The path puts before it")] if before else []


def after_lines(path: KnownPath, section: Section) -> list[PathQuote]:
    """Name what the path puts after a section, and what builds on it."""
    curriculum = path.curriculum
    after = neighbour(curriculum, section, 1)
    lines = [place_line(curriculum, after, "The path goes on with")] if after else []
    for section_id in path.prerequisites.needed_for(section.id)[:BEFORE]:
        if after is None or section_id != after.id:
            lines.append(place_line(curriculum, curriculum.section(section_id), "It leads to"))
    if not lines:
        quote = place_quote(curriculum, section)
        lines.append(PathQuote("It is the last section of the path.", section.id, quote))
    return lines


def neighbour(curriculum: Curriculum, section: Section, step: int) -> Section | None:
    """Find the section that stands before (-1) or after (1) another in the path."""
    order = curriculum.sections
    position = order.index(section) + step
    return order[position] if 0 <= position < len(order) else None


# ── resources ───────────────────────────────────────────────────────────────────────────────────


KINDS = {
    "video": re.compile(r"\bvideos?\b|\bwatch\b", re.I),
    "reading": re.compile(r"\b(?:articles?|books?|readings?)\b", re.I),
}


def resource_lines(section: Section, path: KnownPath, text: str) -> list[PathQuote]:
    """Name the first resources of a section, in the path's order, with minutes where they are told.

    Dead links give way to the next ones and are named at the end. A kind that is asked for comes
    alone when the section has it.
    """
    linked = [r for r in section.resources if r.url]
    for kind, pattern in KINDS.items():
        if pattern.search(text):
            linked = [r for r in linked if r.kind == kind] or linked
            break
    dead = [r for r in linked if status_of(r, path) in DEAD]
    chosen = set(first_of([r for r in linked if r not in dead], path))
    lines: list[PathQuote] = []
    for resource in (r for r in linked if r in chosen):
        word = "then" if lines else "start with"
        minutes, note_line = minutes_for(resource, path.note(section.id))
        about = "; ".join(filter(None, (minutes, unread(resource, path))))
        said = f"{word} the {resource.kind} “{resource.title}”" + (f" ({about})" if about else "")
        quote = f"{resource.kind.capitalize()}: {resource.title}"
        said = said[0].upper() + said[1:]
        lines.append(PathQuote(f"{said}.", section.id, quote, resource, note_line))
    for resource in dead[:FIRST]:
        quote = f"{resource.kind.capitalize()}: {resource.title}"
        said = f"The link of “{resource.title}” is dead."
        lines.append(PathQuote(said, section.id, quote))
    return lines


def first_of(resources: Sequence[Resource], path: KnownPath) -> Sequence[Resource]:
    """Choose the first resources: those that were read go before those that were not."""
    read = [r for r in resources if status_of(r, path) in READ]
    others = [r for r in resources if r not in read]
    return [*read, *others][:FIRST] if any_read(path) else resources[:FIRST]


def status_of(resource: Resource, path: KnownPath) -> str:
    """Look up what became of a resource; empty when nothing is known."""
    row = path.ledger.get(resource.id)
    return row.status if row else ""


def any_read(path: KnownPath) -> bool:
    """Say whether the library has read any link of the path at all."""
    return any(
        row.status in READ and row.kind not in ("note", "path") for row in path.ledger.values()
    )


def unread(resource: Resource, path: KnownPath) -> str:
    """Mark a resource whose text the library does not hold, where it holds that of others."""
    status = status_of(resource, path)
    return "not read here" if status and status not in READ and any_read(path) else ""


ITEM = re.compile(r"^\d+\. .+$", re.M)
MINUTES = re.compile(r"\babout \d+(?:[–-]\d+)? (?:minutes|hours)")


def minutes_for(resource: Resource, note: str) -> tuple[str, str]:
    """Find the minutes that our note gives for a resource, with its line; both empty for none."""
    wanted = frozenset(analyse(resource.title))
    best, line = 0.0, ""
    for item in ITEM.findall(note.partition("## Go deeper")[2]):
        told = MINUTES.search(item)
        # The name of the resource stands before its time.
        named = frozenset(analyse(item[: told.start()])) if told else frozenset()
        share = len(wanted & named) / len(wanted) if wanted else 0.0
        if share > best:
            best, line = share, item
    found = MINUTES.search(line) if best >= TITLE_SHARED else None
    return (found[0], line) if found else ("", "")
