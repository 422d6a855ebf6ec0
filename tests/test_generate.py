"""The wire to language models: protocols, limits, tries, and errors without keys."""

import statistics
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from assistant.generate import Chunk, Endpoint, EngineFailed, Model
from assistant.keys import Key
from assistant.markers import MarkerReader
from assistant.prompts import Message
from assistant.settings import Limits
from tests.model_server import (
    NAME,
    Behaviour,
    ModelServer,
    drip,
    half,
    hang,
    model_server,
    running,
    say,
    serving,
    status,
    vanish,
)

__all__ = ["model_server", "serving"]

PATIENT = Limits(connect=10, read=30, total=60)
HASTY = Limits(connect=10, read=0.3, total=1.2)
MESSAGES = (
    Message("system", "Be short."),
    Message("user", "<passage k7f3qb>\nIt is.\n</passage k7f3qb>"),
)
OLDER = "claude-3-haiku-20240307"
TEXT = "It is so [{0}]. And é is not. "


def model(
    server: ModelServer,
    engine: str = "openai",
    limits: Limits = PATIENT,
    sleep: Callable[[float], None] = lambda seconds: None,
) -> Model:
    url = server.url if engine == "openai" else server.root
    endpoint = Endpoint(engine, url, OLDER if engine == "anthropic" else NAME, Key("k-secret"))
    return Model(endpoint, limits, sleep=sleep)


def read(model: Model, answer_tokens: int = 100) -> tuple[str, str]:
    """Give the whole text and how it ended."""
    chunks = list(model.stream(MESSAGES, answer_tokens))
    return "".join(chunk.text for chunk in chunks), chunks[-1].end


@pytest.mark.parametrize("engine", ["openai", "ollama", "anthropic"])
def test_each_protocol_streams_and_ends(engine: str, model_server: ModelServer) -> None:
    model_server.script(say(TEXT), say(TEXT, end="length"), status(529), say("So."), half(TEXT))
    wire = model(model_server, engine)
    expected = TEXT.replace("{0}", "k7f3qb")
    assert read(wire) == (expected, "stop")
    assert read(wire) == (expected, "length")
    assert read(wire) == ("So.", "stop")
    with pytest.raises(EngineFailed):
        read(wire)
    wire.close()
    model_server.script(say("Again."))
    assert read(wire) == ("Again.", "stop")
    body = model_server.calls[0].body
    assert "Be short." in model_server.calls[0].prompt
    assert 0 in (body.get("temperature"), body.get("options", {}).get("temperature"))
    assert 100 in (body.get("max_tokens"), body.get("options", {}).get("num_predict"))
    wire.close()


def test_a_model_newer_than_the_client_gets_no_temperature(model_server: ModelServer) -> None:
    model_server.script(say("So."))
    endpoint = Endpoint("anthropic", model_server.root, "claude-of-next-year", Key("k-secret"))
    assert read(Model(endpoint, PATIENT)) == ("So.", "stop")
    assert "temperature" not in model_server.calls[0].body


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (status(400, body="no such field"), "answered with status 400 (Error code: 400"),
        (status(401, body="bad key k-secret"), "status 401: it refuses the key"),
        (status(404), "status 404: it does not know the model or the address"),
        (half(TEXT), "failed (RemoteProtocolError"),
        (say(TEXT, end=None), "stopped in the middle of its answer"),
        (status(429, {"Retry-After": "999"}), "status 429: too many requests"),
    ],
)
def test_what_went_wrong_is_said_in_one_line(
    model_server: ModelServer, behave: Behaviour, words: str
) -> None:
    model_server.script(behave)
    with pytest.raises(EngineFailed) as caught:
        read(model(model_server))
    said = str(caught.value)
    assert words in said
    assert "k-secret" not in said
    assert "\n" not in said
    assert len(model_server.calls) == 1


@pytest.mark.parametrize(("behave", "words"), [(hang, "in time"), (drip, "longer than 1.2 s")])
def test_time_is_limited(model_server: ModelServer, behave: Behaviour, words: str) -> None:
    model_server.script(behave)
    wire = model(model_server, limits=HASTY)
    wire._prepare()
    began = time.monotonic()
    with pytest.raises(EngineFailed, match=words):
        read(wire)
    assert time.monotonic() - began < 10


def test_slow_words_are_waited_for_only_so_long(model_server: ModelServer) -> None:
    model_server.script(say(TEXT * 9, pause=0.2))
    with pytest.raises(EngineFailed, match="took longer than"):
        read(model(model_server, limits=HASTY))


def test_tries_wait_longer_each_time_and_as_long_as_they_are_told(
    model_server: ModelServer,
) -> None:
    slept: list[float] = []
    model_server.script(status(500), status(503), say("So."))
    assert read(model(model_server, sleep=slept.append)) == ("So.", "stop")
    first, second = slept
    assert 0.25 <= first <= 0.75
    assert 0.5 <= second <= 1.5
    slept.clear()
    model_server.script(status(429, {"Retry-After": "7"}), say("So."))
    assert read(model(model_server, sleep=slept.append)) == ("So.", "stop")
    assert slept == [7]


def test_a_lost_connection_is_tried_again_and_words_are_not(model_server: ModelServer) -> None:
    model_server.script(vanish, say("So."))
    assert read(model(model_server)) == ("So.", "stop")
    model_server.script(half("Some words. "), say("So."))
    with pytest.raises(EngineFailed):
        read(model(model_server))
    assert len(model_server.calls) == 3


def test_too_long_an_answer_is_left(model_server: ModelServer) -> None:
    model_server.script(say("word " * 5000, size=100))
    text, end = read(model(model_server), answer_tokens=20)
    assert end == "length"
    assert len(text) <= 20 * 8 + 100


def test_nobody_answers() -> None:
    endpoint = Endpoint("openai", "http://127.0.0.1:9/v1", "m", Key())
    with pytest.raises(EngineFailed, match=r"openai \(m\) cannot be reached"):
        read(Model(endpoint, PATIENT, sleep=lambda _: None))


def test_a_chunk_is_a_value() -> None:
    assert Chunk("x") == Chunk("x", "")


@pytest.fixture
def server_apart() -> Iterator[ModelServer]:
    """Serve from a process of its own, so that it does not share our interpreter's lock."""
    import multiprocessing

    context = multiprocessing.get_context("fork")
    near, far = context.Pipe()

    def run() -> None:
        with running(ModelServer()) as fake:
            fake.script(*[say("It is so [k7f3qb]. " * 60, size=4)] * 100)
            far.send(fake.port)
            far.recv()

    process = context.Process(target=run, daemon=True)
    process.start()
    yield ModelServer(port=near.recv())
    near.send("end")
    process.join(5)


@pytest.mark.slow
def test_what_our_path_adds_to_the_raw_call(server_apart: ModelServer) -> None:
    """Measure the wire with a server that answers at once: bare HTTP, our path, with the parser."""
    runs = 15
    wire = model(server_apart)
    body = {
        "model": NAME,
        "messages": [{"role": m.role, "content": m.text} for m in MESSAGES],
        "stream": True,
    }

    def raw() -> float:
        began, first = time.perf_counter(), 0.0
        with client.stream("POST", f"{server_apart.url}/chat/completions", json=body) as answer:
            for _ in answer.iter_lines():
                first = first or time.perf_counter() - began
        return first

    def client_alone() -> float:
        began, first = time.perf_counter(), 0.0
        for words, _ in wire._opener()(MESSAGES, 1000):
            first = first or (time.perf_counter() - began if words else 0.0)
        return first

    def ours() -> float:
        began, first = time.perf_counter(), 0.0
        reader = MarkerReader(("k7f3qb",))
        for chunk in wire.stream(MESSAGES, 1000):
            first = first or time.perf_counter() - began
            reader.feed(chunk.text)
        reader.finish()
        return first

    calls = {"bare HTTP": raw, "llama-index": client_alone, "ours": ours}
    wire._prepare()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    with httpx.Client(trust_env=False) as client:
        for _ in range(runs):
            for name, call in calls.items():  # by turns, so that a busy moment hits all
                began = time.perf_counter()
                first = call()
                found[name].append((1000 * first, 1000 * (time.perf_counter() - began)))
    for name, times in found.items():
        first, full = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"{name}: first token {first:.1f} ms, 285 chunks {full:.1f} ms (medians of {runs})")
    assert statistics.median(first for first, _ in found["ours"]) < 1000
