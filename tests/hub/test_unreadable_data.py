"""A user whose data at the provider cannot be read keeps earlier rights for the grace period, and no longer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.openid_provider import FakeProvider, Fault
from tests.fakes.openid_provider.bending import reply_is
from tests.support import Hub, Time, refresh_is_due

KEPT = {"enable_auth_state": True, "user_data_max_age": 0, "refresh_outage_grace": 3600}

LARGE = "x" * 1_100_000


async def visit(hub: Hub, browser: Any, name: str) -> int:
    refresh_is_due(hub, name)
    return int((await browser.get("/hub/home")).status)


@pytest.mark.parametrize("pause", [300, 3700, 5000], ids=str)
@pytest.mark.parametrize("admin", [False, True])
async def test_userinfo_that_grows_too_large(
    provider: FakeProvider, hub_at_provider: Any, pause: int, admin: bool
) -> None:
    """A user may cause this, with a long text in the profile, and then come seldom: the grace does not begin again.

    Others are answered about in the meantime, so the provider is not down.
    """
    provider.access_token_lifetime = 1_000_000
    groups = {"manage_groups": True, "scope": ["openid", "profile", "groups"]}
    hub = await hub_at_provider(**KEPT, **groups, admin_groups={"staff"} if admin else set())
    provider.users["alice"]["groups"] = provider.users["bob"]["groups"] = ["staff"]
    time = Time(hub)
    alice, bob = hub.browser(), hub.browser()
    for browser, name in ((alice, "alice"), (bob, "bob")):
        assert (await browser.login(name)).status == 200
    provider.users["alice"].update(groups=[], about=LARGE)
    passed, stayed = 0, []
    while passed <= 3 * max(pause, 3600):
        stayed.append((passed, await visit(hub, alice, "alice") == 200))
        assert await visit(hub, bob, "bob") == 200
        time.passes(pause)
        passed += pause
    assert stayed[0] == (0, True)
    assert [at for at, stays in stayed if stays] == [at for at, _ in stayed if at < 3600]
    provider.users["alice"].update(about="short")
    assert (await alice.login("alice")).status == 200
    assert hub.accounts()["alice"] is False
    assert "staff" not in {group.name for group in hub.app.users["alice"].groups}


@pytest.mark.parametrize(
    "reply",
    [reply_is(200, b"{", Content_Type="application/json"), reply_is(200, b"[]"), reply_is(418)],
    ids=["cut", "a list", "418"],
)
async def test_other_answers_that_cannot_be_read(provider: FakeProvider, hub_at_provider: Any, reply: Any) -> None:
    """The same for everything that is an answer, and not one about the user."""
    provider.access_token_lifetime = 1_000_000
    hub = await hub_at_provider(**KEPT)
    time = Time(hub)
    alice = hub.browser()
    assert (await alice.login("alice")).status == 200
    provider.faults.on(Fault("unreadable", "", "", reply), at="userinfo")
    assert await visit(hub, alice, "alice") == 200
    time.passes(3500)
    assert await visit(hub, alice, "alice") == 200
    time.passes(200)
    assert await visit(hub, alice, "alice") == 302
