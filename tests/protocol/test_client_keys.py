"""The keys of this client: which files are taken, what is signed, and what is published."""

from __future__ import annotations

import base64
import datetime
import json
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.protocol import base64url
from oauthenticator_suite.protocol.client_keys import (
    MAX_KEY_FILE,
    MAX_KEYS_IN_FILE,
    ClientKey,
    algorithm_for,
    certificate_thumbprint,
    expiry_of,
    public_set,
    read_certificates,
    read_client_keys,
    sign,
    with_certificate,
)
from tests.support.key_files import YEAR_2100, certificate_of, pem_of

RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def pem(key: Any, form: PrivateFormat = PrivateFormat.PKCS8, password: bytes | None = None) -> str:
    if password is None:
        return pem_of(key, form)
    text: bytes = key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(password))
    return text.decode()


def read(text: str) -> tuple[ClientKey, ...]:
    return read_client_keys(text, "the file")


def jwk(key: Any, **members: Any) -> dict[str, Any]:
    return {**key.as_dict(private=True), **members}


KINDS = [
    pytest.param(pem(RSA_KEY), ("RS256", "PS256", "RS384", "PS384", "RS512", "PS512"), id="RSA"),
    pytest.param(pem(RSA_KEY, PrivateFormat.TraditionalOpenSSL), ("RS256",), id="RSA, as OpenSSL wrote it"),
    pytest.param(pem(EC_KEY), ("ES256",), id="P-256"),
    pytest.param(pem(EC_KEY, PrivateFormat.TraditionalOpenSSL), ("ES256",), id="P-256, as OpenSSL wrote it"),
    pytest.param(pem(ec.generate_private_key(ec.SECP384R1())), ("ES384",), id="P-384"),
    pytest.param(pem(ec.generate_private_key(ec.SECP521R1())), ("ES512",), id="P-521"),
    pytest.param(pem(ED_KEY), ("EdDSA", "Ed25519"), id="Ed25519"),
]


@pytest.mark.parametrize(("text", "algorithms"), KINDS)
def test_a_pem_file_signs_what_its_public_key_verifies(text: str, algorithms: tuple[str, ...]) -> None:
    (key,) = read(f"# a comment\n{text}\n")
    assert key.algorithms[: len(algorithms)] == algorithms
    assert key.kid == key.key.thumbprint()
    for name in key.algorithms:
        token = sign(key, {"a": 1}, typ="JWT", alg=name)
        assert jwt.get_unverified_header(token) == {"alg": name, "kid": key.kid, "typ": "JWT"}
        if name == "Ed25519":  # PyJWT knows the older name alone
            continue
        assert jwt.decode(token, jwt.PyJWK(key.public(), name), [name]) == {"a": 1}


def test_the_preferred_algorithm_is_the_default() -> None:
    (key,) = read(pem(RSA_KEY))
    assert jwt.get_unverified_header(sign(key, {}, typ="JWT"))["alg"] == "RS256"


@pytest.mark.parametrize(
    "made",
    [RSAKey.generate_key(2048), ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")],
    ids=["RSA", "EC", "OKP"],
)
def test_a_jwk_keeps_its_kid_and_alg(made: Any) -> None:
    alg = {"RSA": "PS256", "EC": "ES256", "OKP": "EdDSA"}[made.key_type]
    (key,) = read(json.dumps(jwk(made, kid="mine", alg=alg, key_ops=["sign"])))
    assert (key.kid, key.algorithms) == ("mine", (alg,))
    shown = key.public()
    assert shown == {**made.as_dict(private=False), "kid": "mine", "alg": alg, "use": "sig"}
    assert {"d", "p", "q"}.isdisjoint(shown)
    token = sign(key, {"a": 1}, typ="x+jwt")
    assert jwt.decode(token, jwt.PyJWK(shown, alg), [alg]) == {"a": 1}


def test_the_first_key_of_a_set_signs_and_all_are_published() -> None:
    new, old = ECKey.generate_key("P-256"), RSAKey.generate_key(2048)
    for_tokens = ECKey.generate_key("P-256")
    keys = read(json.dumps({"keys": [jwk(new), jwk(old, use="sig"), jwk(for_tokens, use="enc")]}))
    assert [bool(key.algorithms) for key in keys] == [True, True, False]
    published = public_set([*keys, keys[0]])["keys"]
    assert [each["kid"] for each in published] == [each.thumbprint() for each in (new, old, for_tokens)]
    assert [each["use"] for each in published] == ["sig", "sig", "enc"]
    with pytest.raises(ConfigurationError, match="cannot sign with any algorithm"):
        sign(keys[2], {}, typ="JWT")


def test_the_largest_file_and_white_space_around() -> None:
    assert read(pem(EC_KEY).ljust(MAX_KEY_FILE, "\n")) == read(pem(EC_KEY))
    new = json.dumps(jwk(ECKey.generate_key("P-256")))
    assert read(f"\n {new}\n")[0].public() == read(new)[0].public()


def test_several_keys_in_pem() -> None:
    assert [key.algorithms[0] for key in read(pem(EC_KEY) + pem(RSA_KEY))] == ["ES256", "RS256"]


def test_the_greatest_number_of_keys() -> None:
    made = [jwk(ECKey.generate_key("P-256")) for _ in range(MAX_KEYS_IN_FILE)]
    assert len(read(json.dumps({"keys": made}))) == MAX_KEYS_IN_FILE == 10


def test_nothing_shows_the_key() -> None:
    (key,) = read(pem(EC_KEY))
    assert repr(key) == f"ClientKey(kid={key.kid!r}, algorithms=('ES256',), certificate='', expires_at=None)"


# --- certificates -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [RSA_KEY, EC_KEY, ED_KEY], ids=["RSA", "EC", "Ed25519"])
def test_a_key_with_its_certificate(key: Any) -> None:
    own = certificate_of(key)
    authority = certificate_of(ec.generate_private_key(ec.SECP256R1()))
    chain = "".join(each.public_bytes(Encoding.PEM).decode() for each in (authority, own))
    (found,) = read(chain + pem(key))
    digest = base64url.encode(own.fingerprint(hashes.SHA256()))
    assert (found.certificate, found.expires_at) == (digest, YEAR_2100.timestamp())
    assert jwt.get_unverified_header(sign(found, {}, typ="JWT"))["x5t#S256"] == digest
    der = [base64.b64encode(own.public_bytes(Encoding.DER)).decode()]
    types: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    (same,) = read(json.dumps(jwk(types[found.key.key_type].import_key(key), x5c=der)))
    assert same.certificate == digest


def test_a_certificate_of_another_key_is_not_taken() -> None:
    other = certificate_of(RSA_KEY)
    (found,) = read(pem(EC_KEY) + other.public_bytes(Encoding.PEM).decode())
    assert (found.certificate, found.expires_at) == ("", None)
    assert with_certificate(found, []) is found


def test_certificates_alone() -> None:
    own = certificate_of(EC_KEY)
    text = pem(EC_KEY) + own.public_bytes(Encoding.PEM).decode()
    assert read_certificates(text, "the file") == [own]
    assert read_certificates("", "the file") == []
    assert (certificate_thumbprint(own), expiry_of(own)) == (
        base64url.encode(own.fingerprint(hashes.SHA256())),
        YEAR_2100.timestamp(),
    )


def test_a_certificate_whose_key_is_of_an_unknown_kind() -> None:
    """An authority may have one; it is not that of the client."""
    name = x509.Name([])
    builder = x509.CertificateBuilder(name, name, ED_KEY.public_key(), 1)
    builder = builder.not_valid_before(datetime.datetime(2020, 1, 1)).not_valid_after(YEAR_2100)
    der = builder.sign(ED_KEY, None).public_bytes(Encoding.DER)
    unknown = der.replace(bytes.fromhex("06032b6570"), bytes.fromhex("06032b6501"))  # the OID of the algorithm
    text = f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(unknown).decode()}\n-----END CERTIFICATE-----\n"
    (found,) = read(pem(EC_KEY) + text)
    assert found.certificate == ""


# --- what is refused --------------------------------------------------------------------------------------------------

GOOD_EC = ECKey.generate_key("P-256")
CERTIFICATE = base64.b64encode(certificate_of(EC_KEY).public_bytes(Encoding.DER)).decode()
OTHER_EC = ECKey.generate_key("P-256")
SMALL = rsa.generate_private_key(65537, 1024)
PUBLIC = EC_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
LONG = "A" * 43


def rsa_jwk(modulus: int) -> dict[str, str]:
    """A private JWK with this modulus, whose other numbers do not fit it."""
    n = base64url.encode(modulus.to_bytes((modulus.bit_length() + 7) // 8, "big"))
    return {"kty": "RSA", "n": n, "e": "AQAB", "d": LONG}


REFUSED = [
    pytest.param("", "has no private key. ", id="empty"),
    pytest.param("my secret", "has no private key. ", id="no PEM"),
    pytest.param(PUBLIC, "a certificate or a public key only", id="public"),
    pytest.param(pem(EC_KEY, password=b"x"), "has an encrypted key", id="encrypted"),
    pytest.param(
        pem(RSA_KEY, PrivateFormat.TraditionalOpenSSL, b"x"), "has an encrypted key", id="encrypted as by OpenSSL"
    ),
    pytest.param(pem(SMALL), "RSA key of 1024 bits", id="small"),
    pytest.param(json.dumps({"kty": "RSA", "n": LONG, "e": "AQAB", "d": LONG}), "RSA key of 0 bits", id="zero JWK"),
    pytest.param(json.dumps(rsa_jwk(1 << 2046)), "has an RSA key of 2047 bits", id="small JWK"),
    pytest.param(json.dumps(rsa_jwk(1 << 8192)), "has an RSA key of 8193 bits", id="large JWK"),
    pytest.param(json.dumps(rsa_jwk(1 << 8191)), "a key that cannot be used", id="RSA JWK that is no key"),
    pytest.param(pem(ec.generate_private_key(ec.SECP256K1())), "cannot be used", id="secp256k1"),
    pytest.param(pem(x25519.X25519PrivateKey.generate()), "cannot be used", id="X25519"),
    pytest.param("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "cannot be used", id="garbage"),
    pytest.param(pem(EC_KEY) * (MAX_KEYS_IN_FILE + 1), "more than 10 keys", id="many"),
    pytest.param(pem(EC_KEY) * 2, "two keys with the same kid", id="twice"),
    pytest.param("x" * (MAX_KEY_FILE + 1), "more than 65536 bytes", id="large"),
    pytest.param(
        pem(EC_KEY) + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "certificate that cannot be read",
        id="broken certificate",
    ),
    pytest.param("{", "not JSON", id="broken JSON"),
    pytest.param('{"keys": []}', "without keys", id="no keys"),
    pytest.param('{"keys": {}}', "without keys", id="keys is not a list"),
    pytest.param('{"keys": [1]}', "not a JWK", id="no object"),
    pytest.param(json.dumps(jwk(GOOD_EC, kty=1)), "not a JWK", id="kty is a number"),
    pytest.param(json.dumps(jwk(GOOD_EC, alg=1)), "not a JWK", id="alg is a number"),
    pytest.param(json.dumps(jwk(GOOD_EC, use=1)), "not a JWK", id="use is a number"),
    pytest.param("{}", "without its private part", id="empty object"),
    pytest.param(json.dumps(GOOD_EC.as_dict(private=False)), "without its private part", id="public JWK"),
    pytest.param(json.dumps(OctKey.generate_key(256).as_dict(private=True)), "without its private part", id="oct"),
    pytest.param(json.dumps({"kty": "oct", "k": "AAAA", "d": "AAAA"}), "cannot be used", id="oct with d"),
    pytest.param(json.dumps({"kty": "RSA", "n": 1, "d": LONG}), "cannot be used", id="n is a number"),
    pytest.param(json.dumps(jwk(GOOD_EC, kid=1)), "whose kid is not a text", id="kid is a number"),
    pytest.param(json.dumps(jwk(GOOD_EC, kid="a\nb")), "whose kid is not a text", id="kid of two lines"),
    pytest.param(json.dumps(jwk(GOOD_EC, alg="RS256")), "whose alg is none of ES256", id="alg of another kind"),
    pytest.param(json.dumps(jwk(GOOD_EC, x5c=["!"])), "x5c", id="x5c"),
    pytest.param(json.dumps(jwk(GOOD_EC, x5c=1)), "x5c", id="x5c is a number"),
    pytest.param(
        json.dumps(jwk(GOOD_EC, x5c=[f"{CERTIFICATE[:60]}\n{CERTIFICATE[60:]}"])), "x5c", id="x5c of two lines"
    ),
    pytest.param(json.dumps(jwk(OKPKey.generate_key("X25519"))), "that cannot be used", id="X25519 JWK"),
    pytest.param(json.dumps(jwk(ECKey.generate_key("secp256k1"))), "that cannot be used", id="secp256k1 JWK"),
    pytest.param(
        json.dumps(jwk(OKPKey.generate_key("Ed25519"), x=OKPKey.generate_key("Ed25519").as_dict(private=False)["x"])),
        "do not belong together",
        id="halves of two Ed25519 keys",
    ),
    pytest.param(json.dumps(jwk(OKPKey.generate_key("Ed25519"), x="AQAB")), "do not belong together", id="short x"),
    pytest.param(
        json.dumps({**jwk(GOOD_EC), "d": OTHER_EC.as_dict(private=True)["d"]}),
        "cannot be used|do not belong together",
        id="halves of two EC keys",
    ),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_a_file_that_cannot_be_used(text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        read(text)
    assert "the file" in caught.value.detail
    for part in text.splitlines()[1:-1]:
        assert len(part) < 20 or part not in caught.value.detail


@given(st.text(max_size=200) | st.from_regex(r"\{\"kty\": \"(RSA|EC|OKP)\", \"d\": [^}]*\}", fullmatch=True))
def test_any_text_is_keys_or_a_configuration_error(text: str) -> None:
    with pytest.raises(ConfigurationError):
        read(text)


MEMBERS = st.dictionaries(
    st.sampled_from(["kty", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "kid", "alg", "use", "x5c"]),
    st.sampled_from(["", "AQAB", LONG, "RSA", "EC", "OKP", "enc", "P-256", "Ed25519"]) | st.none() | st.integers(),
)


@given(MEMBERS, st.sampled_from([RSAKey.generate_key(2048), GOOD_EC, OKPKey.generate_key("Ed25519")]))
def test_a_damaged_jwk_is_a_key_or_a_configuration_error(members: dict[str, Any], good: Any) -> None:
    try:
        (key,) = read(json.dumps(jwk(good, **members)))
    except ConfigurationError:
        return
    if key.algorithms:
        token = sign(key, {}, typ="JWT")
        name = key.algorithms[0]
        assert jwt.decode(token, jwt.PyJWK(key.public(), name), [name]) == {}


# --- the algorithm ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offered", "chosen"), [(None, "RS256"), (["PS256", "ES256"], "PS256"), (["PS256", "RS256"], "RS256")]
)
def test_the_algorithm_is_one_that_the_provider_accepts(offered: list[str] | None, chosen: str) -> None:
    (key,) = read(pem(RSA_KEY))
    assert algorithm_for(key, offered, "client_key_file") == chosen


@pytest.mark.parametrize("offered", [[], ["ES256"], ["none"]])
def test_no_algorithm_that_both_know(offered: list[str]) -> None:
    (key,) = read(pem(RSA_KEY))
    with pytest.raises(ConfigurationError, match="client_key_file: the key signs with RS256 or PS256"):
        algorithm_for(key, offered, "client_key_file")


def test_a_key_signs_with_its_own_algorithms_only() -> None:
    (key,) = read(pem(EC_KEY))
    for name in ("RS256", "HS256", "none", "ES384"):
        with pytest.raises(ConfigurationError, match=f"cannot sign with {name}"):
            sign(key, {}, typ="JWT", alg=name)
