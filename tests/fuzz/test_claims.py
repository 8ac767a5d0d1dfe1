"""Target 6: the claims of a user: recursive JSON, and values of other types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.protocol.messages import Response
from oauthenticator_suite.protocol.userinfo import check_subject, process_userinfo_response
from tests.support import Hub

from .accounts import account_after_login
from .strategies import documents
from .verdicts import THROUGH_A_HUB, WrongAccept, one_input, target

TARGET = target("userinfo and claims")


@given(documents.bodies(documents.claims | documents.json_values), st.sampled_from(["application/json", "text/json"]))
def test_a_userinfo_response_is_an_object_about_the_user(body: bytes, kind: str) -> None:
    with TARGET.only_our_errors():
        claims = process_userinfo_response(Response(200, {"content-type": kind}, body))
        check_subject(claims, "subject-of-alice", required=True)
        if claims.get("sub") != "subject-of-alice" or json.loads(body) != claims:
            raise WrongAccept(repr(body))


def possible_names(claim: Any) -> set[str]:
    """The usernames that a claim can mean: a text, a number, or a list with one of them."""
    value = claim[0] if isinstance(claim, list) and len(claim) == 1 else claim
    if isinstance(value, bool) or not isinstance(value, str | int):
        return set()
    return {str(value).lower()}


def texts_in(value: Any) -> Iterator[str]:
    """All texts and numbers in a value."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for one in value:
            yield from texts_in(one)
    elif value is not None:
        yield str(value)


@THROUGH_A_HUB
@given(documents.claims)
async def test_claims_of_any_type(hub_of_claims: Hub, provider: Any, claims: dict[str, Any]) -> None:
    """A login with them is refused, or ends in the account that the subject and the name say."""
    hub = hub_of_claims
    TARGET.tries()
    async with one_input(hub, provider, accounts=True):
        provider.users = {"alice": {"sub": None, **claims}}
        account = await account_after_login(hub, "alice")
        if account is not None:
            if not isinstance(claims.get("sub"), str) or account not in possible_names(
                claims.get("preferred_username")
            ):
                raise WrongAccept(f"{account!r} for {claims}")
            if (await hub.auth_state(account) or {}).get("suite", {}).get("subject") != claims["sub"]:
                raise WrongAccept(f"another subject than {claims['sub']!r}")
            groups = claims.get("groups")
            for group in hub.app.users[account].groups:
                if group.name not in set(texts_in(groups)):
                    raise WrongAccept(f"the group {group.name!r} from {groups!r}")
        assert set(hub.accounts()) == ({account} if account is not None else set())
