"""``oauthenticator-suite register`` chooses what both the configuration and the provider's metadata have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from oauthenticator_suite.cli.register.agreement import CONTENT_PREFERENCE
from oauthenticator_suite.protocol.encryption import CONTENT_ALGORITHMS
from tests.fakes.openid_provider.records import Call, Reply
from tests.fakes.openid_provider.registration import RegisteringFakeProvider
from tests.support.key_files import write_keys

from .test_register import CALLBACK, kept_in, run, write_config

pytestmark = pytest.mark.hub_versions

RSA, EC = RSAKey.generate_key(2048), ECKey.generate_key("P-256")
C = "c.GenericOAuthenticator"


class ChoosyProvider(RegisteringFakeProvider):
    """Its metadata have what `offers` says; None for a member that is missing."""

    def __init__(self) -> None:
        super().__init__()
        self.offers: dict[str, Any] = {}

    async def _metadata(self, call: Call) -> Reply:
        reply = await super()._metadata(call)
        document = {**reply.json, **self.offers}
        return Reply(json={name: value for name, value in document.items() if value is not None})


@pytest.fixture
async def provider() -> AsyncIterator[ChoosyProvider]:
    async with ChoosyProvider() as provider:
        yield provider


def offers(**members: Any) -> dict[str, Any]:
    """Members of the metadata, by the part of their name in front of ``_supported``."""
    return {f"{name}_supported": value for name, value in members.items()}


KEY = "client_key_file = 'rsa'"
DECRYPTS = "client_decryption_key_file = 'both'"

AGREED: dict[str, tuple[list[str], dict[str, Any], dict[str, Any]]] = {
    "a secret in the header": (
        [],
        offers(token_endpoint_auth_methods=["client_secret_jwt", "client_secret_basic"]),
        {"token_endpoint_auth_method": "client_secret_basic", "token_endpoint_auth_signing_alg": None},
    ),
    "no list of methods": (
        [KEY],
        offers(token_endpoint_auth_methods=None),
        {"token_endpoint_auth_method": "client_secret_basic"},
    ),
    "a secret that signs": (
        [],
        offers(token_endpoint_auth_methods=["client_secret_jwt"], token_endpoint_auth_signing_alg_values=["HS512"]),
        {"token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "HS512"},
    ),
    "assertions": (
        [KEY],
        offers(
            token_endpoint_auth_methods=["private_key_jwt"], token_endpoint_auth_signing_alg_values=["ES256", "PS256"]
        ),
        {"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "PS256"},
    ),
    "assertions, without a list": (
        [KEY],
        offers(token_endpoint_auth_methods=["private_key_jwt"]),
        {"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": None},
    ),
    "assertions of the platform": (
        ["client_assertion_file = 'token'"],
        offers(token_endpoint_auth_methods=["private_key_jwt"], token_endpoint_auth_signing_alg_values=["ES256"]),
        {"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": None},
    ),
    "signed requests": (
        [KEY, "request_object = 'value'"],
        offers(request_object_signing_alg_values=["PS256", "ES256"]),
        {"request_object_signing_alg": "PS256"},
    ),
    "signed requests that the provider demands": (
        [KEY],
        {"require_signed_request_object": True, **offers(request_object_signing_alg_values=None)},
        {"request_object_signing_alg": "RS256"},
    ),
    "ID tokens by default": (
        [],
        offers(id_token_signing_alg_values=["ES256", "RS256"]),
        {"id_token_signed_response_alg": None},
    ),
    "ID tokens without the default": (
        [],
        offers(id_token_signing_alg_values=["PS256", "ES384"]),
        {"id_token_signed_response_alg": "ES384"},
    ),
    "ID tokens by one algorithm": (
        ["id_token_signed_response_alg = ['PS256']"],
        offers(id_token_signing_alg_values=["RS256", "PS256"]),
        {"id_token_signed_response_alg": "PS256"},
    ),
    "without ID tokens": (
        ["scope = ['profile']"],
        offers(id_token_signing_alg_values=["HS256"]),
        {"id_token_signed_response_alg": None},
    ),
    "signed responses": (
        ["response_mode = 'jwt'"],
        offers(authorization_signing_alg_values=["ES256"]),
        {"authorization_signed_response_alg": "ES256", "id_token_signed_response_alg": None},
    ),
    "signed userinfo": (
        ["userinfo_signed_response_alg = ['ES256', 'PS256', 'RS256']"],
        offers(userinfo_signing_alg_values=["none", "RS256", "PS256"]),
        {"userinfo_signed_response_alg": "PS256"},
    ),
    "encrypted ID tokens": (
        [DECRYPTS, "id_token_encrypted_response_alg = ['ECDH-ES', 'RSA-OAEP-256']"],
        offers(id_token_encryption_alg_values=["RSA-OAEP-256"], id_token_encryption_enc_values=["A128CBC-HS256"]),
        {"id_token_encrypted_response_alg": "RSA-OAEP-256", "id_token_encrypted_response_enc": "A128CBC-HS256"},
    ),
    "encryption for the key that there is": (
        ["client_decryption_key_file = 'rsa'", "userinfo_encrypted_response_alg = ['ECDH-ES', 'RSA-OAEP-256']"],
        {},
        {"userinfo_encrypted_response_alg": "RSA-OAEP-256", "userinfo_encrypted_response_enc": "A256GCM"},
    ),
}

REFUSED: dict[str, tuple[list[str], dict[str, Any], str]] = {
    "the configured method": (
        ["client_auth_method = 'client_secret_post'"],
        offers(token_endpoint_auth_methods=["client_secret_basic"]),
        "client_auth_method: the Hub has client_secret_post, and the provider offers client_secret_basic "
        "(token_endpoint_auth_methods_supported): set client_auth_method to client_secret_basic",
    ),
    "a provider without secrets": (
        [],
        offers(token_endpoint_auth_methods=["private_key_jwt", "tls_client_auth"]),
        "set client_auth_method to private_key_jwt, which needs client_key_file",
    ),
    "unknown methods": (
        [],
        offers(token_endpoint_auth_methods=["attest_jwt_client_auth"]),
        "register the Hub on the provider's own pages",
    ),
    "assertions": (
        [KEY],
        offers(token_endpoint_auth_methods=["private_key_jwt"], token_endpoint_auth_signing_alg_values=["ES256"]),
        "client_key_file: the Hub has RS256, PS256, RS384, PS384, RS512, PS512, and the provider offers ES256 "
        "(token_endpoint_auth_signing_alg_values_supported): make a key for one of them with oauthenticator-suite "
        "client-key --alg",
    ),
    "a secret that signs": (
        ["client_auth_method = 'client_secret_jwt'"],
        offers(token_endpoint_auth_methods=["client_secret_jwt"], token_endpoint_auth_signing_alg_values=["RS256"]),
        "client_auth_method: the Hub has HS256, HS384, HS512, and the provider offers RS256",
    ),
    "signed requests": (
        [KEY, "request_object = 'value'"],
        offers(request_object_signing_alg_values=["none"]),
        "client_key_file: the Hub has RS256, PS256, RS384, PS384, RS512, PS512, and the provider offers none "
        "(request_object_signing_alg_values_supported)",
    ),
    "signed requests without a key": (
        [],
        {"require_signed_request_object": True},
        "client_key_file is not set, and this client needs a key",
    ),
    "ID tokens": (
        [],
        offers(id_token_signing_alg_values=["HS256", "none"]),
        "(id_token_signing_alg_values_supported): have the provider sign with one of the Hub's, or add HS256 to the option",
    ),
    "ID tokens under a profile": (
        [KEY, "security_profile = 'fapi2'"],
        offers(token_endpoint_auth_methods=["private_key_jwt"], id_token_signing_alg_values=["RS256"]),
        "id_token_signed_response_alg: the Hub has ES256, EdDSA, PS256, and the provider offers RS256 "
        "(id_token_signing_alg_values_supported): have the provider sign with one of the Hub's\n",
    ),
    "signed responses": (
        ["response_mode = 'jwt'"],
        offers(authorization_signing_alg_values=["HS256"]),
        "(authorization_signing_alg_values_supported): have the provider sign with one of the Hub's, or add HS256 to",
    ),
    "signed userinfo": (
        ["userinfo_signed_response_alg = ['ES256']"],
        offers(userinfo_signing_alg_values=[]),
        "userinfo_signed_response_alg: the Hub has ES256, and the provider offers nothing "
        "(userinfo_signing_alg_values_supported): add one of these to the option, or remove the option",
    ),
    "encrypted userinfo": (
        [DECRYPTS, "userinfo_encrypted_response_alg = ['ECDH-ES']"],
        offers(userinfo_encryption_alg_values=["RSA-OAEP-256", "RSA1_5"]),
        "userinfo_encrypted_response_alg: the Hub has ECDH-ES, and the provider offers RSA-OAEP-256, RSA1_5",
    ),
    "encrypted content": (
        [DECRYPTS, "id_token_encrypted_response_alg = ['ECDH-ES']"],
        offers(id_token_encryption_alg_values=["ECDH-ES"], id_token_encryption_enc_values=["A192GCM"]),
        "id_token_encrypted_response_alg: the Hub has A256GCM, A128GCM, A256CBC-HS512, A128CBC-HS256, and the provider "
        "offers A192GCM (id_token_encryption_enc_values_supported): have the provider offer one of the Hub's, or remove",
    ),
    "encryption without a key for it": (
        ["client_decryption_key_file = 'rsa'", "id_token_encrypted_response_alg = ['ECDH-ES']"],
        {},
        "id_token_encrypted_response_alg is ECDH-ES, and no key of client_decryption_key_file fits",
    ),
    "a list that is none": (
        [],
        offers(token_endpoint_auth_methods="client_secret_basic"),
        "the provider's metadata: token_endpoint_auth_methods_supported is not a list of strings",
    ),
}


def configure(folder: Path, provider: ChoosyProvider, lines: list[str]) -> None:
    write_keys(folder / "rsa", RSA)
    write_keys(folder / "both", RSA, EC)
    write_config(folder, provider, *(f"{C}.{line}" for line in lines))


@pytest.mark.parametrize("what", AGREED)
async def test_what_both_have_is_registered(
    folder: Path, provider: ChoosyProvider, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, provider.offers, expected = AGREED[what]
    configure(folder, provider, lines)
    assert await run("register") == 0, capsys.readouterr().err
    (members,) = provider.registered.values()
    assert {name: members.get(name) for name in expected} == expected


@pytest.mark.parametrize("what", REFUSED)
async def test_nothing_in_common(
    folder: Path, provider: ChoosyProvider, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No client is made that the Hub or the provider would refuse at the first login."""
    lines, provider.offers, says = REFUSED[what]
    configure(folder, provider, lines)
    assert await run("register") == 1
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error
    assert provider.count("register") == 0
    assert not kept_in(folder)


async def test_without_a_configuration(provider: ChoosyProvider, capsys: pytest.CaptureFixture[str]) -> None:
    """The defaults of the options count."""
    flags = ["register", "--issuer", provider.issuer, "--callback-url", CALLBACK, "--directory", "kept"]
    provider.offers = offers(id_token_signing_alg_values=["HS256"])
    assert await run(*flags) == 1
    assert "id_token_signed_response_alg" in capsys.readouterr().err
    provider.offers = offers(token_endpoint_auth_methods=["private_key_jwt"])
    assert await run(*flags) == 1
    assert "which needs client_key_file" in capsys.readouterr().err
    assert provider.count("register") == 0


async def test_an_update_asks_again(folder: Path, provider: ChoosyProvider, capsys: pytest.CaptureFixture[str]) -> None:
    """What the provider no longer offers is replaced, and members that are no longer needed are left out."""
    provider.offers = offers(id_token_signing_alg_values=["ES256"])
    configure(folder, provider, [])
    assert await run("register") == 0, capsys.readouterr().err
    (members,) = provider.registered.values()
    assert members["id_token_signed_response_alg"] == "ES256"
    provider.offers = offers(id_token_signing_alg_values=["RS256"])
    assert await run("register", "--update") == 0
    (members,) = provider.registered.values()
    assert "id_token_signed_response_alg" not in members


def test_every_content_encryption_is_known() -> None:
    assert set(CONTENT_PREFERENCE) == CONTENT_ALGORITHMS
