"""<< title >>.

Sources: name here the provider's documentation of its endpoints, scopes and user data.
"""

from __future__ import annotations

<% if not openid -%>
from collections.abc import Awaitable, Mapping
from typing import Any

<% endif -%>
from ..hub.oauth.authenticator import OAuthenticator
<% if not openid -%>
from ..hub.oauth.memberships import Found
from ..hub.oauth.user_api import UserApi, unless_refused
<% endif -%>
from ..hub.options.declaration import Claims, Endpoints
from ..hub.options.trait_types import URL<% if not openid %>, Grants<% endif %>
from ..hub.unix.local_users import LocalUsers
<%- if not openid %>
from ..policy.claims import wanted_among
<%- endif %>


class << cls >>(OAuthenticator):
    """Sign in with << title >>."""

    service = "<< title >>"
    environment = "<< variable >>"
    user_auth_state_key = "<< module >>_user"
<%- if openid %>
    endpoints = Endpoints(issuer="{<< module >>_url}")
    claims = Claims(username="preferred_username", groups="groups")
    default_scope = ("openid", "profile", "email", "groups")
<%- else %>
    endpoints = Endpoints(
        authorize="{<< module >>_url}/oauth/authorize",
        token="{<< module >>_url}/oauth/token",
        userdata="{<< module >>_url}/api/user",
        site="{<< module >>_url}",
        grants_page="{<< module >>_url}/settings/applications",
    )
    claims = Claims(subject="id", username="login", picture="avatar_url")
    default_scope = ("read_user", "read_groups")
<%- endif %>

    << module >>_url = URL(
        "https://<< name >>.example",
        config=True,
        env="<< variable >>_URL",
        help="""
        The URL of << title >>. Environment: ``<< variable >>_URL``.

        .. versionadded:: 0.1
        """,
    )
<%- if not openid %>

    allowed_<< module >>_groups = Grants(
        "group",
        scope="read_groups",
        help="""
        Allow the members of these groups at << title >>. Needs the scope ``read_groups``.

        .. versionadded:: 0.1
        """,
    )

    async def look_up(
        self, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Found:
        """The groups of the token's user, among those that options name."""
        if not (names := wanted.get("group")):
            return Found()
        api = UserApi(self.transport.send, token_info["access_token"])
        groups = api.items(f"{self.<< module >>_url.rstrip('/')}/api/user/groups", "the user's groups")
        answer = await unless_refused(groups, self, "allowed_<< module >>_groups")
        found = [str(group.get("name")) for group in answer or () if isinstance(group, dict)]
        return Found(memberships={"group": wanted_among(found, names)})
<%- endif %>


class Local<< cls >>(LocalUsers, << cls >>):
    """Sign in with << title >>, with an account on the Hub's system."""
