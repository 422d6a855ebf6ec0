"""What a section's mastery rests on: the same number as everywhere, and all of what it is from."""

from datetime import UTC, datetime, timedelta

import corpus
from assistant.grounds import Grounds, grounds_of
from assistant.items import load_items
from assistant.learner import Asked, Attempt, Deed, Event, Known, Practised, Reviewed, Studied
from assistant.mastery import masteries
from assistant.prerequisites import Place
from ingest.curriculum import load

NOW = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PATH = load(corpus.learning_path())
ITEMS = load_items()
FIRST, SECOND = PATH.sections[0], PATH.sections[1]
OWN = [item for item in ITEMS.values() if item.section_id == FIRST.id]
OTHER = next(item for item in ITEMS.values() if item.section_id == SECOND.id)


def grounds(*deeds: Deed, days: float = 0.0) -> Grounds:
    events = [Event(n, NOW + n * timedelta(minutes=1), deed) for n, deed in enumerate(deeds)]
    now = NOW + timedelta(hours=1) + days * DAY
    known = masteries(events, PATH, ITEMS, now)
    return grounds_of(FIRST, events, PATH, ITEMS, known, now)


def test_every_answer_card_and_exercise_of_the_section_is_there_newest_first() -> None:
    exercise = FIRST.exercises[0].text
    found = grounds(
        Attempt(OWN[0].id, OWN[0].topic, 1.0),
        Attempt(OTHER.id, OTHER.topic, 0.0),
        Reviewed(OWN[1].id, OWN[1].topic, 1),
        Asked("what is overfitting?", (FIRST.id,)),
        Studied(FIRST.id),
        Practised(FIRST.id, exercise),
    )
    assert [(one.kind, one.words, one.share) for one in found.seen] == [
        ("exercise", exercise, 1.0),
        ("review", OWN[1].question, 0.0),
        ("answer", OWN[0].question, 1.0),
    ]
    assert len(found.counted("answer")) == 1


def test_the_number_is_that_of_the_whole_record() -> None:
    deeds = [Attempt(item.id, item.topic, float(n % 2)) for n, item in enumerate(OWN[:6])]
    events = [Event(n, NOW, deed) for n, deed in enumerate((*deeds, Attempt(OTHER.id, "", 1.0)))]
    known = masteries(events, PATH, ITEMS, NOW + DAY)
    found = grounds_of(FIRST, events, PATH, ITEMS, known, NOW + DAY)
    assert found.mastery == known[Place(FIRST.id)]
    assert [one.topic for one in found.topics] == [topic.text for topic in FIRST.topics]
    assert all(one.mastery == known[Place(FIRST.id, one.topic)] for one in found.topics)


def test_what_was_learnt_counts_less_with_time() -> None:
    answer = Attempt(OWN[0].id, OWN[0].topic, 1.0)
    by_topic = {one.topic: one.holds for one in grounds(answer).topics}
    assert by_topic[OWN[0].topic] > 0.99
    later = {one.topic: one.holds for one in grounds(answer, days=30).topics}
    assert 0.4 < later[OWN[0].topic] < 0.6  # a half-life after one day of success


def test_known_counts_only_while_it_is_not_taken_back() -> None:
    assert [one.kind for one in grounds(Known(FIRST.id)).seen] == ["known"]
    assert grounds(Known(FIRST.id), Known(FIRST.id, known=False)).seen == ()


def test_without_anything_there_is_nothing() -> None:
    found = grounds(Studied(FIRST.id))
    assert found.seen == ()
    assert found.mastery.count == 0
    assert all(one.holds == 0 for one in found.topics)


def test_answers_to_items_that_are_gone_are_left_out() -> None:
    assert grounds(Attempt(f"{FIRST.id}/gone", "x", 1.0)).seen == ()
