"""A language model on this machine that says what a test scripted, over real HTTP.

    from tests.model_server import ModelServer, model_server, say, status

    def test_something(model_server: ModelServer) -> None:
        model_server.script(status(429, {"Retry-After": "0"}), say("It is so [{0}]."))
        settings = replace(settings, engine="openai", base_url=model_server.url, llm="scripted")

It speaks the OpenAI protocol (`/v1/chat/completions`, streamed and plain, `/v1/models`), as much of
Ollama's (`/api/tags`, `/api/chat`) and of Anthropic's (`/v1/messages`) as their clients need. In
a scripted text `{0}`, `{1}` … stand for the ids of the passages in the prompt, in their order.
"""

import json
import re
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

NAME = "scripted"
PASSAGE = re.compile(r"<passage (\w+)>\n(.*?)\n</passage \1>", re.S)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that arrived."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, object]

    @property
    def prompt(self) -> str:
        """All messages, one after the other."""
        messages = list(self.body.get("messages", ()))
        texts = [self.body.get("system", ""), *(m["content"] for m in messages)]
        return "\n\n".join(t if isinstance(t, str) else json.dumps(t) for t in texts)

    @property
    def passages(self) -> dict[str, str]:
        """The passages of the prompt by their ids."""
        text = self.prompt
        if r"<passage" in text and "\\n" in text and not PASSAGE.search(text):
            text = text.encode().decode("unicode_escape")
        return dict(PASSAGE.findall(text))


class Exchange(BaseHTTPRequestHandler):
    """One request being answered."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # each stretch goes out at once
    server: "_Server"
    asked: Asked

    def given(self) -> dict[str, str]:
        """The headers, their names in lower case."""
        return {name.lower(): value for name, value in self.headers.items()}

    def do_GET(self) -> None:
        self.server.fake.asked.append(Asked(self.path, self.given(), {}))
        if self.path == "/api/tags":
            self.whole(200, {"models": [{"name": f"{n}:latest"} for n in self.server.fake.models]})
        elif self.path == "/v1/models":
            self.whole(200, {"data": [{"id": n} for n in self.server.fake.models]})
        else:
            self.whole(404, {"error": "no such place"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked = Asked(self.path, self.given(), body)
        fake = self.server.fake
        with fake.lock:
            fake.asked.append(self.asked)
            behave = fake.queue.popleft() if fake.queue else status(500, {}, "nothing is scripted")
        with suppress(OSError):  # whoever asked has gone away
            behave(self)

    def whole(self, code: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        """Send a whole answer."""
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(code)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def begin(self) -> None:
        """Begin an answer that is streamed in chunks."""
        self.send_response(200)
        kind = "application/x-ndjson" if self.path == "/api/chat" else "text/event-stream"
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def send(self, text: str) -> None:
        """Send one stretch as it is."""
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


Behaviour = Callable[[Exchange], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, fake: "ModelServer") -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.fake = fake
        self.closing = threading.Event()

    def handle_error(self, *_: object) -> None:
        pass  # a client that went away is part of the tests


@dataclass(slots=True)
class ModelServer:
    """The server and what was asked of it."""

    queue: deque[Behaviour] = field(default_factory=deque)
    asked: list[Asked] = field(default_factory=list)
    models: tuple[str, ...] = (NAME,)
    lock: threading.Lock = field(default_factory=threading.Lock)
    port: int = 0

    def script(self, *behaviours: Behaviour) -> None:
        """Say what the next calls get, in order."""
        self.queue.extend(behaviours)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.root}/v1"

    @property
    def calls(self) -> list[Asked]:
        """The requests for an answer."""
        return [asked for asked in self.asked if asked.body]


@contextmanager
def running(fake: ModelServer) -> Iterator[ModelServer]:
    """Serve until the block ends."""
    server = _Server(fake)
    fake.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield fake
    server.closing.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def serving() -> Iterator[ModelServer]:
    """Serve until the tests end."""
    with running(ModelServer()) as fake:
        yield fake


@pytest.fixture
def model_server(serving: ModelServer) -> ModelServer:
    """Return the server, with nothing scripted and nothing asked."""
    serving.queue.clear()
    serving.asked.clear()
    serving.models = (NAME,)
    return serving


# ── behaviours ──────────────────────────────────────────────────────────────────────────────────


def filled(text: str, asked: Asked) -> str:
    """Put the ids of the prompt's passages into a text."""
    ids = list(asked.passages)
    return re.sub(r"\{(\d)\}", lambda m: ids[int(m[1])] if int(m[1]) < len(ids) else "zz9zz9", text)


def say(
    text: str, *, size: int = 9, end: str | None = "stop", whole: bool = False, pause: float = 0.0
) -> Behaviour:
    """Answer with a text, in stretches of `size` letters; `end` None leaves the end out."""

    def behave(exchange: Exchange) -> None:
        words = filled(text, exchange.asked)
        if whole or exchange.asked.body.get("stream") is False:
            choice = {"index": 0, "message": {"role": "assistant", "content": words}}
            body = {**frame(), "choices": [{**choice, "finish_reason": end}]}
            exchange.whole(200, {**body, "object": "chat.completion"})
            return
        exchange.begin()
        for line in lines_of(exchange.path, words, size, end):
            exchange.send(line)
            if pause and exchange.server.closing.wait(pause):
                return
        exchange.send("")

    return behave


def frame() -> dict[str, object]:
    return {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": NAME}


def lines_of(path: str, words: str, size: int, end: str | None) -> Iterator[str]:
    """Write a streamed answer in the protocol of a path."""
    parts = [words[i : i + size] for i in range(0, len(words), size)]
    if path == "/api/chat":
        for part in parts:
            message = {"role": "assistant", "content": part}
            yield json.dumps({"model": NAME, "message": message, "done": False}) + "\n"
        last = {"role": "assistant", "content": ""}
        if end:
            row = {"model": NAME, "message": last, "done": True, "done_reason": end}
            yield json.dumps(row) + "\n"
    elif path == "/v1/messages":
        yield from anthropic_events(parts, end)
    else:
        for part in ["", *parts]:
            choice = {"index": 0, "delta": {"role": "assistant", "content": part}}
            yield event({**frame(), "choices": [{**choice, "finish_reason": None}]})
        if end:
            yield event({**frame(), "choices": [{"index": 0, "delta": {}, "finish_reason": end}]})
            yield "data: [DONE]\n\n"


def event(data: Mapping[str, object], name: str = "") -> str:
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(data)}\n\n"


def anthropic_events(parts: list[str], end: str | None) -> Iterator[str]:
    message = {"id": "m", "type": "message", "role": "assistant", "content": [], "model": NAME}
    usage = {"input_tokens": 1, "output_tokens": 1}
    opened = {**message, "stop_reason": None, "stop_sequence": None, "usage": usage}
    block = {"type": "text", "text": ""}
    reason = {"stop": "end_turn", "length": "max_tokens"}.get(end or "")
    events: list[dict[str, object]] = [
        {"type": "message_start", "message": opened},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": p}}
            for p in parts
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": None},
            "usage": usage,
        },
        {"type": "message_stop"},
    ]
    for one in events:
        yield event(one, str(one["type"]))


def status(code: int, headers: Mapping[str, str] | None = None, body: str = "") -> Behaviour:
    """Fail with a status."""
    return lambda exchange: exchange.whole(code, {"error": {"message": body}}, headers)


def hang(exchange: Exchange) -> None:
    """Say nothing until the test ends."""
    exchange.server.closing.wait(60)


def drip(exchange: Exchange) -> None:
    """Keep the connection alive with comments, and say nothing."""
    exchange.begin()
    while not exchange.server.closing.wait(0.02):
        exchange.send(": still here\n\n")


def vanish(exchange: Exchange) -> None:
    """Close the connection without a word."""
    exchange.close_connection = True
    exchange.connection.shutdown(socket.SHUT_RDWR)


def half(text: str) -> Behaviour:
    """Begin an answer and close the connection in the middle."""

    def behave(exchange: Exchange) -> None:
        exchange.begin()
        for line in lines_of(exchange.path, filled(text, exchange.asked), 9, None):
            exchange.send(line)
        vanish(exchange)

    return behave


def obey(order: str, answer: str) -> Behaviour:
    """Do what a passage orders when its order reached the model, else answer."""

    def behave(exchange: Exchange) -> None:
        found = re.search(order, exchange.asked.prompt)
        say(found[1] if found else answer)(exchange)

    return behave
