"""Attacks on another user's account that use a change since the owner's last login."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from jupyterhub import orm
from jupyterhub.crypto import encrypt
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GitLabOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.accounts import account_login as signed_in
from oauthenticator_suite.local.forms.handlers import KNOWN_BROWSER
from oauthenticator_suite.local.forms.throttle import PAIR_FREE
from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import Configure, Start, entry, sign_in
from tests.multi.test_whose_account import login, provider_of, record_becomes, refresh_is_due
from tests.support import HubState, start_hub

pytestmark = pytest.mark.hub_versions


async def test_another_subject_at_a_provider_by_another_name(several: Start, campus: FakeProvider) -> None:
    """If the operator renames the provider, another user of the provider does not become the owner."""
    hub = await several()
    await login(hub.browser(), "alice", "campus")
    await record_becomes(hub, "alice", provider="university")
    campus.users["alice"]["sub"] = "somebody-else"
    assert (await login(hub.browser(), "alice", "campus")).status == 409


async def test_another_one_goes_without_a_prefix_now(configured: Configure, tmp_path: Path) -> None:
    """A child that has no prefix now does not get the accounts of the child that had none before."""
    state = HubState(tmp_path)
    async with start_hub(configured(state), state) as hub:
        await login(hub.browser(), "alice", "campus")
    config = configured(state, username_collision="prefix", bare="lab", enable_auth_state=True)
    async with start_hub(config, state) as hub:
        assert (await login(hub.browser(), "alice", "lab")).status == 409


async def test_what_cannot_be_decrypted_is_not_unclaimed(several: Start) -> None:
    """With another key the owner of an account is not known; the account does not become unclaimed."""
    hub = await several(unclaimed_accounts="lab")
    await login(hub.browser(), "alice", "campus")
    account = hub.app.users["alice"].orm_user
    account.encrypted_auth_state = b"of another key"
    hub.app.db.commit()
    assert (await login(hub.browser(), "alice", "lab")).status == 409


async def test_a_hook_that_gives_names_gives_no_name_of_anothers(several: Start, campus: FakeProvider) -> None:
    async def rename(authenticator: Any, handler: Any, model: dict[str, Any]) -> dict[str, Any]:
        return {**model, "name": model["auth_state"]["oauth_user"]["nickname"]}

    campus.users["eve"] = {"sub": "e", "preferred_username": "eve", "nickname": "lab:alice"}
    hub = await several(
        username_collision="prefix", children={"campus": {"post_auth_hook": rename}}, enable_auth_state=True
    )
    assert (await login(hub.browser(), "alice", "lab")).status == 200
    before = await hub.auth_state("lab:alice")
    browser = hub.browser()
    assert (await login(browser, "eve", "campus")).status == 403
    assert not browser.logged_in
    assert await hub.auth_state("lab:alice") == before


@pytest.mark.parametrize("same", [True, False])
async def test_two_of_one_name_at_the_same_moment(several: Start, campus: FakeProvider, same: bool) -> None:
    """The second login found no account when it was checked (F: two subjects never share an account)."""
    campus.users["other"] = {**campus.users["alice"], "sub": "somebody-else"}
    hub = await several()
    browsers = [hub.browser(), hub.browser()]
    names = ("alice", "alice" if same else "other")
    callbacks = [
        await browser.walk_to_callback(name, at="campus") for browser, name in zip(browsers, names, strict=True)
    ]
    pages = await asyncio.gather(*(one.open(url) for one, url in zip(browsers, callbacks, strict=True)))
    assert sorted(page.status for page in pages) == ([200, 200] if same else [200, 409])


async def test_a_shared_account_that_begins_in_two_places_at_once(several: Start) -> None:
    """The identity at each provider is recorded."""
    hub = await several(username_collision="share")
    browsers = {provider: hub.browser() for provider in ("campus", "lab")}
    callbacks = {name: await browser.walk_to_callback("alice", at=name) for name, browser in browsers.items()}
    await asyncio.gather(*(browsers[name].open(callbacks[name]) for name in browsers))
    owner = await provider_of(hub, "alice")
    kept = await hub.auth_state("alice")
    assert kept is not None
    assert set(kept["suite"]["others"]) == {"campus", "lab"} - {owner}


async def test_a_logout_token_for_an_account_that_is_gone(several: Start, campus: FakeProvider) -> None:
    """The database ID may belong to another account now, whose session is not with this provider."""
    hub = await several(children={"campus": {"backchannel_logout": True}})
    await login(hub.browser(), "alice", "campus")
    number = hub.app.users["alice"].id
    hub.app.users.delete(hub.app.users["alice"])
    browser = hub.browser()
    await login(browser, "bob", "lab")
    assert hub.app.users["bob"].id == number
    campus.client.backchannel_logout_uri = f"{hub.url}/hub/auth/campus/backchannel_logout"
    before = await hub.auth_state("bob")
    assert (await campus.log_out("alice")).status == 200
    assert (await browser.open("/hub/home")).path == "/hub/home"
    assert await hub.auth_state("bob") == before


async def test_a_browser_that_is_known_at_one_form_is_not_at_another(several: Start) -> None:
    """Otherwise a user of this name at one form could guess the password at the other with a new failure counter each time."""
    guests = entry("guests", DictionaryAuthenticator, passwords={"alice": "mine"}, allow_all=True, failure_delay=0)
    hub = await several(more=[guests])
    browser = hub.browser()
    statuses = []
    for _ in range(PAIR_FREE // 10 + 1):
        browser.clear_cookies()
        assert (await sign_in(browser, "alice", "mine", "guests")).status == 200
        assert KNOWN_BROWSER in browser.cookies
        await browser.open("/hub/logout")
        statuses += [(await sign_in(browser, "alice", "guessed", "dictionary")).status for _ in range(10)]
    assert statuses == [403] * PAIR_FREE + [429] * 10


async def test_who_was_let_in_for_having_an_account_is_not_when_it_is_gone(several: Start) -> None:
    """With shared accounts, `allow_existing_users` applies to every child."""
    hub = await several(
        username_collision="share",
        children={n: {"allow_all": False, "allow_existing_users": True} for n in ("campus", "lab", "dictionary")},
    )
    hub.app.db.add(orm.User(name="alice"))
    hub.app.db.commit()
    await hub.run(hub.authenticator.add_user(hub.app.users["alice"]))
    assert (await login(hub.browser(), "alice", "lab")).status == 200
    user = hub.app.users["alice"]
    await hub.run(hub.authenticator.delete_user(user))
    hub.app.users.delete(user)
    for provider in ("campus", "lab", "dictionary"):
        assert (await login(hub.browser(), "alice", provider)).status == 403, provider


@pytest.mark.parametrize("option", ["allowed_users", "admin_users", "blocked_users"])
@pytest.mark.parametrize("collision", ["reject", "prefix"])
async def test_names_of_ones_own_have_nothing_in_front(several: Start, option: str, collision: str) -> None:
    """A block that matches no user must stop the start-up."""
    with pytest.raises(ConfigurationError, match=f"{option} of lab contains 'lab:alice'"):
        await several(username_collision=collision, children={"lab": {option: {"lab:alice"}}})


async def test_groups_of_two_servers_are_not_those_of_one_name(several: Start) -> None:
    """At one of the two servers, any user may have created a group of that name."""
    given = Config()
    given.GitLabOAuthenticator.allowed_gitlab_groups = {"staff"}
    more = [
        entry(name, GitLabOAuthenticator, client_id="x", client_secret=name, gitlab_url=url)
        for name, url in (("public", "https://gitlab.com"), ("own", "https://git.example.edu"))
    ]
    with pytest.raises(
        ConfigurationError, match=r"c.GitLabOAuthenticator.allowed_gitlab_groups applies to 2 providers"
    ):
        await several(given=given, more=more)


async def test_a_refresh_that_keeps_nothing_keeps_whose_it_is(several: Start) -> None:
    async def nothing(authenticator: Any, user: Any, auth_state: Any) -> dict[str, Any]:
        return {"name": user.name, "auth_state": None}

    hub = await several(children={"campus": {"refresh_user_hook": nothing}})
    browser = hub.browser()
    await login(browser, "alice", "campus")
    before = await hub.auth_state("alice")
    refresh_is_due(hub, "alice")
    assert (await browser.open("/hub/home")).path == "/hub/home"
    after = await hub.auth_state("alice")
    assert before is not None
    assert after == {"suite": before["suite"]}
    assert (await login(hub.browser(), "alice", "lab")).status == 409
    assert (await login(hub.browser(), "alice", "campus")).status == 200


async def test_tokens_of_which_it_is_not_known_whose_they_are_go_nowhere(
    several: Start, campus: FakeProvider, lab: FakeProvider
) -> None:
    """The tokens were stored before MultiAuthenticator was used, and both providers use plain OAuth 2.0 (B21)."""

    def plain(provider: FakeProvider) -> dict[str, Any]:
        urls = {
            "authorize_url": "authorize",
            "token_url": "token",
            "userdata_url": "userinfo",
            "revocation_url": "revoke",
        }
        options = {option: f"{provider.issuer}/{path}" for option, path in urls.items()}
        claims = {"scope": ["profile"], "username_claim": "preferred_username"}
        return {"issuer": "", "revoke_tokens_on_logout": True, **claims, **options}

    hub = await several(children={"campus": plain(campus), "lab": plain(lab)})
    browser = hub.browser()
    assert (await login(browser, "alice", "campus")).status == 200
    auth_state = await hub.auth_state("alice")
    assert auth_state is not None
    del auth_state["suite"]
    await hub.app.users["alice"].save_auth_state(auth_state)
    await browser.open("/hub/auth/lab/logout")
    assert not browser.logged_in
    assert lab.count("revoke") == 0


async def test_an_account_that_is_made_while_somebody_signs_in_for_the_first_time(
    several: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example by an administrator. The Hub continues to work, with one account of that name."""

    async def slow(auth_state: Any) -> bytes:
        encrypted: bytes = await encrypt(auth_state)
        if "alice" not in hub.accounts():
            hub.app.db.add(orm.User(name="alice"))
            hub.app.db.commit()
        return encrypted

    monkeypatch.setattr(signed_in, "encrypt", slow)
    hub = await several()
    assert (await login(hub.browser(), "alice", "campus")).status == 409
    assert (await login(hub.browser(), "bob", "campus")).status == 200
    assert hub.accounts() == {"alice": False, "bob": False}


@pytest.mark.parametrize("at", ["lab", "dictionary"])
async def test_who_is_sent_to_the_logout_of_another_way(
    several: Start, campus: FakeProvider, lab: FakeProvider, at: str
) -> None:
    """For example by a link: the tokens are revoked at the provider that issued them, and sent to no other."""
    revoking = {"revoke_tokens_on_logout": True}
    hub = await several(children={"campus": revoking, "lab": revoking})
    browser = hub.browser()
    await login(browser, "alice", "campus")
    await browser.open(f"/hub/auth/{at}/logout")
    assert not browser.logged_in
    assert (campus.count("revoke"), lab.count("revoke")) == (2, 0)
