"""A refresh token that the provider has answered is never sent again, whatever else was wrong with the answer.

The fake provider rotates refresh tokens, and revokes the grant when it sees one twice (RFC 9700 §4.14.2).
"""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from oauthenticator_suite import GenericOAuthenticator
from tests.conftest import generic_config
from tests.support import HubState, Time, check_invariants, refreshes_ended

pytestmark = pytest.mark.hub_versions

KEPT = {"enable_auth_state": True, "user_data_max_age": 0}
LATER = 700  # more than every pause after a failed refresh

ID_TOKEN = """
    F42 F43 F44 F45-jwk F45-jku F46 F47 F48-wrong F48-missing F49-wrong F49-missing F50-azp F51-past F51-missing F51-string
    F52-missing F52-future F53 F54-missing F54-int F54-long F56 F57 F58 F65-id-token
"""
TOKEN_RESPONSE = "F36 F37 F38-int F38-crlf F38-1MB F38-missing F39 F40"
UNREADABLE = "F5 F18 F23 F24 F25 F26 F27-list F27-null F28 F29-nan F30 F31 F33"
AFTERWARDS = "F65-wrong F65-missing F66-401 F66-500 F66-reset F67 F68-null F15 F16 F17 F26"


def sent_twice(provider):
    """The refresh tokens that the provider got more than once, by a few characters."""
    fields = [call.fields for call in provider.requests_to("token")]
    counted = Counter(each["refresh_token"] for each in fields if each.get("grant_type") == "refresh_token")
    assert counted, "no refresh token was used at all"
    return [token[:12] for token, times in counted.items() if times > 1]


class Visitor:
    """A user with a page and with a program, whose access token has expired each time."""

    def __init__(self, hub, provider):
        self.hub = hub
        self.provider = provider
        self.time = Time(hub)
        self.browser = hub.browser("alice")

    async def signs_in(self):
        assert (await self.browser.login()).status == 200
        user = self.hub.app.users["alice"]
        self.token = {"Authorization": f"token {user.new_api_token()}"}
        self.program = self.hub.browser("alice")
        return self

    async def comes(self, times=3):
        for _ in range(times):
            self.time.passes(LATER)
            await self.browser.get("/hub/home")
            await self.program.get("/hub/api/user", headers=self.token)
            await refreshes_ended(self.hub.authenticator)


@pytest.fixture
def visitor(hubs, provider):
    provider.access_token_lifetime = 1

    async def start(kind=GenericOAuthenticator, state=None, **traits):
        state = state or HubState()
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        config = generic_config(provider, **{**KEPT, **traits})
        config.JupyterHub.authenticator_class = kind
        return await Visitor(await hubs(config, state), provider).signs_in()

    return start


@pytest.mark.parametrize(
    ("fault", "at"),
    [
        *((fault, "id_token") for fault in ID_TOKEN.split()),
        *((fault, "token") for fault in f"{TOKEN_RESPONSE} {UNREADABLE}".split()),
        *((fault, "userinfo") for fault in AFTERWARDS.split()),
    ],
)
async def test_no_refused_answer_makes_the_hub_send_a_token_again(visitor, provider, fault, at):
    here = await visitor()
    provider.faults.on(fault, at=at)
    await here.comes()
    assert provider.faults.applied[fault]
    provider.faults.off()
    await here.comes()
    assert sent_twice(provider) == []
    assert [refusal for refusal in provider.refusals if "rotated before" in refusal] == []
    assert (await here.browser.login()).status == 200
    await here.comes(1)
    check_invariants(here.hub, provider, accounts=["alice"])


class RaisesAfterTheAnswer(GenericOAuthenticator):
    """Whose stages fail at a refresh, one after the other."""

    fails_at = ""

    def fail(self, stage):
        if self.fails_at == stage:
            raise RuntimeError(f"{stage} has failed")

    async def get_token_info(self, handler, params):
        info = await super().get_token_info(handler, params)
        self.fail("get_token_info")
        return info

    async def token_to_user(self, token_info):
        self.fail("token_to_user")
        return await super().token_to_user(token_info)

    async def update_auth_model(self, auth_model):
        self.fail("update_auth_model")
        return auth_model


@pytest.mark.parametrize(
    "stage", ["get_token_info", "token_to_user", "update_auth_model", "modify_auth_state_hook", "reconcile"]
)
async def test_an_override_or_hook_that_raises_does_not_either(visitor, provider, stage):
    def modify(authenticator, auth_state):
        authenticator.fail("modify_auth_state_hook")
        return auth_state

    def reconcile(authenticator, model, existing):
        authenticator.fail("reconcile")
        return model["auth_state"]

    here = await visitor(RaisesAfterTheAnswer, modify_auth_state_hook=modify, reconcile_auth_state_hook=reconcile)
    here.hub.authenticator.fails_at = stage
    await here.comes()
    here.hub.authenticator.fails_at = ""
    await here.comes()
    assert sent_twice(provider) == []


async def test_a_database_that_takes_nothing_does_not_either(visitor, provider):
    """The Hub knows the new token until it stops."""
    here = await visitor()
    old = await here.hub.auth_state("alice")
    engine = here.hub.app.db.get_bind()

    def refuse(connection, cursor, statement, parameters, context, executemany):
        if statement.startswith("UPDATE users") and "encrypted_auth_state" in statement:
            raise OperationalError(statement, parameters, Exception("database is locked"))

    event.listen(engine, "before_cursor_execute", refuse)
    await here.comes(1)
    event.remove(engine, "before_cursor_execute", refuse)
    assert (await here.hub.auth_state("alice"))["refresh_token"] == old["refresh_token"], "nothing was stored"
    await here.comes()
    assert sent_twice(provider) == []
    assert (await here.hub.auth_state("alice"))["refresh_token"] != old["refresh_token"]


@pytest.mark.parametrize("how", ["login", "failed login", "logout"])
async def test_a_refresh_that_is_cancelled_while_the_provider_answers_does_not_either(
    visitor, provider, monkeypatch, how
):
    """By a login or a logout of the user in another browser. The answer comes when the refresh is gone."""
    monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.MAX_WAIT", 0.05)
    monkeypatch.setattr("oauthenticator_suite.hub.refresh.rotation.TIME_TO_END", 0.05)
    refuses = []

    def hook(authenticator, model, existing):
        if refuses:
            raise RuntimeError("no")
        return model["auth_state"]

    here = await visitor(reconcile_auth_state_hook=hook)
    provider.faults.on("F1", at="token", times=1)
    here.time.passes(LATER)
    await here.browser.get("/hub/home")
    await provider.until_asked("token", 2)
    if how == "failed login":
        refuses.append(True)
    if how == "logout":
        await here.browser.open("/hub/logout")
    else:
        other = here.hub.browser("alice")
        assert (await other.login()).status == (500 if refuses else 200)
        refuses.clear()
    provider.released.set()
    await asyncio.gather(*here.hub.authenticator.refresher._renewal._rotation._running.values())
    await here.comes()
    assert sent_twice(provider) == []
    assert [refusal for refusal in provider.refusals if "rotated before" in refusal] == []


async def test_an_exchange_that_outlives_a_logout_restores_no_tokens(visitor, provider, monkeypatch):
    monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.MAX_WAIT", 0.05)
    monkeypatch.setattr("oauthenticator_suite.hub.refresh.rotation.TIME_TO_END", 0.05)
    here = await visitor()
    provider.faults.on("F1", at="token", times=1)
    here.time.passes(LATER)
    await here.browser.get("/hub/home")
    await provider.until_asked("token", 2)
    await here.browser.open("/hub/logout")
    provider.released.set()
    await asyncio.gather(*here.hub.authenticator.refresher._renewal._rotation._running.values())
    assert not (await here.hub.auth_state("alice") or {}).get("refresh_token")


async def test_a_refresh_token_that_the_provider_does_not_rotate_is_used_again(visitor, provider):
    """RFC 6749 §6: a response without a refresh token leaves the old one in use."""
    here = await visitor()
    provider.rotate_refresh_tokens = False
    await here.comes(2)
    assert sent_twice(provider) != []
    assert not provider.refusals
