"""What a login asks of the Hub's database and of the provider: counted, since it is done by everybody every morning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from oauthenticator_suite import GenericOAuthenticator
from tests.support import Hub

pytestmark = pytest.mark.hub_versions


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
    assert authenticator.blocked_names() is authenticator.blocked_names()
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
