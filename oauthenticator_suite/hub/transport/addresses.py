"""The addresses to which requests go: URLs that a provider's document names must not lead into a private network.

A provider's metadata, or a link to a next page, could name the Hub's own machine, a database or a cloud's metadata
service. The name of a host says nothing: its owner decides to which address it resolves, and may change that between
a check and the connection (DNS rebinding). So the address itself is checked, at the moment at which it is used:

- `CheckedResolver` resolves each name once, and gives the connection only those addresses that the request may use.
- A URL may have an address as its host, which is not resolved: `AddressGuard.passage` checks it.
- A connection from the pool may have been opened for a configured URL of the same host. `CheckedRequest` checks the
  address of its other end before it writes the first byte.

A URL that the operator has configured may be anywhere. If the provider has answered at a configured URL from a private
address, its documents may name private addresses too: see `protocol.addresses.reachable_from`. Through a proxy,
names are not checked, because the proxy resolves them. An address in a URL that no option allows is refused there too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import islice
from socket import AddressFamily
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from ...errors import AddressRefused
from ...protocol.addresses import PRIVATE_TOO, AddressKind, NotAnAddress, kind_of, literal_address, reachable_from
from ...protocol.messages import Request
from ...protocol.urls import PlainHTTP, is_loopback

PRIVATE_OPTION = "allow_private_provider_addresses"

_MAX_HOSTS = 100
"""The number of hosts about which something is kept. More than that come only from the operator's own requests."""


@dataclass(slots=True)
class Passage:
    """What one request may connect to, and where it has connected.

    Attributes
    ----------
    what:
        The request and its host, as they are named in errors.
    host:
        The host of the URL, in lower case.
    allowed:
        The kinds of addresses; None for all.
    is_direct:
        Whether the request uses no proxy.
    peer:
        The address of the other end of the connection; empty before the connection.
    """

    what: str
    host: str
    allowed: frozenset[AddressKind] | None
    is_direct: bool = True
    peer: str = ""

    def refuse(self, addresses: Collection[str]) -> AddressRefused:
        """The error for a host with these addresses, none of which is allowed."""
        kind = kind_of(sorted(addresses)[0])
        hint = (
            "If that is intended, because the provider has servers in your private network that its public address "
            f"does not show, set {PRIVATE_OPTION} = True"
            if kind in PRIVATE_TOO
            else "No option allows that"
        )
        return _refused(
            f"{self.what}: the host has the address {', '.join(sorted(addresses)[:3])} ({kind.value}), and the URL "
            f"comes from a document of the provider, not from the configuration. Nothing was sent. {hint}."
        )

    def allows(self, address: str) -> bool:
        """Whether the request may be sent to an address."""
        return self.allowed is None or kind_of(address) in self.allowed


_passage: ContextVar[Passage | None] = ContextVar("passage", default=None)


class passing:
    """Have the requests of this task that are sent in the context keep to what `passage` allows."""

    __slots__ = ("_passage", "_token")

    def __init__(self, passage: Passage | None) -> None:
        self._passage = passage

    def __enter__(self) -> None:
        self._token = _passage.set(self._passage)

    def __exit__(self, *exc_info: object) -> None:
        _passage.reset(self._token)


@dataclass(slots=True)
class AddressGuard:
    """Which addresses the requests of one authenticator may use.

    Parameters
    ----------
    home:
        The host from which the provider's documents come, in lower case: that of the issuer, or of `discovery_url`.
        Empty for a provider without such a document; every host of a configured URL then counts as the provider's.
    configured_urls:
        The URLs that options and the provider's class set, without queries.
    allow_private:
        The option `allow_private_provider_addresses`.
    plain_http:
        Whether plain http URLs are accepted.
    """

    home: str = ""
    configured_urls: frozenset[str] = frozenset()
    allow_private: bool = False
    plain_http: PlainHTTP = PlainHTTP.REFUSED
    _answered: dict[str, set[AddressKind]] = field(default_factory=dict)
    _allowed_at: dict[str, frozenset[AddressKind]] = field(default_factory=dict)

    def passage(self, request: Request, url: URL, what: str, *, is_direct: bool) -> Passage:
        """What a request may connect to.

        Raises
        ------
        AddressRefused
            If the URL is not configured, and is plain http, or its host is an address that is not allowed.
        """
        host = (url.raw_host or "").lower().rstrip(".")
        if request.configured or request.url.partition("?")[0] in self.configured_urls:
            return Passage(what, host, None, is_direct)
        if url.scheme != "https" and self.plain_http is not PlainHTTP.ALLOWED and not is_loopback(host):
            why = self.plain_http.why_refused("Have the provider name https URLs")
            raise _refused(f"{what}: a document of the provider names a plain http URL: {why}")
        passage = Passage(what, host, self._allowed(host) if is_direct else None, is_direct)
        try:
            literal = literal_address(host)
        except NotAnAddress as error:
            raise _refused(f"{what}: {error}, and the URL comes from a document of the provider") from None
        # A proxy resolves names, but an address is the same for everyone.
        allowed = PRIVATE_TOO if passage.allowed is None else passage.allowed
        if literal is not None and kind_of(str(literal)) not in allowed:
            raise passage.refuse([str(literal)])
        return passage

    def note_answer(self, passage: Passage) -> None:
        """Note at what kind of address a configured URL has answered, over a connection without a proxy."""
        if passage.allowed is not None or not passage.is_direct or not passage.peer:
            return
        kind, kinds = kind_of(passage.peer), self._answered.get(passage.host)
        if kinds is None:
            if len(self._answered) >= _MAX_HOSTS:
                return
            kinds = self._answered[passage.host] = set()
        if kind not in kinds:
            kinds.add(kind)
            self._allowed_at.clear()

    def _allowed(self, host: str) -> frozenset[AddressKind]:
        if self.allow_private:
            return PRIVATE_TOO
        known = self._allowed_at.get(host)
        if known is None:
            known = self._reachable_from(host)
            if len(self._allowed_at) < _MAX_HOSTS:
                self._allowed_at[host] = known
        return known

    def _reachable_from(self, host: str) -> frozenset[AddressKind]:
        homes = (self.home, host) if self.home else self._answered
        return reachable_from({kind for home in homes for kind in self._answered.get(home, ())})


class CheckedRequest(aiohttp.ClientRequest):
    """A request that is sent only if the other end of its connection has an allowed address."""

    async def send(self, conn: Any) -> Any:
        """Check the connection's address, and send the request.

        Raises
        ------
        AddressRefused
            If the address is not allowed. Nothing has been written then.
        """
        passage = _passage.get()
        if passage is not None and passage.is_direct:
            peer = conn.transport.get_extra_info("peername") if conn.transport is not None else None
            passage.peer = str(peer[0]) if isinstance(peer, tuple) else ""
            if passage.allowed is not None:
                if not passage.peer:  # the connection has just been closed
                    raise aiohttp.ServerDisconnectedError
                if not passage.allows(passage.peer):
                    raise passage.refuse([passage.peer])
        return await super().send(conn)


class CheckedResolver(AbstractResolver):
    """Resolves names, keeps the addresses for a while, and returns those that the current request may use.

    It takes the place of the connector's own cache, which is shared by requests that may use different addresses.

    Parameters
    ----------
    resolver:
        Looks names up.
    max_age:
        How long addresses are kept, in seconds.
    """

    def __init__(self, resolver: AbstractResolver, max_age: float) -> None:
        self._resolver = resolver
        self._max_age = max_age
        self._clock = asyncio.get_running_loop().time
        self._found: dict[tuple[str, int, int], _Found] = {}
        self._running: dict[tuple[str, int, int], asyncio.Task[list[Any]]] = {}

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET) -> list[Any]:
        """The addresses of a host that the current request may use, in aiohttp's form.

        Raises
        ------
        AddressRefused
            If the host has addresses, and none of them is allowed.
        OSError
            If the name does not resolve.
        """
        found = await self._look_up(host, port, family)
        passage = _passage.get()
        if passage is None or not passage.is_direct or passage.allowed is None:
            return found
        usable = [each for each in found if passage.allows(each["host"])]
        if found and not usable:
            raise passage.refuse({each["host"] for each in found})
        return usable

    async def _look_up(self, host: str, port: int, family: int) -> list[Any]:
        key = (host, port, int(family))
        known = self._found.get(key)
        if known is not None and known.ends_at > self._clock():
            return known.next()
        running = self._running.get(key)
        if running is None:
            look_up = self._resolver.resolve(host, port, family=AddressFamily(family))
            running = self._running[key] = asyncio.ensure_future(look_up)
            running.add_done_callback(lambda done: self._finished(key, done))
        # One request that is cancelled does not cancel the look-up that others wait for.
        return list(await asyncio.shield(running))

    def _finished(self, key: tuple[str, int, int], done: asyncio.Task[list[Any]]) -> None:
        del self._running[key]
        if done.cancelled() or done.exception() is not None:
            return
        now = self._clock()
        if len(self._found) >= _MAX_HOSTS:
            self._found = {each: found for each, found in self._found.items() if found.ends_at > now}
        if len(self._found) < _MAX_HOSTS:
            self._found[key] = _Found(done.result(), now + self._max_age)

    async def close(self) -> None:
        """Give up look-ups that are running."""
        for task in list(self._running.values()):
            task.cancel()
        await self._resolver.close()


@dataclass(slots=True)
class _Found:
    """The addresses of a host, until a time in seconds."""

    addresses: list[Any]
    ends_at: float
    turn: int = 0

    def next(self) -> list[Any]:
        """All addresses, each time beginning with another one."""
        count = len(self.addresses)
        self.turn = (self.turn + 1) % count if count else 0
        return [*islice(self.addresses, self.turn, None), *islice(self.addresses, self.turn)]


def _refused(detail: str) -> AddressRefused:
    error = AddressRefused(detail)
    error.fault = "address"
    return error
