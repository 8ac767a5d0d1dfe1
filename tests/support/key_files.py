"""Key files and certificates of a client, as an operator would write them."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import Key

YEAR_2100 = datetime.datetime(2100, 1, 1, tzinfo=datetime.timezone.utc)


def write_keys(file: Path, *keys: Key) -> None:
    """A JWK Set."""
    file.write_text(json.dumps({"keys": [key.as_dict(private=True) for key in keys]}))


def pem_of(key: Any, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    """A private key of `cryptography` as PEM text."""
    text: bytes = key.private_bytes(Encoding.PEM, form, NoEncryption())
    return text.decode()


def certificate_of(key: Any, until: datetime.datetime = YEAR_2100, name: str = "hub") -> x509.Certificate:
    """A certificate of a private key of `cryptography`, signed by itself."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime.datetime(2020, 1, 1)).not_valid_after(until)
    return builder.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
