"""Plots of figures as SVG text, without a library: bars with intervals, curves, points over time.

Colours come from the page's style by class, so that a plot follows its light or dark theme. Every
text in a plot is escaped here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 700
LABEL = 310  # room for the names of bars
ROW = 26
MARGIN = 42


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, value and interval, all 0..1; `series` 0 or 1 picks its colour."""

    name: str
    value: float
    low: float
    high: float
    note: str = ""
    series: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One curve of points (x, y), both 0..1; `marks` draws a dot at each."""

    name: str
    points: tuple[tuple[float, float], ...]
    series: int = 0
    marks: bool = False


def bars(title: str, rows: Sequence[Bar]) -> str:
    """Draw horizontal bars over 0..1 with their intervals."""
    height = ROW * len(rows) + MARGIN
    inner = WIDTH - LABEL - 60

    def x(value: float) -> float:
        return LABEL + inner * max(0.0, min(1.0, value))

    parts = [grid(x, height - 20)]
    for place, row in enumerate(rows):
        middle = ROW * place + ROW / 2 + 6
        parts.append(
            f'<text x="{LABEL - 8}" y="{middle + 4:.1f}" class="end">{escape(row.name)}</text>'
            f'<rect x="{LABEL}" y="{middle - 7:.1f}" width="{x(row.value) - LABEL:.1f}"'
            f' height="14" class="s{row.series}"><title>{escape(row.name)}: {row.value:.3f}'
            f" ({row.low:.3f} to {row.high:.3f}) {escape(row.note)}</title></rect>"
            f'<line x1="{x(row.low):.1f}" x2="{x(row.high):.1f}" y1="{middle:.1f}"'
            f' y2="{middle:.1f}" class="whisker"/>'
            f'<text x="{WIDTH - 52}" y="{middle + 4:.1f}">{row.value:.2f}</text>'
        )
    return svg(title, height, parts)


def grid(place: Callable[[float], float], bottom: float) -> str:
    """Draw the lines of 0, 0.25 … 1 with their numbers."""
    ticks = [n / 4 for n in range(5)]
    return "".join(
        f'<line x1="{place(t):.1f}" x2="{place(t):.1f}" y1="4" y2="{bottom:.1f}" class="grid"/>'
        f'<text x="{place(t):.1f}" y="{bottom + 14:.1f}" class="mid">{t:g}</text>'
        for t in ticks
    )


def curves(title: str, x_name: str, y_name: str, lines: Sequence[Line]) -> str:
    """Draw curves in the unit square, with a legend when there are several."""
    side, left, top = 280, 56, 12
    bottom = top + side

    def at(point: tuple[float, float]) -> str:
        x, y = (max(0.0, min(1.0, value)) for value in point)
        return f"{left + 1.6 * side * x:.1f},{bottom - side * y:.1f}"

    parts = []
    for n in range(5):
        y, x = bottom - side * n / 4, left + 1.6 * side * n / 4
        parts.append(
            f'<line x1="{left}" x2="{left + 1.6 * side:.0f}" y1="{y:.1f}" y2="{y:.1f}"'
            f' class="grid"/><text x="{left - 6}" y="{y + 4:.1f}" class="end">{n / 4:g}</text>'
            f'<text x="{x:.1f}" y="{bottom + 16}" class="mid">{n / 4:g}</text>'
        )
    parts.append(
        f'<text x="{left + 0.8 * side:.0f}" y="{bottom + 34}" class="mid">{escape(x_name)}</text>'
        f'<text x="12" y="{top + side / 2:.0f}" class="mid"'
        f' transform="rotate(-90 12 {top + side / 2:.0f})">{escape(y_name)}</text>'
    )
    for place, line in enumerate(lines):
        path = " ".join(at(point) for point in line.points)
        parts.append(f'<polyline points="{path}" class="l{line.series}"/>')
        if line.marks:
            spots = (at(point).split(",") for point in line.points)
            parts += [
                f'<circle cx="{x}" cy="{y}" r="3.5" class="s{line.series}"/>' for x, y in spots
            ]
        y = top + 16 + 18 * place
        parts.append(
            f'<rect x="{left + 1.6 * side + 12:.0f}" y="{y - 9}" width="10" height="10"'
            f' class="s{line.series}"/>'
            f'<text x="{left + 1.6 * side + 28:.0f}" y="{y}">{escape(line.name)}</text>'
        )
    return svg(title, bottom + 44, parts)


def svg(title: str, height: float, parts: Sequence[str]) -> str:
    """Wrap a drawing, with its title for those who do not see it."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )
