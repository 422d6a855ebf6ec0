"""Measure how follow-up questions are read, on conversations of our own.

    python -m eval.followups [--split test] [--show]

Two errors are counted: a question that leans on the conversation and is not resolved, or to the
wrong thing; and a question with its own matter that gets something glued to it. Both are compared
with never resolving and with always putting the question before in front. Last, every development
question of `dev.yaml`, each of which stands alone, is asked after another one: nothing may stick.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from assistant.followup import resolve
from assistant.manner import Turn
from eval.fusion import DEV
from eval.questions import load as load_questions

DIALOGUES = Path(__file__).resolve().parent / "golden" / "dialogues.yaml"
Reader = Callable[[str, Sequence[Turn]], str]


@dataclass(frozen=True, slots=True)
class Said:
    """One turn of a dialogue; see the head of dialogues.yaml.

    `means` holds groups of words, one of each of which a right reading has.
    """

    ask: str
    means: tuple[tuple[str, ...], ...] = ()
    without: tuple[str, ...] = ()
    alone: bool = False
    answer: str = ""
    refused: bool = False
    near: bool = False


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One conversation with the section it begins in."""

    id: str
    split: str
    section: str
    turns: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """How one turn was read, and whether that is right."""

    dialogue: str
    said: Said
    text: str
    right: bool


def load(file: Path = DIALOGUES) -> tuple[Dialogue, ...]:
    """Read the dialogues; raises ValueError for one that is not of their form."""
    return tuple(map(_dialogue, yaml.safe_load(file.read_text(encoding="utf-8"))))


def _dialogue(held: Mapping[str, object]) -> Dialogue:
    turns = held.get("turns")
    if held.get("split") not in ("dev", "test") or not isinstance(turns, list) or len(turns) < 2:
        raise ValueError(f"dialogue {held.get('id')!r}: wants a split and at least two turns")
    said = tuple(map(_said, turns))
    if any(bool(turn.means) == turn.alone for turn in said[1:]) or said[0].means:
        raise ValueError(f"dialogue {held['id']!r}: a later turn has either `means` or `alone`")
    return Dialogue(str(held["id"]), str(held["split"]), str(held["section"]), said)


def _said(held: Mapping[str, object]) -> Said:
    means = held.get("means", ())
    groups = means if isinstance(means, list) else ()
    return Said(
        ask=str(held["ask"]),
        means=tuple(tuple(map(str, g)) if isinstance(g, list) else (str(g),) for g in groups),
        without=tuple(map(str, held.get("not") or ())),  # type: ignore[call-overload]
        alone=bool(held.get("alone")),
        answer=str(held.get("answer", "")),
        refused=bool(held.get("refused")),
        near=bool(held.get("near")),
    )


# ── three ways to read a follow-up ──────────────────────────────────────────────────────────────


def by_rules(asked: str, history: Sequence[Turn]) -> str:
    """Read it as the product does."""
    return resolve(asked, history).text


def never(asked: str, history: Sequence[Turn]) -> str:
    """Leave it as it was typed."""
    return asked


def always(asked: str, history: Sequence[Turn]) -> str:
    """Put the question before in front of it, as it was typed."""
    return f"{history[-1].question} {asked}" if history else asked


READERS: Mapping[str, Reader] = {
    "rules": by_rules,
    "never resolve": never,
    "always prepend": always,
}


def readings(dialogue: Dialogue, reader: Reader) -> Iterator[Reading]:
    """Read a dialogue turn by turn, each against those before it as they were understood."""
    history: tuple[Turn, ...] = ()
    for said in dialogue.turns:
        text = reader(said.ask, history)
        if history:
            yield Reading(dialogue.id, said, text, is_right(said, text))
        sections = () if said.refused and not said.near else (dialogue.section,)
        kept = said.ask if reader is always else text
        history = (*history, Turn(kept, said.answer, sections, said.refused))


def is_right(said: Said, text: str) -> bool:
    """Say whether a reading holds what it must and nothing that it must not."""
    if said.alone:
        return text == said.ask
    held = all(any(occurs(word, text) for word in group) for group in said.means)
    return held and not any(occurs(word, text) for word in said.without)


def occurs(word: str, text: str) -> bool:
    """Say whether a word begins anywhere in a text, in any case."""
    return bool(re.search(rf"(?<!\w){re.escape(word)}", text, re.I))


# ── figures ─────────────────────────────────────────────────────────────────────────────────────


def report(dialogues: Sequence[Dialogue], strangers: Sequence[str]) -> str:
    """Write the table of both errors for each way of reading."""
    lines = [
        "| Reading | Leaning questions missed | Own questions glued | Both |",
        "|---|---|---|---|",
    ]
    for name, reader in READERS.items():
        read = [reading for dialogue in dialogues for reading in readings(dialogue, reader)]
        leaning = [reading for reading in read if not reading.said.alone]
        own = [reading for reading in read if reading.said.alone]
        cells = [wrong(leaning), wrong(own), wrong(read)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    glued = stuck(strangers)
    share = f"{len(glued)} of {len(strangers)}"
    lines += ["", f"Stand-alone development questions, each after another one: {share} glued."]
    return "\n".join(lines)


def wrong(read: Sequence[Reading]) -> str:
    """Write how many readings are wrong."""
    count = sum(not reading.right for reading in read)
    return f"{count} of {len(read)} ({100 * count / max(1, len(read)):.0f} %)"


def stuck(questions: Sequence[str]) -> list[str]:
    """Ask each question after the one before it in the list; give those that were changed."""
    pairs = zip((questions[-1:] and [questions[-1], *questions[:-1]]) or [], questions, strict=True)
    return [after for before, after in pairs if resolve(after, (Turn(before),)).text != after]


def main(arguments: list[str] | None = None) -> None:
    """Print the table, and with --show every reading."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args(arguments)
    dialogues = [dialogue for dialogue in load() if dialogue.split == options.split]
    if options.show:
        for dialogue in dialogues:
            for reading in readings(dialogue, by_rules):
                mark = "ok   " if reading.right else "WRONG"
                sys.stdout.write(f"{mark} {dialogue.id}: {reading.said.ask} => {reading.text}\n")
    strangers = [question.question for question in load_questions(DEV)]
    sys.stdout.write(report(dialogues, strangers) + "\n")


if __name__ == "__main__":
    main()
