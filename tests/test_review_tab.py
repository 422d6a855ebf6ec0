"""The place "Review" without a browser: what it asks, shows and notes."""

import html as entities
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant.choosing import laid_out
from assistant.desk import Desk, open_bank
from assistant.learner import Attempt, Carded, Known, Learner, Reviewed, Studied
from assistant.quiz import Choice, Short
from assistant.quizzing import key_words, within
from tests.reviewing import (
    BASICS,
    ITEMS,
    MONDAY,
    Ask,
    asked,
    asking,
    at,
    card_of,
    carded,
    deeds,
    right,
    says,
    visible,
)
from ui.quiz_desk import (
    ANOTHER,
    CARD_GONE,
    ELSEWHERE,
    NO_GRADE,
    UNDER_WAY,
    UNDONE,
    Reviews,
)
from ui.review_tab import answered


@pytest.fixture
def reviews(tmp_path: Path) -> Reviews:
    return Reviews(tmp_path, lambda: MONDAY)


@pytest.fixture
def ask(reviews: Reviews) -> Ask:
    return asking(reviews)


# ── cards ───────────────────────────────────────────────────────────────────────────────────────


def test_looking_makes_no_record_and_says_how_cards_come_to_be(ask: Ask, tmp_path: Path) -> None:
    told = ask()
    assert (told["state"], told["due"], told["head"]) == ("nothing", 0, "Review")
    assert "Nothing is due." in told["main"]
    assert "becomes a card" in told["main"]
    assert told["section"] == BASICS
    assert told["forecast"] == ""
    assert not (tmp_path / "learners").exists()


def test_a_card_is_shown_turned_and_graded(ask: Ask, tmp_path: Path) -> None:
    items = {item.id: item for item in carded(tmp_path)}
    front = ask()
    assert (front["state"], front["head"], front["due"]) == ("card", "3 due today", 3)
    assert "1 of 3 · Month 1 · Week 1 · Basic ML Concepts" in front["main"]
    card = card_of(front)
    item = items[card["card"]]
    back = ask(do="turn", **card)
    assert back["state"] == "turned"
    assert entities.escape(key_words(item)) in back["main"]
    assert "<mark>" in back["main"]
    assert f'href="/read/{BASICS}#' in back["main"]
    assert re.findall(r"<small>([^<]+)</small>", back["main"])[:2] == ["tomorrow", "Tue 3 Mar"]
    assert deeds(tmp_path)[3:] == []
    following = ask(do="rate", rating=3, seconds=7.5, **card)
    assert deeds(tmp_path)[3:] == [Reviewed(item.id, item.topic, 3, 7.5)]
    assert (following["state"], following["due"]) == ("card", 2)
    assert "2 of 3 ·" in following["main"]


def test_at_the_end_stands_what_was_reviewed_and_when_more_comes(ask: Ask, tmp_path: Path) -> None:
    carded(tmp_path, 2)
    told = ask()
    for rating in (1, 4):
        told = ask(do="rate", rating=rating, **card_of(told))
    assert (told["state"], told["due"]) == ("nothing", 0)
    assert "Nothing is due. Next: 1 card tomorrow." in told["main"]
    assert "2 cards reviewed today" in told["main"]
    assert "Tue 3 Mar: 1 card" in told["forecast"]


def test_a_front_does_not_hold_its_key(ask: Ask, tmp_path: Path) -> None:
    for item in carded(tmp_path, 12):
        if isinstance(item.expected, Short):
            with Learner(tmp_path, MONDAY) as record:
                record.add(MONDAY, *(Carded(i.id, kept=i is item) for i in ITEMS.values()))
            assert not says(ask()["main"], item)


def test_a_card_that_is_not_due_is_neither_turned_nor_graded(ask: Ask, tmp_path: Path) -> None:
    carded(tmp_path, 1)
    other = next(i for i in ITEMS.values() if i.section_id.startswith("m3"))
    turned = ask(do="turn", card=other.id, stamp=0)
    assert turned["state"] == "card"
    assert key_words(other) not in visible(turned["main"])
    assert ask(do="rate", card=other.id, stamp=0, rating=4)["told"] == CARD_GONE
    assert len(deeds(tmp_path)) == 1


def test_two_tabs_grade_a_card_once(reviews: Reviews, ask: Ask, tmp_path: Path) -> None:
    carded(tmp_path, 2)
    card = card_of(ask())
    sent = {"do": "rate", "rating": 3, **card}
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: answered(reviews, sent, "me"), range(4)))
    assert sorted(one["told"] for one in told) == ["", *[CARD_GONE] * 3]
    assert sum(isinstance(deed, Reviewed) for deed in deeds(tmp_path)) == 1


def test_the_last_grade_is_taken_back_and_the_card_waits_as_before(
    ask: Ask, tmp_path: Path
) -> None:
    carded(tmp_path)
    before = ask()
    card = card_of(before)
    following = ask(do="rate", rating=1, **card)
    assert "Undo “Again” <kbd>u</kbd>" in following["main"]
    undone = ask(do="undo")
    assert (undone["told"], undone["main"]) == (UNDONE.format("again"), before["main"])
    assert undone["forecast"] == before["forecast"]
    assert not [deed for deed in deeds(tmp_path) if isinstance(deed, Reviewed)]
    assert ask(do="undo")["told"] == NO_GRADE
    # It can be graded as it should have been, also by a tab that still shows it as it was.
    assert ask(do="rate", rating=4, **card)["due"] == 2
    assert [deed.rating for deed in deeds(tmp_path) if isinstance(deed, Reviewed)] == [4]


def test_a_grade_stays_once_its_card_was_answered_elsewhere(ask: Ask, tmp_path: Path) -> None:
    (item, *_) = carded(tmp_path, 1)
    ask(do="rate", rating=3, **card_of(ask()))
    with Learner(tmp_path, MONDAY) as record:
        record.add(MONDAY, Attempt(item.id, item.topic, 1.0))
    assert ask(do="undo")["told"] == NO_GRADE
    assert sum(isinstance(deed, Reviewed) for deed in deeds(tmp_path)) == 1


# ── a quiz ──────────────────────────────────────────────────────────────────────────────────────


def test_a_quiz_goes_from_question_to_question_and_ends_with_what_moved(
    ask: Ask, tmp_path: Path
) -> None:
    told = ask(do="begin", scope=BASICS, count=3)
    assert (told["state"], told["head"]) == ("question", "Quiz: Basic ML Concepts")
    seen = []
    for number in (1, 2, 3):
        assert f"Question {number} of 3 · Month 1" in told["main"]
        seen.append(asked(told))
        told = ask(do="reply", answer=right(told) if number < 3 else "", seconds=4, **at(told))
        assert told["state"] == "told"
        assert ("<strong>Right</strong>" in told["main"]) == (number < 3)
        assert "<mark>" in told["main"]
        assert ("See how it went" in told["main"]) == (number == 3)
        told = ask(do="follow", **at(told))
    assert told["state"] == "end"
    assert "2 of 3 right." in told["main"]
    assert "Look at these again" in told["main"]
    assert told["main"].count('<th scope="row">') == len({item.topic for item in seen})
    made = deeds(tmp_path)
    assert [d.item_id for d in made if isinstance(d, Attempt)] == [item.id for item in seen]
    assert {d.seconds for d in made if isinstance(d, Attempt)} == {4.0}
    assert ask(do="close", **at(told))["state"] == "nothing"


def test_the_questions_and_the_record_are_those_of_the_terminal(ask: Ask, tmp_path: Path) -> None:
    told = ask(do="begin", scope="m1w2", count=4)
    with open_bank(tmp_path, "ada") as bank, Learner(tmp_path, MONDAY, "ada") as record:
        desk = Desk(bank, record, lambda: MONDAY)
        quiz = desk.start(within(bank, "m1w2"), 4)
        while quiz.item is not None:
            assert asked(told).id == quiz.item.id
            quiz, _ = desk.answer(quiz, "")
            told = ask(do="follow", **at(ask(do="reply", answer="", **at(told))))
    assert deeds(tmp_path) == deeds(tmp_path, "ada")


def test_no_question_holds_its_key_before_it_was_answered(ask: Ask) -> None:
    for scope in ("m1", "m2", "m3", "m4"):
        told = ask(do="begin", scope=scope, count=12)
        while told["state"] == "question":
            item = asked(told)
            assert "<mark>" not in told["main"]
            assert not isinstance(item.expected, Short) or not says(told["main"], item)
            if isinstance(item.expected, Choice):
                assert not any(d.why in told["main"] for d in item.expected.distractors)
            told = ask(do="follow", **at(ask(do="reply", answer="", **at(told))))
        ask(do="close", **at(told))


def test_a_reload_goes_on_where_the_quiz_stands(ask: Ask) -> None:
    told = ask(do="begin", scope=BASICS, count=5)
    assert ask()["main"] == told["main"]
    told = ask(do="reply", answer="", **at(told))
    assert ask()["main"] == told["main"]
    told = ask(do="follow", **at(told))
    assert (told["number"], ask()["main"]) == (2, told["main"])
    assert ask("ada")["state"] == "nothing"


def test_an_answer_sent_twice_or_from_another_tab_is_noted_once(
    reviews: Reviews, ask: Ask, tmp_path: Path
) -> None:
    first = ask(do="begin", scope=BASICS, count=5)
    sent = {"do": "reply", "answer": "", **at(first)}
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: answered(reviews, sent, "me"), range(4)))
    assert sorted(one["told"] for one in told) == ["", *[ELSEWHERE] * 3]
    assert len(deeds(tmp_path)) == 1
    assert all(one["state"] == "told" for one in told)
    second = ask(do="follow", **at(told[0]))
    assert ask(do="follow", **at(told[0]))["main"] == second["main"]
    assert ask(do="reply", answer="", **at(first))["told"] == ELSEWHERE
    assert len(deeds(tmp_path)) == 1


def test_a_quiz_can_be_left_and_another_is_not_begun_beside_it(ask: Ask, tmp_path: Path) -> None:
    told = ask(do="begin", scope=BASICS, count=5)
    assert ask(do="begin", scope="m2", count=5)["told"] == UNDER_WAY
    assert ask(do="leave", **at(told))["state"] == "nothing"  # nothing was answered
    told = ask(do="begin", scope=BASICS, count=5)
    told = ask(do="reply", answer="", **at(told))
    told = ask(do="leave", **at(told))
    assert (told["state"], "0 of 1 right." in told["main"]) == ("end", True)
    other = ask(do="begin", scope="m1w3", count=3)
    assert other["head"] == "Quiz: Month 1 · Week 3"
    assert ask(do="reply", answer="", **at(told))["told"] == ANOTHER
    assert len(deeds(tmp_path)) == 1


def test_an_unclear_number_may_be_given_anew_and_an_unsure_word_is_graded_by_oneself(
    ask: Ask, tmp_path: Path
) -> None:
    with Learner(tmp_path, MONDAY) as record:
        record.add(MONDAY, Studied(BASICS))
    told = ask(do="begin", scope="m1w3-model-evaluation-iteration", count=1)
    assert 'inputmode="decimal"' in told["main"]
    for _ in range(2):
        told = ask(do="reply", answer="plenty", **at(told))
        assert told["state"] == "question"
        assert 'class="again"' in told["main"]
        assert key_words(asked(told)) not in visible(told["main"])
    told = ask(do="reply", answer="plenty", **at(told))
    assert told["state"] == "unsure"
    assert key_words(asked(told)).partition(" ")[0] in visible(told["main"])
    assert len(deeds(tmp_path)) == 1
    assert ask(do="reply", answer=key_words(asked(told)), **at(told))["state"] == "unsure"
    told = ask(do="judge", verdict="partly", **at(told))
    assert (told["state"], "Partly right" in told["main"]) == ("told", True)
    last = deeds(tmp_path)[-1]
    assert isinstance(last, Attempt)
    assert (last.share, last.answer) == (0.5, "plenty")
    assert ask(do="judge", verdict="right", **at(told))["told"] == ELSEWHERE


def test_a_wrong_choice_is_told_by_its_letter_and_its_reason(ask: Ask, tmp_path: Path) -> None:
    told = ask(do="begin", scope=BASICS, count=10)
    while not isinstance(asked(told).expected, Choice):
        told = ask(do="follow", **at(ask(do="reply", answer="", **at(told))))
    item = asked(told)
    assert isinstance(item.expected, Choice)
    layout = laid_out(item, 0)
    wrong = item.expected.distractors[0]
    letter = "abcd"[layout.index(wrong.text)]
    assert f'data-answer="{letter}"' in told["main"]
    told = ask(do="reply", answer=letter, **at(told))
    key = "ABCD"[layout.index(item.expected.key)]
    assert f"Not quite: {key}" in told["main"]
    assert entities.escape(wrong.why) in told["main"]
    assert told["main"].count("your answer") == 1


# ── placement ───────────────────────────────────────────────────────────────────────────────────


def test_a_placement_test_ends_by_its_rule_and_marks_what_is_known(
    ask: Ask, tmp_path: Path
) -> None:
    told, count = ask(do="place"), 0
    assert "Leave the test" in told["main"]
    while told["state"] != "end":
        count += 1
        assert f"Question {count} ·" in told["main"]
        known = asked(told).section_id.startswith("m1")
        told = ask(do="reply", answer=right(told) if known else "", **at(told))
        told = ask(do="follow", **at(told))
    made = deeds(tmp_path)
    assert sum(isinstance(d, Attempt) and d.during == "placement" for d in made) == count
    marked = [d.section_id for d in made if isinstance(d, Known)]
    assert marked
    assert all(section.startswith("m1") for section in marked)
    assert f"{len(marked)} section" in told["main"]
    assert told["due"] == 0


def test_a_test_that_is_left_marks_nothing(ask: Ask, tmp_path: Path) -> None:
    told = ask(do="place")
    told = ask(do="reply", answer=right(told), **at(told))
    told = ask(do="leave", **at(told))
    assert "no section is marked" in told["main"]
    assert not any(isinstance(deed, Known) for deed in deeds(tmp_path))
