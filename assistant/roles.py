"""Who does what to whom: sides of a comparison, cause and effect, subjects that were exchanged."""

from collections.abc import Iterator, Sequence

from assistant.wording import Token, Wording, clauses, listed, stems_of
from ingest.analysis import stem

# Words whose two sides are no equals: "A is faster than B" is not "B is faster than A".
ANCHORS = listed("than toward towards because since before after rather if when unless")
RELATIONS = frozenset(
    stem(w)
    for w in listed("cause lead contain include precede depend imply imitate replace produce")
)
WITHIN = listed("than toward towards rather")  # both sides stand in one clause
LEAST_SAID = 2  # content words that are said of a subject, to be compared
SAID_OF_OTHER = 0.6  # share of them that the quote says of another subject


def exchanged(claimed: Wording, said: Wording) -> Iterator[str]:
    """Say what a claim exchanges of its quote; nothing when the sides agree."""
    yield from _crossed(claimed, said)
    yield from _compared(claimed, said)


def _crossed(claimed: Wording, said: Wording) -> Iterator[str]:
    """Find an anchor that both have, with its sides the other way round."""
    for name, left, right in _anchored(claimed):
        best, turned = 0.0, False
        for other, before, after in _anchored(said):
            if other != name:
                continue
            straight = _both(left, before) + _both(right, after)
            crossed = _both(left, after) + _both(right, before)
            each = min(_both(left, after), _both(right, before))
            if max(straight, crossed) > best:
                best, turned = max(straight, crossed), crossed > straight and each > 0
        if turned:
            yield f"the two sides of “{name}” are exchanged"
            return


def _both(one: frozenset[str], other: frozenset[str]) -> int:
    return len(one & other)


def _anchored(wording: Wording) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    """Give each anchor with the stems before and after it; those on both sides count not."""
    for i, token in enumerate(wording):
        relation = token.stems & RELATIONS
        if token.lower not in ANCHORS and not relation:
            continue
        back = 0 if token.lower in WITHIN or relation else 1
        left = stems_of(t for t in wording[:i] if token.clause - t.clause <= back)
        right = stems_of(t for t in wording[i + 1 :] if t.clause == token.clause)
        opens = not i or wording[i - 1].sentence != token.sentence
        if opens and not relation:  # "Because A, B" says what "B because A" says
            left = stems_of(t for t in wording[i + 1 :] if t.clause - token.clause == 1)
        if relation and any(t.lower == "by" for t in wording[i + 1 : i + 3]):
            left, right = right, left
        yield next(iter(relation), token.lower), left - right, right - left


def _compared(claimed: Wording, said: Wording) -> Iterator[str]:
    """Find "A is faster than B" where the quote calls B the faster one, without a "than"."""
    for i, token in enumerate(claimed):
        if token.lower != "than":
            continue
        graded = [t for t in claimed[:i] if t.clause == token.clause and t.content][-1:]
        left = stems_of(t for t in claimed[:i] if t.clause == token.clause)
        right = stems_of(t for t in claimed[i + 1 :] if t.clause == token.clause)
        left, right = left - right, right - left
        for k, other in enumerate(said):
            if not graded or not other.stems & graded[0].stems:
                continue
            own = stems_of(t for t in said[:k] if t.clause == other.clause)
            if own & right and not own & (left - graded[0].stems):
                yield f"the source says “{other.lower}” of the other one"
                return


def other_subject(claimed: Wording, said: Wording) -> Iterator[str]:
    """Find a clause whose subject is that of another clause of the quote."""
    quoted = [(_head(c), stems_of(c)) for c in clauses(said)]
    for clause in clauses(claimed):
        head, stems = _head(clause), stems_of(clause)
        rest = stems - head
        if not head or len(rest) < LEAST_SAID:
            continue
        own, inside = max(quoted, key=lambda q: len(rest & q[1]), default=(head, stems))
        if len(rest & inside) < SAID_OF_OTHER * len(rest) or head & inside:
            continue
        if own and not own & stems and any(head & other for other, _ in quoted):
            yield "the source says this of something else"
            return


def _head(clause: Sequence[Token]) -> frozenset[str]:
    """Give the first content word of a clause, which mostly is or opens its subject."""
    return stems_of([t for t in clause if t.content and not t.lower[0].isdigit()][:1])
