"""What a visitor says of the answers they see: checked, kept in their learner's folder, shown.

An answer is named by the id of its message, which is looked up in the visitor's own conversation
alone.
"""

from collections.abc import Mapping
from typing import Any

from assistant.feedback import Feedback
from ingest.errors import InputError
from ui.sessions import Sessions

NOT_KEPT = "Nothing is kept here, so this cannot be noted: load the page again, with cookies."
NO_ANSWER = "This answer is not in the conversation any more: load the page again."
LONGEST_SENT = 5_000  # characters of anything a browser sends for it


def verdicts(sessions: Sessions, visitor: str) -> dict[str, Any]:
    """Give what is said of the answers in the conversation a visitor sees, by message."""
    kept = sessions.kept(visitor)
    said = kept.feedback(sessions.current(visitor)) if kept else ()
    return {"said": {one.message_id: shown(one) for one in said}}


def judged(sessions: Sessions, visitor: str, sent: object) -> dict[str, Any]:
    """Keep what a browser sent of an answer; raises InputError for what is none of the visitor's.

    A verdict that is empty takes back what was said.
    """
    given: Mapping[str, object] = sent if isinstance(sent, dict) else {}
    texts = {name: given.get(name) or "" for name in ("message", "verdict", "reason", "words")}
    if not all(isinstance(text, str) and len(text) <= LONGEST_SENT for text in texts.values()):
        raise InputError(NO_ANSWER)
    message_id, verdict, reason, words = map(str, texts.values())
    kept = sessions.kept(visitor)
    if kept is None:
        raise InputError(NOT_KEPT)
    if sessions.message(visitor, message_id) is None:
        raise InputError(NO_ANSWER)
    return shown(kept.judge(Feedback(message_id, verdict, reason, words)))


def shown(feedback: Feedback) -> dict[str, str]:
    """Write what was said for the page, which shows it as text."""
    return {"verdict": feedback.verdict, "reason": feedback.reason, "words": feedback.words}
