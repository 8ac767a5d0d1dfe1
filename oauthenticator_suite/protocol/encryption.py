"""Encrypted tokens (JWE, RFC 7516) with a signed token inside (nested JWT, RFC 7519 §5.2).

Anyone who knows this client's public key can encrypt to it. Encryption hides a token on its way and proves nothing
about its origin, so the token inside must be signed, and passes every check of a token that is not encrypted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry, decrypt_compact
from joserfc.jwk import Key

from ..errors import InvalidResponse, InvalidToken
from . import base64url
from .id_token import MAX_TOKEN_BYTES
from .strict_json import loads_object

KEY_ALGORITHMS = frozenset({"RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"})
"""The key encryption algorithms (RFC 7518 §4) that are accepted by default.

RSA1_5 is not supported, because its padding lets attackers decrypt tokens by trial (RFC 8725 §3.2), nor are algorithms
with a shared secret or a password (dir, A128KW …, PBES2).
"""

OLDER_KEY_ALGORITHMS = frozenset({"RSA-OAEP"})
"""Accepted only when an option lists them: RSA-OAEP uses SHA-1. Some providers have nothing better."""

CONTENT_ALGORITHMS = frozenset({"A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512"})
"""The content encryption algorithms (RFC 7518 §5) that are accepted."""

_REGISTER = "Have the provider use the Hub's present public key (jwks_uri), or set the key that it uses"
_MAX_HEADER = 2048
_MAX_TRIES = 10
_OVERHEAD = 4096
"""Characters of an encrypted token besides its content: header, encrypted key, initialization vector and tag."""

# Compressed content may expand without end. The others are extensions, none of which is supported, or contain or name a
# key that the sender chose.
_REFUSED_HEADERS = ("zip", "crit", "b64", "jwk", "jku", "x5u", "x5c")
_KEY_TYPES = {"RSA": ("RSA",), "ECD": ("EC", "OKP")}
_CURVES = (None, "P-256", "P-384", "P-521", "X25519")
_FAILURES = (
    JoseError, InvalidTag, InvalidUnwrap, UnsupportedAlgorithm,
    ValueError, TypeError, KeyError, AttributeError, AssertionError, OverflowError,
)  # fmt: skip
"""What joserfc and cryptography raise about content and ephemeral keys that a sender chose."""


class _Registry(JWERegistry):
    """As large as the largest accepted token: the length is checked before."""

    max_protected_header_length = _MAX_HEADER
    max_encrypted_key_length = 2048
    max_ciphertext_length = 2**31


def can_decrypt(key: Key) -> bool:
    """Whether a key may be used with one of the algorithms."""
    return any(_fits(key, alg) for alg in KEY_ALGORITHMS | OLDER_KEY_ALGORITHMS)


def is_encrypted(raw: object) -> bool:
    """Whether a token is in the compact serialization of JWE: five parts (RFC 7516 §7.1)."""
    return isinstance(raw, str) and raw.count(".") == 4


def decrypt(
    raw: str,
    keys: Sequence[Key],
    algorithms: Collection[str] = KEY_ALGORITHMS,
    *,
    label: str = "ID token",
    max_bytes: int = MAX_TOKEN_BYTES,
) -> str:
    """Decrypt an encrypted token and return the signed token inside, in its compact serialization and not verified.

    Parameters
    ----------
    raw:
        The compact serialization (RFC 7516 §7.1).
    keys:
        This client's private keys. If the token names a key (``kid``), only that one is tried, or those without a name.
    algorithms:
        The accepted key encryption algorithms. Names that are in neither `KEY_ALGORITHMS` nor `OLDER_KEY_ALGORITHMS`
        have no effect.
    label:
        Begins the error's detail.
    max_bytes:
        The maximum size of the token inside, in bytes.

    Raises
    ------
    InvalidToken
        `claim` is ``encryption``. All failures of the decryption itself have one detail, so that the log gives an
        attacker no oracle.
    """
    if len(raw) > max_bytes * 4 / 3 + _OVERHEAD:
        raise _refusal(label, f"{len(raw)} characters long, more than a token of {max_bytes} bytes needs")
    header = _header(raw, label)
    alg = _checked(header, algorithms, label)
    fitting = [key for key in _named(keys, header.get("kid")) if _fits(key, alg)]
    if not fitting:
        problem = f"encrypted with {alg} to a key that is not among those of client_decryption_key_file"
        raise _refusal(label, f"{problem}. {_REGISTER}")
    registry = _Registry(algorithms=[alg, header["enc"]], strict_check_header=False)
    for key in fitting[:_MAX_TRIES]:
        inner = _decrypted(raw, key, registry)
        if inner is not None:
            return _signed_token(inner, label, max_bytes)
    raise _refusal(label, f"it cannot be decrypted with the keys of client_decryption_key_file. {_REGISTER}")


def _header(raw: str, label: str) -> dict[str, Any]:
    try:
        header, *_ = [base64url.decode(part) for part in raw.split(".")]
        return loads_object(header, label="header", max_bytes=_MAX_HEADER, max_depth=5)
    except InvalidResponse as error:
        reason = error.detail
    except ValueError as error:  # its message does not contain the input
        reason = str(error)
    raise _refusal(label, f"encrypted, and malformed: {reason}")


def _checked(header: Mapping[str, Any], algorithms: Collection[str], label: str) -> str:
    """The key encryption algorithm of a header in which everything is accepted."""
    accepted = (KEY_ALGORITHMS | OLDER_KEY_ALGORITHMS) & set(algorithms)
    alg, enc = header.get("alg"), header.get("enc")
    if not isinstance(alg, str) or alg not in accepted:
        older = alg if isinstance(alg, str) and alg in OLDER_KEY_ALGORITHMS else "this one"
        raise _refusal(
            label, f"encrypted with an alg that is not accepted ({older}); accepted: {', '.join(sorted(accepted))}"
        )
    if not isinstance(enc, str) or enc not in CONTENT_ALGORITHMS:
        raise _refusal(
            label, f"encrypted with an enc that is not accepted; accepted: {', '.join(sorted(CONTENT_ALGORITHMS))}"
        )
    for name in _REFUSED_HEADERS:
        if name in header:
            raise _refusal(label, f"{name} in the header of an encrypted token is not accepted")
    if not all(isinstance(header.get(name, ""), str) for name in ("kid", "cty", "typ")):
        raise _refusal(label, "kid, cty or typ in the header of an encrypted token is not a string")
    if header.get("cty", "JWT").upper() not in ("JWT", "APPLICATION/JWT"):
        raise _refusal(label, "the content of the encrypted token is not a token (cty)")
    return alg


def _named(keys: Sequence[Key], kid: object) -> list[Key]:
    if kid is None:
        return list(keys)
    return [key for key in keys if key.kid == kid] or [key for key in keys if key.kid is None]


def _fits(key: Key, alg: str) -> bool:
    """Whether `key` may be used with `alg`: by type, curve, and its own ``alg`` if it has one."""
    curve = getattr(key, "curve_name", None)
    return key.key_type in _KEY_TYPES[alg[:3]] and curve in _CURVES and key.get("alg") in (None, alg)


def _decrypted(raw: str, key: Key, registry: JWERegistry) -> bytes | None:
    try:
        return decrypt_compact(raw, key, registry=registry).plaintext
    except _FAILURES:
        return None


def _signed_token(inner: bytes, label: str, max_bytes: int) -> str:
    if len(inner) > max_bytes:
        raise _refusal(label, f"the encrypted token has {len(inner)} bytes; the maximum is {max_bytes}")
    dots = inner.count(b".")
    if not inner.isascii() or dots != 2:
        problem = "is encrypted once more" if dots == 4 else "is not signed"
        raise _refusal(label, f"what is encrypted {problem}: encryption alone proves nothing about the sender")
    return inner.decode("ascii")


def _refusal(label: str, reason: str) -> InvalidToken:
    return InvalidToken("encryption", f"{label}: {reason}")
