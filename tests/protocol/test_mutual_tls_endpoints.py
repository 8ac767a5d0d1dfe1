"""The metadata for a client with a certificate: `mtls_endpoint_aliases` (RFC 8705 §5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from oauthenticator_suite.errors import ConfigurationError, InvalidResponse
from oauthenticator_suite.protocol.messages import Response
from oauthenticator_suite.protocol.metadata import ServerMetadata, process_discovery_response

ISSUER = "https://op.example"
ALIASED = ("token_endpoint", "userinfo_endpoint", "revocation_endpoint", "pushed_authorization_request_endpoint")
OTHERS = ("authorization_endpoint", "jwks_uri", "end_session_endpoint")
DOCUMENT = {"issuer": ISSUER, **{name: f"{ISSUER}/{name}" for name in (*ALIASED, *OTHERS)}}


def process(aliases: Any = None, trusted: Any = (), *, uses: bool = True, **members: Any) -> ServerMetadata:
    document = {**DOCUMENT, "mtls_endpoint_aliases": aliases, **members}
    response = Response(200, {"content-type": "application/json"}, json.dumps(document).encode())
    return process_discovery_response(response, issuer=ISSUER, trusted_hosts=trusted, uses_mutual_tls=uses)


def test_a_client_with_a_certificate_uses_the_aliases() -> None:
    aliases = {name: f"https://mtls.op.example/{name}" for name in (*ALIASED, *OTHERS)}
    metadata = process({**aliases, "device_authorization_endpoint": 7}, ["mtls.op.example"])
    assert {name: getattr(metadata, name) for name in ALIASED} == {name: aliases[name] for name in ALIASED}
    # browsers have no certificate, and the keys are public
    assert {name: getattr(metadata, name) for name in OTHERS} == {name: DOCUMENT[name] for name in OTHERS}


@pytest.mark.parametrize("aliases", [None, {}, {"introspection": "x"}, {"token_endpoint": None}])
def test_an_endpoint_without_an_alias_stays(aliases: Any) -> None:
    """A member that is null is absent, as elsewhere in the metadata."""
    assert process(aliases).token_endpoint == f"{ISSUER}/token_endpoint"


@pytest.mark.parametrize("aliases", [[], "x", {"token_endpoint": 7}, {"token_endpoint": "https://evil.example"}])
def test_a_client_without_a_certificate_does_not_read_them(aliases: Any) -> None:
    assert process(aliases, uses=False).token_endpoint == f"{ISSUER}/token_endpoint"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://evil.example/token", r"mtls_endpoint_aliases\.token_endpoint \(https://evil\.example\)"),
        ("http://op.example/token", r"mtls_endpoint_aliases\.token_endpoint"),
        ("https://mtls.op.example.evil.example/token", "trusted_provider_hosts"),
    ],
)
def test_an_alias_obeys_the_rules_of_endpoints(url: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        process({"token_endpoint": url}, ["mtls.op.example"])


@pytest.mark.parametrize("aliases", [[], "x", 1, {"token_endpoint": 7}, {"token_endpoint": "nowhere"}])
def test_aliases_of_another_type(aliases: Any) -> None:
    with pytest.raises(InvalidResponse, match="mtls_endpoint_aliases"):
        process(aliases)


@pytest.mark.parametrize("value", [None, False, True])
def test_whether_tokens_are_bound(value: bool | None) -> None:
    metadata = process(tls_client_certificate_bound_access_tokens=value)
    assert metadata.tls_client_certificate_bound_access_tokens is (value is True)


def test_a_flag_of_another_type() -> None:
    with pytest.raises(InvalidResponse, match="tls_client_certificate_bound_access_tokens is not true or false"):
        process(tls_client_certificate_bound_access_tokens="yes")


def test_the_algorithms_of_assertions() -> None:
    assert process(
        token_endpoint_auth_signing_alg_values_supported=["ES256"]
    ).token_endpoint_auth_signing_alg_values_supported == ("ES256",)
