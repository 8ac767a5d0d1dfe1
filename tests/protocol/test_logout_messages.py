"""Logout: requests to the provider, and the verification of logout tokens."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from oauthenticator_suite.errors import (
    ClientRefused,
    ConfigurationError,
    InvalidResponse,
    InvalidToken,
    ProviderBusy,
    ProviderUnreachable,
    TokenResponseError,
)
from oauthenticator_suite.protocol.client import Client
from oauthenticator_suite.protocol.id_token import Expectations, IDToken, verify_id_token
from oauthenticator_suite.protocol.jwks import KeySet, parse_jwks
from oauthenticator_suite.protocol.logout import (
    BACKCHANNEL_LOGOUT_EVENT,
    LogoutToken,
    is_session_of,
    logout_url,
    process_revocation_response,
    revocation_request,
    session_id,
    verify_logout_token,
)
from oauthenticator_suite.protocol.messages import Response
from tests.fakes.openid_provider.keys import SigningKeys, sign

NOW = 1_900_000_000.0
ISSUER = "https://op.example/tenant"
CLIENT_ID = "hub"
CANARIES = {"sub": "canary-subject", "sid": "canary-sid", "jti": "canary-jti"}
SIGNING = SigningKeys("ES256")
ENDPOINT = "https://op.example/logout"
JSON = {"content-type": "application/json"}


def keys() -> KeySet:
    return parse_jwks(Response(200, JSON, json.dumps(SIGNING.jwks()).encode()))


def expectations(**changes: Any) -> Expectations:
    values = {"client_id": CLIENT_ID, "issuer": ISSUER, "nonce": None, "access_token": None}
    return Expectations(**{**values, "algorithms": frozenset({"ES256"}), **changes})


def good() -> tuple[dict[str, Any], dict[str, Any]]:
    header = {"alg": "ES256", "kid": SIGNING.current.kid, "typ": "logout+jwt"}
    claims = {"iss": ISSUER, "aud": CLIENT_ID, "iat": NOW - 1, "exp": NOW + 120, **CANARIES}
    return header, {**claims, "events": {BACKCHANNEL_LOGOUT_EVENT: {}}}


def serialize(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return sign(header, json.dumps(claims), SIGNING.current if header.get("alg") == "ES256" else b"secret")


def verify(header: dict[str, Any], claims: dict[str, Any], now: float = NOW) -> LogoutToken:
    return verify_logout_token(serialize(header, claims), keys(), expectations(), now)


def refused(header: dict[str, Any], claims: dict[str, Any]) -> InvalidToken:
    with pytest.raises(InvalidToken) as caught:
        verify(header, claims)
    shown = f"{caught.value} {caught.value.detail} {caught.value.public_message} {caught.value.expected}"
    assert "canary" not in shown
    return caught.value


# --- logout tokens ---------------------------------------------------------------------------------------------------


def test_a_good_token() -> None:
    assert verify(*good()) == LogoutToken("canary-jti", "canary-subject", "canary-sid", NOW - 1, NOW + 120)
    assert "canary" not in repr(verify(*good()))


def test_a_token_that_was_parsed_before() -> None:
    header, claims = good()
    token = IDToken.parse(serialize(header, claims))
    assert verify_logout_token(token, keys(), expectations(), NOW) == verify(header, claims)


@pytest.mark.parametrize("missing", ["sub", "sid"])
def test_sub_or_sid_is_enough(missing: str) -> None:
    header, claims = good()
    del claims[missing]
    token = verify(header, claims)
    assert (token.subject, token.sid) == (claims.get("sub"), claims.get("sid"))


@pytest.mark.parametrize("typ", ["logout+jwt", "LOGOUT+JWT", "application/logout+jwt", "JWT", None])
def test_types_that_are_right(typ: str | None) -> None:
    header, claims = good()
    header["typ"] = typ
    if typ is None:
        del header["typ"]
    assert verify(header, claims).sid == "canary-sid"


@pytest.mark.parametrize(
    "typ", ["at+jwt", "application/at+jwt", "secevent+jwt", "xlogout+jwt", 1, None, ["logout+jwt"]]
)
def test_types_that_are_another_tokens(typ: Any) -> None:
    """RFC 8725 §3.11."""
    header, claims = good()
    error = refused({**header, "typ": typ}, claims)
    assert error.claim == "typ"
    assert error.expected == ("logout+jwt" if isinstance(typ, str) else "")


def test_more_events_do_no_harm() -> None:
    """Keycloak adds an event for ended offline sessions."""
    header, claims = good()
    claims["events"]["revoke_offline_access"] = True
    assert verify(header, claims).jti == "canary-jti"


@pytest.mark.parametrize(
    "events",
    [
        None, {}, [], "", [BACKCHANNEL_LOGOUT_EVENT], BACKCHANNEL_LOGOUT_EVENT, {BACKCHANNEL_LOGOUT_EVENT: None},
        {BACKCHANNEL_LOGOUT_EVENT: True}, {BACKCHANNEL_LOGOUT_EVENT: []}, {BACKCHANNEL_LOGOUT_EVENT: "{}"},
        {BACKCHANNEL_LOGOUT_EVENT + "/": {}}, {BACKCHANNEL_LOGOUT_EVENT.upper(): {}}, {"x": {BACKCHANNEL_LOGOUT_EVENT: {}}},
    ],
)  # fmt: skip
def test_events_that_are_no_logout(events: Any) -> None:
    header, claims = good()
    error = refused(header, {**claims, "events": events})
    assert (error.claim, error.expected) == ("events", BACKCHANNEL_LOGOUT_EVENT)


@pytest.mark.parametrize("name", ["iss", "aud", "iat", "jti", "events"])
def test_required_claims(name: str) -> None:
    """H (mod_auth_openidc 2026-08): a logout token needs iat and jti."""
    header, claims = good()
    del claims[name]
    assert refused(header, claims).claim == name


def test_neither_sub_nor_sid() -> None:
    header, claims = good()
    del claims["sub"], claims["sid"]
    assert refused(header, claims).claim == "sub"


@pytest.mark.parametrize("nonce", ["n", "", None, 0, False])
def test_a_nonce_makes_it_something_else(nonce: Any) -> None:
    header, claims = good()
    assert refused(header, {**claims, "nonce": nonce}).claim == "nonce"


@pytest.mark.parametrize("alg", ["none", "HS256", "RS256", "", None, 1])
def test_other_algorithms(alg: Any) -> None:
    header, claims = good()
    assert refused({**header, "alg": alg}, claims).claim == "alg"


def test_another_key() -> None:
    header, claims = good()
    raw = sign(header, json.dumps(claims), SIGNING.unpublished())
    with pytest.raises(InvalidToken) as caught:
        verify_logout_token(raw, keys(), expectations(), NOW)
    assert caught.value.claim == "signature"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "https://op.example/tenant/"), ("iss", None), ("aud", "other"), ("aud", [CLIENT_ID, "other"]), ("aud", []),
        ("sub", ""), ("sub", 7), ("sub", None), ("sub", "s" * 256), ("sid", ""), ("sid", 7), ("sid", None), ("sid", "s" * 1025),
        ("jti", ""), ("jti", 7), ("jti", None), ("jti", "j" * 1025), ("iat", NOW + 3600), ("iat", "now"), ("iat", True),
        ("exp", NOW - 61), ("exp", 1e300), ("exp", str(NOW + 60)),
    ],
)  # fmt: skip
def test_claims_that_are_wrong(name: str, value: Any) -> None:
    header, claims = good()
    wrong = refused(header, {**claims, name: value}).claim
    assert wrong == ("azp" if value == [CLIENT_ID, "other"] else name)


@pytest.mark.parametrize("length", [1, 1024])
def test_identifiers_have_1_to_1024_characters(length: int) -> None:
    header, claims = good()
    token = verify(header, {**claims, "jti": "j" * length, "sid": "s" * length})
    assert (token.jti, token.sid) == ("j" * length, "s" * length)
    assert session_id({"sid": "s" * length}) == "s" * length


def test_the_keys_may_be_a_list() -> None:
    header, claims = good()
    listed = keys().candidates(header)
    assert verify_logout_token(serialize(header, claims), listed, expectations(), NOW) == verify(header, claims)
    with pytest.raises(InvalidToken):
        verify_logout_token(serialize(header, claims), [], expectations(), NOW)


def test_an_id_token_is_no_logout_token_nor_the_other_way_round() -> None:
    """RFC 8725 §2.8: each is refused where the other belongs."""
    header, claims = good()
    id_token = {**claims, "nonce": "n"}
    del id_token["events"], id_token["sid"], id_token["jti"]
    refused({**header, "typ": "JWT"}, id_token)
    for typ, nonce in (("logout+jwt", None), ("JWT", "n")):
        with pytest.raises(InvalidToken):
            verify_id_token(serialize({**header, "typ": typ}, claims), keys(), expectations(nonce=nonce), NOW)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
REQUIRED = ["iss", "aud", "iat", "jti", "events"]


def changes_nothing(name: str, value: Any) -> bool:
    """Whether a token is still valid with this value of this claim."""
    if name in ("sid", "jti"):
        return isinstance(value, str) and 1 <= len(value) <= 1024
    if name == "sub":
        return isinstance(value, str) and 1 <= len(value) <= 255 and value.isascii() and value.isprintable()
    if name in ("iat", "exp"):
        number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 2**53
        return number and (NOW - 660 < value <= NOW + 60 if name == "iat" else value > NOW - 60)
    if name == "nbf":
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= NOW + 60
    return name == "x"


@given(
    st.dictionaries(
        st.sampled_from([*REQUIRED, "exp", "sub", "sid", "nbf", "nonce", "azp", "x"]), ANY_JSON, min_size=1, max_size=3
    ),
    st.sets(st.sampled_from([*REQUIRED, "exp", "sub", "sid"]), max_size=2),
)
def test_a_mutated_token_is_refused_unless_the_change_is_neutral(changes: dict[str, Any], removed: set[str]) -> None:
    """Fuzz target 4, for logout tokens: claims are added and removed."""
    header, claims = good()
    claims.update(changes)
    for name in removed:
        del claims[name]
    left = {name: value for name, value in changes.items() if name not in removed}
    fine = all(changes_nothing(name, value) for name, value in left.items())
    harmful = not fine or bool(removed & set(REQUIRED)) or removed >= {"sub", "sid"}
    event("harmful" if harmful else "neutral")
    if harmful:
        refused(header, claims)
    else:
        assert verify(header, claims).jti == claims["jti"]


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_flipped_byte_is_refused(position: int, change: int) -> None:
    raw = bytearray(serialize(*good()).encode())
    raw[position % len(raw)] ^= change
    with pytest.raises(InvalidToken):
        verify_logout_token(raw.decode("latin-1"), keys(), expectations(), NOW)


@given(st.text(max_size=300))
def test_any_text_is_refused_with_our_own_error(raw: str) -> None:
    with pytest.raises(InvalidToken):
        verify_logout_token(raw, keys(), expectations(), NOW)


# --- how long a token is good ----------------------------------------------------------------------------------------


def test_a_token_is_good_for_ten_minutes_whatever_it_says() -> None:
    """From its iat: a token that is valid for years could be sent again after its identifier is forgotten."""
    header, claims = good()
    for exp in (NOW + 315_360_000, None):
        dated = {**claims, "iat": NOW - 600, "exp": exp} if exp else {**claims, "iat": NOW - 600}
        if exp is None:
            del dated["exp"]
        logout = verify(header, dated)
        assert logout.expires_at == NOW
        assert logout.issued_at == NOW - 600
        assert verify(header, {**dated, "iat": NOW - 659}).expires_at == NOW - 59
        for too_old in (NOW - 660, NOW - 86_400 * 365):
            assert refused(header, {**dated, "iat": too_old}).claim in ("iat", "exp")


def test_its_own_end_counts_where_it_is_earlier() -> None:
    header, claims = good()
    assert verify(header, {**claims, "exp": NOW + 120}).expires_at == NOW + 120


def test_a_token_without_exp() -> None:
    """Some providers follow a draft that did not ask for one; iat and jti are required nevertheless."""
    header, claims = good()
    del claims["exp"]
    assert verify(header, claims).expires_at == claims["iat"] + 600
    for name in ("iat", "jti"):
        refused(header, {key: value for key, value in claims.items() if key != name})
    for iat in (None, "now", True, [], 1e300):
        refused(header, {**claims, "iat": iat})


# --- in a frame ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "ours"),
    [
        ({"iss": ISSUER, "sid": "one"}, True),
        ({"iss": ISSUER, "sid": "two"}, True),
        ({"iss": ISSUER, "sid": "three"}, False),
        ({"iss": ISSUER, "sid": ""}, False),
        ({"iss": ISSUER + "/", "sid": "one"}, False),
        ({"iss": ISSUER}, False),
        ({"sid": "one"}, False),
        ({}, False),
        ({"iss": ISSUER, "sid": "\ud800"}, False),
    ],
)
def test_whose_session_a_frame_speaks_of(params: dict[str, str], ours: bool) -> None:
    assert is_session_of(params, issuer=ISSUER, sids={"one", "two"}) is ours
    assert not is_session_of(params, issuer=ISSUER, sids=set())


def test_a_frame_names_the_session_exactly() -> None:
    """Also an identifier that is not valid Unicode is equal to itself only."""
    for sid, other in (("\ud800", "?"), ("?", "\ud800"), ("\ud800", "\ud801")):
        assert is_session_of({"iss": ISSUER, "sid": sid}, issuer=ISSUER, sids=["one", sid])
        assert not is_session_of({"iss": ISSUER, "sid": sid}, issuer=ISSUER, sids=["one", other])
    assert not is_session_of({"iss": ISSUER, "sid": ""}, issuer=ISSUER, sids=[""])


@pytest.mark.parametrize(
    ("claims", "sid"),
    [
        ({"sid": "s"}, "s"),
        ({}, None),
        (None, None),
        ({"sid": ""}, None),
        ({"sid": 1}, None),
        ({"sid": "s" * 1025}, None),
    ],
)
def test_the_session_in_an_id_token(claims: Any, sid: str | None) -> None:
    assert session_id(claims) == sid


# --- to the provider -------------------------------------------------------------------------------------------------


def test_logout_url() -> None:
    url = logout_url(
        ENDPOINT + "?tenant=a%20b",
        id_token_hint="a.b.c",
        client_id="hub & co",
        post_logout_redirect_uri="https://hub.example/hub/oauth_logged_out?x=1&y",
        state="s+/=",
    )
    assert url.startswith(ENDPOINT + "?tenant=a%20b&")
    assert parse_qs(urlsplit(url).query) == {
        "tenant": ["a b"],
        "id_token_hint": ["a.b.c"],
        "client_id": ["hub & co"],
        "post_logout_redirect_uri": ["https://hub.example/hub/oauth_logged_out?x=1&y"],
        "state": ["s+/="],
    }


def test_logout_url_without_what_is_not_known() -> None:
    url = logout_url(ENDPOINT, id_token_hint=None, client_id="hub", post_logout_redirect_uri=None, state=None)
    assert url == f"{ENDPOINT}?client_id=hub"


def test_a_logout_page_with_parameters_of_its_own() -> None:
    url = logout_url(
        ENDPOINT,
        id_token_hint="a.b.c",
        client_id="hub",
        post_logout_redirect_uri="https://hub.example/out",
        state="s",
        renamed={"post_logout_redirect_uri": "logout_uri", "id_token_hint": "", "state": ""},
    )
    assert parse_qs(urlsplit(url).query) == {"client_id": ["hub"], "logout_uri": ["https://hub.example/out"]}


def test_a_logout_endpoint_that_has_our_parameters_already() -> None:
    with pytest.raises(ConfigurationError, match=r"^end_session_endpoint: .* client_id$"):
        logout_url(
            ENDPOINT + "?client_id=x", id_token_hint=None, client_id="h", post_logout_redirect_uri=None, state=None
        )


@pytest.mark.parametrize(
    ("method", "fields", "basic"),
    [
        ("client_secret_post", {"client_id": ["hub"], "client_secret": ["s&c"]}, False),
        ("client_secret_basic", {}, True),
        ("none", {"client_id": ["hub"]}, False),
    ],
)
def test_revocation_request(method: Any, fields: dict[str, list[str]], basic: bool) -> None:
    """RFC 7009 §2.1: a form, with the client's authentication, and nothing in the URL."""
    client = Client("hub", "" if method == "none" else "s&c", method)
    request = revocation_request("https://op.example/revoke", client, "canary-t+k=n", "refresh_token")
    assert (request.method, request.url) == ("POST", "https://op.example/revoke")
    assert request.body is not None
    assert parse_qs(request.body.decode()) == {
        "token": ["canary-t+k=n"],
        "token_type_hint": ["refresh_token"],
        **fields,
    }
    assert ("Authorization" in request.headers) is basic
    assert "canary" not in repr(request)


@pytest.mark.parametrize("body", [b"", b"{}", b"OK", b"\xff"])
def test_revoked(body: bytes) -> None:
    process_revocation_response(Response(200, {}, body))


def test_revoked_before() -> None:
    """Google's response for a token that was revoked with another token of its grant."""
    process_revocation_response(Response(400, JSON, b'{"error": "invalid_token", "error_description": "revoked"}'))


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (400, b'{"error": "unsupported_token_type"}', TokenResponseError, "unsupported_token_type"),
        (401, b'{"error": "invalid_client"}', ClientRefused, "invalid_client"),
        (401, b'{"error": "invalid_token"}', TokenResponseError, "invalid_token"),
        (400, b'{"error": 7}', TokenResponseError, "no error code"),
        (404, b"<html>", TokenResponseError, "HTTP 404"),
        (400, b'{"error": "eyJhbGciOiJub25lIn0.e30.AAAAAAAAAAAA1"}', TokenResponseError, "characters"),
        (302, b"", InvalidResponse, "302"),
        (500, b"", ProviderUnreachable, "500"),
        (503, b"", ProviderBusy, "503"),
        (429, b"", ProviderBusy, "429"),
    ],
)
def test_not_revoked(status: int, body: bytes, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        process_revocation_response(Response(status, JSON, body))
    assert type(caught.value) is error
    assert "eyJ" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"error": "unsupported_token_type"}', "unsupported_token_type"),
        (b'{"error": 7}', "invalid_response"),
        (b"<html>", "invalid_response"),
        (json.dumps({"error": "a b " * 16 + "c"}).encode(), "a b " * 15 + "a b…"),
    ],
)
def test_the_code_of_a_refused_revocation(body: bytes, code: str) -> None:
    """At most 64 characters of it."""
    with pytest.raises(TokenResponseError) as caught:
        process_revocation_response(Response(400, JSON, body))
    assert caught.value.error == code
