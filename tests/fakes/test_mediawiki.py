"""The mwoauth library logs in at the fake wiki by OAuth 1.0a, and is refused where the wiki must refuse."""

from __future__ import annotations

import mwoauth
import pytest
from yarl import URL

from tests.fakes.mediawiki import FakeMediaWiki
from tests.fakes.mediawiki.clients import CALLBACK, Library, post, sign


async def test_the_library_logs_in_out_of_band(wiki: FakeMediaWiki, library: Library) -> None:
    """oob works for every consumer, and the browser returns to the registered URL."""
    now = wiki.clock()
    wiki.clock = lambda: now
    url, request_token = await library.initiate()
    answer = await library.say_yes(url)
    assert str(answer.with_query(None)) == CALLBACK
    assert set(answer.query) == {"oauth_token", "oauth_verifier"}
    access_token = await library.complete(request_token, answer)
    claims = await library.identify(access_token)
    assert claims.pop("rights")[:2] == ["read", "edit"]
    assert claims.pop("nonce") == wiki.requests_to("identify")[0].fields["oauth_nonce"]
    assert (claims.pop("iat"), claims.pop("exp")) == (int(now), int(now) + 100)
    assert claims == {
        "iss": wiki.origin,
        "aud": wiki.consumer.key,
        "sub": "11",
        "username": "Alice",
        "editcount": 250,
        "confirmed_email": True,
        "blocked": False,
        "registered": "20190304050607",
        "groups": ["sysop", "bureaucrat", "*", "user", "autoconfirmed"],
        "grants": ["mwoauth-authonly"],
    }
    assert [call.endpoint for call in wiki.calls] == ["initiate", "authenticate", "token", "identify"]
    assert not wiki.refusals


@pytest.mark.parametrize("more", ["", "/deeper", "?next=%2Fhub%2Fhome%3Fa%3Db"])
async def test_the_library_logs_in_with_a_callback_that_begins_as_registered(
    wiki: FakeMediaWiki, library: Library, more: str
) -> None:
    wiki.consumer.callback_is_prefix = True
    url, request_token = await library.initiate(CALLBACK + more)
    answer = await library.say_yes(url)
    assert str(answer).startswith(f"{CALLBACK}{more}{'&' if '?' in more else '?'}oauth_verifier=")
    claims = await library.identify(await library.complete(request_token, answer))
    assert claims["username"] == "Alice"


@pytest.mark.parametrize(
    ("is_prefix", "callback"),
    [
        (False, CALLBACK),
        (False, f"{CALLBACK}?next=x"),
        (True, "http://127.0.0.1:9/other"),
        (True, "http://evil.example/callback"),
    ],
)
async def test_foreign_callbacks_are_refused(
    wiki: FakeMediaWiki, library: Library, is_prefix: bool, callback: str
) -> None:
    wiki.consumer.callback_is_prefix = is_prefix
    with pytest.raises(mwoauth.OAuthException, match="oauth_callback"):
        await library.initiate(callback)


async def test_the_pair_stays_the_same_until_it_is_revoked(wiki: FakeMediaWiki, library: Library) -> None:
    first = await library.access_token()
    assert await library.access_token() == first
    wiki.revoke("Alice")
    with pytest.raises(mwoauth.OAuthException, match="No user has granted that access token"):
        await library.identify(first)
    second = await library.access_token()
    assert (second.key != first.key, second.secret != first.secret) == (True, True)
    assert (await library.identify(second))["username"] == "Alice"


async def test_each_user_and_each_consumer_has_a_pair_of_its_own(wiki: FakeMediaWiki, library: Library) -> None:
    first = await library.access_token()
    wiki.user = "Bob van Dyke"
    assert (await library.access_token()).key != first.key
    wiki.user = "Alice"
    other = wiki.register(callback_url=CALLBACK)
    library.use(other.secret, other.key)
    assert (await library.access_token()).key != first.key
    with pytest.raises(mwoauth.OAuthException, match="No user has granted"):
        await library.identify(first)


async def test_revoked_between_dialog_and_token(wiki: FakeMediaWiki, library: Library) -> None:
    url, request_token = await library.initiate()
    answer = await library.say_yes(url)
    wiki.revoke("Alice")
    with pytest.raises(TypeError):  # what the library makes of `Error: …` here
        await library.complete(request_token, answer)
    assert wiki.refusals == ["token: mwoauthdatastore-access-token-not-found: The user has revoked it since"]


async def test_wrong_consumers_are_refused(wiki: FakeMediaWiki, library: Library) -> None:
    good = await library.access_token()
    library.use("0" * 40)
    with pytest.raises(mwoauth.OAuthException, match="Invalid signature"):
        await library.initiate()
    with pytest.raises(mwoauth.OAuthException, match="Invalid signature"):
        await library.identify(good)
    library.use(wiki.consumer.secret, "f" * 32)
    with pytest.raises(mwoauth.OAuthException, match="No such consumer"):
        await library.initiate()
    newer = wiki.register(callback_url=CALLBACK, oauth_version="2.0")
    library.use(newer.secret, newer.key)
    with pytest.raises(mwoauth.OAuthException, match=r"not one of OAuth 1\.0a"):
        await library.initiate()


async def test_wrong_token_secrets_are_refused(wiki: FakeMediaWiki, library: Library) -> None:
    url, request_token = await library.initiate()
    answer = await library.say_yes(url)
    with pytest.raises(TypeError):
        await library.complete(request_token._replace(secret="0" * 32), answer)
    access_token = await library.complete(request_token, answer)
    with pytest.raises(mwoauth.OAuthException, match="Invalid signature"):
        await library.identify(access_token._replace(secret="0" * 32))
    assert wiki.refusals[0] == "token: mwoauth-oauth-exception: Invalid signature"


async def test_the_verifier_is_checked(wiki: FakeMediaWiki, library: Library) -> None:
    url, request_token = await library.initiate()
    unanswered = f"oauth_token={request_token.key}&oauth_verifier={'0' * 32}"
    with pytest.raises(TypeError):
        await library.complete(request_token, unanswered)
    answer = await library.say_yes(url)
    with pytest.raises(TypeError):
        await library.complete(request_token, unanswered)
    assert [refusal.split(": ")[1] for refusal in wiki.refusals] == [
        "mwoauthdatastore-bad-token",
        "mwoauthdatastore-bad-verifier",
    ]
    assert (await library.complete(request_token, answer)).key


async def test_request_tokens_are_good_once(wiki: FakeMediaWiki, library: Library) -> None:
    url, request_token = await library.initiate()
    answer = await library.say_yes(url)
    assert "mwoauthdatastore-callback-not-found" in await library.page(url)
    await library.complete(request_token, answer)
    with pytest.raises(TypeError):
        await library.complete(request_token, answer)
    assert "mwoauthdatastore-request-token-already-used" in await library.page(url)
    assert wiki.refusals[1].startswith("token: mwoauthdatastore-request-token-already-used")


async def test_request_tokens_live_ten_minutes(wiki: FakeMediaWiki, library: Library) -> None:
    """And ten more once the user has said yes."""
    start = wiki.clock()
    wiki.clock = lambda: start
    url, request_token = await library.initiate()
    wiki.clock = lambda: start + 601
    assert "mwoauthdatastore-request-token-not-found" in await library.page(url)
    wiki.clock = lambda: start + 599
    answer = await library.say_yes(url)
    signed = sign(wiki, "token", request_token, verifier=answer.query["oauth_verifier"], timestamp=start + 599 + 601)
    wiki.clock = lambda: start + 599 + 601
    assert "No such request token" in (await post(wiki, "token", signed))[1]
    again = sign(wiki, "token", request_token, verifier=answer.query["oauth_verifier"], timestamp=start + 599 + 599)
    wiki.clock = lambda: start + 599 + 599
    assert (await post(wiki, "token", again))[1].startswith("oauth_token=")


async def test_request_tokens_are_known_and_belong_to_their_consumer(wiki: FakeMediaWiki, library: Library) -> None:
    url, request_token = await library.initiate()
    other = wiki.register(callback_url=CALLBACK)
    unknown = url.replace(request_token.key, "0" * 32)
    assert "mwoauthdatastore-request-token-not-found" in await library.page(unknown)
    headers = sign(wiki, "token", request_token._replace(key="0" * 32), verifier="0" * 32)
    assert await post(wiki, "token", headers) == (200, "Error: No such request token (E004)")
    mixed = str(URL(url, encoded=True).update_query(oauth_consumer_key=other.key))
    assert "mwoauthserver-bad-consumer-key" in await library.page(mixed)
    answer = await library.say_yes(url)
    library.use(other.secret, other.key)
    with pytest.raises(TypeError):
        await library.complete(request_token, answer)
    assert wiki.refusals[-1].startswith("token: mwoauthdatastore-request-token-not-found")
