"""What a follow-up can lean on: the last question, its subject, what was compared and listed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.manner import Turn
from assistant.subjects import (
    DONE,
    RELATIONS,
    STATES,
    VERB_FORMS,
    Topic,
    listed_in,
    topic_of,
)
from ingest.analysis import words

ORDINALS = {"first": 0, "1st": 0, "former": 0, "second": 1, "2nd": 1, "latter": -1, "third": 2}
ORDINALS |= {"3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "last": -1}


@dataclass(frozen=True, slots=True)
class Talk:
    """What a follow-up can lean on.

    `last` is the question that an ellipsis repeats; `subject` what "it" stands for, as it was
    written; `action` what was asked to be done to it; `pair` the two terms that "which is better?"
    compares, empty when there was one; `items` what was listed.
    """

    last: str
    subject: str
    action: str = ""
    pair: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


def talk_of(turns: Sequence[Turn]) -> Talk:
    """Gather what the conversation is about; what was off the path is passed over if it can be."""
    near = [turn for turn in turns if not (turn.refused and not turn.sections)] or list(turns)
    topics: list[Topic] = []
    for turn in near:
        topics.append(topic_in(turn.question, topics))
    last = topics[-1]
    named = [topic.subject for topic in topics if topic.subject]
    pair = last.sides or tuple(dict.fromkeys(reversed(named)))[1::-1]
    lists = [listed_in(turn.answer) for turn in near[-2:]]
    items = next(filter(None, reversed(lists)), ())
    subject = with_its_article(last.subject, near[-1].question)
    action = last.action.replace(last.subject, subject, 1) if last.subject else ""
    return Talk(near[-1].question, subject, action, pair if len(pair) == 2 else (), items)


def topic_in(question: str, before: Sequence[Topic]) -> Topic:
    """Find a question's topic; one that names no new matter goes on with the topic before."""
    topic = topic_of(question)
    held = next((t for t in reversed(before) if t.subject), Topic())
    goes_on = held.subject and held.subject.lower() in question.lower()
    counts = re.match(r"how (?:many|much)\b", question, re.I)
    if (counts and goes_on) or (not topic.subject and (goes_on or not own_matter(question))):
        return held
    return topic


def with_its_article(subject: str, question: str) -> str:
    """Write a subject with the article that it had in its question: "a circuit breaker"."""
    found = re.search(rf"\b(?:an?|the) {re.escape(subject)}(?!\w)", question, re.I)
    return found[0][0].lower() + found[0][1:] if found and subject else subject


# ── what a question has of its own ──────────────────────────────────────────────────────────────

# Words that ask, evaluate or point, and name no matter: a question of these alone leans.
LIGHT_WORDS = """
alternatives algorithm another anything approach bit briefly case choice code common compared
concept con cons concrete continue detail details deeper difference different do does easily easy
elaborate else everyday exactly example examples explain fast first formula get give good happen
happens help helpful helps idea important instance instead intuition kind kinds know last like line
list little long longer look main mean meaning means method methods more need next number often
option options other others particular point practice practical pro pros python question quick
quickly real really reason reasons same sample sense should show shorter simple simpler simply slow
snippet something sort start step steps stuff technique techniques tell term terms thing things
time type types typical understand use used useful uses using usual usually want way ways words
worth write
"""
OWNED = frozenset({*RELATIONS, *(f"{word}s" for word in RELATIONS), "complexities", "pros"})
LIGHT = (
    frozenset({*LIGHT_WORDS.split(), *DONE, *STATES, "second", "third", "former", "latter", "one"})
    | VERB_FORMS
    | OWNED
) - frozenset(["trained", "overfit", "overfits"])


def own_matter(text: str) -> list[str]:
    """Give the words of a text that name what it is about."""
    read = [(word.surface.lower(), word.stop) for word in words(text)]
    return [surface for surface, stop in read if not stop and surface not in LIGHT]


def statement(question: str) -> str:
    """Keep what a question tells before it asks: "My loss is nan, what is wrong?"."""
    return _ASKS.sub("", question).strip(" ,;:.") or question


_ASKS = re.compile(
    r"[,;:.] (?:but |so |and )?(?:what|why|how|is|are|should|can|does|do)\b[^,;:.]*$", re.I
)


def lower_first(text: str) -> str:
    """Put a question behind another word; names keep their capitals."""
    first = text.split(maxsplit=1)[0] if text else ""
    known = {"i", "what", "how", "why", "when", "where", "which", "is", "are", "do", "does", "can"}
    known |= {"should", "could", "would", "will", "did", "has", "have"}
    return text[:1].lower() + text[1:] if first.lower() in known - {"i"} else text


def other_side(talk: Talk) -> str:
    """Give the one of the pair that is not the subject; empty when there is no pair."""
    bare = re.sub(r"^(?:an?|the) ", "", talk.subject)
    return next((side for side in talk.pair if side != bare), "")
