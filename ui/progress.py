"""How far a long job is, in one line that people read and the page's background job reads back."""

import re
from dataclasses import dataclass

from ingest.progress import Progress

STAGES = {
    "read": "Reading",
    "split": "Splitting",
    "keywords": "Keyword index",
    "model": "Question model",
    "embed": "Meaning",
    "vectors": "Meaning index",
    "search": "Searching",
    "ask": "Asking",
    "time": "Timing",
    "score": "Scoring",
    "write": "Writing",
    "done": "Done",
}
ERROR_PREFIX = "studypath: "  # what a command's last line begins with when it failed
_PUBLISHED = re.compile(r"Keyword index (\d+)/\1\b|(?:Question model|Meaning|Done)\b")
_STEP = re.compile(
    rf"({'|'.join(sorted(STAGES.values(), key=len, reverse=True))})"
    r"(?: (\d+)/(\d+))?(?:, (about \d+ (?:min|s)) left)?(?::(?: (.*))?)?"
)


@dataclass(frozen=True, slots=True)
class Step:
    """A progress line read back; `left` is such as "about 40 s", `about` what a step is about."""

    stage: str
    done: int = 0
    total: int = 0
    left: str = ""
    about: str = ""


def progress_line(progress: Progress) -> str:
    """Write progress as "Meaning 120/300, about 40 s left: reading for meaning"."""
    stage = STAGES.get(progress.stage, progress.stage)
    count = f" {progress.done}/{progress.total}" if progress.total > 1 else ""
    left = f", {time_left(progress.eta_seconds)} left" if progress.eta_seconds else ""
    message = being_read(progress)
    return f"{stage}{count}{left}{': ' if message else ''}{message}"


def being_read(progress: Progress) -> str:
    """Name what a step is about, and what else is read at the same time: "A, B and 3 more"."""
    message = " ".join(progress.message.split())
    others = [" ".join(title.split()) for title in progress.under_way if title != progress.message]
    if message and progress.message not in progress.under_way and others:
        message, *others = others  # it ended; these go on
    named = [message, *others[:1]] if others else [message]
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    return ", ".join(named) + more


def time_left(seconds: float) -> str:
    """Round a time for people: "about 40 s", "about 3 min"."""
    if seconds < 90:
        return f"about {max(5, round(seconds / 5) * 5)} s"
    return f"about {round(seconds / 60)} min"


def left_in(line: str) -> str:
    """Give the time left that a progress line names, as "about 40 s"; empty when it names none."""
    step = step_of(line)
    return step.left if step else ""


def keywords_ready(line: str) -> bool:
    """Say whether the keyword index was published by the time of this progress line."""
    return bool(_PUBLISHED.match(line))


def step_of(line: str) -> Step | None:
    """Read a progress line back; None for a line that is none."""
    found = _STEP.fullmatch(line.strip())
    if not found:
        return None
    words, done, total, left, about = found.groups(default="")
    stage = next(name for name, known in STAGES.items() if known == words)
    return Step(stage, int(done or 0), int(total or 0), left, about)
