"""Bitbucket Cloud.

Sources: Atlassian's documentation "Use OAuth on Bitbucket Cloud" and "The Bitbucket Cloud REST API"; its announcements
CHANGE-2770 and CHANGE-3022 on lists of workspaces.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterator, Mapping
from typing import Any

from jupyterhub.handlers import BaseHandler

from ..hub.findings.finding import WARNING, Problem, check
from ..hub.oauth.authenticator import OAuthenticator
from ..hub.oauth.memberships import Found, all_of
from ..hub.oauth.user_api import UserApi, unless_refused
from ..hub.options.declaration import Claims, Endpoints
from ..hub.options.trait_types import Grants, Renamed
from ..hub.unix.local_users import LocalUsers
from ..policy.claims import wanted_among

_SLUG = re.compile(r"[a-z0-9_-]+|\{[0-9a-f-]{36}\}", re.IGNORECASE)


@check(
    "bitbucket-team-name",
    WARNING,
    "`allowed_teams` has the display name of a workspace.",
    "Write its slug, which is in its URL: `https://bitbucket.org/SLUG`.",
)
def team_is_no_slug(authenticator: Any) -> Iterator[Problem]:
    """Bitbucket no longer lists display names, which anyone may choose."""
    odd = sorted(team for team in authenticator.allowed_teams if not _SLUG.fullmatch(team))
    if odd:
        yield Problem("allowed_teams", f"has {odd[0]!r}, which is not the slug of a workspace: no user will match it")


class BitbucketOAuthenticator(OAuthenticator):
    """Sign in with Bitbucket Cloud."""

    service = "Bitbucket"
    icon = "brands/bitbucket"
    status_pages = {"": "https://bitbucket.status.atlassian.com"}
    environment = "BITBUCKET"
    user_auth_state_key = "bitbucket_user"
    endpoints = Endpoints(
        authorize="https://bitbucket.org/site/oauth2/authorize",
        token="https://bitbucket.org/site/oauth2/access_token",
        userdata="https://api.bitbucket.org/2.0/user",
        site="https://bitbucket.org",
        grants_page="https://bitbucket.org/account/settings/app-authorizations/",
    )
    claims = Claims(subject="uuid", username="username", name="display_name", picture="links.avatar.href")
    default_scope = ()  # an OAuth consumer at Bitbucket has fixed scopes
    startup_checks = (team_is_no_slug,)

    allowed_teams = Grants(
        "workspace",
        help="""
        Allow the members of these workspaces, given by slug: ``{"physics-lab"}``. The consumer needs the permission
        *Account: Read*.

        .. versionadded:: 0.1
        """,
    )

    team_whitelist = Renamed("allowed_teams", since="oauthenticator 0.12")

    async def get_token_info(self, handler: BaseHandler | None, params: Mapping[str, str]) -> dict[str, Any]:
        """The token response. Bitbucket names the granted scopes ``scopes``."""
        info = await super().get_token_info(handler, params)
        if isinstance(info.get("scopes"), str):
            info.setdefault("scope", info["scopes"])
        return info

    async def look_up(
        self, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Found:
        """The user's workspaces, if an option names any, and confirmed addresses, if they are to be collected."""
        names = wanted.get("workspace", frozenset())
        workspaces, emails = await all_of(
            self._entries(token_info, "workspaces", "allowed_teams" if names else ""),
            self._entries(token_info, "emails", "collect_emails" if self.collect_emails else ""),
        )
        teams = [entry["workspace"] for entry in workspaces if isinstance(entry.get("workspace"), dict)]
        keys = [str(team.get(key)) for team in teams for key in ("slug", "uuid")]
        return Found(
            memberships={"workspace": wanted_among(keys, names)} if names else {},
            auth_state={"user_teams": [str(team.get("slug")) for team in teams]} if names else {},
            emails=[str(entry.get("email")) for entry in emails if entry.get("is_confirmed") is True],
        )

    async def _entries(self, token_info: Mapping[str, Any], of: str, option: str) -> list[dict[str, Any]]:
        """The user's ``workspaces`` or ``emails``, if an `option` needs them."""
        if not option:
            return []
        api = UserApi(self.transport.send, token_info["access_token"])
        url = f"{self.userdata_url.rstrip('/')}/{of}?pagelen=100"
        answer = api.items_in_body(url, f"the user's {of}", entries="values", following="next")
        return [entry for entry in await unless_refused(answer, self, option) or () if isinstance(entry, dict)]


class LocalBitbucketOAuthenticator(LocalUsers, BitbucketOAuthenticator):
    """Sign in with Bitbucket Cloud, with an account on the Hub's system."""
