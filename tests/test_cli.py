"""The command line as scripts and people meet it, on a real library without vectors."""

import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

import ui.cli
from ingest.progress import Progress
from ui.progress import keywords_ready, left_in, progress_line
from ui.render import answer_json
from ui.terminal import line_reporter, wrapped

COMMANDS = ("ingest", "reindex", "sources", "section", "search", "ask", "web")
ROOT = Path(__file__).resolve().parents[1]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command and gives its exit code, output and errors."""

    def run_one(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = ui.cli.main(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return run_one


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with three plain documents, indexed for keyword search."""
    folder = tmp_path_factory.mktemp("documents")
    home = tmp_path_factory.mktemp("homes") / "collection"
    documents = (
        ("graph", "A graph index", "HNSW is a graph index that finds near neighbours quickly."),
        ("tea", "Tea", "Green tea is steamed soon after it was picked."),
        ("empty", "", ""),
    )
    lines = (json.dumps({"id": i, "title": t, "text": x}) for i, t, x in documents)
    file = folder / "documents.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    code = ui.cli.main(["ingest", "--documents", str(file), "--home", str(home), "--no-vectors"])
    assert code == 0
    return home


def objects(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


# ── help ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_takes_home_and_json(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        ui.cli.main([command, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "--home" in text
    assert "--json" in text


def test_it_runs_as_a_module_and_tells_its_version() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "--version"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert done.stdout.startswith("studypath ")


@pytest.mark.parametrize(
    "arguments", [["ask"], ["ask", "a", "--batch", "b"], ["search", "x", "--k", "0"], ["unknown"]]
)
def test_wrong_use_is_bad_input(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        ui.cli.main(arguments)
    assert ended.value.code == 2


# ── ingest, sources, search ─────────────────────────────────────────────────────────────────────


def test_ingest_ends_with_its_counts(run: Run, tmp_path: Path) -> None:
    folder, home = tmp_path / "folder", tmp_path / "home"
    folder.mkdir()
    (folder / "a.md").write_text("# Tea\n\nGreen tea is steamed.", encoding="utf-8")
    arguments = ("ingest", "--documents", str(folder), "--no-vectors")
    code, out, err = run(*arguments, "--home", str(home), "--json")
    assert code == 0
    (summary,) = objects(out)
    assert summary["schema"] == 1
    assert {"resources", "indexed", "unchanged", "failed", "seconds", "seconds_embedding"} <= set(
        summary
    )
    assert summary["passages"] == 1
    assert "Keyword index" in err  # plain lines, since this is no terminal
    assert "\x1b" not in err
    _, out, _ = run(*arguments, "--home", str(home))
    assert "1 sources: 1 unchanged" in out


def test_sources_prints_the_ledger(run: Run, collection: Path) -> None:
    code, out, _ = run("sources", "--home", str(collection), "--json")
    rows = objects(out)
    assert code == 0
    assert [row["resource_id"] for row in rows] == ["graph", "tea", "empty"]
    assert set(rows[0]) == {
        "schema", "resource_id", "kind", "title", "url", "resolved_url", "section_ids", "status",
        "reason", "passages", "bytes", "fetched_at",
    }  # fmt: skip
    _, out, _ = run("sources", "--home", str(collection))
    assert "3 sources:" in out
    assert "Green" not in out


def test_search_keeps_its_contract(run: Run, collection: Path) -> None:
    code, out, _ = run("search", "graph index", "--home", str(collection), "--json", "--k", "2")
    (found,) = objects(out)
    assert code == 0
    assert set(found) == {"schema", "id", "query", "hits", "timings_ms"}
    assert set(found["timings_ms"]) == {"bm25", "vector", "total"}  # type: ignore[call-overload]
    hit = found["hits"][0]  # type: ignore[index]
    assert hit["doc_id"] == "graph"
    assert hit["found_by"] == ["bm25"]
    assert set(hit) == {
        "passage_id", "doc_id", "score", "found_by", "title", "kind", "url", "deep_link",
        "section_ids", "heading_path", "text", "also_in",
    }  # fmt: skip


def test_search_prints_hits_for_people(run: Run, collection: Path) -> None:
    code, out, _ = run("search", "graph index", "--home", str(collection))
    assert code == 0
    assert out.startswith("1. A graph index\n")
    assert "by bm25" in out
    _, out, _ = run("search", "zzzzqqq", "--home", str(collection))
    assert out == "Nothing found.\n"


# ── batches ─────────────────────────────────────────────────────────────────────────────────────

BATCH = (
    '{"id": "a", "question": "graph index"}',
    '{"id": "b", "text": "tea"}',
    "not json",
    "",
    '{"id": "c"}',
    '{"question": "no id"}',
    "[1]",
    '{"id": "d", "question": 5}',
    '{"id": null, "question": "tea"}',
)


def test_a_batch_answers_in_order_and_bad_lines_go_on(
    run: Run, collection: Path, tmp_path: Path
) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_bytes("\n".join(BATCH).encode() + b'\n{"id": "e", "question": "\xff"}\n')
    code, out, err = run("search", "--batch", str(file), "--home", str(collection))
    assert code == 0
    results = objects(out)
    assert [result["id"] for result in results] == ["a", "b", 3, "c", 6, 7, "d", None, 10]
    assert ["error" in result for result in results] == [
        False, False, True, True, False, True, True, False, True
    ]  # fmt: skip
    assert results[3]["line"] == 5
    assert err == (f'studypath: --batch {file}: 5 lines could not be used; see "error" there\n')


def test_a_batch_reads_standard_input(
    run: Run, collection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = io.TextIOWrapper(io.BytesIO(b'\xef\xbb\xbf{"id": 1, "question": "What is HNSW?"}\n'))
    monkeypatch.setattr(sys, "stdin", lines)
    code, out, err = run("ask", "--batch", "-", "--home", str(collection))
    assert (code, err) == (0, "")
    (answer,) = objects(out)
    assert answer["id"] == 1
    assert answer["question"] == "What is HNSW?"


def test_a_batch_survives_a_fault_of_ours(
    run: Run, collection: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_on_tea(answer: object, id: object) -> dict[str, object]:
        if id == "b":
            raise RuntimeError("tea\nspilled")
        return {"id": id}

    monkeypatch.setattr("ui.render.search_json", break_on_tea)
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join([*BATCH[:2], '{"id": "z", "text": "x"}']), encoding="utf-8")
    code, out, err = run("search", "--batch", str(file), "--home", str(collection))
    assert code == 1
    assert [result["id"] for result in objects(out)] == ["a", "b", "z"]
    assert objects(out)[1]["error"] == "RuntimeError: tea spilled"
    assert "1 line failed" in err


def test_a_missing_batch_file_is_bad_input(run: Run, collection: Path, tmp_path: Path) -> None:
    code, out, err = run("ask", "--batch", str(tmp_path / "none"), "--home", str(collection))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "none" in err


def test_a_reader_that_goes_away_is_no_error(collection: Path, tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text(f"{BATCH[0]}\n" * 300, encoding="utf-8")
    command = [sys.executable, "-m", "ui.cli", "search", "--batch", str(file)]
    with subprocess.Popen(
        [*command, "--home", str(collection)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert json.loads(first)["id"] == "a"
    assert errors == b""


# ── ask ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_ask_builds_what_ships_and_answers_with_citations(run: Run) -> None:
    code, out, err = run("ask", "How does HNSW work?", "--json")
    assert code == 0
    assert err.count("\n") == 1
    assert "studypath ingest" in err
    (answer,) = objects(out)
    assert answer["refused"] is False
    assert set(answer) == set(answer_json_keys())
    (section,) = {s for c in answer["citations"] for s in c["section_ids"]}  # type: ignore[attr-defined]
    assert section == "m2w3-vector-database-fundamentals"
    code, out, err = run("ask", "How does HNSW work?")
    assert (code, err) == (0, "")
    assert " [1]" in out
    assert "[1] " in out
    assert "Month 2 · Week 3 · Vector Database Fundamentals" in out


def answer_json_keys() -> set[str]:
    from assistant.answer import Answer

    return set(answer_json(Answer("?")))


def test_a_refusal_is_an_answer(run: Run) -> None:
    code, out, _ = run("ask", "Who won the football world cup in 1974?", "--json")
    (answer,) = objects(out)
    assert code == 0
    assert answer["refused"] is True
    assert answer["citations"] == []
    assert answer["message"]


# ── errors ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", [["ask", "x"], ["search", "x"], ["sources"], ["reindex"]])
def test_an_unknown_home_is_bad_input_with_its_remedy(
    run: Run, tmp_path: Path, command: list[str]
) -> None:
    home = tmp_path / "nowhere"
    code, out, err = run(*command, "--home", str(home))
    assert (code, out) == (2, "")
    assert err.startswith("studypath: ")
    assert err.count("\n") == 1
    assert f"studypath ingest --home {home}" in err
    assert not home.exists()


def test_a_home_that_is_a_file_is_bad_input(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    code, _, err = run("ask", "x", "--home", str(file))
    assert code == 2
    assert str(file) in err


def test_documents_and_a_path_do_not_mix(run: Run, tmp_path: Path) -> None:
    code, _, err = run("ingest", "--documents", str(tmp_path), "--path", "x.md")
    assert code == 2
    assert "--documents" in err


def test_a_fault_of_ours_is_one_line(
    run: Run, collection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(home: Path) -> None:
        raise ValueError("some\ninner thing")

    monkeypatch.setattr("ingest.library.open_library", broken)
    code, _, err = run("sources", "--home", str(collection))
    assert code == 1
    assert err == "studypath: ValueError: some inner thing (STUDYPATH_DEBUG=1 shows where)\n"
    monkeypatch.setenv("STUDYPATH_DEBUG", "1")
    with pytest.raises(ValueError, match="inner thing"):
        ui.cli.main(["sources", "--home", str(collection)])


def test_a_taken_port_is_one_line(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = run("web", "--port", str(port))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert f"127.0.0.1:{port}" in err
    assert "--port" in err


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to send")
def test_a_stopped_server_leaves_no_job_behind(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-m", "ui.cli", "web", "--port", "0", "--home", str(home)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "http://127.0.0.1:" in process.stdout.readline()
        process.terminate()
        assert process.wait(timeout=20) == 0
    with FileLock(home / "write.lock", timeout=0):
        pass  # nobody writes any more


# ── progress ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("progress", "line", "left", "ready"),
    [
        (Progress("read", 3, 133, "A\n title", 80.0), "Reading 3/133, about 80 s left: A title",
         "about 80 s", False),
        (Progress("keywords", 0, 9), "Keyword index 0/9", "", False),
        (Progress("keywords", 9, 9), "Keyword index 9/9", "", True),
        (Progress("keywords", 19, 190), "Keyword index 19/190", "", False),
        (Progress("embed", 1, 9, "", 400.0), "Meaning 1/9, about 7 min left", "about 7 min", True),
        (Progress("done", 1, 1), "Done", "", True),
    ],
)  # fmt: skip
def test_a_progress_line_is_read_back(
    progress: Progress, line: str, left: str, ready: bool
) -> None:
    assert progress_line(progress) == line
    assert left_in(line) == left
    assert keywords_ready(line) is ready


def test_plain_progress_is_not_a_flood(capsys: pytest.CaptureFixture[str]) -> None:
    report = line_reporter()
    for done in range(100):
        report(Progress("read", done, 100))
    report(Progress("embed", 0, 5))
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["Reading 0/100", "Meaning 0/5"]


def test_long_lines_wrap_but_addresses_and_code_do_not() -> None:
    assert wrapped("one two three", 8) == ["one two", "three"]
    assert wrapped("    “one two three”", 12) == ["    “one two", "    three”"]
    assert wrapped("    https://docs.example/a/long/address", 12) == [
        "    https://docs.example/a/long/address"
    ]


def test_the_environment_names_the_home(
    run: Run, collection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDYPATH_HOME", str(collection))
    code, out, _ = run("sources", "--json")
    assert code == 0
    assert len(objects(out)) == 3
