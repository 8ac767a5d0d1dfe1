"""Tokens that the provider encrypts for a client, and userinfo responses that it signs (OpenID Connect Core §5.3.2, §10.2).

Encrypted with jwcrypto, which shares no code with the implementation under test. Faults have the stage ``jwe`` (given a
`JWEDraft`) or ``userinfo_token`` (given an `IDTokenDraft`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jwcrypto import jwe, jwk

from .bending import GONE, both, claim, jose, set_on, shift, signed_by
from .faults import Fault, Faults
from .keys import IDTokenDraft, SigningKeys
from .records import Grant, Reply


@dataclass(frozen=True)
class Recipient:
    """What a client has registered: its public key as a JWK, and the algorithms."""

    key: dict[str, Any]
    alg: str = "RSA-OAEP-256"
    enc: str = "A256GCM"

    def encrypts(self, **header: Any) -> dict[str, Any]:
        named = {"kid": self.key["kid"]} if "kid" in self.key else {}
        return {"alg": self.alg, "enc": self.enc, "cty": "JWT", **named, **header}


@dataclass
class JWEDraft:
    """An encrypted token before it is encrypted; a fault may change any part. `compact` replaces the whole token."""

    header: dict[str, Any]
    plaintext: str
    key: dict[str, Any]
    compact: str | None = None
    tamper: Callable[[str], str] = field(default=lambda token: token)

    def serialize(self) -> str:
        if self.compact is not None:
            return self.compact
        algorithms = [self.header.get(name, "") for name in ("alg", "enc")]
        made = jwe.JWE(self.plaintext.encode(), json.dumps(self.header), algs=algorithms)
        made.add_recipient(jwk.JWK(**self.key))
        return self.tamper(made.serialize(compact=True))


class Encryption:
    """The part of `FakeProvider` that encrypts, and signs userinfo responses."""

    issuer: str
    keys: SigningKeys
    faults: Faults
    secrets: set[str]
    clock: Callable[[], float]

    encrypt_to: Recipient | None = None  # ID tokens and logout tokens
    encrypt_userinfo_to: Recipient | None = None  # then userinfo is signed as well
    sign_userinfo = False

    def encryption_metadata(self) -> dict[str, Any]:
        """The members of the metadata (OpenID Connect Discovery §3)."""
        found: dict[str, Any] = {}
        if self.sign_userinfo or self.encrypt_userinfo_to:
            found["userinfo_signing_alg_values_supported"] = [self.keys.algorithm]
        for member, recipient in (("id_token", self.encrypt_to), ("userinfo", self.encrypt_userinfo_to)):
            if recipient is not None:
                found[f"{member}_encryption_alg_values_supported"] = [recipient.alg]
                found[f"{member}_encryption_enc_values_supported"] = [recipient.enc]
        return found

    def encrypted(self, token: str, recipient: Recipient | None) -> str:
        """A nested token (RFC 7519 §5.2); the token itself for a client that has not registered for it."""
        if recipient is None:
            return token
        self.secrets.add(token)
        draft = JWEDraft(recipient.encrypts(), token, recipient.key)
        self.faults.apply("jwe", self, draft)
        return draft.serialize()

    def userinfo_reply(self, grant: Grant, claims: dict[str, Any]) -> Reply:
        """The claims as JSON or as a token, as the client has registered."""
        if not self.sign_userinfo and self.encrypt_userinfo_to is None:
            return Reply(json=claims)
        header = {"alg": self.keys.algorithm, "typ": "JWT", "kid": self.keys.current.kid}
        about = {"iss": self.issuer, "aud": grant.client_id, "iat": int(self.clock())}
        draft = IDTokenDraft(header, {**claims, **about}, self.keys.current)
        self.faults.apply("userinfo_token", self, draft)
        token = self.encrypted(draft.serialize(), self.encrypt_userinfo_to)
        return Reply(body=token.encode(), headers={"Content-Type": "application/jwt"})


def _jwe(name: str, what: str, change: Callable[[JWEDraft], None]) -> Fault:
    return Fault(name, "jwe", what, lambda provider, draft: change(draft))


@cache
def foreign_key() -> dict[str, Any]:
    """The public key of another client."""
    return jwk.JWK.generate(kty="RSA", size=2048, kid="another-clients").export_public(as_dict=True)


def _header(**changes: Any) -> Callable[[JWEDraft], None]:
    return lambda draft: draft.header.update(changes)


def _plaintext(text: str) -> Callable[[JWEDraft], None]:
    return lambda draft: setattr(draft, "plaintext", text)


def _tampered(change: Callable[[list[str]], None]) -> Callable[[JWEDraft], None]:
    def tamper(token: str) -> str:
        parts = token.split(".")
        change(parts)
        return ".".join(parts)

    return lambda draft: setattr(draft, "tamper", tamper)


def _to_another(draft: JWEDraft) -> None:
    draft.key = foreign_key()
    draft.header["kid"] = "another-clients"


def _in_json(draft: JWEDraft) -> None:
    """Two recipients, in the general JSON serialization."""
    made = jwe.JWE(draft.plaintext.encode(), json.dumps({"enc": draft.header["enc"]}))
    for key in (draft.key, foreign_key()):
        made.add_recipient(jwk.JWK(**key), header=json.dumps({"alg": "RSA-OAEP-256"}))
    draft.compact = made.serialize(compact=False)


def _with_password(draft: JWEDraft) -> None:
    draft.header = {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2**31 - 1, "p2s": "AAAAAAAAAAA"}
    draft.key = {"kty": "oct", "k": "c2VjcmV0"}
    part = "A" * 22
    head = jwe.base64url_encode(json.dumps(draft.header))
    draft.compact = f"{head}.{part}.{part[:16]}.{part}.{part}"


def _direct(draft: JWEDraft) -> None:
    draft.header |= {"alg": "dir", "enc": "A128GCM"}
    draft.key = {"kty": "oct", "k": "A" * 22}


def _first(letter: str) -> str:
    return "B" if letter == "A" else "A"


def _flip(number: int) -> Callable[[list[str]], None]:
    def change(parts: list[str]) -> None:
        parts[number] = _first(parts[number][0]) + parts[number][1:]

    return change


DAMAGED_ENCRYPTION = {
    fault.name: fault
    for fault in (
        _jwe("rsa1_5", "a padding that is decrypted by trial", _header(alg="RSA1_5")),
        _jwe("older", "RSA-OAEP, which no option lists", _header(alg="RSA-OAEP")),
        _jwe("direct", "a shared secret", _direct),
        _jwe("password", "a password, and two thousand million iterations", _with_password),
        _jwe("enc", "a content encryption that is not listed", _header(enc="A192GCM")),
        _jwe("zip", "compressed", _header(zip="DEF")),
        _jwe("cty", "the plaintext is not a token", _header(cty="text/plain")),
        _jwe("jwk", "a key in the header", _header(jwk={"kty": "RSA"})),
        _jwe("kid", "another key is named", _header(kid="an-unknown-key")),
        _jwe("to-another", "encrypted to another client", _to_another),
        _jwe("json", "two recipients in JSON", _in_json),
        _jwe("not-signed", "the claims themselves", _plaintext('{"sub": "subject-of-bob"}')),
        _jwe("alg-none", "a token without signature", _plaintext("eyJhbGciOiJub25lIn0.e30.")),
        _jwe("twice", "encrypted once more", lambda draft: setattr(draft, "plaintext", "a.b.c.d.e")),
        _jwe("megabyte", "a megabyte", _plaintext("e30." + "A" * 1_000_000 + ".AAAA")),
        _jwe("six-parts", "six parts", _tampered(lambda parts: parts.append("AAAA"))),
        _jwe("four-parts", "four parts", _tampered(lambda parts: parts.__delitem__(4))),
        _jwe("padding", "base64 with padding", _tampered(lambda parts: parts.__setitem__(4, parts[4] + "=="))),
        _jwe("encrypted-key", "another encrypted key", _tampered(_flip(1))),
        _jwe("iv", "another initialization vector", _tampered(_flip(2))),
        _jwe("ciphertext", "another ciphertext", _tampered(_flip(3))),
        _jwe("tag", "another tag", _tampered(_flip(4))),
        _jwe("no-tag", "no tag", _tampered(lambda parts: parts.__setitem__(4, ""))),
    )
}

DAMAGED_USERINFO = {
    fault.name: fault
    for fault in (
        Fault("none", "userinfo_token", "alg none", both(jose("alg", "none"), signed_by(lambda p: None))),
        Fault("another-key", "userinfo_token", "signed by another key", signed_by(lambda p: p.keys.unpublished())),
        Fault(
            "the-secret",
            "userinfo_token",
            "HS256 with the client's secret",
            both(jose("alg", "HS256"), signed_by(lambda p: p.client.client_secret.encode())),
        ),
        Fault("kid", "userinfo_token", "an unknown key", jose("kid", "an-unknown-key")),
        Fault("crit", "userinfo_token", "a critical extension", both(jose("crit", ["exp"]), jose("exp", 1))),
        Fault("type", "userinfo_token", "an access token", jose("typ", "at+jwt")),
        Fault("iss", "userinfo_token", "another issuer", claim("iss", "https://honest.example")),
        Fault("no-iss", "userinfo_token", "no iss", claim("iss", GONE)),
        Fault("aud", "userinfo_token", "another client", claim("aud", "another-client")),
        Fault("no-aud", "userinfo_token", "no aud", claim("aud", GONE)),
        Fault("exp", "userinfo_token", "expired", shift("exp", -3600)),
        Fault("exp-text", "userinfo_token", "exp is text", claim("exp", "soon")),
        Fault("iat", "userinfo_token", "of the future", shift("iat", 7200)),
        Fault("sub", "userinfo_token", "another user", claim("sub", "subject-of-bob")),
        Fault("no-sub", "userinfo_token", "no sub", claim("sub", GONE)),
        Fault("text", "userinfo_token", "no token", set_on(compact="hello")),
        Fault("not-ascii", "userinfo_token", "no ASCII", set_on(compact="e30.e30.é")),
    )
}
