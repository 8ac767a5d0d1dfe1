"""GitHub: github.com and Enterprise Server.

Facts are from GitHub's documentation: "Authorizing OAuth apps", "Refreshing user access tokens", and the REST API's
pages on users, organizations and teams.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from traitlets import Bool, default

from ..errors import SuiteError
from ..hub.authenticator import OAuthenticator
from ..hub.local_users import LocalUsers
from ..hub.lookups import Found, all_of, side_by_side
from ..hub.traits import URL, Grants, Renamed, from_environment
from ..hub.user_api import ApiRefusal, Enough, UserApi
from ..policy.profile import ProfileClaims
from ..protocol.token import granted_scope

_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_READS_ORGANIZATIONS = ("read:org", "write:org", "admin:org")
_READS_EMAILS = frozenset({"user:email", "user"})
_KEPT_OF_TEAM = ("id", "node_id", "name", "slug", "description", "privacy", "permission")


class GitHubOAuthenticator(OAuthenticator):
    """Sign in with GitHub."""

    service = "GitHub"
    client_id_env = "GITHUB_CLIENT_ID"
    client_secret_env = "GITHUB_CLIENT_SECRET"
    user_auth_state_key = "github_user"
    profile_claims = ProfileClaims(picture="avatar_url")
    scopes_for = {"allowed_organizations": _READS_ORGANIZATIONS, "populate_teams_in_auth_state": _READS_ORGANIZATIONS}

    github_url = URL(
        config=True,
        help="""
        Where GitHub is: ``https://github.com``, or the URL of an Enterprise Server.

        Environment: ``GITHUB_URL``; or ``GITHUB_HOST``, and ``GITHUB_HTTP`` where that host speaks plain http.

        .. versionadded:: 0.1
        """,
    )

    github_api = URL(
        config=True,
        help="""
        The root of GitHub's REST API. Follows from `github_url`.

        .. versionadded:: 0.1
        """,
    )

    allowed_organizations = Grants(
        "organization",
        help="""
        Let in the members of these organizations (``org``) and teams (``org:team``, the team as in its URL).

        Members of a team below a team count as members of both. Needs the scope ``read:org``, or, for a GitHub App, the
        permission to read members.

        .. versionadded:: 0.1
        """,
    )

    populate_teams_in_auth_state = Bool(
        False,
        config=True,
        help="""
        Keep the user's teams in `auth_state`, as the list ``teams``, for groups or a spawner's use.

        Of each: ``slug``, ``name``, ``id``, ``organization.login`` and a few more. Needs the scope ``read:org`` and
        `enable_auth_state`, or `manage_groups`.

        .. versionadded:: 0.1
        """,
    )

    github_client_id = Renamed("client_id", since="oauthenticator 0.1")

    github_client_secret = Renamed("client_secret", since="oauthenticator 0.1")

    github_organization_whitelist = Renamed("allowed_organizations", since="oauthenticator 0.12")

    @default("github_url")
    def _github_url_default(self) -> str:
        host = from_environment("GITHUB_HOST") or "github.com"
        return from_environment("GITHUB_URL") or f"{'http' if from_environment('GITHUB_HTTP') else 'https'}://{host}"

    @default("issuer")
    def _issuer_default(self) -> str:
        return ""  # one in the environment is another provider's

    @default("github_api")
    def _github_api_default(self) -> str:
        if urlsplit(self.github_url).hostname == "github.com":
            return "https://api.github.com"
        return f"{self._site}/api/v3"

    @default("authorize_url")
    def _authorize_url_default(self) -> str:
        return f"{self._site}/login/oauth/authorize"

    @default("token_url")
    def _token_url_default(self) -> str:
        return f"{self._site}/login/oauth/access_token"

    @default("userdata_url")
    def _userdata_url_default(self) -> str:
        return f"{self._api_root}/user"

    @default("username_claim")
    def _username_claim_default(self) -> str:
        return "login"

    @property
    def _site(self) -> str:
        return str(self.github_url).rstrip("/")

    @property
    def _api_root(self) -> str:
        return str(self.github_api).rstrip("/")

    @property
    def account_issuer(self) -> str:
        """The GitHub."""
        return self._site

    @property
    def revoke_url(self) -> str:
        """What this application may do, and the button to end that."""
        return f"{self._site}/settings/connections/applications/{self.client_id}"

    def subject_of(self, user_info: Mapping[str, Any]) -> str | None:
        """The numeric id: a login can be given up, and then taken by somebody else."""
        number = user_info.get("id")
        return str(number) if isinstance(number, int) and not isinstance(number, bool) else None

    async def look_up(
        self, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Found:
        """Organizations, teams and e-mail addresses: all of the token's own user, and all asked at once."""
        api = UserApi(self.transport.send, token_info["access_token"], _HEADERS)
        names = wanted.get("organization", frozenset())
        may_read_emails = not _READS_EMAILS.isdisjoint(granted_scope(token_info, self.scope))
        organizations, teams, emails = await all_of(
            self._organizations(api, {name for name in names if ":" not in name}),
            self._teams(api, {name for name in names if ":" in name}),
            self._emails(api, may_read_emails),
        )
        found = [*_named(organizations, names), *_named(_labels(teams), names)]
        missing = {name for name in names if ":" in name} - set(found)
        if missing and not found:
            found += await self._in_teams_far_above(api, teams, missing, user)
        return Found(
            memberships={"organization": found},
            claims=_email_claims(emails, await user),
            auth_state={"teams": [_shortened(team) for team in teams]} if self.populate_teams_in_auth_state else {},
            emails=emails,
        )

    async def _organizations(self, api: UserApi, wanted: Collection[str]) -> list[str]:
        """The logins of the user's organizations, as many pages of them as it takes to find a wanted one."""
        if not wanted:
            return []

        def enough(items: list[Any]) -> bool:
            return bool(_named((_login(item) for item in items), wanted))

        url = f"{self._api_root}/user/orgs?per_page=100"
        items = await self._list(api, url, "the user's organizations", "allowed_organizations", enough)
        return [_login(item) for item in items]

    async def _teams(self, api: UserApi, wanted: Collection[str]) -> list[dict[str, Any]]:
        """The user's teams: all of them to be kept, else as many pages as it takes to find a wanted one."""
        if not wanted and not self.populate_teams_in_auth_state:
            return []

        def enough(items: list[Any]) -> bool:
            return not self.populate_teams_in_auth_state and bool(_named(_labels(items), wanted))

        option = "allowed_organizations" if wanted else "populate_teams_in_auth_state"
        url = f"{self._api_root}/user/teams?per_page=100"
        items = await self._list(api, url, "the user's teams", option, enough)
        return [item for item in items if isinstance(item, dict)]

    async def _in_teams_far_above(
        self, api: UserApi, teams: list[dict[str, Any]], wanted: Collection[str], user: Awaitable[dict[str, Any]]
    ) -> list[str]:
        """Those of `wanted` that are further above the user's teams than the list tells, which is one level."""
        deep = {_login(team.get("organization")).lower() for team in teams if team.get("parent")}
        candidates = [name for name in wanted if name.partition(":")[0].lower() in deep]
        login = str((await user).get("login") or "")
        if not candidates or not login:
            return []

        async def is_member(name: str) -> bool:
            organization, _, slug = name.partition(":")
            path = "/".join(quote(part, safe="") for part in (organization, "teams", slug, "memberships", login))
            try:
                membership = await api.object(f"{self._api_root}/orgs/{path}", "the user's membership of a team")
            except ApiRefusal:
                return False  # 404: the user is in no team below that one, or there is no such team
            return membership.get("state") == "active"

        answers = await side_by_side(is_member, candidates)
        return [name for name, member in zip(candidates, answers, strict=True) if member]

    async def _list(self, api: UserApi, url: str, label: str, option: str, enough: Enough) -> list[Any]:
        """A list; an empty one, with the reason in the log, when GitHub refuses to tell."""
        try:
            return await api.items(url, label, enough)
        except ApiRefusal as refusal:
            self.log.warning("c.%s.%s: GitHub does not tell: %s", type(self).__name__, option, refusal.detail)
            return []

    async def _emails(self, api: UserApi, may_read: bool) -> list[str]:
        """The verified addresses, the primary one first; none, with a warning, when GitHub does not tell them."""
        if not may_read:
            return []
        try:
            found = await api.items(f"{self._api_root}/user/emails?per_page=100", "the user's e-mail addresses")
        except SuiteError as error:
            self.log.warning("%s: no e-mail addresses: %s", type(self).__name__, error.detail)
            return []
        verified = [entry for entry in found if isinstance(entry, dict) and entry.get("verified") is True]
        verified.sort(key=lambda entry: entry.get("primary") is not True)
        return [entry["email"] for entry in verified if isinstance(entry.get("email"), str)]


class LocalGitHubOAuthenticator(LocalUsers, GitHubOAuthenticator):
    """Sign in with GitHub, as users of this system."""


def _named(labels: Iterable[str], wanted: Collection[str]) -> list[str]:
    """Those of `wanted` that are among `labels`. GitHub's names are the same in upper and in lower case."""
    known = {label.lower() for label in labels}
    return [name for name in wanted if name.lower() in known]


def _login(item: object) -> str:
    login = item.get("login") if isinstance(item, dict) else None
    return login if isinstance(login, str) else ""


def _labels(teams: Iterable[Any]) -> Iterator[str]:
    """``org:team`` of each team, and of the team above it: who is in a team below counts as in the one above."""
    for team in teams:
        organization = _login(team.get("organization")) if isinstance(team, dict) else ""
        if organization:
            for one in (team, team.get("parent")):
                if isinstance(one, dict) and isinstance(one.get("slug"), str):
                    yield f"{organization}:{one['slug']}"


def _shortened(team: Mapping[str, Any]) -> dict[str, Any]:
    """A team without what GitHub tells of it and its organization in URLs: a tenth of the size."""
    kept = {key: team[key] for key in _KEPT_OF_TEAM if key in team}
    for key, names in (("organization", ("id", "login")), ("parent", ("id", "slug", "name"))):
        inner = team.get(key)
        kept[key] = {name: inner.get(name) for name in names} if isinstance(inner, dict) else None
    return kept


def _email_claims(verified: Sequence[str], user_info: Mapping[str, Any]) -> dict[str, Any]:
    """The public address, else the primary one; and whether GitHub has verified it."""
    email = user_info.get("email") or next(iter(verified), None)
    return {"email": email, "email_verified": email in verified} if verified else {}
