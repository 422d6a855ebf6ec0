"""A circuit breaker: an engine that keeps failing is left alone for a while."""

from collections import deque
from collections.abc import Callable
from threading import Lock

FAILURES = 3  # so many failures
WINDOW = 120.0  # within so many seconds open it,
PAUSE = 30.0  # and after so many seconds one call may try again


class Breaker:
    """Says whether an engine may be called; safe to use from several threads.

    `clock` gives seconds that only grow. Closed, it lets calls pass; after FAILURES within WINDOW
    it opens; PAUSE later it lets a single call try, whose outcome closes it or opens it again.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        failures: int = FAILURES,
        window: float = WINDOW,
        pause: float = PAUSE,
    ) -> None:
        self._clock = clock
        self._failures, self._window, self._pause = failures, window, pause
        self._failed: deque[float] = deque(maxlen=failures)
        self._opened: float | None = None
        self._lock = Lock()

    def allows(self) -> bool:
        """Say whether a call may be made now; while half open, only the first asker may."""
        with self._lock:
            if self._opened is None:
                return True
            if self._clock() - self._opened < self._pause:
                return False
            self._opened = self._clock()  # a trial that never ends is over after another pause
            return True

    def succeeded(self) -> None:
        """Note a call that went well: close."""
        with self._lock:
            self._failed.clear()
            self._opened = None

    def failed(self) -> None:
        """Note a call that failed: open when it was one too many."""
        with self._lock:
            now = self._clock()
            self._failed.append(now)
            many = len(self._failed) == self._failures and now - self._failed[0] <= self._window
            if many or self._opened is not None:
                self._opened = now
