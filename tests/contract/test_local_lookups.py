"""Look-ups of the users of a `Local…` class in the operating system, which may ask a directory that is slow or down."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import grp
import os
import pwd
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from traitlets import Set, Unicode

from oauthenticator_suite.errors import ProviderTimeout
from oauthenticator_suite.hub.options.trait_types import rule
from oauthenticator_suite.hub.resilience.blocking_calls import BlockingCalls
from oauthenticator_suite.hub.resilience.outage_clock import OutageClock
from oauthenticator_suite.hub.unix.accounts import find_account
from oauthenticator_suite.hub.unix.identity import LookupResult, in_unix_groups
from oauthenticator_suite.hub.unix.lookups import THREADS, UnixLookups
from oauthenticator_suite.policy.access import Rule
from tests.contract.cases import GenericCase
from tests.contract.test_local_variants import ITS_GROUP, UNKNOWN, sign_in_as
from tests.support import Browser, FakeTime, Hub, HubState, check_invariants, reference_on, refresh_is_due, start_hub
from tests.support.entry_points import LOCAL

Start = Callable[..., Awaitable[Hub]]
Generic = tuple[GenericCase, Start]

CLASS: Any = LOCAL["suite-local-generic"]
BOSSES = {"admin_groups": {"boss"}, "auth_state_groups_key": "oauth_user.groups"}
AGES = pytest.mark.parametrize("max_age", [0, 3600])
"""Whether the refresh asks the provider: with 0 it does."""


class Directory:
    """A directory in front of the system's accounts and groups. While it is held, no look-up in a thread returns."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, clock: FakeTime) -> None:
        self._clock = clock
        clock.rules("oauthenticator_suite.hub.unix.lookups")
        self.is_asked = threading.Event()
        self.asked = 0
        self.asked_in_loop = 0
        self._counting = threading.Lock()
        self._goes_on = threading.Event()
        self._goes_on.set()
        for module, function in ((pwd, "getpwnam"), (os, "getgrouplist")):
            monkeypatch.setattr(module, function, partial(self._answer, getattr(module, function)))

    def hold(self) -> None:
        self.is_asked.clear()
        self._goes_on.clear()

    def let_go(self) -> None:
        self._goes_on.set()

    def _answer(self, function: Callable[..., Any], *args: Any) -> Any:
        with self._counting:
            self.asked += 1
        if threading.current_thread() is threading.main_thread():
            self.asked_in_loop += 1
        elif not self._goes_on.is_set():
            self.is_asked.set()
            with self._clock.held_up():
                self._goes_on.wait(60)
        return function(*args)


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch, clock: FakeTime) -> Iterator[Directory]:
    directory = Directory(monkeypatch, clock)
    yield directory
    directory.let_go()


@pytest.fixture
def short_limit(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Shortens the time limit of look-ups when it is called: not before, because a slow machine may need the time."""
    return lambda: monkeypatch.setattr("oauthenticator_suite.hub.unix.lookups.ANSWER_WITHIN", 0.5)


@pytest.fixture
async def generic(hubs: Any) -> AsyncIterator[Generic]:
    """A provider, and `await start(trait=value, …)` for a Hub there, of the Local class or of a subclass (`cls`)."""
    case = GenericCase()

    async def start(cls: type = CLASS, **traits: Any) -> Hub:
        traits = {
            "enable_auth_state": True,
            "allowed_groups": {ITS_GROUP},
            "username_map": {case.member.login: "nobody"},
            **traits,
        }
        return await hubs(case.config((state := HubState()).url, cls, **traits), state)

    async with case.fake:
        yield case, start


async def sign_in(hub: Hub, case: GenericCase) -> Browser:
    browser = hub.browser()
    assert (await browser.login(case.member.key)).status == 200
    assert browser.logged_in
    return browser


async def stays(hub: Hub, browser: Browser, name: str = "nobody") -> bool:
    """Whether the user still has a session after a refresh."""
    refresh_is_due(hub, name)
    status = (await browser.get("/hub/home")).status
    assert status in (200, 302)
    return status == 200


def is_due_again_soon(hub: Hub) -> bool:
    """Whether the Hub will ask again before `auth_refresh_age` has passed."""
    passed = time.monotonic() - hub.app.users["nobody"]._auth_refreshed
    return bool(passed > hub.authenticator.auth_refresh_age - 30)


# --- a directory that is slow ----------------------------------------------------------------------------------------


async def test_a_slow_directory_does_not_block_the_hub(generic: Generic, directory: Directory) -> None:
    """At a login and at a refresh. No look-up runs in the event loop."""
    case, start = generic
    hub = await start(user_data_max_age=0)
    directory.asked_in_loop = 0  # at its start the Hub may
    browser = hub.browser()

    async def page_while_the_directory_is_held(page: Awaitable[Any]) -> None:
        directory.hold()
        comes = asyncio.ensure_future(page)
        assert await asyncio.to_thread(directory.is_asked.wait, 60)
        assert (await hub.browser().get("/hub/health")).status == 200
        assert not comes.done()
        directory.let_go()
        assert (await comes).status == 200

    await page_while_the_directory_is_held(browser.login(case.member.key))
    refresh_is_due(hub, "nobody")
    await page_while_the_directory_is_held(browser.get("/hub/home"))
    assert browser.logged_in
    assert directory.asked_in_loop == 0
    check_invariants(hub, case.fake, accounts={"nobody"})


async def test_an_override_of_the_block_causes_no_look_up_in_the_event_loop(
    generic: Generic, directory: Directory
) -> None:
    class Open(CLASS):
        def check_blocked_users(self, username: str, auth_model: Any = None) -> bool:
            return True

    case, start = generic
    hub = await start(Open)
    directory.asked_in_loop = 0
    await sign_in(hub, case)
    assert directory.asked > 0
    assert directory.asked_in_loop == 0


def unix_lookups(threads: int = THREADS) -> UnixLookups:
    return UnixLookups(BlockingCalls(threads, "test"), OutageClock(time.monotonic))


async def look_up(lookups: UnixLookups, name: str) -> LookupResult:
    return await lookups.ask(name, groups=False, grace=3600)


async def test_several_questions_about_one_user_share_one_look_up(directory: Directory) -> None:
    lookups = unix_lookups()
    directory.hold()
    asked = [asyncio.ensure_future(look_up(lookups, "root")) for _ in range(5)]
    assert await asyncio.to_thread(directory.is_asked.wait, 60)
    asked[0].cancel()  # its page is gone
    directory.let_go()
    assert {(await found).account.uid for found in asked[1:]} == {0}
    assert directory.asked == 1


# --- a directory that is down ----------------------------------------------------------------------------------------


@AGES
async def test_without_an_answer_no_user_can_sign_in_and_no_user_is_logged_out(
    generic: Generic, directory: Directory, short_limit: Callable[[], None], max_age: int
) -> None:
    case, start = generic
    hub = await start(user_data_max_age=max_age)
    browser = await sign_in(hub, case)
    short_limit()
    directory.hold()
    page = await hub.browser().login(case.member.key)
    assert page.status == 502
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert "this system cannot tell whether there is an account 'nobody': no answer within" in line
    assert await stays(hub, browser)
    assert await stays(hub, browser)
    hub.authenticator.blocked_users = {"nobody"}
    assert not await stays(hub, browser), "a block still applies"
    check_invariants(hub, case.fake, accounts={"nobody"})


async def test_while_look_ups_time_out_further_ones_fail_at_once(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One user takes two threads at most, and all users together four, until these look-ups are given up."""
    lookups = unix_lookups()
    monkeypatch.setattr("oauthenticator_suite.hub.unix.lookups.ANSWER_WITHIN", 0.5)
    directory.hold()
    for name in ("a", "a", "a", "b", "c", "d"):
        lookups._lookups._timed_out_at.clear()  # as if the time-out were long ago
        found = await look_up(lookups, name)
        assert found.unknown
    assert directory.asked == lookups._lookups._calls.overdue() == 4
    assert found.unknown == "no answer yet to earlier look-ups"
    hanging = list(lookups._lookups._calls._overdue)
    for running in hanging:
        lookups._lookups._calls._give_up(running)
    await look_up(lookups, "d")
    assert directory.asked == 5
    hanging += lookups._lookups._calls._overdue
    directory.let_go()
    await asyncio.wait([running.result for running in hanging])
    monkeypatch.setattr("oauthenticator_suite.hub.unix.lookups.ANSWER_WITHIN", 60)
    account = (await look_up(lookups, "root")).account
    assert account is not None
    assert account.uid == 0
    assert not lookups._lookups._under_way


async def test_a_look_up_that_is_not_started_is_no_outage(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under thousands of requests at once, this must log no user out, not even with `refresh_outage_grace` = 0."""
    lookups = unix_lookups()
    directory.hold()
    monkeypatch.setattr("oauthenticator_suite.hub.unix.lookups.ANSWER_WITHIN", 1)
    found = await asyncio.gather(*(look_up(lookups, f"user{number}") for number in range(THREADS + 1)))
    assert sorted(each.unknown_for is None for each in found) == [False] * THREADS + [True]
    (not_started,) = [each for each in found if each.unknown_for is None]
    assert not_started.unknown.startswith("no free thread")
    assert directory.asked == THREADS


async def test_a_page_waits_for_one_look_up_only(
    generic: Generic, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page stops waiting before the refresh ends, and must not start a second look-up."""
    case, start = generic
    hub = await start(user_data_max_age=0)
    browser = await sign_in(hub, case)
    monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.MAX_WAIT", 0.05)
    monkeypatch.setattr("oauthenticator_suite.hub.unix.lookups.ANSWER_WITHIN", 2)
    directory.hold()
    before = directory.asked
    assert await stays(hub, browser)
    assert directory.asked == before + 1


async def test_without_grace_a_directory_that_is_down_ends_the_session(
    generic: Generic, directory: Directory, short_limit: Callable[[], None]
) -> None:
    case, start = generic
    hub = await start(refresh_outage_grace=0)
    browser = await sign_in(hub, case)
    short_limit()
    directory.hold()
    assert not await stays(hub, browser)
    assert hub.log.lines_with("The session of nobody ends: rule=refresh_outage_grace")


@AGES
@pytest.mark.parametrize("source", ["accounts", "groups"])
async def test_an_outage_that_is_over_does_not_use_up_the_grace_period_of_a_later_one(
    generic: Generic, monkeypatch: pytest.MonkeyPatch, max_age: int, source: str
) -> None:
    """The account cannot be looked up at 9:00, others are looked up in between, and it cannot be at 14:00."""
    case, start = generic
    hub = await start(user_data_max_age=max_age)
    now = [9 * 3600.0]
    hub.authenticator.outage_clock._clock = lambda: now[0]
    browser = await sign_in(hub, case)

    async def stays_during_outage(hour: float) -> bool:
        now[0] = hour * 3600
        with monkeypatch.context() as system:
            module, function = (pwd, "getpwnam") if source == "accounts" else (os, "getgrouplist")
            system.setattr(module, function, raise_system_error)
            return await stays(hub, browser)

    assert await stays_during_outage(9)
    now[0] = 12 * 3600
    page, _ = await sign_in_as(hub, case, "root")
    assert page.status == 403, "an answer about another user"
    assert await stays_during_outage(14), "a second outage, which has just begun"
    assert await stays_during_outage(14.5)
    hours = hub.authenticator.refresh_outage_grace / 3600
    assert not await stays_during_outage(14 + hours), "the second outage has lasted for the grace period"
    assert hub.log.lines_with("The session of nobody ends: rule=refresh_outage_grace")


async def test_during_an_outage_the_hub_asks_again_soon(
    generic: Generic, directory: Directory, short_limit: Callable[[], None]
) -> None:
    case, start = generic
    hub = await start()
    browser = await sign_in(hub, case)
    short_limit()
    directory.hold()
    assert await stays(hub, browser)
    assert is_due_again_soon(hub)


async def test_without_an_answer_a_former_administrator_loses_the_right(
    generic: Generic, directory: Directory, short_limit: Callable[[], None]
) -> None:
    case, start = generic
    case.fake.users[case.member.key]["groups"] = ["boss"]
    hub = await start(user_data_max_age=0, allow_all=True, allowed_groups=set(), **BOSSES)
    browser = await sign_in(hub, case)
    assert hub.accounts() == {"nobody": True}
    short_limit()
    directory.hold()
    case.fake.users[case.member.key]["groups"] = []
    assert await stays(hub, browser)
    assert hub.accounts() == {"nobody": False}


@AGES
async def test_without_an_answer_a_user_that_no_rule_allows_is_logged_out(
    generic: Generic, directory: Directory, short_limit: Callable[[], None], max_age: int
) -> None:
    """No rule is about Unix groups, so the decision is certain."""
    case, start = generic
    hub = await start(user_data_max_age=max_age, allowed_groups=set(), allowed_users={"nobody"})
    browser = await sign_in(hub, case)
    short_limit()
    directory.hold()
    assert await stays(hub, browser)
    hub.authenticator.allowed_users = {"another-user"}
    assert not await stays(hub, browser)


async def test_without_an_answer_a_block_by_an_override_still_applies(
    generic: Generic, directory: Directory, short_limit: Callable[[], None]
) -> None:
    blocked: set[str] = set()

    class Blocks(CLASS):
        def check_blocked_users(self, username: str, auth_model: Any = None) -> bool:
            return username not in blocked

    case, start = generic
    hub = await start(Blocks)
    browser = await sign_in(hub, case)
    short_limit()
    directory.hold()
    assert (await hub.browser().login(case.member.key)).status == 502
    assert await stays(hub, browser)
    blocked.add("nobody")
    assert not await stays(hub, browser)


# --- a look-up that fails --------------------------------------------------------------------------------------------


def raise_key_error(name: Any) -> Any:
    """Python's `pwd` and `grp` raise KeyError for a look-up that fails, as for an entry that does not exist."""
    raise KeyError(name)


def raise_system_error(*args: Any) -> Any:
    raise OSError(5, "Input/output error")


@pytest.mark.parametrize("failure", [errno.EIO, errno.EMFILE, errno.EAGAIN, errno.ENOENT, errno.ESRCH, 0])
def test_a_failed_look_up_is_told_from_a_missing_account(monkeypatch: pytest.MonkeyPatch, failure: int) -> None:
    """By the return values in the manual of ``getpwnam_r``."""
    assert find_account(UNKNOWN) is None

    class Library:
        def __init__(self, name: None) -> None:
            pass

        def getpwnam_r(self, name: bytes, *args: Any) -> int:
            assert name == UNKNOWN.encode()
            return failure

    monkeypatch.setattr(ctypes, "CDLL", Library)
    if failure in (0, errno.ENOENT, errno.ESRCH):
        assert find_account(UNKNOWN) is None
    else:
        with pytest.raises(OSError, match=os.strerror(failure)):
            find_account(UNKNOWN)


@AGES
@pytest.mark.parametrize("failure", ["account", "groups", "their names"])
async def test_a_failed_look_up_does_not_count_as_a_missing_account(
    generic: Generic, monkeypatch: pytest.MonkeyPatch, failure: str, max_age: int
) -> None:
    """The account exists: the second look-up finds it."""
    case, start = generic
    of_groups = {"allow_all": True, "allowed_groups": set()} if failure == "account" else {}
    name = "daemon" if failure == "account" else "nobody"  # some systems know it without a file
    traits = {"username_map": {case.member.login: name}, "minimum_uid": 0, **of_groups}
    hub = await start(user_data_max_age=max_age, **traits)
    browser = await sign_in(hub, case)
    with monkeypatch.context() as system:
        if failure == "account":
            system.setattr(pwd, "getpwnam", raise_key_error)
        elif failure == "groups":
            system.setattr(os, "getgrouplist", raise_system_error)
        else:
            system.setattr(grp, "getgrgid", raise_key_error)
        page = await hub.browser().login(case.member.key)
        still_there = await stays(hub, browser, name)
    assert (page.status, still_there) == (502, True)
    assert (await hub.browser().login(case.member.key)).status == 200


async def test_a_failed_look_up_lets_no_system_account_in(generic: Generic, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing account would be created. This account exists, but its look-up fails."""
    case, start = generic
    traits = {"create_system_users": True, "add_user_cmd": ["/bin/true"], "allow_all": True, "allowed_groups": set()}
    hub = await start(username_map={case.member.login: "daemon"}, **traits)
    assert (await hub.browser().login(case.member.key)).status == 403
    with monkeypatch.context() as system:
        system.setattr(pwd, "getpwnam", raise_key_error)
        browser = hub.browser()
        page = await browser.login(case.member.key)
    assert (page.status, browser.logged_in, hub.accounts()) == (502, False, {})


async def test_a_failed_look_up_at_the_start_deletes_no_user(
    generic: Generic, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With `delete_invalid_users` the Hub deletes all users without a system account."""
    case, _ = generic
    state = HubState(directory=tmp_path)
    traits = {"username_map": {case.member.login: "daemon"}, "minimum_uid": 0, "delete_invalid_users": True}
    config = case.config(state.url, CLASS, allow_all=True, **traits)
    async with start_hub(config, state) as hub:
        await sign_in(hub, case)
    with monkeypatch.context() as system:
        system.setattr(pwd, "getpwnam", raise_key_error)
        async with start_hub(config, state) as hub:
            assert set(hub.accounts()) == {"daemon"}
            assert hub.log.lines_with("the system account 'daemon' cannot be looked up")


class NotOfThisGroup(CLASS):
    """A restriction on Unix groups, although `needs_unix_groups` returns False."""

    def extra_required_rules(self) -> list[Rule]:
        return [Rule("not_its_group", lambda who: not in_unix_groups({ITS_GROUP}, who))]


class OfUnixGroups(CLASS):
    """Rules on Unix groups, as in write-a-provider.md."""

    required_unix_groups = Set(Unicode(), config=True).tag(**rule("required", in_unix_groups))
    admin_unix_groups = Set(Unicode(), config=True).tag(**rule("admin", in_unix_groups))

    def needs_unix_groups(self) -> bool:
        return True


@pytest.mark.parametrize(("module", "function"), [(os, "getgrouplist"), (grp, "getgrgid")])
async def test_a_restriction_that_cannot_be_decided_lets_no_user_in(
    generic: Generic, monkeypatch: pytest.MonkeyPatch, module: Any, function: str
) -> None:
    case, start = generic
    hub = await start(NotOfThisGroup, allow_all=True, allowed_groups=set())
    assert (await hub.browser().login(case.member.key)).status == 403
    assert hub.log.lines_with("rule=not_its_group")
    monkeypatch.setattr(module, function, raise_key_error if module is grp else raise_system_error)
    browser = hub.browser()
    assert (await browser.login(case.member.key)).status == 502
    assert not browser.logged_in


@AGES
@pytest.mark.parametrize("option", ["required_unix_groups", "admin_unix_groups"])
async def test_without_an_answer_rules_of_a_subclass_on_unix_groups_are_unknown(
    generic: Generic, directory: Directory, short_limit: Callable[[], None], max_age: int, option: str
) -> None:
    """No session ends, no user loses rights, and no user can sign in."""
    case, start = generic
    traits = {option: {ITS_GROUP}, "allow_all": True, "allowed_groups": set()}
    hub = await start(OfUnixGroups, user_data_max_age=max_age, **traits)
    browser = await sign_in(hub, case)
    before = hub.accounts()
    assert before == {"nobody": option == "admin_unix_groups"}
    short_limit()
    directory.hold()
    assert await stays(hub, browser)
    assert hub.accounts() == before
    assert (await hub.browser().login(case.member.key)).status == 502


@AGES
async def test_without_an_answer_a_refusal_by_an_override_still_applies(
    generic: Generic, directory: Directory, short_limit: Callable[[], None], max_age: int
) -> None:
    gone: set[str] = set()

    class Refuses(CLASS):
        async def check_allowed(self, username: str, auth_model: Any = None) -> bool:
            return username not in gone and await super().check_allowed(username, auth_model)

    case, start = generic
    hub = await start(Refuses, user_data_max_age=max_age)
    browser = await sign_in(hub, case)
    short_limit()
    directory.hold()
    assert await stays(hub, browser)
    gone.add("nobody")
    assert not await stays(hub, browser)


@AGES
async def test_an_override_of_facts_about_that_fails_logs_no_user_out(generic: Generic, max_age: int) -> None:
    down: list[bool] = []

    class Fails(CLASS):
        async def facts_about(self, username: str) -> Mapping[str, Any]:
            facts: Mapping[str, Any] = await super().facts_about(username)
            if down:
                raise ProviderTimeout("no answer")
            return facts

    case, start = generic
    hub = await start(Fails, user_data_max_age=max_age)
    browser = await sign_in(hub, case)
    down.append(True)
    assert (await hub.browser().login(case.member.key)).status == 504
    assert await stays(hub, browser)


@pytest.mark.parametrize("answer", [True, {"groups": []}])
async def test_during_an_outage_the_hub_asks_again_soon_with_a_hook_too(
    generic: Generic, directory: Directory, short_limit: Callable[[], None], answer: Any
) -> None:
    case, start = generic
    hub = await start(refresh_user_hook=lambda authenticator, user, auth_state: answer)
    browser = await sign_in(hub, case)
    short_limit()
    directory.hold()
    assert await stays(hub, browser)
    assert is_due_again_soon(hub)


async def test_a_login_does_not_wait_for_the_look_ups_of_refreshes(generic: Generic, directory: Directory) -> None:
    case, start = generic
    hub = await start()
    directory.hold()
    crowd = [asyncio.ensure_future(hub.authenticator.facts_about(f"user{number}")) for number in range(THREADS)]
    while directory.asked < THREADS:
        await asyncio.to_thread(directory.is_asked.wait, 60)
    login = asyncio.ensure_future(hub.browser().login(case.member.key))
    while directory.asked < THREADS + 1:
        await hub.browser().get("/hub/health")
    directory.let_go()
    assert (await login).status == 200
    await asyncio.gather(*crowd)


# --- the user that is looked up --------------------------------------------------------------------------------------


@AGES
async def test_a_user_whose_account_is_gone_is_logged_out(generic: Generic, max_age: int) -> None:
    case, start = generic
    hub = await start(user_data_max_age=max_age)
    browser = await sign_in(hub, case)
    assert await stays(hub, browser)
    hub.app.users["nobody"].name = UNKNOWN
    assert not await stays(hub, browser, UNKNOWN)
    assert hub.log.lines_with(f"The session of {UNKNOWN} ends: rule=create_system_users")


async def test_an_override_that_allows_all_users_does_not_bypass_the_account_rules(generic: Generic) -> None:
    """The override does not call the method that it overrides."""

    class Open(CLASS):
        def check_blocked_users(self, username: str, auth_model: Any = None) -> bool:
            return True

        def check_allowed(self, username: str, auth_model: Any = None) -> bool:
            return True

    case, start = generic
    hub = await start(Open)
    for name, which in ((UNKNOWN, "create_system_users"), ("root", "minimum_uid")):
        page, browser = await sign_in_as(hub, case, name)
        assert page.status == 403
        (line,) = hub.log.lines_with(reference_on(page, hub))
        assert f"rule={which}:" in line
        assert not browser.logged_in


async def test_a_hook_may_return_a_new_model(generic: Generic) -> None:
    """The provider's account stays known."""

    def hook(authenticator: Any, handler: Any, model: dict[str, Any]) -> dict[str, Any]:
        return {key: model[key] for key in ("name", "admin", "auth_state", "groups")}

    case, start = generic
    hub = await start(post_auth_hook=hook)
    for _ in range(2):
        browser = await sign_in(hub, case)
    assert await stays(hub, browser)


async def test_rules_apply_to_the_name_that_a_hook_sets(generic: Generic, directory: Directory) -> None:
    case, start = generic
    hub = await start(post_auth_hook=lambda authenticator, handler, model: {**model, "name": "root"})
    directory.asked_in_loop = 0
    page = await hub.browser().login(case.member.key)
    assert page.status == 403
    assert hub.log.lines_with("rule=minimum_uid")
    assert directory.asked_in_loop == 0


async def test_rules_use_a_new_look_up_when_a_hook_returns_the_model_of_the_login(
    generic: Generic, monkeypatch: pytest.MonkeyPatch
) -> None:
    models: dict[str, Any] = {}

    def at_login(authenticator: Any, handler: Any, model: dict[str, Any]) -> dict[str, Any]:
        models[model["name"]] = model
        return model

    def at_refresh(authenticator: Any, user: Any, auth_state: Any) -> dict[str, Any]:
        return dict(models[user.name])

    case, start = generic
    hub = await start(allow_all=True, post_auth_hook=at_login, refresh_user_hook=at_refresh)
    browser = await sign_in(hub, case)
    assert await stays(hub, browser)
    found = pwd.getpwnam
    monkeypatch.setattr(pwd, "getpwnam", lambda name: pwd.struct_passwd((name, "x", 5, *found(name)[3:])))
    assert not await stays(hub, browser)
    assert hub.log.lines_with("rule=minimum_uid")


@pytest.mark.parametrize("where", ["facts_about", "update_auth_model", "check_blocked_users", "is_admin"])
async def test_a_slow_refresh_does_not_undo_a_login(generic: Generic, where: str) -> None:
    """The refresh begins before a login that takes away the administrator's right, and ends after it."""
    asked, goes_on = asyncio.Event(), asyncio.Event()
    goes_on.set()

    async def may_wait(here: str) -> None:
        if here == where and not goes_on.is_set() and not asked.is_set():
            asked.set()
            await goes_on.wait()

    class Slow(CLASS):
        async def facts_about(self, username: str) -> Mapping[str, Any]:
            await may_wait("facts_about")
            facts: Mapping[str, Any] = await super().facts_about(username)
            return facts

        async def update_auth_model(self, auth_model: Any) -> Any:
            await may_wait("update_auth_model")
            return await super().update_auth_model(auth_model)

        async def check_blocked_users(self, username: str, auth_model: Any = None) -> bool:
            await may_wait("check_blocked_users")
            return bool(await super().check_blocked_users(username, auth_model))

        async def is_admin(self, handler: Any, auth_model: Any) -> Any:
            await may_wait("is_admin")
            return super().is_admin(handler, auth_model)

    case, start = generic
    case.fake.users[case.member.key]["groups"] = ["boss"]
    max_age = 0 if where == "update_auth_model" else 3600  # young data call no stage
    hub = await start(Slow, user_data_max_age=max_age, allow_all=True, allowed_groups=set(), **BOSSES)
    browser = await sign_in(hub, case)
    assert hub.accounts() == {"nobody": True}
    goes_on.clear()
    refresh_is_due(hub, "nobody")
    page = asyncio.ensure_future(browser.get("/hub/home"))
    await asked.wait()
    case.fake.users[case.member.key]["groups"] = []
    await sign_in(hub, case)
    assert hub.accounts() == {"nobody": False}
    goes_on.set()
    assert (await page).status == 200
    assert hub.accounts() == {"nobody": False}


async def test_an_account_that_is_deleted_during_its_refresh(generic: Generic, directory: Directory) -> None:
    case, start = generic
    hub = await start()
    browser = await sign_in(hub, case)
    directory.hold()
    refresh_is_due(hub, "nobody")
    page = asyncio.ensure_future(browser.get("/hub/home"))
    assert await asyncio.to_thread(directory.is_asked.wait, 60)
    hub.app.users.delete(hub.app.users["nobody"])
    directory.let_go()
    assert (await page).status == 302
    assert not hub.log.tracebacks()
