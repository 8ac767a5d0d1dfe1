"""The authorization request, and the judging of what the browser brings back (RFC 6749 §4.1, RFC 7636, RFC 9207)."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from hmac import compare_digest

from ..errors import AuthorizationResponseError, ConfigurationError
from .form import FormError, decode_form
from .text import for_log
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
        "request",
        "request_uri",
    }
)
"""Parameters of the request that no configuration may set or replace: each of them carries a part of the defence."""

_MAX_QUERY = 16_384
_MAX_FIELDS = 50
_CODE_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
# RFC 6749 appendix A.11: VSCHAR.
_CODE = re.compile(r"[ -~]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Free text, which some providers break into lines. It goes nowhere but, cleaned, to the log.
_FREE_TEXT = frozenset({"error_description", "error_uri"})

_CANCELLED = "You cancelled the sign-in, or the login service refused it."
_MISTAKEN = "The login service did not accept this hub's request. Please tell the hub's administrator."
_UNFINISHED = "The login service needs something more from you before it can sign you in here. Please try again."
_TROUBLE = "The login service has a problem at the moment. Please try again a little later."
_REFUSED = "The login service refused the sign-in."

# Error code: what the user reads; what the operator may look at. RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6.
_ERRORS: dict[str, tuple[str, str]] = {
    "access_denied": (_CANCELLED, ""),
    "invalid_request": (_MISTAKEN, "check oauth_callback_url and extra_authorize_params"),
    "unauthorized_client": (_MISTAKEN, "check client_id, and that the client may use the authorization code flow"),
    "unsupported_response_type": (_MISTAKEN, "the client may not use the authorization code flow"),
    "invalid_scope": (_MISTAKEN, "check scope: the provider knows or allows only some of it"),
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
    """The S256 challenge of a verifier (RFC 7636 §4.2). The method ``plain`` is not spoken here (RFC 9700 §2.1.1).

    Raises
    ------
    ConfigurationError
        The verifier is not made of 43 to 128 unreserved characters (§4.1).
    """
    if not _CODE_VERIFIER.fullmatch(code_verifier):
        raise ConfigurationError(f"a code_verifier of {len(code_verifier)} characters does not fit RFC 7636 §4.1")
    return urlsafe_b64encode(sha256(code_verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def authorization_url(
    endpoint: str,
    *,
    client_id: str,
    redirect_uri: str,
    scope: Sequence[str],
    state: str,
    nonce: str | None,
    code_verifier: str | None,
    extra: Mapping[str, str],
) -> str:
    """Where to send the browser (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1, RFC 7636 §4.3).

    Parameters
    ----------
    endpoint:
        The authorization endpoint. A query that it has already is kept as it is (§3.1).
    client_id, redirect_uri:
        As registered at the provider.
    scope:
        Names of scopes, to be joined by one space; none sends no ``scope`` at all.
    state:
        The attempt's own unguessable text, which must come back (§10.12).
    nonce, code_verifier:
        Fresh for each attempt; None where the provider takes no part in that check.
    extra:
        Further parameters that the provider knows, such as ``prompt``.

    Raises
    ------
    ConfigurationError
        A parameter would be sent twice; `extra` holds one of `PROTECTED_PARAMETERS` or a value that is no text; the
        endpoint is no URL.
    """
    protected = sorted(PROTECTED_PARAMETERS & extra.keys())
    if protected:
        raise ConfigurationError(f"extra_authorize_params may not set {', '.join(protected)}")
    for name, value in extra.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ConfigurationError(f"extra_authorize_params: {name!r} must be text, not {type(value).__name__}")
    if isinstance(scope, str):
        raise ConfigurationError("scope must be a list of names, not one text")
    parameters = {"response_type": "code", "client_id": client_id, "redirect_uri": redirect_uri}
    joined = " ".join(name for name in scope if name)
    if joined:
        parameters["scope"] = joined
    parameters["state"] = state
    if nonce is not None:
        parameters["nonce"] = nonce
    if code_verifier is not None:
        parameters["code_challenge"] = code_challenge(code_verifier)
        parameters["code_challenge_method"] = "S256"
    return add_query(endpoint, {**parameters, **extra}, "authorize_url")


def parse_query(query: str) -> dict[str, str]:
    """The parameters of an authorization response, from the callback's query (without the ``?``).

    Parameters without a value are left out, as RFC 6749 §3.1 wants; unknown ones are kept, and nobody looks at them.

    Raises
    ------
    AuthorizationResponseError
        400, for a parameter that is there twice (§3.1), more than 50 of them, more than 16 kB, and for text that is
        not UTF-8 or has control characters (free text for people, such as ``error_description``, may have these).
    """
    if len(query) > _MAX_QUERY:
        raise AuthorizationResponseError("malformed", f"callback: a query of {len(query)} characters")
    try:
        params = decode_form(query, max_fields=_MAX_FIELDS)
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
    """Judge an authorization response and return its code (RFC 6749 §4.1.2, §4.1.2.1; RFC 9207 §2.4).

    The order matters: what does not come from the provider that was asked, or not for this attempt, is not even
    listened to when it reports an error.

    Parameters
    ----------
    params:
        What `parse_query` gives.
    state:
        The attempt's own, to be compared in constant time.
    issuer:
        The provider that was asked, or None where that has no name. An ``iss`` must then be exactly this one.
    iss_required:
        Whether the provider announced that it always sends ``iss`` (RFC 9207 §3).

    Raises
    ------
    AuthorizationResponseError
        `error` is ``invalid_iss``, ``invalid_state`` or ``missing_code``; or it is the provider's error code, with
        status 403 for ``access_denied`` and 400 for the others. The provider's own words go to the detail alone.
    """
    iss = params.get("iss")
    if iss is None and iss_required:
        raise AuthorizationResponseError(
            "invalid_iss", "callback: no iss, though the provider announces that it sends it"
        )
    if iss is not None and issuer is not None and iss != issuer:
        raise AuthorizationResponseError(
            "invalid_iss", f"callback: an iss of {len(iss)} characters is another issuer's"
        )
    received = params.get("state")
    if not received or not state or not compare_digest(_bytes(received), _bytes(state)):
        raise AuthorizationResponseError(
            "invalid_state", "callback: no state" if not received else "callback: the state is not this attempt's"
        )
    if params.get("error"):
        raise _provider_error(params)
    code = params.get("code", "")
    if not _CODE.fullmatch(code):
        raise AuthorizationResponseError("missing_code", "callback: no code, or not one of visible ASCII characters")
    return code


def _provider_error(params: Mapping[str, str]) -> AuthorizationResponseError:
    code = params["error"]
    sentence, hint = _ERRORS.get(code, (_REFUSED, ""))
    shown = for_log(code, 64) or "error"
    description = for_log(params.get("error_description", ""))
    detail = "; ".join(part for part in (f"the provider refused: {shown}", description, hint) if part)
    status = 403 if code == "access_denied" else 400
    refusal = AuthorizationResponseError(shown, detail, public_message=sentence, status=status)
    # Asking once more would be answered the same until the administrator has mended something.
    refusal.retry = sentence != _MISTAKEN
    return refusal


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
