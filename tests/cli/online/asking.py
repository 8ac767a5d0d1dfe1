"""Asking a fake provider, as ``check --online`` does."""

from __future__ import annotations

from typing import Any

from traitlets.config import Config

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.cli.check.online import probe
from oauthenticator_suite.hub.findings.finding import Finding
from tests.fakes.openid_provider import FakeProvider

CALLBACK = "https://hub.example.org/hub/oauth_callback"


def at(provider: FakeProvider, **options: Any) -> GenericOAuthenticator:
    """An authenticator for a fake provider at which it is registered."""
    provider.client.redirect_uris.add(CALLBACK)
    config = Config()
    config.GenericOAuthenticator.update(
        issuer=provider.issuer,
        client_id=provider.client.client_id,
        client_secret=provider.client.client_secret,
        client_auth_method=provider.client.auth_method,
        oauth_callback_url=CALLBACK,
        allow_all=True,
    )
    config.GenericOAuthenticator.update(options)
    return GenericOAuthenticator(config=config)


async def findings_at(provider: FakeProvider, **options: Any) -> list[Finding]:
    """What is found about an authenticator with these options."""
    return await probe(at(provider, **options))


def by_code(findings: list[Finding], *, info: bool = False) -> dict[str, str]:
    """The texts by code: errors and warnings, and with `info` information too. Each code must occur once."""
    told = [each for each in findings if info or each.severity != "info"]
    assert len({each.code for each in told}) == len(told), told
    return {each.code: str(each) for each in told}


async def found(provider: FakeProvider, **options: Any) -> dict[str, str]:
    """Errors and warnings, by code."""
    return by_code(await findings_at(provider, **options))


async def told(provider: FakeProvider, **options: Any) -> dict[str, str]:
    """All findings, by code."""
    return by_code(await findings_at(provider, **options), info=True)
