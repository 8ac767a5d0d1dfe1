"""The authorization request and the validation of its response (RFC 6749 §4.1, RFC 7636, RFC 9207)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from ..errors import AuthorizationResponseError, ConfigurationError
from . import base64url
from .form import FormError, decode_form
from .resource_indicators import resource_fields
from .text import for_log, quoted
from .urls import add_query

PROTECTED_PARAMETERS = frozenset(
    {
        "response_type",
        "response_mode",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "dpop_jkt",
        "request",
        "request_uri",
    }
)
"""Parameters of the request that no option can set or replace, because the security of the login depends on them."""

_MAX_QUERY = 16_384
_MAX_QUERY_FIELDS = 50
_CODE_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
# RFC 6749 appendix A.11: VSCHAR.
_VISIBLE = re.compile(r"[ -~]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Free text, which may contain line breaks. It is used in the log only, sanitized.
_FREE_TEXT = frozenset({"error_description", "error_uri"})

_CANCELLED = "The sign-in at {provider} was cancelled, or access to {hub} was not granted."
_MISTAKEN = "The request of {hub} was not accepted by {provider}. Please tell the administrators of {hub}."
_UNFINISHED = "More is needed from you at {provider} before you can be signed in here. Please try again."
_TROUBLE = "There is a problem at {provider} at the moment. Please try again a little later."
_OTHER_ERROR = "The sign-in was refused by {provider}."

NOT_COMPLETED = "The sign-in at {provider} was not completed."
"""The sentence for an error of the provider that names no sign-in."""

PROVIDER_REFUSALS = (_CANCELLED, _MISTAKEN, _UNFINISHED, _TROUBLE, _OTHER_ERROR, NOT_COMPLETED)
"""The sentences for a user whose sign-in the provider has refused. Placeholders are as in `errors`."""

# Error code: the sentence for the user and the hint for the operator. RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6.
_ERRORS: dict[str, tuple[str, str]] = {
    "access_denied": (_CANCELLED, ""),
    "invalid_request": (_MISTAKEN, "check oauth_callback_url, extra_authorize_params and response_mode"),
    "unauthorized_client": (_MISTAKEN, "check client_id, and that the client may use the authorization code flow"),
    "unsupported_response_type": (_MISTAKEN, "the client may not use the authorization code flow"),
    "invalid_scope": (_MISTAKEN, "check scope: the provider does not know or allow all of it"),
    "invalid_target": (_MISTAKEN, "check resources: the provider does not know or allow all of them"),
    "server_error": (_TROUBLE, ""),
    "temporarily_unavailable": (_TROUBLE, ""),
    "interaction_required": (_UNFINISHED, "check extra_authorize_params: prompt=none does not let the provider ask"),
    "login_required": (_UNFINISHED, "check extra_authorize_params: prompt=none does not let the provider ask"),
    "account_selection_required": (_UNFINISHED, ""),
    "consent_required": (_UNFINISHED, ""),
    "invalid_request_uri": (_MISTAKEN, ""),
    "invalid_request_object": (_MISTAKEN, ""),
    "request_not_supported": (_MISTAKEN, ""),
    "request_uri_not_supported": (_MISTAKEN, ""),
    "registration_not_supported": (_MISTAKEN, ""),
}


def code_challenge(code_verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 §4.2). ``plain`` is not supported (RFC 9700 §2.1.1).

    Raises
    ------
    ConfigurationError
        If the verifier does not consist of 43 to 128 unreserved characters (§4.1).
    """
    if not _CODE_VERIFIER.fullmatch(code_verifier):
        raise ConfigurationError(f"a code_verifier of {len(code_verifier)} characters does not fit RFC 7636 §4.1")
    return base64url.encode(sha256(code_verifier.encode("ascii")).digest())


def authorization_url(endpoint: str, **values: Any) -> str:
    """Return the URL of an authorization request that has its parameters in the query.

    Parameters
    ----------
    endpoint:
        The authorization endpoint. An existing query is kept unchanged (RFC 6749 §3.1).
    values:
        The arguments of `authorization_parameters`.

    Raises
    ------
    ConfigurationError
        If a parameter would be sent twice, or the endpoint is not a URL. See also `authorization_parameters`.
    """
    return add_query(endpoint, authorization_parameters(**values), "authorize_url")


def authorization_parameters(
    *,
    client_id: str,
    redirect_uri: str,
    scope: Sequence[str],
    state: str,
    nonce: str | None,
    code_verifier: str | None,
    extra: Mapping[str, str],
    response_mode: str = "",
    dpop_jkt: str | None = None,
    resources: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the parameters of the authorization request. One with several values has a list.

    Source: RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1, RFC 7636 §4.3.

    Parameters
    ----------
    client_id, redirect_uri:
        As registered at the provider.
    scope:
        The scopes to request. If empty, no ``scope`` parameter is sent.
    state:
        An unguessable value of this login attempt, which the response must repeat (§10.12).
    nonce, code_verifier:
        Random values of this login attempt; None if the provider does not support the check.
    extra:
        Additional parameters, such as ``prompt``.
    response_mode:
        How the provider sends the response; empty for its query (OAuth 2.0 Multiple Response Type Encoding Practices
        §2.1).
    dpop_jkt:
        The thumbprint of the key to which the tokens will be bound (RFC 9449 §10); None without DPoP.
    resources:
        The resources for which tokens are requested (RFC 8707 §2.1).

    Raises
    ------
    ConfigurationError
        If `extra` contains one of `PROTECTED_PARAMETERS` or a value that is not text.
    """
    protected = sorted(PROTECTED_PARAMETERS & extra.keys())
    if protected:
        raise ConfigurationError(f"extra_authorize_params must not set {', '.join(protected)}")
    for name, value in extra.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ConfigurationError(f"extra_authorize_params: {name!r} must be text, not {type(value).__name__}")
    if isinstance(scope, str):
        raise ConfigurationError("scope must be a list of names, not a string")
    parameters = {"response_type": "code", "client_id": client_id, "redirect_uri": redirect_uri}
    joined = " ".join(name for name in scope if name)
    if joined:
        parameters["scope"] = joined
    parameters["state"] = state
    if response_mode:
        parameters["response_mode"] = response_mode
    if nonce is not None:
        parameters["nonce"] = nonce
    if code_verifier is not None:
        parameters["code_challenge"] = code_challenge(code_verifier)
        parameters["code_challenge_method"] = "S256"
    if dpop_jkt is not None:
        parameters["dpop_jkt"] = dpop_jkt
    if resources and "resource" in extra:
        raise ConfigurationError("extra_authorize_params must not set resource together with the option resources")
    return {**parameters, **resource_fields(resources), **extra}


def parse_query(query: str, max_length: int = _MAX_QUERY) -> dict[str, str]:
    """Return the parameters of an authorization response.

    Parameters without a value are left out, as RFC 6749 §3.1 requires. Unknown parameters are kept and ignored later.

    Parameters
    ----------
    query:
        The query of the callback URL, without the ``?``, or a posted form.
    max_length:
        Its greatest length, in characters.

    Raises
    ------
    AuthorizationResponseError
        With status 400: for a duplicate parameter (§3.1), more than 50 parameters, more than `max_length` characters,
        text that is not UTF-8, and control characters (except in free text such as ``error_description``).
    """
    if len(query) > max_length:
        raise AuthorizationResponseError("malformed", f"callback: a query of {len(query)} characters")
    try:
        params = decode_form(query, max_fields=_MAX_QUERY_FIELDS)
    except FormError as error:
        problem = str(error)
    else:
        if not any(
            _CONTROL.search(name) or (name not in _FREE_TEXT and _CONTROL.search(params[name])) for name in params
        ):
            return params
        problem = "control characters in a parameter"
    raise AuthorizationResponseError("malformed", f"callback: {problem}")


def validate_authorization_response(
    params: Mapping[str, str], *, state: str, issuer: str | None, iss_required: bool
) -> str:
    """Validate an authorization response and return its code (RFC 6749 §4.1.2, §4.1.2.1; RFC 9207 §2.4).

    ``iss`` and ``state`` are checked first. An error report from another provider, or for another attempt, is ignored.

    Parameters
    ----------
    params:
        The result of `parse_query`.
    state:
        The state of the login attempt. It is compared in constant time.
    issuer:
        The issuer to which the request was sent, or None if it is not known. If known, an ``iss`` must equal it.
    iss_required:
        Whether the provider announced that it always sends ``iss`` (RFC 9207 §3).

    Raises
    ------
    AuthorizationResponseError
        `error` is ``invalid_iss``, ``invalid_state``, ``missing_code``, or the provider's error code. The status is 403
        for ``access_denied``, else 400. The provider's description appears in the detail only.
    """
    iss = params.get("iss")
    if iss is None and iss_required:
        raise AuthorizationResponseError(
            "invalid_iss", "callback: no iss, although the provider announces that it sends one"
        )
    if iss is not None and issuer is not None and iss != issuer:
        raise AuthorizationResponseError(
            "invalid_iss", f"callback: iss names another issuer: {quoted(iss)}, not {quoted(issuer)}"
        )
    received = params.get("state")
    if not received or not state or not compare_digest(_bytes(received), _bytes(state)):
        raise AuthorizationResponseError(
            "invalid_state", "callback: no state" if not received else "callback: state belongs to another attempt"
        )
    if params.get("error"):
        raise _provider_error(params)
    code = params.get("code", "")
    if not _VISIBLE.fullmatch(code):
        raise AuthorizationResponseError("missing_code", "callback: no code, or a code that is not printable ASCII")
    return code


def reported_error(params: Mapping[str, str]) -> str:
    """The error code and description of an authorization response (RFC 6749 §4.1.2.1), for the log."""
    words = (for_log(params.get("error", ""), 64) or "error", for_log(params.get("error_description", "")))
    return "; ".join(filter(None, words))


def _provider_error(params: Mapping[str, str]) -> AuthorizationResponseError:
    code = params["error"]
    sentence, hint = _ERRORS.get(code, (_OTHER_ERROR, ""))
    detail = "; ".join(filter(None, (f"the provider refused: {reported_error(params)}", hint)))
    status = 403 if code == "access_denied" else 400
    refusal = AuthorizationResponseError(for_log(code, 64) or "error", detail, public_message=sentence, status=status)
    # The provider would answer a retry the same until the administrator has fixed the configuration.
    refusal.retry = sentence != _MISTAKEN
    return refusal


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
