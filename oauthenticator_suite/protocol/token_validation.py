"""Checking at a provider's endpoint whether an access token is still valid."""

from __future__ import annotations

from .messages import Request, Response
from .token import check_access_token


def validation_request(endpoint: str, access_token: str) -> Request:
    """A GET request with the token as ``Authorization: Bearer`` (RFC 6750 §2.1).

    Parameters
    ----------
    endpoint:
        A URL that responds with 2xx to a valid token, and with 401 or 403 otherwise.
    access_token:
        The token to check.

    Raises
    ------
    TokenResponseError
        If the access token contains characters that are not allowed in a header.
    """
    check_access_token(access_token)
    headers = {"Accept": "application/json", "Authorization": f"Bearer {access_token}"}
    return Request("GET", endpoint, "token validation", headers)


def process_validation_response(response: Response) -> bool | None:
    """Return True for 2xx, False for 401 and 403 (RFC 6750 §3.1), and None (unknown) for every other status."""
    if 200 <= response.status < 300:
        return True
    return False if response.status in (401, 403) else None
