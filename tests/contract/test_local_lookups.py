"""What the system says of a `Local…` class's users: asked without holding up the Hub, and missed without a fault.

The system asks a directory, perhaps, which is slow or down at times.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import grp
import os
import pwd
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
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
from tests.support import Browser, Hub, HubState, check_invariants, reference_on, refresh_is_due, start_hub
from tests.support.entry_points import LOCAL

Start = Callable[..., Awaitable[Hub]]
Generic = tuple[GenericCase, Start]

CLASS: Any = LOCAL["suite-local-generic"]
BOSSES = {"admin_groups": {"boss"}, "auth_state_groups_key": "oauth_user.groups"}
AGES = pytest.mark.parametrize("max_age", [0, 3600])
"""The refresh asks the provider, or does not."""


class Directory:
    """What the system asks for accounts and groups, before the real ones: while it is held, nobody gets an answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
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
            self._goes_on.wait(60)
        return function(*args)


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Directory]:
    directory = Directory(monkeypatch)
    yield directory
    directory.let_go()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on nobody waits long for the system: not earlier, as a slow machine may need its time."""
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
    """Whether a page is there when a refresh is due."""
    refresh_is_due(hub, name)
    status = (await browser.get("/hub/home")).status
    assert status in (200, 302)
    return status == 200


def is_due_again_soon(hub: Hub) -> bool:
    """Whether the Hub, which has just been answered, does not wait for `auth_refresh_age`."""
    passed = time.monotonic() - hub.app.users["nobody"]._auth_refreshed
    return bool(passed > hub.authenticator.auth_refresh_age - 30)


# --- a directory that is slow ----------------------------------------------------------------------------------------


async def test_while_the_system_asks_a_directory_the_hub_goes_on(generic: Generic, directory: Directory) -> None:
    """At a login and at a refresh; nowhere is the system asked in the event loop."""
    case, start = generic
    hub = await start(user_data_max_age=0)
    directory.asked_in_loop = 0  # the Hub's own start
    browser = hub.browser()

    async def page_that_has_to_wait(page: Awaitable[Any]) -> None:
        directory.hold()
        comes = asyncio.ensure_future(page)
        assert await asyncio.to_thread(directory.is_asked.wait, 60)
        assert (await hub.browser().get("/hub/health")).status == 200
        assert not comes.done()
        directory.let_go()
        assert (await comes).status == 200

    await page_that_has_to_wait(browser.login(case.member.key))
    refresh_is_due(hub, "nobody")
    await page_that_has_to_wait(browser.get("/hub/home"))
    assert browser.logged_in
    assert directory.asked_in_loop == 0
    check_invariants(hub, case.fake, accounts={"nobody"})


async def test_an_override_of_the_block_has_nothing_asked_in_the_loop(generic: Generic, directory: Directory) -> None:
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
async def test_a_directory_that_does_not_answer_logs_nobody_in_or_out(
    generic: Generic, directory: Directory, impatient: Callable[[], None], max_age: int
) -> None:
    case, start = generic
    hub = await start(user_data_max_age=max_age)
    browser = await sign_in(hub, case)
    impatient()
    directory.hold()
    page = await hub.browser().login(case.member.key)
    assert page.status == 502
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert "this system cannot tell whether there is an account 'nobody': no answer within" in line
    assert await stays(hub, browser)
    assert await stays(hub, browser)
    hub.authenticator.blocked_users = {"nobody"}
    assert not await stays(hub, browser), "a block holds all the same"
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


async def test_a_page_waits_no_longer_than_for_one_answer(
    generic: Generic, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gives up before the refresh does, and is then not to ask once more."""
    case, start = generic
    hub = await start(user_data_max_age=0)
    browser = await sign_in(hub, case)
    monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.PATIENCE", 0.05)
    monkeypatch.setattr("oauthenticator_suite.hub.unix.lookups.ANSWER_WITHIN", 2)
    directory.hold()
    before = directory.asked
    assert await stays(hub, browser)
    assert directory.asked == before + 1


async def test_without_grace_a_directory_that_is_down_ends_the_session(
    generic: Generic, directory: Directory, impatient: Callable[[], None]
) -> None:
    case, start = generic
    hub = await start(refresh_outage_grace=0)
    browser = await sign_in(hub, case)
    impatient()
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
            system.setattr(module, function, error_of_the_system)
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


async def test_the_hub_asks_again_soon(generic: Generic, directory: Directory, impatient: Callable[[], None]) -> None:
    case, start = generic
    hub = await start()
    browser = await sign_in(hub, case)
    impatient()
    directory.hold()
    assert await stays(hub, browser)
    assert is_due_again_soon(hub)


async def test_a_directory_that_is_down_keeps_nobody_an_administrator(
    generic: Generic, directory: Directory, impatient: Callable[[], None]
) -> None:
    case, start = generic
    case.fake.users[case.member.key]["groups"] = ["boss"]
    hub = await start(user_data_max_age=0, allow_all=True, allowed_groups=set(), **BOSSES)
    browser = await sign_in(hub, case)
    assert hub.accounts() == {"nobody": True}
    impatient()
    directory.hold()
    case.fake.users[case.member.key]["groups"] = []
    assert await stays(hub, browser)
    assert hub.accounts() == {"nobody": False}


@AGES
async def test_whom_no_rule_lets_in_goes_also_while_the_directory_is_down(
    generic: Generic, directory: Directory, impatient: Callable[[], None], max_age: int
) -> None:
    """Where no rule is about the system's groups, nothing is in doubt."""
    case, start = generic
    hub = await start(user_data_max_age=max_age, allowed_groups=set(), allowed_users={"nobody"})
    browser = await sign_in(hub, case)
    impatient()
    directory.hold()
    assert await stays(hub, browser)
    hub.authenticator.allowed_users = {"somebody"}
    assert not await stays(hub, browser)


async def test_the_block_of_an_override_holds_while_the_directory_is_down(
    generic: Generic, directory: Directory, impatient: Callable[[], None]
) -> None:
    blocked: set[str] = set()

    class Blocks(CLASS):
        def check_blocked_users(self, username: str, auth_model: Any = None) -> bool:
            return username not in blocked

    case, start = generic
    hub = await start(Blocks)
    browser = await sign_in(hub, case)
    impatient()
    directory.hold()
    assert (await hub.browser().login(case.member.key)).status == 502
    assert await stays(hub, browser)
    blocked.add("nobody")
    assert not await stays(hub, browser)


# --- a look-up that fails --------------------------------------------------------------------------------------------


def says_key_error(name: Any) -> Any:
    """What Python's `pwd` says when it could not look, as of an account that is not there."""
    raise KeyError(name)


def error_of_the_system(*args: Any) -> Any:
    raise OSError(5, "Input/output error")


@pytest.mark.parametrize("failure", [errno.EIO, errno.EMFILE, errno.EAGAIN, errno.ENOENT, errno.ESRCH, 0])
def test_that_it_could_not_look_is_told_from_that_nobody_is_there(
    monkeypatch: pytest.MonkeyPatch, failure: int
) -> None:
    """By what ``getpwnam_r`` returns, where its manual says which are which."""
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
async def test_a_look_up_that_fails_is_no_account_that_is_gone(
    generic: Generic, monkeypatch: pytest.MonkeyPatch, failure: str, max_age: int
) -> None:
    """The account is there when one looks again."""
    case, start = generic
    of_groups = {"allow_all": True, "allowed_groups": set()} if failure == "account" else {}
    name = "daemon" if failure == "account" else "nobody"  # whom some systems know without a file
    traits = {"username_map": {case.member.login: name}, "minimum_uid": 0, **of_groups}
    hub = await start(user_data_max_age=max_age, **traits)
    browser = await sign_in(hub, case)
    with monkeypatch.context() as system:
        if failure == "account":
            system.setattr(pwd, "getpwnam", says_key_error)
        elif failure == "groups":
            system.setattr(os, "getgrouplist", error_of_the_system)
        else:
            system.setattr(grp, "getgrgid", says_key_error)
        page = await hub.browser().login(case.member.key)
        still_there = await stays(hub, browser, name)
    assert (page.status, still_there) == (502, True)
    assert (await hub.browser().login(case.member.key)).status == 200


async def test_a_look_up_that_fails_lets_in_none_of_the_systems_own(
    generic: Generic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has no account may be given one; but this one has an account, which could not be looked at."""
    case, start = generic
    traits = {"create_system_users": True, "add_user_cmd": ["/bin/true"], "allow_all": True, "allowed_groups": set()}
    hub = await start(username_map={case.member.login: "daemon"}, **traits)
    assert (await hub.browser().login(case.member.key)).status == 403
    with monkeypatch.context() as system:
        system.setattr(pwd, "getpwnam", says_key_error)
        browser = hub.browser()
        page = await browser.login(case.member.key)
    assert (page.status, browser.logged_in, hub.accounts()) == (502, False, {})


async def test_a_look_up_that_fails_at_the_start_deletes_nobody(
    generic: Generic, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With `delete_invalid_users` the Hub would delete all who have no account on the system."""
    case, _ = generic
    state = HubState(directory=tmp_path)
    traits = {"username_map": {case.member.login: "daemon"}, "minimum_uid": 0, "delete_invalid_users": True}
    config = case.config(state.url, CLASS, allow_all=True, **traits)
    async with start_hub(config, state) as hub:
        await sign_in(hub, case)
    with monkeypatch.context() as system:
        system.setattr(pwd, "getpwnam", says_key_error)
        async with start_hub(config, state) as hub:
            assert set(hub.accounts()) == {"daemon"}
            assert hub.log.lines_with("the system account 'daemon' cannot be looked up")


class NotOfThisGroup(CLASS):
    """Restricted by Unix groups, which are not asked for beforehand."""

    def required_rules(self) -> list[Rule]:
        return [*super().required_rules(), Rule("not_its_group", lambda who: not in_unix_groups({ITS_GROUP}, who))]


class OfUnixGroups(CLASS):
    """Rules on Unix groups as write-a-provider.md has them."""

    required_unix_groups = Set(Unicode(), config=True).tag(**rule("required", in_unix_groups))
    admin_unix_groups = Set(Unicode(), config=True).tag(**rule("admin", in_unix_groups))

    def needs_unix_groups(self) -> bool:
        return True


@pytest.mark.parametrize(("module", "function"), [(os, "getgrouplist"), (grp, "getgrgid")])
async def test_nobody_gets_past_a_restriction_that_could_not_be_judged(
    generic: Generic, monkeypatch: pytest.MonkeyPatch, module: Any, function: str
) -> None:
    case, start = generic
    hub = await start(NotOfThisGroup, allow_all=True, allowed_groups=set())
    assert (await hub.browser().login(case.member.key)).status == 403
    assert hub.log.lines_with("rule=not_its_group")
    monkeypatch.setattr(module, function, says_key_error if module is grp else error_of_the_system)
    browser = hub.browser()
    assert (await browser.login(case.member.key)).status == 502
    assert not browser.logged_in


@AGES
@pytest.mark.parametrize("option", ["required_unix_groups", "admin_unix_groups"])
async def test_rules_of_a_subclass_on_unix_groups_while_the_directory_is_down(
    generic: Generic, directory: Directory, impatient: Callable[[], None], max_age: int, option: str
) -> None:
    """Nobody is kept out by what nobody can tell, nor loses rights; and nobody comes in."""
    case, start = generic
    traits = {option: {ITS_GROUP}, "allow_all": True, "allowed_groups": set()}
    hub = await start(OfUnixGroups, user_data_max_age=max_age, **traits)
    browser = await sign_in(hub, case)
    before = hub.accounts()
    assert before == {"nobody": option == "admin_unix_groups"}
    impatient()
    directory.hold()
    assert await stays(hub, browser)
    assert hub.accounts() == before
    assert (await hub.browser().login(case.member.key)).status == 502


@AGES
async def test_the_no_of_an_override_holds_while_the_directory_is_down(
    generic: Generic, directory: Directory, impatient: Callable[[], None], max_age: int
) -> None:
    gone: set[str] = set()

    class Judges(CLASS):
        async def check_allowed(self, username: str, auth_model: Any = None) -> bool:
            return username not in gone and await super().check_allowed(username, auth_model)

    case, start = generic
    hub = await start(Judges, user_data_max_age=max_age)
    browser = await sign_in(hub, case)
    impatient()
    directory.hold()
    assert await stays(hub, browser)
    gone.add("nobody")
    assert not await stays(hub, browser)


@AGES
async def test_an_override_that_finds_out_by_asking_logs_nobody_out(generic: Generic, max_age: int) -> None:
    down: list[bool] = []

    class Asks(CLASS):
        async def facts_about(self, username: str) -> Any:
            facts = await super().facts_about(username)
            if down:
                raise ProviderTimeout("no answer")
            return facts

    case, start = generic
    hub = await start(Asks, user_data_max_age=max_age)
    browser = await sign_in(hub, case)
    down.append(True)
    assert (await hub.browser().login(case.member.key)).status == 504
    assert await stays(hub, browser)


@pytest.mark.parametrize("answer", [True, {"groups": []}])
async def test_with_a_hook_too_the_hub_asks_again_soon(
    generic: Generic, directory: Directory, impatient: Callable[[], None], answer: Any
) -> None:
    case, start = generic
    hub = await start(refresh_user_hook=lambda authenticator, user, auth_state: answer)
    browser = await sign_in(hub, case)
    impatient()
    directory.hold()
    assert await stays(hub, browser)
    assert is_due_again_soon(hub)


async def test_a_login_does_not_stand_behind_thousands_who_are_due(generic: Generic, directory: Directory) -> None:
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


# --- whom the answer is about ----------------------------------------------------------------------------------------


@AGES
async def test_who_is_no_user_of_the_system_any_more_goes(generic: Generic, max_age: int) -> None:
    case, start = generic
    hub = await start(user_data_max_age=max_age)
    browser = await sign_in(hub, case)
    assert await stays(hub, browser)
    hub.app.users["nobody"].name = UNKNOWN
    assert not await stays(hub, browser, UNKNOWN)
    assert hub.log.lines_with(f"The session of {UNKNOWN} ends: rule=create_system_users")


async def test_no_override_gets_around_the_system(generic: Generic) -> None:
    """Also one that asks nothing of what it overrides, and lets in everybody."""

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


async def test_a_hook_may_make_the_model_anew(generic: Generic) -> None:
    """What was found out is asked once more, and whose account it is stays the provider's to say."""

    def hook(authenticator: Any, handler: Any, model: dict[str, Any]) -> dict[str, Any]:
        return {key: model[key] for key in ("name", "admin", "auth_state", "groups")}

    case, start = generic
    hub = await start(post_auth_hook=hook)
    for _ in range(2):
        browser = await sign_in(hub, case)
    assert await stays(hub, browser)


async def test_a_hook_that_gives_another_name_is_judged_by_that(generic: Generic, directory: Directory) -> None:
    case, start = generic
    hub = await start(post_auth_hook=lambda authenticator, handler, model: {**model, "name": "root"})
    directory.asked_in_loop = 0
    page = await hub.browser().login(case.member.key)
    assert page.status == 403
    assert hub.log.lines_with("rule=minimum_uid")
    assert directory.asked_in_loop == 0


async def test_a_hook_that_gives_back_the_logins_model_is_judged_by_what_is_said_now(
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
async def test_a_page_that_waits_to_be_judged_undoes_no_login(generic: Generic, where: str) -> None:
    """It has asked before the login, and goes on when that has made somebody no administrator."""
    asked, goes_on = asyncio.Event(), asyncio.Event()
    goes_on.set()

    async def may_wait(here: str) -> None:
        if here == where and not goes_on.is_set() and not asked.is_set():
            asked.set()
            await goes_on.wait()

    class Slow(CLASS):
        async def facts_about(self, username: str) -> Any:
            await may_wait("facts_about")
            return await super().facts_about(username)

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
    hub = await start(Slow, allow_all=True, allowed_groups=set(), **BOSSES)
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


async def test_an_account_that_is_deleted_while_its_page_waits(generic: Generic, directory: Directory) -> None:
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
