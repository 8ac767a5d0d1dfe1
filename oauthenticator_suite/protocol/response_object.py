"""Authorization responses that the provider has signed (JWT Secured Authorization Response Mode, JARM)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import AuthorizationResponseError, InvalidToken
from .authorization import reported_error
from .id_token import Expectations, IDToken, check_header, check_issued, check_type

MAX_LIFETIME = 600.0
"""For how many seconds a response may be valid (JARM §2.1 recommends at most ten minutes)."""

_PLAIN = ("code", "error", "state")
_LABEL = "callback: the signed response"


def parse_response(params: Mapping[str, str]) -> IDToken:
    """Return the signed response among the parameters of a callback, **not verified**.

    Raises
    ------
    AuthorizationResponseError
        If there is none, or it is malformed. `error` is ``invalid_response_mode`` for a response that is not signed:
        anyone could have changed it.
    """
    if "response" not in params:
        said = f"; it says: {reported_error(params)}" if "error" in params else ""
        raise AuthorizationResponseError(
            "invalid_response_mode", f"callback: the response is not a signed JWT, and response_mode demands one{said}"
        )
    if not params.keys().isdisjoint(_PLAIN):
        raise AuthorizationResponseError("invalid_response_mode", "callback: parameters next to a signed response")
    try:
        return IDToken.parse(params["response"])
    except InvalidToken as error:
        refused = refusal(error)
    raise refused


def response_parameters(claims: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters of the response (JARM §2.1): the claims that are strings."""
    return {name: value for name, value in claims.items() if isinstance(value, str) and value}


def check_response(token: IDToken, expectations: Expectations, now: float) -> None:
    """Run all checks of a signed response that need no key (JARM §2.4). `now` is in seconds since 1970.

    Raises
    ------
    InvalidToken
        `claim` names the first failed check.
    """
    check_header(token, expectations)
    check_type(token.header)
    # A response has no sub, and need not have iat.
    check_issued({"iat": now, **token.claims}, expectations, now, subject_required=False)
    if token.claims["exp"] - now > MAX_LIFETIME + expectations.leeway:
        raise InvalidToken("exp", f"ID token: valid for more than {MAX_LIFETIME:g} s")


def refusal(error: InvalidToken) -> AuthorizationResponseError:
    """Return the error for a signed response that fails a check. It came through a browser, so the status is 400."""
    detail = error.detail.removeprefix("ID token: ")
    if error.claim == "alg":
        detail += (
            ": add it to id_token_signed_response_alg, or change authorization_signed_response_alg at the provider"
        )
    return AuthorizationResponseError("invalid_response_object", f"{_LABEL}: {detail}")
