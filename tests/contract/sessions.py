"""A session with each kind of request for which a client must authenticate: what they have in common at every provider."""

from __future__ import annotations

from typing import Any

import jwt

from tests.fakes.openid_provider import FakeProvider
from tests.support import Browser, Hub, Time, refreshes_ended

ALL_REQUESTS = {"enable_auth_state": True, "user_data_max_age": 0, "revoke_tokens_on_logout": True}
"""Options with which a session makes a token request, a refresh, requests for user data and two revocations."""

EXPIRES_AFTER = 60
"""Lifetime of an access token in seconds, so that the refresh in `refreshed_and_logged_out` renews it."""


async def refreshed_and_logged_out(hub: Hub, browser: Browser) -> None:
    """The signed-in user alice is refreshed with the refresh token once, and logs out, which revokes both tokens."""
    Time(hub).passes(700)
    assert (await browser.get("/hub/home")).status == 200
    await refreshes_ended(hub.authenticator)
    await browser.open("/hub/logout")
    assert len(hub.log.lines_with("of alice was revoked")) == 2


def client_assertions(provider: FakeProvider) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The headers and claims of all client assertions that the provider got, in the order of its endpoints."""
    tokens = [
        call.fields["client_assertion"] for name in ("par", "token", "revoke") for call in provider.requests_to(name)
    ]
    return [(jwt.get_unverified_header(one), jwt.decode(one, options={"verify_signature": False})) for one in tokens]
