"""The client proves its identity with a signed assertion: at logins, refreshes and revocations, with each kind of key."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from joserfc.jwk import ECKey, Key, RSAKey

from oauthenticator_suite import EntraOAuthenticator, GenericOAuthenticator
from oauthenticator_suite.hub.findings.finding import find
from oauthenticator_suite.hub.oauth.client_keys import PREFER_FIRST_KEY_AFTER
from oauthenticator_suite.protocol.metadata import ServerMetadata
from tests.contract.sessions import ALL_REQUESTS, EXPIRES_AFTER, client_assertions, refreshed_and_logged_out
from tests.fakes.openid_provider import FakeProvider
from tests.fakes.openid_provider.assertions import Federation
from tests.support.key_files import certificate_of, pem_of, write_keys

pytestmark = pytest.mark.hub_versions

NO_SECRET = {"client_secret": "", "client_auth_method": ""}


def statuses(provider: FakeProvider, since: int = 0) -> list[int]:
    return [call.status for call in provider.requests_to("token")][since:]


def sent_assertions(provider: FakeProvider) -> list[dict[str, Any]]:
    return [claims for _, claims in client_assertions(provider)]


@pytest.fixture
def key(provider: FakeProvider, tmp_path: Path) -> Key:
    """A key in the file ``key``, which the provider knows."""
    made = ECKey.generate_key("P-256")
    write_keys(tmp_path / "key", made)
    provider.register_keys(made)
    return made


# --- private_key_jwt --------------------------------------------------------------------------------------------------


async def test_a_key_is_used_by_itself_when_the_provider_offers_only_that(
    key: Key, provider: FakeProvider, hub_at_provider: Any, tmp_path: Path
) -> None:
    hub = await hub_at_provider(**NO_SECRET, client_key_file=str(tmp_path / "key"))
    for name in ("alice", "bob"):
        assert (await hub.browser().login(name)).status == 200
    assert provider.refusals == []
    first, second = sent_assertions(provider)
    assert first["aud"] == provider.issuer
    assert first["jti"] != second["jti"]
    assert not [form for form in provider.canaries() if form in hub.log.text]


async def test_the_start_names_the_option_when_the_provider_demands_a_key(
    key: Key, provider: FakeProvider, hub_at_provider: Any
) -> None:
    for secret in ("", "a-secret-that-is-not-wanted"):
        hub = await hub_at_provider(client_secret=secret, client_auth_method="")
        line = await hub.log.until("No user can sign in")
        assert "only by private_key_jwt: set client_key_file" in line
        assert (await hub.browser().login("alice")).status == 500
        assert provider.count("authorize") == 0


async def test_the_secret_is_used_while_the_provider_offers_that(
    provider: FakeProvider, hub_at_provider: Any, tmp_path: Path
) -> None:
    """A key may be for signed requests alone. With `client_auth_method`, it also authenticates the client."""
    made = RSAKey.generate_key(2048)
    write_keys(tmp_path / "key", made)
    provider.client.auth_method = "client_secret_post"
    hub = await hub_at_provider(client_auth_method="", client_key_file=str(tmp_path / "key"))
    assert (await hub.browser().login("alice")).status == 200
    provider.register_keys(made)
    hub = await hub_at_provider(client_auth_method="private_key_jwt", client_key_file=str(tmp_path / "key"))
    assert (await hub.browser().login("alice")).status == 200
    assert statuses(provider) == [200, 200]


async def test_a_pushed_request_a_refresh_and_a_revocation_have_assertions_of_their_own(
    key: Key, provider: FakeProvider, hub_at_provider: Any, tmp_path: Path
) -> None:
    provider.access_token_lifetime = EXPIRES_AFTER
    hub = await hub_at_provider(**NO_SECRET, client_key_file=str(tmp_path / "key"), **ALL_REQUESTS, enable_par=True)
    browser = hub.browser("alice")
    assert (await browser.login()).status == 200
    await refreshed_and_logged_out(hub, browser)
    assert statuses(provider) == [200, 200]
    assert len({each["jti"] for each in sent_assertions(provider)}) == 5
    assert provider.refusals == []


async def test_another_key_is_refused_and_the_log_says_what_to_check(
    provider: FakeProvider, hub_at_provider: Any, tmp_path: Path
) -> None:
    write_keys(tmp_path / "key", ECKey.generate_key("P-256"))
    provider.register_keys(ECKey.generate_key("P-256"))
    hub = await hub_at_provider(**NO_SECRET, client_key_file=str(tmp_path / "key"))
    assert (await hub.browser().login("alice")).status == 502
    assert statuses(provider) == [401]
    (line,) = [line for line in hub.log.lines_with("invalid_client") if "client_key_file" in line]
    assert "the public key of client_key_file is registered" in line
    assert "no client secret" not in line


async def test_a_broken_connection_is_not_answered_with_the_same_assertion(
    key: Key, provider: FakeProvider, hub_at_provider: Any, tmp_path: Path
) -> None:
    """A token request is never sent twice; the next login has another one, and another ``jti``."""
    hub = await hub_at_provider(**NO_SECRET, client_key_file=str(tmp_path / "key"))
    provider.faults.on("F3", at="token", times=1)
    assert (await hub.browser().login("alice")).status in (502, 503)
    assert (await hub.browser().login("alice")).status == 200
    assert len({each["jti"] for each in sent_assertions(provider)}) == provider.count("token") == 2


async def test_a_rotation_before_the_provider_knows_the_new_key(
    key: Key, provider: FakeProvider, hub_at_provider: Any, tmp_path: Path
) -> None:
    new = RSAKey.generate_key(2048)
    write_keys(tmp_path / "key", new, key)
    hub = await hub_at_provider(**NO_SECRET, client_key_file=str(tmp_path / "key"))
    assert (await hub.browser().login("alice")).status == 200
    assert statuses(provider) == [401, 200]
    assert (await hub.browser().login("bob")).status == 200
    assert statuses(provider, 2) == [200]  # the Hub remembers which one works
    (line,) = hub.log.lines_with("of GenericOAuthenticator.client_key_file and accepts")
    assert line.startswith("WARNING")
    provider.register_keys(new)
    assert (await hub.browser().login("alice")).status == 200
    assert statuses(provider, 3) == [401, 200]
    assert len({each["jti"] for each in sent_assertions(provider)}) == 5


async def test_the_first_key_is_tried_again_after_a_while(
    key: Key, provider: FakeProvider, hub_at_provider: Any, tmp_path: Path
) -> None:
    write_keys(tmp_path / "key", RSAKey.generate_key(2048), key)
    hub = await hub_at_provider(**NO_SECRET, client_key_file=str(tmp_path / "key"))
    now, keys = time.time(), hub.authenticator.connection.keys
    for name, later, expected in (
        ("alice", 0, [401, 200]),
        ("bob", PREFER_FIRST_KEY_AFTER - 10, [200]),
        ("alice", PREFER_FIRST_KEY_AFTER, [401, 200]),
    ):
        keys._clock = lambda later=later: now + later
        asked = provider.count("token")
        assert (await hub.browser().login(name)).status == 200
        assert statuses(provider, asked) == expected, name


async def test_two_keys_that_the_provider_does_not_know(
    key: Key, provider: FakeProvider, hub_at_provider: Any, tmp_path: Path
) -> None:
    write_keys(tmp_path / "key", ECKey.generate_key("P-256"), RSAKey.generate_key(2048))
    hub = await hub_at_provider(**NO_SECRET, client_key_file=str(tmp_path / "key"))
    assert (await hub.browser().login("alice")).status == 502
    assert statuses(provider) == [401, 401]
    assert hub.log.lines_with("The provider refuses the keys")


async def test_the_provider_fetches_the_keys_that_the_hub_publishes(
    provider: FakeProvider, hub_at_provider: Any, tmp_path: Path
) -> None:
    """`jwks_uri`: a rotation needs nothing at the provider."""
    provider.client.auth_method = "private_key_jwt"
    old, new = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    write_keys(tmp_path / "key", old)
    hub = await hub_at_provider(
        client_secret="", client_auth_method="private_key_jwt", client_key_file=str(tmp_path / "key")
    )
    provider.client.jwks_uri = f"{hub.url}/hub/oauth_jwks"
    assert (await hub.browser().login("alice")).status == 200
    write_keys(tmp_path / "key", new, old)
    assert (await hub.browser().login("bob")).status == 200
    provider.keeps_client_keys = True
    write_keys(tmp_path / "key", ECKey.generate_key("P-256"), new)
    assert (await hub.browser().login("alice")).status == 200
    assert statuses(provider) == [200, 200, 401, 200]


async def test_a_certificate_is_named_in_the_header(
    provider: FakeProvider, hub_at_provider: Any, tmp_path: Path
) -> None:
    made = RSAKey.generate_key(2048)
    certificate = certificate_of(made.private_key)
    (tmp_path / "key").write_text(pem_of(made.private_key) + pem_of_certificate(certificate))
    provider.register_keys(made)
    hub = await hub_at_provider(**NO_SECRET, client_key_file=str(tmp_path / "key"))
    provider.client.needs_certificate_header = hub.authenticator.connection.keys.signing_key().certificate
    assert provider.client.needs_certificate_header
    assert (await hub.browser().login("alice")).status == 200


def pem_of_certificate(certificate: Any) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return str(certificate.public_bytes(Encoding.PEM).decode())


async def test_the_algorithm_is_one_that_the_metadata_name(
    provider: FakeProvider, hub_at_provider: Any, tmp_path: Path
) -> None:
    made = RSAKey.generate_key(2048)
    write_keys(tmp_path / "key", made)
    provider.register_keys(made)
    provider.assertion_algorithms = ["PS256", "ES256"]
    hub = await hub_at_provider(**NO_SECRET, client_key_file=str(tmp_path / "key"))
    assert (await hub.browser().login("alice")).status == 200
    provider.assertion_algorithms = ["ES256"]
    hub = await hub_at_provider(**NO_SECRET, client_key_file=str(tmp_path / "key"))
    assert (await hub.browser().login("alice")).status == 500
    assert hub.log.lines_with("the key signs with RS256")


# --- client_secret_jwt ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["", "client_secret_jwt"])
async def test_a_secret_signs_and_is_not_sent(method: str, provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.client.auth_method = "client_secret_jwt"
    provider.auth_methods = ["client_secret_jwt"]
    hub = await hub_at_provider(client_auth_method=method)
    assert (await hub.browser().login("alice")).status == 200
    (call,) = provider.requests_to("token")
    assert provider.client.client_secret not in call.body
    assert "client_secret" not in call.fields


async def test_a_rotated_secret_signs(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.client.auth_method = "client_secret_jwt"
    hub = await hub_at_provider(
        client_auth_method="client_secret_jwt",
        client_secret="n" * 40,
        previous_client_secret=provider.client.client_secret,
    )
    assert (await hub.browser().login("alice")).status == 200
    assert statuses(provider) == [401, 200]


# --- a token of the platform ------------------------------------------------------------------------------------------


class Platform:
    """Writes tokens into a file, as Kubernetes does."""

    def __init__(self, file: Path, provider: FakeProvider) -> None:
        self.file = file
        self.key = RSAKey.generate_key(2048)
        provider.client.auth_method = "private_key_jwt"
        provider.client.federation = Federation("https://cluster", "sa:hub", provider.issuer, self.key.public_key)
        provider.auth_methods = ["private_key_jwt"]
        self.audience = provider.issuer
        self.write(600)

    def write(self, seconds: float) -> str:
        claims = {"iss": "https://cluster", "sub": "sa:hub", "aud": [self.audience], "exp": time.time() + seconds}
        text = jwt.encode(claims, self.key.private_key, "RS256")
        self.file.write_text(f"{text}\n")
        return text


@pytest.fixture
def platform(provider: FakeProvider, tmp_path: Path) -> Platform:
    return Platform(tmp_path / "token", provider)


async def test_the_token_is_read_again_for_each_request(
    platform: Platform, provider: FakeProvider, hub_at_provider: Any
) -> None:
    hub = await hub_at_provider(**NO_SECRET, client_assertion_file=str(platform.file))
    sent = []
    for name in ("alice", "bob"):
        sent.append(platform.write(600 + len(sent)))
        assert (await hub.browser().login(name)).status == 200
    assert [call.fields["client_assertion"] for call in provider.requests_to("token")] == sent
    assert not [token for token in sent if token in hub.log.text]


@pytest.mark.parametrize("problem", ["expired", "missing", "no token"])
async def test_without_a_valid_token_no_request_is_sent(
    problem: str, platform: Platform, provider: FakeProvider, hub_at_provider: Any
) -> None:
    hub = await hub_at_provider(**NO_SECRET, client_assertion_file=str(platform.file))
    if problem == "expired":
        platform.write(-60)
    elif problem == "missing":
        platform.file.unlink()
    else:
        platform.file.write_text("canary")
    assert (await hub.browser().login("alice")).status == 500
    assert provider.count("token") == 0
    reason = {"expired": "expired 6", "missing": "No such file", "no token": "does not hold a signed JWT"}[problem]
    lines = hub.log.lines_with(f"GenericOAuthenticator.client_assertion_file, {str(platform.file)!r},")
    assert [line for line in lines if reason in line]
    assert "canary" not in hub.log.text
    platform.write(600)
    assert (await hub.browser().login("alice")).status == 200


def test_entra_needs_the_file_alone(tmp_path: Path, provider: FakeProvider) -> None:
    platform = Platform(tmp_path / "token", provider)
    entra = EntraOAuthenticator(
        client_id="hub",
        tenant_id="11111111-1111-4111-8111-111111111111",
        client_assertion_file=str(platform.file),
        allow_all=True,
    )
    entra.check_configuration()
    client = entra.connection.authentication.client(None)
    assert client.authenticate({})[1]["client_assertion"] == platform.file.read_text().strip()


# --- which method and audience ----------------------------------------------------------------------------------------


def authenticator(cls: Any = GenericOAuthenticator, **traits: Any) -> Any:
    return cls(**{"client_id": "hub", "issuer": "https://login.example", **traits})


def metadata_with(methods: tuple[str, ...] | None) -> ServerMetadata:
    return ServerMetadata("i", "a", "t", token_endpoint_auth_methods_supported=methods)


SECRET, KEY, CERTIFICATE = {"client_secret": "s"}, {"client_key_file": "/k"}, {"client_certificate_file": "/c"}


@pytest.mark.parametrize(
    ("options", "offered", "expected"),
    [
        (SECRET, None, "client_secret_basic"),
        (SECRET, ("client_secret_basic", "client_secret_post"), "client_secret_post"),
        (SECRET, ("client_secret_jwt",), "client_secret_jwt"),
        (SECRET, ("new",), "client_secret_basic"),
        (KEY, None, "private_key_jwt"),
        (KEY, ("client_secret_basic",), "private_key_jwt"),
        ({**SECRET, **KEY}, ("private_key_jwt", "client_secret_basic"), "client_secret_basic"),
        ({**SECRET, **KEY}, ("private_key_jwt", "client_secret_jwt"), "private_key_jwt"),
        ({**KEY, **CERTIFICATE}, ("tls_client_auth", "private_key_jwt"), "private_key_jwt"),
        (CERTIFICATE, ("self_signed_tls_client_auth",), "self_signed_tls_client_auth"),
        (CERTIFICATE, None, "tls_client_auth"),
        ({**SECRET, **CERTIFICATE}, ("tls_client_auth",), "tls_client_auth"),
        ({}, ("private_key_jwt",), "none"),
        ({**SECRET, "client_assertion_file": "/t"}, ("client_secret_basic",), "private_key_jwt"),
        ({**KEY, "client_auth_method": "none"}, ("private_key_jwt",), "none"),
        ({**KEY, "basic_auth": True}, ("private_key_jwt",), "client_secret_basic"),
        ({**SECRET, "token_url": "https://login.example/t"}, ("client_secret_basic",), "client_secret_post"),
        ({**KEY, "token_url": "https://login.example/t"}, ("client_secret_basic",), "private_key_jwt"),
    ],
)
def test_which_method(options: Any, offered: tuple[str, ...] | None, expected: str) -> None:
    assert authenticator(**options).connection.authentication.method(metadata_with(offered)) == expected


def audience_of(made: Any, tmp_path: Path) -> tuple[str, str]:
    write_keys(tmp_path / "key", ECKey.generate_key("P-256"))
    made.client_key_file = str(tmp_path / "key")
    token = made.connection.authentication.client(None).authenticate({})[1]["client_assertion"]
    claims = jwt.decode(token, options={"verify_signature": False})
    return claims["aud"], jwt.get_unverified_header(token)["typ"]


def test_the_audience_is_the_issuer_and_no_endpoint(tmp_path: Path) -> None:
    made = authenticator(token_url="https://login.example/token")
    assert audience_of(made, tmp_path) == ("https://login.example", "client-authentication+jwt")


def test_without_an_issuer_the_audience_is_the_token_url(tmp_path: Path) -> None:
    made = authenticator(issuer="", token_url="https://login.example/token")
    assert audience_of(made, tmp_path) == ("https://login.example/token", "JWT")


@pytest.mark.parametrize("tenant", ["11111111-1111-4111-8111-111111111111", "organizations"])
def test_entra_documents_an_audience_of_its_own(tenant: str, tmp_path: Path) -> None:
    made = EntraOAuthenticator(client_id="hub", tenant_id=tenant)
    expected = f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token", "JWT"
    assert audience_of(made, tmp_path) == expected


# --- findings ---------------------------------------------------------------------------------------------------------


def found(code: str, **options: Any) -> list[str]:
    made = authenticator(allow_all=True, **options)
    return [str(finding) for finding in find(made, "start") if finding.code == code]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"client_auth_method": "private_key_jwt"}, "needs c.GenericOAuthenticator.client_key_file"),
        ({"client_auth_method": "client_secret_jwt"}, "needs c.GenericOAuthenticator.client_secret"),
        ({"client_auth_method": "tls_client_auth"}, "needs c.GenericOAuthenticator.client_certificate_file"),
        ({"client_auth_method": "self_signed_tls_client_auth"}, "client_certificate_file"),
        ({"client_auth_method": "none", "client_assertion_file": "/t"}, "the client authenticates by none"),
        ({"basic_auth": True, "client_assertion_file": "/t"}, "the client authenticates by client_secret_basic"),
    ],
)
def test_a_method_without_what_it_needs(options: Any, said: str) -> None:
    (line,) = found("client-auth-method", **options)
    assert said in line


@pytest.mark.parametrize(
    "options",
    [
        {"client_auth_method": "private_key_jwt", "client_assertion_file": "/t"},
        {"client_auth_method": "private_key_jwt", "client_key_file": "/k"},
        {"client_auth_method": "client_secret_jwt", "client_secret": "s" * 32},
        {"client_auth_method": "tls_client_auth", "client_certificate_file": "/c"},
        {"client_auth_method": "tls_client_auth", "http_request_kwargs": {"client_cert": "/c"}},
        {},
    ],
)
def test_a_method_with_what_it_needs(options: Any) -> None:
    assert found("client-auth-method", **options) == []


def test_a_secret_that_is_too_short_to_sign() -> None:
    options = {"client_auth_method": "client_secret_jwt"}
    (line,) = found("client-cannot-sign", **options, client_secret="s" * 31)
    assert "c.GenericOAuthenticator.client_secret has fewer than 32 bytes" in line
    assert found("client-cannot-sign", **options, client_secret="s" * 32) == []
    assert found("client-cannot-sign", client_secret="s" * 31) == []


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({"client_auth_method": "private_key_jwt"}, 1),
        ({}, 1),  # it is the only credential
        ({"client_secret": "s"}, 0),
        ({"client_secret": "s", "request_object": "value", "issuer": "https://idp.example"}, 1),
        ({"client_assertion_file": "/t"}, 0),
    ],
)
def test_keys_that_only_decrypt_cannot_sign(tmp_path: Path, options: Any, count: int) -> None:
    jwk = {**ECKey.generate_key("P-256").as_dict(private=True), "use": "enc"}
    (tmp_path / "key").write_text(json.dumps(jwk))
    lines = found("client-cannot-sign", **options, client_key_file=str(tmp_path / "key"))
    assert len(lines) == count
    assert all("client_key_file has no key that may sign" in line for line in lines)
    assert found("client-cannot-sign", **options, client_key_file="/missing") == []


def test_a_key_next_to_a_secret(tmp_path: Path) -> None:
    write_keys(tmp_path / "key", ECKey.generate_key("P-256"))
    both = {"client_key_file": str(tmp_path / "key"), "client_secret": "s"}
    assert len(found("client-key-and-secret", **both)) == 1
    assert found("client-key-and-secret", **both, client_auth_method="private_key_jwt") == []
    assert found("public-client", client_key_file=str(tmp_path / "key")) == []
    assert found("public-client", client_auth_method="private_key_jwt") == []
    assert len(found("client-auth-method", client_auth_method="private_key_jwt")) == 1


def test_the_start_looks_at_the_token(tmp_path: Path, provider: FakeProvider) -> None:
    platform = Platform(tmp_path / "token", provider)
    codes = "client-assertion-file", "client-assertion-expired"
    for write, expected in (
        (lambda: None, (0, 0)),
        (lambda: platform.write(-60), (0, 1)),
        (lambda: platform.file.write_text("canary"), (1, 0)),
        (platform.file.unlink, (1, 0)),
    ):
        write()
        lines = [found(code, client_assertion_file=str(platform.file)) for code in codes]
        assert tuple(map(len, lines)) == expected
        assert "canary" not in f"{lines}"
    (line,) = found("client-assertion-file", client_assertion_file=str(platform.file))
    assert "GenericOAuthenticator.client_assertion_file" in line
    assert "No such file" in line
