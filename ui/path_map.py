"""The map of what builds on what: one picture (SVG), and the same as a list of words; pure.

The months stand side by side as columns, each with its sections in the order of the path; a path
without months is laid out by weeks, one without both in one row of columns. Lines lead from a
section to those that build on it. What other lines already say is left out of the picture.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from unicodedata import east_asian_width

from assistant.needs import reached
from assistant.overview import SectionState
from assistant.prerequisites import Prerequisites
from ingest.curriculum import Curriculum, Section
from ui.markup import one_line
from ui.path_page import OUTSIDE, facts_words, month_words
from ui.safe_html import text

WIDTH, HEIGHT = 224, 72  # pixels of a section
ACROSS, DOWN = 70, 14  # pixels between columns, and between sections of a column
EDGE, TOP = 36, 40  # pixels left of the first column, and above it for its name
ROWS = 10  # of a column; a longer month has more than one
LINE, LINES, NAME = 26, 2, 32  # letters of a line, lines of a title, letters of a column's name
# A picture of more shows nothing that the tree does not show better: 300 sections with 584 edges
# are 8,822 pixels wide, 185 kB and took 0.3 s (32 with 48: 1,178 pixels, 19 kB, 0.01 s).
MOST = 300
MEANS = (
    "A line leads from a section to one that builds on it. The bar below a title is your mastery."
)
ALONE = "Nothing is known of what builds on what in this path: its sections stand in its order."


@dataclass(frozen=True, slots=True)
class Node:
    """A section at its place in the picture; `x` and `y` are its upper left corner in pixels."""

    section: Section
    column: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Column:
    """Sections one below the other, under a name."""

    name: str
    sections: tuple[Section, ...]


def map_html(
    curriculum: Curriculum, prerequisites: Prerequisites, states: Mapping[str, SectionState]
) -> str:
    """Write the picture and the list of a path."""
    sections = curriculum.sections
    if not sections:
        return '<p class="empty">Your path has no sections yet.</p>'
    direct = {s.id: tuple(n.place.section_id for n in prerequisites.of(s.id)) for s in sections}
    told = MEANS if any(direct.values()) else ALONE
    if len(sections) > MOST:
        told = f"{len(sections)} sections are too many for a picture; here they are as a list."
        return f'<p class="hint">{told}</p>{list_html(curriculum, direct, states)}'
    return (
        f'<p class="hint">{told} The arrow keys go from one section to the next.</p>'
        f'<div class="scroll">{picture(curriculum, direct, states)}</div>'
        f"{list_html(curriculum, direct, states)}"
    )


def list_html(
    curriculum: Curriculum,
    direct: Mapping[str, Sequence[str]],
    states: Mapping[str, SectionState],
) -> str:
    """Write the same in words, for who does not see the picture."""
    titles = {section.id: section.title for section in curriculum.sections}
    rows = []
    for section in curriculum.sections:
        before = ", ".join(titles[one] for one in direct[section.id] if one in titles)
        after = f": builds on {before}" if before else ""
        said = state_words(states[section.id])
        rows.append(f"<li>{text(section.title)} ({said}){text(after, 2_000)}</li>")
    return (
        '<details data-open="list"><summary>The same as a list</summary>'
        f"<ol>{''.join(rows)}</ol></details>"
    )


def state_words(state: SectionState) -> str:
    """Say how well a section is known and how far it is, as one says it aloud."""
    return facts_words(state, None, ", ")


# ── the picture ─────────────────────────────────────────────────────────────────────────────────


def picture(
    curriculum: Curriculum,
    direct: Mapping[str, Sequence[str]],
    states: Mapping[str, SectionState],
) -> str:
    """Draw sections and lines; the words of each are those that a screen reader says."""
    columns = columns_of(curriculum)
    nodes = {node.section.id: node for node in placed(columns)}
    width = 2 * EDGE + len(columns) * (WIDTH + ACROSS) - ACROSS
    height = max(node.y for node in nodes.values()) + HEIGHT + 8
    lines = "".join(
        line_svg(nodes[before], nodes[after])
        for before, after in lines_of(direct)
        if before in nodes
    )
    names = "".join(
        f'<text class="column" x="{EDGE + n * (WIDTH + ACROSS)}" y="20">'
        f"{escape(cut(one_line(one.name), NAME))}</text>"
        for n, one in enumerate(columns)
    )
    drawn = "".join(node_svg(node, states[id], direct[id]) for id, node in nodes.items())
    return (
        f'<svg class="map" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        ' role="group" aria-labelledby="path-map-head"><defs><marker id="path-arrow"'
        ' viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"'
        ' markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M0 0L8 4L0 8z"/></marker></defs>{names}<g class="lines">{lines}</g>{drawn}</svg>'
    )


def columns_of(curriculum: Curriculum) -> tuple[Column, ...]:
    """Part a path into columns: by months, else by weeks, else by number."""
    months = [
        Column(month_words(month), tuple(s for week in month.weeks for s in week.sections))
        for month in curriculum.months
    ]
    weeks = [
        Column(
            f"Week {week.number}: {week.title}".rstrip(": ") if week.number else OUTSIDE,
            week.sections,
        )
        for month in curriculum.months
        for week in month.weeks
    ]
    groups = [one for one in months if one.sections]
    if len(groups) < 2:
        groups = [one for one in weeks if one.sections]
    if len(groups) < 2:
        groups = [Column("", curriculum.sections)]
    return tuple(part for group in groups for part in parted(group))


def parted(column: Column) -> Iterator[Column]:
    """Part what is too long for one column into even ones."""
    count = -(-len(column.sections) // ROWS)
    rows = -(-len(column.sections) // count)
    for n in range(count):
        name = column.name if n == 0 else f"{column.name} ({n + 1})" if column.name else ""
        yield Column(name, column.sections[n * rows : (n + 1) * rows])


def placed(columns: Sequence[Column]) -> Iterator[Node]:
    """Give every section its place."""
    for n, column in enumerate(columns):
        for row, section in enumerate(column.sections):
            x, y = EDGE + n * (WIDTH + ACROSS), TOP + row * (HEIGHT + DOWN)
            yield Node(section, n, x, y)


def lines_of(direct: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """List the edges (before, after) that no chain of others says already."""
    found = []
    for after, needs in direct.items():
        implied = reached(direct, [far for one in needs for far in direct.get(one, ())])
        found += [(one, after) for one in dict.fromkeys(needs) if one not in implied]
    return found


def line_svg(source: Node, target: Node) -> str:
    """Draw one line: to the right between columns, round the left side within one."""
    y1, y2 = source.y + HEIGHT / 2, target.y + HEIGHT / 2
    if source.column < target.column:
        x1, x2 = source.x + WIDTH, target.x - 2
        bend = ACROSS * 0.6
        shape = f"M{x1} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2} {y2:g}"
    else:
        x1, x2 = source.x, target.x - 2
        out = min(EDGE - 6, 10 + 7 * abs(y2 - y1) / (HEIGHT + DOWN))
        shape = f"M{x1} {y1:g}C{x1 - out:g} {y1:g} {x2 - out:g} {y2:g} {x2} {y2:g}"
    return (
        f'<path class="line" data-from="{escape(source.section.id)}"'
        f' data-to="{escape(target.section.id)}" d="{shape}" marker-end="url(#path-arrow)"/>'
    )


def node_svg(node: Node, state: SectionState, needs: Sequence[str]) -> str:
    """Draw one section as a link to its card: title, mastery as a bar and a number, state."""
    id, said = escape(node.section.id), state_words(state)
    title = text(node.section.title) or "Without a title"
    lines = "".join(
        f'<tspan x="{node.x + 12}" dy="{0 if n == 0 else 16}">{escape(line)}</tspan>'
        for n, line in enumerate(wrapped(node.section.title))
    )
    level = round(state.mastery.value * (WIDTH - 24)) if state.mastery.count else 0
    bar = f'x="{node.x + 12}" y="{node.y + HEIGHT - 10}" height="4" rx="2"'
    below = f'x="{node.x + 12}" y="{node.y + HEIGHT - 16}"'
    fill = f'<rect class="fill" {bar} width="{level}"/>' if level else ""
    kind = state.state if state.state in ("done", "known", "begun") else "open"
    count = f", builds on {len(needs)}" if needs else ""
    return (
        f'<a class="node {kind}" href="#path={id}" data-section="{id}" tabindex="-1"'
        f' aria-label="{title}, {said}{count}"><title>{title}</title>'
        f'<rect class="box" x="{node.x}" y="{node.y}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
        f'<text class="name" y="{node.y + 20}">{lines}</text>'
        f'<text class="state" {below}>{said}</text>'
        f'<rect class="track" {bar} width="{WIDTH - 24}"/>{fill}</a>'
    )


def wrapped(title: str) -> list[str]:
    """Part a title into a line or two that fit a box; wide letters count twice."""
    lines, line = [], ""
    for word in one_line(title).split():
        joined = f"{line} {word}".strip()
        if line and width_of(joined) > LINE:
            lines.append(line)
            joined = word
        line = joined
    lines.append(line)
    kept = [cut(one) for one in lines[:LINES]]
    if len(lines) > LINES:
        kept[-1] = cut(f"{lines[LINES - 1]} {lines[LINES]}")
    return kept


def cut(line: str, most: int = LINE) -> str:
    """Shorten a line to so many letters."""
    if width_of(line) <= most:
        return line
    while line and width_of(line) > most - 1:
        line = line[:-1]
    return f"{line.rstrip()}…"


def width_of(words: str) -> int:
    """Count letters, wide ones twice."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in words)
