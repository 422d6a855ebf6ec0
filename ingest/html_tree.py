"""Bytes of a page -> a tree that holds only what a reader sees.

Everything on a page is hostile: what is not visible (hidden elements, comments, scripts,
characters without width) is taken out here, before anything else looks at the page.
"""

import re
from dataclasses import dataclass
from unicodedata import category

from lxml import etree, html

from ingest.hidden import Visibility, text_length

# Characters that show nothing: Unicode's format characters (zero-width and bidirectional marks,
# soft hyphens, the "tag" alphabet that can smuggle whole sentences) but for the Arabic and Egyptian
# ones that are drawn, blank letters of some scripts, and variation selectors. Of these one after
# a sign is kept, since it makes an emoji; after letters and in rows they carry hidden bytes.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    "|(?<![\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff#*0-9])[\ufe00-\ufe0f]+"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# Printing ligatures and odd spaces, so that words are found however they were typeset.
_PLAIN = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "\u00a0": " ", "\u202f": " "}
)

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# Browsers read these labels as Windows-1252 (WHATWG encoding standard).
_AS_CP1252 = {"iso-8859-1", "iso8859-1", "latin-1", "latin1", "ascii", "us-ascii"}
_SAMPLE = 60_000  # bytes looked at when the charset has to be guessed
_OPENING = 1_024  # bytes that tell whether letters have two bytes each
_UNLIKELY = ("Cc", "Cn", "Co", "Cs")  # categories of what numbers and sounds read as

_NEVER_READ = (
    "script", "style", "template", "noscript", "noframes", "svg", "canvas", "iframe", "object",
    "embed", "applet", "audio", "video", "head", "datalist", "select", "textarea", "map", "input",
    "button", "dialog", "link", "meta", "math", "progress", "meter", "colgroup",
)  # fmt: skip

# What HTML allows in a head; the first other element ends it, written down or not.
_HEAD_TAGS = (
    "base", "basefont", "bgsound", "link", "meta", "noscript", "object", "script", "style",
    "template", "title",
)  # fmt: skip
# Fields of a quiz; any other field asks for something else than an answer.
_CHOICES = ("radio", "checkbox")
_SILENT_FIELDS = ("hidden", "submit", "button", "reset", "image")
_QUIZ = 100  # characters; "Was this helpful? Yes, no" has 20 and the shortest quiz captured 400

# libxml2 stops reading below 2,048 levels; recursion over the tree must end far earlier.
_DEEPEST = 120
_WRAPPERS = re.compile(
    r"</?(?:div|span|section|font|center|b|i|em|strong|big|small|u|blockquote|article|table|tbody"
    r"|tr|td|th|ul|ol|li|dl|dt|dd)\b[^<>]*>",
    re.IGNORECASE,
)
# A tag of this length holds a picture or an attack (libxml2 needs quadratic time for attributes).
_ENDLESS_TAG = re.compile(r"<([A-Za-z][\w:-]*)[^<>]{20000,}>")

_whole_text = etree.XPath("string()")

# Elements that end a line of text and begin another, by the rendering section of the HTML standard.
_LINES = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd",
        "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure",
        "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html",
        "legend", "li", "listing", "main", "menu", "nav", "ol", "optgroup", "option", "p", "pre",
        "search", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
    }
)  # fmt: skip
# Stands in a line for what a search does not read: Chromium puts it there for a picture.
OBJECT = "\ufffc"
_UNSEEN = frozenset({"head", "noscript", "noframes", "template", "datalist"})
_OBJECTS = frozenset({*_NEVER_READ, "img", "mjx-container"} - _UNSEEN - {"button", "dialog"})
_FORMULA_TAGS = ("span", "div")
_FORMULA_CLASSES = frozenset(
    {
        "math", "katex", "katex-display", "arithmatex", "MathJax", "MathJax_Display",
        "MathJax_Preview",
    }
)  # fmt: skip
_NOT_DISPLAYED = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.I)
# TeX that a script will draw. A dollar may be money: only what looks like TeX counts.
_TEX = re.compile(
    r"\\\(.{1,1000}?\\\)|\\\[.{1,3000}?\\\]|\$\$.{1,3000}?\$\$"
    r"|\$(?=[^$\n]{0,300}[\\^_={}]|[^$\s]{1,2}\$)[^\s$](?:[^$\n]{0,300}[^\s$])?\$",
    re.DOTALL,
)
_PERMALINK_MARKS = "¶#§🔗⚓ \u200b\ufe0f"
_BLANKS = re.compile(r"[ \t\n\r\f]+")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text of a body, the charset it was read as, and how many bytes could not be read."""

    text: str
    charset: str
    replaced: int


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Turn a body into text by its marks, its real bytes, its declarations, or a guess.

    UTF-8 that decodes strictly wins over any declaration: text in another charset practically
    never happens to be valid UTF-8, while wrong declarations are common.
    """
    if body.startswith(b"\xef\xbb\xbf"):
        return _decode_as(body, "utf-8-sig")
    if wide := wide_charset(body):
        return _decode_as(body, wide)
    declared = _declared(body, content_type)
    utf8 = _decode_as(body, "utf-8")
    if not utf8.replaced and not (declared.startswith("iso-2022") and b"\x1b" in body):
        return utf8
    # A handful of broken bytes in a page that is otherwise UTF-8: keep it.
    if declared in ("", "utf-8") and utf8.replaced * 200 < sum(byte > 127 for byte in body):
        return utf8
    if declared and declared != "utf-8":
        try:
            return _decode_as(body, declared)
        except (LookupError, UnicodeError):  # no such charset, or one that is no text
            pass
    return _decode_as(body, _guess(body))


def wide_charset(body: bytes) -> str:
    """Name the UTF-16 that a body is written in, by its mark or its zeros; else an empty string.

    Without a mark the order of bytes shows in plain letters, which are most of any markup.
    """
    sample = body[: min(_OPENING, len(body) & ~1)]
    high, low = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        charset = "utf-16"
    elif half and 2 * low >= half and 50 * high <= half:
        charset = "utf-16-le"
    elif half and 2 * high >= half and 50 * low <= half:
        charset = "utf-16-be"
    else:
        return ""
    text = sample.decode(charset, "replace")
    odd = sum(
        letter == "\ufffd" or (category(letter) in _UNLIKELY and letter not in "\t\n\r")
        for letter in text
    )
    return "" if 20 * odd > len(text) else charset


def _declared(body: bytes, content_type: str) -> str:
    header = _HEADER_CHARSET.search(content_type)
    meta = None if header else _META_CHARSET.search(body[:4096])
    name = header[1] if header else meta[1].decode("ascii", "replace") if meta else ""
    name = name.lower()
    return "cp1252" if name in _AS_CP1252 else name.replace("utf8", "utf-8")


def _guess(body: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(body[:_SAMPLE]).best()
    return best.encoding if best else "cp1252"


def _decode_as(body: bytes, charset: str) -> Decoded:
    text = body.decode(charset, "replace")
    return Decoded(text, charset, text.count("\ufffd"))


def visible(text: str) -> str:
    """Take characters that show nothing out of a text and write ligatures as letters."""
    return _INVISIBLE.sub("", _CONTROL.sub("", text)).translate(_PLAIN)


def parse(text: str) -> "etree._Element | None":
    """Parse HTML into its root element, or None for an empty page.

    Damaged HTML is repaired as browsers do; endless nesting is cut down to a depth that is safe
    for recursion, keeping the words.
    """
    text = visible(re.sub(r"^\s*<\?xml[^>]*>", "", text))
    text = _ENDLESS_TAG.sub(r"<\1>", text)
    if not text.strip():
        return None
    parser = _parser()
    root = _from_text(text, parser)
    if any("depth" in entry.message.lower() for entry in parser.error_log):
        root = _from_text(_WRAPPERS.sub(" ", text), _parser())
    if root is not None:
        _open_body(root)
        _flatten(root)
    return root


def _parser() -> html.HTMLParser:
    return html.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True)


def _from_text(text: str, parser: html.HTMLParser) -> "etree._Element | None":
    try:
        return html.document_fromstring(text, parser=parser)
    except etree.ParserError:  # nothing but comments or blanks
        return None


def _open_body(root: "etree._Element") -> None:
    """Move into the body, in place, what libxml2 leaves in a head and browsers do not."""
    head = root.find("head")
    first = next((e for e in root.iterfind("head/*") if e.tag not in _HEAD_TAGS), None)
    if head is None or first is None:
        return
    body = root.find("body")
    if body is None:
        body = root.makeelement("body")
        head.addnext(body)
    moved = [first, *first.itersiblings()]
    for place, element in enumerate(moved):
        body.insert(place, element)
    moved[-1].tail = (moved[-1].tail or "") + (body.text or "")
    body.text = None


def _flatten(root: "etree._Element") -> None:
    deep = []
    level = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        level += 1 if event == "start" else -1
        if event == "start" and level > _DEEPEST:
            deep.append(element)
    for element in deep:
        if isinstance(element.tag, str) and element.tag != "br":
            element.drop_tag()


def keep_visible(root: "etree._Element") -> None:
    """Take out of the tree, in place, all that a reader of the page does not see.

    Formulas are first written as `$…$` text where their TeX source is on the page, and forms that
    are a quiz become plain blocks: their questions and answers are text.
    """
    visibility = Visibility(root)
    write_formulas(root)
    for form in root.iter("form"):
        if _is_quiz(form):
            form.tag = "div"
    etree.strip_elements(root, *_NEVER_READ, with_tail=False)
    visibility.take_out_hidden(root)
    _plain_code(root)


def _is_quiz(form: "etree._Element") -> bool:
    """Tell a form that only lets its reader choose among answers, with more text than a poll."""
    if next(form.iter("textarea", "select"), None) is not None:
        return False
    fields = {(field.get("type") or "text").lower() for field in form.iter("input")}
    asked = fields.difference(_SILENT_FIELDS)
    return bool(asked) and asked.issubset(_CHOICES) and text_length(form) >= _QUIZ


def visible_blocks(root: "etree._Element") -> tuple[str, ...]:
    """Return the lines of text of a whole page in which a browser searches, in their order.

    Blanks are collapsed, but for those of <pre>, whose lines stay together. OBJECT stands where a
    search ends: for pictures, scripts and formulas, and on both sides of what a style sheet or a
    script may show or not (buttons, permalinks, text for screen readers). Run it before
    `keep_visible`, which takes more away and writes formulas.
    """
    lines = _Lines(Visibility(root))
    lines.show(root)
    lines.close()
    return tuple(lines.closed)


class _Lines:
    """Lines of text, closed at every block; `run` is the open one."""

    def __init__(self, visibility: Visibility) -> None:
        self.closed: list[str] = []
        self.run: list[str] = []
        self.visibility = visibility
        self.depth_of_pre = 0

    def show(self, element: "etree._Element") -> None:
        """Add an element and the text behind it; the parser has bounded the depth."""
        tag = element.tag
        if tag in _OBJECTS or (tag in _FORMULA_TAGS and _is_formula(element)):
            self.run.append(OBJECT)
        elif isinstance(tag, str) and tag not in _UNSEEN and _is_displayed(element):
            self.show_inside(element, tag)
        self.run.append(element.tail or "")

    def show_inside(self, element: "etree._Element", tag: str) -> None:
        """Add an element's own text and children, as a line of its own where it is one."""
        edge = OBJECT if _comes_and_goes(element, self.visibility) else ""
        if tag in _LINES:
            self.close()
            self.depth_of_pre += tag == "pre"
        self.run += [edge, element.text or ""]
        for child in element:
            self.show(child)
        self.run.append(edge)
        if tag in _LINES:
            self.close()
            self.depth_of_pre -= tag == "pre"

    def close(self) -> None:
        """End the open line."""
        text = "".join(self.run)
        self.run.clear()
        if self.depth_of_pre:
            text = visible(text).strip("\n")
        elif text:
            if "\\" in text or "$" in text:
                text = _TEX.sub(OBJECT, text)
            text = visible(_BLANKS.sub(" ", text)).strip(" ")
        if text.strip():
            self.closed.append(text)


def _is_displayed(element: "etree._Element") -> bool:
    if element.tag == "dialog" and element.get("open") is None:
        return False
    if element.get("hidden") is not None:
        return element.tag in ("html", "body")
    style = element.get("style")
    return not style or not _NOT_DISPLAYED.search(style) or element.tag in ("html", "body")


def _is_formula(element: "etree._Element") -> bool:
    return not _FORMULA_CLASSES.isdisjoint((element.get("class") or "").split())


def _comes_and_goes(element: "etree._Element", visibility: Visibility) -> bool:
    if element.tag in ("html", "body"):
        return False
    if element.tag == "button" or (element.tag == "a" and _is_permalink(element)):
        return True
    return visibility.may_hide(element)


def _is_permalink(link: "etree._Element") -> bool:
    return "#" in (link.get("href") or "") and not str(_whole_text(link)).strip(_PERMALINK_MARKS)


def _plain_code(root: "etree._Element") -> None:
    """Take the colouring out of code: it is most of the elements of a technical page."""
    for block in root.iter("pre"):
        if not any("lin" in (span.get("class") or "") for span in block.iter("span")):
            etree.strip_tags(block, "span")


def write_formulas(root: "etree._Element") -> None:
    """Replace rendered formulas, in place, by their TeX source between dollar signs."""
    for element in list(root.iter("script", "math", "img", "span", "div", "mjx-container")):
        if element.getparent() is None:
            continue
        classes = (element.get("class") or "").split()
        if element.tag == "script" and "math/tex" in (element.get("type") or ""):
            _replace_by_formula(element, element.text or "", "display" in element.get("type"))
        elif {"MathJax", "MathJax_Preview", "MathJax_Display"}.intersection(classes):
            remove(element)  # the source follows in a script
        elif "katex" in classes or element.tag in ("math", "mjx-container"):
            source = _tex_source(element)
            if source:
                _replace_by_formula(element, source, _is_display(element))
            elif element.tag == "math":
                _replace_by_text(element, " ".join("".join(element.itertext()).split()))
        elif element.tag == "img" and _names_formula(classes) and element.get("alt"):
            _replace_by_formula(element, element.get("alt"), display=False)


def _names_formula(classes: list[str]) -> bool:
    return any(re.search(r"math|latex|\btex\b|equation", name, re.IGNORECASE) for name in classes)


def _tex_source(element: "etree._Element") -> str:
    for note in element.iter("annotation"):
        if "tex" in (note.get("encoding") or ""):
            return note.text or ""
    for formula in element.iter("math"):
        return formula.get("alttext") or ""
    return ""


def _is_display(element: "etree._Element") -> bool:
    parent = element.getparent()
    return element.get("display") in ("block", "true") or "katex-display" in (
        (parent.get("class") or "") if parent is not None else ""
    )


def _replace_by_formula(element: "etree._Element", source: str, display: bool) -> None:
    source = " ".join(source.split()).strip("$")
    source = re.sub(r"^\{\\(?:display|text)style\s*(.*)\}$", r"\1", source)
    mark = "$$" if display else "$"
    _replace_by_text(element, f"{mark}{source}{mark}" if source else "")


def _replace_by_text(element: "etree._Element", text: str) -> None:
    element.tail = text + (element.tail or "")
    remove(element)


def remove(element: "etree._Element") -> None:
    """Take an element out of its tree, keeping the text that follows it."""
    if element.getparent() is not None:
        element.drop_tree()


def link_length(element: "etree._Element") -> int:
    """Count the characters inside links."""
    return sum(text_length(link) for link in element.iter("a"))
