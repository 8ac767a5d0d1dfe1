"""The fake GitHub's REST API is right and strict: checked by GitHub's own OpenAPI description, by PyGithub, and by
requests that break one rule each. Every reply to a `HandClient` is compared with the description."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import github as pygithub
import pytest

from tests.fakes.github import Email, FakeGitHub
from tests.fakes.github.hand_client import DESCRIPTION, HandClient

ALL = ("read:user", "user:email", "read:org")


def test_the_description_refuses_what_is_not_so() -> None:
    assert DESCRIPTION.faults_of("/user/orgs", 200, [{"login": "x"}])
    assert DESCRIPTION.faults_of("/user", 200, {"login": "alice", "id": 1})
    assert DESCRIPTION.faults_of("/user/teams", 403, {"message": 3})
    assert DESCRIPTION.faults_of("/user/emails", 200, [{"email": "x", "primary": 1, "verified": True, "visibility": 1}])
    assert DESCRIPTION.faults_of("/no/such/path", 200, {})
    membership = {"url": "https://api.example/x", "role": "maintainer", "state": "active"}
    path = "/orgs/lab/teams/ops/memberships/alice"
    assert DESCRIPTION.faults_of(path, 200, membership) == []
    assert DESCRIPTION.faults_of(path, 200, {**membership, "role": "owner"})
    assert DESCRIPTION.faults_of(path, 200, {**membership, "url": "no url"})


# -- an independent client


def walk_with_pygithub(api_url: str, token: str) -> dict[str, Any]:
    with pygithub.Github(base_url=api_url, auth=pygithub.Auth.Token(token), retry=None, per_page=100) as hub:
        user = hub.get_user()
        teams = list(user.get_teams())
        ops = next(team for team in teams if team.slug == "ops")
        return {
            "user": (user.login, user.id, user.name, user.email),
            "emails": [(email.email, email.primary, email.verified, email.visibility) for email in user.get_emails()],
            "orgs": [org.login for org in user.get_orgs()],
            "teams": [team.slug for team in teams],
            "memberships": [(found.organization.login, found.state) for found in user.get_organization_memberships()],
            "lab": user.get_organization_membership("lab").role,
            "ops members": [member.login for member in ops.get_members()],
            "bob in ops": ops.get_team_membership("bob").state,
            "scopes": hub.oauth_scopes,
            "left": hub.rate_limiting[0],
        }


async def test_pygithub_walks_user_emails_organizations_teams_and_memberships(github: FakeGitHub) -> None:
    lab = github.orgs["lab"]
    for number in range(500):
        lab.add_team(f"team-{number}", github.users["alice"])
    seen = await asyncio.to_thread(walk_with_pygithub, github.api_url, github.token_for("alice", *ALL))
    assert seen["user"] == ("alice", 1001, "Alice Example", None)
    assert seen["emails"] == [("alice@example.org", True, True, "private")]
    assert seen["orgs"] == ["lab"]
    assert seen["teams"] == ["ops", *(f"team-{number}" for number in range(500))]
    assert seen["memberships"] == [("lab", "active")]
    assert seen["lab"] == "member"
    assert seen["ops members"] == ["alice", "bob"]
    assert seen["bob in ops"] == "active"
    assert seen["scopes"] == list(ALL)
    assert seen["left"] == 5000 - sum(github.count(name) for name in {call.endpoint for call in github.calls})
    assert github.count("teams") == 6
    assert github.refusals == []


# -- what every API request needs


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({}, 200),
        ({"drop": ("User-Agent",)}, 403),
        ({"headers": {"Accept": "text/html"}}, 415),
        ({"headers": {"Accept": "application/vnd.github.v3+json, text/html"}}, 200),
        ({"headers": {"X-GitHub-Api-Version": "1999-01-01"}}, 400),
        ({"headers": {"X-GitHub-Api-Version": "2022-11-28"}}, 200),
        ({"method": "POST"}, 404),
        ({"params": {"access_token": "x"}}, 400),
        ({"params": "page=1&page=2"}, 400),
    ],
)
async def test_form_of_an_api_request(
    github: FakeGitHub, github_client: HandClient, options: dict[str, Any], status: int
) -> None:
    seen = await github_client.api("/user", github.token_for("alice"), **options)
    assert seen.status == status
    assert status == 200 or set(seen.json) == {"message", "documentation_url", "status"}


async def test_tokens_are_bearer_tokens_of_ours(github: FakeGitHub, github_client: HandClient) -> None:
    token = github.token_for("alice")
    for scheme, status in (("Bearer", 200), ("token", 200), ("Basic", 401)):
        assert (await github_client.api("/user", headers={"Authorization": f"{scheme} {token}"})).status == status
    assert (await github_client.api("/user")).json["message"] == "Requires authentication"
    assert (await github_client.api("/user", "gho_unknown")).json["message"] == "Bad credentials"
    assert (await github_client.api("/nothing/here", token)).status == 404
    assert github.count("unknown") == 1


async def test_user_shows_private_fields_with_read_user_alone(github: FakeGitHub, github_client: HandClient) -> None:
    """The public address, or null; the primary one is only at /user/emails."""
    private = await github_client.api("/user", github.token_for("alice", "read:user"))
    public = await github_client.api("/user", github.token_for("alice", "read:org"))
    assert (private.json["user_view_type"], public.json["user_view_type"]) == ("private", "public")
    assert "two_factor_authentication" not in public.json
    assert private.json["email"] is public.json["email"] is None
    github.users["alice"].email = "public@example.org"
    assert (await github_client.api("/user", github.token_for("alice"))).json["email"] == "public@example.org"


ORG = "admin:org, read:org, write:org"


@pytest.mark.parametrize(
    ("path", "without", "accepted", "enough"),
    [
        ("/user/emails", 404, "user, user:email", ("user:email", "user")),
        ("/user/orgs", 403, "admin:org, read:org, user, write:org", ("read:org", "user", "admin:org")),
        ("/user/teams", 403, "admin:org, read:org, repo, user, write:org", ("read:org", "repo", "user")),
        ("/user/memberships/orgs", 403, ORG, ("read:org", "write:org")),
        ("/user/memberships/orgs/lab", 403, ORG, ("read:org",)),
        ("/orgs/lab/memberships/bob", 403, ORG, ("read:org",)),
        ("/orgs/lab/teams/ops/memberships/bob", 404, ORG, ("read:org",)),
        ("/orgs/lab/teams/ops/members", 404, ORG, ("read:org",)),
    ],
)
async def test_scopes(
    github: FakeGitHub, github_client: HandClient, path: str, without: int, accepted: str, enough: tuple[str, ...]
) -> None:
    """The headers name the scopes of the token and the scopes that the request needs."""
    refused = await github_client.api(path, github.token_for("alice", "gist", "read:user"))
    assert refused.status == without
    assert refused.headers["x-accepted-oauth-scopes"] == accepted
    assert refused.headers["x-oauth-scopes"] == "gist, read:user"
    for scope in enough:
        assert (await github_client.api(path, github.token_for("alice", scope))).status == 200


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("/user/emails", "emails"),
        ("/user/orgs", "members"),
        ("/user/teams", "members"),
        ("/orgs/lab/teams/ops/members", "members"),
    ],
)
async def test_permissions_of_a_github_app(
    github: FakeGitHub, github_client: HandClient, path: str, permission: str
) -> None:
    github.github_app = True
    token = github.token_for("alice")
    allowed = await github_client.api(path, token)
    assert allowed.status == 200
    assert "x-oauth-scopes" not in allowed.headers
    github.permissions = {"emails", "members"} - {permission}
    refused = await github_client.api(path, token)
    assert (refused.status, refused.json["message"]) == (403, "Resource not accessible by integration")
    assert refused.headers["x-accepted-github-permissions"] == f"{permission}=read"


# -- pages


async def test_pages_lead_from_one_to_the_next(github: FakeGitHub, github_client: HandClient) -> None:
    for number in range(70):
        github.orgs["lab"].add_team(f"team-{number}", github.users["alice"])
    token = github.token_for("alice", "read:org")
    seen = await github_client.api("/user/teams", token)
    assert len(seen.json) == 30
    assert set(seen.links) == {"next", "last"}
    assert parse_qs(urlsplit(seen.links["last"]).query) == {"page": ["3"]}
    second = await github_client.api(seen.links["next"], token)
    assert set(second.links) == {"prev", "next", "first", "last"}
    third = await github_client.api(second.links["next"], token)
    assert set(third.links) == {"prev", "first"}
    slugs = [team["slug"] for page in (seen, second, third) for team in page.json]
    assert slugs == ["ops", *(f"team-{number}" for number in range(70))]
    assert (await github_client.api("/user/teams?page=4", token)).json == []


@pytest.mark.parametrize(
    ("query", "length"),
    [("per_page=100", 100), ("per_page=1000", 100), ("per_page=0", 30), ("per_page=x", 30), ("per_page=7&page=0", 7)],
)
async def test_size_of_a_page(github: FakeGitHub, github_client: HandClient, query: str, length: int) -> None:
    for number in range(120):
        github.orgs["lab"].add_team(f"team-{number}", github.users["alice"])
    seen = await github_client.api(f"/user/teams?{query}", github.token_for("alice", "read:org"))
    assert len(seen.json) == length
    kept = parse_qs(urlsplit(seen.links["next"]).query)
    assert kept == {**parse_qs(query), "page": ["2"]}


async def test_many_emails_come_in_pages_too(github: FakeGitHub, github_client: HandClient) -> None:
    github.users["alice"].emails += [Email(f"alias-{number}@example.org", verified=False) for number in range(40)]
    seen = await github_client.api("/user/emails", github.token_for("alice", "user:email"))
    assert len(seen.json) == 30
    assert [email["primary"] for email in seen.json[:2]] == [True, False]
    assert "next" in seen.links


async def test_faults_of_pages(github: FakeGitHub, github_client: HandClient) -> None:
    for number in range(40):
        github.orgs["lab"].add_team(f"team-{number}", github.users["alice"])
    token = github.token_for("alice", "read:org")
    github.faults.on("next-elsewhere", at="teams", times=1)
    assert (await github_client.api("/user/teams", token)).links["next"].startswith(github.elsewhere)
    github.faults.on("next-is-first", at="teams", times=1)
    assert parse_qs(urlsplit((await github_client.api("/user/teams", token)).links["next"]).query) == {"page": ["1"]}


# -- limits


@pytest.mark.parametrize("status", [403, 429])
async def test_primary_rate_limit(github: FakeGitHub, github_client: HandClient, status: int) -> None:
    github.requests_left, github.rate_limit_status = 2, status
    token = github.token_for("alice")
    left = [(await github_client.api("/user", token)) for _ in range(3)]
    assert [seen.status for seen in left] == [200, 200, status]
    assert [seen.headers["x-ratelimit-remaining"] for seen in left] == ["1", "0", "0"]
    assert 0 < int(left[2].headers["x-ratelimit-reset"]) - github.clock() <= 1800
    assert "retry-after" not in left[2].headers


@pytest.mark.parametrize(
    ("fault", "status", "header", "value"),
    [
        ("rate-limit", 403, "x-ratelimit-remaining", "0"),
        ("rate-limit-429", 429, "x-ratelimit-remaining", "0"),
        ("secondary-limit", 403, "retry-after", "60"),
        ("F17", 429, "retry-after", "7"),
    ],
)
async def test_limits_as_faults(
    github: FakeGitHub, github_client: HandClient, fault: str, status: int, header: str, value: str
) -> None:
    token = github.token_for("alice", "read:org")
    github.faults.on(fault, at="orgs", times=1)
    assert (await github_client.api("/user", token)).status == 200
    async with github_client.session.get(
        f"{github.api_url}/user/orgs", headers={"Authorization": f"Bearer {token}"}
    ) as response:
        assert (response.status, response.headers[header]) == (status, value)
    assert (await github_client.api("/user/orgs", token)).status == 200


async def test_too_many_requests_at_once(github: FakeGitHub, github_client: HandClient) -> None:
    """Five that hang are under way together; a sixth is told to come back later."""
    github.most_concurrent = 5
    token = github.token_for("alice", "read:org")
    github.faults.on("F1", at="user", times=5)
    waiting = [asyncio.ensure_future(github_client.api("/user", token)) for _ in range(5)]
    await github.until_asked("user", 5)
    sixth = await github_client.api("/user/orgs", token)
    assert (sixth.status, sixth.headers["retry-after"]) == (403, "60")
    github.released.set()
    assert [seen.status for seen in await asyncio.gather(*waiting)] == [200] * 5
    assert github.most_at_once == 6
    assert (await github_client.api("/user/orgs", token)).status == 200
    assert github.under_way == 0
