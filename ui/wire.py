"""What the door sends by itself, and how it holds the two ends of a request that it lets through.

A body that is too large or too slow is cut off, and so is a stream whose user is let in no more.
"""

import asyncio
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, quote

from ui.asked import Asked, Refused
from ui.login_page import AFTER, EXPIRED, told_page
from ui.pages import App, Message, Receive, Scope, Send

Headers = Sequence[tuple[bytes, bytes]]

DOOR = (b"x-studypath-door", b"1")  # tells the page's script that an answer is to be shown
SHOWN = (401, 408, 413, 429, 503)
NO_STORE = (b"cache-control", b"no-store")
STATIC = ("/assets/", "/static/")  # the same for everybody, named by their content
IDLE = 30.0  # seconds without a byte of a body
LOOK_AGAIN = 1.0  # seconds after which a stream asks whether its user is still let in
HEARD = 65_536  # bytes of an answer that is read on its way
PARTS = 20  # files that come at once
TOO_MANY = f"This is more than studypath takes at once: send up to {PARTS} files, then the next."
TOO_MUCH = "This is more than studypath takes at once, {:.0f} MB. Nothing was kept of it."
TOO_SLOW = "What was sent did not arrive in time. Nothing was kept of it: please try again."


# ── the door's own answers ──────────────────────────────────────────────────────────────────────


async def answer(
    send: Send, status: int, told: str | Mapping[str, object], headers: Headers = ()
) -> None:
    """Answer with a sentence or an object, as JSON."""
    body = json.dumps({"detail": told} if isinstance(told, str) else told).encode()
    shown = [DOOR] if status in SHOWN else []
    await _whole(send, status, b"application/json", body, [*shown, *headers])


async def page(send: Send, status: int, html: str, headers: Headers = ()) -> None:
    """Answer with a page of ours."""
    await _whole(send, status, b"text/html; charset=utf-8", html.encode(), headers)


async def go(send: Send, place: str, headers: Headers = ()) -> None:
    """Send a browser to another page of ours."""
    await _whole(send, 303, b"text/plain", b"", [(b"location", place.encode()), *headers])


async def _whole(send: Send, status: int, kind: bytes, body: bytes, headers: Headers) -> None:
    length = str(len(body)).encode()
    first = [(b"content-type", kind), (b"content-length", length), NO_STORE, *headers]
    await send({"type": "http.response.start", "status": status, "headers": first})
    await send({"type": "http.response.body", "body": body})


async def refuse(asked: Asked, refused: Refused, send: Send) -> None:
    """Say why a request is not answered, as a page or as JSON."""
    if asked.wants_page:
        title = "This did not work" if refused.status != 404 else "Not found"
        await page(send, refused.status, told_page(title, refused.words), retry(refused))
    else:
        await answer(send, refused.status, refused.words, retry(refused))


def retry(refused: Refused) -> Headers:
    """Tell programs when to come again."""
    seconds = str(math.ceil(refused.wait)).encode()
    return [(b"retry-after", seconds)] if refused.wait else []


async def turn_away(asked: Asked, send: Send) -> None:
    """Send somebody without a login to where there is one; programs are told by the status."""
    if not asked.wants_page or asked.method not in ("GET", "HEAD"):
        await answer(send, 401, EXPIRED)
    elif asked.path == "/" or not AFTER.fullmatch(asked.path):
        await go(send, "/login")
    else:
        await go(send, f"/login?then={quote(asked.path)}")


def fields(sent: bytes) -> dict[str, str]:
    """Read a form, or a query; raises Refused for one that no page of ours sends."""
    try:
        found = parse_qs(
            sent.decode("ascii"), keep_blank_values=True, max_num_fields=10, errors="strict"
        )
    except ValueError as error:
        raise Refused(400, "This form cannot be read: load the page again.") from error
    return {name: values[-1] for name, values in found.items()}


async def whole(receive: Receive, length: int, most: int, patience: float) -> bytes:
    """Read a body that has to be small and to come soon; raises Refused."""
    if length > most:
        raise too_much(most)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(patience):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refused(400, TOO_SLOW)
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > most:
                    raise too_much(most)
                if not message.get("more_body"):
                    return b"".join(parts)
    except TimeoutError:
        raise Refused(408, TOO_SLOW) from None


def too_much(most: int) -> Refused:
    """Say how much there may be."""
    return Refused(413, TOO_MUCH.format(max(1.0, most / 1_000_000)))


# ── a request that is let through ───────────────────────────────────────────────────────────────


class Wire:
    """Both ends of one request: its body within bounds, its answer kept by no cache."""

    def __init__(
        self,
        asked: Asked,
        receive: Receive,
        send: Send,
        most: int,
        patience: float,
        is_let_in: Callable[[], bool],
        hear: Callable[[str], None] | None = None,
    ) -> None:
        self._asked, self._receive, self._send = asked, receive, send
        self._most, self._until = most, time.monotonic() + patience
        self._is_let_in, self._hear = is_let_in, hear
        self._arrived, self._complete, self._started, self._closed = 0, False, False, False
        self._streams, self._looked = False, time.monotonic()
        self._heard, self._parts, self._tail = b"", 0, b""

    async def run(self, scope: Scope, app: App) -> None:
        """Have the app answer; what it raises when it was cut off is nobody's business."""
        if self._asked.length > self._most:
            raise too_much(self._most)
        try:
            await app(scope, self.receive, self.send)
        except Exception:
            if not self._closed:
                raise

    async def receive(self) -> Message:
        """Give the app the next part of the body, or the end of the connection."""
        if self._closed:
            return {"type": "http.disconnect"}
        if self._complete:
            return await self._receive()
        left = min(IDLE, max(0.01, self._until - time.monotonic()))
        try:
            async with asyncio.timeout(left):
                message = await self._receive()
        except TimeoutError:
            return await self._cut(Refused(408, TOO_SLOW))
        self._arrived += len(message.get("body", b""))
        self._complete = not message.get("more_body")
        if self._arrived > self._most:
            return await self._cut(too_much(self._most))
        if self._count(message.get("body", b"")) > PARTS + 1:  # the last one ends the form
            return await self._cut(Refused(413, TOO_MANY))
        return message

    def _count(self, body: bytes) -> int:
        """Count the parts of a form so far, also where a boundary is cut in two."""
        mark = self._asked.boundary
        if mark:
            seen = self._tail + body
            self._parts += seen.count(mark)
            rest = seen[seen.rfind(mark) + len(mark) :] if mark in seen else seen
            self._tail = rest[-(len(mark) - 1) :]
        return self._parts

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer."""
        if self._closed:
            return
        if message["type"] == "http.response.start":
            self._started = True
            message = {**message, "headers": self._headers(message.get("headers", ()))}
        elif self._streams and not self._look():
            self._closed = True
            message = {"type": "http.response.body", "body": b""}
        elif self._hear:
            self._listen(message)
        await self._send(message)

    def _headers(self, headers: Headers) -> Headers:
        self._streams = any(
            key.lower() == b"content-type" and value.startswith(b"text/event-stream")
            for key, value in headers
        )
        if self._asked.path.startswith(STATIC):
            return list(headers)
        return [(k, v) for k, v in headers if k.lower() != b"cache-control"] + [NO_STORE]

    def _look(self) -> bool:
        now = time.monotonic()
        if now - self._looked < LOOK_AGAIN:
            return True
        self._looked = now
        return self._is_let_in()

    def _listen(self, message: Message) -> None:
        """Read the id of an event in an answer that starts one."""
        self._heard = (self._heard + message.get("body", b""))[:HEARD]
        if not message.get("more_body") and self._hear:
            with suppress(ValueError, RecursionError):
                told: Any = json.loads(self._heard)
                if isinstance(told, dict) and isinstance(told.get("event_id"), str):
                    self._hear(told["event_id"])

    async def _cut(self, refused: Refused) -> Message:
        if not self._started:
            await refuse(self._asked, refused, self._send)
        self._closed = True
        return {"type": "http.disconnect"}
