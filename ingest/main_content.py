"""The part of a page that is its content.

trafilatura reads a copy of the page in which every block of text carries a mark; the marks that
come back are its votes. The container that holds nearly all votes is the content, and what our
own rules know as chrome (navigation, notices, share bars, comment areas …) is cut out of it.
Taking the blocks from the page itself keeps what trafilatura's own output loses: boxed text,
code layout, nested tables, heading anchors.
"""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree, html

from ingest.hidden import text_length
from ingest.html_tree import link_length, remove
from ingest.markdown_table import is_headed

BLOCKS = frozenset(
    {
        "p", "pre", "li", "dt", "dd", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "div",
        "section", "article", "main", "blockquote", "figcaption", "caption", "summary", "center",
        "body",
    }
)  # fmt: skip
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MARK = re.compile(r"zq(\d+)qz")
_CONTAINERS = frozenset({"body", "main", "article", "section", "div", "td", "center"})

# Shares of the voted text. Below 0.9 the container grows to take in share bars and "related"
# boxes of ordinary blogs; above 0.95 one stray vote in a footer makes the whole page content.
_CONTAINER_SHARE = 0.9
_LANDMARK_SHARE = 0.85
# trafilatura finds less than this share of a landmark's text: it lost the main part.
_LOST_SHARE = 0.3

_CHROME_TAGS = ("nav", "menu", "dialog")
_CHROME_ROLES = {
    "navigation", "banner", "contentinfo", "search", "menu", "menubar", "toolbar", "tablist",
    "dialog", "alertdialog", "doc-toc", "doc-pagelist",
}  # fmt: skip
# Words of class and id names that name chrome on practically every site.
_CHROME_WORD = re.compile(
    r"ads?|adsbygoogle|advert|advertisement|addthis|breadcrumbs?|byline|commento|comments|cookies?"
    r"|cta|dialog|disqus|donat(?:e|ion)|feedback|footer|gdpr|giscus|linenos|masthead|menu"
    r"|modal|nav|navbar|navigation|newsletter|nocontent|noprint|outbrain|pager|pagination|popup"
    r"|promo|promotion|recommend(?:ed|ations)|related|rellinks|searchbox|share|sharebar|sharedaddy"
    r"|sharing|sidebar|sidenav|signup|skip|social|subscribe|taboola|tags|toc|tocbot|toolbar"
    r"|tooltip|upsell|utterances|viewcode"
)
_CHROME_NAME = re.compile(
    r"(?:about|post|entry)-author|author-(?:bio|box|card)|(?:entry|post)-meta|back-to-top"
    r"|edit(?:-this)?-page|on-?this-?page|page-?thumbs|updated-?at|last-updated|tag-list"
    r"|(?:prev|previous)-?next(?:-area)?|read-next|table-of-contents|version-warning|announcement"
    r"|(?:in|out)put-prompt|sphx-glr-(?:footer|timing|download).*|comment(?:-list|-respond|s-area)"
    r"|post-navigation|site-(?:header|info)|copyright"
)
# Custom elements, such as those of devsite or GitHub, say in their tag what they are.
_CHROME_ELEMENT = re.compile(
    r"\w+-(?:[\w-]+-)?(?:actions|bar|feedback|footer|header|menu|nav|rating|search|selector|share"
    r"|tabs|toc|tooltip|user)"
)
_NAMED = ("div", "section", "aside", "ul", "ol", "p", "table", "header", "details", "dl", "td")
# A named block with this many voted characters is content whatever its name says.
_PROSE = 300
# Links of more characters on average are cards with a text of their own, not a menu.
_LONG_LINK = 80


@dataclass(frozen=True, slots=True)
class _Votes:
    """Voted characters below every element, and all characters that were put to the vote."""

    voted: dict["etree._Element", int]
    total: int


def main_content(
    root: "etree._Element", choose: Callable[["etree._Element"], str]
) -> "etree._Element":
    """Return the element of a visible tree that holds the content, with the chrome cut out.

    `choose` is given a page and returns the text it takes for its content. Works in place. The
    page's first heading of level 1 is brought in when it stands outside.
    """
    body = root.find("body")
    body = root if body is None else body
    filled = _filled_headings(body)
    _cut_landmarks(body)
    votes = _vote(body, choose)
    _cut_named_chrome(body, votes)
    core = _core(body, votes)
    area = _area(body, core, votes)
    if votes.total:
        _cut_unvoted(area, core, votes)
    _cut_contents(area)
    for heading in filled.intersection(area.iter(*_HEADINGS)) - _filled_headings(area):
        heading.addnext(area.makeelement("ul"))  # what is left of a list of links
    if next(area.iter("h1"), None) is None:
        _bring_title(body, area)
    return area


def _filled_headings(element: "etree._Element") -> set["etree._Element"]:
    """Find the headings that have a text of their own below them, before the next heading."""
    filled: set[etree._Element] = set()
    last = None
    inside = 0
    for event, each in etree.iterwalk(element, events=("start", "end")):
        is_heading = each.tag in _HEADINGS
        if event == "start":
            inside += is_heading
            last = each if is_heading else last
            text = each.text
        else:
            inside -= is_heading
            text = each.tail if each is not element else ""
        if last is not None and not inside and text and not text.isspace():
            filled.add(last)
    return filled


def _cut_contents(area: "etree._Element") -> None:
    """Remove lists that repeat the headings of the page: tables of contents, linked or not."""
    headings = {_letters(heading) for heading in area.iter(*_HEADINGS)}
    for element in list(area.iter("ul", "ol")):
        items = [_letters(item, own=True) for item in element.iter("li")]
        repeated = sum(item in headings for item in items if item)
        if element.getparent() is not None and repeated >= 3 and 10 * repeated >= 7 * len(items):
            remove(element)


def _letters(element: "etree._Element", *, own: bool = False) -> str:
    """Return letters of a text without numbering; `own` leaves out lists inside it."""
    parts = [element.text or ""]
    for child in element:
        if not (own and child.tag in ("ul", "ol")):
            parts += child.itertext()
        parts.append(child.tail or "")
    return re.sub(r"[\W\d_]+", "", "".join(parts)).lower()


def _is_site_name(heading: "etree._Element") -> bool:
    """Tell a heading that names the site, on every page of it, from one that names the page."""
    named = re.search(r"(?:site|menu|blog|brand|logo)[-_]?(?:title|name|head)?", _class(heading))
    home = next((link for link in heading.iter("a") if link.get("href") in ("/", "./")), None)
    return bool(named) or home is not None


def _class(element: "etree._Element") -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}".lower()


def _bring_title(body: "etree._Element", area: "etree._Element") -> None:
    """Put the page's own first headings of level 1 at the top of its content."""
    candidates = (h for h in body.iter("h1") if text_length(h) and not _is_site_name(h))
    first = next(candidates, None)
    if first is None:
        return
    for place, heading in enumerate(first.getparent().findall("h1")):
        area.insert(place, copy.deepcopy(heading))
        area[place].tail = None
    last = area[place]
    last.tail, area.text = area.text, None


def _cut_landmarks(body: "etree._Element") -> None:
    """Remove what HTML itself declares to be no content."""
    whole = text_length(body)
    for element in list(body.iter("form")):
        if 2 * text_length(element) > whole:  # some frameworks wrap the page in one form
            element.drop_tag()
        else:
            remove(element)
    for element in list(body.iter(etree.Element)):
        if element.tag in _CHROME_TAGS or element.get("role") in _CHROME_ROLES:
            chrome = not _holds_title(element) or element.tag == "nav"
        elif element.tag == "footer":
            chrome = element.getparent().tag not in ("blockquote", "figure")
        elif element.tag == "aside":
            chrome = not _is_callout(element)
        elif "-" in element.tag and _CHROME_ELEMENT.fullmatch(element.tag):
            chrome = not _holds_title(element)
        else:
            continue
        if chrome and 5 * text_length(element) < 2 * whole:
            remove(element)


def _holds_title(element: "etree._Element") -> bool:
    return next(element.iter("h1", "article", "main"), None) is not None


def _is_callout(aside: "etree._Element") -> bool:
    """Tell a boxed remark inside an article from a side bar beside it."""
    inside = any(
        ancestor.tag in ("article", "main", "section") or ancestor.get("role") == "main"
        for ancestor in aside.iterancestors()
    )
    return inside and 2 * link_length(aside) < text_length(aside) and not _chrome_name(aside)


def _chrome_name(element: "etree._Element") -> bool:
    """Tell by the class or id whether an element is chrome."""
    names = (element.get("class") or "").split()
    if "admonition" in names:  # Sphinx lets a boxed remark stand as a "sidebar"
        return False
    own = element.get("id") or ""
    if own and not _is_heading_slug(element, own):
        names.append(own)
    for name in names:
        kebab = re.sub(r"(?<=[a-z])(?=[A-Z])|_+|-+", "-", name).lower()
        if _CHROME_NAME.fullmatch(kebab) or any(map(_CHROME_WORD.fullmatch, kebab.split("-"))):
            return True
    return False


def _is_heading_slug(element: "etree._Element", own: str) -> bool:
    """Tell whether the id only repeats the heading, as in a section about "navigation"."""
    heading = next(element.iter(*_HEADINGS), None)
    if heading is None:
        return False
    words = set(re.findall(r"[^\W_]+", "".join(heading.itertext()).lower()))
    return set(re.findall(r"[^\W_]+", own.lower())) <= words


def _cut_named_chrome(body: "etree._Element", votes: _Votes) -> None:
    whole = text_length(body)
    for element in list(body.iter(*_NAMED)):
        if element.getparent() is None or not _chrome_name(element):
            continue
        length = text_length(element)
        voted = votes.voted.get(element, 0)
        if 5 * length > 2 * whole or (voted > _PROSE and 2 * voted > length):
            continue
        if not _holds_title(element):
            remove(element)


def _vote(body: "etree._Element", choose: Callable[["etree._Element"], str]) -> _Votes:
    """Let the chooser read a copy with marked blocks, and count the characters it chose."""
    marked = copy.deepcopy(body)
    page = html.Element("html")
    page.append(marked)
    blocks = _mark(body, marked)
    voted: dict[etree._Element, int] = {}
    total = 0
    for number in {int(number) for number in _MARK.findall(choose(page))}:
        if number >= len(blocks):  # the page itself holds what looks like a mark
            continue
        element, length = blocks[number]
        total += length
        while element is not None:
            voted[element] = voted.get(element, 0) + length
            element = element.getparent()
    return _Votes(voted, total)


def _mark(body: "etree._Element", marked: "etree._Element") -> list[tuple["etree._Element", int]]:
    """Put a numbered mark into every block of a copy; returns the originals with their length."""
    blocks: list[tuple[etree._Element, int]] = []
    inside_pre = {inner for pre in body.iter("pre") for inner in pre.iterdescendants()}
    for original, twin in zip(list(body.iter()), list(marked.iter()), strict=True):
        if original.tag not in BLOCKS or original in inside_pre:
            continue
        if original.tag == "pre":
            length = text_length(original)
            del twin[:]
            twin.tag, twin.text = "p", "code and more code"
        else:
            length = _own_length(original)
        slot = _first_text(twin)
        if length and slot is not None:
            holder, where = slot
            setattr(holder, where, f"zq{len(blocks)}qz {getattr(holder, where).lstrip()}")
            blocks.append((original, length))
    return blocks


def _own_length(element: "etree._Element") -> int:
    """Count the characters that stand in this block and in no block inside it."""
    return sum(len(text) - sum(map(str.isspace, text)) for _, _, text in _own_texts(element))


def _first_text(element: "etree._Element") -> tuple["etree._Element", str] | None:
    for holder, where, text in _own_texts(element):
        if text.strip():
            return holder, where
    return None


def _own_texts(element: "etree._Element") -> Iterator[tuple["etree._Element", str, str]]:
    if element.text:
        yield element, "text", element.text
    for child in element:
        if isinstance(child.tag, str) and child.tag not in BLOCKS and child.tag not in _HOLDERS:
            yield from _own_texts(child)
        if child.tail:
            yield child, "tail", child.tail


_HOLDERS = frozenset({"ul", "ol", "dl", "table", "thead", "tbody", "tfoot", "tr"})


def _core(body: "etree._Element", votes: _Votes) -> "etree._Element":
    """Walk down to the smallest container that holds nearly all voted text."""
    core = body
    while True:
        inner = next(
            (
                child
                for child in core
                if votes.voted.get(child, 0) >= max(1.0, _CONTAINER_SHARE * votes.total)
            ),
            None,
        )
        if inner is None:
            break
        core = inner
    while core.tag not in _CONTAINERS and core is not body:
        core = core.getparent()
    return core


def _area(body: "etree._Element", core: "etree._Element", votes: _Votes) -> "etree._Element":
    """Choose between the voted container and the page's own landmark of its content."""
    landmarks = [
        element
        for element in body.iter("main", "article", "div", "section")
        if element.tag in ("main", "article") or element.get("role") in ("main", "article")
    ]
    holding = [e for e in landmarks if votes.voted.get(e, 0) >= _LANDMARK_SHARE * votes.total]
    if votes.total and holding:
        smallest = min(holding, key=text_length)
        largest = max(landmarks, key=text_length)
        lost = votes.total < _LOST_SHARE * text_length(largest)
        return largest if lost else smallest
    if landmarks:
        largest = max(landmarks, key=text_length)
        if votes.total < _LOST_SHARE * text_length(largest):
            return largest
    return core if votes.total else body


def _cut_unvoted(area: "etree._Element", core: "etree._Element", votes: _Votes) -> None:
    """Remove blocks without a vote that stand beside the content or are mostly links."""
    around = {core, *core.iterancestors()}
    beside = area is not core and area in around
    kept = {core}  # nothing inside these stands beside the content
    for element in list(area.iter("div", "section", "ul", "ol", "table", "p", "aside", "header")):
        if element in around or element.getparent() is None or votes.voted.get(element):
            continue
        if _holds_title(element):
            continue
        linked, length = link_length(element), text_length(element)
        links = sum(1 for _ in element.iter("a"))
        farm = links >= 3 and 2 * linked > length and linked < _LONG_LINK * links
        farm = farm and not (element.tag == "table" and is_headed(element))
        if farm and element.tag in ("ul", "ol"):
            element.clear(keep_tail=True)  # the writer then drops the line that leads to the list
        elif farm or (beside and kept.isdisjoint(element.iterancestors())):
            if not farm and length > _PROSE and 3 * linked < length:
                kept.add(element)
            else:
                remove(element)
