"""The command `eval`: the golden questions asked of a home, and public collections."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import InputError
from ui.markup import one_line
from ui.options import positive
from ui.terminal import complain, progress_report, show_text, write_json
from ui.upkeep import must_exist

if TYPE_CHECKING:
    from assistant.settings import Settings
    from eval.collection import CollectionScores
    from eval.records import Run
    from eval.run import Options

ACTIONS = ("run", "collection", "splitters", "generate", "review")
SPLITS = ("dev", "test")


def add_eval(command: argparse.ArgumentParser) -> None:
    """Let the command say what is measured."""
    command.add_argument(
        "action", nargs="?", default="run", choices=ACTIONS, help="what to measure (default: run)"
    )
    command.add_argument(
        "rest",
        nargs="*",
        metavar="DIR|FILE",
        help="a folder, an archive, or a file to review and ids",
    )
    command.add_argument(
        "--documents", type=Path, metavar="DIR", help="generate: what questions are written about"
    )
    command.add_argument(
        "--count", type=positive, default=20, metavar="N", help="generate: how many (default: 20)"
    )
    command.add_argument(
        "--unreviewed", action="store_true", help="with --questions: also those not reviewed"
    )
    command.add_argument(
        "--split", choices=SPLITS, default="dev", help="which questions (default: dev)"
    )
    command.add_argument(
        "--limit", type=whole, metavar="N", help="ask at most so many (default: 240; 0: all)"
    )
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="write the report here, too: .html, .md or .json"
    )
    what = command.add_mutually_exclusive_group()
    what.add_argument(
        "--compare", nargs=2, metavar=("A", "B"), help="hold run B against run A: ids or files"
    )
    what.add_argument(
        "--gate", action="store_true", help="hold a small fixed slice to its pinned figures"
    )
    what.add_argument(
        "--questions", type=Path, metavar="FILE", help="ask those of a file that generate wrote"
    )
    command.add_argument(
        "--lower-floor", action="store_true", help="with --gate: pin what is measured now"
    )
    command.add_argument(
        "--judge", default="", metavar="ENGINE", help="a language model that judges answers (RAGAS)"
    )
    command.add_argument("--engine", help="what writes the answers (default: extractive)")
    command.add_argument("--model", metavar="NAME", help="the language model to use, by its name")


def whole(text: str) -> int:
    """Read a number of at least 0."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{number} is less than 0")
    return number


def evaluate(options: argparse.Namespace) -> int:
    """Measure search, answers and refusals, or search on a public collection."""
    if options.action == "collection":
        return evaluate_collection(options)
    if options.action == "splitters":
        return evaluate_splitters(options)
    if options.action == "generate":
        return generate_questions(options)
    if options.action == "review":
        return review_questions(options)
    if options.rest:
        raise InputError(f"{options.rest[0]}: only `studypath eval collection` takes a folder")
    if options.lower_floor and not options.gate:
        raise InputError("--lower-floor belongs to --gate: add it")
    if options.unreviewed and not options.questions:
        raise InputError("--unreviewed belongs to --questions FILE: add it")
    if options.compare:
        return compare_runs(options)
    if options.gate:
        return hold_floors(options)
    return evaluate_home(options)


def evaluate_home(options: argparse.Namespace) -> int:
    """Ask the golden questions of a home, keep the run and show what it measured."""
    from datetime import UTC, datetime

    from assistant.export import write_atomically
    from assistant.settings import load_settings
    from eval.records import as_json, write_run
    from eval.run import evaluate as run_all
    from eval.summary import summary

    if options.out and options.out.suffix not in WRITERS:
        raise InputError(f"--out {options.out}: name a file that ends in {' or '.join(WRITERS)}")
    chosen = chosen_questions(options)
    settings = load_settings(options.home, options.engine, options.model)
    ensure_searchable(settings, options.json)
    with progress_report(as_json=False) as report:  # minutes: a bar also where the JSON goes on
        run = run_all(settings, chosen, report, lambda: datetime.now(UTC))
    kept = write_run(settings.home, run)
    page = kept.with_suffix(".html")
    for file in (page, *([options.out] if options.out else [])):
        written = WRITERS[file.suffix](run, settings.home)
        write_atomically(file, written.encode("utf-8", "replace"))
    complain(f"kept as {kept}; the report is {page}")
    if options.json:
        write_json(as_json(run))
    else:
        show_text(summary(run))
    return 0


def chosen_questions(options: argparse.Namespace) -> "Options":
    """Say what is asked: a half of the questions that ship, or those of a file."""
    from eval.run import LIMIT, Options

    limit = LIMIT if options.limit is None else options.limit
    if not options.questions:
        return Options(options.split, limit, judge=options.judge)
    from eval.suite import NOTES
    from eval.testset import of_written, to_ask

    questions, name = to_ask(options.questions, options.unreviewed), options.questions.name
    left = sum(not one.reviewed for one in questions)
    split = f"{name} ({left} of {len(questions)} not reviewed)" if left else name
    sets = (of_written(questions, split),)
    return Options(split, limit, modes=(NOTES,), judge=options.judge, sets=sets, own=True)


def compare_runs(options: argparse.Namespace) -> int:
    """Hold one run against another."""
    from dataclasses import asdict

    from assistant.settings import load_settings
    from eval.compare import compare, compared_text
    from eval.records import find_run, read_run

    home = load_settings(options.home).home
    first, second = (read_run(find_run(home, name)) for name in options.compare)
    found = compare(first, second)
    if options.json:
        write_json({"schema": 1, **asdict(found)})
    else:
        show_text(compared_text(found))
    return 0


def hold_floors(options: argparse.Namespace) -> int:
    """Hold the fixed slice to its floors, or pin them anew; 1 when a figure dropped."""
    from dataclasses import asdict
    from datetime import UTC, datetime

    from assistant.settings import load_settings
    from eval.gate import BASELINE, gate_text, hold, measure_slice, pin

    settings = load_settings(options.home)
    with progress_report(options.json) as report:
        run = measure_slice(settings, report, lambda: datetime.now(UTC))
    if options.lower_floor:
        pin(run)
        complain(f"pinned in {BASELINE}")
    gate = hold(run)
    if options.json:
        floors = [{**asdict(floor), "held": floor.held} for floor in gate.floors]
        told = {"schema": 1, "passed": gate.passed, "fingerprint": gate.fingerprint}
        write_json({**told, "floors": floors})
    else:
        show_text(gate_text(gate))
    if not gate.passed:
        dropped = ", ".join(floor.name for floor in gate.floors if not floor.held)
        complain(f"dropped beyond its noise: {dropped}")
    return 0 if gate.passed else 1


def as_text(run: "Run", _: Path) -> str:
    """Write a run as JSON on one line."""
    import json

    from eval.records import as_json

    return json.dumps(as_json(run), ensure_ascii=False) + "\n"


def as_markdown(run: "Run", _: Path) -> str:
    """Write a run as Markdown."""
    from eval.summary import summary

    return summary(run)


def as_page(run: "Run", home: Path) -> str:
    """Write a run as an HTML page, with the runs of the home before it."""
    from eval.records import history
    from eval.report import report

    return report(run, history(home))


WRITERS = {".json": as_text, ".md": as_markdown, ".html": as_page}


def ensure_searchable(settings: "Settings", as_json: bool) -> None:
    """Index what ships, for both searches, where the home holds no library."""
    from ingest.build import BuildOptions, build_library

    must_exist(settings)
    if (settings.home / "library.db").exists():
        return
    options = BuildOptions(model=settings.model, cache=settings.cache, offline=True)
    with progress_report(as_json) as report:
        build_library(settings.home, options, report)


# ── questions about one's own documents ─────────────────────────────────────────────────────────


def generate_questions(options: argparse.Namespace) -> int:
    """Have a language model write questions about documents, each marked as not reviewed."""
    from assistant.settings import load_settings
    from eval import testset
    from eval.judge import open_judge
    from eval.ragas_scores import must_be_installed
    from ingest.embed import question_embedder, token_counter
    from ingest.progress import Progress

    if not options.documents or not options.out:
        raise InputError("generate takes --documents DIR and --out FILE: name both")
    settings = load_settings(options.home, options.engine, options.model)
    must_be_installed()
    testset.check_new(options.out)
    writer = open_judge(settings, settings.engine, "--engine")
    given = testset.excerpts(options.documents, token_counter(settings.model))
    embedder = question_embedder(settings.model, settings.cache)
    with progress_report(options.json) as report:
        report(Progress("write", 0, options.count, f"about {len(given)} passages"))
        made = testset.write_questions(given, options.count, writer, embedder.encode)
    testset.save(options.out, made, writer.name)
    writer.close()
    if options.json:
        told = {
            "schema": 1,
            "questions": len(made),
            "file": str(options.out),
            "writer": writer.name,
        }
        write_json({**told, **writer.cost.told()})
    else:
        show_text(
            f"{len(made)} questions in {options.out}, none of them reviewed. Read them, then mark"
            f" the good ones: `studypath eval review {options.out} ID …`."
        )
    return 0


def review_questions(options: argparse.Namespace) -> int:
    """Mark written questions as reviewed by a person, or show which are not."""
    from eval import testset

    if not options.rest:
        raise InputError("name a file: `studypath eval review FILE [ID …]`")
    file, ids = Path(options.rest[0]), options.rest[1:]
    reviewed, every = testset.mark(file, ids)
    if options.json:
        write_json({"schema": 1, "reviewed": reviewed, "questions": every})
        return 0
    if not ids:
        for one in testset.load(file):
            state = "reviewed" if one["reviewed"] else "not reviewed"
            show_text(one_line(f"{one['id']} {state}: {one['question']}"))
    show_text(f"{reviewed} of {every} questions are reviewed.")
    return 0


# ── ways of cutting ─────────────────────────────────────────────────────────────────────────────


def evaluate_splitters(options: argparse.Namespace) -> int:
    """Compare ways of cutting documents on what ships, and on the pages of an archive."""
    from assistant.settings import load_settings
    from eval.splitters import compare_splitters, compared_json, compared_table

    if len(options.rest) > 1:
        raise InputError("name one archive at most: `studypath eval splitters FILE`")
    archive = Path(options.rest[0]) if options.rest else None
    with progress_report(options.json) as report:
        found = compare_splitters(load_settings(options.home), archive, options.split, report)
    if options.json:
        write_json(compared_json(found))
    else:
        show_text(compared_table(found))
    return 0


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
