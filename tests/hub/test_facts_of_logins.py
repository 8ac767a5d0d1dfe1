"""The facts about logins: each is stated once, in order, with the reference that is on the page."""

from __future__ import annotations

from typing import Any

import pytest
from jupyterhub.auth import Authenticator
from tornado import web
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator
from oauthenticator_suite.errors import AccessDenied
from oauthenticator_suite.hub.observe.facts import FailedLogin, LoginSucceeded, UserRefused
from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import at, config_of, entry
from tests.support import Hop, Hub, HubState, reference_on
from tests.support.facts import Witness, summary_of

pytestmark = pytest.mark.hub_versions

BEGAN = ("LoginBegan", {})


async def submit(hub: Hub, password: str, page: str = "/hub/login", name: str = "alice") -> Hop:
    """Submit the form of the sign-in page."""
    browser = hub.browser()
    return await browser.submit(await browser.open(page), {"username": name, "password": password})


async def test_first_login_and_the_next(hub_at_provider: Any) -> None:
    hub = await hub_at_provider()
    witness = Witness(hub)
    await hub.browser().login("alice")
    assert {fact.provider for fact in witness.facts} == {"generic"}
    assert all(fact.seconds > 0 for fact in witness.all(LoginSucceeded))
    assert witness.summary() == [BEGAN, ("LoginSucceeded", {"username": "alice", "is_new": True})]
    await hub.browser().login("alice")
    assert witness.summary() == [BEGAN, ("LoginSucceeded", {"username": "alice"})]


async def test_a_refused_user(hub_at_provider: Any, provider: FakeProvider) -> None:
    provider.users["alice"]["groups"] = ["guests"]
    hub = await hub_at_provider(
        allow_all=False,
        allowed_users={"ada"},
        blocked_users={"mallory"},
        manage_groups=True,
        allowed_groups={"staff"},
        scope=["openid", "profile", "groups"],
        auth_state_groups_key="oauth_user.groups",
    )
    witness = Witness(hub)
    page = await hub.browser().login("alice")
    refused, failed = witness.only(UserRefused), witness.only(FailedLogin)
    assert refused.reference == failed.reference == reference_on(page, hub)
    assert refused.rules == (
        ("blocked", "blocked_users", False),
        ("admin", "admin_users", False),
        ("allowed", "allow_all", False),
        ("allowed", "allowed_users", False),
        ("allowed", "allowed_groups", False),
    )
    assert refused.groups == ("guests",)
    assert witness.names() == ["LoginBegan", "UserRefused", "FailedLogin"]
    assert (failed.error, failed.status, failed.username) == ("AccessDenied", 403, "alice")
    assert failed.rule == refused.rule == "no allow rule matches"
    assert failed.seconds > 0


async def test_a_blocked_user_whose_groups_are_not_known(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(blocked_users={"alice"})
    witness = Witness(hub)
    await hub.browser().login("alice")
    refused = witness.only(UserRefused)
    assert (refused.rule, refused.groups) == ("blocked_users", None)
    assert ("blocked", "blocked_users", True) in refused.rules
    assert ("allowed", "allow_all", True) in refused.rules
    assert witness.names() == ["LoginBegan", "UserRefused", "FailedLogin"]


async def test_a_hook_that_refuses_the_user(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(post_auth_hook=lambda authenticator, handler, model: None)
    witness = Witness(hub)
    await hub.browser().login("alice")
    assert witness.only(UserRefused).rule == witness.only(FailedLogin).rule == "post_auth_hook"


async def test_an_override_that_asks_about_the_user_twice(hubs: Any, provider: FakeProvider) -> None:
    class Lenient(GenericOAuthenticator):
        async def check_blocked_users(self, username: str, auth_model: Any = None) -> bool:
            try:
                return await super().check_blocked_users(username, auth_model)
            except AccessDenied:
                return True

    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = Config()
    config.JupyterHub.authenticator_class = Lenient
    config.Lenient = Config(at(provider, blocked_users={"alice"}))
    hub = await hubs(config, state)
    witness = Witness(hub)
    await hub.browser().login("alice")
    assert witness.names() == ["LoginBegan", "UserRefused", "FailedLogin"]


async def test_a_callback_without_an_attempt(hub_at_provider: Any) -> None:
    hub = await hub_at_provider()
    witness = Witness(hub)
    callback = await hub.browser().walk_to_callback("alice")
    page = await hub.browser().open(callback)
    failed = witness.only(FailedLogin)
    assert (failed.error, failed.code, failed.status) == ("AttemptError", "missing", 400)
    assert failed.reference == reference_on(page, hub)
    witness.take()
    assert witness.names() == []


async def test_the_page_of_an_error_is_no_second_failure(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(allow_all=False, allowed_users={"ada"})
    browser = hub.browser()
    page = await browser.login("alice")
    witness = Witness(hub)
    again = await browser.open(page.url)
    assert again.status == 403
    assert (await hub.browser().open(page.url)).status == 400  # another browser has no such result
    assert witness.names() == []


async def test_a_hook_with_a_page_of_its_own(hub_at_provider: Any) -> None:
    def refuse(authenticator: Any, handler: Any, model: Any) -> Any:
        raise web.HTTPError(402, "Please pay")

    hub = await hub_at_provider(post_auth_hook=refuse)
    witness = Witness(hub)
    page = await hub.browser().login("alice")
    failed = witness.only(FailedLogin)
    assert page.status == 402
    assert (failed.error, failed.status) == ("HTTPError", 402)
    assert hub.log.lines_with(failed.reference)


async def test_a_provider_that_does_not_answer(hub_at_provider: Any, provider: FakeProvider) -> None:
    hub = await hub_at_provider()
    browser = hub.browser()
    callback = await browser.walk_to_callback("alice")
    witness = Witness(hub)
    provider.faults.on("F16", at="token")
    await browser.open(callback)
    failed = witness.only(FailedLogin)
    assert failed.error == "ProviderBusy"
    assert not failed.rule
    assert witness.names("ProviderHealth") == ["FailedLogin"]


async def test_a_form(hubs: Any) -> None:
    config = Config()
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.passwords = {"alice": "correct-horse"}
    config.DictionaryAuthenticator.enable_auth_state = False
    config.DictionaryAuthenticator.allow_all = True
    config.DictionaryAuthenticator.failure_delay = 0
    hub = await hubs(config)
    witness = Witness(hub)
    await hub.browser().open("/hub/login")
    assert witness.names() == []
    await submit(hub, "wrong")
    failed = witness.only(FailedLogin)
    assert (failed.error, failed.status, failed.reference, failed.username) == ("LoginFailed", 403, "", "alice")
    assert witness.names() == ["LoginBegan", "FailedLogin"]
    witness.take()
    await submit(hub, "wrong", name="correct-horse")  # the password, typed into the wrong field, is not a known name
    assert witness.only(FailedLogin).username == ""
    witness.take()
    await submit(hub, "correct-horse")
    assert witness.summary() == [BEGAN, ("LoginSucceeded", {"username": "alice", "is_new": True})]


class Another(Authenticator):
    """The authenticator of another package."""

    async def authenticate(self, handler: Any, data: Any) -> Any:
        if data["password"] == "http":
            raise web.HTTPError(403, "no")
        if data["password"] == "raises":
            raise ZeroDivisionError
        return data["username"] if data["password"] == "guest" else None


async def test_children_are_named(hubs: Any, provider: FakeProvider) -> None:
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/auth/campus/authorize")
    entries = [
        entry("campus", **at(provider, blocked_users={"alice"})),
        entry("staff", DictionaryAuthenticator, passwords={"alice": "correct-horse"}, allow_all=True, failure_delay=0),
        entry("other", Another, allow_all=True),
    ]
    hub = await hubs(config_of(entries, username_collision="prefix"), state)
    witness = Witness(hub)
    await hub.browser().login("bob", at="campus")
    await submit(hub, "correct-horse", "/hub/auth/staff/login")
    names = [(fact.provider, *summary_of(fact)) for fact in witness.take()]
    assert names == [
        ("campus", *BEGAN),
        ("campus", "LoginSucceeded", {"username": "campus:bob", "is_new": True}),
        ("staff", *BEGAN),
        ("staff", "LoginSucceeded", {"username": "staff:alice", "is_new": True}),
    ]
    await hub.browser().login("alice", at="campus")
    assert [type(fact) for fact in witness.facts][-2:] == [UserRefused, FailedLogin]
    assert {fact.provider for fact in witness.take()} == {"campus"}


@pytest.mark.parametrize(
    ("password", "error", "status"),
    [("wrong", "LoginFailed", 403), ("http", "HTTPError", 403), ("raises", "HookError", 500)],
)
async def test_a_child_of_another_package(hubs: Any, password: str, error: str, status: int) -> None:
    entries = [
        entry("other", Another, allow_all=True),
        entry("staff", DictionaryAuthenticator, passwords={"alice": "correct-horse"}, allow_all=True),
    ]
    hub = await hubs(config_of(entries, username_collision="prefix"))
    witness = Witness(hub)
    await submit(hub, password, "/hub/auth/other/login")
    failed = witness.only(FailedLogin)
    assert (failed.provider, failed.error, failed.status) == ("other", error, status)
    assert bool(hub.log.lines_with(failed.reference)) if failed.reference else error != "HookError"
    assert witness.names() == ["FailedLogin"]
    witness.take()
    await submit(hub, "guest", "/hub/auth/other/login")
    assert witness.summary() == [("LoginSucceeded", {"username": "other:alice", "is_new": True})]
    await submit(hub, "guest", "/hub/auth/other/login")
    assert witness.summary() == [("LoginSucceeded", {"username": "other:alice"})]
