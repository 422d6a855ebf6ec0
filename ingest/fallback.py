"""A copy of a page that is gone, from the public web archive: one look-up and one fetch.

The archive's availability API (https://archive.org/help/wayback_api.php) names the newest capture
of an address; its raw form (`…/web/<time>id_/<address>`) is the page as it was captured. Both are
fetched like any page and so kept in the home's archive: a replay finds the same copy, or none.
"""

import json
import re
from dataclasses import replace
from datetime import datetime
from threading import Lock
from urllib.parse import quote

from ingest.errors import FetchFailed
from ingest.extract import form_of, read_page
from ingest.fetch import Page, Transport
from ingest.html_tree import decode, parse
from ingest.links import clean, normalise, safe_http
from ingest.page_signs import refresh_target
from ingest.sources.fetched import Fetched

LOOKUP = "https://archive.org/wayback/available"
CAPTURES = "https://web.archive.org/web"
NO_COPY = "no copy in the public web archive"
NO_ANSWER = "the public web archive did not answer"
# How `ingest.fetch.resolve` begins its reason for a host that has no address.
NO_HOST = "there is no host named"
# After so many look-ups in a row without an answer the archive is taken to be down for this run.
MOST_SILENT = 2

_TIME = re.compile(r"[0-9]{14}")


def is_lost(failure: FetchFailed) -> bool:
    """Tell whether a failure means that the page, or its whole host, is not there any more.

    A page that is missing from an archive that is replayed counts: its copy may be in there.
    """
    gone = failure.status in ("not-found", "not-in-archive")
    return gone or failure.reason.startswith(NO_HOST)


def is_copy(address: str | None) -> bool:
    """Tell whether an address leads to the public web archive."""
    return (address or "").startswith(f"{CAPTURES}/")


class WebArchive:
    """The public web archive as one run meets it, over the transport that fetches all pages."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._silent = 0
        self._asking = Lock()

    def stand_in(self, url: str, gone: FetchFailed) -> Fetched:
        """Return the archived copy of a page that is gone.

        Raises FetchFailed with the status of `gone` and a reason that says why there is no copy;
        `gone` itself when an archive is replayed that holds no look-up.
        """
        if not is_lost(gone):
            raise gone
        address = clean(url).partition("#")[0]
        try:
            with self._asking:  # one of all readers finds out that it is down
                time = self._newest(address)
            page = self._copy(address, time)
        except FetchFailed as failure:
            if failure.status == "not-in-archive":
                raise gone from failure
            raise FetchFailed(gone.status, f"{gone.reason}; {failure.reason}") from failure
        day = page.fetched_at[:10]
        reason = f"archived copy of {day}; the page itself is gone"
        return Fetched((replace(page, url=url),), "partial", reason)

    def _newest(self, address: str) -> str:
        """Ask for the time of the newest capture: 14 digits, UTC; raises FetchFailed."""
        if not safe_http(address):
            raise FetchFailed("not-found", NO_COPY)
        if self._silent >= MOST_SILENT:
            raise FetchFailed("unreachable", NO_ANSWER)
        try:
            answer = self._transport.get(f"{LOOKUP}?url={quote(address, safe='')}")
            found = json.loads(answer.body)
            captures = found["archived_snapshots"]
        except FetchFailed as failure:
            raise self._no_answer(failure) from failure
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise self._no_answer(FetchFailed("unreachable", "")) from error
        self._silent = 0
        closest = captures.get("closest") if isinstance(captures, dict) else None
        if not isinstance(closest, dict) or str(closest.get("status")) != "200":
            raise FetchFailed("not-found", NO_COPY)
        time = str(closest.get("timestamp"))
        if closest.get("available") is not True or not _is_time(time):
            raise FetchFailed("not-found", NO_COPY)
        return time

    def _no_answer(self, failure: FetchFailed) -> FetchFailed:
        if failure.status == "not-in-archive":
            return failure
        if failure.status == "robots-denied":
            return FetchFailed(failure.status, "the public web archive lets no program ask")
        self._silent += 1
        return FetchFailed("unreachable", NO_ANSWER)

    def _copy(self, address: str, time: str) -> Page:
        """Fetch a capture and make sure that it is the page; raises FetchFailed."""
        try:
            page = self._transport.get(f"{CAPTURES}/{time}id_/{address}")
        except FetchFailed as failure:
            if failure.status in ("not-in-archive", "unreachable"):
                raise self._no_answer(failure) from failure
            raise _no_use(time, failure.reason) from failure
        served, captured = _capture(page.resolved_url)
        if _bare(captured) != _bare(address):
            raise _no_use(time, "it only sends its reader on")
        page = replace(
            page,
            url=address,
            resolved_url=f"{CAPTURES}/{served}/{captured}",
            fetched_at=datetime.strptime(served, "%Y%m%d%H%M%S").strftime("%Y-%m-%dT%H:%M:%SZ"),
            archived=True,
        )
        try:
            _check(page, captured)
        except FetchFailed as failure:
            raise _no_use(served, failure.reason) from failure
        return page


def _check(page: Page, captured: str) -> None:
    """Refuse a capture that is no page to read, such as a notice or a stub; raises FetchFailed."""
    read_page(page)
    if form_of(page) != "html":
        return
    root = parse(decode(page.body, page.content_type).text)
    target = refresh_target(root, captured) if root is not None else None
    if target and _bare(target) != _bare(captured):
        raise FetchFailed("no-text", "it only sends its reader on")


def _is_time(text: str) -> bool:
    """Tell whether a text is a time as the archive writes it, that of a real day."""
    try:
        return bool(_TIME.fullmatch(text) and datetime.strptime(text, "%Y%m%d%H%M%S"))
    except ValueError:
        return False


def _capture(address: str) -> tuple[str, str]:
    """Take the address of a raw capture apart: its time and the page's own address."""
    found = re.fullmatch(re.escape(CAPTURES) + r"/([0-9]{14})id_/(.+)", address)
    return (found[1], found[2]) if found and _is_time(found[1]) else ("", "")


def _bare(address: str) -> str:
    return normalise(address).removeprefix("https://").removeprefix("www.")


def _no_use(time: str, why: str) -> FetchFailed:
    day = f"{time[:4]}-{time[4:6]}-{time[6:8]}"
    return FetchFailed("not-found", f"the public web archive's copy of {day} is no use: {why}")
