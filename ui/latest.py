"""What is held of so many visitors, the latest of them: a server that runs for weeks is bounded."""

from collections import OrderedDict
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Latest(Generic[Key, Value]):
    """Values by key; past `most` of them the one that was kept longest ago goes. Not locked."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """Give what is held under a key; it is as old as before."""
        return self._held.get(key)

    def keep(self, key: Key, value: Value) -> None:
        """Hold a value as the newest, in the place of the one before."""
        self._held[key] = value
        self._held.move_to_end(key)
        while len(self._held) > self._most:
            self._held.popitem(last=False)

    def drop(self, key: Key) -> None:
        """Let go of what is held under a key."""
        self._held.pop(key, None)

    def __contains__(self, key: object) -> bool:
        return key in self._held

    def __len__(self) -> int:
        return len(self._held)
