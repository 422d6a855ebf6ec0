"""Numbers as people type them: separators, signs, percent, fractions, words, units; pure.

"1,234" is 1234 to some and 1.234 to others, so a number has readings, not one value. Whoever grades
takes any reading that fits, and none where a text names several different numbers.
"""

import re
import unicodedata
from dataclasses import dataclass

UNITS = {
    **{"b": ("size", 1.0), "byte": ("size", 1.0), "bytes": ("size", 1.0)},
    **{"kb": ("size", 1e3), "mb": ("size", 1e6), "gb": ("size", 1e9), "tb": ("size", 1e12)},
    **{"kilobytes": ("size", 1e3), "megabytes": ("size", 1e6), "gigabytes": ("size", 1e9)},
    **{"ms": ("time", 1e-3), "millisecond": ("time", 1e-3), "milliseconds": ("time", 1e-3)},
    **{"s": ("time", 1.0), "sec": ("time", 1.0), "second": ("time", 1.0), "seconds": ("time", 1.0)},
    **{"min": ("time", 60.0), "minute": ("time", 60.0), "minutes": ("time", 60.0)},
    **{"h": ("time", 3600.0), "hour": ("time", 3600.0), "hours": ("time", 3600.0)},
}
SCALES = {"k": 1e3, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_ONES = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
ONES = {word: float(value) for value, word in enumerate(_ONES.split())}
TENS = {word: 10.0 * value for value, word in enumerate(_TENS.split(), 2)}
PARTS = {
    **{"half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4},
    **{"fourth": 4, "fourths": 4, "fifth": 5, "fifths": 5, "eighth": 8, "eighths": 8},
    **{"tenth": 10, "tenths": 10, "hundredth": 100, "hundredths": 100},
}
WORD = re.compile(r"[a-z]+")

SUPERSCRIPT = re.compile("[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
SUPERSCRIPTS = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
VULGAR = re.compile("(?<=[0-9])(?=[¼½¾⅐-⅞])")
MINUS = str.maketrans("−–‒﹣－", "-----")
PLAIN = r"(?:\d{1,3}(?:[ ,.'_]\d{3})+(?!\d)(?:[.,]\d+)?|\d+[.,]?\d*|[.,]\d+)"
POWER = r"(?:\s*[*x×·]\s*10\s*(?:\^|\*\*)\s*\(?(?P<power>[-+]?\d{1,3})\)?)"
NUMBER = re.compile(
    rf"(?<![\w@.,^])(?P<sign>[-+]\s?|(?:minus|negative)\s+)?"
    rf"(?:10(?:\^|\*\*)\(?(?P<ten>[-+]?\d{{1,3}})\)?"
    rf"|(?:(?P<whole>\d+)\s+)?(?P<over>\d+(?:[.,]\d+)?)\s*/\s*(?P<under>\d+(?:[.,]\d+)?)"
    rf"|(?P<plain>{PLAIN})(?:e(?P<exponent>[-+]?\d{{1,3}})|{POWER})?)"
    rf"\s*(?P<percent>%|per\s?cent\b|pct\b)?\s*(?P<unit>[a-z]+)?"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """One number in a text: its readings, its unit word, its percent sign, its decimals typed."""

    readings: tuple[float, ...]
    unit: str = ""
    percent: bool = False
    decimals: int = 0
    significant: int = 0


def amounts(text: str) -> tuple[Amount, ...]:
    """Find every number that a text names, after the last sign of equality if there is one."""
    told = folded(text)
    if "=" in told and NUMBER.search(after := told.rpartition("=")[2]):
        told = after
    found = [amount(match) for match in NUMBER.finditer(told)]
    if found:
        return tuple(found)
    return spelt(told)


def is_sum(text: str) -> bool:
    """Say whether a text leaves something to be computed: "sqrt(25/3)", "4 * 5"."""
    told = folded(text).rpartition("=")[2]
    return bool(re.search(r"sqrt|√|\b(?:log|ln|exp)\b|[*^+×]", NUMBER.sub(" ", told)))


def folded(text: str) -> str:
    """Write a text in plain characters and lower case."""
    text = VULGAR.sub(" ", text)
    text = SUPERSCRIPT.sub(lambda found: "^" + found[0].translate(SUPERSCRIPTS), text)
    text = unicodedata.normalize("NFKC", text).casefold().translate(MINUS)
    return " ".join(text.replace("⁄", "/").replace("`", "").replace("’", "'").split())


def amount(match: re.Match[str]) -> Amount:
    """Read one number that was found."""
    values, decimals, significant = unsigned(match)
    unit = match["unit"] or ""
    if unit in SCALES:
        values, unit = tuple(v * SCALES[unit] for v in values), ""
    if match["sign"] and not match["sign"].startswith("+"):
        values = tuple(-v for v in values)
    return Amount(values, unit, bool(match["percent"]), decimals, significant)


def unsigned(match: re.Match[str]) -> tuple[tuple[float, ...], int, int]:
    """Give the readings without sign and unit, the decimals and the significant digits typed."""
    if match["ten"]:
        return (ten_to(int(match["ten"])),), 0, 0
    if match["over"]:
        under = readings(match["under"])
        tops = readings(match["over"])
        whole = float(match["whole"] or 0)
        return tuple(whole + a / b for a in tops for b in under if b), 0, 0
    raw = match["plain"].rstrip(".,")
    exponent = int(match["exponent"] or match["power"] or 0)
    tail = re.split("[.,]", raw)
    decimals = len(tail[-1]) if len(tail) > 1 else 0
    significant = len(re.sub(r"\D", "", raw).lstrip("0"))
    return tuple(v * ten_to(exponent) for v in readings(raw)), decimals - exponent, significant


def ten_to(exponent: int) -> float:
    """Give a power of ten, infinite where it is too large."""
    return float(f"1e{exponent}")


def readings(raw: str) -> tuple[float, ...]:
    """Read digits with separators; "1,234" has two readings, "0,5" and "1.234,5" have one."""
    raw = re.sub("[ '_]", "", raw)
    marks = re.findall("[.,]", raw)
    if not marks:
        return (float(raw),)
    grouped = float(re.sub("[.,]", "", raw))
    head, _, tail = raw.rpartition(marks[-1])
    decimal = float(f"{re.sub('[.,]', '', head) or 0}.{tail or 0}")
    if len(set(marks)) == 2:
        return (decimal,)
    if len(marks) > 1:
        return (grouped,)
    if len(tail) == 3 and 1 <= len(head) <= 3 and head != "0":
        return (decimal, grouped)
    return (decimal,)


def spelt(told: str) -> tuple[Amount, ...]:
    """Read a number in words: "minus twenty-five", "two thirds", "a quarter", "three million"."""
    total, current, found, sign, percent, unit = 0.0, 0.0, False, 1.0, False, ""
    for word in WORD.findall(told):
        if word in ONES or word in TENS:
            current, found = current + ONES.get(word, TENS.get(word, 0.0)), True
        elif word in PARTS:
            current, found = (current or 1.0) / PARTS[word], True
        elif word in SCALES and word != "k":
            current = (current or 1.0) * SCALES[word]
            found = True
            if SCALES[word] > 100:
                total, current = total + current, 0.0
        elif word == "and":
            total, current = total + current, 0.0
        elif word in ("minus", "negative") and not found:
            sign = -1.0
        elif word == "percent":
            percent = True
        elif word in ("or", "to", "between", "point") and found:
            return ()
        elif found and not unit:
            unit = word
    return (Amount((sign * (total + current),), unit, percent),) if found else ()


def asked_unit(question: str) -> str:
    """Name the unit that a question asks for, or nothing: "How many MB", "in ms?"."""
    told = folded(question)
    asked = told.rpartition(". ")[2] if "?" in told.rpartition(". ")[2] else told
    for pattern in (r"how many (?:full )?([a-z]+)", r"\bin ([a-z]+)\b"):
        for word in re.findall(pattern, asked):
            if word in UNITS:
                return str(word)
    return ""


def values(amount: Amount, question: str) -> tuple[float, ...]:
    """Give what a number says in the unit that the question asks for.

    Empty when it carries a unit of size or time that the question has no use for.
    """
    found = amount.readings
    if amount.percent:
        parts = tuple(v / 100 for v in found)
        return (*parts, *found) if re.search(r"percent|\bin %", question) else parts
    if amount.unit not in UNITS:
        return found
    kind, factor = UNITS[amount.unit]
    wanted = UNITS.get(asked_unit(question))
    if wanted is None or wanted[0] != kind:
        return ()
    return tuple(v * factor / wanted[1] for v in found)
