"""Keys of services: values that show themselves to nobody but the service they are for."""

import re
from collections.abc import Iterable

HIDDEN = "…"


class Key:
    """A secret text; empty when there is none. `reveal` alone gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text.strip()

    def reveal(self) -> str:
        """Give the secret itself, to hand to the service."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f"Key({HIDDEN})" if self._text else "Key()"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __copy__(self) -> "Key":
        return self

    def __deepcopy__(self, memo: object) -> "Key":
        return self

    def __reduce__(self) -> str:
        raise TypeError("a key is not written anywhere")


_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
_IN_QUERY = re.compile(r"(?i)([?&](?:[\w-]*key|token|secret|signature|auth)=)[^&\s\"']+")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}")
_KEY_LIKE = re.compile(r"\b(?:sk|pk|gsk|hf|xai|AIza)[-_][\w-]{8,}")
SHORTEST = 4  # a shorter "key" is a placeholder, and hiding it would hide words


def scrub(text: str, keys: Iterable[Key] = ()) -> str:
    """Take keys and credentials out of a text of others, such as an error or an address."""
    for key in keys:
        if len(key.reveal()) >= SHORTEST:
            text = text.replace(key.reveal(), HIDDEN)
    text = _CREDENTIALS.sub("", text)
    text = _IN_QUERY.sub(rf"\1{HIDDEN}", text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    return _KEY_LIKE.sub(HIDDEN, text)
