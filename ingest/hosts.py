"""Several hosts at the same time: jobs of different hosts side by side, those of one in turn.

One thread, the caller's, hands out the jobs and hears of them; the workers only work. So nothing
that is told or written needs a lock.
"""

import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

from ingest.errors import Postponed

Job = TypeVar("Job")
Result = TypeVar("Result")
Tell = Callable[[str, str], None]  # is told the state of a job, and its reason

# Hosts read at the same time. One gives at most a page a second (ingest.pace.SECONDS_APART), and
# 26.8 pages a second can be read (eval.bench, `pages`): eight leave two thirds of one processor to
# the index and to answers.
AT_ONCE = 8
# From the first job that is not done, so many may be begun; what is done ahead of it waits in
# memory to be written in order. The largest link of the capture holds 2 MB of text.
AHEAD = 256


@dataclass(frozen=True, slots=True)
class Event(Generic[Result]):
    """What is heard of a job, by its number: a state, or (`done`) its end.

    A job that ended without `result` was left out; `reason` says why. `under_way` are the numbers
    of the jobs that are worked on now, `finished` counts those that ended. `seconds_left` is None
    while nothing is known of how long a job takes.
    """

    number: int
    state: str
    reason: str
    result: Result | None
    done: bool
    under_way: tuple[int, ...]
    finished: int
    seconds_left: float | None


class SideBySide(Generic[Job, Result]):
    """Works through jobs, at most `at_once` at a time and one at a time of each host.

    `work` may raise Postponed to leave a job out. `host_of` names what a job must not share with
    another one at that time; nothing is shared under the empty name. `barred` is asked before a job
    begins and says why it may not, or nothing. `stop` is called when the caller goes away early: it
    must let `work` end soon.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        work: Callable[[Job, Tell], Result],
        *,
        host_of: Callable[[Job], str],
        barred: Callable[[Job], str],
        stop: Callable[[], None],
        at_once: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jobs = jobs
        self._work = work
        self._hosts = tuple(map(host_of, jobs))
        self._barred = barred
        self._stop = stop
        self._at_once = at_once
        self._clock = clock
        self._waiting = list(range(len(jobs)))
        self._running: dict[int, float] = {}  # number -> when it began
        self._finished = 0
        self._spent = 0.0  # seconds that jobs took which were begun and ended
        self._ended = 0  # how many these are
        self._heard: SimpleQueue[tuple[int, str, str, Future[Result] | None]] = SimpleQueue()

    def events(self) -> Generator[Event[Result], None, None]:
        """Yield what is heard, in the order in which it happens; raises what `work` raises."""
        pool = ThreadPoolExecutor(self._at_once, thread_name_prefix="host")
        heard: list[Event[Result]] = []
        try:
            while heard or self._waiting or self._running:
                # The next job begins before the caller makes something of what the last one gave.
                yield from [*heard, *self._begin(pool)]
                heard = [self._hear()] if self._running else []
        finally:
            if self._running:
                self._stop()
            pool.shutdown(cancel_futures=True)

    def _begin(self, pool: ThreadPoolExecutor) -> list[Event[Result]]:
        """Begin as many jobs as may be, in order; returns the ends of those that may not."""
        busy = {self._hosts[number] for number in self._running} - {""}
        first = min([*self._running, *self._waiting[:1]], default=0)
        barred = []
        for number in tuple(self._waiting):
            if len(self._running) >= self._at_once or number >= first + AHEAD:
                break
            if self._hosts[number] in busy:
                continue
            self._waiting.remove(number)
            if reason := self._barred(self._jobs[number]):
                self._finished += 1
                barred.append(self._event(number, "", reason, None, done=True))
                continue
            busy |= {self._hosts[number]} - {""}
            self._running[number] = self._clock()
            self._start(pool, number)
        return barred

    def _start(self, pool: ThreadPoolExecutor, number: int) -> None:
        def tell(state: str, reason: str) -> None:
            self._heard.put((number, state, reason, None))

        def end(future: "Future[Result]") -> None:
            self._heard.put((number, "", "", future))

        pool.submit(self._work, self._jobs[number], tell).add_done_callback(end)

    def _hear(self) -> Event[Result]:
        number, state, reason, future = self._heard.get()
        if future is None:
            return self._event(number, state, reason, None, done=False)
        self._spent += self._clock() - self._running.pop(number)
        self._ended += 1
        self._finished += 1
        try:
            return self._event(number, "", "", future.result(), done=True)
        except Postponed as postponed:
            return self._event(number, "", str(postponed), None, done=True)

    def _event(
        self, number: int, state: str, reason: str, result: Result | None, *, done: bool
    ) -> Event[Result]:
        left = None
        if self._ended:
            queues = Counter(self._hosts[n] for n in (*self._running, *self._waiting))
            left = self._spent / self._ended * rounds_left(queues, self._at_once)
        return Event(
            number, state, reason, result, done, tuple(self._running), self._finished, left
        )


def rounds_left(queues: Mapping[str, int], at_once: int) -> float:
    """Say for how many jobs one after the other it will last, by the jobs left of each host.

    A long queue of one host lasts as long as itself, however many workers there are.
    """
    longest = max((count for host, count in queues.items() if host), default=0)
    return max(longest, sum(queues.values()) / at_once)
