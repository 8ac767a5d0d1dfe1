"""``/hub/auth/{provider}/…``: also with one provider, and what leads there from the URLs of a Hub with one."""

from __future__ import annotations

from typing import Any

import pytest
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator, GitHubOAuthenticator
from oauthenticator_suite.hub.base.plug_in import provider_of
from tests.conftest import generic_config
from tests.fakes.openid_provider import FakeProvider
from tests.support import HubState
from tests.support.entry_points import PROVIDERS

# --- one provider ----------------------------------------------------------------------------------------------------


async def test_login_and_callback_with_one_provider(provider: FakeProvider, hubs: Any) -> None:
    """An operator can register the callback URL that the provider would have as one of several."""
    state = HubState()
    callback = f"{state.url}/hub/auth/generic/authorize"
    provider.client.redirect_uris.add(callback)
    hub = await hubs(generic_config(provider, oauth_callback_url=callback, rp_initiated_logout=True), state)
    provider.client.post_logout_redirect_uris.add(f"{state.url}/hub/oauth_logged_out")
    browser = hub.browser()
    page = await browser.open("/hub/auth/generic/login?next=%2Fhub%2Ftoken")
    assert (page.status, page.path) == (200, "/hub/token")
    page = await browser.open("/hub/auth/generic/logout")
    assert not browser.logged_in
    assert provider.count("end_session") == 1
    page = await browser.open("/hub/oauth_login?next=%2Fhub%2Fhome")
    assert (page.status, page.path) == (200, "/hub/home")
    assert list(hub.accounts()) == ["alice"]
    assert not hub.log.tracebacks()


async def test_both_callback_urls_take_the_same_response(provider: FakeProvider, hub_at_provider: Any) -> None:
    """The registered one is the one that counts at the provider; the attempt is used once, wherever it comes back."""
    hub = await hub_at_provider()
    browser = hub.browser()
    callback = await browser.walk_to_callback("alice")
    other = callback.replace("/hub/oauth_callback", "/hub/auth/generic/authorize")
    assert (await browser.open(other)).status == 200
    assert browser.logged_in
    fresh = hub.browser()
    assert (await fresh.open(callback)).status == 400
    assert not fresh.logged_in


async def test_revoke_and_unknown_names(hubs: Any) -> None:
    config = Config()
    config.JupyterHub.authenticator_class = GitHubOAuthenticator
    config.GitHubOAuthenticator.update(client_id="hub", client_secret="a secret", allow_all=True)
    hub = await hubs(config)
    answer = await hub.browser().get("/hub/auth/github/revoke")
    assert answer.status == 302
    assert answer.location.startswith("https://github.com/settings/connections/applications/")
    assert (await hub.browser().get("/hub/auth/github/enabled")).body == "true"
    for path in ("auth/gitlab/login", "auth/gitlab/enabled", "auth/github", "auth/github/other", "auth//login"):
        assert (await hub.browser().get(f"/hub/{path}")).status == 404, path


def test_each_provider_has_a_name_of_its_own() -> None:
    names = [provider_of(cls) for cls in PROVIDERS.values()]
    assert len(set(names)) == len(names)
    assert {"github", "gitlab", "google", "mediawiki", "jupyterhub", "generic"} <= set(names)


# --- after a move to several ------------------------------------------------------------------------------------------


def several(provider: FakeProvider, state: HubState, *names: str, form: bool = True) -> Config:
    config = Config()
    config.JupyterHub.authenticator_class = "oauthenticator_suite.MultiAuthenticator"
    options = dict(generic_config(provider).GenericOAuthenticator)
    entries: list[dict[str, Any]] = []
    for name in names:
        provider.client.redirect_uris.add(f"{state.url}/hub/auth/{name}/authorize")
        entry = {"authenticator_class": GenericOAuthenticator, "provider": name, "login_service": name}
        entries.append({**entry, "config": options})
    if form:
        book = {"passwords": {"ada": "lovelace"}, "allow_all": True}
        entries.append(
            {
                "authenticator_class": DictionaryAuthenticator,
                "provider": "book",
                "login_service": "book",
                "config": book,
            }
        )
    config.MultiAuthenticator.authenticators = entries
    return config


@pytest.mark.parametrize("form", [True, False])
async def test_the_old_login_leads_to_the_only_oauth_login(provider: FakeProvider, hubs: Any, form: bool) -> None:
    state = HubState()
    hub = await hubs(several(provider, state, "campus", form=form), state)
    browser = hub.browser()
    page = await browser.open("/hub/oauth_login?next=%2Fhub%2Ftoken")
    assert (page.status, page.path) == (200, "/hub/token")
    assert browser.logged_in


async def test_the_old_login_leads_to_the_choices(provider: FakeProvider, hubs: Any) -> None:
    state = HubState()
    hub = await hubs(several(provider, state, "campus", "lab"), state)
    browser = hub.browser()
    page = await browser.open("/hub/oauth_login?next=%2Fhub%2Ftoken")
    assert (page.status, page.path, page.query) == (200, "/hub/login", {"next": "/hub/token"})
    page = await browser.open("/hub/oauth_login?next=https%3A%2F%2Fevil.example")
    assert page.query == {}


async def test_the_old_callback_passes_nothing_on(provider: FakeProvider, hubs: Any) -> None:
    state = HubState()
    hub = await hubs(several(provider, state, "campus", "lab"), state)
    answer = await hub.browser().get("/hub/oauth_callback?code=SECRET&state=x&iss=y")
    assert (answer.status, answer.location) == (302, f"{hub.url}/hub/login")
    assert provider.count("token") == 0
    assert "SECRET" not in hub.log.text
