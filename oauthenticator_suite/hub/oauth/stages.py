"""The contract of the overridable stages: what the pipeline calls, in the order in which it calls them.

The methods are defined on `OAuthenticator`, so that an override can call ``super()``. Each runs once per login, and
once per refresh that asks the provider. None runs while a refresh decides on stored data.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from jupyterhub.handlers import BaseHandler

from ...policy.profile import ProfileClaims
from .followed import FollowingAuthenticator
from .memberships import Found


class Stages(FollowingAuthenticator, Protocol):
    """The stages, and the options that the pipeline reads. A stage that is not ``async`` here may also be async."""

    user_auth_state_key: str
    profile_claims: ProfileClaims
    scope: list[str]
    manage_groups: bool
    merge_id_token_claims: bool
    admin_users: set[str]
    collect_emails: bool
    claim_source_issuers: dict[str, Any]
    modify_auth_state_hook: Any
    log: Logger | LoggerAdapter[Any]

    def build_access_tokens_request_params(
        self, handler: BaseHandler, data: dict[str, Any] | None = None
    ) -> dict[str, str]:
        """1. The fields of the token request."""

    async def get_token_info(self, handler: BaseHandler | None, params: Mapping[str, str]) -> dict[str, Any]:
        """2. The token response. At a refresh, only when the access token has expired."""

    async def _token_to_auth_model(self, token_info: dict[str, Any]) -> dict[str, Any]:
        """3 to 8: `Pipeline.auth_model_of`, which a subclass for `oauthenticator` may wrap."""

    def build_refresh_token_request_params(self, refresh_token: str) -> dict[str, str]:
        """At a refresh, in place of 1: the fields of the token request."""

    async def token_to_user(self, token_info: dict[str, Any]) -> dict[str, Any]:
        """3. The user's data."""

    async def look_up(
        self, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Found:
        """3. At the same time: memberships, and what else a provider must be asked."""

    def user_info_to_username(self, user_info: dict[str, Any]) -> str:
        """4. The name in the user's data."""

    def build_auth_state_dict(self, token_info: dict[str, Any], user_info: dict[str, Any]) -> dict[str, Any]:
        """5. What the Hub stores, encrypted."""

    async def collect_verified_emails(self, token_info: dict[str, Any], user_info: dict[str, Any]) -> list[str]:
        """5. With `collect_emails`: the verified addresses."""

    def normalize_username(self, username: str) -> str:
        """6. The username on the Hub."""

    async def get_user_groups(self, auth_state: dict[str, Any]) -> Any:
        """7. With `manage_groups`: the user's groups."""

    async def update_auth_model(self, auth_model: dict[str, Any]) -> dict[str, Any]:
        """8. The authentication model, complete: name, admin, groups, auth_state."""

    # --- not stages: what they are about -----------------------------------------------------------------------------

    def verified_subject(self, claims: Mapping[str, Any]) -> str:
        """The provider's stable identifier of the user, in the claims of a verified ID token."""

    def subject_of(self, user_info: Mapping[str, Any]) -> str | None:
        """The provider's stable identifier of the user, where there is no ID token."""

    def readable(self, user_info: dict[str, Any]) -> dict[str, Any]:
        """The user's data with standard claim names added."""

    def is_of_this_provider(self, auth_state: Mapping[str, Any]) -> bool:
        """Whether a stored `auth_state` comes from the provider that is configured now."""

    def kept_token_info(self, auth_state: Mapping[str, Any]) -> dict[str, Any]:
        """The token response that a stored `auth_state` amounts to."""

    def own_name(self, username: str) -> str:
        """The Hub username as the stages see it."""

    def hub_groups(self, names: Collection[str]) -> list[str]:
        """The names as the Hub's groups have them."""

    def wanted_memberships(self) -> Mapping[str, frozenset[str]]:
        """By kind, the names in access options that `look_up` compares with."""
