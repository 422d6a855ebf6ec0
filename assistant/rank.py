"""From fused scores to the list that is shown: few passages of one source, no repeats."""

from collections import Counter
from collections.abc import Iterable, Iterator

from assistant.retrieve import Hit

# One long book or documentation page must not fill the first screen. Measured on the dev
# questions: 3 keeps hit@5 and raises the number of different sources (docs/benchmarks.md).
PER_SOURCE = 3


def cap_sources(hits: Iterable[Hit], k: int, per_source: int = PER_SOURCE) -> tuple[Hit, ...]:
    """Take the best k hits, at most `per_source` of one document; the rest fills up at the end."""
    ranked = list(hits)
    taken: Counter[str] = Counter()
    first: list[Hit] = []
    later: list[Hit] = []
    for hit in ranked:
        taken[hit.entry.passage.doc_id] += 1
        (first if taken[hit.entry.passage.doc_id] <= per_source else later).append(hit)
    return tuple([*first, *later][:k])


def distinct(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Drop hits whose text was already given (the same words under another address)."""
    seen: set[str] = set()
    for hit in hits:
        if hit.entry.passage.content_hash not in seen:
            seen.add(hit.entry.passage.content_hash)
            yield hit
