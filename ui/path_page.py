"""The place "My path" as HTML: its frame, the tree of the path, and how far the learner is.

Titles are hostile: everything here is escaped and cut to one line. Pure.
"""

from collections.abc import Mapping, Sequence
from html import escape

from assistant.overview import SectionState
from assistant.report import Report
from ingest.curriculum import Curriculum, Hours, Month, Section, Week
from ui import next_page
from ui.downloads import FOLDER, KINDS
from ui.path_settings import form_html
from ui.report_page import mastery_table
from ui.report_words import MASTERY_MEANS, prior_words, span_words
from ui.safe_html import text

NOT_CHECKED = "No section is begun yet. What you do and answer will show here, section by section."
OPEN = "not begun"
OUTSIDE = "Outside of the months"


def shell_html() -> str:
    """Write what of the place never changes: its parts, the downloads and the settings."""
    links = "".join(
        f'<li><a href="{FOLDER}{name}" data-file="{kind.name}">{kind.words}</a>'
        f" <span>{kind.about}</span></li>"
        for name, kind in KINDS.items()
    )
    return (
        '<section id="path-page" role="tabpanel" aria-labelledby="tab-path">'
        '<div class="study"><nav id="path-tree" aria-label="Your path">'
        '<p class="empty">Reading your path…</p></nav>'
        '<section id="path-side" aria-label="Section"><p id="path-told" role="status"></p>'
        '<p id="path-said" class="unseen" role="status"></p>'
        '<div id="path-card"></div></section>'
        f"{next_page.shell_html()}</div>"
        '<section id="path-map" aria-labelledby="path-map-head">'
        '<h2 id="path-map-head">What builds on what</h2><div id="path-picture"></div></section>'
        '<div class="far"><div id="path-mastery"></div>'
        '<div class="more"><div id="path-hours"></div>'
        '<section aria-labelledby="path-take-head"><h2 id="path-take-head">Take it with you</h2>'
        f'<ul class="take" role="list">{links}</ul><p id="path-took" role="status"></p></section>'
        f"{form_html()}</div></div></section>"
    )


# ── the tree ────────────────────────────────────────────────────────────────────────────────────


def tree_html(curriculum: Curriculum, states: Mapping[str, SectionState], current: str) -> str:
    """Write the path as months to open, each with its weeks and sections."""
    months = [month for month in curriculum.months if any(week.sections for week in month.weeks)]
    if not months:
        return '<p class="empty">Your path has no sections yet.</p>'
    holds = next((n for n, month in enumerate(months) if current in ids_of(month)), 0)
    written = (
        month_html(n, month, states, current, opened=n == holds) for n, month in enumerate(months)
    )
    return f"<h2>Your path</h2>{''.join(written)}"


def ids_of(month: Month) -> tuple[str, ...]:
    """Name the sections of a month."""
    return tuple(section.id for week in month.weeks for section in week.sections)


def month_html(
    number: int, month: Month, states: Mapping[str, SectionState], current: str, *, opened: bool
) -> str:
    """Write one month, with how many of its sections are over."""
    ids = ids_of(month)
    over = sum(states[one].state in ("done", "known") for one in ids)
    weeks = "".join(week_html(week, states, current) for week in month.weeks if week.sections)
    return (
        f'<details class="month" data-open="month-{number}"{" open" if opened else ""}><summary>'
        f'<span>{text(month_words(month))}<span class="count">{over} of {len(ids)} done</span>'
        f"</span></summary>{weeks}</details>"
    )


def month_words(month: Month) -> str:
    """Name a month."""
    if not month.number:
        return month.title or OUTSIDE
    return f"Month {month.number}: {month.title}".rstrip(": ")


def week_html(week: Week, states: Mapping[str, SectionState], current: str) -> str:
    """Write the sections of one week."""
    name = " · ".join(filter(None, (f"Week {week.number}" if week.number else "", week.title)))
    head = f"<h3>{text(name)}</h3>" if name else ""
    rows = "".join(
        f"<li>{section_html(section, states[section.id], current)}</li>"
        for section in week.sections
    )
    return f'{head}<ul role="list">{rows}</ul>'


def section_html(section: Section, state: SectionState, current: str) -> str:
    """Write one section as a button: its title, how well it is known, its hours and its state."""
    now = ' <span class="now">now</span>' if section.id == current else ""
    return (
        f'<button type="button" data-section="{escape(section.id)}">'
        f'<span class="name">{text(section.title) or "Without a title"}{now}</span>'
        f"{bar_html(state)}"
        f'<span class="facts">{facts_words(state, section.hours)}</span></button>'
    )


def bar_html(state: SectionState) -> str:
    """Draw how well a section is known; nothing is told by the bar alone."""
    width = round(100 * state.mastery.value) if state.mastery.count else 0
    return f'<span class="level" aria-hidden="true"><span style="width:{width}%"></span></span>'


def facts_words(state: SectionState, hours: Hours | None, between: str = " · ") -> str:
    """Say how well a section is known, how long it takes and how far it is."""
    time = span_words(hours.low, hours.high) if hours else ""
    told = OPEN if state.state == "open" else state.state
    return between.join(filter(None, (percent(state), time, told)))


def percent(state: SectionState) -> str:
    """Write a mastery as a percentage; empty while no answer showed any."""
    return f"{round(100 * state.mastery.value)} %" if state.mastery.count else ""


# ── how far the learner is ──────────────────────────────────────────────────────────────────────


def mastery_html(report: Report) -> str:
    """Write how well each section is known: the table of the progress report."""
    if not report.begun:
        return f'<h2>Mastery by section</h2><p class="empty">{NOT_CHECKED}</p>'
    means = f"{MASTERY_MEANS} {prior_words()}"
    return (
        f"<h2>Mastery by section</h2>{mastery_table(report)}"
        f"<details><summary>What does this show?</summary><p>{text(means, 1_000)}</p></details>"
    )


def goals_html(curriculum: Curriculum, goal: str) -> str:
    """Write the sections as choices of a goal, month by month."""
    groups: list[str] = []
    for month in curriculum.months:
        sections: Sequence[Section] = [s for week in month.weeks for s in week.sections]
        options = "".join(
            f'<option value="{escape(s.id)}"{" selected" if s.id == goal else ""}>'
            f"{text(s.title)}</option>"
            for s in sections
        )
        groups.append(f'<optgroup label="{text(month_words(month))}">{options}</optgroup>')
    whole = f'<option value=""{"" if goal else " selected"}>The whole path</option>'
    return whole + "".join(groups)
