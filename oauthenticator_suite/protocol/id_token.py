"""ID tokens: parsing and verification (OpenID Connect Core §3.1.3.7, RFC 8725).

The checks run in order of cost: form, header, claims, signature. The claims of a token must not be used before all of
them have passed, so take them from `verify_id_token` only.
"""

from __future__ import annotations

import hmac
import re
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
from .text import quoted
from .token_times import check_age, check_times

__all__ = [
    "ASYMMETRIC_ALGORITHMS",
    "MAX_AGE_AT_LOGIN",
    "MAX_TOKEN_BYTES",
    "TENANT",
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

#: Real ID tokens have one or two kilobytes; those with many groups up to twenty.
MAX_TOKEN_BYTES = 65_536
#: The greatest age of an ID token at a login, in seconds. An authorization code lives for ten minutes at most (RFC 6749
#: §4.1.2), and Entra ID dates its tokens back by five.
MAX_AGE_AT_LOGIN = 600.0
TENANT = "{tenantid}"
"""Stands in an expected issuer for the tenant of the account, the claim ``tid``, which is then required.

Microsoft's documentation "OpenID Connect on the Microsoft identity platform" describes this form of issuer for metadata
that are for several tenants. Which tenants are accepted is not decided here.
"""

_GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
_MAX_HEADER_DEPTH = 5
_MAX_CLAIMS_DEPTH = 40

# crit requires extensions, none of which is supported (RFC 7515 §4.1.11). b64 changes the signing input (RFC 7797). The
# others contain or name a key that the sender chose, which proves nothing (RFC 8725 §3.10).
_REFUSED_HEADERS = ("crit", "b64", "jwk", "jku", "x5u", "x5c")
_ENCRYPTED = (
    "encrypted (JWE), and this client has no key: set client_decryption_key_file, or have the provider not encrypt"
)
# The number of audiences that an error quotes.
_MAX_SHOWN = 3


@dataclass(frozen=True, slots=True)
class IDToken:
    """The parts of a compact JWS, parsed but **not verified**. The ``repr`` does not show them."""

    header: dict[str, Any] = field(repr=False)
    claims: dict[str, Any] = field(repr=False)
    raw: str = field(repr=False)

    @classmethod
    def parse(cls, raw: str, max_bytes: int = MAX_TOKEN_BYTES) -> IDToken:
        """Parse a compact serialization (RFC 7515 §7.1): three parts in base64url, two of which are JSON objects.

        Raises
        ------
        InvalidToken
            `claim` is ``id_token``: the token is larger than `max_bytes`, encrypted, unsigned, or malformed.
        """
        if not isinstance(raw, str):
            _refuse("id_token", f"of type {type(raw).__name__} instead of a string")
        if len(raw) > max_bytes:
            _refuse("id_token", f"{len(raw)} characters long; the maximum is {max_bytes}")
        dots = raw.count(".")
        if dots != 2:
            _refuse("id_token", _ENCRYPTED if dots == 4 else f"{dots + 1} parts, not 3")
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
    """The values that a token must have to be accepted.

    Parameters
    ----------
    client_id:
        The client's own ID, which ``aud`` must contain.
    issuer:
        The provider's issuer identifier, compared exactly. It may contain `TENANT`. If None, any ``iss`` is accepted.
    nonce:
        The nonce of the login attempt; None if none was sent (in a refresh, or in a login without ``openid``).
    access_token:
        The access token that was issued with the ID token, for ``at_hash``; None skips that check.
    algorithms:
        The allowed ``alg`` values. Names that are not in `ALGORITHMS` have no effect.
    leeway:
        The accepted difference between the provider's clock and this one, in seconds.
    max_age:
        The greatest accepted age of the token by its ``iat``, in seconds (OpenID Connect Core §3.1.3.7, item 10);
        None for any. `exp` limits every token.
    """

    client_id: str
    issuer: str | None
    nonce: str | None = field(repr=False)
    access_token: str | None = field(repr=False)
    algorithms: frozenset[str]
    leeway: float = 60.0
    max_age: float | None = None


def check_header(token: IDToken, expectations: Expectations) -> None:
    """Check the JOSE header: ``alg`` is allowed, and no unsupported parameter is present (RFC 8725 §3.1, §3.2, §3.10).

    Raises
    ------
    InvalidToken
        `claim` is the name of the header parameter.
    """
    alg = token.header.get("alg")
    if not isinstance(alg, str) or alg not in expectations.algorithms or alg not in ALGORITHMS:
        # The value is quoted only if it is a known name.
        known = alg if isinstance(alg, str) and (alg in ALGORITHMS or alg == "none") else None
        what = f"alg {known} is not allowed" if known else "alg is missing or unknown"
        _refuse("alg", what, expected=", ".join(sorted(expectations.algorithms & ALGORITHMS.keys())))
    for name in _REFUSED_HEADERS:
        if name in token.header:
            _refuse(name, f"{name} in the header is not accepted")
    if "kid" in token.header and not isinstance(token.header["kid"], str):
        _refuse("kid", f"kid is of type {type(token.header['kid']).__name__} instead of a string")


def check_claims(token: IDToken, expectations: Expectations, now: float) -> None:
    """Check the claims of an ID token (OpenID Connect Core §2, §3.1.3.7, §3.1.3.8). `now` is in seconds since 1970.

    Raises
    ------
    InvalidToken
        `claim` is the claim's name.
    ClockDifference
        For a wrong time. The detail states the difference in seconds.
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
    """Check ``iss``, ``sub``, ``aud``, ``azp`` and the times: the part of `check_claims` that logout tokens share.

    If `subject_required` is false, ``sub`` may be missing. If present, it must still be well-formed.

    Raises
    ------
    InvalidToken
        See `check_claims`.
    """
    _check_issuer(claims, expectations.issuer)
    if subject_required or "sub" in claims:
        _check_subject(claims)
    _check_audience(claims, expectations.client_id)
    check_times(claims, now, expectations.leeway)
    check_age(claims, now, expectations.max_age, expectations.leeway)


def check_id_token(token: IDToken, expectations: Expectations, now: float) -> None:
    """Run all checks of an ID token that need no key: `check_header`, `check_type` and `check_claims`.

    Raises
    ------
    InvalidToken
        `claim` names the first failed check.
    """
    check_header(token, expectations)
    check_type(token.header)
    check_claims(token, expectations, now)


def verify_signature(token: IDToken, keys: Sequence[Key]) -> None:
    """Check that one of `keys` has signed the token. Keys that do not fit the token's ``alg`` are ignored.

    `keys` are the provider's (`KeySet.candidates`), or, if a symmetric ``alg`` is allowed, the client secret as an
    `OctKey`. At most `MAX_CANDIDATES` keys are tried.

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
        _refuse("signature", f"no known key has its kid and alg ({algorithm.name})")
    signing_input, _, last = token.raw.rpartition(".")
    signature = _decode(last, "signature")
    if not any(algorithm.verify(signing_input.encode("ascii"), signature, key) for key in fitting):
        _refuse("signature", f"none of {len(fitting)} matching keys ({algorithm.name}) verifies the signature")


def verify_id_token(
    token: IDToken | str, keys: KeySet | Sequence[Key], expectations: Expectations, now: float
) -> dict[str, Any]:
    """Parse and verify an ID token, and return its claims.

    Parameters
    ----------
    token:
        The compact serialization, or the result of `IDToken.parse`.
    keys:
        The provider's `KeySet`, or keys to try as in `verify_signature`.
    expectations:
        The expected values.
    now:
        The current time, in seconds since 1970.

    Raises
    ------
    InvalidToken
        `claim` names the first failed check. ``signature`` may mean that the provider has new keys.
    """
    if not isinstance(token, IDToken):
        token = IDToken.parse(token)
    check_id_token(token, expectations, now)
    verify_signature(token, keys.candidates(token.header) if isinstance(keys, KeySet) else keys)
    return token.claims


def _refuse(claim: str, reason: str, *, expected: str = "") -> NoReturn:
    raise InvalidToken(claim, f"ID token: {reason}", expected=expected)


def _decode(part: str, label: str) -> bytes:
    try:
        return base64url.decode(part)
    except ValueError as error:
        # The message comes from base64url.decode and does not contain the input.
        raise InvalidToken("id_token", f"ID token: {label}: {error}") from None


def _read(data: bytes, label: str, max_depth: int) -> dict[str, Any]:
    try:
        return loads_object(data, label=label, max_depth=max_depth)
    except InvalidResponse as error:
        raise InvalidToken("id_token", f"ID token: {error.detail}") from None


def check_type(header: dict[str, Any]) -> None:
    """Refuse a token whose ``typ`` names another type, such as an access or logout token (RFC 8725 §3.11).

    ID tokens have no explicit type.

    Raises
    ------
    InvalidToken
        `claim` is ``typ``.
    """
    value = header.get("typ", "JWT")
    if not isinstance(value, str):
        _refuse("typ", f"typ is of type {type(value).__name__} instead of a string")
    if value.lower().endswith("+jwt"):
        _refuse("typ", "typ names another kind of token", expected="JWT")


def _check_equal(claims: dict[str, Any], name: str, expected: str) -> None:
    """Check that a claim equals a secret value. The comparison takes constant time, and the error does not quote it."""
    value = claims.get(name)
    if not isinstance(value, str):
        _refuse(name, f"{name} is missing" if name not in claims else f"{name} is not a string")
    if not hmac.compare_digest(value.encode("utf-8"), expected.encode("utf-8")):
        _refuse(name, f"{name} does not have the expected value")


def _check_issuer(claims: dict[str, Any], issuer: str | None) -> None:
    value = claims.get("iss")
    if issuer is not None and TENANT in issuer:
        tenant = claims.get("tid")
        if not isinstance(tenant, str) or not _GUID.fullmatch(tenant):
            _refuse("tid", "tid, the tenant of the account, is missing or not the ID of a tenant")
        issuer = issuer.replace(TENANT, tenant)
    if issuer is None:
        if "iss" in claims and not isinstance(value, str):
            _refuse("iss", f"iss is of type {type(value).__name__} instead of a string")
    elif value != issuer:
        # Compared exactly: case, port and trailing slash are not normalized (OpenID Connect Core §3.1.3.7, 2).
        if isinstance(value, str):
            _refuse("iss", f"iss is another issuer: {quoted(value)}, not {quoted(issuer)}", expected=issuer)
        _refuse("iss", "iss is missing" if value is None else "iss is not a string", expected=issuer)


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
        _refuse("aud", "aud contains an audience twice", expected=client_id)
    if client_id not in audiences:
        named = ", ".join(quoted(one, 60) for one in audiences[:_MAX_SHOWN]) or "nothing"
        _refuse("aud", f"aud does not name this client: {named}, not {quoted(client_id)}", expected=client_id)
    # With several audiences, azp must state that this client requested the token (OpenID Connect Core §3.1.3.7, 4, 5).
    if "azp" in claims or len(audiences) > 1:
        authorized_party = claims.get("azp")
        if authorized_party != client_id:
            if authorized_party is None:
                _refuse("azp", "azp is missing, with several audiences", expected=client_id)
            shown = f": {quoted(authorized_party)}" if isinstance(authorized_party, str) else ""
            _refuse("azp", f"azp is another client{shown}", expected=client_id)
