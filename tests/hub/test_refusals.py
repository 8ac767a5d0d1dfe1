"""What the log says about a user who may not use the Hub: what is missing, and at debug level what came."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from jupyterhub import orm

from oauthenticator_suite import GenericOAuthenticator
from tests.fakes.openid_provider import FakeProvider
from tests.support import Hub, reference_on, refresh_is_due

pytestmark = pytest.mark.hub_versions


async def refused(hub: Hub, user: str = "alice") -> tuple[str, str]:
    """The line of the log about a refused login, and the line at debug level about what came."""
    page = await hub.browser().login(user)
    assert page.status == 403, page.text
    (line,) = hub.log.lines_with(f"[{reference_on(page, hub)}]")
    came = hub.log.lines_with("is refused, rule=")
    assert [record.levelno for record in hub.log.records if "is refused, rule=" in record.getMessage()] == [
        logging.DEBUG
    ] * len(came)
    return line, came[-1] if came else ""


async def test_in_none_of_the_lists(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.users["alice"]["groups"] = ["guests", "tea time"]
    hub = await hub_at_provider(
        allow_all=False,
        manage_groups=True,
        scope=["openid", "profile", "groups"],
        allowed_users={"ada", "bert"},
        admin_users={"root"},
        allowed_groups={"staff", "teachers"},
        auth_state_groups_key="oauth_user.groups",
    )
    line, came = await refused(hub)
    assert (
        "rule=no allow rule matches: the user is in none of admin_users (1 name), allowed_users (3 names), "
        "allowed_groups = 'staff', 'teachers'"
    ) in line
    assert "allow_existing_users" not in line
    assert r"User 'alice' is refused, rule=no allow rule matches. What is known: " in came
    assert "name at the provider: 'alice'; groups: 'guests', 'tea time'; scopes: 'groups', 'openid', 'profile'" in came


async def test_an_account_of_this_name(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(allow_all=False, allowed_users={"bert"})
    line, _ = await refused(hub)
    assert "allow_existing_users" not in line
    hub.app.db.add(orm.User(name="alice"))
    hub.app.db.commit()
    line, _ = await refused(hub)
    assert line.endswith("The Hub has an account of this name, and allow_existing_users is off")


async def test_no_option_allows_any_user(hub_at_provider: Any) -> None:
    line, came = await refused(await hub_at_provider(allow_all=False))
    assert line.endswith(
        "no option allows any user: set allow_all, allowed_users, or another one that begins with allow"
    )
    assert "groups: none" in came


async def test_a_claim_that_failed(provider: FakeProvider, hub_at_provider: Any) -> None:
    """Only claims that the rule has read are shown: the path of a nested one, and a missing one."""
    provider.users["alice"].update(department="sales\r\n\x1b[31m", org={"unit": "x" * 500})
    provider.users["alice"]["address"] = {"street_address": "not for the log"}
    hub = await hub_at_provider(
        required_claims={"department": ["it", "hr"], "org.unit": "physics", "acr": "gold"}, scope=["openid", "profile"]
    )
    line, came = await refused(hub)
    assert "rule=required_claims: the user does not satisfy required_claims = {'department': ['it', 'hr'], " in line
    assert "which applies to every user" in line
    assert r"claim 'department': 'sales\r\n\x1b[31m'" in came
    assert "not for the log" not in came
    assert "\x1b" not in came
    provider.users["alice"]["department"] = "it"
    _, came = await refused(hub)
    assert f"claim 'org': {{'unit': '{'x' * 150}" in came
    assert "x" * 300 not in came
    assert "claim 'org.unit'" not in came
    provider.users["alice"]["org"] = {"unit": "physics"}
    _, came = await refused(hub)
    assert came.endswith("claim 'acr': missing")


async def test_an_address_that_is_not_verified(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.users["alice"].update(email="alice@other.example", email_verified=True)
    hub = await hub_at_provider(allowed_email_domains={"example.org"})
    line, came = await refused(hub)
    assert "rule=allowed_email_domains: the user does not satisfy allowed_email_domains = 'example.org'" in line
    assert "claim 'email': 'alice@other.example'; claim 'email_verified': True" in came or (
        "claim 'email_verified': True; claim 'email': 'alice@other.example'" in came
    )


async def test_a_blocked_user(hub_at_provider: Any) -> None:
    line, _ = await refused(await hub_at_provider(blocked_users={"alice", "someone-else"}))
    assert "rule=blocked_users: the name is in blocked_users" in line
    assert "someone-else" not in line


async def test_an_override_that_refuses(provider: FakeProvider, hubs: Any, hub_at_provider: Any) -> None:
    class Mine(GenericOAuthenticator):
        async def check_allowed(self, username: str, auth_model: Any = None) -> bool:
            return False

    hub = await hub_at_provider(allow_all=False, allowed_users={"alice"})
    hub.app.authenticator.__class__ = Mine
    line, _ = await refused(hub)
    assert "rule=check_allowed: check_allowed is overridden and refuses the user" in line


async def test_no_tokens(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.users["alice"]["some_token"] = "a-secret-in-a-claim"
    hub = await hub_at_provider(required_claims={"some_token": "x"}, allowed_scopes=["openid"])
    _, came = await refused(hub)
    assert "claim 'some_token': not shown" in came
    for secret in provider.canaries():
        assert secret not in hub.log.text


async def test_at_a_refresh(provider: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(enable_auth_state=True, required_claims={"department": "it"}, user_data_max_age=0)
    provider.users["alice"]["department"] = "it"
    browser = hub.browser()
    assert (await browser.login("alice")).status == 200
    provider.users["alice"]["department"] = "hr"
    refresh_is_due(hub, "alice")
    assert (await browser.get("/hub/home")).status == 302
    assert hub.log.lines_with("rule=required_claims: the user does not satisfy required_claims = {'department': 'it'}")
    assert hub.log.lines_with("claim 'department': 'hr'")


async def test_what_came_is_not_made_when_nobody_reads_it(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(allow_all=False)
    hub.app.log.setLevel(logging.INFO)
    line, came = await refused(hub)
    assert line
    assert not came
