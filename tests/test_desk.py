"""A learner's desk: what is answered there is noted, once, whoever asks."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assistant.desk import (
    AGAIN,
    Desk,
    asks_again,
    current_section,
    deck_of,
    open_bank,
    placement_of,
    stamp_of,
)
from assistant.learner import (
    Attempt,
    Carded,
    Deed,
    Event,
    Known,
    Learner,
    Reviewed,
    Rhythm,
    Studied,
)
from assistant.placement import answered, following
from assistant.quiz import Numeric, Short
from assistant.quizzing import Bank, key_words, within
from ingest.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
MONDAY = datetime(2026, 3, 2, 18, tzinfo=UTC)
DAY = timedelta(days=1)
SECTION = "m1w1-basic-ml-concepts"


class Clock:
    """A clock that stands still until it is set."""

    now = MONDAY

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with open_bank(tmp_path_factory.mktemp("desk"), "me") as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(bank: Bank, clock: Clock, tmp_path: Path) -> Iterator[Desk]:
    with Learner(tmp_path, MONDAY) as record:
        yield Desk(bank, record, clock)


def deeds(desk: Desk) -> list[Deed]:
    return [event.deed for event in desk.record.events()]


def events(*made: Deed) -> tuple[Event, ...]:
    return tuple(Event(n, MONDAY, deed) for n, deed in enumerate(made, 1))


def test_the_bank_holds_the_items_of_the_path_s_own_sections(bank: Bank, tmp_path: Path) -> None:
    assert len(bank.items) > 400
    assert bank.library is None
    with open_bank(tmp_path, "") as other:  # of one who is no learner
        assert other.items == bank.items


def test_an_answer_is_noted_and_an_unsure_one_when_its_learner_graded_it(desk: Desk) -> None:
    item = next(i for i in within(desk.bank, SECTION) if isinstance(i.expected, Short))
    _, told = desk.answer(desk.single(item), key_words(item), 12.0)
    assert deeds(desk) == [Attempt(item.id, item.topic, 1.0, key_words(item), "quiz", 12.0)]
    assert told.citation is not None
    quiz, told = desk.answer(desk.single(item), f"{key_words(item)} or eggs")
    assert (told.grade.verdict, len(deeds(desk))) == ("unsure", 1)
    desk.grade_self(quiz, "partly")
    assert deeds(desk)[1:] == [Attempt(item.id, item.topic, 0.5, told.answer, "quiz", None)]


def test_only_an_unclear_form_may_be_given_anew_and_not_for_ever(desk: Desk) -> None:
    number = next(i for i in desk.bank.items.values() if isinstance(i.expected, Numeric))
    _, unclear = desk.answer(desk.single(number), "plenty of them")
    assert [asks_again(unclear, trial) for trial in range(AGAIN + 1)] == [True, True, False]
    word = next(i for i in within(desk.bank, SECTION) if isinstance(i.expected, Short))
    _, unsure = desk.answer(desk.single(word), f"{key_words(word)} or eggs")
    assert unsure.grade.verdict == "unsure"
    assert not asks_again(unsure, 0)
    _, right = desk.answer(desk.single(word), key_words(word))
    assert not asks_again(right, 0)


# ── cards ───────────────────────────────────────────────────────────────────────────────────────


def test_a_deck_is_what_waits_what_was_done_and_what_comes(desk: Desk, clock: Clock) -> None:
    first, second, third = within(desk.bank, SECTION)[:3]
    assert desk.deck(14) == replace(
        desk.deck(14), cards=(), waiting=(), done=(), next=None, coming=0, dues=(0,) * 14
    )
    desk.record.add(MONDAY, Carded(first.id), Carded(second.id), Carded("gone/of-the-bank"))
    desk.answer(desk.single(third), key_words(third))
    deck = desk.deck(14)
    assert {card.item_id for card in deck.waiting} == {first.id, second.id}
    assert deck.dues[0] == 2
    assert sum(deck.dues) == 3
    assert (deck.coming, deck.done) == (1, ())
    desk.rate(first.id, 3, 8.0)
    assert deeds(desk)[-1] == Reviewed(first.id, first.topic, 3, 8.0)
    deck = desk.deck(14)
    assert [card.item_id for card in deck.done] == [first.id]
    assert [card.item_id for card in deck.waiting] == [second.id]
    clock.now = MONDAY + DAY
    assert desk.deck().done == ()


def test_a_card_of_another_day_is_counted_by_the_learner_s_own_calendar(bank: Bank) -> None:
    item = within(bank, SECTION)[0]
    late = MONDAY.replace(hour=23)
    record = (Event(1, late, Carded(item.id)), Event(2, late, Reviewed(item.id, item.topic, 1)))
    deck = deck_of(record, Rhythm(zone="Europe/Berlin"), bank.items, late)
    assert len(deck.done) == 1
    assert (deck.next, deck.coming) == (date(2026, 3, 4), 1)  # there it is Tuesday already
    assert deck_of(record, Rhythm(), bank.items, late).next == date(2026, 3, 3)


def test_the_day_that_is_told_is_the_day_on_which_a_card_comes_back(desk: Desk) -> None:
    item = within(desk.bank, SECTION)[0]
    desk.record.add(MONDAY, Carded(item.id))
    (card,) = desk.deck().waiting
    dues = desk.comes_back(card)
    assert list(dues) == [1, 2, 3, 4]
    assert dues[1] <= dues[2] < dues[3] < dues[4]
    desk.rate(item.id, 2)
    assert desk.deck().cards[0].due == dues[2]


def test_a_card_is_graded_once_and_only_when_it_is_due(desk: Desk) -> None:
    item, other = within(desk.bank, SECTION)[:2]
    desk.record.add(MONDAY, Carded(item.id))
    stamp = stamp_of(desk.record.events(), item.id)
    desk.rate(item.id, 3, stamp=stamp)
    for again in (stamp, None):
        with pytest.raises(InputError, match="not due"):
            desk.rate(item.id, 1, stamp=again)
    with pytest.raises(InputError, match="not due"):
        desk.rate(other.id, 3)
    assert len(deeds(desk)) == 2


def test_a_card_that_changed_since_it_was_seen_is_not_graded(desk: Desk) -> None:
    item = within(desk.bank, SECTION)[0]
    desk.record.add(MONDAY, Carded(item.id))
    stamp = stamp_of(desk.record.events(), item.id)
    desk.record.add(MONDAY, Carded(item.id, kept=False), Carded(item.id))
    with pytest.raises(InputError, match="not due"):
        desk.rate(item.id, 3, stamp=stamp)
    assert stamp_of(desk.record.events(), item.id) == stamp + 2


# ── where a learner is ──────────────────────────────────────────────────────────────────────────


def test_the_section_a_learner_is_at(bank: Bank) -> None:
    ids = [section.id for section in bank.curriculum.sections]
    assert current_section(bank, (), "") == ids[0]
    assert current_section(bank, events(Studied(ids[0])), "") == ids[1]
    assert current_section(bank, events(Studied(ids[4], "x", "started", 5)), "") == ids[4]
    assert current_section(bank, events(*map(Known, ids)), "") == ids[-1]
    goal = current_section(bank, (), "m2w3-vector-database-fundamentals")
    assert goal in ids
    assert current_section(bank, (), "no-such-goal") == ids[0]


def test_a_placement_test_marks_what_is_known_only_at_its_end(desk: Desk) -> None:
    test = replace(placement_of(desk.bank), most=4)
    while (quiz := desk.placing(test)) is not None:
        assert desk.finish(test) is False
        assert quiz.item is not None
        _, told = desk.answer(quiz, "")
        test = answered(test, told.item, told.grade.share)
    assert following(test) is None
    assert desk.finish(test) is True
    made = deeds(desk)
    assert all(isinstance(d, Attempt) and d.during == "placement" for d in made[:4])
    assert not any(isinstance(d, Known) for d in made)
    assert desk.deck().cards == ()  # an answer of the test is no card


def test_a_collection_has_nothing_to_be_asked_about(tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "zeta.md").write_text("# Zeta\n\nZeta is a thing that is measured.\n")
    home = tmp_path / "home"
    command = [sys.executable, "-m", "ui.cli", "ingest", "--documents", str(papers)]
    subprocess.run([*command, "--no-vectors", "--home", str(home)], cwd=ROOT, check=True)
    with pytest.raises(InputError, match="a collection has no sections"), open_bank(home, "me"):
        pass
