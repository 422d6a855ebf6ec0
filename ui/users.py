"""The users of a page that is served to a group: a file of names with salted, slow password hashes.

One line for each user: name, scheme, parameters, salt and hash. Whoever reads the file has no
password by it; whoever writes it decides who is let in, at once and without a restart.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from assistant.export import write_atomically
from ingest.errors import InputError

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
SHORTEST, LONGEST = 10, 1_000  # characters of a password
SCHEME = "scrypt"
HEADING = (
    "# Who may use this studypath: name, scheme, parameters, salt, hash."
    " Change it with `studypath users`.\n"
)
PATIENCE = 10.0  # seconds to wait for another process that writes
LARGEST = 1_000_000  # bytes of a file that could be one of users: thousands of them


@dataclass(frozen=True, slots=True)
class Cost:
    """How slow a hash is, in the words of scrypt (RFC 7914); takes 128 · n · r bytes of memory.

    The defaults are one of the settings that OWASP's password cheat sheet counts as equal: 32 MiB
    for one try, so that two tries at a time do not crowd out the library.
    """

    n: int = 2**15
    r: int = 8
    p: int = 3


@dataclass(frozen=True, slots=True)
class User:
    """One who may log in. `mark` is another after every change of the password."""

    name: str
    cost: Cost
    salt: bytes
    hash: bytes

    @property
    def mark(self) -> str:
        """Tell this password's record from another's, without telling anything of it."""
        return hashlib.sha256(line_of(self).encode()).hexdigest()[:32]


# Whoever gives an unknown name waits as long as for a known one. No password has this hash.
NOBODY = User("nobody", Cost(), bytes(16), bytes(32))


# ── names and passwords ─────────────────────────────────────────────────────────────────────────


def name_of(text: str) -> str:
    """Give the name that somebody typed, in small letters; raises InputError for none."""
    name = text.strip().casefold()
    if not NAME.fullmatch(name):
        raise InputError(
            f"{text!r:.60} is no user's name: use up to 32 of the characters a-z, 0-9, - and _,"
            " beginning with a letter or a digit"
        )
    return name


def learner_id(name: str) -> str:
    """Name the learner that a user is; no learner of another kind has such a name."""
    return f"user-{name}"


def password_of(text: str) -> str:
    """Check a new password; raises InputError, which never shows it."""
    if len(text) < SHORTEST:
        raise InputError(f"the password has {len(text)} characters: take at least {SHORTEST}")
    if len(text) > LONGEST or not text.isprintable():
        raise InputError(
            f"the password cannot be typed on every keyboard: take {SHORTEST} to {LONGEST}"
            " characters on one line"
        )
    return text


def hashed(password: str, salt: bytes, cost: Cost) -> bytes:
    """Hash a password, slowly; the same letters count as the same however they were composed."""
    plain = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    n, r, p = cost.n, cost.r, cost.p
    memory = 128 * r * (n + p + 2)
    return hashlib.scrypt(plain, salt=salt, n=n, r=r, p=p, maxmem=memory + 2**20, dklen=32)


def made(name: str, password: str, salt: bytes, cost: Cost = Cost()) -> User:
    """Make the record of a user; `salt` is random and used once."""
    return User(name, cost, salt, hashed(password_of(password), salt, cost))


def is_right(user: User | None, password: str) -> bool:
    """Say whether a password is a user's, in the same time for one who is nobody."""
    asked = user or NOBODY
    found = hashed(password[:LONGEST], asked.salt, asked.cost)
    return hmac.compare_digest(found, asked.hash) and user is not None


# ── the file ────────────────────────────────────────────────────────────────────────────────────


def line_of(user: User) -> str:
    """Write the line of one user."""
    cost = f"n={user.cost.n},r={user.cost.r},p={user.cost.p}"
    salt, hash = (base64.b64encode(part).decode() for part in (user.salt, user.hash))
    return f"{user.name} {SCHEME} {cost} {salt} {hash}"


def user_in(line: str) -> User:
    """Read the line of one user; raises ValueError for one that we would not write."""
    name, scheme, cost, salt, hash = line.split()
    numbers = re.fullmatch(r"n=(\d{1,8}),r=(\d{1,3}),p=(\d{1,3})", cost)
    if not NAME.fullmatch(name) or scheme != SCHEME or not numbers:
        raise ValueError("no such name, scheme or cost")
    n, r, p = (int(number) for number in numbers.groups())
    if n < 2 or n & (n - 1) or not r or not p or 128 * n * r * p > 2**30:
        raise ValueError("no cost that scrypt takes")
    user = User(
        name,
        Cost(n, r, p),
        base64.b64decode(salt, validate=True),
        base64.b64decode(hash, validate=True),
    )
    if len(user.salt) < 8 or len(user.hash) != 32:
        raise ValueError("salt or hash of another length")
    return user


def users_in(text: str, file: Path) -> dict[str, User]:
    """Read a file of users; raises InputError with the number of a line that is none."""
    users: dict[str, User] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            user = user_in(line)
        except (ValueError, binascii.Error) as error:
            raise InputError(
                f"{file}, line {number} is no user: take the line out, and make the user again"
                " with `studypath users add`"
            ) from error
        if user.name in users:
            raise InputError(f"{file}, line {number}: {user.name} is there twice; take one out")
        users[user.name] = user
    return users


def read_users(file: Path) -> dict[str, User]:
    """Read who may log in; raises InputError when the file is missing or broken."""
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise InputError(
            f"there is no file {file}: make it with `studypath users add NAME --auth-file {file}`"
        ) from error
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}): name another") from error
    try:
        if len(content) > LARGEST:
            raise ValueError("too large")
        text = content.decode()
    except ValueError as error:
        raise InputError(f"{file} is no file of users: name another") from error
    return users_in(text, file)


def write_users(file: Path, users: Mapping[str, User]) -> None:
    """Write the file whole, for its owner's eyes alone."""
    lines = "".join(f"{line_of(users[name])}\n" for name in sorted(users))
    write_atomically(file, (HEADING + lines).encode(), mode=0o600)


@contextmanager
def changed(file: Path) -> Iterator[dict[str, User]]:
    """Give the users to change, one process at a time; written when all went well.

    Raises InputError for a file that is broken, and never writes over one.
    """
    from filelock import FileLock, Timeout

    target = file.expanduser().resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(target.with_name(f".{target.name}.lock"), timeout=PATIENCE, mode=0o600):
            users = read_users(target) if target.exists() else {}
            yield users
            write_users(target, users)
    except Timeout as error:
        raise InputError(f"{file} is being written by another studypath: try again") from error
    except OSError as error:
        raise InputError(f"{file} cannot be written ({error.strerror}): name another") from error


def open_to_others(file: Path) -> bool:
    """Say whether others on this machine may read or write the file."""
    return os.name == "posix" and bool(file.stat().st_mode & 0o077)


class Roll:
    """Who may log in now: the file as it is, read again when it changed; safe from any thread."""

    def __init__(self, file: Path) -> None:
        self._file = file.expanduser()
        self._lock = Lock()
        self._stamp: tuple[int, ...] | None = None
        self._users: Mapping[str, User] = {}

    def find(self, name: str) -> User | None:
        """Find a user; raises InputError while the file cannot be read: then nobody is let in."""
        return self.users().get(name)

    def users(self) -> Mapping[str, User]:
        """Give all users by name; raises InputError while the file cannot be read."""
        with self._lock:
            stamp = self._look()
            if stamp is None or stamp != self._stamp:
                self._users, self._stamp = read_users(self._file), stamp
            return self._users

    def _look(self) -> tuple[int, ...] | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
