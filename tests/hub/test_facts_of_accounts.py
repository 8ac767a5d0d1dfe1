"""The facts about rights, account ownership, throttled logins and the configuration: each is stated once."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from jupyterhub.auth import Authenticator
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator
from oauthenticator_suite.hub.observe.facts import AccountBound, Configured, Fact, RightsChanged, Throttled
from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import config_of, entry
from tests.support import refresh_is_due
from tests.support.facts import ObserverOfAll, Witness, summary_of

pytestmark = pytest.mark.hub_versions

GROUPS = {
    "enable_auth_state": True,
    "user_data_max_age": 0,
    "manage_groups": True,
    "manage_roles": True,
    "group_roles": {"staff": ["token"]},
    "admin_groups": {"root"},
    "scope": ["openid", "profile", "groups"],
    "auth_state_groups_key": "oauth_user.groups",
}


def rights(witness: Witness) -> list[Any]:
    return [fact for fact in witness.summary() if fact[0] in ("RightsChanged", "AccountBound")]


async def test_rights_that_a_first_login_a_refresh_and_a_denial_change(
    hub_at_provider: Any, provider: FakeProvider
) -> None:
    provider.users["alice"]["groups"] = ["staff", "root"]
    hub = await hub_at_provider(**GROUPS)
    browser, witness = hub.browser(), Witness(hub)
    await browser.login("alice")
    names = witness.names()
    assert names == ["LoginBegan", "RightsChanged", "AccountBound", "LoginSucceeded"]
    gained = {"username": "alice", "admin": True, "groups_gained": ("root", "staff"), "roles_gained": ("token",)}
    assert rights(witness) == [("RightsChanged", gained), ("AccountBound", {"username": "alice", "how": "first_login"})]
    await hub.browser().login("alice")
    assert rights(witness) == []
    provider.users["alice"]["groups"] = ["students", "root"]
    refresh_is_due(hub)
    await browser.get("/hub/home")
    changed = {"username": "alice", "groups_gained": ("students",), "groups_lost": ("staff",)}
    assert rights(witness) == [("RightsChanged", {**changed, "roles_lost": ("token",)})]
    hub.authenticator.blocked_users = {"alice"}
    refresh_is_due(hub)
    await browser.get("/hub/home")
    lost = {"username": "alice", "admin": False, "groups_lost": ("root", "students")}
    assert witness.names() == ["Refreshed", "SessionsEnded", "RightsChanged"]
    assert rights(witness) == [("RightsChanged", lost)]


async def test_an_account_that_is_given_to_another_user(hub_at_provider: Any, provider: FakeProvider) -> None:
    hub = await hub_at_provider(enable_auth_state=True, rebind_accounts_by_name=True)
    await hub.browser().login("alice")
    provider.users["alice"]["sub"] = "another-subject"
    witness = Witness(hub)
    await hub.browser().login("alice")
    assert summary_of(witness.only(AccountBound)) == ("AccountBound", {"username": "alice", "how": "by_name"})


async def test_a_renamed_user(hub_at_provider: Any, provider: FakeProvider) -> None:
    hub = await hub_at_provider(enable_auth_state=True, follow_renames=True)
    await hub.browser().login("alice")
    provider.users["alice"]["preferred_username"] = "alice-b"
    witness = Witness(hub)
    await hub.browser().login("alice")
    assert summary_of(witness.only(AccountBound)) == ("AccountBound", {"username": "alice", "how": "renamed"})


async def test_without_auth_state_no_owner_is_recorded(hub_at_provider: Any) -> None:
    hub = await hub_at_provider()
    witness = Witness(hub)
    await hub.browser().login("alice")
    assert witness.all(AccountBound) == witness.all(RightsChanged) == []


class Another(Authenticator):
    """The authenticator of another package. Each login has the rights that the test has set."""

    rights: ClassVar[dict[str, Any]] = {}

    async def authenticate(self, handler: Any, data: Any) -> Any:
        return {"name": data["username"], **self.rights}


async def test_rights_that_a_child_of_another_package_changes(hubs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups and the admin right that its model gives and takes, by login; an unchanged login states nothing."""
    entries = [
        entry("other", Another, allow_all=True, manage_groups=True),
        entry("staff", DictionaryAuthenticator, passwords={"root": "correct-horse"}, allow_all=True),
    ]
    hub = await hubs(config_of(entries, manage_groups=True, username_collision="prefix"))
    witness = Witness(hub)
    (line,) = (line for line in hub.log.lines_with("authenticator_class") if "provider=other" in line)
    assert "Another" in line

    async def login(**given: Any) -> list[Any]:
        monkeypatch.setattr(Another, "rights", given)
        browser = hub.browser()
        fields = {"username": "alice", "password": "guest"}
        await browser.submit(await browser.open("/hub/auth/other/login"), fields)
        assert browser.logged_in
        stated = rights(witness)
        witness.take()
        return [fact for fact in stated if fact[0] == "RightsChanged"]

    who = {"username": "other:alice"}
    assert await login(groups=["staff"], admin=True) == [
        ("RightsChanged", {**who, "admin": True, "groups_gained": ("staff",)})
    ]
    assert await login(groups=["staff"], admin=True) == []
    lost = {**who, "admin": False, "groups_gained": ("guests",), "groups_lost": ("staff",)}
    assert await login(groups=["guests"], admin=False) == [("RightsChanged", lost)]


class Watched(DictionaryAuthenticator):
    """An authenticator that tells the test what it states, from the beginning."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.facts: list[Fact] = []
        self.observers.add(ObserverOfAll(self.facts.append))


async def test_the_start_and_a_throttled_login(hubs: Any) -> None:
    config = Config()
    config.JupyterHub.authenticator_class = Watched
    config.Watched.passwords = {"alice": "correct-horse"}
    config.Watched.enable_auth_state = False
    config.Watched.allow_all = True
    config.Watched.failure_delay = 0
    config.Watched.blocked_users = {"mallory"}
    hub = await hubs(config)
    (configured,) = (fact for fact in hub.authenticator.facts if isinstance(fact, Configured))
    assert (configured.provider, configured.authenticator_class) == ("dictionary", "Watched")
    assert configured.settings["allow_all"] is True
    assert configured.settings["blocked_users"] == 1
    assert "mallory" not in str(configured)
    for _ in range(30):
        hub.authenticator.throttle.begin("alice", "127.0.0.1").failed()
    witness, browser = Witness(hub), hub.browser()
    await browser.submit(await browser.open("/hub/login"), {"username": "alice", "password": "correct-horse"})
    assert witness.names() == ["LoginBegan", "Throttled", "FailedLogin"]
    throttled = witness.only(Throttled)
    assert throttled.scope == "pair"
    assert throttled.seconds > 1
