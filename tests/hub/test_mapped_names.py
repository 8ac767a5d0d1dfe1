"""`username_map` and `normalize_username` come before the check of a username: for providers, forms, and one of several."""

from __future__ import annotations

from typing import Any

import pytest
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator, SimpleAuthenticator
from tests.conftest import generic_config
from tests.fakes.mediawiki import FakeMediaWiki, WikiUser
from tests.hub.wikis import LIBRARY, NATIVE, OAUTH_2, Start
from tests.support import HubState, check_invariants, reference_on, refresh_is_due

ODD = ["lab\\ada", 'ada "the countess"', "ａｄａ", "ada\u00a0l", "ada<l>", "x" * 300]
"""Logins that cannot be usernames."""


@pytest.mark.parametrize("login", ODD)
async def test_a_login_that_is_no_username_can_be_mapped(hub_at_provider: Any, provider: Any, login: str) -> None:
    provider.users["alice"]["preferred_username"] = login
    options = {
        "username_claim": "preferred_username",
        "scope": ["openid", "profile"],
        "enable_auth_state": True,
        "user_data_max_age": 0,
    }
    hub = await hub_at_provider(**options)
    page = await hub.browser().login()
    assert page.status == 403
    assert "no username that JupyterHub can use" in page.text
    reference_on(page, hub)
    hub.authenticator.username_map = {login.lower(): "ada"}
    browser = hub.browser()
    assert (await browser.login()).status == 200
    refresh_is_due(hub, "ada")
    assert (await browser.get("/hub/home")).status == 200
    assert list(hub.accounts()) == ["ada"]
    check_invariants(hub, provider, accounts={"ada"})


async def test_a_mapped_login_follows_every_rule_under_its_new_name(hub_at_provider: Any, provider: Any) -> None:
    provider.users["alice"]["preferred_username"] = "lab\\ada"
    options = {"username_claim": "preferred_username", "scope": ["openid", "profile"]}
    hub = await hub_at_provider(**options, username_map={"lab\\ada": "ada"}, blocked_users={"ada"})
    assert (await hub.browser().login()).status == 403
    assert hub.accounts() == {}


@pytest.mark.parametrize("mapped", ["a/b", 'a"b', "ａｄａ", "..", "x" * 300])
async def test_the_result_of_the_map_is_checked(hub_at_provider: Any, provider: Any, mapped: str) -> None:
    hub = await hub_at_provider(username_map={"alice": mapped})
    assert (await hub.browser().login()).status == 403
    assert hub.accounts() == {}


async def test_the_map_does_not_take_a_look_alike_for_the_name_in_it(hub_at_provider: Any, provider: Any) -> None:
    """The Kelvin sign's lower case is ``k``: the user is neither ``kim`` nor the account that ``kim`` is mapped to."""
    provider.users["alice"]["preferred_username"] = "\u212aim"
    hub = await hub_at_provider(username_claim="preferred_username", scope=["openid", "profile"])
    assert (await hub.browser().login()).status == 403
    hub.authenticator.username_map = {"kim": "boss"}
    assert (await hub.browser().login()).status == 403
    assert hub.accounts() == {}


async def test_an_override_of_normalize_username_sees_what_the_provider_sent(hubs: Any, provider: Any) -> None:
    class Domain(GenericOAuthenticator):
        def normalize_username(self, username: str) -> str:
            return super().normalize_username(username.rpartition("\\")[2])

    provider.users["alice"]["preferred_username"] = "LAB\\Ada"
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, username_claim="preferred_username", scope=["openid", "profile"])
    config.JupyterHub.authenticator_class = Domain
    hub = await hubs(config, state)
    assert (await hub.browser().login()).status == 200
    assert list(hub.accounts()) == ["ada"]


# --- forms -----------------------------------------------------------------------------------------------------------


async def sign_in(hub: Any, name: str, password: str, login: str = "/hub/login") -> tuple[Any, Any]:
    browser = hub.browser()
    page = await browser.open(f"{login}?next=%2Fhub%2Fhome")
    return browser, await browser.submit(page, {"username": name, "password": password})


class Directory(SimpleAuthenticator):
    """Returns the name that the directory has."""

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str:
        return "LAB\\Ada"


@pytest.mark.parametrize("with_map", [True, False])
async def test_a_form(hubs: Any, with_map: bool) -> None:
    config = Config()
    config.JupyterHub.authenticator_class = Directory
    config.Directory.update(allow_all=True, failure_delay=0)
    if with_map:
        config.Directory.username_map = {"lab\\ada": "ada"}
    hub = await hubs(config)
    browser, page = await sign_in(hub, "ada", "anything")
    assert browser.logged_in is with_map
    assert page.status == (200 if with_map else 403)
    assert list(hub.accounts()) == (["ada"] if with_map else [])


async def test_a_dictionary(hubs: Any) -> None:
    config = Config()
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.update(
        passwords={"lab\\ada": "lovelace"}, username_map={"lab\\ada": "ada"}, allow_all=True, failure_delay=0
    )
    hub = await hubs(config)
    browser, _ = await sign_in(hub, "LAB\\Ada", "lovelace")
    assert browser.logged_in
    assert list(hub.accounts()) == ["ada"]


# --- one of several --------------------------------------------------------------------------------------------------


async def test_one_of_several_with_prefixes(hubs: Any, provider: Any) -> None:
    """A prefix does not hide that the provider's name cannot be a username."""
    provider.users["alice"]["preferred_username"] = ".."
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/auth/one/authorize")
    options = generic_config(provider).GenericOAuthenticator
    options.update(username_claim="preferred_username", scope=["openid", "profile"])
    config = Config()
    config.JupyterHub.authenticator_class = "oauthenticator_suite.MultiAuthenticator"
    config.MultiAuthenticator.update(
        username_collision="prefix",
        authenticators=[
            {"authenticator_class": GenericOAuthenticator, "provider": "one", "config": dict(options)},
            {"authenticator_class": Directory, "provider": "two", "config": {"allow_all": True, "failure_delay": 0}},
        ],
    )
    hub = await hubs(config, state)
    browser = hub.browser()
    page = await browser.open("/hub/auth/one/login?next=%2Fhub%2Fhome")
    assert page.status == 403
    hub.authenticator.children["one"].username_map = {"..": "ada"}
    page = await browser.open("/hub/auth/one/login?next=%2Fhub%2Fhome")
    assert page.status == 200
    hub.authenticator.children["two"].username_map = {"lab\\ada": "ada"}
    other, _ = await sign_in(hub, "ada", "anything", "/hub/auth/two/login")
    assert other.logged_in
    assert set(hub.accounts()) == {"one:ada", "two:ada"}


# --- a wiki ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [NATIVE, LIBRARY, OAUTH_2], ids=["native", "mwoauth", "oauth2"])
@pytest.mark.parametrize("name", ['Ada "Countess" Lovelace', "Ada\\Lovelace", "Ａｄａ"])
async def test_a_wiki(hub_at_wiki: Start, wiki: FakeMediaWiki, way: dict[str, str], name: str) -> None:
    """MediaWiki allows these names. The key has the name with spaces or with ``_``."""
    wiki.users[name] = WikiUser(77, name)
    hub = await hub_at_wiki(**way)
    assert (await hub.browser().login(name)).status == 403
    for key in (name, name.replace(" ", "_")):
        hub.authenticator.username_map = {key: "ada"}
        assert (await hub.browser().login(name)).status == 200
    assert list(hub.accounts()) == ["ada"]
