"""What is known of a provider: fetched once, renewed when due, kept while the provider is away."""

import asyncio
import logging

import pytest

from oauthenticator_suite.errors import ConfigurationError, InvalidToken, ProviderUnreachable
from oauthenticator_suite.hub.oauth.issuer import METADATA_MAX_AGE, Issuer, IssuerSettings
from oauthenticator_suite.hub.transport.client import Transport, TransportSettings
from oauthenticator_suite.protocol.algorithms import ASYMMETRIC_ALGORITHMS
from oauthenticator_suite.protocol.id_token import Expectations
from tests.support import reference_on

pytestmark = pytest.mark.hub_versions

LOG = logging.getLogger("tests.issuer")


@pytest.fixture
async def transport():
    transport = Transport(TransportSettings(timeout=5), LOG)
    yield transport
    await transport.close()


@pytest.fixture
def clock(provider):
    """A clock that a test may move."""

    class Clock:
        offset = 0.0

        def __call__(self):
            return provider.clock() + self.offset

    return Clock()


@pytest.fixture
def issuer(provider, transport, clock):
    return Issuer(IssuerSettings(provider.issuer), transport.send, LOG, clock)


async def test_fifty_at_once_ask_once(provider, issuer):
    await asyncio.gather(*(issuer.metadata() for _ in range(50)))
    assert provider.count("metadata") == 1


async def test_one_who_leaves_does_not_take_the_others_answer(provider, issuer):
    provider.faults.on("F1", at="metadata")
    waiting = [asyncio.ensure_future(issuer.metadata()) for _ in range(3)]
    await provider.until_asked("metadata")
    waiting[0].cancel()
    provider.faults.off()
    provider.released.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]
    assert (await waiting[1]).issuer == provider.issuer
    assert (await waiting[2]).issuer == provider.issuer
    assert provider.count("metadata") == 1


async def test_metadata_are_renewed_when_they_are_old(provider, issuer, clock):
    await issuer.metadata()
    clock.offset = METADATA_MAX_AGE - 1
    await issuer.metadata()
    assert provider.count("metadata") == 1
    clock.offset = METADATA_MAX_AGE + 1
    await issuer.metadata()
    await issuer.metadata()
    assert provider.count("metadata") == 2


async def test_old_metadata_serve_while_the_provider_is_away(provider, issuer, clock, caplog):
    first = await issuer.metadata()
    provider.faults.on("F15", at="metadata")
    clock.offset = METADATA_MAX_AGE + 1
    assert await issuer.metadata() is first
    assert "the old metadata stay in use" in caplog.text
    assert await issuer.metadata() is first
    assert provider.count("metadata") == 2  # and it is left alone for a minute
    provider.faults.off()
    clock.offset += 61
    assert await issuer.metadata() is not first


async def test_another_issuers_metadata_are_a_configuration_error(provider, transport):
    """F62: a slash more is another issuer."""
    wrong = Issuer(IssuerSettings(provider.issuer + "/"), transport.send, LOG)
    with pytest.raises(ConfigurationError, match="slash"):
        await wrong.metadata()


async def test_without_metadata_nothing_is_verified(provider, issuer):
    provider.faults.on("F15", at="metadata")
    with pytest.raises(ProviderUnreachable):
        await issuer.metadata()


def expectations(provider):
    return Expectations(provider.client.client_id, provider.issuer, None, None, ASYMMETRIC_ALGORITHMS)


async def some_id_token(hub, browser):
    await browser.login("alice")
    return (await hub.auth_state("alice"))["id_token"]


@pytest.fixture
async def id_token(hub_at_provider):
    hub = await hub_at_provider(enable_auth_state=True)
    return await some_id_token(hub, hub.browser())


async def test_keys_stay_usable_while_the_provider_is_away(hub, provider):
    """F64: logins continue with the old keys until a stated age, and not longer."""
    now = provider.clock
    await hub.browser().login("alice")
    provider.faults.on("F15", at="jwks")
    for age, status in ((3500, 200), (3700, 200), (86_300, 200), (86_500, 502)):
        provider.clock = hub.authenticator.connection.issuer._clock = lambda age=age: now() + age
        page = await hub.browser().login("bob")
        assert page.status == status, age
    assert hub.log.lines_with("keys could not be renewed; the old keys stay in use")


async def test_a_bad_token_asks_for_no_keys(provider, issuer, id_token):
    """Cheap checks come first."""
    wrong = Expectations("another-client", provider.issuer, None, None, ASYMMETRIC_ALGORITHMS)
    asked = provider.count("jwks")
    with pytest.raises(InvalidToken, match="aud"):
        await issuer.verify(id_token, wrong, list)
    assert provider.count("jwks") == asked


async def test_a_hub_starts_while_its_provider_is_down(hub_at_provider, provider):
    """The start-up check warns and tries again; when the provider is back, people sign in."""
    provider.faults.on("F16", at="metadata")
    hub = await hub_at_provider()
    await provider.until_asked("metadata")
    browser = hub.browser()
    page = await browser.get("/hub/oauth_login")
    assert page.status == 503
    assert int(page.headers["retry-after"]) > 0
    reference_on(page, hub)
    assert any("No user can sign in" in line for line in hub.log.at_least(logging.WARNING))
    provider.faults.off()
    assert (await browser.login("alice")).status == 200


async def test_a_wrong_issuer_is_critical_at_start_up(hub_at_provider, provider):
    hub = await hub_at_provider(issuer=provider.issuer + "/")
    page = await hub.browser().get("/hub/oauth_login")
    assert page.status == 500
    assert "There is a mistake in the configuration" in page.text
    assert "slash" in hub.log.lines_with(reference_on(page, hub))[0]
    assert any("slash" in line for line in hub.log.at_least(logging.CRITICAL))


async def test_hmac_tokens_are_accepted_where_they_are_allowed(hub_at_provider, provider):
    """The client secret is their key, and only with the option; F43 otherwise."""
    provider.faults.on("F43-secret")
    hub = await hub_at_provider(id_token_signed_response_alg={"HS256"})
    assert (await hub.browser().login("alice")).status == 200
    hub.authenticator.id_token_signed_response_alg = {"RS256"}
    assert (await hub.browser().login("bob")).status == 502


@pytest.mark.parametrize("secret", ["", "short", "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n"])
async def test_a_secret_that_is_no_key_is_a_configuration_error(provider, issuer, secret):
    from joserfc import jwt
    from joserfc.jwk import OctKey

    claims = {"iss": provider.issuer, "sub": "x", "aud": "hub", "iat": int(provider.clock()), "exp": 2**40}
    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key("an honest secret of some length"))
    wanted = Expectations("hub", provider.issuer, None, None, frozenset({"HS256"}))
    with pytest.raises(ConfigurationError, match="client_secret"):
        await issuer.verify(token, wanted, lambda: [secret])


async def test_an_issuer_without_discovery(hub_at_provider, provider):
    """Everything is told by options: ID tokens are verified all the same, and no metadata are asked for."""
    provider.announce_iss = False
    provider.faults.on("F15", at="metadata")
    hub = await hub_at_provider(
        authorize_url=f"{provider.issuer}/authorize",
        token_url=f"{provider.issuer}/token",
        userdata_url=f"{provider.issuer}/userinfo",
        jwks_url=f"{provider.issuer}/jwks",
    )
    assert (await hub.browser().login("alice")).status == 200
    assert provider.count("metadata") == 0
    provider.faults.on("F48-wrong")
    assert (await hub.browser().login("bob")).status == 502
