"""The style sheets of a page: which declared values, of those that can hide text, an element has.

Selectors of tags, ids, classes and attributes with the combinators of CSS 2.1, the cascade, and
conditions on the width of the screen; a selector with pseudo-classes is left out. Linear in the
page: beyond a budget of comparisons rules are no longer told apart by what stands around.
"""

import re
from collections.abc import Iterator, Mapping
from colorsys import hls_to_rgb
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lxml import etree

SHEET = 400_000  # characters of one style sheet that are read
# Comparisons on one page, about 3 s. Of 2,270 captured pages one (pandas' on styles, with 400 kB of
# them) needs 1.03 million, the others 17,000 at most.
STEPS = 3_000_000
SAME_KEY = 400  # rules that are compared with an element for one of its names, and 5 beyond STEPS
SCREEN = 1280  # pixels of width for which conditions are read

Colour = tuple[float, float, float]
WHITE: Colour = (255.0, 255.0, 255.0)
_NAMED = {
    "white": "ffffff", "black": "000000", "snow": "fffafa", "ivory": "fffff0", "azure": "f0ffff",
    "ghostwhite": "f8f8ff", "floralwhite": "fffaf0", "mintcream": "f5fffa", "linen": "faf0e6",
    "whitesmoke": "f5f5f5", "aliceblue": "f0f8ff", "lavenderblush": "fff0f5", "blue": "0000ff",
    "seashell": "fff5ee", "oldlace": "fdf5e6", "honeydew": "f0fff0", "lightyellow": "ffffe0",
    "red": "ff0000", "green": "008000", "yellow": "ffff00", "gray": "808080", "grey": "808080",
    "silver": "c0c0c0", "navy": "000080", "orange": "ffa500", "purple": "800080",
}  # fmt: skip

_READ = frozenset(
    {"display", "visibility", "content-visibility", "opacity", "filter", "font-size", "font",
     "width", "height", "max-width", "max-height", "overflow", "overflow-x", "overflow-y",
     "transform", "text-indent", "left", "right", "top", "bottom", "margin-left", "margin-top",
     "clip", "clip-path", "color", "background", "background-color", "background-image",
     "background-clip", "-webkit-background-clip", "-webkit-text-fill-color"}
)  # fmt: skip
_ESCAPED = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_NUMBER = r"(?:\d+\.?\d*|\.\d+)"
_UNIT = "px|pt|em|rem|ex|ch|%|vw|vh|cm|mm|in"
LENGTH = re.compile(rf"([-+]?{_NUMBER})({_UNIT})?")
# A font's size without a unit is no size, and browsers ignore it.
_FONT_SIZE = re.compile(rf"(?<![\w.-])(?:{_NUMBER}(?:{_UNIT})|0*\.?0+(?![\w.%]))")
_PIXELS = {"pt": 4 / 3, "em": 16, "rem": 16, "ex": 8, "ch": 8, "%": 0.16, "cm": 38, "mm": 3.8,
           "in": 96, "vw": 13, "vh": 8}  # fmt: skip
_COMPOUND = re.compile(
    r"\s*(?P<joined>[>+~]?)\s*(?P<tag>[A-Za-z][\w-]*|\*)?"
    r"(?P<rest>(?:[.#]-?[A-Za-z_][\w-]*|\[[^\]]{1,80}\])*)",
    re.ASCII,
)
_PART = re.compile(
    r"\.(?P<class>[\w-]+)|#(?P<id>[\w-]+)"
    r"|\[\s*(?P<name>[\w-]+)\s*(?:(?P<how>[~^$*|]?)=\s*[\"']?(?P<value>[^\"']*)[\"']?\s*)?\]"
)


class Compound(NamedTuple):
    """One part of a selector: what an element must be, and how it is joined to the part before.

    `joined` is "" (somewhere inside), ">" (directly inside) or "+" (after it).
    """

    tag: str
    id: str
    classes: frozenset[str]
    attributes: tuple[tuple[str, str, str], ...]
    joined: str

    def fits(self, element: "etree._Element") -> bool:
        """Say whether an element is of this kind."""
        if self.tag not in ("", "*", element.tag) or (self.id and element.get("id") != self.id):
            return False
        if self.classes and not self.classes.issubset((element.get("class") or "").split()):
            return False
        return all(_fits(element.get(name), how, value) for name, how, value in self.attributes)

    @property
    def key(self) -> str:
        """The name by which the elements are found that may fit."""
        name = min(self.classes, default="")
        return f"#{self.id}" if self.id else f".{name}" if name else self.tag or "*"


class Rule(NamedTuple):
    """Declarations for one selector, whose last part stands first; `weight` orders the cascade."""

    parts: tuple[Compound, ...]
    weight: tuple[int, ...]
    values: Mapping[str, str]


class Sheets:
    """The style sheets of one page; what a `noscript` holds is left out."""

    def __init__(self, root: "etree._Element") -> None:
        self._rules: dict[str, list[Rule]] = {}
        self._steps = STEPS
        for number, sheet in enumerate(root.iter("style")):
            unused = next(sheet.iterancestors("noscript", "template"), None)
            if unused is None and _applies(sheet.get("media") or ""):
                for rule in rules((sheet.text or "")[:SHEET], number):
                    self._rules.setdefault(rule.parts[0].key, []).append(rule)

    def values(self, element: "etree._Element") -> Mapping[str, str]:
        """Give the declared values of an element after the cascade, in lower case."""
        own = element.get("style")
        if not own and not self._rules:
            return {}
        found = [(rule.weight, rule.values) for rule in self._matching(element)]
        if own:
            usual, important = declarations(own)
            found += [((0, 1), usual), ((1, 1), important)]
        values: dict[str, str] = {}
        for _, declared in sorted(found, key=lambda item: item[0]):
            values.update(declared)
        return values

    def _matching(self, element: "etree._Element") -> Iterator[Rule]:
        classes = dict.fromkeys((element.get("class") or "").split()[:40])
        names = (element.tag, "*", f"#{element.get('id')}", *(f".{name}" for name in classes))
        for name in names:
            for rule in self._rules.get(name, ())[: SAME_KEY if self._steps > 0 else 5]:
                self._steps -= 1
                if rule.parts[0].fits(element) and self._stands_in(element, rule.parts):
                    yield rule

    def _stands_in(self, element: "etree._Element", parts: tuple[Compound, ...]) -> bool:
        """Compare what is around an element with the parts of a selector before its last."""
        joined = parts[0].joined
        for part in parts[1:]:
            if joined == "+" or self._steps <= 0:
                return True
            above = element.getparent()
            while above is not None and not part.fits(above):
                self._steps -= 1
                above = above.getparent() if joined == "" else None
            if above is None:
                return False
            element, joined = above, part.joined
        return True


def _fits(given: str | None, how: str, value: str) -> bool:
    if given is None or how == "exists":
        return given is not None
    return {
        "": given == value,
        "^": given.startswith(value),
        "$": given.endswith(value),
        "*": value in given,
        "~": value in given.split(),
        "|": given.partition("-")[0] == value,
    }[how]


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def rules(css: str, sheet: int = 0) -> Iterator[Rule]:
    """Read the rules of a style sheet that apply to a screen and can hide text."""
    inside: list[bool] = []  # whether each block around this place applies
    prelude = "@"
    for order, found in enumerate(re.finditer(r"([^{}]*)([{}]?)", _without_comments(css))):
        text, brace = found.groups()
        if brace == "{":
            prelude = text.rpartition(";")[2].strip()
            inside.append(_block_applies(prelude))
        elif brace == "}" and inside:
            if all(inside) and not prelude.startswith("@"):
                yield from _rules_of(prelude, text, (sheet << 32) + order)
            inside.pop()
            prelude = "@"


def _rules_of(prelude: str, block: str, order: int) -> Iterator[Rule]:
    for rank, values in enumerate(declarations(block)):
        for selector in prelude.split(",")[:100] if values else ():
            parts = _selector(selector.strip())
            if parts:
                ids = sum(bool(part.id) for part in parts)
                classes = sum(len(part.classes) + len(part.attributes) for part in parts)
                tags = sum(part.tag not in ("", "*") for part in parts)
                yield Rule(parts, (rank, 0, ids, classes, tags, order), values)


def _block_applies(prelude: str) -> bool:
    if not prelude.startswith("@"):
        return True
    name, _, condition = prelude[1:].lower().partition(" ")
    return name in ("layer", "supports") or (name == "media" and _applies(condition))


def _applies(media: str) -> bool:
    """Say whether a media query holds on a wide screen as it is when a page opens."""
    words = media.lower()
    if re.search(r"\b(?:not|print)\b", words):
        return False
    for name, value in re.findall(r"\(\s*([\w-]+)\s*:?\s*([^()]*)\)", words):
        width = pixels(value, -1)
        wide = name == "min-width" and 0 <= width <= SCREEN
        if not wide and not (name == "max-width" and width >= SCREEN):
            return False
    return True


def _selector(text: str) -> tuple[Compound, ...]:
    """Read a selector, its last part first; empty for one with pseudo-classes or damage."""
    if len(text) > 300 or re.search(r"[:@&]", text):
        return ()
    parts: list[Compound] = []
    place = 0
    while place < len(text):
        found = _COMPOUND.match(text, place)
        if not found or not (found["tag"] or found["rest"]):
            return ()
        parts.append(_compound(found))
        place = found.end()
    return tuple(reversed(parts))


def _compound(found: re.Match[str]) -> Compound:
    pieces = list(_PART.finditer(found["rest"]))
    return Compound(
        tag=(found["tag"] or "").lower(),
        id=next((piece["id"] for piece in pieces if piece["id"]), ""),
        classes=frozenset(piece["class"] for piece in pieces if piece["class"]),
        attributes=tuple(
            (p["name"].lower(), "exists" if p["value"] is None else p["how"], p["value"] or "")
            for p in pieces
            if p["name"]
        ),
        joined={"~": "+"}.get(found["joined"], found["joined"]),
    )


def declarations(css: str) -> tuple[dict[str, str], dict[str, str]]:
    """Read the declarations that can hide text, the usual ones and the important ones."""
    kinds: tuple[dict[str, str], dict[str, str]] = ({}, {})
    css = _ESCAPED.sub(_unescaped, _without_comments(css)).lower()
    for declaration in css.split(";"):
        name, _, value = declaration.partition(":")
        name = name.strip()
        if name not in _READ:
            continue
        value, _, mark = value.partition("!")
        value = " ".join(value.split())
        values = kinds["important" in mark]
        if name in ("font", "font-size"):
            size = _FONT_SIZE.search(value)
            name, value = "font-size", size[0] if size else "16px"
        elif name == "-webkit-text-fill-color":
            name = "color"
        elif name in ("background", "background-color"):
            values.pop("background" if name == "background-color" else "background-color", None)
        values[name] = value
    return kinds


def _without_comments(css: str) -> str:
    first, *rest = css.split("/*")
    return first + "".join(part.partition("*/")[2] for part in rest)


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1] or "0", 16)
    return match[2] or (chr(code) if 0 < code < 0xD800 else " ")


def pixels(text: str | None, otherwise: float) -> float:
    """Read a length as about so many pixels of a usual page."""
    found = LENGTH.match(text or "")
    return float(found[1]) * _PIXELS.get(found[2] or "px", 1) if found else otherwise


def colour(value: str) -> tuple[Colour, float] | None:
    """Read a colour, red, green and blue 0..255, and its opacity 0..1; None for what is no colour.

    Of the names those of bright and of common colours are known.
    """
    if re.search(r"url\(|gradient|var\(", value):
        return None
    if " " in value and "(" not in value:  # among the other parts of a background
        return next(filter(None, map(colour, value.split()[:10])), None)
    if value == "transparent":
        return WHITE, 0.0
    digits = _NAMED.get(value) or value.removeprefix("#")
    if re.fullmatch(r"[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8}", digits):
        digits = "".join(c * 2 for c in digits) if len(digits) < 6 else digits
        red, green, blue, opacity = (int(f"{digits}ff"[i : i + 2], 16) for i in (0, 2, 4, 6))
        return (red, green, blue), opacity / 255
    numbers = [(float(n[1]), n[2]) for n in LENGTH.finditer(value)][:4]
    if len(numbers) < 3 or not value.startswith(("rgb", "hsl")):
        return None
    amount, unit = numbers[3] if len(numbers) == 4 else (1.0, None)
    opacity_given = amount / 100 if unit == "%" else amount
    if value.startswith("rgb"):
        reds = [min(max(n * 2.55 if unit == "%" else n, 0), 255) for n, unit in numbers[:3]]
        return (reds[0], reds[1], reds[2]), opacity_given
    hue, full, light = (number for number, _ in numbers[:3])
    parts = hls_to_rgb(hue / 360 % 1, min(light / 100, 1), min(full / 100, 1))
    return (255 * parts[0], 255 * parts[1], 255 * parts[2]), opacity_given


def contrast(one: Colour, other: Colour) -> float:
    """Give the contrast of two colours, 1 for the same and 21 for black on white (WCAG 2)."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    parts = (c / 255 for c in colour)
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
