"""Target 7: usernames. Two different (issuer, subject) never share a user of the Hub."""

from __future__ import annotations

import unicodedata
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.support import Hub

from .accounts import account_after_login
from .strategies import documents
from .strategies.usernames import pairs
from .verdicts import THROUGH_A_HUB, WrongAccept, one_input, target

TARGET = target("usernames")


@THROUGH_A_HUB
@given(pairs, st.booleans())
@example(("kelvin", "\u212aelvin"), True)
@example(("alice", "ALICE"), False)
@example(("alice", "alice"), False)
async def test_two_users_never_share_an_account(
    hub_of_claims: Hub, provider: Any, names: tuple[str, str], again: bool
) -> None:
    """Two people with different (issuer, subject), whose names are the same or alike, sign in one after the other."""
    hub = hub_of_claims
    TARGET.tries()
    async with one_input(hub, provider, accounts=True):
        provider.users = {
            f"person-{number}": {**documents.CLAIMS, "sub": f"subject-{number}", "preferred_username": name}
            for number, name in enumerate(names)
        }
        first = await account_after_login(hub, "person-0")
        second = await account_after_login(hub, "person-1")
        if first is not None and first == second:
            raise WrongAccept(f"{names} share the account {first!r}")
        accounts = [account for account in (first, second) if account is not None]
        for account in accounts:
            if unicodedata.normalize("NFKC", account) != account or not account.isprintable() or "/" in account:
                raise WrongAccept(f"the account {account!r}")
        assert set(hub.accounts()) == set(accounts)
        if again and first is not None:
            assert await account_after_login(hub, "person-0") == first, "the owner stays the owner"
