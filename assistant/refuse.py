"""A refusal in words: short, kind, without citations, with what would help."""

import re

from assistant.question import Part, Question

PLAIN = re.compile(r"\w[\w .,+#/'’&-]*")  # what is worth repeating; markup and code are not
LONGEST_NAMED = 6  # words of a subject that a message repeats
FLAGGED_ONLY = (
    "Only passages that give orders to an assistant speak of this. They are kept out of answers;"
    " `studypath sources --flagged` lists them."
)


def refusal_words(reason: str, question: Question, nearest: str = "") -> str:
    """Say why there is no answer, what would give one, and what to ask instead.

    `nearest` is the title of the section that is nearest to the question, if there is one.
    """
    if reason == "flagged_only":
        return FLAGGED_ONLY
    if reason == "off_path":
        return (
            "This lies outside your learning path. Ask about one of its sections, or add a source"
            " of your own with `studypath add`."
        )
    instead = f", or ask about “{nearest}”" if nearest else ""
    source = f"a source on {named}" if (named := subject_words(question)) else "a source that does"
    return f"Nothing in your library answers this. Add {source} with `studypath add`{instead}."


def subject_words(question: Question) -> str:
    """Name what a question is about in quotation marks; empty for a clause or a long text."""
    return next((words for part in question.parts if (words := named(part))), "")


def named(part: Part) -> str:
    """Name the subject of a part, or both sides of a comparison; of "how does X do Y" neither."""
    if part.kind not in ("what", "compare") or part.subject == part.text:
        return ""
    subjects = part.sides or (part.subject,)
    short = all(
        len(s.split()) <= LONGEST_NAMED and len(s) <= 60 and PLAIN.fullmatch(s) for s in subjects
    )
    return " and ".join(f"“{s}”" for s in subjects) if short else ""
