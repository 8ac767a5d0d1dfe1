"""ID tokens with real keys, signed by PyJWT, which is independent of the implementation under test."""

import json
import sys
import tracemalloc
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed448
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OctKey, OKPKey, RSAKey

from oauthenticator_suite.errors import InvalidToken
from oauthenticator_suite.protocol.id_token import (
    MAX_AGE_AT_LOGIN,
    MAX_TOKEN_BYTES,
    TENANT,
    IDToken,
    check_claims,
    verify_id_token,
    verify_signature,
)
from tests.fuzz.strategies.id_tokens import (
    ACCESS_TOKEN,
    ALL_ALGORITHMS,
    ANY_TEXT,
    CLIENT_ID,
    ISSUER,
    JSON_VALUES,
    NONCE,
    NOW,
    SUBJECT,
    Draft,
    b64,
    expectations,
    half_hash,
    jose_key,
    key_set,
    keys_for,
    kind_of,
    private_key,
    provider_jwk,
    public_jwk,
)


def verify(draft: Draft, **changes: Any) -> dict[str, Any]:
    return verify_id_token(draft.serialize(), keys_for(draft.alg), expectations(draft.alg, **changes), NOW)


def refused(claim: str, draft: Draft, **changes: Any) -> InvalidToken:
    with pytest.raises(InvalidToken) as caught:
        verify(draft, **changes)
    assert caught.value.claim == claim
    assert_silent(caught.value)
    return caught.value


def assert_silent(error: InvalidToken) -> None:
    """The error contains nothing secret from the token, and little of what is not secret."""
    text = f"{error} {error.detail} {error.public_message} {error.expected} {error!r}"
    assert "canary" not in text
    assert "eyJ" not in text
    assert len(error.detail) < 600


def with_claims(**changes: Any) -> Draft:
    draft = Draft.good()
    draft.claims.update(changes)
    return draft


def without_claim(name: str) -> Draft:
    draft = Draft.good()
    del draft.claims[name]
    return draft


def with_header(**changes: Any) -> Draft:
    draft = Draft.good()
    draft.header.update(changes)
    return draft


# --- what is accepted ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ALL_ALGORITHMS)
def test_a_good_token_of_every_algorithm_is_accepted(alg: str) -> None:
    """C idtoken-sig-rs256: and every other algorithm that may be allowed."""
    draft = Draft.good(alg)
    assert verify(draft) == draft.claims


@pytest.mark.parametrize(
    "draft",
    [
        with_claims(aud=[CLIENT_ID]),
        with_claims(aud=[CLIENT_ID, "other"], azp=CLIENT_ID),
        with_claims(azp=CLIENT_ID),
        with_claims(exp=NOW + 0.5, iat=NOW - 0.25, nbf=NOW),
        with_claims(exp=NOW - 59),
        with_claims(iat=NOW + 60, nbf=NOW + 60),
        with_claims(sub="x" * 255),
        with_claims(future={"any": ["thing"]}),
        with_header(x5t="abc", foo=1),
        with_header(typ="jwt"),
        without_claim("at_hash"),
    ],
)
def test_every_lawful_variation_is_accepted(draft: Draft) -> None:
    """C valid-aud-as-array: and clocks up to the leeway apart, fractions of seconds, unknown claims and headers."""
    assert verify(draft) == draft.claims


def test_a_token_without_kid_is_tried_with_every_key_that_fits() -> None:
    """C kid-absent-single-jwks, kid-absent-multiple-jwks."""
    draft = Draft.good("ES256")
    del draft.header["kid"]
    assert verify(draft)["sub"] == SUBJECT


def test_a_parsed_token_and_a_sequence_of_keys_serve_as_well() -> None:
    token = IDToken.parse(Draft.good().serialize())
    assert verify_id_token(token, [jose_key("P-256"), jose_key("RSA")], expectations(), NOW)["sub"] == SUBJECT


def test_known_answer_of_rfc_8037() -> None:
    """RFC 8037 appendix A.4: an Ed25519 signature from the RFC, made by neither library."""
    key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
    raw = (
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )
    verify_signature(IDToken({"alg": "EdDSA"}, {}, raw), [key])
    with pytest.raises(InvalidToken):
        verify_signature(IDToken({"alg": "EdDSA"}, {}, raw.replace("RXh", "RYh")), [key])


def test_known_answer_of_at_hash() -> None:
    """OpenID Connect Core, appendix A.3."""
    token = IDToken({"alg": "RS256"}, {**Draft.good().claims, "at_hash": "77QmUPtjPfzWtF2AnpK9RQ"}, "")
    check_claims(token, expectations(access_token="jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), NOW)


# --- form ------------------------------------------------------------------------------------------------------------


def carrying(payload: bytes, header: bytes = b"{}") -> str:
    return f"{b64(header)}.{b64(payload)}.AAAA"


@pytest.mark.parametrize(
    "raw",
    [
        "",
        ".",
        "..",
        "a",
        "e30.e30",
        "e30.e30.",
        ".e30.AAAA",
        "e30..AAAA",
        "e30.e30.AAAA.AAAA",
        "e30.e30.AAAA.AAAA.AAAA",
        "e30=.e30.AAAA",
        "e30.e30.AAA=",
        " e30.e30.AAAA",
        "e30.e30.AAAA\n",
        "e30.e30.AA+/",
        "e30.e30.AAAAA",
        "e30.e30.AB",
        "e30.e30.AAB",
        "e31.e30.AAAA",
        "é30.e30.AAAA",
        "e30.e30.٠٠٠٠",
        "e30.bnVsbA.AAAA",
        "e30.W10.AAAA",
        "bnVsbA.e30.AAAA",
        carrying(b'{"a": NaN}'),
        carrying(b'{"exp": 1e999}'),
        carrying(b"[" * 30000),
        carrying(b"{}", header=b'{"a":' * 6 + b"1" + b"}" * 6),
        carrying(b"\xff\xfe{}"),
        carrying(b"\xef\xbb\xbf{}"),
        carrying(rb'{"sub": "\ud800"}'),
    ],
)
def test_malformed_tokens_are_refused(raw: str) -> None:
    with pytest.raises(InvalidToken) as caught:
        IDToken.parse(raw)
    assert caught.value.claim == "id_token"
    assert_silent(caught.value)


@pytest.mark.parametrize("value", [None, 5, b"e30.e30.AAAA", ["e30.e30.AAAA"], {}])
def test_a_token_that_is_not_a_string_is_refused(value: Any) -> None:
    with pytest.raises(InvalidToken):
        IDToken.parse(value)


def test_f58_an_encrypted_token_is_refused() -> None:
    """F58, H joserfc: JWE is off, and so is PBES2 with its iterations."""
    header = b64(b'{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AAAA"}')
    with pytest.raises(InvalidToken, match="JWE"):
        IDToken.parse(f"{header}.AAAA.AAAA.AAAA.AAAA")
    refused("alg", with_header(alg="PBES2-HS256+A128KW", p2c=2147483647))


@pytest.mark.parametrize("where", ["header", "claims"])
@pytest.mark.parametrize("tail", [', "alg": "RS256"', ', "sub": "canary-other"', ', "x": 1, "x": 1'])
def test_f57_a_duplicate_member_is_refused(where: str, tail: str) -> None:
    """F57: in the header or in the claims, also when both have one value."""
    draft = Draft.good()
    draft.header["sub"] = "x"
    draft.claims["alg"] = "x"
    draft.json_tail[where] = tail
    refused("id_token", draft)


@pytest.mark.parametrize(
    "raw",
    [
        "A" * 1_000_000,
        "." * 1_000_000,
        "é" * 1_000_000,
        "A" * 500_000 + ".e30." + "A" * 500_000,
        carrying(b'{"a":' * 150_000),
    ],
)
def test_h_a_megabyte_is_refused_unread(raw: str) -> None:
    """H Authlib 1.6.5, joserfc CVE-2026-27932, CVE-2025-65015: nothing is decoded before the size is known.

    No part of it is copied, and a handful of functions are called.
    """
    calls: list[str] = []
    tracemalloc.start()
    sys.setprofile(lambda frame, event, _: calls.append(event))
    try:
        with pytest.raises(InvalidToken) as caught:
            IDToken.parse(raw)
    finally:
        sys.setprofile(None)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 100_000
    assert len(calls) < 100
    assert_silent(caught.value)


@pytest.mark.parametrize(
    "raw",
    [
        "." * MAX_TOKEN_BYTES,
        carrying(b"[" * 49_000),
        carrying(b'{"a":' * 9_800),
        carrying(b'{"a":' + b"9" * 48_000 + b"}"),
        carrying(b'{"a":[' + b"1," * 24_000 + b"1]}")[:-1] + "!",
    ],
)
def test_h_the_worst_token_of_the_largest_size_is_refused(raw: str) -> None:
    assert len(raw) <= MAX_TOKEN_BYTES
    with pytest.raises(InvalidToken):
        IDToken.parse(raw)


def test_nothing_of_a_token_shows_in_its_repr() -> None:
    token = IDToken.parse(Draft.good().serialize())
    assert "canary" not in repr(token)
    assert "eyJ" not in repr(token)
    assert "canary" not in repr(expectations())


# --- header ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "NONE", "", None, 0, True, ["RS256"], {"RS256": 1}, "canary"])
def test_f42_none_and_nonsense_are_refused(alg: Any) -> None:
    """F42, C idtoken-sig-none, invalid-null-alg, H Authlib CVE-2026-28802: also when an option allows them."""
    allowed = frozenset({"RS256", alg}) if isinstance(alg, str) else frozenset({"RS256"})
    refused("alg", with_header(alg=alg), algorithms=allowed)


def test_a_header_without_alg_is_refused() -> None:
    draft = Draft.good()
    del draft.header["alg"]
    refused("alg", draft)


@pytest.mark.parametrize("alg", [name for name in ALL_ALGORITHMS if name != "RS256"])
def test_an_algorithm_that_is_not_allowed_is_refused(alg: str) -> None:
    """C invalid-alternate-alg, H PyJWT: a valid signature of an algorithm that is not allowed."""
    error = refused("alg", Draft.good(alg), algorithms=frozenset({"RS256"}))
    assert error.expected == "RS256"
    assert alg in error.detail


@pytest.mark.parametrize("form", ["PEM", "DER", "JWK"])
@pytest.mark.parametrize("kind", ["RSA", "P-256", "P-384", "P-521", "Ed25519"])
def test_f43_hs256_with_a_public_key_as_secret_is_refused(kind: str, form: str) -> None:
    """F43, C invalid-sig-hs256, H Authlib CVE-2024-37568, PyJWT CVE-2022-29217: even where HS256 is allowed."""
    public = private_key(kind).public_key()
    if form == "JWK":
        mac_key = json.dumps(provider_jwk(kind)).encode()
    else:
        encoding = getattr(serialization.Encoding, form)
        mac_key = public.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
    draft = Draft.good()
    draft.header.update(alg="HS256", kid=kind)
    draft.mac_key = mac_key
    refused("alg", draft)
    # at_hash is SHA-256 for both algorithms: what refuses the token is the key alone.
    refused("signature", draft, algorithms=frozenset({"RS256", "HS256"}))
    with pytest.raises(InvalidToken):
        verify_signature(IDToken.parse(draft.serialize()), [jose_key(kind)])


def test_a_guessable_secret_proves_nothing() -> None:
    """RFC 7518 §3.2; an empty secret is known to every attacker."""
    for secret in (b"", b"short"):
        draft = Draft.good("HS256")
        draft.mac_key = secret
        with pytest.raises(InvalidToken) as caught:
            verify_signature(IDToken.parse(draft.serialize()), [OctKey(secret, secret)])
        assert caught.value.claim == "signature"


@pytest.mark.parametrize("value", [["exp"], ["b64"], [], "exp", None, ["unknown"]])
def test_f46_crit_is_refused(value: Any) -> None:
    """F46, H Authlib CVE-2025-59420, PyJWT CVE-2026-32597: any crit, even for a known parameter."""
    refused("crit", with_header(crit=value, unknown=1))


@pytest.mark.parametrize("value", [True, False, None])
def test_b64_is_refused(value: Any) -> None:
    """H PyJWT CVE-2026-48525: b64 is refused in ID tokens, with either value."""
    refused("b64", with_header(b64=value))


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_f45_a_key_in_the_header_is_refused(name: str) -> None:
    """F45, H Authlib CVE-2026-27962: signed with the attacker's key, which the header presents."""
    attacker = private_key("RSA", "attacker")
    value = {
        "jwk": public_jwk(attacker.public_key()),
        "jku": "https://attacker.example/jwks",
        "x5u": "https://attacker.example/cert",
        "x5c": ["MIIB"],
    }[name]
    draft = with_header(**{name: value})
    draft.signing_key = attacker
    refused(name, draft)


@pytest.mark.parametrize("kid", [None, 5, ["RSA"], {"RSA": 1}, True])
def test_kid_must_be_a_string(kid: Any) -> None:
    refused("kid", with_header(kid=kid))


@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "logout+jwt", "AT+JWT", "dpop+jwt", None, 5, ["JWT"]])
def test_another_kind_of_token_is_refused(typ: Any) -> None:
    """RFC 8725 §3.11: an access token (RFC 9068) or a logout token is not accepted as an ID token, with any signature."""
    refused("typ", with_header(typ=typ))


# --- claims ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "https://other.example",
        ISSUER + "/",
        ISSUER.upper(),
        ISSUER.replace("https", "http"),
        ISSUER + " ",
        "",
        None,
        5,
        [ISSUER],
        {ISSUER: 1},
    ],
)
def test_f48_another_issuer_is_refused(value: Any) -> None:
    """F48, C invalid-iss, H PyJWT: compared exactly, and never as 'contained in'."""
    assert refused("iss", with_claims(iss=value)).expected == ISSUER


def test_f48_a_token_without_issuer_is_refused() -> None:
    refused("iss", without_claim("iss"))


TENANT_ID = "3aa0f4d2-6f0e-4f6b-9a86-0d0a3d1b6a52"
ISSUER_OF_TENANTS = f"https://login.example/{TENANT}/v2.0"


def of_tenant(tid: Any, tenant_in_iss: str = TENANT_ID) -> Draft:
    return with_claims(iss=f"https://login.example/{tenant_in_iss}/v2.0", tid=tid)


def test_the_issuer_of_several_tenants_names_the_tenant_of_the_account() -> None:
    assert verify(of_tenant(TENANT_ID), issuer=ISSUER_OF_TENANTS)["tid"] == TENANT_ID


@pytest.mark.parametrize("tid", [None, 7, "", "common", TENANT, TENANT_ID + "/evil", [TENANT_ID]])
def test_a_tenant_that_is_no_guid_is_refused(tid: Any) -> None:
    refused("tid", of_tenant(tid, str(tid)), issuer=ISSUER_OF_TENANTS)


def test_the_issuer_of_another_tenant_is_refused() -> None:
    other = TENANT_ID.replace("3", "4")
    refused("iss", of_tenant(other), issuer=ISSUER_OF_TENANTS)
    refused("iss", of_tenant(TENANT_ID, TENANT), issuer=ISSUER_OF_TENANTS)


def test_an_unknown_issuer_leaves_iss_alone_but_not_its_type() -> None:
    assert verify(with_claims(iss="https://other.example"), issuer=None)
    assert verify(without_claim("iss"), issuer=None)
    for value in (None, 5, [ISSUER], {}):
        refused("iss", with_claims(iss=value), issuer=None)


@pytest.mark.parametrize(
    "value",
    ["other", "", "hub ", "HUB", "hubs", None, 5, True, [], ["other"], [5], [CLIENT_ID, 5], [[CLIENT_ID]], {}, ["h"]],
)
def test_f49_another_audience_is_refused(value: Any) -> None:
    """F49, C invalid-aud."""
    refused("aud", with_claims(aud=value))


def test_f49_a_token_without_audience_is_refused() -> None:
    """F49, C missing-aud."""
    refused("aud", without_claim("aud"))


def test_an_audience_named_twice_is_refused() -> None:
    refused("aud", with_claims(aud=[CLIENT_ID, CLIENT_ID], azp=CLIENT_ID))


def test_wrong_values_are_shown_quoted_and_bounded() -> None:
    """The operator sees what came next to what was expected. The values are no secrets; control characters are escaped."""
    hostile = "https://evil.example/\r\n\x1b[31mINFO forged line \u202e" + "x" * 3000
    detail = refused("iss", with_claims(iss=hostile)).detail
    assert detail.startswith(f"ID token: iss is another issuer: {hostile!a:.151}'… ({len(hostile)} characters), not ")
    assert detail.endswith(f"{ISSUER!a}")
    assert all(character.isprintable() for character in detail)
    detail = refused("aud", with_claims(aud=["one\n", *(f"n{number}" for number in range(100))])).detail
    assert detail == f"ID token: aud does not name this client: 'one\\n', 'n0', 'n1', not {CLIENT_ID!a}"
    assert refused("aud", with_claims(aud=[])).detail.endswith(f"this client: nothing, not {CLIENT_ID!a}")
    detail = refused("aud", with_claims(aud="n" * 61)).detail
    assert detail == f"ID token: aud does not name this client: '{'n' * 60}'… (61 characters), not {CLIENT_ID!a}"
    detail = refused("azp", with_claims(aud=[CLIENT_ID, "other"], azp="other")).detail
    assert detail.endswith("azp is another client: 'other'")
    assert refused("azp", with_claims(azp=7)).detail.endswith("azp is another client")


@pytest.mark.parametrize("azp", ["other", "", None, 5, [CLIENT_ID], "HUB"])
@pytest.mark.parametrize("aud", [CLIENT_ID, [CLIENT_ID], [CLIENT_ID, "other"]])
def test_f50_azp_must_be_this_client(azp: Any, aud: Any) -> None:
    """F50: whenever there is one."""
    refused("azp", with_claims(aud=aud, azp=azp))


def test_f50_several_audiences_need_azp() -> None:
    """F50, C invalid-secondary-aud."""
    refused("azp", with_claims(aud=[CLIENT_ID, "other"]))


NO_TIMES = ["1900000300", "", None, True, False, [NOW], {}, -1, -0.5, 2**53 + 2, 1e300, 10**30]


@pytest.mark.parametrize("value", [NOW - 61, NOW - 60, 0, NOW - 7200, *NO_TIMES])
def test_f51_exp_is_required_and_in_the_future(value: Any) -> None:
    """F51, C invalid-expired-exp, H mod_auth_openidc: exp 1e300 is bounded."""
    refused("exp", with_claims(exp=value))


@pytest.mark.parametrize("value", [NOW + 61, NOW + 7200, 2**53, *NO_TIMES])
def test_f52_iat_is_required_and_not_in_the_future(value: Any) -> None:
    refused("iat", with_claims(iat=value))


@pytest.mark.parametrize("value", [NOW + 61, 2**53, *NO_TIMES])
def test_f53_nbf_is_not_in_the_future(value: Any) -> None:
    refused("nbf", with_claims(nbf=value))


@pytest.mark.parametrize(("age", "ok"), [(659.0, True), (661.0, False), (604800.0, False), (1e9, False)])
def test_f52_an_old_token_is_refused_at_a_login_alone(age: float, ok: bool) -> None:
    """F52: it was not issued for this login, although it has not expired."""
    draft = with_claims(iat=NOW - age, exp=NOW + 604800)
    assert verify(draft)["iat"] == NOW - age
    if ok:
        assert verify(draft, max_age=MAX_AGE_AT_LOGIN)
    else:
        error = refused("iat", draft, max_age=MAX_AGE_AT_LOGIN)
        assert "a login accepts an ID token for 600 s and clock_tolerance" in error.detail


@pytest.mark.parametrize("name", ["exp", "iat"])
def test_missing_times_are_refused(name: str) -> None:
    """F51, F52, C missing-iat."""
    refused(name, without_claim(name))


def test_a_wrong_clock_is_named_with_its_seconds() -> None:
    """Scenario clock: ±30 s are accepted, ±10 minutes are refused with a detail that says so."""
    for skew in (-30, 30):
        assert verify(with_claims(iat=NOW + skew, exp=NOW + skew + 300))
    behind = refused("iat", with_claims(iat=NOW + 600, exp=NOW + 900))
    assert "600 s" in behind.detail
    assert "clock" in behind.detail
    ahead = refused("exp", with_claims(iat=NOW - 600, exp=NOW - 300))
    assert "300 s" in ahead.detail
    assert "clock" in ahead.detail


def test_leeway_is_the_callers() -> None:
    assert verify(with_claims(iat=NOW + 100), leeway=120.0)
    refused("iat", with_claims(iat=NOW + 1), leeway=0.0)
    refused("exp", with_claims(exp=NOW), leeway=0.0)


@pytest.mark.parametrize("value", ["", 5, None, True, ["x"], {}, "x" * 256, "jos\u00e9", "a\x00b", "a\nb", "a\x7f"])
def test_f54_sub_must_be_1_to_255_ascii_characters(value: Any) -> None:
    refused("sub", with_claims(sub=value))


def test_f54_a_token_without_sub_is_refused() -> None:
    """F54, C missing-sub."""
    refused("sub", without_claim("sub"))


@pytest.mark.parametrize("value", ["canary-other", "", NONCE + "x", NONCE.upper(), 5, None, [NONCE], True, "é"])
def test_f55_another_nonce_is_refused(value: Any) -> None:
    """F55, C nonce-invalid, B19."""
    assert refused("nonce", with_claims(nonce=value)).expected == ""


def test_f55_a_token_without_nonce_is_refused_when_one_was_sent() -> None:
    refused("nonce", without_claim("nonce"))
    assert verify(without_claim("nonce"), nonce=None)


@pytest.mark.parametrize("value", ["", "AAAA", 5, None, [], half_hash(ACCESS_TOKEN, "sha512"), ACCESS_TOKEN])
def test_f56_another_at_hash_is_refused(value: Any) -> None:
    """F56, C invalid-athash, B20."""
    refused("at_hash", with_claims(at_hash=value))


def test_at_hash_needs_an_access_token() -> None:
    assert verify(with_claims(at_hash="AAAA"), access_token=None)


@pytest.mark.parametrize("alg", ["XS256", "none", None, 5, "RS"])
def test_h_at_hash_of_an_unknown_algorithm_fails_closed(alg: Any) -> None:
    """H Authlib CVE-2026-28498: refused even if the header was not checked before."""
    token = IDToken({"alg": alg}, Draft.good().claims, "")
    with pytest.raises(InvalidToken) as caught:
        check_claims(token, expectations(), NOW)
    assert caught.value.claim == "at_hash"


# --- signature -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ALL_ALGORITHMS)
def test_f44_a_token_signed_with_another_key_is_refused(alg: str) -> None:
    """F44, C invalid-sig-rs256, invalid-sig-es256."""
    draft = Draft.good(alg)
    draft.signing_key = private_key(kind_of(alg), "attacker")
    refused("signature", draft)


@pytest.mark.parametrize("alg", ALL_ALGORITHMS)
def test_f44_claims_changed_after_signing_are_refused(alg: str) -> None:
    draft = Draft.good(alg)
    other = b64(json.dumps({**draft.claims, "sub": "admin"}).encode())
    draft.tampers.append(lambda parts: [parts[0], other, parts[2]])
    refused("signature", draft)


def test_f47_an_unknown_kid_is_refused() -> None:
    refused("signature", with_header(kid="canary"))


def test_an_algorithm_never_meets_a_key_of_another_family() -> None:
    """H PyJWT: header alg = key alg = allowed alg. Only a key that fits the allowed algorithm is tried, whatever the header says."""
    kinds = ("RSA", "P-256", "P-384", "P-521", "Ed25519", "oct")
    for alg in ALL_ALGORITHMS:
        token = IDToken.parse(Draft.good(alg).serialize())
        verify_signature(token, [jose_key(kind) for kind in kinds])
        with pytest.raises(InvalidToken, match="no known key"):
            verify_signature(token, [jose_key(kind) for kind in kinds if kind != kind_of(alg)])


def test_a_key_that_states_its_algorithm_serves_no_other() -> None:
    token = IDToken.parse(Draft.good("RS256").serialize())
    verify_signature(token, [jose_key("RSA", alg="RS256")])
    with pytest.raises(InvalidToken, match="no known key"):
        verify_signature(token, [jose_key("RSA", alg="PS256"), jose_key("RSA", alg="RS512")])


def test_ed448_is_not_accepted_as_eddsa() -> None:
    """Its at_hash needs a hash function that the header does not determine."""
    private = ed448.Ed448PrivateKey.generate()
    draft = Draft.good("EdDSA")
    draft.signing_key = private
    with pytest.raises(InvalidToken, match="no known key"):
        verify_signature(IDToken.parse(draft.serialize()), [OKPKey.import_key(public_jwk(private.public_key()))])


def test_the_number_of_keys_tried_is_bounded() -> None:
    token = IDToken.parse(Draft.good().serialize())
    others = [RSAKey.import_key(public_jwk(private_key("RSA", "attacker").public_key()))] * 10
    with pytest.raises(InvalidToken, match="none of 10"):
        verify_signature(token, [*others, jose_key("RSA")])
    verify_signature(token, [*others[1:], jose_key("RSA")])


@pytest.mark.parametrize("alg", [None, "none", 5, "canary", ["RS256"], {}])
def test_verify_signature_alone_refuses_an_unknown_algorithm(alg: Any) -> None:
    with pytest.raises(InvalidToken) as caught:
        verify_signature(IDToken({"alg": alg}, {}, "e30.e30."), [jose_key("RSA"), jose_key("oct")])
    assert caught.value.claim == "signature"
    assert_silent(caught.value)


@pytest.mark.parametrize("alg", [None, 5, "canary", ["RS256"], {}])
def test_check_claims_alone_refuses_an_at_hash_of_an_unknown_algorithm(alg: Any) -> None:
    with pytest.raises(InvalidToken) as caught:
        check_claims(IDToken({"alg": alg}, Draft.good().claims, ""), expectations(), NOW)
    assert caught.value.claim == "at_hash"


# --- what an operator reads ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("e31.e30.AAAA", "ID token: header: "),
        ("e30.e31.AAAA", "ID token: payload: "),
        ("!!!!.e30.AAAA", "ID token: header: "),
        ("e30.!!!!.AAAA", "ID token: payload: "),
        ("e30.e30.AAAAA", "ID token: signature: "),
        ("bnVsbA.e30.AAAA", "ID token: header: "),
        ("e30.bnVsbA.AAAA", "ID token: payload: "),
        ("e30.e30.", "not signed"),
        ("e30.e30", "2 parts, not 3"),
        ("e30.e30.AAAA.AAAA.AAAA", "encrypted"),
        ("A" * (MAX_TOKEN_BYTES + 1), f"{MAX_TOKEN_BYTES + 1} characters long; the maximum is {MAX_TOKEN_BYTES}"),
        ("A" * MAX_TOKEN_BYTES, "1 parts, not 3"),
        (None, "of type NoneType instead of a string"),
    ],
)
def test_the_error_names_the_malformed_part(raw: Any, says: str) -> None:
    with pytest.raises(InvalidToken) as caught:
        IDToken.parse(raw)
    assert caught.value.claim == "id_token"
    assert says in caught.value.detail


def test_a_token_without_a_type_is_accepted() -> None:
    """OpenID Connect Core requires no typ."""
    draft = Draft.good()
    del draft.header["typ"]
    assert verify(draft) == draft.claims


def test_the_error_says_what_was_expected() -> None:
    assert refused("typ", with_header(typ="at+jwt")).expected == "JWT"
    assert refused("aud", with_claims(aud=["a", "a"])).expected == CLIENT_ID
    assert refused("aud", with_claims(aud=None)).expected == CLIENT_ID
    assert refused("aud", with_claims(aud="another")).expected == CLIENT_ID
    assert refused("azp", with_claims(azp="another")).expected == CLIENT_ID
    assert refused("azp", with_claims(aud=[CLIENT_ID, "other"])).expected == CLIENT_ID
    error = refused("alg", Draft.good("PS256"), algorithms=frozenset({"RS256", "ES256"}))
    assert error.expected == "ES256, RS256"
    assert "alg none is not allowed" in refused("alg", with_header(alg="none")).detail
    assert "alg is missing or unknown" in refused("alg", with_header(alg="canary")).detail


@pytest.mark.parametrize(("claim", "value"), [("sub", 7), ("nonce", 7), ("exp", "x"), ("iat", []), ("iss", 7)])
def test_the_error_tells_a_missing_claim_from_one_of_another_type(claim: str, value: Any) -> None:
    assert f"{claim} is missing" in refused(claim, without_claim(claim)).detail
    assert "missing" not in refused(claim, with_claims(**{claim: value})).detail


def test_limits_of_claims() -> None:
    """The shortest subject, the first and the last time."""
    assert verify(with_claims(sub="x"))["sub"] == "x"
    assert verify(with_claims(nbf=0))["nbf"] == 0
    assert verify(with_claims(exp=2**53))["exp"] == 2**53


@given(st.text(max_size=200) | st.lists(st.binary(max_size=60).map(b64), max_size=6).map(".".join))
def test_any_text_is_refused_with_our_own_error(raw: str) -> None:
    with pytest.raises(InvalidToken) as caught:
        verify_id_token(raw, key_set(), expectations(), NOW)
    assert_silent(caught.value)


@given(
    st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "x"]), JSON_VALUES | ANY_TEXT),
    st.dictionaries(
        st.sampled_from(["iss", "sub", "aud", "azp", "exp", "iat", "nbf", "nonce", "at_hash"]), JSON_VALUES | ANY_TEXT
    ),
)
def test_any_json_is_refused_with_our_own_error(header: dict[str, Any], claims: dict[str, Any]) -> None:
    draft = Draft.good("EdDSA")
    draft.header.update(header)
    draft.claims.update({**claims, "nonce": "not the one"})
    with pytest.raises(InvalidToken):
        verify(draft)
