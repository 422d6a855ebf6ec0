"""A progress report as Markdown; pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from assistant.report import Report, Standing
from ui.markup import escape
from ui.report_words import (
    HOURS_MEAN,
    MARK,
    MASTERY_MEANS,
    REVIEWS_MEAN,
    coming_words,
    day_words,
    due_words,
    facts,
    mastery_words,
    prior_words,
    rests_on,
    short_day,
    state_words,
    time_words,
    untimed_words,
)

BAR = 10  # characters of a mastery's bar


def report_markdown(report: Report) -> str:
    """Write a whole report; every word of others is escaped."""
    blocks = [
        f"<!-- {MARK} -->",
        f"# Progress: {escape(report.path)}",
        f"{day_words(report.day)} · learner {escape(report.learner)}",
        "\n".join(f"- {name}: **{value}** {of}" for name, value, of in facts(report)),
        "## What is next",
        "\n".join(next_lines(report)),
        "## Mastery by section",
        f"{MASTERY_MEANS} {prior_words()}",
        *mastery_blocks(report),
        "## Hours by week",
        " ".join(filter(None, (HOURS_MEAN, untimed_words(report)))),
        table(
            ("Week of", "Planned", "Done"),
            [
                (day_words(w.monday), time_words(w.planned), time_words(w.done))
                for w in report.weeks
            ],
        ),
        "## Reviews that come due",
        REVIEWS_MEAN,
        table(("Day", "Cards"), [(day_words(day), str(count)) for day, count in report.dues]),
        "## Done lately",
        "\n".join(f"- {short_day(done.day)}: {escape(done.words)}" for done in report.lately)
        or "Nothing is in the record yet.",
    ]
    return "\n\n".join(blocks) + "\n"


def next_lines(report: Report) -> Iterator[str]:
    """Write what comes next as a numbered list."""
    lines = [f"**Reviews**: {due_words(report)}"] if report.dues and report.dues[0][1] else []
    lines += [f"**{escape(one.title)}**: {escape(coming_words(one))}" for one in report.coming]
    if not report.coming:
        lines.append("Every section of the path is done.")
    return (f"{n}. {line}" for n, line in enumerate(lines, 1))


def mastery_blocks(report: Report) -> Iterator[str]:
    """Write the mastery of every section begun, a table for each month."""
    for month, standings in groupby(report.standings, key=lambda one: one.month):
        every = list(standings)
        begun = [one for one in every if one in report.begun]
        rest = " · ".join(escape(one.title) for one in every if one not in begun)
        if month:
            yield f"### {escape(month)}"
        if begun:
            yield table(("Section", "State", "", "Mastery", "Rests on"), map(mastery_row, begun))
        if rest:
            yield f"Not begun: {rest}"


def mastery_row(one: Standing) -> tuple[str, ...]:
    """Write the cells of one section."""
    value = one.mastery.value
    return (
        cell(one.title),
        state_words(one),
        bar(value),
        mastery_words(one.mastery),
        rests_on(one),
    )


def bar(value: float) -> str:
    """Draw a share with letters."""
    filled = round(BAR * value)
    return "█" * filled + "░" * (BAR - filled)


def cell(text: str) -> str:
    """Write words for a cell, which a bar in them would end."""
    return escape(text).replace("|", "\\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table of cells that are Markdown already."""
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])
