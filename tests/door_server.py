"""A door on a real port, with an app behind it that tells what it was asked."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from ui.door import Door
from ui.limits import Allowed
from ui.logins import Logins
from ui.pages import Guard
from ui.users import Cost, Roll, changed, made

USUAL = Allowed()
QUICK = Cost(n=2, r=1, p=1)
PASSWORDS = {"anna": "correct horse anna", "bert": "correct horse bert"}


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Tell in JSON what arrived; `/gradio_api/queue/data` streams until nobody listens."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the browser went away")
        body += message.get("body", b"")
        more = message.get("more_body", False)
    streams = scope["path"].endswith("/queue/data")
    kind = b"text/event-stream" if streams else b"application/json"
    headers = [(b"content-type", kind), (b"cache-control", b"max-age=60")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    gone = asyncio.create_task(receive()) if streams else None
    while gone and not gone.done():
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        await asyncio.sleep(0.1)
    told: dict[str, Any] = {
        "path": scope["path"],
        "scheme": scope["scheme"],
        "query": scope["query_string"].decode(),
        "headers": {key.decode(): value.decode("latin-1") for key, value in scope["headers"]},
        "body": body.decode("latin-1")[:2_000],
        "length": len(body),
    }
    if scope["path"].endswith(("/queue/join", "/call/ask")):
        told["event_id"] = f"event-of-{told['headers']['x-studypath-user']}"
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})


@dataclass(frozen=True, slots=True)
class Doorway:
    """An address, the file of its users, and who can be let in."""

    url: str
    file: Path
    logins: Path

    @contextmanager
    def client(self, user: str = "", **headers: str) -> Iterator[httpx.Client]:
        """Give a client, logged in when it is to be a user."""
        with httpx.Client(
            base_url=self.url, headers=headers, trust_env=False, timeout=30
        ) as client:
            if user:
                assert self.log_in(client, user).status_code == 200
            yield client

    def token(self, user: str) -> str:
        """Log a user in and give the token."""
        with self.client(user) as client:
            return client.cookies["studypath_login"]

    def log_in(self, client: httpx.Client, user: str, password: str = "", **more: Any) -> Any:
        """Log in as a program does."""
        form = {"username": user, "password": password or PASSWORDS.get(user, "")}
        return client.post("/login", data=form, **more)


@contextmanager
def doorway(
    folder: Path, allowed: Allowed = USUAL, *, proxy: bool = False, largest: int = 1_000
) -> Iterator[Doorway]:
    """Serve a door with two users, whose hashes are quick."""
    file = folder / "users"
    with changed(file) as known:
        for name, password in PASSWORDS.items():
            known[name] = made(name, password, b"s" * 16, QUICK)
    logins = folder / "logins.json"
    door = Door(Roll(file), Logins(logins, allowed.login_hours), allowed, largest, proxy=proxy)
    config = uvicorn.Config(
        Guard(echo, door), port=0, log_level="critical", proxy_headers=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Doorway(f"http://127.0.0.1:{port}", file, logins)
    finally:
        server.should_exit = server.force_exit = True
        thread.join(timeout=10)
