"""Any OAuth 2.0 or OpenID provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traitlets import default

from ..hub.oauth.authenticator import OAuthenticator
from ..hub.options.trait_types import Renamed
from ..hub.unix.local_users import LocalUsers


def _groups_key_of_claim(authenticator: OAuthenticator, value: Any) -> Any:
    """`claim_groups_key` was looked up in the user's data; `auth_state_groups_key` is, in the whole of `auth_state`."""
    key = authenticator.user_auth_state_key
    if isinstance(value, str):
        return f"{key}.{value}" if value else ""
    if not callable(value):
        return value  # which the new option refuses

    def groups_of(auth_state: Mapping[str, Any]) -> Any:
        return value(auth_state[key])

    return groups_of


class GenericOAuthenticator(OAuthenticator):
    """Sign in at any OAuth 2.0 or OpenID provider.

    `issuer`, `client_id` and `client_secret` are enough for an OpenID provider; `authorize_url`, `token_url` and
    `userdata_url` describe another.
    """

    user_auth_state_key = "oauth_user"

    @default("auth_state_groups_key")
    def _auth_state_groups_key_default(self) -> str:
        return "oauth_user.groups"

    username_key = Renamed("username_claim", since="oauthenticator 16")

    extra_params = Renamed("token_params", since="oauthenticator 16")

    tls_verify = Renamed("validate_server_cert", since="oauthenticator 16")

    claim_groups_key = Renamed("auth_state_groups_key", since="oauthenticator 17", convert=_groups_key_of_claim)


class LocalGenericOAuthenticator(LocalUsers, GenericOAuthenticator):
    """Sign in at any OAuth 2.0 or OpenID provider, as users of this system."""
