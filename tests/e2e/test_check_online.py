"""``check --online`` at the certified provider: its real pages and errors, with its own words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from traitlets.config import Config

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.cli.check.online import probe
from oauthenticator_suite.hub.findings.finding import Finding

from .certified_provider import CLIENT_ID, CertifiedProvider
from .conftest import CLAIMS, CLIENT_SECRET

HUB = "https://hub.example.org"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CertifiedProvider]:
    folder = tmp_path_factory.mktemp("asked-provider")
    provider = CertifiedProvider(folder, hub_urls=[HUB], users=CLAIMS, client_secret=CLIENT_SECRET)
    provider.start()
    yield provider
    provider.end()


async def findings(provider: CertifiedProvider, **options: object) -> dict[str, Finding]:
    config = Config()
    config.GenericOAuthenticator.update(
        issuer=provider.issuer,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        oauth_callback_url=f"{HUB}/hub/oauth_callback",
        allow_all=True,
    )
    config.GenericOAuthenticator.update(options)
    return {each.code: each for each in await probe(GenericOAuthenticator(config=config))}


def wrong(found: dict[str, Finding]) -> set[str]:
    return {code for code, each in found.items() if each.severity != "info"}


async def test_all_is_right(provider: CertifiedProvider) -> None:
    found = await findings(provider)
    assert wrong(found) == set()
    assert "accepts the client and the redirect URI" in str(found["authorization-answered"])
    assert "does not object" in str(found["client-answered"])


async def test_a_wrong_secret(provider: CertifiedProvider) -> None:
    found = await findings(provider, client_secret="another-secret-of-the-hub-0123456789")
    assert wrong(found) == {"client-refused"}


async def test_an_unregistered_redirect_uri(provider: CertifiedProvider) -> None:
    found = await findings(provider, oauth_callback_url=f"{HUB}/hub/callback")
    assert "authorization-refused" in wrong(found)
    assert found["authorization-refused"].option == "c.GenericOAuthenticator.oauth_callback_url"


async def test_an_unknown_client(provider: CertifiedProvider) -> None:
    found = await findings(provider, client_id="hubb")
    assert wrong(found) == {"authorization-refused", "client-refused"}
    assert found["authorization-refused"].option == "c.GenericOAuthenticator.client_id"


async def test_another_issuer(provider: CertifiedProvider) -> None:
    found = await findings(provider, issuer=f"{provider.issuer}/")
    assert wrong(found) == {"issuer-differs"}
    assert "differs by the slash" in str(found["issuer-differs"])
