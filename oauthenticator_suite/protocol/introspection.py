"""Token introspection: asking the provider whether a token is still active (RFC 7662)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import ClientRefused, InvalidResponse, TokenResponseError
from .client import Client
from .messages import Request, Response, refuse_outage
from .strict_json import loads_object, members_of
from .text import for_log
from .token import check_access_token

_LABEL = "token introspection"


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be true of an access token of a login. A value that is None or empty is not known, and not checked.

    Attributes
    ----------
    issuer, subject:
        The account at the provider.
    username:
        The user's name at the provider.
    client_id:
        This client.
    thumbprint:
        The thumbprint of the key to which the token is bound (RFC 9449 §6.2).
    """

    issuer: str | None = None
    subject: str | None = None
    username: str | None = None
    client_id: str = ""
    thumbprint: str | None = None


def introspection_request(endpoint: str, client: Client, access_token: str) -> Request:
    """Build the request (RFC 7662 §2.1). The client authenticates as at the token endpoint.

    Raises
    ------
    ConfigurationError
        See `Client.authenticate`.
    TokenResponseError
        If the access token is not one that a provider can have issued.
    """
    fields = {"token": check_access_token(access_token), "token_type_hint": "access_token"}
    headers, body = client.authenticate(fields)
    return Request.form(endpoint, _LABEL, body, headers)


def process_introspection_response(response: Response, expected: Expected) -> bool:
    """Return whether the token is active (RFC 7662 §2.2).

    Parameters
    ----------
    expected:
        What is known of the login. A response about another login says nothing about this one.

    Raises
    ------
    ClientRefused
        If the provider does not accept the client's credentials (§2.3).
    TokenResponseError
        If the provider refuses the request in another way.
    InvalidResponse
        If the response does not say whether the token is active, or is about another login.
    ProviderUnreachable, ProviderBusy
        See `refuse_outage`.
    """
    refuse_outage(response, _LABEL)
    if response.status != 200:
        raise _refusal(response)
    if not response.is_json:
        raise InvalidResponse(f"{_LABEL}: the media type of the response is not application/json")
    info = loads_object(response.body, label=_LABEL)
    active = info.get("active")
    if not isinstance(active, bool):
        raise InvalidResponse(f"{_LABEL}: active is not true or false")
    if active:
        _check_login(info, expected)
    return active


def _check_login(info: Mapping[str, Any], expected: Expected) -> None:
    """Refuse a response about another login. Members that the provider leaves out are not checked (§2.2).

    ``username`` is a name for people, so it counts only without ``sub``. ``aud`` names resource servers, not clients.
    """
    compared = {"iss": expected.issuer, "sub": expected.subject, "client_id": expected.client_id}
    if info.get("sub") is None:
        compared["username"] = expected.username
    for name, known in compared.items():
        received = info.get(name)
        if known and received is not None and received != known:
            raise InvalidResponse(f"{_LABEL}: {name} is not that of the login")
    confirmation = info.get("cnf")
    thumbprint = confirmation.get("jkt") if isinstance(confirmation, Mapping) else None
    if thumbprint is not None and expected.thumbprint is not None and thumbprint != expected.thumbprint:
        raise InvalidResponse(f"{_LABEL}: the token is bound to another key than the login's (cnf.jkt)")


def _refusal(response: Response) -> TokenResponseError:
    """The error for a refusal. Its code is ours: the provider's, such as ``invalid_token``, is not about the user."""
    code = members_of(response.body).get("error")
    shown = for_log(code, 64) if isinstance(code, str) and code else "no error code"
    detail = f"{_LABEL}: HTTP {response.status}, {shown}: check that this client may introspect tokens"
    if response.status not in (401, 403) and code not in ("invalid_client", "unauthorized_client"):
        return TokenResponseError("introspection", detail)
    error = ClientRefused("introspection", detail)
    error.credentials = response.status == 401 or code == "invalid_client"
    return error
