"""Throttling of password guesses: failures slow further attempts down, but no user is ever locked out.

Failures are counted by three keys:

* the **pair** of a name and the origin of the attempt. The origin is the client's address, or a browser that has
  signed in under this name before (it sends a cookie that the Hub signed). A pair may fail `PAIR_FREE` times, and is
  forgiven one failure every `PAIR_EVERY` seconds. From the sixth failure on, the answers to failures are delayed. The
  answer to a right password never is.
* the **name**, whatever the origin, and the **address**, whatever the name. Neither is ever refused as such: otherwise
  one attacker could lock out a user, or a class behind one address. A name or an address with too many failures limits
  the pairs that have failed to one attempt every `CAREFUL_EVERY` seconds. A user who types the right password therefore
  gets in under any attack, unless it comes from the user's own address and uses the user's own name.

All counts decrease with time, and memory is bounded. Names are stored as keyed hashes.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from math import ceil

from ...errors import TooManyAttempts
from ...hub.resilience.blocking_calls import Priority

PAIR_FREE = 30
"""Failures that a pair may have at a time: more than a user makes, and too few for guessing."""

PAIR_EVERY = 30.0
"""Seconds after which a pair is forgiven one failure."""

UNDELAYED = 5
"""Failures of a pair that are answered after the usual time. Each further one takes twice as long as the one before."""

MAX_DELAY = 8.0
"""The longest time that an answer takes, as a multiple of the usual time."""

NAME_FREE, NAME_EVERY = 100, 30.0
"""The same two limits for a name."""

ADDRESS_FREE, ADDRESS_EVERY = 300, 2.0
"""The same two limits for an address."""

CAREFUL_EVERY = 120.0
"""Seconds between two attempts of a pair that has failed, when its name or its address has too many failures."""

CROWD = 32
"""Attempts of one address under way from which on further ones queue behind those of other addresses."""

MAX_KEYS = 20_000
"""Stored names, addresses and pairs, of each kind. The one that failed longest ago is dropped first."""


@dataclass(slots=True)
class _Level:
    level: float
    at: float


class _Failures:
    """The number of failures of each key. One is forgiven every `every` seconds."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._entries: OrderedDict[bytes, _Level] = OrderedDict()

    def level(self, key: bytes, now: float) -> float:
        entry = self._entries.get(key)
        return 0.0 if entry is None else max(0.0, entry.level - (now - entry.at) / self._every)

    def since(self, key: bytes, now: float) -> float | None:
        """Seconds since the latest failure; None when there is none."""
        entry = self._entries.get(key)
        return None if entry is None else now - entry.at

    def add(self, key: bytes, now: float) -> float:
        level = self.level(key, now) + 1
        self._entries[key] = _Level(level, now)
        self._entries.move_to_end(key)
        while len(self._entries) > MAX_KEYS:
            self._entries.popitem(last=False)
        return level

    def forget(self, key: bytes) -> None:
        self._entries.pop(key, None)

    def __len__(self) -> int:
        return len(self._entries)


class Throttle:
    """The failed attempts of one authenticator.

    Parameters
    ----------
    clock:
        Returns the time in seconds. Only differences matter.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._salt = secrets.token_bytes(16)
        self._pairs = _Failures(PAIR_EVERY)
        self._names = _Failures(NAME_EVERY)
        self._addresses = _Failures(ADDRESS_EVERY)
        self._under_way: Counter[bytes] = Counter()

    def begin(self, name: str, address: str, browser: str = "") -> PasswordAttempt:
        """Begin an attempt.

        Parameters
        ----------
        address:
            The client's address. Only the first 64 bits of an IPv6 address count.
        browser:
            An identifier of a browser that has signed in under this name before; empty for any other browser.

        Raises
        ------
        TooManyAttempts
            When the pair has to wait. `retry_after` has the seconds. The attempt is not counted.
        """
        of_address = self._key("address", _network(address))
        pair = self._key("browser", browser, name) if browser else self._key("pair", _network(address), name)
        attempt = PasswordAttempt(self, self._key("name", name), of_address, pair, bool(browser))
        wait, scope = self._wait(attempt)
        if wait > 0:
            raise TooManyAttempts(
                "too many failures: the password was not checked", retry_after=max(1.0, wait), scope=scope
            )
        self._under_way.update((attempt.pair, attempt.address))
        return attempt

    def _wait(self, attempt: PasswordAttempt) -> tuple[float, str]:
        """How many seconds the pair has to wait, and what has had too many failures."""
        now = self._clock()
        since = self._pairs.since(attempt.pair, now)
        under_way = self._under_way[attempt.pair]
        name_failed = self._names.level(attempt.name, now) >= NAME_FREE
        address_failed = self._addresses.level(attempt.address, now) >= ADDRESS_FREE
        careful = not attempt.known and (name_failed or address_failed)
        if careful and (under_way or since is not None):
            wait = CAREFUL_EVERY if under_way else CAREFUL_EVERY - (since or 0.0)
            return wait, "username" if name_failed else "address"
        too_many = self._pairs.level(attempt.pair, now) + under_way + 1 - PAIR_FREE
        return too_many * PAIR_EVERY, "pair"

    def _end(self, attempt: PasswordAttempt) -> None:
        for key in (attempt.pair, attempt.address):
            self._under_way[key] -= 1
            if self._under_way[key] <= 0:
                del self._under_way[key]

    def _failed(self, attempt: PasswordAttempt) -> float:
        now = self._clock()
        self._names.add(attempt.name, now)
        self._addresses.add(attempt.address, now)
        beyond = self._pairs.add(attempt.pair, now) - UNDELAYED
        return min(MAX_DELAY, 2.0 ** max(0, ceil(beyond)))

    def _rank(self, attempt: PasswordAttempt) -> tuple[int, int, int]:
        tried = self._under_way[attempt.pair] + self._pairs.level(attempt.pair, self._clock())
        crowd = self._under_way[attempt.address] // CROWD
        return int(not attempt.known), int(tried > UNDELAYED), crowd.bit_length()

    def _key(self, *parts: str) -> bytes:
        digest = blake2b(key=self._salt, digest_size=16)
        for part in parts:
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.digest()


@dataclass(frozen=True, slots=True, eq=False)
class PasswordAttempt:
    """An attempt under way. It ends with one call of `failed`, `succeeded` or `dropped`."""

    throttle: Throttle
    name: bytes
    address: bytes
    pair: bytes
    known: bool

    @property
    def priority(self) -> Priority:
        """The priority in the queue for a thread. Attempts of one pair run one at a time.

        Known browsers come first, then pairs with few failures, then addresses with few attempts under way.
        """
        return Priority(self.throttle._rank(self), self.pair)

    def failed(self) -> float:
        """The password was wrong. Returns the time of the answer as a multiple of the usual time: 1, 2, 4 or 8."""
        self.throttle._end(self)
        return self.throttle._failed(self)

    def succeeded(self) -> None:
        """The password was right. The failures of the pair are forgotten; those of name and address are not."""
        self.throttle._end(self)
        self.throttle._pairs.forget(self.pair)

    def dropped(self) -> None:
        """The password could not be checked."""
        self.throttle._end(self)


def _network(address: str) -> str:
    """The part of an address that one user cannot choose: an IPv4 address, or the first 64 bits of an IPv6 address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or parsed.packed[:8].hex())
