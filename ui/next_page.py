"""The part "What next" of the place "My path" as HTML: today's plan, and what was done today.

Titles, reasons and exercises are hostile: everything here is escaped and cut to one line, and the
only links written are web addresses and our own reading pages. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from assistant.lines import Line
from assistant.plan import StudyPlan
from ui.markup import one_line
from ui.plan_text import VERBS, head_words, time_words
from ui.render import href
from ui.safe_html import text, with_code

STEP, LEAST_RANGE = 5, 240  # minutes between two places of the slider, and its end


@dataclass(frozen=True, slots=True)
class Ticked:
    """Something done today; `what` and `exercise` name it as `studypath reopen` takes it."""

    what: str
    exercise: str
    title: str


def shell_html() -> str:
    """Write what of the part never changes: the slider, the line that tells, and the plan's box."""
    return (
        '<section id="next-page" aria-labelledby="next-head">'
        '<div class="head"><h2 id="next-head" tabindex="-1">What next</h2>'
        '<p class="time"><label for="next-minutes">Time today</label>'
        f'<input id="next-minutes" type="range" min="0" max="{LEAST_RANGE}" step="{STEP}" value="0"'
        ' aria-describedby="next-calendar">'
        '<output id="next-output" for="next-minutes"></output></p>'
        '<p id="next-calendar" class="hint"></p></div>'
        '<div class="say"><p id="next-told" role="status" aria-live="polite"></p>'
        '<button type="button" id="next-undo" hidden>Undo</button></div>'
        '<div id="next-plan"><p class="empty">Making your plan…</p></div></section>'
    )


def plan_html(plan: StudyPlan, notice: str, ticked: Sequence[Ticked]) -> str:
    """Write a plan: its lines, what slips and where the learner stands, what was done today."""
    lines = "".join(line_html(n, line) for n, line in enumerate(plan.items, 1))
    listed = f'<ol class="lines" role="list">{lines}</ol>' if lines else ""
    first = 0 if lines else 1  # why there is nothing comes before what follows from it
    slips = [sentence(slip.words()) for slip in plan.slips]
    end = [*plan.words[:first], *slips, *plan.words[first:], notice]
    told = "".join(f"<p>{with_code(words, 1_000)}</p>" for words in end if words)
    kind = "end" if lines else "end empty"
    return (
        f'<p class="count">{text(head_words(plan))}</p>{listed}'
        f'<div class="{kind}">{told}</div>{ticked_html(ticked)}'
    )


def line_html(number: int, line: Line) -> str:
    """Write one line: what to do, how long, the title as a link, why, and how to note it."""
    return (
        f'<li><p class="what"><span class="number" aria-hidden="true">{number}</span>'
        f"<strong>{VERBS[line.action]}</strong> <span>{text(time_words(line))}</span></p>"
        f'<p class="title">{title_html(line.title, line.url)}</p>'
        f'<p class="why">{text(sentence(line.reason))}</p>'
        f'<p class="do">{doing_html(line)}</p></li>'
    )


def title_html(title: str, url: str | None) -> str:
    """Write a title, as a link where there is one to follow."""
    named = text(title) or "Without a title"
    link = href(url) if url else None
    if not link:
        return named
    return f'<a href="{escape(link)}" target="_blank" rel="noopener noreferrer">{named}</a>'


def doing_html(line: Line) -> str:
    """Write the buttons that note a line, or that open what is answered in Review."""
    if line.action in ("review", "quiz"):
        return answering(line)
    done = button(line, "done", "Done", line.minutes)
    if line.minutes >= line.left:
        return done
    return button(line, "started", f"Studied {line.minutes} min", line.minutes) + done


def answering(line: Line) -> str:
    """Write the button that opens what is answered in another place of the page."""
    if line.action == "review":
        return '<button type="button" data-go="review">Review</button>'
    return (
        f'<button type="button" data-quiz="{escape(line.section_id)}"'
        f' aria-label="Quiz me: {text(line.title)}">Quiz me</button>'
    )


def button(line: Line, state: str, words: str, minutes: int) -> str:
    """Write one button; its name tells which line it belongs to."""
    exercise = line.title if line.action == "exercise" else ""
    what = line.section_id if exercise else line.resource_id
    return mark(state, what, exercise, words, line.title, more=f' data-minutes="{minutes}"')


def mark(state: str, what: str, exercise: str, words: str, title: str, *, more: str = "") -> str:
    """Write a button that notes something; its name tells which thing it belongs to.

    `more` are further attributes, as HTML.
    """
    return (
        f'<button type="button"{more} data-state="{state}" data-what="{escape(what)}"'
        f' data-exercise="{escape(exercise)}" aria-label="{words}: {text(title)}">{words}</button>'
    )


def ticked_html(ticked: Sequence[Ticked]) -> str:
    """List what was done today, each to be taken back."""
    rows = "".join(
        f"<li><span>{text(one.title)}</span>"
        f"{mark('reopened', one.what, one.exercise, 'Undo', one.title)}</li>"
        for one in ticked
    )
    return f'<h3>Done today</h3><ul class="ticked" role="list">{rows}</ul>' if rows else ""


def sentence(words: str) -> str:
    """Write a reason as a sentence."""
    line = one_line(words)
    ended = line if line.endswith((".", "?", "!")) else f"{line}."
    return ended[:1].upper() + ended[1:]
