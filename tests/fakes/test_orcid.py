"""The fake ORCID answers like the documented registry, and refuses what that refuses."""

from __future__ import annotations

from typing import Any

import aiohttp

from oauthenticator_suite.protocol.id_token import IDToken
from tests.fakes.openid_provider.records import Grant
from tests.fakes.orcid import ALICE, TWENTY_YEARS, FakeORCID


def tokens(orcid: FakeORCID) -> dict[str, Any]:
    return orcid._issue_tokens(Grant(orcid.client.client_id, "alice", ["openid"], "family"))


async def ask(url: str, token: str) -> tuple[int, Any]:
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.json()


async def test_a_token_response_names_the_record() -> None:
    async with FakeORCID() as orcid:
        reply = tokens(orcid)
        assert (reply["orcid"], reply["name"], reply["expires_in"]) == (ALICE, "Alice Example", TWENTY_YEARS)
        assert (reply["token_type"], reply["scope"]) == ("bearer", "openid")
        assert "amr" not in IDToken.parse(reply["id_token"]).claims
        orcid.member_api, orcid.amr = True, "mfa"
        assert IDToken.parse(tokens(orcid)["id_token"]).claims["amr"] == "mfa"


async def test_user_data() -> None:
    async with FakeORCID() as orcid:
        orcid.member_api = True
        url = f"{orcid.origin}/oauth/userinfo"
        status, user = await ask(url, tokens(orcid)["access_token"])
        names = {"name": "Alice Example", "given_name": "Alice", "family_name": "Example"}
        assert (status, user) == (200, {"sub": ALICE, **names})
        status, error = await ask(url, "unknown")
        assert (status, error["error"]) == (403, "access_denied")


async def test_metadata() -> None:
    async with FakeORCID() as orcid:
        status, metadata = await ask(f"{orcid.issuer}/.well-known/openid-configuration", "")
        assert (status, metadata["scopes_supported"]) == (200, ["openid"])
        assert metadata["token_endpoint_auth_methods_supported"] == ["client_secret_post"]
        assert not metadata.keys() & {"code_challenge_methods_supported", "revocation_endpoint", "end_session_endpoint"}
