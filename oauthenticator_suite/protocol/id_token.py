"""The ID token: reading it, and one closed list of checks (OpenID Connect Core §3.1.3.7, RFC 8725).

The checks run from cheap to dear: form, header, claims, signature. Until the last has passed nothing in a token is
true, so nobody but `verify_id_token` should be asked for its claims.
"""

from __future__ import annotations

import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NoReturn

from joserfc.jwk import Key

from ..errors import InvalidResponse, InvalidToken
from . import base64url
from .algorithms import ALGORITHMS, ASYMMETRIC_ALGORITHMS
from .jwks import MAX_CANDIDATES, KeySet
from .strict_json import loads_object

__all__ = [
    "ASYMMETRIC_ALGORITHMS",
    "MAX_TOKEN_BYTES",
    "Expectations",
    "IDToken",
    "check_claims",
    "check_header",
    "check_id_token",
    "check_issued",
    "check_type",
    "verify_id_token",
    "verify_signature",
]

#: Real ID tokens have one or two kilobytes; one with many groups may have twenty.
MAX_TOKEN_BYTES = 65_536
_MAX_HEADER_DEPTH = 5
_MAX_CLAIMS_DEPTH = 40

# crit asks for extensions, of which we have none (RFC 7515 §4.1.11); b64 is one that changes what is signed
# (RFC 7797); the others bring a key of the sender's own choosing, which proves nothing (RFC 8725 §3.10).
_REFUSED_HEADERS = ("crit", "b64", "jwk", "jku", "x5u", "x5c")
# Beyond this a double can no longer tell one second from the next (RFC 7493 §2.2).
_MAX_DATE = 2**53


@dataclass(frozen=True, slots=True)
class IDToken:
    """A compact JWS in its parts, read strictly and **not verified**. Nothing of it shows in the ``repr``."""

    header: dict[str, Any] = field(repr=False)
    claims: dict[str, Any] = field(repr=False)
    raw: str = field(repr=False)

    @classmethod
    def parse(cls, raw: str) -> IDToken:
        """Take a compact serialization apart (RFC 7515 §7.1): three parts of base64url, two of them JSON objects.

        Raises
        ------
        InvalidToken
            `claim` is ``id_token``: larger than `MAX_TOKEN_BYTES`, encrypted, unsigned, or not well-formed.
        """
        if not isinstance(raw, str):
            _refuse("id_token", f"of type {type(raw).__name__} where a string belongs")
        if len(raw) > MAX_TOKEN_BYTES:
            _refuse("id_token", f"{len(raw)} characters long; at most {MAX_TOKEN_BYTES} are read")
        dots = raw.count(".")
        if dots != 2:
            _refuse("id_token", "encrypted (JWE), which is not supported" if dots == 4 else f"{dots + 1} parts, not 3")
        header, payload, signature = raw.split(".")
        if not signature:
            _refuse("id_token", "not signed")
        _decode(signature, "signature")
        return cls(
            _read(_decode(header, "header"), "header", _MAX_HEADER_DEPTH),
            _read(_decode(payload, "payload"), "payload", _MAX_CLAIMS_DEPTH),
            raw,
        )


@dataclass(frozen=True, slots=True)
class Expectations:
    """What a token must say to be accepted.

    Parameters
    ----------
    client_id:
        Ours: must be in ``aud``.
    issuer:
        The provider's issuer identifier, compared exactly; None when it is not known, and then any ``iss`` passes.
    nonce:
        That of the login attempt; None when none was sent (a refresh, or a login without ``openid``).
    access_token:
        The one that came with the ID token, to check ``at_hash`` against; None leaves ``at_hash`` alone.
    algorithms:
        The allowed ``alg`` values. Names outside of our table allow nothing.
    leeway:
        How far apart, in seconds, the provider's clock and ours may be.
    """

    client_id: str
    issuer: str | None
    nonce: str | None = field(repr=False)
    access_token: str | None = field(repr=False)
    algorithms: frozenset[str]
    leeway: float = 60.0


def check_header(token: IDToken, expectations: Expectations) -> None:
    """Check the JOSE header: an allowed ``alg``, and nothing that would change the rules (RFC 8725 §3.1, §3.2, §3.10).

    Raises
    ------
    InvalidToken
        `claim` is the header parameter.
    """
    alg = token.header.get("alg")
    if not isinstance(alg, str) or alg not in expectations.algorithms or alg not in ALGORITHMS:
        # The name is quoted only when it is one of a known few: else it could be anything.
        known = alg if isinstance(alg, str) and (alg in ALGORITHMS or alg == "none") else None
        what = f"alg {known} is not allowed" if known else "alg is missing or unknown"
        _refuse("alg", what, expected=", ".join(sorted(expectations.algorithms & ALGORITHMS.keys())))
    for name in _REFUSED_HEADERS:
        if name in token.header:
            _refuse(name, f"{name} in the header is not accepted")
    if "kid" in token.header and not isinstance(token.header["kid"], str):
        _refuse("kid", f"kid is of type {type(token.header['kid']).__name__} where a string belongs")


def check_claims(token: IDToken, expectations: Expectations, now: float) -> None:
    """Check every claim that has a rule (OpenID Connect Core §2, §3.1.3.7, §3.1.3.8). `now` is in seconds since 1970.

    Raises
    ------
    InvalidToken
        `claim` is the claim's name. The detail of a wrong time says by how many seconds the clocks seem to differ.
    """
    claims = token.claims
    check_issued(claims, expectations, now)
    if expectations.nonce is not None:
        _check_equal(claims, "nonce", expectations.nonce)
    if expectations.access_token is not None and "at_hash" in claims:
        name = token.header.get("alg")
        algorithm = ALGORITHMS.get(name) if isinstance(name, str) else None
        if algorithm is None:
            _refuse("at_hash", "at_hash cannot be checked: alg is missing or unknown")
        _check_equal(claims, "at_hash", algorithm.half_hash(expectations.access_token))


def check_issued(
    claims: dict[str, Any], expectations: Expectations, now: float, *, subject_required: bool = True
) -> None:
    """By whom, about whom, for whom and when: the part of `check_claims` that logout tokens share.

    Without `subject_required` the token may have no ``sub``; one that it has must be well-formed all the same.

    Raises
    ------
    InvalidToken
        As `check_claims`.
    """
    _check_issuer(claims, expectations.issuer)
    if subject_required or "sub" in claims:
        _check_subject(claims)
    _check_audience(claims, expectations.client_id)
    _check_times(claims, now, expectations.leeway)


def check_id_token(token: IDToken, expectations: Expectations, now: float) -> None:
    """Every check of an ID token that needs no key: `check_header`, `check_type`, `check_claims`.

    Raises
    ------
    InvalidToken
        `claim` names the first check that fails.
    """
    check_header(token, expectations)
    check_type(token.header)
    check_claims(token, expectations, now)


def verify_signature(token: IDToken, keys: Sequence[Key]) -> None:
    """Check that one of `keys` has signed the token. Keys that do not fit the token's ``alg`` are passed over.

    `keys` are the provider's (`KeySet.candidates`), or, where a symmetric ``alg`` is allowed, the client secret as
    an `OctKey`. At most `MAX_CANDIDATES` are tried.

    Raises
    ------
    InvalidToken
        `claim` is ``signature``.
    """
    name = token.header.get("alg")
    algorithm = ALGORITHMS.get(name) if isinstance(name, str) else None
    if algorithm is None:
        _refuse("signature", "the signature cannot be checked: alg is missing or unknown")
    fitting = list(islice(filter(algorithm.fits, keys), MAX_CANDIDATES))
    if not fitting:
        _refuse("signature", f"there is no known key for its kid and alg ({algorithm.name})")
    signing_input, _, last = token.raw.rpartition(".")
    signature = _decode(last, "signature")
    if not any(algorithm.verify(signing_input.encode("ascii"), signature, key) for key in fitting):
        _refuse("signature", f"the signature is not good by any of {len(fitting)} fitting keys ({algorithm.name})")


def verify_id_token(
    token: IDToken | str, keys: KeySet | Sequence[Key], expectations: Expectations, now: float
) -> dict[str, Any]:
    """Read and check an ID token, and return its claims, which are then the issuer's own words.

    Parameters
    ----------
    token:
        The compact serialization, or what `IDToken.parse` made of it.
    keys:
        The provider's `KeySet`, or keys to try as in `verify_signature`.
    expectations:
        What this login expects of it.
    now:
        Seconds since 1970.

    Raises
    ------
    InvalidToken
        `claim` names the first check that fails. ``signature`` may mean that the provider has new keys.
    """
    if not isinstance(token, IDToken):
        token = IDToken.parse(token)
    check_id_token(token, expectations, now)
    verify_signature(token, keys.candidates(token.header) if isinstance(keys, KeySet) else keys)
    return token.claims


def _refuse(claim: str, reason: str, *, expected: str = "") -> NoReturn:
    raise InvalidToken(claim, f"ID token: {reason}", expected=expected)


def _decode(part: str, name: str) -> bytes:
    try:
        return base64url.decode(part)
    except ValueError as error:
        # Its message is ours and holds no input.
        raise InvalidToken("id_token", f"ID token: {name}: {error}") from None


def _read(data: bytes, name: str, max_depth: int) -> dict[str, Any]:
    try:
        return loads_object(data, label=name, max_bytes=MAX_TOKEN_BYTES, max_depth=max_depth)
    except InvalidResponse as error:
        raise InvalidToken("id_token", f"ID token: {error.detail}") from None


def check_type(header: dict[str, Any]) -> None:
    """An ID token has no type of its own; one that says it is an access or logout token is none (RFC 8725 §3.11).

    Raises
    ------
    InvalidToken
        `claim` is ``typ``.
    """
    value = header.get("typ", "JWT")
    if not isinstance(value, str):
        _refuse("typ", f"typ is of type {type(value).__name__} where a string belongs")
    if value.lower().endswith("+jwt"):
        _refuse("typ", "typ names another kind of token", expected="JWT")


def _check_equal(claims: dict[str, Any], name: str, expected: str) -> None:
    """A claim that must equal a value which is nobody else's business: compared in constant time, never named."""
    value = claims.get(name)
    if not isinstance(value, str):
        _refuse(name, f"{name} is missing" if name not in claims else f"{name} is not a string")
    if not hmac.compare_digest(value.encode("utf-8"), expected.encode("utf-8")):
        _refuse(name, f"{name} is not the expected one")


def _check_issuer(claims: dict[str, Any], issuer: str | None) -> None:
    value = claims.get("iss")
    if issuer is None:
        if "iss" in claims and not isinstance(value, str):
            _refuse("iss", f"iss is of type {type(value).__name__} where a string belongs")
    elif value != issuer:
        # Character by character: no normalising of case, port or trailing slash (OpenID Connect Core §3.1.3.7, 2).
        _refuse("iss", "iss is missing" if value is None else "iss is another issuer", expected=issuer)


def _check_subject(claims: dict[str, Any]) -> None:
    value = claims.get("sub")
    if not isinstance(value, str):
        _refuse("sub", "sub is missing" if value is None else f"sub is of type {type(value).__name__}")
    if not 1 <= len(value) <= 255 or not value.isascii() or not value.isprintable():
        _refuse("sub", "sub is not 1 to 255 printable ASCII characters")


def _check_audience(claims: dict[str, Any], client_id: str) -> None:
    value = claims.get("aud")
    audiences = [value] if isinstance(value, str) else value
    if not isinstance(audiences, list) or not all(isinstance(one, str) for one in audiences):
        _refuse("aud", "aud is missing, or neither a string nor an array of strings", expected=client_id)
    if len(set(audiences)) != len(audiences):
        _refuse("aud", "aud names an audience twice", expected=client_id)
    if client_id not in audiences:
        _refuse("aud", "aud does not name this client", expected=client_id)
    # Issued to several: then it must say that it was issued at our request (OpenID Connect Core §3.1.3.7, 4 and 5).
    if "azp" in claims or len(audiences) > 1:
        authorized_party = claims.get("azp")
        if authorized_party != client_id:
            what = "azp is missing beside several audiences" if authorized_party is None else "azp is another client"
            _refuse("azp", what, expected=client_id)


def _check_times(claims: dict[str, Any], now: float, leeway: float) -> None:
    expired = now - _date(claims, "exp")
    if expired >= leeway:
        _refuse("exp", f"expired {_seconds(expired)} ago. If it was new, the hub's clock is ahead: please check it")
    early = _date(claims, "iat") - now
    if early > leeway:
        _refuse("iat", f"issued {_seconds(early)} in the future: the clocks differ. Please check the hub's clock")
    if "nbf" in claims:
        early = _date(claims, "nbf") - now
        if early > leeway:
            _refuse("nbf", f"valid only in {_seconds(early)}. Please check the hub's clock")


def _date(claims: dict[str, Any], name: str) -> float:
    """A NumericDate (RFC 7519 §2) of a size that clocks show; neither a string nor a boolean is one."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _refuse(name, f"{name} is missing" if name not in claims else f"{name} is of type {type(value).__name__}")
    if not math.isfinite(value) or not 0 <= value <= _MAX_DATE:
        _refuse(name, f"{name} is not a time")
    return value


def _seconds(difference: float) -> str:
    return f"{difference:.0f} s" if difference < 86400 else "more than a day"
