"""Each stage that a subclass may override runs once per login, and once per refresh that asks the provider.

A stage may have side effects (a request, a record in another system), and a second call may give another result.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import pytest

from tests.contract.cases import GenericCase, ProviderCase
from tests.contract.cases.github import GitHubCase
from tests.contract.cases.mediawiki import MediaWiki2Case, MediaWikiCase
from tests.support import Browser, Hub, HubState, refresh_is_due

TOKEN_STAGES = ["build_access_tokens_request_params", "get_token_info"]
USER_STAGES = [
    "token_to_user",
    "look_up",
    "user_info_to_username",
    "build_auth_state_dict",
    "get_user_groups",
    "update_auth_model",
]


class CountingStages:
    """Counts the calls of each stage, and calls the provider's own method."""

    called: list[str]
    seen: list[dict[str, Any]]
    """The authentication models that `update_auth_model` has got."""

    def build_access_tokens_request_params(self, handler: Any, data: dict[str, Any] | None = None) -> Any:
        self.called.append("build_access_tokens_request_params")
        return super().build_access_tokens_request_params(handler, data)

    async def get_token_info(self, handler: Any, params: Mapping[str, str]) -> Any:
        self.called.append("get_token_info")
        return await super().get_token_info(handler, params)

    async def token_to_user(self, token_info: dict[str, Any]) -> Any:
        self.called.append("token_to_user")
        return await super().token_to_user(token_info)

    async def look_up(
        self, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Any:
        self.called.append("look_up")
        return await super().look_up(token_info, user, wanted)

    def user_info_to_username(self, user_info: dict[str, Any]) -> Any:
        self.called.append("user_info_to_username")
        return super().user_info_to_username(user_info)

    def normalize_username(self, username: str) -> Any:
        self.called.append("normalize_username")
        return super().normalize_username(username)

    def build_auth_state_dict(self, token_info: dict[str, Any], user_info: dict[str, Any]) -> Any:
        self.called.append("build_auth_state_dict")
        return super().build_auth_state_dict(token_info, user_info)

    async def get_user_groups(self, auth_state: dict[str, Any]) -> Any:
        self.called.append("get_user_groups")
        return await super().get_user_groups(auth_state)

    async def update_auth_model(self, auth_model: dict[str, Any]) -> Any:
        self.called.append("update_auth_model")
        self.seen.append(dict(auth_model))
        return await super().update_auth_model(auth_model)


class Visitor:
    """The case's member, signed in at a Hub whose authenticator counts its stages."""

    def __init__(self, hub: Hub, case: ProviderCase, browser: Browser) -> None:
        self.hub = hub
        self.case = case
        self.browser = browser

    @property
    def called(self) -> list[str]:
        called: list[str] = self.hub.authenticator.called
        return called

    async def signs_in(self) -> list[str]:
        """The stages of one login, in the order of their calls."""
        callback = await self.browser.walk_to_callback(self.case.member.key)
        self.called.clear()
        answer = await self.browser.get(callback)
        assert answer.status == 302, answer.text[:500]
        assert self.browser.logged_in
        return [*self.called]

    async def is_refreshed(self, *, pages: int = 1) -> list[str]:
        """The stages of a refresh for which so many pages wait. The user stays signed in."""
        self.called.clear()
        refresh_is_due(self.hub, self.case.member.name)
        answers = await asyncio.gather(*(self.browser.get("/hub/home") for _ in range(pages)))
        assert {answer.status for answer in answers} == {200}
        return [*self.called]


SignedIn = Callable[..., Awaitable[Visitor]]


@pytest.fixture(params=[GenericCase, GitHubCase, MediaWikiCase], ids=lambda case: case.id)
async def case(request: pytest.FixtureRequest) -> AsyncIterator[ProviderCase]:
    case: ProviderCase = request.param()
    async with case.fake:
        yield case


@pytest.fixture
def signed_in(hubs: Any, case: ProviderCase) -> SignedIn:
    """`await signed_in(trait=value, …)`: the member of `case` has signed in with all that the provider may be asked."""

    async def start(**traits: Any) -> Visitor:
        state = HubState()
        cls = type("CountingAuthenticator", (CountingStages, case.cls), {"called": [], "seen": []})
        traits = {"allow_all": True, "enable_auth_state": True, "manage_groups": True, **case.everything, **traits}
        hub = await hubs(case.config(state.url, cls, **traits), state)
        visitor = Visitor(hub, case, hub.browser())
        await visitor.signs_in()
        return visitor

    return start


async def test_each_stage_runs_once_per_login(signed_in: SignedIn) -> None:
    """Both at the first login, which makes the account, and at the next."""
    visitor = await signed_in()
    for called in ([*visitor.called], await visitor.signs_in()):
        assert Counter(called) == Counter([*TOKEN_STAGES, *USER_STAGES, "normalize_username"])
        assert called[:2] == TOKEN_STAGES


async def test_update_auth_model_has_the_last_word(signed_in: SignedIn, case: ProviderCase) -> None:
    """It gets the model with all that the other stages have made, under the name that the account has."""
    visitor = await signed_in(username_map={case.member.name: "renamed"}, admin_users={"renamed"})
    assert visitor.called[-1] == "update_auth_model"
    (model,) = visitor.hub.authenticator.seen
    assert model["name"] == "renamed"
    assert model["admin"] is True
    assert model["groups"] is not None
    assert visitor.hub.authenticator.user_auth_state_key in model["auth_state"]


async def test_each_stage_runs_once_per_refresh_that_asks_the_provider(signed_in: SignedIn, case: ProviderCase) -> None:
    """No token is requested while the stored access token is valid. The account has its name already."""
    visitor = await signed_in(**case.lasting)
    called = Counter(await visitor.is_refreshed())
    assert called.pop("normalize_username", 0) <= 1
    assert called == Counter(USER_STAGES)


async def test_stages_run_once_for_all_pages_that_wait_for_a_refresh(signed_in: SignedIn, case: ProviderCase) -> None:
    """They do not run again for a page within the next seconds."""
    visitor = await signed_in(**case.lasting)
    called = Counter(await visitor.is_refreshed(pages=4))
    assert called.pop("normalize_username", 0) <= 1
    assert called == Counter(USER_STAGES)
    visitor.called.clear()
    visitor.hub.app.users[visitor.case.member.name]._auth_refreshed = None
    assert (await visitor.browser.get("/hub/home")).status == 200
    assert visitor.called == []


async def test_no_stage_runs_when_young_data_answer_a_refresh(signed_in: SignedIn) -> None:
    visitor = await signed_in()
    assert await visitor.is_refreshed() == []


async def test_no_stage_runs_when_a_block_ends_a_session(signed_in: SignedIn) -> None:
    """The rules are read again; the data are those of the login."""
    visitor = await signed_in()
    visitor.hub.authenticator.blocked_users = {visitor.case.member.name}
    refresh_is_due(visitor.hub, visitor.case.member.name)
    visitor.called.clear()
    answer = await visitor.browser.get("/hub/home")
    assert "/hub/login" in (answer.location or "")
    assert set(visitor.called) <= {"normalize_username"}  # of the names in `blocked_users`


@pytest.mark.parametrize("case", [GenericCase, MediaWiki2Case], indirect=True, ids=lambda case: case.id)
async def test_each_stage_runs_once_when_tokens_are_renewed(signed_in: SignedIn, case: Any) -> None:
    """`get_token_info` sends the refresh token; there is no code for which parameters would be built."""
    case.fake.access_token_lifetime = 1
    visitor = await signed_in()
    called = Counter(await visitor.is_refreshed())
    assert called.pop("normalize_username", 0) <= 1
    assert called == Counter(["get_token_info", *USER_STAGES])
