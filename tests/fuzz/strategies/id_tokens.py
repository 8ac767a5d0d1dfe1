"""ID tokens: valid ones with real keys, and the changes that a fuzz target applies before and after signing.

They are signed by PyJWT, which is independent of the implementation under test.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from oauthenticator_suite.protocol.id_token import ASYMMETRIC_ALGORITHMS, Expectations
from oauthenticator_suite.protocol.jwks import KeySet, parse_jwks
from oauthenticator_suite.protocol.messages import Response

NOW = 1_900_000_000.0
ISSUER = "https://op.example/tenant"
CLIENT_ID = "hub"
NONCE = "canary-nonce-0f3a"
SUBJECT = "canary-subject-77aa"
ACCESS_TOKEN = "canary-access-token-58cd"
SECRET = b"canary-client-secret-of-a-decent-length-0123456789abcdef0123456789"

SIGNERS = jwt.algorithms.get_default_algorithms()
ALL_ALGORITHMS = [*sorted(ASYMMETRIC_ALGORITHMS), "HS256", "HS384", "HS512"]


@functools.cache
def private_key(kind: str, who: str = "provider") -> Any:
    """A new key of this kind, the same for the whole test session."""
    if kind == "RSA":
        return rsa.generate_private_key(65537, 2048)
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "oct":
        return SECRET if who == "provider" else SECRET[::-1]
    return ec.generate_private_key({"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}[kind]())


def kind_of(alg: str) -> str:
    special = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519"}
    return special.get(alg) or {"R": "RSA", "P": "RSA", "H": "oct"}[alg[0]]


def public_jwk(key: Any, **members: str) -> dict[str, Any]:
    """A public key as PyJWT writes it."""
    if isinstance(key, rsa.RSAPublicKey):
        return {**RSAAlgorithm.to_jwk(key, as_dict=True), **members}
    if isinstance(key, ec.EllipticCurvePublicKey):
        return {**ECAlgorithm.to_jwk(key, as_dict=True), **members}
    return {**OKPAlgorithm.to_jwk(key, as_dict=True), **members}


def jose_key(kind: str, **members: str) -> Any:
    """The verifier's form of the provider's key."""
    if kind == "oct":
        return OctKey.import_key(SECRET)
    return {"RSA": RSAKey, "Ed25519": OKPKey}.get(kind, ECKey).import_key(provider_jwk(kind, **members))


def provider_jwk(kind: str, **members: str) -> dict[str, Any]:
    public = public_jwk(private_key(kind).public_key(), **members)
    # PyJWT adds a purpose; each test says what a key may do.
    return {name: value for name, value in public.items() if name != "key_ops"}


@functools.cache
def key_set() -> KeySet:
    keys = [provider_jwk(kind, kid=kind) for kind in ("RSA", "P-256", "P-384", "P-521", "Ed25519")]
    body = json.dumps({"keys": keys}).encode()
    return parse_jwks(Response(200, {"content-type": "application/json"}, body))


def keys_for(alg: str) -> Any:
    return [jose_key("oct")] if alg.startswith("HS") else key_set()


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def half_hash(value: str, name: str) -> str:
    digest = hashlib.new(name, value.encode()).digest()
    return b64(digest[: len(digest) // 2])


@dataclass
class Draft:
    """A token before signing. `serialize` signs the current content; `tamper` changes a signed token."""

    alg: str
    header: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    signing_key: Any = None
    json_tail: dict[str, str] = field(default_factory=dict)
    mac_key: bytes | None = None
    tampers: list[Any] = field(default_factory=list)

    @classmethod
    def good(cls, alg: str = "RS256") -> Draft:
        size = "512" if alg == "EdDSA" else alg[2:]
        return cls(
            alg,
            {"alg": alg, "kid": kind_of(alg), "typ": "JWT"},
            {
                "iss": ISSUER,
                "sub": SUBJECT,
                "aud": CLIENT_ID,
                "exp": NOW + 300,
                "iat": NOW - 1,
                "nonce": NONCE,
                "at_hash": half_hash(ACCESS_TOKEN, f"sha{size}"),
            },
            private_key(kind_of(alg)),
        )

    def serialize(self) -> str:
        def part(members: dict[str, Any], name: str) -> str:
            text = json.dumps(members)
            return b64((text[:-1] + self.json_tail.get(name, "") + "}").encode())

        signing_input = f"{part(self.header, 'header')}.{part(self.claims, 'claims')}"
        if self.mac_key is not None:
            signature = hmac.digest(self.mac_key, signing_input.encode(), "sha256")
        else:
            signature = SIGNERS[self.alg].sign(signing_input.encode(), self.signing_key)
        parts = [signing_input.split(".")[0], signing_input.split(".")[1], b64(signature)]
        for tamper in self.tampers:
            parts = tamper(parts)
        return ".".join(parts)


def expectations(alg: str = "RS256", **changes: Any) -> Expectations:
    usual = Expectations(CLIENT_ID, ISSUER, NONCE, ACCESS_TOKEN, frozenset({alg}))
    return replace(usual, **changes)


# --- mutators --------------------------------------------------------------------------------------------------------
# Each has a group, and a token gets at most one of a group: so a harmful change is never undone by the next.


def set_header(name: str, value: Any) -> Any:
    return lambda draft: draft.header.__setitem__(name, value)


def set_claim(name: str, value: Any) -> Any:
    return lambda draft: draft.claims.__setitem__(name, value)


def tamper(change: Any) -> Any:
    return lambda draft: draft.tampers.append(change)


def flip(position: float) -> Any:
    """Flip one bit of the signature, and encode it canonically."""

    def change(parts: list[str]) -> list[str]:
        raw = bytearray(jwt.utils.base64url_decode(parts[2]))
        bit = int(position * (len(raw) * 8 - 1))
        raw[bit // 8] ^= 1 << (bit % 8)
        return [parts[0], parts[1], b64(bytes(raw))]

    return change


def sign_with_foreign_key(draft: Draft) -> None:
    draft.signing_key = private_key(kind_of(draft.alg), "attacker")


def drop_kid(draft: Draft) -> None:
    draft.header.pop("kid", None)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NOT_A_STRING = JSON_VALUES
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
NOT_A_TIME = st.one_of(
    ANY_TEXT, st.none(), st.booleans(), st.lists(st.integers(), max_size=2), st.integers(max_value=-1), st.just(1e300)
)


def other_than(value: str) -> Any:
    return ANY_TEXT.filter(lambda text: text != value)


HARMFUL = {
    "alg": st.one_of(
        st.sampled_from(["none", "None", "ES256K", "RSA1_5", "dir"]).map(lambda value: set_header("alg", value)),
        JSON_VALUES.map(lambda value: set_header("alg", value)),
        other_than("").filter(lambda text: text not in ALL_ALGORITHMS).map(lambda value: set_header("alg", value)),
    ),
    "rules": st.builds(
        set_header, st.sampled_from(["crit", "b64", "jwk", "jku", "x5u", "x5c"]), JSON_VALUES | ANY_TEXT
    ),
    "typ": st.one_of(
        st.sampled_from(["at+jwt", "application/logout+jwt"]).map(lambda value: set_header("typ", value)),
        NOT_A_STRING.map(lambda value: set_header("typ", value)),
    ),
    "kid": NOT_A_STRING.map(lambda value: set_header("kid", value)),
    "iss": (other_than(ISSUER) | NOT_A_STRING).map(lambda value: set_claim("iss", value)),
    "sub": (st.text("x", min_size=256, max_size=400) | NOT_A_STRING | st.just("")).map(
        lambda value: set_claim("sub", value)
    ),
    "aud": st.one_of(
        other_than(CLIENT_ID).map(lambda value: set_claim("aud", value)),
        st.lists(other_than(CLIENT_ID), max_size=4).map(lambda value: set_claim("aud", value)),
        st.lists(other_than(CLIENT_ID), min_size=1, max_size=4).map(lambda more: set_claim("aud", [CLIENT_ID, *more])),
        (other_than(CLIENT_ID) | NOT_A_STRING).map(lambda value: set_claim("azp", value)),
    ),
    "exp": (st.floats(0, NOW - 60) | NOT_A_TIME).map(lambda value: set_claim("exp", value)),
    "iat": (st.floats(NOW + 61, 2**53) | NOT_A_TIME).map(lambda value: set_claim("iat", value)),
    "nbf": (st.floats(NOW + 61, 2**53) | NOT_A_TIME).map(lambda value: set_claim("nbf", value)),
    "nonce": (other_than(NONCE) | NOT_A_STRING).map(lambda value: set_claim("nonce", value)),
    "at_hash": (ANY_TEXT | NOT_A_STRING).map(lambda value: set_claim("at_hash", value)),
    "removed": st.sampled_from(["iss", "sub", "aud", "exp", "iat", "nonce"]).map(
        lambda name: lambda draft: draft.claims.pop(name, None)
    ),
    "duplicate": st.sampled_from(["header", "claims"]).map(
        lambda where: lambda draft: draft.json_tail.__setitem__(where, ', "zz": 1, "zz": 2')
    ),
    "key": st.just(sign_with_foreign_key),
    "signature": st.one_of(
        st.floats(0, 1).map(flip),
        st.sampled_from(
            [
                lambda parts: [parts[0], parts[1], ""],
                lambda parts: [parts[0], parts[1], parts[2] + "="],
                lambda parts: [parts[0], parts[1], parts[2] + "AAAA"],
                lambda parts: [parts[0], parts[1], parts[2][:-4]],
                lambda parts: [*parts, "AAAA"],
                lambda parts: [*parts, "AAAA", "AAAA"],
                lambda parts: parts[:2],
                lambda parts: [parts[0], parts[1], parts[2] + "\n"],
                lambda parts: [parts[1], parts[0], parts[2]],
                lambda parts: [parts[0], parts[1] + "AAAA", parts[2]],
                lambda parts: [parts[0], parts[0], parts[2]],
            ]
        ),
    ).map(tamper),
}
# "removed" takes whole claims away and would undo a harmful change only by making another one.
NEUTRAL = {
    "header": st.builds(
        set_header, st.sampled_from(["x5t", "x5t#S256", "cty", "zip", "foo"]), JSON_VALUES | st.just("x")
    ),
    "kid": st.just(drop_kid),
    "typ": st.sampled_from(["JWT", "jwt", "JOSE"]).map(lambda value: set_header("typ", value)),
    "aud": st.sampled_from([set_claim("aud", [CLIENT_ID]), set_claim("azp", CLIENT_ID)]),
    "exp": st.floats(NOW - 59, 2**53).map(lambda value: set_claim("exp", value)),
    "iat": st.floats(0, NOW + 60).map(lambda value: set_claim("iat", value)),
    "nbf": st.floats(0, NOW + 60).map(lambda value: set_claim("nbf", value)),
    "extra": st.builds(set_claim, st.sampled_from(["name", "groups", "auth_time", "c_hash"]), JSON_VALUES),
}


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, list[tuple[bool, str, Any]]]:
    """An algorithm, and one to three changes of different groups: is it harmful, its group, the change."""
    alg = draw(st.sampled_from(ALL_ALGORITHMS))
    names = sorted({(True, name) for name in HARMFUL} | {(False, name) for name in NEUTRAL})
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique_by=lambda pair: pair[1]))
    return alg, [(harmful, name, draw((HARMFUL if harmful else NEUTRAL)[name])) for harmful, name in chosen]
