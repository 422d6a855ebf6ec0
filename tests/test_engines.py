"""Which engines are usable, which one auto takes, and when a failing one is left alone."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.breaker import Breaker
from assistant.engines import (
    NAMES,
    ORDER,
    Engines,
    EngineState,
    choose,
    limits_for,
    usable,
)
from assistant.generate import asked_wait, is_loopback
from assistant.keys import Key
from assistant.settings import Limits, Settings
from ingest.errors import InputError
from tests.model_server import ModelServer, model_server, serving

__all__ = ["model_server", "serving"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def bare(tmp_path: Path) -> Settings:
    """Return settings with nothing configured, on a machine where nothing answers."""
    nothing = f"http://127.0.0.1:{free_port()}"
    return Settings(home=tmp_path, cache=tmp_path, ollama_url=nothing)


@pytest.fixture
def no_remote(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that opens a connection to another machine."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def look_up_here(host: str, *more: object, **named: object) -> object:
        assert host == "127.0.0.1"
        return look_up(host, *more, **named)

    def only_here(self: socket.socket, address: tuple[str, int]) -> None:
        assert address[0] == "127.0.0.1"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)
    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)


def gguf(folder: Path) -> Path:
    path = folder / "small.gguf"
    path.write_bytes(b"GGUF and more")
    return path


def test_with_nothing_configured_quotes_remain(bare: Settings) -> None:
    states = usable(bare)
    assert tuple(state.name for state in states) == ORDER
    assert [state.name for state in states if state.usable] == ["extractive"]
    assert all(state.why for state in states)
    assert choose(bare, "auto").name == "extractive"
    assert set(ORDER) | {"auto"} == set(NAMES)


@pytest.mark.usefixtures("no_remote")
def test_no_other_machine_is_asked(bare: Settings) -> None:
    settings = replace(
        bare,
        base_url="https://models.example/v1",
        ollama_url="http://models.example:11434",
        anthropic_key=Key("k-1234"),
        llm="claude-x",
        api_key=Key("k-5678"),
    )
    states = {state.name: state for state in usable(settings)}
    assert states["openai"].usable
    assert states["anthropic"].usable
    assert states["ollama"].usable
    assert "k-5678" not in repr(states)


def test_a_server_on_this_machine_is_asked(bare: Settings, model_server: ModelServer) -> None:
    named = replace(bare, base_url=model_server.url)
    assert choose(named, "auto").name == "openai"
    assert choose(named, "auto").model == "scripted"
    assert choose(replace(named, llm="other"), "auto").model == "other"
    model_server.models = ()
    assert not choose(named, "openai").usable
    assert not model_server.calls


def test_ollama_with_and_without_its_model(bare: Settings, model_server: ModelServer) -> None:
    model_server.models = ("all-minilm", "small", "large")
    settings = replace(bare, ollama_url=model_server.root)
    assert choose(settings, "auto").model == "small:latest"
    assert choose(replace(settings, llm="large"), "ollama").model == "large:latest"
    missing = choose(replace(settings, llm="huge"), "ollama")
    assert (missing.usable, missing.why) == (False, "it has no model huge: run `ollama pull huge`")
    model_server.models = ("all-minilm",)
    assert not choose(settings, "ollama").usable


OPENAI_KEY, CLAUDE_KEY = Key("o-1234"), Key("a-1234")


@pytest.mark.parametrize(
    ("changes", "taken"),
    [
        ({"api_key": OPENAI_KEY}, "extractive"),
        ({"llm": "gpt-x"}, "extractive"),
        ({"api_key": OPENAI_KEY, "llm": "gpt-x"}, "openai"),
        ({"anthropic_key": CLAUDE_KEY}, "extractive"),
        ({"anthropic_key": CLAUDE_KEY, "llm": "gpt-x"}, "extractive"),
        ({"anthropic_key": CLAUDE_KEY, "llm": "claude-x"}, "anthropic"),
        ({"anthropic_key": CLAUDE_KEY, "api_key": OPENAI_KEY, "llm": "claude-x"}, "anthropic"),
        ({"base_url": "https://models.example/v1", "llm": "m"}, "extractive"),
        ({"base_url": "https://models.example/v1", "llm": "m", "api_key": OPENAI_KEY}, "openai"),
        ({"base_url": "https://models.example/v1", "api_key": OPENAI_KEY}, "extractive"),
        ({"base_url": "http://192.168.1.5:8080/v1", "llm": "m"}, "openai"),
    ],
)
@pytest.mark.usefixtures("no_remote")
def test_auto_takes_no_service_that_was_not_configured(
    bare: Settings, changes: dict[str, object], taken: str
) -> None:
    assert choose(replace(bare, **changes), "auto").name == taken


def test_auto_prefers_what_is_here_to_a_key(bare: Settings, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    settings = replace(bare, gguf=gguf(tmp_path), api_key=OPENAI_KEY, llm="gpt-x")
    assert choose(settings, "auto").name == "local"


def test_a_file_that_is_no_model(bare: Settings, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    other = tmp_path / "notes.gguf"
    assert "cannot be read" in choose(replace(bare, gguf=other), "local").why
    other.write_text("GGML")
    assert "is no GGUF file" in choose(replace(bare, gguf=other), "local").why
    assert "models pull" in choose(bare, "local").why
    assert choose(replace(bare, gguf=gguf(tmp_path)), "local").model == "small"


def test_a_local_model_gets_a_shorter_prompt_and_more_patience(bare: Settings) -> None:
    local, other = EngineState("local", True, ""), EngineState("ollama", True, "")
    assert limits_for(bare, other) == bare.limits
    found = limits_for(bare, local)
    assert found.context < bare.limits.context
    assert found.read == found.total == bare.limits.total
    set_by_hand = replace(bare, limits=Limits(context=5000))
    assert limits_for(set_by_hand, local).context == 5000


def test_an_unknown_engine_is_an_error(bare: Settings) -> None:
    with pytest.raises(InputError, match="there is no engine 'gtp'"):
        Engines(replace(bare, engine="gtp"))
    with pytest.raises(InputError, match="use one of extractive, auto, openai"):
        Engines(bare).chosen("gtp")


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:8080/v1", True),
        ("http://127.8.9.1", True),
        ("http://[::1]:80", True),
        ("http://127.0.0.1.evil.example", False),
        ("http://localhost.evil.example", False),
        ("http://user@evil.example/127.0.0.1", False),
        ("http://10.0.0.1", False),
        ("http://0.0.0.0", False),
    ],
)
def test_what_is_this_machine(url: str, here: bool) -> None:
    assert is_loopback(url) is here


class Answered(Exception):
    """An error with the response that it is about."""

    def __init__(self, retry_after: str) -> None:
        self.response = type("Response", (), {"headers": {"retry-after": retry_after}})


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("3", 3, 3),
        ("0.5", 0.5, 0.5),
        ("", 0, 0),
        ("soon", 0, 0),
        ("-5", 0, 0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        ("Wed, 21 Oct 2215 07:28:00 GMT", 1e9, 1e10),
    ],
)
def test_how_long_the_other_side_asks_to_wait(text: str, least: float, most: float) -> None:
    assert least <= asked_wait(Answered(text)) <= most


# ── the breaker ─────────────────────────────────────────────────────────────────────────────────


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock, failures=3, window=60, pause=30)


def test_it_opens_after_failures_and_lets_one_try_later(clock: Clock, breaker: Breaker) -> None:
    for _ in range(3):
        assert breaker.allows()
        breaker.failed()
        clock.now += 1
    assert not breaker.allows()
    clock.now += 30
    assert breaker.allows()
    assert not breaker.allows()  # one at a time
    breaker.failed()
    clock.now += 29
    assert not breaker.allows()
    clock.now += 1
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert breaker.allows()


def test_failures_far_apart_or_with_successes_between_do_not_open(
    clock: Clock, breaker: Breaker
) -> None:
    for _ in range(10):
        breaker.failed()
        clock.now += 31
        assert breaker.allows()
    for _ in range(10):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
        assert breaker.allows()


def test_a_trial_that_never_ends_does_not_close_it_for_good(clock: Clock, breaker: Breaker) -> None:
    for _ in range(3):
        breaker.failed()
    clock.now += 30
    assert breaker.allows()
    clock.now += 30
    assert breaker.allows()
