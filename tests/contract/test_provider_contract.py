"""What every provider must do, once: each test runs on each case of `tests.contract.cases`, through a real Hub.

What is particular to a provider is tested in tests/hub.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.contract.cases import CASES, GenericCase, Person, ProviderCase
from tests.contract.cases.mediawiki import MediaWiki2Case, MediaWikiCase
from tests.contract.logins import refused
from tests.contract.logouts import lives
from tests.fakes.openid_provider import Fault
from tests.fakes.openid_provider.bending import reply_is
from tests.support import Browser, Hub, HubState, Time, check_invariants, reference_on, refresh_is_due

Start = Callable[..., Awaitable[Hub]]

BROKEN = Fault("broken", "", "out of order", reply_is(500, b"<html>Traceback: internals</html>"))
A_PAGE = Fault("a page", "", "a page where JSON belongs", reply_is(200, b"<html><title>Welcome</title></html>"))

RULES: dict[str, Any] = {
    "allow_all": False,
    "allowed_users": set(),
    "admin_users": set(),
    "blocked_users": set(),
    "required_claims": {},
    "username_map": {},
}


ONE_OF_EACH_PROTOCOL = (GenericCase, MediaWikiCase, MediaWiki2Case)


def with_marks(case: type[ProviderCase]) -> Any:
    """The case as a parameter: the contract meets each release of JupyterHub with one provider of each protocol."""
    return pytest.param(case, id=case.id, marks=pytest.mark.hub_versions if case in ONE_OF_EACH_PROTOCOL else ())


@pytest.fixture(params=map(with_marks, CASES))
async def case(request: pytest.FixtureRequest) -> AsyncIterator[ProviderCase]:
    case: ProviderCase = request.param()
    async with case.fake:
        yield case


@pytest.fixture
def start(case: ProviderCase, hubs: Any) -> Start:
    """`await start(trait=value, …)`: a Hub at the case's provider, for everybody unless it is told otherwise."""

    async def start(**traits: Any) -> Hub:
        state = HubState()
        return await hubs(case.config(state.url, **{"allow_all": True, **traits}), state)

    return start


async def signs_in(hub: Hub, person: Person, browser: Browser | None = None) -> Browser:
    browser = browser or hub.browser()
    page = await browser.login(person.key)
    assert (page.status, page.path) == (200, "/hub/home"), page.text[:500]
    assert browser.logged_in
    assert person.name in hub.accounts()
    return browser


async def is_refused(hub: Hub, person: Person, status: int = 403) -> None:
    browser = hub.browser()
    page = await browser.login(person.key)
    assert page.status == status, page.text[:500]
    reference_on(page, hub)
    assert not browser.logged_in


def documented_keys(hub: Hub, case: ProviderCase) -> set[str]:
    return {*case.auth_state_keys, hub.authenticator.user_auth_state_key, "suite"}


def set_rules(hub: Hub, case: ProviderCase, **rules: Any) -> None:
    """These rules on access, and no others. An option that every operator must set keeps that value."""
    for name, value in {**RULES, **dict.fromkeys(case.own_rule, frozenset()), **rules}.items():
        default = case.options().get(name) or type(getattr(hub.authenticator, name))()
        setattr(hub.authenticator, name, value or default)


# --- signing in ------------------------------------------------------------------------------------------------------


async def test_people_sign_in(case: ProviderCase, start: Start) -> None:
    """Under the names that are theirs, with a request for a token each that has nothing wrong."""
    hub = await start()
    for person in (case.member, case.outsider):
        await signs_in(hub, person)
    assert case.fake.refusals == []
    check_invariants(hub, case.fake, accounts={case.member.name, case.outsider.name})


async def test_a_login_takes_two_round_trips_after_the_callback(case: ProviderCase, start: Start) -> None:
    """Whatever the rules ask for in addition to the user's data is asked at the same time."""
    case.need_every_look_up()
    hub = await start(enable_auth_state=True, **case.everything)
    await signs_in(hub, case.outsider)  # so that what is kept for long, such as the provider's keys, is there
    browser = hub.browser()
    callback = await browser.walk_to_callback(case.member.key)
    case.fake.forget_traffic()
    case.fake.round_trip = 0.05
    assert (await browser.open(callback)).path == "/hub/home"
    assert 1 <= case.fake.rounds <= 2, [span.endpoint for span in case.fake._spans.items]
    kept = await hub.auth_state(case.member.name)
    assert kept is not None
    assert set(kept) == documented_keys(hub, case) | case.keys_of_everything
    check_invariants(hub, case.fake, accounts={case.member.name, case.outsider.name})


async def test_an_attempt_is_good_once_and_in_its_browser(case: ProviderCase, start: Start) -> None:
    """F72, B2, B3, H (GHSA-fg6f-75jq-6523): state missing, foreign, another browser's, used: 400, and no account."""
    hub = await start()
    browser, stranger, thief = hub.browser(), hub.browser(), hub.browser()
    callback = await browser.walk_to_callback(case.member.key)
    url = urlsplit(callback)
    fields = dict(parse_qsl(url.query))
    state = fields.pop(case.state_parameter)
    missing = url._replace(query=urlencode(fields)).geturl()
    foreign = url._replace(query=urlencode({**fields, case.state_parameter: state[::-1]})).geturl()
    for who, where in ((browser, missing), (browser, foreign), (stranger, callback)):
        await refused(hub, case.fake, 400, browser=who, url=where)
    assert case.fake.count(case.token_endpoint) == 0

    browser.copy_cookies_to(thief)
    assert (await browser.open(callback)).path == "/hub/home"
    asked = case.fake.count(case.token_endpoint)
    await refused(hub, case.fake, 400, browser=thief, url=callback, accounts={case.member.name})
    again = await browser.open(callback)
    assert (again.status, again.path) == (200, "/hub/home"), "a double click does no harm"
    assert case.fake.count(case.token_endpoint) == asked
    check_invariants(hub, case.fake, accounts={case.member.name})


# --- what a provider may answer --------------------------------------------------------------------------------------


async def test_the_user_says_no(case: ProviderCase, start: Start) -> None:
    case.deny()
    hub = await start()
    if case.denied is None:
        browser = hub.browser()
        page = await browser.login(case.member.key)
        assert urlsplit(page.url).netloc == case.fake.host
        assert not browser.logged_in
    else:
        await refused(hub, case.fake, case.denied, browser=hub.browser(case.member.key))
    assert case.fake.count(case.token_endpoint) == 0
    check_invariants(hub, case.fake)


async def test_what_a_provider_gets_wrong_is_a_page_with_a_reference(case: ProviderCase, start: Start) -> None:
    """F15, F25, F34, F35, F66: at either endpoint; and as soon as it is over, people sign in."""
    hub = await start()
    for endpoint, refusal in ((case.token_endpoint, case.token_refused), (case.user_endpoint, case.user_refused)):
        for fault, statuses in ((BROKEN, {502}), (A_PAGE, {502}), (refusal, {400, 502})):
            if endpoint:
                case.fake.faults.on(fault, at=endpoint)
                page = await refused(hub, case.fake, statuses, browser=hub.browser(case.member.key))
                assert page.path.startswith("/hub/auth/result/")
                assert "internals" not in page.body
                case.fake.faults.off()
    assert sum(case.fake.faults.applied.values()) == (6 if case.user_endpoint else 3)
    await signs_in(hub, case.member)


# --- who may come in -------------------------------------------------------------------------------------------------


async def test_access(case: ProviderCase, start: Start) -> None:
    """H (GHSA-gprj-3p75-f996, CVE-2026-33175): no way in gets around a block or a restriction."""
    hub = await start(allow_all=False)
    member, outsider = case.member, case.outsider
    names = {member.name, outsider.name}

    async def check(rules: dict[str, Any], expected: dict[Person, bool]) -> None:
        set_rules(hub, case, **rules)
        for person, may_enter in expected.items():
            page = await (browser := hub.browser()).login(person.key)
            assert page.status == (200 if may_enter else 403), (person, rules, page.text[:300])
            assert browser.logged_in is may_enter
            if not may_enter:
                reference_on(page, hub)

    await check({}, {member: False, outsider: False})
    await check({"allowed_users": {outsider.name}}, {member: False, outsider: True})
    assert hub.accounts() == {outsider.name: False}
    ways: list[tuple[dict[str, Any], bool]] = [
        ({"allow_all": True}, True),
        ({"allowed_users": names}, True),
        ({"admin_users": names}, True),
        (case.own_rule, False),
    ]
    for way, for_outsiders in ways:
        await check(way, {member: True, outsider: for_outsiders})
        for bar in (
            {"blocked_users": {member.name}},
            {"required_claims": {hub.authenticator.username_claim: outsider.login}},
        ):
            await check({**way, **bar}, {member: False})
            if "allow_all" in way:
                await check({**way, **bar}, {outsider: True})
    assert hub.accounts() == dict.fromkeys(names, True), "admin_users made them so"
    check_invariants(hub, case.fake, accounts=names)


async def test_names(case: ProviderCase, start: Start) -> None:
    """`username_map` is applied once. It neither adds another user's memberships nor removes the user's."""
    hub = await start()
    member, outsider = case.member, case.outsider
    set_rules(hub, case, allow_all=True, username_map={member.login: "second", "second": "third"})
    await signs_in(hub, Person(member.key, name="second"))
    set_rules(hub, case, **case.own_rule, username_map={outsider.login: member.name, member.login: outsider.name})
    await is_refused(hub, outsider)
    await signs_in(hub, Person(member.key, name=outsider.name))
    check_invariants(hub, case.fake, accounts={"second", outsider.name})


async def test_an_account_belongs_to_its_subject(case: ProviderCase, start: Start) -> None:
    """H (multiauthenticator's issues): the same name is not the same person, as long as auth_state is kept."""
    hub = await start(enable_auth_state=True)
    browser = await signs_in(hub, case.member)
    before = await hub.auth_state(case.member.name)
    hub.authenticator.username_map = {case.outsider.login: case.member.name}
    await is_refused(hub, case.outsider, 409)
    hub.authenticator.username_map = {}
    if case.recycle():
        await is_refused(hub, case.member, 409)
    else:
        assert before is not None
        assert before["suite"]["subject"] == case.member.login
    assert await hub.auth_state(case.member.name) == before
    assert await lives(browser)
    check_invariants(hub, case.fake, accounts={case.member.name})


# --- staying ---------------------------------------------------------------------------------------------------------


async def test_a_refresh_tells_what_is_new(case: ProviderCase, start: Start) -> None:
    hub = await start(enable_auth_state=True, **case.lasting)
    browser = await signs_in(hub, case.member)
    key = hub.authenticator.user_auth_state_key
    before = await hub.auth_state(case.member.name)
    refresh_is_due(hub, case.member.name)
    assert await lives(browser)
    same = await hub.auth_state(case.member.name)
    assert before is not None
    assert same is not None
    assert same["suite"]["read_at"] > before["suite"]["read_at"]
    claim, value = case.tell_something_new()
    assert before[key][claim] == same[key][claim] != value
    refresh_is_due(hub, case.member.name)
    assert await lives(browser)
    after = await hub.auth_state(case.member.name)
    assert after is not None
    assert after[key][claim] == value
    assert case.fake.refusals == []
    check_invariants(hub, case.fake, accounts={case.member.name})


async def test_a_refresh_ends_the_session_of_those_who_may_not_stay(case: ProviderCase, start: Start) -> None:
    """Blocked here; revoked there; out of what has let them in."""
    hub = await start(allow_all=False, enable_auth_state=True, **case.own_rule, **case.lasting)
    browser = hub.browser()

    async def stays() -> bool:
        refresh_is_due(hub, case.member.name)
        return await lives(browser)

    await signs_in(hub, case.member, browser)
    assert await stays()
    hub.authenticator.blocked_users = {case.member.name}
    assert not await stays()
    hub.authenticator.blocked_users = set()

    await signs_in(hub, case.member, browser)
    assert await stays()
    case.revoke()
    assert not await stays()

    await signs_in(hub, case.member, browser)
    assert await stays()
    case.leave()
    assert not await stays()
    await is_refused(hub, case.member)
    check_invariants(hub, case.fake, accounts={case.member.name})


async def test_an_outage_is_no_logout(case: ProviderCase, start: Start) -> None:
    hub = await start(allow_all=False, enable_auth_state=True, **case.own_rule, **case.lasting)
    time = Time(hub)
    browser = await signs_in(hub, case.member)
    before = await hub.auth_state(case.member.name)
    await case.fake.go_down()
    for _ in range(3):
        time.passes(400)
        assert await lives(browser)
    assert await hub.auth_state(case.member.name) == before
    assert len(hub.log.lines_with("The provider does not answer")) == 1

    await case.fake.come_back()
    claim, value = case.tell_something_new()
    time.passes(400)
    assert await lives(browser)
    after = await hub.auth_state(case.member.name)
    assert after is not None
    assert after[hub.authenticator.user_auth_state_key][claim] == value
    check_invariants(hub, case.fake, accounts={case.member.name})


# --- what is kept, and leaving ---------------------------------------------------------------------------------------


async def test_what_is_kept_and_what_a_logout_leaves_of_it(case: ProviderCase, start: Start) -> None:
    """H (CVE-2021-41247): after the logout no open tab has a session, or can end a login; and the tokens are gone."""
    hub = await start(enable_auth_state=True)
    browser = await signs_in(hub, case.member)
    tokens = {*hub.authenticator.auth_state_tokens}
    kept = await hub.auth_state(case.member.name)
    assert kept is not None
    assert set(kept) == documented_keys(hub, case)
    assert any(kept.get(name) for name in tokens)
    await browser.walk_to_callback(case.member.key)  # and another login is begun
    assert any("oauth-attempt-" in name for name in browser.cookies)
    page = await browser.open("/hub/logout")
    assert page.status == 200
    assert "You are signed out of JupyterHub" in page.text
    assert not await lives(browser)
    after = await hub.auth_state(case.member.name)
    assert after is not None
    assert {name: value for name, value in after.items() if name in tokens and value} == {}
    assert after.keys() == kept.keys()
    assert not any("oauth-attempt-" in name for name in browser.cookies)
    await signs_in(hub, case.member, browser)
    check_invariants(hub, case.fake, accounts={case.member.name})


async def test_the_provider_is_named_and_its_page_for_taking_a_grant_back_is_found(
    case: ProviderCase, start: Start
) -> None:
    hub = await start()
    page = await hub.browser().open("/hub/login")
    assert re.search(rf"Sign in with {re.escape(hub.authenticator.login_service)}", page.text, re.IGNORECASE)
    page = await hub.browser().get("/hub/oauth_revoke")
    assert (page.status, page.location) == ((302, case.revoke_page) if case.revoke_page else (404, None))
