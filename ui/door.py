"""The door of a page that is served to a group: who is let in, as whom, and how often.

It stands before Gradio, in the guard of `ui/pages.py`. Without a login nothing is answered but the
login itself; with one, the app sees whose request it is in a header that only the door writes.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import InputError
from ui.asked import Asked, Refused, asked_of, own_body, passed_on, with_body
from ui.latest import Latest
from ui.limits import REQUESTS, Allowed, Limits, Rate, wait_words
from ui.login import NOT_HERE, LoginDesk
from ui.logins import FILE, Logins
from ui.pages import App, Receive, Scope, Send
from ui.users import Roll
from ui.wire import Wire, answer, refuse, turn_away, whole

GRADIO = "/gradio_api"
# What the page and programs need of Gradio; the rest (files by their paths, proxies, recordings,
# tools for developers) is not there for a group.
READS = re.compile(
    r"/(?:info|openapi\.json|app_id|queue/data|queue/status|upload_progress|startup-events"
    r"|theme\.css|login_check|user|heartbeat/[^/]+|call/(?:v2/)?[^/]+/(?P<event>[^/]+))/?"
)
WRITES = re.compile(
    r"/(?:queue/join|cancel|reset|component_server|upload|(?:run|api|call|call/v2)/[^/]+)/?"
)
STREAMS = re.compile(r"/(?:queue/data|upload_progress|heartbeat/[^/]+|call/.+)/?")
EVENTS = re.compile(r"/(?:queue/join|call/(?:v2/)?[^/]+)/?")  # these answer with an event's id
UPLOAD = re.compile(r"/upload/?")
ELSE = re.compile(r"/(?:openapi\.json|docs|redoc|monitoring)(?:/.*)?")  # nor this
ADDED = {"address", "path"}  # what the form of the sources sends: a link, or a file
JSON_BODY, JSON_PATIENCE = 2_000_000, 30.0  # bytes, and seconds for them to arrive
AROUND_FILE, UPLOAD_PATIENCE = 1_000_000, 600.0
EVENTS_KEPT = 500  # of one user: an event is asked for once, at once

UNREADABLE = "Who may log in cannot be read just now. Nothing is lost: please try again later."
ELSEWHERE = (
    "This was sent from a page of another address. Open studypath by the address that it is served"
    " at; a proxy in between has to pass on the Host header."
)
REQUESTED = "This is more than a page sends, {} requests at once. Please wait {}."
UPLOADED = "You have added {} links and files in a short time. Please wait {}, then add the next."
CROWDED = "You have {} connections open, and more are not kept: close a tab of studypath."


@dataclass(frozen=True, slots=True)
class Group:
    """Whom a page is served to: the file of users, what each may do, whether a proxy is before."""

    file: Path
    allowed: Allowed
    proxy: bool = False


def door_of(group: Group, home: Path, largest: int) -> "Door":
    """Make the door of a group; raises InputError for a file of users that lets nobody in."""
    roll = Roll(group.file)
    if not roll.users():
        raise InputError(
            f"{group.file} names no users: make some with `studypath users add NAME --auth-file"
            f" {group.file}`"
        )
    logins = Logins(home / FILE, group.allowed.login_hours)
    return Door(roll, logins, group.allowed, largest, proxy=group.proxy)


class Door:
    """Lets in who is logged in; everything in it happens on the server's one loop.

    `largest` is how many bytes an uploaded file may have.
    """

    def __init__(
        self, roll: Roll, logins: Logins, allowed: Allowed, largest: int, *, proxy: bool = False
    ) -> None:
        self._roll, self._logins, self._allowed = roll, logins, allowed
        self._largest, self._proxy = largest + AROUND_FILE, proxy
        self._desk = LoginDesk(roll, logins, self._user)
        self._requests, self._uploads = Limits(REQUESTS), Limits(allowed.uploads)
        self._open: dict[str, int] = {}
        self._events: dict[str, Latest[str, None]] = {}

    @property
    def questions(self) -> Rate:
        """How often each user may ask."""
        return self._allowed.questions

    async def __call__(self, scope: Scope, receive: Receive, send: Send, app: App) -> None:
        """Answer a request, or pass it on as that of its user."""
        try:
            asked = asked_of(scope, behind_proxy=self._proxy)
        except Refused as refused:
            await answer(send, refused.status, refused.words)
            return
        try:
            if not asked.is_ours:
                raise Refused(403, ELSEWHERE)
            if re.match(r"/(?:login|logout)(?:/|$)", asked.path):
                await self._desk.answer(asked, scope, receive, send)
            elif (user := self._user(asked)) is None:
                await turn_away(asked, send)
            else:
                await self._let_in(user, asked, scope, receive, send, app)
        except Refused as refused:
            await refuse(asked, refused, send)
        except InputError:  # of the file of users: nobody is let in without it
            await refuse(asked, Refused(503, UNREADABLE), send)

    def _user(self, asked: Asked, since: float | None = None) -> str | None:
        """Name who is logged in, or was `since`; raises InputError while none can be looked up."""
        now = time.time() if since is None else since
        login = self._logins.find(asked.token, now) if asked.token else None
        user = self._roll.find(login.user) if login else None
        return user.name if user and login and user.mark == login.mark else None

    async def _let_in(
        self, user: str, asked: Asked, scope: Scope, receive: Receive, send: Send, app: App
    ) -> None:
        own = passed_on(scope, asked, user)
        rest = asked.path.removeprefix(GRADIO) or "/" if asked.path.startswith(GRADIO) else ""
        writes = asked.method not in ("GET", "HEAD", "OPTIONS")
        if rest:
            self._check(user, asked, rest)
        elif ELSE.fullmatch(asked.path):
            raise Refused(404, NOT_HERE)
        if writes:
            self._take(self._requests, user, REQUESTED)
        most, patience = JSON_BODY, JSON_PATIENCE
        if writes and UPLOAD.fullmatch(rest):
            self._take(self._uploads, user, UPLOADED)
            most, patience = self._largest, UPLOAD_PATIENCE
        elif writes and rest:
            sent = await whole(receive, asked.length, most, patience)
            own, receive = with_body(own, receive, self._body(user, sent))
        begins = writes and EVENTS.fullmatch(rest)
        began = time.time()
        with self._streaming(user, counted=not writes and bool(STREAMS.fullmatch(rest))):
            await Wire(
                asked,
                receive,
                send,
                most,
                patience,
                lambda: self._is_let_in(user, asked, began),
                (lambda id: self._own_events(user).keep(id, None)) if begins else None,
            ).run(own, app)

    def _check(self, user: str, asked: Asked, rest: str) -> None:
        """Raise Refused for what of Gradio is not there, or belongs to another."""
        reads = READS.fullmatch(rest) if asked.method in ("GET", "HEAD") else None
        if not reads and not (asked.method == "POST" and WRITES.fullmatch(rest)):
            raise Refused(404, NOT_HERE)
        if reads and reads["event"] and reads["event"] not in self._own_events(user):
            raise Refused(404, NOT_HERE)

    def _body(self, user: str, sent: bytes) -> bytes:
        body, written = own_body(user, sent)
        event = body.get("event_id")
        own = isinstance(event, str) and event in self._own_events(user)
        if event is not None and not own:
            raise Refused(404, NOT_HERE)
        data = body.get("data")
        if body.get("fn_name") == "add" and isinstance(data, dict) and ADDED & data.keys():
            self._take(self._uploads, user, UPLOADED)
        return written

    def _take(self, limits: Limits, user: str, words: str) -> None:
        if wait := limits.take(user, time.monotonic()):
            raise Refused(429, words.format(limits.rate.burst, wait_words(wait)), wait)

    def _own_events(self, user: str) -> Latest[str, None]:
        """Give the ids of the events that a user began, the latest of them."""
        return self._events.setdefault(user, Latest(EVENTS_KEPT))

    @contextmanager
    def _streaming(self, user: str, *, counted: bool) -> Iterator[None]:
        if not counted:
            yield
            return
        if self._open.get(user, 0) >= self._allowed.streams:
            raise Refused(429, CROWDED.format(self._allowed.streams))
        self._open[user] = self._open.get(user, 0) + 1
        try:
            yield
        finally:
            self._open[user] -= 1

    def _is_let_in(self, user: str, asked: Asked, began: float) -> bool:
        """Say whether an answer may go on: also past the time of the login it began in."""
        try:
            return self._user(asked, began) == user
        except InputError:
            return False
