"""The keys of this client: reading a key file, signing with a key, and the JWK Set that the client publishes.

A key file is PEM text or JSON: a JWK, or a JWK Set (RFC 7517). The first key whose use allows it
signs, and the public parts of all are published, so that the provider knows the old and the new key during a rotation.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from ..errors import ConfigurationError, InvalidResponse
from . import base64url
from .jwks import MAX_RSA_BITS, MIN_RSA_BITS
from .metadata_values import listed
from .strict_json import loads_object

MAX_KEY_FILE = 65_536
"""Maximum size of a key file in bytes."""

MAX_KEYS_IN_FILE = 10
"""Maximum number of keys in a file. A rotation needs two."""

_ALGORITHMS = {
    ("RSA", None): ("RS256", "PS256", "RS384", "PS384", "RS512", "PS512"),
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA", "Ed25519"),
}
"""The signature algorithms of each kind of key, the preferred one first. ``Ed25519`` is the newer name (RFC 9864)."""

_PUBLIC = ("kty", "crv", "x", "y", "n", "e")
"""The members of a JWK that describe a public key (RFC 7518 §6.2 and §6.3, RFC 8037 §2)."""

_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----\s[A-Za-z0-9+/=:,\-\s]*?-----END \1-----")
_KID = re.compile(r"[ -~]{1,255}")
_WANTED = "an RSA key of 2048 to 8192 bits, an EC key on P-256, P-384 or P-521, or an Ed25519 key"


@dataclass(frozen=True, slots=True)
class ClientKey:
    """One private key. Neither the ``repr`` nor an error shows it.

    Attributes
    ----------
    key:
        The key, for `joserfc`.
    kid:
        Its identifier: that of the file, else its thumbprint (RFC 7638).
    algorithms:
        The signature algorithms that it may be used with, the preferred one first. Empty for a key that decrypts.
    certificate:
        The SHA-256 thumbprint of the certificate of this key, in base64url (RFC 7515 §4.1.8); empty without one.
    expires_at:
        When the certificate expires, in seconds since the epoch; None without one.
    """

    key: Key = field(repr=False)
    kid: str
    algorithms: tuple[str, ...]
    certificate: str = ""
    expires_at: float | None = None

    def public(self) -> dict[str, Any]:
        """The public key as a JWK, for the client's published JWK Set."""
        shown: dict[str, Any] = {name: value for name, value in self.key.dict_value.items() if name in _PUBLIC}
        shown |= {"kid": self.kid, "use": "sig" if self.algorithms else "enc"}
        if self.key.get("alg"):
            shown["alg"] = self.key.get("alg")
        return shown


# --- reading a file --------------------------------------------------------------------------------------------------


def read_client_keys(text: str, label: str) -> tuple[ClientKey, ...]:
    """The private keys in the text of a key file, in its order.

    Parameters
    ----------
    text:
        PEM text with one or more unencrypted private keys, each of which may have its certificate in the text too; or
        JSON: a private JWK or a JWK Set of them.
    label:
        The file, for errors, such as ``the file of OAuthenticator.client_key_file``.

    Raises
    ------
    ConfigurationError
        Says what is wrong with the file. It never quotes the file.
    """
    if len(text) > MAX_KEY_FILE:
        raise ConfigurationError(f"{label} has more than {MAX_KEY_FILE} bytes: it is not a key file")
    keys = _of_json(text, label) if text.lstrip().startswith("{") else _of_pem(text, label)
    if len({key.kid for key in keys}) != len(keys):
        raise ConfigurationError(f"{label} has two keys with the same kid")
    return keys


def _of_pem(text: str, label: str) -> tuple[ClientKey, ...]:
    blocks = [(found[1], found[0]) for found in _PEM.finditer(text)]
    keys = [_pem_key(block, label) for name, block in blocks if name.endswith("PRIVATE KEY")]
    if not keys:
        hint = " (it has a certificate or a public key only)" if blocks else ""
        raise ConfigurationError(
            f"{label} has no private key{hint}. It must hold a private key as PEM text, as a JWK, or as a JWK Set"
        )
    _check_number(keys, label)
    certificates = [_certificate(block.encode(), label) for name, block in blocks if name == "CERTIFICATE"]
    return tuple(with_certificate(key, certificates) for key in keys)


def _pem_key(block: str, label: str) -> ClientKey:
    if "ENCRYPTED" in block:
        raise ConfigurationError(f"{label} has an encrypted key. Decrypt it: openssl pkey -in FILE")
    try:
        native = load_pem_private_key(block.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        native = None
    if isinstance(native, rsa.RSAPrivateKey):
        _check_rsa_size(native.key_size, label)
        return _client_key(RSAKey.import_key(native), label)
    if isinstance(native, ec.EllipticCurvePrivateKey) and native.curve.name in ("secp256r1", "secp384r1", "secp521r1"):
        return _client_key(ECKey.import_key(native), label)
    if isinstance(native, ed25519.Ed25519PrivateKey):
        return _client_key(OKPKey.import_key(native), label)
    raise ConfigurationError(f"{label} has a key that cannot be used: it must be {_WANTED}")


def _of_json(text: str, label: str) -> tuple[ClientKey, ...]:
    try:
        document = loads_object(text.strip(), label=label)
    except InvalidResponse as error:
        raise ConfigurationError(error.detail) from None
    members = document.get("keys", [document])
    if not isinstance(members, list) or not members:
        raise ConfigurationError(f"{label} is a JWK Set without keys")
    _check_number(members, label)
    return tuple(_json_key(jwk, label) for jwk in members)


def _json_key(jwk: Any, label: str) -> ClientKey:
    if not isinstance(jwk, dict) or not all(isinstance(jwk.get(name, ""), str) for name in ("kty", "alg", "use")):
        raise ConfigurationError(f"{label} has a key that is not a JWK")
    kid = jwk.get("kid")
    if kid is not None and not (isinstance(kid, str) and _KID.fullmatch(kid)):
        raise ConfigurationError(f"{label} has a key whose kid is not a text of 1 to 255 ASCII characters")
    if "d" not in jwk:
        raise ConfigurationError(f"{label} has a key without its private part: it must hold private keys")
    # Only these members are imported, so that others, such as oth or a malformed x5c, have no effect on the key.
    wanted = ("kty", "crv", "x", "y", "n", "e", "d", "p", "q", "dp", "dq", "qi", "kid", "alg")
    given = {name: jwk[name] for name in wanted if name in jwk}
    types: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    try:
        if given["kty"] == "RSA":
            _check_rsa_size(int.from_bytes(base64url.decode(given["n"]), "big").bit_length(), label)
        key = types[given["kty"]].import_key(given)
        native = key.private_key  # which reads the numbers
    except (KeyError, TypeError, ValueError, AttributeError, JoseError, UnsupportedAlgorithm):
        native = None
    if native is None:
        raise ConfigurationError(f"{label} has a key that cannot be used: it must be {_WANTED}")
    made = _client_key(key, label, encrypts=jwk.get("use") == "enc")
    return with_certificate(made, _json_certificates(jwk, label))


def _client_key(key: Key, label: str, *, encrypts: bool = False) -> ClientKey:
    """The key with its algorithms. Its public part must verify what its private part signs."""
    possible = _ALGORITHMS.get((key.key_type, getattr(key, "curve_name", None)), ())
    own = key.get("alg")
    algorithms = () if encrypts else tuple(name for name in possible if own in (None, name))
    made = ClientKey(key, str(key.kid or key.thumbprint()), algorithms)
    if encrypts:
        return made
    if not algorithms:
        problem = f"whose alg is none of {', '.join(possible)}" if possible else "that cannot be used"
        raise ConfigurationError(f"{label} has a key {problem}: it must be {_WANTED}")
    if not _is_pair(made):
        raise ConfigurationError(f"{label} has a key whose private and public parts do not belong together")
    return made


def _is_pair(made: ClientKey) -> bool:
    """Whether the public part verifies a signature of the private part: a JWK states both."""
    key = made.key
    try:
        public = type(key).import_key(made.public())
        algorithm = JWSRegistry.algorithms[made.algorithms[0]]
        return bool(algorithm.verify(b"pair", algorithm.sign(b"pair", key), public))
    except (JoseError, ValueError):
        return False


def _check_rsa_size(bits: int, label: str) -> None:
    if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS:
        raise ConfigurationError(f"{label} has an RSA key of {bits} bits: it must be {_WANTED}")


def _check_number(keys: Sequence[Any], label: str) -> None:
    if len(keys) > MAX_KEYS_IN_FILE:
        raise ConfigurationError(f"{label} has more than {MAX_KEYS_IN_FILE} keys: keep the new one and the former one")


# --- certificates ----------------------------------------------------------------------------------------------------


def read_certificates(text: str, label: str) -> list[x509.Certificate]:
    """The certificates in PEM text, in its order; an empty list when there are none.

    Raises
    ------
    ConfigurationError
        When one of them is malformed.
    """
    return [_certificate(found[0].encode(), label) for found in _PEM.finditer(text) if found[1] == "CERTIFICATE"]


def with_certificate(key: ClientKey, certificates: Sequence[x509.Certificate]) -> ClientKey:
    """The key with the first one of these certificates that is about it; the same key when there is none."""
    for certificate in certificates:
        if _is_of(certificate, key):
            expires_at = expiry_of(certificate)
            return replace(key, certificate=certificate_thumbprint(certificate), expires_at=expires_at)
    return key


def certificate_thumbprint(certificate: x509.Certificate) -> str:
    """The SHA-256 hash of the DER encoding, in base64url: ``x5t#S256`` (RFC 7515 §4.1.8, RFC 8705 §3.1)."""
    return base64url.encode(hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest())


def expiry_of(certificate: x509.Certificate) -> float:
    """When a certificate expires, in seconds since the epoch."""
    return float(certificate.not_valid_after_utc.timestamp())


def _is_of(certificate: x509.Certificate, key: ClientKey) -> bool:
    encoded = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    own: Any = key.key.public_key
    try:
        return bool(certificate.public_key().public_bytes(*encoded) == own.public_bytes(*encoded))
    except (ValueError, UnsupportedAlgorithm):
        return False


def _certificate(pem: bytes, label: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise ConfigurationError(f"{label} has a certificate that cannot be read") from None


def _json_certificates(jwk: Mapping[str, Any], label: str) -> list[x509.Certificate]:
    """The certificates of ``x5c`` (RFC 7517 §4.7)."""
    chain = jwk.get("x5c", [])
    try:
        return [x509.load_der_x509_certificate(base64.b64decode(each, validate=True)) for each in chain]
    except (TypeError, ValueError):
        raise ConfigurationError(f"{label} has a certificate (x5c) that cannot be read") from None


# --- signing and publishing ------------------------------------------------------------------------------------------


def algorithm_for(key: ClientKey, offered: Collection[str] | None, label: str) -> str:
    """The algorithm to sign with: the key's preferred one that the provider accepts.

    Parameters
    ----------
    offered:
        What the provider accepts, such as ``token_endpoint_auth_signing_alg_values_supported``; None if it is unknown.
    label:
        The key's option, for the error.

    Raises
    ------
    ConfigurationError
        When the provider accepts none of the key's algorithms.
    """
    for name in key.algorithms:
        if offered is None or name in offered:
            return name
    raise ConfigurationError(
        f"{label}: the key signs with {' or '.join(key.algorithms)}, and the provider accepts only "
        f"'{listed(sorted(offered or ()))}': create another key, and register it at the provider"
    )


def sign(key: ClientKey, claims: Mapping[str, Any], *, typ: str, alg: str = "") -> str:
    """A signed JWT with these claims (RFC 7519), in compact form.

    Parameters
    ----------
    typ:
        The type of the token, in the header (RFC 8725 §3.11).
    alg:
        One of the key's algorithms; the preferred one by default.

    Raises
    ------
    ConfigurationError
        When the key cannot be used with `alg`.
    """
    if not alg and key.algorithms:
        alg = key.algorithms[0]
    if alg not in key.algorithms:
        raise ConfigurationError(f"the client's key {key.kid!a} cannot sign with {alg or 'any algorithm'}")
    header = {"alg": alg, "typ": typ}
    if key.kid:  # a client secret has none
        header["kid"] = key.kid
    if key.certificate:
        header["x5t#S256"] = key.certificate
    signing_input = ".".join(base64url.encode(json.dumps(part).encode()) for part in (header, dict(claims)))
    # As in `algorithms`: the algorithm's object, because a registry for each call costs more than the signature.
    signature: bytes = JWSRegistry.algorithms[alg].sign(signing_input.encode("ascii"), key.key)
    return f"{signing_input}.{base64url.encode(signature)}"


def public_set(keys: Sequence[ClientKey]) -> dict[str, Any]:
    """The JWK Set with the public parts of the keys (RFC 7517 §5)."""
    return {"keys": list(_unique(keys))}


def _unique(keys: Sequence[ClientKey]) -> Iterator[dict[str, Any]]:
    """A key that signs and decrypts is in two files, and in the set twice: with another ``use``."""
    seen: list[dict[str, Any]] = []
    for jwk in (key.public() for key in keys):
        if jwk not in seen:
            seen.append(jwk)
            yield jwk
