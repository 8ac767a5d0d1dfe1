"""Keys and certificates for the strict providers: an authority, what it signs, and the keys of a client."""

from __future__ import annotations

import base64
import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey, RSAKey

from tests.hub.certificates import Certificate, certificate

YEAR = datetime.timedelta(days=365)
CLIENT_NAME = "hub.example.test"
"""What the client's certificate says, and what is registered at the providers (``tls_client_auth_san_dns``)."""


@dataclass(frozen=True)
class StrictKeys:
    """Files in one folder."""

    authority: Path
    server: Path
    client_certificate: Path
    """Signed by the authority; with its key."""
    self_signed_certificate: Path
    client_keys: Path
    """A JWK set with private keys: one signs, and an EC key and an RSA key decrypt."""
    provider_keys: dict[str, Any]

    @property
    def private(self) -> list[dict[str, Any]]:
        """The client's private keys."""
        keys: list[dict[str, Any]] = json.loads(self.client_keys.read_text())["keys"]
        return keys

    @property
    def public(self) -> list[dict[str, Any]]:
        """What a provider is told about the client's keys, and the certificate that no authority has signed."""
        hidden = {"d", "p", "q", "dp", "dq", "qi"}
        keys = [{name: value for name, value in key.items() if name not in hidden} for key in self.private]
        return [*keys, self._certificate_as_key()]

    def _certificate_as_key(self) -> dict[str, Any]:
        loaded = x509.load_pem_x509_certificate(self.self_signed_certificate.read_bytes())
        key = loaded.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        encoded = base64.b64encode(loaded.public_bytes(serialization.Encoding.DER)).decode()
        return ECKey.import_key(pem).as_dict(private=False) | {"use": "sig", "kid": "tls", "x5c": [encoded]}


def make_keys(folder: Path) -> StrictKeys:
    """Fresh keys and certificates, in `folder`."""
    authority = certificate("authority.example.test", authority=True)
    files = {name: folder / f"{name}.pem" for name in ("authority", "server", "client", "self-signed")}
    files["authority"].write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    made: dict[str, Certificate] = {
        "server": certificate("127.0.0.1", signed_by=authority),
        "client": certificate(CLIENT_NAME, signed_by=authority, lasts=YEAR),
        "self-signed": certificate(CLIENT_NAME, lasts=YEAR),
    }
    for name, one in made.items():
        one.save(files[name])
    client_keys = folder / "client-keys.json"
    keys = [
        ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": "signs"}),
        ECKey.generate_key("P-256", {"use": "enc", "alg": "ECDH-ES", "kid": "decrypts-ec"}),
        RSAKey.generate_key(2048, {"use": "enc", "alg": "RSA-OAEP-256", "kid": "decrypts-rsa"}),
    ]
    client_keys.write_text(json.dumps({"keys": [key.as_dict(private=True) for key in keys]}))
    client_keys.chmod(0o600)
    provider_keys = [
        RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": "provider-rsa"}),
        ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": "provider-ec"}),
    ]
    return StrictKeys(
        authority=files["authority"],
        server=files["server"],
        client_certificate=files["client"],
        self_signed_certificate=files["self-signed"],
        client_keys=client_keys,
        provider_keys={"keys": [key.as_dict(private=True) for key in provider_keys]},
    )
