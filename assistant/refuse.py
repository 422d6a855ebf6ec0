"""A refusal in words: short, kind, without citations, with what would help."""

import re
from collections.abc import Sequence

from assistant.part import ARTICLE, Part
from assistant.question import Question
from assistant.subjects import AUXILIARIES, VERBS

PLAIN = re.compile(r"\w[\w .,+#/'’&-]*")  # what is worth repeating; markup and code are not
LONGEST_NAMED = 6  # words of a subject that a message repeats
LONGEST_PART = 120  # characters of a part that a message repeats
ASKS_FOR = re.compile(
    r"^(?:please )?(?:give|show|tell|find|write|send|get|recommend|suggest|list|name|define|explain"
    r"|describe)(?: (?:me|us)(?: about)?)? ",
    re.I,
)
ASKS_HOW = re.compile(r"^\w+ (?:\w+ )?(?:how|why|what|when|whether)\b", re.I)
PERSONAL = "i me my you your we us our how what why when which who where am"
CLAUSE_WORDS = AUXILIARIES | frozenset(PERSONAL.split())
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


def missing_words(questions: Sequence[str]) -> str:
    """Name the parts of a question that nothing answers, beside an answer to the others."""
    if not questions:
        return ""
    asked = [q.strip(" ?") for q in questions]
    if all(PLAIN.fullmatch(q) and len(q) <= LONGEST_PART for q in asked):
        return f"Nothing in your library answers {' and '.join(f'“{q}”' for q in asked)}."
    return "Nothing in your library answers another part of this question."


def subject_words(question: Question) -> str:
    """Name what a question is about in quotation marks; empty for a clause or a long text.

    Of two different things the library may hold one, so neither is named.
    """
    if len({part.subject.lower() for part in question.parts}) > 1:
        return ""
    return next((words for part in question.parts if (words := named(part))), "")


def named(part: Part) -> str:
    """Name the subject of a part, or both sides of a comparison; of "how does X do Y" neither."""
    if part.kind not in ("what", "compare"):
        return ""
    subjects = part.sides or (wanted(part),)
    return " and ".join(f"“{s}”" for s in subjects) if all(map(is_term, subjects)) else ""


def wanted(part: Part) -> str:
    """Give what is wanted without the words that ask for it: "Give me a carbonara recipe"."""
    if ASKS_HOW.match(part.text):
        return ""
    return ARTICLE.sub("", ASKS_FOR.sub("", part.subject or part.text))


def is_term(words: str) -> bool:
    """Say whether words are short, plain and no clause, so that a message can repeat them."""
    said = words.lower().split()
    if not said or said[0] in VERBS or not CLAUSE_WORDS.isdisjoint(said):
        return False
    return len(said) <= LONGEST_NAMED and len(words) <= 60 and bool(PLAIN.fullmatch(words))
