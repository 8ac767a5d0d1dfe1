"""How a session ends: what each outcome of a refresh does to each kind of credentials, cell by cell.

The table is in the documentation (how-to/stay-signed-in.md). It holds for every kind of sign-in, on every JupyterHub.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from jupyterhub import orm
from jupyterhub.auth import Authenticator
from tornado.web import create_signed_value
from yarl import URL

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.pages.sentences import SENTENCES
from oauthenticator_suite.hub.sessions.denial_alarm import MANY_DENIALS
from oauthenticator_suite.hub.sessions.outcome import Reason
from oauthenticator_suite.hub.store.ended_sessions import hash_of_cookie
from oauthenticator_suite.hub.store.store import store_of
from tests.support.signed_in import (
    ALL_GO_ON,
    AT_A_PROVIDER,
    DENIED,
    EVERY_KIND,
    SERVICE_TOKEN,
    STAFF,
    Credentials,
    World,
    WorldOf,
    sign_in_again,
)

pytestmark = pytest.mark.hub_versions

HAS_STRICT = Authenticator.class_traits().keys() >= {"auth_refresh_strict"}
STRICT = [False, True] if HAS_STRICT else [False]
DISCOVERIES = ["cookie", "session token", "other token", "server token"]

ADMIN: dict[str, Any] = {"admin_users": {"alice", "ada"}}
"""`World` adds the Unix user."""


def rights(world: World) -> tuple[bool, list[str], list[str]]:
    """Admin, groups and roles in the database, as another connection sees them."""
    with sqlite3.connect(world.state.directory / "hub.sqlite") as db:
        ((admin,),) = db.execute("SELECT admin FROM users WHERE name = ?", [world.name])
        of = "JOIN users u ON u.id = m.user_id WHERE u.name = ? ORDER BY 1"
        groups = db.execute(
            f"SELECT g.name FROM groups g JOIN user_group_map m ON m.group_id = g.id {of}", [world.name]
        )
        groups = [name for (name,) in groups]
        roles = db.execute(f"SELECT r.name FROM roles r JOIN user_role_map m ON m.role_id = r.id {of}", [world.name])
        return bool(admin), groups, [name for (name,) in roles]


def block(world: World) -> None:
    """The operator blocks the user. (A real operator restarts the Hub: see the tests that do.)"""
    world.authenticator.blocked_users = {world.name}


def leave_staff(world: World) -> None:
    """The provider's administrator takes the user out of all groups."""
    world.provider.users[world.name]["groups"] = ["nobody"]


# --- valid, unknown --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strict", STRICT)
@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_valid(world_of: WorldOf, kind: str, strict: bool) -> None:
    world = await world_of(kind, strict)
    credentials = await world.with_credentials()
    assert await credentials.statuses() == ALL_GO_ON


@pytest.mark.parametrize("strict", STRICT)
@pytest.mark.parametrize("kind", AT_A_PROVIDER)
async def test_unknown(world_of: WorldOf, kind: str, strict: bool) -> None:
    world = await world_of(kind, strict, **STAFF)
    credentials = await world.with_credentials()
    before = rights(world)
    world.provider.faults.on("F15", at="userinfo")
    assert await credentials.statuses() == ALL_GO_ON
    assert rights(world) == before
    world.authenticator.refresh_outage_grace = 0
    assert await credentials.statuses() == sign_in_again(strict)


# --- sign in again ---------------------------------------------------------------------------------------------------


async def end_grant(world: World, credentials: Credentials) -> None:
    world.provider.revoke_everything()


async def log_out(world: World, credentials: Credentials) -> None:
    await credentials.other.open("/hub/logout")


ENDS = [(kind, end) for kind in EVERY_KIND for end in (log_out, end_grant) if end is log_out or kind in AT_A_PROVIDER]


@pytest.mark.parametrize("strict", STRICT)
@pytest.mark.parametrize(("kind", "end"), ENDS)
async def test_sign_in_again(world_of: WorldOf, kind: str, end: Any, strict: bool) -> None:
    world = await world_of(kind, strict, **ADMIN)
    credentials = await world.with_credentials()
    before = rights(world)
    expected = sign_in_again(strict)
    for discovery in DISCOVERIES:
        await end(world, credentials)
        world.due()
        assert await credentials.requests()[discovery]() == expected[discovery], discovery
        assert await credentials.cookie(credentials.other) == 302, "a polling program keeps no browser in"
        for _ in range(2):
            assert await credentials.statuses() == expected, discovery
        assert rights(world) == before
        await world.sign_in(credentials.browser)
        assert await credentials.statuses() == {**ALL_GO_ON, "other browser": 302, "session token": 403}
        await credentials.renew()


@pytest.mark.parametrize("kind", AT_A_PROVIDER)
async def test_a_grant_that_has_ended_is_never_tried_again(world_of: WorldOf, kind: str) -> None:
    """Not by a program that polls, and not after a restart; the next login begins a new one."""
    world = await world_of(kind)
    credentials = await world.with_credentials()
    world.provider.revoke_everything()
    world.due()
    assert await credentials.token(credentials.script) == 200
    asked = len(world.provider.calls)
    for _ in range(5):
        world.due()
        assert await credentials.token(credentials.script) == 200
    await world.restart()
    world.due()
    assert await credentials.token(credentials.script) == 200
    assert [call for call in world.provider.calls[asked:] if "token" in str(call) or "userinfo" in str(call)] == []
    await world.sign_in()
    asked = world.provider.count("userinfo")
    world.due()
    assert await credentials.token(credentials.script) == 200
    assert world.provider.count("userinfo") == asked + 1


async def test_a_refused_access_token_without_a_refresh_token_is_not_tried_again(world_of: WorldOf) -> None:
    world = await world_of("oauth", modify_auth_state_hook=lambda _, state: {**state, "refresh_token": None})
    credentials = await world.with_credentials()
    world.provider.revoke_everything()
    asked = world.provider.count("userinfo")
    for _ in range(5):
        world.due()
        assert await credentials.token(credentials.script) == 200
    assert world.provider.count("userinfo") == asked + 1


@pytest.mark.parametrize("auth_state", [True, False])
@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_a_cookie_that_was_copied_before_a_logout_is_worthless(
    world_of: WorldOf, kind: str, auth_state: bool
) -> None:
    world = await world_of(kind, enable_auth_state=auth_state)
    browser, thief = await world.sign_in(), world.hub.browser()
    browser.copy_cookies_to(thief)
    assert (await thief.get("/hub/home")).status == 200
    await browser.open("/hub/logout")
    assert (await thief.get("/hub/home")).status == 302


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_logout_scope_browser(world_of: WorldOf, kind: str) -> None:
    """The other browser stays in, and so does a copied cookie."""
    world = await world_of(kind, logout_scope="browser")
    browser, other, thief = await world.sign_in(), await world.sign_in(), world.hub.browser()
    browser.copy_cookies_to(thief)
    await browser.open("/hub/logout")
    world.due()
    assert not browser.logged_in
    assert (await other.get("/hub/home")).status == 200
    assert (await thief.get("/hub/home")).status == 200


async def test_logout_scope_browser_and_revocation_exclude_each_other(world_of: WorldOf) -> None:
    with pytest.raises(ConfigurationError, match="logout_scope = 'all'"):
        await world_of("oauth", logout_scope="browser", revoke_tokens_on_logout=True)


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_the_reason_is_stored_under_the_old_cookie(world_of: WorldOf, kind: str) -> None:
    world = await world_of(kind)
    browser = await world.sign_in()
    cookie_id = world.user.orm_user.cookie_id
    await browser.open("/hub/logout")
    ended = store_of(world.hub.app.db).ended_sessions
    ended_at = store_of(world.hub.app.db).accounts.of(world.user.orm_user).must_sign_in_since
    assert ended.reason_of(hash_of_cookie(cookie_id), ended_at) == Reason.LOGOUT.value
    assert f"ended.{Reason.LOGOUT.value}" in SENTENCES


# --- denied ----------------------------------------------------------------------------------------------------------


DENIALS = [
    (kind, deny) for kind in EVERY_KIND for deny in (block, leave_staff) if deny is block or kind in AT_A_PROVIDER
]


@pytest.mark.parametrize("strict", STRICT)
@pytest.mark.parametrize(("kind", "deny"), DENIALS)
async def test_denied(world_of: WorldOf, kind: str, deny: Any, strict: bool) -> None:
    options = {**STAFF, "allow_all": False} if kind in AT_A_PROVIDER else ADMIN
    world = await world_of(kind, strict, **options)
    credentials = await world.with_credentials()
    before = rights(world)
    groups = world.provider.users["alice"]["groups"]
    assert before[0], "the user begins as an administrator"
    for discovery in DISCOVERIES:
        deny(world)
        world.due()
        assert await credentials.requests()[discovery]() == DENIED[discovery], discovery
        asked = len(world.provider.calls)
        for _ in range(2):
            assert await credentials.statuses() == DENIED, discovery
        # the server's token is good for a report of activity alone, and another token is not good for one
        assert await credentials.token(credentials.server) == 403
        assert await credentials.activity(credentials.script) == 403
        assert await credentials.token(credentials.script, "/hub/api/users") == 403
        assert len(world.provider.calls) == asked
        assert rights(world)[:2] == (False, [])
        assert "admin" not in rights(world)[2]
        assert (await world.try_to_sign_in(world.hub.browser())).status == 403
        assert world.user.spawner.active
        world.authenticator.blocked_users = set()
        world.provider.users["alice"]["groups"] = groups
        await credentials.renew()
        assert rights(world) == before
        assert await credentials.statuses() == ALL_GO_ON


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_tokens_work_again_after_a_permitted_login(world_of: WorldOf, kind: str) -> None:
    world = await world_of(kind, admin_users={"alice", "ada", "daemon"})
    credentials = await world.with_credentials()
    before = rights(world)
    block(world)
    world.due()
    assert await credentials.token(credentials.script) == 403
    world.authenticator.blocked_users = set()
    world.due()
    assert await credentials.token(credentials.script) == 403
    await world.sign_in(credentials.browser)
    assert await credentials.token(credentials.script) == 200
    assert rights(world) == before


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_a_denial_outlives_a_restart(world_of: WorldOf, kind: str) -> None:
    world = await world_of(kind)
    credentials = await world.with_credentials()
    block(world)
    world.due()
    assert await credentials.token(credentials.script) == 403
    await world.restart()
    world.provider.faults.on("F15", at="userinfo")
    assert await credentials.token(credentials.script) == 403


@pytest.mark.parametrize("strict", STRICT)
@pytest.mark.parametrize("auth_state", [True, False])
@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_a_block_ends_sessions_after_a_restart(
    world_of: WorldOf, kind: str, auth_state: bool, strict: bool
) -> None:
    """Also without `enable_auth_state`."""
    world = await world_of(kind, strict, enable_auth_state=auth_state)
    browser = await world.sign_in()
    token = world.user.new_api_token()
    await world.restart(blocked_users={world.name})
    after = world.hub.browser()
    browser.copy_cookies_to(after)
    assert (await after.get("/hub/home")).status == 302
    credentials = Credentials(world, after, after, "", token, "")
    assert await credentials.token(token) == 403


@pytest.mark.parametrize("kind", AT_A_PROVIDER)
async def test_an_admin_made_by_hand_stays_one_and_roles_of_groups_go(world_of: WorldOf, kind: str) -> None:
    world = await world_of(kind, manage_groups=True, manage_roles=True, group_roles={"staff": ["extra"]})
    credentials = await world.with_credentials()
    assert "extra" in rights(world)[2]
    user = world.user
    user.orm_user.admin = True
    world.hub.app.db.commit()
    block(world)
    world.due()
    assert await credentials.token(credentials.script) == 403
    admin, groups, roles = rights(world)
    assert (admin, groups) == (True, [])
    assert "extra" not in roles


@pytest.mark.parametrize("revokes", [False, True])
@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_revoke_tokens_on_denial(world_of: WorldOf, kind: str, revokes: bool) -> None:
    world = await world_of(kind, revoke_tokens_on_denial=revokes)
    credentials = await world.with_credentials()
    block(world)
    world.due()
    assert await credentials.cookie() == 302
    world.authenticator.blocked_users = set()
    await world.sign_in(credentials.browser)
    assert await credentials.token(credentials.script) == (403 if revokes else 200)
    assert await credentials.activity() == 200, "the server's own token is not deleted"


async def test_a_rule_that_no_longer_allows_deletes_no_tokens(world_of: WorldOf) -> None:
    """One typing error in an option must not delete the tokens of all users."""
    world = await world_of("oauth", revoke_tokens_on_denial=True, allow_all=False, **STAFF)
    credentials = await world.with_credentials()
    leave_staff(world)
    world.due()
    assert await credentials.token(credentials.script) == 403
    world.provider.users["alice"]["groups"] = ["staff"]
    await world.sign_in()
    assert await credentials.token(credentials.script) == 200


async def test_an_account_that_is_gone_deletes_tokens(world_of: WorldOf) -> None:
    world = await world_of("dictionary", revoke_tokens_on_denial=True)
    credentials = await world.with_credentials()
    world.authenticator.passwords = {"bob": "builder"}
    world.due()
    assert await credentials.token(credentials.script) == 403
    assert world.hub.app.db.query(orm.APIToken).filter_by(note="for a script").count() == 0


@pytest.mark.parametrize("stops", [False, True])
@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_stop_servers_on_denial(world_of: WorldOf, kind: str, stops: bool) -> None:
    world = await world_of(kind, stop_servers_on_denial=stops)
    credentials = await world.with_credentials()
    block(world)
    world.due()
    assert await credentials.cookie() == 302
    for task in list(world.authenticator.endings._stopping):
        await task
    assert bool(world.user.spawner.active) is not stops
    assert await credentials.activity() == (403 if stops else 200)


async def test_many_denials_are_one_error_that_names_the_rule(world_of: WorldOf) -> None:
    world = await world_of("oauth", allow_all=False, **STAFF)
    for number in range(MANY_DENIALS + 3):
        world.name = f"user{number}"
        world.provider.users[world.name] = {**world.provider.users["alice"], "sub": world.name, "groups": ["staff"]}
        world.provider.users[world.name]["preferred_username"] = world.name
        browser = await world.sign_in()
        leave_staff(world)
        world.due()
        assert (await browser.get("/hub/home")).status == 302
    (line,) = world.hub.log.lines_with("users were denied within five minutes")
    assert "rule=" in line


# --- spawning under refresh_pre_spawn ----------------------------------------------------------------------------------


async def spawn(world: World, token: str, name: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/hub/api/users/{name or world.name}/server"
    answer = await world.hub.browser().request("POST", path, headers=headers, json={})
    return answer.status


SPAWNS = [(kind, outcome) for kind in EVERY_KIND for outcome in ("valid", "denied")]
SPAWNS += [(kind, "sign in again") for kind in AT_A_PROVIDER]


def started(status: int) -> bool:
    return status in (201, 202)


@pytest.mark.parametrize("strict", STRICT)
@pytest.mark.parametrize(("kind", "outcome"), SPAWNS)
async def test_a_spawn_under_refresh_pre_spawn(world_of: WorldOf, kind: str, outcome: str, strict: bool) -> None:
    """By a token of the user, by a service, and by an administrator."""
    world = await world_of(kind, strict, refresh_pre_spawn=True)
    await world.sign_in()
    user = world.user
    token = user.new_api_token()
    admin = orm.User(name="an-admin", admin=True)
    world.hub.app.db.add(admin)
    admin.roles = [orm.Role.find(world.hub.app.db, role) for role in ("user", "admin")]
    world.hub.app.db.commit()
    of_admin = world.hub.app.users["an-admin"].new_api_token()
    if outcome == "sign in again":
        world.provider.revoke_everything()
    elif outcome == "denied":
        block(world)
    goes = outcome == "valid" or (outcome == "sign in again" and not strict)
    for by in (token, SERVICE_TOKEN, of_admin):
        world.due()
        assert started(await spawn(world, by)) is goes, by
        if user.spawner.active:
            await user.stop()


@pytest.mark.parametrize("strict", STRICT)
@pytest.mark.parametrize("auth_state", [True, False])
@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_an_account_that_has_never_signed_in(
    world_of: WorldOf, kind: str, auth_state: bool, strict: bool
) -> None:
    """A health check that the operator has blocked: its server is started by a service. Its own tokens are refused."""
    options = {"refresh_pre_spawn": True, "enable_auth_state": auth_state}
    world = await world_of(kind, strict, blocked_users={"health-check"}, **options)
    db = world.hub.app.db
    for name in ("health-check", "robot"):
        account = orm.User(name=name)
        account.roles = [orm.Role.find(db, "user")]
        db.add(account)
    db.commit()
    check, robot = world.hub.app.users["health-check"], world.hub.app.users["robot"]
    credentials = Credentials(world, world.hub.browser(), world.hub.browser(), "", "", "")
    for user in (check, robot):
        user._auth_refreshed = None
        assert started(await spawn(world, SERVICE_TOKEN, user.name))
        user._auth_refreshed = None
        assert await credentials.token(user.new_api_token()) == (403 if user is check else 200)
        if user.spawner.active:
            await user.stop()
    browser = world.hub.browser()
    robot._auth_refreshed = None
    give_cookie(world, robot, browser)
    status = (await browser.get("/hub/home")).status
    # with auth_state, a cookie would be of a login; and the forms know no such user
    assert status == (302 if auth_state or kind not in AT_A_PROVIDER else 200)
    assert not store_of(db).accounts.of(check.orm_user).is_denied, "nothing is recorded of it"


def give_cookie(world: World, user: Any, browser: Any) -> None:
    """Give the browser the Hub cookie of a user, as an earlier authenticator would have done."""
    name = world.hub.app.hub.cookie_name
    value = create_signed_value(world.state.cookie_secret, name, user.orm_user.cookie_id).decode()
    browser._session.cookie_jar.update_cookies({name: value}, URL(f"{world.hub.url}/hub/"))
