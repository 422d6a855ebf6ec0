"""The command `eval`: public collections with judged queries."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import InputError
from ui.terminal import complain, progress_report, show_text, write_json

if TYPE_CHECKING:
    from eval.collection import CollectionScores

ACTIONS = ("collection",)


def add_eval(command: argparse.ArgumentParser) -> None:
    """Let the command say what is measured."""
    command.add_argument("action", choices=ACTIONS, help="what to measure")
    command.add_argument("rest", nargs="*", metavar="DIR", help="the folder of a collection")


def evaluate(options: argparse.Namespace) -> int:
    """Measure search, answers and refusals, or search on a public collection."""
    return evaluate_collection(options)


# ── collections ─────────────────────────────────────────────────────────────────────────────────


def evaluate_collection(options: argparse.Namespace) -> int:
    """Measure search on a folder in the form of BEIR."""
    from assistant.settings import load_settings
    from eval.beir import read_beir
    from eval.collection import evaluate

    if len(options.rest) != 1:
        raise InputError("name one folder: `studypath eval collection DIR`")
    settings = load_settings(options.home)
    collection = read_beir(Path(options.rest[0]))
    for remark in collection.remarks:
        complain(remark)
    with progress_report(options.json) as report:
        found = evaluate(collection, settings, report)
    if options.json:
        write_json(collection_json(found))
    else:
        show_text(collection_text(found))
    return 0


def collection_json(found: "CollectionScores") -> dict[str, object]:
    """Describe what was measured on a collection."""
    read = found.collection
    return {
        "schema": 1,
        "collection": read.folder.resolve().name,
        "documents": read.documents,
        "queries": read.queries,
        "judged_queries": len(read.asked),
        "judgements": read.judgements,
        "scores": {
            method: {name: round(value, 6) for name, value in scores.items()}
            for method, scores in found.scores.items()
        },
        "model": found.model,
        "home": str(found.home),
        "seconds_indexing": round(found.seconds_indexing, 1),
        "seconds_asking": round(found.seconds_asking, 1),
        "remarks": list(read.remarks),
    }


def collection_text(found: "CollectionScores") -> str:
    """Write what was measured on a collection as a Markdown table."""
    read = found.collection
    measures = list(next(iter(found.scores.values())))
    names = {"bm25": "BM25", "vectors": "vectors", "hybrid": "hybrid"}
    rows = [
        f"| {names[method]} | {' | '.join(f'{scores[name]:.4f}' for name in measures)} |"
        for method, scores in found.scores.items()
    ]
    return "\n".join(
        [
            f"{read.folder.resolve().name}: {read.documents:,} documents,"
            f" {len(read.asked):,} judged queries of {read.queries:,},"
            f" {read.judgements:,} relevant documents",
            "",
            f"| Search | {' | '.join(measures)} |",
            f"|---|{'---|' * len(measures)}",
            *rows,
        ]
    )
