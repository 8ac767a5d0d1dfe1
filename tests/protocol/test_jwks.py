"""JWK Sets with real keys, and the cache, compared with an independent model."""

import functools
import itertools
import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from joserfc.jwk import RSAKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from oauthenticator_suite.errors import InvalidResponse, ProviderBusy, ProviderUnreachable
from oauthenticator_suite.protocol.algorithms import ALGORITHMS
from oauthenticator_suite.protocol.jwks import (
    LOGIN,
    LOGOUT,
    MAX_CANDIDATES,
    MAX_KEYS_IN_SET,
    KeyCache,
    KeySet,
    parse_jwks,
)
from oauthenticator_suite.protocol.messages import Response

CURVES = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1, "secp256k1": ec.SECP256K1}


@functools.cache
def private_jwk(kind: str) -> dict[str, Any]:
    """A new private JWK of this kind, the same for the whole test session."""
    if kind.startswith("RSA"):
        return RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, int(kind[3:] or 2048)), as_dict=True)
    if kind == "X25519":
        x, d = (b64(raw) for raw in (bytes(range(32)), bytes(range(32, 64))))
        return {"kty": "OKP", "crv": "X25519", "x": x, "d": d}
    if kind in CURVES:
        return ECAlgorithm.to_jwk(ec.generate_private_key(CURVES[kind]()), as_dict=True)
    private = ed25519.Ed25519PrivateKey if kind == "Ed25519" else ed448.Ed448PrivateKey
    return OKPAlgorithm.to_jwk(private.generate(), as_dict=True)


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk(kind: str, **members: Any) -> dict[str, Any]:
    """The public half, with members added; None removes one."""
    public = {name: private_jwk(kind)[name] for name in ("kty", "n", "e", "crv", "x", "y") if name in private_jwk(kind)}
    return {name: value for name, value in {**public, **members}.items() if value is not None}


def respond(body: Any, status: int = 200, media_type: str = "application/json") -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {"content-type": media_type}, raw)


def parse(*keys: Any) -> KeySet:
    return parse_jwks(respond({"keys": list(keys)}))


def kids(keys: Any) -> list[str | None]:
    return [key.kid for key in keys]


# --- the answer ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"keys"',
        b"{}",
        b'{"keys": null}',
        b'{"keys": {}}',
        b'{"keys": "abc"}',
        b'{"keys": [], "keys": []}',
        b'{"keys": [{"kty": "RSA", "kty": "EC"}]}',
        b'{"keys": [NaN]}',
        b"\xef\xbb\xbf{}",
        b'{"keys": ' + b"[" * 200_000,
        b"<html></html>",
        b'{"keys": [' + b" " * 1_048_576 + b"]}",
    ],
)
def test_a_body_that_is_no_jwk_set_is_refused(body: bytes) -> None:
    """F26-F33 for the key document."""
    with pytest.raises(InvalidResponse):
        parse_jwks(respond(body))


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 400, 401, 403, 404])
def test_any_status_but_200_is_refused(status: int) -> None:
    """F18, F19: and a redirect is not followed."""
    with pytest.raises(InvalidResponse, match=str(status)):
        parse_jwks(respond({"keys": [jwk("RSA")]}, status))


def test_outages_are_told_apart() -> None:
    """F15-F17."""
    with pytest.raises(ProviderUnreachable):
        parse_jwks(respond(b"", 500))
    with pytest.raises(ProviderBusy):
        parse_jwks(respond(b"", 429))


@pytest.mark.parametrize(
    ("media_type", "accepted"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("application/jwk-set+json", True),
        ("text/plain", True),
        ("application/octet-stream", True),
        ("", True),
        ("text/html", False),
        ("application/xml", False),
        ("image/png", False),
    ],
)
def test_f25_the_content_type_must_not_speak_against_json(media_type: str, accepted: bool) -> None:
    response = respond({"keys": [jwk("RSA")]}, media_type=media_type)
    if accepted:
        assert len(parse_jwks(response)) == 1
    else:
        with pytest.raises(InvalidResponse):
            parse_jwks(response)


def test_an_empty_set_is_a_set() -> None:
    """The provider may have withdrawn all its keys; the old ones must no longer be used."""
    assert len(parse()) == 0
    assert parse().candidates({"alg": "RS256"}) == []


# --- one key ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "algorithms"),
    [
        ("RSA", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]),
        ("RSA3072", ["RS256"]),
        ("P-256", ["ES256"]),
        ("P-384", ["ES384"]),
        ("P-521", ["ES512"]),
        ("Ed25519", ["EdDSA"]),
    ],
)
def test_every_good_key_is_kept_and_serves_its_algorithms_only(kind: str, algorithms: list[str]) -> None:
    keys = parse(jwk(kind))
    everything = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
    found = [alg for alg in [*everything, "HS256", "none", "ES256K"] if keys.candidates({"alg": alg})]
    assert found == (algorithms if kind != "RSA3072" else everything[:6])


@pytest.mark.parametrize(
    "members",
    [
        {"use": "sig"},
        {"key_ops": ["verify"]},
        {"key_ops": ["sign", "verify", "something"]},
        {"alg": "RS256"},
        {"alg": "PS512"},
        {"x5c": "not even a list", "x5t": 5, "x5u": 7, "future": {"a": 1}},
        {"kid": ""},
        {"kid": "é"},
    ],
)
def test_odd_but_good_keys_are_kept(members: dict[str, Any]) -> None:
    """F60: a malformed member that is not used does not drop the key."""
    assert len(parse(jwk("RSA", **members))) == 1


BROKEN: list[Any] = [
    None,
    5,
    "RSA",
    [],
    {},
    {"kty": "RSA"},
    {"kty": ["RSA"]},
    {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"},
    {"kty": "oct", "k": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    {"kty": "oct", "k": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "alg": "HS256", "kid": "a"},
]


def broken_keys() -> list[Any]:
    public = jwk("RSA")
    return [
        *BROKEN,
        private_jwk("RSA"),
        private_jwk("P-256"),
        private_jwk("Ed25519"),
        jwk("RSA", p="AAAA"),
        jwk("RSA", k="AAAA"),
        jwk("RSA1024"),
        jwk("RSA", n=None),
        jwk("RSA", n=5),
        jwk("RSA", n=""),
        jwk("RSA", n=public["n"] + "="),
        jwk("RSA", n="!" + public["n"][1:]),
        jwk("RSA", n="_" * 1400),
        jwk("RSA", n="_" * 200_000),
        jwk("RSA", e="AQ"),
        jwk("RSA", e="Ag"),
        jwk("RSA", e=""),
        jwk("RSA", e=b64(b"\x01" * 5)),
        jwk("RSA", e=b64(b"\x01" * 200)),
        jwk("RSA", use="enc"),
        jwk("RSA", use=["sig"]),
        jwk("RSA", use="SIG"),
        jwk("RSA", key_ops=["encrypt"]),
        jwk("RSA", key_ops=[]),
        jwk("RSA", key_ops="verify"),
        jwk("RSA", key_ops={"verify": 1}),
        jwk("RSA", alg="RSA-OAEP"),
        jwk("RSA", alg="HS256"),
        jwk("RSA", alg="none"),
        jwk("RSA", alg="ES256"),
        jwk("RSA", alg=5),
        jwk("RSA", kid=5),
        jwk("RSA", kid=["a"]),
        jwk("P-256", alg="ES384"),
        jwk("P-256", crv="P-384"),
        jwk("P-256", crv="P-257"),
        jwk("P-256", crv=5),
        jwk("P-256", y=None),
        jwk("P-256", y=jwk("P-256")["x"]),
        jwk("P-256", x="_" * 100_000),
        jwk("P-256", x="", y=""),
        jwk("secp256k1"),
        jwk("Ed25519", x="AAAA"),
        jwk("Ed25519", crv="Ed448"),
        jwk("Ed448"),
        jwk("X25519"),
    ]


def test_f60_a_key_that_cannot_verify_is_dropped_and_its_siblings_stay() -> None:
    """F60, F43: of an unknown type, broken, weak, for something else, private or symmetric."""
    for index, broken in enumerate(broken_keys()):
        keys = parse(jwk("P-384", kid="before"), broken, jwk("Ed25519", kid="after"))
        assert (index, kids(keys.keys), keys.dropped) == (index, ["before", "after"], 1)


def test_a_set_of_bad_keys_only_is_empty() -> None:
    keys = parse(*broken_keys())
    assert (len(keys), keys.dropped) == (0, len(broken_keys()))


def test_the_work_on_a_large_set_is_bounded() -> None:
    """Only the first 100 keys of a set are read."""
    many = [jwk("P-256", kid=str(number)) for number in range(5000)]
    keys = parse(*many)
    assert kids(keys.keys) == [str(number) for number in range(MAX_KEYS_IN_SET)]
    assert keys.dropped == 5000 - MAX_KEYS_IN_SET


def test_no_key_shows_in_the_repr() -> None:
    assert jwk("RSA")["n"][:20] not in repr(parse(jwk("RSA")))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.sampled_from(["RSA", "P-256", "Ed25519"]),
    st.dictionaries(
        st.sampled_from(["kty", "n", "e", "crv", "x", "y", "d", "use", "key_ops", "alg", "kid", "x5c", "k"]),
        JSON_VALUES | st.sampled_from(["RSA", "EC", "OKP", "oct", "P-256", "P-521", "Ed25519", "X448", "AQAB", "AA"]),
        max_size=3,
    ),
)
def test_no_member_of_a_key_can_break_the_set(kind: str, members: dict[str, Any]) -> None:
    """Fuzz target 5: no content of one key drops the others, and only signature keys are kept."""
    keys = parse({**jwk(kind), **members}, jwk("P-384", kid="sibling"))
    assert kids(keys.keys)[-1] == "sibling"
    assert len(keys) + keys.dropped == 2
    for key in keys.keys:
        assert not key.is_private


@given(JSON_VALUES | st.dictionaries(st.just("keys"), st.lists(JSON_VALUES)))
def test_any_json_gives_a_set_or_our_own_error(value: Any) -> None:
    try:
        keys = parse_jwks(respond(value))
    except InvalidResponse:
        return
    assert len(keys) == 0


def test_limits_of_rsa_keys() -> None:
    """The largest modulus and the longest exponent are accepted, and one bit more is not."""
    number, exponent = 2**8192 - 1, 2**32 - 1

    def key(modulus: int, exponent: int) -> dict[str, str]:
        parts = {"n": modulus, "e": exponent}
        return {"kty": "RSA", **{name: b64(v.to_bytes((v.bit_length() + 7) // 8, "big")) for name, v in parts.items()}}

    assert len(parse(key(number, 65537))) == len(parse(key(2**2048 - 1, exponent))) == 1
    assert len(parse(key(2 * number + 1, 65537))) == len(parse(key(2**2048 - 1, 2 * exponent + 1))) == 0


def test_a_set_that_cannot_be_read_is_named() -> None:
    with pytest.raises(InvalidResponse) as caught:
        parse_jwks(respond(b"["))
    assert caught.value.detail.startswith("JWK Set: ")
    with pytest.raises(ProviderUnreachable) as unreachable:
        parse_jwks(respond(b"", 500))
    assert unreachable.value.detail.startswith("JWK Set: ")


def test_intervals_of_the_cache() -> None:
    """The defaults, and the limits of what can be set."""
    cache = KeyCache()
    assert (cache.max_age, cache.max_stale) == (3600, 86400)
    KeyCache(max_age=5, max_stale=5, min_refetch_interval=5, retry_interval=5)
    KeyCache(retry_interval=0)
    with pytest.raises(ValueError):
        KeyCache(retry_interval=-1)


# --- candidates ------------------------------------------------------------------------------------------------------


def test_kid_and_algorithm_choose_the_candidates() -> None:
    keys = parse(
        jwk("RSA", kid="one", alg="RS256"),
        jwk("RSA3072", kid="two"),
        jwk("P-256", kid="one"),
        jwk("RSA3072", kid="one"),
        jwk("RSA"),
    )
    assert keys.candidates({"alg": "RS256", "kid": "one"}) == [keys.keys[0], keys.keys[3]]
    assert keys.candidates({"alg": "PS256", "kid": "one"}) == [keys.keys[3]]
    assert keys.candidates({"alg": "ES256", "kid": "one"}) == [keys.keys[2]]
    assert keys.candidates({"alg": "ES256", "kid": "two"}) == []
    assert keys.candidates({"alg": "RS256", "kid": "three"}) == []
    assert keys.candidates({"alg": "RS256"}) == [keys.keys[index] for index in (0, 1, 3, 4)]


@pytest.mark.parametrize("alg", [None, 5, ["RS256"], {}, "none", "HS256", "rs256", ""])
def test_an_odd_algorithm_has_no_candidates(alg: Any) -> None:
    assert parse(jwk("RSA")).candidates({"alg": alg}) == []


@pytest.mark.parametrize("kid", [5, True, ["one"], {"one": 1}, "", "ONE"])
def test_kid_is_compared_exactly(kid: Any) -> None:
    assert parse(jwk("RSA", kid="one"), jwk("RSA")).candidates({"alg": "RS256", "kid": kid}) == []


def test_the_number_of_candidates_is_bounded() -> None:
    keys = parse(*[jwk("RSA", kid="same") for _ in range(50)])
    assert len(keys) == 50
    assert len(keys.candidates({"alg": "RS256", "kid": "same"})) == MAX_CANDIDATES
    assert len(keys.candidates({"alg": "RS256"})) == MAX_CANDIDATES


# --- the cache -------------------------------------------------------------------------------------------------------


def one_key(kid: str) -> KeySet:
    return parse(jwk("P-256", kid=kid))


def header(kid: str) -> dict[str, Any]:
    return {"alg": "ES256", "kid": kid}


def test_f59_rotation_is_followed_at_once() -> None:
    """F59, C signing-key-rotation, signing-key-rotation-just-before-signing: even a second after the first fetch."""
    cache = KeyCache()
    assert cache.needs_fetch(header("a"), 1000)
    cache.stored(one_key("a"), 1000)
    assert not cache.needs_fetch(header("a"), 1001)
    assert cache.needs_fetch(header("b"), 1001)
    cache.stored(one_key("b"), 1001)
    assert not cache.needs_fetch(header("b"), 1002)


def test_f59_rotation_without_kid_is_followed() -> None:
    """A token whose signature did not verify causes one fetch, like an unknown kid."""
    cache = KeyCache()
    cache.stored(one_key("a"), 1000)
    assert not cache.needs_fetch({"alg": "ES256"}, 1001)
    assert cache.needs_fetch({"alg": "ES256"}, 1001, refused=True)
    cache.stored(one_key("a"), 1001)
    assert not cache.needs_fetch({"alg": "ES256"}, 1002, refused=True)


def test_a_withdrawn_key_is_gone_with_the_next_fetch() -> None:
    cache = KeyCache()
    cache.stored(one_key("a"), 1000)
    cache.stored(one_key("b"), 5000)
    usable = cache.usable(5000)
    assert usable is not None
    assert usable.candidates(header("a")) == []


@pytest.mark.parametrize("answers", [True, False])
def test_f61_a_thousand_unknown_kids_in_a_minute_cause_one_fetch(answers: bool) -> None:
    """F61, F47, H mod_auth_openidc: the throttle holds whether the provider answers or not."""
    cache = KeyCache()
    cache.stored(one_key("a"), 1000)
    fetches = 0
    for number in range(1000):
        now = 1010 + number * 0.0599
        if cache.needs_fetch(header(f"unknown-{number}"), now):
            fetches += 1
            if answers:
                cache.stored(one_key("a"), now)
            else:
                cache.failed(now)
    assert fetches == 1
    assert not cache.needs_fetch(header("a"), 1069)
    assert cache.needs_fetch(header("unknown"), 1070)


@pytest.mark.parametrize("answers", [True, False])
def test_logout_tokens_cannot_use_up_the_fetch_of_a_login(answers: bool) -> None:
    """Anyone may send a logout token with an unknown kid. A rotation of the keys is followed by logins all the same."""
    cache = KeyCache()
    cache.stored(one_key("a"), 1000)
    for purpose in (LOGOUT, LOGIN):
        assert cache.needs_fetch(header("b"), 1010, purpose=purpose)
        if answers:
            cache.stored(one_key("a"), 1010, purpose=purpose)
        else:
            cache.failed(1010, purpose=purpose)
        assert not cache.needs_fetch(header("b"), 1011, purpose=purpose)


def test_f64_old_keys_serve_through_an_outage_until_max_stale() -> None:
    """F64: and the provider is asked once a minute meanwhile."""
    cache = KeyCache(max_age=3600, max_stale=86400)
    cache.stored(one_key("a"), 0)
    assert not cache.needs_fetch(header("a"), 3599)
    assert cache.needs_fetch(header("a"), 3600)
    fetches = 0
    for now in range(3600, 86400, 10):
        if cache.needs_fetch(header("a"), now):
            fetches += 1
            cache.failed(now)
        usable = cache.usable(now)
        assert usable is not None
        assert usable.candidates(header("a"))
    assert fetches == (86400 - 3600) // 60
    assert cache.usable(86400) is None
    assert cache.keys is not None


def test_the_cache_tells_its_age_and_whether_the_last_fetch_has_failed() -> None:
    cache = KeyCache()
    assert (cache.fetched_at, cache.is_failing) == (None, False)
    cache.failed(1000, purpose=LOGOUT)
    assert (cache.fetched_at, cache.is_failing) == (None, True)
    cache.stored(one_key("a"), 1001)
    assert (cache.fetched_at, cache.is_failing) == (1001, False)
    assert (KeyCache().due_at, cache.due_at) == (None, 1001 + cache.max_age)
    cache.failed(5000)
    assert (cache.fetched_at, cache.is_failing) == (1001, True)


def test_without_keys_a_failed_fetch_is_soon_repeated() -> None:
    """No user can log in without keys, so one lost packet at start-up must not cause a delay of a minute."""
    cache = KeyCache()
    assert cache.usable(1000) is None
    assert cache.needs_fetch(header("a"), 1000)
    cache.failed(1000)
    assert not cache.needs_fetch(header("a"), 1004.9)
    assert cache.needs_fetch(header("a"), 1005)


def test_a_clock_set_back_does_not_lock_the_cache() -> None:
    cache = KeyCache()
    cache.stored(one_key("a"), 1_000_000)
    cache.failed(1_000_100)
    assert cache.needs_fetch(header("a"), 500_000)
    cache.stored(one_key("b"), 500_000)
    assert not cache.needs_fetch(header("b"), 500_001)


@pytest.mark.parametrize(
    "times",
    [{"max_age": 30}, {"max_stale": 3599}, {"retry_interval": -1}, {"retry_interval": 61}, {"max_age": float("nan")}],
)
def test_times_that_make_no_sense_are_refused(times: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="max_age"):
        KeyCache(**times)


class CacheModel(RuleBasedStateMachine):
    """Logins with known, unknown and missing kids, with key rotations and outages of the provider."""

    @initialize(warm=st.booleans())
    def begin(self, warm: bool) -> None:
        self.cache = KeyCache(max_age=300, max_stale=1800, min_refetch_interval=60, retry_interval=5)
        self.now = 10_000.0
        self.current = 0
        self.up = True
        self.good_fetch: float | None = None
        self.good_key: int | None = None
        self.early: list[float] = []
        self.asked: list[float] = []
        if warm:
            self.login(f"key-{self.current}", refused=False)

    def fetch(self) -> None:
        if self.good_fetch is not None and self.now - self.good_fetch < 300:
            self.early.append(self.now)
        self.asked.append(self.now)
        if self.up:
            self.cache.stored(model_key(self.current), self.now)
            self.good_fetch, self.good_key = self.now, self.current
        else:
            self.cache.failed(self.now)

    def login(self, kid: str, refused: bool) -> None:
        if self.cache.needs_fetch(header(kid), self.now, refused=refused):
            self.fetch()

    @rule(seconds=st.floats(0.01, 5) | st.floats(1, 90) | st.floats(200, 2500))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def rotate(self) -> None:
        self.current += 1

    @rule(up=st.booleans())
    def provider_goes_or_comes(self, up: bool) -> None:
        self.up = up

    @rule(number=st.integers(0, 10**6), refused=st.booleans())
    def login_with_an_unknown_kid(self, number: int, refused: bool) -> None:
        self.login(f"unknown-{number}", refused)

    @rule()
    def many_unknown_kids_at_once(self) -> None:
        before = len(self.asked)
        for number in range(50):
            self.login(f"flood-{number}", refused=False)
        # At most the regular fetch that was due, and one early.
        assert len(self.asked) - before <= 2

    @rule()
    def login_with_the_present_key(self) -> None:
        """F59, F64: accepted, unless the provider is away or an early fetch was made within the minute."""
        quiet = all(self.now - then >= 60 for then in self.asked)
        self.login(f"key-{self.current}", refused=False)
        usable = self.cache.usable(self.now)
        accepted = usable is not None and bool(usable.candidates(header(f"key-{self.current}")))
        if self.up and quiet:
            assert accepted
        if self.good_key == self.current and self.good_fetch is not None and self.now - self.good_fetch < 1800:
            assert accepted

    @invariant()
    def early_fetches_are_a_minute_apart(self) -> None:
        """F61."""
        early = getattr(self, "early", [])
        assert all(later - earlier >= 60 for earlier, later in itertools.pairwise(early))

    @invariant()
    def keys_are_usable_exactly_until_max_stale(self) -> None:
        if hasattr(self, "cache"):
            expected = self.good_fetch is not None and self.now - self.good_fetch < 1800
            assert (self.cache.usable(self.now) is not None) == expected


@functools.cache
def model_key(number: int) -> KeySet:
    return one_key(f"key-{number}")


TestCacheModel = CacheModel.TestCase
TestCacheModel.settings = settings(stateful_step_count=30)


def test_a_key_that_must_not_verify_finds_no_signature_good() -> None:
    """RFC 7517 §4.3: `key_ops` names other operations. A signature by it counts as a bad one, and nothing is raised."""
    key = RSAKey.generate_key(2048, {"key_ops": ["encrypt"]})
    assert ALGORITHMS["RS256"].verify(b"signing input", b"signature", key) is False
