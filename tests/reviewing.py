"""What the tests of the place "Review" share: how its page asks, and how its answers are read."""

import html as entities
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from assistant.answer import Citation
from assistant.choosing import laid_out
from assistant.items import Generated, load_items
from assistant.learner import Carded, Learner
from assistant.quiz import Choice, Distractor, Item, Order
from assistant.quizzing import key_words
from ui.quiz_desk import Reviews
from ui.quiz_page import worded
from ui.review_tab import answered

MONDAY = datetime(2026, 3, 2, 18, tzinfo=UTC)
DAY = timedelta(days=1)
BASICS = "m1w1-basic-ml-concepts"
ITEMS = load_items()

Ask = Callable[..., dict[str, Any]]


def asking(reviews: Reviews) -> Ask:
    """Give a function that asks as the page does: to look, or with `do` to do something."""

    def run(learner: str = "me", **sent: object) -> dict[str, Any]:
        return answered(reviews, sent or None, learner)

    return run


def deeds(home: Path, learner: str = "me") -> list[object]:
    with Learner(home, MONDAY + 99 * DAY, learner) as record:
        return [event.deed for event in record.events()]


def carded(home: Path, count: int = 3) -> list[Item]:
    """Make the first items of a section cards that are due."""
    items = [item for item in ITEMS.values() if item.section_id == BASICS][:count]
    with Learner(home, MONDAY - DAY) as record:
        record.add(MONDAY - DAY, *(Carded(item.id) for item in items))
    return items


def generated(words: str) -> Generated:
    """Make an item as a model may write it, with the same words wherever it has a say."""
    wrong = tuple(Distractor(f"{n} {words}", f"why {words}") for n in "abc")
    item = Item(
        f"{BASICS}/generated-0", BASICS, f"T {words}", "recall", 2,
        f"Q {words}\n```\n  code {words}\n```", Choice(f"K {words}", wrong), "", (words,),
    )  # fmt: skip
    cited = Citation(
        1, "p", f"P {words}", f"C {words}", "note", "javascript:hit()", "javascript:hit()",
        (BASICS,), f"W {words}", 0, 9, "page", "",
    )  # fmt: skip
    return Generated(item, cited)


def at(told: dict[str, Any]) -> dict[str, Any]:
    """Name the question that is shown, as the page does."""
    return {"sitting": told["sitting"], "number": told["number"]}


def asked(told: dict[str, Any]) -> Item:
    """Find the item of the question that is shown."""
    words = visible(told["main"])
    return next(i for i in ITEMS.values() if visible(worded(i.question)) in words)


def visible(html: str) -> str:
    return " ".join(entities.unescape(re.sub(r"<[^>]+>", " ", html)).split())


def right(told: dict[str, Any]) -> str:
    """Answer the question that is shown rightly."""
    item = asked(told)
    if isinstance(item.expected, Order):
        shown = [n for n in range(9) if laid_out(item, n)[0] in entities.unescape(told["main"])]
        layout = next(
            laid_out(item, n)
            for n in shown
            if [visible(told["main"]).index(s) for s in laid_out(item, n)]
            == sorted(visible(told["main"]).index(s) for s in laid_out(item, n))
        )
        return " ".join(str(layout.index(step) + 1) for step in item.expected.steps)
    return key_words(item).partition(" = ")[0]


def card_of(told: dict[str, Any]) -> dict[str, Any]:
    found = re.search(r'data-card="([^"]+)" data-stamp="(\d+)"', told["main"])
    assert found
    return {"card": found[1], "stamp": int(found[2])}


def says(html: str, item: Item) -> bool:
    words = visible(html.replace(worded(item.question), "")).casefold()
    return key_words(item).casefold() in words.replace(item.topic.casefold(), "")
