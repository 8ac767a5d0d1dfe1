"""Token requests, and the judging of token responses (RFC 6749 §4.1.3, §5, §6; RFC 7636 §4.5)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ConfigurationError, InvalidGrant, InvalidResponse, TokenResponseError
from .client import Client
from .form import FormError, decode_form
from .messages import FORM, Request, Response, refuse_outage
from .strict_json import loads_object
from .text import for_log

_LABEL = "token request"
_MAX_BODY = 1_048_576
_MAX_FIELDS = 50
_MAX_LIFETIME = 10 * 365 * 86400.0
# RFC 6750 §2.1 has fewer characters, some providers have more; none may break out of a header.
_ACCESS_TOKEN = re.compile(r"[!-~]{1,65536}")
_REFRESH_TOKEN = re.compile(r"[ -~]{0,65536}")
_SECONDS = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")

# What GitHub says where RFC 6749 §5.2 has invalid_grant.
_INVALID_GRANT = frozenset({"invalid_grant", "bad_verification_code", "bad_refresh_token"})
_CHECK_CLIENT = (
    "check client_id and client_secret, and whether the provider wants them in the header or in the body: "
    "client_auth_method (or basic_auth)"
)
_HINTS = {
    "invalid_client": _CHECK_CLIENT,
    "incorrect_client_credentials": _CHECK_CLIENT,
    "unauthorized_client": "check that the client may use this grant; or " + _CHECK_CLIENT,
    "redirect_uri_mismatch": "check oauth_callback_url against what is registered at the provider",
    "invalid_scope": "check scope",
}


def authorization_code_grant(code: str, redirect_uri: str, code_verifier: str | None) -> dict[str, str]:
    """The fields that exchange a code (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return fields if code_verifier is None else {**fields, "code_verifier": code_verifier}


def refresh_token_grant(refresh_token: str, scope: Sequence[str] = ()) -> dict[str, str]:
    """The fields that use a refresh token (RFC 6749 §6). Without `scope` the grant stays as wide as it is."""
    fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return {**fields, "scope": " ".join(scope)} if scope else fields


def token_request(endpoint: str, client: Client, fields: Mapping[str, str]) -> Request:
    """The request of a grant's `fields` by `client` at the token endpoint (RFC 6749 §3.2).

    Raises
    ------
    ConfigurationError
        A field is no valid text (`token_params` may bring such), or see `Client.authenticate`.
    """
    headers, body = client.authenticate(fields)
    for name, value in body.items():
        if not isinstance(value, str):
            raise ConfigurationError(f"token_params: {name!r} must be text, not {type(value).__name__}")
    try:
        return Request.form(endpoint, _LABEL, body, headers)
    except UnicodeEncodeError:
        pass
    raise ConfigurationError("token_params: a value is not valid Unicode text")


def process_token_response(response: Response) -> dict[str, Any]:
    """Read a token response (RFC 6749 §5.1), or raise what it says (§5.2).

    JSON and form-encoded replies are told apart by their type; one that only calls itself text, or nothing, by its
    first character. What is read is not yet checked: a provider's file may mend it before `check_token_info` looks.

    Raises
    ------
    InvalidGrant
        The error ``invalid_grant``, and what GitHub calls it.
    TokenResponseError
        Any other error, also with status 200; and any 4xx without an error that can be read.
    InvalidResponse
        An answer with success that is neither JSON nor a form, or is empty.
    ProviderUnreachable, ProviderBusy
        See `refuse_outage`.
    """
    refuse_outage(response, _LABEL)
    refused = response.status >= 400
    try:
        info = _read(response)
    except InvalidResponse as error:
        if not refused:
            raise
        info, reason = {}, error.detail.removeprefix(_LABEL + ": ")
    else:
        reason = "no error code"
    # Some providers send the member always, and null where there is no error.
    code = info.get("error")
    if isinstance(code, str) and code:
        raise _refusal(response.status, code, info.get("error_description"))
    if code not in (None, ""):
        reason = f"an error of type {type(code).__name__}"
    elif not refused:
        return info
    hint = f"; {_CHECK_CLIENT}" if response.status == 401 else ""
    raise TokenResponseError("invalid_response", f"{_LABEL}: HTTP {response.status}, {reason}{hint}")


def _read(response: Response) -> dict[str, Any]:
    kind, body = response.media_type, response.body
    if kind in ("", "text/plain") or (kind == "text/html" and response.status >= 400):
        as_json = body.lstrip(b" \t\r\n")[:1] in (b"{", b"")
    elif kind in ("application/json", "text/json", "text/javascript") or kind.endswith("+json"):
        as_json = True
    elif kind == FORM:
        as_json = False
    else:
        raise InvalidResponse(f"{_LABEL}: the answer is neither JSON nor form-encoded by its type")
    if as_json:
        return loads_object(body, label=_LABEL, max_bytes=_MAX_BODY)
    return _read_form(body, must_be_recognised=kind != FORM)


def _read_form(body: bytes, *, must_be_recognised: bool) -> dict[str, Any]:
    """A form-encoded body; one that does not say so itself must hold a member of §5.1 or §5.2 to be taken for one."""
    if len(body) > _MAX_BODY:
        raise InvalidResponse(f"{_LABEL}: larger than {_MAX_BODY} bytes")
    try:
        fields: dict[str, Any] = {**decode_form(body.decode("utf-8").strip(), max_fields=_MAX_FIELDS)}
    except FormError as error:
        problem = f"not a form: {error}"
    except UnicodeDecodeError:
        problem = "not valid UTF-8"
    else:
        if fields and not (must_be_recognised and fields.keys().isdisjoint({"access_token", "error"})):
            return fields
        problem = "neither JSON nor a form"
    raise InvalidResponse(f"{_LABEL}: {problem}")


def _refusal(status: int, code: str, description: object) -> TokenResponseError:
    shown = for_log(code, 64) or "error"
    words = for_log(description) if isinstance(description, str) else ""
    parts = (f"{_LABEL}: HTTP {status}, {shown}", words, _HINTS.get(code, ""))
    kind = InvalidGrant if code in _INVALID_GRANT else TokenResponseError
    return kind(shown, "; ".join(part for part in parts if part))


def check_token_info(info: Mapping[str, Any]) -> None:
    """Check what a token response holds (RFC 6749 §5.1). A member that is null counts as absent.

    ``token_type`` may be missing, and is compared without regard to case (§7.1); ``expires_in`` may be digits in a
    string, as in form-encoded replies; ``scope`` may be a list of strings, as some providers send it.

    Raises
    ------
    TokenResponseError
        A member is of a wrong type, too long, or would not be safe in a header; or the type is not Bearer.
    """
    check_access_token(info.get("access_token"))
    token_type = info.get("token_type")
    if token_type is not None and not (isinstance(token_type, str) and token_type.lower() == "bearer"):
        raise _bad("token_type", token_type, "is not Bearer")
    refresh_token = info.get("refresh_token")
    if refresh_token is not None and not (isinstance(refresh_token, str) and _REFRESH_TOKEN.fullmatch(refresh_token)):
        raise _bad("refresh_token", refresh_token, "is not of at most 64 kB of visible ASCII")
    id_token = info.get("id_token")
    if id_token is not None and not isinstance(id_token, str):
        raise _bad("id_token", id_token, "is not a string")
    _scope_names(info)
    _seconds(info)


def check_access_token(access_token: object) -> str:
    """The access token, if it is 1 to 65,536 visible ASCII characters (RFC 6749 appendix A.12, without the space).

    Raises
    ------
    TokenResponseError
        It is anything else. A line end, above all, would let it write headers of its own.
    """
    if isinstance(access_token, str) and _ACCESS_TOKEN.fullmatch(access_token):
        return access_token
    if access_token is None:
        raise TokenResponseError("invalid_response", "token response: no access_token")
    raise _bad("access_token", access_token, "is not of 1 to 65536 visible ASCII characters")


def granted_scope(info: Mapping[str, Any], requested: Sequence[str]) -> list[str]:
    """The scopes that were granted: those of the reply, separated by spaces or commas, each once, in its order.

    A reply without ``scope`` means what was requested (RFC 6749 §5.1); an empty one means none.

    Raises
    ------
    TokenResponseError
        ``scope`` is neither a string nor a list of strings.
    """
    names = _scope_names(info)
    return list(dict.fromkeys(requested if names is None else names))


def lifetime(info: Mapping[str, Any]) -> float | None:
    """The seconds that the access token is good for, at most ten years; None when the reply does not say.

    Zero and less say nothing either: some providers mean "for ever" by them.

    Raises
    ------
    TokenResponseError
        ``expires_in`` is no number.
    """
    seconds = _seconds(info)
    return min(seconds, _MAX_LIFETIME) if seconds is not None and seconds > 0 else None


def _scope_names(info: Mapping[str, Any]) -> list[str] | None:
    scope = info.get("scope")
    if scope is None:
        return None
    texts = scope if isinstance(scope, list) else [scope]
    if not all(isinstance(text, str) for text in texts):
        raise _bad("scope", scope, "is not a string")
    return [name for text in texts for name in re.split(r"[\s,]+", text) if name]


def _seconds(info: Mapping[str, Any]) -> float | None:
    value = info.get("expires_in")
    if value is None:
        return None
    if isinstance(value, str) and _SECONDS.fullmatch(value):
        return float(value)
    # The bound keeps an int of any length convertible; strict JSON has no NaN, other readers may.
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e18 and not math.isnan(value):
        return float(value)
    raise _bad("expires_in", value, "is not a number of seconds")


def _bad(member: str, value: object, problem: str) -> TokenResponseError:
    kind = f"{type(value).__name__} of {len(value)} characters" if isinstance(value, str) else type(value).__name__
    return TokenResponseError("invalid_response", f"token response: {member} ({kind}) {problem}")
