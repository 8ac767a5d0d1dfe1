"""What people see and do at the fake wiki: the dialog, and what happens to accounts."""

from __future__ import annotations

from urllib.parse import urlencode

import jwt
import mwoauth
import pytest
from yarl import URL

from tests.fakes.mediawiki import FakeMediaWiki
from tests.fakes.mediawiki.clients import Library, post, sign

# -- accounts


async def test_what_happens_to_accounts_is_seen(wiki: FakeMediaWiki, library: Library) -> None:
    token = await library.access_token()
    wiki.block("Alice")
    assert (await library.identify(token))["blocked"] is True
    wiki.rename("Alice", "Alice (renamed)")
    claims = await library.identify(token)
    assert (claims["sub"], claims["username"]) == ("11", "Alice (renamed)")
    assert "Alice" not in wiki.users
    wiki.hide("Alice (renamed)")
    claims = await library.identify(token)
    assert set(claims) == {"iss", "aud", "exp", "iat", "nonce", "sub", "blocked"}
    assert (claims["sub"], claims["blocked"]) == ("11", True)
    del wiki.users["Alice (renamed)"]
    with pytest.raises(mwoauth.OAuthException, match="This user is no more"):
        await library.identify(token)


async def test_a_wiki_may_keep_blocked_users_out(wiki: FakeMediaWiki, library: Library) -> None:
    token = await library.access_token()
    wiki.block_disables_login = True
    assert (await library.identify(token))["blocked"] is False
    assert await library.access_token() == token
    wiki.block("Alice")
    with pytest.raises(mwoauth.OAuthException, match="This user is blocked"):
        await library.identify(token)
    url, _ = await library.initiate()
    assert "mwoauthserver-insufficient-rights" in await library.page(url)
    wiki.block_disables_login = False
    assert (await library.say_yes(url)).query["oauth_verifier"]


@pytest.mark.parametrize("grants", [["mwoauth-authonly"], ["mwoauth-authonlyprivate"], ["basic", "editpage"]])
async def test_private_data_comes_with_the_private_grant(
    wiki: FakeMediaWiki, library: Library, grants: list[str]
) -> None:
    wiki.consumer.grants = grants
    claims = await library.identify(await library.access_token())
    assert claims["grants"] == grants
    private = {name: claims.get(name) for name in ("realname", "email")}
    given = {"realname": "Alice Example", "email": "alice@example.org"}
    assert private == (given if grants == ["mwoauth-authonlyprivate"] else {"realname": None, "email": None})


async def test_sub_may_be_a_number(wiki: FakeMediaWiki, library: Library) -> None:
    """Which the library's own JWT reader does not take; so the JWT is read by hand."""
    wiki.int_sub = True
    token = await library.access_token()
    status, text = await post(wiki, "identify", sign(wiki, "identify", token))
    claims = jwt.decode(
        text, wiki.consumer.secret, ["HS256"], audience=wiki.consumer.key, options={"verify_sub": False}
    )
    assert (status, claims["sub"]) == (200, 11)


@pytest.mark.parametrize("name", ["Bob van Dyke", "José ÑANDÚ", "Carol (WMF)", "O'Brien", "ALLCAPS", "Allcaps"])
async def test_the_browser_says_who_sits_there(wiki: FakeMediaWiki, library: Library, name: str) -> None:
    url, request_token = await library.initiate()
    answer = await library.say_yes(f"{url}&{urlencode({'as_user': name})}")
    claims = await library.identify(await library.complete(request_token, answer))
    assert claims["username"] == name
    assert claims["sub"] == str(wiki.users[name].id)


# -- the dialog


async def test_without_an_answer_the_browser_stays_at_the_wiki(wiki: FakeMediaWiki, library: Library) -> None:
    url, _ = await library.initiate()
    wiki.user = None
    assert "you are not logged in" in await library.page(url)
    wiki.user, wiki.deny = "Alice", True
    assert "You said no to JupyterHub" in await library.page(url)
    wiki.deny, wiki.dialog = False, True
    assert "JupyterHub asks who you are" in await library.page(url)
    assert "You said no to JupyterHub" in await library.page(url, {"cancel": ""})
    assert not wiki.codes_issued
    assert not wiki.access_tokens


async def test_the_dialog_asks_once(wiki: FakeMediaWiki, library: Library) -> None:
    """An authentication-only consumer, at `authenticate`; at `authorize`, or with more grants, always."""
    wiki.dialog = True
    url, request_token = await library.initiate()
    assert "asks who you are" in await library.page(url)
    async with library.session.post(URL(url, encoded=True), data={"accept": ""}, allow_redirects=False) as response:
        answer = URL(response.headers["Location"], encoded=True)
    assert (await library.complete(request_token, answer)).key
    assert (await library.say_yes((await library.initiate())[0])).query["oauth_verifier"]
    url, _ = await library.initiate()
    assert "asks who you are" in await library.page(url.replace("authenticate", "authorize"))
    wiki.consumer.grants = ["basic", "editpage"]
    assert "asks who you are" in await library.page(url)


async def test_a_secret_in_the_browsers_url_is_refused(wiki: FakeMediaWiki, library: Library) -> None:
    url, request_token = await library.initiate()
    for secret in (wiki.consumer.secret, request_token.secret):
        assert "a secret is in the URL" in await library.page(f"{url}&x={secret}")


async def test_other_pages_are_pages(wiki: FakeMediaWiki, library: Library) -> None:
    assert "Main Page" in await library.page(f"{wiki.index_url}?title=Special:OAuth/nonsense")
    assert wiki.count("page") == 1
