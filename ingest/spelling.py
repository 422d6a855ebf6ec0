"""A misspelt word of a question, corrected against the words that the indexed texts really use."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ingest.analysis import CONTRACTION, STOP_WORDS, TOKEN, american, fold, stem

SHORTEST = 4
# Measured on the captured pages with 72 words of other worlds that do not occur there and 68 typing
# errors. Two edits from 8 letters on made culture of sculpture and matters of mattress (11 of 72);
# from 10 letters on, 7 of 72 are touched and 63 of 68 errors mended (one fewer: neigbours).
TWO_EDITS_FROM = 10
# A word of so many letters may lack its first letter or have it wrong, if that is its only error.
FREE_FIRST_LETTER_FROM = 8
# A correction must be a word that is used on purpose: twice, and once in so many passages.
FEWEST_USES = 2
PASSAGES_PER_USE = 5000
# A short capitalised word inside a question is a name ("Musk", not mask); a long one is a topic
# ("Gradient Descnet").
NAMES_UP_TO = 5
# With more unknown words than half of the question's, or than this, it is in another language or
# pasted from elsewhere, not misspelt.
MOST_UNKNOWN = 8


@dataclass(frozen=True, slots=True, eq=False)
class Spelling:
    """The words of the indexed texts (lower case, letters only) and how often each is written."""

    uses: Mapping[str, int]
    fewest_uses: int
    _by_length: dict[int, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def knows(self, lower: str) -> bool:
        """Say whether the word occurs, however rarely."""
        return lower in self.uses

    def correct(self, lower: str) -> str | None:
        """Find the word that was probably meant; None when nothing is near enough.

        The distance counts one for an insertion, a deletion, a substitution or a swap of
        neighbours (optimal string alignment): at most 1, or 2 in long words.
        """
        if len(lower) < SHORTEST or self.knows(lower):
            return None
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        edits = 2 if len(lower) >= TWO_EDITS_FROM else 1
        choices = [
            choice
            for length in range(len(lower) - edits, len(lower) + edits + 1)
            for choice in self._of_length(length)
        ]
        near = extract(
            lower, choices, scorer=OSA.distance, processor=None, score_cutoff=edits, limit=None
        )
        ranked = sorted(
            (distance, choice[0] != lower[0], -self.uses[choice], choice)
            for choice, distance, _ in near
            if choice[0] == lower[0]
            or choice[:2] == lower[1::-1]
            or (distance == 1 and len(lower) >= FREE_FIRST_LETTER_FROM)
        )
        return ranked[0][3] if ranked else None

    def _of_length(self, length: int) -> tuple[str, ...]:
        if not self._by_length:
            groups: dict[int, list[str]] = {}
            for word, count in self.uses.items():
                if count >= self.fewest_uses:
                    groups.setdefault(len(word), []).append(word)
            self._by_length.update({size: tuple(group) for size, group in groups.items()})
        return self._by_length.get(length, ())


def spelling(uses: Mapping[str, int], passages: int) -> Spelling:
    """Make a Spelling of word counts; `uses` need only hold words of SHORTEST letters and more."""
    return Spelling(uses, max(FEWEST_USES, passages // PASSAGES_PER_USE))


def no_word(lower: str) -> bool:
    """Know no word beyond those of the texts."""
    return False


def correct(
    question: str,
    spelling: Spelling,
    frequency: Callable[[str], int],
    is_word: Callable[[str], bool] = no_word,
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Correct a question's misspelt words; returns it with its (typed, used) pairs, in order.

    A word that occurs in the texts stays, and so do an inflection of one (`frequency` counts the
    passages that hold a stem), an identifier, a version, an acronym in capitals, a short name, and
    what `is_word` knows: "curse" is no misspelt "course" only because no page has it.
    """
    spoken = [piece for token in TOKEN.findall(question) for piece in _prose_pieces(token)]
    unseen = [typed for typed in dict.fromkeys(spoken) if _is_unseen(_plain(typed), spelling)]
    unseen = [typed for typed in unseen if not _is_known(fold(typed).lower(), is_word)]
    unknown = [t for t in unseen if frequency(stem(_plain(t))) < spelling.fewest_uses]
    if len(unknown) > MOST_UNKNOWN or (len(unknown) > 2 and 2 * len(unknown) > len(spoken)):
        return question, ()
    used = {}
    for typed in unseen:
        if typed[0].isupper() and typed != spoken[0] and len(typed) <= NAMES_UP_TO:
            continue
        meant = spelling.correct(_plain(typed))
        if meant and _is_error(_plain(typed), meant, typed in unknown):
            used[typed] = meant.capitalize() if typed[0].isupper() else meant
    if not used:
        return question, ()
    pattern = "|".join(re.escape(typed) for typed in used)
    corrected = re.sub(rf"(?<![\w.])({pattern})(?!\w|\.\w)", lambda m: used[m[1]], question)
    return corrected, tuple((typed, meant.lower()) for typed, meant in used.items())


def _is_known(lower: str, is_word: Callable[[str], bool]) -> bool:
    """Say whether `is_word` knows a word, or that of which it is the plural: "knobs"."""
    return is_word(lower) or (lower.endswith("s") and is_word(lower[:-1]))


def _prose_pieces(token: str) -> list[str]:
    """Give a token's hyphened pieces when all of it is prose: letters, capital only in front."""
    pieces = CONTRACTION.sub("", token).split("-")
    is_prose = all(piece.isalpha() and piece[1:] == piece[1:].lower() for piece in pieces)
    return pieces if is_prose else []


def _plain(typed: str) -> str:
    return american(fold(typed).lower())


def _is_unseen(lower: str, spelling: Spelling) -> bool:
    return len(lower) >= SHORTEST and lower not in STOP_WORDS and not spelling.knows(lower)


def _is_error(lower: str, meant: str, unknown: bool) -> bool:
    """Tell an error from an inflection that happens not to occur.

    "Overfiting" has the stem of "overfitting" and its ending, too: an error. "Encodes" has another
    ending than "encoded", and "modeling" is only the American for "modelling". No inflection takes
    one of two like letters at the end away: "recal".
    """
    if stem(lower) != stem(meant):
        return unknown
    if meant == lower + lower[-1]:
        return True
    return lower[-3:] == meant[-3:] and lower.replace("ll", "l") != meant.replace("ll", "l")
