"""Mastery: what it grows and fades by, and what it must not be moved by."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import corpus
from assistant.learner import Asked, Attempt, Deed, Event, Known, Practised, Reviewed, Studied
from assistant.mastery import (
    MASTERED,
    Constants,
    Evidence,
    belief,
    chance,
    difficulty_of,
    guess_of,
    information,
    masteries,
    mastery_of,
    observed,
    topics_of,
)
from assistant.prerequisites import Place
from assistant.quiz import Item, load_quiz
from ingest.curriculum import parse

NOW = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CURRICULUM = parse(corpus.learning_path().read_text(encoding="utf-8"))
ITEMS = {item.id: item for file in corpus.quizzes() for item in load_quiz(file)}
SECTION = CURRICULUM.sections[0].id
TOPICS = [topic.text for topic in CURRICULUM.sections[0].topics]


def of(topic: str) -> list[Item]:
    return [i for i in ITEMS.values() if i.section_id == SECTION and i.topic == topic]


def after(*deeds: Deed, days: float = 0.0) -> dict[Place, float]:
    events = [Event(n, NOW, deed) for n, deed in enumerate(deeds, 1)]
    found = masteries(events, CURRICULUM, ITEMS, NOW + days * DAY)
    return {place: mastery.value for place, mastery in found.items()}


def answers(topic: str, share: float) -> list[Deed]:
    return [Attempt(item.id, topic, share) for item in of(topic)]


def test_right_answers_raise_a_topic_most_its_neighbours_less_and_others_not() -> None:
    before, now = after(), after(*answers(TOPICS[0], 1.0))
    own, near = Place(SECTION, TOPICS[0]), Place(SECTION, TOPICS[1])
    far = Place(CURRICULUM.sections[5].id)
    assert now[own] - before[own] > 2 * (now[near] - before[near]) > 0
    assert now[far] == before[far]


def test_wrong_answers_lower_it() -> None:
    place = Place(SECTION, TOPICS[0])
    assert after(*answers(TOPICS[0], 0.0))[place] < after()[place]


def test_a_right_choice_says_less_than_a_right_number() -> None:
    def gain(guess: float) -> float:
        return mastery_of([Evidence(NOW, 1.0, 0.0, guess, 1.0, "q")], NOW).value

    assert gain(0.02) > gain(0.25)


def test_a_hard_item_answered_right_says_more_than_an_easy_one() -> None:
    def gain(difficulty: float) -> float:
        return mastery_of([Evidence(NOW, 1.0, difficulty, 0.0, 1.0, "q")], NOW).value

    assert gain(1.0) > gain(0.0) > gain(-1.0)


def test_time_fades_it_towards_where_it_began_and_spacing_slows_that() -> None:
    place = Place(SECTION, TOPICS[0])
    deeds = answers(TOPICS[0], 1.0)
    values = [after(*deeds, days=days)[place] for days in (0, 10, 60, 3000)]
    assert values == sorted(values, reverse=True)
    assert values[-1] == pytest.approx(after()[place], abs=0.02)
    at_once = [Evidence(NOW, 1.0, 0.0, 0.0, 1.0, "q")] * 3
    spaced = [Evidence(NOW + n * DAY, 1.0, 0.0, 0.0, 1.0, "q") for n in (-2, -1, 0)]
    late = NOW + 60 * DAY
    assert mastery_of(spaced, late).value > mastery_of(at_once, late).value


def test_questions_asked_are_no_evidence() -> None:
    assert after(Asked("What is overfitting?", (SECTION,))) == after()


def test_a_known_section_is_mastered_until_it_is_taken_back_or_disproved() -> None:
    place = Place(SECTION)
    assert after(Known(SECTION))[place] > MASTERED
    assert after(Known(SECTION), Known(SECTION, known=False)) == after()
    wrong = [deed for topic in TOPICS for deed in answers(topic, 0.0)]
    assert after(Known(SECTION), *wrong)[place] < after(Known(SECTION))[place] - 0.3


def test_exercises_and_reviews_count() -> None:
    place = Place(SECTION, TOPICS[0])
    item = of(TOPICS[0])[0]
    assert after(Practised(SECTION, "anything"))[place] > after()[place]
    assert after(Reviewed(item.id, TOPICS[0], 3))[place] > after()[place]
    assert after(Reviewed(item.id, TOPICS[0], 1))[place] < after()[place]


def test_a_mark_counts_only_where_a_constant_says_so() -> None:
    part, whole = Studied(SECTION, CURRICULUM.sections[0].resources[0].id), Studied(SECTION)
    assert after(part) == after(whole) == after()
    topics, counted = topics_of(CURRICULUM), Constants(studied=0.4)
    own, more = (list(observed(deed, NOW, topics, ITEMS, counted)) for deed in (part, whole))
    assert [place.topic for place, _ in own] == TOPICS
    assert 0 < own[0][1].weight < more[0][1].weight
    assert not list(observed(Studied(SECTION, "", "started"), NOW, topics, ITEMS, counted))


def test_what_the_path_no_longer_has_is_passed_over() -> None:
    assert after(Attempt("gone/x", "t", 1), Practised("gone", "e"), Known("gone")) == after()


@given(
    st.lists(
        st.builds(
            Evidence,
            st.just(NOW),
            st.floats(0, 1),
            st.floats(-2, 2),
            st.floats(0, 0.5),
            st.floats(0.01, 6),
            st.just("q"),
        ),
        max_size=30,
    ),
    st.floats(0, 1000),
)
def test_a_belief_is_a_distribution_and_mastery_lies_in_its_interval(
    evidence: list[Evidence], days: float
) -> None:
    weights = belief(evidence, NOW + days * DAY)
    assert weights.sum() == pytest.approx(1.0)
    assert (weights >= 0).all()
    found = mastery_of(evidence, NOW + days * DAY)
    assert 0 <= found.low <= found.high <= 1
    assert 0 < found.value < 1


def test_items_of_the_bank_have_chances_that_make_sense() -> None:
    for item in ITEMS.values():
        right = chance(difficulty_of(item), guess_of(item))
        assert (right[1:] >= right[:-1]).all()
        assert 0 <= guess_of(item) <= right[0] <= right[-1] <= 1


def test_an_item_near_the_learners_level_tells_most() -> None:
    able = [Evidence(NOW, 1.0, 1.3, 0.0, 1.0, "q")] * 12
    easy = min(ITEMS.values(), key=lambda i: (difficulty_of(i), guess_of(i)))
    hard = max(ITEMS.values(), key=lambda i: (difficulty_of(i), -guess_of(i)))
    weights = belief(able, NOW)
    assert information(hard, weights) > information(easy, weights)


@pytest.mark.parametrize("section_id", sorted({item.section_id for item in ITEMS.values()}))
def test_every_section_with_a_quiz_can_be_mastered_by_it(section_id: str) -> None:
    """A project has no topics: its items are filed under what it asks for."""
    own = [item for item in ITEMS.values() if item.section_id == section_id]
    now = after(*[Attempt(item.id, item.topic, 1.0) for item in own])
    assert now[Place(section_id)] > after()[Place(section_id)] + 0.2
    assert all(Place(section_id, item.topic) in now for item in own)


def test_a_part_of_a_project_that_was_practised_counts_most_for_itself() -> None:
    project = next(s for s in CURRICULUM.sections if not s.topics)
    first, second = (exercise.text for exercise in project.exercises[:2])
    before, now = after(), after(Practised(project.id, first))
    own, other = Place(project.id, first), Place(project.id, second)
    assert now[own] - before[own] > now[other] - before[other] > 0
