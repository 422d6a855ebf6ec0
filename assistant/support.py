"""Does a passage say a sentence? Verbatim, by its words, by meaning, and without a contradiction.

A score in 0..1 comes from a logistic model over a few features, and two thresholds make a verdict
of it. Weights and thresholds are fitted by `python -m eval.grounding --fit` on labelled claims
about our own notes; docs/grounding.md has the curve and the figures on sections held back.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.alignment import align
from assistant.asked import Encode
from assistant.claims import Doubt, doubts
from assistant.entail import Nli
from assistant.features import plain
from assistant.opposites import opposed
from assistant.retrieve import Hit
from assistant.spans import Span, spans_of
from assistant.wording import Token, Wording, clauses, read, stems_of

Idf = Callable[[str], float]
SUPPORTED, WEAK, UNSUPPORTED = "supported", "weak", "unsupported"

FITTED = Path(__file__).parent / "support.json"  # written by `python -m eval.grounding --fit`
WINDOW = 3  # neighbouring spans that together may say one sentence
WORTH = 0.15  # what one more sentence must add, of words and likeness, to be quoted too
SPREAD = 0.02  # taken off for each span more, so that the shortest window that says it is chosen
REPEATS = 0.6  # share of a claim's words in the quote's order from which it repeats the quote
FOLLOWS = 0.75  # and from which a single new word is one put in the place of another
CLAUSE_WORDS = 3  # content words of a clause that states something of its own
NEAR = 4  # content words between two that belong together
KIN = (0.35, 0.75)  # cosine of two single words: below unrelated, above the same
BREAK = re.compile(r"\n\s*\n")  # a heading or a paragraph ends: what follows stands alone
LINE_SUPPORTED, LINE_WEAK = 0.9, 0.5  # share of a code block's lines that the source holds


@dataclass(frozen=True, slots=True)
class Support:
    """How far quotes say a sentence: the verdict, its score in 0..1, the words that say it, why.

    `quote` is a verbatim stretch of one of the quotes, `source` the number of that quote (0 for the
    first); both are empty and -1 when nothing was near. `why` names what stands against it.
    """

    verdict: str
    score: float
    quote: str
    why: str = ""
    source: int = -1


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores from which a sentence counts as supported, and as weakly supported."""

    supported: float
    weak: float


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model over named features; those that it does not name weigh nothing."""

    bias: float
    weights: Mapping[str, float]
    thresholds: Thresholds

    def score(self, named: Mapping[str, float]) -> float:
        """Give the probability that a sentence with these features is supported."""
        value = self.bias + sum(self.weights.get(name, 0.0) * x for name, x in named.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbouring spans of one quote: where they stand and how well they fit a sentence."""

    source: int
    start: int
    end: int
    text: str
    fit: float
    similarity: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence held against some words of its quotes: the features and doubts that came out."""

    window: Window
    text: str
    features: Mapping[str, float]
    doubts: tuple[Doubt, ...]


def flat(_: str) -> float:
    """Weigh all stems alike, where nothing is known of their rarity."""
    return 1.0


def support(
    sentence: str,
    quotes: Sequence[str],
    encode: Encode | None = None,
    nli: Nli | None = None,
    *,
    idf: Idf = flat,
    context: str = "",
) -> Support:
    """Judge whether quotes (or whole passages) say a sentence.

    `encode` gives unit rows; without it only words are compared. `nli` judges the best words with a
    language-inference model. `idf` weighs a stem, `context` holds titles and headings.
    """
    text = plain(unmarked(sentence))
    found = verbatim(text, quotes)
    if found is not None:
        return found
    readings = readings_of(text, quotes, encode, idf, context)
    if not readings:
        return Support(UNSUPPORTED, 0.0, "", "the source says nothing like it")
    model = model_for(encode)
    best = max(readings, key=lambda reading: model.score(reading.features))
    score = model.score(best.features)
    if nli is not None:
        score = nli.combined(score, best.text, text)
    verdict = verdict_of(score, model.thresholds)
    why = "" if verdict == SUPPORTED else _why(best.doubts)
    return Support(verdict, score, best.window.text, why, best.window.source)


def readings_of(
    text: str,
    quotes: Sequence[str],
    encode: Encode | None = None,
    idf: Idf = flat,
    context: str = "",
) -> list[Reading]:
    """Compare a plain sentence with the best words of the best quote, and of all quotes together.

    Empty when the sentence or the quotes hold no words.
    """
    claimed = read(text)
    windows = windows_of(claimed, text, quotes, encode, idf)
    if not windows or not stems_of(claimed):
        return []
    best = max(windows, key=lambda w: w.fit)
    evidence = [best.text]
    for other in range(len(quotes)):  # a sentence may join what two quotes say
        rest = [w for w in windows if w.source == other != best.source]
        evidence += [max(rest, key=lambda w: w.fit).text] if rest else []
    known = "\n".join((context, *quotes))
    readings = []
    for option in dict.fromkeys((best.text, "\n".join(evidence))):
        found = doubts(text, option, known)
        named = support_features(text, option, found, best.similarity, encode, idf, known)
        readings.append(Reading(best, option, named, found))
    return readings


def _why(found: Sequence[Doubt]) -> str:
    grave = sorted(found, key=lambda d: not d.grave)
    return grave[0].why if grave else "the source says only part of this"


def verdict_of(score: float, thresholds: Thresholds) -> str:
    """Turn a score into a verdict."""
    if score >= thresholds.supported:
        return SUPPORTED
    return WEAK if score >= thresholds.weak else UNSUPPORTED


# ── verbatim ────────────────────────────────────────────────────────────────────────────────────

MARKER = re.compile(r"\s*[\[【]\d{1,3}(?:\s*,\s*\d{1,3})*[\]】]")
BULLET = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+")


def unmarked(sentence: str) -> str:
    """Drop a bullet and citation markers."""
    return MARKER.sub("", BULLET.sub("", sentence)).strip()


def squeezed(text: str) -> str:
    """Write a text in one way: no emphasis, one space, straight quotes, small letters."""
    return re.sub(r"[\s*_]+", " ", plain(text)).strip().casefold()


def verbatim(sentence: str, quotes: Sequence[str]) -> Support | None:
    """Find a sentence that stands word for word in a quote."""
    wanted = squeezed(sentence).rstrip(".!")
    if not re.search(r"\w", wanted):
        return None
    for source, quote in enumerate(quotes):
        whole = squeezed(BREAK.sub(" | ", quote))
        at = whole.find(wanted)
        # Half a word, or a part with its "not" cut off, is no quotation.
        if at >= 0 and _stands_alone(whole, at, at + len(wanted)):
            start, end = _place(sentence, quote)
            return Support(SUPPORTED, 1.0, quote[start:end], "", source)
    return None


def _stands_alone(whole: str, start: int, end: int) -> bool:
    opens = bool(re.search(r"(?:^|[.!?:;|>#]|\s-)\W*$", whole[:start]))
    return opens and (end == len(whole) or bool(re.match(r"\W*(?:[.!?;:|]|$)", whole[end:])))


def _place(sentence: str, quote: str) -> tuple[int, int]:
    """Find where in a quote the words of a sentence stand; the whole quote when marks differ."""
    words = r"[\s*_]+".join(map(re.escape, plain(sentence).rstrip(".!").split()))
    found = re.search(words + r"[.!]?", quote, re.IGNORECASE)
    return found.span() if found else (0, len(quote))


def support_code(code: str, quotes: Sequence[str]) -> Support:
    """Judge a code block by the lines that a source holds, white space and comments aside."""
    lines = [line for line in map(_code_line, code.splitlines()) if line]
    held = [{_code_line(line) for line in quote.splitlines()} for quote in quotes]
    if not lines or not held:
        return Support(UNSUPPORTED, 0.0, "", "no source shows this code")
    shares = [sum(line in there for line in lines) / len(lines) for there in held]
    source = max(range(len(shares)), key=lambda i: shares[i])
    score = shares[source]
    verdict = verdict_of(score, Thresholds(LINE_SUPPORTED, LINE_WEAK))
    why = "" if verdict == SUPPORTED else "the source does not show all of these lines"
    return Support(verdict, score, quotes[source] if score else "", why, source if score else -1)


def _code_line(line: str) -> str:
    bare = "" if re.match(r"\s*(?:`{3,}|~{3,}|#|//)", line) else line
    return re.sub(r"\s+", "", re.sub(r"\s+#\s.*$", "", bare))


# ── where it stands ─────────────────────────────────────────────────────────────────────────────


def windows_of(
    claimed: Wording, text: str, quotes: Sequence[str], encode: Encode | None, idf: Idf
) -> list[Window]:
    """Give every run of up to WINDOW neighbouring spans, with how well it fits the sentence."""
    spans = [(source, span) for source, quote in enumerate(quotes) for span in spans_of(quote)]
    rows = None
    if encode is not None and spans:
        rows = encode([text, *(plain(span.text) for _, span in spans)])
    found = []
    for first in range(len(spans)):
        source = spans[first][0]
        for last in range(first, min(first + WINDOW, len(spans))):
            if spans[last][0] != source:
                break
            start, end = spans[first][1].start, spans[last][1].end
            quote = quotes[source][start:end]
            covered = coverage(claimed, stems_of(read(quote)), idf)
            near = _likeness(rows, first, last) if rows is not None else 0.0
            fit = covered + near - SPREAD * (last - first)
            found.append(Window(source, start, end, quote, fit, near))
    return found


def _likeness(rows: NDArray[np.float32], first: int, last: int) -> float:
    """Compare the sentence (row 0) with the spans first..last: the nearest one, or their mean."""
    inside = rows[1 + first : 2 + last]
    mean = inside.mean(axis=0)
    norm = float(np.linalg.norm(mean)) or 1.0
    return max(float((inside @ rows[0]).max()), float(mean @ rows[0]) / norm)


def support_quote(
    sentence: str, hit: Hit, encode: Encode | None = None, idf: Idf = flat
) -> tuple[int, int]:
    """Find the stretch of a hit's passage that best says a sentence, as offsets in its text.

    Whole spans, at most WINDOW of them; the whole passage when it holds no span.
    """
    text = hit.entry.passage.text
    bare = plain(unmarked(sentence))
    windows = windows_of(read(bare), bare, [text], encode, idf)
    if not windows:
        return 0, len(text)
    best = max(windows, key=lambda w: w.fit - alien(text, w))
    return best.start, best.end


def alien(text: str, window: Window) -> float:
    """Say how much a stretch takes along that a reader would not have quoted."""
    spans = holding_span(text, window.start, window.end)
    blocks = len({span.block for span in spans})
    return (WORTH - SPREAD) * (len(spans) - 1) + WORTH * (blocks - 1)


def holding_span(text: str, start: int, end: int) -> tuple[Span, ...]:
    """Give the spans of a passage that lie within start..end."""
    return tuple(s for s in spans_of(text) if start <= s.start and s.end <= end)


# ── features ────────────────────────────────────────────────────────────────────────────────────


def support_features(
    text: str,
    quote: str,
    found: Sequence[Doubt],
    similarity: float,
    encode: Encode | None,
    idf: Idf,
    known: str = "",
) -> dict[str, float]:
    """Describe a claim beside a quote, each feature in 0..1."""
    claimed, said = read(text), read(quote)
    present = stems_of(said)
    kinship = kin(claimed, said, encode)
    weights = [_weight(t, idf) for t in claimed if t.content]
    soft = [kinship[t.lower] for t in claimed if t.content]
    total = sum(weights) or 1.0
    foreign = [t for t in claimed if t.content and not _covered(t, present)]
    whole = {name for t in said for name in t.names}
    unnamed = [t for t in claimed if t.content and not whole.issuperset(t.names)]
    laid = align(claimed, said)
    named: dict[str, float] = {
        "coverage": coverage(claimed, present, idf),
        "known": coverage(claimed, present | stems_of(read(known)), idf),
        "kin": sum(w * k for w, k in zip(weights, soft, strict=True)) / total,
        "clause": least_clause(claimed, kinship, idf),
        "head": soft[0] if soft else 0.0,
        "similarity": max(0.0, similarity),
        "linked": linked(claimed, said),
        "turned": float(any(opposed(a, b) for t in foreign for a in t.stems for b in present)),
        "substituted": laid.followed if laid.substituted else 0.0,
        "repeats but": float(laid.followed >= REPEATS and bool(foreign or laid.moved)),
        "scrambled": float(not unnamed and laid.moved > 0),
        "one new": float(len(unnamed) == 1),
        "only one new": float(len(unnamed) == 1 and laid.followed >= FOLLOWS),
    }
    for doubt in found:
        named[doubt.kind if doubt.grave else f"light {doubt.kind}"] = 1.0
    named["grave"] = float(any(doubt.grave for doubt in found))
    return named


def _covered(token: Token, present: frozenset[str]) -> bool:
    return bool(token.stems & present)


def _weight(token: Token, idf: Idf) -> float:
    return max((idf(s) for s in token.stems), default=0.0)


def coverage(claimed: Wording, present: frozenset[str], idf: Idf) -> float:
    """Give the idf-weighted share of a claim's content words that a quote holds."""
    content = [t for t in claimed if t.content]
    total = sum(_weight(t, idf) for t in content)
    held = sum(_weight(t, idf) for t in content if _covered(t, present))
    return held / total if total else 0.0


def kin(claimed: Wording, said: Wording, encode: Encode | None) -> dict[str, float]:
    """Say for each content word of a claim how near a word of the quote comes to it, 0..1."""
    present = stems_of(said)
    found = {t.lower: float(_covered(t, present)) for t in claimed if t.content}
    foreign = [lower for lower, held in found.items() if not held]
    others = list(dict.fromkeys(t.lower for t in said if t.content))
    if encode is None or not foreign or not others:
        return found
    rows = encode([*foreign, *others])
    nearest = (rows[: len(foreign)] @ rows[len(foreign) :].T).max(axis=1)
    low, high = KIN
    for lower, cosine in zip(foreign, nearest, strict=True):
        found[lower] = max(0.0, min(1.0, (float(cosine) - low) / (high - low)))
    return found


def least_clause(claimed: Wording, kinship: Mapping[str, float], idf: Idf) -> float:
    """Say how far the quote holds the words of the clause that it holds least, 0..1."""
    shares = []
    for clause in clauses(claimed):
        content = [t for t in clause if t.content]
        total = sum(_weight(t, idf) for t in content)
        if len(content) >= CLAUSE_WORDS and total:
            shares.append(sum(_weight(t, idf) * kinship[t.lower] for t in content) / total)
    return min(shares, default=1.0)


def linked(claimed: Wording, said: Wording) -> float:
    """Give the share of neighbouring words of a claim that stand near each other in the quote.

    Only words that the quote holds count; 1 when there are fewer than two of them.
    """
    places = _places(said)
    held = [t for t in claimed if t.content and any(s in places for s in t.stems)]
    pairs = [(a, b) for a, b in pairwise(held) if a.clause == b.clause]
    if not pairs:
        return 1.0
    return sum(_together(a, b, places) for a, b in pairs) / len(pairs)


def _places(wording: Wording) -> dict[str, list[tuple[int, int]]]:
    """Give for each stem its places among the content words, with their clauses."""
    places: dict[str, list[tuple[int, int]]] = {}
    for n, token in enumerate(t for t in wording if t.content):
        for s in token.stems:
            places.setdefault(s, []).append((n, token.clause))
    return places


def _together(one: Token, other: Token, places: Mapping[str, list[tuple[int, int]]]) -> bool:
    return any(
        abs(n - m) <= NEAR and clause == also
        for a in one.stems
        for b in other.stems
        for n, clause in places.get(a, ())
        for m, also in places.get(b, ())
    )


@lru_cache(maxsize=1)
def models() -> Mapping[str, Model]:
    """Read the fitted models: "by_meaning" with vectors, "by_words" without."""
    read_models = json.loads(FITTED.read_text(encoding="utf-8"))
    return {
        name: Model(m["bias"], m["weights"], Thresholds(**m["thresholds"]))
        for name, m in read_models.items()
    }


def model_for(encode: Encode | None) -> Model:
    """Choose the model by whether sentences can be compared by meaning."""
    return models()["by_words" if encode is None else "by_meaning"]


def remembered(encode: Encode) -> Encode:
    """Encode every text once: the words of a passage are compared with many sentences."""
    known: dict[str, NDArray[np.float32]] = {}

    def encoded(texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, encode(new), strict=True))
        return np.stack([known[text] for text in texts])

    return encoded
