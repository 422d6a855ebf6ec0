"""A claim laid beside the quote word by word: what was put in place of what, and what was moved.

A paraphrase changes many words. A sentence that repeats a quote but for one word, or but for two
words that changed places, mostly says something else.
"""

from dataclasses import dataclass
from difflib import SequenceMatcher

from assistant.wording import Wording

PUT_IN = 2  # words that may stand in the place of others


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a claim's content words lie along those of a quote.

    `followed` is the share of them that stand in the quote's order, `moved` the share that the
    quote holds elsewhere; `substituted` are (word of the claim, word of the quote) in one place.
    """

    followed: float
    moved: float
    substituted: tuple[tuple[str, str], ...]


def align(claimed: Wording, said: Wording) -> Alignment:
    """Lay the content words of a claim along those of a quote."""
    ours = [(name, t.lower) for t in claimed for name in t.names]
    theirs = [(name, t.lower) for t in said for name in t.names]
    if not ours or not theirs:
        return Alignment(0.0, 0.0, ())
    mine, other = [name for name, _ in ours], [name for name, _ in theirs]
    matcher = SequenceMatcher(None, mine, other, autojunk=False)
    present, absent = set(other), set(mine)
    moved, substituted = 0, []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            continue
        moved += sum(key in present for key in mine[a:b])
        # A word that also stands elsewhere in the quote was moved here, not put in.
        new = [n for n in range(a, b) if mine[n] not in present]
        gone = [n for n in range(c, d) if other[n] not in absent]
        if kind == "replace" and b - a <= PUT_IN and d - c <= PUT_IN and new and gone:
            substituted.append((ours[new[-1]][1], theirs[gone[-1]][1]))
    followed = sum(block.size for block in matcher.get_matching_blocks())
    return Alignment(followed / len(ours), moved / len(ours), tuple(substituted))
