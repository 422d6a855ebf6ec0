"""Which words of a passage back a sentence that a model wrote."""

from collections.abc import Sequence

from assistant.features import plain
from assistant.leads import Quote
from assistant.retrieve import Hit
from assistant.spans import Span, spans_of
from ingest.keywords import analyse

TOGETHER = 3  # spans of one paragraph or list that may be quoted together
WORTH = 0.15  # share of the sentence's words that one more span must add to be quoted too


def support_quote(sentence: str, hit: Hit) -> Quote:
    """Choose the stretch of a passage that holds most of a sentence's words.

    It is always a verbatim stretch; `relevance` is the share of the words it holds, 0..1.
    """
    passage = hit.entry.passage
    spans = spans_of(passage.text) or (whole(passage.text),)
    wanted = frozenset(analyse(plain(sentence)))
    stems = [frozenset(analyse(plain(span.text))) for span in spans]
    best = max(range(len(spans)), key=lambda i: (held(wanted, stems[i]), -i))
    first, last = best, best
    covered = stems[best]
    while last - first + 1 < TOGETHER:
        nearby = [i for i in (first - 1, last + 1) if joins(spans, i, best)]
        gains = {i: held(wanted, covered | stems[i]) - held(wanted, covered) for i in nearby}
        step = max(gains, key=lambda i: gains[i], default=-1)
        if step < 0 or gains[step] < WORTH:
            break
        covered |= stems[step]
        first, last = min(first, step), max(last, step)
    chosen = spans[first : last + 1]
    return Quote(hit, chosen[0].start, chosen[-1].end, chosen, held(wanted, covered))


def joins(spans: Sequence[Span], at: int, best: int) -> bool:
    """Say whether a span belongs to the block of the best one."""
    return 0 <= at < len(spans) and spans[at].block == spans[best].block


def held(wanted: frozenset[str], stems: frozenset[str]) -> float:
    """Give the share of the wanted stems that are there."""
    return len(wanted & stems) / len(wanted) if wanted else 0.0


def whole(text: str) -> Span:
    """Take a passage of headings alone as one span."""
    return Span(text, 0, len(text), "prose", 0, 0)


def is_verbatim(sentence: str, hit: Hit) -> bool:
    """Say whether a passage holds a sentence word for word, spaces and emphasis apart."""
    said = " ".join(plain(sentence).split())
    return bool(said) and said in " ".join(plain(hit.entry.passage.text).split())
