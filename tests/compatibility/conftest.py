"""The provider and the two packages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.compatibility.sides import ApiProvider, Sides
from tests.fakes.openid_provider import rules


@pytest.fixture
async def provider(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ApiProvider]:
    # oauthenticator adds the field data to token requests; no provider that is known refuses it
    required, _ = rules.TOKEN_FIELDS["authorization_code"]
    monkeypatch.setitem(rules.TOKEN_FIELDS, "authorization_code", (required, {"data"}))
    async with ApiProvider() as provider:
        yield provider


@pytest.fixture
def sides(provider: ApiProvider) -> Sides:
    return Sides(provider)
