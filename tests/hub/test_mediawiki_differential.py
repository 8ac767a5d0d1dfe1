"""The two ways to speak OAuth 1.0a, side by side at one wiki: the same names, the same `auth_state`, the same refusals."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import aiohttp
import pytest
from mwoauth import ConsumerToken, RequestToken
from yarl import URL

from oauthenticator_suite.errors import SuiteError
from oauthenticator_suite.hub.transport.client import Transport
from oauthenticator_suite.hub.transport.settings import TransportSettings
from oauthenticator_suite.providers.mediawiki.handshake import Handshake, Native
from oauthenticator_suite.providers.mediawiki.library import Library
from oauthenticator_suite.providers.mediawiki.messages import authenticate_url
from tests.fakes.mediawiki import WIKI_FAULTS, FakeMediaWiki
from tests.fakes.openid_provider.faults import gzip_bomb
from tests.hub.wikis import LIBRARY, NATIVE, Start
from tests.support.fake_time import fake_time

OF_OAUTH_1 = sorted(
    name for name, fault in WIKI_FAULTS.items() if fault.stage in ("identity", "initiate", "token", "identify")
)
OF_HTTP = ["F1", "F3", "F5", "F15", "F16", "F17", "F18", "F19", "F20", "F23", "F24", "F31", "F33"]
SETTINGS = TransportSettings(timeout=5.0, silence_timeout=2.0, user_agent="tests/1.0 (me@example.org)")
EACH_TIME_ANOTHER = ("nonce", "iat", "exp")


@pytest.fixture
async def both(wiki: FakeMediaWiki) -> AsyncIterator[dict[str, Handshake]]:
    transport = Transport(SETTINGS, logging.getLogger("differential"))
    with ThreadPoolExecutor(4) as executor:
        yield {
            "native": Native(wiki.index_url, transport.send),
            "mwoauth": Library(wiki.index_url, SETTINGS, executor),
        }
        wiki.released.set()
    await transport.close()


async def log_in(wiki: FakeMediaWiki, handshake: Handshake) -> dict[str, Any]:
    """From the request token to the identity, with a browser in between."""
    consumer = ConsumerToken(wiki.consumer.key, wiki.consumer.secret)
    token = await handshake.initiate(consumer, "oob")
    async with aiohttp.ClientSession() as session:
        page = URL(authenticate_url(wiki.index_url, consumer, token), encoded=True)
        async with session.get(page, allow_redirects=False) as response:
            answer = URL(response.headers["Location"], encoded=True)
    access_token = await handshake.complete(consumer, token, answer.query["oauth_verifier"])
    return await handshake.identify(consumer, access_token)


async def outcome(wiki: FakeMediaWiki, handshake: Handshake) -> object:
    """What a login comes to: the claims that are the same each time, or what people would see of the error."""
    try:
        with fake_time() if isinstance(handshake, Native) else nullcontext():  # the library waits in threads
            claims = await log_in(wiki, handshake)
    except SuiteError as error:
        return type(error).__name__, error.status, error.public_message, getattr(error, "retry_after", None)
    return {name: value for name, value in claims.items() if name not in EACH_TIME_ANOTHER}


@pytest.mark.parametrize("fault", OF_OAUTH_1)
async def test_what_a_wiki_may_get_wrong(wiki: FakeMediaWiki, both: dict[str, Handshake], fault: str) -> None:
    outcomes = {}
    for way, handshake in both.items():
        wiki.faults.on(fault, times=1)
        outcomes[way] = await outcome(wiki, handshake)
    assert wiki.faults.applied[fault] == 2
    assert outcomes["native"] == outcomes["mwoauth"]


@pytest.mark.parametrize("endpoint", ["initiate", "token", "identify"])
@pytest.mark.parametrize("fault", OF_HTTP)
async def test_what_a_network_may_do(
    wiki: FakeMediaWiki, both: dict[str, Handshake], fault: str, endpoint: str
) -> None:
    gzip_bomb()  # made now: it takes longer than the wiki may keep silent
    outcomes = {}
    for way, handshake in both.items():
        wiki.faults.on(fault, at=endpoint, times=1)
        outcomes[way] = await outcome(wiki, handshake)
    assert wiki.faults.applied[fault] == 2
    assert isinstance(outcomes["native"], tuple), "a fault that changes nothing tells nothing"
    assert outcomes["native"] == outcomes["mwoauth"]
    assert wiki.count("elsewhere") == 0


@pytest.mark.parametrize("user", ["Alice", "José ÑANDÚ", "Carol (WMF)", "Newcomer"])
async def test_whom_it_identifies(wiki: FakeMediaWiki, both: dict[str, Handshake], user: str) -> None:
    wiki.user = user
    native, library = [await outcome(wiki, handshake) for handshake in both.values()]
    assert isinstance(native, dict)
    assert native["username"] == user
    assert native == library


async def test_what_the_wiki_refuses(wiki: FakeMediaWiki, both: dict[str, Handshake]) -> None:
    """An unknown consumer, a wrong secret, a used request token, a wrong verifier, a revoked grant."""
    good = ConsumerToken(wiki.consumer.key, wiki.consumer.secret)
    for handshake in both.values():
        for bad in (ConsumerToken("0" * 32, good.secret), ConsumerToken(good.key, "f" * 40)):
            with pytest.raises(SuiteError, match="refuses the request token") as refused:
                await handshake.initiate(bad, "oob")
            assert refused.value.status == 502
        token = await handshake.initiate(good, "oob")
        for wrong in (token, RequestToken("unknown", "s" * 32)):
            with pytest.raises(SuiteError, match="refuses the access token") as refused:
                await handshake.complete(good, wrong, "a-verifier")
            assert refused.value.status == 400
        await log_in(wiki, handshake)
        (pair,) = wiki.access_tokens.values()
        wiki.revoke("Alice")
        with pytest.raises(SuiteError, match="access-token-not-found"):
            await handshake.identify(good, pair)  # type: ignore[arg-type]


async def test_the_same_is_kept(hub_at_wiki: Start, wiki: FakeMediaWiki) -> None:
    """By a Hub with either of them: the same account, and the same `auth_state` but for what is another each time."""
    kept = []
    for way in (NATIVE, LIBRARY):
        hub = await hub_at_wiki(enable_auth_state=True, **way)
        assert (await hub.browser().login("Bob van Dyke")).status == 200
        auth_state = await hub.auth_state("Bob_van_Dyke") or {}
        identity = auth_state["MEDIAWIKI_USER_IDENTITY"]
        auth_state["suite"].pop("read_at")
        kept.append({**auth_state, "MEDIAWIKI_USER_IDENTITY": {**identity, **dict.fromkeys(EACH_TIME_ANOTHER)}})
        hub.app.users["Bob_van_Dyke"].orm_user.encrypted_auth_state = None
    assert kept[0] == kept[1]
