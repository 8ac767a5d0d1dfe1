"""The fake provider is right and strict: checked by Authlib, by joserfc, and by requests that break one rule each."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import aiohttp
import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet

from tests.fakes.openid_provider import FAULTS, HTTP_FAULTS, FakeProvider, Faults
from tests.fakes.openid_provider.keys import base64url, left_half_hash

CALLBACK = "http://127.0.0.1:9/callback"
SCOPE = "openid profile email groups"


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as provider:
        provider.client.redirect_uris.add(CALLBACK)
        yield provider


class HandClient:
    """A client that sends exactly the requests of a test; its defaults are a right login."""

    def __init__(self, provider: FakeProvider, session: aiohttp.ClientSession) -> None:
        self.provider = provider
        self.session = session
        self.verifier = token_urlsafe(48)

    def question(self, **changes: str | None) -> dict[str, str]:
        fields = {
            "response_type": "code",
            "client_id": self.provider.client.client_id,
            "redirect_uri": CALLBACK,
            "scope": SCOPE,
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": base64url(sha256(self.verifier.encode()).digest()),
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in fields.items() if value is not None}

    async def authorize(self, **changes: str | None) -> dict[str, str]:
        """The parameters of the redirect, or the JSON of a refusal that was not redirected."""
        url = f"{self.provider.issuer}/authorize?{urlencode(self.question(**changes))}"
        async with self.session.get(url, allow_redirects=False) as response:
            if response.status == 303:
                location = response.headers["Location"]
                assert location.startswith(CALLBACK)
                return dict(parse_qsl(urlsplit(location).query))
            return await response.json()

    def basic(self) -> dict[str, str]:
        client = self.provider.client
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
        return {"Authorization": "Basic " + b64encode(pair.encode()).decode()}

    def code_fields(self, code: str) -> dict[str, str]:
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": self.verifier,
        }

    async def post(
        self,
        fields: dict[str, str] | list[tuple[str, str]] | str,
        headers: dict[str, str] | None = None,
        path: str = "/token",
    ) -> tuple[int, dict[str, Any]]:
        body = fields if isinstance(fields, str) else urlencode(fields)
        all_headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            **(self.basic() if headers is None else headers),
        }
        async with self.session.post(self.provider.issuer + path, data=body, headers=all_headers) as response:
            return response.status, (await response.json() if response.content_length else {})

    async def userinfo(self, access_token: str) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        async with self.session.get(f"{self.provider.issuer}/userinfo", headers=headers) as response:
            return response.status, await response.json()


@pytest.fixture
async def client(provider: FakeProvider) -> AsyncIterator[HandClient]:
    async with aiohttp.ClientSession() as session:
        yield HandClient(provider, session)


def login_with_authlib(issuer: str, secret: str, method: str) -> dict[str, Any]:
    """A whole life of a login in Authlib's hands; what it saw."""
    accept = {"Accept": "application/json"}
    verifier = token_urlsafe(48)
    with OAuth2Session(
        "authlib",
        secret,
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        redirect_uri=CALLBACK,
        scope=SCOPE,
        code_challenge_method="S256",
    ) as authlib:
        plain = requests.get(f"{issuer}/.well-known/openid-configuration", headers=accept, timeout=10)
        metadata = plain.json()
        endpoint = metadata["authorization_endpoint"]
        url, state = authlib.create_authorization_url(endpoint, code_verifier=verifier, nonce="n1")
        answer = requests.get(url, allow_redirects=False, timeout=10).headers["Location"]
        token_endpoint = metadata["token_endpoint"]
        token = dict(
            authlib.fetch_token(token_endpoint, authorization_response=answer, state=state, code_verifier=verifier)
        )
        jwks = requests.get(metadata["jwks_uri"], timeout=10).json()
        info = authlib.get(metadata["userinfo_endpoint"], headers=accept)
        fresh = dict(authlib.refresh_token(token_endpoint, refresh_token=token["refresh_token"]))
        again = authlib.get(metadata["userinfo_endpoint"], headers=accept)
        revoked = authlib.revoke_token(
            metadata["revocation_endpoint"], token=fresh["refresh_token"], token_type_hint="refresh_token"
        )
        refused = authlib.get(metadata["userinfo_endpoint"], headers=accept)
    return {
        "metadata": metadata,
        "token": token,
        "claims": jwt.decode(token["id_token"], KeySet.import_key_set(jwks), algorithms=["RS256"]).claims,
        "userinfo": info.json(),
        "fresh": fresh,
        "verifier": verifier,
        "statuses": [info.status_code, again.status_code, revoked.status_code, refused.status_code],
    }


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
async def test_authlib_logs_in_and_refreshes(provider: FakeProvider, method: str) -> None:
    """An independent client gets through: discovery, code, ID token, userinfo, refresh, revocation."""
    # Authlib does not form-encode what it puts into Basic, so its secret has only unreserved characters.
    secret = "" if method == "none" else "plain-secret-of-authlib"
    provider.register("authlib", secret, redirect_uris={CALLBACK}, auth_method=method)
    seen = await asyncio.to_thread(login_with_authlib, provider.issuer, secret, method)
    claims, token = seen["claims"], seen["token"]
    assert claims["iss"] == provider.issuer == seen["metadata"]["issuer"]
    assert (claims["aud"], claims["nonce"], claims["sub"]) == ("authlib", "n1", "subject-of-alice")
    assert claims["at_hash"] == left_half_hash("RS256", token["access_token"])
    assert seen["userinfo"] == provider.users["alice"]
    assert seen["fresh"]["refresh_token"] != token["refresh_token"]
    assert seen["statuses"] == [200, 200, 200, 401]
    assert provider.count("token") == 2
    assert {token["access_token"], token["id_token"], seen["verifier"]} <= provider.canaries()


async def test_form_encoded_basic_secret_is_decoded(provider: FakeProvider, client: HandClient) -> None:
    """RFC 6749 §2.3.1: a secret with reserved characters works when it is form-encoded, and only then."""
    code = (await client.authorize())["code"]
    raw = f"{provider.client.client_id}:{provider.client.client_secret}"
    status, reply = await client.post(
        client.code_fields(code), {"Authorization": "Basic " + b64encode(raw.encode()).decode()}
    )
    assert (status, reply["error"]) == (401, "invalid_client")
    status, reply = await client.post(client.code_fields(code))
    assert status == 200
    assert (await client.userinfo(reply["access_token"]))[0] == 200


async def test_iss_and_state_come_back(provider: FakeProvider, client: HandClient) -> None:
    answer = await client.authorize(state="a state/with?odd&chars")
    assert answer["state"] == "a state/with?odd&chars"
    assert answer["iss"] == provider.issuer
    provider.announce_iss = False
    assert set(await client.authorize()) == {"code", "state"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"scope": "openid  email"}, "invalid_scope"),
        ({"as_user": "nobody-here"}, "login_required"),
    ],
)
async def test_authorization_requests_refused_by_redirect(
    client: HandClient, changes: dict[str, str | None], error: str
) -> None:
    answer = await client.authorize(**changes)
    assert answer["error"] == error
    assert "code" not in answer


@pytest.mark.parametrize("uri", [CALLBACK + "/", CALLBACK + "?a=b", "http://127.0.0.1:8/callback", None])
async def test_redirect_uri_must_be_the_registered_one(client: HandClient, uri: str | None) -> None:
    """A wrong redirect_uri is answered to the browser itself, never by a redirect."""
    assert (await client.authorize(redirect_uri=uri))["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "v" * 43}, "invalid_grant"),
        ({"code_verifier": "too-short"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": CALLBACK + "/"}, "invalid_grant"),
        ({"code": "code-of-nobody"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"scope": "openid"}, "invalid_request"),
        ({"state": "stray"}, "invalid_request"),
        ({"client_id": "hub"}, "invalid_request"),
    ],
)
async def test_code_exchanges_refused(client: HandClient, changes: dict[str, str], error: str) -> None:
    """Wrong verifier, redirect_uri, code or grant; stray fields; a second way of client authentication."""
    code = (await client.authorize())["code"]
    status, reply = await client.post({**client.code_fields(code), **changes})
    assert (status, reply["error"]) == (400, error)
    assert "access_token" not in reply


async def test_duplicate_field_get_and_query_are_refused(provider: FakeProvider, client: HandClient) -> None:
    fields = client.code_fields((await client.authorize())["code"])
    assert (await client.post([*fields.items(), ("code", fields["code"])]))[0] == 400
    assert (await client.post(fields, path="/token?code=x"))[0] == 400
    assert (await client.post(fields, {**client.basic(), "Content-Type": "application/json"}))[0] == 400
    assert (await client.post(fields, {**client.basic(), "Accept": "text/html"}))[0] == 406
    async with client.session.get(f"{provider.issuer}/token", headers=client.basic()) as response:
        assert response.status == 405
    assert (await client.post(fields))[0] == 200


async def test_code_works_once_and_reuse_revokes(client: HandClient) -> None:
    """RFC 6749 §4.1.2: the second use is refused, and takes the tokens of the first with it."""
    fields = client.code_fields((await client.authorize())["code"])
    status, reply = await client.post(fields)
    assert status == 200
    assert (await client.post(fields)) == (
        400,
        {"error": "invalid_grant", "error_description": "this code was used before"},
    )
    assert (await client.userinfo(reply["access_token"]))[0] == 401


async def test_code_expires_after_a_minute(provider: FakeProvider, client: HandClient) -> None:
    fields = client.code_fields((await client.authorize())["code"])
    now = provider.clock()
    provider.clock = lambda: now + 61
    assert (await client.post(fields))[1]["error"] == "invalid_grant"


@pytest.mark.parametrize("registered", ["client_secret_basic", "client_secret_post", "none"])
@pytest.mark.parametrize("used", ["client_secret_basic", "client_secret_post", "none"])
async def test_only_the_registered_client_authentication_works(
    provider: FakeProvider, client: HandClient, registered: str, used: str
) -> None:
    provider.client.auth_method = registered
    fields = client.code_fields((await client.authorize())["code"])
    identity = {"client_id": provider.client.client_id}
    more = {"client_secret_post": {**identity, "client_secret": provider.client.client_secret}, "none": identity}
    headers = client.basic() if used == "client_secret_basic" else {}
    status, reply = await client.post({**fields, **more.get(used, {})}, headers)
    if used == registered:
        assert status == 200
    else:
        assert (status, reply["error"]) == (401, "invalid_client")


async def test_wrong_secret_is_refused(provider: FakeProvider, client: HandClient) -> None:
    provider.client.auth_method = "client_secret_post"
    fields = client.code_fields((await client.authorize())["code"])
    status, reply = await client.post({**fields, "client_id": "hub", "client_secret": "wrong"}, {})
    assert (status, reply["error"]) == (401, "invalid_client")


async def test_reused_refresh_token_revokes_the_grant(client: HandClient) -> None:
    """RFC 9700 §4.14.2: rotation, with detection of reuse."""
    _, first = await client.post(client.code_fields((await client.authorize())["code"]))
    status, second = await client.post({"grant_type": "refresh_token", "refresh_token": first["refresh_token"]})
    assert status == 200
    assert (await client.userinfo(second["access_token"]))[0] == 200
    status, reply = await client.post({"grant_type": "refresh_token", "refresh_token": first["refresh_token"]})
    assert (status, reply["error"]) == (400, "invalid_grant")
    assert (await client.userinfo(second["access_token"]))[0] == 401
    status, reply = await client.post({"grant_type": "refresh_token", "refresh_token": second["refresh_token"]})
    assert (status, reply["error"]) == (400, "invalid_grant")


async def test_claims_follow_the_scope(provider: FakeProvider, client: HandClient) -> None:
    code = (await client.authorize(scope="openid email", as_user="bob"))["code"]
    _, reply = await client.post(client.code_fields(code))
    assert (await client.userinfo(reply["access_token"]))[1] == {
        "sub": "subject-of-bob",
        "email": "bob@example.org",
        "email_verified": True,
    }
    assert reply["scope"] == "openid email"


async def test_rotation_makes_old_signatures_unverifiable(provider: FakeProvider, client: HandClient) -> None:
    _, before = await client.post(client.code_fields((await client.authorize())["code"]))
    provider.keys.rotate()
    keys = KeySet.import_key_set(provider.keys.jwks())
    with pytest.raises(InvalidKeyIdError):
        jwt.decode(before["id_token"], keys, algorithms=["RS256"])
    _, after = await client.post(client.code_fields((await client.authorize())["code"]))
    assert jwt.decode(after["id_token"], keys, algorithms=["RS256"]).claims["sub"] == "subject-of-alice"
    assert all("d" not in key for key in provider.keys.jwks()["keys"])


async def test_logout_goes_only_where_registered(provider: FakeProvider, client: HandClient) -> None:
    provider.client.post_logout_redirect_uris.add("http://127.0.0.1:9/bye")
    for target, status in (("http://127.0.0.1:9/bye", 303), ("http://127.0.0.1:9/elsewhere", 400)):
        query = urlencode({"client_id": "hub", "post_logout_redirect_uri": target, "state": "s"})
        url = f"{provider.issuer}/end_session?{query}"
        async with client.session.get(url, allow_redirects=False) as response:
            assert response.status == status
            assert response.headers.get("Location") == ("http://127.0.0.1:9/bye?state=s" if status == 303 else None)


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.stage in ("token", "id_token")])
async def test_every_token_fault_changes_the_reply_and_is_counted(
    provider: FakeProvider, client: HandClient, name: str
) -> None:
    """A fault that is switched on for one time spoils that reply and not the next."""
    provider.faults.on(name, times=1)
    status, bent = await client.post(client.code_fields((await client.authorize())["code"]))
    assert provider.faults.applied[name] == 1
    assert status in (200, 400)
    status, good = await client.post(client.code_fields((await client.authorize())["code"]))
    assert status == 200
    assert provider.faults.applied[name] == 1
    assert set(good) == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    if name == "F40":
        assert bent["scope"] != good["scope"]
    elif FAULTS[name].stage == "id_token":
        assert bent["id_token"] != good["id_token"]
    else:
        assert (
            set(bent) != set(good)
            or [len(str(v)) for v in bent.values()] != [len(str(v)) for v in good.values()]
            or (bent["token_type"] != good["token_type"])
        )


@pytest.mark.parametrize("name", sorted(HTTP_FAULTS))
async def test_every_http_fault_is_seen_on_the_wire(provider: FakeProvider, client: HandClient, name: str) -> None:
    """The next key-set request is spoilt: another status, an error while reading, or another body or header."""
    good = provider.keys.jwks()
    provider.faults.on(name, at="jwks")
    url = f"{provider.issuer}/jwks"
    read = client.session.get(url, allow_redirects=False, auto_decompress=False)
    if name == "F1":
        waiting = asyncio.ensure_future(_read(read))
        await provider.until_asked("jwks")
        assert not waiting.done()
        provider.released.set()
        assert (await waiting)[0] == 200
        return
    if name == "F2":
        async with read as response:
            beginning = await response.content.readany()
            assert 0 < len(beginning) < len(json.dumps(good))
            provider.released.set()
            assert beginning + await response.content.read() == json.dumps(good).encode()
        assert provider.faults.applied[name] == 1
        return
    try:
        status, kind, body = await _read(read)
    except (aiohttp.ClientError, ValueError):
        status, kind, body = 0, "", b""
    assert provider.faults.applied[name] >= 1  # a client may ask again when a connection breaks
    provider.faults.off(name)
    assert (status, kind, body) != (200, "application/json", json.dumps(good).encode())
    async with client.session.get(url) as response:
        assert await response.json() == good


async def _read(request: Any) -> tuple[int, str, bytes]:
    async with request as response:
        return response.status, response.headers.get("Content-Type", ""), await response.read()


def test_unknown_fault_or_missing_endpoint_is_an_error() -> None:
    faults = Faults()
    with pytest.raises(KeyError):
        faults.on("F999")
    with pytest.raises(ValueError, match="at which endpoint"):
        faults.on("F15")
