"""Logging in and out over HTTP: the form, the password, the cookie.

The token of a login is in a cookie that no script reads and no other site's page sends along; its
form is taken from pages of this server alone (the door looks at Origin).
"""

import asyncio
import time
from collections.abc import Callable

from ingest.errors import InputError
from ui.asked import TOKEN, TOKEN_HTTPS, Asked, Refused
from ui.limits import BY_ADDRESS, BY_NAME, Limits, wait_words
from ui.login_page import EXPIRED, WRONG, after, done_page, login_page
from ui.logins import Logins
from ui.pages import Receive, Scope, Send
from ui.users import Roll, User, is_right, name_of
from ui.wire import answer, fields, go, page, retry, turn_away, whole

LARGEST, PATIENCE = 8_192, 10.0  # bytes of a form, and seconds for it to arrive
# Each try takes 32 MiB and a part of a second of one core: answers need the rest.
HASHED_AT_ONCE, WAITING = 2, 50
NOT_HERE = "There is no such page."
TOO_OFTEN = "There were too many tries that failed. Please wait {}, then try again."
MANY = "Many are logging in just now. Please try again in a minute."


class LoginDesk:
    """Answers `/login` and `/logout`; `whose` names the user of a request, None for nobody."""

    def __init__(self, roll: Roll, logins: Logins, whose: Callable[[Asked], str | None]) -> None:
        self._roll, self._logins, self._whose = roll, logins, whose
        self._by_name, self._by_address = Limits(BY_NAME), Limits(BY_ADDRESS)
        self._hashing, self._waiting = asyncio.Semaphore(HASHED_AT_ONCE), 0

    async def answer(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; raises Refused, and InputError while nobody can be looked up."""
        method = "GET" if asked.method == "HEAD" else asked.method
        match method, asked.path.rstrip("/"):
            case "GET", "/login":
                form = fields(scope.get("query_string", b""))
                await page(send, 200, login_page(then=form.get("then", "/")))
            case "GET", "/login/who":
                user = self._whose(asked)
                await answer(send, 200 if user else 401, {"user": user} if user else EXPIRED)
            case "GET", "/login/done":
                user = self._whose(asked)
                await (page(send, 200, done_page(user)) if user else turn_away(asked, send))
            case "GET", "/logout":  # a link or a reload: leaving takes the button
                await go(send, "/")
            case "POST", "/login":
                await self._log_in(asked, receive, send)
            case "POST", "/logout":
                await self._log_out(asked, send)
            case _:
                raise Refused(404, NOT_HERE)

    async def _log_in(self, asked: Asked, receive: Receive, send: Send) -> None:
        form = fields(await whole(receive, asked.length, LARGEST, PATIENCE))
        typed, then = form.get("username", ""), after(form.get("then", "/"))
        try:
            user = await self._user(typed, form.get("password", ""), asked.address)
        except Refused as refused:
            if not asked.wants_page:
                raise
            html = login_page(refused.words, typed[:64], then)
            await page(send, refused.status, html, retry(refused))
            return
        for old in set(asked.tokens):  # whatever was known before: a login has an id of its own
            await asyncio.to_thread(self._logins.end, old)
        token = await asyncio.to_thread(self._logins.begin, user, time.time())
        https = asked.https or (asked.origin or "").startswith("https://")
        headers = [cookie(token, self._logins.seconds, https=https)]
        if asked.wants_page:
            await go(send, then, headers)
        else:
            await answer(send, 200, {"user": user.name}, headers)

    async def _user(self, typed: str, password: str, address: str) -> User:
        """Find the user of a name and password; raises Refused for none, and for too many tries.

        A try is counted before its password is looked at, so that many at once are many.
        """
        try:
            name = name_of(typed)
        except InputError:
            name = ""
        now = time.monotonic()
        counted = ((self._by_name, name or typed.strip()[:64]), (self._by_address, address))
        waits = [limits.take(key, now) for limits, key in counted]
        if any(waits):
            for (limits, key), wait in zip(counted, waits, strict=True):
                if not wait:
                    limits.give_back(key, now)
            raise Refused(429, TOO_OFTEN.format(wait_words(max(waits))), max(waits))
        user = self._roll.find(name)
        if not await self._is_right(user, password) or user is None:
            raise Refused(401, WRONG)
        for limits, key in counted:
            limits.give_back(key, now)
        return user

    async def _is_right(self, user: User | None, password: str) -> bool:
        if self._waiting >= WAITING:
            raise Refused(503, MANY, 60)
        self._waiting += 1
        try:
            async with self._hashing:
                return await asyncio.to_thread(is_right, user, password)
        finally:
            self._waiting -= 1

    async def _log_out(self, asked: Asked, send: Send) -> None:
        for token in set(asked.tokens):
            await asyncio.to_thread(self._logins.end, token)
        gone = [cookie("", 0, https=https) for https in (False, True)]
        if asked.wants_page:
            await go(send, "/login", gone)
        else:
            await answer(send, 200, {"user": None}, gone)


def cookie(token: str, seconds: int, *, https: bool) -> tuple[bytes, bytes]:
    """Write the header that gives a browser its token, or with 0 seconds takes it away."""
    name = TOKEN_HTTPS if https else TOKEN
    secure = "; Secure" if https else ""
    value = f"{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    return b"set-cookie", value.encode()
