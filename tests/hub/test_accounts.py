"""An account is (issuer, subject), not a name."""

import logging

import pytest

from tests.support import check_invariants, reference_on

pytestmark = pytest.mark.hub_versions

KEPT = {"enable_auth_state": True}


async def test_a_name_that_has_a_new_owner_does_not_get_the_account(hub_at_provider, provider):
    """A recycled name at the provider is another person."""
    hub = await hub_at_provider(**KEPT)
    await hub.browser().login("alice")
    provider.users["alice"]["sub"] = "another-person"
    browser = hub.browser()
    page = await browser.login("alice")
    assert page.status == 409
    assert not browser.logged_in
    assert "subject-of-alice" not in page.body
    assert "another-person" not in page.body
    assert "rebind_accounts_by_name" in hub.log.lines_with(reference_on(page, hub))[0]
    check_invariants(hub, provider, accounts=["alice"])
    provider.users["alice"]["sub"] = "subject-of-alice"
    assert (await hub.browser().login("alice")).status == 200


@pytest.mark.parametrize(
    "traits",
    [{"username_map": {"bob": "alice"}}, {"username_claim": lambda user_info: "alice"}],
    ids=["username_map", "username_claim"],
)
async def test_two_subjects_that_come_to_one_name(hub_at_provider, traits):
    hub = await hub_at_provider(**KEPT, **traits)
    await hub.browser().login("alice")
    assert (await hub.browser().login("bob")).status == 409


async def test_names_that_the_hub_folds_into_one(hub_at_provider, provider):
    provider.users["Alice"] = {"sub": "another-alice", "preferred_username": "Alice"}
    hub = await hub_at_provider(**KEPT)
    await hub.browser().login("alice")
    assert (await hub.browser().login("Alice")).status == 409


async def test_an_account_may_be_given_away(hub_at_provider, provider):
    hub = await hub_at_provider(rebind_accounts_by_name=True, **KEPT)
    await hub.browser().login("alice")
    provider.users["alice"]["sub"] = "another-person"
    assert (await hub.browser().login("alice")).status == 200
    (line,) = hub.log.lines_with("how=by_name")
    assert "event=account provider=generic user=alice" in line
    assert line in "\n".join(hub.log.at_least(logging.WARNING))
    hub.authenticator.rebind_accounts_by_name = False
    assert (await hub.browser().login("alice")).status == 200
    provider.users["alice"]["sub"] = "subject-of-alice"
    assert (await hub.browser().login("alice")).status == 409


async def test_an_auth_state_that_another_package_kept(hub_at_provider, provider):
    """Those who move over keep their accounts, and are protected from the first login on."""
    hub = await hub_at_provider(**KEPT)
    await hub.browser().login("alice")
    state = await hub.auth_state("alice")
    del state["suite"]
    await hub.app.users["alice"].save_auth_state(state)
    provider.users["alice"]["sub"] = "another-person"
    assert (await hub.browser().login("alice")).status == 409
    await hub.app.users["alice"].save_auth_state({"something": "else"})
    assert (await hub.browser().login("alice")).status == 200


async def test_without_auth_state_a_name_is_all_there_is(hub_at_provider, provider):
    hub = await hub_at_provider()
    await hub.browser().login("alice")
    provider.users["alice"]["sub"] = "another-person"
    assert (await hub.browser().login("alice")).status == 200
