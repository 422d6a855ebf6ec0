"""Where a claim says something else than its quote: numbers, opposites, "not", "all", names, roles.

Each finding is a Doubt. A grave one says that the quote contradicts the claim or does not know what
the claim names; a light one that the claim goes further than the quote.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.features import plain
from assistant.names import is_marked
from assistant.opposites import follows, opposed, sides
from assistant.quantities import Quantity, counts_nothing, quantities, says, unsaid
from assistant.roles import exchanged, other_subject
from assistant.wording import (
    Negation,
    Token,
    Wording,
    around,
    denies,
    listed,
    negations,
    read,
    shared,
    stems_of,
)
from ingest.analysis import stem, tokens, word
from ingest.keywords import analyse

MARGIN = 0.3  # by which an opposite's surroundings must fit better than those of the word itself
FITS = 0.1  # and where the quote does not have the word
OF_SENTENCE = 0.75  # share of a claim's words that one sentence of the quote holds
BESIDE = 4  # words that tell what a number counts
JOINTS = frozenset(["and", "or"])
REACHED = 0.5  # share of what a "not" reaches that both texts speak of

# A claim with a word of the first set goes further than a quote with none of the second.
ALL = listed("all every each always any both per everything whole entire entirely")
STRONG = (
    (listed("all every each everything entirely"), ALL),
    (frozenset(["always"]), listed("always never")),
    (
        listed("only solely exclusively"),
        listed("only alone just solely exclusively merely but"),
    ),
    (
        frozenset(["must"]),
        listed("must has have need needs should always required requires"),
    ),
    (
        frozenset(["never"]),
        listed("never no not none nothing without cannot"),
    ),
    (
        listed("guarantee guarantees guaranteed proves eliminates eliminate"),
        listed("guarantee guarantees guaranteed proves prove eliminates ensures"),
    ),
    (frozenset(["best"]), frozenset(["best"])),
)
STRICT = listed("always never must guarantee guarantees guaranteed proves eliminates")
LARGE = listed("all every everything")
NEARLY = re.compile(r"\b(?:nearly|almost) (?:all|every|always|never)\b")
CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Doubt:
    """One reason to doubt that a quote says a claim; `kind` names what was compared."""

    kind: str
    grave: bool
    why: str


def doubts(claim: str, quote: str, context: str = "") -> tuple[Doubt, ...]:
    """Compare a claim with a quote; `context` holds titles and headings the quote stands under."""
    claimed, said = read(claim), read(quote)
    known = f"{context}\n{quote}"
    found = (
        *_numbers(claim, quote, claimed, said),
        *_names(claim, known),
        *_negations(claimed, said),
        *_opposites(claimed, said),
        *_quantifiers(claimed, said),
        *(Doubt("roles", True, why) for why in exchanged(claimed, said)),
        *(Doubt("subject", False, why) for why in other_subject(claimed, said)),
    )
    compared = all(any(t.lower == "than" for t in wording) for wording in (claimed, said))
    if compared and {"opposite", "roles"} <= {doubt.kind for doubt in found}:
        # "B is slower than A" turns both sides and the word, and says that A is faster.
        return tuple(doubt for doubt in found if doubt.kind not in ("opposite", "roles"))
    return found


def _numbers(claim: str, quote: str, claimed: Wording, said: Wording) -> Iterator[Doubt]:
    missing = unsaid(plain(claim), plain(quote))
    for found in missing:
        yield Doubt("number", True, f"the source does not say {found.text}")
    if missing:
        return
    of_claim, of_quote = quantities(plain(claim)), quantities(plain(quote))
    sides_of_quote = [(q, *_beside(said, q)) for q in of_quote]
    for one in of_claim:
        if counts_nothing(one, plain(claim)):
            continue
        before, after = _beside(claimed, one)
        own = [(b, a) for q, b, a in sides_of_quote if says(q, one, of_quote)]
        if any(not (b or a) for b, a in own):  # inside a formula nothing tells what it is of
            continue
        best = max((len(before & b) + len(after & a) for b, a in own), default=0)
        for other, b, a in sides_of_quote:
            apart = other.measure == one.measure and not says(other, one, of_quote)
            if apart and len(before & b) + len(after & a) > best:
                yield Doubt("place", False, f"the source says {other.text} where this {one.text}")
                return


def _beside(wording: Wording, quantity: Quantity) -> tuple[frozenset[str], frozenset[str]]:
    """Give the stems right before and right after a number, up to the next "and" or number."""
    found: list[frozenset[str]] = []
    inside = range(quantity.start, quantity.end)
    before = [t for t in wording if t.start < quantity.start][::-1]
    after = [t for t in wording if t.start >= quantity.end]
    clause = next((t.clause for t in wording if t.start in inside), None)
    for side in (before, after):
        near: list[Token] = []
        for token in side:
            if token.clause != clause or token.lower in JOINTS or len(near) == BESIDE:
                break
            if not token.lower[0].isdigit():
                near.append(token)
        found.append(stems_of(near))
    return found[0], found[1]


def _names(claim: str, known: str) -> Iterator[Doubt]:
    """Find identifiers and proper names that the quote, and what it stands under, do not hold."""
    stems, squeezed = frozenset(analyse(known)), re.sub(r"\s+", "", known).lower()
    for code in CODE.findall(claim):
        if re.sub(r"\s+", "", code).lower() in squeezed:
            continue
        absent = [t for t in tokens(code) if not _holds(t, stems)]
        if absent:
            yield Doubt("name", True, f"the source does not name {absent[0]}")
            return
    for surface in tokens(CODE.sub(" ", plain(claim))):
        if is_marked(surface) and not _holds(surface, stems) and not _spelled(surface, known):
            yield Doubt("name", True, f"the source does not name {surface}")
            return


def _spelled(acronym: str, text: str) -> bool:
    """Say whether a text holds words with the initials of an acronym."""
    letters = acronym.rstrip("s")
    initials = "".join(word_[0] for word_ in re.findall(r"[^\W\d_]+", text.lower()))
    return len(letters) > 1 and letters.isupper() and letters.lower() in initials


def _holds(surface: str, stems: frozenset[str]) -> bool:
    found = word(surface)
    if found.stop or not found.forms or surface[0].isdigit():
        return True
    return any(set(form) <= stems for form in found.forms)


def _negations(claimed: Wording, said: Wording) -> Iterator[Doubt]:
    """Find a "not" that only one of the two has."""
    of_claim, of_quote = negations(claimed), negations(said)
    claim_stems, quote_stems = stems_of(claimed), stems_of(said)
    for negation in of_claim:
        if negation.plainly and _unmatched(negation, of_quote, quote_stems):
            yield Doubt("negation", True, f"the source does not say “{negation.word}”")
            return
    free = stems_of(t for t in said if not any(t.stems & n.reach for n in of_quote))
    for negation in of_quote:
        if not negation.plainly or negation.reach <= free:
            continue
        both = len(negation.within & claim_stems)
        clause = both > 1 and both >= REACHED * len(negation.within)
        # Too short a clause says too little: then all must be there, and of the same sentence.
        whole = negation.reach <= claim_stems
        sentence = len(claim_stems & negation.sentence) >= OF_SENTENCE * len(claim_stems)
        if (clause or (whole and (sentence or len(negation.reach) > 1))) and _unmatched(
            negation, of_claim, claim_stems
        ):
            yield Doubt("negation", True, f"the source says “{negation.word}”")
            return


def _unmatched(negation: Negation, others: tuple[Negation, ...], stems: frozenset[str]) -> bool:
    """Say whether the other text speaks of what is denied, and denies it in no way."""
    both = negation.reach & stems
    if not both or len(both) < REACHED * len(negation.reach):
        return False
    if any(_alike(negation, other) for other in others):
        return False
    return not any(opposed(one, other) for one in negation.reach - both for other in stems)


def _alike(one: Negation, other: Negation) -> bool:
    """Say whether two negations deny the same, or deny within clauses that speak of the same."""
    if one.reach & other.reach:
        return True
    crossed = one.reach & other.within and one.within & other.reach
    return bool(one.plainly and other.plainly and crossed)


def _opposites(claimed: Wording, said: Wording) -> Iterator[Doubt]:
    """Find a word where the quote has its opposite, said of the same things."""
    claim_denied = frozenset(s for n in negations(claimed) if n.plainly for s in n.reach)
    quote_denied = frozenset(s for n in negations(said) if n.plainly for s in n.reach)
    for i, token in enumerate(claimed):
        place = around(claimed, i)
        for axis, side in _sides(token.lower):
            if follows(axis, side) or _joined(claimed, i, axis):
                continue
            same_side, other_side, named = 0.0, 0.0, ""
            for k, other in enumerate(said):
                against = dict(_sides(other.lower)).get(axis)
                if against is None:
                    continue
                fit = 0.05 + shared(place, around(said, k))
                flipped = bool(token.stems & claim_denied) != bool(other.stems & quote_denied)
                # A "not" turns an opposite into the same; the same word with one is told above.
                if against == side or flipped:
                    same_side = max(same_side, fit)
                elif fit > other_side:
                    other_side, named = fit, other.lower
            if other_side > same_side + (MARGIN if same_side else FITS):
                yield Doubt("opposite", True, f"the source says “{named}”, not “{token.lower}”")
                return


def _joined(wording: Wording, at: int, axis: int) -> bool:
    """Say whether a word and its opposite are named in one breath: "rows and columns"."""
    for step in (-2, 2):
        joint, other = at + step // 2, at + step
        inside = 0 <= other < len(wording) and wording[joint].lower in JOINTS
        if inside and axis in dict(_sides(wording[other].lower)):
            return True
    return False


def _sides(lower: str) -> tuple[tuple[int, int], ...]:
    return sides().get(stem(lower), ())


def _quantifiers(claimed: Wording, said: Wording) -> Iterator[Doubt]:
    """Find "all", "only" or "never" where the quote says less."""
    quote_words = frozenset(t.lower for t in said)
    nearly = bool(NEARLY.search(" ".join(t.lower for t in said)))
    nearly = nearly and not NEARLY.search(" ".join(t.lower for t in claimed))
    for i, token in enumerate(claimed):
        for strong, group in STRONG:
            denied = i + 1 < len(claimed) and denies(claimed[i + 1])
            if (
                token.lower in strong
                and not denied
                and (not quote_words & group or (nearly and group is ALL))
            ):
                # "All models" at the front is said of all; "of all errors" is only an emphasis.
                opens = i == 0 or claimed[i - 1].clause != token.clause
                grave = token.lower in STRICT or (token.lower in LARGE and opens)
                yield Doubt("quantifier", grave, f"the source does not say “{token.lower}”")
                return
