"""A client with a certificate, at a provider that listens with mutual TLS."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from tests.fakes.openid_provider import FakeProvider
from tests.hub.certificates import Certificate, authority_in, certificate


class Authority:
    """Signs the certificates of the server and of clients, and writes their files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._own = authority_in(folder)
        self.file = str(folder / "authority.pem")
        self.server = certificate("127.0.0.1", signed_by=self._own).save(folder / "server.pem")

    def client(self, name: str = "hub.example", days: float = 90, **given: Any) -> Certificate:
        return certificate(name, signed_by=self._own, lasts=datetime.timedelta(days=days), **given)

    def write_apart(self, made: Certificate) -> None:
        """The certificate and its key in two files, as cert-manager does."""
        made.save(self.folder / "both")
        text = (self.folder / "both").read_text()
        cut = text.index("-----BEGIN PRIVATE")
        (self.folder / "tls.crt").write_text(text[:cut])
        (self.folder / "tls.key").write_text(text[cut:])


def der_of(made: Certificate) -> bytes:
    return made.certificate.public_bytes(Encoding.DER)


def options(provider: FakeProvider, authority: Authority, **given: Any) -> dict[str, Any]:
    """The options of a client with the certificate that `Authority.write_apart` has written."""
    return {
        "client_secret": "",
        "client_auth_method": "",
        "client_certificate_file": str(authority.folder / "tls.crt"),
        "client_certificate_key_file": str(authority.folder / "tls.key"),
        "http_request_kwargs": {"ca_certs": authority.file},
        "trusted_provider_hosts": {provider.mtls_origin.removeprefix("https://")},
        **given,
    }


async def demand_certificates(provider: FakeProvider, authority: Authority, *methods: str) -> None:
    """The provider listens with mutual TLS, offers only these `methods`, and binds tokens to the certificate."""
    await provider.listen_with_tls(authority.server, authority.file)
    provider.client.auth_method = "tls_client_auth"
    provider.client.tls_subject = "CN=hub.example"
    provider.auth_methods = list(methods)
    provider.binds_tokens = True


def all_requests_had(provider: FakeProvider, own: Certificate) -> None:
    """Fails unless every request of a session with one refresh had this certificate, and nothing was refused."""
    for name, times in (("par", 1), ("token", 2), ("userinfo", 2), ("revoke", 2)):
        assert [call.certificate for call in provider.requests_to(name)] == [der_of(own)] * times, name
    assert provider.refusals == []
