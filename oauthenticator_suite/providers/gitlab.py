"""GitLab: gitlab.com and self-managed instances, also below a path.

Sources: GitLab's documentation: "GitLab as an OAuth 2.0 provider", "GitLab as an OpenID Connect identity provider", and
the REST API's pages on groups, projects, users and roles.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from traitlets import Integer

from ..errors import SuiteError
from ..hub.findings.finding import ERROR, Problem, check
from ..hub.oauth.authenticator import OAuthenticator
from ..hub.oauth.memberships import MAX_CONCURRENT_LOOKUPS, Found, all_of, side_by_side
from ..hub.oauth.user_api import ApiRefusal, UserApi, unless_refused
from ..hub.options.declaration import Claims, Endpoints
from ..hub.options.trait_types import URL, EnvUnicode, Grants, Renamed
from ..hub.unix.local_users import LocalUsers
from ..policy.claims import names_in, wanted_among

GUEST, DEVELOPER = 10, 30
_PER_PAGE = 100
"""The maximum number of entries on a page of GitLab's lists."""

_READS_API = ("read_api", "api")

_REST = Endpoints(
    authorize="{gitlab_url}/oauth/authorize",
    token="{gitlab_url}/oauth/token",
    userdata="{gitlab_api}/user",
    revocation="{gitlab_url}/oauth/revoke",
    site="{gitlab_url}",
    grants_page="{gitlab_url}/-/user_settings/applications",
)
_OPENID = replace(
    _REST, issuer="{_site}", jwks="{gitlab_url}/oauth/discovery/keys", userdata="{gitlab_url}/oauth/userinfo"
)


@check(
    "gitlab-project-number",
    ERROR,
    "`allowed_project_ids` names a project by something else than its number.",
    "Use the number on the project's page.",
)
def projects_without_number(authenticator: Any) -> Iterator[Problem]:
    """GitLab's paths of projects may be given to another project."""
    if odd := sorted(name for name in authenticator.allowed_project_ids if not (name.isascii() and name.isdigit())):
        yield Problem("allowed_project_ids", f"takes the numbers of projects, not {', '.join(odd)}")


@check(
    "gitlab-url",
    ERROR,
    "`gitlab_url` is the URL of GitLab's API.",
    "Set it to the URL before `/api/v4`, at which users sign in.",
)
def url_of_api(authenticator: Any) -> Iterator[Problem]:
    """No page is below it. The API's own URL is in `gitlab_api`."""
    url, found, version = authenticator.gitlab_url.partition("/api/v")
    if found:
        yield Problem("gitlab_url", f"is the URL of the API, with /api/v{version}", f"Set it to {url!r}")


class GitLabOAuthenticator(OAuthenticator):
    """Sign in with GitLab.

    With ``openid`` in `scope`, GitLab is an OpenID provider: the Hub verifies ID tokens, and one request returns the
    user's data and groups. Without it, the Hub uses the REST API for both.
    """

    service = "GitLab"
    icon = "brands/gitlab"
    status_pages = {"gitlab.com": "https://status.gitlab.com"}
    environment = "GITLAB"
    user_auth_state_key = "gitlab_user"
    claims = Claims(username="username", picture="avatar_url")
    startup_checks = (projects_without_number, url_of_api)
    default_scope = ()  # GitLab then grants all scopes that the application is registered with

    gitlab_url = URL(
        "https://gitlab.com",
        config=True,
        env=("GITLAB_URL", "https://{GITLAB_HOST}"),
        help="""
        The URL of GitLab, with its path if it has one: ``https://gitlab.com``, ``https://lab.example.org/gitlab``.

        Environment: ``GITLAB_URL``, else ``GITLAB_HOST``.

        .. versionadded:: 0.1
        """,
    )

    gitlab_api_version = EnvUnicode(
        "4",
        config=True,
        env="GITLAB_API_VERSION",
        help="""
        The version of GitLab's REST API. Environment: ``GITLAB_API_VERSION``.

        .. versionadded:: 0.1
        """,
    )

    gitlab_api = URL(
        "{gitlab_url}/api/v{gitlab_api_version}",
        config=True,
        help="""
        The root of GitLab's REST API. The default follows from `gitlab_url` and `gitlab_api_version`.

        .. versionadded:: 0.1
        """,
    )

    allowed_gitlab_groups = Grants(
        "group",
        help="""
        Allow the members of these groups, given by their full paths: ``{"physics", "physics/lab-3"}``.

        A member of a group is a member of all its subgroups, but not the reverse. Needs the scope ``openid`` or
        ``read_api``.

        .. versionadded:: 0.1
        """,
    )

    minimum_group_access_level = Integer(
        GUEST,
        config=True,
        help="""
        The minimum role of members in `allowed_gitlab_groups`: 10 guest, 20 reporter, 30 developer, 40 maintainer,
        50 owner.

        .. versionadded:: 0.1
        """,
    )

    allowed_project_ids = Grants(
        "project",
        scope=_READS_API,
        numbers=True,
        help="""
        Allow the members of these projects, given by their numbers, with the role `minimum_project_access_level` or
        higher.

        Needs the scope ``read_api``.

        .. versionadded:: 0.1
        """,
    )

    minimum_project_access_level = Integer(
        DEVELOPER,
        config=True,
        help="""
        The minimum role of members in `allowed_project_ids`, as in `minimum_group_access_level`.

        .. versionadded:: 0.1
        """,
    )

    url = Renamed("gitlab_url", since="0.1")

    gitlab_group_whitelist = Renamed("allowed_gitlab_groups", since="oauthenticator 0.12")

    gitlab_project_id_whitelist = Renamed("allowed_project_ids", since="oauthenticator 0.12")

    @property
    def endpoints(self) -> Endpoints:  # type: ignore[override]
        """Those of an OpenID provider if ``openid`` is requested, else those of the REST API."""
        return _OPENID if self._is_openid else _REST

    @property
    def _is_openid(self) -> bool:
        return "openid" in self.scope

    @property
    def _site(self) -> str:
        return str(self.gitlab_url).rstrip("/")

    @property
    def _api_root(self) -> str:
        return str(self.gitlab_api).rstrip("/")

    @property
    def scopes_for(self) -> Mapping[str, tuple[str, ...]]:
        """The scopes that options need. Without a requested scope, only GitLab knows what it grants."""
        if not self.scope:
            return {}
        groups = _READS_API if self.minimum_group_access_level > GUEST else ("openid", *_READS_API)
        return {**super().scopes_for, "allowed_gitlab_groups": groups}

    # --- the user ----------------------------------------------------------------------------------------------------

    def readable(self, user_info: dict[str, Any]) -> dict[str, Any]:
        """The user's data under the claim names of both the REST API and OpenID Connect, whichever GitLab sent."""
        if "sub" in user_info:
            subject = str(user_info["sub"])
            return {
                "id": int(subject) if subject.isascii() and subject.isdigit() else subject,
                "username": user_info.get("preferred_username"),
                "avatar_url": user_info.get("picture"),
                **user_info,
            }
        readable = {**user_info, "email_verified": user_info.get("confirmed_at") is not None}
        if isinstance(user_info.get("id"), int):
            readable["sub"] = str(user_info["id"])
        return readable

    async def look_up(
        self, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Found:
        """Groups, projects and e-mail addresses of the token's user, requested concurrently."""
        api = UserApi(self.transport.send, token_info["access_token"])
        groups, projects, emails = await all_of(
            self._groups(api, user, wanted.get("group", frozenset())),
            self._projects(api, wanted.get("project", frozenset())),
            self._emails(api),
        )
        return Found(memberships={"group": groups, "project": projects}, emails=emails)

    async def _groups(self, api: UserApi, user: Awaitable[dict[str, Any]], wanted: Collection[str]) -> list[str]:
        if not wanted:
            return []
        if self._is_openid and self.minimum_group_access_level <= GUEST:
            claimed = (await user).get("groups")
            if claimed is not None:  # direct and inherited memberships, with any role
                return wanted_among(names_in(claimed)[0], wanted) or await self._by_invitation(api, user, wanted)

        def enough(items: list[Any]) -> bool:
            return bool(wanted_among(_texts(items, "full_path"), wanted))

        # With min_access_level: the groups in which the token's user has this role, and all their subgroups.
        query = urlencode({"min_access_level": self.minimum_group_access_level, "per_page": _PER_PAGE})
        answer = api.items(f"{self._api_root}/groups?{query}", "the user's groups", enough)
        items = await unless_refused(answer, self, "allowed_gitlab_groups")
        return wanted_among(_texts(items or (), "full_path"), wanted) or await self._by_invitation(api, user, wanted)

    async def _by_invitation(self, api: UserApi, user: Awaitable[dict[str, Any]], wanted: Collection[str]) -> list[str]:
        """The groups in `wanted` to which the user belongs through an invited group. No list of GitLab contains these.

        This takes one more round trip, only for a user who is, by GitLab's list, in none of `wanted`, and only if
        `wanted` is short. Whether other rules already allow the user is not known here.
        """
        scopes = set(self.scope)
        if len(wanted) > MAX_CONCURRENT_LOOKUPS or (scopes and scopes.isdisjoint(_READS_API)):
            return []
        number = (await user).get("id")

        async def is_member(path: str) -> bool:
            url = f"{self._api_root}/groups/{quote(path, safe='')}/members/all/{number}"
            try:
                member = await api.object(url, "the user's membership of a group")
            except ApiRefusal:
                return False  # 404: no member, or no such group
            level = member.get("access_level")
            return (
                isinstance(level, int) and level >= self.minimum_group_access_level and member.get("state") == "active"
            )

        if not isinstance(number, int):
            return []
        answers = await side_by_side(is_member, wanted)
        return [path for path, member in zip(wanted, answers, strict=True) if member]

    async def _projects(self, api: UserApi, wanted: Collection[str]) -> list[str]:
        numbers = sorted(int(number) for number in wanted if number.isascii() and number.isdigit())
        if not numbers:
            return []

        def enough(items: list[Any]) -> bool:
            return bool(wanted_among(_texts(items, "id"), wanted))

        query = urlencode(
            {
                "membership": "true",
                "min_access_level": self.minimum_project_access_level,
                "simple": "true",
                "id_after": numbers[0] - 1,
                "id_before": numbers[-1] + 1,
                "per_page": _PER_PAGE,
            }
        )
        answer = api.items(f"{self._api_root}/projects?{query}", "the user's projects", enough)
        items = await unless_refused(answer, self, "allowed_project_ids")
        return wanted_among(_texts(items or (), "id"), wanted)

    async def _emails(self, api: UserApi) -> list[str]:
        """The confirmed secondary addresses; none, with a warning, if GitLab refuses to return them."""
        if not self.collect_emails:
            return []
        try:
            entries = await api.items(
                f"{self._api_root}/user/emails?per_page={_PER_PAGE}", "the user's e-mail addresses"
            )
        except SuiteError as error:
            self.log.warning("%s: no e-mail addresses: %s", type(self).__name__, error.detail)
            return []
        return _texts((entry for entry in entries if isinstance(entry, dict) and entry.get("confirmed_at")), "email")


class LocalGitLabOAuthenticator(LocalUsers, GitLabOAuthenticator):
    """Sign in with GitLab, with an account on the Hub's system."""


def _texts(items: Iterable[Any], key: str) -> list[str]:
    found: Iterable[Any] = (item.get(key) for item in items if isinstance(item, dict))
    return [str(value) for value in found if isinstance(value, (str, int)) and not isinstance(value, bool)]
