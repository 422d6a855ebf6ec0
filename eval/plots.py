"""Plots of figures as SVG text, without a library: bars with intervals, curves, points over time.

Colours come from the page's style by class, so that a plot follows its light or dark theme. Every
text in a plot is escaped here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 420  # drawn units; a phone shows them at four fifths, so that 13 is still read
VALUE = 62  # room for the numbers behind bars
NAME = 18  # height of a bar's name, which stands above it: beside it there is no room on a phone
ROW = 20
MARGIN = 30


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, value and interval; `series` 0 or 1 picks its colour.

    One without a name belongs to the bar above it.
    """

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


def bars(title: str, rows: Sequence[Bar], most: float = 1.0, unit: str = "") -> str:
    """Draw horizontal bars over 0..`most` with their intervals and their names above them."""
    inner = WIDTH - VALUE - 8

    def x(value: float) -> float:
        return 8 + inner * max(0.0, min(1.0, value / most))

    parts, top = [], 4
    for row in rows:
        if row.name:
            parts.append(f'<text x="8" y="{top + NAME - 5}">{escape(row.name)}</text>')
            top += NAME
        middle = top + ROW / 2 - 3
        parts.append(
            f'<rect x="8" y="{middle - 6:.1f}" width="{x(row.value) - 8:.1f}"'
            f' height="12" class="s{row.series}"><title>{escape(row.name)}: {row.value:.3f}'
            f" ({row.low:.3f} to {row.high:.3f}) {escape(row.note)}</title></rect>"
            f'<line x1="{x(row.low):.1f}" x2="{x(row.high):.1f}" y1="{middle:.1f}"'
            f' y2="{middle:.1f}" class="whisker"/>'
            f'<text x="{WIDTH}" y="{middle + 4:.1f}" class="end">{number(row.value, unit)}</text>'
        )
        top += ROW
    return svg(title, top + MARGIN, [grid(x, top, most, unit), *parts])


def number(value: float, unit: str = "") -> str:
    """Write a value: two digits of a share, whole ones of anything with a unit."""
    return f"{value:,.0f} {escape(unit)}" if unit else f"{value:.2f}"


def grid(place: Callable[[float], float], bottom: float, most: float, unit: str) -> str:
    """Draw the lines of none, a quarter … all of `most` with their numbers."""
    ticks = [most * n / 4 for n in range(5)]
    return "".join(
        f'<line x1="{place(t):.1f}" x2="{place(t):.1f}" y1="4" y2="{bottom:.1f}" class="grid"/>'
        f'<text x="{place(t):.1f}" y="{bottom + 16:.1f}" class="mid">'
        f"{f'{t:,.0f}' if unit else f'{t:g}'}</text>"
        for t in ticks
    )


def curves(title: str, x_name: str, y_name: str, lines: Sequence[Line]) -> str:
    """Draw curves in the unit square, and below it what each of them is."""
    left, top, wide, side = 56, 12, 344, 240
    bottom = top + side

    def at(point: tuple[float, float]) -> str:
        x, y = (max(0.0, min(1.0, value)) for value in point)
        return f"{left + wide * x:.1f},{bottom - side * y:.1f}"

    parts = []
    for n in range(5):
        y, x = bottom - side * n / 4, left + wide * n / 4
        parts.append(
            f'<line x1="{left}" x2="{left + wide}" y1="{y:.1f}" y2="{y:.1f}"'
            f' class="grid"/><text x="{left - 6}" y="{y + 4:.1f}" class="end">{n / 4:g}</text>'
            f'<text x="{x:.1f}" y="{bottom + 17}" class="mid">{n / 4:g}</text>'
        )
    parts.append(
        f'<text x="{left + wide / 2:.0f}" y="{bottom + 36}" class="mid">{escape(x_name)}</text>'
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
        y = bottom + 60 + 20 * place
        parts.append(
            f'<rect x="{left}" y="{y - 10}" width="11" height="11" class="s{line.series}"/>'
            f'<text x="{left + 18}" y="{y}">{escape(line.name)}</text>'
        )
    return svg(title, bottom + 50 + 20 * len(lines), parts)


def svg(title: str, height: float, parts: Sequence[str]) -> str:
    """Wrap a drawing, with its title for those who do not see it."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )
