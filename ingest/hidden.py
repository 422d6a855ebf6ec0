"""What a page holds but does not show: found by its attributes, style sheets and class names.

Sheets elsewhere are not fetched, so the usual class names stand for them. What a control of the
page opens (tabs, accordions) is there for readers and stays.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lxml import etree

from ingest.css import LENGTH, WHITE, Colour, Sheets, colour, contrast, pixels

_HIDING_CLASSES = frozenset(
    {"hidden", "is-hidden", "u-hidden", "d-none", "display-none", "hide", "invisible",
     "element-invisible", "a11y-hidden", "sr-only", "is-sr-only", "sr_only", "visually-hidden",
     "visuallyhidden", "visually_hidden", "u-visually-hidden", "cdk-visually-hidden",
     "screen-reader-text", "screen-reader-only", "text-for-screen-reader", "screenreader-only",
     "assistive-text", "offscreen", "off-screen"}
)  # fmt: skip
# Bootstrap and Tailwind hide on small screens and show on large ones.
_SHOWN_AGAIN = re.compile(r"[-:](?:block|flex|inline|grid|table)")
_PANEL_CLASS = re.compile(
    r"(?:^|[-_])(?:tabs?|tabbed|tab-?(?:item|panel?|content)|accordion|collaps\w+|expand\w*)"
    r"(?:$|[-_])|^tab(?:Item|Panel|Content|Pane)"
)
_TAB_CLASS = re.compile(r"(?:^|[-_])(?:tabs?|accordion|collaps\w+)(?:$|[-_])|^tab[A-Z_-]")
_CONTROLS = ("button", "summary", "label")
_TABS = ("li", "ul", "a", *_CONTROLS)
_TARGETS = ("data-target", "data-bs-target", "data-tab", "data-tab-target")

_FAR = 300  # pixels outside of the page; columns are moved and menus slide in by less
_FAR_MARGIN = 1_500  # pixels; a negative margin of half a page centres it
_TINY = 2  # pixels of a font that nobody reads
_FAINT = 0.05  # of opacity
_CONTRAST = 1.15  # below it letters have the colour of their paper; #f0f0f0 on white has 1.14
_NOT_DISPLAYED = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_CUT = re.compile(r"hidden|clip")
_ZERO = r"0*\.?0+(?![\d.])"
_NO_SIZE = re.compile(rf"{_ZERO}|1px")
_NO_OPACITY = re.compile(rf"opacity\(\s*{_ZERO}%?\s*\)")
_NOTHING_LEFT = (
    ("clip-path", re.compile(rf"inset\(\s*(?:[5-9]\d|100)(?:\.\d+)?%|circle\(\s*{_ZERO}")),
    ("clip-path", re.compile(r"polygon\(\s*0(?:px|%)?\s+0(?:px|%)?\s*[,)](?!.*[1-9])")),
    ("transform", re.compile(rf"scale(?:x|y|3d)?\(\s*{_ZERO}")),
    ("filter", _NO_OPACITY),
)
_MOVED = re.compile(r"translate(?:x|y|3d)?\(\s*(-\d+)(?:px|%|vw)")
_AS_ABOVE = ("none", "transparent", "inherit", "initial", "unset", "currentcolor")
_LINK: Colour = (0.0, 0.0, 238.0)

_text = etree.XPath("string()")


@dataclass(frozen=True, slots=True)
class Controls:
    """What the controls of a page open: named elements, and panels when there are tabs."""

    opened: frozenset[str]
    tabs: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What an element hands on to what is in it; None stands for a colour nobody knows."""

    tiny: bool = False
    unseen: bool = False
    ink: Colour | None = None
    paper: Colour | None = WHITE
    assumed: bool = True  # nothing has told the paper's colour so far


class Visibility:
    """Tells what of a page is seen; made before style sheets and controls are taken out of it."""

    def __init__(self, root: "etree._Element") -> None:
        self._sheets = Sheets(root)
        self._controls = read_controls(root)
        self._whole = 0

    def take_out_hidden(self, root: "etree._Element") -> None:
        """Take out of the tree, in place, the elements and the texts that a reader does not see.

        What looks like the whole of a page that fades in when a script has run is kept.
        """
        body = root.find("body")
        self._whole = text_length(body if body is not None else root)
        looks: dict[etree._Element, Look | None] = {}
        for element in list(root.iter(etree.Element)):
            parent = element.getparent()
            above = looks.get(parent, Look()) if parent is not None else Look()
            looks[element] = None  # for what is in an element that goes
            if above is None:
                continue
            values = self._sheets.values(element)
            if self._goes(element, values):
                element.drop_tree()
                continue
            look = looks[element] = self._look(element, above, values)
            if look.tiny or look.unseen or _is_blank(look):
                _blank(element)

    def may_hide(self, element: "etree._Element") -> bool:
        """Say whether an element is not shown, or not before a script or a control opens it."""
        values = self._sheets.values(element)
        return _is_concealed(values) or _is_closed(element, values)

    def _goes(self, element: "etree._Element", values: Mapping[str, str]) -> bool:
        """Say whether an element is not shown with all that is in it."""
        if element.tag in ("html", "body"):
            return False
        if _is_concealed(values):
            return True
        if not _is_closed(element, values) or self._is_panel(element):
            return False
        own = element.get("style") or ""
        sure = element.get("hidden") is not None or _NOT_DISPLAYED.search(own)
        return bool(sure) or not self._is_the_page(element)

    def _is_panel(self, element: "etree._Element") -> bool:
        """Say whether a control of the page opens an element for its readers."""
        if element.get("id") in self._controls.opened:
            return True
        classes = (element.get("class") or "").split()
        return self._controls.tabs and (
            element.get("role") == "tabpanel" or any(map(_PANEL_CLASS.search, classes))
        )

    def _is_the_page(self, element: "etree._Element") -> bool:
        """Say whether an element holds the page's own text: most of it, with its heading."""
        if element.tag in ("html", "body"):
            return True
        holds = next(element.iter("main", "article", "h1"), None) is not None
        return holds and 2 * text_length(element) > self._whole

    def _look(self, element: "etree._Element", above: Look, values: Mapping[str, str]) -> Look:
        """Work out what an element's own letters look like."""
        look = _coloured(element, above, values)
        # White letters for a whole page whose paper no sheet of it names: a dark page.
        bleached = look.assumed and look.ink != above.ink and _is_blank(look)
        if bleached and self._is_the_page(element):
            look = replace(look, ink=None)
        if size := values.get("font-size"):
            look = replace(look, tiny=pixels(size, 16) < _TINY)
        if shown := values.get("visibility"):
            unseen = shown in ("hidden", "collapse")
            opens = unseen and (self._is_panel(element) or self._is_the_page(element))
            look = replace(look, unseen=unseen and not opens)
        return look


def read_controls(root: "etree._Element") -> Controls:
    """Find what the controls of a page open."""
    opened: set[str] = set()
    tabs = False
    for element in root.iter(etree.Element):
        role, classes = element.get("role"), (element.get("class") or "").split()
        tab = role in ("tab", "tablist") or (
            element.tag in _TABS and any(map(_TAB_CLASS.search, classes))
        )
        tabs = tabs or tab
        opened.update((element.get("aria-controls") or "").split())
        opened.update((element.get(name) or "").lstrip("#") for name in _TARGETS)
        address = element.get("href") or ""
        if address.startswith("#") and (tab or role == "button" or element.get("data-toggle")):
            opened.add(address[1:])
    return Controls(frozenset(opened - {""}), tabs)


def _is_closed(element: "etree._Element", values: Mapping[str, str]) -> bool:
    """Say whether an element takes no part in the page for now; a control may open it.

    Text that is hidden from screen readers alone (aria-hidden) is seen, but by its author's word
    it is decoration or repeats what stands beside it: on 2,270 pages 413 words, names of icons.
    """
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    if values.get("display") == "none" or values.get("content-visibility") == "hidden":
        return True
    opacity = LENGTH.match(values.get("opacity", "1"))
    if opacity and float(opacity[1]) * (0.01 if opacity[2] else 1) <= _FAINT:
        return True
    cut = (values.get(name, "") for name in ("overflow", "overflow-x", "overflow-y"))
    sizes = (values.get(name, "") for name in ("width", "height", "max-width", "max-height"))
    if any(map(_CUT.match, cut)) and any(map(_NO_SIZE.match, sizes)):
        return True
    classes = (element.get("class") or "").split()
    hiding = _HIDING_CLASSES.intersection(classes)
    return bool(hiding) and not any(map(_SHOWN_AGAIN.search, classes))


def _is_concealed(values: Mapping[str, str]) -> bool:
    """Say whether an element is there, but where or so that nobody sees it."""
    if not values:
        return False
    places = [pixels(values.get(name), 0) for name in ("left", "right", "top", "bottom")]
    margins = [pixels(values.get(name), 0) for name in ("margin-left", "margin-top")]
    if min(places) <= -_FAR or max(places) >= 20 * _FAR or min(margins) <= -_FAR_MARGIN:
        return True
    indent = values.get("text-indent", "")
    if abs(pixels(indent, 0)) >= _FAR or indent.startswith("100%"):
        return True
    clip = values.get("clip", "")
    edges = [pixels(edge[0], 0) for edge in LENGTH.finditer(clip)]
    if clip.startswith("rect") and "auto" not in clip and max(edges, default=0) <= 1:
        return True
    moved = _MOVED.match(values.get("transform", ""))
    if moved and int(moved[1]) <= -_FAR:
        return True
    return any(pattern.match(values.get(name, "")) for name, pattern in _NOTHING_LEFT)


# ── letters that cannot be seen ─────────────────────────────────────────────────────────────────


def _coloured(element: "etree._Element", above: Look, values: Mapping[str, str]) -> Look:
    """Work out the colours of an element's letters and of its paper."""
    look = above
    ground = values.get("background-color") or values.get("background") or element.get("bgcolor")
    if re.search(r"url\(|gradient", values.get("background-image", "")):
        look = replace(look, paper=None, assumed=False)
    elif ground and ground not in _AS_ABOVE:
        found = colour(ground.lower())
        if found is None or found[1] > 0.1:
            look = replace(look, paper=found[0] if found else None, assumed=False)
    named = values.get("color") or element.get("text" if element.tag == "body" else "color")
    if not named or (named in _AS_ABOVE and named != "transparent"):
        return replace(look, ink=_LINK) if element.tag == "a" and not named else look
    found = colour(named.lower())
    if found is None or found[1] >= 0.1:
        return replace(look, ink=found[0] if found else None)
    # Clear letters show what is behind them, unless they are cut out of a picture.
    cut_out = "text" in values.get("background-clip", values.get("-webkit-background-clip", ""))
    return replace(look, ink=None) if cut_out else replace(look, ink=WHITE, paper=WHITE)


def _is_blank(look: Look) -> bool:
    if look.ink is None or look.paper is None:
        return False
    return contrast(look.ink, look.paper) < _CONTRAST


def _blank(element: "etree._Element") -> None:
    """Take out an element's own letters; what is in it may look different."""
    element.text = None
    for child in element:
        child.tail = None


def text_length(element: "etree._Element") -> int:
    """Count the characters of an element's text that are not blank."""
    return len("".join(_text(element).split()))
