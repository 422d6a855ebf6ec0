"""A run in words and tables, as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eval.figures import Figure
from eval.records import Run
from eval.suite import MODES, OWN

# Names of figures in a reader's words, in the order of the tables.
HEADLINE = {
    "key_points": "key-point recall",
    "context_precision_by_id": "context precision, by ids",
    "context_recall_by_id": "context recall, by ids",
    "refusal_precision": "refusal precision",
    "refusal_recall": "refusal recall",
}
ANSWERS = {
    "answered": "answerable questions answered",
    "key_points_when_answered": "key-point recall of those answered",
    "answered_precision": "answers that are right",
    "accuracy": "accuracy over all questions",
    "citation_precision": "citation precision",
    "citation_recall": "citation recall",
    "relevance": "relevance of a sentence",
    "section@1": "right section first",
    "section@3": "right section among the first 3",
    "latency_p50_ms": "answer time, median (ms)",
    "latency_p95_ms": "answer time, 95 % below (ms)",
}
RETRIEVAL = {"hit5": "hit@5", "mrr10": "MRR@10", "ndcg10": "nDCG@10", "recall50": "recall@50"}
OUTCOMES = ("answered", "off_path", "not_covered")
OUTCOME_WORDS = {"not_covered": "near-miss (not_covered)", "off_path": "off the path (off_path)"}
SEARCHED = {"notes": "with our notes", "no notes": "without our notes"}


def searched(run: Run, mode: str) -> str:
    """Say what was searched in a mode; for questions of one's own our notes are no matter."""
    if run.about["golden"].get("set") == OWN:
        return "in the whole library"
    return SEARCHED.get(mode, mode)


def summary(run: Run) -> str:
    """Write what a run measured: headline, answers, refusals, search, what was left out."""
    modes = [mode for mode in MODES if mode in run.measured]
    parts = [
        opening(run),
        "## Headline\n\n" + table(run, HEADLINE, modes),
        "## Answers\n\n" + table(run, ANSWERS, modes),
        "## Refusals\n\n" + outcomes(run, modes),
        "## Search\n\n" + methods(run, modes),
        *(part for part in [ragas(run, modes)] if part),
        *(
            f"## {title}\n\n" + by_parts(run, "key_points", by, modes)
            for title, by in (("By section", "section"), ("By kind of question", "type"))
            if any(f.name == "key_points" and f.by == by for f in run.figures)
        ),
        "## Search by kind of source\n\n" + by_parts(run, "ndcg10", "source", modes),
    ]
    return "\n\n".join(parts) + "\n"


def opening(run: Run) -> str:
    """Say what was asked of what, when and by which code."""
    golden, library = run.about["golden"], run.about["library"]
    lines = [
        f"# Evaluation {run.id}",
        "",
        f"{golden['questions']} questions of the {split_words(run)}"
        f" ({golden['refused']} to be refused), fingerprint {golden['fingerprint']};"
        f" {golden['checkable']} have their answer in this library of"
        f" {library['passages']:,} passages, {golden['not_checkable']} cannot be checked here"
        f" because their pages are not in it, {len(golden['unmatched'])} find no passage.",
        "",
        f"Commit {run.about['commit'] or 'unknown'}, model {run.about['model']},"
        f" engine {run.about['config']['engine']}, {run.at}, {run.seconds:.0f} s"
        f" on {run.about['machine']['cores']} cores. Beside each value stand its 95 % interval"
        " and the number of questions.",
    ]
    return "\n".join(lines)


def split_words(run: Run) -> str:
    """Name the questions that were asked: half of ours, or a file."""
    golden = run.about["golden"]
    return f"{'file' if golden.get('set') == OWN else 'split'} {golden['split']}"


def table(run: Run, names: Mapping[str, str], modes: Sequence[str]) -> str:
    """Write figures as rows and modes as columns."""
    rows = [
        [words, *(shown(run.value(name, mode)) for mode in modes)] for name, words in names.items()
    ]
    return markdown(["", *(searched(run, mode) for mode in modes)], rows)


def outcomes(run: Run, modes: Sequence[str]) -> str:
    """Write precision and recall of each outcome, and the share refused with any code."""
    rows = []
    for outcome in OUTCOMES:
        for name in ("precision", "recall", "refused"):
            found = [run.value(name, mode, "outcome", outcome) for mode in modes]
            if any(found):
                words = "refused with any code" if name == "refused" else name
                label = f"{OUTCOME_WORDS.get(outcome, outcome)}: {words}"
                rows.append([label, *(shown(figure) for figure in found)])
    return markdown(["", *(searched(run, mode) for mode in modes)], rows)


def methods(run: Run, modes: Sequence[str]) -> str:
    """Write the measures of search by method, one table for each mode."""
    tables = []
    for mode in modes:
        rows = []
        for method in run.measured[mode]:
            found = [run.value(name, mode, "method", method) for name in RETRIEVAL]
            rows.append([method, *(shown(figure, counted=False) for figure in found)])
        figure = run.value("hit5", mode)
        count = figure.n if figure else 0
        tables.append(
            f"{searched(run, mode)}, {count} questions:\n\n"
            + markdown(["method", *RETRIEVAL.values()], rows)
        )
    return "\n\n".join(tables)


def ragas(run: Run, modes: Sequence[str]) -> str:
    """Write what RAGAS measured, with why it did not where it did not; empty when never asked."""
    rows = ragas_rows(run, modes)
    if not rows:
        return ""
    judge = run.about.get("judge")
    told = f"Judge: {judge['name']}; {judge_words(judge)}\n\n" if judge else ""
    return "## RAGAS\n\n" + told + markdown(["", *(searched(run, mode) for mode in modes)], rows)


def ragas_rows(run: Run, modes: Sequence[str]) -> list[list[str]]:
    """Write a row for every score of RAGAS, and for the spread of those that a judge gave."""
    words = {"ragas": "", "judge": " (judged)", "judge noise": " (spread of one judgement)"}
    kinds = list(dict.fromkeys((f.by, f.name) for f in run.figures if f.by in words))
    return [
        [name + words[by], *(shown(run.value(name, mode, by)) for mode in modes)]
        for by, name in sorted(kinds, key=lambda kind: list(words).index(kind[0]))
    ]


def judge_words(judge: Mapping[str, Any]) -> str:
    """Say what a judge cost and where it failed."""
    failed = sum(
        n for mode in judge["failures"].values() for m in mode.values() for n in m.values()
    )
    return (
        f"{judge['calls']} calls, about {judge['tokens_sent']:,} tokens sent and"
        f" {judge['tokens_written']:,} written, {judge['remembered_scores']} scores remembered,"
        f" {failed} scores failed and are left out."
    )


def by_parts(run: Run, name: str, by: str, modes: Sequence[str]) -> str:
    """Write one figure for every part of the questions."""
    keys = sorted({f.key for f in run.figures if f.name == name and f.by == by})
    rows = [[key, *(shown(run.value(name, mode, by, key)) for mode in modes)] for key in keys]
    words = {**HEADLINE, **ANSWERS, **RETRIEVAL}[name]
    return markdown([words, *(searched(run, mode) for mode in modes)], rows)


def shown(figure: Figure | None, *, counted: bool = True) -> str:
    """Write a figure with its interval and count, or why there is none."""
    if figure is None:
        return "–"
    if not figure.n:
        return f"not applicable ({figure.why})"
    digits = 0 if figure.name.endswith("_ms") else 3
    value, low, high = (f"{v:.{digits}f}" for v in (figure.value, figure.low, figure.high))
    count = f", n = {figure.n}" if counted else ""
    return f"{value} ({low} to {high}{count})"


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; what would break a cell is written so that it does not."""

    def line(cells: Sequence[str]) -> str:
        safe = (" ".join(cell.replace("|", "\\|").split()) for cell in cells)
        return f"| {' | '.join(safe)} |"

    return "\n".join([line(heads), "|---" * len(heads) + "|", *(line(row) for row in rows)])
