"""Every hook may be a plain function or a coroutine function; one that raises never leaves half a login."""

import pytest
from tornado import web

from oauthenticator_suite.errors import ConfigurationError
from tests.support import HubState, check_invariants, reference_on, refresh_is_due

pytestmark = pytest.mark.hub_versions

KEPT = {"enable_auth_state": True}


def as_kind(kind, function):
    """The function itself, or a coroutine function that does the same."""
    if kind == "sync":
        return function

    async def coroutine_function(*args):
        return function(*args)

    return coroutine_function


both_kinds = pytest.mark.parametrize("kind", ["sync", "async"])


@both_kinds
async def test_reconcile_gets_the_old_and_the_new_and_decides(hub_at_provider, provider, kind):
    seen = []

    def hook(authenticator, auth_model, existing):
        seen.append((auth_model["name"], existing))
        number = (existing or {}).get("logins", 0) + 1
        return {**auth_model["auth_state"], "logins": number}

    hub = await hub_at_provider(reconcile_auth_state_hook=as_kind(kind, hook), **KEPT)
    for _ in range(2):
        assert (await hub.browser().login("alice")).status == 200
    state = await hub.auth_state("alice")
    assert state["logins"] == 2
    assert state["suite"]["subject"] == "subject-of-alice"
    (first, second) = seen  # once for each login, whatever the Hub's version
    assert first == ("alice", None)
    assert second[0] == "alice"
    assert second[1]["logins"] == 1
    check_invariants(hub, provider, accounts=["alice"])


@both_kinds
async def test_modify_auth_state_hook(hub_at_provider, kind):
    def hook(authenticator, auth_state):
        return {**auth_state, "more": 1}

    hub = await hub_at_provider(modify_auth_state_hook=as_kind(kind, hook), **KEPT)
    await hub.browser().login("alice")
    assert (await hub.auth_state("alice"))["more"] == 1


def broken(*args):
    raise RuntimeError("the hook's own trouble")


@both_kinds
@pytest.mark.parametrize("option", ["post_auth_hook", "modify_auth_state_hook", "reconcile_auth_state_hook"])
async def test_a_hook_that_raises_at_the_first_login_leaves_nothing(hub_at_provider, kind, option):
    hub = await hub_at_provider(**{option: as_kind(kind, broken)}, **KEPT)
    browser = hub.browser()
    page = await browser.login("alice")
    assert page.status == 500
    assert "trouble" not in page.body
    line = hub.log.lines_with(reference_on(page, hub))[0]
    assert option in line
    assert "the hook's own trouble" in line
    assert not browser.logged_in
    assert not hub.accounts()


@pytest.mark.parametrize("known", [False, True])
async def test_a_hook_that_drops_the_groups_is_told_so(hub_at_provider, known):
    def hook(authenticator, handler, auth_model):
        return {key: value for key, value in auth_model.items() if key != "groups"}

    hub = await hub_at_provider(manage_groups=True, scope=["openid", "profile", "groups"], **KEPT)
    if known:
        assert (await hub.browser().login("alice")).status == 200
    groups = [group.name for group in hub.app.users["alice"].groups] if known else []
    hub.authenticator.post_auth_hook = hook
    page = await hub.browser().login("alice")
    assert page.status == 500
    (line,) = hub.log.lines_with("manage_groups is set, and the authentication model has no groups")
    assert reference_on(page, hub) in line
    assert hub.accounts().keys() == ({"alice"} if known else set())
    if known:
        assert [group.name for group in hub.app.users["alice"].groups] == groups != []


async def test_a_reconciling_that_fails_changes_nothing_of_an_account(hub_at_provider, provider):
    def hook(authenticator, auth_model, existing):
        if existing is not None:
            raise RuntimeError
        return auth_model["auth_state"]

    hub = await hub_at_provider(
        reconcile_auth_state_hook=hook, manage_groups=True, scope=["openid", "profile", "groups"], **KEPT
    )
    assert (await hub.browser().login("alice")).status == 200
    before = await hub.auth_state("alice")
    provider.users["alice"]["groups"] = ["others"]
    browser = hub.browser()
    assert (await browser.login("alice")).status == 500
    assert not browser.logged_in
    assert await hub.auth_state("alice") == before
    assert sorted(group.name for group in hub.app.users["alice"].groups) == ["hub-admins", "staff"]


@pytest.mark.parametrize("answer", [None, [], "state"], ids=repr)
async def test_a_reconciling_without_an_auth_state_refuses(hub_at_provider, answer):
    hub = await hub_at_provider(reconcile_auth_state_hook=lambda *args: answer, **KEPT)
    page = await hub.browser().login("alice")
    assert page.status == 500
    assert "reconcile_auth_state_hook returned" in hub.log.lines_with(reference_on(page, hub))[0]
    assert not hub.accounts()


async def test_a_reconciling_may_choose_the_hubs_own_page(hub_at_provider):
    def hook(*args):
        raise web.HTTPError(403, "No licence is left.")

    hub = await hub_at_provider(reconcile_auth_state_hook=hook, **KEPT)
    page = await hub.browser().login("alice")
    assert page.status == 403
    assert "No licence is left." in page.text
    assert not hub.accounts()


async def test_who_is_refused_is_not_reconciled(hub_at_provider):
    seen = []
    hub = await hub_at_provider(reconcile_auth_state_hook=seen.append, blocked_users={"alice"}, **KEPT)
    assert (await hub.browser().login("alice")).status == 403
    assert not seen


async def test_a_reconciling_does_not_say_whose_account_it_is(hub_at_provider, provider):
    """It may keep all of the old; the account's owner stays the one who signed in."""

    def hook(authenticator, auth_model, existing):
        return existing or {"kept": "for ever", **auth_model["auth_state"]}

    hub = await hub_at_provider(reconcile_auth_state_hook=hook, rebind_accounts_by_name=True, **KEPT)
    await hub.browser().login("alice")
    provider.users["alice"]["sub"] = "another-person"
    assert (await hub.browser().login("alice")).status == 200
    state = await hub.auth_state("alice")
    assert state["kept"] == "for ever"
    assert state["suite"]["subject"] == "another-person"


@both_kinds
async def test_a_refresh_is_reconciled_too(hub_at_provider, provider, kind):
    def hook(authenticator, auth_model, existing):
        return {**auth_model["auth_state"], "mine": (existing or {}).get("mine", 0) + 1}

    hub = await hub_at_provider(reconcile_auth_state_hook=as_kind(kind, hook), user_data_max_age=0, **KEPT)
    provider.access_token_lifetime = 1
    browser = hub.browser()
    await browser.login("alice")
    old = await hub.auth_state("alice")
    for number in (2, 3):
        refresh_is_due(hub)
        assert (await browser.get("/hub/home")).status == 200
        assert (await hub.auth_state("alice"))["mine"] == number
    assert (await hub.auth_state("alice"))["refresh_token"] != old["refresh_token"]
    check_invariants(hub, provider, accounts=["alice"])


async def test_a_reconciling_that_raises_at_a_refresh_asks_for_a_login(hub_at_provider, provider):
    trouble = []

    def hook(authenticator, auth_model, existing):
        if trouble:
            raise RuntimeError
        return auth_model["auth_state"]

    hub = await hub_at_provider(reconcile_auth_state_hook=hook, user_data_max_age=0, **KEPT)
    browser = hub.browser()
    await browser.login("alice")
    trouble.append(True)
    refresh_is_due(hub)
    assert (await browser.get("/hub/home")).status == 302
    assert hub.log.lines_with("reconcile_auth_state_hook raised RuntimeError")
    trouble.clear()
    assert (await browser.login("alice")).status == 200


async def test_reconciling_nothing_stops_the_start(hub_at_provider):
    with pytest.raises(ConfigurationError, match="enable_auth_state = True"):
        await hub_at_provider(reconcile_auth_state_hook=lambda *args: {})


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", ["enable_auth_state", "JUPYTERHUB_CRYPT_KEY", "openssl rand -hex 32"]),
        ("not-a-key-at-all", ["enable_auth_state", "32 bytes", "openssl rand -hex 32"]),
        ("schlüssel" * 5, ["enable_auth_state", "32 bytes", "openssl rand -hex 32"]),
        ("a" * 64 + ";not-a-key-at-all", ["enable_auth_state", "32 bytes"]),
    ],
    ids=["none", "too short", "not ASCII", "one of two"],
)
async def test_auth_state_without_a_good_key_stops_the_start(provider, hubs, key, words):
    from tests.conftest import generic_config

    with pytest.raises(ConfigurationError) as caught:
        await hubs(generic_config(provider, **KEPT), HubState(crypt_key=key))
    for word in words:
        assert word in caught.value.detail
    assert "not-a-key" not in caught.value.detail
    assert caught.value.__cause__ is None


async def test_a_key_in_the_configuration_is_good_enough(provider, hubs):
    from tests.conftest import generic_config

    config = generic_config(provider, **KEPT)
    config.CryptKeeper.keys = ["a" * 64]
    state = HubState(crypt_key="")
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    hub = await hubs(config, state)
    await hub.browser().login("alice")
    assert (await hub.auth_state("alice"))["access_token"]


async def test_without_auth_state_the_hub_says_what_is_lost_once(hub_at_provider):
    hub = await hub_at_provider()
    (line,) = hub.log.lines_with("enable_auth_state is off")
    assert line.startswith("INFO")


@pytest.mark.parametrize("option", ["request_otp", "otp_prompt"])
async def test_an_option_of_forms_stops_the_start(hub_at_provider, option):
    with pytest.raises(ConfigurationError, match=option):
        await hub_at_provider(**{option: True if option == "request_otp" else "Code:"})


async def test_an_option_of_a_newer_hub_is_warned_of_on_an_older_one(hub_at_provider):
    """One configuration may serve several Hubs."""
    from jupyterhub.auth import Authenticator

    hub = await hub_at_provider(auth_refresh_strict=True, **KEPT)
    if Authenticator.class_traits().get("auth_refresh_strict"):
        assert hub.authenticator.auth_refresh_strict
    else:
        assert hub.log.lines_with("auth_refresh_strict has no effect: it needs JupyterHub 6.1")
