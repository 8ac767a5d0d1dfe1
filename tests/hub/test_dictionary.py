"""`DictionaryAuthenticator` through a real Hub."""

import asyncio
import re

import argon2
import pytest
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.local.forms.handlers import KNOWN_BROWSER
from oauthenticator_suite.local.forms.throttle import ADDRESS_FREE, PAIR_FREE
from tests.support import HubState, start_hub

pytestmark = pytest.mark.hub_versions

CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
CLASS = {"happyuser": "happy", "Ada": CHEAP.hash("lovelace"), "éric": "à:b"}
WRONG = "This username and password do not match. Please check both and try again."


def config_of(**traits):
    config = Config()
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.update({"passwords": dict(CLASS), "allow_all": True, "failure_delay": 0, **traits})
    return config


@pytest.fixture
def hub_with(hubs):
    async def start(state=None, **traits):
        return await hubs(config_of(**traits), state)

    return start


async def sign_in(hub, name, password, browser=None):
    browser = browser or hub.browser()
    page = await browser.open("/hub/login?next=%2Fhub%2Fhome")
    return browser, await browser.submit(page, {"username": name, "password": password})


@pytest.mark.parametrize(
    ("name", "password", "account"),
    [
        ("happyuser", "happy", "happyuser"),
        ("HappyUser", "happy", "happyuser"),
        ("ada", "lovelace", "ada"),
        ("ADA", "lovelace", "ada"),
        ("éric", "à:b", "éric"),
        ("e\u0301ric", "a\u0300:b", "éric"),
        ("happyuser", "Happy", None),
        ("happyuser", "happy ", None),
        ("happyuser", "lovelace", None),
        pytest.param("ada", CLASS["Ada"], None, id="ada-the-hash-itself-None"),  # whose salt is another in each process
        ("ada", "", None),
        ("eve", "happy", None),
        ("eve", "", None),
        ("", "", None),
    ],
)
async def test_names_and_passwords(hub_with, name, password, account):
    hub = await hub_with()
    browser, page = await sign_in(hub, name, password)
    assert browser.logged_in is (account is not None)
    assert page.status == (200 if account else 403)
    assert list(hub.accounts()) == ([account] if account else [])
    if not account:
        assert WRONG in page.text


async def test_the_log_has_the_reason_and_no_password(hub_with):
    hub = await hub_with()
    await sign_in(hub, "eve", "a-wrong-password-1")
    await sign_in(hub, "ada", "a-wrong-password-2")
    await sign_in(hub, "ada", "lovelace")
    lines = hub.log.lines_with("login failed for")
    assert ["no such name" in line for line in lines] == [True, False]
    assert "'ada' from 127.0.0.1: wrong password" in lines[1]
    for secret in ("a-wrong-password", "lovelace", *CLASS.values()):
        if secret != "happy":  # which is in a name
            assert secret not in hub.log.text


async def test_users_as_a_list(hub_with):
    hub = await hub_with(passwords={}, users=["bob:b:o:b", "carol: spaced ", f"dan:{CHEAP.hash('hashed')}"])
    for name, password in (("bob", "b:o:b"), ("carol", " spaced "), ("dan", "hashed")):
        assert (await sign_in(hub, name, password))[1].status == 200, name
    assert (await sign_in(hub, "bob", "b"))[1].status == 403
    assert set(hub.accounts()) == {"bob", "carol", "dan"}


async def test_empty_by_default(hub_with):
    assert (DictionaryAuthenticator().passwords, DictionaryAuthenticator().users) == ({}, [])
    hub = await hub_with(passwords={})
    assert hub.log.lines_with("passwords is empty, so no user can sign in")
    assert (await sign_in(hub, "happyuser", "happy"))[1].status == 403


@pytest.mark.parametrize(
    ("traits", "accounts"),
    [
        ({"allow_all": False}, set()),
        ({"allow_all": False, "allowed_users": {"ada"}}, {"ada"}),
        ({"blocked_users": {"ada"}}, {"happyuser"}),
        ({"username_map": {"ada": "countess"}}, {"happyuser", "countess"}),
        ({"manage_groups": True, "groups": {"staff": ["ADA"]}, "allow_all": False, "allowed_groups": {"staff"}}, {"ada"}),
    ],
    ids=str,
)  # fmt: skip
async def test_a_listed_user_still_needs_to_be_allowed(hub_with, traits, accounts):
    hub = await hub_with(**traits)
    came_in = set()
    for name, password in (("happyuser", "happy"), ("ada", "lovelace")):
        browser, page = await sign_in(hub, name, password)
        if browser.logged_in:
            came_in.add(re.search(r'"name": "([^"]*)"', (await browser.get("/hub/api/user")).body)[1])
        else:
            assert "This account has no access to JupyterHub" in page.text
    assert came_in == accounts


async def test_groups_roles_and_administrators(hubs):
    config = config_of(
        manage_groups=True, manage_roles=True, groups={"teachers": ["ada"], "course": ["Ada", "happyuser"]},
        group_roles={"teachers": ["helper"]}, admin_groups={"teachers"},
    )  # fmt: skip
    config.JupyterHub.load_roles = [{"name": "helper", "scopes": ["list:users"]}]
    hub = await hubs(config)
    ada, _ = await sign_in(hub, "ada", "lovelace")
    await sign_in(hub, "happyuser", "happy")
    roles = {name: sorted(role.name for role in hub.app.users[name].roles) for name in hub.accounts()}
    assert roles == {"ada": ["admin", "helper", "user"], "happyuser": ["user"]}
    assert sorted(group.name for group in hub.app.users["ada"].groups) == ["course", "teachers"]
    hub.authenticator.groups = {"course": ["ada"]}
    hub.app.users["ada"]._auth_refreshed = None
    assert (await ada.open("/hub/home")).status == 200
    assert sorted(role.name for role in hub.app.users["ada"].roles) == ["user"]
    assert hub.accounts()["ada"] is False


async def test_a_user_removed_from_the_dictionary_is_logged_out(tmp_path):
    state = HubState(directory=tmp_path)
    async with start_hub(config_of(username_map={"ada": "countess"}), state) as hub:
        browser, _ = await sign_in(hub, "ada", "lovelace")
        hub.app.users["countess"]._auth_refreshed = None
        assert (await browser.open("/hub/home")).path == "/hub/home"
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    async with start_hub(config_of(passwords={"happyuser": "happy"}), state) as hub:
        assert (await hub.browser().open("/hub/home", headers={"Cookie": cookies})).path == "/hub/login"
        assert hub.log.lines_with("no longer in the dictionary")


# --- start-up ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traits", "words"),
    [
        ({"passwords": {"Ada": "secret-1", "ada": "secret-2"}}, ["'Ada'", "'ada'"]),
        ({"passwords": {"ada": "secret-1"}, "users": ["ADA:secret-2"]}, ["'ada'", "'ADA'"]),
        ({"passwords": {}, "users": ["ada:secret-1", "ada:secret-2"]}, ["'ada'"]),
        ({"passwords": {"bob": "secret-1", "robert": "secret-2"}, "username_map": {"bob": "robert"}}, ["bob", "robert"]),
        ({"passwords": {"caf\u00e9": "secret-1", "cafe\u0301": "secret-2"}}, ["is not a valid username"]),
        ({"passwords": {"a/b": "secret-1"}}, ["a/b", "is not a valid username"]),
        ({"passwords": {"ada": "secret-1"}, "username_pattern": "[0-9]+"}, ["ada", "username_pattern"]),
        ({"passwords": {"ada": ""}}, ["'ada' is empty"]),
        ({"passwords": {"ada": 5}}, ["must be strings"]),
        ({"passwords": {5: "secret-1"}}, ["must be strings"]),
        ({"passwords": {"ada": "$6$secret-1$secret-2"}}, ["'ada'", "argon2"]),
        ({"passwords": {"ada": "$argon2id$secret-1"}}, ["'ada'", "argon2"]),
        ({"users": ["ada:secret-1", "bob secret-2"]}, ["entry 2", "name:password"]),
        ({"users": [["ada", "secret-1"]]}, ["entry 1"]),
        ({"users": [":secret-1"]}, ["is not a valid username"]),
        ({"groups": {"staff": ["ada"]}}, ["manage_groups"]),
        ({"groups": {"staff": ["nobody"]}, "manage_groups": True}, ["staff", "nobody"]),
        ({"request_otp": True}, ["request_otp"]),
        ({"otp_prompt": "Code"}, ["otp_prompt"]),
        ({"require_verified_email": True}, ["require_verified_email", "no effect"]),
        ({"client_id": "x"}, ["client_id", "no effect"]),
    ],
    ids=str,
)  # fmt: skip
def test_mistakes_stop_the_start_without_showing_a_password(traits, words):
    with pytest.raises(ConfigurationError) as caught:
        DictionaryAuthenticator(config=config_of(**traits)).check_configuration()
    for word in words:
        assert word in caught.value.detail
    assert "secret" not in caught.value.detail


async def test_plain_text_causes_a_warning(hub_with):
    hub = await hub_with()
    (line,) = hub.log.lines_with("in plain text")
    assert "2 of 3 passwords" in line
    assert "hash-password" in line
    assert "happy" not in line


async def test_hashes_cause_no_warning(hub_with):
    hub = await hub_with(passwords={"ada": CHEAP.hash("x")})
    assert not hub.log.lines_with("plain text")


# --- throttling -------------------------------------------------------------------------------------------------------


async def test_too_many_failures_are_reported_and_a_known_browser_can_still_sign_in(hub_with):
    hub = await hub_with()
    known, _ = await sign_in(hub, "happyuser", "happy")
    assert KNOWN_BROWSER in known.cookies
    await known.open("/hub/logout")
    stranger = hub.browser()
    page = await stranger.open("/hub/login")
    told = []
    for _ in range(PAIR_FREE):
        page = await stranger.submit(page, {"username": "happyuser", "password": "wrong"})
        assert page.status == 403
        told.append("After several tries, each answer takes a little longer." in page.text)
    assert told == [False] * 5 + [True] * (PAIR_FREE - 5)
    page = await stranger.submit(page, {"username": "HappyUser", "password": "happy"})
    assert page.status == 429
    wait = page.headers["retry-after"]
    assert f"There were too many tries. Please take a short break. You can try again in 0:{int(wait):02}." in page.text
    assert 0 < int(page.headers["retry-after"]) <= 30
    assert not stranger.logged_in
    assert (await sign_in(hub, "ada", "lovelace", stranger))[1].status == 200, "another name is not slowed down"
    assert (await sign_in(hub, "happyuser", "happy", known))[1].status == 200, "nor is the user's known browser"


async def test_a_cookie_of_another_name_or_a_forged_one_does_not_count(hub_with):
    hub = await hub_with()
    known, _ = await sign_in(hub, "ada", "lovelace")
    assert (await known.open("/hub/logout")).path == "/hub/login"
    for _ in range(PAIR_FREE):
        hub.authenticator.throttle.begin("happyuser", "127.0.0.1").failed()
    _, page = await sign_in(hub, "happyuser", "happy", known)
    assert page.status == 429
    forged = f"{KNOWN_BROWSER}=2|1:0|10:1|19:suite-known-browser|4:eA==|abc"
    page = await hub.browser().open("/hub/login", headers={"Cookie": forged})
    assert page.status == 200


async def test_after_retry_after_the_login_works(hub_with):
    hub = await hub_with()
    throttle = hub.authenticator.throttle
    for _ in range(PAIR_FREE):
        throttle.begin("happyuser", "127.0.0.1").failed()
    real = throttle._clock
    browser, page = await sign_in(hub, "happyuser", "happy")
    assert page.status == 429
    throttle._clock = lambda: real() + int(page.headers["retry-after"])
    assert (await sign_in(hub, "happyuser", "happy", browser))[1].status == 200


async def test_users_behind_one_address_are_not_locked_out(hub_with):
    hub = await hub_with()
    for number in range(ADDRESS_FREE):
        hub.authenticator.throttle.begin(f"user{number}", "127.0.0.1").failed()
    assert (await sign_in(hub, "happyuser", "happy"))[1].status == 200


async def test_many_wrong_passwords_do_not_delay_a_right_one(hub_with):
    hub = await hub_with(failure_delay=1.0)
    wrong = [asyncio.ensure_future(sign_in(hub, "happyuser", f"wrong{number}")) for number in range(24)]
    browser, page = await sign_in(hub, "happyuser", "happy")
    assert page.status == 200
    assert not all(task.done() for task in wrong), "a failure is answered later"
    for task in wrong:
        task.cancel()
    await asyncio.gather(*wrong, return_exceptions=True)
    assert browser.logged_in
