"""Near-identical passages, found by MinHash over word shingles (datasketch's door).

Method: Broder, "On the resemblance and containment of documents" (1997), with locality-sensitive
hashing to find candidates and the exact Jaccard index to accept them.
"""

import hashlib
import re
from collections.abc import Sequence

SHINGLE = 4  # words
# Two versions of a documentation page differ in a word or two per passage (Jaccard 0.85 and more
# over 4-word shingles); different passages that share a sentence stay well below.
LIKE = 0.85
PERMUTATIONS = 64
# Candidates are looked for well below LIKE, since 64 permutations estimate to about +-0.1.
CANDIDATE = 0.65
SHORTEST = 12  # words; shorter passages are merged only when their words are the same

WORD = re.compile(r"\w+")


def find_twins(texts: Sequence[str]) -> dict[int, int]:
    """Map each row whose text nearly repeats an earlier row to the first such row.

    Rows are positions in `texts`; the earliest row of a group is kept and is in no key.
    """
    words = [WORD.findall(text.lower()) for text in texts]
    twins = same_words(words)
    candidates = [r for r in range(len(words)) if r not in twins and len(words[r]) >= SHORTEST]
    return twins | {row: twins.get(kept, kept) for row, kept in alike(words, candidates).items()}


def same_words(words: Sequence[Sequence[str]]) -> dict[int, int]:
    """Map rows to the first row with exactly the same words; rows without words stay alone."""
    first: dict[str, int] = {}
    twins: dict[int, int] = {}
    for row, row_words in enumerate(words):
        if row_words:
            kept = first.setdefault(" ".join(row_words), row)
            if kept != row:
                twins[row] = kept
    return twins


def alike(words: Sequence[Sequence[str]], rows: Sequence[int]) -> dict[int, int]:
    """Map rows to an earlier kept row with a Jaccard index of at least LIKE."""
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=CANDIDATE, num_perm=PERMUTATIONS)
    kept: dict[int, frozenset[str]] = {}
    twins: dict[int, int] = {}
    sets = [shingles(words[row]) for row in rows]
    signatures = MinHash.bulk(
        [[s.encode() for s in row_set] for row_set in sets],
        num_perm=PERMUTATIONS,
        hashfunc=short_hash,
    )
    for row, row_set, signature in zip(rows, sets, signatures, strict=True):
        near = [
            other for other in sorted(lsh.query(signature)) if jaccard(row_set, kept[other]) >= LIKE
        ]
        if near:
            twins[row] = near[0]
        else:
            lsh.insert(row, signature)
            kept[row] = row_set
    return twins


def shingles(words: Sequence[str]) -> frozenset[str]:
    """Collect the runs of SHINGLE words of one text."""
    return frozenset(
        " ".join(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))
    )


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of the shingles of both that are in each, 0..1."""
    return len(one & other) / max(1, len(one | other))


def short_hash(data: bytes) -> int:
    """Hash a shingle to 32 bits, the same in every process."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=4).digest(), "little")
