"""`follow_renames`, as a property: whatever happens to names at the provider, an account has one owner forever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hub.test_renamed_users import FOLLOWED, account_of, kept, new_person, rename
from tests.support import Hub

pytestmark = pytest.mark.hub_versions

NAMES = st.sampled_from(["ann", "ben", "cem", "dot"])
PEOPLE = st.integers(0, 4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("signs in"), PEOPLE),
        st.tuples(st.just("is renamed"), PEOPLE, NAMES),
        st.tuples(st.just("exchange names"), PEOPLE, PEOPLE),
        st.tuples(st.just("is deleted here"), NAMES),
        st.tuples(st.just("leaves the provider"), PEOPLE),
    ),
    max_size=10,
)


class Model:
    """What must be true: the names at the provider, and the owner of each account of the Hub."""

    def __init__(self, hub: Hub, provider: Any) -> None:
        self.hub = hub
        self.provider = provider
        self.people: dict[int, str] = {}
        self.owners: dict[str, str] = {}
        self.generation = 0
        for account in list(hub.accounts()):
            hub.app.users.delete(hub.app.users[account])
        provider.users.clear()

    def name_of(self, number: int) -> str:
        """The person with this number. A new one gets the first free name at the provider."""
        if number not in self.people:
            self.generation += 1
            person = self.people[number] = f"p{number}-{self.generation}"
            taken = self.taken()
            new_person(self.provider, person, next(f"{n}" for n in self.all_names() if n not in taken))
        return self.people[number]

    @staticmethod
    def all_names() -> list[str]:
        return ["ann", "ben", "cem", "dot", "eve", "fay"]

    def taken(self) -> dict[str, str]:
        return {user["preferred_username"]: person for person, user in self.provider.users.items()}

    async def run(self, step: tuple[Any, ...]) -> None:
        what, *who = step
        actions: dict[str, Callable[..., Any]] = {
            "signs in": self.signs_in,
            "is renamed": self.is_renamed,
            "exchange names": self.exchange,
            "is deleted here": self.is_deleted,
            "leaves the provider": self.leaves,
        }
        await actions[what](*who)

    async def signs_in(self, number: int) -> None:
        person = self.name_of(number)
        name = self.provider.users[person]["preferred_username"]
        own = [account for account, owner in self.owners.items() if owner == person]
        assert len(own) <= 1
        if not own and name in self.owners:
            assert (await self.hub.browser().login(person)).status == 409
            return
        expected = own[0] if own else name
        assert await account_of(self.hub, person) == expected
        self.owners[expected] = person

    async def is_renamed(self, number: int, name: str) -> None:
        person = self.name_of(number)
        if name not in self.taken():
            rename(self.provider, person, name)

    async def exchange(self, one: int, other: int) -> None:
        first, second = self.name_of(one), self.name_of(other)
        names = [self.provider.users[person]["preferred_username"] for person in (first, second)]
        rename(self.provider, first, names[1])
        rename(self.provider, second, names[0])

    async def is_deleted(self, name: str) -> None:
        if self.owners.pop(name, None) is not None:
            self.hub.app.users.delete(self.hub.app.users[name])

    async def leaves(self, number: int) -> None:
        """From now on the number stands for a new person, and this person may take the name."""
        del self.provider.users[self.name_of(number)]
        del self.people[number]

    async def check(self) -> None:
        assert set(self.hub.accounts()) == set(self.owners)
        for account, owner in self.owners.items():
            assert (await kept(self.hub, account))["suite"]["subject"] == f"subject-of-{owner}"


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
async def test_an_account_has_one_owner(renames_hub: Hub, provider: Any, steps: list[tuple[Any, ...]]) -> None:
    model = Model(renames_hub, provider)
    for step in steps:
        await model.run(step)
        await model.check()
    for browser in renames_hub.browsers:
        await browser.close()
    renames_hub.browsers.clear()


@pytest.fixture
async def renames_hub(hub_at_provider: Any) -> Hub:
    hub: Hub = await hub_at_provider(**FOLLOWED)
    return hub
