"""What a learner said of an answer, as it is kept beside their conversations; never sent anywhere.

The record is append-only: the newest word on an answer counts, and an empty verdict takes back what
was said before. `Conversations` in `assistant/conversation.py` keeps it.
"""

import sqlite3
from dataclasses import dataclass, replace

from ingest.errors import InputError

HELPFUL, NOT_RIGHT, TAKEN_BACK = "helpful", "not_right", ""
VERDICTS = (HELPFUL, NOT_RIGHT, TAKEN_BACK)
REASONS = {
    "wrong": "Wrong",
    "other_question": "Not my question",
    "too_long": "Too long",
    "not_in_source": "Source does not say this",
}
LONGEST = 500  # characters of a reason in a learner's own words


@dataclass(frozen=True, slots=True)
class Feedback:
    """What was said of one answer: a verdict, and for `not_right` a reason or own words, or both.

    `at` is an ISO 8601 time in UTC, empty before it is kept.
    """

    message_id: str
    verdict: str
    reason: str = ""
    words: str = ""
    at: str = ""


def checked(feedback: Feedback) -> Feedback:
    """Give feedback as it is kept, its words on one line; raises InputError for what is none."""
    if feedback.verdict not in VERDICTS:
        known = ", ".join(VERDICTS[:-1])
        raise InputError(f"{feedback.verdict!r:.40} is no verdict: use one of {known}")
    if feedback.reason and feedback.reason not in REASONS:
        known = ", ".join(REASONS)
        raise InputError(f"{feedback.reason!r:.40} is no reason: use one of {known}")
    words = " ".join(feedback.words.split()).encode("utf-8", "replace").decode("utf-8")
    if len(words) > LONGEST:
        raise InputError(f"the reason has {len(words)} characters: say it in {LONGEST}")
    if feedback.verdict != NOT_RIGHT:
        return replace(feedback, reason="", words="")
    return replace(feedback, words=words)


def feedback_of(row: sqlite3.Row) -> Feedback:
    """Read what was said from its row."""
    return Feedback(row["message_id"], row["verdict"], row["reason"], row["words"], row["at"])
