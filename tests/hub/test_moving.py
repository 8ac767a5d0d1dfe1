"""What was kept of logins before a move: by another package, at another provider, by another protocol."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.contract.cases import ProviderCase
from tests.contract.cases.generic import GenericCase
from tests.contract.cases.github import GitHubCase
from tests.contract.cases.gitlab import GitLabCase, GitLabOpenIDCase
from tests.contract.cases.google import GoogleCase
from tests.contract.cases.mediawiki import MediaWikiCase
from tests.fakes.mediawiki import FakeMediaWiki, WikiUser
from tests.hub.visits import Start, kept, refused_with, signs_in, starting, stays
from tests.hub.wikis import LIBRARY, NATIVE, OAUTH_2
from tests.hub.wikis import Start as WikiStart
from tests.support import Hub

pytestmark = pytest.mark.hub_versions

KEPT = {"enable_auth_state": True, "user_data_max_age": 0}
OURS = {
    "google_user": {"sub", "email_verified"},
    "gitlab_user": {"sub", "email_verified"},
    "github_user": {"email_verified"},
}
"""What `oauthenticator` does not have of the user's data."""


@pytest.fixture(params=[GenericCase, GitHubCase, GitLabCase, GitLabOpenIDCase, GoogleCase, MediaWikiCase])
async def case(request: pytest.FixtureRequest) -> AsyncIterator[ProviderCase]:
    case: ProviderCase = request.param()
    async with case.fake:
        yield case


@pytest.fixture
def start(case: ProviderCase, hubs: Any) -> Start:
    return starting(case, hubs)


async def as_another_package_keeps_it(hub: Hub, name: str) -> None:
    """`oauthenticator` 17: no record of ours, and the user's data as the REST APIs send them."""
    auth_state = await kept(hub, name)
    key = hub.authenticator.user_auth_state_key
    del auth_state["suite"]
    told = auth_state[key]
    auth_state[key] = {member: value for member, value in told.items() if member not in OURS.get(key, ())}
    await hub.app.users[name].save_auth_state(auth_state)


async def test_who_is_signed_in_stays_and_is_known_from_then_on(case: ProviderCase, start: Start) -> None:
    hub = await start(**KEPT, **case.own_rule)
    browser = await signs_in(hub, case.member.key)
    record = (await kept(hub, case.member.name))["suite"]
    await as_another_package_keeps_it(hub, case.member.name)
    assert await stays(hub, browser, case.member.name)
    after = (await kept(hub, case.member.name))["suite"]
    for member in ("issuer", "subject", "memberships"):
        assert after[member] == record[member], member
    assert after["subject"]


async def test_a_newcomer_does_not_get_the_account(case: ProviderCase, start: Start) -> None:
    hub = await start(**KEPT, allow_all=True)
    await signs_in(hub, case.member.key)
    await as_another_package_keeps_it(hub, case.member.name)
    assert case.recycle()
    await refused_with(hub, case.member.key, 409)


@pytest.mark.parametrize("case", [GitHubCase], indirect=True)
@pytest.mark.parametrize("max_age", [0, 300])
@pytest.mark.parametrize("record", [{"issuer": "https://another.example"}, None], ids=["suite", "another package"])
async def test_tokens_of_another_provider_are_not_sent_to_this_one(
    case: ProviderCase, start: Start, record: Mapping[str, str] | None, max_age: int
) -> None:
    """Nor do the stored answers of the other provider keep a user signed in."""
    hub = await start(**{**KEPT, "user_data_max_age": max_age}, allow_all=True)
    browser = await signs_in(hub, "alice")
    auth_state = await kept(hub, "alice")
    if record is None:
        del auth_state["suite"]
        auth_state["another_user"] = auth_state.pop("github_user")
    else:
        auth_state["suite"].update(record)
    await hub.app.users["alice"].save_auth_state({**auth_state, "refresh_token": "another-s"})
    asked = len(case.fake.calls)
    assert not await stays(hub, browser, "alice")
    assert len(case.fake.calls) == asked
    assert hub.log.lines_with("is of another provider")


@pytest.mark.parametrize("case", [GoogleCase], indirect=True)
async def test_tokens_of_another_provider_are_not_sent_to_this_one_at_a_logout(
    case: ProviderCase, start: Start
) -> None:
    hub = await start(**KEPT, allow_all=True, revoke_tokens_on_logout=True)
    browser = await signs_in(hub, case.member.key)
    auth_state = await kept(hub, case.member.name)
    auth_state["suite"]["issuer"] = "https://another.example"
    await hub.app.users[case.member.name].save_auth_state(auth_state)
    asked = len(case.fake.calls)
    await browser.get("/hub/logout")
    assert not browser.logged_in
    assert len(case.fake.calls) == asked
    assert (await kept(hub, case.member.name))["access_token"] is None


async def test_a_login_without_a_subject_does_not_get_an_account_that_has_one(
    hub_at_wiki: WikiStart, wiki: FakeMediaWiki
) -> None:
    """A wiki of several says 0 of an account that is not joined with those of that name elsewhere."""
    hub = await hub_at_wiki(**KEPT)
    await signs_in(hub, "Alice")
    wiki.rename("Alice", "Alice as was")
    wiki.users["Alice"] = WikiUser(0, "Alice")
    await refused_with(hub, "Alice", 409)


@pytest.mark.parametrize(("before", "after"), [(OAUTH_2, NATIVE), (OAUTH_2, LIBRARY), (NATIVE, OAUTH_2)])
async def test_a_wiki_by_the_other_protocol(
    hub_at_wiki: WikiStart, wiki: FakeMediaWiki, before: dict[str, str], after: dict[str, str]
) -> None:
    """Who is signed in is asked to log in once, without a traceback, and has the same account then."""
    hub = await hub_at_wiki(**KEPT, **before)
    await signs_in(hub, "Alice")
    auth_state = await kept(hub, "Alice")
    hub = await hub_at_wiki(**KEPT, **after)
    browser = await signs_in(hub, "Alice")
    await hub.app.users["Alice"].save_auth_state(auth_state)
    assert not await stays(hub, browser, "Alice")
    assert not hub.log.lines_with("Traceback")
    await signs_in(hub, "Alice")


async def test_what_is_known_is_judged_under_the_same_name_as_a_login(hub_at_provider: Start) -> None:
    """An override that asks elsewhere for groups, say, asks for the same person."""
    hub = await hub_at_provider(enable_auth_state=True)
    names: list[str] = []

    async def update_auth_model(model: dict[str, Any]) -> dict[str, Any]:
        names.append(model["name"])
        return model

    hub.authenticator.update_auth_model = update_auth_model
    browser = await signs_in(hub, "alice")
    assert await stays(hub, browser, "alice")
    assert names == ["alice"], "young data are not put through the stages"
    hub.authenticator.user_data_max_age = 0
    assert await stays(hub, browser, "alice")
    assert names == ["alice", "alice"]


@pytest.mark.parametrize("way", [NATIVE, LIBRARY], ids=["native", "mwoauth"])
async def test_what_signs_requests_does_not_write_them_into_a_log(
    hub_at_wiki: WikiStart, wiki: FakeMediaWiki, way: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Also where the operator has everything logged."""
    for name in ("oauthlib", "requests_oauthlib"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    caplog.set_level(logging.DEBUG)
    hub = await hub_at_wiki(**KEPT, **way)
    await signs_in(hub, "Alice")
    secret = (await kept(hub, "Alice"))["ACCESS_TOKEN_KEY"]
    assert secret not in caplog.text
    assert "oauth_signature" not in caplog.text
