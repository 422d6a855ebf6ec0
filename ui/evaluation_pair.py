"""Two runs held against each other as HTML: what changed, how surely, which questions. Pure."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from ui.evaluation_page import report_link
from ui.safe_html import text

if TYPE_CHECKING:
    from eval.asking import Answered
    from eval.compare import Change, Compared, Flip
    from eval.records import Run

MOST_FLIPS = 30  # questions of each kind
LONGEST_ANSWER = 1_500  # characters
FIRST = ("key_points", "right", "refused", "hit5")  # what is shown before "all figures"
HEADS = ("Figure", "Searched", "Questions", "Before", "After", "Difference (95 %)", "Verdict")


def compared_html(first: "Run", second: "Run", found: "Compared") -> str:
    """Write a comparison: remarks, what changed most tellingly, the questions that flipped."""
    remarks = "".join(f'<p class="hint">{text(remark, 500)}</p>' for remark in found.remarks)
    if not found.changes:
        return f'{remarks}<p class="empty">They have no question in common.</p>'
    top = [change for name in FIRST for change in found.changes if change.name == name]
    rest = [change for change in found.changes if change.name not in FIRST]
    more = (
        f"<details><summary>All other figures ({len(rest)})</summary>{table_html(rest)}</details>"
        if rest
        else ""
    )
    answers = [answers_of(run) for run in (first, second)]
    won = [flip for flip in found.flips if flip.won]
    lost = [flip for flip in found.flips if not flip.won]
    return (
        f"{remarks}{table_html(top)}{more}"
        f"{flips_html('Lost', lost, answers, found)}{flips_html('Won', won, answers, found)}"
    )


def table_html(changes: Sequence["Change"]) -> str:
    """Write changes as a table."""
    heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
    rows = "".join(map(change_html, changes))
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="Differences"><table><thead><tr>'
        f"{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def change_html(change: "Change") -> str:
    """Write one change; a difference whose interval holds 0 may be chance."""
    from eval.compare import NAMES
    from eval.summary import SEARCHED

    mean, low, high = change.difference.mean, change.difference.low, change.difference.high
    verdict = "better" if low > 0 else "worse" if high < 0 else "may be chance"
    if low == high == 0.0:
        verdict = "the same"
    cells = (
        SEARCHED.get(change.mode, change.mode),
        f"{change.n:,}",
        f"{change.first:.3f}",
        f"{change.second:.3f}",
        f"{mean:+.3f} ({low:+.3f} to {high:+.3f})",
    )
    written = "".join(f"<td>{text(cell)}</td>" for cell in cells)
    named = text(NAMES.get(change.name, change.name))
    kind = verdict if verdict in ("better", "worse") else "even"
    return f'<tr><th scope="row">{named}</th>{written}<td class="{kind}">{verdict}</td></tr>'


def answers_of(run: "Run") -> Mapping[tuple[str, str], "Answered"]:
    """Find a run's answers by question and mode."""
    return {(row.id, row.mode): row for row in run.answers}


def flips_html(
    title: str,
    flips: Sequence["Flip"],
    answers: Sequence[Mapping[tuple[str, str], "Answered"]],
    found: "Compared",
) -> str:
    """Write the questions that were won or lost, each with both answers."""
    shown = flips[:MOST_FLIPS]
    rows = "".join(flip_html(flip, answers, found) for flip in shown)
    more = f", the first {MOST_FLIPS}" if len(flips) > MOST_FLIPS else ""
    return f"<h4>{title} ({len(flips):,}{more})</h4>{rows or '<p>None.</p>'}"


def flip_html(
    flip: "Flip",
    answers: Sequence[Mapping[tuple[str, str], "Answered"]],
    found: "Compared",
) -> str:
    """Write one question with the answers of both runs side by side."""
    from eval.compare import NAMES
    from eval.summary import SEARCHED

    sides = zip(("Before", "After"), (found.first, found.second), answers, strict=True)
    written = "".join(
        f'<div><p class="meta"><a href="{report_link(id)}" target="_blank" rel="noopener">{side}'
        f"\u00a0↗</a></p>{answer_html(held.get((flip.id, flip.mode)))}</div>"
        for side, id, held in sides
    )
    about = f"{NAMES.get(flip.name, flip.name)}, {SEARCHED.get(flip.mode, flip.mode)} · {flip.id}"
    return (
        f"<details><summary>{text(flip.question or flip.id)}</summary>"
        f'<p class="meta">{text(about)}</p><div class="sides">{written}</div></details>'
    )


def answer_html(row: "Answered | None") -> str:
    """Write what a run answered, as text."""
    if row is None:
        return "<p>It was searched for, and not asked for an answer.</p>"
    if not row.text:
        return f"<p>Refused: {text(row.reason or 'no reason told')}</p>"
    said = row.text[:LONGEST_ANSWER] + ("…" if len(row.text) > LONGEST_ANSWER else "")
    sources = "".join(f"<li>{text(cited.title)}</li>" for cited in row.citations)
    listed = f"<ol>{sources}</ol>" if sources else ""
    return f'<p class="said">{escape(said)}</p>{listed}'
