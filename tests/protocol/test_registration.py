"""Dynamic client registration (RFC 7591) and its management (RFC 7592)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import (
    ConfigurationError,
    InvalidResponse,
    ProviderUnreachable,
    SuiteError,
    TokenResponseError,
)
from oauthenticator_suite.protocol.messages import Response
from oauthenticator_suite.protocol.registration import (
    ClientRegistration,
    client_metadata,
    delete_request,
    process_deletion_response,
    process_registration_response,
    read_request,
    registration_request,
    update_request,
)
from oauthenticator_suite.protocol.urls import PlainHTTP

ENDPOINT = "https://op.example/register"
CALLBACK = "https://hub.example/hub/oauth_callback"
GOOD = {
    "client_id": "s6BhdRkqt3",
    "client_secret": "secret-of-the-client",
    "client_secret_expires_at": 0,
    "client_id_issued_at": 1,
    "registration_client_uri": "https://op.example/register/s6BhdRkqt3",
    "registration_access_token": "token-of-the-registration",
    "token_endpoint_auth_method": "client_secret_basic",
    "redirect_uris": [CALLBACK],
    "by_the_provider": True,
}
KNOWN = ClientRegistration(
    "s6BhdRkqt3", "secret-of-the-client", 0, GOOD["registration_client_uri"], "token-of-the-registration"
)


def response(document: Any, status: int = 201) -> Response:
    return Response(status, {"content-type": "application/json"}, json.dumps(document).encode())


def test_the_metadata_of_a_client() -> None:
    assert client_metadata(
        redirect_uris=[CALLBACK],
        auth_method="private_key_jwt",
        scope=["openid", "email"],
        jwks_uri="https://hub.example/hub/oauth_jwks",
        backchannel_logout_uri="",
        post_logout_redirect_uris=[],
    ) == {
        "application_type": "web",
        "redirect_uris": [CALLBACK],
        "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "private_key_jwt",
        "client_name": "JupyterHub",
        "scope": "openid email",
        "jwks_uri": "https://hub.example/hub/oauth_jwks",
    }


def test_requests() -> None:
    metadata = {"redirect_uris": [CALLBACK]}
    request = registration_request(ENDPOINT, metadata, "initial")
    assert (request.method, request.url, request.label) == ("POST", ENDPOINT, "client registration")
    assert request.headers == {
        "Accept": "application/json",
        "Authorization": "Bearer initial",
        "Content-Type": "application/json",
    }
    assert json.loads(request.body or b"") == metadata
    assert not request.configured  # the provider's metadata have named the URL
    assert "Authorization" not in registration_request(ENDPOINT, metadata).headers
    for build, method in ((read_request, "GET"), (delete_request, "DELETE")):
        request = build(KNOWN)
        assert (request.method, request.url, request.body) == (method, KNOWN.registration_client_uri, None)
        assert request.headers == {
            "Accept": "application/json",
            "Authorization": "Bearer token-of-the-registration",
        }
        assert not request.configured
    for token in ("a b", "a\nb", "ä"):
        with pytest.raises(TokenResponseError):
            registration_request(ENDPOINT, metadata, token)


@pytest.mark.parametrize("secret", ["", "secret-of-the-client"])
def test_an_update_sends_all_that_is_registered(secret: str) -> None:
    """RFC 7592 §2.2: the whole metadata, without the members that the server sets."""
    known = ClientRegistration(
        "id", secret, 0, "https://op.example/r/1", "token", {"logo_uri": "x", "scope": "a", "client_id_issued_at": 1}
    )
    request = update_request(known, {"scope": "openid"})
    assert (request.method, request.url) == ("PUT", "https://op.example/r/1")
    assert request.headers["Authorization"] == "Bearer token"
    assert json.loads(request.body or b"") == {
        "logo_uri": "x",
        "scope": "openid",
        "client_id": "id",
        **({"client_secret": secret} if secret else {}),
    }


def test_an_update_removes_what_an_option_no_longer_asks_for() -> None:
    before = {"backchannel_logout_uri": "https://hub.example/old", "jwks": {"keys": []}, "tos_uri": "x"}
    known = replace(KNOWN, metadata=before)
    sent = json.loads(update_request(known, {"jwks_uri": "https://hub.example/new"}).body or b"")
    assert not {"backchannel_logout_uri", "jwks"} & sent.keys()
    assert (sent["jwks_uri"], sent["tos_uri"]) == ("https://hub.example/new", "x")


def test_an_update_names_no_algorithm_that_was_chosen_before() -> None:
    """The client names only those that it needs now, and the provider registers its own default."""
    algorithms = {f"{name}_alg": "ES256" for name in ("id_token_signed_response", "authorization_signed_response")}
    algorithms["token_endpoint_auth_signing_alg"] = "ES256"
    known = replace(KNOWN, metadata={**algorithms, "tos_uri": "x"})
    sent = json.loads(update_request(known, {}).body or b"")
    assert not algorithms.keys() & sent.keys()
    assert sent["tos_uri"] == "x"


def test_a_registration() -> None:
    found = process_registration_response(response(GOOD), ENDPOINT)
    assert found.client_id == "s6BhdRkqt3"
    assert found.client_secret == "secret-of-the-client"
    assert found.registration_access_token == "token-of-the-registration"
    assert found.metadata == {
        "token_endpoint_auth_method": "client_secret_basic",
        "redirect_uris": [CALLBACK],
        "by_the_provider": True,
    }
    for secret in ("secret-of-the-client", "token-of-the-registration"):
        assert secret not in repr(found)


def test_a_client_without_a_secret_and_without_management() -> None:
    document = {"client_id": "public", "token_endpoint_auth_method": "none"}
    found = process_registration_response(response(document, 200), ENDPOINT)
    assert found == ClientRegistration("public", metadata={"token_endpoint_auth_method": "none"})


def test_what_an_answer_of_the_management_leaves_out_stays() -> None:
    """RFC 7592 §3: the server may leave the secret out, and may give a new token."""
    document = {"client_id": KNOWN.client_id, "registration_access_token": "new"}
    found = process_registration_response(response(document, 200), ENDPOINT, before=KNOWN)
    assert (found.client_secret, found.registration_client_uri) == (KNOWN.client_secret, KNOWN.registration_client_uri)
    assert found.registration_access_token == "new"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"client_id": None}, "no client_id"),
        ({"client_id": 5}, "no client_id"),
        ({"client_secret": ""}, "no client_secret"),
        ({"client_secret": "", "token_endpoint_auth_method": "client_secret_jwt"}, "no client_secret"),
        ({"client_secret_expires_at": "soon"}, "not a time"),
        ({"client_secret_expires_at": True}, "not a time"),
        ({"client_secret_expires_at": -1}, "not a time"),
        ({"client_secret_expires_at": 2**53}, "not a time"),
        ({"registration_client_uri": "https://evil.example/register/1"}, "another origin"),
        ({"registration_client_uri": "https://op.example:444/register/1"}, "another origin"),
        ({"registration_client_uri": "//op.example/1"}, "not an absolute"),
    ],
)
def test_answers_that_are_no_registration(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidResponse, match=problem) as caught:
        process_registration_response(response({**GOOD, **changes}), ENDPOINT)
    assert "secret-of" not in caught.value.detail
    assert "token-of" not in caught.value.detail


def test_the_latest_end_of_a_secret() -> None:
    """The greatest integer that all JSON parsers read exactly (RFC 8259 §6)."""
    found = process_registration_response(response({**GOOD, "client_secret_expires_at": 2**53 - 1}), ENDPOINT)
    assert found.client_secret_expires_at == 2**53 - 1


def test_without_a_method_a_client_has_a_secret() -> None:
    """RFC 7591 §2: the default of ``token_endpoint_auth_method`` is ``client_secret_basic``."""
    with pytest.raises(InvalidResponse, match="no client_secret"):
        process_registration_response(response({"client_id": "x"}), ENDPOINT)


def test_another_client_and_plain_http_are_refused() -> None:
    with pytest.raises(InvalidResponse, match="another client"):
        process_registration_response(response({**GOOD, "client_id": "x"}), ENDPOINT, before=KNOWN)
    plain = {**GOOD, "registration_client_uri": "http://op.example/register/1"}
    with pytest.raises(ConfigurationError, match="registration_client_uri is a plain http URL"):
        process_registration_response(response(plain), "http://op.example/register")
    process_registration_response(response(plain), "http://op.example/register", plain_http=PlainHTTP.ALLOWED)


@pytest.mark.parametrize(
    ("answer", "kind", "problem"),
    [
        (response({"error": "invalid_redirect_uri", "error_description": "not https"}, 400), ConfigurationError,
         "HTTP 400, invalid_redirect_uri: not https"),
        (response({"error": "a\nb\x1b[31m"}, 400), ConfigurationError, r"HTTP 400, a b \[31m"),
        (response({"error": ["x"]}, 400), ConfigurationError, "no reason given"),
        (response({"error": "invalid_token"}, 401), ConfigurationError, "initial access token"),
        (Response(403, {}, b"<html>"), ConfigurationError, "HTTP 403, no reason given.*initial access token"),
        (response({}, 500), ProviderUnreachable, "500"),
        (response({}, 302), InvalidResponse, "not followed"),
        (Response(201, {}, b"[]"), InvalidResponse, "instead of an object"),
    ],
)  # fmt: skip
def test_refusals(answer: Response, kind: type[SuiteError], problem: str) -> None:
    with pytest.raises(kind, match=problem):
        process_registration_response(answer, ENDPOINT)


def test_deletions() -> None:
    for status in (200, 204, 404):
        process_deletion_response(Response(status, {}, b""))
    with pytest.raises(ConfigurationError, match="HTTP 401"):
        process_deletion_response(Response(401, {}, b""))


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), st.none() | st.booleans() | st.integers() | st.text(max_size=20)))
def test_every_answer_is_a_registration_or_refused(changes: dict[str, Any]) -> None:
    try:
        found = process_registration_response(response({**GOOD, **changes}), ENDPOINT)
    except SuiteError:
        return
    assert found.client_id
    assert found.registration_client_uri.startswith("https://op.example/") or not found.registration_client_uri
