"""Account ownership: users with the same name at two providers are different people, unless accounts are shared."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from jupyterhub import orm
from jupyterhub.crypto import encrypt
from traitlets.config import Config

from oauthenticator_suite import GitHubOAuthenticator, GitLabOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from tests.conftest import generic_config
from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import Configure, Start, at, config_of, entry, sign_in
from tests.support import Browser, Hop, Hub, HubState, reference_on, refreshes_ended, start_hub

pytestmark = pytest.mark.hub_versions

FRESH = {"user_data_max_age": 0}
"""Every refresh sends a request to the provider."""


async def login(browser: Browser, name: str, provider: str) -> Hop:
    if provider != "dictionary":
        return await browser.login(name, at=provider)
    return await sign_in(browser, name, {"alice": "a-secret", "ada": "lovelace"}[name])


def refresh_is_due(hub: Hub, name: str) -> None:
    """Make a refresh due for this user, and clear the short-lived caches."""
    hub.app.users[name]._auth_refreshed = None
    for child in hub.authenticator.children.values():
        if hasattr(child, "refresher"):
            child.refresher._outcomes.forget(name)


async def record_becomes(hub: Hub, name: str, **fields: Any) -> None:
    """Change the stored record of the account's owner."""
    auth_state = await hub.auth_state(name)
    assert auth_state is not None
    auth_state["suite"].update(fields)
    await hub.app.users[name].save_auth_state(auth_state)


async def provider_of(hub: Hub, name: str) -> str | None:
    auth_state = await hub.auth_state(name)
    provider: str | None = (auth_state or {}).get("suite", {}).get("provider")
    return provider


# --- reject -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [("campus", "lab"), ("lab", "campus"), ("campus", "dictionary"), ("dictionary", "campus")],
    ids="-".join,
)
async def test_a_name_belongs_to_who_had_it_first(several: Start, first: str, second: str) -> None:
    hub = await several()
    owner, other = hub.browser(), hub.browser()
    assert (await login(owner, "alice", first)).status == 200
    before = await hub.auth_state("alice")
    page = await login(other, "alice", second)
    assert page.status == 409
    assert f"signs in with {first.title()}" in page.text
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert f": {second}: [" in line  # which of two of the same class
    assert not other.logged_in
    assert await hub.auth_state("alice") == before
    assert (await login(other, "alice", first)).status == 200


async def test_two_who_come_at_the_same_moment(several: Start) -> None:
    """One login gets the account, and the other is refused."""
    hub = await several()
    browsers = {provider: hub.browser() for provider in ("campus", "lab")}
    callbacks = {name: await browser.walk_to_callback("alice", at=name) for name, browser in browsers.items()}
    pages = dict(
        zip(browsers, await asyncio.gather(*(browsers[name].open(callbacks[name]) for name in browsers)), strict=True)
    )
    (first,) = [name for name, page in pages.items() if page.status == 200]
    (second,) = [name for name, page in pages.items() if page.status == 409]
    assert await provider_of(hub, "alice") == first
    assert browsers[first].logged_in
    assert not browsers[second].logged_in


async def test_an_account_of_which_nothing_is_known_is_nobodys(several: Start) -> None:
    """For example an account that an administrator created: each provider may have another user of that name."""
    hub = await several()
    hub.app.db.add(orm.User(name="alice"))
    hub.app.db.commit()
    for provider in ("campus", "dictionary"):
        page = await login(hub.browser(), "alice", provider)
        assert page.status == 409
        assert "this name belongs to another account" in page.text
        assert "unclaimed_accounts" in hub.log.lines_with(reference_on(page, hub))[0]


async def test_a_provider_by_another_name(several: Start) -> None:
    """The operator renamed the provider. The account is recognized by its issuer and subject."""
    hub = await several()
    await login(hub.browser(), "alice", "campus")
    await record_becomes(hub, "alice", provider="university")
    assert (await login(hub.browser(), "alice", "lab")).status == 409
    assert (await login(hub.browser(), "alice", "campus")).status == 200


async def test_the_only_one_has_what_is_unclaimed(campus: FakeProvider, hubs: Any) -> None:
    """With one child, everything works as without MultiAuthenticator: the Hub creates accounts for the listed users."""
    state = HubState()
    campus.client.redirect_uris.add(f"{state.url}/hub/auth/campus/authorize")
    only = entry("campus", **at(campus, allow_all=False, allowed_users={"bob"}, admin_users={"alice"}))
    hub = await hubs(config_of([only]), state)
    assert hub.accounts() == {"alice": True, "bob": False}
    for name in ("alice", "bob"):
        assert (await login(hub.browser(), name, "campus")).status == 200


async def test_unclaimed_accounts_are_of_one_provider(several: Start) -> None:
    hub = await several(unclaimed_accounts="lab")
    hub.app.db.add(orm.User(name="alice"))
    hub.app.db.commit()
    assert (await login(hub.browser(), "alice", "campus")).status == 409
    assert (await login(hub.browser(), "alice", "lab")).status == 200
    assert await provider_of(hub, "alice") == "lab"


async def test_another_subject_of_the_same_provider_is_refused_too(several: Start, campus: FakeProvider) -> None:
    hub = await several()
    assert (await login(hub.browser(), "alice", "campus")).status == 200
    campus.users["alice"]["sub"] = "somebody-else"
    page = await login(hub.browser(), "alice", "campus")
    assert page.status == 409


async def test_a_move_of_accounts_from_one_to_the_other(several: Start) -> None:
    hub = await several(children={"lab": {"rebind_accounts_by_name": True}})
    assert (await login(hub.browser(), "alice", "campus")).status == 200
    assert (await login(hub.browser(), "alice", "lab")).status == 200
    assert await provider_of(hub, "alice") == "lab"
    (line,) = [each for each in hub.log.lines_with("event=account") if "how=by_name" in each]
    assert "provider=lab" in line
    assert "user=alice" in line


# --- the same hub before ----------------------------------------------------------------------------------------------


async def test_accounts_of_a_hub_with_one_provider_stay_theirs(
    several: Start, campus: FakeProvider, tmp_path: Path
) -> None:
    """An operator adds a second provider to a running Hub: the users of the first provider keep their accounts."""
    state = HubState(tmp_path)
    campus.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    async with start_hub(generic_config(campus, enable_auth_state=True), state) as before:
        browser = before.browser()
        assert (await browser.login("alice")).status == 200
        kept = browser.cookies
    hub = await several(state=state)
    again = hub.browser()
    again._session.cookie_jar.update_cookies(kept)
    assert (await again.open("/hub/home")).status == 200  # the session continues
    assert (await login(hub.browser(), "alice", "lab")).status == 409
    assert (await login(hub.browser(), "alice", "campus")).status == 200
    assert await provider_of(hub, "alice") == "campus"


async def test_accounts_that_the_oauthenticator_package_has_kept(several: Start) -> None:
    """The owner is found by the key of the user's data in `auth_state`, if exactly one child uses this key."""
    github = {
        "authenticator_class": GitHubOAuthenticator,
        "config": {"client_id": "x", "client_secret": "y", "allow_all": True},
    }
    hub = await several(more=[github])
    account = orm.User(name="alice")
    account.encrypted_auth_state = await encrypt({"access_token": "t", "github_user": {"login": "alice", "id": 7}})
    hub.app.db.add(account)
    hub.app.db.commit()
    page = await login(hub.browser(), "alice", "campus")
    assert page.status == 409
    assert "GitHub" in page.text


# --- prefix -----------------------------------------------------------------------------------------------------------


async def test_with_prefixes_names_cannot_meet(several: Start) -> None:
    hub = await several(username_collision="prefix")
    for provider in ("campus", "lab", "dictionary"):
        page = await login(hub.browser(), "alice", provider)
        assert page.status == 200
        assert f"{provider}:alice" in page.text
    assert set(hub.accounts()) == {"campus:alice", "lab:alice", "dictionary:alice"}


async def test_one_may_go_without_a_prefix(several: Start, campus: FakeProvider) -> None:
    """None of its usernames can look like a name with another child's prefix."""
    campus.users["eve"] = {"sub": "e", "preferred_username": "lab:alice"}
    hub = await several(username_collision="prefix", bare="campus")
    assert (await login(hub.browser(), "alice", "campus")).status == 200
    assert (await login(hub.browser(), "alice", "lab")).status == 200
    assert (await login(hub.browser(), "eve", "campus")).status == 403
    assert set(hub.accounts()) == {"alice", "lab:alice"}


async def test_lists_with_prefixes(several: Start) -> None:
    """Names in the parent's options have a prefix, names in a child's options have none. The Hub creates administrators at once."""
    hub = await several(
        username_collision="prefix",
        children={"lab": {"allow_all": False, "allowed_users": {"bob"}}},
        admin_users={"campus:alice"},
        blocked_users={"campus:bob"},
    )
    assert hub.accounts() == {"campus:alice": True, "lab:bob": False}
    assert (await login(hub.browser(), "bob", "lab")).status == 200
    assert (await login(hub.browser(), "alice", "lab")).status == 403
    assert (await login(hub.browser(), "bob", "campus")).status == 403
    assert (await login(hub.browser(), "alice", "campus")).status == 200
    assert hub.accounts()["campus:alice"]


# --- share ------------------------------------------------------------------------------------------------------------


async def test_shared_accounts(several: Start, campus: FakeProvider) -> None:
    """The operator states that a name is one person at all providers. At each provider, it is still bound to one subject."""
    hub = await several(username_collision="share")
    for provider in ("campus", "lab", "dictionary", "campus"):
        assert (await login(hub.browser(), "alice", provider)).status == 200
        assert await provider_of(hub, "alice") == provider
    assert set(hub.accounts()) == {"alice"}
    assert (await login(hub.browser(), "alice", "lab")).status == 200
    campus.users["alice"]["sub"] = "somebody-else"
    assert (await login(hub.browser(), "alice", "campus")).status == 409
    assert await provider_of(hub, "alice") == "lab"


async def test_a_plain_name_is_everybodys_of_that_name_when_accounts_are_shared(several: Start) -> None:
    hub = await several(username_collision="share", admin_users={"alice"})
    assert hub.accounts() == {"alice": True}
    assert (await login(hub.browser(), "alice", "lab")).status == 200
    assert hub.accounts() == {"alice": True}


# --- names with a provider --------------------------------------------------------------------------------------------


async def test_names_of_a_provider(several: Start) -> None:
    """`campus:alice` means alice of campus only, also as an administrator."""
    hub = await several(
        children={"lab": {"allow_all": False}, "campus": {"allow_all": False}},
        admin_users={"campus:alice"},
        allowed_users={"campus:alice", "lab:bob"},
        blocked_users={"dictionary:ada"},
    )
    assert hub.accounts() == {}  # not created at start-up, because the first login decides who gets the account
    assert (await login(hub.browser(), "alice", "lab")).status == 403
    assert (await login(hub.browser(), "bob", "campus")).status == 403
    assert (await login(hub.browser(), "ada", "dictionary")).status == 403
    assert (await login(hub.browser(), "alice", "campus")).status == 200
    assert (await login(hub.browser(), "bob", "lab")).status == 200
    assert hub.accounts() == {"alice": True, "bob": False}


async def test_an_administrator_elsewhere_is_none_here(several: Start) -> None:
    """Nor does the user of that name elsewhere take the account: the name is reserved."""
    hub = await several(admin_users={"campus:alice"})
    assert (await login(hub.browser(), "alice", "dictionary")).status == 409
    assert hub.accounts() == {}
    assert (await login(hub.browser(), "alice", "campus")).status == 200
    assert hub.accounts() == {"alice": True}


async def test_a_plain_name_blocks_it_everywhere(several: Start) -> None:
    hub = await several(blocked_users={"alice"})
    for provider in ("campus", "lab", "dictionary"):
        assert (await login(hub.browser(), "alice", provider)).status == 403
    assert (await login(hub.browser(), "bob", "lab")).status == 200


@pytest.mark.parametrize("option", ["allowed_users", "admin_users"])
@pytest.mark.parametrize("section", ["Authenticator", "MultiAuthenticator"])
async def test_a_plain_name_that_would_be_given_something_stops_the_start(
    several: Start, option: str, section: str
) -> None:
    given = Config()
    given[section][option] = {"alice"}
    with pytest.raises(ConfigurationError, match="campus:alice"):
        await several(given=given)


@pytest.mark.parametrize(
    ("option", "value"), [("allowed_users", {"bob"}), ("admin_groups", {"staff"}), ("group_roles", {"staff": ["x"]})]
)
async def test_names_in_a_section_that_two_read_stop_the_start(several: Start, option: str, value: Any) -> None:
    given = Config()
    given.OAuthenticator[option] = value
    with pytest.raises(ConfigurationError, match=f"c.OAuthenticator.{option} applies to 2 providers"):
        await several(given=given)


@pytest.mark.parametrize("option", ["allowed_gitlab_groups", "allowed_project_ids"])
async def test_groups_in_a_section_that_two_read_stop_the_start(several: Start, option: str) -> None:
    """The owner of a group named `acme` at one server is not its owner at the other."""
    servers = [
        entry(name, GitLabOAuthenticator, client_id="x", client_secret=name, gitlab_url=f"https://{name}.example")
        for name in ("one", "two")
    ]
    given = Config()
    given.GitLabOAuthenticator[option] = {"7"}
    with pytest.raises(ConfigurationError, match=f"c.GitLabOAuthenticator.{option} applies to 2 providers"):
        await several(more=servers, given=given)


# --- while they are signed in -----------------------------------------------------------------------------------------


async def test_a_refresh_asks_the_childs_provider(several: Start, campus: FakeProvider, lab: FakeProvider) -> None:
    hub = await several(children={"campus": FRESH, "lab": FRESH})
    browsers = {"campus": hub.browser(), "lab": hub.browser(), "dictionary": hub.browser()}
    names = {"campus": "alice", "lab": "bob", "dictionary": "ada"}
    for provider, browser in browsers.items():
        assert (await login(browser, names[provider], provider)).status == 200
    asked = campus.count("userinfo"), lab.count("userinfo")
    for provider, more in (("campus", (1, 0)), ("lab", (1, 1)), ("dictionary", (1, 1))):
        refresh_is_due(hub, names[provider])
        page = await browsers[provider].open("/hub/home")
        assert (page.status, page.path) == (200, "/hub/home")
        assert (campus.count("userinfo") - asked[0], lab.count("userinfo") - asked[1]) == more
        assert await provider_of(hub, names[provider]) == provider


async def test_groups_and_administrators_of_each(several: Start, campus: FakeProvider) -> None:
    """One child manages groups and the other does not. Neither changes the groups of the other's users."""
    campus.users["alice"]["groups"] = ["staff"]
    hub = await several(
        children={
            "campus": {
                **FRESH,
                "manage_groups": True,
                "scope": ["openid", "profile", "groups"],
                "auth_state_groups_key": "oauth_user.groups",
                "admin_groups": {"staff"},
            },
            "dictionary": {"manage_groups": True, "groups": {"class": ["ada"]}},
        }
    )
    browsers = {name: hub.browser() for name in ("alice", "bob", "ada")}
    for name, provider in (("alice", "campus"), ("bob", "lab"), ("ada", "dictionary")):
        assert (await login(browsers[name], name, provider)).status == 200

    def groups() -> dict[str, list[str]]:
        hub.app.db.expire_all()
        return {user.name: sorted(group.name for group in user.groups) for user in hub.app.db.query(orm.User)}

    assert groups() == {"alice": ["staff"], "bob": [], "ada": ["class"]}
    assert hub.accounts() == {"alice": True, "bob": False, "ada": False}
    campus.users["alice"]["groups"] = []
    for name, browser in browsers.items():
        refresh_is_due(hub, name)
        assert (await browser.open("/hub/home")).status == 200
    assert groups() == {"alice": [], "bob": [], "ada": ["class"]}
    assert hub.accounts() == {"alice": False, "bob": False, "ada": False}


async def test_who_is_blocked_in_one_place_leaves(several: Start) -> None:
    hub = await several()
    browser, other = hub.browser(), hub.browser()
    await login(browser, "alice", "campus")
    await login(other, "bob", "lab")
    hub.authenticator.children["campus"].blocked_users = {"alice", "bob"}
    for name in ("alice", "bob"):
        refresh_is_due(hub, name)
    assert (await browser.open("/hub/home")).path == "/hub/login"
    assert (await other.open("/hub/home")).path == "/hub/home"


async def test_a_hub_that_starts_again(configured: Configure, lab: FakeProvider, tmp_path: Path) -> None:
    """It knows each user's child, asks the right provider, and removes all rights of users that their child blocks."""
    state = HubState(tmp_path)
    async with start_hub(configured(state), state) as hub:
        browsers = {"alice": hub.browser(), "bob": hub.browser()}
        await login(browsers["alice"], "alice", "campus")
        await login(browsers["bob"], "bob", "lab")
        kept = {name: browser.cookies for name, browser in browsers.items()}
    children = {
        "campus": {"blocked_users": {"alice"}},
        "lab": {**FRESH, "blocked_users": {"alice"}},
        "dictionary": {"blocked_users": {"bob"}},
    }
    asked = lab.count("userinfo")
    async with start_hub(configured(state, children=children), state) as hub:
        assert hub.authenticator.blocked_users == {"alice"}
        pages = {}
        for name, cookies in kept.items():
            browser = hub.browser()
            browser._session.cookie_jar.update_cookies(cookies)
            pages[name] = (await browser.open("/hub/home")).path
        assert pages == {"alice": "/hub/login", "bob": "/hub/home"}
        assert lab.count("userinfo") == asked + 1


async def test_a_provider_that_is_taken_away(several: Start) -> None:
    """Its users must sign in again, and no other user gets their accounts."""
    hub = await several()
    browser = hub.browser()
    await login(browser, "alice", "campus")
    await record_becomes(hub, "alice", provider="gone", issuer="https://gone.example")
    refresh_is_due(hub, "alice")
    assert (await browser.open("/hub/home")).path == "/hub/login"
    assert (await login(hub.browser(), "alice", "campus")).status == 409


async def test_a_refresh_under_way_does_not_undo_a_login_by_another_way(several: Start, campus: FakeProvider) -> None:
    """With shared accounts: a late refresh by one child does not overwrite the data of a login by another."""
    hub = await several(username_collision="share", children={"campus": FRESH})
    browser, other = hub.browser(), hub.browser()
    await login(browser, "alice", "campus")
    asked, answer = asyncio.Event(), asyncio.Event()

    async def later(*_: Any) -> None:
        asked.set()
        await answer.wait()

    hub.authenticator.children["campus"].refresh_user_hook = later
    refresh_is_due(hub, "alice")
    page = asyncio.ensure_future(browser.get("/hub/home"))
    await asked.wait()
    assert (await login(other, "alice", "lab")).status == 200
    answer.set()
    await page
    await refreshes_ended(hub.authenticator.children["campus"])
    assert await provider_of(hub, "alice") == "lab"


async def test_logout_is_the_childs(several: Start, campus: FakeProvider, lab: FakeProvider) -> None:
    """One child redirects the browser to the provider's logout page; the other does not."""
    hub = await several(children={"campus": {"rp_initiated_logout": True}})
    browser = hub.browser()
    await login(browser, "alice", "campus")
    answer = await browser.get("/hub/logout")
    assert answer.location == f"{hub.url}/hub/auth/campus/logout"
    page = await browser.follow(answer)
    assert [hop.path for hop in browser.hops if hop.url.startswith(campus.issuer)][-1:] == ["/end_session"]
    assert page.path == "/hub/auth/campus/logged_out"
    assert not browser.logged_in
    kept = await hub.auth_state("alice")
    assert kept is not None
    assert not kept["access_token"]
    assert kept["suite"]["provider"] == "campus"
    await login(browser, "bob", "lab")
    before = len(browser.hops)
    await browser.open("/hub/logout")
    assert all(hop.url.startswith(hub.url) for hop in browser.hops[before:])
    assert not browser.logged_in


@pytest.mark.parametrize("at", ["lab", "dictionary"])
async def test_the_logout_of_another_child_leads_to_the_users_provider(
    several: Start, campus: FakeProvider, lab: FakeProvider, at: str
) -> None:
    """The user signed in with `campus`, and a link or a bookmark leads to the logout of another child."""
    hub = await several(children={"campus": {"rp_initiated_logout": True}, "lab": {"rp_initiated_logout": True}})
    browser = hub.browser()
    await login(browser, "alice", "campus")
    page = await browser.open(f"/hub/auth/{at}/logout")
    assert not browser.logged_in
    assert page.path == "/hub/auth/campus/logged_out"
    assert campus.count("end_session") == 1
    assert lab.count("end_session") == 0
    before = len(browser.hops)
    await browser.open(f"/hub/auth/{at}/logout")  # no user is signed in: nothing to do at any provider
    assert all(hop.url.startswith(hub.url) for hop in browser.hops[before:])


async def test_a_login_with_another_child_changes_where_a_logout_leads(
    several: Start, campus: FakeProvider, lab: FakeProvider
) -> None:
    """A signed-in user opens the login URL of another child, and is another user from then on."""
    hub = await several(children={"campus": {"rp_initiated_logout": True}, "lab": {"rp_initiated_logout": True}})
    browser = hub.browser()
    await login(browser, "alice", "campus")
    await login(browser, "bob", "lab")
    await browser.open("/hub/logout")
    assert not browser.logged_in
    assert (campus.count("end_session"), lab.count("end_session")) == (0, 1)
    await login(browser, "bob", "lab")
    await browser.open("/hub/auth/campus/logout")
    assert (campus.count("end_session"), lab.count("end_session")) == (0, 2)


async def test_who_is_signed_in_by_one_may_look_at_the_others_pages(several: Start, campus: FakeProvider) -> None:
    """A refresh that is due at another child's URL is done by the user's own child."""
    hub = await several(children={"campus": FRESH, "lab": FRESH})
    browser = hub.browser()
    await login(browser, "alice", "campus")
    pages = ("enabled", "login", "authorize?state=x", "authorize")
    for url in ["/hub/login", "/hub/auth/dictionary/login", *(f"/hub/auth/lab/{page}" for page in pages)]:
        refresh_is_due(hub, "alice")
        asked = campus.count("userinfo")
        answer = await browser.get(url)
        assert answer.status < 500, url
        assert campus.count("userinfo") == asked + 1, url
    assert (await browser.open("/hub/home")).path == "/hub/home"
