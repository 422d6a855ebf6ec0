"""How often somebody may do something: buckets that fill with time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import InputError
from ui.limits import Bucket, Limits, Rate, allowed, taken, wait_words

rates = st.builds(Rate, st.integers(1, 50), st.floats(0.01, 1_000))
steps = st.lists(st.floats(0, 1_000), max_size=80)


@given(rates, steps)
def test_never_more_than_the_rate_allows(rate: Rate, pauses: list[float]) -> None:
    now, done, bucket = 0.0, 0, None
    for pause in pauses:
        now += pause
        bucket, wait = taken(rate, bucket, now)
        done += not wait
        assert 0 <= bucket.left <= rate.burst
        assert 0 <= wait <= rate.every * (1 + 1e-9)
        assert done <= rate.burst + now / rate.every + 1e-6


@given(rates, steps)
def test_who_waits_as_long_as_told_is_served(rate: Rate, pauses: list[float]) -> None:
    now, bucket = 0.0, None
    for pause in pauses:
        now += pause
        bucket, wait = taken(rate, bucket, now)
        if wait:
            now += wait * (1 + 1e-9) + 1e-6
            bucket, wait = taken(rate, bucket, now)
            assert wait == 0


def test_a_bucket_by_hand() -> None:
    rate, bucket = Rate(2, 10.0), None
    told = []
    for now in (0.0, 0.0, 0.0, 4.0, 10.0, 10.0, 1_000.0, 1_000.0, 1_000.0):
        bucket, wait = taken(rate, bucket, now)
        told.append(wait)
    assert told == [0, 0, 10, 6, 0, 10, 0, 0, 10]


def test_a_clock_set_back_gives_nothing() -> None:
    bucket, wait = taken(Rate(1, 10.0), Bucket(0.0, 100.0), 50.0)
    assert (bucket.left, wait) == (0.0, 10.0)


def test_keys_are_counted_apart_and_can_be_given_back() -> None:
    limits = Limits(Rate(1, 60.0))
    assert limits.take("a", 0.0) == 0
    assert limits.take("b", 0.0) == 0
    assert limits.take("a", 0.0) == 60
    limits.give_back("a", 0.0)
    limits.give_back("a", 0.0)
    limits.give_back("nobody", 0.0)
    assert limits.take("a", 0.0) == 0
    assert limits.take("a", 0.0) == 60


def test_memory_is_bounded_and_who_is_limited_stays_so_while_used() -> None:
    limits = Limits(Rate(1, 60.0), held=10)
    assert limits.take("a", 0.0) == 0
    for number in range(1_000):
        limits.take(f"k{number}", 0.0)
        assert limits.take("a", 0.0) > 0
    assert len(limits) == 10


def test_the_limits_of_a_group_are_read() -> None:
    usual = allowed({})
    assert (usual.questions, usual.uploads) == (Rate(10, 6.0), Rate(30, 120.0))
    assert (usual.streams, usual.login_hours) == (20, 168.0)
    said = allowed({"STUDYPATH_QUESTIONS_PER_MINUTE": "30", "STUDYPATH_OPEN_STREAMS": "4"})
    assert said.questions == Rate(30, 2.0)
    assert said.streams == 4
    for value in ("", "0", "-1", "many", "nan"):
        with pytest.raises(InputError, match="STUDYPATH_UPLOADS_PER_HOUR"):
            allowed({"STUDYPATH_UPLOADS_PER_HOUR": value})


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.01, "1 second"), (1.2, "2 seconds"), (99, "99 seconds"), (100, "2 minutes")],
)
def test_a_wait_in_words(seconds: float, words: str) -> None:
    assert wait_words(seconds) == words
