"""Who is a member of what at the fake GitLab: direct, inherited, by invited groups, and what its lists leave out."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pytest

from tests.fakes.gitlab import DEVELOPER, GUEST, MAINTAINER, MINIMAL_ACCESS, OWNER, REPORTER, FakeGitLab
from tests.fakes.gitlab.hand_client import HandClient

# -- lists of groups


async def list_groups(gitlab: FakeGitLab, gitlab_client: HandClient, username: str, query: str = "") -> list[str]:
    seen = await gitlab_client.api(
        f"/groups?{query}&order_by=id".replace("?&", "?"), gitlab.token_for(username, "read_api")
    )
    assert seen.status == 200
    return seen.each("full_path")


async def test_groups_at_a_level_are_direct_ones_and_all_below(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    assert await list_groups(gitlab, gitlab_client, "alice", "min_access_level=30") == [
        "team",
        "team/ops",
        "team/ops/night",
    ]
    assert await list_groups(gitlab, gitlab_client, "bob", "min_access_level=20") == ["team/ops", "team/ops/night"]
    assert await list_groups(gitlab, gitlab_client, "bob", "min_access_level=30") == []
    gitlab.groups["team/ops/night"].add(gitlab.users["bob"], DEVELOPER)
    assert await list_groups(gitlab, gitlab_client, "bob", "min_access_level=30") == ["team/ops/night"]
    assert await list_groups(gitlab, gitlab_client, "alice", "min_access_level=30&all_available=true") == [
        "team",
        "team/ops",
        "team/ops/night",
    ]


async def test_groups_at_a_level_leave_out_what_only_an_invited_group_gives(
    gitlab: FakeGitLab, gitlab_client: HandClient
) -> None:
    """Asking for the member finds it."""
    club = gitlab.world.add_group("club")
    club.invite(gitlab.groups["team"], DEVELOPER)
    assert "club" not in await list_groups(gitlab, gitlab_client, "alice", "min_access_level=10")
    assert "club" in await list_groups(gitlab, gitlab_client, "alice")
    seen = await gitlab_client.api("/groups/club/members/all/11", gitlab.token_for("alice", "read_api"))
    assert seen.json["access_level"] == 30


async def test_plain_list_has_parents_and_groups_of_projects(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    """So it is not a list of memberships: bob has no role in `team`, and carol has only a project there."""
    assert await list_groups(gitlab, gitlab_client, "bob") == ["team", "team/ops", "team/ops/night"]
    assert await list_groups(gitlab, gitlab_client, "carol") == ["team"]
    assert await list_groups(gitlab, gitlab_client, "carol", "min_access_level=10") == []
    assert await list_groups(gitlab, gitlab_client, "carol", "all_available=true") == ["team", "open"]
    assert await list_groups(gitlab, gitlab_client, "bob", "top_level_only=true") == ["team"]
    gitlab.world.add_group("outer")
    gitlab.world.add_group("outer/inner").add(gitlab.world.add_user("dora"))
    assert await list_groups(gitlab, gitlab_client, "dora") == ["outer", "outer/inner"]
    assert await list_groups(gitlab, gitlab_client, "dora", "min_access_level=10") == ["outer/inner"]


async def test_owned_groups(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    gitlab.groups["team/ops"].add(gitlab.users["alice"], OWNER)
    assert await list_groups(gitlab, gitlab_client, "alice", "owned=true") == ["team/ops"]
    assert await list_groups(gitlab, gitlab_client, "alice", "owned=true&min_access_level=10") == ["team/ops"]


async def test_order_of_groups(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    token = gitlab.token_for("alice", "read_api")
    by_name = ["team/ops/night", "team/ops", "team"]
    assert (await gitlab_client.api("/groups", token)).each("full_path") == by_name
    assert (await gitlab_client.api("/groups?sort=desc&order_by=path", token)).each("full_path") == by_name[::-1]


# -- which group


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ("102", 200),
        ("team%2Fops", 200),
        ("team%2fops", 200),
        ("TEAM%2FOps", 200),
        ("team%252Fops", 404),
        ("team/ops", 404),
        ("team%2Fnothing", 404),
        ("ops", 404),
        ("999", 404),
    ],
)
async def test_a_group_is_named_by_id_or_by_its_full_path_quoted_once(
    gitlab: FakeGitLab, gitlab_client: HandClient, wanted: str, status: int
) -> None:
    token = gitlab.token_for("bob", "read_api")
    assert (await gitlab_client.api(f"/groups/{wanted}", token)).status == status
    assert (await gitlab_client.api(f"/groups/{wanted}/members/all/12", token)).status == status


async def test_digits_are_an_id(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    """A group that is called 101 cannot be asked for by its path: 101 is the id of another."""
    gitlab.world.add_group("101").add(gitlab.users["carol"], OWNER)
    seen = await gitlab_client.api("/groups/101", gitlab.token_for("carol", "read_api"))
    assert seen.json["full_path"] == "team"


async def test_what_one_may_not_see_is_not_there(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    stranger = gitlab.world.add_user("dora")
    gitlab.world.add_group("inside", visibility="internal")
    token = gitlab.token_for("dora", "read_api")
    for path in ("/groups/team", "/groups/team/members/all/11", "/groups/team%2Fops/members", "/projects/501"):
        seen = await gitlab_client.api(path, token)
        assert (seen.status, seen.json["message"][:4]) == (404, "404 ")
    assert (await gitlab_client.api("/groups/inside", token)).status == 200
    gitlab.projects["team/app"].add(stranger, GUEST)
    assert (await gitlab_client.api("/groups/team", token)).status == 200
    assert (await gitlab_client.api(f"/groups/team/members/all/{stranger.id}", token)).status == 404


# -- members


async def level(
    gitlab: FakeGitLab, gitlab_client: HandClient, where: str, username: str, asker: str = "alice"
) -> int | None:
    user = gitlab.users[username]
    seen = await gitlab_client.api(f"/{where}/{user.id}", gitlab.token_for(asker, "read_api"))
    if seen.status == 404:
        assert seen.json == {"message": "404 Not found"}
        return None
    assert seen.json["id"] == user.id
    return seen.json["access_level"]


async def test_direct_and_inherited_members(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    night = "groups/team%2Fops%2Fnight/members"
    assert await level(gitlab, gitlab_client, night, "alice") is None
    assert await level(gitlab, gitlab_client, f"{night}/all", "alice") == DEVELOPER
    assert await level(gitlab, gitlab_client, f"{night}/all", "bob") == REPORTER
    assert await level(gitlab, gitlab_client, "groups/team/members/all", "bob") is None  # not upwards
    gitlab.groups["team/ops/night"].add(gitlab.users["alice"], GUEST)
    assert await level(gitlab, gitlab_client, night, "alice") == GUEST
    assert await level(gitlab, gitlab_client, f"{night}/all", "alice") == DEVELOPER  # the highest
    gitlab.groups["team/ops/night"].add(gitlab.users["alice"], OWNER)
    assert await level(gitlab, gitlab_client, f"{night}/all", "alice") == OWNER


async def test_nobody_has_such_an_id(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    token = gitlab.token_for("alice", "read_api")
    assert (await gitlab_client.api("/groups/team/members/all/999", token)).status == 404
    for place in ("groups/team", "projects/501"):
        seen = await gitlab_client.api(f"/{place}/members/all/alice", token)
        assert (seen.status, seen.json) == (400, {"error": "user_id is invalid"})


async def test_a_request_for_access_is_no_membership(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    for where in ("groups/team/members", "groups/team/members/all", "groups/team%2Fops/members/all"):
        assert await level(gitlab, gitlab_client, where, "carol") is None
    gitlab.groups["team"].members[gitlab.users["carol"].id].requested = False
    assert await level(gitlab, gitlab_client, "groups/team%2Fops/members/all", "carol") == DEVELOPER


async def test_minimal_access_is_no_membership(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    gitlab.groups["team"].add(gitlab.users["carol"], MINIMAL_ACCESS)
    for where in ("groups/team/members", "groups/team/members/all", "groups/team%2Fops/members/all"):
        assert await level(gitlab, gitlab_client, where, "carol") is None


async def test_memberships_expire(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    """On the day itself it is over, unless the job that removes it has not run."""

    def noon(day: int) -> float:
        return datetime(2024, 5, day, 12, tzinfo=timezone.utc).timestamp()

    gitlab.groups["team"].add(gitlab.users["bob"], MAINTAINER, date(2024, 5, 10))
    gitlab.clock = lambda: noon(9)
    seen = await gitlab_client.api("/groups/team/members/all/12", gitlab.token_for("alice", "read_api"))
    assert (seen.json["access_level"], seen.json["expires_at"]) == (MAINTAINER, "2024-05-10")
    assert "team" in await list_groups(gitlab, gitlab_client, "bob", "min_access_level=40")
    gitlab.clock = lambda: noon(10)
    assert await level(gitlab, gitlab_client, "groups/team/members/all", "bob") is None
    assert await level(gitlab, gitlab_client, "groups/team%2Fops/members/all", "bob") == REPORTER
    assert await list_groups(gitlab, gitlab_client, "bob", "min_access_level=40") == []
    gitlab.access.expired_are_removed = False
    assert await level(gitlab, gitlab_client, "groups/team/members/all", "bob") == MAINTAINER


async def test_members_of_an_invited_group(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    """Its direct members, at most at the level of the invitation, and in all groups below; not upwards, not forever."""
    gitlab.groups["team"].add(gitlab.users["carol"], OWNER)
    club = gitlab.world.add_group("club")
    inner = gitlab.world.add_group("club/inner")
    share = club.invite(gitlab.groups["team/ops"], MAINTAINER)
    for where in ("groups/club/members/all", "groups/club%2Finner/members/all"):
        assert await level(gitlab, gitlab_client, where, "bob", "bob") == REPORTER
        assert (await gitlab_client.api(f"/{where}/11", gitlab.token_for("alice", "read_api"))).status == 404
    assert await level(gitlab, gitlab_client, "groups/club/members", "bob", "bob") is None
    share.level = GUEST
    assert await level(gitlab, gitlab_client, "groups/club/members/all", "bob", "bob") == GUEST
    share.expires = date(2020, 1, 1)
    assert (await gitlab_client.api("/groups/club", gitlab.token_for("bob", "read_api"))).status == 404
    inner.invite(gitlab.groups["team/ops"], DEVELOPER)
    assert (await gitlab_client.api("/groups/club", gitlab.token_for("bob", "read_api"))).status == 404
    assert await level(gitlab, gitlab_client, "groups/club%2Finner/members/all", "bob", "bob") == REPORTER


async def test_members_of_a_private_invited_group_are_hidden_from_outside(
    gitlab: FakeGitLab, gitlab_client: HandClient
) -> None:
    gitlab.groups["open"].invite(gitlab.groups["team"], DEVELOPER)
    stranger = gitlab.world.add_user("dora")
    assert await level(gitlab, gitlab_client, "groups/open/members/all", "alice", "dora") is None
    listed = await gitlab_client.api("/groups/open/members/all", gitlab.token_for("dora", "read_api"))
    assert listed.json == []
    gitlab.groups["open"].add(stranger, GUEST)
    assert await level(gitlab, gitlab_client, "groups/open/members/all", "alice", "dora") == DEVELOPER


async def test_lists_of_members(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    token = gitlab.token_for("alice", "read_api")
    assert (await gitlab_client.api("/groups/team%2Fops/members", token)).each("username") == ["bob"]
    assert (await gitlab_client.api("/groups/team%2Fops/members/all", token)).each("username") == ["alice", "bob"]
    assert (await gitlab_client.api("/projects/501/members", token)).each("username") == ["carol"]
    assert (await gitlab_client.api("/projects/501/members/all", token)).each("username") == ["alice", "carol"]


async def test_members_of_projects(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    """Direct, by the groups above, and by groups invited there."""
    app, token = gitlab.projects["team/app"], gitlab.token_for("alice", "read_api")
    for where in (f"projects/{app.id}/members/all", "projects/team%2Fapp/members/all"):
        assert await level(gitlab, gitlab_client, where, "alice") == DEVELOPER
        assert await level(gitlab, gitlab_client, where, "carol") == DEVELOPER
        assert await level(gitlab, gitlab_client, where, "bob") is None
    assert await level(gitlab, gitlab_client, f"projects/{app.id}/members", "alice") is None
    assert (await gitlab_client.api("/projects/team%252Fapp/members/all/11", token)).status == 404
    app.invite(gitlab.groups["team/ops"], GUEST)
    assert await level(gitlab, gitlab_client, f"projects/{app.id}/members/all", "bob") == GUEST


async def test_lists_of_projects(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    gitlab.world.add_project("shown", visibility="public")
    token = gitlab.token_for("bob", "read_api")
    for query, paths in (
        ("", ["shown", "team/ops/tools"]),
        ("membership=true", ["team/ops/tools"]),
        ("min_access_level=20", ["team/ops/tools"]),
        ("min_access_level=30", []),
        ("membership=true&min_access_level=30", []),
        ("order_by=id&sort=asc", ["team/ops/tools", "shown"]),
        ("id_after=501&id_before=503", ["team/ops/tools"]),
        ("id_after=502", ["shown"]),
        ("id_before=502", []),
        ("membership=true&id_after=500", ["team/ops/tools"]),
    ):
        assert (await gitlab_client.api(f"/projects?{query}", token)).each("path_with_namespace") == paths
