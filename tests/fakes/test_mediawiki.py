"""The fake wiki is right and strict: judged by the mwoauth library, and by requests that break one rule each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import mwoauth
import pytest
from yarl import URL

from tests.fakes.mediawiki import FakeMediaWiki

CALLBACK = "http://127.0.0.1:9/callback"


@pytest.fixture
async def wiki() -> AsyncIterator[FakeMediaWiki]:
    async with FakeMediaWiki() as wiki:
        wiki.consumer.callback_url = CALLBACK
        yield wiki


class Library:
    """mwoauth in a thread, and a browser that goes where it says."""

    def __init__(self, wiki: FakeMediaWiki, session: aiohttp.ClientSession, callback: str = "oob") -> None:
        self.wiki = wiki
        self.session = session
        token = mwoauth.ConsumerToken(wiki.consumer.key, wiki.consumer.secret)
        self.handshaker = mwoauth.Handshaker(wiki.index_url, token, callback=callback, user_agent="Tests/1.0 (me)")

    async def initiate(self) -> tuple[str, Any]:
        return await asyncio.to_thread(self.handshaker.initiate)

    async def say_yes(self, url: str) -> URL:
        """The callback's URL to which the wiki sends the browser."""
        async with self.session.get(URL(url, encoded=True), allow_redirects=False) as response:
            assert response.status == 302, await response.text()
            return URL(response.headers["Location"], encoded=True)

    async def complete(self, request_token: Any, answer: str) -> Any:
        return await asyncio.to_thread(self.handshaker.complete, request_token, answer)

    async def identify(self, access_token: Any) -> dict[str, Any]:
        return await asyncio.to_thread(self.handshaker.identify, access_token)

    async def log_in(self) -> tuple[Any, dict[str, Any]]:
        url, request_token = await self.initiate()
        answer = await self.say_yes(url)
        access_token = await self.complete(request_token, answer.raw_query_string)
        return access_token, await self.identify(access_token)


@pytest.fixture
async def library(wiki: FakeMediaWiki) -> AsyncIterator[Library]:
    async with aiohttp.ClientSession() as session:
        yield Library(wiki, session)


async def test_the_library_logs_in_out_of_band(wiki: FakeMediaWiki, library: Library) -> None:
    _, claims = await library.log_in()
    assert (claims["sub"], claims["username"], claims["groups"][0]) == ("11", "Alice", "sysop")
    assert not wiki.refusals
