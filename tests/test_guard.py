"""The guard of a page that is served to this machine alone."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ui.pages import CHAT_POLICY, USER, Guard, host_of, visitor_of


def answered(host: str, *headers: tuple[bytes, bytes], private: bool = True) -> list[Any]:
    """Ask a guarded page under a name and give what was sent, the request as it arrived first."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        sent.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    named = [(b"host", host.encode()), *headers]
    scope = {"type": "http", "path": "/", "method": "GET", "headers": named}
    # In a thread of its own: a browser test before this one leaves its loop to its thread.
    with ThreadPoolExecutor(1) as pool:
        guard = Guard(app, private=private)
        pool.submit(lambda: asyncio.run(guard(scope, receive, send))).result()
    return sent


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "[::1]:7860", "127.0.0.2"])
def test_this_machine_is_answered(host: str) -> None:
    assert answered(host)[1]["status"] == 200


@pytest.mark.parametrize(
    "host", ["evil.example:7860", "localhost.evil.example", "10.0.0.1", "", "[", "127.0.0.1@evil"]
)
def test_a_name_that_only_leads_here_is_not(host: str) -> None:
    start, body = answered(host)
    assert start["status"] == 421
    assert b"127.0.0.1" in body["body"]
    assert (b"content-security-policy", CHAT_POLICY.encode()) in start["headers"]
    assert answered(host, private=False)[1]["status"] == 200


def test_nobody_is_a_user_by_a_header() -> None:
    scope, *_ = answered("localhost", (USER.encode(), b"anna"), (b"accept", b"*/*"))
    assert scope["headers"] == [(b"host", b"localhost"), (b"accept", b"*/*")]


def test_a_user_is_known_on_each_browser() -> None:
    class Request:
        headers = {USER: "anna", "cookie": f"studypath_visitor={'a' * 32}"}  # noqa: RUF012

    assert visitor_of(Request()) == f"user:anna:{'a' * 32}"
    assert host_of("[::1]:80") == "::1"
