"""Pushed authorization requests (PAR, RFC 9126).

The client sends the parameters of its authorization request to the provider, and gets a reference to them. Only that
reference goes through the user's browser, so that no one can read or change the parameters there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import ClientRefused, ConfigurationError, InvalidResponse, TokenResponseError
from .client import Client
from .messages import Request, Response, refuse_outage
from .strict_json import loads_object
from .token import refusal_of

LABEL = "pushed authorization request"

_MAX_BODY = 65_536
# RFC 3986: an absolute URI of its characters. Real ones have about 80 characters.
_REQUEST_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!$-;=?-Z_a-z~\[\]]{1,1000}")


def pushed_authorization_request(endpoint: str, client: Client, parameters: Mapping[str, str]) -> Request:
    """Build the request that pushes an authorization request (RFC 9126 §2.1).

    Parameters
    ----------
    endpoint:
        The provider's ``pushed_authorization_request_endpoint``.
    client:
        The client, which authenticates as at the token endpoint.
    parameters:
        The parameters of the authorization request, with ``client_id``.

    Raises
    ------
    ConfigurationError
        If a parameter is not valid text. See also `Client.authenticate`.
    """
    headers, body = client.authenticate(parameters)
    # §2.1: required here as in every authorization request, also if the client authenticates in a header.
    fields = {**body, "client_id": client.client_id}
    try:
        return Request.form(endpoint, LABEL, fields, headers)
    except UnicodeEncodeError:
        pass
    raise ConfigurationError("extra_authorize_params: a value is not valid Unicode text")


def process_pushed_authorization_response(response: Response) -> str:
    """Return the ``request_uri`` of a pushed request (RFC 9126 §2.2), or raise the error that the provider reports.

    Raises
    ------
    ClientRefused
        If the provider refuses this client.
    TokenResponseError
        For any other error (§2.3), and for a 4xx status without a readable error.
    InvalidResponse
        If a successful response is not what §2.2 defines.
    ProviderUnreachable, ProviderBusy
        See `refuse_outage`.
    """
    refuse_outage(response, LABEL)
    if response.status >= 400:
        raise _refusal(response)
    if response.status not in (200, 201):
        raise InvalidResponse(f"{LABEL}: HTTP {response.status}")
    if not response.is_json:
        raise InvalidResponse(f"{LABEL}: the media type of the response is not application/json")
    info = loads_object(response.body, label=LABEL, max_bytes=_MAX_BODY)
    request_uri, expires_in = info.get("request_uri"), info.get("expires_in")
    if not isinstance(request_uri, str) or not _REQUEST_URI.fullmatch(request_uri):
        raise InvalidResponse(f"{LABEL}: request_uri is missing, or not a URI of at most 1000 characters")
    if not isinstance(expires_in, int | float) or isinstance(expires_in, bool) or not expires_in > 0:
        raise InvalidResponse(f"{LABEL}: expires_in is missing, or not a positive number")
    return request_uri


def _refusal(response: Response) -> TokenResponseError:
    try:
        info = loads_object(response.body, label=LABEL, max_bytes=_MAX_BODY)
    except InvalidResponse as error:
        info, reason = {}, error.detail.removeprefix(f"{LABEL}: ")
    else:
        reason = "no error code"
    code = info.get("error")
    if isinstance(code, str) and code:
        return refusal_of(response.status, code, info, LABEL)
    detail = f"{LABEL}: HTTP {response.status}, {reason}"
    if response.status == 401:
        refused = ClientRefused("invalid_response", detail)
        refused.credentials = True
        return refused
    return TokenResponseError("invalid_response", detail)
