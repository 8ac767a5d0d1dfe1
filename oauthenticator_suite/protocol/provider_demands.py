"""What a provider's metadata demand of every client, and this package cannot do.

With such a provider every login would fail, often with an error that does not name the cause. So the metadata are
refused, and the log says at start-up what to change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..errors import ConfigurationError
from .metadata_values import listed, names

SECRET_METHODS = ("client_secret_basic", "client_secret_post")
"""The methods that send the client's secret (RFC 6749 §2.3.1)."""

_CREDENTIALS = {
    "private_key_jwt": "set client_key_file (make one: oauthenticator-suite client-key FILE) or client_assertion_file",
    **dict.fromkeys((*SECRET_METHODS, "client_secret_jwt"), "set client_secret"),
    **dict.fromkeys(("tls_client_auth", "self_signed_tls_client_auth"), "set client_certificate_file"),
}
"""What each method of client authentication needs."""

_NEEDED = {
    # RFC 8414 §2, OpenID Connect Discovery 1.0 §3
    "response_types_supported": ("code", "does not offer the authorization code flow (response_types_supported)"),
    "grant_types_supported": (
        "authorization_code",
        "does not offer the authorization code flow (grant_types_supported)",
    ),
}


def check_demands(
    document: Mapping[str, Any],
    label: str,
    *,
    auth_methods: Collection[str] = (),
    uses_pkce: bool = False,
    uses_dpop: bool = False,
) -> None:
    """Refuse metadata of a provider with which no login can succeed.

    Parameters
    ----------
    document:
        The provider's metadata.
    label:
        Begins the error's detail.
    auth_methods:
        The methods by which the client can authenticate, of which it uses one that the metadata offer; none if the
        operator has chosen the method.
    uses_pkce:
        Whether the authorization request has a challenge of the method S256 (RFC 7636 §4.3).
    uses_dpop:
        Whether token requests have a DPoP proof, which is signed with ES256 (RFC 9449 §5.1).

    Raises
    ------
    ConfigurationError
        Names the demand and what to do.
    InvalidResponse
        If a member has the wrong type.
    """
    for member, (needed, problem) in _NEEDED.items():
        offered = names(document, member, label)
        if offered is not None and needed not in offered:
            raise ConfigurationError(f"{label}: the provider {problem}: enable it there")
    methods = names(document, "token_endpoint_auth_methods_supported", label)
    if auth_methods and methods is not None and set(methods).isdisjoint(auth_methods):
        fix = next((_CREDENTIALS[name] for name in methods if name in _CREDENTIALS), "enable private_key_jwt there")
        raise ConfigurationError(
            f"{label}: the provider authenticates clients only by {listed(methods)}: {fix}; or, if the "
            "metadata are wrong, set client_auth_method"
        )
    challenges = names(document, "code_challenge_methods_supported", label)
    if uses_pkce and challenges and "S256" not in challenges:
        raise ConfigurationError(
            f"{label}: the provider accepts PKCE only by {listed(challenges)}, and not S256: enable S256 there, or set "
            "enable_pkce = False"
        )
    proofs = names(document, "dpop_signing_alg_values_supported", label)
    if uses_dpop and (proofs is None or "ES256" not in proofs):
        problem = "does not offer DPoP (dpop_signing_alg_values_supported is missing)"
        if proofs is not None:
            problem = (
                f"accepts DPoP proofs only with {listed(proofs) if proofs else 'no algorithm'}, and not with ES256"
            )
        raise ConfigurationError(f"{label}: the provider {problem}: enable it there, or set enable_dpop = False")
