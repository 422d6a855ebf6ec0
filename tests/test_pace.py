"""Turns, rests, retries and budgets, on a clock that only moves when somebody sleeps."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import FetchFailed, Postponed
from ingest.fetch import Response
from ingest.pace import (
    PASSING,
    UNLIMITED,
    Broken,
    Budget,
    Spending,
    patiently,
    retry_after,
)
from tests.local_web import Clock

DATE_LIKE = "Thu, {0[0]} Jan {0[1]} {0[2]}:{0[3]}:{0[4]} -{0[5]}".format
NOW = "2026-01-01T00:00:00Z"
OK = Response("http://a.test/", 200, "OK", (), b"", NOW)


def whenever(start: float) -> None:
    """Allow every start."""


# ── turns ───────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 40), st.floats(0, 5)), max_size=30))
def test_starts_at_one_host_keep_apart(asked: list[tuple[str, float, float]]) -> None:
    clock = Clock()
    pace = clock.pace()
    starts: dict[str, float] = {}
    for host, delay, lasts in asked:
        with pace.turn(host, delay, whenever):
            apart = max(1.0, min(delay, 30.0))
            assert clock.now - starts.get(host, -99.0) >= apart - 1e-9
            starts[host] = clock.now
            clock.now += lasts


def test_a_slow_answer_counts_as_waiting() -> None:
    clock = Clock()
    pace = clock.pace()
    for _ in range(3):
        with pace.turn("a", 0, whenever):
            clock.now += 5
    assert clock.slept == []


def test_a_host_is_one_however_it_is_written() -> None:
    clock = Clock()
    pace = clock.pace()
    for host in ("site.test", "SITE.test", "site.test."):
        with pace.turn(host, 0, whenever):
            pass
    assert clock.slept == [1, 1]


def test_a_turn_is_given_back_after_a_failure() -> None:
    pace = Clock().pace()
    with pytest.raises(ZeroDivisionError), pace.turn("a", 0, whenever):
        _ = 1 / 0
    with pace.turn("a", 0, whenever):
        pass


def test_rest_asked_for_while_another_waits_is_kept() -> None:
    clock = Clock()
    pace = clock.pace()
    with pace.turn("a", 0, whenever):
        pass
    sleep = clock.sleep
    interrupted = iter([True])

    def interrupting(seconds: float) -> None:
        sleep(seconds)
        if next(interrupted, False):
            pace.rest("a", 50)

    pace._sleep = interrupting
    with pace.turn("a", 0, whenever):
        assert clock.now == 51


def test_a_longer_rest_than_anyone_waits_ends_at_once() -> None:
    clock = Clock()
    pace = clock.pace()
    pace.rest("a", 120)
    with pace.turn("a", 0, whenever):
        assert clock.now == 120
    pace.rest("a", 121)
    with (
        pytest.raises(FetchFailed, match="asks to wait 121 s") as caught,
        pace.turn("a", 0, whenever),
    ):
        pass
    assert caught.value.status == "unreachable"
    assert clock.now == 120


def test_a_shorter_rest_does_not_shorten_a_longer_one() -> None:
    clock = Clock()
    pace = clock.pace()
    pace.rest("a", 60)
    pace.rest("a", 1)
    with pace.turn("a", 0, whenever):
        assert clock.now == 60


# ── budgets ─────────────────────────────────────────────────────────────────────────────────────


def test_a_budget_runs_from_its_making() -> None:
    clock = Clock()
    clock.now = 100.0
    spending = Spending(Budget(seconds=10), clock)
    spending.check(109.9)
    with pytest.raises(Postponed, match="limit of 10 s"):
        spending.check(110)


def test_a_budget_of_bytes() -> None:
    spending = Spending(Budget(bytes=1_500_000), Clock())
    spending.spend(1_499_999)
    spending.check(1e9)
    spending.spend(1)
    with pytest.raises(Postponed, match=r"limit of 1\.5 MB"):
        spending.check(0)


def test_no_budget_is_no_limit() -> None:
    spending = Spending(UNLIMITED, Clock())
    spending.spend(10**15)
    spending.check(1e15)


def test_a_turn_beyond_the_budget_is_not_waited_for() -> None:
    clock = Clock()
    pace = clock.pace()
    spending = Spending(Budget(seconds=5), clock)
    pace.rest("a", 5)
    with pytest.raises(Postponed, match="again"), pace.turn("a", 0, spending.check):
        pass
    assert clock.slept == []


# ── asking again ────────────────────────────────────────────────────────────────────────────────


def asking(*answers: Response | FetchFailed) -> tuple[list[int], list[float], object]:
    """Ask patiently for scripted answers; returns attempts, rests, and what came of it."""
    attempts: list[int] = []
    rests: list[float] = []

    def ask(attempt: int) -> Response:
        attempts.append(attempt)
        answer = answers[min(attempt, len(answers)) - 1]
        if isinstance(answer, FetchFailed):
            raise answer
        return answer

    try:
        return attempts, rests, patiently(ask, rests.append)
    except FetchFailed as failure:
        return attempts, rests, failure


def busy(status: int = 503, wait: str = "") -> Response:
    return replace(OK, status=status, headers=(("Retry-After", wait),) if wait else ())


def test_a_good_answer_is_taken_at_once() -> None:
    assert asking(OK) == ([1], [], OK)


@pytest.mark.parametrize("status", PASSING)
def test_passing_answers(status: int) -> None:
    assert asking(busy(status), OK)[::2] == ([1, 2], OK)
    attempts, rests, last = asking(busy(status))
    assert (attempts, last) == ([1, 2, 3, 4], busy(status))
    for n, rest in enumerate(rests):
        assert 2**n <= rest <= 2**n + 1
    assert len(rests) == 3


@pytest.mark.parametrize("status", [301, 304, 400, 404, 408, 501, 505, 999])
def test_other_answers_are_for_good(status: int) -> None:
    assert asking(busy(status, "1"))[0] == [1]


def test_broken_connections() -> None:
    broken = Broken("http://a.test/: the connection broke off")
    assert asking(broken, busy(), OK)[::2] == ([1, 2, 3], OK)
    assert asking(broken)[::2] == ([1, 2, 3, 4], broken)


def test_what_failed_for_good_is_not_tried_again() -> None:
    refused = FetchFailed("skipped", "private")
    assert asking(refused) == ([1], [], refused)


def test_the_longer_of_backoff_and_retry_after() -> None:
    _, rests, _ = asking(busy(wait="60"), busy(wait="0"), busy(wait="soon"), OK)
    assert rests[0] == 60
    assert 2 <= rests[1] <= 3
    assert 4 <= rests[2] <= 5


@pytest.mark.parametrize(("wait", "attempts"), [("120", 2), ("121", 1), ("9" * 5000, 1)])
def test_nobody_waits_longer_than_two_minutes(wait: str, attempts: int) -> None:
    assert len(asking(busy(wait=wait), OK)[0]) == attempts


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0), (" 17 ", 17), ("007", 7), ("", 0), ("-5", 0), ("1.5", 0), ("soon", 0), ("٣", 0),
        ("Thu, 01 Jan 2026 00:01:30 GMT", 90),
        ("Thursday, 01-Jan-26 00:01:30 GMT", 90),  # RFC 850
        ("Thu Jan  1 00:01:30 2026", 90),  # asctime
        ("Thu, 01 Jan 2026 01:01:30 +0100", 90),
        ("Wed, 31 Dec 2025 23:59:59 GMT", 0),
        ("Thu, 99 Jan 2026 00:01:30 GMT", 0),
        ("Fri, 01 Jan 99999 00:00:00 GMT", 0),
    ],
)  # fmt: skip
def test_retry_after_is_read_in_every_form(value: str, seconds: float) -> None:
    assert retry_after(value, NOW) == seconds


@given(st.integers(0, 10**7))
def test_a_date_and_its_seconds_mean_the_same(seconds: int) -> None:
    date = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert retry_after(format_datetime(date, usegmt=True), NOW) == retry_after(str(seconds), NOW)


@given(st.text() | st.tuples(*[st.integers(0, 10**6)] * 6).map(DATE_LIKE))
def test_no_header_breaks_it(value: str) -> None:
    assert retry_after(value, NOW) >= 0
