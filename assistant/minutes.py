"""How long a resource takes, as an estimate that says where it comes from.

What is known best is taken: the learner's own time when it was recorded, else the length of a
video's captions or of the linked page's text, else a share of the hours that the path names.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.standing import Standing
from ingest.curriculum import Curriculum, Hours, Section
from ingest.library import Library
from ingest.own import hours_text

# Words a minute when one reads to learn; reading for gist is at 300 (Carver, "Reading rate: theory,
# research, and practical implications", Journal of Reading 36, 1992).
STUDY_WORDS = 200
# A linked page with less is a cover or a table of contents: it does not tell how long its site is.
COVER_WORDS = 300
# So is an entrance of fewer words than an article to a site of which more pages were read.
ENTRANCE_WORDS = 1000
# The captions' last heading begins a stretch of about this many seconds.
LAST_STRETCH = 50.0
# How a section's hours are shared: what is done with the hands takes longer than what is read.
PARTS = {"watch": 3, "read": 2, "practise": 3, "exercise": 3}
# Minutes for a section where the path names no hours at all.
NO_HOURS = 120
NOTE = "note/"

_ROLES = {
    "watch": ("video", "talk", "lecture", "playlist", "podcast", "slides"),
    "practise": (
        *("practical", "github", "tool", "interactive", "notebook", "tutorial", "dataset"),
    ),
    "": ("community", "forum", "newsletter"),
}
ROLE_OF = {kind: role for role, kinds in _ROLES.items() for kind in kinds}


@dataclass(frozen=True, slots=True)
class Estimate:
    """About how many minutes something takes, at least 1, and where the number comes from."""

    minutes: int
    source: str

    def words(self) -> str:
        """Say it: "about 25 min, from its captions"."""
        return f"about {self.minutes} min, {self.source}"


@dataclass(frozen=True, slots=True)
class Length:
    """What the library knows of a resource's own length.

    `seconds` are those of all captions read, of `videos` videos; `words` those of the linked page
    alone, one of the `pages` that were read of its site.
    """

    seconds: float = 0.0
    videos: int = 0
    words: int = 0
    pages: int = 1


def role(kind: str) -> str:
    """Say what is done with a kind of resource: watch, read, practise, or nothing ("")."""
    return ROLE_OF.get(kind, "read")


def exercise_key(section_id: str, words: str) -> str:
    """Name an exercise among estimates and steps; no resource is named so."""
    return f"{section_id}#{words}"


def lengths(library: Library) -> Mapping[str, Length]:
    """Measure every resource whose text a library holds, by resource id."""
    found: dict[str, Length] = {}
    linked: dict[str, list[str]] = {}
    captions: dict[str, list[str]] = {}
    for page in library.pages():
        if page.kind == "video":
            captions.setdefault(page.resource_id, []).append(page.doc_id)
        elif page.resource_kind != "path":
            ours = linked.setdefault(page.resource_id, [])
            ours.insert(0 if page.is_linked else len(ours), page.doc_id)
    for resource_id, doc_ids in captions.items():
        seconds = sum(seconds_of(library, doc_id) for doc_id in doc_ids)
        found[resource_id] = Length(seconds=seconds, videos=len(doc_ids))
    for resource_id, doc_ids in linked.items():
        document = library.document(doc_ids[0])
        words = len(document.text.split()) if document else 0
        found[resource_id] = Length(words=words, pages=len(doc_ids))
    return found


def seconds_of(library: Library, doc_id: str) -> float:
    """Give the time at which a video's captions end, from the anchors of its stretches."""
    document = library.document(doc_id)
    anchors = [heading.anchor or "" for heading in document.headings] if document else []
    starts = [int(a[2:-1]) for a in anchors if a.startswith("t=") and a[2:-1].isdecimal()]
    return max(starts) + LAST_STRETCH if starts else 0.0


def section_minutes(curriculum: Curriculum, section: Section) -> tuple[float, str]:
    """Give the minutes of a section, and where they come from.

    They are the middle of the hours that the path names for it; else its share of its week's hours;
    else what the path's other sections take on average.
    """
    if section.hours:
        return 60 * middle(section.hours), f"the path's {hours_text(section.hours)}"
    for month in curriculum.months:
        for week in month.weeks:
            if section in week.sections and week.hours:
                rest = [s for s in week.sections if not s.hours]
                spoken = sum(60 * middle(s.hours) for s in week.sections if s.hours)
                if (left := 60 * middle(week.hours) - spoken) > 0:
                    return left / len(rest), f"the week's {hours_text(week.hours)}"
    told = [60 * middle(s.hours) for s in curriculum.sections if s.hours]
    if told:
        return sum(told) / len(told), "what the path's other sections take"
    return float(NO_HOURS), "two hours a section, since the path names none"


def middle(hours: Hours) -> float:
    """Give the middle of a span, in hours."""
    return (hours.low + hours.high) / 2


def estimates(
    curriculum: Curriculum,
    measured: Mapping[str, Length],
    note_words: Mapping[str, int],
    standing: Standing,
) -> Mapping[str, Estimate]:
    """Estimate every resource, exercise and note of a path by its id (see `exercise_key`).

    `note_words` counts the words of our notes by section id. None takes longer than its section.
    """
    found: dict[str, Estimate] = {}
    for section in (*curriculum.sections, curriculum.general):
        total, source = section_minutes(curriculum, section)
        # How many words a repository's README has says nothing about the time to work with it.
        worked = {r.id for r in section.resources if role(r.kind) == "practise"}
        # Of a playlist only some videos may have been read: their captions are the least it takes.
        lists = {r.id for r in section.resources if r.url and "/playlist?" in r.url}
        most = 60 * section.hours.high if section.hours else total
        for key, part in shares(section).items():
            share = Estimate(whole(total * part), f"a share of {source}")
            own = None if key in worked else own_length(measured.get(key), most)
            if own and key in lists and own.minutes < share.minutes:
                own = None
            found[key] = own or share
        if section.id in note_words:
            found[NOTE + section.id] = reading(note_words[section.id], most)
    # Learners know best how long they take; who studies a thing again has done it once.
    for key, minutes in standing.taken.items():
        if key in found and minutes >= 1:
            found[key] = Estimate(whole(minutes), "as long as it took you")
    return found


def shares(section: Section) -> Mapping[str, float]:
    """Part a section's time among what is to be done in it; the parts sum to 1.

    Resources without a link (books that are only named) are further reading and take none.
    """
    parts = {
        r.id: PARTS[role(r.kind)] for r in section.resources if r.url is not None and role(r.kind)
    }
    parts |= {exercise_key(section.id, e.text): PARTS["exercise"] for e in section.exercises}
    total = sum(parts.values())
    return {key: part / total for key, part in parts.items()}


def own_length(length: Length | None, most: float) -> Estimate | None:
    """Estimate from a resource's own length, or None where that tells too little."""
    if length is None:
        return None
    if length.seconds:
        of = "its captions" if length.videos == 1 else f"the captions of {length.videos} videos"
        return Estimate(whole(min(length.seconds / 60, most)), f"from {of}")
    least = ENTRANCE_WORDS if length.pages > 1 else COVER_WORDS
    return reading(length.words, most) if length.words >= least else None


def reading(words: int, most: float) -> Estimate:
    """Estimate the time to read a text."""
    source = f"from its {words:,} words at {STUDY_WORDS} a minute"
    if words / STUDY_WORDS > most:
        source += ", at most the section's hours"
    return Estimate(whole(min(words / STUDY_WORDS, most)), source)


def whole(minutes: float) -> int:
    """Round to whole minutes, at least one."""
    return max(1, round(minutes))
