"""A run as one HTML file: what was measured, in plots and tables, and the questions that failed.

Nothing is loaded from elsewhere, and what questions, pages and models say is escaped.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

import numpy as np

from eval.asking import Answered
from eval.figures import Figure
from eval.plots import Bar, Line, bars, curves
from eval.records import Run
from eval.report_words import (
    EXPLAINED,
    OF_ANSWERS,
    OF_RAGAS,
    OF_REFUSALS,
    OF_SEARCH,
    SPLIT_WORDS,
)
from eval.suite import MODES
from eval.summary import (
    ANSWERS,
    HEADLINE,
    OUTCOME_WORDS,
    OUTCOMES,
    RETRIEVAL,
    judge_words,
    ragas_rows,
    searched,
    shown,
    split_words,
)

STYLE = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")
WORST = 12  # questions shown of each kind of failure
PAST = 30  # runs of the history
BINS = 5
PARTED = re.compile(r"([\d.,–-]+) \((.+ to .+)\)")  # a value with its interval


def report(run: Run, history: Sequence[Run] = ()) -> str:
    """Write a run as an HTML page; `history` are earlier runs on any questions."""
    modes = [mode for mode in MODES if mode in run.measured]
    parts = [
        opening(run),
        *cards(run, modes),
        section("Answers", told(OF_ANSWERS), figure_table(run, ANSWERS, modes)),
        section("Refusals", told(OF_REFUSALS), refusal_table(run, modes)),
        section("Search, by method", told(OF_SEARCH), *(methods_plot(run, m) for m in modes)),
        section("Key-point recall, by section", parts_plot(run, "key_points", "section", modes)),
        section("Key-point recall, by kind of question",
                parts_plot(run, "key_points", "type", modes)),
        section("Can its own estimate be trusted?", *trust(run)),
        section("Answer time", latency(run, modes)),
        section("RAGAS", ragas_table(run, modes)),
        section("The worst questions", *worst(run)),
        section("Earlier runs", past(run, history)),
    ]  # fmt: skip
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width">'
        "<meta http-equiv=Content-Security-Policy"
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Evaluation {escape(run.id)}</title><style>{STYLE}</style><main>"
        f"{''.join(parts)}</main></html>\n"
    )


def section(title: str, *parts: str) -> str:
    """Put parts under a heading; nothing when there are none."""
    body = "".join(parts)
    return f"<section><h2>{escape(title)}</h2>{body}</section>" if body else ""


def told(words: str) -> str:
    """Write a paragraph."""
    return f"<p>{escape(words)}</p>"


def opening(run: Run) -> str:
    """Say what this page is about to somebody who has never seen the project."""
    golden, about = run.about["golden"], run.about
    notes = f"{golden['not_checkable']} cannot be checked here (their pages are not in the library)"
    asked = sum(row.mode == next(iter(run.measured), "") for row in run.answers)
    half = SPLIT_WORDS.get(str(golden["split"]))
    which = f"{split_words(run)}: {half}" if half else split_words(run)
    return (
        f"<h1>How well the study assistant answers,"
        f" <span class=one>{escape(run.at[:10])}</span></h1>"
        "<p>A study assistant reads the pages that a learning path links to, and short notes of"
        " its own; it answers questions with quotations and refuses what its library does not"
        f" hold. {golden['questions']} questions with known answers are at hand ({escape(which)})."
        f" {golden['refused']} of them must be refused, {golden['checkable']} have their answer in"
        f" this library, {notes}. Search was measured on all that have an answer here; {asked}"
        " questions were also put to the assistant.</p>"
        f"{in_a_line(run)}"
        "<p>Values lie between 0 and 1, more is better; the thin line is a 95 % interval, n the"
        " number of questions.</p>"
        f"<p class=small>Run {escape(run.id)} · {escape(run.at)} · commit"
        f" {escape(about['commit'] or 'unknown')} · model {escape(about['model'])} · engine"
        f" {escape(about['config']['engine'])} · questions"
        f" {escape(golden['fingerprint'])} · {about['library']['passages']:,} passages ·"
        f" {run.seconds:.0f} s · {escape(about['machine'].get('cpu', ''))},"
        f" {escape(about['machine']['cores'])} cores</p>"
    )


def in_a_line(run: Run) -> str:
    """Say the outcome in one sentence; nothing for a run without it."""
    mode = next((mode for mode in MODES if mode in run.measured), "")
    names = ("answered", "answered_precision", "refusal_recall")
    found = [run.value(name, mode) for name in names]
    held = [figure for figure in found if figure and figure.n]
    if len(held) < len(names):
        return ""
    answered, right, refused = (f"{100 * figure.value:.0f} %" for figure in held)
    return (
        f"<p class=lead>Searching {escape(searched(run, mode))}, it answered {answered} of the"
        f" questions that have an answer, {right} of its answers were right, and it refused"
        f" {refused} of the questions that it had to.</p>"
    )


def cards(run: Run, modes: Sequence[str]) -> list[str]:
    """Show the headline of each mode as bars, each with a sentence on what it means."""
    found = []
    for mode in modes:
        rows = [bar_of(run.value(name, mode), words) for name, words in HEADLINE.items()]
        drawn = bars(f"Headline, {searched(run, mode)}", [row for row in rows if row])
        found.append(section(f"Headline, {searched(run, mode)}", drawn))
    explained = "".join(
        f"<dt>{escape(words)}</dt><dd>{escape(EXPLAINED[name])}</dd>"
        for name, words in HEADLINE.items()
    )
    return [*found, f"<dl>{explained}</dl>"]


def bar_of(figure: Figure | None, name: str, series: int = 0) -> Bar | None:
    """Make a bar of a figure; None when it does not apply."""
    if figure is None or not figure.n:
        return None
    return Bar(name, figure.value, figure.low, figure.high, f"n = {figure.n}", series)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write an HTML table; all cells are escaped."""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(map(cell, row))}</tr>" for row in rows)
    return f"<div class=wide><table><tr>{head}</tr>{body}</table></div>"


def cell(text: str) -> str:
    """Write a cell; the interval of a value stands below it."""
    parted = PARTED.fullmatch(text)
    if not parted:
        return f"<td>{escape(text)}</td>"
    value, noise = map(escape, parted.groups())
    return f"<td>{value}<span class=small>{noise}</span></td>"


def figure_table(run: Run, names: dict[str, str], modes: Sequence[str]) -> str:
    """Write figures as rows and modes as columns."""
    rows = [[words, *(shown(run.value(n, mode)) for mode in modes)] for n, words in names.items()]
    return table(["", *(searched(run, mode) for mode in modes)], rows)


def refusal_table(run: Run, modes: Sequence[str]) -> str:
    """Write precision and recall of every outcome."""
    rows = [
        [
            f"{OUTCOME_WORDS.get(outcome, outcome)}: {name}",
            *(shown(run.value(name, mode, "outcome", outcome)) for mode in modes),
        ]
        for outcome in OUTCOMES
        for name in ("precision", "recall")
    ]
    return table(["", *(searched(run, mode) for mode in modes)], rows)


def methods_plot(run: Run, mode: str) -> str:
    """Draw nDCG@10 and hit@5 of every way of ranking."""
    drawn = []
    for name in ("ndcg10", "hit5"):
        rows = [bar_of(run.value(name, mode, "method", m), m) for m in run.measured[mode]]
        title = f"{RETRIEVAL[name]}, {searched(run, mode)}"
        drawn.append(f"<h3>{escape(title)}</h3>{bars(title, [row for row in rows if row])}")
    return "".join(drawn)


def parts_plot(run: Run, name: str, by: str, modes: Sequence[str]) -> str:
    """Draw one figure for every part of the questions, both modes beside each other."""
    keys = sorted({f.key for f in run.figures if f.name == name and f.by == by})
    drawn: list[Bar] = []
    for key in keys:
        found = [bar_of(run.value(name, mode, by, key), "", n) for n, mode in enumerate(modes)]
        bars_of_key = [bar for bar in found if bar]
        drawn += [replace(bars_of_key[0], name=key), *bars_of_key[1:]]
    legend = "".join(
        f'<span class="key k{n}">{escape(searched(run, m))}</span>' for n, m in enumerate(modes)
    )
    return f"<p class=small>{legend}</p>{bars(f'{name} by {by}', drawn)}" if drawn else ""


# ── calibration, coverage and risk ──────────────────────────────────────────────────────────────


def trust(run: Run) -> list[str]:
    """Draw how the product's relevance of an answer agrees with its being right.

    Calibration by equally many answers in each bin; coverage against risk by the most relevant
    answers first (El-Yaniv & Wiener, "On the Foundations of Noise-free Selective Classification",
    2010).
    """
    even = Line("as it should be", ((0.0, 0.0), (1.0, 1.0)), 2)
    calibration, risks = [even], []
    for place, mode in enumerate(MODES):
        rows = [
            r for r in run.answers if r.mode == mode and {"relevance", "right"} <= set(r.scores)
        ]
        if len(rows) < 2 * BINS:
            continue
        pairs = sorted((r.scores["relevance"], float(right(r))) for r in rows)
        calibration.append(Line(searched(run, mode), binned(pairs), place, marks=True))
        risks.append(Line(searched(run, mode), coverage_risk(pairs), place))
    if not risks:
        return []
    return [
        "<p>The estimate is the average relevance that the product gives the sentences of an"
        " answer; an answer is right when its question has one and at least half of its key"
        " points are said.</p>",
        "<h3>Calibration</h3>",
        curves("Calibration", "relevance of an answer", "share right", calibration),
        "<h3>Coverage and risk, the most relevant answers first</h3>",
        curves("Coverage and risk", "share of answers given", "share of them wrong", risks),
    ]


def right(row: Answered) -> bool:
    """Say whether an answer that was given is right."""
    return row.answerable and bool(row.scores["right"])


def binned(pairs: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Average sorted pairs in BINS of equally many."""
    groups = np.array_split(np.array(pairs), BINS)
    return tuple((float(g[:, 0].mean()), float(g[:, 1].mean())) for g in groups if len(g))


def coverage_risk(pairs: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Give (share answered, share of them wrong) for every number of the surest answers."""
    wrong = 1.0 - np.array([value for _, value in reversed(pairs)])
    counts = np.arange(1, len(wrong) + 1)
    risk = np.cumsum(wrong) / counts
    return tuple((float(c / len(wrong)), float(r)) for c, r in zip(counts, risk, strict=True))


def latency(run: Run, modes: Sequence[str]) -> str:
    """Draw answer times against the slowest of them."""
    found = [
        (mode, quantile, run.value(f"latency_p{quantile}_ms", mode))
        for mode in modes
        for quantile in (50, 95)
    ]
    held = [(mode, quantile, figure) for mode, quantile, figure in found if figure and figure.n]
    if not held:
        return ""
    slowest = max(figure.high for _, _, figure in held)
    whole = (n * 10.0**k for k in range(9) for n in (1, 2, 4, 6, 8))  # their quarters are round
    most = next((n for n in whole if n >= slowest), slowest)
    rows = [
        Bar(
            f"{quantile} % of answers within, {searched(run, mode)}",
            figure.value,
            figure.low,
            figure.high,
        )
        for mode, quantile, figure in held
    ]
    load = run.about["machine"].get("load", "")
    busy = f"The machine's load at the end was {load}." if load else ""
    return f"{told(busy) if busy else ''}{bars('Answer time', rows, most, 'ms')}"


def ragas_table(run: Run, modes: Sequence[str]) -> str:
    """Write the scores of RAGAS, or why there are none, and what a judge cost."""
    rows = ragas_rows(run, modes)
    if not rows:
        return ""
    judge = run.about.get("judge")
    judged = told(f"Judge: {judge['name']}; {judge_words(judge)}") if judge else ""
    return told(OF_RAGAS) + judged + table(["", *(searched(run, mode) for mode in modes)], rows)


# ── the worst questions ─────────────────────────────────────────────────────────────────────────


def worst(run: Run) -> list[str]:
    """Show what failed, each question with its answer and the passages it cites side by side."""
    kinds: tuple[tuple[str, Callable[[Answered], bool]], ...] = (
        ("Answered, though nothing here answers it", lambda r: not r.answerable and not r.refused),
        ("Refused, though it has an answer", lambda r: r.answerable and r.refused),
        (
            "Answered wrongly",
            lambda r: r.answerable and not r.refused and not r.scores.get("right", 1),
        ),
    )
    found = []
    for title, holds in kinds:
        rows = sorted(filter(holds, run.answers), key=lambda r: (r.mode != MODES[0], badness(r)))
        if rows:
            more = f" ({len(rows)}, the first {WORST})" if len(rows) > WORST else f" ({len(rows)})"
            found.append(f"<h3>{escape(title)}{more}</h3>")
            found += [case(run, row) for row in rows[:WORST]]
    return found


def badness(row: Answered) -> tuple[float, str]:
    """Order failures, the worst first."""
    return (row.scores.get("key_points", 0.0) - row.scores.get("relevance", 0.0), row.id)


def case(run: Run, row: Answered) -> str:
    """Show one question."""
    scores = ", ".join(f"{name} {value:.2f}" for name, value in row.scores.items())
    said = escape(row.text) if row.text else f"<em>refused: {escape(row.reason or '')}</em>"
    cited = "".join(
        f"<li value={c.n}>“{escape(c.quote)}” <span class=small>{escape(c.title)}"
        f" · {escape(c.where)}</span></li>"
        for c in row.citations
    )
    wanted = escape(row.expected or ", ".join(row.section_ids))
    return (
        f"<details><summary>{escape(row.question)}</summary><p class=small>{escape(row.id)} ·"
        f" {escape(searched(run, row.mode))} · expected: {wanted} · {escape(scores)}</p>"
        f"<div class=pair><div class=said>{said}</div><ol>{cited or '<li>nothing cited</li>'}</ol>"
        "</div></details>"
    )


# ── history ─────────────────────────────────────────────────────────────────────────────────────


def past(run: Run, history: Sequence[Run]) -> str:
    """Draw the headline over earlier runs on the same questions, and list them."""
    same = [
        one
        for one in history
        if one.id != run.id
        and one.about["golden"]["fingerprint"] == run.about["golden"]["fingerprint"]
    ]
    runs = [*sorted(same, key=lambda one: one.at)[-PAST:], run]
    if len(runs) == 1:
        return "<p>No earlier run on the same questions is in this home.</p>"
    lines = []
    for series, (name, words) in enumerate(HEADLINE.items()):
        values = [one.value(name, MODES[0]) for one in runs]
        points = tuple(
            (place / (len(runs) - 1), figure.value)
            for place, figure in enumerate(values)
            if figure and figure.n
        )
        lines.append(Line(words, points, series, marks=True))
    rows = [
        [
            one.id,
            one.about["commit"],
            *(shown(one.value(n, MODES[0]), counted=False) for n in HEADLINE),
        ]
        for one in reversed(runs)
    ]
    drawn = curves("Earlier runs", "runs, oldest first", "value", lines)
    return drawn + table(["run", "commit", *HEADLINE.values()], rows)
