"""The fake GitLab's OAuth and OpenID Connect are right and strict: checked by Authlib, by joserfc, by requests that break
one rule each, and by the descriptions of claims and replies in GitLab's documentation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from secrets import token_urlsafe
from typing import Any

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.fakes.gitlab import GUEST, MAINTAINER, MINIMAL_ACCESS, OWNER, Email, FakeGitLab
from tests.fakes.gitlab.hand_client import CALLBACK, HandClient


@pytest.fixture(params=["", "/gitlab"], ids=["root", "sub-path"])
async def gitlab(request: pytest.FixtureRequest) -> AsyncIterator[FakeGitLab]:
    async with FakeGitLab(path=request.param) as gitlab:
        gitlab.client.redirect_uris.add(CALLBACK)
        yield gitlab


def claims_of(gitlab: FakeGitLab, id_token: str) -> dict[str, Any]:
    return dict(jwt.decode(id_token, KeySet.import_key_set(gitlab.keys.jwks()), algorithms=["RS256"]).claims)


# -- an independent client


def log_in_with_authlib(issuer: str, client_id: str, secret: str) -> dict[str, Any]:
    verifier, accept = token_urlsafe(48), {"Accept": "application/json"}
    metadata = requests.get(f"{issuer}/.well-known/openid-configuration", headers=accept, timeout=10).json()
    with OAuth2Session(
        client_id, secret, redirect_uri=CALLBACK, scope="openid profile email", code_challenge_method="S256"
    ) as authlib:
        url, state = authlib.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier=verifier, nonce="n1"
        )
        answer = requests.get(url, allow_redirects=False, timeout=10).headers["Location"]
        endpoint = metadata["token_endpoint"]
        token = authlib.fetch_token(endpoint, authorization_response=answer, state=state, code_verifier=verifier)
        jwks = requests.get(metadata["jwks_uri"], timeout=10).json()
        info = authlib.get(metadata["userinfo_endpoint"], headers=accept).json()
        fresh = dict(authlib.refresh_token(endpoint, refresh_token=token["refresh_token"]))
        return {
            "issuer": metadata["issuer"],
            "claims": jwt.decode(token["id_token"], KeySet.import_key_set(jwks), algorithms=["RS256"]).claims,
            "userinfo": info,
            "fresh": fresh,
        }


async def test_authlib_logs_in_by_discovery_and_refreshes(gitlab: FakeGitLab) -> None:
    """The issuer is the instance's URL, with its path."""
    # Authlib does not form-encode what it puts into Basic, so its secret has only unreserved characters.
    gitlab.register("authlib", "plain-secret", redirect_uris={CALLBACK}, scopes={"openid", "profile", "email"})
    seen = await asyncio.to_thread(log_in_with_authlib, gitlab.issuer, "authlib", "plain-secret")
    assert seen["issuer"] == seen["claims"]["iss"] == gitlab.issuer == gitlab.origin + gitlab.path
    assert (seen["claims"]["sub"], seen["claims"]["nonce"]) == ("11", "n1")
    assert seen["userinfo"]["sub"] == "11"
    assert seen["fresh"]["expires_in"] == 7200


# -- tokens


async def test_token_reply(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    gitlab.clock = lambda: 1_700_000_000.5
    reply = await gitlab_client.log_in(scope="read_user")
    assert set(reply) == {"access_token", "token_type", "expires_in", "refresh_token", "scope", "created_at"}
    assert (reply["token_type"], reply["expires_in"], reply["created_at"]) == ("Bearer", 7200, 1_700_000_000)
    assert reply["scope"] == "read_user"
    assert {reply["access_token"], reply["refresh_token"]} <= gitlab.canaries()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "read_user sudo"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"state": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"as_user": "nobody"}, "login_required"),
    ],
)
async def test_authorization_requests_refused(
    gitlab: FakeGitLab, gitlab_client: HandClient, changes: dict[str, str | None], error: str
) -> None:
    answer = await gitlab_client.authorize(**changes)
    assert (answer["error"], answer["state"] if "state" not in changes else "the-state") == (error, "the-state")
    assert "code" not in answer
    assert "iss" not in answer


async def test_who_is_blocked_cannot_sign_in(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    assert "code" in await gitlab_client.authorize()
    gitlab.users["alice"].state = "blocked"
    assert (await gitlab_client.authorize())["error"] == "login_required"


async def test_codes_and_verifiers_are_judged_as_at_the_openid_provider(
    gitlab: FakeGitLab, gitlab_client: HandClient
) -> None:
    code = (await gitlab_client.authorize())["code"]
    assert code in gitlab.codes_issued
    assert (await gitlab_client.redeem(code)).status == 200
    again = await gitlab_client.redeem(code)
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    code = (await gitlab_client.authorize())["code"]
    gitlab_client.verifier = "v" * 43
    assert (await gitlab_client.redeem(code)).json["error"] == "invalid_grant"


async def test_refresh_ends_the_old_pair(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    """ "Invalidates the existing access_token and refresh_token." Trying the old one again leaves the new pair alone."""
    first = await gitlab_client.log_in()
    second = (await gitlab_client.refresh(first["refresh_token"])).json
    assert second["refresh_token"] != first["refresh_token"]
    assert (await gitlab_client.api("/user", first["access_token"])).json["error"] == "invalid_token"
    late = await gitlab_client.refresh(first["refresh_token"])
    assert (late.status, late.json["error"]) == (400, "invalid_grant")
    assert (await gitlab_client.api("/user", second["access_token"])).status == 200
    assert (await gitlab_client.refresh(second["refresh_token"])).status == 200


async def test_refresh_token_outlives_the_access_token(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    first = await gitlab_client.log_in()
    now = gitlab.clock()
    gitlab.clock = lambda: now + 7201
    expired = await gitlab_client.api("/user", first["access_token"])
    assert (expired.status, expired.json["error"]) == (401, "invalid_token")
    assert "expired" in expired.json["error_description"]
    assert (await gitlab_client.refresh(first["refresh_token"])).status == 200


async def test_a_refresh_token_is_its_clients(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    reply = await gitlab_client.log_in()
    gitlab.client = gitlab.register("other", "other-secret", redirect_uris={CALLBACK})
    assert (await gitlab_client.refresh(reply["refresh_token"])).json["error"] == "invalid_grant"


async def test_revoked_tokens(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    reply = await gitlab_client.log_in()
    assert (await gitlab_client.post("/oauth/revoke", {"token": reply["access_token"]})).status == 200
    seen = await gitlab_client.api("/user", reply["access_token"])
    assert (seen.status, seen.json["error"]) == (401, "invalid_token")
    assert "revoked" in seen.json["error_description"]


async def test_token_info(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    now = gitlab.clock()
    gitlab.clock = lambda: now
    token = gitlab.token_for("bob", "read_api", "read_user")
    gitlab.clock = lambda: now + 200
    seen = await gitlab_client.get(f"{gitlab.issuer}/oauth/token/info", token)
    assert seen.json == {
        "resource_owner_id": gitlab.users["bob"].id,
        "scope": ["read_api", "read_user"],
        "expires_in": 7000,
        "application": {"uid": gitlab.client.client_id},
        "created_at": int(now),
        "scopes": ["read_api", "read_user"],
        "expires_in_seconds": 7000,
    }
    for bad in ("", "unknown"):
        refused = await gitlab_client.get(f"{gitlab.issuer}/oauth/token/info", bad)
        assert (refused.status, refused.json["error"]) == (401, "invalid_token")
    gitlab.clock = lambda: now + 7201
    assert (await gitlab_client.get(f"{gitlab.issuer}/oauth/token/info", token)).status == 401


# -- claims


async def test_id_token(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    """`sub` is the id as a string; groups are those of direct memberships; no at_hash, and two minutes to live."""
    claims = claims_of(gitlab, (await gitlab_client.log_in())["id_token"])
    assert {name: claims[name] for name in ("iss", "sub", "aud", "nonce")} == {
        "iss": gitlab.issuer,
        "sub": "11",
        "aud": gitlab.client.client_id,
        "nonce": "the-nonce",
    }
    assert claims["exp"] - claims["iat"] == 120
    assert (claims["nickname"], claims["preferred_username"], claims["name"]) == ("alice", "alice", "Alice Example")
    assert (claims["email"], claims["email_verified"]) == ("alice@example.org", True)
    assert claims["groups_direct"] == ["team"]
    assert not {"at_hash", "groups", "https://gitlab.org/claims/groups/developer"} & set(claims)


async def test_no_id_token_without_openid(gitlab_client: HandClient) -> None:
    assert "id_token" not in await gitlab_client.log_in(scope="read_user")


async def test_groups_direct_is_of_direct_memberships_at_any_level(
    gitlab: FakeGitLab, gitlab_client: HandClient
) -> None:
    """No groups below, by an invited group, only requested or expired, and not the level that means no membership."""
    alice = gitlab.users["alice"]
    gitlab.groups["open"].invite(gitlab.groups["team"])
    gitlab.world.add_group("low").add(alice, GUEST)
    gitlab.world.add_group("minimal").add(alice, MINIMAL_ACCESS)
    gitlab.world.add_group("asked").request(alice)
    gitlab.world.add_group("over").add(alice, OWNER, date(2020, 1, 1))
    gitlab.world.add_group("later").add(alice, OWNER, date(2999, 1, 1))
    claims = claims_of(gitlab, (await gitlab_client.log_in())["id_token"])
    assert claims["groups_direct"] == ["later", "low", "team"]


async def test_userinfo_has_all_groups_and_levels(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    """`groups` has those below too; the claims by level are exact, and absent when there is none."""
    alice = gitlab.users["alice"]
    gitlab.world.add_group("mine").add(alice, OWNER)
    gitlab.world.add_group("kept").add(alice, MAINTAINER)
    gitlab.world.add_group("low").add(alice, GUEST)
    token = (await gitlab_client.log_in())["access_token"]
    info = (await gitlab_client.get(f"{gitlab.issuer}/oauth/userinfo", token)).json
    assert info["groups"] == ["kept", "low", "mine", "team", "team/ops", "team/ops/night"]
    assert {name: paths for name, paths in info.items() if name.startswith("https:")} == {
        "https://gitlab.org/claims/groups/owner": ["mine"],
        "https://gitlab.org/claims/groups/maintainer": ["kept"],
        "https://gitlab.org/claims/groups/developer": ["team"],
    }
    assert "groups_direct" not in info
    nobody = (await gitlab_client.log_in(as_user="carol"))["access_token"]
    info = (await gitlab_client.get(f"{gitlab.issuer}/oauth/userinfo", nobody)).json
    assert info["groups"] == []
    assert not [name for name in info if name.startswith("https:")]


async def test_older_instances_say_less(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    gitlab.claims_withheld = {"groups_direct", "nickname"}
    reply = await gitlab_client.log_in()
    claims = claims_of(gitlab, reply["id_token"])
    info = (await gitlab_client.get(f"{gitlab.issuer}/oauth/userinfo", reply["access_token"])).json
    assert not {"groups_direct", "nickname"} & {*claims, *info}


async def test_address_without_the_scope_email_is_the_public_one(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    alice = gitlab.users["alice"]
    assert "email" not in claims_of(gitlab, (await gitlab_client.log_in(scope="openid"))["id_token"])
    alice.public_email = "public@example.org"
    for emails, verified in (
        ([], False),
        ([Email("public@example.org", None)], False),
        ([Email("public@example.org")], True),
    ):
        alice.emails = emails
        claims = claims_of(gitlab, (await gitlab_client.log_in(scope="openid"))["id_token"])
        assert (claims["email"], claims["email_verified"]) == ("public@example.org", verified)
    alice.confirmed = False
    claims = claims_of(gitlab, (await gitlab_client.log_in())["id_token"])
    assert (claims["email"], claims["email_verified"]) == ("alice@example.org", False)


async def test_userinfo_refuses(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    url = f"{gitlab.issuer}/oauth/userinfo"
    no_openid = await gitlab_client.get(url, gitlab.token_for("alice", "read_user"))
    assert (no_openid.status, no_openid.json["error"]) == (403, "insufficient_scope")
    token = gitlab.token_for("alice", "openid")
    assert (await gitlab_client.get(url, token)).status == 200
    assert (await gitlab_client.get(f"{url}?access_token={token}", token)).status == 400
    assert (await gitlab_client.get(url, token, Accept="text/html")).status == 406
    assert (await gitlab_client.get(url)).status == 401
    gitlab.users["alice"].state = "blocked"
    assert (await gitlab_client.get(url, token)).status == 401
    del gitlab.users["alice"]
    assert (await gitlab_client.get(url, token)).status == 401


async def test_a_renamed_account_is_the_same_one(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    code = (await gitlab_client.authorize())["code"]
    gitlab.world.rename_user("alice", "alice-the-first")
    newcomer = gitlab.world.add_user("alice")
    claims = claims_of(gitlab, (await gitlab_client.redeem(code)).json["id_token"])
    assert (claims["sub"], claims["nickname"]) == ("11", "alice-the-first")
    claims = claims_of(gitlab, (await gitlab_client.log_in())["id_token"])
    assert (claims["sub"], claims["groups_direct"]) == (str(newcomer.id), [])


async def test_metadata_names_what_is_there(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    metadata = (await gitlab_client.get(f"{gitlab.issuer}/.well-known/openid-configuration")).json
    assert metadata["issuer"] == gitlab.issuer
    assert "end_session_endpoint" not in metadata
    assert {"groups_direct", "https://gitlab.org/claims/groups/owner"} <= set(metadata["claims_supported"])
    keys = (await gitlab_client.get(metadata["jwks_uri"])).json["keys"]
    assert all("d" not in key for key in keys)


async def test_faults_of_tokens_reach_the_wire(gitlab: FakeGitLab, gitlab_client: HandClient) -> None:
    gitlab.faults.on("F54-int", times=1)
    assert claims_of(gitlab, (await gitlab_client.log_in())["id_token"])["sub"] == 7
    assert claims_of(gitlab, (await gitlab_client.log_in())["id_token"])["sub"] == "11"
