"""What the fake wiki insists on in OAuth 2.0, shown by requests that break one rule each."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import urlencode

import pytest

from tests.fakes.mediawiki import FakeMediaWiki
from tests.fakes.mediawiki.clients import CALLBACK, HandClient
from tests.fakes.openid_provider.rules import FORM


@pytest.fixture
def wiki(wiki: FakeMediaWiki) -> FakeMediaWiki:
    """Whose consumer is one of OAuth 2.0."""
    wiki.consumer.oauth_version = "2.0"
    return wiki


# -- authorize


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"response_type": "token"}, 400),
        ({"client_id": "f" * 32}, 401),
        ({"redirect_uri": CALLBACK + "/more"}, 401),
        ({"redirect_uri": None}, 401),
        ({"state": None}, 400),
        ({"code_challenge_method": "plain"}, 400),
        ({"code_challenge_method": None}, 400),
        ({"code_challenge": "too-short"}, 400),
        ({"code_challenge": None}, 400),
    ],
)
async def test_questions_that_are_refused(
    wiki: FakeMediaWiki, wiki_client: HandClient, changes: dict[str, str | None], status: int
) -> None:
    """By a page, never by a redirect."""
    assert (await wiki_client.ask(wiki_client.question(**changes)))[0] == status
    assert not wiki.codes_issued
    assert (await wiki_client.ask(wiki_client.question()))[0] == 302


async def test_a_consumer_of_the_old_version_is_not_a_client(wiki: FakeMediaWiki, wiki_client: HandClient) -> None:
    code = await wiki_client.code()
    wiki.consumer.oauth_version = "1.0a"
    assert (await wiki_client.ask(wiki_client.question()))[0] == 401
    status, reply = await wiki_client.post({**wiki_client.exchange(code), **wiki_client.secret()})
    assert (status, reply["error"]) == (401, "invalid_client")


async def test_a_repeated_parameter_and_a_secret_in_the_url_are_refused(
    wiki: FakeMediaWiki, wiki_client: HandClient
) -> None:
    assert (await wiki_client.ask(wiki_client.question() + "&state=again"))[0] == 400
    assert (await wiki_client.ask(wiki_client.question(client_secret=wiki.consumer.secret)))[0] == 400


@pytest.mark.parametrize("error", [None, "access_denied"])
async def test_no_comes_back_without_state(wiki: FakeMediaWiki, wiki_client: HandClient, error: str | None) -> None:
    wiki.deny = True
    if error is not None:
        wiki.denial_error = error
    status, _, answer = await wiki_client.ask(wiki_client.question())
    assert (status, answer["error"]) == (302, error or "unauthorized_client")
    assert set(answer) == {"error", "error_description", "message"}


async def test_the_dialog_asks_once(wiki: FakeMediaWiki, wiki_client: HandClient) -> None:
    wiki.dialog = True
    url = wiki_client.question()
    assert "JupyterHub asks who you are" in (await wiki_client.ask(url))[1]
    assert (await wiki_client.ask(url, {"cancel": ""}))[2]["error"] == "unauthorized_client"
    assert not wiki.approvals
    assert (await wiki_client.ask(url, {"accept": ""}))[2]["state"] == "the-state"
    assert await wiki_client.code()
    wiki.revoke("Alice")
    assert "JupyterHub asks who you are" in (await wiki_client.ask(url))[1]
    wiki.dialog, wiki.user = False, None
    assert "you are not logged in" in (await wiki_client.ask(url))[1]


@pytest.mark.parametrize(
    ("scope", "granted"),
    [
        (None, ["mwoauth-authonlyprivate", "basic"]),
        ("", ["mwoauth-authonlyprivate", "basic"]),
        ("basic", ["basic"]),
        ("basic editpage", ["basic"]),
    ],
)
async def test_scopes_are_cut_to_what_the_client_has(
    wiki: FakeMediaWiki, wiki_client: HandClient, scope: str | None, granted: list[str]
) -> None:
    wiki.consumer.grants = ["mwoauth-authonlyprivate", "basic"]
    tokens = await wiki_client.tokens(scope=scope)
    assert "scope" not in tokens
    status, _, profile = await wiki_client.profile(tokens["access_token"])
    assert (status, profile["grants"]) == (200, granted)
    assert ("email" in profile) == ("mwoauth-authonlyprivate" in granted)


async def test_an_empty_scope_breaks_the_profile(wiki_client: HandClient) -> None:
    tokens = await wiki_client.tokens(scope="editpage")
    assert (await wiki_client.profile(tokens["access_token"]))[0] == 500


async def test_an_unknown_scope_comes_back_as_an_error(wiki_client: HandClient) -> None:
    _, _, answer = await wiki_client.ask(wiki_client.question(scope="openid"))
    assert answer["error"] == "invalid_scope"
    assert "state" not in answer


# -- access_token


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "v" * 43}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": CALLBACK + "/more"}, "invalid_request"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"code": "def502-of-nobody"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"scope": "basic"}, "invalid_request"),
        ({"state": "stray"}, "invalid_request"),
    ],
)
async def test_exchanges_that_are_refused(wiki_client: HandClient, changes: dict[str, str], error: str) -> None:
    right = {**wiki_client.exchange(await wiki_client.code()), **wiki_client.secret()}
    status, reply = await wiki_client.post({**right, **changes})
    assert (status, reply["error"]) == (400, error)
    assert (await wiki_client.post(right))[0] == 200


async def test_codes_are_good_once_and_for_ten_minutes(wiki: FakeMediaWiki, wiki_client: HandClient) -> None:
    used = {**wiki_client.exchange(await wiki_client.code()), **wiki_client.secret()}
    assert (await wiki_client.post(used))[0] == 200
    assert (await wiki_client.post(used))[1]["error"] == "invalid_grant"
    late = {**wiki_client.exchange(await wiki_client.code()), **wiki_client.secret()}
    now = wiki.clock()
    wiki.clock = lambda: now + 602
    assert (await wiki_client.post(late))[1]["error"] == "invalid_grant"
    wiki.old_release = True
    status, reply = await wiki_client.post(late)
    assert (status, reply["error"]) == (400, "invalid_request")


async def test_codes_and_refresh_tokens_belong_to_their_client(wiki: FakeMediaWiki, wiki_client: HandClient) -> None:
    code, tokens = await wiki_client.code(), await wiki_client.tokens()
    other = wiki.register(callback_url=CALLBACK, oauth_version="2.0")
    stolen = {**wiki_client.exchange(code), "client_id": other.key, "client_secret": other.secret}
    assert (await wiki_client.post(stolen))[1]["error"] == "invalid_grant"
    mine = {"client_id": other.key, "client_secret": other.secret}
    assert (await wiki_client.refresh(tokens["refresh_token"], **mine))[1]["error"] == "invalid_grant"
    assert (await wiki_client.refresh(tokens["refresh_token"]))[0] == 200


async def test_pkce_is_the_confidential_clients_choice(wiki: FakeMediaWiki, wiki_client: HandClient) -> None:
    """Without a challenge there is no verifier; a public client must send one."""
    without = {"code_challenge": None, "code_challenge_method": None}
    right = {**wiki_client.exchange(await wiki_client.code(**without)), **wiki_client.secret()}
    assert (await wiki_client.post(right))[1]["error"] == "invalid_request"
    del right["code_verifier"]
    assert (await wiki_client.post(right))[0] == 200
    wiki.consumer.confidential = False
    assert (await wiki_client.ask(wiki_client.question(**without)))[0] == 400


async def test_clients_authenticate_as_they_are_registered(wiki: FakeMediaWiki, wiki_client: HandClient) -> None:
    async def error_of(fields: dict[str, str], headers: dict[str, str] | None = None) -> tuple[int, str | None]:
        status, reply = await wiki_client.post({**wiki_client.exchange(await wiki_client.code()), **fields}, headers)
        return status, reply.get("error")

    name = {"client_id": wiki.consumer.key}
    refused = (401, "invalid_client")
    assert await error_of(wiki_client.secret()) == (200, None)
    assert await error_of({}, wiki_client.basic()) == (200, None)
    assert await error_of(name) == refused
    assert await error_of({**name, "client_secret": "wrong"}) == refused
    assert await error_of({}, {"Authorization": "Basic " + b64encode(b"a:b").decode()}) == refused
    assert await error_of(wiki_client.secret(), wiki_client.basic()) == (400, "invalid_request")
    wiki.consumer.confidential = False
    assert await error_of(name) == (200, None)
    assert await error_of(wiki_client.secret()) == refused
    assert await error_of({}, wiki_client.basic()) == refused


async def test_the_shape_of_a_token_request_is_checked(wiki: FakeMediaWiki, wiki_client: HandClient) -> None:
    right = {**wiki_client.exchange(await wiki_client.code()), **wiki_client.secret()}
    assert (await wiki_client.post(right, query="?a=b"))[0] == 400
    assert (await wiki_client.post(right, query=f"?client_secret={wiki.consumer.secret}"))[0] == 400
    assert (await wiki_client.post(urlencode(right), {"Content-Type": "text/plain"}))[0] == 400
    assert (await wiki_client.post(f"{urlencode(right)}&code=x", {"Content-Type": FORM}))[0] == 400
    async with wiki_client.session.get(f"{wiki.rest_url}/oauth2/access_token") as response:
        assert response.status == 405
    assert (await wiki_client.post(right))[0] == 200


async def test_rotation_kills_the_old_pair_at_once(wiki: FakeMediaWiki, wiki_client: HandClient) -> None:
    old = await wiki_client.tokens()
    status, fresh = await wiki_client.refresh(old["refresh_token"])
    assert status == 200
    assert (await wiki_client.profile(old["access_token"]))[0] == 401
    assert (await wiki_client.refresh(old["refresh_token"]))[1]["error"] == "invalid_grant"
    wiki.old_release = True
    status, reply = await wiki_client.refresh(old["refresh_token"])
    assert (status, reply["error"]) == (401, "invalid_request")
    assert (await wiki_client.profile(fresh["access_token"]))[0] == 200


async def test_refreshing_never_widens_the_scope(wiki: FakeMediaWiki, wiki_client: HandClient) -> None:
    wiki.consumer.grants = ["mwoauth-authonlyprivate", "basic"]
    tokens = await wiki_client.tokens()
    assert (await wiki_client.refresh(tokens["refresh_token"], scope="editpage"))[1]["error"] == "invalid_scope"
    assert (await wiki_client.refresh(tokens["refresh_token"], state="stray"))[1]["error"] == "invalid_request"
    _, narrow = await wiki_client.refresh(tokens["refresh_token"], scope="basic")
    assert (await wiki_client.profile(narrow["access_token"]))[2]["grants"] == ["basic"]
