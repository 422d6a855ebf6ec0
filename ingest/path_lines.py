"""One line of a learning path: its hours, its label, and the resources it names."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingest.garbled import what_is_garbled
from ingest.links import classify, clean, safe_http
from ingest.outline import Piece, plain

_NUMBER = r"[0-9]{1,3}(?:[.,][0-9]{1,2})?"
_SPAN = (
    rf"(?:(?:~|≈|about|approx(?:\.|imately)?|around|ca\.|est\.)\s*)?"
    rf"(?P<low>{_NUMBER})\s*(?:(?:-|–|—|to)\s*(?P<high>{_NUMBER})\s*)?\+?\s*"
    r"(?P<unit>hours?|hrs?|h|minutes?|mins?|min)\b\.?"
)
_LEADING_SPAN = re.compile(rf"\s*{_SPAN}\s*(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_TRAILING_SPAN = re.compile(
    rf"(?P<title>.*?)\s*(?:\(\s*{_SPAN}"
    r"(?P<rest>(?:\s*(?:/|per|a|each|every)\s*\w+|\s+(?:in )?(?:total|weekly|daily|each))?)\s*\)"
    rf"|[-–—:|,]\s*{_SPAN.replace('P<', 'P<bare_')})",
    re.IGNORECASE | re.DOTALL,
)

_BLOCK_LABELS = {
    "concept": re.compile(
        r"(?:(?:core|main|key) )?concept|(?:learning )?(?:goals?|objectives?)|aim"
    ),
    "topics": re.compile(
        r"(?:(?:key|main|core) )?(?:topics?|concepts|subjects)(?: covered)?|syllabus"
        r"|what you(?:['’]ll| will) learn"
    ),
    "exercise": re.compile(
        r"(?:(?:practical|hands-on|coding|suggested|practice) )?"
        r"(?:exercises?|assignments?|labs?|tasks?|activities|projects?)|practice|hands-on"
        r"|hands-on practice|mini[- ]projects?"
    ),
    "requirement": re.compile(r"(?:(?:project|capstone) )?requirements?"),
    "deliverable": re.compile(r"(?:(?:project|capstone|final) )?deliverables?"),
    "resources": re.compile(
        r"(?:(?:learning|recommended|key|additional|further|useful|study|suggested) )*"
        r"(?:resources?|references|links|materials?)|further reading|reading list|bibliography"
    ),
    "time": re.compile(
        r"(?:(?:estimated|total) )*(?:time|duration|effort|hours)"
        r"(?: (?:investment|estimate|required|commitment|needed))?"
    ),
}
_KINDS = frozenset(
    (
        *("video", "reading", "practical", "github", "paper", "tool", "interactive", "reference"),
        *("book", "course", "article", "documentation", "podcast", "newsletter", "community"),
        *("tutorial", "notebook", "blog", "playlist", "website", "guide", "forum", "dataset"),
        *("talk", "lecture", "slides", "cheatsheet"),
    )
)
EMOJI = {
    **{"📺": "video", "🎥": "video", "📚": "reading", "📖": "reading", "🔬": "practical"},
    **{"💻": "practical", "📊": "github", "📄": "paper", "🛠": "tool", "📈": "tool"},
    **{"🧪": "interactive", "🗣": "community", "📰": "newsletter", "🎧": "podcast", "🎓": "course"},
}
_KIND_OF_ADDRESS = {
    **{"video": "video", "github": "github", "arxiv": "paper", "pdf": "paper"},
    **{"notebook": "notebook", "community": "community"},
}
_PICTURES = ("So", "Sk", "Cf", "Mn", "Me")  # Unicode's categories of pictures and their joints
_LONGEST_LABEL = 40
_LONGEST_SPAN = 100

_PLAIN_SCHEME = re.compile(r"(?:mailto|tel):|(?![a-z][a-z0-9+.-]*:)", re.IGNORECASE)
_HALF_LINK = re.compile(r"\[([^\[\]\x00]*)\]\(")
_LEADS_ON = re.compile(r"[:–—-]\s*$")
_CONNECTIVES = ("and", "or", "plus")


@dataclass(frozen=True, slots=True)
class Hours:
    """An estimate in hours; `low` and `high` are equal when the path names one number."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the path that could not be read as it was meant."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A resource as one line names it, before it has a place in the path.

    `link` is the address as written, `url` the one to fetch; both are None for a book or a
    documentation that is only named.
    """

    kind: str
    title: str
    url: str | None
    link: str | None
    line: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """What stands before the colon of a line, and the rest of the line."""

    name: str
    rest: tuple[Piece, ...]
    strong: bool
    colon: bool


def leading_hours(text: str) -> tuple[Hours, str] | None:
    """Read the estimate a text begins with; return it and what follows."""
    match = _LEADING_SPAN.fullmatch(text)
    return (_hours(match, ""), match["rest"].lstrip(" :–—-,")) if match else None


def split_hours(title: str) -> tuple[str, Hours | None, str]:
    """Take the estimate off the end of a heading.

    Returns the title, the hours, and the words after them ("per day").
    """
    hours, rest = None, ""
    # Only the end can hold an estimate; a longer text would be searched from its beginning.
    while match := _TRAILING_SPAN.fullmatch(title[-_LONGEST_SPAN:]):
        if hours is None:
            hours = _hours(match, "" if match["low"] else "bare_")
            rest = (match["rest"] or "").strip()
        title = (title[:-_LONGEST_SPAN] + match["title"]).strip()
    return title, hours, rest


def written_hours(hours: Hours) -> str:
    """Write an estimate so that reading it gives the same numbers."""
    factor, unit = 1, "hour"
    if any(round(value, 2) != value for value in (hours.low, hours.high)):
        factor, unit = 60, "minute"
    low, high = f"{hours.low * factor:g}", f"{hours.high * factor:g}"
    span = low if low == high else f"{low}-{high}"
    return f"{span} {unit}" if span == "1" else f"{span} {unit}s"


def block_label(name: str) -> str | None:
    """Say which part of a section a label opens, or None when it is no such label."""
    name = " ".join(plain(undecorated((Piece(name, 0),))[1]).lower().rstrip(":").split())
    return next((part for part, words in _BLOCK_LABELS.items() if words.fullmatch(name)), None)


def label(pieces: Iterable[Piece]) -> Label | None:
    """Read the label of a line.

    Bold text before or around a colon is one, and bold text alone; plain text before a colon
    only when it names a part of a section or a known kind of resource.
    """
    pieces = undecorated(pieces)[1]
    bold = next((i for i, p in enumerate(pieces) if not _is_bold(p)), len(pieces))
    head, tail = "".join(p.text for p in pieces[:bold]), pieces[bold:]
    strong = bool(head.strip())
    if not strong:
        if not pieces or pieces[0].link is not None or pieces[0].literal:
            return None
        head, tail = pieces[0].text, pieces[1:]
    name, colon, inner = head.partition(":")
    rest: tuple[Piece, ...] = ()
    if colon:
        rest = (replace(pieces[0], text=inner), *tail)
    elif strong and tail and tail[0].link is None and tail[0].text.lstrip().startswith(":"):
        colon = ":"
        rest = (replace(tail[0], text=tail[0].text.lstrip()[1:]), *tail[1:])
    elif not strong or plain(tail) or any(p.link is not None for p in tail):
        return None
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_LABEL:
        return None
    if not strong and (inner[:1].strip() or not (block_label(name) or known_kind(name))):
        return None
    return Label(name, _stripped(rest), strong, bool(colon))


def known_kind(name: str) -> str | None:
    """Return the kind of resource that a label's first word names, in the singular."""
    word = name.lower().split()[0] if name.split() else ""
    return next((w for w in (word, word.removesuffix("s")) if w in _KINDS), None)


def kind_named(name: str) -> str | None:
    """Return the kind a label names: a known one, or any of one or two words."""
    return known_kind(name) or (name.lower() if len(name.split()) <= 2 else None)


def undecorated(pieces: Iterable[Piece]) -> tuple[str, tuple[Piece, ...]]:
    """Take pictures and blanks off the front; return the first picture and the pieces left."""
    left = tuple(pieces)
    picture = ""
    while left and left[0].link is None and not left[0].literal:
        text = left[0].text.lstrip()
        while text and (text[0].isspace() or unicodedata.category(text[0]) in _PICTURES):
            picture = picture or text[0].strip()
            text = text[1:]
        if text:
            return picture, (replace(left[0], text=text), *left[1:])
        left = left[1:]
    return picture, left


def references(
    pieces: Sequence[Piece], line: int, kind: str, listed: bool
) -> tuple[tuple[Reference, ...], tuple[Problem, ...]]:
    """Read the resources that one list item names: every link of it, or its text.

    `kind` is what the list says of its items, for those that do not say it themselves. With
    `listed` the item stands in a list of resources: a text without a link or kind is one, too.
    """
    picture, pieces = undecorated(pieces)
    if (head := label(pieces)) and head.rest and (own := kind_named(head.name)):
        kind, pieces = own, undecorated(head.rest)[1]
    kind = kind or EMOJI.get(picture, "")
    sound, broken, problems = _sorted_out(pieces, listed)
    named = [replace(reference, kind=kind) for reference in broken]
    found = [*_linked(sound, kind), *named]
    if not found and not problems and (listed or kind):
        title = plain(undecorated((Piece(plain(sound), line),))[1])
        found += [Reference(kind, title, None, None, line)] if title else []
    found = [replace(r, kind=r.kind or _kind_of(r.url)) for r in found]
    return tuple(sorted(found, key=lambda reference: reference.line)), problems


def links_in_prose(
    pieces: Sequence[Piece],
) -> tuple[tuple[Reference, ...], tuple[Problem, ...]]:
    """Read only the links of running text: each is a resource named by its own text."""
    sound, broken, problems = _sorted_out(pieces, listed=False)
    found = [
        Reference("", _title(piece), clean(piece.link), piece.link, piece.line)
        for piece in sound
        if piece.link is not None
    ]
    found = sorted([*found, *broken], key=lambda reference: reference.line)
    return tuple(replace(r, kind=_kind_of(r.url)) for r in found), problems


def has_link(pieces: Iterable[Piece]) -> bool:
    """Tell whether any piece links somewhere outside the file."""
    return any(p.link is not None and not p.link.strip().startswith("#") for p in pieces)


def trimmed(text: str) -> str:
    """Take off what only joins a text to its neighbours."""
    shorter = text.strip(" \t:;,–—-|·").rstrip(" ([").lstrip(" )]")
    if re.fullmatch(r"\[[^\[\]]*\]", shorter):
        shorter = shorter[1:-1]
    if shorter.lower() in _CONNECTIVES or not re.search(r"\w", shorter):
        return ""
    return shorter if shorter == text else trimmed(shorter)


def _hours(match: re.Match[str], prefix: str) -> Hours:
    unit = 60 if match[f"{prefix}unit"].lower().startswith("m") else 1
    written = (match[f"{prefix}low"], match[f"{prefix}high"] or match[f"{prefix}low"])
    low, high = sorted(float(number.replace(",", ".")) / unit for number in written)
    return Hours(low, high)


def _is_bold(piece: Piece) -> bool:
    return piece.link is None and (piece.strong or not piece.text.strip())


def _stripped(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    said = any(piece.text.strip() or piece.link is not None for piece in pieces)
    return pieces if said else ()


def _kind_of(url: str | None) -> str:
    return _KIND_OF_ADDRESS.get(classify(url), "reading") if url else "reading"


def _title(piece: Piece) -> str:
    text = " ".join(piece.text.split())
    address = clean(piece.link or "")
    return text if text and text != piece.link else address


def _sorted_out(
    pieces: Sequence[Piece], listed: bool
) -> tuple[list[Piece], list[Reference], tuple[Problem, ...]]:
    """Part sound links from broken ones; a link inside the file becomes plain text."""
    sound: list[Piece] = []
    broken: list[Reference] = []
    problems: list[Problem] = []
    for piece in _without_half_links(pieces, listed, broken, problems):
        if piece.link is None or safe_http(clean(piece.link)):
            sound.append(piece)
        elif piece.link.startswith("#") or (not listed and _PLAIN_SCHEME.match(piece.link)):
            sound.append(replace(piece, link=None))
        else:
            title = " ".join(piece.text.split())
            problems.append(Problem(piece.line, _fault(title, piece.link)))
            if title and title != piece.link:
                broken.append(Reference("", title, None, None, piece.line))
    return sound, broken, tuple(problems)


def _fault(title: str, link: str) -> str:
    named = f"“{_short(title)}”" if title else "a link"
    if not link.strip():
        return f"{named} has an empty address: write [Title](https://…)"
    words = f"{named} leads to “{_short(link)}”, which is no http or https address"
    garbled = what_is_garbled(link)
    if garbled is None:
        return words
    meant = f" ({garbled.meant[0]} may be meant)" if len(garbled.meant) == 2 else ""
    return f"{words}: {garbled.why}{meant}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _without_half_links(
    pieces: Sequence[Piece], listed: bool, broken: list[Reference], problems: list[Problem]
) -> list[Piece]:
    """Find brackets that were meant as a link and never closed.

    What was meant is kept as a title in `broken`; only sound links are left beside it.
    """
    text = "".join("\x00" if p.link is not None else p.text for p in pieces)
    syntax = "".join(
        "\x00" if p.link is not None else "." * len(p.text) if p.literal else p.text for p in pieces
    )
    halves = [(m.start(), m.end(), m.end(1)) for m in _HALF_LINK.finditer(syntax)]
    written = any(p.link is not None and p.link != p.text for p in pieces)
    if listed and not halves and not written and syntax.count("[") > syntax.count("]"):
        start = syntax.rindex("[")
        halves = [(start, len(text), start + len(re.split(r"[(\x00]", syntax[start:])[0]))]
    if not halves:
        return list(pieces)
    links = [p for p in pieces if p.link is not None]
    for start, _, title_end in halves:
        line = _line_at(pieces, start)
        title = " ".join(text[start + 1 : title_end].split())
        problems.append(
            Problem(line, f"the link of “{_short(title)}” is not closed or has a space")
        )
        if title:
            broken.append(Reference("", title, None, None, line))
    swallowed = {
        place
        for start, end, _ in halves
        for place in range(syntax.count("\x00", 0, start), syntax.count("\x00", 0, end + 1))
    }
    return [link for place, link in enumerate(links) if place not in swallowed]


def _line_at(pieces: Sequence[Piece], offset: int) -> int:
    for piece in pieces:
        offset -= 1 if piece.link is not None else len(piece.text)
        if offset < 0:
            return piece.line
    return pieces[-1].line


def _linked(pieces: Sequence[Piece], kind: str) -> list[Reference]:
    """Read a line's links with the words around each as its note, or as its missing title."""
    places = [place for place, piece in enumerate(pieces) if piece.link is not None]
    texts = [
        plain(pieces[start:end])
        for start, end in zip([0, *(p + 1 for p in places)], [*places, len(pieces)], strict=True)
    ]
    found = []
    for number, place in enumerate(places):
        piece, last = pieces[place], number == len(places) - 1
        # Words between two links belong to the second when they lead on to it ("slides: …").
        before = trimmed(texts[number]) if not number or _LEADS_ON.search(texts[number]) else ""
        after = texts[number + 1]
        after = trimmed(after) if last or not _LEADS_ON.search(after) else ""
        title, link = _title(piece), piece.link or ""
        note = " — ".join(words for words in (before, after) if words)
        if title == clean(link) and note:  # a bare address is named by the words beside it
            title, note = (before, after) if before else (after, "")
        found.append(Reference(kind, title, clean(link), link, piece.line, note))
    return found
