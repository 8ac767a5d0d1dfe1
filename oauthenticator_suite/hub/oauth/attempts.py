"""Login attempts. Each is an encrypted, short-lived cookie that can be used once.

Between the redirect to the provider and the browser's return, the browser that started the attempt holds all of its
data, encrypted. So an attempt survives a restart of the Hub, attempts in several tabs or at several providers are
independent, and an authorization response in another browser has no matching attempt (RFC 6749 §10.12, RFC 9700 §4.7).

The cookie's name contains a hash of the `state`, so each attempt has its own cookie. With HTTPS the name has the prefix
``__Host-``, so that a sibling domain, such as a user's server on a subdomain, cannot set the cookie. A browser has at
most `MAX_ATTEMPTS` of these cookies.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jupyterhub.handlers import BaseHandler

from ...errors import AttemptError

LIFETIME = 600
"""Maximum number of seconds between the redirect to the provider and the browser's return."""

MAX_ATTEMPTS = 8
"""Maximum number of attempts (tabs) of one browser. A further attempt replaces the oldest one."""

_COOKIE = "oauth-attempt-"
_MAX_USED_STATES = 100_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """The data of one login attempt.

    Attributes
    ----------
    provider:
        The `provider_id` of the authenticator that started the attempt.
    state:
        The ``state`` parameter; with OAuth 1.0a the request token.
    nonce, code_verifier:
        Empty if they are not used.
    redirect_uri:
        The redirect URI that was sent to the provider.
    next_url:
        The page of the Hub to which the user is redirected after the login; may be empty.
    issuer:
        The provider's issuer identifier, or the URL of its token endpoint if it has no issuer.
    issued_at:
        The time at which the attempt started, in seconds since the epoch.
    request_token_secret:
        With OAuth 1.0a, the secret of the request token (RFC 5849 §2.1).
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

    def __repr__(self) -> str:
        return f"<Attempt for {self.provider!r}>"


def new_secret() -> str:
    """A random string of 43 characters (256 bits) for a state, a nonce or a code verifier (RFC 7636 §4.1)."""
    return secrets.token_urlsafe(32)


@lru_cache(maxsize=4)
def _cipher(cookie_secret: bytes) -> Fernet:
    key = HKDF(SHA256(), 32, salt=None, info=b"oauthenticator_suite: login attempts, version 1").derive(cookie_secret)
    return Fernet(base64.urlsafe_b64encode(key))


class Attempts:
    """The login attempts of one authenticator. `clock` returns seconds since the epoch.

    The process remembers only the states that were used in the last minutes, so that only one of several identical
    callbacks succeeds. After a restart, the deleted cookie and the provider, which accepts a code once, ensure this.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._used_states: OrderedDict[bytes, float] = OrderedDict()

    def begin(self, handler: BaseHandler, attempt: Attempt) -> None:
        """Store the attempt in a cookie, and remove the browser's expired and surplus older attempts."""
        kept = []
        for name in self._names(handler):
            older = self._open(handler, name)
            if older is None or self._expired(older):
                self._clear(handler, name)
            else:
                kept.append((older.issued_at, name))
        for _, name in sorted(kept)[: max(0, len(kept) - MAX_ATTEMPTS + 1)]:
            self._clear(handler, name)
        sealed = _cipher(_secret(handler)).encrypt(json.dumps(asdict(attempt), separators=(",", ":")).encode())
        secure = attempt.redirect_uri.startswith("https:")
        self._set(handler, _cookie_name(attempt.state, secure), sealed.decode("ascii"), LIFETIME)

    def take(self, handler: BaseHandler, state: str, provider: str) -> Attempt:
        """Return the attempt with this `state`, and invalidate it.

        Raises
        ------
        AttemptError
            ``missing`` if this browser has no valid attempt with `state`; ``expired`` if the attempt is too old;
            ``used`` if it was used before; ``mismatch`` if it belongs to another provider.
        """
        names = [_cookie_name(state, secure) for secure in (True, False)]
        name = next((name for name in names if handler.get_cookie(name)), None)
        if name is None:
            raise AttemptError("missing", "this browser has no attempt with this state")
        self._clear(handler, name)
        attempt = self._open(handler, name)
        if attempt is None:
            raise AttemptError(
                "missing", "the attempt's cookie cannot be decrypted: it was changed, or cookie_secret is another one"
            )
        if not hmac.compare_digest(attempt.state.encode(), state.encode("utf-8", "replace")):
            raise AttemptError("missing", "the attempt's cookie contains another state")
        if name.startswith("__Host-") != attempt.redirect_uri.startswith("https:"):
            raise AttemptError("missing", "the attempt's cookie has another name than the Hub gave it")
        if self._expired(attempt):
            raise AttemptError("expired")
        if attempt.provider != provider:
            raise AttemptError("mismatch", f"started with {attempt.provider!r}, but the response came to {provider!r}")
        self._mark_used(state)
        return attempt

    def clear_all(self, handler: BaseHandler) -> None:
        """Remove all attempts of this browser, at a logout."""
        for name in self._names(handler):
            self._clear(handler, name)

    def _expired(self, attempt: Attempt) -> bool:
        return not -60 <= self._clock() - attempt.issued_at <= LIFETIME

    def _mark_used(self, state: str) -> None:
        now = self._clock()
        while self._used_states and next(iter(self._used_states.values())) < now - 2 * LIFETIME:
            self._used_states.popitem(last=False)
        if len(self._used_states) >= _MAX_USED_STATES:
            self._used_states.popitem(last=False)
        digest = hashlib.sha256(state.encode("utf-8", "replace")).digest()
        if digest in self._used_states:
            raise AttemptError("used")
        self._used_states[digest] = now

    def _open(self, handler: BaseHandler, name: str) -> Attempt | None:
        sealed = handler.get_cookie(name, "").encode("ascii", "replace")
        try:
            if base64.urlsafe_b64encode(base64.urlsafe_b64decode(sealed)) != sealed:
                return None  # another encoding of the same bytes
            return Attempt(**json.loads(_cipher(_secret(handler)).decrypt(sealed)))
        except (InvalidToken, ValueError, TypeError):
            return None

    @staticmethod
    def _names(handler: BaseHandler) -> Iterator[str]:
        return (name for name in handler.cookies if name.removeprefix("__Host-").startswith(_COOKIE))

    def _clear(self, handler: BaseHandler, name: str) -> None:
        self._set(handler, name, "", -86400)

    @staticmethod
    def _set(handler: BaseHandler, name: str, value: str, max_age: int) -> None:
        options: dict[str, Any] = {"samesite": "Lax"}
        # The operator's cookie_options apply to this cookie too, for example SameSite=None for a Hub in a frame.
        options.update({key.lower(): option for key, option in handler.settings.get("cookie_options", {}).items()})
        secure = name.startswith("__Host-")
        options.update(httponly=True, path="/" if secure else handler.hub.base_url)
        if secure:
            options["secure"] = True
            options.pop("domain", None)
        handler.set_cookie(name, value, expires=time.time() + max_age, max_age=max(max_age, 0), **options)


def _secret(handler: BaseHandler) -> bytes:
    secret = handler.settings["cookie_secret"]
    return secret if isinstance(secret, bytes) else str(secret).encode()


def _cookie_name(state: str, secure: bool) -> str:
    digest = hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{'__Host-' if secure else ''}{_COOKIE}{digest}"
