"""Names of another project's contract for OAuth authenticators: `access_token_url`, `api_base_url` and the rest.

docs/how-to/write-a-plugin.md has the table.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from oauthenticator_suite import GenericOAuthenticator, OAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from tests.conftest import generic_config
from tests.fakes.openid_provider import FakeProvider
from tests.support import Hub, HubDidNotStart, HubState
from tests.support.entry_points import PROVIDERS


class WithAPI(FakeProvider):
    """Has each endpoint below ``/own`` as well."""

    def endpoints(self) -> dict[str, Any]:
        known = super().endpoints()
        return known | {f"/own{path}": endpoint for path, endpoint in known.items()}


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with WithAPI() as provider:
        yield provider


def plain(provider: FakeProvider) -> dict[str, Any]:
    """OAuth 2.0, set up with the other names."""
    return {
        "issuer": "",
        "authorize_url": f"{provider.issuer}/authorize",
        "access_token_url": f"{provider.issuer}/own/token",
        "api_base_url": f"{provider.issuer}/own",
        "userdata_url": "userinfo",
        "scope": ["openid", "profile"],
        "username_claim": "preferred_username",
    }


@pytest.mark.parametrize("root", ["/own", "/own/"])
@pytest.mark.parametrize("path", ["userinfo", "/userinfo"])
async def test_options_by_other_names(provider: FakeProvider, hub_at_provider: Any, root: str, path: str) -> None:
    options = {"api_base_url": f"{provider.issuer}{root}", "userdata_url": path}
    hub = await hub_at_provider(**{**plain(provider), **options})
    assert (await hub.browser().login()).status == 200
    assert provider.requests_to("token")[0].path == "/own/token"
    assert provider.requests_to("userinfo")[0].path == "/own/userinfo"
    assert hub.authenticator.access_token_url == hub.authenticator.token_url
    assert hub.authenticator.userdata_url == f"{provider.issuer}/own/userinfo"


def test_every_class_has_these_options() -> None:
    for cls in (OAuthenticator, *PROVIDERS.values()):
        assert {"access_token_url", "api_base_url"} <= set(cls.class_traits(config=True)), cls


async def start(hubs: Any, provider: FakeProvider, cls: type, **traits: Any) -> Hub:
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, **traits)
    config[cls.__name__] = config.pop("GenericOAuthenticator")
    config[cls.__name__].issuer = ""
    config.JupyterHub.authenticator_class = cls
    hub: Hub = await hubs(config, state)
    return hub


async def test_a_class_by_the_other_contract(hubs: Any, provider: FakeProvider) -> None:
    """Class attributes, and a stage that asks the API by a path."""
    origin = provider.issuer

    class PortedOAuthenticator(OAuthenticator):
        default_provider = "ported"
        authorize_url = f"{origin}/authorize"
        access_token_url = f"{origin}/own/token"
        api_base_url = f"{origin}/own/"
        userdata_url = f"{origin}/own/userinfo"
        default_scope = ("openid", "profile")

        async def token_to_user(self, token_info: dict[str, Any]) -> dict[str, Any]:
            headers = {"Authorization": f"Bearer {token_info['access_token']}"}
            profile = await self.httpfetch("userinfo", "user", headers=headers)
            return {**profile, "username": profile["preferred_username"]}

    hub = await start(hubs, provider, PortedOAuthenticator)
    browser = hub.browser()
    page = await browser.open("/hub/auth/ported/login?next=%2Fhub%2Fhome")
    assert (page.status, page.path) == (200, "/hub/home")
    assert provider.requests_to("token")[0].path == "/own/token"
    assert provider.requests_to("userinfo")[0].path == "/own/userinfo"
    assert list(hub.accounts()) == ["alice"]


@pytest.mark.parametrize(
    ("traits", "says"),
    [
        ({"userdata_url": "userinfo"}, "userdata_url is not an absolute http or https URL"),
        ({"api_base_url": "https://api.example.org"}, "api_base_url has no meaning here"),
        ({"userdata_url": "//evil.example/userinfo", "api_base_url": "https://api.example.org"}, "userdata_url"),
        ({"userdata_url": "https:/userinfo", "api_base_url": "https://api.example.org"}, "userdata_url"),
        ({"access_token_url": "token"}, "access_token_url"),
        (
            {"access_token_url": "https://one.example/token", "token_url": "https://two.example/token"},
            "both are set to different values",
        ),
    ],
)
async def test_what_cannot_be_meant_stops_the_start(
    provider: FakeProvider, hub_at_provider: Any, traits: dict[str, str], says: str
) -> None:
    with pytest.raises((ConfigurationError, HubDidNotStart, Exception), match=says):
        await hub_at_provider(**traits)


async def test_an_old_name_of_an_option_without_effect(hub_at_wiki: Any) -> None:
    """With OAuth 1.0a a wiki has no token endpoint, whatever the option is called."""
    with pytest.raises((ConfigurationError, HubDidNotStart), match="access_token_url has no meaning here"):
        await hub_at_wiki(access_token_url="https://wiki.example/token")


def test_a_path_in_the_token_check() -> None:
    authenticator = GenericOAuthenticator(api_base_url="https://api.example.org/v1", validate_token_url="/check?x=1")
    assert authenticator.validate_token_url == "https://api.example.org/v1/check?x=1"
