"""Tokens of one provider are sent to that provider only, also by the handlers of another child."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import Start

pytestmark = pytest.mark.hub_versions


def plain(provider: FakeProvider, **options: Any) -> dict[str, Any]:
    """OAuth 2.0 without OpenID Connect: no issuer identifies the provider of the tokens."""
    return {
        "issuer": "",
        "authorize_url": f"{provider.issuer}/authorize",
        "token_url": f"{provider.issuer}/token",
        "userdata_url": f"{provider.issuer}/userinfo",
        "revocation_url": f"{provider.issuer}/revoke",
        "revoke_tokens_on_logout": True,
        "username_claim": "preferred_username",
        "scope": ["openid", "profile"],
        **options,
    }


@pytest.mark.parametrize("at_other", ["plain", "openid"])
async def test_the_logout_of_another_gets_no_tokens(
    several: Start, campus: FakeProvider, lab: FakeProvider, at_other: str
) -> None:
    """Opening the logout of another child ends the session here, and sends nothing to that child's provider."""
    options = plain(lab) if at_other == "plain" else {"revoke_tokens_on_logout": True}
    hub = await several(children={"campus": plain(campus), "lab": options})
    browser = hub.browser()
    assert (await browser.login("bob", at="campus")).path == "/hub/home"
    await browser.open("/hub/auth/lab/logout")
    assert not browser.logged_in
    assert lab.requests_to("revoke") == []
    auth_state = await hub.auth_state("bob")
    assert auth_state is not None
    assert auth_state["access_token"] is None

    assert (await browser.login("bob", at="campus")).path == "/hub/home"
    await browser.open("/hub/logout")
    assert len(campus.requests_to("revoke")) > 0
