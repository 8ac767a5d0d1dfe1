"""One subclass, run in a real Hub under `oauthenticator` and under this package, at the same strict provider.

A test writes ``def subclass(base): class Theirs(base): ...; return Theirs`` once. `Sides.run` starts a Hub with it under
each package, signs users in, and returns what a user or an operator could see.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from oauthenticator.generic import GenericOAuthenticator as TheirGenericOAuthenticator
from traitlets.config import Config

from oauthenticator_suite import GenericOAuthenticator
from tests.fakes.openid_provider import Call, FakeProvider, Reply
from tests.fakes.openid_provider.server import Endpoints
from tests.support import Hub, HubState, start_hub

T = TypeVar("T")

BASES = {"theirs": TheirGenericOAuthenticator, "ours": GenericOAuthenticator}
OUR_KEY = "suite"
"""The key of `auth_state` that this package adds."""

TOKENS = ("access_token", "refresh_token", "token_response")
"""The keys of `auth_state` whose values differ at each login."""


class ApiProvider(FakeProvider):
    """The strict provider, with a custom API below ``/api``, and a client that sends its secret in the body."""

    def __init__(self) -> None:
        super().__init__()
        self.client.auth_method = "client_secret_post"
        self.json: Any = [{"id": 1}, {"id": 2}]
        self.roles: dict[str, list[str]] = {}  # of users, below /realm

    def endpoints(self) -> Endpoints:
        return {
            **super().endpoints(),
            "/api/json": ("api", self._json),
            "/api/me": ("api", self._me),
            "/api/echo": ("api", self._echo),
            "/api/empty": ("api", self._empty),
            "/api/text": ("api", self._text),
            "/api/status/{status}": ("api", self._status),
            "/api/moved": ("api", self._moved),
            "/realm/token": ("realm", self._token_of_hub),
            "/realm/roles": ("realm", self._all_roles),
            "/realm/users/{user}": ("realm", self._roles_of_user),
        }

    async def _json(self, call: Call) -> Reply:
        return Reply(json=self.json)

    async def _me(self, call: Call) -> Reply:
        """The data of the token's user, for any scheme."""
        _, _, token = call.headers.get("authorization", "").partition(" ")
        grant = self._access_tokens.get(token)
        if grant is None or grant.expires_at < self.clock():
            return Reply(status=401, json={"message": "who are you?"})
        return Reply(json=self.users[grant.user])

    async def _echo(self, call: Call) -> Reply:
        names = ("accept", "authorization", "content-type", "user-agent", "x-extra")
        headers = {name: call.headers[name] for name in names if name in call.headers}
        return Reply(json={"method": call.method, "headers": headers, "body": call.body})

    async def _empty(self, call: Call) -> Reply:
        return Reply(body=b"", headers={})

    async def _text(self, call: Call) -> Reply:
        return Reply(body=b"plain text", headers={"Content-Type": "text/plain", "X-Extra": "1"})

    async def _status(self, call: Call) -> Reply:
        return Reply(status=int(call.path.rpartition("/")[2]), json={"message": "no"})

    async def _token_of_hub(self, call: Call) -> Reply:
        if call.method != "POST" or "client_credentials" not in call.body:
            return Reply(status=400, json={"error": "unsupported_grant_type"})
        return Reply(json={"access_token": "of-the-hub", "token_type": "Bearer"})

    async def _all_roles(self, call: Call) -> Reply:
        return self._roles(call, sorted({role for roles in self.roles.values() for role in roles}))

    async def _roles_of_user(self, call: Call) -> Reply:
        return self._roles(call, self.roles[call.path.rpartition("/")[2]])

    def _roles(self, call: Call, names: list[str]) -> Reply:
        if call.headers.get("authorization") != "Bearer of-the-hub":
            return Reply(status=401, json={})
        return Reply(json=[{"name": name} for name in names])

    async def _moved(self, call: Call) -> Reply:
        return Reply(status=301, body=b"", headers={"Location": f"{self.issuer}/api/json"})


@dataclass
class Seen:
    """What can be seen of a Hub after its logins.

    `pages` has the status of each user's last page, `auth_states` the stored state of each account, `received` what the
    subclass has noted, `result` the result of a function that was called with the running Hub.
    """

    pages: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, bool] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    auth_states: dict[str, dict[str, Any]] = field(default_factory=dict)
    received: list[Any] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    result: Any = None

    @property
    def comparable(self) -> dict[str, Any]:
        """What must be the same under both packages."""
        states = {name: comparable_state(state) for name, state in self.auth_states.items()}
        return {
            "pages": self.pages,
            "accounts": self.accounts,
            "groups": self.groups,
            "auth_states": states,
            "received": self.received,
            "result": self.result,
        }


def comparable_state(state: dict[str, Any]) -> dict[str, Any]:
    """An `auth_state` without what differs at each login, and without this package's own record."""
    return {key: key in TOKENS or value for key, value in state.items() if key != OUR_KEY}


Subclass = Callable[[Any, list[Any]], Any]
"""Makes the subclass of a base class; it may note in the list what it receives."""


class Sides:
    """Runs subclasses under both packages."""

    def __init__(self, provider: ApiProvider) -> None:
        self.provider = provider

    async def run(
        self,
        subclass: Subclass,
        *users: str,
        then: Callable[[Hub], Any] | None = None,
        packages: tuple[str, ...] = ("theirs", "ours"),
        **traits: Any,
    ) -> list[Seen]:
        """What is seen under each package, when `users` (alice by default) have signed in and `then` has run."""
        return [await self.run_one(package, subclass, *users, then=then, **traits) for package in packages]

    async def run_same(self, subclass: Subclass, *users: str, **options: Any) -> Seen:
        """As `run`; it fails if the two differ, and returns what is seen under this package."""
        theirs, ours = await self.run(subclass, *users, **options)
        assert ours.comparable == theirs.comparable
        return ours

    async def run_one(
        self,
        package: str,
        subclass: Subclass,
        *users: str,
        then: Callable[[Hub], Any] | None = None,
        **traits: Any,
    ) -> Seen:
        seen = Seen()
        state = HubState()
        callback_url = f"{state.url}/hub/oauth_callback"
        self.provider.client.redirect_uris.add(callback_url)
        config = self.config(callback_url, **traits)
        config.JupyterHub.authenticator_class = subclass(BASES[package], seen.received)
        async with start_hub(config, state) as hub:
            for user in users or ("alice",):
                seen.pages[user] = (await hub.browser().login(user)).status
            if then is not None:
                seen.result = await then(hub)
            seen.accounts = hub.accounts()
            for name in seen.accounts:
                seen.groups[name] = sorted(group.name for group in hub.app.users[name].groups)
                seen.auth_states[name] = await hub.auth_state(name) or {}
            seen.warnings = hub.log.at_least(logging.WARNING)
        return seen

    def config(
        self, callback_url: str, without: tuple[str, ...] = (), section: str = "GenericOAuthenticator", **traits: Any
    ) -> Config:
        """The configuration of an OAuth 2.0 provider by its URLs, which both packages understand.

        `without` names options that are left out. `traits` go into `section`.
        """
        provider, config = self.provider, Config()
        config.GenericOAuthenticator.update(
            authorize_url=f"{provider.issuer}/authorize",
            token_url=f"{provider.issuer}/token",
            userdata_url=f"{provider.issuer}/userinfo",
            oauth_callback_url=callback_url,
            client_id=provider.client.client_id,
            client_secret=provider.client.client_secret,
            username_claim="preferred_username",
            scope=["profile", "email", "groups"],
            allow_all=True,
            enable_auth_state=True,
        )
        for name in without:
            del config.GenericOAuthenticator[name]
        config[section].update(traits)
        return config
