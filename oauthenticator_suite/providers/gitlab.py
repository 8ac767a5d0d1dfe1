"""GitLab: gitlab.com and one's own, also below a path.

Facts are from GitLab's documentation: "GitLab as an OAuth 2.0 provider", "GitLab as an OpenID Connect identity
provider", and the REST API's pages on groups, projects, users and roles.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from traitlets import Integer, default

from ..errors import ConfigurationError, SuiteError
from ..hub.oauth.authenticator import OAuthenticator
from ..hub.oauth.memberships import AT_ONCE, Found, all_of, side_by_side
from ..hub.oauth.user_api import ApiRefusal, UserApi, unless_refused
from ..hub.options.trait_types import URL, EnvUnicode, Grants, Renamed, from_environment
from ..hub.unix.local_users import LocalUsers
from ..policy.claims import names_in, wanted_among
from ..policy.profile import ProfileClaims

GUEST, DEVELOPER = 10, 30
_MANY = 100
"""The most entries on a page of GitLab's lists."""


class GitLabOAuthenticator(OAuthenticator):
    """Sign in with GitLab.

    With ``openid`` in `scope`, GitLab is an OpenID provider: ID tokens are verified, and one request brings the user's
    data and groups. Without, the REST API tells both.
    """

    service = "GitLab"
    icon = "brands/gitlab"
    client_id_env = "GITLAB_CLIENT_ID"
    client_secret_env = "GITLAB_CLIENT_SECRET"
    user_auth_state_key = "gitlab_user"
    profile_claims = ProfileClaims(picture="avatar_url")

    gitlab_url = URL(
        config=True,
        help="""
        Where GitLab is, with its path if it has one: ``https://gitlab.com``, ``https://lab.example.org/gitlab``.

        Environment: ``GITLAB_URL``; or ``GITLAB_HOST``.

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
        config=True,
        help="""
        The root of GitLab's REST API. Follows from `gitlab_url` and `gitlab_api_version`.

        .. versionadded:: 0.1
        """,
    )

    allowed_gitlab_groups = Grants(
        "group",
        help="""
        Let in the members of these groups, by their full paths: ``{"physics", "physics/lab-3"}``.

        Who is a member of a group is one of all its subgroups, and not the other way round. Needs the scope ``openid``
        or ``read_api``.

        .. versionadded:: 0.1
        """,
    )

    minimum_group_access_level = Integer(
        GUEST,
        config=True,
        help="""
        The least role that a member in `allowed_gitlab_groups` must have: 10 guest, 20 reporter, 30 developer, 40
        maintainer, 50 owner.

        .. versionadded:: 0.1
        """,
    )

    allowed_project_ids = Grants(
        "project",
        help="""
        Let in the members of these projects, by their numbers. They need the role `minimum_project_access_level`.

        Needs the scope ``read_api``.

        .. versionadded:: 0.1
        """,
    )

    minimum_project_access_level = Integer(
        DEVELOPER,
        config=True,
        help="""
        The least role that a member in `allowed_project_ids` must have, as in `minimum_group_access_level`.

        .. versionadded:: 0.1
        """,
    )

    url = Renamed("gitlab_url", since="0.1")

    gitlab_group_whitelist = Renamed("allowed_gitlab_groups", since="oauthenticator 0.12")

    gitlab_project_id_whitelist = Renamed("allowed_project_ids", since="oauthenticator 0.12")

    # --- where it is -------------------------------------------------------------------------------------------------

    @default("gitlab_url")
    def _gitlab_url_default(self) -> str:
        return from_environment("GITLAB_URL") or f"https://{from_environment('GITLAB_HOST') or 'gitlab.com'}"

    @default("gitlab_api")
    def _gitlab_api_default(self) -> str:
        return f"{self._site}/api/v{self.gitlab_api_version}"

    @default("issuer")
    def _issuer_default(self) -> str:
        return self._site if self._is_openid else ""

    @default("jwks_url")
    def _jwks_url_default(self) -> str:
        return f"{self._site}/oauth/discovery/keys" if self._is_openid else ""

    @default("authorize_url")
    def _authorize_url_default(self) -> str:
        return f"{self._site}/oauth/authorize"

    @default("token_url")
    def _token_url_default(self) -> str:
        return f"{self._site}/oauth/token"

    @default("userdata_url")
    def _userdata_url_default(self) -> str:
        return f"{self._site}/oauth/userinfo" if self._is_openid else f"{self._api_root}/user"

    @default("revocation_url")
    def _revocation_url_default(self) -> str:
        return f"{self._site}/oauth/revoke"

    @default("scope")
    def _scope_default(self) -> list[str]:
        return []  # GitLab then takes all that the application was registered with

    @default("username_claim")
    def _username_claim_default(self) -> str:
        return "username"

    @property
    def _site(self) -> str:
        return str(self.gitlab_url).rstrip("/")

    @property
    def _api_root(self) -> str:
        return str(self.gitlab_api).rstrip("/")

    @property
    def _is_openid(self) -> bool:
        return "openid" in self.scope

    @property
    def account_issuer(self) -> str:
        """The GitLab."""
        return self._site

    @property
    def revoke_url(self) -> str:
        """The user's list of authorized applications."""
        return f"{self._site}/-/user_settings/applications"

    @property
    def scopes_for(self) -> Mapping[str, tuple[str, ...]]:  # type: ignore[override]
        """Which scopes the options need. What a request without any amounts to, is known to GitLab alone."""
        if not self.scope:
            return {}
        api = ("read_api", "api")
        groups = api if self.minimum_group_access_level > GUEST else ("openid", *api)
        return {"allowed_gitlab_groups": groups, "allowed_project_ids": api}

    def check_configuration(self) -> None:
        """As of every provider; also that projects are named by their numbers."""
        super().check_configuration()
        if odd := sorted(name for name in self.allowed_project_ids if not (name.isascii() and name.isdigit())):
            raise ConfigurationError(
                f"c.{type(self).__name__}.allowed_project_ids takes the numbers of projects, not {', '.join(odd)}: the "
                "number is on the project's page"
            )

    # --- the user ----------------------------------------------------------------------------------------------------

    def readable(self, user_info: dict[str, Any]) -> dict[str, Any]:
        """The user's data with the names of the REST API and of OpenID Connect alike, whichever of them sent them."""
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
        """Groups, projects and e-mail addresses: each asked for by the token alone, and all at once."""
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
            told = (await user).get("groups")
            if told is not None:  # direct and inherited memberships, of any role
                return wanted_among(names_in(told)[0], wanted) or await self._by_invitation(api, user, wanted)

        def enough(items: list[Any]) -> bool:
            return bool(wanted_among(_texts(items, "full_path"), wanted))

        # With min_access_level: the groups that the token's user has this role in, and all groups below them.
        query = urlencode({"min_access_level": self.minimum_group_access_level, "per_page": _MANY})
        answer = api.items(f"{self._api_root}/groups?{query}", "the user's groups", enough)
        items = await unless_refused(answer, self, "allowed_gitlab_groups")
        return wanted_among(_texts(items or (), "full_path"), wanted) or await self._by_invitation(api, user, wanted)

    async def _by_invitation(self, api: UserApi, user: Awaitable[dict[str, Any]], wanted: Collection[str]) -> list[str]:
        """Those of a few groups that the user belongs to as a member of a group invited there: no list has these.

        One more round trip, for somebody whom GitLab's list shows in none of `wanted`. What other rules say of the user
        is not known here. With many names it is not made.
        """
        scopes = set(self.scope)
        if len(wanted) > AT_ONCE or (scopes and scopes.isdisjoint(("read_api", "api"))):
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
                "per_page": _MANY,
            }
        )
        answer = api.items(f"{self._api_root}/projects?{query}", "the user's projects", enough)
        items = await unless_refused(answer, self, "allowed_project_ids")
        return wanted_among(_texts(items or (), "id"), wanted)

    async def _emails(self, api: UserApi) -> list[str]:
        """The confirmed addresses beside the primary one; none, with a warning, when GitLab does not tell them."""
        if not self.collect_emails:
            return []
        try:
            entries = await api.items(f"{self._api_root}/user/emails?per_page={_MANY}", "the user's e-mail addresses")
        except SuiteError as error:
            self.log.warning("%s: no e-mail addresses: %s", type(self).__name__, error.detail)
            return []
        return _texts((entry for entry in entries if isinstance(entry, dict) and entry.get("confirmed_at")), "email")


class LocalGitLabOAuthenticator(LocalUsers, GitLabOAuthenticator):
    """Sign in with GitLab, as users of this system."""


def _texts(items: Iterable[Any], key: str) -> list[str]:
    found: Iterable[Any] = (item.get(key) for item in items if isinstance(item, dict))
    return [str(value) for value in found if isinstance(value, (str, int)) and not isinstance(value, bool)]
