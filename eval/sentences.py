"""Fingerprints of sentences: how a file can point at a page's sentence without holding it.

A sentence is its words: runs of letters and digits, each in Unicode's NFKC form and case-folded.
All else falls away: white space, punctuation, quotation marks and dashes, Markdown's marks, the
addresses of Markdown links, soft hyphens. The fingerprint is the first 16 hex digits of the sha256
of the words joined by single spaces, in UTF-8. With the number of words beside it the sentence is
found in any text by trying every run of that many words, however the text is cut into passages.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

DIGITS = 16  # 64 bits of it
# The address of a Markdown link, then a word with the marks that combine with its letters.
TOKEN = re.compile(r"\]\([^()\s]*\)|(?:[^\W_]|[\u0300-\u036f\u00ad\u200b-\u200d\u2060])+")


@dataclass(frozen=True, slots=True)
class Word:
    """One folded word of a text, with where it stands there."""

    text: str
    start: int
    end: int


def words_of(text: str) -> tuple[Word, ...]:
    """Cut a text into its folded words, in order."""
    found = ((fold(m.group()), m) for m in TOKEN.finditer(text) if not m.group().startswith("]("))
    return tuple(Word(word, m.start(), m.end()) for word, m in found if word)


def fold(word: str) -> str:
    """Give a word its one spelling; empty when nothing of it is a letter or a digit."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    return "".join(sign for sign in folded if sign.isalnum())


def fingerprint(text: str) -> tuple[int, str]:
    """Give the number of words of a sentence and its fingerprint."""
    words = [word.text for word in words_of(text)]
    return len(words), digest(words)


def digest(words: Sequence[str]) -> str:
    """Give the fingerprint of folded words."""
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:DIGITS]


def spans(
    text: str, wanted: Collection[tuple[int, str]]
) -> Iterator[tuple[tuple[int, str], int, int]]:
    """Yield each wanted sentence of a text with where it begins and ends, in reading order."""
    lengths = sorted({count for count, _ in wanted if count})
    words = words_of(text)
    plain = [word.text for word in words]
    for first in range(len(words)):
        for count in lengths:
            if first + count <= len(words):
                key = (count, digest(plain[first : first + count]))
                if key in wanted:
                    yield key, words[first].start, words[first + count - 1].end


def runs(text: str, length: int) -> frozenset[tuple[str, ...]]:
    """List every run of so many words in a text."""
    plain = [word.text for word in words_of(text)]
    return frozenset(tuple(plain[i : i + length]) for i in range(len(plain) - length + 1))
