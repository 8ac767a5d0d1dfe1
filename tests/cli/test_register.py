"""``oauthenticator-suite register`` and ``find-issuer``, at a strict provider."""

from __future__ import annotations

import asyncio
import json
import re
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from oauthenticator_suite.cli import main
from oauthenticator_suite.cli.register.provider import new_transport
from oauthenticator_suite.errors import AddressRefused
from oauthenticator_suite.protocol.messages import Request
from tests.contract.logins import accepted
from tests.fakes.openid_provider import Fault
from tests.fakes.openid_provider.bending import member
from tests.fakes.openid_provider.keys import SigningKeys
from tests.fakes.openid_provider.registration import RegisteringFakeProvider
from tests.hub.certificates import certificate
from tests.support import Hub, HubState
from tests.support.key_files import write_keys

pytestmark = pytest.mark.hub_versions

CALLBACK = "https://hub.example.org/hub/oauth_callback"


@pytest.fixture
async def provider() -> AsyncIterator[RegisteringFakeProvider]:
    async with RegisteringFakeProvider() as provider:
        yield provider


async def run(*arguments: str) -> int:
    """The command blocks, and the provider runs in this thread."""
    return await asyncio.to_thread(main, list(arguments))


def write_config(folder: Path, provider: RegisteringFakeProvider, *lines: str) -> None:
    text = [
        'c.JupyterHub.authenticator_class = "suite-generic"',
        'c.JupyterHub.public_url = "https://hub.example.org/"',
        f"c.GenericOAuthenticator.issuer = {provider.issuer!r}",
        'c.GenericOAuthenticator.scope = ["openid", "profile", "unknown"]',
        *lines,
    ]
    (folder / "jupyterhub_config.py").write_text("\n".join(text) + "\n")


def credentials(folder: Path) -> tuple[dict[str, Any], str]:
    document = json.loads((folder / "client-registration.json").read_text())
    secret = folder / "client-secret"
    return document, secret.read_text().strip() if secret.exists() else ""


def kept_in(folder: Path) -> list[Path]:
    return list(folder.glob("*client-*"))


async def test_registering_and_managing(
    folder: Path, provider: RegisteringFakeProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a configuration without a client: registered, shown, changed, removed. No secret is printed."""
    write_config(
        folder,
        provider,
        "c.GenericOAuthenticator.enable_auth_state = True",
        "c.GenericOAuthenticator.backchannel_logout = True",
        "c.GenericOAuthenticator.frontchannel_logout = True",
        "c.GenericOAuthenticator.rp_initiated_logout = True",
        "c.GenericOAuthenticator.initiate_login = True",
    )
    assert await run("register", "--client-name", "Our Hub") == 0
    printed = capsys.readouterr()
    document, secret = credentials(folder)
    (client_id,) = provider.registered
    assert provider.registered[client_id] == {
        "application_type": "web",
        "redirect_uris": [CALLBACK],
        "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "client_secret_post",
        "client_name": "Our Hub",
        "scope": "openid profile",
        "post_logout_redirect_uris": ["https://hub.example.org/hub/oauth_logged_out"],
        "backchannel_logout_uri": "https://hub.example.org/hub/oauth_backchannel_logout",
        "frontchannel_logout_uri": "https://hub.example.org/hub/oauth_frontchannel_logout",
        "frontchannel_logout_session_required": True,
        "initiate_login_uri": "https://hub.example.org/hub/oauth_initiate",
    }
    assert document["client_id"] == client_id
    assert secret == provider.clients[client_id].client_secret
    for name in ("client-secret", "client-registration.json"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert f"c.GenericOAuthenticator.client_id = {client_id!r}" in printed.out
    assert f"c.GenericOAuthenticator.client_secret_file = {str(folder / 'client-secret')!r}" in printed.out

    (folder / "client-secret").chmod(0o640)  # for the user of the Hub
    assert await run("register", "--show") == 0
    assert stat.S_IMODE((folder / "client-secret").stat().st_mode) == 0o640
    assert await run("register", "--update", "--client-name", "New name") == 0
    assert provider.registered[client_id]["client_name"] == "New name"
    again, same = credentials(folder)
    assert (again["client_id"], same) == (client_id, secret)
    assert again["registration_access_token"] == provider.tokens[client_id]  # the provider has given a new one
    printed_later = capsys.readouterr()
    for canary in (secret, document["registration_access_token"], again["registration_access_token"]):
        assert canary not in printed.out + printed.err + printed_later.out + printed_later.err

    assert await run("register", "--show", "--print-secret") == 0
    assert f"client secret: {secret}" in capsys.readouterr().out
    assert await run("register", "--delete") == 0
    assert client_id not in provider.clients
    assert not kept_in(folder)
    assert provider.refusals == []


async def test_an_update_removes_what_is_no_longer_configured(folder: Path, provider: RegisteringFakeProvider) -> None:
    """What the provider has added stays."""
    section = "c.GenericOAuthenticator"
    write_config(folder, provider, f"{section}.enable_dpop = {section}.enable_par = {section}.initiate_login = True")
    assert await run("register") == 0
    (registered,) = provider.registered.values()
    wanted = {"initiate_login_uri", "dpop_bound_access_tokens", "require_pushed_authorization_requests"}
    assert wanted <= registered.keys()
    registered["tos_uri"] = "https://op.example/added-by-the-provider"
    write_config(folder, provider)
    assert await run("register", "--show") == 0
    assert await run("register", "--update") == 0
    (updated,) = provider.registered.values()
    assert registered.keys() - updated.keys() == wanted
    assert "tos_uri" in updated


async def test_a_key_that_only_decrypts_is_published_and_authenticates_no_client(
    folder: Path, provider: RegisteringFakeProvider
) -> None:
    write_keys(folder / "key", RSAKey.generate_key(2048))
    write_config(folder, provider, f"c.GenericOAuthenticator.client_decryption_key_file = {str(folder / 'key')!r}")
    provider.auth_methods = ["client_secret_basic", "private_key_jwt"]
    assert await run("register") == 0
    (registered,) = provider.registered.values()
    assert registered["jwks_uri"] == "https://hub.example.org/hub/oauth_jwks"
    assert registered["token_endpoint_auth_method"] == "client_secret_basic"


async def test_without_a_configuration_and_with_an_initial_access_token(
    folder: Path, provider: RegisteringFakeProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.initial_access_token = "initial-token"
    provider.secret_expires_at = 2_000_000_000
    (folder / "token").write_text("initial-token\n")
    flags = ["register", "--issuer", provider.issuer, "--callback-url", CALLBACK, "--directory", "kept"]
    assert await run(*flags) == 1
    assert "HTTP 401, invalid_token" in capsys.readouterr().err
    assert not kept_in(folder / "kept")
    assert await run(*flags, "--initial-access-token-file", "token") == 0
    assert "client_secret_expires_at = 2000000000" in capsys.readouterr().out
    assert (folder / "kept" / "client-secret").exists()
    assert stat.S_IMODE((folder / "kept").stat().st_mode) == 0o700


async def test_what_exists_is_not_overwritten(
    folder: Path, provider: RegisteringFakeProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is registered when the credentials could not be kept."""
    write_config(folder, provider)
    (folder / "client-secret").write_text("another")
    assert await run("register") == 2
    assert "client-secret exists" in capsys.readouterr().err
    assert (folder / "client-secret").read_text() == "another"
    assert not (folder / "client-registration.json").exists()
    assert provider.count("register") == 0


@pytest.mark.parametrize("what", ["--show", "--update", "--delete"])
async def test_a_registration_at_another_provider_is_left_alone(
    folder: Path, provider: RegisteringFakeProvider, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    """The configuration has changed since: the token of the registration is for the provider that has issued it."""
    write_config(folder, provider)
    assert await run("register") == 0
    kept, asked = credentials(folder), len(provider.calls)
    lines = ('c.GenericOAuthenticator.issuer = "https://op.example"',)
    write_config(folder, provider, *lines)
    assert await run("register", what) == 2
    assert f"is at the issuer {provider.issuer}" in capsys.readouterr().err
    assert len(provider.calls) == asked
    assert credentials(folder) == kept


async def test_without_a_configuration_addresses_are_checked_too() -> None:
    """The endpoints are from the provider's metadata: its host may lead to another address by now."""
    transport = new_transport("https://op.example")
    with pytest.raises(AddressRefused):
        await transport.send(Request("POST", "https://169.254.169.254/register", "registration"))
    await transport.close()


async def test_a_client_whose_credentials_cannot_be_kept_is_removed(
    folder: Path, provider: RegisteringFakeProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without its credentials, no one could use or remove it. What was kept before is not taken for a registration."""
    write_config(folder, provider)

    def make_unwritable(*_: object) -> None:
        (folder / "client-secret").unlink()
        (folder / "client-secret").mkdir()

    provider.faults.on(Fault("unwritable", "register", "the file of the secret cannot be written", make_unwritable))
    assert await run("register") == 2
    assert "client-secret cannot be written" in capsys.readouterr().err
    assert (provider.count("register"), provider.registered) == (1, {})
    (folder / "client-secret").rmdir()
    assert not kept_in(folder)
    provider.faults.off()
    assert await run("register") == 0


@pytest.mark.parametrize(
    ("arguments", "lines", "status", "says"),
    [
        (["--show"], [], 2, "client-registration.json does not exist"),
        (["--issuer", "https://op.example"], [], 2, "--issuer needs --callback-url"),
        (["--provider", "other"], [], 2, "no OAuth provider 'other'"),
        (["--initial-access-token-file", "missing"], [], 2, "missing cannot be read"),
        ([], ['c.GenericOAuthenticator.issuer = ""'], 2, "set c.GenericOAuthenticator.issuer"),
        ([], ['c.JupyterHub.public_url = ""'], 2, "oauth_callback_url or c.JupyterHub.public_url"),
        (["--config", "nowhere.py"], [], 2, "nowhere.py"),
        (["--directory", "/proc/nowhere"], [], 2, "cannot be written"),
        ([], ['c.JupyterHub.authenticator_class = "dummy"'], 2, "no OAuth provider"),
    ],
)
async def test_what_cannot_be_registered(
    folder: Path,
    provider: RegisteringFakeProvider,
    arguments: list[str],
    lines: list[str],
    status: int,
    says: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_config(folder, provider, *lines)
    assert await run("register", *arguments) == status
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error
    assert provider.count("register") == 0


async def test_a_provider_that_registers_no_client(
    folder: Path, provider: RegisteringFakeProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """No endpoint, one at another host, one without TLS, and the metadata of another issuer: refused."""
    write_config(folder, provider)
    for name, value, says in (
        ("registration_endpoint", None, "no registration_endpoint"),
        ("registration_endpoint", "https://evil.example/r", "outside the issuer's origin"),
        ("registration_endpoint", "http://evil.example/r", "is a plain http URL"),
        ("issuer", "https://evil.example", "the document belongs to"),
    ):
        provider.faults.on(Fault(f"{name} {value}", "metadata", says, member(name, value)))
        assert await run("register") == 1
        assert says in capsys.readouterr().err
        assert not kept_in(folder)
        provider.faults.off()


async def test_several_providers(
    folder: Path, provider: RegisteringFakeProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each has its own callback."""
    entry = f'"config": {{"issuer": {provider.issuer!r}}}'
    (folder / "jupyterhub_config.py").write_text(f"""
c.JupyterHub.authenticator_class = "suite-multi"
c.JupyterHub.public_url = "https://hub.example.org/"
c.MultiAuthenticator.authenticators = [
    {{"authenticator_class": "suite-generic", "provider": "campus", {entry}}},
    {{"authenticator_class": "suite-generic", "provider": "guests", {entry}}},
]
""")
    assert await run("register") == 2
    assert "--provider campus or guests" in capsys.readouterr().err
    assert await run("register", "--provider", "guests") == 0, capsys.readouterr().err
    (members,) = provider.registered.values()
    assert members["redirect_uris"] == ["https://hub.example.org/hub/auth/guests/authorize"]
    printed = capsys.readouterr().out
    assert "For the config of the entry 'guests' in c.MultiAuthenticator.authenticators:" in printed
    assert f'    "client_id": {next(iter(provider.registered))!r},' in printed
    assert "c.GenericOAuthenticator." not in printed  # that would be for both


@pytest.mark.conformance("oidcc-client-test-dynamic-registration")
async def test_oidcc_client_test_dynamic_registration(
    folder: Path, provider: RegisteringFakeProvider, hubs: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """oidcc-client-test-dynamic-registration: a Hub with the printed lines lets users in."""
    state = HubState()
    callback = f"{state.url}/hub/oauth_callback"
    assert await run("register", "--issuer", provider.issuer, "--callback-url", callback) == 0
    hub = await hubs(config_of(capsys.readouterr().out), state)
    await accepted(hub, provider)


@pytest.mark.parametrize("where", ["jwks_uri", "jwks"])
async def test_a_client_with_a_key(
    folder: Path, provider: RegisteringFakeProvider, hubs: Any, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The provider fetches the keys of the Hub; with a callback of the operator's own it is given them. No secret."""
    state = HubState()
    provider.auth_methods = ["client_secret_post", "private_key_jwt"]
    write_keys(folder / "key", ECKey.generate_key("P-256"))
    callback = f"{state.url}/hub/oauth_callback"
    mine = f"{state.url}/elsewhere/callback" if where == "jwks" else callback
    lines = [f"c.GenericOAuthenticator.client_key_file = {str(folder / 'key')!r}"]
    write_config(folder, provider, *lines, f"c.GenericOAuthenticator.oauth_callback_url = {mine!r}")
    assert await run("register") == 0, capsys.readouterr().err
    (client_id,) = provider.registered
    members = provider.registered[client_id]
    assert members["token_endpoint_auth_method"] == "private_key_jwt"
    if where == "jwks":
        assert [sorted(key) for key in members["jwks"]["keys"]] == [["crv", "kid", "kty", "use", "x", "y"]]
    else:
        assert members["jwks_uri"] == f"{state.url}/hub/oauth_jwks"
    assert credentials(folder)[1] == ""
    assert not (folder / "client-secret").exists()
    printed = capsys.readouterr().out
    assert "client_secret" not in printed
    provider.clients[client_id].redirect_uris = {callback}
    c = config_of("\n".join([printed, *lines]))
    c.GenericOAuthenticator.client_secret = ""
    await accepted(await hubs(c, state), provider)


@pytest.mark.parametrize("binds_by", ["DPoP", "certificate"])
async def test_what_the_profile_demands_is_registered(
    folder: Path, provider: RegisteringFakeProvider, binds_by: str
) -> None:
    """Without it a provider registers a secret, RS256, and tokens that are not bound."""
    write_keys(folder / "key", ECKey.generate_key("P-256"))
    lines = [f"c.GenericOAuthenticator.client_key_file = {str(folder / 'key')!r}"]
    if binds_by == "certificate":
        file = certificate("hub.example").save(folder / "tls.pem")
        lines.append(f"c.GenericOAuthenticator.client_certificate_file = {file!r}")
    write_config(folder, provider, *lines, 'c.GenericOAuthenticator.security_profile = "fapi2"')
    provider.auth_methods = ["client_secret_basic", "private_key_jwt"]
    provider.keys = SigningKeys("ES256")
    assert await run("register") == 0
    (members,) = provider.registered.values()
    bound = "dpop_bound_access_tokens" if binds_by == "DPoP" else "tls_client_certificate_bound_access_tokens"
    wanted = {
        "token_endpoint_auth_method": "private_key_jwt",
        "require_pushed_authorization_requests": True,
        "id_token_signed_response_alg": "ES256",
        bound: True,
    }
    assert {name: members.get(name) for name in wanted} == wanted
    assert len({"dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens"} & members.keys()) == 1


async def test_what_the_options_demand_is_registered(folder: Path, provider: RegisteringFakeProvider) -> None:
    """Otherwise the provider would send what the Hub refuses."""
    write_keys(folder / "key", RSAKey.generate_key(2048))
    write_config(
        folder,
        provider,
        f"c.GenericOAuthenticator.client_decryption_key_file = {str(folder / 'key')!r}",
        'c.GenericOAuthenticator.id_token_encrypted_response_alg = ["RSA-OAEP-256"]',
        'c.GenericOAuthenticator.userinfo_encrypted_response_alg = ["RSA-OAEP-256"]',
        'c.GenericOAuthenticator.userinfo_signed_response_alg = ["RS256", "ES256"]',
        "c.GenericOAuthenticator.enable_par = True",
        "c.GenericOAuthenticator.enable_dpop = True",
        "c.GenericOAuthenticator.enable_auth_state = True",
    )
    assert await run("register") == 0
    (members,) = provider.registered.values()
    wanted = {
        "id_token_encrypted_response_alg": "RSA-OAEP-256",
        "id_token_encrypted_response_enc": "A256GCM",
        "userinfo_encrypted_response_alg": "RSA-OAEP-256",
        "userinfo_encrypted_response_enc": "A256GCM",
        "userinfo_signed_response_alg": "ES256",
        "require_pushed_authorization_requests": True,
        "dpop_bound_access_tokens": True,
        "jwks_uri": "https://hub.example.org/hub/oauth_jwks",
    }
    assert {name: members.get(name) for name in wanted} == wanted


def config_of(printed: str) -> Any:
    """The configuration with the printed lines."""
    from traitlets.config import Config

    c = Config()
    c.JupyterHub.authenticator_class = "suite-generic"
    c.GenericOAuthenticator.allow_all = True
    exec("\n".join(re.findall(r"^c\..*$", printed, re.MULTILINE)), {"c": c})
    return c


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param("acct:alice@{host}", marks=pytest.mark.conformance("oidcc-client-test-discovery-webfinger-acct")),
        pytest.param("{origin}/alice", marks=pytest.mark.conformance("oidcc-client-test-discovery-webfinger-url")),
    ],
)
async def test_oidcc_client_test_discovery_webfinger(
    provider: RegisteringFakeProvider,
    hub_at_provider: Callable[..., Awaitable[Hub]],
    resource: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """oidcc-client-test-discovery-webfinger-acct and -url: the issuer is found, and a Hub logs in there."""
    text = resource.format(host=provider.host, origin=provider.origin)
    provider.accounts.add(text)
    assert await run("find-issuer", text) == 0
    issuer = capsys.readouterr().out.strip()
    await accepted(await hub_at_provider(issuer=issuer), provider)
    assert provider.requests_to("webfinger")[0].fields["resource"] == text


async def test_issuers_that_are_not_found(
    provider: RegisteringFakeProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown user, an answer with another issuer than the metadata's, and text that is not an identifier."""
    known = f"acct:alice@{provider.host}"
    provider.accounts.add(known)
    for text, issuer, says in (
        (f"acct:nobody@{provider.host}", None, "knows no issuer"),
        (known, f"{provider.origin}/", "differ only in trailing slashes"),
        (known, "http://login.example", "plain http"),
        ("nonsense@", None, "is not an account"),
    ):
        provider.webfinger_issuer = issuer
        assert await run("find-issuer", text) == 1
        error = capsys.readouterr().err
        assert says in error
        assert "Traceback" not in error


async def test_what_a_login_needs_more_is_another_command_s(
    provider: RegisteringFakeProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """Google's endpoints are on several hosts: its issuer is found, although no login works with that option alone."""
    account = f"acct:alice@{provider.host}"
    provider.accounts.add(account)
    provider.faults.on(Fault("hosts", "metadata", "", member("token_endpoint", "https://tokens.example/t")))
    assert await run("find-issuer", account) == 0
    assert capsys.readouterr().out.strip() == provider.issuer
