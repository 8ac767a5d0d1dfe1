"""A Hub that runs for weeks says each day which of its client credentials expire soon."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from oauthenticator_suite.hub.oauth.expiry import ONE_DAY
from tests.hub.client_certificates import Authority
from tests.support import FakeTime
from tests.support.fake_time import fake_time

pytestmark = pytest.mark.hub_versions

CLOCKS = ("client_certificates", "client_secrets")


async def days_pass(clock: FakeTime, days: int) -> None:
    """The Hub's timers of each day ring before the next day begins."""
    for _ in range(days):
        midnight = asyncio.ensure_future(asyncio.sleep(ONE_DAY))
        await asyncio.sleep(0)  # the timer starts
        clock.passes(ONE_DAY)
        await midnight


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("client_secret", "client_secret expires in"),
        ("client_certificate_file", "client_certificate_file has a certificate that expires in"),
    ],
)
async def test_what_expires_is_said_each_day(option: str, sentence: str, hub_at_provider: Any, tmp_path: Path) -> None:
    """Nothing for 32 days, then a warning each day, and an error each day of the last week."""
    lasts = 32.5
    authority = Authority(tmp_path)
    authority.write_apart(authority.client(days=lasts))
    traits: dict[str, Any] = {"client_secret_expires_at": time.time() + lasts * ONE_DAY}
    if option == "client_certificate_file":
        traits = {option: str(tmp_path / "tls.crt"), "client_certificate_key_file": str(tmp_path / "tls.key")}
    with fake_time() as clock:
        clock.rules(*(f"oauthenticator_suite.hub.oauth.{module}" for module in CLOCKS))
        hub = await hub_at_provider(**traits)
        await days_pass(clock, 2)
        assert hub.log.lines_with(sentence) == []
        await days_pass(clock, 1)
        (line,) = hub.log.lines_with(sentence)
        assert line.startswith("WARNING")
        await days_pass(clock, 29)
    levels = [line.split()[0] for line in hub.log.lines_with(sentence)]
    assert levels == ["WARNING"] * 23 + ["ERROR"] * 7
