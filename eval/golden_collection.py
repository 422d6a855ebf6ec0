"""Write the golden set as a collection in the form of BEIR: our notes' passages, judged queries.

    python -m eval.golden_collection --home HOME DIR [--split SPLIT]

So that the command for public collections, or any other tool that reads the form, has a set at
hand that ships. Documents are the passages of the notes, grades those of `eval/golden_places.py`.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from assistant.export import write_atomically
from assistant.settings import load_settings
from eval.beir import CORPUS, QUERIES
from eval.golden_places import resolve_golden
from eval.golden_set import GoldenQuestion, load_golden
from eval.questions import SPLITS, Row, rows
from ingest.errors import InputError
from ingest.library import open_library

DEPTH = 2  # headings that the product reads with a passage


def files_of(
    passages: Sequence[Row],
    questions: Sequence[GoldenQuestion],
    grades: Mapping[str, Mapping[str, int]],
) -> Mapping[str, str]:
    """Give the texts of the three files; a question that leans on others before it is left out."""
    notes = {row.id: row for row in passages if row.kind == "note"}
    asked = [q for q in questions if not q.before and notes.keys() & grades.get(q.id, {}).keys()]
    documents = [
        {"_id": row.id, "title": " > ".join([row.title, *row.heading_path[-DEPTH:]]),
         "text": row.text}
        for row in notes.values()
    ]  # fmt: skip
    queries = [{"_id": question.id, "text": question.question} for question in asked]
    judged = [
        f"{question.id}\t{passage}\t{grade}"
        for question in asked
        for passage, grade in grades[question.id].items()
        if passage in notes
    ]
    return {
        CORPUS: lines(documents),
        QUERIES: lines(queries),
        "qrels/test.tsv": "\n".join(["query-id\tcorpus-id\tscore", *judged]) + "\n",
    }


def lines(values: Sequence[Mapping[str, str]]) -> str:
    """Write one object a line."""
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def main(arguments: list[str] | None = None) -> None:
    """Write the folder; raises InputError for one that is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", help="one that holds what ships")
    parser.add_argument("--split", choices=SPLITS, default="dev")
    options = parser.parse_args(arguments)
    if options.folder.exists():
        raise InputError(f"{options.folder} is there already: name a new folder")
    with open_library(load_settings(options.home).home) as library:
        questions = load_golden(options.split)
        found = files_of(rows(library), questions, resolve_golden(questions, library).grades)
    (options.folder / "qrels").mkdir(parents=True)
    for name, text in found.items():
        write_atomically(options.folder / name, text.encode())
    sys.stdout.write(f"{options.folder}: {', '.join(found)}\n")


if __name__ == "__main__":
    main()
