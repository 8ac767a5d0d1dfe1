"""The FAPI 2.0 Security Profile (final, February 2025): what it demands of a client, and what it forbids.

§5.3.3 has the requirements for clients, and §5.4 those for signatures and keys. The profile demands what other modules
do: pushed requests, PKCE, the issuer in the response, client authentication by a key or a certificate, and tokens that
are bound to either. This module has the tables by which options and metadata are compared with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ..errors import ConfigurationError
from .client import TLS_METHODS
from .metadata_values import listed, names
from .urls import is_plain_http

FAPI2 = "fapi2"
SECURITY_PROFILES = ("", FAPI2)
"""The values of the option `security_profile`. Empty stands for no profile."""

FAPI2_SIGNATURES = ("PS256", "ES256", "EdDSA", "Ed25519")
"""The signature algorithms of the profile (§5.4.1). ``Ed25519`` is the newer name of EdDSA (RFC 9864)."""

FAPI2_CLIENT_METHODS = ("private_key_jwt", *TLS_METHODS)
"""The methods of client authentication (§5.3.3.1)."""

METADATA_OPTIONS = (
    "authorize_url",
    "token_url",
    "userdata_url",
    "jwks_url",
    "revocation_url",
    "introspection_url",
    "end_session_url",
)
"""The options with URLs that must come from the provider's metadata (§5.3.3.1)."""


@dataclass(frozen=True, slots=True)
class OptionRule:
    """A value of an option that the profile forbids.

    Attributes
    ----------
    forbids:
        Whether the profile forbids a value of the option.
    reason, fix:
        What is wrong, as the rest of a sentence that begins with the option, and what to do.
    """

    option: str
    forbids: Callable[[Any], bool]
    reason: str
    fix: str


def _has_other_signatures(algorithms: Any) -> bool:
    return not set(algorithms) <= set(FAPI2_SIGNATURES)


_SIGNATURES = "names algorithms other than PS256, ES256 and EdDSA"
_OWN_ENDPOINT = "is set, and the profile allows only the endpoints in the provider's metadata"
_NOT_BY_SECRET = "is set, and the profile allows no client secret"
_BY_KEY = "Remove it, and set client_key_file or client_certificate_file"

OPTION_RULES: tuple[OptionRule, ...] = (
    OptionRule(
        "issuer",
        lambda value: not value,
        "is not set, and the profile takes everything about the provider from its metadata",
        "Set it to the provider's issuer identifier",
    ),
    *(OptionRule(option, bool, _OWN_ENDPOINT, "Remove it") for option in METADATA_OPTIONS),
    OptionRule("allow_insecure_http", bool, "is on, and the profile demands https", "Remove it"),
    OptionRule("validate_server_cert", lambda value: not value, "is off, and the profile demands TLS", "Remove it"),
    OptionRule(
        "http_request_kwargs",
        lambda value: not value.get("validate_cert", True),
        "has validate_cert = False, and the profile demands TLS",
        "Remove it",
    ),
    OptionRule("initiate_login", bool, "is on, and the profile demands that the user starts the login", "Remove it"),
    OptionRule("oauth_callback_url", is_plain_http, "begins with http:", "Serve the Hub with https"),
    OptionRule(
        "client_auth_method",
        lambda value: value not in ("", *FAPI2_CLIENT_METHODS),
        f"is not one of {', '.join(FAPI2_CLIENT_METHODS)}, which the profile allows",
        _BY_KEY,
    ),
    OptionRule("basic_auth", bool, _NOT_BY_SECRET, _BY_KEY),
    OptionRule("client_secret", bool, _NOT_BY_SECRET, _BY_KEY),
    OptionRule("client_secret_file", bool, _NOT_BY_SECRET, _BY_KEY),
    OptionRule(
        "client_assertion_file",
        bool,
        "is set, and the profile demands assertions that this client signs itself",
        _BY_KEY,
    ),
    OptionRule("enable_pkce", lambda value: value is False, "is off, and the profile demands PKCE", "Remove it"),
    OptionRule("enable_par", lambda value: value is False, "is off, and the profile demands it", "Remove it"),
    OptionRule(
        "userdata_token_method",
        lambda value: value != "header",
        "is not 'header', and the profile allows access tokens only in the Authorization header",
        "Remove it",
    ),
    OptionRule("id_token_signed_response_alg", _has_other_signatures, _SIGNATURES, "Remove it, or name some of these"),
    OptionRule("userinfo_signed_response_alg", _has_other_signatures, _SIGNATURES, "Name some of these"),
)
"""What the profile says about single options (§5.3.3, §5.4.1)."""


def forbidden_options(values: Mapping[str, Any], *, has_certificate: bool) -> Iterator[tuple[str, str, str]]:
    """What the profile forbids in the options: for each, the option, what is wrong, and what to do.

    Parameters
    ----------
    values:
        The options of `OPTION_RULES`, and ``client_key_file`` and ``enable_dpop``. An option that the profile changes
        and the operator has not set is None, or an empty set.
    has_certificate:
        Whether the client has a certificate for mutual TLS.
    """
    for rule in OPTION_RULES:
        value = values[rule.option]
        if rule.forbids(value):
            yield rule.option, rule.reason, rule.fix
    if not values["client_key_file"] and not has_certificate:
        fix = "Set it (make a key: oauthenticator-suite client-key FILE), or set client_certificate_file"
        yield "client_key_file", "is not set, and the profile demands a key or a certificate of this client", fix
    if values["enable_dpop"] is False and not has_certificate:
        fix = "Remove it, or set client_certificate_file for tokens that are bound to a certificate"
        yield "enable_dpop", "is off, and the profile demands tokens that are bound to this client", fix


def permitted_signatures(profile: str, algorithms: Sequence[str]) -> tuple[str, ...]:
    """Those of a key's signature algorithms with which it may sign under a profile, in their order."""
    return tuple(name for name in algorithms if profile != FAPI2 or name in FAPI2_SIGNATURES)


def certificate_problem(certificate: x509.Certificate) -> str:
    """Why the key of a certificate is too weak (§5.4.1), as the rest of a sentence; an empty string when it is not."""
    key, kinds = certificate.public_key(), ((rsa.RSAPublicKey, "RSA", 2048), (ec.EllipticCurvePublicKey, "EC", 224))
    for kind, name, least in kinds:
        if isinstance(key, kind) and key.key_size < least:
            return f"has a certificate with an {name} key of {key.key_size} bits, and the profile demands {least}"
    return ""


# --- the provider's metadata -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fapi2Client:
    """What a client that keeps the profile needs of the provider.

    Attributes
    ----------
    uses_dpop:
        Whether the tokens are bound by DPoP. Else they are bound to the client's certificate.
    signed_responses:
        Whether authorization responses are signed, so that the issuer is in the signed part.
    id_token_algorithms:
        The signature algorithms that the client accepts for ID tokens; empty if it requests none.
    """

    uses_dpop: bool = True
    signed_responses: bool = False
    id_token_algorithms: frozenset[str] = frozenset()


def check_profile(document: Mapping[str, Any], label: str, client: Fapi2Client) -> None:
    """Refuse metadata of a provider at which a client cannot keep the profile.

    A provider that has a protection must name it in its metadata. A member that is missing is a refusal: the client
    could not know that the provider has it.

    Parameters
    ----------
    document:
        The provider's metadata.
    label:
        Begins the error's detail.

    Raises
    ------
    ConfigurationError
        Names the member and what to do.
    InvalidResponse
        If a member has the wrong type.
    """
    for problem in _missing(document, label, client):
        raise ConfigurationError(f"{label}: security_profile is {FAPI2!r}, and {problem}")


def _missing(document: Mapping[str, Any], label: str, client: Fapi2Client) -> Iterator[str]:
    def names_in(member: str) -> tuple[str, ...] | None:
        return names(document, member, label)

    def lacks(member: str, name: str) -> bool:
        return name not in (names_in(member) or ())

    if document.get("pushed_authorization_request_endpoint") is None:
        yield (
            "the provider has no pushed authorization requests (pushed_authorization_request_endpoint): switch them "
            "on there"
        )
    if lacks("code_challenge_methods_supported", "S256"):
        yield (
            "the provider does not say that it has PKCE with S256 (code_challenge_methods_supported): switch it on "
            "there"
        )
    if not client.signed_responses and document.get("authorization_response_iss_parameter_supported") is not True:
        yield (
            "the provider does not say that its responses name the issuer "
            "(authorization_response_iss_parameter_supported): switch it on there, or set response_mode = 'jwt'"
        )
    methods = names_in("token_endpoint_auth_methods_supported")
    if methods is not None and set(methods).isdisjoint(FAPI2_CLIENT_METHODS):
        yield (
            f"the provider authenticates clients only by {listed(methods)} (token_endpoint_auth_methods_supported): "
            f"allow {' or '.join(FAPI2_CLIENT_METHODS)} there"
        )
    if client.uses_dpop and lacks("dpop_signing_alg_values_supported", "ES256"):
        yield (
            "the provider has no DPoP with ES256 (dpop_signing_alg_values_supported): switch it on there, or set "
            "client_certificate_file for tokens that are bound to a certificate"
        )
    if not client.uses_dpop and document.get("tls_client_certificate_bound_access_tokens") is not True:
        yield (
            "the provider does not bind tokens to certificates (tls_client_certificate_bound_access_tokens): switch it "
            "on there, or set enable_dpop = True"
        )
    signed = names_in("id_token_signing_alg_values_supported")
    if client.id_token_algorithms and signed is not None and client.id_token_algorithms.isdisjoint(signed):
        yield (
            f"the provider signs ID tokens only with {listed(signed)} (id_token_signing_alg_values_supported): use "
            f"{' or '.join(sorted(client.id_token_algorithms))} there"
        )
