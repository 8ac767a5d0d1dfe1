"""Signed request objects (JAR, RFC 9101): the parameters of an authorization request as a JWT of the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ConfigurationError, InvalidResponse
from .strict_json import loads_object

TYPE = "oauth-authz-req+jwt"
"""The value of ``typ`` (RFC 9101 §10.8, RFC 8725 §3.11)."""

LIFETIME_OF_REQUEST = 300
"""For how many seconds a request object is valid. The browser goes to the provider at once."""

BACKDATED = 10
"""By how many seconds ``nbf`` lies in the past, for a provider whose clock is behind."""


def request_object_claims(
    parameters: Mapping[str, str], *, client_id: str, issuer: str, now: float, jti: str
) -> dict[str, Any]:
    """Return the claims of the request object: all parameters, and what protects them (RFC 9101 §4).

    ``max_age`` is a number and ``claims`` an object in it (OpenID Connect Core §6.1).

    Parameters
    ----------
    parameters:
        The result of `authorization_parameters`.
    client_id, issuer:
        ``iss`` and ``aud``: the object is of this client, and for this provider only.
    now:
        The time, in seconds since the epoch.
    jti:
        A random value, so that the provider can refuse a second use.

    Raises
    ------
    ConfigurationError
        If ``claims`` in `extra_authorize_params` is not a JSON object.
    """
    claims: dict[str, Any] = dict(parameters)
    if "max_age" in claims and claims["max_age"].isdecimal():
        claims["max_age"] = int(claims["max_age"])
    if "claims" in claims:
        claims["claims"] = _object(claims["claims"])
    start = int(now)
    return {
        **claims,
        "iss": client_id,
        "aud": issuer,
        "iat": start,
        "nbf": start - BACKDATED,
        "exp": start + LIFETIME_OF_REQUEST,
        "jti": jti,
    }


def outer_parameters(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that go next to a request object in the browser's URL.

    OpenID Connect Core §6.1 demands ``response_type``, and ``scope`` with ``openid``. The provider takes their values
    from the object (RFC 9101 §6.3).
    """
    outside = {"client_id": parameters["client_id"]}
    if "openid" in parameters.get("scope", "").split():
        outside |= {"response_type": parameters["response_type"], "scope": "openid"}
    return outside


def _object(text: str) -> dict[str, Any]:
    try:
        return loads_object(text.encode("utf-8", "replace"), label="claims")
    except InvalidResponse as error:
        detail = error.detail
    raise ConfigurationError(f"extra_authorize_params: {detail}")
