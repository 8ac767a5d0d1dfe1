"""client: each credential is sent once, where the method requires it."""

from base64 import b64decode
from urllib.parse import parse_qs, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.protocol.client import Client
from oauthenticator_suite.protocol.token import authorization_code_grant, token_request

GRANT = {"grant_type": "authorization_code", "code": "c"}
text = st.text(st.characters(exclude_categories=["Cs"]))


@given(client_id=text.filter(bool), client_secret=text)
def test_basic_survives_any_characters(client_id: str, client_secret: str) -> None:
    """C oidcc-client-test-client-secret-basic: both parts are form-encoded before they are joined by a colon."""
    headers, fields = Client(client_id, client_secret, "client_secret_basic").authenticate(GRANT)
    scheme, _, credentials = headers["Authorization"].partition(" ")
    assert scheme == "Basic"
    sent_id, colon, sent_secret = b64decode(credentials, validate=True).decode("ascii").partition(":")
    assert colon
    assert (unquote_plus(sent_id), unquote_plus(sent_secret)) == (client_id, client_secret)
    assert fields == GRANT


def test_the_example_of_the_rfc() -> None:
    """RFC 6749 §2.3.1."""
    headers, _ = Client("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw", "client_secret_basic").authenticate({})
    assert headers == {"Authorization": "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"}


def test_post_has_both_in_the_body_and_no_header() -> None:
    assert Client("id", "secret", "client_secret_post").authenticate(GRANT) == (
        {},
        {**GRANT, "client_id": "id", "client_secret": "secret"},
    )
    assert Client("id", "", "client_secret_post").authenticate(GRANT) == ({}, {**GRANT, "client_id": "id"})


def test_a_public_client_sends_its_id_alone() -> None:
    assert Client("id", "secret", "none").authenticate(GRANT) == ({}, {**GRANT, "client_id": "id"})


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_credentials_among_the_fields_are_sent_once_or_refused(method: str) -> None:
    client = Client("id", "secret", method)
    assert client.authenticate({**GRANT, "client_id": "id", "client_secret": "secret"}) == client.authenticate(GRANT)
    for foreign in ({"client_id": "other"}, {"client_secret": "other"}):
        with pytest.raises(ConfigurationError, match="token_params"):
            client.authenticate({**GRANT, **foreign})


def test_the_whole_request() -> None:
    fields = authorization_code_grant("a code&more", "https://hub.example/cb?x=1", "v" * 43)
    request = token_request("https://op.example/token?tenant=1", Client("id", "se&cret", "client_secret_post"), fields)
    assert (request.method, request.url, request.label) == (
        "POST",
        "https://op.example/token?tenant=1",
        "token request",
    )
    assert request.headers == {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    assert request.body is not None
    assert parse_qs(request.body.decode("ascii"), strict_parsing=True) == {
        "grant_type": ["authorization_code"],
        "code": ["a code&more"],
        "redirect_uri": ["https://hub.example/cb?x=1"],
        "code_verifier": ["v" * 43],
        "client_id": ["id"],
        "client_secret": ["se&cret"],
    }


def test_a_wrong_option_speaks_up_when_the_client_is_made() -> None:
    wrong: list[tuple[object, object, object, str]] = [
        ("", "s", "none", "client_id"),
        (1, "s", "none", "client_id"),
        ("\udc80", "s", "none", "client_id"),
        ("id", None, "none", "client_secret"),
        ("id", "\udc80", "none", "client_secret"),
        ("id", "s", "client_secret_magic", "client_auth_method"),
        ("id", "s", "private_key_jwt", "private_key_jwt' needs a key"),
        ("id", "s", "client_secret_jwt", "client_secret_jwt' needs a key"),
    ]
    for client_id, secret, method, option in wrong:
        with pytest.raises(ConfigurationError, match=option):
            Client(client_id, secret, method)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["private_key_jwt", "client_secret_jwt"])
def test_each_request_has_an_assertion_of_its_own(method: str) -> None:
    numbers = iter(range(9))
    client = Client("id", "secret", method, lambda: f"assertion-{next(numbers)}")
    for number in range(2):
        headers, body = client.authenticate({"grant_type": "x", "client_secret": "secret", "client_id": "id"})
        assert headers == {}
        assert body == {
            "grant_type": "x",
            "client_id": "id",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": f"assertion-{number}",
        }
    assert "assertion" not in repr(client)
    with pytest.raises(ConfigurationError, match=r"token_params must not contain another client_assertion"):
        client.authenticate({"client_assertion": "another"})


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none", "tls_client_auth"])
def test_another_method_sends_no_assertion(method: str) -> None:
    """RFC 6749 §2.3: not two methods in one request, also if the client has a key for other purposes."""
    with_key = Client("id", "secret", method, lambda: "assertion")
    assert with_key.authenticate(GRANT) == Client("id", "secret", method).authenticate(GRANT)
    assert "client_assertion" not in with_key.authenticate(GRANT)[1]


@pytest.mark.parametrize("method", ["tls_client_auth", "self_signed_tls_client_auth"])
def test_a_client_with_a_certificate_sends_its_id_alone(method: str) -> None:
    client = Client("id", "secret", method)
    assert client.authenticate({"grant_type": "x", "client_secret": "secret"}) == (
        {},
        {"grant_type": "x", "client_id": "id"},
    )


def test_the_secret_does_not_show() -> None:
    client = Client("id", "canary", "client_secret_basic")
    assert "canary" not in repr(client)
    assert "canary" not in repr(token_request("https://op.example/token", client, {"code": "canary"}))


def test_token_params_that_are_no_text_are_named() -> None:
    client = Client("id", "secret", "client_secret_post")
    with pytest.raises(ConfigurationError, match=r"token_params.*'resource'.*int"):
        token_request("https://op.example/token", client, {"resource": 1})  # type: ignore[dict-item]
    with pytest.raises(ConfigurationError, match="token_params"):
        token_request("https://op.example/token", client, {"resource": "\ud800"})
