"""Authenticators of other packages as children of `MultiAuthenticator`, and how a user signs in with each."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nativeauthenticator
from jupyterhub.auth import DummyAuthenticator
from ldapauthenticator import LDAPAuthenticator
from nativeauthenticator import NativeAuthenticator
from oauthenticator.generic import GenericOAuthenticator
from traitlets.config import Config

from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import entry
from tests.support import Browser, Hop, Hub, HubState

PASSWORDS = {"alice": "a-password", "bob": "another"}


@dataclass
class Kind:
    """JupyterHub's `DummyAuthenticator`: it accepts any password of an allowed user."""

    name: str = "dummy"
    cls: Any = DummyAuthenticator
    button = False
    options: dict[str, Any] = field(
        default_factory=lambda: {"allow_all": True, "username_pattern": "|".join(PASSWORDS)}
    )
    """No names of users: a name that the configuration has for one provider is reserved for its users."""

    def entry(self, state: HubState, **options: Any) -> dict[str, Any]:
        """The entry of `authenticators`."""
        return entry(self.name, self.cls, **{**self.options, **options})

    def given(self) -> Config:
        """More configuration that the child needs."""
        return Config()

    async def prepare(self, hub: Hub) -> None:
        """Create the accounts in `PASSWORDS`."""

    async def login(self, browser: Browser, name: str = "alice", *, next_url: str = "/hub/home") -> Hop:
        """A successful login, which starts at the page with all providers."""
        page = await browser.open(f"/hub/login?next={next_url}")
        return await self.fill_in(browser, page, name, PASSWORDS[name])

    async def fail(self, browser: Browser) -> Hop:
        """A login with a wrong password."""
        page = await browser.open("/hub/login?next=/hub/home")
        return await self.fill_in(browser, page, "mallory", "wrong")

    async def fill_in(self, browser: Browser, page: Hop, name: str, password: str) -> Hop:
        """Submit the child's form on `page`."""
        fields = {"username": name, "password": password}
        return await browser.submit(page, fields, action=f"/hub/auth/{self.name}/login")


@dataclass
class Ldap(Kind):
    """jupyterhub-ldapauthenticator, at a directory that listens on `port`."""

    port: int = 0
    name: str = "ldap"
    cls: Any = LDAPAuthenticator

    def __post_init__(self) -> None:
        self.options = {
            "server_address": "127.0.0.1",
            "server_port": self.port,
            "tls_strategy": "insecure",
            "bind_dn_template": ["uid={username},dc=example"],
            "allow_all": True,
        }


class _NoStatistics:
    """Replaces `BaseHandler.statsd`, which JupyterHub 5 removed."""

    def timer(self, name: str) -> _NoStatistics:
        return self

    def start(self) -> _NoStatistics:
        return self

    def stop(self, *, send: bool) -> None:
        assert not send


class NativeOfAnyHub(NativeAuthenticator):
    """Its login page uses `BaseHandler.statsd`, which newer JupyterHub releases do not have."""

    def get_handlers(self, app: Any) -> list[Any]:
        def with_statistics(handler: type) -> type:
            return handler if hasattr(handler, "statsd") else type("Page", (handler,), {"statsd": _NoStatistics()})

        return [(path, with_statistics(handler)) for path, handler in super().get_handlers(app)]


@dataclass
class Native(Kind):
    """jupyterhub-nativeauthenticator: users create their accounts on a page of the package."""

    name: str = "native"
    cls: Any = NativeOfAnyHub
    options: dict[str, Any] = field(default_factory=lambda: {"open_signup": True, "allow_all": True})
    button = True  # which leads to its own form

    def given(self) -> Config:
        config = Config()
        config.JupyterHub.template_paths = [str(Path(nativeauthenticator.__file__).parent / "templates")]
        return config

    async def prepare(self, hub: Hub) -> None:
        for name, password in PASSWORDS.items():
            page = await self.sign_up(hub.browser(), name, password)
            assert "signup was successful" in page.text.lower(), page.text

    async def sign_up(self, browser: Browser, name: str, password: str) -> Hop:
        page = await browser.open("/hub/signup")
        fields = {"username": name, "signup_password": password, "signup_password_confirmation": password}
        return await browser.submit(page, fields)

    async def login(self, browser: Browser, name: str = "alice", *, next_url: str = "/hub/home") -> Hop:
        page = await self._to_its_page(browser, next_url)
        return await self.fill_in(browser, page, name, PASSWORDS[name])

    async def fail(self, browser: Browser) -> Hop:
        page = await self._to_its_page(browser, "/hub/home")
        return await self.fill_in(browser, page, "mallory", "wrong")

    async def _to_its_page(self, browser: Browser, next_url: str) -> Hop:
        page = await browser.open(f"/hub/login?next={next_url}")
        return await browser.open(link_on(page, f"/hub/auth/{self.name}/login"))


class GenericAtAStrictProvider(GenericOAuthenticator):
    """The fake provider refuses fields in a request that RFC 6749 does not define."""

    def build_access_tokens_request_params(self, handler: Any, data: Any = None) -> dict[str, Any]:
        params: dict[str, Any] = super().build_access_tokens_request_params(handler, data)
        return {name: value for name, value in params.items() if name != "data"}


@dataclass
class OAuth(Kind):
    """The package oauthenticator."""

    provider: FakeProvider | None = None
    name: str = "elsewhere"
    cls: Any = GenericAtAStrictProvider
    button = True

    def entry(self, state: HubState, **options: Any) -> dict[str, Any]:
        provider = self.provider
        assert provider is not None
        provider.client.auth_method = "client_secret_post"
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        config = {
            "client_id": provider.client.client_id,
            "client_secret": provider.client.client_secret,
            "oauth_callback_url": f"{state.url}/hub/oauth_callback",
            "basic_auth": False,
            "authorize_url": f"{provider.issuer}/authorize",
            "token_url": f"{provider.issuer}/token",
            "userdata_url": f"{provider.issuer}/userinfo",
            "username_claim": "preferred_username",
            "scope": ["profile"],
            "allow_all": True,
        }
        return entry(self.name, self.cls, **config, **options)

    async def login(self, browser: Browser, name: str = "alice", *, next_url: str = "/hub/home") -> Hop:
        browser.user = name
        page = await browser.open(f"/hub/login?next={next_url}")
        return await browser.open(link_on(page, "/hub/oauth_login"))

    async def fail(self, browser: Browser) -> Hop:
        assert self.provider is not None
        self.provider.deny = "access_denied"
        page = await self.login(browser)
        self.provider.deny = None
        return page


def link_on(page: Hop, path: str) -> str:
    """The URL of the link on `page` that leads to `path`."""
    _, found, rest = page.body.partition(f'href="{path}')
    assert found, f"no link to {path} on {page}"
    return path + rest.partition('"')[0].replace("&amp;", "&")
