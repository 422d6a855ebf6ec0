"""Questions, feedback and summaries of quizzes as a terminal prints them and as JSON; pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from assistant.answer import Citation
from assistant.cards import Card
from assistant.choosing import attempts_of, laid_out
from assistant.grading import LETTERS
from assistant.items import is_written
from assistant.learner import Event
from assistant.placement import Placed
from assistant.quiz import Choice, Item, Numeric, Order, Short
from assistant.quizzing import Bank, Feedback, Quiz, Summary, key_words
from ui.markup import one_line, plain_blocks
from ui.render import SCHEMA, citation_json, source_address, terminal_link
from ui.report_words import count_words

KINDS = {Choice: "choice", Short: "short", Numeric: "numeric", Order: "order"}
VERDICTS = {"right": "Right", "partly": "Partly right", "wrong": "Not quite", "unsure": "Unsure"}
SELF_PROMPT = "Were you right, partly right or wrong? (r/p/w) "
RATINGS = {1: "again", 2: "hard", 3: "good", 4: "easy"}


def question_text(head: str, item: Item, shown: Sequence[str]) -> str:
    """Write a question with its choices by letter, or its steps by number."""
    lines = [one_line(head), one_line(item.question)]
    lines += labelled(item, shown)
    if isinstance(item.expected, Order):
        lines.append("Type the numbers of the steps in their right order, such as 2 1 3.")
    return "\n".join(lines)


def labelled(item: Item, shown: Sequence[str]) -> list[str]:
    """Write choices by letter and steps by number."""
    marks = LETTERS if isinstance(item.expected, Choice) else [str(n + 1) for n in range(26)]
    return [f"  {mark}) {one_line(text)}" for mark, text in zip(marks, shown, strict=False)]


def head_of(bank: Bank, item: Item, number: int, count: int) -> str:
    """Say which question it is and where it belongs."""
    where = bank.curriculum.place(item.section_id)
    return f"Question {number} of {count} · {where} · {item.topic}{written_words(item)}"


def written_words(item: Item) -> str:
    """Say of an item that a model wrote it; nothing of those that ship."""
    return " · written by a model" if is_written(item) else ""


def feedback_text(feedback: Feedback) -> str:
    """Write a verdict with its grounds, the key, the passage that proves it, the distractor."""
    given = feedback.grade
    lines = [f"{VERDICTS[given.verdict]}: {one_line(given.words)}."]
    if feedback.why:
        lines.append(f"But: {one_line(feedback.why)}")
    ordered = isinstance(feedback.item.expected, Order) and given.verdict == "right"
    if given.chosen != feedback.key and not ordered:
        lines.append(f"The answer:{key_lines(feedback.key)}")
    if isinstance(feedback.item.expected, Short) and (given.met or given.missing):
        lines += [f"  named: {one_line(point)}" for point in given.met]
        lines += [f"  to name: {one_line(point)}" for point in given.missing]
    return "\n".join((*lines, *proof_lines(feedback.citation)))


def key_lines(key: str) -> str:
    """Write a key; steps stand on lines of their own."""
    lines = [one_line(part) for part in key.split("\n")]
    return f" {lines[0]}" if len(lines) == 1 else "".join(f"\n  {line}" for line in lines)


def proof_lines(citation: Citation | None) -> list[str]:
    """Write the passage that proves a key, with its place."""
    if citation is None:
        return []
    quote = " ".join(plain_blocks(citation.quote).split())
    return [f"  “{quote}”", f"  {terminal_link(source_address(citation))}"]


def summary_text(found: Summary, bank: Bank) -> str:
    """Write how a sitting went, and what it did to the topics asked."""
    if not found.asked:
        return "Nothing was answered."
    parts = [f"{found.right} right"]
    parts += [f"{found.partly} partly"] if found.partly else []
    parts += [f"{found.wrong} not"]
    lines = [f"{found.asked} answered: {', '.join(parts)}; {found.points:.3g} points."]
    if found.topics:
        lines += ["", "Mastery of the topics asked, before and now:"]
    for section_id, topic, before, after in found.topics:
        where = bank.curriculum.section(section_id).title
        lines.append(f"  {before:.2f} -> {after:.2f}  {one_line(f'{where} · {topic}')}")
    return "\n".join(lines)


def placed_text(found: Sequence[Placed], bank: Bank, marked: bool) -> str:
    """Write what a placement test found, section by section."""
    known = [one for one in found if one.known]
    if not found:
        return "Nothing was answered, so nothing is marked."
    lines = ["Known, and marked so:" if marked else "Known so far, not marked:"] if known else []
    lines += [placed_line(one, bank) for one in known]
    others = [one for one in found if not one.known]
    lines += ["Not known yet:"] if others else []
    lines += [placed_line(one, bank) for one in others]
    return "\n".join(lines)


def placed_line(one: Placed, bank: Bank) -> str:
    """Write one section with the reason."""
    return f"  {one.section_id} ({bank.curriculum.place(one.section_id)}): {one.words}"


def card_text(bank: Bank, item: Item, shown: Sequence[str], number: int, count: int) -> str:
    """Write a card's question."""
    where = bank.curriculum.place(item.section_id)
    head = f"Card {number} of {count} · {where} · {item.topic}{written_words(item)}"
    return "\n".join((one_line(head), one_line(item.question), *labelled(item, shown)))


def back_text(item: Item, citation: Citation | None) -> str:
    """Write a card's answer with its proof."""
    return "\n".join((f"The answer:{key_lines(key_words(item))}", *proof_lines(citation)))


def ratings_text(dues: Mapping[int, datetime], now: datetime, zone: str) -> str:
    """Write the four grades with the day on which the card would come back."""
    told = [f"{r} {RATINGS[r]} ({day_words(dues[r], now, zone)})" for r in RATINGS]
    return " · ".join(told)


def none_due(following: date | None, coming: int, today: date) -> str:
    """Say that no card is due, and when some are: "Nothing is due. Next: 3 cards tomorrow."."""
    if following is None:
        return "Nothing is due."
    return (
        f"Nothing is due. Next: {count_words(coming, 'card')} {in_days((following - today).days)}."
    )


def in_days(days: int) -> str:
    """Say how far a day lies from today."""
    return "today" if days <= 0 else "tomorrow" if days == 1 else f"in {days} days"


def day_words(at: datetime, now: datetime, zone: str) -> str:
    """Say on which day something is due, and in how many days."""
    place = ZoneInfo(zone)
    there = at.astimezone(place).date()
    days = (there - now.astimezone(place).date()).days
    return f"{there.day} {there:%B %Y}, {in_days(days)}"


def layout_of(item: Item, events: Sequence[Event]) -> tuple[str, ...]:
    """Lay out a card's choices for its next showing."""
    return laid_out(item, len(attempts_of(events).get(item.id, ())))


# ── JSON ────────────────────────────────────────────────────────────────────────────────────────


def item_json(item: Item, shown: Sequence[str], number: int, count: int) -> dict[str, object]:
    """Write a question as one object; `choices` are letters from a or steps from 1."""
    return {
        "schema": SCHEMA,
        "type": "question",
        "number": number,
        "of": count,
        "item_id": item.id,
        "section_id": item.section_id,
        "topic": item.topic,
        "kind": KINDS[type(item.expected)],
        "level": item.level,
        "difficulty": item.difficulty,
        "question": item.question,
        "choices": list(shown),
        "generated": is_written(item),
    }


def question_json(quiz: Quiz) -> dict[str, object]:
    """Write the present question of a sitting."""
    assert quiz.item is not None
    return item_json(quiz.item, quiz.shown, quiz.number, min(quiz.count, len(quiz.pool)))


def feedback_json(feedback: Feedback) -> dict[str, object]:
    """Write what became of an answer; `recorded` is false while it waits for a grade."""
    given = feedback.grade
    return {
        "schema": SCHEMA,
        "type": "feedback",
        "item_id": feedback.item.id,
        "answer": feedback.answer,
        "verdict": given.verdict,
        "share": round(given.share, 4),
        "words": given.words,
        "key": feedback.key,
        "why": feedback.why,
        "met": list(given.met),
        "missing": list(given.missing),
        "citation": citation_json(feedback.citation) if feedback.citation else None,
        "recorded": feedback.deed is not None,
    }


def summary_json(found: Summary) -> dict[str, object]:
    """Write how a sitting went."""
    return {
        "schema": SCHEMA,
        "type": "summary",
        "asked": found.asked,
        "right": found.right,
        "partly": found.partly,
        "wrong": found.wrong,
        "points": round(found.points, 4),
        "topics": [
            {"section_id": s, "topic": t, "before": round(b, 4), "after": round(a, 4)}
            for s, t, b, a in found.topics
        ],
    }


def card_json(
    card: Card, item: Item, citation: Citation | None, dues: Mapping[int, datetime]
) -> dict[str, object]:
    """Write a due card with its answer and the times at which it would come back."""
    return {
        "schema": SCHEMA,
        "type": "card",
        "item_id": item.id,
        "section_id": item.section_id,
        "topic": item.topic,
        "question": item.question,
        "key": key_words(item),
        "citation": citation_json(citation) if citation else None,
        "due": card.due.isoformat(),
        "reviews": card.reviews,
        "comes_back": {RATINGS[rating]: at.isoformat() for rating, at in dues.items()},
    }


def placed_json(found: Sequence[Placed], marked: bool) -> dict[str, object]:
    """Write what a placement test found."""
    return {
        "schema": SCHEMA,
        "type": "placement",
        "marked": marked,
        "sections": [
            {"section_id": p.section_id, "known": p.known, "asked": p.asked, "words": p.words}
            for p in found
        ],
    }
