"""Links: taken out of search wrappers, compared by page, sorted by the kind of source.

Three readings of one address, each with its own use:

- `clean` is the address to fetch: unwrapped, with characters no address may hold encoded;
- `normalise` is a page's identity: a key to compare and to hash, never an address to fetch;
- `deep_link` is the address a reader follows to a place inside the page.
"""

import re
from urllib.parse import SplitResult, quote, urlsplit

_WRAPPERS = {"/search": ("q",), "/url": ("q", "url")}
_GOOGLE = ("google.com", "www.google.com")
# Names that Google itself adds beside a wrapped address; they never belong to the inner page.
_GOOGLE_OWN = re.compile(
    r"sa|source|sourceid|ved|usg|ust|opi|oq|aqs|gs_lcr?p|sclient|sca_esv|rlz|ie|client|hl"
    r"|biw|bih|ei|uact|cd|cad|rct|esrc"
)
# Exact names, because a pattern such as courlan's (any name that begins with "ref", "gl", "cid"
# or "keyword") also drops `?reference=5` and `?glossary=bias` and so merges different pages.
_TRACKING = re.compile(
    r"(?:utm|pk|mtm|itm|hsa)_.*|gclid|gclsrc|dclid|wbraid|gbraid|fbclid|msclkid|yclid|twclid"
    r"|ttclid|li_fat_id|igshid|igsh|mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi|_ga|_gl|vero_id"
    r"|oly_anon_id|oly_enc_id|wickedid|ref|ref_src|ref_url|referrer|spm|share_id",
    re.IGNORECASE,
)

_YOUTUBE = re.compile(
    r"(?:(?:www|m|music)\.)?youtube\.com|youtu\.be|(?:www\.)?youtube-nocookie\.com"
)
_ARXIV = re.compile(r"(?:(?:www|export)\.)?arxiv\.org")
_GITHUB = re.compile(r"(?:www\.)?github\.com|raw\.githubusercontent\.com")
_VIMEO = re.compile(r"(?:(?:www|player)\.)?vimeo\.com")
_YOUTUBE_PATH = re.compile(r"/(?:embed|shorts|live|v)/([A-Za-z0-9_-]+)/?")
_SECOND = re.compile(r"t=[0-9]+s")
_STARTS = re.compile(r"(?:t|start|time_continue)=")
_ARXIV_PATH = re.compile(
    r"/(?:abs|pdf|html)/((?:[0-9]{4}\.[0-9]{4,5}|[a-z-]+(?:\.[A-Z]{2})?/[0-9]{7}))"
    r"(?:v[0-9]+)?(?:\.pdf)?/?"
)
# Meeting places: an invitation or a group's front page, with nothing of its own to read.
_COMMUNITY = re.compile(
    r"(?:[^/]*\.)?(?:discord\.gg|t\.me|gitter\.im|matrix\.to|chat\.whatsapp\.com|slack\.com"
    r"|meetup\.com)(?:/.*)?"
    r"|(?:www\.)?(?:discord\.com/(?:invite|channels)|discordapp\.com/invite)/.*"
    r"|(?:[a-z]+\.)?(?:linkedin|facebook)\.com/groups/.*"
    r"|(?:[a-z]+\.)?reddit\.com(?:/(?:r/[^/]+/?)?)?"
    r"|(?:discuss|forums?|community|discourse)\.[^/]+(?:/(?:latest|top|categories|c/.*)?)?"
)

# Languages that documentation is translated into. Any two letters would also take the folders "ml"
# and "go" for languages, and, behind a hyphen, the "it" of "what-is-it".
_LANGUAGE = re.compile(
    r"(?:ar|bn|da|de|el|en|es|fa|fi|fr|he|hi|hu|id|it|ja|jp|ko|kr|nl|no|pl|pt|ro|ru|sv|th|tr|uk"
    r"|vi|zh|cn)(?:[-_](?:[a-z]{2}|hans|hant))?"
)
_LANGUAGE_OF_FILE = re.compile(
    rf"(?:.*?[._])?({_LANGUAGE.pattern})|.*?-((?:de|es|fr|ja|jp|ko|kr|pt|ru|zh|cn)(?:-[a-z]{{2}})?)"
)
# Viewers of notebooks that show files and folders of GitHub under their own path.
_VIEWER = re.compile(
    r"nbviewer\.(?:jupyter\.)?org/github/.+|colab\.research\.google\.com/github/.+"
)

_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/?#\[\]-]", re.DOTALL)
_ASCII_ESCAPE = re.compile(r"%([0-7][0-9A-Fa-f])")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_ORIGIN = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)(.*)", re.DOTALL)
_FORBIDDEN = re.compile(r"[\s\x00-\x20\x7f<>\"\\`]")
_HOST = re.compile(r"(?:[\w-]+\.)*[\w-]+\.?|[0-9a-fA-F:.]+")


def unwrap(url: str) -> str:
    """Return the address inside a google.com/search?q= or google.com/url?q= link.

    Any other text, a real search among it, comes back unchanged.
    """
    while (inner := _wrapped(url)) is not None:
        url = inner
    return url


def clean(url: str) -> str:
    """Return the address to fetch: unwrapped, trimmed, its illegal characters percent-encoded."""
    return _encoded(unwrap(url).strip())


def normalise(url: str) -> str:
    """Return the identity of the page behind an address: equal for two ways to one page.

    A key, not an address: http counts as https, a slash at the end, the fragment, user names,
    default ports and tracking parameters are dropped, and parameters are put in order. A YouTube
    video is its watch address (v and list kept), an arXiv paper its abs address without version,
    and owner and repository on GitHub are lower case. What is no http address is only cleaned.
    """
    identity = _identity(clean(url))
    # Taking "/./search" apart can lay a wrapper bare: go on until nothing changes.
    return identity if identity == url else normalise(identity)


def classify(url: str) -> str:
    """Say which reader an address needs.

    One of "video", "arxiv", "notebook", "github", "pdf", "community"; "article" for the rest.
    """
    url = clean(url)
    parts = _split(url)
    if parts is None or not safe_http(url):
        return "article"
    host, path = (parts.hostname or "").rstrip("."), parts.path
    if _YOUTUBE.fullmatch(host) or (_VIMEO.fullmatch(host) and re.search(r"/[0-9]+", path)):
        return "video"
    if _ARXIV.fullmatch(host) and _ARXIV_PATH.fullmatch(path):
        return "arxiv"
    if path.lower().endswith(".ipynb") or _VIEWER.fullmatch(host + path):
        return "notebook"
    if host in ("github.com", "www.github.com"):
        return "github"
    if path.lower().endswith(".pdf"):
        return "pdf"
    return "community" if _COMMUNITY.fullmatch(host + path) else "article"


def languages_in(path: str) -> tuple[str, ...]:
    """Name the languages that the folders and the file of a path say it is written in.

    In lower case as written ("zh-cn"); empty for a path that does not say.
    """
    *folders, name = path.lower().split("/")
    found = [folder for folder in folders if _LANGUAGE.fullmatch(folder)]
    stem = re.sub(r"\.(?:x?html?|mdx?|markdown|rst|txt|ipynb)$", "", name)
    if match := _LANGUAGE_OF_FILE.fullmatch(stem):
        found.append(match[1] or match[2])
    return tuple(found)


def deep_link(url: str, anchor: str | None, directive: str = "") -> tuple[str, str]:
    """Return (link, precision) of a passage: "exact" with a text directive, "heading", "page".

    The directive (`ingest/fragments.py`) follows the anchor, to which a browser goes that knows no
    directives or no longer finds the words. A second of a YouTube video ("t=725s") goes into the
    query, and the link is "exact". Escapes an anchor already carries stay: a browser looks for the
    written form first and for the decoded one second, so both an id and a copied href lead to the
    heading.
    """
    anchor = (anchor or "").removeprefix("#")
    parts = _split(url)
    if parts and _SECOND.fullmatch(anchor) and _YOUTUBE.fullmatch(parts.hostname or ""):
        pairs = [pair for pair in parts.query.split("&") if pair and not _STARTS.match(pair)]
        return parts._replace(query="&".join([*pairs, anchor]), fragment="").geturl(), "exact"
    page, _, own = url.partition("#")
    name = _fragment(anchor)
    if directive:
        # Without an anchor the address's own fragment stays, but not a directive it came with.
        return f"{page}#{name or own.partition(':~:')[0]}:~:{directive}", "exact"
    return (f"{page}#{name}", "heading") if name else (url, "page")


def _fragment(anchor: str) -> str:
    """Encode what a fragment may not hold, and what would begin a directive in it."""
    encoded = "".join(
        part if part.startswith("%") and len(part) == 3 else quote(part, "!$&'()*+,;=:@/?")
        for part in re.findall(r"%[0-9A-Fa-f]{2}|.", anchor, re.DOTALL)
        if not 0xD800 <= ord(part[0]) <= 0xDFFF  # half a character has no UTF-8 form
    )
    return encoded.replace(":~:", ":%7E:")


def safe_http(url: str) -> bool:
    """Tell whether an address is http or https, has a host, and is free of stray characters."""
    parts = _split(url)
    if parts is None or _FORBIDDEN.search(url):
        return False
    return parts.scheme in ("http", "https") and bool(_HOST.fullmatch(parts.hostname or ""))


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # a port that is no number is only noticed when read
    except ValueError:
        return None
    return parts


def _wrapped(url: str) -> str | None:
    parts = _split(url.strip())
    if parts is None or parts.scheme not in ("http", "https") or parts.hostname not in _GOOGLE:
        return None
    names = _WRAPPERS.get(parts.path.rstrip("/"), ())
    pairs = [pair.partition("=") for pair in parts.query.split("&")]
    for place, (name, _, value) in enumerate(pairs):
        if name not in names:
            continue
        # Only ASCII escapes are undone: the others are how the inner address is written anyway.
        inner = _ASCII_ESCAPE.sub(lambda match: chr(int(match[1], 16)), value)
        if not safe_http(_encoded(inner)):
            continue
        if "?" in value:  # wrapped without encoding: what follows is the inner page's own query
            own = [f"{n}{e}{v}" for n, e, v in pairs[place + 1 :] if not _GOOGLE_OWN.fullmatch(n)]
            inner = "&".join([inner, *own])
        return f"{inner}#{parts.fragment}" if parts.fragment and "#" not in inner else inner
    return None


def _encoded(url: str) -> str:
    match = _ORIGIN.fullmatch(url)
    return match[1] + _ESCAPE.sub(_legal, match[2]) if match else url


def _legal(match: re.Match[str]) -> str:
    text = match[0]
    return text if len(text) == 3 else quote(text, "", errors="replace")


def _identity(url: str) -> str:
    parts = _split(url)
    if parts is None or not safe_http(url):
        return url
    host = (parts.hostname or "").lower()
    path = _path(parts.path)
    pairs = [_tidy(pair) for pair in parts.query.split("&") if pair]
    pairs = sorted((p for p in pairs if not _tracks(p)), key=lambda p: p.partition("=")[0])
    if _YOUTUBE.fullmatch(host):
        host, path, pairs = _youtube(host, path, pairs)
    elif _ARXIV.fullmatch(host) and (paper := _ARXIV_PATH.fullmatch(path)):
        host, path, pairs = "arxiv.org", f"/abs/{paper[1]}", []
    elif _GITHUB.fullmatch(host):
        path = _repository(path)
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    query = "?" + "&".join(pairs) if pairs else ""
    return f"https://{f'[{host}]' if ':' in host else host}{port}{path}{query}"


def _path(path: str) -> str:
    kept: list[str] = []
    for part in _tidy(path).split("/"):
        if part == "..":
            kept = kept[:1] + kept[1:-1]
        elif part != ".":
            kept.append(part)
    return "/".join(kept).rstrip("/") or "/"


def _tidy(text: str) -> str:
    """Write every escape one way: upper-case hex, and none where a plain letter will do."""
    return _ESCAPE.sub(_one_way, text)


def _one_way(match: re.Match[str]) -> str:
    escape = _legal(match).upper()
    letter = chr(int(escape[1:3], 16))
    return letter if len(escape) == 3 and _UNRESERVED.fullmatch(letter) else escape


def _tracks(pair: str) -> bool:
    return bool(_TRACKING.fullmatch(pair.partition("=")[0]))


def _repository(path: str) -> str:
    segments = path.split("/")
    owner_and_name = [segment.lower() for segment in segments[1:3]]
    if len(segments) == 3:
        owner_and_name[-1] = owner_and_name[-1].removesuffix(".git")
    return "/".join(["", *owner_and_name, *segments[3:]])


def _youtube(host: str, path: str, pairs: list[str]) -> tuple[str, str, list[str]]:
    values = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    kept = [f"list={values['list']}"] if values.get("list") else []
    video = values.get("v", "") if path == "/watch" else ""
    if host == "youtu.be":
        video = path.removeprefix("/")
    elif match := _YOUTUBE_PATH.fullmatch(path):
        video = "" if match[1] == "videoseries" else match[1]
        path = "/playlist" if match[1] == "videoseries" else path
    if video and "/" not in video:
        return "www.youtube.com", "/watch", [f"v={video}", *kept]
    if path == "/playlist" and kept:
        return "www.youtube.com", path, kept
    return "www.youtube.com", path, pairs
