"""The Sources place as HTML: the ledger as a table with filters, and a form to add to it. Pure.

Titles, reasons and addresses are hostile: everything here is escaped and cut to one line, and the
only links written are web addresses and our own reading pages.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ingest.curriculum import OWN, Curriculum
from ui.markup import one_line
from ui.reading import has_failed, is_link, is_unread
from ui.render import date_words, href, kind_words
from ui.safe_html import LONGEST, text, with_code
from ui.terminal import counts

if TYPE_CHECKING:
    from ingest.library import SourceRow

FILE_KINDS = (".md", ".txt", ".html", ".pdf", ".docx", ".ipynb", ".srt", ".vtt")
LARGEST_FILE = 20 * 1024 * 1024  # bytes
# A colour and a shape for each status word; what is not here gave no text.
TONES = {"indexed": "good", "unchanged": "good", "partial": "half", "skipped": "quiet"}
HEADINGS = ("Source", "Kind", "Status", "Passages", "Saved", "Reason")
HINT = (
    "Markdown, text, HTML, PDF, Word, notebooks and subtitles, up to 20 MB. A link is fetched from"
    " the web."
)
READS = "The web is asked for at most one page a second of each host; Cancel keeps what was read."


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows of the ledger to show; an empty field lets every row pass.

    `sections` are beginnings of section ids, such as "m2w3"; a whole id names only its section.
    Every word of `text` must stand in title, reason or address.
    """

    statuses: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    text: str = ""


# ── the ledger ──────────────────────────────────────────────────────────────────────────────────


def chosen(rows: Sequence["SourceRow"], filters: Filters) -> tuple["SourceRow", ...]:
    """Give the rows that fit all filters, in their order."""
    statuses = {status.casefold() for status in filters.statuses}
    kinds = {kind.casefold() for kind in filters.kinds}
    wanted = sections_of(rows, filters.sections)
    words = filters.text.casefold().split()
    return tuple(
        row
        for row in rows
        if (not statuses or row.status.casefold() in statuses)
        and (not kinds or row.kind.casefold() in kinds)
        and (not filters.sections or not wanted.isdisjoint(row.section_ids))
        and _says(row, words)
    )


def sections_of(rows: Sequence["SourceRow"], beginnings: Sequence[str]) -> set[str]:
    """Name the sections of the rows that begin so; a whole id does not stand for longer ones."""
    known = {section_id for row in rows for section_id in row.section_ids}
    whole = known.intersection(beginnings)
    parts = tuple(beginning for beginning in beginnings if beginning not in known)
    return whole | {section_id for section_id in known if parts and section_id.startswith(parts)}


def _says(row: "SourceRow", words: Sequence[str]) -> bool:
    said = f"{row.title} {row.reason} {row.url or ''}".casefold()
    return all(word in said for word in words)


def ledger_html(
    rows: Sequence["SourceRow"], curriculum: Curriculum | None, filters: Filters
) -> str:
    """Write the ledger as one table, grouped by section in path order, its counts as caption."""
    shown = chosen(rows, filters)
    caption = f'<span class="count">{escape(count_words(rows, shown))}</span>'
    if not shown:
        why = "No source fits these filters." if rows else "There are no sources yet."
        return f'<p class="caption">{caption}</p><p class="empty">{why}</p>'
    heads = "".join(
        f'<th scope="col" role="columnheader" class="{heading.lower()}">{heading}</th>'
        for heading in HEADINGS
    )
    groups = grouped(shown, curriculum, sections_of(rows, filters.sections))
    bodies = "".join(_group_html(heading, part) for heading, part in groups)
    return (
        f'<table role="table"><caption class="caption">{caption}</caption>'
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>{bodies}</table>'
    )


def count_words(rows: Sequence["SourceRow"], shown: Sequence["SourceRow"]) -> str:
    """Count what is shown: "265 sources", or "7 of 265 sources: 4 indexed · 3 partial"."""
    total = f"{len(rows)} source{'' if len(rows) == 1 else 's'}"
    if len(shown) == len(rows):  # the buttons above have their counts by status
        return total
    return one_line(
        f"{len(shown)} of {total}"
        + (f": {counts(row.status.replace('-', ' ') for row in shown)}" if shown else "")
    )


def grouped(
    rows: Sequence["SourceRow"], curriculum: Curriculum | None, wanted: set[str]
) -> list[tuple[str, list["SourceRow"]]]:
    """Put each row once under its first (wanted) section: the learner's own, then path order."""
    places = section_places(curriculum)
    groups: dict[str, list[SourceRow]] = {section_id: [] for section_id in places}
    for row in rows:
        at = [section_id for section_id in row.section_ids if not wanted or section_id in wanted]
        groups.setdefault(at[0] if at else "", []).append(row)
    return [(places.get(key, key), part) for key, part in groups.items() if part]


def section_places(curriculum: Curriculum | None) -> dict[str, str]:
    """Give the place in words of every section a source may stand in, the learner's own first."""
    places = {OWN: "My own"}
    if curriculum:
        every = (*curriculum.sections, curriculum.general)
        places |= {section.id: curriculum.place(section.id) for section in every}
    return places


def _group_html(heading: str, rows: Sequence["SourceRow"]) -> str:
    words = text(heading) or "The whole path"
    return (
        f'<tbody role="rowgroup"><tr role="row" class="section"><th scope="rowgroup"'
        f' role="rowheader" colspan="{len(HEADINGS)}">{words}</th></tr>'
        f"{''.join(map(_row_html, rows))}</tbody>"
    )


def _row_html(row: "SourceRow") -> str:
    saved = date_words(row.fetched_at)
    cells = (
        ("kind", text(kind_words(row.kind))),
        ("status", f'<span class="state {tone(row.status)}">{_status(row.status)}</span>'),
        ("passages", _passages_html(row)),
        ("saved", f'<span class="unit">saved </span>{saved}' if saved else ""),
        ("reason", f"{with_code(row.reason)}{_again_html(row)}"),
    )
    written = "".join(f'<td role="cell" class="{name}">{html}</td>' for name, html in cells)
    return f'<tr role="row"><th scope="row" role="rowheader">{_title_html(row)}</th>{written}</tr>'


def _passages_html(row: "SourceRow") -> str:
    """Write how many passages there are, as a button that shows them."""
    if not row.passages:
        return '0<span class="unit"> passages</span>'
    unit = "passage" if row.passages == 1 else "passages"
    return (
        f'<button type="button" class="plain" data-open="{escape(row.resource_id)}"'
        f' aria-expanded="false" aria-label="{row.passages} {unit} of {text(row.title)}">'
        f'{row.passages}<span class="unit"> {unit}</span></button>'
    )


def _again_html(row: "SourceRow") -> str:
    """Write the button that reads one link again, where that can help."""
    if not has_failed(row):
        return ""
    words = "Read it" if is_unread(row) else "Try again"
    return (
        f'<button type="button" class="plain" data-read="{escape(row.resource_id)}"'
        f' aria-label="{words}: {text(row.title)}">{words}</button>'
    )


def _title_html(row: "SourceRow") -> str:
    title = text(row.title) or "Without a title"
    link = href(row.url) if row.url else None
    if not link:
        return title
    host = urlsplit(link).netloc.rpartition("@")[2]
    named = f'<span class="host">{escape(host)}</span>' if host else ""
    return f'<a href="{escape(link)}" target="_blank" rel="noopener noreferrer">{title}</a>{named}'


def tone(status: str) -> str:
    """Name the colour and shape that go with a status word."""
    return TONES.get(status, "bad")


def _status(status: str) -> str:
    """Write a status word as people do: "not in archive"."""
    return text(status.replace("-", " "))


# ── filters and form ────────────────────────────────────────────────────────────────────────────


def filters_of(sent: object) -> Filters:
    """Read filters that a browser sent; whatever is not as meant counts as not given."""
    given = sent if isinstance(sent, dict) else {}

    def words(name: str) -> tuple[str, ...]:
        values = given.get(name)
        found = values if isinstance(values, list) else []
        return tuple(v for v in found[:50] if isinstance(v, str) and 0 < len(v) <= LONGEST)

    typed = given.get("text")
    shortened = typed[:LONGEST] if isinstance(typed, str) else ""
    return Filters(words("statuses"), words("kinds"), words("sections"), shortened)


def choices_html(rows: Sequence["SourceRow"], curriculum: Curriculum | None) -> str:
    """Write the filters that the rows allow: a button per status, a list of kinds, of sections."""
    buttons = "".join(
        f'<button type="button" class="state {tone(status)}" aria-pressed="false"'
        f' data-status="{escape(status)}">{count} {_status(status)}</button>'
        for status, count in Counter(row.status for row in rows).most_common()
    )
    kinds = Counter(row.kind for row in rows)
    named = sorted((kind_words(kind), kind, count) for kind, count in kinds.items())
    options = "".join(_option(kind, f"{words} ({count})") for words, kind, count in named)
    sections = section_options(curriculum, months=True)
    return (
        f'<div class="states" role="group" aria-label="Status">{buttons}</div>'
        f'<label>Kind <select id="sources-kind"><option value="">Any</option>{options}</select>'
        f'</label><label>Section <select id="sources-section"><option value="">Any</option>'
        f"{sections}</select></label>"
    )


def _option(value: str, words: str) -> str:
    return f'<option value="{escape(value)}">{text(words)}</option>'


def section_options(curriculum: Curriculum | None, *, months: bool = False) -> str:
    """Write the sections as options, the learner's own first; `months` can be chosen whole."""
    written = [_option(OWN, "My own")]
    for month in curriculum.months if curriculum else ():
        name = f"Month {month.number}" if month.number else "Outside of the months"
        inside = [_option(f"m{month.number}w", f"All of {name}")] if months else []
        for week in month.weeks:
            ahead = f"Week {week.number} · " if week.number else ""
            inside += [_option(section.id, f"{ahead}{section.title}") for section in week.sections]
        written.append(f'<optgroup label="{name}">{"".join(inside)}</optgroup>')
    if curriculum:
        written.append(_option(curriculum.general.id, curriculum.general.title))
    return "".join(written)


def reads_html(rows: Sequence["SourceRow"]) -> str:
    """Write the buttons that read the path's links: all of them, or those that gave nothing."""
    links = sum(map(is_link, rows))
    if not links:
        return ""
    unread, failed = sum(map(is_unread, rows)), sum(map(has_failed, rows))
    first = unread > links / 2
    words = f"Read the path’s links ({links})" if first else f"Read all again ({links})"
    buttons = f'<button type="button" data-read="all">{words}</button>'
    if failed and not first:
        less = f"Read what is missing ({failed})"
        buttons += f'<button type="button" data-read="failed">{less}</button>'
    return f'{buttons}<p class="hint">{READS}</p>'


def held_words(count: int) -> str:
    """Name the passages that are kept out of answers."""
    if count == 1:
        return "1 passage held back as a possible attack"
    return f"{count:,} passages held back as possible attacks"


def shell_html() -> str:
    """Write what of the tab never changes: the form, the search box and the places of the rest."""
    return (
        '<section id="sources-page" role="tabpanel" aria-labelledby="tab-sources">'
        "<h2>Sources</h2>"
        '<details id="sources-add"><summary><h3>Add a link or a file</h3></summary><form>'
        '<label class="address">Address <input id="sources-address" type="text" inputmode="url"'
        ' autocomplete="off" placeholder="https://" maxlength="2000"></label>'
        '<label class="file">or a file <input id="sources-file" type="file"'
        f' accept="{",".join(FILE_KINDS)}" data-largest="{LARGEST_FILE}"></label>'
        '<label class="into">Section <select id="sources-into"></select></label>'
        f'<button type="submit">Add</button><p class="hint">{HINT}</p></form></details>'
        '<div class="reads" id="sources-reads"></div>'
        '<p id="sources-told" role="status" aria-live="polite"></p>'
        '<div class="work" id="sources-work"></div>'
        '<p class="unseen news" role="status" aria-live="polite"></p>'
        '<div class="filters"><label class="find">Find <input id="sources-find" type="search"'
        ' placeholder="in titles, reasons and addresses" maxlength="200"></label>'
        '<div id="sources-choices"></div>'
        '<button type="button" id="sources-all" hidden>Show all</button></div>'
        '<p id="sources-count" class="unseen" role="status" aria-live="polite"></p>'
        '<details id="sources-held" hidden><summary></summary><div class="inside"></div></details>'
        '<div id="sources-ledger"><p class="empty">Reading the ledger…</p></div></section>'
    )
