"""People sign in at an OAuth 2.0 provider.

Put your provider's URLs and the names of its claims in place of those here. The login with its checks (state, PKCE),
the pages, limits, refresh, logout, and the decision on who may come in are there already.

When the provider speaks OpenID Connect, the three URLs need not be here: give `issuer` a default instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oauthenticator_suite import OAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.options.trait_types import URL
from oauthenticator_suite.policy.profile import ProfileClaims
from traitlets import default


class {{ cookiecutter.__class }}(OAuthenticator):
    """Sign in with {{ cookiecutter.__title }}."""

    default_provider = "{{ cookiecutter.name }}"
    """What it is called where there are several. Once people have signed in, it must not change."""

    service = "{{ cookiecutter.__title }}"
    client_id_env = "{{ cookiecutter.__package|upper }}_CLIENT_ID"
    client_secret_env = "{{ cookiecutter.__package|upper }}_CLIENT_SECRET"
    user_auth_state_key = "{{ cookiecutter.__package }}_user"
    profile_claims = ProfileClaims(name="name", picture="avatar_url")

    server_url = URL(
        env="{{ cookiecutter.__package|upper }}_URL",
        help="""
        Where the provider is, such as ``https://login.example.org``.
        Environment: ``{{ cookiecutter.__package|upper }}_URL``.
        """,
    ).tag(config=True)

    @default("authorize_url")
    def _authorize_url_default(self) -> str:
        return self._page("/oauth/authorize")

    @default("token_url")
    def _token_url_default(self) -> str:
        return self._page("/oauth/token")

    @default("userdata_url")
    def _userdata_url_default(self) -> str:
        return self._page("/api/user")

    @default("scope")
    def _scope_default(self) -> list[str]:
        return ["profile"]

    @default("username_claim")
    def _username_claim_default(self) -> str:
        return "login"

    def subject_of(self, user_info: Mapping[str, Any]) -> str:
        """The number of an account: unlike its name, nobody else ever gets it."""
        return str(user_info["id"])

    def _page(self, path: str) -> str:
        return self.server_url.rstrip("/") + path if self.server_url else ""

    def check_configuration(self) -> None:
        """Stop the start-up when nobody could sign in."""
        if not self.server_url:
            raise ConfigurationError(f"set c.{type(self).__name__}.server_url to where the provider is")
        super().check_configuration()
