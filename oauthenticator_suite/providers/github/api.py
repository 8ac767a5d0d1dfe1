"""Requests to GitHub's REST API about the user of an access token, and functions that read the responses.

Source: the REST API's pages on users, organizations and teams.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ...hub.oauth.user_api import ApiRefusal, Enough, UserApi
from ...protocol.messages import Request, Response

_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_KEPT_OF_TEAM = ("id", "node_id", "name", "slug", "description", "privacy", "permission")
_NOT_FOUND = 404


class GitHubApi(UserApi):
    """The API at `root`, used with a user's access token."""

    def __init__(self, root: str, send: Callable[[Request], Awaitable[Response]], access_token: str) -> None:
        super().__init__(send, access_token, _HEADERS)
        self._root = root

    async def organizations(self, enough: Enough) -> list[str]:
        """The logins of the user's organizations, except those that restrict this application or this token."""
        return logins(await self.items(f"{self._root}/user/orgs?per_page=100", "the user's organizations", enough))

    async def teams(self, enough: Enough) -> list[dict[str, Any]]:
        """The teams of which the user is a direct member, each with its parent team."""
        items = await self.items(f"{self._root}/user/teams?per_page=100", "the user's teams", enough)
        return [item for item in items if isinstance(item, dict)]

    async def state_in_organization(self, organization: str) -> str:
        """The user's membership: ``active``, ``pending`` (invited), or an empty string for no membership.

        Raises
        ------
        ApiRefusal
            When the organization refuses the request: it has not approved the application, or requires single sign-on.
        """
        return await self._state(f"user/memberships/orgs/{quote(organization, safe='')}", organization)

    async def state_in_team(self, organization: str, slug: str, login: str) -> str:
        """The user's membership of a team, as in `state_in_organization`. Members of its child teams count."""
        path = "/".join(quote(part, safe="") for part in (organization, "teams", slug.lower(), "memberships", login))
        return await self._state(f"orgs/{path}", f"{organization}:{slug}")

    async def _state(self, path: str, name: str) -> str:
        try:
            membership = await self.object(f"{self._root}/{path}", f"the user's membership of {name}")
        except ApiRefusal as refusal:
            if refusal.code == _NOT_FOUND:
                return ""
            raise
        state = membership.get("state")
        return state if isinstance(state, str) else ""

    async def verified_emails(self) -> list[str]:
        """The verified addresses, the primary one first."""
        found = await self.items(f"{self._root}/user/emails?per_page=100", "the user's e-mail addresses")
        verified = [entry for entry in found if isinstance(entry, dict) and entry.get("verified") is True]
        verified.sort(key=lambda entry: entry.get("primary") is not True)
        return [entry["email"] for entry in verified if isinstance(entry.get("email"), str)]


def logins(items: Iterable[Any]) -> list[str]:
    """The logins of users or organizations; an empty string where there is none."""
    return [_login(item) for item in items]


def team_labels(teams: Iterable[Any]) -> Iterator[str]:
    """``org:team`` for each team and for its parent team: members of a child team are members of the parent."""
    for team in teams:
        organization = _login(team.get("organization")) if isinstance(team, dict) else ""
        if organization:
            for one in (team, team.get("parent")):
                if isinstance(one, dict) and isinstance(one.get("slug"), str):
                    yield f"{organization}:{one['slug']}"


def with_more_above(teams: Iterable[Mapping[str, Any]], wanted: Iterable[str]) -> list[str]:
    """The teams in `wanted` that may be ancestors of the user's teams. GitHub's list has only the direct parent."""
    nested = {_login(team.get("organization")).lower() for team in teams if team.get("parent")}
    return [name for name in wanted if ":" in name and name.partition(":")[0].lower() in nested]


def shortened(team: Mapping[str, Any]) -> dict[str, Any]:
    """A team without the URLs of it and of its organization, which are nine tenths of its size."""
    kept = {key: team[key] for key in _KEPT_OF_TEAM if key in team}
    for key, names in (("organization", ("id", "login")), ("parent", ("id", "slug", "name"))):
        inner = team.get(key)
        kept[key] = {name: inner.get(name) for name in names} if isinstance(inner, dict) else None
    return kept


def email_claims(verified: Sequence[str], user_info: Mapping[str, Any]) -> dict[str, Any]:
    """The claims ``email`` (the public address, else the primary one) and ``email_verified``."""
    email = user_info.get("email") or next(iter(verified), None)
    return {"email": email, "email_verified": email in verified} if verified else {}


def _login(item: object) -> str:
    login = item.get("login") if isinstance(item, dict) else None
    return login if isinstance(login, str) else ""
