"""Logout messages in both directions.

- To the provider: the browser is redirected to the provider's logout page (OpenID Connect RP-Initiated Logout 1.0), and
  tokens are revoked (RFC 7009).
- From the provider: the provider sends a signed logout token (OpenID Connect Back-Channel Logout 1.0), or opens a page
  of the Hub in a frame (OpenID Connect Front-Channel Logout 1.0).
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import Key

from ..errors import ClientRefused, InvalidToken, TokenResponseError
from .client import Client
from .id_token import Expectations, IDToken, check_header, check_issued, verify_signature
from .jwks import KeySet
from .messages import Request, Response, refuse_outage
from .strict_json import members_of
from .text import for_log
from .urls import add_query

__all__ = [
    "BACKCHANNEL_LOGOUT_EVENT",
    "MAX_AGE",
    "LogoutToken",
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

MAX_AGE = 600.0
"""Seconds after its ``iat`` from which a logout token is refused. Identifiers of used tokens are kept so long."""

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
    renamed: Mapping[str, str] | None = None,
) -> str:
    """Return the URL that logs the browser out at the provider (RP-Initiated Logout §2).

    Parameters
    ----------
    end_session_endpoint:
        The provider's logout endpoint.
    id_token_hint:
        The ID token of the login that ends. It may have expired. Without it, the provider may ask the user to confirm.
    client_id:
        As registered at the provider.
    post_logout_redirect_uri:
        Where the provider redirects the browser afterwards. It must be registered at the provider.
    state:
        A value that the provider returns with that redirect.
    renamed:
        The provider's own names of parameters, by the names above; empty for a parameter that it does not take.

    Raises
    ------
    ConfigurationError
        If the endpoint's query already contains one of these parameters.
    """
    parameters = {
        "id_token_hint": id_token_hint,
        "client_id": client_id,
        "post_logout_redirect_uri": post_logout_redirect_uri,
        "state": state,
    }
    names = {name: name for name in parameters} | dict(renamed or {})
    given = {names[name]: value for name, value in parameters.items() if value and names[name]}
    return add_query(end_session_endpoint, given, "end_session_endpoint")


def revocation_request(endpoint: str, client: Client, token: str, token_type_hint: str) -> Request:
    """Build the request that revokes `token` (RFC 7009 §2.1). The hint is ``access_token`` or ``refresh_token``.

    Raises
    ------
    ConfigurationError
        See `Client.authenticate`.
    """
    headers, body = client.authenticate({"token": token, "token_type_hint": token_type_hint})
    return Request.form(endpoint, _REVOCATION, body, headers)


def process_revocation_response(response: Response) -> None:
    """Validate the response to `revocation_request`. A token that the provider does not know counts as revoked (§2.2).

    This includes the error ``invalid_token``, which RFC 7009 does not define. Google sends it if the token was already
    revoked with another token of the same grant ("Using OAuth 2.0 for Web Server Applications").

    Raises
    ------
    TokenResponseError
        If the provider refuses the revocation (§2.2.1); `ClientRefused` if it refuses the client's credentials.
    ProviderUnreachable, ProviderBusy, InvalidResponse
        See `refuse_outage`.
    """
    refuse_outage(response, _REVOCATION)
    if response.status < 400:
        return
    error = members_of(response.body).get("error")
    if response.status == 400 and error == "invalid_token":
        return
    code = for_log(error, 64) if isinstance(error, str) else ""
    refused = ClientRefused if code == "invalid_client" else TokenResponseError
    failure = refused(code or "invalid_response", f"{_REVOCATION}: HTTP {response.status}, {code or 'no error code'}")
    if isinstance(failure, ClientRefused):
        failure.credentials = True
    raise failure


# --- from the provider, signed ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """The content of a verified logout token: the session `sid`, or all sessions of `subject`, have ended.

    At least one of `subject` and `sid` is set. Times are in seconds since 1970. From `expires_at` on the token is
    refused: that is its ``exp``, and at most `MAX_AGE` after `issued_at`.
    """

    jti: str = field(repr=False)
    subject: str | None = field(repr=False)
    sid: str | None = field(repr=False)
    issued_at: float
    expires_at: float

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> LogoutToken:
        """Create the value from claims that have passed `check_logout_token`."""
        issued_at = claims["iat"]
        return cls(claims["jti"], claims.get("sub"), claims.get("sid"), issued_at, _end(claims))


def check_logout_token(token: IDToken, expectations: Expectations, now: float) -> None:
    """Run all checks of a logout token that need no key (Back-Channel Logout §2.4, §2.6).

    Algorithms, issuer, audience and times are checked as in an ID token. In addition, a token is refused `MAX_AGE`
    after it was issued, whatever its ``exp`` says. ``exp`` may be missing, as in drafts of the specification that some
    providers still follow. `now` is in seconds since 1970.

    Raises
    ------
    InvalidToken
        `claim` names the first failed check.
    """
    check_header(token, expectations)
    _check_type(token.header)
    claims = token.claims
    check_issued(_with_exp(claims), expectations, now, subject_required=False)
    if now - _end(claims) >= expectations.leeway:
        raise InvalidToken("iat", f"the logout token was issued more than {MAX_AGE:g} s ago")
    _check_id(claims, "jti")
    if "sid" in claims:
        _check_id(claims, "sid")
    elif "sub" not in claims:
        raise InvalidToken("sub", "neither sub nor sid is present, so it is not known which session has ended")
    events = claims.get("events")
    # Other members are allowed next to this one (§2.4 and RFC 8417 §2.2).
    if not isinstance(events, dict) or not isinstance(events.get(BACKCHANNEL_LOGOUT_EVENT), dict):
        raise InvalidToken("events", "events does not contain the logout event", expected=BACKCHANNEL_LOGOUT_EVENT)
    if "nonce" in claims:
        # An ID token must not be accepted as a logout token, nor a logout token as an ID token.
        raise InvalidToken("nonce", "nonce is present, which is not allowed in a logout token")


def verify_logout_token(
    token: IDToken | str, keys: KeySet | Sequence[Key], expectations: Expectations, now: float
) -> LogoutToken:
    """Parse and verify a logout token. The parameters are those of `id_token.verify_id_token`.

    Whether the token was used before is for the caller to check, by its ``jti``.

    Raises
    ------
    InvalidToken
        `claim` names the first failed check. ``signature`` may mean that the provider has new keys.
    """
    if not isinstance(token, IDToken):
        token = IDToken.parse(token)
    check_logout_token(token, expectations, now)
    verify_signature(token, keys.candidates(token.header) if isinstance(keys, KeySet) else keys)
    return LogoutToken.of(token.claims)


# --- from the provider, in a frame -----------------------------------------------------------------------------------


def is_session_of(params: Mapping[str, str], *, issuer: str, sids: Collection[str]) -> bool:
    """Whether a front-channel logout request names this issuer and a session of the user (Front-Channel Logout §2).

    Both parameters are required, because any website could send a request without them.
    """
    sid = params.get("sid")
    if not sid or params.get("iss") != issuer:
        return False
    sent, *known = (one.encode("utf-8", "surrogatepass") for one in (sid, *sids))
    found = [hmac.compare_digest(sent, one) for one in known]
    return any(found)


def session_id(claims: Mapping[str, Any] | None) -> str | None:
    """Return the ``sid`` claim of an ID token (Front-Channel Logout §3), or None if it is missing or malformed."""
    value = (claims or {}).get("sid")
    return value if isinstance(value, str) and 1 <= len(value) <= _MAX_ID else None


def _with_exp(claims: dict[str, Any]) -> dict[str, Any]:
    """The claims with an ``exp``; the bound by ``iat`` where the provider sends none."""
    issued_at = claims.get("iat")
    if "exp" in claims or isinstance(issued_at, bool) or not isinstance(issued_at, (int, float)):
        return claims
    return {**claims, "exp": issued_at + MAX_AGE}


def _end(claims: Mapping[str, Any]) -> float:
    """The time from which the token is refused."""
    bound: float = claims["iat"] + MAX_AGE
    return min(claims["exp"], bound) if "exp" in claims else bound


def _check_type(header: Mapping[str, Any]) -> None:
    """Accept ``logout+jwt`` and tokens without an explicit type. Any other type is refused (RFC 8725 §3.11)."""
    if "typ" not in header:
        return
    value = header["typ"]
    if not isinstance(value, str):
        raise InvalidToken("typ", f"typ is of type {type(value).__name__} instead of a string")
    name = value.lower().removeprefix("application/")
    if name.endswith("+jwt") and name != "logout+jwt":
        raise InvalidToken("typ", "typ names another kind of token", expected="logout+jwt")


def _check_id(claims: Mapping[str, Any], name: str) -> None:
    value = claims.get(name)
    if not isinstance(value, str):
        problem = "is missing" if value is None else f"is of type {type(value).__name__} instead of a string"
        raise InvalidToken(name, f"{name} {problem}")
    if not 1 <= len(value) <= _MAX_ID:
        raise InvalidToken(name, f"{name} must have 1 to {_MAX_ID} characters")
