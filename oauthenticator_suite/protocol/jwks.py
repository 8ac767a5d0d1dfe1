"""The provider's public keys (RFC 7517): reading a JWK Set, selecting keys for a token, and refreshing the set.

Keys are imported once, when the set is read, and not for each token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from ..errors import InvalidResponse
from . import base64url
from .algorithms import ALGORITHMS
from .messages import Response, refuse_outage
from .strict_json import loads_object

#: Only this many members of a JWK Set are read. Real sets have one to ten.
MAX_KEYS_IN_SET = 100
#: At most this many keys are tried for one token, because each costs a public-key operation.
MAX_CANDIDATES = 10
#: RFC 7518 §3.3.
MIN_RSA_BITS = 2048
#: With larger keys, one verification takes milliseconds.
MAX_RSA_BITS = 8192
# A larger exponent only makes verification slow. The usual one is 65537.
_MAX_RSA_EXPONENT_BITS = 32

_LABEL = "JWK Set"
_PUBLIC_MEMBERS = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_CURVES = {"EC": frozenset({"P-256", "P-384", "P-521"}), "OKP": frozenset({"Ed25519"})}
# The largest coordinate is P-521's.
_MAX_COORDINATE_BYTES = 66
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
# Media types of file servers for files without a known extension, accepted in addition to the JSON types.
_UNTYPED = frozenset({"", "text/plain", "application/octet-stream", "binary/octet-stream"})


@dataclass(frozen=True)
class KeySet:
    """The usable keys of a JWK Set, in its order.

    `dropped` is the number of unusable members: for encryption, of an unknown type, too weak, or malformed.
    """

    keys: tuple[Key, ...] = field(repr=False)
    dropped: int = 0

    def candidates(self, header: Mapping[str, Any]) -> list[Key]:
        """Return the keys that may have signed a token with this header, at most `MAX_CANDIDATES`.

        With a ``kid``, these are the keys with that ``kid`` (it need not be unique: RFC 7517 §4.5). Without one, they
        are all keys that fit the algorithm. A symmetric or unsupported algorithm has no candidates.
        """
        name, kid = header.get("alg"), header.get("kid")
        algorithm = ALGORITHMS.get(name) if isinstance(name, str) else None
        if algorithm is None:
            return []
        fitting = (key for key in self.keys if (kid is None or key.kid == kid) and algorithm.fits(key))
        return list(islice(fitting, MAX_CANDIDATES))

    def __len__(self) -> int:
        return len(self.keys)


def parse_jwks(response: Response) -> KeySet:
    """Validate the response of the ``jwks_uri`` and import its keys (RFC 7517 §5).

    Unusable members are dropped and counted, so that a new type of key does not disable the others. Private and
    symmetric keys are dropped too: a published secret proves nothing. A valid set without usable keys gives an empty
    `KeySet`.

    Raises
    ------
    ProviderBusy, ProviderUnreachable
        See `refuse_outage`.
    InvalidResponse
        For any other status than 200, a media type that is not JSON's, or a body that is not a JWK Set.
    """
    refuse_outage(response, _LABEL)
    if response.status != 200:
        raise InvalidResponse(f"{_LABEL}: HTTP {response.status}")
    media_type = response.media_type
    if media_type not in _UNTYPED and not media_type.endswith(("/json", "+json")):
        raise InvalidResponse(f"{_LABEL}: the media type of the response is not JSON's")
    members = loads_object(response.body, label=_LABEL).get("keys")
    if not isinstance(members, list):
        raise InvalidResponse(f"{_LABEL}: keys is of type {type(members).__name__} instead of an array")
    keys = tuple(key for key in map(_import_key, members[:MAX_KEYS_IN_SET]) if key is not None)
    return KeySet(keys, len(members) - len(keys))


def _import_key(jwk: object) -> Key | None:
    """The public key in `jwk`, or None if it cannot be used to verify signatures."""
    if not isinstance(jwk, dict) or not _is_for_verifying(jwk):
        return None
    kty = jwk.get("kty")
    if not isinstance(kty, str) or kty not in _PUBLIC_MEMBERS:
        return None
    # Only the required members are imported, so that a malformed x5c or an unknown member does not drop a good key.
    wanted = ("kty", *_PUBLIC_MEMBERS[kty], *(name for name in ("kid", "alg") if name in jwk))
    public = {name: jwk.get(name) for name in wanted}
    if not all(isinstance(value, str) for value in public.values()):
        return None
    try:
        return _import_public(kty, public)
    except (JoseError, ValueError, UnsupportedAlgorithm):
        return None


def _is_for_verifying(jwk: Mapping[str, Any]) -> bool:
    """Whether the key is public, and its ``use`` and ``key_ops`` allow verification (RFC 7517 §4.2, §4.3)."""
    operations = jwk.get("key_ops", ["verify"])
    return (
        _PRIVATE_MEMBERS.isdisjoint(jwk)
        and jwk.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
    )


def _import_public(kty: str, public: dict[str, Any]) -> Key | None:
    key: Key
    if kty == "RSA":
        # Checked before the import, which warns about small keys and computes with large ones.
        bits = _number(public["n"]).bit_length()
        if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS or _number(public["e"]).bit_length() > _MAX_RSA_EXPONENT_BITS:
            return None
        key = RSAKey.import_key(public)
    elif public["crv"] not in _CURVES[kty] or not all(map(_is_coordinate, (public["x"], public.get("y", "")))):
        return None
    else:
        key = ECKey.import_key(public) if kty == "EC" else OKPKey.import_key(public)
    # A key whose own alg belongs to another family or to encryption fits no algorithm.
    return key if any(row.fits(key) for row in ALGORITHMS.values()) else None


def _number(text: str) -> int:
    return int.from_bytes(base64url.decode(text), "big")


def _is_coordinate(text: str) -> bool:
    return len(base64url.decode(text)) <= _MAX_COORDINATE_BYTES


LOGIN, LOGOUT, RESPONSE = "login", "logout", "response"
"""The purposes for which keys are fetched: ID tokens, and logout tokens and responses, which anyone may send."""


class KeyCache:
    """The last good `KeySet` and the state that decides when to fetch it again. It does no I/O and reads no clock.

    Keys are **fresh** for `max_age` seconds; after that they are fetched again. They stay **usable** until `max_stale`
    seconds after the fetch, so that logins continue during an outage of the key document. A token whose key is not
    among the fresh keys causes an early fetch (OpenID Connect Core §10.1.1). Early fetches are at least
    `min_refetch_interval` seconds apart. A failed fetch is repeated after `min_refetch_interval`, or after
    `retry_interval` if there are no usable keys and therefore no user can log in.

    Both intervals hold for each `purpose` apart. Anyone may send a logout token or a response with an unknown key; that
    must not delay the fetch that a login needs after the provider has replaced its keys.

    All times are in seconds. `now` must always come from the same clock, preferably a monotonic one. The owner runs one
    fetch at a time, at most once per login, and repeats the check after acquiring the lock::

        if cache.needs_fetch(header, now):
            async with lock:
                if cache.needs_fetch(header, now):
                    ... cache.stored(parse_jwks(response), now)   or   cache.failed(now)
        keys = cache.usable(now)
    """

    def __init__(
        self,
        max_age: float = 3600.0,
        max_stale: float = 86400.0,
        min_refetch_interval: float = 60.0,
        retry_interval: float = 5.0,
    ) -> None:
        if not 0 <= retry_interval <= min_refetch_interval <= max_age <= max_stale:
            raise ValueError("retry_interval, min_refetch_interval, max_age and max_stale must not decrease")
        self.max_age = max_age
        self.max_stale = max_stale
        self.min_refetch_interval = min_refetch_interval
        self.retry_interval = retry_interval
        self._keys: KeySet | None = None
        self._fetched_at = 0.0
        self._refetched_at: dict[str, float] = {}
        self._failed_at: dict[str, float] = {}

    @property
    def keys(self) -> KeySet | None:
        """The last good key set, of any age. Use `usable` for verification."""
        return self._keys

    @property
    def fetched_at(self) -> float | None:
        """When the last good key set was fetched; None if there is none."""
        return None if self._keys is None else self._fetched_at

    @property
    def due_at(self) -> float | None:
        """From when on the keys are fetched again; None if there are none."""
        return None if self._keys is None else self._fetched_at + self.max_age

    @property
    def is_failing(self) -> bool:
        """Whether a fetch has failed since the last successful one."""
        return bool(self._failed_at)

    def needs_fetch(
        self, header: Mapping[str, Any], now: float, *, refused: bool = False, purpose: str = LOGIN
    ) -> bool:
        """Whether the keys should be fetched before a token with this header is verified.

        `refused` means that the signature did not verify with the current keys. The provider may have replaced a key
        without a new ``kid``.
        """
        if purpose in self._failed_at:
            pause = self.retry_interval if self.usable(now) is None else self.min_refetch_interval
            if _apart(now, self._failed_at[purpose]) < pause:
                return False
        if not self._fresh(now):
            return True
        if not refused and self._keys is not None and self._keys.candidates(header):
            return False
        before = self._refetched_at.get(purpose)
        return before is None or _apart(now, before) >= self.min_refetch_interval

    def stored(self, keys: KeySet, now: float, *, purpose: str = LOGIN) -> None:
        """Record a successful fetch. `keys` replace the old ones at once, so that a withdrawn key is no longer used."""
        # Only early fetches count against the interval. If regular ones counted too, a key rotation just after one
        # would make every login fail for a minute.
        if self._fresh(now):
            self._refetched_at[purpose] = now
        self._keys = keys
        self._fetched_at = now
        self._failed_at.clear()

    def failed(self, now: float, *, purpose: str = LOGIN) -> None:
        """Record a failed fetch. The old keys are kept, and the next fetch for this purpose is delayed."""
        self._failed_at[purpose] = now

    def usable(self, now: float) -> KeySet | None:
        """The keys for verification, or None if there are none or they are older than `max_stale`."""
        return self._keys if _apart(now, self._fetched_at) < self.max_stale else None

    def _fresh(self, now: float) -> bool:
        return self._keys is not None and _apart(now, self._fetched_at) < self.max_age


def _apart(now: float, then: float) -> float:
    """The time between two readings of the clock, in seconds; positive even if the clock was set back."""
    return abs(now - then)
