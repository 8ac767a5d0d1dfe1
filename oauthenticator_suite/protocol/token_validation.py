"""Asking a provider whether an access token is still good, where it has an endpoint that tells."""

from __future__ import annotations

from .messages import Request, Response
from .token import check_access_token


def validation_request(endpoint: str, access_token: str) -> Request:
    """A GET with the token as ``Authorization: Bearer`` (RFC 6750 §2.1).

    Parameters
    ----------
    endpoint:
        Any URL that answers 2xx to a good token and 401 or 403 to another.

    Raises
    ------
    TokenResponseError
        The access token is not fit for a header.
    """
    check_access_token(access_token)
    headers = {"Accept": "application/json", "Authorization": f"Bearer {access_token}"}
    return Request("GET", endpoint, "token validation", headers)


def process_validation_response(response: Response) -> bool | None:
    """True for 2xx; False for 401 and 403 (RFC 6750 §3.1); None, *unknown*, for everything else."""
    if 200 <= response.status < 300:
        return True
    return False if response.status in (401, 403) else None
