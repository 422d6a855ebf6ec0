"""One section as HTML: what it holds, what became of its links, what was done, what it rests on.

Titles, topics, exercises, addresses and notes are hostile: everything is escaped here, or written
anew by `ui/safe_html.py`, and the only links are web addresses and our own reading pages. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from assistant.exercises import Task
from assistant.grounds import Grounds
from assistant.minutes import NOTE, Estimate, exercise_key
from assistant.overview import SectionState
from assistant.prerequisites import Need
from assistant.quotes import Quote
from assistant.section import SectionCard
from assistant.standing import Standing
from ingest.curriculum import Curriculum, Resource, Section
from ingest.library import SourceRow
from ingest.own import hours_text
from ui.next_page import mark, sentence, title_html
from ui.path_page import bar_html, facts_words, percent
from ui.path_why import disclosure, why_html
from ui.render import kind_words
from ui.report_words import count_words, time_words
from ui.safe_html import safe_html, text, with_code
from ui.section import EXERCISES

NOT_READ = "not read yet"
# What became of a link, for people; any other status is shown as the ledger has it.
STATES = {
    "indexed": "read",
    "unchanged": "read",
    "partial": "read in part",
    "no-captions": "not read",
    "not-found": "gone",
    "login-wall": "behind a login or paywall",
    "unreachable": "does not answer",
    "no-text": "holds no text to read",
    "robots-denied": "closed to programs",
    "not-in-archive": NOT_READ,
    "postponed": NOT_READ,
    "skipped": "not read by design",
}
FIRST = ' class="first"'  # how the button looks that most will press
READS = "What is not read yet, `studypath ingest` reads."


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a card is written from; `states` are those of all sections, `tasks` the exercises.

    `estimates` and `standing` are the learner's.
    """

    card: SectionCard
    section: Section
    curriculum: Curriculum
    states: Mapping[str, SectionState]
    estimates: Mapping[str, Estimate]
    standing: Standing
    tasks: Sequence[Task]
    grounds: Grounds
    now: datetime
    current: bool

    @property
    def over(self) -> bool:
        """Say whether the whole section was marked done or known."""
        return self.standing.finished(self.card.id)


def card_html(shown: Shown) -> str:
    """Write the card of a section."""
    card = shown.card
    place = card.where.removesuffix(card.title).rstrip(" ·")
    now = ' <span class="now">now</span>' if shown.current else ""
    where = f'<p class="where">{text(place)}{now}</p>' if place or now else ""
    why = why_html(shown.grounds, percent(shown.states[card.id]), shown.now)
    concept = f'<p class="concept">{text(card.concept, 2_000)}</p>' if card.concept else ""
    parts = (
        topics_html(shown),
        notes_html(shown),
        resources_html(shown),
        exercises_html(shown),
        needs_html("Builds on", card.requires, shown),
        unlocks_html(shown),
    )
    return (
        f'<article data-card="{escape(card.id)}">{where}'
        f'<h2 id="path-card-head" tabindex="-1">{text(card.title) or "Without a title"}</h2>'
        f"{standing_html(shown)}{concept}{actions_html(shown)}{why}"
        f'{"".join(parts)}<p class="back"><button type="button" data-back>'
        "Back to your path</button></p></article>"
    )


def standing_html(shown: Shown) -> str:
    """Write how well the section is known, how far it is and what it takes."""
    state = shown.states[shown.card.id]
    told = facts_words(state, None)
    hours = hours_text(shown.card.hours) if shown.card.hours else ""
    spent = f"{time_words(60 * state.recorded)} studied" if state.recorded else ""
    left = f"about {time_words(60 * state.left)} left" if state.left and state.recorded else ""
    words = " · ".join(filter(None, (told, hours, spent, left)))
    return f'<p class="standing">{bar_html(state)}<span>{text(words)}</span></p>'


def actions_html(shown: Shown) -> str:
    """Write what can be done with the section as a whole."""
    card, state = shown.card, shown.states[shown.card.id].state
    ask = f"In section {card.title}: what are the main ideas?"
    fresh = state == "open"
    marks = (
        [mark("reopened", card.id, "", "Open again", card.title)]
        if state in ("done", "known") and shown.over
        else [
            *([mark("started", card.id, "", "Begin", card.title, more=FIRST)] if fresh else []),
            mark("done", card.id, "", "Mark done", card.title),
            mark("known", card.id, "", "I know this", card.title),
        ]
    )
    ways = (
        f'<p class="do"><button type="button"{"" if fresh else FIRST}'
        f' data-quiz="{escape(card.id)}">Quiz me on this section</button>'
        f'<button type="button" data-ask="{escape(ask)}">Ask about this section</button></p>'
    )
    noted = f'<p class="do">{"".join(marks)}</p>'
    return f"{noted}{ways}" if fresh else f"{ways}{noted}"


def doing_html(shown: Shown, key: str, what: str, exercise: str, title: str) -> str:
    """Write what can be noted of a resource or an exercise, or what was."""
    standing = shown.standing
    begin = mark("started", what, exercise, "Begin", title)
    finish = mark("done", what, exercise, "Done", title)
    undo = mark("reopened", what, exercise, "Undo", title)
    if (what, exercise) in standing.exercises if exercise else key in standing.done:
        return f'<p class="do"><span class="done">✓ done</span>{undo}</p>'
    if shown.over:
        return ""
    if key in standing.begun:
        return f'<p class="do"><span class="begun">begun</span>{finish}{undo}</p>'
    return f'<p class="do">{begin}{finish}</p>'


# ── what it holds ───────────────────────────────────────────────────────────────────────────────


def topics_html(shown: Shown) -> str:
    """List the topics, each with its mastery where answers showed any, and what it builds on."""
    known = {one.topic: one.mastery for one in shown.grounds.topics}
    rows = []
    for topic, needs in shown.card.topics:
        mastery = known.get(topic)
        level = f"{round(100 * mastery.value)} %" if mastery and mastery.count else ""
        told = f' <span class="meta">{level}</span>' if level else ""
        others = [n for n in needs if n.place.section_id != shown.card.id]
        after = "; ".join(f"{n.place.topic}: {n.reason}" for n in others)
        why = f'<span class="meta block">Builds on {text(after, 1_000)}</span>' if after else ""
        rows.append(f"<li>{text(topic, 1_000)}{told}{why}</li>")
    return block("Topics", f'<ul class="plain">{"".join(rows)}</ul>') if rows else ""


def notes_html(shown: Shown) -> str:
    """Write the link to our notes on the section, where there are some."""
    key = f"{NOTE}{shown.card.id}"
    if shown.card.note is None and key not in shown.estimates:
        return ""
    title = f"Notes on {shown.card.title}"
    row = shown.card.note
    size = count_words(row.passages, "passage") if row else ""
    meta = meta_html(shown, key, "", size)
    link = f'<a href="/read/{escape(shown.card.id)}" target="_blank">{text(title)}</a>'
    doing = doing_html(shown, key, key, "", title)
    return block("Notes", f'<ul role="list"><li>{link}{meta}{doing}</li></ul>')


def resources_html(shown: Shown) -> str:
    """List the links and books, each with what became of it and the minutes it takes."""
    rows = {row.resource_id: row for row in shown.card.resources}
    written = [resource_html(shown, one, rows.pop(one.id, None)) for one in shown.section.resources]
    written += [added_html(shown, row) for row in rows.values()]
    late = any(state_words(row) == NOT_READ for row in shown.card.resources)
    hint = f'<p class="hint">{with_code(READS, 1_000)}</p>' if late else ""
    return block("Resources", f'{hint}<ul role="list">{"".join(written)}</ul>') if written else ""


def resource_html(shown: Shown, resource: Resource, row: SourceRow | None) -> str:
    """Write one link of the path."""
    stand_in = row.resolved_url if row and row.status == "partial" else None
    kind = kind_words(resource.kind)
    state = state_words(row) if resource.url else "named without a link"
    return item_html(shown, resource.id, resource.title, stand_in or resource.url, kind, state)


def added_html(shown: Shown, row: SourceRow) -> str:
    """Write one source that the learner added to the section."""
    return item_html(shown, row.resource_id, row.title, row.url, "Added by you", state_words(row))


def item_html(shown: Shown, key: str, title: str, url: str | None, kind: str, state: str) -> str:
    """Write one resource: its title as a link, kind, minutes and state, and how to note it."""
    doing = doing_html(shown, key, key, "", title)
    return f"<li>{title_html(title, url)}{meta_html(shown, key, kind, state)}{doing}</li>"


def meta_html(shown: Shown, key: str, *words: str) -> str:
    """Write kind, minutes and state on one line."""
    estimate = shown.estimates.get(key)
    minutes = f"about {estimate.minutes} min" if estimate else ""
    kind, *rest = words
    return (
        f'<span class="meta block">{text(" · ".join(filter(None, (kind, minutes, *rest))))}</span>'
    )


def state_words(row: SourceRow | None) -> str:
    """Say what became of a link, with the reason where there is one."""
    if row is None:
        return NOT_READ
    told = STATES.get(row.status, row.status.replace("-", " "))
    size = f" ({count_words(row.passages, 'passage')})" if row.passages else ""
    reason = "" if told == NOT_READ else row.reason.replace(row.url or "\0", "the page")
    return f"{told}{size}: {reason}" if reason else f"{told}{size}"


def exercises_html(shown: Shown) -> str:
    """List the exercises, each with its hints to open one by one, and then the solution."""
    helps = {task.name: task for task in shown.tasks}
    written = []
    for kind, heading in EXERCISES.items():
        rows = "".join(
            exercise_html(shown, words, helps.get(words))
            for k, words in shown.card.exercises
            if k == kind
        )
        written.append(block(heading, f'<ul role="list">{rows}</ul>') if rows else "")
    return "".join(written)


def exercise_html(shown: Shown, words: str, task: Task | None) -> str:
    """Write one exercise."""
    key = exercise_key(shown.card.id, words)
    doing = doing_html(shown, key, shown.card.id, words, words)
    return f"<li>{text(words, 2_000)}{meta_html(shown, key, '')}{help_html(task)}{doing}</li>"


def help_html(task: Task | None) -> str:
    """Write hints and solution, each closed until it is asked for."""
    if task is None:
        return ""
    count = len(task.hints)
    hints = [
        disclosure(f"{task.number}-hint-{n}", f"Hint {n} of {count}", quotes_html(quotes))
        for n, quotes in enumerate(task.hints, 1)
    ]
    if task.solution:
        name = f"{task.number}-solution"
        hints.append(disclosure(name, "Solution sketch", quotes_html(task.solution)))
    return f'<div class="help">{"".join(hints)}</div>' if hints else ""


def quotes_html(quotes: Sequence[Quote]) -> str:
    """Write quotes of our notes as HTML."""
    parts = (quote.hit.entry.passage.text[quote.start : quote.end] for quote in quotes)
    written = safe_html("\n\n".join(parts))
    return f'<div class="reading">{written}</div>'


# ── its place among the others ──────────────────────────────────────────────────────────────────


def needs_html(heading: str, needs: Sequence[Need], shown: Shown) -> str:
    """List the sections that it builds on, each a way to its card, with the reason."""
    rows = "".join(way_html(shown, need.place.section_id, need.reason) for need in needs)
    return block(heading, f'<ul role="list">{rows}</ul>') if rows else ""


def unlocks_html(shown: Shown) -> str:
    """List the sections that build on it."""
    rows = "".join(way_html(shown, section_id, "") for section_id in shown.card.needed_for)
    return block("Unlocks", f'<ul role="list">{rows}</ul>') if rows else ""


def way_html(shown: Shown, section_id: str, reason: str) -> str:
    """Write the way to another section: its place and title, how well it is known, and why."""
    meta = facts_words(shown.states[section_id], None)
    title = shown.curriculum.section(section_id).title
    why = f'<span class="meta block">{text(sentence(reason), 1_000)}</span>' if reason else ""
    return (
        f'<li><a href="#path={escape(section_id)}" data-section="{escape(section_id)}">'
        f'{text(title) or "Without a title"}</a> <span class="meta">{text(meta)}</span>{why}</li>'
    )


def block(heading: str, html: str) -> str:
    """Write a part of the card under its heading."""
    return f"<section><h3>{heading}</h3>{html}</section>"
