"""What a refresh needs of an authenticator and of its pipeline: narrow protocols, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from jupyterhub.user import User

from ..accounts.sign_in import SignIn
from ..base.ports import DecidesAgain
from ..observe.observers import StatesFacts
from ..sessions.endings import Endings


class Introspects(Protocol):
    """The part of `hub.oauth.introspection.Introspection` that a refresh uses."""

    async def is_active(self, stored: SignIn, *, refreshable: bool) -> bool | None:
        """Whether the access token of a stored login is active; None if the provider is not asked."""


class AsksAboutTokens(Protocol):
    """The part of `hub.oauth.connection.ProviderConnection` that a refresh uses."""

    @property
    def introspection(self) -> Introspects:
        """Asks the provider whether stored access tokens are active."""

    def bound_to_key_of(self, stored: SignIn) -> AbstractContextManager[None]:
        """Within the block, requests with a token of a stored login have proofs, if its tokens are bound to a key."""

    async def accepts_token(self, url: str, token: str) -> bool | None:
        """Whether the provider says that an access token is valid; None when it does not say."""


class RefreshedAuthenticator(StatesFacts, DecidesAgain, Protocol):
    """The part of `OAuthenticator` that a refresh uses. The options' help is in `hub.options`."""

    auth_refresh_age: int
    endings: Endings
    user_data_max_age: float
    refresh_outage_grace: float
    provider_timeout: float
    userdata_from_id_token: bool
    validate_token_url: str
    max_provider_connections: int
    manage_groups: bool
    manage_roles: bool

    def is_of_this_provider(self, auth_state: Mapping[str, Any]) -> bool:
        """Whether `auth_state` is of a login at the provider that is configured now."""

    def seconds_outdated(self, sign_in: SignIn, facts: Mapping[str, Any], now: float) -> float:
        """How long rights have depended on a claim of an expired ID token, in seconds; 0 if they do not."""

    async def endpoint(self, option: str, member: str, *, required: bool = True) -> str:
        """The URL in `option`, else the one that the provider's metadata have as `member`, else an empty string."""

    async def validate_token(self, token: str) -> bool | None:
        """Whether the provider says that an access token is valid. An override may ask in another way."""

    @property
    def connection(self) -> AsksAboutTokens:
        """The connection to the provider."""


class AnsweredRefresh(Protocol):
    """The part of `hub.oauth.token_answer.TokenAnswer` that a refresh uses."""

    token_info: Mapping[str, Any] | None
    error: Exception | None

    def successor(self, sent: str) -> str:
        """The refresh token to use instead of `sent`; an empty string when there is none."""


class RefreshPipeline(Protocol):
    """The part of `hub.oauth.pipeline.Pipeline` that a refresh uses."""

    def from_stored(self, auth_state: dict[str, Any], user: User) -> SignIn:
        """What is known of the user without asking the provider."""

    async def read_again(self, stored: SignIn, account: str) -> SignIn:
        """Ask the provider again with the stored tokens."""

    def needs_id_token(self, stored: SignIn, now: float) -> bool:
        """Whether the refresh token should be used to get a new ID token."""

    async def redeem_refresh_token(self, refresh_token: str) -> AnsweredRefresh:
        """The answer to a refresh token; also when it cannot be used."""

    async def renewed(self, stored: SignIn, answer: Mapping[str, Any]) -> SignIn:
        """`stored` with the checked tokens of a refresh response."""
