"""Any OAuth 2.0 or OpenID provider."""

from __future__ import annotations

from traitlets import default

from ..hub.authenticator import OAuthenticator


class GenericOAuthenticator(OAuthenticator):
    """Sign in at any OAuth 2.0 or OpenID provider.

    `issuer`, `client_id` and `client_secret` are enough for an OpenID provider; `authorize_url`, `token_url` and
    `userdata_url` describe another.
    """

    user_auth_state_key = "oauth_user"

    @default("auth_state_groups_key")
    def _auth_state_groups_key_default(self) -> str:
        return "oauth_user.groups"
