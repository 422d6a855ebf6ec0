"""A ROC curve as a small SVG picture, without a plotting library."""

from collections.abc import Mapping, Sequence

SIZE, EDGE = 300, 44
COLOURS = ("#0f766e", "#b45309", "#64748b", "#94a3b8")
DASHES = ("", "7 3", "2 3", "9 3 2 3")


def roc_points(good: Sequence[float], bad: Sequence[float]) -> list[tuple[float, float]]:
    """Give (share of bad ones passed, share of good ones passed) for every bar, from 0 to 1."""
    points = [(0.0, 0.0)]
    for bar in sorted({*good, *bad}, reverse=True):
        points.append(
            (sum(s >= bar for s in bad) / len(bad), sum(s >= bar for s in good) / len(good))
        )
    return points


def roc_svg(curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], x: str, y: str) -> str:
    """Draw named curves of (scores of good ones, scores of bad ones), each with its dashes."""
    drawn = []
    for n, (name, (good, bad)) in enumerate(curves.items()):
        points = " ".join(
            f"{EDGE + SIZE * a:.1f},{10 + SIZE * (1 - b):.1f}" for a, b in roc_points(good, bad)
        )
        style = f'stroke="{COLOURS[n % 4]}" stroke-width="2" stroke-dasharray="{DASHES[n % 4]}"'
        at = 200 + 22 * n
        drawn += [
            f'<polyline points="{points}" fill="none" {style}/>',
            f'<line x1="{EDGE + 110}" x2="{EDGE + 140}" y1="{at}" y2="{at}" {style}/>',
            f'<text x="{EDGE + 146}" y="{at + 4}">{name}</text>',
        ]
    wide, high = SIZE + EDGE + 20, SIZE + EDGE + 10
    axes = [
        f'<rect x="{EDGE}" y="10" width="{SIZE}" height="{SIZE}" fill="none" stroke="#94a3b8"/>',
        f'<text x="{EDGE + SIZE / 2}" y="{high - 8}" text-anchor="middle">{x}</text>',
        f'<text transform="translate(14 {10 + SIZE / 2}) rotate(-90)" text-anchor="middle">{y}'
        "</text>",
    ]
    for share in (0, 0.5, 1):
        place = f'x="{EDGE + SIZE * share}" y="{SIZE + 26}" text-anchor="middle"'
        axes.append(f"<text {place}>{share:g}</text>")
        axes.append(
            f'<text x="{EDGE - 6}" y="{14 + SIZE * (1 - share)}" text-anchor="end">{share:g}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}"'
        f' height="{high}" font-family="system-ui, sans-serif" font-size="12" fill="#475569">\n'
        f'<rect width="{wide}" height="{high}" fill="#ffffff"/>\n' + "\n".join([*axes, *drawn])
    ) + "\n</svg>\n"
