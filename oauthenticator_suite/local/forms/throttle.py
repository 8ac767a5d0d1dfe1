"""Slower after failures, and never shut: how many passwords somebody may try.

What is counted is failures, by three keys:

* the **pair** of a name and where it is tried from: the address, or the browser that has signed in under this name
  before (it shows a cookie that we have signed). A pair has `PAIR_FREE` failures, and gets one back every `PAIR_EVERY`
  seconds. From its sixth failure on, the answers to further ones are delayed; a right password never is.
* the **name**, wherever from, and the **address**, whatever name. Neither is ever refused as such: that would let one
  attacker shut out a person, or a class behind one address. A name or an address with too many failures makes pairs
  that fail more careful: they have one try every `CAREFUL_EVERY` seconds. So somebody who types the right password is
  let in under any attack, unless it comes from their own address and at their own name.

Everything is forgotten with time, and what is remembered is bounded. Names are kept as keyed hashes.
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
from .thread_queue import Place

PAIR_FREE = 30
"""Failures at once that a pair may have: more than anybody types, fewer than a guesser wants."""

PAIR_EVERY = 30.0
"""Seconds in which a pair is forgiven one failure."""

UNDELAYED = 5
"""Failures of a pair that are answered at the usual time; after these, each takes twice as long as the one before."""

MOST_DELAY = 8.0
"""How many times the usual time an answer takes at most."""

NAME_FREE, NAME_EVERY = 100, 30.0
ADDRESS_FREE, ADDRESS_EVERY = 300, 2.0

CAREFUL_EVERY = 120.0
"""Seconds between two tries of a pair, when its name or its address has too many failures."""

MANY_AT_ONCE = 32
"""Attempts under way from one address, up to which each has the same turn as one of another address."""

MOST_KEYS = 20_000
"""Names, addresses and pairs that are remembered, of each kind; the one that failed longest ago is forgotten first."""


@dataclass(slots=True)
class _Entry:
    level: float
    at: float


class _Failures:
    """How many failures each key has left, when every `every` seconds one is forgiven."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()

    def level(self, key: bytes, now: float) -> float:
        entry = self._entries.get(key)
        return 0.0 if entry is None else max(0.0, entry.level - (now - entry.at) / self._every)

    def since(self, key: bytes, now: float) -> float | None:
        """Seconds since the latest failure, or None."""
        entry = self._entries.get(key)
        return None if entry is None else now - entry.at

    def add(self, key: bytes, now: float) -> float:
        level = self.level(key, now) + 1
        self._entries[key] = _Entry(level, now)
        self._entries.move_to_end(key)
        while len(self._entries) > MOST_KEYS:
            self._entries.popitem(last=False)
        return level

    def forget(self, key: bytes) -> None:
        self._entries.pop(key, None)

    def __len__(self) -> int:
        return len(self._entries)


class Throttle:
    """What one authenticator remembers of failures.

    Parameters
    ----------
    clock:
        Seconds; only differences matter.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._salt = secrets.token_bytes(16)
        self._pairs = _Failures(PAIR_EVERY)
        self._names = _Failures(NAME_EVERY)
        self._addresses = _Failures(ADDRESS_EVERY)
        self._under_way: Counter[bytes] = Counter()

    def begin(self, name: str, address: str, browser: str = "") -> Attempt:
        """Let a password be tried.

        Parameters
        ----------
        address:
            Where the request is from. Of IPv6 addresses the first 64 bits count.
        browser:
            What tells a browser that has signed in under this name before; empty for any other.

        Raises
        ------
        TooManyAttempts
            When the pair has to wait, with the seconds. Nothing is counted then.
        """
        of_address = self._key("address", _network(address))
        pair = self._key("browser", browser, name) if browser else self._key("pair", _network(address), name)
        attempt = Attempt(self, self._key("name", name), of_address, pair, bool(browser))
        wait = self._wait(attempt)
        if wait > 0:
            raise TooManyAttempts("too many failures: not looked at", retry_after=max(1.0, wait))
        self._under_way.update((attempt.pair, attempt.address))
        return attempt

    def _wait(self, attempt: Attempt) -> float:
        now = self._clock()
        since = self._pairs.since(attempt.pair, now)
        under_way = self._under_way[attempt.pair]
        careful = not attempt.known and (
            self._names.level(attempt.name, now) >= NAME_FREE
            or self._addresses.level(attempt.address, now) >= ADDRESS_FREE
        )
        if careful and (under_way or since is not None):
            return CAREFUL_EVERY if under_way else CAREFUL_EVERY - (since or 0.0)
        too_many = self._pairs.level(attempt.pair, now) + under_way + 1 - PAIR_FREE
        return too_many * PAIR_EVERY

    def _end(self, attempt: Attempt) -> None:
        for key in (attempt.pair, attempt.address):
            self._under_way[key] -= 1
            if self._under_way[key] <= 0:
                del self._under_way[key]

    def _failed(self, attempt: Attempt) -> float:
        now = self._clock()
        self._names.add(attempt.name, now)
        self._addresses.add(attempt.address, now)
        beyond = self._pairs.add(attempt.pair, now) - UNDELAYED
        return min(MOST_DELAY, 2.0 ** max(0, ceil(beyond)))

    def _rank(self, attempt: Attempt) -> tuple[int, int, int]:
        tried = self._under_way[attempt.pair] + self._pairs.level(attempt.pair, self._clock())
        crowd = self._under_way[attempt.address] // MANY_AT_ONCE
        return int(not attempt.known), int(tried > UNDELAYED), crowd.bit_length()

    def _key(self, *parts: str) -> bytes:
        digest = blake2b(key=self._salt, digest_size=16)
        for part in parts:
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.digest()


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """One password that is being tried; ends with `failed`, `succeeded` or `dropped`, once."""

    throttle: Throttle
    name: bytes
    address: bytes
    pair: bytes
    known: bool

    @property
    def place(self) -> Place:
        """Its place where several wait for a thread; of one pair, one has its turn at a time.

        Browsers that are known go first; then pairs that have tried little; then addresses of which few are under way.
        """
        return Place(self.throttle._rank(self), self.pair)

    def failed(self) -> float:
        """The password was wrong. Returns how many times the usual time the answer is to take: 1, 2, 4, 8."""
        self.throttle._end(self)
        return self.throttle._failed(self)

    def succeeded(self) -> None:
        """The password was right: the pair begins anew. What name and address have is not touched."""
        self.throttle._end(self)
        self.throttle._pairs.forget(self.pair)

    def dropped(self) -> None:
        """There was no verdict."""
        self.throttle._end(self)


def _network(address: str) -> str:
    """What one person commonly has to choose from: an IPv4 address, or the 64 bits of an IPv6 network."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or parsed.packed[:8].hex())
