"""A documentation site, book or course: the linked page and the pages beside and below it.

Whether a page is the entry of a site is decided by plain rules on its address (`choose_scope`,
`is_documentation`); a post or a page of a reference stays a single page. The crawl stays in the
folder of the linked page. It asks for the pages that this page links first, since a table of
contents is its author's order, then for those of the sitemap, the nearest first, then follows the
links of further pages breadth first.
"""

import hashlib
import re
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from ingest.errors import FetchFailed
from ingest.extract import form_of
from ingest.fetch import Page, Transport
from ingest.links import clean, languages_in, normalise, safe_http
from ingest.sources.article import fetch_article
from ingest.sources.fetched import Fetched, Limits, share_read
from ingest.sources.sitemap import is_below, sitemap_pages

# So many pages below or beside a page make it the entry of something.
_SEVERAL = 3
# Links taken from one page; the largest lists of the capture have about 200.
_MOST_LINKS = 5_000
# A host that stays silent this often is left alone: each try may take a minute.
_MOST_SILENCES = 3

_START = (
    r"intro|introduction|overview|get(?:ting)?[-_]?started|quick[-_]?(?:start|tour)"
    r"|start(?:er|ing)?|first[-_]steps|welcome"
)
_START_FOLDER = re.compile(_START, re.IGNORECASE)
_ENTRY = re.compile(
    r"index|readme|home|contents?|toc|preface|tutorials?|guide|book|course|docs|documentation"
    rf"|(?:\w{{1,20}}[-_])?(?:{_START})(?:[-_](?:tutorial|guide|example|page))?"
    r"|(?:ch(?:ap(?:ter)?)?|lesson|lecture|part|unit|module)[-_]?0*1(?:/0*1)?",
    re.IGNORECASE,
)
_DOCUMENTATION_HOST = re.compile(
    r"(?:docs?|documentation|learn|courses?|book|developers?|tutorials?|guides?)\..+"
    r"|.+\.(?:readthedocs\.(?:io|org)|rtfd\.io|github\.io|gitlab\.io|gitbook\.io|readme\.io)"
)
_DOCUMENTATION_PATH = re.compile(
    r"docs?|documentation|(?:[\w-]+-)?(?:books?|courses?)|tutorials?|guides?|user-guide|handbook"
    r"|manual|learn|developers?|stable|latest",
    re.IGNORECASE,
)
# Posts stand by themselves, whatever their addresses look like.
_POSTS = re.compile(
    r"blogs?|posts?|news|newsletters?|articles?|archives?|stories|writing|podcasts?|events?"
    r"|forums?|questions|discussions?",
    re.IGNORECASE,
)
_DATED = re.compile(r"/(?:19|20)\d\d/[01]?\d/")

_NO_READING = re.compile(
    r"(?:gen|term[-_]?|mod|py-mod|np-mod)index(?:[-_].*)?|search(?:page)?|print(?:able)?"
    r"|feeds?|rss|atom|404|sitemap|sign-?(?:in|up)|privacy(?:-policy)?|code[-_]of[-_]conduct"
    r"|licen[cs]e|acknowledge?ments|sg_execution_times",
    re.IGNORECASE,
)
_NO_READING_FOLDER = re.compile(
    r"_(?:modules|sources|static|images|downloads)|tags?|categor(?:y|ies)|authors?"
    r"|change-?log|changes|release[-_]?notes|releases|what'?s[-_]?new|contribut(?:e|ing|ors)"
    r"|governance|cdn-cgi|wp-\w+",
    re.IGNORECASE,
)
_NOT_HTML = re.compile(
    r"\.(?:pdf|e?ps|epub|mobi|zip|gz|tgz|bz2|xz|7z|whl|jar|exe|dmg|png|jpe?g|gif|svg|webp|ico|bmp"
    r"|mp[34]|m4[av]|ogg|webm|avi|mov|wav|css|m?js|map|json|jsonl|xml|ya?ml|toml|csv|tsv|txt|md|rst"
    r"|py|ipynb|r|sh|sql|docx?|pptx?|xlsx?|woff2?|ttf|eot|inv|h5|pkl|npz|parquet|onnx|pt)",
    re.IGNORECASE,
)
_VERSION = re.compile(
    r"(?P<newest>stable|latest)|dev|devel|nightly|next|main|master|v?\d+(?:\.(?:\d+|x))+|v\d+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of a site that a resource means: an origin and a path that ends with a slash."""

    origin: str
    prefix: str

    def folder(self) -> str:
        """Return the address of the folder."""
        return f"{self.origin}{self.prefix}"

    def encloses(self, url: str) -> bool:
        """Tell whether an address lies in the folder; http and https are one place."""
        return safe_http(url) and is_below(url, self.folder())

    def holds(self, url: str) -> bool:
        """Tell whether an address lies in the folder and leads to a page worth reading.

        Files that are no pages, parameters, lists (search, tags, feeds, indexes, changes), and
        translations and versions other than the linked one are not.
        """
        from courlan import is_not_crawlable

        if not self.encloses(url) or urlsplit(url).query or is_not_crawlable(url):
            return False
        path = unquote(urlsplit(url).path[len(self.prefix) :]).strip("/")
        *folders, name = path.split("/")
        stem = _stem(name)
        if _NOT_HTML.fullmatch(PurePosixPath(name).suffix) or _NO_READING.fullmatch(stem):
            return False
        if any(_NO_READING_FOLDER.fullmatch(part) for part in (*folders, stem)):
            return False
        spoken = languages_in(self.prefix) or ("en", "en-us", "en-gb")
        return set(languages_in(path)) <= set(spoken) and self._same_version(folders)

    def _same_version(self, folders: Sequence[str]) -> bool:
        pinned = any(map(_VERSION.fullmatch, self.prefix.split("/")))
        versions = [found for found in map(_VERSION.fullmatch, folders) if found]
        return all(not pinned and found["newest"] for found in versions)


def fetch_site(url: str, transport: Transport, limits: Limits) -> Fetched:
    """Fetch a page and, when it is the entry of a site, the pages of that site.

    Raises FetchFailed when the linked page itself cannot be had; what else fails is counted in the
    reason.
    """
    first = fetch_article(url, transport)
    (page,) = first.pages
    if form_of(page) != "html" or limits.pages <= 1 or limits.depth < 1:
        return first
    links = links_of(page)
    scope = choose_scope(clean(url), page.resolved_url, links)
    if scope is None:
        return first
    listed = sitemap_pages(scope.folder(), transport)
    crawl = _Crawl(scope, transport, limits, page)
    crawl.plan(links, 1)
    crawl.plan(_nearest(listed, page.resolved_url), 1)
    if len(crawl.queue) < _SEVERAL and not is_documentation(page.resolved_url):
        return first
    crawl.run()
    reason = share_read(len(crawl.pages), len(crawl.queue), crawl.missed)
    return Fetched(tuple(crawl.pages), reason=reason)


def choose_scope(linked: str, resolved: str, links: Sequence[str]) -> Scope | None:
    """Say which part of a site a link means; None when it means its one page.

    A redirect decides where the page is, unless it only leads further into what was linked.
    """
    found = _scope_at(resolved, links)
    if found is None and linked != resolved:
        found = _scope_at(linked, links)
        if found is not None and not found.encloses(resolved):
            return None
    return found


def _scope_at(url: str, links: Sequence[str]) -> Scope | None:
    parts = urlsplit(url)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path or "/"
    segments = [unquote(part) for part in path.split("/") if part]
    if (
        urlsplit(normalise(url)).query
        or any(map(_POSTS.fullmatch, segments))
        or _DATED.search(path)
    ):
        return None
    own = Scope(origin, f"{path.rstrip('/')}/")
    if path.endswith("/") or sum(map(own.holds, links)) >= _SEVERAL:
        # The home page of anything else leads everywhere.
        return own if segments or _DOCUMENTATION_HOST.fullmatch(parts.netloc) else None
    beside = Scope(origin, path[: path.rindex("/") + 1])
    names = [_stem(segments[-1]), "/".join([*segments[-2:-1], _stem(segments[-1])])]
    starts = len(segments) > 1 and _START_FOLDER.fullmatch(segments[-2]) and is_documentation(url)
    return beside if any(map(_ENTRY.fullmatch, names)) or starts else None


def is_documentation(url: str) -> bool:
    """Tell by its host or a folder of its path whether an address is of documentation or a course.

    For other addresses, the number of pages below them decides.
    """
    parts = urlsplit(url)
    folders = parts.path.split("/")[:-1]
    return bool(_DOCUMENTATION_HOST.fullmatch(parts.netloc)) or any(
        map(_DOCUMENTATION_PATH.fullmatch, folders)
    )


def links_of(page: Page) -> tuple[str, ...]:
    """List the addresses that an HTML page links, each once, in the order of the page."""
    from ingest.html_tree import decode, parse

    root = parse(decode(page.body, page.content_type).text)
    if root is None:
        return ()
    base = next((tag.get("href") for tag in root.iter("base") if tag.get("href")), "")
    found: dict[str, None] = {}
    for link in islice(root.iter("a"), _MOST_LINKS):
        if "nofollow" in (link.get("rel") or "").lower():
            continue
        try:
            target = urljoin(urljoin(page.resolved_url, base), (link.get("href") or "").strip())
        except ValueError:  # brackets that are no IPv6 address
            continue
        target = clean(target).partition("#")[0]
        if safe_http(target):
            found[target] = None
    return tuple(found)


class _Crawl:
    """What is read of a site so far, and what is still to be asked for."""

    def __init__(self, scope: Scope, transport: Transport, limits: Limits, first: Page) -> None:
        self.pages = [first]
        self.missed: Counter[str] = Counter()
        self.queue: deque[tuple[str, int]] = deque()
        self._scope = scope
        self._transport = transport
        self._limits = limits
        self._seen = {_identity(first.url), _identity(first.resolved_url)}
        self._bodies = {hashlib.sha256(first.body).digest()}
        self._left = limits.bytes - len(first.body)

    def plan(self, links: Iterable[str], depth: int) -> None:
        """Put those links that belong to the site and are new at the end of the queue."""
        for link in links:
            if self._scope.holds(link) and _identity(link) not in self._seen:
                self._seen.add(_identity(link))
                self.queue.append((link, depth))

    def run(self) -> None:
        """Ask for pages until there are none left or a limit is reached."""
        while self.queue and len(self.pages) < self._limits.pages and not self._has_enough():
            link, depth = self.queue.popleft()
            try:
                page = fetch_article(link, self._transport).pages[0]
            except FetchFailed as failure:
                self.missed[failure.status] += 1
                continue
            if not self._is_new(page):
                continue
            self._left -= len(page.body)
            if self._left < 0:
                self.queue.appendleft((link, depth))
                return
            self.pages.append(page)
            if depth < self._limits.depth:
                self.plan(links_of(page), depth + 1)

    def _has_enough(self) -> bool:
        """Tell that the site does not answer, or mostly answers that pages are not there."""
        asked_in_vain = self.missed.total() - self.missed["robots-denied"]
        silent = self.missed["unreachable"] >= _MOST_SILENCES
        return silent or asked_in_vain >= self._limits.pages

    def _is_new(self, page: Page) -> bool:
        """Tell whether an answer is a page of the site that was not read under another address."""
        if form_of(page) != "html" or not self._scope.holds(page.resolved_url):
            return False
        identity = _identity(page.resolved_url)
        body = hashlib.sha256(page.body).digest()
        moved = identity in self._seen and identity != _identity(page.url)
        if moved or body in self._bodies:
            return False
        self._seen.add(identity)
        self._bodies.add(body)
        return True


def _nearest(listed: Sequence[str], url: str) -> list[str]:
    """Order addresses by how many folders lie between them and the linked page; else as listed."""
    linked = urlsplit(url).path.split("/")[:-1]

    def distance(address: str) -> int:
        folders = urlsplit(address).path.split("/")[:-1]
        pairs = zip(linked, folders, strict=False)
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        return len(linked) + len(folders) - 2 * shared

    return sorted(listed, key=distance)


def _identity(url: str) -> str:
    """Return a page's identity within its site: /a, /a/, /a.html and /a/index.html are one."""
    return re.sub(r"(?:/index)?(?:\.x?html?)?$", "", normalise(url))


def _stem(name: str) -> str:
    return re.sub(r"\.(?:x?html?|php|aspx?)$", "", name, flags=re.IGNORECASE)
