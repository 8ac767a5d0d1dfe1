"""Client authentication by a signed JWT instead of a secret (RFC 7521, RFC 7523, OpenID Connect Core 1.0 §9).

The client signs the assertion itself, with its private key (``private_key_jwt``) or its secret (``client_secret_jwt``);
or it sends a token that a platform, such as Kubernetes, has issued for it (RFC 7521 §4.2, "federated").

The audience is the provider's issuer identifier, and never an endpoint that the provider's metadata name: a provider
could otherwise obtain assertions that another one accepts (draft-ietf-oauth-rfc7523bis, audience injection).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from joserfc.jwk import OctKey

from ..errors import ConfigurationError, InvalidToken
from .client_keys import ClientKey, algorithm_for, sign
from .id_token import IDToken

ASSERTION_TYP = "client-authentication+jwt"
"""The type in the header of an assertion whose audience is the issuer (draft-ietf-oauth-rfc7523bis §4)."""

CLIENT_ASSERTION_LIFETIME = 60
"""Seconds from ``iat`` to ``exp``. Some providers accept no longer ones."""

CLOCK_MARGIN = 10
"""Seconds by which ``iat`` and ``nbf`` are in the past, for a provider whose clock is slow."""

MAX_FEDERATED_TOKEN = 65_536
"""Maximum size of a federated token in bytes."""

MIN_ASSERTION_SECRET = 32
"""The fewest bytes of a secret that signs assertions."""

_SECRET_ALGORITHMS = {"HS256": MIN_ASSERTION_SECRET, "HS384": 48, "HS512": 64}
"""The algorithms of a secret, the preferred one first, each with the bytes that the secret needs (RFC 7518 §3.2)."""


def assertion_claims(client_id: str, audience: str, *, jti: str, now: float) -> dict[str, Any]:
    """The claims of an assertion (RFC 7523 §3).

    Parameters
    ----------
    audience:
        The provider's issuer identifier. The claim is this single string.
    jti:
        A new random identifier: a provider accepts each one once.
    now:
        The time in seconds since the epoch.
    """
    issued_at = int(now) - CLOCK_MARGIN
    return {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "jti": jti,
        "iat": issued_at,
        "nbf": issued_at,
        "exp": issued_at + CLIENT_ASSERTION_LIFETIME,
    }


def signed_assertion(
    key: ClientKey, claims: dict[str, Any], offered: Collection[str] | None, *, typ: str = ASSERTION_TYP
) -> str:
    """The assertion of the method ``private_key_jwt``.

    Parameters
    ----------
    offered:
        The provider's ``token_endpoint_auth_signing_alg_values_supported``; None if it is unknown.

    Raises
    ------
    ConfigurationError
        When the provider accepts no algorithm of the key.
    """
    return sign(key, claims, typ=typ, alg=algorithm_for(key, offered, "client_key_file"))


def secret_assertion(
    secret: str, claims: dict[str, Any], offered: Collection[str] | None, *, typ: str = ASSERTION_TYP
) -> str:
    """The assertion of the method ``client_secret_jwt``. The parameters are those of `signed_assertion`.

    Raises
    ------
    ConfigurationError
        When the secret is too short for each algorithm that the provider accepts.
    """
    usable = [name for name in _SECRET_ALGORITHMS if offered is None or name in offered]
    for name in usable:
        if len(secret.encode()) >= _SECRET_ALGORITHMS[name]:
            key = ClientKey(OctKey.import_key(secret), "", (name,))
            return sign(key, claims, typ=typ)
    problem = "can sign with HS256, HS384 and HS512 only"
    if usable:
        problem = f"has fewer than {_SECRET_ALGORITHMS[usable[0]]} bytes"
    raise ConfigurationError(
        f"client_auth_method = 'client_secret_jwt': client_secret {problem}, which the provider does not accept"
    )


def federated_assertion(text: str, label: str, *, now: float) -> str:
    """The token in the text of a file, as it is, if it can be one and has not expired.

    Its signature, issuer and audience are for the provider to check.

    Parameters
    ----------
    text:
        The content of the file: a signed JWT. White space around it does not count.
    label:
        The file, for errors.
    now:
        The time in seconds since the epoch.

    Raises
    ------
    ConfigurationError
        Says what is wrong. It never quotes the token.
    """
    token = text.strip()
    if not token:
        raise ConfigurationError(f"{label} is empty")
    if len(token) > MAX_FEDERATED_TOKEN:
        raise ConfigurationError(f"{label} has more than {MAX_FEDERATED_TOKEN} bytes: it is not a token")
    try:
        parsed = IDToken.parse(token)
    except InvalidToken:
        parsed = None
    if parsed is None or parsed.header.get("alg") in (None, "none"):
        raise ConfigurationError(f"{label} does not hold a signed JWT: it must hold the token alone")
    expires_at = parsed.claims.get("exp")
    if isinstance(expires_at, bool) or not isinstance(expires_at, (int, float)):
        raise ConfigurationError(f"{label} holds a token without exp, which no provider accepts (RFC 7523 §3)")
    if expires_at <= now:
        raise ConfigurationError(
            f"{label} holds a token that expired {now - expires_at:.0f} s ago: whatever writes the file has stopped"
        )
    return token
