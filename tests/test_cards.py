"""Spaced repetition, pinned by plain dates and by the properties a learner relies on."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cards import (
    Card,
    cards_of,
    due,
    end_of_day,
    forecast,
    new_card,
    next_dues,
    rating_of,
    retrievability,
    reviewed,
    scheduler,
)
from assistant.learner import Attempt, Carded, Deed, Event, Reviewed

NOW = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def record(*deeds: tuple[float, Deed]) -> tuple[Event, ...]:
    return tuple(Event(n, NOW + days * DAY, deed) for n, (days, deed) in enumerate(deeds, 1))


def test_a_history_of_reviews_has_these_intervals() -> None:
    card, at, days = new_card("a/x", NOW), NOW, []
    for rating in (3, 3, 3, 1, 3, 4):
        card = reviewed(card, "a/x", rating, at, 0.9)
        days.append((card.due - at).days)
        at = card.due
    assert days == [2, 11, 46, 3, 8, 28]
    assert (card.reviews, card.lapses) == (6, 1)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 200)), min_size=1, max_size=10))
def test_what_is_kept_of_a_card_is_all_that_fsrs_needs(history: list[tuple[int, int]]) -> None:
    import fsrs

    card, oracle, at = new_card("a/x", NOW), fsrs.Card(card_id=7, due=NOW), NOW
    for rating, days in history:
        at += days * DAY
        card = reviewed(card, "a/x", rating, at, 0.9)
        oracle, _ = scheduler(0.9).review_card(oracle, fsrs.Rating(rating), at)
        assert (card.due, card.stability) == (oracle.due, pytest.approx(oracle.stability))


def test_no_card_comes_back_on_the_same_day() -> None:
    card = reviewed(None, "a/x", 1, NOW, 0.9)
    assert card.due - NOW >= DAY


def test_the_same_record_gives_the_same_cards() -> None:
    events = record((0, Attempt("a/x", "t", 1)), (2, Reviewed("a/x", "t", 2)))
    assert cards_of(events, 0.9) == cards_of(events, 0.9)


def test_a_quiz_answer_makes_a_card_and_a_placement_answer_does_not() -> None:
    events = record(
        (0, Attempt("a/right", "t", 1)),
        (0, Attempt("a/wrong", "t", 0)),
        (0, Attempt("a/placed", "t", 1, during="placement")),
    )
    cards = {card.item_id: card for card in cards_of(events, 0.9)}
    assert set(cards) == {"a/right", "a/wrong"}
    assert cards["a/wrong"].due < cards["a/right"].due
    assert (cards["a/wrong"].lapses, cards["a/right"].lapses) == (1, 0)


def test_a_card_can_be_added_dropped_and_taken_up_again_with_its_history() -> None:
    kept, dropped = Carded("a/x"), Carded("a/x", kept=False)
    assert cards_of(record((0, kept)), 0.9)[0].due == NOW
    assert cards_of(record((0, kept), (1, dropped)), 0.9) == ()
    events = record((0, kept), (0, Reviewed("a/x", "t", 3)), (1, dropped), (9, kept))
    assert cards_of(events, 0.9)[0].reviews == 1


@pytest.mark.parametrize(("share", "rating"), [(1, 3), (0.99, 3), (0.5, 2), (0.49, 1), (0, 1)])
def test_a_quiz_result_grades_its_review(share: float, rating: int) -> None:
    assert rating_of(share) == rating


@given(st.lists(st.tuples(st.integers(1, 4), st.floats(0, 400)), min_size=1, max_size=12))
def test_easier_is_never_sooner_and_memory_only_fades(history: list[tuple[int, float]]) -> None:
    card, at = new_card("a/x", NOW), NOW
    for rating, days in history:
        at += days * DAY
        dues = next_dues(card, at, 0.9)
        assert dues[1] <= dues[2] <= dues[3] <= dues[4]
        card = reviewed(card, "a/x", rating, at, 0.9)
        assert card.due > at
    chances = [retrievability(card, at + days * DAY) for days in (0, 1, 10, 100)]
    assert chances == sorted(chances, reverse=True)
    assert 0 < chances[-1] <= chances[0] <= 1


@given(st.floats(0.7, 0.97), st.floats(0.7, 0.97))
def test_more_retention_means_earlier_reviews(one: float, other: float) -> None:
    low, high = sorted((one, other))
    last = reviewed(None, "a/x", 3, NOW, 0.9)
    at = last.due
    assert reviewed(last, "a/x", 3, at, high).due <= reviewed(last, "a/x", 3, at, low).due


def test_what_is_most_nearly_forgotten_comes_first() -> None:
    weak, strong = reviewed(None, "a/weak", 1, NOW, 0.9), reviewed(None, "a/strong", 3, NOW, 0.9)
    later = NOW + 30 * DAY
    assert [c.item_id for c in due((strong, weak), later, later)] == ["a/weak", "a/strong"]
    assert due((strong, weak), NOW, NOW + timedelta(hours=1)) == ()


def test_days_end_where_the_learner_lives() -> None:
    assert end_of_day(date(2026, 3, 28), "Europe/Berlin") == datetime(2026, 3, 28, 23, tzinfo=UTC)
    # The clocks go forward on the 29th: that day has 23 hours.
    assert end_of_day(date(2026, 3, 29), "Europe/Berlin") == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert end_of_day(date(2026, 3, 28), "America/Los_Angeles") == datetime(
        2026, 3, 29, 7, tzinfo=UTC
    )


def test_the_forecast_counts_by_the_learners_days() -> None:
    def at(when: datetime) -> Card:
        return Card(str(when), when, NOW, 1.0, 5.0, 1, 0)

    overdue, today = at(NOW - 9 * DAY), at(NOW)
    late = at(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))  # already Tuesday in Berlin
    cards = (overdue, today, late, at(NOW + 30 * DAY))
    assert forecast(cards, NOW.date(), "Europe/Berlin", 3) == (2, 1, 0)
    assert forecast(cards, NOW.date(), "UTC", 3) == (3, 0, 0)
