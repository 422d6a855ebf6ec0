"""The drawings of a progress report: SVG that stretches with the page and loads nothing; pure.

Horizontal places are percentages of the width, so that a drawing fits a phone and a desk without
its letters shrinking. Colours come from the page; nothing is told by colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.mastery import MASTERED, Mastery
from ui.report_words import words

ROW = 22  # pixels of one mastery bar
TOP, PLOT, FOOT = 22, 140, 40  # pixels above the bars, of the highest bar, below for labels


@dataclass(frozen=True, slots=True)
class Column:
    """One place on the horizontal axis: two lines of label, and a height for each series."""

    label: str
    under: str
    heights: tuple[float, ...]
    written: tuple[str, ...]


def mastery_bar(mastery: Mastery, title: str) -> str:
    """Draw a mastery, 0 to 1 from left to right: its interval as a band, its value as a dot.

    A section of which nothing was observed has a dashed band and a hollow dot.
    """
    kind = "seen" if mastery.count else "unseen"
    low, value, high = (100 * share for share in (mastery.low, mastery.value, mastery.high))
    middle = ROW / 2
    return (
        f'<svg class="bar {kind}" width="100%" height="{ROW}" role="img">'
        f"<title>{words(title)}</title>"
        f'<line class="axis" x1="0" x2="100%" y1="{middle}" y2="{middle}"/>'
        f'<line class="goal" x1="{100 * MASTERED:g}%" x2="{100 * MASTERED:g}%" y1="3"'
        f' y2="{ROW - 3}"/>'
        f'<line class="band" x1="{low:.1f}%" x2="{high:.1f}%" y1="{middle}" y2="{middle}"/>'
        f'<circle class="dot" cx="{value:.1f}%" cy="{middle}" r="5"/></svg>'
    )


def mastery_scale() -> str:
    """Draw the numbers that the bars below are read by."""
    ends = ((0.0, "start"), (0.5, "middle"), (MASTERED, "middle"), (1.0, "end"))
    drawn = "".join(
        f'<text x="{100 * value:g}%" y="15" text-anchor="{anchor}">{value:g}</text>'
        for value, anchor in ends
    )
    return f'<svg class="scale" width="100%" height="{ROW}" aria-hidden="true">{drawn}</svg>'


def column_plot(name: str, title: str, desc: str, columns: Sequence[Column]) -> str:
    """Draw columns with their numbers above and labels below; `name` makes the ids of the parts.

    The first of two series is an outline, the second filled.
    """
    highest = max((h for column in columns for h in column.heights), default=0.0)
    drawn = "".join(
        column_svg(column, n, len(columns), highest) for n, column in enumerate(columns)
    )
    base = TOP + PLOT
    return (
        f'<svg class="plot" width="100%" height="{base + FOOT}" role="img"'
        f' aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{words(title)}</title>'
        f'<desc id="{name}-desc">{words(desc)}</desc>'
        f'<line class="base" x1="0" x2="100%" y1="{base}" y2="{base}"/>{drawn}</svg>'
    )


def column_svg(column: Column, n: int, count: int, highest: float) -> str:
    """Draw one column: a bar for each series side by side."""
    width = 100 / count
    middle = (n + 0.5) * width
    # Wider bars than these look like blocks, and tell no more.
    bar = min(width * 0.8, 14) / len(column.heights)
    left = middle - bar * len(column.heights) / 2
    parts = []
    for series, (height, written) in enumerate(zip(column.heights, column.written, strict=True)):
        pixels = PLOT * height / highest if highest else 0.0
        x = left + series * bar
        kind = "filled" if series == len(column.heights) - 1 else "outline"
        if pixels:
            parts.append(
                f'<rect class="{kind}" x="{x + bar * 0.04:.2f}%" width="{bar * 0.92:.2f}%" rx="2"'
                f' y="{TOP + PLOT - pixels:.1f}" height="{pixels:.1f}"/>'
            )
        parts.append(
            f'<text class="number" x="{x + bar / 2:.2f}%" y="{TOP + PLOT - pixels - 5:.1f}">'
            f"{words(written)}</text>"
        )
    for line, label in enumerate((column.label, column.under)):
        parts.append(
            f'<text class="label" x="{middle:.2f}%" y="{TOP + PLOT + 16 + 15 * line}">'
            f"{words(label)}</text>"
        )
    return "".join(parts)
