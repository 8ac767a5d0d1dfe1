"""The provider's clock, by the header Date of its responses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from tests.cli.online.asking import found
from tests.fakes.openid_provider import FakeProvider, Fault, Reply

Change = Callable[[FakeProvider, Reply], None]


def dated(seconds: float | None, age: str = "") -> Change:
    def change(provider: FakeProvider, reply: Reply) -> None:
        then = datetime.now(timezone.utc) + timedelta(seconds=seconds or 0)
        reply.headers["Date"] = "yesterday" if seconds is None else format_datetime(then, usegmt=True)
        if age:
            reply.headers["Age"] = age

    return change


@pytest.mark.parametrize(
    ("seconds", "age", "code", "words"),
    [
        (0, "", None, ""),
        (-100, "100", None, ""),
        (-20, "", "clock-drift", "ahead of that of 127.0.0.1"),
        (30, "", "clock-drift", "behind that of 127.0.0.1"),
        (600, "", "clock-difference", "and clock_tolerance is 60 s: no user can sign in"),
        (-7200, "", "clock-difference", "ahead of"),
        (-7200, "many", None, ""),
        (None, "", None, ""),
    ],
)
async def test_the_clock(seconds: float | None, age: str, code: str | None, words: str, provider: FakeProvider) -> None:
    for endpoint in ("metadata", "jwks", "authorize", "token", "userinfo"):
        provider.faults.on(Fault("clock", endpoint, "", dated(seconds, age)))
    findings = await found(provider)
    assert set(findings) == ({code} if code else set())
    assert words in findings.get(code or "", "")


async def test_a_clock_of_a_cache_counts_less_than_that_of_the_token_endpoint(provider: FakeProvider) -> None:
    provider.faults.on(Fault("clock", "metadata", "", dated(-7200)))
    assert await found(provider) == {}


async def test_without_id_tokens_a_difference_refuses_no_login(provider: FakeProvider) -> None:
    for endpoint in ("authorize", "token", "userinfo"):
        provider.faults.on(Fault("clock", endpoint, "", dated(600)))
    plain = {
        "issuer": "",
        "authorize_url": f"{provider.issuer}/authorize",
        "token_url": f"{provider.issuer}/token",
        "userdata_url": f"{provider.issuer}/userinfo",
        "scope": ["profile"],
    }
    assert set(await found(provider, **plain)) == {"clock-drift"}
