"""A repository, folder or file on GitHub: the files behind the page rather than the page.

A repository or folder is read from one tarball: its README first, then its documents, notebooks
and code. Without a tarball it is read by its README alone. What was moved is read at its new place;
what is gone is stood in for by the README of the repository, and the ledger says so.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from ingest.errors import FetchFailed
from ingest.fetch import Page, Transport
from ingest.sources.article import fetch_article
from ingest.sources.fetched import Fetched, Limits, share_read
from ingest.sources.github_tree import (
    best_readme,
    has_folder,
    is_text,
    linked_paths,
    media_of,
    moved_to,
    reading_order,
    readme_in,
)
from ingest.tarball import Tarball, open_tarball

_RAW = "https://raw.githubusercontent.com"
_API = "https://api.github.com/repos"
_PACKED = "https://codeload.github.com"
# Statuses after which another place may still hold the text.
_MISSED = ("not-found", "not-in-archive", "robots-denied")
# GitHub draws these; their drawn page is easier to read than their source.
_DRAWN = (".rst", ".org", ".adoc")


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


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """A repository as one tarball, under the name that it has now."""

    owner: str
    name: str
    ref: str
    tarball: Tarball
    fetched_at: str

    def paths(self) -> tuple[str, ...]:
        return tuple(member.path for member in self.tarball.members)

    def at(self, view: str, path: str) -> _Target:
        """Return a place in the very commit that was read, where the tarball names it."""
        return _Target(self.owner, self.name, view, self.tarball.commit or self.ref, path)


def fetch_github(url: str, transport: Transport, limits: Limits) -> Fetched:
    """Fetch what a link to GitHub means.

    Raises FetchFailed: "not-found" when the repository is gone, "skipped" for data.
    """
    target = _target(url)
    if target is None:  # an issue, a wiki, a person's page …
        return fetch_article(url, transport)
    if target.view == "blob":
        return _file(url, target, transport)
    return _folder(url, target, transport, limits)


def _target(url: str) -> _Target | None:
    parts = [unquote(part) for part in urlsplit(url).path.split("/") if part]
    match parts:
        case [owner, name]:
            return _Target(owner, name.removesuffix(".git"))
        case [owner, name, "tree" | "blob" | "raw" as view, ref, *path]:
            if not path:
                return _Target(owner, name, ref=ref)
            return _Target(owner, name, "tree" if view == "tree" else "blob", ref, "/".join(path))
    return None


# ── one file ────────────────────────────────────────────────────────────────────────────────────


def _file(url: str, target: _Target, transport: Transport) -> Fetched:
    if not is_text(target.path):
        raise FetchFailed("skipped", f"{target.path} is data or a picture, not a text to read")
    # The page is the second choice, but for what GitHub draws; it also knows where a renamed
    # repository went.
    drawn = PurePosixPath(target.path).suffix.lower() in _DRAWN
    raw = () if drawn else _addresses(target, target.path)
    missed: FetchFailed | None = None
    for address in (*raw, target.html()):
        try:
            return Fetched((_as_shown(transport.get(address), url, target),))
        except FetchFailed as failure:
            missed = _worse(missed, failure)
    moved = _moved_file(url, target, transport)
    return moved or _stand_in(url, target, transport, missed, "file is gone")


def _moved_file(url: str, target: _Target, transport: Transport) -> Fetched | None:
    """Read a file where it stands now, if that is certain."""
    try:
        snapshot = _snapshot(target, transport)
        path = moved_to(snapshot.paths(), target.path, file=True)
        if not path:
            return None
        body = snapshot.tarball.read([path])[path]
    except FetchFailed:
        return None
    page = replace(_file_page(snapshot, path, body), url=url)
    return Fetched((page,), "partial", _says_moved(target.path, path))


def _says_moved(old: str, new: str) -> str:
    return f"{old} is gone; {new} of the same name is read in its place"


# ── a folder, or the whole repository ───────────────────────────────────────────────────────────


def _folder(url: str, target: _Target, transport: Transport, limits: Limits) -> Fetched:
    try:
        snapshot = _snapshot(target, transport)
        paths = snapshot.paths()
        if not target.path or has_folder(paths, target.path):
            place = replace(target, owner=snapshot.owner, name=snapshot.name)
        elif moved := moved_to(paths, target.path, file=False):
            place = snapshot.at("tree", moved)
        else:
            return _readme_alone(url, target, transport)
        fetched = _pages(snapshot, place, transport, limits)
    except FetchFailed:  # too large, damaged, or not to be had
        return _readme_alone(url, target, transport)
    if not fetched.pages:
        return _readme_alone(url, target, transport)
    fetched = replace(fetched, pages=(replace(fetched.pages[0], url=url), *fetched.pages[1:]))
    if place.path == target.path:
        return fetched
    reason = "; ".join(filter(None, [_says_moved(target.path, place.path), fetched.reason]))
    return replace(fetched, status="partial", reason=reason)


def _snapshot(target: _Target, transport: Transport) -> _Snapshot:
    """Fetch a repository as a tarball, under its new name when it was renamed.

    Raises FetchFailed when there is none, or none that can be read within the limits.
    """
    try:
        return _packed(target, transport)
    except FetchFailed as failure:
        if failure.status != "not-found":
            raise
        now = _target(transport.get(target.root().html()).resolved_url)
        if now is None or (now.owner, now.name) == (target.owner, target.name):
            raise
    return _packed(replace(target, owner=now.owner, name=now.name), transport)


def _packed(target: _Target, transport: Transport) -> _Snapshot:
    """Fetch the tarball of the link's own version, else of the newest."""
    base = f"{_PACKED}/{target.owner}/{target.name}/tar.gz"
    for ref in dict.fromkeys((target.ref, "HEAD")):
        try:
            page = transport.get(f"{base}/{quote(ref)}")
        except FetchFailed as failure:
            if ref == "HEAD" or failure.status not in _MISSED:
                raise
            continue
        parts = urlsplit(page.resolved_url)
        packed = parts.netloc == urlsplit(_PACKED).netloc
        owner, name = parts.path.split("/")[1:3] if packed else (target.owner, target.name)
        return _Snapshot(owner, name, ref, open_tarball(page.body), page.fetched_at)
    raise AssertionError("HEAD is always asked for")


def _pages(snapshot: _Snapshot, place: _Target, transport: Transport, limits: Limits) -> Fetched:
    """Take the files of a folder out of the tarball, as far as the limits allow.

    Further files cost no request: their distance from the folder orders them, and only a depth of
    0 leaves them out.
    """
    tarball = snapshot.tarball
    readme = readme_in(snapshot.paths(), place.path)
    text = tarball.read([readme])[readme].decode("utf-8", "replace") if readme else ""
    order = reading_order(tarball.members, place.path, linked_paths(text, readme))
    wanted = _within(order, tarball, limits)
    bodies = tarball.read(wanted)
    pages = [_file_page(snapshot, path, bodies[path]) for path in wanted]
    if pages and wanted[0] == readme:
        pages[0] = _readme_page(pages[0], place, transport)
    return Fetched(tuple(pages), reason=share_read(len(pages), len(order) - len(pages), Counter()))


def _within(order: Sequence[str], tarball: Tarball, limits: Limits) -> tuple[str, ...]:
    sizes = {member.path: member.size for member in tarball.members}
    taken = order[: limits.pages if limits.depth else 1]
    sums = accumulate(sizes[path] for path in taken)
    return tuple(path for path, size in zip(taken, sums, strict=True) if size <= limits.bytes)


def _file_page(snapshot: _Snapshot, path: str, body: bytes) -> Page:
    address = snapshot.at("blob", path).html()
    return Page(address, address, 200, media_of(path), body, snapshot.fetched_at)


def _readme_page(page: Page, place: _Target, transport: Transport) -> Page:
    """Show a README where people see it: on the page of its folder."""
    if PurePosixPath(urlsplit(page.url).path).suffix.lower() in _DRAWN:
        try:
            return transport.get(place.html())
        except FetchFailed:  # its source has to do
            pass
    return replace(page, resolved_url=place.html())


# ── without a tarball ───────────────────────────────────────────────────────────────────────────


def _readme_alone(url: str, target: _Target, transport: Transport) -> Fetched:
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
            drawn = address.lower().endswith(_DRAWN)
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
    return tuple(named[name] for name in best_readme(named))


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
        whole = _readme_alone(url, target.root(), transport)
    except FetchFailed as failure:
        if failure.status not in _MISSED:
            raise
        raise gone from failure
    return Fetched(whole.pages, "partial", f"the linked {why}; the repository's README stands in")


def _as_shown(page: Page, url: str, target: _Target) -> Page:
    """Give a raw file the address under which people see it, renames included."""
    parts = urlsplit(page.resolved_url)
    if parts.netloc != urlsplit(_RAW).netloc:
        return replace(page, url=url)
    owner, name = parts.path.split("/")[1:3]
    shown = replace(target, owner=owner, name=name).html()
    media = media_of(unquote(parts.path))
    return replace(page, url=url, resolved_url=shown, content_type=media)
