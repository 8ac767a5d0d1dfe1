"""Metadata and keys of any form: no check fails."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.cli.check.online.facts import Facts, ProviderAnswer
from oauthenticator_suite.cli.check.online.probe import ALL_CHECKS, findings_in
from oauthenticator_suite.hub.transport.recording import Recording
from oauthenticator_suite.protocol.messages import Response

MEMBERS = (
    "issuer",
    "token_endpoint",
    "jwks_uri",
    "response_types_supported",
    "response_modes_supported",
    "scopes_supported",
    "claims_supported",
    "prompt_values_supported",
    "acr_values_supported",
    "code_challenge_methods_supported",
    "id_token_signing_alg_values_supported",
    "token_endpoint_auth_methods_supported",
    "end_session_endpoint",
    "backchannel_logout_supported",
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@given(members=st.dictionaries(st.sampled_from(MEMBERS), ANY_JSON, max_size=12))
async def test_metadata_of_any_form(members: dict[str, Any]) -> None:
    """No check fails, whatever a member is."""
    document = {"issuer": "https://login.example.org", **members}
    facts = Facts(GenericOAuthenticator(issuer="https://login.example.org"), Recording(), document=document)
    assert "check-failed" not in {each.code for each in findings_in(facts, ALL_CHECKS)}


@given(entries=st.lists(st.dictionaries(st.sampled_from(["kty", "kid", "n", "e", "crv", "use", "alg", "d"]), ANY_JSON)))
async def test_key_sets_of_any_form(entries: list[Any]) -> None:
    response = Response(200, {"content-type": "application/json"}, json.dumps({"keys": entries}).encode())
    facts = Facts(GenericOAuthenticator(), Recording(), answers={"keys": ProviderAnswer(response)})
    assert "check-failed" not in {each.code for each in findings_in(facts, ALL_CHECKS)}
