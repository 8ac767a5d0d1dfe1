"""Clients of the fake wiki: the mwoauth library, and requests by hand that can break one rule each."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

import aiohttp
import mwoauth
from oauthlib.oauth1 import Client
from yarl import URL

from tests.fakes.openid_provider.keys import base64url

from . import FakeMediaWiki

CALLBACK = "http://127.0.0.1:9/callback"
"""The registered one. Nobody listens there: the clients look at where they are sent."""


class Library:
    """mwoauth in a thread, and a browser that goes where it says."""

    def __init__(self, wiki: FakeMediaWiki, session: aiohttp.ClientSession) -> None:
        self.wiki = wiki
        self.session = session
        self.use(wiki.consumer.secret)

    def use(self, secret: str, key: str | None = None) -> None:
        token = mwoauth.ConsumerToken(key or self.wiki.consumer.key, secret)
        self.handshaker = mwoauth.Handshaker(self.wiki.index_url, token, user_agent="Tests/1.0 (me@example.org)")

    async def initiate(self, callback: str = "oob") -> tuple[str, Any]:
        return await asyncio.to_thread(self.handshaker.initiate, callback)

    async def say_yes(self, url: str) -> URL:
        """The callback's URL to which the wiki sends the browser."""
        async with self.session.get(URL(url, encoded=True), allow_redirects=False) as response:
            assert response.status == 302, await response.text()
            return URL(response.headers["Location"], encoded=True)

    async def page(self, url: str, data: dict[str, str] | None = None) -> str:
        """A page at which the browser stays."""
        method = "GET" if data is None else "POST"
        async with self.session.request(method, URL(url, encoded=True), data=data, allow_redirects=False) as response:
            assert (response.status, response.content_type) == (200, "text/html")
            return await response.text()

    async def complete(self, request_token: Any, answer: URL | str) -> Any:
        query = answer.raw_query_string if isinstance(answer, URL) else answer
        return await asyncio.to_thread(self.handshaker.complete, request_token, query)

    async def identify(self, access_token: Any) -> dict[str, Any]:
        return await asyncio.to_thread(self.handshaker.identify, access_token)

    async def access_token(self) -> Any:
        url, request_token = await self.initiate()
        return await self.complete(request_token, await self.say_yes(url))


def sign(
    wiki: FakeMediaWiki,
    page: str,
    token: Any = None,
    *,
    verifier: str | None = None,
    callback: str | None = None,
    timestamp: float | None = None,
    http_method: str = "POST",
    url: str = "",
    **options: Any,
) -> dict[str, str]:
    """The headers of a signed request, by oauthlib's client side. `options` are those of its Client."""
    client = Client(
        wiki.consumer.key,
        client_secret=wiki.consumer.secret,
        resource_owner_key=None if token is None else token.key,
        resource_owner_secret=None if token is None else token.secret,
        callback_uri=callback,
        verifier=verifier,
        timestamp=str(int(wiki.clock() if timestamp is None else timestamp)),
        **options,
    )
    _, headers, _ = client.sign(url or special_page(wiki, page), http_method=http_method)
    return headers


def special_page(wiki: FakeMediaWiki, page: str) -> str:
    return f"{wiki.index_url}?{urlencode({'title': f'Special:OAuth/{page}'})}"


async def post(
    wiki: FakeMediaWiki, page: str, headers: dict[str, str], *, method: str = "POST", url: str = "", **options: Any
) -> tuple[int, str]:
    target = URL(url or special_page(wiki, page), encoded=True)
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, target, headers=headers, **options) as response,
    ):
        return response.status, await response.text()


class HandClient:
    """A client that sends the requests of a test; its defaults are a right login with the secret in the body."""

    def __init__(self, wiki: FakeMediaWiki, session: aiohttp.ClientSession) -> None:
        self.wiki = wiki
        self.session = session
        self.verifier = token_urlsafe(48)

    def question(self, **changes: str | None) -> str:
        fields = {
            "response_type": "code",
            "client_id": self.wiki.consumer.key,
            "redirect_uri": self.wiki.consumer.callback_url,
            "state": "the-state",
            "code_challenge": base64url(sha256(self.verifier.encode()).digest()),
            "code_challenge_method": "S256",
            **changes,
        }
        given = {name: value for name, value in fields.items() if value is not None}
        return f"{self.wiki.rest_url}/oauth2/authorize?{urlencode(given)}"

    async def ask(self, url: str, said: dict[str, str] | None = None) -> tuple[int, str, dict[str, str]]:
        """The status, the page, and the parameters of the redirect."""
        method = "GET" if said is None else "POST"
        async with self.session.request(method, URL(url, encoded=True), data=said, allow_redirects=False) as response:
            location = URL(response.headers.get("Location", ""), encoded=True)
            assert response.status != 302 or str(location).startswith(f"{self.wiki.consumer.callback_url}?")
            return response.status, await response.text(), dict(location.query)

    async def code(self, **changes: str | None) -> str:
        return (await self.ask(self.question(**changes)))[2]["code"]

    def secret(self) -> dict[str, str]:
        return {"client_id": self.wiki.consumer.key, "client_secret": self.wiki.consumer.secret}

    def basic(self) -> dict[str, str]:
        pair = f"{self.wiki.consumer.key}:{self.wiki.consumer.secret}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}

    def exchange(self, code: str) -> dict[str, str]:
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.wiki.consumer.callback_url,
            "code_verifier": self.verifier,
        }

    async def post(self, fields: Any, headers: dict[str, str] | None = None, query: str = "") -> tuple[int, Any]:
        url = f"{self.wiki.rest_url}/oauth2/access_token{query}"
        async with self.session.post(url, data=fields, headers=headers) as response:
            return response.status, await response.json()

    async def tokens(self, **changes: str | None) -> dict[str, Any]:
        status, reply = await self.post({**self.exchange(await self.code(**changes)), **self.secret()})
        assert status == 200
        return reply

    async def refresh(self, refresh_token: str, **fields: str) -> tuple[int, Any]:
        return await self.post(
            {"grant_type": "refresh_token", "refresh_token": refresh_token, **self.secret(), **fields}
        )

    async def profile(self, access_token: str) -> tuple[int, str, Any]:
        headers = {"Authorization": f"Bearer {access_token}"}
        async with self.session.get(f"{self.wiki.rest_url}/oauth2/resource/profile", headers=headers) as response:
            return response.status, response.content_type, await response.json(content_type=None)
