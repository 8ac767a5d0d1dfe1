"""Sign-in at an OAuth 2.0 provider.

Replace the URLs, claims and scopes below with those of your provider. The login with its checks (state, PKCE), the
pages, limits, refresh, logout and the decision on access are inherited.

For a provider of OpenID Connect, declare the issuer in place of the other URLs: ``Endpoints(issuer="{server_url}")``.
"""

from __future__ import annotations

from oauthenticator_suite.extend import URL, Claims, ConfigurationError, Endpoints, OAuthenticator


class {{ cookiecutter.__class }}(OAuthenticator):
    """Sign in with {{ cookiecutter.__title }}."""

    default_provider = "{{ cookiecutter.name }}"
    """The name of this login among several. It must not change once users have signed in."""

    service = "{{ cookiecutter.__title }}"
    environment = "{{ cookiecutter.__package|upper }}"
    user_auth_state_key = "{{ cookiecutter.__package }}_user"
    endpoints = Endpoints(
        authorize="{server_url}/oauth/authorize",
        token="{server_url}/oauth/token",
        userdata="{server_url}/api/user",
        site="{server_url}",
    )
    claims = Claims(subject="id", username="login", picture="avatar_url")
    default_scope = ("profile",)

    server_url = URL(
        config=True,
        env="{{ cookiecutter.__package|upper }}_URL",
        help="""
        The URL of the provider, such as ``https://login.example.org``.
        Environment: ``{{ cookiecutter.__package|upper }}_URL``.
        """,
    )

    def check_configuration(self) -> None:
        """Stop the start-up when no user could sign in."""
        if not self.server_url:
            raise ConfigurationError(f"set c.{type(self).__name__}.server_url to the URL of the provider")
        super().check_configuration()
