"""Any OpenID Connect or OAuth 2.0 provider, described by options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traitlets import default

from ..hub.oauth.authenticator import OAuthenticator
from ..hub.options.declaration import Claims, Endpoints
from ..hub.options.template import from_environment
from ..hub.options.trait_types import Renamed
from ..hub.unix.local_users import LocalUsers


def _groups_key_from_claim(authenticator: OAuthenticator, value: Any) -> Any:
    """Convert `claim_groups_key`, a key of the user's data, to `auth_state_groups_key`, a key of `auth_state`."""
    key = authenticator.user_auth_state_key
    if isinstance(value, str):
        return f"{key}.{value}" if value else ""
    if not callable(value):
        return value  # which the new option refuses

    def groups_from_claims(auth_state: Mapping[str, Any]) -> Any:
        return value(auth_state[key])

    return groups_from_claims


class GenericOAuthenticator(OAuthenticator):
    """Sign in at any OpenID Connect or OAuth 2.0 provider.

    An OpenID provider needs `issuer`, `client_id` and `client_secret`. Another provider needs `authorize_url`,
    `token_url` and `userdata_url` in place of `issuer`.
    """

    endpoints = Endpoints(
        issuer="{OIDC_ISSUER}",
        authorize="{OAUTH2_AUTHORIZE_URL}",
        token="{OAUTH2_TOKEN_URL}",
        userdata="{OAUTH2_USERDATA_URL}",
    )
    claims = Claims(groups="groups")

    username_key = Renamed("username_claim", since="oauthenticator 16")

    extra_params = Renamed("token_params", since="oauthenticator 16")

    tls_verify = Renamed("validate_server_cert", since="oauthenticator 16")

    claim_groups_key = Renamed("auth_state_groups_key", since="oauthenticator 17", convert=_groups_key_from_claim)

    @default("username_claim")
    def _username_claim_default(self) -> str:
        return from_environment("OAUTH2_USERNAME_KEY") or str(super()._username_claim_default())


class LocalGenericOAuthenticator(LocalUsers, GenericOAuthenticator):
    """Sign in at any OpenID Connect or OAuth 2.0 provider, with an account on the Hub's system."""
