"""Introspection at a refresh, where nothing else shows that an access token was revoked (RFC 7662)."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from oauthenticator_suite.hub.oauth.introspection import ASK_AGAIN_AFTER
from tests.fakes.openid_provider import FakeProvider, Fault
from tests.fakes.openid_provider.records import Reply
from tests.hub.visits import stays
from tests.support import Time, check_invariants

pytestmark = pytest.mark.hub_versions


def too_large(provider: FakeProvider, reply: Reply) -> None:
    reply.status, reply.json = 413, {}


KEPT = {"enable_auth_state": True, "user_data_max_age": 0}


@pytest.fixture
def teller(provider: FakeProvider) -> FakeProvider:
    """A provider without userinfo and without refresh tokens, which introspects tokens."""
    provider.introspects, provider.has_userinfo = True, False
    provider.user_claims_in_id_token, provider.issue_refresh_tokens = True, False
    return provider


async def test_a_revoked_token_ends_the_session(teller: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(**KEPT)
    browser = hub.browser()
    await browser.login("alice")
    assert teller.count("introspect") == 0, "not at a login"
    assert await stays(hub, browser)
    assert teller.count("introspect") == 1
    teller.revoke_everything()
    assert not await stays(hub, browser)
    assert teller.refusals == []
    assert not await stays(hub, browser)
    assert teller.count("introspect") == 2, "the Hub remembers the end"
    check_invariants(hub, teller, accounts=["alice"])


async def test_the_option_asks_although_there_is_a_refresh_token(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.introspects = provider.user_claims_in_id_token = True
    for traits, asked in (({}, 0), ({"introspection_url": f"{provider.issuer}/introspect"}, 1)):
        hub = await hub_at_provider(userdata_from_id_token=True, **KEPT, **traits)
        browser = hub.browser()
        await browser.login("alice")
        assert await stays(hub, browser)
        assert provider.count("introspect") == asked
    token = (await hub.auth_state("alice"))["access_token"]
    del provider._access_tokens[token]
    assert await stays(hub, browser), "the refresh token gets a new one"
    assert (await hub.auth_state("alice"))["access_token"] != token


async def test_where_userinfo_tells_it_is_not_asked(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.introspects = True
    hub = await hub_at_provider(**KEPT, introspection_url=f"{provider.issuer}/introspect")
    browser = hub.browser()
    await browser.login("alice")
    assert await stays(hub, browser)
    assert provider.count("introspect") == 0


@pytest.mark.parametrize("fault", ["F15", "F16", "F26", "F27-list", "F33"])
async def test_an_outage_ends_no_session(teller: FakeProvider, hub_at_provider: Any, fault: str) -> None:
    hub = await hub_at_provider(refresh_outage_grace=100, **KEPT)
    clock = Time(hub)
    browser = hub.browser()
    await browser.login("alice")
    teller.faults.on(fault, at="introspect")
    assert await stays(hub, browser)
    assert teller.count("introspect") == 1
    clock.passes(700)
    assert not await stays(hub, browser)
    check_invariants(hub, teller, accounts=["alice"])


@pytest.mark.parametrize(
    "extra",
    [
        {"sub": "subject-of-bob"},
        {"sub": None, "username": "bob"},
        {"iss": "https://other.example"},
        {"client_id": "other"},
    ],
    ids=str,
)
async def test_an_answer_about_another_login_is_unknown(
    teller: FakeProvider, hub_at_provider: Any, extra: dict[str, Any]
) -> None:
    teller.introspection_extras = extra
    hub = await hub_at_provider(**KEPT)
    browser = hub.browser()
    await browser.login("alice")
    assert await stays(hub, browser)
    assert hub.log.lines_with("is not that of the login")
    check_invariants(hub, teller, accounts=["alice"])


async def test_a_client_that_may_not_ask(teller: FakeProvider, hub_at_provider: Any) -> None:
    """At an announced endpoint it is not asked for an hour, and sessions go on; at the option's, that is an outage."""
    hub = await hub_at_provider(**KEPT)
    introspection = hub.authenticator.connection.introspection
    introspection._clock = lambda: 0.0
    browser = hub.browser()
    await browser.login("alice")
    teller.client.client_secret = "another"
    assert await stays(hub, browser)
    assert await stays(hub, browser)
    assert teller.count("introspect") == 1
    assert len(hub.log.lines_with("announces token introspection and refuses it")) == 1
    teller.client.client_secret = hub.authenticator.client_secret
    teller.revoke_everything()
    assert await stays(hub, browser), "nothing is known yet"
    introspection._clock = lambda: ASK_AGAIN_AFTER - 1
    assert await stays(hub, browser)
    assert teller.count("introspect") == 1
    introspection._clock = lambda: ASK_AGAIN_AFTER
    assert not await stays(hub, browser)
    assert teller.count("introspect") == 2


async def test_during_a_rotation_it_asks_with_the_other_secret(teller: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(previous_client_secret="the-former-secret", **KEPT)
    browser = hub.browser()
    await browser.login("alice")
    teller.client.client_secret = "the-former-secret"
    assert await stays(hub, browser)
    assert [call.status for call in teller.requests_to("introspect")] == [401, 200]
    teller.revoke_everything()
    assert not await stays(hub, browser)


async def test_a_refused_request_is_about_one_token(teller: FakeProvider, hub_at_provider: Any) -> None:
    """Otherwise one user whose token the endpoint does not take would have the tokens of all users pass unchecked."""
    hub = await hub_at_provider(**KEPT)
    alice, bob = hub.browser(), hub.browser()
    await alice.login("alice")
    await bob.login("bob")
    teller.faults.on(Fault("too large", "introspect", "a token that is too large", too_large), times=2)
    assert await stays(hub, alice)
    assert await stays(hub, alice)
    lines = hub.log.lines_with("does not say whether an access token is active: token introspection: HTTP 413")
    assert [line.split()[0] for line in lines] == ["WARNING", "DEBUG"]
    teller.revoke_everything()
    assert not await stays(hub, bob, "bob")
    assert teller.count("introspect") == 3


async def test_a_client_that_may_not_ask_at_the_options_url(teller: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(introspection_url=f"{teller.issuer}/introspect", refresh_outage_grace=100, **KEPT)
    clock = Time(hub)
    browser = hub.browser()
    await browser.login("alice")
    teller.client.client_secret = "another"
    assert await stays(hub, browser)
    clock.passes(700)
    assert not await stays(hub, browser)
    assert hub.log.lines_with("check that this client may introspect tokens")


@pytest.mark.parametrize("refuses", ["client", "request"])
async def test_an_expired_token_does_not_pass_because_the_provider_does_not_answer(
    teller: FakeProvider, hub_at_provider: Any, refuses: str
) -> None:
    """An announced endpoint that refuses says nothing. The lifetime that the provider has given counts then."""
    teller.access_token_lifetime = 600
    hub = await hub_at_provider(**KEPT)
    clock, browser = Time(hub), hub.browser()
    await browser.login("alice")
    if refuses == "client":
        teller.client.client_secret = "another"
    else:
        teller.faults.on(Fault("too large", "introspect", "a token that is too large", too_large))
    assert await stays(hub, browser)
    clock.passes(700)
    assert not await stays(hub, browser)


async def test_a_refusal_of_the_client_is_not_about_the_user(teller: FakeProvider, hub_at_provider: Any) -> None:
    """A 403 that says ``insufficient_scope`` means the Hub. From userinfo, the same code ends the user's session."""

    def refuse(provider: FakeProvider, reply: Reply) -> None:
        reply.status, reply.json = 403, {"error": "insufficient_scope"}

    hub = await hub_at_provider(introspection_url=f"{teller.issuer}/introspect", **KEPT)
    browser = hub.browser()
    await browser.login("alice")
    teller.faults.on(Fault("refused", "introspect", "a client without the scope for introspection", refuse))
    assert await stays(hub, browser)
    assert teller.count("introspect") == 1
    check_invariants(hub, teller, accounts=["alice"])


async def test_a_public_client_does_not_ask(teller: FakeProvider, hub_at_provider: Any) -> None:
    teller.client.auth_method = "none"
    hub = await hub_at_provider(client_secret="", **KEPT)
    browser = hub.browser()
    await browser.login("alice")
    assert await stays(hub, browser)
    assert teller.count("introspect") == 0


async def test_a_token_that_is_bound_to_another_key(teller: FakeProvider, hub_at_provider: Any) -> None:
    """With DPoP the answer names the key. The request needs no proof (RFC 9449 does not define one)."""
    teller.proofs.mode = "required"
    hub = await hub_at_provider(enable_dpop=True, **KEPT)
    browser = hub.browser()
    await browser.login("alice")
    assert await stays(hub, browser)
    assert teller.requests_to("introspect")[0].headers.get("dpop") is None
    teller.introspection_extras = {"cnf": {"jkt": "other"}}
    assert await stays(hub, browser)
    assert hub.log.lines_with("bound to another key")


async def test_an_option_without_effect_is_named(provider: FakeProvider, hub_at_provider: Any) -> None:
    urls = {"introspection_url": f"{provider.issuer}/introspect", "userdata_url": f"{provider.issuer}/userinfo"}
    hub = await hub_at_provider(**urls)
    assert hub.log.lines_with("introspection_url has no effect, because userdata_url is set")


@pytest.mark.parametrize("active", [True, False])
async def test_a_signed_answer_is_unknown(teller: FakeProvider, hub_at_provider: Any, active: bool) -> None:
    """RFC 9701 is not supported: whatever the JWT says, the session goes on for the grace period, and then ends."""
    hub = await hub_at_provider(refresh_outage_grace=100, **KEPT)
    time = Time(hub)
    browser = hub.browser()
    await browser.login("alice")
    claims = {"iss": teller.issuer, "aud": "hub", "iat": 1, "token_introspection": {"active": active}}
    signed = jwt.encode(claims, "a secret of thirty-two bytes, or more", "HS256", {"typ": "token-introspection+jwt"})

    def sign(_: Any, reply: Any) -> None:
        reply.body, reply.headers = signed.encode(), {"Content-Type": "application/token-introspection+jwt"}

    teller.faults.on(Fault("signed", "introspect", "a JWT as the answer", sign))
    assert await stays(hub, browser)
    assert "application/json" in teller.requests_to("introspect")[0].headers["accept"]
    assert hub.log.lines_with("the media type of the response is not application/json")
    time.passes(700)
    assert not await stays(hub, browser)
    check_invariants(hub, teller, accounts=["alice"])
