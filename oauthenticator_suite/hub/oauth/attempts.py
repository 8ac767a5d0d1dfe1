"""One login attempt is one sealed, short-lived, take-once cookie.

Between the redirect to the provider and the browser's return, everything about the attempt is kept by the browser that
began it, encrypted. So a Hub restart in between does no harm, several tabs and several providers do not fight, and an
authorization response that arrives in another browser finds nothing to go with (RFC 6749 §10.12, RFC 9700 §4.7).

The cookie's name carries a hash of the `state`, so each attempt has its own. On https it has the ``__Host-`` prefix: a
sibling domain (a user's server on a subdomain, say) cannot plant one. At most `MAX_ATTEMPTS` are kept in a browser.
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
"""Seconds between leaving for the provider and coming back."""

MAX_ATTEMPTS = 8
"""Attempts (tabs) that one browser may have open; the oldest goes when another is begun."""

_COOKIE = "oauth-attempt-"
_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """What must be known when the browser comes back.

    `provider` tells which authenticator began it; `issuer` is what the provider is known by:
    its issuer identifier, or the URL of its token endpoint; `nonce` and
    `code_verifier` are empty when not used; `issued_at` is in seconds since the epoch. With OAuth 1.0a the `state` is
    the request token, and `request_token_secret` goes with it (RFC 5849 §2.1).
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
    """256 bits from the system, for a state, a nonce or a code verifier: 43 characters (RFC 7636 §4.1)."""
    return secrets.token_urlsafe(32)


@lru_cache(maxsize=4)
def _cipher(cookie_secret: bytes) -> Fernet:
    key = HKDF(SHA256(), 32, salt=None, info=b"oauthenticator_suite: login attempts, version 1").derive(cookie_secret)
    return Fernet(base64.urlsafe_b64encode(key))


class Attempts:
    """The attempts of one Hub: begun as a cookie, taken once.

    The only thing remembered in the process is which states were taken in the last minutes, so that of several copies
    of one callback that arrive together only one goes on. After a restart the deleted cookie and the provider's own
    rule (a code is good once) do that.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._taken: OrderedDict[bytes, float] = OrderedDict()

    def begin(self, handler: BaseHandler, attempt: Attempt) -> None:
        """Give the browser the sealed attempt, and drop what is stale or too many of its older ones."""
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
        """The attempt that `state` belongs to, which from now on is gone.

        Raises
        ------
        AttemptError
            ``missing`` when this browser has none for `state`; ``expired``; ``used`` when it was taken before;
            ``mismatch`` when another provider's attempt is to be finished here.
        """
        names = [_cookie_name(state, secure) for secure in (True, False)]
        name = next((name for name in names if handler.get_cookie(name)), None)
        if name is None:
            raise AttemptError("missing", "no attempt of this state in this browser")
        self._clear(handler, name)
        attempt = self._open(handler, name)
        if attempt is None:
            raise AttemptError("missing", "the attempt's cookie cannot be opened: changed, or another cookie_secret")
        if not hmac.compare_digest(attempt.state.encode(), state.encode("utf-8", "replace")):
            raise AttemptError("missing", "the attempt's cookie holds another state")
        if name.startswith("__Host-") != attempt.redirect_uri.startswith("https:"):
            raise AttemptError("missing", "the attempt's cookie does not have the name it was given")
        if self._expired(attempt):
            raise AttemptError("expired")
        if attempt.provider != provider:
            raise AttemptError("mismatch", f"begun with {attempt.provider!r}, came back to {provider!r}")
        self._take_once(state)
        return attempt

    def clear_all(self, handler: BaseHandler) -> None:
        """Drop every attempt of this browser (at logout)."""
        for name in self._names(handler):
            self._clear(handler, name)

    def _expired(self, attempt: Attempt) -> bool:
        return not -60 <= self._clock() - attempt.issued_at <= LIFETIME

    def _take_once(self, state: str) -> None:
        now = self._clock()
        while self._taken and next(iter(self._taken.values())) < now - 2 * LIFETIME:
            self._taken.popitem(last=False)
        if len(self._taken) >= _REMEMBERED:
            self._taken.popitem(last=False)
        digest = hashlib.sha256(state.encode("utf-8", "replace")).digest()
        if digest in self._taken:
            raise AttemptError("used")
        self._taken[digest] = now

    def _open(self, handler: BaseHandler, name: str) -> Attempt | None:
        sealed = handler.get_cookie(name, "").encode("ascii", "replace")
        try:
            if base64.urlsafe_b64encode(base64.urlsafe_b64decode(sealed)) != sealed:
                return None  # another spelling of what was sealed
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
        # an operator's cookie_options (SameSite=None for a hub in a frame, say) hold for this cookie as for the Hub's
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
