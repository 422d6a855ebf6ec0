"""What surrounds the chat page: the guard on every response, and `/read/<what is ours>`.

Reading pages hold no script at all. The guard is a second wall: pages and models that slip
something past `ui/render.py` still cannot load anything from, or send anything to, another host.
"""

import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from html import escape
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ingest.curriculum import OWN_TITLE, Curriculum, Section
from ingest.errors import StudypathError
from ui.render import href
from ui.safe_html import safe_html
from ui.style import READ_CSS

if TYPE_CHECKING:
    from ui.door import Door
    from ui.keeper import Keeper

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

VISITOR = "studypath_visitor"
REMEMBERED = 400 * 24 * 3600  # seconds: the longest that browsers keep a cookie
USER = "x-studypath-user"  # a header that the door of a group writes, and nobody else
FORWARDED = ("x-forwarded-for", "x-real-ip", "forwarded", "via")  # headers that a proxy adds
# Gradio evaluates its own templates, so its page needs 'unsafe-eval'; nothing may leave the host.
CHAT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:;"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:;"
    " connect-src 'self' data: blob:; frame-src 'none'; object-src 'none'; form-action 'self';"
    " base-uri 'self'; worker-src 'self' blob:; frame-ancestors 'none'"
)
READ_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
LOGIN_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)


class Guard:
    """ASGI middleware: security headers on every response, and a cookie that names the visitor.

    With a `door`, it decides who is let in. Without one the page is this machine's own: `private`
    says that it listens to this machine alone, and then it answers to no other name, so that the
    page of another site cannot pass as ours by a name that leads here (DNS rebinding).
    """

    def __init__(self, app: App, door: "Door | None" = None, *, private: bool = False) -> None:
        self.app, self._door, self._private = app, door, private

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and guard its response."""
        if scope["type"] == "websocket" and self._door:  # nothing of ours speaks by them
            await send({"type": "websocket.close", "code": 4401})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = [
            (b"content-security-policy", policy_of(scope["path"]).encode()),
            # A form has to say where it comes from; other hosts learn nothing of either.
            (b"referrer-policy", b"same-origin" if self._door else b"no-referrer"),
            (b"x-content-type-options", b"nosniff"),
        ]
        if scope["path"] == "/" and not visitor_in(_header(scope, b"cookie")):
            cookie = f"{VISITOR}={secrets.token_hex(16)}; Path=/; HttpOnly; SameSite=Lax"
            cookie += f"; Max-Age={REMEMBERED}"
            headers.append((b"set-cookie", cookie.encode()))

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        if self._door:
            await self._door(scope, receive, guarded, self.app)
        elif self._private and not is_loopback(host_of(_header(scope, b"host"))):
            await misdirected(guarded)
        else:
            own = [(key, value) for key, value in scope["headers"] if key != USER.encode()]
            await self.app({**scope, "headers": own}, receive, guarded)


async def misdirected(send: Send) -> None:
    """Answer a request for a name that is not ours."""
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 421, "headers": headers})
    words = b"studypath: this page is served to this machine alone, as 127.0.0.1 or localhost\n"
    await send({"type": "http.response.body", "body": words})


def policy_of(path: str) -> str:
    """Give the Content-Security-Policy of a page: what it may load, and send where."""
    if path.startswith("/read/"):
        return READ_POLICY
    return LOGIN_POLICY if path.startswith("/login") else CHAT_POLICY


def host_of(header: str) -> str:
    """Give the name in a Host header, without its port; empty for what is no such header."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Say whether an address is reached from this machine alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _header(scope: Scope, name: bytes) -> str:
    return b"; ".join(value for key, value in scope["headers"] if key == name).decode("latin-1")


def visitor_in(cookies: str) -> str:
    """Find the visitor's name in a Cookie header; empty when there is none."""
    found = re.search(rf"(?:^|;\s*){VISITOR}=([0-9a-f]{{32}})(?:;|$)", cookies)
    return found[1] if found else ""


def is_near(request: Any) -> bool:
    """Say whether a request comes from this machine, and through no proxy."""
    if any(request.headers.get(name) for name in FORWARDED):
        return False
    asked = host_of(request.headers.get("host") or "localhost")
    client = getattr(request.client, "host", "") if getattr(request, "client", None) else ""
    return is_loopback(asked) and (not client or is_loopback(client))


def visitor_of(request: Any) -> str:
    """Name the visitor of a request: by cookie, else by page load, else by a name used once.

    "far:" stands before the name of one who comes from elsewhere, whatever the page is served on;
    one who is logged in is "user:" and their name, then the browser's cookie.
    """
    visitor = visitor_in(request.headers.get("cookie") or "")
    user = request.headers.get(USER)  # the guard takes away what others write there
    if user:
        return f"user:{user}:{visitor}"
    if visitor:
        return visitor if is_near(request) else f"far:{visitor}"
    session = getattr(request, "session_hash", None)
    # No name that a cookie could have: who has none of ours is no learner.
    return f"page:{session}" if session else f"once:{secrets.token_hex(16)}"


def read_page(keeper: "Keeper", section_id: str) -> tuple[int, str]:
    """Write the page of one section: our note, when there is one, and its place in the path.

    `added-<id>` is the page of a file that the learner added. Returns the HTTP status and the HTML.
    """
    if not re.fullmatch(r"[\w-]{1,200}", section_id):
        return 404, _page("Not found", "<h1>There is no such section.</h1>")
    if section_id.startswith("added-"):
        return _read_addition(keeper, section_id.removeprefix("added-"))
    try:
        note = keeper.document(f"note/{section_id}")
        card = keeper.document(f"path/{section_id}")
        curriculum = keeper.curriculum
    except StudypathError as error:
        return 503, _page("Not ready", f"<h1>Not ready yet</h1><p>{escape(str(error))}</p>")
    section = _find(curriculum, section_id)
    if note is None and card is None and section is None:
        return 404, _page("Not found", "<h1>There is no such section in your path.</h1>")
    parts = []
    title = note[0] if note else section.title if section else card[0] if card else section_id
    if curriculum and section:
        parts.append(f'<p class="meta">{escape(curriculum.place(section_id))}</p>')
    if note:
        parts.append(safe_html(note[1], note[2]))
    if section:
        parts.append(_section_html(section, own_title=note is None))
    elif card:
        parts.append(safe_html(card[1], card[2]))
    return 200, _page(title, "".join(parts))


def _read_addition(keeper: "Keeper", id: str) -> tuple[int, str]:
    try:
        held = keeper.document(f"added/{id}")
    except StudypathError as error:
        return 503, _page("Not ready", f"<h1>Not ready yet</h1><p>{escape(str(error))}</p>")
    if held is None:
        return 404, _page("Not found", "<h1>There is no such file among what you added.</h1>")
    title, text, anchors = held
    heading = "" if text.startswith("# ") else f"<h1>{escape(title)}</h1>"
    body = f'<p class="meta">{escape(OWN_TITLE)}</p>{heading}{safe_html(text, anchors)}'
    return 200, _page(title, body)


def _find(curriculum: Curriculum | None, section_id: str) -> Section | None:
    if curriculum is None:
        return None
    every = (*curriculum.sections, curriculum.general)
    return next((section for section in every if section.id == section_id), None)


def _section_html(section: Section, *, own_title: bool) -> str:
    heading = f"<h1>{escape(section.title)}</h1>" if own_title else "<h2>In your path</h2>"
    concept = f"<p>{escape(section.concept)}</p>" if section.concept else ""
    lists = (
        _list_html("Topics", [escape(topic.text) for topic in section.topics]),
        _list_html("To do", [escape(exercise.text) for exercise in section.exercises]),
        _list_html(
            "Resources",
            [
                f"{escape(resource.kind.capitalize())}: {_linked(resource.title, resource.url)}"
                for resource in section.resources
            ],
        ),
    )
    return f"<section>{heading}{concept}{''.join(lists)}</section>"


def _list_html(heading: str, items: list[str]) -> str:
    if not items:
        return ""
    return f"<h3>{heading}</h3><ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def _linked(title: str, url: str | None) -> str:
    link = href(url) if url else None
    if not link:
        return escape(title)
    return f'<a href="{escape(link)}" rel="noopener noreferrer">{escape(title)}</a>'


def problem_page(title: str, words: str) -> str:
    """Write a page that says in one sentence why there is nothing to read."""
    return _page(title, f"<h1>{escape(title)}</h1><p>{escape(words)}</p>")


def _page(title: str, body: str) -> str:
    back = '<p><a href="/">← studypath</a></p>'
    return whole_page(title, READ_CSS, f'<main class="reading">{back}{body}</main>')


def whole_page(title: str, css: str, main: str) -> str:
    """Write a page of ours, which stands beside Gradio's."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · studypath</title><style>{css}</style></head>"
        f"<body>{main}</body></html>"
    )
