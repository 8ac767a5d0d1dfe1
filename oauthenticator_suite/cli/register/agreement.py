"""What is registered of client authentication and algorithms: what both the options and the provider support.

The provider's metadata have a list for each (OpenID Connect Discovery 1.0 §3, RFC 8414 §2). A missing list says
nothing, and nothing is refused for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ...errors import ConfigurationError
from ...hub.oauth.authenticator import OAuthenticator
from ...protocol.algorithms import ALGORITHMS, ASYMMETRIC_ALGORITHMS
from ...protocol.client import ASSERTION_METHODS
from ...protocol.front_channel import takes_jwt
from ...protocol.metadata_values import flag, listed, names
from .wanted import WITH_SECRET, Wanted

CONTENT_PREFERENCE = ("A256GCM", "A128GCM", "A256CBC-HS512", "A128CBC-HS256")
"""The content encryption algorithms (RFC 7518 §5), the preferred one first."""

_BY_SECRET = ("HS256", "HS384", "HS512")
_DEFAULT = "RS256"
"""What a provider signs with for a client that names nothing (OpenID Connect Registration 1.0 §2, JARM §3)."""

_LABEL = "the provider's metadata"
_NEW_KEY = "make a key for one of them with oauthenticator-suite client-key --alg"


def auth_method(wanted: Wanted, document: Mapping[str, Any]) -> str:
    """The ``token_endpoint_auth_method``: the first of the Hub's methods that the provider offers.

    Raises
    ------
    ConfigurationError
        If it offers none of them.
    InvalidResponse
        If the metadata are malformed.
    """
    member = "token_endpoint_auth_methods_supported"
    offered = names(document, member, _LABEL)
    if offered is None:  # OpenID Connect Discovery 1.0 §3: the provider has client_secret_basic
        return next((name for name in wanted.auth_methods if name == "client_secret_basic"), wanted.auth_methods[0])
    known = [name for name in (*WITH_SECRET, "private_key_jwt") if name in offered]
    fix = f"set client_auth_method to {' or '.join(known)}" if known else "register the Hub on the provider's own pages"
    if "private_key_jwt" in known:
        fix += ", which needs client_key_file"
    return _common("client_auth_method", wanted.auth_methods, offered, member, fix)


def agreed_algorithms(wanted: Wanted, document: Mapping[str, Any], method: str) -> dict[str, str]:
    """The members of the client's metadata that name an algorithm, each of which both sides support.

    Parameters
    ----------
    method:
        The ``token_endpoint_auth_method``.

    Raises
    ------
    ConfigurationError
        If nothing is in common. The detail names the option and the fix. Or if the file of a key cannot be used.
    InvalidResponse
        If the metadata are malformed.
    """
    found = _signed_for_client(wanted, document)
    authenticator = wanted.authenticator
    if authenticator is not None:
        found |= _assertions(authenticator, document, method) | _request_objects(authenticator, document)
        found |= _userinfo(authenticator, document) | _encrypted(authenticator, document)
    return found


def _assertions(authenticator: OAuthenticator, document: Mapping[str, Any], method: str) -> dict[str, str]:
    """What the client signs its assertions with. Without a list any algorithm is accepted, and none is registered."""
    member = "token_endpoint_auth_signing_alg_values_supported"
    offered = names(document, member, _LABEL)
    if offered is None or method not in ASSERTION_METHODS or authenticator.client_assertion_file:
        return {}
    if method == "private_key_jwt":
        algorithm = _common("client_key_file", _of_key(authenticator), offered, member, _NEW_KEY)
    else:
        fix = "set client_auth_method to another method that the provider offers"
        algorithm = _common("client_auth_method", _BY_SECRET, offered, member, fix)
    return {"token_endpoint_auth_signing_alg": algorithm}


def _request_objects(authenticator: OAuthenticator, document: Mapping[str, Any]) -> dict[str, str]:
    """What the client signs its authorization requests with (RFC 9101)."""
    if not authenticator.request_object and not flag(document, "require_signed_request_object", _LABEL):
        return {}
    member = "request_object_signing_alg_values_supported"
    offered = names(document, member, _LABEL)
    return {"request_object_signing_alg": _common("client_key_file", _of_key(authenticator), offered, member, _NEW_KEY)}


def _of_key(authenticator: OAuthenticator) -> Sequence[str]:
    """The algorithms of the key that signs, the preferred one first."""
    return authenticator.connection.keys.signing_key().algorithms


def _signed_for_client(wanted: Wanted, document: Mapping[str, Any]) -> dict[str, str]:
    """What the provider signs ID tokens and authorization responses with: nothing is registered for the default."""
    authenticator, option = wanted.authenticator, "id_token_signed_response_alg"
    accepted = ASYMMETRIC_ALGORITHMS if authenticator is None else authenticator.connection.protections.algorithms
    kinds = {}
    if authenticator is None or "openid" in authenticator.scope:
        kinds[option] = "id_token_signing_alg_values_supported"
    if authenticator is not None and takes_jwt(authenticator.response_mode):
        kinds["authorization_signed_response_alg"] = "authorization_signing_alg_values_supported"
    found = {}
    for name, member in kinds.items():
        own, offered = sorted(accepted, key=lambda each: (each != _DEFAULT, each)), names(document, member, _LABEL)
        more = [each for each in offered or () if each in ALGORITHMS]
        fix = "have the provider sign with one of the Hub's"
        if more and (authenticator is None or not authenticator.security_profile):
            fix += f", or add {' or '.join(more)} to the option"
        algorithm = _common(option, own, offered, member, fix)
        if algorithm != _DEFAULT:
            found[name] = algorithm
    return found


def _userinfo(authenticator: OAuthenticator, document: Mapping[str, Any]) -> dict[str, str]:
    """What the provider signs userinfo responses with, if that is demanded."""
    option, member = "userinfo_signed_response_alg", "userinfo_signing_alg_values_supported"
    accepted = sorted(authenticator.userinfo_signed_response_alg)
    if not accepted:
        return {}
    fix = "add one of these to the option, or remove the option"
    return {option: _common(option, accepted, names(document, member, _LABEL), member, fix)}


def _encrypted(authenticator: OAuthenticator, document: Mapping[str, Any]) -> dict[str, str]:
    """How the provider encrypts for a key of this Hub, if that is demanded."""
    found: dict[str, str] = {}
    for kind in ("id_token", "userinfo"):
        option = f"{kind}_encrypted_response_alg"
        accepted = sorted(getattr(authenticator, option))
        if not accepted:
            continue
        own, member = _with_key(authenticator, option, accepted), f"{kind}_encryption_alg_values_supported"
        fix = "name one of these in the option, with a key for it in client_decryption_key_file, or remove the option"
        found[option] = _common(option, own, names(document, member, _LABEL), member, fix)
        member = f"{kind}_encryption_enc_values_supported"
        fix = "have the provider offer one of the Hub's, or remove the option"
        content = _common(option, CONTENT_PREFERENCE, names(document, member, _LABEL), member, fix)
        found[f"{kind}_encrypted_response_enc"] = content
    return found


def _with_key(authenticator: OAuthenticator, option: str, accepted: Sequence[str]) -> list[str]:
    """The algorithms for which there is a key that decrypts."""
    keys = authenticator.connection.encrypted.keys()
    types = {"RSA" if key.key_type == "RSA" else "ECD" for key in keys}
    fitting = [name for name in accepted if name[:3] in types]
    if not fitting:
        raise ConfigurationError(
            f"{option} is {listed(accepted)}, and no key of client_decryption_key_file fits: add an RSA key for "
            "RSA-OAEP-256, or an EC key for ECDH-ES"
        )
    return fitting


def _common(option: str, own: Sequence[str], offered: Collection[str] | None, member: str, fix: str) -> str:
    """The first of the client's names that the provider has in a list, or the first one if there is no list."""
    for name in own:
        if offered is None or name in offered:
            return name
    raise ConfigurationError(
        f"{option}: the Hub has {listed(own)}, and the provider offers {listed(offered or ())} ({member}): {fix}"
    )
