"""The benchmark's instruments: on tiny inputs they must show what is known beforehand."""

import json
import os
import re
import socket
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

import eval.bench
from assistant.settings import Settings
from eval.bench import (
    MEASUREMENTS,
    Bench,
    Figure,
    answerable,
    any_by_meaning,
    documents,
    finished,
    main,
    pages,
    quantiles,
    quiet,
    row,
    size_of,
    timed,
    write_pages,
)
from eval.processes import first_page, named, run, wait_for
from ingest.build import BuildOptions, build_library
from ingest.collection import read_collection
from ingest.embed import MODEL
from ingest.errors import StudypathError

MEGABYTE = 1_000_000


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", cache=tmp_path / "cache")


@pytest.fixture
def bench(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    return Bench(
        capture=tmp_path,
        settings=settings,
        home=tmp_path / "large",
        path_home=tmp_path / "path",
        sample=4,
        pages=3,
        large=4,
    )


# ── figures ─────────────────────────────────────────────────────────────────────────────────────


def test_an_aim_is_stayed_below_or_reached() -> None:
    assert Figure("x", 10, "s", 10).met is True
    assert Figure("x", 10.1, "s", 10).met is False
    assert Figure("x", 0.9, "", 0.9, at_least=True).met is True
    assert Figure("x", 0.89, "", 0.9, at_least=True).met is False
    assert Figure("x", 1, "s").met is None


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (Figure("a", 12.345, "ms", 25), "| a | ≤ 25 ms | 12.3 ms | yes | 0.5 |  |"),
        (Figure("a", 0.876, "", 0.9, True, "b"), "| a | ≥ 0.9 | 0.876 | no | 0.5 | b |"),
        (Figure("a", 2345.6, "MiB"), "| a |  | 2,346 MiB |  | 0.5 |  |"),
        (Figure("a", 0, "", 0), "| a | ≤ 0 | 0 | yes | 0.5 |  |"),
    ],
)
def test_a_figure_is_a_row(figure: Figure, expected: str) -> None:
    assert row(figure, 0.5) == expected


def test_quantiles_of_known_times() -> None:
    p50, p95 = quantiles("t", list(range(101)), (50, 90))
    assert (p50.name, p50.value, p50.met) == ("t, p50", 50, True)
    assert (p95.name, p95.value, p95.met) == ("t, p95", 95, False)


def test_the_clock_runs_after_the_warm_up() -> None:
    asked: list[str] = []
    times, results = timed(lambda q: asked.append(q) or len(asked), ["a", "b"])  # type: ignore[func-returns-value]
    assert asked == ["a", "b", "a", "b"]
    assert results == [3, 4]
    assert len(times) == 2
    assert all(0 <= t < 1000 for t in times)


def test_the_machine_is_described_without_its_name() -> None:
    about = eval.bench.machine(eval.bench.VERSIONS)
    assert {"cpu", "cores", "memory", "Python", "torch"} <= about.keys()
    assert socket.gethostname() not in " ".join(about.values()).split()


def test_every_question_with_an_answer_is_asked() -> None:
    assert len(answerable()) == 216


def test_sizes_add_up(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "a").write_bytes(b"123")
    (tmp_path / "in" / "b").write_bytes(b"4567")
    assert size_of(tmp_path) == 7
    assert size_of(tmp_path / "a") == 3


# ── processes ───────────────────────────────────────────────────────────────────────────────────


def test_memory_is_the_commands_own_not_ours(settings: Settings) -> None:
    ballast = bytearray(os.urandom(MEGABYTE)) * 300
    small = run([sys.executable, "-c", "print('hello')"], settings)
    large = run([sys.executable, "-c", "x = bytearray(b'x') * 200_000_000"], settings)
    assert len(ballast) == 300 * MEGABYTE
    assert small.output == "hello\n"
    assert small.peak < 100
    assert 190 < large.peak < 300


def test_a_command_that_fails_is_named_with_its_last_words(settings: Settings) -> None:
    with pytest.raises(StudypathError, match=r"x.py.* failed: .*No such file"):
        run([sys.executable, "x.py"], settings)


class Gradio(BaseHTTPRequestHandler):
    """Answers as the named API does: an event, then its outcome."""

    def do_GET(self) -> None:
        outcome = "complete\ndata: [" + '"ä"]' if self.path.endswith("/7") else "error\ndata: null"
        self.reply(f"event: {outcome}\n\n" if "call" in self.path else "the page")

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.reply(json.dumps({"event_id": sent["data"][0]}))

    def reply(self, text: str) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Gradio) as serving:
        thread = Thread(target=serving.serve_forever)
        thread.start()
        yield "127.0.0.1", serving.server_port
        serving.shutdown()
        thread.join()


def test_the_named_api_is_called(server: tuple[str, int]) -> None:
    assert first_page(server) == "the page"
    assert named(server, "ask", "7", 10) == "ä"
    with pytest.raises(ConnectionError, match="ask did not answer"):
        named(server, "ask", "8")


def test_waiting_ends_when_ready_or_out_of_patience() -> None:
    tries = iter((ConnectionRefusedError(), None, "ready"))

    def attempt() -> object:
        outcome = next(tries)
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    wait_for(attempt)
    assert next(tries, "used up") == "used up"
    with pytest.raises(StudypathError, match="not ready after 0 s"):
        wait_for(lambda: False, patience=0)


def test_one_hit_of_the_vector_leg_shows_it() -> None:
    assert any_by_meaning({"hits": [{"found_by": ["bm25"]}, {"found_by": ["bm25", "vector"]}]})
    assert not any_by_meaning({"hits": [{"found_by": ["bm25"]}]})


# ── libraries ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def captured(bench: Bench, small_warc: Path) -> Bench:
    """Let the small archive stand where the large one would."""
    (bench.capture / eval.bench.ARCHIVE).symlink_to(small_warc)
    return bench


def test_pages_become_a_collection_that_holds_enough_passages(
    captured: Bench, tmp_path: Path
) -> None:
    file = tmp_path / "pages.jsonl"
    write_pages(captured, 30, file)
    collection = read_collection(file)
    assert len({document.text for _, document in collection}) == len(collection)
    counts = [
        len(passages) for _, (_, passages) in zip(collection, documents(captured), strict=False)
    ]
    assert sum(counts) >= 30 > sum(counts[:-1])


def test_pages_are_read_in_the_same_order_every_time(captured: Bench) -> None:
    first, second = ([page.url for page, _ in eval.bench.html_pages(captured)] for _ in range(2))
    assert first == second != sorted(first)


def test_the_speed_of_reading_counts_every_page(captured: Bench) -> None:
    (figure,) = pages(captured)
    assert "(3 HTML pages)" in figure.name
    assert figure.value > 0
    assert re.fullmatch(r"a page: fetch [\d.]+ ms, extract [\d.]+ ms, split [\d.]+ ms", figure.note)


def test_a_library_without_vectors_is_not_finished(bench: Bench, tmp_path: Path) -> None:
    assert not finished(bench.home)
    text = "Gradient descent follows the slope of the loss and takes a step by the learning rate."
    file = tmp_path / "three.jsonl"
    lines = [{"id": i, "title": "", "text": t} for i, t in enumerate((text, text.upper(), "Trees"))]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    given = BuildOptions(MODEL, bench.settings.cache, documents=file, vectors=False)
    build_library(bench.home, given, quiet)
    assert not finished(bench.home)


# ── the command ─────────────────────────────────────────────────────────────────────────────────


def test_an_unknown_measurement_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--only", "speed"])
    assert ended.value.code == 2
    assert all(one.__name__ in capsys.readouterr().err for one in MEASUREMENTS[:0])


def test_a_missing_capture_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "pages", "--capture", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert str(tmp_path) in told.err
    assert told.err.count("\n") == 1
    assert "| pages" not in told.out


def test_figures_as_json(captured: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "pages", "--capture", str(captured.capture), "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert told["schema"] == 1
    assert told["unit"] == "pages/s"
    assert told["met"] is None
    assert told["machine"]["cores"] == str(os.cpu_count())
