"""The fake GitLab put together."""

from __future__ import annotations

from datetime import date, datetime, timezone

from tests.fakes.openid_provider import Faults
from tests.fakes.openid_provider.wire import Endpoints
from tests.fakes.traffic import Traffic

from .access import Access
from .api import GitLabAPI
from .limits import GITLAB_FAULTS
from .oauth import SCOPES, GitLabOAuth
from .views import Views
from .world import Group, Project, User, World, populate


class FakeGitLab(GitLabAPI, Traffic, GitLabOAuth):
    """See the package's docstring. Knobs are plain attributes; change them at any time."""

    users: dict[str, User]  # type: ignore[assignment]  # by username

    def __init__(self, *, path: str = "") -> None:
        """`path`: where on its host the instance lives, such as ``/gitlab``."""
        super().__init__()
        self.path = path
        self.faults = Faults(GITLAB_FAULTS)
        self.client.scopes = set(SCOPES)
        self.announce_iss = False
        self.access_token_lifetime = 7200
        self.world = World()
        populate(self.world)
        self.users = self.world.users
        self.access = Access(self.world, self.today)
        self.views = Views("")
        self.claims_withheld: set[str] = set()  # what an older instance does not say of users
        self.requests_left: int | None = None  # until the rate limit says no; None: there is no limit
        self.count_limit = 10_000  # longer lists come without their length

    async def __aenter__(self) -> FakeGitLab:
        await super().__aenter__()
        self.issuer = self.origin + self.path
        self.views = Views(self.issuer)
        return self

    @property
    def api_url(self) -> str:
        return f"{self.issuer}/api/v4"

    def today(self) -> date:
        return datetime.fromtimestamp(self.clock(), timezone.utc).date()

    def endpoints(self) -> Endpoints:
        table: Endpoints = {
            "/.well-known/openid-configuration": ("metadata", self._metadata),
            "/oauth/discovery/keys": ("jwks", self._published_keys),
            "/oauth/authorize": ("authorize", self._authorize),
            "/oauth/token": ("token", self._token),
            "/oauth/token/info": ("token_info", self._token_info),
            "/oauth/userinfo": ("userinfo", self._userinfo),
            "/oauth/revoke": ("revoke", self._revoke),
            **self.api_endpoints(),
        }
        return {self.path + path: entry for path, entry in table.items()}

    @property
    def groups(self) -> dict[str, Group]:
        return self.world.groups

    @property
    def projects(self) -> dict[str, Project]:
        return self.world.projects
