"""`status_url`: the link to the status page of a provider that does not answer."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from traitlets import TraitError
from traitlets.config import Config

from oauthenticator_suite import (
    CognitoOAuthenticator,
    DictionaryAuthenticator,
    EntraOAuthenticator,
    GenericOAuthenticator,
    GitHubOAuthenticator,
    GitLabOAuthenticator,
    MWOAuthenticator,
)
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.observe.facts import ProviderHealth
from oauthenticator_suite.hub.options.status_page import HTTPSURL, status_page_at, status_page_of
from tests.conftest import generic_config
from tests.multi.conftest import at, config_of, entry
from tests.support import Hop, Hub, HubDidNotStart, HubState, entry_points

pytestmark = pytest.mark.hub_versions

CAMPUS_STATUS = "https://status.campus.example/now?of=sign-in&x=1"


def outside(page: Hop) -> dict[str, str]:
    """The links of the card that leave the Hub: the URLs by their text."""
    card = page.body.partition('<div class="si-card">')[2].partition("</main>")[0]
    found = re.findall(r'(?s)<a [^>]*href="(https:[^"]*)" rel="noopener noreferrer"[^>]*>(.*?)</a>', card)
    assert len(found) == card.count('href="http'), "a link that leaves the Hub without rel"
    return {re.sub(r"<[^>]*>", "", text).strip(): unescape(url) for url, text in found}


async def failed(hub: Hub, provider: Any, fault: str = "F15") -> Hop:
    provider.faults.on(fault, at="token")
    try:
        return await hub.browser().login("alice")
    finally:
        provider.faults.off()


@pytest.mark.parametrize(("fault", "status"), [("F15", 502), ("F16", 503)])
async def test_the_page_of_a_provider_that_is_down(
    hub_at_provider: Any, provider: Any, fault: str, status: int
) -> None:
    hub = await hub_at_provider(login_service="Campus", status_url=CAMPUS_STATUS)
    page = await failed(hub, provider, fault)
    assert page.status == status
    assert outside(page) == {"Status page of Campus": CAMPUS_STATUS}


async def test_the_link_is_in_the_language_of_the_page(hub_at_provider: Any, provider: Any) -> None:
    hub = await hub_at_provider(login_service="Campus", status_url=CAMPUS_STATUS, page_language="fr")
    assert outside(await failed(hub, provider)) == {"Page d’état de Campus": CAMPUS_STATUS}


async def test_no_link_where_none_is_known(hub_at_provider: Any, provider: Any) -> None:
    assert outside(await failed(await hub_at_provider(), provider)) == {}


async def test_no_link_on_the_page_of_another_error(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(status_url=CAMPUS_STATUS, allow_all=False, allowed_users={"bob"})
    for page in (await hub.browser().login("alice"), await hub.browser().get("/hub/oauth_callback?code=x&state=y")):
        assert page.status in (400, 403)
        assert outside(page) == {}


class DeclaredOAuthenticator(GenericOAuthenticator):
    """A provider that declares its status page, as the classes of this package do."""

    status_pages = {"status.example": "https://other.example", "0.0.1": CAMPUS_STATUS}


@pytest.mark.parametrize("removed", [False, True])
async def test_a_declared_page_can_be_removed(hubs: Any, provider: Any, removed: bool) -> None:
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, login_service="Campus")
    config.JupyterHub.authenticator_class = DeclaredOAuthenticator
    if removed:
        config.DeclaredOAuthenticator.status_url = ""
    page = await failed(await hubs(config, state), provider)
    assert page.status == 502
    assert outside(page) == ({} if removed else {"Status page of Campus": CAMPUS_STATUS})


@pytest.mark.parametrize(
    "url",
    [
        "http://status.example.org",
        "javascript:alert(1)",
        "data:text/html,x",
        "//status.example.org",
        "/status",
        "https://",
        "https://alice:a-secret@status.example.org",
        "https://status.example.org/a b",
    ],
)
async def test_only_https(hub_at_provider: Any, url: str) -> None:
    with pytest.raises((ConfigurationError, HubDidNotStart, TraitError)) as error:
        await hub_at_provider(status_url=url)
    assert "status_url must be an absolute URL with https://" in str(error.value)
    assert "a-secret" not in str(error.value)


# --- several providers, and the page for operators --------------------------------------------------------------------


@pytest.fixture
async def several(hubs: Any, provider: Any) -> Hub:
    """A Hub with two providers, of which one has a status page, and with a form."""
    state = HubState()
    provider.client.redirect_uris.update(f"{state.url}/hub/auth/{name}/authorize" for name in ("campus", "lab"))
    entries = [
        entry("campus", **at(provider, admin_users={"alice"}, status_url=CAMPUS_STATUS)),
        entry("lab", **at(provider)),
        entry("guests", DictionaryAuthenticator, passwords={"ada": "lovelace"}, allow_all=True),
    ]
    config = config_of(entries, enable_auth_state=True)
    config.JupyterHub.services = [{"name": "monitor", "api_token": "the-token-of-a-monitoring-service"}]
    config.JupyterHub.load_roles = [{"name": "monitor", "scopes": ["admin-ui"], "services": ["monitor"]}]
    return await hubs(config, state)


async def test_each_provider_has_its_own(several: Hub, provider: Any) -> None:
    provider.faults.on("F15", at="token")
    assert outside(await several.browser().login("alice", at="campus")) == {"Status page of Campus": CAMPUS_STATUS}
    assert outside(await several.browser().login("alice", at="lab")) == {}


async def test_the_page_for_operators(several: Hub) -> None:
    """The link is shown while the provider does not answer; the JSON form always has it."""
    browser = several.browser()
    await browser.login("alice", at="campus")
    assert outside(await browser.get("/hub/auth/status")) == {}
    for name in ("campus", "lab"):
        several.authenticator.observers.note(ProviderHealth(provider=name, is_up=False))
    page = await browser.get("/hub/auth/status")
    assert page.text.count("Not answering") == 2
    assert outside(page) == {"Status page of Campus": CAMPUS_STATUS}
    answer = await browser.get(
        "/hub/api/auth/status", headers={"Authorization": "token the-token-of-a-monitoring-service"}
    )
    urls = {way["provider"]: way["status_url"] for way in json.loads(answer.body)["ways"]}
    assert urls == {"campus": CAMPUS_STATUS, "lab": "", "guests": ""}


# --- the defaults -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "options", "url"),
    [
        (GitHubOAuthenticator, {"github_url": "https://github.campus.example"}, ""),
        (GitHubOAuthenticator, {"github_url": "https://notgithub.com"}, ""),
        (GitHubOAuthenticator, {"github_url": "https://github.com.evil.example"}, ""),
        (GitHubOAuthenticator, {"github_url": "https://campus.ghe.com"}, ""),
        (GitLabOAuthenticator, {"gitlab_url": "https://gitlab.campus.example"}, ""),
        (EntraOAuthenticator, {"tenant_id": "11111111-1111-4111-8111-111111111111"}, "https://azure.status.microsoft"),
        (
            EntraOAuthenticator,
            {
                "tenant_id": "11111111-1111-4111-8111-111111111111",
                "authority_url": "https://login.partner.microsoftonline.cn",
            },
            "",
        ),
        (
            CognitoOAuthenticator,
            {"user_pool_id": "eu-central-1_a1B2c3D4e", "cognito_domain": "https://login.campus.example"},
            "https://health.aws.amazon.com/health/status",
        ),
        (MWOAuthenticator, {"mw_index_url": "https://de.wikipedia.org/w/index.php"}, "https://www.wikimediastatus.net"),
        (MWOAuthenticator, {"mw_index_url": "https://wiki.campus.example/index.php"}, ""),
        (GenericOAuthenticator, {"issuer": "https://github.com"}, ""),
    ],
)
def test_a_server_of_ones_own_has_no_public_page(cls: type, options: dict[str, str], url: str) -> None:
    assert cls(config=Config({cls.__name__: options})).status_url == url


@pytest.mark.parametrize("name", sorted({**entry_points.PROVIDERS, **entry_points.LOCAL}))
def test_what_is_declared_is_a_usable_page(name: str) -> None:
    cls = {**entry_points.PROVIDERS, **entry_points.LOCAL}[name]
    for domain, url in cls.status_pages.items():
        assert re.fullmatch(r"([a-z0-9-]+\.)+[a-z]+|", domain)
        assert cls(status_url=url).status_url == url
        assert status_page_at(cls.status_pages, f"https://{domain or 'any.example'}/x") == url


@given(st.text(), st.text())
def test_any_address_gives_a_page_or_none(before: str, address: str) -> None:
    pages = {"github.com": "https://www.githubstatus.com"}
    assert status_page_at(pages, address) in ("", pages["github.com"])
    assert status_page_at({}, f"https://{address}") == ""
    assert status_page_at(pages, "https://GITHUB.com:443/login?x=[") == pages["github.com"]
    label = re.sub(r"[^a-z]", "", before.lower())
    assert status_page_at(pages, f"https://{label}.github.com") == pages["github.com"]
    assert status_page_at(pages, f"https://{label}xgithub.com") == ""


def test_a_class_of_another_package_has_none() -> None:
    class Other:
        status_url = "javascript:alert(1)"

    assert status_page_of(Other()) == ""
    assert status_page_of(None) == ""
    assert HTTPSURL().validate(None, "") == ""
