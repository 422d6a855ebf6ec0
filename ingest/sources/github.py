"""A repository, folder or file on GitHub: the Markdown behind the page rather than the page.

A folder is read by its README, a file by itself. What is gone is stood in for by the README of
the repository, and the ledger says so.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from ingest.errors import FetchFailed
from ingest.fetch import Page, Transport
from ingest.sources.article import fetch_article
from ingest.sources.fetched import Fetched

_RAW = "https://raw.githubusercontent.com"
_API = "https://api.github.com/repos"
_README = re.compile(r"readme(?:\.(?:md|markdown|mdx|txt|ipynb|rst|org|adoc))?", re.IGNORECASE)
_MARKDOWN = (".md", ".markdown", ".mdx")
_READABLE = (*_MARKDOWN, ".txt", ".ipynb", ".rst", "")
# Statuses after which another place may still hold the text.
_MISSED = ("not-found", "not-in-archive", "robots-denied")


@dataclass(frozen=True, slots=True)
class _Target:
    """A place on GitHub; `view` is "tree", "blob" or empty for the repository itself."""

    owner: str
    name: str
    view: str = ""
    ref: str = "HEAD"
    path: str = ""

    def root(self) -> "_Target":
        return _Target(self.owner, self.name)

    def html(self) -> str:
        base = f"https://github.com/{self.owner}/{self.name}"
        return f"{base}/{self.view}/{self.ref}/{quote(self.path)}" if self.view else base

    def raw(self, ref: str, path: str) -> str:
        return f"{_RAW}/{self.owner}/{self.name}/{ref}/{quote(path)}"


def fetch_github(url: str, transport: Transport) -> Fetched:
    """Fetch what a link to GitHub means.

    Raises FetchFailed: "not-found" when the repository is gone, "skipped" for source code.
    """
    target = _target(url)
    if target is None:  # an issue, a wiki, a person's page …
        return fetch_article(url, transport)
    if target.view == "blob":
        return _file(url, target, transport)
    return _folder(url, target, transport)


def _target(url: str) -> _Target | None:
    parts = [unquote(part) for part in urlsplit(url).path.split("/") if part]
    match parts:
        case [owner, name]:
            return _Target(owner, name.removesuffix(".git"))
        case [owner, name, "tree" | "blob" | "raw" as view, ref, *path]:
            if not path:
                return _Target(owner, name)
            return _Target(owner, name, "tree" if view == "tree" else "blob", ref, "/".join(path))
    return None


def _file(url: str, target: _Target, transport: Transport) -> Fetched:
    suffix = PurePosixPath(target.path).suffix.lower()
    if suffix not in _READABLE:
        raise FetchFailed("skipped", f"{target.path} is source code or data, not a text to read")
    # GitHub draws reStructuredText: its page is the readable form. For the rest the page is the
    # second choice; it also knows where a renamed repository went.
    raw = [] if suffix == ".rst" else list(_addresses(target, target.path))
    missed: FetchFailed | None = None
    for address in (*raw, target.html()):
        try:
            return Fetched((_as_shown(transport.get(address), url, target),))
        except FetchFailed as failure:
            missed = _worse(missed, failure)
    return _stand_in(url, target, transport, missed, "file is gone")


def _folder(url: str, target: _Target, transport: Transport) -> Fetched:
    missed: FetchFailed | None = None
    readme = f"{target.path}/README.md".lstrip("/")
    for address in _addresses(target, readme):
        try:
            return Fetched((_as_shown(transport.get(address), url, target),))
        except FetchFailed as failure:
            missed = _worse(missed, failure)
    names = _listing(target, transport)
    for address in names or ():
        try:
            drawn = address.lower().endswith((".rst", ".org", ".adoc"))
            page = transport.get(target.html() if drawn else address)
            return Fetched((_as_shown(page, url, target),))
        except FetchFailed as failure:
            missed = _worse(missed, failure)
    if names is None:  # the list of files is out of reach, the page may not be
        try:
            return Fetched((_as_shown(transport.get(target.html()), url, target),))
        except FetchFailed as failure:
            missed = _worse(missed, failure)
    why = "folder has no README" if names is not None else "folder is gone"
    return _stand_in(url, target, transport, missed, why)


def _addresses(target: _Target, path: str) -> Iterator[str]:
    """Yield where a file may stand: at the link's own version, then at the newest."""
    for ref in dict.fromkeys((target.ref, "HEAD")):
        yield target.raw(ref, path)


def _worse(known: FetchFailed | None, failure: FetchFailed) -> FetchFailed:
    """Keep the failure that says most: "gone" rather than "not in the archive"."""
    if failure.status not in _MISSED:
        raise failure
    return failure if known is None or known.status != "not-found" else known


def _listing(target: _Target, transport: Transport) -> tuple[str, ...] | None:
    """Return the addresses of a folder's READMEs, or None when GitHub does not list it."""
    try:
        page = transport.get(f"{_API}/{target.owner}/{target.name}/contents/{quote(target.path)}")
        entries = json.loads(page.body)
    except (FetchFailed, ValueError):
        return None
    if not isinstance(entries, list):
        return None
    named = {
        str(entry.get("name")): str(entry.get("download_url"))
        for entry in entries
        if isinstance(entry, dict) and entry.get("download_url")
    }
    found = sorted((name for name in named if _README.fullmatch(name)), key=_preference)
    return tuple(named[name] for name in found)


def _preference(name: str) -> tuple[int, str]:
    suffix = PurePosixPath(name).suffix.lower()
    return (_READABLE.index(suffix) if suffix in _READABLE else len(_READABLE), name)


def _stand_in(
    url: str, target: _Target, transport: Transport, missed: FetchFailed | None, why: str
) -> Fetched:
    """Read the repository's README in place of what is missing below it."""
    gone = missed or FetchFailed("not-found", f"{url} is gone")
    if gone.status == "not-found":
        what = target.path or f"the repository {target.owner}/{target.name}"
        gone = FetchFailed("not-found", f"{what} is not on GitHub (any more)")
    if not target.view:
        raise gone
    try:
        whole = _folder(url, target.root(), transport)
    except FetchFailed as failure:
        if failure.status not in _MISSED:
            raise
        raise gone from failure
    return Fetched(whole.pages, "partial", f"the linked {why}; the repository's README stands in")


def _as_shown(page: Page, url: str, target: _Target) -> Page:
    """Give a raw file the address under which people see it, renames included."""
    parts = urlsplit(page.resolved_url)
    if parts.netloc != urlsplit(_RAW).netloc:
        return Page(
            url, page.resolved_url, page.status, page.content_type, page.body, page.fetched_at
        )
    owner, name = parts.path.split("/")[1:3]
    shown = _Target(owner, name, target.view, target.ref, target.path).html()
    suffix = PurePosixPath(parts.path).suffix.lower()
    media = {".md": "text/markdown", ".ipynb": "application/x-ipynb+json"}.get(
        ".md" if suffix in _MARKDOWN else suffix, "text/plain"
    )
    return Page(url, shown, page.status, f"{media}; charset=utf-8", page.body, page.fetched_at)
