"""A user with all four kinds of credentials, on Hubs with every kind of sign-in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from jupyterhub import orm
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator, PAMAuthenticator
from oauthenticator_suite.multi import MultiAuthenticator
from tests.fakes.openid_provider import FakeProvider

from .browser import Browser, Hop
from .hub import Hub, HubState, start_hub
from .little_server import LittleServer, start_server
from .unix_users import unix_users

EVERY_KIND = ("oauth", "pam", "dictionary", "several")
AT_A_PROVIDER = ("oauth", "several")
STAFF = {"allowed_groups": {"staff"}, "admin_groups": {"hub-admins"}, "manage_groups": True}
SERVICE_TOKEN = "the-token-of-a-service-that-starts-servers"

_SERVICE = "auth required pam_unix.so nodelay\naccount required pam_unix.so\nsession required pam_permit.so\n"


class World:
    """A Hub of one kind, on which one user signs in.

    `name` is the user. `authenticator` is the one that the user signs in with: for ``several`` a child.
    """

    def __init__(self, kind: str, directory: Path, provider: FakeProvider, **traits: Any) -> None:
        self.kind = kind
        self.provider = provider
        self.traits = traits
        self._stack = AsyncExitStack()
        self._users = ExitStack()
        self.name = {"dictionary": "ada"}.get(kind, "alice")
        if kind == "pam":
            self.name = self._users.enter_context(unix_users()).user(password="lovelace")
        self.state = HubState(directory)
        self.hub: Hub
        self._directory = directory
        prefix = "oauth_callback" if kind == "oauth" else "auth/campus/authorize"
        provider.client.redirect_uris.add(f"{self.state.url}/hub/{prefix}")

    # --- the Hub -----------------------------------------------------------------------------------------------------

    async def start(self) -> World:
        self.hub = await self._stack.enter_async_context(start_hub(self._config(), self.state))
        return self

    async def stop(self) -> None:
        await self._stack.aclose()

    async def remove(self) -> None:
        """Stop the Hub for good."""
        await self.stop()
        self._users.close()

    async def restart(self, **traits: Any) -> None:
        """Start the Hub again, over the same database, with other options."""
        await self.stop()
        self.traits.update(traits)
        await self.start()

    def _config(self) -> Config:
        config = Config()
        traits = {"enable_auth_state": True, "allow_all": True, **self.traits}
        strict = {"auth_refresh_strict": traits.pop("auth_refresh_strict")} if "auth_refresh_strict" in traits else {}
        at_provider = {
            "issuer": self.provider.issuer,
            "client_id": self.provider.client.client_id,
            "client_secret": self.provider.client.client_secret,
            "client_auth_method": self.provider.client.auth_method,
            "scope": ["openid", "profile", "email", "groups"],
            "user_data_max_age": 0,
        }
        cls: Any = {"oauth": GenericOAuthenticator, "pam": PAMAuthenticator, "dictionary": DictionaryAuthenticator}.get(
            self.kind, MultiAuthenticator
        )
        config.JupyterHub.update(authenticator_class=cls, spawner_class=LittleServer)
        config.JupyterHub.services = [{"name": "starter", "api_token": SERVICE_TOKEN}]
        config.JupyterHub.load_roles = [
            {"name": "starter", "scopes": ["servers", "admin:users"], "services": ["starter"]},
            {"name": "extra", "scopes": ["list:users"], "users": []},
        ]
        if self.kind == "oauth":
            config.GenericOAuthenticator.update(**at_provider, **traits, **strict)
        elif self.kind == "pam":
            services = self._directory / "pam.d"
            services.mkdir(exist_ok=True)
            (services / "unix").write_text(_SERVICE)
            if "admin_users" in traits:
                traits["admin_users"] = {self.name}
            own = {"service": "unix", "service_folder": str(services), "failure_delay": 0}
            config.PAMAuthenticator.update(**own, **traits, **strict)
        elif self.kind == "dictionary":
            own = {"passwords": {"ada": "lovelace", "bob": "builder"}, "failure_delay": 0}
            config.DictionaryAuthenticator.update({**own, **traits, **strict})
        else:
            auth_state = traits.pop("enable_auth_state")
            child = {**at_provider, **traits, **strict}
            config.MultiAuthenticator.update(
                enable_auth_state=auth_state, username_collision="reject" if auth_state else "prefix"
            )
            campus = {
                "authenticator_class": GenericOAuthenticator,
                "provider": "campus",
                "prefix": "" if not auth_state else None,
                "config": child,
            }
            if auth_state:
                del campus["prefix"]
            forms = {"passwords": {"zoe": "a-secret"}, "allow_all": True, **strict}
            config.MultiAuthenticator.authenticators = [
                campus,
                {"authenticator_class": DictionaryAuthenticator, "provider": "dictionary", "config": forms},
            ]
        return config

    @property
    def authenticator(self) -> Any:
        return self.hub.authenticator.children["campus"] if self.kind == "several" else self.hub.authenticator

    @property
    def user(self) -> Any:
        return self.hub.app.users[self.name]

    @property
    def at_provider(self) -> bool:
        return self.kind in AT_A_PROVIDER

    def due(self) -> None:
        """As if `auth_refresh_age` had passed, and what is kept for a few seconds were forgotten."""
        self.user._auth_refreshed = None
        if self.at_provider:
            self.authenticator.refresher._outcomes.forget(self.name)

    # --- the user ----------------------------------------------------------------------------------------------------

    async def sign_in(self, browser: Browser | None = None) -> Browser:
        browser = browser or self.hub.browser()
        await self.try_to_sign_in(browser)
        assert browser.logged_in
        return browser

    async def try_to_sign_in(self, browser: Browser) -> Hop:
        if self.at_provider:
            return await browser.login(self.name, at="campus" if self.kind == "several" else None)
        page = await browser.open("/hub/login?next=%2Fhub%2Fhome")
        return await browser.submit(page, {"username": self.name, "password": "lovelace"})

    async def with_credentials(self) -> Credentials:
        """The user signs in with two browsers, starts a server, and makes a token."""
        browser, other = await self.sign_in(), await self.sign_in()
        user = await start_server(self.hub, browser, self.name)
        script = user.new_api_token(note="for a script")
        credentials = Credentials(self, browser, other, "", script, user.spawner.api_token)
        await credentials.renew()
        return credentials


WorldOf = Callable[..., Awaitable[World]]
"""`await world_of(kind, strict, option=…)`: a Hub with this kind of sign-in."""


class Credentials:
    """The credentials of a user, and whether the Hub accepts them."""

    def __init__(self, world: World, browser: Browser, other: Browser, session: str, script: str, server: str) -> None:
        self.world = world
        self.browser = browser
        self.other = other
        self.session = session
        self.script = script
        self.server = server

    async def renew(self) -> None:
        """Sign in again where a session has ended, and get a new session token."""
        for browser in (self.browser, self.other):
            if (await browser.get("/hub/home")).status != 200:
                await self.world.sign_in(browser)
        account = self.world.user.orm_user
        self.session = orm.APIToken.new(
            user=account, session_id="a-browser", client_id="jupyterhub", scopes=["inherit"]
        )

    async def cookie(self, browser: Browser | None = None) -> int:
        """200, or 302 to the sign-in page."""
        return (await (browser or self.browser).get("/hub/home")).status

    async def token(self, token: str, path: str = "/hub/api/user", method: str = "GET", **options: Any) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return (await self.world.hub.browser().request(method, path, headers=headers, **options)).status

    async def activity(self, token: str | None = None) -> int:
        path = f"/hub/api/users/{self.world.name}/activity"
        body = {"last_activity": datetime.now(timezone.utc).isoformat()}
        return await self.token(token or self.server, path, "POST", json=body)

    def requests(self) -> dict[str, Callable[[], Awaitable[int]]]:
        """One request with each credential, by name."""
        return {
            "cookie": self.cookie,
            "other browser": lambda: self.cookie(self.other),
            "session token": lambda: self.token(self.session),
            "other token": lambda: self.token(self.script),
            "server token": self.activity,
        }

    async def statuses(self) -> dict[str, int]:
        """The status of a request with each credential. A refresh is due at each of them."""
        found = {}
        for name, request in self.requests().items():
            self.world.due()
            found[name] = await request()
        return found


ALL_GO_ON = {"cookie": 200, "other browser": 200, "session token": 200, "other token": 200, "server token": 200}
"""The statuses of the outcomes valid and unknown."""


def sign_in_again(strict: bool) -> dict[str, int]:
    """The statuses of the outcome sign in again."""
    ended = {"cookie": 302, "other browser": 302, "session token": 403}
    return {**ended, "other token": 403, "server token": 403} if strict else {**ALL_GO_ON, **ended}


DENIED = {"cookie": 302, "other browser": 302, "session token": 403, "other token": 403, "server token": 200}
"""The statuses of the outcome denied."""
