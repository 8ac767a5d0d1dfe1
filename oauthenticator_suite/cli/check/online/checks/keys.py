"""The provider's keys: whether they can verify the ID tokens that the Hub accepts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from .....errors import InvalidResponse, SuiteError, TransportError
from .....hub.findings.finding import ERROR, INFO, WARNING, Check, Problem, check
from .....protocol import base64url
from .....protocol.algorithms import ALGORITHMS, ASYMMETRIC_ALGORITHMS
from .....protocol.jwks import MIN_RSA_BITS, KeySet, parse_jwks
from .....protocol.metadata_values import listed
from .....protocol.strict_json import loads_object
from .....protocol.text import for_log
from ..facts import Facts
from .offers import offered

_CURVES = {"EC": ("P-256", "P-384", "P-521"), "OKP": ("Ed25519",)}
_SECRET_MEMBERS = ("d", "k", "priv", "p", "q")
_MOST_MEMBERS = 100


def _key_set(facts: Facts) -> KeySet | None:
    """The keys as the Hub would read them; None if they were not received or cannot be read."""
    response = facts.value("keys")
    try:
        return None if response is None else parse_jwks(response)
    except SuiteError:
        return None


def _members(facts: Facts) -> list[dict[str, Any]]:
    """The members of the key set as they were received, at most 100."""
    response = facts.value("keys")
    if response is None or _key_set(facts) is None:
        return []
    entries = loads_object(response.body, label="JWK Set")["keys"][:_MOST_MEMBERS]
    return [entry for entry in entries if isinstance(entry, dict)]


def _named(entry: dict[str, Any]) -> str:
    kid = entry.get("kid")
    return f"the key {for_log(kid, 40)!r}" if isinstance(kid, str) else "a key without kid"


def _for_signatures(entry: dict[str, Any]) -> bool:
    return bool(entry.get("use", "sig") == "sig")


def rsa_bits(entry: dict[str, Any]) -> int | None:
    """The size of an RSA key's modulus; None for another or a malformed key."""
    modulus = entry.get("n")
    if entry.get("kty") != "RSA" or not isinstance(modulus, str):
        return None
    try:
        return int.from_bytes(base64url.decode(modulus), "big").bit_length()
    except ValueError:
        return None


@check(
    "keys-unusable",
    ERROR,
    "The provider's keys cannot be read, or there is none that the Hub can use.",
    "Correct `jwks_url`, or have the provider publish an RSA key of 2048 bits or more, or an EC or Ed25519 key.",
    stage="online",
)
def keys_unusable(facts: Facts) -> Iterator[Problem]:
    """No ID token could be verified."""
    error = facts.error("keys")
    if isinstance(error, InvalidResponse) or (error is not None and not isinstance(error, TransportError)):
        yield Problem("", f"The provider's keys cannot be read: {error.detail.rstrip('.')}")
    response = facts.value("keys")
    if response is None:
        return
    try:
        keys = parse_jwks(response)
    except SuiteError as refused:
        yield Problem("", f"The provider's keys cannot be read: {refused.detail.rstrip('.')}")
        return
    accepted = facts.authenticator.connection.protections.algorithms
    if not keys and accepted & ASYMMETRIC_ALGORITHMS:
        yield Problem("", f"The provider publishes no usable key ({keys.dropped} cannot be used)")


@check(
    "keys-not-fitting",
    ERROR,
    "None of the provider's keys fits an algorithm in `id_token_signed_response_alg`.",
    "Add the algorithm of the provider's keys, or have the provider sign with one of the option.",
    stage="online",
)
def keys_not_fitting(facts: Facts) -> Iterator[Problem]:
    """Every ID token would be refused."""
    keys, accepted = _key_set(facts), facts.authenticator.connection.protections.algorithms
    wanted = [ALGORITHMS[name] for name in sorted(accepted) if name in ALGORITHMS]
    if not keys or any(row.kty == "oct" or row.fits(key) for row in wanted for key in keys.keys):
        return
    fitting = sorted(name for name, row in ALGORITHMS.items() if any(row.fits(key) for key in keys.keys))
    yield Problem(
        "id_token_signed_response_alg",
        f"is {', '.join(sorted(accepted))}, and the provider's keys are for {', '.join(fitting)}",
    )


@check(
    "algorithm-not-offered",
    ERROR,
    "The provider's metadata name no algorithm in `id_token_signed_response_alg` for the signature of ID tokens.",
    "Choose one of the provider's algorithms in the option, or another one in the client's settings at the provider.",
    stage="online",
)
def algorithm_not_offered(facts: Facts) -> Iterator[Problem]:
    """OpenID Connect Discovery 1.0 §3: ``id_token_signing_alg_values_supported``."""
    algorithms = offered(facts, "id_token_signing_alg_values_supported")
    accepted = facts.authenticator.connection.protections.algorithms
    if algorithms and "openid" in facts.authenticator.scope and set(algorithms).isdisjoint(accepted):
        yield Problem(
            "id_token_signed_response_alg",
            f"is {', '.join(sorted(accepted))}, and the provider signs ID tokens with {listed(algorithms)}",
        )


@check(
    "keys-weak",
    WARNING,
    "The provider publishes a key that the Hub never uses: an RSA key below 2048 bits, a curve that is not supported, "
    "or another kind of key.",
    "Have the provider replace it. If it signs ID tokens with this key, no user can sign in.",
    stage="online",
)
def keys_weak(facts: Facts) -> Iterator[Problem]:
    """RFC 7518 §3.3, RFC 8725 §3.5."""
    for entry in filter(_for_signatures, _members(facts)):
        bits, kty, curve = rsa_bits(entry), entry.get("kty"), entry.get("crv")
        if bits is not None and bits < MIN_RSA_BITS:
            yield Problem(
                "", f"The provider publishes {_named(entry)} with {bits} bits, and the Hub uses none below 2048"
            )
        elif isinstance(kty, str) and kty in _CURVES and curve not in _CURVES[kty]:
            shown = for_log(str(curve), 30)
            yield Problem("", f"The provider publishes {_named(entry)} on the curve {shown!r}, which is not supported")


@check(
    "keys-secret",
    WARNING,
    "The provider publishes a private or a symmetric key. The Hub never uses it.",
    "Tell the provider's administrators at once: everyone can sign with this key.",
    stage="online",
)
def keys_secret(facts: Facts) -> Iterator[Problem]:
    """RFC 7517 §9.2."""
    for entry in _members(facts):
        if any(name in entry for name in _SECRET_MEMBERS):
            yield Problem("", f"The provider publishes {_named(entry)} with its private part")


@check(
    "keys-repeated",
    WARNING,
    "Two of the provider's keys of one type have the same `kid`.",
    "Have the provider give each key a different one. The Hub tries both.",
    stage="online",
)
def keys_repeated(facts: Facts) -> Iterator[Problem]:
    """RFC 7517 §4.5: different keys should have different values."""
    seen = Counter(
        (entry["kid"], str(entry.get("kty")))
        for entry in filter(_for_signatures, _members(facts))
        if isinstance(entry.get("kid"), str)
    )
    for (kid, kty), times in seen.items():
        if times > 1:
            yield Problem(
                "", f"The provider publishes {times} {for_log(kty, 10)} keys with the kid {for_log(kid, 40)!r}"
            )


@check(
    "keys-found",
    INFO,
    "The keys with which the provider's ID tokens can be verified.",
    "Compare them with what the provider states.",
    stage="online",
)
def keys_found(facts: Facts) -> Iterator[Problem]:
    """Type, size and number."""
    kinds: Counter[str] = Counter()
    for entry in filter(_for_signatures, _members(facts)):
        bits = rsa_bits(entry)
        kinds[f"RSA {bits}" if bits else for_log(f"{entry.get('kty')} {entry.get('crv', '')}".strip(), 30)] += 1
    keys = _key_set(facts)
    if keys:
        found = ", ".join(f"{times} {kind}" for kind, times in sorted(kinds.items()))
        yield Problem("", f"The provider publishes {found}, of which the Hub can use {len(keys)}")


KEY_ONLINE_CHECKS: tuple[Check, ...] = (
    keys_unusable,
    keys_not_fitting,
    algorithm_not_offered,
    keys_weak,
    keys_secret,
    keys_repeated,
    keys_found,
)
"""The checks of the provider's keys."""
