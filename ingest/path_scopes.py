"""The headings of a learning path: which of them open a month, a week, a section or a schedule."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.outline import Block, plain
from ingest.path_lines import Problem, block_label, undecorated
from ingest.path_schedule import is_schedule

_NUMBERED = re.compile(
    r"(?P<word>month|week)s?\s*(?P<number>[0-9]{1,4})(?!\w)"
    r"(?:\s*[-–—&]\s*(?P<last>[0-9]{1,4})(?=\s*(?:[:.(]|$)|\s+[-–—]))?[.)]?[\s:|·–—-]*(?P<title>.*)",
    re.IGNORECASE | re.DOTALL,
)
_NOT_IN_DIGITS = re.compile(
    r"(month|week)(?:\s+(?:one|two|three|four|five|six|seven|eight|nine|ten|[ivx]+)\b|\s*[:–—-])",
    re.IGNORECASE,
)
_LISTS_RESOURCES = re.compile(
    r"\b(?:resources?|readings?|references?|books?|links?|bibliography|newsletters?|community"
    r"|communities|forums?|podcasts?|videos?|courses?|papers?|materials?)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Scope:
    """One heading with the blocks under it; `number` is that of a month or week."""

    kind: str  # "month" "week" "section" "schedule" "title" "general"
    heading: Block | None = None
    number: int = 0
    title: str = ""
    listed: bool = False  # its heading says that resources follow
    in_month: bool = False
    in_week: bool = False
    blocks: list[Block] = field(default_factory=list)
    end_line: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def level(self) -> int:
        """The heading's level, 0 for what stands before the first one."""
        return self.heading.level if self.heading else 0

    @property
    def line(self) -> int:
        """The heading's line."""
        return self.heading.line if self.heading else 1


@dataclass(slots=True)
class _Open:
    """The headings that the next block stands under."""

    current: Scope
    month: Scope | None = None
    week: Scope | None = None
    section: Scope | None = None  # a section or a schedule
    listing: int | None = None  # level of the nearest heading that lists resources
    titled: bool = False  # the path's own title, if it has one, is behind us

    def deeper(self, scope: Scope | None, level: int) -> bool:
        """Tell whether a heading of a level belongs under a scope."""
        return scope is not None and level > scope.level


def scopes(blocks: Sequence[Block], lines: Sequence[str]) -> list[Scope]:
    """Part the blocks by the headings that mean something for the path."""
    scopes = [Scope("general")]
    place = _Open(scopes[0])
    for block in blocks:
        scope = _opened(block, place) if block.kind == "heading" else None
        if scope is None:
            place.current.blocks.append(block)
        else:
            scopes.append(scope)
            place.current = scope
    for scope, following in zip(scopes, [*scopes[1:], None], strict=True):
        scope.end_line = following.line - 1 if following else len(lines)
        scope.end_line = max([scope.end_line, *(block.line for block in scope.blocks)])
        while scope.end_line > scope.line and not lines[scope.end_line - 1].strip():
            scope.end_line -= 1
    return scopes


def _opened(block: Block, place: _Open) -> Scope | None:
    """Say what a heading opens; None when it only parts what stands under the one before."""
    text, level = plain(block.pieces), block.level
    numbered = _NUMBERED.fullmatch(plain(undecorated(block.pieces)[1]))
    word = numbered["word"].lower() if numbered else ""
    if numbered and word == "month" and not place.deeper(place.month, level):
        place.month, place.titled = _numbered(numbered, block, "month"), True
        place.week = place.section = None
        return place.month
    if numbered and word == "week" and not place.deeper(place.week, level):
        place.week, place.titled = _numbered(numbered, block, "week"), True
        place.week.in_month = place.month is not None
        place.section = None
        return place.week
    in_week = place.deeper(place.week, level)
    if place.deeper(place.section, level):
        return None
    if in_week or place.deeper(place.month, level):
        return _inside(block, place, in_week)
    place.month = place.week = place.section = None
    return _outside(block, place, text)


def _numbered(match: re.Match[str], block: Block, kind: str) -> Scope:
    number = int(match["number"])
    scope = Scope(kind, block, number, match["title"].strip())
    if match["last"]:
        span = f"{match['number']}-{match['last']}"
        message = f"one heading for {kind}s {span}: it counts as {kind} {number}"
        scope.problems.append(Problem(block.line, message))
    return scope


def _inside(block: Block, place: _Open, in_week: bool) -> Scope | None:
    """Open a section or a schedule in a month or week."""
    text = plain(block.pieces)
    owner = place.week if in_week else place.month
    if not in_week:
        place.week = None
    if block_label(text) not in (None, "time") and owner is not None:
        place.current, place.section = owner, None
        return None
    kind = "schedule" if not in_week and is_schedule(text) else "section"
    place.section = Scope(kind, block, title=text, in_month=place.month is not None)
    place.section.in_week = in_week
    if not in_week:
        place.section.problems += _not_in_digits(block, text)
    return place.section


def _outside(block: Block, place: _Open, text: str) -> Scope:
    if block.level == 1 and not place.titled:
        place.titled = True
        return Scope("title", block, title=text)
    if is_schedule(text):
        place.section = Scope("schedule", block, title=text)
        return place.section
    if place.listing is None or block.level <= place.listing:
        place.listing = block.level if _LISTS_RESOURCES.search(text) else None
    scope = Scope("general", block, title=text, listed=place.listing is not None)
    scope.problems += _not_in_digits(block, text)
    return scope


def _not_in_digits(block: Block, text: str) -> list[Problem]:
    match = _NOT_IN_DIGITS.match(text)
    message = (
        f"“{text[:60]}” has no number in digits: write “{match[1].title()} 1: …”" if match else ""
    )
    return [Problem(block.line, message)] if match else []


def introduction(scopes: Sequence[Scope]) -> str:
    """Join the paragraphs between the title and the first heading below it."""
    start = next((place for place, s in enumerate(scopes) if s.kind == "title"), 0)
    paragraphs = []
    for scope in scopes[start:]:
        if scope.level > 1 or scope.kind not in ("title", "general") or scope.listed:
            break
        paragraphs += [plain(b.pieces) for b in scope.blocks if b.kind == "text" and not b.level]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
