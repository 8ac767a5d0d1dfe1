"""Target 9: every combination of the options on access, at login and at refresh, against a second opinion."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tests.support import Hub, refresh_is_due

from .strategies.configurations import PEOPLE, Setting, settings_of_access
from .verdicts import THROUGH_A_HUB, WrongAccept, one_input, target

TARGET = target("access configurations")


@pytest.fixture
async def hub_of_people(hub_at_provider: Any, provider: Any) -> Hub:
    for name, (groups, verified) in PEOPLE.items():
        provider.users[name].update(groups=sorted(groups), email_verified=verified)
    hub: Hub = await hub_at_provider(
        manage_groups=True, enable_auth_state=True, user_data_max_age=0, scope=["openid", "profile", "email", "groups"]
    )
    return hub


@THROUGH_A_HUB
@given(settings_of_access, st.sampled_from(sorted(PEOPLE)))
async def test_login_and_refresh_are_as_documented(
    hub_of_people: Hub, provider: Any, setting: Setting, name: str
) -> None:
    """H (GHSA-55m3-44xf-hg4h, GHSA-gprj-3p75-f996, CVE-2026-33175): one verdict, at the login and at the refresh."""
    hub = hub_of_people
    TARGET.tries(2)
    async with one_input(hub, provider):
        session = hub.browser()
        # It begins while everybody is allowed.
        replace(setting, allow_all=True, blocked_users=set(), require_verified_email=False).apply(hub)
        assert (await session.login(name)).status == 200

        setting.apply(hub)
        allowed, admin = setting.opinion(name)
        event(f"allowed {allowed}, admin {admin}")
        refresh_is_due(hub, name)
        held(hub, name, (await session.get("/hub/home")).status == 200, allowed, admin)

        browser = hub.browser()
        page = await browser.login(name)
        held(hub, name, browser.logged_in, allowed, admin)
        assert page.status == (200 if allowed else 403)


def held(hub: Hub, name: str, is_in: bool, allowed: bool, admin: bool | None) -> None:
    """The user is in, and an administrator, if and only if the options say so."""
    if is_in and not allowed:
        raise WrongAccept(f"{name} is in")
    assert is_in == allowed
    is_admin = hub.app.users[name].admin
    if admin is False and is_admin:
        raise WrongAccept(f"{name} is an administrator")
    if allowed and admin is not None:
        assert is_admin == admin
