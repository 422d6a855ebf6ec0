"""The golden set as a collection: files that the reader of collections takes."""

from pathlib import Path

from eval.beir import read_beir
from eval.golden_collection import files_of
from eval.golden_set import GoldenQuestion
from eval.questions import Row


def passage(name: str, kind: str = "note") -> Row:
    return Row(name, (), "Boats", kind, ("s1",), ("Parts", "Keels", "Fins"), f"Text of {name}.")


def question(name: str, *before: str) -> GoldenQuestion:
    return GoldenQuestion(name, "dev", "fact", f"What is {name}?", before=before)


def test_notes_and_the_questions_that_they_answer_alone(tmp_path: Path) -> None:
    passages = [passage("p1"), passage("p2"), passage("page", "article")]
    questions = [question("q1"), question("follows", "q1"), question("of-a-page"), question("off")]
    grades = {
        "q1": {"p1": 2, "page": 2, "p2": 1}, "follows": {"p1": 2}, "of-a-page": {"page": 2},
    }  # fmt: skip
    (tmp_path / "qrels").mkdir()
    for name, text in files_of(passages, questions, grades).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    read = read_beir(tmp_path)
    assert (read.documents, dict(read.asked), read.remarks) == (2, {"q1": "What is q1?"}, ())
    assert dict(read.grades["q1"]) == {"p1": 2, "p2": 1}
    assert '"title": "Boats > Keels > Fins"' in (tmp_path / "corpus.jsonl").read_text("utf-8")
