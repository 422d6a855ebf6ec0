"""The place "Review" as HTML: its shell, a card and its grades, what comes when; pure.

What a question looks like, and what became of an answer, is in `ui/quiz_page.py`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from html import escape

from assistant.desk import Deck
from assistant.grading import LETTERS
from assistant.quiz import Choice, Item, Order
from assistant.quizzing import Bank
from assistant.today import local_date
from ingest.curriculum import Week
from ui.quiz_page import key_html, letter_html, text, worded
from ui.quiz_text import RATINGS, in_days, none_due
from ui.report_plot import Column, column_plot
from ui.report_words import WEEKDAYS, count_words, day_words, short_day

FORECAST = 14  # days
COUNTS, USUAL = (3, 5, 10, 20), 5
MOST_DONE = 30  # cards that are listed at the end of a review
NO_CARDS = (
    "Each question of a quiz that you answer becomes a card here, and comes back shortly before you"
    " would forget it."
)
NO_ITEMS = "There are no quiz questions for this path: the bank that ships knows its own sections."


def shell_html() -> str:
    """Write what of the place never changes: the line that tells, and the parts."""
    return (
        '<section id="review-page" role="tabpanel" aria-labelledby="tab-review"><div class="desk">'
        '<h2 id="review-head">Review</h2>'
        '<p id="review-told" role="status" aria-live="polite"></p>'
        '<div id="review-main"><p class="hint">Looking up your cards…</p></div></div>'
        '<div class="beside"><div id="review-start"></div><div id="review-forecast"></div></div>'
        "</section>"
    )


# ── cards ───────────────────────────────────────────────────────────────────────────────────────


def card_html(head: str, item: Item, shown: Sequence[str], stamp: int) -> str:
    """Write a card's front; its key is not in it."""
    return (
        f"{opened(item, stamp)}{head}"
        f'<div class="question" id="review-question" tabindex="-1" data-focus>'
        f"{worded(item.question)}</div>{listed(item, shown)}"
        '<p class="do"><button type="button" class="main" data-do="turn">Show answer'
        " <kbd>Space</kbd></button></p></div>"
    )


def turned_html(
    head: str, item: Item, shown: Sequence[str], stamp: int, grades: str, proof: str
) -> str:
    """Write a card with its answer, the four grades and the passage that proves it."""
    return (
        f'{opened(item, stamp)}{head}<div class="question">{worded(item.question)}</div>'
        f'{listed(item, shown)}<div class="back" tabindex="-1" data-focus>{key_html(item)}</div>'
        f"{grades}{proof}</div>"
    )


def opened(item: Item, stamp: int) -> str:
    """Begin a card; the stamp says in which state it was seen."""
    return f'<div class="card" data-card="{escape(item.id)}" data-stamp="{stamp}">'


def listed(item: Item, shown: Sequence[str]) -> str:
    """List the choices of a card, or the steps to be put in order."""
    if isinstance(item.expected, Choice):
        rows = "".join(
            f'<li class="choice">{letter_html(letter)}<span>{text(one)}</span></li>'
            for letter, one in zip(LETTERS, shown, strict=False)
        )
        return f'<ol class="choices told" role="list">{rows}</ol>'
    if isinstance(item.expected, Order):
        rows = "".join(f"<li>{text(one)}</li>" for one in shown)
        return f'<p class="label">In which order?</p><ul class="steps">{rows}</ul>'
    return ""


def grades_html(dues: Mapping[int, datetime], today: date, zone: str) -> str:
    """Write the four grades, each with the day on which the card would come back."""
    days = {rating: local_date(at, zone) for rating, at in dues.items()}
    buttons = "".join(
        f'<button type="button" data-do="rate" data-rating="{rating}" data-key="{rating}">'
        f"<span><kbd>{rating}</kbd> {RATINGS[rating].capitalize()}</span>"
        f"<small>{in_days((days[rating] - today).days)}</small> <small>{short_day(days[rating])}"
        "</small></button>"
        for rating in sorted(days)
    )
    return (
        '<p class="label">How well did you know it?</p>'
        f'<div class="grades" role="group" aria-label="How well did you know it?">{buttons}</div>'
    )


def undo_html(rating: int) -> str:
    """Offer to take the last grade back."""
    return (
        '<p class="do quiet"><button type="button" data-do="undo">Undo “'
        f"{RATINGS[rating].capitalize()}” <kbd>u</kbd></button></p>"
    )


def nothing_html(deck: Deck, items: Mapping[str, Item], today: date, zone: str) -> str:
    """Say that nothing is due and when something is, and what was reviewed today."""
    more = "" if deck.cards else f'<p class="hint">{NO_CARDS}</p>'
    done = [(items[card.item_id], local_date(card.due, zone)) for card in deck.done]
    return (
        '<div class="end" tabindex="-1" data-focus>'
        f'<p class="told">{none_due(deck.next, deck.coming, today)}</p>'
        f"{more}{done_html(done, today)}</div>"
    )


def done_html(done: Sequence[tuple[Item, date]], today: date) -> str:
    """List the cards that were reviewed today, with the days on which they come back."""
    if not done:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{text(item.question, 160)}</th>'
        f"<td>{in_days((day - today).days)}<span>{short_day(day)}</span></td></tr>"
        for item, day in done[:MOST_DONE]
    )
    more = len(done) - MOST_DONE
    rest = f'<p class="hint">And {count_words(more, "other")}.</p>' if more > 0 else ""
    return (
        f"<h3>{count_words(len(done), 'card')} reviewed today</h3>"
        '<table class="moved"><thead><tr><th scope="col">Card</th><th scope="col">Comes back</th>'
        f"</tr></thead><tbody>{rows}</tbody></table>{rest}"
    )


# ── beside it ───────────────────────────────────────────────────────────────────────────────────


def start_html(bank: Bank) -> str:
    """Write the form that begins a quiz, and the offer of a placement test."""
    having = {item.section_id for item in bank.items.values()}
    groups = "".join(
        week_html(week, having)
        for month in bank.curriculum.months
        for week in month.weeks
        if having & {section.id for section in week.sections}
    )
    months = "".join(
        f'<option value="m{month.number}">All of month {month.number}</option>'
        for month in bank.curriculum.months
        if month.number and any(s.id in having for week in month.weeks for s in week.sections)
    )
    if not groups:
        return f'<h3>Quiz</h3><p class="hint">{NO_ITEMS}</p>'
    counts = "".join(
        f'<option value="{n}"{" selected" if n == USUAL else ""}>{n}</option>' for n in COUNTS
    )
    return (
        '<form id="review-quiz" autocomplete="off"><h3>Quiz</h3>'
        '<p class="field"><label for="review-scope">About</label>'
        f'<select id="review-scope">{groups}<optgroup label="Months">{months}</optgroup></select>'
        '</p><p class="field"><label for="review-count">Questions</label>'
        f'<select id="review-count">{counts}</select>'
        '<button type="submit" class="main">Begin</button></p></form>'
        '<div class="offer"><h3>Which sections do you know already?</h3>'
        '<p class="hint">A test that follows your answers, 40 questions at most, marks them as'
        " known. Left early, it marks nothing.</p>"
        '<p class="do"><button type="button" data-do="place">Take the test</button></p></div>'
    )


def week_html(week: Week, having: set[str]) -> str:
    """Offer the sections of a week, and the week where it has more than one."""
    sections = [section for section in week.sections if section.id in having]
    name = f"Month {week.month} · Week {week.number}" if week.month and week.number else week.title
    options = [f'<option value="{escape(s.id)}">{text(s.title, 80)}</option>' for s in sections]
    if len(sections) > 1 and week.month and week.number:
        prefix = f"m{week.month}w{week.number}"
        options.append(f'<option value="{prefix}">All of week {week.number}</option>')
    return f'<optgroup label="{escape(name)}">{"".join(options)}</optgroup>'


def forecast_html(dues: Sequence[int], today: date) -> str:
    """Draw how many cards come due on each of the next days, and write it."""
    days = [(today + timedelta(days=n), count) for n, count in enumerate(dues)]
    told = "; ".join(f"{short_day(day)}: {count_words(n, 'card')}" for day, n in days if n)
    if not told:
        return ""
    columns = [
        Column(WEEKDAYS[day.weekday()][:2], str(day.day), (float(n),), (str(n or ""),))
        for day, n in days
    ]
    rows = "".join(f'<tr><th scope="row">{day_words(day)}</th><td>{n}</td></tr>' for day, n in days)
    return (
        f"<h3>Cards that come due</h3>{column_plot('due', 'Cards by day', told, columns)}"
        '<details><summary>As a table</summary><table class="moved"><thead><tr>'
        '<th scope="col">Day</th><th scope="col">Cards</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></details>"
    )
