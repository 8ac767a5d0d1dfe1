"""F71: email addresses that cannot be trusted, with every option that lets users in, through a real Hub."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.contract.logins import accepted, ready, refused
from tests.fakes.openid_provider import FAULTS, FakeProvider
from tests.support import Hub, check_invariants

HubMaker = Callable[..., Awaitable[Hub]]

SCOPE = ["openid", "profile", "email", "groups"]
LETS_IN: dict[str, dict[str, Any]] = {
    "allow_all": {"allow_all": True},
    "allowed_users": {"allow_all": False, "allowed_users": {"alice"}},
    "admin_users": {"allow_all": False, "admin_users": {"alice"}},
    "allowed_groups": {"allow_all": False, "allowed_groups": {"staff"}, "manage_groups": True},
}


@pytest.mark.parametrize("fault", sorted(name for name in FAULTS if name.startswith("F71")))
@pytest.mark.parametrize("option", LETS_IN)
async def test_an_email_address_that_cannot_be_relied_on(
    provider: FakeProvider, hub_at_provider: HubMaker, fault: str, option: str
) -> None:
    """F71: refused, also when another option allows the user; with a good address the same user is accepted."""
    hub = await ready(
        await hub_at_provider(
            scope=SCOPE, require_verified_email=True, allowed_email_domains={"example.org"}, **LETS_IN[option]
        )
    )
    before = hub.accounts()  # the Hub makes those of the users that its configuration names
    provider.faults.on(fault)
    await refused(hub, provider, 403, accounts=before)
    assert provider.faults.applied[fault] == 1
    provider.faults.off()
    await accepted(hub, provider)
    check_invariants(hub, provider, accounts={"alice"})
