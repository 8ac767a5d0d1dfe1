"""Dynamic client registration (RFC 7591, OpenID Connect Registration 1.0) and its management (RFC 7592)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import ConfigurationError, InvalidResponse
from .messages import Request, Response, refuse_outage
from .strict_json import loads_object, members_of
from .text import for_log
from .token import check_access_token
from .urls import PlainHTTP, URLError, check_scheme, origin, split_url

_LABEL = "client registration"
_SECRET_METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt")
_SET_BY_SERVER = frozenset(
    (
        "registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at",
    )
)  # fmt: skip

_OPTIONAL = frozenset(
    (
        "post_logout_redirect_uris", "backchannel_logout_uri", "backchannel_logout_session_required",
        "frontchannel_logout_uri", "frontchannel_logout_session_required", "initiate_login_uri", "jwks", "jwks_uri",
        "dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens",
        "require_pushed_authorization_requests", "require_signed_request_object", "request_object_signing_alg",
        "id_token_signed_response_alg", "authorization_signed_response_alg", "token_endpoint_auth_signing_alg",
        "id_token_encrypted_response_alg", "id_token_encrypted_response_enc",
        "userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc", "userinfo_signed_response_alg",
        "tls_client_auth_subject_dn",
    )
)  # fmt: skip
"""What the client asks for only with an option of that purpose, and no longer wants without it."""


@dataclass(frozen=True, slots=True)
class ClientRegistration:
    """A registered client, with the names of RFC 7591 §3.2.1 and RFC 7592 §3.

    `client_secret` is empty for a client without one, and `client_secret_expires_at` 0 for a secret without an end.
    `metadata` is all that the provider has registered, which may differ from what was asked for.
    """

    client_id: str
    client_secret: str = field(default="", repr=False)
    client_secret_expires_at: int = 0
    registration_client_uri: str = ""
    registration_access_token: str = field(default="", repr=False)
    metadata: Mapping[str, Any] = field(default_factory=dict, repr=False)


def client_metadata(
    *,
    redirect_uris: Sequence[str],
    auth_method: str,
    client_name: str = "JupyterHub",
    scope: Sequence[str] = (),
    **others: Any,
) -> dict[str, Any]:
    """The metadata of a web client with the authorization code flow (RFC 7591 §2). Empty values are left out.

    Parameters
    ----------
    redirect_uris:
        All URLs to which the provider may send codes.
    auth_method:
        The ``token_endpoint_auth_method``.
    scope:
        The scopes that the client may ask for.
    others:
        Further members, such as ``jwks_uri``, ``post_logout_redirect_uris`` and ``backchannel_logout_uri``.
    """
    members = {
        "application_type": "web",
        "redirect_uris": list(redirect_uris),
        "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": auth_method,
        "client_name": client_name,
        "scope": " ".join(scope),
        **others,
    }
    return {name: value for name, value in members.items() if value not in ("", None, [], {})}


def registration_request(endpoint: str, metadata: Mapping[str, Any], initial_access_token: str = "") -> Request:
    """Build the request that registers a client (RFC 7591 §3.1).

    Raises
    ------
    TokenResponseError
        If the token contains characters that are not allowed in a header.
    """
    return _request("POST", endpoint, initial_access_token, metadata)


def read_request(registration: ClientRegistration) -> Request:
    """Build the request for the current registration (RFC 7592 §2.1). Raises as `registration_request`."""
    return _request("GET", registration.registration_client_uri, registration.registration_access_token)


def update_request(registration: ClientRegistration, metadata: Mapping[str, Any]) -> Request:
    """Build the request that replaces the metadata of a client (RFC 7592 §2.2). Raises as `registration_request`.

    Members that the provider has added and that are not in `metadata` are sent as they are: a client that leaves them
    out asks for their removal. That is meant for those of an option that is no longer set, such as the URL of a logout.
    """
    left_out = _SET_BY_SERVER | _OPTIONAL
    kept = {name: value for name, value in registration.metadata.items() if name not in left_out}
    identity = {"client_id": registration.client_id}
    if registration.client_secret:
        identity["client_secret"] = registration.client_secret
    members = {**kept, **metadata, **identity}
    return _request("PUT", registration.registration_client_uri, registration.registration_access_token, members)


def delete_request(registration: ClientRegistration) -> Request:
    """Build the request that removes a client (RFC 7592 §2.3). Raises as `registration_request`."""
    return _request("DELETE", registration.registration_client_uri, registration.registration_access_token)


def _request(method: str, url: str, token: str, members: Mapping[str, Any] | None = None) -> Request:
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {check_access_token(token)}"
    body = None
    if members is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(members).encode()
    return Request(method, url, _LABEL, headers, body)


def process_registration_response(
    response: Response,
    endpoint: str,
    *,
    before: ClientRegistration | None = None,
    plain_http: PlainHTTP = PlainHTTP.REFUSED,
) -> ClientRegistration:
    """Validate a response with a registration: to `registration_request`, `read_request` or `update_request`.

    Parameters
    ----------
    endpoint:
        The URL to which the client was registered. The URL for its management must be at the same origin.
    before:
        The registration until now, which has what the response may leave out.

    Raises
    ------
    ConfigurationError
        If the provider refuses. The detail has its error code, sanitized.
    InvalidResponse
        If the response is not a registration.
    ProviderUnreachable, ProviderBusy
        See `refuse_outage`.
    """
    _refuse(response)
    document = loads_object(response.body, label=_LABEL)
    client_id = _text(document, "client_id")
    before = before or ClientRegistration(client_id)
    if not client_id or client_id != before.client_id:
        raise InvalidResponse(f"{_LABEL}: the response has no client_id, or that of another client")
    secret = _text(document, "client_secret") or before.client_secret
    method = document.get("token_endpoint_auth_method", "client_secret_basic")
    if method in _SECRET_METHODS and not secret:
        raise InvalidResponse(f"{_LABEL}: the response has no client_secret")
    expires_at = document.get("client_secret_expires_at", before.client_secret_expires_at)
    if isinstance(expires_at, bool) or not isinstance(expires_at, int) or not 0 <= expires_at < 2**53:
        raise InvalidResponse(f"{_LABEL}: client_secret_expires_at is not a time")
    management = _text(document, "registration_client_uri") or before.registration_client_uri
    if management:
        _check_management(management, endpoint, plain_http)
    hidden = ("client_id", "client_secret", *_SET_BY_SERVER)
    return ClientRegistration(
        client_id,
        secret,
        expires_at,
        management,
        _text(document, "registration_access_token") or before.registration_access_token,
        {name: value for name, value in document.items() if name not in hidden},
    )


def process_deletion_response(response: Response) -> None:
    """Validate the response to `delete_request`. A client that the provider does not know counts as removed.

    Raises as `process_registration_response`.
    """
    if response.status != 404:
        _refuse(response)


def _refuse(response: Response) -> None:
    refuse_outage(response, _LABEL)
    if response.status < 400:
        return
    members = members_of(response.body)
    words = (for_log(_text(members, name)) for name in ("error", "error_description"))
    reason = ": ".join(filter(None, words)) or "no reason given"
    hint = ""
    if response.status in (401, 403):
        hint = (
            ". For a new client, the provider may ask for an initial access token (--initial-access-token-file). For a "
            "registered one, it may no longer accept the registration access token"
        )
    raise ConfigurationError(f"{_LABEL}: the provider refuses: HTTP {response.status}, {reason}{hint}")


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def _check_management(url: str, endpoint: str, plain_http: PlainHTTP) -> None:
    """The URL for the management of the client gets the registration access token, so it must be the provider's."""
    try:
        parts = split_url(url)
        is_same = origin(parts) == origin(split_url(endpoint))
    except URLError as error:
        raise InvalidResponse(f"{_LABEL}: registration_client_uri {error}") from None
    check_scheme(parts, f"{_LABEL}: registration_client_uri", plain_http)
    if not is_same:
        raise InvalidResponse(f"{_LABEL}: registration_client_uri is at another origin than the registration endpoint")
