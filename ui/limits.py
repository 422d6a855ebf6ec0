"""How often somebody may do something: buckets that fill with time, and the words for a wait."""

import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from assistant.settings import number

HELD = 10_000  # buckets of one kind: the longest-unused goes first, and is full again


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once; then one more every so many seconds (a token bucket)."""

    burst: int
    every: float


# Of failed logins. Five tries for a typing error; then 1,440 a day, against which a password of ten
# characters stands. Many people may come from one address, behind one router or proxy.
BY_NAME = Rate(5, 60.0)
BY_ADDRESS = Rate(50, 10.0)
# Of everything that a page sends: far more than a person does, far less than a flood.
REQUESTS = Rate(300, 0.1)

# Of work on the whole path, which keeps the one writer of a library or a core for long: one an
# hour, and another in place of one that failed or was cancelled.
WHOLE = Rate(2, 3600.0)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What each user of a group may do, by the variables of docs/usage.md."""

    questions: Rate = Rate(10, 6.0)
    uploads: Rate = Rate(30, 120.0)
    streams: int = 20
    login_hours: float = 168.0


def allowed(values: Mapping[str, str]) -> Allowed:
    """Read the limits of a group; raises InputError for a value that is no number."""
    usual = Allowed()
    questions = number(values, "STUDYPATH_QUESTIONS_PER_MINUTE", usual.questions.burst, least=1)
    uploads = number(values, "STUDYPATH_UPLOADS_PER_HOUR", usual.uploads.burst, least=1)
    return Allowed(
        Rate(int(questions), 60 / questions),
        Rate(int(uploads), 3600 / uploads),
        int(number(values, "STUDYPATH_OPEN_STREAMS", usual.streams, least=2)),
        number(values, "STUDYPATH_LOGIN_HOURS", usual.login_hours, least=0.001),
    )


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many are left at a time, in seconds of any clock that only goes on."""

    left: float
    at: float


def filled(rate: Rate, bucket: Bucket | None, now: float) -> Bucket:
    """Give a bucket as it is now; one that nobody used is full."""
    if bucket is None:
        return Bucket(rate.burst, now)
    gained = max(0.0, now - bucket.at) / rate.every
    return Bucket(min(rate.burst, bucket.left + gained), now)


def taken(rate: Rate, bucket: Bucket | None, now: float) -> tuple[Bucket, float]:
    """Take one out, or tell the seconds until there is one; 0.0 says that it was taken."""
    found = filled(rate, bucket, now)
    if found.left >= 1:
        return Bucket(found.left - 1, now), 0.0
    return found, (1 - found.left) * rate.every


class Limits:
    """A bucket for each key, of one rate; memory is bounded, and it is safe from any thread."""

    def __init__(self, rate: Rate, held: int = HELD) -> None:
        self.rate = rate
        self._most = held
        self._lock = Lock()
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, key: str, now: float) -> float:
        """Take one for a key, or tell the seconds to wait; 0.0 says that it was taken."""
        with self._lock:
            bucket, wait = taken(self.rate, self._buckets.pop(key, None), now)
            self._buckets[key] = bucket
            while len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
            return wait

    def give_back(self, key: str, now: float) -> None:
        """Put one back that was taken for nothing."""
        with self._lock:
            if key in self._buckets:
                found = filled(self.rate, self._buckets[key], now)
                self._buckets[key] = Bucket(min(self.rate.burst, found.left + 1), now)

    def __len__(self) -> int:
        return len(self._buckets)


def wait_words(seconds: float) -> str:
    """Say how long to wait: "1 second", "40 seconds", "2 minutes"."""
    whole = max(1, math.ceil(seconds))
    if whole < 100:
        return f"{whole} second{'' if whole == 1 else 's'}"
    return f"{math.ceil(whole / 60)} minutes"
