"""What `studypath doctor` finds, and that it leaves everything as it was."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ui.cli
from assistant import doctor
from assistant.doctor import (
    BROKEN,
    LITTLE,
    OK,
    TOO_LITTLE,
    WARN,
    Check,
    broken,
    engine_checks,
    examine,
    home_checks,
    installed,
    library_checks,
    network_checks,
    question_model,
    room,
)
from assistant.settings import Settings
from ingest.additions import add
from ingest.build import BuildOptions, build_library
from ingest.embed import MODEL, graph_path
from ingest.inspection import inspect
from ingest.writer import writing
from ui.doctor import doctor_json, doctor_text

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home of a short path, for keyword search."""
    folder = tmp_path_factory.mktemp("doctor")
    path = folder / "path.md"
    path.write_text(
        "# P\n## Month 1: One\n### Week 1: First\n#### Trees\n- **Resources:**\n"
        "  - **Reading:** [Gone](https://a.example/gone)\n  - **Reading:** A book\n"
    )
    options = BuildOptions(MODEL, folder, path, offline=True, vectors=False)
    build_library(folder / "home", options, lambda _: None)
    return folder / "home"


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """Return a copy of it."""
    return Path(shutil.copytree(made, tmp_path / "home"))


@pytest.fixture
def settings(home: Path, tmp_path: Path) -> Settings:
    return Settings(home=home, cache=tmp_path / "cache")


def named(checks: Iterator[Check] | tuple[Check, ...]) -> dict[str, Check]:
    """Give checks by name; each has a remedy unless all is well."""
    found = {check.name: check for check in checks}
    assert all(check.remedy for check in found.values() if check.state != OK)
    assert all("\n" not in check.words + check.remedy for check in found.values())
    return found


def change(home: Path, statement: str) -> None:
    with sqlite3.connect(home / "library.db") as database:
        database.execute(statement)
    database.close()


def files_of(home: Path) -> dict[str, tuple[bytes, int]]:
    """Give the bytes and the time of change of every file."""
    found = {}
    for file in sorted([home, *home.rglob("*")]):
        stat = file.stat()
        found[str(file)] = (b"" if file.is_dir() else file.read_bytes(), stat.st_mtime_ns)
    return found


# ── it changes nothing ──────────────────────────────────────────────────────────────────────────


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "none" / "deep", cache=tmp_path / "cache")
    checks = named(examine(settings, NOW))
    assert list(tmp_path.iterdir()) == []
    assert checks["library"].state == WARN
    assert "studypath ingest" in checks["library"].remedy
    assert checks["home"].state == OK
    assert "not there yet" in checks["home"].words


@pytest.mark.parametrize("how", ["closed", "open", "killed", "copied"])
def test_a_home_is_only_looked_at(home: Path, settings: Settings, how: str) -> None:
    """Also one whose writer is at work, or was killed, with and without SQLite's index."""
    writer = sqlite3.connect(home / "library.db")
    if how != "closed":
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT OR REPLACE INTO meta VALUES ('embedded', '77')")
        writer.commit()
    looked_at = home
    if how in ("killed", "copied"):
        looked_at = Path(shutil.copytree(home, home.parent / "left"))
        if how == "copied":
            (looked_at / "library.db-shm").unlink()
    before = files_of(looked_at)
    if how == "open":  # in a process of its own: within one, SQLite shares its index
        code = "import sys; from pathlib import Path; from ingest.inspection import inspect;"
        code += "print(inspect(Path(sys.argv[1])).facts['embedded'])"
        command = [sys.executable, "-c", code, str(home)]
        assert subprocess.check_output(command, text=True, cwd=ROOT) == "77\n"
        assert files_of(home) == before
    else:
        facts = inspect(looked_at).facts
        assert facts.get("embedded") == (None if how == "closed" else "77")
        named(library_checks(Settings(looked_at, settings.cache), NOW))
        named(home_checks(looked_at))
        assert files_of(looked_at) == before
    writer.close()


# ── what is wrong with a home ───────────────────────────────────────────────────────────────────


def test_a_sound_home_without_vectors(home: Path, settings: Settings) -> None:
    checks = named(library_checks(settings, NOW))
    assert [name for name, check in checks.items() if check.state != OK] == ["vectors"]
    assert "reindex" in checks["vectors"].remedy
    assert "generation 1" in checks["library"].words
    assert "1 not-in-archive" in checks["ledger"].words
    change(home, "INSERT OR REPLACE INTO meta VALUES ('vectors', 'vectors-1'), ('vectors_for', 1)")
    assert named(library_checks(settings, NOW))["vectors"].state == BROKEN
    (home / "vectors-1").mkdir()
    assert named(library_checks(settings, NOW))["vectors"].state == OK


def test_a_library_that_cannot_be_read(home: Path, settings: Settings) -> None:
    for content in (b"no database", (home / "library.db").read_bytes()[:9000]):
        (home / "library.db").write_bytes(content)
        (check,) = library_checks(settings, NOW)
        assert (check.name, check.state) == ("library", BROKEN)
        assert "move it away" in check.remedy


@pytest.mark.parametrize(
    ("statement", "name", "state", "words"),
    [
        ("UPDATE meta SET value = '99' WHERE key = 'schema'", "library", BROKEN, "layout 99"),
        ("DELETE FROM meta WHERE key = 'generation'", "library", WARN, "has not finished"),
        ("UPDATE meta SET value = 'other' WHERE key = 'model'", "model", BROKEN, "with other"),
        ("UPDATE resources SET status = 'postponed'", "ledger", WARN, "postponed"),
        ("UPDATE resources SET fetched_at = '2026-01-02T03:04:05Z'", "age", WARN, "328 days"),
        ("UPDATE resources SET fetched_at = '2026-11-02T03:04:05Z'", "age", OK, "24 days"),
        ("UPDATE resources SET fetched_at = 'yesterday'", "age", OK, "nothing was read"),
        ("UPDATE meta SET value = '7' WHERE key = 'generation'", "library", BROKEN, "keywords-7"),
    ],
)
def test_what_the_record_says(
    home: Path, settings: Settings, statement: str, name: str, state: str, words: str
) -> None:
    change(home, statement)
    check = named(library_checks(settings, NOW))[name]
    assert (check.state, words in check.words) == (state, True), check


def test_a_list_of_additions_that_is_damaged(home: Path, settings: Settings) -> None:
    add(home, "https://a.example/x")
    assert named(library_checks(settings, NOW))["additions"].words == "1 of your own"
    (home / "additions.json").write_text("{")
    assert named(library_checks(settings, NOW))["additions"].state == BROKEN


def test_a_writer_at_work_is_seen_and_not_hindered(home: Path) -> None:
    assert named(home_checks(home))["write lock"].state == OK
    held, go = threading.Event(), threading.Event()

    def write() -> None:
        with writing(home):
            held.set()
            go.wait(10)

    thread = threading.Thread(target=write)
    thread.start()
    assert held.wait(10)
    assert named(home_checks(home))["write lock"].state == WARN
    go.set()
    thread.join()
    assert named(home_checks(home))["write lock"].state == OK


def test_a_home_that_cannot_be_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda place, mode: False)
    check = named(home_checks(home))["home"]
    assert (check.state, "cannot be written" in check.words) == (BROKEN, True)


@pytest.mark.parametrize(
    ("free", "state"), [(LITTLE, OK), (LITTLE - 1, WARN), (TOO_LITTLE, WARN), (0, BROKEN)]
)
def test_a_disk_that_is_nearly_full(free: int, state: str) -> None:
    assert room(Path("/x"), free).state == state


def test_the_question_model(settings: Settings) -> None:
    assert question_model(settings).state == WARN
    settings.cache.mkdir()
    graph = graph_path(settings.model, settings.cache)
    graph.write_bytes(b"x")
    assert question_model(settings) == Check("question model", OK, str(graph))


# ── what is installed ───────────────────────────────────────────────────────────────────────────


def test_packages_and_optional_groups() -> None:
    required = ("httpx>=0.28", "torch>=2.13", "fast; extra == 'local'", "slow>1 ; extra=='eval'")
    there = {"httpx": "0.28.1", "fast": "1"}
    checks = named(installed((3, 11), required, lambda name: there.get(name, "")))
    assert checks["python"].state == OK
    assert (checks["packages"].state, checks["packages"].words) == (BROKEN, "not installed: torch")
    assert "pip install torch" in checks["packages"].remedy
    assert checks["optional: local"] == Check("optional: local", OK, "fast")
    assert checks["optional: eval"].remedy == "pip install 'studypath[eval]'"
    checks = named(installed((3, 10), required, lambda name: "2.0"))
    assert checks["python"].state == BROKEN
    assert "httpx 2.0" in checks["packages"].words


def test_what_is_really_installed() -> None:
    checks = named(installed((3, 12), doctor.requirements(), doctor.version_of))
    assert checks["packages"].state == OK
    assert "trafilatura" in checks["packages"].words


# ── what can be reached ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class State:
    name: str
    usable: bool
    why: str


def test_the_engine_that_is_configured_should_answer() -> None:
    states = (State("extractive", True, "quotes"), State("ollama", False, "nothing answers"))
    assert not [c for c in engine_checks("extractive", states) if c.state != OK]
    checks = named(engine_checks("ollama", states))
    assert checks["engine: ollama"].state == WARN
    assert "nothing answers" in checks["engine: ollama"].words
    checks = named(engine_checks("gpt", states))
    assert checks["engine"].state == BROKEN
    assert "extractive, ollama, auto" in checks["engine"].remedy
    assert "engine" not in named(engine_checks("auto", states))


@contextmanager
def listening() -> Iterator[int]:
    """Listen at a port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_that_answers() -> None:
    with listening() as port:
        assert doctor.answers("127.0.0.1", port)
    assert not doctor.answers("127.0.0.1", port)


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_a_contact_is_told_only_when_it_may_be(contact: str) -> None:
    check = named(network_checks(contact, {}))["contact"]
    assert (check.state == BROKEN) == ("is no contact" in check.words)
    if check.state == BROKEN and len(contact) > 9:
        assert contact not in check.words + check.remedy


def test_no_secret_is_repeated(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    secret = "s3cr3t-w0rd"
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "STUDYPATH_API_KEY", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, secret)
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{secret}@proxy.example:8080")
    contact = f"https://me:{secret}@a.example/"
    checks = examine(Settings(settings.home, settings.cache, contact=contact), NOW)
    assert secret not in doctor_text(checks) + json.dumps(doctor_json(checks))
    found = named(checks)
    assert found["contact"].state == BROKEN
    assert found["network"].state == WARN


def test_nobody_outside_is_asked(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    reached: list[object] = []
    connect = socket.socket.connect

    def noted(self: socket.socket, address: object) -> None:
        if self.type == socket.SOCK_STREAM:
            reached.append(address)
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", noted)
    examine(settings, NOW)
    assert reached == [("127.0.0.1", 11434)]


# ── how it is told ──────────────────────────────────────────────────────────────────────────────


def test_the_command(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ui.cli.main(["doctor", "--home", str(home)]) == 0
    text = capsys.readouterr().out
    assert "warn    vectors: search by meaning is not complete" in text
    assert "\n        → run `studypath reindex`" in text
    assert ui.cli.main(["doctor", "--home", str(home), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (set(told), told["schema"]) == ({"schema", "checks"}, 1)
    assert {tuple(check) for check in told["checks"]} == {("name", "state", "words", "remedy")}
    assert {check["state"] for check in told["checks"]} <= {"ok", "warn", "broken"}
    monkeypatch.setenv("STUDYPATH_CONTACT", "nobody")
    assert ui.cli.main(["doctor", "--home", str(home), "--json"]) == 1
    assert "broken" in capsys.readouterr().out


def test_what_is_told_stays_on_its_line() -> None:
    checks = (Check("a\nb", WARN, "x\x1b[31m\ny", "do\nthis"), Check("c", OK, "fine"))
    assert broken(checks) is False
    lines = doctor_text(checks).split("\n")
    assert len(lines) == 5
    assert "\x1b" not in "".join(lines)
    assert lines[-1] == "1 ok · 1 warn"
