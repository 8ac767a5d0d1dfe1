"""`security_profile = "fapi2"` through a real Hub: one option sets up everything, and the start refuses the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.jwk import ECKey, OKPKey, RSAKey

from oauthenticator_suite import EntraOAuthenticator, GenericOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.findings.finding import find
from oauthenticator_suite.protocol.fapi2 import METADATA_OPTIONS, OPTION_RULES
from tests.contract.logins import accepted, asked_by_browser, refused
from tests.contract.logouts import ALL_LOGOUTS, lives, register_logout
from tests.contract.sessions import ALL_REQUESTS, EXPIRES_AFTER, client_assertions, refreshed_and_logged_out
from tests.fakes.openid_provider import FakeProvider, Fault, SigningKeys
from tests.fakes.openid_provider.bending import jose
from tests.fakes.openid_provider.proofs import thumbprint
from tests.hub.certificates import certificate
from tests.hub.client_certificates import Authority, all_requests_had, demand_certificates, options
from tests.support import check_invariants
from tests.support.fapi2 import BY_KEY, demand_fapi2
from tests.support.key_files import certificate_of, pem_of, write_keys

pytestmark = pytest.mark.hub_versions


@pytest.fixture
def profile(provider: FakeProvider, tmp_path: Path) -> dict[str, Any]:
    """The options of a client at a provider with the profile."""
    return demand_fapi2(provider, tmp_path)


# --- a login, a refresh and a logout ---------------------------------------------------------------------------------


async def test_one_option_is_enough(provider: FakeProvider, hub_at_provider: Any, profile: dict[str, Any]) -> None:
    """With DPoP: PAR, PKCE, the key that the code is bound to, assertions for the issuer, a refresh and a logout."""
    provider.access_token_lifetime = EXPIRES_AFTER
    provider.proofs.nonces = True
    hub = await hub_at_provider(**profile, **ALL_REQUESTS)
    browser = hub.browser()  # the provider's user is alice
    assert (await browser.login()).status == 200
    jwk = (await hub.auth_state("alice"))["suite"]["dpop_key"]
    (pushed,) = provider.requests_to("par")
    assert pushed.fields["dpop_jkt"] == thumbprint(jwk)
    assert pushed.fields["code_challenge_method"] == "S256"
    assert len(pushed.fields["nonce"]) <= 64
    assert asked_by_browser(browser, provider).keys() == {"client_id", "request_uri"}
    await refreshed_and_logged_out(hub, browser)
    assert {call.headers["authorization"].partition(" ")[0] for call in provider.requests_to("userinfo")} == {"DPoP"}
    assert {(header["alg"], claims["aud"]) for header, claims in client_assertions(provider)} == {
        ("ES256", provider.issuer)
    }
    assert [refusal for refusal in provider.refusals if "use_dpop_nonce" not in refusal] == []
    check_invariants(hub, provider, accounts={"alice"})


async def test_what_the_provider_only_offers_is_used(
    provider: FakeProvider, hub_at_provider: Any, profile: dict[str, Any]
) -> None:
    """The profile demands it of this client, and a provider that serves other clients as well need not."""
    provider.requires_par, provider.proofs.mode = False, "offered"
    hub = await hub_at_provider(**profile, enable_auth_state=True)
    browser = await accepted(hub, provider)
    assert asked_by_browser(browser, provider).keys() == {"client_id", "request_uri"}
    (pushed,) = provider.requests_to("par")
    assert {"code_challenge", "dpop_jkt"} <= pushed.fields.keys()
    assert {"dpop_key"} <= (await hub.auth_state("alice"))["suite"].keys()


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(RSAKey.generate_key(2048), "PS256"), (OKPKey.generate_key("Ed25519"), "EdDSA")],
    ids=["RSA", "Ed25519"],
)
async def test_the_algorithm_of_a_key(
    provider: FakeProvider, hub_at_provider: Any, tmp_path: Path, key: Any, algorithm: str
) -> None:
    """An RSA key signs with PS256, although RS256 is its first algorithm without the profile."""
    provider.request_object_algorithms = [algorithm, "RS256"]
    given = demand_fapi2(provider, tmp_path, key)
    await accepted(await hub_at_provider(**given), provider)
    assert {header["alg"] for header, _ in client_assertions(provider)} == {algorithm}


async def test_with_mutual_tls(provider: FakeProvider, hub_at_provider: Any, tmp_path: Path) -> None:
    """The certificate authenticates the client and binds the tokens. There is no DPoP."""
    authority = Authority(tmp_path)
    await demand_certificates(provider, authority, "tls_client_auth")
    provider.requires_par = True
    provider.keys, provider.access_token_lifetime = SigningKeys("ES256"), EXPIRES_AFTER
    own = authority.client()
    authority.write_apart(own)
    hub = await hub_at_provider(**options(provider, authority), **ALL_REQUESTS, security_profile="fapi2")
    browser = hub.browser("alice")
    assert (await browser.login()).status == 200
    await refreshed_and_logged_out(hub, browser)
    all_requests_had(provider, own)
    assert all("dpop" not in call.headers for call in provider.calls)


async def test_a_key_authenticates_and_a_certificate_binds(
    provider: FakeProvider, hub_at_provider: Any, tmp_path: Path, profile: dict[str, Any]
) -> None:
    authority = Authority(tmp_path)
    await provider.listen_with_tls(authority.server, authority.file)
    provider.proofs.mode, provider.binds_tokens = "offered", True
    authority.write_apart(authority.client())
    hub = await hub_at_provider(**{**options(provider, authority), **profile})
    await accepted(hub, provider)
    assert all("dpop" not in call.headers for call in provider.calls)
    assert all(call.certificate for call in provider.requests_to("userinfo"))


async def test_enable_dpop_counts_with_a_certificate(
    provider: FakeProvider, hub_at_provider: Any, tmp_path: Path, profile: dict[str, Any]
) -> None:
    authority = Authority(tmp_path)
    await provider.listen_with_tls(authority.server, authority.file)
    authority.write_apart(authority.client())
    given = {**options(provider, authority), **profile, "enable_dpop": True}
    await accepted(await hub_at_provider(**given), provider)
    (call,) = provider.requests_to("userinfo")
    assert call.certificate
    assert call.headers["authorization"].startswith("DPoP ")


# --- what a provider sends -------------------------------------------------------------------------------------------


async def test_an_id_token_with_rs256(provider: FakeProvider, hub_at_provider: Any, profile: dict[str, Any]) -> None:
    """The metadata name PS256, and the token is signed with RS256 by the same key."""
    hub = await hub_at_provider(**profile)
    provider.faults.on(Fault("RS256", "id_token", "RS256", jose("alg", "RS256")))
    await refused(hub, provider, 502)
    assert provider.faults.applied["RS256"] == 1
    assert provider.count("userinfo") == 0


async def test_a_signed_response_with_rs256(
    provider: FakeProvider, hub_at_provider: Any, profile: dict[str, Any]
) -> None:
    """JARM: the same algorithms, and the issuer is in the signed part, so that the metadata need not announce it."""
    provider.announce_iss = False
    hub = await hub_at_provider(**profile, response_mode="jwt")
    await accepted(hub, provider)
    provider.faults.on(Fault("RS256", "response_object", "RS256", jose("alg", "RS256")))
    await refused(hub, provider, 400, browser=hub.browser("bob"), accounts={"alice"})
    assert provider.faults.applied["RS256"] == 1
    assert provider.count("token") == 1


async def test_signed_userinfo_with_rs256(
    provider: FakeProvider, hub_at_provider: Any, profile: dict[str, Any]
) -> None:
    """Without an option on userinfo."""
    provider.sign_userinfo = True
    hub = await hub_at_provider(**profile)
    await accepted(hub, provider)
    provider.faults.on(Fault("RS256", "userinfo_token", "RS256", jose("alg", "RS256")))
    await refused(hub, provider, 502, browser=hub.browser("bob"), accounts={"alice"})
    assert provider.faults.applied["RS256"] == 1


async def test_a_logout_token_with_rs256(provider: FakeProvider, hub_at_provider: Any, profile: dict[str, Any]) -> None:
    hub = await hub_at_provider(**profile, **ALL_LOGOUTS)
    register_logout(hub, provider)
    browser = await accepted(hub, provider)
    provider.faults.on(Fault("RS256", "logout_token", "RS256", jose("alg", "RS256")))
    assert (await provider.log_out("alice")).status == 400
    assert await lives(browser)
    provider.faults.off()
    assert (await provider.log_out("alice")).status == 200
    assert not await lives(browser)


async def test_form_post_is_allowed(provider: FakeProvider, hub_at_provider: Any, profile: dict[str, Any]) -> None:
    await accepted(await hub_at_provider(**profile, response_mode="form_post"), provider)


def no_par(provider: FakeProvider) -> None:
    provider.offers_par = provider.requires_par = False


def no_issuer(provider: FakeProvider) -> None:
    provider.announce_iss = False


def no_dpop(provider: FakeProvider) -> None:
    provider.proofs.mode = ""


def secrets_only(provider: FakeProvider) -> None:
    provider.auth_methods = ["client_secret_basic"]


def rs256(provider: FakeProvider) -> None:
    provider.keys = SigningKeys("RS256")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (no_par, "pushed_authorization_request_endpoint"),
        (no_issuer, "authorization_response_iss_parameter_supported"),
        (no_dpop, "dpop_signing_alg_values_supported"),
        (secrets_only, "token_endpoint_auth_methods_supported"),
        (rs256, "id_token_signing_alg_values_supported"),
    ],
)
async def test_a_provider_that_cannot_keep_the_profile(
    provider: FakeProvider, hub_at_provider: Any, profile: dict[str, Any], change: Any, words: str
) -> None:
    """The log names the member at the start, and no user is sent there."""
    change(provider)
    hub = await hub_at_provider(**profile)
    line = await hub.log.until("No user can sign in")
    assert "security_profile is 'fapi2'" in line
    assert words in line
    await refused(hub, provider, 500, configuration_error=True)
    assert provider.count("authorize") == provider.count("par") == 0


# --- what the start refuses ------------------------------------------------------------------------------------------

FORBIDDEN: dict[str, Any] = {
    **dict.fromkeys(METADATA_OPTIONS, "http://127.0.0.1:1/elsewhere"),
    "allow_insecure_http": True,
    "validate_server_cert": False,
    "http_request_kwargs": {"validate_cert": False},
    "oauth_callback_url": "http://hub.example.org/hub/oauth_callback",
    "initiate_login": True,
    "client_auth_method": "client_secret_basic",
    "basic_auth": True,
    "client_secret": "a-secret-that-is-long-enough-for-hs256",
    "client_secret_file": "secret",
    "client_assertion_file": "token",
    "enable_pkce": False,
    "enable_par": False,
    "enable_dpop": False,
    "client_key_file": "",
    "userdata_token_method": "url",
    "id_token_signed_response_alg": {"RS256", "PS256"},
    "userinfo_signed_response_alg": {"RS256"},
}


def written(file: Path) -> str:
    file.write_text("a-secret-or-a-token")
    return str(file)


@pytest.mark.parametrize("option", FORBIDDEN)
async def test_the_start_refuses(option: str, hub_at_provider: Any, profile: dict[str, Any], tmp_path: Path) -> None:
    """Each option that the profile forbids, through a real Hub: the error names it."""
    value = FORBIDDEN[option]
    if option.endswith("_file") and value:
        value = written(tmp_path / value)
    given = {**profile, option: value}
    with pytest.raises(ConfigurationError) as refusal:
        await hub_at_provider(**given)
    lines = [line for line in refusal.value.detail.splitlines() if "[security-profile]" in line]
    assert [line for line in lines if f"c.GenericOAuthenticator.{option} " in line], refusal.value.detail
    assert "a-secret" not in refusal.value.detail


def test_every_rule_has_a_case() -> None:
    assert {rule.option for rule in OPTION_RULES} - {"issuer"} <= FORBIDDEN.keys()


def found(code: str = "security-profile", **given: Any) -> list[str]:
    made = GenericOAuthenticator(
        **{"client_id": "hub", "issuer": "https://login.example", "allow_all": True, **BY_KEY, **given}
    )
    return [str(finding) for finding in find(made, "start") if finding.code == code]


def test_without_an_issuer(tmp_path: Path) -> None:
    write_keys(tmp_path / "key", ECKey.generate_key("P-256"))
    (line,) = found(issuer="", client_key_file=str(tmp_path / "key"))
    assert "c.GenericOAuthenticator.issuer is not set" in line


@pytest.mark.parametrize(
    "key", [ECKey.generate_key("P-384"), RSAKey.generate_key(2048, {"alg": "RS256"})], ids=["P-384", "alg=RS256"]
)
def test_a_key_that_cannot_sign_as_the_profile_demands(key: Any, tmp_path: Path) -> None:
    write_keys(tmp_path / "key", key)
    (line,) = found(client_key_file=str(tmp_path / "key"))
    assert "client_key_file has no key that may sign, for security_profile = 'fapi2', by PS256, ES256 or EdDSA" in line


def test_a_key_file_that_cannot_be_read_is_one_finding(tmp_path: Path) -> None:
    assert found(client_key_file=str(tmp_path / "missing")) == []
    assert len(found("client-key", client_key_file=str(tmp_path / "missing"))) == 1


@pytest.mark.parametrize("option", ["client_certificate_file", "http_request_kwargs"])
def test_a_weak_certificate(option: str, tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 1024)
    file = tmp_path / "tls.pem"
    file.write_text(pem_of(key) + certificate_of(key).public_bytes(Encoding.PEM).decode())
    value: Any = {"client_cert": str(file)} if option == "http_request_kwargs" else str(file)
    (line,) = found(**{option: value})
    assert f"c.GenericOAuthenticator.{option} has a certificate with an RSA key of 1024 bits" in line


def test_a_client_that_keeps_the_profile_has_no_finding(tmp_path: Path) -> None:
    write_keys(tmp_path / "key", ECKey.generate_key("P-256"))
    assert found(client_key_file=str(tmp_path / "key")) == []
    assert found(client_certificate_file=certificate("hub.example").save(tmp_path / "tls.pem")) == []


def test_no_other_advice_contradicts_the_profile(tmp_path: Path) -> None:
    """Each mistake has one finding, which does not recommend a secret."""
    write_keys(tmp_path / "key", ECKey.generate_key("P-256"))
    assert len(found()) == 1
    assert found("public-client") == []
    with_secret = {"client_key_file": str(tmp_path / "key"), "client_secret": "s"}
    assert len(found(**with_secret)) == 1
    assert found("client-key-and-secret", **with_secret) == []


def test_a_secret_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to remove from the configuration."""
    write_keys(tmp_path / "key", ECKey.generate_key("P-256"))
    monkeypatch.setenv("OAUTH_CLIENT_SECRET", "s")
    given = {"client_id": "hub", "issuer": "https://login.example", "client_key_file": str(tmp_path / "key")}
    made = GenericOAuthenticator(**given, allow_all=True, security_profile="fapi2")
    (line,) = [str(finding) for finding in find(made, "start") if finding.code == "security-profile"]
    assert 'It comes from the environment: set the option to ""' in line


def test_a_class_whose_assertions_have_another_audience(tmp_path: Path) -> None:
    write_keys(tmp_path / "key", ECKey.generate_key("P-256"))
    made = EntraOAuthenticator(
        client_id="hub", tenant_id="example.org", client_key_file=str(tmp_path / "key"), **BY_KEY
    )
    lines = [str(each) for each in find(made, "start") if each.code == "security-profile"]
    assert [line for line in lines if "security_profile is 'fapi2', and this class signs assertions" in line]


def test_a_class_whose_default_the_profile_forbids(tmp_path: Path) -> None:
    write_keys(tmp_path / "key", ECKey.generate_key("P-256"))
    given = {"client_id": "hub", "issuer": "https://login.example", "client_key_file": str(tmp_path / "key")}
    made = GenericOAuthenticator(**given, **BY_KEY)
    made.id_token_signed_response_alg = {"RS256"}  # not in the configuration, as by a class
    (line,) = [str(each) for each in find(made, "start") if each.code == "security-profile"]
    assert "id_token_signed_response_alg is by default none of those" in line
