"""`GitLabOAuthenticator` through a real Hub, by the REST API and as an OpenID provider: what is GitLab's own.

What all providers must do is in tests/contract. Here as there, GitLab is below a path.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from traitlets.config import Config

from oauthenticator_suite import GitLabOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from tests.contract.cases.gitlab import GitLabCase, GitLabOpenIDCase
from tests.fakes.gitlab import (
    DEVELOPER,
    GUEST,
    MAINTAINER,
    MINIMAL_ACCESS,
    OWNER,
    PLANNER,
    REPORTER,
    Email,
    FakeGitLab,
)
from tests.hub.visits import Start, comes_in, kept, refused_with, set_options, signs_in, starting, stays
from tests.support import Time, check_invariants

ASKED_AGAIN = {"enable_auth_state": True, "user_data_max_age": 0}


@pytest.fixture(params=[GitLabCase, GitLabOpenIDCase], ids=["rest", "openid"])
async def case(request: pytest.FixtureRequest) -> AsyncIterator[GitLabCase]:
    """Each test runs in both ways."""
    case: GitLabCase = request.param()
    async with case.fake:
        yield case


@pytest.fixture
def gitlab(case: GitLabCase) -> FakeGitLab:
    return case.fake


@pytest.fixture
def start(case: GitLabCase, hubs: Any) -> Start:
    return starting(case, hubs)


REST = pytest.mark.parametrize("case", [GitLabCase], ids=["rest"], indirect=True)
OPENID = pytest.mark.parametrize("case", [GitLabOpenIDCase], ids=["openid"], indirect=True)


# --- groups ----------------------------------------------------------------------------------------------------------


async def test_who_is_in_a_group(start: Start, gitlab: FakeGitLab) -> None:
    """Direct and inherited members, in either spelling; no user of a group below, next to it, or with a similar name."""
    world, groups = gitlab.world, gitlab.groups
    for path in ("teamx", "team-ops", "other", "other/ops", "team/opsx"):
        world.add_group(path)
    for name, path, level in (
        ("dora", "team/ops/night", OWNER),
        ("eve", "team", GUEST),
        ("frank", "team", MINIMAL_ACCESS),
        ("gina", "teamx", OWNER),
        ("hank", "team-ops", OWNER),
        ("ivan", "other/ops", OWNER),
        ("jack", "team/opsx", OWNER),
    ):
        groups[path].add(world.add_user(name), level)
    groups["team/ops"].request(world.add_user("kate"), OWNER)
    groups["team/ops"].add(world.add_user("leo"), OWNER, expires=gitlab.today() - timedelta(days=1))
    expected = {
        "team/ops": ("alice bob eve", "carol dora frank gina hank ivan jack kate leo"),
        "Team/OPS": ("alice", "dora"),
        "team": ("alice eve", "bob dora frank"),
        "team/ops/night": ("bob dora", "jack"),
        "other/ops": ("ivan", "alice"),
        "ops": ("", "alice ivan"),
        "team%2Fops": ("", "bob"),
        "open": ("", "alice"),  # public, so that everybody sees it
        "nowhere": ("", "alice"),
    }
    hub = await start()
    for path, (inside, outside) in expected.items():
        set_options(hub, allowed_gitlab_groups={path})
        for user in (inside + " " + outside).split():
            assert await comes_in(hub, user) is (user in inside.split()), (user, path)
    check_invariants(hub, gitlab, accounts={"alice", "bob", "dora", "eve", "ivan"})


@pytest.mark.parametrize("inherited", [False, True], ids=["direct", "inherited"])
async def test_roles_in_a_group(start: Start, gitlab: FakeGitLab, inherited: bool) -> None:
    """A user with the least required role is let in; a user with the role below is not."""
    levels = (GUEST, PLANNER, REPORTER, DEVELOPER, MAINTAINER, OWNER)
    club = gitlab.world.add_group("club")
    gitlab.world.add_group("club/room")
    for level in levels:
        club.add(gitlab.world.add_user(f"level-{level}"), level)
    club.add(gitlab.world.add_user("level-5"), MINIMAL_ACCESS)
    hub = await start(allowed_gitlab_groups={"club/room" if inherited else "club"})
    for below, level in zip((MINIMAL_ACCESS, *levels), levels, strict=False):
        if level != PLANNER:
            set_options(hub, minimum_group_access_level=level)
            assert await comes_in(hub, f"level-{level}")
            assert not await comes_in(hub, f"level-{below}")


async def test_members_of_an_invited_group(start: Start, gitlab: FakeGitLab) -> None:
    """They are in no list: each of a few groups is asked about them, by its path, which is quoted once."""
    world = gitlab.world
    for path in ("club", "club/room", "club/room/1"):
        world.add_group(path)
    invitation = gitlab.groups["club/room"].invite(gitlab.groups["team"], REPORTER)
    hub = await start()
    for path, minimum, comes in (
        ("club/room", GUEST, True),
        ("club/room/1", REPORTER, True),
        ("club/room", DEVELOPER, False),  # alice is a Developer at home, and a Reporter here
        ("club", GUEST, False),
    ):
        set_options(hub, allowed_gitlab_groups={path}, minimum_group_access_level=minimum)
        assert await comes_in(hub, "alice") is comes, (path, minimum)
        assert not await comes_in(hub, "bob")  # of a group below the invited one
    number = gitlab.users["alice"].id
    assert f"/gitlab/api/v4/groups/club%2Froom%2F1/members/all/{number}" in {
        call.raw_path for call in gitlab.requests_to("group_member_all")
    }
    set_options(hub, allowed_gitlab_groups={"club/room"}, minimum_group_access_level=GUEST)
    invitation.expires = gitlab.today()
    assert not await comes_in(hub, "alice")
    invitation.expires = None

    asked = gitlab.count("group_member_all")
    set_options(hub, allowed_gitlab_groups={"club/room", *(f"other-{number}" for number in range(8))})
    assert not await comes_in(hub, "alice"), "nine names are too many to be asked about one by one"
    set_options(hub, allowed_gitlab_groups={"club/room", "team"})
    assert await comes_in(hub, "alice")
    assert gitlab.count("group_member_all") == asked, "the list has said it"
    check_invariants(hub, gitlab, accounts={"alice"})


async def test_the_number_of_groups_costs_nothing(start: Start, gitlab: FakeGitLab, case: GitLabCase) -> None:
    """After the browser's return, two round trips for one group or fifty, and for projects and addresses as well."""
    fifty = {f"group-{number}" for number in range(49)} | {"team/ops"}
    projects = {project.id for project in gitlab.projects.values()}
    hub = await start(enable_auth_state=True, collect_emails=True)
    await hub.browser().login("carol")
    for groups, minimum in (({"team/ops"}, GUEST), (fifty, GUEST), (fifty, DEVELOPER)):
        set_options(hub, allowed_gitlab_groups=groups, minimum_group_access_level=minimum, allowed_project_ids=projects)
        before = len(gitlab.calls)
        gitlab.forget_traffic()
        gitlab.round_trip = 0.05
        await signs_in(hub, "alice")
        gitlab.round_trip = 0.0
        assert gitlab.rounds == 2
        asked = [call.endpoint for call in gitlab.calls[before:]]
        expected = ["authorize", "token", case.user_endpoint, "projects", "emails"]
        in_claims = case.user_endpoint == "userinfo" and minimum == GUEST
        assert sorted(asked) == sorted(expected if in_claims else [*expected, "groups"])


async def test_pages_end_when_the_answer_is_known(start: Start, gitlab: FakeGitLab) -> None:
    """Also where GitLab does not count how long a list is; and they are followed on GitLab alone: what a page elsewhere
    has is not known.
    """
    for number in range(250):
        gitlab.world.add_group(f"group-{number:03}").add(gitlab.users["carol"])
    hub = await start(minimum_group_access_level=DEVELOPER)
    others = {f"other-{number}" for number in range(9)}
    for count_limit in (10_000, 200):
        gitlab.count_limit = count_limit
        for wanted, pages in (("group-005", 1), ("group-240", 3)):
            set_options(hub, allowed_gitlab_groups={wanted, *others})
            before = gitlab.count("groups")
            assert await comes_in(hub, "carol")
            assert gitlab.count("groups") - before == pages
    gitlab.faults.on("next-elsewhere", at="groups")
    await refused_with(hub, "carol", 502)
    check_invariants(hub, gitlab, accounts={"carol"})


# --- projects --------------------------------------------------------------------------------------------------------


async def test_who_is_in_a_project(start: Start, gitlab: FakeGitLab) -> None:
    """Developers and up, direct or by a group; one request, whose answer is no longer than it must be."""
    world = gitlab.world
    app, tools = gitlab.projects["team/app"].id, gitlab.projects["team/ops/tools"].id
    public = world.add_project("team/ops/public", visibility="public")
    dora = world.add_user("dora")
    gitlab.projects["team/ops/tools"].add(dora, REPORTER)
    for number in range(300):
        world.add_project(f"mine-{number}").add(world.users["carol"], OWNER)
    last = world.add_project("mine-last")
    last.add(world.users["carol"], OWNER)
    hub = await start()
    for numbers, minimum, inside, outside in (
        ({app}, DEVELOPER, "alice carol", "bob dora"),
        ({str(app)}, DEVELOPER, "carol", "bob"),
        ({tools}, DEVELOPER, "alice", "bob carol dora"),
        ({tools}, REPORTER, "alice bob dora", "carol"),
        ({tools}, MAINTAINER, "", "alice"),
        ({app - 400, last.id}, DEVELOPER, "carol", "alice"),
        ({last.id + 1}, DEVELOPER, "", "carol"),
        ({public.id}, DEVELOPER, "alice", "carol"),  # who only sees it
        ({"team/app"}, DEVELOPER, "", "alice carol"),
    ):
        set_options(hub, allowed_project_ids=numbers, minimum_project_access_level=minimum)
        for user in (inside + " " + outside).split():
            assert await comes_in(hub, user) is (user in inside.split()), (user, numbers, minimum)
    asked = gitlab.count("projects")
    set_options(hub, allowed_project_ids={app, tools}, minimum_project_access_level=DEVELOPER)
    assert await comes_in(hub, "carol")
    (call,) = gitlab.requests_to("projects")[asked:]
    assert (call.fields["id_after"], call.fields["id_before"]) == (str(app - 1), str(tools + 1))
    check_invariants(hub, gitlab, accounts={"alice", "bob", "carol", "dora"})


# --- usernames --------------------------------------------------------------------------------------------------------


async def test_the_user_s_data_have_the_same_names_in_both_ways(start: Start, gitlab: FakeGitLab) -> None:
    gitlab.users["carol"].confirmed = False
    hub = await start(allow_all=True, enable_auth_state=True)
    for name, confirmed in (("alice", True), ("carol", False)):
        await signs_in(hub, name)
        state = await kept(hub, name)
        user, told = gitlab.users[name], state["gitlab_user"]
        assert {
            key: told[key] for key in ("id", "sub", "username", "name", "email", "email_verified", "avatar_url")
        } == {
            "id": user.id,
            "sub": str(user.id),
            "username": name,
            "name": user.name,
            "email": user.email,
            "email_verified": confirmed,
            "avatar_url": gitlab.views.avatar(user),
        }
        assert state["suite"]["subject"] == str(user.id)
    set_options(hub, require_verified_email=True)
    assert await comes_in(hub, "alice")
    assert not await comes_in(hub, "carol")


async def test_collected_addresses(start: Start, gitlab: FakeGitLab) -> None:
    """Confirmed ones alone; if GitLab does not tell, the primary one, and a warning."""
    gitlab.users["alice"].emails = [Email("alice@work.example"), Email("alice@unconfirmed.example", None)]
    gitlab.users["carol"].confirmed = False
    hub = await start(allow_all=True, enable_auth_state=True, collect_emails=True)
    await signs_in(hub, "alice")
    assert sorted((await kept(hub, "alice"))["emails"]) == ["alice@example.org", "alice@work.example"]
    await signs_in(hub, "carol")
    assert (await kept(hub, "carol"))["emails"] == []
    for number, fault in enumerate(("F15", "F26", "rate-limit", "F27-string"), 1):
        gitlab.faults.on(fault, at="emails")
        await signs_in(hub, "alice")
        assert (await kept(hub, "alice"))["emails"] == ["alice@example.org"]
        assert len(hub.log.lines_with("GitLabOAuthenticator: no e-mail addresses")) == number
        gitlab.faults.off()


# --- as an OpenID provider -------------------------------------------------------------------------------------------


@OPENID
async def test_one_request_brings_data_and_groups(start: Start, gitlab: FakeGitLab) -> None:
    hub = await start(scope=["openid", "profile", "email"], allowed_gitlab_groups={"team/ops"}, enable_auth_state=True)
    await hub.log.until("is ready")
    before = len(gitlab.calls)
    await signs_in(hub, "alice")
    assert [call.endpoint for call in gitlab.calls[before:]] == ["authorize", "token", "userinfo"]
    assert not await comes_in(hub, "carol")
    assert gitlab.count("groups") + gitlab.count("group_member_all") == 0
    assert (await kept(hub, "alice"))["gitlab_user"]["groups"] == ["team", "team/ops", "team/ops/night"]
    check_invariants(hub, gitlab, accounts={"alice"})


@OPENID
async def test_groups_of_the_claim_as_groups_of_the_hub(start: Start, gitlab: FakeGitLab) -> None:
    hub = await start(manage_groups=True, auth_state_groups_key="gitlab_user.groups", allow_all=True, **ASKED_AGAIN)
    browser = await signs_in(hub, "bob")
    assert {group.name for group in hub.app.users["bob"].groups} == {"team/ops", "team/ops/night"}
    gitlab.groups["team/ops"].members.clear()
    assert await stays(hub, browser, "bob")
    assert not hub.app.users["bob"].groups


@OPENID
async def test_an_instance_that_does_not_tell_groups_is_asked_by_the_api(start: Start, gitlab: FakeGitLab) -> None:
    gitlab.claims_withheld = {"groups", "groups_direct"}
    hub = await start(allowed_gitlab_groups={"team/ops"})
    assert await comes_in(hub, "alice")
    assert not await comes_in(hub, "carol")
    assert gitlab.count("groups") == 2


@OPENID
@pytest.mark.parametrize("fault", ["F42", "F44", "F48-wrong", "F49-wrong", "F55-wrong"])
async def test_the_id_token_is_verified(start: Start, gitlab: FakeGitLab, fault: str) -> None:
    hub = await start(allow_all=True)
    gitlab.faults.on(fault)
    await refused_with(hub, "alice", 502)
    assert gitlab.count("userinfo") == 0
    check_invariants(hub, gitlab)


# --- staying ---------------------------------------------------------------------------------------------------------


async def test_tokens_are_refreshed_and_what_they_tell_counts(start: Start, gitlab: FakeGitLab) -> None:
    """They last two hours; each refresh token is good once. A membership that ends on a day ends the session then."""
    hub = await start(allowed_gitlab_groups={"team/ops"}, **ASKED_AGAIN)
    time = Time(hub)
    today = gitlab.today()
    gitlab.groups["team"].add(gitlab.users["alice"], DEVELOPER, expires=today + timedelta(days=2))
    browser = await signs_in(hub, "alice")
    tokens = {(await kept(hub, "alice"))["refresh_token"]}
    for _ in range(3):
        time.passes(7200)
        assert await stays(hub, browser, "alice")
        tokens.add((await kept(hub, "alice"))["refresh_token"])
    assert len(tokens) == 4
    assert gitlab.refusals == []
    gitlab.access.today = lambda: today + timedelta(days=2)
    assert not await stays(hub, browser, "alice")
    assert not await comes_in(hub, "alice")

    gitlab.groups["team"].add(gitlab.users["alice"], DEVELOPER)
    await signs_in(hub, "alice", browser)
    gitlab.revoke_everything()
    assert not await stays(hub, browser, "alice")
    check_invariants(hub, gitlab, accounts={"alice"})


@pytest.mark.parametrize("state", ["blocked", "deactivated"])
async def test_who_is_blocked_at_gitlab(start: Start, gitlab: FakeGitLab, state: str) -> None:
    hub = await start(allow_all=True, admin_users={"alice"}, **ASKED_AGAIN)
    browser = await signs_in(hub, "alice")
    gitlab.users["alice"].state = state
    assert not await stays(hub, browser, "alice")
    await refused_with(hub, "alice", 400)
    gitlab.users["alice"].state = "active"
    assert await comes_in(hub, "alice")
    check_invariants(hub, gitlab, accounts={"alice"})


@pytest.mark.parametrize("endpoint", ["user_endpoint", "groups", "projects"])
async def test_a_limit_is_later_and_not_no(start: Start, gitlab: FakeGitLab, case: GitLabCase, endpoint: str) -> None:
    hub = await start(
        allowed_gitlab_groups={"team/ops"},
        minimum_group_access_level=DEVELOPER,
        allowed_project_ids={gitlab.projects["team/app"].id},
        **ASKED_AGAIN,
    )
    time = Time(hub)
    browser = await signs_in(hub, "alice")
    for limit, seconds in (("rate-limit", "60"), ("rate-limit-bare", None)):
        gitlab.faults.on(limit, at=getattr(case, endpoint, endpoint))
        page, line = await refused_with(hub, "alice", 503)
        assert page.headers.get("retry-after") == seconds
        assert "UserLimit" in line
        assert await stays(hub, browser, "alice")
        gitlab.faults.off()
        time.passes(100)
        assert await stays(hub, browser, "alice")
    assert not hub.log.lines_with("The provider does not answer"), "the limit is on one user's token"
    check_invariants(hub, gitlab, accounts={"alice"})


async def test_tokens_are_taken_back_at_a_logout(start: Start, gitlab: FakeGitLab) -> None:
    hub = await start(allow_all=True, enable_auth_state=True, revoke_tokens_on_logout=True)
    browser = await signs_in(hub, "alice")
    assert len(gitlab._access_tokens) == 1
    await browser.open("/hub/logout")
    assert not gitlab._access_tokens
    assert not gitlab._refresh_tokens
    assert gitlab.refusals == []
    check_invariants(hub, gitlab, accounts={"alice"})


# --- scopes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "options", "warned_of"),
    [
        (["read_user"], {"allowed_gitlab_groups": {"team"}}, "allowed_gitlab_groups"),
        (["read_user"], {"allowed_project_ids": {7}}, "allowed_project_ids"),
        (["openid"], {"allowed_project_ids": {7}}, "allowed_project_ids"),
        (
            ["openid"],
            {"allowed_gitlab_groups": {"team"}, "minimum_group_access_level": DEVELOPER},
            "allowed_gitlab_groups",
        ),
        (["openid"], {"allowed_gitlab_groups": {"team"}}, None),
        (["read_api"], {"allowed_gitlab_groups": {"team"}, "allowed_project_ids": {7}}, None),
        (["api"], {"allowed_gitlab_groups": {"team"}, "minimum_group_access_level": OWNER}, None),
        ([], {"allowed_gitlab_groups": {"team"}, "allowed_project_ids": {7}}, None),
    ],
)
def test_a_scope_that_is_missing_is_named_at_the_start(
    scope: list[str], options: dict[str, Any], warned_of: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    config = Config()
    config.GitLabOAuthenticator.update(client_id="c", client_secret="s", scope=scope, **options)
    GitLabOAuthenticator(config=config).check_configuration()
    warnings = [line for line in caplog.messages if "needs the scope" in line]
    assert [f"GitLabOAuthenticator.{warned_of} needs the scope" in line for line in warnings] == (
        [True] if warned_of else []
    )
    assert all("read_api" in line for line in warnings)


@REST
async def test_why_gitlab_tells_nothing_is_in_the_log(start: Start, gitlab: FakeGitLab) -> None:
    hub = await start(scope=["read_user"], allowed_gitlab_groups={"team"}, allowed_project_ids={7})
    assert not await comes_in(hub, "alice")
    (groups,) = hub.log.lines_with("GitLabOAuthenticator.allowed_gitlab_groups: GitLab refused the request")
    (projects,) = hub.log.lines_with("GitLabOAuthenticator.allowed_project_ids: GitLab refused the request")
    for line in (groups, projects):
        assert "HTTP 403: insufficient_scope; The request requires higher privileges" in line
    check_invariants(hub, gitlab)


# --- where GitLab is -------------------------------------------------------------------------------------------------


class AtTheRoot(GitLabOpenIDCase):
    """Not below a path."""

    def make_fake(self) -> FakeGitLab:
        gitlab = FakeGitLab()
        gitlab.client.auth_method = "client_secret_post"
        return gitlab


@pytest.mark.parametrize("case", [AtTheRoot], indirect=True, ids=["root"])
async def test_at_the_root_of_a_host(start: Start, gitlab: FakeGitLab) -> None:
    hub = await start(allowed_gitlab_groups={"team/ops"})
    assert await comes_in(hub, "alice")
    check_invariants(hub, gitlab, accounts={"alice"})


@pytest.mark.parametrize(
    ("traits", "environment", "site", "api"),
    [
        ({}, {}, "https://gitlab.com", "https://gitlab.com/api/v4"),
        ({"gitlab_url": "https://lab.example/git/"}, {}, "https://lab.example/git", "https://lab.example/git/api/v4"),
        ({"url": "https://lab.example/git"}, {}, "https://lab.example/git", "https://lab.example/git/api/v4"),
        ({"gitlab_api_version": "5"}, {}, "https://gitlab.com", "https://gitlab.com/api/v5"),
        ({}, {"GITLAB_HOST": "lab.example"}, "https://lab.example", "https://lab.example/api/v4"),
        (
            {},
            {"GITLAB_URL": "https://lab.example", "GITLAB_HOST": "no"},
            "https://lab.example",
            "https://lab.example/api/v4",
        ),
        ({}, {"GITLAB_API_VERSION": "5"}, "https://gitlab.com", "https://gitlab.com/api/v5"),
        ({"gitlab_api": "https://proxy.example/gl"}, {}, "https://gitlab.com", "https://proxy.example/gl"),
    ],
)
def test_endpoints_follow_from_the_url(
    monkeypatch: pytest.MonkeyPatch, traits: dict[str, str], environment: dict[str, str], site: str, api: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    config = Config()
    config.GitLabOAuthenticator.update(traits)
    rest = GitLabOAuthenticator(config=config)
    assert rest.authorize_url == f"{site}/oauth/authorize"
    assert rest.token_url == f"{site}/oauth/token"
    assert rest.userdata_url == f"{api}/user"
    assert rest.revocation_url == f"{site}/oauth/revoke"
    assert rest.issuer == rest.jwks_url == ""
    config.GitLabOAuthenticator.scope = ["openid"]
    openid = GitLabOAuthenticator(config=config)
    assert openid.userdata_url == f"{site}/oauth/userinfo"
    assert openid.issuer == site
    assert openid.jwks_url == f"{site}/oauth/discovery/keys"


def test_projects_go_by_their_numbers() -> None:
    for projects, right in (({5, "7"}, True), ({"group/project"}, False)):
        gitlab = GitLabOAuthenticator(client_id="hub", client_secret="s", allowed_project_ids=projects)
        if right:
            gitlab.check_configuration()
        else:
            with pytest.raises(ConfigurationError, match="takes the numbers of projects, not group/project"):
                gitlab.check_configuration()
