"""When to ask: a host's pace, waiting and asking again, and the budget of a run; tenacity's door.

Every wait of a fetch happens in `Pace.turn`, so that a host that asks for rest gets it from all
threads, and a run never sleeps beyond its budget.
"""

import email.utils
import math
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ingest.errors import FetchFailed, Postponed

if TYPE_CHECKING:
    import tenacity

    from ingest.fetch import Response

SECONDS_APART = 1.0  # from the start of one request to a host to the start of the next
LONGEST_CRAWL_DELAY = 30.0
LONGEST_WAIT = 120.0
ATTEMPTS = 4
STOPPED = "the run was stopped; the next run goes on here"
# Answers that say "not now": asked again, and never an answer for good.
PASSING = (429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Budget:
    """What one run may cost: seconds from its start, and bytes as they come over the network.

    None sets no limit. The request under way when it runs out is still finished.
    """

    seconds: float | None = None
    bytes: int | None = None


UNLIMITED = Budget()


class Spending:
    """What a run has spent of its budget so far; safe for several threads."""

    def __init__(self, budget: Budget, clock: Callable[[], float]) -> None:
        self._budget = budget
        self._ends = math.inf if budget.seconds is None else clock() + budget.seconds
        self._bytes = 0
        self._lock = threading.Lock()

    def spend(self, size: int) -> None:
        """Count bytes that were received."""
        with self._lock:
            self._bytes += size

    def check(self, start: float) -> None:
        """Return if a request may begin at this time; raises Postponed."""
        if reason := self.spent(start):
            raise Postponed(reason)

    def spent(self, start: float) -> str:
        """Say why a request may not begin at this time; empty when it may."""
        if start >= self._ends:
            limit = f"{self._budget.seconds:g} s"
        elif self._budget.bytes is not None and self._bytes >= self._budget.bytes:
            limit = f"{self._budget.bytes / 1e6:g} MB"
        else:
            return ""
        return f"left out by the limit of {limit} for a run: run `studypath ingest` again"


class _Host:
    """What is known of one host: who asks it now, when it was asked last, when it wants rest."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asked = -math.inf
        self.rests_until = -math.inf


class Pace:
    """Keeps requests to one host apart and one at a time; other hosts never wait for it.

    Safe for several threads. `clock` tells seconds that only grow, `sleep` waits for some (by
    default no longer than until `stop`).
    """

    def __init__(
        self,
        seconds_apart: float = SECONDS_APART,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self.clock = clock
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait
        self._seconds_apart = seconds_apart
        self._hosts: dict[str, _Host] = {}

    @contextmanager
    def turn(self, host: str, crawl_delay: float, check: Callable[[float], None]) -> Iterator[None]:
        """Wait for a host's turn and hold it while the block runs.

        `crawl_delay` is what the host's robots.txt asks for, in s. `check` is told when the
        request would begin, before any waiting, and may raise. Raises FetchFailed("unreachable",
        …) when the host wants longer rest than anyone should wait, Postponed after `stop`.
        """
        mine = self._host(host)
        apart = max(self._seconds_apart, min(crawl_delay, LONGEST_CRAWL_DELAY))
        with mine.lock:
            # Whoever was before may ask for rest while this one waits: so look again.
            while (wait := self._wait(host, apart, check)) > 0:
                self._sleep(wait)
            mine.asked = self.clock()
            yield

    def _wait(self, host: str, apart: float, check: Callable[[float], None]) -> float:
        if self._stopped.is_set():
            raise Postponed(STOPPED)
        now = self.clock()
        check(now)
        mine = self._host(host)
        start = max(now, mine.asked + apart, mine.rests_until)
        if start - now > LONGEST_WAIT:
            raise FetchFailed("unreachable", f"{host} {_too_long(start - now)}")
        check(start)
        return start - now

    def stop(self) -> None:
        """Give nobody a turn any more, and end every wait for one."""
        self._stopped.set()

    def rest(self, host: str, seconds: float) -> None:
        """Leave a host alone for some time."""
        mine = self._host(host)
        mine.rests_until = max(mine.rests_until, self.clock() + seconds)

    def _host(self, host: str) -> _Host:
        return self._hosts.setdefault(host.lower().rstrip("."), _Host())


def patiently(ask: Callable[[int], "Response"], rest: Callable[[float], None]) -> "Response":
    """Ask again, up to four times in all, while the answer is passing or the connection breaks.

    `ask` gets the number of the attempt, from 1; `rest` is told the seconds to keep away before
    the next: exponential backoff with jitter, or what the server asks for if that is longer. The
    last answer is returned as it is, at once when it asks for more than LONGEST_WAIT. Raises what
    `ask` raises; a Broken is tried again first.
    """
    import tenacity

    backoff = tenacity.wait_exponential_jitter(initial=1, jitter=1)

    def asked(state: "tenacity.RetryCallState") -> float:
        outcome = state.outcome
        return 0.0 if outcome is None or outcome.failed else asked_wait(outcome.result())

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Broken)
        | tenacity.retry_if_result(lambda response: response.status in PASSING),
        stop=lambda state: state.attempt_number >= ATTEMPTS or asked(state) > LONGEST_WAIT,
        wait=lambda state: max(backoff(state), asked(state)),
        sleep=rest,
        reraise=True,
    )
    try:
        return retrying(lambda: ask(int(retrying.statistics["attempt_number"])))
    except tenacity.RetryError as error:
        last: Response = error.last_attempt.result()
        return last


class Broken(FetchFailed):
    """A connection that was not made or broke off: another attempt may do better."""

    def __init__(self, reason: str) -> None:
        super().__init__("unreachable", reason)


def asked_wait(response: "Response") -> float:
    """Return the seconds that a passing answer asks to be waited (RFC 9110, 10.2.3), or 0."""
    if response.status not in PASSING:
        return 0.0
    return retry_after(response.header("retry-after"), response.fetched_at)


def retry_after(value: str, answered_at: str) -> float:
    """Read a Retry-After header, seconds or an HTTP date, as seconds after the answer.

    0 for a time that has passed or a value that is neither. `answered_at` is ISO 8601 in UTC.
    """
    value = value.strip()
    if re.fullmatch("[0-9]+", value):
        return float(value[:18])  # more digits are as good as never
    try:
        date = email.utils.parsedate_to_datetime(value)
        if date.tzinfo is None:  # asctime, one of three forms of an HTTP date, names no zone
            date = date.replace(tzinfo=UTC)
        return max(0.0, (date - datetime.fromisoformat(answered_at)).total_seconds())
    except (ValueError, OverflowError):
        return 0.0


def check_wait(response: "Response") -> None:
    """Return unless the answer asks for too long a wait; raises FetchFailed("unreachable", …)."""
    wait = asked_wait(response)
    if wait > LONGEST_WAIT:
        answers = f"{response.url} answers {response.status} and"
        raise FetchFailed("unreachable", f"{answers} {_too_long(wait)}")


def _too_long(wait: float) -> str:
    return f"asks to wait {wait:.0f} s; at most {LONGEST_WAIT:.0f} s are waited"
