"""`GitHubOAuthenticator` through a real Hub: what is GitHub's own. What all providers must do is in tests/contract."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from traitlets.config import Config

from oauthenticator_suite import GitHubOAuthenticator
from tests.contract.cases.github import GitHubCase
from tests.fakes.github import Email, FakeGitHub
from tests.fakes.openid_provider import Fault
from tests.fakes.openid_provider.bending import reply_is
from tests.hub.visits import Start, comes_in, kept, refused_with, set_options, signs_in, starting, stays
from tests.support import Time, check_invariants, reference_on

TEAMS = {"allow_all": True, "enable_auth_state": True, "populate_teams_in_auth_state": True}
ASKED_AGAIN = {"enable_auth_state": True, "user_data_max_age": 0}


@pytest.fixture
async def case() -> AsyncIterator[GitHubCase]:
    case = GitHubCase()
    async with case.fake:
        yield case


@pytest.fixture
def github(case: GitHubCase) -> FakeGitHub:
    return case.fake


@pytest.fixture
def start(case: GitHubCase, hubs: Any) -> Start:
    return starting(case, hubs)


@pytest.fixture
async def app() -> AsyncIterator[GitHubCase]:
    """A GitHub App in place of the OAuth App."""
    case = GitHubCase()
    case.fake.github_app = True
    async with case.fake:
        yield case


# --- organizations and teams -----------------------------------------------------------------------------------------


async def test_who_is_in_an_organization_or_a_team(start: Start, github: FakeGitHub) -> None:
    """By either spelling. Members of teams below count, at any depth; invited users do not."""
    world = github.world
    dora, eve, frank = (world.add_user(login) for login in ("dora", "Eve", "frank"))
    lab = github.orgs["lab"]
    lab.add_team("ops-roof", dora, parent="ops-night")
    lab.add_team("ops-antenna", eve, parent="ops-roof")
    lab.add_team("secret", dora, privacy="secret")
    lab.teams["ops"].add(github.users["carol"], state="pending")
    world.add_org("another", frank).add_team("ops", frank)
    everybody = {"alice", "bob", "carol", "dora", "Eve", "frank"}
    expected: dict[str, set[str]] = {
        "lab": {"alice", "bob", "dora", "Eve"},
        "LAB": {"alice", "bob", "dora", "Eve"},
        "lab:ops": {"alice", "bob", "dora", "Eve"},  # of dora and Eve GitHub's list does not tell
        "Lab:Ops": {"alice", "bob", "dora", "Eve"},
        "lab:ops-night": {"bob", "dora", "Eve"},
        "lab:ops-roof": {"dora", "Eve"},
        "lab:ops-antenna": {"Eve"},
        "lab:secret": {"dora"},
        "another:ops": {"frank"},
        "ops": set(),
        "lab:nothing": set(),
        "nowhere": set(),
        "nowhere:ops": set(),
        "la": set(),
    }
    hub = await start()
    for name, members in expected.items():
        set_options(hub, allowed_organizations={name})
        assert {user for user in everybody if await comes_in(hub, user)} == members, name
    assert not [line for line in github.refusals if not line.endswith("404 Not Found")]
    check_invariants(hub, github, accounts=set().union(*expected.values()) - {"Eve"} | {"eve"})

    asked = len(github.calls)
    set_options(hub, allowed_organizations={"lab:ops"})
    assert await comes_in(hub, "bob")
    endpoints = {call.endpoint for call in github.calls[asked:]}
    assert endpoints == {"authorize", "token", "user", "emails", "teams"}, "the list tells of the team above"


async def test_a_team_far_above_is_asked_for_by_the_name_that_github_knows(start: Start, github: FakeGitHub) -> None:
    """`username_map` neither adds another user's teams nor removes the user's."""
    dora = github.world.add_user("dora")
    github.orgs["lab"].add_team("ops-roof", dora, parent="ops-night")
    hub = await start(allowed_organizations={"lab:ops"}, username_map={"dora": "night", "carol": "dora"})
    assert await comes_in(hub, "dora")
    assert not await comes_in(hub, "carol")
    assert {call.path.rpartition("/")[2] for call in github.requests_to("team_membership")} == {"dora"}
    check_invariants(hub, github, accounts={"night"})


async def test_an_account_is_a_number(start: Start, github: FakeGitHub) -> None:
    """A login that was given up and taken by another user is another person's: 409, as long as auth_state is kept."""
    hub = await start(allow_all=True, enable_auth_state=True, allowed_organizations={"lab:ops-night"})
    await signs_in(hub, "alice")
    record = (await kept(hub, "alice"))["suite"]
    assert record["subject"] == str(github.users["alice"].id)
    assert record["memberships"] == {"organization": []}, "being in lab is not what was asked"
    github.world.rename_user("alice", "Alice-Married")
    newcomer = github.world.add_user("alice")
    await refused_with(hub, "alice", 409)
    await signs_in(hub, "Alice-Married")
    set_options(hub, enable_auth_state=False)
    await signs_in(hub, "alice")
    assert newcomer.id != github.users["Alice-Married"].id
    check_invariants(hub, github, accounts={"alice", "alice-married"})


async def test_the_number_of_rules_costs_nothing(start: Start, github: FakeGitHub) -> None:
    """One organization or fifty, and fifty teams: a list each, at the same time as the user."""
    hub = await start(allowed_organizations={"lab"})
    names = {f"org-{number}" for number in range(49)} | {"lab"}
    for wanted, asked in (({"lab"}, 4), (names, 4), (names | {f"{name}:ops" for name in names}, 5)):
        set_options(hub, allowed_organizations=wanted)
        before = len(github.calls)
        github.forget_traffic()
        github.round_trip = 0.05
        await signs_in(hub, "alice")
        assert len(github.calls) - before == asked + 1, "authorize, token, user, emails, lists"
        assert github.rounds == 2
        github.round_trip = 0.0


async def test_pages_end_when_the_answer_is_known(start: Start, github: FakeGitHub) -> None:
    dora = github.world.add_user("dora")
    for number in range(250):
        github.world.add_org(f"org-{number:03}", dora).add_team("all", dora)
    hub = await start()
    for wanted, organizations, teams in (
        ({"org-005"}, 1, 0),
        ({"org-240"}, 3, 0),
        ({"org-005:all"}, 0, 1),
        ({"org-240:all"}, 0, 3),
        ({"org-005", "org-240:all"}, 1, 3),
    ):
        set_options(hub, allowed_organizations=wanted)
        before = github.count("orgs"), github.count("teams")
        await signs_in(hub, "dora")
        assert (github.count("orgs") - before[0], github.count("teams") - before[1]) == (organizations, teams), wanted


async def test_pages_are_followed_on_github_alone(start: Start, github: FakeGitHub) -> None:
    """A next page on another host would be given the token; one that leads back would never end. What is on it is not
    known, so the login is refused as an answer that cannot be read.
    """
    dora = github.world.add_user("dora")
    for number in range(150):
        github.world.add_org(f"org-{number:03}", dora)
    hub = await start(allowed_organizations={"org-120", *(f"other-{number}" for number in range(9))})
    github.faults.on("next-elsewhere", at="orgs")
    await refused_with(hub, "dora", 502)
    assert github.faults.applied["next-elsewhere"] == 1
    github.faults.off()
    github.faults.on("next-is-first", at="orgs")
    assert await comes_in(hub, "dora")
    check_invariants(hub, github, accounts={"dora"})


async def test_many_teams_are_kept_in_short(start: Start, github: FakeGitHub) -> None:
    """All pages after the first side by side, and never more than eight requests at once."""
    dora = github.world.add_user("dora")
    lab = github.orgs["lab"]
    for number in range(500):
        lab.add_team(f"team-{number:03}", dora, parent="ops")
    hub = await start(**TEAMS)
    github.round_trip = 0.05
    await signs_in(hub, "dora")
    assert github.count("teams") == 5
    assert github.rounds == 3, "the token, the first page, all others"
    teams = (await kept(hub, "dora"))["teams"]
    assert [team["slug"] for team in teams] == [f"team-{number:03}" for number in range(500)]
    assert teams[0]["organization"] == {"id": lab.id, "login": "lab"}
    assert teams[0]["parent"] == {"id": lab.teams["ops"].id, "slug": "ops", "name": "Ops"}
    assert "http" not in json.dumps(teams)
    for number in range(500, 1150):
        lab.add_team(f"team-{number:03}", dora)
    github.forget_traffic()
    await signs_in(hub, "dora")
    assert github.count("teams") == 5 + 12
    assert github.most_at_once == 8
    assert len((await kept(hub, "dora"))["teams"]) == 1150
    assert github.refusals == []


async def test_teams_as_groups(start: Start, github: FakeGitHub) -> None:
    hub = await start(
        **TEAMS,
        user_data_max_age=0,
        manage_groups=True,
        auth_state_groups_key=lambda auth_state: [
            f"{team['organization']['login']}:{team['slug']}" for team in auth_state["teams"]
        ],
    )
    browser = await signs_in(hub, "bob")
    assert {group.name for group in hub.app.users["bob"].groups} == {"lab:ops-night"}
    github.team("lab", "ops-night").members.clear()
    github.team("lab", "ops").add(github.users["bob"])
    assert await stays(hub, browser, "bob")
    assert {group.name for group in hub.app.users["bob"].groups} == {"lab:ops"}


# --- what GitHub does not tell ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["allowed_organizations", "populate_teams_in_auth_state"])
def test_a_scope_that_is_missing_is_named_at_the_start(option: str, caplog: pytest.LogCaptureFixture) -> None:
    def warnings(*scope: str, client_id: str = "Ov23li0123456789abcd") -> list[str]:
        caplog.clear()
        config = Config()
        config.GitHubOAuthenticator.update(client_id=client_id, client_secret="s", scope=list(scope))
        config.GitHubOAuthenticator[option] = {"lab"} if option == "allowed_organizations" else True
        GitHubOAuthenticator(config=config).check_configuration()
        return [line for line in caplog.messages if option in line]

    for scope in ((), ("user:email",), ("user", "repo")):
        (line,) = warnings(*scope)
        assert "read:org" in line
        assert "GitHubOAuthenticator.scope" in line
    for organization_scope in ("read:org", "write:org", "admin:org"):
        assert not warnings("user:email", organization_scope)
    assert not warnings(client_id="Iv1.0123456789abcdef"), "a GitHub App has permissions instead"


async def test_why_github_tells_nothing_is_in_the_log(start: Start, github: FakeGitHub) -> None:
    """No user is let in, the page blames no user, and the log tells the operator what to do."""
    lab = github.orgs["lab"]
    hub = await start(allowed_organizations={"lab", "students"})
    assert await comes_in(hub, "alice")
    for trouble, reason in (
        ({"restricted": True}, "has enabled OAuth App access restrictions"),
        ({"saml": True}, "Resource protected by organization SAML enforcement"),
    ):
        for names in ({"lab"}, {"lab:ops"}):
            lab.restricted, lab.saml = trouble.get("restricted", False), trouble.get("saml", False)
            set_options(hub, allowed_organizations=names)
            before = len(hub.log.lines_with(reason))
            assert not await comes_in(hub, "alice")
            (line,) = hub.log.lines_with(reason)[before:]
            assert line.startswith("WARNING")
            assert "c.GitHubOAuthenticator.allowed_organizations: GitHub refused the request" in line
            assert "membership of lab: HTTP 403" in line
    lab.restricted = lab.saml = False

    github.scopes_withheld = {"read:org"}
    assert not await comes_in(hub, "alice")
    assert len(hub.log.lines_with("GitHub refused the request: the user's teams: HTTP 403: This token has none")) == 1
    github.scopes_withheld = set()

    set_options(hub, allowed_organizations={"lab"})
    assert not await comes_in(hub, "carol")
    assert len(hub.log.lines_with("carol is invited to lab, and has not accepted")) == 1
    check_invariants(hub, github, accounts={"alice"})


async def test_an_app_that_may_not_read_members(app: GitHubCase, hubs: Any) -> None:
    hub = await starting(app, hubs)(allowed_organizations={"lab"})
    assert await comes_in(hub, "alice")
    app.fake.permissions = {"emails"}
    assert not await comes_in(hub, "alice")
    assert len(hub.log.lines_with("Resource not accessible by integration")) == 1
    app.fake.permissions = {"emails", "members"}
    app.fake.orgs["lab"].installed = False
    assert not await comes_in(hub, "alice")
    assert len(hub.log.lines_with("membership of lab: HTTP 403: Resource not accessible by integration")) == 1
    check_invariants(hub, app.fake, accounts={"alice"})


# --- a limit that is used up -----------------------------------------------------------------------------------------

BARE = Fault(
    "a secondary limit without headers",
    "",
    "",
    reply_is(403, {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}),
)
LIMITS = pytest.mark.parametrize(
    ("limit", "seconds"), [("rate-limit", 1800), ("rate-limit-429", 1800), ("secondary-limit", 60), (BARE, 60)]
)


@LIMITS
async def test_a_limit_is_later_and_not_no(start: Start, github: FakeGitHub, limit: str | Fault, seconds: int) -> None:
    """At a login a page says when to come back. Signed-in users stay, and GitHub is not asked for a while."""
    hub = await start(allowed_organizations={"lab", "lab:ops"}, **ASKED_AGAIN)
    time = Time(hub)
    browser = await signs_in(hub, "alice")
    for endpoint in ("user", "orgs", "teams"):
        github.faults.on(limit, at=endpoint)
        page, line = await refused_with(hub, "bob", 503)
        assert "very many requests at the moment" in page.text
        assert int(page.headers["retry-after"]) in (seconds - 1, seconds)
        assert "UserLimit" in line
        assert await stays(hub, browser, "alice")
        asked = len(github.calls)
        time.passes(50)
        assert await stays(hub, browser, "alice")
        assert len(github.calls) == asked, "not before GitHub has said"
        github.faults.off()
        time.passes(seconds)
        assert await stays(hub, browser, "alice")
        assert len(github.calls) > asked
    assert not hub.log.lines_with("The provider does not answer"), "the limit is on one user's token"
    check_invariants(hub, github, accounts={"alice"})


async def test_a_real_limit(start: Start, github: FakeGitHub) -> None:
    """The last request is answered, the next one not."""
    hub = await start(allowed_organizations={"lab"})
    github.requests_left, github.rate_limit_status = 1, 429
    page = await hub.browser().login("alice")
    assert page.status == 503
    reference_on(page, hub)
    github.requests_left = 5000
    assert await comes_in(hub, "alice")


# --- e-mail addresses ------------------------------------------------------------------------------------------------


async def test_addresses(start: Start, github: FakeGitHub) -> None:
    """The primary one stands in for a public one; only verified ones are kept; without the scope none are asked for."""
    users = github.users
    users["alice"].emails.insert(0, Email("alice@work.example"))
    users["alice"].emails.append(Email("alice@unverified.example", verified=False))
    users["bob"].email = "bob@public.example"
    users["bob"].emails.append(Email("bob@public.example"))
    users["carol"].emails[0].verified = False
    hub = await start(allow_all=True, enable_auth_state=True, collect_emails=True)
    for name, email, verified, collected in (
        ("alice", "alice@example.org", True, ["alice@example.org", "alice@work.example"]),
        ("bob", "bob@public.example", True, ["bob@example.org", "bob@public.example"]),
        ("carol", None, None, []),
    ):
        await signs_in(hub, name)
        state = await kept(hub, name)
        assert (state["github_user"].get("email"), state["github_user"].get("email_verified")) == (email, verified)
        assert state["emails"] == collected
    users["bob"].emails[1].verified = False
    await signs_in(hub, "bob")
    assert (await kept(hub, "bob"))["github_user"]["email_verified"] is False

    asked = github.count("emails")
    github.scopes_withheld = {"user:email"}
    await signs_in(hub, "alice")
    state = await kept(hub, "alice")
    assert (state["github_user"]["email"], state["emails"]) == (None, [])
    assert github.count("emails") == asked
    check_invariants(hub, github, accounts={"alice", "bob", "carol"})


async def test_addresses_that_github_does_not_tell_are_a_warning(start: Start, github: FakeGitHub) -> None:
    hub = await start(allow_all=True, enable_auth_state=True, collect_emails=True)
    for number, fault in enumerate(("F15", "F25", "F26", "F3", "rate-limit", "F27-null"), 1):
        github.faults.on(fault, at="emails")
        await signs_in(hub, "alice")
        assert (await kept(hub, "alice"))["emails"] == ([] if fault != "F25" else ["alice@example.org"])
        warnings = hub.log.lines_with("GitHubOAuthenticator: no e-mail addresses: the user's e-mail addresses")
        assert len(warnings) == number - (number > 1), warnings
        github.faults.off()


@pytest.mark.parametrize(
    "restriction",
    [{"require_verified_email": True}, {"allowed_email_domains": {"example.org"}}],
    ids=lambda r: next(iter(r)),
)
@pytest.mark.parametrize(
    "way", [{"allow_all": True}, {"admin_users": {"alice", "carol"}}], ids=lambda way: next(iter(way))
)
async def test_restrictions_on_addresses(
    start: Start, github: FakeGitHub, restriction: dict[str, Any], way: dict[str, Any]
) -> None:
    """They hold at the login and at each refresh; an outage of the list of addresses is not the user's fault."""
    github.users["carol"].emails = [Email("carol@example.org", primary=True, verified=False)]
    if "allowed_email_domains" in restriction:
        github.users["carol"].emails.append(Email("carol@sub.example.org"))
    hub = await start(**restriction, **way, **ASKED_AGAIN)
    time = Time(hub)
    browser = await signs_in(hub, "alice")
    assert not await comes_in(hub, "carol")
    assert await stays(hub, browser, "alice")

    github.faults.on("F15", at="emails")
    await refused_with(hub, "alice", 502)
    assert await stays(hub, browser, "alice")
    github.faults.off()
    time.passes(60)
    assert await stays(hub, browser, "alice")

    github.users["alice"].emails[0].verified = False
    assert not await stays(hub, browser, "alice")
    assert not await comes_in(hub, "alice")
    github.users["alice"].emails[0].verified = True
    github.scopes_withheld = {"user:email"}
    assert not await comes_in(hub, "alice")
    check_invariants(hub, github, accounts={"alice", *hub.authenticator.admin_users})


# --- a GitHub App ----------------------------------------------------------------------------------------------------


async def test_a_github_app_s_tokens_are_refreshed(app: GitHubCase, hubs: Any) -> None:
    """They end after eight hours; each refresh token is good once, and the new ones are kept."""
    github = app.fake
    hub = await starting(app, hubs)(allowed_organizations={"lab"}, enable_auth_state=True)
    time = Time(hub)
    github.clock = time.now
    browser = await signs_in(hub, "alice")
    first = await kept(hub, "alice")
    tokens = [(first["access_token"], first["refresh_token"])]
    for _ in range(3):
        time.passes(8 * 3600)
        assert await stays(hub, browser, "alice")
        state = await kept(hub, "alice")
        assert state["token_response"]["refresh_token"] == state["refresh_token"]
        tokens.append((state["access_token"], state["refresh_token"]))
    assert len({token for pair in tokens for token in pair}) == 8
    assert github.count("token") == 4
    assert github.refusals == []
    github.orgs["lab"].members.clear()
    time.passes(3600)
    assert not await stays(hub, browser, "alice")

    github.orgs["lab"].add(github.users["alice"])
    await signs_in(hub, "alice", browser)
    time.passes(8 * 3600)
    github.revoke_everything()
    assert not await stays(hub, browser, "alice")
    assert github.refusals[1:] == ["token: bad_refresh_token: The refresh token passed is incorrect or expired."]
    check_invariants(hub, github, accounts={"alice"})


async def test_a_github_app_whose_tokens_do_not_expire(app: GitHubCase, hubs: Any) -> None:
    app.fake.expiring_tokens = False
    hub = await starting(app, hubs)(allow_all=True, **ASKED_AGAIN)
    time = Time(hub)
    app.fake.clock = time.now
    browser = await signs_in(hub, "alice")
    assert (await kept(hub, "alice"))["refresh_token"] is None
    time.passes(30 * 86400)
    assert await stays(hub, browser, "alice")
    assert app.fake.count("token") == 1


async def test_a_github_app_is_asked_for_addresses_when_they_are_wanted(app: GitHubCase, hubs: Any) -> None:
    """Its tokens have no scopes: what it may read is chosen at GitHub, and what the Hub wants by the options."""
    hub = await starting(app, hubs)(allow_all=True, scope=[], enable_auth_state=True)
    await signs_in(hub, "alice")
    assert app.fake.count("emails") == 0
    for options in ({"scope": ["user:email"]}, {"scope": [], "require_verified_email": True}):
        set_options(hub, **options)
        await signs_in(hub, "alice")
        assert (await kept(hub, "alice"))["github_user"]["email_verified"] is True
    app.fake.permissions = {"members"}
    assert not await comes_in(hub, "alice")
    assert len(hub.log.lines_with("no e-mail addresses: the user's e-mail addresses: HTTP 403")) == 1


# --- where GitHub is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "site", "api"),
    [
        ("https://github.com", "https://github.com", "https://api.github.com"),
        ("https://github.com/", "https://github.com", "https://api.github.com"),
        ("https://git.example.org", "https://git.example.org", "https://git.example.org/api/v3"),
        ("https://git.example.org/", "https://git.example.org", "https://git.example.org/api/v3"),
        ("https://git.example.org:8443", "https://git.example.org:8443", "https://git.example.org:8443/api/v3"),
        ("https://octocorp.ghe.com", "https://octocorp.ghe.com", "https://api.octocorp.ghe.com"),
        ("https://notgithub.com", "https://notgithub.com", "https://notgithub.com/api/v3"),
    ],
)
def test_endpoints_follow_from_the_url(url: str, site: str, api: str) -> None:
    authenticator = GitHubOAuthenticator(github_url=url)
    assert authenticator.authorize_url == f"{site}/login/oauth/authorize"
    assert authenticator.token_url == f"{site}/login/oauth/access_token"
    assert authenticator.userdata_url == f"{api}/user"
    assert authenticator.github_api == api
    assert GitHubOAuthenticator(github_url=url, github_api="https://proxy.example/gh").userdata_url == (
        "https://proxy.example/gh/user"
    )


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, "https://github.com"),
        ({"GITHUB_URL": "https://git.example.org", "GITHUB_HOST": "other.example"}, "https://git.example.org"),
        ({"GITHUB_HOST": "git.example.org"}, "https://git.example.org"),
        ({"GITHUB_HOST": "git.example.org", "GITHUB_HTTP": "1"}, "http://git.example.org"),
    ],
)
def test_the_environment(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert GitHubOAuthenticator().github_url == url


async def test_a_name_that_is_new_in_an_option_is_looked_up(start: Start, github: FakeGitHub) -> None:
    """The known memberships have the names of the previous configuration: no user is signed out for that."""
    students = {"allowed_organizations": {"students"}}
    hub = await start(enable_auth_state=True, user_data_max_age=3600, **students)
    github.orgs["students"].add(github.users["alice"])
    browser = await signs_in(hub, "alice")
    hub.authenticator.allowed_organizations = {"lab"}
    assert await stays(hub, browser, "alice")
    hub.authenticator.allowed_organizations = {"nowhere"}
    assert not await stays(hub, browser, "alice")
