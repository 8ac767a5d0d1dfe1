"""``oauthenticator-suite register`` of a client with a certificate (RFC 8705 §2), at a strict provider."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from tests.fakes.openid_provider.mutual_tls import thumbprint
from tests.fakes.openid_provider.registration import RegisteringFakeProvider
from tests.hub.certificates import authority_in, certificate
from tests.hub.client_certificates import der_of
from tests.support.key_files import write_keys

from .test_register import run, write_config

pytestmark = pytest.mark.hub_versions

C = "c.GenericOAuthenticator"
FILE = f"{C}.client_certificate_file = 'client.pem'"


@pytest.fixture
async def provider() -> AsyncIterator[RegisteringFakeProvider]:
    async with RegisteringFakeProvider() as provider:
        provider.auth_methods = ["client_secret_basic", "tls_client_auth", "self_signed_tls_client_auth"]
        yield provider


async def test_a_certificate_of_an_authority_is_registered_by_its_subject(
    folder: Path, provider: RegisteringFakeProvider
) -> None:
    certificate("hub.example", signed_by=authority_in(folder)).save(folder / "client.pem")
    write_config(folder, provider, FILE)
    assert await run("register") == 0
    ((client_id, registered),) = provider.registered.items()
    assert registered["token_endpoint_auth_method"] == "tls_client_auth"
    assert registered["tls_client_auth_subject_dn"] == provider.clients[client_id].tls_subject == "CN=hub.example"
    assert "jwks" not in registered


@pytest.mark.parametrize("decrypts", [False, True])
async def test_a_self_signed_certificate_is_registered_itself(
    decrypts: bool, folder: Path, provider: RegisteringFakeProvider
) -> None:
    """Other keys of the Hub are then registered in the same set, because a client has only one (RFC 7591 §2)."""
    own = certificate("hub.example")
    own.save(folder / "client.pem")
    write_keys(folder / "key", ECKey.generate_key("P-256"))
    write_config(folder, provider, FILE, *([f"{C}.client_decryption_key_file = 'key'"] if decrypts else []))
    assert await run("register") == 0
    ((client_id, registered),) = provider.registered.items()
    assert registered["token_endpoint_auth_method"] == "self_signed_tls_client_auth"
    assert not {"tls_client_auth_subject_dn", "jwks_uri"} & registered.keys()
    *others, jwk = registered["jwks"]["keys"]
    assert len(others) == decrypts
    assert jwk["x5c"] == [b64encode(der_of(own)).decode()]
    assert not {"d", "p", "q"} & jwk.keys()
    assert provider.clients[client_id].certificates == {thumbprint(der_of(own))}


async def test_a_provider_without_mutual_tls_gives_a_secret(folder: Path, provider: RegisteringFakeProvider) -> None:
    provider.auth_methods = ["client_secret_basic"]
    certificate("hub.example").save(folder / "client.pem")
    write_config(folder, provider, FILE)
    assert await run("register") == 0
    (registered,) = provider.registered.values()
    assert registered["token_endpoint_auth_method"] == "client_secret_basic"
    assert "jwks" not in registered


@pytest.mark.parametrize(
    ("lines", "status", "problem"),
    [
        ([FILE], 2, "the certificate cannot be read"),
        ([FILE, f"{C}.client_auth_method = 'tls_client_auth'"], 1, "client.pem has no certificate"),
    ],
    ids=["by itself", "demanded"],
)
async def test_a_certificate_that_cannot_be_read_is_named(
    lines: list[str],
    status: int,
    problem: str,
    folder: Path,
    provider: RegisteringFakeProvider,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_config(folder, provider, *lines)
    (folder / "client.pem").write_text("no certificate")
    assert await run("register") == status
    said = capsys.readouterr().err
    assert "client_certificate_file: " in said
    assert problem in said
    assert provider.count("register") == 0
