"""The quiz bank: items of four kinds, each with the heading of our notes that proves its answer."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.curriculum import Section
from ingest.errors import InputError

LEVELS = ("recall", "understanding", "application")
DIFFICULTIES = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Distractor:
    """A wrong choice that stands for a real misconception, and why it is wrong."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One right choice among wrong ones; the order in which they are shown is not kept here."""

    key: str
    distractors: tuple[Distractor, ...]


@dataclass(frozen=True, slots=True)
class Short:
    """A word or a short phrase; any accepted spelling is right, letter case does not matter."""

    accepted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Numeric:
    """A number; right within `tolerance` (absolute). `formula`, when given, recomputes it."""

    value: float
    tolerance: float
    formula: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """Steps in their right order."""

    steps: tuple[str, ...]


Expected = Choice | Short | Numeric | Order


@dataclass(frozen=True, slots=True)
class Item:
    """One question of the bank.

    `topic` is a topic (or, where a section has none, an exercise) of the section as the path words
    it. `evidence` is a heading of the section's note whose text proves the answer; `points` are
    phrases of that text which a right answer rests on.
    """

    id: str
    section_id: str
    topic: str
    level: str
    difficulty: int
    question: str
    expected: Expected
    evidence: str
    points: tuple[str, ...]


def subjects(section: Section) -> tuple[str, ...]:
    """Name what items are filed under: a section's topics, or where it has none, its exercises.

    A project has no topics: what it asks for is what its items are about.
    """
    return tuple(t.text for t in section.topics) or tuple(e.text for e in section.exercises)


def load_quiz(file: Path) -> tuple[Item, ...]:
    """Read the quiz of one section; raises InputError with file, item and cure."""
    import yaml

    # The whole bank takes 0.1 s with libyaml, and 1 s without it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        told = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(told, Mapping) or set(told) != {"section", "items"}:
        raise InputError(f"{file}: expected `section` and `items`")
    items = tuple(read_item(file, str(told["section"]), item) for item in told["items"])
    ids = [item.id for item in items]
    if twice := {i for i in ids if ids.count(i) > 1}:
        raise InputError(f"{file}: ids come twice: {', '.join(sorted(twice))}")
    return items


COMMON = {"id", "topic", "level", "difficulty", "kind", "question", "evidence", "points"}
OWN = {
    "choice": {"key", "distractors"},
    "short": {"accepted"},
    "numeric": {"answer", "tolerance", "formula"},
    "order": {"steps"},
}


def read_item(file: Path, section_id: str, told: Any) -> Item:
    """Read one item and check all that can be checked without the note."""
    if not isinstance(told, Mapping) or "id" not in told:
        raise InputError(f"{file}: every item needs an id: {told!r:.80}")
    where = f"{file}: {told['id']}"
    own = OWN.get(str(told.get("kind")))
    if own is None:
        raise InputError(f"{where}: kind is one of {', '.join(OWN)}")
    missing = (COMMON | own) - set(told) - {"formula"}
    unknown = set(told) - COMMON - own
    if missing or unknown:
        raise InputError(f"{where}: missing {sorted(missing)}, unknown {sorted(unknown)}")
    if told["level"] not in LEVELS or told["difficulty"] not in DIFFICULTIES:
        raise InputError(f"{where}: level is one of {LEVELS}, difficulty one of {DIFFICULTIES}")
    points = texts(where, "points", told["points"])
    return Item(
        id=f"{section_id}/{told['id']}",
        section_id=section_id,
        topic=text(where, "topic", told["topic"]),
        level=told["level"],
        difficulty=told["difficulty"],
        question=text(where, "question", told["question"]),
        expected=EXPECTED[told["kind"]](where, told),
        evidence=text(where, "evidence", told["evidence"]),
        points=points,
    )


def read_choice(where: str, told: Mapping[str, Any]) -> Choice:
    """Read a multiple-choice answer: three distractors, all different."""
    wrong = told["distractors"]
    if not isinstance(wrong, list) or len(wrong) != 3 or {"text", "why"} != set().union(*wrong):
        raise InputError(f"{where}: three distractors, each with text and why")
    distractors = tuple(
        Distractor(text(where, "text", w["text"]), text(where, "why", w["why"])) for w in wrong
    )
    key = text(where, "key", told["key"])
    if len({plain(t) for t in (key, *(d.text for d in distractors))}) < 4:
        raise InputError(f"{where}: key and distractors must differ")
    return Choice(key, distractors)


def read_short(where: str, told: Mapping[str, Any]) -> Short:
    """Read the accepted answers."""
    return Short(texts(where, "accepted", told["accepted"]))


def read_numeric(where: str, told: Mapping[str, Any]) -> Numeric:
    """Read a number and recompute it where a formula is given."""
    value, tolerance = told["answer"], told["tolerance"]
    formula = str(told.get("formula", ""))
    if not all(isinstance(n, int | float) for n in (value, tolerance)) or tolerance < 0:
        raise InputError(f"{where}: answer and tolerance are numbers")
    if formula and abs(compute(formula) - value) > max(tolerance, 1e-9):
        raise InputError(f"{where}: {formula} is {compute(formula)}, not {value}")
    return Numeric(float(value), float(tolerance), formula)


def read_order(where: str, told: Mapping[str, Any]) -> Order:
    """Read steps in order, at least three, all different."""
    steps = texts(where, "steps", told["steps"])
    if len(steps) < 3 or len({plain(s) for s in steps}) < len(steps):
        raise InputError(f"{where}: at least three steps, all different")
    return Order(steps)


EXPECTED: Mapping[str, Callable[[str, Mapping[str, Any]], Expected]] = {
    "choice": read_choice,
    "short": read_short,
    "numeric": read_numeric,
    "order": read_order,
}


def text(where: str, name: str, value: Any) -> str:
    """Take a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where}: {name} must be a text (quote numbers)")
    return " ".join(value.split())


def texts(where: str, name: str, value: Any) -> tuple[str, ...]:
    """Take a list of texts that is not empty."""
    if not isinstance(value, list) or not value:
        raise InputError(f"{where}: {name} must be a list of texts")
    return tuple(text(where, name, one) for one in value)


def plain(value: str) -> str:
    """Compare texts without regard to case and white space."""
    return " ".join(value.casefold().split())


OPERATORS: Mapping[type, Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}
FUNCTIONS: Mapping[str, Callable[..., float]] = {
    **{name: getattr(math, name) for name in ("sqrt", "log", "log2", "log10", "exp", "ceil")},
    **{"abs": abs, "min": min, "max": max, "round": round},
}


def compute(formula: str) -> float:
    """Compute plain arithmetic such as `60 / (60 + 20)`; raises InputError for anything else."""
    try:
        return float(value_of(ast.parse(formula, mode="eval").body))
    except (SyntaxError, ArithmeticError, ValueError, KeyError) as error:
        raise InputError(f"cannot compute {formula!r} ({error})") from error


def value_of(node: ast.expr) -> float:
    """Evaluate numbers, operators and a few functions; KeyError or ValueError for the rest."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.BinOp():
            return OPERATORS[type(node.op)](value_of(node.left), value_of(node.right))
        case ast.UnaryOp():
            return OPERATORS[type(node.op)](value_of(node.operand))
        case ast.Call(func=ast.Name(id=name), keywords=[]):
            return FUNCTIONS[name](*(value_of(argument) for argument in node.args))
    raise ValueError("only arithmetic is computed")
