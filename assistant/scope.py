"""A question that is put within a part of the path: which sections it means, and what it asks."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from assistant.part import where_subject
from ingest.curriculum import OWN, Curriculum, Section
from ingest.errors import InputError
from ingest.keywords import analyse

NEAREST = 3  # ids that are named beside an unknown one
LONGEST = 400  # characters; what is longer was pasted and names no place of the path
MOST_SHOWN = 3  # titles that a remark names; more are counted


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of a path that a question is put within.

    `section_ids` are empty for the whole path; `said` names the part, and `text` is the question
    without the words that name it. `alone` says that it asks for nothing but that part. `problem`
    says what could not be understood.
    """

    section_ids: tuple[str, ...]
    said: str
    text: str
    problem: str = ""
    alone: bool = False


COUNT = "one two three four five six seven eight nine ten eleven twelve"
NUMBERS = {word: str(number) for number, word in enumerate(COUNT.split(" "), 1)}
NUMBER = rf"(?P<{{0}}>\d{{{{1,2}}}}|{COUNT.replace(' ', '|')})"
MONTH, WEEK = NUMBER.format("month"), NUMBER.format("week")
INTO = r"(?:in|from|of|for|within|during|inside|on|at)"
# What names a position: both numbers in either order, an id or its beginning, or one number.
POSITION = (
    rf"week {WEEK},? (?:(?:of|in) )?(?:the )?month {MONTH}",
    rf"month {MONTH},? (?:and |in )?week {WEEK}",
    r"(?P<id>m\d{1,2}w\d{1,2}(?:-[\w-]+)?|m\d{1,2})",
    rf"week {WEEK}",
    rf"month {MONTH}",
)
SIGN = r"[,:;.]?"
FORMS = 6  # in which each of them is recognised
PLACES = tuple(
    re.compile(form.replace("{P}", position), re.I)
    for position in POSITION
    for form in (
        # "In week 3 of month 2, what …" · "what … in week 3 of month 2" · "week 3: what …"
        rf"^(?:{INTO} )?{{P}}(?P<rest>)\W*$",
        rf"^{INTO} {{P}}\b{SIGN} +(?P<rest>.+)$",
        rf"^(?P<rest>.+?),? +(?:{INTO}|about|is|does) {{P}}\W*$",
        r"^{P} ?[:,] *(?P<rest>.+)$",
        rf"^(?P<rest>.+?) +{INTO} {{P}}\b(?P<more> .+)$",
        r"^(?P<rest>.*?)\b{P}(?:'s|’s)\b(?P<more> .+)$",
    )
)
# "From section X: …", "in the section on X, …", "in the X section, …", "in the X weeks: …"
NAMED = (
    re.compile(
        rf"^{INTO} (?:the )?section (?:on |about |called )?[\"“]?(?P<name>[^:,?\"”]+?)[\"”]?"
        r"(?: *[:,]| +(?=(?:what|how|why|when|which|is|are|do|does|explain|can)\b)) *(?P<rest>.+)$",
        re.I,
    ),
    re.compile(
        rf"^{INTO} (?:the )?(?P<name>[^:,?]{{2,60}}?) (?:sections?|weeks?|parts?|lessons?)"
        r" *[:,]? +(?P<rest>.+)$",
        re.I,
    ),
    re.compile(
        rf"^(?P<rest>.+?),? {INTO} the (?P<name>[^:,?]{{2,60}}?) (?:sections?|weeks?)\W*$",
        re.I,
    ),
    re.compile(
        rf"^(?P<rest>.+?),? {INTO} (?:the )?section (?:on |about |called )?"
        r"[\"“]?(?P<name>[^:?\"”]+?)[\"”]?\W*$",
        re.I,
    ),
)
THIS = re.compile(r"\bthis (?P<unit>week|month|section)(?:'s|’s)?(?!\w)", re.I)
# "Which section …?", "each week": no part is named.
NO_NAME = re.compile(
    r"^(?:which|what|each|every|any|some|this|that|same|next|previous|first|last|other|my|a|an|one"
    r"|two|three|four|few|the|\d+)\b",
    re.I,
)


def read_scope(
    typed: str,
    given: Sequence[str],
    curriculum: Curriculum | None,
    idf: Callable[[str], float] = lambda stem: 1.0,
) -> Scope:
    """Find the part of the path that a question names, else the one that was given with it.

    `given` are ids of sections or their beginnings, such as "m2w3", or OWN for what the learner
    added; raises InputError for one that the path does not have. A place named in the question
    goes before them.
    """
    if curriculum is None:
        if given:
            raise InputError("a collection has no sections: leave out the scope")
        return Scope((), "", typed)
    asked = resolve(given, curriculum)
    text = " ".join(typed.split())
    if len(text) > LONGEST:
        return Scope(asked, said_of(asked, curriculum), typed)
    named = by_number(text, curriculum, asked) or by_name(text, curriculum, idf)
    if named is None and (this := THIS.search(text)) and is_path_question(text):
        named = current(text, this, curriculum, asked)
    if named is not None:
        return named
    return Scope(asked, said_of(asked, curriculum), typed)


def resolve(given: Sequence[str], curriculum: Curriculum) -> tuple[str, ...]:
    """Turn ids and beginnings of ids into ids, in the path's order.

    Raises InputError with the nearest ids for one that fits none.
    """
    chosen: set[str] = set()
    known = [section.id for section in (*curriculum.sections, curriculum.general)] + [OWN]
    for wanted in given:
        fitting = [i for i in known if i == wanted or begins(i, wanted)]
        if not fitting:
            near = nearest(wanted, known)
            raise InputError(f"the path has no section '{wanted}': did you mean {near}?")
        chosen.update(fitting)
    return tuple(i for i in known if i in chosen)


def begins(section_id: str, prefix: str) -> bool:
    """Say whether an id begins so; "m1" is not the beginning of "m10w1-…"."""
    rest = section_id[len(prefix) :]
    whole = not (prefix[-1:].isdigit() and rest[:1].isdigit())
    return bool(prefix) and section_id.startswith(prefix) and whole


def nearest(wanted: str, known: Sequence[str]) -> str:
    """Name the ids that are most like a wrong one."""
    weeks = list(dict.fromkeys(i.partition("-")[0] for i in known))
    near = get_close_matches(wanted, known, NEAREST, 0.5) or get_close_matches(
        wanted, weeks, NEAREST, 0.5
    )
    return ", ".join(near or known[:NEAREST])


def said_of(section_ids: Sequence[str], curriculum: Curriculum) -> str:
    """Name some sections as shortly as can be: months, weeks, or titles."""
    chosen = [s for s in curriculum.sections if s.id in set(section_ids)]
    beside = [curriculum.general.title] * (curriculum.general.id in section_ids)
    beside += ["what you added"] * (OWN in section_ids)
    for unit in (month_of, week_of):
        units = list(dict.fromkeys(unit(s) for s in chosen))
        whole = [s for s in curriculum.sections if unit(s) in units]
        if chosen and len(whole) == len(chosen) and len(units) <= MOST_SHOWN and units[0]:
            return ", ".join((*units, *beside))
    titles = [s.title for s in chosen] + beside
    more = len(titles) - MOST_SHOWN
    return ", ".join(titles[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def month_of(section: Section) -> str:
    """Name the month of a section; empty when it has none."""
    return f"Month {section.month}" if section.month else ""


def week_of(section: Section) -> str:
    """Name month and week of a section."""
    week = f"Week {section.week}" if section.week else ""
    return " · ".join(filter(None, (month_of(section), week)))


# ── positions by number ─────────────────────────────────────────────────────────────────────────


def by_number(text: str, curriculum: Curriculum, asked: Sequence[str]) -> Scope | None:
    """Read "week 3 of month 2" and the like; None where no position is named."""
    for pattern in PLACES:
        match = pattern.match(text)
        if not match:
            continue
        found = match.groupdict()
        rest = f"{found['rest']}{found.get('more') or ''}".strip(" ,:;")
        if found.get("id"):
            return by_id(found["id"].lower(), rest, curriculum)
        month, week = (figure(found.get(unit)) for unit in ("month", "week"))
        if pattern in PLACES[-2 * FORMS :] and found.get("more") and not is_path_question(text):
            continue  # "in week 3 of my data": a number alone means the path only at an end
        return numbered(month, week, rest, curriculum, asked)
    return None


def is_path_question(text: str) -> bool:
    """Say whether nothing but the path can be meant."""
    words = r"\b(?:exercises?|topics?|sections?|resources?|videos?|learn|study|cover\w*|hours?)\b"
    return bool(re.search(words, text, re.I))


def asks_nothing(rest: str) -> bool:
    """Say whether a question without the place it names has no subject of its own."""
    bare = re.sub(r"(?:'|’)s\b", " ", rest)
    return not analyse(FRAME.sub(" ", where_subject(bare)))


FRAME = re.compile(
    r"\b(?:tell|show|give|summari[sz]e|describe|overview|summary|contents?|happens?|look|inside"
    r"|list|name|goals?|plan)\b",
    re.I,
)


def figure(word: str | None) -> int | None:
    """Read a number in figures or in words."""
    return int(NUMBERS.get(word.lower(), word)) if word else None


def by_id(wanted: str, rest: str, curriculum: Curriculum) -> Scope:
    """Take an id, or its beginning, that stands in a question."""
    try:
        ids = resolve((wanted,), curriculum)
    except InputError as error:
        return Scope((), "", rest, f"T{str(error)[1:]}")
    return Scope(ids, said_of(ids, curriculum), rest, alone=asks_nothing(rest))


def numbered(
    month: int | None, week: int | None, rest: str, curriculum: Curriculum, asked: Sequence[str]
) -> Scope:
    """Find the sections of a month, a week of a month, or a week counted through the path."""
    sections = curriculum.sections
    fitting = [s for s in sections if month in (None, s.month) and (week is None or s.week == week)]
    if month is None and week is not None:
        inside = [s for s in fitting if s.id in set(asked)]
        of_months = {s.month for s in sections if s.id in set(asked)}
        fitting = inside or [s for s in fitting if s.month in of_months] or fitting
        months = sorted({s.month for s in fitting})
        if not fitting:
            fitting = counted_through(week, sections)
        elif len(months) > 1:
            told = f"Each of the months {listing(months)} has a week {week}"
            return Scope((), "", rest, f"{told}: please name the month too.")
    if fitting:
        ids = tuple(s.id for s in fitting)
        return Scope(ids, said_of(ids, curriculum), rest, alone=asks_nothing(rest))
    return Scope((), "", rest, missing(month, week, sections))


def counted_through(week: int, sections: Sequence[Section]) -> list[Section]:
    """Find the n-th week of the whole path."""
    weeks = list(dict.fromkeys((s.month, s.week) for s in sections if s.week))
    if not 1 <= week <= len(weeks):
        return []
    return [s for s in sections if (s.month, s.week) == weeks[week - 1]]


def missing(month: int | None, week: int | None, sections: Sequence[Section]) -> str:
    """Say that a position is not in the path, and what is."""
    months = sorted({s.month for s in sections if s.month})
    if month is not None and month not in months:
        if not months:
            return f"Your path has no month {month}: it is not divided into months."
        return f"Your path has no month {month}: it has the months {listing(months)}."
    weeks = sorted({s.week for s in sections if month in (None, s.month) and s.week})
    inside = "Your path" if month is None else f"Month {month} of your path"
    total = len({(s.month, s.week) for s in sections if s.week})
    has = f"{total} weeks" if month is None else f"the weeks {listing(weeks)}"
    return f"{inside} has no week {week}: it has {has}."


def listing(numbers: Sequence[int]) -> str:
    """Write ascending numbers, as a range when none is missing."""
    whole = list(range(numbers[0], numbers[-1] + 1)) if numbers else []
    if len(numbers) > 2 and list(numbers) == whole:
        return f"{numbers[0]} to {numbers[-1]}"
    return " and ".join(str(number) for number in numbers)


# ── positions by name ───────────────────────────────────────────────────────────────────────────


def by_name(text: str, curriculum: Curriculum, idf: Callable[[str], float]) -> Scope | None:
    """Read "from section Word Embeddings: …" and "in the RAG weeks"; None where none is named."""
    for pattern in NAMED:
        match = pattern.match(text)
        if not match or NO_NAME.match(match["name"]):
            continue
        ids = called(match["name"], curriculum, idf)
        if ids:
            return Scope(ids, said_of(ids, curriculum), match["rest"].strip(" ,:;"))
        if pattern is NAMED[0]:
            known = {s.title.lower(): s.title for s in curriculum.sections}
            near = get_close_matches(match["name"].lower(), known, NEAREST, 0.4)
            titles = [known[i] for i in near] or list(known.values())[:NEAREST]
            words = ", ".join(f"“{title}”" for title in titles)
            told = f"Your path has no section “{match['name']}”: did you mean {words}?"
            return Scope((), "", match["rest"], told)
    return None


def called(name: str, curriculum: Curriculum, idf: Callable[[str], float]) -> tuple[str, ...]:
    """Name the sections whose title, or the weeks whose title, holds all the words of a name."""
    wanted = frozenset(analyse(name))
    if not wanted:
        return ()
    exact = [s.id for s in curriculum.sections if frozenset(analyse(s.title)) == wanted]
    if exact:
        return tuple(exact)
    by_title = {s.id for s in curriculum.sections if wanted <= frozenset(analyse(s.title))}
    by_week = {
        section.id
        for month in curriculum.months
        for week in month.weeks
        for section in week.sections
        if wanted <= frozenset(analyse(week.title))
    }
    chosen = by_title | by_week
    return tuple(s.id for s in curriculum.sections if s.id in chosen)


def current(text: str, this: re.Match[str], curriculum: Curriculum, asked: Sequence[str]) -> Scope:
    """Read "this week" as the week of what was given; asks for it where nothing was."""
    unit = this["unit"].lower()
    given = [s for s in curriculum.sections if s.id in set(asked)]
    if not given:
        told = f"I do not know your {unit}: please name it, such as “week 1 of month 1”."
        return Scope((), "", text, told)
    places = {place_in(unit, s) for s in given}
    ids = tuple(s.id for s in curriculum.sections if place_in(unit, s) in places)
    said = said_of(ids, curriculum)
    rest = text[: this.start()] + text[this.end() :]
    return Scope(ids, said, " ".join(rest.split()) if where_subject(rest) else text)


def place_in(unit: str, section: Section) -> tuple[object, ...]:
    """Give what two sections of the same week, month or section have in common."""
    if unit == "section":
        return (section.id,)
    return (section.month, section.week) if unit == "week" else (section.month,)
