"""`GitHubOAuthenticator`.

Sources: GitHub's documentation: "Authorizing OAuth apps", "Scopes for OAuth apps", "Generating a user access token for
a GitHub App", "About authentication to GitHub" (prefixes of tokens); GitHub Enterprise's "Getting started with the REST
API".
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from traitlets import Bool, default

from ...errors import SuiteError
from ...hub.oauth.authenticator import OAuthenticator
from ...hub.oauth.memberships import MAX_CONCURRENT_LOOKUPS, Found, all_of, side_by_side
from ...hub.oauth.user_api import ApiRefusal, unless_refused
from ...hub.options.declaration import Claims, Endpoints
from ...hub.options.template import from_environment
from ...hub.options.trait_types import URL, Grants, Renamed
from ...hub.unix.local_users import LocalUsers
from ...policy.claims import wanted_among
from ...protocol.token import granted_scope
from .api import GitHubApi, email_claims, logins, shortened, team_labels, with_more_above

_READS_ORGANIZATIONS = ("read:org", "write:org", "admin:org")
_READS_EMAILS = frozenset({"user:email", "user"})
_APP_CLIENT, _APP_TOKEN = "Iv", "ghu_"
"""Prefixes of the client IDs and user access tokens of GitHub Apps, which have permissions in place of scopes."""


class GitHubOAuthenticator(OAuthenticator):
    """Sign in with GitHub."""

    service = "GitHub"
    account_prompt = "select_account"
    status_pages = {"github.com": "https://www.githubstatus.com"}
    icon = "brands/github"
    environment = "GITHUB"
    user_auth_state_key = "github_user"
    endpoints = Endpoints(
        authorize="{github_url}/login/oauth/authorize",
        token="{github_url}/login/oauth/access_token",
        userdata="{github_api}/user",
        site="{github_url}",
        grants_page="{github_url}/settings/connections/applications/{client_id}",
    )
    claims = Claims(subject="id", username="login", picture="avatar_url")

    github_url = URL(
        config=True,
        help="""
        The URL of GitHub: ``https://github.com``, or that of a GitHub Enterprise Server.

        Environment: ``GITHUB_URL``; else ``GITHUB_HOST``, with ``GITHUB_HTTP`` if that host uses plain http.

        .. versionadded:: 0.1
        """,
    )

    github_api = URL(
        config=True,
        help="""
        The root of GitHub's REST API. The default follows from `github_url`.

        .. versionadded:: 0.1
        """,
    )

    allowed_organizations = Grants(
        "organization",
        scope=_READS_ORGANIZATIONS,
        help="""
        Allow the members of these organizations (``org``) and teams (``org:team``, the team as in its URL).

        Members of a child team count as members of the parent team too. Needs the scope ``read:org``, or, for a GitHub
        App, the permission to read members.

        .. versionadded:: 0.1
        """,
    )

    populate_teams_in_auth_state = Bool(
        False,
        config=True,
        help="""
        Store the user's teams in `auth_state`, as the list ``teams``, for groups or for use by a spawner.

        Each entry has ``slug``, ``name``, ``id``, ``organization.login`` and a few more keys. Needs the scope
        ``read:org``, and `enable_auth_state` or `manage_groups`.

        .. versionadded:: 0.1
        """,
    ).tag(scope=_READS_ORGANIZATIONS)

    github_client_id = Renamed("client_id", since="oauthenticator 0.1")

    github_client_secret = Renamed("client_secret", since="oauthenticator 0.1")

    github_organization_whitelist = Renamed("allowed_organizations", since="oauthenticator 0.12")

    @default("github_url")
    def _github_url_default(self) -> str:
        scheme = "http" if from_environment("GITHUB_HTTP") else "https"
        return from_environment("GITHUB_URL", f"{scheme}://{{GITHUB_HOST}}") or "https://github.com"

    @default("github_api")
    def _github_api_default(self) -> str:
        host = urlsplit(self.github_url).hostname or ""
        if host == "github.com" or host.endswith(".ghe.com"):  # the latter: Enterprise Cloud with data residency
            return f"https://api.{host}"
        return f"{self.github_url.rstrip('/')}/api/v3"

    @property
    def scopes_for(self) -> Mapping[str, tuple[str, ...]]:
        """The scopes that options need; none for a GitHub App, which has permissions in place of scopes."""
        return {} if self.client_id.startswith(_APP_CLIENT) else super().scopes_for

    # --- memberships and e-mail addresses ----------------------------------------------------------------------------

    async def look_up(
        self, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Found:
        """Organizations, teams and e-mail addresses of the token's user, requested concurrently."""
        api = GitHubApi(str(self.github_api).rstrip("/"), self.transport.send, token_info["access_token"])
        names = wanted.get("organization", frozenset())
        organizations, teams, emails = await all_of(
            self._organizations(api, {name for name in names if ":" not in name}),
            self._teams(api, {name for name in names if ":" in name}),
            self._emails(api, token_info),
        )
        found = [*wanted_among(organizations or (), names), *wanted_among(team_labels(teams or ()), names)]
        if names and not found and organizations is not None and teams is not None:
            found = await self._one_by_one(api, names, teams, user)
        return Found(
            memberships={"organization": found},
            claims=email_claims(emails, await user),
            auth_state={"teams": [shortened(team) for team in teams or ()]}
            if self.populate_teams_in_auth_state
            else {},
            emails=emails,
        )

    async def _organizations(self, api: GitHubApi, wanted: Collection[str]) -> list[str] | None:
        """The logins of the user's organizations, from as many pages as it takes to find one in `wanted`."""
        if not wanted:
            return []

        def enough(items: list[Any]) -> bool:
            return bool(wanted_among(logins(items), wanted))

        return await unless_refused(api.organizations(enough), self, "allowed_organizations")

    async def _teams(self, api: GitHubApi, wanted: Collection[str]) -> list[dict[str, Any]] | None:
        """The user's teams: all of them if they are stored, else from as many pages as it takes to find a match."""
        if not wanted and not self.populate_teams_in_auth_state:
            return []

        def enough(items: list[Any]) -> bool:
            return not self.populate_teams_in_auth_state and bool(wanted_among(team_labels(items), wanted))

        option = "allowed_organizations" if wanted else "populate_teams_in_auth_state"
        return await unless_refused(api.teams(enough), self, option)

    async def _one_by_one(
        self, api: GitHubApi, wanted: Collection[str], teams: list[dict[str, Any]], user: Awaitable[dict[str, Any]]
    ) -> list[str]:
        """Ask about single memberships that GitHub's lists omit; log why an organization is in none of them.

        This takes one more round trip, only for a user who is, by the lists, in none of `wanted`. The lists contain one
        level above the user's teams, and silently omit organizations that restrict the application. Whether other
        rules already allow the user is not known here.
        """
        login = str((await user).get("login") or "")
        organizations = {name.partition(":")[0] for name in wanted}

        async def is_member(name: str) -> bool:
            organization, _, slug = name.partition(":")
            question = api.state_in_team(organization, slug, login) if slug else api.state_in_organization(organization)
            state = await unless_refused(question, self, "allowed_organizations")
            if state == "pending":
                self.log.info("%s: %s is invited to %s, and has not accepted", type(self).__name__, login, name)
            return state == "active"

        asked = [
            *with_more_above(teams, wanted),
            *(organizations if len(organizations) <= MAX_CONCURRENT_LOOKUPS else ()),
        ]
        answers = await side_by_side(is_member, asked)
        return [name for name, member in zip(asked, answers, strict=True) if member and name in wanted]

    async def _emails(self, api: GitHubApi, token_info: Mapping[str, Any]) -> list[str]:
        """The verified addresses, the primary one first; none, with a warning, if GitHub refuses to return them."""
        decide = bool(self.require_verified_email or self.allowed_email_domains)
        if str(token_info["access_token"]).startswith(_APP_TOKEN):
            may_read = decide or self.collect_emails or not _READS_EMAILS.isdisjoint(self.scope)
        else:
            may_read = not _READS_EMAILS.isdisjoint(granted_scope(token_info, self.scope))
        if not may_read:
            return []
        try:
            return await api.verified_emails()
        except SuiteError as error:
            if decide and not isinstance(error, ApiRefusal):
                raise  # an outage says nothing about the user
            self.log.warning("%s: no e-mail addresses: %s", type(self).__name__, error.detail)
            return []


class LocalGitHubOAuthenticator(LocalUsers, GitHubOAuthenticator):
    """Sign in with GitHub, with an account on the Hub's system."""
