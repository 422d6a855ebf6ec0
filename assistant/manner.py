"""How a question is to be answered: after what talk, within which sections, how deep, by whom."""

from dataclasses import dataclass

DEPTHS = ("brief", "normal", "deep")


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation, as it was understood, with what was answered in plain text.

    `sections` are the ids of the answer's sections, best first.
    """

    question: str
    answer: str = ""
    sections: tuple[str, ...] = ()
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Manner:
    """What surrounds a question.

    `history` holds the turns before it, oldest first; `scope` ids of sections to answer from, empty
    for the whole library; `engine` goes before the one of the settings; with `hints` an exercise
    gets hints and no solution.
    """

    history: tuple[Turn, ...] = ()
    scope: tuple[str, ...] = ()
    depth: str = "normal"
    engine: str = ""
    hints: bool = False
