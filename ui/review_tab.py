"""The place "Review": flashcards, quizzes and the placement test on the page.

What the browser sends is checked here; whose record it is, the server alone decides. No key leaves
the server before the question was answered or the card turned.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.grading import SELF
from assistant.short_answers import LONGEST
from ingest.errors import InputError
from ui.edge import guarded, must_be
from ui.pages import visitor_of
from ui.quiz_desk import Reviews, Wish
from ui.review_page import shell_html
from ui.review_script import SCRIPT

if TYPE_CHECKING:
    from ui.sessions import Sessions

OUR_FAULT = "Something went wrong on our side. What was noted before is kept: please try again."
WRONG = "This is nothing that Review can do: load the page again."
DEEDS = ("turn", "rate", "undo", "begin", "place", "reply", "judge", "follow", "leave", "close")
LONGEST_ID = 300  # characters
MOST_QUESTIONS = 50
# A question or card that was open for longer was left alone, and its time tells nothing.
LONGEST_TIME = 600.0  # seconds


def build_review(home: Path, sessions: "Sessions") -> None:
    """Place it inside the page that is being built."""
    import gradio as gr

    gr.HTML(
        shell_html(),
        elem_id="review",
        apply_default_css=False,
        js_on_load=SCRIPT,
        server_functions=server_functions(Reviews(home), sessions),
    )


def server_functions(reviews: Reviews, sessions: "Sessions") -> list[Callable[..., dict[str, Any]]]:
    """Make the functions that the place's script calls: to look, to count, to do something."""
    import gradio as gr

    def look(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(reviews, None, sessions.learner(visitor_of(request)))

    def due(sent: Any, request: gr.Request) -> dict[str, Any]:
        return counted(reviews, sessions.learner(visitor_of(request)))

    def act(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(reviews, sent, sessions.learner(visitor_of(request)))

    return [look, due, act]


def answered(reviews: Reviews, sent: object, learner: str) -> dict[str, Any]:
    """Do what a browser sent, None for looking alone, and give what is shown; never raises."""

    def run() -> dict[str, Any]:
        return reviews.shown(must_be(learner), Wish() if sent is None else wish_of(sent))

    return guarded(run, OUR_FAULT)


def counted(reviews: Reviews, learner: str) -> dict[str, Any]:
    """Count the cards that are due today; never raises."""
    return guarded(lambda: {"due": reviews.due(must_be(learner))}, OUR_FAULT)


def wish_of(sent: object) -> Wish:
    """Read what a browser sent; raises InputError for a value that is none."""
    given: Mapping[str, object] = sent if isinstance(sent, dict) else {}
    do = given.get("do")
    if do not in DEEDS:
        raise InputError(WRONG)
    wish = Wish(
        do=str(do),
        scope=words_in(given, "scope", LONGEST_ID),
        count=number_in(given, "count", MOST_QUESTIONS),
        sitting=words_in(given, "sitting", LONGEST_ID),
        number=number_in(given, "number"),
        answer=words_in(given, "answer", LONGEST),
        verdict=words_in(given, "verdict", LONGEST_ID),
        card=words_in(given, "card", LONGEST_ID),
        stamp=number_in(given, "stamp"),
        rating=number_in(given, "rating", 4),
        seconds=seconds_in(given.get("seconds")),
    )
    lacking = {
        "begin": not wish.count or not wish.scope,
        "rate": not wish.rating or not wish.card,
        "turn": not wish.card,
        "judge": wish.verdict not in SELF,
    }
    if lacking.get(wish.do):
        raise InputError(WRONG)
    return wish


def words_in(given: Mapping[str, object], name: str, longest: int) -> str:
    """Read words; raises InputError for what is none, or for too many."""
    value = given.get(name) or ""
    if not isinstance(value, str):
        raise InputError(WRONG)
    if len(value) > longest:
        raise InputError(f"{len(value):,} characters are too many: {longest:,} are the most.")
    return value


def number_in(given: Mapping[str, object], name: str, most: int = 1_000_000_000) -> int:
    """Read a whole number from 0, 0 for none; raises InputError for any other value."""
    value = given.get(name) or 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise InputError(WRONG)
    return value


def seconds_in(value: object) -> float | None:
    """Read how long an answer took, None when that tells nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value <= LONGEST_TIME else None
