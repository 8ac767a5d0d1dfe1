"""A strict GitHub (as Enterprise Server: everything on one host) on a free loopback port.

::

    async with FakeGitHub() as github:
        github.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        dora = github.world.add_user("dora")
        lab = github.orgs["lab"]                        # alice and bob are in it, carol is invited
        lab.add_team("day", dora, parent="ops")         # a member of `day` counts as one of `ops`
        github.faults.on("rate-limit", at="teams", times=1)
        token = github.token_for("dora", "read:org")    # without the walk through a browser
        ...
        assert github.count("teams") == 1 and github.most_at_once <= 8

The site is `github.issuer`, the REST API `github.api_url` (`…/api/v3`). Endpoints, by the names under which requests
are counted and faults put:

================  ====================================================
authorize         `/login/oauth/authorize`
token             `/login/oauth/access_token`
user              `/user`
emails            `/user/emails`
orgs              `/user/orgs`
teams             `/user/teams`
memberships       `/user/memberships/orgs`
membership        `/user/memberships/orgs/{org}`
org_member        `/orgs/{org}/members/{username}`
public_member     `/orgs/{org}/public_members/{username}`
org_membership    `/orgs/{org}/memberships/{username}`
team_membership   `/orgs/{org}/teams/{slug}/memberships/{username}`
team_members      `/orgs/{org}/teams/{slug}/members`
unknown           anything else below `/api/v3`
================  ====================================================

Its own faults: ``rate-limit`` (403), ``rate-limit-429``, ``secondary-limit``, ``next-elsewhere`` and ``next-is-first``
(see `tests/fakes/paging.py`), and those of the OpenID provider and of HTTP. The knobs are the attributes in
`server.py`; of an organization, `restricted`, `saml` and `installed`.
"""

from .gate import API_VERSIONS, ORG_SCOPES
from .limits import GITHUB_FAULTS
from .server import FakeGitHub
from .world import Email, Membership, Organization, Team, User, World

__all__ = [
    "API_VERSIONS",
    "GITHUB_FAULTS",
    "ORG_SCOPES",
    "Email",
    "FakeGitHub",
    "Membership",
    "Organization",
    "Team",
    "User",
    "World",
]
