"""The userinfo request and its response (OpenID Connect Core §5.3, RFC 6750)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from ..errors import ConfigurationError, InvalidResponse, InvalidToken, StepUpRequired, TokenResponseError
from .messages import Request, Response, refuse_outage
from .step_up import demanded_authentication, is_step_up
from .strict_json import loads_object
from .text import for_log
from .token import check_access_token
from .urls import add_query

_LABEL = "userinfo request"
# Media types under which servers send JSON. HTML is not accepted: a page may contain text from other users.
_JSON_TYPES = frozenset({"", "application/json", "text/json", "text/javascript", "text/plain"})


def userinfo_request(
    endpoint: str,
    *,
    access_token: str,
    method: Literal["header", "body", "url"],
    params: Mapping[str, str],
    scheme: str = "Bearer",
    accept: str = "application/json",
) -> Request:
    """Build the request for the user's data: a GET, unless the token is sent in the body.

    Parameters
    ----------
    endpoint:
        The userinfo endpoint, or another URL that returns one JSON object about the token's user. Its query is kept.
    access_token:
        Sent as ``Authorization: Bearer`` (RFC 6750 §2.1).
    method:
        ``body`` sends the token as a form field of a POST request instead (§2.2). ``url`` sends it as a query parameter
        (§2.3), for providers that support nothing else. URLs appear in logs, and RFC 9700 §4.3.2 forbids this method.
    params:
        Additional query parameters.
    scheme:
        The authentication scheme of the header: see `protocol.token.authorization_scheme`.
    accept:
        The media types of the ``Accept`` header.

    Raises
    ------
    ConfigurationError
        If a parameter would be sent twice or is not text, or the method is not known.
    TokenResponseError
        If the access token contains characters that are not allowed in a header.
    """
    check_access_token(access_token)
    if method not in ("header", "body", "url"):
        raise ConfigurationError("userdata_token_method must be 'header', 'body' or 'url'")
    for name, value in params.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ConfigurationError(f"userdata_params: {name!r} must be text, not {type(value).__name__}")
    if "access_token" in params:
        raise ConfigurationError("userdata_params must not set access_token")
    token, headers = {"access_token": access_token}, {"Accept": accept}
    url = add_query(endpoint, {**params, **token} if method == "url" else params, "userdata_url")
    if method == "body":
        return Request.form(url, _LABEL, token, headers)
    if method == "header":
        headers["Authorization"] = f"{scheme} {access_token}"
    return Request("GET", url, _LABEL, headers)


def check_userinfo_status(response: Response) -> None:
    """Check the status of the response to `userinfo_request`, as part of `process_userinfo_response`.

    Raises
    ------
    TokenResponseError, InvalidResponse, ProviderUnreachable, ProviderBusy, UserLimit
        See there.
    """
    refuse_outage(response, _LABEL, of_user=True)
    challenge = response.headers.get("www-authenticate", "")
    if response.status == 401 and is_step_up(challenge):
        raise StepUpRequired(
            demanded_authentication(challenge),
            f"{_LABEL}: the provider demands another sign-in of the user ({for_log(challenge, 200)}): set acr_values "
            "or reauthenticate_after",
        )
    if response.status == 401 or (response.status >= 400 and "invalid_token" in challenge):
        raise TokenResponseError("invalid_token", f"{_LABEL}: HTTP {response.status}: the access token is not accepted")
    if response.status == 403:
        raise TokenResponseError("insufficient_scope", f"{_LABEL}: HTTP 403: check scope")
    if response.status != 200:
        raise InvalidResponse(f"{_LABEL}: HTTP {response.status}")


def process_userinfo_response(response: Response, other_types: Collection[str] = ()) -> dict[str, Any]:
    """Validate the response to `userinfo_request` and return its JSON object.

    A signed response is read by `userinfo_token` instead.

    Parameters
    ----------
    response:
        The provider's response.
    other_types:
        Media types other than JSON's under which this provider sends JSON.

    Raises
    ------
    TokenResponseError
        If the token is not accepted: 401, 403, or a challenge with ``invalid_token`` (RFC 6750 §3.1). `error` is
        ``insufficient_scope`` for 403, else ``invalid_token``.
    InvalidResponse
        For any other status except 200; a media type other than JSON; or malformed JSON.
    ProviderUnreachable, ProviderBusy, UserLimit
        See `refuse_outage`.
    """
    check_userinfo_status(response)
    kind = response.media_type
    if kind not in _JSON_TYPES and not kind.endswith("+json") and kind not in other_types:
        raise InvalidResponse(f"{_LABEL}: the media type of the response is not JSON's")
    return loads_object(response.body, label=_LABEL)


def check_subject(user_info: Mapping[str, Any], subject: str, *, required: bool) -> None:
    """Check that the user's data belong to the ID token's subject (OpenID Connect Core §5.3.2).

    The check prevents token substitution.

    Parameters
    ----------
    user_info:
        The user's data.
    subject:
        The ``sub`` claim of the ID token.
    required:
        Whether ``sub`` must be present. Every OpenID provider sends it; data from other endpoints may lack it.

    Raises
    ------
    InvalidToken
        `claim` is ``sub``: it is missing although required, is not a string, or is a different subject.
    """
    received = user_info.get("sub")
    if received is None and not required:
        return
    if not isinstance(received, str):
        problem = "missing" if received is None else f"of type {type(received).__name__}"
        raise InvalidToken("sub", f"userinfo: sub is {problem}")
    if received != subject:
        raise InvalidToken("sub", "userinfo: sub differs from the ID token's")
