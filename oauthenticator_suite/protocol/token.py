"""Token requests and the validation of token responses (RFC 6749 §4.1.3, §5, §6; RFC 7636 §4.5)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ClientRefused, ConfigurationError, InvalidGrant, InvalidResponse, TokenResponseError
from .client import Client
from .dpop import CLOCK_HINT, SCHEME, WRONG_PROOF
from .form import FormError, decode_form
from .messages import FORM, Fields, Request, Response, refuse_outage
from .strict_json import loads_object
from .text import for_log

_LABEL = "token request"
_MAX_BODY = 1_048_576
_MAX_FORM_FIELDS = 50
_MAX_LIFETIME = 10 * 365 * 86400.0
# Some providers use more characters than RFC 6750 §2.1 allows. None of these can break out of a header.
_ACCESS_TOKEN = re.compile(r"[!-~]{1,65536}")
_REFRESH_TOKEN = re.compile(r"[ -~]{0,65536}")
# RFC 9110 §5.6.2: the characters of an authentication scheme.
_SCHEME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")

# The error codes of RFC 6749 §5.2 and of GitHub for an invalid grant.
_INVALID_GRANT = frozenset({"invalid_grant", "bad_verification_code", "bad_refresh_token"})
# The error codes of RFC 6749 §5.2 and of GitHub for a client that is unknown, disabled or not authenticated.
_CLIENT_REFUSED = frozenset({"invalid_client", "unauthorized_client", "incorrect_client_credentials"})
_CHECK_CLIENT = (
    "check client_id and client_secret, and whether the provider expects them in the header or in the body: "
    "client_auth_method (or basic_auth)"
)
_CHECK_CERTIFICATE = (
    "the Hub used its certificate: check client_id, and whether the certificate of client_certificate_file is "
    "registered at the provider and has not expired"
)
_SENT_INSTEAD = {
    "private_key_jwt": "the Hub sent a signed assertion: check client_id, whether the public key of client_key_file is "
    "registered at the provider (or it trusts the tokens of client_assertion_file), and the clocks of both",
    "client_secret_jwt": "the Hub sent an assertion that client_secret signs: check client_id, client_secret and the "
    "clocks of both",
    "tls_client_auth": _CHECK_CERTIFICATE,
    "self_signed_tls_client_auth": _CHECK_CERTIFICATE,
}
_IF_NO_CODE_IS_ACCEPTED = (
    ". If no login succeeds: the provider may demand DPoP (enable_dpop) or a client certificate "
    "(client_certificate_file)"
)
_HINTS = {
    "invalid_client": _CHECK_CLIENT,
    "incorrect_client_credentials": _CHECK_CLIENT,
    "unauthorized_client": "check that the client may use this grant; or " + _CHECK_CLIENT,
    "redirect_uri_mismatch": "check oauth_callback_url against what is registered at the provider",
    "invalid_scope": "check scope",
    "invalid_client_metadata": "check the client's registration. A provider that encrypts needs a key of the Hub: "
    "set client_decryption_key_file (or client_key_file), and register the URL of oauth_jwks",
    "invalid_target": "check resources: the provider does not know or allow all of them",
    WRONG_PROOF: CLOCK_HINT + ". If the Hub sent no proof, the provider demands DPoP: set enable_dpop",
    "use_dpop_nonce": "the provider demands DPoP: set enable_dpop",
}


def authorization_code_grant(code: str, redirect_uri: str, code_verifier: str | None) -> dict[str, str]:
    """Return the fields of a token request that exchanges a code (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return fields if code_verifier is None else {**fields, "code_verifier": code_verifier}


def refresh_token_grant(refresh_token: str, scope: Sequence[str] = ()) -> dict[str, str]:
    """Return the fields of a refresh request (RFC 6749 §6). An empty `scope` keeps the scope of the grant."""
    fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return {**fields, "scope": " ".join(scope)} if scope else fields


def token_request(endpoint: str, client: Client, fields: Fields) -> Request:
    """Build a token request (RFC 6749 §3.2).

    Parameters
    ----------
    endpoint:
        The token endpoint.
    client:
        The client, whose credentials are added.
    fields:
        The fields of the grant, such as the result of `authorization_code_grant`. A field with a list of values is sent
        once for each of them.

    Raises
    ------
    ConfigurationError
        If a field is not valid text (a field may come from `token_params`). See also `Client.authenticate`.
    """
    repeated = {name: list(value) for name, value in fields.items() if isinstance(value, (list, tuple))}
    headers, single = client.authenticate({name: value for name, value in fields.items() if isinstance(value, str)})
    for name, value in fields.items():
        values = repeated.get(name, [value])
        if not all(isinstance(each, str) for each in values):
            raise ConfigurationError(f"token_params: {name!r} must be text, not {type(value).__name__}")
    try:
        return Request.form(endpoint, _LABEL, {**single, **repeated}, headers)
    except UnicodeEncodeError:
        pass
    raise ConfigurationError("token_params: a value is not valid Unicode text")


def process_token_response(response: Response) -> dict[str, Any]:
    """Parse a token response (RFC 6749 §5.1), or raise the error that it reports (§5.2).

    JSON and form-encoded responses are distinguished by their media type; a response of type text or without a type by
    its first character. The members are not checked yet: a provider's class may correct them before `check_token_info`.

    Raises
    ------
    InvalidGrant
        For the error ``invalid_grant`` and GitHub's equivalents.
    ClientRefused
        For ``invalid_client``, ``unauthorized_client`` and GitHub's equivalent.
    TokenResponseError
        For any other error, also with status 200, and for a 4xx status without a readable error.
    InvalidResponse
        If a successful response is neither JSON nor form-encoded, or is empty.
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
    # Some providers always send the member, with null if there is no error.
    code = info.get("error")
    if isinstance(code, str) and code:
        raise refusal_of(response.status, code, info)
    if code not in (None, ""):
        reason = f"an error of type {type(code).__name__}"
    elif not refused:
        return info
    hint = f"; {_CHECK_CLIENT}" if response.status == 401 else ""
    raise TokenResponseError("invalid_response", f"{_LABEL}: HTTP {response.status}, {reason}{hint}")


def name_credentials(error: TokenResponseError, client: Client, fields: Fields) -> None:
    """Add to an error about the client what the request had in place of a client secret.

    An authorization code that is refused has usually expired, but some providers say the same when they demand more of
    the client: RFC 6749 §5.2 has one error code for everything about the code.
    """
    if isinstance(error, InvalidGrant) and "code" in fields:
        error.detail += _IF_NO_CODE_IS_ACCEPTED
    if _CHECK_CLIENT not in error.detail:
        return
    if client.auth_method in _SENT_INSTEAD:
        error.detail = error.detail.replace(_CHECK_CLIENT, _SENT_INSTEAD[client.auth_method])
    elif client.auth_method == "none" or not client.client_secret:
        error.detail += (
            ". The Hub sent no client secret, as a public client: set client_secret if the provider has assigned one"
        )


def _read(response: Response) -> dict[str, Any]:
    kind, body = response.media_type, response.body
    may_be_either = kind in ("", "text/plain") or (kind == "text/html" and response.status >= 400)
    is_json = response.is_json or kind in ("text/json", "text/javascript")
    if is_json or (may_be_either and body.lstrip()[:1] in (b"{", b"")):
        return loads_object(body, label=_LABEL)
    if may_be_either or kind == FORM:
        return _read_form(body, has_form_type=kind == FORM)
    raise InvalidResponse(f"{_LABEL}: the media type of the response is neither JSON's nor that of a form")


def _read_form(body: bytes, *, has_form_type: bool) -> dict[str, Any]:
    """Decode a form-encoded body. Without the form media type, it must contain ``access_token`` or ``error``."""
    if len(body) > _MAX_BODY:
        raise InvalidResponse(f"{_LABEL}: larger than {_MAX_BODY} bytes")
    try:
        fields: dict[str, Any] = {**decode_form(body.decode("utf-8").strip(), max_fields=_MAX_FORM_FIELDS)}
    except FormError as error:
        problem = f"not a form: {error}"
    except UnicodeDecodeError:
        problem = "not valid UTF-8"
    else:
        if fields and (has_form_type or not fields.keys().isdisjoint({"access_token", "error"})):
            return fields
        problem = "neither JSON nor a form"
    raise InvalidResponse(f"{_LABEL}: {problem}")


def refusal_of(status: int, code: str, info: Mapping[str, Any], label: str = _LABEL) -> TokenResponseError:
    """Return the error that a response of the token endpoint reports (RFC 6749 §5.2).

    Other endpoints at which the client authenticates report errors in the same form.

    Parameters
    ----------
    status:
        The HTTP status.
    code:
        The member ``error`` of the response.
    info:
        The response.
    label:
        Names the request, at the beginning of the detail.
    """
    shown = for_log(code, 64) or "error"
    # error_description often repeats the code. Servers built on league/oauth2-server give the reason in "hint".
    words = [for_log(text) for name in ("error_description", "hint") if isinstance(text := info.get(name), str)]
    parts = (f"{label}: HTTP {status}, {shown}", *words, _HINTS.get(code))
    kind = InvalidGrant if code in _INVALID_GRANT else ClientRefused if code in _CLIENT_REFUSED else TokenResponseError
    error = kind(shown, "; ".join(part for part in parts if part))
    if isinstance(error, ClientRefused):
        # unauthorized_client is about a client that was authenticated (§5.2), but 401 is about its authentication:
        # Keycloak sends both for a wrong secret.
        error.credentials = code != "unauthorized_client" or status == 401
    return error


def check_token_info(info: Mapping[str, Any]) -> None:
    """Check the members of a token response (RFC 6749 §5.1). A member that is null counts as absent.

    ``token_type`` may be missing, or any scheme: see `authorization_scheme`. ``expires_in`` may be a string of digits,
    as in form-encoded responses. ``scope`` may be a list of strings, which some providers send.

    Raises
    ------
    TokenResponseError
        If a member has the wrong type, is too long or unsafe in a header.
    """
    check_access_token(info.get("access_token"))
    authorization_scheme(info)
    refresh_token = info.get("refresh_token")
    if refresh_token is not None and not is_refresh_token(refresh_token):
        raise _bad("refresh_token", refresh_token, "is not at most 65536 printable ASCII characters")
    id_token = info.get("id_token")
    if id_token is not None and not isinstance(id_token, str):
        raise _bad("id_token", id_token, "is not a string")
    _scope_names(info)
    _seconds(info)


def authorization_scheme(info: Mapping[str, Any]) -> str:
    """Return the scheme of the Authorization header for the access token (RFC 6749 §7.1).

    It is ``Bearer`` for a ``token_type`` of that name in any case, and without one; ``DPoP`` for that name in any case.
    Another type is used as it is written: some providers name their tokens ``user`` or ``token``.

    Raises
    ------
    TokenResponseError
        If ``token_type`` cannot be a scheme (RFC 9110 §11.1).
    """
    token_type = info.get("token_type")
    if token_type is None:
        return "Bearer"
    if not isinstance(token_type, str) or not _SCHEME.fullmatch(token_type):
        raise _bad("token_type", token_type, "is not the name of a token type")
    return {"bearer": "Bearer", "dpop": SCHEME}.get(token_type.lower(), token_type)


def is_refresh_token(value: object) -> bool:
    """Whether `value` is a string of at most 65,536 printable ASCII characters (RFC 6749 appendix A.17)."""
    return isinstance(value, str) and _REFRESH_TOKEN.fullmatch(value) is not None


def check_access_token(access_token: object) -> str:
    """Return the access token if it is 1 to 65,536 visible ASCII characters (RFC 6749 appendix A.12, without spaces).

    Raises
    ------
    TokenResponseError
        If it is anything else. In particular, a line break could inject headers into a request.
    """
    if isinstance(access_token, str) and _ACCESS_TOKEN.fullmatch(access_token):
        return access_token
    if access_token is None:
        raise TokenResponseError("invalid_response", "token response: no access_token")
    raise _bad("access_token", access_token, "is not 1 to 65536 visible ASCII characters")


def granted_scope(info: Mapping[str, Any], requested: Sequence[str]) -> list[str]:
    """Return the granted scopes, in the order of the response and without duplicates.

    Names may be separated by spaces or commas. A response without ``scope`` grants what was requested (RFC 6749 §5.1);
    an empty ``scope`` grants nothing.

    Raises
    ------
    TokenResponseError
        If ``scope`` is neither a string nor a list of strings.
    """
    names = _scope_names(info)
    return list(dict.fromkeys(requested if names is None else names))


def lifetime(info: Mapping[str, Any]) -> float | None:
    """Return the lifetime of the access token in seconds, at most ten years; None if the response does not state it.

    Zero and negative values count as not stated: some providers use them for "does not expire".

    Raises
    ------
    TokenResponseError
        If ``expires_in`` is not a number.
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
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return float(value)
    # Within this bound, which NaN is not, float() cannot fail.
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e18:
        return float(value)
    raise _bad("expires_in", value, "is not a number of seconds")


def _bad(member: str, value: object, problem: str) -> TokenResponseError:
    kind = f"{type(value).__name__} of {len(value)} characters" if isinstance(value, str) else type(value).__name__
    return TokenResponseError("invalid_response", f"token response: {member} ({kind}) {problem}")
