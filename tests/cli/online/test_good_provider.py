"""A provider without faults: no errors and no warnings, and only harmless requests."""

from __future__ import annotations

import logging
from base64 import b64encode

from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator
from oauthenticator_suite.cli.check.online import probe
from tests.cli.online.asking import CALLBACK, at, by_code, found, told
from tests.fakes.openid_provider import FakeProvider
from tests.support.logs import LogCapture


async def test_without_errors_and_warnings(provider: FakeProvider) -> None:
    findings = await told(provider)
    answers = {"authorization-answered", "client-answered"}
    assert set(findings) == {"keys-found", "provider-offers", "protections-offered", *answers}
    assert "1 RSA 2048, of which the Hub can use 1" in findings["keys-found"]
    assert "and the scopes: it answers at the redirect URI" in findings["authorization-answered"]
    assert "PKCE: S256" in findings["provider-offers"]
    assert "issuer in responses (RFC 9207): yes" in findings["provider-offers"]


async def test_without_a_user_who_is_signed_in(provider: FakeProvider) -> None:
    provider.user = None
    findings = await told(provider)
    assert "has no objection to the scopes: it answers login_required" in findings["authorization-answered"]


async def test_everything_that_logout_needs(provider: FakeProvider) -> None:
    assert (
        await found(
            provider,
            rp_initiated_logout=True,
            revoke_tokens_on_logout=True,
            backchannel_logout=True,
            frontchannel_logout=True,
            enable_auth_state=True,
        )
        == {}
    )
    assert provider.count("revoke") == 1


async def test_what_is_sent(provider: FakeProvider) -> None:
    """The secret goes to the token endpoint alone; nothing is sent twice but the metadata."""
    await told(provider)
    asked = [call.endpoint for call in provider.calls]
    assert sorted(asked) == ["authorize", "jwks", "metadata", "metadata", "token", "userinfo"]
    secret = provider.client.client_secret
    for call in provider.calls:
        everything = f"{call.path} {call.query} {call.body} {call.headers}"
        assert secret not in everything
        assert ("authorization" in call.headers) == (call.endpoint == "token")
        assert "cookie" not in call.headers
    (sent,) = provider.requests_to("token")
    assert sent.fields["grant_type"] == "authorization_code"
    assert sent.fields["code"].startswith("invalid-code-of-a-check-")
    assert provider.count("elsewhere") == 0


async def test_no_secret_is_told_or_logged(provider: FakeProvider, hub_log: LogCapture) -> None:
    for fault in ("", "F35", "F62"):
        if fault:
            provider.faults.on(fault)
        text = str(await told(provider)) + "\n".join(hub_log.at_least(logging.DEBUG))
        secret = provider.client.client_secret
        assert not [canary for canary in provider.canaries() if canary in text]
        assert b64encode(secret.encode()).decode() not in text


async def test_another_login_than_oauth_has_no_provider() -> None:
    config = Config()
    config.DictionaryAuthenticator.passwords = {"alice": "pw"}
    assert await probe(DictionaryAuthenticator(config=config)) == []


async def test_a_second_time(provider: FakeProvider) -> None:
    authenticator = at(provider)
    first = by_code(await probe(authenticator), info=True)
    assert by_code(await probe(authenticator), info=True) == first


async def test_the_redirect_uri_is_sent(provider: FakeProvider) -> None:
    await told(provider)
    (call,) = provider.requests_to("authorize")
    assert call.fields["redirect_uri"] == CALLBACK
    assert call.fields["code_challenge_method"] == "S256"
