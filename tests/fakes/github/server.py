"""The fake GitHub put together."""

from __future__ import annotations

from tests.fakes.openid_provider import FakeProvider, Faults
from tests.fakes.openid_provider.wire import Endpoints
from tests.fakes.traffic import Traffic

from .api import GitHubAPI
from .limits import GITHUB_FAULTS
from .oauth import SCOPES, GitHubOAuth
from .views import Views
from .world import Organization, Team, User, World, populate


class FakeGitHub(GitHubAPI, GitHubOAuth, Traffic, FakeProvider):
    """See the package's docstring. Knobs are plain attributes; change them at any time."""

    users: dict[str, User]  # type: ignore[assignment]  # by login

    def __init__(self, *, github_app: bool = False) -> None:
        super().__init__()
        self.faults = Faults(GITHUB_FAULTS)
        self.client.auth_method = "client_secret_post"
        self.client.scopes = set(SCOPES)
        self.world = World()
        populate(self.world)
        self.users = self.world.users
        self.views = Views("")
        self.github_app = github_app  # else a classic OAuth App, whose tokens neither expire nor are refreshed
        self.expiring_tokens = True  # of a GitHub App
        self.permissions = {"emails", "members"}  # what the GitHub App may read
        self.scopes_withheld: set[str] = set()  # what users do not grant, though they are asked
        self.requires_verified_email = False
        self.requests_left = 5000  # until the rate limit says no
        self.rate_limit_status = 403  # or 429
        self.limit_resets_in = 1800.0  # seconds
        self.most_concurrent = 100  # more requests than these under way at once are refused

    async def __aenter__(self) -> FakeGitHub:
        await super().__aenter__()
        self.views = Views(self.issuer)
        return self

    @property
    def api_url(self) -> str:
        """Where its REST API is, as at GitHub Enterprise Server."""
        return self.views.api

    def endpoints(self) -> Endpoints:
        return {
            "/login/oauth/authorize": ("authorize", self._authorize),
            "/login/oauth/access_token": ("token", self._token),
            **self.api_endpoints(),
        }

    # -- what tests do: the world's verbs

    @property
    def orgs(self) -> dict[str, Organization]:
        return self.world.orgs

    def team(self, org: str, slug: str) -> Team:
        return self.world.orgs[org].teams[slug]
