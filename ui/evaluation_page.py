"""The Evaluation place as HTML: the last report, how to run, earlier runs, two compared. Pure.

Everything in a run's record (questions, answers, ids, dates) is hostile and is escaped here.
"""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from ui.evaluation_runs import RunLine, Value, before
from ui.render import date_words
from ui.safe_html import text

REPORT = "/read/runs/"  # as the reading pages it holds no script, and may load nothing
NOTES, NO_NOTES = "notes", "no notes"
# The figures on top: name, words, and what each means.
HEADLINES = (
    ("key_points", "Key points said", "of what a right answer must say"),
    ("context_recall_by_id", "Passages found", "of those that answer, among the first ten"),
    ("refusal_recall", "Refused rightly", "of the questions that nothing here answers"),
)
SIZES = {"quick": 40, "full": 240}  # questions of each run
# Seconds that every run takes, and for each question: 59 s and 169 s of processor time with 40 and
# with 240 (`studypath eval --limit N`, the notes that ship, an empty cache). Where a run of this
# size was made before, its own time is told.
SECONDS, SECONDS_EACH = 38.0, 0.55
WHAT_IT_IS = (
    "A run asks questions whose answers are known, and counts what was said, found and rightly"
    " refused."
)
NEVER_LEAVES = "nothing leaves this machine"


def shell_html() -> str:
    """Write what of the place never changes: the parts, and how a run is begun."""
    choices = "".join(
        f'<label><input type="radio" name="evaluation-size" value="{name}"'
        f"{' checked' if name == 'full' else ''}> {words}</label>"
        for name, words in (("quick", "Quick look"), ("full", "Full run"))
    )
    return (
        '<section id="evaluation-page" role="tabpanel" aria-labelledby="tab-evaluation">'
        '<h2 id="evaluation-head" tabindex="-1">How good are the answers?</h2>'
        '<p id="evaluation-told" role="status" aria-live="polite"></p>'
        '<div class="work" id="evaluation-work"></div>'
        '<p class="unseen news" role="status" aria-live="polite"></p>'
        '<div id="evaluation-last"><p class="empty">Reading the runs…</p></div>'
        f'<div id="evaluation-run"><fieldset><legend>A new run</legend>{choices}</fieldset>'
        '<button type="button" data-run="">Run</button>'
        '<p class="hint" id="evaluation-takes"></p></div>'
        '<div id="evaluation-past"></div>'
        '<div id="evaluation-pair" hidden><h3>Compare two runs</h3>'
        '<div class="pair"><label>Before <select id="evaluation-a"></select></label>'
        '<label>After <select id="evaluation-b"></select></label>'
        '<button type="button" data-compare="">Compare</button></div>'
        '<div id="evaluation-compared"></div></div></section>'
    )


# ── the last run ────────────────────────────────────────────────────────────────────────────────


def last_html(lines: Sequence[RunLine]) -> str:
    """Write the last run: when, on how many questions, three figures and what changed."""
    good = [line for line in lines if not line.problem]
    if not good:
        return f'<p class="empty">{empty_words(lines)}</p>'
    line = good[-1]
    earlier = before(good, line)
    cards = "".join(
        card_html(words, means, line, earlier, name) for name, words, means in HEADLINES
    )
    since = (
        f"Compared with {text(when(earlier))}, on the same questions."
        if earlier
        else "There is no earlier run on the same questions to compare with."
    )
    return (
        f'<p class="meta">{text(when(line))} · {line.asked:,} questions · {line.passages:,}'
        f' passages</p><ul class="cards" role="list">{cards}</ul>'
        f'<p class="hint">{since} 1 would be all, 0 none.</p>'
        f'<p><a href="{report_link(line.id)}" target="_blank" rel="noopener">Open the whole report'
        "\u00a0↗</a></p>"
    )


def empty_words(lines: Sequence[RunLine]) -> str:
    """Say that there is no run, and what one is."""
    damaged = "No run that could be read." if lines else "No run yet."
    return f"{damaged} {WHAT_IT_IS}"


def takes(size: str, lines: Sequence[RunLine]) -> str:
    """Say how many questions a run asks, how long it takes, and that it stays here."""
    count = SIZES[size]
    like = [line.seconds for line in lines if line.seconds and line.asked == count]
    seconds = like[-1] if like else SECONDS + SECONDS_EACH * count
    minutes = max(1, round(seconds / 60))
    unit = "minute" if minutes == 1 else "minutes"
    return f"A run asks {count} questions and takes about {minutes} {unit}; {NEVER_LEAVES}."


def card_html(words: str, means: str, line: RunLine, earlier: RunLine | None, name: str) -> str:
    """Write one figure with what it means and how it changed."""
    now = line.values.get((name, NOTES))
    then = earlier.values.get((name, NOTES)) if earlier else None
    without = line.values.get((name, NO_NOTES))
    other = f'<p class="meta">{without.value:.2f} without our notes</p>' if without else ""
    value = f"{now.value:.2f}" if now else "–"
    change = f'<p class="change">{change_words(now, then)}</p>' if now and then else ""
    return (
        f'<li><h3>{words}</h3><p class="value">{value}</p><p class="meta">{means}</p>{change}'
        f"{other}</li>"
    )


def change_words(now: Value, then: Value) -> str:
    """Say how a figure changed, and whether that may be chance."""
    change = now.value - then.value
    if abs(change) < 0.005:
        return "as before"
    noise = " (may be chance)" if now.low <= then.value <= now.high else ""
    return f"{'up' if change > 0 else 'down'} {abs(change):.2f}{noise}"


# ── earlier runs ────────────────────────────────────────────────────────────────────────────────


def past_html(lines: Sequence[RunLine]) -> str:
    """Write all runs as a table, with a plot of those on the questions of the last one."""
    if not lines:
        return ""
    heads = "".join(
        f'<th scope="col">{head}</th>'
        for head in ("Run", "Questions", *(words for _, words, _ in HEADLINES), "Report")
    )
    rows = "".join(map(row_html, reversed(lines)))
    return (
        f"<h3>Runs</h3>{plot_html(lines)}"
        f'<div class="wide" tabindex="0" role="region" aria-label="Runs"><table><thead><tr>{heads}'
        f"</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def row_html(line: RunLine) -> str:
    """Write one run as a row of the table."""
    if line.problem:
        return (
            f'<tr><th scope="row">{text(line.id)}</th><td colspan="5" class="problem">Cannot be'
            f" shown: {text(line.problem)}. The other runs are not touched.</td></tr>"
        )
    cells = [f"{line.asked:,}"]
    for name, _, _ in HEADLINES:
        value = line.values.get((name, NOTES))
        cells.append(f"{value.value:.2f}" if value else "–")
    written = "".join(f"<td>{cell}</td>" for cell in cells)
    link = (
        f'<a href="{report_link(line.id)}" target="_blank" rel="noopener" aria-label="Report of'
        f' {text(when(line))}">Open\u00a0↗</a>'
    )
    return f'<tr><th scope="row">{text(when(line))}</th>{written}<td>{link}</td></tr>'


WIDTH, HEIGHT, LEFT, RIGHT = 640, 168, 32, 168


def plot_html(lines: Sequence[RunLine]) -> str:
    """Draw the three figures over the runs on the same questions as the last one."""
    good = [line for line in lines if not line.problem]
    same = [line for line in good if line.questions == good[-1].questions] if good else []
    if len(same) < 2:
        return ""
    step = (WIDTH - LEFT - RIGHT) / (len(same) - 1)
    parts = [
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick)}" y2="{y(tick)}"/>'
        f'<text class="end" x="{LEFT - 8}" y="{y(tick) + 4}">{tick:g}</text>'
        for tick in (0.0, 0.5, 1.0)
    ]
    ends: list[float] = []
    for series, (name, words, _) in enumerate(HEADLINES):
        points = [
            (LEFT + step * n, value.value, line)
            for n, line in enumerate(same)
            if (value := line.values.get((name, NOTES)))
        ]
        if not points:
            continue
        path = " ".join(f"{x:.1f},{y(value)}" for x, value, _ in points)
        dots = "".join(
            f'<circle cx="{x:.1f}" cy="{y(value)}" r="4"><title>{words}, {text(when(line))}:'
            f" {value:.2f}</title></circle>"
            for x, value, line in points
        )
        at = apart(y(points[-1][1]) + 4, ends)
        ends.append(at)
        parts.append(
            f'<g class="s{series}"><polyline points="{path}"/>{dots}'
            f'<text x="{WIDTH - RIGHT + 12}" y="{at:.1f}">{words} {points[-1][1]:.2f}</text></g>'
        )
    told = f"{len(same)} runs on the same questions, oldest first"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}">'
        f"<title>{told}; the table below has the numbers</title>{''.join(parts)}</svg>"
    )


def y(value: float) -> float:
    """Place a value between 0 and 1 on the plot."""
    return round(HEIGHT - 12 - (HEIGHT - 24) * max(0.0, min(1.0, value)), 1)


def apart(at: float, others: Sequence[float]) -> float:
    """Move a line of text down until it covers no other."""
    while any(abs(at - other) < 16 for other in others):
        at += 4
    return at


def choices_html(lines: Sequence[RunLine]) -> str:
    """Write the runs that can be compared as options, the latest first."""
    return "".join(
        f'<option value="{escape(line.id)}">{text(when(line))} ({line.asked:,} questions)</option>'
        for line in reversed(lines)
        if not line.problem
    )


# ── words ───────────────────────────────────────────────────────────────────────────────────────


def when(line: RunLine) -> str:
    """Say when a run was made: "28 Nov 2026, 00:19"; its id when that is not known."""
    day = date_words(line.at)
    return f"{day}, {line.at[11:16]}" if day and len(line.at) >= 16 else line.id


def report_link(id: str) -> str:
    """Write the address of a run's report, for an attribute."""
    return escape(f"{REPORT}{quote(id, safe='')}")
