"""What the fake wiki insists on in OAuth 1.0a, shown by requests that break one rule each; and its faults."""

from __future__ import annotations

import asyncio

import aiohttp
import mwoauth
import pytest
from oauthlib.oauth1 import SIGNATURE_TYPE_QUERY, Client

from tests.fakes.mediawiki import WIKI_FAULTS, WRONG_CLAIMS, FakeMediaWiki
from tests.fakes.mediawiki.clients import Library, post, sign, special_page


async def test_a_signed_request_works_once(wiki: FakeMediaWiki) -> None:
    """The nonce, not the signature: the very same request a second time."""
    signed = sign(wiki, "initiate", callback="oob")
    assert (await post(wiki, "initiate", signed))[1].startswith("oauth_token=")
    assert await post(wiki, "initiate", signed) == (200, "Error: Nonce already used")


@pytest.mark.parametrize(("offset", "good"), [(-301, False), (-299, True), (299, True), (301, False)])
async def test_timestamps_count_by_the_wikis_clock(wiki: FakeMediaWiki, offset: int, good: bool) -> None:
    for now in (1_300_000_000, 1_900_000_000):
        wiki.clock = lambda now=now: now
        status, text = await post(wiki, "initiate", sign(wiki, "initiate", callback="oob", timestamp=now + offset))
        assert (status, text.startswith("oauth_token=")) == (200, good)
        assert good or text == f"Error: Expired timestamp, yours {now + offset}, ours {now}"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("OAuth ", "Bearer ", "No Authorization header of the scheme OAuth"),
        ("OAuth ", 'OAuth oauth_extra="1", ', "stray ['oauth_extra']"),
        ("OAuth ", 'OAuth realm="wiki", ', "stray ['realm']"),
        ("OAuth ", 'OAuth oauth_callback="oob", ', "one twice"),
        ('oauth_callback="oob", ', "", "missing ['oauth_callback']"),
        ('oauth_version="1.0", ', "", "Invalid signature"),
        ('oauth_nonce="', 'oauth_nonce="1', "Invalid signature"),
        ('oauth_signature="', 'oauth_signature="AA', "Invalid signature"),
    ],
)
async def test_crooked_headers_are_refused(wiki: FakeMediaWiki, old: str, new: str, why: str) -> None:
    signed = sign(wiki, "initiate", callback="oob")["Authorization"]
    assert old in signed
    status, text = await post(wiki, "initiate", {"Authorization": signed.replace(old, new)})
    assert status == 200
    assert text.startswith("Error: ")
    assert why in text


@pytest.mark.parametrize("method", ["PLAINTEXT", "HMAC-SHA256", "HMAC-SHA512"])
async def test_only_hmac_sha1_is_taken(wiki: FakeMediaWiki, method: str) -> None:
    signed = sign(wiki, "initiate", callback="oob", signature_method=method)
    assert await post(wiki, "initiate", signed) == (200, "Error: Invalid signature")


async def test_the_signature_is_of_this_page_and_this_wiki(wiki: FakeMediaWiki) -> None:
    other_page = sign(wiki, "identify", callback="oob")
    assert await post(wiki, "initiate", other_page) == (200, "Error: Invalid signature")
    other_url = special_page(wiki, "initiate").replace(wiki.host, "wiki.example")
    other_wiki = {**sign(wiki, "initiate", callback="oob", url=other_url), "Host": "wiki.example"}
    assert await post(wiki, "initiate", other_wiki) == (200, "Error: Invalid signature")


async def test_the_shape_of_a_request_is_checked(wiki: FakeMediaWiki) -> None:
    """Each request is signed as it is sent, so that only its shape is wrong."""
    url = special_page(wiki, "initiate")
    get = sign(wiki, "initiate", callback="oob", http_method="GET")
    assert "Not a POST without a body" in (await post(wiki, "initiate", get, method="GET"))[1]
    signed = sign(wiki, "initiate", callback="oob")
    assert "Not a POST without a body" in (await post(wiki, "initiate", signed, json={"a": "b"}))[1]
    longer = f"{url}&format=json"
    signed = sign(wiki, "initiate", callback="oob", url=longer)
    assert "more than the title" in (await post(wiki, "initiate", signed, url=longer))[1]
    leaking = f"{url}&secret={wiki.consumer.secret}"
    signed = sign(wiki, "initiate", callback="oob", url=leaking)
    assert "a secret is in the URL" in (await post(wiki, "initiate", signed, url=leaking))[1]
    client = Client(wiki.consumer.key, wiki.consumer.secret, callback_uri="oob", signature_type=SIGNATURE_TYPE_QUERY)
    in_query, _, _ = client.sign(url, http_method="POST")
    assert "more than the title" in (await post(wiki, "initiate", {}, url=in_query))[1]
    assert (await post(wiki, "initiate", sign(wiki, "initiate", callback="oob")))[1].startswith("oauth_token=")


async def test_errors_have_status_200(wiki: FakeMediaWiki) -> None:
    for page, kind in (("initiate", "text/plain"), ("token", "text/plain"), ("identify", "application/json")):
        async with aiohttp.ClientSession() as session, session.post(special_page(wiki, page)) as response:
            assert (response.status, response.content_type) == (200, kind)
            if page == "identify":
                assert (await response.json())["error"] == "mwoauth-oauth-exception"
            else:
                assert (await response.text()).startswith("Error: ")


# -- faults


async def test_a_wiki_may_demand_a_user_agent(wiki: FakeMediaWiki, library: Library) -> None:
    wiki.demands_user_agent = True
    assert (await library.initiate())[1].key
    for name in ("", "python-requests/2.32", "python-mwoauth default user agent", "Python/3.12 aiohttp/3.11"):
        headers = {**sign(wiki, "initiate", callback="oob"), "User-Agent": name}
        status, text = await post(wiki, "initiate", headers)
        assert (status, "User-Agent" in text) == (403, True)


# Wrong identities that the library takes all the same.
TAKEN_BY_THE_LIBRARY = {"exp-missing", "claim-twice"}
REFUSED_BY_THE_LIBRARY = {"sub-null", "sub-float", "sub-true", "sub-list"}


@pytest.mark.parametrize("name", [name for name, fault in WIKI_FAULTS.items() if fault.stage == "identity"])
async def test_every_wrong_identity_is_wrong_once(wiki: FakeMediaWiki, library: Library, name: str) -> None:
    """The library refuses it, or sees what is wrong; the next one is right."""
    token = await library.access_token()
    wiki.faults.on(name, times=1)
    if name in TAKEN_BY_THE_LIBRARY or (name in WRONG_CLAIMS and name not in REFUSED_BY_THE_LIBRARY):
        bent = await library.identify(token)
        good = await library.identify(token)
        differing = {claim for claim in good if repr(bent.get(claim)) != repr(good[claim])}
        wrong = "sub" if name == "claim-twice" else name.partition("-")[0]
        assert wrong in differing
        assert differing <= {wrong, "nonce", "iat", "exp"}
    else:
        with pytest.raises((mwoauth.OAuthException, KeyError)):
            await library.identify(token)
        assert (await library.identify(token))["username"] == "Alice"
    assert wiki.faults.applied[name] == 1


@pytest.mark.parametrize("name", [name for name in WIKI_FAULTS if name.startswith(("initiate-", "token-"))])
async def test_wrong_answers_are_not_taken_by_the_library(wiki: FakeMediaWiki, library: Library, name: str) -> None:
    wiki.faults.on(name)
    with pytest.raises((mwoauth.OAuthException, TypeError)):
        await library.access_token()
    assert wiki.faults.applied[name] == 1


@pytest.mark.parametrize("name", [name for name in WIKI_FAULTS if name.startswith("identify-")])
async def test_wrong_identity_pages_are_not_taken_by_the_library(
    wiki: FakeMediaWiki, library: Library, name: str
) -> None:
    token = await library.access_token()
    wiki.faults.on(name)
    with pytest.raises(mwoauth.OAuthException):
        await library.identify(token)
    assert wiki.faults.applied[name] == 1


async def test_the_wire_can_fail_at_each_page(wiki: FakeMediaWiki, library: Library) -> None:
    for page in ("initiate", "token", "identify"):
        wiki.faults.on("F1", at=page, times=1)
        waiting = asyncio.create_task(post(wiki, page, {}))
        await wiki.until_asked(page)
        assert not waiting.done()
        wiki.released.set()
        assert (await waiting)[0] == 200
        wiki.released.clear()
        wiki.faults.on("F15", at=page, times=1)
        assert (await post(wiki, page, {}))[0] == 500
        wiki.faults.on("F5", at=page, times=1)
        with pytest.raises(aiohttp.ClientError):
            await post(wiki, page, {})
    with pytest.raises(KeyError):
        wiki.faults.on("F44")  # of ID tokens, which there are none of here


async def test_secrets_are_known_as_canaries(wiki: FakeMediaWiki, library: Library) -> None:
    _, request_token = await library.initiate()
    token = await library.access_token()
    assert {wiki.consumer.secret, request_token.secret, token.key, token.secret} <= wiki.canaries()
    assert len(wiki.codes_issued) == 1
