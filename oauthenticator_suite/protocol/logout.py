"""Logging out, in all directions.

- From here to the provider: the browser is sent to its logout page (OpenID Connect RP-Initiated Logout 1.0), and tokens
  are handed back (RFC 7009).
- From the provider to here: it sends a signed logout token (OpenID Connect Back-Channel Logout 1.0), or opens a page of
  ours in a frame (OpenID Connect Front-Channel Logout 1.0).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import Key

from ..errors import InvalidResponse, InvalidToken, TokenResponseError
from .client import Client
from .id_token import Expectations, IDToken, check_header, check_issued, verify_signature
from .jwks import KeySet
from .messages import Request, Response, refuse_outage
from .strict_json import loads_object
from .text import for_log
from .urls import add_query

__all__ = [
    "BACKCHANNEL_LOGOUT_EVENT",
    "LogoutToken",
    "SeenTokens",
    "check_logout_token",
    "is_session_of",
    "logout_url",
    "process_revocation_response",
    "revocation_request",
    "session_id",
    "verify_logout_token",
]

BACKCHANNEL_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
"""The member of ``events`` that makes a token a logout token (Back-Channel Logout §2.4)."""

_MAX_ID = 1024
_REVOCATION = "token revocation"


# --- to the provider -------------------------------------------------------------------------------------------------


def logout_url(
    end_session_endpoint: str,
    *,
    id_token_hint: str | None,
    client_id: str,
    post_logout_redirect_uri: str | None,
    state: str | None,
) -> str:
    """Where to send a browser that is to be logged out at the provider as well (RP-Initiated Logout §2).

    Parameters
    ----------
    id_token_hint:
        The ID token of the login that ends; it may have expired. Without one the provider may ask the person.
    post_logout_redirect_uri:
        Where the provider is to send the browser in the end. It must be registered there.
    state:
        Comes back with the browser.

    Raises
    ------
    ConfigurationError
        The endpoint's own query has one of these parameters already.
    """
    parameters = {
        "id_token_hint": id_token_hint,
        "client_id": client_id,
        "post_logout_redirect_uri": post_logout_redirect_uri,
        "state": state,
    }
    given = {name: value for name, value in parameters.items() if value}
    return add_query(end_session_endpoint, given, "end_session_endpoint")


def revocation_request(endpoint: str, client: Client, token: str, token_type_hint: str) -> Request:
    """The request that hands `token` back (RFC 7009 §2.1). The hint is ``access_token`` or ``refresh_token``.

    Raises
    ------
    ConfigurationError
        See `Client.authenticate`.
    """
    headers, body = client.authenticate({"token": token, "token_type_hint": token_type_hint})
    return Request.form(endpoint, _REVOCATION, body, headers)


def process_revocation_response(response: Response) -> None:
    """Judge the answer to `revocation_request`. A token that the provider does not know counts as revoked (§2.2).

    So it does where the provider calls it an error, ``invalid_token``, which RFC 7009 does not have: Google does, when
    a token went with another one of the same grant ("Using OAuth 2.0 for Web Server Applications").

    Raises
    ------
    TokenResponseError
        The provider refuses (§2.2.1).
    ProviderUnreachable, ProviderBusy, InvalidResponse
        See `refuse_outage`.
    """
    refuse_outage(response, _REVOCATION)
    if response.status < 300:
        return
    try:
        error = loads_object(response.body, label=_REVOCATION).get("error")
    except InvalidResponse:
        error = None
    if response.status == 400 and error == "invalid_token":
        return
    code = for_log(error, 64) if isinstance(error, str) else ""
    raise TokenResponseError(
        code or "invalid_response", f"{_REVOCATION}: HTTP {response.status}, {code or 'no error code'}"
    )


# --- from the provider, signed ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """What a verified logout token says: which session, or all sessions of which subject, have ended.

    At least one of `subject` and `sid` is there. `expires_at` is in seconds since 1970.
    """

    jti: str = field(repr=False)
    subject: str | None = field(repr=False)
    sid: str | None = field(repr=False)
    expires_at: float

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> LogoutToken:
        """The token with these claims, which have passed `check_logout_token`."""
        return cls(claims["jti"], claims.get("sub"), claims.get("sid"), claims["exp"])


def check_logout_token(token: IDToken, expectations: Expectations, now: float) -> None:
    """Every check of a logout token that needs no key (Back-Channel Logout §2.4, §2.6). `now` in seconds since 1970.

    The allowed algorithms, issuer, audience and times are judged as an ID token's.

    Raises
    ------
    InvalidToken
        `claim` names the first check that fails.
    """
    check_header(token, expectations)
    _check_type(token.header)
    claims = token.claims
    check_issued(claims, expectations, now, subject_required=False)
    _check_id(claims, "jti")
    if "sid" in claims:
        _check_id(claims, "sid")
    elif "sub" not in claims:
        raise InvalidToken("sub", "neither sub nor sid says whose session has ended")
    events = claims.get("events")
    # Beside this member there may be others (§2.4 and RFC 8417 §2.2): some providers say more in them.
    if not isinstance(events, dict) or not isinstance(events.get(BACKCHANNEL_LOGOUT_EVENT), dict):
        raise InvalidToken("events", "events does not say that this is a logout", expected=BACKCHANNEL_LOGOUT_EVENT)
    if "nonce" in claims:
        # An ID token that somebody has got hold of must not pass for a logout token, nor the other way round.
        raise InvalidToken("nonce", "nonce is there, which no logout token has")


def verify_logout_token(
    token: IDToken | str, keys: KeySet | Sequence[Key], expectations: Expectations, now: float
) -> LogoutToken:
    """Read and check a logout token. The arguments are those of `id_token.verify_id_token`; nonce is not compared.

    Whether it has been used before is for `SeenTokens` to say.

    Raises
    ------
    InvalidToken
        `claim` names the first check that fails. ``signature`` may mean that the provider has new keys.
    """
    if not isinstance(token, IDToken):
        token = IDToken.parse(token)
    check_logout_token(token, expectations, now)
    verify_signature(token, keys.candidates(token.header) if isinstance(keys, KeySet) else keys)
    return LogoutToken.of(token.claims)


class SeenTokens:
    """Which logout tokens were used already (§2.6, step 8): each is good once.

    Only verified ones are put in, so nobody but the provider can fill it. At most `limit` are remembered; when there
    are more, those that expire first are forgotten first.
    """

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._until: dict[bytes, float] = {}

    def use(self, token: LogoutToken, now: float, leeway: float = 60.0) -> bool:
        """Note that `token` is used now; False when it was before."""
        for digest in [digest for digest, until in self._until.items() if until < now]:
            del self._until[digest]
        digest = _digest(token)
        if digest in self._until:
            return False
        if len(self._until) >= self._limit:
            del self._until[min(self._until, key=self._until.__getitem__)]
        self._until[digest] = token.expires_at + leeway
        return True

    def forget(self, token: LogoutToken) -> None:
        """`token` could not be acted upon: it may come again."""
        self._until.pop(_digest(token), None)

    def __len__(self) -> int:
        return len(self._until)


# --- from the provider, in a frame -----------------------------------------------------------------------------------


def is_session_of(params: Mapping[str, str], *, issuer: str, sids: Collection[str]) -> bool:
    """Whether a front-channel request names this issuer and one of the user's sessions there (Front-Channel Logout §2).

    Both must be there: without them the request could be anybody's.
    """
    sid = params.get("sid", "").encode("utf-8", "replace")
    known = [hmac.compare_digest(sid, one.encode("utf-8", "replace")) for one in sids]
    return bool(sid) and params.get("iss") == issuer and any(known)


def session_id(claims: Mapping[str, Any] | None) -> str | None:
    """The ``sid`` of an ID token's claims (Front-Channel Logout §3), or None when there is no usable one."""
    value = (claims or {}).get("sid")
    return value if isinstance(value, str) and 1 <= len(value) <= _MAX_ID else None


def _check_type(header: Mapping[str, Any]) -> None:
    """``logout+jwt`` is recommended, and any other explicit type means another kind of token (RFC 8725 §3.11)."""
    value = header.get("typ", "JWT")
    if not isinstance(value, str):
        raise InvalidToken("typ", f"typ is of type {type(value).__name__} where a string belongs")
    name = value.lower().removeprefix("application/")
    if name.endswith("+jwt") and name != "logout+jwt":
        raise InvalidToken("typ", "typ names another kind of token", expected="logout+jwt")


def _check_id(claims: Mapping[str, Any], name: str) -> None:
    value = claims.get(name)
    if not isinstance(value, str):
        problem = "is missing" if value is None else f"is of type {type(value).__name__} where a string belongs"
        raise InvalidToken(name, f"{name} {problem}")
    if not 1 <= len(value) <= _MAX_ID:
        raise InvalidToken(name, f"{name} is not of 1 to {_MAX_ID} characters")


def _digest(token: LogoutToken) -> bytes:
    return hashlib.sha256(token.jti.encode("utf-8", "replace")).digest()
