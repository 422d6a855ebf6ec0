"""Questions to begin with: those of the learner's current section that our notes answer.

A note's headings name its concepts, each with a definition or an account below it, so a heading
makes a question: "HNSW vs IVF" asks for the difference, "How HNSW works" how it works, and "Data
leakage", above the sentence that says what it is, for that. A section without notes is asked about
as a part of the path.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from assistant.spans import FENCE
from ingest.curriculum import Curriculum, Section
from ingest.errors import StudypathError
from ui.markup import one_line

if TYPE_CHECKING:
    from ui.keeper import Keeper
    from ui.path_study import Study

COUNT = 3
LONGEST = 200  # characters of a heading that is asked about
FIND = "Where do I learn about {}, and what first?"
FIND_TOPIC = "Which resources cover {}?"
HEADING = re.compile(r"(#{2,3}) +(.+?)\s*$")
NOT_ASKED = re.compile(r"(?:(?:Exercise|Requirement|Deliverable)s?\b|Go deeper$)", re.I)
SIDE = r"(?:(?! vs\b)[^,:?])+"
VERSUS = re.compile(rf"(?P<a>{SIDE}) vs\.? (?P<b>{SIDE})")
WORKS = re.compile(r"How (?P<what>[^,:?]+?) (?P<verb>works?)")
DOES = re.compile(r"How to (?P<deed>[^:?]+)")
CAPITAL = re.compile(r"[A-Z][a-z]+(?:-[a-z]+)*$")
NO_PROSE = re.compile(r"^(?:```.*?^```|---.*?^---|[#|].*?)$|`[^`\n]*`", re.M | re.S)


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the chat says before the first question: the section, in words, and the questions."""

    where: str = ""
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Concept:
    """A heading of a note as a question: its topic (a heading above it) and the kind asked."""

    topic: str
    kind: str
    question: str


def concepts(note: str) -> tuple[Concept, ...]:
    """Read the questions that the headings of a note answer, in its order."""
    found: list[Concept] = []
    topic, heading, fence = "", "", ""
    prose = NO_PROSE.sub("", note)
    for line in note.splitlines():
        if mark := FENCE.match(line):
            fence = "" if fence and mark["mark"].startswith(fence) else fence or mark["mark"]
            heading = ""
        elif fence or not line.strip():
            continue
        elif match := HEADING.match(line):
            words = one_line(match[2])
            if len(match[1]) == 2:
                topic, heading = "" if NOT_ASKED.match(words) else words, ""
            else:
                heading = words if topic and not NOT_ASKED.match(words) else ""
        elif heading:
            if asked := question_of(heading, line, prose):
                found.append(Concept(topic, *asked))
            heading = ""
    return tuple(found)


def question_of(heading: str, below: str, prose: str) -> tuple[str, str] | None:
    """Make a question of a heading and the line below it, with its kind; None where none fits.

    The definition below a heading tells how its words stand in a sentence: "A loss function is".
    """
    if match := VERSUS.fullmatch(heading):
        a, b = (lowered(match[side], prose) for side in "ab")
        return "compare", f"What is the difference between {a} and {b}?"
    if match := WORKS.fullmatch(heading):
        verb = "does" if match["verb"] == "works" else "do"
        return "how", f"How {verb} {lowered(match['what'], prose)} work?"
    if match := DOES.fullmatch(heading):
        return "how", f"How do I {lowered(match['deed'], prose)}?"
    defined = re.match(rf"(?:(An?|The) )?({re.escape(heading)}) (is|are)\b", one_line(below), re.I)
    if not defined:
        return None
    article = f"{defined[1].lower()} " if defined[1] else ""
    return "what", f"What {defined[3].lower()} {article}{lowered(heading, prose)}?"


def about(heading: str, below: str) -> str:
    """Make a question of any heading, with the passage below it; one that fits nothing as it is."""
    words = one_line(heading)
    if len(words) <= LONGEST and words.endswith("?"):
        return words
    words = words[:LONGEST].rstrip("?.:! ")
    asked = question_of(words, below, NO_PROSE.sub("", below))
    return asked[1] if asked else f"What should I know about “{words}”?"


def lowered(words: str, prose: str) -> str:
    """Write the first letter small, unless its word is a name, which the text never writes so."""
    first = words.split(" ", 1)[0]
    as_name = re.search(rf"[a-z,] {re.escape(first)}\b", prose)
    as_word = re.search(rf"\b{re.escape(first.lower())}\b", prose)
    if not CAPITAL.match(first) or (as_name and not as_word):
        return words
    return words[:1].lower() + words[1:]


@lru_cache(maxsize=64)
def starters(section: Section, note: str) -> tuple[str, ...]:
    """Choose the questions that a section begins with: of different kinds and topics, in order."""
    found, chosen = concepts(note), list[Concept]()
    left = list(found)
    while left and len(chosen) < COUNT:
        topics, kinds = {c.topic for c in chosen}, {c.kind for c in chosen}
        # A topic that was not asked about counts for more than another kind of question.
        best = max(left, key=lambda c: (c.topic not in topics, c.kind not in kinds))
        chosen.append(best)
        left.remove(best)
    if chosen:
        return tuple(c.question for c in found if c in chosen)
    topics_of = [FIND_TOPIC.format(one_line(t.text)) for t in section.topics[: COUNT - 1]]
    return (FIND.format(one_line(section.title)), *topics_of)


class Starters:
    """The questions of each learner's current section; safe to call from any thread."""

    def __init__(self, keeper: "Keeper", study: "Study") -> None:
        self._keeper, self._study = keeper, study

    def welcome(self, learner: str) -> Welcome:
        """Give what a learner is greeted with; nothing for a plain collection."""
        curriculum = self._keeper.curriculum
        if curriculum is None or not curriculum.sections:
            return Welcome()
        section = self._current(learner, curriculum)
        try:
            note = self._keeper.document(f"note/{section.id}")
        except StudypathError:
            note = None
        questions = starters(section, note[1] if note else "")
        return Welcome(one_line(curriculum.place(section.id)), questions)

    def _current(self, learner: str, curriculum: Curriculum) -> Section:
        """Find the section that a learner's plan goes on with: at first that of the path."""
        from assistant.learner import FILE
        from assistant.precious import learner_folder
        from assistant.view import study_order, view

        first, last = curriculum.sections[0], curriculum.sections[-1]
        if not learner or not (learner_folder(self._study.home, learner) / FILE).exists():
            return first
        try:
            order = study_order(view(self._study.basis(learner)))
        except StudypathError:  # a record that cannot be used: the plan says so, not the chat
            return first
        known = {section.id: section for section in curriculum.sections}
        return next((known[one.id] for one in order if one.id in known), last)
