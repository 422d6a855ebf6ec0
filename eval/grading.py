"""Grade answers whose verdict is known, and count wrong ones accepted and right ones refused.

    python -m eval.grading [--split dev|test] [--show]

An answer is accepted when its verdict is right or partly. "Unsure" is neither: the learner then
grades with the key in view. Rules are written with the dev half in view, and not the test half.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import corpus
from assistant.choosing import laid_out
from assistant.grading import Grade, grade
from assistant.proof import words_of_the_field
from assistant.quiz import Item, load_quiz

GOLDEN = Path(__file__).resolve().parent / "golden"
SPLITS = ("dev", "test")


@dataclass(frozen=True, slots=True)
class Case:
    """One answer with what it should earn; `how` says in which way a wrong one is wrong."""

    item: Item
    answer: str
    right: bool
    how: str


def cases(split: str) -> tuple[Case, ...]:
    """Read the answers of a split, wrong ones first."""
    items = {item.id: item for file in corpus.quizzes() for item in load_quiz(file)}
    return (*read("wrong_answers.yaml", split, items), *read("right_answers.yaml", split, items))


def read(name: str, split: str, items: Mapping[str, Item]) -> tuple[Case, ...]:
    """Read one file of answers."""
    import yaml

    told = yaml.safe_load((GOLDEN / name).read_text(encoding="utf-8"))[split]
    right = name.startswith("right")
    return tuple(Case(items[t["item"]], t["answer"], right, t.get("how", "")) for t in told)


def graded(split: str) -> list[tuple[Case, Grade]]:
    """Grade every answer of a split; choices and steps are named by their words or in order."""
    known = words_of_the_field()
    return [
        (case, grade(case.item, case.answer, ordered(case.item), known)) for case in cases(split)
    ]


def ordered(item: Item) -> tuple[str, ...]:
    """Give choices as a learner sees them first, and steps in their right order."""
    from assistant.quiz import Order

    return item.expected.steps if isinstance(item.expected, Order) else laid_out(item, 0)


def report(found: Mapping[str, Sequence[tuple[Case, Grade]]]) -> str:
    """Write the counts of each split as a Markdown table."""
    lines = [
        "| Split | wrong answers | accepted | unsure | right answers | refused | unsure |",
        "|---|---|---|---|---|---|---|",
    ]
    for split, pairs in found.items():
        wrong = [g.verdict for c, g in pairs if not c.right]
        right = [g.verdict for c, g in pairs if c.right]
        accepted = sum(v in ("right", "partly") for v in wrong)
        lines.append(
            f"| {split} | {len(wrong)} | {accepted} | {wrong.count('unsure')}"
            f" | {len(right)} | {right.count('wrong')} | {right.count('unsure')} |"
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Print the counts, and with --show every answer that was not graded as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=SPLITS)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args(arguments)
    found = {split: graded(split) for split in SPLITS if options.split in (None, split)}
    for pairs in found.values() if options.show else ():
        for case, given in pairs:
            if given.verdict != ("right" if case.right else "wrong"):
                wanted = "right" if case.right else f"wrong ({case.how})"
                sys.stdout.write(
                    f"{given.verdict:7} for {wanted}: {case.item.id}: {case.answer!r}:"
                    f" {given.words}\n"
                )
    sys.stdout.write(report(found) + "\n")


if __name__ == "__main__":
    main()
