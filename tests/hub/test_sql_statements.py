"""How many SQL statements and transactions a login and a refresh take.

Every statement and every COMMIT is a round trip to a database server, in which the Hub does nothing else: JupyterHub has
one session for all its users. The limits are those of one request, counted as follows.

- The request begins with no transaction open, as on a Hub that has nothing else to do.
- JupyterHub checks the connection with ``SELECT 1`` whenever the session takes one up, which is in the first statement
  after each COMMIT. Such a ping counts as a statement and as a transaction, unless a test says otherwise.
- JupyterHub finds the user of a page by the cookie in four statements, before it asks for a refresh.
"""

from __future__ import annotations

from typing import Any

import jupyterhub
import pytest
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator
from tests.multi.conftest import at, config_of, entry
from tests.support import Browser, Hub, HubState
from tests.support.database import Cost, DatabaseLog, counting

pytestmark = pytest.mark.skipif(
    jupyterhub.version_info[:2] < (6, 1), reason="the limits are those of the newest JupyterHub"
)

ASKED_EACH_TIME = {"enable_auth_state": True, "user_data_max_age": 0}
"""Every refresh asks the provider."""

GROUPS = {"manage_groups": True, "scope": ["openid", "profile", "groups"]}


async def callback_of(hub: Hub, name: str = "alice", browser: Browser | None = None) -> DatabaseLog:
    """What the callback of a login sends to the database. The login ends in a session."""
    browser = browser or hub.browser()
    callback = await browser.walk_to_callback(name)
    with counting(hub) as database:
        answer = await browser.get(callback)
    assert answer.status == 302, answer.text[:500]
    assert browser.logged_in
    return database


class Visitor:
    """A user who has signed in, and opens the Hub's home page."""

    def __init__(self, hub: Hub, provider: Any, browser: Browser, key: int) -> None:
        self.hub = hub
        self.provider = provider
        self.browser = browser
        self.key = key

    @classmethod
    async def signed_in(cls, hub: Hub, provider: Any, name: str = "alice") -> Visitor:
        browser = hub.browser()
        await browser.login(name)
        await browser.get("/hub/home")  # from here on the Hub has noted the user's activity, and read their servers
        return cls(hub, provider, browser, hub.app.users[name].id)

    async def page(self) -> DatabaseLog:
        """What a page sends to the database, when no refresh is due."""
        with counting(self.hub) as database:
            answer = await self.browser.get("/hub/home")
        assert answer.status == 200, answer.text[:500]
        return database

    async def due_page(self, *, asked: int) -> DatabaseLog:
        """What a page sends for which a refresh is due. The provider is `asked` for the user's data so many times."""
        before = self.provider.count("userinfo")
        self.hub.app.users[self.key]._auth_refreshed = None
        database = await self.page()
        assert self.provider.count("userinfo") - before == asked
        return database


def added_to(page: DatabaseLog, database: DatabaseLog) -> Cost:
    """What a refresh has added to a page: statements (pings left out), and how often it has committed."""
    return Cost(
        database.cost_without_pings.statements - page.cost_without_pings.statements, database.commits - page.commits
    )


# --- signing in ------------------------------------------------------------------------------------------------------


async def test_first_login(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(enable_auth_state=True)
    await callback_of(hub, "bob")
    database = await callback_of(hub)
    database.check(database.cost, Cost(8, 2))


async def test_repeated_login(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(enable_auth_state=True)
    await callback_of(hub)
    database = await callback_of(hub)
    database.check(database.cost, Cost(3, 2))


async def test_repeated_login_with_the_same_groups(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(enable_auth_state=True, **GROUPS)
    await callback_of(hub)
    database = await callback_of(hub)
    database.check(database.cost, Cost(3, 2))


async def test_login_without_auth_state_that_changes_nothing(hub_at_provider: Any) -> None:
    """The time of the login is written."""
    hub = await hub_at_provider()
    await callback_of(hub)
    database = await callback_of(hub)
    database.check(database.cost, Cost(2, 2))


async def test_repeated_login_in_the_same_browser(hub_at_provider: Any) -> None:
    """At most what JupyterHub takes itself: it looks up the user of the cookie, before and after the login."""
    hub = await hub_at_provider(enable_auth_state=True)
    browser = hub.browser()
    await browser.login("alice")
    await browser.get("/hub/home")
    database = await callback_of(hub, browser=browser)
    database.check(database.cost, Cost(17, 4))


async def test_login_with_one_of_several(hubs: Any, provider: Any) -> None:
    """To be one of several costs no statement."""
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/auth/campus/authorize")
    passwords = {"passwords": {"ada": "lovelace"}, "allow_all": True}
    entries = [entry("campus", **at(provider)), entry("dictionary", DictionaryAuthenticator, **passwords)]
    hub = await hubs(config_of(entries), state)
    await hub.browser().login("bob", at="campus")
    for limit in (Cost(8, 2), Cost(3, 2)):
        browser = hub.browser()
        callback = await browser.walk_to_callback("alice", at="campus")
        with counting(hub) as database:
            await browser.get(callback)
        assert browser.logged_in
        database.check(database.cost, limit)


async def test_login_with_a_form(hubs: Any) -> None:
    config = Config()
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.update(
        passwords={"ada": "lovelace", "bob": "builder"}, allow_all=True, enable_auth_state=True
    )
    hub = await hubs(config)
    for name, password, limit in (
        ("bob", "builder", Cost(8, 2)),
        ("ada", "lovelace", Cost(8, 2)),
        ("ada", "lovelace", Cost(3, 2)),
    ):
        browser = hub.browser()
        page = await browser.open("/hub/login?next=%2Fhub%2Fhome")
        fields = {"username": name, "password": password, "_xsrf": browser.cookies["_xsrf"]}
        with counting(hub) as database:
            await browser.request("POST", page.url, data=fields)
        assert browser.logged_in
        database.check(database.cost, limit)


async def test_redirect_to_the_provider_needs_no_database(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(enable_auth_state=True)
    with counting(hub) as database:
        await hub.browser().walk_to_callback("alice")
    database.check(database.cost, Cost(0, 0))


# --- refreshing ------------------------------------------------------------------------------------------------------


async def test_refresh_with_new_data(hub_at_provider: Any, provider: Any) -> None:
    """One statement for the user's row, one for a row of the suite's own, and one COMMIT for both."""
    hub = await hub_at_provider(**ASKED_EACH_TIME)
    visitor = await Visitor.signed_in(hub, provider)
    page = await visitor.page()
    provider.users["alice"]["name"] = "Another Name"
    database = await visitor.due_page(asked=1)
    database.check(added_to(page, database), Cost(2, 1))
    assert hub.app.users[visitor.key].user_info["name"] == "Another Name"


async def test_refresh_with_the_same_data(hub_at_provider: Any, provider: Any) -> None:
    """One UPDATE and one COMMIT, on top of the four statements with which JupyterHub finds the user of any page."""
    hub = await hub_at_provider(**ASKED_EACH_TIME)
    visitor = await Visitor.signed_in(hub, provider)
    database = await visitor.due_page(asked=1)
    database.check(database.cost_without_pings, Cost(5, 1))


@pytest.mark.parametrize("traits", [{}, GROUPS], ids=["plain", "groups"])
async def test_pages_shortly_after_a_refresh_write_nothing(hub_at_provider: Any, provider: Any, traits: Any) -> None:
    """The answer of a moment ago counts for them, and it has been written once."""
    hub = await hub_at_provider(**ASKED_EACH_TIME, **traits)
    visitor = await Visitor.signed_in(hub, provider)
    provider.users["alice"].update(name="Another Name", groups=["new"])
    await visitor.due_page(asked=1)
    page = await visitor.page()
    for _ in range(2):
        database = await visitor.due_page(asked=0)
        database.check(database.cost, page.cost)


async def test_refresh_with_young_data_writes_nothing(hub_at_provider: Any, provider: Any) -> None:
    hub = await hub_at_provider(enable_auth_state=True)
    visitor = await Visitor.signed_in(hub, provider)
    page = await visitor.page()
    database = await visitor.due_page(asked=0)
    database.check(database.cost, page.cost)


async def test_login_with_new_groups(hub_at_provider: Any, provider: Any) -> None:
    """One COMMIT for groups and auth_state together."""
    hub = await hub_at_provider(enable_auth_state=True, **GROUPS)
    await callback_of(hub)
    provider.users["alice"]["groups"] = ["new"]
    database = await callback_of(hub)
    assert database.commits == 1, database
    assert [group.name for group in hub.app.users["alice"].groups] == ["new"]


async def test_refresh_with_new_groups(hub_at_provider: Any, provider: Any) -> None:
    """One COMMIT for groups and auth_state together."""
    hub = await hub_at_provider(**ASKED_EACH_TIME, **GROUPS)
    visitor = await Visitor.signed_in(hub, provider)
    provider.users["alice"]["groups"] = ["new"]
    database = await visitor.due_page(asked=1)
    assert database.commits == 1
    assert [group.name for group in hub.app.users[visitor.key].groups] == ["new"]


async def test_renewed_tokens_are_written_before_they_are_used(hub_at_provider: Any, provider: Any) -> None:
    """One write for the new tokens, because a replaced refresh token is worthless if the Hub stops now, and one for the
    user's data.
    """
    provider.access_token_lifetime = 1
    hub = await hub_at_provider(enable_auth_state=True)
    visitor = await Visitor.signed_in(hub, provider)
    before = await hub.auth_state("alice")
    assert before is not None
    page = await visitor.page()
    database = await visitor.due_page(asked=1)
    after = await hub.auth_state("alice")
    assert after is not None
    assert after["access_token"] != before["access_token"]
    database.check(added_to(page, database), Cost(3, 2))
    writes = [one for one in database.statements if "UPDATE users" in one.sql and "encrypted_auth_state" in one.sql]
    assert len(writes) == 2
