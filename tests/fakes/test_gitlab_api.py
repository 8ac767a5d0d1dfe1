"""The fake GitLab's REST API is right and strict: checked by python-gitlab, by the fields that GitLab documents, and by
requests that break one rule each."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import gitlab as python_gitlab
import pytest

from tests.fakes.gitlab import DEVELOPER, GUEST, REPORTER, Email, FakeGitLab
from tests.fakes.gitlab.hand_client import HandClient

# The fields of the examples in "Group and project members API", "Groups API", "Projects API", "Users API".
MEMBER = ["id", "username", "name", "state", "avatar_url", "web_url", "access_level", "created_at", "expires_at"]
GROUP = [
    "id",
    "name",
    "path",
    "description",
    "visibility",
    "full_name",
    "full_path",
    "web_url",
    "parent_id",
    "created_at",
]
PROJECT = ["id", "name", "path", "name_with_namespace", "path_with_namespace", "visibility", "web_url", "created_at"]
USER = [
    "id",
    "username",
    "name",
    "state",
    "avatar_url",
    "web_url",
    "email",
    "public_email",
    "confirmed_at",
    "created_at",
    "external",
    "bot",
]


# -- an independent client


def walk_with_python_gitlab(url: str, token: str) -> dict[str, Any]:
    with python_gitlab.Gitlab(url, oauth_token=token) as site:
        site.auth()
        assert site.user is not None
        night = site.groups.get("team/ops/night")
        app = site.projects.get("team/app")
        return {
            "user": (site.user.username, site.user.id),
            "emails": [email.email for email in site.user.emails.list(get_all=True)],
            "groups": [group.full_path for group in site.groups.list(min_access_level=REPORTER, get_all=True)],
            "many": len(site.groups.list(all_available=True, get_all=True)),
            "members": {member.username: member.access_level for member in night.members_all.list(get_all=True)},
            "direct": [member.username for member in night.members.list(get_all=True)],
            "me": night.members_all.get(site.user.id).access_level,
            "projects": [
                project.path_with_namespace
                for project in site.projects.list(membership=True, min_access_level=DEVELOPER, get_all=True)
            ],
            "me in app": app.members_all.get(site.user.id).access_level,
        }


@pytest.mark.parametrize("path", ["", "/gitlab"])
async def test_python_gitlab_walks_groups_members_and_projects(path: str) -> None:
    async with FakeGitLab(path=path) as gitlab:
        for number in range(45):
            gitlab.world.add_group(f"open-{number}", visibility="public")
        token = gitlab.token_for("alice", "read_api")
        seen = await asyncio.to_thread(walk_with_python_gitlab, gitlab.issuer, token)
        assert seen == {
            "user": ("alice", 11),
            "emails": ["alice@example.org"],
            "groups": ["team/ops/night", "team/ops", "team"],
            "many": 49,
            "members": {"alice": 30, "bob": 20},
            "direct": [],
            "me": 30,
            "projects": ["team/ops/tools", "team/app"],
            "me in app": 30,
        }
        assert gitlab.refusals == []
        assert gitlab.count("groups") == 1 + 3


# -- tokens and scopes


@pytest.mark.parametrize(
    ("path", "enough", "too_little"),
    [
        ("/user", ("read_user", "read_api", "api"), ("openid", "profile", "email")),
        ("/user/emails", ("read_user", "read_api", "api"), ("openid", "email")),
        ("/groups", ("read_api", "api"), ("read_user", "openid")),
        ("/groups/team", ("read_api", "api"), ("read_user",)),
        ("/groups/team/members/11", ("read_api", "api"), ("read_user",)),
        ("/groups/team/members/all/11", ("read_api", "api"), ("read_user",)),
        ("/projects", ("read_api", "api"), ("read_user",)),
        ("/projects/501/members/all/11", ("read_api", "api"), ("read_user",)),
    ],
)
async def test_scopes(
    gitlab: FakeGitLab, gitlab_client: HandClient, path: str, enough: tuple[str, ...], too_little: tuple[str, ...]
) -> None:
    """`read_user` opens what is below /user; memberships need `read_api`."""
    for scope in enough:
        assert (await gitlab_client.api(path, gitlab.token_for("alice", scope))).status == 200
    for scope in too_little:
        seen = await gitlab_client.api(path, gitlab.token_for("alice", scope))
        assert (seen.status, seen.json["error"]) == (403, "insufficient_scope")
        assert set(seen.json["scope"].split()) == set(enough)


async def test_tokens(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    token = gitlab.token_for("alice", "api")
    for headers in (
        {},
        {"Authorization": "Bearer unknown"},
        {"Authorization": f"Basic {token}"},
        {"Private-Token": token},
    ):
        seen = await gitlab_client.api("/user", **headers)
        assert (seen.status, seen.json) == (401, {"message": "401 Unauthorized"})
    assert (await gitlab_client.api(f"/user?access_token={token}")).status == 401
    assert (
        await gitlab_client.request("POST", f"{gitlab.api_url}/groups", {"Authorization": f"Bearer {token}"})
    ).status == 405
    unknown = await gitlab_client.api("/nothing/here", token)
    assert (unknown.status, unknown.json) == (404, {"error": "404 Not Found"})
    del gitlab.users["alice"]
    assert (await gitlab_client.api("/user", token)).status == 401


@pytest.mark.parametrize("state", ["blocked", "deactivated"])
async def test_who_is_blocked_is_told_so(gitlab: FakeGitLab, gitlab_client: HandClient, state: str) -> None:
    token = gitlab.token_for("alice", "api")
    gitlab.users["alice"].state = state
    for path in ("/user", "/groups", "/groups/open"):
        seen = await gitlab_client.api(path, token)
        assert seen.status == 403
        assert f"has been {state}" in seen.json["message"]


async def test_nobody_sees_what_is_public(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    """A client that forgets its token gets a list, not an error."""
    gitlab.world.add_group("inside", visibility="internal")
    gitlab.world.add_project("shown", visibility="public")
    assert (await gitlab_client.api("/groups?min_access_level=30")).each("full_path") == ["open"]
    assert (await gitlab_client.api("/projects")).each("path_with_namespace") == ["shown"]
    assert (await gitlab_client.api("/groups/open")).status == 200
    for path in ("/groups/inside", "/groups/team", "/projects/501"):
        assert (await gitlab_client.api(path)).status == 404
    for path in ("/groups/open/members", "/groups/open/members/all/11", "/user"):
        assert (await gitlab_client.api(path)).status == 401


# -- fields


async def test_documented_fields(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    token = gitlab.token_for("alice", "read_api")
    gitlab.groups["team"].invite(gitlab.groups["open"], GUEST, date(2999, 1, 1))
    for path, fields in (
        ("/user", USER),
        ("/groups/team", [*GROUP, "shared_with_groups"]),
        ("/groups/team/members/all/11", MEMBER),
        ("/projects/501", PROJECT),
    ):
        assert set(fields) <= set((await gitlab_client.api(path, token)).json)
    group = (await gitlab_client.api("/groups/team%2Fops", token)).json
    assert (group["id"], group["parent_id"], group["full_name"]) == (102, 101, "Team / Ops")
    shared = (await gitlab_client.api("/groups/team", token)).json["shared_with_groups"]
    assert [(share["group_full_path"], share["group_access_level"], share["expires_at"]) for share in shared] == [
        ("open", 10, "2999-01-01")
    ]


async def test_emails(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    """The primary one as soon as it is confirmed; others with the time of their confirmation, or without."""
    alice, token = gitlab.users["alice"], gitlab.token_for("alice", "read_user")
    alice.emails = [Email("second@example.org"), Email("new@example.org", None)]
    listed = (await gitlab_client.api("/user/emails", token)).json
    assert [(email["email"], email["confirmed_at"] is None) for email in listed] == [
        ("alice@example.org", False),
        ("second@example.org", False),
        ("new@example.org", True),
    ]
    assert (await gitlab_client.api("/user", token)).json["confirmed_at"] is not None
    alice.confirmed = False
    assert (await gitlab_client.api("/user", token)).json["confirmed_at"] is None
    assert (await gitlab_client.api("/user/emails", token)).each("email") == ["second@example.org", "new@example.org"]


@pytest.mark.parametrize(
    "query",
    [
        "min_access_level=31",
        "min_access_level=Developer",
        "min_access=30",
        "all_available=maybe",
        "order_by=size",
        "sort=up",
        "page=x",
        "per_page=0",
        "page=1&page=2",
    ],
)
async def test_parameters_that_make_no_sense(gitlab: FakeGitLab, gitlab_client: HandClient, query: str) -> None:
    for path in ("/groups", "/projects"):
        seen = await gitlab_client.api(f"{path}?{query}", gitlab.token_for("alice", "read_api"))
        assert seen.status == 400
        assert set(seen.json) == {"error"}


# -- pages and limits


async def test_pages(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    for number in range(45):
        gitlab.world.add_group(f"open-{number:02}", visibility="public")
    token = gitlab.token_for("carol", "read_api")
    first = await gitlab_client.api("/groups?all_available=true", token)
    headers = {name: first.headers[f"x-{name}"] for name in ("page", "per-page", "prev-page", "next-page", "total")}
    assert headers == {"page": "1", "per-page": "20", "prev-page": "", "next-page": "2", "total": "47"}
    assert set(first.links) == {"next", "first", "last"}
    second = await gitlab_client.get(first.links["next"], token)
    assert set(second.links) == {"prev", "next", "first", "last"}
    third = await gitlab_client.get(second.links["next"], token)
    assert (third.headers["x-next-page"], third.headers["x-prev-page"]) == ("", "2")
    assert set(third.links) == {"prev", "first", "last"}
    assert [len(page.json) for page in (first, second, third)] == [20, 20, 7]
    names = [name for page in (first, second, third) for name in page.each("full_path")]
    assert len(set(names)) == 47
    assert parse_qs(urlsplit(first.links["last"]).query) == {
        "all_available": ["true"],
        "per_page": ["20"],
        "page": ["3"],
    }
    assert len((await gitlab_client.api("/groups?all_available=true&per_page=30", token)).json) == 30


async def test_pages_have_at_most_100(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    for number in range(120):
        gitlab.world.add_group(f"open-{number}", visibility="public")
    token = gitlab.token_for("carol", "read_api")
    seen = await gitlab_client.api("/groups?all_available=true&per_page=1000", token)
    assert (len(seen.json), seen.headers["x-per-page"]) == (100, "100")


async def test_links_keep_a_quoted_path_and_the_instances_path(gitlab_client: HandClient) -> None:
    async with FakeGitLab(path="/gitlab") as below:
        for number in range(30):
            below.groups["team/ops"].add(below.world.add_user(f"user-{number}"))
        gitlab_client.gitlab = below
        seen = await gitlab_client.api("/groups/team%2Fops/members", below.token_for("bob", "read_api"))
        assert seen.links["next"].startswith(f"{below.issuer}/api/v4/groups/team%2Fops/members?")


async def test_very_long_lists_come_without_their_length(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    gitlab.count_limit = 2
    seen = await gitlab_client.api("/groups", gitlab.token_for("alice", "read_api"))
    assert len(seen.json) == 3
    assert "x-total" not in seen.headers
    assert "last" not in seen.links


async def test_faults_of_pages(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    token = gitlab.token_for("alice", "read_api")
    gitlab.faults.on("next-elsewhere", at="groups", times=1)
    assert (await gitlab_client.api("/groups", token)).links["next"].startswith(gitlab.elsewhere)
    gitlab.faults.on("next-is-first", at="groups", times=1)
    seen = await gitlab_client.api("/groups?per_page=1", token)
    assert parse_qs(urlsplit(seen.links["next"]).query)["page"] == ["1"]


async def test_rate_limit(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    gitlab.requests_left = 1
    token = gitlab.token_for("alice", "read_api")
    assert (await gitlab_client.api("/user", token)).status == 200
    seen = await gitlab_client.api("/user", token)
    assert (seen.status, seen.body) == (429, "Retry later\n")
    assert (seen.headers["retry-after"], seen.headers["ratelimit-remaining"]) == ("60", "0")
    assert 0 < int(seen.headers["ratelimit-reset"]) - gitlab.clock() <= 60


@pytest.mark.parametrize(("fault", "retry_after"), [("rate-limit", "60"), ("rate-limit-bare", None), ("F17", "7")])
async def test_limits_as_faults(
    gitlab: FakeGitLab, gitlab_client: HandClient, fault: str, retry_after: str | None
) -> None:
    token = gitlab.token_for("alice", "read_api")
    gitlab.faults.on(fault, at="groups", times=1)
    assert (await gitlab_client.api("/user", token)).status == 200
    seen = await gitlab_client.api("/groups", token)
    assert (seen.status, seen.headers.get("retry-after")) == (429, retry_after)
    assert (await gitlab_client.api("/groups", token)).status == 200
