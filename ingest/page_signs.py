"""What a page says about itself: its title, that it is gone, walled, drawn by scripts, or moved."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml import etree

from ingest.html_tree import visible

_PARTS = re.compile(r"\s+[|–—·•»«]+\s+|\s+-+\s+|\s+::\s+|\s\|\s?")
_GENERIC = re.compile(
    r"(?:the )?(?:[\w.]+ ){0,3}(?:documentation|docs|blog|wiki|website|home ?page|user guide)"
    r"(?: [\w.]+)?|home|index|github|kaggle|medium|youtube|untitled",
    re.IGNORECASE,
)
_GONE_TITLE = re.compile(
    r"(?:error )?404(?:\W.*)?|not found|.{0,20}\b404 (?:error|not found|page)\b.{0,40}"
    r"|.{0,40}\b(?:page|file|article|post) (?:was |is |could )?not (?:be )?found\b.{0,40}"
    r"|(?:oops|sorry|whoops)\W.{0,60}"
    r"(?:not found|can.?t find|does(?:n.t| not) exist).{0,40}",
    re.IGNORECASE,
)
_GONE_TEXT = re.compile(
    r"(?:page|article|post|document|content|url|address)\b[^.\n]{0,50}?"
    r"(?:can(?:not|.t| not) be found|could(?:n.t| not) be found|not (?:be )?found"
    r"|no longer (?:exists?|available)|does(?:n.t| not) exist|has been (?:removed|deleted))",
    re.IGNORECASE,
)
_WALL_TITLE = re.compile(
    r"(?:please )?(?:log ?in|sign ?in|sign up|authwall|access denied|attention required.*"
    r"|just a moment.*|blocked|security check.*|are you (?:a )?(?:human|robot).*)[.!… ]*",
    re.IGNORECASE,
)
_WALL_TEXT = re.compile(
    r"(?:log ?in|sign ?in|sign up|register|subscribe|create an? (?:free )?account|become a member)"
    r"[^.\n]{0,40} to (?:continue|read|view|access|see|unlock|keep reading)"
    r"|(?:this (?:post|article|story|content) is (?:only |reserved )?for (?:\w+ ){0,2}"
    r"(?:subscribers|members))|member-only (?:story|content)|verify (?:that )?you are (?:a )?human"
    r"|enable javascript and cookies to continue|checking your browser before",
    re.IGNORECASE,
)
_NEEDS_SCRIPT = re.compile(r"(?:enable|requires?|turn on|need) (?:to )?(?:run )?javascript", re.I)
# Characters of text up to which a page may still be nothing but a notice.
_NOTICE = 1_200


@dataclass(frozen=True, slots=True)
class Signs:
    """What was read off a page before anything was taken out of it."""

    title: str
    preview_title: str
    site: str
    scripts: int
    links: int
    password: bool
    script_notice: bool


def read_signs(root: "etree._Element") -> Signs:
    """Read titles and tell-tale elements of a whole, untouched page."""
    head = root.find("head")
    title = head.find("title") if head is not None else None  # never the <title> inside an SVG
    notices = " ".join(" ".join(element.itertext()) for element in root.iter("noscript"))
    return Signs(
        title=_line("".join(title.itertext()) if title is not None else ""),
        preview_title=_line(_meta(root, "og:title")),
        site=_line(_meta(root, "og:site_name")),
        scripts=sum(1 for _ in root.iter("script")),
        links=sum(1 for _ in root.iter("a")),
        password=any(field.get("type") == "password" for field in root.iter("input")),
        script_notice=bool(_NEEDS_SCRIPT.search(notices)),
    )


def _meta(root: "etree._Element", name: str) -> str:
    for element in root.iter("meta"):
        if name in (element.get("property"), element.get("name")):
            return element.get("content") or ""
    return ""


def _line(text: str) -> str:
    return " ".join(visible(text).split())[:300]


def choose_title(signs: Signs, first_heading: str, openings: Sequence[str], url: str) -> str:
    """Choose a page's title: its main heading when the title tags agree, else what they say.

    `first_heading` is the first of level 1 (may be empty), `openings` are the first few of any
    level. Site names are cut off. Empty when the page names itself nowhere.
    """
    named = signs.preview_title or signs.title
    parts = _PARTS.split(named)
    if len(parts) > 1 and _key(first_heading) == _key(parts[-1]) != _key(parts[0]):
        first_heading = ""  # it names the site
    if not first_heading:
        for opening in openings:
            if _key(opening) == _key(parts[0]):
                return opening
    agreed = _key(first_heading) in _key(named) or not signs.preview_title
    if first_heading and agreed and not (named and _GENERIC.fullmatch(first_heading)):
        return first_heading
    host = _key(urlsplit(url).hostname or "")
    for candidate in (signs.preview_title, signs.title):
        short = _without_site(candidate, signs.site, url)
        if short and not _GENERIC.fullmatch(short) and _key(short) not in host:
            return short
    return first_heading or named


def _without_site(title: str, site: str, url: str) -> str:
    parts = [part for part in _PARTS.split(title) if part]
    host = _key(urlsplit(url).hostname or "")
    while len(parts) > 1:
        last = _key(parts[-1])
        if last == _key(site) or last in host or _GENERIC.fullmatch(parts[-1]):
            parts.pop()
        elif _key(parts[0]) == _key(site):
            parts.pop(0)
        else:
            break
    return title if len(parts) > 1 else "".join(parts)


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def says_gone(signs: Signs, first_heading: str, text: str) -> bool:
    """Tell whether a page that answered 200 says that what was asked for does not exist.

    Conservative: it needs a title or heading that says so on a short page, and, when only the
    text says so, a very short page.
    """
    if len(text) > _NOTICE:
        return False
    named = any(_GONE_TITLE.fullmatch(name) for name in (signs.title, first_heading) if name)
    return named or (len(text) < 300 and bool(_GONE_TEXT.search(text)))


def asks_for_login(signs: Signs, first_heading: str, text: str, url: str, resolved: str) -> bool:
    """Tell whether a page is a login form, a paywall or a check for robots."""
    sent_to_login = re.compile(r"/(?:log-?in|sign-?in|authwall|sso|accounts?/login)\b", re.I)
    if sent_to_login.search(urlsplit(resolved).path) and not sent_to_login.search(url):
        return len(text) < 4 * _NOTICE
    if len(text) > _NOTICE:
        return False
    if any(_WALL_TITLE.fullmatch(name) for name in (signs.title, first_heading) if name):
        return True
    return (signs.password and len(text) < 500) or bool(_WALL_TEXT.search(text))


def why_empty(signs: Signs) -> str:
    """Say in plain words why a page gave no text."""
    if signs.links >= 10:
        return "the page only lists links to other pages"
    if signs.script_notice or signs.scripts:
        return "the page is drawn by scripts in a browser; it holds no text of its own"
    return "the page holds no text to read"


def refresh_target(root: "etree._Element", url: str) -> str | None:
    """Return where a page sends its reader at once by a refresh tag, if it does."""
    for element in root.iter("meta"):
        if (element.get("http-equiv") or "").lower() == "refresh":
            match = re.fullmatch(
                r"\s*[0-5](?:\.\d+)?\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']+?)[\"']?\s*",
                element.get("content") or "",
                re.IGNORECASE,
            )
            if match:
                return str(urljoin(url, match[1]))
    return None
