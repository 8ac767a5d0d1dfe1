"""Forgejo and Gitea: Codeberg, or a self-hosted server.

Sources: Forgejo's documentation, "OAuth2 provider", "Access token scope" and "API usage"; its API description
(``/swagger.v1.json``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from ..hub.oauth.authenticator import OAuthenticator
from ..hub.oauth.memberships import Found
from ..hub.oauth.user_api import UserApi, unless_refused
from ..hub.options.declaration import Claims, Endpoints
from ..hub.options.trait_types import URL, Grants
from ..hub.unix.local_users import LocalUsers
from ..policy.claims import wanted_among


class ForgejoOAuthenticator(OAuthenticator):
    """Sign in with Forgejo or Gitea, such as Codeberg."""

    service = "Forgejo"
    icon = "brands/git-alt"
    environment = "FORGEJO"
    user_auth_state_key = "forgejo_user"
    endpoints = Endpoints(
        authorize="{forgejo_url}/login/oauth/authorize",
        token="{forgejo_url}/login/oauth/access_token",
        userdata="{forgejo_url}/api/v1/user",
        site="{forgejo_url}",
        grants_page="{forgejo_url}/user/settings/applications",
    )
    claims = Claims(subject="id", username="login", name="full_name", picture="avatar_url")
    default_scope = ("read:user", "read:organization")  # without a scope of its API, Forgejo grants full access

    forgejo_url = URL(
        "https://codeberg.org",
        config=True,
        env="FORGEJO_URL",
        help="""
        The URL of the Forgejo or Gitea server, with its path if it has one. Environment: ``FORGEJO_URL``.

        .. versionadded:: 0.1
        """,
    )

    allowed_organizations = Grants(
        "organization",
        scope="read:organization",
        help="""
        Allow the members of these organizations: ``{"physics"}``. Needs the scope ``read:organization``.

        .. versionadded:: 0.1
        """,
    )

    async def look_up(
        self, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Found:
        """The organizations of the token's user, among those that the option names."""
        if not (names := wanted.get("organization")):
            return Found()
        api = UserApi(self.transport.send, token_info["access_token"])
        url = f"{self.forgejo_url.rstrip('/')}/api/v1/user/orgs?limit=50"  # the most that a page has
        answer = await unless_refused(api.items(url, "the user's organizations"), self, "allowed_organizations")
        found = [str(entry.get("name")) for entry in answer or () if isinstance(entry, dict)]
        return Found(memberships={"organization": wanted_among(found, names)})


class LocalForgejoOAuthenticator(LocalUsers, ForgejoOAuthenticator):
    """Sign in with Forgejo or Gitea, with an account on the Hub's system."""
