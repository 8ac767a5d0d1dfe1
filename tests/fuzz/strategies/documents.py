"""Documents of a provider: any JSON, and good documents of which some parts are exchanged."""

from __future__ import annotations

import copy
import functools
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from .urls import endpoints

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["", "0", "null", "true", "a" * 5000, "\u212a", "\x00", "<script>", "../..", "a@b@c", "alice"]),
)
json_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
"""Values of any JSON type, nested."""

nested = st.integers(1, 30).map(lambda depth: functools.reduce(lambda inner, _: {"a": [inner]}, range(depth), None))
"""Values that are nested more and more deeply."""


def exchanged(document: dict[str, Any], values: st.SearchStrategy[Any] = json_values) -> st.SearchStrategy[Any]:
    """A good document of which up to three members are replaced, removed, or changed to a list or an object of themselves."""

    @st.composite
    def changed(draw: st.DrawFn) -> dict[str, Any]:
        result = copy.deepcopy(document)
        for name in draw(st.lists(st.sampled_from(sorted(document)), max_size=3, unique=True)):
            how = draw(st.sampled_from(["replaced", "removed", "listed", "wrapped", "stringified", "nested"]))
            if how == "removed":
                del result[name]
            elif how == "nested":
                result[name] = draw(nested)
            else:
                result[name] = {
                    "replaced": lambda name=name: draw(values),
                    "listed": lambda name=name: [result[name]] * draw(st.integers(0, 3)),
                    "wrapped": lambda name=name: {name: result[name]},
                    "stringified": lambda name=name: json.dumps(result[name]),
                }[how]()
        return result

    return changed()


@st.composite
def bodies(draw: st.DrawFn, documents: st.SearchStrategy[Any]) -> bytes:
    """A body: a document as JSON, and in some cases with changed bytes."""
    body = json.dumps(draw(documents), ensure_ascii=draw(st.booleans()), allow_nan=True).encode(
        "utf-8", "surrogatepass"
    )
    change = draw(st.sampled_from(["none", "none", "cut", "flip", "insert", "bom", "twice"]))
    at = draw(st.integers(0, max(0, len(body) - 1)))
    if change == "cut":
        return body[:at]
    if change == "flip" and body:
        return body[:at] + bytes([body[at] ^ (1 << draw(st.integers(0, 7)))]) + body[at + 1 :]
    if change == "insert":
        return body[:at] + draw(st.binary(max_size=6)) + body[at:]
    return {"bom": b"\xef\xbb\xbf" + body, "twice": body + body}.get(change, body)


# --- keys ------------------------------------------------------------------------------------------------------------


@functools.cache
def public_keys() -> tuple[dict[str, Any], ...]:
    """A published key of each kind, by PyJWT."""
    curves = (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1())
    rsa_key = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048).public_key(), as_dict=True)
    ec_keys = [ECAlgorithm.to_jwk(ec.generate_private_key(curve).public_key(), as_dict=True) for curve in curves]
    okp_key = OKPAlgorithm.to_jwk(ed25519.Ed25519PrivateKey.generate().public_key(), as_dict=True)
    keys = [rsa_key, *ec_keys, okp_key]
    return tuple({**key, "kid": f"key-{number}", "use": "sig"} for number, key in enumerate(keys))


_MEMBERS = st.sampled_from(["kty", "n", "e", "crv", "x", "y", "d", "use", "key_ops", "alg", "kid", "x5c", "k", "p"])
_WORDS = st.sampled_from(
    ["RSA", "EC", "OKP", "oct", "AKP", "P-256", "P-521", "Ed25519", "X448", "AQAB", "AA", "sig", "enc"]
)
_ALGORITHMS = st.sampled_from(["RS256", "ES256", "EdDSA", "HS256", "none", "RSA-OAEP", "ML-DSA-44"])
keys = st.deferred(
    lambda: st.builds(
        lambda key, members: {**key, **members},
        st.sampled_from(public_keys()),
        st.dictionaries(_MEMBERS, json_values | _WORDS | _ALGORITHMS, max_size=3),
    )
)
"""Entries of a JWK set: good ones, and ones with some members of another kind."""

jwks = st.one_of(
    st.fixed_dictionaries({"keys": st.lists(keys | json_values, max_size=8)}),
    json_values,
    st.fixed_dictionaries({"keys": json_values}),
)
"""Documents in the place of a JWK set."""

# --- metadata --------------------------------------------------------------------------------------------------------

ISSUER = "https://op.example/realms/main"
METADATA: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize?p=1",
    "token_endpoint": f"{ISSUER}/token",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
    "jwks_uri": f"{ISSUER}/keys",
    "end_session_endpoint": f"{ISSUER}/logout",
    "revocation_endpoint": f"{ISSUER}/revoke",
    "response_types_supported": ["code"],
    "id_token_signing_alg_values_supported": ["RS256", "ES256"],
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    "scopes_supported": ["openid"],
    "authorization_response_iss_parameter_supported": True,
}
metadata = exchanged(METADATA, json_values | endpoints) | json_values
"""Documents in the place of a provider's metadata."""

# --- claims ----------------------------------------------------------------------------------------------------------

CLAIMS: dict[str, Any] = {
    "sub": "subject-of-alice",
    "preferred_username": "alice",
    "name": "Alice Example",
    "given_name": "Alice",
    "picture": "https://op.example/alice.png",
    "email": "alice@example.org",
    "email_verified": True,
    "groups": ["staff", "hub-admins"],
    "updated_at": 1_700_000_000,
}
claims = exchanged(CLAIMS)
"""The claims of a user, some of another type."""
