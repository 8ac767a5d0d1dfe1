"""Who is a member of what at the fake GitHub: organizations, teams and child teams, and who may know. Every reply to a
`HandClient` is compared with GitHub's OpenAPI description."""

from __future__ import annotations

import pytest

from tests.fakes.github import FakeGitHub
from tests.fakes.github.hand_client import HandClient

# -- memberships


@pytest.mark.parametrize(
    ("asker", "path", "status"),
    [
        ("alice", "/orgs/lab/members/bob", 204),
        ("alice", "/orgs/LAB/members/BOB", 204),
        ("alice", "/orgs/lab/members/carol", 404),  # invited, and has not come
        ("alice", "/orgs/lab/members/nobody", 404),
        ("carol", "/orgs/lab/members/alice", 302),  # from outside: see the public list
        ("alice", "/orgs/nothing/members/bob", 404),
        ("carol", "/orgs/lab/public_members/bob", 204),
        ("carol", "/orgs/lab/public_members/alice", 404),
        ("alice", "/orgs/lab/memberships/bob", 200),
        ("alice", "/orgs/lab/memberships/nobody", 404),
        ("carol", "/orgs/lab/memberships/alice", 403),
        ("carol", "/orgs/lab/teams/ops/memberships/alice", 404),
        ("alice", "/orgs/lab/teams/ops/memberships/alice", 200),
        ("alice", "/orgs/lab/teams/ops/memberships/bob", 200),  # by the child team
        ("alice", "/orgs/lab/teams/ops-night/memberships/alice", 404),  # not the other way round
        ("alice", "/orgs/lab/teams/ops-night/memberships/bob", 200),  # a team of others, which is not secret
        ("alice", "/orgs/lab/teams/ops/memberships/carol", 404),
        ("alice", "/orgs/lab/teams/nothing/memberships/alice", 404),
        ("alice", "/orgs/students/teams/ops/memberships/alice", 404),  # a slug belongs to its organization
    ],
)
async def test_memberships_of_others(
    github: FakeGitHub, github_client: HandClient, asker: str, path: str, status: int
) -> None:
    seen = await github_client.api(path, github.token_for(asker, "read:org"))
    assert seen.status == status
    if status == 302:
        assert seen.headers["location"] == f"{github.api_url}/orgs/lab/public_members/alice"


async def test_without_read_org_even_a_member_is_sent_to_the_public_list(
    github: FakeGitHub, github_client: HandClient
) -> None:
    assert (await github_client.api("/orgs/lab/members/alice", github.token_for("alice", "user"))).status == 302


async def test_invited_is_not_a_member(github: FakeGitHub, github_client: HandClient) -> None:
    """A pending membership answers with status 200 and says so; lists of organizations do not have it."""
    token = github.token_for("carol", "read:org")
    pending = await github_client.api("/user/memberships/orgs/lab", token)
    assert (pending.status, pending.json["state"]) == (200, "pending")
    assert [org["login"] for org in (await github_client.api("/user/orgs", token)).json] == ["students"]
    for state, logins in (("active", ["students"]), ("pending", ["lab"])):
        seen = await github_client.api(f"/user/memberships/orgs?state={state}", token)
        assert [found["organization"]["login"] for found in seen.json] == logins
    assert (await github_client.api("/user/memberships/orgs?state=odd", token)).status == 422
    assert (await github_client.api("/user/memberships/orgs/nothing", token)).status == 404
    assert (await github_client.api("/user/memberships/orgs/lab", github.token_for("bob", "read:org"))).status == 200
    assert (
        await github_client.api("/user/memberships/orgs/students", github.token_for("bob", "read:org"))
    ).status == 404


async def test_pending_in_a_team(github: FakeGitHub, github_client: HandClient) -> None:
    """It answers 200 with the state; the list of one's teams, and that of a team's members, leave it out."""
    github.team("lab", "ops-night").add(github.users["alice"], state="pending")
    token = github.token_for("alice", "read:org")
    assert (await github_client.api("/orgs/lab/teams/ops-night/memberships/alice", token)).json["state"] == "pending"
    assert [team["slug"] for team in (await github_client.api("/user/teams", token)).json] == ["ops"]
    members = await github_client.api("/orgs/lab/teams/ops-night/members", token)
    assert [user["login"] for user in members.json] == ["bob"]
    github.team("lab", "ops-night").add(github.world.add_user("dora"), state="pending")
    assert (await github_client.api("/orgs/lab/teams/ops/memberships/dora", token)).status == 404


async def test_child_teams_at_any_depth(github: FakeGitHub, github_client: HandClient) -> None:
    """Members of a child team are members of its parents; one's own list has the direct team, with one parent."""
    dora = github.world.add_user("dora")
    github.orgs["lab"].add_team("ops-night-east", dora, parent="ops-night")
    token = github.token_for("dora", "read:org")
    for slug in ("ops", "ops-night", "ops-night-east"):
        assert (await github_client.api(f"/orgs/lab/teams/{slug}/memberships/dora", token)).json["state"] == "active"
    listed = (await github_client.api("/user/teams", token)).json
    assert [(team["slug"], team["parent"]["slug"]) for team in listed] == [("ops-night-east", "ops-night")]
    assert "parent" not in listed[0]["parent"]
    members = (await github_client.api("/orgs/lab/teams/ops/members", token)).json
    assert [user["login"] for user in members] == ["alice", "bob", "dora"]


async def test_roles_in_a_team(github: FakeGitHub, github_client: HandClient) -> None:
    """An organization's owner is called maintainer."""
    github.orgs["lab"].members[1002].role = "admin"
    github.team("lab", "ops").members[1001].role = "maintainer"
    github.team("lab", "ops").add(github.world.add_user("dora"))
    token = github.token_for("alice", "read:org")
    roles = {}
    for login in ("alice", "bob", "dora"):
        seen = await github_client.api(f"/orgs/lab/teams/ops/memberships/{login}", token)
        roles[login] = seen.json["role"]
    assert roles == {"alice": "maintainer", "bob": "maintainer", "dora": "member"}
    seen = await github_client.api("/orgs/lab/teams/ops/members?role=member", token)
    assert [user["login"] for user in seen.json] == ["dora"]
    assert (await github_client.api("/orgs/lab/teams/ops/members?role=boss", token)).status == 422


async def test_secret_teams_are_seen_from_inside(github: FakeGitHub, github_client: HandClient) -> None:
    github.orgs["lab"].add_team("board", github.users["bob"], privacy="secret")
    path = "/orgs/lab/teams/board/memberships/bob"
    assert (await github_client.api(path, github.token_for("bob", "read:org"))).status == 200
    assert (await github_client.api(path, github.token_for("alice", "read:org"))).status == 404
    github.orgs["lab"].members[1001].role = "admin"
    assert (await github_client.api(path, github.token_for("alice", "read:org"))).status == 200


async def test_teams_by_number(github: FakeGitHub, github_client: HandClient) -> None:
    ops, token = github.team("lab", "ops"), github.token_for("alice", "read:org")
    path = f"/organizations/{ops.org.id}/team/{ops.id}/memberships/bob"
    assert (await github_client.api(path, token)).json["state"] == "active"
    assert (await github_client.api(path.replace(str(ops.org.id), "1"), token)).status == 404


async def test_a_recycled_login_is_another_person(github: FakeGitHub, github_client: HandClient) -> None:
    """The token follows the account; the new owner of the name has another id and no memberships."""
    token = github.token_for("alice", "read:org")
    github.world.rename_user("alice", "alice-the-first")
    newcomer = github.world.add_user("alice")
    seen = (await github_client.api("/user", token)).json
    assert (seen["login"], seen["id"]) == ("alice-the-first", 1001)
    again = (await github_client.api("/user", github.token_for("alice", "read:org"))).json
    assert (again["login"], again["id"]) == ("alice", newcomer.id)
    assert newcomer.id != 1001
    assert (await github_client.api("/orgs/lab/members/alice", token)).status == 404
    assert (await github_client.api("/orgs/lab/members/alice-the-first", token)).status == 204


async def test_an_account_that_is_gone(github: FakeGitHub, github_client: HandClient) -> None:
    token = github.token_for("alice")
    del github.users["alice"]
    assert (await github_client.api("/user", token)).status == 401


async def test_organizations_that_shut_out_oauth_apps(github: FakeGitHub, github_client: HandClient) -> None:
    """Missing in lists without a word; asked for by name, a refusal that says why."""
    github.orgs["lab"].restricted = True
    token = github.token_for("alice", "read:org")
    for path in ("/user/orgs", "/user/teams", "/user/memberships/orgs"):
        seen = await github_client.api(path, token)
        assert (seen.status, seen.json) == (200, [])
        assert "x-github-sso" not in seen.headers
    for path in ("/user/memberships/orgs/lab", "/orgs/lab/memberships/alice", "/orgs/lab/teams/ops/memberships/alice"):
        seen = await github_client.api(path, token)
        assert seen.status == 403
        assert "OAuth App access restrictions" in seen.json["message"]
    ops = github.team("lab", "ops")
    assert (await github_client.api(f"/organizations/{ops.org.id}/team/{ops.id}/members", token)).status == 403
    github.github_app = True  # the restriction is about OAuth Apps alone
    assert (await github_client.api("/user/memberships/orgs/lab", github.token_for("alice"))).status == 200


async def test_organizations_with_single_sign_on(github: FakeGitHub, github_client: HandClient) -> None:
    lab = github.orgs["lab"]
    lab.saml = True
    token = github.token_for("alice", "read:org")
    listed = await github_client.api("/user/orgs", token)
    assert (listed.status, listed.json) == (200, [])
    assert listed.headers["x-github-sso"] == f"partial-results; organizations={lab.id}"
    asked = await github_client.api("/user/memberships/orgs/lab", token)
    assert asked.status == 403
    assert asked.headers["x-github-sso"].startswith("required; url=")
    assert "SAML" in asked.json["message"]


async def test_a_github_app_sees_where_it_is_installed(github: FakeGitHub, github_client: HandClient) -> None:
    github.github_app = True
    token = github.token_for("alice")
    assert [org["login"] for org in (await github_client.api("/user/orgs", token)).json] == ["lab"]
    github.orgs["lab"].installed = False
    assert (await github_client.api("/user/orgs", token)).json == []
    assert (await github_client.api("/user/memberships/orgs/lab", token)).status == 403
