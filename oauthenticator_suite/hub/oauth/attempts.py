"""Login attempts. Each is an encrypted, short-lived cookie that can be used once.

Between the redirect to the provider and the browser's return, the browser that started the attempt holds all of its
data, encrypted. So an attempt survives a restart of the Hub, attempts in several tabs or at several providers are
independent, and an authorization response in another browser has no matching attempt (RFC 6749 §10.12, RFC 9700 §4.7).

The nonce, the code verifier and the key of DPoP are not stored. They are derived from the `state` with a key of the
Hub. The names and sizes of the cookies are in `attempt_cookies`.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from jupyterhub.handlers import BaseHandler

from ...errors import AttemptError
from ..expiring_store import ExpiringStore
from ..web.cookies import HOST_PREFIX
from ..web.sealed import Sealer
from .attempt_cookies import AttemptCookies, cookie_name

LIFETIME = 600
"""Maximum number of seconds between the redirect to the provider and the browser's return."""

_PURPOSE = "login attempts, version 2"
_MAX_USED_STATES = 100_000

_LAYOUT = struct.Struct(">BdBQ8s8s")
_VERSION = 2
_HAS_NONCE, _HAS_VERIFIER, _HAS_DPOP_SEED, _IS_STEP_UP = 1, 2, 4, 8


@dataclass(frozen=True, slots=True)
class Attempt:
    """The data of one login attempt.

    Attributes
    ----------
    provider:
        The `provider_id` of the authenticator that started the attempt.
    state:
        The ``state`` parameter; with OAuth 1.0a the request token.
    nonce, code_verifier, dpop_seed:
        Empty if they are not used. From the last one the key of a login with DPoP is made.
    redirect_uri:
        The redirect URI that was sent to the provider.
    next_url:
        The page of the Hub to which the user is redirected after the login; may be empty.
    issuer:
        The `fingerprint` of the provider's issuer identifier, or of the URL of its token endpoint if it has no issuer.
    issued_at:
        The time at which the attempt started, in seconds since the epoch.
    request_token_secret:
        With OAuth 1.0a, the secret of the request token (RFC 5849 §2.1).
    account:
        The number of the Hub account that was signed in to the browser when the attempt started; 0 if there was none.
    is_step_up:
        Whether the provider has demanded this attempt in place of an earlier one (RFC 9470).
    """

    provider: str
    state: str
    nonce: str
    code_verifier: str
    redirect_uri: str
    next_url: str
    issuer: str
    issued_at: float
    request_token_secret: str = ""
    account: int = 0
    dpop_seed: str = ""
    is_step_up: bool = False

    def __repr__(self) -> str:
        return f"<Attempt for {self.provider!r}>"


def new_state() -> str:
    """A random string of 43 characters (256 bits)."""
    return secrets.token_urlsafe(32)


def fingerprint(text: str) -> str:
    """A hash of `text` (16 hexadecimal digits), which takes less room in a cookie than the text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class AttemptSecrets:
    """The secrets of an attempt that are derived from its `state`, so that no cookie contains them."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def nonce(self, state: str) -> str:
        """The ``nonce`` (OpenID Connect Core 1.0 §3.1.2.1)."""
        return self._sealer.derive("nonce", state)

    def code_verifier(self, state: str) -> str:
        """The ``code_verifier`` (RFC 7636 §4.1)."""
        return self._sealer.derive("code_verifier", state)

    def dpop_seed(self, state: str) -> str:
        """The secret from which the key of a login with DPoP is made: see `protocol.dpop.ProofKey.from_seed`."""
        return self._sealer.derive("dpop_seed", state)


class Attempts:
    """The login attempts of one authenticator. `clock` returns seconds since the epoch.

    The process remembers only the states that were used in the last minutes, so that only one of several identical
    callbacks succeeds. After a restart, the deleted cookie and the provider, which accepts a code once, ensure this.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._used_states = ExpiringStore[None](2 * LIFETIME, _MAX_USED_STATES, lambda: self._clock())

    @staticmethod
    def secrets(handler: BaseHandler) -> AttemptSecrets:
        """What derives the secrets of attempts on this Hub."""
        return AttemptSecrets(Sealer.of(handler, _PURPOSE))

    def begin(self, handler: BaseHandler, attempt: Attempt, *, header_bytes: int = 0) -> None:
        """Store the attempt in the browser, and remove expired and surplus older attempts.

        Parameters
        ----------
        handler:
            The handler of the request that starts the attempt.
        attempt:
            The attempt.
        header_bytes:
            Length of the other headers of the response that depend on the attempt, such as ``Location``.
        """
        sealer = Sealer.of(handler, _PURPOSE)
        name = cookie_name(attempt.state, secure=attempt.redirect_uri.startswith("https:"))
        self._cookies(handler, sealer).add(
            name, sealer.seal(_packed(attempt), name), attempt.next_url, LIFETIME, header_bytes
        )

    def take(self, handler: BaseHandler, state: str, provider: str) -> Attempt:
        """Return the attempt with this `state`, and invalidate it.

        Raises
        ------
        AttemptError
            ``missing`` if this browser has no valid attempt with `state`; ``expired`` if the attempt is too old;
            ``used`` if it was used before; ``mismatch`` if it belongs to another provider.
        """
        names = [cookie_name(state, secure=secure) for secure in (True, False)]
        name = next((name for name in names if handler.get_cookie(name)), None)
        if name is None:
            raise AttemptError("missing", "this browser has no attempt with this state")
        next_url = self._cookies(handler, Sealer.of(handler, _PURPOSE)).remove(name)
        try:
            attempt = self._checked(handler, name, state, provider)
        except AttemptError as error:
            error.next_url = next_url
            raise
        return replace(attempt, provider=provider, next_url=next_url)

    def _checked(self, handler: BaseHandler, name: str, state: str, provider: str) -> Attempt:
        """The attempt in the cookie `name`, without its destination."""
        sealer = Sealer.of(handler, _PURPOSE)
        data = _opened(sealer, name, handler.get_cookie(name, ""))
        if data is None:
            raise AttemptError(
                "missing", "the attempt's cookie cannot be decrypted: it was changed, or cookie_secret is another one"
            )
        attempt = _unpacked(data, state, AttemptSecrets(sealer))
        if name.startswith(HOST_PREFIX) != attempt.redirect_uri.startswith("https:"):
            raise AttemptError("missing", "the attempt's cookie has another name than the Hub gave it")
        if self._expired(attempt.issued_at):
            raise AttemptError("expired")
        if attempt.provider != fingerprint(provider):
            raise AttemptError("mismatch", f"started with another provider, but the response came to {provider!r}")
        self._mark_used(state)
        return attempt

    def clear_all(self, handler: BaseHandler) -> None:
        """Remove all attempts of this browser, at a logout."""
        self._cookies(handler, Sealer.of(handler, _PURPOSE)).clear()

    def _cookies(self, handler: BaseHandler, sealer: Sealer) -> AttemptCookies:
        def start_of(name: str, value: str) -> float | None:
            data = _opened(sealer, name, value)
            issued_at = 0.0 if data is None else _LAYOUT.unpack_from(data)[1]
            return None if self._expired(issued_at) else issued_at

        return AttemptCookies(handler, sealer, start_of)

    def _expired(self, issued_at: float) -> bool:
        return not -60 <= self._clock() - issued_at <= LIFETIME

    def _mark_used(self, state: str) -> None:
        digest = hashlib.sha256(state.encode("utf-8", "replace")).digest()
        if digest in self._used_states:
            raise AttemptError("used")
        self._used_states.put(digest, None)


def _packed(attempt: Attempt) -> bytes:
    """The attempt without its state, destination and derived secrets."""
    flags = (_HAS_NONCE if attempt.nonce else 0) | (_HAS_VERIFIER if attempt.code_verifier else 0)
    flags |= (_HAS_DPOP_SEED if attempt.dpop_seed else 0) | (_IS_STEP_UP if attempt.is_step_up else 0)
    fixed = _LAYOUT.pack(
        _VERSION,
        attempt.issued_at,
        flags,
        attempt.account,
        bytes.fromhex(fingerprint(attempt.provider)),
        bytes.fromhex(attempt.issuer),
    )
    return fixed + f"{attempt.redirect_uri}\0{attempt.request_token_secret}".encode()


def _opened(sealer: Sealer, name: str, value: str) -> bytes | None:
    data = sealer.open(value, name)
    return data if data is not None and data[0] == _VERSION else None


def _unpacked(data: bytes, state: str, derived: AttemptSecrets) -> Attempt:
    """The attempt without its destination, and with the provider's fingerprint instead of its name."""
    _, issued_at, flags, account, provider, issuer = _LAYOUT.unpack_from(data)
    redirect_uri, _, request_token_secret = data[_LAYOUT.size :].decode().partition("\0")
    return Attempt(
        provider=provider.hex(),
        state=state,
        nonce=derived.nonce(state) if flags & _HAS_NONCE else "",
        code_verifier=derived.code_verifier(state) if flags & _HAS_VERIFIER else "",
        redirect_uri=redirect_uri,
        next_url="",
        issuer=issuer.hex(),
        issued_at=issued_at,
        request_token_secret=request_token_secret,
        account=account,
        dpop_seed=derived.dpop_seed(state) if flags & _HAS_DPOP_SEED else "",
        is_step_up=bool(flags & _IS_STEP_UP),
    )
