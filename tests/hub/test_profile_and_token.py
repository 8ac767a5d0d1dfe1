"""What a login tells the Hub in addition to the name: how others see the user, verified addresses; and whether a token is good."""

import json
from typing import ClassVar

import pytest
from aiohttp import web
from jupyterhub import orm

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.policy.profile import ProfileClaims
from tests.conftest import generic_config
from tests.support import HubState, Time, check_invariants, refresh_is_due

pytestmark = pytest.mark.hub_versions

KEPT = {"enable_auth_state": True, "user_data_max_age": 0}
HAS_USER_INFO = hasattr(orm.User, "user_info")


@pytest.fixture
def hub_with(provider, hubs):
    """`await hub_with(cls, **traits)`: a Hub with an operator's subclass."""

    async def start(cls, **traits):
        state = HubState()
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        config = generic_config(provider, **traits)
        config.JupyterHub.authenticator_class = cls
        return await hubs(config, state)

    return start


async def stays(hub, browser):
    refresh_is_due(hub)
    return (await browser.get("/hub/home")).status == 200


# --- how others see the user


async def api_user(browser):
    return json.loads((await browser.get("/hub/api/user")).body)


@pytest.mark.skipif(not HAS_USER_INFO, reason="new in JupyterHub 6")
async def test_user_info(hub_at_provider, provider):
    provider.users["alice"].update(
        name="Alice\u202e Liddell", given_name="Alice", family_name="Liddell", picture="https://cdn.example/a.png"
    )
    hub = await hub_at_provider(**KEPT)
    browser = hub.browser()
    await browser.login("alice")
    assert (await api_user(browser))["user_info"] == {
        "name": "Alice Liddell",
        "display_name": "Alice",
        "initials": "AL",
        "avatar_url": "https://cdn.example/a.png",
    }
    provider.users["alice"] = {"sub": "subject-of-alice", "preferred_username": "alice", "name": "alice@example.org"}
    assert await stays(hub, browser)
    assert (await api_user(browser))["user_info"] == {}
    check_invariants(hub, provider, accounts=["alice"])


async def test_user_info_never_holds_an_address(hub_at_provider, provider):
    provider.users["alice"].update(name="alice@example.org", given_name="alice@example.org", nickname="a@b.example")
    provider.users["alice"]["picture"] = "https://cdn.example/?of=alice@example.org"
    hub = await hub_at_provider(collect_emails=True, **KEPT)
    browser = hub.browser()
    await browser.login("alice")
    assert "@" not in (await browser.get("/hub/api/user")).body


class OtherClaims(GenericOAuthenticator):
    profile_claims = ProfileClaims(name="full.name")


class NoProfile(GenericOAuthenticator):
    async def update_auth_model(self, auth_model):
        return {**auth_model, "user_info": {}}


@pytest.mark.skipif(not HAS_USER_INFO, reason="new in JupyterHub 6")
@pytest.mark.parametrize(("cls", "name"), [(OtherClaims, "A. Liddell"), (NoProfile, None)])
async def test_a_class_may_choose_the_claims(hub_with, provider, cls, name):
    provider.users["alice"]["full"] = {"name": "A. Liddell"}
    hub = await hub_with(cls)
    browser = hub.browser()
    await browser.login("alice")
    assert (await api_user(browser))["user_info"].get("name") == name


# --- verified addresses


@pytest.mark.parametrize(
    ("claims", "emails"),
    [
        ({"email_verified": True}, ["alice@example.org"]),
        ({"email_verified": False}, []),
        ({"email_verified": "yes"}, []),
        ({"email_verified": True, "email": "a@b@c"}, []),
        ({"email_verified": True, "email": ["alice@example.org"]}, []),
    ],
    ids=repr,
)
async def test_collect_emails(hub_at_provider, provider, claims, emails):
    provider.users["alice"].update(claims)
    hub = await hub_at_provider(collect_emails=True, **KEPT)
    browser = hub.browser()
    await browser.login("alice")
    assert (await hub.auth_state("alice"))["emails"] == emails
    provider.users["alice"]["email_verified"] = False
    assert await stays(hub, browser)
    assert (await hub.auth_state("alice"))["emails"] == []


async def test_emails_are_not_collected_unless_asked_for(hub_at_provider):
    hub = await hub_at_provider(**KEPT)
    await hub.browser().login("alice")
    assert "emails" not in await hub.auth_state("alice")


class AsksForMore(GenericOAuthenticator):
    answer: ClassVar = None

    async def collect_verified_emails(self, token_info, user_info):
        assert token_info["access_token"]
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "emails", "warns"),
    [
        (["a@x.example", "b@x.example", "a@x.example"], ["a@x.example", "b@x.example"], False),
        (["a@x.example", None, "no address", "x@y@z"], ["a@x.example"], False),
        (RuntimeError("the hook's own trouble"), ["alice@example.org"], True),
        (None, ["alice@example.org"], True),
    ],
    ids=repr,
)
async def test_collecting_more_and_failing_at_it(hub_with, answer, emails, warns):
    AsksForMore.answer = answer
    hub = await hub_with(AsksForMore, collect_emails=True, **KEPT)
    assert (await hub.browser().login("alice")).status == 200
    assert (await hub.auth_state("alice"))["emails"] == emails
    lines = hub.log.lines_with("collect_verified_emails")
    assert bool(lines) is warns
    assert all(line.startswith("WARNING") for line in lines)


async def test_emails_without_auth_state_stop_the_start(hub_at_provider):
    with pytest.raises(ConfigurationError, match="collect_emails"):
        await hub_at_provider(collect_emails=True)


# --- whether a token is good


@pytest.fixture
async def validator(provider):
    """A server that answers with `validator.status`, and keeps what it was asked with."""

    class Validator:
        status = 200
        url = ""
        asked: ClassVar[list[str]] = []

    validator = Validator()
    validator.asked = []

    async def answer(request):
        validator.asked.append(request.headers.get("Authorization", ""))
        return web.Response(status=validator.status, headers={"Location": provider.elsewhere})

    app = web.Application()
    app.router.add_get("/valid", answer)
    validator.url = await provider._listen(app, "127.0.0.1") + "/valid"
    return validator


STATUSES = [(200, True), (204, True), (401, False), (403, False)]
STATUSES += [(status, None) for status in (301, 302, 400, 404, 405, 410, 429, 500, 502, 503)]


@pytest.mark.parametrize(("status", "verdict"), STATUSES)
async def test_validate_token(hub_at_provider, provider, validator, status, verdict):
    validator.status = status
    hub = await hub_at_provider(validate_token_url=validator.url)
    assert await hub.authenticator.validate_token("some-token") is verdict
    assert validator.asked == ["Bearer some-token"]
    assert bool(hub.log.lines_with("validate_token_url")) is (verdict is None)
    assert "some-token" not in hub.log.text
    check_invariants(hub, provider)


async def test_validate_token_when_nobody_answers(hub_at_provider, provider):
    hub = await hub_at_provider(validate_token_url="http://127.0.0.1:1/valid")
    assert await hub.authenticator.validate_token("some-token") is None


@pytest.mark.parametrize("token", ["", "with space", "line\nend"])
async def test_what_is_no_token_is_not_good(hub_at_provider, validator, token):
    hub = await hub_at_provider(validate_token_url=validator.url)
    assert await hub.authenticator.validate_token(token) is False
    assert not validator.asked


async def test_without_a_url_it_is_unknown(hub):
    assert await hub.authenticator.validate_token("some-token") is None


FROM_ID_TOKEN = {"userdata_from_id_token": True, **KEPT}


async def test_a_refresh_asks_whether_the_token_is_good(hub_at_provider, provider, validator):
    provider.user_claims_in_id_token = True
    hub = await hub_at_provider(validate_token_url=validator.url, **FROM_ID_TOKEN)
    browser = hub.browser()
    await browser.login("alice")
    assert not validator.asked
    before = provider.count("token")
    assert await stays(hub, browser)
    assert len(validator.asked) == 1
    assert provider.count("token") == before
    check_invariants(hub, provider, accounts=["alice"])


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_was_taken_back_is_refreshed_or_ends_the_session(
    hub_at_provider, provider, validator, status
):
    provider.user_claims_in_id_token = True
    hub = await hub_at_provider(validate_token_url=validator.url, **FROM_ID_TOKEN)
    browser = hub.browser()
    await browser.login("alice")
    validator.status = status
    before = provider.count("token")
    assert await stays(hub, browser)
    assert provider.count("token") == before + 1
    provider.revoke_everything()
    assert not await stays(hub, browser)


async def test_an_unknown_token_is_an_outage(hub_at_provider, provider, validator):
    provider.user_claims_in_id_token = True
    hub = await hub_at_provider(validate_token_url=validator.url, refresh_outage_grace=100, **FROM_ID_TOKEN)
    browser = hub.browser()
    await browser.login("alice")
    passing = Time(hub)
    validator.status = 500
    before = provider.count("token")
    assert await stays(hub, browser)
    assert provider.count("token") == before
    passing.passes(101)
    assert not await stays(hub, browser)


async def test_where_the_userinfo_endpoint_is_asked_it_is_enough(hub_at_provider, provider, validator):
    hub = await hub_at_provider(validate_token_url=validator.url, **KEPT)
    browser = hub.browser()
    await browser.login("alice")
    asked = provider.count("userinfo")
    assert await stays(hub, browser)
    assert provider.count("userinfo") == asked + 1
    assert not validator.asked


class KnowsAnotherWay(GenericOAuthenticator):
    verdict: ClassVar = True

    async def validate_token(self, token):
        return self.verdict


@pytest.mark.parametrize(("verdict", "stays_in"), [(True, True), (False, False), (None, True)])
async def test_an_override_is_asked_without_a_url(hub_with, provider, verdict, stays_in):
    provider.user_claims_in_id_token = True
    provider.issue_refresh_tokens = False
    KnowsAnotherWay.verdict = verdict
    hub = await hub_with(KnowsAnotherWay, **FROM_ID_TOKEN)
    browser = hub.browser()
    await browser.login("alice")
    assert await stays(hub, browser) is stays_in


async def test_the_url_is_checked_at_start_up(hub_at_provider):
    with pytest.raises(ConfigurationError, match="validate_token_url"):
        await hub_at_provider(validate_token_url="http://login.example/valid")
