"""The encryption keys: which records need an older key, and which no key decrypts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import generic_config
from tests.fakes.openid_provider import FakeProvider
from tests.support import HubState, start_hub

pytestmark = pytest.mark.hub_versions

FIRST, SECOND = "ab" * 32, "cd" * 32


async def said(provider: FakeProvider, state: HubState, *keys: str, users: tuple[str, ...] = ()) -> list[str]:
    """Start a Hub with these keys: what its log says of them. Then the users sign in."""
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, enable_auth_state=True)
    state.crypt_key = ";".join(keys)
    async with start_hub(config, state) as hub:
        lines = hub.log.lines_with("[crypt-key-")
        for name in users:
            assert (await hub.browser(name).login()).status == 200
        return lines


async def test_a_rotation_of_the_key(provider: FakeProvider, tmp_path: Path) -> None:
    state = HubState(tmp_path)
    assert await said(provider, state, FIRST, users=("alice", "bob")) == []
    (line,) = await said(provider, state, SECOND, FIRST, users=("alice",))
    assert line.startswith("INFO")
    assert "needed by 2 of 2 records" in line
    (line,) = await said(provider, state, SECOND, FIRST, users=("bob",))
    assert "needed by 1 of 2 records" in line
    assert await said(provider, state, SECOND, FIRST) == []
    assert await said(provider, state, SECOND) == []


async def test_a_key_that_is_missing(provider: FakeProvider, tmp_path: Path) -> None:
    state = HubState(tmp_path)
    await said(provider, state, FIRST, users=("alice",))
    (line,) = await said(provider, state, SECOND)
    assert line.startswith("WARNING")
    assert "cannot decrypt 1 of 1 records" in line
    assert FIRST not in line
    assert SECOND not in line


def test_without_a_running_hub_nothing_is_said() -> None:
    from oauthenticator_suite import GenericOAuthenticator
    from oauthenticator_suite.hub.base.key_checks import KEY_CHECKS

    authenticator: Any = GenericOAuthenticator()
    authenticator.enable_auth_state = True
    assert [list(each.find(authenticator)) for each in KEY_CHECKS] == [[], []]
