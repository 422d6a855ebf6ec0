"""Answers as turns of a conversation, and a long conversation within a budget; pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.answer import Answer
from assistant.manner import Turn

# Tokens of talk that a question carries with it: a small model reads 4,096, and the passages of an
# answer need most of them.
BUDGET = 800


def turn_of(answer: Answer) -> Turn:
    """Write an answer as a turn: the question as it was understood, what was said in plain text.

    A refusal keeps its nearest sections unless it lay off the path: an aside is passed over when
    a later question leans on the talk.
    """
    near = () if answer.reason == "off_path" else answer.nearest_sections
    return Turn(
        question=answer.asked or answer.question,
        answer="\n".join(sentence.text for sentence in answer.sentences),
        sections=near if answer.refused else answer.sections,
        refused=answer.refused,
    )


def turns_of(answers: Sequence[Answer]) -> tuple[Turn, ...]:
    """Write a conversation as turns; what was not answered or no question is none."""
    said = (a for a in answers if a.reason != "unclear" and not a.is_missing)
    return tuple(map(turn_of, said))


def condense(
    history: Sequence[Turn], budget: int = BUDGET, count: Callable[[str], int] | None = None
) -> tuple[Turn, ...]:
    """Choose what of a conversation fits a budget of tokens, oldest first.

    The newest turns stay whole. From the first that does not fit, a turn is shortened to its
    question and the first sentence of its answer; the oldest are left out. `count` gives the
    tokens of a text.
    """
    count = count or about
    kept: list[Turn] = []
    left, whole = budget, True
    for turn in reversed(history):
        whole = whole and cost(turn, count) <= left
        held = turn if whole else replace(turn, answer=first_sentence(turn.answer))
        if cost(held, count) > left:
            break
        left -= cost(held, count)
        kept.append(held)
    return tuple(reversed(kept))


def cost(turn: Turn, count: Callable[[str], int]) -> int:
    """Count the tokens of a turn."""
    return count(turn.question) + count(turn.answer)


def about(text: str) -> int:
    """Estimate the tokens of English text: about four characters each."""
    return (len(text) + 3) // 4


def first_sentence(text: str) -> str:
    """Give the first sentence of an answer; of a list or code its first line."""
    line = text.strip().split("\n", 1)[0]
    return re.split(r"(?<=[.!?])\s+(?=[A-Z\"“(])", line, maxsplit=1)[0]
