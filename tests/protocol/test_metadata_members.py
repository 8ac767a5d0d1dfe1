"""Which members of a provider's metadata are read, and what the options of the client change."""

from __future__ import annotations

import json
from typing import Any

import pytest

from oauthenticator_suite.errors import ConfigurationError, InvalidResponse
from oauthenticator_suite.protocol.fapi2 import Fapi2Client
from oauthenticator_suite.protocol.front_channel import FrontChannel
from oauthenticator_suite.protocol.messages import Response
from oauthenticator_suite.protocol.metadata import ServerMetadata, endpoints_in, process_discovery_response
from oauthenticator_suite.protocol.metadata_values import listed
from oauthenticator_suite.protocol.urls import PlainHTTP

ISSUER = "https://op.example"
REQUIRED = {"authorization_endpoint": f"{ISSUER}/authorize", "token_endpoint": f"{ISSUER}/token"}
OPTIONAL = (
    "userinfo_endpoint",
    "jwks_uri",
    "end_session_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "pushed_authorization_request_endpoint",
)
LISTS = {
    "request_object_signing_alg_values_supported": ("ES256",),
    "response_modes_supported": ("query", "jwt"),
    "code_challenge_methods_supported": ("S256",),
    "id_token_signing_alg_values_supported": ("PS256", "ES256"),
    "token_endpoint_auth_methods_supported": ("private_key_jwt",),
    "token_endpoint_auth_signing_alg_values_supported": ("EdDSA",),
    "scopes_supported": ("openid", "email"),
}
FLAGS = (
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "authorization_response_iss_parameter_supported",
    "tls_client_certificate_bound_access_tokens",
)
MINIMAL: dict[str, Any] = {"issuer": ISSUER, **REQUIRED}


def process(document: dict[str, Any], **options: Any) -> ServerMetadata:
    response = Response(200, {"content-type": "application/json"}, json.dumps(document).encode())
    return process_discovery_response(response, **{"issuer": ISSUER, **options})


def test_every_member_is_read() -> None:
    """RFC 8414 §2, RFC 8705 §3.3, RFC 9101 §10.5, RFC 9126 §5 and RFC 9207 §3."""
    endpoints = {name: f"{ISSUER}/{name}" for name in OPTIONAL}
    document = {**MINIMAL, **endpoints, **{name: list(value) for name, value in LISTS.items()}}
    # a provider that demands signed request objects needs a client with a key
    flags = {name: True for name in FLAGS if name != "require_signed_request_object"}
    assert process({**document, **flags}) == ServerMetadata(ISSUER, **REQUIRED, **endpoints, **LISTS, **flags)


def test_a_demand_of_signed_request_objects_is_read() -> None:
    client = FrontChannel(signing_algorithms=("ES256",))
    metadata = process({**MINIMAL, "require_signed_request_object": True}, front_channel=client)
    assert metadata == ServerMetadata(ISSUER, **REQUIRED, require_signed_request_object=True)


@pytest.mark.parametrize("member", ["subject_types_supported", "id_token_signing_alg_values_supported"])
def test_an_openid_provider_must_name_its_keys(member: str) -> None:
    """OpenID Connect Discovery §3 requires both members of a provider; either makes it one here."""
    with pytest.raises(InvalidResponse, match="required member jwks_uri"):
        process({**MINIMAL, member: ["RS256"]})


def test_nothing_is_demanded_for_what_the_client_does_not_use() -> None:
    document = {
        **MINIMAL,
        "code_challenge_methods_supported": ["plain"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "dpop_signing_alg_values_supported": ["RS256"],
        "mtls_endpoint_aliases": {"token_endpoint": f"{ISSUER}/mtls"},
    }
    assert process(document).token_endpoint == REQUIRED["token_endpoint"]


@pytest.mark.parametrize(
    ("members", "options", "says"),
    [
        (
            {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
            {"auth_methods": ["client_secret_post"]},
            "client_key_file",
        ),
        ({"code_challenge_methods_supported": ["plain"]}, {"uses_pkce": True}, "enable_pkce"),
        ({"dpop_signing_alg_values_supported": ["RS256"]}, {"uses_dpop": True}, "enable_dpop"),
    ],
)
def test_what_the_client_uses_is_demanded(members: dict[str, Any], options: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        process({**MINIMAL, **members}, **options)


def test_the_security_profile_depends_on_the_client() -> None:
    """A client whose tokens are bound to its certificate needs another member than one with DPoP."""
    document = {
        **MINIMAL,
        "pushed_authorization_request_endpoint": f"{ISSUER}/par",
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "dpop_signing_alg_values_supported": ["ES256"],
    }
    assert process(document, fapi2=Fapi2Client(uses_dpop=True)).issuer == ISSUER
    with pytest.raises(ConfigurationError, match="tls_client_certificate_bound_access_tokens"):
        process(document, fapi2=Fapi2Client(uses_dpop=False))


def test_endpoints_obey_the_strict_rules_unless_told_otherwise() -> None:
    aliases = {"mtls_endpoint_aliases": {"token_endpoint": f"{ISSUER}/mtls"}}
    assert endpoints_in({**REQUIRED, **aliases}, issuer=ISSUER) == REQUIRED
    with pytest.raises(ConfigurationError, match="allow_insecure_http"):
        endpoints_in({**REQUIRED, "token_endpoint": "http://op.example/t"}, issuer=ISSUER, trusted_hosts=["op.example"])


def test_an_alias_with_http_needs_the_option_for_it() -> None:
    """RFC 8705 §5: the rules for aliases are those for other endpoints."""
    document = {**REQUIRED, "mtls_endpoint_aliases": {"token_endpoint": "http://op.example/t"}}
    rules: dict[str, Any] = {"issuer": ISSUER, "trusted_hosts": ["op.example"], "uses_mutual_tls": True}
    with pytest.raises(ConfigurationError, match=r"mtls_endpoint_aliases\.token_endpoint.*allow_insecure_http"):
        endpoints_in(document, **rules)
    assert endpoints_in(document, **rules, plain_http=PlainHTTP.ALLOWED)["token_endpoint"] == "http://op.example/t"


def test_a_list_in_a_message_is_bounded() -> None:
    assert listed(["RS256", "ES256"]) == "RS256, ES256"
    assert listed([]) == "nothing"
    many = [f"name {number}" for number in range(100_000)]
    said = listed(many)
    assert said.startswith("name 0, name 1, ")
    assert said.endswith("…")
    assert len(said) == 200
    assert len(listed(many, 50)) == 50
