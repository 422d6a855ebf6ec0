"""A progress report as one HTML file that asks no other for anything; pure."""

from collections.abc import Sequence
from itertools import groupby

from assistant.report import Report, Standing
from ui.report_plot import Column, column_plot, mastery_bar, mastery_scale
from ui.report_style import REPORT_CSS
from ui.report_words import (
    HOURS_MEAN,
    MARK,
    MASTERY_MEANS,
    MONTHS,
    REVIEWS_MEAN,
    WEEKDAYS,
    coming_words,
    count_words,
    day_words,
    facts,
    hours_number,
    mastery_words,
    prior_words,
    rests_on,
    short_day,
    state_words,
    time_words,
    untimed_words,
    words,
)

# A browser holds the page to what it says of itself: no script, nothing from anywhere.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def report_html(report: Report) -> str:
    """Write a whole report."""
    title = words(report.path)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="generator" content="{MARK}">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>Progress: {title}</title><style>{REPORT_CSS}</style></head>\n<body><main>\n"
        f'<header><p class="over">Progress report</p><h1>{title}</h1>'
        f'<p class="meta">{day_words(report.day)} · learner {words(report.learner)}</p></header>\n'
        f"{facts_html(report)}\n"
        f'<div class="pair">{coming_html(report)}{lately_html(report)}</div>\n'
        f"{mastery_html(report)}\n"
        f'<div class="pair">{hours_html(report)}{reviews_html(report)}</div>\n'
        "</main></body></html>\n"
    )


def facts_html(report: Report) -> str:
    """Write the few numbers that stand first."""
    tiles = "".join(
        f"<div><dt>{words(name)}</dt><dd><b>{words(value)}</b> <span>{words(of)}</span></dd></div>"
        for name, value, of in facts(report)
    )
    return f'<dl class="facts">{tiles}</dl>'


def coming_html(report: Report) -> str:
    """Write what comes next."""
    rows = [
        f"<li><b>{words(one.title)}</b><span>{words(coming_words(one))}</span></li>"
        for one in report.coming
    ]
    today = report.dues[0][1] if report.dues else 0
    if today:
        rows.insert(
            0, f"<li><b>Reviews</b><span>{count_words(today, 'card')} due today</span></li>"
        )
    done = "<p>Every section of the path is done.</p>" if not report.coming else ""
    listed = f'<ol class="steps">{"".join(rows)}</ol>' if rows else ""
    return f"<section><h2>What is next</h2>{listed}{done}</section>"


def lately_html(report: Report) -> str:
    """Write what was done last."""
    rows = "".join(
        f'<li><span class="day">{short_day(done.day)}</span> {words(done.words)}</li>'
        for done in report.lately
    )
    told = f'<ul class="lately">{rows}</ul>' if rows else "<p>Nothing is in the record yet.</p>"
    return f"<section><h2>Done lately</h2>{told}</section>"


def mastery_html(report: Report) -> str:
    """Write what mastery means, and that of every section."""
    return (
        "<section><h2>Mastery by section</h2>"
        f'<p class="meta">{words(f"{MASTERY_MEANS} {prior_words()}")}</p>'
        f"{mastery_table(report)}</section>"
    )


def mastery_table(report: Report) -> str:
    """Write the mastery of every section, month by month, drawn and in words."""
    bodies = "".join(
        month_html(month, list(standings), report)
        for month, standings in groupby(report.standings, key=lambda one: one.month)
    )
    scale = (
        '<thead><tr><th scope="col">Section</th><th scope="col"><div class="measure">'
        f'<div class="drawn">{mastery_scale()}</div><span>Mastery</span></div></th></tr></thead>'
    )
    return f'<table class="mastery">{scale if report.begun else ""}{bodies}</table>'


def month_html(month: str, standings: Sequence[Standing], report: Report) -> str:
    """Write the rows of one month; sections that were not begun share the last."""
    begun = [one for one in standings if one in report.begun]
    rest = [one.title for one in standings if one not in begun]
    head = f'<tr><th class="month" colspan="2" scope="rowgroup">{words(month)}</th></tr>'
    row = (
        f'<tr class="rest"><td colspan="2">Not begun: {words(" · ".join(rest))}</td></tr>'
        if rest
        else ""
    )
    return f"<tbody>{head if month else ''}{''.join(map(standing_html, begun))}{row}</tbody>"


def standing_html(one: Standing) -> str:
    """Write the row of one section."""
    told, ground = mastery_words(one.mastery), rests_on(one)
    drawn = mastery_bar(one.mastery, f"Mastery of {one.title}: {told}, {ground}")
    return (
        f'<tr><th scope="row">{words(one.title)}<span class="meta">{words(state_words(one))}'
        f'</span></th><td><div class="measure"><div class="drawn">{drawn}</div>'
        f'<span class="told"><b>{words(told)}</b><br>{words(ground)}</span></div></td></tr>'
    )


def hours_html(report: Report) -> str:
    """Write the hours of each week, drawn and as a table."""
    columns = [
        Column(
            label=str(week.monday.day),
            under=MONTHS[week.monday.month - 1],
            heights=(week.planned, week.done),
            written=(hours_number(week.planned), hours_number(week.done)),
        )
        for week in report.weeks
    ]
    desc = "; ".join(
        f"week of {short_day(week.monday)}: planned {time_words(week.planned)},"
        f" done {time_words(week.done)}"
        for week in report.weeks
    )
    rows = "".join(
        f'<tr><th scope="row">{day_words(week.monday)}</th><td>{time_words(week.planned)}</td>'
        f"<td>{time_words(week.done)}</td></tr>"
        for week in report.weeks
    )
    about = " ".join(filter(None, (HOURS_MEAN, untimed_words(report))))
    return (
        f'<section><h2>Hours by week</h2><p class="meta">{words(about)}</p>'
        '<p class="legend"><span class="outline"></span> planned'
        ' <span class="filled"></span> done, in hours</p>'
        f"{column_plot('hours', 'Hours planned and done by week', desc, columns)}"
        "<details><summary>As a table</summary><table><thead><tr>"
        '<th scope="col">Week of</th><th scope="col">Planned</th><th scope="col">Done</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></details></section>"
    )


def reviews_html(report: Report) -> str:
    """Write the forecast of reviews, drawn and as a table."""
    columns = [
        Column(WEEKDAYS[day.weekday()][:2], str(day.day), (float(count),), (str(count or ""),))
        for day, count in report.dues
    ]
    desc = "; ".join(
        f"{short_day(day)}: {count_words(count, 'card')}" for day, count in report.dues if count
    )
    if not desc:
        none = f"<p>No card comes due in the next {len(report.dues)} days.</p>"
        return f"<section><h2>Reviews that come due</h2>{none}</section>"
    rows = "".join(
        f'<tr><th scope="row">{day_words(day)}</th><td>{count}</td></tr>'
        for day, count in report.dues
    )
    return (
        f'<section><h2>Reviews that come due</h2><p class="meta">{words(REVIEWS_MEAN)}</p>'
        '<p class="legend"><span class="filled"></span> cards</p>'
        f"{column_plot('reviews', 'Cards that come due by day', desc, columns)}"
        "<details><summary>As a table</summary><table><thead><tr>"
        '<th scope="col">Day</th><th scope="col">Cards</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></details></section>"
    )
