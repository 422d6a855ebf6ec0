"""Why a section is mastered as it is, as HTML: counts, topics, the latest observations; pure."""

from datetime import datetime
from html import escape

from assistant.grounds import Grounds, Seen
from ui.report_words import count_words, short_day
from ui.safe_html import text

LATEST = 12  # observations that are listed one by one
KINDS = {"answer": "Question", "review": "Card", "exercise": "Exercise done", "known": "You said"}


def why_html(grounds: Grounds, told: str, now: datetime) -> str:
    """Say what a mastery rests on; `told` is its number in words, empty where none is shown."""
    if not grounds.seen:
        taken = round(100 * grounds.mastery.value)
        words = (
            f"Nothing you did has checked this section yet. Until then it is taken for {taken} %,"
        )
        words += " as for everybody who begins. A quiz tells more."
        return disclosure("why", "Why is there no mastery yet?", f"<p>{text(words, 1_000)}</p>")
    asked = f"Why {told}?" if told else "What is known of your mastery?"
    rows = "".join(seen_html(one) for one in grounds.seen[:LATEST])
    more = len(grounds.seen) - LATEST
    rest = f"<p>and {count_words(more, 'older observation')}.</p>" if more > 0 else ""
    return disclosure(
        "why",
        asked,
        f"<p>{text(summary_words(grounds, now), 2_000)}</p>{table_html(grounds)}"
        f'<h3>Latest first</h3><ul class="seen" role="list">{rows}</ul>{rest}',
    )


def summary_words(grounds: Grounds, now: datetime) -> str:
    """Say in sentences what was observed, how long ago, and how the number comes from it."""
    answers, cards = grounds.counted("answer"), grounds.counted("review")
    parts = []
    if answers:
        right = sum(one.share for one in answers)
        parts.append(f"{right:g} of {count_words(len(answers), 'answer')} right")
    if cards:
        parts.append(f"{count_words(len(cards), 'card')} reviewed")
    if done := grounds.counted("exercise"):
        parts.append(f"{count_words(len(done), 'exercise')} done")
    if grounds.counted("known"):
        parts.append("marked as known by you")
    learnt = [topic.holds for topic in grounds.topics if topic.holds]
    days = (now - grounds.seen[0].at).days
    ago = "today" if days < 1 else f"{count_words(days, 'day')} ago"
    told = f"It rests on: {', '.join(parts)}; the latest of it {ago}."
    if learnt:
        told += f" Of what it showed, {round(100 * sum(learnt) / len(learnt))} % still counts: it"
        told += " fades with time, and more slowly with each day of right answers."
    low, high = round(100 * grounds.mastery.low), round(100 * grounds.mastery.high)
    span = (
        f" The section's number is the mean of its topics, most likely between {low} and {high} %."
    )
    return f"{told}{span} A right answer to a hard question counts most; guessing is taken off."


def table_html(grounds: Grounds) -> str:
    """Write the mastery of each topic with the number of its observations."""
    rows = "".join(
        f'<tr><th scope="row">{text(one.topic, 1_000)}</th>'
        f"<td>{round(100 * one.mastery.value)} %{'' if one.mastery.count else ' (assumed)'}</td>"
        f"<td>{count_words(one.mastery.count, 'observation')}</td></tr>"
        for one in grounds.topics
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Topic", "Mastery", "Rests on"))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def seen_html(one: Seen) -> str:
    """Write one observation."""
    day = short_day(one.at.date())
    result = {"answer": rightness(one.share), "review": rightness(one.share)}.get(one.kind, "")
    said = text(one.words) if one.words else "that you know this section"
    told = f" · <b>{result}</b>" if result else ""
    return f'<li><span class="meta">{day} · {KINDS[one.kind]}{told}</span><span>{said}</span></li>'


def rightness(share: float) -> str:
    """Say how right an answer was."""
    if share >= 1:
        return "right"
    return f"{round(100 * share)} % right" if share > 0 else "wrong"


def disclosure(name: str, words: str, html: str) -> str:
    """Write something that is closed until it is asked for; `name` tells it from the others."""
    return f'<details data-open="{escape(name)}"><summary>{text(words)}</summary>{html}</details>'
