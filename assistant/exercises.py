"""Help with an exercise of the path: hints before solutions, one at a time, each cited.

How far a learner has come is read off the conversation, nothing is stored: the same talk gives the
same next hint. The hints stand in our notes, under the heading of the exercise.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from assistant.manner import Turn
from assistant.quotes import Quote
from assistant.retrieve import Hit
from assistant.sections import held
from assistant.spans import Span, spans_of
from ingest.curriculum import Curriculum
from ingest.keywords import analyse
from ingest.library import Entry, Library

Idf = Callable[[str], float]

# A question is about an exercise when it asks for help and most of what it says is of that
# exercise, or when it is nearly the exercise's own words, with what is to be done in it: "how do I
# choose k in k-fold cross-validation" is not "implement k-fold cross-validation on a dataset".
SAME_WITH_HELP, SAME_ALONE = 0.6, 0.8
LONGEST = 500  # characters; an exercise is a line or two
SURE = 0.12  # by which the best exercise must lead the next one
TASK = re.compile(r"^(?P<kind>Exercise|Requirement|Deliverable): (?P<name>.+)$")
HINT = re.compile(r"^[\W_]*Hint (?P<n>\d+)\b", re.I)
SOLUTION = re.compile(r"^[\W_]*Solution(?: sketch)?\b", re.I)


@dataclass(frozen=True, slots=True)
class Task:
    """An exercise with the quotes of its note: each hint, and the solution; empty for none.

    `number` counts the exercises of its section from 1.
    """

    section_id: str
    number: int
    kind: str
    name: str
    hints: tuple[tuple[Quote, ...], ...] = ()
    solution: tuple[Quote, ...] = ()

    @property
    def key(self) -> tuple[str, int]:
        """What tells it from all others."""
        return self.section_id, self.number


@dataclass(frozen=True, slots=True)
class Wish:
    """What a question wants of which exercise: "hint", "solution" or "help" (whichever is due).

    `task` is None where only the conversation can tell which one.
    """

    task: Task | None
    wants: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a conversation has come: the exercise at hand and the hints given for it."""

    task: Task | None = None
    given: int = 0


@dataclass(frozen=True, slots=True)
class Help:
    """What is given for an exercise: quotes in reading order, a remark, and the new progress."""

    quotes: tuple[Quote, ...]
    message: str
    progress: Progress


# ── the exercises of a library ──────────────────────────────────────────────────────────────────


def tasks_of(curriculum: Curriculum) -> tuple[Task, ...]:
    """Name the exercises of all sections, in the path's order, still without their help."""
    return tuple(
        Task(section.id, number, exercise.kind, exercise.text)
        for section in curriculum.sections
        for number, exercise in enumerate(section.exercises, 1)
    )


def with_help(task: Task, library: Library) -> Task:
    """Read the hints and the solution of an exercise from the section's note."""
    ids = library.passages_of(f"note/{task.section_id}")
    entries = library.entries(list(ids))
    under = [entries[i] for i in ids if i in entries and is_under(entries[i], task.name)]
    hints, solution = help_in(under)
    return replace(task, hints=hints, solution=solution)


def is_under(entry: Entry, name: str) -> bool:
    """Say whether a passage stands under the heading of an exercise."""
    wanted = analyse(name)
    headings = (TASK.match(heading) for heading in entry.passage.heading_path)
    return any(match and analyse(match["name"]) == wanted for match in headings)


def help_in(entries: Iterable[Entry]) -> tuple[tuple[tuple[Quote, ...], ...], tuple[Quote, ...]]:
    """Sort the sentences under an exercise's heading into its hints and its solution."""
    parts: dict[int, list[tuple[Entry, Span]]] = {}
    number = 0  # of the hint; -1 is the solution; what stands before both is the introduction
    for entry in entries:
        for span in spans_of(entry.passage.text):
            if found := HINT.match(span.text):
                number = int(found["n"])
            elif SOLUTION.match(span.text):
                number = -1
            if number:
                parts.setdefault(number, []).append((entry, span))
    hints = tuple(tuple(quotes_of(parts[n])) for n in sorted(parts) if n > 0)
    return hints, tuple(quotes_of(parts.get(-1, [])))


def quotes_of(spans: Sequence[tuple[Entry, Span]]) -> list[Quote]:
    """Join spans of one passage that follow each other into one quote."""
    quotes: list[Quote] = []
    for entry, span in spans:
        last = quotes[-1] if quotes else None
        if last and last.hit.id == entry.passage.id:
            quotes[-1] = replace(last, end=span.end, spans=(*last.spans, span))
        else:
            hit = Hit(entry, 1.0, (), 0.0, 0.0)
            quotes.append(Quote(hit, span.start, span.end, (span,), 1.0))
    return quotes


# ── what a question wants ───────────────────────────────────────────────────────────────────────


ASKS_HELP = re.compile(
    r"\b(?:exercises?|hints?|solutions?|solve|solving|stuck|assignments?|requirements?"
    r"|deliverables?)\b|\bhelp (?:me|with)\b",
    re.I,
)
NAMES_TASK = re.compile(r"\b(?:exercises?|hints?|assignments?|requirement|deliverables?)\b", re.I)
NEXT = re.compile(
    r"^\W*(?:(?:please|ok(?:ay)?|can i (?:have|get)|could i (?:have|get)|may i have|give me|show me"
    r"|i (?:need|want)|i(?:'|’)d like)\b,? *)*(?:a |an |the |one |some |me )*"
    r"(?:(?:next|another|more|further|second|third|last|new|first) )*(?P<what>hints?|clues?|help)"
    r"(?: (?:please|now|more))*\W*$",
    re.I,
)
# Said of an exercise at hand; of anything else it is another question.
MORE = re.compile(
    r"^\W*(?:next|more|another|another one|next one|go on)(?: please)?\W*$"
    r"|^\W*(?:i(?:'|’)?a?m )?(?:still )?stuck\W*$",
    re.I,
)
BARE_SOLUTION = re.compile(
    r"^\W*(?:(?:please|ok(?:ay)?|now|just|can i (?:have|see|get)|could i (?:have|see)|give me"
    r"|show me|tell me|what is|what(?:'|’)s|i (?:need|want)|i give up)\b,? *)*"
    r"(?:the |a |full |whole )*(?:solution|answer)(?: sketch)?(?: (?:please|now|to (?:it|this|that)"
    r"(?: exercise)?|of (?:it|this)|for (?:it|this)(?: exercise)?))*\W*$|^\W*i give up\W*$",
    re.I,
)
WANTS_SOLUTION = re.compile(r"\b(?:solutions?|answers?|solved?|give up)\b", re.I)
WANTS_HINT = re.compile(r"\b(?:hints?|help|stuck|clues?|start)\b", re.I)
FRAME = re.compile(
    r"\b(?:i(?:'|’)(?:m|ve|d)|exercises?|hints?|solutions?|solve|solving|stuck|help|assignments?|tasks?|give|show|tell"
    r"|me|i|am|with|on|the|for|to|of|a|an|how|do|can|could|would|should|you|please|first|next"
    r"|another|answer|need|want|requirements?|deliverables?|start|this|that|in|from|is|what)\b",
    re.I,
)
NUMBERED = re.compile(
    r"\b(?:exercise|task|assignment|requirement|deliverable) "
    r"(?:no\.? ?|number |#)?(?P<n>\d{1,2}|one|two|three|four)\b"
    r"|\b(?P<word>first|second|third|fourth|last) (?:exercise|task|assignment|requirement"
    r"|deliverable)\b",
    re.I,
)
# "How does k-fold work?" asks for an explanation, "how do I implement k-fold?" for the exercise.
OWN_QUESTION = re.compile(
    r"\W*(?:what|why|when|which|where|who|is|are|does|do|can"
    r"|how(?!\W+(?:to|(?:do|can|should|could|would|must|am)\W+(?:i|we|you|one))\b))\b",
    re.I,
)
VERSUS = re.compile(r"\b(?:vs|versus)\b", re.I)  # "LoRA vs full fine-tuning"
COUNTED = {"one": 1, "two": 2, "three": 3, "four": 4}
COUNTED |= {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}


def read_wish(text: str, tasks: Sequence[Task], within: Sequence[str], idf: Idf) -> Wish | None:
    """Find which exercise a question is about and what it wants; None for any other question.

    `within` are the sections it is put within, empty for all; there exercises are counted through.
    """
    if len(text) > LONGEST:
        return None
    if BARE_SOLUTION.match(text):
        return Wish(None, "solution")
    if NEXT.match(text) or MORE.match(text):
        return Wish(None, "hint")
    wants = wanted_of(text)
    inside = [t for t in tasks if t.section_id in set(within)] if within else list(tasks)
    number = NUMBERED.search(text)
    if number and within and inside:
        position = place_of(number)
        if -1 <= position <= len(inside):
            return Wish(inside[position - 1 if position > 0 else position], wants)
    task = named_in(text, inside, idf)
    return Wish(task, wants) if task else None


def wanted_of(text: str) -> str:
    """Say whether a hint, the solution or whichever is due is asked for."""
    if WANTS_HINT.search(text):
        return "hint"
    return "solution" if WANTS_SOLUTION.search(text) else "help"


def place_of(number: re.Match[str]) -> int:
    """Read which exercise is meant, from 1; -1 for the last one."""
    word = (number["n"] or number["word"]).lower()
    return COUNTED.get(word) or int(word)


def named_in(text: str, tasks: Sequence[Task], idf: Idf) -> Task | None:
    """Find the exercise whose words a question holds; None when no one leads clearly."""
    asks = bool(ASKS_HELP.search(text))
    said = frozenset(analyse(FRAME.sub(" ", text) if asks else text))
    if not said:
        return None
    fits = []
    for task in tasks:
        named = stems(task.name)
        if named.isdisjoint(said):  # as most are
            continue
        of_task, of_text = held(named, said, idf), held(said, named, idf)
        fits.append((min(of_task, of_text), of_task, of_text, task))
    fits.sort(key=lambda fit: -fit[0])
    if not fits:
        return None
    least, of_task, of_text, task = fits[0]
    lead = least - (fits[1][0] if len(fits) > 1 else 0.0)
    if asks:
        whole = SAME_WITH_HELP / 4 if NAMES_TASK.search(text) else SAME_WITH_HELP
        near = of_text >= SAME_WITH_HELP and of_task >= whole
        return task if near and lead >= SURE else None
    pasted = least >= SAME_ALONE and lead >= SURE and analyse(task.name)[0] in said
    return task if pasted and not opens_question(text) else None


@lru_cache(maxsize=2_000)
def stems(name: str) -> frozenset[str]:
    """Give the stems of an exercise's name; every question asks for all of them."""
    return frozenset(analyse(name))


def opens_question(text: str) -> bool:
    """Say whether a text is a question of its own, such as "what is …", and no pasted task."""
    return bool(OWN_QUESTION.match(text) or VERSUS.search(text))


# ── what is given ───────────────────────────────────────────────────────────────────────────────


WHICH = (
    "Which exercise do you mean? Name it by its words, or by its place, such as “exercise 1 of week"
    " 1 of month 1”."
)


def exercise_help(
    typed: str,
    history: Sequence[Turn],
    within: Callable[[str], Sequence[str]],
    curriculum: Curriculum,
    library: Library,
    idf: Idf,
    *,
    hints: bool,
) -> Help | None:
    """Give the help that a question asks for with an exercise; None for any other question.

    `within` names the sections that a question is put within, none for the whole path.
    """
    tasks = tasks_of(curriculum)

    def wish_of(text: str) -> Wish | None:
        wish = read_wish(text, tasks, within(text), idf)
        return replace(wish, task=with_help(wish.task, library)) if wish and wish.task else wish

    wish = wish_of(typed)
    if wish is None:
        return None
    progress = so_far(history, wish_of, hints=hints)
    if wish.task is None and progress.task is None:
        named = re.search(r"\b(?:hints?|solution)\b", typed, re.I)
        return Help((), WHICH, progress) if named else None
    return helped(wish, progress, hints=hints)


def so_far(
    history: Sequence[Turn], wish_of: Callable[[str], Wish | None], *, hints: bool
) -> Progress:
    """Go through a conversation and say which exercise is at hand and how many hints were given.

    Questions about other things in between change nothing.
    """
    progress = Progress()
    for turn in history:
        wish = None if turn.refused else wish_of(turn.question)
        given = helped(wish, progress, hints=hints) if wish else None
        progress = given.progress if given else progress
    return progress


def helped(wish: Wish, progress: Progress, *, hints: bool) -> Help | None:
    """Give what is due: the next hint, or the solution; None when no exercise is at hand.

    With `hints` the solution comes after all hints. Without, whoever asks for no hint gets it.
    """
    task = wish.task or progress.task
    if task is None:
        return None
    given = progress.given if progress.task and progress.task.key == task.key else 0
    if not task.hints and not task.solution:
        return Help((), f"“{task.name}” has no hints in the notes.", Progress(task, 0))
    left = len(task.hints) - given
    direct = wish.wants != "hint" and not hints
    if left > 0 and not direct:
        return next_hint(task, given, held_back=wish.wants == "solution")
    if wish.wants == "hint" and task.hints:
        message = f"“{task.name}”: that was the last of {given} hints. Ask “solution” to go on."
        return Help(task.hints[-1], message, Progress(task, given))
    return the_solution(task, given)


def next_hint(task: Task, given: int, *, held_back: bool) -> Help:
    """Give one hint and say how to go on."""
    count = len(task.hints)
    left = count - given - 1
    more = "Ask “next hint” for another." if left else "Ask “solution” for the solution sketch."
    message = f"“{task.name}”: hint {given + 1} of {count}. {more}"
    if held_back and left:
        message = f"Hints come before the solution. {message}"
    return Help(task.hints[given], message, Progress(task, given + 1))


def the_solution(task: Task, given: int) -> Help:
    """Give the solution sketch of the note; what is there of it."""
    if not task.solution:
        return Help((), f"The notes hold no solution for “{task.name}”.", Progress(task, given))
    message = f"“{task.name}”: the solution sketch of the notes."
    if task.hints and not given:
        message += f" Ask for a hint to get {len(task.hints)} hints first, one at a time."
    return Help(task.solution, message, Progress(task, len(task.hints)))
