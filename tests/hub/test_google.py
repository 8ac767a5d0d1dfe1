"""`GoogleOAuthenticator` through a real Hub: what is Google's own. What all providers must do is in tests/contract."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from oauthenticator_suite import GoogleOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.oauth.user_api import MAX_PAGES
from tests.contract.cases.google import GoogleCase
from tests.fakes.google import GROUPS_SCOPE, JWT_BEARER, ApiError, FakeGoogle, person
from tests.fakes.openid_provider import Fault, Reply
from tests.fakes.openid_provider.bending import reply_is
from tests.hub.visits import Start, comes_in, kept, refused_with, set_options, signs_in, starting, stays
from tests.support import HubDidNotStart, Time, check_invariants

ADDRESSES = {
    "alice": "alice@example.org",
    "bob": "bob@example.org",
    "alice-at-gmail": "alice@gmail.com",
    "mallory": "alice@attacker.example",
    "lookalike": "alice.archer@example.org",
    "unverified": "carol@example.org",
    "una": "una@example.org",
}
NO_GROUPS: dict[str, Any] = {"google_service_account_keys": {}, "gsuite_administrator": {}}
OFFLINE = {
    "enable_auth_state": True,
    "user_data_max_age": 0,
    "extra_authorize_params": {"access_type": "offline", "prompt": "consent"},
}


@pytest.fixture
async def case() -> AsyncIterator[GoogleCase]:
    case = GoogleCase()
    async with case.fake:
        case.fake.users["una"] = person("una", "una@example.org", hd="example.org", verified=False)
        yield case


@pytest.fixture
def google(case: GoogleCase) -> FakeGoogle:
    return case.fake


@pytest.fixture
def start(case: GoogleCase, hubs: Any) -> Start:
    return starting(case, hubs)


@pytest.fixture
def start_plain(start: Start) -> Start:
    """The same, without a service account."""

    async def start_plain(**traits: Any) -> Any:
        return await start(**{**NO_GROUPS, **traits})

    return start_plain


# --- whose account it is ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["allow_all", "allowed_users", "admin_users"])
async def test_the_hosted_domain_is_that_of_the_signed_claim(start_plain: Start, google: FakeGoogle, way: str) -> None:
    """H: a foreign `hd`, none though the address says so, an unverified address: refused, whatever else says yes."""
    names = {"alice", *ADDRESSES.values()}
    hub = await start_plain(hosted_domain=["Example.ORG"], **{way: True if way == "allow_all" else names})
    for user in ADDRESSES:
        if user in ("alice", "bob"):
            continue
        _, line = await refused_with(hub, user)
        assert "rule=hosted_domain" in line or (user in ("una", "unverified") and "rule=email_verified" in line)
    assert await comes_in(hub, "alice")
    check_invariants(hub, google, accounts={"alice"} if way == "allow_all" else names)


@pytest.mark.parametrize("way", ["allow_all", "allowed_users", "admin_users"])
async def test_an_address_that_google_has_not_verified(start_plain: Start, google: FakeGoogle, way: str) -> None:
    """Without a hosted domain too."""
    names = set(ADDRESSES.values())
    hub = await start_plain(**{way: True if way == "allow_all" else names})
    for user in ADDRESSES:
        assert await comes_in(hub, user) is (user not in ("una", "unverified")), user
    assert hub.authenticator.strip_domain is False
    verified = names - {"una@example.org", "carol@example.org"}
    check_invariants(hub, google, accounts=verified if way == "allow_all" else names)


@pytest.mark.parametrize("change", [{"hd": "attacker.example"}, {"hd": None}, {"email_verified": False}])
async def test_who_is_of_the_domain_no_longer_goes(
    start_plain: Start, google: FakeGoogle, change: dict[str, Any]
) -> None:
    """At the refresh, which brings a new ID token; also an administrator, and under allow_all."""
    hub = await start_plain(hosted_domain=["example.org"], allow_all=True, admin_users={"bob"}, **OFFLINE)
    for name in ("alice", "bob"):
        browser = await signs_in(hub, name)
        assert await stays(hub, browser, name)
        for claim, value in change.items():
            google.users[name].update({claim: value})
            if value is None:
                del google.users[name][claim]
        assert not await stays(hub, browser, name)
        assert not await comes_in(hub, name)
    check_invariants(hub, google, accounts={"alice", "bob"})


async def test_domains_that_are_a_way_in(start_plain: Start, google: FakeGoogle) -> None:
    hub = await start_plain(allowed_hosted_domains={"EXAMPLE.org"}, allowed_users={"alice@gmail.com"})
    for user, comes in (
        ("alice", True),
        ("bob", True),
        ("alice-at-gmail", True),
        ("mallory", False),
        ("lookalike", False),
        ("una", False),
    ):
        assert await comes_in(hub, user) is comes, user
    check_invariants(hub, google, accounts={"alice@example.org", "bob@example.org", "alice@gmail.com"})


# --- names -----------------------------------------------------------------------------------------------------------


async def test_the_domain_is_stripped_where_no_two_people_get_one_name(start_plain: Start, google: FakeGoogle) -> None:
    """Of the one hosted domain. A Workspace may have more domains: their addresses stay whole."""
    google.users["by-alias"] = person("by-alias", "alice@alias.example.org", hd="example.org")
    google.users["shouting"] = person("shouting", "Dora@EXAMPLE.org", hd="example.org")
    hub = await start_plain(hosted_domain=["example.org"], allow_all=True)
    assert hub.authenticator.strip_domain is True
    for user in ("alice", "by-alias", "shouting"):
        await signs_in(hub, user)
    check_invariants(hub, google, accounts={"alice", "alice@alias.example.org", "dora"})


async def test_addresses_stay_whole_when_told_so(start_plain: Start, google: FakeGoogle) -> None:
    hub = await start_plain(hosted_domain=["example.org"], strip_domain=False, allow_all=True)
    await signs_in(hub, "alice")
    check_invariants(hub, google, accounts={"alice@example.org"})


async def test_several_domains(start_plain: Start, google: FakeGoogle) -> None:
    """Two people, two names."""
    hub = await start_plain(hosted_domain=["example.org", "attacker.example"], allow_all=True)
    for user in ("alice", "mallory"):
        await signs_in(hub, user)
    assert not await comes_in(hub, "alice-at-gmail")
    assert [call.fields["hd"] for call in google.requests_to("authorize")] == ["*"] * 3
    check_invariants(hub, google, accounts={"alice@example.org", "alice@attacker.example"})


def test_one_hosted_domain_may_be_written_alone() -> None:
    assert GoogleOAuthenticator(hosted_domain="example.org").hosted_domain == ["example.org"]


def test_hosted_domains_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (GoogleOAuthenticator().hosted_domain, GoogleOAuthenticator().strip_domain) == ([], False)
    monkeypatch.setenv("HOSTED_DOMAIN", "example.org")
    assert (GoogleOAuthenticator().hosted_domain, GoogleOAuthenticator().strip_domain) == (["example.org"], True)
    monkeypatch.setenv("HOSTED_DOMAIN", "example.org; example.net;")
    two = GoogleOAuthenticator()
    assert (two.hosted_domain, two.strip_domain) == (["example.org", "example.net"], False)


# --- the authorization request ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traits", "asked"),
    [
        ({}, {}),
        ({"hosted_domain": ["example.org"]}, {"hd": "example.org"}),
        ({"prompt_select_account": True}, {"prompt": "select_account"}),
        (
            {"prompt_select_account": True, "extra_authorize_params": {"prompt": "consent", "login_hint": "a@b.c"}},
            {"prompt": "consent", "login_hint": "a@b.c"},
        ),
    ],
)
async def test_what_google_is_told_of_the_login(
    start_plain: Start, google: FakeGoogle, traits: dict[str, Any], asked: dict[str, str]
) -> None:
    hub = await start_plain(allow_all=True, **traits)
    assert await comes_in(hub, "alice")
    (call,) = google.requests_to("authorize")
    assert {name: call.fields[name] for name in call.fields if name in ("hd", "prompt", "login_hint")} == asked
    assert call.fields["scope"] == "openid email"


async def test_a_login_is_one_request(start_plain: Start, google: FakeGoogle) -> None:
    """After the callback: what the ID token says is enough."""
    hub = await start_plain(allow_all=True, enable_auth_state=True)
    await hub.log.until("is ready")
    asked = len(google.calls)
    await signs_in(hub, "alice")
    assert [call.endpoint for call in google.calls[asked:]] == ["authorize", "token"]
    user = (await kept(hub, "alice@example.org"))["google_user"]
    assert (user["email"], user["verified_email"], user["id"]) == ("alice@example.org", True, user["sub"])
    check_invariants(hub, google, accounts={"alice@example.org"})


@pytest.mark.parametrize(
    "scope", [["openid", "email"], ["openid", "https://www.googleapis.com/auth/userinfo.email"]], ids=["short", "long"]
)
async def test_scopes_go_by_the_names_that_they_are_asked_by(
    start_plain: Start, google: FakeGoogle, scope: list[str]
) -> None:
    hub = await start_plain(scope=scope, allowed_scopes=scope, enable_auth_state=True)
    assert await comes_in(hub, "alice")
    assert set((await kept(hub, "alice@example.org"))["scope"]) == set(scope)


async def test_all_but_the_sign_in_page_may_be_on_other_hosts(hubs: Any) -> None:
    """Only on trusted hosts: a client secret is sent to no other."""
    case = GoogleCase()
    case.fake = google = FakeGoogle(several_hosts=True)
    async with google:
        plain = {**NO_GROUPS, "allow_all": True}
        hub = await starting(case, hubs)(**plain, trusted_provider_hosts={"127.0.0.3"})
        assert await comes_in(hub, "alice")
        assert google.issuer.partition("://")[2].partition(":")[0] != "127.0.0.3"
        assert google.count("token") == 1


async def test_other_hosts_that_are_not_trusted(hubs: Any) -> None:
    case = GoogleCase()
    case.fake = google = FakeGoogle(several_hosts=True)
    async with google:
        hub = await starting(case, hubs)(**NO_GROUPS, allow_all=True)
        assert "oauth2.googleapis.com" in hub.authenticator.trusted_provider_hosts
        _, line = await refused_with(hub, "alice", 500)
        assert "trusted_provider_hosts" in line
        assert google.count("authorize") + google.count("token") == 0


# --- groups ----------------------------------------------------------------------------------------------------------


async def test_who_is_in_a_group(start: Start, google: FakeGoogle) -> None:
    """By name or address, in either spelling; a group of another domain with the same name is another group."""
    google.users["other"] = person("other", "ops@attacker.example", hd="attacker.example")
    google.directory.members |= {"ops@other.example.org": {"bob@example.org"}, "ops@example.org": set()}
    hub = await start()
    for groups, inside, outside in (
        ({"example.org": {"physics"}}, "alice", "bob mallory lookalike alice-at-gmail"),
        ({"example.org": {"physics@example.org"}}, "alice", "bob"),
        ({"Example.ORG": {"Physics@Example.Org"}}, "alice", "bob"),
        ({"example.org": {"staff", "nobody"}}, "alice bob", "lookalike"),
        ({"example.org": {"science"}}, "", "alice"),  # through another group alone
        ({"example.org": {"ops"}}, "", "bob"),
        ({"example.org": {"ops@other.example.org"}}, "bob", "alice"),
        ({"attacker.example": {"staff"}}, "", "mallory alice"),
        ({"example.org": {"phys", "physics@attacker.example"}}, "", "alice"),
        ({"example.org": set()}, "", "alice"),
    ):
        set_options(hub, allowed_google_groups=groups)
        for user in (inside + " " + outside).split():
            assert await comes_in(hub, user) is (user in inside.split()), (user, groups)
    check_invariants(hub, google, accounts={"alice@example.org", "bob@example.org"})


async def test_groups_through_groups(start: Start, google: FakeGoogle) -> None:
    """However deep, also in a ring; each is asked about once, those of one depth side by side."""
    members = google.directory.members
    hub = await start(include_nested_groups=True, enable_auth_state=True)
    for group, inside, outside in (
        ("science", "alice", "bob"),
        ("everybody", "alice bob", ""),
        ("ring-a", "bob", "alice"),
        ("ring-b", "bob", "alice"),
        ("nobody", "", "alice bob"),
    ):
        set_options(hub, allowed_google_groups={"example.org": {group}})
        for user in (inside + " " + outside).split():
            assert await comes_in(hub, user) is (user in inside.split()), (user, group)
    assert (await kept(hub, "bob@example.org"))["google_user"]["google_groups"] == [
        "everybody", "ring-a", "ring-b", "staff",
    ]  # fmt: skip

    for number in range(30):
        members[f"team-{number:02}@example.org"] = {"alice@example.org"}
        members[f"above-{number:02}@example.org"] = {f"team-{number:02}@example.org"}
    google.forget_traffic()
    google.round_trip = 0.05
    asked = google.count("groups")
    set_options(hub, allowed_google_groups={"example.org": {"above-17"}})
    assert await comes_in(hub, "alice")
    everything = google.directory.everything_above("alice@example.org")
    assert google.count("groups") - asked == len(everything) + 1
    assert google.most_at_once == 20
    check_invariants(hub, google, accounts={"alice@example.org", "bob@example.org"})


async def test_a_list_of_groups_has_pages(start: Start, google: FakeGoogle) -> None:
    for number in range(450):
        google.directory.members[f"team-{number:03}@example.org"] = {"bob@example.org"}
    hub = await start(allowed_google_groups={"example.org": {"team-449"}})
    assert await comes_in(hub, "bob")
    assert google.count("groups") == 3


@pytest.mark.parametrize("page", [{"groups": [], "nextPageToken": "1"}, {"groups": [{"id": 1}], "nextPageToken": "1"}])
async def test_a_list_of_groups_that_never_ends(start: Start, google: FakeGoogle, page: dict[str, Any]) -> None:
    """It is read for so many pages, whatever they say. Then the groups are unknown, which is not a no."""
    google.faults.on(Fault("endless", "groups", "the same page for ever", reply_is(200, page)))
    hub = await start()
    _, line = await refused_with(hub, "alice", 502)
    assert "more than 100 pages" in line
    assert google.count("groups") == MAX_PAGES


async def test_groups_on_the_hub(start: Start, google: FakeGoogle) -> None:
    google.directory.members["guests@other.example.org"] = {"alice@example.org"}
    hub = await start(allow_all=True, manage_groups=True)
    await signs_in(hub, "alice")
    groups = {group.name for group in hub.app.users["alice@example.org"].groups}
    assert groups == {"physics", "staff", "guests@other.example.org"}
    await signs_in(hub, "alice-at-gmail")
    assert not hub.app.users["alice@gmail.com"].groups


async def test_administrators_by_a_group(start: Start, google: FakeGoogle) -> None:
    """They are let in, and lose it as soon as they are in the group no longer."""
    hub = await start(
        admin_google_groups={"example.org": {"physics"}}, allowed_google_groups={"example.org": {"staff"}}, **OFFLINE
    )
    browser = await signs_in(hub, "alice")
    await signs_in(hub, "bob")
    assert hub.accounts() == {"alice@example.org": True, "bob@example.org": False}
    google.directory.members["physics@example.org"].clear()
    assert await stays(hub, browser, "alice@example.org")
    assert hub.accounts() == {"alice@example.org": False, "bob@example.org": False}
    google.directory.members["staff@example.org"].clear()
    assert not await stays(hub, browser, "alice@example.org")
    check_invariants(hub, google, accounts={"alice@example.org", "bob@example.org"})


# --- the service account ---------------------------------------------------------------------------------------------


async def test_its_token_is_fetched_once(start: Start, google: FakeGoogle) -> None:
    """For many who sign in at once, and for those who come later; until it ends, or is taken back."""
    hub = await start(allowed_google_groups={"example.org": {"staff"}})
    await hub.log.until("is ready")
    callbacks = [(browser, await browser.walk_to_callback("alice")) for browser in [hub.browser() for _ in range(10)]]
    google.round_trip = 0.05
    pages = await asyncio.gather(*(browser.open(callback) for browser, callback in callbacks))
    google.round_trip = 0.0
    assert [page.status for page in pages] == [200] * 10
    assert google.count_grants(JWT_BEARER) == 1
    assert await comes_in(hub, "bob")
    assert google.count_grants(JWT_BEARER) == 1
    (claims,) = google.assertions
    assert (claims["sub"], claims["scope"]) == ("admin@example.org", GROUPS_SCOPE)

    google.forget_service_tokens()
    google.service_token_lifetime = 60  # which is not worth keeping
    assert await comes_in(hub, "bob")
    assert google.count_grants(JWT_BEARER) == 2
    assert await comes_in(hub, "bob")
    assert google.count_grants(JWT_BEARER) == 3
    check_invariants(hub, google, accounts={"alice@example.org", "bob@example.org"})


async def test_a_token_of_its_that_is_never_good_ends_no_session(start: Start, google: FakeGoogle) -> None:
    """It is not the user's: an error page at a login, and who is signed in stays."""
    hub = await start(allowed_google_groups={"example.org": {"staff"}}, **OFFLINE)
    browser = await signs_in(hub, "alice")
    google.directory.errors = [ApiError.not_authenticated() for _ in range(4)]
    _, line = await refused_with(hub, "bob", 500)
    assert "does not accept the service account's token" in line
    assert await stays(hub, browser, "alice@example.org")
    assert not google.directory.errors
    assert await stays(hub, browser, "alice@example.org")


async def test_its_key_may_be_a_file(start: Start, google: FakeGoogle, tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text(json.dumps(google.service_account_key()))
    hub = await start(
        google_service_account_keys={"EXAMPLE.org": str(file)},
        gsuite_administrator={"Example.org": "admin@example.org"},
        allowed_google_groups={"example.org": {"staff"}},
    )
    assert await comes_in(hub, "alice")
    assert google.assertions[0]["sub"] == "admin@example.org"
    check_invariants(hub, google, accounts={"alice@example.org"})


@pytest.mark.parametrize(
    ("traits", "says"),
    [
        ({**NO_GROUPS}, "google_service_account_keys and c.GoogleOAuthenticator.gsuite_administrator for that domain"),
        ({"gsuite_administrator": {}}, "set c.GoogleOAuthenticator.gsuite_administrator for example.org"),
        ({"gsuite_administrator": {"example.net": "admin"}}, "gsuite_administrator for example.org"),
        ({"allowed_google_groups": {"example.net": {"staff"}}}, "names groups of example.net"),
        ({"admin_google_groups": {"example.net": {"staff"}}}, "admin_google_groups names groups of example.net"),
        (
            {"google_service_account_keys": {"example.org": "/nowhere/key.json"}},
            "the file '/nowhere/key.json', cannot be read as",
        ),
        ({"google_service_account_keys": {"example.org": __file__}}, "cannot be read as a JSON file"),
        ({"google_service_account_keys": {"example.org": 7}}, "cannot be read as a JSON file"),
        ({"google_service_account_keys": {"example.org": {"type": "service_account"}}}, "client_email is missing"),
        ({"strip_domain": True}, "strip_domain needs exactly one domain"),
        ({"strip_domain": True, "hosted_domain": ["example.org", "example.net"]}, "strip_domain needs exactly one"),
    ],
)
async def test_what_is_missing_stops_the_start(start: Start, traits: dict[str, Any], says: str) -> None:
    with pytest.raises((ConfigurationError, HubDidNotStart), match=says):
        await start(**{"allowed_google_groups": {"example.org": {"staff"}}, **traits})


@pytest.mark.parametrize("trouble", ["delegation", "administrator", "rights"])
async def test_what_is_missing_at_google_is_an_error_page_and_a_mend_in_the_log(
    start: Start, google: FakeGoogle, trouble: str
) -> None:
    administrator = "nobody-of-that-name" if trouble == "administrator" else "bob" if trouble == "rights" else "admin"
    hub = await start(
        allowed_google_groups={"example.org": {"staff"}}, gsuite_administrator={"example.org": administrator}
    )
    if trouble == "delegation":
        google.delegations = {account: set() for account in google.delegations}
    page, line = await refused_with(hub, "alice", 500)
    assert "There is a mistake in the configuration" in page.text
    assert "google_service_account_keys" in line
    if trouble == "rights":
        assert "gsuite_administrator" in line
        assert "Not Authorized to access this resource/api" in line
    assert {"delegation": "unauthorized_client", "administrator": "invalid_grant"}.get(trouble, "") in line
    assert f"domain-wide delegation with the scope {GROUPS_SCOPE}" in line
    check_invariants(hub, google, configuration_error=True)


# --- limits and outages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["quota_exceeded", "user_rate_limited", "rate_limited", "backend_error"])
async def test_a_quota_is_later_and_not_no(start: Start, google: FakeGoogle, limit: str) -> None:
    """At a login, a page that says so. Signed-in users stay."""
    hub = await start(allowed_google_groups={"example.org": {"staff"}}, **OFFLINE)
    time = Time(hub)
    browser = await signs_in(hub, "alice")
    google.directory.errors = [getattr(ApiError, limit)() for _ in range(2)]
    page, line = await refused_with(hub, "bob", 503)
    assert "very many requests at the moment" in page.text
    assert "ProviderBusy" in line
    assert await stays(hub, browser, "alice@example.org")
    assert not google.directory.errors
    time.passes(60)
    assert await stays(hub, browser, "alice@example.org")
    assert len(hub.log.lines_with("The provider answers again")) == 1
    check_invariants(hub, google, accounts={"alice@example.org"})


def _no_service_tokens(google: FakeGoogle, reply: Reply) -> None:
    if google.calls[-1].fields.get("grant_type") == JWT_BEARER:
        reply.status, reply.json = 500, {"error": "internal_failure"}


async def test_everybody_who_waits_for_its_token_in_vain_has_a_page_of_their_own(
    start: Start, google: FakeGoogle
) -> None:
    """One request for all; and each page's reference number is that of one line of the log."""
    hub = await start(allowed_google_groups={"example.org": {"staff"}})
    await hub.log.until("is ready")
    google.faults.on(Fault("no service tokens", "", "", _no_service_tokens), at="token")
    google.round_trip = 0.05
    logins = await asyncio.gather(*(refused_with(hub, "alice", 502) for _ in range(5)))
    assert len({line for _, line in logins}) == 5
    assert 1 <= google.count_grants(JWT_BEARER) < 5
    google.faults.off()
    assert await comes_in(hub, "alice")
    check_invariants(hub, google, accounts={"alice@example.org"})


async def test_a_token_that_went_with_another_one_is_revoked(start_plain: Start, google: FakeGoogle) -> None:
    """Google takes back all of a grant at once, and then does not know the other token: nothing to warn of."""
    hub = await start_plain(allow_all=True, revoke_tokens_on_logout=True, **OFFLINE)
    browser = await signs_in(hub, "alice")
    assert (await kept(hub, "alice@example.org"))["refresh_token"]
    await browser.open("/hub/logout")
    assert google.count("revoke") == 2
    assert google.refusals == ["revoke: invalid_token: Token expired or revoked"]
    assert not hub.log.lines_with("could not be revoked")
    assert len(hub.log.lines_with("was revoked")) == 2
    check_invariants(hub, google, accounts={"alice@example.org"})
