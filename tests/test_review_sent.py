"""What the place "Review" makes of anything that is sent to it, and of hostile words."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.choosing import laid_out
from assistant.items import keep
from assistant.learner import Carded, Learner, Reviewed
from assistant.precious import learner_folder
from assistant.quiz import Choice, Item, Order, Short
from tests.reviewing import (
    BASICS,
    ITEMS,
    MONDAY,
    Ask,
    asking,
    at,
    card_of,
    carded,
    deeds,
    generated,
)
from ui.edge import NO_COOKIE
from ui.quiz_desk import ANOTHER, Reviews
from ui.quiz_page import question_html, worded
from ui.review_tab import DEEDS, LONGEST_TIME, OUR_FAULT, counted

HOSTILE = "<script>hit()</script> ${hit(1)} {{x}} `</code><img src=/a onerror=hit()>`"


@pytest.fixture
def reviews(tmp_path: Path) -> Reviews:
    return Reviews(tmp_path, lambda: MONDAY)


@pytest.fixture
def ask(reviews: Reviews) -> Ask:
    return asking(reviews)


# ── what a browser may send ─────────────────────────────────────────────────────────────────────


def test_without_a_cookie_nothing_is_shown_or_noted(
    reviews: Reviews, ask: Ask, tmp_path: Path
) -> None:
    for told in (ask(""), ask("", do="begin", scope=BASICS, count=3), counted(reviews, "")):
        assert told == {"problem": NO_COOKIE}
    assert not (tmp_path / "learners").exists()


@pytest.mark.parametrize(
    "sent",
    [
        {"do": "erase"},
        {"do": ["reply"]},
        {"do": "begin", "scope": "", "count": 3},
        {"do": "begin", "scope": BASICS, "count": 0},
        {"do": "begin", "scope": BASICS, "count": 10_000},
        {"do": "begin", "scope": BASICS, "count": True},
        {"do": "begin", "scope": {"x": 1}, "count": 3},
        {"do": "rate", "card": f"{BASICS}/x", "rating": 5},
        {"do": "rate", "card": f"{BASICS}/x", "rating": -1},
        {"do": "rate", "rating": 3},
        {"do": "judge", "verdict": "brilliant"},
        {"do": "reply", "number": 1.5},
        {"do": "turn", "card": "x" * 301},
        {"do": "reply", "answer": "x" * 2_001},
        {"do": "begin", "scope": "m9", "count": 3},
        {"do": "begin", "scope": "../../x", "count": 3},
    ],
)
def test_what_is_no_wish_gets_one_sentence(
    ask: Ask, tmp_path: Path, sent: dict[str, object]
) -> None:
    told = ask(**sent)
    assert set(told) == {"problem"}
    assert told["problem"] not in ("", OUR_FAULT)
    assert "\n" not in told["problem"]
    assert not (tmp_path / "learners").exists() or deeds(tmp_path) == []


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40), st.just([]),
    st.sampled_from([*DEEDS, BASICS, "m1", f"{BASICS}/rmse-by-hand", "right", "a"]),
)  # fmt: skip
names = st.sampled_from(
    ["do", "scope", "count", "sitting", "number", "answer", "verdict", "card", "rating", "seconds"]
)


@given(sent=st.dictionaries(names, values))
@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_whatever_is_sent_gets_a_page_or_a_sentence(ask: Ask, sent: dict[str, object]) -> None:
    told = ask(**sent)
    assert set(told) == {"problem"} or told["state"]
    assert told.get("problem") != OUR_FAULT


def test_a_time_that_tells_nothing_is_left_out(ask: Ask, tmp_path: Path) -> None:
    carded(tmp_path, 4)
    for seconds in (-1, "x", LONGEST_TIME + 1, None):
        ask(do="rate", rating=3, seconds=seconds, **card_of(ask()))
    times = [deed.seconds for deed in deeds(tmp_path) if isinstance(deed, Reviewed)]
    assert times == [None] * 4


def test_one_learner_s_quiz_is_not_another_s(ask: Ask, tmp_path: Path) -> None:
    mine = ask(do="begin", scope=BASICS, count=3)
    for do in ("reply", "follow", "leave", "close", "judge"):
        theirs = ask("visitor-x", do=do, answer="", verdict="right", **at(mine))
        assert (theirs["told"], theirs["sitting"]) == (ANOTHER, "")
    assert ask()["main"] == mine["main"]
    assert deeds(tmp_path) == []


def test_a_damaged_record_is_told_in_one_sentence(ask: Ask, tmp_path: Path) -> None:
    folder = learner_folder(tmp_path, "me")
    folder.mkdir(parents=True)
    (folder / "learner.db").write_bytes(b"no database" * 500)
    told = ask()
    assert set(told) == {"problem"}
    assert "learner.db" in told["problem"]


# ── hostile words ───────────────────────────────────────────────────────────────────────────────


class Tags(HTMLParser):
    """The elements and attributes that a page's own HTML consists of."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_what_a_model_wrote_is_text_wherever_it_stands(ask: Ask, tmp_path: Path) -> None:
    written = generated(HOSTILE)
    keep(learner_folder(tmp_path, "me"), [written])
    with Learner(tmp_path, MONDAY) as record:
        record.add(MONDAY, Carded(written.item.id))
    shown = [ask(), ask(do="turn", **card_of(ask()))]
    shown.append(ask(do="begin", scope=BASICS, count=50))
    while "generated" not in shown[-1]["main"] and "Q &lt;script&gt;" not in shown[-1]["main"]:
        ask(do="reply", answer="", **at(shown[-1]))
        shown[-1] = ask(do="follow", **at(shown[-1]))
    shown.append(ask(do="reply", answer="a", **at(shown[-1])))
    shown.append(ask(do="leave", **at(shown[-1])))
    for told in shown:
        assert "hit" in told["main"]
        assert "written by a model" in told["main"] or told["state"] == "end"
        seen = Tags()
        seen.feed(told["main"] + told["start"] + told["forecast"])
        assert not seen.names & {"script", "img", "iframe", "object", "style"}
        assert not any(name.startswith("on") for name in seen.attributes)
        assert 'href="javascript' not in told["main"]


@given(words=st.text(max_size=200))
def test_no_words_become_markup(words: str) -> None:
    item = Item("s/x", "s", "t", "recall", 1, words, Short((words or "x",)), "", ())
    seen = Tags()
    seen.feed(question_html("", item, ()))
    assert seen.names <= {"div", "p", "pre", "code", "form", "label", "input", "button"}
    assert seen.attributes <= {
        "class", "id", "tabindex", "data-focus", "data-do", "data-answer", "type", "for",
        "autocomplete", "inputmode", "maxlength", "autocapitalize", "spellcheck",
        "aria-describedby",
    }  # fmt: skip


def test_code_in_a_question_keeps_its_lines() -> None:
    shown = worded(
        "What does it print?\n```python\nfor i in range(2):\n    print(i)\n```\nSay `i`."
    )
    assert "<p>What does it print?</p><pre" in shown
    assert "<code>for i in range(2):\n    print(i)</code></pre>" in shown
    assert shown.endswith("<p>Say <code>i</code>.</p>")


def test_every_item_of_the_bank_can_be_asked_and_answered_on_the_page() -> None:
    for item in ITEMS.values():
        seen = Tags()
        seen.feed(question_html("", item, laid_out(item, 0)))
        kinds = {Choice: "ol", Order: "ol"}
        assert kinds.get(type(item.expected), "input") in seen.names, item.id
