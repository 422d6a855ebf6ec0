"""Text fragments: addresses that lead a browser to one sentence of a page.

The Markdown of a page and the text that its browser shows are two forms of the same words. They
are aligned word by word; for every sentence, list item, table row and line of code a directive is
written with words of the page itself, that a browser finds in this place only.

The form is `text=[prefix-,]start[,end][,-suffix]` of the WICG specification Scroll To Text
Fragment (https://wicg.github.io/scroll-to-text-fragment/): a term is made of whole words in one
line of text, case and accents do not count, and the first match on the page is taken.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, takewhile
from urllib.parse import quote

from ingest.html_tree import OBJECT
from ingest.split import FENCE, Passage

Fragment = tuple[int, int, str]

SHORT = 100  # characters; a longer stretch is named by its first and last words
LONGEST = 300  # characters of one term
FEWEST_WORDS, MOST_WORDS = 4, 10  # at either end of a long stretch
MOST_PASSED = 6  # words at either end, cut off from the rest by a formula
MOST_LOST = 5  # words at either edge that are looked for beside the rest
MOST_CONTEXT = 8  # words of a prefix or suffix
# A page that repeats the rarest word of a term so often is not searched: the term counts as
# repeated. It keeps hostile pages from costing quadratic time.
MOST_REPEATS = 200

# Letters and digits apart, so that "x2" on the page is "x_2" in Markdown; a sign of a script that
# is written without spaces is a word.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W\d_{_UNSPACED}]+|\d+")
_TOKEN = re.compile(rf"[^\s{OBJECT}]+")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_QUOTES = str.maketrans("‘’‚‛“”„‟", "''''\"\"\"\"")
_FORMULA = re.compile(r"\$\$[^$]{1,3000}\$\$|\$[^$\n]{1,600}\$")
_ITEM = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?")
# Cuts wherever the answer's spans may begin or end, and after abbreviations too: two directives
# can be joined, one cannot be taken apart.
_SENTENCE_END = re.compile(r"[.!?…][.!?:…]*[\"'”’)\]*_`]*(?=\s+[\"'“‘(\[*_`]*[A-Z0-9`]|\s*$)")


def with_fragments(passages: Sequence[Passage], visible: Sequence[str]) -> tuple[Passage, ...]:
    """Give the passages of one document, in their order, the directives of their stretches.

    `visible` are the page's lines of text (`Document.visible`). A stretch that is not found on the
    page, or that no words around it make unique, gets an empty directive.
    """
    if not visible:
        return tuple(passages)
    page = _Page(visible)
    spans = [(at, *span) for at, p in enumerate(passages) for span in stretches(p.text)]
    places = page.places([passages[at].text[start:end] for at, start, end in spans])
    fragments: list[list[Fragment]] = [[] for _ in passages]
    for (at, start, end), place in zip(spans, places, strict=True):
        fragments[at].append((start, end, page.directive(*place) if place else ""))
    return tuple(
        replace(passage, fragments=tuple(found))
        for passage, found in zip(passages, fragments, strict=True)
    )


def directive_of(fragments: Sequence[Fragment], start: int, end: int) -> str:
    """Return the directive that leads from the first stretch in start..end through the last one.

    Empty when either of them has none, or none that can be joined.
    """
    inside = [directive for a, b, directive in fragments if a < end and b > start]
    if not inside or not inside[0] or not inside[-1]:
        return ""
    return inside[0] if len(inside) == 1 else _joined(inside[0], inside[-1])


def stretches(text: str) -> Iterator[tuple[int, int]]:
    """Find the sentences, list items, table rows and lines of code of Markdown, as offsets.

    What holds no letter and no digit is left out.
    """
    offset, fence = 0, ""
    for line in text.splitlines(keepends=True):
        here, offset = offset, offset + len(line)
        mark = FENCE.match(line)
        if mark and (not fence or not line.strip().strip(fence[0])):
            fence = "" if fence else mark["mark"]
            continue
        begin = here
        if not fence and not line.lstrip().startswith("|"):
            item = _ITEM.match(line)
            begin += item.end() if item else 0
            for match in _SENTENCE_END.finditer(text, begin, offset):
                yield from _wordy(text, begin, match.end())
                begin = match.end()
        yield from _wordy(text, begin, offset)


def _wordy(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    part = text[start:end]
    if _WORD.search(part):
        yield start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def carried_over(before: Sequence[Passage], after: Sequence[Passage]) -> tuple[Passage, ...]:
    """Give passages of the same text, split anew, the directives that are known of it."""
    known = {(p.start + a, p.start + b): text for p in before for a, b, text in p.fragments}
    if not known:
        return tuple(after)
    return tuple(
        replace(
            passage,
            fragments=tuple(
                (a, b, known.get((passage.start + a, passage.start + b), ""))
                for a, b in stretches(passage.text)
            ),
        )
        for passage in after
    )


def _joined(first: str, last: str) -> str:
    """Join two directives: the beginning of the first, the end of the last.

    A text that is not unique by itself was made so by what stands before it (then it may begin a
    range), after it (then it may end one), or both.
    """
    prefix, start, first_end, first_suffix = _terms(first)
    last_prefix, last_start, end, suffix = _terms(last)
    begins = prefix or first_end or not first_suffix
    ends = suffix or end or not last_prefix
    return _written(prefix, start, end or last_start, suffix) if begins and ends else ""


def _terms(directive: str) -> tuple[str, str, str, str]:
    """Take a directive apart: prefix, start, end and suffix, as they are encoded."""
    parts = directive.removeprefix("text=").split(",")
    prefix = parts.pop(0)[:-1] if parts[0].endswith("-") else ""
    suffix = parts.pop()[1:] if parts[-1].startswith("-") else ""
    return prefix, parts[0], parts[1] if len(parts) > 1 else "", suffix


def _written(prefix: str, start: str, end: str, suffix: str) -> str:
    """Write a directive of encoded terms."""
    terms = (f"{prefix}-" if prefix else "", start, end, f"-{suffix}" if suffix else "")
    return "text=" + ",".join(filter(None, terms))


def encoded(term: str) -> str:
    """Percent-encode a term: all but letters, digits, ".", "_" and "~", a hyphen too."""
    return quote(term, safe="", errors="replace").replace("-", "%2D")


def folded(text: str) -> str:
    """Write a text as a search compares it: without case, accents and forms of quotation marks.

    An approximation of the primary level of UTS 10, which the specification names.
    """
    plain = text.translate(_QUOTES)
    if plain.isascii():
        return plain.lower()
    apart = unicodedata.normalize("NFKD", plain.casefold())
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", apart.casefold()))


def _is_sign(token: str) -> bool:
    return not _WORD.search(token)


class _Page:
    """The words of a page, with what is needed to tell whether a term occurs once.

    A token is a run of characters without blanks, at `start`..`end` of line `line`. Tokens of one
    `segment` may stand in one term. `open` says that nothing but blanks and the ends of lines
    stands between a token and the one before it.
    """

    def __init__(self, visible: Sequence[str]) -> None:
        self.visible = visible
        self.texts: list[str] = []  # of each token, folded
        self.line: list[int] = []
        self.start: list[int] = []
        self.end: list[int] = []
        self.segment: list[int] = []
        self.open: list[bool] = []
        self._cut()
        self.flat = " ".join(self.texts)
        self.words: list[str] = []
        self.token_of: list[int] = []  # of each word
        self.at: dict[str, list[int]] = {}  # offsets of each word in `flat`
        self._find_words()

    def _cut(self) -> None:
        """Cut lines into tokens; a segment ends with its line, at a tab or at an object."""
        segment, gap = -1, "\n"
        for number, text in enumerate(self.visible):
            plain = folded(text) if text.isascii() else ""
            end = 0
            for match in _TOKEN.finditer(text):
                start, stop = match.span()
                gap += text[end:start]
                segment += gap.strip(" ") != ""
                self.texts.append(plain[start:stop] if plain else folded(match[0]))
                self.line.append(number)
                self.start.append(start)
                self.end.append(stop)
                self.segment.append(segment)
                self.open.append(OBJECT not in gap)
                end, gap = stop, ""
            gap += text[end:] + "\n"

    def _find_words(self) -> None:
        token, token_end = -1, -1
        for match in _WORD.finditer(self.flat):
            word, place = match[0], match.start()
            while place >= token_end:
                token += 1
                token_end += len(self.texts[token]) + 1
            self.words.append(word)
            self.token_of.append(token)
            self.at.setdefault(word, []).append(place)

    def places(self, texts: Sequence[str]) -> list[tuple[int, int] | None]:
        """Find where stretches of Markdown, in reading order, stand: first token, end token."""
        words = [_WORD.findall(folded(_FORMULA.sub(" ", text))) for text in texts]
        found = align([word for part in words for word in part], self.words)
        places: list[tuple[int, int] | None] = []
        begin, free = 0, 0
        for text, part in zip(texts, words, strict=True):
            place = self._place(self._drawn_together(part, found[begin : begin + len(part)]))
            begin += len(part)
            if place:
                start, end = self._with_signs(text, *place)
                # Two stretches that share a token cannot both be named by whole words.
                place = (start, end) if start >= free else None
                free = end
            places.append(place)
        return places

    def _drawn_together(self, words: Sequence[str], matched: list[int]) -> list[int]:
        """Draw words at the edges of a stretch to the rest of it.

        Where the page has a line more than we, its first word may be taken for ours, or its last.
        """
        for k in range(1, min(MOST_LOST, len(words))):
            here, after = matched[k], matched[k - 1] + 1
            if 0 < after < here and self.words[here - k : here] == words[:k]:
                matched[:k] = range(here - k, here)
            here, before = matched[-k - 1], matched[-k] - 1
            if 0 <= here < before and self.words[here + 1 : here + 1 + k] == words[-k:]:
                matched[-k:] = range(here + 1, here + 1 + k)
        return matched

    def _place(self, matched: Sequence[int]) -> tuple[int, int] | None:
        """Trust a stretch most of whose words are found, in about as much of the page."""
        known = [place for place in matched if place >= 0]
        if not known or 3 * len(known) < 2 * len(matched):
            return None
        lost_first, lost_last = matched.index(known[0]), matched[::-1].index(known[-1])
        spread = known[-1] - known[0] + 1
        if max(lost_first, lost_last) > MOST_LOST or spread > 2 * len(matched) + 4:
            return None
        return self._with_edges(known[0], known[-1], lost_first, lost_last)

    def _with_edges(self, first: int, last: int, before: int, after: int) -> tuple[int, int]:
        """Give the tokens of words first..last, and those in which lost words may be hidden.

        That is what is left of the segment, where it has no more tokens than words were lost:
        the page may write "alpha" and "float" as "alphafloat".
        """
        start, end = self.token_of[first], self.token_of[last] + 1
        low = start
        while start - low < before and self._follows(low):
            low -= 1
        high = end
        while high - end < after and self._follows(high):
            high += 1
        return low if not self._follows(low) else start, high if not self._follows(high) else end

    def _with_signs(self, text: str, start: int, end: int) -> tuple[int, int]:
        """Widen a place by the signs without letters around its words, such as a prompt."""
        tokens = folded(text).split()
        for sign in reversed(list(takewhile(_is_sign, tokens))):
            if not self._follows(start) or self.texts[start - 1] != sign:
                break
            start -= 1
        for sign in reversed(list(takewhile(_is_sign, reversed(tokens)))):
            if not self._follows(end) or self.texts[end] != sign:
                break
            end += 1
        return start, end

    def _follows(self, token: int) -> bool:
        """Tell whether a token stands in one segment with the token before it."""
        inside = 0 < token < len(self.texts)
        return inside and self.segment[token] == self.segment[token - 1]

    def directive(self, start: int, end: int) -> str:
        """Write the directive of tokens start..end; empty when nothing makes it unique."""
        whole = self._term(start, end)
        if whole and len(whole) <= SHORT:
            return self._short(start, end)
        segments = self._segments(start, end)
        first, last = self._opening(segments), self._closing(segments)
        if first and last and first[1] <= last[0]:
            terms = (first[2], self._term(*first[:2]), self._term(*last[:2]), last[2])
            return _written(*map(encoded, terms))
        longest = max(segments, key=lambda part: part[1] - part[0])
        most = 3 * (longest[1] - longest[0]) >= 2 * (end - start)
        return self._short(*longest) if most and self._term(*longest) else ""

    def _segments(self, start: int, end: int) -> list[tuple[int, int]]:
        """Cut tokens start..end into segments."""
        cuts = [start, *(n for n in range(start + 1, end) if not self._follows(n)), end]
        return list(pairwise(cuts))

    def _short(self, start: int, end: int) -> str:
        """Name a stretch by its whole text, with what is around it if it is repeated."""
        text = encoded(self._term(start, end))
        if self._is_unique(start, end):
            return _written("", text, "", "")
        prefix, suffix = self._prefix(start, end), self._suffix(start, end)
        return _written(encoded(prefix), text, "", encoded(suffix)) if prefix or suffix else ""

    def _opening(self, segments: Sequence[tuple[int, int]]) -> tuple[int, int, str] | None:
        """Choose first words that are unique: first token, end token, prefix.

        A few words before a formula may be passed over.
        """
        passed = 0
        for start, end in segments:
            shortest = min(end, start + FEWEST_WORDS)
            for stop in range(shortest, min(end, start + MOST_WORDS) + 1):
                if self._is_unique(start, stop):
                    return start, stop, ""
            if prefix := self._prefix(start, shortest):
                return start, shortest, prefix
            passed += end - start
            if passed > MOST_PASSED or end == len(self.texts) or self.open[end]:
                break
        return None

    def _closing(self, segments: Sequence[tuple[int, int]]) -> tuple[int, int, str] | None:
        """Choose last words that are unique: first token, end token, suffix; as `_opening`."""
        passed = 0
        for start, end in reversed(segments):
            shortest = max(start, end - FEWEST_WORDS)
            for begin in range(shortest, max(start, end - MOST_WORDS) - 1, -1):
                if self._is_unique(begin, end):
                    return begin, end, ""
            if suffix := self._suffix(shortest, end):
                return shortest, end, suffix
            passed += end - start
            if passed > MOST_PASSED or self.open[start]:
                break
        return None

    def _prefix(self, start: int, end: int) -> str:
        """Find words right before tokens start..end with which they occur once."""
        text = self._text(start, end) if self._term(start, end) and self.open[start] else ""
        lowest = max(0, start - MOST_CONTEXT) if text else start
        for begin in range(start - 1, lowest - 1, -1):
            term = self._term(begin, start)
            if not term or self._occurs_once(self._text(begin, start), text):
                return term
        return ""

    def _suffix(self, start: int, end: int) -> str:
        """Find words right behind tokens start..end with which they occur once."""
        following = end < len(self.texts) and self._term(start, end) and self.open[end]
        text = self._text(start, end) if following else ""
        highest = min(len(self.texts), end + MOST_CONTEXT) if text else end
        for stop in range(end + 1, highest + 1):
            term = self._term(end, stop)
            if not term or self._occurs_once(text, self._text(end, stop)):
                return term
        return ""

    def _term(self, start: int, end: int) -> str:
        """Return the page's own text of tokens; empty when they cannot stand in one term."""
        begin, stop = self.start[start], self.end[end - 1]
        if self.segment[start] != self.segment[end - 1] or stop - begin > LONGEST:
            return ""
        return self.visible[self.line[start]][begin:stop]

    def _text(self, start: int, end: int) -> str:
        return " ".join(self.texts[start:end])

    def _is_unique(self, start: int, end: int) -> bool:
        """Tell whether tokens can stand in one term, and do so on this page only once."""
        return bool(self._term(start, end)) and self._count(self._text(start, end)) == 1

    def _occurs_once(self, before: str, after: str) -> bool:
        """Tell whether two texts follow each other once, with a blank between them or without."""
        return self._count(f"{before} {after}") + self._count(before + after) == 1

    def _count(self, text: str) -> int:
        """Count a text on the page, up to 2, wherever it stands and whatever surrounds it.

        A search that asks for whole words can only find fewer.
        """
        rarest, before = None, 0
        for match in _WORD.finditer(text):
            places = self.at.get(match[0], [])
            if rarest is None or len(places) < len(rarest):
                rarest, before = places, match.start()
        if rarest is None or len(rarest) > MOST_REPEATS:
            return 2
        count = 0
        for place in rarest:
            count += self.flat.startswith(text, place - before) if place >= before else 0
            if count == 2:
                break
        return count


def align(ours: Sequence[str], theirs: Sequence[str]) -> list[int]:
    """Find for each of our words its counterpart among theirs: an index, or -1; increasing.

    Runs of words that occur once on both sides anchor the alignment, as in Bram Cohen's patience
    diff; anchors grow while words agree, and shorter runs are looked for between them. Time grows
    with n log n.
    """
    found = [-1] * len(ours)
    gaps = [(0, len(ours), 0, len(theirs))]
    for size in (6, 3, 1):
        gaps = [gap for window in gaps for gap in _anchored(ours, theirs, window, size, found)]
    return found


_Window = tuple[int, int, int, int]


def _anchored(
    ours: Sequence[str], theirs: Sequence[str], window: _Window, size: int, found: list[int]
) -> Iterator[_Window]:
    """Align what unique runs of `size` words allow, into `found`; yield what is left between."""
    low, high, their_low, their_high = window
    i, j = low, their_low
    for anchor, their_anchor in _anchors(ours, theirs, window, size):
        if anchor < i or their_anchor < j:
            continue
        a, b = anchor, their_anchor
        while a > i and b > j and ours[a - 1] == theirs[b - 1]:
            a, b = a - 1, b - 1
        if a > i and b > j:
            yield i, a, j, b
        while a < high and b < their_high and ours[a] == theirs[b]:
            found[a] = b
            a, b = a + 1, b + 1
        i, j = a, b
    if i < high and j < their_high:
        yield i, high, j, their_high


def _anchors(
    ours: Sequence[str], theirs: Sequence[str], window: _Window, size: int
) -> list[tuple[int, int]]:
    """Return the longest series of unique runs that stand in the same order on both sides."""
    low, high, their_low, their_high = window
    if size == 1 and their_high - their_low > 4 * (high - low) + 20:
        return []  # a single word says nothing in a much longer text
    mine = _unique_runs(ours, low, high, size)
    if not mine:
        return []
    other = _unique_runs(theirs, their_low, their_high, size)
    return _longest_rising([(at, other[run]) for run, at in mine.items() if run in other])


def _unique_runs(words: Sequence[str], low: int, high: int, size: int) -> dict[object, int]:
    """Map each run of words that occurs once in low..high to its place, in order of places."""
    places: dict[object, int] = {}
    repeated: set[object] = set()
    part = words[low:high]
    runs: Iterator[object] = zip(*(part[k:] for k in range(size)), strict=False)
    for at, run in enumerate(runs, low):
        if run in places:
            repeated.add(run)
        else:
            places[run] = at
    for run in repeated:
        del places[run]
    return places


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return a longest subsequence of pairs, sorted by their first, whose second rises."""
    tops: list[int] = []  # lowest last value of a rising series of each length
    ends: list[int] = []  # and the pair it belongs to
    before: list[int] = []
    for number, (_, value) in enumerate(pairs):
        length = bisect_right(tops, value)
        before.append(ends[length - 1] if length else -1)
        if length == len(tops):
            tops.append(value)
            ends.append(number)
        else:
            tops[length], ends[length] = value, number
    series = []
    number = ends[-1] if ends else -1
    while number >= 0:
        series.append(pairs[number])
        number = before[number]
    return series[::-1]
