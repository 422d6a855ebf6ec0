"""From the text of a model to clean pieces with the ids they cite, while the text still arrives.

Models are asked to write the ids of passages in brackets. They write them in many ways, and write
some that nobody gave them. Here every marker is taken out of the text, the ids that were given are
kept beside the piece they stand in, and numbers are assigned later, by whoever shows the answer.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from assistant.plain_answer import opening_of, read_plain_answer
from assistant.sanitise import clean_words, one_line_code, shelve, unshelve, visible
from assistant.units import Unit, next_unit

ALPHABET = "bcdfghjkmnpqrstvwxz23456789"  # no vowels: an id is never a word
ID_LENGTH = 6
_ID = rf"(?=[a-z]*[0-9])(?=[0-9]*[a-z])[{ALPHABET}]{{{ID_LENGTH}}}"
OPENERS = "[［【〔("
# What surrounds an id inside brackets without being one.
_FILLING = re.compile(
    r"(?:passages?|sources?|docs?|documents?|ids?|refs?|references?|citations?|cite|and|see|cf)",
    re.I,
)
_SEPARATORS = re.compile(r"[\s,;:/|&+#^†\"'“”‘’`*_=.<>-]+")
_BRACKETS = re.compile(
    r"[\[［](?P<square>[^\[\]［］]{0,300})[\]］](?P<target>\([^()\s]{0,300}\))?"
    r"|【(?P<lens>[^【】]{0,300})】|〔(?P<shell>[^〔〕]{0,300})〕|\((?P<round>[^()]{0,300})\)"
)
LOOKS_LIKE_MARKER = re.compile(rf"\[\s*(?:passage\s+)?{_ID}\s*\]", re.I)
_HALF = re.compile(r"\s*(?:【[^】]*|[\[［][\w\s,;:\"'“”‘’#^-]{0,60})$")
_MARK = "\ue002"  # where a marker stood; such characters were taken out of the text before
_AROUND = re.compile(
    rf"[\[［(【]\s*{_MARK}[\s,;{_MARK}]*[\])］】]|(\*\*?|__?|[\"“”']){_MARK}[\s,;{_MARK}]*\1"
)
_MARKS = re.compile(rf"\s*{_MARK}(?:[\s,;]*{_MARK})*")
_ANNOUNCES = re.compile(r"\W*(?:sources?|references?|citations?|passages?|cited)\W*", re.I)
_HEADING_WORDS = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """A finished stretch of an answer and the ids it cites, in their order.

    `kind` is prose (a sentence), item, ordered, code, table or math; all but prose stand on lines
    of their own. `text` is safe Markdown without any marker.
    """

    text: str
    ids: tuple[str, ...]
    kind: str = "prose"


class MarkerReader:
    """Reads one answer chunk by chunk; the pieces do not depend on how it was cut into chunks."""

    def __init__(self, given: Collection[str], *, plain: bool = False) -> None:
        self._given = frozenset(given)
        self._known = known_pattern(self._given)
        self._bare = re.compile(
            rf"(?:(?:\bthe\s+)?\b(?P<named>passage|source|document)\s+)?(?P<id>{self._known.pattern})",
            re.I,
        )
        self._text, self._carriage = "", False
        self._held: Piece | None = None
        self._mid_line = False
        self._opened = plain  # whether what the answer opens with has been looked at

    def feed(self, chunk: str) -> tuple[Piece, ...]:
        """Take a chunk and give the pieces that are finished by it."""
        if self._carriage:
            chunk = "\r" + chunk
        self._carriage = chunk.endswith("\r")
        self._text += visible(chunk[:-1] if self._carriage else chunk)
        return tuple(self._read(final=False))

    def finish(self, *, whole: bool = True) -> tuple[Piece, ...]:
        """Give what is left; with `whole` false an unfinished last sentence or block is dropped."""
        self._carriage = False
        if not self._opened:
            self._opened = True
            found = read_plain_answer(opening_of(self._text)[1])
            if found is not None:
                return parse(found.text, self._given, found.ids, whole=whole)
            self._text = opening_of(self._text)[1]
        pieces = list(self._read(final=True, whole=whole))
        return tuple([*pieces, self._held] if self._held else pieces)

    def _read(self, *, final: bool, whole: bool = True) -> Iterable[Piece]:
        if not self._opened:
            decided, rest = opening_of(self._text)
            if not decided:
                return
            self._opened, self._text = True, rest
        while unit := next_unit(self._text, self.is_marker, self._mid_line, final):
            leads_back = self._text.lstrip()[0] in OPENERS
            self._text = self._text[unit.length :]
            self._mid_line = unit.mid_line
            if final and not whole and not self._text.strip() and not unit.closed:
                return  # cut off by a limit: half a sentence misleads
            yield from self._take(unit, leads_back)
        rest = self._text.lstrip()
        if self._held and rest and rest[0] not in OPENERS:
            yield self._held
            self._held = None

    def _take(self, unit: Unit, leads_back: bool) -> Iterable[Piece]:
        """Clean a unit; one that holds markers alone belongs to the piece before it."""
        piece = self._clean(unit)
        if self._held and not piece.text and leads_back:
            ids = dict.fromkeys((*self._held.ids, *piece.ids))
            self._held = Piece(self._held.text, tuple(ids), self._held.kind)
            return
        if self._held:
            yield self._held
        self._held = piece if piece.text else None

    def is_marker(self, bracket: str) -> bool:
        """Say whether a bracket with what is in it holds ids, given or not, and nothing else."""
        return self._ids_in(bracket) is not None

    def _ids_in(self, bracket: str) -> tuple[str, ...] | None:
        """Give the given ids in a bracket; None when it is no marker."""
        inside = bracket[1:-1]
        known = tuple(dict.fromkeys(m[0].lower() for m in self._known.finditer(inside)))
        tokens = [t for t in _SEPARATORS.split(inside) if t]
        marks = [t for t in tokens if not _FILLING.fullmatch(t)]
        if bracket[0] == "(":
            return known if known and all(self._known.fullmatch(t) for t in marks) else None
        if bracket[0] in "【〔" or known:
            return known
        only_ids = bool(marks) and all(looks_like_id(t) for t in marks)
        return () if only_ids else None

    def _clean(self, unit: Unit) -> Piece:
        if unit.kind == "code":
            text, ids = self._without_known(unit.text)
            return Piece(text, ids, "code")
        if unit.kind == "table":
            return self._clean_table(unit.text)
        text, ids = self._clean_line(unit.text)
        if unit.kind == "heading" and len(text.split()) <= _HEADING_WORDS:
            return Piece("", ids)
        if not text or _ANNOUNCES.fullmatch(text) or not re.search(r"[^\W_]", text):
            return Piece("", ids)
        if unit.kind in ("item", "ordered"):
            return Piece(f"{unit.bullet} {text}", ids, unit.kind)
        return Piece(text, ids, "math" if unit.kind == "math" else "prose")

    def _clean_table(self, lines: str) -> Piece:
        ids: dict[str, None] = {}
        rows = []
        for line in lines.strip("\n").split("\n"):
            cells = []
            for cell in re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|")):
                rule = re.fullmatch(r":?-+:?", cell.strip())
                text, found = (rule[0], ()) if rule else self._clean_line(cell)
                ids |= dict.fromkeys(found)
                cells.append(text)
            rows.append(f"| {' | '.join(cells)} |")
        if not re.search(r"[^\W_]", "".join(rows)):
            return Piece("", tuple(ids))
        return Piece("\n".join(rows), tuple(ids), "table")

    def _clean_line(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Take markers, then markup, out of a sentence, an item's words or a row."""
        outside, parts = shelve(text)
        ids: dict[str, None] = {}

        def bracket(match: re.Match[str]) -> str:
            whole = match[0].removesuffix(match["target"] or "")
            found = self._ids_in(whole)
            if found is None:
                return match[0]
            ids.update(dict.fromkeys(found))
            return _MARK

        def bare(match: re.Match[str]) -> str:
            ids[match["id"].lower()] = None
            # "Passage k7f3qb says": the sentence needs its subject.
            named = match["named"]
            return f"{'The' if named[0].isupper() else 'the'} passage{_MARK}" if named else _MARK

        for _ in range(4):  # [[id]]
            before, outside = outside, _BRACKETS.sub(bracket, outside)
            if outside == before:
                break
        outside = _HALF.sub("", self._bare.sub(bare, outside))
        cleaned = []
        for number, part in enumerate(parts):
            kept, found = self._without_known(one_line_code(part))
            ids.update(dict.fromkeys(found))
            cleaned.append(kept)
            if found and not kept.strip("` $"):  # a marker that was written as code
                outside = outside.replace(f"\ue000{number}\ue001", _MARK)
        outside = _MARKS.sub("", _AROUND.sub(_MARK, outside))
        text = unshelve(clean_words(outside), cleaned).strip()
        # Taking one thing out may have put an id together.
        text, found = self._without_known(text)
        ids.update(dict.fromkeys(found))
        return text, tuple(ids)

    def _without_known(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Take given ids out of code, where nothing else is touched."""
        ids: dict[str, None] = {}
        while match := self._known.search(text):
            ids[match[0].lower()] = None
            found = re.escape(match[0])
            bracket = re.compile(rf"[ \t]*\[[^\[\]\n]{{0,80}}{found}[^\[\]\n]{{0,80}}\]")
            text = bracket.sub("", text) if bracket.search(text) else text.replace(match[0], "")
        return text, tuple(ids)


def known_pattern(given: Collection[str]) -> re.Pattern[str]:
    """Match any of the given ids; nothing when there are none."""
    return re.compile("|".join(map(re.escape, sorted(given))) or r"(?!)", re.I)


def looks_like_id(token: str) -> bool:
    """Say whether a token could cite: a number from 1, or the shape of our ids."""
    number = token.isascii() and token.isdigit() and len(token) <= 4 and int(token) > 0
    return number or bool(re.fullmatch(_ID, token, re.I))


def parse(
    text: str, given: Collection[str], ids: tuple[str, ...] = (), *, whole: bool = True
) -> tuple[Piece, ...]:
    """Read a whole answer at once; `ids` are cited by every piece when none cites by itself."""
    reader = MarkerReader(given, plain=True)
    pieces = (*reader.feed(text), *reader.finish(whole=whole))
    kept = tuple(i for i in dict.fromkeys(i.lower() for i in ids) if i in frozenset(given))
    if kept and not any(piece.ids for piece in pieces):
        return tuple(Piece(piece.text, kept, piece.kind) for piece in pieces)
    return pieces
