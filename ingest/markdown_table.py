"""Tables of data -> pipe tables, one line per row; tables used for layout are told apart."""

import re
from collections.abc import Callable

from lxml import etree

from ingest.hidden import text_length

_MOST_SPAN = 50
_MOST_CELLS = 40_000


def is_layout(table: "etree._Element") -> bool:
    """Tell a table that only arranges the page (or holds code) from one that holds data."""
    if table.get("role") in ("presentation", "none"):
        return True
    if (
        next(table.iterdescendants("table", "pre", "h1", "h2", "h3", "article", "section"), None)
        is not None
    ):
        return True
    rows = rows_of(table)
    widest = max((len(cells_of(row)) for row in rows), default=0)
    headed = next(table.iter("th"), None) is not None
    return widest < 2 or (len(rows) < 2 and not headed)


def is_headed(table: "etree._Element") -> bool:
    """Tell a table whose first row names its columns: even if all of it are links, it is data."""
    rows = rows_of(table)
    head = cells_of(rows[0]) if rows else []
    named = all(cell.tag == "th" and text_length(cell) for cell in head)
    return len(head) >= 2 and named and len(rows) > 2


def rows_of(table: "etree._Element") -> list["etree._Element"]:
    """Return the rows of a table, not those of tables inside it."""
    return [
        row
        for row in table.iter("tr")
        if next(row.iterancestors("table"), None) is table and row.get("hidden") is None
    ]


def cells_of(row: "etree._Element") -> list["etree._Element"]:
    """Return the cells of a row."""
    return [cell for cell in row if cell.tag in ("td", "th")]


def pipe_table(table: "etree._Element", text_of: Callable[["etree._Element"], str]) -> str:
    """Write a table; `text_of` gives the one-line text of a cell.

    A cell that spans rows is repeated in each of them, so that every row can be read alone.
    """
    grid = _grid(rows_of(table), text_of)
    width = max((len(row) for row in grid), default=0)
    padded = [row + [""] * (width - len(row)) for row in grid]
    used = [column for column in range(width) if any(row[column] for row in padded)]
    lines = [[row[column] for column in used] for row in padded if any(row)]
    if len(used) < 2 and width > 1 and all(len("".join(line)) < 30 for line in lines):
        return ""  # labels beside pictures, such as a table of badges
    if len(lines) < 2 or len(used) < 2:
        return "\n\n".join(" ".join(filter(None, line)) for line in lines)
    head, *body = lines
    rule = ["---"] * len(used)
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *body))


def _grid(
    rows: list["etree._Element"], text_of: Callable[["etree._Element"], str]
) -> list[list[str]]:
    grid: list[list[str]] = []
    open_cells: dict[int, tuple[int, str]] = {}  # column -> rows still to fill, text
    size = 0
    for row in rows:
        line: list[str] = []
        for cell in cells_of(row):
            _fill(line, open_cells)
            text = re.sub(r"\s+", " ", text_of(cell)).strip().replace("|", "\\|")
            columns, height = _span(cell, "colspan"), _span(cell, "rowspan")
            for extra in range(columns):
                if height > 1:
                    open_cells[len(line)] = (height - 1, "" if extra else text)
                line.append("" if extra else text)
        _fill(line, open_cells)
        size += len(line)
        if size > _MOST_CELLS:
            break
        grid.append(line)
    return grid


def _fill(line: list[str], open_cells: dict[int, tuple[int, str]]) -> None:
    """Repeat, at the end of a row begun, the cells that reach down from the rows above."""
    while len(line) in open_cells:
        left, text = open_cells.pop(len(line))
        if left > 1:
            open_cells[len(line)] = (left - 1, text)
        line.append(text)


def _span(cell: "etree._Element", name: str) -> int:
    value = cell.get(name) or "1"
    return min(max(int(value), 1), _MOST_SPAN) if re.fullmatch(r"[0-9]{1,5}", value) else 1
