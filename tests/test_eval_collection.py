"""A collection in the form of BEIR: read widely, refused in one line, searched as ever."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ui.cli
from assistant.ask import Assistant
from assistant.settings import load_settings
from eval.beir import read_beir, read_qrels, whole_number
from eval.collection import METHODS, evaluate
from ingest.errors import InputError

pytest.importorskip("ir_measures", reason="the eval group is not installed")

DOCUMENTS = {
    "d1": "Gradient descent walks down the slope of a loss with small steps.",
    "d2": "A decision tree splits the rows of a table by one column at a time.",
    "d3": "Dropout switches off random units of a network while it is trained.",
    "d4": "Tokenisers cut a text into pieces that a language model knows.",
}
QUERIES = {"q1": "How does gradient descent work?", "q2": "What is dropout?", "q3": "unjudged"}
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td3\t2\nq2\td2\t0\n"


def lines(texts: Mapping[str, str]) -> str:
    return "".join(json.dumps({"_id": i, "text": text}) + "\n" for i, text in texts.items())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "small"
    (made / "qrels").mkdir(parents=True)
    (made / "corpus.jsonl").write_text(lines(DOCUMENTS), encoding="utf-8")
    (made / "queries.jsonl").write_text(lines(QUERIES), encoding="utf-8")
    (made / "qrels" / "test.tsv").write_text(QRELS, encoding="utf-8")
    return made


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def test_only_judged_queries_are_asked(folder: Path) -> None:
    read = read_beir(folder)
    assert dict(read.asked) == {"q1": QUERIES["q1"], "q2": QUERIES["q2"]}
    assert {q: dict(g) for q, g in read.grades.items()} == {"q1": {"d1": 1}, "q2": {"d3": 2}}
    assert (read.documents, read.queries, read.judgements, read.remarks) == (4, 3, 2, ())


@pytest.mark.parametrize(
    "text",
    [
        "q1\td1\t1\nq2\td3\t2\n",
        "\ufeffquery-id\tcorpus-id\tscore\r\nq1\td1\t1.0\r\n\r\nq2\td3\t2\r\n",
        "q1 0 d1 1\nq2 0 d3 2\n",
        "q1\t0\td1\t1\nq2\tQ0\td3\t2",
        "q1\td1\t1\nq1\td1\t0\nq2\td3\t2\n",
    ],
    ids=["no header", "mark and carriage returns", "TREC", "TREC by tabs", "a pair twice"],
)
def test_judgements_are_read_in_every_form(folder: Path, text: str) -> None:
    (folder / "qrels" / "test.tsv").write_bytes(text.encode())
    grades = read_beir(folder).grades
    assert {q: dict(g) for q, g in grades.items()} == {"q1": {"d1": 1}, "q2": {"d3": 2}}


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n \n"])
def test_every_file_may_begin_with_a_mark_and_end_its_lines_as_it_likes(
    folder: Path, end: str
) -> None:
    for name in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"):
        text = (folder / name).read_text(encoding="utf-8").replace("\n", end)
        (folder / name).write_bytes(b"\xef\xbb\xbf" + text.encode())
    read = read_beir(folder)
    assert (read.documents, set(read.asked), read.remarks) == (4, {"q1", "q2"}, ())


def test_judgements_beside_the_corpus_go_first_and_another_split_will_do(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").rename(folder / "qrels" / "dev.tsv")
    assert set(read_beir(folder).asked) == {"q1", "q2"}
    (folder / "qrels.tsv").write_text("q1\td1\t1\n", encoding="utf-8")
    assert set(read_beir(folder).asked) == {"q1"}


def test_ids_may_be_numbers(folder: Path) -> None:
    (folder / "corpus.jsonl").write_text('{"id": 7, "text": "Words."}\n', encoding="utf-8")
    (folder / "queries.jsonl").write_text('{"_id": 1, "text": "words?"}\n', encoding="utf-8")
    (folder / "qrels.tsv").write_text("1\t7\t1\n", encoding="utf-8")
    assert {q: dict(g) for q, g in read_beir(folder).grades.items()} == {"1": {"7": 1}}


def test_what_cannot_be_found_is_told(folder: Path) -> None:
    more = "q9\td1\t1\nq1\tgone\t1\nq3\td1\t0\n"
    (folder / "qrels.tsv").write_text(QRELS + more, encoding="utf-8")
    read = read_beir(folder)
    assert set(read.asked) == {"q1", "q2"}
    assert dict(read.grades["q1"]) == {"d1": 1, "gone": 1}
    assert [word in remark for word, remark in zip(("q9", "1 queries", "gone"), read.remarks,
                                                   strict=True)] == [True] * 3  # fmt: skip


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def holding(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(text.encode("latin-1")) and None


def a_folder_in_place_of(name: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return spoil


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (without("corpus.jsonl"), ["corpus.jsonl", "no such file"]),
        (without("queries.jsonl"), ["queries.jsonl", "no such file"]),
        (without("qrels/test.tsv"), ["qrels.tsv", "qrels/test.tsv"]),
        (holding("corpus.jsonl", '{"_id": "d1", "text": "a"}\nnope\n'), ["corpus.jsonl:2", "JSON"]),
        (holding("corpus.jsonl", '{"text": "a"}\n'), ["corpus.jsonl:1", '"id"']),
        (holding("corpus.jsonl", '{"_id": 1}\n{"_id": 1}\n'), ["corpus.jsonl", "'1'", "twice"]),
        (holding("corpus.jsonl", "\n"), ["corpus.jsonl", "no document"]),
        (holding("queries.jsonl", "\n{\n"), ["queries.jsonl:2", "JSON"]),
        (holding("queries.jsonl", '{"_id": "q1"}\n'), ["queries.jsonl:1", '"text"']),
        (holding("queries.jsonl", "[]\n"), ["queries.jsonl:1", '"text"']),
        (holding("queries.jsonl", "\xe9\n"), ["queries.jsonl", "UTF-8"]),
        (holding("qrels.tsv", "a\tb\tc\nq1\td1\tyes\n"), ["qrels.tsv:2", "whole number", "yes"]),
        (holding("qrels.tsv", "q1\td1\t1\nq1 d1\n"), ["qrels.tsv:2", "whole number"]),
        (holding("qrels.tsv", "q1\td1\t0.5\nq1\td1\t0.5\n"), ["qrels.tsv:1", "0.5"]),
        (holding("qrels.tsv", "q1\td1\t1e400\n"), ["qrels.tsv:1", "1e400"]),
        (holding("corpus.jsonl", f'{{"_id": "d1", "text": {DEEP}}}\n'), ["corpus.jsonl:1", "JSON"]),
        (
            holding("queries.jsonl", f'{{"_id": "q1", "text": {DEEP}}}\n'),
            ["queries.jsonl:1", "JSON"],
        ),
        (holding("corpus.jsonl", f'{{"_id": {"9" * 5_000}}}\n'), ["corpus.jsonl:1", "JSON"]),
        (holding("queries.jsonl", f'{{"_id": {"9" * 5_000}}}\n'), ["queries.jsonl:1", "JSON"]),
        (holding("corpus.jsonl", '{"_id": " ", "text": "a"}\n'), ["corpus.jsonl:1", '"id"']),
        (holding("corpus.jsonl", '{"_id": true, "text": "a"}\n'), ["corpus.jsonl:1", '"id"']),
        (holding("corpus.jsonl", "x" * 20_000_001), ["corpus.jsonl:1", "longer than 20 MB"]),
        (a_folder_in_place_of("qrels/test.tsv"), ["neither qrels.tsv nor"]),
        (holding("qrels.tsv", "q7\td1\t1\n"), ["qrels.tsv", "no query", "1 queries judged"]),
        (holding("qrels.tsv", "q1\td1\t0\n"), ["qrels.tsv", "no query"]),
        (holding("qrels.tsv", ""), ["qrels.tsv", "no query"]),
    ],
)
def test_bad_input_is_one_line(
    folder: Path,
    spoil: Callable[[Path], None],
    words: Sequence[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoil(folder)
    assert ui.cli.main(["eval", "collection", str(folder)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert all(word in said.err for word in words), said.err


def test_a_folder_must_be_named_and_be_there(tmp_path: Path) -> None:
    assert ui.cli.main(["eval", "collection"]) == 2
    assert ui.cli.main(["eval", "collection", str(tmp_path / "nowhere")]) == 2


@given(st.text())
def test_a_grade_is_a_whole_number_or_nothing(text: str) -> None:
    value = whole_number(text)
    assert value is None or value == float(text)


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=12), max_size=4))
def test_any_judgements_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str]
) -> None:
    file = tmp_path_factory.mktemp("any") / "qrels.tsv"
    file.write_text("\n".join(rows), encoding="utf-8")
    with suppress(InputError):
        read = read_qrels(file)
        assert all(query and document for query in read for document in read[query])


# ── the real index ──────────────────────────────────────────────────────────────────────────────


def test_the_index_is_scored_and_kept(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "kept"
    arguments = ["eval", "collection", str(folder), "--home", str(home), "--json"]
    assert ui.cli.main(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["documents"], told["queries"], told["judged_queries"]) == (4, 3, 2)
    assert tuple(told["scores"]) == METHODS
    for scores in told["scores"].values():  # four documents, each query names its own
        assert scores == {"nDCG@10": 1.0, "MRR@10": 1.0, "recall@100": 1.0}
    again = read_beir(folder)
    report_of: list[str] = []
    found = evaluate(again, load_settings(str(home)), lambda p: report_of.append(p.stage))
    assert "embed" not in report_of
    assert {m: dict(s) for m, s in found.scores.items()} == told["scores"]


def test_both_fused_is_what_a_search_gives(folder: Path, tmp_path: Path) -> None:
    from eval.collection import ask_all

    settings = load_settings(str(tmp_path / "kept"))
    evaluate(read_beir(folder), settings, lambda p: None)
    assistant = Assistant(settings)
    queries = read_beir(folder).asked
    rankings = ask_all(assistant._searcher, queries, lambda p: None)["hybrid"]
    assistant = Assistant(settings)
    for query, text in queries.items():
        hits = assistant.search(text, 100).found.hits
        assert tuple(hit.entry.passage.doc_id for hit in hits) == tuple(rankings[query])
    assistant.close()


def test_the_table_is_for_people(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["eval", "collection", str(folder), "--home", str(tmp_path / "kept")]
    assert ui.cli.main(arguments) == 0
    said = capsys.readouterr().out
    assert said.startswith("small: 4 documents, 2 judged queries of 3, 2 relevant documents\n")
    assert "| hybrid | 1.0000 | 1.0000 | 1.0000 |" in said


def test_a_home_with_a_path_is_left_alone(folder: Path, tmp_path: Path) -> None:
    home = str(tmp_path / "mine")
    assert ui.cli.main(["ingest", "--offline", "--no-vectors", "--home", home]) == 0
    assert ui.cli.main(["eval", "collection", str(folder), "--home", home]) == 2
