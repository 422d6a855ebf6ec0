"""A sitting: which items it asks, how it lays them out, what it tells, and what proves a key."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import corpus
from assistant.choosing import laid_out
from assistant.items import load_items
from assistant.learner import Attempt, Event, Learner
from assistant.proof import cited, library_entries, proof, shipped_entries
from assistant.quiz import Choice, Item, Order, plain
from assistant.quizzing import (
    Bank,
    Quiz,
    answer,
    grade_self,
    key_words,
    start,
    summary,
    within,
)
from ingest.curriculum import parse
from ingest.errors import InputError

NOW = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CURRICULUM = parse(corpus.learning_path().read_text(encoding="utf-8"))
BANK = Bank(CURRICULUM, load_items())
SECTION = "m1w1-basic-ml-concepts"


def right(quiz: Quiz) -> str:
    """Answer the present question rightly, by the key in words."""
    assert quiz.item is not None
    key = key_words(quiz.item)
    if isinstance(quiz.item.expected, Order):
        return " ".join(str(quiz.shown.index(step) + 1) for step in quiz.item.expected.steps)
    return key.partition(" = ")[0]


def played(quiz: Quiz, now: datetime = NOW) -> Quiz:
    while quiz.item is not None:
        quiz, _ = answer(quiz, right(quiz), now)
    return quiz


def begun(count: int = 10, events: tuple[Event, ...] = (), now: datetime = NOW) -> Quiz:
    return start(BANK, within(BANK, SECTION), events, now, count)


def test_every_key_of_the_bank_is_right_as_it_is_told() -> None:
    for item in BANK.items.values():
        quiz = start(BANK, (item,), (), NOW, 1)
        _, feedback = answer(quiz, right(quiz), NOW)
        assert feedback.grade.verdict == "right", item.id


def test_a_sitting_spreads_over_topics_and_repeats_nothing() -> None:
    quiz = played(begun(10))
    items = [feedback.item for feedback in quiz.answered]
    topics = [item.topic for item in items]
    assert len({item.id for item in items}) == 10
    counts = {topic: topics.count(topic) for topic in topics}
    assert len(counts) == len({i.topic for i in within(BANK, SECTION)})
    assert max(counts.values()) - min(counts.values()) <= 1
    assert len({type(item.expected) for item in items}) >= 3


def test_the_same_state_gives_the_same_questions_in_the_same_order() -> None:
    first, second = played(begun(6)), played(begun(6))
    assert [f.item.id for f in first.answered] == [f.item.id for f in second.answered]


def test_what_was_asked_yesterday_waits_while_others_are_new() -> None:
    before = played(begun(5))
    again = begun(5, before.events, NOW + DAY)
    asked = {f.item.id for f in before.answered}
    assert again.item is not None
    assert not asked & {f.item.id for f in played(again, NOW + DAY).answered}


def test_a_short_pool_ends_the_sitting() -> None:
    pool = within(BANK, SECTION)[:3]
    assert len(played(start(BANK, pool, (), NOW, 10)).answered) == 3


def test_choices_come_in_an_order_of_their_own_at_each_attempt() -> None:
    choices = [i for i in BANK.items.values() if isinstance(i.expected, Choice)]
    first = [laid_out(i, 0).index(i.expected.key) for i in choices]  # type: ignore[union-attr]
    assert laid_out(choices[0], 0) == laid_out(choices[0], 0)
    # The key stands at each place about equally often.
    assert all(0.15 * len(first) < first.count(n) < 0.35 * len(first) for n in range(4))
    assert sum(laid_out(i, 0) != laid_out(i, 1) for i in choices) > 0.8 * len(choices)
    for item in BANK.items.values():
        if isinstance(item.expected, Order):
            assert all(laid_out(item, n) != item.expected.steps for n in range(5))


def test_feedback_tells_key_proof_and_the_distractor() -> None:
    item = next(i for i in BANK.items.values() if isinstance(i.expected, Choice))
    assert isinstance(item.expected, Choice)
    quiz = start(BANK, (item,), (), NOW, 1)
    wrong = item.expected.distractors[0]
    after, feedback = answer(quiz, wrong.text, NOW)
    assert (feedback.grade.verdict, feedback.why) == ("wrong", wrong.why)
    assert feedback.key == item.expected.key
    assert feedback.deed == Attempt(item.id, item.topic, 0.0, wrong.text, "quiz", None)
    assert feedback.citation is not None
    assert item.points[0].casefold() in plain(feedback.citation.quote)
    assert after.item is None


def test_an_unsure_answer_waits_for_the_learner_and_leaves_no_deed_before() -> None:
    quiz = begun(2)
    waiting, feedback = answer(quiz, "eggs and ham, or a thing of that sort entirely", NOW)
    assert feedback.deed is None
    assert waiting.item == quiz.item
    assert waiting.events == quiz.events
    after, graded = grade_self(waiting, "partly", NOW)
    assert graded.deed is not None
    assert graded.deed.share == 0.5
    assert after.number == 2
    with pytest.raises(InputError, match="no answer to grade"):
        grade_self(after, "right", NOW)


def test_the_summary_counts_and_shows_what_moved() -> None:
    quiz = played(begun(4))
    found = summary(quiz, NOW)
    assert (found.asked, found.right, found.points) == (4, 4, 4.0)
    assert all(after > before for _, _, before, after in found.topics)
    with pytest.raises(InputError, match="over"):
        answer(quiz, "a", NOW)


@pytest.mark.parametrize(("scope", "sections"), [("m1w1", 2), ("m1", 8), (SECTION, 1)])
def test_a_scope_is_a_section_a_week_or_a_month(scope: str, sections: int) -> None:
    assert len({item.section_id for item in within(BANK, scope)}) == sections


@pytest.mark.parametrize("scope", ["m9", "m1w", "m1w1-basic-ml-concept", "", "general"])
def test_an_unknown_scope_names_the_nearest(scope: str) -> None:
    with pytest.raises(InputError, match=r"did you mean|no quiz items"):
        within(BANK, scope)


# ── proof ───────────────────────────────────────────────────────────────────────────────────────


def test_every_item_is_proved_by_a_verbatim_quote_that_holds_its_points() -> None:
    for item in BANK.items.values():
        found = proof(item, CURRICULUM)
        assert found is not None, item.id
        assert all(plain(point) in plain(found.quote) for point in item.points), item.id
        assert item.section_id in found.deep_link
        assert found.link_precision == "heading"
        (entry,) = [
            e for e in shipped_entries(item.section_id, found.title)
            if e.passage.id == found.passage_id
        ]  # fmt: skip
        begin = found.start - entry.passage.start
        assert entry.passage.text[begin : begin + len(found.quote)] == found.quote


def test_a_quoted_list_begins_with_the_mark_of_its_first_item() -> None:
    item = BANK.items["m1w3-model-evaluation-iteration/analysis-order"]
    found = proof(item, CURRICULUM)
    assert found is not None
    assert [line.split()[0] for line in found.quote.splitlines()] == ["1.", "2.", "3.", "4.", "5."]


def test_a_heading_that_the_notes_do_not_have_proves_nothing() -> None:
    item = replace(next(iter(BANK.items.values())), evidence="No such heading")
    assert proof(item, CURRICULUM) is None
    assert cited(item, (), CURRICULUM) is None


def test_a_library_proves_with_its_own_passages(tmp_path: Path) -> None:
    from ingest.build import BuildOptions, build_library
    from ingest.embed import MODEL
    from ingest.library import open_library

    options = BuildOptions(MODEL, tmp_path / "cache", offline=True, vectors=False)
    build_library(tmp_path / "home", options, lambda progress: None)
    with open_library(tmp_path / "home") as library:
        for item in within(BANK, SECTION):
            found = proof(item, CURRICULUM, library)
            assert found is not None
            ids = {e.passage.id for e in library_entries(item.section_id, library)}
            assert found.passage_id in ids


def test_answers_are_kept_one_by_one(tmp_path: Path) -> None:
    quiz = begun(3)
    with Learner(tmp_path, NOW) as learner:
        quiz, feedback = answer(quiz, right(quiz), NOW)
        assert feedback.deed is not None
        learner.add(NOW, feedback.deed)
        (event,) = learner.events()
    assert event.deed == feedback.deed
    assert quiz.events[-1].deed == event.deed


def test_an_item_of_a_path_of_ones_own_needs_no_note() -> None:
    own = replace(next(iter(BANK.items.values())), section_id="m9w9-own", id="m9w9-own/x")
    assert isinstance(own, Item)
    assert proof(own, CURRICULUM) is None
