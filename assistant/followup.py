"""A follow-up read against the conversation, so that it stands alone.

Rules of words, in a fixed order: what was not said in a question (a pronoun's noun, the other side
of a comparison, the whole question of "why?") is taken from the turns before it. A question with
its own matter is left as it was typed. `python -m eval.followups` measures both errors.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.ellipsis import another, one_of, remark
from assistant.manner import Turn
from assistant.talk import ORDINALS, Talk, own_matter, talk_of
from assistant.unsaid import compared_with, ownerless, pronoun

REACH = 8  # turns that are looked back; a pronoun rarely reaches further than two
ANY_TURN = Turn("What is overfitting?", "Overfitting is the fitting of noise.")
LONGEST_TEXT = 600  # characters
LONGEST = 40  # words; whoever writes more says what it is about


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question that stands alone; `used` is what it took from the conversation, else empty."""

    text: str
    used: str = ""


def resolve(typed: str, history: Sequence[Turn]) -> Resolved:
    """Make a question stand alone, given the turns before it, oldest first; never raises.

    Without a turn to lean on, or when the question has its own matter, it comes back as typed.
    """
    return after(understood(history), typed)


def leans_on_a_talk(typed: str) -> bool:
    """Say whether a question would take something from a turn before it, were there one."""
    return bool(resolve(typed, (ANY_TURN,)).used)


def after(turns: Sequence[Turn], typed: str) -> Resolved:
    """Read a question against turns that were understood already."""
    alone = Resolved(typed)
    if len(typed) > LONGEST_TEXT:
        return alone
    said = own_words(typed)
    if not turns or not said or len(said.split()) > LONGEST or "\n" in typed.strip():
        return alone
    said, talk = looked_back(said, turns)
    if not talk.last:
        return alone
    led = bool(_LED.match(last_sentence(typed)))
    for rule in RULES:
        text = rule(said, talk, led)
        if text:
            return Resolved(written(text), talk.subject or talk.last)
    return alone


def understood(history: Sequence[Turn]) -> tuple[Turn, ...]:
    """Read each turn against those before it, so that a chain of follow-ups keeps its subject."""
    turns: tuple[Turn, ...] = ()
    for turn in history[-REACH:]:
        turns = (*turns, replace(turn, question=after(turns, turn.question).text))
    return turns


def looked_back(said: str, turns: Sequence[Turn]) -> tuple[str, Talk]:
    """Take up "back to my first question": the talk is then about that turn alone."""
    match = _BACK.search(said)
    if not match:
        return said, talk_of(turns)
    place = ORDINALS.get(match["which"].lower(), -2 if len(turns) > 1 else -1)
    chosen = turns[place] if -len(turns) <= place < len(turns) else turns[-1]
    rest = _BACK.sub("", said).strip(" ,:;.-?")
    return rest or "tell me more", talk_of([chosen])


_BACK = re.compile(
    r"^(?:(?:going |coming |let's go |let us go )?back to|about|on|regarding|as for) my "
    r"(?P<which>first|second|third|last|previous|earlier|other) question\b[,:.]?",
    re.I,
)
_THANKS = (
    r"(?:thanks?(?: you)?(?: (?:a lot|so much|very much))?|great|ok(?:ay)?|nice|cool|good|perfect"
    r"|got it|i see|i get it|hm+|ah+|oh|right|well|alright|yes|no|yeah|sure|please|so|and|but|then"
    r"|also|now|hi|hello|hey|that helps|makes sense|interesting)"
)
_OPENING = re.compile(rf"^(?:{_THANKS}\b(?!-)[,.!;: …-]*)+", re.I)
_LED = re.compile(
    r"^(?:\W*(?:ok(?:ay)?|so|well|yes|no|thanks?|great)\W+)*(?:and|but|so|then|or)\b", re.I
)
_POLITE = re.compile(
    r"^(?:(?:can|could|would|will) you (?:please |also )*(?=\w)|please "
    r"|i (?:want|would like|'d like) to (?:know|see) )",
    re.I,
)


def own_words(typed: str) -> str:
    """Drop thanks, connectives and politeness before a question, and its end."""
    said = " ".join(last_sentence(typed).split()).strip(' ?!.…,;:"“”')
    bare = re.sub(r",? (?:please|thanks|then|though)$", "", _OPENING.sub("", said), flags=re.I)
    bare = bare.strip() or said
    return _POLITE.sub("", bare).strip() or bare


def last_sentence(typed: str) -> str:
    """Leave out sentences before a question that say nothing, such as "Thanks. That helps."."""
    sentences = re.split(r"(?<=[.!?])\s+", typed.strip())
    while len(sentences) > 1 and not own_matter(sentences[0]):
        sentences = sentences[1:]
    return " ".join(sentences)


def written(text: str) -> str:
    """Write a resolved question with a capital and its mark."""
    text = " ".join(text.split()).strip(" ?.,;:")
    mark = "" if re.match(r"(?:explain|compare|describe|show|give|tell)\b", text, re.I) else "?"
    return f"{text[:1].upper()}{text[1:]}{mark}"


Rule = Callable[[str, Talk, bool], str]
RULES: tuple[Rule, ...] = (remark, one_of, compared_with, another, pronoun, ownerless)
