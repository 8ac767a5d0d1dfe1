"""Logins of real users of this machine, with real PAM and a real Hub."""

import asyncio
import grp
import itertools
import json
import os
import pwd

import pytest
from jupyterhub.utils import maybe_future

from oauthenticator_suite import PAMAuthenticator
from oauthenticator_suite.errors import LoginFailed
from oauthenticator_suite.local.forms.throttle import PAIR_FREE
from tests.support import HubState, reference_on, start_hub
from tests.support.system_tools import require_program

from .conftest import UNIX, page_that_refreshes, pam_config, sign_in

WRONG = "This username and password do not match. Please check both and try again."
UNUSABLE = "the account has expired or needs a new password"


def roles_of(hub, name):
    hub.app.db.expire_all()
    return sorted(role.name for role in hub.app.users[name].roles)


def groups_of(hub, name):
    hub.app.db.expire_all()
    return sorted(group.name for group in hub.app.users[name].groups)


def api_of(hub, name):
    """`await api(method, path)`: the status that this user's requests to the Hub's API get."""
    token = hub.app.users[name].new_api_token()
    browser = hub.browser()

    async def api(method, path):
        answer = await browser.request(method, f"/hub/api/{path}", headers={"Authorization": f"token {token}"})
        return answer.status

    return api


# --- passwords and accounts -------------------------------------------------------------------------------------------


async def test_right_and_wrong_passwords(users, pam_hub):
    hub = await pam_hub()
    ada = users.user("ada", "r:ight 'ünd€ \\")
    browser, page = await sign_in(hub, ada, "r:ight 'ünd€ \\")
    assert (page.status, page.path) == (200, "/hub/home")
    assert list(hub.accounts()) == [ada]
    for name, password in ((ada, "wrong"), (ada, "r:ight"), (f"{ada}-nobody", "right"), (ada, "x" * 4000)):
        browser, page = await sign_in(hub, name, password)
        assert page.status == 403
        assert WRONG in page.text
        assert not browser.logged_in
    lines = hub.log.lines_with("login failed for")
    assert len(lines) == 4
    assert all("PAM: Authentication failure (7)" in line or "Unknown user" in line or "(10)" in line for line in lines)
    assert "ünd€" not in hub.log.text


async def test_the_service_login_of_this_machine(users, hubs, services):
    """The default, as the system has it."""
    service = next(name for name in ("login", "sshd", "other") if name in os.listdir("/etc/pam.d"))
    hub = await hubs(pam_config(services, service=service, service_folder="", executor_threads=1))
    ada = users.user()
    assert (await sign_in(hub, ada, "wrong"))[1].status == 403
    assert (await sign_in(hub, ada))[1].status == 200


async def test_a_delay_after_failures_takes_no_thread(users, pam_hub, services):
    """The service would wait ten minutes after each failure: one thread answers five failures all the same."""
    delay = "auth optional pam_faildelay.so delay=600000000\n"
    (services / "unix").write_text(delay + (services / "unix").read_text().replace(" nodelay", ""))
    hub = await pam_hub(executor_threads=1)
    ada = users.user()
    failures = asyncio.gather(*(sign_in(hub, ada, "wrong") for _ in range(5)))
    assert [page.status for _, page in await asyncio.wait_for(failures, 300)] == [403] * 5
    assert (await sign_in(hub, ada))[1].status == 200


async def test_an_account_without_a_password_cannot_sign_in(users, pam_hub, services):
    (services / "unix").write_text("auth required pam_unix.so nullok\naccount required pam_permit.so\n")
    hub = await pam_hub()
    ada = users.user("ada", None)
    users.run("passwd", "--delete", ada)
    for password in ("", " ", "x"):
        assert (await sign_in(hub, ada, password))[1].status == 403


async def test_a_locked_account_looks_like_a_wrong_password(users, pam_hub):
    hub = await pam_hub()
    ada = users.user()
    users.lock(ada)
    _, page = await sign_in(hub, ada)
    assert page.status == 403
    assert WRONG in page.text


@pytest.mark.parametrize(("change", "words"), [("expire", "expired"), ("must_change_password", "password")])
async def test_an_account_that_may_not_be_used(users, pam_hub, change, words):
    """The login is refused, and the log has the reason."""
    hub = await pam_hub()
    ada = users.user()
    getattr(users, change)(ada)
    browser, page = await sign_in(hub, ada)
    assert page.status == 403
    assert UNUSABLE in page.text
    assert not browser.logged_in
    assert hub.accounts() == {}
    line = hub.log.lines_with(reference_on(page, hub))[0]
    assert ada in line
    assert words in line
    _, page = await sign_in(hub, ada, "wrong")
    assert WRONG in page.text, "without the password, the page says nothing about the account"


async def test_without_check_account_an_expired_account_can_sign_in(users, pam_hub):
    hub = await pam_hub(check_account=False)
    ada = users.user()
    users.expire(ada)
    browser, page = await sign_in(hub, ada)
    assert page.status == 200
    assert (await page_that_refreshes(hub, browser, ada)).path == "/hub/home"


@pytest.mark.parametrize("shell", ["/usr/sbin/nologin", "/sbin/nologin", "/bin/false"])
async def test_a_shell_that_prevents_logins(users, pam_hub, shell):
    hub = await pam_hub(admin_users=set())
    ada = users.user("ada", "right", "-s", shell)
    browser, page = await sign_in(hub, ada)
    assert page.status == 403
    assert "Only certain accounts can use JupyterHub" in page.text
    assert "rule=allow_nologin_shells" in hub.log.lines_with(reference_on(page, hub))[0]
    hub.authenticator.allow_nologin_shells = True
    browser, page = await sign_in(hub, ada)
    assert page.status == 200
    hub.authenticator.allow_nologin_shells = False
    assert (await page_that_refreshes(hub, browser, ada)).path == "/hub/login"


@pytest.mark.parametrize(
    "name",
    ["a\0b", "a\nb", "a:b", "-rf", "--help", "../etc/passwd", "/root", "root\\x", "%2e%2e", "a b", "\ud800", "x" * 300,
     "ada\u200b", "ＲＯＯＴ", "0", "$(id)", "'; --"],
    ids=ascii,
)  # fmt: skip
async def test_hostile_names_fail_without_an_error(services, name):
    authenticator = PAMAuthenticator(config=pam_config(services))
    with pytest.raises(LoginFailed):
        await authenticator.get_authenticated_user(None, {"username": name, "password": "right"})


@pytest.mark.parametrize("fields", [("a\0b", "x"), ("ada", "x\0y"), ("ada", "\ud800"), ("\ud800", "x")], ids=ascii)
async def test_input_that_pam_cannot_take_fails(services, fields):
    """python-pam raises ValueError for a NUL character."""
    authenticator = PAMAuthenticator(config=pam_config(services))
    with pytest.raises(LoginFailed, match="PAM cannot be asked this"):
        authenticator._log_in(*fields, None, "")


async def test_encoding(users, services):
    ada = users.user("ada", None)
    users.run(
        "python3",
        "-c",
        f"import subprocess; subprocess.run(['chpasswd'], input='{ada}:fa\\xe7ade\\n'.encode('latin-1'), check=True)",
    )
    for encoding, ends in (("latin-1", "ada"), ("utf8", LoginFailed), ("ascii", LoginFailed)):
        authenticator = PAMAuthenticator(config=pam_config(services, encoding=encoding))
        data = {"username": ada, "password": "façade"}
        if ends == "ada":
            assert (await authenticator.get_authenticated_user(None, data))["name"] == ada
        else:
            with pytest.raises(LoginFailed):
                await authenticator.get_authenticated_user(None, data)


async def test_modules_get_the_clients_address(users, pam_hub, services, tmp_path):
    script = tmp_path / "note"
    script.write_text(f'#!/bin/sh\necho "$PAM_TYPE $PAM_USER $PAM_RHOST" >> {tmp_path}/noted\n')
    script.chmod(0o755)
    (services / "unix").write_text(
        f"auth optional pam_exec.so quiet {script}\nauth required pam_unix.so\naccount required pam_unix.so\n"
    )
    hub = await pam_hub()
    ada = users.user()
    assert (await sign_in(hub, ada))[1].status == 200
    assert (tmp_path / "noted").read_text() == f"auth {ada} 127.0.0.1\n"


# --- groups and roles -------------------------------------------------------------------------------------------------


@pytest.fixture
def people(users):
    """alice is in all three groups, bob in two, carol in one, dan in none, eve in one by her primary group."""
    names = {label: users.user(label) for label in ("alice", "bob", "carol", "dan")}
    groups = {
        "admins": users.group("admins", names["alice"]),
        "maintainers": users.group("maintainers", names["alice"], names["bob"]),
        "users": users.group("users", names["alice"], names["bob"], names["carol"]),
    }
    names["eve"] = users.user("eve", "right", "-N", "-g", groups["maintainers"])
    return names, groups


def group_traits(groups, **traits):
    return {
        "allow_all": False,
        "admin_groups": {groups["admins"]},
        "maintainer_groups": {groups["maintainers"]},
        "user_groups": {groups["users"]},
        **traits,
    }


EXPECTED = {
    # label: (comes in, administrator, roles, Hub groups)
    "alice": (True, True, ["admin", "user"], ["admin"]),
    "bob": (True, False, ["maintainer", "user"], ["maintainer"]),
    "carol": (True, False, ["user"], ["user"]),
    "dan": (False, False, [], []),
    "eve": (True, False, ["maintainer", "user"], ["maintainer"]),
}


@pytest.mark.parametrize("way", ["manage_roles", "manage_groups", "both"])
async def test_groups_and_roles(people, pam_hub, way):
    """The highest level counts."""
    names, groups = people
    ways = ("manage_roles", "manage_groups") if way == "both" else (way,)
    hub = await pam_hub(**group_traits(groups, **dict.fromkeys(ways, True)))
    for label, (comes_in, admin, roles, hub_groups) in EXPECTED.items():
        browser, page = await sign_in(hub, names[label])
        assert browser.logged_in is comes_in, label
        if not comes_in:
            assert "rule=no allow rule matches" in hub.log.lines_with(reference_on(page, hub))[0]
            continue
        account = json.loads((await browser.get("/hub/api/user")).body)
        assert account["admin"] is admin
        if "manage_roles" in ways:
            assert roles_of(hub, names[label]) == roles, label
        assert groups_of(hub, names[label]) == (hub_groups if "manage_groups" in ways else []), label
        sees_everybody = (await browser.get("/hub/api/users")).status == 200
        assert sees_everybody is (label in ("alice", "bob", "eve")), label
        assert ((await browser.get("/hub/admin")).status == 200) is sees_everybody, label
    assert "servers" in account
    assert not hub.log.tracebacks()


async def test_a_maintainer_can_read_and_not_write(people, pam_hub):
    names, groups = people
    hub = await pam_hub(**group_traits(groups, manage_roles=True))
    await sign_in(hub, names["carol"])
    await sign_in(hub, names["bob"])
    api, carol = api_of(hub, names["bob"]), names["carol"]
    assert await api("GET", f"users/{carol}") == 200
    assert await api("POST", f"users/{carol}/server") in (403, 404)
    assert await api("DELETE", f"users/{carol}") in (403, 404)
    assert await api("DELETE", f"users/{names['bob']}") in (403, 404)
    assert carol in hub.accounts()


async def test_maintainer_scopes(people, pam_hub):
    names, groups = people
    hub = await pam_hub(**group_traits(groups, manage_roles=True, maintainer_scopes=["list:groups"]))
    bob, _ = await sign_in(hub, names["bob"])
    assert (await bob.get("/hub/api/groups")).status == 200
    assert (await bob.get("/hub/api/users")).status == 403


@pytest.mark.parametrize("way", ["manage_roles", "manage_groups"])
async def test_a_role_that_load_roles_defines(people, pam_hub, way):
    names, groups = people
    role = {"name": "maintainer", "scopes": ["list:groups"]}
    hub = await pam_hub(load_roles=[role], **group_traits(groups, **{way: True}))
    bob, _ = await sign_in(hub, names["bob"])
    assert (await bob.get("/hub/api/groups")).status == 200
    assert (await bob.get("/hub/api/users")).status == 403


async def test_groups_that_change_during_a_session(people, users, pam_hub):
    names, groups = people
    hub = await pam_hub(**group_traits(groups, manage_roles=True, manage_groups=True))
    alice = names["alice"]
    browser, _ = await sign_in(hub, alice)
    for lost, roles, hub_groups in (
        ("admins", ["maintainer", "user"], ["maintainer"]),
        ("maintainers", ["user"], ["user"]),
    ):
        users.leave(alice, groups[lost])
        assert (await page_that_refreshes(hub, browser, alice)).path == "/hub/home"
        assert (roles_of(hub, alice), groups_of(hub, alice), hub.accounts()[alice]) == (roles, hub_groups, False)
    users.join(alice, groups["admins"])
    assert (await page_that_refreshes(hub, browser, alice)).path == "/hub/home"
    assert (roles_of(hub, alice), hub.accounts()[alice]) == (["admin", "user"], True)
    for lost in ("admins", "users"):
        users.leave(alice, groups[lost])
    assert (await page_that_refreshes(hub, browser, alice)).path == "/hub/login"
    assert hub.log.lines_with(f"The session of {alice} ends: rule=no allow rule matches")
    assert (await sign_in(hub, alice))[1].status == 403


async def test_groups_that_change_between_two_logins(people, users, pam_hub):
    names, groups = people
    hub = await pam_hub(**group_traits(groups, manage_roles=True))
    await sign_in(hub, names["bob"])
    users.leave(names["bob"], groups["maintainers"])
    await sign_in(hub, names["bob"])
    assert roles_of(hub, names["bob"]) == ["user"]
    users.join(names["carol"], groups["maintainers"])
    await sign_in(hub, names["carol"])
    assert roles_of(hub, names["carol"]) == ["maintainer", "user"]


async def test_another_rule_can_allow_a_user_without_a_group(people, pam_hub):
    names, groups = people
    hub = await pam_hub(**group_traits(groups, manage_roles=True, allowed_users={names["dan"]}))
    browser, _ = await sign_in(hub, names["dan"])
    assert browser.logged_in
    assert roles_of(hub, names["dan"]) == ["user"]


@pytest.mark.parametrize(
    "option", ["allowed_groups", "group_whitelist", "user_groups", "member_groups", "admin_groups"]
)
async def test_options_on_unix_groups_under_every_name(people, pam_hub, option):
    names, groups = people
    hub = await pam_hub(allow_all=False, **{option: {groups["users"], "no-such-group"}})
    for label, comes_in in (("carol", True), ("dan", False)):
        assert (await sign_in(hub, names[label]))[0].logged_in is comes_in
    assert hub.accounts() == {names["carol"]: option == "admin_groups"}
    assert len(hub.log.lines_with("there is no Unix group 'no-such-group'")) == 1


async def test_blocked_users_are_refused_whatever_their_groups(people, pam_hub):
    names, groups = people
    hub = await pam_hub(**group_traits(groups, manage_roles=True, blocked_users={names["alice"]}))
    assert not (await sign_in(hub, names["alice"]))[0].logged_in


async def test_all_unix_groups_become_groups_of_the_hub(people, users, pam_hub):
    names, groups = people
    hub = await pam_hub(
        **group_traits(groups, manage_groups=True, manage_roles=True, all_unix_groups=True),
        group_roles={groups["users"]: ["helper"]},
        load_roles=[{"name": "helper", "scopes": ["list:groups"]}],
    )
    await sign_in(hub, names["bob"])
    assert groups_of(hub, names["bob"]) == sorted(["maintainer", names["bob"], groups["maintainers"], groups["users"]])
    assert roles_of(hub, names["bob"]) == ["helper", "maintainer", "user"]


async def test_a_restart_gives_the_roles_back_with_the_next_page(people, tmp_path, services):
    names, groups = people
    state = HubState(directory=tmp_path)
    config = pam_config(services, **group_traits(groups, manage_roles=True))
    async with start_hub(config, state) as hub:
        browser, _ = await sign_in(hub, names["bob"])
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    config.PAMAuthenticator.maintainer_scopes = ["list:groups"]
    async with start_hub(config, state) as hub:
        browser = hub.browser()
        assert (await browser.get("/hub/home", headers={"Cookie": cookies})).status == 200
        assert roles_of(hub, names["bob"]) == ["maintainer", "user"]
        assert (
            await browser.get("/hub/api/groups", headers={"Cookie": cookies, "Sec-Fetch-Mode": "navigate"})
        ).status == 200


async def test_a_role_that_is_no_longer_configured_is_deleted(people, tmp_path, services):
    names, groups = people
    state = HubState(directory=tmp_path)
    async with start_hub(pam_config(services, **group_traits(groups, manage_groups=True)), state) as hub:
        bob, _ = await sign_in(hub, names["bob"])
        assert (await bob.get("/hub/api/users")).status == 200
    async with start_hub(pam_config(services), state) as hub:
        bob, _ = await sign_in(hub, names["bob"])
        assert bob.logged_in
        assert (await bob.get("/hub/api/users")).status == 403


# --- refresh ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("auth_state", [False, True])
@pytest.mark.parametrize("change", ["delete", "expire", "must_change_password"])
async def test_an_account_that_ends_ends_the_session(users, pam_hub, change, auth_state):
    """The session of a deleted, expired or otherwise unusable account ends at the next refresh."""
    hub = await pam_hub(enable_auth_state=auth_state)
    ada = users.user()
    browser, _ = await sign_in(hub, ada)
    assert (await page_that_refreshes(hub, browser, ada)).path == "/hub/home"
    getattr(users, change)(ada)
    assert (await page_that_refreshes(hub, browser, ada)).path == "/hub/login"
    assert (await browser.open("/hub/home")).path == "/hub/login"
    assert not hub.log.tracebacks()


async def test_stored_data(users, pam_hub):
    hub = await pam_hub(enable_auth_state=True)
    ada = users.user("ada", "right", "--comment", "Ada Lovelace,Room 5,,")
    browser, _ = await sign_in(hub, ada)
    state = await hub.auth_state(ada)
    assert state["unix_user"]["name"] == ada
    assert state["unix_user"]["full_name"] == "Ada Lovelace"
    assert "right" not in json.dumps(state)
    if hasattr(hub.app.users[ada].orm_user, "user_info"):
        assert hub.app.users[ada].orm_user.user_info["name"] == "Ada Lovelace"
    await page_that_refreshes(hub, browser, ada)
    assert (await hub.auth_state(ada))["unix_user"] == state["unix_user"]


async def test_a_new_unix_user_with_a_former_name_does_not_get_the_account(users, pam_hub):
    """The subject of an account is the Unix user's number."""
    hub = await pam_hub(enable_auth_state=True)
    ada = users.user()
    browser, _ = await sign_in(hub, ada)
    users.run("usermod", "--uid", str(os.getpid() + 100_000), ada)
    assert (await page_that_refreshes(hub, browser, ada)).path == "/hub/login"
    _, page = await sign_in(hub, ada)
    assert page.status == 409
    assert "another subject" in hub.log.lines_with(reference_on(page, hub))[0]


async def check_outage(hub, browser, name, *, at_refresh, at_login):
    """A signed-in user stays for `refresh_outage_grace`, no user can sign in, and the log has the reason."""
    assert (await page_that_refreshes(hub, browser, name)).path == "/hub/home"
    assert hub.log.lines_with(f"{name} stays signed in, but the account cannot be checked: {at_refresh}")
    _, page = await sign_in(hub, name)
    assert page.status == 502
    assert at_login in hub.log.lines_with(reference_on(page, hub))[0]
    hub.authenticator.refresh_outage_grace = 0
    assert (await page_that_refreshes(hub, browser, name)).path == "/hub/login"


async def test_users_stay_for_the_grace_period_when_pam_cannot_tell(users, pam_hub, services):
    hub = await pam_hub()
    ada = users.user()
    browser, _ = await sign_in(hub, ada)
    (services / "unix").write_text("auth required pam_unix.so\naccount required pam_no_such_module.so\n")
    await check_outage(hub, browser, ada, at_refresh="PAM:", at_login="cannot tell whether")


@pytest.mark.parametrize(("module", "function"), [(pwd, "getpwnam"), (grp, "getgrnam")])
async def test_users_stay_for_the_grace_period_when_a_look_up_fails(users, pam_hub, monkeypatch, module, function):
    """Python raises KeyError, as for an account or a group that does not exist."""
    ada = users.user()
    group = grp.getgrgid(pwd.getpwnam(ada).pw_gid).gr_name
    hub = await pam_hub(allow_all=False, allowed_groups={group})
    browser, _ = await sign_in(hub, ada)
    monkeypatch.setattr(module, function, lambda name: {}[name])
    await check_outage(hub, browser, ada, at_refresh="", at_login="cannot be looked up")


@pytest.mark.parametrize("source", ["PAM", "the account", "the groups"])
async def test_an_outage_that_is_over_does_not_use_up_the_grace_period_of_a_later_one(
    users, pam_hub, services, monkeypatch, source
):
    """The account cannot be checked at 9:00, other users are checked in between, and it cannot be checked at 14:00."""
    ada, bob = users.user("ada"), users.user("bob")
    group = users.group("course", ada, bob)
    hub = await pam_hub(allow_all=False, allowed_groups={group})
    now = [9 * 3600.0]
    hub.authenticator.outage_clock._clock = lambda: now[0]
    browsers = {name: (await sign_in(hub, name))[0] for name in (ada, bob)}

    async def stays(name, hour, *, outage):
        now[0] = hour * 3600
        with monkeypatch.context() as system:
            if outage and source == "PAM":
                (services / "unix").write_text("account required pam_no_such_module.so\n")
            elif outage:
                module, function = (pwd, "getpwnam") if source == "the account" else (grp, "getgrnam")
                system.setattr(module, function, lambda name: {}[name])
            page = await page_that_refreshes(hub, browsers[name], name)
        (services / "unix").write_text(UNIX)
        return page.path == "/hub/home"

    assert await stays(ada, 9, outage=True)
    assert await stays(bob, 12, outage=False)
    assert await stays(ada, 14, outage=True), "a second outage, which has just begun"
    assert await stays(ada, 14.5, outage=True)
    hours = hub.authenticator.refresh_outage_grace / 3600
    assert not await stays(ada, 14 + hours, outage=True), "the second outage has lasted for the grace period"
    assert hub.log.lines_with(f"The session of {ada} ends: rule=refresh_outage_grace")


async def test_pages_do_not_wait_long_for_pam(users, pam_hub, services, tmp_path, monkeypatch):
    monkeypatch.setattr("oauthenticator_suite.hub.unix.lookups.ANSWER_WITHIN", 0.2)
    hub = await pam_hub(executor_threads=1)
    ada = users.user()
    browser, _ = await sign_in(hub, ada)
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    (services / "unix").write_text(f"auth required pam_unix.so\naccount required pam_exec.so quiet /bin/cat {gate}\n")
    try:
        for _ in range(2):
            assert (await page_that_refreshes(hub, browser, ada)).path == "/hub/home"
        assert hub.log.lines_with("the account cannot be checked: no answer within")
        assert hub.log.lines_with("the account cannot be checked: no answer yet to earlier look-ups")
    finally:
        gate.write_text("")  # the thread can return


# --- names ------------------------------------------------------------------------------------------------------------


async def test_username_map_in_both_directions(users, pam_hub):
    ada = users.user()
    hub = await pam_hub(username_map={ada: "countess"}, enable_auth_state=False)
    browser, page = await sign_in(hub, ada)
    assert page.status == 200
    assert list(hub.accounts()) == ["countess"]
    assert (await page_that_refreshes(hub, browser, "countess")).path == "/hub/home"
    hub.authenticator._unix_names.clear()  # as after a restart
    assert (await page_that_refreshes(hub, browser, "countess")).path == "/hub/home"
    users.delete(ada)
    assert (await page_that_refreshes(hub, browser, "countess")).path == "/hub/login"


async def test_capitals(users, pam_hub):
    """Two Unix users never become one user of the Hub."""
    hub = await pam_hub()
    capital = users.user("Ada")
    browser, page = await sign_in(hub, capital)
    assert page.status == 200
    assert list(hub.accounts()) == [capital.lower()]
    assert (await page_that_refreshes(hub, browser, capital.lower())).path == "/hub/home"
    small = users.user("ada")
    _, page = await sign_in(hub, capital)
    assert page.status == 409
    assert "pam_normalize_username" in hub.log.lines_with(reference_on(page, hub))[0]
    assert (await sign_in(hub, small))[1].status == 200
    hub.authenticator.pam_normalize_username = True
    assert (await sign_in(hub, capital))[1].status == 200
    assert set(hub.accounts()) == {capital, small}


async def test_two_names_in_capitals(users, pam_hub):
    """Neither of them is the name on the Hub, so neither has more right to it."""
    hub = await pam_hub()
    one, other = users.user("Ada"), users.user("ADA")
    for name in (one, other):
        _, page = await sign_in(hub, name)
        assert page.status == 409
        assert "would both be" in hub.log.lines_with(reference_on(page, hub))[0]
    assert not hub.accounts()


async def test_guesses_under_many_spellings_are_throttled_as_one(users, pam_hub):
    hub = await pam_hub()
    ada = users.user()
    spellings = itertools.cycle([ada, ada.upper(), f"{ada}@example.org", f"EXAMPLE\\{ada}", f"{ada}\ufe0f"])
    browser = hub.browser()
    statuses = [(await sign_in(hub, next(spellings), "wrong", browser))[1].status for _ in range(PAIR_FREE + 5)]
    assert statuses == [403] * PAIR_FREE + [429] * 5


async def test_the_name_that_the_system_returns(users, pam_hub):
    """Of two names with one number, the first in the file is used."""
    first = users.user("first")
    uid = pwd.getpwnam(first).pw_uid
    second = users.user("second", "right", "--non-unique", "--uid", str(uid))
    hub = await pam_hub(pam_normalize_username=True)
    await sign_in(hub, second)
    assert list(hub.accounts()) == [first]


# --- system accounts and sessions ------------------------------------------------------------------------------------


async def test_a_user_that_an_administrator_adds_needs_a_system_account(users, pam_hub, monkeypatch):
    monkeypatch.setattr("oauthenticator_suite.hub.unix.account_creation.VISIBLE_WITHIN", 0.2)
    root = users.user("chief")
    hub = await pam_hub(admin_users={root})
    await sign_in(hub, root)
    api = api_of(hub, root)
    there, missing = users.user("there"), f"{root}-missing"
    assert await api("POST", f"users/{there}") == 201
    assert await api("POST", f"users/{missing}") == 400
    hub.authenticator.create_system_users = True
    hub.authenticator.add_user_cmd = ["useradd", "--no-create-home"]
    users._users.add(missing)
    assert await api("POST", f"users/{missing}") == 201
    assert pwd.getpwnam(missing).pw_uid
    assert await api("POST", "users/-rf") == 400
    hub.authenticator.add_user_cmd = ["true"]
    assert await api("POST", f"users/{root}-nowhere") == 400


async def test_the_default_command_leaves_no_quotes_in_the_account(users, pam_hub):
    require_program("adduser", "usr/sbin", "adduser")
    root = users.user("chief")
    hub = await pam_hub(admin_users={root}, create_system_users=True)
    await sign_in(hub, root)
    name = f"{root}-new"
    users._users.add(name)
    hub.authenticator.add_user_cmd = [*hub.authenticator.add_user_cmd, "--no-create-home"]
    assert await api_of(hub, root)("POST", f"users/{name}") == 201
    assert '"' not in pwd.getpwnam(name).pw_gecos


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # JupyterHub's
async def test_delete_invalid_users_deletes_users_without_a_system_account(users, services, tmp_path):
    state = HubState(directory=tmp_path)
    stays, goes = users.user("stays"), users.user("goes")
    async with start_hub(pam_config(services), state) as hub:
        for name in (stays, goes):
            await sign_in(hub, name)
    users.delete(goes)
    async with start_hub(pam_config(services), state) as hub:
        assert set(hub.accounts()) == {stays, goes}
    async with start_hub(pam_config(services, delete_invalid_users=True), state) as hub:
        assert set(hub.accounts()) == {stays}


async def test_sessions_are_opened_and_closed_around_a_server(users, pam_hub, services, tmp_path):
    script = tmp_path / "note"
    script.write_text(f'#!/bin/sh\necho "$PAM_TYPE $PAM_USER" >> {tmp_path}/noted\n')
    script.chmod(0o755)
    with (services / "unix").open("a") as file:
        file.write(f"session required pam_exec.so quiet {script}\n")
    ada = users.user()
    hub = await pam_hub(username_map={ada: "countess"})
    await sign_in(hub, ada)
    user = hub.app.users["countess"]
    for opened in (False, True):
        hub.authenticator.open_sessions = opened
        await maybe_future(hub.authenticator.pre_spawn_start(user, user.spawner))
        await maybe_future(hub.authenticator.post_spawn_stop(user, user.spawner))
    assert (tmp_path / "noted").read_text().splitlines() == [f"open_session {ada}", f"close_session {ada}"]
    (services / "unix").write_text("auth required pam_unix.so\nsession required pam_deny.so\n")
    await maybe_future(hub.authenticator.pre_spawn_start(user, user.spawner))
    assert hub.log.lines_with(f"PAM: open_session of {ada}") or hub.log.lines_with("open_session of countess failed")


# --- times ------------------------------------------------------------------------------------------------------------


async def test_a_right_password_is_answered_before_24_wrong_ones(clock, users, pam_hub):
    """Nothing has to pass for it: it waits for none of the delays."""
    hub = await pam_hub(failure_delay=1.0)
    ada, bob = users.user("ada"), users.user("bob")
    forms = [(browser := hub.browser(), await browser.open("/hub/login")) for _ in range(25)]

    async def submit(number, name, password):
        browser, page = forms[number]
        return await browser.submit(page, {"username": name, "password": password})

    wrong = [
        asyncio.ensure_future(submit(number, (ada, bob, f"{ada}-nobody")[number % 3], f"wrong{number}"))
        for number in range(24)
    ]
    with clock.taking() as seconds:
        page = await submit(24, ada, "right")
    assert page.path == "/hub/home"
    assert seconds() < 1
    assert not any(failure.done() for failure in wrong)
    assert {page.status for page in await asyncio.gather(*wrong)} == {403}


async def test_failures_take_the_same_time_whatever_the_reason(clock, users, services):
    clock.rules("oauthenticator_suite.local.forms.authenticator")
    authenticator = PAMAuthenticator(config=pam_config(services, failure_delay=1.0))
    ada, locked = users.user("ada"), users.user("locked")
    users.lock(locked)
    cases = {"unknown name": (f"{ada}-nobody", "right"), "wrong password": (ada, "wrong"), "locked": (locked, "right")}
    for name, password in cases.values():
        with clock.taking() as seconds, pytest.raises(LoginFailed):
            await authenticator.get_authenticated_user(None, {"username": name, "password": password})
        assert seconds() == pytest.approx(1.0)
