"""Numbers as a text says them, in one form: "three" and 3, 1,000 and 1000, 50 % and 0.5."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

COUNTED = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
"""
TENS = """
twenty thirty forty fifty sixty seventy eighty ninety
"""
WORDS = {word: n for n, word in enumerate(COUNTED.split())}
WORDS |= {word: 10 * n for n, word in enumerate(TENS.split(), 2)}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
LETTERS = {"k": 1_000, "K": 1_000, "M": 1_000_000, "B": 1_000_000_000}
PARTS = {"half": 0.5, "third": 1 / 3, "quarter": 0.25, "fifth": 0.2, "tenth": 0.1}
TIMES = {"twice": 2.0, "double": 2.0, "doubles": 2.0, "triple": 3.0, "dozen": 12.0}

# Unit as written in lower case -> (what it measures, factor).
UNITS: dict[str, tuple[str, float]] = {
    **{u: ("share", 0.01) for u in ("%", "percent")},
    **{u: ("time", 0.001) for u in ("ms", "millisecond", "milliseconds")},
    **{u: ("time", 1.0) for u in ("s", "sec", "second", "seconds")},
    **{u: ("time", 60.0) for u in ("min", "minute", "minutes")},
    **{u: ("time", 3600.0) for u in ("h", "hour", "hours")},
    **{u: ("time", 86400.0) for u in ("day", "days")},
    **{u: ("time", 604800.0) for u in ("week", "weeks")},
    **{u: ("calendar", 1.0) for u in ("month", "months")},
    **{u: ("calendar", 12.0) for u in ("year", "years")},
    **{u: ("size", 1.0) for u in ("byte", "bytes")},
    **{u: ("size", 1e3) for u in ("kb", "kilobyte", "kilobytes")},
    **{u: ("size", 1e6) for u in ("mb", "megabyte", "megabytes")},
    **{u: ("size", 1e9) for u in ("gb", "gigabyte", "gigabytes")},
    **{u: ("size", 1e12) for u in ("tb", "terabyte", "terabytes")},
    **{u: ("bits", 1.0) for u in ("bit", "bits")},
}

WORD_NUMBER = "|".join(sorted([*WORDS, *SCALES], key=len, reverse=True))
UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
QUANTITY = re.compile(
    # A digit inside a name (F1, GPT-3, int8) is no number; a month of a date is.
    r"(?<![\w.])(?<![A-Za-z]-)(?:"
    r"(?P<version>v?\d+(?:\.\d+){2,}|\d{4}-\d{2}-\d{2})"
    r"|(?P<sign>(?<![\w)])[-−])?"
    r"(?P<digits>\d{1,3}(?:[,\u00a0\u202f\u2009]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)"
    r"(?P<letter>[kKMB](?![\w]))?"
    r"|(?P<part>(?:(?:an?|one)\s+)?half|(?:an?|one|two|three|four)[\s-]+(?:third|quarter|fifth"
    r"|tenth)s?)(?!\w)"
    rf"|(?P<words>(?:{WORD_NUMBER})(?:(?:[\s-]|\s+and\s+)(?:{WORD_NUMBER}))*)(?![\w])"
    r"|(?P<times>twice|doubles?|triple|dozen)(?!\w)"
    r")"
    rf"(?:\s?-?(?P<scale>hundred|thousand|million|billion)(?!\w))?"
    rf"(?:\s?-?(?P<unit>%|per\s+cent(?!\w)|(?:{UNIT})(?!\w)))?",
    re.IGNORECASE,
)
ABOUT = re.compile(r"\b(?:about|around|roughly|nearly|almost|approximately|some|~|≈)\s*$", re.I)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number of a text: its value with `measure` taken into account, or a version or date.

    `measure` is "share", "time", "size", … or empty for a bare number; `value` is then in the
    measure's own unit (seconds, bytes, parts of one). `about` marks a rounded number. `exact` holds
    a version or a date as written, and nothing else is compared then. `scale` is the word that
    multiplied it: "66 instead of 110 million".
    """

    text: str
    start: int
    end: int
    value: float
    measure: str = ""
    about: bool = False
    exact: str = ""
    scale: str = ""


def quantities(text: str) -> tuple[Quantity, ...]:
    """Find the numbers of a text in their order."""
    return tuple(_read(text))


def _read(text: str) -> Iterator[Quantity]:
    for match in QUANTITY.finditer(text):
        place = (match[0].strip(), match.start(), match.end())
        about = bool(ABOUT.search(text[: match.start()]))
        if match["version"]:
            yield Quantity(*place, 0.0, about=about, exact=match["version"].lstrip("vV"))
            continue
        scale = (match["scale"] or "").lower()
        value = _value(match) * SCALES.get(scale, 1)
        unit = " ".join((match["unit"] or "").lower().split()).replace("per cent", "percent")
        measure, factor = UNITS.get(unit, ("", 1.0))
        yield Quantity(*place, value * factor, measure, about, scale=scale)


def _value(match: re.Match[str]) -> float:
    if match["digits"]:
        value = float(re.sub("[,\u00a0\u202f\u2009]", "", match["digits"]))
        value *= LETTERS.get(match["letter"] or "", 1)
        return -value if match["sign"] else value
    if match["words"]:
        return float(number_of(re.split(r"[\s-]+", match["words"].lower())))
    if match["part"]:
        first, *_, last = re.split(r"[\s-]+", f"one {match['part'].lower()}")[-2:]
        return WORDS.get(first, 1) * PARTS[last.removesuffix("s")] if last != "half" else 0.5
    return TIMES[match["times"].lower()]


def number_of(words: Sequence[str]) -> int:
    """Add up a number in words: "two hundred and five" is 205."""
    total = current = 0
    for word in words:
        if word in WORDS:
            current += WORDS[word]
        elif word == "hundred":
            current = max(1, current) * 100
        elif word in SCALES:
            total, current = total + max(1, current) * SCALES[word], 0
    return total + current


def same(claimed: Quantity, said: Quantity) -> bool:
    """Say whether two quantities are the same; "about 66" is also said by 66.3."""
    if claimed.exact or said.exact:
        return claimed.exact == said.exact
    if claimed.measure != said.measure and not _shares(claimed, said):
        # A bare number may be that of a unit that stands elsewhere: "between 5 and 10 ms".
        if claimed.measure and said.measure:
            return False
        return _close(_bare(claimed), _bare(said))
    if _close(claimed.value, said.value):
        return True
    return claimed.about and _close(claimed.value, _rounded(said.value, claimed.value))


def _shares(one: Quantity, other: Quantity) -> bool:
    """Say whether 50 % stands against 0.5: a bare number of at most 1 may be a share."""
    measures = {one.measure, other.measure}
    return measures == {"share", ""} and 0 < min(one.value, other.value) <= 1 >= max(
        one.value, other.value
    )


def _bare(quantity: Quantity) -> float:
    """Give the number as it is written, without its unit."""
    number = QUANTITY.match(re.sub(rf"\s?-?(?:{UNIT})$", "", quantity.text, flags=re.I))
    if number is None:
        return quantity.value
    return _value(number) * SCALES.get((number["scale"] or "").lower(), 1)


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-12)


def _rounded(value: float, like: float) -> float:
    """Round a value to as many digits as another number shows."""
    digits = len(f"{like:.10g}".lstrip("-0.").replace(".", "").rstrip("0")) or 1
    return float(f"{value:.{digits}g}")


def unsaid(claim: str, quote: str) -> tuple[Quantity, ...]:
    """Find the numbers of a claim that a quote does not hold; "one" and "the two" count nothing."""
    said = quantities(quote)
    return tuple(
        found
        for found in quantities(claim)
        if not counts_nothing(found, claim) and not any(says(other, found, said) for other in said)
    )


def says(said: Quantity, claimed: Quantity, beside: Sequence[Quantity]) -> bool:
    """Say whether a number is the claimed one, its scale perhaps beside it: "66 or 110 million"."""
    if same(claimed, said):
        return True
    scaled = claimed.scale and not said.scale and any(q.scale == claimed.scale for q in beside)
    return bool(scaled) and _close(claimed.value, said.value * SCALES[claimed.scale])


def counts_nothing(found: Quantity, text: str) -> bool:
    """Say whether a number word is only grammar: "one reads", "the two differ"."""
    word = found.text.lower()
    if word == "one":
        return True
    return word == "two" and bool(
        re.search(r"\b(?:the|these|those)\s*$", text[: found.start], re.I)
    )
