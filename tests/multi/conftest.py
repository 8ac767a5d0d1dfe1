"""A Hub with three providers: the OpenID providers `campus` and `lab`, and a dictionary of passwords."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator
from oauthenticator_suite.multi import MultiAuthenticator
from tests.fakes.openid_provider import FakeProvider
from tests.support import Browser, Hop, Hub, HubState

PASSWORDS = {"alice": "a-secret", "ada": "lovelace"}


@pytest.fixture
async def campus() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as provider:
        yield provider


@pytest.fixture
async def lab() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as provider:
        yield provider


def at(provider: FakeProvider, **options: Any) -> dict[str, Any]:
    """The options of a child that signs in at `provider`."""
    return {
        "issuer": provider.issuer,
        "client_id": provider.client.client_id,
        "client_secret": provider.client.client_secret,
        "client_auth_method": provider.client.auth_method,
        "allow_all": True,
        **options,
    }


def entry(name: str, cls: Any = GenericOAuthenticator, **config: Any) -> dict[str, Any]:
    """An entry of `authenticators`, called `name` in URLs and on the page."""
    return {"authenticator_class": cls, "provider": name, "login_service": name.title(), "config": config}


def config_of(entries: list[Any], **options: Any) -> Config:
    """The configuration of a Hub with these children."""
    config = Config()
    config.JupyterHub.authenticator_class = MultiAuthenticator
    config.MultiAuthenticator.authenticators = entries
    config.MultiAuthenticator.update(options)
    return config


Configure = Callable[..., Config]
Start = Callable[..., Awaitable[Hub]]


@pytest.fixture
def configured(campus: FakeProvider, lab: FakeProvider) -> Configure:
    """`configured(state, children={"lab": {…}}, more=[…], option=…)`: the Hub's configuration.

    `children` are options of the three, `more` are further entries, `bare` is the one without a prefix, `given` is laid
    over it all, and the rest are options of `MultiAuthenticator`.
    """

    def configure(
        state: HubState,
        children: dict[str, dict[str, Any]] | None = None,
        more: list[Any] | None = None,
        given: Config | None = None,
        bare: str = "",
        **options: Any,
    ) -> Config:
        children = children or {}
        for name, provider in (("campus", campus), ("lab", lab)):
            provider.client.redirect_uris.add(f"{state.url}/hub/auth/{name}/authorize")
            provider.client.post_logout_redirect_uris.add(f"{state.url}/hub/auth/{name}/logged_out")
        book = {"passwords": dict(PASSWORDS), "allow_all": True, "failure_delay": 0, **children.get("dictionary", {})}
        entries = [
            entry("campus", **at(campus, **children.get("campus", {}))),
            entry("lab", **at(lab, **children.get("lab", {}))),
            entry("dictionary", DictionaryAuthenticator, **book),
            *(more or []),
        ]
        for one in entries:
            if one.get("provider") == bare:
                one["prefix"] = ""
        config = config_of(entries, **options)
        config.merge(given or Config())
        return config

    return configure


@pytest.fixture
def several(configured: Configure, hubs: Any) -> Start:
    """`await several(…)`: a Hub, configured as by `configured`, that stops with the test."""

    async def start(state: HubState | None = None, **how: Any) -> Hub:
        state = state or HubState()
        return await hubs(configured(state, **how), state)

    return start


async def sign_in(browser: Browser, name: str, password: str, provider: str = "dictionary") -> Hop:
    """Fill in the form of `provider` on the page with all providers, and return the last page."""
    page = await browser.open("/hub/login?next=%2Fhub%2Fhome")
    return await browser.submit(page, {"username": name, "password": password}, action=f"/hub/auth/{provider}/login")
