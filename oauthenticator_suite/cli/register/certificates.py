"""What is registered of a client certificate: its subject, or the certificate itself when it is self-signed."""

from __future__ import annotations

import base64
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.jwk import ECKey, OKPKey, RSAKey

from ...errors import ConfigurationError
from ...hub.oauth.authenticator import OAuthenticator
from ...protocol.client import TLS_METHODS

BY_AUTHORITY, SELF_SIGNED = TLS_METHODS


def certificate_method(authenticator: OAuthenticator) -> str:
    """The method of client authentication for the certificate in the options.

    Raises
    ------
    ConfigurationError
        If its file cannot be read.
    """
    return SELF_SIGNED if _is_self_signed(_certificate(authenticator)) else BY_AUTHORITY


def certificate_members(authenticator: OAuthenticator, method: str) -> dict[str, Any]:
    """The members about the certificate for a ``token_endpoint_auth_method``; none for one without TLS.

    They are ``tls_client_auth_subject_dn``, an RFC 4514 text (RFC 8705 §2.1.2), or ``jwks``, a JWK Set that has the
    certificate as ``x5c`` next to the other published keys (§2.2.2).

    Raises
    ------
    ConfigurationError
        If a file cannot be used, or the certificate has no subject.
    """
    if method not in TLS_METHODS:
        return {}
    certificate = _certificate(authenticator)
    if method == SELF_SIGNED:
        has_keys = bool(authenticator.client_key_file or authenticator.client_decryption_key_file)
        others = authenticator.connection.public_keys()["keys"] if has_keys else []
        return {"jwks": {"keys": [*others, _jwk(certificate)]}}
    subject = certificate.subject.rfc4514_string()
    if not subject:
        option = authenticator.connection.certificates.option
        raise ConfigurationError(f"{option}: the certificate has no subject, by which the provider could recognize it")
    return {"tls_client_auth_subject_dn": subject}


def _certificate(authenticator: OAuthenticator) -> x509.Certificate:
    certificates = authenticator.connection.certificates
    found = certificates.own()
    if not found:
        option = certificates.option if certificates.path else "client_certificate_file"
        raise ConfigurationError(f"{option}: the certificate cannot be read, and client_auth_method needs it")
    return found[0]


def _is_self_signed(certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _jwk(certificate: x509.Certificate) -> dict[str, Any]:
    native: Any = certificate.public_key()
    kinds: dict[type, Any] = {rsa.RSAPublicKey: RSAKey, ec.EllipticCurvePublicKey: ECKey}
    key = next((kind for public, kind in kinds.items() if isinstance(native, public)), OKPKey).import_key(native)
    chain = [base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()]
    return {**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig", "x5c": chain}
