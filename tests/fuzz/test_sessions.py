"""Target 10: sequences of what users, operators, the provider and time do, through a real Hub.

After each step: signed-in users are allowed, no two users share an account, no secret is in the log, and a used attempt
stays used.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from oauthenticator_suite.hub.oauth.attempts import LIFETIME
from tests.conftest import generic_config
from tests.fakes.openid_provider import FakeProvider
from tests.support import Browser, Hub, HubState, refresh_is_due, start_hub

from .moved_time import MovedTime
from .verdicts import Watch, WrongAccept, target

TARGET = target("sessions")
T = TypeVar("T")

PEOPLE = ("alice", "bob")
CODE_LIFETIME = 60
"""Seconds for which the fake provider accepts a code."""


@dataclass
class Tab:
    """A login that has begun: its callback, and when the provider sent the browser back."""

    browser: Browser
    person: str
    callback: str
    began: float
    hub: Hub
    used: bool = False


class Sessions(RuleBasedStateMachine):
    """Each person has two browsers. Members of the group `staff` are allowed unless blocked."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.monkeypatch = pytest.MonkeyPatch()
        self.clock = MovedTime(self.monkeypatch)
        # In memory where there is such a folder: a database is written hundreds of times.
        memory = Path("/dev/shm")
        self.directory = TemporaryDirectory(prefix="sessions-", dir=memory if memory.is_dir() else None)
        self.state = HubState(Path(self.directory.name))
        self.at_provider, self.at_hub = AsyncExitStack(), AsyncExitStack()
        self.blocked: set[str] = set()
        self.secrets = ["first-secret-of-this-client-0", ""]
        self.tabs: list[Tab] = []
        self.is_down = False
        self.was_down = False
        self.signed_in: dict[Browser, str] = {}
        self.run(self.begin())

    def run(self, work: Awaitable[T]) -> T:
        """Do something in the loop of the Hub and the provider."""

        async def now() -> T:
            return await work

        return self.loop.run_until_complete(now())

    async def begin(self) -> None:
        self.provider = await self.at_provider.enter_async_context(FakeProvider())
        self.provider.clock = self.clock.now
        self.provider.client.redirect_uris.add(f"{self.state.url}/hub/oauth_callback")
        for person in PEOPLE:
            self.provider.users[person]["groups"] = ["staff"]
        self.provider.client.client_secret = self.secrets[0]
        self.browsers = {(person, number): Browser(self.state.url, person) for person in PEOPLE for number in (0, 1)}
        await self.start()

    async def start(self) -> None:
        config = generic_config(
            self.provider,
            enable_auth_state=True,
            user_data_max_age=0,
            manage_groups=True,
            allow_all=False,
            allowed_groups={"staff"},
            blocked_users=set(self.blocked),
            client_secret=self.secrets[0],
            previous_client_secret=self.secrets[1],
            scope=["openid", "profile", "email", "groups"],
        )
        self.hub = await self.at_hub.enter_async_context(start_hub(config, self.state))
        self.provider.secrets.update(secret for secret in self.secrets if secret)

    def teardown(self) -> None:
        async def end() -> None:
            await self.at_hub.aclose()
            for browser in self.browsers.values():
                await browser.close()
            await self.at_provider.aclose()

        try:
            self.run(end())
        finally:
            self.monkeypatch.undo()
            self.loop.close()
            self.directory.cleanup()

    # -- what is true

    def is_allowed(self, person: str) -> bool:
        return person not in self.blocked and "staff" in self.provider.users[person]["groups"]

    def browser_of(self, person: str, number: int) -> Browser:
        """The person's browser; it outlives the Hub."""
        return self.browsers[person, number]

    # -- users

    @rule(person=st.sampled_from(PEOPLE), number=st.integers(0, 1))
    def logs_in(self, person: str, number: int) -> None:
        self.begins_to_log_in(person, number)
        if self.tabs and not self.tabs[-1].used:
            self.comes_back(len(self.tabs) - 1)

    @rule(person=st.sampled_from(PEOPLE), number=st.integers(0, 1))
    def begins_to_log_in(self, person: str, number: int) -> None:
        """In a new tab, which waits at the provider's last page."""
        if self.is_down:
            return
        browser = self.browser_of(person, number)
        callback = self.run(self.walk(browser, person))
        if callback:
            self.tabs.append(Tab(browser, person, callback, self.clock.now(), self.hub))

    async def walk(self, browser: Browser, person: str) -> str:
        try:
            return await browser.walk_to_callback(person)
        except AssertionError:  # after an outage the provider is left alone for a while
            assert self.was_down
            return ""

    @precondition(lambda self: self.tabs)
    @rule(number=st.integers(0, 30))
    def comes_back(self, number: int) -> None:
        """A tab returns from the provider: for the first time, or again."""
        tab = self.tabs[number % len(self.tabs)]
        redeemed = self.redeemed()
        was_in = self.run(tab.browser.get("/hub/home")).status == 200
        page = self.run(tab.browser.get(tab.callback))
        age = self.clock.now() - tab.began
        succeeded = page.status == 302 and self.redeemed() > redeemed
        if page.status == 302 and not succeeded and not was_in:
            raise WrongAccept("signed in without a code; only a user who is signed in is sent on")
        may = not tab.used and age <= LIFETIME and self.is_allowed(tab.person) and not self.is_down
        if succeeded and not may:
            raise WrongAccept(f"{tab.person}, used: {tab.used}, age: {age}, allowed: {self.is_allowed(tab.person)}")
        if tab.used and self.redeemed() != redeemed:
            raise WrongAccept("a code was redeemed twice")
        fresh = age <= CODE_LIFETIME and not self.was_down
        newest = [one for one in self.tabs if one.browser is tab.browser][-8:]
        if may and fresh and any(one is tab for one in newest):
            assert succeeded, f"{page}: {page.text[:300]}"
        tab.used = True
        if succeeded:
            self.signed_in[tab.browser] = tab.person

    def redeemed(self) -> int:
        return sum(call.status == 200 for call in self.provider.requests_to("token") if "code=" in call.body)

    @rule(person=st.sampled_from(PEOPLE), number=st.integers(0, 1))
    def logs_out(self, person: str, number: int) -> None:
        browser = self.browser_of(person, number)
        self.run(browser.open("/hub/logout"))
        if self.run(browser.get("/hub/home")).status == 200:
            raise WrongAccept("still in after the logout")
        for tab in self.tabs:
            tab.used = tab.used or tab.browser is browser  # a logout ends the browser's attempts

    @rule(person=st.sampled_from(PEOPLE), number=st.integers(0, 1))
    def visits(self, person: str, number: int) -> None:
        """A page of the Hub's, when a refresh is due."""
        if person in self.hub.accounts():
            refresh_is_due(self.hub, person)
        self.run(self.browser_of(person, number).get("/hub/home"))

    # -- operators

    @rule(person=st.sampled_from(PEOPLE))
    def is_blocked(self, person: str) -> None:
        self.blocked ^= {person}
        self.hub.authenticator.blocked_users = set(self.blocked)

    @rule()
    def restarts(self) -> None:
        self.run(self.at_hub.aclose())
        self.at_hub = AsyncExitStack()
        self.run(self.start() if not self.is_down else self.start_when_back())

    async def start_when_back(self) -> None:
        await self.provider.come_back()
        self.is_down = False
        await self.start()

    @rule()
    def rotates_secret(self) -> None:
        """At the provider first; then the Hub is started with both."""
        stem, _, number = self.secrets[0].rpartition("-")
        self.secrets = [f"{stem}-{int(number) + 1}", self.secrets[0]]
        self.provider.client.client_secret = self.secrets[0]
        self.restarts()

    # -- the provider

    @rule(keep_old=st.booleans())
    def rotates_keys(self, keep_old: bool) -> None:
        self.provider.keys.rotate(keep_old=keep_old)

    @rule(person=st.sampled_from(PEOPLE))
    def changes_group(self, person: str) -> None:
        groups = self.provider.users[person]["groups"]
        self.provider.users[person]["groups"] = [] if groups else ["staff"]

    @rule()
    def goes_down_or_comes_back(self) -> None:
        self.run(self.provider.come_back() if self.is_down else self.provider.go_down())
        self.is_down = not self.is_down
        self.was_down = True

    # -- time

    @rule(seconds=st.sampled_from([30, 90, LIFETIME + 1, 3700, 86_400, 15 * 86_400]))
    def passes(self, seconds: float) -> None:
        self.clock.ahead += seconds

    # -- what must hold

    @invariant()
    def who_is_in_is_allowed(self) -> None:
        """With a refresh due. A group is not known while the provider is down; a block always is."""
        TARGET.tries()
        for (person, _), browser in self.browsers.items():
            if person in self.hub.accounts():
                refresh_is_due(self.hub, person)
            page = self.run(browser.get("/hub/home"))
            known = not self.is_down and not self.was_down
            if page.status == 200 and (person in self.blocked or (known and not self.is_allowed(person))):
                raise WrongAccept(f"{person} is in")
            if page.status == 200:
                name = json.loads(self.run(browser.get("/hub/api/user")).body)["name"]
                if name != person:
                    raise WrongAccept(f"{person} is {name}")

    @invariant()
    def no_users_share_an_account(self) -> None:
        for account in self.hub.accounts():
            state = self.run(self.hub.auth_state(account)) or {}
            subject = state.get("suite", {}).get("subject")
            if account not in PEOPLE or subject not in (None, f"subject-of-{account}"):
                raise WrongAccept(f"the account {account} is of {subject}")

    @invariant()
    def nothing_is_shown(self) -> None:
        self.hub.browsers.extend(self.browsers.values())
        try:
            Watch(self.hub, self.provider).look()
        finally:
            self.hub.browsers.clear()
            self.hub.log.records.clear()
            self.hub.log.lines.clear()
            for browser in self.browsers.values():
                browser.hops.clear()
                browser.cookies_seen.clear()


def test_any_sequence() -> None:
    """Some short sequences; ``--long`` and ``make fuzz`` try longer and more."""
    number = settings().max_examples
    run_state_machine_as_test(
        Sessions,
        settings=settings(max_examples=max(4, number // 30), stateful_step_count=7 if number <= 50 else 25),
    )


class StrictSessions(Sessions):
    """A model in which, when `lets_users_in` is off, no user is allowed."""

    lets_users_in = True

    def is_allowed(self, person: str) -> bool:
        return self.lets_users_in and super().is_allowed(person)


def test_the_invariants_can_fail() -> None:
    """If no user were allowed, a login that succeeds would be found."""
    machine = StrictSessions()
    try:
        machine.logs_in("alice", 0)
        machine.who_is_in_is_allowed()
        machine.no_users_share_an_account()
        machine.nothing_is_shown()
        machine.lets_users_in = False
        with pytest.raises(WrongAccept):
            machine.who_is_in_is_allowed()
        with pytest.raises(WrongAccept):
            machine.logs_in("bob", 1)
    finally:
        machine.teardown()
