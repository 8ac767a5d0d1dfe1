"""The base of contract cases: what the contract must know about a provider, and what differs between providers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from traitlets.config import Config

from tests.fakes.openid_provider import FakeProvider, Fault
from tests.fakes.openid_provider.bending import reply_is
from tests.fakes.openid_provider.wire import Wire
from tests.support.entry_points import ENTRY_POINTS

OAUTH_2_KEYS = frozenset({"access_token", "refresh_token", "id_token", "scope", "token_response"})


@dataclass(frozen=True)
class Person:
    """A user with an account at the provider.

    `key` identifies the user to the fake, `login` is the username at the provider, and `name` the username on the Hub.
    """

    key: str
    login: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "login", self.login or self.key)
        object.__setattr__(self, "name", self.name or self.login)


class ProviderCase(ABC):
    """A running provider with two users. `own_rule` allows `member`, and not `outsider`."""

    id: ClassVar[str]
    entry_point: ClassVar[str]
    member: ClassVar[Person]
    outsider: ClassVar[Person]
    token_endpoint: ClassVar[str] = "token"
    """The fake's name of the token endpoint."""

    user_endpoint: ClassVar[str] = "userinfo"
    """The fake's name of the endpoint with the user's data; empty where the token response has them."""

    state_parameter: ClassVar[str] = "state"
    """The parameter of the callback URL that identifies the login attempt."""

    denied: ClassVar[int | None] = 403
    """The status when the user refuses consent at the provider; None where the browser then stays there."""

    token_refused: ClassVar[str | Fault] = Fault("refused", "", "no token", reply_is(400, {"error": "invalid_grant"}))
    user_refused: ClassVar[str | Fault] = Fault("refused", "", "no data", reply_is(401, {"error": "invalid_token"}))
    """The provider's refusals at the two endpoints."""

    auth_state_keys: ClassVar[frozenset[str]] = OAUTH_2_KEYS
    """Documented keys of `auth_state`, in addition to the key of the user's data and the package's own record."""

    keys_of_everything: ClassVar[frozenset[str]] = frozenset({"emails"})
    """Keys that `everything` adds to `auth_state`."""

    fake: Wire

    def __init__(self) -> None:
        self.fake = self.make_fake()

    @property
    def cls(self) -> type:
        return ENTRY_POINTS[self.entry_point]

    def config(self, hub_url: str, cls: type | None = None, **traits: Any) -> Config:
        """The configuration of a Hub at `hub_url`, as documented, registered at the provider, with more `traits`."""
        cls = cls or self.cls
        self.register(f"{hub_url}/hub/oauth_callback")
        config = Config()
        config.JupyterHub.authenticator_class = cls
        config[cls.__name__].update({**self.options(), **traits})
        return config

    # -- the provider

    @abstractmethod
    def make_fake(self) -> Wire: ...

    @abstractmethod
    def register(self, callback_url: str) -> None:
        """Register the redirect URI at the provider."""

    @abstractmethod
    def options(self) -> dict[str, Any]:
        """The options that an operator must set, and those that `own_rule` needs."""

    @property
    @abstractmethod
    def own_rule(self) -> dict[str, Any]:
        """An allow option that is particular to this provider."""

    @property
    def everything(self) -> dict[str, Any]:
        """All options that lead to further requests at a login."""
        return {**self.own_rule, "collect_emails": True}

    def need_every_look_up(self) -> None:  # noqa: B027 - most providers have no such requests
        """Change the member's data so that a login with `everything` makes the requests that other logins may not."""

    @property
    def lasting(self) -> dict[str, Any]:
        """The options with which every refresh asks the provider, in addition to `enable_auth_state`."""
        return {"user_data_max_age": 0}

    @property
    def revoke_page(self) -> str | None:
        """The provider's page on which users withdraw access."""
        return None

    # -- changes at the provider

    @abstractmethod
    def deny(self) -> None:
        """From now on, users refuse consent."""

    @abstractmethod
    def revoke(self) -> None:
        """The member withdraws all access."""

    @abstractmethod
    def leave(self) -> None:
        """`own_rule` no longer allows the member."""

    @abstractmethod
    def tell_something_new(self) -> tuple[str, Any]:
        """Change the member's data; returns the changed key and its new value."""

    @abstractmethod
    def recycle(self) -> bool:
        """Give the member's username to another account; returns False where the username identifies the account."""


class CodeGrantCase(ProviderCase):
    """A provider of OAuth 2.0 whose fake is derived from `FakeProvider`."""

    fake: FakeProvider

    def register(self, callback_url: str) -> None:
        self.fake.client.redirect_uris.add(callback_url)

    def client(self) -> dict[str, Any]:
        return {"client_id": self.fake.client.client_id, "client_secret": self.fake.client.client_secret}

    def deny(self) -> None:
        self.fake.deny = "access_denied"

    def revoke(self) -> None:
        self.fake.revoke_everything()
