"""Values that a process keeps for a while, and never more than a fixed number of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

V = TypeVar("V")


class ExpiringStore(Generic[V]):
    """Values by key. A value that is too old is gone. If there are too many, a new one takes the place of the oldest.

    Visitors without an account can have such values stored, so the memory that they take must have a limit.

    Parameters
    ----------
    lifetime:
        For how many seconds a value is kept.
    most:
        Maximum number of values.
    clock:
        Returns the time in seconds.
    """

    def __init__(self, lifetime: float, most: int, clock: Callable[[], float]) -> None:
        self._lifetime = lifetime
        self._most = most
        self._clock = clock
        self._values: OrderedDict[bytes | str, tuple[float, V]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[bytes | str]:
        self.forget_old()
        return iter(list(self._values))

    def __contains__(self, key: bytes | str) -> bool:
        self.forget_old()
        return key in self._values

    def put(self, key: bytes | str, value: V) -> None:
        """Keep a value from now on."""
        self.forget_old()
        self._values[key] = self._clock(), value
        while len(self._values) > self._most:
            self._values.popitem(last=False)

    def get(self, key: bytes | str) -> V | None:
        """The value with this key; None if there is none, or it is too old."""
        self.forget_old()
        return self._values.get(key, (0.0, None))[1]

    def pop(self, key: bytes | str) -> V | None:
        """As `get`; the value is removed."""
        self.forget_old()
        return self._values.pop(key, (0.0, None))[1]

    def forget_old(self) -> None:
        """Remove the values that are too old."""
        oldest_kept = self._clock() - self._lifetime
        while self._values and next(iter(self._values.values()))[0] < oldest_kept:
            self._values.popitem(last=False)
