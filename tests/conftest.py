"""Fixtures for everything above the pure floors: a fake provider, real Hubs in-process, browsers."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

from oauthenticator_suite.plugins import GROUP
from tests.fakes.mediawiki import FakeMediaWiki
from tests.fakes.openid_provider import FakeProvider
from tests.support import Browser, Hub, HubState, start_hub


def pytest_configure(config: pytest.Config) -> None:
    """Warnings are errors; these are other packages' own, about themselves."""
    for message in (
        "The .version. property of an event schema must be a string",  # JupyterHub 5
        "(tagMap|typeMap) is deprecated",  # ldap3, which jupyterhub-ldapauthenticator stands on
    ):
        config.addinivalue_line("filterwarnings", f"ignore:{message}")


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    """The strict fake provider: `alice` is logged in there unless the test or the browser says otherwise."""
    async with FakeProvider() as provider:
        yield provider


@pytest.fixture
async def hubs() -> AsyncIterator[Callable[[Config], Awaitable[Hub]]]:
    """`await hubs(config)` starts a Hub that stops with the test. To stop one earlier, use `start_hub` itself."""
    async with AsyncExitStack() as stack:

        async def start(config: Config, state: HubState | None = None) -> Hub:
            return await stack.enter_async_context(start_hub(config, state))

        yield start


def generic_config(provider: FakeProvider, **traits: Any) -> Config:
    """`GenericOAuthenticator` at the fake provider, set up as an operator would: issuer, client id, client secret."""
    config = Config()
    config.JupyterHub.authenticator_class = "oauthenticator_suite.providers.generic.GenericOAuthenticator"
    config.GenericOAuthenticator.update(
        issuer=provider.issuer,
        client_id=provider.client.client_id,
        client_secret=provider.client.client_secret,
        client_auth_method=provider.client.auth_method,
        allow_all=True,
    )
    config.GenericOAuthenticator.update(traits)
    return config


@pytest.fixture
def hub_at_provider(provider: FakeProvider, hubs: Any) -> Callable[..., Awaitable[Hub]]:
    """`await hub_at_provider(trait=value, …)`: a Hub that logs in at `provider`, which knows its callback URL."""

    async def start(**traits: Any) -> Hub:
        state = HubState()
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        return await hubs(generic_config(provider, **traits), state)

    return start


@pytest.fixture
async def hub(hub_at_provider: Callable[..., Awaitable[Hub]]) -> Hub:
    """A Hub with `GenericOAuthenticator` at the fake provider, everybody allowed."""
    return await hub_at_provider()


@pytest.fixture
async def browser(hub: Hub) -> Browser:
    """A browser of that Hub's."""
    return hub.browser()


@pytest.fixture
async def wiki() -> AsyncIterator[FakeMediaWiki]:
    async with FakeMediaWiki() as wiki:
        yield wiki


@pytest.fixture
def hub_at_wiki(wiki: FakeMediaWiki, hubs: Any) -> Callable[..., Awaitable[Hub]]:
    """`await hub_at_wiki(trait=value, …)`: a Hub that logs in at `wiki`, everybody allowed unless the traits say else."""

    async def start(spawner_class: Any = "simple", **traits: Any) -> Hub:
        state = HubState()
        wiki.consumer.callback_url = f"{state.url}/hub/oauth_callback"
        wiki.consumer.oauth_version = traits.get("oauth_version", "1.0a")
        config = Config()
        config.JupyterHub.update(
            authenticator_class="oauthenticator_suite.MWOAuthenticator", spawner_class=spawner_class
        )
        config.MWOAuthenticator.update(
            mw_index_url=wiki.index_url, client_id=wiki.consumer.key, client_secret=wiki.consumer.secret, allow_all=True
        )
        config.MWOAuthenticator.update(traits)
        return await hubs(config, state)

    return start


Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """`install(distribution, entry_points, module=source, …)`: as pip would leave it in a folder of the path."""
    before = set(sys.modules)

    def installed(distribution: str, entry_points: str, folder: str = "site", **modules: str) -> None:
        site = tmp_path / folder
        info = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entry_points}\n")
        for module, source in modules.items():
            (site / f"{module}.py").write_text(source)
        if str(site) not in sys.path:
            monkeypatch.syspath_prepend(site)

    yield installed
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
