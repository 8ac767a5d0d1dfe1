"""The fake provider's encrypted tokens and signed userinfo: read by joserfc and PyJWT, and encrypted by jwcrypto."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
from joserfc.errors import JoseError
from joserfc.jwe import CompactEncryption, decrypt_compact
from joserfc.jwk import ECKey, RSAKey
from jwcrypto import jwk

from tests.fakes.openid_provider import FakeProvider
from tests.fakes.openid_provider.encryption import DAMAGED_ENCRYPTION, DAMAGED_USERINFO, JWEDraft, Recipient
from tests.fakes.openid_provider.keys import IDTokenDraft
from tests.fakes.openid_provider.records import Grant

KEYS = {
    "RSA-OAEP-256": jwk.JWK.generate(kty="RSA", size=2048, kid="mine"),
    "ECDH-ES+A128KW": jwk.JWK.generate(kty="EC", crv="P-256", kid="mine"),
}
GRANT = Grant("hub", "alice", ["openid", "profile"], "family")


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as provider:
        yield provider


def to(alg: str) -> Recipient:
    return Recipient(KEYS[alg].export_public(as_dict=True), alg)


def decrypted(token: str, alg: str) -> CompactEncryption:
    key = (RSAKey if alg.startswith("RSA") else ECKey).import_key(KEYS[alg].export(as_dict=True))
    return decrypt_compact(token, key, [alg, "A256GCM"])


def read(provider: FakeProvider, token: str) -> dict[str, Any]:
    published = {each["kid"]: each for each in provider.keys.jwks()["keys"]}
    key = jwt.PyJWK(published[jwt.get_unverified_header(token)["kid"]])
    return dict(jwt.decode(token, key, ["RS256"], audience="hub", issuer=provider.issuer))


@pytest.mark.parametrize("alg", sorted(KEYS))
async def test_nested_tokens(provider: FakeProvider, alg: str) -> None:
    provider.encrypt_to = provider.encrypt_userinfo_to = to(alg)
    id_token = provider._issue_tokens(GRANT)["id_token"]
    userinfo = provider.userinfo_reply(GRANT, {"sub": "subject-of-alice"})
    assert userinfo.headers["Content-Type"] == "application/jwt"
    for token in (id_token, userinfo.text(), provider.logout_token("alice")):
        opened = decrypted(token, alg)
        assert opened.protected["cty"] == "JWT"
        assert opened.protected["kid"] == "mine"
        assert read(provider, opened.plaintext.decode())["sub"] == "subject-of-alice"


async def test_signed_userinfo(provider: FakeProvider) -> None:
    assert provider.userinfo_reply(GRANT, {"sub": "s"}).json == {"sub": "s"}
    provider.sign_userinfo = True
    reply = provider.userinfo_reply(GRANT, {"sub": "s"})
    assert read(provider, reply.text())["sub"] == "s"
    assert provider.encryption_metadata() == {"userinfo_signing_alg_values_supported": ["RS256"]}
    provider.encrypt_to = to("RSA-OAEP-256")
    assert provider.encryption_metadata()["id_token_encryption_alg_values_supported"] == ["RSA-OAEP-256"]


@pytest.mark.parametrize("name", sorted(DAMAGED_ENCRYPTION))
async def test_each_damaged_encryption_is_another_token(provider: FakeProvider, name: str) -> None:
    recipient = to("RSA-OAEP-256")
    draft = JWEDraft(recipient.encrypts(), "a.b.c", recipient.key)
    DAMAGED_ENCRYPTION[name].change(provider, draft)
    damaged = draft.serialize()
    if name == "json":
        assert len(json.loads(damaged)["recipients"]) == 2
        return
    assert (damaged.count(".") == 4) == (name not in ("six-parts", "four-parts"))
    expected = recipient.encrypts()
    try:
        opened = decrypted(damaged, "RSA-OAEP-256")
    except (JoseError, ValueError):
        return
    assert opened.protected != expected or opened.plaintext != b"a.b.c" or name == "padding"


@pytest.mark.parametrize("name", sorted(DAMAGED_USERINFO))
async def test_each_damaged_userinfo_is_another_token(provider: FakeProvider, name: str) -> None:
    def draft() -> IDTokenDraft:
        claims = {"iss": provider.issuer, "aud": "hub", "iat": int(provider.clock()), "sub": "subject-of-alice"}
        return IDTokenDraft({"alg": "RS256", "typ": "JWT", "kid": "key-1"}, claims, provider.keys.current)

    damaged = draft()
    DAMAGED_USERINFO[name].change(provider, damaged)
    assert damaged.serialize() != draft().serialize()
