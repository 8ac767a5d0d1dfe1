"""Fixtures for the fakes' own tests: a fake, whose application is registered, and a client that sends single requests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.fakes.github import FakeGitHub
from tests.fakes.github import hand_client as at_github
from tests.fakes.gitlab import FakeGitLab
from tests.fakes.gitlab import hand_client as at_gitlab
from tests.fakes.mediawiki import FakeMediaWiki
from tests.fakes.mediawiki import clients as at_wiki


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def github() -> AsyncIterator[FakeGitHub]:
    async with FakeGitHub() as github:
        github.client.redirect_uris.add(at_github.CALLBACK)
        yield github


@pytest.fixture
def github_client(github: FakeGitHub, session: aiohttp.ClientSession) -> at_github.HandClient:
    return at_github.HandClient(github, session)


@pytest.fixture
async def gitlab() -> AsyncIterator[FakeGitLab]:
    async with FakeGitLab() as gitlab:
        gitlab.client.redirect_uris.add(at_gitlab.CALLBACK)
        yield gitlab


@pytest.fixture
def gitlab_client(gitlab: FakeGitLab, session: aiohttp.ClientSession) -> at_gitlab.HandClient:
    return at_gitlab.HandClient(gitlab, session)


@pytest.fixture
async def wiki() -> AsyncIterator[FakeMediaWiki]:
    """Whose consumer is one of OAuth 1.0a."""
    async with FakeMediaWiki() as wiki:
        wiki.consumer.callback_url = at_wiki.CALLBACK
        yield wiki


@pytest.fixture
def library(wiki: FakeMediaWiki, session: aiohttp.ClientSession) -> at_wiki.Library:
    return at_wiki.Library(wiki, session)


@pytest.fixture
def wiki_client(wiki: FakeMediaWiki, session: aiohttp.ClientSession) -> at_wiki.HandClient:
    return at_wiki.HandClient(wiki, session)
