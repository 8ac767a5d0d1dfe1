"""requests-oauthlib logs in at the fake wiki by OAuth 2.0; the profile's claims; the faults."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from requests_oauthlib import OAuth2Session

from tests.fakes.mediawiki import WIKI_FAULTS, FakeMediaWiki
from tests.fakes.mediawiki.clients import CALLBACK, HandClient

GRANTS = ["mwoauth-authonlyprivate"]


@pytest.fixture
def wiki(wiki: FakeMediaWiki) -> FakeMediaWiki:
    """Whose consumer is one of OAuth 2.0."""
    wiki.consumer.oauth_version = "2.0"
    wiki.consumer.grants = list(GRANTS)
    return wiki


def log_in_with_the_library(
    rest_url: str, key: str, secret: str | None
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """requests-oauthlib with PKCE: the tokens, the profile, and the tokens that follow them."""
    with OAuth2Session(key, redirect_uri=CALLBACK, pkce="S256") as session:
        url, _ = session.authorization_url(f"{rest_url}/oauth2/authorize")
        answer = session.get(url, withhold_token=True, allow_redirects=False, timeout=10).headers["Location"]
        token_url = f"{rest_url}/oauth2/access_token"
        tokens = dict(
            session.fetch_token(
                token_url, authorization_response=answer, client_secret=secret, include_client_id=secret is None
            )
        )
        profile = session.get(f"{rest_url}/oauth2/resource/profile", timeout=10).json()
        more = {"client_id": key, **({} if secret is None else {"client_secret": secret})}
        return tokens, profile, dict(session.refresh_token(token_url, **more))


@pytest.mark.parametrize("confidential", [True, False])
async def test_the_library_logs_in(wiki: FakeMediaWiki, monkeypatch: pytest.MonkeyPatch, confidential: bool) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    wiki.consumer.confidential = confidential
    secret = wiki.consumer.secret if confidential else None
    tokens, profile, fresh = await asyncio.to_thread(log_in_with_the_library, wiki.rest_url, wiki.consumer.key, secret)
    assert {name for name in tokens if name != "expires_at"} == {
        "token_type",
        "expires_in",
        "access_token",
        "refresh_token",
    }
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 14_400)
    assert profile.pop("rights")[0] == "read"
    assert profile == {
        "sub": "11",
        "username": "Alice",
        "editcount": 250,
        "confirmed_email": True,
        "blocked": False,
        "registered": "20190304050607",
        "groups": ["sysop", "bureaucrat", "*", "user", "autoconfirmed"],
        "grants": GRANTS,
        "realname": "Alice Example",
        "email": "alice@example.org",
    }
    assert fresh["access_token"] != tokens["access_token"]
    assert fresh["refresh_token"] != tokens["refresh_token"]
    assert not wiki.refusals


# -- profile


async def test_the_profile_needs_a_token_that_is_still_good(wiki: FakeMediaWiki, wiki_client: HandClient) -> None:
    tokens = await wiki_client.tokens()
    url = f"{wiki.rest_url}/oauth2/resource/profile"
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    async with wiki_client.session.get(url) as response:
        assert (response.status, response.content_type) == (401, "application/json")
    async with wiki_client.session.post(url, headers=bearer) as response:
        assert response.status == 405
    async with wiki_client.session.get(f"{url}?access_token={tokens['access_token']}") as response:
        assert response.status == 400
    async with wiki_client.session.get(f"{url}?a=b", headers=bearer) as response:
        assert response.status == 405
    async with wiki_client.session.get(url, headers={"Authorization": f"Basic {tokens['access_token']}"}) as response:
        assert response.status == 401
    assert (await wiki_client.profile(tokens["access_token"]))[0] == 200
    now = wiki.clock()
    wiki.clock = lambda: now + 14_401
    assert (await wiki_client.profile(tokens["access_token"]))[0] == 401
    assert (await wiki_client.refresh(tokens["refresh_token"]))[0] == 200


async def test_revoked_means_all_of_it(wiki: FakeMediaWiki, wiki_client: HandClient) -> None:
    code, tokens = await wiki_client.code(), await wiki_client.tokens()
    wiki.revoke("Alice")
    status, kind, reply = await wiki_client.profile(tokens["access_token"])
    assert (status, kind, reply["error"]) == (401, "application/json", "access_denied")
    assert (await wiki_client.refresh(tokens["refresh_token"]))[1]["error"] == "invalid_grant"
    assert (await wiki_client.post({**wiki_client.exchange(code), **wiki_client.secret()}))[1][
        "error"
    ] == "invalid_grant"


async def test_refresh_tokens_last_a_year(wiki: FakeMediaWiki, wiki_client: HandClient) -> None:
    tokens = await wiki_client.tokens()
    now = wiki.clock()
    wiki.clock = lambda: now + 366 * 86_400
    assert (await wiki_client.refresh(tokens["refresh_token"]))[1]["error"] == "invalid_grant"


async def test_what_happens_to_accounts_is_seen(wiki: FakeMediaWiki, wiki_client: HandClient) -> None:
    tokens = await wiki_client.tokens(as_user="O'Brien")
    wiki.int_sub = True
    wiki.rename("O'Brien", "Somebody")
    wiki.block("Somebody")
    _, _, profile = await wiki_client.profile(tokens["access_token"])
    assert (profile["sub"], profile["username"], profile["blocked"]) == (15, "Somebody", True)
    wiki.hide("Somebody")
    assert (await wiki_client.profile(tokens["access_token"]))[2] == {"sub": 15, "blocked": True}
    del wiki.users["Somebody"]
    assert (await wiki_client.profile(tokens["access_token"]))[0] == 403


async def test_old_releases_call_it_html(wiki: FakeMediaWiki, wiki_client: HandClient) -> None:
    tokens = await wiki_client.tokens()
    assert (await wiki_client.profile(tokens["access_token"]))[1] == "application/json"
    wiki.old_release = True
    status, kind, profile = await wiki_client.profile(tokens["access_token"])
    assert (status, kind, profile["username"]) == (200, "text/html", "Alice")


# -- faults


@pytest.mark.parametrize("name", [name for name, fault in WIKI_FAULTS.items() if fault.stage == "profile"])
async def test_every_wrong_profile_is_wrong_once(wiki: FakeMediaWiki, wiki_client: HandClient, name: str) -> None:
    tokens = await wiki_client.tokens()
    wiki.faults.on(name, times=1)
    bent = (await wiki_client.profile(tokens["access_token"]))[2]
    good = (await wiki_client.profile(tokens["access_token"]))[2]
    claim = name.split("-")[1]
    assert {key for key in good if repr(bent.get(key)) != repr(good[key])} == {claim}
    assert wiki.faults.applied[name] == 1


async def test_faults_of_the_token_endpoint_and_of_the_wire(wiki: FakeMediaWiki, wiki_client: HandClient) -> None:
    wiki.faults.on("no-refresh-token", times=1)
    assert "refresh_token" not in await wiki_client.tokens()
    tokens = await wiki_client.tokens()
    wiki.faults.on("invalid-grant", times=1)
    assert await wiki_client.refresh(tokens["refresh_token"]) == (400, {"error": "invalid_grant"})
    wiki.faults.on("F1", at="profile", times=1)
    waiting = asyncio.create_task(wiki_client.profile(tokens["access_token"]))
    await wiki.until_asked("profile")
    assert not waiting.done()
    wiki.released.set()
    assert (await waiting)[0] == 401  # the pair was rotated, though the answer did not say so


async def test_secrets_are_known_as_canaries(wiki: FakeMediaWiki, wiki_client: HandClient) -> None:
    tokens = await wiki_client.tokens()
    assert {
        wiki.consumer.secret,
        wiki_client.verifier,
        tokens["access_token"],
        tokens["refresh_token"],
    } <= wiki.canaries()
    assert len(wiki.codes_issued) == 1
