"""The providers' own client libraries work with the fakes: Microsoft's, Globus's, Auth0's, Okta's; and two of others.

Each signs in or reads the user as its documentation says, from the provider's real address.
"""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

import pytest

from tests.fakes.auth0 import FakeAuth0
from tests.fakes.bitbucket import FakeBitbucket
from tests.fakes.entra import CAMPUS, FakeEntra
from tests.fakes.globus import AUTH, GROUPS, LAB, FakeGlobus
from tests.fakes.independent_clients import CALLBACK, Routes, register, visit
from tests.fakes.keycloak import REALM, FakeKeycloak
from tests.fakes.okta import FakeOkta
from tests.fakes.openid_provider.records import Grant


@pytest.fixture
def routes(monkeypatch: pytest.MonkeyPatch) -> Routes:
    return Routes(monkeypatch)


# --- Microsoft Entra ID ----------------------------------------------------------------------------------------------


def sign_in_with_msal(client: dict[str, str]) -> dict[str, Any]:
    from msal import ConfidentialClientApplication

    app = ConfidentialClientApplication(
        client["client_id"],
        client_credential=client["client_secret"],
        authority=f"https://login.microsoftonline.com/{CAMPUS}",
        instance_discovery=False,  # the list of Microsoft's clouds, which is not in the fake
    )
    flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri=CALLBACK)
    found = app.acquire_token_by_auth_code_flow(flow, visit(flow["auth_uri"]))
    (account,) = app.get_accounts()
    fresh = app.acquire_token_silent(["User.Read"], account, force_refresh=True)
    return {"found": found, "fresh": fresh}


@pytest.mark.filterwarnings(
    "ignore:response_mode='form_post' is recommended"
)  # the answer is in the query, as the Hub's
async def test_msal_at_the_fake_entra(routes: Routes) -> None:
    """With PKCE and a nonce, which it sends as a digest; and a refresh."""
    async with FakeEntra() as entra:
        client = register(entra, "client_secret_post")
        routes["https://login.microsoftonline.com"], entra.origin = entra.origin, "https://login.microsoftonline.com"
        answer = await asyncio.to_thread(sign_in_with_msal, client)
        assert entra.refusals == []
        claims = answer["found"]["id_token_claims"]
        assert claims["tid"] == CAMPUS
        assert claims["oid"] == entra.users["alice"]["oid"]
        assert claims["groups"] == ["a-group", "staff"]
        assert answer["fresh"]["access_token"] != answer["found"]["access_token"]
        assert {call.fields.get("grant_type") for call in entra.requests_to("token")} == {
            *("authorization_code", "refresh_token")
        }


# --- Globus ----------------------------------------------------------------------------------------------------------


def sign_in_with_globus_sdk(client: dict[str, str]) -> dict[str, Any]:
    from globus_sdk import AccessTokenAuthorizer, ConfidentialAppAuthClient, GroupsClient
    from globus_sdk.scopes import GroupsScopes, TransferScopes

    app = ConfidentialAppAuthClient(client["client_id"], client["client_secret"])
    scopes = ["openid", "profile", GroupsScopes.view_my_groups_and_memberships, TransferScopes.all]
    app.oauth2_start_flow(CALLBACK, scopes, refresh_tokens=True)
    tokens = app.oauth2_exchange_code_for_tokens(visit(app.oauth2_get_authorize_url())["code"])
    groups = GroupsClient(authorizer=AccessTokenAuthorizer(tokens.by_resource_server[GROUPS]["access_token"]))
    found = {
        "servers": set(tokens.by_resource_server),
        "claims": tokens.decode_id_token(),
        "groups": list(groups.get_my_groups()),
    }
    revoked = app.oauth2_revoke_token(tokens.by_resource_server[AUTH]["access_token"])
    return {**found, "revoked": revoked.data}


async def test_globus_sdk_at_the_fake_globus(routes: Routes) -> None:
    """A token for each resource server, the ID token, the groups, and revocation."""
    async with FakeGlobus() as globus:
        client = register(globus)
        globus.issuer = "https://auth.globus.org"
        globus.groups = {LAB: {"alice": "active"}}
        routes.update({"https://auth.globus.org": globus.origin, "https://groups.api.globus.org": globus.origin})
        found = await asyncio.to_thread(sign_in_with_globus_sdk, client)
        assert globus.refusals == []
        assert found["servers"] >= {AUTH, GROUPS}
        assert found["claims"]["sub"] == globus.users["alice"]["sub"]
        assert [group["id"] for group in found["groups"]] == [LAB]
        assert found["revoked"] == {"active": False}


# --- Keycloak --------------------------------------------------------------------------------------------------------


def sign_in_with_python_keycloak(client: dict[str, str]) -> dict[str, Any]:
    from keycloak import KeycloakOpenID

    app = KeycloakOpenID("https://sso.example.org", REALM, client["client_id"], client["client_secret"])
    answer = visit(app.auth_url(CALLBACK, scope="openid profile", state="a-state", nonce="a-nonce"))
    tokens = app.token(grant_type="authorization_code", code=answer["code"], redirect_uri=CALLBACK)
    return {
        "user": app.userinfo(tokens["access_token"]),
        "fresh": app.refresh_token(tokens["refresh_token"]),
        "tokens": tokens,
        "keys": app.certs(),
    }


async def test_python_keycloak_at_the_fake_keycloak(routes: Routes) -> None:
    async with FakeKeycloak() as keycloak:
        client = register(keycloak, "client_secret_post")
        routes["https://sso.example.org"] = keycloak.origin
        found = await asyncio.to_thread(sign_in_with_python_keycloak, client)
        assert keycloak.refusals == []
        assert (found["user"]["preferred_username"], found["user"]["groups"]) == ("alice", ["/lab", "/lab/staff"])
        assert found["fresh"]["refresh_token"] != found["tokens"]["refresh_token"]
        assert [key["kid"] for key in found["keys"]["keys"]] == [keycloak.keys.current.kid]


# --- Auth0 -----------------------------------------------------------------------------------------------------------


def sign_in_with_auth0_python(client: dict[str, str]) -> dict[str, Any]:
    from auth0.authentication import GetToken, RevokeToken, Users
    from auth0.authentication.token_verifier import AsymmetricSignatureVerifier, TokenVerifier

    domain, app = "example.eu.auth0.com", client["client_id"]
    query = (
        f"client_id={app}&redirect_uri={CALLBACK}&response_type=code&state=s&nonce=n&scope=openid+email+offline_access"
    )
    getter = GetToken(domain, app, client_secret=client["client_secret"])
    tokens = getter.authorization_code(visit(f"https://{domain}/authorize?{query}")["code"], CALLBACK)
    keys = AsymmetricSignatureVerifier(f"https://{domain}/.well-known/jwks.json")
    found = {
        "claims": TokenVerifier(keys, f"https://{domain}/", app).verify(tokens["id_token"], nonce="n"),
        "user": Users(domain).userinfo(tokens["access_token"]),
        "fresh": getter.refresh_token(tokens["refresh_token"]),
    }
    RevokeToken(domain, app, client_secret=client["client_secret"]).revoke_refresh_token(
        found["fresh"]["refresh_token"]
    )
    return found


async def test_auth0_python_at_the_fake_auth0(routes: Routes) -> None:
    async with FakeAuth0() as auth0:
        client = register(auth0, "client_secret_post")
        auth0.issuer = "https://example.eu.auth0.com/"
        routes["https://example.eu.auth0.com"] = auth0.origin
        found = await asyncio.to_thread(sign_in_with_auth0_python, client)
        assert auth0.refusals == []
        assert found["claims"]["sub"] == found["user"]["sub"] == auth0.users["alice"]["sub"]
        assert found["user"]["email"] == "alice@example.org"
        assert auth0._refresh_tokens == {}, "the family was revoked"


# --- Okta ------------------------------------------------------------------------------------------------------------


def verify_with_okta(issuer: str, client_id: str, tokens: dict[str, Any], audience: str) -> None:
    from okta_jwt_verifier import AccessTokenVerifier, IDTokenVerifier

    AccessTokenVerifier(issuer=issuer, audience=audience).verify_sync(tokens["access_token"])
    IDTokenVerifier(issuer=issuer, client_id=client_id, audience=audience).verify_sync(tokens["id_token"], nonce="n")


async def test_okta_jwt_verifier_at_the_fake_okta(routes: Routes) -> None:
    """Signature, issuer, audience and times of both tokens. It verifies those of custom authorization servers alone."""
    async with FakeOkta("default") as okta:
        routes["https://example.okta.com"] = okta.origin
        okta.issuer = "https://example.okta.com/oauth2/default"
        client_id = okta.client.client_id
        tokens = okta._issue_tokens(Grant(client_id, "alice", ["openid", "profile"], "family", nonce="n"))
        await asyncio.to_thread(verify_with_okta, okta.issuer, client_id, tokens, "api://default")
        assert okta.count("jwks") == 2
        okta.keys.rotate()
        with pytest.raises(Exception, match="JWK"):
            await asyncio.to_thread(verify_with_okta, okta.issuer, client_id, tokens, "api://default")


# --- Bitbucket -------------------------------------------------------------------------------------------------------


def workspaces_with_atlassian(token: str) -> list[tuple[str, str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from atlassian.bitbucket import Cloud

    cloud = Cloud(url="https://api.bitbucket.org/", token=token)
    return [(workspace.slug, workspace.name) for workspace in cloud.workspaces.each()]


async def test_atlassian_python_api_at_the_fake_bitbucket(routes: Routes) -> None:
    """It takes the list that replaced the retired one, and asks for the display name of each workspace."""
    async with FakeBitbucket() as bitbucket:
        routes["https://api.bitbucket.org"] = bitbucket.origin
        bitbucket.workspaces |= {f"team-{number}": {"alice"} for number in range(12)}
        token = bitbucket._issue_tokens(Grant(bitbucket.client.client_id, "alice", [], "family"))["access_token"]
        found = await asyncio.to_thread(workspaces_with_atlassian, token)
        assert bitbucket.refusals == []
        assert [slug for slug, _ in found] == ["lab", *(f"team-{number}" for number in range(12))]
        assert dict(found)["lab"] == "The Lab"
        assert bitbucket.count("workspaces") == 2
