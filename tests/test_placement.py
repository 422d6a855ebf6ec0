"""The placement test: it stops, it finds, and it marks little that is not known."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corpus
from assistant.items import load_items
from assistant.learner import Known
from assistant.placement import (
    MOST,
    MOST_IN_SECTION,
    Placement,
    above,
    answered,
    begin,
    count,
    following,
    known_deeds,
    placed,
)
from assistant.prerequisites import load_prerequisites
from assistant.quiz import Item
from ingest.curriculum import load

CURRICULUM = load(corpus.learning_path())
ITEMS = load_items()
PREREQUISITES = load_prerequisites(corpus.prerequisites())
SECTIONS = [section.id for section in CURRICULUM.sections]


def taken(share: Callable[[Item], float], most: int = MOST) -> Placement:
    test = begin(CURRICULUM, ITEMS, PREREQUISITES, most)
    while item := following(test):
        test = answered(test, item, share(item))
    return test


def known(test: Placement) -> set[str]:
    return {one.section_id for one in placed(test) if one.known}


def test_who_knows_nothing_is_told_so_after_few_answers() -> None:
    test = taken(lambda item: 0.0)
    assert known(test) == set()
    assert known_deeds(test) == ()
    assert len(test.answers) <= 15


def test_who_knows_everything_has_most_of_it_marked() -> None:
    test = taken(lambda item: 1.0)
    assert len(known(test)) > 0.6 * len(SECTIONS)
    assert all(isinstance(deed, Known) and deed.known for deed in known_deeds(test))


@pytest.mark.parametrize("frontier", [3, 8, 16, 24, 30])
def test_nothing_behind_the_frontier_is_marked(frontier: int) -> None:
    mine = set(SECTIONS[:frontier])
    test = taken(lambda item: float(item.section_id in mine))
    assert known(test) <= mine
    assert len(known(test)) >= 0.3 * frontier


def test_every_finding_says_why() -> None:
    for one in placed(taken(lambda item: float(item.section_id < "m2w4"))):
        assert one.words
        assert ("right" in one.words) == (one.asked > 0)
        assert one.known or one.asked


@settings(max_examples=15, deadline=None)
@given(st.lists(st.booleans(), min_size=MOST, max_size=MOST), st.integers(1, 15))
def test_it_stops_repeats_nothing_and_is_the_same_for_the_same_answers(
    luck: list[bool], most: int
) -> None:
    def run() -> Placement:
        answers = iter(luck)
        return taken(lambda item: float(next(answers)), most)

    test = run()
    ids = [answer.item.id for answer in test.answers]
    assert len(ids) == len(set(ids)) <= most
    assert all(count(test, section) <= MOST_IN_SECTION for section in SECTIONS)
    assert run() == test


def test_what_is_concluded_is_built_on_by_two_known_sections() -> None:
    test = taken(lambda item: 1.0)
    asked = {one.section_id for one in placed(test) if one.known and one.asked}
    for one in placed(test):
        if one.known and not one.asked:
            builders = {s for s in asked if one.section_id in above(test.prerequisites, s)}
            assert len(builders) >= 2
