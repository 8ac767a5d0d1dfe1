"""What is asked and found when the Hub has a certificate for its connections."""

from __future__ import annotations

from pathlib import Path

from tests.cli.online.asking import found, told
from tests.fakes.openid_provider import FakeProvider, Fault
from tests.fakes.openid_provider.bending import member
from tests.hub.certificates import certificate

ALIASES = {"token_endpoint": "https://mtls.example:8443/token", "userinfo_endpoint": "https://mtls.example:8443/me"}


async def test_an_endpoint_for_certificates_on_another_host(provider: FakeProvider, tmp_path: Path) -> None:
    """The Hub refuses these metadata, so the command must say so."""
    own = certificate("hub.example.test").save(tmp_path / "tls.pem")
    provider.faults.on(Fault("aliases", "metadata", "", member("mtls_endpoint_aliases", ALIASES)))
    findings = await told(provider, client_certificate_file=own, client_certificate_key_file=own)
    assert 'add to trusted_provider_hosts: "mtls.example:8443"' in findings["discovered-hosts"]
    assert findings["discovered-hosts"].count("https://mtls.example:8443") == 1, "each host is named once"
    assert "mtls_endpoint_aliases.userinfo_endpoint" in findings["discovered-hosts"]


async def test_without_a_certificate_they_are_not_used(provider: FakeProvider) -> None:
    provider.faults.on(Fault("aliases", "metadata", "", member("mtls_endpoint_aliases", ALIASES)))
    assert await found(provider) == {}
