"""What the contract has to be told of a provider, and nothing of what is the same at all of them."""

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
    """Somebody who has an account at the provider.

    `key` is what a browser says there, `login` what the provider calls them, and `name` what the Hub makes of that.
    """

    key: str
    login: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "login", self.login or self.key)
        object.__setattr__(self, "name", self.name or self.login)


class ProviderCase(ABC):
    """One provider, running, with two people: `member` is in what `own_rule` names, and `outsider` is not."""

    id: ClassVar[str]
    entry_point: ClassVar[str]
    member: ClassVar[Person]
    outsider: ClassVar[Person]
    token_endpoint: ClassVar[str] = "token"
    """The fake's name of the endpoint that gives an access token for what the browser brings."""

    user_endpoint: ClassVar[str] = "userinfo"
    """The fake's name of the endpoint that tells who the user is; empty where the token response tells it."""

    state_parameter: ClassVar[str] = "state"
    """What in the callback's URL names the attempt."""

    denied: ClassVar[int | None] = 403
    """The status when the user says no at the provider; None where the browser then stays there."""

    token_refused: ClassVar[str | Fault] = Fault("refused", "", "no token", reply_is(400, {"error": "invalid_grant"}))
    user_refused: ClassVar[str | Fault] = Fault("refused", "", "no data", reply_is(401, {"error": "invalid_token"}))
    """How the provider refuses at the two endpoints, in its own way."""

    auth_state_keys: ClassVar[frozenset[str]] = OAUTH_2_KEYS
    """Documented keys of `auth_state`, beside the provider's key of the user's data and our own record."""

    keys_of_everything: ClassVar[frozenset[str]] = frozenset({"emails"})
    """What `everything` brings into `auth_state`."""

    fake: Wire

    def __init__(self) -> None:
        self.fake = self.make_fake()

    @property
    def cls(self) -> type:
        return ENTRY_POINTS[self.entry_point]

    def config(self, hub_url: str, cls: type | None = None, **traits: Any) -> Config:
        """A Hub at `hub_url` that the provider knows, set up as the documentation says, with more `traits`."""
        cls = cls or self.cls
        self.register(f"{hub_url}/hub/oauth_callback")
        config = Config()
        config.JupyterHub.authenticator_class = cls
        config[cls.__name__].update({**self.options(), **traits})
        return config

    # -- what it is

    @abstractmethod
    def make_fake(self) -> Wire: ...

    @abstractmethod
    def register(self, callback_url: str) -> None:
        """What an operator does at the provider."""

    @abstractmethod
    def options(self) -> dict[str, Any]:
        """What an operator must set, and whatever `own_rule` needs."""

    @property
    @abstractmethod
    def own_rule(self) -> dict[str, Any]:
        """One allow option, by what this provider knows of its users."""

    @property
    def everything(self) -> dict[str, Any]:
        """All options for which the provider may be asked more at a login."""
        return {**self.own_rule, "collect_emails": True}

    @property
    def lasting(self) -> dict[str, Any]:
        """What it takes to ask the provider again at every refresh, beside `enable_auth_state`."""
        return {"user_data_max_age": 0}

    @property
    def revoke_page(self) -> str | None:
        """The provider's page on which users take back what they have granted."""
        return None

    # -- what happens there, from now on

    @abstractmethod
    def deny(self) -> None:
        """Users say no."""

    @abstractmethod
    def revoke(self) -> None:
        """The member takes back what they have granted."""

    @abstractmethod
    def leave(self) -> None:
        """The member is no longer in what `own_rule` names."""

    @abstractmethod
    def tell_something_new(self) -> tuple[str, Any]:
        """The member's data change: the key, and its value from now on."""

    @abstractmethod
    def recycle(self) -> bool:
        """Somebody else has the member's name from now on; False where a name is all that an account is."""


class CodeGrantCase(ProviderCase):
    """A provider of OAuth 2.0, whose fake is a `FakeProvider` by make."""

    fake: FakeProvider

    def register(self, callback_url: str) -> None:
        self.fake.client.redirect_uris.add(callback_url)

    def client(self) -> dict[str, Any]:
        return {"client_id": self.fake.client.client_id, "client_secret": self.fake.client.client_secret}

    def deny(self) -> None:
        self.fake.deny = "access_denied"

    def revoke(self) -> None:
        self.fake.revoke_everything()
