"""What a page says about itself: its title, that it is gone, walled, drawn by scripts, or moved."""

import re
from collections.abc import Iterator, Sequence
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
    r"(?:not found|can.?t find|does(?:n.t| not) exist).{0,40}"
    r"|.{0,20}\b(?:page|article|post) (?:does(?:n.t| not) exist|no longer (?:exists|available)"
    r"|is(?:n.t| not| no longer) available|has been (?:removed|deleted)).{0,40}"
    r"|(?:we )?(?:can(?:.t|not| not)|could(?:n.t| not)) find (?:the|that|this|your) page.{0,40}",
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
# Characters of text below which a page says nearly nothing of its own.
_NEARLY_NOTHING = 300
_SHOWN = 4_000  # characters of all visible text that are looked at for the words of a parked domain

# Hosts that keep parked domains or sell them, and the two places of larger hosts that do.
_PARKING_HOST = re.compile(
    r"(?:https?:)?//(?:[\w-]+\.)*(?:sedoparking\.com|sedo\.com|parkingcrew\.net|bodis(?:cdn)?\.com"
    r"|parklogic\.com|above\.com|dsparking\.com|dsnextgen\.com|skenzo\.com|smartname\.com"
    r"|cashparking\.com|afternic\.com|hugedomains\.com|dan\.com|undeveloped\.com"
    r"|uniregistry\.com|domainmarket\.com|buydomains\.com|dropcatch\.com|namebright\.com"
    r"|domainnamesales\.com|efty\.com|namedrive\.com|trafficz\.com|rookmedia\.net"
    r"|parkingpage\.namecheap\.com|parking\.reg\.ru|d38psrni17bvxu\.cloudfront\.net"
    r"|wsimg\.com/parking-lander|google\.com/adsense/domains)(?:[/:?#]|$)",
    re.IGNORECASE,
)
_PARKING_SCRIPT = re.compile(
    r"location(?:\.href)?\s*=\s*[\"']/lander\b|\bwindow\.park\s*=|sedoParkingUrl"
    r"|google\.ads\.domains\b",
)
_PARKING_WORDS = re.compile(
    r"\bthe domain (?:name )?\S{1,60} (?:is|may be|might be) (?:\w+ )?(?:for sale|parked)"
    r"|\bthis (?:domain(?: name)?|web ?site|web ?page)\b(?: \S{1,60})? (?:is|may be|might be)"
    r" (?:\w+ )?(?:for sale|parked|available for purchase)"
    r"|\b(?:buy|purchase|get|own|inquire about|make an offer (?:on|for)) this domain\b"
    r"|\bparked (?:free|domain|for free)\b|\bdomain parking\b|\bcourtesy of godaddy"
    r"|\bdomain(?: name)?(?: \S{1,60})? (?:has|is|was) (?:been )?(?:\w+ )?(?:expired|suspended)\b"
    r"|\bdomain(?: name)?(?: \S{1,60})? (?:is|was|has been) (?:\w+ )?registered (?:at|with|through)"
    r"|\b(?:renew|restore) (?:this|your|the) domain\b",
    re.IGNORECASE,
)
_PARKING_TITLE = re.compile(
    r"(?:www\.)?(?:[\w-]+\.)+[a-z]{2,24}(?:\W{1,5}|$|(?: domain(?: name)?)? (?:is|may be) ).{0,80}",
    re.IGNORECASE,
)
_LINK_FARM = re.compile(
    r"\b(?:related|popular|top) (?:searches|links|categories)\b"
    r"|\bsponsored (?:listings?|links?|results?)\b",
    re.IGNORECASE,
)
GONE = "the page answers, but says that its content is gone"
PARKED = "the site is gone: its domain is parked, for sale or expired"


@dataclass(frozen=True, slots=True)
class Signs:
    """What was read off a page before anything was taken out of it.

    `parking` names the signs of a parked domain: "host" (served or sold by a known keeper of such
    domains), "words" (for sale, expired, parked), "farm" (headings of an advertiser's links).
    """

    title: str
    preview_title: str
    site: str
    scripts: int
    links: int
    password: bool
    script_notice: bool
    parking: frozenset[str] = frozenset()


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
        parking=_parking_signs(root),
    )


def _parking_signs(root: "etree._Element") -> frozenset[str]:
    shown = _shown(root)
    found = {
        "host": any(map(_PARKING_HOST.match, _addresses(root)))
        or root.get("data-adblockkey") is not None
        or any(_PARKING_SCRIPT.search(script.text or "") for script in root.iter("script")),
        "words": bool(_PARKING_WORDS.search(shown)),
        "farm": bool(_LINK_FARM.search(shown)),
    }
    return frozenset(name for name, is_there in found.items() if is_there)


def _addresses(root: "etree._Element") -> Iterator[str]:
    """Yield where a page gets its parts from, sends its forms to, and says that it stands."""
    yield _meta(root, "og:url").strip()
    for element in root.iter("script", "iframe", "frame", "img", "link", "form", "a"):
        for name in ("src", "href", "action"):
            yield (element.get(name) or "").strip()


def _shown(root: "etree._Element") -> str:
    """Return the first text of a page, its links included."""
    parts: list[str] = []
    size = 0
    for element in root.iter(etree.Element):
        own = "" if element.tag in ("script", "style", "noscript") else element.text or ""
        for text in (own, element.tail or ""):
            parts.append(text)
            size += len(text)
        if size > _SHOWN:
            break
    return " ".join(" ".join(parts).split())


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


def why_gone(signs: Signs, first_heading: str, text: str) -> str:
    """Say why a page that answered 200 is not what was asked for; empty when it may be.

    Conservative. Gone: a title or heading that says so on a short page, or, when only the text
    says so, a very short page. Parked: a short page with two signs that do not depend on one
    another, one of them a keeper of parked domains or words of sale or expiry.
    """
    if len(text) > _NOTICE:
        return ""
    names = [name for name in (signs.title, first_heading) if name]
    named = any(map(_PARKING_TITLE.fullmatch, names))
    count = len(signs.parking) + named + (len(text) < _NEARLY_NOTHING)
    if count >= 2 and signs.parking & {"host", "words"}:
        return PARKED
    if any(map(_GONE_TITLE.fullmatch, names)):
        return GONE
    return GONE if len(text) < _NEARLY_NOTHING and _GONE_TEXT.search(text) else ""


def sent_to_front(url: str, resolved: str) -> bool:
    """Tell whether a link into a site was redirected to the front page of the same host.

    Sites do that with addresses they do not know any more (a "soft 404"). Only links of two and
    more steps count: `/docs/` and `/en/` may well have become the front page.
    """
    asked, answered = urlsplit(url), urlsplit(resolved)
    steps = [step for step in asked.path.split("/") if step]
    same = _bare_host(asked.hostname) == _bare_host(answered.hostname)
    return same and len(steps) >= 2 and answered.path in ("", "/") and not answered.query


def _bare_host(host: str | None) -> str:
    return (host or "").removeprefix("www.")


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
