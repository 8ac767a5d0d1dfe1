"""What a login asks of the Hub's database and of the provider: counted, since it is done by everybody every morning."""

from __future__ import annotations

import asyncio
import selectors
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from pathlib import Path
from statistics import median
from types import FrameType
from typing import Any

import pytest
from cryptography.fernet import MultiFernet
from sqlalchemy import event

import oauthenticator_suite
from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator, GitHubOAuthenticator
from oauthenticator_suite.errors import AuthorizationResponseError
from oauthenticator_suite.hub.accounts.auth_state import decrypting_once, kept_auth_state
from tests.conftest import generic_config
from tests.multi.conftest import at, config_of, entry
from tests.support import Hub, HubState

pytestmark = pytest.mark.hub_versions

PACKAGE = f"{Path(oauthenticator_suite.__file__).parent}/"
EVENT_LOOP = (f"{Path(asyncio.__file__).parent}/", selectors.__file__)
NOT_A_FUNCTION = CO_COROUTINE | CO_GENERATOR | CO_ASYNC_GENERATOR


@contextmanager
def statements_of(hub: Hub) -> Iterator[list[str]]:
    """The SQL that the Hub sends meanwhile."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    engine = hub.app.db.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("traits", [{}, {"enable_auth_state": True}], ids=["plain", "auth_state"])
async def test_an_account_is_found_without_reading_all_of_it(hub_at_provider, traits):
    hub = await hub_at_provider(**traits)
    await hub.browser().login("alice")
    callback = await (again := hub.browser()).walk_to_callback("alice")
    with statements_of(hub) as sent:
        assert (await again.get(callback)).status == 302
    assert again.logged_in
    assert [statement for statement in sent if "user_group_map" in statement or "shares" in statement] == []


async def test_an_account_that_the_hub_does_not_have_in_memory(hub_at_provider):
    """After a restart only those with running servers are there."""
    hub = await hub_at_provider(enable_auth_state=True, admin_users={"alice"})
    await hub.browser().login("alice")
    hub.app.users.clear()
    browser = hub.browser()
    await browser.login("alice")
    assert browser.logged_in
    assert hub.accounts() == {"alice": True}


async def test_an_account_that_was_deleted_is_made_anew(hub_at_provider, provider):
    hub = await hub_at_provider(enable_auth_state=True)
    await hub.browser().login("alice")
    hub.app.users.delete("alice")
    assert hub.accounts() == {}
    provider.users["alice"]["sub"] = "another-person"  # whose account it was is gone with it
    browser = hub.browser()
    await browser.login("alice")
    assert browser.logged_in
    assert hub.accounts() == {"alice": False}


async def test_a_login_asks_the_provider_twice(hub, provider):
    """One token request and one userinfo request; metadata and keys were fetched before."""
    await hub.browser().login("alice")
    before = len(provider.calls)
    callback = await (again := hub.browser()).walk_to_callback("alice")
    await again.get(callback)
    asked = [call.endpoint for call in provider.calls[before:] if call.endpoint != "authorize"]
    assert asked == ["token", "userinfo"]


def test_thousands_of_blocked_users_are_normalized_once_and_again_when_they_change():
    """A block that is added while the Hub runs, under whatever spelling, holds from then on."""
    authenticator = GenericOAuthenticator(allow_all=True, blocked_users={f"Somebody{n}" for n in range(5000)})
    assert authenticator.option_rules.blocked_names() is authenticator.option_rules.blocked_names()
    assert authenticator.decide("somebody1", None).barred
    assert not authenticator.decide("bob", None).barred
    authenticator.blocked_users.add("Bob")
    assert authenticator.decide("bob", None).barred
    authenticator.blocked_users = {"robert"}
    assert not authenticator.decide("bob", None).barred
    authenticator.username_map["robert"] = "bob"
    assert authenticator.decide("bob", None).barred


def test_an_override_that_changes_its_mind_about_names_is_asked_each_time():
    names = {"robert": "rob"}

    class Renaming(GenericOAuthenticator):
        def normalize_username(self, username: str) -> str:
            return names.get(username, username)

    authenticator = Renaming(allow_all=True, blocked_users={"robert"})
    assert not authenticator.decide("bob", None).barred
    names["robert"] = "bob"
    assert authenticator.decide("bob", None).barred


class Calls:
    """The calls of Python functions in this thread, while it is entered: `total`, and `own`, those of the package.

    The number does not depend on how busy the machine is. So those of the event loop do not count, nor do coroutines,
    of which each continuation would count as a call.
    """

    def __init__(self) -> None:
        self.total = 0
        self.own = 0
        self.decrypted = 0

    def __enter__(self) -> Calls:
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            code = frame.f_code
            if not code.co_flags & NOT_A_FUNCTION and not code.co_filename.startswith(EVENT_LOOP):
                self.total += 1
                self.own += code.co_filename.startswith(PACKAGE) and not code.co_name.startswith("<")
            self.decrypted += code is MultiFernet.decrypt.__code__


async def cost_of_callbacks(hub: Hub, at: str | None = None) -> list[Calls]:
    """What repeated logins of one user cost the Hub, the provider and the browser, which are in this thread."""
    await hub.browser().login("alice", at=at)
    costs = []
    for _ in range(5):
        browser = hub.browser()
        callback = await browser.walk_to_callback("alice", at=at)
        with Calls() as calls:
            answer = await browser.get(callback)
        assert answer.status == 302
        assert browser.logged_in
        costs.append(calls)
    return costs


def typical(costs: list[Calls]) -> int:
    """The package's own calls in most of these logins: what earlier tests have left to do adds to one or another."""
    return sorted(each.own for each in costs)[len(costs) // 2]


async def test_a_login_calls_few_functions_of_the_package(hub_at_provider):
    """A protection that is off should cost no login anything, and what follows from options is computed once."""
    costs = await cost_of_callbacks(await hub_at_provider(enable_auth_state=True))
    assert typical(costs) <= 432


async def test_a_further_group_costs_a_login_few_calls(hub_at_provider, provider):
    """Each name is checked once. With `groups_case_sensitive` off, lower case is more."""
    hub = await hub_at_provider(enable_auth_state=True, manage_groups=True, scope=["openid", "profile", "groups"])
    costs = []
    for count in (1, 501):
        provider.users["alice"]["groups"] = [f"Group-{number}" for number in range(count)]
        costs.append(typical(await cost_of_callbacks(hub)))
    assert len(hub.app.users["alice"].groups) == 501
    assert (costs[1] - costs[0]) / 500 <= 1


def test_what_follows_from_options_is_computed_once_and_again_when_one_is_set():
    authenticator = GenericOAuthenticator(client_id="hub", client_secret="a secret of the test", allow_all=True)
    connection = authenticator.connection
    before = connection.authentication, connection.protections
    assert connection.authentication is before[0]
    assert connection.protections is before[1]
    assert before[0].method(None) == "client_secret_post"
    assert before[1].uses_pkce
    authenticator.client_auth_method = "client_secret_basic"
    authenticator.enable_pkce = False
    assert connection.authentication.method(None) == "client_secret_basic"
    assert not connection.protections.uses_pkce


def test_the_address_of_the_provider_follows_from_its_option():
    authenticator = GitHubOAuthenticator(client_id="hub", client_secret="a secret of the test", allow_all=True)
    assert authenticator.account_issuer == "https://github.com"
    authenticator.github_url = "https://github.example.org/"
    assert authenticator.account_issuer == "https://github.example.org"
    with authenticator.hold_trait_notifications():
        authenticator.github_url = "https://github.example.net/"
        assert authenticator.account_issuer == "https://github.example.net"


def test_responses_are_signed_as_the_option_says_now():
    authenticator = GenericOAuthenticator(client_id="hub", client_secret="a secret of the test", allow_all=True)
    assert authenticator.flow.state_in({"state": "of the test"}) == "of the test"
    authenticator.response_mode = "jwt"
    with pytest.raises(AuthorizationResponseError):
        authenticator.flow.state_in({"state": "of the test"})


async def test_options_that_were_changed_in_place_before_the_start_count(hubs, provider):
    class Changing(GenericOAuthenticator):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            assert "ES512" not in self.connection.protections.algorithms
            self.id_token_signed_response_alg.add("ES512")

    config = generic_config(provider, id_token_signed_response_alg={"RS256"})
    config.JupyterHub.authenticator_class = Changing
    hub = await hubs(config)
    assert hub.authenticator.connection.protections.algorithms == {"RS256", "ES512"}


async def test_one_of_several_costs_what_a_single_provider_does(hub_at_provider, hubs, provider):
    """Counted in calls. Each login decrypts the account's `auth_state` once, though its owner is checked twice."""
    single = await cost_of_callbacks(await hub_at_provider(enable_auth_state=True))
    state = HubState()
    names = ["campus", "second", "third", "fourth", "fifth"]
    provider.client.redirect_uris |= {f"{state.url}/hub/auth/{name}/authorize" for name in names}
    entries = [entry(name, **at(provider)) for name in names]
    entries.append(entry("book", DictionaryAuthenticator, passwords={"ada": "lovelace"}, allow_all=True))
    several = await cost_of_callbacks(await hubs(config_of(entries, enable_auth_state=True), state), at="campus")
    for calls in (*single, *several):
        assert calls.decrypted == 1

    assert median(each.total for each in several) <= 1.06 * median(each.total for each in single)


async def test_what_a_login_has_decrypted_is_forgotten_at_its_end(hub_at_provider):
    """Also by tasks that it has started, which continue."""
    hub = await hub_at_provider(enable_auth_state=True)
    await hub.browser().login("alice")
    user, over = hub.app.users["alice"], asyncio.Event()

    async def reads(twice_after: asyncio.Event | None = None) -> None:
        if twice_after is not None:
            await twice_after.wait()
        for _ in range(2):
            assert await kept_auth_state(user)

    with Calls() as during, decrypting_once():
        await reads()
        task = asyncio.ensure_future(reads(over))
    over.set()
    with Calls() as after:
        await task
    assert (during.decrypted, after.decrypted) == (1, 2)
