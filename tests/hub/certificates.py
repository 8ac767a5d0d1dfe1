"""Certificates for TLS tests: an authority, and what it signs well or badly."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import warnings
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


@dataclass
class Certificate:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def save(self, path: Path, password: bytes | None = None) -> str:
        encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        path.write_bytes(
            self.certificate.public_bytes(serialization.Encoding.PEM)
            + self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
        )
        return str(path)


def certificate(
    name: str,
    *,
    signed_by: Certificate | None = None,
    authority: bool = False,
    expired: bool = False,
    lasts: datetime.timedelta = DAY,
) -> Certificate:
    """A certificate for `name`, a host or an IP address; self-signed unless `signed_by` is given. It `lasts` so long."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = signed_by.certificate.subject if signed_by else subject
    signing_key = signed_by.key if signed_by else key
    end = datetime.datetime.now(datetime.timezone.utc) + (-DAY if expired else lasts)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - lasts - 3 * DAY)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([_general_name(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
    )
    if authority:
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    return Certificate(builder.sign(signing_key, hashes.SHA256()), key)


def authority_in(folder: Path) -> Certificate:
    """A new authority, whose certificate and key are in ``authority.pem``."""
    made = certificate("authority", authority=True)
    made.save(folder / "authority.pem")
    return made


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def server_context(path: str, *, newest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """A server's context with the certificate and key at `path`; with `newest`, nothing newer is spoken."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    if newest is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = newest
        context.set_ciphers("ALL:@SECLEVEL=0")
    return context
