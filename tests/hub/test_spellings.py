"""The same name in another spelling: guesses are throttled together, and no other spelling reaches another account."""

import itertools
import sqlite3
import unicodedata

import pytest
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, SimpleAuthenticator
from oauthenticator_suite.local.forms.throttle import PAIR_FREE
from oauthenticator_suite.policy.username import name_key
from tests.support import HubState, start_hub

pytestmark = pytest.mark.hub_versions

NAME, PASSWORD = "admin", "right"


class Register(SimpleAuthenticator):
    """A directory that, as LDAP does, finds a name in any case and without its accents, and keeps the spelling."""

    async def authenticate(self, handler, data):
        bare = "".join(c for c in unicodedata.normalize("NFKD", data["username"]) if not unicodedata.combining(c))
        return data["username"] if (name_key(bare), data["password"]) == (NAME, PASSWORD) else None


def config_of(cls=DictionaryAuthenticator, **traits):
    config = Config()
    config.JupyterHub.authenticator_class = cls
    config[cls.__name__].update({"allow_all": True, "failure_delay": 0, **traits})
    if cls is DictionaryAuthenticator:
        config.DictionaryAuthenticator.passwords = {NAME: PASSWORD}
    return config


def spellings(count):
    """Ways to write `NAME` that the dictionary's look-up takes for one: case, full width, superscript, mathematical."""
    letters = [
        [chr(number) for number in range(0x110000) if name_key(chr(number)) == letter and chr(number).isprintable()]
        for letter in NAME
    ]
    return ["".join(chosen) for chosen in itertools.islice(itertools.product(*letters), 0, None, 997)][:count]


async def guess(hub, browser, name, password="wrong"):
    if "_xsrf" not in browser.cookies:
        await browser.open("/hub/login")
    fields = {"username": name, "password": password, "_xsrf": browser.cookies["_xsrf"]}
    return await browser.request("POST", "/hub/login", data=fields)


@pytest.mark.parametrize("cls", [DictionaryAuthenticator, Register])
async def test_guesses_under_many_spellings_are_throttled_as_one(hubs, cls):
    hub = await hubs(config_of(cls))
    browser = hub.browser()
    names = spellings(2 * PAIR_FREE)
    assert len(set(names)) == 2 * PAIR_FREE
    statuses = [(await guess(hub, browser, name)).status for name in names]
    assert statuses == [403] * PAIR_FREE + [429] * PAIR_FREE
    for late in ("ADMIN", "admin", "a\ufe0fdmin", "ádmin"):
        assert (await guess(hub, browser, late, PASSWORD)).status == 429, ascii(late)
    assert not hub.accounts()


async def test_a_known_browser_is_known_under_each_spelling(hubs):
    hub = await hubs(config_of())
    browser = hub.browser()
    assert (await guess(hub, browser, "Admin", PASSWORD)).status == 302
    for _ in range(PAIR_FREE):
        assert (await guess(hub, hub.browser(), "admin")).status == 403
    assert (await guess(hub, hub.browser(), "admin", PASSWORD)).status == 429
    await browser.get("/hub/logout", headers={"Sec-Fetch-Site": "same-origin"})
    await browser.open("/hub/login")
    assert (await guess(hub, browser, "ＡＤＭＩＮ", PASSWORD)).status == 302


async def test_a_blocked_name_is_blocked_in_each_unicode_form(hubs):
    hub = await hubs(config_of(blocked_users={"ＡＤＭＩＮ"}))
    assert (await guess(hub, hub.browser(), "admin", PASSWORD)).status == 403
    assert not hub.accounts()


def compare_names_without_case(database):
    """Change the table of users as if the database had a case-insensitive collation, as MySQL has by default."""
    with sqlite3.connect(database) as connection:
        (made,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'users'").fetchone()
        changed = made.replace("name VARCHAR(255)", "name VARCHAR(255) COLLATE NOCASE")
        assert changed != made
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'users'", (changed,))
    with sqlite3.connect(database) as connection:
        connection.execute("REINDEX")


class KeepsCase(SimpleAuthenticator):
    def normalize_username(self, username):
        return username

    async def authenticate(self, handler, data):
        return data["username"]


@pytest.mark.parametrize("traits", [{}, {"enable_auth_state": True}], ids=str)
async def test_an_account_that_the_database_finds_under_another_spelling_is_not_given_away(tmp_path, traits):
    state = HubState(directory=tmp_path)
    async with start_hub(config_of(KeepsCase, **traits), state) as hub:
        assert (await guess(hub, hub.browser(), "Ada")).status == 302
    compare_names_without_case(tmp_path / "hub.sqlite")
    async with start_hub(config_of(KeepsCase, **traits), state) as hub:
        assert (await guess(hub, hub.browser(), "ADA")).status == 409
        assert hub.log.lines_with("takes the new username 'ADA' for that of the account 'Ada'")
        assert (await guess(hub, hub.browser(), "Ada")).status == 302
        assert hub.accounts() == {"Ada": False}
