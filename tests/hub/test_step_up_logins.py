"""The provider refuses the token at the login, because the user must authenticate in another way (RFC 9470)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.openid_provider import FakeProvider, Fault
from tests.fakes.openid_provider.bending import reply_is
from tests.support import FakeTime

pytestmark = pytest.mark.hub_versions

CHALLENGE = 'Bearer error="insufficient_user_authentication", acr_values="mfa", max_age="60"'


def demand(provider: FakeProvider, times: int | None, challenge: str = CHALLENGE) -> None:
    refusal = reply_is(401, {}, WWW_Authenticate=challenge)
    provider.faults.on(Fault("step-up", "userinfo", "", refusal), times=times)


def sent(provider: FakeProvider) -> list[tuple[str | None, str | None]]:
    fields = [call.fields for call in provider.requests_to("authorize")]
    return [(each.get("acr_values"), each.get("max_age")) for each in fields]


async def test_one_more_login_with_what_is_demanded(provider: FakeProvider, hub_at_provider: Any) -> None:
    """The user ends where the login should have led, and sees no error."""
    demand(provider, 1)
    hub = await hub_at_provider()
    browser = hub.browser()
    page = await browser.login("alice", next_url="/hub/token")
    assert (page.status, page.path) == (200, "/hub/token")
    assert sent(provider) == [(None, None), ("mfa", "60")]
    assert hub.log.lines_with("the user is sent there once more")
    assert provider.refusals == []


async def test_not_a_third_time(provider: FakeProvider, hub_at_provider: Any) -> None:
    demand(provider, None)
    hub = await hub_at_provider()
    browser = hub.browser()
    assert (await browser.login("alice")).status == 502
    assert sent(provider) == [(None, None), ("mfa", "60")]
    demand(provider, None)
    assert (await browser.login("alice")).status == 502  # a new login begins as the first one did
    assert sent(provider)[2:] == [(None, None), ("mfa", "60")]


@pytest.mark.parametrize("challenge", ['Bearer error="insufficient_user_authentication"', CHALLENGE + ', max_age="x"'])
async def test_a_demand_that_is_not_understood(provider: FakeProvider, hub_at_provider: Any, challenge: str) -> None:
    demand(provider, None, challenge)
    hub = await hub_at_provider()
    assert (await hub.browser().login("alice")).status == 502
    assert sent(provider) == [(None, None)]


async def test_the_operator_s_demand_stays(provider: FakeProvider, hub_at_provider: Any) -> None:
    """The ID token must still show what the option demands."""
    demand(provider, 1)
    hub = await hub_at_provider(acr_values=["gold"])
    assert (await hub.browser().login("alice")).status == 403
    assert sent(provider) == [("gold", None), ("mfa gold", "60")]


@pytest.mark.parametrize("kind", ["changed", "old", "not UTF-8"])
async def test_only_what_the_hub_has_sealed_just_now(
    clock: FakeTime, provider: FakeProvider, hub_at_provider: Any, kind: str
) -> None:
    clock.rules("oauthenticator_suite.hub.oauth.step_up")
    demand(provider, 1)
    hub = await hub_at_provider()
    browser = hub.browser()
    hop = await browser.get(await browser.walk_to_callback("alice"))
    url = hop.location or ""
    assert "step_up=" in url
    if kind == "changed":
        url = url.replace("step_up=", "step_up=A")
    elif kind == "old":
        clock.passes(61)
    else:
        url = url.replace("step_up=", "step_up=%ff")
    await browser.follow(await browser.get(url))
    assert sent(provider) == [(None, None), (None, None)]
