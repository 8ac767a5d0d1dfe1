"""What the FAPI 2.0 Security Profile forbids, by table, and what it needs of the provider's metadata."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from oauthenticator_suite.errors import ConfigurationError, InvalidResponse
from oauthenticator_suite.protocol.fapi2 import (
    FAPI2_CLIENT_METHODS,
    FAPI2_SIGNATURES,
    METADATA_OPTIONS,
    OPTION_RULES,
    Fapi2Client,
    certificate_problem,
    check_profile,
    forbidden_options,
    permitted_signatures,
)

GOOD: dict[str, Any] = {
    "issuer": "https://login.example",
    **dict.fromkeys(METADATA_OPTIONS, ""),
    "allow_insecure_http": False,
    "validate_server_cert": True,
    "http_request_kwargs": {"ca_certs": "/a.pem", "validate_cert": True},
    "oauth_callback_url": "https://hub.example/hub/oauth_callback",
    "initiate_login": False,
    "client_auth_method": "",
    "basic_auth": False,
    "client_secret": "",
    "client_secret_file": "",
    "client_assertion_file": "",
    "enable_pkce": True,
    "enable_par": None,
    "enable_dpop": None,
    "client_key_file": "/key",
    "userdata_token_method": "header",
    "id_token_signed_response_alg": frozenset(),
    "userinfo_signed_response_alg": frozenset(),
}


def found(values: dict[str, Any], *, has_certificate: bool = False) -> list[tuple[str, str, str]]:
    return list(forbidden_options({**GOOD, **values}, has_certificate=has_certificate))


@pytest.mark.parametrize(
    ("option", "value", "reason", "fix"),
    [
        ("issuer", "", "from its metadata", "issuer identifier"),
        *((name, "https://login.example/x", "only the endpoints", "Remove it") for name in METADATA_OPTIONS),
        ("allow_insecure_http", True, "demands https", "Remove it"),
        ("validate_server_cert", False, "demands TLS", "Remove it"),
        *(
            ("http_request_kwargs", {"validate_cert": value}, "validate_cert = False", "Remove it")
            for value in (False, 0, None)
        ),
        ("initiate_login", True, "the user starts", "Remove it"),
        ("oauth_callback_url", "http://hub.example/hub/oauth_callback", "begins with http:", "https"),
        *(
            ("client_auth_method", name, "private_key_jwt, tls_client_auth", "client_key_file")
            for name in ("client_secret_basic", "client_secret_post", "client_secret_jwt", "none")
        ),
        ("basic_auth", True, "no client secret", "client_key_file"),
        ("client_secret", "s", "no client secret", "client_key_file"),
        ("client_secret_file", "/s", "no client secret", "client_key_file"),
        ("client_assertion_file", "/t", "signs itself", "client_key_file"),
        ("enable_pkce", False, "demands PKCE", "Remove it"),
        ("enable_par", False, "demands it", "Remove it"),
        ("userdata_token_method", "url", "Authorization header", "Remove it"),
        ("userdata_token_method", "body", "Authorization header", "Remove it"),
        *(
            (option, {"PS256", name}, "PS256, ES256 and EdDSA", "some of these")
            for option in ("id_token_signed_response_alg", "userinfo_signed_response_alg")
            for name in ("RS256", "HS256", "ES384", "PS512")
        ),
        ("client_key_file", "", "a key or a certificate", "client-key FILE"),
        ("enable_dpop", False, "bound to this client", "client_certificate_file"),
    ],
)
def test_forbidden(option: str, value: Any, reason: str, fix: str) -> None:
    ((named, why, what),) = found({option: value})
    assert named == option
    assert reason in why
    assert fix in what


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"oauth_callback_url": "http://127.0.0.1:8000/hub/oauth_callback"},
        {"http_request_kwargs": {}},
        *({"client_auth_method": name} for name in FAPI2_CLIENT_METHODS),
        {"enable_par": True, "enable_dpop": True},
        {"id_token_signed_response_alg": {"PS256", "ES256", "EdDSA"}, "userinfo_signed_response_alg": {"ES256"}},
        {"id_token_signed_response_alg": set(FAPI2_SIGNATURES)},
    ],
)
def test_allowed(values: dict[str, Any]) -> None:
    assert found(values) == []


def test_a_certificate_stands_for_a_key_and_for_dpop() -> None:
    assert found({"client_key_file": "", "enable_dpop": False}, has_certificate=True) == []


def test_every_rule_has_a_case() -> None:
    """So that a rule that is added is tested."""
    assert {rule.option for rule in OPTION_RULES} | {"client_key_file", "enable_dpop"} == set(GOOD)


def test_permitted_signatures() -> None:
    of_rsa = ("RS256", "PS256", "RS384", "PS384")
    assert permitted_signatures("fapi2", of_rsa) == ("PS256",)
    assert permitted_signatures("", of_rsa) == of_rsa
    assert permitted_signatures("fapi2", ("EdDSA", "Ed25519")) == ("EdDSA", "Ed25519")
    assert permitted_signatures("fapi2", ("ES384",)) == ()


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (rsa.generate_private_key(65537, 1024), "an RSA key of 1024 bits, and the profile demands 2048"),
        (rsa.generate_private_key(65537, 2048), ""),
        (ec.generate_private_key(ec.SECP192R1()), "an EC key of 192 bits, and the profile demands 224"),
        (ec.generate_private_key(ec.SECP224R1()), ""),
        (ec.generate_private_key(ec.SECP256R1()), ""),
        (ed25519.Ed25519PrivateKey.generate(), ""),
    ],
)
def test_the_key_of_a_certificate(key: Any, problem: str) -> None:
    said = certificate_problem(SimpleNamespace(public_key=key.public_key))
    assert said.endswith(problem)
    assert bool(said) is bool(problem)


# --- metadata --------------------------------------------------------------------------------------------------------

DOCUMENT: dict[str, Any] = {
    "pushed_authorization_request_endpoint": "https://login.example/par",
    "code_challenge_methods_supported": ["S256"],
    "authorization_response_iss_parameter_supported": True,
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
    "dpop_signing_alg_values_supported": ["ES256"],
    "id_token_signing_alg_values_supported": ["RS256", "PS256"],
}
ACCEPTS = frozenset({"PS256", "ES256"})


def check(document: dict[str, Any], **client: Any) -> None:
    given = {name: value for name, value in {**DOCUMENT, **document}.items() if value is not None}
    check_profile(given, "discovery", Fapi2Client(**{"id_token_algorithms": ACCEPTS, **client}))


@pytest.mark.parametrize(
    ("document", "client", "words"),
    [
        ({"pushed_authorization_request_endpoint": None}, {}, "no pushed authorization requests"),
        ({"code_challenge_methods_supported": None}, {}, "PKCE with S256"),
        ({"code_challenge_methods_supported": ["plain"]}, {}, "PKCE with S256"),
        ({"authorization_response_iss_parameter_supported": None}, {}, "response_mode = 'jwt'"),
        ({"authorization_response_iss_parameter_supported": False}, {}, "name the issuer"),
        ({"token_endpoint_auth_methods_supported": ["client_secret_jwt"]}, {}, "only by client_secret_jwt"),
        ({"token_endpoint_auth_methods_supported": []}, {}, "only by nothing"),
        ({"dpop_signing_alg_values_supported": None}, {}, "client_certificate_file"),
        ({"dpop_signing_alg_values_supported": ["PS256"]}, {}, "no DPoP with ES256"),
        ({}, {"uses_dpop": False}, "tls_client_certificate_bound_access_tokens"),
        ({"tls_client_certificate_bound_access_tokens": False}, {"uses_dpop": False}, "enable_dpop = True"),
        ({"id_token_signing_alg_values_supported": ["RS256"]}, {}, "only with RS256 .*: use ES256 or PS256 there"),
    ],
)
def test_a_provider_without_it(document: dict[str, Any], client: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=f"security_profile is 'fapi2', and .*{words}"):
        check(document, **client)


@pytest.mark.parametrize(
    ("document", "client"),
    [
        ({}, {}),
        ({"token_endpoint_auth_methods_supported": None}, {}),
        ({"id_token_signing_alg_values_supported": None}, {}),
        ({"id_token_signing_alg_values_supported": ["RS256"]}, {"id_token_algorithms": frozenset()}),
        ({"authorization_response_iss_parameter_supported": None}, {"signed_responses": True}),
        (
            {"tls_client_certificate_bound_access_tokens": True, "dpop_signing_alg_values_supported": None},
            {"uses_dpop": False},
        ),
    ],
)
def test_a_provider_with_all_of_it(document: dict[str, Any], client: dict[str, Any]) -> None:
    check(document, **client)


@pytest.mark.parametrize("member", [name for name, value in DOCUMENT.items() if isinstance(value, list)])
def test_a_member_of_another_type(member: str) -> None:
    with pytest.raises(InvalidResponse, match=member):
        check({member: "S256"})
