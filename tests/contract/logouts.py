"""A Hub that logs out in every way that there is, and what must be true of a session that lives or has ended."""

from __future__ import annotations

from typing import Any

from tests.fakes.openid_provider import FakeProvider
from tests.support import Browser, Hub

ALL_LOGOUTS = {
    "enable_auth_state": True,
    "rp_initiated_logout": True,
    "revoke_tokens_on_logout": False,
    "backchannel_logout": True,
    "frontchannel_logout": True,
}


def register_logout(hub: Hub, provider: FakeProvider, *, backchannel: bool = True, frontchannel: bool = False) -> None:
    """What an operator registers at the provider."""
    provider.client.post_logout_redirect_uris.add(f"{hub.url}/hub/oauth_logged_out")
    if backchannel:
        provider.client.backchannel_logout_uri = f"{hub.url}/hub/oauth_backchannel_logout"
    if frontchannel:
        provider.client.frontchannel_logout_uri = f"{hub.url}/hub/oauth_frontchannel_logout"


async def lives(browser: Browser) -> bool:
    """Whether the browser's session is one: its own page is shown, and not the way to the sign-in page."""
    page = await browser.get("/hub/home")
    assert page.status == 200 or (page.location or "").startswith(f"{browser.hub_url}/hub/login"), page
    return page.status == 200


def tokens_in(auth_state: dict[str, Any] | None) -> dict[str, Any]:
    """The parts of an `auth_state` with which an attacker could act as the user."""
    assert auth_state is not None
    names = ("access_token", "refresh_token", "id_token", "token_response")
    return {name: auth_state[name] for name in names if auth_state[name]}
