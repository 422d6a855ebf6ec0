"""How right an answer is, by rules that can be read off; pure.

Each kind of item has its own rule. What a rule cannot tell is graded "unsure", and the learner then
grades with the key in view: an answer that was misread must neither pass nor count as wrong.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from assistant.amounts import amounts, asked_unit, folded, is_sum, values
from assistant.quiz import Choice, Item, Numeric, Order, Short, plain
from assistant.short_answers import graded_short, is_hedged, is_nothing

RIGHT, PARTLY, WRONG, UNSURE = "right", "partly", "wrong", "unsure"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SELF = {RIGHT: 1.0, PARTLY: 0.5, WRONG: 0.0}
# A rounded result is right: with at least two digits, and within one per cent.
ROUNDED_DIGITS, ROUNDED_SHARE = 2, 0.01


@dataclass(frozen=True, slots=True)
class Grade:
    """What an answer earns: `share` 0..1 of it is right, `words` say on what grounds.

    `verdict` is right, partly, wrong or unsure (then `share` is 0 and means nothing). `met` and
    `missing` are the key points that the answer names and does not; `chosen` is the option taken.
    """

    share: float
    verdict: str
    words: str
    met: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    chosen: str = ""


def grade(
    item: Item, answer: str, shown: Sequence[str] = (), known_words: Collection[str] = ()
) -> Grade:
    """Grade an answer as typed.

    `shown` are the choices or steps in the order in which the learner saw them (see `laid_out` in
    `assistant/choosing.py`); `known_words` are words of the field, which are no typing errors of
    other words.
    """
    if is_nothing(answer):
        return Grade(0.0, WRONG, "no answer")
    match item.expected:
        case Choice() as choice:
            return graded_choice(choice, answer, shown)
        case Numeric() as numeric:
            return graded_number(numeric, item.question, answer)
        case Order() as order:
            return graded_order(order, answer, shown)
        case Short() as short:
            told = graded_short(short, item.question, item.points, answer, known_words)
            return Grade(told.share, told.verdict, told.words, told.met, told.missing)


def self_graded(grade: Grade, verdict: str) -> Grade:
    """Give the grade that a learner gave to an unsure answer, with the key in view."""
    words = f"graded {verdict} by yourself"
    return Grade(SELF[verdict], verdict, words, grade.met, grade.missing, grade.chosen)


# ── choice ──────────────────────────────────────────────────────────────────────────────────────


def graded_choice(choice: Choice, answer: str, shown: Sequence[str]) -> Grade:
    """Grade a choice that is named by its letter, its number or its words."""
    chosen = named(answer, shown or (choice.key, *(d.text for d in choice.distractors)))
    if not chosen:
        return Grade(0.0, UNSURE, "it names none of the choices, or more than one")
    right = chosen == choice.key
    return Grade(float(right), RIGHT if right else WRONG, f"you chose “{chosen}”", chosen=chosen)


def named(answer: str, shown: Sequence[str]) -> str:
    """Find the one option that an answer names; empty for none or several."""
    label = re.fullmatch(
        r"(?:(?:answer|option|choice)\s+)?\(?([a-z]|\d{1,2})[).:]?", folded(answer).strip(" .")
    )
    if label:
        return at_label(label[1], shown)
    told = bare(re.sub(r"^\s*\(?[A-Za-z0-9][).:]\s+", "", answer)) or bare(answer)
    lead = re.match(r"\s*\(?([A-Za-z]|\d)[).:]\s", answer)
    fits = [option for option in shown if told == bare(option)]
    if len(fits) != 1:
        return ""
    # "b) the text of c" names two.
    if lead and at_label(lead[1].casefold(), shown) not in ("", fits[0]):
        return ""
    return fits[0]


def at_label(label: str, shown: Sequence[str]) -> str:
    """Give the option with a letter or a number from 1; empty when there is none."""
    number = int(label) - 1 if label.isdigit() else LETTERS.index(label)
    return shown[number] if 0 <= number < len(shown) else ""


def bare(text: str) -> str:
    """Compare texts without case, first article, punctuation at the ends, and white space."""
    ends = plain(text.replace("`", "")).strip(" .;:!?\"'“”")
    return re.sub(r"^(?:an?|the)\s+", "", ends)


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────


def graded_number(numeric: Numeric, question: str, answer: str) -> Grade:
    """Grade a number in any usual writing; every number that the answer names must fit."""
    named_numbers = amounts(answer)
    if not named_numbers:
        return Grade(0.0, UNSURE, "it holds no number that could be read")
    if is_sum(answer):
        return Grade(0.0, UNSURE, "give the result as one number")
    if is_hedged(answer, question):
        return Grade(0.0, UNSURE, "it does not say plainly which number is meant")
    readings = [values(amount, question) for amount in named_numbers]
    key = f"{numeric.value:.6g}"
    if not all(readings):
        asked = asked_unit(question)
        return Grade(0.0, UNSURE, f"its unit is not the one asked for{f' ({asked})' * bool(asked)}")
    fit = [any(within(numeric, v) for v in found) for found in readings]
    if all(fit):
        return Grade(1.0, RIGHT, f"within {numeric.tolerance:g} of {key}" if numeric.tolerance
                     else f"exactly {key}")  # fmt: skip
    if len(readings) > 1:
        verdict = UNSURE if any(fit) else WRONG
        return Grade(0.0, verdict, "it names several numbers that do not agree")
    (amount,) = named_numbers
    if is_rounding(numeric, readings[0], amount.decimals, amount.significant):
        return Grade(1.0, RIGHT, f"rounded; more exactly {key}")
    if not amount.percent and any(within(numeric, v / 100) for v in readings[0]):
        return Grade(0.0, UNSURE, "say whether it is meant in percent")
    return Grade(0.0, WRONG, "another number")


def within(numeric: Numeric, value: float) -> bool:
    """Say whether a value is the key within its tolerance."""
    slack = 1e-9 * max(1.0, abs(numeric.value))
    return abs(value - numeric.value) <= numeric.tolerance + slack


def is_rounding(numeric: Numeric, found: Sequence[float], decimals: int, significant: int) -> bool:
    """Say whether a value is the key rounded to the digits that were typed."""
    if float(numeric.value).is_integer() or significant < ROUNDED_DIGITS or decimals < 1:
        return False
    near = ROUNDED_SHARE * abs(numeric.value)
    unit = 0.5 * 10.0 ** -min(decimals, 12) + 1e-12
    return any(abs(v - numeric.value) <= min(near, unit) for v in found)


# ── order ───────────────────────────────────────────────────────────────────────────────────────


def graded_order(order: Order, answer: str, shown: Sequence[str]) -> Grade:
    """Grade an order by its pairs: Kendall's tau, and nothing for what chance would reach.

    With every pair in order the share is 1, with half of them (as by chance) or fewer it is 0.
    """
    given = permutation(answer, shown or order.steps)
    if not given:
        return Grade(0.0, UNSURE, f"name each of the {len(order.steps)} steps once, by its number")
    place = {step: number for number, step in enumerate(order.steps)}
    pairs = list(combinations([place[step] for step in given], 2))
    kept = sum(before < after for before, after in pairs)
    share = max(0.0, 2 * kept / len(pairs) - 1)
    verdict = RIGHT if kept == len(pairs) else PARTLY if share >= SELF[PARTLY] else WRONG
    return Grade(share, verdict, f"{kept} of {len(pairs)} pairs of steps are in order")


def permutation(answer: str, shown: Sequence[str]) -> tuple[str, ...]:
    """Read an order by numbers, letters or words of the steps; empty when it is no order of all."""
    told = folded(answer)
    count = len(shown)
    parts = re.findall(r"\d+|\b[a-z]\b", told)
    letters = re.sub(r"[\s,;.>\-–→]+|\b(?:then|and)\b", "", told)
    if re.fullmatch(r"\d+", told) and len(told) == count <= 9:
        parts = list(told)
    elif re.fullmatch(r"[a-z]+", letters) and len(letters) == count:
        parts = list(letters)
    elif re.sub(r"\d+|\b[a-z]\b|[\s,;.>)(\-–→]+|\b(?:then|and)\b", "", told):
        return by_words(answer, shown)
    chosen = tuple(at_label(part, shown) for part in parts)
    return chosen if len(chosen) == count and set(chosen) == set(shown) else ()


def by_words(answer: str, shown: Sequence[str]) -> tuple[str, ...]:
    """Read an order given as the steps' own words, one after the other."""
    told = bare(answer)
    places = [(told.find(bare(step)), step) for step in shown]
    rest = told
    for step in sorted(shown, key=len, reverse=True):
        rest = rest.replace(bare(step), " ", 1)
    left = re.sub(r"[\s\d,;.:>)(\-–→]+|\b(?:then|and|first|next|finally|last)\b", "", rest)
    if any(at < 0 for at, _ in places) or left:
        return ()
    return tuple(step for _, step in sorted(places))
