"""Decrypting tokens: tokens encrypted by jwcrypto, an independent library, and each kind of damage."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from joserfc.jwe import encrypt_compact
from joserfc.jwk import ECKey, OKPKey, RSAKey
from jwcrypto import jwe, jwk

from oauthenticator_suite.errors import InvalidToken
from oauthenticator_suite.protocol import base64url
from oauthenticator_suite.protocol.encryption import (
    CONTENT_ALGORITHMS,
    KEY_ALGORITHMS,
    OLDER_KEY_ALGORITHMS,
    can_decrypt,
    decrypt,
    is_encrypted,
)
from oauthenticator_suite.protocol.id_token import IDToken
from tests.fakes.openid_provider.encryption import DAMAGED_ENCRYPTION, JWEDraft, Recipient

INNER = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"
KINDS = {"RSA": {"kty": "RSA", "size": 2048}, "X25519": {"kty": "OKP", "crv": "X25519"}}
CURVES = ("P-256", "P-384", "P-521")
LIBRARY = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}


def made(kind: str, kid: str = "mine") -> jwk.JWK:
    return _made(kind, kid)


@functools.cache
def _made(kind: str, kid: str) -> jwk.JWK:
    return jwk.JWK.generate(**KINDS.get(kind, {"kty": "EC", "crv": kind}), **({"kid": kid} if kid else {}))


def private(kind: str, kid: str = "mine", **members: str) -> Any:
    fields = {**made(kind, kid).export(as_dict=True), **members}
    return LIBRARY[fields["kty"]].import_key(fields)


def draft(kind: str = "RSA", alg: str = "RSA-OAEP-256", enc: str = "A256GCM", **header: Any) -> JWEDraft:
    recipient = Recipient(made(kind).export_public(as_dict=True), alg, enc)
    return JWEDraft(recipient.encrypts(**header), INNER, recipient.key)


def refused(raw: str, keys: list[Any], **options: Any) -> InvalidToken:
    with pytest.raises(InvalidToken) as caught:
        decrypt(raw, keys, **options)
    error = caught.value
    assert error.claim == "encryption"
    assert "canary" not in f"{error} {error.detail}"
    assert len(error.detail) < 400
    return error


@pytest.mark.parametrize("enc", sorted(CONTENT_ALGORITHMS))
@pytest.mark.parametrize("alg", sorted(KEY_ALGORITHMS | OLDER_KEY_ALGORITHMS))
@pytest.mark.parametrize("kind", ["RSA", *CURVES, "X25519"])
def test_two_libraries_agree_on_good_tokens(kind: str, alg: str, enc: str) -> None:
    if (kind == "RSA") != alg.startswith("RSA"):
        return
    by_jwcrypto = draft(kind, alg, enc).serialize()
    header = draft(kind, alg, enc).header
    by_joserfc = encrypt_compact(header, INNER, private(kind), [alg, enc])
    for token in (by_jwcrypto, by_joserfc):
        assert is_encrypted(token)
        assert decrypt(token, [private(kind)], {alg}) == INNER
        other = jwe.JWE(algs=[alg, enc])
        other.deserialize(token, made(kind))
        assert other.payload.decode() == INNER


@pytest.mark.parametrize("name", sorted(DAMAGED_ENCRYPTION))
def test_each_damage_is_refused(name: str) -> None:
    damaged = draft()
    DAMAGED_ENCRYPTION[name].change(None, damaged)
    token = damaged.serialize()
    if not is_encrypted(token):
        assert name in ("json", "six-parts", "four-parts")
        return
    if name == "alg-none":  # three parts
        with pytest.raises(InvalidToken, match="not signed"):
            IDToken.parse(decrypt(token, [private("RSA")]))
        return
    error = refused(token, [private("RSA")])
    if name in ("encrypted-key", "iv", "ciphertext", "tag", "no-tag"):
        assert error.detail == (
            "ID token: it cannot be decrypted with the keys of client_decryption_key_file. Have the provider use the "
            "Hub's present public key (jwks_uri), or set the key that it uses"
        )


@pytest.mark.parametrize("name", ["rsa1_5", "enc", "zip"])
def test_the_other_library_would_accept_some_of_them(name: str) -> None:
    """So nothing else is wrong with those tokens."""
    damaged = draft()
    DAMAGED_ENCRYPTION[name].change(None, damaged)
    other = jwe.JWE(algs=[damaged.header["alg"], damaged.header["enc"], "DEF"])
    other.deserialize(damaged.serialize(), made("RSA"))
    assert other.payload.decode() == INNER


@pytest.mark.parametrize(
    "header",
    [
        {"alg": None},
        {"alg": ["RSA-OAEP-256"]},
        {"enc": None},
        {"kid": 7},
        {"typ": 7},
        {"crit": ["exp"]},
        {"b64": False},
        {"x5u": "https://evil.example"},
        {"alg": "RSA-OAEP-256" + "x" * 3000},
    ],
    ids=str,
)
def test_wrong_headers(header: dict[str, Any]) -> None:
    good = draft()
    head = base64url.encode(json.dumps({**good.header, **header}).encode())
    refused(".".join([head, *good.serialize().split(".")[1:]]), [private("RSA")])


@pytest.mark.parametrize("name", ["kid", "cty", "typ"])
def test_members_of_the_header_that_are_no_text(name: str) -> None:
    assert "kid, cty or typ in the header" in refused(draft(**{name: 7}).serialize(), [private("RSA")]).detail


def test_an_unknown_member_of_the_header_is_ignored() -> None:
    """RFC 7516 §4. It may have five levels, with the header."""
    assert decrypt(draft(tenant=[[[[1]]]]).serialize(), [private("RSA")]) == INNER
    assert "deeper than 5" in refused(draft(tenant=[[[[[1]]]]]).serialize(), [private("RSA")]).detail


def test_limits_of_size() -> None:
    """Of the header, of the encrypted token (4/3 of the token inside, and 4096 characters), and of the token inside."""
    raw = draft().serialize()
    large = base64url.encode(json.dumps(draft().header).encode().ljust(2049))
    assert "larger than 2048 bytes" in refused(".".join([large, *raw.split(".")[1:]]), [private("RSA")]).detail
    for characters, is_read in ((4229, True), (4230, False)):
        detail = refused("!....".ljust(characters, "A"), [private("RSA")], max_bytes=100).detail
        assert ("malformed" in detail, f"{characters} characters long" in detail) == (is_read, not is_read)
    assert decrypt(raw, [private("RSA")], max_bytes=len(INNER)) == INNER
    assert "the maximum is" in refused(raw, [private("RSA")], max_bytes=len(INNER) - 1).detail


def test_an_ephemeral_key_that_is_no_point_of_the_curve() -> None:
    """The attack on ECDH-ES that reveals the private key bit by bit."""
    good = draft("P-256", "ECDH-ES")
    header = json.loads(base64url.decode(good.serialize().split(".")[0]))
    for epk in (
        {"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"},
        {"kty": "EC"},
        "x",
        None,
        {**header["epk"], "crv": "P-384"},
    ):
        head = base64url.encode(json.dumps({**header, "epk": epk}).encode())
        refused(".".join([head, *good.serialize().split(".")[1:]]), [private("P-256")])


def test_which_key_is_tried() -> None:
    token = draft().serialize()
    assert decrypt(token, [private("RSA", "other"), private("RSA")]) == INNER
    error = refused(token, [private("RSA", "other")])
    assert "not among those of client_decryption_key_file" in error.detail
    nameless = draft()
    del nameless.header["kid"]
    assert decrypt(nameless.serialize(), [private("RSA", "other"), private("RSA")]) == INNER
    unnamed = made("RSA").export(as_dict=True)
    del unnamed["kid"]
    assert decrypt(token, [RSAKey.import_key(unnamed)]) == INNER, "a PEM file has no names"
    assert decrypt(token, [private("RSA", alg="RSA-OAEP-256")]) == INNER
    refused(token, [private("RSA", alg="RSA-OAEP")])
    refused(token, [private("P-256")])


def test_which_keys_can_decrypt() -> None:
    assert all(can_decrypt(private(kind)) for kind in ("RSA", *CURVES, "X25519"))
    assert not can_decrypt(OKPKey.generate_key("Ed25519"))
    assert not can_decrypt(private("RSA", alg="RS256"))


def test_what_is_inside() -> None:
    plain = draft(cty="application/jwt")
    assert decrypt(plain.serialize(), [private("RSA")]) == INNER
    plain.header.pop("cty")
    assert decrypt(plain.serialize(), [private("RSA")]) == INNER
    plain.plaintext = "é.b.c"
    assert "is not signed" in refused(plain.serialize(), [private("RSA")]).detail
    plain.plaintext = "a.b.c" + "x" * 100
    assert "the maximum is 100" in refused(plain.serialize(), [private("RSA")], max_bytes=100).detail


def test_the_label_and_the_older_algorithm() -> None:
    error = refused(draft(alg="RSA-OAEP").serialize(), [private("RSA")], label="logout token")
    assert error.detail.startswith("logout token: encrypted with an alg that is not accepted (RSA-OAEP)")
    assert "(this one)" in refused(draft(alg="RSA1_5").serialize(), [private("RSA")]).detail


@pytest.mark.parametrize("value", [None, 5, "", "a.b.c", "a.b.c.d", ["a.b.c.d.e"]])
def test_what_is_not_encrypted(value: object) -> None:
    assert not is_encrypted(value)


FIRST, SECOND = draft().serialize().split("."), draft().serialize().split(".")
PART = st.sampled_from([*FIRST, *SECOND, "", "AAAA", "e30", "é"]) | st.text("AZaz09-_=", max_size=40)


@given(st.lists(PART, min_size=5, max_size=5), st.sampled_from(["RSA", "P-256"]))
def test_mixtures_are_refused(parts: list[str], kind: str) -> None:
    """Never an error of another kind."""
    assume(parts not in (FIRST, SECOND))
    refused(".".join(parts), [private(kind)])


@given(
    st.dictionaries(
        st.sampled_from(["alg", "enc", "kid", "cty", "epk", "apu", "apv", "iv", "tag", "typ"]),
        st.sampled_from(["ECDH-ES", "ECDH-ES+A128KW", "RSA-OAEP-256", "A128GCM", "A128CBC-HS256", "JWT", "mine", "é"])
        | st.none()
        | st.integers()
        | st.dictionaries(st.sampled_from(["kty", "crv", "x", "y"]), st.sampled_from(["EC", "OKP", "P-256", "AQ", 7])),
    ),
    st.sampled_from(["RSA", "P-256", "X25519"]),
)
def test_any_header_is_refused(header: dict[str, Any], kind: str) -> None:
    head = base64url.encode(json.dumps(header).encode())
    refused(".".join([head, *draft().serialize().split(".")[1:]]), [private(kind)])
