"""The cookies of one browser's login attempts: their names, and how many bytes they may have together.

Servers refuse a request whose cookies are too long (nginx by default above 8 kB in one header), on every page of the
host. They also refuse a response whose headers are too long (nginx by default above 4 kB). So the attempts of a browser
have at most `MAX_BYTES` together, and one response sets and deletes a bounded number of cookies, however many cookies
of these names a browser sends.

Each attempt has its own cookie, because tabs start attempts at the same time and do not know of each other. Its name
contains a hash of the ``state``. The destination (the URL of the page that the user wanted) is in a second cookie, in
one of `SLOTS` numbered slots. So tabs that start at the same time cannot add up to many long destinations. With HTTPS
the names have the prefix ``__Host-``, so that a sibling domain, such as a user's server on a subdomain, cannot set the
cookies.
"""

from __future__ import annotations

import hashlib
import itertools
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import NamedTuple

from jupyterhub.handlers import BaseHandler

from ..web.cookies import HOST_PREFIX, put_cookie
from ..web.sealed import Sealer

MAX_ATTEMPTS = 8
"""Maximum number of attempts (tabs) of one browser. A further attempt replaces the oldest one."""

MAX_BYTES = 4000
"""Maximum length of all attempts of one browser in the ``Cookie`` header, with names and separators."""

MAX_COOKIE_HEADER = 7000
"""The length of the ``Cookie`` header up to which a destination is added to it."""

MAX_RESPONSE_BYTES = 3000
"""Maximum length of the ``Location`` and the cookies of a response that carries a destination."""

MAX_DELETED = 16
"""Maximum number of cookies that one response deletes."""

MAX_UNUSABLE = 4
"""Maximum number of unusable cookies (expired, or not set by this Hub) that the start of an attempt deletes."""

SLOTS = 8
"""Number of places for destinations."""

_SLOT_BYTES = 3000
"""What tabs that start at the same time, with destinations of one length, may store together."""

_ATTEMPT = "oauth-attempt-"
_DESTINATION = "oauth-next-"
_DIGEST_LENGTH = 16
_SEPARATORS = len("=; ")
_ATTRIBUTES = 120
"""About the length of ``Set-Cookie:`` and of a cookie's attributes."""

_turns = itertools.count()
"""Tabs that start at the same time take different slots."""


def cookie_name(state: str, *, secure: bool) -> str:
    """The name of the cookie of the attempt with this `state`."""
    digest = urlsafe_b64encode(hashlib.sha256(state.encode("utf-8", "replace")).digest()[:12]).decode("ascii")
    return f"{_prefix(secure)}{_ATTEMPT}{digest}"


class AttemptCookies:
    """The attempts that the browser of one request holds.

    Parameters
    ----------
    handler:
        The handler of the request, whose response sets and deletes cookies.
    sealer:
        Seals destinations.
    start_of:
        Returns the time at which the attempt in a cookie with this name and value started, in seconds since the epoch;
        None if the attempt cannot be used.
    """

    def __init__(self, handler: BaseHandler, sealer: Sealer, start_of: Callable[[str, str], float | None]) -> None:
        self._handler = handler
        self._sealer = sealer
        cookies = {name: morsel.value for name, morsel in handler.cookies.items()}
        starts = {name: start_of(name, value) for name, value in cookies.items() if _is(_ATTEMPT, name)}
        usable = sorted((start, name) for name, start in starts.items() if start is not None)
        self._attempts = {name: _size(name, cookies[name]) for _, name in usable}
        """The length of each usable attempt's cookie, by its name, the oldest first."""
        self._destinations: dict[str, _Destination] = {}
        """The destination of each usable attempt, by the name of the attempt's cookie."""
        for name, value in cookies.items():
            if _is(_DESTINATION, name):
                self._add_destination(name, value)
        taken = {*self._attempts, *(each.slot for each in self._destinations.values())}
        self._unusable = {
            name: _size(name, value)
            for name, value in cookies.items()
            if name not in taken and (_is(_ATTEMPT, name) or _is(_DESTINATION, name))
        }

    # --- what the handlers of a login do -----------------------------------------------------------------------------

    def add(self, name: str, value: str, next_url: str, lifetime: int, header_bytes: int = 0) -> None:
        """Store an attempt and its destination. If there is no room, the oldest attempts lose theirs.

        First the oldest attempts lose their destinations, then they are deleted. The new attempt is always stored. Its
        destination is stored if it fits.

        Parameters
        ----------
        name, value:
            The cookie of the new attempt.
        next_url:
            Its destination; may be empty.
        lifetime:
            Lifetime of the cookies, in seconds.
        header_bytes:
            Length of the other headers of the response that depend on the attempt.
        """
        slot = _slot_names(name)[0]
        own = _size(name, value)
        wanted = _size(slot, self._sealed(slot, name, next_url)) if next_url else 0
        unusable = sorted(self._unusable, key=lambda each: -self._unusable[each])[:MAX_UNUSABLE]
        room = min(MAX_BYTES, MAX_COOKIE_HEADER - self._bytes_of_others())
        gone = [*unusable, *self._making_room(own + wanted, room)]
        response = header_bytes + own + wanted + 2 * _ATTRIBUTES + sum(len(each) + _ATTRIBUTES // 2 for each in gone)
        if own + wanted > room or response > MAX_RESPONSE_BYTES:
            wanted = 0
            gone = [*unusable, *self._making_room(own, room)]
        self._delete(gone)
        self._set(name, value, lifetime)
        if wanted:
            slot = self._slot_for(name, wanted, gone)
            self._set(slot, self._sealed(slot, name, next_url), lifetime)

    def remove(self, name: str) -> str:
        """Delete the attempt in the cookie `name`, and return its destination."""
        destination = self._destinations.get(name)
        if destination is None:
            self._delete([name])
            return ""
        self._delete([name, destination.slot])
        return destination.next_url

    def clear(self) -> None:
        """Delete all attempts, then unusable cookies of these names, as many as one response may delete."""
        self._delete([*self._attempts, *(each.slot for each in self._destinations.values()), *self._unusable])

    # --- inside ------------------------------------------------------------------------------------------------------

    def _add_destination(self, slot: str, value: str) -> None:
        data = self._sealer.open(value, slot)
        if data is None:
            return
        digest, next_url = data[:_DIGEST_LENGTH].decode(), data[_DIGEST_LENGTH:].decode()
        name = next((name for name in self._attempts if name.endswith(digest)), None)
        if name is not None:
            self._destinations[name] = _Destination(slot, next_url, _size(slot, value))

    def _sealed(self, slot: str, attempt: str, next_url: str) -> str:
        return self._sealer.seal((attempt[-_DIGEST_LENGTH:] + next_url).encode(), slot)

    def _making_room(self, size: int, room: int) -> list[str]:
        """The names of the cookies that are deleted so that `size` bytes fit into `room`."""
        attempts, destinations = dict(self._attempts), dict(self._destinations)
        gone = []

        def too_many() -> bool:
            return len(attempts) >= MAX_ATTEMPTS

        def too_long() -> bool:
            held = sum(attempts.values()) + sum(each.size for each in destinations.values())
            return bool(attempts) and held + size > room

        while too_many() or too_long():
            oldest = next(iter(attempts))
            with_destination = next((name for name in attempts if name in destinations), None)
            if with_destination is None or too_many():
                del attempts[oldest]
                gone.append(oldest)
                with_destination = oldest
            if with_destination in destinations:
                gone.append(destinations.pop(with_destination).slot)
        return gone

    def _slot_for(self, name: str, size: int, gone: list[str]) -> str:
        """The slot for a destination of this length: a free one, or that of the oldest attempt.

        A long destination has few slots to choose from, because tabs that start at the same time cannot see which slots
        the others take.
        """
        slots = _slot_names(name)[: max(1, min(SLOTS, _SLOT_BYTES // size))]
        by_slot = {each.slot: attempt for attempt, each in self._destinations.items() if each.slot not in gone}
        free = [slot for slot in slots if slot not in by_slot]
        if free:
            return free[next(_turns) % len(free)]
        ages = list(self._attempts)
        return min(slots, key=lambda slot: ages.index(by_slot[slot]))

    def _bytes_of_others(self) -> int:
        """The length of the browser's cookies that are not usable attempts.

        It includes those that this response deletes, because a planted cookie of another path cannot be deleted.
        """
        ours = sum(self._attempts.values()) + sum(each.size for each in self._destinations.values())
        return len(self._handler.request.headers.get("Cookie", "")) - ours

    def _delete(self, names: list[str]) -> None:
        for name in names[:MAX_DELETED]:
            self._set(name, "", 0)

    def _set(self, name: str, value: str, max_age: int) -> None:
        put_cookie(self._handler, name, value, path=self._handler.hub.base_url, max_age=max_age, secure=False)


class _Destination(NamedTuple):
    """Where the destination of an attempt is stored. `size` is the cookie's length in the ``Cookie`` header."""

    slot: str
    next_url: str
    size: int


def _prefix(secure: bool) -> str:
    return HOST_PREFIX if secure else ""


_SLOT_NAMES = {
    secure: [f"{_prefix(secure)}{_DESTINATION}{number}" for number in range(SLOTS)] for secure in (True, False)
}


def _slot_names(attempt: str) -> list[str]:
    """The names of the slots next to an attempt with this name."""
    return _SLOT_NAMES[attempt.startswith(HOST_PREFIX)]


def _is(kind: str, name: str) -> bool:
    return name.removeprefix(HOST_PREFIX).startswith(kind)


def _size(name: str, value: str) -> int:
    return len(name) + len(value) + _SEPARATORS
