"""Who is logged in: random tokens on the side of the browsers, their hashes here and on disk.

What is on disk lets nobody in, since a token cannot be found from its hash; it lets logins outlive
a restart of the server. A login ends by its time, by logging out, and with the user's record.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from assistant.export import write_atomically
from ingest.errors import InputError
from ui.users import User

FILE = "logins.json"
MOST = 20  # logins of one user, on as many browsers: the oldest goes first
TOKEN = 32  # bytes


@dataclass(frozen=True, slots=True)
class Login:
    """A user's login; `mark` is that of the record it was made by, `until` in Unix seconds."""

    user: str
    mark: str
    until: float


class Logins:
    """All logins by the hashes of their tokens; safe from any thread. Without a file, in memory."""

    def __init__(self, file: Path | None, hours: float) -> None:
        self._file = file
        self._seconds = hours * 3600
        self._lock = Lock()
        self._logins: dict[str, Login] = dict(read(file)) if file else {}

    def begin(self, user: User, now: float) -> str:
        """Log a user in, and give the token to be known by: 256 random bits."""
        token = secrets.token_urlsafe(TOKEN)
        with self._lock:
            fresh = {key: login for key, login in self._logins.items() if login.until > now}
            own = [key for key, login in fresh.items() if login.user == user.name]
            too_many = max(0, len(own) - MOST + 1)
            for key in own[:too_many]:  # they stand in the order of their making
                del fresh[key]
            fresh[key_of(token)] = Login(user.name, user.mark, now + self._seconds)
            self._logins = fresh
            self._keep()
        return token

    def find(self, token: str, now: float) -> Login | None:
        """Find the login of a token, None for one that is unknown or over."""
        login = self._logins.get(key_of(token))
        return login if login and login.until > now else None

    def end(self, token: str) -> None:
        """Forget a login."""
        with self._lock:
            if self._logins.pop(key_of(token), None):
                self._keep()

    @property
    def seconds(self) -> int:
        """How long a login lasts."""
        return int(self._seconds)

    def _keep(self) -> None:
        if not self._file:
            return
        rows = {key: [one.user, one.mark, one.until] for key, one in self._logins.items()}
        content = json.dumps({"schema": 1, "logins": rows}, indent=1).encode()
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(self._file, content, mode=0o600)
        except (InputError, OSError):
            pass  # a full disk: the login holds until the server ends


def key_of(token: str) -> str:
    """Give what a token is kept under; its time tells nothing of other tokens."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def read(file: Path) -> Mapping[str, Login]:
    """Read the logins of the server before this one; none from a file that is missing or broken."""
    try:
        rows = json.loads(file.read_bytes())["logins"]
        found = {
            str(key): Login(str(u), str(m), float(until)) for key, (u, m, until) in rows.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
    return found
