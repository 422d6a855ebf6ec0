"""Where a text that still arrives can be cut: sentences, list items, code, tables and formulas.

A cut is made only when nothing that may follow could move it, so that the cuts of a text do not
depend on the chunks in which it came.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from assistant.spans import ABBREVIATION

# A line that opens with one of these may be more than prose; its kind is known when it is whole.
_STARTERS = frozenset("`~|#>-*+=_<$\\•–—0123456789")
_FENCE = re.compile(r"[ \t]{0,8}(?P<mark>`{3,}|~{3,})(?P<info>[^`\n]*)")
_ITEM = re.compile(r"\s*(?P<mark>[-*+•–—]|\d{1,3}[.)])[ \t]+(?=\S)")
_HEADING = re.compile(r"\s{0,3}#{1,6}(?:\s+|$)")
_RULE = re.compile(r"\s*(?:(?:[-*_=]\s*){3,}|[-=]{2,}\s*)$")
_QUOTE = re.compile(r"[ \t]*(?:>[ \t]?)+")
_MATH = re.compile(r"\s*(?P<open>\$\$|\\\[)")
_END = re.compile(r"[.!?…]+[\"'”’»)*_]*")
_NEXT = re.compile(r"[\"'“‘«(*_]*")
WINDOW = 1600  # characters: a "sentence" without an end is cut here
_LINK_TARGET = 400

IsMarker = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch cut off the front of a text; `length` characters of it are used up.

    `mid_line` says that what follows goes on in the same line, `closed` that the unit has an end
    of its own (a full stop, a closing fence) and was not only ended by the text's end. `bullet` is
    the mark of an item.
    """

    text: str
    kind: str
    length: int
    mid_line: bool = False
    closed: bool = True
    bullet: str = ""


def next_unit(text: str, is_marker: IsMarker, mid_line: bool, final: bool) -> Unit | None:
    """Cut the next unit off, or give None until more has arrived (or nothing is left)."""
    start = len(text) - len(text.lstrip())
    if start == len(text):
        return None
    newline = text.rfind("\n", 0, start)
    if mid_line and newline < 0:
        return _sentence(text, start, is_marker, final)
    begin = newline + 1
    kind = _kind_at(text, begin, final)
    if kind is None:
        return None
    if kind in ("code", "math", "table", "item"):
        cut = {"code": _code, "math": _math, "table": _table, "item": _item}[kind]
        return cut(text, begin, final)
    if kind in ("heading", "rule"):
        return _line(text, begin, kind)
    if kind == "quote":
        # The words of a quotation are prose; its marks go.
        mark = _QUOTE.match(text, begin)
        return Unit("", "rule", mark.end() if mark else begin + 1, mid_line=True)
    return _sentence(text, start, is_marker, final)


def _kind_at(text: str, begin: int, final: bool) -> str | None:
    """Name the kind of the line that begins here; None when too little of it is there."""
    end = text.find("\n", begin)
    line = text[begin:] if end < 0 else text[begin:end]
    words = line.lstrip()
    if not words:
        return "blank" if end >= 0 or final else None
    if words[0] not in _STARTERS:
        return "prose"
    if end < 0 and not final:
        return None
    if _FENCE.fullmatch(line):
        return "code"
    for kind, pattern in (("rule", _RULE), ("heading", _HEADING), ("quote", _QUOTE)):
        if pattern.match(line):
            return kind
    if _MATH.match(line):
        return "math"
    if words[0] == "|":
        return "table"
    return "item" if _ITEM.match(line) else "prose"


def _line(text: str, begin: int, kind: str) -> Unit:
    end = text.find("\n", begin)
    end = len(text) if end < 0 else end + 1
    words = _HEADING.sub("", text[begin:end]).strip(" #\n")
    return Unit("" if kind == "rule" else words, kind, end)


def _code(text: str, begin: int, final: bool) -> Unit | None:
    """Cut a fenced block, closed by its own mark; its lines are not touched."""
    opened = _FENCE.match(text, begin)
    first_end = text.find("\n", begin)
    if opened is None or first_end < 0:
        return Unit("", "rule", len(text), closed=False) if final else None
    mark = opened["mark"]
    closing = re.compile(rf"^[ \t]{{0,8}}{mark[0]}{{{len(mark)},}}[ \t]*$(?P<end>\n?)", re.M)
    closed = closing.search(text, first_end + 1)
    if closed and not closed["end"] and not final:
        return None
    if not closed and not final:
        return None
    inside = text[first_end + 1 : closed.start() if closed else len(text)]
    if inside and not inside.endswith("\n"):
        inside += "\n"
    indent = len(text[begin : opened.start("mark")])
    if indent:
        inside = re.sub(rf"^[ \t]{{1,{indent}}}", "", inside, flags=re.M)
    info = re.match(r"[A-Za-z0-9_+#.-]{0,20}", opened["info"].strip())
    block = f"{mark}{info[0] if info else ''}\n{inside}{mark}"
    return Unit(block, "code", closed.end() if closed else len(text), closed=bool(closed))


def _math(text: str, begin: int, final: bool) -> Unit | None:
    """Cut a displayed formula up to its closing mark; without one it is prose."""
    opened = _MATH.match(text, begin)
    if opened is None:
        return None
    mark = "$$" if opened["open"] == "$$" else "\\]"
    limit = opened.end() + WINDOW
    close = text.find(mark, opened.end(), limit)
    if close < 0 and not final and len(text) < limit:
        return None
    if close < 0:
        return Unit("", "rule", opened.end(), mid_line=True)
    inside = " ".join(text[opened.end() : close].split())
    return Unit(f"$${inside}$$", "math", close + len(mark), mid_line=True)


def _table(text: str, begin: int, final: bool) -> Unit | None:
    """Cut the rows that follow each other."""
    at = begin
    while True:
        end = text.find("\n", at)
        if end < 0:
            return Unit(text[begin:], "table", len(text)) if final else None
        at = end + 1
        following = _first_of(text, at, final)
        if following is None:
            return None
        if following != "|":
            return Unit(text[begin:at], "table", at)


def _item(text: str, begin: int, final: bool) -> Unit | None:
    """Cut a list item with the indented lines that go on with it."""
    opened = _ITEM.match(text, begin)
    if opened is None:
        return None
    at = begin
    while True:
        end = text.find("\n", at)
        if end < 0:
            at = len(text)
            if not final:
                return None
            break
        at = end + 1
        following = _first_of(text, at, final)
        if following is None:
            return None
        if following in ("", "\n") or not text[at].isspace():
            break
        kind = _kind_at(text, at, final)
        if kind is None:
            return None
        if kind != "prose":
            break
    words = " ".join(text[opened.end() : at].split())
    number = opened["mark"].rstrip(".)")
    ordered = number.isdigit()
    ended = at < len(text) or bool(re.search(r"[.!?:…)\]】]\W*$", words))
    bullet = f"{int(number)}." if ordered else "-"
    return Unit(words, "ordered" if ordered else "item", at, closed=ended, bullet=bullet)


def _first_of(text: str, begin: int, final: bool) -> str | None:
    """Give the first visible character of a line, a line end for an empty one, None if unknown."""
    for character in text[begin:]:
        if character == "\n" or not character.isspace():
            return character
    return "" if final else None


def _sentence(text: str, start: int, is_marker: IsMarker, final: bool) -> Unit | None:
    """Cut a sentence with the markers behind it."""
    end, closed = _paragraph_end(text, start, final)
    endless = end - start > WINDOW
    region = text[start : start + WINDOW] if endless else text[start:end]
    found = _sentence_end(region, closed or endless, is_marker)
    if found is None:
        return None
    if endless and found == WINDOW:
        found = _between_words(region)
    ended = found < len(region) or bool(re.search(r"[.!?:…\"”)\]】`$*]\s*$", region))
    rest = text[start + found :]
    mid_line = bool(rest) and "\n" not in rest[: len(rest) - len(rest.lstrip())]
    return Unit(region[:found], "prose", start + found, mid_line=mid_line, closed=ended)


def _between_words(region: str) -> int:
    """Choose where to cut what has no end: after a word, and before a bracket that is open."""
    bracket = max(region.rfind(opener) for opener in "[【［〔")
    cut = bracket if bracket > 0 and len(region) - bracket < WINDOW // 4 else len(region)
    space = region.rfind(" ", 1, cut)
    return space if space > 0 else cut


def _paragraph_end(text: str, start: int, final: bool) -> tuple[int, bool]:
    """Give where the paragraph ends, as far as that is known, and whether it is."""
    at = start
    while True:
        end = text.find("\n", at)
        if end < 0:
            return len(text), final
        kind = _kind_at(text, end + 1, final)
        if kind is None:
            # Nothing follows, or a line whose kind is not known yet.
            return end, final
        if kind != "prose":
            return end, True
        at = end + 1


def _sentence_end(region: str, closed: bool, is_marker: IsMarker) -> int | None:
    """Give where the first sentence of a paragraph ends, None when that is not known yet."""
    at = 0
    while at < len(region):
        character = region[at]
        if character in "`$[【［〔\\":
            after = _after_construct(region, at, closed)
            if after is None:
                return None
            at = after
        elif character in ".!?…" and (match := _END.match(region, at)):
            ended = _ends_at(region, match, closed, is_marker)
            if ended is None:
                return None
            if ended:
                return ended
            at = match.end()
        else:
            at += 1
    return len(region) if closed else None


def _after_construct(region: str, at: int, closed: bool) -> int | None:
    """Step over code, a formula or a bracket; None while it may still be closed."""
    rest = region[at:]
    if rest[0] == "`":
        ticks = re.match("`+", rest)
        length = len(ticks[0]) if ticks else 1
        if len(rest) == length and not closed:
            return None
        close = re.compile(rf"(?<!`)`{{{length}}}(?!`)").search(rest, length)
        if close and close.end() == len(rest) and not closed:
            return None
        return at + close.end() if close else at + length if closed else None
    if rest[0] == "$":
        return _after_dollars(rest, at, closed)
    if rest[0] == "\\":
        if not rest.startswith("\\("):
            return at + 1 if len(rest) > 1 or closed else None
        close_at = rest.find("\\)")
        return at + close_at + 2 if close_at > 0 else at + 2 if closed else None
    close_at = rest.find("】" if rest[0] == "【" else {"［": "］", "〔": "〕"}.get(rest[0], "]"))
    if close_at < 0:
        return at + 1 if closed else None
    end = close_at + 1
    if end == len(rest) and not closed:
        return None
    if rest[end : end + 1] == "(":
        target = rest.find(")", end, end + _LINK_TARGET)
        if target < 0 and not closed and len(rest) < end + _LINK_TARGET:
            return None
        end = target + 1 if target > 0 else end
    return at + end


def _after_dollars(rest: str, at: int, closed: bool) -> int | None:
    if len(rest) < 3 and not closed:
        return None
    double = rest.startswith("$$")
    if not double and (len(rest) < 2 or rest[1].isspace()):
        return at + 1
    pattern = r"\$\$" if double else r"(?<=[^\s\\])\$"
    close = re.compile(pattern).search(rest, 2)
    if close and close.end() == len(rest) and not closed:
        return None
    if close is None:
        return at + (2 if double else 1) if closed else None
    return at + close.end()


def _ends_at(region: str, match: re.Match[str], closed: bool, is_marker: IsMarker) -> int | None:
    """Say where the sentence ends if it does at this stop: 0 for no, None for not known yet."""
    if match.end() == len(region):
        return len(region) if closed else None
    end = _after_markers(region, match.end(), closed, is_marker)
    if end is None:
        return None
    rest = region[end:]
    words = rest.lstrip()
    if not words:
        return len(region) if closed else None
    if rest[0] == words[0] and end == match.end():
        return 0  # no space behind it: "e.g", "3.5", "www.x"
    opening = _NEXT.match(words)
    following = words[opening.end() if opening else 0 :][:1]
    if not following:
        return None if not closed else len(region)
    if match[0][0] == "." and ABBREVIATION.search(region[: match.start() + 1]):
        return 0
    begins = following.isupper() or following.isdigit() or following in "`$[【［〔\\"
    return end if begins or end > match.end() else 0


def _after_markers(region: str, at: int, closed: bool, is_marker: IsMarker) -> int | None:
    """Step over the markers behind a full stop; None while one may still be going on."""
    while True:
        begin = at + len(region[at:]) - len(region[at:].lstrip())
        if begin >= len(region) or region[begin] not in "[【［〔":
            return at
        close = {"[": "]", "【": "】", "［": "］", "〔": "〕"}[region[begin]]
        end = region.find(close, begin)
        if end < 0:
            return at if closed else None
        if not is_marker(region[begin : end + 1]):
            return at
        at = end + 1
